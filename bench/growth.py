#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does a query get slower as the city grows?  Fills three brokers with 10,000, 100,000 and
1,000,000 entities, asks them the same questions by turns over one connection each, so that
what else the machine does troubles all alike, and prints the CPU microseconds of broker and
PostgreSQL that a request took: the least of several runs.  The last column compares the
largest with the smallest; 1.2 is what we allow.  The first question is the same work at any
size: what its row shows beyond 1 is the machine."""

import argparse
import http.client
import random
import subprocess
import sys
import time

import bench
import load

PAGE = "/ngsi-ld/v1/entities?type=WeatherObserved&limit=20"


def by_id(n, rng, i):
    return f"/ngsi-ld/v1/entities/urn:ngsi-ld:WeatherObserved:bench-{rng.randrange(n):07d}"


def by_ids(n, rng, i):
    ids = ",".join(f"urn:ngsi-ld:WeatherObserved:bench-{rng.randrange(n):07d}"
                   for _ in range(20))
    return f"{PAGE}&id={ids}"


def first_page(n, rng, i):
    return PAGE


def deep_page(n, rng, i):
    """Page after page from the middle, as one follows the links."""
    return f"{PAGE}&offset={n // 2 + 20 * (i % 200)}"


def far_page(n, rng, i):
    """Any, and none twice: nobody was there before."""
    return f"{PAGE}&offset={rng.randrange(n - 20)}"


def far_count(n, rng, i):
    return f"{far_page(n, rng, i)}&count=true"


def q_some(n, rng, i):
    """Some 2 % pass."""
    return f"{PAGE}&q=temperature%3E{39 + rng.randrange(10) / 100:.2f}"


def q_one(n, rng, i):
    return f"{PAGE}&q=name==%22Station%20{rng.randrange(n)}%22"


def near(n, rng, i, metres=2000):
    """Not the same work: among 10,000 some 13 are there and make no full page."""
    return (f"{PAGE}&georel=near;maxDistance=={metres}&geometry=Point&coordinates="
            f"%5B{4.9 + rng.random():.4f},{42.95 + 0.7 * rng.random():.4f}%5D")


def near_some(n, rng, i):
    """As far away as some 40 are: a page is full at any size.  All are on 9,720 km²."""
    return near(n, rng, i, round((40 * 9720e6 / 3.1416 / n) ** 0.5))


def within(n, rng, i):
    """A square, wherever, in which there are some 40: a page is full at any size."""
    x, y, side = 4.9 + 0.8 * rng.random(), 42.95 + 0.6 * rng.random(), (40 * 1.08 / n) ** 0.5
    ring = ",".join(f"%5B{x + dx * side:.5f},{y + dy * side:.5f}%5D" for dx, dy in (
        (0, 0), (1, 0), (1, 1), (0, 1), (0, 0)))
    return f"{PAGE}&georel=within&geometry=Polygon&coordinates=%5B%5B{ring}%5D%5D"


def types(n, rng, i):
    return "/ngsi-ld/v1/types"


QUESTIONS = [
    ("list of types", types), ("one entity by id", by_id), ("20 entities by id", by_ids), ("by type, first page", first_page),
    ("by type, a page in the middle", deep_page), ("by type, any page", far_page),
    ("by type, any page and how many", far_count),
    ("q on a number, 2 % pass", q_some),
    ("q on a text, one passes", q_one), ("near a point, where some 40 are", near_some),
    ("near a point, 2 km", near),
    ("within a square of some 40", within),
]


def run(broker, question, n, requests, may_fail=False):
    """(broker, PostgreSQL) CPU microseconds a request."""
    connection = http.client.HTTPConnection(broker.base[len("http://"):], timeout=300)
    rng = random.Random(requests)
    before = broker.cpu()
    for i in range(requests):
        connection.request("GET", question(n, rng, i))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 and not may_fail:
            raise SystemExit(f"growth: {question(n, rng, i)}: {answer.status} {body[:300]}")
    after = broker.cpu()
    connection.close()
    return tuple((b - a) / requests * 1e6 for a, b in zip(before, after))


def measure(brokers, name, question, options):
    """The least of the runs, by size."""
    runs = {n: [] for n in brokers}
    for n, broker in brokers.items():
        if question in (q_some, q_one):
            wait_for_index(broker, question, n)
        run(broker, question, n, options.requests // 10 + 1)
    for _ in range(options.runs):
        for n, broker in brokers.items():
            runs[n].append(run(broker, question, n, options.requests))
    found = {n: min(r, key=sum) for n, r in runs.items()}
    print(name, *(f"{n:,}: {b:.0f} + {p:.0f}" for n, (b, p) in found.items()), sep="  ",
          file=sys.stderr, flush=True)
    return found


def sql(broker, text):
    return subprocess.run(
        ["psql", "-qXAt", f"host={broker.home}/data/run port=5432 user=calanque "
         "dbname=calanque", "-c", text], check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True).stdout.strip()


def settle(broker):
    """What autovacuum does within a minute of loading, now."""
    sql(broker, "VACUUM ANALYZE")


def wait_for_index(broker, question, n):
    """The first slow q makes the broker index what it looked at."""
    wanted = 1 if question is q_some else 2
    since = time.monotonic()
    while int(sql(broker, "SELECT count(*) FROM value_path WHERE ready")) < wanted:
        if time.monotonic() > since + 600:
            print(f"{n:,} {question.__name__}: never slow enough to be indexed",
                  file=sys.stderr)
            return
        run(broker, question, n, 1, may_fail=True)  # among a million it may take too long
        time.sleep(0.2)
    settle(broker)


def print_table(sizes, found):
    print("| query, page of 20 | " + " | ".join(f"{n:,}" for n in sizes) + " | growth |")
    print("|" + "---|" * (len(sizes) + 2))
    for name, _ in QUESTIONS:
        cells = [found[name][n] for n in sizes]
        growth = sum(cells[-1]) / max(sum(cells[0]), 1)
        print(f"| {name} | " + " | ".join(f"{b:.0f} + {p:.0f}" for b, p in cells) +
              f" | {growth:.2f} |")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench growth", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000", metavar="N,N…")
    parser.add_argument("--requests", type=int, default=2000, help="of one run")
    parser.add_argument("--runs", type=int, default=3, help="of one question")
    parser.add_argument("--program", default=bench.HERE.parent / "build/calanque")
    options = parser.parse_args()
    sizes = [int(n) for n in options.sizes.split(",")]
    brokers = {n: bench.Broker(str(options.program)) for n in sizes}
    try:
        for n, broker in brokers.items():
            broker.start()
            seconds = load.load(broker.base, n)
            print(f"{n:,} entities in {seconds:.0f} s", file=sys.stderr, flush=True)
            settle(broker)
        print_table(sizes, {name: measure(brokers, name, question, options)
                            for name, question in QUESTIONS})
    finally:
        for broker in brokers.values():
            broker.stop()
            broker.remove()


if __name__ == "__main__":
    main()
