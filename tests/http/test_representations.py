# SPDX-License-Identifier: Apache-2.0
"""What answers look like: formats, projection, languages, media types (4.5, 6.3.4, 6.3.6,
6.3.7, 6.3.15)."""

import pytest

from client import CORE, link, name, quote

POINT = {"type": "Point", "coordinates": [5.37, 43.296]}
AT = "2026-01-02T03:04:05Z"

NORMALIZED = {
    "num": {"type": "Property", "value": 12.5},
    "unit": {"type": "Property", "value": 1, "unitCode": "CEL", "observedAt": AT},
    "sub": {"type": "Property", "value": 2, "deep": {"type": "Property", "value": "d"}},
    "obj": {"type": "Property", "value": {"a": [1], "b": {}}},
    "odd": {"type": "Property", "value": {"type": "Point5", "x": 1}},
    "arr": {"type": "Property", "value": [1]},
    "site": {"type": "GeoProperty", "value": POINT},
    "siteAt": {"type": "GeoProperty", "value": POINT, "observedAt": AT},
    "kin": {"type": "Relationship", "object": "urn:a:b"},
    "crew": {"type": "Relationship", "object": ["urn:a:b", "urn:c:d"], "objectType": "Person"},
    "motto": {"type": "LanguageProperty", "languageMap": {"fr": "x", "en": ["y", "z"]}},
    "rank": {"type": "VocabProperty", "vocab": "Captain"},
    "ranks": {"type": "VocabProperty", "vocab": ["Captain", "Pilot"]},
    "blob": {"type": "JsonProperty", "json": {"type": 1}},
    "stops": {"type": "ListProperty", "valueList": [3, 1]},
    "route": {"type": "ListRelationship",
              "objectList": [{"object": "urn:s:2"}, {"object": "urn:s:1"}]},
    "multi": [{"type": "Property", "value": 1},
              {"type": "Property", "value": 2, "datasetId": "urn:d:2"}],
    "multiRel": [{"type": "Relationship", "object": "urn:a:b", "datasetId": "urn:d:1"},
                 {"type": "Relationship", "object": "urn:c:d", "datasetId": "urn:d:2"}],
}

# 4.5.2.3 …: without type, a value without companions bare, unless it could be mistaken.
CONCISE = {
    "num": 12.5,
    "unit": {"value": 1, "unitCode": "CEL", "observedAt": AT},
    "sub": {"value": 2, "deep": "d"},
    "obj": {"a": [1], "b": {}},
    "odd": {"value": {"type": "Point5", "x": 1}},
    "arr": [1],
    "site": POINT,
    "siteAt": {"value": POINT, "observedAt": AT},
    "kin": {"object": "urn:a:b"},
    "crew": {"object": ["urn:a:b", "urn:c:d"], "objectType": "Person"},
    "motto": {"languageMap": {"fr": "x", "en": ["y", "z"]}},
    "rank": {"vocab": "Captain"},
    "ranks": {"vocab": ["Captain", "Pilot"]},
    "blob": {"json": {"type": 1}},
    "stops": {"valueList": [3, 1]},
    "route": {"objectList": ["urn:s:2", "urn:s:1"]},
    "multiRel": [{"object": "urn:a:b", "datasetId": "urn:d:1"},
                 {"object": "urn:c:d", "datasetId": "urn:d:2"}],
}

# 4.5.4
SIMPLIFIED = {
    "num": 12.5, "unit": 1, "sub": 2, "obj": {"a": [1], "b": {}},
    "odd": {"type": "Point5", "x": 1}, "arr": [1], "site": POINT, "siteAt": POINT,
    "kin": "urn:a:b", "crew": ["urn:a:b", "urn:c:d"],
    "motto": {"languageMap": {"fr": "x", "en": ["y", "z"]}},
    "rank": {"vocab": "Captain"}, "ranks": {"vocab": ["Captain", "Pilot"]},
    "blob": {"json": {"type": 1}}, "stops": [3, 1], "route": ["urn:s:2", "urn:s:1"],
    "multi": {"dataset": {"@none": 1, "urn:d:2": 2}},
    "multiRel": {"dataset": {"urn:d:1": "urn:a:b", "urn:d:2": "urn:c:d"}},
}


@pytest.fixture(scope="module")
def entity(api):
    return api.create(NORMALIZED, type=name("View"), scope="/a/b")


def view(api, entity, **params):
    got = api.get(f"entities/{entity['id']}", **params).ok().json
    assert got.pop("id") == entity["id"]
    assert got.pop("type") == entity["type"]
    got.pop("scope", None)
    return got


# formats


def test_normalized(api, entity):
    """The default, and by name (4.5.2)."""
    for params in ({}, {"format": "normalized"}, {"options": "normalized"}):
        assert view(api, entity, **params) == NORMALIZED


@pytest.mark.parametrize("params", [{"format": "concise"}, {"options": "concise"}])
def test_concise(api, entity, params):
    """No types; what has nothing but a value is the bare value, unless it would be read
    back as something else (4.5.2.3, 6.3.7)."""
    got = view(api, entity, **params)
    multi = got.pop("multi")
    assert got == CONCISE
    assert multi[0] in (1, {"value": 1})
    assert multi[1] == {"value": 2, "datasetId": "urn:d:2"}


def test_concise_reads_back_as_the_same(api, entity):
    """Concise is lossless: sent back, it makes the same entity (4.5.2.3)."""
    got = view(api, entity, format="concise")
    again = api.create(got)
    assert view(api, {**again, "type": "Thing"}) == NORMALIZED


@pytest.mark.parametrize("params", [
    {"format": "simplified"}, {"format": "keyValues"}, {"options": "simplified"},
    {"options": "keyValues"}])
def test_simplified(api, entity, params):
    """Bare values and URIs; what would lose its kind is wrapped (4.5.4)."""
    assert view(api, entity, **params) == SIMPLIFIED


def test_formats_in_lists(api, entity):
    """Queries answer the same forms; format wins over options (6.3.7)."""
    for params, want in (({"format": "simplified", "options": "concise"}, SIMPLIFIED),
                         ({"options": "keyValues,sysAttrs"}, None), ({}, NORMALIZED)):
        got = api.get("entities", type=entity["type"], **params).ok().json
        assert len(got) == 1 and got[0].pop("id") == entity["id"]
        if want:
            assert {k: v for k, v in got[0].items() if k not in ("type", "scope")} == want
        else:
            assert got[0]["createdAt"] and got[0]["num"] == 12.5


@pytest.mark.parametrize("params, word", [
    ({"format": "odd"}, "odd"), ({"options": "odd"}, "odd"),
    ({"options": "keyValues,odd"}, "odd"), ({"format": ""}, "format"),
])
def test_unknown_formats(api, entity, params, word):
    """An unknown form or option is refused (6.3.20)."""
    for path in (f"entities/{entity['id']}", f"entities?type={entity['type']}"):
        api.get(path, **params).problem(400, "InvalidRequest", word)


def test_sys_attrs(api, entity):
    """sysAttrs adds the times on every level, in each form; without it there are none
    (6.3.11)."""
    normalized = view(api, entity, options="sysAttrs")
    for part in (normalized, normalized["num"], normalized["sub"]["deep"],
                 normalized["multi"][1], normalized["route"]):
        assert part["createdAt"].endswith("Z") and part["modifiedAt"].endswith("Z")
    concise = view(api, entity, options="sysAttrs,concise")
    assert concise["num"].keys() == {"value", "createdAt", "modifiedAt"}
    assert concise["createdAt"]
    assert b"createdAt" not in api.get(f"entities/{entity['id']}").body


# projection


def test_pick_and_omit(api, entity):
    """pick is strict: id and type too; omit may remove them; both combine (4.21)."""
    path = f"entities/{entity['id']}"
    assert api.get(path, pick="num", options="keyValues").json == {"num": 12.5}
    assert api.get(path, pick="id,num|arr", options="keyValues").json == {
        "id": entity["id"], "num": 12.5, "arr": [1]}
    assert api.get(path, pick="type,scope").json == {"type": entity["type"], "scope": "/a/b"}
    everything = api.get(path).json
    got = api.get(path, omit="id,num").json
    assert got == {k: v for k, v in everything.items() if k not in ("id", "num")}
    assert api.get(path, pick="num,arr", omit="kin", options="keyValues").json == {
        "num": 12.5, "arr": [1]}
    for params in ({"pick": "num,arr", "omit": "arr"}, {"pick": "num", "attrs": "num"},
                   {"omit": "num", "attrs": "arr"}):
        api.get(path, **params).problem(400, "BadRequestData", "pick")
    assert api.get("entities", type=entity["type"], pick="num").json == [
        {"num": NORMALIZED["num"]}]


def test_attrs_keeps_id_type_and_scope(api, entity):
    """attrs never touches id, type and scope (5.7.1.4)."""
    got = api.get(f"entities/{entity['id']}", attrs="num,arr").ok().json
    assert got.keys() == {"id", "type", "scope", "num", "arr"}


@pytest.mark.parametrize("param", ["pick", "omit", "attrs"])
@pytest.mark.parametrize("text, word", [
    ("", ""), ("num,", ""), ("1x", "1x"), ("kin{a}", "join"), ("kin{", ""), ("a b", "a b")])
def test_projections_that_cannot_be_read(api, entity, param, text, word):
    """Empty lists, bad names, and nesting without join are refused (4.21)."""
    api.get(f"entities/{entity['id']}", **{param: text}
            ).problem(400, "BadRequestData", f"{param}: ", word)


def test_dataset_id(api, entity):
    """datasetId keeps the listed instances; what has none left goes, the entity stays
    (4.5.5.1)."""
    assert view(api, entity, datasetId="urn:d:2") == {
        "multi": NORMALIZED["multi"][1], "multiRel": NORMALIZED["multiRel"][1]}
    got = view(api, entity, datasetId="@none")
    assert got["multi"] == NORMALIZED["multi"][0] and "multiRel" not in got
    got = view(api, entity, datasetId="@none,urn:d:2")
    assert got["multi"] == NORMALIZED["multi"]
    assert view(api, entity, datasetId="urn:d:9") == {}


# languages


LANGUAGES = {"languageMap": {"fr": "bonjour", "fr-CH": "salut", "en": ["hi", "hello"],
                             "@none": "…"}}


@pytest.mark.parametrize("lang, value, tag", [
    ("fr", "bonjour", "fr"), ("fr-CH", "salut", "fr-CH"), ("en", ["hi", "hello"], "en"),
    ("de", "…", "@none"), ("de,en;q=0.5", ["hi", "hello"], "en"),
    ("en;q=0.5,fr;q=0.9", "bonjour", "fr"), ("de;q=0.9,fr;q=0.1,*;q=0.05", "bonjour", "fr"),
    ("EN", ["hi", "hello"], "en"),
])
def test_lang(api, lang, value, tag):
    """A LanguageProperty becomes a Property with the language found (4.15)."""
    entity = api.create(m=LANGUAGES)
    got = api.entity(entity["id"], lang=lang)["m"]
    assert got == {"type": "Property", "value": value, "lang": tag}
    assert api.entity(entity["id"], lang=lang, options="keyValues")["m"] == value


def test_lang_is_never_dropped(api):
    """Without a match and without @none any language is shown (5.7.2.5)."""
    entity = api.create(m={"languageMap": {"fr": "x"}})
    assert api.entity(entity["id"], lang="de")["m"] == {
        "type": "Property", "value": "x", "lang": "fr"}
    assert api.entity(entity["id"], lang="*")["m"]["value"] == "x"


# media types and @context


def test_json_names_its_context_in_a_link(api, entity):
    """application/json: one Link to the @context, none in the body (6.3.6, T13)."""
    for path in (f"entities/{entity['id']}", f"entities?type={entity['type']}"):
        answer = api.get(path).ok()
        assert answer.type == "application/json"
        assert b"@context" not in answer.body
        assert len(answer.headers.get_all("Link")) == 1
        text = answer.headers["Link"]
        assert text == link(answer.context)
        asked = api.get(path, headers={"Link": link(CORE)}).ok()
        assert asked.headers["Link"] == link(CORE)


def test_ld_json_has_its_context_inside(api, entity):
    """application/ld+json: @context in each entity, no Link to it (6.3.6)."""
    headers = {"Accept": "application/ld+json", "Link": link(CORE)}
    answer = api.get(f"entities/{entity['id']}", headers=headers).ok()
    assert answer.type == "application/ld+json" and answer.context is None
    assert answer.json["@context"] in (CORE, [CORE])
    answer = api.get("entities", type=entity["type"], headers=headers).ok()
    assert [e["@context"] for e in answer.json] in ([CORE], [[CORE]])
    answer = api.get("entities", type="Zz", headers=headers).ok()
    assert answer.json == [] and answer.type == "application/ld+json"


@pytest.mark.parametrize("accept, media", [
    (None, "json"), ("*/*", "json"), ("application/*", "json"), ("application/json", "json"),
    ("application/ld+json", "ld+json"), ("application/geo+json", "geo+json"),
    ("application/ld+json, application/json", "json"),
    ("application/ld+json;q=0.5, application/json;q=0.9", "json"),
    ("application/ld+json;q=0.9, application/json;q=0.5", "ld+json"),
    ("application/json;q=0, */*", "ld+json"),
    ("application/json, text/plain, */*", "json"), ("text/plain, application/*", "json"),
    ("application/geo+json, text/plain, application/json", "json"),
    ("application/geo+json, application/json;q=0.8", "geo+json"),
    ("APPLICATION/LD+JSON", "ld+json"), ("text/html, application/ld+json", "ld+json"),
    ('application/ld+json;profile="http://a/b,c";q=1', "ld+json"),
])
def test_accept(api, entity, accept, media):
    """json before ld+json before geo+json, unless q-values say otherwise (6.3.4, T4)."""
    for path in (f"entities/{entity['id']}", f"entities?type={entity['type']}"):
        answer = api.get(path, headers={"Accept": accept}).ok()
        assert answer.type == f"application/{media}"


def test_post_queries_negotiate_as_well(api, entity):
    """Accept is evaluated for the POST query (6.3.4)."""
    body = {"type": "Query", "entities": [{"type": entity["type"]}]}
    for media in ("json", "ld+json", "geo+json"):
        answer = api.post("entityOperations/query", body,
                          headers={"Accept": f"application/{media}"}).ok()
        assert answer.type == f"application/{media}"
    api.post("entityOperations/query", body, headers={"Accept": "text/html"}
             ).problem(406, "InvalidRequest")


def test_not_acceptable(api, entity):
    """406 lists what there is (6.3.4)."""
    for path in (f"entities/{entity['id']}", f"entities?type={entity['type']}"):
        api.get(path, headers={"Accept": "text/html"}).problem(
            406, "InvalidRequest", "text/html", "application/json", "application/ld+json",
            "application/geo+json")


def test_errors_are_json_whatever_is_accepted(api):
    """Errors are application/json, with no @context (6.3.6)."""
    for media in ("ld+json", "geo+json"):
        api.get("entities/urn:x:unknown", headers={"Accept": f"application/{media}"}
                ).problem(404, "ResourceNotFound")


def test_writes_do_not_look_at_accept(api):
    """Accept counts for reading only (6.3.4)."""
    entity = {"id": f"urn:x:{name('a')}", "type": "T"}
    api.post("entities", entity, headers={"Accept": "text/html"}).ok(201)
    api.delete(f"entities/{entity['id']}", headers={"Accept": "text/html"}).empty()


# GeoJSON

GEO = {"Accept": "application/geo+json"}


def test_feature(api):
    """One entity is a Feature; its context stands at the top, or with Prefer in the Link
    (4.5.16, 6.3.15)."""
    entity = api.create(location=POINT, p={"type": "Property", "value": 1})
    path = f"entities/{entity['id']}"
    answer = api.get(path, headers=GEO).ok()
    feature = answer.json
    assert feature.pop("@context") and answer.context is None
    assert feature == {
        "id": entity["id"], "type": "Feature", "geometry": POINT,
        "properties": {"type": "Thing", "p": {"type": "Property", "value": 1},
                       "location": {"type": "GeoProperty", "value": POINT}}}
    for prefer, inside in (("body=ld+json", True), ("body=json", False)):
        answer = api.get(path, headers={**GEO, "Prefer": prefer}).ok()
        assert ("@context" in answer.json) == inside
        assert (answer.context is None) == inside
    simple = api.get(path, headers=GEO, options="keyValues").ok().json
    assert simple["properties"] == {"type": "Thing", "p": 1, "location": POINT}


def test_feature_collection(api):
    """A list is a FeatureCollection with one @context; nothing found gives no features
    (4.5.17)."""
    type_ = name("Site")
    ids = [api.create(type=type_, location=POINT)["id"] for _ in range(3)]
    answer = api.get("entities", type=type_, headers=GEO).ok()
    collection = answer.json
    assert collection["type"] == "FeatureCollection" and collection["@context"]
    assert [f["id"] for f in collection["features"]] == ids
    assert all("@context" not in f for f in collection["features"])
    empty = api.get("entities", type="Zz", headers={**GEO, "Prefer": "body=json"}).ok()
    assert empty.json == {"type": "FeatureCollection", "features": []}
    answer = api.get("entities", type=type_, limit=1, count="true", headers=GEO).ok()
    assert answer.count == 3 and 'type="application/geo+json"' in answer.headers["Link"]


def test_geometry_property(api):
    """geometryProperty chooses the geometry; where there is none it is null; only with
    geo+json (5.7.1.4, 4.5.16)."""
    other = {"type": "Point", "coordinates": [1, 2]}
    entity = api.create(location=POINT, other=other, p=1)
    path = f"entities/{entity['id']}"
    for prop, want in (("other", other), ("location", POINT), ("zz", None), ("p", None)):
        assert api.get(path, headers=GEO, geometryProperty=prop).ok().json["geometry"] == want
    assert api.get(f"entities/{api.create(p=1)['id']}", headers=GEO).json["geometry"] is None
    api.get(path, geometryProperty="other").problem(400, "BadRequestData", "geometryProperty")
    api.get("entities", type="Thing", geometryProperty="other"
            ).problem(400, "BadRequestData", "geometryProperty")


def test_geometry_of_a_dataset(api):
    """Of several instances the default one is the geometry, or that of datasetId
    (4.5.16)."""
    first, second = ({"type": "Point", "coordinates": [i, i]} for i in (1, 2))
    entity = api.create(location=[
        {"type": "GeoProperty", "value": first},
        {"type": "GeoProperty", "value": second, "datasetId": "urn:d:2"}])
    path = f"entities/{entity['id']}"
    assert api.get(path, headers=GEO).json["geometry"] == first
    assert api.get(path, headers=GEO, datasetId="urn:d:2").json["geometry"] == second


def test_iri_names_are_answered_where_nothing_else_fits(api):
    """A name that the request's @context lacks comes out as its IRI (5.5.7)."""
    iri = "https://example.org/v#a"
    entity = api.create({iri: {"type": "Property", "value": 1}, "type": "https://example.org/T"})
    got = api.entity(entity["id"])
    assert got[iri]["value"] == 1 and got["type"] == "https://example.org/T"
    assert api.get("entities", type="https://example.org/T", attrs=iri).ok().ids
    assert api.get(f"entities/{quote(entity['id'])}", attrs=iri).ok()
