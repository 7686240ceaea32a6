// SPDX-License-Identifier: Apache-2.0
// What a sensor said before, by the temporal API.
import { API, optional, query } from "./broker.js";

export const WEEK = 7 * 86400000;
export const since = (ms) => new Date(Math.floor((Date.now() - ms) / 60000) * 60000).toISOString().replace(".000", "");
const MOST = 5000;

/** {attribute: [[ms, value]]}, oldest first; undefined where there is no history of it. */
export async function history(id, attributes) {
  const params = { attrs: attributes.join(","), timerel: "after", timeAt: since(WEEK), format: "temporalValues", lastN: MOST };
  const found = await optional(`${API}/temporal/entities/${id}${query(params)}`);
  if (found === undefined) return undefined;
  return Object.fromEntries(attributes.map((name) => [name, series(found[name])]));
}

function series(attribute) {
  const one = Array.isArray(attribute) ? attribute.find((a) => a.datasetId === undefined) ?? attribute[0] : attribute;
  const pairs = one?.values ?? [];
  return pairs.map(([value, time]) => [Date.parse(time), value]).filter(([time]) => !Number.isNaN(time)).sort((a, b) => a[0] - b[0]);
}
