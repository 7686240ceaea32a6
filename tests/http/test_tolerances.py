# SPDX-License-Identifier: Apache-2.0
"""What published clients send and expect beyond the letter of the standard, T1 to T24.

tests/clients runs some of these clients; here each habit is tested alone."""

import datetime
import json
import zlib

import pytest

from client import API, CORE, ERRORS, link, name, quote, uid
from wire import exchange

LD = {"Content-Type": "application/ld+json"}


@pytest.mark.parametrize("path", [
    "entities/", "entities/?type=Thing", "entities/{}/", "entities/{}/?attrs=p", "types/",
    "types/?details=true", "attributes/", "info/sourceIdentity/", "jsonldContexts/"])
def test_t1_slashes_at_the_end(api, path):
    """T1: a slash at the end, also before '?', changes nothing (IoT Agents, ngsildclient)."""
    id_ = api.create(p=1)["id"]
    bare = path.replace("/?", "?").rstrip("/")
    params = {"local": "true"} if bare == "entities" else {}
    with_, without = (api.get(p.format(id_), **params).ok() for p in (path, bare))
    assert len(with_.body) == len(without.body)


def test_t1_writes_with_slashes(api):
    """T1: the same with writes; and the upsert of IoT Agents."""
    entity = {"id": uid(), "type": "Thing", "p": 1}
    api.post("entityOperations/upsert/?options=update", [{**entity, "@context": CORE}],
             headers=LD).ok(201)
    path = f"entities/{entity['id']}/"
    api.patch(path + "attrs/", {"p": 2}).empty()
    api.patch(path + "attrs/p/", {"value": 3}).empty()
    api.post("entityOperations/query/", {"type": "Query", "entities": [{"type": "Thing"}]}).ok()
    api.delete(path).empty()


@pytest.mark.parametrize("encode", [quote, str], ids=["encoded", "raw"])
def test_t2_encoded_or_raw(api, encode):
    """T2: ids and names in paths, encoded or not; names that are URIs with slashes, encoded."""
    id_, attr = uid("A:b@c"), "https://example.org/ns/p#q"
    api.create({"id": id_, attr: 1})
    assert api.get(f"entities/{encode(id_)}").ok().json["id"] == id_
    path = f"entities/{encode(id_)}/attrs/{quote(attr)}"
    api.patch(path, {"value": 2}).empty()
    assert api.entity(id_)[attr]["value"] == 2
    api.delete(path).empty()


@pytest.mark.parametrize("kind", [
    "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8",
    "application/merge-patch+json", "application/merge-patch+json; charset=utf-8"])
def test_t3_content_types(api, kind):
    """T3: every JSON, with a charset or without; ngsijs appends with merge-patch."""
    id_ = api.create(p=1)["id"]
    headers = {"Content-Type": kind}
    api.post(f"entities/{id_}/attrs", {"r": 2}, headers=headers).empty()
    api.patch(f"entities/{id_}/attrs", {"r": 3}, headers=headers).empty()
    api.patch(f"entities/{id_}", {"r": 4}, headers=headers).empty()
    assert api.entity(id_)["r"]["value"] == 4


def test_t3_content_type_without_a_body(api):
    """T3: a Content-Type on GET and DELETE, which have no body, is ignored (ngsildclient)."""
    id_ = api.create(p=1)["id"]
    api.get(f"entities/{id_}", headers=LD).ok()
    api.get("entities?type=Thing", headers={"Content-Type": "text/plain"}).ok()
    api.delete(f"entities/{id_}", headers=LD).empty()


@pytest.mark.parametrize("accept, kind", [
    ("*/*", "application/json"),
    ("application/json, text/plain, */*", "application/json"),
    ("application/ld+json, application/json", "application/json"),
    ("application/ld+json, application/json;q=0.9", "application/ld+json"),
    ("application/geo+json, text/plain, application/json", "application/json"),
    ("application/geo+json, text/plain", "application/geo+json"),
    ("text/plain, application/*", "application/json"),
])
def test_t4_accept(api, accept, kind):
    """T4: lists, wildcards and weights of axios, ngsijs, GDAL, jest (6.3.4)."""
    id_ = api.create(p=1)["id"]
    assert api.get(f"entities/{id_}", headers={"Accept": accept}).ok().type == kind


def test_t5_ld_json_without_terms(api):
    """T5: ids to delete need no @context, whatever the Content-Type; entities do."""
    id_ = api.create(p=1)["id"]
    api.post("entityOperations/delete/", json.dumps([id_]), headers=LD).empty()
    api.post("entities", json.dumps({"id": uid(), "type": "T"}), headers=LD
             ).problem(400, "BadRequestData", "@context")


REL = 'rel="http://www.w3.org/ns/json-ld#context"'


@pytest.mark.parametrize("header", [
    f'<{CORE}>; {REL}; type="application/ld+json',
    f'<{CORE}>; {REL}; type="application/ld+json",',
    f'<{CORE}>; {REL}; type="application/ld+json"\',',
    f'<{CORE}>; type="application/ld+json"; {REL}',
    f'<{CORE}>;{REL};TYPE="application/ld+json"',
    f'<{CORE}>;REL="http://www.w3.org/ns/json-ld#context"',
    f'<{CORE}>; rel=http://www.w3.org/ns/json-ld#context; type=application/ld+json',
    f'<http://example.org/next>; rel="next", <{CORE}>; {REL}; type="application/ld+json"',
])
def test_t6_links(api, header):
    """T6: a Link as the tutorials have it: not closed, a comma at the end, in any order."""
    answer = api.get("types", headers={"Link": header}).ok()
    assert answer.context == CORE, answer


def test_t7_tenants(api):
    """T7: Fiware-Service stands for NGSILD-Tenant, which wins; paths are ignored; names are
    compared without case; the first write creates the tenant, a read of none is 404."""
    called = name("tenant")
    fiware = {"Fiware-Service": called, "Fiware-ServicePath": "/a/b", "NGSILD-Path": "/c"}
    api.get("entities?type=T", headers=fiware).problem(404, "NonexistentTenant")
    entity = {"id": uid(), "type": "T"}
    api.post("entities", entity, headers=fiware).ok(201)
    for headers in ({"NGSILD-Tenant": called}, {"fiware-service": called.upper()},
                    {"NGSILD-Tenant": called, "Fiware-Service": "other"}):
        assert api.get("entities?type=T", headers=headers).ok().ids == [entity["id"]]


def test_t8_counts(api):
    """T8: count=true and options=count; limit=0 for the number alone."""
    type_ = name("Type")
    api.create(type=type_)
    for query in ("count=true", "options=count", "options=keyValues,count"):
        assert api.get(f"entities?type={type_}&{query}").ok().count == 1
    answer = api.get(f"entities?type={type_}&limit=0&count=true").ok()
    assert (answer.json, answer.count) == ([], 1)
    answer = api.get("entities?type=None&limit=0&count=true").ok()
    assert (answer.json, answer.count) == ([], 0)


def test_t9_formats(api):
    """T9: options is a list, format its synonym, keyValues that of simplified."""
    id_ = api.create(p=1)["id"]
    for query in ("options=keyValues", "options=simplified", "format=simplified",
                  "format=keyValues", "options=keyValues,sysAttrs", "options=sysAttrs,keyValues"):
        got = api.get(f"entities/{id_}?{query}").ok().json
        assert got["p"] == 1 and ("createdAt" in got) == ("sysAttrs" in query), query


def test_t10_location(api):
    """T10: Location is a path, colons as they are, the id at its end."""
    id_ = uid()
    answer = api.post("entities", {"id": id_, "type": "T"}).ok(201)
    assert answer.headers["Location"] == f"{API}/entities/{id_}"
    location = api.post("jsonldContexts", {"@context": {}}).ok(201).headers["Location"]
    assert location.startswith(f"{API}/jsonldContexts/urn:")
    api.delete(location).empty()


def test_t11_batches(api):
    """T11: 201 with ids, 204 without a body, 207 with success and errors."""
    a, b = uid(), uid()
    one, two = {"id": a, "type": "T", "p": 1}, {"id": b, "type": "T", "p": 1}
    assert api.post("entityOperations/create", [one]).ok(201).json == [a]
    assert api.post("entityOperations/upsert", [one, two]).ok(201).json == [b]
    api.post("entityOperations/upsert", [one, two]).empty()
    api.post("entityOperations/update", [one, two]).empty()
    result = api.post("entityOperations/create", [one]).ok(207).json
    error = result["errors"][0]
    assert result["success"] == [] and error["entityId"] == a
    assert error["error"]["type"] == ERRORS + "AlreadyExists"
    assert {"title", "status", "detail"} <= error["error"].keys()
    result = api.post("entityOperations/delete", [a, b, "urn:x:none"]).ok(207).json
    assert result["success"] == [a, b]


ETSI = {"InvalidRequest", "BadRequestData", "AlreadyExists", "OperationNotSupported",
        "ResourceNotFound", "InternalError", "TooComplexQuery", "TooManyResults",
        "LdContextNotAvailable", "NoMultiTenantSupport", "NonexistentTenant"}


@pytest.mark.parametrize("text, status", [
    ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    (f"GET {API}/nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    (f"PUT {API}/types HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
    (f"GET {API}/types HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n", 406),
    (f"POST {API}/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n", 411),
    (f"POST {API}/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
     "Content-Length: 999999999\r\n\r\n", 413),
    (f"GET {API}/types?x={'y' * 20000} HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    (f"POST {API}/entities HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
     "Content-Length: 2\r\n\r\n{}", 415),
    (f"GET {API}/types HTTP/1.1\r\nHost: x\r\nX-A: {'y' * 20000}\r\n\r\n", 431),
    ("nonsense\r\n\r\n", 400),
])
def test_t12_errors(broker, text, status):
    """T12: every error is a ProblemDetails in JSON, of a type that ETSI lists: ngsildclient
    falls over any other.  But for 411 and 415, which have no body (6.3.4)."""
    answer = exchange(broker, text)
    if status in (411, 415):
        answer.empty(status)
        return
    assert answer.status == status, answer
    assert answer.type == "application/json"
    document = answer.json
    assert document["type"].removeprefix(ERRORS) in ETSI, answer
    assert document["title"] and document["status"] == status and document["detail"]


def test_t13_contexts_of_answers(api):
    """T13: ld+json has the @context in the body and no Link, json has it in a Link."""
    id_ = api.create(p=1)["id"]
    for path in (f"entities/{id_}", "entities?type=Thing&limit=1", "types", "attributes"):
        answer = api.get(path, headers={"Accept": "application/ld+json"}).ok()
        document = answer.json[0] if isinstance(answer.json, list) else answer.json
        assert "@context" in document and answer.context is None
        answer = api.get(path, headers={"Link": link(CORE)}).ok()
        document = answer.json[0] if isinstance(answer.json, list) else answer.json
        assert "@context" not in document and answer.context == CORE


@pytest.mark.parametrize("query", ["prettyPrint=yes", "pageSize=5", "pageAnchor=x", "spaces=2"])
def test_t16_unknown_parameters(api, query):
    """T16: a parameter that the standard does not know is refused by name (6.3.20): decided
    once, for all."""
    word = query.partition("=")[0]
    api.get(f"entities?type=T&{query}").problem(400, "InvalidRequest", word)


@pytest.mark.parametrize("path", [
    "/version", "/version/", "/ngsi-ld/ex/v1/version", "/ngsi-ld/ex/v1/version/"])
def test_t17_version(api, path):
    """T17: what clients and health checks ask first is JSON."""
    assert api.get(path).ok().json["version"]


def test_t17_root(api):
    """T17: there is nothing at /ngsi-ld/v1/, and that is said cleanly."""
    api.get(API + "/").problem(404, "ResourceNotFound")


def test_t18_temporal_without_a_prefix(api):
    """T18: clients of Mintaka look for histories without /ngsi-ld/v1."""
    id_ = api.create(p={"value": 1, "observedAt": "2026-06-01T08:00:00Z"})["id"]
    for path in (f"temporal/entities/{id_}", f"temporal/entities/{id_}/",
                 f"temporal/entities?id={id_}&type=Thing&timerel=before&timeAt=2030-01-01T00:00:00Z"):
        assert api.get("/" + path).ok().json == api.get(path).ok().json
    api.get("/temporal/nothing").problem(404, "ResourceNotFound")


@pytest.mark.parametrize("value", ["Rue%20de%20Rome", "Rue+de+Rome"])
def test_t19_spaces(api, value):
    """T19: '+' and '%20' are spaces in a query."""
    type_ = name("Type")
    id_ = api.create(type=type_, street="Rue de Rome")["id"]
    assert api.get(f'entities?type={type_}&q=street==%22{value}%22').ok().ids == [id_]


@pytest.mark.parametrize("zone", ["+02:00", "%2B02:00"])
def test_t19_lost_plus(api, zone):
    """T19: a space before hh:mm in an instant is a '+' that was not encoded."""
    type_ = name("Type")
    id_ = api.create(type=type_, p={"value": 0, "observedAt": "2025-01-01T00:00:00Z"}, since={
        "value": {"@type": "DateTime", "@value": "2026-06-01T08:00:00Z"}})["id"]
    path = f"entities?type={type_}&q=since==2026-06-01T10:00:00{zone}"
    assert api.get(path).ok().ids == [id_]
    api.patch(f"entities/{id_}?observedAt=2026-06-01T10:00:00{zone}", {"p": {"value": 1}}
              ).empty()
    instant = datetime.datetime.fromisoformat(api.entity(id_)["p"]["observedAt"])
    assert instant.timestamp() == 1780300800


EXPOSED = ("Link", "Location", "NGSILD-Results-Count", "NGSILD-Tenant", "NGSILD-Warning",
           "NGSILD-EntityMap", "Content-Range")


@pytest.mark.parametrize("path", [
    "entities", "entities/urn:x:1", "entities/urn:x:1/attrs", "entityOperations/upsert",
    "types", "attributes", "jsonldContexts", "entityOperations/query"])
def test_t20_options_and_cors(api, path):
    """T20: OPTIONS says what is allowed; a browser may ask, send and read what it needs."""
    answer = api.options(path)
    assert answer.status in (200, 204) and "OPTIONS" in answer.headers["Allow"], answer
    answer = api.options(path, headers={
        "Origin": "https://city.example", "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "content-type,ngsild-tenant,link"})
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://city.example")
    assert all(word in allowed for word in ("content-type", "ngsild-tenant", "link")), answer
    answer = api.get("types", headers={"Origin": "https://city.example"})
    exposed = answer.headers["Access-Control-Expose-Headers"].lower()
    assert all(word.lower() in exposed for word in EXPOSED), answer


def test_t21_compression(api):
    """T21: long answers are packed for who accepts gzip, and say that they vary."""
    type_ = name("Type")
    api.post("entityOperations/create", [
        {"id": uid(), "type": type_, "p": "x" * 500} for _ in range(20)]).ok(201)
    path = f"entities?type={type_}&limit=20"
    plain = api.get(path).ok()
    packed = api.get(path, headers={"Accept-Encoding": "gzip, deflate, br"}).ok()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["Vary"].lower()
    assert len(packed.body) * 3 < len(plain.body)
    assert zlib.decompress(packed.body, 31) == plain.body
    assert plain.headers["Content-Encoding"] is None


def test_t22_page_size(new_broker):
    """T22: how long a page is, is the operator's choice."""
    api = new_broker("--page-size", "50", "--page-max", "100").start().api
    api.post("entityOperations/create", [{"id": uid(), "type": "T"} for _ in range(60)]).ok(201)
    assert len(api.get("entities?type=T").ok().json) == 50
    assert len(api.get("entities?type=T&limit=100").ok().json) == 60
    api.get("entities?type=T&limit=101").problem(403, "TooManyResults", "100")


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
def test_t23_object_instead_of_array(api, operation):
    """T23: an object where a batch belongs is 400."""
    body = {"id": uid(), "type": "T", "p": 1}
    answer = api.post(f"entityOperations/{operation}", body)
    answer.problem(400, answer.json["type"].rsplit("/", 1)[1], "array")


def test_t24_arrays_are_replaced(api):
    """T24: PATCH attrs replaces a value that is an array, and the instances of an attribute
    that has several; PATCH entity merges."""
    id_ = api.create(list=[1, 2, 3])["id"]
    api.patch(f"entities/{id_}/attrs", {"list": {"type": "Property", "value": [4]}}).empty()
    assert api.entity(id_)["list"]["value"] == [4]
    api.patch(f"entities/{id_}", {"other": 1}).empty()
    assert api.entity(id_)["list"]["value"] == [4]
    answer = api.patch(f"entities/{id_}/attrs", {"list": [5], "@bad": 1})
    assert answer.status in (204, 207, 400), answer
