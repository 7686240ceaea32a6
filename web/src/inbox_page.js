// SPDX-License-Identifier: Apache-2.0
// /pages/inbox?name=…: what an inbox received, as it arrives.
import { ask } from "./broker.js";
import { copyButton, fill, h } from "./dom.js";
import { inbox, inboxEndpoint, inboxPath, newName } from "./inbox.js";
import { pageUrl } from "./state.js";
import { t } from "./text.js";

export async function inboxPage(main) {
  const given = new URLSearchParams(location.search).get("name");
  const name = given ?? newName();
  if (!given) history.replaceState(null, "", pageUrl("/pages/inbox", { name }));
  document.title = `Calanque – ${t("inbox.title")}`;
  const address = h("code", {}, "…");
  const box = h("div", {});
  const show = () => fill(box, inbox(name).element);
  fill(main, h("div", { class: "page" },
    h("p", { class: "over" }, h("a", { href: pageUrl("/pages/subscriptions") }, t("subscriptions.over"))),
    h("h1", {}, t("inbox.title")), h("p", { class: "lead" }, t("inbox.about")),
    h("p", { class: "address-line" }, h("span", { class: "soft" }, t("inbox.address")), address, copyButton(() => address.textContent)),
    h("p", { class: "actions" },
      h("a", { class: "button main", href: pageUrl("/pages/subscribe", { inbox: name }) }, t("inbox.subscribe")),
      h("button", { type: "button", onclick: async () => {
        await ask(inboxPath(name), { method: "DELETE" });
        show();
      } }, t("inbox.clear"))),
    box));
  show();
  address.textContent = await inboxEndpoint(name);
}
