# SPDX-License-Identifier: Apache-2.0
"""/entities and /entities/{id}: create, retrieve, replace, merge, delete (6.4, 6.5)."""

import time

import pytest

from client import CORE, NULL, link, name, quote, uid

MERGE = {"Content-Type": "application/merge-patch+json"}
POINT = {"type": "Point", "coordinates": [5.37, 43.296]}

# One attribute of each kind, normalized, as it is stored and comes back (4.5.2, 4.5.3,
# 4.5.18 to 4.5.24, 4.7).
KINDS = {
    "pace": {"type": "Property", "value": 12.5, "unitCode": "KMH",
             "observedAt": "2026-01-02T03:04:05Z"},
    "site": {"type": "GeoProperty", "value": POINT},
    "kin": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"},
    "crew": {"type": "Relationship",
             "object": ["urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:2"]},
    "motto": {"type": "LanguageProperty",
              "languageMap": {"fr": "liberté", "en": ["a", "b"], "@none": "x"}},
    "rank": {"type": "VocabProperty", "vocab": "Captain"},
    "blob": {"type": "JsonProperty",
             "json": {"id": 1, "type": [2], "value": None, "@context": {"@id": "x"}}},
    "stops": {"type": "ListProperty", "valueList": [3, 1, 1, "x"], "unitCode": "C62"},
    "route": {"type": "ListRelationship",
              "objectList": [{"object": "urn:ngsi-ld:Stop:2"},
                             {"object": "urn:ngsi-ld:Stop:1"}]},
}


def stored(api, id_):
    return api.entity(id_)


# Create Entity


def test_create_answers_201_with_location(api):
    """Create answers 201, no body, and Location with the id unescaped (6.4.3.1, T10)."""
    entity = {"id": uid("Car"), "type": "Car", "pace": {"type": "Property", "value": 7}}
    answer = api.post("entities", entity).empty(201)
    assert answer.headers["Location"] == f"/ngsi-ld/v1/entities/{entity['id']}"
    assert stored(api, entity["id"]) == entity


def test_create_twice_is_already_exists(api):
    """The second create is refused, and changes nothing (5.6.1.4)."""
    entity = api.create(pace={"type": "Property", "value": 1})
    again = {**entity, "pace": {"type": "Property", "value": 2}}
    api.post("entities", again).problem(409, "AlreadyExists", entity["id"])
    assert stored(api, entity["id"]) == entity


def test_every_kind_comes_back_as_it_went_in(api):
    """All attribute kinds, normalized, make the round trip (4.5.2 to 4.5.24)."""
    entity = api.create(KINDS)
    assert stored(api, entity["id"]) == entity


@pytest.mark.parametrize("value", [
    0, -1, 1.5, 1e300, True, False, "", "text", [], [1], [[]], [[1], [2, [3]]], {},
    {"a": []}, {"a": {"b": [1, {"c": "d"}]}}, '<>"\'=;()&%', "é\u2028😀", "a\\b\n\t",
    ["x"], "2026-01-01", "urn:x:y",
])
def test_values_are_kept(api, value):
    """Any JSON but null is a value; empty and one-element arrays stay arrays (4.4, 4.6.4)."""
    entity = api.create(pace={"type": "Property", "value": value},
                        list={"type": "ListProperty", "valueList": [value]})
    assert stored(api, entity["id"]) == entity


def test_numbers_are_kept_as_written(api):
    """What a number looks like is content, too: nothing is rounded (4.6.4)."""
    id_ = uid()
    api.post("entities", f'{{"id":"{id_}","type":"Thing","pace":{{"type":"Property",'
             '"value":[12345678901234567890,0.1000,1E2]}}').ok(201)
    assert b"[12345678901234567890,0.1000,1E2]" in api.get(f"entities/{id_}").body


def test_empty_list_property(api):
    """An empty valueList and objectList are kept (4.4)."""
    entity = api.create(stops={"type": "ListProperty", "valueList": []},
                        route={"type": "ListRelationship", "objectList": []})
    assert stored(api, entity["id"]) == entity


@pytest.mark.parametrize("concise, normalized", [
    (12, {"type": "Property", "value": 12}),
    ("x", {"type": "Property", "value": "x"}),
    ({"value": 12, "unitCode": "CEL"},
     {"type": "Property", "value": 12, "unitCode": "CEL"}),
    (POINT, {"type": "GeoProperty", "value": POINT}),
    ({"value": POINT}, {"type": "GeoProperty", "value": POINT}),
    ({"object": "urn:a:b"}, {"type": "Relationship", "object": "urn:a:b"}),
    ({"languageMap": {"fr": "x"}}, {"type": "LanguageProperty", "languageMap": {"fr": "x"}}),
    ({"vocab": "Captain"}, {"type": "VocabProperty", "vocab": "Captain"}),
    ({"json": {"type": 1}}, {"type": "JsonProperty", "json": {"type": 1}}),
    ({"valueList": [2, 1]}, {"type": "ListProperty", "valueList": [2, 1]}),
    ({"objectList": ["urn:a:b"]},
     {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]}),
    ({"value": 1, "precision": 0.5},
     {"type": "Property", "value": 1, "precision": {"type": "Property", "value": 0.5}}),
    ([1, 2], {"type": "Property", "value": [1, 2]}),
])
def test_concise_input(api, concise, normalized):
    """Concise attributes are understood beside normalized ones, with no header or option
    (4.5.2.3, 4.5.3.3, 4.7.3)."""
    entity = api.create(attr=concise, pace={"type": "Property", "value": 1})
    assert stored(api, entity["id"]) == {**entity, "attr": normalized}


def test_an_object_with_an_unknown_type_is_refused(api):
    """A bare object with a type is taken as normalized, so the type must be a kind
    (4.5.2.3)."""
    api.post("entities", {"id": uid(), "type": "Thing", "pace": {"type": "Foo", "x": 1}}
             ).problem(400, "BadRequestData", "/pace", "Foo")


@pytest.mark.parametrize("body, words", [
    ({"type": "Thing"}, ["id"]),
    ({"id": "urn:x:1"}, ["type"]),
    ({"id": "no-uri", "type": "Thing"}, ["/id", "no-uri"]),
    ({"id": 5, "type": "Thing"}, ["/id"]),
    ({"id": ["urn:x:1"], "type": "Thing"}, ["/id"]),
    ({"id": "urn:x:1", "type": 5}, ["/type"]),
    ({"id": "urn:x:1", "type": []}, ["/type"]),
    ({"id": "urn:x:1", "type": ["A", 1]}, ["/type"]),
    ({"id": "urn:x:1", "type": "has space"}, ["/type", "letter"]),
    ({"id": "urn:x:1", "type": ""}, ["/type"]),
    ({"id": "urn:x:1", "type": "type"}, ["/type", "keyword"]),
    ({"id": "urn:x:1", "type": "T", "a b": 1}, ["a b"]),
    ({"id": "urn:x:1", "type": "T", "1st": 1}, ["1st"]),
    ({"id": "urn:x:1", "type": "T", "pa<ce": 1}, ["pa<ce"]),
    ({"id": "urn:x:1", "type": "T", "unitCode": "CEL"}, ["unitCode"]),
    ({"id": "urn:x:1", "type": "T", "observedAt": "2026-01-01T00:00:00Z"}, ["observedAt"]),
    ({"id": "urn:x:1", "type": "T", "datasetId": "urn:a:b"}, ["datasetId"]),
    ({"id": "urn:x:1", "type": "T", "pace": None}, ["/pace", "null"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"value": None}}, ["/pace/value", "null"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"value": {"a": None}}},
     ["/pace/value/a", "null"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"value": [1, None]}},
     ["/pace/value/1", "null"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"type": "Property"}}, ["/pace", "value"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"type": "Property", "object": "urn:a:b"}},
     ["/pace"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"type": 5, "value": 1}}, ["/pace/type"]),
    ({"id": "urn:x:1", "type": "T", "pace": {"unitCode": "CEL"}}, ["/pace"]),
    ({"id": "urn:x:1", "type": "T", "kin": {"type": "Relationship", "object": "no uri"}},
     ["/kin/object", "no uri"]),
    ({"id": "urn:x:1", "type": "T", "kin": {"type": "Relationship", "object": 5}},
     ["/kin/object"]),
    ({"id": "urn:x:1", "type": "T", "kin": {"type": "Relationship", "object": []}},
     ["/kin/object"]),
    ({"id": "urn:x:1", "type": "T", "m": {"type": "LanguageProperty", "languageMap": "x"}},
     ["/m/languageMap"]),
    ({"id": "urn:x:1", "type": "T",
      "m": {"type": "LanguageProperty", "languageMap": {"fr": 5}}}, ["/m/languageMap/fr"]),
    ({"id": "urn:x:1", "type": "T",
      "m": {"type": "LanguageProperty", "languageMap": {"not a tag": "x"}}},
     ["/m/languageMap", "not a tag"]),
    ({"id": "urn:x:1", "type": "T", "v": {"type": "VocabProperty", "vocab": 5}},
     ["/v/vocab"]),
    ({"id": "urn:x:1", "type": "T", "j": {"type": "JsonProperty", "json": 5}},
     ["/j/json"]),
    ({"id": "urn:x:1", "type": "T", "l": {"type": "ListProperty", "valueList": 5}},
     ["/l/valueList"]),
    ({"id": "urn:x:1", "type": "T",
      "l": {"type": "ListRelationship", "objectList": ["no uri"]}}, ["/l/objectList"]),
    ({"id": "urn:x:1", "type": "T", "p": {"value": 1, "unitCode": 5}}, ["/p/unitCode"]),
    ({"id": "urn:x:1", "type": "T", "p": {"value": 1, "observedAt": "yesterday"}},
     ["/p/observedAt", "DateTime"]),
    ({"id": "urn:x:1", "type": "T", "p": {"value": 1, "observedAt": 5}},
     ["/p/observedAt"]),
    ({"id": "urn:x:1", "type": "T", "p": {"value": 1, "observedAt": "2026-13-01T00:00:00Z"}},
     ["/p/observedAt"]),
    ({"id": "urn:x:1", "type": "T", "p": {"value": 1, "datasetId": "no uri"}},
     ["/p/datasetId"]),
    ({"id": "urn:x:1", "type": "T", "p": {"value": 1, "datasetId": 5}}, ["/p/datasetId"]),
    ({"id": "urn:x:1", "type": "T", "expiresAt": "tomorrow"}, ["/expiresAt", "DateTime"]),
    ({"id": "urn:x:1", "type": "T", "scope": 5}, ["/scope"]),
    ({"id": "urn:x:1", "type": "T", "scope": "/a//b"}, ["/scope"]),
    ({"id": "urn:x:1", "type": "T", "scope": ["/a", "/1"]}, ["/scope"]),
    ({"id": "urn:x:1", "type": "T", "scope": "/a b"}, ["/scope"]),
    ({"id": "urn:x:1", "type": "T", "scope": ""}, ["/scope"]),
])
def test_bad_entities_are_told_what_is_wrong(api, body, words):
    """A body that breaks a rule of the data model is BadRequestData, and says where
    (5.5.4, 4.5.1, 4.6.2, 4.6.3, 4.18)."""
    api.post("entities", body).problem(400, "BadRequestData", *words)
    api.get("entities/urn:x:1").problem(404, "ResourceNotFound")


@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null", "true", '[{"id": "urn:x:1"}]'])
def test_bodies_that_are_no_object(api, body):
    """An entity or fragment is a JSON object; another text is InvalidRequest (5.5.4; ETSI 001_02_02)."""
    path = f"entities/{api.create()['id']}"
    for method, where in (("POST", "entities"), ("PUT", path), ("PATCH", path),
                          ("POST", path + "/attrs"), ("PATCH", path + "/attrs")):
        api.request(method, where, body).problem(400, "InvalidRequest", "JSON object")


@pytest.mark.parametrize("kind, members", [
    ("Property", {"value": 1}),
    ("GeoProperty", {"value": POINT}),
    ("Relationship", {"object": "urn:a:b"}),
    ("LanguageProperty", {"languageMap": {"fr": "x"}}),
    ("VocabProperty", {"vocab": "x"}),
    ("JsonProperty", {"json": {}}),
    ("ListProperty", {"valueList": [1]}),
    ("ListRelationship", {"objectList": [{"object": "urn:a:b"}]}),
])
def test_each_kind_forbids_the_members_of_the_others(api, kind, members):
    """The value members exclude each other, in both directions (prohibited lists, 4.5.2 to
    4.5.24); unitCode is for numbers and lists of them only."""
    others = {"value": 1, "object": "urn:a:b", "languageMap": {"fr": "x"}, "vocab": "x",
              "json": {}, "valueList": [1], "objectList": [{"object": "urn:a:b"}]}
    for member, value in others.items():
        if member not in members:
            body = {"id": uid(), "type": "T", "p": {"type": kind, **members, member: value}}
            api.post("entities", body).problem(400, "BadRequestData", "/p", member)
    body = {"id": uid(), "type": "T", "p": {"type": kind, **members, "unitCode": "CEL"}}
    answer = api.post("entities", body)
    if kind in ("Property", "ListProperty"):
        answer.ok(201)
    elif kind != "GeoProperty":
        answer.problem(400, "BadRequestData", "/p/unitCode")


@pytest.mark.parametrize("null", [
    NULL,
    {"type": "Property", "value": NULL},
    {"value": {"deep": {"x": NULL}}},
    {"type": "Relationship", "object": NULL},
    {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
    {"type": "VocabProperty", "vocab": NULL},
    {"type": "JsonProperty", "json": NULL},
    {"type": "ListProperty", "valueList": [NULL]},
    {"type": "ListRelationship", "objectList": [NULL]},
    {"value": 1, "precision": NULL},
])
def test_ngsild_null_cannot_be_created(api, null):
    """NGSI-LD Null in any form is refused on create (5.5.4, 4.5.0)."""
    api.post("entities", {"id": uid(), "type": "T", "p": null}
             ).problem(400, "BadRequestData", "/p", NULL)


def test_system_members_are_ignored(api):
    """createdAt, modifiedAt, deletedAt, instanceId, previousValue are read-only: ignored,
    not refused (5.2.2, 5.2.5)."""
    old = "2001-01-01T00:00:00Z"
    entity = api.create(
        createdAt=old, modifiedAt=old, deletedAt=old,
        p={"type": "Property", "value": 1, "createdAt": old, "modifiedAt": old,
           "deletedAt": old, "instanceId": "urn:a:b", "previousValue": 0})
    got = api.entity(entity["id"], options="sysAttrs")
    for part in (got, got["p"]):
        assert part["createdAt"] > "2020" and part["modifiedAt"] > "2020"
        assert not part.keys() & {"deletedAt", "instanceId", "previousValue"}


def test_at_id_and_at_type_are_aliases(api):
    """@id and @type are understood, id and type are answered (4.4)."""
    id_ = uid()
    body = {"@id": id_, "@type": "Thing", "p": {"@type": "Property", "value": 1}}
    answer = api.post("entities", body).empty(201)
    assert answer.headers["Location"].endswith(id_)
    assert stored(api, id_) == {
        "id": id_, "type": "Thing", "p": {"type": "Property", "value": 1}}


def test_json_property_is_opaque(api):
    """Nothing inside json is expanded, compacted or checked (4.5.24)."""
    json = {"@context": CORE, "@type": "x", "id": "not a URI", "type": 5, "value": None,
            "a b": {"1": [None, NULL]}, "coordinates": "x", "languageMap": 1}
    entity = api.create(blob={"type": "JsonProperty", "json": json},
                        list={"type": "JsonProperty", "json": [1, {"id": None}]})
    assert stored(api, entity["id"]) == entity


def test_sub_attributes_to_any_depth(api):
    """Attributes have attributes of any kind, to any depth (4.5.2)."""
    deep = {"type": "Property", "value": 0}
    for i in range(8):
        deep = {"type": "Property", "value": i, "sub": deep,
                "by": {"type": "Relationship", "object": "urn:a:b"}}
    entity = api.create(p=deep)
    assert stored(api, entity["id"]) == entity


def test_several_instances(api):
    """An attribute may have an instance a datasetId and one without; the default one comes
    first, a single one is an object (4.5.5)."""
    instances = [{"type": "Property", "value": 1},
                 {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
                 {"type": "Property", "value": 3, "datasetId": "urn:d:3"}]
    entity = api.create(p=[instances[1], instances[0], instances[2]], s=[instances[1]])
    got = stored(api, entity["id"])
    assert got["p"][0] == instances[0]
    assert sorted(got["p"][1:], key=lambda i: i["value"]) == instances[1:]
    assert got["s"] == instances[1]


def test_sub_attribute_instances(api):
    """Sub-attributes can have several instances, too (5.2.5)."""
    entity = api.create(p={"type": "Property", "value": 1, "sub": [
        {"type": "Property", "value": 1},
        {"type": "Property", "value": 2, "datasetId": "urn:d:2"}]})
    assert stored(api, entity["id"]) == entity


def test_dataset_at_none_is_the_default_instance(api):
    """datasetId "@none" names the default instance, and is never answered (4.5.5)."""
    entity = api.create(p={"type": "Property", "value": 1, "datasetId": "@none"})
    assert stored(api, entity["id"])["p"] == {"type": "Property", "value": 1}


@pytest.mark.parametrize("first, second, words", [
    ({"value": 1}, {"value": 2}, ["without datasetId"]),
    ({"value": 1}, {"value": 2, "datasetId": "@none"}, ["without datasetId"]),
    ({"value": 1, "datasetId": "urn:d:1"}, {"value": 2, "datasetId": "urn:d:1"},
     ["datasetId"]),
])
def test_instances_must_differ(api, first, second, words):
    """Two instances of one datasetId are refused (4.5.5)."""
    first, second = {"type": "Property", **first}, {"type": "Property", **second}
    api.post("entities", {"id": uid(), "type": "T", "p": [first, second]}
             ).problem(400, "BadRequestData", "/p", *words)


def test_several_types(api):
    """type may be an unordered array; duplicates count once (4.16)."""
    entity = api.create(type=["Thing", "Vehicle", "Thing"])
    assert sorted(stored(api, entity["id"])["type"]) == ["Thing", "Vehicle"]
    entity = api.create(type=["Thing"])
    assert stored(api, entity["id"])["type"] == "Thing"


@pytest.mark.parametrize("given, answered", [
    ("/Madrid/Gardens", "/Madrid/Gardens"),
    (["/a", "/b"], ["/a", "/b"]),
    (["/a"], "/a"),
    ("Madrid", "/Madrid"),
    ("/Île_1/x", "/Île_1/x"),
])
def test_scope(api, given, answered):
    """A scope is a string or an array of them; levels begin with a letter (4.18)."""
    entity = api.create(scope=given)
    got = stored(api, entity["id"])["scope"]
    assert (sorted(got) if isinstance(got, list) else got) == answered


def test_names_may_use_any_letters(api):
    """Names are Unicode letters, numbers and _; a URI is a name as well (4.6.2)."""
    entity = api.create({
        "type": "Véhicule_2", "größe": {"type": "Property", "value": 1},
        "速度": {"type": "Property", "value": 2},
        "https://example.org/a#b": {"type": "Property", "value": 3}})
    assert stored(api, entity["id"]) == entity


def test_ids_may_be_iris(api):
    """URIs include IRIs; in a path they come percent-encoded (5.2.1, T2)."""
    entity = api.create(id=f"https://example.org/é/{uid()}?a=b&c#d")
    assert stored(api, entity["id"]) == entity
    location = api.post("entities", {**entity, "id": entity["id"] + "2"}).ok(201)
    got = api.get(location.headers["Location"]).ok().json
    assert got["id"] == entity["id"] + "2"


def test_geometry_in_a_string(api):
    """A geometry may come as JSON text, if it holds a valid one (4.7.2)."""
    text = '{"type":"Point","coordinates":[1,2]}'
    type_ = name("Site")
    entity = api.create(type=type_, location={"type": "GeoProperty", "value": text})
    near = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[1,2]"}
    assert api.get("entities", type=type_, **near).ok().ids == [entity["id"]]
    api.post("entities", {"id": uid(), "type": "T", "location": {
        "type": "GeoProperty", "value": '{"type":"Point"}'}}
    ).problem(400, "BadRequestData", "/location/value", "coordinates")


@pytest.mark.parametrize("geometry", [
    POINT,
    {"type": "Point", "coordinates": [1, 2, 3]},
    {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]},
    {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
    {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 0]],
                                        [[1, 1], [2, 1], [2, 2], [1, 1]]]},
    {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
])
def test_geometries(api, geometry):
    """Every GeoJSON geometry but GeometryCollection is a GeoProperty's value (4.7.1)."""
    entity = api.create(location={"type": "GeoProperty", "value": geometry})
    assert stored(api, entity["id"]) == entity


def test_ngsildproof_is_kept(api):
    """ngsildproof holds a proof object and sealed members, kept as they are (4.5.2.2)."""
    proof = {"type": "Property", "value": {"type": "DataIntegrityProof", "cryptosuite": "x",
                                           "proofValue": "z58", "@context": ["a"]},
             "entityIdSealed": "urn:a:b", "entityTypeSealed": "Thing"}
    entity = api.create(p={"type": "Property", "value": 1, "ngsildproof": proof})
    assert stored(api, entity["id"])["p"]["ngsildproof"] == proof


def test_local_is_taken(api):
    """local is a parameter of every operation on entities (6.3.18)."""
    entity = {"id": uid(), "type": "T", "p": 1}
    api.post("entities", entity, local="true").ok(201)
    path = f"entities/{entity['id']}"
    api.get(path, local="true").ok()
    api.post(path + "/attrs", {"q": 1}, local="true").empty()
    api.patch(path + "/attrs", {"q": 2}, local="true").empty()
    api.patch(path + "/attrs/q", {"value": 3}, local="true").empty()
    api.put(path + "/attrs/q", {"value": 3}, local="true").empty()
    api.delete(path + "/attrs/q", local="true").empty()
    api.patch(path, {"p": 2}, local="true").empty()
    api.put(path, {"type": "T"}, local="true").empty()
    api.delete(path, local="true").empty()


# Retrieve Entity


def test_retrieve_unknown(api):
    """An unknown entity is ResourceNotFound, a bad id BadRequestData (5.7.1.4)."""
    id_ = uid()
    api.get(f"entities/{id_}").problem(404, "ResourceNotFound", id_)
    api.get("entities/no-uri").problem(400, "BadRequestData", "no-uri", "URI")


def test_head_has_the_headers_without_the_body(api):
    """HEAD answers as GET does, without the body (6.3.2)."""
    entity = api.create(p=1)
    path = f"entities/{entity['id']}"
    got, head = api.get(path).ok(), api.head(path).ok()
    assert head.body == b"" and head.type == got.type and head.context == got.context
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert api.head(f"entities/{uid()}").status == 404


def test_nothing_to_show_is_404(api):
    """attrs asks for an entity that has one of them; where pick and omit leave nothing there
    is nothing to answer (5.7.1.4)."""
    entity = api.create(p=1, r=2)
    path = f"entities/{entity['id']}"
    assert api.get(path, attrs="p,zz").ok().json == {
        "id": entity["id"], "type": "Thing", "p": {"type": "Property", "value": 1}}
    api.get(path, attrs="zz").problem(404, "ResourceNotFound", "attrs")
    assert api.get(path, pick="id,zz").ok().json == {"id": entity["id"]}
    api.get(path, pick="zz").problem(404, "ResourceNotFound", "pick")
    api.get(path, omit="id,type,p,r").problem(404, "ResourceNotFound", "omit")


@pytest.mark.parametrize("attrs", ["id", "type", "scope", "p,id", "@id"])
def test_attrs_of_a_retrieval_are_attributes(api, attrs):
    """6.5.3.1, 6.19.3.1: a synonym of pick, except that id, type and scope are not allowed."""
    id_ = api.create({"scope": "/a"}, p=1)["id"]
    for path in (f"entities/{id_}", f"temporal/entities/{id_}"):
        api.get(path, attrs=attrs).problem(400, "BadRequestData", "attrs", "pick")
    assert api.get(f"entities/{id_}", attrs="p").ok().json["id"] == id_


def test_type_selects(api):
    """type narrows retrieve, replace, merge and delete: a mismatch is 404 (4.17, 5.6)."""
    entity = api.create(type=["A1", "A2"], p=1)
    path = f"entities/{entity['id']}"
    for good in ("A1", "A2", "(A1;A2)", "X|A1", "X,A2"):
        api.get(path, type=good).ok()
    for bad in ("X", "(A1;X)"):
        api.get(path, type=bad).problem(404, "ResourceNotFound")
        api.put(path, {"type": "B"}, type=bad).problem(404, "ResourceNotFound")
        api.patch(path, {"p": 2}, type=bad).problem(404, "ResourceNotFound")
        api.delete(path, type=bad).problem(404, "ResourceNotFound")
    api.get(path, type="A1;A2").problem(400, "BadRequestData", "type", "(A;B)")
    api.delete(path, type="A2").empty()


# expiresAt


def test_expires_at_shows_with_sys_attrs_only(api):
    """expiresAt is hidden like the system's times (6.3.11, 4.22)."""
    at = "2999-01-01T00:00:00Z"
    entity = api.create(expiresAt=at, p={"type": "Property", "value": 1, "expiresAt": at})
    got = stored(api, entity["id"])
    assert "expiresAt" not in got and "expiresAt" not in got["p"]
    got = api.entity(entity["id"], options="sysAttrs")
    assert got["expiresAt"] == at and got["p"]["expiresAt"] == at


def test_expired_is_gone_at_once(api):
    """What has expired is not served, before anything sweeps it; its id is free (4.22)."""
    type_ = name("Fleeting")
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    entity = api.create(type=type_, p=1, expiresAt=soon)
    kept = api.create(type=type_, p={"type": "Property", "value": 1, "expiresAt": soon}, r=2)
    path = f"entities/{entity['id']}"
    end = time.time() + 5
    while api.get(path).status == 200 and time.time() < end:
        time.sleep(0.05)
    api.get(path).problem(404, "ResourceNotFound")
    assert api.get("entities", type=type_, count="true").ok().ids == [kept["id"]]
    assert "p" not in stored(api, kept["id"])
    assert api.get("entities", type=type_, q="p").ok().ids == []
    api.patch(path, {"p": 2}).problem(404, "ResourceNotFound")
    api.delete(path).problem(404, "ResourceNotFound")
    api.post("entities", {"id": entity["id"], "type": type_}).ok(201)
    assert stored(api, entity["id"]) == {"id": entity["id"], "type": type_}


# Replace Entity


def test_replace_replaces_everything_but_created_at(api):
    """PUT sets types, scope and attributes to what the body says; createdAt stays
    (5.6.18)."""
    entity = api.create(type=["A", "B"], scope="/x", p=1, r=2)
    path = f"entities/{entity['id']}"
    before = api.entity(entity["id"], options="sysAttrs")
    api.put(path, {"type": "C", "r": 3}).empty()
    after = api.entity(entity["id"], options="sysAttrs")
    assert after.keys() == {"id", "type", "r", "createdAt", "modifiedAt"}
    assert after["type"] == "C" and after["r"]["value"] == 3
    assert after["createdAt"] == before["createdAt"]
    assert after["modifiedAt"] > before["modifiedAt"]


def test_replace_refusals(api):
    """PUT: unknown entity 404; another id, a Null, or no type 400 (5.6.18.4)."""
    entity = api.create(p=1)
    path = f"entities/{entity['id']}"
    api.put(f"entities/{uid()}", {"type": "T"}).problem(404, "ResourceNotFound")
    api.put("entities/no-uri", {"type": "T"}).problem(400, "BadRequestData", "no-uri")
    api.put(path, {"id": "urn:x:y", "type": "T"}).problem(400, "BadRequestData", "/id")
    api.put(path, {"id": entity["id"], "type": "T", "p": NULL}
            ).problem(400, "BadRequestData", "/p", NULL)
    assert stored(api, entity["id"])["p"]["value"] == 1
    api.put(path, {"id": entity["id"], "type": "T"}).empty()


# Merge Entity


def merged(api, before, patch, **params):
    entity = api.create(before)
    api.patch(f"entities/{entity['id']}", patch, headers=MERGE, **params).empty()
    return stored(api, entity["id"])


def test_merge_keeps_what_the_fragment_does_not_say(api):
    """Members of an attribute that the fragment leaves out stay (5.5.12, example 1)."""
    got = merged(api, {"p": {"type": "Property", "value": 25, "unitCode": "CEL",
                             "observedAt": "2022-03-14T01:59:26Z"}, "r": 1},
                 {"p": {"type": "Property", "value": 100,
                        "observedAt": "2022-03-14T13:00:00Z"}})
    assert got["p"] == {"type": "Property", "value": 100, "unitCode": "CEL",
                        "observedAt": "2022-03-14T13:00:00Z"}
    assert got["r"]["value"] == 1


def test_merge_goes_into_values(api):
    """Objects are merged to any depth, arrays replaced, a nested Null removes a key
    (5.5.12, example 2)."""
    got = merged(api, {"p": {"value": {"street": "a", "city": "Berlin", "country": "x",
                                       "in": {"a": 1, "b": [1, 2]}}}},
                 {"p": {"type": "Property", "value": {
                     "street": "b", "country": NULL, "in": {"b": [3], "c": 4}, "new": {}}}})
    assert got["p"]["value"] == {"street": "b", "city": "Berlin", "new": {},
                                 "in": {"a": 1, "b": [3], "c": 4}}


@pytest.mark.parametrize("kind, value, null", [
    ("Property", {"value": 1}, NULL),
    ("Property", {"value": 1}, {"type": "Property", "value": NULL}),
    ("GeoProperty", {"value": POINT}, {"type": "GeoProperty", "value": NULL}),
    ("Relationship", {"object": "urn:a:b"}, {"type": "Relationship", "object": NULL}),
    ("LanguageProperty", {"languageMap": {"fr": "x"}},
     {"type": "LanguageProperty", "languageMap": {"@none": NULL}}),
    ("VocabProperty", {"vocab": "x"}, {"type": "VocabProperty", "vocab": NULL}),
    ("JsonProperty", {"json": {}}, {"type": "JsonProperty", "json": NULL}),
    ("ListProperty", {"valueList": [1]}, {"type": "ListProperty", "valueList": [NULL]}),
    ("ListRelationship", {"objectList": ["urn:a:b"]},
     {"type": "ListRelationship", "objectList": [NULL]}),
])
def test_null_deletes_in_merge_and_update(api, kind, value, null):
    """The Null of each kind deletes the attribute, in PATCH of entity and of attrs
    (4.5.0, 5.5.8, 5.5.12)."""
    for path in ("", "/attrs"):
        entity = api.create(p={"type": kind, **value}, r=1)
        api.patch(f"entities/{entity['id']}{path}", {"p": null}).empty()
        assert stored(api, entity["id"]).keys() == {"id", "type", "r"}


def test_null_deletes_the_named_instance_only(api):
    """With datasetId the Null deletes that instance, without it the default one (5.5.8)."""
    for path in ("", "/attrs"):
        entity = api.create(p=[{"type": "Property", "value": 1},
                               {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
                               {"type": "Property", "value": 3, "datasetId": "urn:d:3"}])
        url = f"entities/{entity['id']}{path}"
        api.patch(url, {"p": {"type": "Property", "value": NULL, "datasetId": "urn:d:2"}}
                  ).empty()
        assert [i["value"] for i in stored(api, entity["id"])["p"]] == [1, 3]
        api.patch(url, {"p": NULL}).empty()
        assert stored(api, entity["id"])["p"]["value"] == 3
        api.patch(url, {"p": {"type": "Property", "value": 1, "datasetId": NULL}}
                  ).problem(400, "BadRequestData", "/p/datasetId")


def test_merge_deletes_sub_attributes_and_members(api):
    """Nulls delete sub-attributes and members such as unitCode (5.5.12)."""
    got = merged(api, {"p": {"value": 1, "unitCode": "CEL", "sub": 1, "left": 2}},
                 {"p": {"type": "Property", "value": 1, "unitCode": NULL, "sub": NULL}})
    assert got["p"] == {"type": "Property", "value": 1,
                        "left": {"type": "Property", "value": 2}}


def test_merge_adds_and_unites_types(api):
    """Unknown attributes are added; types are only ever added (4.16, 5.6.17)."""
    got = merged(api, {"type": "A", "p": 1}, {"type": "B", "r": 2})
    assert sorted(got["type"]) == ["A", "B"]
    assert got["p"]["value"] == 1 and got["r"]["value"] == 2


def test_merge_replaces_the_scope(api):
    """The scope becomes the fragment's; a Null removes it (5.6.17.4)."""
    assert merged(api, {"scope": ["/a", "/b"]}, {"scope": "/c"})["scope"] == "/c"
    assert merged(api, {"p": 1}, {"scope": "/c"})["scope"] == "/c"
    assert "scope" not in merged(api, {"scope": "/a"}, {"scope": NULL})


def test_merge_takes_the_instance_of_the_dataset(api):
    """The instance with the fragment's datasetId is merged, else one is added (5.5.12)."""
    got = merged(api, {"p": [{"type": "Property", "value": 1, "unitCode": "A"},
                             {"type": "Property", "value": 2, "unitCode": "B",
                              "datasetId": "urn:d:2"}]},
                 {"p": [{"type": "Property", "value": 22, "datasetId": "urn:d:2"},
                        {"type": "Property", "value": 33, "datasetId": "urn:d:3"}]})
    assert got["p"] == [
        {"type": "Property", "value": 1, "unitCode": "A"},
        {"type": "Property", "value": 22, "unitCode": "B", "datasetId": "urn:d:2"},
        {"type": "Property", "value": 33, "datasetId": "urn:d:3"}]


def test_merge_observed_at(api):
    """observedAt= renews what had an observedAt and is in the fragment without one
    (5.6.17.4, 6.5.3.4)."""
    old, new, own = (f"2026-01-0{i}T00:00:00Z" for i in (1, 2, 3))
    got = merged(api, {"had": {"value": 1, "observedAt": old}, "never": 1,
                       "own": {"value": 1, "observedAt": old},
                       "still": {"value": 1, "observedAt": old}},
                 {"had": {"value": 2}, "never": 2, "own": {"value": 2, "observedAt": own},
                  "new": 2}, observedAt=new)
    assert got["had"]["observedAt"] == new
    assert "observedAt" not in got["never"] and "observedAt" not in got["new"]
    assert got["own"]["observedAt"] == own and got["still"]["observedAt"] == old


def test_merge_observed_at_must_be_an_instant(api):
    """observedAt= that is no DateTime is refused (4.6.3)."""
    entity = api.create(p=1)
    api.patch(f"entities/{entity['id']}", {"p": 2}, observedAt="yesterday"
              ).problem(400, "BadRequestData", "observedAt", "yesterday")


def test_merge_lang(api):
    """With lang= a text changes that language only (5.6.17.4)."""
    before = {"m": {"type": "LanguageProperty", "languageMap": {"fr": "a", "en": "b"}}}
    got = merged(api, before, {"m": "B"}, lang="en", format="simplified")
    assert got["m"] == {"type": "LanguageProperty", "languageMap": {"fr": "a", "en": "B"}}
    got = merged(api, before, {"m": ["x", "y"]}, lang="de", options="keyValues")
    assert got["m"]["languageMap"] == {"fr": "a", "en": "b", "de": ["x", "y"]}


@pytest.mark.parametrize("params", [
    {"format": "simplified"}, {"format": "keyValues"}, {"options": "keyValues"},
    {"options": "simplified"}])
def test_merge_simplified(api, params):
    """A simplified body keeps each attribute's kind; new ones are inferred (6.5.3.4)."""
    got = merged(
        api, {"p": {"value": 1, "unitCode": "CEL"}, "kin": {"object": "urn:a:b"},
              "motto": {"languageMap": {"fr": "x"}}, "rank": {"vocab": "A"},
              "blob": {"json": {"a": 1}}, "stops": {"valueList": [1]},
              "site": {"value": POINT}},
        {"p": 2, "kin": "urn:c:d", "motto": {"languageMap": {"en": "y"}},
         "rank": {"vocab": "B"}, "blob": {"json": {"b": 2}}, "stops": [2, 3],
         "site": {"type": "Point", "coordinates": [1, 2]}, "fresh": "z"}, **params)
    assert got["p"] == {"type": "Property", "value": 2, "unitCode": "CEL"}
    assert got["kin"] == {"type": "Relationship", "object": "urn:c:d"}
    assert got["motto"]["languageMap"] == {"fr": "x", "en": "y"}
    assert got["rank"] == {"type": "VocabProperty", "vocab": "B"}
    assert got["blob"]["type"] == "JsonProperty" and got["blob"]["json"]["b"] == 2
    assert got["stops"] == {"type": "ListProperty", "valueList": [2, 3]}
    assert got["site"]["value"]["coordinates"] == [1, 2]
    assert got["fresh"] == {"type": "Property", "value": "z"}


def test_merge_simplified_cannot_change_the_kind(api):
    """A simplified value that does not fit the kind is refused (6.5.3.4)."""
    entity = api.create(kin={"object": "urn:a:b"})
    api.patch(f"entities/{entity['id']}", {"kin": 5}, format="simplified"
              ).problem(400, "BadRequestData", "kin")


def test_merge_refusals(api):
    """PATCH: unknown entity 404, bad or other id 400, unknown format InvalidRequest."""
    entity = api.create(p=1)
    path = f"entities/{entity['id']}"
    api.patch(f"entities/{uid()}", {"p": 1}).problem(404, "ResourceNotFound")
    api.patch("entities/no-uri", {"p": 1}).problem(400, "BadRequestData", "no-uri")
    api.patch(path, {"id": "urn:x:y", "p": 1}).problem(400, "BadRequestData", "/id")
    api.patch(path, {"p": 1}, format="odd").problem(400, "InvalidRequest", "odd")


# Delete Entity, and times


def test_delete(api):
    """DELETE answers 204, then there is nothing; the id can be used again (5.6.6)."""
    entity = api.create(p=1)
    path = f"entities/{entity['id']}"
    api.delete(path).empty()
    api.get(path).problem(404, "ResourceNotFound", entity["id"])
    api.delete(path).problem(404, "ResourceNotFound", entity["id"])
    api.delete("entities/no-uri").problem(400, "BadRequestData", "no-uri")
    api.post("entities", entity).ok(201)


def test_delete_with_a_content_type_and_no_body(api):
    """Clients send Content-Type on requests without a body (T3)."""
    entity = api.create()
    ld = {"Content-Type": "application/ld+json"}
    api.get(f"entities/{entity['id']}", headers=ld).ok()
    api.delete(f"entities/{entity['id']}", headers=ld).empty()


def test_times_move_where_something_changed(api):
    """modifiedAt moves on the entity and on the attribute that was written; createdAt stays
    (4.8, 5.6.17)."""
    entity = api.create(p={"value": 1, "sub": 1}, r=1)
    before = api.entity(entity["id"], options="sysAttrs")
    assert before["createdAt"] == before["modifiedAt"]
    assert before["p"]["sub"]["createdAt"] == before["createdAt"]
    api.patch(f"entities/{entity['id']}/attrs/p", {"value": 2}).empty()
    after = api.entity(entity["id"], options="sysAttrs")
    assert after["createdAt"] == before["createdAt"]
    assert after["modifiedAt"] > before["modifiedAt"]
    assert after["p"]["createdAt"] == before["p"]["createdAt"]
    assert after["p"]["modifiedAt"] == after["modifiedAt"]
    assert after["r"] == before["r"]
    api.patch(f"entities/{entity['id']}/attrs", {"p": {"value": 3}}).empty()
    assert (api.entity(entity["id"], options="sysAttrs")["p"]["createdAt"]
            == before["p"]["createdAt"])


def test_delete_takes_the_link_context(api):
    """On DELETE the @context comes from the Link header only (6.3.5)."""
    entity = api.create(type="https://example.org/T", p=1)
    path = f"entities/{entity['id']}"
    headers = {"Link": link(CORE)}
    api.delete(path, headers=headers, type=quote("https://example.org/T")
               ).problem(400, "BadRequestData", "type")
    api.delete(path, headers=headers, type="https://example.org/T").empty()
