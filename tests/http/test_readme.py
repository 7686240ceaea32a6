# SPDX-License-Identifier: Apache-2.0
"""The curl sessions of README.md and LISEZMOI.md, run as they stand there."""

import re
import subprocess

import pytest

from program import Program, path
from sessions import ROOT, Shell, sessions


def steps(name, session=0):
    return sessions(name, "test_readme.py")[session]


@pytest.fixture(scope="module")
def city():
    """What scripts/run starts: a broker with the demo city."""
    p = Program().start()
    try:
        subprocess.run([path(), "demo", "--base", p.base, "--days", "2"], check=True,
                       capture_output=True)
        yield p
    finally:
        p.stop()
        p.check_log()
        p.remove()


@pytest.fixture
def shell(city, tmp_path):
    return Shell(city.port, tmp_path)


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md"])
def test_every_line_of_the_session(shell, name):
    id_ = "urn:ngsi-ld:WasteContainer:canebiere-1"
    _, full, near, _, seen, _ = shell.run(steps(name))
    assert id_ in full and id_ in near
    assert '"fillingLevel":{"type":"Property","value":0.03' in seen
    assert '"dateLastEmptying"' in seen


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md"])
def test_what_else_it_does(city, shell, name):
    told, why, _, inbox, day, _, check = shell.run(steps(name, 1))
    assert "/subscriptions/urn:ngsi-ld:Subscription:full" in told
    assert '"fillingLevel' in why and '"gates"' in why
    assert "WasteContainer:demo-001" in inbox and "0.95" in inbox
    assert day.count("[") > 10
    assert "fillingLevel" in check
    city.api.delete("subscriptions/urn:ngsi-ld:Subscription:full").ok(204)


def test_both_languages_run_the_same_commands():
    for session in range(2):
        assert [s["command"] for s in steps("README.md", session)] == [
            s["command"] for s in steps("LISEZMOI.md", session)]


def test_the_commands_of_the_first_screen_are_there():
    for name in ("README.md", "LISEZMOI.md"):
        text = (ROOT / name).read_text()
        for script in ("scripts/run", "scripts/test"):
            assert text.index(script) < 1000
            assert (ROOT / script).stat().st_mode & 0o111


def test_links_lead_somewhere():
    for name in ("README.md", "LISEZMOI.md", "CONTRIBUTING.md", "docs/README.md"):
        here = (ROOT / name).parent
        for target in re.findall(r"\]\(([^)]+)\)", (ROOT / name).read_text()):
            if "://" not in target:
                assert (here / target).exists(), f"{name}: {target}"
