// SPDX-License-Identifier: Apache-2.0
// A curve over time, and the same in numbers for who cannot see it.
import uPlot from "uplot";
import { h } from "./dom.js";
import { date, measured, number, measure } from "./format.js";
import { locale, t } from "./text.js";

const axisDate = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const axisTime = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });

/** points: [[ms, value]], oldest first; only the last instance of a moment is kept. */
export function curve(name, unit, points, colour, { from, to }) {
  const byTime = [...new Map(points.map(([time, value]) => [Math.round(time / 1000), value]))].sort((a, b) => a[0] - b[0]);
  const values = byTime.map(([, value]) => value);
  const [, symbol] = measure(name, 1, unit);
  const factor = symbol === "%" && unit !== "P1" ? 100 : 1;
  const box = h("div", { class: "curve" });
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const about = t("curve.about", { count: values.length, least: measured(name, least, unit), most: measured(name, most, unit) });
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", about);
  const style = getComputedStyle(document.documentElement);
  const token = (key) => style.getPropertyValue(key).trim();
  const font = '12px "Source Sans 3 Variable", sans-serif';
  const axis = { stroke: token("--soft"), font, ticks: { show: false }, grid: { stroke: token("--line"), width: 1 } };
  const readout = h("p", { class: "readout" }, about);
  const plot = new uPlot({
    width: 320, height: 170, legend: { show: false }, cursor: { y: false, points: { size: 7 } },
    scales: {
      x: { range: [from / 1000, to / 1000] },
      y: { range: (_, low, high) => padded(low, high, factor === 100) },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_, at) => at.map((s) => tick(s * 1000)), space: 60 },
      { ...axis, size: 46, space: 28, values: (_, at) => at.map((v) => number(v, 2)) },
    ],
    series: [{}, { stroke: colour, width: 1.8, fill: `${colour}1f`, points: { show: values.length < 3 } }],
    hooks: {
      setCursor: [({ cursor: { idx } }) => {
        readout.textContent = idx === null || idx === undefined
          ? about
          : `${date(byTime[idx][0] * 1000)} · ${measured(name, values[idx], unit)}`;
      }],
    },
  }, [byTime.map(([time]) => time), values.map((value) => value * factor)], box);
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width > 0) plot.setSize({ width: contentRect.width, height: 170 });
  }).observe(box);
  return h("figure", { class: "figure" }, box, readout);
}

const tick = (ms) => (new Date(ms).getHours() === 0 ? axisDate : axisTime).format(ms);

function padded(low, high, isShare) {
  if (isShare) return [0, Math.max(100, high)];
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}
