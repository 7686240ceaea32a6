// SPDX-License-Identifier: Apache-2.0
// The head of the panel: the city in numbers, which are filters at the same time.
import { hue } from "./colours.js";
import { h, icon } from "./dom.js";
import { list, matches } from "./filter.js";
import { collator, count } from "./format.js";
import { typeLabel } from "./labels.js";
import { model } from "./models.js";
import { STATES } from "./sensors.js";
import { change } from "./state.js";
import { t } from "./text.js";

function tally(sensors, of) {
  const counts = new Map();
  for (const sensor of sensors) {
    const key = of(sensor);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

// Each filter counts what the other ones leave.
const left = (city, state, without) =>
  [...city.sensors.values()].filter((sensor) => matches(sensor, { ...state, [without]: "" }));

function stateButtons(city, state) {
  const counts = tally(left(city, state, "state"), (sensor) => sensor.state);
  return h("div", { class: "states", role: "group", "aria-label": t("filters.state") }, STATES.map((name) =>
    h("button", {
      type: "button", class: `state ${name}`, "data-key": `state-${name}`, "aria-pressed": String(state.state === name),
      onclick: () => change({ state: state.state === name ? "" : name }),
    }, h("b", {}, count(counts.get(name) ?? 0)), h("span", {}, h("i", { class: `mark ${name}` }), t(`state.${name}`)))));
}

function typeChips(city, state) {
  const counts = tally(left(city, state, "type"), (sensor) => sensor.type);
  const chosen = list(state.type);
  const toggle = (type) => change({ type: chosen.length === 1 && chosen[0] === type ? "" : type });
  const types = [...city.types].sort((a, b) => collator.compare(typeLabel(a), typeLabel(b)));
  return h("div", { class: "chips", role: "group", "aria-label": t("filters.type") }, types.map((type) =>
    h("button", {
      type: "button", class: "chip", "data-key": `type-${type}`, "aria-pressed": String(chosen.includes(type)),
      onclick: () => toggle(type),
    }, h("i", { class: "dot", css: { "--c": hue(model(type).hue) } }), typeLabel(type),
    h("span", { class: "soft" }, count(counts.get(type) ?? 0)))));
}

function communeSelect(city, state) {
  const counts = tally(left(city, state, "commune"), (sensor) => sensor.commune);
  if (state.commune && !counts.has(state.commune)) counts.set(state.commune, 0);
  const names = [...counts.keys()].sort(collator.compare);
  return h("label", { class: "field" }, h("span", {}, t("filters.commune")),
    h("select", { "data-key": "commune", onchange: (event) => change({ commune: event.target.value }) },
      h("option", { value: "" }, t("filters.everywhere")),
      names.map((name) => h("option", { value: name, selected: name === state.commune }, `${name} (${count(counts.get(name))})`))));
}

function searchField(state) {
  const field = h("input", {
    type: "search", value: state.search, placeholder: t("filters.searchHint"), "data-key": "search",
    oninput: () => {
      clearTimeout(field.timer);
      field.timer = setTimeout(() => change({ search: field.value }), 200);
    },
  });
  return h("label", { class: "field" }, h("span", {}, t("filters.search")), field);
}

export function filters(city, state, sensors) {
  const communes = new Set(sensors.map((s) => s.commune).filter(Boolean)).size;
  const filtered = state.type || state.commune || state.state || state.search;
  return h("header", { class: "filters" },
    h("p", { class: "over" }, t("map.over")),
    h("h1", {}, t("map.headline", { n: sensors.length }), communes > 0 && h("span", {}, " ", t("map.communes", { n: communes }))),
    city.sensors.size > 0 && [
      stateButtons(city, state), typeChips(city, state),
      h("div", { class: "fields" }, communeSelect(city, state), searchField(state)),
      filtered && h("button", { type: "button", class: "plain clear", "data-key": "clear",
        onclick: () => change({ type: "", commune: "", state: "", search: "" }) }, icon("M6 6l12 12M18 6 6 18", 14), t("filters.clear")),
    ]);
}
