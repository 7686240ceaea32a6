# SPDX-License-Identifier: Apache-2.0
"""What was accepted comes back as it went in, in every representation that loses nothing,
and what comes back can be sent again (4.5, 4.6)."""

import os
import random

import pytest

from client import CORE, link, quote, uid
from generate import Generator, dump, load

ROUNDS = int(os.environ.get("ROUNDTRIP_ROUNDS", "50"))
SEED = int(os.environ.get("ROUNDTRIP_SEED", "20261128"))
OWN = {f"own{i}": f"https://example.org/own#{i}" for i in range(5)}
OWN["OwnThing"] = "https://example.org/own#Thing"
LD = "application/ld+json"


@pytest.fixture(scope="module", params=["default", "core", "own", "body"])
def context(request, api):
    """How a request names its @context: headers to send, and what stands in the body."""
    if request.param == "default":
        return {}, None
    if request.param == "core":
        return {"Link": link(CORE)}, None
    if request.param == "own":
        location = api.post("jsonldContexts", {"@context": [OWN, CORE]}).ok(201)
        url = api.base + location.headers["Location"]
        return {"Link": link(url)}, None
    return {}, [OWN, CORE]


class Traveller:
    """Sends an entity and asks for it, under one @context."""

    def __init__(self, api, context):
        self.api = api
        self.headers, self.inside = context

    def send(self, entity):
        if self.inside is None:
            answer = self.api.post("entities", dump(entity), headers=self.headers)
        else:
            answer = self.api.post("entities", dump({**entity, "@context": self.inside}),
                                   headers={"Content-Type": LD})
        assert answer.status == 201, (dump(entity), answer)

    def ask(self, id_, query="", accept="application/json"):
        headers = {**self.headers, "Accept": accept}
        answer = self.api.get(f"entities/{quote(id_)}{query}", headers=headers).ok()
        return load(answer.body)

    def delete(self, id_):
        self.api.delete(f"entities/{quote(id_)}").empty()


def expanded(traveller, id_):
    """The stored document, as far as an answer shows it: all names are IRIs."""
    traveller = Traveller(traveller.api, ({"Link": link(CORE)}, None))
    return traveller.ask(id_, accept=LD)


def compact_with(traveller):
    """The body's @context has no URL to ask for answers with: host it."""
    if traveller.inside is None:
        return traveller
    answer = traveller.api.post("jsonldContexts", {"@context": traveller.inside}).ok(201)
    url = traveller.api.base + answer.headers["Location"]
    return Traveller(traveller.api, ({"Link": link(url)}, None))


def from_feature(feature):
    """The entity in a GeoJSON Feature with normalized properties (5.2.29)."""
    assert feature["type"] == "Feature"
    place = feature["properties"].get("location")
    first = place[0] if isinstance(place, list) else place
    if isinstance(first, dict) and first.get("type") == "GeoProperty" and \
            "datasetId" not in first:
        assert feature["geometry"] == first["value"]
    return {"id": feature["id"], **feature["properties"]}


def test_round_trip(api, context):
    """Normalized, concise, GeoJSON and ld+json answers are the entity; each of them, sent
    again, is stored as the same document."""
    rng = random.Random(SEED)
    generator = Generator(rng)
    sender = Traveller(api, context)
    reader = compact_with(sender)
    for _ in range(ROUNDS):
        entity = generator.entity(uid("Trip"))
        id_ = entity["id"]
        sender.send(entity)
        document = expanded(sender, id_)
        assert reader.ask(id_) == entity
        feature = reader.ask(id_, accept="application/geo+json")
        feature.pop("@context", None)
        assert from_feature(feature) == entity
        concise = reader.ask(id_, "?format=concise")
        linked = reader.ask(id_, accept=LD)
        # each once more
        for body, headers in ((entity, reader.headers), (concise, reader.headers),
                              (linked, {"Content-Type": LD})):
            sender.delete(id_)
            answer = api.post("entities", dump(body), headers=headers)
            assert answer.status == 201, (dump(body), answer)
            assert expanded(sender, id_) == document, dump(body)
        sender.delete(id_)
