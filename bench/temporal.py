#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the past is read: asks a broker whose database bench/history.py has filled.

    bench/temporal.py --port N --data DIR [--rounds 200] [--sensors 150] [--json]

A line a question: instances or periods in an answer, wall time (median, p95), processor time
of an answer (broker and database together), most memory of the broker so far."""

import argparse
import datetime
import http.client
import json
import os
import random
import sys
import time
import urllib.parse

TICK = os.sysconf("SC_CLK_TCK")
ROOT = "/ngsi-ld/v1/temporal/entities"
VALUE = "https://uri.etsi.org/ngsi-ld/default-context/value"  # a core term: not by its name


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=1026)
    p.add_argument("--data", required=True, help="as the broker's --data")
    p.add_argument("--rounds", type=int, default=200)
    p.add_argument("--sensors", type=int, default=150)
    p.add_argument("--json", action="store_true")
    return p.parse_args()


def stats():
    """pid -> (parent, command line, seconds of processor)."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rpartition(")")[2].split()
            with open(f"/proc/{pid}/cmdline") as f:
                line = f.read().replace("\0", " ")
        except OSError:
            continue
        found[int(pid)] = (int(fields[1]), line, (int(fields[11]) + int(fields[12])) / TICK)
    return found


class Processes:
    """The broker and its database."""

    def __init__(self, data, port):
        everything = stats()
        self.broker = next(pid for pid, (_, line, _) in everything.items()
                           if "calanque" in line and f"--port {port}" in line)
        self.database = next(pid for pid, (_, line, _) in everything.items()
                             if f"-D {os.path.abspath(data)}" in line)

    def seconds(self):
        """Only of what still runs: connections stay open while this asks."""
        return sum(cpu for pid, (parent, _, cpu) in stats().items()
                   if self.broker in (pid, parent) or self.database in (pid, parent))

    def memory(self):
        with open(f"/proc/{self.broker}/status") as f:
            return int(next(line for line in f if line.startswith("VmHWM")).split()[1]) // 1024


class Asker:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def __call__(self, path, **params):
        self.connection.request("GET", f"{ROOT}{path}?{urllib.parse.urlencode(params)}")
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:300])
        return body


def instant(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def between(begin, days):
    return {"timerel": "between", "timeAt": instant(begin),
            "endTimeAt": instant(begin + datetime.timedelta(days=days))}


def count(body):
    """Values or instances, of all methods of all entities."""
    found = json.loads(body)
    total = 0
    for entity in found if isinstance(found, list) else [found]:
        for series in entity.values():
            if isinstance(series, list):
                total += len(series)
            elif isinstance(series, dict):
                total += sum(len(v) for v in series.values() if isinstance(v, list))
    return total


def questions(a):
    rng = random.Random(1)
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    midnight = now.replace(hour=0, minute=0, second=0)
    sensor = lambda: f"/urn:bench:Sensor:{rng.randint(1, a.sensors)}"
    day = lambda: midnight - datetime.timedelta(days=rng.randint(1, 300))
    month = midnight - datetime.timedelta(days=40)
    sums = {"format": "aggregatedValues", "attrs": VALUE}
    all_sensors = {"type": "BenchSensor", "limit": a.sensors}
    return [
        ("a day of a sensor, values", a.rounds,
         lambda ask: ask(sensor(), format="temporalValues", **between(day(), 1))),
        ("a day of a sensor, instances", a.rounds,
         lambda ask: ask(sensor(), **between(day(), 1))),
        ("last 10 of a sensor", a.rounds, lambda ask: ask(sensor(), lastN=10, attrs=VALUE)),
        ("a week by hour, local days' zone", a.rounds, lambda ask: ask(
            sensor(), aggrMethods="avg,max", aggrPeriodDuration="PT1H", tz="Europe/Paris",
            **sums, **between(day(), 7))),
        ("10,000 points by 5 minutes", a.rounds // 2, lambda ask: ask(
            sensor(), aggrMethods="avg", aggrPeriodDuration="PT5M", **sums,
            **between(day() - datetime.timedelta(days=34), 34.73))),
        ("a year by local day", a.rounds // 4, lambda ask: ask(
            sensor(), aggrMethods="avg,min,max", aggrPeriodDuration="P1D", tz="Europe/Paris",
            **sums, **between(midnight - datetime.timedelta(days=330), 330))),
        (f"a month by hour, {a.sensors} sensors", 10, lambda ask: ask(
            "", aggrMethods="avg", aggrPeriodDuration="PT1H", **all_sensors, **sums,
            **between(month, 30))),
        ("a year of a sensor, values (100,000)", 5, lambda ask: ask(
            sensor(), format="temporalValues",
            **between(midnight - datetime.timedelta(days=330), 330))),
    ]


def measure(name, rounds, question, ask, processes):
    for _ in range(min(rounds, 10)):  # statements are prepared, pages are in memory
        body = question(ask)
    cpu = processes.seconds()
    walls = []
    for _ in range(rounds):
        begin = time.monotonic()
        body = question(ask)
        walls.append((time.monotonic() - begin) * 1000)
    cpu = processes.seconds() - cpu
    walls.sort()
    return {"question": name, "values": count(body), "bytes": len(body),
            "median_ms": round(walls[len(walls) // 2], 2),
            "p95_ms": round(walls[int(len(walls) * 0.95)], 2),
            "cpu_ms": round(cpu * 1000 / rounds, 2), "memory_mb": processes.memory()}


def main():
    a = arguments()
    processes, ask = Processes(a.data, a.port), Asker(a.port)
    if not a.json:
        print(f"{'':38}{'values':>8}{'bytes':>9}{'median':>9}{'p95':>9}{'CPU':>9}{'memory':>8}")
    for name, rounds, question in questions(a):
        row = measure(name, rounds, question, ask, processes)
        if a.json:
            print(json.dumps(row))
        else:
            print(f"{row['question']:38}{row['values']:8}{row['bytes']:9}"
                  f"{row['median_ms']:7} ms{row['p95_ms']:7} ms{row['cpu_ms']:7} ms"
                  f"{row['memory_mb']:5} MB")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
