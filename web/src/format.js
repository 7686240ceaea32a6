// SPDX-License-Identifier: Apache-2.0
// Numbers, units and times as people here write them.
import { language, lazy, locale, t } from "./text.js";
import { UNITS } from "./units.js";
import { isRatio } from "./models.js";

const relative = lazy(() => new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "long" }));
const STEPS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export function age(time, now = Date.now()) {
  const seconds = Math.round((now - time) / 1000);
  if (Math.abs(seconds) < 60) return t("age.now");
  const [unit, size] = STEPS.find(([, least]) => Math.abs(seconds) >= least);
  return relative().format(-Math.trunc(seconds / size), unit);
}

const moment = lazy(() => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }));
export const date = (time) => moment().format(time);

const second = lazy(() => new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }));
/** To the second, for logs. */
export const dateToSecond = (time) => second().format(time);
const clock = lazy(() => new Intl.DateTimeFormat(locale, { timeStyle: "medium" }));
export const timeOfDay = (time) => clock().format(time);

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

const numbers = [0, 1, 2].map((most) => lazy(() => new Intl.NumberFormat(locale, { maximumFractionDigits: most })));

export function number(value, digits) {
  const most = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return numbers[most]().format(value);
}

export const count = (n) => number(n, 0);

/** [text, unit] of a value; a unit is "" where there is none. */
export function measure(name, value, unit) {
  if (typeof value !== "number") return [words(value), ""];
  if (isRatio(name) && (unit === undefined || unit === "C62")) return [number(value * 100, 0), "%"];
  return [number(value), UNITS[unit] ?? (unit === "C62" ? "" : unit ?? "")];
}

/** The same in one text. */
export function measured(name, value, unit) {
  const [text, symbol] = measure(name, value, unit);
  return symbol ? `${text}\u00a0${symbol}` : text;
}

function words(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return DATE.test(value) && !value.includes("/") ? date(Date.parse(value)) : value;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) return value.map(words).join(", ");
  if (typeof value === "object" && value.addressLocality !== undefined)
    return [value.streetAddress, value.postalCode, value.addressLocality].filter(Boolean).join(", ");
  if (typeof value === "object" && value.coordinates !== undefined) return place(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function place(geometry) {
  const first = geometry.coordinates.flat(9);
  const degrees = (x) => x.toLocaleString(locale, { minimumFractionDigits: 4, maximumFractionDigits: 5 });
  return `${degrees(first[1])}°, ${degrees(first[0])}°`;
}

const order = lazy(() => new Intl.Collator(language, { numeric: true }));
/** As people order names. */
export const collator = { compare: (a, b) => order().compare(a, b) };
