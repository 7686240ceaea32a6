// SPDX-License-Identifier: Apache-2.0
// The other pages, and what a browser sees at the addresses of the API.
import { accessible, base, equal, holds, shot, test, visit } from "./browser.mjs";

for (const [colorScheme, names] of [["light", ["types", "subscriptions", "checks", "api", "about"]], ["dark", ["types", "api"]]]) {
  test(`pages can be used by everybody (${colorScheme})`, { colorScheme }, async (page) => {
    for (const name of names) {
      await visit(page, `/pages/${name}`);
      await page.waitForTimeout(100);
      await accessible(page, name);
      await shot(page, `${name}-${colorScheme}`);
    }
  });
}

test("types have counts and dates", {}, async (page) => {
  await visit(page, "/pages/types");
  const row = page.locator("tr", { hasText: "WaterObserved" });
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 8);
  await row.locator("b", { hasText: "16" }).waitFor();
  await row.locator("span", { hasText: /instant|il y a/ }).waitFor();
});

test("the API is described", {}, async (page) => {
  await visit(page, "/pages/api");
  const { paths } = await (await fetch(`${base}/openapi.json`)).json();
  const operations = Object.values(paths).flatMap((item) => Object.keys(item)).filter((k) => k !== "parameters").length;
  equal(await page.locator(".operation").count(), operations, "operations");
  await page.locator(".operation summary").first().click();
  holds((await page.textContent(".operation[open]")).includes("limit"), "parameters are shown");
});

test("a browser sees a list at an address of the API", {}, async (page) => {
  await visit(page, "/ngsi-ld/v1/entities?type=Streetlight&limit=5");
  await page.waitForSelector("tbody tr");
  equal(await page.locator("tbody tr").count(), 5, "rows");
  holds((await page.textContent("h2")).startsWith("40"), "all are counted");
  await page.click(".pager a[rel=next]");
  await page.waitForSelector(".pager a[rel=prev]");
  await accessible(page, "list");
  await shot(page, "list");
  await page.click("tbody a");
  await page.waitForSelector(".sheet h1");
});

test("a browser sees errors as sentences", {}, async (page) => {
  page.expected = /40[04]/;
  await visit(page, "/ngsi-ld/v1/entities");
  await page.waitForSelector("[role=alert]");
  await accessible(page, "error");
  await visit(page, "/ngsi-ld/v1/types/Nothing");
  await page.waitForSelector("[role=alert]");
});

test("licences are told", {}, async (page) => {
  await visit(page, "/pages/about");
  const text = await page.textContent(".notices");
  for (const name of ["leaflet", "uplot", "world-atlas", "source-serif-4", "source-sans-3"]) holds(text.includes(name), name);
});
