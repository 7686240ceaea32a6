// SPDX-License-Identifier: Apache-2.0
// Elements in one line each.
import { t } from "./text.js";

/** h("a", {href: "/", class: "x", onclick: go}, "text", child): an element. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "css") for (const [k, v] of Object.entries(value)) element.style.setProperty(k, v);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return put(element, children);
}

export function put(element, children) {
  for (const child of [children].flat(9)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren();
  return put(element, children);
}

/** Fills a box anew, and what had the focus in it has it again: the same button or field, by
 * its data-key. */
export function refill(element, ...children) {
  const key = element.contains(document.activeElement) && document.activeElement.dataset.key;
  fill(element, ...children);
  if (key) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  return element;
}

/** A drawing of one path in a box of 24. */
export function icon(path, size = 18) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Read aloud by screen readers, unseen. */
export function say(text) {
  document.getElementById("spoken").textContent = text;
}

/** A button that copies what `text` returns, and says so. */
export function copyButton(text) {
  const label = h("span", {}, t("request.copy"));
  const button = h("button", { type: "button", class: "small", onclick: async () => {
    await navigator.clipboard.writeText(text()).catch(() => {
      const box = h("textarea", {}, text()); // without https there is no clipboard to write to
      button.after(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    });
    label.textContent = t("request.copied");
    say(t("request.copied"));
  } }, icon("M9 9h10v11H9zM5 15V4h10"), label);
  return button;
}
