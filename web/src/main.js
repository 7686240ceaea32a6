// SPDX-License-Identifier: Apache-2.0
// Which page is it?  The document is the same everywhere; the address decides.
import { h, fill } from "./dom.js";
import { topBar } from "./top_bar.js";
import { language, t } from "./text.js";

const PAGES = {
  "/": async () => (await import("./map_page.js")).mapPage,
  "/pages/types": async () => (await import("./types_page.js")).typesPage,
  "/pages/subscriptions": async () => (await import("./subscriptions_page.js")).subscriptionsPage,
  "/pages/checks": async () => (await import("./checks_page.js")).checksPage,
  "/pages/api": async () => (await import("./api_page.js")).apiPage,
  "/pages/about": async () => (await import("./about_page.js")).aboutPage,
};

async function start() {
  const main = document.getElementById("main");
  const path = location.pathname.replace(/(.)\/$/, "$1");
  document.documentElement.lang = language;
  fill(document.getElementById("skip"), t("skip"));
  topBar(document.getElementById("top"), path);
  const page = PAGES[path] ?? (path.startsWith("/pages/")
    ? async () => (box) => fill(box, h("div", { class: "page" }, h("h1", {}, t("page.none")), h("p", {}, h("a", { href: "/" }, t("nav.map")))))
    : async () => (await import("./resource_page.js")).resourcePage);
  await (await page())(main);
}

start();
