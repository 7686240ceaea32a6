# SPDX-License-Identifier: Apache-2.0
"""Linked entity retrieval: join, joinLevel, containedBy; rel{…} in pick, omit and q
(4.5.23, 4.21, 5.7.1.4, 5.7.2.4)."""

import pytest

from client import Api, name, quote


def rel(target, **more):
    return {"type": "Relationship", "object": target, **more}


def prop(value):
    return {"type": "Property", "value": value}


U = "urn:l:"
# house -> street -> city -> street: a loop; house -> gone does not exist.
DATA = {
    "house": {"type": "House", "name": prop("H"), "street": rel(U + "street"),
              "owner": [rel(U + "ann"), rel(U + "bob", datasetId="urn:d:2")],
              "lost": rel(U + "gone"),
              "guests": {"type": "ListRelationship",
                         "objectList": [{"object": U + "bob"}, {"object": U + "gone"},
                                        {"object": U + "ann"}]},
              "both": rel([U + "ann", U + "gone", U + "bob"]),
              "note": {"type": "Property", "value": 1, "by": rel(U + "city")}},
    "hut": {"type": "House", "name": prop("h"), "street": rel(U + "street")},
    "street": {"type": "Street", "name": prop("S"), "city": rel(U + "city")},
    "city": {"type": "City", "name": prop("C"), "main": rel(U + "street")},
    "ann": {"type": "Person", "name": prop("A"), "age": prop(3), "knows": rel(U + "bob")},
    "bob": {"type": "Person", "name": prop("B"), "age": prop(4), "knows": rel(U + "bob")},
}


@pytest.fixture(scope="module")
def data(broker):
    client = Api(broker, **{"NGSILD-Tenant": name("linked")})
    for id_, entity in DATA.items():  # one by one: pages are in order of creation
        client.create({"id": U + id_, **entity})
    yield client
    client.close()


def get(data, id_, **params):
    return data.get(f"entities/{quote(U + id_)}", **params)


def short(answer):
    return [id_[len(U):] for id_ in answer.ok().ids]


def test_without_join_relationships_are_uris(data):
    for params in ({}, {"join": "@none"}, {"join": "@none", "joinLevel": 3}):
        entity = get(data, "house", **params).ok().json
        assert entity["street"] == rel(U + "street")
        assert entity["both"] == DATA["house"]["both"]


def test_inline_puts_the_entity_beside_the_object(data):
    entity = get(data, "house", join="inline").ok().json
    assert entity["street"]["object"] == U + "street"
    assert entity["street"]["entity"] == {"id": U + "street", **DATA["street"]}
    assert [o["entity"]["id"] for o in entity["owner"]] == [U + "ann", U + "bob"]
    assert [e["id"] for e in entity["both"]["entity"]] == [U + "ann", U + "bob"]
    assert entity["both"]["object"] == DATA["house"]["both"]["object"]
    # 4.5.23: order kept in lists; what is not there stays a URI.
    assert [e["id"] for e in entity["guests"]["entityList"]] == [U + "bob", U + "ann"]
    assert "entity" not in entity["guests"]
    assert entity["lost"] == rel(U + "gone")
    # A relationship of an attribute is not followed.
    assert entity["note"]["by"] == rel(U + "city")


def test_inline_simplified_replaces_the_uri(data):
    entity = get(data, "house", join="inline", format="simplified").ok().json
    assert entity["street"] == {"id": U + "street", "type": "Street", "name": "S",
                                "city": U + "city"}
    assert entity["guests"][1] == U + "gone"
    assert [g["name"] for g in (entity["guests"][0], entity["guests"][2])] == ["B", "A"]
    assert entity["lost"] == U + "gone"


def test_levels_and_loops(data):
    two = get(data, "house", join="inline", joinLevel=2, format="simplified").ok().json
    assert two["street"]["city"] == {"id": U + "city", "type": "City", "name": "C",
                                     "main": U + "street"}
    # The street is on the way already, and bob knows himself.
    ten = get(data, "house", join="inline", joinLevel=10**9, format="simplified").ok().json
    assert ten["street"] == two["street"]
    assert ten["guests"][0]["knows"] == U + "bob"
    assert ten["guests"][2]["knows"]["name"] == "B"


def test_contained_by_cuts(data):
    entity = get(data, "house", join="inline", joinLevel=2, format="simplified",
                 containedBy=f"{U}city,{U}ann").ok().json
    assert entity["street"]["city"] == U + "city"
    assert entity["guests"] == [entity["guests"][0], U + "gone", U + "ann"]
    flat = get(data, "house", join="flat", joinLevel=2, containedBy=f"{U}city,{U}ann")
    assert sorted(short(flat)) == ["bob", "house", "street"]


def test_flat_retrieve_is_a_list(data):
    answer = get(data, "house", join="flat")
    assert short(answer)[0] == "house"
    assert sorted(short(answer)[1:]) == ["ann", "bob", "street"]
    by_id = {e["id"]: e for e in answer.json}
    assert by_id[U + "street"] == {"id": U + "street", **DATA["street"]}
    assert "entity" not in by_id[U + "house"]["street"]
    assert sorted(short(get(data, "house", join="flat", joinLevel=5))) == [
        "ann", "bob", "city", "house", "street"]
    # Relationships that are not shown are not followed.
    assert b"ann" not in get(data, "house", join="flat", pick="id,type").ok().body
    get(data, "none", join="flat").problem(404, "ResourceNotFound")


def test_flat_with_dataset_follows_what_is_shown(data):
    answer = get(data, "house", join="flat", datasetId="urn:d:2")
    assert short(answer) == ["house", "bob"]


def test_flat_page_has_no_duplicates(data):
    answer = data.get("entities", type="House", join="flat", joinLevel=1, count="true")
    assert short(answer)[:2] == ["house", "hut"]
    assert sorted(short(answer)[2:]) == ["ann", "bob", "street"]
    assert answer.count == 2
    answer = data.get("entities", type="House,Street,City", join="flat", pick="id,street,city",
                      joinLevel=2)
    assert sorted(short(answer)) == ["city", "house", "hut", "street"]


def test_inline_page(data):
    page = data.get("entities", type="House,Street", join="inline").ok().json
    assert [e.get("street", {}).get("entity", {}).get("id") for e in page] == [
        U + "street", U + "street", None]
    assert page[2]["city"]["entity"]["id"] == U + "city"


def test_post_query(data):
    query = {"type": "Query", "entities": [{"type": "House"}], "join": "inline",
             "joinLevel": 2, "containedBy": [U + "city"], "pick": ["id", "street{id,city}"]}
    page = data.post("entityOperations/query", query).ok().json
    assert page[1] == {"id": U + "hut", "street": rel(
        U + "street", entity={"id": U + "street", "city": rel(U + "city")})}
    flat = data.post("entityOperations/query", {**query, "join": "flat"})
    assert short(flat) == ["house", "hut", "street"]
    assert flat.json[2] == {"id": U + "street", "city": rel(U + "city")}


def test_nested_projection(data):
    one = get(data, "house", join="inline", pick="name,street{name}").ok().json
    assert one == {"name": prop("H"), "street": rel(U + "street", entity={"name": prop("S")})}
    two = get(data, "house", join="inline", joinLevel=2, format="simplified",
              pick="street{city{name}}").ok().json
    assert two == {"street": {"city": {"name": "C"}}}
    omit = get(data, "hut", join="inline", format="simplified",
               omit="name,street{id,type}").ok().json
    assert omit == {"id": U + "hut", "type": "House",
                    "street": {"name": "S", "city": U + "city"}}
    flat = get(data, "hut", join="flat", format="simplified",
               pick="id,street{id,name}").ok().json
    assert flat == [{"id": U + "hut", "street": U + "street"},
                    {"id": U + "street", "name": "S"}]


def test_nested_projection_needs_join(data):
    for params in ({}, {"join": "@none"}):
        get(data, "house", pick="street{name}", **params).problem(
            400, "BadRequestData", "pick: names of linked entities need join at offset 6")
    get(data, "house", omit="street{city{name}}", join="flat").problem(
        400, "BadRequestData", "omit: nested deeper than joinLevel at offset 11")
    data.get("entities", type="House", pick="street{name}").problem(400, "BadRequestData")


def test_linked_q(data):
    answer = data.get("entities", type="House", q='owner{name=="A"}', join="inline")
    assert short(answer) == ["house"]
    answer = data.get("entities", type="House", q='street{city{name=="C"}}', join="flat",
                      joinLevel=2)
    assert short(answer)[:2] == ["house", "hut"]
    data.get("entities", type="House", q='owner{name=="A"}').problem(
        400, "BadRequestData", "linked entities need join=inline or join=flat")
    data.get("entities", type="House", q='street{city{name=="C"}}', join="flat").problem(
        400, "BadRequestData", "deeper than joinLevel 1")


def test_geojson(data):
    headers = {"Accept": "application/geo+json"}
    flat = get(data, "hut", join="flat", headers=headers).ok()
    assert flat.type == "application/geo+json"
    assert flat.json["type"] == "FeatureCollection"
    assert [f["id"] for f in flat.json["features"]] == [U + "hut", U + "street"]
    inline = get(data, "hut", join="inline", headers=headers).ok().json
    assert inline["type"] == "Feature"
    assert inline["properties"]["street"]["entity"]["name"] == prop("S")


def test_jsonld_contexts_are_outside_of_linked_entities(data):
    headers = {"Accept": "application/ld+json"}
    inline = get(data, "hut", join="inline", headers=headers).ok().json
    assert "@context" in inline and "@context" not in inline["street"]["entity"]
    flat = get(data, "hut", join="flat", headers=headers).ok().json
    assert all("@context" in entity for entity in flat) and len(flat) == 2


def test_other_tenants_are_not_followed(data, api):
    house = api.create({"type": "House"}, street=rel(U + "street"))
    entity = api.entity(house["id"], join="inline")
    assert entity["street"] == rel(U + "street")


def test_expired_entities_are_not_followed(data):
    target, link = U + "late", U + "links-late"
    data.create({"id": target}, expiresAt="2099-01-01T00:00:00Z")
    data.create({"id": link}, to=rel(target))
    assert "entity" in data.entity(link, join="inline")["to"]
    data.patch(f"entities/{quote(target)}", {"expiresAt": "2020-01-01T00:00:00Z"}).empty()
    assert data.entity(link, join="inline")["to"] == rel(target)


@pytest.mark.parametrize("params, detail", [
    ({"join": "all"}, "join: 'all' is unknown; use inline, flat or @none"),
    ({"join": "inline", "joinLevel": 0}, "joinLevel: '0' is no whole number above 0"),
    ({"join": "inline", "joinLevel": "-1"}, "joinLevel: '-1' is no whole number above 0"),
    ({"join": "inline", "joinLevel": ""}, "joinLevel: '' is no whole number above 0"),
    ({"join": "inline", "joinLevel": "1.5"}, "joinLevel: '1.5' is no whole number above 0"),
    ({"join": "inline", "containedBy": "urn:a:b"}, "containedBy goes with joinLevel only"),
    ({"join": "inline", "joinLevel": 1, "containedBy": "x"},
     "containedBy: 'x' is not a URI (urn:… or https://…)"),
])
def test_bad_parameters(data, params, detail):
    assert get(data, "house", **params).problem(400, "BadRequestData") == detail
    assert data.get("entities", type="House", **params).problem(
        400, "BadRequestData") == detail


def test_an_answer_that_would_be_too_large(broker):
    """Everybody knows everybody: inline would write them without end."""
    client = Api(broker, **{"NGSILD-Tenant": name("crowd")})
    ids = [f"urn:crowd:{i}" for i in range(12)]
    body = [{"id": i, "type": "One", "knows": rel([o for o in ids if o != i])} for i in ids]
    client.post("entityOperations/create", body).ok(201)
    answer = client.get(f"entities/{quote(ids[0])}", join="inline", joinLevel=16)
    assert answer.problem(403, "TooComplexQuery") == (
        "join: too many linked entities; use a smaller joinLevel or limit")
    assert len(client.get("entities", type="One", join="flat", joinLevel=16).ok().json) == 12
    client.close()
