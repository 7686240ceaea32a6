// SPDX-License-Identifier: Apache-2.0
// What an import did or would do, row by row; the imports so far, and undoing one.
import { ask, json, query, tenant } from "./broker.js";
import { codeLabel } from "./checks.js";
import { fill, h, say } from "./dom.js";
import { count } from "./format.js";
import { shortId } from "./labels.js";
import { pageUrl } from "./state.js";
import { figures, when } from "./subscription.js";
import { language, maybe, t } from "./text.js";

export const IMPORTS = "/calanque/v1/imports";
const TONES = { created: "ok", updated: "ok", rejected: "failed", warned: "late" };
const COUNTS = ["created", "updated", "unchanged", "historized", "rejected", "warned"];

const numbers = (report) => figures(COUNTS.filter((name) => report[name] > 0 || ["created", "updated", "rejected"].includes(name))
  .map((name) => ({ n: report[name], label: `import.${name}`, tone: TONES[name] })));

function problem({ column, value, why, mend, code }) {
  return h("li", { class: "check" }, code && maybe(`code.${code}`) && h("p", {}, h("b", {}, codeLabel(code))),
    h("p", { lang: "en" }, column && [h("code", {}, column), " "], value !== undefined && [h("code", { class: "seen" }, value), " "], why),
    mend && h("p", { lang: "en" }, h("span", { class: "mend" }, "→ "), mend));
}

function row({ row: number, line, result, entity, problems = [] }) {
  return h("tr", {}, h("td", { class: "number" }, count(line ?? number)),
    h("td", {}, h("span", { class: `badge ${result === "rejected" ? "failed" : "waiting"}` }, t(`import.one.${result}`))),
    h("td", {}, entity && h("a", { href: pageUrl("/", { sensor: entity }) }, shortId(entity))),
    h("td", {}, h("ul", { class: "checks" }, problems.map(problem))));
}

/** The report of a trial, or of the import itself. */
export function report(found) {
  return h("div", { class: "verdict" },
    h("h3", { class: found.rejected > 0 ? "late" : "ok" }, t(found.dryRun ? "import.would" : "import.did", { n: found.total })),
    numbers(found),
    found.rows.length > 0 && [
      h("p", { class: "soft" }, t("import.problems", { n: found.rows.length })),
      h("div", { class: "scroll log", tabindex: "0", role: "region", "aria-label": t("import.rows") }, h("table", { class: "wide" },
        h("thead", {}, h("tr", {}, ["line", "result", "entity", "why"].map((name) => h("th", { scope: "col" }, t(`import.${name}`))))),
        h("tbody", {}, found.rows.map(row)))),
    ]);
}

async function undo(id, said) {
  if (!confirm(t("import.undoSure"))) return false;
  try {
    const { rows, entitiesKept } = await (await ask(`${IMPORTS}/${id}`, { method: "DELETE" })).json();
    fill(said, t("import.undone", { n: rows }), entitiesKept > 0 && ` ${t("import.kept", { n: entitiesKept })}`);
  } catch (error) {
    fill(said, error.message);
  }
  say(said.textContent);
  return true;
}

export const undoButton = (id, said, after) =>
  h("button", { type: "button", class: "small", onclick: async () => (await undo(id, said)) && after() }, t("import.undo"));

/** Links cannot name a tenant: who has one asks for the report by the API. */
export const reportLink = (id) => !tenant && h("a", { class: "small button", download: "", href: `${IMPORTS}/${id}/report${query({ format: language === "fr" ? "csv-fr" : "csv" })}` }, t("import.report"));

function past(one, said, after) {
  return h("tr", {},
    h("td", { class: "soft" }, when(one.startedAt)),
    h("th", { scope: "row" }, one.file ?? t("import.unnamed"), one.mapping && h("small", {}, h("code", {}, one.mapping))),
    h("td", {}, h("span", { class: `badge ${{ done: "ok", interrupted: "failed", running: "late" }[one.state] ?? "silent"}` }, t(`import.state.${one.state}`))),
    h("td", {}, COUNTS.filter((name) => one[name] > 0).map((name) => `${count(one[name])} ${t(`import.${name}`, { n: one[name] })}`).join(", ") || "–"),
    h("td", { class: "buttons" }, reportLink(one.id), one.state !== "undone" && one.state !== "running" && undoButton(one.id, said, after)));
}

/** {element, show()}: the imports so far. */
export function pastImports() {
  const [body, said] = [h("div", {}), h("p", { class: "said", role: "status" })];
  const show = async () => {
    const found = await json(`${IMPORTS}${query({ limit: 50 })}`).catch((error) => error);
    if (found instanceof Error) fill(body, h("p", { role: "alert" }, found.message));
    else if (found.length === 0) fill(body, h("p", { class: "soft" }, t("import.none")));
    else {
      fill(body, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("import.past") }, h("table", { class: "wide" },
        h("thead", {}, h("tr", {}, ["when", "file", "state", "counts"].map((name) => h("th", { scope: "col" }, t(`import.${name}`))), h("th", { scope: "col" }, h("span", { class: "hidden" }, t("import.undo"))))),
        h("tbody", {}, found.map((one) => past(one, said, show))))));
    }
  };
  return { element: h("section", {}, h("h2", {}, t("import.past")), said, body), show };
}
