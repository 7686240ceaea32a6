// SPDX-License-Identifier: Apache-2.0
// Files of what is on screen, made by the broker.
import { ask, query, tenant } from "./broker.js";
import { h } from "./dom.js";
import { t } from "./text.js";

const ENTITIES = "/calanque/v1/exports/entities";
const HISTORY = "/calanque/v1/exports/history";
const FORMATS = ["csv", "csv-fr", "xlsx", "geojson"];

// A link cannot name a tenant, which is a header: then the file passes through the page.
async function save(path) {
  const answer = await ask(path, { headers: { Accept: "*/*" } });
  const name = answer.headers.get("Content-Disposition")?.match(/filename="?([^";]+)/)?.[1] ?? "calanque";
  const url = URL.createObjectURL(await answer.blob());
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

function links(path, params, formats) {
  return h("p", { class: "downloads" }, h("span", {}, t("export.label")), formats.map((format) => {
    const url = path + query({ ...params, format });
    return h("a", {
      href: url, download: "", class: "small button", "data-format": format,
      onclick: (event) => {
        if (!tenant) return;
        event.preventDefault();
        save(url);
      },
    }, t(`export.${format}`));
  }));
}

/** Of a query for entities, as current values. */
export const entityFiles = (params) => links(ENTITIES, params, FORMATS);

/** Of attributes of one entity since an instant, a row an instant. */
export const historyFiles = ({ id, type }, attributes, timeAt) =>
  links(HISTORY, { id, type, attrs: attributes.join(","), timerel: "after", timeAt, layout: "wide" }, FORMATS.filter((format) => format !== "geojson"));
