# SPDX-License-Identifier: Apache-2.0
"""Notifications arrive: once their change is stored, in order, and in spite of endpoints that
fail (5.8.6; docs/en/notifications.md)."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from client import name, quote, uid
from program import Program, free_port, wait_until
from http2 import Http2Receiver
from receiver import certificate

OPTIONS = ("--notify-retry", "50ms", "--notify-retry-max", "300ms")


@pytest.fixture(scope="module")
def api():
    """Requests to a broker that tries again soon."""
    p = Program(*OPTIONS).start()
    yield p.api
    assert p.stop() == 0
    p.check_log()
    p.remove()


def subscribe(api, uri, kind, **members):
    """Subscribes to a type; endpoint=… and notification=… are merged in."""
    endpoint = {"uri": uri, "accept": "application/json", **members.pop("endpoint", {})}
    notification = {"endpoint": endpoint, **members.pop("notification", {})}
    body = {"id": uid("Subscription"), "type": "Subscription", "entities": [{"type": kind}],
            "notification": notification, **members}
    api.post("subscriptions", body).ok(201)
    return body["id"]


def extension(id_, what):
    return f"/calanque/v1/subscriptions/{quote(id_)}/{what}"


def deliveries(api, id_):
    return api.get(extension(id_, "deliveries")).ok().json["deliveries"]


def lamp(api, kind, level=0, id_=None):
    return api.create({"id": id_ or uid(), "type": kind, "level": level})["id"]


def set_level(api, id_, level):
    api.patch(f"entities/{quote(id_)}/attrs", {"level": {"value": level}}).empty()


def is_balanced(api):
    """matched = delivered + pending + dead + merged + dropped."""
    sums = api.get("/calanque/v1/notifications").ok().json
    parts = ("delivered", "pending", "dead", "merged", "dropped")
    assert sums["matched"] == sum(sums[part] for part in parts), sums
    return sums


def test_arrives(api, receiver):
    """A change is notified at once, counted, and in the log."""
    r, kind = receiver(), name("Lamp")
    id_ = subscribe(api, r.url, kind, notification={"format": "normalized"})
    entity = lamp(api, kind, 1)
    got = r.wait()[0]
    assert got.json["type"] == "Notification" and got.json["subscriptionId"] == id_
    assert got.json["data"][0]["id"] == entity and got.value() == 1
    assert got.id.startswith("urn:ngsi-ld:Notification:") and got.sequence == 1
    wait_until("the count", lambda: "timesSent" in
               api.get(f"subscriptions/{id_}").ok().json["notification"])
    shown = api.get(f"subscriptions/{id_}").json["notification"]
    assert (shown["status"], shown["timesSent"]) == ("ok", 1)
    assert shown["lastNotification"] == shown["lastSuccess"] and "lastFailure" not in shown
    entry, = deliveries(api, id_)
    assert entry["notification"] == got.id and entry["sequence"] == 1
    assert (entry["attempt"], entry["result"], entry["status"]) == (1, "delivered", 200)
    is_balanced(api)


def test_counted_at_once(api, receiver):
    """Who has got a notification finds it counted (5.2.14.2; ETSI's 046_11, 046_12)."""
    r, kind = receiver(), name("Lamp")
    id_ = subscribe(api, r.url, kind)
    entity, late = lamp(api, kind), []
    for n in range(1, 21):
        r.wait(n)
        time.sleep(0.01)  # the answer's way
        seen = api.get(f"subscriptions/{quote(id_)}").ok().json["notification"]
        assert seen["status"] == "ok"
        if seen.get("timesSent") != n or "lastSuccess" not in seen:
            late.append(seen)
        set_level(api, entity, n)
    assert len(late) <= 3, late  # a busy machine may hold the answer up


def test_keeps_connections(api, receiver):
    """One connection serves many notifications."""
    r, kind = receiver(), name("Lamp")
    subscribe(api, r.url, kind)
    entity = lamp(api, kind)
    for level in range(1, 20):
        set_level(api, entity, level)
    assert [got.value() for got in r.wait(20)] == list(range(20))
    assert r.connections == 1
    assert [got.sequence for got in r.got] == list(range(1, 21))


def test_in_order_for_each_entity(api, receiver):
    """Several entities at a time, each in the order of its changes, though some attempts
    fail."""
    failures = iter(range(100))
    r = receiver(answer=lambda got: 500 if next(failures) % 7 == 3 else 200)
    kind = name("Lamp")
    subscribe(api, r.url, kind)
    ids = [lamp(api, kind) for _ in range(5)]
    for level in range(1, 8):
        api.post("entityOperations/update",
                 [{"id": i, "type": kind, "level": {"value": level}} for i in ids])
    got = r.wait(40)
    for i in ids:
        assert [g.value() for g in got if g.json["data"][0]["id"] == i] == list(range(8))
    assert len({g.id for g in got}) == 40
    assert sorted(g.sequence for g in got) == list(range(1, 41))


@pytest.mark.parametrize("bad,word", [
    (500, "answered 500"), (404, "answered 404"), (429, "answered 429"),
    (302, "redirects are not followed"), (None, "closed without an answer")])
def test_tries_again(api, receiver, bad, word):
    """Until it is accepted; under the same id and number."""
    answers = iter([bad, bad])
    r, kind = receiver(answer=lambda got: next(answers, 204)), name("Lamp")
    id_ = subscribe(api, r.url, kind)
    lamp(api, kind)
    got, = r.wait()
    assert [g.id for g in r.refused] == [got.id] * 2
    assert [g.sequence for g in r.refused] == [got.sequence] * 2
    wait_until("the log", lambda: len(deliveries(api, id_)) == 3)
    last, *failed = deliveries(api, id_)
    assert (last["result"], last["attempt"], last["status"]) == ("delivered", 3, 204)
    assert all(f["result"] == "failed" and word in f["error"] for f in failed), failed
    shown = api.get(f"subscriptions/{id_}").ok().json["notification"]
    assert (shown["status"], shown["timesSent"], shown["timesFailed"]) == ("ok", 3, 2)
    assert "lastFailure" in shown


def test_nobody_there_yet(api, receiver):
    """What was due before the endpoint came up is delivered when it does."""
    port, kind = free_port(), name("Lamp")
    id_ = subscribe(api, f"http://127.0.0.1:{port}/x", kind)
    entity = lamp(api, kind)
    for level in range(1, 6):
        set_level(api, entity, level)
    wait_until("a failure", lambda: deliveries(api, id_))
    assert deliveries(api, id_)[-1]["error"] == "nobody listens there"
    pending = api.get(extension(id_, "pending")).ok().json
    assert pending["count"] == 6 and pending["pending"][0]["entity"] == entity
    assert pending["circuit"] == "open" and pending["failuresInARow"] > 0
    assert api.get(extension(id_, "pending"), limit=2).ok().json["count"] == 6
    r = receiver(port=port)
    assert [g.value() for g in r.wait(6)] == list(range(6))
    wait_until("the end", lambda: api.get(extension(id_, "pending")).json["count"] == 0)
    after = api.get(extension(id_, "pending")).json
    assert after["circuit"] == "closed" and after["failuresInARow"] == 0
    assert "nextTryAt" not in after
    is_balanced(api)


def test_many_subscriptions_to_one_endpoint(api, receiver):
    """They share 64 connections, and each has its turn."""
    r, kind = receiver(answer=lambda got: time.sleep(0.02) or 200), name("Lamp")
    ids = {subscribe(api, f"{r.url}/{n}", kind) for n in range(100)}
    entity = lamp(api, kind)
    set_level(api, entity, 1)
    got = r.wait(200)
    assert {g.json["subscriptionId"] for g in got} == ids and r.connections <= 64
    for path in {g.path for g in got}:
        assert [g.value() for g in got if g.path == path] == [0, 1]
    for id_ in ids:
        api.delete(f"subscriptions/{id_}").empty()


def test_long_backlog(api, receiver):
    """More than is taken at once: it all goes out, in order, in pieces."""
    port, kind = free_port(), name("Lamp")
    id_ = subscribe(api, f"http://127.0.0.1:{port}/x", kind)
    ids = [uid() for _ in range(100)]
    for level in range(9):
        api.post("entityOperations/upsert", [
            {"id": i, "type": kind, "level": {"value": level}} for i in ids])
    assert api.get(extension(id_, "pending")).ok().json["count"] == 900
    r = receiver(port=port)
    got = r.wait(900, 60)
    for i in (ids[0], ids[50], ids[99]):
        assert [g.value() for g in got if g.json["data"][0]["id"] == i] == list(range(9))
    assert sorted(g.sequence for g in got) == list(range(1, 901))
    is_balanced(api)


def test_large_backlog(api, receiver):
    """A few are more than is taken at once, and are not waited for any longer."""
    port, kind = free_port(), name("Lamp")
    id_ = subscribe(api, f"http://127.0.0.1:{port}/x", kind)
    for level in range(30):
        api.create({"id": uid(), "type": kind, "level": level, "text": "x" * 200000})
    wait_until("a failure", lambda: deliveries(api, id_))
    r = receiver(port=port)
    start = time.monotonic()
    assert sorted(g.value() for g in r.wait(30)) == list(range(30))
    assert time.monotonic() - start < 6
    api.delete(f"subscriptions/{id_}").empty()


def test_dead_target_delays_nobody(api, receiver):
    """One endpoint hangs, another does not exist; a third hears at once."""
    def hang(got):
        time.sleep(3)
        return 200

    kind = name("Lamp")
    slow, r = receiver(answer=hang), receiver()
    for uri in (slow.url, f"http://127.0.0.1:{free_port()}", "http://nowhere.invalid/x"):
        subscribe(api, uri, kind, endpoint={"timeout": 500})
    subscribe(api, r.url, kind)
    start = time.monotonic()
    entity = lamp(api, kind)
    for level in range(1, 10):
        set_level(api, entity, level)
    r.wait(10)
    assert time.monotonic() - start < 2.5


def test_timeout_of_the_endpoint(api, receiver):
    """Its `timeout` counts, in milliseconds (5.2.15)."""
    r, kind = receiver(answer=lambda got: time.sleep(1) or 200), name("Lamp")
    id_ = subscribe(api, r.url, kind, endpoint={"timeout": 150})
    lamp(api, kind)
    entry = wait_until("the log", lambda: deliveries(api, id_))[-1]
    assert entry["error"] == "no answer in time" and 140 < entry["milliseconds"] < 900
    api.delete(f"subscriptions/{id_}").empty()


def test_unknown_host(api):
    kind = name("Lamp")
    id_ = subscribe(api, "http://nowhere.invalid/x", kind)
    lamp(api, kind)
    entry = wait_until("the log", lambda: deliveries(api, id_), 20)[-1]
    assert entry["error"] in ("the host name is not known", "no answer in time"), entry
    api.delete(f"subscriptions/{id_}").empty()


def test_cooldown(api, receiver):
    """After a failure nothing is sent for `cooldown` milliseconds (5.2.15)."""
    answers = iter([500])
    r, kind = receiver(answer=lambda got: next(answers, 200)), name("Lamp")
    subscribe(api, r.url, kind, endpoint={"cooldown": 1200})
    lamp(api, kind)
    got, = r.wait()
    assert 1.15 < got.at - r.refused[0].at < 3


def test_throttling(api, receiver):
    """Between two notifications lies at least `throttling`; then each entity is told of once,
    as it is by then (5.2.12)."""
    r, kind = receiver(), name("Lamp")
    id_ = subscribe(api, r.url, kind, throttling=0.7)
    a = lamp(api, kind)
    r.wait()
    b = lamp(api, kind, 100)
    for level in range(1, 6):
        set_level(api, a, level)
    first, second = r.wait(2)
    assert second.at - first.at > 0.65
    assert {e["id"]: e["level"]["value"] for e in second.json["data"]} == {a: 5, b: 100}
    assert (first.sequence, second.sequence) == (1, 2)
    time.sleep(0.8)
    assert len(r.got) == 2
    wait_until("the count", lambda: api.get(f"subscriptions/{id_}").json["notification"]
               .get("timesSent") == 2)
    assert is_balanced(api)["merged"] >= 5


def test_poison(api, receiver):
    """What is refused again and again, while others are taken, becomes a dead letter; it can
    be sent again."""
    bad = uid()
    r, kind = receiver(), name("Lamp")
    r.answer = lambda got: 400 if got.json["data"][0]["id"] == bad else 200
    id_ = subscribe(api, r.url, kind)
    lamp(api, kind, 1, bad)
    lamp(api, kind, 2)
    wait_until("refusals", lambda: len(r.refused) >= 5)
    lamp(api, kind, 3)
    dead = wait_until("a dead letter",
                      lambda: api.get(extension(id_, "dead")).ok().json["dead"])[0]
    assert dead["entity"] == bad and dead["reason"] == f"refused {len(r.refused)} times: answered 400"
    assert dead["attempts"] == len(r.refused) >= 6
    assert {g.value() for g in r.wait(2)} == {2, 3}
    is_balanced(api)
    r.answer = 200
    assert api.post(extension(id_, "resend"), {"dead": True}).ok().json == {"queued": 1}
    again = r.wait(3)[2]
    assert again.id == dead["notification"] and dead["sequence"] == 1
    assert again.sequence in (1, 4)  # the old one while it is remembered
    assert api.get(extension(id_, "dead")).json == {"count": 0, "dead": []}
    is_balanced(api)


def test_all_refused_is_no_poison(api, receiver):
    """An endpoint that refuses everything is broken: nothing is given up."""
    r, kind = receiver(answer=404), name("Lamp")
    id_ = subscribe(api, r.url, kind)
    for level in range(3):
        lamp(api, kind, level)
    wait_until("attempts", lambda: len(r.refused) >= 9)
    assert api.get(extension(id_, "dead")).json["count"] == 0
    r.answer = 200
    assert {g.value() for g in r.wait(3)} == {0, 1, 2}


def test_resend(api, receiver):
    """One, or all of a time: under the ids they had."""
    r, kind = receiver(), name("Lamp")
    id_ = subscribe(api, r.url, kind)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    ids = [lamp(api, kind, level) for level in range(3)]
    lamp(api, name("Other"))
    first = {g.id for g in r.wait(3)}
    wait_until("the end", lambda: api.get(extension(id_, "pending")).json["count"] == 0)
    resend = extension(id_, "resend")
    one = r.got[0]
    assert api.post(resend, {"notification": one.id}).ok().json == {"queued": 1}
    again = r.wait(4)[3]
    assert again.id == one.id and again.json["data"] == one.json["data"]
    assert again.sequence in (one.sequence, 4)  # the old one while it is remembered
    wait_until("the end", lambda: api.get(extension(id_, "pending")).json["count"] == 0)
    assert api.post(resend, {"from": start}).ok().json == {"queued": 3}
    assert {g.id for g in r.wait(7)[4:]} == first
    assert {g.json["data"][0]["id"] for g in r.got} == set(ids)
    assert api.post(resend, {"from": start, "to": start}).ok().json == {"queued": 0}
    is_balanced(api)


def test_resend_says_what_is_wrong(api, receiver):
    r, kind = receiver(), name("Lamp")
    resend = extension(subscribe(api, r.url, kind), "resend")
    api.post(resend, {}).problem(400, "BadRequestData", "body: expected {\"notification\": id}")
    api.post(resend, "{").problem(400, "InvalidRequest", "body")
    api.post(resend, {"from": "today"}).problem(400, "BadRequestData", "/from: expected a DateTime")
    api.post(resend, {"notification": "urn:a:b"}).problem(
        404, "ResourceNotFound", "urn:a:b is no notification of this subscription")
    lamp(api, kind)
    gone = r.wait()[0].id[:-1] + "fffff"
    api.post(resend, {"notification": gone}).problem(
        404, "ResourceNotFound", "not stored any more (setting outbox-retention)")
    for what in ("deliveries", "pending", "dead"):
        api.get(extension("urn:ngsi-ld:Subscription:none", what)).problem(
            404, "ResourceNotFound", "does not exist")
        api.get(extension("none", what)).problem(400, "BadRequestData", "'none' is no URI")
    api.get(resend.replace("resend", "dead"), limit=0).problem(
        400, "BadRequestData", "limit: '0' is no number from 1 to 1000")
    api.delete(resend.replace("resend", "dead")).empty()


def test_committed_late(new_broker, receiver):
    """What was numbered first and is committed last is notified, too, while others pass."""
    r, kind = receiver(), name("Lamp")
    broker = new_broker(*OPTIONS).start()
    subscribe(broker.api, r.url, kind)
    entity = lamp(broker.api, kind)
    r.wait()
    late = subprocess.Popen(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", """
        SET search_path = calanque; BEGIN;
        WITH e AS (INSERT INTO outbox_event SELECT nextval('outbox_number'), tenant, at,
            'urn:late', replace(body, '"value":0', '"value":"late"') FROM outbox_event LIMIT 1
            RETURNING event)
        INSERT INTO outbox_delivery SELECT (SELECT sid FROM subscription), event FROM e;
        SELECT pg_sleep(2);
        UPDATE outbox_count SET matched = matched + 1 WHERE slot = 0; COMMIT"""],
        env={**os.environ, "PGHOST": f"{broker.data}/run", "PGUSER": "calanque",
             "PGPORT": "5432", "PGDATABASE": "calanque"}, stdout=subprocess.DEVNULL)
    level, came = 0, []
    while "late" not in came and level < 300:
        level += 1
        set_level(broker.api, entity, level)
        time.sleep(0.02)
        came = [g.value() for g in list(r.got)]
    assert late.wait(20) == 0 and "late" in came
    wait_until("the rest", lambda: is_balanced(broker.api)["pending"] == 0)
    assert [v for v in (g.value() for g in r.got) if v != "late"] == list(range(level + 1))


def test_updated_while_pending(api, receiver):
    """What waits goes to the new endpoint, in the new form."""
    kind, r = name("Lamp"), receiver()
    id_ = subscribe(api, f"http://127.0.0.1:{free_port()}/x", kind)
    entity = lamp(api, kind)
    for level in range(1, 4):
        set_level(api, entity, level)
    wait_until("a failure", lambda: deliveries(api, id_))
    api.patch(f"subscriptions/{id_}", {"notification": {
        "format": "simplified", "endpoint": {"uri": r.url, "accept": "application/json"}}}
    ).empty()
    assert [g.json["data"][0]["level"] for g in r.wait(4)] == [0, 1, 2, 3]


def test_updated_while_under_way(api, receiver):
    """What hangs at the old endpoint is not tried there again."""
    hang, kind, r = threading.Event(), name("Lamp"), receiver()
    old = receiver(answer=lambda got: hang.wait(20) and None)
    id_ = subscribe(api, old.url, kind, endpoint={"timeout": 2000})
    entity = lamp(api, kind)
    for level in range(1, 4):
        set_level(api, entity, level)
    wait_until("the first one to be under way", lambda: old.connections == 1)
    api.patch(f"subscriptions/{id_}", {"notification": {
        "format": "simplified", "endpoint": {"uri": r.url, "accept": "application/json"}}}
    ).empty()
    assert [g.json["data"][0]["level"] for g in r.wait(4)] == [0, 1, 2, 3]
    assert [g.sequence for g in r.got] == [1, 2, 3, 4] and old.connections == 1
    hang.set()


def test_deleted_while_under_way(api, receiver):
    """What hangs is given up with its subscription; the endpoint is held open for others."""
    hang, kind, other, came = threading.Event(), name("Lamp"), name("Lamp"), []
    r = receiver(answer=lambda got: came.append(got) or hang.wait(20) and None)
    id_ = subscribe(api, r.url, kind, endpoint={"timeout": 20000})
    kept = subscribe(api, r.url + "/kept", other)
    lamp(api, kind)
    lamp(api, kind)
    wait_until("both to be under way", lambda: len(came) == 2)
    api.delete(f"subscriptions/{id_}").empty()
    hang.set()
    wait_until("the end", lambda: len(r.refused) == 2)
    r.answer = 200
    lamp(api, other, 7)
    got, = r.wait()
    assert got.json["subscriptionId"] == kept and got.value() == 7
    is_balanced(api)


def test_paused_while_pending(api, receiver):
    """A pause holds what is due, and what changes meanwhile is not notified."""
    port, kind = free_port(), name("Lamp")
    id_ = subscribe(api, f"http://127.0.0.1:{port}/x", kind)
    entity = lamp(api, kind)
    wait_until("a failure", lambda: deliveries(api, id_))
    api.patch(f"subscriptions/{id_}", {"isActive": False}).empty()
    set_level(api, entity, 1)
    r = receiver(port=port)
    time.sleep(1.5)
    assert r.got == []
    assert api.get(extension(id_, "pending")).json["count"] == 1
    api.patch(f"subscriptions/{id_}", {"isActive": True}).empty()
    set_level(api, entity, 2)
    assert [g.value() for g in r.wait(2)] == [0, 2]


def test_deleted_while_pending(api, receiver):
    """Nobody wants it any more."""
    port, kind = free_port(), name("Lamp")
    id_ = subscribe(api, f"http://127.0.0.1:{port}/x", kind)
    lamp(api, kind)
    wait_until("a failure", lambda: deliveries(api, id_))
    api.delete(f"subscriptions/{id_}").empty()
    r = receiver(port=port)
    time.sleep(1)
    assert r.got == []
    wait_until("the end", lambda: is_balanced(api)["dropped"] >= 1)


def test_periodic(api, receiver):
    """timeInterval: all that match, again and again; nothing where nothing does (5.8.6)."""
    r, kind = receiver(), name("Lamp")
    id_ = subscribe(api, r.url, kind, timeInterval=0.4, q="level<10")
    time.sleep(1)
    assert r.got == []
    a, b = lamp(api, kind, 1), lamp(api, kind, 2)
    lamp(api, kind, 20)
    n = len(r.wait(1))
    first, second = r.wait(n + 1)[n - 1:n + 1]
    assert second.at - first.at > 0.2
    assert {e["id"] for e in second.json["data"]} == {a, b}
    api.delete(f"subscriptions/{id_}").empty()


def test_expired(api, receiver):
    """After expiresAt nothing matches; what matched before is delivered."""
    r, kind = receiver(), name("Lamp")
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    subscribe(api, r.url, kind, expiresAt=until)
    lamp(api, kind, 1)
    r.wait()
    time.sleep(2.1)
    lamp(api, kind, 2)
    time.sleep(0.5)
    assert len(r.got) == 1


def test_tls(api, receiver, new_broker, tmp_path):
    """A certificate is trusted because of TLS-CA, or not at all; a client certificate."""
    ca, key = certificate(str(tmp_path), "ca")
    server = certificate(str(tmp_path), "server", ca=(ca, key))
    r, kind = receiver(tls=server), name("Lamp")
    with open(ca, encoding="ascii") as f:
        pem = "".join(f.read().splitlines()[1:-1])
    bad = subscribe(api, r.url, kind)
    subscribe(api, r.url + "/trusted", kind,
              endpoint={"notifierInfo": [{"key": "TLS-CA", "value": pem}]})
    lamp(api, kind)
    got, = r.wait()
    assert got.path == "/notify/trusted"
    entry = wait_until("the log", lambda: deliveries(api, bad))[-1]
    assert entry["error"] == "its certificate is not trusted, expired, or another host's"
    api.delete(f"subscriptions/{bad}").empty()


def test_client_certificate(new_broker, receiver, tmp_path):
    """An endpoint that wants to know who calls: it is told, or says what is missing."""
    ca = certificate(str(tmp_path), "ca")
    server, client = (certificate(str(tmp_path), n, ca=ca) for n in ("server", "client"))
    other = certificate(str(tmp_path), "other")
    r, kind = receiver(tls=server, clients=ca[0]), name("Lamp")
    trust = ("--notify-ca", ca[0])
    for shown in ((), other):
        keys = ("--notify-cert", shown[0], "--notify-key", shown[1]) if shown else ()
        api = new_broker(*OPTIONS, *trust, *keys).start().api
        id_ = subscribe(api, r.url, kind)
        lamp(api, kind)
        entry = wait_until("the log", lambda a=api, i=id_: deliveries(a, i))[-1]
        assert entry["error"] == (
            "it ended the encrypted connection: perhaps it wants a certificate, or refuses "
            "ours (settings notify-cert, notify-key)"), entry
        shown = api.get(f"subscriptions/{id_}").ok().json["notification"]
        assert shown["status"] == "failed"
    api = new_broker(*OPTIONS, *trust, "--notify-cert", client[0], "--notify-key",
                     client[1]).start().api
    subscribe(api, r.url, kind)
    lamp(api, kind, 5)
    assert r.wait()[0].value() == 5


def test_http_2(new_broker, tmp_path):
    """Where it is spoken: many notifications side by side over one connection."""
    ca = certificate(str(tmp_path), "ca")
    kind = name("Lamp")
    r = Http2Receiver(certificate(str(tmp_path), "server", ca=ca))
    api = new_broker(*OPTIONS, "--notify-ca", ca[0]).start().api
    subscribe(api, r.url, kind)
    ids = [lamp(api, kind) for _ in range(10)]
    for level in range(1, 5):
        api.post("entityOperations/update",
                 [{"id": i, "type": kind, "level": {"value": level}} for i in ids])
    wait_until("all", lambda: len(r.got) >= 50)
    for i in ids:
        assert [g["data"][0]["level"]["value"] for g in r.got
                if g["data"][0]["id"] == i] == list(range(5))
    assert r.connections == 1 and r.side_by_side > 1
    wait_until("the end", lambda: is_balanced(api)["pending"] == 0)
    r.close()


def test_receiver_that_speaks_no_http(api):
    with socket.create_server(("127.0.0.1", 0)) as s:
        kind = name("Lamp")
        id_ = subscribe(api, f"http://127.0.0.1:{s.getsockname()[1]}/", kind)
        lamp(api, kind)
        conn, _ = s.accept()
        with conn:
            conn.recv(10000)
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        entry = wait_until("the log", lambda: deliveries(api, id_))[-1]
        assert "broke before the answer was complete" in entry["error"]
        api.delete(f"subscriptions/{id_}").empty()


def test_headers(api, receiver):
    """receiverInfo become headers, the tenant's name goes along; what could end a line does
    not (6.3.8)."""
    r, kind, tenant = receiver(), name("Lamp"), name("t").lower()
    theirs = api.with_(NGSILD_Tenant=tenant)
    lamp(theirs, kind)
    subscribe(theirs, r.url, kind, endpoint={"receiverInfo": [
        {"key": "X-Key", "value": "secret"}]})
    lamp(theirs, kind)
    headers = r.wait()[0].headers
    assert headers["X-Key"] == "secret" and headers["NGSILD-Tenant"] == tenant
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("calanque/")


def test_inbox(api):
    """A receiver inside the broker."""
    kind, box = name("Lamp"), name("box")
    inbox = f"/calanque/v1/inbox/{box}"
    empty = api.get(inbox).ok()
    assert empty.json == []
    assert empty.headers["Calanque-Endpoint"] == api.base.replace("127.0.0.1", "localhost") + inbox
    id_ = subscribe(api, empty.headers["Calanque-Endpoint"], kind)
    entity = lamp(api, kind, 7)
    message, = wait_until("a message", lambda: api.get(inbox).ok().json)
    assert message["body"]["subscriptionId"] == id_
    assert message["body"]["data"][0]["id"] == entity
    assert message["headers"]["Calanque-Sequence"] == "1" and message["at"]
    for i in range(101):
        api.post(inbox, {"i": i}).empty()
    kept = [m["body"]["i"] for m in api.get(inbox).ok().json]
    assert kept == list(range(100, 0, -1))
    api.delete(inbox).empty()
    assert api.get(inbox).ok().json == []
    api.post(inbox, b"\xef\xbb\xbftrue").empty()  # a byte order mark is no part of it
    assert [m["body"] for m in api.get(inbox).ok().json] == [True]
    api.post(inbox, "{").problem(400, "InvalidRequest", "body")
    api.get("/calanque/v1/inbox/a%20b").problem(
        400, "BadRequestData", "'a b' is no name of an inbox")
    api.post(inbox, json.dumps("x" * 300000)).problem(413, "InvalidRequest", "262144")


def test_guard(new_broker, receiver):
    """Networks that are denied are not called, but for the broker's own inbox."""
    r, kind = receiver(), name("Lamp")
    api = new_broker(*OPTIONS, "--outbound-deny", "private").start().api
    id_ = subscribe(api, r.url, kind)
    named = subscribe(api, r.url.replace("127.0.0.1", "localhost"), kind)
    inside = subscribe(api, f"{api.base}/calanque/v1/inbox/x/../../../ngsi-ld/v1/types", kind)
    box = subscribe(api, f"{api.base}/calanque/v1/inbox/box", kind)
    lamp(api, kind)
    wait_until("a message", lambda: api.get("/calanque/v1/inbox/box").ok().json)
    for one in (id_, named, inside):
        entry = wait_until("the log", lambda one=one: deliveries(api, one))[0]
        assert entry["error"] == \
            "the address is not allowed (settings outbound-allow, outbound-deny)", one
    entry = wait_until("the log", lambda: deliveries(api, box))[0]
    assert r.got == [] and entry["result"] == "delivered"


def test_survives_restart(new_broker, receiver):
    """What is due survives kill -9; numbers go on."""
    port, kind = free_port(), name("Lamp")
    broker = new_broker(*OPTIONS).start()
    id_ = subscribe(broker.api, f"http://127.0.0.1:{port}/x", kind)
    entity = lamp(broker.api, kind)
    set_level(broker.api, entity, 1)
    wait_until("a failure", lambda: deliveries(broker.api, id_))
    broker.kill()
    r = receiver(port=port)
    broker.start()
    assert [g.value() for g in r.wait(2)] == [0, 1]
    broker.kill()
    broker.start()
    set_level(broker.api, entity, 2)
    wait_until("the last", lambda: r.got[-1].value() == 2)
    # The second kill may have come before the first two were counted: then they come again.
    assert {(g.value(), g.sequence) for g in r.got} == {(0, 1), (1, 2), (2, 3)}
    assert len({g.id for g in r.got}) == 3


def test_database_dies_while_an_endpoint_is_tried(new_broker, receiver):
    """An endpoint is away; the database goes while one notification tries whether it is back.
    The next one is tried all the same."""
    tried, over, kind = threading.Event(), threading.Event(), name("Lamp")

    def hang(got):
        tried.set()
        over.wait(20)

    r = receiver(answer=None)
    broker = new_broker(*OPTIONS).start()
    subscribe(broker.api, r.url, kind)
    lamp(broker.api, kind, 1)
    wait_until("a failure", lambda: r.refused)
    r.answer = hang
    assert tried.wait(20)
    os.kill(broker.postmaster(), signal.SIGKILL)
    wait_until("that it is noticed", lambda: "notifications wait" in broker.output())
    over.set()
    r.answer = 200
    wait_until("the database", broker.is_ready)
    assert r.wait()[0].value() == 1
    wait_until("the end", lambda: is_balanced(broker.api)["pending"] == 0)


def test_order_when_all_is_taken_anew(new_broker, receiver):
    """A slow receiver fails, and with the connection to the database goes what was taken for
    it: all of it comes, in the order it had."""
    kind, broker = name("Lamp"), new_broker(*OPTIONS).start()
    r = receiver(answer=lambda got: time.sleep(0.1) or 200)
    subscribe(broker.api, r.url, kind)
    entity = lamp(broker.api, kind)
    for level in range(1, 61):
        set_level(broker.api, entity, level)
        time.sleep(0.02)
    r.answer = None
    wait_until("a failure", lambda: r.refused)
    os.kill(broker.postmaster(), signal.SIGKILL)
    wait_until("that it is noticed", lambda: "notifications wait" in broker.output())
    r.answer = 200
    wait_until("the last", lambda: r.got[-1].value() == 60)
    assert list(dict.fromkeys(g.value() for g in r.got)) == list(range(61))


def test_several_processes(new_broker, receiver):
    """Two brokers on one database: a change is notified once, whoever took it; what a killed
    one had is taken over."""
    r, kind = receiver(), name("Lamp")
    one = new_broker(*OPTIONS).start()
    two = new_broker(*OPTIONS, "--database", one.database).start()
    subs = [subscribe(b.api, f"{r.url}/{n}{i}", kind)
            for n in range(4) for i, b in enumerate((one, two))]
    wait_until("shares", lambda: "shards=32 of 64" in two.output().replace('","', "=")
               .replace('":"', "=").replace('"shards=', "shards="), 20)
    ids = [lamp(b.api, kind) for b in (one, two)]
    for level in range(1, 6):
        set_level(one.api, ids[1], level)
        set_level(two.api, ids[0], level)
    got = r.wait(len(subs) * 12)
    assert len({g.id for g in got}) == len(got)
    for path in {g.path for g in got}:
        for i in ids:
            assert [g.value() for g in got if g.path == path
                    and g.json["data"][0]["id"] == i] == list(range(6))
    two.kill()
    start = time.monotonic()
    set_level(one.api, ids[0], 6)
    r.wait(len(subs) * 13)
    assert time.monotonic() - start < 8
