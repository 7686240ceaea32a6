# SPDX-License-Identifier: Apache-2.0
"""/jsonldContexts: @contexts that are hosted, cached or made (5.13, 6.29, 6.30, 6.3.16)."""
import datetime
import json

import pytest

from client import API, CORE, link, quote, uid
from program import wait_until

EX = "https://example.org/v/"
PATH = f"{API}/jsonldContexts"
ID = "urn:calanque:context:"
JSON = {"Content-Type": "application/json"}
LD = {"Accept": "application/ld+json"}


def by(url):
    return {"Link": link(url)}


def document(value):
    return json.dumps({"@context": value})


def add(api, value, **more):
    """Hosts a context and returns its local id."""
    answer = api.post("jsonldContexts", {"@context": value, **more}, headers=JSON).empty(201)
    assert answer.headers["Location"].startswith(f"{PATH}/{ID}"), answer
    return answer.headers["Location"].removeprefix(f"{PATH}/")


def url_of(api, id_):
    return f"{api.base}{PATH}/{id_}"


def details(api, name):
    return api.get(f"jsonldContexts/{quote(name)}", details="true").ok().json


def use(api, url, **members):
    """Creates an entity with the @context of that URL and returns its id."""
    id_ = uid()
    api.post("entities", {"id": id_, "type": "Thing", **members}, headers=by(url)).ok(201)
    return id_


def seen_by_core(api, id_):
    return api.entity(id_, headers=by(CORE))


def listed(api, **params):
    return api.get("jsonldContexts", **params).ok().json


# hosted


def test_what_is_added_is_served(api):
    """Add and serve; of the body only @context counts (5.13.2, 5.13.4, 6.29.3.1)."""
    value = {"a": EX + "a", "b": {"@id": EX + "b", "@type": "@id"}}
    id_ = add(api, value, other="dropped", id="urn:x:y")
    for details_ in (None, "false"):
        params = {"details": details_} if details_ else {}
        answer = api.get(f"jsonldContexts/{id_}", **params).ok()
        assert answer.json == {"@context": value} and answer.type == "application/json"
    assert answer.context is None
    assert api.get(f"jsonldContexts/{id_}", headers=LD).ok().type == "application/ld+json"
    assert api.get(f"jsonldContexts/{quote(url_of(api, id_))}").ok().json == {"@context": value}
    api.get(f"jsonldContexts/{id_}", headers={"Accept": "application/geo+json"}
            ).problem(406, "InvalidRequest")


@pytest.mark.parametrize("kind", ["application/json", "application/ld+json"])
def test_both_media_types_are_bodies(api, kind):
    """The @context of the body is the payload in either type (6.29.3.1)."""
    api.post("jsonldContexts", document([CORE, {"a": EX}]), headers={"Content-Type": kind}
             ).empty(201)


@pytest.mark.parametrize("body, kind, says", [
    ("{", "InvalidRequest", "body: expected a key in quotes at offset 1 (line 1, column 2), "
     "where the text ends"),
    ("{}", "BadRequestData", 'body: expected an object with a member "@context"'),
    ("[]", "BadRequestData", 'body: expected an object with a member "@context"'),
    ("5", "BadRequestData", 'body: expected an object with a member "@context"'),
    (document(5), "BadRequestData", None),
    (document(True), "BadRequestData", None),
    (document([{"a": EX}, 5]), "BadRequestData", None),
    (document({"a": {"@id": EX, "@context": {}}}), "BadRequestData", None),
    (document("relative"), "BadRequestData", None),
])
def test_what_is_no_context_is_refused(api, body, kind, says):
    """JSON and JSON-LD validation (5.5.4, 5.13.2.4)."""
    before = listed(api)
    detail = api.post("jsonldContexts", body).problem(400, kind)
    assert says is None or detail == says
    assert listed(api) == before
    api.post("jsonldContexts", body, headers={"Content-Type": "text/plain"}).ok(415)


def test_the_broker_uses_what_it_hosts(api):
    """A hosted context works under this broker's URL, whatever the host is called, and
    nobody is asked over HTTP (5.13.1)."""
    id_ = add(api, {"a": EX + "a"})
    for base in (api.base, api.base.replace("127.0.0.1", "localhost"),
                 "http://broker.invalid:1026", "https://city.invalid"):
        url = f"{base}{PATH}/{id_}"
        entity = use(api, url, a=1)
        assert EX + "a" in seen_by_core(api, entity)
        answer = api.get(f"entities/{entity}", headers=by(url)).ok()
        assert answer.json["a"]["value"] == 1
        assert answer.context == url
    encoded = f"{api.base}{PATH}/{quote(id_)}"
    assert EX + "a" in seen_by_core(api, use(api, encoded, a=1))


def test_hosted_contexts_name_each_other(api, pages):
    """A hosted array may name remote and hosted contexts; remote ones become Cached
    (5.13.1)."""
    remote = pages.put("/r.jsonld", document({"r": EX + "r"}))
    inner = url_of(api, add(api, {"a": EX + "a"}))
    outer = url_of(api, add(api, [remote, inner, {"b": EX + "b"}]))
    assert pages.seen == []
    id_ = use(api, outer, a=1, b=2, r=3)
    assert {EX + "a", EX + "b", EX + "r"} < seen_by_core(api, id_).keys()
    assert details(api, remote)["kind"] == "Cached"


def test_one_that_is_gone_is_not_looked_for_over_http(api):
    """The broker's own URL with an id that it does not have: 504, and no worker waits for
    another, however deep the URL stands."""
    other = api.base.replace("127.0.0.1", "localhost")
    for url in (url_of(api, ID + "none"), f"{other}{PATH}/{ID}none", f"{other}{PATH}/x"):
        answer = api.get("entities?type=T", headers=by(url))
        detail = answer.problem(504, "LdContextNotAvailable")
        assert detail == f"@context {url} is not hosted here"
        entity = {"id": uid(), "type": "Thing", "@context": [url]}
        assert api.post("entities", entity).problem(504, "LdContextNotAvailable") == detail
        outer = url_of(api, add(api, [url]))
        answer = api.get("entities?type=T", headers=by(outer))
        assert answer.problem(504, "LdContextNotAvailable").endswith(detail)


def test_deleting_a_hosted_one(api):
    """Deleted is deleted, for the answers of entities too (5.13.5)."""
    id_ = add(api, {"a": EX + "a"})
    url = url_of(api, id_)
    use(api, url, a=1)
    detail = api.delete(f"jsonldContexts/{id_}", reload="true").problem(400, "BadRequestData")
    assert detail == f"{id_} is of kind Hosted: only those of kind Cached can be reloaded"
    api.delete(f"jsonldContexts/{id_}", reload="false").empty()
    api.delete(f"jsonldContexts/{id_}").problem(404, "ResourceNotFound", id_)
    api.get(f"jsonldContexts/{id_}").problem(404, "ResourceNotFound", id_)
    api.get("entities?type=T", headers=by(url)).problem(504, "LdContextNotAvailable")
    assert url not in listed(api)


# lists and metadata


def test_lists(api, pages):
    """URLs, or objects with details, of one kind or of all (5.13.3)."""
    remote = pages.put("/c.jsonld", document({"a": EX + "a"}))
    use(api, remote, a=1)
    hosted = url_of(api, add(api, {"a": EX + "a"}))
    assert {remote, hosted} <= set(listed(api))
    assert set(listed(api, kind="Cached")) & {remote, hosted} == {remote}
    assert set(listed(api, kind="Hosted", details="false")) & {remote, hosted} == {hosted}
    assert not set(listed(api, kind="ImplicitlyCreated")) & {remote, hosted}
    for one in listed(api, details="true", kind="Hosted"):
        assert one["kind"] == "Hosted"
        assert one["URL"] == url_of(api, one["localId"])
    found = [one for one in listed(api, details="true") if one["URL"] == remote]
    assert len(found) == 1 and found[0]["kind"] == "Cached"
    assert details(api, found[0]["localId"])["URL"] == remote


def test_metadata(api, pages):
    """URL, localId, kind, createdAt and what is optional (5.13.3.5)."""
    text = document({"a": EX + "a"})
    url = pages.put("/c.jsonld", text, Cache_Control="max-age=3600")
    use(api, url, a=1)
    got = details(api, url)
    assert got["URL"] == url and got["localId"].startswith(ID) and got["kind"] == "Cached"
    assert got["createdAt"] < got["expiresAt"] and got["createdAt"] < got["lastUsage"]
    assert set(got) == {"URL", "localId", "kind", "createdAt", "expiresAt", "lastUsage",
                        "numberOfHits", "extraInfo"}
    hosted = details(api, add(api, {"a": EX}))
    assert set(hosted) == {"URL", "localId", "kind", "createdAt", "numberOfHits", "extraInfo"}


def test_copies_expire_in_a_day_where_nobody_says_when(api, pages):
    """A heuristic expiration time (6.3.16)."""
    url = pages.put("/c.jsonld", document({"a": EX + "a"}))
    use(api, url, a=1)
    created, expires = (datetime.datetime.fromisoformat(details(api, url)[name])
                        for name in ("createdAt", "expiresAt"))
    assert abs((expires - created).total_seconds() - 86400) < 5


def test_hits_are_counted(api, pages):
    """Every time it was found in the storage, by a request or by a look at it (5.13.3.5)."""
    url = pages.put("/c.jsonld", document({"a": EX + "a"}))
    use(api, url, a=1)
    assert details(api, url)["numberOfHits"] == 1
    use(api, url, a=1)
    assert details(api, url)["numberOfHits"] == 3


@pytest.mark.parametrize("path, says", [
    ("jsonldContexts?kind=other",
     "kind: 'other' is none of Cached, Hosted and ImplicitlyCreated"),
    ("jsonldContexts?kind=hosted",
     "kind: 'hosted' is none of Cached, Hosted and ImplicitlyCreated"),
    ("jsonldContexts?details=other", "details: 'other' is neither true nor false"),
    ("jsonldContexts/urn:x:y?details=1", "details: '1' is neither true nor false"),
])
def test_wrong_parameters(api, path, says):
    """Values that are none (6.29.3.2, 6.30.3.1)."""
    assert api.get(path).problem(400, "BadRequestData") == says


def test_unknown_parameters(api):
    """Parameters of other operations are refused (6.3.20)."""
    api.get("jsonldContexts?reload=true").problem(400, "InvalidRequest", "reload")
    api.get("jsonldContexts/urn:x:y?kind=Hosted").problem(400, "InvalidRequest", "kind")
    api.post("jsonldContexts?details=true", document({})).problem(400, "InvalidRequest")


def test_unknown_names(api):
    """What is not kept here is ResourceNotFound, also where it is no URI (5.13.4.4,
    5.13.5.4)."""
    for name in ("nothing", ID + "none", "http://x.invalid/c"):
        api.get(f"jsonldContexts/{quote(name)}").problem(404, "ResourceNotFound", name)
        api.get(f"jsonldContexts/{quote(name)}", details="true").problem(404, "ResourceNotFound")
        api.delete(f"jsonldContexts/{quote(name)}").problem(404, "ResourceNotFound", name)
    url = quote("http://x.invalid/c")
    api.delete(f"jsonldContexts/{url}", reload="true").problem(404, "ResourceNotFound")
    detail = api.delete("jsonldContexts/nothing", reload="true").problem(400, "BadRequestData")
    assert detail == ("reload needs the URL or the id of an @context of kind Cached, "
                      "'nothing' is no URI")
    detail = api.delete("jsonldContexts/nothing", reload="x").problem(400, "BadRequestData")
    assert detail == "reload: 'x' is neither true nor false"


def test_contexts_belong_to_no_tenant(api):
    """Hosted by one tenant, used by another (5.13.1)."""
    id_ = add(api.with_(NGSILD_Tenant="contexts-one"), {"a": EX + "a"})
    api.with_(NGSILD_Tenant="contexts-two").get(f"jsonldContexts/{id_}").ok()


# the core and what else is built in


def test_the_core_stays(api):
    """The core context has metadata, cannot be deleted, and reloading it changes nothing
    (4.4)."""
    for version in ("-v1.9", "-v1.6", ""):
        url = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
        got = details(api, url)
        assert got["URL"] == url and got["kind"] == "Cached" and got["createdAt"]
        api.get(f"jsonldContexts/{quote(url)}").problem(422, "OperationNotSupported")
        for reload in ({}, {"reload": "false"}):
            detail = api.delete(f"jsonldContexts/{quote(url)}", **reload
                                ).problem(400, "BadRequestData")
            assert detail == f"{url} is built in: it can neither be deleted nor reloaded"
        api.delete(f"jsonldContexts/{quote(url)}", reload="true").empty()


def test_what_is_built_in_is_served_and_stays(api):
    """The city's default context can be read, not deleted."""
    name = ID + "default"
    assert api.get(f"jsonldContexts/{name}").ok().json["@context"]
    assert details(api, name)["kind"] == "Hosted"
    api.delete(f"jsonldContexts/{name}").problem(400, "BadRequestData", "built in")
    api.delete(f"jsonldContexts/{name}", reload="true").problem(400, "BadRequestData")


# cached


def test_a_cached_one_is_not_served(api, pages):
    """Cached contexts are for the broker's own use (5.13.1, 5.13.4.4)."""
    url = pages.put("/c.jsonld", document({"a": EX + "a"}))
    use(api, url, a=1)
    detail = api.get(f"jsonldContexts/{quote(url)}").problem(422, "OperationNotSupported")
    assert detail == (f"{url} is of kind Cached, its copy is not served; get it from its "
                      "origin, or ask for details=true")
    api.get(f"jsonldContexts/{details(api, url)['localId']}"
            ).problem(422, "OperationNotSupported")


def test_a_cached_one_comes_and_goes(new_broker, tmp_path):
    """An entry of the origin map is in no list before a request used it; deleted, it is
    found again."""
    url = "https://contexts.example.invalid/c.jsonld"
    (tmp_path / "c.jsonld").write_text(document({"a": EX + "a"}))
    (tmp_path / "map.tsv").write_text(f"{url}\tc.jsonld\n")
    api = new_broker("--context-map", tmp_path / "map.tsv").start().api
    assert listed(api) == []
    api.get(f"jsonldContexts/{quote(url)}", details="true").problem(404, "ResourceNotFound")
    use(api, url, a=1)
    assert listed(api) == [url] and details(api, url)["kind"] == "Cached"
    api.delete(f"jsonldContexts/{quote(url)}").empty()
    assert listed(api) == []
    assert EX + "a" in seen_by_core(api, use(api, url, a=1))
    assert listed(api) == [url]


def test_what_is_no_context_is_not_kept(api, pages):
    """A download that is wrong is neither pinned nor listed."""
    url = pages.put("/c.jsonld", document({"a": 5}))
    api.get("entities?type=T", headers=by(url)).problem(400, "BadRequestData")
    assert url not in listed(api)


# made by the broker


def query(api, context, **headers):
    body = {"type": "Query", "entities": [{"type": "NoSuchThing"}], "@context": context}
    return api.post("entityOperations/query", body, headers=headers or None).ok()


@pytest.mark.parametrize("context", [
    {"a": EX + "implicit"}, [{"a": EX + "array"}, CORE],
])
def test_an_inline_context_gets_a_url(api, context):
    """A JSON answer to an inline @context names one that the broker made for it; the same
    context is made once (5.13.1, 6.3.6)."""
    url = query(api, context).context
    assert url.startswith(f"{api.base}{PATH}/{ID}")
    assert api.get(url.removeprefix(api.base)).ok().json == {"@context": context}
    assert query(api, context).context == url
    id_ = url.rsplit("/", 1)[1]
    got = details(api, id_)
    assert got["kind"] == "ImplicitlyCreated" and got["URL"] == url
    assert got["numberOfHits"] == 3 # two answers, one GET
    assert url in listed(api, kind="ImplicitlyCreated")
    assert use(api, url, a=1)
    api.delete(f"jsonldContexts/{id_}", reload="true").problem(400, "BadRequestData")
    api.delete(f"jsonldContexts/{id_}").empty()
    assert query(api, context).context == url
    api.get(f"jsonldContexts/{id_}").ok()


def test_none_is_made_where_the_answer_carries_it(api):
    """ld+json answers have the context inside (6.3.6)."""
    before = listed(api, kind="ImplicitlyCreated")
    query(api, {"a": EX + "inside"}, **LD)
    query(api, CORE)
    assert listed(api, kind="ImplicitlyCreated") == before


# in the database


def test_they_survive_a_restart(new_broker, pages):
    """Hosted, made and cached contexts are there after a restart; what is cached is not
    downloaded again (5.13.1)."""
    url = pages.put("/c.jsonld", document({"a": EX + "a"}))
    broker = new_broker().start()
    api = broker.api
    hosted = url_of(api, add(api, {"h": EX + "h"}))
    use(api, url, a=1)
    made = query(api, {"m": EX + "m"}).context
    hits = details(api, url)["numberOfHits"]
    broker.stop()
    pages.pages.clear()
    broker.start()
    assert set(listed(api)) == {hosted, url, made}
    assert details(api, url)["numberOfHits"] == hits + 1
    assert EX + "a" in seen_by_core(api, use(api, url, a=1))
    assert EX + "h" in seen_by_core(api, use(api, hosted, h=1))
    assert len(pages.seen) == 1


def test_two_brokers_share_them(new_broker, pages):
    """Brokers on one database see each other's contexts at once, and their deletion
    within seconds."""
    first = new_broker().start()
    second = new_broker("--database", first.database).start()
    one, two = first.api, second.api
    id_ = add(one, {"a": EX + "a"})
    url = f"http://city.invalid{PATH}/{id_}"
    assert EX + "a" in seen_by_core(two, use(two, url, a=1))
    remote = pages.put("/c.jsonld", document({"b": EX + "b"}))
    use(one, remote, b=1)
    use(two, remote, b=1)
    assert len(pages.seen) == 1
    one.delete(f"jsonldContexts/{id_}").empty()
    wait_until("the other broker forgets", lambda: two.get(
        "entities?type=T", headers=by(url_of(two, id_))).status == 504, timeout=10)
    second.stop()
