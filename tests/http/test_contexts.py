# SPDX-License-Identifier: Apache-2.0
"""@contexts: where they come from, what they do to names (4.4, 5.5.7, 6.3.5, annex B)."""

import json

import pytest

from client import API, CORE, VOCAB, link, name, quote, uid

EX = "https://example.org/v/"
LD = {"Accept": "application/ld+json"}


def by(url):
    return {"Link": link(url)}


def expanded(api, id_):
    """The entity as the core context alone shows it."""
    return api.entity(id_, headers=by(CORE))


def create_ld(api, context, **members):
    """Creates an entity with an inline @context and returns its id."""
    entity = {"id": uid(), "type": "Thing", **members, "@context": context}
    api.post("entities", entity).ok(201)
    return entity["id"]


# where the @context comes from


def test_ld_json_takes_no_link(api):
    """ld+json carries its @context; a Link beside it is refused (6.3.5)."""
    entity = {"id": uid(), "type": "Thing", "@context": CORE}
    api.post("entities", entity, headers=by(CORE)
             ).problem(400, "BadRequestData", "Link", "application/ld+json")


def test_json_takes_no_context_member(api):
    """An application/json body with @context is refused (6.3.5)."""
    entity = {"id": uid(), "type": "Thing", "@context": CORE}
    json_type = {"Content-Type": "application/json"}
    api.post("entities", entity, headers=json_type
             ).problem(400, "BadRequestData", "/@context", "Link")
    old = api.create()
    for method, path in (("PATCH", ""), ("PATCH", "/attrs"), ("POST", "/attrs"),
                         ("PUT", "/attrs/p"), ("PATCH", "/attrs/p")):
        api.request(method, f"entities/{old['id']}{path}", {"@context": CORE, "value": 1},
                    headers=json_type).problem(400, "BadRequestData", "@context")


def test_ld_json_needs_a_context(api):
    """ld+json without @context is refused (6.3.5)."""
    api.post("entities", {"id": uid(), "type": "T"},
             headers={"Content-Type": "application/ld+json"}
             ).problem(400, "BadRequestData", "@context", "Link")


def test_every_write_takes_a_context_in_the_body(api):
    """ld+json is understood by all writes (6.3.4, 6.3.5)."""
    context = {"short": EX + "short"}
    id_ = create_ld(api, context, short=1)
    path = f"entities/{id_}"
    api.post(path + "/attrs", {"@context": context, "short": 2}).empty()
    api.patch(path + "/attrs", {"@context": context, "short": 3}).empty()
    api.patch(path + "/attrs/short", {"@context": context, "value": 4}).empty()
    assert expanded(api, id_)[EX + "short"]["value"] == 4
    api.put(path + "/attrs/short", {"@context": context, "type": "Property", "value": 5}).empty()
    api.patch(path, {"@context": context, "short": 6}).empty()
    assert expanded(api, id_)[EX + "short"]["value"] == 6
    api.put(path, {"@context": context, "type": "short", "short": 7}).empty()
    assert expanded(api, id_) == {
        "id": id_, "type": EX + "short", EX + "short": {"type": "Property", "value": 7}}


def test_the_request_decides_how_names_come_out(api):
    """The @context of an answer is that of this request, not the one of creation (5.5.7)."""
    id_ = create_ld(api, {"a": EX + "x"}, a=1)
    got = api.get(f"entities/{id_}", headers=by(CORE)).ok()
    assert EX + "x" in got.json and got.context == CORE
    body = {"type": "Query", "entities": [{"type": "*", "id": id_}], "@context": {"b": EX + "x"}}
    got = api.post("entityOperations/query?local=true", body, headers=LD).ok().json
    assert got[0]["b"]["value"] == 1
    context = got[0]["@context"]
    assert (context if isinstance(context, list) else [context])[0] == {"b": EX + "x"}


@pytest.mark.parametrize("text", [
    '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
    '<{}>;rel="http://www.w3.org/ns/json-ld#context";type="application/ld+json"',
    '<{}>; type="application/ld+json"; rel="http://www.w3.org/ns/json-ld#context"',
    '<{}>; REL="http://www.w3.org/ns/json-ld#context"',
    '<{}>; rel=http://www.w3.org/ns/json-ld#context',
    '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json',
    '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json",',
    '<http://a/b>; rel="next", <{}>; rel="http://www.w3.org/ns/json-ld#context"',
    '  <{}> ; rel = "http://www.w3.org/ns/json-ld#context"',
])
def test_link_headers_as_clients_write_them(api, text):
    """Order, case, blanks and broken quotes of a Link do not matter (T6)."""
    id_ = create_ld(api, {"a": EX + "x"}, a=1)
    assert EX + "x" in api.entity(id_, headers={"Link": text.format(CORE)})
    assert api.get(f"entities/{id_}", headers={"Link": text.format(CORE)}).context == CORE


def test_other_links_are_no_contexts(api):
    """A Link of another relation is not the @context (6.3.5)."""
    entity = api.create()
    answer = api.get(f"entities/{entity['id']}", headers={
        "Link": '<https://example.org/none>; rel="profile"'}).ok()
    assert answer.context == api.get(f"entities/{entity['id']}").context


@pytest.mark.parametrize("text", [
    "{}; rel=\"http://www.w3.org/ns/json-ld#context\"",
    "<{}>; rel='http://www.w3.org/ns/json-ld#context'",
    "<{}>, rel=\"http://www.w3.org/ns/json-ld#context\"",
])
def test_links_that_mean_a_context_and_name_none(api, text):
    """Nothing is stored under other names than was meant: what cannot be read is refused,
    with how to write it (6.3.5)."""
    api.get("entities?type=T", headers={"Link": text.format(CORE)}).problem(
        400, "BadRequestData", "Link: '", '<URL>; rel="http://www.w3.org/ns/json-ld#context"')


def test_the_location_of_a_hosted_context_is_a_link(api):
    """The path of 6.29.3.1 is relative to the request (RFC 8288, 3.2); the answer names all
    of it."""
    path = api.post("jsonldContexts", {"@context": {"a": EX + "x"}}).ok(201).headers["Location"]
    assert path.startswith("/")
    id_ = create_ld(api, {"a": EX + "x"}, a=1)
    answer = api.get(f"entities/{id_}", headers=by(path)).ok()
    assert answer.json["a"]["value"] == 1
    assert answer.context.startswith("http://") and answer.context.endswith(path)


@pytest.mark.parametrize("name, value, base", [
    ("X-Forwarded-Host", "city.example:8443", "http://city.example:8443/"),
    ("X-Forwarded-Host", "city.example, inner", "http://city.example/"),
    ("X-Forwarded-Proto", "https, http", "https://"),
    ("X-Forwarded-Host", 'a"b', None), ("X-Forwarded-Host", "<a>", None),
    ("X-Forwarded-Proto", 'ht"tp', None),
])
def test_urls_of_ours_behind_a_proxy(api, name, value, base):
    """The first of a list is what the client asked; what is no host breaks no answer."""
    context = api.get("info/sourceIdentity", headers={
        "Accept": "application/ld+json", name: value}).ok().json["@context"]
    assert context.startswith(base or "http://127.0.0.1"), context


@pytest.mark.parametrize("url", ["/relative", "no url", "", "ftp://example.org/x",
                                 "file:///etc/passwd", "mailto:a@localhost", "javascript:1"])
def test_links_that_are_no_web_addresses(api, url):
    """What cannot be a downloadable @context is refused, and never opened (6.3.5)."""
    api.get("entities?type=T", headers=by(url)).problem(400, "BadRequestData")


@pytest.mark.parametrize("context, words", [
    (5, []), (None, []), ([], None), ([5], []), ("relative", ["relative"]), ({"a": 5}, ["a"]),
    ({"a": {"@id": 5}}, ["a"]), ({"a": {"@id": EX + "a", "@context": {"b": EX + "b"}}}, ["a"]),
    ({"@vocab": 5}, ["@vocab"]), ([[CORE, {"a": 5}]], ["a"]),
])
def test_contexts_that_are_wrong(api, context, words):
    """An @context with what is not allowed is BadRequestData, and says which (5.5.6,
    5.5.7)."""
    answer = api.post("entities", {"id": uid(), "type": "T", "@context": context})
    if words is None:
        answer.ok(201)
    else:
        answer.problem(400, "BadRequestData", "@context", *words)


def test_no_contexts_inside_attributes(api):
    """An attribute cannot bring an @context of its own (5.5.7, 4.5.1)."""
    api.post("entities", {"id": uid(), "type": "T", "p": {
        "type": "Property", "value": 1, "@context": CORE}}
    ).problem(400, "BadRequestData", "/p", "@context")


# what it does to names


def test_unknown_terms_get_the_default_vocabulary(api):
    """A term that nothing defines stands under default-context/ (annex B)."""
    term = name("unheardOf")
    id_ = create_ld(api, CORE, **{term: 1})
    assert expanded(api, id_)[term]["value"] == 1
    got = api.get("entities", attrs=VOCAB + term, headers=by(CORE)).ok()
    assert got.ids == [id_]


def test_core_terms_win(api):
    """A user's context cannot redefine a core term, wherever the core stands (4.4)."""
    for context in ({"location": EX + "l", "Property": EX + "P"},
                    [CORE, {"location": EX + "l"}], [{"location": EX + "l"}, CORE]):
        id_ = create_ld(api, context, location={
            "type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}})
        assert "location" in expanded(api, id_)


def test_prefixes(api):
    """Compact IRIs expand with the prefixes of the context, and come back so (5.5.7)."""
    context = {"ex": EX}
    id_ = create_ld(api, context, **{"ex:a": 1, "type": "ex:T"})
    got = expanded(api, id_)
    assert got[EX + "a"]["value"] == 1 and got["type"] == EX + "T"
    body = {"type": "Query", "entities": [{"type": "ex:T", "id": id_}], "@context": context}
    got = api.post("entityOperations/query", body).ok().json[0]
    assert got["ex:a"]["value"] == 1 and got["type"] == "ex:T"


def test_vocab_of_the_user(api):
    """The user's @vocab is where terms go that nothing defines (annex B)."""
    id_ = create_ld(api, {"@vocab": EX}, anything=1)
    assert expanded(api, id_)[EX + "anything"]["value"] == 1


def test_the_later_of_two_contexts_wins(api):
    """In an array a later context overrides the terms of an earlier one (JSON-LD)."""
    id_ = create_ld(api, [{"a": EX + "1", "b": EX + "b"}, {"a": EX + "2"}], a=1, b=2)
    assert {EX + "2", EX + "b"} < expanded(api, id_).keys()


def test_coerced_terms_do_not_lose_their_attributes(api):
    """A term with @type does not compact back, but the attribute is there (C.6)."""
    context = {"when": {"@id": EX + "when", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
               "who": {"@id": EX + "who", "@type": "@id"}}
    id_ = create_ld(api, context, when=1, who={"object": "urn:a:b"})
    body = {"type": "Query", "entities": [{"type": "*", "id": id_}], "@context": context}
    got = api.post("entityOperations/query", body).ok().json[0]
    assert len(got.keys() & {"when", EX + "when"}) == 1
    assert len(got.keys() & {"who", EX + "who"}) == 1


def test_vocabularies_expand_and_compact(api):
    """vocab, objectType, valueType and type are names: expanded on the way in, compacted on
    the way out (4.5.20, 5.5.7)."""
    context = {"Captain": EX + "Captain", "Person": EX + "Person", "metre": EX + "metre"}
    id_ = create_ld(api, context, rank={"vocab": ["Captain", "Pilot"]},
                    kin={"object": "urn:a:b", "objectType": "Person"},
                    p={"value": 1, "valueType": "metre"})
    got = expanded(api, id_)
    assert got["rank"]["vocab"] == [EX + "Captain", "Pilot"]
    assert got["kin"]["objectType"] == EX + "Person"
    assert got["p"]["valueType"] == EX + "metre"
    body = {"type": "Query", "entities": [{"type": "*", "id": id_}], "@context": context}
    got = api.post("entityOperations/query", body).ok().json[0]
    assert got["rank"]["vocab"] == ["Captain", "Pilot"]
    assert got["kin"]["objectType"] == "Person" and got["p"]["valueType"] == "metre"


def test_aliases_of_the_users_context(api):
    """A term that stands for @id or @type is understood as such (4.4)."""
    id_ = uid()
    api.post("entities", {"theId": id_, "kind": "Thing", "p": 1, "@context": {
        "theId": "@id", "kind": "@type"}}).ok(201)
    assert api.entity(id_)["type"] == "Thing"


# contexts that need no network


@pytest.mark.parametrize("version", ["", "-v1.3", "-v1.4", "-v1.5", "-v1.6", "-v1.7", "-v1.8",
                                     "-v1.9"])
def test_core_contexts_of_all_versions(api, version):
    """Each published core URL is the built-in core context (4.4)."""
    url = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
    id_ = create_ld(api, url, p=1)
    assert api.get(f"entities/{id_}", headers=by(url)).ok().json["p"]["value"] == 1


def test_default_context_knows_the_city(api):
    """Without any @context the names of the city's models have their published IRIs, and
    the answer names a URL that can be followed."""
    id_ = uid("WasteContainer")
    api.post("entities", {"id": id_, "type": "WasteContainer", "fillingLevel": 0.5}).ok(201)
    answer = api.get(f"entities/{id_}").ok()
    assert answer.json["fillingLevel"]["value"] == 0.5
    assert answer.context.startswith("http://") and f"{API}/jsonldContexts/" in answer.context
    kinds = [key for key in expanded(api, id_) if key.startswith("https://")]
    assert len(kinds) == 1 and kinds[0].endswith("/fillingLevel")
    served = api.get(answer.context[len(api.base):], headers=LD).ok()
    assert served.type == "application/ld+json"
    assert served.json["@context"]
    # What is served is what the broker uses, without asking itself over HTTP.
    again = api.get(f"entities/{id_}", headers=by(answer.context)).ok()
    assert again.json["fillingLevel"]["value"] == 0.5
    ld = api.get(f"entities/{id_}", headers=LD).ok().json["@context"]
    assert ld == answer.context or ld == [answer.context]


@pytest.mark.parametrize("subject", ["WasteManagement", "Transportation", "Environment",
                                     "Streetlighting", "Weather", "Device", "Alert"])
def test_models_contexts_are_built_in(api, subject):
    """The six models' contexts work under their public URLs with no network."""
    for url in (f"https://raw.githubusercontent.com/smart-data-models/dataModel.{subject}"
                "/master/context.jsonld",
                f"https://smart-data-models.github.io/dataModel.{subject}/context.jsonld"):
        assert api.get("entities", type="Thing", headers=by(url)).ok().context == url
        served = api.get(f"jsonldContexts/{quote(url)}", headers=LD).ok()
        assert served.type == "application/ld+json" and served.json["@context"]


def test_unknown_hosted_context(api):
    """What is not kept here is ResourceNotFound (5.13.4)."""
    api.get("jsonldContexts/urn:none").problem(404, "ResourceNotFound", "urn:none")


def test_context_by_url_inside_an_array(api, pages):
    """URLs and objects mix in one array; the URL's document may itself be an array
    (JSON-LD)."""
    inner = pages.put("/inner.jsonld", json.dumps({"@context": {"a": EX + "a"}}))
    outer = pages.put("/outer.jsonld", json.dumps({"@context": [inner, {"b": EX + "b"}]}))
    id_ = create_ld(api, [outer, {"c": EX + "c"}, CORE], a=1, b=2, c=3)
    assert {EX + "a", EX + "b", EX + "c"} < expanded(api, id_).keys()
    assert sorted(path for path, _ in pages.seen) == ["/inner.jsonld", "/outer.jsonld"]


def test_downloaded_context_is_answered_as_asked(api, pages):
    """ld+json answers carry the request's context by its URL (6.3.6)."""
    url = pages.put("/c.jsonld", json.dumps({"@context": {"a": EX + "a"}}))
    id_ = create_ld(api, url, a=1)
    answer = api.get(f"entities/{id_}", headers={**LD, **by(url)}).ok()
    assert answer.json["@context"] in (url, [url]) and answer.json["a"]["value"] == 1
    assert api.get(f"entities/{id_}", headers=by(url)).context == url
