# SPDX-License-Identifier: Apache-2.0
"""Sentences of the clauses on writes that the other files do not try."""

import pytest

from client import API, NULL, name, quote, uid

SCOPE = "https://uri.etsi.org/ngsi-ld/scope"
# kind: its value member, a value, the member that answers have of the value before
KINDS = {
    "Property": ("value", 1, "previousValue"),
    "GeoProperty": ("value", {"type": "Point", "coordinates": [5.4, 43.3]}, "previousValue"),
    "Relationship": ("object", "urn:a:b", "previousObject"),
    "LanguageProperty": ("languageMap", {"fr": "x"}, "previousLanguageMap"),
    "VocabProperty": ("vocab", "x", "previousVocab"),
    "JsonProperty": ("json", {"x": 1}, "previousJson"),
    "ListProperty": ("valueList", [1], "previousValueList"),
    "ListRelationship": ("objectList", [{"object": "urn:a:b"}], "previousObjectList"),
}
NULLS = {"LanguageProperty": {"@none": NULL}, "ListProperty": [NULL],
         "ListRelationship": [NULL]}


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def attribute(kind):
    member, value, _ = KINDS[kind]
    return {"type": kind, member: value}


@pytest.mark.parametrize("kind", KINDS)
def test_what_answers_have_of_other_kinds(api, kind):
    """4.5.2 to 4.5.24, "Prohibited": what only answers have of a kind is ignored with that kind
    (5.2.5 to 5.2.7, 5.2.32 to 5.2.38) and refused with another."""
    own = KINDS[kind][2]
    for member in {before for _, _, before in KINDS.values()}:
        entity = {"id": uid(), "type": "T", "p": {**attribute(kind), member: "urn:a:c"}}
        if member == own:
            api.post("entities", entity).ok(201)
            assert api.entity(entity["id"])["p"] == attribute(kind)
        else:
            api.post("entities", entity).problem(400, "BadRequestData", f"/p/{member}", kind)
    for member, of in (("entity", "Relationship"), ("entityList", "ListRelationship")):
        entity = {"id": uid(), "type": "T", "p": {**attribute(kind), member: {"id": "urn:a:b"}}}
        answer = api.post("entities", entity)
        if kind == of:
            answer.ok(201)
        else:
            answer.problem(400, "BadRequestData", f"/p/{member}", kind)


def test_no_null_in_an_array(api):
    """5.2.1: an NGSI-LD Null that removes no member is BadRequestData, in arrays too."""
    id_ = api.create(p=prop([1]))["id"]
    for value in ([NULL], ["a", NULL], {"a": [NULL]}, [[NULL]]):
        for body in (prop(value), value, {"valueList": [value, 1]}):
            api.post("entities", {"id": uid(), "type": "T", "p": body}
                     ).problem(400, "BadRequestData", "/p", NULL)
        api.patch(f"entities/{id_}", {"p": prop(value)}).problem(400, "BadRequestData", NULL)
    words = {"type": "LanguageProperty", "languageMap": {"fr": ["a", NULL]}}
    api.post("entities", {"id": uid(), "type": "T", "p": words}
             ).problem(400, "BadRequestData", "/p/languageMap/fr/1")


@pytest.mark.parametrize("kind", KINDS)
def test_upsert_update_takes_nulls(api, kind):
    """5.6.8.4: an upsert that updates behaves as Update Attributes, 5.6.2, where Nulls delete;
    an entity that it creates cannot have any."""
    null = {"type": kind, KINDS[kind][0]: NULLS.get(kind, NULL)}
    there, new = api.create(p=attribute(kind), q=prop(1))["id"], uid()
    path = "entityOperations/upsert?options=update"
    answer = api.post(path, [{"id": there, "type": "Thing", "p": null, "q": prop(2)},
                             {"id": new, "type": "Thing", "p": null}]).ok(207)
    assert answer.json["success"] == [there]
    (error,) = answer.json["errors"]
    assert error["entityId"] == new and error["error"]["type"].endswith("BadRequestData")
    assert api.entity(there) == {"id": there, "type": "Thing", "q": prop(2)}
    api.get(f"entities/{new}").problem(404, "ResourceNotFound")


def test_upsert_update_creates_nothing_null(api):
    """5.5.4: no member of a created entity is a Null, however deep."""
    later = "2099-01-01T00:00:00Z"
    there = api.create(scope="/a", expiresAt=later, p=prop(1, unitCode="CEL"))["id"]
    for more in ({"scope": NULL}, {"expiresAt": NULL}, {"p": prop(1, unitCode=NULL)},
                 {"p": prop(1, s=prop(NULL))}, {"p": prop(1, s=prop(1, t=NULL))}):
        body = [{"id": uid(), "type": "Thing", **more}]
        answer = api.post("entityOperations/upsert?options=update", body).ok(207)
        assert answer.json["errors"][0]["error"]["type"].endswith("BadRequestData"), answer
        body[0]["id"] = there
        api.post("entityOperations/upsert?options=update", body).empty()
    assert api.entity(there, options="sysAttrs").keys() & {"scope", "expiresAt"} == set()
    assert api.entity(there)["p"] == prop(1, s=prop(1))


def test_attributes_that_cannot_be(api):
    """5.6.4.4, 5.6.5.4, 5.6.19.4: a name that is not valid is BadRequestData; those of core
    members are not (4.5.1).  The scope is the scope also by its IRI."""
    id_ = api.create(p=prop(1), scope=["/a", "/b"])["id"]
    path = f"entities/{id_}/attrs"
    for bad in ("id", "type", "@id", "createdAt", "observedAt", "datasetId", "expiresAt",
                quote("https://uri.etsi.org/ngsi-ld/unitCode")):
        for method in ("PATCH", "PUT", "DELETE"):
            body = None if method == "DELETE" else prop(1)
            api.request(method, f"{path}/{bad}", body).problem(400, "BadRequestData")
    for method in ("PATCH", "PUT"):
        for scope in ("scope", quote(SCOPE)):
            api.request(method, f"{path}/{scope}", prop("/c")
                        ).problem(400, "BadRequestData", "scope")
    api.delete(f"{path}/{quote(SCOPE)}").empty()
    assert api.entity(id_) == {"id": id_, "type": "Thing", "p": prop(1)}
    api.delete(f"{path}/{quote(SCOPE)}").problem(404, "ResourceNotFound")
    for bad in ("type", "createdAt"):
        api.delete(f"temporal/{path}/{bad}").problem(400, "BadRequestData", bad)
        api.delete(f"temporal/{path}/{bad}/urn:x:1").problem(400, "BadRequestData", bad)


def test_partial_update_of_nothing(api):
    """5.6.4: an empty fragment changes nothing and is refused (ETSI 012_02_04)."""
    id_ = api.create(p=prop(1))["id"]
    api.patch(f"entities/{id_}/attrs/p", {}).problem(400, "BadRequestData", "empty")


def test_a_scope_of_the_past_says_when(api):
    """4.5.6: of its instants the scope has observedAt, too; that of a change by the Core API is
    the change's."""
    first, last = "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"
    id_ = uid()
    api.post("temporal/entities", {"id": id_, "type": "T", "scope": [
        prop("/a", observedAt=first), prop(["/a", "/b"], observedAt=last)]}).ok(201)
    past = {"timerel": "after", "timeAt": "2019-01-01T00:00:00Z"}
    scope = api.get(f"temporal/entities/{id_}", **past).ok().json["scope"]
    assert [(s["value"], s["observedAt"]) for s in scope] == [
        ("/a", first), (["/a", "/b"], last)]
    id_ = api.create(scope="/c")["id"]
    (scope,) = api.get(f"temporal/entities/{id_}", options="sysAttrs", **past).ok().json["scope"]
    assert scope["observedAt"] == scope["modifiedAt"]


def test_put_replaces_what_is_newer(api):
    """5.6.18.4, 5.6.19.4: a replacement is complete, whatever was observed when."""
    later, now = "2099-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
    for path, body in (("/attrs/p", lambda p: p), ("", lambda p: {"type": "Thing", "p": p})):
        id_ = api.create(p=prop(1, observedAt=later))["id"]
        api.put(f"entities/{id_}{path}", body(prop(2, observedAt=now))).empty()
        assert api.entity(id_)["p"] == prop(2, observedAt=now)


def test_a_merge_goes_into_an_attribute_without_type(api):
    """5.5.12: a fragment is merged to any depth; what holds normalized attributes is an
    attribute, not a value, also where it says neither type nor value."""
    id_ = api.create(p=prop(25, unitCode="CEL"))["id"]
    api.patch(f"entities/{id_}", {"p": {"accuracy": prop(1)}}).empty()
    assert api.entity(id_)["p"] == prop(25, unitCode="CEL", accuracy=prop(1))
    api.post("entityOperations/merge", [
        {"id": id_, "p": {"accuracy": NULL, "by": {"type": "Relationship", "object": "urn:a:b"}}}
    ]).empty()
    assert api.entity(id_)["p"] == prop(
        25, unitCode="CEL", by={"type": "Relationship", "object": "urn:a:b"})
    api.patch(f"entities/{id_}", {"q": {"accuracy": prop(1)}}).problem(400, "BadRequestData")
    api.patch(f"entities/{id_}", {"q": {"accuracy": 1}}).empty()
    assert api.entity(id_)["q"] == prop({"accuracy": 1})


def test_a_merge_at_an_instant_with_a_comma(api):
    """4.6.3: requests may have a comma before the fraction of a second; answers have none."""
    id_ = api.create(p=prop(1, observedAt="2025-01-01T00:00:00Z"))["id"]
    api.patch(f"entities/{id_}", {"p": prop(2)}, observedAt="2025-01-02T00:00:00,5Z").empty()
    assert api.entity(id_)["p"] == prop(2, observedAt="2025-01-02T00:00:00.500Z")


def test_a_null_of_another_kind_deletes_nothing(api):
    """5.6.4.4: the type in a partial update is the one that is there, a Null's too."""
    id_ = api.create(g=attribute("GeoProperty"), r=attribute("Relationship"))["id"]
    path = f"entities/{id_}/attrs"
    for attr, null in (("g", {"type": "Relationship", "object": NULL}), ("r", prop(NULL)),
                       ("r", {"languageMap": {"@none": NULL}})):
        api.patch(f"{path}/{attr}", null).problem(400, "BadRequestData", "PUT")
    api.patch(f"{path}/g", {"value": NULL}).empty()
    api.patch(f"{path}/r", {"object": NULL}).empty()
    assert api.entity(id_).keys() == {"id", "type"}
