# SPDX-License-Identifier: Apache-2.0
"""Fixtures of what needs the release build: the program, and many connections to it."""

import pytest

from client import Api
from program import Program


@pytest.fixture(scope="module")
def program():
    """A broker of the module's own."""
    p = Program().start()
    yield p
    status = p.stop()
    p.check_log()
    p.remove()
    assert status == 0, f"exit status {status}"


@pytest.fixture(scope="module")
def api(program):
    client = Api(program.base)
    yield client
    client.close()
