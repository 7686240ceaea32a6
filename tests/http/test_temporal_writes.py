# SPDX-License-Identifier: Apache-2.0
"""Writes to the history: what every change leaves, and /temporal/entities with POST, PATCH
and DELETE (5.6.11 to 5.6.16).  What is stored is read from the database, so that these
tests say nothing about how histories are queried."""

import json

import pytest

from client import CORE, NULL, name, quote, uid

TEMPORAL = "temporal/entities"
SCOPE = "https://uri.etsi.org/ngsi-ld/scope"


class History:
    """Rows of the history of the shared broker."""

    def __init__(self, program):
        self.program = program

    def sql(self, text):
        return self.program.sql(text)

    def rows(self, id_, attr=None):
        """The instances in order, as documents with what stands beside them."""
        where = f"AND n.iri ~ '[/:]{attr}$'" if attr else ""
        text = self.sql(
            "SELECT coalesce(json_agg(h.doc::jsonb || jsonb_build_object('seq', seq,"
            " 'attr', n.iri, 'num', num, 'deletedAt', h.deleted, 'createdAt', h.created,"
            " 'modifiedAt', modified, 'geom', ST_AsText(geom)) ORDER BY at, seq), '[]')"
            " FROM evolution e JOIN history h USING (hid) JOIN name n ON n.id = h.attr"
            f" WHERE e.id = '{id_}' {where}")
        return json.loads(text)

    def values(self, id_, attr):
        return [row.get("value", row.get("object")) for row in self.rows(id_, attr)]

    def ids(self, id_, attr):
        return [f"urn:ngsi-ld:Instance:{row['seq']}" for row in self.rows(id_, attr)]

    def types(self, id_):
        return json.loads(self.sql(
            "SELECT json_agg(regexp_replace(n.iri, '.*/', '') ORDER BY"
            " regexp_replace(n.iri, '.*/', '')) FROM"
            " evolution e JOIN evolution_type t USING (tenant, hid)"
            f" JOIN name n ON n.id = t.type WHERE e.id = '{id_}'"))


@pytest.fixture(scope="session")
def history(program):
    return History(program)


def prop(value, at=None, **more):
    return {"type": "Property", "value": value, **({"observedAt": at} if at else {}), **more}


def at(minute):
    return f"2024-05-01T10:{minute:02}:00Z"


# ---- what changes leave

def test_every_operation_leaves_instances(api, history):
    """4.5.7: create, append, update, partial update, replacement, merge, batch, deletion."""
    e = api.create(n=prop(1))
    path = f"entities/{e['id']}"
    api.post(f"{path}/attrs", {"n": prop(2)}).empty()
    api.patch(f"{path}/attrs", {"n": prop(3)}).empty()
    api.patch(f"{path}/attrs/n", {"value": 4}).empty()
    api.put(f"{path}/attrs/n", prop(5)).empty()
    api.patch(path, {"n": prop(6)}).empty()
    api.post("entityOperations/update", [{"id": e["id"], "n": prop(7)}]).empty()
    api.post("entityOperations/merge", [{"id": e["id"], "n": prop(8)}]).empty()
    api.post("entityOperations/upsert", [{"id": e["id"], "type": "Thing", "n": prop(9)}]).empty()
    api.put(path, {"type": "Thing", "n": prop(10)}).empty()
    api.delete(f"{path}/attrs/n").empty()
    assert history.values(e["id"], "n") == [*range(1, 11), NULL]
    last = history.rows(e["id"], "n")[-1]
    assert last["deletedAt"] == last["modifiedAt"]


def test_batch_duplicates_each_leave_theirs(api, history):
    """5.5.11: an entity that is there twice in a batch is written twice."""
    id_ = uid()
    api.post("entityOperations/upsert", [
        {"id": id_, "type": "T", "n": prop(i)} for i in (1, 2, 3)]).ok(201)
    assert history.values(id_, "n") == [1, 2, 3]


def test_a_deleted_entity_leaves_nulls(api, history):
    """4.5.7, 5.6.6: each instance of a deleted entity, in the form of its kind."""
    e = api.create(n=[prop(1), prop(2, datasetId="urn:d:1")],
                   r={"type": "Relationship", "object": "urn:x:1"})
    api.delete(f"entities/{e['id']}").empty()
    rows = history.rows(e["id"])[3:]
    assert [(r.get("value", r.get("object")), r.get("datasetId")) for r in rows] == [
        (NULL, None), (NULL, "urn:d:1"), (NULL, None)]
    assert rows[2]["object"] == NULL and all(r["deletedAt"] for r in rows)


def test_scope_is_a_property_of_the_history(api, history):
    """4.5.6: the scope with the instants at which it held."""
    e = api.create({"scope": ["/a"]})
    api.patch(f"entities/{e['id']}", {"scope": ["/a", "/b"]}).empty()
    api.delete(f"entities/{e['id']}/attrs/scope").empty()
    rows = history.rows(e["id"])
    assert [r["value"] for r in rows] == ["/a", ["/a", "/b"], NULL]
    assert all(r["attr"] == SCOPE for r in rows)
    assert [("observedAt" in r, r["deletedAt"] is None) for r in rows] == [
        (True, True), (True, True), (False, False)]


def test_late_data_leave_the_current_value_alone(api, history):
    """Out of order: the current value only moves forward in time."""
    e = api.create(n=prop(5, at(5)))
    for minute in (3, 4, 6, 2):
        api.patch(f"entities/{e['id']}/attrs", {"n": prop(minute, at(minute))}).empty()
    assert api.entity(e["id"])["n"]["value"] == 6
    assert history.values(e["id"], "n") == [2, 3, 4, 5, 6]
    api.post("entityOperations/upsert", [
        {"id": e["id"], "type": "Thing", "n": prop(1, at(1))}]).empty()
    assert api.entity(e["id"])["n"]["value"] == 6
    assert history.values(e["id"], "n") == [1, 2, 3, 4, 5, 6]


def test_what_comes_was_there_already(api, history):
    """An observation that seems new, but is in the history: brought before, or of an entity
    that was deleted and made again.  It is there once, as it came last, and no error for the
    log."""
    said = len(history.program.output())
    e = api.create(n=prop(1, at(1)), m=prop(0))
    api.post(f"temporal/entities/{e['id']}/attrs", {"n": [prop(3, at(3))]}).empty()
    api.post("entityOperations/merge", [{"id": e["id"], "n": prop(33, at(3)), "m": prop(1)},
                                        {"id": e["id"], "n": prop(4, at(4))}]).empty()
    assert history.values(e["id"], "n") == [1, 33, 4]
    assert history.values(e["id"], "m") == [0, 1]
    api.delete(f"entities/{e['id']}").empty()
    api.create({"id": e["id"], "n": prop(44, at(4))})
    assert [v for v in history.values(e["id"], "n") if v != NULL] == [1, 33, 44]
    assert api.entity(e["id"])["n"]["value"] == 44
    assert "sqlstate" not in history.program.output()[said:]


def test_late_data_by_the_letter(new_broker):
    """--late-data apply: 5.6.2 replaces, whatever observedAt says."""
    broker = new_broker("--late-data", "apply").start()
    e = broker.api.create(n=prop(5, at(5)))
    broker.api.patch(f"entities/{e['id']}/attrs", {"n": prop(3, at(3))}).empty()
    assert broker.api.entity(e["id"])["n"]["value"] == 3
    assert History(broker).values(e["id"], "n") == [3, 5]


def test_sent_again_is_there_once(api, history):
    """Idempotent: one instance for each observedAt and datasetId."""
    e = api.create()
    body = {"n": [prop(1, at(1)), prop(2, at(1), datasetId="urn:d:1")]}
    for _ in range(3):
        api.post(f"entities/{e['id']}/attrs", body).empty()
    assert history.values(e["id"], "n") == [1, 2]


# ---- POST /temporal/entities

def evolution(**attributes):
    return {"id": uid(), "type": "Vehicle", **attributes}


def test_create_and_update_an_evolution(api, history):
    """5.6.11: 201 with Location, then 204; the same observedAt and datasetId replaces."""
    e = evolution(speed=[prop(1, at(1)), prop(2, at(2))], fuel=prop(9, at(1)))
    answer = api.post(TEMPORAL, e).ok(201)
    assert answer.headers["Location"] == f"/ngsi-ld/v1/{TEMPORAL}/{e['id']}"
    assert answer.body == b""
    ids = history.ids(e["id"], "speed")
    more = {"id": e["id"], "type": ["Vehicle", "Car"],
            "speed": [prop(7, at(2)), prop(3, at(3)), prop(8, at(2), datasetId="urn:d:1")]}
    api.post(TEMPORAL, more).empty(204)
    assert history.values(e["id"], "speed") == [1, 7, 8, 3]
    assert history.ids(e["id"], "speed")[:2] == ids
    assert history.values(e["id"], "fuel") == [9]
    assert history.types(e["id"]) == ["Car", "Vehicle"]
    api.get(f"entities/{e['id']}").problem(404, "ResourceNotFound", e["id"])


def test_the_current_state_stays(api, history):
    """5.6.11: what is sent to the history is no news."""
    e = api.create(n=prop(1, at(30)))
    before = api.entity(e["id"], options="sysAttrs")
    api.post(TEMPORAL, {"id": e["id"], "type": "Thing", "n": [
        prop(2, at(10)), prop(3, at(40))]}).empty()
    assert api.entity(e["id"], options="sysAttrs") == before
    assert history.values(e["id"], "n") == [2, 1, 3]


def test_any_kind_of_attribute(api, history):
    e = evolution(
        place={"type": "GeoProperty", "observedAt": at(1),
               "value": {"type": "Point", "coordinates": [5, 43]}},
        link=[{"object": "urn:x:1", "observedAt": at(1)}],
        text={"languageMap": {"fr": "oui"}}, flag=True,
        scope=[{"type": "Property", "value": ["/a", "b"], "observedAt": at(1)},
               {"type": "Property", "value": "/c", "observedAt": at(2)}])
    api.post(TEMPORAL, e).ok(201)
    rows = {r["attr"].rpartition("/")[2]: r for r in history.rows(e["id"])}
    assert rows["place"]["geom"] == "POINT(5 43)" and rows["flag"]["num"] == 1
    assert rows["text"]["languageMap"] == {"fr": "oui"}
    assert history.values(e["id"], "scope") == [["/a", "/b"], "/c"]


def test_a_plain_scope_is_taken(api, history):
    e = evolution(scope=["/a", "/b"])
    api.post(TEMPORAL, e).ok(201)
    assert history.values(e["id"], "scope") == [["/a", "/b"]]


def test_deletions_can_be_brought(api, history):
    """4.5.7: a Null with deletedAt, as another broker's history has it."""
    e = evolution(n=[prop(1, at(1)), prop(NULL, deletedAt=at(2))])
    api.post(TEMPORAL, e).ok(201)
    first, last = history.rows(e["id"], "n")
    assert first["deletedAt"] is None
    assert last["value"] == NULL and last["deletedAt"].startswith("2024-05-01T10:02:00")


def test_thousands_in_one_body(api, history):
    """A logger's memory: one statement, whatever it holds; the last of an instant counts."""
    e = evolution(n=[prop(i, f"2024-05-01T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}Z")
                     for i in range(5000)] + [prop(-1, "2024-05-01T00:00:07Z")])
    api.post(TEMPORAL, e).ok(201)
    values = history.values(e["id"], "n")
    assert len(values) == 5000 and values[7] == -1 and values[4999] == 4999
    assert history.sql(
        "SELECT count(DISTINCT seq) FROM history h JOIN evolution e USING (hid)"
        f" WHERE e.id = '{e['id']}'") == "5000"


@pytest.mark.parametrize("body, words", [
    ({"type": "T"}, ["an entity needs an \"id\""]),
    ({"id": "nouri", "type": "T"}, ["/id"]),
    ({"id": "urn:x:1", "type": "T", "n": [prop(1, "yesterday")]}, ["/n/0/observedAt"]),
    ({"id": "urn:x:1", "type": "T", "n": [prop(1), 2]}, ["/n/1", "must be an attribute"]),
    ({"id": "urn:x:1", "type": "T", "n": [prop(1, NULL)]},
     ["/n/0/observedAt", "has no place here"]),
    ({"id": "urn:x:1", "type": "T", "n": []}, []),
    ({"id": "urn:x:1", "type": "T", "scope": "a b"}, ["/scope", "must be a scope"]),
    ({"id": "urn:x:1", "type": "T", "scope": [prop("1x")]},
     ["/scope/0/value", "must be a scope"]),
    ({"id": "urn:x:1", "type": "T", "scope": [prop("/a", datasetId="urn:d:1")]},
     ["/scope/0/datasetId", "nothing else"]),
    ({"id": "urn:x:1", "type": "T", "scope": {"type": "Relationship", "object": "urn:a:b"}},
     ["/scope", "a scope is a Property here"]),
])
def test_bad_evolutions(api, body, words):
    if words:
        api.post(TEMPORAL, body).problem(400, "BadRequestData", *words)
    else:
        api.post(TEMPORAL, body)


def test_a_new_evolution_needs_a_type(api):
    id_ = uid()
    api.post(TEMPORAL, {"id": id_, "n": prop(1)}).problem(
        400, "BadRequestData", f"entity {id_} has no history yet, so it needs a \"type\"")
    api.post(TEMPORAL, [{"id": id_}]).problem(
        400, "InvalidRequest", "the body must be a JSON object")


# ---- POST …/attrs

def test_add_attributes(api, history):
    """5.6.12."""
    e = evolution(n=prop(1, at(1)))
    api.post(TEMPORAL, e).ok(201)
    api.post(f"{TEMPORAL}/{e['id']}/attrs", {
        "type": "Other", "n": [prop(2, at(2))], "m": prop(3)}).empty()
    assert history.values(e["id"], "n") == [1, 2]
    assert history.values(e["id"], "m") == [3]
    assert history.types(e["id"]) == ["Other", "Vehicle"]


def test_add_attributes_refused(api):
    id_ = uid()
    api.post(f"{TEMPORAL}/{id_}/attrs", {"n": prop(1)}).problem(
        404, "ResourceNotFound", f"entity {id_} has no history")
    api.post(f"{TEMPORAL}/nouri/attrs", {"n": prop(1)}).problem(
        400, "BadRequestData", "the entity id 'nouri' is not a URI")
    api.post(f"{TEMPORAL}/{id_}/attrs", {"id": "urn:x:y", "n": prop(1)}).problem(
        400, "BadRequestData", "/id: the body is about another entity than the path")


# ---- DELETE …/attrs/{attr}

@pytest.fixture
def series(api):
    """An evolution whose n has a default and another dataset, and its path."""
    e = evolution(n=[prop(1, at(1)), prop(2, at(2)), prop(3, at(1), datasetId="urn:d:1")],
                  m=prop(9, at(1)))
    api.post(TEMPORAL, e).ok(201)
    return e["id"]


@pytest.mark.parametrize("query, left", [
    ("", [3]), ("?datasetId=urn:d:1", [1, 2]), ("?datasetId=@none", [3]),
    ("?deleteAll=true", [])])
def test_delete_an_attribute(api, history, series, query, left):
    """5.6.13: the default instances, those of a datasetId, or all."""
    api.delete(f"{TEMPORAL}/{series}/attrs/n{query}").empty()
    assert history.values(series, "n") == left
    assert history.values(series, "m") == [9]


def test_delete_an_attribute_refused(api, series):
    path = f"{TEMPORAL}/{series}/attrs"
    api.delete(f"{path}/none").problem(
        404, "ResourceNotFound", f"the history of entity {series} has no attribute none")
    api.delete(f"{path}/n?datasetId=urn:d:2").problem(
        404, "ResourceNotFound", "no instance with datasetId urn:d:2 in its history")
    api.delete(f"{path}/m").empty()
    api.delete(f"{path}/n?datasetId=d").problem(
        400, "BadRequestData", "datasetId: 'd' is not a URI")
    api.delete(f"{path}/n(1").problem(400, "BadRequestData", "'n(1' is not an attribute name")
    api.delete(f"{path}/n?deleteAll=maybe").problem(400, "InvalidRequest", "deleteAll")
    other = uid()
    api.delete(f"{TEMPORAL}/{other}/attrs/n").problem(
        404, "ResourceNotFound", f"entity {other} has no history")
    api.delete(f"{path}/n").empty()
    api.delete(f"{path}/n").problem(
        404, "ResourceNotFound", f"attribute n of entity {series} has no instance without "
        "datasetId in its history")


def test_delete_the_scope(api, history):
    e = api.create({"scope": ["/a"]}, n=prop(1))
    api.delete(f"{TEMPORAL}/{e['id']}/attrs/scope").empty()
    assert history.values(e["id"], "scope") == []
    assert api.entity(e["id"])["scope"] == "/a"


# ---- …/attrs/{attr}/{instanceId}

@pytest.mark.parametrize("wrap", [
    lambda i: [i], lambda i: i, lambda i: {"n": [i]}, lambda i: {"n": i}])
def test_replace_an_instance(api, history, series, wrap):
    """5.6.14: an array of exactly one; also the instance alone, or under its name."""
    first = history.rows(series, "n")[0]
    instance = history.ids(series, "n")[0]
    api.patch(f"{TEMPORAL}/{series}/attrs/n/{instance}",
              wrap(prop(7, at(9), unitCode="CEL"))).empty()
    rows = history.rows(series, "n")
    assert [r["value"] for r in rows] == [3, 2, 7]
    assert rows[2]["seq"] == first["seq"] and rows[2]["unitCode"] == "CEL"
    assert rows[2]["num"] == 7 and rows[2]["observedAt"] == at(9)
    assert rows[2]["createdAt"] == first["createdAt"]
    assert rows[2]["modifiedAt"] > first["modifiedAt"]


def test_replace_an_instance_refused(api, history, series):
    instance = history.ids(series, "n")[0]
    path = f"{TEMPORAL}/{series}/attrs/n"
    api.patch(f"{path}/{instance}", [prop(1), prop(2)]).problem(
        400, "BadRequestData", "exactly one instance of n, and it holds 2")
    api.patch(f"{path}/{instance}", []).problem(400, "BadRequestData", "it holds 0")
    api.patch(f"{path}/{instance}", {"observedAt": at(1)}).problem(
        400, "BadRequestData", "no value")
    api.patch(f"{path}/nouri", prop(1)).problem(
        400, "BadRequestData", "the instance id 'nouri' is not a URI")
    for unknown in ("urn:ngsi-ld:Instance:0", "urn:x:1", "urn:ngsi-ld:Instance:9x",
                    "urn:ngsi-ld:Instance:99999999999999999999"):
        api.patch(f"{path}/{unknown}", prop(1)).problem(
            404, "ResourceNotFound", f"no instance {unknown} in its history")
    api.patch(f"{TEMPORAL}/{series}/attrs/o/{instance}", prop(1)).problem(
        404, "ResourceNotFound", "has no attribute o")
    other = uid()
    api.patch(f"{TEMPORAL}/{other}/attrs/n/{instance}", prop(1)).problem(
        404, "ResourceNotFound", f"entity {other} has no history")
    api.patch(f"{path}/{instance}", prop(1, at(2))).problem(
        409, "AlreadyExists", "another instance with this observedAt and datasetId")
    assert history.values(series, "n") == [1, 3, 2]


def test_delete_an_instance(api, history, series):
    """5.6.15."""
    instance = history.ids(series, "n")[0]
    api.delete(f"{TEMPORAL}/{series}/attrs/n/{instance}").empty()
    assert history.values(series, "n") == [3, 2]
    api.delete(f"{TEMPORAL}/{series}/attrs/n/{instance}").problem(
        404, "ResourceNotFound", f"no instance {instance} in its history")
    api.delete(f"{TEMPORAL}/{series}/attrs/n/x").problem(
        400, "BadRequestData", "the instance id 'x' is not a URI")


def test_full_names_and_contexts(api, history):
    """5.5.7: names are expanded with the @context of the request."""
    attr = name("a")
    iri = f"https://x.org/{attr}"
    e = {"@context": [{attr: iri}, CORE], **evolution(**{attr: [prop(1, at(1))]})}
    api.post(TEMPORAL, e).ok(201)
    assert [r["attr"] for r in history.rows(e["id"])] == [iri]
    api.delete(f"{TEMPORAL}/{e['id']}/attrs/{attr}").problem(404, "ResourceNotFound", attr)
    api.delete(f"{TEMPORAL}/{e['id']}/attrs/{quote(iri)}").empty()
    assert history.rows(e["id"]) == []


# ---- DELETE /temporal/entities/{id}

def test_delete_an_evolution(api, history):
    """5.6.16: the current entity stays, and begins another history with its next change."""
    e = api.create(n=prop(1))
    api.delete(f"{TEMPORAL}/{e['id']}").empty()
    assert history.sql(f"SELECT count(*) FROM evolution WHERE id = '{e['id']}'") == "0"
    assert api.entity(e["id"])["n"]["value"] == 1
    api.delete(f"{TEMPORAL}/{e['id']}").problem(
        404, "ResourceNotFound", f"entity {e['id']} has no history")
    api.patch(f"entities/{e['id']}/attrs", {"n": prop(2)}).empty()
    api.patch(f"entities/{e['id']}/attrs", {"n": prop(3)}).empty()
    assert history.values(e["id"], "n") == [2, 3]
    api.delete(f"{TEMPORAL}/nouri").problem(400, "BadRequestData", "'nouri' is not a URI")


def test_tenants_have_their_own(api):
    here, there = uid(), name("t")
    api.post(TEMPORAL, {"id": here, "type": "T", "n": prop(1)}).ok(201)
    other = api.with_(NGSILD_Tenant=there)
    other.delete(f"{TEMPORAL}/{here}").problem(404, "NonexistentTenant", there)
    other.post(TEMPORAL, {"id": here, "type": "T", "n": prop(1)}).ok(201)
    other.delete(f"{TEMPORAL}/{here}").empty()
    api.delete(f"{TEMPORAL}/{here}").empty()
    other.close()


# ---- policy

def test_history_by_type(new_broker):
    """--history: nothing of a type that is off; what clients bring is kept all the same."""
    broker = new_broker("--history", "Streetlight=off,*=2y").start()
    api, history = broker.api, History(broker)
    off = api.create({"type": "Streetlight"}, n=prop(1))
    on = api.create({"type": "Thing"}, n=prop(1))
    assert history.rows(off["id"]) == [] and history.values(on["id"], "n") == [1]
    api.post(TEMPORAL, {"id": off["id"], "type": "Streetlight", "n": prop(5)}).ok(201)
    assert history.values(off["id"], "n") == [5]


def test_bad_policy(new_broker):
    broker = new_broker("--history", "Thing=sometimes").spawn()
    assert broker.process.wait(60) == 1
    broker.process = None
    assert ("history: 'Thing=sometimes' says neither on nor off nor how long; rules are on, "
            "off, TYPE=off, TYPE=90d or *=2y, with commas between") in broker.output()
