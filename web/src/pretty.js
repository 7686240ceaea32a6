// SPDX-License-Identifier: Apache-2.0
// JSON as it is read best: names, texts and numbers apart.
import { h } from "./dom.js";

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

export function pretty(value, label) {
  const text = JSON.stringify(value, null, 2);
  const code = h("code", {});
  let at = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [all, string, colon, word] = found;
    const shown = string ?? all;
    code.append(text.slice(at, found.index), h("span", { class: colon ? "j-name" : string ? "j-text" : word ? "j-word" : "j-number" }, shown));
    at = found.index + shown.length;
  }
  code.append(text.slice(at));
  return h("pre", { tabindex: "0", class: "pretty", "aria-label": label }, code);
}
