// SPDX-License-Identifier: Apache-2.0
// Columns with names that people gave them are what the profile's labels call so:
// taux_remplissage is "Taux de remplissage", fillingLevel.
import { columnOf } from "./import_mapping.js";

const SMALL = new Set(["de", "du", "des", "d", "la", "le", "les", "l", "en", "of", "the", "at", "a"]);

const words = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/).filter((word) => word && !SMALL.has(word));

/** How much of both is the same, from 0 to 1. */
function likeness(a, b) {
  const both = a.filter((word) => b.includes(word)).length;
  return both === 0 ? 0 : (2 * both) / (a.length + b.length);
}

const ENOUGH = 0.75;

/** Could these cells be such values? */
function fits({ schema = {} }, values) {
  if (schema.enum) return values.every((value) => value === "" || schema.enum.includes(value));
  return !["object", "array"].includes(schema.type) && !schema.oneOf;
}

function meant(column, values, profile, taken) {
  let best = { like: ENOUGH - 0.001 };
  for (const attribute of profile.attributes) {
    if (taken.has(attribute.name) || !fits(attribute, values)) continue;
    for (const label of [attribute.label?.fr, attribute.label?.en, attribute.name].filter(Boolean)) {
      const like = likeness(words(column), words(label));
      if (like > best.like) best = { like, attribute };
    }
  }
  return best.attribute;
}

/** Of a fraction, cells are more than one where per cent is meant. */
const isPercent = ({ schema = {} }, values) => schema.minimum === 0 && schema.maximum === 1 && values.some((value) => Number(value.replace(",", ".")) > 1);

/** Names, in a proposed mapping, what the profile knows by a label. */
export function nameColumns(mapping, preview, profile) {
  if (!profile) return mapping;
  const known = new Set(profile.attributes.map(({ name }) => name));
  const taken = new Set(Object.keys(mapping.attributes));
  const attributes = {};
  for (const [name, spec] of Object.entries(mapping.attributes)) {
    const column = columnOf(spec);
    const values = preview.rows.map((row) => row[preview.columns.indexOf(column)] ?? "");
    const attribute = column && !known.has(name) ? meant(column, values, profile, taken) : undefined;
    if (!attribute) {
      attributes[name] = spec;
      continue;
    }
    taken.add(attribute.name);
    attributes[attribute.name] = { ...(typeof spec === "object" ? spec : { column }), ...(isPercent(attribute, values) && { scale: 0.01 }) };
  }
  return { ...mapping, attributes };
}
