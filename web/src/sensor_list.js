// SPDX-License-Identifier: Apache-2.0
// The sensors in words: what the map shows, for keyboards, screen readers and everybody.
import { h } from "./dom.js";
import { age, collator, count, measured } from "./format.js";
import { typeLabel, wordLabel } from "./labels.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

const FIRST = 60;
const RANK = { abnormal: 0, silent: 1, late: 2, fresh: 3, undefined: 4 };

const MANY = 2000; // to compare as people do takes its time

/** What needs attention first, then by name. */
function inOrder(sensors) {
  const compare = sensors.length > MANY ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : collator.compare;
  return [...sensors].sort((a, b) => RANK[a.state] - RANK[b.state] || compare(a.name, b.name));
}

export function value(sensor) {
  const main = sensor.state === "abnormal" ? sensor.odd : sensor.main;
  if (!main) return "–";
  return measured(main.name, wordLabel(main.value), main.unit);
}

export function row(sensor, onOpen, { showType, colourOf }) {
  return h("li", {}, h("a", {
    href: pageUrl("/", { sensor: sensor.id }), class: "row", "data-id": sensor.id,
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      onOpen(sensor.id);
    },
  },
  h("i", { class: `mark ${sensor.state ?? ""}`, css: { "--c": colourOf(sensor) } }),
  h("span", { class: "row-name" }, sensor.name,
    h("small", {}, [showType && typeLabel(sensor.type), sensor.commune].filter(Boolean).join(" · "))),
  h("span", { class: "row-value" }, value(sensor),
    h("small", {}, sensor.state && sensor.state !== "fresh" && h("b", { class: sensor.state }, t(`state.one.${sensor.state}`), " · "),
      sensor.time === undefined ? t("age.none") : age(sensor.time)))));
}

/** A list that grows on demand. */
export function sensorList(sensors, onOpen, options) {
  const items = h("ul", { class: "rows" });
  const more = h("button", { type: "button", class: "more", onclick: () => grow(FIRST * 5) });
  const sorted = inOrder(sensors);
  let shown = 0;
  const grow = (by) => {
    for (const sensor of sorted.slice(shown, shown + by)) items.append(row(sensor, onOpen, options));
    shown = Math.min(sorted.length, shown + by);
    more.hidden = shown >= sorted.length;
    more.textContent = t("list.more", { rest: count(sorted.length - shown) });
  };
  grow(FIRST);
  return [items, more];
}
