# SPDX-License-Identifier: Apache-2.0
"""Checks that help: warnings in headers, refusals of strict types, the list of what was
found, POST …/check, profiles.  What is found is tests/unit/core/test_lint.c's matter."""

import json
import subprocess

import pytest

import program
from client import uid

CHECK = "/calanque/v1/check"
CHECKS = "/calanque/v1/checks"
PROFILES = "/calanque/v1/profiles"
PLACE = {"type": "Point", "coordinates": [5.37, 43.3]}
STRICT = "warn,strict:WasteContainer,off:Device"


def waste(**attributes):
    return {"id": uid("WasteContainer"), "type": "WasteContainer", "location": PLACE,
            **attributes}


def findings(answer):
    """What the headers say, which is there whole or not at all."""
    count, text = answer.headers["Calanque-Warnings"], answer.headers["Calanque-Findings"]
    assert (count is None) == (text is None), answer
    return [] if text is None else json.loads(text)


def codes(answer):
    return [f["code"] for f in findings(answer)]


@pytest.fixture(scope="module")
def strict(template):
    """A broker that refuses what is wrong in waste containers, and knows its territory."""
    p = program.Program("--checks", STRICT, "--territory", "5,43,6,44")
    subprocess.run(["cp", "-a", template, p.data], check=True)
    yield p.start().api
    assert p.stop() == 0
    p.check_log()
    p.remove()


# warn


def test_a_clean_write_says_nothing(api):
    assert findings(api.post("entities", waste(fillingLevel=0.57)).ok(201)) == []


def test_a_warned_write_is_done(api):
    """Accepted as it is, with what was found in two headers."""
    entity = waste(fillingLevel=57, **{"storedWasteKnd": "verre"})
    answer = api.post("entities", entity).ok(201)
    assert answer.headers["Calanque-Warnings"] == "2"
    assert findings(answer) == [
        {"code": "percent-for-fraction", "level": "error", "type": "WasteContainer",
         "attribute": "fillingLevel", "at": "/fillingLevel/value", "seen": "57",
         "why": "fillingLevel is a fraction, from 0 to 1; this looks like per cent",
         "mend": "send 0.57"},
        {"code": "misspelt-attribute", "level": "error", "type": "WasteContainer",
         "attribute": "storedWasteKnd", "at": "/storedWasteKnd",
         "why": "storedWasteKnd is unknown in WasteContainer",
         "mend": "did you mean storedWasteKind?"}]
    assert api.get(f"entities/{entity['id']}?format=simplified").json["fillingLevel"] == 57


def test_every_write_is_checked(api):
    """5.6: each operation in turn, whole or in part."""
    entity = waste(fillingLevel=0.5)
    path = f"entities/{entity['id']}"
    api.post("entities", entity).ok(201)
    wrong = {"fillingLevel": {"value": 57}}
    for answer in (api.put(path, {"type": "WasteContainer", "location": PLACE, **wrong}),
                   api.patch(path, wrong),
                   api.patch(path, {"fillingLevel": 57}, format="simplified"),
                   api.post(path + "/attrs", wrong),
                   api.patch(path + "/attrs", wrong),
                   api.patch(path + "/attrs/fillingLevel", {"value": 57}),
                   api.put(path + "/attrs/fillingLevel", {"value": 57})):
        assert answer.status == 204, answer
        assert codes(answer) == ["percent-for-fraction"], answer
    assert codes(api.put(path, {"type": "WasteContainer"})) == ["missing-attribute"]


def test_histories_are_checked(api, strict):
    """5.6.11, 5.6.12, 5.6.14: what is added to the past, too."""
    entity = waste(fillingLevel=[{"value": 57, "observedAt": "2026-01-01T00:00:00Z"},
                                 {"value": 0.5, "observedAt": "2026-01-01T01:00:00Z"}])
    answer = api.post("temporal/entities", entity).ok(201)
    assert [(f["code"], f["at"]) for f in findings(answer)] == [
        ("percent-for-fraction", "/fillingLevel/0/value")]
    more = {"fillingLevel": [{"value": 58, "observedAt": "2026-01-01T02:00:00Z"}]}
    api.post("entities", waste(id=entity["id"]))
    answer = api.post(f"temporal/entities/{entity['id']}/attrs", more)
    assert answer.status == 204 and codes(answer) == ["percent-for-fraction"], answer
    strict.post("temporal/entities", entity).problem(400, "BadRequestData", "send 0.57")


def test_batches_tell_of_all(api):
    good, bad = waste(fillingLevel=0.5), waste(fillingLevel=50)
    also = waste(status="OK")
    answer = api.post("entityOperations/create", [good, bad, also]).ok(201)
    assert [(f["entity"], f["code"]) for f in findings(answer)] == [
        (bad["id"], "percent-for-fraction"), (also["id"], "other-spelling")]
    for operation in ("update", "merge", "upsert"):
        answer = api.post(f"entityOperations/{operation}", [bad])
        assert answer.status == 204 and codes(answer) == ["percent-for-fraction"], answer


def test_headers_are_bounded(api):
    """A batch in which all is wrong: the count is whole, the list is cut."""
    batch = [waste(fillingLevel=50) for _ in range(60)]
    answer = api.post("entityOperations/create", batch).ok(201)
    assert answer.headers["Calanque-Warnings"] == "60"
    assert 0 < len(findings(answer)) < 60
    assert len(answer.headers["Calanque-Findings"]) <= 2001


def test_a_fragment_is_what_the_stored_entity_is(api):
    """The id says WasteContainer, the entity is none: nothing is found."""
    entity = {"id": uid("WasteContainer"), "type": "Bench", "fillingLevel": 0.5}
    api.post("entities", entity).ok(201)
    answer = api.patch(f"entities/{entity['id']}/attrs/fillingLevel", {"value": 57})
    assert answer.status == 204 and findings(answer) == [], answer
    # The id says nothing: the attribute does, and the store decides.
    other = {**waste(fillingLevel=0.5), "id": f"urn:of:my:own:{uid()}"}
    api.post("entities", other).ok(201)
    answer = api.patch(f"entities/{other['id']}/attrs/fillingLevel", {"value": 57})
    assert codes(answer) == ["percent-for-fraction"]


def test_headers_are_ascii(api):
    body = json.dumps(waste(status="brûlé"), ensure_ascii=False)
    answer = api.post("entities", body).ok(201)
    assert json.loads(findings(answer)[0]["seen"]) == "brûlé"
    assert answer.headers["Calanque-Findings"].isascii()


# strict


def test_strict_types_refuse(strict):
    """A ProblemDetails with the list; nothing is written."""
    entity = waste(fillingLevel=57, status="OK")
    answer = strict.post("entities", entity)
    detail = answer.problem(400, "BadRequestData")
    assert detail == ("/fillingLevel/value: fillingLevel is a fraction, from 0 to 1; this "
                      "looks like per cent; send 0.57 (and 1 more in findings)")
    assert [f["code"] for f in answer.json["findings"]] == ["percent-for-fraction",
                                                           "other-spelling"]
    strict.get(f"entities/{entity['id']}").problem(404, "ResourceNotFound")
    detail = strict.post("entities", waste(fillingLevel=57)).problem(400, "BadRequestData")
    assert detail.endswith("this looks like per cent; send 0.57")


def test_strict_fragments(strict):
    entity = waste(fillingLevel=0.5)
    path = f"entities/{entity['id']}"
    strict.post("entities", entity).ok(201)
    for answer in (strict.patch(path, {"fillingLevel": 57}),
                   strict.patch(path + "/attrs/fillingLevel", {"value": 57}),
                   strict.patch(path + "/attrs", {"fillingLevel": 57})):
        answer.problem(400, "BadRequestData", "send 0.57")
    assert strict.get(f"{path}?format=simplified").json["fillingLevel"] == 0.5
    strict.patch(f"entities/{uid('WasteContainer')}", {"fillingLevel": 57}).problem(
        404, "ResourceNotFound")


def test_strict_batches(strict):
    """The element is refused with its list, the others are written."""
    good, bad = waste(fillingLevel=0.5), waste(fillingLevel=50)
    answer = strict.post("entityOperations/create", [good, bad]).ok(207)
    assert answer.json["success"] == [good["id"]]
    error = answer.json["errors"][0]
    assert error["entityId"] == bad["id"] and error["error"]["status"] == 400
    assert [f["code"] for f in error["error"]["findings"]] == ["percent-for-fraction"]


def test_a_warning_refuses_nothing(strict):
    answer = strict.post("entities", waste(location={"type": "Point",
                                                     "coordinates": [2.3, 48.8]})).ok(201)
    assert codes(answer) == ["outside-territory"]


def test_swapped_coordinates(strict):
    entity = waste(location={"type": "Point", "coordinates": [43.3, 5.37]})
    detail = strict.post("entities", entity).problem(400, "BadRequestData")
    assert detail == (
        "/location/value/coordinates: [43.3, 5.37] is outside the territory, and inside it "
        "with longitude and latitude in the order of GeoJSON; send [5.37,43.3]: the "
        "longitude comes first")


def test_off_is_off(strict):
    device = {"id": uid("Device"), "type": "Device", "batteryLevel": 80}
    answer = strict.post("entities", device).ok(201)
    assert findings(answer) == []
    assert [f["code"] for f in strict.post(CHECK, device).ok().json["findings"]] == [
        "percent-for-fraction", "missing-attribute"]


# the list


def test_the_list_counts_by_source(api):
    """One row for each source, type, attribute and code, in the tenant alone."""
    mine = api.with_(NGSILD_Tenant=f"checks{uid()[-6:]}".replace(":", "-"),
                     User_Agent="gateway/1.0", X_Forwarded_For="192.0.2.7, 10.0.0.1")
    entity = waste(fillingLevel=0.5)
    mine.post("entities", entity).ok(201)
    assert mine.get(CHECKS).ok().json["checks"] == []
    for value in (57, 58, 59):
        mine.patch(f"entities/{entity['id']}/attrs/fillingLevel", {"value": value}).ok(204)
    mine.patch(f"entities/{entity['id']}", {"status": "OK"}).ok(204)
    answer = mine.get(CHECKS).ok().json
    assert answer["total"] == 2
    latest, row = answer["checks"]
    assert latest["code"] == "other-spelling"
    assert row["code"] == "percent-for-fraction" and row["attribute"] == "fillingLevel"
    assert row["source"] == {"address": "192.0.2.7", "userAgent": "gateway/1.0"}
    assert (row["count"], row["refused"]) == (3, 0)
    assert row["firstAt"] <= row["lastAt"]
    assert row["last"]["entity"] == entity["id"] and row["last"]["mend"] == "send 0.59"
    assert mine.get(CHECKS, code="other-spelling").json["total"] == 1
    assert mine.get(CHECKS, type="Device").json["total"] == 0
    assert mine.get(CHECKS, refused="true").json["total"] == 0
    assert len(mine.get(CHECKS, limit=1).json["checks"]) == 1
    mine.delete(CHECKS).empty(204)
    assert mine.get(CHECKS).json["total"] == 0


def test_the_list_knows_what_was_refused(strict):
    strict.post("entities", waste(fillingLevel=57)).problem(400, "BadRequestData")
    rows = strict.get(CHECKS, refused="true", type="WasteContainer").ok().json["checks"]
    row = next(r for r in rows if r["code"] == "percent-for-fraction")
    assert row["refused"] >= 1 and row["source"]["address"] == "127.0.0.1"
    assert " 0\n" not in next(line + "\n" for line in
                              strict.get("/metrics").body.decode().splitlines()
                              if line.startswith("calanque_checks_refused_total "))


def test_the_list_says_what_it_takes(api):
    detail = api.get(CHECKS, code="percent").problem(400, "BadRequestData")
    assert detail == "code: 'percent' is no code of a finding, such as percent-for-fraction"
    detail = api.get(CHECKS, limit=0).problem(400, "BadRequestData")
    assert detail == "limit: '0' is not a number from 1 to 1000"


# POST …/check


def check(api, body):
    return api.post(CHECK, body).ok().json


def test_check_writes_nothing(api):
    entity = waste(fillingLevel=57)
    answer = check(api, entity)
    assert answer["entity"] == entity["id"] and answer["valid"] is False
    assert [f["code"] for f in answer["findings"]] == ["percent-for-fraction"]
    assert answer["mended"]["fillingLevel"] == {"type": "Property", "value": 0.57}
    api.get(f"entities/{entity['id']}").problem(404, "ResourceNotFound")
    assert check(api, answer["mended"]) == {"entity": entity["id"], "valid": True,
                                            "findings": []}
    api.post("entities", answer["mended"]).ok(201)


def test_check_takes_a_list(api):
    answer = check(api, [waste(), waste(ownAttribute=1)])
    assert [a["valid"] for a in answer] == [True, True]
    assert [f["level"] for f in answer[1]["findings"]] == ["hint"]
    assert api.post(CHECK, [1]).problem(400, "BadRequestData") == \
        "/0: an entity is a JSON object"
    detail = api.post(CHECK, [{}] * 1001).problem(400, "BadRequestData")
    assert detail == "1001 entities; at most 1000 are checked at once"


V2 = {
    "id": "bin 7", "type": "WasteContainer",
    "fillingLevel": {"type": "Number", "value": "0.4", "metadata": {
        "unitCode": {"type": "Text", "value": "C62"},
        "TimeInstant": {"type": "DateTime", "value": "2026-01-31T08:30:00Z"},
        "accuracy": {"type": "Number", "value": 0.1}}},
    "location": {"type": "geo:point", "value": "43.3, 5.37"},
    "dateLastEmptying": {"type": "DateTime", "value": "2026-01-31T08:30:00Z"},
    "refDevice": {"type": "Relationship", "value": "dev-1"},
}


def test_check_reads_ngsi_v2(api):
    """What the broker must refuse is told apart, and comes back as NGSI-LD."""
    api.post("entities", V2).problem(400, "BadRequestData")
    answer = check(api, V2)
    assert [(f["code"], f["at"]) for f in answer["findings"]] == [
        ("id-not-uri", "/id"), ("ngsi-v2-type", "/fillingLevel/type"),
        ("ngsi-v2-type", "/location/type"), ("ngsi-v2-type", "/dateLastEmptying/type"),
        ("ngsi-v2-type", "/refDevice/value"), ("id-not-uri", "/refDevice/object"),
        ("value-in-text", "/fillingLevel/value")]
    mended = answer["mended"]
    assert mended["id"] == "urn:ngsi-ld:WasteContainer:bin%207"
    assert mended["fillingLevel"] == {
        "type": "Property", "value": 0.4, "unitCode": "C62",
        "observedAt": "2026-01-31T08:30:00Z",
        "accuracy": {"type": "Property", "value": 0.1}}
    assert mended["location"]["value"] == PLACE
    assert mended["refDevice"] == {"type": "Relationship",
                                   "object": "urn:ngsi-ld:Device:dev-1"}
    mended["id"] = uid("WasteContainer")
    assert findings(api.post("entities", mended).ok(201)) == []


def test_check_reads_features(api):
    feature = {"id": uid("WasteContainer"), "type": "Feature", "geometry": PLACE,
               "properties": {"type": "WasteContainer", "status": "ok"}}
    answer = check(api, feature)
    assert [f["code"] for f in answer["findings"]] == ["not-ngsi-ld"]
    assert answer["mended"] == {
        "id": feature["id"], "type": "WasteContainer",
        "status": {"type": "Property", "value": "ok"},
        "location": {"type": "GeoProperty", "value": PLACE}}


def test_check_reads_bare_values(api):
    """What only the simplified representation can hold is told, and normalized."""
    entity = waste(address={"type": "PostalAddress", "postalCode": "13001"},
                   refDevice=["urn:ngsi-ld:Device:1"])
    answer = check(api, entity)
    assert [(f["code"], f["at"]) for f in answer["findings"]] == [
        ("not-ngsi-ld", "/address/type"), ("wrong-kind", "/refDevice/type")]
    assert answer["findings"][0]["mend"] == \
        'bare values are not enough here: send the normalized form, as in "mended"'
    assert answer["mended"]["refDevice"] == {"type": "Relationship",
                                             "object": ["urn:ngsi-ld:Device:1"]}
    assert answer["mended"]["address"]["value"]["postalCode"] == "13001"


def test_check_of_what_cannot_be_read(api):
    answer = check(api, waste(location={"value": {"type": "Point", "coordinates": [5]}}))
    finding = answer["findings"][0]
    assert (finding["code"], finding["at"]) == ("not-ngsi-ld", "/location/value/coordinates")
    assert finding["mend"] == "correct it; the broker refuses the entity as it is"
    assert "mended" not in answer
    # A date as a link, as a published example has it.
    answer = check(api, waste(dateLastEmptying={"type": "Relationship",
                                                "object": "2026-01-31T08:30:00Z"}))
    assert [f["code"] for f in answer["findings"]] == ["wrong-kind"]
    assert answer["mended"]["dateLastEmptying"] == {"type": "Property",
                                                    "value": "2026-01-31T08:30:00Z"}


# profiles


def test_profiles(api, strict):
    listed = {p["name"]: p for p in api.get(PROFILES).ok().json}
    assert len(listed) == 11
    assert listed["WasteContainer"]["label"]["fr"] == "Conteneur à déchets"
    assert {p["name"]: p["checks"] for p in strict.get(PROFILES).json}["Device"] == "off"
    shown = api.get(f"{PROFILES}/WasteContainer").ok().json
    level = next(a for a in shown["attributes"] if a["name"] == "fillingLevel")
    assert level["wanted"] == "a number from 0 to 1" and level["units"] == ["C62"]
    assert level["label"] == {"en": "Filling level", "fr": "Taux de remplissage"}
    assert level["schema"] == {"type": "number", "minimum": 0, "maximum": 1}
    iri = "https%3A%2F%2Fsmartdatamodels.org%2FdataModel.WasteManagement%2FWasteContainer"
    assert api.get(f"{PROFILES}/{iri}").ok().json == shown
    detail = api.get(f"{PROFILES}/Bench").problem(404, "ResourceNotFound")
    assert detail == ("there is no profile of the type 'Bench'; GET /calanque/v1/profiles "
                      "lists them")


def test_a_schema_of_ones_own(new_broker, tmp_path):
    """A plain JSON Schema in a folder is enough; folders in it count."""
    (tmp_path / "town").mkdir(mode=0o755)
    (tmp_path / "town" / "Bench.json").write_text(json.dumps({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [{"$ref": "https://smart-data-models.github.io/data-models/"
                           "common-schema.json#/definitions/Location-Commons"}],
        "properties": {"type": {"enum": ["Bench"]},
                       "seats": {"type": "integer", "minimum": 1}},
        "required": ["location"]}))
    (tmp_path / "notes.txt").write_text("not a schema")
    api = new_broker("--schemas", str(tmp_path), "--checks", "strict:Bench").start().api
    bench = {"id": uid("Bench"), "type": "Bench", "seats": 0}
    answer = api.post("entities", bench)
    answer.problem(400, "BadRequestData")
    assert [f["code"] for f in answer.json["findings"]] == ["out-of-range",
                                                           "missing-attribute"]
    profile = api.get(f"{PROFILES}/Bench").ok().json
    assert profile["builtIn"] is False and profile["checks"] == "strict"
    api.post("entities", {**bench, "seats": 3, "location": PLACE}).ok(201)


def refusal(folder, *options):
    """What a broker says that cannot start with these."""
    ended = subprocess.run([program.path(), "serve", "--data", str(folder / "data"), *options],
                           capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and not (folder / "data").exists()
    return ended.stderr


@pytest.mark.parametrize("options, says", [
    (["--checks", "loud"], "--checks: 'loud': expected off, warn or strict"),
    (["--territory", "Marseille"], "--territory: expected west,south,east,north in degrees"),
    (["--schemas", "/nowhere"], "--schemas: /nowhere: No such file or directory"),
])
def test_wrong_settings(tmp_path, options, says):
    """The broker does not start, and says why, before it makes a database."""
    assert says in refusal(tmp_path, *options)


def test_a_wrong_schema_is_told(tmp_path):
    (tmp_path / "x.json").write_text(
        '{"properties": {"type": {"enum": ["X"]}, "a": {"if": {}}}}')
    assert ("--schemas: calanque:schemas/x.json#/properties/a/if: this keyword is not "
            "supported") in refusal(tmp_path, "--schemas", str(tmp_path))
