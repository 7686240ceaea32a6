// SPDX-License-Identifier: Apache-2.0
// The bar that all pages have: where one is, where else one can go, is it live.
import { fill, h } from "./dom.js";
import { pageUrl } from "./state.js";
import { language, t } from "./text.js";

const PLACES = [["/", "map"], ["/pages/types", "types"], ["/pages/import", "import"], ["/pages/subscriptions", "subscriptions"],
  ["/pages/checks", "checks"], ["/pages/api", "api"], ["/pages/about", "about"]];

// Pages that are reached from another one, to which they belong.
const WITHIN = { "/pages/subscription": "/pages/subscriptions", "/pages/subscribe": "/pages/subscriptions", "/pages/inbox": "/pages/subscriptions" };

function mark() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  for (const [d, name] of [["M4 19 12 7l3.6 5.6L18.4 9 28 19z", "cliff"],
    ["M3 24c2.7 0 2.7-1.8 5.4-1.8S11 24 13.700 24s2.700-1.800 5.400-1.800 2.700 1.800 5.400 1.800 2.700-1.800 5.400-1.800", "wave"]]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    path.classList.add(name);
    svg.append(path);
  }
  return svg;
}

function otherLanguage() {
  const other = language === "fr" ? "en" : "fr";
  return h("a", {
    class: "language", lang: other, hreflang: other, href: `?lang=${other}`,
    onclick: (event) => { // the rest of the address stays as it is at that moment
      event.preventDefault();
      const params = new URLSearchParams(location.search);
      params.set("lang", other);
      location.assign(`${location.pathname}?${params}`);
    },
  }, other === "fr" ? "Français" : "English");
}

export function topBar(header, path) {
  const live = h("span", { class: "live", role: "status" });
  document.addEventListener("live", ({ detail }) => {
    live.className = `live ${detail}`;
    fill(live, h("i"), t(`live.${detail}`));
  });
  const nav = h("nav", { "aria-label": t("nav.label") }, PLACES.map(([to, name]) =>
    h("a", { href: pageUrl(to), "aria-current": to === (WITHIN[path] ?? path) && "page" }, t(`nav.${name}`))));
  fill(header, h("a", { class: "brand", href: pageUrl("/") }, mark(), h("span", {}, "Calanque")), nav,
    h("div", { class: "right" }, live, otherLanguage()));
  const here = path !== "/" && nav.querySelector("[aria-current]"); // on a telephone not all fit
  if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
}
