#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what a newcomer does with scripts/run: starts it twice, looks, presses Ctrl-C.

The first start builds, makes a database and loads the city; the second must be quick and
find all again.  Prints what went wrong and fails."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY = "Ctrl-C stops everything; the data stays."


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


class Run:
    def __init__(self, home, port, timeout):
        self.log = home / "log"
        self.log.write_text("")
        begin = time.monotonic()
        with open(self.log, "ab") as out:
            # a session of its own, as a terminal would give it
            self.process = subprocess.Popen(
                [ROOT / "scripts/run", "--port", str(port), "--data", home / "data"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                # it may have been ignored by whoever started us, for good
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            self.wait_ready(begin + timeout)
        except AssertionError:
            self.end()
            raise
        self.seconds = time.monotonic() - begin

    def wait_ready(self, end):
        while READY not in self.log.read_text():
            assert self.process.poll() is None, "scripts/run ended:\n" + self.log.read_text()
            assert time.monotonic() < end, "too slow:\n" + self.log.read_text()
            time.sleep(0.02)

    def control_c(self):
        os.killpg(self.process.pid, signal.SIGINT)
        status = self.process.wait(60)
        assert status == 0, f"exit status {status}:\n{self.log.read_text()}"

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def main():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    home = pathlib.Path(tempfile.mkdtemp(prefix="calanque-run-"))
    home.chmod(0o755)
    container = (f"http://localhost:{port}/ngsi-ld/v1/entities/"
                 "urn:ngsi-ld:WasteContainer:demo-001?options=sysAttrs")
    runs = []
    try:
        runs.append(first := Run(home, port, 600))
        created = fetch(container)["createdAt"]
        assert "The demo city is there" in first.log.read_text()
        first.control_c()
        runs.append(second := Run(home, port, 60))
        assert fetch(container)["createdAt"] == created, "the city was loaded again"
        assert "The demo city is there" not in second.log.read_text()
        second.control_c()
        assert second.seconds < 5, f"the second start took {second.seconds:.1f} s"
        print(f"first start {first.seconds:.1f} s, second {second.seconds:.1f} s")
    finally:
        for run in runs:
            run.end()
        shutil.rmtree(home, ignore_errors=True)
    return 0


sys.exit(main())
