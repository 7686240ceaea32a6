# SPDX-License-Identifier: Apache-2.0
"""The curl sessions of README.md and LISEZMOI.md, run as they stand there."""

import pathlib
import re
import subprocess

import pytest

from program import Program, path

ROOT = pathlib.Path(__file__).resolve().parents[2]
SESSION = re.compile(r"<!--[^>]*tests/http/test_readme.py.*?-->\n```sh\n(.*?)```", re.S)
STEP = re.compile(r"# (?P<says>[^\n]*) -> (?P<status>\d+)\n(?P<command>curl .*?)(?=\n\n#|\Z)", re.S)


def steps(name, session=0):
    text = SESSION.findall((ROOT / name).read_text())[session].rstrip()
    found = [m.groupdict() for m in STEP.finditer(text)]
    # nothing stands between them that would not be run
    assert "\n\n".join(f"# {s['says']} -> {s['status']}\n{s['command']}" for s in found) == text
    return found


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
    """Runs a command as typed; only its curl finds the broker of the tests on port 1026."""
    (tmp_path / ".curlrc").write_text(
        f'connect-to = "localhost:1026:127.0.0.1:{city.port}"\n'
        'silent\nshow-error\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n')

    def run(command):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True,
                              timeout=30, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                                               "CURL_HOME": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    return run


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md"])
def test_every_line_of_the_session(shell, name):
    id_ = "urn:ngsi-ld:WasteContainer:canebiere-1"
    created, full, near, emptied, seen, gone = steps(name)
    answers = {}
    for step in (created, full, near, emptied, seen, gone):
        status, answers[step["says"]] = shell(step["command"])
        assert status == int(step["status"]), (step, answers[step["says"]])
    assert id_ in answers[full["says"]]
    assert id_ in answers[near["says"]]
    assert '"fillingLevel":{"type":"Property","value":0.03' in answers[seen["says"]]
    assert '"dateLastEmptying"' in answers[seen["says"]]


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md"])
def test_what_else_it_does(city, shell, name):
    told, why, inbox, day, _, check = steps(name, 1)
    answers = {}
    for step in steps(name, 1):
        status, answers[step["says"]] = shell(step["command"])
        assert status == int(step["status"]), (step, answers[step["says"]])
    assert "/subscriptions/urn:ngsi-ld:Subscription:full" in answers[told["says"]]
    assert '"fillingLevel' in answers[why["says"]] and '"gates"' in answers[why["says"]]
    assert answers[inbox["says"]][:1] in "{["
    assert answers[day["says"]].count("[") > 10
    assert "fillingLevel" in answers[check["says"]]
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
