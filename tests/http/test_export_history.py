# SPDX-License-Identifier: Apache-2.0
"""History as files: every instance, moments side by side, periods."""

import csv
import io
import json

import openpyxl
import pytest

from client import name

PATH = "/calanque/v1/exports/history"
WHEN = "timerel=between&timeAt=2026-01-01T00:00:00Z&endTimeAt=2026-02-01T00:00:00Z"
SENSORS = 3
DAYS = 30


@pytest.fixture(scope="module")
def kind(api):
    """Three stations; each day at noon a temperature, every other day the humidity."""
    kind = name("Station")
    for i in range(SENSORS):  # the order of creation
        api.post("entities", {"id": f"urn:ngsi-ld:{kind}:{i}", "type": kind}).ok(201)
    for day in range(1, DAYS + 1):
        batch = []
        for i in range(SENSORS):
            at = f"2026-01-{day:02}T12:00:00Z"
            entity = {
                "id": f"urn:ngsi-ld:{kind}:{i}", "type": kind,
                "location": {"type": "Point", "coordinates": [5 + i, 43]},
                "temperature": {"value": day + i / 10, "unitCode": "CEL", "observedAt": at}}
            if day % 2 == 0:
                entity["humidity"] = {"value": 0.5, "observedAt": at}
            batch.append(entity)
        api.post("entityOperations/upsert?options=update", batch)
    return kind


def rows(answer, **kwargs):
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")), **kwargs))


def test_long(api, kind):
    """Every instance is a row: by sensor, attribute and time."""
    answer = api.get(f"{PATH}?type={kind}&{WHEN}").ok()
    assert f'filename="{kind}_2' in answer.headers["Content-Disposition"]
    got = rows(answer)
    assert len(got) == SENSORS * (DAYS + DAYS // 2)
    one = [r for r in got if r["id"].endswith(":1") and r["attribute"] == "temperature"]
    assert [float(r["value"]) for r in one] == [d + 0.1 for d in range(1, DAYS + 1)]
    assert one[4]["unitCode"] == "CEL" and one[4]["observedAt"] == "2026-01-05T12:00:00Z"
    assert one[4]["modifiedAt"].startswith("2")


def test_wide(api, kind):
    """A row a moment; what was not measured then is empty."""
    got = rows(api.get(f"{PATH}?type={kind}&{WHEN}&layout=wide&attrs=temperature,humidity").ok())
    assert list(got[0]) == ["id", "type", "time", "humidity", "temperature"]
    assert len(got) == SENSORS * DAYS
    assert [(r["time"], r["temperature"], r["humidity"]) for r in got[:2]] == [
        ("2026-01-01T12:00:00Z", "1.0", ""), ("2026-01-02T12:00:00Z", "2.0", "0.5")]


def test_wide_for_a_french_excel(api, kind):
    got = rows(api.get(f"{PATH}?type={kind}&{WHEN}&layout=wide&format=csv-fr").ok(),
               delimiter=";")
    assert got[1]["time (Europe/Paris)"] == "02/01/2026 13:00:00"
    assert got[1]["time (UTC)"] == "2026-01-02T12:00:00Z"
    assert got[1]["humidity"] == "0,5"


def test_xlsx(api, kind):
    answer = api.get(f"{PATH}?type={kind}&{WHEN}&layout=wide&format=xlsx").ok()
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body))["Data"]
    table = list(sheet.iter_rows(values_only=True))
    assert len(table) == 1 + SENSORS * DAYS
    row = dict(zip(table[0], table[2]))
    assert row["temperature"] == 2 and row["time (UTC)"].isoformat() == "2026-01-02T12:00:00"


def test_aggregated(api, kind):
    """A row a period, a column a method."""
    got = rows(api.get(f"{PATH}?type={kind}&{WHEN}&attrs=temperature"
                       "&aggrMethods=avg,max,totalCount&aggrPeriodDuration=P10D").ok())
    assert list(got[0]) == ["id", "type", "attribute", "datasetId", "from", "to",
                            "avg", "max", "totalCount"]
    first = [r for r in got if r["id"].endswith(":0")]
    assert [(r["from"], float(r["avg"]), float(r["max"]), r["totalCount"]) for r in first] == [
        ("2026-01-01T00:00:00Z", 5.5, 10, "10"), ("2026-01-11T00:00:00Z", 15.5, 20, "10"),
        ("2026-01-21T00:00:00Z", 25.5, 30, "10")]


def test_local_days(api, kind):
    """Periods in local time, as of temporal answers."""
    got = rows(api.get(f"{PATH}?type={kind}&{WHEN}&attrs=temperature&aggrMethods=avg"
                       "&aggrPeriodDuration=P1D&tz=Europe/Paris&format=csv-fr").ok(),
               delimiter=";")
    assert got[1]["from (Europe/Paris)"] == "02/01/2026 00:00:00"


def test_ndjson(api, kind):
    answer = api.get(f"{PATH}?type={kind}&{WHEN}&format=ndjson&attrs=humidity").ok()
    got = [json.loads(line) for line in answer.body.splitlines()]
    assert len(got) == SENSORS * DAYS // 2
    assert got[0] == {"id": f"urn:ngsi-ld:{kind}:0", "type": kind, "humidity": {
        "type": "Property", "value": 0.5, "observedAt": "2026-01-02T12:00:00Z"}}


def test_geojson(api, kind):
    """Each instance where its sensor stands."""
    answer = api.get(f"{PATH}?type={kind}&{WHEN}&format=geojson&attrs=humidity").ok()
    features = answer.json["features"]
    assert len(features) == SENSORS * DAYS // 2
    assert features[0]["geometry"]["coordinates"] == [5, 43]
    del features[0]["properties"]["location"]
    assert features[0]["properties"] == {"type": kind, "humidity": 0.5,
                                         "observedAt": "2026-01-02T12:00:00Z"}


def test_jsonld(api, kind):
    got = api.get(f"{PATH}?type={kind}&{WHEN}&format=jsonld&attrs=humidity").ok().json
    assert len(got) == SENSORS * DAYS // 2 and all("@context" in e for e in got)


def test_filters_and_pages(api, kind):
    """More evolutions than one look at the database takes; filters as in queries."""
    own = name("Many")
    n = 230
    api.post("entityOperations/create", [
        {"id": f"urn:ngsi-ld:{own}:{i:03}", "type": own,
         "a": {"value": i, "observedAt": "2026-01-15T00:00:00Z"}} for i in range(n)]).ok(201)
    for layout in ("long", "wide"):
        got = rows(api.get(f"{PATH}?type={own}&{WHEN}&layout={layout}").ok())
        assert sorted(r["id"][-3:] for r in got) == [f"{i:03}" for i in range(n)]
    got = rows(api.get(f"{PATH}?type={own}&{WHEN}&q=a%3E200").ok())
    assert len(got) == n - 201
    got = rows(api.get(f"{PATH}?type={kind}&{WHEN}&lastN=2&attrs=temperature").ok())
    assert [float(r["value"]) for r in got] == [29, 30, 29.1, 30.1, 29.2, 30.2]


def test_goes_on_after(api, kind):
    got = rows(api.get(f"{PATH}?type={kind}&{WHEN}&after=urn:ngsi-ld:{kind}:0").ok())
    assert {r["id"][-1] for r in got} == {"1", "2"}
    answer = api.get(f"{PATH}?type={kind}&{WHEN}&after=urn:a:none")
    assert answer.status == 404
    assert answer.json["detail"] == ("after: there is no history of entity urn:a:none (any "
                                     "more); begin anew, or after an earlier one")


def test_standard_path(api, kind):
    """GET /temporal/entities gives the same, by format or Accept."""
    want = rows(api.get(f"{PATH}?type={kind}&{WHEN}").ok())
    for answer in (
            api.get(f"temporal/entities?type={kind}&{WHEN}&format=csv"),
            api.get(f"temporal/entities?type={kind}&{WHEN}", headers={"Accept": "text/csv"})):
        assert rows(answer.ok()) == want


def test_nothing(api):
    assert rows(api.get(f"{PATH}?type={name('None')}&{WHEN}").ok()) == []
    assert api.get(f"{PATH}?type={name('None')}&{WHEN}&format=jsonld").ok().json == []


@pytest.mark.parametrize("query, detail", [
    (f"type=T&{WHEN}&format=pdf", "format: 'pdf' is unknown; use csv, csv-fr, xlsx, geojson, "
                                  "ndjson or jsonld"),
    (f"type=T&{WHEN}&layout=tall", "layout: 'tall' is neither wide nor long"),
    (f"type=T&{WHEN}&format=ndjson&aggrMethods=avg",
     "format: aggregated values are tables: use csv, csv-fr or xlsx; as JSON they are at "
     "/ngsi-ld/v1/temporal/entities"),
    ("type=T", "timerel is missing: a temporal query says when; for example "
               "timerel=after&timeAt=2026-01-01T00:00:00Z"),
])
def test_errors(api, query, detail):
    answer = api.get(f"{PATH}?{query}")
    assert answer.status == 400 and answer.json["detail"] == detail
