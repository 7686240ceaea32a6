// SPDX-License-Identifier: Apache-2.0
// Polygons: is a point in one, and the same one with fewer corners.

const MOST = 6000; // characters of an outline in an address

const polygons = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : []);

/** By the rays that leave the point: holes are rings like the others. */
export function contains(geometry, [x, y]) {
  let inside = false;
  for (const ring of polygons(geometry).flat()) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

function distance([x, y], [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}

// Douglas and Peucker: the corner farthest from a line stays, if it is far enough.
function thin(line, tolerance) {
  let [most, at] = [0, 0];
  for (let i = 1; i + 1 < line.length; i++) {
    const away = distance(line[i], line[0], line[line.length - 1]);
    if (away > most) [most, at] = [away, i];
  }
  if (most <= tolerance) return [line[0], line[line.length - 1]];
  return [...thin(line.slice(0, at + 1), tolerance).slice(0, -1), ...thin(line.slice(at), tolerance)];
}

const round = (ring) => ring.map(([x, y]) => [Number(x.toFixed(5)), Number(y.toFixed(5))]);

function thinner(geometry, tolerance) {
  const parts = polygons(geometry)
    .map((rings) => rings.map((ring) => round(thin(ring, tolerance))).filter((ring) => ring.length > 3))
    .filter((rings) => rings.length > 0);
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
}

/** With as few corners as leave each of these points on its side, for an address. */
export function simplified(geometry, points) {
  let best = thinner(geometry, 0);
  for (const tolerance of [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005]) {
    const one = thinner(geometry, tolerance);
    const same = points.every((point) => contains(one, point) === contains(geometry, point));
    if (!same && JSON.stringify(best.coordinates).length <= MOST) break;
    if (one.coordinates.length > 0) best = one;
  }
  return best;
}

export const geoQuery = (georel, { type, coordinates }) => ({ georel, geometry: type, coordinates: JSON.stringify(coordinates) });
