# SPDX-License-Identifier: Apache-2.0
"""docs/en/first-hour.md and docs/fr/premiere-heure.md, run as they stand there."""

import json
import subprocess

import pytest

from program import Program, path
from sessions import Shell, sessions

DOCUMENTS = ["docs/en/first-hour.md", "docs/fr/premiere-heure.md"]


def hour(name):
    return sessions(name, "test_first_hour.py")


@pytest.fixture(params=DOCUMENTS)
def printed(request, tmp_path):
    """What each step of each session printed, on a broker with the demo city."""
    p = Program().start()
    try:
        subprocess.run([path(), "demo", "--base", p.base], check=True, capture_output=True)
        shell = Shell(p.port, tmp_path)
        yield [shell.run(steps) for steps in hour(request.param)]
    finally:
        p.stop()
        p.check_log()
        p.remove()


def test_the_first_hour(printed):
    look, troubles, sensor, first, told, files, qgis, leave = printed
    assert '<html lang="fr"' in look[0]
    assert {"WasteContainer", "WeatherObserved"} <= {t["typeName"] for t in json.loads(look[2])}
    assert json.loads(troubles[0])
    assert len(json.loads(troubles[1])) >= 1  # the silent one
    assert json.loads(sensor[0])["temperature"]
    assert len(json.loads(sensor[1])["temperature"]["avg"]) > 7 * 24 - 3
    assert "fillingLevel" in first[0] and '"mend"' in first[0]
    assert "BadRequestData" in first[2] or "InvalidRequest" in first[2]
    assert "urn:ngsi-ld:WasteContainer:mine" in told[2]
    assert "0.79" in told[3]
    assert json.loads(told[4])["notification"]["timesSent"] == 1
    assert "WasteContainer" in qgis[0]
    assert "Feature Count: " in qgis[1] and "Feature Count: 0" not in qgis[1]
    assert leave[3] == ""


def test_both_languages_run_the_same_commands():
    english, french = ([[step["command"] for step in steps] for steps in hour(name)]
                       for name in DOCUMENTS)
    assert english == french
