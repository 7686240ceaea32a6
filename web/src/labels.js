// SPDX-License-Identifier: Apache-2.0
// Names of types and attributes as people say them; others are spelled out.
import { maybe } from "./text.js";

const spell = (name) => {
  const last = name.split(/[/#:]/).pop();
  const words = last.replace(/([a-zà-ÿ0-9])([A-Z])/g, "$1 $2").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const typeLabel = (type) => maybe(`type.${type}`) ?? spell(type);
export const attributeLabel = (name) => maybe(`attr.${name}`) ?? spell(name);
export const wordLabel = (word) => (typeof word === "string" ? maybe(`word.${word}`) ?? word : word);

/** Without what all ids begin with. */
export const shortId = (id) => id.replace(/^urn:ngsi-ld:/, "");
