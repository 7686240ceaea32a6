// SPDX-License-Identifier: Apache-2.0
// Which types there are, how many, from when to when.
import { API, countOf, entities, json, optional, query } from "./broker.js";
import { hue } from "./colours.js";
import { fill, h } from "./dom.js";
import { age, count, date } from "./format.js";
import { attributeLabel, typeLabel } from "./labels.js";
import { model } from "./models.js";
import { toSensor } from "./sensors.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

const SAMPLE = 1000;

/** The newest observation among the entities of a type; of one without a model, of some. */
async function newest(type) {
  let last;
  const { main } = model(type);
  if (main) {
    const [latest] = await json(`${API}/entities${query({ type, format: "concise", orderBy: `${main}.observedAt;desc`, limit: 1 })}`);
    return latest && toSensor(latest).time;
  }
  await entities({ type, format: "concise" }, (page) => {
    for (const { time } of page.map(toSensor)) if (time !== undefined && (last === undefined || time > last)) last = time;
  }, { most: SAMPLE });
  return last;
}

/** The oldest observation in the history of a type, where its only period begins; undefined
 * without a history. */
async function oldest(type) {
  const { main } = model(type);
  if (!main) return undefined;
  const params = { type, attrs: main, timerel: "before", timeAt: new Date().toISOString(), format: "aggregatedValues", aggrMethods: "totalCount", limit: 100 };
  const found = await optional(`${API}/temporal/entities${query(params)}`).catch(() => undefined);
  if (!Array.isArray(found)) return undefined;
  const times = found.flatMap((one) => [one[main]].flat()).flatMap((one) => (one?.totalCount ?? []).map(([, from]) => Date.parse(from)));
  return times.length > 0 ? Math.min(...times) : undefined;
}

function cell(promise, show) {
  const td = h("td", {}, "…");
  promise.then((value) => fill(td, value === undefined ? "–" : show(value)), () => fill(td, "–"));
  return td;
}

function typeRow({ typeName: type, attributeNames }) {
  return h("tr", {},
    h("th", { scope: "row" }, h("i", { class: "dot", css: { "--c": hue(model(type).hue) } }),
      h("a", { href: pageUrl(`${API}/entities`, { type }) }, typeLabel(type)), h("small", {}, h("code", {}, type))),
    cell(countOf({ type }), (n) => h("b", {}, count(n))),
    cell(oldest(type), (time) => date(time)),
    cell(newest(type), (time) => h("span", { title: date(time) }, age(time))),
    h("td", { class: "soft names" }, attributeNames.filter((name) => name !== "location").map(attributeLabel).join(", ")));
}

export async function typesPage(main) {
  document.title = `Calanque – ${t("nav.types")}`;
  const box = h("div", { class: "page" }, h("p", { class: "over" }, t("types.over")), h("h1", {}, t("types.title")), h("p", { class: "lead" }, t("types.about")));
  fill(main, box);
  const types = await json(`${API}/types?details=true`).catch((error) => error);
  if (types instanceof Error) box.append(h("p", { role: "alert" }, types.message));
  else if (types.length === 0) box.append(h("p", { class: "empty" }, t("empty.title")));
  else {
    box.append(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("types.title") }, h("table", { class: "wide" },
      h("thead", {}, h("tr", {}, ["type", "count", "first", "last", "attributes"].map((name) => h("th", { scope: "col" }, t(`types.${name}`))))),
      h("tbody", {}, types.map(typeRow)))));
  }
}
