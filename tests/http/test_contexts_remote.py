# SPDX-License-Identifier: Apache-2.0
"""Remote @contexts: downloaded, or read from the origin map (5.5.7, 6.3.5)."""
import json
import threading
import time

import pytest

from client import CORE, link, name, uid
from program import free_port, wait_until

TERM = "https://example.org/vocabulary#level"
CONTEXT = json.dumps({"@context": {"level": TERM, "Tank": "https://example.org/Tank"}})


def by(url):
    return {"Link": link(url)}


def tank():
    return {"id": uid("Tank"), "type": "Tank", "level": {"value": 3}}


def create(api, url):
    entity = tank()
    api.post("entities", entity, headers=by(url)).ok(201)
    return entity["id"]


def fails(api, url, status, kind, why=None):
    """Creating an entity with that @context does; `why` is compared verbatim."""
    detail = api.post("entities", tank(), headers=by(url)).problem(status, kind)
    assert why is None or detail == f"@context {url}: {why}"


def is_expanded(api, id_):
    """Do those who have the core context only see the term's IRI?"""
    return TERM in api.entity(id_, headers=by(CORE))


def test_a_downloaded_context_expands_and_compacts(api, pages):
    url = pages.put("/c.jsonld", CONTEXT)
    id_ = create(api, url)
    assert is_expanded(api, id_)
    assert api.entity(id_, headers=by(url))["level"]["value"] == 3


def test_is_asked_for_once(api, pages):
    url = pages.put("/c.jsonld", CONTEXT)
    for _ in range(5):
        create(api, url)
    assert [path for path, _ in pages.seen] == ["/c.jsonld"]
    assert pages.seen[0][1]["Accept"].startswith("application/ld+json, application/json")
    assert pages.seen[0][1]["User-Agent"].startswith("calanque")


def test_many_requests_wait_for_one_download(api, pages):
    url = pages.put("/slow.jsonld", CONTEXT, delay=0.5)
    answers = []

    def post():
        answers.append(api.with_().post("entities", tank(), headers=by(url)).status)

    threads = [threading.Thread(target=post) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert answers == [201] * 6
    assert len(pages.seen) == 1


def test_a_slow_server_delays_nobody_else(api, pages):
    url = pages.put("/slow.jsonld", CONTEXT, delay=1.5)
    waiting = threading.Thread(target=lambda: create(api.with_(), url))
    waiting.start()
    wait_until("the download", lambda: pages.seen)
    start = time.monotonic()
    api.create()
    assert time.monotonic() - start < 1
    waiting.join()


def test_who_reads_beside_a_slow_server_does_not_wait_for_it(api, pages):
    """Reads that wait together go together, but for the one whose @context must be fetched."""
    entity = api.create(type="T")["id"]
    paths = [f"entities/{entity}", f"entities?type=T&limit=2&id={entity}", "entities?type=T&limit=2"]

    def read(client, path, headers, times, start):
        start.wait()
        began = time.monotonic()
        client.get(path, headers=headers).ok()
        times.append(time.monotonic() - began)
        client.close()

    for i in range(6):
        url = pages.put(f"/slow{i}.jsonld", CONTEXT, delay=1.5)
        start, slow, quick = threading.Barrier(25), [], []
        threads = [threading.Thread(target=read, args=(
            api.with_(), paths[i % 3], by(url) if n == 12 else {}, slow if n == 12 else quick,
            start)) for n in range(25)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert slow[0] > 1.4 and max(quick) < 1.2


def test_redirects_are_followed(api, pages):
    pages.put("/new.jsonld", CONTEXT)
    url = pages.put("/old.jsonld", "", status=301, Location="/new.jsonld")
    assert is_expanded(api, create(api, url))


@pytest.mark.parametrize("status", [403, 404, 410, 500])
def test_a_status_of_failure_is_504(api, pages, status):
    url = pages.put("/c.jsonld", "", status=status)
    fails(api, url, 504, "LdContextNotAvailable", f"the server answered with status {status}")


def test_a_server_that_is_away_for_a_moment_is_asked_twice(api, pages):
    url = pages.put("/c.jsonld", "", status=503)
    fails(api, url, 504, "LdContextNotAvailable", "the server answered with status 503")
    assert len(pages.seen) == 2


def test_nobody_listens(api):
    url = f"http://127.0.0.1:{free_port()}/c.jsonld"
    fails(api, url, 504, "LdContextNotAvailable", "the connection was refused")


def test_an_unknown_host_fails_fast(api):
    url = f"http://{name('no-such-host')}.invalid/c.jsonld"
    start = time.monotonic()
    fails(api, url, 504, "LdContextNotAvailable", "the host name cannot be resolved")
    assert time.monotonic() - start < 2


def test_too_many_redirects(api, pages):
    url = pages.put("/round.jsonld", "", status=302, Location="/round.jsonld")
    fails(api, url, 504, "LdContextNotAvailable",
          "it redirects too often, or to what is no http or https URL")
    assert len(pages.seen) == 6


def test_an_endless_document_is_cut_off(api, pages):
    url = pages.put("/c.jsonld", b"[" + b" " * (5 << 20))
    fails(api, url, 504, "LdContextNotAvailable", "the answer is larger than 4194304 bytes")


@pytest.mark.parametrize("body,why", [
    ("<p>", "the document is no JSON (line 1)"),
    ("{}", 'the document is no JSON object with a member "@context"'),
    ("[]", 'the document is no JSON object with a member "@context"'),
])
def test_what_is_no_context_is_400(api, pages, body, why):
    fails(api, pages.put("/c.jsonld", body), 400, "BadRequestData", why)


def test_a_failure_is_remembered_for_a_moment(api, pages):
    """A server of contexts that is down is not asked by every request of a burst; what was
    not there may come later."""
    url = pages.put("/c.jsonld", "", status=404)
    for _ in range(5):
        fails(api, url, 504, "LdContextNotAvailable", "the server answered with status 404")
    assert len(pages.seen) == 1
    pages.put("/c.jsonld", CONTEXT)
    wait_until("another try", lambda: api.post(
        "entities", tank(), headers=by(url)).status == 201, timeout=10, pause=0.2)
    assert len(pages.seen) == 2


def test_who_waits_for_a_download_that_fails_does_not_repeat_it(api, pages):
    url = pages.put("/slow.jsonld", "", status=404, delay=0.5)
    answers = []

    def post():
        answers.append(api.with_().post("entities", tank(), headers=by(url)).status)

    threads = [threading.Thread(target=post) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert answers == [504] * 6
    assert len(pages.seen) == 1


def test_the_context_map_stands_for_the_network(new_broker, tmp_path):
    url = "https://contexts.example.invalid/tank.jsonld"
    (tmp_path / "tank.jsonld").write_text(CONTEXT)
    (tmp_path / "map.tsv").write_text(f"# ours\n{url}\ttank.jsonld\n")
    api = new_broker("--context-map", tmp_path / "map.tsv").start().api
    assert is_expanded(api, create(api, url))
    fails(api, url.replace("tank.jsonld", "other.jsonld"), 504, "LdContextNotAvailable")


def test_a_wrong_context_map_is_told_at_start(new_broker, tmp_path):
    (tmp_path / "map.tsv").write_text("# ours\nhttps://x.invalid/c\tnowhere.jsonld\n")
    broker = new_broker("--context-map", tmp_path / "map.tsv").spawn()
    assert broker.process.wait(30) != 0
    assert f"{tmp_path}/map.tsv:2: cannot read nowhere.jsonld: No such file" in broker.output()
    broker.process = None  # its exit status was looked at


FORBIDDEN = "the address is not allowed (settings outbound-allow, outbound-deny)"


def test_a_context_may_not_come_from_behind(new_broker, pages):
    """As notifications may not go there (docs/en/notifications.md): no matter how the address
    is spelled, or who redirects to it."""
    far = pages.url.replace("127.0.0.1", "127.0.0.2")
    moved = pages.put("/moved.jsonld", "", status=302, Location=f"{far}/c.jsonld")
    broker = new_broker("--outbound-deny", "127.0.0.2,::1").start()
    create(broker.api, pages.put("/c.jsonld", CONTEXT))
    fails(broker.api, moved, 504, "LdContextNotAvailable", FORBIDDEN)
    broker = new_broker("--outbound-deny", "private").start()
    for url in (pages.url, pages.url.replace("127.0.0.1", "localhost"), far):
        fails(broker.api, f"{url}/c.jsonld", 504, "LdContextNotAvailable", FORBIDDEN)
    assert [path for path, _ in pages.seen] == ["/c.jsonld", "/moved.jsonld"]


def test_what_is_named_by_who_runs_it_may(new_broker, pages):
    """The default @context, and those that the broker itself serves."""
    url = pages.put("/c.jsonld", CONTEXT)
    broker = new_broker("--outbound-deny", "private", "--default-context", url).start()
    assert is_expanded(broker.api, create(broker.api, url))
    hosted = broker.api.post("jsonldContexts", json.loads(CONTEXT)).ok(201).headers["Location"]
    create(broker.api, broker.base + hosted if hosted.startswith("/") else hosted)
