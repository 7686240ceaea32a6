// SPDX-License-Identifier: Apache-2.0
// /pages/subscription?id=…: one subscription: what it waits for, how it fares, why not.
import { Problem, json, send } from "./broker.js";
import { fill, h, icon, refill } from "./dom.js";
import { pretty } from "./pretty.js";
import { command, showRequests } from "./request.js";
import { pageUrl } from "./state.js";
import { about, badge, endpoint, figures, nameOf, oneOf, sentence, when } from "./subscription.js";
import { explainSection, missesSection } from "./subscription_explain.js";
import { logSection, look } from "./subscription_log.js";
import { t } from "./text.js";

const AGAIN = 3000; // ms

function numbers({ notification: { timesSent = 0, timesFailed = 0, lastSuccess, lastFailure } = {} }, { pending, dead }) {
  return [
    figures([
      { n: timesSent - timesFailed, label: "sums.delivered", tone: "ok" },
      { n: pending.count, label: "sums.pending", tone: "late" },
      { n: dead.count, label: "sums.dead", tone: "failed" },
      { n: timesFailed, label: "sums.failures" },
    ]),
    h("p", { class: "soft" }, t("subscription.success"), " ", when(lastSuccess), " · ", t("subscription.failure"), " ", when(lastFailure)),
  ];
}

function actions(subscription, again) {
  const { id, status } = subscription;
  const paused = status === "paused" || subscription.isActive === false;
  return h("p", { class: "actions" },
    h("button", { type: "button", "data-key": "pause", onclick: async () => {
      await send("PATCH", oneOf(id), { isActive: paused });
      again();
    } }, t(paused ? "subscription.resume" : "subscription.pause")),
    h("button", { type: "button", "data-key": "request", onclick: () => showRequests([
      { title: t("subscription.itself"), hint: "", text: command("GET", oneOf(id)) },
      { title: t("log.title"), hint: "", text: command("GET", about(id, "deliveries")) },
      { title: t("explain.title"), hint: "", text: command("POST", about(id, "explain"), { entity: "urn:ngsi-ld:…" }) },
      { title: t("log.resendDead"), hint: "", text: command("POST", about(id, "resend"), { dead: true }) },
    ]) }, icon("M8 7 3 12l5 5M16 7l5 5-5 5"), t("request.open")),
    h("button", { type: "button", "data-key": "delete", onclick: async () => {
      if (!confirm(t("subscription.deleteSure", { name: nameOf(subscription) }))) return;
      await send("DELETE", oneOf(id));
      location.assign(pageUrl("/pages/subscriptions"));
    } }, t("subscription.delete")));
}

class Sheet {
  constructor(main, id) {
    this.id = id;
    this.head = h("div", { class: "subscription-head" });
    this.body = h("div", {});
    fill(main, h("div", { class: "page" }, this.head, this.body));
  }

  async refresh() {
    const [subscription, found] = await Promise.all([json(oneOf(this.id)), look(this.id)]);
    if (!this.log) this.lay(subscription);
    this.log.show(found);
    const text = JSON.stringify([subscription, found.pending.count, found.dead.count]);
    if (text === this.shown) return;
    this.shown = text;
    document.title = `Calanque – ${nameOf(subscription)}`;
    refill(this.head, h("p", { class: "over" }, h("a", { href: pageUrl("/pages/subscriptions") }, t("subscriptions.over"))),
      h("header", { class: "title" }, h("h1", {}, nameOf(subscription)), badge(subscription)),
      sentence(subscription), h("p", { class: "to" }, icon("M5 12h14M13 6l6 6-6 6", 15), endpoint(subscription)),
      numbers(subscription, found), actions(subscription, () => this.refresh()));
  }

  lay(subscription) {
    this.log = logSection(subscription);
    const explaining = explainSection(subscription);
    const { status, notification, ...rest } = subscription;
    fill(this.body, this.log.element, explaining.element, missesSection(subscription, explaining.explain),
      h("section", {}, h("h2", {}, t("subscription.itself")), h("details", {}, h("summary", {}, "JSON-LD"), pretty({ ...rest, notification }, t("subscription.itself")))));
  }
}

export async function subscriptionPage(main) {
  const id = new URLSearchParams(location.search).get("id") ?? "";
  const sheet = new Sheet(main, id);
  try {
    await sheet.refresh();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(main, h("div", { class: "page" }, h("h1", {}, id || t("page.none")), h("p", { role: "alert", class: "empty" }, error.message)));
    return;
  }
  setInterval(() => document.hidden || sheet.refresh().catch(() => {}), AGAIN);
}
