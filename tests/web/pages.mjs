// SPDX-License-Identifier: Apache-2.0
// The other pages, and what a browser sees at the addresses of the API.
import { accessible, base, equal, holds, send, shot, test, visit } from "./browser.mjs";

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

test("what is odd is told by source, and tried", {}, async (page) => {
  const bin = { id: "urn:ngsi-ld:WasteContainer:odd-2", type: "WasteContainer", fillingLevel: { value: 57 } };
  await send("entities", "POST", bin, { "User-Agent": "gateway/1.0" });
  await send("entities/urn:ngsi-ld:WasteContainer:odd-2/attrs", "PATCH", { fillingLevel: { value: 61 } }, { "User-Agent": "other/1.0" });
  await visit(page, "/pages/checks");
  const gateway = page.locator(".source", { hasText: "gateway/1.0" });
  await gateway.locator(".check", { hasText: "Pourcentage au lieu d’une fraction" }).first().waitFor();
  holds((await gateway.textContent()).includes("send 0.57"), "the mend");
  await page.selectOption("[data-key=source]", "other/1.0");
  equal(await page.locator(".source").count(), 1, "sources that are shown");
  holds(page.url().includes("source=other"), page.url());
  await page.check("[data-key=refused]");
  await page.waitForSelector(".empty");
  await page.click("#try button.main");
  await page.waitForSelector(".verdict .pretty");
  holds((await page.textContent(".verdict .pretty")).includes("0.57"), "what is mended");
  await accessible(page, "tried");
  await shot(page, "checks-tried");
  await page.fill("#try textarea", "{");
  await page.click("#try button.main");
  await page.waitForSelector("#try [role=alert]");
  await send("entities/urn:ngsi-ld:WasteContainer:odd-2", "DELETE");
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
  const csv = await (await fetch(base + (await page.getAttribute("[data-format=csv]", "href")))).text();
  equal(csv.trim().split("\n").length, 41, "lines of the file");
  await page.click(".pager a[rel=next]");
  await page.waitForSelector(".pager a[rel=prev]");
  await accessible(page, "list");
  await shot(page, "list");
  await page.click("tbody a");
  await page.waitForSelector(".sheet h1");
  await visit(page, "/ngsi-ld/v1/subscriptions");
  await page.click("a.button");
  await page.waitForURL(/pages\/subscriptions/);
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
