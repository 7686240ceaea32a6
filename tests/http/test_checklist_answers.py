# SPDX-License-Identifier: Apache-2.0
"""The checklist of rules that brokers miss, 4: pages, EntityMaps, GeoJSON, sysAttrs, tenants,
versions, hosted contexts, parameters that do not go together."""

import json

import pytest

from client import CORE, link, name, quote, uid
from program import wait_until


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


# Pages


@pytest.fixture(scope="module")
def five(api):
    kind = name("Five")
    ids = [api.create({"type": kind}, n=i)["id"] for i in range(5)]
    return kind, ids


def test_limits(api, five):
    """5.5.9, 6.3.10, 6.3.13: 0 is for counting; the count is there on demand only; numbers
    below 0 are none; far offsets find nothing."""
    kind, ids = five
    api.get("entities", type=kind, limit=0).problem(400, "BadRequestData", "limit")
    answer = api.get("entities", type=kind, limit=0, count="true").ok()
    assert answer.json == [] and answer.count == 5
    for bad in ({"limit": -1}, {"offset": -1}, {"limit": "x"}, {"offset": "1.5"}, {"limit": ""},
                {"count": "yes"}, {"limit": 10 ** 30}):
        answer = api.get("entities", type=kind, **bad)
        assert answer.status in (400, 403), answer
    answer = api.get("entities", type=kind, limit=2, offset=1).ok()
    assert answer.ids == ids[1:3] and answer.count is None
    answer = api.get("entities", type=kind, offset=77, count="true").ok()
    assert answer.json == [] and answer.count == 5 and "next" not in answer.links
    query = {"type": "Query", "entities": [{"type": kind}]}
    answer = api.post("entityOperations/query?limit=0&count=true", query).ok()
    assert answer.json == [] and answer.count == 5
    api.post("entityOperations/query?limit=0", query).problem(400, "BadRequestData", "limit")


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json",
                                    "application/geo+json"])
def test_links_of_pages(api, five, accept):
    """6.3.10: next and prev with every parameter and the media type of the request; no prev on
    the first page, no next on the last."""
    kind, ids = five
    path = f"entities?type={kind}&q=n>=0&options=sysAttrs&count=true&limit=2".replace(">", "%3E")
    for offset, rels in ((0, {"next"}), (2, {"next", "prev"}), (4, {"prev"})):
        answer = api.get(f"{path}&offset={offset}", headers={"Accept": accept}).ok()
        links = {rel: url for rel, url in answer.links.items() if rel in ("next", "prev")}
        assert set(links) == rels, answer
        for url in links.values():
            assert all(part in url for part in ("type=", "q=n%3E", "options=sysAttrs", "limit=2",
                                                "count=true", "offset=")), url
        for value in answer.headers.get_all("Link") or []:
            if 'rel="next"' in value or 'rel="prev"' in value:
                assert f'type="{accept}"' in value, value
    answer = api.get(path, headers={"Accept": "application/json"}).ok()
    assert api.get(answer.links["next"]).ok().ids == ids[2:4]


def test_entity_maps(api):
    """5.5.14, 5.14: 201 when made, the same set on the following pages; unknown ones are made
    anew; only expiresAt changes, the rest is ignored."""
    kind = name("Kind")
    ids = [api.create({"type": kind})["id"] for _ in range(4)]
    first = api.get("entities", type=kind, entityMap="true", limit=2).ok(201)
    map_id = first.headers["NGSILD-EntityMap"]
    api.delete(f"entities/{ids[2]}").empty()
    api.create({"type": kind})
    again = api.get("entities", headers={"NGSILD-EntityMap": map_id}, type=kind, limit=2,
                    offset=2).ok()
    assert again.ids == [ids[3]] and again.headers["NGSILD-EntityMap"] == map_id
    path = f"entityMaps/{quote(map_id)}"
    got = api.get(path).ok().json
    assert got["type"] == "EntityMap" and got["entityMap"][ids[0]] == ["@none"], got
    api.patch(path, {"expiresAt": "2099-01-01T00:00:00Z", "id": "urn:x:y", "entityMap": {}}).empty()
    after = api.get(path).ok().json
    assert after["id"] == got["id"] and after["entityMap"] == got["entityMap"]
    assert after["expiresAt"] != got["expiresAt"]
    api.delete(path).empty()
    api.get(path).problem(404, "ResourceNotFound")
    answer = api.get("entities", headers={"NGSILD-EntityMap": map_id}, type=kind).ok(201)
    assert answer.headers["NGSILD-EntityMap"] not in (None, map_id)
    for method in ("GET", "PATCH", "DELETE"):
        api.request(method, "entityMaps/none", {} if method == "PATCH" else None).problem(
            400, "BadRequestData")


# Representations


def test_geojson(api):
    """4.5.16, 4.5.17, 6.3.15: geometryProperty with geo+json only; null where there is none;
    one @context on top, or with Prefer in the Link; [] where nothing is found."""
    kind = name("Kind")
    here, there = {"type": "Point", "coordinates": [1, 2]}, {"type": "Point", "coordinates": [3, 4]}
    id_ = api.create({"type": kind}, location=here, other=there, p=1)["id"]
    geo = {"Accept": "application/geo+json"}
    one = api.get(f"entities/{id_}", headers=geo).ok()
    assert one.json["geometry"] == here and one.json["type"] == "Feature" and one.context is None
    assert one.json["properties"]["type"] == kind and "@context" in one.json
    assert one.json["properties"]["location"]["value"] == here
    got = api.get(f"entities/{id_}", headers=geo, geometryProperty="other").ok().json
    assert got["geometry"] == there
    got = api.get(f"entities/{id_}", headers=geo, geometryProperty="p").ok().json
    assert got["geometry"] is None
    got = api.get(f"entities/{id_}", headers=geo, format="simplified").ok().json
    assert got["properties"] == {"type": kind, "location": here, "other": there, "p": 1}
    answer = api.get(f"entities?type={kind}", headers={**geo, "Prefer": "body=json"}).ok()
    assert "@context" not in answer.json and answer.context, answer
    assert answer.json["type"] == "FeatureCollection"
    assert "@context" not in answer.json["features"][0]
    answer = api.get(f"entities?type={name('No')}", headers=geo).ok()
    assert answer.json["features"] == []
    for path in (f"entities/{id_}", f"entities?type={kind}"):
        api.get(path, geometryProperty="other").problem(400, "BadRequestData", "geometryProperty")
    query = {"type": "Query", "entities": [{"type": kind}]}
    api.post("entityOperations/query?geometryProperty=other", query).problem(
        400, "BadRequestData", "geometryProperty")
    got = api.post("entityOperations/query?geometryProperty=other", query, headers=geo).ok().json
    assert got["features"][0]["geometry"] == there


def test_concise_is_lossless(api):
    """4.5.2.3, 6.3.7: no type; what would be read as something else stays an object; with
    sysAttrs nothing collapses."""
    odd = {"a": prop({"type": "Property"}), "b": prop({"value": 1}), "c": prop({"object": "x"}),
           "d": prop(1), "e": prop(1, unitCode="CEL"), "f": prop([{"value": 1}]),
           "g": prop({"type": "Point", "coordinates": [1, 2]}), "h": prop({}),
           "i": prop({"languageMap": {}}), "k": prop({"datasetId": "urn:a:b"})}
    id_ = api.create(odd)["id"]
    concise = api.entity(id_, format="concise")
    assert concise["d"] == 1 and concise["e"] == {"value": 1, "unitCode": "CEL"}, concise
    other = uid()
    api.post("entities", {**concise, "id": other}).ok(201)
    before, after = api.entity(id_), api.entity(other)
    for key in odd:
        assert after[key] == before[key], key
    sys = api.entity(id_, format="concise", options="sysAttrs")
    assert sys["d"]["value"] == 1 and "createdAt" in sys["d"]


def test_format_wins_over_options(api):
    """6.3.7, 6.3.11: format before options; sysAttrs stays an option; others are refused."""
    id_ = api.create(p=prop(1, unitCode="X"))["id"]
    for path, pick in ((f"entities/{id_}", lambda e: e), ("entities?local=true&id=" + id_,
                                                         lambda e: e[0])):
        got = pick(api.get(path, format="simplified", options="concise,sysAttrs").ok().json)
        assert got["p"] == 1 and "createdAt" in got
        got = pick(api.get(path, format="normalized", options="keyValues").ok().json)
        assert got["p"] == prop(1, unitCode="X")
        for bad in ({"format": "short"}, {"options": "short"}, {"options": "sysAttrs,x"},
                    {"options": "noOverwrite"}, {"options": "update"}, {"format": ""},
                    {"format": "temporalValues"}, {"format": "concise,simplified"}):
            api.get(path, **bad).problem(400, "InvalidRequest")
    for path, bad in (("entities", "keyValues"), (f"entities/{id_}/attrs", "update"),
                      ("entityOperations/upsert", "noOverwrite"),
                      ("entityOperations/update", "replace")):
        body = {"id": uid(), "type": "T"} if path == "entities" else (
            {"q": 1} if "attrs" in path else [{"id": uid(), "type": "T"}])
        api.post(f"{path}?options={bad}", body).problem(400, "InvalidRequest")


@pytest.mark.parametrize("version, there, gone", [
    ("1.8", {"j", "o", "scope", "d"}, {"e"}), ("1.3", {"d", "p"}, {"scope"}),
    ("1.0", {"p"}, {"scope"})])
def test_versions(api, version, there, gone):
    """4.3.6.8: 203, what was really done, and only fallbacks of what came later."""
    late = "2099-01-01T00:00:00Z"
    id_ = api.create({"scope": "/a", "expiresAt": late},
                     p=prop(1, unitCode="CEL", observedAt="2026-01-01T00:00:00Z", expiresAt=late),
                     d=[prop(1), prop(2, datasetId="urn:d:1")], j={"json": {"a": 1}},
                     o={"type": "Relationship", "object": "urn:a:b", "objectType": "T"},
                     l={"languageMap": {"en": "a"}})["id"]
    answer = api.get(f"entities/{id_}", headers={"Prefer": f"ngsi-ld={version}"},
                     options="sysAttrs").ok(203)
    assert answer.headers["Preference-Applied"] == f"ngsi-ld={version}", answer
    got = answer.json
    assert there <= set(got) and not gone & set(got) and "expiresAt" not in got, got
    assert "expiresAt" not in got["p"]
    assert ("unitCode" in got["p"]) == (version != "1.0")
    assert ("observedAt" in got["p"]) == (version != "1.0")
    assert isinstance(got["d"], list) == (version != "1.0"), got
    assert (got["j"]["type"] == "JsonProperty") == (version == "1.8")
    assert (got["l"]["type"] == "LanguageProperty") == (version == "1.8")


@pytest.mark.parametrize("members", [
    {"type": "Q"}, {"foo": 1}, {"limit": 5}, {"local": True}, {"options": "keyValues"},
    {"entities": {}}, {"entities": [{}]}, {"entities": [{"id": "urn:a:b"}]}, {"entities": [5]},
    {"entities": [{"type": "T", "id": "x"}]}, {"entities": [{"type": "T", "id": []}]},
    {"entities": [{"type": "T", "id": 5}]}, {"entities": [{"type": "T", "idPattern": 5}]},
    {"entities": [{"type": "T", "idPattern": "["}]}, {"entities": [{"type": ["T"]}]},
    {"entities": [{"type": "T", "foo": 1}]}, {"q": 5}, {"q": ""}, {"scopeQ": ["/a"]}, {"csf": 5},
    {"geoQ": []}, {"geoQ": {}}, {"geoQ": {"georel": "within"}},
    {"geoQ": {"georel": "within", "geometry": "Point", "coordinates": [0, 0], "foo": 1}},
    {"temporalQ": {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}}, {"aggrParams": {}},
    {"join": "x"}, {"join": "inline", "joinLevel": "1"}, {"join": "inline", "joinLevel": 0},
    {"containedBy": ["urn:a:b"]}, {"lang": 5}, {"datasetId": "urn:a:b"}, {"datasetId": ["x"]},
    {"ordering": {}}, {"ordering": []}, {"ordering": {"orderBy": "p"}},
    {"ordering": {"orderBy": ["p"], "foo": 1}}, {"ordering": {"orderBy": []}},
    {"entityMap": "true"}, {"splitEntities": 1}, {"expandValues": ["a"]}, {"pick": ["a{"]}])
def test_queries_that_are_none(api, members):
    """5.2.23, 5.2.13, 5.2.33, 5.2.43: each member of a Query has its form, and there are no
    others; those of the past are for temporal queries."""
    body = {"type": "Query", "entities": [{"type": "T"}], **members}
    api.post("entityOperations/query", body).problem(400, "BadRequestData")
    if "entityMap" not in members:
        api.post("entityMaps", body).problem(400, "BadRequestData")


def test_a_query_with_keywords(api):
    """4.4: id and type are aliases of @id and @type, in a Query as in an entity."""
    kind = name("Kind")
    ids = [api.create({"type": kind})["id"] for _ in range(2)]
    body = {"@type": "Query", "entities": [{"@type": kind}]}
    assert api.post("entityOperations/query", body).ok().ids == ids
    body["entities"][0]["@id"] = ids[1]
    assert api.post("entityOperations/query", body).ok().ids == [ids[1]]
    body["entities"][0]["@id"] = "none"
    api.post("entityOperations/query", body).problem(400, "BadRequestData", "id")


def test_an_id_wins_over_a_pattern(api):
    """5.2.33: in a selector idPattern does not count where there is an id."""
    kind = name("Kind")
    id_ = api.create({"type": kind})["id"]
    body = {"type": "Query", "entities": [{"type": kind, "id": id_, "idPattern": "^nothing$"}]}
    assert api.post("entityOperations/query", body).ok().ids == [id_]
    assert api.get("entities", type=kind, id=id_, idPattern="^nothing$").ok().ids == []
    body["entities"] = [{"type": "*"}]
    api.post("entityOperations/query?local=false", body).problem(400, "BadRequestData")


@pytest.mark.parametrize("body", ["[]", "5", '"x"', "true", "null"])
def test_json_that_is_no_object(api, body):
    """5.5.4: what is no JSON is InvalidRequest; so is JSON that is no object where an entity,
    fragment or subscription belongs (ETSI's 001_02_02); other data are BadRequestData."""
    id_ = api.create(p=prop(1))["id"]
    whole = ("entities", f"entities/{id_}", f"entities/{id_}/attrs", "subscriptions",
             "temporal/entities")
    for method, path in (("POST", "entities"), ("PUT", f"entities/{id_}"),
                         ("PATCH", f"entities/{id_}"), ("POST", f"entities/{id_}/attrs"),
                         ("PATCH", f"entities/{id_}/attrs"), ("PATCH", f"entities/{id_}/attrs/p"),
                         ("PUT", f"entities/{id_}/attrs/p"), ("POST", "entityOperations/query"),
                         ("POST", "subscriptions"), ("POST", "temporal/entities"),
                         ("POST", "jsonldContexts")):
        kind = "InvalidRequest" if path in whole else "BadRequestData"
        api.request(method, path, body).problem(400, kind)
        api.request(method, path, body + "}").problem(400, "InvalidRequest")


# Tenants, contexts, discovery


def test_tenants(api):
    """4.14, 5.5.10, 6.3.14: reads of an unknown tenant are 404; created by the first entity;
    echoed by successes and errors; nothing is seen from another."""
    tenant = name("tenant")
    mine = api.with_(NGSILD_Tenant=tenant)
    for method, path, body in (("GET", "entities?type=T", None), ("GET", "types", None),
                               ("GET", "entities/urn:a:b", None), ("GET", "attributes", None),
                               ("DELETE", "entities/urn:a:b", None),
                               ("PATCH", "entities/urn:a:b/attrs", {"p": 1}),
                               ("POST", "entityOperations/delete", ["urn:a:b"]),
                               ("POST", "entityOperations/update", [{"id": "urn:a:b", "p": 1}]),
                               ("GET", "subscriptions", None),
                               ("POST", "entityOperations/query",
                                {"type": "Query", "entities": [{"type": "T"}]})):
        answer = mine.request(method, path, body)
        answer.problem(404, "NonexistentTenant")
    id_ = mine.create(p=prop(1))["id"]
    for answer in (mine.get(f"entities/{id_}"), mine.get("entities/urn:no:body"),
                   mine.delete(f"entities/{id_}/attrs/p"), mine.get("types")):
        assert answer.headers["NGSILD-Tenant"] == tenant, answer
    api.get(f"entities/{id_}").problem(404, "ResourceNotFound")
    assert api.get(f"entities/{id_}").headers["NGSILD-Tenant"] is None


def test_cached_contexts(api, pages):
    """5.13.4, 5.13.5: a cached one is not served (422); a reload that fails is 504 and keeps
    the old copy; reload is of cached ones only."""
    url = pages.put("/c.jsonld", json.dumps({"@context": {"a": "https://example.org/a"}}))
    id_ = api.create({"id": uid(), "type": "T", "a": 1, "@context": url})["id"]
    api.get(f"jsonldContexts/{quote(url)}").problem(422, "OperationNotSupported")
    assert api.get(f"jsonldContexts/{quote(url)}", details="true").ok().json["kind"] == "Cached"
    pages.pages["/c.jsonld"] = (500, {}, b"", 0)
    api.delete(f"jsonldContexts/{quote(url)}", reload="true").problem(504, "LdContextNotAvailable")
    assert "a" in api.entity(id_, headers={"Link": link(url)})
    answer = api.post("jsonldContexts", {"@context": {"a": "https://example.org/a"}}).ok(201)
    api.delete(answer.headers["Location"], reload="true").problem(400, "BadRequestData")
    api.delete(answer.headers["Location"]).empty()
    gone = pages.url + "/none.jsonld"
    api.get("entities?type=T", headers={"Link": link(gone)}).problem(504, "LdContextNotAvailable")
    bad = pages.put("/bad.jsonld", "[1]")
    api.get("entities?type=T", headers={"Link": link(bad)}).problem(400, "BadRequestData")
    scoped = pages.put("/s.jsonld", '{"@context": {"a": {"@id": "urn:x:a", "@context": {}}}}')
    api.get("entities?type=T", headers={"Link": link(scoped)}).problem(400, "BadRequestData")


def test_discovery(api):
    """5.7.5 to 5.7.10: short names with the context of the request; full ones in the path;
    unknown ones are 404."""
    kind, a = name("Kind"), name("a")
    api.create({"type": kind}, **{a: prop(1)})
    vocab = "https://uri.etsi.org/ngsi-ld/default-context/"
    headers = {"Link": link(CORE)}
    listed = api.get("types", headers=headers).ok().json
    assert listed["type"] == "EntityTypeList" and kind in listed["typeList"]
    detail = next(t for t in api.get("types?details=true", headers=headers).ok().json
                  if t["typeName"] == kind)
    assert detail == {"id": vocab + kind, "type": "EntityType", "typeName": kind,
                      "attributeNames": [a]}
    for path in (f"types/{kind}", f"types/{quote(vocab + kind)}"):
        one = api.get(path, headers=headers).ok().json
        assert one["entityCount"] == 1 and one["type"] == "EntityTypeInfo", one
        assert one["attributeDetails"][0]["attributeTypes"] == ["Property"], one
    one = api.get(f"attributes/{quote(vocab + a)}", headers=headers).ok().json
    assert one["attributeCount"] == 1 and one["typeNames"] == [kind], one
    assert a in api.get("attributes", headers=headers).ok().json["attributeList"]
    for path in (f"types/{name('No')}", f"attributes/{name('no')}"):
        api.get(path).problem(404, "ResourceNotFound")


def test_expired_is_gone_before_it_is_swept(api):
    """4.22: retrieved, queried, counted, listed, merged or replaced: it is not there."""
    kind = name("Kind")
    id_ = uid()
    api.post("entities", {"id": id_, "type": kind, "p": 1,
                          "expiresAt": "2001-01-01T00:00:00Z"})
    api.get(f"entities/{id_}").problem(404, "ResourceNotFound")
    assert api.get("entities", type=kind, count="true").ok().count == 0
    api.patch(f"entities/{id_}", {"p": 2}).problem(404, "ResourceNotFound")
    api.put(f"entities/{id_}", {"type": kind}).problem(404, "ResourceNotFound")
    api.delete(f"entities/{id_}").problem(404, "ResourceNotFound")
    api.get(f"types/{kind}").problem(404, "ResourceNotFound")
    soon = api.create({"type": kind}, p=prop(1), q=prop(1))["id"]
    api.patch(f"entities/{soon}/attrs", {"q": prop(1, expiresAt="2001-01-01T00:00:00Z")})
    wait_until("it to expire", lambda: "q" not in api.entity(soon), 5)
    assert api.get("entities", type=kind, q="q").ok().json == []
    api.get(f"entities/{soon}", attrs="q").problem(404, "ResourceNotFound")
