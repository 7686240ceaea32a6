# SPDX-License-Identifier: Apache-2.0
"""Bad days: the database or the broker killed with -9 under load, a full disk, a second
instance, leftovers.  Acknowledged means on disk."""

import http.client
import os
import secrets
import signal
import subprocess
import threading
import time

import pytest

from client import Api
from program import Program, path, wait_until


def past(api, id_, attr):
    """All values that an attribute ever had."""
    found = api.get(f"temporal/entities/{id_}", attrs=attr, format="temporalValues",
                    timerel="after", timeAt="2000-01-01T00:00:00Z", timeproperty="modifiedAt")
    return [value for value, _ in found.ok().json[attr]["values"]]


class Writer(threading.Thread):
    """Writes in a loop, one request at a time, and remembers what was acknowledged.

    Each round creates an entity, counts up another, and updates a batch whose elements have
    two attributes that must always be equal."""

    def __init__(self, base, number, stop):
        super().__init__()
        self.api, self.number, self.stop = Api(base), number, stop
        self.created, self.maybe = set(), set()
        self.counted = self.tried = 0
        self.counts = {0}
        self.batches = self.batch_tried = 0
        self.refused, self.odd = [], []
        self.counter = f"urn:c:{number}"
        self.elements = [f"urn:b:{number}-{i}" for i in range(20)]
        self.api.post("entities", {"id": self.counter, "type": "Counter", "n": 0}).ok(201)
        self.api.post("entityOperations/create", [
            {"id": i, "type": "Pair", "a": 0, "b": 0} for i in self.elements]).ok(201)

    def send(self, want, method, path, body):
        """True where it was acknowledged, False where nobody knows."""
        try:
            answer = self.api.request(method, path, body)
        except (OSError, http.client.HTTPException):
            self.api.close()
            time.sleep(0.02)
            return False
        if answer.status == 503:
            self.refused.append(answer)
            time.sleep(0.02)
            return False
        if answer.status == 207:
            # Some elements were on disk before the database went away, others not.
            if all(e["error"]["status"] == 503 for e in answer.json["errors"]):
                return False
        if answer.status != want:
            self.odd.append(answer)
            return False
        return True

    def run(self):
        n = 0
        while not self.stop.is_set():
            n += 1
            id_ = f"urn:e:{self.number}-{n}"
            self.maybe.add(id_)
            if self.send(201, "POST", "entities", {"id": id_, "type": "T", "n": n}):
                self.created.add(id_)
            self.tried += 1
            if self.send(204, "PATCH", f"entities/{self.counter}", {"n": self.tried}):
                self.counted = self.tried
                self.counts.add(self.tried)
            self.batch_tried += 1
            body = [{"id": i, "type": "Pair", "a": self.batch_tried, "b": self.batch_tried}
                    for i in self.elements]
            if self.send(204, "POST", "entityOperations/update", body):
                self.batches = self.batch_tried
        self.api.close()

    def check(self, api):
        """Everything acknowledged is there, and nothing that was never sent."""
        assert not self.odd, self.odd[:3]
        there = set()
        path = f"entities?type=T&idPattern={self.number}-&limit=1000&pick=id"
        while path:
            answer = api.get(path).ok()
            there |= {e["id"] for e in answer.json}
            path = answer.links.get("next")
        there = {id_ for id_ in there if id_.startswith(f"urn:e:{self.number}-")}
        assert self.created <= there, sorted(self.created - there)[:5]
        assert there <= self.maybe
        n = api.get(f"entities/{self.counter}", options="keyValues").ok().json["n"]
        assert self.counted <= n <= self.tried
        for id_ in self.elements:
            got = api.get(f"entities/{id_}", options="keyValues").ok().json
            assert got["a"] == got["b"], f"{id_} is half applied: {got}"
            assert self.batches <= got["a"] <= self.batch_tried
            assert past(api, id_, "a")[-1] == past(api, id_, "b")[-1] == got["a"]
        # No value without its history, no history of what never was the value.
        counts = past(api, self.counter, "n")
        assert self.counts <= set(counts), sorted(self.counts - set(counts))[:5]
        assert counts == sorted(set(counts)) and counts[-1] == n


class Load:
    """Writers under way, as a context manager."""

    def __init__(self, base, writers=4):
        self.stop = threading.Event()
        self.writers = [Writer(base, 1000 + i, self.stop) for i in range(writers)]

    def __enter__(self):
        for w in self.writers:
            w.start()
        self.until(3)
        return self

    def __exit__(self, *ignored):
        self.stop.set()
        for w in self.writers:
            w.join()

    def acknowledged(self):
        return sum(len(w.created) + w.counted + w.batches for w in self.writers)

    def until(self, more):
        """Waits until each writer got that many more acknowledgements."""
        marks = [len(w.created) + more for w in self.writers]
        wait_until("writes to be acknowledged", lambda: all(
            len(w.created) >= mark for w, mark in zip(self.writers, marks)), 60)


def backends(program):
    """Process ids of the children of the private PostgreSQL that serve connections."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(program.postmaster())],
                           capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "[local]" in line]


def one_backend(program):
    """One of them; there is none for a moment where the server has just been killed."""
    found = []
    wait_until("a connection", lambda: found.extend(backends(program)) or found)
    return found[0]


def test_database_killed_under_load(new_broker):
    """PostgreSQL dies three times while clients write: requests meanwhile get 503 with
    Retry-After, then all goes on, and nothing acknowledged is lost or half done."""
    broker = new_broker().start()
    with Load(broker.base) as load:
        for victim in (broker.postmaster, lambda: one_backend(broker), broker.postmaster):
            os.kill(victim(), signal.SIGKILL)
            broker.api.get("/health").ok()
            load.until(3)
    refused = [r for w in load.writers for r in w.refused]
    assert refused, "nobody noticed that the database was gone"
    for answer in refused:
        answer.problem(503, "InternalError", "database")
        assert int(answer.headers["Retry-After"]) >= 1
    api = broker.api
    for w in load.writers:
        w.check(api)
    assert broker.stop() == 0


def test_broker_killed_under_load(new_broker):
    """The broker dies twice while clients write; started again on the same directory it has
    everything it acknowledged."""
    broker = new_broker().start()
    with Load(broker.base) as load:
        for _ in range(2):
            broker.kill()
            broker.start()
            load.until(3)
    api = broker.api
    for w in load.writers:
        w.check(api)
    assert broker.stop() == 0


def test_both_killed(new_broker):
    """Broker and database die at the same instant, as in a power cut; what is left behind
    (pid files, sockets) is no obstacle."""
    broker = new_broker().start()
    ids = [broker.api.create(n=i)["id"] for i in range(20)]
    for pid in (broker.postmaster(), broker.process.pid):
        os.kill(pid, signal.SIGKILL)
    broker.process.wait()
    broker.start()
    for i, id_ in enumerate(ids):
        assert broker.api.entity(id_)["n"]["value"] == i


def test_stale_pid_files(new_broker):
    """Pid files that name processes which now are somebody else's do not keep the broker
    from starting."""
    broker = new_broker().start()
    entity = broker.api.create(n=1)
    assert broker.stop() == 0
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        with open(os.path.join(broker.data, "calanque.lock"), "w") as f:
            f.write(f"{stranger.pid}\n")
        pid_file = os.path.join(broker.data, "postgres", "postmaster.pid")
        with open(pid_file, "w") as f:
            f.write(f"{stranger.pid}\n{broker.data}/postgres\n1700000000\n5432\n"
                    f"{broker.data}/run\n\n  5432001         0\nready   \n")
        owner = os.stat(os.path.join(broker.data, "postgres"))
        if os.geteuid() == 0:
            os.chown(pid_file, owner.st_uid, owner.st_gid)
        broker.start()
        assert broker.api.entity(entity["id"])["n"]["value"] == 1
        assert stranger.poll() is None, "a stranger was killed"
    finally:
        stranger.kill()
        stranger.wait()


def test_second_instance_is_refused(new_broker):
    """A second broker on the same directory ends at once and names the first; the first one
    goes on."""
    broker = new_broker().start()
    entity = broker.api.create(n=1)
    second = Program(data=broker.data)
    second.spawn()
    assert second.process.wait(30) != 0
    assert (f"another calanque (process {broker.process.pid}) uses "
            f"{os.path.realpath(broker.data)}; stop it, or choose another --data"
            in second.output())
    second.remove()
    assert broker.api.entity(entity["id"])["n"]["value"] == 1


def test_restart_finds_everything(new_broker):
    """SIGTERM ends the broker in order; the next start has the data and is quick."""
    broker = new_broker().start()
    api = broker.api
    tenant = api.with_(**{"NGSILD-Tenant": "blue"})
    ours, theirs = api.create(n=1, scope="/a"), tenant.create(n=2)
    api.close()
    tenant.close()
    assert broker.stop() == 0
    assert broker.postmaster() is None
    start = time.monotonic()
    broker.start()
    assert time.monotonic() - start < 10
    assert api.entity(ours["id"]) == {
        **ours, "n": {"type": "Property", "value": 1}}
    assert tenant.entity(theirs["id"])["n"]["value"] == 2
    assert api.get("entities", type="Thing", scopeQ="/a").ids == [ours["id"]]


def test_shutdown_finishes_what_is_under_way(new_broker):
    """Requests that were accepted before SIGTERM are answered, and what was answered is
    there."""
    broker = new_broker().start()
    with Load(broker.base, writers=3) as load:
        assert broker.stop() == 0
    broker.start()
    for w in load.writers:
        w.check(broker.api)


@pytest.mark.parametrize("options, words", [
    (["--port", "99999"], "--port"),
    (["--no-such-flag"], "no-such-flag"),
    (["--data", "/dev/null"], "/dev/null"),
    (["--data", "/tmp", "--database", "dbname=x"], "--database"),
])
def test_settings_that_cannot_work(options, words):
    """What is wrong is told at once, and the exit status is not 0."""
    done = subprocess.run([path(), "serve", *options], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode != 0 and words in done.stdout + done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 MiB, where we may mount one."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    path = tmp_path / "disk"
    path.mkdir()
    for part in path.parents:
        if str(part).startswith("/tmp/"):
            os.chmod(part, 0o755)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", path],
                          capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount a small file system: {done.stderr.strip()}")
    yield str(path)
    subprocess.run(["umount", "-l", path], check=True)


def fill(path, leave):
    """Takes all room but `leave` bytes."""
    stat = os.statvfs(os.path.dirname(path))
    with open(path, "wb") as f:
        os.posix_fallocate(f.fileno(), 0, stat.f_bavail * stat.f_frsize - leave)


def test_disk_full(small_disk):
    """With no room left writes get 503 and say why, the broker lives, and once there is
    room it goes on; what was acknowledged is there."""
    broker = Program(data=os.path.join(small_disk, "data"))
    ballast = os.path.join(small_disk, "ballast")
    written, refused = [], []
    try:
        broker.start()
        api = broker.api
        fill(ballast, 8 << 20)
        for i in range(400):
            id_ = f"urn:x:{i}"
            answer = api.post("entities", {"id": id_, "type": "T",
                                           "p": secrets.token_hex(200000)})
            assert answer.status in (201, 503), answer
            (written if answer.status == 201 else refused).append((id_, answer))
            if len(refused) >= 3:
                break
        assert refused, "the disk was never full"
        for _, answer in refused:
            answer.problem(503, "InternalError", "database")
            assert int(answer.headers["Retry-After"]) >= 1
        api.get("/health").ok()
        os.unlink(ballast)
        wait_until("/ready", broker.is_ready)
        wait_until("a write to succeed", lambda: api.post(
            "entities", {"id": f"urn:y:{time.monotonic()}", "type": "T"}).status == 201)
        for id_, _ in written:
            assert len(api.get(f"entities/{id_}").ok().body) > 400000
        assert broker.stop() == 0
    finally:
        if broker.process and broker.process.poll() is None:
            broker.kill()
            # Its PostgreSQL ends on its own, and must before the disk goes.
            wait_until("PostgreSQL to end", lambda: broker.postmaster() is None, 30)
        broker.check_log()
        broker.remove()
