// SPDX-License-Identifier: Apache-2.0
// The sheet of a sensor, and "show this as a request", whose texts are run.
import { execFileSync } from "node:child_process";
import { accessible, base, equal, holds, shot, test, visit } from "./browser.mjs";

const CONTAINER = "urn:ngsi-ld:WasteContainer:demo-003";
const run = (text) => execFileSync("bash", ["-c", text.replace("curl", "curl -sf --noproxy '*'")], { encoding: "utf8" });
const texts = (page) => page.locator("dialog pre").allTextContents();

test("a sheet has values with unit and age", {}, async (page) => {
  await visit(page, `/?sensor=${CONTAINER}`);
  await page.waitForSelector(".sheet .facts");
  const entity = await (await fetch(`${base}/ngsi-ld/v1/entities/${CONTAINER}?options=simplified`)).json();
  equal(await page.textContent(".big-value"), `${Math.round(entity.fillingLevel * 100)}%`, "the main value");
  const row = await page.textContent(".values tbody tr:nth-child(2)");
  holds(row.includes("°C") && (row.includes("il y a") || row.includes("instant")), row);
  holds((await page.textContent(".sheet")).includes(entity.address.streetAddress), "the address");
  await page.waitForFunction(() => document.querySelector(".sheet").textContent.includes("Équipement"));
  holds((await page.textContent(".sheet")).includes("CLQ-"), "the device's serial number");
  await accessible(page, "sheet");
  await shot(page, "sheet");
});

test("its device and back", {}, async (page) => {
  await visit(page, `/?sensor=${CONTAINER}`);
  await page.click(".sheet section a");
  await page.waitForFunction(() => document.querySelector(".sheet h1")?.textContent.startsWith("Sonde"));
  await page.goBack();
  await page.waitForFunction(() => document.querySelector(".sheet h1")?.textContent.startsWith("PAV"));
});

test("what is on screen is a request that works", {}, async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await visit(page, "/?type=WasteContainer&commune=Aubagne&request=1");
  await page.waitForSelector("dialog pre");
  const n = Number((await page.textContent("h1")).match(/\d+/)[0]);
  const [json, ld] = await texts(page);
  equal(JSON.parse(run(json)).length, n, "entities that curl gets");
  const linked = JSON.parse(run(ld));
  equal([linked.length, "@context" in linked[0]], [n, true], "the same in JSON-LD");
  await page.click("dialog .request button");
  equal(await page.evaluate(() => navigator.clipboard.readText()), json, "what was copied");
  await accessible(page, "requests");
  await shot(page, "requests");
});

test("what the map shows bounds the request", {}, async (page) => {
  await visit(page, "/?type=WasteContainer&at=43.2927,5.5707,13&request=1");
  await page.waitForSelector("dialog pre");
  const [json] = await texts(page);
  const found = JSON.parse(run(json)).length;
  holds(json.includes("georel=intersects") && found > 0 && found < 60, `${found} in sight`);
});

test("a sensor is a request, too", {}, async (page) => {
  await visit(page, `/?sensor=${CONTAINER}`);
  await page.click(".request-button");
  await page.waitForSelector("dialog pre");
  equal(JSON.parse(run((await texts(page))[0])).id, CONTAINER, "what curl gets");
});
