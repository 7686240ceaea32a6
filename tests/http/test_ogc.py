# SPDX-License-Identifier: Apache-2.0
"""OGC API - Features, Part 1: Core (17-069r4) under /ogc.  GDAL reads it in tests/clients."""

import re
import urllib.parse

import pytest

from client import VOCAB, Api, name, quote, uid

PART1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
FRENCH = {"Accept-Language": "fr-FR,fr;q=0.9", "Accept": "text/html,*/*;q=0.8"}


def at(minute):
    return f"2026-06-01T08:{minute:02}:00Z"


@pytest.fixture
def kind(api):
    """A type of one's own: twelve lamps from west to east, one a minute; the last one was
    never observed and is nowhere."""
    called = name("Lamp")
    for i in range(12):
        lamp = {"id": uid(called), "type": called, "lamps": i, "lit": i % 2 == 0,
                "state": "on" if i % 2 else "off", "code": str(i), "plan": {"days": [1, 2]}}
        if i < 11:
            lamp["power"] = {"value": 40 + i / 2, "unitCode": "WTT", "observedAt": at(i)}
            lamp["location"] = {"type": "Point", "coordinates": [5 + i / 10, 43.3, 12.5]}
        api.create(lamp)
    return called


def get(api, path="", status=200, **params):
    answer = api.get("/ogc" + path, **params).ok(status)
    return answer.json


def lamps(api, kind, **params):
    """The numbers of the lamps in the answer, and the answer."""
    page = get(api, f"/collections/{kind}/items", **params)
    assert page["type"] == "FeatureCollection"
    assert page["numberReturned"] == len(page["features"])
    return [feature["properties"]["lamps"] for feature in page["features"]], page


def refused(api, path, *words, status=400, **params):
    answer = api.get("/ogc" + path, **params)
    assert answer.status == status and answer.type == "application/problem+json", answer
    document = answer.json
    assert document["status"] == status and document["title"] and document["type"], answer
    for word in words:
        assert word in document["detail"], answer


def rels(document):
    found = {}
    for link in document["links"]:
        found.setdefault(link["rel"], []).append(link)
    return found


def test_landing_page(api):
    """7.2: every link leads somewhere, as its type."""
    found = rels(get(api))
    assert set(found) == {"self", "alternate", "service-desc", "service-doc", "conformance",
                          "data"}
    for link in sum(found.values(), []):
        answer = api.get(link["href"].removeprefix(api.base),
                         headers={"Accept": link["type"]}).ok()
        assert answer.type.split("; ")[0] == link["type"]


def test_conformance(api):
    """7.4"""
    assert get(api, "/conformance")["conformsTo"] == [
        PART1 + part for part in ("core", "oas30", "html", "geojson")]


def test_api(api, kind):
    """7.3: OpenAPI 3.0, with the properties of each collection as parameters."""
    answer = api.get("/ogc/api").ok()
    assert answer.type == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json
    assert document["openapi"].startswith("3.0.")
    assert document["servers"] == [{"url": api.base + "/ogc"}]
    items = document["paths"][f"/collections/{kind}/items"]["get"]
    names = {p["name"] for p in items["parameters"] if "name" in p}
    assert {"power", "lamps", "state"} <= names and "location" not in names
    assert document["components"]["parameters"]["limit"]["schema"]["maximum"] == 10000


def test_collections(api, kind):
    """7.13, 7.14: one a type, with its extent."""
    listed = get(api, "/collections")
    one = get(api, f"/collections/{kind}")
    assert one in listed["collections"]
    assert one["title"] == kind and one["description"] == VOCAB + kind
    assert one["extent"]["spatial"]["bbox"] == [[5, 43.3, 6, 43.3]]
    assert one["extent"]["temporal"]["interval"] == [[at(0), at(10)]]
    found = rels(one)
    assert {link["type"] for link in found["items"]} == {"application/geo+json", "text/html"}
    for link in one["links"]:
        api.get(link["href"].removeprefix(api.base)).ok()


def test_no_extent(api):
    """Where nothing has a place or a time, none is claimed."""
    thing = api.create(type=name("Idea"))
    assert "extent" not in get(api, f"/collections/{thing['type']}")


def test_ids(api):
    """A type without a short name has an id that is safe in URLs, and found again."""
    iri = "https://example.org/a/b#" + name("Lamp")
    api.create(type=iri)
    id_ = iri.replace(":", "~3A").replace("/", "~2F").replace("#", "~23")
    assert id_ in [c["id"] for c in get(api, "/collections")["collections"]]
    assert get(api, f"/collections/{id_}")["description"] == iri
    assert get(api, f"/collections/{id_}/items")["numberMatched"] == 1
    refused(api, "/collections/" + quote(iri), "no collection", status=404)


def test_feature(api, kind):
    """7.16, and the GeoJSON: flat, typed properties, null where there is none."""
    _, page = lamps(api, kind)
    first, last = page["features"][0], page["features"][11]
    assert list(first["properties"])[:2] == ["observedAt", "power"]  # what is measured first
    assert first["geometry"] == {"type": "Point", "coordinates": [5, 43.3, 12.5]}
    assert first["properties"] == {
        "observedAt": at(0), "lamps": 0, "lit": True, "state": "off", "code": "0",
        "plan": '{"days":[1,2]}', "power": 40, "power_unitCode": "WTT",
        "power_observedAt": at(0)}
    assert last["geometry"] is None
    assert set(last["properties"]) == set(first["properties"])
    assert last["properties"]["power"] is None and last["properties"]["observedAt"] is None
    one = api.get(f"/ogc/collections/{kind}/items/{quote(first['id'])}").ok()
    assert one.type == "application/geo+json"
    assert set(rels(one.json)) == {"self", "alternate", "collection", "describedby"}
    assert {k: v for k, v in one.json.items() if k != "links"} == first


def test_values(api):
    """What an attribute of each kind is in a column; expired ones are nothing."""
    kind, device = name("Thing"), uid("Device")
    api.create({
        "id": uid(kind), "type": kind, "scope": ["/a/b", "/c"], "ref": {"object": device},
        "tongue": {"languageMap": {"fr": "verre", "en": "glass"}},
        "word": {"vocab": "WasteContainer"}, "list": {"valueList": ["a", "b"]},
        "many": [{"value": 1}, {"value": 2, "datasetId": "urn:x:1"}],
        "gone": {"value": 1, "expiresAt": "2026-01-01T00:00:00Z"},
        "second": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}}})
    properties = get(api, f"/collections/{kind}/items")["features"][0]["properties"]
    assert properties == {
        "observedAt": None, "scope": "/a/b /c", "ref": device, "word": "WasteContainer",
        "tongue": '{"fr":"verre","en":"glass"}', "list": "a, b", "many": 1,
        "second": '{"type":"Point","coordinates":[1,2]}'}


def test_schema(api, kind):
    """What a feature looks like, told before the first one is read."""
    answer = api.get(f"/ogc/collections/{kind}/schema").ok()
    assert answer.type == "application/schema+json"
    properties = answer.json["properties"]
    assert properties["power"] == {"type": "number"}
    assert properties["lit"] == {"type": "boolean"}
    assert properties["power_observedAt"] == {"type": "string", "format": "date-time"}
    _, page = lamps(api, kind)
    assert set(properties) - {"geometry"} == set(page["features"][0]["properties"])


def test_limit(api, kind):
    """7.15.2: fewer than there are; more than the maximum is the maximum."""
    numbers, page = lamps(api, kind, limit=5)
    assert numbers == [0, 1, 2, 3, 4] and page["numberMatched"] == 12
    assert len(lamps(api, kind, limit="99999999999999999999999")[0]) == 12
    for limit, matched in ((5, None), (6, 6)):  # of a filter: where one page is all
        assert lamps(api, kind, limit=limit, state="on")[1].get("numberMatched") == matched
    for bad in ("0", "-1", "x", "1.5", ""):
        refused(api, f"/collections/{kind}/items", "limit", limit=bad)


def test_pages(api, kind):
    """7.15.4: next links lead through all, each once; a deletion on the way moves nobody."""
    path, seen = f"/ogc/collections/{kind}/items?limit=5&state=on", []
    for _ in range(5):
        page = api.get(path).ok().json
        seen += [feature["properties"]["lamps"] for feature in page["features"]]
        found = rels(page)
        if "next" not in found:
            break
        api.delete("entities/" + quote(page["features"][0]["id"])).empty()
        path = found["next"][0]["href"].removeprefix(api.base)
    assert seen == [1, 3, 5, 7, 9, 11]


def test_many(api):
    """A page that is made while it is sent: several looks at the database."""
    kind = name("Many")
    for start in range(0, 650, 50):
        api.post("entityOperations/create", [
            {"id": uid(kind), "type": kind, "lamps": i} for i in range(start, start + 50)]).ok(201)
    numbers, page = lamps(api, kind)
    assert numbers == list(range(650)) and "next" not in rels(page)
    numbers, page = lamps(api, kind, limit=400)
    assert numbers == list(range(400)) and page["numberMatched"] == 650
    path = rels(page)["next"][0]["href"].removeprefix(api.base)
    rest = api.get(path).ok().json
    assert [f["properties"]["lamps"] for f in rest["features"]] == list(range(400, 650))
    assert "numberMatched" not in rest


@pytest.mark.parametrize("box, found", [
    ("5.05,43,5.35,44", [1, 2, 3]),
    ("5.05,43,-100,5.35,44,100", [1, 2, 3]),  # with heights
    ("5.1,43.3,5.1,43.3", [1]),  # a point
    ("5.95,43,5.05,44", [0, 10]),  # across the antimeridian
    ("-180,-90,180,90", list(range(11))),
    ("6.5,43,7,44", []),
])
def test_bbox(api, kind, box, found):
    """7.15.3"""
    numbers, page = lamps(api, kind, bbox=box)
    assert numbers == found and page["numberMatched"] == len(found)


@pytest.mark.parametrize("bad", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,3,4,", "nan,1,2,3",
                                 "5,44,6,43", "1,2,9,3,4,1", "1,2,3,4,5,6,7"])
def test_bad_bbox(api, kind, bad):
    refused(api, f"/collections/{kind}/items", "bbox", bbox=bad)


@pytest.mark.parametrize("when, found", [
    (at(3), [3]),
    (f"{at(3)}/{at(5)}", [3, 4, 5]),
    (f"{at(8)}/..", [8, 9, 10]),
    (f"{at(8)}/", [8, 9, 10]),
    (f"../{at(1)}", [0, 1]),
    ("2026-06-01T10:03:00+02:00", [3]),
    ("2026-06-01", list(range(11))),
    ("2026-05-30/2026-05-31", []),
])
def test_datetime(api, kind, when, found):
    """7.15.4: the latest observedAt of the entity; what has none is not found."""
    numbers, page = lamps(api, kind, datetime=when)
    assert numbers == found and page["numberMatched"] == len(found)


@pytest.mark.parametrize("bad", ["", "x", "../..", "/", "2026-06-31", f"{at(5)}/{at(3)}",
                                 f"{at(1)}/{at(2)}/{at(3)}", "08:00:00Z"])
def test_bad_datetime(api, kind, bad):
    refused(api, f"/collections/{kind}/items", "datetime", datetime=bad)


def test_latest(api):
    """The latest of all attributes counts, not any."""
    thing = api.create(type=name("Pair"), lamps=1, a={"value": 1, "observedAt": at(1)},
                       b={"value": 1, "observedAt": at(9)})
    assert lamps(api, thing["type"], datetime=at(9))[0] == [1]
    assert lamps(api, thing["type"], datetime=at(1))[0] == []


@pytest.mark.parametrize("filters, found", [
    ({"state": "on"}, [1, 3, 5, 7, 9, 11]),
    ({"lamps": "4"}, [4]),
    ({"lamps": "4.0"}, [4]),
    ({"code": "4"}, [4]),  # a text that looks like a number
    ({"lit": "true", "power": "41"}, [2]),
    ({"state": "off", "bbox": "5.05,43,5.45,44", "datetime": f"{at(4)}/.."}, [4]),
    ({"state": 'a"b;(c|d)'}, []),
    ({"state": ""}, []),
])
def test_properties(api, kind, filters, found):
    """7.15.5: equal to any property."""
    numbers, page = lamps(api, kind, **filters)
    assert numbers == found and page["numberMatched"] == len(found)


def test_refusals(api, kind):
    """/req/core/query-param-unknown, query-param-invalid, and what is not there."""
    items = f"/collections/{kind}/items"
    refused(api, items, "unknown query parameter 'nobody'", "power", nobody="1")
    refused(api, items, "unknown query parameter 'crs'", crs="x")
    refused(api, items, "after", after="x")
    refused(api, items, "f: 'xml'", f="xml")
    for path in ("", "/conformance", "/api", "/collections", f"/collections/{kind}",
                 f"/collections/{kind}/schema", f"{items}/urn:a:b"):
        refused(api, path, "unknown query parameter 'x'", x="1")
    refused(api, "/collections/Nobody", "no collection", status=404)
    refused(api, "/collections/Nobody/items", "no collection", status=404)
    refused(api, items + "/urn:a:b", "no feature", status=404)
    other = api.create(type=name("Other"))["id"]
    refused(api, f"{items}/{quote(other)}", "no feature", status=404)
    refused(api.with_(NGSILD_Tenant=name("nobody")), "", "does not exist", status=404)


def test_tenants(api, kind):
    """Each tenant has collections of its own."""
    other = api.with_(NGSILD_Tenant=name("town"))
    thing = other.create(type=name("Theirs"))
    assert [c["id"] for c in get(other, "/collections")["collections"]] == [thing["type"]]
    refused(other, f"/collections/{kind}/items", status=404)
    refused(api, f"/collections/{thing['type']}", status=404)


def test_deletion(api):
    """A type without entities is no collection."""
    thing = api.create(type=name("Short"))
    get(api, f"/collections/{thing['type']}")
    api.delete("entities/" + thing["id"]).empty()
    refused(api, f"/collections/{thing['type']}", status=404)


def pages_of(api, kind):
    _, page = lamps(api, kind, limit=1)
    one = page["features"][0]["id"]
    return ["", "/conformance", "/api", "/collections", f"/collections/{kind}",
            f"/collections/{kind}/schema", f"/collections/{kind}/items",
            f"/collections/{kind}/items/{quote(one)}"]


def test_html(api):
    """A page of every resource, in the language of the browser, for screen readers too."""
    api = api.with_(NGSILD_Tenant=name("village"))
    thing = api.create(type=name("Lamp"), lamps=1)
    for path in pages_of(api, thing["type"]):
        page = api.get("/ogc" + path, headers=FRENCH).ok()
        text = page.body.decode()
        assert page.type == "text/html; charset=utf-8", page
        assert "script" not in page.headers["Content-Security-Policy"]
        assert '<html lang="fr">' in text and text.count("<h1>") == 1, text
        assert 'href="#main"' in text and '<main id="main"' in text
        for cell in re.findall("<th(?: [^>]*)?>", text):
            assert "scope=" in cell, text
        english = api.get("/ogc" + path, f="html", headers={"Accept": "*/*"}).ok()
        assert '<html lang="en">' in english.body.decode()
        for href in re.findall('href="([^"#]+)"', text):
            href = href.replace("&amp;", "&").removeprefix(api.base)
            api.get(href, headers={"Accept": "*/*"}).ok()
    assert api.get("/assets/style.css").ok().type == "text/css; charset=utf-8"


def test_html_pages(api, kind):
    """The page of features leads to the next one."""
    text = api.get(f"/ogc/collections/{kind}/items?limit=10&f=html").ok().body.decode()
    assert text.count("<tr>") == 11
    path = re.search(r'href="([^"]+after=\d+)"', text).group(1).replace("&amp;", "&")
    text = api.get(path.removeprefix(api.base)).ok().body.decode()
    assert text.count("<tr>") == 3 and "Next page" not in text


def test_html_escapes(api):
    """What data hold is text, whatever it looks like."""
    thing = api.create(type=name("Evil"), note='<script>alert("x")</script>&',
                       location={"type": "Point", "coordinates": [1, 2]})
    for path in ("/items", "/items/" + quote(thing["id"])):
        text = api.get(f"/ogc/collections/{thing['type']}{path}?f=html").ok().body.decode()
        assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;" in text
        assert "<script" not in text
    text = api.get("/ogc?f=html", headers={"Host": 'a"><script>'}).body.decode()
    assert "<script" not in text


def test_behind_a_proxy(api):
    """Links lead to where the client came from."""
    headers = {"X-Forwarded-Host": "city.example", "X-Forwarded-Proto": "https"}
    for link in api.get("/ogc", headers=headers).ok().json["links"]:
        assert link["href"].startswith("https://city.example/ogc"), link


def test_links_keep_parameters(api, kind):
    _, page = lamps(api, kind, limit=2, state="on", bbox="0,0,90,90")
    link = rels(page)["next"][0]["href"]
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
    assert asked.pop("after") and asked == {"limit": ["2"], "state": ["on"],
                                            "bbox": ["0,0,90,90"]}


def test_head(broker, kind):
    """A HEAD request says what GET would."""
    api = Api(broker)
    answer = api.head(f"/ogc/collections/{kind}/items").ok()
    assert answer.type == "application/geo+json" and answer.body == b""
    api.close()
