# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the real program over HTTP, on a free port with a data directory of its own."""

import subprocess

import pytest

from client import Api
from pages import Pages
from program import Program
from receiver import Receiver


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


@pytest.fixture(scope="session")
def template():
    """A data directory as a first start leaves it: copying takes a tenth of the time."""
    p = Program().start()
    assert p.stop() == 0
    yield p.data
    end(p)


@pytest.fixture
def new_broker(template):
    """Makes brokers of one's own: new_broker("--option", …) is not yet started.  fresh=True:
    on a directory that no other broker's is a copy of."""
    made = []

    def make(*options, fresh=False, **kwargs):
        p = Program(*options, **kwargs)
        made.append(p)
        if p.own and not fresh and "--database" not in options:
            subprocess.run(["cp", "-a", template, p.data], check=True)
        return p

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
def receiver():
    """receiver(answer=…) makes an endpoint of notifications (receiver.py); they end with the
    test."""
    made = []

    def make(**kwargs):
        made.append(Receiver(**kwargs))
        return made[-1]

    yield make
    for r in made:
        r.close()


@pytest.fixture
def pages():
    """A web server of the test's own: pages.put("/c.jsonld", text) returns the URL."""
    server = Pages()
    yield server
    server.close()
