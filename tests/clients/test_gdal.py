# SPDX-License-Identifier: Apache-2.0
"""GDAL (and so QGIS) reads the city by URL: typed columns, geometries, filters."""

import json
import pathlib
import re
import urllib.parse

import pytest

from client import name, uid
from conftest import run
from program import path

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
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


# The driver of OGC API - Features, which is what QGIS speaks.


def oapif(broker, kind, *more):
    return run(["ogrinfo", "-ro", "-al", "-so", *more, f"OAPIF:{broker}/ogc/collections/{kind}"])


def test_collections(broker, kind):
    """One URL lists the types."""
    assert kind in run(["ogrinfo", "-ro", f"OAPIF:{broker}/ogc"])


def test_collection(broker, kind, api):
    """Typed columns, the extent, and as many features as the API counts."""
    said = oapif(broker, kind)
    count = api.get("entities", type=kind, count="true", limit=0).ok().count
    assert count == 12 and f"Feature Count: {count}" in said
    assert "Geometry: 3D Point" in said or "Geometry: Point" in said
    assert "Extent: (5.370000, 43.300000) - (5.470000, 43.300000)" in said
    for column in ("power: Real", "lamps: Integer", "state: String", "since: DateTime"):
        assert column in said, said


def test_pages(broker, kind, tmp_path):
    """Several pages, each feature once."""
    back = str(tmp_path / "back.geojson")
    run(["ogr2ogr", "-oo", "PAGE_SIZE=5", back, f"OAPIF:{broker}/ogc", kind])
    with open(back, encoding="utf-8") as f:
        features = json.load(f)["features"]
    assert [feature["properties"]["lamps"] for feature in features] == list(range(12))


def test_spatial_filter(broker, kind):
    """The broker, not GDAL, looks for what is in a box."""
    said = oapif(broker, kind, "-spat", "5.365", "43.2", "5.405", "43.4")
    assert "Feature Count: 4" in said


def test_attribute_filter(broker, kind):
    """What the broker can compare is asked of it; GDAL does the rest."""
    said = oapif(broker, kind, "-where", "state = 'on'", "--debug", "ON")
    assert "Feature Count: 6" in said and "&state=on" in said
    assert "Feature Count: 2" in oapif(broker, kind, "-where", "power > 44.9")


@pytest.mark.parametrize("page", ["en/qgis.md", "fr/qgis.md"])
def test_documented_commands(broker, page, tmp_path):
    """The commands of the documentation, on the demo city."""
    run([path(), "demo", "--base", broker, "--days", "0"])
    block, curls = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(), re.S)
    commands = [line for line in block.splitlines() if line and not line.startswith("#")]
    said = [run(["sh", "-c", f"cd {tmp_path}; " + c.replace("http://localhost:1026", broker)])
            for c in commands]
    assert "WasteContainer" in said[0]
    assert "Feature Count: 60" in said[1]
    assert 0 < said[2].count("OGRFeature") < 60
    assert "Feature Count: 60" in run(["ogrinfo", "-so", "-al", str(tmp_path / "containers.gpkg")])
    for command in curls.splitlines():
        answer = json.loads(run(["sh", "-c", command.replace("http://localhost:1026", broker)
                                 .replace("curl", "curl -sS")]))
        assert answer["numberReturned"] > 0, command
