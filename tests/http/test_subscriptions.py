# SPDX-License-Identifier: Apache-2.0
"""/subscriptions: 5.8.1 to 5.8.5, 6.10, 6.11.  What is sent is test_notifications.py's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from client import CORE, NULL, VOCAB, link, name, uid
from program import wait_until

PATH = "subscriptions"
ENDPOINT = {"uri": "http://127.0.0.1:9/notify"}


def subscription(**members):
    """A small one; None takes a member out."""
    whole = {"type": "Subscription", "entities": [{"type": "Vehicle"}],
             "notification": {"endpoint": ENDPOINT}, **members}
    return {k: v for k, v in whole.items() if v is not None}


def notify(**members):
    return {"endpoint": ENDPOINT, **members}


def at_endpoint(**members):
    return {"endpoint": {**ENDPOINT, **members}}


def make(api, **members):
    """Creates one; its id."""
    answer = api.post(PATH, subscription(**members)).empty(201)
    location = answer.headers["Location"]
    assert location.startswith("/ngsi-ld/v1/subscriptions/urn:")
    return location.rpartition("/")[2]


def read(api, id, **params):
    return api.get(f"{PATH}/{id}", **params).ok().json


FULL = {
    "subscriptionName": "all of it", "description": "every member",
    "entities": [{"type": "(Vehicle;Bus)|Tram", "id": [uid(), uid()]},
                 {"type": "*", "idPattern": "^urn:.*:7$"}],
    "watchedAttributes": ["speed", "http://example.org/position"],
    "notificationTrigger": ["entityCreated", "entityUpdated", "entityDeleted",
                            "attributeCreated", "attributeUpdated", "attributeDeleted"],
    "q": 'speed>50;brand!="Opel"|near.observedAt>2026-01-01T00:00:00Z',
    "geoQ": {"georel": "near;maxDistance==200", "geometry": "Point",
             "coordinates": [5.37, 43.3], "geoproperty": "place"},
    "scopeQ": "/Marseille/#", "csf": "refreshRate==\"PT1H\"",
    "datasetId": ["@none", "urn:ngsi-ld:Dataset:1"],
    "expandValues": "brand", "jsonKeys": "brand", "lang": "fr,en;q=0.5",
    "expiresAt": "2099-01-01T00:00:00Z", "isActive": True, "localOnly": False,
    "splitEntities": False, "ngsildConformance": "1.6", "throttling": 0.5,
    "notification": {
        "pick": ["id", "speed"], "omit": ["brand"], "format": "concise", "join": "inline",
        "joinLevel": 2, "sysAttrs": True, "showChanges": True,
        "endpoint": {"uri": "mqtts://user:secret@127.0.0.1:9/a/b",
                     "accept": "application/ld+json", "timeout": 100, "cooldown": 5000,
                     "receiverInfo": [{"key": "Authorization", "value": "Bearer x"}],
                     "notifierInfo": [{"key": "MQTT-QoS", "value": "2"}]}},
}


def test_round_trip(api):
    """What was sent comes back, with what 5.2.12 adds; sysAttrs show when."""
    id = uid("Subscription")
    answer = api.post(PATH, {"id": id, "type": "Subscription", **FULL}).empty(201)
    assert answer.headers["Location"] == f"/ngsi-ld/v1/subscriptions/{id}"
    said = read(api, id)
    assert said.pop("status") == "active"
    assert said.pop("jsonldContext").startswith("http://")
    assert said == {"id": id, "type": "Subscription", **FULL}
    more = read(api, id, options="sysAttrs")
    assert more["createdAt"] == more["modifiedAt"] and more["createdAt"].endswith("Z")


def test_names_are_iris(api):
    """5.5.7: stored expanded, shown with the @context of the request, not of the creation."""
    ns = "http://example.org/ns#"
    context = {"Vehicle": ns + "Vehicle", "speed": ns + "speed", "place": ns + "place"}
    body = subscription(watchedAttributes=["speed"], q="speed>1", expandValues="speed",
                        geoQ={**FULL["geoQ"]}, notification=notify(pick=["id", "speed{x}"],
                                                                   join="flat"))
    id = api.post(PATH, {**body, "@context": [context, CORE]}).headers["Location"]
    said = api.get(id, headers={"Link": link(CORE)}).ok().json
    assert said["entities"] == [{"type": ns + "Vehicle"}]
    assert said["watchedAttributes"] == [ns + "speed"]
    assert said["geoQ"]["geoproperty"] == ns + "place"
    assert said["expandValues"] == ns + "speed"
    assert said["notification"]["pick"] == ["id", ns + "speed{x}"]
    # an @context without a URL has one from now on: that of the notifications
    mine = said["jsonldContext"]
    assert "/ngsi-ld/v1/jsonldContexts/" in mine
    assert api.get(mine[mine.index("/ngsi-ld"):]).ok().json["@context"] == [context, CORE]
    again = api.get(id, headers={"Link": link(mine)}).ok().json
    assert again["entities"] == [{"type": "Vehicle"}]
    assert again["watchedAttributes"] == ["speed"]


def test_ld_json(api):
    """6.3.6: as ld+json the @context is inside, of each element of a list too."""
    tenant = api.with_(NGSILD_Tenant=name("ld"), Accept="application/ld+json",
                       Link=link(CORE))
    id = make(tenant)
    one = tenant.get(f"{PATH}/{id}").ok()
    assert one.json["@context"] == CORE and one.context is None
    every = tenant.get(PATH).ok()
    assert [s["@context"] for s in every.json] == [CORE]
    api.get(PATH, headers={"Accept": "application/geo+json"}).ok(406)


def test_generated_ids_and_conflicts(api):
    """5.8.1.4: an id is made where there is none; a known one is refused."""
    assert make(api) != make(api)
    id = uid("Subscription")
    make(api, id=id)
    api.post(PATH, subscription(id=id)).problem(409, "AlreadyExists", id)


def test_list(api):
    """6.10: pages with Links as clients compare them, the count, trailing slashes (T10)."""
    mine = api.with_(NGSILD_Tenant=name("list"), Accept="application/ld+json")
    mine.get(PATH).problem(404, "NonexistentTenant")
    ids = [make(mine) for _ in range(3)]
    assert mine.get(PATH).ok().ids == ids
    page = mine.get(PATH, limit=1, offset=1, count="true").ok()
    assert page.ids == ids[1:2] and page.count == 3
    assert [v for v in page.headers.get_all("Link")] == [
        '</ngsi-ld/v1/subscriptions?count=true&limit=1&offset=0>;rel="prev";'
        'type="application/ld+json"',
        '</ngsi-ld/v1/subscriptions?count=true&limit=1&offset=2>;rel="next";'
        'type="application/ld+json"']
    last = mine.get(PATH + "/", limit=1, offset=2, options="sysAttrs,count").ok()
    assert last.ids == ids[2:] and set(last.links) == {"prev"} and last.count == 3
    assert "createdAt" in last.json[0]
    assert mine.get(PATH, limit=0, count="true").ok().json == []
    mine.get(PATH, limit=0).problem(400, "BadRequestData", "count=true")
    mine.get(PATH, limit=-1).problem(400, "BadRequestData", "limit")
    mine.get(PATH, options="sysattrs").problem(400, "InvalidRequest", "sysAttrs")
    assert api.get(PATH, limit=1000).ok().json is not None


def test_update(api):
    """5.8.2.4: the first level is replaced, null removes, in both spellings."""
    id = make(api, watchedAttributes=["speed"], q="speed>1", throttling=5, description="x",
              notification=notify(format="concise", sysAttrs=True))
    api.patch(f"{PATH}/{id}", {"q": "speed>2", "throttling": None, "description": NULL,
                               "notification": notify(format="simplified")}).empty(204)
    said = read(api, id)
    assert said["q"] == "speed>2" and said["watchedAttributes"] == ["speed"]
    assert "throttling" not in said and "description" not in said
    assert said["notification"] == notify(format="simplified")
    ns = "http://example.org/other#"
    api.patch(f"{PATH}/{id}", {"q": "speed>3", "@context": {"speed": ns + "speed"}})
    said = read(api, id)
    assert said["watchedAttributes"] == ["speed"] and said["q"] == "speed>3"
    times = read(api, id, options="sysAttrs")
    assert times["createdAt"] < times["modifiedAt"]


def test_update_checks_the_result(api):
    """The rules of 5.2.12 hold for what comes out."""
    id = make(api, watchedAttributes=["speed"])
    one = f"{PATH}/{id}"
    api.patch(one, {"timeInterval": 5}).problem(400, "BadRequestData", "/watchedAttributes")
    api.patch(one, {"notification": None}).problem(400, "BadRequestData", "/notification:")
    api.patch(one, {"type": None}).problem(400, "BadRequestData", "/type:")
    api.patch(one, {"id": uid()}).problem(400, "BadRequestData", "/id:", "keeps its id")
    api.patch(one, {"id": id, "type": "Subscription"}).empty(204)
    api.patch(one, {"entities": None}).empty(204)
    api.patch(one, {"watchedAttributes": None}).problem(400, "BadRequestData", "/entities:")
    api.patch(one, {"notification": notify(format=None)}).problem(
        400, "BadRequestData", "/notification/format: null is no value")
    api.patch(one, {"nonsense": 1}).problem(400, "BadRequestData", "/nonsense:")
    api.patch(f"{PATH}/{uid()}", {"q": "a"}).problem(404, "ResourceNotFound", "urn:")
    api.patch(one, [1]).problem(400, "InvalidRequest", "JSON object")
    assert "entities" not in read(api, id)


def test_status(api):
    """5.2.12, 5.8.2.4: computed from isActive and expiresAt."""
    id = make(api, isActive=False)
    one = f"{PATH}/{id}"
    assert read(api, id)["status"] == "paused"
    api.patch(one, {"isActive": True, "expiresAt": "2099-01-01T00:00:00Z"}).empty(204)
    assert read(api, id)["status"] == "active"
    api.patch(one, {"expiresAt": "2020-01-01T00:00:00Z"}).problem(
        400, "BadRequestData", "/expiresAt: 2020-01-01T00:00:00Z is in the past")
    api.patch(one, {"isActive": None}).empty(204)
    assert read(api, id)["status"] == "active"


def test_read_only_members(api):
    """5.2.12, 5.2.14.2: those that are the broker's are ignored."""
    mine = {"status": "expired", "createdAt": "2020-01-01T00:00:00Z"}
    id = make(api, **mine, notification=notify(status="failed", timesSent=9, lastSuccess="x"))
    said = read(api, id)
    assert said["status"] == "active" and "createdAt" not in said
    assert said["notification"] == notify()


def test_delete(api):
    """5.8.5"""
    one = f"{PATH}/{make(api)}"
    api.delete(one).empty(204)
    api.get(one).problem(404, "ResourceNotFound")
    api.delete(one).problem(404, "ResourceNotFound", "does not exist")
    for method in (api.get, api.delete):
        method(f"{PATH}/nonsense").problem(400, "BadRequestData", "'nonsense' is no URI")


def test_tenants(api):
    """4.14: creating one makes the tenant; nobody else sees it."""
    id = uid("Subscription")
    one, other = (api.with_(NGSILD_Tenant=name("t")) for _ in range(2))
    make(one, id=id)
    make(other, id=id)
    one.delete(f"{PATH}/{id}").empty(204)
    assert other.get(PATH).ok().ids == [id]
    api.get(f"{PATH}/{id}").problem(404, "ResourceNotFound")


def test_a_slow_context_holds_up_no_writes(api, pages):
    """Whatever a jsonldContext takes to be fetched: entities are written meanwhile."""
    id = make(api)
    slow = [pages.put(f"/{n}.jsonld", '{"@context": {}}', delay=1.5) for n in range(2)]
    other = api.with_()  # a connection of its own
    writes = [lambda: make(other, jsonldContext=slow[0]),
              lambda: other.patch(f"{PATH}/{id}", {"jsonldContext": slow[1]}).empty()]
    with ThreadPoolExecutor(1) as pool:
        for n, write in enumerate(writes):
            running = pool.submit(write)
            wait_until("the download", lambda: len(pages.seen) > n)
            api.create({"id": uid(), "type": "T"})
            assert not running.done()
            running.result()


def test_tolerances(api):
    """T15, and aliases of JSON-LD."""
    id = make(api, type=None, **{"@type": "Subscription"}, entities=[{"type": "A", "id": "urn:x:1"}],
              notification=notify(attributes=[]))
    assert read(api, id)["type"] == "Subscription"
    id = make(api, entities=[{"@type": "A", "@id": "urn:a"}])
    assert read(api, id)["entities"] == [{"type": "A", "id": "urn:a"}]
    api.patch(f"{PATH}/{id}", '{"q":"a"}',
              headers={"Content-Type": "application/merge-patch+json"}).empty(204)


BAD = [
    ({"watchedAttributes": ["1a"]}, "/watchedAttributes/0: '1a' is no attribute name"),
    ({"watchedAttributes": ["p", "a b"]}, "/watchedAttributes/1: 'a b' is no attribute name"),
    ({"type": "Thing"}, '/type: expected "Subscription"'),
    ({"id": "nonsense"}, "/id: 'nonsense' is no URI"),
    ({"id": ""}, "/id: expected a string that is not empty"),
    ({"entities": []}, "/entities: expected an array with at least one selector"),
    ({"entities": None}, "/entities: a subscription needs entities or watchedAttributes"),
    ({"entities": [{"id": uid()}]}, "/entities/0/type: is missing"),
    ({"entities": [{"type": "A"}, 3]}, "/entities/1: expected an object"),
    ({"entities": [{"type": "A|"}]}, "/entities/0: type: expected a type at offset"),
    ({"entities": [{"type": "A", "idPattern": "("}]}, "/entities/0: idPattern: "),
    ({"entities": [{"type": "A", "id": "x"}]}, "/entities/0/id: 'x' is not a URI"),
    ({"entities": [{"type": "A", "id": ["urn:a:b", "x y"]}]},
     "/entities/0/id: 'x y' is not a URI"),
    ({"temporalQ": "x"}, "/temporalQ: expected an object"),
    ({"entities": [{"type": "A", "name": "x"}]}, "/entities/0/name: there is no such member"),
    ({"watchedAttributes": []}, "/watchedAttributes: an empty array is not allowed"),
    ({"watchedAttributes": ["a", 1]}, "/watchedAttributes/1: expected a string"),
    ({"notificationTrigger": ["sunrise"]}, "/notificationTrigger/0: 'sunrise' is none of"),
    ({"timeInterval": 0}, "/timeInterval: expected a number greater than 0"),
    ({"timeInterval": 5, "throttling": 1}, "/throttling: does not go with timeInterval"),
    ({"timeInterval": 5, "watchedAttributes": ["a"]}, "/watchedAttributes: does not go with"),
    ({"timeInterval": 5, "entities": None}, "/entities: timeInterval needs entities"),
    ({"throttling": -1}, "/throttling: expected a number greater than 0"),
    ({"throttling": "5"}, "/throttling: expected a number greater than 0"),
    ({"q": "a=="}, "/q: q: expected a value at offset 3"),
    ({"q": 5}, "/q: expected a string"),
    ({"csf": "a=="}, "/csf: q: expected a value"),
    ({"geoQ": {"georel": "near"}}, "/geoQ: geometry is missing"),
    ({"geoQ": {**FULL["geoQ"], "georel": "above"}}, "/geoQ: georel: 'above' is none of"),
    ({"geoQ": {**FULL["geoQ"], "coordinates": [1]}}, "/geoQ: "),
    ({"geoQ": {**FULL["geoQ"], "radius": 1}}, "/geoQ/radius: there is no such member"),
    ({"geoQ": "x"}, "/geoQ: expected an object"),
    ({"scopeQ": "/a;"}, "/scopeQ: "),
    ({"lang": "?"}, "/lang: lang: expected a language tag"),
    ({"datasetId": ["x"]}, "/datasetId/0: 'x' is neither a URI nor @none"),
    ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt: 2020-01-01T00:00:00Z is in the past"),
    ({"expiresAt": "soon"}, "/expiresAt: 'soon' is no DateTime"),
    ({"isActive": "yes"}, "/isActive: expected true or false"),
    ({"localOnly": 1}, "/localOnly: expected true or false"),
    ({"ngsildConformance": "new"}, "/ngsildConformance: 'new' is no version"),
    ({"jsonldContext": "x"}, "/jsonldContext: expected the URL of an @context"),
    ({"jsonldContext": "urn:calanque:context:default"},
     "/jsonldContext: expected the URL of an @context"),
    ({"description": 5}, "/description: expected a string"),
    ({"nonsense": 5}, "/nonsense: a subscription has no such member"),
    ({"description": NULL}, "/description: null is no value"),
    ({"notification": None}, "/notification: a subscription needs a notification"),
    ({"notification": {}}, "/notification/endpoint: a subscription needs an endpoint"),
    ({"notification": {"endpoint": {}}}, "/notification/endpoint/uri: is missing"),
    ({"notification": at_endpoint(uri="x")}, "/notification/endpoint/uri: 'x' is no URI"),
    ({"notification": at_endpoint(uri="ftp://h/x")}, "'ftp://h/x' cannot be notified; use http"),
    ({"notification": at_endpoint(uri="http:///x")}, "names no host"),
    ({"notification": at_endpoint(uri="mqtt://h")}, "an MQTT endpoint ends with the topic"),
    ({"notification": at_endpoint(accept="text/html")}, "/notification/endpoint/accept: "),
    ({"notification": at_endpoint(timeout=0)}, "/notification/endpoint/timeout: expected"),
    ({"notification": at_endpoint(cooldown=-1)}, "/notification/endpoint/cooldown: expected"),
    ({"notification": at_endpoint(port=1)}, "/notification/endpoint/port: there is no such"),
    ({"notification": at_endpoint(receiverInfo={})}, "/notification/endpoint/receiverInfo: "),
    ({"notification": at_endpoint(receiverInfo=[{"key": "a"}])},
     '/notification/endpoint/receiverInfo/0: expected {"key"'),
    ({"notification": at_endpoint(receiverInfo=[{"key": "a b", "value": "c"}])},
     "/receiverInfo/0/key: is no name of a header"),
    ({"notification": at_endpoint(receiverInfo=[{"key": "a", "value": "c\r\nd: e"}])},
     "/receiverInfo/0/value: holds a line break"),
    ({"notification": at_endpoint(
        uri="mqtt://h/t", notifierInfo=[{"key": "MQTT-QoS", "value": "3"}])},
     "MQTT-QoS '3' is none of 0, 1 and 2"),
    ({"notification": at_endpoint(
        uri="mqtt://h/t", notifierInfo=[{"key": "MQTT-Version", "value": "4"}])},
     "MQTT-Version '4' is neither"),
    ({"notification": notify(format="pretty")}, "/notification/format: 'pretty' is none of"),
    ({"notification": notify(join="up")}, "/notification/join: 'up' is none of"),
    ({"notification": notify(join="flat", joinLevel=0)}, "/notification/joinLevel: expected"),
    ({"notification": notify(pick=[])}, "/notification/pick: an empty array"),
    ({"notification": notify(pick=["a{b}"])}, "/notification/pick: pick: names of linked"),
    ({"notification": notify(attributes=["a"], omit=["b"])}, "/notification/attributes: "),
    ({"notification": notify(attributes=["id"])}, "/notification/attributes: id is no attri"),
    ({"notification": notify(pick=["a", "b"], omit=["b"])}, "both name"),
    ({"notification": notify(showChanges=True, format="keyValues")},
     "/notification/showChanges: the simplified format has no room"),
    ({"notification": notify(sysAttrs=1)}, "/notification/sysAttrs: expected true or false"),
    ({"notification": notify(what=1)}, "/notification/what: there is no such member"),
]


@pytest.mark.parametrize("members, says", BAD)
def test_refused(api, members, says):
    """5.8.1.4: each rule of 5.2.12 to 5.2.15, with the place and how to mend it."""
    api.post(PATH, subscription(**members)).problem(400, "BadRequestData", says)


def test_refused_bodies(api):
    """5.5.4, 6.3.5"""
    api.post(PATH, "{").problem(400, "InvalidRequest", "body")
    api.post(PATH, "[]").problem(400, "InvalidRequest", "JSON object")
    api.post(PATH, '{"q":null,"type":"Subscription"}').problem(
        400, "BadRequestData", "/q: null is no value")


def test_unreachable_context(api):
    """5.8.1.4: jsonldContext must be there, and be one."""
    gone = "http://127.0.0.1:9/context.jsonld"
    api.post(PATH, subscription(jsonldContext=gone)).problem(
        504, "LdContextNotAvailable", "/jsonldContext: ")
    id = make(api)
    api.patch(f"{PATH}/{id}", {"jsonldContext": gone}).problem(504, "LdContextNotAvailable")
    api.patch(f"{PATH}/{id}", {"jsonldContext": CORE}).empty(204)
    assert read(api, id)["jsonldContext"] == CORE


def test_default_vocabulary(api):
    """Names without a term are those of the default @vocab."""
    id = make(api, watchedAttributes=["unheardOf"])
    said = api.get(f"{PATH}/{id}", headers={"Link": link(CORE)}).ok().json
    assert said["watchedAttributes"] == ["unheardOf"]
    id = make(api, watchedAttributes=[VOCAB + "unheardOf"])
    assert read(api, id)["watchedAttributes"] == ["unheardOf"]
