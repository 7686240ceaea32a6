# SPDX-License-Identifier: Apache-2.0
"""/entities/{id}/attrs and /entities/{id}/attrs/{attr} (6.6, 6.7)."""

import pytest

from client import NULL, VOCAB, name, quote, uid


def path_of(entity, *attr):
    return "/".join([f"entities/{entity['id']}/attrs", *attr])


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


# Append Attributes


def test_append_adds_and_overwrites(api):
    """POST adds what is missing and replaces what is there, whole (5.6.3)."""
    entity = api.create(p=prop(1, unitCode="CEL"))
    api.post(path_of(entity), {"p": prop(2), "r": prop(3)}).empty()
    assert api.entity(entity["id"]) == {**entity, "p": prop(2), "r": prop(3)}


def test_append_no_overwrite(api):
    """With noOverwrite what exists stays, and 207 names it and what was added, with full
    names (5.6.3.4, 5.2.18, 6.3.6)."""
    p, r = name("p"), name("r")
    entity = api.create({p: prop(1)})
    answer = api.post(path_of(entity), {p: prop(2), r: prop(3)}, options="noOverwrite")
    result = answer.ok(207).json
    assert answer.type == "application/json" and answer.context is None
    assert result["updated"] == [VOCAB + r]
    assert [n["attributeName"] for n in result["notUpdated"]] == [VOCAB + p]
    assert result["notUpdated"][0]["reason"]
    assert api.entity(entity["id"]) == {**entity, r: prop(3)}
    api.post(path_of(entity), {name("s"): prop(1)}, options="noOverwrite").empty()


def test_append_no_overwrite_goes_by_instance(api):
    """noOverwrite looks at each instance: a new datasetId is added (5.6.3.4)."""
    entity = api.create(p=prop(1))
    second = prop(2, datasetId="urn:d:2")
    api.post(path_of(entity), {"p": second}, options="noOverwrite").empty()
    assert api.entity(entity["id"])["p"] == [prop(1), second]
    answer = api.post(path_of(entity), {"p": [prop(9), prop(3, datasetId="urn:d:3")]},
                      options="noOverwrite")
    assert len(answer.ok(207).json["notUpdated"]) == 1
    assert api.entity(entity["id"])["p"] == [prop(1), second, prop(3, datasetId="urn:d:3")]


def test_append_takes_the_instance_of_the_dataset(api):
    """The instance with the same datasetId is replaced, others stay (5.6.3.4)."""
    entity = api.create(p=[prop(1), prop(2, datasetId="urn:d:2", unitCode="CEL")])
    api.post(path_of(entity), {"p": prop(22, datasetId="urn:d:2")}).empty()
    assert api.entity(entity["id"])["p"] == [prop(1), prop(22, datasetId="urn:d:2")]
    api.post(path_of(entity), {"p": prop(11)}).empty()
    assert api.entity(entity["id"])["p"] == [prop(11), prop(22, datasetId="urn:d:2")]


def test_append_types_and_scopes(api):
    """Types are united; the scope is replaced, with noOverwrite united (5.6.3.4)."""
    entity = api.create(type="A", scope="/a")
    api.post(path_of(entity), {"type": ["B", "A"], "p": 1}).empty()
    assert sorted(api.entity(entity["id"])["type"]) == ["A", "B"]
    api.post(path_of(entity), {"scope": ["/b", "/c"]}).empty()
    assert sorted(api.entity(entity["id"])["scope"]) == ["/b", "/c"]
    api.post(path_of(entity), {"scope": ["/c", "/d"]}, options="noOverwrite")
    assert sorted(api.entity(entity["id"])["scope"]) == ["/b", "/c", "/d"]


def test_append_refusals(api):
    """POST attrs: unknown entity 404, bad id, Null or an unknown option 400 (5.6.3.4)."""
    entity = api.create(p=1)
    api.post(f"entities/{uid()}/attrs", {"p": 1}).problem(404, "ResourceNotFound")
    api.post("entities/no-uri/attrs", {"p": 1}).problem(400, "BadRequestData", "no-uri")
    api.post(path_of(entity), {"p": NULL}).problem(400, "BadRequestData", "/p", NULL)
    api.post(path_of(entity), {"p": 2}, options="odd").problem(400, "InvalidRequest", "odd")
    assert api.entity(entity["id"])["p"] == prop(1)


# Update Attributes


def test_update_replaces_whole_instances_and_adds(api):
    """PATCH attrs replaces an instance as a whole (unitCode goes), and adds what is missing
    (5.6.2.4, 5.5.8 example 2)."""
    entity = api.create(p=prop(25, unitCode="CEL", observedAt="2022-03-14T01:59:26Z"),
                        left=prop(1))
    api.patch(path_of(entity), {
        "p": prop(100, observedAt="2022-03-14T13:00:00Z"), "r": prop({"a": 1})}).empty()
    assert api.entity(entity["id"]) == {
        **entity, "p": prop(100, observedAt="2022-03-14T13:00:00Z"), "r": prop({"a": 1})}
    api.patch(path_of(entity), {"r": prop({"b": 2})}).empty()
    assert api.entity(entity["id"])["r"] == prop({"b": 2})


def test_update_may_change_the_kind(api):
    """A whole instance is replaced, so its kind may be another one (5.6.2.4)."""
    entity = api.create(p=prop(1))
    new = {"type": "Relationship", "object": "urn:a:b"}
    api.patch(path_of(entity), {"p": new}).empty()
    assert api.entity(entity["id"])["p"] == new


def test_update_takes_the_instance_of_the_dataset(api):
    """The instance with the same datasetId is replaced, else one is added (5.6.2.4, T24)."""
    entity = api.create(p=[prop(1), prop(2, datasetId="urn:d:2")])
    api.patch(path_of(entity), {"p": [prop(22, datasetId="urn:d:2"),
                                      prop(33, datasetId="urn:d:3")]}).empty()
    assert api.entity(entity["id"])["p"] == [
        prop(1), prop(22, datasetId="urn:d:2"), prop(33, datasetId="urn:d:3")]


def test_update_scope_only_where_there_is_one(api):
    """The scope is replaced where the entity has one, else ignored, which 207 tells
    (5.6.2.4, 5.2.18; ETSI's 011_05_02)."""
    entity = api.create(scope="/a")
    api.patch(path_of(entity), {"scope": "/b"}).empty()
    assert api.entity(entity["id"])["scope"] == "/b"
    entity = api.create(p=1)
    result = api.patch(path_of(entity), {"scope": "/b", "p": 2}).ok(207).json
    assert result["updated"] == [VOCAB + "p"]
    assert [n["attributeName"] for n in result["notUpdated"]] == ["scope"]
    assert api.entity(entity["id"])["p"] == prop(2)
    assert "scope" not in api.entity(entity["id"])


def test_update_unites_types(api):
    """Types of the fragment are added (5.6.2.4, 4.16)."""
    entity = api.create(type="A", p=1)
    api.patch(path_of(entity), {"type": "B", "p": 2}).empty()
    assert sorted(api.entity(entity["id"])["type"]) == ["A", "B"]


def test_update_null_of_what_is_not_there(api):
    """A Null for an attribute that does not exist deletes nothing and stores nothing
    (5.5.8)."""
    entity = api.create(p=prop(1))
    answer = api.patch(path_of(entity), {"zz": NULL, "p": prop(2)})
    assert answer.status in (204, 207), answer
    assert api.entity(entity["id"]) == {**entity, "p": prop(2)}


def test_update_null_inside_a_value_is_refused(api):
    """Inside a value a Null is legal in merge only (5.5.4)."""
    entity = api.create(p=prop({"a": 1}))
    api.patch(path_of(entity), {"p": prop({"a": NULL})}
              ).problem(400, "BadRequestData", "/p/value/a", NULL)


def test_update_refusals(api):
    """PATCH attrs: unknown entity 404, bad id 400 (5.6.2.4)."""
    entity = api.create(p=1)
    api.patch(f"entities/{uid()}/attrs", {"p": 1}).problem(404, "ResourceNotFound")
    api.patch("entities/no-uri/attrs", {"p": 1}).problem(400, "BadRequestData", "no-uri")


# Partial Attribute update


def test_partial_update_keeps_the_other_members(api):
    """PATCH attrs/{a} replaces the members it names; unitCode stays (5.5.8 example 1)."""
    entity = api.create(p=prop(25, unitCode="CEL", sub=prop(1)))
    api.patch(path_of(entity, "p"), prop(100, observedAt="2022-03-14T13:00:00Z")).empty()
    assert api.entity(entity["id"])["p"] == prop(
        100, unitCode="CEL", sub=prop(1), observedAt="2022-03-14T13:00:00Z")
    api.patch(path_of(entity, "p"), {"unitCode": "FAH"}).empty()
    assert api.entity(entity["id"])["p"]["value"] == 100
    api.patch(path_of(entity, "p"), {"value": {"a": 1}}).empty()
    api.patch(path_of(entity, "p"), {"value": {"b": 2}}).empty()
    assert api.entity(entity["id"])["p"]["value"] == {"b": 2}


def test_partial_update_deletes_sub_attributes(api):
    """A Null deletes a sub-attribute (5.5.8)."""
    entity = api.create(p=prop(1, sub=prop(1), left=prop(2)))
    api.patch(path_of(entity, "p"), {"sub": NULL}).empty()
    assert api.entity(entity["id"])["p"] == prop(1, left=prop(2))


@pytest.mark.parametrize("null", [
    {"type": "Property", "value": NULL}, {"value": NULL},
    {"type": "Property", "value": NULL, "datasetId": "urn:d:2"}])
def test_partial_update_with_a_null_deletes(api, null):
    """A Null for the value deletes the instance, as DELETE would (5.5.8)."""
    instances = [prop(1), prop(2, datasetId="urn:d:2")]
    entity = api.create(p=instances, q=prop(1))
    api.patch(path_of(entity, "p"), null).empty()
    left = instances[0] if "datasetId" in null else instances[1]
    assert api.entity(entity["id"])["p"] == left
    if "datasetId" not in null:
        api.patch(path_of(entity, "q"), null).empty()
        assert "q" not in api.entity(entity["id"])
        api.patch(path_of(entity, "q"), null).problem(404, "ResourceNotFound", "q")


def test_partial_update_chooses_by_dataset(api):
    """The body's datasetId chooses the instance, none the default one; absent is 404
    (5.6.4.4)."""
    second = prop(2, datasetId="urn:d:2")
    entity = api.create(p=[prop(1), second], only=second)
    api.patch(path_of(entity, "p"), {"value": 22, "datasetId": "urn:d:2"}).empty()
    api.patch(path_of(entity, "p"), {"value": 11}).empty()
    assert api.entity(entity["id"])["p"] == [prop(11), {**second, "value": 22}]
    api.patch(path_of(entity, "p"), {"value": 0, "datasetId": "urn:d:9"}
              ).problem(404, "ResourceNotFound", "urn:d:9")
    api.patch(path_of(entity, "only"), {"value": 0}).problem(404, "ResourceNotFound", "only")


def test_partial_update_cannot_change_the_kind(api):
    """type, where given, must be the stored one (5.6.4.4)."""
    entity = api.create(p=prop(1))
    api.patch(path_of(entity, "p"), {"type": "Relationship", "object": "urn:a:b"}
              ).problem(400, "BadRequestData", "p", "Property", "Relationship")
    api.patch(path_of(entity, "p"), {"type": "Property", "value": 2}).empty()


@pytest.mark.parametrize("kind, value, patch", [
    ("GeoProperty", {"value": {"type": "Point", "coordinates": [1, 2]}},
     {"value": {"type": "Point", "coordinates": [3, 4]}}),
    ("Relationship", {"object": "urn:a:b"}, {"object": ["urn:c:d", "urn:e:f"]}),
    ("LanguageProperty", {"languageMap": {"fr": "x"}}, {"languageMap": {"en": "y"}}),
    ("VocabProperty", {"vocab": "A"}, {"vocab": ["B", "C"]}),
    ("JsonProperty", {"json": {"a": 1}}, {"json": [2]}),
    ("ListProperty", {"valueList": [1]}, {"valueList": []}),
    ("ListRelationship", {"objectList": [{"object": "urn:a:b"}]},
     {"objectList": [{"object": "urn:c:d"}]}),
])
def test_partial_update_of_every_kind(api, kind, value, patch):
    """Each kind's value member is replaced as a whole (5.5.8)."""
    entity = api.create(p={"type": kind, **value})
    api.patch(path_of(entity, "p"), patch).empty()
    assert api.entity(entity["id"])["p"] == {"type": kind, **patch}


def test_partial_update_refusals(api):
    """PATCH attrs/{a}: unknown entity or attribute 404; scope, a bad name or id, a value of
    another kind 400 (5.6.4.4)."""
    entity = api.create(p=1, scope="/a")
    api.patch(f"entities/{uid()}/attrs/p", {"value": 1}).problem(404, "ResourceNotFound")
    api.patch(path_of(entity, "zz"), {"value": 1}).problem(404, "ResourceNotFound", "zz")
    api.patch("entities/no-uri/attrs/p", {"value": 1}
              ).problem(400, "BadRequestData", "no-uri")
    api.patch(path_of(entity, "scope"), {"value": "/b"}
              ).problem(400, "BadRequestData", "scope")
    api.patch(path_of(entity, "1p"), {"value": 1}).problem(400, "BadRequestData", "1p")
    api.patch(path_of(entity, "p"), {"object": "urn:a:b"}).problem(400, "BadRequestData")
    assert api.entity(entity["id"])["p"] == prop(1)


# Replace Attribute


def test_replace_attribute(api):
    """PUT replaces the whole instance, also its kind; createdAt stays (5.6.19)."""
    entity = api.create(p=prop(1, unitCode="CEL", sub=1))
    before = api.entity(entity["id"], options="sysAttrs")["p"]
    api.put(path_of(entity, "p"), {"type": "Relationship", "object": "urn:a:b"}).empty()
    after = api.entity(entity["id"], options="sysAttrs")["p"]
    assert after.keys() == {"type", "object", "createdAt", "modifiedAt"}
    assert after["createdAt"] == before["createdAt"]
    assert after["modifiedAt"] > before["modifiedAt"]


def test_replace_attribute_chooses_by_dataset(api):
    """The instance must be there, else 404 (5.6.19.4)."""
    second = prop(2, datasetId="urn:d:2")
    entity = api.create(p=[prop(1), second])
    api.put(path_of(entity, "p"), {**second, "value": 22}).empty()
    assert api.entity(entity["id"])["p"] == [prop(1), {**second, "value": 22}]
    api.put(path_of(entity, "p"), {**second, "datasetId": "urn:d:9"}
            ).problem(404, "ResourceNotFound", "urn:d:9")


def test_replace_attribute_refusals(api):
    """PUT: unknown entity or attribute 404; scope, Null, no value 400 (5.6.19.4)."""
    entity = api.create(p=1, scope="/a")
    api.put(f"entities/{uid()}/attrs/p", prop(1)).problem(404, "ResourceNotFound")
    api.put(path_of(entity, "zz"), prop(1)).problem(404, "ResourceNotFound", "zz")
    api.put(path_of(entity, "scope"), prop("/b")).problem(400, "BadRequestData", "scope")
    api.put(path_of(entity, "p"), prop(NULL)).problem(400, "BadRequestData", NULL)
    api.put(path_of(entity, "p"), {"type": "Property"}).problem(400, "BadRequestData", "value")
    assert api.entity(entity["id"])["p"] == prop(1)


# Delete Attribute


def test_delete_attribute_default_instance_only(api):
    """Without parameters DELETE removes the default instance; datasetId another, deleteAll
    all; nothing there is 404 (5.6.5)."""
    two, three = prop(2, datasetId="urn:d:2"), prop(3, datasetId="urn:d:3")
    entity = api.create(p=[prop(1), two, three], r=[prop(1), two])
    api.delete(path_of(entity, "p")).empty()
    assert api.entity(entity["id"])["p"] == [two, three]
    api.delete(path_of(entity, "p")).problem(404, "ResourceNotFound", "p")
    api.delete(path_of(entity, "p"), datasetId="urn:d:2").empty()
    assert api.entity(entity["id"])["p"] == three
    api.delete(path_of(entity, "p"), datasetId="urn:d:2"
               ).problem(404, "ResourceNotFound", "urn:d:2")
    api.delete(path_of(entity, "r"), deleteAll="true").empty()
    assert "r" not in api.entity(entity["id"])
    api.delete(path_of(entity, "r"), deleteAll="true").problem(404, "ResourceNotFound", "r")


def test_delete_scope(api):
    """The scope can be deleted like an attribute (4.18)."""
    entity = api.create(scope=["/a", "/b"], p=1)
    api.delete(path_of(entity, "scope")).empty()
    assert "scope" not in api.entity(entity["id"])
    api.delete(path_of(entity, "scope")).problem(404, "ResourceNotFound", "scope")


def test_delete_attribute_refusals(api):
    """DELETE attrs/{a}: unknown entity 404; bad id, name or deleteAll 400 (5.6.5.4)."""
    entity = api.create(p=1)
    api.delete(f"entities/{uid()}/attrs/p").problem(404, "ResourceNotFound")
    api.delete("entities/no-uri/attrs/p").problem(400, "BadRequestData", "no-uri")
    api.delete(path_of(entity, "1p")).problem(400, "BadRequestData", "1p")
    api.delete(path_of(entity, "p"), deleteAll="perhaps"
               ).problem(400, "InvalidRequest", "deleteAll", "perhaps")
    api.delete(path_of(entity, "p"), datasetId="no uri"
               ).problem(400, "BadRequestData", "datasetId")
    assert api.entity(entity["id"])["p"] == prop(1)


# All of them


def test_type_selects(api):
    """type narrows each operation on attributes: a mismatch is 404 (5.6.2 to 5.6.5)."""
    entity = api.create(type="A", p=1)
    for wanted, check in (("B", lambda a: a.problem(404, "ResourceNotFound")),
                          ("A|C", lambda a: a.empty())):
        check(api.post(path_of(entity), {"r": 1}, type=wanted))
        check(api.patch(path_of(entity), {"p": 2}, type=wanted))
        check(api.patch(path_of(entity, "p"), {"value": 3}, type=wanted))
        check(api.put(path_of(entity, "p"), prop(4), type=wanted))
        check(api.delete(path_of(entity, "p"), type=wanted))


def test_attribute_names_as_percent_encoded_uris(api):
    """An attribute's name in the path may be its URI, percent-encoded: the path is split
    before it is decoded (6.7, T2)."""
    iri = "https://example.org/a/b#c"
    entity = api.create({iri: prop(1)})
    api.patch(path_of(entity, quote(iri)), {"value": 2}).empty()
    assert api.entity(entity["id"])[iri] == prop(2)
    api.put(path_of(entity, quote(iri)), prop(3)).empty()
    api.delete(path_of(entity, quote(iri))).empty()
    assert iri not in api.entity(entity["id"])
    entity = api.create(p=1)
    api.patch(path_of(entity, quote(VOCAB + "p")), {"value": 2}).empty()
    assert api.entity(entity["id"])["p"] == prop(2)


def test_trailing_slashes(api):
    """A slash at the end changes nothing (6.2, T1)."""
    entity = api.create(p=1)
    api.post(path_of(entity) + "/", {"r": 1}).empty()
    api.patch(path_of(entity) + "/", {"r": 2}).empty()
    api.patch(path_of(entity, "r/"), {"value": 3}).empty()
    api.put(path_of(entity, "r/"), prop(4)).empty()
    api.delete(path_of(entity, "r/")).empty()


def test_merge_patch_content_type(api):
    """application/merge-patch+json is JSON on PATCH (6.3.4), and where attributes are
    appended, as ngsijs does; 415 elsewhere."""
    entity = api.create(p=1)
    headers = {"Content-Type": "application/merge-patch+json"}
    api.patch(path_of(entity), {"p": 2}, headers=headers).empty()
    api.patch(path_of(entity, "p"), {"value": 3}, headers=headers).empty()
    api.post(path_of(entity), {"p": 4}, headers=headers).empty()
    api.put(path_of(entity, "p"), {"value": 5}, headers=headers).empty(415)
    assert api.entity(entity["id"])["p"] == prop(4)
