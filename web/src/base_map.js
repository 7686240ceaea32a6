// SPDX-License-Identifier: Apache-2.0
// What lies under the sensors: coasts (built in), outlines and tiles (the operator's), and
// the names of the communes where their sensors are.
import L from "leaflet";
import { json, optional } from "./broker.js";
import { t } from "./text.js";

const fromThousandths = (ring) => ring.map(([x, y]) => [y / 1000, x / 1000]);

async function addLand(map) {
  const regions = await json(LAND_URL);
  const renderer = L.canvas({ pane: "land", padding: 0.5 });
  const style = getComputedStyle(map.getContainer());
  const colour = (name) => style.getPropertyValue(name).trim();
  const flat = { renderer, interactive: false, smoothFactor: 0.6 };
  const shapes = [];
  for (const { box: [west, south, east, north], rings } of regions) {
    shapes.push(L.rectangle([[south, west], [north, east]], { ...flat, stroke: false, fillOpacity: 1, fillColor: colour("--sea") }));
    shapes.push(L.polygon([rings.map(fromThousandths)], { ...flat, weight: 1, color: colour("--coast"), fillOpacity: 1, fillColor: colour("--land") }));
  }
  const group = L.layerGroup(shapes).addTo(map);
  map.attributionControl.addAttribution("Natural Earth");
  return group;
}

async function addOutlines(map) {
  const collection = await json("/calanque/v1/outlines");
  const style = getComputedStyle(map.getContainer());
  const colour = style.getPropertyValue("--outline").trim();
  L.geoJSON(collection, {
    pane: "outlines", interactive: false,
    renderer: L.canvas({ pane: "outlines", padding: 0.5 }),
    style: { color: colour, weight: 1, fillOpacity: 0 },
  }).addTo(map);
  return collection;
}

/** Resolves to the features of the operator's outlines. */
export async function addBase(map) {
  const settings = (await optional("/calanque/v1/map")) ?? {};
  if (settings.tiles) L.tileLayer(settings.tiles, { attribution: escapeHtml(settings.credit), maxZoom: 19 }).addTo(map);
  let land = settings.tiles ? undefined : await addLand(map);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", async () => {
    land?.remove();
    if (land) land = await addLand(map);
  });
  return settings.outlines ? (await addOutlines(map)).features : [];
}

const escapeHtml = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

const PATCH = 0.005; // degrees: a patch of town for each square in which a sensor is
const PATCHES = 1500; // more of them are no towns, and slow
const NEAR = 12; // zoom from which on a patch is not worth its name

/** Where sensors are, the map is town: no boundary, a hint of where people live. */
export function towns(map) {
  const renderer = L.canvas({ pane: "outlines", padding: 0.5 });
  let group;
  let seen = "";
  const fit = () => map.getZoom() > NEAR ? group?.remove() : group?.addTo(map);
  map.on("zoomend", fit);
  return (sensors) => {
    const fillColor = getComputedStyle(map.getContainer()).getPropertyValue("--town").trim();
    const patches = new Set(sensors.filter((s) => s.at).map(({ at }) => at.map((x) => Math.round(x / PATCH)).join()));
    const now = `${patches.size} ${fillColor}`;
    if (now === seen) return;
    seen = now;
    group?.remove();
    if (patches.size > PATCHES) patches.clear();
    group = L.layerGroup([...patches].map((patch) => {
      const [lon, lat] = patch.split(",").map((x) => x * PATCH);
      return L.circle([lat, lon], { renderer, radius: 800, interactive: false, stroke: false, fillColor, fillOpacity: 1 });
    }));
    fit();
  };
}

/** Names of communes, where their sensors are; those with more sensors first, none over another. */
export function communeNames(map) {
  const pane = map.getPane("names");
  let communes = [];
  const draw = () => {
    const taken = [];
    pane.replaceChildren();
    for (const { name, at, n } of communes) {
      const point = map.latLngToLayerPoint(at);
      const size = map.getZoom() >= 12 || n > 15 ? 13 : 12;
      const half = name.length * size * 0.27 + 4;
      const box = [point.x - half, point.y - 24 - size, point.x + half, point.y - 18];
      if (taken.some((t) => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1])) continue;
      taken.push(box);
      const label = document.createElement("span");
      label.className = "commune-name";
      label.textContent = name;
      label.style.fontSize = `${size}px`;
      L.DomUtil.setPosition(label, L.point(point.x, point.y - 22));
      pane.append(label);
    }
  };
  map.on("zoomend viewreset", draw);
  map.on("zoomstart", () => pane.replaceChildren());
  return (sensors) => {
    const sums = new Map();
    for (const { commune, at } of sensors) {
      if (!commune || !at) continue;
      const sum = sums.get(commune) ?? { n: 0, lon: 0, lat: 0 };
      sums.set(commune, { n: sum.n + 1, lon: sum.lon + at[0], lat: sum.lat + at[1] });
    }
    communes = [...sums]
      .map(([name, { n, lon, lat }]) => ({ name, n, at: [lat / n, lon / n] }))
      .sort((a, b) => b.n - a.n);
    draw();
  };
}

export function newMap(element) {
  const map = L.map(element, {
    zoomControl: false, preferCanvas: true, minZoom: 3, maxZoom: 19, zoomSnap: 0.5,
    attributionControl: false, keyboard: true,
  }).setView([43.45, 5.35], 10);
  for (const [name, z] of [["land", 150], ["outlines", 250], ["names", 450]]) {
    map.createPane(name).style.zIndex = z;
    map.getPane(name).style.pointerEvents = "none";
  }
  L.control.attribution({ prefix: false, position: "bottomright" }).addTo(map);
  L.control.zoom({ position: "topright", zoomInTitle: t("map.zoomIn"), zoomOutTitle: t("map.zoomOut") }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  return map;
}
