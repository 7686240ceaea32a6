// SPDX-License-Identifier: Apache-2.0
// The home page: the city on a map, filters, a list, and the sheet of a sensor over it.
import { addBase, communeNames, newMap, towns } from "./base_map.js";
import { API, Problem } from "./broker.js";
import { alarm, hue, neutral, onTheme, scaleFor } from "./colours.js";
import { Communes } from "./communes.js";
import { copyButton, fill, h, icon, say } from "./dom.js";
import { entityFiles } from "./exports.js";
import { filters } from "./filters.js";
import { list, matches, toParams } from "./filter.js";
import { age } from "./format.js";
import { legend } from "./legend.js";
import { follow } from "./live.js";
import { model } from "./models.js";
import { PointsLayer } from "./points_layer.js";
import { command, entitiesRequest, entityRequest, historyRequest, showRequests } from "./request.js";
import { sensorList, value } from "./sensor_list.js";
import { sheet } from "./sheet.js";
import { stateOf, toSensor } from "./sensors.js";
import { change, onChange, pageUrl, read } from "./state.js";
import { t } from "./text.js";
import { WEEK, since } from "./temporal.js";

const MOST_IDS = 100; // sensors that are asked for by name where no filter of the API fits
const AGAIN = 30000; // ms: ages and states are looked at anew

const FIRST = {
  id: "urn:ngsi-ld:WasteContainer:1", type: "WasteContainer", name: "PAV 1",
  location: { type: "Point", coordinates: [5.37, 43.3] }, fillingLevel: 0.57,
};

class City {
  constructor(main, asked) {
    this.asked = asked;
    this.sensors = new Map();
    this.types = [];
    this.communes = new Communes();
    this.panel = h("section", { class: "panel", "aria-label": t("map.panel") });
    this.mapBox = h("div", { class: "map", role: "region", "aria-label": t("map.label") });
    this.legendBox = h("div", { class: "legend-box" });
    this.requestButton = h("button", { type: "button", class: "request-button", onclick: () => change({ request: "1" }) },
      icon("M8 7 3 12l5 5M16 7l5 5-5 5"), h("span", {}, t("request.open")));
    fill(main, h("div", { class: "city" }, this.panel,
      h("section", { class: "map-side" }, this.mapBox, this.legendBox, this.requestButton)));
  }

  async start() {
    this.map = newMap(this.mapBox);
    this.points = new PointsLayer({ onPick: (sensor) => change({ sensor: sensor.id }) });
    this.names = communeNames(this.map);
    this.towns = towns(this.map);
    this.map.addLayer(this.points);
    this.setView(read().at);
    this.map.on("moveend", () => this.keepView());
    this.wait();
    addBase(this.map).then((features) => this.outline(features), () => {});
    await this.load();
    onTheme(() => this.show());
    onChange(() => this.show());
    setInterval(() => this.refresh(), AGAIN);
    this.follow();
  }

  wait() {
    const progress = h("p", {}, t("map.loading"));
    fill(this.panel, h("div", { class: "waiting", "aria-busy": "true" },
      h("h1", {}, t("map.title")), progress, [1, 2, 3, 4, 5].map(() => h("i"))));
    document.addEventListener("city", ({ detail: { n, total } }) => {
      if (total > n) progress.textContent = t("map.progress", { n, total });
    });
  }

  async load() {
    try {
      const { types, found } = await this.asked;
      this.types = types;
      this.take(found);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.fail(error);
      return;
    }
    this.show();
  }

  fail(error) {
    fill(this.panel, h("div", { class: "empty", role: "alert" },
      h("h1", {}, t("map.failed")), h("p", {}, error.message),
      h("button", { type: "button", onclick: () => location.reload() }, t("again"))));
  }

  take(page) {
    const taken = page.map(toSensor);
    for (const sensor of taken) this.sensors.set(sensor.id, sensor);
    this.communes.settle(taken);
  }

  outline(features) {
    if (features.length === 0) return;
    this.communes.setOutlines(features);
    this.communes.settle([...this.sensors.values()]);
    if (this.loaded) this.show({ silently: true });
  }

  follow() {
    const types = this.types;
    if (types.length === 0) return;
    follow({
      types,
      onEntities: (page) => {
        this.take(page.filter((entity) => types.includes([entity.type].flat()[0])));
        this.show({ silently: true });
      },
      onGone: (ids) => {
        ids.forEach((id) => this.sensors.delete(id));
        this.show({ silently: true });
      },
      onState: (state) => document.dispatchEvent(new CustomEvent("live", { detail: state })),
    });
  }

  refresh() {
    for (const sensor of this.sensors.values()) sensor.state = stateOf(sensor);
    this.show({ silently: true });
  }

  // ---- the map's section ----

  setView(at) {
    const [lat, lon, zoom] = at.split(",").map(Number);
    if (at && [lat, lon, zoom].every(Number.isFinite)) this.map.setView([lat, lon], zoom, { animate: false });
  }

  keepView() {
    if (!this.loaded) return;
    const { lat, lng } = this.map.getCenter();
    change({ at: `${lat.toFixed(4)},${lng.toFixed(4)},${this.map.getZoom()}` }, { quiet: true });
  }

  fit(sensors = [...this.sensors.values()]) {
    const at = inTheCity(sensors.filter((s) => s.at).map((s) => [s.at[1], s.at[0]]));
    if (at.length > 0) this.map.fitBounds(at, { padding: [36, 36], maxZoom: 14, animate: false });
  }

  /** A commune that was chosen is what one wants to see; so is the city after it. */
  goTo({ commune, at }, sensors) {
    const chosen = this.commune !== undefined && this.commune !== commune;
    if (chosen || (this.commune === undefined && !at)) this.fit(commune ? sensors : undefined);
    if (sensors.length > 0 || !commune) this.commune = commune; // its outline may still come
  }

  toPoints(sensors, scale) {
    const points = sensors.filter((sensor) => sensor.at).map((sensor) => {
      return {
        sensor, lon: sensor.at[0], lat: sensor.at[1],
        colour: sensor.state === "silent" ? neutral() : this.colourOf(sensor),
        hollow: sensor.state === "late" || sensor.state === "silent",
        ring: sensor.state === "abnormal" ? alarm() : undefined,
        label: scale && (() => value(sensor)),
        tip: () => tip(sensor),
      };
    });
    return points.sort((a, b) => Boolean(a.ring) - Boolean(b.ring));
  }

  // ---- all of it ----

  show({ silently = false } = {}) {
    const state = read();
    const sensors = [...this.sensors.values()].filter((sensor) => matches(sensor, state));
    const types = list(state.type).length > 0 ? list(state.type) : this.types;
    const about = model(types[0]);
    this.goTo(state, sensors);
    const scale = types.length === 1 && about.scale ? scaleFor(about.scale, sensors.map((s) => s.main?.value)) : undefined;
    this.names(sensors);
    this.towns([...this.sensors.values()]);
    this.colourOf = (sensor) => scale?.colour(sensor.main?.value) ?? hue(model(sensor.type).hue);
    fill(this.legendBox, sensors.length > 0 && legend(scale && types[0], scale, sensors.find((s) => s.main?.unit)?.main.unit));
    this.points.setPoints(this.toPoints(sensors, scale), state.sensor);
    if (!this.loaded) performance.mark("shown");
    this.loaded = true;
    this.showPanel(state, sensors, silently);
    this.showRequest(state);
  }

  showPanel(state, sensors, silently) {
    if (state.sensor) {
      if (this.sheetOf !== state.sensor) this.openSheet(state.sensor);
      else if (silently) this.sheet?.update(this.sensors.get(state.sensor));
      return;
    }
    const focused = document.activeElement;
    const [id, key] = [focused?.dataset?.id, focused?.dataset?.key];
    const scrolled = this.panel.scrollTop;
    const returning = this.sheetOf;
    this.sheetOf = this.sheet = undefined;
    fill(this.panel, filters(this, state, sensors), this.listOf(sensors, state));
    this.panel.classList.remove("with-sheet");
    if (returning) this.panel.querySelector(`[data-id="${CSS.escape(returning)}"]`)?.focus();
    else if (id || key) this.restoreFocus(id, key, focused);
    if (silently) this.panel.scrollTop = scrolled;
    else say(t("map.found", { n: sensors.length }));
  }

  restoreFocus(id, key, was) {
    const now = this.panel.querySelector(id ? `[data-id="${CSS.escape(id)}"]` : `[data-key="${CSS.escape(key)}"]`);
    now?.focus({ preventScroll: true });
    if (now?.tagName === "INPUT") now.setSelectionRange(was.selectionStart, was.selectionEnd);
  }

  listOf(sensors, state) {
    if (this.sensors.size === 0) {
      const first = command("POST", `${API}/entities`, FIRST);
      return h("div", { class: "empty" }, h("h2", {}, t("empty.title")),
        h("p", {}, t("empty.about")), h("pre", { tabindex: "0" }, h("code", {}, first)), copyButton(() => first),
        h("p", {}, h("a", { href: pageUrl("/pages/import") }, t("empty.import"))),
        h("p", {}, t("empty.demo")), h("pre", { tabindex: "0" }, h("code", {}, `calanque demo --base ${location.origin}`)));
    }
    if (sensors.length === 0) {
      return h("div", { class: "empty" }, h("h2", {}, t("list.none")),
        h("button", { type: "button", onclick: () => change({ type: "", commune: "", state: "", search: "" }) }, t("filters.clear")));
    }
    const queries = this.queries(state, sensors);
    return h("section", { class: "list", "aria-label": t("list.label") }, queries.length === 1 && entityFiles(queries[0]),
      sensorList(sensors, (id) => change({ sensor: id }), { showType: list(state.type).length !== 1, colourOf: this.colourOf }));
  }

  async openSheet(id) {
    this.sheetOf = id;
    this.sheet = undefined;
    this.panel.classList.add("with-sheet");
    const opened = await sheet(id, this.sensors.get(id), { onBack: () => change({ sensor: "" }) });
    if (this.sheetOf !== id) return;
    this.sheet = opened;
    if (opened.sensor && this.sensors.has(id)) {
      this.sensors.set(id, opened.sensor); // with all of its values
      this.communes.settle([opened.sensor]);
    }
    fill(this.panel, opened.element);
    this.panel.scrollTop = 0;
    opened.focus();
    const at = opened.at;
    if (at && !this.map.getBounds().pad(-0.1).contains([at[1], at[0]])) this.map.panTo([at[1], at[0]]);
    if (at && !read().at) this.map.setView([at[1], at[0]], 14, { animate: false });
  }

  // ---- "show this as a request" ----

  requests() {
    const state = read();
    if (state.sensor) {
      const main = this.sensors.get(state.sensor)?.main?.name;
      return [entityRequest(state.sensor), historyRequest(state.sensor, main, since(WEEK))];
    }
    const shown = [...this.sensors.values()].filter((sensor) => matches(sensor, state));
    return this.queries(state, shown, this.boundsIfCut(shown)).map(entitiesRequest);
  }

  boundsIfCut(sensors) {
    const box = this.map.getBounds();
    const cut = sensors.some((s) => s.at && !box.contains([s.at[1], s.at[0]]));
    return cut ? [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()] : undefined;
  }

  /** The parameters that ask for these sensors, which the filters have left: in one question,
   * or in one for each way in which they tell their commune. */
  queries(state, sensors, bounds) {
    const types = list(state.type).length > 0 ? list(state.type) : this.types;
    if ((state.search || (state.state && types.length > 1)) && sensors.length <= MOST_IDS)
      return [{ type: types.join(","), id: sensors.map((sensor) => sensor.id).join(",") }];
    const places = state.commune ? this.communes.queries(state.commune, sensors, [...this.sensors.values()]) : [undefined];
    return places.map((place) => toParams(state, this.types, { place, bounds }));
  }

  showRequest(state) {
    if (!state.request) {
      this.dialog?.close();
      return;
    }
    if (this.dialog) return;
    this.dialog = showRequests(this.requests(), { onClose: () => {
      this.dialog = undefined;
      change({ request: "" });
      this.requestButton.focus();
    } });
  }
}

/** Without those that lie far off, whose coordinates somebody swapped. */
function inTheCity(at) {
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const middle = [median(at.map(([lat]) => lat)), median(at.map(([, lon]) => lon))];
  const away = ([lat, lon]) => Math.hypot(lat - middle[0], lon - middle[1]);
  const far = Math.max(0.2, 10 * median(at.map(away)));
  return at.filter((one) => away(one) <= far);
}

function tip(sensor) {
  return h("div", {}, h("b", {}, sensor.name), h("br"),
    `${value(sensor)} · ${sensor.time === undefined ? t("age.none") : age(sensor.time)}`);
}

/** asked: what askCity() promised. */
export async function mapPage(main, asked) {
  document.title = `Calanque – ${t("map.title")}`;
  document.body.classList.add("full");
  await new City(main, asked).start();
}
