# SPDX-License-Identifier: Apache-2.0
"""Published clients as black boxes: what scripts/install-clients installed, against the
real program.  $CALANQUE_CLIENTS says where they are installed."""

import json
import os
import pathlib
import subprocess

import pytest

from client import Api
from program import Program

HERE = pathlib.Path(__file__).resolve().parent
INSTALLED = pathlib.Path(
    os.environ.get("CALANQUE_CLIENTS") or HERE.parent.parent / "build-test/clients").resolve()


@pytest.fixture(scope="session")
def program():
    p = Program().start()
    yield p
    status = p.stop()
    p.check_log()
    p.remove()
    assert status == 0, f"exit status {status}"


@pytest.fixture(scope="session")
def broker(program):
    return program.base


@pytest.fixture
def api(broker):
    client = Api(broker)
    yield client
    client.close()


def run(command, **variables):
    """Runs it to its end; its output must come with status 0."""
    done = subprocess.run(command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.fixture
def node(broker):
    """node("x.js") runs a script of this directory with $BASE; the last line that it prints
    is JSON, and returned."""
    def call(script, **variables):
        out = run(["node", str(HERE / script)], BASE=broker,
                  NODE_PATH=str(INSTALLED / "node_modules"), **variables)
        return json.loads(out.strip().splitlines()[-1])

    return call


@pytest.fixture
def python(broker):
    """python("venv", "x.py"): the same with the Python of a virtual environment."""
    def call(venv, script, **variables):
        out = run([str(INSTALLED / venv / "bin/python"), "-B", str(HERE / script)],
                  BASE=broker, **variables)
        return json.loads(out.strip().splitlines()[-1])

    return call
