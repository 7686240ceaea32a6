# SPDX-License-Identifier: Apache-2.0
"""Purge Entities: DELETE /entities, 5.6.21 and 6.4.3.3."""

import json
import threading

import pytest

from client import Api, VOCAB, link, name, uid
from test_types import create, prop, soon

POINT = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [5.0, 45.0]}}


def left(api, kind):
    return api.get("entities", type=kind, local="true", limit=100).ok().ids


def test_by_type(api):
    """Without keep and drop the entities go, and nobody else's."""
    kind, other = name("Kind"), name("Kind")
    for _ in range(3):
        create(api, kind)
    stays = create(api, other)
    api.delete("entities", type=kind).empty()
    assert left(api, kind) == [] and left(api, other) == [stays]


def test_nothing_matches(api):
    """204 even then: no 404 is listed."""
    api.delete("entities", type=name("Nothing")).empty()


def test_by_type_selection(api):
    """The selection language of 4.17, types by their IRIs too."""
    one, two, three = name("Kind"), name("Kind"), name("Kind")
    create(api, one)
    create(api, [two, three])
    stays = create(api, two)
    api.delete("entities", type=f"{VOCAB}{one}|({two};{three})").empty()
    assert left(api, one) == [] and left(api, two) == [stays]


def test_by_id_and_pattern(api):
    """id and idPattern narrow a type."""
    kind = name("Kind")
    ids = [create(api, kind) for _ in range(4)]
    api.delete("entities", type=kind, id=f"{ids[0]},{ids[1]},urn:no:body").empty()
    assert left(api, kind) == ids[2:]
    api.delete("entities", type=kind, idPattern=ids[2] + "$").empty()
    assert left(api, kind) == ids[3:]


@pytest.mark.parametrize(
    "params",
    [
        {"id": "urn:a:b"},
        {"idPattern": ".*"},
        {"scopeQ": "/#"},
        {},
        {"q": "modifiedAt>2000-01-01T00:00:00Z"},
        {"drop": "scope"},
        {"id": "urn:a:b", "local": "false"},
    ],
)
def test_too_wide(api, params):
    """An id, a pattern or a scope alone is not enough (5.6.21.4)."""
    api.delete("entities", **params).problem(
        400,
        "BadRequestData",
        "the query is too wide: name a type, attributes, a q about one, or a georel; or add local=true",
    )


def test_local_is_enough(api):
    """local=true: no further restriction has to be given (5.6.21.3)."""
    kind = name("Kind")
    first, second = create(api, kind), create(api, kind)
    api.delete("entities", id=first, local="true").empty()
    assert left(api, kind) == [second]


def test_everything_of_a_tenant(api):
    """type=* and local=true mean all entities, of this tenant."""
    mine, kind = api.with_(NGSILD_Tenant=name("tenant")), name("Kind")
    stays = create(api, kind)
    for _ in range(3):
        create(mine, kind)
    mine.delete("entities", type="*").empty()
    assert left(mine, kind) == [] and left(api, kind) == [stays]
    create(mine, name("Other"))
    mine.delete("entities", local="true").empty()
    assert mine.get("entities", local="true").ok().ids == []
    mine.delete("entities", type="*", local="false").problem(400, "BadRequestData", "type=*")


def test_by_q(api):
    """q alone is enough where it has an attribute."""
    kind, a = name("Kind"), name("a")
    create(api, kind, **{a: prop(1)})
    stays = create(api, kind, **{a: prop(2)})
    api.delete("entities", q=f"{a}==1").empty()
    assert left(api, kind) == [stays]


def test_by_geometry(api):
    """A geoquery, near or not."""
    kind = name("Kind")
    far = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [9.0, 45.0]}}
    create(api, kind, location=POINT)
    stays = create(api, kind, location=far)
    where = {"geometry": "Point", "coordinates": "[5.0,45.0]", "georel": "near;maxDistance==1000"}
    api.delete("entities", type=kind, **where).empty()
    assert left(api, kind) == [stays]
    box = "[[[8,44],[10,44],[10,46],[8,46],[8,44]]]"
    api.delete("entities", type=kind, geometry="Polygon", coordinates=box, georel="within").empty()
    assert left(api, kind) == []


def test_by_scope(api):
    """scopeQ narrows."""
    kind = name("Kind")
    create(api, kind, scope="/a/b")
    stays = create(api, kind, scope="/c")
    api.delete("entities", type=kind, scopeQ="/a/#").empty()
    assert left(api, kind) == [stays]


def test_drop(api):
    """drop: the attributes listed go, every instance of them; the entities stay."""
    kind, a, b = name("Kind"), name("a"), name("b")
    one = create(api, kind, **{a: [prop(), prop(datasetId="urn:d")], b: prop()})
    two = create(api, kind, **{b: prop()})
    api.delete("entities", type=kind, drop=a).empty()
    assert set(api.get(f"entities/{one}").ok().json) == {"id", "type", b}
    assert set(api.get(f"entities/{two}").ok().json) == {"id", "type", b}
    api.get(f"attributes/{a}").ok(404)


def test_drop_scope(api):
    """scope is no attribute but a member that can be deleted."""
    kind, a = name("Kind"), name("a")
    one = create(api, kind, scope="/x", **{a: prop()})
    api.delete("entities", type=kind, drop=f"scope,{a}").empty()
    assert set(api.get(f"entities/{one}").ok().json) == {"id", "type"}


def test_keep(api):
    """keep: all attributes but those listed go."""
    kind, a, b, c = name("Kind"), name("a"), name("b"), name("c")
    one = create(api, kind, scope="/x", **{a: prop(), b: prop(), c: prop()})
    two = create(api, kind, **{c: prop()})
    api.delete("entities", type=kind, keep=f"{a},{b}").empty()
    assert set(api.get(f"entities/{one}").ok().json) == {"id", "type", "scope", a, b}
    assert set(api.get(f"entities/{two}").ok().json) == {"id", "type"}


def test_a_list_alone_narrows(api):
    """A list of attributes is enough (5.6.21.4 b): it is then about the entities that have
    one of them."""
    kind, a, b = name("Kind"), name("a"), name("b")
    one = create(api, kind, **{a: prop(), b: prop()})
    two = create(api, kind, **{b: prop()})
    api.delete("entities", keep=a).empty()
    assert set(api.get(f"entities/{one}").ok().json) == {"id", "type", a}
    assert set(api.get(f"entities/{two}").ok().json) == {"id", "type", b}
    api.delete("entities", drop=a, id=one).empty()
    assert set(api.get(f"entities/{one}").ok().json) == {"id", "type"}


def test_names_follow_the_context(api, pages):
    """Types and attributes are expanded with the @context of the Link (5.5.7)."""
    kind, a, b = name("Kind"), name("a"), name("b")
    url = pages.put("/purge.jsonld", json.dumps({"@context": {"K": VOCAB + kind, "x": VOCAB + a}}))
    one = create(api, kind, **{a: prop(), b: prop()})
    api.delete("entities", type="K", drop="x", headers={"Link": link(url)}).empty()
    assert set(api.get(f"entities/{one}").ok().json) == {"id", "type", b}


def test_expired_entities_are_left_alone(api):
    """What has expired does not exist (4.22)."""
    kind = name("Kind")
    create(api, kind, expiresAt=soon(0.3))
    api.delete("entities", type=kind).empty()
    assert left(api, kind) == []


@pytest.mark.parametrize(
    "params, word",
    [
        ({"type": "T", "id": "no uri"}, "id: 'no uri'"),
        ({"type": "T", "q": "a=="}, "q: "),
        ({"q": "rel{a==1}"}, "q: linked entities"),
        ({"type": "T", "drop": "rel{a}"}, "drop"),
        ({"type": "T", "keep": "rel{a}"}, "keep"),
        ({"type": "T", "keep": "a", "drop": "b"}, "keep and drop"),
        ({"type": "T", "csf": "a=="}, "csf"),
        ({"type": "T", "georel": "near;maxDistance==1"}, "geo"),
        ({"type": "T", "idPattern": "("}, "idPattern"),
    ],
)
def test_bad_parameters(api, params, word):
    """Each names the part that is wrong; nothing is deleted."""
    api.delete("entities", **params).problem(400, "BadRequestData", word)


def test_unknown_parameters(api):
    """Paging and representation are for queries (6.3.20)."""
    for other in ("limit", "offset", "count", "options", "attrs", "pick"):
        api.delete("entities", type="T", **{other: "1"}).problem(400, "InvalidRequest", other)


def test_unknown_tenant(api):
    """No tenant is created by purging (5.5.10)."""
    nobody = api.with_(NGSILD_Tenant=name("tenant"))
    nobody.delete("entities", type="T").problem(404, "NonexistentTenant")


def test_holds_no_worker(new_broker):
    """While many entities go, the only worker serves others between the pages."""
    api = new_broker("--workers", "1").start().api
    for page in range(4):
        api.post("entityOperations/create", [
            {"id": f"urn:x:{page * 5000 + i}", "type": "T", "p": i} for i in range(5000)]).ok(201)
    answers, served = [], 0
    purge = threading.Thread(target=lambda: answers.append(
        Api(api.base).delete("entities", type="T")))
    purge.start()
    while purge.is_alive():
        api.get("types").ok()
        served += not answers
    purge.join()
    answers[0].empty()
    assert served > 5, served
    assert api.get("entities", type="T", limit=0, count="true").ok().count == 0


def test_more_than_a_page(api):
    """Many pages of ids, all gone, by a type, by all conditions at once, and by q."""
    kind, a, n = name("Kind"), name("a"), 5000
    batch = [{"id": f"urn:ngsi-ld:{kind}:{i}", "type": kind, a: prop(i % 2)} for i in range(n)]
    api.post("entityOperations/create", batch).ok(201)
    api.delete("entities", type=kind, drop="nothing").empty()
    assert api.get("entities", type=kind, limit=0, count="true").ok().count == n
    api.delete("entities", type=kind, q=f"{a}==1", idPattern="[0-9]$").empty()
    assert api.get("entities", type=kind, limit=0, count="true").ok().count == n // 2
    api.delete("entities", q=f"{a}").empty()
    assert api.get("entities", type=kind, limit=0, count="true").ok().count == 0
    api.get(f"types/{kind}").ok(404)
