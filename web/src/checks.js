// SPDX-License-Identifier: Apache-2.0
// What the broker found odd in what a sensor sent: /calanque/v1/checks, where there is one.
import { optional, query, serves } from "./broker.js";
import { fill, h } from "./dom.js";
import { age } from "./format.js";
import { t } from "./text.js";

const CHECKS = "/calanque/v1/checks";

/** [{time, what, mend, level}] of an entity; undefined without the service. */
export async function checksOf(id) {
  if (!(await serves(CHECKS))) return undefined;
  const found = await optional(CHECKS + query({ id }));
  return Array.isArray(found) ? found : found?.checks ?? found?.items ?? [];
}

const text = (check) => check.what ?? check.detail ?? check.message ?? check.title ?? "";
const mend = (check) => check.mend ?? check.fix ?? check.how;
const time = (check) => check.at ?? check.time ?? check.lastSeen ?? check.createdAt;

export const checkItem = (check) => h("li", {},
  h("p", {}, check.attribute && h("code", {}, check.attribute), " ", text(check)),
  mend(check) && h("p", { class: "soft" }, mend(check)),
  time(check) && h("small", { class: "soft" }, age(Date.parse(time(check)))));

export async function checksSection(box, sensor) {
  const found = await checksOf(sensor.id).catch(() => undefined);
  if (found === undefined) return;
  fill(box, h("section", {}, h("h2", {}, t("sheet.checks")),
    found.length === 0 ? h("p", { class: "soft" }, t("sheet.noChecks")) : h("ul", { class: "checks" }, found.map(checkItem))));
}
