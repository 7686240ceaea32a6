# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the real program over HTTP, on a free port with a data directory of its own."""

import pytest

from client import Api
from pages import Pages
from program import Program


def end(program):
    status = program.stop()
    program.check_log()
    program.remove()
    assert status in (0, -9), f"exit status {status}"


@pytest.fixture(scope="session")
def program():
    """The broker that most tests share: each uses ids, types and tenants of its own."""
    p = Program().start()
    yield p
    end(p)


@pytest.fixture(scope="session")
def broker(program):
    """The base URL of the shared broker."""
    return program.base


@pytest.fixture
def new_broker():
    """Makes brokers of one's own: new_broker("--option", …) is not yet started."""
    made = []

    def make(*options, **kwargs):
        made.append(Program(*options, **kwargs))
        return made[-1]

    yield make
    for p in made:
        end(p)


@pytest.fixture(scope="session")
def api(broker):
    """Requests to the shared broker (client.py)."""
    client = Api(broker)
    yield client
    client.close()


@pytest.fixture
def pages():
    """A web server of the test's own: pages.put("/c.jsonld", text) returns the URL."""
    server = Pages()
    yield server
    server.close()
