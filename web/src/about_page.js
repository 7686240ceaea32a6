// SPDX-License-Identifier: Apache-2.0
// What this is, which version, and whose work the pages stand on.
import { optional } from "./broker.js";
import { fill, h } from "./dom.js";
import { t } from "./text.js";

export async function aboutPage(main) {
  document.title = `Calanque – ${t("nav.about")}`;
  const [version, notices] = await Promise.all([
    optional("/version").catch(() => undefined),
    fetch(NOTICES_URL).then((answer) => answer.text(), () => ""),
  ]);
  fill(main, h("div", { class: "page" },
    h("p", { class: "over" }, `Calanque ${version?.version ?? ""}`), h("h1", {}, t("about.title")),
    h("p", { class: "lead" }, t("about.text")),
    h("p", {}, t("about.offline")),
    h("h2", {}, t("about.licences")), h("p", {}, t("about.licencesText")),
    h("details", {}, h("summary", {}, t("about.notices")), h("pre", { tabindex: "0", class: "notices", lang: "en" }, notices))));
}
