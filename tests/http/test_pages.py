# SPDX-License-Identifier: Apache-2.0
"""The pages for people: what is served, and to whom.  tests/web drives them in a browser."""

import gzip
import json
import os
import re

import pytest

from openapi import ROOT

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
LISTS = ["/ngsi-ld/v1/entities", "/ngsi-ld/v1/types", "/ngsi-ld/v1/attributes",
         "/ngsi-ld/v1/jsonldContexts", "/ngsi-ld/v1/entities/urn:x:y"]


def page(api, path="/", **headers):
    return api.get(path, headers={"Accept": BROWSER, **headers})


def assets(api):
    return {name for path in ("/", "/pages/types")
            for name in re.findall(r'"(/assets/[^"]+)"', page(api, path).ok().body.decode())}


def test_home(api):
    """/ is a page that may load what the broker serves and nothing else."""
    answer = page(api).ok()
    policy = answer.headers["Content-Security-Policy"]
    assert answer.type == "text/html; charset=utf-8"
    assert "default-src 'none'" in policy and "://" not in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert page(api, **{"If-None-Match": answer.headers["ETag"]}).status == 304
    assert page(api, **{"If-None-Match": '"x"'}).ok().body == answer.body
    assert api.get("/").ok().body == answer.body


def test_pages(api):
    """The other pages share a document, which loads less."""
    answer = page(api, "/pages/types").ok()
    assert page(api, "/pages/about").ok().body == answer.body != page(api).body
    assert answer.headers["Content-Security-Policy"] == page(api).headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", LISTS)
def test_browsers_see_the_page(api, path):
    """Where a program gets JSON a browser is shown the page."""
    answer = page(api, path).ok()
    assert answer.body == page(api, "/pages/types").body
    assert "Accept" in answer.headers["Vary"]
    assert api.head(path, headers={"Accept": BROWSER}).ok().type == answer.type


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, */*",
                                    "application/json, text/plain, */*", "text/html;q=0.5, */*"])
def test_programs_get_json(api, accept):
    """... and nothing changes for programs (T4)."""
    answer = api.get("types", headers={"Accept": accept}).ok()
    assert answer.type == "application/json" and answer.json["type"] == "EntityTypeList"
    assert "Accept" in answer.headers["Vary"]


def test_only_reading_turns_into_pages(api):
    """A browser that writes, or asks for what there is not, hears of it as before."""
    api.post("entities", "{", headers={"Accept": BROWSER}).problem(400, "InvalidRequest")
    page(api, "/ngsi-ld/v1/nothing").problem(404, "ResourceNotFound")
    assert page(api, "/openapi.json").ok().type == "application/json"


def test_assets(api):
    """What the page loads never changes, and is the same packed and not."""
    names = assets(api)
    assert len(names) >= 5
    for name in names:
        plain = api.get(name).ok()
        packed = api.get(name, headers={"Accept-Encoding": "gzip"}).ok()
        assert "immutable" in plain.headers["Cache-Control"]
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert api.get(name, headers={"If-None-Match": plain.headers["ETag"]}).status == 304


def test_unknown_asset(api):
    api.get("/assets/main-00000000.js").problem(
        404, "ResourceNotFound", "there is no asset 'main-00000000.js'", "load it again")


def test_map(api):
    """Without settings nothing comes from elsewhere."""
    assert api.get("/calanque/v1/map").ok().json == {
        "tiles": None, "credit": None, "outlines": False}
    assert api.get("/calanque/v1/outlines").ok().json == {
        "type": "FeatureCollection", "features": []}


def test_map_settings(new_broker, tmp_path):
    """Outlines are served as they are; the host of the tiles enters the policy."""
    outlines = {"type": "FeatureCollection", "features": []}
    file = tmp_path / "communes.geojson"
    file.write_text(json.dumps(outlines))
    broker = new_broker("--map-outlines", str(file), "--map-tiles",
                        "https://{s}.tiles.example:8443/{z}/{x}/{y}.png",
                        "--map-credit", '© "Example"').start()
    served = broker.api.get("/calanque/v1/outlines").ok()
    assert (served.type, served.json) == ("application/geo+json", outlines)
    assert broker.api.get("/calanque/v1/map").ok().json == {
        "tiles": "https://{s}.tiles.example:8443/{z}/{x}/{y}.png", "credit": '© "Example"',
        "outlines": True}
    policy = page(broker.api).headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tiles.example:8443;" in policy


TILES = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.mark.parametrize("options, says", [
    (["--map-outlines", "/nowhere/x"], "--map-outlines: cannot read /nowhere/x"),
    (["--map-outlines", "{file}"], "no GeoJSON FeatureCollection"),
    (["--map-outlines", __file__], "--map-outlines: "),
    (["--map-tiles", TILES], "--map-tiles needs --map-credit"),
    (["--map-credit", "x", "--map-tiles", "ftp://x/{z}/{x}/{y}"], "expected https://"),
    (["--map-credit", "x", "--map-tiles", "https://x/{z}/{x}"], "has no place for {z}"),
    (["--map-credit", "x", "--map-tiles", "https://a b;/{z}/{x}/{y}"], "names no host"),
])
def test_map_settings_that_cannot_be(new_broker, tmp_path, options, says):
    """The broker says what is wrong and does not start."""
    (tmp_path / "x.json").write_text('{"type": "Feature"}')
    broker = new_broker(*[o.replace("{file}", str(tmp_path / "x.json")) for o in options])
    broker.spawn()
    assert broker.process.wait(60) == 1
    assert says in broker.output()
    broker.process = None


def test_catalogues():
    """French and English say the same things, with the same places for values."""
    texts = {}
    for language in ("fr", "en"):
        with open(os.path.join(ROOT, "web", "src", f"{language}.json"), encoding="utf-8") as f:
            texts[language] = json.load(f)
    assert list(texts["fr"]) == list(texts["en"])
    for key, text in texts["fr"].items():
        assert sorted(re.findall(r"\{\w+\}", text)) == \
            sorted(re.findall(r"\{\w+\}", texts["en"][key])), key
