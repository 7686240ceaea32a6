#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts single tests out of the reports of what ran them.

	tally.py REPORT...

meson's testlog.json (one line a program; what Check printed is counted test by test),
pytest's JUnit XML, and tallies of earlier runs (a text that ends with "N passed, N
failed").  Prints what failed, then that line; exits with 1 unless something passed and
nothing failed.  A report that is not there counts as a failure: what should have written it
died."""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree

CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
LINE = re.compile(r"^(\d+) passed, (\d+) failed$")


def meson(text):
    passed, failed = 0, []
    for line in text.splitlines():
        test = json.loads(line)
        ran = bad = 0
        for match in CHECK.finditer(test.get("stdout", "")):
            checks, failures, errors = map(int, match.groups())
            ran += checks
            bad += failures + errors
        if test["result"] == "OK":
            passed += ran or 1
        elif test["result"] != "SKIP":
            passed += ran - bad
            failed.append((f"{test['name']}: {test['result']}", max(bad, 1)))
    return passed, failed


def junit(text):
    passed, failed = 0, []
    for case in xml.etree.ElementTree.fromstring(text).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append((name, 1))
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def tally(text):
    lines = text.splitlines()
    match = LINE.match(lines[-1]) if lines else None
    if match is None:
        return 0, [("no tally at the end", 1)]
    bad = int(match.group(2))
    return int(match.group(1)), [("see above", bad)] if bad else []


def read(path):
    text = pathlib.Path(path).read_text(errors="replace")
    if path.endswith(".json"):
        return meson(text)
    if path.endswith(".xml"):
        return junit(text)
    return tally(text)


def main():
    passed, failed = 0, []
    for path in sys.argv[1:]:
        try:
            more, bad = read(path)
        except (OSError, ValueError, xml.etree.ElementTree.ParseError) as problem:
            more, bad = 0, [(f"no report: {problem}", 1)]
        passed += more
        failed += bad
        for name, count in bad:
            print(f"FAILED {path}: {name}" + (f" ({count} tests)" if count > 1 else ""))
    print(f"{passed} passed, {sum(count for _, count in failed)} failed")
    return 0 if passed > 0 and not failed else 1


sys.exit(main())
