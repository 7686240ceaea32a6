# SPDX-License-Identifier: Apache-2.0
"""openapi/calanque.json says what is served: neither more nor less.

Who adds a route or a query parameter adds it to the document, and the other way round."""

import json
import os
import random
import re
import subprocess

import pytest

import openapi
from client import Api
from program import path as program_path

IMPORTS = "/calanque/v1/imports"
MAPPING = IMPORTS + "/mappings/containers"
EVENTS = "/calanque/v1/events"  # a stream without end: test_events.py
BODY_METHODS = ("POST", "PATCH", "PUT")
SEED = int(os.environ.get("OPENAPI_SEED", "20260601"))
TEMPORAL = ("/temporal/entities", "/temporal/entityMaps", "/exports/history")
ROUNDS = int(os.environ.get("OPENAPI_ROUNDS", "24"))  # requests an operation


@pytest.fixture(scope="module")
def document():
    return openapi.Document(openapi.load())


@pytest.fixture(scope="module")
def routes():
    """The tables as the program has them, by method and path."""
    text = subprocess.run([program_path(), "routes"], check=True, stdout=subprocess.PIPE,
                          timeout=60).stdout
    return {(route["method"], route["path"]): route for route in json.loads(text)}


def test_is_served(api):
    """/openapi.json is the file, under an ETag."""
    answer = api.get("/openapi.json").ok()
    assert answer.type == "application/json"
    assert answer.json == openapi.load()
    etag = answer.headers["ETag"]
    again = api.get("/openapi.json", headers={"If-None-Match": f'"x", {etag}'})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert api.get("/openapi.json", headers={"If-None-Match": '"x"'}).status == 200
    assert api.head("/openapi.json").ok().headers["ETag"] == etag


def test_is_openapi(document):
    """The structure that OpenAPI 3.1 wants, its schemas and its references."""
    openapi.check(document)


def test_nothing_is_left_over(document):
    """Every component is referred to."""
    text = json.dumps(document.tree)
    unused = [f"{section}/{name}" for section, entries in document.tree["components"].items()
              for name in entries if f'"#/components/{section}/{name}"' not in text]
    assert unused == []


def test_routes(document, routes):
    """Every route is in the document, and every operation in the tables."""
    assert sorted(routes.keys() - document.operations.keys()) == [], "not documented"
    assert sorted(document.operations.keys() - routes.keys()) == [], "not served"


def test_query_parameters(document, routes):
    """The same with the query parameters of each."""
    wrong = []
    for key, route in routes.items():
        listed = set(route["parameters"] or [])
        named = document.operations[key].names("query")
        if listed != named:
            wrong.append((key, "not documented", sorted(listed - named),
                          "not served", sorted(named - listed)))
    assert wrong == []


def test_media_types(document, routes):
    """What can be sent and asked for follows from the route (6.3.4)."""
    for key, route in routes.items():
        op = document.operations[key]
        if {"Exports", "Imports"} & set(op.item["tags"]):
            continue  # their own formats, whatever Accept says
        reads = not route["plain"] and (op.method == "GET" or route["query"])
        # What makes an EntityMap only answers 201.
        status = 201 if reads and 200 not in op.responses else 200
        shown = set(op.responses.get(status, {}).get("content", {}))
        assert ("application/geo+json" in shown) == route["geojson"], op
        assert ("application/ld+json" in shown) == reads, op
        assert (406 in op.responses) == reads, op
        taken = {"application/json", "application/ld+json"}
        if op.method == "PATCH" or route["merge"]:
            taken.add("application/merge-patch+json")
        assert set(op.body["content"] if op.body else []) == \
            (taken if op.method in BODY_METHODS else set()), op


def test_errors(document, routes):
    """Errors are ProblemDetails, and what may happen to any request is said of each.  The
    paths of OGC API have a media type of their own for what comes after routing."""
    for key, op in document.operations.items():
        problem = ["application/problem+json"] if routes[key]["problem"] else []
        assert {400, 408, 413, 414, 431, 500, 503, 505} <= set(op.responses), op
        assert (op.body is not None) == bool({411, 415} & set(op.responses)), op
        for status, response in op.responses.items():
            if status in (411, 415):
                assert "content" not in response, (op, status)  # 6.3.4
            elif status >= 400:
                media = response["content"]["application/json"]
                own = problem if status in (400, 403, 404, 500, 503) else []
                assert list(response["content"]) == own + ["application/json"], (op, status)
                assert media["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
                assert media["example"]["status"] == status, (op, status)
        assert "Retry-After" in op.responses[503]["headers"], op


def test_examples(document):
    """Each example is what its schema says."""
    wrong = []
    for path, node in document.walk():
        examples = [node["example"]] if "example" in node else []
        schema = node.get("schema", node)
        if isinstance(node.get("examples"), list):
            examples += node["examples"]
        for example in examples:
            wrong += [(path, error) for error in document.errors(schema, example)]
    assert wrong == []


# requests that are made of the document


def check_headers(op, answer, documented):
    known = {name.lower() for name in documented.get("headers", {})}
    for name in ("Link", "Location", "NGSILD-Results-Count", "NGSILD-Tenant", "ETag",
                 "Preference-Applied", "Retry-After", "Vary", "Content-Disposition"):
        # Vary speaks of Accept-Encoding wherever there is a long body.
        if answer.headers[name] is not None and name != "Vary":
            assert name.lower() in known, (op, name, answer)


def check_answer(document, op, answer):
    """It is one of those that the document knows."""
    assert answer.status < 500 or answer.status in (501, 504), answer
    assert answer.status in op.responses, (op, answer)
    documented = op.responses[answer.status]
    check_headers(op, answer, documented)
    if "content" not in documented:
        assert answer.body == b"", (op, answer)
        return
    assert answer.type in documented["content"], (op, answer)
    if answer.type.endswith("json") and answer.type != "application/x-ndjson":
        schema = documented["content"][answer.type]["schema"]
        assert document.errors(schema, answer.json) == [], (op, answer)


CITY = [
    {"id": "urn:ngsi-ld:WasteContainer:canebiere-1", "type": "WasteContainer",
     "fillingLevel": {"value": 0.92, "observedAt": "2026-06-01T08:30:00Z"},
     "storedWasteKind": "glass", "scope": "/Marseille/Canebiere",
     "location": {"type": "Point", "coordinates": [5.3765, 43.2969]},
     "name": {"languageMap": {"fr": "verre", "en": "glass"}}, "list": {"valueList": [1, 2]},
     "refDevice": {"object": "urn:ngsi-ld:Device:canebiere-1"}},
    {"id": "urn:ngsi-ld:Streetlight:prado-12", "type": "Streetlight", "status": "ok"},
    {"id": "urn:ngsi-ld:Device:canebiere-1", "type": "Device", "info": {"json": {"a": 1}}},
]


SUBSCRIPTION = {"id": "urn:ngsi-ld:Subscription:containers", "type": "Subscription",
                "entities": [{"type": "WasteContainer"}],
                "notification": {"endpoint": {"uri": "http://127.0.0.1:9/notify"}}}


SOURCE = {"id": "urn:ngsi-ld:ContextSourceRegistration:north",
          "type": "ContextSourceRegistration", "endpoint": "http://127.0.0.1:9/north",
          "information": [{"entities": [{"type": "WasteContainer"}]}]}


def test_good_requests(new_broker, document):
    """The example of every body is taken, and what it answers is documented."""
    api = new_broker().start().api
    for op in document.operations.values():
        if op.path == EVENTS:
            continue
        api.post("entityOperations/upsert", CITY)
        api.post("subscriptions", SUBSCRIPTION)
        api.post("csourceSubscriptions", SUBSCRIPTION)
        api.post("csourceRegistrations", SOURCE)
        if "Imports" in op.item["tags"]:
            api.request("PUT", MAPPING, {"type": "T", "id": "urn:a:{c}", "attributes": {"a": "b"}})
            api.request("POST", IMPORTS + "?mapping=containers", "c,b\n1,2\n",
                        headers={"Content-Type": "text/csv"})
        target = op.path
        for p in op.parameters:
            if p["in"] == "path":
                target = target.replace("{%s}" % p["name"], openapi.quote(p["example"]))
        if op.path.startswith("/ngsi-ld/v1/jsonldContexts/") and op.method == "DELETE":
            location = api.post("jsonldContexts", {"@context": {}}).headers["Location"]
            target = location
        if op.path == "/assets/{name}":
            target = re.search('"(/assets/[^"]+)"', api.get("/").ok().body.decode()).group(1)
        if op.path.endswith(("/entities", "/entityMaps", "/csourceRegistrations")) and \
                op.method in ("GET", "DELETE"):
            target += "?type=WasteContainer"
        if op.path.endswith("/proposals"):
            target += "?type=WasteContainer"
        if op.path.endswith("/exports/history"):
            target += "?type=WasteContainer"
        if op.path.endswith(TEMPORAL) and op.method == "GET":
            target += "&timerel=after&timeAt=2026-01-01T00:00:00Z"
        for kind, media in (op.body["content"] if op.body else {None: {}}).items():
            headers = {"Content-Type": kind} if kind else {}
            if op.path.endswith(("/entities", "/create")) and op.method == "POST":
                for entity in CITY:
                    api.delete("entities/" + entity["id"])
            body = json.dumps(media["example"]) if kind else None
            if kind == "text/csv":
                body = media["example"]
            answer = api.request(op.method, target, body, headers=headers)
            # instanceIds and EntityMaps are the broker's own: no example is one
            assert answer.status < 300 or "{instanceId}" in op.path \
                or "/entityMaps/" in op.path, (op, kind, answer)
            check_answer(document, op, answer)


def test_any_requests(new_broker, document):
    """Whatever is sent: never a 5xx of the broker's own making, always an answer that is
    documented, errors as ProblemDetails; and the broker lives on (a fixed seed)."""
    broker = new_broker().start()
    api = Api(broker.base)
    rng = random.Random(SEED)
    fuzz = openapi.Fuzz(document, rng, [entity["id"] for entity in CITY] + ["urn:a:new"])
    wrong = []
    for i in range(ROUNDS):
        api.post("entityOperations/upsert", CITY)
        for op in document.operations.values():
            if op.path == EVENTS or "Monitoring" in op.item["tags"] and i > 1:
                continue
            method, target, headers, body = fuzz.request(op)
            answer = api.request(method, target, body, headers=headers)
            try:
                check_answer(document, op, answer)
            except AssertionError as e:
                wrong.append((headers, body, str(e).split("\n", 1)[0]))
    assert wrong == [], "\n".join(map(repr, wrong[:20]))
    api.get("/ready").ok()
    assert api.get("entities/" + CITY[2]["id"]).status in (200, 404)
