// SPDX-License-Identifier: Apache-2.0
// Coasts for the map, of Natural Earth (public domain): France and its departments over the
// seas.  Each region is a box, and the rings of the land in it, in thousandths of a degree.
import { readFileSync } from "node:fs";

const BOXES = [
  [-6, 41, 10.5, 52], // metropolitan France
  [-62.2, 14.2, -60.6, 16.8], // Guadeloupe, Martinique
  [-54.8, 2, -51.4, 6.2], // Guyane
  [55, -21.6, 56, -20.7], // La Réunion
  [44.9, -13.1, 45.4, -12.5], // Mayotte
  [-57, 46.5, -56, 47.3], // Saint-Pierre-et-Miquelon
  [163, -23, 168.5, -19.3], // Nouvelle-Calédonie
  [-150, -18, -149, -17.3], // Tahiti
];

// Sutherland and Hodgman: what of a ring is on one side of a line.
function cut(ring, inside, meet) {
  const out = [];
  ring.forEach((point, i) => {
    const before = ring[(i + ring.length - 1) % ring.length];
    if (inside(point) !== inside(before)) out.push(meet(before, point));
    if (inside(point)) out.push(point);
  });
  return out;
}

function clip(ring, [west, south, east, north]) {
  const at = (axis, value) => (a, b) => {
    const t = (value - a[axis]) / (b[axis] - a[axis]);
    return axis === 0 ? [value, a[1] + t * (b[1] - a[1])] : [a[0] + t * (b[0] - a[0]), value];
  };
  let cutting = ring;
  cutting = cut(cutting, (p) => p[0] >= west, at(0, west));
  cutting = cut(cutting, (p) => p[0] <= east, at(0, east));
  cutting = cut(cutting, (p) => p[1] >= south, at(1, south));
  return cut(cutting, (p) => p[1] <= north, at(1, north));
}

const round = (ring) => ring.map(([x, y]) => [Math.round(x * 1000), Math.round(y * 1000)]);

export function land(require) {
  const { feature } = require("topojson-client");
  const world = JSON.parse(readFileSync(require.resolve("world-atlas/land-10m.json"), "utf8"));
  const features = feature(world, world.objects.land);
  const rings = (features.features ?? [features]).flatMap(({ geometry }) =>
    geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat());
  return BOXES.map((box) => ({
    box,
    rings: rings.map((ring) => round(clip(ring, box))).filter((ring) => ring.length > 2),
  }));
}
