// SPDX-License-Identifier: Apache-2.0
// Why was I (not) told?  A change, one that happened or one that might, before each gate of
// a subscription; and the last changes that did not pass.
import { API, entities, json, send } from "./broker.js";
import { fill, h, icon } from "./dom.js";
import { attributeLabel, shortId } from "./labels.js";
import { pretty } from "./pretty.js";
import { pageUrl } from "./state.js";
import { about, when } from "./subscription.js";
import { t } from "./text.js";

const SUGGESTED = 500; // entities

const happened = (changes) => changes.map(({ kind, attribute }) => t(`change.${kind}`, { name: attribute ? attributeLabel(attribute) : "" })).slice(0, 6).join(", ");

function gate({ gate: name, passed, why }) {
  return h("li", { class: passed ? "gate passed" : "gate stopped" },
    icon(passed ? "M5 13l4 4L19 7" : "M6 6l12 12M18 6 6 18", 18),
    h("div", {}, h("b", {}, t(`gate.${name}`)), h("span", { class: "hidden" }, ` ${t(passed ? "gate.passed" : "gate.stopped")} `), h("p", { lang: "en" }, why)));
}

function verdict({ notified, failed, change, at, changes, gates, notification }) {
  const set = gates.filter((one) => one.set);
  return h("div", { class: "verdict" },
    h("h3", { class: notified ? "ok" : "failed" }, t(notified ? "explain.notified" : "explain.stopped", { gate: failed && t(`gate.${failed}`) })),
    h("p", { class: "soft" }, t(`explain.${change}`), change === "recorded" && [" ", when(at)], " · ", happened(changes)),
    h("ol", { class: "gates" }, set.map(gate)),
    h("p", { class: "soft" }, t("explain.unset", { names: gates.filter((one) => !one.set).map((one) => t(`gate.${one.gate}`)).join(", ") })),
    notification && h("details", {}, h("summary", {}, t("explain.sent")), pretty(notification, t("explain.sent"))));
}

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

// What may have happened: each with the fields that it needs, and the body of the question.
const CASES = {
  last: { fields: ["entity"], body: ({ entity }) => ({ entity }) },
  value: { fields: ["entity", "attribute", "value"], body: ({ entity, attribute, value }) => ({ entity, fragment: { [attribute]: { value: parse(value) } } }) },
  deleted: { fields: ["entity"], body: ({ entity }) => ({ entity, deleted: true }) },
  pasted: { fields: ["json"], body: ({ json: text }) => ({ after: JSON.parse(text) }) },
};

function suggestions(subscription) {
  const types = (subscription.entities ?? []).map((one) => one.type).filter(Boolean).join(",");
  const list = h("datalist", { id: "explain-entities" });
  const names = h("datalist", { id: "explain-attributes" });
  if (types) {
    entities({ type: types, format: "simplified", pick: "id,name" }, (page) => {
      list.append(...page.map(({ id, name }) => h("option", { value: id }, name ?? "")));
    }, { most: SUGGESTED }).catch(() => {});
    json(`${API}/types/${encodeURIComponent(types.split(/[,|]/)[0])}`).then(({ attributeDetails }) =>
      fill(names, attributeDetails.map((one) => h("option", { value: one.attributeName }))), () => {});
  }
  return [list, names];
}

function example({ entities: selectors = [], watchedAttributes = [] }) {
  const type = selectors[0]?.type?.split(/[,|]/)[0] ?? "Device";
  return JSON.stringify({ id: `urn:ngsi-ld:${type}:essai`, type, [watchedAttributes[0] ?? "name"]: { value: 0.9 } }, null, 2);
}

function form(subscription, ask, entity) {
  const inputs = {
    entity: h("input", { name: "entity", list: "explain-entities", required: true, value: entity ?? "", autocomplete: "off", spellcheck: "false", placeholder: "urn:ngsi-ld:…" }),
    attribute: h("input", { name: "attribute", list: "explain-attributes", required: true, value: subscription.watchedAttributes?.[0] ?? "", autocomplete: "off" }),
    value: h("input", { name: "value", required: true, autocomplete: "off" }),
    json: h("textarea", { name: "json", rows: 7, required: true, spellcheck: "false" }, example(subscription)),
  };
  const labels = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, h("label", { class: `field for-${name}` }, h("span", {}, t(`explain.${name}`)), input)]));
  const choice = h("select", { onchange: () => choose() }, Object.keys(CASES).map((name) => h("option", { value: name }, t(`explain.case.${name}`))));
  const fields = h("div", { class: "form-row" });
  const choose = () => fill(fields, CASES[choice.value].fields.map((name) => labels[name]));
  choose();
  return h("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    ask(() => CASES[choice.value].body(Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]))));
  } }, h("label", { class: "field" }, h("span", {}, t("explain.case")), choice), fields,
  h("p", {}, h("button", { class: "main" }, t("explain.ask"))), suggestions(subscription));
}

/** The section in which one asks; explain(id) asks about an entity's last change. */
export function explainSection(subscription) {
  const answer = h("div", { "aria-live": "polite" });
  const box = h("div", {});
  const ask = async (body) => {
    try {
      fill(answer, verdict(await (await send("POST", about(subscription.id, "explain"), body())).json()));
    } catch (error) {
      fill(answer, h("p", { role: "alert", class: "failed" }, error.message));
    }
  };
  const put = (entity) => fill(box, form(subscription, ask, entity));
  put();
  const element = h("section", { id: "explain" }, h("h2", {}, t("explain.title")), h("p", { class: "soft" }, t("explain.about")), box, answer);
  return {
    element,
    explain: (entity) => {
      put(entity);
      ask(() => ({ entity }));
      element.scrollIntoView();
    },
  };
}

/** The last changes of the entities it chooses that it was not told of. */
export function missesSection(subscription, explain) {
  const body = h("div", {}, h("p", { class: "soft" }, t("loading")));
  const show = (found) => fill(body, found.length === 0
    ? h("p", { class: "soft" }, t("misses.none"))
    : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("misses.title") }, h("table", { class: "wide" },
      h("thead", {}, h("tr", {}, ["when", "entity", "what", "why"].map((name) => h("th", { scope: "col" }, t(`misses.${name}`))), h("th", { scope: "col" }, h("span", { class: "hidden" }, t("explain.ask"))))),
      h("tbody", {}, found.map((miss) => h("tr", {},
        h("td", { class: "soft" }, when(miss.at)),
        h("th", { scope: "row" }, h("a", { href: pageUrl("/", { sensor: miss.entity }) }, shortId(miss.entity))),
        h("td", {}, happened(miss.changes)),
        h("td", { lang: "en" }, miss.why),
        h("td", {}, h("button", { type: "button", class: "small", onclick: () => explain(miss.entity) }, t("explain.ask")))))))));
  json(about(subscription.id, "misses", { limit: 20 })).then(show, (error) => fill(body, h("p", { class: "soft" }, error.message)));
  return h("section", {}, h("h2", {}, t("misses.title")), h("p", { class: "soft" }, t("misses.about")), body);
}
