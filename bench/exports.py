#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten million observations as a file: fills a broker's database (bench/history.py), exports
all of it in several formats, and prints a Markdown table: rows and bytes of the file,
milliseconds to its first byte, seconds to its last, CPU seconds of broker and PostgreSQL, and
by how much the broker's memory grew at most."""

import argparse
import http.client
import pathlib
import subprocess
import sys
import time

import bench

FORMATS = [
    ("CSV, one row an observation", "csv", "layout=long"),
    ("CSV for a French Excel, one row an instant", "csv-fr", "layout=wide"),
    ("XLSX, one row an observation", "xlsx", "layout=long"),
    ("NDJSON", "ndjson", ""),
]


def status(pid, name):
    """A size of /proc/pid/status, in kB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def export(broker, form, more, target):
    """(first byte s, last byte s, bytes, lines) of the file, which goes to the disk."""
    connection = http.client.HTTPConnection(broker.base[len("http://"):], timeout=3600)
    begin = time.monotonic()
    connection.request("GET", "/calanque/v1/exports/history?type=BenchSensor&timerel=after"
                       f"&timeAt=2000-01-01T00:00:00Z&format={form}&{more}")
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"exports: {answer.status} {answer.read()[:500]}")
    first, size, lines = None, 0, 0
    with open(target, "wb") as file:
        while piece := answer.read(1 << 16):
            first = first or time.monotonic() - begin
            size += len(piece)
            lines += piece.count(b"\n")
            file.write(piece)
    connection.close()
    return first, time.monotonic() - begin, size, lines


def fill(broker, options):
    made = subprocess.run(
        [sys.executable, "-B", str(bench.HERE / "history.py"), "--data", broker.home / "data",
         "--entities", str(options.sensors), "--sensors", str(options.sensors),
         "--rows", "0", "--every", str(options.every), "--months", str(options.months)],
        check=True, stdout=subprocess.PIPE, text=True)
    print(made.stdout.strip(), file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench exports", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensors", type=int, default=150)
    parser.add_argument("--every", type=int, default=5, help="minutes between reports")
    parser.add_argument("--months", type=int, default=9)
    parser.add_argument("--program", default=bench.HERE.parent / "build/calanque")
    options = parser.parse_args()
    broker = bench.Broker(str(options.program))
    try:
        broker.start()
        fill(broker, options)
        pid, target = broker.process.pid, broker.home / "file"
        print("| file | rows | size | first byte | all of it | CPU | memory |")
        print("|---|---|---|---|---|---|---|")
        for name, form, more in FORMATS:
            forget_peak(pid)
            memory, cpu = status(pid, "VmRSS"), broker.cpu()
            first, last, size, lines = export(broker, form, more, target)
            spent = [b - a for a, b in zip(cpu, broker.cpu())]
            grown = status(pid, "VmHWM") - memory
            rows = "" if form == "xlsx" else f"{lines:,}"
            print(f"| {name} | {rows} | {size / 1e6:,.0f} MB | {first * 1e3:.0f} ms | {last:.0f} s "
                  f"| {spent[0]:.0f} + {spent[1]:.0f} s | {grown / 1024:+.1f} MiB |", flush=True)
    finally:
        broker.stop()
        broker.remove()


if __name__ == "__main__":
    main()
