# SPDX-License-Identifier: Apache-2.0
"""`calanque demo`: an ordinary client of the HTTP API."""
import os
import signal
import subprocess
import time

import pytest

from client import CORE, link, name, uid
from program import free_port, path, wait_until

SENSORS = {
    "WasteContainer": 60,
    "TrafficFlowObserved": 24,
    "CrowdFlowObserved": 12,
    "NoiseLevelObserved": 24,
    "WaterObserved": 16,
    "Streetlight": 40,
    "WeatherObserved": 28,
}


ENV = {k: v for k, v in os.environ.items() if not k.startswith("CALANQUE_")}


def demo(*args):
    return subprocess.run([path(), "demo", *args], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL, env=ENV)


def count(api, type_):
    return api.get("entities", type=type_, count="true", limit=0).ok().count


@pytest.fixture
def api(api):
    """A tenant that nobody else uses."""
    return api.with_(NGSILD_Tenant=name("city"))


@pytest.fixture
def city(api):
    """Loads the city into the test's tenant; how to find it."""
    where = ["--base", api.base, "--tenant", api.headers["NGSILD-Tenant"], "--days", "0"]
    done = demo(*where)
    assert done.returncode == 0, done.stderr
    return where


def test_loads_the_city(api, city):
    for type_, n in SENSORS.items():
        assert count(api, type_) == n
    assert count(api, "Device") == sum(SENSORS.values())


def test_loading_again_changes_nothing_but_values(api, city):
    done = demo(*city)
    assert done.returncode == 0
    assert done.stdout.startswith("The demo city is there: 204 sensors and as many devices in "
                                  "28 communes, 408 entities in ")
    assert count(api, "WasteContainer") == SENSORS["WasteContainer"]
    assert count(api, "Device") == sum(SENSORS.values())


def test_can_be_queried_by_value_distance_and_place(api, city):
    full = api.get("entities", type="WasteContainer", q="fillingLevel>=0", limit=100)
    assert len(full.ok().json) == 60
    near = api.get("entities", type="WasteContainer", georel="near;maxDistance==3000",
                   geometry="Point", coordinates="[5.3838,43.2858]", format="simplified")
    assert near.ok().json
    assert {e["address"]["addressLocality"] for e in near.json} == {"Marseille"}
    aubagne = api.get("entities", type="Device", q='address[addressLocality]=="Aubagne"')
    assert aubagne.ok().json


def test_short_names_are_the_models_names(api, city):
    """No Link header, and yet the terms are those of the Smart Data Models."""
    e = api.entity("urn:ngsi-ld:WasteContainer:demo-001", headers={"Link": link(CORE)})
    model = "https://smartdatamodels.org/dataModel.WasteManagement/"
    assert e["type"] == model + "WasteContainer"
    assert model + "fillingLevel" in e


def test_removes_its_own_entities_only(api, city):
    mine = api.create(id=uid("WasteContainer"), type="WasteContainer")
    api.delete("entities/urn:ngsi-ld:WasteContainer:demo-007").ok(204)
    done = demo(*city, "--remove")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The demo city is gone: 407 of its 408 entities were there.\n"
    assert count(api, "WasteContainer") == 1
    assert api.entity(mine["id"])
    assert count(api, "Device") == 0
    again = demo(*city, "--remove")
    assert again.stdout == "The demo city is gone: 0 of its 408 entities were there.\n"


def test_live_values_move_until_it_is_told_to_stop(api, city):
    def seen():
        found = api.get("entities", type="WasteContainer", limit=100).ok().json
        return {e["id"]: e["fillingLevel"]["observedAt"] for e in found}

    before = seen()
    deleted = "urn:ngsi-ld:WasteContainer:demo-060"
    api.delete("entities/" + deleted).ok(204)
    live = subprocess.Popen([path(), "demo", *city, "--live"], stdout=subprocess.PIPE, text=True,
                            env=ENV)
    try:
        time.sleep(3.5)
    finally:
        live.send_signal(signal.SIGINT)
        out, _ = live.communicate(timeout=10)
    assert live.returncode == 0
    assert out.endswith("Sensors report, 7 a second; Ctrl-C ends it.\nStopped.\n")
    after = seen()
    assert deleted in after  # the load put it back
    assert len([i for i in after if after[i] != before.get(i)]) >= 7
    silent = "urn:ngsi-ld:WasteContainer:demo-007"
    assert after[silent] == min(after.values())


def test_live_puts_back_what_somebody_deletes(api, city):
    live = subprocess.Popen([path(), "demo", *city, "--live"], stdout=subprocess.PIPE, text=True,
                            env=ENV)
    try:
        assert live.stdout.readline().startswith("The demo city is there")
        api.delete("entities/urn:ngsi-ld:WasteContainer:demo-020").ok(204)
        wait_until("it to be back", lambda: api.get(
            "entities/urn:ngsi-ld:WasteContainer:demo-020").status == 200, timeout=10)
    finally:
        live.send_signal(signal.SIGTERM)
        live.communicate(timeout=10)
    assert live.returncode == 0


def test_live_survives_a_broker_that_is_away(new_broker):
    broker = new_broker().start()
    live = subprocess.Popen([path(), "demo", "--base", broker.base, "--days", "0", "--live"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=ENV)
    try:
        time.sleep(1.5)
        assert broker.stop() == 0
        time.sleep(1.5)
        broker.start()
        time.sleep(2)
    finally:
        live.send_signal(signal.SIGTERM)
        out, err = live.communicate(timeout=10)
    assert live.returncode == 0
    assert "; trying again every second\n" in err
    assert "The broker answers again.\nStopped.\n" in out


def test_says_what_to_start_when_no_broker_answers():
    base = f"http://127.0.0.1:{free_port()}"
    done = demo("--base", base)
    assert done.returncode == 1
    assert done.stderr == (
        f"calanque demo: no broker answers at {base}\n"
        f"  ({base}/ngsi-ld/v1/entityOperations/upsert: the connection was refused)\n"
        "Start one first, in another terminal: calanque serve\n"
        "or let scripts/run do everything; --base URL names another address.\n")


def test_says_when_it_is_no_broker(pages):
    done = demo("--base", pages.url)
    assert done.returncode == 1
    assert done.stderr == (f"calanque demo: the broker at {pages.url} would not take the city: "
                           "status 501\n  Is that an NGSI-LD broker?\n")


@pytest.mark.parametrize("args,says", [
    (["--seed", "x"], "calanque demo: --seed: expected a whole number, not 'x'"),
    (["--live", "--remove"], "calanque demo: --live and --remove exclude each other"),
    (["city"], "calanque demo: 'city' is one word too many"),
])
def test_usage(args, says):
    done = demo(*args)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == says


def values(api, id_, attr):
    """All of an attribute's history: (value, observedAt) in order."""
    found = api.get(f"temporal/entities/{id_}", attrs=attr, timerel="after",
                    timeAt="2000-01-01T00:00:00Z").json[attr]
    found = found if isinstance(found, list) else [found]
    return sorted((i["observedAt"], i["value"]) for i in found if "observedAt" in i)


def test_brings_a_past(api):
    """The days before now, for every sensor; sent again it is there once; removed with it."""
    where = ["--base", api.base, "--tenant", api.headers["NGSILD-Tenant"], "--days", "1"]
    done = demo(*where)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()[1]
    assert told.startswith("Its last 1 day: ") and " observations in " in told
    station = "urn:ngsi-ld:WeatherObserved:demo-009"
    day = values(api, station, "temperature")
    assert 95 <= len(day) <= 98 and len({at for at, _ in day}) == len(day)
    assert demo(*where).returncode == 0
    assert day == [v for v in values(api, station, "temperature") if v in day]
    late = values(api, "urn:ngsi-ld:NoiseLevelObserved:demo-003", "LAeq")
    now = api.entity("urn:ngsi-ld:NoiseLevelObserved:demo-003")["LAeq"]["observedAt"]
    assert late[-1][0] == now and len(late) > 130  # the late ones did not become current
    assert demo(*where, "--remove").returncode == 0
    api.get(f"temporal/entities/{station}").problem(404, "ResourceNotFound")


def test_days(api):
    done = demo("--days", "99")
    assert done.returncode == 2
    assert "--days: expected 0 to 31, not '99'" in done.stderr
