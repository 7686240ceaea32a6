// SPDX-License-Identifier: Apache-2.0
// The sheet of a sensor, and "show this as a request", whose texts are run.
import { accessible, base, equal, holds, run, shot, test, visit } from "./browser.mjs";

const CONTAINER = "urn:ngsi-ld:WasteContainer:demo-003";
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

test("the week is a curve and a table", {}, async (page) => {
  await visit(page, "/?sensor=urn:ngsi-ld:NoiseLevelObserved:demo-005");
  await page.waitForSelector(".curve canvas");
  holds((await page.getAttribute(".curve", "aria-label")).includes("dB"), "the curve is told in words");
  await page.selectOption(".week select", "LAmax");
  await page.click(".week summary");
  equal(await page.locator(".history tbody tr").count(), 40, "rows");
  holds((await page.textContent(".history tbody tr")).includes("dB"), "with their unit");
  const box = await page.locator(".curve").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 60);
  await page.locator(".readout", { hasText: "·" }).waitFor();
  const csv = await (await fetch(base + (await page.getAttribute(".week [data-format=csv]", "href")))).text();
  holds(csv.split("\n").length > 300 && csv.startsWith("id,type,time,") && csv.includes("LAmax"), `the week as a file: ${csv.slice(0, 200)}`);
  await accessible(page, "curve");
  await shot(page, "curve");
});

test("what was odd is told with its mend", {}, async (page) => {
  const id = "urn:ngsi-ld:WasteContainer:odd-1";
  const odd = { id, type: "WasteContainer", fillingLevel: { value: 57, observedAt: new Date().toISOString() }, location: { type: "Point", coordinates: [43.2965, 5.3698] } };
  await fetch(`${base}/ngsi-ld/v1/entities`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(odd) });
  await visit(page, `/?sensor=${id}`);
  await page.locator(".check", { hasText: "0.57" }).waitFor();
  await visit(page, "/pages/checks");
  await page.locator(".check", { hasText: "0.57" }).waitFor();
  await accessible(page, "checks");
  await visit(page, "/");
  equal(await page.textContent(".leaflet-control-scale-line"), "5 km", "one that lies far off does not spoil the view: the scale");
  await fetch(`${base}/ngsi-ld/v1/entities/${id}`, { method: "DELETE" });
});

test("its device and back", {}, async (page) => {
  await visit(page, `/?sensor=${CONTAINER}`);
  await page.click(".sheet section p a[href='#']");
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
  const csv = run((await texts(page))[2].replace("-OJ ", ""));
  equal(csv.trim().split("\n").length, n + 1, "lines of CSV");
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
