// SPDX-License-Identifier: Apache-2.0
// What was warned of and refused lately, by source, with the mend; and one's own data, tried.
import { ask, send } from "./broker.js";
import { CHECKS, checkItem, checks, codeLabel, finding } from "./checks.js";
import { copyButton, fill, h } from "./dom.js";
import { collator, count } from "./format.js";
import { typeLabel } from "./labels.js";
import { pretty } from "./pretty.js";
import { change, onChange } from "./state.js";
import { figures } from "./subscription.js";
import { t } from "./text.js";

const MOST = 1000;
const FIRST = 8; // findings of a source at first
const FILTERS = ["source", "type", "code", "refused"];

const sourceOf = ({ source }) => source?.userAgent ?? source?.address ?? t("checks.unknown");
const keys = { source: sourceOf, type: ({ type }) => type, code: ({ code }) => code };
const sum = (list, name) => list.reduce((total, one) => total + (one[name] ?? 0), 0);

const filtersOf = () => Object.fromEntries(FILTERS.map((name) => [name, new URLSearchParams(location.search).get(name) ?? ""]));
const passes = (check, filters) =>
  ["source", "type", "code"].every((name) => !filters[name] || keys[name](check) === filters[name]) && (!filters.refused || check.refused > 0);

function choice(name, all, filters, label) {
  const values = [...new Set(all.map(keys[name]))].filter(Boolean).sort((a, b) => collator.compare(label(a), label(b)));
  return h("label", { class: "field" }, h("span", {}, t(`checks.by.${name}`)),
    h("select", { "data-key": name, onchange: (event) => change({ [name]: event.target.value }) }, h("option", { value: "" }, t("checks.all")),
      values.map((value) => h("option", { value, selected: value === filters[name] }, label(value)))));
}

function filterRow(all, filters) {
  return h("div", { class: "form-row" },
    choice("source", all, filters, (source) => source), choice("type", all, filters, typeLabel), choice("code", all, filters, codeLabel),
    h("label", { class: "field check-box" }, h("input", { type: "checkbox", "data-key": "refused", checked: Boolean(filters.refused),
      onchange: (event) => change({ refused: event.target.checked ? "true" : "" }) }), h("span", {}, t("checks.by.refused"))));
}

function sourceSection(name, found) {
  const addresses = [...new Set(found.map(({ source }) => source?.address).filter(Boolean))];
  const list = h("ul", { class: "checks" }, found.slice(0, FIRST).map((one) => checkItem(one)));
  const more = found.length > FIRST && h("button", { type: "button", class: "small", onclick: () => {
    list.append(...found.slice(FIRST).map((one) => checkItem(one)));
    more.remove();
  } }, t("list.more", { rest: count(found.length - FIRST) }));
  return h("section", { class: "source" },
    h("header", {}, h("h2", {}, name), h("p", { class: "soft" }, [t("checks.times", { n: sum(found, "count") }), addresses.slice(0, 3).join(", ")].filter(Boolean).join(" · "))),
    list, more && h("p", {}, more));
}

function bySource(found) {
  const sources = new Map();
  for (const one of found) {
    const name = sourceOf(one);
    if (!sources.has(name)) sources.set(name, []);
    sources.get(name).push(one);
  }
  return [...sources].map(([name, list]) => sourceSection(name, list));
}

const numbers = (all) => figures([
  { n: sum(all, "count"), label: "checks.found" },
  { n: sum(all, "refused"), label: "checks.refusals", tone: "failed" },
  { n: new Set(all.map(sourceOf)).size, label: "checks.sources" },
]);

// ---- one's own data ----

const EXAMPLE = {
  id: "urn:ngsi-ld:WasteContainer:essai", type: "WasteContainer", fillingLevel: 57,
  dateLastEmptying: "2026-01-01T10:00:00", location: { type: "Point", coordinates: [5.37, 43.3] },
};

function report({ entity, findings, mended }) {
  const text = JSON.stringify(mended, null, 2);
  return h("div", { class: "verdict" },
    h("h3", { class: findings.some(({ level }) => level === "error") ? "failed" : "ok" }, findings.length === 0 ? t("try.right") : t("try.found", { n: findings.length }), entity && h("small", { class: "soft" }, ` ${entity}`)),
    h("ul", { class: "checks" }, findings.map((one) => finding(one))),
    mended && h("details", { open: true }, h("summary", {}, t("try.mended")), h("p", { class: "actions" }, copyButton(() => text)), pretty(mended, t("try.mended"))));
}

function trySection() {
  const text = h("textarea", { rows: 9, spellcheck: "false", "aria-label": t("try.data") }, JSON.stringify(EXAMPLE, null, 2));
  const answer = h("div", { "aria-live": "polite" });
  return h("section", { id: "try" }, h("h2", {}, t("try.title")), h("p", { class: "soft" }, t("try.about")),
    h("form", { class: "form", onsubmit: async (event) => {
      event.preventDefault();
      try {
        const found = await (await send("POST", "/calanque/v1/check", JSON.parse(text.value))).json();
        fill(answer, [found].flat().map(report));
      } catch (error) {
        fill(answer, h("p", { role: "alert", class: "failed" }, error.message));
      }
    } }, text, h("p", {}, h("button", { class: "main" }, t("try.check")))), answer);
}

export async function checksPage(main) {
  document.title = `Calanque – ${t("nav.checks")}`;
  const [head, list] = [h("div", { class: "subscription-head" }), h("div", {})];
  fill(main, h("div", { class: "page" }, h("p", { class: "over" }, t("checks.over")), h("h1", {}, t("checks.title")), h("p", { class: "lead" }, t("checks.about")), head, list, trySection()));
  const all = await checks({ limit: MOST }).catch((error) => error);
  if (all instanceof Error || all.length === 0) {
    fill(list, h("p", { class: "empty", role: all instanceof Error && "alert" }, all.message ?? t("checks.none")));
    return;
  }
  const forget = h("button", { type: "button", onclick: async () => {
    if (!confirm(t("checks.forgetSure"))) return;
    await ask(CHECKS, { method: "DELETE" });
    location.reload();
  } }, t("checks.forget"));
  const show = () => {
    const filters = filtersOf();
    const found = all.filter((one) => passes(one, filters));
    fill(head, numbers(found), filterRow(all, filters), h("p", { class: "actions" }, forget));
    fill(list, found.length > 0 ? bySource(found) : h("p", { class: "empty" }, t("checks.none")));
  };
  onChange(() => {
    const key = document.activeElement?.dataset.key;
    show();
    if (key) head.querySelector(`[data-key=${key}]`)?.focus();
  });
  show();
}
