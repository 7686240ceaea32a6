#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the pages in Chromium, against the real program with the demo city.

	run.py OUT [NAME...]

Screenshots are kept in OUT.  With names only the tests whose names hold one of them are
run.  The last line says "N passed, N failed"."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "http")]

import pages  # noqa: E402
from program import Program, path  # noqa: E402


def main(out, *names):
    os.makedirs(out, exist_ok=True)
    modules = pages.modules(ROOT, HERE)
    # Two communes, roughly where they are; and receivers that fail are not waited for.
    program = Program("--map-outlines", str(HERE / "communes.geojson"),
                      "--notify-retry", "200ms", "--notify-retry-max", "2s").start()
    try:
        subprocess.run([path(), "demo", "--base", program.base], check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        env = {**os.environ, "BASE": program.base, "MODULES": str(modules), "OUT": str(out)}
        status = subprocess.run(["node", HERE / "run.mjs", *names], env=env, check=False,
                                stdin=subprocess.DEVNULL).returncode
    finally:
        stopped = program.stop()
        program.check_log()
        program.remove()
    return status or stopped


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
