// SPDX-License-Identifier: Apache-2.0
// Who is told of what, and whether it arrives.
import { API, Problem, countOf, json } from "./broker.js";
import { fill, h, icon, refill } from "./dom.js";
import { stateCondition } from "./filter.js";
import { MAPPED, model } from "./models.js";
import { pageUrl } from "./state.js";
import { SUBSCRIPTIONS, badge, endpoint, figures, health, nameOf, sentence, tally, when } from "./subscription.js";
import { t } from "./text.js";

const FIRST = 50; // whose queues are looked at
const AGAIN = 5000; // ms
const RANK = { failed: 0, waiting: 1, ok: 2, paused: 3, expired: 4 };

function sums({ matched, delivered, pending, dead, merged, dropped }) {
  return [
    { n: matched, label: "sums.matched" },
    { n: delivered, label: "sums.delivered", tone: "ok", sign: "=" },
    { n: pending, label: "sums.pending", tone: "late", sign: "+" },
    { n: dead, label: "sums.dead", tone: "failed", sign: "+" },
    merged + dropped > 0 && { n: merged + dropped, label: "sums.void", sign: "+" },
  ].filter(Boolean);
}

function card(subscription, counts) {
  const { id, notification = {} } = subscription;
  return h("li", { class: `card ${health(subscription)}` },
    h("header", {}, h("h2", {}, h("a", { "data-key": id, href: pageUrl("/pages/subscription", { id }) }, nameOf(subscription))), badge(subscription)),
    sentence(subscription),
    h("p", { class: "to" }, icon("M5 12h14M13 6l6 6-6 6", 15), endpoint(subscription)),
    counts && figures([
      { n: counts.delivered, label: "sums.delivered", tone: "ok" },
      { n: counts.pending, label: "sums.pending", tone: "late" },
      { n: counts.dead, label: "sums.dead", tone: "failed" },
    ]),
    h("p", { class: "soft" }, t("subscription.success"), " ", when(notification.lastSuccess),
      notification.lastFailure && [" · ", t("subscription.failure"), " ", when(notification.lastFailure)]));
}

async function look() {
  const [found, all] = await Promise.all([json(`${SUBSCRIPTIONS}?limit=1000`), json("/calanque/v1/notifications")]);
  const sorted = found.sort((a, b) => RANK[health(a)] - RANK[health(b)]);
  const counts = await Promise.all(sorted.slice(0, FIRST).map((one) => tally(one).catch(() => undefined)));
  return { sorted, counts, all };
}

/** Sensors that say nothing any more, which no subscription can tell. */
async function silent() {
  const { typeList } = await json(`${API}/types`);
  const types = typeList.filter((type) => MAPPED.includes(type) && model(type).every);
  const counts = await Promise.all(types.map((type) => countOf({ type, q: stateCondition(type, "silent", Date.now()) })));
  const n = counts.reduce((sum, one) => sum + one, 0);
  return n > 0 && h("p", { class: "note failed-note" }, h("a", { href: pageUrl("/", { state: "silent" }) }, t("subscriptions.silent", { n })), " ", t("subscriptions.silentAbout"));
}

function newcomer() {
  return h("div", { class: "empty" }, h("h2", {}, t("subscriptions.none")), h("p", {}, t("subscriptions.first")),
    h("p", {}, h("a", { class: "button main", href: pageUrl("/pages/subscribe") }, t("subscribe.open"))));
}

export async function subscriptionsPage(main) {
  document.title = `Calanque – ${t("nav.subscriptions")}`;
  const numbers = h("div", {});
  const quiet = h("div", {});
  const list = h("div", { "aria-busy": "true" }, h("p", { class: "soft" }, t("loading")));
  fill(main, h("div", { class: "page" },
    h("p", { class: "over" }, t("subscriptions.over")), h("h1", {}, t("subscriptions.title")), h("p", { class: "lead" }, t("subscriptions.about")),
    h("p", { class: "actions" }, h("a", { class: "button main", href: pageUrl("/pages/subscribe") }, icon("M12 5v14M5 12h14", 16), t("subscribe.open")),
      h("a", { class: "button", href: pageUrl("/pages/inbox") }, t("inbox.open"))),
    numbers, list, quiet));
  silent().then((found) => fill(quiet, found), () => {});
  let shown;
  const show = async () => {
    const { sorted, counts, all } = await look();
    const text = JSON.stringify([sorted, counts, all]);
    if (text === shown) return;
    shown = text;
    list.removeAttribute("aria-busy");
    fill(numbers, all.matched > 0 && figures(sums(all)));
    refill(list, sorted.length === 0 ? newcomer() : h("ul", { class: "cards" }, sorted.map((one, i) => card(one, counts[i]))));
  };
  try {
    await show();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(list, h("p", { role: "alert" }, error.message));
    return;
  }
  setInterval(() => document.hidden || show().catch(() => {}), AGAIN);
}
