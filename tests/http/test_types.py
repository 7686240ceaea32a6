# SPDX-License-Identifier: Apache-2.0
"""Entity types there are: 5.7.5 to 5.7.7, 6.25, 6.26."""

import json
import time
from datetime import datetime, timedelta, timezone

from client import CORE, VOCAB, link, name, quote, uid


def create(api, kind, **attributes):
    entity = {"id": uid(), "type": kind, **attributes}
    api.post("entities", entity).ok(201)
    return entity["id"]


def prop(value=1, **more):
    return {"type": "Property", "value": value, **more}


def soon(seconds=1):
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_list(api):
    """GET /types is an EntityTypeList of the names (5.2.24), with the @context by Link."""
    kind = name("Kind")
    create(api, kind)
    answer = api.get("types").ok()
    assert answer.type == "application/json" and answer.context
    assert set(answer.json) == {"id", "type", "typeList"}
    assert answer.json["type"] == "EntityTypeList"
    assert answer.json["id"].startswith("urn:")
    assert answer.json["typeList"].count(kind) == 1


def test_list_with_the_context_inside(api):
    """As ld+json each object carries the @context, and there is no Link (6.3.6)."""
    kind = name("Kind")
    create(api, kind, a=prop())
    ld = {"Accept": "application/ld+json", "Link": link(CORE)}
    for path in ("types", f"types/{kind}"):
        answer = api.get(path, headers=ld).ok()
        assert answer.type == "application/ld+json" and answer.context is None
        assert answer.json["@context"] == CORE
    answer = api.get("types", details="true", headers=ld).ok()
    assert answer.json and all(one["@context"] == CORE for one in answer.json)


def test_geojson_is_not_acceptable(api):
    """Only entities come as GeoJSON (6.3.4)."""
    api.get("types", headers={"Accept": "application/geo+json"}).ok(406)


def test_names_follow_the_context(api, pages):
    """Names are compacted with the request's @context, and expanded in the path."""
    kind, short = name("Kind"), name("Short")
    url = pages.put("/types.jsonld", json.dumps({"@context": {short: VOCAB + kind}}))
    create(api, kind)
    assert short in api.get("types", headers={"Link": link(url)}).ok().json["typeList"]
    one = api.get(f"types/{short}", headers={"Link": link(url)}).ok().json
    assert one["id"] == VOCAB + kind and one["typeName"] == short
    full = api.get("types/" + quote(VOCAB + kind)).ok().json
    assert full["id"] == VOCAB + kind and full["typeName"] == kind


def test_details(api):
    """details=true: EntityType[] with all attributes that entities of the type have."""
    kind, a, b = name("Kind"), name("a"), name("b")
    create(api, kind, **{a: prop()})
    create(api, kind, **{b: prop()})
    found = [t for t in api.get("types", details="true").ok().json if t["typeName"] == kind]
    assert found == [
        {
            "id": VOCAB + kind,
            "type": "EntityType",
            "typeName": kind,
            "attributeNames": sorted([a, b]),
        }
    ]


def test_one_type(api):
    """EntityTypeInfo (5.2.26): count, attributes and their kinds, all kinds that occur."""
    kind, a, b = name("Kind"), name("a"), name("b")
    create(api, kind, **{a: prop()})
    create(api, kind, **{a: {"type": "Relationship", "object": uid()}})
    create(api, kind, **{b: {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}}})
    one = api.get(f"types/{kind}").ok().json
    details = {d["attributeName"]: d for d in one.pop("attributeDetails")}
    assert one == {"id": VOCAB + kind, "type": "EntityTypeInfo", "typeName": kind, "entityCount": 3}
    assert details[a] == {
        "id": VOCAB + a,
        "type": "Attribute",
        "attributeName": a,
        "attributeTypes": ["Property", "Relationship"],
    }
    assert details[b]["attributeTypes"] == ["GeoProperty"]


def test_a_type_without_attributes(api):
    """Entities need no attributes: the lists are then empty, not absent."""
    kind = name("Kind")
    create(api, kind)
    one = api.get(f"types/{kind}").ok().json
    assert one["entityCount"] == 1 and one["attributeDetails"] == []
    found = [t for t in api.get("types", details="true").ok().json if t["typeName"] == kind]
    assert found[0]["attributeNames"] == []


def test_unknown_type(api):
    """ResourceNotFound names the type in full, since no @context travels."""
    kind = name("Nothing")
    api.get(f"types/{kind}").problem(
        404, "ResourceNotFound", f"no entity has the type {VOCAB}{kind}"
    )


def test_several_types_count_for_each(api):
    """An entity with several types is one of each (4.16)."""
    one, two, a = name("Kind"), name("Kind"), name("a")
    create(api, [one, two], **{a: prop()})
    create(api, two)
    assert api.get(f"types/{one}").ok().json["entityCount"] == 1
    assert api.get(f"types/{two}").ok().json["entityCount"] == 2
    assert {one, two} <= set(api.get("types").ok().json["typeList"])


def test_a_type_goes_with_its_last_entity(api):
    """5.7.5: types of which entities exist."""
    kind = name("Kind")
    first, second = create(api, kind), create(api, kind)
    api.delete(f"entities/{first}").empty()
    assert api.get(f"types/{kind}").ok().json["entityCount"] == 1
    api.delete(f"entities/{second}").empty()
    assert kind not in api.get("types").ok().json["typeList"]
    assert VOCAB + kind not in [t["id"] for t in api.get("types", details="true").ok().json]
    api.get(f"types/{kind}").ok(404)


def test_a_type_that_is_replaced(api):
    """PUT sets the types to what the body says."""
    old, new, a, b = name("Kind"), name("Kind"), name("a"), name("b")
    entity = create(api, old, **{a: prop()})
    api.put(f"entities/{entity}", {"id": entity, "type": new, b: prop()}).empty()
    api.get(f"types/{old}").ok(404)
    details = api.get(f"types/{new}").ok().json["attributeDetails"]
    assert [d["attributeName"] for d in details] == [b]


def test_expired_entities_do_not_count(api):
    """4.22: what has expired is gone at once, before anybody removes it."""
    kind = name("Kind")
    create(api, kind, expiresAt=soon())
    assert api.get(f"types/{kind}").ok().json["entityCount"] == 1
    time.sleep(1.1)
    api.get(f"types/{kind}").ok(404)
    assert kind not in api.get("types").ok().json["typeList"]
    assert VOCAB + kind not in [t["id"] for t in api.get("types", details="true").ok().json]


def test_tenants_see_their_own(api):
    """Total isolation of lists, counts and single types (4.14)."""
    kind, mine = name("Kind"), api.with_(NGSILD_Tenant=name("tenant"))
    create(api, kind)
    mine.get("types").problem(404, "NonexistentTenant")
    create(mine, name("Other"))
    assert kind not in mine.get("types").ok().json["typeList"]
    mine.get(f"types/{kind}").ok(404)
    create(mine, kind)
    assert mine.get(f"types/{kind}").ok().json["entityCount"] == 1
    assert api.get(f"types/{kind}").ok().json["entityCount"] == 1


def test_parameters(api):
    """details and local are true or false; others are refused (6.3.20)."""
    api.get("types", local="true").ok()
    api.get("types", details="false").ok()
    api.get("types", details="yes").problem(400, "InvalidRequest", "details: 'yes'")
    api.get("types", limit=1).problem(400, "InvalidRequest", "limit")
    api.get("types/T", details="true").problem(400, "InvalidRequest", "details")
    answer = api.post("types", {}).ok(405)
    assert "GET" in answer.headers["Allow"]
