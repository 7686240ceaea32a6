// SPDX-License-Identifier: Apache-2.0
// What was warned of and refused lately, with the mend.
import { checkItem, checks } from "./checks.js";
import { fill, h } from "./dom.js";
import { t } from "./text.js";

export async function checksPage(main) {
  document.title = `Calanque – ${t("nav.checks")}`;
  const box = h("div", { class: "page" }, h("p", { class: "over" }, t("checks.over")), h("h1", {}, t("checks.title")), h("p", { class: "lead" }, t("checks.about")));
  fill(main, box);
  const found = await checks({ limit: 100 }).catch((error) => error);
  if (found instanceof Error) box.append(h("p", { role: "alert" }, found.message));
  else if (found.length === 0) box.append(h("p", { class: "empty" }, t("checks.none")));
  else box.append(h("ul", { class: "checks" }, found.map((one) => checkItem(one))));
}
