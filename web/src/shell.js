// SPDX-License-Identifier: Apache-2.0
// What all pages have around them.
import { fill } from "./dom.js";
import { language, t } from "./text.js";
import { topBar } from "./top_bar.js";

/** Puts it there; returns the box of the page itself. */
export function shell(path) {
  document.documentElement.lang = language;
  fill(document.getElementById("skip"), t("skip"));
  topBar(document.getElementById("top"), path);
  return document.getElementById("main");
}
