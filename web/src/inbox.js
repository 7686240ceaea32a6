// SPDX-License-Identifier: Apache-2.0
// The test inbox: a receiver inside the broker, for who has none, and what arrives there.
import { ask } from "./broker.js";
import { fill, h, say } from "./dom.js";
import { age, date } from "./format.js";
import { typeLabel } from "./labels.js";
import { pretty } from "./pretty.js";
import { toSensor } from "./sensors.js";
import { value } from "./sensor_list.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

const AGAIN = 1000; // ms

export const inboxPath = (name) => `/calanque/v1/inbox/${encodeURIComponent(name)}`;

/** A name that nobody guesses. */
export const newName = () => [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** What a subscription names as its endpoint: the broker reaches itself there. */
export const inboxEndpoint = async (name) =>
  (await ask(inboxPath(name))).headers.get("Calanque-Endpoint") ?? location.origin + inboxPath(name);

function told(entity) {
  if (!entity?.id) return null;
  const sensor = toSensor(entity);
  return h("li", {}, h("b", {}, sensor.name), h("span", { class: "soft" }, ` · ${typeLabel(sensor.type)}`),
    sensor.main && h("span", { class: "told-value" }, value(sensor)));
}

function message({ number, at, headers, body }, open) {
  const ofEntities = body?.type === "Notification"; // others tell of context sources
  const data = ofEntities && Array.isArray(body.data) ? body.data : [];
  const sequence = headers["Calanque-Sequence"];
  return h("li", { class: "card message", "data-number": number },
    h("header", {}, h("h2", {}, ofEntities ? t("inbox.notification", { number: sequence ?? number }) : t("inbox.message", { number })),
      h("time", { class: "soft", datetime: at, title: date(Date.parse(at)) }, age(Date.parse(at)))),
    data.length > 0 && h("ul", { class: "told" }, data.slice(0, 10).map(told)),
    body?.subscriptionId && h("p", { class: "soft" }, t("inbox.by"), " ", ofEntities ? h("a", { href: pageUrl("/pages/subscription", { id: body.subscriptionId }) }, h("code", {}, body.subscriptionId)) : h("code", {}, body.subscriptionId)),
    h("details", { open }, h("summary", {}, t("inbox.body")), pretty(body, t("inbox.body"))),
    h("details", {}, h("summary", {}, t("inbox.headers")), h("dl", { class: "facts" }, Object.entries(headers).map(([name, text]) => [h("dt", {}, name), h("dd", {}, h("code", {}, text))]))));
}

/** {element}: what is there, and what comes, newest first; onMessage(n) tells how many. */
export function inbox(name, { onMessage = () => {}, waiting = t("inbox.waiting") } = {}) {
  const list = h("ol", { class: "messages", reversed: true });
  const empty = h("p", { class: "waiting-line", "aria-busy": "true" }, h("i"), waiting);
  const element = h("div", { class: "inbox" }, empty, list);
  let seen = new Set();
  const look = async (first) => {
    const found = await (await ask(inboxPath(name))).json();
    const fresh = found.filter(({ number }) => !seen.has(number));
    if (found.length === 0) fill(list);
    empty.hidden = found.length > 0;
    seen = new Set(found.map(({ number }) => number));
    for (const [i, one] of fresh.reverse().entries()) {
      const item = message(one, i === fresh.length - 1);
      if (!first) item.classList.add("fresh-message");
      list.prepend(item);
    }
    if (fresh.length > 0 && !first) say(t("inbox.arrived", { n: fresh.length }));
    onMessage(found.length);
  };
  const again = async (first) => {
    if (!document.hidden || first) await look(first).catch(() => {});
    setTimeout(() => element.isConnected && again(false), AGAIN);
  };
  again(true);
  return { element };
}
