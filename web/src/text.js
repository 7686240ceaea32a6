// SPDX-License-Identifier: Apache-2.0
// All that is said, in the language of the browser: fr.json and en.json have the same keys.
import fr from "./fr.json";
import en from "./en.json";

const catalogues = { fr, en };
const chosen = new URLSearchParams(location.search).get("lang");

export const language = catalogues[chosen]
  ? chosen
  : (navigator.languages ?? [navigator.language])
      .map((name) => name.slice(0, 2))
      .find((name) => catalogues[name]) ?? "en";
export const locale = language === "fr" ? "fr-FR" : "en-GB";

const catalogue = catalogues[language];
/** Made when it is first wanted: what Intl makes takes its time. */
export const lazy = (make) => {
  let made;
  return () => (made ??= make());
};
const plural = lazy(() => new Intl.PluralRules(locale));
const number = lazy(() => new Intl.NumberFormat(locale));

/** t("map.sensors", {n: 3}): with n, "map.sensors.one" or ".other" where there are two. */
export function t(key, values = {}) {
  const form = values.n !== undefined ? `${key}.${plural().select(values.n) === "one" ? "one" : "other"}` : key;
  const text = catalogue[form] ?? catalogue[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === "number" ? number().format(values[name]) : values[name]);
}

/** As t(), undefined where nothing is said. */
export const maybe = (key) => catalogue[key];
