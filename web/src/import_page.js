// SPDX-License-Identifier: Apache-2.0
// /pages/import: a file is dropped, its columns are named, all is tried, then written; and
// may be undone.
import { ask, json, query, send } from "./broker.js";
import { fill, h } from "./dom.js";
import { lookAt } from "./file_preview.js";
import { collator, count } from "./format.js";
import { nameColumns } from "./import_names.js";
import { MappingEditor } from "./import_mapping.js";
import { IMPORTS, pastImports, report, reportLink, undoButton } from "./import_report.js";
import { typeLabel } from "./labels.js";
import { pageUrl } from "./state.js";
import { language, t } from "./text.js";

const INLINE = 3000; // characters of a mapping that fit into an address
const step = (number, title, ...children) => h("section", { class: "step" }, h("h2", {}, h("span", { class: "step-number" }, number), title), children);
const option = (value, text, selected) => h("option", { value, selected }, text);
const slug = (name) => name.replace(/\.[^.]*$/, "").normalize("NFD").replace(/[^\w.-]+/g, "-").slice(0, 60) || "import";

class ImportPage {
  constructor(main, { profiles, mappings }) {
    this.profiles = profiles.sort((a, b) => collator.compare(this.label(a), this.label(b)));
    this.mappings = mappings;
    this.past = pastImports();
    this.steps = h("div", {});
    this.failed = h("p", { role: "alert", class: "failed" });
    fill(main, h("div", { class: "page" },
      h("p", { class: "over" }, t("import.over")), h("h1", {}, t("import.title")), h("p", { class: "lead" }, t("import.about")),
      step(1, t("import.choose"), this.dropZone()), this.failed, this.steps, this.past.element));
    this.past.show();
  }

  label = ({ name, label }) => label?.[language] ?? typeLabel(name);

  dropZone() {
    const input = h("input", { type: "file", id: "file", class: "hidden", accept: ".csv,.txt,.json,.geojson,text/csv,application/geo+json", onchange: () => input.files[0] && this.open(input.files[0]) });
    const zone = h("label", { class: "drop", for: "file" }, h("b", {}, t("import.drop")), h("span", { class: "soft" }, t("import.formats")), h("span", { class: "button", "aria-hidden": "true" }, t("import.choose")), input);
    const over = (on) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over-drop", on);
    };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files[0]) this.open(event.dataTransfer.files[0]);
    });
    return zone;
  }

  async run(work) {
    fill(this.failed, "");
    try {
      return await work();
    } catch (error) {
      fill(this.failed, error.message);
      this.failed.scrollIntoView({ block: "center" });
      return undefined;
    }
  }

  async open(file) {
    this.file = file;
    this.preview = await lookAt(file);
    this.name = slug(file.name);
    const known = this.mappings.find(({ name }) => name === this.name);
    this.source = known ? `stored:${known.name}` : this.preview.own ? "none" : "propose";
    this.type = this.guessType();
    await this.choose();
  }

  guessType() {
    const words = `${this.file.name} ${this.preview.columns.join(" ")}`.toLowerCase();
    const hints = { WasteContainer: /pav|bac|d[eé]chet|rempliss|waste|filling|conteneur/, TrafficFlowObserved: /comptage|v[eé]lo|trafic|traffic|intensity/, NoiseLevelObserved: /bruit|sonom|laeq|noise/, WaterObserved: /eau|crue|rivi|water|hauteur|d[eé]bit/, Streetlight: /candelab|candélab|lamp|[eé]clairage|streetlight/, WeatherObserved: /m[eé]t[eé]o|temp[eé]rature|weather|humid/ };
    return Object.keys(hints).find((type) => hints[type].test(words)) ?? this.profiles[0]?.name;
  }

  async choose() {
    await this.run(async () => {
      this.mapping = this.source === "none" ? undefined : this.source === "propose" ? await this.propose() : structuredClone(this.mappings.find(({ name }) => `stored:${name}` === this.source).mapping);
      const type = this.mapping?.type;
      this.profile = type && (await json(`/calanque/v1/profiles/${encodeURIComponent(type)}`).catch(() => undefined));
      if (this.source === "propose") this.mapping = nameColumns(this.mapping, this.preview, this.profile);
      this.show();
    });
  }

  async propose() {
    const answer = await ask(`${IMPORTS}/proposals${query({ type: this.type })}`, { method: "POST", headers: { "Content-Type": this.preview.type }, body: this.file });
    return answer.json();
  }

  rowsPreview() {
    const { columns, rows } = this.preview;
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("import.preview") }, h("table", { class: "wide preview-table" },
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
      h("tbody", {}, rows.slice(0, 3).map((row) => h("tr", {}, columns.map((_, i) => h("td", {}, row[i] ?? "")))))));
  }

  show() {
    const typeSelect = h("select", { name: "type", onchange: (event) => {
      this.type = event.target.value;
      this.choose();
    } }, this.profiles.map((one) => option(one.name, this.label(one), one.name === this.type)));
    const source = h("select", { name: "source", onchange: (event) => {
      this.source = event.target.value;
      this.choose();
    } }, option("propose", t("import.propose"), this.source === "propose"),
    this.mappings.map(({ name }) => option(`stored:${name}`, t("import.stored", { name }), this.source === `stored:${name}`)),
    option("none", t("import.ours"), this.source === "none"));
    this.result = h("div", { "aria-live": "polite" });
    this.editor = this.mapping && new MappingEditor({ mapping: this.mapping, preview: this.preview, profile: this.profile, onChange: () => this.untried() });
    fill(this.steps,
      h("p", {}, h("b", {}, this.file.name), h("span", { class: "soft" }, ` · ${count(Math.ceil(this.file.size / 1000))} ko`)), this.rowsPreview(),
      step(2, t("import.columns"), h("div", { class: "form-row" },
        h("label", { class: "field" }, h("span", {}, t("import.source")), source),
        this.source === "propose" && h("label", { class: "field" }, h("span", {}, t("import.type")), typeSelect)), this.editor?.element),
      step(3, t("import.try"), h("p", { class: "soft" }, t("import.tryAbout")),
        h("p", { class: "actions" }, h("button", { type: "button", class: "main", onclick: () => this.attempt() }, t("import.tryNow"))), this.result));
  }

  untried() {
    fill(this.result, "");
  }

  async store() {
    if (!this.editor) return undefined;
    await send("PUT", `${IMPORTS}/mappings/${this.name}`, this.editor.mapping);
    return this.name;
  }

  async post(params) {
    const answer = await ask(`${IMPORTS}${query({ ...params, file: this.file.name })}`, { method: "POST", headers: { "Content-Type": this.preview.type }, body: this.file });
    return answer.json();
  }

  async attempt() {
    fill(this.result, h("p", { "aria-busy": "true", class: "waiting-line" }, h("i"), t("import.trying")));
    const text = this.editor && JSON.stringify(this.editor.mapping);
    const found = await this.run(async () => this.post({ dryRun: true, mapping: text && text.length > INLINE ? await this.store() : text }));
    if (!found) {
      this.untried();
      return;
    }
    const possible = found.total - found.rejected;
    fill(this.result, report(found), step(4, t("import.write"), this.editor && this.nameField(),
      h("p", { class: "actions" }, h("button", { type: "button", class: "main", disabled: possible === 0, onclick: () => this.write() }, t("import.now", { n: possible })))));
  }

  nameField() {
    return h("label", { class: "field name-field" }, h("span", {}, t("import.mappingName")),
      h("input", { value: this.name, pattern: "[A-Za-z0-9_.\\-]+", onchange: (event) => {
        this.name = slug(`${event.target.value}.`);
      } }));
  }

  async write() {
    fill(this.result, h("p", { "aria-busy": "true", class: "waiting-line" }, h("i"), t("import.writing")));
    const found = await this.run(async () => this.post({ mapping: await this.store() }));
    const said = h("p", { class: "said", role: "status" });
    const undo = found?.id && undoButton(found.id, said, () => {
      undo.remove();
      this.past.show();
    });
    fill(this.result, found && [report(found), said, h("p", { class: "actions" },
      h("a", { class: "button main", href: pageUrl("/", { type: this.mapping?.type }) }, t("import.map")),
      found.id && [reportLink(found.id), undo])]);
    this.past.show();
  }
}

export async function importPage(main) {
  document.title = `Calanque – ${t("nav.import")}`;
  const [profiles, mappings] = await Promise.all(["/calanque/v1/profiles", `${IMPORTS}/mappings`].map((path) => json(path).catch(() => [])));
  new ImportPage(main, { profiles, mappings });
}
