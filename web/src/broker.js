// SPDX-License-Identifier: Apache-2.0
// Asks the broker, by the API that everybody has.

export const API = "/ngsi-ld/v1";
export const tenant = new URLSearchParams(location.search).get("tenant") ?? "";
const PAGE = 1000;
const AT_ONCE = 4; // requests for further pages

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** A query string whose values read well: only what must be escaped is. */
export function query(params) {
  const pairs = Object.entries(params).filter(([, value]) => value !== undefined && value !== "");
  if (pairs.length === 0) return "";
  const escape = (text) => encodeURIComponent(text).replace(/%(2C|3A|3B|2F|40|5B|5D|3D|3E|3C|22|7C)/g, (all, hex) =>
    ({ "2C": ",", "3A": ":", "3B": ";", "2F": "/", 40: "@", "3D": "=" })[hex] ?? all);
  return "?" + pairs.map(([name, value]) => `${name}=${escape(String(value))}`).join("&");
}

const headers = (more) => ({ Accept: "application/json", ...(tenant && { "NGSILD-Tenant": tenant }), ...more });

export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: headers(options.headers) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, error.message);
  }
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, body.detail ?? body.title ?? answer.statusText);
  }
  return answer;
}

/** Sends JSON. */
export const send = (method, path, body) =>
  ask(path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });

export const json = async (path, options) => (await ask(path, options)).json();

/** How many match, and nothing else. */
export async function countOf(params) {
  const answer = await ask(`${API}/entities${query({ ...params, limit: 0, count: true })}`);
  return Number(answer.headers.get("NGSILD-Results-Count"));
}

/** Every entity that matches; each(page, total) is given the pages as they come: the first,
 * which counts, then the others several at a time. */
export async function entities(params, each, { most = 20000 } = {}) {
  const path = (more) => `${API}/entities${query({ ...params, limit: PAGE, ...more })}`;
  const answer = await ask(path({ count: true }));
  const total = Number(answer.headers.get("NGSILD-Results-Count"));
  each(await answer.json(), total);
  const offsets = [];
  for (let offset = PAGE; offset < Math.min(total, most); offset += PAGE) offsets.push(offset);
  const next = async () => {
    while (offsets.length > 0) each(await json(path({ offset: offsets.shift() })), total);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return total;
}

export const entity = (id, params = { format: "concise" }) =>
  json(`${API}/entities/${encodeURIComponent(id).replaceAll("%3A", ":")}${query(params)}`);

/** undefined where there is no such resource (yet). */
export async function optional(path, options) {
  try {
    return await json(path, options);
  } catch (error) {
    if (error instanceof Problem && [404, 405, 501].includes(error.status)) return undefined;
    throw error;
  }
}

let described;
/** What the broker says it serves. */
export const description = () => (described ??= json("/openapi.json"));
