# SPDX-License-Identifier: Apache-2.0
"""Many clients at once: no lost update, one order for each entity, large batches."""

import random
import threading

import pytest

from client import CORE, Api, link, name, uid


def together(broker, n, work):
    """Runs work(api, i) on n threads at once, each with a connection; re-raises."""
    gate, failures = threading.Barrier(n), []

    def run(i):
        client = Api(broker)
        try:
            gate.wait()
            work(client, i)
        except BaseException as e:  # noqa: B902
            failures.append(e)
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]


@pytest.mark.parametrize("how", ["merge", "update", "append", "partial", "batch"])
def test_no_lost_update(broker, api, how):
    """Each client increments its own attribute of one entity; all increments arrive."""
    clients, times = 12, 12
    entity = api.create({f"n{i}": 0 for i in range(clients)})
    path = f"entities/{entity['id']}"

    def work(client, i):
        for value in range(1, times + 1):
            body = {f"n{i}": {"type": "Property", "value": value}}
            if how == "merge":
                client.patch(path, body).empty()
            elif how == "update":
                client.patch(path + "/attrs", body).empty()
            elif how == "append":
                client.post(path + "/attrs", body).empty()
            elif how == "partial":
                client.patch(f"{path}/attrs/n{i}", {"value": value}).empty()
            else:
                client.post("entityOperations/update",
                            [{"id": entity["id"], "type": "Thing", **body}]).empty()
            assert client.entity(entity["id"])[f"n{i}"]["value"] == value

    together(broker, clients, work)
    got = api.entity(entity["id"])
    assert [got[f"n{i}"]["value"] for i in range(clients)] == [times] * clients


def test_one_creator_wins(broker, api):
    """Of many that create the same entity exactly one gets 201, the others 409."""
    ids = [uid() for _ in range(10)]
    statuses = {id_: [] for id_ in ids}

    def work(client, i):
        for id_ in ids:
            answer = client.post("entities", {"id": id_, "type": "T", "by": i})
            statuses[id_].append(answer.status)

    together(broker, 10, work)
    for got in statuses.values():
        assert sorted(got) == [201] + [409] * 9


def test_create_and_delete_take_turns(broker, api):
    """Creating and deleting one entity from all sides: as many 201 as 204, give or take
    what is left."""
    id_, counts, lock = uid(), {}, threading.Lock()

    def work(client, i):
        for _ in range(15):
            answer = (client.post("entities", {"id": id_, "type": "T"}) if i % 2 else
                      client.delete(f"entities/{id_}"))
            with lock:
                counts[answer.status] = counts.get(answer.status, 0) + 1

    together(broker, 8, work)
    left = api.get(f"entities/{id_}").status == 200
    assert counts.keys() <= {201, 204, 404, 409}
    assert counts.get(201, 0) == counts.get(204, 0) + left


def test_readers_see_whole_entities(broker, api):
    """A reader sees a write whole or not at all."""
    entity = api.create(a=0, b=0)
    path, stop = f"entities/{entity['id']}", threading.Event()

    def work(client, i):
        if i == 0:
            for n in range(60):
                client.patch(path, {"a": n, "b": n}).empty()
            stop.set()
        while not stop.is_set():
            got = client.get(path, options="keyValues").ok().json
            assert got["a"] == got["b"], got

    together(broker, 6, work)


def test_batches_of_the_same_entities(broker, api):
    """Batches that touch the same entities in opposite orders do not get in each other's
    way, and every element is applied."""
    ids = [uid() for _ in range(40)]
    api.post("entityOperations/create", [{"id": i, "type": "T"} for i in ids]).ok(201)

    def work(client, i):
        order = ids if i % 2 else ids[::-1]
        for n in range(5):
            client.post("entityOperations/update",
                        [{"id": id_, "type": "T", f"p{i}": n} for id_ in order]).empty()

    together(broker, 6, work)
    for id_ in ids:
        got = api.get(f"entities/{id_}", options="keyValues").ok().json
        assert [got[f"p{i}"] for i in range(6)] == [4] * 6


def test_pages_are_stable_while_others_write(broker, api):
    """Following the pages visits each entity that was there all the time exactly once."""
    tenant = {"NGSILD-Tenant": name("paging")}
    client = Api(broker, **tenant)
    old = [uid() for _ in range(60)]
    client.post("entityOperations/create", [{"id": i, "type": "T", "n": 0} for i in old]).ok(201)
    seen, stop = [], threading.Event()

    def work(other, i):
        if i == 0:
            path = "entities?type=T&limit=7"
            while path:
                answer = other.get(path, headers=tenant).ok()
                seen.extend(answer.ids)
                path = answer.links.get("next")
            stop.set()
        while not stop.is_set():
            other.post("entities", {"id": uid(), "type": "T"}, headers=tenant).ok(201)
            other.patch(f"entities/{old[i]}", {"n": 1}, headers=tenant).empty()

    together(broker, 4, work)
    assert len(seen) == len(set(seen)) and set(old) <= set(seen)
    client.close()


def test_ten_thousand_elements(broker):
    """Ten thousand entities in one request: created, updated, counted, deleted (5.6.7)."""
    client = Api(broker, **{"NGSILD-Tenant": name("many")})
    ids = [f"urn:x:{i}" for i in range(10000)]
    entities = [{"id": id_, "type": "T", "n": i} for i, id_ in enumerate(ids)]
    assert client.post("entityOperations/create", entities).ok(201).json == ids
    assert client.get("entities", type="T", limit=0, count="true").count == 10000
    for e in entities:
        e["n"] += 1
    client.post("entityOperations/update", entities).empty()
    assert client.get("entities", type="T", q="n==10000", options="keyValues").json == [
        {"id": "urn:x:9999", "type": "T", "n": 10000}]
    client.post("entityOperations/delete", ids).empty()
    assert client.get("entities", type="T", limit=0, count="true").count == 0
    client.close()


def test_tenants_made_at_once(broker):
    """Many first writes to one new tenant make one tenant."""
    called = name("rush")

    def work(client, i):
        client.post("entities", {"id": f"urn:x:{i}", "type": "T"},
                    headers={"NGSILD-Tenant": called}).ok(201)

    together(broker, 12, work)
    client = Api(broker, **{"NGSILD-Tenant": called})
    assert len(client.get("entities", type="T").ok().json) == 12
    client.close()


# Queries of all kinds, good and bad, and the headers they come with.
LD, GEO = {"Accept": "application/ld+json"}, {"Accept": "application/geo+json"}
QUERIES = [
    ("type=KIND&limit=5", {}), ("type=KIND&limit=5", LD), ("type=KIND&limit=5", GEO),
    ("type=KIND&limit=5", {"Link": link(CORE)}), ("type=KIND&limit=5", {"Prefer": "ngsi-ld=1.3"}),
    ("type=KIND&limit=5", {"Accept-Encoding": "gzip"}), ("type=KIND&limit=5", {"X-Forwarded-Host": "city.example"}),
    ("type=KIND&limit=5", {"NGSILD-Tenant": "nobody-there"}), ("type=KIND&limit=5", {"Accept": "text/csv"}),
    ("type=KIND", {}), ("type=KIND&limit=5&offset=5", {}), ("type=KIND&limit=5&offset=7", {}),
    ("type=KIND&offset=40", {}), ("type=KIND&limit=90", {}), ("type=KIND&limit=3&options=keyValues", {}),
    ("type=KIND&limit=3&options=sysAttrs", {}), ("type=KIND&limit=3&format=simplified", {}),
    ("type=KIND&limit=3&f%6Frmat=csv", {}), ("type=KIND&limit=3&pick=id,n", {}),
    ("type=KIND&limit=3&count=true", {}), ("type=KIND&limit=0&count=true", {}),
    ("type=KIND&limit=0", {}), ("type=KIND&limit=no", {}), ("type=KIND&limit=100000", {}),
    ("type=KIND&limit", {}), ("type=KIND&pick=id&omit=id", {}), ("type=KIND&q=n%3E20", {}),
    ("type=KIND&q=n%3E20&count=true", {}), ("type=KIND&q=n%3E", {}), ("type=KIND&orderBy=n&limit=4", {}),
    ("type=KIND&orderBy=n&collation=none-such", {}), ("type=NoSuchType", {}),
    ("type=KIND,NoSuchType&limit=4", {}), ("type=KIND&nonsense=1", {}), ("", {}),
    ("type=KIND&georel=near;maxDistance==90000&geometry=Point&coordinates=[5,43]", {}),
    ("type=KIND&georel=near;maxDistance==90000&geometry=Point&coordinates=[5,43]&q=n%3E38", {}),
    ("type=KIND&limit=0&count=true&q=n%3E20", {}),
    ("type=KIND&limit=0&count=true&orderBy=n&collation=none-such", {}),
]


def seen(answer):
    """All of an answer that does not tell one request from the next."""
    return (answer.status, answer.body,
            [h for h in answer.headers.items() if h[0] not in ("Date", "X-Request-Id")])


def test_queries_that_wait_together(broker, api):
    """Each of many queries at once gets the answer that it gets alone."""
    kind = name("Together")
    api.post("entityOperations/create", [
        {"id": uid(kind), "type": kind, "n": i, "location": {"type": "GeoProperty", "value": {
            "type": "Point", "coordinates": [5 + i / 100, 43]}}} for i in range(42)]).ok(201)
    asked = [(f"entities?{query.replace('KIND', kind)}", headers)
             for query, headers in QUERIES]
    alone = [seen(api.get(path, headers=headers)) for path, headers in asked]

    def work(client, i):
        order = random.Random(i).choices(range(len(asked)), k=60)
        for at in order + [0] * 30 if i % 2 else [at % 12 for at in order]:
            path, headers = asked[at]
            assert seen(client.get(path, headers=headers)) == alone[at], path

    together(broker, 24, work)
