# SPDX-License-Identifier: Apache-2.0
"""Broker and database are killed at random while notifications are under way: each change is
delivered at least once, in order, and what comes twice can be told.

$CALANQUE_TORTURE: for how many seconds (default 8); $TORTURE_SEED: of what is killed when."""

import os
import random
import signal
import threading
import time

import pytest

from client import Api, name, quote
from program import free_port, wait_until
from receiver import Receiver
from test_notifications import OPTIONS, extension, is_balanced, lamp, subscribe

SECONDS = float(os.environ.get("CALANQUE_TORTURE", "8"))
SEED = int(os.environ.get("TORTURE_SEED", "7"))
RATE, ENTITIES, SUBSCRIPTIONS = 50, 5, 20


class Writer(threading.Thread):
    """Counts each entity's level up, one write after the other; what failed is repeated until
    it is acknowledged."""

    def __init__(self, base, ids):
        super().__init__(daemon=True)
        self.api, self.ids = Api(base), ids
        self.level = 0
        self.over = False

    def write(self, id_, level):
        while True:
            try:
                body = {"level": {"value": level}}
                if self.api.patch(f"entities/{quote(id_)}/attrs", body).status == 204:
                    return
            except OSError:
                pass
            except Exception:  # noqa: B902: an answer that was cut off
                self.api.close()
            time.sleep(0.05)

    def run(self):
        while not self.over:
            self.level += 1
            for id_ in self.ids:
                start = time.monotonic()
                self.write(id_, self.level)
                time.sleep(max(0, 1 / RATE - (time.monotonic() - start)))


def kill_something(broker, rng):
    """One of the two, without a word; and waits until it is served again."""
    if rng.random() < 0.5:
        broker.kill()
        broker.start()
        return
    postmaster = broker.postmaster()
    if postmaster is not None:
        os.kill(postmaster, signal.SIGKILL)
    time.sleep(0.2)
    wait_until("the database", broker.is_ready)


def check(got, ids, level):
    """Every change, in order, each under one id."""
    for id_ in ids:
        seen = [g for g in got if g.json["data"][0]["id"] == id_]
        first = list(dict.fromkeys(g.value() for g in seen))
        assert first == list(range(level + 1)), (id_, first)
        assert len({(g.id, g.value()) for g in seen}) == len(first)
        assert len({g.id for g in seen}) == len(first)


@pytest.mark.skipif(SECONDS == 0, reason="CALANQUE_TORTURE=0")
def test_nothing_is_lost(new_broker):
    rng, kind = random.Random(SEED), name("Lamp")
    receiver, flapping, down = Receiver(), Receiver(), free_port()
    flapping.answer = lambda got: rng.choice([200, 200, 500, None])
    broker = new_broker(*OPTIONS).start()
    uris = [f"{receiver.url}/{n}" for n in range(SUBSCRIPTIONS - 2)]
    uris += [flapping.url, f"http://127.0.0.1:{down}/down"]
    last = [subscribe(broker.api, uri, kind) for uri in uris][-1]
    ids = [lamp(broker.api, kind) for _ in range(ENTITIES)]
    writer = Writer(broker.base, ids)
    writer.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(rng.uniform(0.5, 3))
        kill_something(broker, rng)
    writer.over = True
    writer.join()
    due = ENTITIES * (writer.level + 1)
    flapping.answer = 200
    wait_until("the rest", lambda: is_balanced(broker.api)["pending"] == due, 120, 0.5)
    by_path = {}
    for got in receiver.got:
        by_path.setdefault(got.path, []).append(got)
    assert len(by_path) == SUBSCRIPTIONS - 2
    for got in (*by_path.values(), flapping.got):
        check(got, ids, writer.level)
    late = Receiver(port=down)
    wait_until("what waited", lambda: is_balanced(broker.api)["pending"] == 0, 120, 0.5)
    check(late.got, ids, writer.level)
    assert broker.api.get(extension(last, "dead")).ok().json["count"] == 0
    sums = is_balanced(broker.api)
    assert sums["delivered"] == SUBSCRIPTIONS * due and sums["dropped"] == 0, sums
    for r in (receiver, flapping, late):
        r.close()
