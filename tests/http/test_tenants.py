# SPDX-License-Identifier: Apache-2.0
"""NGSILD-Tenant: isolation, implicit creation, echo (4.14, 5.5.10, 6.3.14)."""

import pytest

from client import name, uid


@pytest.fixture
def tenant(api):
    """A tenant of one's own, not yet existing, and requests to it."""
    called = name("tenant")
    client = api.with_(**{"NGSILD-Tenant": called})
    client.called = called
    yield client
    client.close()


def test_created_by_the_first_entity(tenant):
    """Create Entity creates the tenant; the header is echoed (5.5.10, 6.3.14)."""
    entity = {"id": uid(), "type": "Thing", "p": {"type": "Property", "value": 1}}
    answer = tenant.post("entities", entity).ok(201)
    assert answer.headers["NGSILD-Tenant"] == tenant.called
    answer = tenant.get(f"entities/{entity['id']}").ok()
    assert answer.headers["NGSILD-Tenant"] == tenant.called
    assert answer.json == entity


@pytest.mark.parametrize("operation", ["create", "upsert"])
def test_created_by_a_batch(tenant, operation):
    """Batch create creates the tenant, and so does upsert (5.5.10)."""
    tenant.post(f"entityOperations/{operation}", [{"id": uid(), "type": "T"}]).ok(201)
    assert len(tenant.get("entities", type="T").ok().json) == 1


@pytest.mark.parametrize("method, path, body", [
    ("GET", "entities?type=T", None),
    ("GET", "entities/urn:a:b", None),
    ("PUT", "entities/urn:a:b", {"type": "T"}),
    ("PATCH", "entities/urn:a:b", {"p": 1}),
    ("DELETE", "entities/urn:a:b", None),
    ("POST", "entities/urn:a:b/attrs", {"p": 1}),
    ("PATCH", "entities/urn:a:b/attrs", {"p": 1}),
    ("PATCH", "entities/urn:a:b/attrs/p", {"value": 1}),
    ("PUT", "entities/urn:a:b/attrs/p", {"type": "Property", "value": 1}),
    ("DELETE", "entities/urn:a:b/attrs/p", None),
    ("POST", "entityOperations/update", [{"id": "urn:a:b", "type": "T"}]),
    ("POST", "entityOperations/merge", [{"id": "urn:a:b", "type": "T"}]),
    ("POST", "entityOperations/delete", ["urn:a:b"]),
    ("POST", "entityOperations/query", {"type": "Query", "entities": [{"type": "T"}]}),
])
def test_other_operations_need_it_to_exist(tenant, method, path, body):
    """Any other operation on an unknown tenant is NonexistentTenant (5.5.10)."""
    answer = tenant.request(method, path, body)
    answer.problem(404, "NonexistentTenant", tenant.called)
    assert answer.headers["NGSILD-Tenant"] == tenant.called


def test_isolation(api, tenant):
    """Tenants share nothing: same ids, different entities (4.14)."""
    type_ = name("Type")
    ours = api.create(type=type_, p=1)
    theirs = {**ours, "p": {"type": "Property", "value": 2}}
    tenant.post("entities", theirs).ok(201)
    only = {"id": uid(), "type": type_}
    tenant.post("entities", only).ok(201)
    assert tenant.entity(ours["id"])["p"]["value"] == 2
    assert api.entity(ours["id"])["p"]["value"] == 1
    api.get(f"entities/{only['id']}").problem(404, "ResourceNotFound")
    assert api.get("entities", type=type_, count="true").ids == [ours["id"]]
    assert len(tenant.get("entities", type=type_).json) == 2
    api.post("entityOperations/delete", [only["id"]]).ok(207)
    tenant.delete(f"entities/{ours['id']}").empty()
    assert api.entity(ours["id"])["p"]["value"] == 1


def test_isolation_of_queries(api, tenant):
    """q, geoquery, scopeQ and idPattern stay inside the tenant (4.14)."""
    type_ = name("Type")
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [0.5, 0.5]}}
    ours = api.create(type=type_, p=1, scope="/s", location=place)
    theirs = {"id": uid(), "type": type_, "p": 1, "scope": "/s", "location": place}
    tenant.post("entities", theirs).ok(201)
    for query in ({"q": "p==1"}, {"scopeQ": "/s"}, {"idPattern": ".*"}, {"attrs": "p"},
                  {"georel": "near;maxDistance==5", "geometry": "Point",
                   "coordinates": "[0.5,0.5]"},
                  {"georel": "within", "geometry": "Polygon",
                   "coordinates": "[[[0,0],[1,0],[1,1],[0,1],[0,0]]]"},
                  {"id": f"{ours['id']},{theirs['id']}"}):
        assert api.get("entities", type=type_, **query).ok().ids == [ours["id"]], query
        assert tenant.get("entities", type=type_, **query).ok().ids == [theirs["id"]], query


def test_fiware_service(api):
    """Fiware-Service names the tenant where NGSILD-Tenant is absent; FIWARE's paths are
    ignored (T7)."""
    called, entity = name("tenant"), {"id": uid(), "type": "T"}
    fiware = {"Fiware-Service": called, "Fiware-ServicePath": "/x", "NGSILD-Path": "/y"}
    api.post("entities", entity, headers=fiware).ok(201)
    api.get(f"entities/{entity['id']}", headers={"NGSILD-Tenant": called}).ok()
    both = {"NGSILD-Tenant": called, "Fiware-Service": name("other")}
    api.get(f"entities/{entity['id']}", headers=both).ok()


def test_case_does_not_matter(api, tenant):
    """Names of tenants are compared without case (T7)."""
    tenant.post("entities", {"id": uid(), "type": "T"}).ok(201)
    headers = {"NGSILD-Tenant": tenant.called.upper()}
    assert len(api.get("entities", type="T", headers=headers).ok().json) == 1


def test_empty_header_is_the_default_tenant(api):
    """An empty header names no tenant."""
    entity = api.create()
    api.get(f"entities/{entity['id']}", headers={"NGSILD-Tenant": ""}).ok()


@pytest.mark.parametrize("bad", ["has space", "a/b", "a'b", 'a"b', "x" * 129, "é"])
def test_bad_names(api, bad):
    """A name with odd characters, or a very long one, is refused and echoed nowhere else
    (6.3.14)."""
    api.post("entities", {"id": uid(), "type": "T"},
             headers={"NGSILD-Tenant": bad.encode()}
             ).problem(400, "BadRequestData", "NGSILD-Tenant")


def test_tenant_urns(api):
    """Some brokers use URNs as names."""
    headers = {"NGSILD-Tenant": f"urn:ngsi-ld:tenant:{name('x')}"}
    api.post("entities", {"id": uid(), "type": "T"}, headers=headers).ok(201)
    assert len(api.get("entities", type="T", headers=headers).ok().json) == 1
