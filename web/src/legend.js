// SPDX-License-Identifier: Apache-2.0
// What the colours on the map say: types, or the scale of one with its unit.
import { h } from "./dom.js";
import { measure } from "./format.js";
import { attributeLabel, wordLabel } from "./labels.js";
import { model } from "./models.js";
import { t } from "./text.js";

const swatch = (colour) => h("i", { class: "dot", css: { "--c": colour } });

/** type, scale: undefined where several types are shown, whose colours the filters explain. */
export function legend(type, scale, unit) {
  return h("div", { class: "legend" }, scale && (scale.words ? words(type, scale) : ramp(type, scale, unit)), states());
}

const states = () => h("ul", { class: "legend-states" }, ["late", "silent", "abnormal"].map((state) =>
  h("li", {}, h("i", { class: `mark ${state}` }), t(`state.${state}`))));

function words(type, scale) {
  return [h("p", {}, attributeLabel(model(type).main)),
    h("ul", {}, Object.entries(scale.words).map(([word, colour]) => h("li", {}, swatch(colour), wordLabel(word))))];
}

function ramp(type, scale, unit) {
  const name = model(type).main;
  const [, symbol] = measure(name, 0, unit);
  const stops = [...scale.steps.map(([from]) => from), scale.end];
  return [h("p", {}, attributeLabel(name), symbol && h("span", { class: "soft" }, ` (${symbol})`)),
    h("div", { class: "ramp", "aria-hidden": "true" }, scale.steps.map(([, colour]) => h("i", { css: { background: colour } }))),
    h("div", { class: "ramp-numbers" }, stops.map((stop) => h("span", {}, measure(name, stop, unit)[0])))];
}
