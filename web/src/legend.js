// SPDX-License-Identifier: Apache-2.0
// What the colours on the map say: types, or the scale of one with its unit.
import { hue } from "./colours.js";
import { h } from "./dom.js";
import { measure } from "./format.js";
import { attributeLabel, typeLabel, wordLabel } from "./labels.js";
import { model } from "./models.js";
import { t } from "./text.js";

const swatch = (colour) => h("i", { class: "dot", css: { "--c": colour } });

export function legend(types, scale, unit) {
  const states = h("ul", { class: "legend-states" },
    ["late", "silent", "abnormal"].map((state) => h("li", {}, h("i", { class: `mark ${state}` }), t(`state.${state}`))));
  if (types.length !== 1 || scale === undefined) {
    return h("div", { class: "legend" },
      h("ul", {}, types.map((type) => h("li", {}, swatch(hue(model(type).hue)), typeLabel(type)))), states);
  }
  const name = model(types[0]).main;
  if (scale.words) {
    return h("div", { class: "legend" }, h("p", {}, attributeLabel(name)),
      h("ul", {}, Object.entries(scale.words).map(([word, colour]) => h("li", {}, swatch(colour), wordLabel(word)))), states);
  }
  const [, symbol] = measure(name, 0, unit);
  const stops = [...scale.steps.map(([from]) => from), scale.end];
  return h("div", { class: "legend" },
    h("p", {}, attributeLabel(name), symbol && h("span", { class: "soft" }, ` (${symbol})`)),
    h("div", { class: "ramp", "aria-hidden": "true" }, scale.steps.map(([from, colour], i) =>
      h("i", { css: { background: colour, "flex-grow": String(i + 1 < stops.length ? Math.max(1, 1) : 1) } }))),
    h("div", { class: "ramp-numbers" }, stops.map((stop) => h("span", {}, measure(name, stop, unit)[0]))),
    states);
}
