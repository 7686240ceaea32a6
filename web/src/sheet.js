// SPDX-License-Identifier: Apache-2.0
// The sheet of a sensor: last values, the week's curve, history, device, checks, facts.
import { Problem, entity } from "./broker.js";
import { hue } from "./colours.js";
import { fill, h, icon } from "./dom.js";
import { historyFiles } from "./exports.js";
import { age, date, measure, measured } from "./format.js";
import { attributeLabel, typeLabel, wordLabel } from "./labels.js";
import { model } from "./models.js";
import { checksSection } from "./checks.js";
import { toSensor } from "./sensors.js";
import { change } from "./state.js";
import { WEEK, history, since } from "./temporal.js";
import { t } from "./text.js";

const ROWS = 40;

function badge(sensor) {
  if (!sensor.state) return null;
  return h("span", { class: `badge ${sensor.state}` }, h("i", { class: `mark ${sensor.state}` }), t(`state.one.${sensor.state}`));
}

function head(sensor) {
  const address = sensor.facts.find((fact) => fact.name === "address")?.value;
  return [
    h("p", { class: "over" }, h("i", { class: "dot", css: { "--c": hue(model(sensor.type).hue) } }), typeLabel(sensor.type)),
    h("h1", { tabindex: "-1" }, sensor.name),
    h("p", { class: "soft" }, address ? measured("address", address) : sensor.commune),
  ];
}

function big(sensor) {
  const main = sensor.main;
  if (!main) return null;
  const [text, unit] = measure(main.name, wordLabel(main.value), main.unit);
  return h("div", { class: "big" },
    h("p", { class: "big-value" }, text, unit && h("span", {}, unit)),
    h("p", {}, attributeLabel(main.name), h("br"), h("span", { class: "soft" }, sensor.time === undefined ? t("age.none") : age(sensor.time)), " ", badge(sensor)));
}

function valuesTable(sensor) {
  return h("table", { class: "values" },
    h("caption", {}, t("sheet.values")),
    h("thead", { class: "hidden" }, h("tr", {}, [t("sheet.attribute"), t("sheet.value"), t("sheet.observed")].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, sensor.values.map((one) => h("tr", {},
      h("th", { scope: "row" }, attributeLabel(one.name)),
      h("td", { class: "number" }, measured(one.name, wordLabel(one.value), one.unit)),
      h("td", { class: "soft" }, h("time", { datetime: new Date(one.time).toISOString(), title: date(one.time) }, age(one.time)))))));
}

function facts(list) {
  const shown = list.filter(({ name }) => !["name", "location"].includes(name));
  return h("dl", { class: "facts" }, shown.map((fact) => [
    h("dt", {}, attributeLabel(fact.name)), h("dd", {}, measured(fact.name, wordLabel(fact.value), fact.unit)),
  ]));
}

const section = (title, ...children) => h("section", {}, h("h2", {}, title), children);

// ---- the week ----

async function week(box, sensor) {
  const numbers = sensor.values.filter((one) => typeof one.value === "number");
  const preferred = model(sensor.type).curve ?? sensor.main?.name;
  if (numbers.length === 0) return;
  fill(box, section(t("sheet.week"), h("p", { class: "soft", "aria-busy": "true" }, t("loading"))));
  const [{ curve }, found] = await Promise.all([import("./curve.js"), history(sensor.id, numbers.map((one) => one.name)).catch((error) => error)]);
  if (!(found instanceof Error) && found !== undefined) {
    drawWeek(box, sensor, numbers, found, curve, preferred);
    return;
  }
  const why = found === undefined ? t("sheet.noHistory") : t("sheet.historyFailed", { why: found.message });
  fill(box, section(t("sheet.week"), h("p", { class: "soft" }, why)));
}

function drawWeek(box, sensor, numbers, found, curve, preferred) {
  const filled = numbers.filter((one) => found[one.name].length > 0);
  if (filled.length === 0) {
    fill(box, section(t("sheet.week"), h("p", { class: "soft" }, t("sheet.emptyWeek"))));
    return;
  }
  const drawing = h("div", {});
  const draw = (name) => {
    const one = filled.find((value) => value.name === name);
    const points = found[name].filter(([, value]) => typeof value === "number");
    const range = { from: Date.now() - WEEK, to: Date.now() };
    fill(drawing, curve(name, one.unit, points, hue(model(sensor.type).hue), range), table(one, found[name]),
      historyFiles(sensor, filled.map((value) => value.name), since(WEEK)));
  };
  const first = filled.find((one) => one.name === preferred) ?? filled[0];
  const choice = filled.length > 1 && h("label", { class: "field inline" }, h("span", { class: "hidden" }, t("sheet.attribute")),
    h("select", { onchange: (event) => draw(event.target.value) },
      filled.map((one) => h("option", { value: one.name, selected: one === first }, attributeLabel(one.name)))));
  fill(box, h("section", { class: "week" }, h("header", {}, h("h2", {}, t("sheet.week")), choice), drawing));
  draw(first.name);
}

function table(one, points) {
  const last = points.slice(-ROWS).reverse();
  return h("details", {}, h("summary", {}, t("sheet.history", { count: last.length })),
    h("table", { class: "values history" },
      h("caption", { class: "hidden" }, attributeLabel(one.name)),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("sheet.observed")), h("th", { scope: "col", class: "number" }, attributeLabel(one.name)))),
      h("tbody", {}, last.map(([time, value]) => h("tr", {},
        h("td", {}, h("time", { datetime: new Date(time).toISOString() }, date(time))),
        h("td", { class: "number" }, measured(one.name, value, one.unit)))))));
}

// ---- the device ----

async function device(box, sensor) {
  const ids = sensor.links.filter((link) => ["refDevice", "controlledAsset"].includes(link.name)).flatMap((link) => link.object);
  for (const id of ids) {
    const found = await entity(id).then(toSensor, () => undefined);
    if (!found) continue;
    box.append(section(t(found.type === "Device" ? "sheet.device" : "sheet.asset"),
      h("p", {}, h("a", { href: "#", onclick: (event) => {
        event.preventDefault();
        change({ sensor: found.id });
      } }, found.name)),
      facts([...found.values, ...found.facts.filter((fact) => !["address", "areaServed", "dataProvider", "controlledProperty"].includes(fact.name))])));
  }
}

function missing(id, error, onBack) {
  const known = error instanceof Problem && error.status === 404;
  const title = h("h1", { tabindex: "-1" }, t(known ? "sheet.gone" : "map.failed"));
  return {
    element: h("article", { class: "sheet" }, back(onBack), title, h("p", {}, known ? id : error.message)),
    focus: () => title.focus(),
    update: () => {},
  };
}

const back = (onBack) => h("button", { type: "button", class: "plain back", onclick: onBack }, icon("M15 5l-7 7 7 7"), t("sheet.back"));

/** {element, sensor, at, focus(), update(sensor)}; no sensor where there is none. */
export async function sheet(id, known, { onBack }) {
  let sensor = known;
  try {
    sensor = toSensor(await entity(id));
  } catch (error) {
    if (error.status !== 0 || !known) return missing(id, error, onBack);
  }
  const now = h("div", {});
  const later = [h("div", {}), h("div", {}), h("div", {})];
  const title = head(sensor);
  const show = () => fill(now, big(sensor), valuesTable(sensor));
  show();
  const element = h("article", { class: "sheet" }, back(onBack), title, now, later,
    section(t("sheet.facts"), facts(sensor.facts), h("p", { class: "id" }, h("code", {}, sensor.id))));
  week(later[0], sensor);
  device(later[1], sensor);
  checksSection(later[2], sensor);
  return {
    element,
    sensor,
    at: sensor.at,
    focus: () => title[1].focus({ preventScroll: true }),
    update: (changed) => {
      if (changed) sensor = changed;
      show();
    },
  };
}
