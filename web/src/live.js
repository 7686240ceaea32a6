// SPDX-License-Identifier: Apache-2.0
// What changes, as it changes, by Server-Sent Events.  Events name entities, which are then
// asked for; what other brokers change in the same database is found by a look now and then.
import { API, json, query, tenant } from "./broker.js";

const EVENTS = "/calanque/v1/events";
const GATHER = 700; // ms in which changes are gathered
const SELDOM = 60000; // ms between two looks
const BATCH = 100; // ids in a request

/** onEntities([entity]), onGone([id]), onState("live" | "lost"). */
export function follow({ types, onEntities, onGone, onState }) {
  const changed = new Set();
  let timer;
  const flush = async () => {
    timer = undefined;
    const ids = [...changed].slice(0, BATCH);
    ids.forEach((id) => changed.delete(id));
    const found = await json(`${API}/entities${query({ type: types.join(","), id: ids.join(","), format: "concise", limit: ids.length })}`).catch(() => []);
    if (found.length > 0) onEntities(found);
    if (changed.size > 0) timer = setTimeout(flush, 50);
  };
  const note = (id) => {
    changed.add(id);
    timer ??= setTimeout(flush, GATHER);
  };
  const look = looker({ types, onEntities });
  listen({ types, note, look, onGone, onState });
}

function listen({ types, note, look, onGone, onState }) {
  const source = new EventSource(EVENTS + query({ type: types.join(","), tenant }));
  let lost = false;
  source.addEventListener("open", () => {
    if (lost) look(); // what was missed meanwhile
    lost = false;
    onState("live");
  });
  source.addEventListener("error", () => {
    lost = true;
    onState("lost");
  });
  source.addEventListener("entity", ({ data }) => note(JSON.parse(data).id));
  source.addEventListener("deleted", ({ data }) => onGone([JSON.parse(data).id]));
  source.addEventListener("resync", () => look());
}

/** Asks for what was modified since it asked last, every so often; returns the question. */
function looker({ types, onEntities }) {
  let since = new Date(Date.now() - 2000).toISOString();
  const look = async () => {
    if (document.hidden) return;
    const now = new Date(Date.now() - 2000).toISOString();
    const params = { type: types.join(","), q: `modifiedAt>=${since}`, format: "concise", limit: 1000 };
    try {
      const found = await json(`${API}/entities${query(params)}`);
      since = now;
      if (found.length > 0) onEntities(found);
    } catch {
      return; // the events tell that the broker is away
    }
  };
  setInterval(look, SELDOM);
  return look;
}
