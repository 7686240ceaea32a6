// SPDX-License-Identifier: Apache-2.0
// The address holds the whole state of the map page, so that it can be sent to somebody.

const NAMES = ["type", "commune", "state", "sensor", "at", "show", "search", "request"];
const listeners = new Set();

export function read() {
  const params = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ""]));
}

/** Takes changes over into the address; `quiet` ones are no step to go back to. */
export function change(changes, { quiet = false } = {}) {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === undefined || value === null) params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  const url = location.pathname + (text ? `?${text}` : "");
  if (url === location.pathname + location.search) return;
  history[quiet ? "replaceState" : "pushState"](null, "", url);
  if (!quiet) notify();
}

export const onChange = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function notify() {
  for (const listener of [...listeners]) listener(read());
}

window.addEventListener("popstate", notify);

/** The address of another page: language and tenant stay. */
export function pageUrl(path, more = {}) {
  const now = new URLSearchParams(location.search);
  const params = new URLSearchParams();
  for (const name of ["lang", "tenant"]) if (now.get(name)) params.set(name, now.get(name));
  for (const [name, value] of Object.entries(more)) if (value) params.set(name, value);
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return path + (text ? `?${text}` : "");
}
