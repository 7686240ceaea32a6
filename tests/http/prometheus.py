# SPDX-License-Identifier: Apache-2.0
"""Reads Prometheus' text format (0.0.4), strictly."""

import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SAMPLE = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.eE+-]+|\+Inf|-Inf|NaN)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def _labels(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, text
        assert found[1] not in labels, text
        labels[found[1]] = found[2]
        at = found.end()
    return labels


def _family(name, kinds):
    for family, kind in kinds.items():
        if any(name == family + suffix for suffix in SUFFIXES[kind]):
            return family
    raise AssertionError(f"{name} has no TYPE")


def check_histograms(samples, kinds):
    """Buckets grow, end with +Inf, and that one is the count."""
    for family, kind in kinds.items():
        if kind != "histogram":
            continue
        series = {}
        for (name, labels), value in samples.items():
            if name == family + "_bucket":
                rest = tuple((k, v) for k, v in labels if k != "le")
                series.setdefault(rest, []).append((float(dict(labels)["le"]), value))
        for rest, buckets in series.items():
            assert buckets == sorted(buckets), (family, rest)
            counts = [count for _, count in buckets]
            assert counts == sorted(counts), (family, rest)
            assert buckets[-1][0] == float("inf")
            assert buckets[-1][1] == samples[(family + "_count", rest)]
            assert (family + "_sum", rest) in samples


def parse(text):
    """{(name, ((label, value), …)): number}, and {family: kind}."""
    samples, kinds, helped, done, current = {}, {}, set(), set(), None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert NAME.fullmatch(name) and name not in helped, line
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds and kind in SUFFIXES, line
            kinds[name] = kind
        elif line:
            found = SAMPLE.fullmatch(line)
            assert found, line
            labels = tuple(_labels(found[2] or "").items())
            family = _family(found[1], kinds)
            # All lines of a family stand together.
            if family != current:
                assert family not in done, line
                done.add(family)
                current = family
            assert (found[1], labels) not in samples, line
            samples[(found[1], labels)] = float(found[3])
    assert kinds.keys() <= helped
    check_histograms(samples, kinds)
    return samples, kinds
