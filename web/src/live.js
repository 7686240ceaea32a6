// SPDX-License-Identifier: Apache-2.0
// What changes, as it changes: by Server-Sent Events where the broker offers them, else by
// asking for what was modified since.  Either way the pages are told ids, and ask.
import { API, ask, json, query, serves, tenant } from "./broker.js";

const EVENTS = "/calanque/v1/events";
const GATHER = 700; // ms in which changes are gathered
const ASK = 15000; // ms between two questions
const BATCH = 100; // ids in a request

/** onEntities([entity]), onGone([id]), onState("live" | "asking" | "lost"). */
export async function follow({ types, onEntities, onGone, onState }) {
  const changed = new Set();
  let timer;
  const flush = async () => {
    timer = undefined;
    const ids = [...changed].slice(0, BATCH);
    ids.forEach((id) => changed.delete(id));
    const found = await json(`${API}/entities${query({ id: ids.join(","), format: "concise", limit: ids.length })}`).catch(() => []);
    if (found.length > 0) onEntities(found);
    if (changed.size > 0) timer = setTimeout(flush, 50);
  };
  const note = (id) => {
    changed.add(id);
    timer ??= setTimeout(flush, GATHER);
  };
  if (await serves(EVENTS).catch(() => false)) return listen({ types, note, onGone, onState });
  return poll({ types, onEntities, onState });
}

function listen({ types, note, onGone, onState }) {
  const source = new EventSource(EVENTS + query({ type: types.join(","), tenant }));
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("error", () => onState("lost"));
  source.addEventListener("entity", ({ data }) => note(JSON.parse(data).id));
  source.addEventListener("deleted", ({ data }) => onGone([JSON.parse(data).id]));
  return () => source.close();
}

function poll({ types, onEntities, onState }) {
  let since = new Date(Date.now() - 2000).toISOString();
  const look = async () => {
    if (document.hidden) return;
    const now = new Date(Date.now() - 2000).toISOString();
    try {
      const answer = await ask(`${API}/entities${query({ type: types.join(","), q: `modifiedAt>=${since}`, format: "concise", limit: 1000 })}`);
      const found = await answer.json();
      since = now;
      onState("asking");
      if (found.length > 0) onEntities(found);
    } catch {
      onState("lost");
    }
  };
  const timer = setInterval(look, ASK);
  onState("asking");
  return () => clearInterval(timer);
}
