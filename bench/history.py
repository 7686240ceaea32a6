#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills the database of a broker with a history, straight into the tables: measured is what
is read from it, not how it came there.

    bench/history.py --data DIR | --database URI [--sensors 150] [--entities 150000]
                     [--rows 10000000] [--every 15] [--months 12]

Sensors urn:bench:Sensor:1 … report `value` every so many minutes all the time; the other
entities, urn:bench:Thing:1 …, share what is left of the rows.  The last month is the
current one.  Prints what it made, and bytes an observation."""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time

NAMES = """
INSERT INTO name (iri) VALUES ('https://uri.etsi.org/ngsi-ld/default-context/BenchSensor'),
 ('https://uri.etsi.org/ngsi-ld/default-context/BenchThing'),
 ('https://uri.etsi.org/ngsi-ld/default-context/value') ON CONFLICT DO NOTHING;
"""

# One row each of what a creation writes, as far as temporal requests read it.
ENTITIES = """
CREATE TEMP TABLE made AS
 SELECT nextval('entity_number') AS n, 'urn:bench:{kind}:' || i AS id, t.id AS type
 FROM generate_series(1, {count}) AS i,
 (SELECT id FROM name WHERE iri LIKE '%/Bench{kind}') AS t
 WHERE NOT EXISTS (SELECT FROM evolution WHERE tenant = 1 AND id = 'urn:bench:{kind}:' || i);
INSERT INTO evolution (tenant, hid, id, types, created)
 SELECT 1, n, id, ARRAY[type], '{first}' FROM made;
INSERT INTO evolution_type SELECT 1, type, n FROM made;
INSERT INTO entity (tenant, eid, id, types, doc, hid)
 SELECT 1, n, id, ARRAY[type], format('{{"id":"%s","type":["https://uri.etsi.org/ngsi-ld/'
 'default-context/Bench{kind}"],"createdAt":"{first}","modifiedAt":"{first}"}}', id), n
 FROM made;
INSERT INTO entity_type SELECT 1, type, n FROM made;
DROP TABLE made;
"""

# A month is filled before it has indexes, which is three times as fast.
BEGIN = """
SELECT calanque_history_drop('{table}') WHERE to_regclass('{table}') IS NOT NULL;
CREATE TABLE {table} (LIKE history INCLUDING DEFAULTS);
"""
END = """
ALTER TABLE {table} ADD PRIMARY KEY (hid, attr, at, dataset, dup) INCLUDE (num);
CREATE INDEX ON {table} USING brin (at, created, modified);
CREATE INDEX ON {table} USING gist (geom) WHERE geom IS NOT NULL;
ALTER TABLE history ATTACH PARTITION {table} FOR VALUES FROM ('{first}T00:00Z') TO ('{after}T00:00Z');
"""

# Time first, as it comes; a daily curve with some noise.
ROWS = """
INSERT INTO {table} (hid, attr, dataset, at, dup, seq, created, modified, num, doc)
 SELECT hid, (SELECT id FROM name WHERE iri LIKE '%/default-context/value'), 0, at, 0,
 nextval('instance_number'), at, at, v, '{{"type":"Property","value":' || v ||
 ',"observedAt":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ||
 '","unitCode":"CEL"}}'
 FROM (SELECT e.hid, t.at, round((15 + 8 * sin(extract(epoch FROM t.at)::float8 / 13750.99)
 + random() * 2)::numeric, 1)::float8 AS v FROM {times} AS t(at), {whose}) AS r;
"""


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--database", help="as the broker's --database")
    p.add_argument("--data", help="as the broker's --data: its private database")
    p.add_argument("--sensors", type=int, default=150)
    p.add_argument("--entities", type=int, default=150_000, help="sensors included")
    p.add_argument("--rows", type=int, default=10_000_000)
    p.add_argument("--every", type=int, default=15, help="minutes between reports")
    p.add_argument("--months", type=int, default=12)
    a = p.parse_args()
    if (a.data is None) == (a.database is None):
        p.error("one of --data and --database")
    if a.data:
        a.database = (f"host={os.path.abspath(a.data)}/run port=5432 user=calanque "
                      "dbname=calanque")
    return a


def sql(database, text):
    out = subprocess.run(["psql", database, "-AtXq", "-v", "ON_ERROR_STOP=1", "-f", "-"],
                         input=text, capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(out.stderr)
    return out.stdout.strip()


def months(n):
    """The first days of the last n months, the current one included, and of the next."""
    first = datetime.date.today().replace(day=1)
    found = [(first + datetime.timedelta(days=31)).replace(day=1)]
    for _ in range(n):
        found.append(first)
        first = (first - datetime.timedelta(days=1)).replace(day=1)
    return found[::-1]


def fill_month(a, first, after, sparse):
    """One month: the sensors at their rhythm, then `sparse` rows of all others."""
    until = min(f"{after}T00:00Z", datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%MZ"))
    step = f"generate_series('{first}T00:00Z'::timestamptz, '{until}'::timestamptz" \
           f" - interval '1 s', '{a.every} min')"
    kind = "(SELECT hid FROM evolution WHERE id LIKE 'urn:bench:{}:%' ORDER BY hid) AS e"
    table = f"history_{first:%Y_%m}"
    text = BEGIN.format(table=table)
    text += ROWS.format(table=table, times=step, whose=kind.format("Sensor"))
    others = a.entities - a.sensors
    if sparse > 0 and others > 0:
        each = max(1, round(sparse / others))
        text += ROWS.format(table=table, times=f"(SELECT '{first}T00:00Z'::timestamptz + i * "
                            f"(('{until}'::timestamptz - '{first}T00:00Z') / {each})"
                            f" FROM generate_series(0, {each - 1}) AS i)", whose=kind.format("Thing"))
    text += END.format(table=table, first=first, after=after)
    sql(a.database, "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL TIME ZONE 'UTC';" + text
        + "COMMIT;")


def fill(a):
    """What the arguments say, into a.database; returns what there is then."""
    start = time.monotonic()
    days = months(a.months)
    text = NAMES + ENTITIES.format(kind="Sensor", count=a.sensors, first=f"{days[0]}T00:00:00Z")
    text += ENTITIES.format(kind="Thing", count=max(0, a.entities - a.sensors),
                            first=f"{days[0]}T00:00:00Z")
    sql(a.database, "BEGIN;" + text + "COMMIT; ANALYZE evolution; ANALYZE entity;")
    dense = a.sensors * (365 * a.months // 12) * 24 * 60 // a.every
    for first, after in zip(days, days[1:]):
        fill_month(a, first, after, (a.rows - dense) // a.months)
        print(f"{first}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    sql(a.database, "UPDATE history_closed SET until = NULL; VACUUM ANALYZE history;")
    rows, size, heap = sql(a.database, """
        SELECT count(*) FROM history;
        SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
         WHERE inhparent = 'history'::regclass;
        SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits
         WHERE inhparent = 'history'::regclass;""").split()
    return {
        "rows": int(rows), "entities": a.entities, "months": a.months,
        "seconds": round(time.monotonic() - start), "bytes": int(size),
        "bytes_per_observation": round(int(size) / max(1, int(rows)), 1),
        "of_which_indexes": round((int(size) - int(heap)) / max(1, int(rows)), 1)}


if __name__ == "__main__":
    print(json.dumps(fill(arguments())))
