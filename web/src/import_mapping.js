// SPDX-License-Identifier: Apache-2.0
// What the columns of a file become: a mapping, as a table and as the JSON that it is.
import { fill, h } from "./dom.js";
import { language, t } from "./text.js";

const KINDS = ["text", "number", "integer", "boolean", "dateTime", "date", "json", "auto"];
const PLACES = { "": "WGS 84", "EPSG:2154": "Lambert-93", "EPSG:3943": "CC43", "EPSG:3944": "CC44", "EPSG:3945": "CC45", "EPSG:3946": "CC46", "EPSG:3947": "CC47", "EPSG:3948": "CC48", "EPSG:3949": "CC49", "EPSG:3857": "Web Mercator" };

/** The column that an attribute is read from, if it is one. */
export const columnOf = (spec) => (typeof spec === "string" ? spec : spec?.column);
const option = (value, text, selected) => h("option", { value, selected }, text);
const field = (label, input) => h("label", { class: "field" }, h("span", {}, t(`mapping.${label}`)), input);

export class MappingEditor {
  /** profile: of the type, may be missing; onChange: what was tried is tried no more. */
  constructor({ mapping, preview, profile, onChange }) {
    Object.assign(this, { mapping, preview, profile, onChange });
    this.element = h("div", { class: "mapping" });
    this.show();
  }

  entryOf(column) {
    return Object.entries(this.mapping.attributes).find(([, spec]) => columnOf(spec) === column);
  }

  place() {
    return Object.entries(this.mapping.attributes).find(([, spec]) => spec?.longitude !== undefined);
  }

  changed() {
    this.json.value = JSON.stringify(this.mapping, null, 2);
    this.onChange();
  }

  /** A column becomes an attribute of that name; "" leaves it out. */
  setColumn(column, name, changes = {}) {
    const [old, spec] = this.entryOf(column) ?? [];
    if (old) delete this.mapping.attributes[old];
    if (name) {
      const next = { ...(typeof spec === "object" ? spec : {}), column, ...changes };
      for (const key of Object.keys(next)) if (next[key] === undefined) delete next[key];
      this.mapping.attributes[name] = next;
    }
    this.changed();
  }

  row(column, index) {
    const [name = "", spec] = this.entryOf(column) ?? [];
    const about = this.profile?.attributes.find((one) => one.name === name);
    const kind = (typeof spec === "object" && spec.value) || "text";
    const what = h("input", { value: name, list: "mapping-attributes", "aria-label": t("mapping.becomes", { column }), placeholder: t("mapping.ignored"), spellcheck: "false", autocomplete: "off" });
    const as = h("select", { "aria-label": t("mapping.kindOf", { column }) }, KINDS.map((one) => option(one, t(`mapping.kind.${one}`), one === kind)));
    const share = h("input", { type: "checkbox", checked: spec?.scale === 0.01 });
    const numeric = ["number", "integer"].includes(kind);
    const apply = () => {
      const value = as.value === "text" ? undefined : as.value;
      this.setColumn(column, what.value.trim(), { value, scale: share.checked ? 0.01 : undefined });
      this.show();
    };
    for (const input of [what, as, share]) input.addEventListener("change", apply);
    return h("tr", {},
      h("th", { scope: "row" }, h("code", {}, column), h("small", {}, this.preview.rows.slice(0, 2).map((row) => row[index]).filter(Boolean).join(" · ") || "–")),
      h("td", {}, what, about && h("small", { class: "soft" }, about.label?.[language] ?? "")),
      h("td", {}, name && as),
      h("td", {}, name && numeric && h("label", { class: "check-box" }, share, h("span", {}, t("mapping.percent")))));
  }

  columns(name, value, change) {
    return h("select", { name, onchange: (event) => change(event.target.value || undefined) }, option("", "–", !value), this.preview.columns.map((column) => option(column, column, column === value)));
  }

  setPlace(changes) {
    const [name = "location", spec] = this.place() ?? [];
    const next = { ...spec, ...changes };
    for (const key of Object.keys(next)) if (!next[key]) delete next[key];
    if (next.longitude || next.latitude) this.mapping.attributes[name] = next;
    else delete this.mapping.attributes[name];
    this.changed();
  }

  set(name, value) {
    if (value === undefined || value === "") delete this.mapping[name];
    else this.mapping[name] = value;
    this.changed();
  }

  general() {
    const { id, observedAt, decimal } = this.mapping;
    const place = this.place()?.[1] ?? {};
    const system = place.crs ?? this.mapping.crs ?? "";
    return [
      h("div", { class: "form-row" },
        field("id", h("input", { name: "id", value: id, spellcheck: "false", onchange: (event) => this.set("id", event.target.value.trim()) })),
        field("observedAt", this.columns("observedAt", typeof observedAt === "string" ? observedAt : undefined, (column) => this.set("observedAt", column))),
        field("decimal", h("select", { onchange: (event) => this.set("decimal", event.target.value) }, option(".", "1.5", decimal !== ","), option(",", "1,5", decimal === ",")))),
      this.preview.type === "text/csv" && h("div", { class: "form-row" },
        field("longitude", this.columns("longitude", place.longitude, (longitude) => this.setPlace({ longitude }))),
        field("latitude", this.columns("latitude", place.latitude, (latitude) => this.setPlace({ latitude }))),
        field("crs", h("select", { name: "crs", onchange: (event) => this.setPlace({ crs: event.target.value }) },
          Object.entries({ ...PLACES, ...(PLACES[system] === undefined && { [system]: system }) }).map(([code, name]) => option(code, code ? `${name} (${code})` : name, code === system))))),
    ];
  }

  show() {
    const place = this.place()?.[1] ?? {};
    const columns = this.preview.columns.filter((column) => ![place.longitude, place.latitude].includes(column));
    this.json = h("textarea", { rows: 16, spellcheck: "false", "aria-label": t("mapping.json"), onchange: () => this.read() }, JSON.stringify(this.mapping, null, 2));
    this.wrong = h("p", { role: "alert", class: "failed" });
    fill(this.element, this.general(),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("mapping.title") }, h("table", { class: "wide mapping-table" },
        h("thead", {}, h("tr", {}, ["column", "attribute", "kind"].map((name) => h("th", { scope: "col" }, t(`mapping.${name}`))), h("th", { scope: "col" }, h("span", { class: "hidden" }, t("mapping.percent"))))),
        h("tbody", {}, columns.map((column) => this.row(column, this.preview.columns.indexOf(column)))))),
      h("datalist", { id: "mapping-attributes" }, (this.profile?.attributes ?? []).map(({ name, label }) => h("option", { value: name }, label?.[language] ?? ""))),
      h("details", {}, h("summary", {}, t("mapping.json")), this.json, this.wrong));
  }

  read() {
    try {
      const mapping = JSON.parse(this.json.value);
      if (!mapping.attributes) throw new Error("attributes?");
      this.mapping = mapping;
      this.onChange();
      this.show();
    } catch (error) {
      fill(this.wrong, error.message);
    }
  }
}
