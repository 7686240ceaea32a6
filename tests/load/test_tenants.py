# SPDX-License-Identifier: Apache-2.0
"""Tenants under load: nothing crosses, and thousands of them cost little (4.14, 5.5.10)."""

import json
import os
import random
import time

from line import Line
from tenant_model import TENANTS, TYPE, World

REQUESTS = int(os.environ.get("TENANT_REQUESTS", "100000"))
SEED = int(os.environ.get("TENANT_SEED", "20261128"))
LINES = 16


def check(world, request, answer):
    """The status is the expected one, and nothing in the answer is another tenant's."""
    tenant, operation, method, target, text, statuses = request
    status, head, body = answer
    shown = f"{tenant.name or 'default'}: {method} {target} {text[:300]} -> {status} {body[:600]}"
    assert status in statuses, shown
    for mark in tenant.strangers():  # links repeat what a query asked for; bodies do not
        assert mark not in body, shown
    echoed = b"\r\nngsild-tenant: " + tenant.name.encode() + b"\r\n"
    assert (echoed in head.lower()) if tenant.name else (b"ngsild-tenant:" not in head.lower())
    if operation == "retrieve" and status == 200:
        assert json.loads(body) == world.stored[tenant][target[9:].partition("?")[0]], shown
    elif operation == "query_ids":
        found = {entity["id"] for entity in json.loads(body)}
        assert found == world.stored[tenant].keys(), shown


def check_whole(api, tenant, worlds):
    """All that the tenant has is what was stored there, entity by entity."""
    stored = {id_: e for world in worlds for id_, e in world.stored[tenant].items()}
    headers = {"NGSILD-Tenant": tenant.name} if tenant.name else {}
    got, page = {}, None
    while page is None or len(page) == 100:
        page = api.get(f"entities?type={TYPE}&limit=100&offset={len(got)}&format=simplified",
                       headers=headers).ok().json
        got.update((entity["id"], entity) for entity in page)
    assert got == stored
    for kind in ("types?details=true", "attributes?details=true"):
        listed = api.get(kind, headers=headers).ok().body
        assert not any(mark in listed for mark in tenant.strangers())


def test_nothing_crosses(program, api):
    """Random requests of every kind to three tenants that have the same ids, all at once:
    every answer is as if the others were not there."""
    rng = random.Random(SEED)
    lines = [Line(program.base) for _ in range(LINES)]
    worlds = [World(i, TENANTS, rng) for i in range(LINES)]
    for tenant in TENANTS:
        api.post("entities", {"id": "urn:x:first", "type": "First"},
                 headers={"NGSILD-Tenant": tenant.name}).ok(201)
    done, begin = 0, time.monotonic()
    while done < REQUESTS:
        asked = []
        for line, world in zip(lines, worlds):
            request = world.request(rng.choice(TENANTS))
            line.send(request[2], request[3], request[0].header, request[4])
            asked.append(request)
        for line, world, request in zip(lines, worlds, asked):
            check(world, request, line.answer())
        done += LINES
    seconds = time.monotonic() - begin
    print(f"{done} requests in {seconds:.1f} s")
    for tenant in TENANTS:
        check_whole(api, tenant, worlds)
    for line in lines:
        line.close()


def test_thousands_of_tenants(program, api):
    """The 3,000th tenant costs what the first cost, and the broker keeps nothing of them
    that grows by more than a few hundred bytes each (4.14)."""
    lines = [Line(program.base) for _ in range(LINES)]

    def round_(first):
        """One entity for each of 500 tenants, which is then read; CPU seconds of it all."""
        begin = program.cpu()
        for at in range(first, first + 500, LINES):
            some = range(at, min(at + LINES, first + 500))
            for method, target, status in (("POST", "entities", 201),
                                           ("GET", "entities/urn:x:1", 200),
                                           ("GET", "entities?type=One", 200)):
                for line, i in zip(lines, some):
                    body = json.dumps({"id": "urn:x:1", "type": "One", "p": i})
                    line.send(method, target, f"NGSILD-Tenant: many{i}\r\n",
                              body if method == "POST" else "")
                for line, i in zip(lines, some):
                    got = line.answer()
                    assert got[0] == status, got
                    assert method == "POST" or f'"value":{i}}}'.encode() in got[2], got
        return program.cpu() - begin

    round_(0)  # warms up
    early, memory = round_(500), program.memory()
    for first in range(1000, 2500, 500):
        round_(first)
    late, grown = round_(2500), program.memory() - memory
    print(f"500 tenants: {early:.2f} s of CPU at first, {late:.2f} s at last; "
          f"{grown} kB more memory")
    assert late < 2 * early + 0.2, (early, late)
    assert grown < 16 * 1024, grown
    for line in lines:
        line.close()
    for i in (0, 1234, 2999):
        headers = {"NGSILD-Tenant": f"many{i}"}
        assert api.get("entities?type=One&count=true", headers=headers).ok().count == 1
        assert api.get("types", headers=headers).ok().json["typeList"] == ["One"]
