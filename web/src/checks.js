// SPDX-License-Identifier: Apache-2.0
// What the broker found odd in what it was sent: /calanque/v1/checks.
import { json, query } from "./broker.js";
import { fill, h } from "./dom.js";
import { age, date } from "./format.js";
import { attributeLabel, typeLabel } from "./labels.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

const CHECKS = "/calanque/v1/checks";

/** [{code, level, type, attribute, count, refused, lastAt, last: {entity, why, mend}}] */
export const checks = async (params = {}) => (await json(CHECKS + query(params))).checks;

/** One finding.  What the broker says of it is English. */
export function checkItem({ level, type, attribute, count: times, refused, lastAt, source, last }, { withType = true } = {}) {
  return h("li", { class: `check ${level}` },
    h("p", { lang: "en" }, h("b", {}, last.why)),
    h("p", { lang: "en" }, h("span", { class: "mend" }, "→ "), last.mend),
    h("p", { class: "soft" }, [
      withType && type && typeLabel(type), attribute && attributeLabel(attribute),
      t("checks.times", { n: times }), refused > 0 && t("checks.refused", { n: refused }),
      source?.userAgent ?? source?.address,
    ].filter(Boolean).join(" · "), " · ",
    h("time", { datetime: lastAt, title: date(Date.parse(lastAt)) }, age(Date.parse(lastAt)))),
    withType && last.entity && h("p", {}, h("a", { href: pageUrl("/", { sensor: last.entity }) }, h("code", {}, last.entity))));
}

export async function checksSection(box, sensor) {
  const all = await checks({ type: sensor.type, limit: 100 }).catch(() => undefined);
  if (all === undefined) return;
  const found = all.filter(({ last }) => last.entity === sensor.id);
  fill(box, h("section", {}, h("h2", {}, t("sheet.checks")),
    found.length === 0
      ? h("p", { class: "soft" }, t("sheet.noChecks"))
      : h("ul", { class: "checks" }, found.map((one) => checkItem(one, { withType: false })))));
}
