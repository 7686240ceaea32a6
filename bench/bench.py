#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the release program over HTTP and prints a Markdown table.

Starts it on a data directory of its own, fills it, then drives it with wrk; every workload
runs several times and the run in the middle is told.  wrk and the broker share the machine:
compare runs, not machines.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import load

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
# name, workload, clients, entities a request, what
WORKLOADS = [
    ("get", "get", 32, 1, "GET by id, any"),
    ("page", "page", 32, 1, "GET page of 20"),
    ("deep", "deep", 32, 1, "GET page of 20, from the middle"),
    ("number", "number", 32, 1, "GET page of 20, q on a number"),
    ("near", "near", 32, 1, "GET page of 20 within 2 km"),
    ("patch1", "patch", 1, 1, "PATCH one attribute, alone"),
    ("patch32", "patch", 32, 1, "PATCH one attribute"),
    ("patch128", "patch", 128, 1, "PATCH one attribute"),
    ("create", "create", 32, 1, "POST create"),
    ("upsert", "upsert", 8, 100, "batch upsert of 100 (entities)"),
]


def fetch(url):
    with urllib.request.urlopen(url, timeout=120) as answer:
        return answer.headers, answer.read()


class Broker:
    def __init__(self, program, *options, home=None):
        """home: of an earlier one; else a new directory."""
        # /tmp may be memory; a broker that never waits for a disk proves nothing
        self.home = pathlib.Path(
            home or tempfile.mkdtemp(prefix="calanque-bench-", dir="/var/tmp"))
        self.home.chmod(0o755)
        self.program, self.options = program, options
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        """Returns the seconds until it was ready."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("CALANQUE_")}
        begin = time.monotonic()
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--port", str(self.port), "--data", self.home / "data", *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        while self.process.poll() is None and time.monotonic() < begin + 60:
            try:
                fetch(self.base + "/ready")
                return time.monotonic() - begin
            except OSError:
                time.sleep(0.005)
        raise SystemExit("bench: the broker does not start:\n" + (self.home / "log").read_text())

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def cpu(self):
        """CPU seconds of the broker, and of PostgreSQL with all its processes."""
        broker, database = 0.0, 0.0
        postmaster = int((self.home / "data/postgres/postmaster.pid").read_text().split()[0])
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                f = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            pid, parent = int(stat.parent.name), int(f[1])
            own = (int(f[11]) + int(f[12])) / TICK
            if pid == self.process.pid:
                broker = own
            elif pid == postmaster:
                database += own + (int(f[13]) + int(f[14])) / TICK
            elif parent == postmaster:
                database += own
        return broker, database

    def memory(self):
        """Resident MiB: now, and at most so far."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        value = dict(line.split(":", 1) for line in text.splitlines() if line.startswith("Vm"))
        return tuple(int(value[k].split()[0]) / 1024 for k in ("VmRSS", "VmHWM"))

    def count(self, type_):
        headers, _ = fetch(f"{self.base}/ngsi-ld/v1/entities?type={type_}&limit=0&count=true")
        return int(headers["NGSILD-Results-Count"])


def run_once(broker, workload, clients, seconds, entities, tag):
    before = broker.cpu()
    out = subprocess.run(
        ["wrk", "-t", "2" if clients >= 64 else "1", "-c", str(clients), "-d", f"{seconds}s",
         "--latency", "-s", str(HERE / "workload.lua"), broker.base, "--", workload,
         str(entities), tag],
        check=True, capture_output=True, text=True).stdout
    after = broker.cpu()
    run = json.loads(out.strip().splitlines()[-1])
    done = max(run["requests"], 1)
    run["rate"] = run["requests"] / (run["us"] / 1e6)
    run["broker"] = (after[0] - before[0]) / done * 1e6
    run["database"] = (after[1] - before[1]) / done * 1e6
    return run


def wait_for_index(broker):
    """The first slow q makes the broker index what it looked at (docs): wait for that."""
    quick, since = 0, time.monotonic()
    while quick < 5 and time.monotonic() < since + 300:
        start = time.monotonic()
        fetch(f"{broker.base}/ngsi-ld/v1/entities?type=WeatherObserved&limit=100"
              "&q=temperature%3E39")
        quick = quick + 1 if time.monotonic() < start + 0.02 else 0
        time.sleep(0.5)
    print(f"(q was indexed {time.monotonic() - since:.0f} s after it was first asked)",
          file=sys.stderr)


def measure(broker, options, name, workload, clients, per, what):
    if workload == "number":
        wait_for_index(broker)
    run_once(broker, workload, clients, 1, options.entities, f"{name}w")
    before = broker.count("BenchCreated")
    runs = [run_once(broker, workload, clients, options.seconds, options.entities,
                     f"{name}{i}") for i in range(options.runs)]
    if workload == "create":
        stored = broker.count("BenchCreated") - before
        accepted = sum(r["requests"] - r["status"] for r in runs)
        # what was under way when wrk left may be there as well
        if not accepted <= stored <= accepted + clients * (options.runs + 1):
            raise SystemExit(f"bench: {accepted} creations were accepted, {stored} are there")
    middle = sorted(runs, key=lambda r: r["rate"])[len(runs) // 2]
    spread = (max(r["rate"] for r in runs) - min(r["rate"] for r in runs)) / middle["rate"]
    print(f"| {what} | {clients} | {middle['rate'] * per:,.0f} | ±{spread / 2:.0%} "
          f"| {statistics.median(r['p50'] for r in runs) / 1000:.2f} "
          f"| {statistics.median(r['p99'] for r in runs) / 1000:.2f} "
          f"| {middle['broker'] / per:.0f} | {middle['database'] / per:.0f} "
          f"| {broker.memory()[0]:.0f} | {sum(r['status'] for r in runs)} "
          f"| {sum(r['socket'] for r in runs)} |", flush=True)
    return sum(r["status"] + r["socket"] for r in runs)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=100000, metavar="N")
    parser.add_argument("--seconds", type=int, default=5, help="of one run (default 5)")
    parser.add_argument("--runs", type=int, default=3, help="of one workload (default 3)")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="one of: " + " ".join(w[0] for w in WORKLOADS))
    parser.add_argument("--program", default=HERE.parent / "build/calanque")
    options = parser.parse_args()
    unknown = set(options.only or []) - {w[0] for w in WORKLOADS}
    if unknown:
        parser.error(f"no such workload: {' '.join(sorted(unknown))}")
    return options


def main():
    options = arguments()
    broker = Broker(str(options.program))
    bad = 0
    try:
        new = broker.start()
        seconds = load.load(broker.base, options.entities)
        broker.stop()
        again = broker.start()
        print(f"{options.entities:,} entities, {os.cpu_count()} cores shared with wrk; loaded at "
              f"{options.entities / seconds:,.0f} entities/s; ready after {new:.1f} s with a new "
              f"data directory, {again * 1000:.0f} ms with an old one\n")
        print("| work | clients | a second | spread | p50 ms | p99 ms | broker us | PostgreSQL us "
              "| RSS MiB | not 2xx | broken |\n|" + "---|" * 11, flush=True)
        for workload in WORKLOADS:
            if not options.only or workload[0] in options.only:
                bad += measure(broker, options, *workload)
        print(f"\nThe broker took {broker.memory()[1]:.0f} MiB at most.")
    finally:
        broker.stop()
        broker.remove()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
