// SPDX-License-Identifier: Apache-2.0
// "Show this as a request": what is on screen, for the command line, scripts and QGIS.
import { API, description, query, tenant } from "./broker.js";
import { fill, h, icon, say } from "./dom.js";
import { t } from "./text.js";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl(path, params, accept) {
  const parts = [`curl -G ${quote(location.origin + path)}`];
  if (accept) parts.push(`-H 'Accept: ${accept}'`);
  if (tenant) parts.push(`-H ${quote(`NGSILD-Tenant: ${tenant}`)}`);
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== "") parts.push(`--data-urlencode ${quote(`${name}=${value}`)}`);
  return parts.join(" \\\n  ");
}

// Which of the formats does the broker offer for this path?
async function offers(path, type) {
  const { paths } = await description();
  const responses = paths[path]?.get?.responses ?? {};
  return type in (responses["200"]?.content ?? {});
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

/** requests: [{title, path, params, template, geo}]; `template`: the path in the OpenAPI. */
async function blocks(requests) {
  const found = [];
  const { paths } = await description();
  for (const { title, path, params, template, geo } of requests) {
    found.push(block(title, t("request.json"), curl(path, params)));
    if (geo === undefined) continue;
    found.push(block("JSON-LD", t("request.jsonld"), curl(path, { ...params, format: undefined }, "application/ld+json")));
    if (await offers(template, "text/csv")) {
      const csv = path + query({ ...params, format: "csv" });
      found.push(block("CSV", t("request.csv"), curl(path, { ...params, format: undefined }, "text/csv"),
        h("a", { href: csv, download: "", class: "small button" }, t("request.download"))));
    }
    if ("/ogc" in paths) {
      found.push(block("QGIS", t("request.qgis"), `${location.origin}/ogc`));
      continue;
    }
    const url = location.origin + path + query({ ...params, format: "simplified" });
    found.push(block("QGIS, GDAL", t("request.gdal"),
      `GDAL_HTTP_HEADERS='Accept: application/geo+json' \\\n  ogr2ogr sensors.gpkg ${quote(url)}`));
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
  title: "curl", path: `${API}/entities`, template: `${API}/entities`, geo: true,
  params: { ...params, format: "simplified", limit: 1000 },
});

export const entityRequest = (id) => ({
  title: "curl", path: `${API}/entities/${id}`, template: `${API}/entities/{id}`, geo: true,
  params: { format: "simplified" },
});

export const historyRequest = (id, attribute, since) => ({
  title: t("request.history"), path: `${API}/temporal/entities/${id}`,
  params: { attrs: attribute, timerel: "after", timeAt: since, format: "temporalValues" },
});
