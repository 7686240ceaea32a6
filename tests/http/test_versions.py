# SPDX-License-Identifier: Apache-2.0
"""Prefer: ngsi-ld=<version>, answers as earlier editions had them (4.3.6.8, 6.3.6)."""

import pytest

from client import name
from test_types import create, prop


@pytest.fixture(scope="module")
def kind(api):
    """A type with one entity that has something of every edition."""
    kind = name("Kind")
    create(
        api,
        [kind, name("Second")],
        scope="/a",
        plain=prop(1, unitCode="CEL", observedAt="2026-01-01T00:00:00Z"),
        many=[prop(1, datasetId="urn:d:1"), prop(2)],
        said={"type": "LanguageProperty", "languageMap": {"en": "yes", "fr": "oui"}},
        free={"type": "JsonProperty", "json": {"type": "x"}},
        word={"type": "VocabProperty", "vocab": "thing"},
        items={"type": "ListProperty", "valueList": [1, 2]},
        links={"type": "ListRelationship", "objectList": ["urn:a:b", "urn:c:d"]},
    )
    return kind


def ask(api, kind, version, **more):
    headers = {"Prefer": f"ngsi-ld={version}", **more.pop("headers", {})}
    answer = api.get("entities", type=kind, headers=headers, **more)
    assert answer.status in (200, 203), answer
    return answer


def test_this_edition(api, kind):
    """1.9 is what we speak: 200, and said so."""
    answer = ask(api, kind, "1.9").ok()
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.9"
    assert answer.json == api.get("entities", type=kind).ok().json


def test_a_newer_edition(api, kind):
    """We answer as we can, and say what that is."""
    for version in ("1.10", "2.0"):
        assert ask(api, kind, version).ok().headers["Preference-Applied"] == "ngsi-ld=1.9"


def test_before_1_8(api, kind):
    """The kinds of 1.8 become what there was."""
    answer = ask(api, kind, "1.7").ok(203)
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.7"
    entity = answer.json[0]
    assert entity["free"] == {"type": "Property", "value": {"type": "x"}}
    assert entity["word"] == {"type": "Property", "value": "thing"}
    assert entity["items"] == {"type": "Property", "value": [1, 2]}
    assert entity["links"] == {"type": "Relationship", "object": ["urn:a:b", "urn:c:d"]}
    assert entity["said"]["type"] == "LanguageProperty" and entity["scope"] == "/a"


def test_1_3(api, kind):
    """Scope and language are gone, datasetId and unitCode still there."""
    entity = ask(api, kind, "1.3").ok(203).json[0]
    assert "scope" not in entity and len(entity["type"]) == 2
    assert entity["said"] == {"type": "Property", "value": {"en": "yes", "fr": "oui"}}
    assert entity["plain"] == prop(1, unitCode="CEL", observedAt="2026-01-01T00:00:00Z")
    assert len(entity["many"]) == 2


def test_1_0(api, kind):
    """One type, one instance, nothing that describes it."""
    entity = ask(api, kind, "1.0").ok(203).json[0]
    assert entity["type"] == kind
    assert entity["plain"] == prop(1) and entity["many"] == prop(2)


def test_retrieve_and_post_query(api, kind):
    """Retrieve, GET query and POST query alike."""
    wanted = {"Prefer": "ngsi-ld=1.7"}
    entity = ask(api, kind, "1.7").json[0]
    one = api.get(f"entities/{entity['id']}", headers=wanted).ok(203)
    assert one.json == entity and one.headers["Preference-Applied"] == "ngsi-ld=1.7"
    query = {"type": "Query", "entities": [{"type": kind}]}
    found = api.post("entityOperations/query", query, headers=wanted).ok(203)
    assert found.json == [entity]


def test_nothing_to_amend(api):
    """203 says that the body was altered: 200 where it was not."""
    kind = name("Kind")
    create(api, kind, a=prop())
    answer = ask(api, kind, "1.0").ok(200)
    assert answer.headers["Preference-Applied"] == "ngsi-ld=1.0"


def test_other_parameters(api, kind):
    """Representations, languages and datasetIds are of the amended entity."""
    simple = ask(api, kind, "1.7", format="simplified").ok(203).json[0]
    assert simple["free"] == {"type": "x"} and simple["word"] == "thing"
    french = ask(api, kind, "1.3", lang="fr").ok(203).json[0]
    assert french["said"] == {"type": "Property", "value": "oui"}
    other = ask(api, kind, "1.0", datasetId="urn:d:1").ok(203).json[0]
    assert other["many"] == prop(1) and "plain" not in other
    inside = ask(api, kind, "1.7", headers={"Accept": "application/ld+json"}).ok(203)
    assert "@context" in inside.json[0] and inside.context is None


def test_ignored(api, kind):
    """A preference that is not understood is no error (RFC 7240); GeoJSON has none."""
    for prefer in ("ngsi-ld=0.5", "ngsi-ld=new", "body=json"):
        answer = api.get("entities", type=kind, headers={"Prefer": prefer}).ok(200)
        assert answer.headers["Preference-Applied"] is None
    geo = {"Accept": "application/geo+json", "Prefer": "ngsi-ld=1.0"}
    assert api.get("entities", type=kind, headers=geo).ok(200).headers["Preference-Applied"] is None


def test_errors(api):
    """Errors have no edition."""
    answer = api.get("entities/urn:no:body", headers={"Prefer": "ngsi-ld=1.0"})
    answer.problem(404, "ResourceNotFound")
    assert answer.headers["Preference-Applied"] is None
