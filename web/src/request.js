// SPDX-License-Identifier: Apache-2.0
// "Show this as a request": what is on screen, for the command line, scripts and QGIS.
import { API, description, query, tenant } from "./broker.js";
import { fill, h, icon, say } from "./dom.js";
import { language, t } from "./text.js";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl(path, params, { accept, more = "" } = {}) {
  const parts = [`curl -G ${more && `${more} `}${quote(location.origin + path)}`];
  if (accept) parts.push(`-H 'Accept: ${accept}'`);
  if (tenant) parts.push(`-H ${quote(`NGSILD-Tenant: ${tenant}`)}`);
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== "") parts.push(`--data-urlencode ${quote(`${name}=${value}`)}`);
  return parts.join(" \\\n  ");
}

const EXPORTS = "/calanque/v1/exports/entities";

// The files that the broker makes of the same query.
function files({ path, params }, paths) {
  if (path !== `${API}/entities` || !(EXPORTS in paths)) return [];
  const { limit, format, ...filters } = params;
  const file = (title, hint, as) => {
    const wanted = { ...filters, format: as };
    return block(title, hint, curl(EXPORTS, wanted, { more: "-OJ" }),
      h("a", { href: EXPORTS + query(wanted), download: "", class: "small button" }, t("request.download")));
  };
  return [file("CSV", t("request.csv"), language === "fr" ? "csv-fr" : "csv"), file("Excel", t("request.excel"), "xlsx")];
}

// What QGIS shows of the type; headers, and so tenants, are not for links.
function collection({ type }) {
  if (tenant || !type || !/^[\w.-]+$/.test(type)) return undefined;
  return h("a", { href: `/ogc/collections/${type}?f=html`, class: "small button" }, type);
}

function block(title, hint, text, download) {
  const button = h("button", { type: "button", class: "small", onclick: async () => {
    await navigator.clipboard.writeText(text).catch(() => {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    });
    button.lastChild.textContent = t("request.copied");
    say(t("request.copied"));
  } }, icon("M9 9h10v11H9zM5 15V4h10"), h("span", {}, t("request.copy")));
  const code = h("code", {}, text);
  return h("section", { class: "request" },
    h("header", {}, h("h3", {}, title), download, button),
    hint && h("p", { class: "soft" }, hint),
    h("pre", { tabindex: "0", "aria-label": title }, code));
}

/** requests: [{title, path, params, geo}]; geo: they answer with entities. */
async function blocks(requests) {
  const found = [];
  const { paths } = await description();
  for (const { title, path, params, geo } of requests) {
    found.push(block(title, t("request.json"), curl(path, params)));
    if (!geo) continue;
    found.push(block("JSON-LD", t("request.jsonld"), curl(path, { ...params, format: undefined }, { accept: "application/ld+json" })));
    found.push(...files({ path, params }, paths));
    found.push(block("QGIS", t("request.qgis"), `${location.origin}/ogc`, collection(params)));
  }
  return found;
}

export async function showRequests(makeRequests, { onClose }) {
  const body = h("div", { class: "requests" });
  const dialog = h("dialog", { class: "sheet-dialog", "aria-labelledby": "request-title", onclose: () => {
    dialog.remove();
    onClose();
  } },
  h("header", {},
    h("h2", { id: "request-title" }, t("request.title")),
    h("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => dialog.close() }, icon("M6 6l12 12M18 6 6 18"))),
  h("p", { class: "soft" }, t("request.about")),
  body);
  document.body.append(dialog);
  dialog.showModal();
  fill(body, await blocks(makeRequests()));
  return dialog;
}

export const entitiesRequest = (params) => ({
  title: "curl", path: `${API}/entities`, geo: true,
  params: { ...params, format: "simplified", limit: 1000 },
});

export const entityRequest = (id) => ({
  title: "curl", path: `${API}/entities/${id}`, geo: true,
  params: { format: "simplified" },
});

export const historyRequest = (id, attribute, since) => ({
  title: t("request.history"), path: `${API}/temporal/entities/${id}`,
  params: { attrs: attribute, timerel: "after", timeAt: since, format: "temporalValues" },
});
