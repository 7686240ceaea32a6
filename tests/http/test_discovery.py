# SPDX-License-Identifier: Apache-2.0
"""Discovery is exact at any time: random writes, and after each all six answers against what
the entities themselves say."""

import collections
import random

import pytest

from client import NULL, name

TYPES = ["A", "B", "C"]
ATTRS = ["p1", "p2", "p3"]
VALUES = {
    "Property": {"value": 1},
    "Relationship": {"object": "urn:a:b"},
    "GeoProperty": {"value": {"type": "Point", "coordinates": [1, 2]}},
    "VocabProperty": {"vocab": "x"},
    "ListProperty": {"valueList": [1]},
}


class Writer:
    """Random writes to a few entities of one tenant, by every operation there is."""

    def __init__(self, api, seed):
        self.api = api
        self.random = random.Random(seed)
        self.ids = [f"urn:e:{i}" for i in range(10)]

    def instance(self, **more):
        kind = self.random.choice(list(VALUES))
        return {"type": kind, **VALUES[kind], **more}

    def attribute(self):
        n = self.random.choice([1, 1, 2, 3])
        more = [self.instance(datasetId=f"urn:d:{i}") for i in range(1, n)]
        return [self.instance()] + more if more else self.instance()

    def entity(self):
        return {
            "id": self.random.choice(self.ids),
            "type": self.random.sample(TYPES, self.random.choice([1, 1, 2])),
            **{a: self.attribute() for a in ATTRS if self.random.random() < 0.5},
        }

    def write(self):
        pick, entity = self.random.choice, self.entity()
        path, a = f"entities/{entity['id']}", pick(ATTRS)
        type_, null = pick(TYPES), pick([self.attribute(), NULL])
        return pick(
            [
                lambda: self.api.post("entities", entity),
                lambda: self.api.put(path, entity),
                lambda: self.api.delete(path),
                lambda: self.api.post(f"{path}/attrs", {a: self.attribute()}),
                lambda: self.api.patch(f"{path}/attrs", {a: null}),
                lambda: self.api.patch(path, {a: null}),
                lambda: self.api.delete(f"{path}/attrs/{a}", datasetId="urn:d:1"),
                lambda: self.api.delete(f"{path}/attrs/{a}", deleteAll="true"),
                lambda: self.api.put(f"{path}/attrs/{a}", self.instance()),
                lambda: self.api.post("entityOperations/upsert", [entity, self.entity()]),
                lambda: self.api.post("entityOperations/upsert?options=update", [entity]),
                lambda: self.api.post("entityOperations/delete", [entity["id"]]),
                lambda: self.api.delete("entities", type=type_, drop=a),
                lambda: self.api.delete("entities", type=type_, keep=a),
                lambda: self.api.delete("entities", drop=a),
            ]
        )()


def truth(api):
    """By type: how many, and kinds by attribute.  By attribute: instances, kinds, types."""
    types = collections.defaultdict(lambda: [0, collections.defaultdict(set)])
    attrs = collections.defaultdict(lambda: [0, set(), set()])
    for entity in api.get("entities", local="true", limit=100).ok().json:
        names = entity["type"] if isinstance(entity["type"], list) else [entity["type"]]
        for type_ in names:
            types[type_][0] += 1
        for a in set(entity) & set(ATTRS):
            instances = entity[a] if isinstance(entity[a], list) else [entity[a]]
            kinds = {i["type"] for i in instances}
            attrs[a][0] += len(instances)
            attrs[a][1].update(kinds)
            attrs[a][2].update(names)
            for type_ in names:
                types[type_][1][a] |= kinds
    return types, attrs


def check_types(api, types):
    assert set(api.get("types").ok().json["typeList"]) == set(types)
    said = {t["typeName"]: t["attributeNames"] for t in api.get("types?details=true").ok().json}
    assert {t: set(a) for t, a in said.items()} == {t: set(types[t][1]) for t in types}
    for type_ in TYPES:
        answer = api.get(f"types/{type_}")
        if type_ not in types:
            answer.ok(404)
            continue
        kinds = {
            d["attributeName"]: set(d["attributeTypes"])
            for d in answer.ok().json["attributeDetails"]
        }
        assert [answer.json["entityCount"], kinds] == types[type_]


def check_attributes(api, attrs):
    assert set(api.get("attributes").ok().json["attributeList"]) == set(attrs)
    said = api.get("attributes", details="true").ok().json
    assert {d["attributeName"]: set(d["typeNames"]) for d in said} == {
        a: attrs[a][2] for a in attrs
    }
    for a in ATTRS:
        answer = api.get(f"attributes/{a}")
        if a not in attrs:
            answer.ok(404)
            continue
        one = answer.ok().json
        assert [
            one["attributeCount"],
            set(one["attributeTypes"]),
            set(one["typeNames"]),
        ] == attrs[a]


@pytest.mark.parametrize("seed", [1, 2])
def test_always_exact(api, seed):
    """5.7.5 to 5.7.10 after each of 80 writes."""
    mine = api.with_(NGSILD_Tenant=name("tenant"))
    mine.post("entities", {"id": "urn:e:first", "type": "A"}).ok(201)
    writer = Writer(mine, seed)
    for _ in range(80):
        assert writer.write().status < 500
        types, attrs = truth(mine)
        check_types(mine, types)
        check_attributes(mine, attrs)
