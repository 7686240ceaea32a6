# SPDX-License-Identifier: Apache-2.0
"""The context lock: a download is pinned by its SHA-256, and a change upstream is an
explicit, logged action (5.13.5.4, 6.3.16)."""
import hashlib
import json
import time

import pytest

from client import CORE, link, quote, uid
from program import wait_until

OLD = json.dumps({"@context": {"a": "https://example.org/old/a"}})
NEW = json.dumps({"@context": {"a": "https://example.org/new/a"}})


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def meaning(api, url):
    """The IRI that the context gives to the term a."""
    id_ = uid()
    api.post("entities", {"id": id_, "type": "Thing", "a": 1}, headers={"Link": link(url)}).ok(201)
    entity = api.entity(id_, headers={"Link": link(CORE)})
    return next(key for key in entity if key not in ("id", "type"))


def details(api, url):
    return api.get(f"jsonldContexts/{quote(url)}", details="true").ok().json


def reload(api, url):
    return api.delete(f"jsonldContexts/{quote(url)}", reload="true")


def lines(broker, word):
    """The lines of the log with that word, parsed."""
    found = [line for line in broker.output().splitlines() if word in line]
    return [json.loads(line) for line in found]


def test_the_hash_is_that_of_the_bytes(api, pages):
    """What sha256sum says of the file is what the metadata says of the copy."""
    url = pages.put("/c.jsonld", OLD + "\n")
    meaning(api, url)
    assert details(api, url)["extraInfo"] == "sha256=" + sha256(OLD + "\n")


def test_reload_takes_the_new_document_and_says_so(new_broker, pages):
    """DELETE with reload=true replaces the copy; both hashes are in the log (5.13.5.4)."""
    broker = new_broker("--log-format", "json").start()
    api = broker.api
    url = pages.put("/c.jsonld", OLD)
    assert meaning(api, url) == "https://example.org/old/a"
    created = details(api, url)["createdAt"]
    pages.put("/c.jsonld", NEW)
    assert meaning(api, url) == "https://example.org/old/a"
    reload(api, url).empty()
    assert meaning(api, url) == "https://example.org/new/a"
    got = details(api, url)
    assert got["extraInfo"] == f"sha256={sha256(NEW)}" and got["createdAt"] > created
    told = lines(broker, "@context reloaded")
    assert len(told) == 1
    assert told[0]["old_sha256"] == sha256(OLD) and told[0]["new_sha256"] == sha256(NEW)


@pytest.mark.parametrize("status, body", [
    (404, ""), (500, ""), (200, "no JSON"), (200, "{}"), (200, '{"@context": {"a": 5}}'),
])
def test_a_reload_that_fails_keeps_the_copy(api, pages, status, body):
    """Whatever goes wrong is LdContextNotAvailable, and the old copy stays (5.13.5.4)."""
    url = pages.put("/c.jsonld", OLD)
    meaning(api, url)
    pages.put("/c.jsonld", body, status=status)
    reload(api, url).problem(504, "LdContextNotAvailable", url)
    assert meaning(api, url) == "https://example.org/old/a"
    assert details(api, url)["extraInfo"] == f"sha256={sha256(OLD)}"


def test_nested_contexts_are_reloaded_by_themselves(api, pages):
    """Each URL has a copy of its own: reloading the inner one changes what the outer
    means."""
    inner = pages.put("/inner.jsonld", OLD)
    outer = pages.put("/outer.jsonld", json.dumps({"@context": [inner]}))
    assert meaning(api, outer) == "https://example.org/old/a"
    pages.put("/inner.jsonld", NEW)
    reload(api, outer).empty()
    assert meaning(api, outer) == "https://example.org/old/a"
    reload(api, inner).empty()
    assert meaning(api, outer) == "https://example.org/new/a"
    api.delete(f"jsonldContexts/{quote(outer)}").empty()
    assert details(api, inner)["kind"] == "Cached"


def test_an_expired_copy_is_asked_for_and_stays(new_broker, pages):
    """Expiry asks the origin in the background; what it serves by now is told, not taken
    (6.3.16)."""
    broker = new_broker("--log-format", "json").start()
    api = broker.api
    url = pages.put("/c.jsonld", OLD, Cache_Control="max-age=1")
    meaning(api, url)
    pages.put("/c.jsonld", NEW, Cache_Control="max-age=1", delay=1)
    wait_until("the second look", lambda: len(pages.seen) == 2, timeout=15)
    assert meaning(api, url) == "https://example.org/old/a"
    told = wait_until("a warning", lambda: lines(broker, "@context changed"), timeout=10)
    assert told[0]["level"] == "warn" and told[0]["url"] == url
    assert told[0]["pinned_sha256"] == sha256(OLD) and told[0]["origin_sha256"] == sha256(NEW)
    assert meaning(api, url) == "https://example.org/old/a"
    assert details(api, url)["extraInfo"] == (
        f"sha256={sha256(OLD)} origin_sha256={sha256(NEW)}")
    broker.stop()
    broker.start()
    assert meaning(api, url) == "https://example.org/old/a"
    reload(api, url).empty()
    assert details(api, url)["extraInfo"] == f"sha256={sha256(NEW)}"
    assert meaning(api, url) == "https://example.org/new/a"


def test_an_expired_copy_outlives_its_origin(new_broker, pages):
    """An origin that is gone breaks no answer."""
    broker = new_broker("--log-format", "json").start()
    api = broker.api
    url = pages.put("/c.jsonld", OLD, Cache_Control="no-cache")
    meaning(api, url)
    pages.pages.clear()
    wait_until("the second look", lambda: len(pages.seen) == 2, timeout=15)
    wait_until("its failure", lambda: lines(broker, "expired @context stays"), timeout=10)
    assert meaning(api, url) == "https://example.org/old/a"


def test_deleting_forgets_the_pin(api, pages):
    """A deleted copy is downloaded anew by who needs it, and pinned as it is then."""
    url = pages.put("/c.jsonld", OLD)
    meaning(api, url)
    pages.put("/c.jsonld", NEW)
    api.delete(f"jsonldContexts/{quote(url)}").empty()
    assert meaning(api, url) == "https://example.org/new/a"
    assert details(api, url)["extraInfo"] == f"sha256={sha256(NEW)}"


def test_an_origin_that_hangs_does_not_delay_the_end(new_broker, pages):
    """Who is asked in the background is not waited for when the broker is to stop."""
    broker = new_broker().start()
    url = pages.put("/c.jsonld", OLD, Cache_Control="no-cache")
    meaning(broker.api, url)
    pages.put("/c.jsonld", OLD, delay=9)
    wait_until("the second look", lambda: len(pages.seen) == 2, timeout=15)
    start = time.monotonic()
    assert broker.stop() == 0
    assert time.monotonic() - start < 5
