// SPDX-License-Identifier: Apache-2.0
// What a browser sees at an address of the API: the same answer, for people.
import { API, Problem, ask } from "./broker.js";
import { fill, h, icon, say } from "./dom.js";
import { entityFiles } from "./exports.js";
import { age, measured } from "./format.js";
import { attributeLabel, typeLabel, wordLabel } from "./labels.js";
import { model } from "./models.js";
import { toSensor } from "./sensors.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

const OURS = ["lang"]; // parameters of the pages, unknown to the API

// What there is a page about, for people.
const PAGES = { [`${API}/types`]: "types", [`${API}/subscriptions`]: "subscriptions", "/calanque/v1/notifications": "subscriptions", "/calanque/v1/checks": "checks", "/calanque/v1/imports": "import" };

/** A page about this resource: {href, label}. */
function pageAbout(path) {
  const [, kind, id] = path.match(/^\/ngsi-ld\/v1\/(entities|subscriptions)\/([^/]+)$/) ?? [];
  if (kind === "entities") return { href: pageUrl("/", { sensor: decodeURIComponent(id) }), label: t("resource.sheet") };
  if (kind === "subscriptions") return { href: pageUrl("/pages/subscription", { id: decodeURIComponent(id) }), label: t("resource.sheet") };
  return PAGES[path] && { href: pageUrl(`/pages/${PAGES[path]}`), label: t("resource.page", { name: t(`nav.${PAGES[path]}`) }) };
}

function request() {
  const params = new URLSearchParams(location.search);
  OURS.forEach((name) => params.delete(name));
  params.delete("tenant");
  return params;
}

/** The same query as a file: all of it, not one page. */
const exported = (params) => Object.fromEntries([...params].filter(([name]) => !["limit", "offset", "count", "format", "options"].includes(name)));

const isEntities = (path) => path === `${API}/entities`;

function table(found) {
  const sensors = found.filter((one) => one && one.id && one.type).map(toSensor);
  const columns = [...new Set(sensors.flatMap((s) => [model(s.type).main, ...model(s.type).also]))].filter(Boolean).slice(0, 5);
  const all = (s, name) => [...s.values, ...s.facts].find((one) => one.name === name);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("resource.entities") }, h("table", { class: "wide" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("resource.name")), h("th", { scope: "col" }, t("types.type")),
      columns.map((name) => h("th", { scope: "col", class: "number" }, attributeLabel(name))), h("th", { scope: "col" }, t("sheet.observed")))),
    h("tbody", {}, sensors.map((s) => h("tr", {},
      h("th", { scope: "row" }, h("a", { href: pageUrl("/", { sensor: s.id }) }, s.name), s.commune && h("small", {}, s.commune)),
      h("td", {}, typeLabel(s.type)),
      columns.map((name) => {
        const one = all(s, name);
        return h("td", { class: "number" }, one ? measured(name, wordLabel(one.value), one.unit) : "–");
      }),
      h("td", { class: "soft" }, s.time === undefined ? "–" : age(s.time)))))));
}

function pager(answer) {
  const links = [...(answer.headers.get("Link") ?? "").matchAll(/<([^>]*)>\s*;\s*rel="?(next|prev)"?/g)];
  if (links.length === 0) return null;
  return h("nav", { class: "pager", "aria-label": t("resource.pages") }, links.reverse().map(([, url, rel]) =>
    h("a", { href: url, rel, class: "button" }, t(`resource.${rel}`))));
}

function raw(answer, text) {
  const copy = h("button", { type: "button", class: "small", onclick: () => navigator.clipboard.writeText(text).then(() => say(t("request.copied"))) },
    icon("M9 9h10v11H9zM5 15V4h10"), t("request.copy"));
  const url = URL.createObjectURL(new Blob([text], { type: answer.headers.get("Content-Type") ?? "application/json" }));
  return h("section", {}, h("header", { class: "raw" }, h("h2", {}, "JSON"), copy, h("a", { class: "small button", href: url, download: "calanque.json" }, t("request.download"))),
    h("pre", { tabindex: "0" }, h("code", {}, text)));
}

export async function resourcePage(main) {
  const path = location.pathname.replace(/\/$/, "");
  const params = request();
  const box = h("div", { class: "page" });
  document.title = `Calanque – ${path}`;
  fill(main, box);
  const about = pageAbout(path);
  fill(box, h("p", { class: "over" }, t("resource.over")), h("h1", { class: "address" }, decodeURIComponent(path)),
    params.size > 0 && h("p", {}, h("code", {}, decodeURIComponent(`?${params}`))),
    h("p", { class: "soft" }, t("resource.about")),
    about && h("p", {}, h("a", { class: "button", href: about.href }, about.label)));
  let wanted = params.size > 0 ? `?${params}` : "";
  if (isEntities(path) && !params.has("count")) wanted += `${wanted ? "&" : "?"}count=true`;
  try {
    const answer = await ask(location.pathname + wanted);
    const text = JSON.stringify(await answer.json(), null, 2);
    const found = JSON.parse(text);
    const total = answer.headers.get("NGSILD-Results-Count");
    if (isEntities(path) && Array.isArray(found))
      box.append(h("h2", {}, t("resource.found", { n: Number(total ?? found.length) })), entityFiles(exported(params)), table(found), pager(answer) ?? "");
    box.append(raw(answer, text));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box.append(h("div", { class: "empty", role: "alert" }, h("h2", {}, `${error.status || ""}`), h("p", {}, error.message)));
    if (isEntities(path) && error.status === 400) box.append(h("p", {}, h("a", { href: pageUrl("/pages/types") }, t("resource.choose"))));
  }
}
