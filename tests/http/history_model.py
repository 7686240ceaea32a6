# SPDX-License-Identifier: Apache-2.0
"""A naive model of histories: a dictionary of instances, and everything worked out from it
in the plainest way.  What it says is what the broker must answer (test_history_model.py)."""

import math
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
PLURAL = {"Property": "values", "Relationship": "objects"}


def parse(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def text(at):
    """As the broker writes instants: a fraction only where there is one."""
    if at.microsecond == 0:
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    digits = f"{at.microsecond:06d}"
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + (digits[:3] if digits[3:] == "000" else digits) + "Z"


class Window:
    """An interval: timerel, and what goes with it."""

    def __init__(self, timerel, at, end=None):
        self.timerel, self.at, self.end = timerel, at, end

    def holds(self, at):
        if self.timerel == "before":
            return at < self.at
        return self.at <= at and (self.timerel == "after" or at < self.end)

    @property
    def params(self):
        named = {"timerel": self.timerel, "timeAt": text(self.at)}
        return {**named, "endTimeAt": text(self.end)} if self.end else named


class Evolution:
    """One entity: (attribute, datasetId, observedAt) -> instance; the last one counts."""

    def __init__(self):
        self.instances = {}

    def put(self, attr, instance):
        key = (attr, instance.get("datasetId"), parse(instance["observedAt"]))
        self.instances[key] = instance

    def rows(self, window, attrs=None, datasets=None):
        """attr -> [(time, datasetId, instance)] in the order of time."""
        found = defaultdict(list)
        for (attr, dataset, at), instance in self.instances.items():
            if attrs is not None and attr not in attrs:
                continue
            if datasets is not None and (dataset or "@none") not in datasets:
                continue
            if window is None or window.holds(at):
                found[attr].append((at, dataset or "", instance))
        for rows in found.values():
            rows.sort(key=lambda row: row[:2])
        return found


def last(rows, n):
    """The last n of one attribute; equals at the cut may be any of them."""
    return rows if n is None else rows[-n:]


def values_view(found):
    """temporalValues (4.5.9), by attribute and dataset."""
    view = {}
    for attr, rows in found.items():
        by_dataset = defaultdict(list)
        for at, dataset, instance in rows:
            value = instance.get("value", instance.get("object"))
            by_dataset[dataset].append([value, text(at)])
        view[attr] = dict(by_dataset)
    return view


# ---- aggregation, 4.5.19


def value_class(instance):
    if instance["type"] != "Property":
        return "other"
    value = instance["value"]
    if isinstance(value, (bool, int, float)):
        return "number"
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        return "string"
    if value.get("@type") == "DateTime":
        return "instant"
    return "other"


APPLIES = {
    "number": {"avg", "distinctCount", "max", "min", "stddev", "sum", "sumsq", "totalCount",
               "energeticMean"},
    "array": {"avg", "max", "min", "sum", "distinctCount", "totalCount"},
    "instant": {"max", "min", "distinctCount", "totalCount"},
    "string": {"max", "min", "distinctCount", "totalCount"},
    "other": {"distinctCount", "totalCount"},
}
ORDER = ["number", "array", "instant", "string"]


def of_numbers(method, numbers):
    mean = sum(numbers) / len(numbers)
    return {
        "avg": lambda: mean,
        "max": lambda: max(numbers),
        "min": lambda: min(numbers),
        "sum": lambda: sum(numbers),
        "sumsq": lambda: sum(v * v for v in numbers),
        "stddev": lambda: math.sqrt(sum((v - mean) ** 2 for v in numbers) / len(numbers)),
        "energeticMean": lambda: 10 * math.log10(
            sum(10 ** (v / 10) for v in numbers) / len(numbers)),
    }[method]()


def aggregate(method, instances):
    """None: there is no such value."""
    if method == "totalCount":
        return len(instances)
    values = [i.get("value", i.get("object")) for i in instances]
    if method == "distinctCount":
        return len({float(v) if isinstance(v, (bool, int, float)) else repr(v)
                    for v in values})
    by_class = defaultdict(list)
    for instance, value in zip(instances, values):
        by_class[value_class(instance)].append(value)
    for kind in ORDER:
        if not by_class[kind] or (method not in APPLIES[kind] and kind != "number"):
            continue
        if kind == "number":
            return of_numbers(method, [float(v) for v in by_class[kind]])
        if kind == "array":
            return of_numbers(method, [len(v) for v in by_class[kind]])
        if kind == "instant":
            ends = {"max": max, "min": min}[method]
            return ends((v["@value"] for v in by_class[kind]), key=parse)
        return {"max": max, "min": min}[method](by_class[kind])
    return None


class Periods:
    """What aggrPeriodDuration means: parts, (months, days, seconds)."""

    def __init__(self, months=0, days=0, seconds=0, tz=None):
        self.months, self.days, self.seconds = months, days, seconds
        self.tz = ZoneInfo(tz) if tz else None

    def origin(self, at):
        if self.tz is None:
            return at
        local = at.astimezone(self.tz).replace(hour=0, minute=0, second=0, microsecond=0,
                                               tzinfo=None)
        if self.months:
            local = local.replace(day=1)
            if self.months % 12 == 0 and not self.days:
                local = local.replace(month=1)
        elif self.days and self.days % 7 == 0:
            local -= timedelta(days=local.weekday())
        return local.replace(tzinfo=self.tz).astimezone(UTC)

    def bound(self, origin, n):
        """The beginning of the n-th period."""
        if not self.months and (self.tz is None or not self.days):
            return origin + n * timedelta(days=self.days, seconds=self.seconds)
        zone = self.tz or UTC
        local = origin.astimezone(zone).replace(tzinfo=None)
        month = local.month - 1 + n * self.months
        year, month = local.year + month // 12, month % 12 + 1
        for day in range(local.day, 27, -1):  # the 31st, or the last there is
            try:
                local = local.replace(year=year, month=month, day=day)
                break
            except ValueError:
                continue
        else:
            local = local.replace(year=year, month=month)
        local += n * timedelta(days=self.days, seconds=self.seconds)
        return local.replace(tzinfo=zone).astimezone(UTC)

    def split(self, origin, rows):
        """[(start, end, instances)] of the periods that hold any, in order."""
        n, start, found = 0, self.bound(origin, 0), []
        for at, _, instance in rows:
            while self.bound(origin, n + 1) <= at:
                n += 1
            start, end = self.bound(origin, n), self.bound(origin, n + 1)
            if not found or found[-1][0] != start:
                found.append((start, end, []))
            found[-1][2].append(instance)
        return found


def aggregated_view(found, window, methods, periods):
    """attr -> datasetId -> method -> [[value, start, end]]; attributes with which no method
    goes are left out.  periods None: one."""
    everything = [at for rows in found.values() for at, _, _ in rows]
    view = {}
    for attr, rows in found.items():
        if not APPLIES[value_class(rows[-1][2])] & set(methods):
            continue
        everything_first, everything_last = min(everything), max(everything)
        first = everything_first if window.timerel == "before" else window.at
        end = {"before": window.at, "after": everything_last, "between": window.end}
        by_dataset = defaultdict(list)
        for row in rows:
            by_dataset[row[1]].append(row)
        view[attr] = {}
        for dataset, own in by_dataset.items():
            if periods is None:
                parts = [(first, end[window.timerel], [i for _, _, i in own])]
            else:
                parts = periods.split(periods.origin(first), own)
            view[attr][dataset] = {
                method: [[value, text(start), text(stop)] for start, stop, instances in parts
                         if (value := aggregate(method, instances)) is not None]
                for method in methods}
    return view
