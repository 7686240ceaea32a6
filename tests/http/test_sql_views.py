# SPDX-License-Identifier: Apache-2.0
"""The views for Grafana, Superset and everybody who speaks SQL (docs/en/sql.md)."""

import re
import subprocess

import pytest

from client import uid

VIEWS = ["crowd_flow_observed", "entity", "history", "noise_level_observed", "streetlight",
         "traffic_flow_observed", "waste_container", "water_observed", "weather_observed"]


@pytest.fixture(scope="module")
def sql(program):
    def run(text, role=None):
        text = (f"SET ROLE {role};" if role else "") + text
        done = subprocess.run(
            ["psql", "-XqAt", "-F", "|", "-v", "ON_ERROR_STOP=1", program.database, "-c", text],
            capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("|") for line in done.stdout.splitlines()]

    return run


def test_views(sql):
    """These and no others: who adds one documents it."""
    rows = sql("SELECT table_name FROM information_schema.views "
               "WHERE table_schema = 'calanque_v1' ORDER BY 1")
    assert [r[0] for r in rows] == VIEWS
    for doc in ("docs/en/sql.md", "docs/fr/sql.md"):
        with open(doc, encoding="utf-8") as f:
            assert sorted(set(re.findall(r"`calanque_v1\.(\w+)`", f.read()))) == VIEWS


def test_container(api, sql):
    """One row an entity and type, typed columns."""
    one = uid("WasteContainer")
    api.post("entities", {
        "id": one, "type": "WasteContainer", "name": "PAV", "areaServed": "Marseille",
        "fillingLevel": {"value": 0.5, "observedAt": "2026-02-28T10:00:00.5Z"},
        "dateLastEmptying": "2026-02-27T08:00:00Z", "status": "ok",
        "refDevice": {"object": "urn:ngsi-ld:Device:1"},
        "location": {"type": "Point", "coordinates": [5.25, 43.5]}}).ok(201)
    rows = sql("SELECT tenant, name, area_served, longitude + 1, latitude, filling_level * 2,"
               " status, extract(epoch FROM date_last_emptying)::bigint,"
               " extract(epoch FROM observed_at), ref_device"
               f" FROM calanque_v1.waste_container WHERE id = '{one}'")
    assert rows == [["", "PAV", "Marseille", "6.25", "43.5", "1", "ok", "1772179200",
                     "1772272800.500000", "urn:ngsi-ld:Device:1"]]


def test_odd_values(api, sql):
    """What is no number or no instant is null; nothing makes a view fail."""
    one = uid("WasteContainer")
    api.post("entities", {
        "id": one, "type": "WasteContainer", "fillingLevel": "half",
        "dateLastEmptying": "2026-02-30T08:00:00Z",
        "location": {"type": "LineString", "coordinates": [[5, 43], [6, 44]]}}).ok(201)
    assert sql("SELECT filling_level IS NULL, date_last_emptying IS NULL, longitude IS NULL"
               f" FROM calanque_v1.waste_container WHERE id = '{one}'") == [["t", "t", "t"]]


def test_history(api, sql):
    one = uid("WeatherObserved")
    for hour in range(3):
        api.post("entityOperations/upsert?options=update", [{
            "id": one, "type": "WeatherObserved", "temperature": {
                "value": 20 + hour, "unitCode": "CEL",
                "observedAt": f"2026-02-28T{hour:02}:00:00Z"}}])
    rows = sql("SELECT attribute, value, unit_code, observed, extract(hour FROM time AT TIME "
               f"ZONE 'UTC') FROM calanque_v1.history WHERE id = '{one}' ORDER BY time")
    assert rows == [["temperature", str(20 + h), "CEL", "t", str(h)] for h in range(3)]


def test_every_view_answers(sql):
    for view in VIEWS:
        sql(f"SELECT * FROM calanque_v1.{view} LIMIT 5", role="calanque_reader")


def test_readers_read_views_only(sql):
    for text in ("SELECT * FROM calanque.entity", "DELETE FROM calanque_v1.entity",
                 "CREATE TABLE calanque_v1.mine ()"):
        with pytest.raises(RuntimeError, match="permission denied|cannot delete from view"):
            sql(text, role="calanque_reader")
