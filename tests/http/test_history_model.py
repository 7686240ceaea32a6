# SPDX-License-Identifier: Apache-2.0
"""Histories against a naive model (history_model.py): random sequences of operations, then
random questions about them (5.7.3, 5.7.4, 4.5.9, 4.5.19).

    HISTORY_SEED=7 HISTORY_ROUNDS=5000 pytest tests/http/test_history_model.py
"""

import math
import os
import random
from datetime import datetime, timedelta, timezone

import pytest

import history_model as model
from client import uid

SEED = int(os.environ.get("HISTORY_SEED", "20260329"))
ROUNDS = int(os.environ.get("HISTORY_ROUNDS", "300"))
# Around the night in which clocks in Paris go forward.
BEGIN = datetime(2026, 3, 27, 20, 0, tzinfo=timezone.utc)
ATTRS = ["level", "state", "list", "mixed", "link", "seen"]
DATASETS = [None, None, "urn:x:a", "urn:x:b"]


def random_instant(rng, span=4 * 86400):
    at = BEGIN + timedelta(seconds=rng.randrange(0, span, 300))
    return at + timedelta(microseconds=rng.choice([0, 0, 0, 250000, 123456]))


def random_value(rng, attr):
    if attr == "level":
        return rng.choice([rng.randint(-5, 90), round(rng.uniform(0, 120), 2)])
    if attr == "state":
        return rng.choice(["off", "on", "é", "o", ""])
    if attr == "list":
        return list(range(rng.randint(0, 4)))
    if attr == "seen":
        return {"@type": "DateTime", "@value": model.text(random_instant(rng))}
    return rng.choice([True, False, 3, 2.5, "x", [1, 2], {"a": 1}])


def random_instance(rng, attr):
    if attr == "link":
        instance = {"type": "Relationship", "object": f"urn:x:{rng.randint(1, 3)}"}
    else:
        instance = {"type": "Property", "value": random_value(rng, attr)}
    instance["observedAt"] = model.text(random_instant(rng))
    dataset = rng.choice(DATASETS)
    if dataset:
        instance["datasetId"] = dataset
    return instance


def by_batch(api, rng, id_, evolution):
    """Many elements about one entity: each leaves its instances (5.6.9, 4.5.6)."""
    elements = []
    for _ in range(rng.randint(1, 12)):
        attrs = {attr: random_instance(rng, attr)
                 for attr in rng.sample(ATTRS, rng.randint(1, 3))}
        elements.append({"id": id_, "type": "Thing", **attrs})
        for attr, instance in attrs.items():
            evolution.put(attr, instance)
    api.post("entityOperations/upsert?options=update", elements)


def by_patch(api, rng, id_, evolution):
    attr = rng.choice(ATTRS)
    instance = random_instance(rng, attr)
    if api.post(f"entities/{id_}/attrs", {attr: instance}).status == 204:
        evolution.put(attr, instance)


def by_temporal(api, rng, id_, evolution):
    """Instances of any time, the same instant twice included (5.6.11)."""
    attrs = {}
    for attr in rng.sample(ATTRS, rng.randint(1, 3)):
        attrs[attr] = [random_instance(rng, attr) for _ in range(rng.randint(1, 6))]
        for instance in attrs[attr]:
            evolution.put(attr, instance)
    answer = api.post("temporal/entities", {"id": id_, "type": "Thing", **attrs})
    assert answer.status in (201, 204), answer


def random_window(rng):
    a, b = sorted([random_instant(rng), random_instant(rng)])
    kind = rng.choice(["before", "after", "between"])
    return model.Window(kind, a, b if kind == "between" else None)


def same_value(ours, theirs):
    if isinstance(ours, float) or isinstance(theirs, float):
        return not isinstance(theirs, (str, list, dict)) and math.isclose(
            ours, theirs, rel_tol=1e-9, abs_tol=1e-6)
    return ours == theirs


def datasets_of(shown):
    """One object, or one for each dataset."""
    return {one.get("datasetId", ""): one
            for one in (shown if isinstance(shown, list) else [shown])}


def attributes(document):
    return {k: v for k, v in document.items() if k not in ("id", "type")}


def question(rng):
    params, window = {}, random_window(rng)
    attrs = rng.sample(ATTRS, rng.randint(1, 4)) if rng.random() < 0.5 else None
    datasets = rng.sample(["@none", "urn:x:a", "urn:x:b"], 2) if rng.random() < 0.3 else None
    params.update(window.params)
    if attrs:
        params[rng.choice(["attrs", "pick"])] = ",".join(attrs)
        if "pick" in params:
            params["pick"] += ",id,type"
    if datasets:
        params["datasetId"] = ",".join(datasets)
    return params, window, attrs, datasets


def ask(api, rng, id_, params):
    """As a retrieval or as a query; None: nothing was found."""
    if rng.random() < 0.5:
        return api.get(f"temporal/entities/{id_}", **params).ok().json
    found = api.get("temporal/entities", id=id_, type="Thing", **params).ok().json
    assert len(found) <= 1
    return found[0] if found else {}


def check_instances(api, rng, id_, evolution):
    params, window, attrs, datasets = question(rng)
    n = rng.choice([None, 1, 2, 5])
    if n:
        params["lastN"] = n
    found = evolution.rows(window, attrs, datasets)
    shown = attributes(ask(api, rng, id_, params))
    assert set(shown) == set(found)
    for attr, rows in found.items():
        wanted = model.last(rows, n)
        instances = shown[attr]
        assert [i["observedAt"] for i in instances] == [model.text(at) for at, _, _ in wanted]
        assert len({i.pop("instanceId") for i in instances}) == len(instances)
        for instance in instances:  # equals at the cut of lastN may be any of them
            assert instance in [one for _, _, one in rows], (attr, instance, rows)
        if n is None:
            key = lambda i: (model.parse(i["observedAt"]), i.get("datasetId", ""))
            assert sorted(instances, key=key) == [i for _, _, i in rows]


def check_values(api, rng, id_, evolution):
    params, window, attrs, datasets = question(rng)
    wanted = model.values_view(evolution.rows(window, attrs, datasets))
    shown = attributes(ask(api, rng, id_, {**params, "format": "temporalValues"}))
    assert set(shown) == set(wanted)
    for attr, by_dataset in wanted.items():
        kind = "Relationship" if attr == "link" else "Property"
        got = datasets_of(shown[attr])
        assert {d: one[model.PLURAL[kind]] for d, one in got.items()} == by_dataset
        assert {one["type"] for one in got.values()} == {kind}


PERIODS = [
    ("PT1H", dict(seconds=3600)), ("PT5M", dict(seconds=300)), ("PT36H", dict(seconds=129600)),
    ("P1D", dict(days=1)), ("P1W", dict(days=7)), ("P1M", dict(months=1)),
    ("P1DT12H", dict(days=1, seconds=43200)), ("P1Y", dict(months=12)), (None, None),
]


def check_aggregated(api, rng, id_, evolution):
    params, window, attrs, datasets = question(rng)
    methods = rng.sample(sorted(model.APPLIES["number"]), rng.randint(1, 4))
    name, parts = rng.choice(PERIODS)
    tz = rng.choice([None, "Europe/Paris", "America/New_York"])
    params.update(format="aggregatedValues", aggrMethods=",".join(methods))
    if name:
        params["aggrPeriodDuration"] = name
    if tz:
        params["tz"] = tz
    found = evolution.rows(window, attrs, datasets)
    if any(len({model.value_class(i) for at, _, i in rows if at == rows[-1][0]}) > 1
           for rows in found.values()):
        return  # which is the latest is anybody's guess
    if attrs and any(not model.APPLIES[model.value_class(rows[-1][2])] & set(methods)
                     for rows in found.values()):
        return  # refused; test_temporal.py has the words
    periods = model.Periods(**parts, tz=tz) if parts else None
    wanted = model.aggregated_view(found, window, methods, periods)
    shown = attributes(ask(api, rng, id_, params))
    assert set(shown) == set(wanted), params
    for attr, by_dataset in wanted.items():
        got = datasets_of(shown[attr])
        assert set(got) == set(by_dataset)
        for dataset, by_method in by_dataset.items():
            assert set(got[dataset]) - {"type", "datasetId"} == set(methods)
            for method, triples in by_method.items():
                ours = got[dataset][method]
                assert [t[1:] for t in ours] == [t[1:] for t in triples], (params, attr)
                assert all(same_value(a[0], b[0]) for a, b in zip(ours, triples)), (
                    params, attr, method, ours, triples)


@pytest.mark.parametrize("part", range(4))
def test_answers_are_the_models(api, part):
    for n in range(part, ROUNDS, 4):
        rng = random.Random(SEED + n)
        id_, evolution = uid(), model.Evolution()
        for _ in range(rng.randint(1, 3)):
            rng.choice([by_batch, by_patch, by_temporal])(api, rng, id_, evolution)
        if not evolution.instances:
            continue
        for check in (check_instances, check_values, check_aggregated, check_aggregated):
            try:
                check(api, rng, id_, evolution)
            except AssertionError as e:
                raise AssertionError(f"HISTORY_SEED={SEED + n} HISTORY_ROUNDS=1") from e
