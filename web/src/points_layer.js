// SPDX-License-Identifier: Apache-2.0
// Points on one canvas: tens of thousands stay fluid, since a point is no object of the
// map's but a stamp that is drawn once a colour and copied.
import L from "leaflet";

const LABELS = 60; // values are written where no more points than that are in sight
const FONT = '600 12px "Source Sans 3 Variable", sans-serif';
const CELL = 32; // pixels: points are looked up by cells

const cellOf = (x, y) => Math.floor(x / CELL) * 4096 + Math.floor(y / CELL);

export const PointsLayer = L.Layer.extend({
  initialize({ onPick }) {
    this.onPick = onPick;
    this.points = [];
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "points leaflet-zoom-hide");
    this.canvas.setAttribute("aria-hidden", "true");
    map.getPane("overlayPane").append(this.canvas);
    map.on("moveend resize viewreset", this.draw, this);
    map.on("click", this.pick, this);
    map.on("mousemove", this.hover, this);
    document.fonts.load(FONT).then(() => this._map && this.draw()); // labels wait for it
    this.draw();
  },

  onRemove(map) {
    map.off("moveend resize viewreset", this.draw, this);
    map.off("click", this.pick, this);
    map.off("mousemove", this.hover, this);
    this.canvas.remove();
  },

  /** points: {sensor, lat, lon, colour, ring, hollow, label}; the last ones lie on top. */
  setPoints(points, selected) {
    this.points = points;
    this.selected = selected;
    if (this._map) this.draw();
  },

  radius() {
    const zoom = this._map.getZoom();
    const base = this.points.length > 3000 ? 3 : 4.5;
    return Math.min(9, base + Math.max(0, zoom - 10) * 0.9);
  },

  stamp(point, radius, ratio) {
    const key = `${point.colour}${point.ring}${point.hollow}`;
    if (this.stamps.has(key)) return this.stamps.get(key);
    const size = Math.ceil((radius + 4) * 2 * ratio);
    const canvas = document.createElement("canvas");
    const ink = canvas.getContext("2d");
    canvas.width = canvas.height = size;
    ink.scale(ratio, ratio);
    const middle = size / ratio / 2;
    const circle = (r) => {
      ink.beginPath();
      ink.arc(middle, middle, r, 0, 2 * Math.PI);
    };
    if (point.ring) {
      circle(radius + 2.6);
      ink.strokeStyle = point.ring;
      ink.lineWidth = 1.8;
      ink.stroke();
    }
    circle(radius);
    ink.fillStyle = point.hollow ? this.paper : point.colour;
    ink.fill();
    ink.lineWidth = point.hollow ? 2 : 1.2;
    ink.strokeStyle = point.hollow ? point.colour : this.paper;
    circle(radius - (point.hollow ? 1 : 0));
    ink.stroke();
    this.stamps.set(key, canvas);
    return canvas;
  },

  draw() {
    const map = this._map;
    const size = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    const origin = map.containerPointToLayerPoint([0, 0]);
    const ink = this.canvas.getContext("2d");
    const style = getComputedStyle(map.getContainer());
    this.paper = style.getPropertyValue("--paper").trim();
    this.ink = style.getPropertyValue("--ink").trim();
    L.DomUtil.setPosition(this.canvas, origin);
    this.canvas.width = size.x * ratio;
    this.canvas.height = size.y * ratio;
    this.canvas.style.width = `${size.x}px`;
    this.canvas.style.height = `${size.y}px`;
    ink.scale(ratio, ratio);
    this.stamps = new Map();
    this.cells = new Map();
    this.place(size, ink, ratio);
  },

  place(size, ink, ratio) {
    const map = this._map;
    const radius = this.radius();
    const labels = [];
    for (const point of this.points) {
      const { x, y } = map.latLngToContainerPoint([point.lat, point.lon]);
      if (x < -20 || y < -20 || x > size.x + 20 || y > size.y + 20) continue;
      const stamp = this.stamp(point, radius, ratio);
      const half = stamp.width / ratio / 2;
      ink.drawImage(stamp, x - half, y - half, half * 2, half * 2);
      const cell = cellOf(x, y);
      const there = this.cells.get(cell);
      if (there) there.push({ x, y, point });
      else this.cells.set(cell, [{ x, y, point }]);
      if (point.sensor.id === this.selected) this.mark(ink, x, y, radius);
      if (point.label) labels.push({ x, y, label: point.label });
    }
    if (labels.length <= LABELS || map.getZoom() >= 13) this.write(ink, labels.slice(-300), radius);
  },

  mark(ink, x, y, radius) {
    ink.beginPath();
    ink.arc(x, y, radius + 6, 0, 2 * Math.PI);
    ink.strokeStyle = this.ink;
    ink.lineWidth = 2.5;
    ink.stroke();
  },

  // Labels that would cover another one are left out.
  write(ink, labels, radius) {
    const taken = [];
    ink.font = FONT;
    ink.textBaseline = "middle";
    ink.lineJoin = "round";
    for (const { x, y, label } of labels.reverse()) {
      const text = label();
      const left = x + radius + 5;
      const width = ink.measureText(text).width;
      const box = [left - 2, y - 9, left + width + 2, y + 9];
      if (taken.some((t) => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1])) continue;
      taken.push(box);
      ink.strokeStyle = this.paper;
      ink.lineWidth = 3.5;
      ink.strokeText(text, left, y);
      ink.fillStyle = this.ink;
      ink.fillText(text, left, y);
    }
  },

  nearest({ x, y }, reach) {
    let best;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const one of this.cells.get(cellOf(x + dx * CELL, y + dy * CELL)) ?? []) {
          const away = Math.hypot(one.x - x, one.y - y);
          if (away <= reach && (!best || away <= best.away)) best = { away, ...one };
        }
      }
    }
    return best;
  },

  pick(event) {
    const found = this.nearest(event.containerPoint, this.radius() + 7);
    if (found) this.onPick(found.point.sensor);
  },

  hover(event) {
    const found = this.nearest(event.containerPoint, this.radius() + 4);
    const map = this._map;
    map.getContainer().classList.toggle("on-point", Boolean(found));
    if (!found) {
      this.tip?.remove();
      this.tipped = undefined;
      return;
    }
    if (this.tipped === found.point) return;
    this.tipped = found.point;
    this.tip ??= L.tooltip({ direction: "top", offset: [0, -8], className: "tip" });
    this.tip.setLatLng([found.point.lat, found.point.lon]).setContent(found.point.tip()).addTo(map);
  },
});
