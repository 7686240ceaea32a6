# SPDX-License-Identifier: Apache-2.0
"""GET /calanque/v1/events: what changes, as Server-Sent Events."""

import json
import socket
import threading
import time
import urllib.parse

import pytest

from client import name, uid
from program import wait_until


class Follower:
    """Reads the stream on a thread of its own; events as (name, id)."""

    def __init__(self, base, query=""):
        url = urllib.parse.urlsplit(base)
        self.events, self.text = [], b""
        self.socket = socket.create_connection((url.hostname, url.port), timeout=60)
        self.socket.sendall(f"GET /calanque/v1/events{query} HTTP/1.1\r\n"
                            f"Host: {url.netloc}\r\nAccept: text/event-stream\r\n\r\n".encode())
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        wait_until("the stream", lambda: b"retry:" in self.text)

    def run(self):
        try:
            while piece := self.socket.recv(65536):
                self.text += piece
        except OSError:
            pass

    @property
    def seen(self):
        lines = [line for line in self.text.decode().split("\r\n") if not line.startswith(":")]
        blocks = "".join(lines).split("event: ")[1:]
        found = []
        for block in blocks:
            kind, _, data = block.partition("\ndata: ")
            found.append((kind, json.loads(data.split("\n", 1)[0]).get("id")))
        return found

    def close(self):
        self.socket.close()


@pytest.fixture
def follow(broker):
    made = []

    def make(query=""):
        made.append(Follower(broker, query))
        return made[-1]

    yield make
    for f in made:
        f.close()


def test_changes_are_told(api, follow):
    """Created, changed, deleted: each is an event with the entity's id."""
    kind = name("T")
    follower = follow(f"?type={kind}")
    entity = api.create({"type": kind, "id": uid(), "a": 1})
    api.patch(f"entities/{entity['id']}", {"a": 2}).empty()
    api.delete(f"entities/{entity['id']}").empty()
    wait_until("the events", lambda: len(follower.seen) >= 3)
    assert follower.seen == [("entity", entity["id"])] * 2 + [("deleted", entity["id"])]


def test_head(api, follow):
    """What the stream says of itself."""
    text = follow().text.decode()
    assert text.startswith("HTTP/1.1 200 ")
    assert "Content-Type: text/event-stream\r\n" in text
    assert "Cache-Control: no-store\r\n" in text


def test_only_what_is_asked_for(api, follow):
    """Types and tenants keep their changes to themselves."""
    mine, other, tenant = name("T"), name("T"), name("t").lower()
    there = api.with_(NGSILD_Tenant=tenant)
    there.create({"type": mine})
    here_f, there_f = follow(f"?type={mine}"), follow(f"?type={mine}&tenant={tenant}")
    api.create({"type": other})
    here, away = api.create({"type": mine}), there.create({"type": mine})
    wait_until("the events", lambda: here_f.seen and there_f.seen)
    time.sleep(0.1)
    assert (here_f.seen, there_f.seen) == ([("entity", here["id"])], [("entity", away["id"])])


def test_errors(api):
    api.get("/calanque/v1/events?type=((").problem(400, "BadRequestData", "type")
    api.get("/calanque/v1/events?tenant=nobody-at-all").problem(
        404, "NonexistentTenant", "tenant 'nobody-at-all' does not exist")
    api.get("/calanque/v1/events?x=1").problem(400, "InvalidRequest", "type")


def test_who_does_not_read_is_told_to_look_anew(new_broker):
    """64 kB wait for a client; then one event stands for all it missed."""
    program = new_broker().start()
    api = program.api
    sent = 0
    follower = Follower(program.base)
    follower.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow = socket.create_connection(("127.0.0.1", program.port), timeout=60)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sendall(b"GET /calanque/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in slow.recv(100)
    end = time.monotonic() + 30
    while sent < 32 and time.monotonic() < end:
        batch = [{"id": f"urn:x:{'y' * 1900}:{sent}-{i}", "type": "T"} for i in range(100)]
        api.post("entityOperations/create", batch).ok(201)
        sent += 1
    text = b""
    slow.settimeout(2)
    try:
        while b"event: resync" not in text:
            piece = slow.recv(1 << 20)
            assert piece
            text += piece
    except TimeoutError:
        pytest.fail(f"no resync in {len(text)} bytes")
    slow.close()
    follower.close()
    api.get("/ready").ok()


def test_stopping_ends_streams(new_broker):
    """A broker that is told to stop does not wait for those who follow."""
    program = new_broker().start()
    follower = Follower(program.base)
    begin = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - begin < 8
    follower.thread.join(5)
    assert not follower.thread.is_alive() and follower.text.endswith(b"0\r\n\r\n")
