# SPDX-License-Identifier: Apache-2.0
"""Schemathesis makes requests of openapi/calanque.json, good and bad: no 5xx, no answer that
is not documented, bodies as their schemas say.

$SCHEMATHESIS_SECONDS for each of the two runs, 15 unless said; $SCHEMATHESIS_SEED."""

import os
import pathlib
import subprocess
import threading

import pytest

from client import Api
from conftest import HERE, INSTALLED
from program import Program

SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "15")
SEED = os.environ.get("SCHEMATHESIS_SEED", "20261128")
ROOT = HERE.parent.parent
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance", "response_headers_conformance", "unsupported_method")
CITY = [
    {"id": "urn:ngsi-ld:WasteContainer:canebiere-1", "type": "WasteContainer",
     "fillingLevel": {"value": 0.92, "observedAt": "2026-06-01T08:30:00Z"},
     "storedWasteKind": "glass", "scope": "/Marseille/Canebiere",
     "location": {"type": "Point", "coordinates": [5.3765, 43.2969]},
     "name": {"languageMap": {"fr": "verre", "en": "glass"}}, "list": {"valueList": [1, 2]},
     "refDevice": {"object": "urn:ngsi-ld:Device:canebiere-1"}},
    {"id": "urn:ngsi-ld:Device:canebiere-1", "type": "Device", "info": {"json": {"a": 1}}},
]


@pytest.fixture
def city():
    """A broker whose city comes back whenever a request deletes it."""
    program = Program().start()
    ended = threading.Event()

    def keep():
        api = Api(program.base)
        while not ended.wait(0.25):
            api.post("entityOperations/upsert", CITY)
        api.close()

    keeper = threading.Thread(target=keep)
    keeper.start()
    yield program
    ended.set()
    keeper.join()
    status = program.stop()
    program.check_log()
    program.remove()
    assert status == 0, f"exit status {status}"


@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_requests_of_the_description(city, phase):
    """coverage: every parameter at and beyond its bounds; fuzzing: anything, for what is
    there."""
    command = [str(INSTALLED / "schemathesis/bin/schemathesis")]
    if phase == "fuzzing":
        command += ["--config-file", str(HERE / "schemathesis.toml")]
    command += ["run", str(ROOT / "openapi/calanque.json"), "--url", city.base, "--checks",
                ",".join(CHECKS), "--phases", phase, "--max-time", SECONDS, "--seed", SEED,
                "--max-failures", "20", "--warnings", "off"]
    done = subprocess.run(command, cwd=pathlib.Path(city.data).parent, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-8000:]
    assert " passed" in done.stdout
    Api(city.base).get("/ready").ok()
