#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills a broker with N entities by batch upserts: load.py BASE N [CLIENTS [BATCH]]"""

import http.client
import multiprocessing
import sys
import time
import urllib.parse

M = 2147483647


def draws(i):
    x = (i * 7919 + 1) % M
    while True:
        x = x * 48271 % M
        yield x / M


def entity(i):
    """The same as entity(i, 0) in workload.lua."""
    d = draws(i)
    lon, lat = 4.8 + 1.2 * next(d), 42.85 + 0.9 * next(d)
    d = draws(i)
    next(d)
    temperature, humidity = -5 + 45 * next(d), next(d)
    pressure, wind = 980 + 60 * next(d), 25 * next(d)
    return (
        '{"id":"urn:ngsi-ld:WeatherObserved:bench-%07d","type":"WeatherObserved",'
        '"temperature":{"type":"Property","value":%.2f,"unitCode":"CEL",'
        '"observedAt":"2026-01-01T00:00:00Z"},'
        '"relativeHumidity":{"type":"Property","value":%.2f},'
        '"atmosphericPressure":{"type":"Property","value":%.1f,"unitCode":"A97"},'
        '"windSpeed":{"type":"Property","value":%.1f,"unitCode":"MTS"},'
        '"name":{"type":"Property","value":"Station %d"},'
        '"location":{"type":"GeoProperty","value":{"type":"Point",'
        '"coordinates":[%.5f,%.5f]}}}'
    ) % (i, temperature, humidity, pressure, wind, i, lon, lat)


def send(base, first, last, batch):
    """Entities first to last - 1 over one connection."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=120)
    for start in range(first, last, batch):
        body = "[" + ",".join(entity(i) for i in range(start, min(start + batch, last))) + "]"
        connection.request("POST", "/ngsi-ld/v1/entityOperations/upsert", body,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (201, 204):
            raise SystemExit(f"load: status {answer.status}: {text[:500].decode()}")
    connection.close()


def load(base, count, clients=4, batch=200, first=0):
    """Entities first to count - 1; returns the seconds it took."""
    start = time.monotonic()
    edges = [first + (count - first) * c // clients for c in range(clients + 1)]
    workers = [
        multiprocessing.Process(target=send, args=(base, edges[c], edges[c + 1], batch))
        for c in range(clients)
    ]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    if any(w.exitcode != 0 for w in workers):
        raise SystemExit("load: failed")
    return time.monotonic() - start


if __name__ == "__main__":
    seconds = load(sys.argv[1], *map(int, sys.argv[2:]))
    print(f"{int(sys.argv[2])} entities in {seconds:.1f} s: {int(sys.argv[2]) / seconds:.0f}/s")
