# SPDX-License-Identifier: Apache-2.0
"""GDAL (and so QGIS) reads the city by URL: typed columns, geometries, filters."""

import json
import urllib.parse

import pytest

from client import name, uid
from conftest import run

GEO = "Accept: application/geo+json"


@pytest.fixture
def kind(api):
    """A type of one's own with twelve entities, the last without a place."""
    called = name("Lamp")
    for i in range(12):
        entity = {"id": uid(called), "type": called, "power": 40 + i / 2, "lamps": i,
                  "state": "on" if i % 2 else "off", "since": "2026-06-01T08:30:00Z"}
        if i < 11:
            entity["location"] = {"type": "Point", "coordinates": [5.37 + i / 100, 43.3, 12.5]}
        api.create(entity)
    return called


def url(broker, **params):
    return f"{broker}/ngsi-ld/v1/entities?" + urllib.parse.urlencode(params)


def ogrinfo(source, *more):
    return run(["ogrinfo", "-ro", "-al", "-so", *more, source], GDAL_HTTP_HEADERS=GEO)


def test_ogrinfo(broker, kind):
    """Simplified GeoJSON: columns have types, features without a place are kept."""
    said = ogrinfo(url(broker, type=kind, format="simplified", limit=100))
    assert "Feature Count: 12" in said
    assert "Geometry: 3D Point" in said
    assert "Extent: (5.370000, 43.300000) - (5.470000, 43.300000)" in said
    for column in ("power: Real", "lamps: Integer", "state: String", "since: DateTime"):
        assert column in said, said


def test_ogrinfo_normalized(broker, kind):
    """Normalized GeoJSON is read as well."""
    assert "Feature Count: 12" in ogrinfo(url(broker, type=kind, limit=100))


def test_filters(broker, kind):
    """What the URL filters, and what GDAL's SQL filters on top."""
    box = "[[[5.365,43.2],[5.405,43.2],[5.405,43.4],[5.365,43.4],[5.365,43.2]]]"
    said = ogrinfo(url(broker, type=kind, format="simplified", georel="within",
                       geometry="Polygon", coordinates=box, q='state=="off"'))
    assert "Feature Count: 2" in said
    said = ogrinfo(url(broker, type=kind, format="simplified", limit=100),
                   "-where", "power > 44.9")
    assert "Feature Count: 2" in said


def test_ogr2ogr(broker, kind, tmp_path):
    """The city goes into a GeoPackage and comes out of it."""
    package, back = str(tmp_path / "city.gpkg"), str(tmp_path / "back.geojson")
    run(["ogr2ogr", package, url(broker, type=kind, format="simplified", limit=100), "-nln",
         "lamps"], GDAL_HTTP_HEADERS=GEO)
    run(["ogr2ogr", back, package, "lamps"])
    with open(back, encoding="utf-8") as f:
        features = json.load(f)["features"]
    assert len(features) == 12
    assert features[3]["geometry"] == {"type": "Point", "coordinates": [5.4, 43.3, 12.5]}
    assert features[3]["properties"]["lamps"] == 3


def test_single_entity(broker, api):
    """One entity is a layer of one feature."""
    entity = api.create(location={"type": "Point", "coordinates": [5.37, 43.3]}, level=0.5)
    said = ogrinfo(f"{broker}/ngsi-ld/v1/entities/{entity['id']}?format=simplified")
    assert "Feature Count: 1" in said and "level: Real" in said
