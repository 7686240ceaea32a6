# SPDX-License-Identifier: Apache-2.0
"""The checklist of rules that brokers miss, 1: requests, contexts, kinds, nulls.

One test a rule, named by what it says; each opens with its clause.  Where the lines are:

 1 to 6   here: requests (6.3.4, 6.3.5, 6.3.20), answers (6.3.6), @context (4.4, 5.5.7), kinds
          and representations (4.5), expiry (4.22), Nulls (5.5.4, 5.5.8)
 7 to 10  test_checklist_writes.py: datasets, Merge, scopes, selectors, deletion, purge, batches
11 to 15  test_checklist_queries.py: width, q, scopeQ, georel, projection, lang, join, order
16        test_checklist_answers.py: test_limits, test_links_of_pages, test_entity_maps
17, 18    test_temporal.py: test_bounds, test_refused_query, test_deletions, test_partial_…,
          test_every_method, test_months_do_not_drift; test_temporal_writes.py
19        test_subscriptions.py: test_refused
20, 21    test_checklist_notifications.py; test_notifications.py: test_cooldown, test_throttling,
          test_periodic, test_expired, test_paused_while_pending; test_mqtt.py
22, 23    context sources: not yet
24        test_checklist_answers.py: test_cached_contexts, test_tenants
25        test_checklist_answers.py: test_versions; snapshots: not yet
"""

import pytest

from client import API, CORE, NULL, VOCAB, link, name, quote, uid
from wire import exchange

LD = {"Content-Type": "application/ld+json"}
JSON = {"Content-Type": "application/json"}
EX = "https://example.org/ns#"


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def refused(api, entity, *words):
    """An entity with these attributes cannot be made."""
    return api.post("entities", {"id": uid(), "type": "T", **entity}).problem(
        400, "BadRequestData", *words)


# What a request looks like


def writes(id_):
    """Each operation that takes a body, with one that it would accept."""
    fragment = {"p": prop(2)}
    query = {"type": "Query", "entities": [{"type": "T"}]}
    return [
        ("POST", "entities", {"id": uid(), "type": "T"}),
        ("PUT", f"entities/{id_}", {"type": "Thing", **fragment}),
        ("PATCH", f"entities/{id_}", fragment),
        ("POST", f"entities/{id_}/attrs", fragment),
        ("PATCH", f"entities/{id_}/attrs", fragment),
        ("PATCH", f"entities/{id_}/attrs/p", prop(2)),
        ("PUT", f"entities/{id_}/attrs/p", prop(2)),
        ("POST", "entityOperations/query", query),
        ("POST", "entityMaps", query),
    ]


BATCHES = ("create", "upsert", "update", "merge")


def test_contexts_are_not_mixed(api):
    """6.3.5: ld+json with a Link, json with an @context, ld+json without one: 400 each, and
    nothing was done."""
    id_ = api.create(p=prop(1))["id"]
    for method, path, body in writes(id_):
        inside = {**body, "@context": CORE}
        for sent, headers in ((inside, {**LD, "Link": link(CORE)}), (inside, JSON), (body, LD)):
            api.request(method, path, sent, headers=headers).problem(
                400, "BadRequestData", "@context")
    assert api.entity(id_)["p"]["value"] == 1


def test_contexts_of_batches_are_not_mixed(api):
    """6.3.5: the same in the elements of a batch; one element's is that element's error."""
    for operation in BATCHES:
        path = f"entityOperations/{operation}"
        body = {"id": uid(), "type": "T", "@context": CORE}
        api.post(path, [body], headers={**LD, "Link": link(CORE)}).problem(
            400, "BadRequestData", "@context")
        bare = {"id": uid(), "type": "T"}
        for sent, headers in (([body], JSON), ([bare], LD)):
            answer = api.post(path, sent, headers=headers)
            assert answer.status in (207, 400), answer
            if answer.status == 207:
                assert answer.json["success"] == [], answer
        api.get(f"entities/{quote(body['id'])}").problem(404, "ResourceNotFound")


@pytest.mark.parametrize("kind", ["text/plain", "application/geo+json", "application/xml", None])
def test_other_media_types_are_a_bare_415(api, kind):
    """6.3.4: just 415, without any payload body; Accept says what would do (RFC 9110)."""
    id_ = api.create(p=prop(1))["id"]
    for method, path, body in writes(id_):
        answer = api.request(method, path, body, headers={"Content-Type": kind}).ok(415)
        assert answer.body == b"" and answer.type is None, answer
        assert "application/ld+json" in answer.headers["Accept"], answer
        assert ("merge-patch" in answer.headers["Accept"]) == (method == "PATCH" or (
            path.endswith("/attrs"))), answer


def test_no_length_is_a_bare_411(broker):
    """6.3.4: just 411, without any payload body."""
    for method, path, _ in writes("urn:a:b"):
        answer = exchange(broker, f"{method} {API}/{path} HTTP/1.1\r\nHost: x\r\n"
                          "Content-Type: application/json\r\n\r\n").ok(411)
        assert answer.body == b"" and answer.type is None, answer


def test_406_lists_what_there_is(api):
    """6.3.4: the body of 406 lists the representations; geo+json is one of entities only."""
    id_ = api.create(p=prop(1))["id"]
    query = {"type": "Query", "entities": [{"type": "T"}]}
    for path in (f"entities/{id_}", "entities?type=T"):
        detail = api.get(path, headers={"Accept": "text/html"}).ok(406).body.decode()
        assert all(word in detail for word in ("json", "ld+json", "geo+json")), detail
    api.post("entityOperations/query", query, headers={"Accept": "image/png"}).ok(406)
    for path in ("types", "types/T", "attributes", "attributes/p", "subscriptions",
                 "jsonldContexts", "info/sourceIdentity", "temporal/entities?type=T",
                 f"temporal/entities/{id_}"):
        answer = api.get(path, headers={"Accept": "application/geo+json"}).ok(406)
        listed = answer.json["detail"].partition(": ")[2]
        assert "application/ld+json" in listed and "geo" not in listed, answer
    api.post("temporal/entityOperations/query", query,
             headers={"Accept": "application/geo+json"}).ok(406)


@pytest.mark.parametrize("accept, kind", [
    ("application/ld+json;q=0.5, application/json;q=0.9", "application/json"),
    ("application/json;q=0.5, application/ld+json;q=0.9", "application/ld+json"),
    ("application/ld+json, application/json", "application/json"),
    ("application/geo+json, application/ld+json", "application/ld+json"),
    ("application/json;q=0, */*", "application/ld+json"),
    ("application/geo+json, */*;q=0.1", "application/geo+json"),
    ("*/*", "application/json"), ("application/*", "application/json"),
    ("text/html;q=0.1, */*", "application/json"), (None, "application/json")])
def test_accept_goes_by_weights_then_by_the_list(api, accept, kind):
    """6.3.4: json before ld+json before geo+json, unless weights say otherwise."""
    id_ = api.create(p=prop(1))["id"]
    assert api.get(f"entities/{id_}", headers={"Accept": accept}).ok().type == kind


def test_unknown_parameters_are_invalid_requests(api):
    """6.3.20: for every operation, reading and writing."""
    id_ = api.create(p=prop(1))["id"]
    for method, path, body in writes(id_):
        api.request(method, path + "?colour=red", body).problem(400, "InvalidRequest", "colour")
    for operation in BATCHES:
        api.post(f"entityOperations/{operation}?colour=red", [{"id": uid(), "type": "T"}]
                 ).problem(400, "InvalidRequest", "colour")
    for path in ("entities?type=T", f"entities/{id_}?a=b", "types?a=b", "attributes?a=b",
                 "subscriptions?a=b", "jsonldContexts?a=b"):
        api.get(f"{path}&colour=red").problem(400, "InvalidRequest")
    api.delete(f"entities/{id_}?colour=red").problem(400, "InvalidRequest", "colour")
    assert api.entity(id_)["p"]["value"] == 1


def test_errors_are_json_and_speak_in_full_names(api):
    """6.3.6: whatever is accepted, errors and 207 are application/json, without an @context,
    with fully qualified names only."""
    id_ = api.create(p=prop(1))["id"]
    for accept in ("application/ld+json", "application/geo+json"):
        headers = {"Accept": accept, "Link": link(CORE)}
        api.get("entities/urn:no:body", headers=headers).problem(404, "ResourceNotFound")
        answer = api.post(f"entities/{id_}/attrs?options=noOverwrite", {"p": 2, "r": 1},
                          headers=headers).ok(207)
        assert answer.type == "application/json" and answer.context is None, answer
        assert answer.json["updated"] == [VOCAB + "r"], answer
        assert answer.json["notUpdated"][0]["attributeName"] == VOCAB + "p", answer
        api.delete(f"entities/{id_}/attrs/r").empty()


def test_local_is_true_or_false(api):
    """6.3.18, 6.3.20: on every resource; here all is local."""
    id_ = api.create(p=prop(1))["id"]
    for method, path, body in writes(id_)[:-1]:
        api.request(method, path + "?local=maybe", body).problem(400, "InvalidRequest", "local")
    for path in (f"entities/{id_}", "entities?type=T", "types", "attributes"):
        for local, status in (("true", 200), ("false", 200), ("", 400), ("1", 400)):
            api.get(path, local=local).ok(status)
    api.patch(f"entities/{id_}/attrs?local=true", {"p": 2}).empty()


# @context


def test_the_core_context_wins(api):
    """4.4: a term of the core cannot be overridden, wherever the core stands in the array."""
    for context in ([{"value": EX + "v", "observedAt": EX + "o"}, CORE],
                    [CORE, {"value": EX + "v", "observedAt": EX + "o"}]):
        id_ = uid()
        api.post("entities", {"id": id_, "type": "T", "@context": context,
                              "p": {"type": "Property", "value": 1,
                                    "observedAt": "2026-01-01T00:00:00Z"}}).ok(201)
        assert api.entity(id_)["p"] == prop(1, observedAt="2026-01-01T00:00:00Z")


def test_two_contexts_by_link(api, pages):
    """6.3.5, JSON-LD 1.1 6.2: two different ones are refused, one said twice is one."""
    one, two = (pages.put(f"/{n}.jsonld", '{"@context": {}}') for n in "ab")
    for both in (f"{link(one)}, {link(two)}", f'<x>; rel="next", {link(one)}, {link(two)}'):
        api.get("types", headers={"Link": both}).problem(400, "BadRequestData", one, two)
        api.post("entities", {"id": uid(), "type": "T"}, headers={"Link": both}).problem(
            400, "BadRequestData", "Link")
    api.get("types", headers={"Link": f"{link(one)}, {link(one)}"}).ok()


def test_unknown_terms_come_out_in_full_where_the_context_lacks_them(api, pages):
    """5.5.7, annex B: unknown terms are of the default vocabulary; the context of a response
    is that of its request, not that of the creation."""
    url = pages.put("/c.jsonld", '{"@context": {"warm": "' + EX + 'warm"}}')
    id_ = uid()
    api.post("entities", {"id": id_, "type": "T", "warm": 1, "wet": 2},
             headers={"Link": link(url)}).ok(201)
    assert set(api.entity(id_)) == {"id", "type", EX + "warm", "wet"}
    assert set(api.entity(id_, headers={"Link": link(url)})) == {"id", "type", "warm", "wet"}
    api.get(f"entities/{id_}", attrs=VOCAB + "wet").ok()


def test_aliases_in_and_plain_names_out(api):
    """4.4: @id and @type may be sent; id and type are answered."""
    id_ = uid()
    api.post("entities", {"@id": id_, "@type": "T", "p": {"@type": "Property", "value": 1},
                          "r": {"@type": "Relationship", "object": "urn:a:b"}}).ok(201)
    for accept in ("application/json", "application/ld+json"):
        entity = api.entity(id_, headers={"Accept": accept})
        assert not {"@id", "@type"} & set(entity), entity
        assert entity["p"] == prop(1) and entity["r"]["type"] == "Relationship"


# Kinds of attributes


def test_json_is_opaque_and_lists_stay_lists(api):
    """4.5.24, 4.4: no key of a JsonProperty means anything; arrays of one and of none stay."""
    sent = {
        "raw": {"type": "JsonProperty", "json": {
            "id": "x", "type": "Property", "value": 1, "@context": {"a": "b"}, "@id": "y",
            "n": None, "l": [], "o": [[1]], "datasetId": "no uri"}},
        "none": prop([]), "one": prop([1]), "nested": prop([[1], []]),
        "list": {"type": "ListProperty", "valueList": []},
        "short": {"type": "ListProperty", "valueList": [1]},
        "rels": {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]},
        "empty": {"type": "ListRelationship", "objectList": []},
        "words": {"type": "LanguageProperty", "languageMap": {"en": ["x"], "fr": "y"}},
        "voc": {"type": "VocabProperty", "vocab": ["a"]},
        "array": {"type": "JsonProperty", "json": []}}
    got = api.entity(api.create(sent)["id"])
    for key, value in sent.items():
        assert got[key] == value, key


def test_concise_geometries(api):
    """4.5.2.3, 4.7.3: a bare geometry, or one in `value`, is a GeoProperty; an object whose
    type is no kind of the standard's is refused."""
    point = {"type": "Point", "coordinates": [1, 2]}
    got = api.entity(api.create(a=point, b={"value": point}, location=point)["id"])
    for key in ("a", "b", "location"):
        assert got[key] == {"type": "GeoProperty", "value": point}
    refused(api, {"p": {"type": "Foo", "value": 1}}, "/p")
    refused(api, {"p": {"type": "Foo"}}, "/p")


def test_simplified_wraps_what_would_lose_its_kind(api):
    """4.5.4: languageMap, json, vocab and dataset."""
    one = {"type": "LanguageProperty", "languageMap": {"en": "a"}}
    got = api.entity(api.create(
        l=one, j={"json": {"a": 1}}, v={"vocab": "word"}, m=[prop(1), prop(2, datasetId="urn:d:2")],
        lm=[one, {**one, "datasetId": "urn:d:1"}], only=prop(3, datasetId="urn:d:3"),
    )["id"], format="simplified")
    assert got["l"] == {"languageMap": {"en": "a"}}
    assert got["j"] == {"json": {"a": 1}} and got["v"] == {"vocab": "word"}
    assert got["m"] == {"dataset": {"@none": 1, "urn:d:2": 2}}
    assert got["lm"] == {"dataset": {"@none": got["l"], "urn:d:1": got["l"]}}


def test_expires_at_is_a_system_member(api):
    """6.3.11, 4.22: shown with sysAttrs only, of entities and of attributes."""
    late = "2099-01-01T00:00:00Z"
    id_ = api.create(expiresAt=late, p=prop(1, expiresAt=late))["id"]
    got = api.entity(id_)
    assert "expiresAt" not in got and got["p"] == prop(1)
    got = api.entity(id_, options="sysAttrs")
    assert got["expiresAt"] == late and got["p"]["expiresAt"] == late
    assert {"createdAt", "modifiedAt"} <= set(got) and {"createdAt", "modifiedAt"} <= set(got["p"])


@pytest.mark.parametrize("kind, member, value", [
    ("Relationship", "object", "urn:a:b"), ("LanguageProperty", "languageMap", {"en": "a"}),
    ("VocabProperty", "vocab", "a"), ("JsonProperty", "json", {}),
    ("ListRelationship", "objectList", [{"object": "urn:a:b"}])])
def test_units_are_of_values(api, kind, member, value):
    """4.5.3, 4.5.18 to 4.5.24: unitCode is of Property and ListProperty alone."""
    refused(api, {"p": {"type": kind, member: value, "unitCode": "CEL"}}, "/p", "unitCode")
    api.create(p=prop(1, unitCode="CEL"),
               q={"type": "ListProperty", "valueList": [1], "unitCode": "CEL"})


MEMBERS = {"Property": ("value", 1), "Relationship": ("object", "urn:a:b"),
           "GeoProperty": ("value", {"type": "Point", "coordinates": [0, 0]}),
           "LanguageProperty": ("languageMap", {"en": "a"}), "VocabProperty": ("vocab", "a"),
           "JsonProperty": ("json", {"a": 1}), "ListProperty": ("valueList", [1]),
           "ListRelationship": ("objectList", ["urn:a:b"])}


@pytest.mark.parametrize("kind", MEMBERS)
def test_no_kind_has_the_value_of_another(api, kind):
    """4.5.2 to 4.5.24: the value member of any other kind is refused, beside the right one
    and in its place."""
    own, value = MEMBERS[kind]
    for member, other in set((m, str(v)) for m, v in MEMBERS.values()):
        if member == own:
            continue
        other = next(v for m, v in MEMBERS.values() if m == member)
        refused(api, {"p": {"type": kind, own: value, member: other}}, "/p")
        refused(api, {"p": {"type": kind, member: other}}, "/p")
    refused(api, {"p": {"type": kind}}, "/p")


@pytest.mark.parametrize("text, stored", [
    ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ("2026-01-01T00:00:00,25Z", "2026-01-01T00:00:00.250Z"),
    ("2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123456Z"),
    ("2026-01-01T00:00:00+01:00", None), ("2026-01-01T00:00:00", None), ("2026-01-01", None),
    ("2026-01-01T00:00Z", None), ("20260101T000000Z", None), ("2026-02-30T00:00:00Z", None),
    ("2026-01-01T00:00:00.1234567Z", None), ("2026-01-01T00:00:00.Z", None),
    ("2026-01-01t00:00:00z", None), ("2026-01-01 00:00:00Z", None), ("x", None), (5, None)])
def test_date_times(api, text, stored):
    """4.6.3: in UTC, complete, with at most six digits after a point or a comma."""
    if stored is None:
        refused(api, {"p": prop(1, observedAt=text)}, "/p/observedAt")
        refused(api, {"expiresAt": text}, "/expiresAt")
        refused(api, {"p": prop(1, expiresAt=text)}, "/p/expiresAt")
    else:
        assert api.entity(api.create(p=prop(1, observedAt=text))["id"])["p"]["observedAt"] == stored


def test_names(api, pages):
    """4.6.2: a letter of any script, then letters, digits and '_', with a prefix or without;
    a hyphen only where the @context defines the term, as some published models do."""
    for good in ("aB_1", "é1", "名前", "ngsi-ld:a"):
        assert good.removeprefix("ngsi-ld:") in str(api.entity(api.create({good: 1})["id"]))
    for bad in ("1a", "_a", "a b", "a-b", "a.b", "a$", "a/b", "a[b]", "a;b", ""):
        refused(api, {bad: 1})
        refused(api, {"type": bad})
        refused(api, {"p": prop(1, **{bad: 1})})
    url = pages.put("/c.jsonld", '{"@context": {"P-TOT": "' + EX + 'P-TOT"}}')
    headers = {"Link": link(url)}
    id_ = uid()
    api.post("entities", {"id": id_, "type": "T", "P-TOT": 1}, headers=headers).ok(201)
    assert api.entity(id_, headers=headers)["P-TOT"] == prop(1)


@pytest.mark.parametrize("term", [
    "datasetId", "instanceId", "observedAt", "expiresAt", "unitCode", "lang", "objectType",
    "valueType", "previousValue", "previousObject", "previousLanguageMap", "object", "vocab",
    "languageMap", "valueList", "objectList", "json", "entity", "entityList"])
def test_core_members_are_no_attributes(api, term):
    """4.5.1: what the core defines as non-reified names no attribute."""
    refused(api, {term: prop("urn:a:b")}, "/" + term)
    refused(api, {term: "urn:a:b"}, "/" + term)


# Nulls


NULLS = {"Property": NULL, "Relationship": NULL, "LanguageProperty": {"@none": NULL},
         "VocabProperty": NULL, "JsonProperty": NULL, "ListProperty": [NULL],
         "ListRelationship": [NULL], "GeoProperty": NULL}


@pytest.mark.parametrize("kind", NULLS)
def test_nulls_of_each_kind(api, kind):
    """4.5.0, 5.5.4, 5.5.8: refused where things are made; deletes in Update, Merge and both
    batches of theirs."""
    member, value = MEMBERS[kind]
    null = {"type": kind, member: NULLS[kind]}
    refused(api, {"p": null}, "/p")
    make = {"p": {"type": kind, member: value}}
    id_ = api.create(make)["id"]
    api.post(f"entities/{id_}/attrs", {"p": null}).problem(400, "BadRequestData", "/p")
    api.put(f"entities/{id_}", {"type": "Thing", "p": null}).problem(400, "BadRequestData", "/p")
    api.put(f"entities/{id_}/attrs/p", null).problem(400, "BadRequestData")
    for operation in ("create", "upsert"):
        answer = api.post(f"entityOperations/{operation}", [{"id": id_, "type": "T", "p": null}])
        assert answer.ok(207).json["success"] == [], answer
    for method, path in (("PATCH", f"entities/{id_}/attrs"), ("PATCH", f"entities/{id_}")):
        api.request(method, path, {"p": null}).empty()
        assert "p" not in api.entity(id_)
        api.post(f"entities/{id_}/attrs", make).empty()
    api.post("entityOperations/merge", [{"id": id_, "p": null}]).empty()
    assert "p" not in api.entity(id_)


def test_nulls_inside_values_are_of_merge_alone(api):
    """5.5.4, 5.5.12: a Null as the value of a key removes the key in a merge, and is refused
    everywhere else."""
    id_ = api.create(p=prop({"a": 1, "b": {"c": 1, "d": 2}}))["id"]
    inside = {"p": prop({"a": NULL, "b": {"c": NULL}})}
    refused(api, inside, "/p")
    api.patch(f"entities/{id_}/attrs", inside).problem(400, "BadRequestData", "/p")
    api.patch(f"entities/{id_}/attrs/p", inside["p"]).problem(400, "BadRequestData")
    api.post(f"entities/{id_}/attrs", inside).problem(400, "BadRequestData", "/p")
    api.put(f"entities/{id_}/attrs/p", inside["p"]).problem(400, "BadRequestData")
    api.patch(f"entities/{id_}", inside).empty()
    assert api.entity(id_)["p"]["value"] == {"b": {"d": 2}}


def test_nulls_where_there_is_nothing_to_delete(api):
    """5.5.8: an identifier, a type, a datasetId cannot be nulled; the short form deletes the
    default instance only."""
    id_ = api.create(p=[prop(1), prop(2, datasetId="urn:d:2")])["id"]
    for body in ({"id": NULL}, {"type": NULL}, {"p": prop(1, datasetId=NULL)}):
        for path in (f"entities/{id_}", f"entities/{id_}/attrs"):
            api.patch(path, body).problem(400, "BadRequestData")
    api.patch(f"entities/{id_}/attrs", {"p": NULL}).empty()
    assert api.entity(id_)["p"] == prop(2, datasetId="urn:d:2")
    api.patch(f"entities/{id_}", {"p": {"value": NULL, "datasetId": "urn:d:2"}}).empty()
    assert "p" not in api.entity(id_)


def test_nulls_of_sub_attributes(api):
    """5.6.4, 5.5.8: a Partial update deletes sub-attributes and members; as the value, a Null
    deletes the instance, as anywhere else."""
    id_ = api.create(p=prop(1, unitCode="CEL", observedAt="2026-01-01T00:00:00Z", s=prop(2)))["id"]
    api.patch(f"entities/{id_}/attrs/p", {"s": NULL, "unitCode": NULL}).empty()
    assert api.entity(id_)["p"] == prop(1, observedAt="2026-01-01T00:00:00Z")
    api.patch(f"entities/{id_}/attrs/p", {"type": "Property", "value": NULL}).empty()
    assert "p" not in api.entity(id_)
