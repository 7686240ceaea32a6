// SPDX-License-Identifier: Apache-2.0
// The API, rendered from the description that the broker serves.
import { description } from "./broker.js";
import { fill, h } from "./dom.js";
import { t } from "./text.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

function resolver(tree) {
  return (node) => (node?.$ref ? node.$ref.slice(2).split("/").reduce((at, key) => at[key], tree) : node);
}

function typeOf(schema, resolve) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items, resolve)}[]`;
  return [schema.type ?? ""].flat().join(" | ");
}

function parameters(list, resolve) {
  if (list.length === 0) return null;
  return h("table", { class: "values" }, h("caption", {}, t("api.parameters")),
    h("thead", { class: "hidden" }, h("tr", {}, h("th", { scope: "col" }, t("sheet.attribute")), h("th", { scope: "col" }, t("api.about")))),
    h("tbody", {}, list.map(resolve).map((p) => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, p.name), h("small", {}, `${p.in}${p.required ? " *" : ""} ${typeOf(p.schema, resolve)}`)),
      h("td", {}, p.description)))));
}

const sample = (value) => h("pre", { tabindex: "0" }, h("code", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2)));

function exampleOf(content) {
  for (const media of Object.values(content ?? {})) {
    if (media.example !== undefined) return media.example;
    const [first] = Object.values(media.examples ?? {});
    if (first?.value !== undefined) return first.value;
  }
  return undefined;
}

function operation(path, method, op, shared, resolve) {
  const body = resolve(op.requestBody);
  const body_example = exampleOf(body?.content);
  const responses = Object.entries(op.responses).map(([status, one]) => [status, resolve(one)]);
  return h("details", { class: "operation", id: op.operationId },
    h("summary", {}, h("b", { class: `method ${method}` }, method.toUpperCase()), h("code", {}, path), h("span", {}, op.summary)),
    h("div", { class: "inside" },
      op.description && h("p", {}, op.description),
      parameters([...shared, ...(op.parameters ?? [])], resolve),
      body && h("section", {}, h("h4", {}, t("api.body")), h("p", { class: "soft" }, Object.keys(body.content ?? {}).join(", ")), body_example !== undefined && sample(body_example)),
      h("table", { class: "values" }, h("caption", {}, t("api.answers")),
        h("tbody", {}, responses.map(([status, one]) => h("tr", {}, h("th", { scope: "row" }, status), h("td", {}, one.description)))))));
}

export async function apiPage(main) {
  document.title = "Calanque – API";
  const tree = await description();
  const resolve = resolver(tree);
  const groups = new Map(tree.tags.map(({ name, description: about }) => [name, { about, operations: [] }]));
  for (const [path, item] of Object.entries(tree.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const [tag = ""] = item[method].tags ?? [];
      if (!groups.has(tag)) groups.set(tag, { operations: [] });
      groups.get(tag).operations.push(operation(path, method, item[method], item.parameters ?? [], resolve));
    }
  }
  fill(main, h("div", { class: "page api", lang: "en" },
    h("p", { class: "over" }, `OpenAPI ${tree.openapi}`), h("h1", {}, `${tree.info.title} ${tree.info.version}`),
    h("p", { class: "lead" }, tree.info.description),
    h("p", {}, h("a", { href: "/openapi.json" }, "/openapi.json")),
    [...groups].filter(([, { operations }]) => operations.length > 0).map(([name, { about, operations }]) =>
      h("section", {}, h("h2", {}, name), about && h("p", { class: "soft" }, about), operations))));
  if (location.hash) {
    const named = document.getElementById(location.hash.slice(1));
    if (named) named.open = true;
    named?.scrollIntoView();
  }
}
