// SPDX-License-Identifier: Apache-2.0
// "Show this as a request": what is on screen, for the command line, scripts and QGIS.
import { API, query, tenant } from "./broker.js";
import { copyButton, h, icon } from "./dom.js";
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
function files({ path, params }) {
  if (path !== `${API}/entities`) return [];
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
  return h("section", { class: "request" },
    h("header", {}, h("h3", {}, title), download, copyButton(() => text)),
    hint && h("p", { class: "soft" }, hint),
    h("pre", { tabindex: "0", "aria-label": title }, h("code", {}, text)));
}

function blocks(requests) {
  const found = [];
  for (const { title, text, hint = t("request.json"), path, params, geo } of requests) {
    found.push(block(title, hint, text ?? curl(path, params)));
    if (!geo) continue;
    found.push(block("JSON-LD", t("request.jsonld"), curl(path, { ...params, format: undefined }, { accept: "application/ld+json" })));
    found.push(...files({ path, params }));
    found.push(block("QGIS", t("request.qgis"), `${location.origin}/ogc`, collection(params)));
  }
  return found;
}

/** A command line for any other request. */
export function command(method, path, body) {
  const parts = [`curl ${method === "GET" || (method === "POST" && body) ? "" : `-X ${method} `}${quote(location.origin + path)}`];
  if (tenant) parts.push(`-H ${quote(`NGSILD-Tenant: ${tenant}`)}`);
  if (body) parts.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body, null, 2))}`);
  return parts.join(" \\\n  ");
}

/** requests: [{title, hint, text}], or [{title, path, params, geo}]; geo: they answer with
 * entities.  Returns the dialog. */
export function showRequests(requests, { onClose = () => {} } = {}) {
  const dialog = h("dialog", { class: "sheet-dialog", "aria-labelledby": "request-title", onclose: () => {
    dialog.remove();
    onClose();
  } },
  h("header", {},
    h("h2", { id: "request-title" }, t("request.title")),
    h("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => dialog.close() }, icon("M6 6l12 12M18 6 6 18"))),
  h("p", { class: "soft" }, t("request.about")),
  h("div", { class: "requests" }, blocks(requests)));
  document.body.append(dialog);
  dialog.showModal();
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
