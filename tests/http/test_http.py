# SPDX-License-Identifier: Apache-2.0
"""HTTP as such: methods, status codes, headers, limits, raw targets, smuggling (6.2, 6.3)."""

import gzip
import json
import time

import pytest

from client import API, ERRORS, name, quote, uid
from wire import Wire, exchange

EXPOSED = {"Link", "Location", "NGSILD-Results-Count", "NGSILD-Tenant", "NGSILD-Warning",
           "NGSILD-EntityMap", "Content-Range"}


def listed(text):
    return {word.strip() for word in (text or "").split(",")} - {""}


def request(method="GET", target="/health", *headers, body="", host="x"):
    lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host else []), *headers]
    return "\r\n".join(lines) + "\r\n\r\n" + body


# methods and paths

RESOURCES = {
    "entities": "GET, HEAD, POST, DELETE, OPTIONS",
    "entities/urn:a:b": "GET, HEAD, PUT, PATCH, DELETE, OPTIONS",
    "entities/urn:a:b/attrs": "POST, PATCH, OPTIONS",
    "entities/urn:a:b/attrs/p": "PATCH, PUT, DELETE, OPTIONS",
    "entityOperations/create": "POST, OPTIONS",
    "entityOperations/upsert": "POST, OPTIONS",
    "entityOperations/update": "POST, OPTIONS",
    "entityOperations/merge": "POST, OPTIONS",
    "entityOperations/delete": "POST, OPTIONS",
    "entityOperations/query": "POST, OPTIONS",
}


@pytest.mark.parametrize("path, methods", RESOURCES.items())
def test_wrong_methods(api, path, methods):
    """A verb that a resource lacks is 405 with Allow (6.3.2)."""
    allowed = listed(methods)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        if method not in allowed:
            answer = api.request(method, path)
            answer.problem(405, "InvalidRequest", method)
            assert allowed <= listed(answer.headers["Allow"])


@pytest.mark.parametrize("path, methods", RESOURCES.items())
def test_options(api, path, methods):
    """OPTIONS says what is allowed, on every resource (T20)."""
    answer = api.options(path)
    assert answer.status in (200, 204) and answer.body == b""
    assert listed(methods) <= listed(answer.headers["Allow"])


@pytest.mark.parametrize("path", ["/nothing", "/pages", "/ngsi-ld", "/ngsi-ld/v1/", "/ngsi-ld/v1/nothing",
                                  "/ngsi-ld/v2/entities", "/ngsi-ld/v1/entities/urn:a:b/zz",
                                  "/ngsi-ld/v1/entityOperations",
                                  "/ngsi-ld/v1/entities/urn:a:b/attrs/p/q"])
def test_unknown_paths(api, path):
    """An unknown path is 404, as JSON, whatever the method (6.3.2, T12)."""
    for method in ("GET", "POST", "PATCH"):
        api.request(method, path).problem(404, "ResourceNotFound")
    assert api.head(path).status == 404


@pytest.mark.parametrize("method, path, status, kind", [
    ("PUT", "entities/", 400, "BadRequestData"), ("PATCH", "entities/", 400, "BadRequestData"),
    ("PATCH", "entities//attrs", 400, "BadRequestData"),
    ("PATCH", "entities/urn:a:b/attrs/", 404, "ResourceNotFound"),
])
def test_empty_segments(api, method, path, status, kind):
    """An entity without an id is a bad id, not another resource (5.6.17.4)."""
    api.request(method, path, {"p": 1}).problem(status, kind)


@pytest.mark.parametrize("path", ["entities/?type=Zz", "entities?type=Zz&", "entities/?&type=Zz"])
def test_slashes_before_the_query(api, path):
    """A trailing slash and empty pieces of a query string change nothing (T1)."""
    assert api.get(path).ok().json == []


def test_segments_are_split_before_they_are_decoded(api):
    """%2F belongs to its segment; '+' in a path is a plus (T2)."""
    entity = api.create(id=f"urn:x:{name('a')}/b+c%2Fé")
    assert api.get(f"entities/{quote(entity['id'])}").ok().json["id"] == entity["id"]
    raw = entity["id"].replace("%", "%25").replace("/", "%2F").replace("é", "%C3%A9")
    assert api.get(f"entities/{raw}").ok().json["id"] == entity["id"]


@pytest.mark.parametrize("target, word", [
    ("/ngsi-ld/v1/entities/urn:a%zz", "path"), ("/ngsi-ld/v1/entities/urn:a%4", "path"),
    ("/ngsi-ld/v1/entities/urn:a%ff", "path"), ("/ngsi-ld/v1/entities/urn:a%00b", "path"),
    ("/ngsi-ld/v1/entities?type=%zz", "query string"),
    ("/ngsi-ld/v1/entities?type=%ff", "query string"),
    ("/ngsi-ld/v1/entities?type=a%00b", "query string"),
    ("/ngsi-ld/v1/entities?%C3=1", "query string"),
])
def test_broken_escapes(api, target, word):
    """A malformed escape, one that is no UTF-8, or NUL is InvalidRequest."""
    api.get(target).problem(400, "InvalidRequest", word)


def test_absolute_targets(api, broker):
    """A proxy's absolute target is understood."""
    answer = exchange(broker, request("GET", f"http://x{API}/entities?type=Zz"))
    assert answer.ok().json == []


# bodies


@pytest.mark.parametrize("content_type, status", [
    ("application/json", 201), ("application/json; charset=utf-8", 201),
    ('application/json;charset="UTF-8"', 201), ("Application/JSON", 201),
    ("application/json; charset=latin1", 415), ("text/plain", 415), ("application/xml", 415),
    ("application/merge-patch+json", 415), ("application/geo+json", 415), ("", 415),
    (None, 415), ("application/jsonx", 415), ("*/*", 415),
])
def test_content_types(api, content_type, status):
    """Bodies are json or ld+json; anything else is 415, whose Accept says so (6.3.4, T3)."""
    answer = api.post("entities", {"id": uid(), "type": "T"},
                      headers={"Content-Type": content_type})
    if status == 415:
        assert answer.empty(415).headers["Accept"] == "application/json, application/ld+json"
    else:
        answer.ok(201)


@pytest.mark.parametrize("method, path", [
    ("POST", "entities"), ("PUT", "entities/urn:a:b"), ("PATCH", "entities/urn:a:b"),
    ("POST", "entities/urn:a:b/attrs"), ("POST", "entityOperations/create"),
    ("POST", "entityOperations/query")])
def test_empty_bodies(api, method, path):
    """A write without a body is InvalidRequest (5.5.4)."""
    api.request(method, path, "").problem(400, "InvalidRequest", "body")


def test_missing_length(broker):
    """A body without Content-Length is 411 (6.3.4)."""
    answer = exchange(broker, request("POST", f"{API}/entities",
                                      "Content-Type: application/json"))
    answer.empty(411)


def test_chunked_bodies(broker):
    """Chunked bodies are either read or refused with 411, never misread (6.3.4)."""
    body = json.dumps({"id": uid(), "type": "T"})
    text = request("POST", f"{API}/entities", "Content-Type: application/json",
                   "Transfer-Encoding: chunked",
                   body=f"{len(body):x}\r\n{body}\r\n0\r\n\r\n")
    answer = exchange(broker, text)
    if answer.status != 201:
        answer.empty(411)


def test_body_beyond_the_limit(broker, api):
    """A body beyond the limit is 413 before it is sent (6.3.4)."""
    text = request("POST", f"{API}/entities", "Content-Type: application/json",
                   "Content-Length: 999999999")
    exchange(broker, text).problem(413, "InvalidRequest")
    api.get("/health").ok()


def test_expect_continue(broker):
    """Expect: 100-continue is answered before the body, or refused at once."""
    body = json.dumps({"id": uid(), "type": "T"})
    with Wire(broker) as wire:
        wire.send(request("POST", f"{API}/entities", "Content-Type: application/json",
                          "Expect: 100-continue", f"Content-Length: {len(body)}"))
        assert b"100" in wire.socket.recv(12)
        while not wire.data.endswith(b"\r\n\r\n"):
            wire._read()
        wire.data = b""
        wire.send(body).answer().ok(201)
    with Wire(broker) as wire:
        wire.send(request("POST", f"{API}/entities", "Content-Type: application/json",
                          "Expect: 100-continue", "Content-Length: 999999999"))
        wire.answer().problem(413, "InvalidRequest")


# sizes of what comes before the body


def test_long_targets(broker):
    """A target beyond the limit is 414, one below is read (T12)."""
    exchange(broker, request("GET", f"{API}/entities?type=T&id=urn:{'a' * 6000}")).ok()
    answer = exchange(broker, request("GET", f"/{'a' * 300000}"))
    answer.problem(414, "InvalidRequest")


def test_long_headers(broker):
    """Headers beyond the limit are 431 (T12)."""
    answer = exchange(broker, request("GET", "/health", f"X-Long: {'a' * 300000}"))
    answer.problem(431, "InvalidRequest")
    many = [f"X-{i}: {'b' * 100}" for i in range(3000)]
    exchange(broker, request("GET", "/health", *many)).problem(431, "InvalidRequest")


# what libmicrohttpd would let pass (clients.md 3)

ENTITY = json.dumps({"id": "urn:x:smuggled", "type": "T"})
JSON = "Content-Type: application/json"


SMUGGLED = [
    request("POST", f"{API}/entities", JSON, f"Content-Length: {len(ENTITY)}",
            f"Content-Length: {len(ENTITY) - 1}", body=ENTITY),
    request("POST", f"{API}/entities", JSON, f"Content-Length: {len(ENTITY)}",
            f"Content-Length: {len(ENTITY)}", body=ENTITY),
    request("POST", f"{API}/entities", JSON, f"Content-Length: {len(ENTITY)}, 5", body=ENTITY),
    request("POST", f"{API}/entities", JSON, f"Content-Length: {len(ENTITY)}",
            "Transfer-Encoding: chunked", body=f"{len(ENTITY):x}\r\n{ENTITY}\r\n0\r\n\r\n"),
    request("POST", f"{API}/entities", JSON, "Transfer-Encoding: gzip, chunked",
            body=f"{len(ENTITY):x}\r\n{ENTITY}\r\n0\r\n\r\n"),
    request("POST", f"{API}/entities", JSON, "Transfer-Encoding: identity", body=ENTITY),
    request("POST", f"{API}/entities", JSON, "Content-Length: -5", body=ENTITY),
    request("POST", f"{API}/entities", JSON, f"Content-Length: +{len(ENTITY)}", body=ENTITY),
    request("POST", f"{API}/entities", JSON, "Content-Length: 5x", body=ENTITY),
    request("POST", f"{API}/entities", JSON, f"Content-Length : {len(ENTITY)}", body=ENTITY),
    request("GET", f"{API}/entities?type=T", host=None),
    request("GET", f"{API}/entities?type=T", "Host: y"),
    request("GET", f"{API}/entities?type=T").replace("\r\n", "\n"),
    f"GET {API}/entities?type=T HTTP/1.1\nHost: x\r\n\r\n",
    f"GET {API}/entities?q=a b HTTP/1.1\r\nHost: x\r\n\r\n",
    f"GET {API}/entities?type=T HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n folded\r\n\r\n",
    f"GET {API}/entities?type=T HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
    f"GET {API}/entities?type=T HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n",
    f"GET {API}/entities?type=T HTTP/1.1\r\nHost: x\r\nX-A: a\rb\r\n\r\n",
    f"GET {API}/entities?type=T HTTP/9.9\r\nHost: x\r\n\r\n",
    f"GET {API}/entities?type=T\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "nonsense\r\n\r\n",
]


@pytest.mark.parametrize("text", SMUGGLED, ids=range(len(SMUGGLED)))
def test_smuggling(broker, api, text):
    """Requests that two programs could read differently are refused, in JSON or by closing,
    and nothing of them is done."""
    with Wire(broker) as wire:
        wire.send(text.encode("latin1"))
        answer = wire.answer()
        if answer is not None:
            assert 400 <= answer.status < 506, answer
            assert answer.type == "application/json", answer
            assert answer.json["type"].startswith(ERRORS)
            # What follows in the connection is not a request of anybody's.
            assert wire.ended()
    api.get("entities/urn:x:smuggled").problem(404, "ResourceNotFound")


def test_pipelining(broker):
    """Requests sent together are answered in their order."""
    with Wire(broker) as wire:
        wire.send(request("GET", "/health") + request("GET", f"{API}/entities?type=Zz")
                  + request("GET", "/version"))
        assert wire.answer().json == {"status": "UP"}
        assert wire.answer().json == []
        assert wire.answer().json["name"] == "calanque"


def test_keep_alive_and_close(broker):
    """Connections are kept; Connection: close and HTTP/1.0 end them."""
    with Wire(broker) as wire:
        for _ in range(3):
            wire.send(request("GET", "/health")).answer().ok()
        wire.send(request("GET", "/health", "Connection: close")).answer().ok()
        assert wire.ended()
    with Wire(broker) as wire:
        wire.send("GET /health HTTP/1.0\r\n\r\n").answer().ok()
        assert wire.ended()


def test_errors_keep_the_connection(broker):
    """A refused request does not cost the connection, where its end is known."""
    with Wire(broker) as wire:
        wire.send(request("GET", "/nothing")).answer().problem(404, "ResourceNotFound")
        wire.send(request("POST", f"{API}/entities", JSON, "Content-Length: 1", body="{")
                  ).answer().problem(400, "InvalidRequest")
        wire.send(request("GET", "/health")).answer().ok()


# headers of answers


def test_no_content_has_no_length(api):
    """204 has neither body nor Content-Length (6.3.6)."""
    entity = api.create(p=1)
    answer = api.patch(f"entities/{entity['id']}", {"p": 2}).empty()
    assert answer.headers["Content-Length"] in (None, "0")


def test_cors(api):
    """Every answer, errors too, may be read by pages of other origins, with the NGSI-LD
    headers exposed (T20)."""
    origin = {"Origin": "https://page.example"}
    for answer in (api.get("entities?type=T", headers=origin),
                   api.get("entities/urn:a:none", headers=origin),
                   api.get("/nothing", headers=origin)):
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://page.example")
        assert EXPOSED <= listed(answer.headers["Access-Control-Expose-Headers"])


def test_cors_preflight(api):
    """A preflight is answered with methods and headers (T20)."""
    answer = api.options("entities/urn:a:b", headers={
        "Origin": "https://page.example", "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "content-type, link, ngsild-tenant"})
    assert answer.status in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://page.example")
    assert {"GET", "PATCH", "DELETE"} <= listed(answer.headers["Access-Control-Allow-Methods"])
    allowed = {h.lower() for h in listed(answer.headers["Access-Control-Allow-Headers"])}
    assert "*" in allowed or {"content-type", "link", "ngsild-tenant"} <= allowed


def test_gzip(api):
    """Large answers are compressed for who asks, with Vary; small ones are not (T21)."""
    tenant = api.with_(**{"NGSILD-Tenant": name("gzip")})
    tenant.post("entityOperations/create",
                [{"id": uid(), "type": "T", "p": "x" * 100} for _ in range(50)]).ok(201)
    path = "entities?type=T&limit=50"
    plain = tenant.get(path).ok()
    assert plain.headers["Content-Encoding"] is None
    for accept in ("gzip", "gzip, deflate, br", "x-gzip", "br;q=1, *;q=0.5"):
        packed = tenant.get(path, headers={"Accept-Encoding": accept}).ok()
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "accept-encoding" in packed.headers["Vary"].lower()
        assert gzip.decompress(packed.body) == plain.body
    for accept in ("br", "gzip;q=0", "identity"):
        answer = tenant.get(path, headers={"Accept-Encoding": accept}).ok()
        assert answer.headers["Content-Encoding"] is None and answer.body == plain.body
    small = tenant.get("entities?type=Zz", headers={"Accept-Encoding": "gzip"}).ok()
    assert small.headers["Content-Encoding"] is None
    head = tenant.head(path, headers={"Accept-Encoding": "gzip"}).ok()
    assert head.body == b""


def test_request_ids(api):
    """Each answer has an X-Request-Id; a sane one of the client's is kept."""
    first = api.get("/health").headers["X-Request-Id"]
    second = api.get("/health").headers["X-Request-Id"]
    assert first and second and first != second
    given = "client-4711"
    assert api.get("/health", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given
    evil = "a" * 5000
    answer = api.get("/health", headers={"X-Request-Id": evil}).ok()
    assert len(answer.headers["X-Request-Id"]) < 200


def test_head_everywhere(api):
    """HEAD works wherever GET does, also outside of NGSI-LD."""
    for path in ("/health", "/version", "/metrics", "entities?type=T"):
        got, head = api.get(path), api.head(path)
        assert head.status == got.status == 200 and head.body == b""
        assert head.type == got.type


# slowness


def test_slow_requests_are_cut_off(new_broker):
    """A client that sends a request byte by byte, or stops halfway, is cut off; others are
    served meanwhile."""
    broker = new_broker("--timeout", "1s").start()
    with Wire(broker.base) as slow, Wire(broker.base) as half:
        slow.send("GET /health HTT")
        half.send(request("POST", f"{API}/entities", JSON, "Content-Length: 100", body="{"))
        start = time.monotonic()
        while time.monotonic() - start < 0.5:
            broker.api.get("/health").ok()
        for wire in (slow, half):
            answer = wire.answer()
            assert answer is None or answer.status == 408
            assert wire.ended()
        assert time.monotonic() - start < 10
    broker.api.get("/health").ok()
