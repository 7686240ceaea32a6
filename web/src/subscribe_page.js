// SPDX-License-Identifier: Apache-2.0
// /pages/subscribe: a first subscription without a server of one's own.  What is chosen is
// shown as the request that it is; what arrives is shown as it arrives.
import { API, entities, json, send } from "./broker.js";
import { copyButton, fill, h } from "./dom.js";
import { measured, number } from "./format.js";
import { inbox, inboxEndpoint, newName } from "./inbox.js";
import { attributeLabel, typeLabel } from "./labels.js";
import { DESCRIPTIVE, isRatio, model } from "./models.js";
import { command } from "./request.js";
import { change, pageUrl } from "./state.js";
import { SUBSCRIPTIONS, nameOf, oneOf, sentence } from "./subscription.js";
import { t } from "./text.js";

const COMPARISONS = { "": "change", ">": "above", "<": "below", "==": "equal" };
const SAMPLE = 1000;

const option = (value, text, selected) => h("option", { value, selected }, text);

/** The numbers, or the words, that an attribute has now. */
async function present(type, attribute) {
  const found = [];
  await entities({ type, format: "simplified", pick: `id,${attribute}` }, (page) => found.push(...page), { most: SAMPLE });
  return found.map((entity) => entity[attribute]).filter((value) => value !== undefined);
}

function describe(values, attribute) {
  const numbers = values.filter((value) => typeof value === "number");
  if (values.length === 0) return t("subscribe.noValues");
  if (numbers.length === 0) return t("subscribe.words", { words: [...new Set(values.filter((value) => typeof value === "string"))].slice(0, 6).join(", ") || "–" });
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return [t("subscribe.range", { low: number(low), high: number(high) }),
    isRatio(attribute) && ` ${t("subscribe.ratio", { low: measured(attribute, low), high: measured(attribute, high) })}`];
}

const holds = (value, comparison, wanted) => {
  if (comparison === ">") return value > wanted;
  if (comparison === "<") return value < wanted;
  return comparison === "" || value === wanted;
};

class Form {
  constructor({ types, name, onMade }) {
    this.types = types;
    this.inbox = name;
    this.onMade = onMade;
    this.type = h("select", { name: "type", onchange: () => this.chooseType() },
      types.map(({ typeName }) => option(typeName, typeLabel(typeName), typeName === "WasteContainer")));
    this.attribute = h("select", { name: "attribute", onchange: () => this.chooseAttribute() });
    this.comparison = h("select", { name: "comparison", onchange: () => this.show() },
      Object.entries(COMPARISONS).map(([sign, word]) => option(sign, t(`subscribe.${word}`), sign === ">")));
    this.value = h("input", { name: "value", autocomplete: "off", size: 8, oninput: () => this.show() });
    this.title = h("input", { name: "name", autocomplete: "off", oninput: () => this.show() });
    this.hint = h("p", { class: "soft hint" });
    this.preview = h("div", { class: "preview" });
    this.failed = h("p", { role: "alert", class: "failed" });
    this.values = [];
    this.element = this.lay();
    this.chooseType();
  }

  lay() {
    const field = (label, input, more = "") => h("label", { class: `field ${more}` }, h("span", {}, t(`subscribe.${label}`)), input);
    return h("form", { class: "form subscribe", onsubmit: (event) => {
      event.preventDefault();
      this.make();
    } },
    h("div", { class: "form-row" }, field("type", this.type), field("attribute", this.attribute)),
    h("div", { class: "form-row" }, field("comparison", this.comparison), this.valueField = field("value", this.value)),
    this.hint, field("name", this.title), this.preview,
    h("p", { class: "actions" }, h("button", { class: "main" }, t("subscribe.make"))), this.failed);
  }

  chooseType() {
    const type = this.type.value;
    const { main, also } = model(type);
    const names = this.types.find((one) => one.typeName === type).attributeNames.filter((name) => !DESCRIPTIVE.has(name));
    names.sort((a, b) => attributeLabel(a).localeCompare(attributeLabel(b)));
    fill(this.attribute, names.map((name) => option(name, attributeLabel(name), name === ([main, ...also].find((one) => names.includes(one)) ?? names[0]))));
    this.chooseAttribute();
  }

  async chooseAttribute() {
    const [type, attribute] = [this.type.value, this.attribute.value];
    this.values = [];
    this.value.value = "";
    this.show();
    const values = await present(type, attribute).catch(() => []);
    if (type !== this.type.value || attribute !== this.attribute.value) return;
    this.values = values;
    const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
    if (numbers.length > 0) this.value.value = String(isRatio(attribute) ? 0.8 : Number(numbers[Math.floor(numbers.length * 0.8)].toPrecision(2)));
    this.comparison.value = numbers.length > 0 ? ">" : "";
    this.show();
  }

  wanted() {
    const text = this.value.value.trim();
    const asNumber = Number(text.replace(",", "."));
    return text !== "" && !Number.isNaN(asNumber) ? asNumber : text;
  }

  subscription() {
    const [type, attribute, comparison, wanted] = [this.type.value, this.attribute.value, this.comparison.value, this.wanted()];
    return {
      type: "Subscription",
      subscriptionName: this.title.value.trim() || `${typeLabel(type)} – ${attributeLabel(attribute)}${comparison && ` ${comparison} ${typeof wanted === "number" ? number(wanted) : wanted}`}`,
      entities: [{ type }],
      watchedAttributes: [attribute],
      ...(comparison && { q: `${attribute}${comparison}${typeof wanted === "number" ? wanted : JSON.stringify(wanted)}` }),
      notification: { format: "concise", endpoint: { uri: this.endpoint ?? "…" } },
    };
  }

  show() {
    const [attribute, comparison] = [this.attribute.value, this.comparison.value];
    this.valueField.hidden = comparison === "";
    this.value.required = comparison !== "";
    const already = this.values.filter((value) => holds(value, comparison, this.wanted())).length;
    fill(this.hint, describe(this.values, attribute), comparison !== "" && this.values.length > 0 && [" ", t("subscribe.already", { n: already })]);
    const subscription = this.subscription();
    this.title.placeholder = subscription.subscriptionName;
    const text = command("POST", SUBSCRIPTIONS, subscription);
    fill(this.preview, sentence(subscription), h("details", {}, h("summary", {}, t("subscribe.asRequest")),
      h("div", { class: "request" }, h("header", {}, copyButton(() => text)), h("pre", { tabindex: "0" }, h("code", {}, text)))));
  }

  async make() {
    fill(this.failed, "");
    try {
      const answer = await send("POST", SUBSCRIPTIONS, this.subscription());
      const id = decodeURIComponent(answer.headers.get("Location").split("/").pop());
      this.onMade(id, this.sample());
    } catch (error) {
      fill(this.failed, error.message);
    }
  }

  /** An entity that the subscription would be told of. */
  sample() {
    const [comparison, wanted] = [this.comparison.value, this.wanted()];
    const step = { ">": 1, "<": -1 }[comparison] ?? 0;
    const value = typeof wanted !== "number" || comparison === "" ? (comparison === "" ? this.values[0] ?? 1 : wanted)
      : isRatio(this.attribute.value) ? Math.min(1, Math.max(0, wanted + step * 0.05)) : wanted + step;
    return { type: this.type.value, attribute: this.attribute.value, value };
  }
}

// ---- it is there: what arrives?

async function trial({ type, attribute, value }) {
  const id = `urn:ngsi-ld:${type.split(/[/#]/).pop()}:essai-${newName()}`;
  const entity = { id, type, name: t("subscribe.trialName"), [attribute]: { value: typeof value === "number" ? Number(value.toPrecision(6)) : value, observedAt: new Date().toISOString() } };
  await send("POST", `${API}/entities`, entity);
  await send("DELETE", `${API}/entities/${id}`);
}

async function watching(main, id, name, sample) {
  const subscription = await json(oneOf(id));
  const arrived = h("p", { class: "said", role: "status" });
  const box = inbox(name, { onMessage: (n) => fill(arrived, n > 0 && t("subscribe.arrived", { n })) });
  const failed = h("p", { role: "alert", class: "failed" });
  fill(main, h("div", { class: "page" },
    h("p", { class: "over" }, h("a", { href: pageUrl("/pages/subscriptions") }, t("subscriptions.over"))),
    h("h1", {}, t("subscribe.made")), h("p", { class: "lead" }, nameOf(subscription)), sentence(subscription), arrived,
    h("p", { class: "actions" },
      sample && h("button", { type: "button", class: "main", onclick: async () => {
        fill(failed, "");
        await trial(sample).catch((error) => fill(failed, error.message));
      } }, t("subscribe.try")),
      h("a", { class: "button", href: pageUrl("/pages/subscription", { id }) }, t("subscribe.sheet"))),
    sample && h("p", { class: "soft" }, t("subscribe.tryAbout")), failed, box.element));
}

/** What a value in the address says that one may try, after the page was loaded again. */
function remembered(params) {
  try {
    return JSON.parse(params.get("sample"));
  } catch {
    return undefined;
  }
}

export async function subscribePage(main) {
  const params = new URLSearchParams(location.search);
  const name = params.get("inbox") ?? newName();
  document.title = `Calanque – ${t("subscribe.title")}`;
  if (params.get("id")) {
    await watching(main, params.get("id"), name, remembered(params));
    return;
  }
  const box = h("div", {}, h("p", { class: "soft", "aria-busy": "true" }, t("loading")));
  fill(main, h("div", { class: "page narrow" },
    h("p", { class: "over" }, h("a", { href: pageUrl("/pages/subscriptions") }, t("subscriptions.over"))),
    h("h1", {}, t("subscribe.title")), h("p", { class: "lead" }, t("subscribe.about")), box));
  const found = await json(`${API}/types?details=true`).catch((error) => error);
  if (found instanceof Error || found.length === 0) {
    fill(box, h("p", { role: "alert" }, found.message ?? t("empty.title")));
    return;
  }
  const form = new Form({ types: found.sort((a, b) => typeLabel(a.typeName).localeCompare(typeLabel(b.typeName))), name, onMade: (id, sample) => {
    change({ inbox: name, id, sample: JSON.stringify(sample) }, { quiet: true });
    watching(main, id, name, sample);
  } });
  fill(box, form.element);
  form.endpoint = await inboxEndpoint(name);
  form.show();
}
