// SPDX-License-Identifier: Apache-2.0
// What the broker found odd in what it was sent: /calanque/v1/checks.
import { json, query } from "./broker.js";
import { fill, h } from "./dom.js";
import { age, date } from "./format.js";
import { attributeLabel, shortId, typeLabel } from "./labels.js";
import { pageUrl } from "./state.js";
import { maybe, t } from "./text.js";

export const CHECKS = "/calanque/v1/checks";

/** [{code, level, type, attribute, count, refused, lastAt, source, last: {entity, seen, why, mend}}] */
export const checks = async (params = {}) => (await json(CHECKS + query(params))).checks;

/** What a code stands for, as people say it. */
export const codeLabel = (code) => maybe(`code.${code}`) ?? code;

/** What was found: said in the reader's language, then as the broker says it, in English. */
export function finding({ code, level, attribute, seen, why, mend }, ...more) {
  return h("li", { class: `check ${level}` },
    h("p", {}, h("b", {}, codeLabel(code)), attribute && [" · ", attributeLabel(attribute)],
      seen !== undefined && [" ", h("code", { class: "seen" }, seen)]),
    h("p", { lang: "en" }, why),
    h("p", { lang: "en" }, h("span", { class: "mend" }, "→ "), mend), more);
}

function times({ count, refused, firstAt, lastAt }) {
  return [t("checks.times", { n: count }), refused > 0 && h("b", { class: "failed" }, t("checks.refused", { n: refused })),
    h("time", { datetime: lastAt, title: `${date(Date.parse(firstAt))} – ${date(Date.parse(lastAt))}` }, age(Date.parse(lastAt)))]
    .filter(Boolean).flatMap((one, i) => (i > 0 ? [" · ", one] : [one]));
}

/** One line of the list, with what it is about. */
export function checkItem(check, { withType = true } = {}) {
  const { type, last } = check;
  return finding({ ...check, ...last },
    h("p", { class: "soft" }, withType && type && [typeLabel(type), " · "], times(check),
      withType && last.entity && [" · ", h("a", { href: pageUrl("/", { sensor: last.entity }) }, shortId(last.entity))]));
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
