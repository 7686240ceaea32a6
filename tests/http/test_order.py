# SPDX-License-Identifier: Apache-2.0
"""orderBy, collation, orderFrom, orderGeometry (4.23, 5.2.43, 5.7.2.4)."""

import pytest

from client import Api, name


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def point(lon, lat):
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


U = "urn:o:"
# `mix` in the order of 4.23.2; created in an order of its own.
MIX = {
    "n1": prop(-5), "n2": prop(2), "n3": prop(10.5), "n4": prop(1e10),
    "s1": prop("10"), "s2": prop("apple"), "s3": prop("Apple"), "s4": prop("éclair"),
    "s5": prop("zoo"),
    "o1": prop({"a": 1}), "a1": prop([1]), "a2": prop([1, 2]),
    "b1": prop(False), "b2": prop(True),
    "t1": prop("09:30:00Z"), "t2": prop("10:00:00Z"),
    "d1": prop("2025-12-31"), "d2": prop("2026-01-01"),
    "i1": prop("2026-01-01T12:00:00+02:00"), "i2": prop("2026-01-01T10:30:00Z"),
    "zz": None,
}
DAYS = {"paris": 4, "lyon": 2, "nice": 3, "lille": 1}
PLACES = {"paris": (2.35, 48.85), "lyon": (4.84, 45.76), "nice": (7.27, 43.7),
          "lille": (3.06, 50.63)}


@pytest.fixture(scope="module")
def data(broker):
    client = Api(broker, **{"NGSILD-Tenant": name("order")})
    body = []
    for id_ in sorted(MIX, key=lambda s: s[::-1], reverse=True):
        body.append({"id": U + id_, "type": "Mix"})
        if MIX[id_] is not None:
            body[-1]["mix"] = MIX[id_]
    for id_, where in PLACES.items():
        body.append({"id": U + id_, "type": "Town", "place": point(*where),
                     "name": prop(id_, observedAt=f"2026-01-0{DAYS[id_]}T00:00:00Z"),
                     "size": prop({"km": len(id_), "deep": {"n": -where[1]}}),
                     "group": prop("small" if id_ in ("nice", "lille") else "large")})
    body += [
        {"id": U + "text", "type": "Town", "place": prop("b"), "scope": "/b"},
        {"id": U + "text2", "type": "Town", "place": prop("a"), "scope": ["/c", "/a"]},
        {"id": U + "nowhere", "type": ["Ahamlet", "Town"]},
        {"id": U + "r1", "type": "Rel", "to": {"object": "urn:z:2"}, "w": {"languageMap": {
            "en": "b", "fr": "x"}}, "v": {"vocab": "beta"}, "l": {"valueList": [2]}},
        {"id": U + "r2", "type": "Rel", "to": {"object": "urn:z:1"}, "w": {"languageMap": {
            "en": "c", "fr": "w"}}, "v": {"vocab": "alpha"}, "l": {"valueList": [1]}},
        {"id": U + "j1", "type": "Null", "j": {"json": {}}},
        {"id": U + "j2", "type": "Null", "j": {"json": {"n": None}}},
        {"id": U + "j3", "type": "Null", "j": {"json": {"n": 1}}},
        {"id": U + "x1", "type": "Many", "p": [prop(5), prop(1, datasetId="urn:d:1")],
         "at": [point(0, 0), {**point(50, 50), "datasetId": "urn:d:1"}]},
        {"id": U + "x2", "type": "Many", "p": [prop(3, datasetId="urn:d:1")],
         "at": point(1, 1)},
        {"id": U + "x3", "type": "Many", "p": prop(0, expiresAt="2099-01-01T00:00:00Z"),
         "at": {**point(0, 0), "expiresAt": "2099-01-01T00:00:00Z"}},
    ]
    client.post("entityOperations/create", body).ok(201)
    yield client
    client.close()


def query(data, type_, by, **params):
    return data.get("entities", **{"type": type_, "orderBy": by, "local": "true",
                                   "limit": 100, **params})


def order(data, type_, by, **params):
    return [id_[len(U):] for id_ in query(data, type_, by, **params).ok().ids]


def test_mixed_types(data):
    assert order(data, "Mix", "mix") == list(MIX)
    assert order(data, "Mix", "mix;asc") == list(MIX)


def test_null_and_missing_are_last_in_descending_order_too(data):
    assert order(data, "Mix", "mix;desc") == list(MIX)[-2::-1] + ["zz"]
    assert order(data, "Null", "j[n]") == ["j3", "j2", "j1"]
    assert order(data, "Null", "j[n];desc") == ["j3", "j2", "j1"]


def test_members(data):
    assert order(data, "Mix", "id") == sorted(MIX)
    assert order(data, "Mix", "id;desc") == sorted(MIX, reverse=True)
    assert order(data, "Town", "type,id")[0] == "nowhere"
    assert order(data, "Town", "scope;desc,id")[:3] == ["text2", "text", "lille"]
    assert order(data, "Town", "scope,id")[:3] == ["text", "text2", "lille"]


def test_paths(data):
    assert order(data, "Town", "size[km],name")[:4] == ["lyon", "nice", "lille", "paris"]
    assert order(data, "Town", "size[deep.n]")[:4] == ["lille", "paris", "lyon", "nice"]
    assert order(data, "Town", "name.observedAt")[:4] == sorted(DAYS, key=DAYS.get)
    assert order(data, "Town", "group,name;desc")[:4] == ["paris", "lyon", "nice", "lille"]
    assert order(data, "Town", "group;desc,name")[:4] == ["lille", "nice", "lyon", "paris"]


def test_other_kinds_of_attributes(data):
    assert order(data, "Rel", "to") == ["r2", "r1"]
    assert order(data, "Rel", "w[en]") == ["r1", "r2"]
    assert order(data, "Rel", "w[fr]") == ["r2", "r1"]
    assert order(data, "Rel", "v") == ["r2", "r1"]
    assert order(data, "Rel", "l") == ["r2", "r1"]
    made = query(data, "Mix", "createdAt", options="sysAttrs").ok().json
    assert [e["createdAt"] for e in made] == sorted(e["createdAt"] for e in made)


def test_the_default_instance_counts(data):
    assert order(data, "Many", "p") == ["x3", "x2", "x1"]


def test_what_has_expired_is_missing(data):
    entity = data.create({"id": U + "old", "type": "Aging"}, p=prop(1))
    data.create({"id": U + "young", "type": "Aging"}, p=prop(2))
    assert order(data, "Aging", "p") == ["old", "young"]
    data.patch(f"entities/{entity['id']}/attrs/p", {
        "value": 1, "expiresAt": "2020-01-01T00:00:00Z"}).empty()
    assert order(data, "Aging", "p") == ["young", "old"]


def test_equal_entities_come_in_order_of_creation(data):
    plain = [id_[len(U):] for id_ in data.get("entities", type="Town").ok().ids]
    assert order(data, "Town", "nothing") == plain
    assert order(data, "Town", "nothing;desc") == plain


def test_distance(data):
    marseille = {"orderFrom": "[5.37,43.3]"}
    near = ["nice", "lyon", "paris", "lille"]
    assert order(data, "Town", "place;dist-asc", **marseille) == near + [
        "text2", "text", "nowhere"]
    assert order(data, "Town", "place;dist-desc", **marseille) == near[::-1] + [
        "text", "text2", "nowhere"]
    assert order(data, "Town", "group,place;dist-asc", **marseille)[:4] == [
        "lyon", "paris", "nice", "lille"]
    line = {"orderFrom": "[[2.3,48.8],[4.8,45.7]]", "orderGeometry": "LineString"}
    assert set(order(data, "Town", "place;dist-asc", **line)[:2]) == {"paris", "lyon"}
    # The nearest instance counts.
    assert order(data, "Many", "at;dist-asc", orderFrom="[49,49]")[0] == "x1"
    assert order(data, "Town", "unknown;dist-asc", orderFrom="[1,1]")


def test_distance_on_the_sphere(data):
    """Not in degrees: east is nearer than north where meridians are close."""
    for id_, where in (("north", (0, 71)), ("east", (2, 70))):
        data.create({"id": U + id_, "type": "Arctic"}, place=point(*where))
    assert order(data, "Arctic", "place;dist-asc", orderFrom="[0,70]") == ["east", "north"]


def test_pages(data):
    seen, url = [], None
    answer = query(data, "Mix", "mix;desc", limit=5, count="true")
    while True:
        assert answer.ok().count == len(MIX)
        seen += [id_[len(U):] for id_ in answer.ids]
        url = answer.links.get("next")
        if url is None:
            break
        assert "orderBy=mix" in url
        answer = data.get(url.replace(data.base, ""))
    assert seen == order(data, "Mix", "mix;desc")
    assert order(data, "Mix", "mix", offset=3, limit=2) == ["n4", "s1"]


def test_with_filters(data):
    assert order(data, "Mix", "mix;desc", q="mix>=2") == ["n4", "n3", "n2"]
    assert order(data, "Town", "name;desc", georel="near;maxDistance==500000",
                 geometry="Point", coordinates="[5.37,43.3]",
                 geoproperty="place") == ["nice", "lyon"]
    assert order(data, "Town", "name", id=f"{U}paris,{U}lyon") == ["lyon", "paris"]
    assert order(data, "Unknown", "name") == []
    assert order(data, "Town", "size[km],name", pick="id,name")[0] == "lyon"
    assert order(data, "*", "mix")[:2] == ["n1", "n2"]


def test_collations(data):
    for id_, text in (("k1", "zebra"), ("k2", "ångström"), ("k3", "ost")):
        data.create({"id": U + id_, "type": "Word"}, t=prop(text))
    assert order(data, "Word", "t") == ["k2", "k3", "k1"]
    for root in ("und-x-icu", "und", "UND"):
        assert order(data, "Word", "t", collation=root) == ["k2", "k3", "k1"]
    for swedish in ("sv", "sv-x-icu", "sv-SE"):
        assert order(data, "Word", "t", collation=swedish) == ["k3", "k1", "k2"]


def test_collations_with_keywords(data):
    """4.23.3, examples 6 and 7: RFC 6067 tags; what ks makes equal the next key decides."""
    for id_, text, n in (("c1", "b", 1), ("c2", "A", 2), ("c3", "a", 1), ("c4", "Ä", 3),
                         ("c5", "az", 4)):
        data.create({"id": U + id_, "type": "Cased"}, t=prop(text), n=prop(n))
    assert order(data, "Cased", "t,n", collation="und-u-ks-level1") == [
        "c3", "c2", "c4", "c5", "c1"]
    assert order(data, "Cased", "t", collation="und-u-ks-identic")[-1] == "c1"
    # In a German telephone book Ä is Ae: behind A, before Az.
    assert order(data, "Cased", "t", collation="de-u-co-phonebk") == [
        "c3", "c2", "c4", "c5", "c1"]
    assert order(data, "Cased", "t", collation="de-u-kf-upper")[:2] == ["c2", "c3"]
    for _ in range(2):  # made once, found the second time
        assert order(data, "Cased", "t", collation="DE-U-KF-upper-KN-true")[:2] == ["c2", "c3"]
    for bad in ("de-u-co", "de-u-co-nothing", "de-u-xx-true", "-u-ks-level1", "qq-u-ks-level1",
                "de-u-ks-level1-", "de\"; --u-ks-level1", "de-u-", "de-u-ks-level1'"):
        data.get("entities", type="Cased", orderBy="t", collation=bad).problem(
            400, "BadRequestData", "collation")


def test_post_query(data):
    body = {"type": "Query", "entities": [{"type": "Town"}], "ordering": {
        "orderBy": ["group;desc", "place;dist-asc"], "coordinates": [5.37, 43.3],
        "geometry": "Point", "collation": "fr"}}
    ids = data.post("entityOperations/query", body, local="true", limit=4).ok().ids
    assert [id_[len(U):] for id_ in ids] == ["nice", "lille", "lyon", "paris"]
    body = {"type": "Query", "entities": [{"type": "*"}], "ordering": {"orderBy": ["mix"]}}
    assert data.post("entityOperations/query", body).ok().ids[0] == U + "n1"
    assert data.post("entityOperations/query", {**body, "entities": [{"type": "Town"}]}).ok()
    assert data.post("entityOperations/query", {**body, "ordering": []}).problem(
        400, "BadRequestData") == "/ordering must be an object with orderBy"
    assert data.post("entityOperations/query", {**body, "ordering": {"orderBy": []}}).problem(
        400, "BadRequestData") == "/ordering/orderBy must be a non-empty array of strings"


@pytest.mark.parametrize("params, detail", [
    ({"local": "false"}, "orderBy orders what this broker has: local=false does "
                         "not go with it"),
    ({"orderBy": "mix;up"},
     "orderBy: 'mix;up': the direction is asc, desc, dist-asc or dist-desc"),
    ({"orderBy": ""}, "orderBy: '': expected a name, name.sub or name[member]"),
    ({"orderBy": "mix,,id"}, "orderBy: '': expected a name, name.sub or name[member]"),
    ({"orderBy": "mix==1"}, "orderBy: 'mix==1': expected a name, name.sub or name[member]"),
    ({"orderBy": "(mix)"}, "orderBy: '(mix)': expected a name, name.sub or name[member]"),
    ({"orderBy": "a,b,c,d,e,f,g,h,i"}, "orderBy: more than 8 keys"),
    ({"orderBy": "place;dist-asc"},
     "orderBy: dist-asc and dist-desc need orderFrom, the coordinates from where the "
     "distance is measured"),
    ({"orderBy": "a.b;dist-asc", "orderFrom": "[1,1]"},
     "orderBy: 'a.b;dist-asc': the distance is that of a GeoProperty of the entity"),
    ({"collation": "klingon"}, "collation: 'klingon' is none that this broker has; use a "
                               "language such as fr or de-AT, or und-x-icu"),
    ({"collation": "C"}, "collation: 'C' is none that this broker has; use a "
                         "language such as fr or de-AT, or und-x-icu"),
])
def test_bad_parameters(data, params, detail):
    answer = query(data, "Mix", **{"by": "mix", **{
        "by" if k == "orderBy" else k: v for k, v in params.items()}})
    assert answer.problem(400, "BadRequestData") == detail


def test_bad_places(data):
    for place in ("", "[1", "[1]", "8,40", '{"a":1}'):
        query(data, "Mix", "mix", orderFrom=place).problem(400, "BadRequestData", "orderFrom")
    query(data, "Mix", "mix", orderFrom="[1,1]", orderGeometry="Circle").problem(
        400, "BadRequestData", "orderGeometry")
    for geometry in ("", "Circle", "point", "GeometryCollection"):
        query(data, "Mix", "mix", orderGeometry=geometry).problem(
            400, "BadRequestData", "orderGeometry")
    assert data.get("entities", type="Mix", orderBy="mix").ok().ids


def test_a_wrong_collation_is_refused_without_orderBy(data):
    data.get("entities", type="Mix", collation="klingon").problem(
        400, "BadRequestData", "'klingon' is none")
    assert data.get("entities", type="Mix", collation="fr").ok().ids
