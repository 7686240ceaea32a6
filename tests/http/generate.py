# SPDX-License-Identifier: Apache-2.0
"""Random entities as a normalized answer has them, so that what went in can be compared with
what comes out.  Numbers are told apart by their spelling: see load()."""

import json

PLAIN = ["k", "été", "a b", "nested", "type", "id", "value"]
WORDS = ["a", "Ω", "été", "naïve café", "日本語", "\U0001f6b2 vélo", "with \"quotes\" and \\",
         "line\nbreak\ttab", "\u2028", "</script>", "urn:ngsi-ld:nul", "%41", "", " ", "'; --",
         "2026-06-01T08:30:00Z", "null", "true", "@id", "x" * 300]
KEYS = ["k", "id", "type", "value", "@context", "@id", "@type", "object", "été", "a b", "a.b",
        "@value", "languageMap", "", "datasetId", "unitCode"]
NUMBERS = ["0", "-0", "1", "-1", "1.0", "1.50", "1e3", "1E+2", "-2.5e-3", "0.1", "100000000000",
           "12345678901234567890", "9007199254740993", "3.141592653589793238462643383",
           "1e-20", "5e22", "-0.0"]
PLACES = [
    {"type": "Point", "coordinates": [5.37, 43.3]},
    {"type": "Point", "coordinates": [5.37, 43.3, 12.5]},
    {"type": "MultiPoint", "coordinates": [[5.37, 43.3], [5.38, 43.31]]},
    {"type": "LineString", "coordinates": [[5.37, 43.3], [5.38, 43.31], [5.39, 43.3]]},
    {"type": "MultiLineString", "coordinates": [[[5, 43], [6, 44]], [[7, 43], [8, 44]]]},
    {"type": "Polygon", "coordinates": [[[5, 43], [6, 43], [6, 44], [5, 43]]]},
    {"type": "MultiPolygon", "coordinates": [[[[5, 43], [6, 43], [6, 44], [5, 43]]]]},
]


class Number:
    """A number by its spelling."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return isinstance(other, Number) and self.text == other.text

    def __repr__(self):
        return self.text


def load(text):
    return json.loads(text, parse_float=Number, parse_int=Number)


def dump(value):
    """JSON with numbers as they were spelled."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value)


class Generator:
    def __init__(self, rng):
        self.rng = rng
        self.names = 0

    def pick(self, *choices):
        return self.rng.choice(choices)

    def uri(self):
        return self.pick("urn:ngsi-ld:Thing:", "https://example.org/things/", "tel:") + str(
            self.rng.randrange(1000))

    def json(self, depth, keys=KEYS, null=True):
        """Any JSON value."""
        kind = self.rng.randrange(8 if depth > 0 else 5)
        if kind == 0:
            return self.rng.choice(WORDS)
        if kind in (1, 2):
            return Number(self.rng.choice(NUMBERS))
        if kind == 3:
            return self.pick(True, False)
        if kind == 4:
            return None if null else self.rng.choice(WORDS)
        if kind == 5:
            return [self.json(depth - 1, keys, null) for _ in range(self.rng.randrange(4))]
        return {self.rng.choice(keys): self.json(depth - 1, keys, null)
                for _ in range(self.rng.randrange(4))}

    # the eight kinds

    def property(self):
        value = self.json(3, PLAIN, null=False)
        instance = {"type": "Property", "value": value}
        if self.rng.random() < 0.3:
            instance["unitCode"] = "CEL"
        return instance

    def relationship(self):
        one = self.uri()
        return {"type": "Relationship",
                "object": one if self.rng.random() < 0.7 else [one, self.uri() + "b"]}

    def geo(self):
        return {"type": "GeoProperty", "value": load(json.dumps(self.rng.choice(PLACES)))}

    def language(self):
        tags = self.rng.sample(["fr", "en", "fr-CA", "@none", "zh-Hant"], 2)
        return {"type": "LanguageProperty", "languageMap": {
            tag: self.rng.choice(WORDS) or "x" if self.rng.random() < 0.8 else ["un", "deux"]
            for tag in tags}}

    def vocab(self):
        words = self.rng.sample(["glass", "paper", "organic", "https://example.org/v#x"], 2)
        return {"type": "VocabProperty", "vocab": self.pick(words, words[0])}

    def json_property(self):
        inside = self.json(3)
        return {"type": "JsonProperty", "json": self.pick([inside], {"k": inside})}

    def list_property(self):
        return {"type": "ListProperty",
                "valueList": [self.json(2, PLAIN, null=False) for _ in range(self.rng.randrange(4))]}

    def list_relationship(self):
        return {"type": "ListRelationship",
                "objectList": [{"object": self.uri()} for _ in range(self.rng.randrange(4))]}

    def instance(self, depth):
        """One instance of any kind, with sub-attributes down to `depth`."""
        instance = self.rng.choice([
            self.property, self.property, self.relationship, self.geo, self.language,
            self.vocab, self.json_property, self.list_property, self.list_relationship])()
        if self.rng.random() < 0.3:
            instance["observedAt"] = self.pick("2026-06-01T08:30:00Z", "2026-06-01T08:30:00.5Z",
                                               "1999-12-31T23:59:59.999999Z")
        if depth > 0:
            for _ in range(self.rng.choice([0, 0, 1, 2])):
                instance[self.name()] = self.attribute(depth - 1)
        return instance

    def attribute(self, depth):
        """An instance, or several that differ by datasetId."""
        if self.rng.random() < 0.8:
            instance = self.instance(depth)
            if self.rng.random() < 0.15:
                instance["datasetId"] = "urn:d:1"
            return instance
        kind = self.instance(depth)
        several = [kind]
        for i in range(self.rng.randrange(1, 4)):
            other = self.instance(depth)
            while other["type"] != kind["type"]:
                other = self.instance(depth)
            several.append({**other, "datasetId": f"urn:d:{i}"})
        if self.rng.random() < 0.5:
            kind["datasetId"] = "urn:d:first"
        return several

    def name(self):
        self.names += 1
        return self.pick(f"n{self.names}", f"n{self.names}", f"https://example.org/n{self.names}",
                         f"own{self.names % 5}", f"été{self.names}")

    def entity(self, id_):
        entity = {"id": id_, "type": self.pick("Thing", ["Thing", "OwnThing"],
                                               "https://example.org/Type")}
        if self.rng.random() < 0.3:
            entity["scope"] = self.pick("/Marseille", ["/a/b", "/c"])
        for _ in range(self.rng.randrange(6)):
            entity[self.name()] = self.attribute(3)
        if self.rng.random() < 0.5:
            entity["location"] = self.geo()
        return entity
