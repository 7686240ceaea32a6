#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures notifications: patches while all are notified to one receiver, latency when idle,
and what subscriptions cost that never match.

	bench/notify.py [--program P] [--receiver R] [--seconds S] [--clients N]
	                [--idle-subscriptions N]

The receiver, wrk and the broker share the machine: compare runs, not machines.
"""

import argparse
import http.client
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

import load
from bench import HERE, Broker, fetch, run_once

ENTITIES = 10000


def call(base, method, path, body=None):
    request = urllib.request.Request(
        base + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} if body is not None else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


class Receiver:
    def __init__(self, program):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.program = program
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program, str(self.port)])
        time.sleep(0.3)

    def counts(self, path="/"):
        return json.loads(fetch(self.url + path)[1])

    def stop(self):
        self.process.kill()
        self.process.wait()


def subscription(uri, kind, n=0, **members):
    return {"id": f"urn:ngsi-ld:Subscription:bench-{n}", "type": "Subscription",
            "entities": [{"type": kind}], "notification": {"endpoint": {
                "uri": uri, "accept": "application/json"}}, **members}


def pending(broker):
    return json.loads(fetch(broker.base + "/calanque/v1/notifications")[1])


def tell(what, run, more=""):
    print(f"| {what} | {run['rate']:,.0f} | {run['broker']:.0f} | {run['database']:.0f} "
          f"| {run['p50'] / 1000:.2f} | {run['p99'] / 1000:.2f} | {more} |", flush=True)


def notified(broker, receiver, options, subscriptions):
    """Patches that are all notified, until the last one has arrived."""
    receiver.counts("/reset")
    before, start = broker.cpu(), time.monotonic()
    sums = pending(broker)
    run = run_once(broker, "patch", options.clients, options.seconds, ENTITIES, "n")
    sent = receiver.counts()["requests"]
    while pending(broker)["pending"] > 0:
        time.sleep(0.05)
    took, after = time.monotonic() - start, broker.cpu()
    now, got = pending(broker), receiver.counts()
    due = now["matched"] - sums["matched"]
    cpu = [(b - a) / max(due, 1) * 1e6 for a, b in zip(before, after)]
    tell(f"PATCH, {subscriptions} matching subscription(s)", run,
         f"{got['requests'] / took:,.0f} notifications/s ({sent:,} while patching, {due:,} due, "
         f"{got['requests']:,} arrived), {cpu[0]:.0f} + {cpu[1]:.0f} us each in all")
    if subscriptions == 1 and (got["lost"] or got["requests"] < due):
        raise SystemExit(f"bench: {got} of {due}")


def idle_latency(broker, receiver):
    """From the 204 to the arrival, one at a time, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", broker.port)
    look = http.client.HTTPConnection("127.0.0.1", receiver.port)
    times = []
    for i in range(200):
        look.request("GET", "/")
        n = json.loads(look.getresponse().read())["requests"]
        connection.request("PATCH", "/ngsi-ld/v1/entities/urn:ngsi-ld:WeatherObserved:bench-"
                           "0000001/attrs", json.dumps({"temperature": {"value": i + 1000}}),
                           {"Content-Type": "application/json"})
        connection.getresponse().read()
        start = time.monotonic()
        while True:
            look.request("GET", "/")
            if json.loads(look.getresponse().read())["requests"] > n:
                break
        times.append((time.monotonic() - start) * 1000)
        time.sleep(0.01)
    times.sort()
    print(f"\nFrom 204 to the arrival when idle: median {statistics.median(times):.2f} ms, "
          f"p95 {times[int(len(times) * 0.95)]:.2f} ms, most {times[-1]:.2f} ms.\n", flush=True)


def plant(broker, n):
    """n subscriptions that never match, straight into the table: of other types, of q that
    is never true, of other ids."""
    template = subscription("http://127.0.0.1:9/", "Other", "x", q="temperature>1000")
    call(broker.base, "POST", "/ngsi-ld/v1/subscriptions", template)
    run = broker.home / "data/run"
    sql = (
        "SET search_path = calanque, public; BEGIN;"
        "UPDATE subscription_version SET n = n + 1;"
        "INSERT INTO subscription (tenant, id, created, modified, version, doc)"
        " SELECT s.tenant, 'urn:ngsi-ld:Subscription:p' || i, now(), now(), v.n,"
        " replace(replace(s.doc, s.id, 'urn:ngsi-ld:Subscription:p' || i), 'Other\"',"
        " CASE i % 3 WHEN 0 THEN 'Other' || i % 1000 || '\"' ELSE 'WeatherObserved\"' END)"
        f" FROM subscription s, subscription_version v, generate_series(1, {n}) i"
        " WHERE s.id = 'urn:ngsi-ld:Subscription:bench-x'; COMMIT;")
    subprocess.run(["psql", "-qX", "-h", run, "-p", "5432", "-U", "calanque", "calanque",
                    "-v", "ON_ERROR_STOP=1", "-c", sql], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=HERE.parent / "build/calanque")
    parser.add_argument("--receiver", default=HERE.parent / "build/bench/receiver")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--idle-subscriptions", type=int, default=100000)
    options = parser.parse_args()
    broker, receiver = Broker(str(options.program)), Receiver(str(options.receiver))
    try:
        broker.start()
        load.load(broker.base, ENTITIES)
        print("| work | patches/s | broker us | PostgreSQL us | p50 ms | p99 ms | notified |\n|"
              + "---|" * 7, flush=True)
        run_once(broker, "patch", options.clients, 2, ENTITIES, "w")
        tell("PATCH, no subscription", run_once(broker, "patch", options.clients, options.seconds, ENTITIES,
                                                "a"))
        call(broker.base, "POST", "/ngsi-ld/v1/subscriptions",
             subscription(receiver.url, "WeatherObserved"))
        notified(broker, receiver, options, 1)
        idle_latency(broker, receiver)
        for n in range(1, 20):
            call(broker.base, "POST", "/ngsi-ld/v1/subscriptions",
                 subscription(f"{receiver.url}/{n}", "WeatherObserved", n))
        notified(broker, receiver, options, 20)
        for n in range(20):
            call(broker.base, "DELETE", f"/ngsi-ld/v1/subscriptions/urn:ngsi-ld:Subscription:"
                 f"bench-{n}")
        if options.idle_subscriptions:
            plain = run_once(broker, "patch", options.clients, options.seconds, ENTITIES, "b")
            tell("PATCH, no subscription again", plain)
            plant(broker, options.idle_subscriptions)
            run_once(broker, "patch", options.clients, 5, ENTITIES, "w")
            beside = run_once(broker, "patch", options.clients, options.seconds, ENTITIES, "c")
            tell(f"PATCH, {options.idle_subscriptions:,} that do not match", beside,
                 f"{beside['rate'] / plain['rate'] - 1:+.0%}")
        print(f"\nThe broker took {broker.memory()[1]:.0f} MiB at most.")
    finally:
        receiver.stop()
        broker.stop()
        broker.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
