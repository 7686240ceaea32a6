# SPDX-License-Identifier: Apache-2.0
"""A small HTTP client that sends exactly what a test says, and what tests ask of answers."""

import http.client
import itertools
import json
import os
import urllib.parse

API = "/ngsi-ld/v1"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NULL = "urn:ngsi-ld:null"
VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"

_count = itertools.count(1)


def name(stem):
    """A name that no other test uses, legal for types and attributes."""
    return f"{stem}{os.getpid()}x{next(_count)}"


def uid(kind="Thing"):
    """A URI that no other test uses."""
    return f"urn:ngsi-ld:{kind}:{os.getpid()}-{next(_count)}"


def link(url):
    """A Link header that names an @context."""
    return (
        f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; '
        'type="application/ld+json"'
    )


def quote(text):
    """Percent-encodes a path segment or a query value completely."""
    return urllib.parse.quote(text, safe="")


class Answer:
    """What the broker answered."""

    def __init__(self, request, raw):
        self.request = request
        self.status = raw.status
        self.reason = raw.reason
        self.headers = raw.headers
        self.body = raw.read()

    def __repr__(self):
        more = {k: v for k, v in self.headers.items() if k in ("Allow", "Link", "Location")}
        return f"{self.request} -> {self.status} {self.type} {more} {self.body[:600]!r}"

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.headers["Content-Type"]

    @property
    def count(self):
        value = self.headers["NGSILD-Results-Count"]
        return None if value is None else int(value)

    @property
    def links(self):
        """URLs of the Link headers by their rel."""
        found = {}
        for value in self.headers.get_all("Link") or []:
            for one in value.split(", <"):
                url, _, rest = one.lstrip("<").partition(">")
                rel = rest.split('rel="')[1].split('"')[0]
                assert rel not in found, self
                found[rel] = url
        return found

    @property
    def context(self):
        return self.links.get("http://www.w3.org/ns/json-ld#context")

    @property
    def ids(self):
        return [entity["id"] for entity in self.json]

    def ok(self, status=200):
        assert self.status == status, self
        return self

    def empty(self, status=204):
        """A success without a body: no Content-Type, no @context."""
        assert self.status == status, self
        assert self.body == b"" and self.type is None and self.context is None, self
        return self

    def problem(self, status, kind, *words):
        """A ProblemDetails as 5.5.3 wants it, whose detail holds all the words."""
        assert self.status == status, self
        assert self.type == "application/json", self
        assert self.context is None, self
        document = self.json
        assert document["type"] == ERRORS + kind, self
        assert document["status"] == status and document["title"], self
        for word in words:
            assert word in document["detail"], self
        return document["detail"]


class Api:
    """Requests to one broker over a connection that is kept alive.

    A body that is no text is sent as JSON; with an @context in it as application/ld+json.
    Paths that begin with '/' are taken as they are, others stand under /ngsi-ld/v1.
    """

    def __init__(self, base, **headers):
        self.base = base
        self.host = urllib.parse.urlsplit(base).netloc
        self.headers = headers
        self.connection = None

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def with_(self, **headers):
        """The same broker with further headers in every request."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return Api(self.base, **{**self.headers, **named})

    def _prepare(self, path, body, headers, params):
        if not path.startswith("/"):
            path = f"{API}/{path}"
        if params:
            pairs = "&".join(f"{quote(k)}={quote(str(v))}" for k, v in params.items())
            path += ("&" if "?" in path else "?") + pairs
        headers = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, (str, bytes)):
            first = body[0] if isinstance(body, list) and body else body
            inside = isinstance(first, dict) and "@context" in first
            kind = "application/ld+json" if inside else "application/json"
            headers = {"Content-Type": kind, **headers}
            body = json.dumps(body)
        elif body is not None:
            headers = {"Content-Type": "application/json", **headers}
        if isinstance(body, str):
            body = body.encode()
        return path, body, {k: v for k, v in headers.items() if v is not None}

    def request(self, method, path, body=None, *, headers=None, **params):
        path, body, headers = self._prepare(path, body, headers, params)
        for last in (False, True):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.host, timeout=60)
            try:
                self.connection.putrequest(method, path, skip_accept_encoding=True)
                for key, value in headers.items():
                    self.connection.putheader(key, value)
                if body is not None or method in ("POST", "PUT", "PATCH"):
                    if "Content-Length" not in headers:
                        self.connection.putheader("Content-Length", str(len(body or b"")))
                self.connection.endheaders(body)
                answer = Answer(f"{method} {path}", self.connection.getresponse())
            except (OSError, http.client.HTTPException):
                # A kept connection may have been closed meanwhile: once more, anew.
                self.close()
                if fresh or last:
                    raise
                continue
            if answer.headers["Connection"] == "close":
                self.close()
            return answer

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def head(self, path, **kwargs):
        return self.request("HEAD", path, **kwargs)

    def options(self, path, **kwargs):
        return self.request("OPTIONS", path, **kwargs)

    def post(self, path, body=None, **kwargs):
        return self.request("POST", path, body, **kwargs)

    def patch(self, path, body=None, **kwargs):
        return self.request("PATCH", path, body, **kwargs)

    def put(self, path, body=None, **kwargs):
        return self.request("PUT", path, body, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)

    # What nearly every test does.

    def create(self, entity=None, **attributes):
        """Creates an entity (of id and type of its own, unless said) and returns it."""
        entity = {"id": uid(), "type": "Thing", **(entity or {}), **attributes}
        self.post("entities", entity).ok(201)
        return entity

    def entity(self, id_, *, headers=None, **params):
        """The entity as normalized JSON."""
        return self.get(f"entities/{quote(id_)}", headers=headers, **params).ok().json
