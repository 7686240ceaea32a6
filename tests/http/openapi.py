# SPDX-License-Identifier: Apache-2.0
"""openapi/calanque.json, read: operations with their references resolved, checks of its
structure, and a generator of requests, good and bad, that are derived from it."""

import json
import os
import re

import jsonschema

from client import quote

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
METHODS = ("get", "put", "post", "delete", "patch")


def load():
    with open(os.path.join(ROOT, "openapi", "calanque.json"), encoding="utf-8") as f:
        return json.load(f)


class Document:
    """The document and what is asked of it."""

    def __init__(self, tree):
        self.tree = tree
        self.operations = {(method.upper(), path): Operation(self, method, path, item)
                           for path, methods in tree["paths"].items()
                           for method, item in methods.items()}

    def resolve(self, node):
        while "$ref" in node:
            assert node["$ref"].startswith("#/"), node
            target = self.tree
            for step in node["$ref"][2:].split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def errors(self, schema, value):
        """What a JSON Schema of the document has against the value."""
        whole = {"allOf": [schema], "components": self.tree["components"]}
        return [f"{'/'.join(map(str, e.path))}: {e.message[:200]}"
                for e in jsonschema.Draft202012Validator(whole).iter_errors(value)]

    def walk(self, node=None, path=()):
        """Every object of the document, with its path; what is data is left out."""
        node = self.tree if node is None else node
        if isinstance(node, dict):
            yield path, node
            for key, value in node.items():
                if key not in ("example", "examples", "const", "enum"):
                    yield from self.walk(value, (*path, key))
        elif isinstance(node, list):
            for i, value in enumerate(node):
                yield from self.walk(value, (*path, i))


class Operation:
    def __init__(self, document, method, path, item):
        self.document = document
        self.method = method.upper()
        self.path = path
        self.item = item
        self.parameters = [document.resolve(p) for p in item.get("parameters", [])]
        self.responses = {int(status): document.resolve(response)
                          for status, response in item["responses"].items()}
        self.body = document.resolve(item["requestBody"]) if "requestBody" in item else None

    def __repr__(self):
        return f"{self.method} {self.path}"

    def names(self, place):
        return {p["name"] for p in self.parameters if p["in"] == place}


# structure


def _check_media(content, where):
    assert content, where
    for kind, media in content.items():
        assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(;.*)?", kind), (where, kind)
        assert set(media) <= {"schema", "example", "examples"} and "schema" in media, where


def _check_parameter(parameter, where):
    assert set(parameter) <= {"name", "in", "description", "required", "deprecated", "style",
                              "explode", "schema", "example"}, where
    assert parameter["in"] in ("path", "query", "header") and parameter["name"], where
    assert parameter["description"] and "schema" in parameter, where
    assert parameter["in"] != "path" or parameter["required"] is True, where
    if parameter.get("style"):
        assert (parameter["style"], parameter["in"]) == ("form", "query"), where


def _check_header(header, where):
    assert set(header) <= {"description", "required", "deprecated", "schema", "example"}, where
    assert header["description"] and "schema" in header, where


def _check_operation(document, op, tags):
    assert set(op.item) <= {"tags", "operationId", "summary", "description", "parameters",
                            "requestBody", "responses", "deprecated"}, op
    assert op.item["summary"] and op.item["description"] and op.item["tags"], op
    assert set(op.item["tags"]) <= tags, op
    names = [(p["in"], p["name"]) for p in op.parameters]
    assert len(names) == len(set(names)), op
    assert op.names("path") == set(re.findall(r"\{(\w+)\}", op.path)), op
    assert any(200 <= status < 300 for status in op.responses), op
    for parameter in op.parameters:
        _check_parameter(parameter, (op, parameter))
    if op.body is not None:
        assert set(op.body) <= {"description", "required", "content"}, op
        _check_media(op.body["content"], op)
    for status, response in op.responses.items():
        assert 200 <= status < 600 and response["description"], (op, status)
        assert set(response) <= {"description", "headers", "content"}, (op, status)
        for name, header in response.get("headers", {}).items():
            assert name.lower() != "content-type", (op, status)
            _check_header(document.resolve(header), (op, status, name))
        if "content" in response:
            _check_media(response["content"], (op, status))


def check(document):
    """Raises where the document is no OpenAPI 3.1."""
    tree = document.tree
    assert re.fullmatch(r"3\.1\.\d+", tree["openapi"])
    assert set(tree) <= {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "tags",
                         "components", "security", "externalDocs"}
    assert tree["info"]["title"] and tree["info"]["version"]
    tags = [tag["name"] for tag in tree["tags"]]
    assert len(tags) == len(set(tags))
    ids = [op.item["operationId"] for op in document.operations.values()]
    assert len(ids) == len(set(ids))
    for path, methods in tree["paths"].items():
        assert path.startswith("/") and set(methods) <= set(METHODS), path
    for op in document.operations.values():
        _check_operation(document, op, set(tags))
    for section, entries in tree["components"].items():
        assert section in ("parameters", "headers", "responses", "schemas"), section
        for name in entries:
            assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name
    for path, node in document.walk():
        if "schema" in node:
            jsonschema.Draft202012Validator.check_schema(node["schema"])
        if "$ref" in node:
            document.resolve(node)
    for schema in tree["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


# requests

HOSTILE = ["", " ", "%", "%00", "\0", "é", "💧", "\ud800", "a" * 5000, "-1", "1e999",
           "99999999999999999999", "NaN", "null", "true", "[]", "{}", "[[[[", "{{{{", "((((",
           ")", "\"", "'", "\\", "';--", "*", "a,,b", ",", ";", "|", "a==", "==1", "..", "/",
           "//", "urn:x", "urn:ngsi-ld:null", "@none", "@context", "@type", "$1", "\r\nX: y",
           "2026-13-99T99:99:99Z", "[1,2", "[1e400,2]", "near", "near;maxDistance==-1",
           "http://[", "urn:a:%zz", "id", "type", "scope", "{}{}{}", "a[b].c[", "~=(", "fr;q=9"]
BODIES = [b"", b"{", b"[]", b"{}", b"null", b"0", b'""', b"[null]", b"[[]]", b'[{"id":1}]',
          b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"a":"\xff"}', b'{"a":"\\u0000"}',
          b'{"a":1e999}', b'{"a":' + b"[" * 3000, b'{"type":"Query","q":"\\u0000"}',
          b'{"@context":null}', b'{"@context":[[[]]]}', b'{"@context":{"a":1}}',
          b'{"@context":"http://127.0.0.1:1/x"}', b'{"id":"urn:a:b","id":"urn:a:c"}']
LINKS = ['<http://127.0.0.1:1/c>; rel="http://www.w3.org/ns/json-ld#context"', "<", "<>",
         '<relative>; rel="http://www.w3.org/ns/json-ld#context"', "x" * 3000,
         '<urn:nobody>; rel="http://www.w3.org/ns/json-ld#context"', "<a>;rel=\"next\""]
JUNK = [None, True, 0, -1.5, 1e308, "", "x", "urn:ngsi-ld:null", "\0", [], {}, [None], [[]],
        {"type": "Property"}, {"value": None}, {"type": 1}, {"object": []}, {"@value": 1},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1e300, "x"]}}]

# What gets past the parsers and down to the database, by the name of the parameter.
LIKELY = {
    "type": ["WasteContainer", "WasteContainer|Streetlight", "*", "(A;B),Device", "urn:x:T"],
    "q": ["fillingLevel>0.9", "fillingLevel==0.1..1e308", 'storedWasteKind~="^g.*s$"',
          'refDevice{Device}.info.a==1', "name[fr]==\"verre\"", "fillingLevel.observedAt>2026"
          "-01-01T00:00:00Z", "a;b|(c;!d)", "storedWasteKind==glass,\"x\"", "list==1..2",
          'info[a.b.c]!="\\u0000"', "scope==1", "id==urn:a:b", "q~=(a+)+$", "a!~=[[:alpha:]]",
          "fillingLevel==99999999999999999999999999", "location==1", "type==x", "x==\"\""],
    "scopeQ": ["/Marseille/#", "/Marseille/+", "/a,/b;/c", "/#", "(/a|/b);/c"],
    "georel": ["near;maxDistance==500", "near;minDistance==1e300", "within", "contains",
               "overlaps", "intersects", "equals", "disjoint", "near;maxDistance==0"],
    "geometry": ["Point", "Polygon", "LineString", "MultiPoint", "MultiPolygon"],
    "coordinates": ["[5.3745,43.2952]", "[[[0,0],[9,0],[9,50],[0,0]]]", "[[0,0],[1,1]]",
                    "[[0,0],[180,0]]", "[180,90]", "[-180,-90,8000]",
                    "[[[0,0],[0,0],[0,0],[0,0]]]",
                    "[[[[0,0],[9,0],[9,50],[0,0]]]]", "[1e300,1e-320]",
                    "[[[170,80],[-170,80],[-170,90],[170,90],[170,80]]]"],
    "geoproperty": ["location", "fillingLevel", "nobody"],
    "idPattern": ["^urn:", ".*", "(a|b)*$", "[^a-z]+", "\\.", "a{1,255}", "^.{3,}x?$"],
    "lang": ["fr", "*", "fr;q=0.5,en", "de-CH,*;q=0.1"],
    "pick": ["id,type", "fillingLevel", "refDevice{info}", "scope,location"],
    "omit": ["id", "location,scope", "refDevice{id}", "name"],
    "orderBy": ["fillingLevel", "storedWasteKind;desc", "dist-asc", "id", "name[fr];asc"],
    "orderFrom": ["[5.3745,43.2952]", "[0,0]"], "orderGeometry": ["Point"],
    "collation": ["fr", "de-u-co-phonebk", "und"], "joinLevel": ["1", "2", "16"],
    "observedAt": ["2026-06-01T08:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    "bbox": ["5.3,43.2,5.5,43.4", "170,-90,-170,90", "0,0,0,0", "-180,-90,0,180,90,9", "1,2",
             "1e300,0,-1e300,1"],
    "datetime": ["2026-06-01T08:30:00Z/..", "../2026-06-01", "2026-06-01", "../..", "/"],
    "after": ["0", "7", "9223372036854775807"],
    "limit": ["0", "1", "20", "1000"], "offset": ["0", "1", "999999999"],
}
TOGETHER = ("georel", "geometry", "coordinates")


class Fuzz:
    """Makes requests of an operation: what the document says, and what it does not."""

    def __init__(self, document, rng, ids):
        self.document = document
        self.rng = rng
        self.ids = ids
        self.hostile = 0  # how likely a value is nonsense; anew for each request

    def value(self, schema, depth=0):
        """A value that the schema allows, roughly."""
        rng, schema = self.rng, self.document.resolve(schema)
        if "const" in schema:
            return schema["const"]
        for choices in (schema.get("enum"), schema.get("examples")):
            if choices and rng.random() < 0.9:
                return rng.choice(choices)
        if "anyOf" in schema:
            return self.value(rng.choice(schema["anyOf"]), depth)
        kind = schema.get("type", "object" if "properties" in schema else None)
        if isinstance(kind, list):
            kind = rng.choice(kind)
        if kind == "string":
            return rng.choice(self.ids) if schema.get("format") == "uri" else self.text()
        if kind == "array":
            low, high = schema.get("minItems", 0), schema.get("maxItems", 4)
            count = rng.randint(low, max(low, high)) if depth < 6 else low
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        if kind == "object":
            return self.object(schema, depth)
        if kind in ("number", "integer"):
            return rng.choice([0, 1, 2, 20, rng.randint(-200, 2000)])
        return rng.random() < 0.5 if kind == "boolean" else rng.choice(JUNK)

    def object(self, schema, depth):
        must, made = set(schema.get("required", [])), {}
        for name, member in schema.get("properties", {}).items():
            if name == "@context" or (name not in must and self.rng.random() < 0.7):
                continue
            made[name] = self.value(member, depth + 1)
            if isinstance(made[name], str) and name in LIKELY and name in ("q", *TOGETHER):
                made[name] = self.rng.choice(LIKELY[name])
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and depth < 4:
            for name in self.rng.sample(["fillingLevel", "location", "a", "refDevice"], 2):
                made[name] = self.value(more, depth + 1)
        return made

    def text(self):
        if self.rng.random() >= self.hostile:
            return self.rng.choice(["fillingLevel", "WasteContainer", "fr", "a", "1"])
        return self.rng.choice(HOSTILE)

    def parameter(self, parameter):
        rng = self.rng
        schema = self.document.resolve(parameter["schema"])
        draw = rng.random()
        if draw < self.hostile:
            return rng.choice(HOSTILE)
        if parameter["in"] == "query" and parameter["name"] in LIKELY and rng.random() < 0.8:
            return rng.choice(LIKELY[parameter["name"]])
        if parameter["in"] == "path" and schema.get("format") == "uri":
            return rng.choice(self.ids)
        value = parameter["example"] if draw < 0.6 and "example" in parameter \
            else self.value(schema)
        if isinstance(value, list):
            return ",".join(map(str, value))
        return str(value).lower() if isinstance(value, bool) else str(value)

    def encode(self, text):
        """Percent-encoded; sometimes it is no UTF-8, or no encoding at all."""
        data = text.encode("utf-8", "surrogatepass")
        if self.rng.random() < self.hostile / 8:
            return self.rng.choice(["%ff%fe", "%zz", "%", "%c0%af", "+", "%E9"])
        return quote(data)

    def spoil(self, value):
        """Something in it becomes something else."""
        rng = self.rng
        if isinstance(value, dict) and value and rng.random() < 0.8:
            key = rng.choice(list(value))
            return {**value, key: self.spoil(value[key])}
        if isinstance(value, list) and value and rng.random() < 0.8:
            at = rng.randrange(len(value))
            return value[:at] + [self.spoil(value[at])] + value[at + 1:]
        return rng.choice(JUNK)

    def body(self, op):
        """Content-Type and bytes."""
        rng = self.rng
        kind = rng.choice(list(op.body["content"]))
        media = op.body["content"][kind]
        value = media["example"] if "example" in media and rng.random() < 0.5 \
            else self.value(media["schema"])
        draw = rng.random()
        if 0.5 < draw < 0.7:
            value = self.spoil(value)
        data = json.dumps(value).encode()
        if 0.7 < draw < 0.82 and data:
            data = bytearray(data)
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            data = bytes(data)
        elif 0.82 < draw < 0.95:
            data = rng.choice(BODIES)
        elif draw >= 0.95:
            data = json.dumps(value).encode(rng.choice(["utf-16", "utf-32", "utf-8-sig"]))
        if rng.random() < 0.06:
            kind = rng.choice([None, "text/plain", "application/json;charset=utf-16", "x", ""])
        return kind, data

    def request(self, op):
        """method, target, headers, body"""
        rng, path, pairs, headers = self.rng, op.path, [], {}
        self.hostile = rng.choice([0, 0, 0, 0.1, 0.5])
        chance = rng.choice([0.05, 0.15, 0.4])
        chosen = {name for name in sorted(op.names("query")) if rng.random() < chance}
        if chosen & set(TOGETHER):
            chosen |= set(TOGETHER)
        if "orderBy" in chosen:
            chosen.add("local")
        if rng.random() < 0.6:
            chosen.add("type")  # or most queries were too wide
        for p in op.parameters:
            if p["in"] == "path":
                path = path.replace("{%s}" % p["name"], self.encode(self.parameter(p)) or "x")
            elif p["in"] == "query" and p["name"] in chosen:
                pairs.append(f"{p['name']}={self.encode(self.parameter(p))}")
        if rng.random() < 0.03:
            pairs.append(rng.choice(["unknown=1", "=", "&", "%ff=%ff", "limit", "a=b=c"]))
        if rng.random() < 0.3:
            headers["Accept"] = rng.choice(["application/ld+json", "application/geo+json",
                                            "application/*;q=0.1", "text/html", ";;", "*/*"])
        if "Link" in op.names("header") and rng.random() < 0.08:
            headers["Link"] = rng.choice(LINKS)
        if "Prefer" in op.names("header") and rng.random() < 0.2:
            headers["Prefer"] = rng.choice(["ngsi-ld=1.3", "ngsi-ld=1.1", "body=json",
                                            "ngsi-ld=x", "ngsi-ld=9.9", ","])
        data = None
        if op.body is not None:
            headers["Content-Type"], data = self.body(op)
        return op.method, path + ("?" + "&".join(pairs) if pairs else ""), headers, data
