# SPDX-License-Identifier: Apache-2.0
"""Attributes that entities have: 5.7.8 to 5.7.10, 6.27, 6.28."""

import json
import time

from client import CORE, NULL, VOCAB, link, name, quote
from test_types import create, prop, soon


def one(api, attr):
    return api.get(f"attributes/{attr}").ok().json


def listed(api):
    return api.get("attributes").ok().json["attributeList"]


def details(api, attr):
    return [a for a in api.get("attributes", details="true").ok().json if a["attributeName"] == attr]


def test_list(api):
    """GET /attributes is an AttributeList of the names (5.2.27)."""
    a = name("a")
    create(api, name("Kind"), **{a: prop()})
    create(api, name("Kind"), **{a: prop()})
    answer = api.get("attributes").ok()
    assert answer.context and set(answer.json) == {"id", "type", "attributeList"}
    assert answer.json["type"] == "AttributeList" and answer.json["id"].startswith("urn:")
    assert answer.json["attributeList"].count(a) == 1


def test_sub_attributes_are_not_listed(api):
    """Attributes of entities only, not what describes an attribute."""
    a, sub = name("a"), name("sub")
    create(api, name("Kind"), **{a: prop(**{sub: prop()})})
    assert a in listed(api) and sub not in listed(api)


def test_details(api):
    """details=true: Attribute[] with the types that have it (4.5.14)."""
    a, kinds = name("a"), sorted([name("Kind"), name("Kind"), name("Kind")])
    create(api, kinds[0], **{a: prop()})
    create(api, kinds[1:], **{a: prop()})
    assert details(api, a) == [
        {"id": VOCAB + a, "type": "Attribute", "attributeName": a, "typeNames": kinds}
    ]


def test_one_attribute(api):
    """5.2.28: instances counted, kinds and types listed."""
    a, first, second = name("a"), name("Kind"), name("Kind")
    create(api, first, **{a: prop()})
    create(api, first, **{a: [prop(), prop(datasetId="urn:d:1"), prop(datasetId="urn:d:2")]})
    create(api, second, **{a: {"type": "LanguageProperty", "languageMap": {"en": "x"}}})
    assert one(api, a) == {
        "id": VOCAB + a,
        "type": "Attribute",
        "attributeName": a,
        "attributeCount": 5,
        "attributeTypes": ["LanguageProperty", "Property"],
        "typeNames": sorted([first, second]),
    }


def test_context(api, pages):
    """Names in the path are expanded with the request's @context, short names come back."""
    a, short = name("a"), name("short")
    url = pages.put("/attributes.jsonld", json.dumps({"@context": {short: VOCAB + a}}))
    create(api, name("Kind"), **{a: prop()})
    found = api.get(f"attributes/{short}", headers={"Link": link(url)}).ok().json
    assert found["id"] == VOCAB + a and found["attributeName"] == short
    assert api.get("attributes/" + quote(VOCAB + a)).ok().json["attributeName"] == a
    ld = {"Accept": "application/ld+json", "Link": link(CORE)}
    assert api.get(f"attributes/{a}", headers=ld).ok().json["@context"] == CORE
    assert api.get("attributes", headers=ld).ok().json["@context"] == CORE
    for item in api.get("attributes", details="true", headers=ld).ok().json:
        assert item["@context"] == CORE


def test_core_attributes(api):
    """location is an attribute by its core name; system members are none."""
    point = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}}
    create(api, name("Kind"), location=point)
    assert "location" in listed(api)
    assert "GeoProperty" in one(api, "location")["attributeTypes"]
    for system in ("createdAt", "modifiedAt", "id", "type", "scope"):
        assert system not in listed(api)
        api.get(f"attributes/{system}").ok(404)


def test_unknown_attribute(api):
    """ResourceNotFound names the attribute in full."""
    a = name("nothing")
    api.get(f"attributes/{a}").problem(
        404, "ResourceNotFound", f"no entity has the attribute {VOCAB}{a}"
    )


def test_an_attribute_goes_with_its_last_instance(api):
    """5.7.8: attributes that belong to entities that exist; by every way to delete one."""
    a, kind = name("a"), name("Kind")
    entity = create(api, kind, **{a: prop()})
    api.delete(f"entities/{entity}/attrs/{a}").empty()
    assert a not in listed(api) and details(api, a) == []
    api.get(f"attributes/{a}").ok(404)
    api.post(f"entities/{entity}/attrs", {a: prop()}).empty()
    assert one(api, a)["attributeCount"] == 1
    api.patch(f"entities/{entity}", {a: NULL}).empty()
    api.get(f"attributes/{a}").ok(404)
    api.patch(f"entities/{entity}/attrs", {a: prop()}).empty()
    assert one(api, a)["typeNames"] == [kind]
    api.delete(f"entities/{entity}").empty()
    api.get(f"attributes/{a}").ok(404)
    assert a not in listed(api)


def test_changes_of_kind_and_instances(api):
    """A replaced attribute has its new kind; an instance more is one more."""
    a = name("a")
    entity = create(api, name("Kind"), **{a: prop()})
    api.put(f"entities/{entity}/attrs/{a}", {"type": "VocabProperty", "vocab": "x"}).empty()
    assert one(api, a)["attributeTypes"] == ["VocabProperty"]
    api.post(f"entities/{entity}/attrs", {a: {"type": "VocabProperty", "vocab": "y", "datasetId": "urn:d"}}).empty()
    assert one(api, a)["attributeCount"] == 2
    api.delete(f"entities/{entity}/attrs/{a}", datasetId="urn:d").empty()
    assert one(api, a)["attributeCount"] == 1


def test_batches(api):
    """Batch operations are the same operations."""
    a, b, kind, n = name("a"), name("b"), name("Kind"), 50
    ids = [f"urn:ngsi-ld:{kind}:{i}" for i in range(n)]
    api.post("entityOperations/create", [{"id": i, "type": kind, a: prop()} for i in ids]).ok(201)
    assert one(api, a)["attributeCount"] == n
    api.post("entityOperations/update", [{"id": i, "type": kind, b: prop()} for i in ids[:20]]).empty()
    assert one(api, b)["attributeCount"] == 20
    api.post("entityOperations/delete", ids[10:]).empty()
    assert one(api, a)["attributeCount"] == 10 and one(api, b)["attributeCount"] == 10
    assert api.get(f"types/{kind}").ok().json["entityCount"] == 10


def test_expired_attributes_do_not_count(api):
    """4.22: an expired instance is gone at once; the entity and its others stay."""
    a, b, kind = name("a"), name("b"), name("Kind")
    create(api, kind, **{a: prop(expiresAt=soon()), b: [prop(expiresAt=soon()), prop(datasetId="urn:d")]})
    create(api, kind, **{b: prop()})
    assert one(api, a)["attributeCount"] == 1 and one(api, b)["attributeCount"] == 3
    time.sleep(1.1)
    api.get(f"attributes/{a}").ok(404)
    assert a not in listed(api) and details(api, a) == []
    assert one(api, b)["attributeCount"] == 2
    info = api.get(f"types/{kind}").ok().json
    assert info["entityCount"] == 2
    assert [d["attributeName"] for d in info["attributeDetails"]] == [b]


def test_tenants_see_their_own(api):
    """Total isolation (4.14)."""
    a, mine = name("a"), api.with_(NGSILD_Tenant=name("tenant"))
    create(api, name("Kind"), **{a: prop()})
    create(mine, name("Kind"))
    assert listed(mine) == []
    mine.get(f"attributes/{a}").ok(404)


def test_parameters(api):
    """details and local are true or false; others are refused (6.3.20)."""
    api.get("attributes", local="true").ok()
    api.get("attributes", details="1").problem(400, "InvalidRequest", "details: '1'")
    api.get("attributes", q="a").problem(400, "InvalidRequest", "q")
