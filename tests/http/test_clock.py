# SPDX-License-Identifier: Apache-2.0
"""The clock jumps, as that of a board without a battery does when the network comes: what is
due goes out all the same (tests/tools/clock_shift.c)."""

import os
import struct
import time

import pytest

import program
from client import name, quote
from receiver import Receiver
from program import free_port, wait_until
from test_notifications import OPTIONS, extension, is_balanced, lamp, set_level, subscribe

SHIM = os.path.join(os.path.dirname(os.path.abspath(program.path())),
                    "tests", "libclock_shift.so")
DAY = 86400


class Clock:
    """jump(seconds): how wrong the broker's clock is from now on."""

    def __init__(self, directory):
        self.file = str(directory / "shift")
        self.jump(0)

    def jump(self, seconds):
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb") as f:
            f.write(struct.pack("=q", seconds))

    @property
    def env(self):
        options = [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
        return {"LD_PRELOAD": SHIM, "CLOCK_SHIFT": self.file,
                "ASAN_OPTIONS": ":".join(o for o in options if o)}


@pytest.mark.skipif(not os.access(SHIM, os.R_OK), reason="no clock_shift beside the program")
def test_jumps(new_broker, tmp_path):
    clock, r, port = Clock(tmp_path), Receiver(), free_port()
    kind, other, short = (name("Lamp") for _ in range(3))
    broker = new_broker(*OPTIONS, "--sweep", "200ms", env=clock.env).start()
    api = broker.api
    for path, members in (("plain", {}), ("throttled", {"throttling": 0.5})):
        subscribe(api, f"{r.url}/{path}", kind, **members)
    subscribe(api, f"{r.url}/periodic", other, timeInterval=0.5)
    subscribe(api, f"{r.url}/gone", short, notificationTrigger=["entityDeleted"])
    down = subscribe(api, f"http://127.0.0.1:{port}/", kind)
    lamp(api, other)
    entity, level = lamp(api, kind), 0

    def last(path):
        return [g.value() for g in list(r.got) if g.path == f"/notify/{path}"][-1:]

    def times(path):
        return sum(g.path == f"/notify/{path}" for g in list(r.got))

    for days in (0, 30, -30, 4000, 0):
        clock.jump(days * DAY)
        level += 1
        before = {path: times(path) for path in ("periodic", "gone")}
        set_level(api, entity, level)
        for path in ("plain", "throttled"):
            wait_until(f"{path} at {days} days", lambda p=path: last(p) == [level], 30)
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * DAY + 1))
        api.patch(f"entities/{quote(lamp(api, short))}", {"expiresAt": soon}).empty()
        for path, n in before.items():
            wait_until(f"{path} at {days} days", lambda p=path, n=n: times(p) > n, 30)
    assert api.get(extension(down, "pending")).ok().json["count"] == level + 1
    late = Receiver(port=port)
    assert [g.value() for g in late.wait(level + 1)] == list(range(level + 1))
    assert is_balanced(api)["dead"] == 0
    for server in (r, late):
        server.close()
