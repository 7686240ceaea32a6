#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the validator to the verdicts of python3-jsonschema: a document for every profile,
made of its schema, and mutations of it (a fixed seed).

	schema_oracle.py VERDICT_PROGRAM FOLDER_OF_PROFILES"""

import copy
import json
import pathlib
import random
import re
import subprocess
import sys

import jsonschema

ROUNDS = 150
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[!#$&-;=?-\[\]_a-z~]|%[0-9A-Fa-f]{2})+\Z")
DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3])"
    r":[0-5]\d)\Z", re.ASCII)
ODD = [0, 1, 1.0, -1, 0.5, 57, 1e300, True, False, None, "", "a", "a b", "0", "on", "é" * 257,
       "urn:ngsi-ld:Device:1", "2026-01-31", "2026-01-31T08:30:00", "2026-01-31T08:30:00Z",
       "2026-02-30T08:30:00Z", "2026-01-31T08:30:00.123+02:00", "::1", "10.0.0.1", "a:b",
       "00:11:22:aa:BB:cc", [], {}, [1, 1], ["fixed"], ["fixed", "fixed"], ["urn:a:b"],
       {"type": "Point", "coordinates": [5.4, 43.3]}, {"type": "Point", "coordinates": [5.4]},
       {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, {"type": "Feature"},
       {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
       {"streetAddress": "a", "postalCode": 1}, {"from": "2026-01-31", "to": "x"}]

checker = jsonschema.FormatChecker()


@checker.checks("uri")
def is_uri(text):
    return not isinstance(text, str) or URI.match(text) is not None


@checker.checks("date-time")
def is_date_time(text):
    return not isinstance(text, str) or (DATE_TIME.match(text) is not None
                                         and checker.conforms(text[:10], "date"))


class Oracle:
    def __init__(self, folder):
        self.files = {f.name: json.loads(f.read_text()) for f in folder.glob("*.json")}
        store = {f"http://profiles/{name}": tree for name, tree in self.files.items()}
        self.validators = {}
        for name, tree in self.files.items():
            resolver = jsonschema.RefResolver(f"http://profiles/{name}", tree, store=store)
            self.validators[name] = jsonschema.Draft7Validator(
                tree, resolver=resolver, format_checker=checker)

    def types(self):
        return sorted(name[:-5] for name, tree in self.files.items() if "required" in tree)

    def is_valid(self, kind, document):
        return self.validators[kind + ".json"].is_valid(document)

    def follow(self, schema):
        while "$ref" in schema:
            name, _, pointer = schema["$ref"].partition("#")
            schema = self.files[name or "common-schema.json"]
            for step in filter(None, pointer.split("/")):
                schema = schema[step]
        return schema

    def properties(self, schema):
        schema = self.follow(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found.update(self.properties(part))
        return found


def make(oracle, rng, schema):
    """A value that the schema takes."""
    schema = oracle.follow(schema)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return make(oracle, rng, {"type": schema.get("type"), **rng.choice(schema[choice])})
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type")
    if kind in ("number", "integer"):
        low = schema.get("minimum", -5)
        value = rng.uniform(low, schema.get("maximum", low + 100))
        return round(value) if kind == "integer" or rng.random() < 0.3 else value
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "array":
        size = max(schema.get("minItems", 0), 1 if schema.get("uniqueItems") else 2)
        return [make(oracle, rng, schema.get("items", {})) for _ in range(size)]
    if kind == "object":
        return {k: make(oracle, rng, v) for k, v in schema.get("properties", {}).items()
                if k in schema.get("required", []) or rng.random() < 0.5}
    return {"date-time": "2026-01-31T08:30:00Z", "date": "2026-01-31", "uri": "urn:a:b",
            "ipv4": "10.0.0.1", "ipv6": "::1"}.get(schema.get("format"), "00:11:22:aa:bb:cc")


def mutate(rng, document):
    document = copy.deepcopy(document)
    key = rng.choice(list(document))
    value = document[key]
    chance = rng.random()
    if chance < 0.15:
        del document[key]
    elif chance < 0.25 and isinstance(value, dict) and value:
        value[rng.choice(list(value))] = rng.choice(ODD)
    elif chance < 0.35 and isinstance(value, list) and value:
        value[rng.randrange(len(value))] = rng.choice(ODD)
    else:
        document[key] = copy.deepcopy(rng.choice(ODD))
    return document


def documents(oracle, rng):
    for kind in oracle.types():
        properties = oracle.properties({"$ref": kind + ".json#"})
        required = oracle.files[kind + ".json"]["required"]
        for _ in range(ROUNDS):
            document = {name: make(oracle, rng, schema)
                        for name, schema in properties.items()
                        if name in required or rng.random() < 0.3}
            yield kind, document
            yield kind, mutate(rng, document)


def main(program, folder):
    oracle = Oracle(pathlib.Path(folder))
    cases = list(documents(oracle, random.Random(20260601)))
    lines = "".join(json.dumps({"type": k, "doc": d}) + "\n" for k, d in cases)
    answer = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    verdicts = [line == "1" for line in answer.stdout.split()]
    assert len(verdicts) == len(cases), (len(verdicts), len(cases))
    wrong = 0
    valid = 0
    for (kind, document), verdict in zip(cases, verdicts):
        expected = oracle.is_valid(kind, document)
        valid += expected
        if verdict != expected:
            wrong += 1
            print(f"{kind}: expected {expected}: {json.dumps(document)[:600]}")
    print(f"{len(cases)} documents of {len(oracle.types())} types, {valid} valid, {wrong} wrong")
    # A generator that makes nothing valid, or nothing invalid, would prove nothing.
    assert len(cases) // 4 < valid < len(cases) * 9 // 10
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
