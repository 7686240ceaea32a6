// SPDX-License-Identifier: Apache-2.0
// A subscription in words: what it waits for, whom it tells, how it fares.
import { API, json, query } from "./broker.js";
import { h } from "./dom.js";
import { age, count, date } from "./format.js";
import { attributeLabel, typeLabel } from "./labels.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

export const SUBSCRIPTIONS = `${API}/subscriptions`;
const DELIVERY = "/calanque/v1/subscriptions";

export const when = (text) => (text ? h("time", { datetime: text, title: date(Date.parse(text)) }, age(Date.parse(text))) : "–");

/** A resource about one: "deliveries", "pending", "dead", "misses", … */
export const about = (id, what, params = {}) => `${DELIVERY}/${encodeURIComponent(id).replaceAll("%3A", ":")}/${what}${query(params)}`;

export const oneOf = (id) => `${SUBSCRIPTIONS}/${encodeURIComponent(id).replaceAll("%3A", ":")}`;

export const nameOf = ({ subscriptionName, description, id }) => subscriptionName ?? description ?? id;

/** "ok", "failed", "paused", "expired", "waiting". */
export function health({ notification, status, isActive }) {
  if (isActive === false || status === "paused") return "paused";
  if (status === "expired") return "expired";
  const { lastFailure, lastSuccess, timesSent } = notification ?? {};
  if (lastFailure && (!lastSuccess || lastFailure > lastSuccess)) return "failed";
  return timesSent > 0 ? "ok" : "waiting";
}

export const badge = (subscription) => {
  const state = health(subscription);
  return h("span", { class: `badge ${state}` }, t(`subscription.${state}`));
};

/** What makes it notify. */
export function conditions({ entities = [], watchedAttributes = [], q, geoQ, scopeQ, timeInterval, throttling }) {
  const whose = entities.map(({ type, id, idPattern }) => [type && type.split(/[,|]/).map(typeLabel).join(", "), id ?? idPattern].filter(Boolean).join(" ")).join(" ; ");
  return [
    whose || t("subscription.anything"),
    timeInterval ? t("subscription.every", { seconds: timeInterval })
      : watchedAttributes.length > 0 ? t("subscription.watches", { names: watchedAttributes.map(attributeLabel).join(", ") }) : t("subscription.watchesAll"),
    q && [t("subscription.if"), " ", h("code", {}, q)],
    scopeQ && [t("subscription.scope"), " ", h("code", {}, scopeQ)],
    geoQ && t("subscription.geo"),
    throttling && t("subscription.throttling", { seconds: throttling }),
  ].filter(Boolean);
}

export const sentence = (subscription) =>
  h("p", { class: "sentence" }, conditions(subscription).map((part, i) => [i > 0 && h("span", { class: "soft" }, " · "), part]));

/** The inbox inside the broker that it sends to, if it does. */
export const inboxName = (uri) => uri?.match(/\/calanque\/v1\/inbox\/([^/?#]+)/)?.[1];

export function endpoint({ notification }) {
  const uri = notification?.endpoint?.uri ?? "–";
  const box = inboxName(uri);
  return box ? h("a", { href: pageUrl("/pages/inbox", { name: box }) }, t("inbox.called", { name: box })) : h("code", {}, uri);
}

/** {delivered, pending, dead}: sent and taken, waiting, given up. */
export async function tally({ id, notification = {} }) {
  const [pending, dead] = await Promise.all(["pending", "dead"].map((what) => json(about(id, what, { limit: 1 }))));
  return { delivered: (notification.timesSent ?? 0) - (notification.timesFailed ?? 0), pending: pending.count, dead: dead.count, queue: pending };
}

/** [{n, label: a key of texts, tone, sign}]: numbers side by side; signs make a sum of them. */
export function figures(list) {
  return h("dl", { class: "figures" }, list.map(({ n, label, tone = "", sign }) =>
    h("div", { class: `tally ${n > 0 ? tone : ""}` }, sign && h("i", { "aria-hidden": "true" }, sign), h("dt", {}, t(label, { n })), h("dd", {}, count(n)))));
}
