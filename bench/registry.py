#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the registry: what depends on how many registrations a tenant has.

	bench/registry.py [--program P] [--registrations N]
"""

import argparse
import time

from bench import HERE, Broker
from notify import call

NGSI = "/ngsi-ld/v1/"


def registration(n, mode):
    kind = f"Vehicle{n % 50}"
    return {"type": "ContextSourceRegistration", "endpoint": "http://127.0.0.1:9/source",
            "mode": mode, "registrationName": f"source {n}", "owner": "north",
            "information": [{"entities": [{"type": kind, "id": f"urn:ngsi-ld:{kind}:{n}"}],
                             "propertyNames": ["speed", "colour"]}]}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=HERE.parent / "build/calanque")
    parser.add_argument("--registrations", type=int, default=2000)
    options = parser.parse_args()
    broker = Broker(str(options.program))
    numbers = iter(range(10**9))

    def register(mode):
        call(broker.base, "POST", NGSI + "csourceRegistrations", registration(next(numbers), mode))

    def subscribe():
        call(broker.base, "POST", NGSI + "csourceSubscriptions", {
            "type": "Subscription", "entities": [{"type": "Vehicle7"}],
            "notification": {"endpoint": {"uri": "http://127.0.0.1:9/notify"}}})

    def show(what, act, times=20):
        start = time.perf_counter()
        for _ in range(times):
            act()
        print(f"{what:36} {(time.perf_counter() - start) / times * 1000:6.1f} ms")

    try:
        broker.start()
        show("the first, each", lambda: register("inclusive"), 100)
        for _ in range(options.registrations - 100):
            register("inclusive")
        print(f"with {options.registrations:,} registrations:")
        show("one more", lambda: register("inclusive"))
        show("one more, exclusive", lambda: register("exclusive"))
        show("a query", lambda: call(broker.base, "GET", NGSI + "csourceRegistrations?type=Vehicle7"))
        show("a subscription", subscribe)
    finally:
        broker.stop()
        broker.remove()


if __name__ == "__main__":
    main()
