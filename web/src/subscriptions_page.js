// SPDX-License-Identifier: Apache-2.0
// Who is told of what, and whether it arrives.
import { API, Problem, json } from "./broker.js";
import { fill, h } from "./dom.js";
import { age, count, date } from "./format.js";
import { typeLabel } from "./labels.js";
import { t } from "./text.js";

const when = (text) => (text ? h("time", { datetime: text, title: date(Date.parse(text)) }, age(Date.parse(text))) : "–");

function health({ notification, status, isActive }) {
  if (isActive === false || status === "paused") return "paused";
  if (status === "expired") return "expired";
  const { lastFailure, lastSuccess, timesSent } = notification ?? {};
  if (notification?.status === "failed" || (lastFailure && (!lastSuccess || lastFailure > lastSuccess))) return "failed";
  return timesSent > 0 ? "ok" : "waiting";
}

function card(subscription) {
  const { id, subscriptionName, description, entities = [], watchedAttributes = [], q, notification = {} } = subscription;
  const state = health(subscription);
  const about = [
    entities.map((one) => [one.type && typeLabel(one.type), one.id, one.idPattern].filter(Boolean).join(" ")).join(", "),
    watchedAttributes.join(", "), q,
  ].filter(Boolean);
  return h("li", { class: "card" },
    h("header", {}, h("h2", {}, subscriptionName ?? description ?? id), h("span", { class: `badge ${state}` }, t(`subscription.${state}`))),
    h("p", {}, about.join(" · ")),
    h("dl", { class: "facts" },
      h("dt", {}, t("subscription.to")), h("dd", {}, h("code", {}, notification.endpoint?.uri ?? "–")),
      h("dt", {}, t("subscription.sent")), h("dd", {}, count(notification.timesSent ?? 0), notification.timesFailed ? ` (${t("subscription.failures", { n: notification.timesFailed })})` : ""),
      h("dt", {}, t("subscription.success")), h("dd", {}, when(notification.lastSuccess)),
      h("dt", {}, t("subscription.failure")), h("dd", {}, when(notification.lastFailure)),
      h("dt", {}, "id"), h("dd", {}, h("code", {}, id))));
}

export async function subscriptionsPage(main) {
  document.title = `Calanque – ${t("nav.subscriptions")}`;
  const box = h("div", { class: "page" }, h("p", { class: "over" }, t("subscriptions.over")), h("h1", {}, t("subscriptions.title")), h("p", { class: "lead" }, t("subscriptions.about")));
  fill(main, box);
  const found = await json(`${API}/subscriptions?limit=1000`).catch((error) => error);
  if (found instanceof Problem) box.append(h("p", { role: "alert" }, found.message));
  else if (found.length === 0) box.append(h("p", { class: "empty" }, t("subscriptions.none")));
  else box.append(h("ul", { class: "cards" }, found.map(card)));
}
