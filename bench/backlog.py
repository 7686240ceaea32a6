#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a backlog: notifications to an endpoint that is away, until it comes back.

	bench/backlog.py [--program P] [--receiver R] [--subscriptions N] [--changes N]

Tells what each costs to keep, how large the broker is meanwhile, and what it costs to
deliver them all.  The receiver and the broker share the machine.
"""

import argparse
import sys
import time

import load
from bench import HERE, Broker
from notify import Receiver, call, pending, subscription


def wait(broker, receiver, due):
    """Until all is delivered; the seconds it took, and the largest the broker was."""
    start, most = time.monotonic(), 0
    while pending(broker)["pending"] > 0:
        most = max(most, broker.memory()[0])
        time.sleep(0.5)
        if time.monotonic() - start > 3600:
            raise SystemExit(f"bench: {receiver.counts()} of {due:,}")
    return time.monotonic() - start, most


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=HERE.parent / "build/calanque")
    parser.add_argument("--receiver", default=HERE.parent / "build/bench/receiver")
    parser.add_argument("--subscriptions", type=int, default=100)
    parser.add_argument("--changes", type=int, default=10000)
    options = parser.parse_args()
    broker = Broker(str(options.program), "--notify-retry-max", "2s")
    receiver = Receiver(str(options.receiver))
    receiver.stop()
    try:
        broker.start()
        for n in range(options.subscriptions):
            call(broker.base, "POST", "/ngsi-ld/v1/subscriptions",
                 subscription(f"{receiver.url}/{n}", "WeatherObserved", n))
        small, before = broker.memory()[0], broker.cpu()
        load.load(broker.base, options.changes)
        after, due = broker.cpu(), pending(broker)["pending"]
        time.sleep(5)
        print(f"{due:,} pending ({options.subscriptions:,} subscriptions, {options.changes:,} "
              f"created entities): {(after[0] - before[0]) / due * 1e6:.1f} + "
              f"{(after[1] - before[1]) / due * 1e6:.1f} us of broker and PostgreSQL each; "
              f"the broker has {broker.memory()[0]:.0f} MiB, {small:.0f} before", flush=True)
        before = broker.cpu()
        receiver.start()
        seconds, most = wait(broker, receiver, due)
        after, got = broker.cpu(), receiver.counts()["requests"]
        if got < due:
            raise SystemExit(f"bench: {got:,} of {due:,} arrived")
        print(f"{got:,} delivered in {seconds:.0f} s, {due / seconds:,.0f}/s: "
              f"{(after[0] - before[0]) / due * 1e6:.0f} + "
              f"{(after[1] - before[1]) / due * 1e6:.0f} us each; "
              f"the broker had up to {most:.0f} MiB")
    finally:
        receiver.stop()
        broker.stop()
        broker.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
