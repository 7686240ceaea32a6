// SPDX-License-Identifier: Apache-2.0
// What became of a subscription's notifications, and sending them again.
import { json, send } from "./broker.js";
import { fill, h, refill, say } from "./dom.js";
import { dateToSecond, number, timeOfDay } from "./format.js";
import { about, when } from "./subscription.js";
import { t } from "./text.js";

const ROWS = 50;

const outcome = ({ result, status }) => h("span", { class: `badge ${result === "delivered" ? "ok" : "failed"}` },
  t(result === "delivered" ? "log.delivered" : "log.failed"), status > 0 && ` ${status}`);

/** Asks for a resend, and says how many are due again. */
async function resend(id, body, said) {
  try {
    const { queued } = await (await send("POST", about(id, "resend"), body)).json();
    fill(said, t("log.queued", { n: queued }));
  } catch (error) {
    fill(said, error.message);
  }
  say(said.textContent);
}

function row(id, entry, said) {
  return h("tr", {},
    h("td", { class: "soft" }, h("time", { datetime: entry.at }, dateToSecond(Date.parse(entry.at)))),
    h("td", { class: "number" }, entry.sequence),
    h("td", {}, outcome(entry)),
    h("td", { class: "number" }, entry.attempt),
    h("td", { class: "number" }, `${number(entry.milliseconds)} ms`),
    h("td", { lang: "en", class: "why" }, entry.error ?? ""),
    h("td", {}, h("button", { type: "button", class: "small", "data-key": `${entry.sequence} ${entry.attempt}`, title: entry.notification, "aria-label": t("log.resendOne", { number: entry.sequence }),
      onclick: () => resend(id, { notification: entry.notification }, said) }, t("log.resend"))));
}

function deliveriesTable(id, deliveries, said) {
  if (deliveries.length === 0) return h("p", { class: "soft" }, t("log.none"));
  const columns = [["when"], ["sequence", "number"], ["result"], ["attempt", "number"], ["latency", "number"], ["error"]];
  return h("div", { class: "scroll log", tabindex: "0", role: "region", "aria-label": t("log.title") }, h("table", { class: "wide" },
    h("thead", {}, h("tr", {}, columns.map(([name, kind = ""]) => h("th", { scope: "col", class: kind }, t(`log.${name}`))), h("th", { scope: "col" }, h("span", { class: "hidden" }, t("log.resend"))))),
    h("tbody", {}, deliveries.map((entry) => row(id, entry, said)))));
}

function items(name, list, count) {
  return h("details", { "data-key": name }, h("summary", { "data-key": `${name}-summary` }, t("log.list", { shown: list.length, n: count })),
    h("ul", { class: "plain-list" }, list.map(({ entity, at, attempts, reason }) => h("li", {},
      h("code", {}, entity ?? "–"), " ", h("span", { class: "soft" }, when(at)),
      reason && h("span", { lang: "en" }, ` · ${reason}`, ` (${attempts})`)))));
}

function waits({ count, pending, failuresInARow, circuit, nextTryAt }) {
  if (count === 0) return null;
  return h("section", { class: "note late-note" }, h("h3", {}, t("log.pending", { n: count })),
    failuresInARow > 0 && h("p", {}, t("log.failures", { n: failuresInARow }), circuit === "open" && [" · ", t("log.circuit")],
      nextTryAt && [" · ", t("log.nextTry"), " ", h("b", {}, timeOfDay(Date.parse(nextTryAt)))]),
    items("pending", pending, count));
}

function givenUp(id, { count, dead }, said) {
  if (count === 0) return null;
  return h("section", { class: "note failed-note" }, h("h3", {}, t("log.dead", { n: count })),
    h("p", { class: "actions" },
      h("button", { type: "button", "data-key": "resend-dead", onclick: () => resend(id, { dead: true }, said) }, t("log.resendDead")),
      h("button", { type: "button", "data-key": "discard", onclick: async () => {
        if (!confirm(t("log.discardSure", { n: count }))) return;
        await send("DELETE", about(id, "dead"));
      } }, t("log.discard"))),
    items("dead", dead, count));
}

const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString().slice(0, 16);

function rangeForm(id, said) {
  const from = h("input", { type: "datetime-local", required: true, value: local(Date.now() - 3600000) });
  const to = h("input", { type: "datetime-local", value: local(Date.now() + 60000) });
  return h("details", {}, h("summary", {}, t("log.range")),
    h("form", { class: "form inline-form", onsubmit: (event) => {
      event.preventDefault();
      resend(id, { from: new Date(from.value).toISOString(), ...(to.value && { to: new Date(to.value).toISOString() }) }, said);
    } }, h("label", { class: "field" }, h("span", {}, t("log.from")), from), h("label", { class: "field" }, h("span", {}, t("log.to")), to), h("button", {}, t("log.resend"))));
}

/** {element, show(what look() found)}. */
export function logSection({ id }) {
  const said = h("p", { class: "said", role: "status" });
  const [table, queues] = [h("div", {}), h("div", { class: "notes" })];
  const element = h("section", {}, h("h2", {}, t("log.title")), queues, said, table, rangeForm(id, said));
  let shown = "";
  return {
    element,
    show: (found) => {
      const text = JSON.stringify(found);
      if (text === shown) return;
      shown = text;
      const opened = [...queues.querySelectorAll("details[open]")].map((one) => one.dataset.key);
      refill(queues, waits(found.pending), givenUp(id, found.dead, said));
      for (const key of opened) queues.querySelector(`details[data-key=${key}]`)?.setAttribute("open", "");
      refill(table, deliveriesTable(id, found.deliveries, said));
    },
  };
}

/** The log, what waits and what was given up. */
export async function look(id) {
  const [{ deliveries }, pending, dead] = await Promise.all(
    ["deliveries", "pending", "dead"].map((what) => json(about(id, what, { limit: ROWS }))));
  return { deliveries, pending, dead };
}
