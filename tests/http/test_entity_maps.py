# SPDX-License-Identifier: Apache-2.0
"""EntityMaps: what a query found stays the same from page to page (5.5.14, 5.14)."""

import urllib.parse

import pytest
import requests

from client import name, quote
from program import wait_until

NGSILD = "/ngsi-ld/v1"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def url(broker):
    return broker + NGSILD


def make(url, kind, n, tenant=None):
    """Entities 0 to n - 1 of a type of the test's own."""
    headers = {"NGSILD-Tenant": tenant} if tenant else {}
    ids = [f"urn:ngsi-ld:{kind}:{i}" for i in range(n)]
    for k, i in enumerate(ids):
        r = requests.post(url + "/entities", json={"id": i, "type": kind, "n": k}, headers=headers)
        assert r.status_code == 201, r.text
    return ids


def page(url, kind, header=None, tenant=None, **params):
    headers = {}
    if header:
        headers["NGSILD-EntityMap"] = header
    if tenant:
        headers["NGSILD-Tenant"] = tenant
    return requests.get(url + "/entities", params={"type": kind, "pick": "id", **params},
                        headers=headers)


def ids_of(r):
    return [e["id"] for e in r.json()]


def get_map(url, name, **headers):
    return requests.get(f"{url}/entityMaps/{urllib.parse.quote(name, safe='')}", headers=headers)


def test_pages_of_a_map(url):
    """201 with the header, then 200; new entities stay out, deleted ones leave, pages are full."""
    ids = make(url, "MapPages", 7)
    r = page(url, "MapPages", entityMap="true", limit=2)
    assert r.status_code == 201, r.text
    name = r.headers["NGSILD-EntityMap"]
    assert name.startswith("urn:ngsi-ld:EntityMap:")
    assert ids_of(r) == ids[:2]
    requests.post(url + "/entities", json={"id": "urn:ngsi-ld:MapPages:new", "type": "MapPages"})
    requests.delete(f"{url}/entities/{ids[2]}")
    r = page(url, "MapPages", name, limit=2, offset=2, count="true")
    assert r.status_code == 200 and r.headers["NGSILD-EntityMap"] == name
    assert ids_of(r) == ids[3:5]
    assert r.headers["NGSILD-Results-Count"] == "6"
    assert ids_of(page(url, "MapPages", name, limit=9)) == ids[:2] + ids[3:]
    body = get_map(url, name).json()
    assert body["id"] == name and body["type"] == "EntityMap"
    assert body["entityMap"] == {i: ["@none"] for i in ids if i != ids[2]}
    assert body["linkedMaps"] == {} and body["expiresAt"].endswith("Z")


def test_filters_are_asked_again(url):
    """What no longer matches is not shown, and leaves the map."""
    ids = make(url, "MapFilter", 4)
    r = page(url, "MapFilter", entityMap="true", q="n<3", limit=10)
    name = r.headers["NGSILD-EntityMap"]
    assert ids_of(r) == ids[:3]
    requests.patch(f"{url}/entities/{ids[1]}/attrs", json={"n": 9})
    assert ids_of(page(url, "MapFilter", name, q="n<3", limit=10)) == [ids[0], ids[2]]
    assert list(get_map(url, name).json()["entityMap"]) == [ids[0], ids[2]]


def test_order_stays(url):
    """The map has the order of the query that made it."""
    ids = make(url, "MapOrder", 3)
    r = page(url, "MapOrder", entityMap="true", orderBy="n;desc", limit=2)
    assert r.status_code == 201 and ids_of(r) == [ids[2], ids[1]]
    r = page(url, "MapOrder", r.headers["NGSILD-EntityMap"], orderBy="n;desc", limit=2, offset=2)
    assert ids_of(r) == [ids[0]]


def test_unknown_and_expired_maps_are_made_anew(url):
    """5.5.14: no 404; another map takes its place."""
    make(url, "MapAnew", 1)
    r = page(url, "MapAnew", "urn:ngsi-ld:EntityMap:nowhere")
    assert r.status_code == 201
    name = r.headers["NGSILD-EntityMap"]
    r = requests.patch(f"{url}/entityMaps/{name}", json={"expiresAt": "2020-01-01T00:00:00Z"})
    assert r.status_code == 204
    r = get_map(url, name)
    assert r.status_code == 404
    assert r.json()["detail"] == f"EntityMap {name} does not exist, or has expired"
    again = page(url, "MapAnew", name)
    assert again.status_code == 201 and again.headers["NGSILD-EntityMap"] != name


@pytest.mark.parametrize("post", [False, True])
def test_create_update_delete(url, post):
    """6.34 by GET and POST, 6.32: only expiresAt changes, what else is sent is ignored."""
    ids = make(url, f"MapCrud{post}", 2)
    kind = f"MapCrud{post}"
    if post:
        r = requests.post(url + "/entityMaps",
                          json={"type": "Query", "entities": [{"type": kind}]})
    else:
        r = requests.get(url + "/entityMaps", params={"type": kind})
    assert r.status_code == 201, r.text
    name = r.headers["NGSILD-EntityMap"]
    assert r.json()["id"] == name and list(r.json()["entityMap"]) == ids
    one = f"{url}/entityMaps/{name}"
    r = requests.patch(one, json={"id": "urn:x:1", "entityMap": {}, "expiresAt": None}, headers=JSON)
    assert r.status_code == 400
    r = requests.patch(one, json={"expiresAt": "soon"})
    assert r.json()["detail"] == "/expiresAt must be a DateTime, YYYY-MM-DDThh:mm:ssZ"
    assert requests.patch(one, json={"id": "urn:x:1", "entityMap": {}}).status_code == 204
    assert list(requests.get(one).json()["entityMap"]) == ids
    assert requests.delete(one).status_code == 204
    assert requests.get(one).status_code == 404
    assert requests.delete(one).status_code == 404


def test_lifetime(url):
    """entityMapLifetime is a duration above 0."""
    make(url, "MapLife", 1)
    r = page(url, "MapLife", entityMap="true", entityMapLifetime="soon")
    assert r.status_code == 400
    assert r.json()["detail"] == ("entityMapLifetime: 'soon' is no duration above 0, such as "
                                  "PT30M")
    assert page(url, "MapLife", entityMap="true", entityMapLifetime="PT5M").status_code == 201


def test_tenants_have_their_own(url):
    """What one tenant made another does not see."""
    make(url, "MapTenant", 1, tenant="mapa")
    make(url, "MapTenant", 1, tenant="mapb")
    name = page(url, "MapTenant", tenant="mapa", entityMap="true").headers["NGSILD-EntityMap"]
    assert get_map(url, name, **{"NGSILD-Tenant": "mapa"}).status_code == 200
    assert get_map(url, name, **{"NGSILD-Tenant": "mapb"}).status_code == 404
    assert get_map(url, name).status_code == 404


def test_purge_what_a_map_holds(url):
    """6.4.3.3: with the header only what is in the map; an unknown map purges nothing."""
    ids = make(url, "MapPurge", 2)
    name = page(url, "MapPurge", entityMap="true").headers["NGSILD-EntityMap"]
    requests.post(url + "/entities", json={"id": "urn:ngsi-ld:MapPurge:new", "type": "MapPurge"})
    r = requests.delete(url + "/entities", params={"type": "MapPurge"},
                        headers={"NGSILD-EntityMap": "urn:x:none"})
    assert r.status_code == 404
    assert r.json()["detail"] == ("NGSILD-EntityMap: there is no EntityMap urn:x:none; nothing was "
                                  "purged")
    r = requests.delete(url + "/entities", params={"type": "MapPurge"},
                        headers={"NGSILD-EntityMap": name})
    assert r.status_code == 204
    assert ids_of(page(url, "MapPurge")) == ["urn:ngsi-ld:MapPurge:new"] and ids


def test_csf_and_split_are_checked(url):
    """Without context sources they choose nothing, but nonsense is refused (12.6)."""
    ids = make(url, "MapCsf", 1)
    assert ids_of(page(url, "MapCsf", csf='mode=="inclusive"', splitEntities="true")) == ids
    r = page(url, "MapCsf", csf="mode==")
    assert r.status_code == 400 and r.json()["detail"].startswith("csf: q: ")
    assert page(url, "MapCsf", splitEntities="perhaps").status_code == 400


def test_what_expires_is_swept(new_broker):
    """4.22: invisible at once, geometries too, and then deleted as by anybody."""
    p = new_broker("--sweep", "100ms").start()
    url = p.base + NGSILD
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [5, 43]}}
    r = requests.post(url + "/entityOperations/create", json=[
        {"id": "urn:x:1", "type": "Swept", "n": 1, "expiresAt": "2020-01-01T00:00:00Z"},
        {"id": "urn:x:2", "type": "Swept", "n": {"value": 1, "expiresAt": "2020-01-01T00:00:00Z"},
         "location": dict(place, expiresAt="2020-01-01T00:00:00Z")}])
    assert r.status_code == 201, r.text
    near = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[5,43]"}
    assert requests.get(url + "/entities", params=near).json() == []
    near["georel"] = "disjoint"
    near["coordinates"] = "[6,43]"
    assert requests.get(url + "/entities", params=near).json() == []

    def ended():
        r = requests.get(url + "/temporal/entities/urn:x:1", params={"options": "sysAttrs"})
        return r.status_code == 200 and "deletedAt" in r.text
    wait_until("the end in the history", ended, timeout=20)


# of temporal queries, 5.14.5

WHEN = "timerel=after&timeAt=2026-01-01T00:00:00Z"


@pytest.fixture
def sensors(api):
    """Five sensors with one observation each, in the order of creation."""
    kind = name("Sensor")
    ids = [f"urn:ngsi-ld:{kind}:{i}" for i in range(5)]
    for i in ids:
        api.post("entities", {"id": i, "type": kind, "level": {
            "value": 1, "observedAt": "2026-02-01T00:00:00Z"}}).ok(201)
    return kind, ids


def test_temporal_query_with_a_map(api, sensors):
    """The set is fixed by the first page; what no longer matches leaves it."""
    kind, ids = sensors
    first = api.get(f"temporal/entities?type={kind}&{WHEN}&entityMap=true&limit=2")
    assert first.status == 201 and [e["id"] for e in first.json] == ids[:2]
    chosen = {"NGSILD-EntityMap": first.headers["NGSILD-EntityMap"]}
    late = f"urn:ngsi-ld:{kind}:late"
    api.post("entities", {"id": late, "type": kind, "level": {
        "value": 1, "observedAt": "2026-02-01T00:00:00Z"}}).ok(201)
    api.delete(f"temporal/entities/{ids[3]}").ok(204)
    rest = api.get(f"temporal/entities?type={kind}&{WHEN}&limit=9&offset=2", headers=chosen)
    assert rest.status == 200 and [e["id"] for e in rest.json] == [ids[2], ids[4]]
    held = api.get("entityMaps/" + quote(chosen["NGSILD-EntityMap"])).ok().json
    assert list(held["entityMap"]) == ids[:3] + ids[4:]


def test_temporal_map_alone(api, sensors):
    """GET and POST /temporal/entityMaps; the map is a resource like the others."""
    kind, ids = sensors
    made = api.get(f"temporal/entityMaps?type={kind}&{WHEN}&entityMapLifetime=PT10M")
    assert made.status == 201 and list(made.json["entityMap"]) == ids, made
    made = api.post("temporal/entityMaps", {
        "type": "Query", "entities": [{"type": kind}],
        "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}})
    assert made.status == 201 and list(made.json["entityMap"]) == ids, made
    path = "entityMaps/" + quote(made.json["id"])
    assert api.get(path).ok().json["entityMap"] == made.json["entityMap"]
    assert api.delete(path).status == 204 and api.get(path).status == 404


def test_kinds_of_maps_are_apart(api, sensors):
    """A map of a temporal query is none of an entity query: a new one is made."""
    kind, _ = sensors
    first = api.get(f"temporal/entities?type={kind}&{WHEN}&entityMap=true")
    chosen = {"NGSILD-EntityMap": first.headers["NGSILD-EntityMap"]}
    answer = api.get(f"entities?type={kind}", headers=chosen)
    assert answer.status == 201
    assert answer.headers["NGSILD-EntityMap"] != chosen["NGSILD-EntityMap"]


def test_temporal_map_says_when(api):
    answer = api.get("temporal/entityMaps?type=T")
    assert answer.status == 400 and answer.json["detail"].startswith("timerel is missing")


def test_retrieve(url):
    """5.7.1.4: a map of the entity is made where one is asked for, or the named one is no
    more; the header names it."""
    one = make(url, "MapOne", 2)[0]
    path = f"{url}/entities/{one}"
    assert "NGSILD-EntityMap" not in requests.get(path).headers
    r = requests.get(path, params={"entityMap": "true", "entityMapLifetime": "PT5M"})
    assert r.status_code == 200 and r.json()["id"] == one
    map_id = r.headers["NGSILD-EntityMap"]
    assert list(get_map(url, map_id).json()["entityMap"]) == [one]
    r = requests.get(path, headers={"NGSILD-EntityMap": map_id})
    assert r.headers["NGSILD-EntityMap"] == map_id
    r = requests.get(path, headers={"NGSILD-EntityMap": "urn:ngsi-ld:EntityMap:gone"})
    assert r.status_code == 200 and r.headers["NGSILD-EntityMap"] != map_id
    assert requests.get(path, params={"entityMap": "x"}).status_code == 400
    assert requests.get(path + "x", params={"entityMap": "true"}).status_code == 404


def test_a_large_map(url):
    """It is written while it is sent, with all ids in their order."""
    ids = [f"urn:ngsi-ld:MapLarge:{i:05}" for i in range(2500)]
    r = requests.post(url + "/entityOperations/create",
                      json=[{"id": i, "type": "MapLarge"} for i in ids])
    assert r.status_code == 201
    for size in (2500, 2000, 1):  # a part and a half, whole parts, the least
        kept = ids[:size]
        gone = ids[size:]
        if gone:
            requests.post(url + "/entityOperations/delete", json=gone)
        r = requests.get(url + "/entityMaps", params={"type": "MapLarge"})
        assert r.status_code == 201 and list(r.json()["entityMap"]) == kept
        again = get_map(url, r.json()["id"])
        assert again.json() == r.json() and again.json()["linkedMaps"] == {}


def test_context_of_a_map(url):
    """6.3.6: as ld+json the @context is inside, as json in the Link."""
    make(url, "MapContext", 1)
    r = requests.get(url + "/entityMaps", params={"type": "MapContext"})
    assert "@context" not in r.json() and "json-ld#context" in r.headers["Link"]
    r = get_map(url, r.json()["id"], Accept="application/ld+json")
    assert r.headers["Content-Type"] == "application/ld+json" and "Link" not in r.headers
    assert r.json()["@context"] and r.json()["entityMap"]


def test_parameters_of_the_query_that_a_map_is_for(url, api):
    """6.34.3.1: those of Query Entities, all of them; geometryProperty is for GeoJSON, which a
    map is not (5.14.4.4)."""
    ids = make(url, "MapAll", 2)
    for flag in ("true", "false"):
        answer = api.get("entityMaps", type="MapAll", entityMap=flag, entityMapLifetime="PT5M")
        assert list(answer.ok(201).json["entityMap"]) == ids
        body = {"type": "Query", "entities": [{"type": "MapAll"}], "entityMap": flag == "true"}
        assert list(api.post("entityMaps", body).ok(201).json["entityMap"]) == ids
    query = {"type": "Query", "entities": [{"type": "MapAll"}]}
    assert api.post("entityMaps?entityMap=true&entityMapLifetime=PT5M", query).status == 201
    api.get("entityMaps", type="MapAll", entityMap="x").problem(400, "InvalidRequest", "entityMap")
    api.get("entityMaps", type="MapAll", geometryProperty="location").problem(
        400, "BadRequestData", "geometryProperty")
    api.post("entityMaps?geometryProperty=location", query).problem(
        400, "BadRequestData", "geometryProperty")


def test_a_map_that_is_named_is_used(url):
    """Table 6.4.3.2-2: whatever entityMap says."""
    ids = make(url, "MapNamed", 2)
    map_id = page(url, "MapNamed", entityMap="true").headers["NGSILD-EntityMap"]
    requests.post(url + "/entities", json={"id": "urn:ngsi-ld:MapNamed:late", "type": "MapNamed"})
    r = page(url, "MapNamed", header=map_id, entityMap="false")
    assert r.headers["NGSILD-EntityMap"] == map_id
    assert [e["id"] for e in r.json()] == ids


def test_retrieve_an_evolution(api, sensors):
    """5.7.3.4: as the entity itself, a map of its own where none is named."""
    kind, ids = sensors
    path = f"temporal/entities/{ids[0]}"
    assert api.get(path).ok().headers["NGSILD-EntityMap"] is None
    answer = api.get(path, entityMap="true", entityMapLifetime="PT5M").ok()
    map_id = answer.headers["NGSILD-EntityMap"]
    assert list(api.get(f"entityMaps/{quote(map_id)}").ok().json["entityMap"]) == [ids[0]]
    again = api.get(path, headers={"NGSILD-EntityMap": map_id}).ok()
    assert again.headers["NGSILD-EntityMap"] == map_id and again.json == answer.json
    gone = api.get(path, headers={"NGSILD-EntityMap": "urn:x:gone"}).ok()
    assert gone.headers["NGSILD-EntityMap"] not in (None, map_id)
    api.get(path, entityMap="x").problem(400, "InvalidRequest", "entityMap")
    answer = api.get("temporal/entities/urn:x:none", entityMap="true")
    answer.problem(404, "ResourceNotFound")
    assert answer.headers["NGSILD-EntityMap"] is None
