# SPDX-License-Identifier: Apache-2.0
"""GET /entities and POST /entityOperations/query: what is found (5.7.2, 4.9, 4.10, 4.17,
4.19)."""

import pytest

from client import CORE, VOCAB, link, name, quote, uid


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def geo(kind, coordinates):
    return {"type": "GeoProperty", "value": {"type": kind, "coordinates": coordinates}}


RED, BLUE = {"languageMap": {"fr": "rouge", "en": "red"}}, {"languageMap": {"en": ["a", "blue"]}}

# Short ids: test data of a tenant of their own.
DATA = {
    "one": {"type": "Car", "pace": prop(10, unitCode="KMH",
                                        observedAt="2026-01-01T00:00:00Z"),
            "maker": prop("Fiat"), "flag": prop(True), "colour": RED,
            "kin": {"object": "urn:q:two"}, "at": prop("2026-01-01T12:00:00Z"),
            "scope": "/france/paca/marseille"},
    "two": {"type": "Car", "pace": prop(20.5), "maker": prop("Peugeot"), "flag": prop(False),
            "colour": BLUE, "kin": {"object": ["urn:q:one", "urn:q:three"]},
            "at": prop("2026-01-01T12:00:00.5Z"), "scope": ["/france/paca", "/italy"]},
    "three": {"type": ["Car", "Toy"], "pace": prop("fast"), "maker": prop(["Fiat", "Lego"]),
              "spot": prop({"city": "Berlin", "deep": {"n": 40, "list": [1, 2]},
                            "value": "v"}),
              "at": prop("2026-01-01T13:00:00,25Z"), "scope": "/france"},
    "four": {"type": "Toy", "pace": [prop(1), prop(99, datasetId="urn:d:1")],
             "maker": prop("Lego", sub=prop(7, deeper=prop("x"))), "list": {"valueList": [5, 6]},
             "stops": {"objectList": ["urn:s:1", "urn:s:2"]}, "rank": {"vocab": "Captain"},
             "blob": {"json": {"value": "Overstay 60 minutes", "id": "x", "n": [1, 2]}}},
    "five": {"type": "Toy", "maker": prop('a"b\\c;d|e(f)'), "empty": prop([]),
             "day": prop("2026-03-01"), "hour": prop("14:30:00Z"), "big": prop(1e20),
             "mixed": prop([1, "1", True, 2])},
}


@pytest.fixture(scope="module")
def data(broker):
    """The entities of DATA in a tenant of their own; requests to it."""
    from client import Api
    client = Api(broker, **{"NGSILD-Tenant": name("query")})
    body = [{"id": f"urn:q:{id_}", **entity} for id_, entity in DATA.items()]
    client.post("entityOperations/create", body).ok(201)
    yield client
    client.close()


def in_order(ids):
    """Short ids in the order of DATA; none may come twice."""
    short = [id_.rsplit(":", 1)[1] for id_ in ids]
    assert len(short) == len(set(short)), short
    order = list(DATA)
    return " ".join(sorted(short, key=lambda s: (order.index(s) if s in order else 0, s)))


def found(client, **params):
    """The short ids found."""
    return in_order(client.get("entities", **{"local": "true", **params}).ok().ids)


# q


@pytest.mark.parametrize("q, ids", [
    # existence, paths
    ("pace", "one two three four"),
    ("zz", ""),
    ("maker.sub", "four"),
    ("maker.sub.deeper", "four"),
    ("maker.zz", ""),
    ("spot[city]", "three"),
    ("spot[zz]", ""),
    ("spot[deep.n]", "three"),
    # numbers
    ("pace==10", "one"),
    ("pace==10.0", "one"),
    ("pace==1e1", "one"),
    ("pace!=10", "two three four"),
    ("pace>10", "two four"),
    ("pace>=10", "one two four"),
    ("pace<20.5", "one four"),
    ("pace<=20.5", "one two four"),
    ("pace==-1", ""),
    ("pace==10..20.5", "one two"),
    ("pace!=5..15", "two three four"),
    ("pace==10,99", "one four"),
    ("pace!=10,20.5", "three four"),
    ("big==100000000000000000000", "five"),
    # strings
    ('maker=="Fiat"', "one three"),
    ('maker!="Fiat"', "two four five"),
    ('maker=="Fiat","Peugeot"', "one two three"),
    ('maker!="Fiat","Peugeot"', "four five"),
    ('maker>"M"', "two five"),
    ('maker=="F".."M"', "one three four"),
    ('maker=="a\\"b\\\\c;d|e(f)"', "five"),
    ('maker=="\\u0046iat"', "one three"),
    # booleans
    ("flag==true", "one"),
    ("flag==false", "two"),
    ("flag!=true", "two"),
    # different types: no match, except !=
    ('pace=="10"', ""),
    ('pace=="fast"', "three"),
    ('pace>"a"', "three"),
    ('pace!="10"', "one two three four"),
    ("maker==1", ""),
    ("flag==1", ""),
    ("flag!=1", "one two"),
    # arrays
    ("list==5", "four"),
    ("list!=5", ""),
    ("list!=7", "four"),
    ("mixed==2", "five"),
    ('mixed=="1"', "five"),
    ("mixed!=3", "five"),
    ("mixed!=1", ""),
    ("empty", "five"),
    ("empty==1", ""),
    ("empty!=1", "five"),
    # compound values
    ('spot[city]=="Berlin"', "three"),
    ('spot[city]!="Berlin"', ""),
    ('spot[city]!="Bonn"', "three"),
    ("spot[deep.n]==40", "three"),
    ("spot[deep.n]>39.5", "three"),
    ("spot[deep.list]==2", "three"),
    ('maker.sub.deeper=="x"', "four"),
    ("maker.sub==7", "four"),
    # members at the end of a path
    ('pace.unitCode=="KMH"', "one"),
    ("pace.observedAt>=2026-01-01T00:00:00Z", "one"),
    ("pace.observedAt>2026-01-01T00:00:00Z", ""),
    ("pace.observedAt<=2026-01-01T00:00:00,000Z", "one"),
    ("pace.createdAt>2020-01-01T00:00:00Z", "one two three four"),
    ("pace;modifiedAt>2020-01-01T00:00:00Z", "one two three four"),
    ("pace.datasetId", "four"),
    # instants, days, times of day
    ("at==2026-01-01T12:00:00Z", "one"),
    ("at==2026-01-01T12:00:00.0Z", "one"),
    ("at==2026-01-01T12:00:00,500Z", "two"),
    ("at>2026-01-01T12:00:00Z", "two three"),
    ("at<2026-01-01T12:00:00.50001Z", "one two"),
    ("at==2026-01-01T12:00:00.1Z..2026-01-01T13:00:00.25Z", "two three"),
    ("at!=2026-01-01T12:00:00Z", "two three"),
    ("day==2026-03-01", "five"),
    ("day>2026-02-28", "five"),
    ("hour<14:30:00.5Z", "five"),
    ("hour==14:30:00Z", "five"),
    # languages
    ('colour=="red"', "one"),
    ('colour[en]=="red"', "one"),
    ('colour[fr]=="red"', ""),
    ('colour[*]=="rouge"', "one"),
    ('colour[en]=="blue"', "two"),
    ('colour[en]!="red"', "two"),
    ('colour!="red"', "two"),
    ("colour[fr]", "one"),
    ('colour[fr]~="^rou"', "one"),
    # relationships
    ('kin=="urn:q:two"', "one"),
    ("kin==urn:q:one", "two"),
    ('kin=="urn:q:one","urn:q:two"', "one two"),
    ('kin!="urn:q:one"', "one"),
    ('kin>"urn:a"', ""),
    ('kin~="urn"', ""),
    ("stops==urn:s:2", "four"),
    ("stops!=urn:s:2", ""),
    # vocabularies
    (f'rank=="{VOCAB}Captain"', "four"),
    (f"rank=={VOCAB}Captain", "four"),
    (f'rank!="{VOCAB}Captain"', ""),
    # patterns
    ('maker~="^F"', "one"),
    ('maker~="^(Fiat|Lego)$"', "one four"),
    ('maker!~="^F"', "two four five"),
    ('pace~="1"', ""),
    ('pace!~="x"', "three"),
    ('maker~="eug[a-z]+t"', "two"),
    # logic
    ("pace==10|pace==20.5", "one two"),
    ("pace>5;flag==true", "one"),
    ('pace==10|flag==false;maker=="Fiat"', "one"),
    ('(pace==10|flag==false);maker=="Peugeot"', "two"),
    ('((pace>5|pace<2);(flag==true|maker=="Lego"))', "one four"),
    ("maker;(pace;(flag))", "one two"),
])
def test_q(data, q, ids):
    """The query language of 4.9, over every kind of value."""
    assert found(data, q=q) == ids


@pytest.mark.parametrize("q, params, ids", [
    ("rank==Captain", {"expandValues": "rank"}, "four"),
    ("rank==Pilot", {"expandValues": "rank"}, ""),
    ('blob[value]=="Overstay 60 minutes"', {"jsonKeys": "blob"}, "four"),
    ("blob[n]==2", {"jsonKeys": "blob"}, "four"),
    ('spot[value]=="v"', {"jsonKeys": "spot"}, "three"),
])
def test_q_expand_values_and_json_keys(data, q, params, ids):
    """expandValues expands the terms that are compared with; jsonKeys leaves the keys of a
    trailing path alone (4.9, examples 11 and 12)."""
    assert found(data, q=q, **params) == ids


@pytest.mark.parametrize("q, where", [
    ("", "offset 0"), ("==1", "offset 0"), ("pace==", "offset 6"), ("pace=1", "offset 4"),
    ("pace==1;", "offset 8"), ("pace==1|", "offset 8"), (";pace", "offset 0"),
    ("(pace==1", "offset 8"), ("pace==1)", "offset 7"), ("()", "offset 1"),
    ('maker=="x', "offset 7"), ("pace>1..2", "offset 6"), ("pace>1,2", "offset 6"),
    ("pace==1..", "offset 9"), ("pace==1,", "offset 8"), ("spot[city", "offset 9"),
    ("spot[]", "offset 5"), ("pace.", "offset 5"), ("1pace", "offset 0"),
    ('maker~="("', None), ('maker~="[a"', None), ("pace==1 2", "offset 8"),
    ('maker=="\\x"', "offset"), ("kin{", "offset 3"),
])
def test_q_that_breaks_the_grammar(data, q, where):
    """A q that cannot be read is BadRequestData and says where it stopped (4.9, 5.7.2.4)."""
    detail = data.get("entities", q=q, local="true").problem(400, "BadRequestData", "q: ")
    assert where is None or where in detail, detail


def test_q_goes_by_the_context(data):
    """The names of a path are expanded with the request's @context (5.5.7)."""
    headers = {"Link": link(CORE)}
    assert found(data, q="pace==10", headers=headers) == "one"
    assert data.get("entities", q="pace==10", headers={"Link": link(CORE)}
                    ).ok().ids == ["urn:q:one"]


# type, id, idPattern, attrs, width


@pytest.mark.parametrize("type_, ids", [
    ("Car", "one two three"), ("Toy", "three four five"), ("Car|Toy", "one two three four five"),
    ("Car,Toy", "one two three four five"), ("(Car;Toy)", "three"), ("Zz", ""), ("Zz|Car", "one two three"),
    ("(Car;Zz)|Toy", "three four five"), (f"{VOCAB}Toy", "three four five"),
    ("*", "one two three four five"),
])
def test_type_selection(data, type_, ids):
    """The type selection language; each entity once, in a total order (4.17)."""
    assert found(data, type=type_) == ids


@pytest.mark.parametrize("type_, word", [
    ("", "expected a type"), ("Car;Toy", "(A;B)"), ("(Car", "')'"), ("Car|", "expected a type"),
    ("Car)", "end"), ("(Car;)", "expected a type"), ("Ca<r", "neither a name"),
])
def test_type_selections_that_cannot_be_read(data, type_, word):
    """A bad selection says where and what was expected (4.17)."""
    data.get("entities", type=type_).problem(400, "BadRequestData", "type: ", word, "offset")


def test_ids(data):
    """id is a list of URIs, idPattern a POSIX regular expression that need not match all;
    both filter (5.7.2.4)."""
    assert found(data, id="urn:q:two,urn:q:one,urn:q:zz") == "one two"
    assert found(data, idPattern="t[a-z]+$") == "two three"
    assert found(data, id="urn:q:two,urn:q:one", idPattern="o$") == "two"
    assert found(data, type="Toy", id="urn:q:one,urn:q:three") == "three"
    data.get("entities", id="urn:q:one,no-uri", local="true"
             ).problem(400, "BadRequestData", "id: ", "no-uri")
    data.get("entities", idPattern="(", local="true"
             ).problem(400, "BadRequestData", "idPattern")


def test_attrs_filters_and_projects(data):
    """attrs: one of them must be there, and only they are shown (5.7.2.4)."""
    answer = data.get("entities", attrs="spot,blob").ok().json
    assert {e["id"]: e.keys() - {"id", "type"} for e in answer} == {
        "urn:q:three": {"scope", "spot"}, "urn:q:four": {"blob"}}


def test_pick_finds_what_it_shows(data):
    """Entities of which pick shows nothing are left out, of the count as well (4.21)."""
    answer = data.get("entities", type="Car|Toy", pick="spot|scope", count="true").ok()
    assert answer.count == 3
    assert sorted(sorted(e) for e in answer.json) == [["scope"], ["scope"], ["scope", "spot"]]
    assert len(data.get("entities", type="Car|Toy", pick="id,spot").ok().json) == 5
    data.get("entities", pick="spot").problem(400, "BadRequestData", "too wide")


@pytest.mark.parametrize("params, status", [
    ({}, 400), ({"id": "urn:q:one"}, 400), ({"idPattern": "."}, 400), ({"scopeQ": "/france"}, 400),
    ({"q": "modifiedAt>2020-01-01T00:00:00Z"}, 400), ({"type": "Car"}, 200),
    ({"attrs": "pace"}, 200), ({"q": "pace"}, 200), ({"local": "true"}, 200),
    ({"type": "*"}, 200), ({"type": "*", "local": "true"}, 200),
    ({"type": "*", "local": "false"}, 400), ({"id": "urn:q:one", "local": "true"}, 200),
    ({"id": "urn:q:one", "local": "false"}, 400),
    ({"georel": "near;maxDistance==1", "geometry": "Point", "coordinates": "[0,0]"}, 200),
])
def test_too_wide(data, params, status):
    """A query needs a type, attrs, an attribute in q, a georel or local=true (5.7.2.4)."""
    answer = data.get("entities", **params)
    if status == 400:
        answer.problem(400, "BadRequestData", "local")
    else:
        answer.ok()


def test_nothing_found_is_an_empty_array(data):
    """Nothing found is 200 with [], never 404 (5.7.2.5)."""
    answer = data.get("entities", type="Zz").ok()
    assert answer.json == [] and answer.type == "application/json"


# scopeQ


@pytest.mark.parametrize("scope, ids", [
    ("/france", "three"), ("/france/paca", "two"), ("/france/#", "one two three"),
    ("/france/paca/#", "one two"), ("/#", "one two three"), ("/zz", ""), ("/zz/#", ""),
    ("/+", "two three"), ("/+/paca", "two"), ("/france/+", "two"),
    ("/france/+/marseille", "one"), ("/+/+/+", "one"), ("/+/#", "one two three"),
    ("/france/paca|/france", "two three"), ("/france/paca,/france", "two three"),
    ("(/france/paca;/italy)", "two"), ("(/france;/italy)", ""),
    ("/italy/#|(/france/paca/#;/france/#)", "one two"), ("/fran/#", ""), ("/franc%", ""),
])
def test_scope_q(data, scope, ids):
    """The scope query language (4.19)."""
    if scope.endswith("%"):
        data.get("entities", scopeQ=scope, local="true"
                 ).problem(400, "BadRequestData", "scopeQ")
    else:
        assert found(data, scopeQ=scope) == ids


@pytest.mark.parametrize("scope", ["", "/", "/a//b", "/a|", "(/a", "/a)", "/#/a", "(/a;)",
                                   "/1", "/a b"])
def test_scope_q_that_cannot_be_read(data, scope):
    """A bad scopeQ is told (4.19)."""
    data.get("entities", scopeQ=scope, local="true").problem(400, "BadRequestData", "scopeQ: ")


# geoqueries

SQUARE = [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]
PLACES = {
    "origin": geo("Point", [0, 0]),
    "inside": geo("Point", [2, 2]),
    "east": geo("Point", [0.001, 0]),
    "far": geo("Point", [50, 50]),
    "square": geo("Polygon", SQUARE),
    "big": geo("Polygon", [[[-1, -1], [9, -1], [9, 9], [-1, 9], [-1, -1]]]),
    "beside": geo("Polygon", [[[3, 3], [7, 3], [7, 7], [3, 7], [3, 3]]]),
    "line": geo("LineString", [[1, 1], [1, 3]]),
    "high": geo("Point", [2, 2.5, 100]),
}


@pytest.fixture(scope="module")
def places(broker):
    """The entities of PLACES, one with no location, and one with two."""
    from client import Api
    client = Api(broker, **{"NGSILD-Tenant": name("places")})
    body = [{"id": f"urn:q:{id_}", "type": "Site", "location": place}
            for id_, place in PLACES.items()]
    body.append({"id": "urn:q:nowhere", "type": "Site"})
    body.append({"id": "urn:q:two", "type": "Site", "other": [
        geo("Point", [80, 80]), {**geo("Point", [0, 0]), "datasetId": "urn:d:2"}]})
    client.post("entityOperations/create", body).ok(201)
    yield client
    client.close()


def located(client, georel, geometry, coordinates, **more):
    return found(client, georel=georel, geometry=geometry, coordinates=str(coordinates), **more)


@pytest.mark.parametrize("georel, geometry, coordinates, ids", [
    ("near;maxDistance==10", "Point", [0, 0], "big origin square"),
    ("near;maxDistance==120", "Point", [0, 0], "big east origin square"),
    ("near;maxDistance==1", "Point", [2, 2], "big inside square"),
    ("near;minDistance==200000", "Point", [0, 0], "beside far high inside"),
    ("near;maxDistance==1", "LineString", [[2, 0], [2, 4]], "big high inside square"),
    ("near;maxDistance==1000", "Polygon", [[[4.005, 0], [5, 0], [5, 2], [4.005, 2], [4.005, 0]]],
     "big square"),
    ("within", "Polygon", SQUARE, "high inside line square"),
    ("contains", "Point", [2, 2], "big inside square"),
    ("contains", "Polygon", SQUARE, "big square"),
    ("overlaps", "Polygon", SQUARE, "beside"),
    ("intersects", "Polygon", SQUARE, "beside big east high inside line origin square"),
    ("intersects", "Point", [1, 2], "big line square"),
    ("equals", "Point", [2, 2], "inside"),
    ("equals", "Polygon", [[[0, 4], [4, 4], [4, 0], [0, 0], [0, 4]]], "square"),
    ("disjoint", "Polygon", SQUARE, "far"),
])
def test_georelations(places, georel, geometry, coordinates, ids):
    """Every relation with any geometry on either side; entities without the property never
    match (4.10)."""
    assert located(places, georel, geometry, coordinates) == ids


def test_near_is_nearest_first(places):
    """Pages of near are ordered by distance, and entity by entity once."""
    ids = places.get("entities", georel="near;maxDistance==900000", geometry="Point",
                     coordinates="[2.1,2.1]").ok().ids
    order = [ids.index(f"urn:q:{id_}") for id_ in ("inside", "high", "origin")]
    assert order == sorted(order) and len(ids) == len(set(ids))


def test_geoproperty(places):
    """geoproperty names another property; any instance may match (4.10)."""
    assert located(places, "near;maxDistance==5", "Point", [0, 0], geoproperty="other") == "two"
    assert located(places, "near;maxDistance==5", "Point", [80, 80], geoproperty="other") == "two"
    assert located(places, "near;maxDistance==5", "Point", [40, 40], geoproperty="other") == ""
    assert located(places, "disjoint", "Point", [9, 9], geoproperty="zz") == ""


@pytest.mark.parametrize("georel, geometry, coordinates, word", [
    ("near", "Point", "[0,0]", "maxDistance"),
    ("near;maxDistance==0", "Point", "[0,0]", "above 0"),
    ("near;maxDistance==-5", "Point", "[0,0]", "above 0"),
    ("near;maxDistance==x", "Point", "[0,0]", "above 0"),
    ("near;maxDistance==", "Point", "[0,0]", "above 0"),
    ("near;maxDistance=5", "Point", "[0,0]", "maxDistance"),
    ("near;maxDistance==5;minDistance==1", "Point", "[0,0]", "one of"),
    ("around", "Point", "[0,0]", "around"),
    ("within;maxDistance==5", "Point", "[0,0]", "within"),
    ("within", "Point", "[0]", "coordinates"),
    ("within", "Point", "0,0", "coordinates"),
    ("within", "Point", '["a",0]', "coordinates"),
    ("within", "Polygon", "[0,0]", "coordinates"),
    ("within", "Polygon", "[[[0,0],[1,0],[1,1],[2,2]]]", "closed"),
    ("within", "GeometryCollection", "[]", "GeometryCollection"),
    ("within", "Sphere", "[0,0]", "MultiPolygon"),
])
def test_geoqueries_that_make_no_sense(places, georel, geometry, coordinates, word):
    """A bad georel, geometry or coordinates is BadRequestData and says which (4.10)."""
    places.get("entities", georel=georel, geometry=geometry, coordinates=coordinates
               ).problem(400, "BadRequestData", word)


@pytest.mark.parametrize("left_out", ["georel", "geometry", "coordinates"])
def test_geoquery_members_come_together(places, left_out):
    """georel, geometry and coordinates come together; geoproperty alone is ignored
    (5.7.2.4)."""
    params = {"georel": "within", "geometry": "Point", "coordinates": "[0,0]"}
    del params[left_out]
    places.get("entities", type="Site", **params).problem(400, "BadRequestData", left_out)
    places.get("entities", type="Site", geoproperty="location").ok()


# pages


@pytest.fixture(scope="module")
def pages_of_25(broker):
    """25 entities of one type in a tenant of their own."""
    from client import Api
    client = Api(broker, **{"NGSILD-Tenant": name("pages")})
    client.post("entityOperations/create",
                [{"id": f"urn:q:{i:02}", "type": "Page", "n": i} for i in range(25)]).ok(201)
    yield client
    client.close()


def test_default_page(pages_of_25):
    """Without limit a page has the default size; the count header is there on demand only
    (4.12, 4.13, 6.3.13)."""
    answer = pages_of_25.get("entities", type="Page").ok()
    assert len(answer.json) == 20 and answer.count is None
    assert set(answer.links) == {"next", "http://www.w3.org/ns/json-ld#context"}
    assert pages_of_25.get("entities", type="Page", count="true").count == 25
    assert pages_of_25.get("entities", type="Page", options="count").count == 25
    assert pages_of_25.get("entities", type="Page", count="false").count is None


def test_following_next_and_prev(pages_of_25):
    """Following next visits everything once, prev goes all the way back (6.3.10)."""
    path, seen, pages = "entities?type=Page&limit=7&q=n%3E%3D0", [], []
    while path:
        answer = pages_of_25.get(path).ok()
        seen += answer.ids
        pages.append(answer)
        assert answer.context
        path = answer.links.get("next")
    assert sorted(seen) == [f"urn:q:{i:02}" for i in range(25)]
    assert [len(p.json) for p in pages] == [7, 7, 7, 4]
    assert "prev" not in pages[0].links and "next" not in pages[-1].links
    back = pages_of_25.get(pages[-1].links["prev"]).ok()
    assert back.ids == pages[2].ids


def test_links_keep_every_parameter(pages_of_25):
    """The Link of a page keeps all parameters and says the media type (6.3.10)."""
    query = ("type=Page&q=n%3E%3D0%3Bn%3C100&options=concise,sysAttrs&count=true&limit=5"
             "&offset=5&attrs=n")
    answer = pages_of_25.get(f"entities?{query}",
                             headers={"Accept": "application/ld+json"}).ok()
    links = answer.headers.get_all("Link")
    assert len(links) == 2
    for rel, offset in (("prev", 0), ("next", 10)):
        text = next(value for value in links if f'rel="{rel}"' in value)
        assert text == (
            "</ngsi-ld/v1/entities?type=Page&q=n%3E%3D0%3Bn%3C100&options=concise,sysAttrs"
            f'&count=true&attrs=n&limit=5&offset={offset}>;rel="{rel}";'
            'type="application/ld+json"')


def test_limit_zero_counts_only(pages_of_25):
    """limit=0 is for counting: 400 without count, [] with it (5.5.9)."""
    pages_of_25.get("entities", type="Page", limit=0
                    ).problem(400, "BadRequestData", "limit", "count=true")
    answer = pages_of_25.get("entities", type="Page", limit=0, count="true").ok()
    assert answer.json == [] and answer.count == 25
    assert set(answer.links) <= {"http://www.w3.org/ns/json-ld#context"}


def test_beyond_the_end(pages_of_25):
    """An offset beyond the last entity answers []; the count is still right (5.5.9)."""
    answer = pages_of_25.get("entities", type="Page", offset=1000, count="true").ok()
    assert answer.json == [] and answer.count == 25 and "next" not in answer.links


@pytest.mark.parametrize("param, value", [
    ("limit", "-1"), ("limit", "x"), ("limit", ""), ("limit", "1.5"), ("limit", "99999999999"),
    ("offset", "-1"), ("offset", "x"), ("count", "yes"), ("local", "1"),
])
def test_bad_paging(pages_of_25, param, value):
    """Numbers that are none and truths that are neither are refused by name (6.3.20)."""
    kind = "BadRequestData" if param in ("limit", "offset") else "InvalidRequest"
    pages_of_25.get("entities", **{"type": "Page", param: value}
                    ).problem(400, kind, f"{param}: '{value}'")


def test_limit_beyond_the_maximum(pages_of_25):
    """A page has a maximum, which is told (5.5.6)."""
    pages_of_25.get("entities", type="Page", limit=100000
                    ).problem(403, "TooManyResults", "100000", "1000")
    pages_of_25.get("entities", type="Page", limit=1000).ok()


def test_count_of_a_query(pages_of_25):
    """The count is that of the whole result, whatever the page (4.13)."""
    for params in ({"q": "n<10"}, {"q": "n<10", "limit": 3, "offset": 3},
                   {"q": "n<10", "limit": 0}):
        assert pages_of_25.get("entities", type="Page", count="true", **params).count == 10


# POST


def post_query(client, **members):
    body = {"type": "Query", **members}
    return client.post("entityOperations/query", body, local="true")


@pytest.mark.parametrize("members, ids", [
    ({"entities": [{"type": "Toy"}]}, "three four five"),
    ({"entities": [{"type": "*"}]}, "one two three four five"),
    ({"entities": [{"type": "Car|Toy"}], "q": "pace>10"}, "two four"),
    ({"entities": [{"type": "Car", "id": "urn:q:one"}, {"type": "Toy", "idPattern": "f"}]},
     "one four five"),
    ({"entities": [{"type": "Car", "id": ["urn:q:one", "urn:q:two"]}]}, "one two"),
    ({"entities": [{"type": "Car", "id": "urn:q:one", "idPattern": "zz"}]}, "one"),
    ({"q": 'maker=="Fiat"'}, "one three"),
    ({"attrs": ["spot", "blob"]}, "three four"),
    ({"entities": [{"type": "Car"}], "scopeQ": "/france/#"}, "one two three"),
    ({"q": "rank==Captain", "expandValues": "rank"}, "four"),
])
def test_post_query(data, members, ids):
    """A Query body finds what the same parameters would (5.2.23, 6.23)."""
    answer = post_query(data, **members).ok()
    assert in_order(answer.ids) == ids


def test_post_query_geo(places):
    """geoQ in the body; coordinates are an array or its text (5.2.23)."""
    for coordinates in ([2, 2], "[2,2]"):
        geo_q = {"georel": "near;maxDistance==1", "geometry": "Point",
                 "coordinates": coordinates}
        ids = post_query(places, geoQ=geo_q).ok().ids
        assert sorted(ids) == ["urn:q:big", "urn:q:inside", "urn:q:square"]


def test_post_query_views_and_pages(data):
    """Representation, paging and counting stay in the URL; pick, omit, lang are members
    (6.3.7, 6.3.13)."""
    body = {"type": "Query", "entities": [{"type": "Car"}], "pick": ["id", "maker", "colour"],
            "lang": "fr"}
    answer = data.post("entityOperations/query?options=keyValues&count=true&limit=2", body)
    assert answer.ok().count == 3
    views = [{"id": "urn:q:one", "maker": "Fiat", "colour": "rouge"},
             {"id": "urn:q:two", "maker": "Peugeot", "colour": ["a", "blue"]},
             {"id": "urn:q:three", "maker": ["Fiat", "Lego"]}]
    assert len(answer.json) == 2 and all(view in views for view in answer.json)
    body = {"type": "Query", "entities": [{"type": "Car"}], "omit": ["pace", "maker"]}
    assert "pace" not in data.post("entityOperations/query", body).ok().json[0]


def test_post_query_in_ld_json(data):
    """The body's @context is used for names in and out (6.3.5)."""
    body = {"type": "Query", "entities": [{"type": "Auto"}], "q": "v>10",
            "@context": [{"Auto": VOCAB + "Car", "v": VOCAB + "pace"}, CORE]}
    answer = data.post("entityOperations/query", body,
                       headers={"Accept": "application/ld+json"}).ok()
    assert answer.ids == ["urn:q:two"]
    assert answer.json[0]["type"] == "Auto" and answer.json[0]["v"]["value"] == 20.5
    assert answer.json[0]["@context"] and answer.type == "application/ld+json"


@pytest.mark.parametrize("body, word", [
    ({}, "Query"), ({"type": "Odd"}, "Query"), ([], "Query"),
    ({"type": "Query", "entities": []}, "/entities"),
    ({"type": "Query", "entities": {}}, "/entities"),
    ({"type": "Query", "entities": [{}]}, "type"),
    ({"type": "Query", "entities": [{"type": 5}]}, "type"),
    ({"type": "Query", "entities": [{"type": "Car", "id": "no-uri"}]}, "no-uri"),
    ({"type": "Query", "entities": [5]}, "/entities"),
    ({"type": "Query", "attrs": []}, "/attrs"),
    ({"type": "Query", "attrs": [5]}, "/attrs"),
    ({"type": "Query", "pick": []}, "/pick"),
    ({"type": "Query", "omit": []}, "/omit"),
    ({"type": "Query", "q": 5}, "/q"),
    ({"type": "Query", "q": "=="}, "q: "),
    ({"type": "Query", "geoQ": 5}, "/geoQ"),
    ({"type": "Query", "geoQ": {"georel": "near"}}, "geometry"),
    ({"type": "Query", "odd": 1}, "/odd"),
])
def test_post_query_bodies_that_are_wrong(data, body, word):
    """A Query that breaks a rule says which member (5.2.23)."""
    data.post("entityOperations/query", body, local="true"
              ).problem(400, "BadRequestData", word)


def test_post_query_too_wide(data):
    """The width rule holds for POST as well (5.7.2.4)."""
    data.post("entityOperations/query", {"type": "Query"}
              ).problem(400, "BadRequestData", "too wide")


# the query string itself


def test_unencoded_and_encoded_forms(data):
    """Commas, semicolons and bars may come raw; '+' and %20 are spaces (T19)."""
    assert data.get('entities?q=maker=="Fiat";pace==10').ok().ids == ["urn:q:one"]
    ids = data.get("entities?id=urn:q:one,urn:q:two&local=true").ok().ids
    assert in_order(ids) == "one two"
    entity = {"id": uid(), "type": "Car", "label": "a b"}
    data.post("entities", entity).ok(201)
    for text in ("a+b", "a%20b"):
        assert data.get(f"entities?q=label==%22{text}%22").ok().ids == [entity["id"]]
    data.delete(f"entities/{quote(entity['id'])}").empty()


def test_unknown_parameters(data):
    """A parameter that the resource does not have is refused, by name (6.3.20)."""
    data.get("entities", type="Car", odd="1"
             ).problem(400, "InvalidRequest", "odd", "idPattern")
    data.get("entities/urn:q:one", q="pace").problem(400, "InvalidRequest", "'q'")
    data.post("entities", {"id": uid(), "type": "T"}, options="x"
              ).problem(400, "InvalidRequest", "options")
