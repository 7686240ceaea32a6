# SPDX-License-Identifier: Apache-2.0
"""Notifications over MQTT (7.2), with a real mosquitto."""

import json
import os
import subprocess
import time

import pytest

from client import name
from program import Program, free_port, wait_until
from receiver import certificate
from test_notifications import OPTIONS, deliveries, extension, lamp, set_level, subscribe


class Mosquitto:
    """A server on a free port; what it receives can be listened to."""

    def __init__(self, directory, *lines):
        self.directory = str(directory)
        self.port = free_port()
        self.lines = [f"listener {self.port} 127.0.0.1", *lines]
        self.process = None
        self.listeners = []

    def start(self):
        conf = os.path.join(self.directory, "mosquitto.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write("\n".join([*self.lines, "user root", ""]))
        self.process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", conf],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        return self

    def listen(self, topic, *options, version="5"):
        process = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-q", "2",
             "-V", version, "-F", "%q %t %p", *options], stdout=subprocess.PIPE, text=True)
        self.listeners.append(process)
        time.sleep(0.3)
        return process

    def stop(self):
        for process in (*self.listeners, self.process):
            if process is not None:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def api():
    p = Program(*OPTIONS).start()
    yield p.api
    assert p.stop() == 0
    p.check_log()
    p.remove()


@pytest.fixture
def mosquitto(tmp_path):
    made = []

    def make(*lines):
        made.append(Mosquitto(tmp_path, *lines))
        return made[-1]

    yield make
    for m in made:
        m.stop()


def info(**pairs):
    return {"notifierInfo": [{"key": k.replace("_", "-"), "value": v}
                             for k, v in pairs.items()]}


def read(listener):
    qos, topic, payload = listener.stdout.readline().split(" ", 2)
    return int(qos), topic, json.loads(payload)


@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0", None])
@pytest.mark.parametrize("qos", ["0", "1", "2", None])
def test_published(api, mosquitto, version, qos):
    """Topic from the URI, metadata and body, as well acknowledged as asked for."""
    server, kind = mosquitto("allow_anonymous true").start(), name("Lamp")
    listener = server.listen("city/lamps/#", version="311" if version == "mqtt3.1.1" else "5")
    pairs = {k: v for k, v in (("MQTT_Version", version), ("MQTT_QoS", qos)) if v}
    id_ = subscribe(api, f"mqtt://127.0.0.1:{server.port}/city/lamps/a%2Db", kind, endpoint={
        **info(**pairs), "receiverInfo": [{"key": "X-Key", "value": "1"}]})
    entity, start = lamp(api, kind, 3), time.monotonic()
    got, topic, message = read(listener)
    assert time.monotonic() - start < 0.9
    assert (got, topic) == (int(qos or 0), "city/lamps/a-b")
    metadata, body = message["metadata"], message["body"]
    assert metadata["Content-Type"] == "application/json" and metadata["X-Key"] == "1"
    assert metadata["Calanque-Sequence"] == "1" and set(message) == {"metadata", "body"}
    assert body["subscriptionId"] == id_ and body["data"][0]["id"] == entity
    entry, = wait_until("the log", lambda: deliveries(api, id_))
    assert (entry["result"], entry["status"]) == ("delivered", 0)


def test_reconnects(api, mosquitto):
    """A server that comes late, and one that comes back."""
    server, kind = mosquitto("allow_anonymous true"), name("Lamp")
    id_ = subscribe(api, f"mqtt://127.0.0.1:{server.port}/t", kind, endpoint=info(MQTT_QoS="1"))
    entity = lamp(api, kind)
    entry = wait_until("a failure", lambda: deliveries(api, id_))[-1]
    assert entry["result"] == "failed" and entry["error"] == "nobody listens there", entry
    api.patch(f"subscriptions/{id_}", {"isActive": False}).empty()
    server.start()
    listener = server.listen("t")
    api.patch(f"subscriptions/{id_}", {"isActive": True}).empty()
    assert read(listener)[2]["body"]["data"][0]["level"]["value"] == 0
    for level in range(1, 5):
        set_level(api, entity, level)
        assert read(listener)[2]["body"]["data"][0]["level"]["value"] == level
    wait_until("that all is acknowledged",
               lambda: api.get(extension(id_, "pending")).json["count"] == 0)
    server.stop()
    server.listeners.clear()
    set_level(api, entity, 5)
    wait_until("a failure", lambda: deliveries(api, id_)[0]["result"] == "failed")
    api.patch(f"subscriptions/{id_}", {"isActive": False}).empty()
    server.start()
    listener = server.listen("t")
    api.patch(f"subscriptions/{id_}", {"isActive": True}).empty()
    assert read(listener)[2]["body"]["data"][0]["level"]["value"] == 5


def test_user_and_password(api, mosquitto, tmp_path):
    """They stand in the URI, and in no log."""
    passwords = tmp_path / "passwords"
    passwords.touch()
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), "city", "s3cr:t"], check=True,
                   stderr=subprocess.DEVNULL)
    server = mosquitto("allow_anonymous false", f"password_file {passwords}").start()
    listener = server.listen("t", "-u", "city", "-P", "s3cr:t")
    kind = name("Lamp")
    bad = subscribe(api, f"mqtt://city:wr0ng@127.0.0.1:{server.port}/t", kind)
    subscribe(api, f"mqtt://city:s3cr%3At@127.0.0.1:{server.port}/t", kind)
    lamp(api, kind, 1)
    assert read(listener)[2]["body"]["data"][0]["level"]["value"] == 1
    entry = wait_until("the log", lambda: deliveries(api, bad))[-1]
    assert "uthori" in entry["error"] and "wr0ng" not in entry["error"]
    api.delete(f"subscriptions/{bad}").empty()


def test_mqtts(new_broker, mosquitto, tmp_path):
    """TLS with a CA of one's own; what is not trusted gets nothing."""
    ca = certificate(str(tmp_path), "ca")
    cert, key = certificate(str(tmp_path), "server", ca=ca)
    server = mosquitto("allow_anonymous true", f"cafile {ca[0]}", f"certfile {cert}",
                       f"keyfile {key}").start()
    listener = server.listen("t", "--cafile", ca[0])
    for options, error in (((), "no encrypted connection"), (("--notify-ca", ca[0]), None)):
        api = new_broker(*OPTIONS, *options).start().api
        kind = name("Lamp")
        id_ = subscribe(api, f"mqtts://127.0.0.1:{server.port}/t", kind)
        lamp(api, kind, 4)
        entry = wait_until("the log", lambda a=api, i=id_: deliveries(a, i))[-1]
        if error:
            assert error in entry["error"], entry
        else:
            assert read(listener)[2]["body"]["data"][0]["level"]["value"] == 4


def test_mqtts_wants_a_certificate(new_broker, mosquitto, tmp_path):
    """Who shows one of the right CA may publish."""
    ca = certificate(str(tmp_path), "ca")
    server, client = (certificate(str(tmp_path), n, ca=ca) for n in ("server", "client"))
    broker = mosquitto("allow_anonymous true", f"cafile {ca[0]}", f"certfile {server[0]}",
                       f"keyfile {server[1]}", "require_certificate true").start()
    listener = broker.listen("t", "--cafile", ca[0], "--cert", client[0], "--key", client[1])
    ours = ("--notify-cert", client[0], "--notify-key", client[1])
    for options in ((), ours):
        api = new_broker(*OPTIONS, "--notify-ca", ca[0], *options).start().api
        kind = name("Lamp")
        id_ = subscribe(api, f"mqtts://127.0.0.1:{broker.port}/t", kind,
                        endpoint=info(MQTT_QoS="1"))
        lamp(api, kind, 4)
        entry = wait_until("the log", lambda a=api, i=id_: deliveries(a, i))[-1]
        assert entry["result"] == ("delivered" if options else "failed"), entry
    assert read(listener)[2]["body"]["data"][0]["level"]["value"] == 4


def test_guard(new_broker, mosquitto):
    server, kind = mosquitto("allow_anonymous true").start(), name("Lamp")
    api = new_broker(*OPTIONS, "--outbound-deny", "127.0.0.0/8").start().api
    id_ = subscribe(api, f"mqtt://127.0.0.1:{server.port}/t", kind)
    lamp(api, kind)
    entry = wait_until("the log", lambda: deliveries(api, id_))[-1]
    assert entry["error"] == \
        "the address is not allowed (settings outbound-allow, outbound-deny)"
