// SPDX-License-Identifier: Apache-2.0
// In which commune a sensor is, and how to ask the broker for those of one.  Its scope says
// so, its address, the area that it serves, or else the outline in which it lies.
import { contains, geoQuery, simplified } from "./geometry.js";

const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[\s_'’-]+/g, " ").toLowerCase();

/** The digits of a scope such as insee_13055, whose levels begin with a letter. */
const code = (part) => part.replace(/^\D+/, "");

export class Communes {
  constructor() {
    this.known = new Map(); // folded names and codes -> name
    this.outlines = new Map(); // name -> geometry
  }

  /** Features with `nom` or `name`, and perhaps INSEE's `code`, which scopes may have. */
  setOutlines(features) {
    for (const { geometry, properties } of features) {
      const name = properties?.nom ?? properties?.name;
      if (!name || !geometry) continue;
      this.outlines.set(name, geometry);
      for (const word of [name, properties.code, properties.insee]) if (word) this.known.set(fold(String(word)), name);
    }
  }

  /** Sets `commune` of all, and `communeBy`: what told it. */
  settle(sensors) {
    for (const { locality } of sensors) if (locality) this.known.set(fold(locality), this.known.get(fold(locality)) ?? locality);
    for (const sensor of sensors) {
      const told = this.tell(sensor);
      sensor.commune = told?.name;
      sensor.communeBy = told?.by;
      sensor.communeScope = told?.scope;
    }
  }

  tell(sensor) {
    const { locality, area, at } = sensor;
    const scoped = this.byScope(sensor.scope, (part) => this.known.get(fold(part)) ?? this.known.get(code(part)));
    if (scoped) return scoped;
    if (locality) return { name: locality, by: "address" };
    if (area) return { name: area, by: "areaServed" };
    for (const [name, geometry] of at ? this.outlines : []) if (contains(geometry, at)) return { name, by: "outline" };
    return this.byScope(sensor.scope, (name, before) => (["commune", "communes"].includes(before) ? name : undefined))
      ?? this.byScope(sensor.scope, (name) => name);
  }

  /** The first part of a scope that names one, and the scope up to there. */
  byScope(scopes, toName) {
    for (const scope of scopes) {
      const parts = scope.split("/").filter(Boolean);
      for (const [i, part] of parts.entries()) {
        const name = toName(part, parts[i - 1]);
        if (name) return { name, by: "scope", scope: `/${parts.slice(0, i + 1).join("/")}` };
      }
    }
    return undefined;
  }

  /** What to ask for, for each way in which these sensors of a commune told it. */
  queries(name, sensors, all) {
    const ways = new Set(sensors.map((sensor) => sensor.communeBy));
    const found = [];
    const text = JSON.stringify(name);
    const words = [ways.has("address") && `address[addressLocality]==${text}`, ways.has("areaServed") && `areaServed==${text}`].filter(Boolean);
    if (words.length > 0 || ways.size === 0) found.push({ q: words.length > 1 ? `(${words.join("|")})` : words[0] ?? `address[addressLocality]==${text}` });
    const scopes = new Set(sensors.map((sensor) => sensor.communeScope).filter(Boolean));
    if (scopes.size > 0) found.push({ scopeQ: [...scopes].map((scope) => `${scope}/#`).join(",") });
    if (ways.has("outline")) found.push(geoQuery("within", simplified(this.outlines.get(name), all.map((sensor) => sensor.at).filter(Boolean))));
    return found;
  }
}
