#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the past is read, how that grows, and what it costs to record it.

    scripts/bench temporal [--sizes 2500000,10000000,100000000] [--keep DIR]

For each size a broker is filled by bench/history.py: 150,000 entities, of which 150 sensors
report every five minutes, over at most twelve months.  Prints a Markdown table: the 95th of
100 waiting times, and the processor time of broker and PostgreSQL together; then what a load
of writes costs with and without a history.  A hundred million observations take 25 GB of
disk.  --keep leaves the data in DIR, and takes those that are there from it."""

import argparse
import datetime
import http.client
import json
import os
import pathlib
import random
import shutil
import statistics
import sys
import time
import urllib.parse

import bench
import history
import load

ROOT = "/ngsi-ld/v1/temporal/entities"
VALUE = "https://uri.etsi.org/ngsi-ld/default-context/value"  # a core term: not by its name
SENSORS, EVERY = 150, 5


def arguments():
    p = argparse.ArgumentParser(prog="scripts/bench temporal", description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sizes", default="2500000,10000000", metavar="N,N…")
    p.add_argument("--rounds", type=int, default=200, help="of one question")
    p.add_argument("--entities", type=int, default=150_000)
    p.add_argument("--runs", type=int, default=3, help="of recording, with and without")
    p.add_argument("--keep", metavar="DIR")
    p.add_argument("--program", default=bench.HERE.parent / "build/calanque")
    return p.parse_args()


# ---- filling

def months_of(rows):
    """As many as the sensors alone fill, two at least: a month that is over must be there."""
    return max(2, min(12, rows // (SENSORS * 30 * 24 * 60 // EVERY)))


def wait_for_sums(database):
    """Days that are over are added up in the background."""
    since = time.monotonic()
    while history.sql(database, """SELECT until IS NULL OR until < (now() - interval '3 hours')
            ::timestamp::date OR EXISTS (SELECT FROM history_stale) FROM history_closed""") != "f":
        if time.monotonic() > since + 3600:
            raise SystemExit("bench: the days are not added up")
        time.sleep(1)
    history.sql(database, "VACUUM ANALYZE history_day; VACUUM history_stale; CHECKPOINT;")


def fill(broker, rows, entities):
    database = (f"host={broker.home}/data/run port=5432 user=calanque dbname=calanque")
    if history.sql(database, "SELECT count(*) FROM evolution") == "0":
        print(json.dumps(history.fill(argparse.Namespace(
            database=database, sensors=SENSORS, entities=entities, rows=rows, every=EVERY,
            months=months_of(rows)))), file=sys.stderr)
    wait_for_sums(database)
    rows, size, sums = map(int, history.sql(database, """
        SELECT count(*) FROM history;
        SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
         WHERE inhparent = 'history'::regclass;
        SELECT pg_total_relation_size('history_day');""").split())
    return rows, size / rows, sums / rows


# ---- asking

class Asker:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def __call__(self, path, **params):
        self.connection.request("GET", f"{ROOT}{path}?{urllib.parse.urlencode(params)}")
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: {path} {params}: {answer.status} {body[:300]}")
        return body


def between(begin, days):
    end = begin + datetime.timedelta(days=days)
    return {"timerel": "between", "timeAt": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "endTimeAt": end.strftime("%Y-%m-%dT%H:%M:%SZ")}


def count(body):
    """Values or instances, of all methods of all entities."""
    found = json.loads(body)
    total = 0
    for entity in found if isinstance(found, list) else [found]:
        for series in entity.values():
            if isinstance(series, list):
                total += len(series)
            elif isinstance(series, dict):
                total += sum(len(v) for v in series.values() if isinstance(v, list))
    return total


def questions(rounds, days):
    """Of the last `days` days, which all have data; today's are among them."""
    rng = random.Random(1)
    now = datetime.datetime.now(datetime.timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ago = lambda n: midnight - datetime.timedelta(days=n)
    sensor = lambda: f"/urn:bench:Sensor:{rng.randint(1, SENSORS)}"
    day = lambda: ago(rng.randint(1, days))
    sums = {"format": "aggregatedValues", "attrs": VALUE}
    everyone = {"type": "BenchSensor", "limit": SENSORS}
    modified = {"timeproperty": "modifiedAt"}
    return [
        ("a day of a sensor, values", rounds,
         lambda ask: ask(sensor(), format="temporalValues", **between(day(), 1))),
        ("a day of a sensor, instances", rounds,
         lambda ask: ask(sensor(), **between(day(), 1))),
        ("last 10 of a sensor", rounds, lambda ask: ask(sensor(), lastN=10, attrs=VALUE)),
        ("a day of a sensor by `modifiedAt`", rounds,
         lambda ask: ask(sensor(), **modified, **between(day(), 1))),
        ("20 sensors of a type with something in an hour, by `modifiedAt`", rounds // 20,
         lambda ask: ask("", type="BenchSensor", limit=20, attrs=VALUE, **modified,
                         **between(day(), 1 / 24))),
        ("a week by hour in Paris, two methods", rounds, lambda ask: ask(
            sensor(), aggrMethods="avg,max", aggrPeriodDuration="PT1H", tz="Europe/Paris",
            **sums, **between(day() - datetime.timedelta(days=7), 7))),
        ("10,000 points by 5 minutes", rounds // 2, lambda ask: ask(
            sensor(), aggrMethods="avg", aggrPeriodDuration="PT5M", **sums,
            **between(ago(days), 34.73))),
        ("all there is by local day, three methods", rounds // 4, lambda ask: ask(
            sensor(), aggrMethods="avg,min,max", aggrPeriodDuration="P1D", tz="Europe/Paris",
            **sums, **between(ago(days), days))),
        (f"a month by hour, {SENSORS} sensors", rounds // 10, lambda ask: ask(
            "", aggrMethods="avg", aggrPeriodDuration="PT1H", **everyone, **sums,
            **between(ago(30), 30))),
        ("35 days of a sensor, values (10,000)", rounds // 10, lambda ask: ask(
            sensor(), format="temporalValues", **between(ago(days), 34.73))),
    ]


def busy(broker):
    """Processor seconds of the broker and of what it made PostgreSQL do."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            line = (stat.parent / "cmdline").read_text()
        except OSError:
            continue
        ours = int(fields[1]) == broker.postmaster and "postgres: calanque" in line
        if ours or int(stat.parent.name) == broker.process.pid:
            total += (int(fields[11]) + int(fields[12])) / bench.TICK
    return total


def measure(broker, name, rounds, question, ask):
    rounds = max(rounds, 3)
    for _ in range(min(rounds, 10)):  # statements are prepared, pages are in memory
        body = question(ask)
    before, walls = busy(broker), []
    for _ in range(rounds):
        begin = time.monotonic()
        body = question(ask)
        walls.append((time.monotonic() - begin) * 1000)
    cpu = (busy(broker) - before) * 1000 / rounds
    walls.sort()
    found = {"values": count(body), "bytes": len(body), "median": walls[len(walls) // 2],
             "p95": walls[int(len(walls) * 0.95)], "cpu": cpu}
    print(f"{name}: {found}", file=sys.stderr, flush=True)
    return found


def read(options, size, home):
    broker = bench.Broker(str(options.program), home=home)
    try:
        broker.start()
        rows, each, sums = fill(broker, size, options.entities)
        pidfile = broker.home / "data/postgres/postmaster.pid"
        broker.postmaster = int(pidfile.read_text().split()[0])
        ask = Asker(broker.port)
        days = 30 * (months_of(size) - 1)
        found = {name: measure(broker, name, rounds, question, ask)
                 for name, rounds, question in questions(options.rounds, max(days, 35))}
        return {"rows": rows, "bytes": each, "sums": sums, "found": found,
                "memory": broker.memory()[1]}
    finally:
        broker.stop()
        if home is None:
            broker.remove()


def print_reading(sizes):
    print("| question | answer |" + "".join(
        f" {s['rows'] / 1e6:,.1f} M: p95 | CPU |" for s in sizes))
    print("|" + "---|" * (2 + 2 * len(sizes)))
    for name, last in sizes[-1]["found"].items():
        cells = "".join(f" {s['found'][name]['p95']:.1f} ms | {s['found'][name]['cpu']:.1f} ms |"
                        for s in sizes)
        print(f"| {name} | {last['values']:,} in {last['bytes'] / 1000:,.0f} kB |{cells}")
    for label, key, unit in (("bytes an observation, indexes included", "bytes", "B"),
                             ("of sums of days, an observation", "sums", "B"),
                             ("most memory of the broker", "memory", "MiB")):
        print(f"| {label} | |" + "".join(f" {s[key]:.0f} {unit} | |" for s in sizes))


# ---- recording

def recording(options):
    """The same writes with and without a history, by turns."""
    brokers = {way: bench.Broker(str(options.program), "--history", way)
               for way in ("on", "off")}
    works = [("patch", 32, 1, "PATCH one attribute, 32 clients"),
             ("upsert", 8, 100, "batch upsert of 100, 8 clients (entities)")]
    try:
        for broker in brokers.values():
            broker.start()
            load.load(broker.base, 20000)
        print("\n| writes | a second: on | off | cost | CPU us: on | off | cost |")
        print("|" + "---|" * 7)
        for workload, clients, per, what in works:
            runs = {way: [] for way in brokers}
            for i in range(options.runs):
                for way, broker in brokers.items():
                    runs[way].append(bench.run_once(
                        broker, workload, clients, 5, 20000, f"{workload}{i}"))
            rate = {w: statistics.median(r["rate"] for r in runs[w]) * per for w in runs}
            cpu = {w: statistics.median(r["broker"] + r["database"] for r in runs[w]) / per
                   for w in runs}
            print(f"| {what} | {rate['on']:,.0f} | {rate['off']:,.0f} "
                  f"| {1 - rate['on'] / rate['off']:.0%} | {cpu['on']:.0f} | {cpu['off']:.0f} "
                  f"| {cpu['on'] / cpu['off'] - 1:.0%} |", flush=True)
    finally:
        for broker in brokers.values():
            broker.stop()
            broker.remove()


def main():
    options = arguments()
    sizes = []
    for size in map(int, options.sizes.split(",")):
        home = None
        if options.keep:
            home = pathlib.Path(options.keep).resolve() / str(size)
            home.mkdir(parents=True, exist_ok=True)
        sizes.append(read(options, size, home))
    print(f"{options.entities:,} entities, {os.cpu_count()} cores\n")
    print_reading(sizes)
    if shutil.which("wrk"):
        recording(options)


if __name__ == "__main__":
    main()
