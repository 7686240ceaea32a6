// SPDX-License-Identifier: Apache-2.0
// What of the sensors is on screen, and the same as a query to the broker.
import { geoQuery } from "./geometry.js";
import { model } from "./models.js";

export const list = (text) => (text ? text.split(",") : []);

export function matches(sensor, { type, commune, state, search }) {
  if (type && !list(type).includes(sensor.type)) return false;
  if (commune && sensor.commune !== commune) return false;
  if (state && sensor.state !== state) return false;
  if (!search) return true;
  return fold(`${sensor.name} ${sensor.id} ${sensor.commune ?? ""}`).includes(fold(search));
}

const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

const iso = (ms) => new Date(Math.round(ms / 1000) * 1000).toISOString().replace(".000", "");

/** A condition on the main value of a type, for the states that one can be asked for. */
export function stateCondition(type, state, now) {
  const { main, every, range } = model(type);
  if (!main) return undefined;
  const late = iso(now - 2.5 * every * 1000);
  const silent = iso(now - Math.max(86400000, 4 * every * 1000));
  switch (state) {
    case "fresh": return `${main}.observedAt>=${late}`;
    case "late": return `${main}.observedAt<${late};${main}.observedAt>=${silent}`;
    case "silent": return `${main}.observedAt<${silent}`;
    case "abnormal": return range && `(${main}<${range[0]}|${main}>${range[1]})`;
  }
  return undefined;
}

/** The parameters of GET /entities for what the filters leave; place: of a commune, in one
 * of the ways that Communes.queries() gives. */
export function toParams({ type, state }, types, { place = {}, bounds, now = Date.now() } = {}) {
  const wanted = list(type).length > 0 ? list(type) : types;
  const conditions = [place.q];
  if (state && wanted.length === 1) conditions.push(stateCondition(wanted[0], state, now));
  const params = { type: wanted.join(","), ...place, q: conditions.filter(Boolean).join(";") || undefined };
  if (bounds && !place.georel) Object.assign(params, geoQuery("intersects", rectangle(bounds)));
  return params;
}

function rectangle([west, south, east, north]) {
  const r = (x) => Number(x.toFixed(5));
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Polygon", coordinates: [ring.map(([x, y]) => [r(x), r(y)])] };
}
