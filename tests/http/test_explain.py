# SPDX-License-Identifier: Apache-2.0
"""Why a subscription is notified, or is not: /calanque/v1/subscriptions/{id}/…"""

from client import uid
from test_subscriptions import ENDPOINT, make, notify

EXPLAIN = "/calanque/v1/subscriptions/{}/explain"


def ask(api, id, body, **headers):
    return api.post(EXPLAIN.format(id), body, headers=headers).ok().json


def gates(said):
    """Those that are set: name -> passed."""
    return {g["gate"]: g["passed"] for g in said["gates"] if g["set"]}


def why(said, gate):
    return next(g["why"] for g in said["gates"] if g["gate"] == gate)


def make_bin(api, **attributes):
    id = uid("Bin")
    api.post("entities", {"id": id, "type": "Bin", "fillingLevel": 0.5, **attributes}).ok(201)
    return id


def test_fragment(api):
    """What a PATCH would do: every gate that is set, with the values it saw."""
    sub = make(api, entities=[{"type": "Bin"}], watchedAttributes=["fillingLevel"],
               q="fillingLevel>0.8", throttling=1, notification=notify(format="concise"))
    bin = make_bin(api)
    said = ask(api, sub, {"entity": bin, "fragment": {"fillingLevel": 0.79}})
    assert said["subscription"] == sub and said["entity"] == bin
    assert said["change"] == "hypothetical" and said["notified"] is False
    assert said["changes"] == [{"kind": "attributeUpdated", "attribute": "fillingLevel"}]
    assert said["failed"] == "q" and "notification" not in said
    assert why(said, "q") == "q false: fillingLevel is 0.79, not > 0.8"
    assert gates(said) == {"status": True, "type": True, "trigger": True,
                           "watchedAttributes": True, "q": False, "throttling": True}
    said = ask(api, sub, {"entity": bin, "fragment": {"fillingLevel": 0.9}})
    assert said["notified"] is True and "failed" not in said
    assert why(said, "q") == "q true: fillingLevel is 0.9, > 0.8"
    note = said["notification"]
    assert note["type"] == "Notification" and note["subscriptionId"] == sub
    assert note["data"] == [{"id": bin, "type": "Bin", "fillingLevel": 0.9}]
    said = ask(api, sub, {"entity": bin, "fragment": {"fillingLevel": 0.5}})
    assert said["failed"] == "watchedAttributes"
    assert said["changes"][0]["same"] is True
    # nothing of it happened
    assert api.get(f"entities/{bin}", format="simplified").json["fillingLevel"] == 0.5


def test_deletion(api):
    """What a DELETE would do; deletions are silent unless asked for."""
    bin = make_bin(api)
    sub = make(api, entities=[{"type": "Bin"}])
    said = ask(api, sub, {"entity": bin, "deleted": True})
    assert said["failed"] == "trigger" and "entityDeleted" in why(said, "trigger")
    sub = make(api, entities=[{"type": "Bin"}], notificationTrigger=["entityDeleted"])
    said = ask(api, sub, {"entity": bin, "deleted": True})
    assert set(said["notification"]["data"][0]) == {"id", "type", "deletedAt"}
    said = ask(api, sub, {"entity": bin, "fragment": {"fillingLevel": "urn:ngsi-ld:null"}})
    assert said["failed"] == "trigger"
    assert said["changes"] == [{"kind": "attributeDeleted", "attribute": "fillingLevel"}]


def test_before_and_after(api):
    """Entities that need not exist, with an @context of their own."""
    ns = "http://example.org/x#"
    sub = make(api, entities=[{"type": ns + "Thing", "idPattern": "^urn:a"}],
               geoQ={"georel": "near;maxDistance==10", "geometry": "Point",
                     "coordinates": [5, 43]}, scopeQ="/a")
    one = {"id": "urn:a:1", "type": "Thing", "scope": "/a", "speed": 1,
           "location": {"type": "Point", "coordinates": [5, 43]}}
    body = {"after": one, "@context": {"Thing": ns + "Thing"}}
    said = ask(api, sub, body)
    assert said["notified"] is True
    assert said["changes"][0] == {"kind": "entityCreated"}
    said = ask(api, sub, {"after": one})
    assert said["failed"] == "type" and "the type Thing fits no selector" in why(said, "type")
    moved = {**one, "location": {"type": "Point", "coordinates": [6, 43]}, "scope": "/b"}
    said = ask(api, sub, {**body, "before": one, "after": moved})
    assert said["failed"] == "scope" and gates(said)["geo"] is False
    assert '"coordinates":[6,43]' in why(said, "geo")
    said = ask(api, sub, {**body, "before": {**one, "id": "urn:b"}, "after": None or {
        **one, "id": "urn:b"}})
    assert said["failed"] == "id"


def test_status_and_expiry(api):
    bin = make_bin(api)
    sub = make(api, entities=[{"type": "Bin"}], isActive=False,
               expiresAt="2099-01-01T00:00:00Z")
    said = ask(api, sub, {"entity": bin, "fragment": {"fillingLevel": 1}})
    assert said["failed"] == "status" and gates(said)["expiry"] is True
    assert why(said, "status") == "it is paused: isActive is false"


def test_refusals(api):
    sub = make(api)
    path = EXPLAIN.format(sub)
    api.post(path, []).problem(400, "InvalidRequest", "JSON object")
    api.post(path, {}).problem(400, "BadRequestData", "/entity: expected the id")
    api.post(path, {"entity": "x"}).problem(400, "BadRequestData", "/entity: expected the id")
    api.post(path, {"id": uid()}).problem(400, "BadRequestData", "/id: there is no such")
    api.post(path, {"entity": uid(), "deleted": True}).problem(404, "ResourceNotFound")
    api.post(path, {"entity": uid(), "fragment": 5}).problem(400, "BadRequestData", "/fragment")
    api.post(path, {"after": {"id": uid()}}).problem(400, "BadRequestData", "/after: ")
    one = {"type": "A", "a": 1}
    api.post(path, {"before": {**one, "id": "urn:a"}, "after": {**one, "id": "urn:b"}}).problem(
        400, "BadRequestData", "differ")
    api.post(EXPLAIN.format(uid()), {"entity": uid()}).problem(404, "ResourceNotFound")
    misses = f"/calanque/v1/subscriptions/{sub}/misses"
    api.get(misses, all="x").problem(400, "InvalidRequest", "all")
    api.get(misses, offset=1).problem(400, "InvalidRequest", "offset")
    assert ENDPOINT


def test_misses(api):
    """The last changes that were not notified, the latest first."""
    kind = "Bin"
    sub = make(api, entities=[{"type": kind}], watchedAttributes=["fillingLevel"],
               q="fillingLevel>0.8")
    bin = make_bin(api)
    api.patch(f"entities/{bin}/attrs", {"fillingLevel": 0.6}).empty(204)
    api.patch(f"entities/{bin}/attrs", {"fillingLevel": 0.9}).empty(204)
    api.patch(f"entities/{bin}/attrs", {"other": 1}).empty(204)
    path = f"/calanque/v1/subscriptions/{sub}/misses"
    mine = [m for m in api.get(path, limit=100).ok().json if m["entity"] == bin]
    assert [(m["failed"], m["why"]) for m in mine] == [
        ("watchedAttributes",
         "what happened: attributeCreated other; watched: fillingLevel"),
        ("q", "q false: fillingLevel is 0.6, not > 0.8"),
        ("q", "q false: fillingLevel is 0.5, not > 0.8")]
    assert len(api.get(path, limit=1).ok().json) == 1
    said = ask(api, sub, {"entity": bin})
    assert said["change"] == "recorded" and said["failed"] == "watchedAttributes"
    other = uid("Tram")
    api.post("entities", {"id": other, "type": "Tram", "a": 1}).ok(201)
    assert other not in [m["entity"] for m in api.get(path).json]
    assert other in [m["entity"] for m in api.get(path, all="true").json]
