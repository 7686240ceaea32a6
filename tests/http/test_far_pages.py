# SPDX-License-Identifier: Apache-2.0
"""Lists by type begin where sums say (sql/0019_entity_blocks.sql): whatever was written, the
sums are exact, and any page of any offset is the part of the whole list that it should be."""

import http.client
import os
import random
import signal
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest

from client import Api
from program import wait_until

TYPES = ["A", "B", "C"]
SUMS = """SET search_path = calanque;
WITH said AS (SELECT tenant, type, sum(n) AS n FROM (
        SELECT tenant, type, upto[cardinality(upto)] AS n FROM entity_block WHERE span = -1
        UNION ALL SELECT tenant, type, n FROM entity_block_delta) s GROUP BY 1, 2
        HAVING sum(n) <> 0),
    here AS (SELECT tenant, type, count(*) AS n FROM entity_type GROUP BY 1, 2
        UNION ALL SELECT tenant, 0, count(*) FROM entity GROUP BY 1
        UNION ALL SELECT tenant, -type, count(*) FROM entity, unnest(types) AS type
            WHERE cardinality(types) > 1 GROUP BY 1, 2)
SELECT * FROM said FULL JOIN here USING (tenant, type) WHERE said.n IS DISTINCT FROM here.n"""
# A span says how many its blocks have, and blocks how many there are.
BLOCKS = """SET search_path = calanque;
WITH said AS (SELECT tenant, type, block, sum(n) AS n FROM (
        SELECT tenant, type, blocks[i] AS block, upto[i] - coalesce(upto[i - 1], 0) AS n
        FROM entity_block, generate_subscripts(blocks, 1) AS i WHERE span >= 0
        UNION ALL SELECT tenant, type, block, n FROM entity_block_delta) s
        WHERE type >= 0 GROUP BY 1, 2, 3 HAVING sum(n) <> 0),
    here AS (SELECT tenant, type, eid >> 9 AS block, count(*) AS n FROM entity_type
        GROUP BY 1, 2, 3
        UNION ALL SELECT tenant, 0, eid >> 9, count(*) FROM entity GROUP BY 1, 3)
SELECT * FROM said FULL JOIN here USING (tenant, type, block)
WHERE said.n IS DISTINCT FROM here.n"""


def jump(broker, numbers):
    """The next entities are that many numbers on: in another block, in another span."""
    broker.sql(f"SELECT setval('calanque.entity_number', nextval('calanque.entity_number') + {numbers})")


def soon(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ")


def whole(api, **params):
    """All ids, by pages that begin at the beginning or after what the last one had."""
    ids, page = [], None
    while page is None or len(page) == 1000:
        page = api.get("entities", limit=1000, offset=len(ids), **params).ok().ids
        ids += page
    return ids


def check_pages(api, rng, **params):
    ids = whole(api, **params)
    assert len(ids) == len(set(ids))
    for _ in range(25):
        offset = rng.choice([0, 1, len(ids), len(ids) + 7, rng.randrange(len(ids) + 1)])
        limit = rng.choice([0, 1, 3, 20])
        answer = api.get("entities", limit=limit, offset=offset, count="true", **params).ok()
        assert answer.ids == ids[offset:offset + limit], (params, offset, limit)
        assert answer.count == len(ids), (params, offset, limit)
    return ids


def check_all(broker, rng, tenants):
    """At a quiet point."""
    assert broker.sql(SUMS) == ""
    assert broker.sql(BLOCKS) == ""
    for tenant in tenants:
        api = broker.api.with_(**{"NGSILD-Tenant": tenant})
        by_type = {t: check_pages(api, rng, type=t) for t in TYPES}
        every = check_pages(api, rng, local="true")
        assert set(every) == set().union(*by_type.values())
        for union in ("A,B", "B,A,A", "A|C", "A,B,C", "A,Unheard"):
            found = check_pages(api, rng, type=union)
            parts = [by_type[t] for t in set(union.replace("|", ",").split(",")) & set(TYPES)]
            assert set(found) == set().union(*parts)
        assert set(check_pages(api, rng, type="(A;B)")) == set(by_type["A"]) & set(by_type["B"])
        assert check_pages(api, rng, type="Unheard") == []


class Writer(threading.Thread):
    """Does anything that makes entities come, go, or become others."""

    def __init__(self, base, tenant, seed, stop, mixed):
        super().__init__()
        self.api = Api(base).with_(**{"NGSILD-Tenant": tenant})
        self.rng, self.stop, self.mixed, self.fault = random.Random(seed), stop, mixed, None

    def entity(self):
        rng = self.rng
        types = rng.sample(TYPES, 2) if self.mixed and rng.random() < 0.2 else rng.choice(TYPES)
        made = {"id": f"urn:far:{rng.randrange(400)}", "type": types, "n": rng.randrange(9)}
        if rng.random() < 0.2:
            made["expiresAt"] = soon(rng.choice([0.2, 1, 3600]))
        return made

    def once(self):
        rng, api, e = self.rng, self.api, self.entity()
        what = rng.randrange(9)
        if what == 0:
            return api.post("entities", e)
        if what == 1:
            return api.delete(f"entities/{e['id']}")
        if what == 2:
            return api.post(f"entities/{e['id']}/attrs", {"type": e["type"], "n": 1})
        if what == 3:
            return api.put(f"entities/{e['id']}", e)
        if what == 4:
            many = {x["id"]: x for x in (self.entity() for _ in range(30))}
            return api.post("entityOperations/delete", list(many)[:10])
        if what == 5 and rng.random() < 0.1:
            return api.delete("entities", type=rng.choice(TYPES), q="n==3")
        if what == 6:
            return api.patch(f"entities/{e['id']}/attrs", {"n": rng.randrange(9)})
        many = {x["id"]: x for x in (self.entity() for _ in range(30))}
        return api.post(f"entityOperations/{rng.choice(['create', 'upsert'])}", list(many.values()))

    def run(self):
        while not self.stop.is_set():
            try:
                answer = self.once()
            except (OSError, http.client.HTTPException):
                self.api.close()
                time.sleep(0.02)
                continue
            if answer.status == 500:
                self.fault = answer
                return


def write_for(broker, seconds, tenants, mixed, meanwhile=None):
    stop = threading.Event()
    writers = [Writer(broker.base, t, f"{t} {i} {seconds}", stop, mixed)
               for t in tenants for i in range(2)]
    for w in writers:
        w.start()
    time.sleep(seconds)
    if meanwhile is not None:
        meanwhile()
        time.sleep(seconds)
    stop.set()
    for w in writers:
        w.join()
    assert [w.fault for w in writers if w.fault is not None] == []


@pytest.mark.parametrize("mixed", [False, True])
def test_sums_stay_exact(new_broker, mixed):
    """Two tenants, several lanes, a keeper that adds up meanwhile; what has expired is never
    swept in one of the two."""
    broker = new_broker("--sweep", "1h" if mixed else "100ms").start()
    rng, tenants = random.Random(mixed), ["far1", "far2"]
    for numbers in (400, 65536, 200000):
        write_for(broker, 2, tenants, mixed)
        time.sleep(1.2)  # what expires soon has
        check_all(broker, rng, tenants)
        jump(broker, numbers)
    assert broker.stop() == 0


def test_sums_survive_what_dies(new_broker):
    """The database, then the broker die under load: no sum is off by what was half done."""
    broker = new_broker("--sweep", "1s").start()
    rng, tenants = random.Random(3), ["far1", "far2"]
    write_for(broker, 1, tenants, True, lambda: os.kill(broker.postmaster(), signal.SIGKILL))
    wait_until("the database to be back", broker.is_ready)
    time.sleep(1.2)
    check_all(broker, rng, tenants)
    write_for(broker, 1, tenants, True, lambda: (broker.kill(), broker.start()))
    time.sleep(1.2)
    check_all(broker, rng, tenants)
    assert broker.stop() == 0


def test_two_brokers_keep_one_account(new_broker):
    broker = new_broker("--workers", "24").start()  # its database has room for another one's
    other = new_broker("--workers", "2", "--database", broker.database).start()
    rng, tenants = random.Random(4), ["far1", "far2"]
    beside = threading.Thread(target=write_for, args=(other, 2, tenants, True))
    beside.start()
    write_for(broker, 2, tenants, True)
    beside.join()
    time.sleep(1.2)
    check_all(broker, rng, tenants)
    check_all(broker, rng, tenants)
    wait_until("what was written to be added up", lambda: broker.sql(
        "SELECT count(*) FROM calanque.entity_block_delta") == "0")
    check_all(broker, rng, tenants)
    assert other.stop() == 0
    assert broker.stop() == 0


def test_one_page_after_another_while_others_come_and_go(new_broker):
    """Entities that stay are met in order, once, where others come; where others go, pages
    move up and a page is asked for again from where its first one is now."""
    broker = new_broker().start()
    api = broker.api
    stay = [f"urn:stay:{i:04d}" for i in range(900)]
    for i in range(0, 900, 100):
        api.post("entityOperations/create", [{"id": x, "type": "Stay"} for x in stay[i:i + 100]]).ok(201)
        jump(broker, 3000)
    stop = threading.Event()

    def come_and_go():
        mine, n = broker.api, 0
        while not stop.is_set():
            n += 1
            mine.post("entities", {"id": f"urn:late:{n}", "type": "Stay"}).ok(201)
            if n % 3 == 0:
                mine.delete(f"entities/urn:late:{n - 1}").empty()

    beside = threading.Thread(target=come_and_go)
    beside.start()
    try:
        for _ in range(3):
            met = []
            while not met or len(page) == 20:
                page = api.get("entities", type="Stay", limit=20, offset=len(met)).ok().ids
                met += page
            assert [x for x in met if x in set(stay)] == stay
    finally:
        stop.set()
        beside.join()
    assert broker.sql(SUMS) == ""
    assert broker.stop() == 0
