# SPDX-License-Identifier: Apache-2.0
"""Bad input: whatever a client sends, it is told what is wrong, and the broker lives on.

Every test here ends with the broker answering another request."""

import json
import random
import socket

import pytest

from client import API, CORE, link, name, quote, uid
from wire import Wire

ENTITIES = f"{API}/entities"


@pytest.fixture(autouse=True)
def still_there(api):
    """After each test the broker answers, and stores what it is given."""
    yield
    entity = api.create(p=1)
    assert api.entity(entity["id"])["p"]["value"] == 1


def post(api, body, kind="application/json"):
    return api.post("entities", body, headers={"Content-Type": kind})


# JSON


@pytest.mark.parametrize("body, words", [
    ("{", ["line 1"]),
    ('{"id": "urn:a:b",}', ["line 1", "column 18"]),
    ('{"id": "urn:a:b"', ["line 1"]),
    ("{'id': 'urn:a:b'}", ["line 1"]),
    ('{"id" "urn:a:b"}', ["line 1"]),
    ('{\n  "id": urn\n}', ["line 2"]),
    ('{"id": "urn:a:b"} x', ["line 1"]),
    ('{"p": 01}', ["line 1"]),
    ('{"p": +1}', ["line 1"]),
    ('{"p": 1.}', ["line 1"]),
    ('{"p": .5}', ["line 1"]),
    ('{"p": 1e}', ["line 1"]),
    ('{"p": NaN}', ["line 1"]),
    ('{"p": Infinity}', ["line 1"]),
    ('{"p": tru}', ["line 1"]),
    ('{"p": "a\nb"}', ["line 1"]),
    ('{"p": "\\x"}', ["line 1"]),
    ('{"p": "\\u12"}', ["line 1"]),
    ('{"p": "\\ud800"}', ["line 1"]),
    ('{"p": "\\udc00\\ud800"}', ["line 1"]),
    ('{"p": "unfinished', ["line 1"]),
    ("[1, 2", ["line 1"]),
    ("", []),
    ("   ", []),
    ("// comment\n{}", ["line 1"]),
])
def test_malformed_json(api, body, words):
    """What is no JSON is InvalidRequest and says where it went wrong (5.5.4)."""
    post(api, body).problem(400, "InvalidRequest", "body", *words)


@pytest.mark.parametrize("bad", [
    b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"])
def test_invalid_utf8(api, bad):
    """Bytes that are no UTF-8 are refused, in values and in names (4.6.1)."""
    post(api, b'{"id":"urn:a:b","type":"T","p":"' + bad + b'"}'
         ).problem(400, "InvalidRequest", "body", "UTF-8")
    post(api, b'{"id":"urn:a:b","type":"T","p' + bad + b'":1}'
         ).problem(400, "InvalidRequest", "body", "UTF-8")


def test_nul(api):
    """NUL cannot be stored: refused raw and escaped, wherever it stands (4.6.4)."""
    post(api, b'{"id":"urn:a:b","type":"T","p":"a\0b"}').problem(400, "InvalidRequest", "body")
    for body in ('{"id":"urn:a:b","type":"T","p":"a\\u0000b"}',
                 '{"id":"urn:a:b","type":"T","p":{"value":{"a\\u0000":1}}}',
                 '{"id":"urn:a:b\\u0000","type":"T"}', '{"id":"urn:a:b","type":"T\\u0000"}'):
        answer = post(api, body)
        assert answer.status == 400, answer
        answer.problem(400, answer.json["type"].rsplit("/", 1)[1])


@pytest.mark.parametrize("body, key", [
    ('{"id":"urn:a:b","id":"urn:c:d","type":"T"}', "/id"),
    ('{"id":"urn:a:b","type":"T","p":1,"p":2}', "/p"),
    ('{"id":"urn:a:b","type":"T","p":{"value":{"a":1,"a":2}}}', "/p/value/a"),
    ('{"id":"urn:a:b","type":"T","p":{"value":{"a":1,"\\u0061":2}}}', "/p/value/a"),
])
def test_duplicate_keys(api, body, key):
    """A member that comes twice is refused by name: which one counts is anybody's guess."""
    post(api, body).problem(400, "InvalidRequest", f"duplicate key at {key}")


def test_both_an_alias_and_its_term(api):
    """id and @id, or a name and its IRI, are the same member twice."""
    post(api, {"id": "urn:a:b", "@id": "urn:c:d", "type": "T"}
         ).problem(400, "BadRequestData", "id")
    vocab = "https://uri.etsi.org/ngsi-ld/default-context/"
    post(api, {"id": "urn:a:b", "type": "T", "p7": 1, vocab + "p7": 2}
         ).problem(400, "BadRequestData", "p7")


# bombs


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("depth", [65, 5000, 1000000])
def test_depth_bombs(api, opening, closing, depth):
    """Nesting beyond the limit is refused, and the limit is told."""
    for body in (opening * depth, opening * depth + "1" + closing * depth):
        answer = post(api, '{"id":"urn:a:b","type":"T","p":' + body + "}")
        answer.problem(400, "InvalidRequest", "64")


def test_depth_below_the_limit(api):
    """Nesting that the limit allows is stored."""
    value = 1
    for _ in range(55):
        value = [value]
    entity = api.create(p={"type": "Property", "value": value})
    assert api.entity(entity["id"])["p"]["value"] == value


def test_depth_of_attributes(api):
    """Sub-attributes of sub-attributes come to an end, too."""
    deep = {"type": "Property", "value": 1}
    for _ in range(200):
        deep = {"type": "Property", "value": 1, "p": deep}
    post(api, {"id": uid(), "type": "T", "p": deep}).problem(400, "InvalidRequest", "64")


def test_size_bomb(api):
    """A body beyond the limit is 413; one just below is read (6.3.4)."""
    limit = 10 * 1024 * 1024
    post(api, b" " * (limit + 1)).problem(413, "InvalidRequest", str(limit))
    entity = {"id": uid(), "type": "T", "p": "x" * (limit - 500)}
    post(api, entity).ok(201)
    assert len(api.get(f"entities/{entity['id']}").ok().body) > limit - 600
    api.delete(f"entities/{entity['id']}").empty()


@pytest.mark.parametrize("body", [
    "[" + "1," * 500000 + "1]",
    '{"a":' + "[[]," * 60 + "1" + "]" * 60 + "}",
    "{" + ",".join(f'"k{i}":1' for i in range(100000)) + "}",
    '"' + "\\u0041" * 500000 + '"',
    "1" * 1000000,
    "-" + "0." + "1" * 1000000,
    "1e" + "9" * 100000,
], ids=["array", "comb", "object", "escapes", "digits", "fraction", "exponent"])
def test_heavy_values(api, body):
    """Values that are large in every direction are stored or refused, never fatal."""
    id_ = uid()
    answer = post(api, f'{{"id":"{id_}","type":"T","p":{{"value":{body}}}}}')
    assert answer.status in (201, 400, 403, 413), answer
    if answer.status == 201:
        assert api.get(f"entities/{id_}").ok().body
        api.delete(f"entities/{id_}").empty()


def test_many_attributes(api):
    """Thousands of attributes, instances and types make an entity like any other."""
    entity = {"id": uid(), "type": [f"T{i}" for i in range(500)],
              "scope": [f"/s{i}" for i in range(500)],
              **{f"p{i}": {"type": "Property", "value": i} for i in range(3000)},
              "m": [{"type": "Property", "value": i, "datasetId": f"urn:d:{i}"}
                    for i in range(1000)]}
    answer = post(api, entity)
    if answer.status == 201:
        got = api.entity(entity["id"])
        assert len(got["m"]) == 1000 and len(got) == 3004 and len(got["type"]) == 500
        api.delete(f"entities/{entity['id']}").empty()
    else:
        answer.problem(400, "BadRequestData")


# URIs


@pytest.mark.parametrize("id_", [
    "no-uri", "", " ", "urn", "urn:", ":a", "1a:b", "a b:c", "http//x", "urn:a b", "urn:a\nb",
    "urn:a<b", "urn:a>b", 'urn:a"b', "urn:a{b", "urn:a\\b", "urn:a^b", "urn:a`b", "urn:a|b"])
def test_bad_uris(api, id_):
    """What is no URI is refused in the body and in the path (5.2.1, RFC 3986)."""
    post(api, {"id": id_, "type": "T"}).problem(400, "BadRequestData", "/id", "URI")
    if id_:
        api.get(f"entities/{quote(id_)}").problem(400, "BadRequestData", "URI")


def test_very_long_names(api):
    """Ids, types, attribute names and scopes of any length are stored or refused."""
    for body in ({"id": "urn:x:" + "a" * 100000, "type": "T"},
                 {"id": uid(), "type": "T" * 100000},
                 {"id": uid(), "type": "T", "p" * 100000: 1},
                 {"id": uid(), "type": "T", "scope": "/s" * 50000},
                 {"id": uid(), "type": "T", "p": {"value": 1, "datasetId": "urn:" + "d" * 99999}}):
        answer = post(api, body)
        if answer.status != 201:
            answer.problem(400, "BadRequestData")


# geometry


@pytest.mark.parametrize("geometry, word", [
    ({"type": "Point"}, "coordinates"),
    ({"type": "Point", "coordinates": []}, "coordinates"),
    ({"type": "Point", "coordinates": [1]}, "coordinates"),
    ({"type": "Point", "coordinates": ["1", "2"]}, "coordinates"),
    ({"type": "Point", "coordinates": [[1, 2]]}, "coordinates"),
    ({"type": "Point", "coordinates": "1,2"}, "coordinates"),
    ({"type": "Point", "coordinates": {"x": 1}}, "coordinates"),
    ({"type": "Point", "coordinates": [1, 2, 3, 4, 5]}, "coordinates"),
    ({"type": "Point", "coordinates": [181, 0]}, "-180 and 180"),
    ({"type": "Point", "coordinates": [0, -91]}, "-90 and 90"),
    ({"type": "Point", "coordinates": [1e400, 0]}, "coordinates"),
    ({"type": "LineString", "coordinates": [[1, 2]]}, "coordinates"),
    ({"type": "LineString", "coordinates": [1, 2]}, "coordinates"),
    ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}, "coordinates"),
    ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "closed"),
    ({"type": "Polygon", "coordinates": [[0, 0], [1, 1]]}, "coordinates"),
    ({"type": "Polygon", "coordinates": []}, "coordinates"),
    ({"type": "MultiPolygon", "coordinates": [[[0, 0], [1, 1]]]}, "coordinates"),
    ({"type": "GeometryCollection", "geometries": []}, "GeometryCollection"),
    ({"type": "Circle", "coordinates": [1, 2]}, "MultiPolygon"),
    ({"coordinates": [1, 2]}, "type"),
    ("POINT(1 2)", "/location/value"),
    ('{"type":"Point","coordinates":[1]}', "coordinates"),
    (5, "/location/value"),
    ([1, 2], "/location/value"),
])
def test_bad_geometry(api, geometry, word):
    """A geometry that GeoJSON does not allow is refused, with the place (4.7)."""
    text = json.dumps({"id": uid(), "type": "T", "location": {
        "type": "GeoProperty", "value": geometry}}).replace("Infinity", "1e400")
    post(api, text).problem(400, "BadRequestData", "/location/value", word)


def test_geometry_beyond_postgis(api):
    """What PostGIS may stumble over is stored and searched: repeated points, a polygon that
    crosses itself, one with a very long ring, the poles and the antimeridian (4.7)."""
    type_ = name("Odd")
    ring = [[i / 1000, (i % 7) / 10] for i in range(5000)]
    for coordinates in ([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]],
                        [[[0, 0], [0, 0], [0, 0], [0, 0]]], [ring + [ring[0]]],
                        [[[170, 80], [-170, 80], [-170, 90], [170, 90], [170, 80]]],
                        [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]):
        api.create(type=type_, location={"type": "GeoProperty", "value": {
            "type": "Polygon", "coordinates": coordinates}})
    point = {"geometry": "Point", "coordinates": "[0.5,0.5]"}
    square = {"geometry": "Polygon",
              "coordinates": "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]"}
    for rel in ("near;maxDistance==10", "near;minDistance==10", "within", "contains",
                "overlaps", "intersects", "equals", "disjoint"):
        for shape in (point, square):
            answer = api.get("entities", type=type_, georel=rel, **shape)
            assert answer.status == 200 or answer.problem(400, "BadRequestData"), answer


# query strings


@pytest.mark.parametrize("q", [
    "(" * 2000, "(" * 1000 + "a" + ")" * 1000, ";".join(["a==1"] * 5000),
    "|".join(f"a{i}" for i in range(3000)), "a==" + ",".join(str(i) for i in range(5000)),
    "a." * 3000 + "b", "a[" + "b." * 3000 + "c]", 'a=="' + "x" * 30000 + '"',
    "a==" + "9" * 30000, "a~=" + "(" * 3000, 'a~="' + "(a*)*" * 500 + 'b"',
    'a~="(.*.*.*.*.*.*.*.*)*z"', "a{" * 1000, "\u0000", "a==\\", "!" * 1000,
], ids=range(16))
def test_endless_q(api, q):
    """A q that does not end is answered: found, not found, or refused as too complex or
    wrong (4.9, 5.5.6)."""
    # In the body, where it may be longer than a URL.
    body = {"type": "Query", "q": q, "entities": [{"type": name("None")}]}
    answer = api.post("entityOperations/query?local=true", body)
    if answer.status != 200:
        kind = answer.json["type"].rsplit("/", 1)[1]
        assert (answer.status, kind) in ((400, "BadRequestData"), (403, "TooComplexQuery"),
                                         (400, "InvalidRequest")), answer
        answer.problem(answer.status, kind)


@pytest.mark.parametrize("params", [
    {"type": "(" * 3000}, {"type": "A|" * 3000 + "A"}, {"type": "(" + "A;" * 3000 + "A)"},
    {"scopeQ": "(" * 3000}, {"scopeQ": "|".join(["/a"] * 2000)}, {"scopeQ": "/a" * 3000},
    {"idPattern": "(" * 3000}, {"idPattern": "(a*)*" * 500 + "b"}, {"idPattern": "[[:alpha:"},
    {"idPattern": "a{99999}"}, {"id": ",".join(f"urn:a:{i}" for i in range(500))},
    {"attrs": ",".join(f"a{i}" for i in range(1500))}, {"pick": "a{" * 2000},
    {"orderBy": "x"}, {"lang": "," * 3000}, {"lang": "fr;q=" + "9" * 3000},
    {"datasetId": "," * 3000}, {"options": "," * 3000},
], ids=range(18))
def test_endless_parameters(api, params):
    """The other languages have an end as well (4.17, 4.19, 4.21, 4.15)."""
    answer = api.get("entities", **{"local": "true", "type": "Zz", **params})
    if answer.status != 200:
        kind = answer.json["type"].rsplit("/", 1)[1]
        assert answer.status in (400, 403), answer
        answer.problem(answer.status, kind)


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "*a", "\\", "(?<x", "a**"])
def test_bad_patterns(api, pattern):
    """A pattern that is no POSIX regular expression is refused by the name of its place."""
    answer = api.get("entities", local="true", type="Zz", idPattern=pattern)
    if answer.status != 200:
        answer.problem(400, "BadRequestData", "idPattern")
    answer = api.get("entities", local="true", type="Zz", q=f'a~="{pattern}"')
    if answer.status != 200:
        answer.problem(400, "BadRequestData", "q: ")


@pytest.mark.parametrize("bad", ["no uri", "urn:d:1,", "a", "@one"])
def test_bad_dataset_ids(api, bad):
    """An instance is named by a URI, or @none (4.5.5)."""
    api.get("entities", type="Zz", datasetId=bad
            ).problem(400, "BadRequestData", "datasetId", "URI")


def test_sql_is_never_made_of_input(api):
    """Whatever stands in a parameter is a value, never SQL."""
    evil = "'; DROP TABLE entity; --"
    for params in ({"q": f'a=="{evil}"'}, {"id": "urn:x:';--"}, {"idPattern": "';--"},
                   {"q": f"a[{evil}]==1"}, {"scopeQ": f"/{evil}"}, {"type": evil},
                   {"attrs": evil}, {"lang": evil}, {"datasetId": evil},
                   {"q": "a=='x'"}, {"limit": "1;--"}, {"q": 'a~="$$;"'},
                   {"q": 'a=="$1"'}, {"q": 'a=="%s"'}):
        answer = api.get("entities", **{"type": "Thing", **params})
        assert answer.status in (200, 400), answer


# contexts


def test_context_that_includes_itself(api, pages):
    """A loop of @contexts ends with an error that names it (5.5.7)."""
    one, two = pages.url + "/1.jsonld", pages.url + "/2.jsonld"
    pages.put("/1.jsonld", json.dumps({"@context": [two]}))
    pages.put("/2.jsonld", json.dumps({"@context": one}))
    for url in (one, two):
        api.get("entities?type=T", headers={"Link": link(url)}
                ).problem(400, "BadRequestData", url, "leads back to itself")
        api.post("entities", {"id": uid(), "type": "T", "@context": url}
                 ).problem(400, "BadRequestData", url, "leads back to itself")


def test_context_of_endless_contexts(api, pages):
    """A chain of ever new @contexts, or a great many in one, is cut off (5.5.7)."""
    for i in range(100):
        pages.put(f"/{i}.jsonld", json.dumps({"@context": f"{pages.url}/{i + 1}.jsonld"}))
    api.get("entities?type=T", headers={"Link": link(pages.url + "/0.jsonld")}
            ).problem(400, "BadRequestData", "too many @contexts within each other")
    assert len(pages.seen) < 100
    many = [pages.put(f"/m{i}.jsonld", '{"@context": {}}') for i in range(500)]
    answer = api.post("entities", {"id": uid(), "type": "T", "@context": many})
    assert answer.status == 201 or answer.problem(400, "BadRequestData", "@context")


def test_heavy_contexts(api):
    """Terms by the thousand, and terms defined by each other in a circle, do no harm."""
    big = {f"t{i}": f"https://example.org/{i}" for i in range(20000)}
    id_ = uid()
    api.post("entities", {"id": id_, "type": "T", "t7": 1, "@context": big}).ok(201)
    assert "https://example.org/7" in api.entity(id_, headers={"Link": link(CORE)})
    circle = {"a": "b:x", "b": "a:x"}
    answer = api.post("entities", {"id": uid(), "type": "T", "a": 1, "@context": circle})
    assert answer.status == 201 or answer.problem(400, "BadRequestData", "@context")
    deep = {}
    for _ in range(60):
        deep = [deep]
    answer = api.post("entities", {"id": uid(), "type": "T", "@context": deep})
    assert answer.status == 201 or answer.problem(400, "BadRequestData", "@context")


# connections that misbehave


def test_bodies_that_stop_halfway(broker, api):
    """A body that ends early is no request: nothing of it is stored."""
    body = b'{"id":"urn:x:half","type":"T"}'
    head = (f"POST {ENTITIES} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    for cut in (0, 1, len(body) - 1):
        with Wire(broker) as wire:
            wire.send(head + body[:cut])
            wire.socket.shutdown(socket.SHUT_WR)
            answer = wire.answer()
            assert answer is None or 400 <= answer.status < 500, answer
    api.get("entities/urn:x:half").problem(404, "ResourceNotFound")


def test_clients_that_never_read(broker, api):
    """Clients that ask a lot and read nothing cost nobody else anything."""
    type_ = name("Heavy")
    for _ in range(10):
        api.create(type=type_, p="x" * 200000)
    text = f"GET {ENTITIES}?type={type_} HTTP/1.1\r\nHost: x\r\n\r\n" * 20
    wires = [Wire(broker) for _ in range(20)]
    try:
        for wire in wires:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.send(text)
        for _ in range(10):
            api.get("/health").ok()
            api.get("entities", type=type_, limit=1).ok()
    finally:
        for wire in wires:
            wire.socket.close()
    api.get("entities", type=type_, limit=1).ok()


def test_connections_that_vanish(broker, api):
    """Clients that ask and are gone before the answer do no harm."""
    text = f"GET {ENTITIES}?type=Thing HTTP/1.1\r\nHost: x\r\n\r\n"
    for i in range(200):
        with Wire(broker) as wire:
            wire.send(text[:len(text) - i % 40])
    entity = {"id": uid(), "type": "T", "p": 1}
    body = json.dumps(entity)
    for _ in range(50):
        with Wire(broker) as wire:
            wire.send(f"POST {ENTITIES} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                      f"\r\nContent-Length: {len(body)}\r\n\r\n{body}")
    api.get("/health").ok()


def test_random_bytes(broker):
    """Noise is answered with an error or a closed connection (a fixed seed)."""
    noise = random.Random(4711)
    for i in range(200):
        data = noise.randbytes(noise.randrange(1, 400))
        if i % 2:
            data = b"GET /" + data
        with Wire(broker) as wire:
            wire.send(data + b"\r\n\r\n")
            wire.socket.shutdown(socket.SHUT_WR)
            answer = wire.answer()
            assert answer is None or 400 <= answer.status < 600, answer


def test_mangled_requests(api):
    """Good bodies with a few bytes changed never cause a 5xx (a fixed seed)."""
    good = json.dumps({"id": "urn:x:m", "type": ["A", "B"], "scope": ["/a"], "p": {
        "type": "Property", "value": {"a": [1, 2.5, None, True]}, "unitCode": "CEL",
        "observedAt": "2026-01-01T00:00:00Z", "datasetId": "urn:d:1",
        "s": {"type": "Relationship", "object": ["urn:a:b"]}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
        "m": {"languageMap": {"fr": "x"}}, "v": {"vocab": ["x"]},
        "l": {"objectList": [{"object": "urn:a:b"}]}, "@context": [CORE, {"x": "urn:x:"}],
    }).replace("null", "3").encode()
    noise = random.Random(42)
    for _ in range(400):
        body = bytearray(good)
        for _ in range(noise.randrange(1, 4)):
            at = noise.randrange(len(body))
            choice = noise.randrange(3)
            if choice == 0:
                body[at] = noise.randrange(256)
            elif choice == 1:
                del body[at:at + noise.randrange(1, 10)]
            else:
                body[at:at] = noise.choice([b"{", b"[", b'"', b"null", b"-1", b":", b","])
        answer = post(api, bytes(body), "application/ld+json")
        assert answer.status in (201, 400, 409, 504), (bytes(body), answer)
        api.delete("entities/urn:x:m")
