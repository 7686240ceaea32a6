// SPDX-License-Identifier: Apache-2.0
// An entity (concise) becomes what the pages show of it.
import { DESCRIPTIVE, isRatio, model } from "./models.js";

export const STATES = ["fresh", "late", "silent", "abnormal"];
const LATE = 2.5; // times the usual interval
const SILENT = 86400000; // ms, or four intervals where that is longer

/** One attribute: {name, value, unit, time, object, geometry}; the instance without dataset. */
function reading(name, attribute) {
  const one = Array.isArray(attribute) && attribute.some((a) => a && typeof a === "object" && ("value" in a || "object" in a))
    ? attribute.find((a) => a.datasetId === undefined) ?? attribute[0]
    : attribute;
  if (one === null || typeof one !== "object" || Array.isArray(one)) return { name, value: one };
  if ("object" in one) return { name, object: one.object, time: instant(one.observedAt) };
  if ("languageMap" in one) return { name, value: Object.values(one.languageMap)[0], time: instant(one.observedAt) };
  if ("vocab" in one) return { name, value: one.vocab, time: instant(one.observedAt) };
  if ("json" in one) return { name, value: one.json, time: instant(one.observedAt) };
  if (!("value" in one)) return { name, value: one };
  return { name, value: one.value, unit: one.unitCode, time: instant(one.observedAt) };
}

const instant = (text) => (text === undefined ? undefined : Date.parse(text));

/** [lon, lat] of what a geometry is about: the middle of its box. */
export function centre(geometry) {
  if (!geometry || !Array.isArray(geometry.coordinates)) return undefined;
  const numbers = geometry.coordinates.flat(9);
  const step = geometry.coordinates.flat(9).length / countPositions(geometry.coordinates);
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < numbers.length; i += step) {
    west = Math.min(west, numbers[i]);
    east = Math.max(east, numbers[i]);
    south = Math.min(south, numbers[i + 1]);
    north = Math.max(north, numbers[i + 1]);
  }
  return west === Infinity ? undefined : [(west + east) / 2, (south + north) / 2];
}

function countPositions(coordinates) {
  if (typeof coordinates[0] === "number") return 1;
  return coordinates.reduce((n, part) => n + countPositions(part), 0);
}

/** What of a sensor is out of the ordinary, if anything. */
function oddity(sensor) {
  const { main, range, good } = model(sensor.type);
  const value = sensor.main?.value;
  const status = sensor.values.find((v) => v.name === "status");
  if (range && typeof value === "number" && (value < range[0] || value > range[1])) return sensor.main;
  if (main && isRatio(main) && typeof value === "number" && value > 1) return sensor.main;
  return good && typeof status?.value === "string" && !good.includes(status.value) ? status : undefined;
}

export function stateOf(sensor, now = Date.now()) {
  if (sensor.time === undefined) return sensor.odd && "abnormal";
  const usual = (model(sensor.type).every ?? 3600) * 1000;
  const age = now - sensor.time;
  if (age > Math.max(SILENT, 4 * usual)) return "silent";
  if (sensor.odd) return "abnormal";
  return age > LATE * usual ? "late" : "fresh";
}

export function toSensor(entity) {
  const type = [entity.type].flat()[0];
  const about = model(type);
  const values = [];
  const facts = [];
  const links = [];
  for (const [name, attribute] of Object.entries(entity)) {
    if (["id", "type", "scope", "@context", "createdAt", "modifiedAt"].includes(name)) continue;
    const one = reading(name, attribute);
    if (one.object !== undefined) links.push(one);
    else if (one.time !== undefined && !DESCRIPTIVE.has(name)) values.push(one);
    else facts.push(one);
  }
  const plain = Object.fromEntries([...facts, ...values].map((one) => [one.name, one.value]));
  const times = values.map((one) => one.time).filter((time) => !Number.isNaN(time));
  const sensor = {
    id: entity.id, type, types: [entity.type].flat(), values, facts, links,
    name: plain.name ?? entity.id.split(":").pop(),
    locality: plain.address?.addressLocality,
    area: typeof plain.areaServed === "string" ? plain.areaServed : undefined,
    scope: [entity.scope ?? []].flat(),
    at: centre(plain.location),
    time: times.length > 0 ? Math.max(...times) : undefined,
    main: values.find((one) => one.name === about.main) ?? facts.find((one) => one.name === about.main) ?? values.find((one) => typeof one.value === "number"),
  };
  sensor.commune = sensor.locality ?? sensor.area;
  sensor.odd = oddity(sensor);
  sensor.state = stateOf(sensor);
  return sensor;
}
