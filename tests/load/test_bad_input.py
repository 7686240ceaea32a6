# SPDX-License-Identifier: Apache-2.0
"""50,000 bad requests leave nothing behind: no memory, no descriptor, no row."""

import json
import os
import random

from line import Line

REQUESTS = int(os.environ.get("BAD_REQUESTS", "50000"))
LINES = 16
GOOD = {"id": "urn:x:bad", "type": ["A", "B"], "scope": ["/a"], "p": {
    "type": "Property", "value": {"a": [1, 2.5, True]}, "observedAt": "2026-01-01T00:00:00Z",
    "datasetId": "urn:d:1", "s": {"type": "Relationship", "object": ["urn:a:b"]}},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
    "m": {"languageMap": {"fr": "x"}}, "l": {"objectList": [{"object": "urn:a:b"}]}}
BODIES = [
    "{", "[1, 2", '{"id": "urn:x:bad", "id": "urn:x:bad", "type": "T"}', "[" * 70 + "]" * 70,
    '{"id": "urn:x:bad", "type": "T", "p": "\\ud83d"}', '{"id": "no uri", "type": "T"}',
    '{"id": "urn:x:bad"}', '{"type": "T"}', '{"id": "urn:x:bad", "type": "T", "p": null}',
    '{"id": "urn:x:bad", "type": "T", "p": {"type": "Odd", "value": 1}}', "1", '"x"', "[]",
    '{"id": "urn:x:bad", "type": "T", "location": {"type": "Point", "coordinates": [999, 1]}}',
    '{"id": "urn:x:bad", "type": "T", "p": 1e99999999999999999999}', "{" + '"a":' * 65,
    '{"id": "urn:x:bad", "type": "T", "@context": "x"}', '{"id": "urn:x:bad", "type": ' +
    json.dumps(["T"] * 50) + ', "p": {"object": 1}}', "x" * 30000]
QUERIES = [
    "", "?type=", "?type=T&limit=-1", "?type=T&limit=99999", "?type=T&offset=x", "?q=", "?q=a==",
    "?type=T&q=((((a", "?type=T&georel=near", "?type=T&orderBy=;", "?type=T&lang=;;", "?a=b",
    "?type=T&q=a~=%22(%22", "?type=T&pick=a{b", "?type=T&coordinates=[", "?type=%ff", "?id=x",
    "?type=T&options=odd", "?type=T&georel=within&geometry=Polygon&coordinates=[[1]]",
    "?type=T&scopeQ=a;(", "?type=T&expandValues=%00", "?type=T&datasetId=no%20uri"]


def bad_request(rng):
    """(method, target, headers, body) that a broker must refuse."""
    kind = rng.randrange(5)
    if kind == 0:
        return "GET", "entities" + rng.choice(QUERIES), "", ""
    if kind == 1:
        target = rng.choice(["entities", "entityOperations/create", "entityOperations/delete",
                             "entityOperations/query", "entityOperations/upsert"])
        return "POST", target, "", rng.choice(BODIES)
    if kind == 2:
        body = list(json.dumps(GOOD))
        for _ in range(3):
            body[rng.randrange(len(body))] = rng.choice('{}[]",:\\x1')
        return rng.choice(["PATCH", "PUT"]), "entities/urn:x:nobody", "", "".join(body)
    if kind == 3:
        return rng.choice([("PUT", "types", "", "{}"), ("DELETE", "entities", "", ""),
                           ("GET", "entities/urn:x:nobody", "", ""), ("GET", "nowhere", "", ""),
                           ("DELETE", "entities/urn:x:nobody/attrs/p", "", ""),
                           ("GET", "entities/%zz", "", ""), ("GET", "types/none", "", "")])
    return rng.choice([
        ("GET", "types", "Accept: text/html\r\n", ""),
        ("GET", "types", "NGSILD-Tenant: no such one\r\n", ""),
        ("GET", "types", "NGSILD-Tenant: nobody\r\n", ""),
        ("GET", "types", "Link: <http://127.0.0.1:1/c>; "
         'rel="http://www.w3.org/ns/json-ld#context"\r\n', ""),
        ("GET", "entities/urn:x:nobody", "Accept: application/json;q=x, ;;\r\n", ""),
        ("POST", "jsonldContexts", "", '{"@context": {"a": 5}}')])


def test_nothing_is_left(program, api):
    """Memory and descriptors are the same after 10,000 bad requests as after 50,000."""
    rng = random.Random(50)
    lines = [Line(program.base) for _ in range(LINES)]
    memory = descriptors = 0
    for done in range(0, REQUESTS, LINES):
        requests = [bad_request(rng) for _ in lines]
        for line, (method, target, headers, body) in zip(lines, requests):
            line.send(method, target, headers, body)
        for line, request in zip(lines, requests):
            status, head, body = line.answer()
            assert 400 <= status < 500 or status == 504, (request, status, body)
            assert b"application/json" in head and b'"detail"' in body, (request, body)
        if done <= REQUESTS // 5:
            memory, descriptors = program.memory(), program.descriptors()
    grown = program.memory() - memory
    print(f"{memory} kB after {REQUESTS // 5} requests, {grown} more after {REQUESTS}")
    assert grown < 4096, (memory, grown)
    assert program.descriptors() <= descriptors + 2
    for line in lines:
        line.close()
    assert api.get("entities?local=true&count=true&limit=1").ok().count == 0
