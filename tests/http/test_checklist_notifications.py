# SPDX-License-Identifier: Apache-2.0
"""The checklist of rules that brokers miss, 5: what is notified, and how it looks (5.8.6)."""

import pytest

from client import NULL, VOCAB, name, quote, uid
from receiver import Receiver

LANG = {"type": "LanguageProperty", "languageMap": {"en": "a"}}
LIST = {"type": "ListProperty", "valueList": [1]}
POINT = {"type": "Point", "coordinates": [1, 2]}


def prop(value, **more):
    return {"type": "Property", "value": value, **more}


class Watch:
    """Subscriptions to a type of its own, and what they were sent."""

    def __init__(self, api):
        self.api, self.kind, self.receivers, self.made = api, name("Lamp"), {}, {}

    def subscribe(self, key, notification=None, endpoint=None, **members):
        receiver = self.receivers[key] = Receiver()
        body = {"type": "Subscription", "entities": [{"type": self.kind}],
                "notification": {**(notification or {}), "endpoint": {
                    "uri": receiver.url, **(endpoint or {})}}, **members}
        self.made[key] = self.api.post("subscriptions", body).ok(201).headers["Location"]

    def create(self, **attributes):
        return self.api.create({"id": uid(), "type": self.kind}, **attributes)["id"]

    def patch(self, id_, **attributes):
        self.api.patch(f"entities/{quote(id_)}/attrs", attributes).empty()

    def got(self, key, n):
        """The n-th notification, of n that there are."""
        found = self.receivers[key].wait(n)
        assert len(found) == n, found
        return found[n - 1]

    def entity(self, key, n):
        document = self.got(key, n).json
        assert document["type"] == "Notification" and len(document["data"]) == 1, document
        return document["data"][0]


@pytest.fixture
def watch(api):
    watching = Watch(api)
    yield watching
    for url in watching.made.values():
        api.delete(url).empty()
    for receiver in watching.receivers.values():
        receiver.close()


def test_what_triggers(watch):
    """5.2.12, 5.8.6: without triggers neither deletions nor identical writes are notified;
    creation is, of watched attributes; each trigger by its name alone."""
    watch.subscribe("default", watchedAttributes=["p"])
    watch.subscribe("made", notificationTrigger=["entityCreated"])
    watch.subscribe("gone", notificationTrigger=["entityDeleted"])
    watch.subscribe("less", notificationTrigger=["attributeDeleted"], watchedAttributes=["p"])
    watch.subscribe("more", notificationTrigger=["attributeCreated"], watchedAttributes=["q"])
    id_ = watch.create(p=prop(1))  # default 1, made 1
    watch.patch(id_, p=prop(1))
    watch.patch(id_, q=prop(1))  # more 1
    watch.patch(id_, q=prop(2))
    watch.patch(id_, p=prop(2))  # default 2
    watch.patch(id_, p=NULL)  # less 1
    watch.api.delete(f"entities/{quote(id_)}").empty()  # gone 1
    watch.got("gone", 1)
    assert watch.entity("default", 2)["p"] == prop(2)
    assert watch.entity("made", 1)["id"] == id_
    assert watch.entity("less", 1)["p"] == prop(NULL)
    assert watch.entity("more", 1)["q"] == prop(1)


def test_deleted_entities(watch):
    """5.8.6: id, type and deletedAt; with showChanges what there was."""
    watch.subscribe("plain", notificationTrigger=["entityDeleted"])
    watch.subscribe("full", {"showChanges": True}, notificationTrigger=["entityDeleted"])
    id_ = watch.create(p=prop(1), l=LANG)
    watch.api.delete(f"entities/{quote(id_)}").empty()
    gone = watch.entity("plain", 1)
    assert set(gone) == {"id", "type", "deletedAt"} and gone["id"] == id_
    full = watch.entity("full", 1)
    assert full["p"]["previousValue"] == 1 and full["l"]["previousLanguageMap"] == {"en": "a"}


def test_deleted_attributes(watch):
    """5.8.6, 5.5.4: a bare Null in the concise form; an object where a datasetId, sysAttrs or
    showChanges ask for one, with the Null of its kind, as in the normalized form."""
    triggers = ["attributeDeleted"]
    watch.subscribe("plain", {"format": "concise"}, notificationTrigger=triggers)
    watch.subscribe("sys", {"sysAttrs": True}, notificationTrigger=triggers)
    watch.subscribe("changes", {"showChanges": True}, notificationTrigger=triggers)
    id_ = watch.create(p=[prop(1), prop(2, datasetId="urn:d:2")], l=LANG, v=LIST)
    for n, (attr, value) in enumerate((("l", LANG), ("v", LIST)), 1):
        watch.api.delete(f"entities/{quote(id_)}/attrs/{attr}").empty()
        assert watch.entity("plain", n)[attr] == NULL
        member = "languageMap" if attr == "l" else "valueList"
        null = {"@none": NULL} if attr == "l" else [NULL]
        assert watch.entity("sys", n)[attr][member] == null
        assert "deletedAt" in watch.entity("sys", n)[attr]
        changed = watch.entity("changes", n)[attr]
        assert changed[member] == null
        assert changed["previous" + member[0].upper() + member[1:]] == value[member]
    watch.api.delete(f"entities/{quote(id_)}/attrs/p", datasetId="urn:d:2").empty()
    instances = watch.entity("plain", 3)["p"]
    instances = instances if isinstance(instances, list) else [instances]
    assert {"value": NULL, "datasetId": "urn:d:2"} in instances, instances


def test_changes_are_shown(watch):
    """5.8.6: previous values of what was modified, not of what is new."""
    watch.subscribe("changes", {"showChanges": True})
    id_ = watch.create(p=prop(1))
    assert "previousValue" not in watch.entity("changes", 1)["p"]
    watch.patch(id_, p=prop(2), q=prop(3))
    entity = watch.entity("changes", 2)
    assert entity["p"]["previousValue"] == 1 and "previousValue" not in entity["q"]


def test_conditions_hold_of_what_came_out(watch):
    """5.8.6: q, geoQ and scopeQ are asked of the entity after its change; what is shown is
    another matter."""
    near = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": [1, 2]}
    watch.subscribe("q", {"pick": ["id", "n"]}, q="p>5")
    watch.subscribe("geo", geoQ=near)
    watch.subscribe("scope", scopeQ="/a/#")
    id_ = watch.create(p=prop(1), n=prop("x"))
    watch.patch(id_, p=prop(9))  # q
    watch.patch(id_, location={"type": "GeoProperty", "value": POINT}, p=prop(1))  # geo
    watch.api.post(f"entities/{quote(id_)}/attrs", {"scope": "/a/b", "p": prop(2)}).empty()
    watch.patch(id_, p=prop(6))
    assert watch.entity("q", 2) == {"id": id_, "n": prop("x")}
    assert watch.entity("scope", 2)["p"] == prop(6)
    assert watch.entity("geo", 3)["p"] == prop(6)


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json",
                                    "application/geo+json"])
@pytest.mark.parametrize("prefer", [None, "body=json"])
def test_representations(watch, accept, prefer):
    """6.3.8: json has the @context in a Link, ld+json inside, geo+json inside unless
    receiverInfo prefers json; receiverInfo and the tenant are headers."""
    info = [{"key": "X-Key", "value": "secret"}]
    info += [{"key": "Prefer", "value": prefer}] if prefer else []
    watch.subscribe("one", endpoint={"accept": accept, "receiverInfo": info})
    watch.create(p=prop(1), location={"type": "GeoProperty", "value": POINT})
    got = watch.got("one", 1)
    assert got.headers["Content-Type"] == accept and got.headers["X-Key"] == "secret"
    linked = accept == "application/json" or (prefer is not None and "geo" in accept)
    assert ("json-ld#context" in (got.headers["Link"] or "")) == linked, got.headers
    inside = '"@context"' in got.body.decode()
    assert inside != linked, got.body
    if "geo" in accept:
        data = got.json["data"]
        assert data["type"] == "FeatureCollection"
        assert data["features"][0]["geometry"] == POINT


def test_formats_and_versions(watch):
    """5.2.14, 4.3.6.8: concise, simplified, sysAttrs; ngsildConformance shifts down."""
    watch.subscribe("concise", {"format": "concise"})
    watch.subscribe("simple", {"format": "keyValues"})
    watch.subscribe("sys", {"sysAttrs": True})
    watch.subscribe("old", ngsildConformance="1.3")
    watch.create(p=prop(1), l=LANG, j={"json": {"a": 1}}, scope="/a")
    assert watch.entity("concise", 1)["p"] == 1
    assert watch.entity("simple", 1)["l"] == {"languageMap": {"en": "a"}}
    assert {"createdAt", "modifiedAt"} <= set(watch.entity("sys", 1)["p"])
    old = watch.entity("old", 1)
    assert old["j"]["type"] == old["l"]["type"] == "Property" and "scope" not in old


def test_names_are_those_of_the_subscription(watch, pages):
    """5.8.6: the @context of the subscription's creation, or its jsonldContext."""
    url = pages.put("/c.jsonld", '{"@context": {"puissance": "' + VOCAB + 'p"}}')
    watch.subscribe("own", jsonldContext=url)
    watch.create(p=prop(1))
    got = watch.got("own", 1)
    assert got.json["data"][0]["puissance"] == prop(1) and url in got.headers["Link"]
