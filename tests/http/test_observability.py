# SPDX-License-Identifier: Apache-2.0
"""/health, /ready, /metrics, /version and their aliases; the log."""

import json
import re

import pytest

from client import uid
from program import wait_until
from prometheus import parse


def metrics(api):
    return parse(api.get("/metrics").ok().body.decode())[0]


def value(samples, name, **labels):
    """The sum of all samples of that name which have these labels."""
    return sum(v for (n, have), v in samples.items()
               if n == name and labels.items() <= dict(have).items())


@pytest.mark.parametrize("path", [
    "/health", "/health/", "/health/live", "/health/ready", "/ready", "/q/health",
    "/q/health/live", "/q/health/ready", "/actuator/health"])
def test_health(api, path):
    """The process lives, the database answers: 200, under every alias (T17)."""
    answer = api.get(path).ok()
    assert answer.json == {"status": "UP"} and answer.type == "application/json"
    api.get(path, headers={"Accept": "text/html"}).ok()


@pytest.mark.parametrize("path", ["/version", "/version/", "/ngsi-ld/ex/v1/version"])
def test_version(api, path):
    """Who answers, and which edition of the standard (T17)."""
    document = api.get(path).ok().json
    assert document["name"] == "calanque" and re.fullmatch(r"\d+\.\d+\.\d+", document["version"])
    assert "V1.9.1" in document["specification"] and document["uptime"] >= 0
    assert document["coreContext"].endswith("v1.9.jsonld")


@pytest.mark.parametrize("path", ["/metrics", "/q/metrics"])
def test_metrics_can_be_read(api, path):
    """The exposition is what Prometheus accepts, to the letter."""
    answer = api.get(path).ok()
    assert answer.type.startswith("text/plain; version=0.0.4")
    samples, kinds = parse(answer.body.decode())
    assert {n for n, _ in samples} > {"process_resident_memory_bytes"}
    for family, kind in kinds.items():
        assert family.startswith(("calanque_", "process_")), family
        if kind == "counter":
            assert family.endswith("_total"), family


def test_requests_are_counted_by_route_and_status(api):
    """Requests by method, route and status, and how long they took; routes, not paths, so
    that strangers cannot make series."""
    route = "/ngsi-ld/v1/entities/{id}"
    before = metrics(api)
    api.get(f"entities/{uid()}").problem(404, "ResourceNotFound")
    entity = api.create(p=1)
    api.get(f"entities/{entity['id']}").ok()
    after = wait_until("the counters to move", lambda: (
        lambda now: now if value(now, "calanque_http_requests_total", route=route)
        >= value(before, "calanque_http_requests_total", route=route) + 2 else None)(metrics(api)))
    name = "calanque_http_requests_total"
    for status, n in (("404", 1), ("200", 1)):
        labels = {"route": route, "method": "GET", "status": status}
        assert value(after, name, **labels) == value(before, name, **labels) + n
    assert value(after, "calanque_http_request_duration_seconds_count", route=route) > 0
    assert not any(entity["id"] in v for _, have in after for _, v in have)


def test_instruments_move(api):
    """Groups of writes, round trips and connections are real numbers."""
    before = metrics(api)
    api.create(p=1)
    after = metrics(api)
    for name in ("calanque_lane_groups_total", "calanque_lane_operations_total",
                 "calanque_db_query_duration_seconds_count",
                 "calanque_lane_group_duration_seconds_count"):
        assert value(after, name) > value(before, name), name
    assert value(after, "calanque_db_connections") >= 1
    assert value(after, "process_resident_memory_bytes") > 1 << 20


def test_unknown_paths_make_no_series(api):
    """Requests for what does not exist are counted together."""
    def series():
        return {have for n, have in metrics(api) if n == "calanque_http_requests_total"}

    api.get("/never/seen/before")
    before = series()
    for i in range(20):
        api.get(f"/never/seen/{i}")
        api.request(f"ODD{i}", "/health")
    assert len(series() - before) <= 2


def test_log_lines(new_broker):
    """The log is one JSON object a line, with the request id that the client got; nothing of
    a body or a password is in it."""
    broker = new_broker("--log-format", "json", "--log-level", "debug").start()
    answer = broker.api.get("/nothing", headers={"X-Request-Id": "find-me-4711"})
    assert answer.status == 404
    broker.api.create(secret={"type": "Property", "value": "very-private-value"})
    lines = [json.loads(line) for line in wait_until(
        "the log", lambda: broker.output().strip().splitlines())]
    assert all("msg" in line and "level" in line for line in lines)
    assert "very-private-value" not in broker.output()


def test_not_ready_without_a_database(new_broker):
    """Without its database the broker is alive but not ready (503); then ready again."""
    broker = new_broker().start()
    import os
    import signal
    os.kill(broker.postmaster(), signal.SIGSTOP)
    pid = broker.postmaster()
    try:
        broker.api.get("/health").ok()
    finally:
        os.kill(pid, signal.SIGKILL)
    broker.api.get("/health").ok()
    wait_until("/ready", broker.is_ready)
