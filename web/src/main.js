// SPDX-License-Identifier: Apache-2.0
// Which page is it?  The document is the same for all but the home page; the address decides.
import { h, fill } from "./dom.js";
import { shell } from "./shell.js";
import { t } from "./text.js";

const PAGES = {
  types: async () => (await import("./types_page.js")).typesPage,
  import: async () => (await import("./import_page.js")).importPage,
  subscriptions: async () => (await import("./subscriptions_page.js")).subscriptionsPage,
  subscription: async () => (await import("./subscription_page.js")).subscriptionPage,
  subscribe: async () => (await import("./subscribe_page.js")).subscribePage,
  inbox: async () => (await import("./inbox_page.js")).inboxPage,
  checks: async () => (await import("./checks_page.js")).checksPage,
  api: async () => (await import("./api_page.js")).apiPage,
  about: async () => (await import("./about_page.js")).aboutPage,
};

const none = (box) => fill(box, h("div", { class: "page" }, h("h1", {}, t("page.none")), h("p", {}, h("a", { href: "/" }, t("nav.map")))));

async function start() {
  const path = location.pathname.replace(/(.)\/$/, "$1");
  const main = shell(path);
  const [, name] = path.match(/^\/pages\/(.*)/) ?? [];
  if (name === undefined) await (await import("./resource_page.js")).resourcePage(main);
  else await (PAGES[name] ? await PAGES[name]() : none)(main);
}

start();
