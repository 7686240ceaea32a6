# SPDX-License-Identifier: Apache-2.0
"""The temporal API, read: what is found, how it is shown, and what is refused.
5.7.3, 5.7.4, 6.18.3.2, 6.19.3.1, 6.24, 6.3.10; random histories are in test_history_model.py."""

import pytest

from client import Api, name, quote, uid

DAY = {"timerel": "between", "timeAt": "2026-06-01T00:00:00Z", "endTimeAt": "2026-06-02T00:00:00Z"}
AFTER = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}


def at(hour, minute=0, day=1):
    return f"2026-06-{day:02d}T{hour:02d}:{minute:02d}:00Z"


def observed(value, when, **more):
    return {"type": "Property", "value": value, "observedAt": when, **more}


def record(api, id_, attr, instances, kind="Thing", size=500):
    """Each instance is an element of a batch, and so leaves its own."""
    elements = [{"id": id_, "type": kind, attr: one} for one in instances]
    for i in range(0, len(elements), size):
        answer = api.post("entityOperations/upsert?options=update", elements[i:i + size])
        assert answer.status in (201, 204), answer
    return id_


def evolution(api, id_, **params):
    return api.get(f"temporal/entities/{id_}", **params).ok().json


def query(api, **params):
    return api.get("temporal/entities", **params).ok().json


def times(instances):
    return [i["observedAt"] for i in instances]


@pytest.fixture
def level(api):
    """A thing with a level at 0, 6, 12 and 18 o'clock, and a name without time."""
    id_ = uid()
    record(api, id_, "level", [observed(n, at(6 * n)) for n in range(4)])
    api.post(f"entities/{id_}/attrs", {"name": {"type": "Property", "value": "a"}}).empty()
    return id_


# ---- what is refused

REFUSED = [
    ("timerel=during&timeAt=2026-06-01T00:00:00Z", "BadRequestData",
     "timerel: 'during' is unknown; use before, after or between"),
    ("timeAt=2026-06-01T00:00:00Z", "BadRequestData",
     "timerel is missing: timeAt needs it (before, after or between)"),
    ("timerel=after", "BadRequestData", "timeAt is missing: timerel=after needs it"),
    ("timerel=after&timeAt=noon", "BadRequestData",
     "timeAt: 'noon' is no DateTime, YYYY-MM-DDThh:mm:ssZ"),
    ("timerel=between&timeAt=2026-06-01T00:00:00Z", "BadRequestData",
     "endTimeAt is missing: timerel=between needs it"),
    ("timerel=after&timeAt=2026-06-01T00:00:00Z&endTimeAt=2026-06-01T00:00:00Z",
     "BadRequestData", "endTimeAt goes with timerel=between only, not with after"),
    ("timeproperty=expiresAt", "BadRequestData",
     "timeproperty: 'expiresAt' is unknown; use observedAt, createdAt, modifiedAt or "
     "deletedAt"),
    ("lastN=0", "BadRequestData", "lastN: '0' is no whole number above 0"),
    ("lastN=1.5", "BadRequestData", "lastN: '1.5' is no whole number above 0"),
    ("format=simplified", "InvalidRequest",
     "format: 'simplified' is unknown; use normalized, concise, temporalValues or "
     "aggregatedValues"),
    ("options=keyValues", "InvalidRequest",
     "options: 'keyValues' is unknown; use normalized, concise, temporalValues, "
     "aggregatedValues, sysAttrs, count"),
    ("format=temporalValues&options=aggregatedValues,x", "InvalidRequest",
     "options: 'x' is unknown"),
    ("format=aggregatedValues", "BadRequestData",
     "aggrMethods is missing: aggregatedValues needs it (avg, max and others, separated by "
     "commas)"),
    ("format=aggregatedValues&aggrMethods=median", "BadRequestData",
     "aggrMethods: 'median' is unknown; use avg, distinctCount, max, min, stddev, sum, "
     "sumsq, totalCount or energeticMean"),
    ("format=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=1h", "BadRequestData",
     "aggrPeriodDuration: '1h' is no duration; use PnYnMnDTnHnMnS or PnW, for example PT15M "
     "or P1M"),
    ("format=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=PT1S&tz=Europe/Marseille",
     "BadRequestData",
     "tz: 'Europe/Marseille' is no time zone that is known here; use a name such as "
     "Europe/Paris"),
    ("format=aggregatedValues&aggrMethods=avg&tz=';", "BadRequestData",
     "tz: '';' is no time zone; use a name such as Europe/Paris"),
    ("tz=Europe/Paris", "BadRequestData", "tz: goes with format=aggregatedValues only"),
    ("completeness=true", "BadRequestData",
     "completeness: goes with format=aggregatedValues only"),
    ("expectedInterval=PT1M", "BadRequestData",
     "expectedInterval: goes with format=aggregatedValues only"),
    ("format=aggregatedValues&aggrMethods=avg&completeness=1", "BadRequestData",
     "completeness: '1' is neither true nor false"),
    ("format=aggregatedValues&aggrMethods=avg&expectedInterval=PT1M", "BadRequestData",
     "expectedInterval: goes with completeness=true only"),
    ("format=aggregatedValues&aggrMethods=avg&completeness=true&expectedInterval=P1M",
     "BadRequestData",
     "expectedInterval: 'P1M' must be a time above 0 without months or years"),
    ("attrs=level&pick=level", "BadRequestData", "attrs does not go with pick or omit"),
    ("pick=level&omit=level", "BadRequestData", "pick and omit both name"),
    ("pick=rel{a}", "BadRequestData", "pick"),
    ("q=level", "InvalidRequest", "q"),
    ("join=inline", "InvalidRequest", "join"),
    ("geometryProperty=location", "InvalidRequest", "geometryProperty"),
]
# Of these only a query knows the parameters, so that it is the parser that refuses.
REFUSED_QUERY = [
    ("", "BadRequestData",
     "timerel is missing: a temporal query says when; for example "
     "timerel=after&timeAt=2026-01-01T00:00:00Z"),
    ("W&q=rel{a==1}", "BadRequestData", "q: "),
    ("W&q=level>", "BadRequestData", "q: expected a value at offset 6"),
    ("W&csf=a==", "BadRequestData", "csf: q: expected a value at offset 3"),
    ("W&orderBy=level", "BadRequestData",
     "orderBy: 'level': temporal evolutions are ordered by id only"),
    ("W&orderBy=id&local=false", "BadRequestData", "local=false does not go with it"),
    ("W&orderBy=id&collation=klingon", "BadRequestData",
     "collation: 'klingon' is none that this broker has"),
    ("W&id=x", "BadRequestData", "id: 'x' is not a URI"),
    ("W&georel=within", "BadRequestData", "geometry is missing"),
    ("W&limit=0", "BadRequestData", "limit: 0 asks for the number of results only"),
]


@pytest.mark.parametrize("text,kind,detail", REFUSED)
def test_refused_retrieval(api, level, text, kind, detail):
    api.get(f"temporal/entities/{level}?{quote_query(text)}").problem(400, kind, detail)


@pytest.mark.parametrize("text,kind,detail", REFUSED_QUERY)
def test_refused_query(api, text, kind, detail):
    text = text.replace("W", "timerel=after&timeAt=2026-06-01T00:00:00Z", 1)
    api.get(f"temporal/entities?type=Thing&{quote_query(text)}").problem(400, kind, detail)


def quote_query(text):
    return "&".join(f"{k}={quote(v)}" for k, _, v in
                    (pair.partition("=") for pair in text.split("&") if pair))


def test_too_wide(api, level):
    """5.7.4.4: an id alone is not enough."""
    api.get("temporal/entities", id=level, **AFTER).problem(
        400, "BadRequestData", "the query is too wide: name a type")
    assert len(query(api, id=level, local="true", **AFTER)) == 1
    assert len(query(api, id=level, attrs="level", **AFTER)) == 1
    assert len(query(api, id=level, q="level", **AFTER)) == 1


def test_unknown(api, level):
    missing = uid()
    api.get(f"temporal/entities/{missing}").problem(
        404, "ResourceNotFound", f"there is no history of entity {missing}")
    api.get("temporal/entities/noUri").problem(
        400, "BadRequestData", "the entity id 'noUri' is not a URI")
    api.get(f"temporal/entities/{level}", pick="other").problem(
        404, "ResourceNotFound", f"pick and omit leave nothing of the history of entity {level}")
    api.get(f"temporal/entities/{level}", omit="id,type,level,name").problem(
        404, "ResourceNotFound", "pick and omit leave nothing")
    assert query(api, type=name("Nothing"), **AFTER) == []
    assert query(api, type="Thing", attrs=name("nothing"), **AFTER) == []


def test_geojson_is_not_acceptable(api, level):
    answer = api.get(f"temporal/entities/{level}", headers={"Accept": "application/geo+json"})
    answer.problem(406, "InvalidRequest", "application/json")


POST_REFUSED = [
    ({"temporalQ": "after"}, "/temporalQ must be an object"),
    ({"temporalQ": {"timerel": "after", "when": "now"}}, "/temporalQ/when: there is no such member"),
    ({"temporalQ": {"timerel": "after", "timeAt": at(0), "lastN": 1.5}},
     "lastN: '1.5' is no whole number above 0"),
    ({"temporalQ": {"timerel": "after", "timeAt": at(0), "lastN": "1"}},
     "/temporalQ/lastN must be a number"),
    ({"temporalQ": {"timerel": "after", "timeAt": 5}}, "/temporalQ/timeAt must be a string"),
    ({"temporalQ": {"timerel": "after", "timeAt": at(0), "aggrMethods": []}},
     "/temporalQ/aggrMethods must be a non-empty array of strings"),
    ({"aggrParams": {"aggrMethod": "avg"}}, "/aggrParams/aggrMethod: there is no such member"),
    ({}, "timerel is missing: a temporal query says when"),
]


@pytest.mark.parametrize("members,detail", POST_REFUSED)
def test_refused_body(api, members, detail):
    body = {"type": "Query", "entities": [{"type": "Thing"}], **members}
    api.post("temporal/entityOperations/query", body).problem(400, "BadRequestData", detail)


# ---- what is found


def test_query_by_body(api, level):
    body = {"type": "Query", "entities": [{"type": "Thing", "id": level}], "attrs": ["level"],
            "temporalQ": {**DAY, "lastN": 2}}
    found = api.post("temporal/entityOperations/query", body).ok().json
    assert [times(e["level"]) for e in found] == [[at(12), at(18)]]
    body["aggrParams"] = {"aggrMethods": ["sum"], "aggrPeriodDuration": "P1D"}
    found = api.post("temporal/entityOperations/query?format=aggregatedValues", body).ok().json
    assert found[0]["level"]["sum"] == [[6, at(0), at(0, day=2)]]
    body["temporalQ"] = {**DAY, "aggrMethods": "max"}
    del body["aggrParams"]
    found = api.post("temporal/entityOperations/query?options=aggregatedValues", body).ok().json
    assert found[0]["level"]["max"] == [[3, at(0), at(0, day=2)]]


def test_bounds(api, level):
    """4.11: before is exclusive, after inclusive, between half-open."""
    def shown(**params):
        return times(evolution(api, level, **params).get("level", []))
    assert shown(timerel="before", timeAt=at(6)) == [at(0)]
    assert shown(timerel="after", timeAt=at(12)) == [at(12), at(18)]
    assert shown(timerel="between", timeAt=at(6), endTimeAt=at(18)) == [at(6), at(12)]
    assert shown(timerel="between", timeAt=at(6), endTimeAt=at(6)) == []
    assert shown(timerel="after", timeAt="2026-06-01T12:00:00,000001Z") == [at(18)]


def test_time_properties(api, level):
    """Instances without the property do not match; without timerel all are there."""
    assert set(evolution(api, level)) == {"id", "type", "level", "name"}
    assert set(evolution(api, level, **AFTER)) == {"id", "type", "level"}
    assert set(evolution(api, level, timeproperty="observedAt")) == {"id", "type", "level"}
    late = {"timerel": "after", "timeAt": "2026-07-01T00:00:00Z"}
    assert set(evolution(api, level, **late)) == {"id", "type"}
    both = evolution(api, level, timeproperty="modifiedAt", format="temporalValues", **late)
    assert [v for v, _ in both["level"]["values"]] == [0, 1, 2, 3]
    assert set(evolution(api, level, timeproperty="createdAt", **late)) == {
        "id", "type", "level", "name"}
    assert query(api, type="Thing", id=level, **late) == []


def test_deletions(api, level):
    """4.5.7: a deletion is an instance with a Null and deletedAt; the past stays."""
    api.delete(f"entities/{level}/attrs/level").empty()
    api.delete(f"entities/{level}").empty()
    gone = evolution(api, level, timeproperty="deletedAt")
    assert [i["value"] for i in gone["level"]] == ["urn:ngsi-ld:null"]
    assert gone["level"][0]["deletedAt"]
    assert evolution(api, level, options="sysAttrs")["deletedAt"]
    assert times(evolution(api, level, **DAY)["level"]) == [at(0), at(6), at(12), at(18)]
    assert len(query(api, type="Thing", id=level, **DAY)) == 1
    total = evolution(api, level, format="aggregatedValues", aggrMethods="totalCount")
    assert total["level"]["totalCount"][0][0] == 4  # what was deleted is no value


def test_system_times_of_what_has_a_history_only(api):
    """6.3.11: modifiedAt is known without an entity as well: the last that was written."""
    id_ = uid()
    level = {"id": id_, "type": "Thing", "level": [observed(1, at(6))]}
    api.post("temporal/entities", level).ok(201)
    first = evolution(api, id_, options="sysAttrs")
    assert first["modifiedAt"] == first["createdAt"] == first["level"][0]["modifiedAt"]
    api.post(f"temporal/entities/{id_}/attrs", {"level": [observed(2, at(7))]}).empty()
    second = evolution(api, id_, options="sysAttrs")
    assert second["createdAt"] == first["createdAt"] < second["modifiedAt"]
    assert second["modifiedAt"] == second["level"][1]["modifiedAt"]
    assert "modifiedAt" not in evolution(api, id_)
    api.create({"id": id_})
    assert evolution(api, id_, options="sysAttrs")["modifiedAt"] == api.entity(
        id_, options="sysAttrs")["modifiedAt"]


def test_q_of_what_was_never_observed(api):
    """C.5.5: an attribute without an evolution is asked about as it last was, and not shown."""
    kind, ids = name("Car"), {}
    for brand in ("Mercedes", "Volvo"):
        car = api.create({"type": kind}, brand={"value": brand + "x"}, speed=observed(50, at(6)))
        api.patch(f"entities/{car['id']}/attrs", {"brand": {"value": brand}}).empty()
        ids[brand] = car["id"]
    ids["past"] = uid()
    api.post("temporal/entities", {"id": ids["past"], "type": kind, "speed": [observed(9, at(7))],
                                   "brand": [{"type": "Property", "value": "Volvo"}]}).ok(201)
    volvos = [ids["Volvo"], ids["past"]]

    def found(q, **params):
        return query(api, type=kind, q=q, **{**DAY, **params})

    assert [e["id"] for e in found("brand!=Mercedes", attrs="speed")] == volvos
    shown = found("brand!=Mercedes", attrs="speed,brand")
    assert [e["id"] for e in shown] == volvos and not any("brand" in e for e in shown)
    assert [e["id"] for e in found('brand=="Mercedes"')] == [ids["Mercedes"]]
    assert found('brand=="Mercedesx"') == found('brand=="Volvo";speed>50') == []
    assert [e["id"] for e in found("brand|speed>1000")] == list(ids.values())
    # what was ever observed is asked about in the interval only; what is gone is not
    car = ids["Volvo"]
    api.delete(f"entities/{ids['past']}/attrs/brand").empty()
    api.patch(f"entities/{car}/attrs", {"brand": observed("Volvo", at(6, day=3))}).empty()
    assert found('brand=="Volvo"') == []


@pytest.mark.parametrize("property_", ["observedAt", "createdAt", "modifiedAt", "deletedAt"])
def test_an_interval_without_anything(api, property_):
    """5.7.4: nothing is found, and what follows is answered."""
    api.create(level=observed(1, at(6)))
    long_ago = {"timerel": "between", "timeAt": "1970-02-01T00:00:00Z",
                "endTimeAt": "1970-02-01T01:00:00Z", "timeproperty": property_}
    for _ in range(3):
        assert query(api, type="Thing", **long_ago) == []
        assert query(api, attrs="level", q="level>0", count="true", **long_ago) == []


def test_times_are_summed_up(api):
    """Table 4.5.19.1-2: the average of a Time, the ends of Time, Date and DateTime as instants;
    strings need no @type to be one (4.6.3)."""
    id_ = uid()
    record(api, id_, "opens", [observed(t, at(n)) for n, t in enumerate(("08:00:00Z", "10:00:00Z"))])
    record(api, id_, "seen", [observed(t, at(n)) for n, t in enumerate(
        ("2026-06-01T08:00:00.5Z", "2026-06-01T08:00:00Z"))])
    whole = {"format": "aggregatedValues", **DAY}

    def value(attr, method):
        return evolution(api, id_, attrs=attr, aggrMethods=method, **whole)[attr][method][0][0]

    assert value("opens", "avg") == "09:00:00Z" and value("opens", "max") == "10:00:00Z"
    assert value("seen", "max") == "2026-06-01T08:00:00.5Z"
    assert value("seen", "min") == "2026-06-01T08:00:00Z"
    for attr, method in (("opens", "sum"), ("seen", "avg"), ("seen", "stddev")):
        api.get(f"temporal/entities/{id_}", attrs=attr, aggrMethods=method, **whole).problem(
            400, "InvalidRequest", attr)


def test_linked_entities_have_no_evolution(api):
    """5.7.4.4: neither in what is shown nor in what is asked; nor are evolutions joined."""
    body = {"type": "Query", "entities": [{"type": "Thing"}], "temporalQ": AFTER}
    for more in ({"q": "r{a}"}, {"pick": ["r{a}"]}, {"omit": ["r{a}"]}, {"join": "inline"},
                 {"join": "inline", "q": "r{a}"}, {"join": "flat", "pick": ["r{a}"]},
                 {"joinLevel": 1}, {"joinLevel": 1, "containedBy": ["urn:a:b"]}):
        for path in ("temporal/entityOperations/query", "temporal/entityMaps"):
            api.post(path, {**body, **more}).problem(400, "BadRequestData")


def test_deletions_of_what_has_a_history_only(api):
    """5.6.5 on an entity that POST /temporal/entities made: its history has the deletion."""
    id_ = uid()
    level = [observed(1, at(6)), observed(2, at(7), datasetId="urn:x:a")]
    api.post("temporal/entities", {"id": id_, "type": "Thing", "level": level,
                                   "list": {"type": "ListProperty", "valueList": [1]},
                                   "scope": "/a"}).ok(201)
    api.delete(f"entities/{id_}/attrs/level").empty()
    api.delete(f"entities/{id_}/attrs/list", deleteAll="true").empty()
    api.delete(f"entities/{id_}/attrs/scope").empty()
    gone = evolution(api, id_, timeproperty="deletedAt", format="temporalValues")
    assert [v for v, _ in gone["level"]["values"]] == ["urn:ngsi-ld:null"]
    assert [v for v, _ in gone["list"]["valueLists"]] == [["urn:ngsi-ld:null"]]
    assert [v for v, _ in gone["scope"]["values"]] == [[]]
    api.delete(f"entities/{id_}/attrs/level", datasetId="urn:x:a").empty()
    assert len(evolution(api, id_, timeproperty="deletedAt")["level"]) == 2
    for attr, params in [("other", {}), ("level", {"datasetId": "urn:x:b"})]:
        api.delete(f"entities/{id_}/attrs/{attr}", **params).problem(
            404, "ResourceNotFound", f"entity {id_} does not exist")


def test_what_was_deleted_has_no_attributes(api, level):
    """The history of an entity that is no more is none to delete from by 5.6.5."""
    api.delete(f"entities/{level}").empty()
    api.delete(f"entities/{level}/attrs/level").problem(
        404, "ResourceNotFound", f"entity {level} does not exist")


def test_values_in_the_interval(api, level):
    """5.7.4.4: q looks at the instances in the interval only."""
    one = {"type": "Thing", "id": level}
    assert len(query(api, **one, q="level>2", **DAY)) == 1
    morning = {**DAY, "endTimeAt": at(12)}
    assert query(api, **one, q="level>2", **morning) == []
    assert len(query(api, **one, q="level<1;level==1", **morning)) == 1  # each by some instance
    assert query(api, **one, q="level==7|level==8", **morning) == []
    assert len(query(api, **one, q=f"level.observedAt>={at(6)}", **morning)) == 1
    assert query(api, **one, q=f"level.observedAt>{at(6)}", **morning) == []
    assert len(query(api, **one, q="level.createdAt>2026-07-01T00:00:00Z", **morning)) == 1
    assert len(query(api, **one, q="level==0;createdAt>2026-07-01T00:00:00Z", **DAY)) == 1
    assert query(api, **one, q="level==0;createdAt<2026-07-01T00:00:00Z", **DAY) == []
    assert query(api, **one, q='level=="0"', **DAY) == []


def test_places_in_the_interval(api):
    def place(lon, when):
        return {"type": "GeoProperty", "observedAt": when,
                "value": {"type": "Point", "coordinates": [lon, 43.3]}}
    van = record(api, uid(), "location", [place(5.3, at(6)), place(5.5, at(12))])
    near = {"type": "Thing", "id": van, "georel": "near;maxDistance==100", "geometry": "Point"}
    assert len(query(api, **near, coordinates="[5.3,43.3]", **DAY)) == 1
    later = {**DAY, "timeAt": at(8)}
    assert query(api, **near, coordinates="[5.3,43.3]", **later) == []
    assert len(query(api, **near, coordinates="[5.5,43.3]", **later)) == 1
    assert len(query(api, id=van, type="Thing", georel="disjoint", geometry="Point",
                     coordinates="[0,0]", **DAY)) == 1


def test_scopes_are_valid_until_changed(api):
    """4.18, C.5.16: what lies before a scope was set does not count, and is not shown."""
    id_ = uid()
    record(api, id_, "level", [observed(1, at(6))])
    api.create({"id": uid()})
    api.post(f"entities/{id_}/attrs", {"scope": "/a/b"}).empty()
    now = {"timerel": "after", "timeAt": "2026-07-01T00:00:00Z", "timeproperty": "modifiedAt"}
    api.post(f"entities/{id_}/attrs", {"level": {"type": "Property", "value": 2}}).empty()
    found = query(api, type="Thing", id=id_, scopeQ="/a/#", **now)
    assert [i["value"] for i in found[0]["level"]] == [2]
    assert [i["value"] for i in found[0]["scope"]] == ["/a/b"]
    assert query(api, type="Thing", id=id_, scopeQ="/b", **now) == []
    api.delete(f"entities/{id_}/attrs/scope").empty()
    api.post(f"entities/{id_}/attrs", {"level": {"type": "Property", "value": 3}}).empty()
    found = query(api, type="Thing", id=id_, scopeQ="/a/b|/b", **now)
    assert [i["value"] for i in found[0]["level"]] == [2]
    values = query(api, type="Thing", id=id_, format="temporalValues", **now)[0]["scope"]
    assert [v for v, _ in values["values"]] == ["/a/b", []]


# What lies in a short interval is looked at first, of a long one the entities are.
@pytest.mark.parametrize("when", [
    DAY, AFTER, {**AFTER, "timeproperty": "modifiedAt"},
    {"timerel": "before", "timeAt": "2100-01-01T00:00:00Z", "timeproperty": "createdAt"}],
    ids=["day", "after", "modified", "created"])
def test_pages(api, when):
    """Pages of entities, as those of /entities."""
    kind = name("Paged")
    ids = [record(api, uid(), "level", [observed(n, at(n))], kind) for n in range(5)]
    answer = api.get("temporal/entities", type=kind, limit=2, count="true", **when).ok()
    assert (answer.ids, answer.count) == (ids[:2], 5)
    assert set(answer.links) >= {"next"} and "prev" not in answer.links
    answer = api.get(answer.links["next"]).ok()
    assert answer.ids == ids[2:4] and {"next", "prev"} <= set(answer.links)
    answer = api.get(answer.links["next"]).ok()
    assert answer.ids == ids[4:] and "next" not in answer.links
    assert api.get("temporal/entities", type=kind, limit=0, count="true", **when).ok().count == 5
    backwards = query(api, type=kind, orderBy="id;desc", **when)
    assert [e["id"] for e in backwards] == sorted(ids, reverse=True)
    assert [e["id"] for e in query(api, type=kind, orderBy="id", limit=3, **when)] == sorted(ids)[:3]
    pattern = ids[3].rpartition(":")[2]
    assert [e["id"] for e in query(api, type=kind, idPattern=f"{pattern}$", **when)] == [ids[3]]
    assert [e["id"] for e in query(api, type=f"({kind};Other)|{kind}", limit=1, **when)] == ids[:1]


def test_without_the_root(api, level):
    """T18: /temporal/… is /ngsi-ld/v1/temporal/…, links included."""
    shown = api.get(f"/temporal/entities/{level}").ok().json
    assert shown == evolution(api, level)
    answer = api.get("/temporal/entities", type="Thing", limit=1, **DAY).ok()
    assert answer.links["next"].startswith("/temporal/entities?")
    assert api.get(answer.links["next"]).ok().json
    api.get("/temporal/nothing").problem(404, "ResourceNotFound", "/temporal/nothing")


def test_tenants(api):
    id_ = uid()
    other = api.with_(NGSILD_Tenant=name("t"))
    record(other, id_, "level", [observed(1, at(6))])
    answer = other.get(f"temporal/entities/{id_}").ok()
    assert answer.headers["NGSILD-Tenant"] == other.headers["NGSILD-Tenant"]
    api.get(f"temporal/entities/{id_}").problem(404, "ResourceNotFound", "no history")
    api.get(f"temporal/entities/{id_}", headers={"NGSILD-Tenant": name("none")}).problem(
        404, "NonexistentTenant", "does not exist")


# ---- how it is shown


def test_representations(api, level):
    link = api.get(f"temporal/entities/{level}").ok()
    assert link.context and "@context" not in link.json
    inside = api.get(f"temporal/entities/{level}", headers={"Accept": "application/ld+json"}).ok()
    assert inside.type == "application/ld+json" and inside.json["@context"]
    listed = api.get("temporal/entities", type="Thing", id=level,
                     headers={"Accept": "application/ld+json"}, **DAY).ok()
    assert listed.json[0]["@context"]
    concise = evolution(api, level, format="concise", pick="level", lastN=1)
    assert concise["level"][0].pop("instanceId")
    assert concise == {"level": [{"value": 3, "observedAt": at(18)}]}
    assert evolution(api, level, format="temporalValues", **DAY)["level"] == {
        "type": "Property", "values": [[n, at(6 * n)] for n in range(4)]}
    sys = evolution(api, level, options="sysAttrs")
    assert sys["createdAt"] and sys["modifiedAt"] and sys["level"][0]["createdAt"]
    # format wins; of both in options aggregatedValues is meant
    assert "values" in evolution(api, level, options="aggregatedValues", format="temporalValues",
                                 **DAY)["level"]
    both = evolution(api, level, options="temporalValues,aggregatedValues", aggrMethods="max")
    assert both["level"]["max"][0][0] == 3


def test_projection(api, level):
    assert set(evolution(api, level, attrs="level")) == {"id", "type", "level"}
    assert set(evolution(api, level, pick="level")) == {"level"}
    assert set(evolution(api, level, omit="type,name")) == {"id", "level"}
    assert evolution(api, level, pick="id") == {"id": level}
    assert query(api, type="Thing", id=level, pick="id", **DAY) == [{"id": level}]
    assert query(api, type="Thing", id=level, pick="name,id", **DAY) == []


def test_datasets_and_languages(api):
    id_ = uid()
    record(api, id_, "level", [observed(1, at(6)), observed(2, at(6), datasetId="urn:x:a"),
                               observed(3, at(7), datasetId="urn:x:a")])
    shown = evolution(api, id_, format="temporalValues")
    assert shown["level"] == [
        {"type": "Property", "values": [[1, at(6)]]},
        {"type": "Property", "datasetId": "urn:x:a", "values": [[2, at(6)], [3, at(7)]]}]
    assert times(evolution(api, id_, datasetId="@none")["level"]) == [at(6)]
    assert evolution(api, id_, datasetId="urn:x:none").keys() == {"id", "type"}
    assert query(api, type="Thing", id=id_, datasetId="urn:x:none", **DAY) == []
    sums = evolution(api, id_, format="aggregatedValues", aggrMethods="sum",
                     aggrPeriodDuration="P1D", **DAY)["level"]
    assert [one["sum"][0][0] for one in sums] == [1, 5]
    api.post(f"entities/{id_}/attrs", {"name": {
        "type": "LanguageProperty", "languageMap": {"fr": "un", "en": "one"}}}).empty()
    assert evolution(api, id_, lang="en")["name"][0]["value"] == "one"
    assert evolution(api, id_, lang="fr", format="temporalValues")["name"]["values"][0][0] == "un"


def test_earlier_editions(api):
    """4.3.6.8: 203, also where the answer is made row by row."""
    id_ = uid()
    api.create({"id": id_}, a={"type": "LanguageProperty", "languageMap": {"en": "one"}})
    answer = api.get(f"temporal/entities/{id_}", headers={"Prefer": "ngsi-ld=1.3"})
    assert answer.status == 203 and answer.headers["Preference-Applied"] == "ngsi-ld=1.3"
    assert answer.json["a"][0]["type"] == "Property"
    answer = api.get(f"temporal/entities/{id_}", headers={"Prefer": "ngsi-ld=1.8"})
    assert answer.status == 200 and answer.headers["Preference-Applied"] == "ngsi-ld=1.8"


# ---- aggregation


def test_methods_have_their_values(api):
    id_ = uid()
    record(api, id_, "word", [observed("b", at(6)), observed("a", at(7))])
    record(api, id_, "level", [observed(60, at(6)), observed(70, at(7))])
    api.get(f"temporal/entities/{id_}", attrs="word", format="aggregatedValues",
            aggrMethods="avg,sum").problem(
        400, "InvalidRequest", "aggrMethods: none of them goes with", "word, whose values are strings")
    shown = evolution(api, id_, format="aggregatedValues", aggrMethods="avg,sum", **DAY)
    assert set(shown) == {"id", "type", "level"}
    shown = evolution(api, id_, format="aggregatedValues", aggrMethods="avg,max", **DAY)
    assert shown["word"] == {"type": "Property", "avg": [], "max": [["b", at(0), at(0, day=2)]]}
    mean = evolution(api, id_, format="aggregatedValues", aggrMethods="energeticMean",
                     attrs="level", **DAY)["level"]["energeticMean"]
    assert mean[0][0] == pytest.approx(67.4036, abs=1e-4)  # not 65


# 4.5.19.1: avg, distinctCount, max, min, stddev, sum, sumsq, totalCount; None: it has none.
VALUES = [
    ([2, 4, 4], [10 / 3, 2, 4, 2, (8 / 9) ** 0.5, 10, 36, 3]),
    ([True, False, True], [2 / 3, 2, 1, 0, (2 / 9) ** 0.5, 2, 2, 3]),
    (["b", "a", "b"], [None, 2, "b", "a", None, None, None, 3]),
    ([[1, 2], [], [1, 2]], [4 / 3, 2, 2, 0, None, 4, None, 3]),
    ([{"a": 1}, {"a": 2}, {"a": 1}], [None, 2, None, None, None, None, None, 3]),
    (["10:00:00Z", "12:00:00Z", "11:00:00Z"],
     ["11:00:00Z", 3, "12:00:00Z", "10:00:00Z", None, None, None, 3]),
    (["2026-01-02", "2026-01-01", "2026-01-02"],
     [None, 2, "2026-01-02", "2026-01-01", None, None, None, 3]),
    ([1e200, 2e200, 3e200], [2e200, 3, 3e200, 1e200, None, 6e200, None, 3]),
    ([1.5e308, 1.5e308, -1], [None, 2, 1.5e308, -1, None, None, None, 3]),
    ([1e-200, 0, -1e-200], [0, 3, 1e-200, -1e-200, 0, 0, 0, 3]),
]
METHODS = ["avg", "distinctCount", "max", "min", "stddev", "sum", "sumsq", "totalCount"]


@pytest.mark.parametrize("values,wanted", VALUES)
@pytest.mark.parametrize("duration", ["PT0S", "P0D", None])
def test_every_method(api, values, wanted, duration):
    """One period: without a duration, and with one of nothing, that of the query."""
    if isinstance(values[0], str) and values[0] != "b":
        kind = "Time" if "Z" in values[0] else "Date"
        values = [{"@type": kind, "@value": v} for v in values]
    id_ = record(api, uid(), "a", [observed(v, at(6 + i)) for i, v in enumerate(values)])
    params = {"aggrPeriodDuration": duration} if duration else {}
    shown = evolution(api, id_, format="aggregatedValues", aggrMethods=",".join(METHODS),
                      **params, **DAY)["a"]
    for method, value in zip(METHODS, wanted):
        span = [at(0), at(0, day=2)]
        if isinstance(value, (int, float)):
            value = pytest.approx(value, rel=1e-12)
        assert shown[method] == ([] if value is None else [[value, *span]]), method


def test_local_days(api):
    """tz: days are from midnight to midnight there, in March of 23 hours, in October of 25."""
    id_ = uid()
    record(api, id_, "level", [observed(1, "2026-03-28T23:30:00Z"), observed(2, "2026-03-29T21:30:00Z"),
                               observed(3, "2026-03-29T22:30:00Z"), observed(4, "2026-10-24T22:30:00Z")])
    days = evolution(api, id_, format="aggregatedValues", aggrMethods="sum", tz="Europe/Paris",
                     aggrPeriodDuration="P1D", **AFTER)["level"]["sum"]
    assert days == [[3, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
                    [3, "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"],
                    [4, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]]
    months = evolution(api, id_, format="aggregatedValues", aggrMethods="totalCount",
                       tz="Europe/Paris", aggrPeriodDuration="P1M", **AFTER)
    assert months["level"]["totalCount"] == [[3, "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"],
                                             [1, "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"]]


def test_months_do_not_drift(api):
    """Months from the 31st on: each is counted from there, not from the 28th of February."""
    id_ = uid()
    record(api, id_, "level", [observed(1, "2026-02-01T00:00:00Z"), observed(2, "2026-03-30T00:00:00Z"),
                               observed(4, "2026-03-31T00:00:00Z")])
    sums = evolution(api, id_, format="aggregatedValues", aggrMethods="sum", aggrPeriodDuration="P1M",
                     timerel="after", timeAt="2026-01-31T00:00:00Z")["level"]["sum"]
    assert sums == [[1, "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
                    [2, "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"],
                    [4, "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"]]


def test_completeness(api):
    """observed of expected, the interval learned or told; a silent hour is 0 of 6."""
    id_ = uid()
    every10 = [observed(m, at(6, m)) for m in range(0, 60, 10)]
    record(api, id_, "level", every10 + [observed(9, at(8)), observed(9, at(8, 10))])
    asked = {"format": "aggregatedValues", "aggrMethods": "avg", "aggrPeriodDuration": "PT1H",
             "completeness": "true", "timerel": "between", "timeAt": at(6), "endTimeAt": at(9)}
    hours = [[at(6), at(7)], [at(7), at(8)], [at(8), at(9)]]
    shown = evolution(api, id_, **asked)["level"]
    assert shown["observed"] == [[n, *h] for n, h in zip([6, 0, 2], hours)]
    assert shown["expected"] == [[6, *h] for h in hours]
    assert [h[1:] for h in shown["avg"]] == [hours[0], hours[2]]
    shown = evolution(api, id_, **asked, expectedInterval="PT5M")["level"]
    assert [n for n, _, _ in shown["expected"]] == [12, 12, 12]
    asked["timeAt"] = at(6, 30)  # hours from then on; half of the last one
    shown = evolution(api, id_, **asked)["level"]
    assert [n for n, _, _ in shown["observed"]] == [3, 2, 0]
    assert [n for n, _, _ in shown["expected"]] == [6, 6, 3]
    alone = record(api, uid(), "level", [observed(1, at(6))])
    shown = evolution(api, alone, **asked | {"timeAt": at(6)})["level"]
    assert shown["expected"] == [] and shown["observed"][0][0] == 1  # nothing to learn from


def test_too_many_periods(api, level):
    api.get(f"temporal/entities/{level}", format="aggregatedValues", aggrMethods="avg", attrs="level",
            aggrPeriodDuration="PT0.1S").problem(
        403, "TooManyResults", "aggrPeriodDuration: the interval has 648002 such periods, more than 250000")


# ---- partial content


@pytest.fixture(scope="module")
def short(template):
    """A broker that gives ten instances at most."""
    import subprocess
    from program import Program
    p = Program("--temporal-max", "10")
    subprocess.run(["cp", "-a", template, p.data], check=True)
    p.start()
    yield Api(p.base)
    assert p.stop() == 0
    p.check_log()
    p.remove()


def span(answer):
    unit, _, rest = answer.headers["Content-Range"].partition(" ")
    ends, _, size = rest.partition("/")
    assert unit == "date-time"
    middle = ends.index("Z-") + 1
    return ends[:middle], ends[middle + 1:], size


def test_partial_content_forwards(short):
    """6.3.10: one cut for all attributes, complete up to its end; asked on from there."""
    id_ = uid()
    record(short, id_, "a", [observed(n, at(n)) for n in range(0, 24, 2)])
    record(short, id_, "b", [observed(n, at(n)) for n in range(1, 24, 2)])
    seen, begin = set(), at(0)
    for _ in range(10):
        answer = short.get(f"temporal/entities/{id_}", timerel="after", timeAt=begin)
        for attr in "ab":
            seen |= set(times(answer.json[attr]))
        if answer.status == 200:
            break
        assert answer.status == 206
        start, end, size = span(answer)
        assert (start, size) == (begin, "*") and end > begin
        assert max(seen) == end and len(seen) == 1 + int(end[11:13])  # nothing is missing
        begin = end
    assert len(seen) == 24


def test_partial_content_backwards(short):
    id_ = record(short, uid(), "a", [observed(n, at(n)) for n in range(24)])
    answer = short.get(f"temporal/entities/{id_}", lastN=20, **{**DAY, "endTimeAt": at(22)})
    assert answer.status == 206 and span(answer) == (at(22), at(12), "20")
    assert times(answer.json["a"]) == [at(h) for h in range(12, 22)]
    answer = short.get(f"temporal/entities/{id_}", lastN=20, timerel="after", timeAt=at(0))
    assert span(answer) == (at(23), at(14), "20")
    answer = short.get(f"temporal/entities/{id_}", lastN=20, timerel="before", timeAt=at(23))
    assert span(answer) == (at(23), at(13), "20")
    assert short.get(f"temporal/entities/{id_}", lastN=10).ok().headers["Content-Range"] is None


def test_what_is_cut_is_an_empty_array(short):
    kind = name("Cut")
    early, late = uid(), uid()
    record(short, early, "a", [observed(n, at(n)) for n in range(12)], kind)
    record(short, late, "a", [observed(n, at(n, day=2)) for n in range(12)], kind)
    answer = short.get("temporal/entities", type=kind, format="temporalValues", **AFTER)
    assert answer.status == 206
    assert [len(e["a"]["values"]) for e in answer.json] == [10, 0]
    answer = short.get("temporal/entities", type=kind, lastN=12, timerel="before",
                       timeAt=at(0, day=9))
    assert [len(e["a"]) for e in answer.json] == [0, 10]


def test_equals_are_not_cut_apart(short):
    """Instances of one instant are all on one side, or one could never go on."""
    kind = name("Equal")
    for _ in range(12):
        record(short, uid(), "a", [observed(1, at(6)), observed(2, at(7))], kind)
    answer = short.get("temporal/entities", type=kind, **AFTER)
    assert answer.status == 206 and span(answer)[1] == at(6)
    assert [times(e["a"]) for e in answer.json] == [[at(6)]] * 12
    answer = short.get("temporal/entities", type=kind, timerel="after", timeAt=at(7))
    assert answer.status == 200 and len(answer.json) == 12


def test_aggregation_is_not_cut(short):
    id_ = record(short, uid(), "a", [observed(n, at(n)) for n in range(24)])
    shown = short.get(f"temporal/entities/{id_}", format="aggregatedValues", aggrMethods="sum", lastN=3,
                      aggrPeriodDuration="PT1H", **DAY).ok().json
    assert len(shown["a"]["sum"]) == 24


def test_long_answers_are_made_while_they_are_sent(api):
    id_ = uid()
    rows = [observed(n, f"2026-06-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z")
            for n in range(4500)]
    record(api, id_, "a", rows)
    record(api, id_, "b", rows[:10])
    shown = evolution(api, id_)
    assert times(shown["a"]) == [r["observedAt"] for r in rows]
    assert times(shown["b"]) == [r["observedAt"] for r in rows[:10]]
    listed = query(api, type="Thing", id=id_, format="temporalValues", **AFTER)
    assert [v for v, _ in listed[0]["a"]["values"]] == list(range(4500))
    assert len(listed[0]["b"]["values"]) == 10
