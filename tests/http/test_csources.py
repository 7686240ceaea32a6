# SPDX-License-Identifier: Apache-2.0
"""Context sources: /csourceRegistrations (5.9, 5.10) and /csourceSubscriptions (5.11)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import CORE, NULL, link, name, quote, uid
from program import wait_until
from sessions import Shell, sessions

PATH = "csourceRegistrations"
SUBSCRIPTIONS = "csourceSubscriptions"
ENDPOINT = "http://127.0.0.1:9/source"


def registration(kind="Vehicle", **members):
    """A small one; None takes a member out."""
    whole = {"type": "ContextSourceRegistration", "endpoint": ENDPOINT,
             "information": [{"entities": [{"type": kind}]}], **members}
    return {k: v for k, v in whole.items() if v is not None}


def register(api, kind="Vehicle", **members):
    answer = api.post(PATH, registration(kind, **members)).empty(201)
    location = answer.headers["Location"]
    assert location.startswith(f"/ngsi-ld/v1/{PATH}/urn:ngsi-ld:ContextSourceRegistration:")
    return location.rpartition("/")[2]


def read(api, id_, **params):
    return api.get(f"{PATH}/{id_}", **params).ok().json


def found(api, **params):
    return api.get(PATH, **params).ok().ids


FULL = {
    "registrationName": "bins of the north", "description": "every member",
    "information": [{"entities": [{"type": ["Bin", "Lamp"], "idPattern": "^urn:.*:7$"}],
                     "propertyNames": ["level", "http://example.org/position"],
                     "relationshipNames": ["refDevice"]}],
    "mode": "redirect", "operations": ["redirectionOps", "queryBatch"],
    "management": {"localOnly": True, "timeout": 500, "cooldown": 1000,
                   "cacheDuration": "PT1M"},
    "location": {"type": "Polygon", "coordinates":
                 [[[5.3, 43.2], [5.5, 43.2], [5.5, 43.4], [5.3, 43.4], [5.3, 43.2]]]},
    "scope": ["/Marseille", "/Aubagne/Nord"], "datasetId": ["@none", "urn:ngsi-ld:Dataset:1"],
    "tenant": "north", "contextSourceAlias": "north-1", "refreshRate": "PT1H",
    "contextSourceInfo": [{"key": "jsonldContext", "value": CORE},
                          {"key": "Authorization", "value": "Bearer x"}],
    "expiresAt": "2099-01-01T00:00:00Z",
}


def test_comes_back_as_it_came(api):
    """5.10.1: every member of 5.2.9, names short again."""
    id_ = register(api, **{**FULL, "owner": "the north"})
    assert read(api, id_) == {"id": id_, **registration(**FULL), "owner": "the north"}
    inside = read(api, id_, headers={"Accept": "application/ld+json"})
    assert inside["@context"]
    times = read(api, id_, options="sysAttrs")
    assert times["createdAt"] == times["modifiedAt"]
    api.delete(f"{PATH}/{id_}").empty()
    api.get(f"{PATH}/{id_}").problem(404, "ResourceNotFound", id_)
    api.delete(f"{PATH}/{id_}").problem(404, "ResourceNotFound", id_)


def test_says_what_it_means(api):
    """5.2.9: the defaults are shown; what the broker keeps by itself is ignored."""
    id_ = register(api, status="failed", timesSent=9, lastSuccess="x")
    shown = read(api, id_)
    assert (shown["mode"], shown["operations"]) == ("inclusive", ["federationOps"])
    assert not {"status", "timesSent", "lastSuccess"} & set(shown)
    assert read(api, register(api, mode="auxiliary"))["operations"] == ["retrieveOps"]


def test_names_are_those_of_the_context(api, pages):
    """5.5.7: stored as IRIs, shown with the names of whoever asks."""
    context = pages.put("/c.jsonld", '{"@context": {"Truck": "urn:x:Truck", "load": "urn:x:load"}}')
    id_ = api.post(PATH, {**registration("Truck", information=[
        {"entities": [{"type": "Truck"}], "propertyNames": ["load"]}]),
        "@context": context}).empty(201).headers["Location"].rpartition("/")[2]
    seen = read(api, id_, headers={"Link": link(context)})["information"][0]
    assert seen == {"entities": [{"type": "Truck"}], "propertyNames": ["load"]}
    seen = read(api, id_, headers={"Link": link(CORE)})["information"][0]
    assert seen == {"entities": [{"type": "urn:x:Truck"}], "propertyNames": ["urn:x:load"]}


WRONG = [
    ({"type": "Subscription"}, "/type"),
    ({"id": "no uri"}, "/id"),
    ({"endpoint": None}, "/endpoint"),
    ({"endpoint": "ftp://x/y"}, "/endpoint"),
    ({"information": None}, "/information"),
    ({"information": []}, "/information"),
    ({"information": [{}]}, "/information/0"),
    ({"information": [{"entities": []}]}, "/information/0/entities"),
    ({"information": [{"entities": [{"idPattern": ".*"}]}]}, "/information/0/entities/0/type"),
    ({"information": [{"entities": [{"type": []}]}]}, "/information/0/entities/0/type"),
    ({"information": [{"entities": [{"type": "T", "id": "x"}]}]}, "/information/0/entities/0/id"),
    ({"information": [{"entities": [{"type": "T", "idPattern": "("}]}]}, "idPattern"),
    ({"information": [{"propertyNames": []}]}, "/information/0/propertyNames"),
    ({"information": [{"propertyNames": ["a b"]}]}, "/information/0"),
    ({"information": [{"properties": ["p"]}]}, "/information/0/properties"),
    ({"mode": "shared"}, "/mode"),
    ({"operations": []}, "/operations"),
    ({"operations": ["read"]}, "/operations/0"),
    ({"mode": "auxiliary", "operations": ["updateOps"]}, "/operations"),
    ({"mode": "exclusive"}, "/information/0"),
    ({"management": {}}, "/management"),
    ({"management": {"timeout": 0}}, "/management/timeout"),
    ({"management": {"cacheDuration": "1 minute"}}, "/management/cacheDuration"),
    ({"location": {"type": "Point"}}, "/location"),
    ({"location": {"type": "GeoProperty", "value": {}}}, "/location"),
    ({"scope": "/a//b"}, "/scope"),
    ({"datasetId": ["x"]}, "/datasetId/0"),
    ({"tenant": ""}, "/tenant"),
    ({"contextSourceAlias": "a b"}, "/contextSourceAlias"),
    ({"contextSourceInfo": [{"key": "NGSILD-Tenant", "value": "x"}]}, "/contextSourceInfo/0"),
    ({"contextSourceInfo": [{"key": "accept", "value": "text/html"}]}, "/contextSourceInfo/0"),
    ({"contextSourceInfo": [{"key": "ngsildConformance", "value": "one"}]}, "/contextSourceInfo/0"),
    ({"observationInterval": {"endAt": "2026-01-01T00:00:00Z"}}, "/observationInterval"),
    ({"observationInterval": {"startAt": "2026-01-01T00:00:00Z",
                              "endAt": "2025-01-01T00:00:00Z"}}, "/observationInterval/endAt"),
    ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
    ({"refreshRate": "soon"}, "/refreshRate"),
    ({"description": ""}, "/description"),
    ({"registrationName": NULL}, "/registrationName"),
    ({"owner": {"type": "Property"}}, "owner"),
    ({"owner": {"type": "Relationship", "object": 5}}, "owner"),
    ({"place": {"type": "GeoProperty", "value": 5}}, "place"),
]


@pytest.mark.parametrize("members, where", WRONG)
def test_refuses(api, members, where):
    """5.9.2.4: the member is named."""
    api.post(PATH, registration(**members)).problem(400, "BadRequestData", where)


def test_ids(api):
    """5.9.2.4: an id of one's own, once."""
    id_ = uid("ContextSourceRegistration")
    assert register(api, id=id_) == id_
    api.post(PATH, registration(id=id_)).problem(409, "AlreadyExists", id_)
    api.get(f"{PATH}/nothing").problem(400, "BadRequestData")


def test_updates(api):
    """5.9.3: members of the first level are replaced; null removes."""
    id_ = register(api, description="old", mode="redirect", owner="x")
    api.patch(f"{PATH}/{id_}", {"endpoint": "http://other.example:1026", "mode": NULL,
                                "description": "new", "owner": None}).empty()
    shown = read(api, id_)
    assert (shown["endpoint"], shown["description"]) == ("http://other.example:1026", "new")
    assert shown["mode"] == "inclusive" and "owner" not in shown
    for fragment, where in (({"information": None}, "/information"), ({"type": "x"}, "/type"),
                            ({"id": uid()}, "/id"), ({"endpoint": NULL}, "/endpoint")):
        api.patch(f"{PATH}/{id_}", fragment).problem(400, "BadRequestData", where)
    api.patch(f"{PATH}/{uid()}", {"description": "x"}).problem(404, "ResourceNotFound")


def test_finds_by_what_is_registered(api):
    """5.12: type, id, pattern, attributes."""
    kind, id7 = name("Tram"), "urn:ngsi-ld:Tram:7"
    plain = register(api, kind)
    one = register(api, information=[{"entities": [{"type": kind, "id": id7}]}])
    some = register(api, information=[{"entities": [{"type": kind, "idPattern": ":[0-9]$"}],
                                       "propertyNames": ["speed"]}])
    assert found(api, type=kind) == [plain, one, some]
    assert found(api, type=kind, id=id7) == [plain, one, some]
    assert found(api, type=kind, id="urn:ngsi-ld:Tram:88") == [plain]
    assert found(api, type=kind, idPattern="8$") == [plain, some]
    assert found(api, type=kind, attrs="speed") == [plain, one, some]
    assert found(api, type=kind, attrs="colour") == [plain, one]
    assert found(api, type=kind, q='colour=="red"') == [plain, one]
    assert found(api, type=name("Other")) == []
    page = api.get(PATH, type=kind, limit=1, offset=1, count="true").ok()
    assert (page.ids, page.count) == ([one], 3)
    assert set(page.links) >= {"prev", "next"}


def test_finds_by_place_scope_property_and_source(api):
    """5.10.2.4: what may hold it, matches."""
    kind = name("Place")
    here = register(api, kind, location=FULL["location"], scope="/Marseille/Nord", owner="me")
    nowhere = register(api, kind)
    near = {"geometry": "Point", "coordinates": "[5.4,43.3]"}
    assert found(api, type=kind, georel="near;maxDistance==10", **near) == [here]
    assert found(api, type=kind, georel="within", geometry="Polygon", coordinates=
                 "[[[5.4,43.3],[9,43.3],[9,45],[5.4,45],[5.4,43.3]]]") == [here]
    assert found(api, type=kind, georel="near;maxDistance==10", geometry="Point",
                 coordinates="[2,48]") == []
    assert found(api, type=kind, scopeQ="/Marseille/#") == [here]
    assert found(api, type=kind, csf='owner=="me"') == [here]
    assert found(api, type=kind, csf='owner!="me"') == []
    assert found(api, type=kind) == [here, nowhere]


def test_finds_by_properties_of_all_kinds(api):
    """4.9: a Context Source Property may be an attribute of any kind."""
    kind, point = name("Kinds"), {"type": "Point", "coordinates": [5.4, 43.3]}
    owner = register(api, kind, owner={"type": "Relationship", "object": "urn:ngsi-ld:Owner:1"})
    place = register(api, kind, place={"type": "GeoProperty", "value": point})
    assert found(api, type=kind, csf='owner=="urn:ngsi-ld:Owner:1"') == [owner]
    assert found(api, type=kind, georel="near;maxDistance==10", geometry="Point",
                 coordinates="[5.4,43.3]", geoproperty="place") == [place]


def test_keywords(api):
    """4.4: @id and @type in a selector."""
    kind, id_ = name("Keyword"), uid("Keyword")
    made = register(api, information=[{"entities": [{"@type": kind, "@id": id_}]}])
    assert read(api, made)["information"] == [{"entities": [{"type": kind, "id": id_}]}]
    assert found(api, type=kind, id=id_) == [made]


def test_finds_by_what_describes_a_source(api):
    """4.9, 5.10.2.4: csf asks about the members of a registration as about its properties."""
    kind = name("Described")
    one = register(api, kind, registrationName="one", description="by the harbour",
                   refreshRate="PT5M", mode="auxiliary", operations=["retrieveOps"])
    two = register(api, kind, registrationName="two")
    for csf, hits in (('registrationName=="one"', [one]), ('registrationName!="one"', [two]),
                      ("mode==auxiliary", [one]), ("mode==inclusive", [two]),
                      ("mode", [one, two]), ("refreshRate", [one]), ('description~="harb"', [one]),
                      ('endpoint~="^http"', [one, two]), ("tenant", []),
                      ("registrationName==two;mode==inclusive|refreshRate", [one, two])):
        assert found(api, type=kind, csf=csf) == hits, csf


def test_finds_the_past_apart(api):
    """5.10.2.4: those with an interval answer temporal queries alone."""
    kind = name("Past")
    now = register(api, kind)
    then = register(api, kind, observationInterval={"startAt": "2025-01-01T00:00:00Z",
                                                    "endAt": "2025-06-01T00:00:00Z"})
    open_ = register(api, kind, managementInterval={"startAt": "2025-01-01T00:00:00Z"})
    assert found(api, type=kind) == [now]
    for rel, at, hits in (("after", "2025-03-01", [then]), ("after", "2025-07-01", []),
                          ("before", "2025-03-01", [then]), ("before", "2024-03-01", [])):
        assert found(api, type=kind, timerel=rel, timeAt=f"{at}T00:00:00Z") == hits, (rel, at)
    assert found(api, type=kind, timerel="between", timeAt="2024-01-01T00:00:00Z",
                 endTimeAt="2025-01-02T00:00:00Z") == [then]
    assert found(api, type=kind, timerel="after", timeAt="2030-01-01T00:00:00Z",
                 timeproperty="modifiedAt") == [open_]


@pytest.mark.parametrize("params", [
    {}, {"scopeQ": "/a"}, {"csf": 'a=="b"'}, {"id": "x"}, {"q": "(a"}, {"georel": "within"},
    {"type": "T", "timerel": "before"}, {"type": "T", "limit": -1}, {"type": "T", "idPattern": "("}])
def test_refuses_queries(api, params):
    api.get(PATH, **params).problem(400, "BadRequestData")


def test_proxies_exclude_each_other(api):
    """4.3.6.3, 5.9.2.4: one source alone for an attribute of an entity, and nothing here."""
    kind, held = name("Lamp"), uid("Lamp")
    info = [{"entities": [{"type": kind, "id": uid("Lamp")}], "propertyNames": ["power"]}]
    register(api, information=info, mode="exclusive")
    other = [{**info[0], "propertyNames": ["colour", "power"]}]
    for mode in ("exclusive", "redirect"):
        api.post(PATH, registration(information=other, mode=mode)).problem(409, "Conflict")
    register(api, information=other, mode="inclusive")
    colour = [{**info[0], "propertyNames": ["colour"]}]
    id_ = register(api, information=colour, mode="exclusive")
    api.patch(f"{PATH}/{id_}", {"information": other}).problem(409, "Conflict")
    api.create({"id": held, "type": kind, "power": 5})
    mine = [{"entities": [{"type": kind, "id": held}], "propertyNames": ["power"]}]
    api.post(PATH, registration(information=mine, mode="exclusive")).problem(
        409, "Conflict", "/information/0")
    api.post(PATH, registration(kind, mode="redirect")).problem(409, "Conflict")
    register(api, mode="exclusive", information=[{**mine[0], "propertyNames": ["colour"]}])


def test_tenants(api):
    """4.14: a tenant's registrations are its own."""
    other, kind = api.with_(NGSILD_Tenant=name("t").lower()), name("Kind")
    id_ = register(other, kind)
    assert found(other, type=kind) == [id_] and found(api, type=kind) == []
    api.get(f"{PATH}/{id_}").problem(404, "ResourceNotFound")


def in_seconds(n):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + n))


def test_expires(api):
    """5.9.2.4: it goes at its time, and its id is free, swept or not."""
    id_ = uid("ContextSourceRegistration")
    for _ in range(3):
        register(api, id=id_, expiresAt=in_seconds(2))
        wait_until("the end", lambda: api.get(f"{PATH}/{id_}").status == 404)
    register(api, id=id_)


def test_what_is_not_understood_any_more(new_broker, receiver):
    """One that an earlier version took holds up nobody; it can be read, mended, deleted."""
    r, kind, broker = receiver(), name("Bus"), new_broker().start()
    api = broker.api
    good, bad, worse, past = (register(api, kind) for _ in range(4))
    broker.sql(f"""UPDATE calanque.registration SET doc = replace(doc, '"endpoint"', '"end"')
                   WHERE id <> '{good}'""")
    broker.sql(f"UPDATE calanque.registration SET expires = now() WHERE id = '{past}'")
    assert found(api, type=kind) == [good]
    info = [{"entities": [{"type": name("Other"), "id": uid()}], "propertyNames": ["p"]}]
    register(api, mode="exclusive", information=info)
    subscribe(api, r.url, kind)
    assert told(r.wait(1)[0]) == ("newlyMatching", [good])
    assert read(api, bad)["id"] == bad
    api.patch(f"{PATH}/{bad}", {"endpoint": ENDPOINT}).empty()
    assert told(r.wait(2)[1]) == ("newlyMatching", [bad])
    api.delete(f"{PATH}/{worse}").empty()
    assert found(api, type=kind) == [good, bad]
    wait_until("the end", lambda: api.get(f"{PATH}/{past}").status == 404)
    assert broker.sql("SELECT count(*) FROM calanque.registration") == "3"


# ---- subscriptions to them


def subscribe(api, uri, kind, **members):
    endpoint = {"uri": uri, "accept": "application/json"}
    body = {"id": uid("Subscription"), "type": "Subscription", "entities": [{"type": kind}],
            "notification": {"endpoint": endpoint}, **members}
    api.post(SUBSCRIPTIONS, body).empty(201)
    return body["id"]


def told(got):
    """What a CSourceNotification (5.3.2) says: reason, and ids."""
    assert got.json["type"] == "ContextSourceNotification"
    assert got.json["notifiedAt"] and got.json["id"]
    return got.json["triggerReason"], [r["id"] for r in got.json["data"]]


def test_is_told_of_each_change(api, receiver):
    """5.11.7, 5.3.3: all that are there, then what changes."""
    r, kind = receiver(), name("Bus")
    first = register(api, kind)
    sub = subscribe(api, r.url, kind)
    assert told(r.wait(1)[0]) == ("newlyMatching", [first])
    second = register(api, kind)
    api.patch(f"{PATH}/{second}", {"description": "x"}).empty()
    api.patch(f"{PATH}/{second}", {"information": [{"entities": [{"type": name("B")}]}]}).empty()
    api.patch(f"{PATH}/{second}", {"description": "y"}).empty()
    api.delete(f"{PATH}/{first}").empty()
    assert [told(g) for g in r.wait(5)[1:]] == [
        ("newlyMatching", [second]), ("updated", [second]), ("noLongerMatching", [second]),
        ("noLongerMatching", [first])]
    assert all(g.json["subscriptionId"] == sub for g in r.got)
    state = api.get(f"{SUBSCRIPTIONS}/{sub}").ok().json["notification"]
    assert (state["status"], state["timesSent"]) == ("ok", 5)


def test_is_told_what_concerns_it(api, receiver):
    """5.11.7: RegistrationInfo elements that match, alone; attributes of 5.12."""
    r, kind = receiver(), name("Bus")
    subscribe(api, r.url, kind, watchedAttributes=["speed"],
              notification={"attributes": ["speed"], "endpoint": {"uri": r.url}})
    register(api, kind, information=[{"entities": [{"type": kind}], "propertyNames": ["colour"]}])
    register(api, kind, information=[{"entities": [{"type": name("Other")}]},
                                     {"entities": [{"type": kind}], "propertyNames": ["speed"]}])
    data = r.wait(1)[0].json["data"]
    assert [one["information"] for one in data] == [
        [{"entities": [{"type": [kind]}], "propertyNames": ["speed"]}]]


def test_throttled_is_told_all(api, receiver):
    """5.8.6, 5.3.2: what waited goes together, where the reason is the same."""
    r, kind = receiver(), name("Bus")
    first = register(api, kind)
    subscribe(api, r.url, kind, throttling=1)
    assert told(r.wait(1)[0]) == ("newlyMatching", [first])
    second, third = register(api, kind), register(api, kind)
    api.delete(f"{PATH}/{first}").empty()
    assert [told(g) for g in r.wait(3)[1:]] == [
        ("newlyMatching", [second, third]), ("noLongerMatching", [first])]


def test_all_at_once(api, receiver):
    """Registrations, subscriptions to them and entities written at the same time: none waits
    for ever, and each subscription hears of each registration once."""
    r, kind = receiver(), name("Bus")

    def write(n):
        mine = api.with_()  # a connection of its own
        if n % 3 == 0:
            return register(mine, kind)
        if n % 3 == 1:
            return subscribe(mine, r.url, kind)
        return mine.create({"id": uid(), "type": kind, "n": n})

    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(write, range(90)))
    heard = {sub: [] for sub in made[1::3]}

    def complete():
        heard.update({sub: [id_ for g in r.got if g.json["subscriptionId"] == sub
                            for id_ in told(g)[1]] for sub in heard})
        return all(len(ids) >= 30 for ids in heard.values())

    wait_until("all to be told", complete)
    assert all(sorted(ids) == sorted(made[0::3]) for ids in heard.values())


def test_is_told_when_it_expires(api, receiver):
    r, kind = receiver(), name("Bus")
    subscribe(api, r.url, kind)
    id_ = register(api, kind, expiresAt=in_seconds(2))
    assert [told(g) for g in r.wait(2)] == [
        ("newlyMatching", [id_]), ("noLongerMatching", [id_])]


def test_is_told_periodically(api, receiver):
    """5.11.7: timeInterval: all, at once and again, changes or not."""
    r, kind = receiver(), name("Bus")
    id_ = register(api, kind)
    subscribe(api, r.url, kind, timeInterval=1)
    assert [told(g) for g in r.wait(2)] == [("newlyMatching", [id_])] * 2


def test_an_update_tells_anew(api, receiver):
    """5.11.3: all that match now; a paused one is told nothing."""
    r, kind = receiver(), name("Bus")
    id_ = register(api, kind)
    sub = subscribe(api, r.url, name("Other"), isActive=False)
    api.patch(f"{SUBSCRIPTIONS}/{sub}", {"entities": [{"type": kind}]}).empty()
    api.patch(f"{SUBSCRIPTIONS}/{sub}", {"isActive": True}).empty()
    assert told(r.wait(1)[0]) == ("newlyMatching", [id_])
    api.delete(f"{SUBSCRIPTIONS}/{sub}").empty()
    api.delete(f"{PATH}/{id_}").empty()
    time.sleep(0.5)
    assert len(r.got) == 1


def test_filters_of_subscriptions(api, receiver):
    """5.11.2.4: csf, scopeQ, geoQ and temporalQ look at the registration."""
    r, kind = receiver(), name("Bus")
    for filter_ in ({"csf": 'owner=="me"'}, {"scopeQ": "/Marseille/#"},
                    {"temporalQ": {"timerel": "after", "timeAt": "2025-01-01T00:00:00Z"}},
                    {"geoQ": {"georel": "near;maxDistance==10", "geometry": "Point",
                              "coordinates": [5.4, 43.3]}}):
        subscribe(api, r.url, kind, **filter_)
    register(api, kind)
    time.sleep(0.5)
    assert r.got == []
    for members in ({"owner": "me"}, {"scope": "/Marseille"}, {"location": FULL["location"]},
                    {"observationInterval": {"startAt": "2025-01-01T00:00:00Z"}}):
        register(api, kind, **members)
    assert len({g.json["subscriptionId"] for g in r.wait(4)}) == 4


def test_collections_are_apart(api):
    """A subscription to sources is none to entities, and hears of no entity."""
    sub = subscribe(api, "http://127.0.0.1:9/n", name("Bus"))
    api.get(f"subscriptions/{sub}").problem(404, "ResourceNotFound")
    assert sub in api.get(SUBSCRIPTIONS, limit=1000).ok().ids
    assert sub not in api.get("subscriptions", limit=1000).ok().ids
    shown = api.get(f"{SUBSCRIPTIONS}/{sub}").ok().json
    assert not {"jsonldContext", "notificationTrigger"} & set(shown)
    api.delete(f"subscriptions/{sub}").problem(404, "ResourceNotFound")
    api.delete(f"{SUBSCRIPTIONS}/{sub}").empty()


@pytest.mark.parametrize("temporal, where", [
    ("after", "/temporalQ"), ({"timerel": "after"}, "/temporalQ"),
    ({"timerel": "since", "timeAt": "2025-01-01T00:00:00Z"}, "/temporalQ"),
    ({"timerel": "after", "timeAt": "2025-01-01T00:00:00Z", "x": 1}, "/temporalQ/x")])
def test_refuses_temporal_queries(api, temporal, where):
    api.post(SUBSCRIPTIONS, {"type": "Subscription", "entities": [{"type": "T"}],
                             "temporalQ": temporal, "notification": {
                                 "endpoint": {"uri": "http://127.0.0.1:9/n"}}}).problem(
        400, "BadRequestData", where)


def test_outlives_the_broker(new_broker, receiver):
    """What was committed is told, whatever happens to the broker."""
    r, kind = receiver(answer=503), name("Bus")
    broker = new_broker("--notify-retry", "50ms").start()
    subscribe(broker.api, r.url, kind)
    id_ = register(broker.api, kind)
    broker.kill()
    broker.start()
    r.answer = 200
    wait_until("the notification", lambda: r.got and told(r.got[-1]) == ("newlyMatching", [id_]))
    assert read(broker.api, quote(id_))["id"] == id_


@pytest.mark.parametrize("name", ["docs/en/registry.md", "docs/fr/registre.md"])
def test_documents(new_broker, tmp_path, name):
    """What the documents show, runs."""
    (steps,) = sessions(name, "test_csources.py")
    _, list_ = Shell(new_broker().start().port, tmp_path).run(steps)
    assert '"owner":"Communes of the north"' in list_
