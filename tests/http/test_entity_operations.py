# SPDX-License-Identifier: Apache-2.0
"""/entityOperations: batch create, upsert, update, merge, delete (6.14 to 6.17, 6.31)."""

import pytest

from client import CORE, NULL, VOCAB, name, uid

WRITES = ("create", "upsert", "update", "merge")


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def thing(**more):
    return {"id": uid(), "type": "Thing", **more}


def batch(api, operation, body, **params):
    return api.post(f"entityOperations/{operation}", body, **params)


def mixed(answer, success, *errors):
    """A BatchOperationResult (5.2.16, 5.2.17): errors are (id, status, kind)."""
    assert answer.ok(207).type == "application/json" and answer.context is None
    result = answer.json
    assert result.keys() == {"success", "errors"}
    assert result["success"] == success
    got = [(e["entityId"], e["error"]["status"], e["error"]["type"].rsplit("/", 1)[1])
           for e in result["errors"]]
    assert got == list(errors), answer
    for e in result["errors"]:
        assert e["error"]["title"] and e["error"]["detail"]
    return [e["error"]["detail"] for e in result["errors"]]


# Create


def test_create_all(api):
    """All created: 201 with the ids, in order (5.6.7, 6.14.3.1)."""
    entities = [thing(p=prop(i)) for i in range(5)]
    answer = batch(api, "create", entities).ok(201)
    assert answer.json == [e["id"] for e in entities]
    assert answer.type == "application/json"
    for e in entities:
        assert api.entity(e["id"]) == e


def test_create_partly(api):
    """Some fail: 207 with both arrays; the others are created (5.6.7.4)."""
    old, good, bad = api.create(), thing(p=prop(1)), thing(p={"type": "Property"})
    details = mixed(batch(api, "create", [old, bad, good]), [good["id"]],
                    (old["id"], 409, "AlreadyExists"), (bad["id"], 400, "BadRequestData"))
    assert "/p" in details[1]
    assert api.entity(good["id"]) == good
    api.get(f"entities/{bad['id']}").problem(404, "ResourceNotFound")


def test_create_none(api):
    """All fail: still 207, with an empty success (6.14.3.1)."""
    old = api.create()
    mixed(batch(api, "create", [old]), [], (old["id"], 409, "AlreadyExists"))
    mixed(batch(api, "create", [{"id": "urn:a:b"}]), [], ("urn:a:b", 400, "BadRequestData"))


def test_create_duplicates(api):
    """Duplicates count in the order of the array: the first is created (5.5.11)."""
    one = thing(p=prop(1))
    mixed(batch(api, "create", [one, {**one, "p": prop(2)}, one]), [one["id"]],
          (one["id"], 409, "AlreadyExists"), (one["id"], 409, "AlreadyExists"))
    assert api.entity(one["id"]) == one


# Upsert


def test_upsert_answers_the_created_ids_only(api):
    """201 with the ids that were created; 204 when none was; 207 on an error (5.6.8)."""
    old, new = api.create(p=1), thing(p=prop(1))
    assert batch(api, "upsert", [old, new]).ok(201).json == [new["id"]]
    batch(api, "upsert", [old, new]).empty()
    bad = {"id": old["id"], "type": "Thing", "p": {"type": "Odd"}}
    mixed(batch(api, "upsert", [bad, new]), [new["id"]],
          (old["id"], 400, "BadRequestData"))


def test_upsert_replaces(api):
    """options=replace, the default, replaces the entity whole, types too (5.6.8.4, 4.16)."""
    for params in ({}, {"options": "replace"}):
        old = api.create(type=["A", "B"], scope="/a", p=1, r=2)
        new = {"id": old["id"], "type": "C", "r": prop(3)}
        created = api.entity(old["id"], options="sysAttrs")["createdAt"]
        batch(api, "upsert", [new], **params).empty()
        assert api.entity(old["id"]) == new
        assert api.entity(old["id"], options="sysAttrs")["createdAt"] == created


def test_upsert_updates(api):
    """options=update updates the attributes and unites the types (5.6.8.4, 5.6.2)."""
    old = api.create(type="A", p=prop(1, unitCode="CEL"), r=prop(2))
    batch(api, "upsert", [{"id": old["id"], "type": "B", "p": prop(9), "s": prop(3)}],
          options="update").empty()
    got = api.entity(old["id"])
    assert sorted(got["type"]) == ["A", "B"]
    assert (got["p"], got["r"], got["s"]) == (prop(9), prop(2), prop(3))


def test_upsert_as_the_iot_agent_sends_it(api):
    """Slash before the query, ld+json, every element with its own @context (T1, T3)."""
    one, two = thing(**{"@context": CORE, "p": 1}), thing(**{"@context": [CORE], "p": 1})
    answer = batch(api, "upsert/?options=update", [one, two]).ok(201)
    assert answer.json == [one["id"], two["id"]]


def test_upsert_duplicates_fold_in_order(api):
    """The same entity twice: both are applied, in order; it was created once (5.5.11)."""
    one = thing(p=prop(1), r=prop(1))
    answer = batch(api, "upsert", [one, {**one, "p": prop(2)}], options="update")
    assert answer.ok(201).json in ([one["id"]], [one["id"], one["id"]])
    assert api.entity(one["id"]) == {**one, "p": prop(2)}
    batch(api, "upsert", [{**one, "p": prop(3)}, {"id": one["id"], "type": "B"}]).empty()
    assert api.entity(one["id"]) == {"id": one["id"], "type": "B"}


def test_upsert_options_exclude_each_other(api):
    """replace and update together make no sense; unknown options are refused (6.3.20)."""
    batch(api, "upsert", [thing()], options="replace,update"
          ).problem(400, "InvalidRequest", "replace", "update")
    batch(api, "upsert", [thing()], options="odd").problem(400, "InvalidRequest", "odd")


# Update


def test_update_appends_and_overwrites(api):
    """Update appends attributes with overwrite; unknown entities are errors (5.6.9)."""
    old, unknown = api.create(p=prop(1, unitCode="CEL")), thing(p=prop(1))
    batch(api, "update", [{"id": old["id"], "type": "Thing", "p": prop(2), "r": prop(3)}]
          ).empty()
    assert api.entity(old["id"]) == {**old, "p": prop(2), "r": prop(3)}
    mixed(batch(api, "update", [unknown, {**old, "p": prop(4)}]), [old["id"]],
          (unknown["id"], 404, "ResourceNotFound"))
    assert api.entity(old["id"])["p"] == prop(4)


def test_update_no_overwrite(api):
    """With noOverwrite existing attributes stay, which is an error of the element; what is
    new is appended (5.6.9.4)."""
    old = api.create(p=prop(1))
    more = {"id": old["id"], "type": "Thing", "p": prop(2), "r": prop(3)}
    details = mixed(batch(api, "update", [more], options="noOverwrite"), [],
                    (old["id"], 409, "AlreadyExists"))
    assert VOCAB + "p" in details[0] and "noOverwrite" in details[0]
    assert api.entity(old["id"]) == {**old, "r": prop(3)}
    more = {"id": old["id"], "type": "Thing", "s": prop(4)}
    batch(api, "update", [more], options="noOverwrite").empty()


# Merge


def test_merge(api):
    """Each element is merged as PATCH of the entity would (5.6.20, 5.5.12)."""
    one = api.create(p=prop({"a": 1, "b": 2}, unitCode="CEL"), r=prop(1))
    two, unknown = api.create(type="A", p=prop(1)), thing(p=prop(1))
    mixed(batch(api, "merge", [
        {"id": one["id"], "p": prop({"a": NULL, "c": 3}), "r": NULL},
        unknown, {"id": two["id"], "type": "B", "p": prop(2)}]),
        [one["id"], two["id"]], (unknown["id"], 404, "ResourceNotFound"))
    assert api.entity(one["id"]) == {
        "id": one["id"], "type": "Thing", "p": prop({"b": 2, "c": 3}, unitCode="CEL")}
    assert sorted(api.entity(two["id"])["type"]) == ["A", "B"]
    batch(api, "merge", [{"id": two["id"], "p": prop(3)}, {"id": two["id"], "r": prop(1)}]
          ).empty()
    assert api.entity(two["id"])["p"] == prop(3) and api.entity(two["id"])["r"] == prop(1)


# Delete


def test_delete(api):
    """An array of ids; unknown and repeated ones are errors of their own (5.6.10)."""
    one, two, unknown = api.create(), api.create(), uid()
    mixed(batch(api, "delete", [one["id"], unknown, one["id"]]), [one["id"]],
          (unknown, 404, "ResourceNotFound"), (one["id"], 404, "ResourceNotFound"))
    batch(api, "delete", [two["id"]]).empty()
    api.get(f"entities/{two['id']}").problem(404, "ResourceNotFound")


def test_delete_needs_no_context(api):
    """The ids have no terms, so an ld+json body without @context is fine (T5)."""
    one = api.create()
    api.post("entityOperations/delete/", [one["id"]],
             headers={"Content-Type": "application/ld+json"}).empty()


def test_delete_elements_must_be_uris(api):
    """A bad element fails alone (5.6.10.4)."""
    one = api.create()
    details = mixed(batch(api, "delete", ["no-uri", 5, one["id"]]), [one["id"]],
                    ("no-uri", 400, "BadRequestData"), ("", 400, "BadRequestData"))
    assert "URI" in details[0]


# All of them


@pytest.mark.parametrize("operation", WRITES + ("delete",))
@pytest.mark.parametrize("body, word", [
    ([], "non-empty array"), ({}, "array"), ({"id": "urn:a:b", "type": "T"}, "array"),
    ("7", "array"), ("null", "array"), ([None], "null"),
    ('[null, {"id": "urn:a:b", "type": "T"}]', "null")])
def test_bodies_that_are_no_batch(api, operation, body, word):
    """An empty array, no array, or a null item fails the whole request (5.6.x.4, T23)."""
    batch(api, operation, body).problem(400, "BadRequestData", word)


@pytest.mark.parametrize("operation", WRITES)
def test_elements_that_cannot_be_read_fail_alone(api, operation):
    """Elements without id, with a bad one or that are no objects are errors of theirs
    (5.6.7.4)."""
    good = api.create() if operation in ("update", "merge") else thing(p=prop(1))
    answer = batch(api, operation, [{"type": "T", "p": prop(1)}, {**good, "id": "no-uri"},
                                    5, {**good, "p": prop(7)}])
    details = mixed(answer, [good["id"]], ("", 400, "BadRequestData"),
                    ("no-uri", 400, "BadRequestData"), ("", 400, "BadRequestData"))
    assert "id" in details[0] and "no-uri" in details[1] and "object" in details[2]
    assert api.entity(good["id"])["p"] == prop(7)


@pytest.mark.parametrize("operation", ("create", "upsert", "update"))
def test_nulls_are_refused_per_element(api, operation):
    """NGSI-LD Nulls are for merge only; the element fails (5.5.4)."""
    old = api.create(p=1) if operation == "update" else thing()
    details = mixed(batch(api, operation, [{**old, "p": NULL}]), [],
                    (old["id"], 400, "BadRequestData"))
    assert NULL in details[0]


def test_contexts_per_element(api):
    """In ld+json every element has its own @context; one without fails alone
    (6.3.5, 5.5.7)."""
    term, one, two, without = name("term"), thing(), thing(), thing()
    iri = f"https://example.org/{term}"
    mixed(batch(api, "create", [
        {**one, term: 1, "@context": [{term: iri}, CORE]}, {**two, term: 2, "@context": CORE},
        {**without, term: 3}]), [one["id"], two["id"]],
        (without["id"], 400, "BadRequestData"))
    assert api.entity(one["id"])[iri] == prop(1)
    assert api.entity(two["id"])[term] == prop(2)


def test_json_elements_have_no_context(api):
    """An element of an application/json batch must not have an @context (6.3.5)."""
    one = thing()
    answer = api.post("entityOperations/create", [{**one, "@context": CORE}],
                      headers={"Content-Type": "application/json"})
    details = mixed(answer, [], (one["id"], 400, "BadRequestData"))
    assert "@context" in details[0]


def test_one_modified_at_for_the_batch(api):
    """All elements share one modifiedAt (5.5.11)."""
    entities = [thing(p=prop(i)) for i in range(20)]
    batch(api, "create", entities).ok(201)
    batch(api, "update", entities).empty()
    times = {api.entity(e["id"], options="sysAttrs")["modifiedAt"] for e in entities}
    assert len(times) == 1


def test_errors_speak_in_full_names(api):
    """No @context travels with a 207: attribute names in it are IRIs or as sent, and it is
    JSON whatever Accept says (6.3.6)."""
    old = api.create()
    answer = api.post("entityOperations/create", [old],
                      headers={"Accept": "application/ld+json"})
    mixed(answer, [], (old["id"], 409, "AlreadyExists"))
    assert VOCAB not in answer.json["errors"][0]["entityId"]


def test_order_of_the_array(api):
    """What a batch creates comes on pages in the order of its array, whichever lanes made
    it."""
    for operation in ("create", "upsert", "upsert?options=update"):
        kind = name("Ordered")
        ids = [f"urn:ngsi-ld:{kind}:{i * 7919 % 100}" for i in range(100)]
        api.post(f"entityOperations/{operation}", [{"id": i, "type": kind} for i in ids]).ok(201)
        assert api.get(f"entities?type={kind}&limit=100").ok().ids == ids
