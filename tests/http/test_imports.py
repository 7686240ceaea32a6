# SPDX-License-Identifier: Apache-2.0
"""Files of somebody's become entities: dry runs, reports, the same file twice, undo."""

import csv
import io
import json
import subprocess
import threading

import pytest

from client import Api, name, quote, uid
from program import path as program_path, wait_until

IMPORTS = "/calanque/v1/imports"
MAPPINGS = IMPORTS + "/mappings"
EXPORTS = "/calanque/v1/exports/entities"
CSV = {"Content-Type": "text/csv"}
GEOJSON = {"Content-Type": "application/geo+json"}
RESULTS = ("created", "updated", "unchanged", "historized", "rejected")

# As a French open-data portal has it: Windows-1252, Lambert-93, decimal commas, day first.
PAV = """code_pav;adresse;x;y;taux_remplissage;date_releve;etat
PAV-001;1 place aux Huiles;892390,7;6247036,1;57,5;15/07/2026 14:00;En service
PAV-002;2 rue de la République;892400,7;6247046,1;;15/07/2026 14:05;Hors service
PAV-003;Cours d’Estienne d’Orves;6247036,1;892390,7;12;15/07/2026 14:05;En service
PAV-004;5 rue Sainte;892390,7;6247036,1;beaucoup;32/07/2026 14:05;Volé
"""


@pytest.fixture
def api(api):
    """A tenant that nobody else uses."""
    return api.with_(NGSILD_Tenant=name("town"))


def mapping(kind, **more):
    return {"type": kind, "id": f"urn:ngsi-ld:{kind}:{{code}}"} | more


def pav(kind):
    return {
        "type": kind, "id": f"urn:ngsi-ld:{kind}:{{code_pav}}", "encoding": "windows-1252",
        "decimal": ",", "timeZone": "Europe/Paris", "crs": "EPSG:2154",
        "attributes": {
            "location": {"longitude": "x", "latitude": "y"},
            "address": "adresse",
            "fillingLevel": {"column": "taux_remplissage", "value": "number", "scale": 0.01,
                             "observedAt": "date_releve"},
            "status": {"column": "etat", "words": {"En service": "ok",
                                                   "Hors service": "unknown"}}}}


def store(api, document, called=None):
    called = called or name("map")
    api.request("PUT", f"{MAPPINGS}/{called}", document).ok(201)
    return called


def send(api, text, mapped=None, headers=None, **params):
    if mapped is not None:
        params["mapping"] = mapped
    body = text if isinstance(text, bytes) else text.encode()
    return api.request("POST", IMPORTS, body, headers=headers or CSV, **params)


def counts(answer):
    return {k: answer.json[k] for k in RESULTS if answer.json[k]}


def undo(api, answer):
    return api.request("DELETE", f"{IMPORTS}/{answer.json['id']}").ok().json


def entities(api, kind):
    return api.get("entities", type=kind, limit=1000, options="sysAttrs").ok().json


def state(api, kind):
    """Everything that can be known of the entities of the type, history included; but for
    the types, which a history remembers whatever becomes of them."""
    history = []
    for when in ("observedAt", "modifiedAt"):
        history += api.get("temporal/entities", type=kind, timerel="after", limit=1000,
                           timeAt="1970-01-01T00:00:00Z", timeproperty=when).ok().json
    for entity in history:
        del entity["type"]
        for attribute in entity.values():
            for one in attribute if isinstance(attribute, list) else [attribute]:
                if isinstance(one, dict):
                    one.pop("instanceId", None)
                    one.pop("modifiedAt", None)
    return entities(api, kind), history


def values(api, entity):
    return api.get("entities/" + entity, options="keyValues").ok().json


# ---- rows

def test_an_open_data_file(api):
    """Each cell that is wrong is told by row, line, column, value, why and how to mend it;
    the other rows are there, in degrees, in UTC, with decimal points."""
    kind = name("Pav")
    mapped = store(api, pav(kind))
    body = PAV.encode("windows-1252")
    answer = send(api, body, mapped, report="all").ok(201)
    assert answer.headers["Location"] == f"{IMPORTS}/{answer.json['id']}"
    assert counts(answer) == {"created": 2, "rejected": 2}
    rows = answer.json["rows"]
    assert [(r["row"], r["line"], r["result"]) for r in rows] == [
        (1, 2, "created"), (2, 3, "created"), (3, 4, "rejected"), (4, 5, "rejected")]
    assert rows[2] == {
        "row": 3, "line": 4, "result": "rejected", "entity": f"urn:ngsi-ld:{kind}:PAV-003",
        "problems": [{"column": "x", "value": "6247036,1",
                      "why": "a place outside of the area of EPSG:2154",
                      "mend": 'check that x and y are not exchanged, and "crs" in the mapping'}]}
    assert [p["column"] for p in rows[3]["problems"]] == ["taux_remplissage", "etat"]
    assert "En service, Hors service" in rows[3]["problems"][1]["why"]
    first = api.get(f"entities/urn:ngsi-ld:{kind}:PAV-001").ok().json
    assert first["fillingLevel"] == {"type": "Property", "value": 0.575,
                                     "observedAt": "2026-07-15T12:00:00Z"}
    assert first["location"]["value"]["coordinates"] == [5.3698062, 43.2965075]
    second = values(api, f"urn:ngsi-ld:{kind}:PAV-002")
    assert second["address"] == "2 rue de la République" and "fillingLevel" not in second


def test_the_report_as_a_table(api):
    """For whoever has to correct the file: CSV, also of what was imported long ago."""
    kind = name("Pav")
    mapped = store(api, pav(kind))
    body = PAV.encode("windows-1252")
    shown = send(api, body, mapped, dryRun="true", format="csv").ok()
    assert shown.type == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(shown.body.decode())))
    assert [(r["line"], r["column"], r["value"]) for r in rows] == [
        ("4", "x", "6247036,1"), ("5", "taux_remplissage", "beaucoup"), ("5", "etat", "Volé")]
    done = send(api, body, mapped).ok(201)
    report = f"{IMPORTS}/{done.json['id']}/report"
    later = api.get(report, format="csv").ok()
    assert later.body == shown.body
    assert later.headers["Content-Disposition"].startswith("attachment; filename=")
    assert api.get(report).ok().json == done.json["rows"]
    assert len(api.get(report, report="all").ok().json) == 4
    assert [r["row"] for r in api.get(report, result="created").ok().json] == [1, 2]
    french = api.get(report, format="csv-fr").ok().body.decode()
    assert french.startswith("\ufeffrow;line;result;entity;column;value;why;mend\r\n3;4;")


def test_a_dry_run_is_the_run(api):
    """Whatever the file: what a dry run says, the run does; and it has written nothing."""
    kind = name("Meter")
    mapped = store(api, mapping(kind, observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}, "place": {"column": "p",
                                                               "observedAt": False}}))
    day = "2026-07-15T{:02}:00:00Z"
    lines = [f"m{i % 7},{i % 5},{day.format(i * 5 % 24)},{'ab'[i % 2]}" for i in range(150)]
    lines += ["m1,x,2026-07-15T00:00:00Z,a", "m1,1"]
    text = "code,v,at,p\n" + "\n".join(lines + lines[:40]) + "\n"
    for _ in range(3):
        before = state(api, kind) if _ else None
        dry = send(api, text, mapped, dryRun="true", report="all").ok()
        if before is None:
            answer = api.get("entities", type=kind)
            assert answer.status == 200 and answer.json == [], answer
        else:
            assert state(api, kind) == before
        run = send(api, text, mapped, report="all").ok(201)
        assert dry.json["rows"] == run.json["rows"]
        assert counts(dry) == counts(run)
        text += "m1,77,2026-07-14T00:00:00Z,a\nnew,1,2026-07-14T00:00:00Z,a\n"
    assert api.get(IMPORTS).ok().json[0]["total"] == 196  # dry runs are not listed


def test_a_dry_run_makes_no_tenant(api):
    answer = send(api, "code,v\n1,2\n", json.dumps(mapping("T", attributes={"a": "v"})),
                  dryRun="true")
    answer.problem(404, "NonexistentTenant")


def test_the_same_file_twice(api):
    """Changes nothing: not an instant, not a row of the history, no notification."""
    kind = name("Pav")
    mapped = store(api, pav(kind))
    body = PAV.encode("windows-1252")
    send(api, body, mapped).ok(201)
    before = state(api, kind)
    again = send(api, body, mapped).ok(201)
    assert counts(again) == {"unchanged": 2, "rejected": 2}
    assert state(api, kind) == before


def test_history(api):
    """Rows of one entity at several instants are its history; the latest is the current
    value, in whatever order they come."""
    kind = name("Station")
    mapped = store(api, mapping(kind, separator=";", observedAt="quand", attributes={
        "level": {"column": "valeur", "value": "number", "unitCode": "MTR"}}))
    text = ("code;valeur;quand\nA;3;15/07/2026 14:00\nA;1;15/07/2026 12:00\n"
            "A;4;15/07/2026 15:00\nA;2;15/07/2026 13:00\n")
    answer = send(api, text, mapped, report="all").ok(201)
    assert [r["result"] for r in answer.json["rows"]] == [
        "created", "historized", "updated", "historized"]
    entity = f"urn:ngsi-ld:{kind}:A"
    assert api.get("entities/" + entity).ok().json["level"]["value"] == 4
    past = api.get("temporal/entities/" + entity, timerel="after",
                   timeAt="2026-01-01T00:00:00Z", options="temporalValues").ok().json
    assert past["level"]["values"] == [
        [1, "2026-07-15T10:00:00Z"], [2, "2026-07-15T11:00:00Z"],
        [3, "2026-07-15T12:00:00Z"], [4, "2026-07-15T13:00:00Z"]]
    assert counts(send(api, text, mapped).ok(201)) == {"unchanged": 4}


def test_without_history(api):
    """"history": false leaves out what is older than the current value."""
    kind = name("Station")
    mapped = store(api, mapping(kind, history=False, observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}}))
    text = "code,v,at\nA,2,2026-07-15T12:00:00Z\nA,1,2026-07-15T11:00:00Z\n"
    assert counts(send(api, text, mapped).ok(201)) == {"created": 1, "unchanged": 1}
    _, history = state(api, kind)
    assert [i["value"] for i in history[0]["level"]] == [2]


def test_subscribers_hear_of_rows(api):
    """An import is written as everything is: who subscribes is told."""
    kind, inbox = name("Bin"), name("box")
    api.post("subscriptions", {
        "type": "Subscription", "entities": [{"type": kind}],
        "notification": {"endpoint": {"uri": f"{api.base}/calanque/v1/inbox/{inbox}"}}}).ok(201)
    send(api, "code,v\n1,2\n2,3\n", json.dumps(mapping(kind, attributes={"a": "v"}))).ok(201)

    def told():
        items = api.get(f"/calanque/v1/inbox/{inbox}").json
        text = json.dumps(items)
        return all(f"urn:ngsi-ld:{kind}:{i}" in text for i in (1, 2))

    wait_until("two notifications", told)


def test_checks_hold(new_broker):
    """The profiles: warnings are in the report, and what is held strictly is refused."""
    api = new_broker("--checks", "warn,strict:WasteContainer").start().api
    text = "code,v\n1,57\n2,0.5\n"
    strict = mapping("WasteContainer", attributes={
        "fillingLevel": {"column": "v", "value": "number"}})
    answer = send(api, text, json.dumps(strict)).ok(201)
    assert counts(answer) == {"created": 1, "rejected": 1}
    problem = answer.json["rows"][0]["problems"][0]
    assert (problem["column"], problem["code"]) == ("v", "percent-for-fraction")
    warned = mapping("Streetlight", attributes={"powerState": "v"})
    answer = send(api, text, json.dumps(warned), dryRun="true").ok()
    assert counts(answer) == {"created": 2} and answer.json["warned"] == 2
    assert answer.json["rows"][0]["problems"][0]["column"] == "v"


def test_tenants(api):
    """Mappings, imports and entities are a tenant's own."""
    kind = name("Bin")
    mapped = store(api, mapping(kind, attributes={"a": "v"}))
    done = send(api, "code,v\n1,2\n", mapped).ok(201)
    other = api.with_(NGSILD_Tenant=name("other"))
    other.post("entities", {"id": uid(), "type": "T"}).ok(201)
    other.get(f"{MAPPINGS}/{mapped}").problem(404, "ResourceNotFound", mapped)
    send(other, "code,v\n1,2\n", mapped).problem(404, "ResourceNotFound", mapped)
    other.get(f"{IMPORTS}/{done.json['id']}").problem(404, "ResourceNotFound")
    other.request("DELETE", f"{IMPORTS}/{done.json['id']}").problem(404, "ResourceNotFound")
    assert other.get(IMPORTS).ok().json == []
    assert len(api.get("entities", type=kind).ok().json) == 1


# ---- undo

def test_undo_of_what_was_created(api):
    """As if it had never been: no entity, no history."""
    kind = name("Pav")
    done = send(api, PAV.encode("windows-1252"), store(api, pav(kind))).ok(201)
    answer = undo(api, done)
    assert answer == {"id": done.json["id"], "state": "undone", "rows": 2, "entitiesKept": 0,
                      "kept": []}
    assert state(api, kind) == ([], [])
    assert api.get(f"{IMPORTS}/{done.json['id']}").ok().json["state"] == "undone"
    assert undo(api, done)["rows"] == 0  # once more does no harm


def test_undo_of_what_was_changed(api):
    """What was there is as it was, to the instant: values, history, scopes, types."""
    kind = name("Meter")
    at = "2026-07-15T12:00:00Z"
    for code in ("a", "b"):
        api.post("entities", {
            "id": f"urn:ngsi-ld:{kind}:{code}", "type": kind, "scope": "/old",
            "level": {"value": 5, "observedAt": at}, "name": {"value": code},
            "mode": [{"value": 1}, {"value": 2, "datasetId": "urn:d:2"}]}).ok(201)
    before = state(api, kind)
    mapped = store(api, mapping(
        f"{kind} Other", id=f"urn:ngsi-ld:{kind}:{{code}}", scope="/new/{code}", attributes={
            "level": {"column": "v", "value": "number", "observedAt": "at"},
            "name": "n", "extra": "n",
            "mode": {"column": "v", "value": "number", "datasetId": "urn:d:2"}}))
    text = (f"code,v,at,n\na,5,{at},changed\na,7,2026-07-15T13:00:00Z,again\n"
            f"a,1,2026-07-15T09:00:00Z,again\nb,6,{at},b\nc,1,{at},c\n")
    done = send(api, text, mapped).ok(201)
    assert counts(done) == {"created": 1, "updated": 4}
    assert state(api, kind) != before
    assert undo(api, done)["rows"] == 5
    assert state(api, kind) == before


def test_undo_spares_what_others_changed(api):
    """Since then somebody else has written: that stays, and is told."""
    kind = name("Meter")
    mapped = store(api, mapping(kind, attributes={
        "level": {"column": "v", "value": "number"}, "name": "n"}))
    done = send(api, "code,v,n\na,1,x\nb,2,y\nc,3,z\n", mapped).ok(201)
    a, b, c = (f"urn:ngsi-ld:{kind}:{code}" for code in "abc")
    api.patch(f"entities/{a}/attrs", {"level": {"value": 9}}).ok(204)
    api.delete(f"entities/{b}").ok(204)
    answer = undo(api, done)
    assert answer["rows"] == 3 and answer["entitiesKept"] == 2
    assert {k["entity"]: k["kept"] for k in answer["kept"]} == {a: ["id"], b: ["id"]}
    assert values(api, a) == {"id": a, "type": kind, "level": 9, "name": "x"}
    assert api.get("entities/" + c).status == 404
    # an attribute at a time
    done = send(api, "code,v,n\na,1,x2\n", mapped).ok(201)
    api.patch(f"entities/{a}/attrs", {"name": {"value": "theirs"}}).ok(204)
    answer = undo(api, done)
    iri = answer["kept"][0]["kept"]
    assert len(iri) == 1 and iri[0].endswith("/name")
    assert values(api, a) == {"id": a, "type": kind, "level": 9, "name": "theirs"}


def test_undo_of_imports_on_top_of_each_other(api):
    """The newer first gives back the older one's; the older first leaves the newer's."""
    kind = name("Meter")
    mapped = store(api, mapping(kind, observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}}))
    text = "code,v,at\na,{},{}\n"
    one = send(api, text.format(1, "2026-07-15T12:00:00Z"), mapped).ok(201)
    after_one = state(api, kind)
    two = send(api, text.format(2, "2026-07-15T13:00:00Z"), mapped).ok(201)
    undo(api, two)
    assert state(api, kind) == after_one
    two = send(api, text.format(2, "2026-07-15T13:00:00Z"), mapped).ok(201)
    answer = undo(api, one)
    assert answer["entitiesKept"] == 1
    assert values(api, f"urn:ngsi-ld:{kind}:a")["level"] == 2
    # a correction of the same instant
    three = send(api, text.format(3, "2026-07-15T13:00:00Z"), mapped).ok(201)
    assert counts(three) == {"updated": 1}
    undo(api, three)
    assert values(api, f"urn:ngsi-ld:{kind}:a")["level"] == 2


def test_undo_of_a_correction_in_the_history(api):
    """A late value that took another one's place gives it back."""
    kind = name("Meter")
    mapped = store(api, mapping(kind, observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}}))
    send(api, "code,v,at\na,1,2026-07-15T12:00:00Z\na,2,2026-07-15T13:00:00Z\n",
         mapped).ok(201)
    before = state(api, kind)
    done = send(api, "code,v,at\na,9,2026-07-15T12:00:00Z\na,8,2026-07-15T12:00:00Z\n"
                     "a,5,2026-07-15T11:00:00Z\n", mapped).ok(201)
    assert counts(done) == {"historized": 3}
    _, history = state(api, kind)
    assert sorted(i["value"] for i in history[0]["level"]) == [2, 5, 8]
    assert undo(api, done)["rows"] == 3
    assert state(api, kind) == before


# ---- exports come back

@pytest.fixture(scope="module")
def city(new_city):
    return new_city


@pytest.fixture(scope="module")
def new_city(api_of_module):
    done = subprocess.run(
        [program_path(), "demo", "--base", api_of_module.base, "--tenant",
         api_of_module.headers["NGSILD-Tenant"], "--days", "0"],
        capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return api_of_module


@pytest.fixture(scope="module")
def api_of_module(broker):
    client = Api(broker, **{"NGSILD-Tenant": name("city")})
    yield client
    client.close()


MODELS = ("WasteContainer", "TrafficFlowObserved", "CrowdFlowObserved", "NoiseLevelObserved",
          "WaterObserved", "Streetlight", "WeatherObserved", "Device")


def plain(entities):
    """Without what the format has no room for."""
    return {e["id"]: e for e in entities}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("form", ("csv", "csv-fr", "long", "geojson", "normalized"))
def test_round_trip(city, kind, form):
    """Export, delete, import: the models of the city are what they were; normalized GeoJSON
    and the long table keep all that is known of each attribute."""
    params = {"long": {"format": "csv", "layout": "long"},
              "normalized": {"format": "geojson", "options": "normalized"},
              }.get(form, {"format": form})
    text = city.get(EXPORTS, type=kind, **params).ok().body
    options = {} if form in ("long", "normalized") else {"options": "keyValues"}
    before = city.get("entities", type=kind, limit=1000, **options).ok().json
    assert before
    city.delete("entities", type=kind).empty()
    headers = GEOJSON if "geojson" in params["format"] else CSV
    answer = send(city, text, headers=headers).ok(201)
    assert answer.json["rejected"] == 0, answer.json["rows"][:3]
    assert answer.json["created"] == len(before)
    after = city.get("entities", type=kind, limit=1000, **options).ok().json
    assert plain(after) == plain(before)
    again = send(city, text, headers=headers).ok(201)
    assert again.json["unchanged"] == again.json["total"], again.json["rows"][:3]


def test_a_table_that_was_corrected(api):
    """Exported, cells changed in a spreadsheet, sent back: those change, and nothing else;
    units, instants and sub-attributes stay."""
    kind = name("Meter")
    for i in range(5):
        api.post("entities", {
            "id": f"urn:ngsi-ld:{kind}:{i}", "type": kind,
            "level": {"value": i, "unitCode": "MTR", "by": {"value": "x"},
                      "observedAt": f"2026-07-15T12:0{i}:00Z"},
            "flow": {"value": 1.5, "unitCode": "MQS", "observedAt": "2026-07-14T00:00:00Z"},
            "name": {"value": f"n{i}"}}).ok(201)
    before = entities(api, kind)
    text = api.get(EXPORTS, type=kind, format="csv-fr").ok().body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    for i in (1, 2, 3):
        rows[i][rows[0].index("level")] = "12,5"
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    done = send(api, out.getvalue()).ok(201)
    assert counts(done) == {"updated": 3, "unchanged": 2}
    after = entities(api, kind)
    assert after[3:] == before[3:]
    for was, now in zip(before[:3], after[:3]):
        assert {k for k in was if was[k] != now[k]} == {"level", "modifiedAt"}
        assert now["level"]["value"] == 12.5
        assert now["level"]["by"]["value"] == "x"
        for kept in ("unitCode", "observedAt"):
            assert now["level"][kept] == was["level"][kept]
    undo(api, done)
    assert entities(api, kind) == before


def test_history_comes_back(api):
    """An export of history is the history again."""
    kind = name("Station")
    mapped = store(api, mapping(kind, observedAt="at", attributes={
        "level": {"column": "v", "value": "number", "unitCode": "MTR"}}))
    rows = "".join(f"a,{i},2026-07-{i + 1:02}T12:00:00Z\n" for i in range(20))
    done = send(api, "code,v,at\n" + rows, mapped).ok(201)
    _, before = state(api, kind)
    for layout, form in (("long", "csv"), ("long", "csv-fr"), ("wide", "csv"),
                         ("wide", "csv-fr")):
        text = api.get("/calanque/v1/exports/history", type=kind, timerel="after",
                       timeAt="2026-01-01T00:00:00Z", layout=layout, format=form).ok().body
        undo(api, done)
        assert state(api, kind) == ([], [])
        done = send(api, text).ok(201)
        assert done.json["created"] == 1 and done.json["rejected"] == 0, done
        _, after = state(api, kind)
        if layout == "long":  # the wide table has no units
            assert after == before
        assert [i["value"] for i in after[0]["level"]] == [i["value"] for i in before[0]["level"]]


def test_geojson_of_others(api):
    """As QGIS and portals write it: any properties, with a mapping; coordinates in metres
    where the file says so."""
    kind = name("Light")
    mapped = store(api, mapping(kind, attributes={
        "location": {"geometry": True}, "power": {"column": "puissance", "value": "number"},
        "street": "adresse.rue"}))
    text = json.dumps({
        "type": "FeatureCollection", "name": "eclairage",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
        "features": [
            {"type": "Feature", "properties": {"code": 7, "puissance": 70.5,
                                               "adresse": {"rue": "Prado"}},
             "geometry": {"type": "Point", "coordinates": [892390.7, 6247036.1]}},
            {"type": "Feature", "properties": {"code": None}, "geometry": None}]})
    answer = send(api, text, mapped, headers=GEOJSON).ok(201)
    assert counts(answer) == {"created": 1, "rejected": 1}
    assert answer.json["rows"][0]["problems"][0]["column"] == "code"
    assert values(api, f"urn:ngsi-ld:{kind}:7") == {
        "id": f"urn:ngsi-ld:{kind}:7", "type": kind, "power": 70.5, "street": "Prado",
        "location": {"type": "Point", "coordinates": [5.3698062, 43.2965075]}}


# ---- proposals

def test_a_proposal(api):
    """A mapping to begin with, made of the file: separator, encoding, coordinates, dates,
    decimal commas; it can be stored as it is."""
    text = PAV.replace("32/07", "31/07").replace("beaucoup", "12").replace(
        "6247036,1;892390,7", "892390,7;6247036,1").encode("windows-1252")
    answer = api.request("POST", IMPORTS + "/proposals", text, headers=CSV,
                         type="WasteContainer").ok()
    assert answer.json == {
        "type": "WasteContainer", "id": "urn:ngsi-ld:WasteContainer:{code_pav}",
        "separator": ";", "encoding": "windows-1252", "decimal": ",",
        "observedAt": "date_releve",
        "attributes": {
            "location": {"longitude": "x", "latitude": "y", "crs": "EPSG:2154"},
            "codePav": {"column": "code_pav", "observedAt": False},
            "adresse": {"column": "adresse", "observedAt": False},
            "tauxRemplissage": {"column": "taux_remplissage", "value": "number"},
            "etat": {"column": "etat", "observedAt": False}}}
    mapped = store(api, answer.json)
    assert counts(send(api, text, mapped, dryRun="true").ok()) == {"created": 4}


def test_a_proposal_knows_the_profile(api):
    """Columns called like attributes of the type, or like their labels, become those."""
    text = "id,fillingLevel,refDevice,serial_number\n1,57,urn:ngsi-ld:Device:1,x\n"
    got = api.request("POST", IMPORTS + "/proposals", text, headers=CSV,
                      type="WasteContainer").ok().json["attributes"]
    assert got["fillingLevel"]["scale"] == 0.01
    assert got["refDevice"] == {"column": "refDevice", "kind": "Relationship"}
    assert got["serialNumber"] == {"column": "serial_number"}


def test_a_proposal_needs_a_type(api):
    api.request("POST", IMPORTS + "/proposals", "a,b\n1,2\n", headers=CSV).problem(
        400, "InvalidRequest", "type: say what the rows are")


# ---- mappings

def test_mappings(api):
    kind = name("Bin")
    document = mapping(kind, attributes={"a": "v"})
    called = store(api, document)
    assert api.get(f"{MAPPINGS}/{called}").ok().json == document
    document["description"] = "better"
    api.request("PUT", f"{MAPPINGS}/{called}", document).empty()
    listed = api.get(MAPPINGS).ok().json
    assert [(m["name"], m["mapping"]) for m in listed] == [(called, document)]
    api.request("DELETE", f"{MAPPINGS}/{called}").empty()
    api.get(f"{MAPPINGS}/{called}").problem(404, "ResourceNotFound", called)
    api.request("DELETE", f"{MAPPINGS}/{called}").problem(404, "ResourceNotFound")


@pytest.mark.parametrize("document, words", [
    ("[]", "a mapping is a JSON object"),
    ("{", "body"),
    ({"type": "T", "id": "urn:x:{c}"}, "/attributes: must be an object"),
    ({"type": "T", "id": "urn:x:{c}", "attributes": {"a": {"column": "v", "valu": "x"}}},
     "/attributes/a/valu: there is no such member of a mapping"),
    ({"type": "T", "id": "urn:x:{c}", "crs": "EPSG:1", "attributes": {"a": "v"}},
     "/crs: 'EPSG:1' is no reference system known here"),
])
def test_a_wrong_mapping(api, document, words):
    answer = api.request("PUT", f"{MAPPINGS}/wrong", document)
    assert answer.status == 400 and words in answer.json["detail"], answer


# ---- wrong requests

@pytest.mark.parametrize("body, params, status, words", [
    (b"", {}, 400, "the body is empty"),
    (b"a,b\n1,2\n", {}, 400, "needs mapping=NAME; POST it to /calanque/v1/imports/proposals"),
    (b"code,v\n1,2\n", {"mapping": "nobody"}, 404, "there is no mapping 'nobody'"),
    (b"code,v\n1,2\n", {"mapping": "{"}, 400, "the mapping"),
    (b"code,w\n1,2\n", {"mapping": "ours"}, 400,
     "the mapping reads a column 'v', which the file has not; it has: code, w"),
    (b"code,v\n1,2\n2,\"3\n3,4\n", {"mapping": "ours"}, 400,
     "line 3: a cell begins with a quote that is never closed"),
    (b"\xff\xfec\0", {"mapping": "ours"}, 400, "the file is UTF-16"),
    (b"code,v\n1,2\n", {"mapping": "ours", "dryRun": "maybe"}, 400, "dryRun"),
    (b"code,v\n1,2\n", {"mapping": "ours", "report": "some"}, 400, "report"),
    (b"code,v\n1,2\n", {"mapping": "ours", "format": "xlsx"}, 400, "format"),
])
def test_a_wrong_request(api, body, params, status, words):
    """Refused as a whole, before anything is written."""
    api.request("PUT", f"{MAPPINGS}/ours", mapping("T", attributes={"a": "v"}))
    answer = send(api, body, **params)
    assert answer.status == status and words in answer.json["detail"], answer
    assert api.get(IMPORTS).ok().json == []


def test_wrong_rows(api):
    """Each is one row's: those around it are there."""
    mapped = store(api, mapping(name("Bin"), attributes={"a": "v"}))
    answer = send(api, b"code,v\n1,\xe9\n2,ok\n3\n4,\"a\"b\n5,ok\n", mapped).ok(201)
    assert counts(answer) == {"created": 2, "rejected": 3}
    why = [r["problems"][0]["why"] for r in answer.json["rows"]]
    assert "not UTF-8" in why[0] and "windows-1252" in why[0]
    assert "1 cells, where the header has 2" in why[1]
    assert "text follows the quote" in why[2]


def test_a_broken_geojson(api):
    send(api, '{"type":"FeatureCollection","features":[{"type":"Feature"},', headers=GEOJSON
         ).problem(400, "BadRequestData", "was cut off")


def test_content_types(api):
    """curl's own says nothing: the file does."""
    kind = name("Bin")
    text = json.dumps(mapping(kind, attributes={"a": "v"}))
    for media in ("application/x-www-form-urlencoded", "text/plain"):
        send(api, "code,v\n1,2\n", text, headers={"Content-Type": media}).ok(201)
    send(api, "x", text, headers={"Content-Type": "image/png"}).problem(
        400, "BadRequestData", "text/csv")


def test_unknown_imports(api):
    api.post("entities", {"id": uid(), "type": "T"}).ok(201)
    for path in (f"{IMPORTS}/999999999", f"{IMPORTS}/999999999/report"):
        api.get(path).problem(404, "ResourceNotFound", "there is no import 999999999")
    api.get(f"{IMPORTS}/x").problem(400, "BadRequestData", "'x' is no id of an import")


def test_too_large(new_broker):
    """Files have a limit of their own, above that of other bodies."""
    api = new_broker("--max-body", "10k", "--import-max", "100k").start().api
    head, row = "code,v\n", "{},0123456789012345678901234567890123456789\n"
    text = json.dumps(mapping("Bin", attributes={"a": "v"}))
    send(api, head + "".join(row.format(i) for i in range(1000)), text).ok(201)
    send(api, head + "".join(row.format(i) for i in range(4000)), text).problem(
        413, "InvalidRequest", "102400")
    api.post("entities", "x" * 11000).problem(413, "InvalidRequest", "10240")


# ---- large files, and broken ones

def big(rows):
    return "code,v,at\n" + "".join(
        f"{i % 20000},{i % 97},2026-07-15T{i // 20000:02}:00:00Z\n" for i in range(rows))


def test_killed_half_way(new_broker):
    """What was acknowledged and recorded is there; the file may be sent again; and what the
    broken import did can be undone."""
    program = new_broker().start()
    mapped = store(program.api, mapping("Meter", observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}}), "meters")
    text = big(60000)

    def post():
        try:
            send(program.api, text, mapped)
        except OSError:
            pass

    thread = threading.Thread(target=post)
    thread.start()
    wait_until("some rows", lambda: any(
        i["created"] > 2000 for i in program.api.get(IMPORTS).ok().json))
    program.kill()
    thread.join()
    program.start()
    api = program.api
    broken = api.get(IMPORTS).ok().json[0]
    done = broken["created"] + broken["updated"]
    assert 2000 < broken["created"] and done < 60000
    assert api.get("entities", type="Meter", limit=0, count="true").ok().count == \
        broken["created"]
    again = send(api, text, mapped).ok(201)
    assert again.json["rejected"] == 0 and again.json["unchanged"] >= done
    assert again.json["created"] == 20000 - broken["created"]
    assert counts(send(api, text, mapped).ok(201)) == {"unchanged": 60000}


def test_memory(new_broker):
    """100,000 rows need some megabytes beside the file itself, dry or not."""
    program = new_broker().start()
    if b"__asan_init" in open(program_path(), "rb").read():
        pytest.skip("AddressSanitizer keeps what was freed")
    api = program.api
    mapped = store(api, mapping("Meter", observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}}), "meters")

    def peak():
        with open(f"/proc/{program.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024

    send(api, big(1000), mapped).ok(201)
    before = peak()
    text = big(100000)
    dry = send(api, text, mapped, dryRun="true").ok()
    run = send(api, text, mapped).ok(201)
    assert counts(dry) == counts(run) == {"created": 19000, "updated": 80000, "unchanged": 1000}
    assert peak() - before < 8 * len(text) / 1e6 + 100, (before, peak(), len(text))


def test_told_to_stop(new_broker):
    """A broker that ends breaks the import off after a page, and says so."""
    program = new_broker().start()
    mapped = store(program.api, mapping("Meter", observedAt="at", attributes={
        "level": {"column": "v", "value": "number"}}), "meters")
    answers = []

    def post():
        try:
            answers.append(send(program.api, big(60000), mapped))
        except OSError:
            pass

    thread = threading.Thread(target=post)
    thread.start()
    wait_until("some rows", lambda: any(
        i["created"] > 500 for i in program.api.get(IMPORTS).ok().json))
    assert program.stop() == 0
    thread.join()
    for answer in answers:
        answer.problem(503, "InternalError", "was interrupted after row", "sent again")
    program.start()
    assert program.api.get(IMPORTS).ok().json[0]["state"] == "interrupted"
    assert "told to stop" in program.api.get(IMPORTS).ok().json[0]["reason"]
