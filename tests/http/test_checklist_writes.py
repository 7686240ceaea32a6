# SPDX-License-Identifier: Apache-2.0
"""The checklist of rules that brokers miss, 2: instances, merging, scopes, selectors, purges,
batches."""

import pytest

from client import NULL, VOCAB, name, quote, uid

D = "urn:d:1"


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


def test_none_is_the_default_instance(api):
    """4.5.5: "@none" on input is the default instance and never comes out; two defaults, or
    one datasetId twice, are refused - of sub-attributes as well."""
    id_ = api.create(p=prop(1, datasetId="@none"), m=[prop(1, datasetId="@none"),
                                                     prop(2, datasetId=D)])["id"]
    got = api.entity(id_)
    assert got["p"] == prop(1) and got["m"] == [prop(1), prop(2, datasetId=D)]
    api.patch(f"entities/{id_}/attrs", {"p": prop(5, datasetId="@none")}).empty()
    assert api.entity(id_)["p"] == prop(5)
    api.patch(f"entities/{id_}/attrs/m", prop(6, datasetId="@none")).empty()
    assert api.entity(id_)["m"][0] == prop(6)
    api.delete(f"entities/{id_}/attrs/m", datasetId="@none").empty()
    assert api.entity(id_)["m"] == prop(2, datasetId=D)
    for pair in ([prop(1), prop(2)], [prop(1), prop(2, datasetId="@none")],
                 [prop(1, datasetId=D), prop(2, datasetId=D)]):
        for entity in ({"p": pair}, {"p": prop(0, s=pair)}):
            api.post("entities", {"id": uid(), "type": "T", **entity}).problem(
                400, "BadRequestData", "/p")
        for path in (f"entities/{id_}/attrs", f"entities/{id_}"):
            api.patch(path, {"p": pair}).problem(400, "BadRequestData", "/p")


def test_merge_observed_at(api):
    """5.6.17.4: observedAt= updates attributes that had one and do not say their own."""
    old, new, own = (f"2026-01-0{i}T00:00:00Z" for i in (1, 2, 3))
    id_ = api.create(a=prop(1, observedAt=old), b=prop(1), c=prop(1, observedAt=old),
                     d=prop(1, observedAt=old))["id"]
    api.patch(f"entities/{id_}", {"a": prop(2), "b": prop(2), "c": prop(2, observedAt=own),
                                  "e": prop(2)}, observedAt=new).empty()
    got = api.entity(id_)
    assert got["a"] == prop(2, observedAt=new) and got["b"] == prop(2)
    assert got["c"] == prop(2, observedAt=own) and got["d"] == prop(1, observedAt=old)
    assert got["e"] == prop(2)
    for bad in ("yesterday", "2026-01-01", ""):
        api.patch(f"entities/{id_}", {"a": prop(2)}, observedAt=bad).problem(
            400, "BadRequestData", "observedAt")


def test_merge_lang(api):
    """5.6.17.4: lang= lets a string stand for one key of an existing languageMap."""
    words = {"type": "LanguageProperty", "languageMap": {"en": "cat", "fr": "chat"}}
    id_ = api.create(w=words, p=prop("x"))["id"]
    api.patch(f"entities/{id_}", {"w": "minou", "p": "y"}, lang="fr",
              format="simplified").empty()
    got = api.entity(id_)
    assert got["w"]["languageMap"] == {"en": "cat", "fr": "minou"} and got["p"] == prop("y")
    api.patch(f"entities/{id_}", {"w": ["a", "b"]}, lang="de", format="simplified").empty()
    assert api.entity(id_)["w"]["languageMap"] == {"en": "cat", "fr": "minou", "de": ["a", "b"]}
    for bad in ("", "123456789", "f r", "fr,en"):
        api.patch(f"entities/{id_}", {"p": "z"}, lang=bad).problem(400, "BadRequestData", "lang")


def test_merge_of_simplified_keeps_kinds(api):
    """5.6.17.4: what is sent in simplified form has the kind that is there."""
    id_ = api.create(r={"type": "Relationship", "object": "urn:a:b"}, p=prop(1, unitCode="CEL"),
                     l={"type": "ListProperty", "valueList": [1]},
                     v={"type": "VocabProperty", "vocab": "a"})["id"]
    api.patch(f"entities/{id_}", {"r": "urn:c:d", "p": 2, "l": [2, 3], "v": {"vocab": "b"}},
              options="keyValues").empty()
    got = api.entity(id_)
    assert got["r"] == {"type": "Relationship", "object": "urn:c:d"}
    assert got["p"] == prop(2, unitCode="CEL")
    assert got["l"] == {"type": "ListProperty", "valueList": [2, 3]}
    assert got["v"] == {"type": "VocabProperty", "vocab": "b"}
    api.patch(f"entities/{id_}", {"r": 5}, options="keyValues").problem(400, "BadRequestData")


def test_merge_goes_deep_and_update_does_not(api):
    """5.5.8, 5.5.12: Merge keeps what is not said, on every level, and replaces arrays;
    Update replaces the instance; Partial update its members."""
    start = {"p": prop({"a": 1, "b": [1, 2], "c": {"d": 1}}, unitCode="CEL", s=prop(1, t=prop(1)))}
    fragment = {"p": prop({"b": [3], "c": {"e": 2}}, s=prop(2))}
    id_ = api.create(start)["id"]
    api.patch(f"entities/{id_}", fragment).empty()
    assert api.entity(id_)["p"] == prop(
        {"a": 1, "b": [3], "c": {"d": 1, "e": 2}}, unitCode="CEL", s=prop(2, t=prop(1)))
    id_ = api.create(start)["id"]
    api.patch(f"entities/{id_}/attrs", fragment).empty()
    assert api.entity(id_)["p"] == fragment["p"]
    id_ = api.create(start)["id"]
    api.patch(f"entities/{id_}/attrs/p", fragment["p"]).empty()
    assert api.entity(id_)["p"] == prop({"b": [3], "c": {"e": 2}}, unitCode="CEL", s=prop(2))


def test_no_overwrite(api):
    """5.6.3.4: existing instances stay and are reported; scopes become a union."""
    id_ = api.create(p=[prop(1), prop(2, datasetId=D)], scope="/a")["id"]
    answer = api.post(f"entities/{id_}/attrs?options=noOverwrite",
                      {"p": [prop(9), prop(3, datasetId="urn:d:3")], "n": 1,
                       "scope": ["/b", "/a"]})
    assert answer.ok(207).json["notUpdated"][0]["attributeName"] == VOCAB + "p", answer
    assert answer.json["notUpdated"][0]["reason"], answer
    got = api.entity(id_)
    assert got["p"] == [prop(1), prop(2, datasetId=D), prop(3, datasetId="urn:d:3")]
    assert sorted(got["scope"]) == ["/a", "/b"] and got["n"] == prop(1)
    api.post(f"entities/{id_}/attrs", {"scope": "/c"}).empty()
    assert api.entity(id_)["scope"] == "/c"
    answer = api.post("entityOperations/update?options=noOverwrite",
                      [{"id": id_, "p": 7, "x": 7}])
    assert api.entity(id_)["x"] == prop(7) and api.entity(id_)["p"][0] == prop(1), answer


def test_scope_is_no_attribute(api):
    """4.18, 5.6.4, 5.6.19: PATCH and PUT of attrs/scope are refused, DELETE is not; Update
    Attributes ignores a scope where the entity has none, and says so (5.6.2.4)."""
    id_ = api.create(p=1)["id"]
    answer = api.patch(f"entities/{id_}/attrs", {"scope": "/x"}).ok(207)
    assert [left["attributeName"] for left in answer.json["notUpdated"]] == ["scope"]
    assert "scope" not in api.entity(id_)
    api.patch(f"entities/{id_}", {"scope": ["/x", "/y"]}).empty()
    api.patch(f"entities/{id_}/attrs", {"scope": "/z"}).empty()
    assert api.entity(id_)["scope"] == "/z"
    for body in ({"value": "/q"}, "/q", {"type": "Property", "value": "/q"}):
        for method in ("PATCH", "PUT"):
            api.request(method, f"entities/{id_}/attrs/scope", body if isinstance(body, dict)
                        else f'"{body}"').problem(400, "BadRequestData")
    api.delete(f"entities/{id_}/attrs/scope").empty()
    assert "scope" not in api.entity(id_)
    api.delete(f"entities/{id_}/attrs/scope").problem(404, "ResourceNotFound")


@pytest.mark.parametrize("scope", ["", "/", "a//b", "/1", "/a b", "/a/", "//a", "/a-b", [1], 5, {},
                                   [["/a"]], ["/a", "/"]])
def test_scopes_that_are_none(api, scope):
    """4.18: levels begin with a letter; what is malformed is BadRequestData."""
    api.post("entities", {"id": uid(), "type": "T", "scope": scope}).problem(
        400, "BadRequestData", "scope")
    id_ = api.create(scope="/a")["id"]
    for method, path in (("PATCH", ""), ("POST", "/attrs"), ("PATCH", "/attrs")):
        api.request(method, f"entities/{id_}{path}", {"scope": scope}).problem(
            400, "BadRequestData", "scope")


def test_a_selector_that_does_not_match(api):
    """5.6.2 to 5.6.6, 5.6.17 to 5.6.19: type= narrows writes too, in the language of 4.17."""
    one, two = name("One"), name("Two")
    id_ = api.create(type=[one, two], p=1)["id"]
    fragment = {"p": prop(2)}
    calls = [("PATCH", "", fragment), ("PUT", "", {"type": one, **fragment}),
             ("POST", "/attrs", fragment), ("PATCH", "/attrs", fragment),
             ("PATCH", "/attrs/p", fragment["p"]), ("PUT", "/attrs/p", fragment["p"]),
             ("DELETE", "/attrs/p", None), ("DELETE", "", None)]
    for method, path, body in calls:
        for selector in (name("No"), f"({one};{name('No')})"):
            api.request(method, f"entities/{id_}{path}", body, type=selector).problem(
                404, "ResourceNotFound")
        api.request(method, f"entities/{id_}{path}", body, type="(A;").problem(
            400, "BadRequestData", "type")
    assert api.entity(id_)["p"] == prop(1)
    api.patch(f"entities/{id_}/attrs", fragment, type=f"({one};{two})").empty()
    api.delete(f"entities/{id_}", type=f"{name('No')}|{two}").empty()


def test_which_instances_are_deleted(api):
    """5.6.5: the default one; that of datasetId; all; what is not there is 404."""
    many = [prop(1), prop(2, datasetId=D), prop(3, datasetId="urn:d:3")]
    id_ = api.create(p=many)["id"]
    path = f"entities/{id_}/attrs/p"
    api.delete(path).empty()
    assert api.entity(id_)["p"] == many[1:]
    api.delete(path).problem(404, "ResourceNotFound")
    api.delete(path, datasetId="urn:d:9").problem(404, "ResourceNotFound")
    api.delete(path, datasetId=D).empty()
    assert api.entity(id_)["p"] == many[2]
    api.delete(path, deleteAll="true").empty()
    assert "p" not in api.entity(id_)
    api.delete(path, deleteAll="true").problem(404, "ResourceNotFound")
    api.delete(path, datasetId="nothing").problem(400, "BadRequestData", "datasetId")


def test_purges(api):
    """5.6.21: an id alone is too wide; keep and drop leave the entities; local=true is all."""
    kind, a, b = name("Kind"), name("a"), name("b")
    ids = [api.create({"type": kind, a: 1, b: 2})["id"] for _ in range(3)]
    for query in ({"id": ids[0]}, {"idPattern": ".*"}, {"scopeQ": "/#"}, {}):
        api.delete("entities", **query).problem(400, "BadRequestData")
    api.delete("entities", type=kind, q=f"{a}{{{b}==1}}").problem(400, "BadRequestData")
    api.delete("entities", type=kind, drop=a).empty()
    assert set(api.entity(ids[0])) == {"id", "type", b}
    api.delete("entities", type=kind, id=ids[1], keep=a).empty()
    assert set(api.entity(ids[1])) == {"id", "type"} and b in api.entity(ids[2])
    mine = api.with_(NGSILD_Tenant=name("purge"))
    mine.create()
    mine.delete("entities", local="true").empty()
    assert mine.get("entities", local="true", count="true").ok().count == 0


def test_batches_that_fail_wholly_are_207(api):
    """6.14 to 6.17, 6.31: success is empty, every element has its error; 400 only for what is
    no array of objects."""
    known = api.create()["id"]
    bad = [{"id": known, "type": "T"}], [{"id": "no-uri", "type": "T"}], [{"type": "T"}]
    for body in bad:
        answer = api.post("entityOperations/create", body).ok(207)
        assert answer.json["success"] == [] and len(answer.json["errors"]) == 1, answer
    for operation in ("update", "merge"):
        answer = api.post(f"entityOperations/{operation}", [{"id": uid(), "p": 1}]).ok(207)
        assert answer.json["success"] == [] and answer.json["errors"][0]["error"]["status"] == 404
    answer = api.post("entityOperations/delete", [uid(), uid()]).ok(207)
    assert answer.json["success"] == [] and len(answer.json["errors"]) == 2
    for operation in ("create", "upsert", "update", "merge", "delete"):
        for body in ([], {}, "x", 5, [None], None):
            api.post(f"entityOperations/{operation}", "null" if body is None else body
                     if not isinstance(body, str) else '"x"').problem(400, "BadRequestData")


def test_duplicates_in_batches(api):
    """5.5.11: in the order of the array, with one modifiedAt."""
    id_ = uid()
    answer = api.post("entityOperations/create", [
        {"id": id_, "type": "T", "p": 1}, {"id": id_, "type": "T", "p": 2}]).ok(207)
    assert answer.json["success"] == [id_]
    assert answer.json["errors"][0]["entityId"] == id_
    assert answer.json["errors"][0]["error"]["status"] == 409
    assert api.entity(id_)["p"] == prop(1)
    new = uid()
    answer = api.post("entityOperations/upsert?options=update", [
        {"id": id_, "type": "T", "a": 1}, {"id": new, "type": "T", "a": 1},
        {"id": id_, "type": "T", "b": 2}, {"id": new, "type": "T", "b": 2}]).ok(201)
    assert answer.json == [new]
    got = api.entity(id_, options="sysAttrs")
    assert {"a", "b", "p"} <= set(got) and got["a"]["modifiedAt"] == got["b"]["modifiedAt"]
    assert {"a", "b"} <= set(api.entity(new))
    answer = api.post("entityOperations/delete", [new, new]).ok(207)
    assert answer.json["success"] == [new]
    assert answer.json["errors"][0]["error"]["status"] == 404


def test_types_are_added_except_by_replacement(api):
    """4.16, 5.6.8, 5.6.18: Update, Append and Merge add types; upsert and PUT replace them."""
    id_ = api.create(type="A")["id"]
    api.patch(f"entities/{id_}", {"type": "B"}).empty()
    api.post(f"entities/{id_}/attrs", {"type": ["C", "A"]}).empty()
    api.patch(f"entities/{id_}/attrs", {"type": "D"}).empty()
    assert sorted(api.entity(id_)["type"]) == ["A", "B", "C", "D"]
    api.post("entityOperations/upsert?options=update", [{"id": id_, "type": "E"}]).empty()
    assert sorted(api.entity(id_)["type"]) == ["A", "B", "C", "D", "E"]
    api.post("entityOperations/upsert", [{"id": id_, "type": "F"}]).empty()
    assert api.entity(id_)["type"] == "F"
    api.put(f"entities/{id_}", {"type": "G"}).empty()
    assert api.entity(id_)["type"] == "G"


def test_created_at_is_kept(api):
    """5.6.2.4, 5.6.3.4, 5.6.18.4, 5.6.19.4: replacing an instance or an entity does not make
    it anew."""
    id_ = api.create(p=prop(1))["id"]
    before = api.entity(id_, options="sysAttrs")
    for method, path, body in (("PATCH", "/attrs", {"p": prop(2)}), ("POST", "/attrs", {"p": 3}),
                               ("PUT", "/attrs/p", prop(4)), ("PATCH", "/attrs/p", prop(5)),
                               ("PATCH", "", {"p": 6})):
        api.request(method, f"entities/{id_}{path}", body).empty()
        after = api.entity(id_, options="sysAttrs")
        assert after["p"]["createdAt"] == before["p"]["createdAt"], path
        assert after["p"]["modifiedAt"] > before["p"]["modifiedAt"], path
    api.put(f"entities/{id_}", {"type": "T"}).empty()
    assert api.entity(id_, options="sysAttrs")["createdAt"] == before["createdAt"]


def test_read_only_members_are_ignored(api):
    """5.2.2, 5.2.5: createdAt, modifiedAt, deletedAt, instanceId, previous… are the
    broker's: ignored, not refused."""
    when = "2001-01-01T00:00:00Z"
    mine = {"createdAt": when, "modifiedAt": when, "deletedAt": when}
    id_ = api.create({**mine, "p": prop(1, **mine, instanceId="urn:i:1", previousValue=3)})["id"]
    assert api.entity(id_)["p"] == prop(1)
    got = api.entity(id_, options="sysAttrs")
    assert got["createdAt"] != when and got["p"]["createdAt"] != when and "deletedAt" not in got
    api.patch(f"entities/{id_}/attrs/p", {"value": 2, **mine}).empty()
    assert api.entity(id_)["p"] == prop(2)


def test_partial_update_of_another_kind(api):
    """5.6.4.4: the type of an attribute cannot be changed by it; unknown instances are 404."""
    id_ = api.create(p=prop(1))["id"]
    for body in ({"type": "Relationship", "object": "urn:a:b"}, {"object": "urn:a:b"}):
        api.patch(f"entities/{id_}/attrs/p", body).problem(400, "BadRequestData")
    api.patch(f"entities/{id_}/attrs/p", prop(1, datasetId=D)).problem(404, "ResourceNotFound")
    api.patch(f"entities/{id_}/attrs/q", prop(1)).problem(404, "ResourceNotFound")
    api.put(f"entities/{id_}/attrs/p", {"type": "Relationship", "object": "urn:a:b"}).empty()
    assert api.entity(id_)["p"]["type"] == "Relationship"
    api.put(f"entities/{id_}/attrs/p", prop(1, datasetId=D)).problem(404, "ResourceNotFound")


def test_replace_with_another_id(api):
    """5.6.18.4: the id of the body, if there, is that of the path."""
    id_ = api.create()["id"]
    api.put(f"entities/{id_}", {"id": uid(), "type": "T"}).problem(400, "BadRequestData", "id")
    api.put(f"entities/{id_}", {"id": id_, "type": "T", "p": 1}).empty()
    api.put(f"entities/{quote(uid())}", {"type": "T"}).problem(404, "ResourceNotFound")
