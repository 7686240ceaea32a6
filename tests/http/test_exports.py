# SPDX-License-Identifier: Apache-2.0
"""Files of the current state: opened again by readers that are not ours."""

import csv
import io
import json
import zipfile

import openpyxl
import pytest

from client import ERRORS, link, name, quote, uid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATH = "/calanque/v1/exports/entities"
N = 450  # more than two looks at the database


@pytest.fixture(scope="module")
def kind(api):
    """A type of its own with N entities; every tenth has a note, every hundredth no place."""
    kind = name("Bin")
    for i in range(N):
        e = {"id": f"urn:ngsi-ld:{kind}:{i:03}", "type": kind, "scope": "/Marseille",
             "fill": {"value": i / 8, "unitCode": "C62",
                      "observedAt": f"2026-01-15T12:{i % 60:02}:00Z"}}
        if i % 10 == 0:
            e["note"] = f'=cmd("{i}");é'
        if i % 100 != 0:
            e["location"] = {"type": "Point", "coordinates": [5 + i / 1000, 43.5]}
        api.post("entities", e).ok(201)
    return kind


def rows(answer, **kwargs):
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")), **kwargs))


def test_csv(api, kind):
    """Everything that matches, beyond any page, in the order of creation."""
    answer = api.get(f"{PATH}?type={kind}").ok()
    assert answer.type == "text/csv; charset=utf-8; header=present"
    assert f'attachment; filename="{kind}_2' in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    got = rows(answer)
    assert [r["id"] for r in got] == [f"urn:ngsi-ld:{kind}:{i:03}" for i in range(N)]
    assert list(got[0]) == ["id", "type", "scope", "observedAt", "fill",
                            "location.longitude", "location.latitude", "location", "note"]
    assert got[11] == {
        "id": f"urn:ngsi-ld:{kind}:011", "type": kind, "scope": "/Marseille",
        "observedAt": "2026-01-15T12:11:00Z", "fill": "1.375",
        "location.longitude": "5.011", "location.latitude": "43.5", "location": "",
        "note": ""}
    assert got[10]["note"] == '=cmd("10");é'
    assert got[100]["location.longitude"] == ""


def test_csv_for_a_french_excel(api, kind):
    answer = api.get(f"{PATH}?type={kind}&format=csv-fr&limit=11").ok()
    assert answer.body.startswith(b"\xef\xbb\xbfid;")
    got = rows(answer, delimiter=";")
    assert len(got) == 11
    assert got[3]["fill"] == "0,375"
    assert got[3]["observedAt (Europe/Paris)"] == "15/01/2026 13:03:00"
    assert got[3]["observedAt (UTC)"] == "2026-01-15T12:03:00Z"
    assert got[10]["note"] == '\'=cmd("10");é'  # not a formula


def test_local_time(api, kind):
    got = rows(api.get(f"{PATH}?type={kind}&format=csv-fr&limit=1&tz=Asia/Kathmandu").ok(),
               delimiter=";")
    assert got[0]["observedAt (Asia/Kathmandu)"] == "15/01/2026 17:45:00"


def test_xlsx(api, kind):
    """A real workbook: numbers are numbers, instants dates; it says where it comes from."""
    answer = api.get(f"{PATH}?type={kind}&format=xlsx").ok()
    assert answer.type == XLSX
    assert zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is None
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    assert book.sheetnames == ["Data", "Info"]
    sheet = book["Data"]
    table = list(sheet.iter_rows(values_only=True))
    assert len(table) == N + 1 and sheet.freeze_panes == "A2"
    row = dict(zip(table[0], table[12]))
    assert row["fill"] == 1.375 and isinstance(row["fill"], float)
    assert row["observedAt (Europe/Paris)"].isoformat() == "2026-01-15T13:11:00"
    assert row["observedAt (UTC)"].isoformat() == "2026-01-15T12:11:00"
    assert dict(zip(table[0], table[11]))["note"] == '=cmd("10");é'
    assert sheet.cell(12, table[0].index("note") + 1).data_type == "s"
    info = dict(book["Info"].iter_rows(values_only=True))
    assert info["Request"] == f"{PATH}?type={kind}&format=xlsx"


def test_long(api, kind):
    """One row an instance, sub-attributes too."""
    own = name("Long")
    api.post("entities", {
        "id": f"urn:ngsi-ld:{own}:1", "type": own,
        "level": [{"value": 1, "by": {"value": "x"}},
                  {"value": 2, "datasetId": "urn:d:1", "unitCode": "CEL"}]}).ok(201)
    got = rows(api.get(f"{PATH}?type={own}&layout=long").ok())
    assert [(r["attribute"], r["datasetId"], r["value"], r["unitCode"]) for r in got] == [
        ("level", "", "1", ""), ("level.by", "", "x", ""), ("level", "urn:d:1", "2", "CEL")]


def test_ndjson(api, kind):
    answer = api.get(f"{PATH}?type={kind}&format=ndjson").ok()
    got = [json.loads(line) for line in answer.body.splitlines()]
    assert len(got) == N and got[5]["fill"]["unitCode"] == "C62"
    simple = api.get(f"{PATH}?type={kind}&format=ndjson&options=keyValues&limit=1").ok()
    assert json.loads(simple.body)["fill"] == 0


def test_geojson(api, kind):
    answer = api.get(f"{PATH}?type={kind}&format=geojson").ok()
    assert answer.type == "application/geo+json"
    features = answer.json["features"]
    assert len(features) == N
    assert features[1]["geometry"] == {"type": "Point", "coordinates": [5.001, 43.5]}
    assert features[0]["geometry"] is None
    assert features[1]["properties"]["fill"] == 0.125


def test_jsonld_comes_back(api, kind):
    """What was exported can be posted again."""
    entities = api.get(f"{PATH}?type={kind}&format=jsonld&limit=3").ok().json
    assert all("@context" in e for e in entities) and len(entities) == 3
    answer = api.post("entityOperations/upsert", entities,
                      headers={"Content-Type": "application/ld+json"})
    assert answer.status == 204, answer


def test_filters(api, kind):
    """The same as of queries."""
    for more, n in (("q=fill>50", 49), ("q=note", 45), ("scopeQ=/Nice", 0),
                    (f"idPattern={quote(':00[0-4]$')}", 5),
                    ("georel=near;maxDistance==1000&geometry=Point&coordinates=[5.1,43.5]", 24)):
        got = rows(api.get(f"{PATH}?type={kind}&" + more.replace(">", "%3E")).ok())
        assert len(got) == n, more
    got = rows(api.get(f"{PATH}?type={kind}&pick=id,fill&limit=1").ok())
    assert list(got[0]) == ["id", "type", "scope", "observedAt", "fill"]


def test_goes_on_after(api, kind):
    """A file that was cut off is continued with the entity it ended with."""
    first = rows(api.get(f"{PATH}?type={kind}&limit=300").ok())
    rest = rows(api.get(f"{PATH}?type={kind}&after={first[-1]['id']}").ok())
    assert [r["id"][-3:] for r in first + rest] == [f"{i:03}" for i in range(N)]
    answer = api.get(f"{PATH}?type={kind}&after=urn:a:none")
    assert answer.status == 404
    assert answer.json["detail"] == ("after: there is no entity urn:a:none (any more); begin "
                                     "anew, or after an earlier one")


def test_about(api, kind):
    text = api.get(f"{PATH}?type={kind}&about=true&limit=1").ok().body.decode()
    assert text.startswith("# Source: http://")
    assert f"\r\n# Request: {PATH}?type={kind}&about=true&limit=1\r\n# Exported at: 2" in text
    text = api.get(f"{PATH}?type={kind}&about=true&format=csv-fr&limit=1").ok().body.decode()
    assert "\r\n# Requête: " in text


def test_licence(new_broker):
    api = new_broker("--licence", "Licence Ouverte 2.0", "--time-zone", "Pacific/Noumea") \
        .start().api
    api.post("entities", {"id": "urn:a:1", "type": "T",
                          "a": {"value": 1, "observedAt": "2026-01-15T12:00:00Z"}}).ok(201)
    text = api.get(f"{PATH}?type=T&format=csv-fr&about=true").ok().body.decode()
    assert "# Licence: Licence Ouverte 2.0\r\n" in text
    assert "15/01/2026 23:00:00" in text


def test_standard_path(api, kind):
    """GET /entities gives the same file, by format or Accept; nothing else changes."""
    want = api.get(f"{PATH}?type={kind}").ok().body
    for answer in (api.get(f"entities?type={kind}&format=csv"),
                   api.get(f"entities?type={kind}", headers={"Accept": "text/csv"})):
        assert answer.ok().body == want
        assert answer.headers["Content-Disposition"]
    answer = api.get(f"entities?type={kind}", headers={"Accept": XLSX})
    assert answer.ok().type == XLSX
    for accept in ("*/*", "application/json, text/csv"):
        answer = api.get(f"entities?type={kind}", headers={"Accept": accept})
        assert answer.ok().type == "application/json" and len(answer.json) == 20
    assert api.get("types", headers={"Accept": "text/csv"}).status == 406


def test_context(api, pages):
    """Columns have the names of the request's @context."""
    own = name("Ctx")
    api.post("entities", {"id": uid(), "type": own, "fill": 1}).ok(201)
    iri = "https://uri.etsi.org/ngsi-ld/default-context/fill"
    url = pages.put("/c.jsonld", json.dumps({"@context": {"remplissage": iri}}))
    got = rows(api.get(f"{PATH}?type={own}", headers={"Link": link(url)}).ok())
    assert got[0]["remplissage"] == "1"


def test_nothing(api):
    """No match is a file without rows."""
    kind = name("None")
    assert rows(api.get(f"{PATH}?type={kind}").ok()) == []
    assert api.get(f"{PATH}?type={kind}&format=geojson").ok().json["features"] == []
    assert api.get(f"{PATH}?type={kind}&format=jsonld").ok().json == []
    assert api.get(f"{PATH}?type={kind}&format=ndjson").ok().body == b""


def test_tenants(api, kind):
    """Isolated like queries."""
    tenant = name("t")
    api.post("entities", {"id": uid(), "type": "Other"},
             headers={"NGSILD-Tenant": tenant}).ok(201)
    answer = api.get(f"{PATH}?local=true", headers={"NGSILD-Tenant": tenant}).ok()
    assert [r["type"] for r in rows(answer)] == ["Other"]
    answer = api.get(f"{PATH}?local=true", headers={"NGSILD-Tenant": "nobody"})
    assert answer.status == 404 and answer.json["type"] == ERRORS + "NonexistentTenant"


@pytest.mark.parametrize("query, detail", [
    ("type=T&format=pdf", "format: 'pdf' is unknown; use csv, csv-fr, xlsx, geojson, ndjson "
                          "or jsonld"),
    ("type=T&layout=tall", "layout: 'tall' is neither wide nor long"),
    ("type=T&tz=Mars/Olympus", "tz: there is no time zone 'Mars/Olympus'; use a name such as "
                               "Europe/Paris"),
    ("type=T&limit=0", "limit: '0' is no whole number of 1 or more"),
    ("type=T&limit=many", "limit: 'many' is no whole number of 1 or more"),
])
def test_errors(api, query, detail):
    answer = api.get(f"{PATH}?{query}")
    assert answer.status == 400 and answer.json["detail"] == detail


def test_too_wide(api):
    answer = api.get(PATH)
    assert answer.status == 400 and "too wide" in answer.json["detail"]
