# SPDX-License-Identifier: Apache-2.0
"""The checklist of rules that brokers miss, 3: queries, projections, linked entities, order,
pages, EntityMaps, tenants, versions."""

import time

import pytest

from client import CORE, Api, link, name, quote, uid
from program import wait_until

D = "urn:d:1"
Q = "urn:q:"


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def rel(target, **more):
    return {"type": "Relationship", "object": target, **more}


def geo(kind, coordinates, **more):
    return {"type": "GeoProperty", "value": {"type": kind, "coordinates": coordinates}, **more}


DATA = {
    "num": {"a": prop(1), "b": prop(5)},
    "str": {"a": prop("x"), "b": prop(1)},
    "none": {"b": prop(7)},
    "bool": {"a": prop(True)},
    "list": {"a": prop([1, 2, "x"])},
    "multi": {"a": [prop(3), prop(4, datasetId=D)]},
    "rel": {"r": rel("urn:a:b"), "rs": rel(["urn:a:b", "urn:c:d"])},
    "lrel": {"lr": {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]}},
    "obj": {"o": prop({"x": {"y": 1}, "when": "2026-01-01T00:00:00Z"})},
    "json": {"j": {"type": "JsonProperty", "json": {"id": 7, "value": {"type": "t"}}}},
    "lang": {"l": {"type": "LanguageProperty",
                   "languageMap": {"en": "cat", "fr": ["chat", "minou"]}}},
    "voc": {"v": {"type": "VocabProperty", "vocab": "Male"}},
    "vals": {"vl": {"type": "ListProperty", "valueList": [1, "two"]}},
    "when": {"t": prop("2026-01-01T00:00:00.5Z", observedAt="2026-02-01T00:00:00Z")},
    "sub": {"p": prop(0, s=prop(9, t=prop("deep")), unitCode="CEL")},
    "text": {"s": prop('a "quoted" \\ ; | ( ) text')},
    "date": {"dd": prop("2026-05-01"), "tt": prop("12:30:00Z")},
    "null": {"n": prop({"k": 1})},
}


@pytest.fixture(scope="module")
def data(broker):
    client = Api(broker, **{"NGSILD-Tenant": name("check")})
    for id_, entity in DATA.items():
        client.create({"id": Q + id_, "type": "Q", **entity})
    yield client
    client.close()


def found(data, q, **params):
    answer = data.get("entities", type="Q", q=q, limit=100, **params).ok()
    return " ".join(id_[len(Q):] for id_ in answer.ids)


@pytest.mark.parametrize("params, status", [
    ({"id": Q + "num"}, 400), ({"idPattern": "."}, 400), ({"scopeQ": "/#"}, 400),
    ({"q": "modifiedAt>2020-01-01T00:00:00Z"}, 400), ({"attrs": "createdAt"}, 400),
    ({"attrs": "modifiedAt,createdAt"}, 400), ({"q": "createdAt;modifiedAt"}, 400),
    ({"local": "false"}, 400), ({"pick": "a"}, 400), ({"lang": "fr"}, 400),
    ({"geometryProperty": "location"}, 400), ({"csf": 'mode=="inclusive"'}, 400),
    ({"type": "*", "local": "false"}, 400), ({"datasetId": D}, 400),
    ({"id": Q + "num", "local": "true"}, 200), ({"local": "true"}, 200), ({"type": "*"}, 200),
    ({"type": "Q"}, 200), ({"attrs": "a"}, 200), ({"q": "a"}, 200), ({"attrs": "a,createdAt"}, 200),
    ({"q": "a|createdAt>2020-01-01T00:00:00Z"}, 200),
    ({"georel": "near;maxDistance==1", "geometry": "Point", "coordinates": "[0,0]"}, 200)])
def test_too_wide(data, params, status):
    """5.7.2.4: type, attrs, q with an attribute that is no system one, georel or local."""
    answer = data.get("entities", **params)
    if status == 400:
        answer.problem(400, "BadRequestData")
    else:
        answer.ok()


@pytest.mark.parametrize("q, ids", [
    # != needs the attribute, and differs by type; orders between types never hold.
    ("a!=1", "str bool multi"), ("a==1", "num list"), ('a=="x"', "str list"),
    ('a>"x"', ""), ("a>0", "num multi"), ("a==true", "bool"), ("a!=true", "num str list multi"),
    ('a>="x"', "str"), ("a<2", "num"), ("a!=99", "num str bool list multi"),
    ("a==1,3", "num list multi"), ("a!=1,3", "str bool multi"), ("a==2..4", "list multi"),
    ("a!=2..4", "num str bool"), ("a==4", "multi"), ("a!=4", "num str bool list multi"),
    # AND before OR, any nesting.
    ("b==7|a==1;b==5", "num none"), ("(b==7|a==1);b==5", "num"),
    ("((a==1|a==3);(b==5|b==6))|b==7", "num none"), ("(((b==7)))", "none"),
    # Arrays are compared by == and != alone; patterns are of strings only, for both operators.
    ('a~="x"', "str"), ('a!~="x"', ""), ('a!~="z"', "str"), ("a~=x", "str"),
    ("b!~=x", ""),
    # Relationships: equality only.
    ('r=="urn:a:b"', "rel"), ("r==urn:a:b", "rel"), ('r!="urn:x:y"', "rel"), ('r>"urn:a"', ""),
    ('r~="urn"', ""), ('r!~="zzz"', ""), ('rs=="urn:c:d"', "rel"), ('rs!="urn:c:d"', ""),
    ('lr=="urn:a:b"', "lrel"), ('lr!="urn:a:b"', ""), ('lr<"urn:z"', ""),
    # Compound values, other kinds.
    ("o[x.y]==1", "obj"), ("o[x.z]", ""), ("o[x]", "obj"), ("o[x.z]!=1", ""),
    ("o[when]==2026-01-01T00:00:00.000Z", "obj"), ("o.x", ""),
    ('l=="chat"', "lang"), ('l[en]=="cat"', "lang"), ('l[fr]=="minou"', "lang"),
    ('l[en]=="chat"', ""),
    ('l[*]=="minou"', "lang"), ('l[de]', ""), ('l[en]', "lang"), ('l~="^mi"', "lang"),
    ("v==Male", "voc"), ('v=="Male"', "voc"), ("v!=Male", ""), ("v!=Female", "voc"),
    ("vl==1", "vals"), ('vl=="two"', "vals"), ('vl!="two"', ""), ("vl!=3", "vals"),
    # Instants.
    ("t==2026-01-01T00:00:00.500Z", "when"), ("t>2026-01-01T00:00:00Z", "when"),
    ("t<2026-01-01T00:00:00,6Z", "when"), ("t==2026-01-01T00:00:00,5Z", "when"),
    ("t==2026-01-01T00:00:00Z..2026-01-02T00:00:00Z", "when"), ("t>5", ""),
    ("t.observedAt>=2026-02-01T00:00:00Z", "when"), ("t.observedAt<2026-02-01T00:00:00Z", ""),
    ("dd==2026-05-01", "date"), ("dd<2026-05-02", "date"), ("tt>12:00:00Z", "date"),
    ("tt==12:30:00.000Z", "date"),
    # Paths and members.
    ("p.s==9", "sub"), ('p.s.t=="deep"', "sub"), ('p.unitCode=="CEL"', "sub"),
    (f'a.datasetId=="{D}"', "multi"), ("p.s.zz", ""), ("p.s.t", "sub"),
    ('s=="a \\"quoted\\" \\\\ ; | ( ) text"', "text"), ("n[k]==1", "null"), ("n[k]==1.0", "null"),
    ("a==1.0", "num list"), ("a==1e0", "num list"), ("a==-0", ""),
    ("j[id]==7", "json"), ("createdAt>2020-01-01T00:00:00Z;b==7", "none"),
])
def test_q(data, q, ids):
    """4.9: what each term means, for every kind of value."""
    assert sorted(found(data, q).split()) == sorted(ids.split())


@pytest.mark.parametrize("q", [
    "", "a==", "a=1", "==1", "a>1..2", "a>1,2", "a<1..2", "a~=", "(a==1", "a==1)", "a;;b", "a|",
    ";a", "a==1;", "()", "a[", "a[]", "a.", ".a", "a..b", "a{b", "a{}", "!a", "a==1..", "a==..2",
    'a=="x', "a ! = 1", "a[b][c]==1", "a===1", 'a~="["', 'a~="("', "a>=true", "a>1,2", "a{b==1}",
    "a[b].c", "a&&b", "1a", "a b"])
def test_q_that_is_none(data, q):
    """4.9, 5.7.2.4: BadRequestData, with the place; in a Query body as well."""
    data.get("entities", type="Q", q=q).problem(400, "BadRequestData", "q")
    data.post("entityOperations/query", {"type": "Query", "entities": [{"type": "Q"}], "q": q}
              ).problem(400, "BadRequestData", "q")


def test_json_keys_and_expand_values(data):
    """4.9, examples 11 and 12."""
    assert found(data, 'j[value.type]=="t"', jsonKeys="j") == "json"
    assert found(data, "j[id]==7", jsonKeys="j") == "json"
    assert found(data, "v==Male", expandValues="v") == "voc"
    iri = "https://uri.etsi.org/ngsi-ld/default-context/Male"
    assert found(data, f'v=="{iri}"') == "voc"


# Types, scopes, places


def test_type_selections(api):
    """4.17: comma and bar are OR, the semicolon in parentheses AND; more types do not harm."""
    a, b, c = name("A"), name("B"), name("C")
    for types in ([a], [a, b], [b, c], [c]):
        api.create(type=types)
    for text, n in ((f"{a},{b}", 3), (f"{a}|{b}", 3), (f"({a};{b})", 1), (f"({a};{b})|{c}", 3),
                    (f"({a};{b}),({b};{c})", 2), (a, 2)):
        assert len(api.get("entities", type=text).ok().ids) == n, text
        body = {"type": "Query", "entities": [{"type": text}]}
        assert len(api.post("entityOperations/query", body).ok().ids) == n, text
    for text in (f"({a}", f"{a};", "", "()", f"{a})", f"{a},,{b}", ";"):
        api.get("entities", type=text).problem(400, "BadRequestData", "type")


def test_scope_queries(api):
    """4.19: # includes the scope itself, + is one level, both separators, no leading slash."""
    kind = name("Kind")
    ids = {s: api.create({"type": kind, **({"scope": s.split(" ")} if s else {})})["id"]
           for s in ("/a", "/a/b", "/a/b/c", "/x /a/b", "x/b", "")}
    for text, scopes in (("/a/#", ["/a", "/a/b", "/a/b/c", "/x /a/b"]),
                         ("/#", ["/a", "/a/b", "/a/b/c", "/x /a/b", "x/b"]),
                         ("(/x;/a/b)", ["/x /a/b"]), ("/a|/x/b", ["/a", "x/b"]),
                         ("/a,/x/b", ["/a", "x/b"]), ("/+/b", ["/a/b", "/x /a/b", "x/b"]),
                         ("/a/+", ["/a/b", "/x /a/b"]), ("/a/+/c", ["/a/b/c"]),
                         ("/a/b", ["/a/b", "/x /a/b"]), ("x/b", ["x/b"]), ("/a/b/#", [
                             "/a/b", "/a/b/c", "/x /a/b"]), ("/z", [])):
        got = api.get("entities", type=kind, scopeQ=text).ok().ids
        assert sorted(got) == sorted(ids[s] for s in scopes), text
    for text in ("", "/", "/a//b", "/a/#/b", "(/a;/b", "/a;", "/a/b#", "//"):
        api.get("entities", type=kind, scopeQ=text).problem(400, "BadRequestData", "scopeQ")


def test_near(api):
    """4.10: one modifier, above 0; entities without the property match nothing, not even
    disjoint; minDistance is disjoint from the buffer; polygons are near as a whole."""
    kind = name("Kind")
    square = [[[0, 0], [0.01, 0], [0.01, 0.01], [0, 0.01], [0, 0]]]
    a = api.create({"type": kind}, location=geo("Polygon", square))["id"]
    b = api.create({"type": kind}, location=geo("Point", [1, 1]))["id"]
    api.create({"type": kind})

    def ask(georel, geometry="Point", coordinates="[0,0]", status=200, **more):
        answer = api.get("entities", type=kind, georel=georel, geometry=geometry,
                         coordinates=coordinates, **more)
        return answer.problem(400, "BadRequestData") if status == 400 else answer.ok().ids

    for bad in ("near", "near;maxDistance==0", "near;maxDistance==-1", "near;minDistance==0",
                "near;maxDistance==1;minDistance==1", "near;maxDistance=1", "near;distance==1",
                "near;maxDistance==x", "far", "", "within;maxDistance==1", "near;maxDistance=="):
        ask(bad, status=400)
    assert ask("near;maxDistance==1") == [a] and ask("near;minDistance==1000") == [b]
    assert ask("near;minDistance==100000000") == []
    assert ask("disjoint") == [b]
    near = "[[[0.0105,0],[0.02,0],[0.02,0.01],[0.0105,0]]]"
    assert ask("near;maxDistance==100", "Polygon", near) == [a]
    assert ask("near;maxDistance==10", "Polygon", near) == []
    assert ask("within", "Polygon", "[[[-1,-1],[2,-1],[2,0.5],[-1,0.5],[-1,-1]]]") == [a]
    assert ask("contains", "Point", "[0.005,0.005]") == [a]
    for geometry, coordinates in (("Point", "[0]"), ("Point", "[[0,0]]"), ("Polygon", "[0,0]"),
                                  ("Circle", "[0,0]"), ("GeometryCollection", "[]"),
                                  ("Point", "0,0]"), ("Polygon", "[[[0,0],[1,0],[1,1]]]")):
        ask("within", geometry, coordinates, 400)
    for left in ("georel", "geometry", "coordinates"):
        params = {"georel": "within", "geometry": "Point", "coordinates": "[0,0]", "type": kind}
        del params[left]
        api.get("entities", **params).problem(400, "BadRequestData", left)


# What is shown


def test_pick_and_omit(api):
    """4.21: pick is strict, omit may remove id and type; both separators; both together."""
    kind = name("Kind")
    id_ = api.create({"type": kind, "scope": "/a"}, a=1, b=2)["id"]
    for path, one in ((f"entities/{id_}", True), (f"entities?type={kind}", False)):
        def keys(path=path, one=one, **params):
            got = api.get(path, **params).ok().json
            return set(got if one else got[0])

        assert keys(pick="a") == {"a"} and keys(pick="id,a") == {"id", "a"}
        assert keys(pick="type|b") == {"type", "b"} and keys(pick="scope,id") == {"scope", "id"}
        assert keys(omit="id") == {"type", "scope", "a", "b"}
        assert keys(omit="type,a|scope") == {"id", "b"}
        assert keys(pick="id,a", omit="b") == {"id", "a"}
        for bad in ({"pick": ""}, {"omit": ""}, {"pick": ","}, {"pick": "a,"}, {"pick": "r{a}"},
                    {"omit": "r{a}"}, {"pick": "a{"}, {"pick": "a b"},
                    {"pick": "a", "omit": "a"}, {"attrs": "a", "pick": "b"},
                    {"pick": "r{a{b}}", "join": "inline", "joinLevel": "1"}):
            api.get(path, **bad).problem(400, "BadRequestData")
    for left_out in ({"pick": "zz"}, {"attrs": "zz"}, {"omit": "id,type,scope,a,b"}):
        api.get(f"entities/{id_}", **left_out).problem(404, "ResourceNotFound")
    for member in ({"pick": []}, {"omit": []}, {"attrs": []}, {"entities": []},
                   {"containedBy": []}, {"pick": "a"}):
        api.post("entityOperations/query", {"type": "Query", "entities": [{"type": kind}], **member}
                 ).problem(400, "BadRequestData")


def test_languages(api):
    """4.15: ranges with weights; without a match @none, else any; `lang` says which."""
    words = {"fr": "chat", "en": ["cat", "puss"], "de-CH": "Büsi", "@none": "felis"}
    id_ = api.create(w={"type": "LanguageProperty", "languageMap": words},
                     x={"type": "LanguageProperty", "languageMap": {"it": "gatto"}})["id"]
    for lang, tag in (("fr", "fr"), ("de,fr;q=0.5", "de-CH"), ("it;q=0.9,en;q=0.8", "en"),
                      ("en;q=0.1,fr;q=0.2", "fr"), ("pt", "@none"), ("fr-CH,fr;q=0.9", "fr"),
                      ("en;q=0.5, fr;q=0.7, *;q=0.1", "fr")):
        got = api.entity(id_, lang=lang)
        assert got["w"] == {"type": "Property", "value": words[tag], "lang": tag}, lang
    assert api.entity(id_, lang="pt")["x"] == {"type": "Property", "value": "gatto", "lang": "it"}
    got = api.entity(id_, lang="en", format="simplified")
    assert got["w"] == ["cat", "puss"] and got["x"] == "gatto"
    got = api.entity(id_, lang="en", format="concise")
    assert got["w"] == {"value": ["cat", "puss"], "lang": "en"}
    for quoted in ('"fr"', '"it;q=0.9,fr;q=0.8"'):
        assert api.entity(id_, lang=quoted)["w"]["lang"] == "fr"
    for bad in ("", "fr;q=2", "123456789012", "fr;q=x", ";q=1", '"', '""', '"fr', 'fr"', '"fr""'):
        api.get(f"entities/{id_}", lang=bad).problem(400, "BadRequestData", "lang")


def test_linked_entities(api):
    """4.5.23: flat makes a list even of one; containedBy and loops cut; lists keep order."""
    a, b, c = uid("A"), uid("B"), uid("C")
    order = [c, "urn:x:gone", b]
    api.create({"id": a, "type": "A"}, r=rel(b), l={
        "type": "ListRelationship", "objectList": [{"object": o} for o in order]})
    api.create({"id": b, "type": "B"}, r=rel(c))
    api.create({"id": c, "type": "C"}, r=rel(a))
    flat = api.get(f"entities/{a}", join="flat", joinLevel=3).ok().json
    assert [e["id"] for e in flat][0] == a and sorted(e["id"] for e in flat) == sorted([a, b, c])
    inline = api.entity(a, join="inline", joinLevel=9)
    assert inline["r"]["entity"]["r"]["entity"]["r"] == rel(a)
    assert [e["id"] for e in inline["l"]["entityList"]] == [c, b]
    assert inline["l"]["objectList"] == [{"object": o} for o in order]
    assert "entity" not in api.entity(a, join="inline", joinLevel=1, containedBy=b)["r"]
    for bad in ({"join": "outer"}, {"join": "inline", "joinLevel": 0},
                {"join": "inline", "joinLevel": "x"}, {"join": "inline", "joinLevel": -1},
                {"join": "inline", "containedBy": "no uri"}):
        api.get(f"entities/{a}", **bad).problem(400, "BadRequestData")
    api.get("entities", type="A", q="r{r{r}}", join="inline", joinLevel=1).problem(
        400, "BadRequestData")
    api.get("entities", type="A", q="r{r}").problem(400, "BadRequestData")


def test_ordering(api):
    """4.23, 5.7.2.4: local only, which a query is as long as no source is registered; distance
    needs a place; collations exist; what is missing is last in both directions."""
    kind = name("Kind")
    two, none, one = (api.create({"type": kind}, **attrs)["id"] for attrs in (
        {"n": 2, "location": geo("Point", [0, 0])}, {},
        {"n": 1, "location": geo("Point", [1, 1])}))

    def ids(by, **more):
        return api.get("entities", type=kind, local="true", orderBy=by, **more).ok().ids

    assert ids("n") == [one, two, none] and ids("n;desc") == [two, one, none]
    assert ids("location;dist-desc", orderFrom="[0,0]") == [one, two, none]
    assert ids("id") == sorted([one, two, none])
    for bad in ({"orderBy": "location;dist-asc"}, {"orderBy": "n", "collation": "tlh"},
                {"orderBy": "n;up"}, {"orderBy": ""}, {"collation": "klingon"},
                {"orderBy": "location;dist-asc", "orderFrom": "[0]"},
                {"orderBy": "location;dist-asc", "orderFrom": "[0,0]", "orderGeometry": "Circle"}):
        api.get("entities", type=kind, local="true", **bad).problem(400, "BadRequestData")
    api.get("entities", type=kind, orderBy="n", local="false").problem(400, "BadRequestData")
