// SPDX-License-Identifier: Apache-2.0
// The home page: map, filters, list, permalinks, languages, keyboard.
import { accessible, base, equal, holds, run, send, shot, test, visit } from "./browser.mjs";

const headline = (page) => page.textContent("h1");
const shown = async (page) => Number((await headline(page)).match(/\d+/)[0]);
const state = (page, name) => page.click(`.state.${name}`);

async function countOf(params) {
  const answer = await fetch(`${base}/ngsi-ld/v1/entities?limit=0&count=true&${new URLSearchParams(params)}`);
  return Number(answer.headers.get("NGSILD-Results-Count"));
}

/** How many colours the points have, and how many of their pixels are painted. */
const painted = (page) => page.evaluate(() => {
  const canvas = document.querySelector("canvas.points");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  let n = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 255) continue;
    n++;
    colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
  }
  return { n, colours: colours.size };
});

test("the map shows the city", {}, async (page) => {
  await visit(page, "/");
  equal(await shown(page), 204, "sensors");
  holds((await headline(page)).includes("28 communes"), "the communes are counted");
  const { n, colours } = await painted(page);
  holds(n > 3000 && colours >= 7, `points are painted: ${n} pixels, ${colours} colours`);
  holds((await page.locator(".commune-name").count()) > 10, "communes are named");
  equal(await page.locator(".row").count(), 60, "rows at first");
  await page.click(".more");
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 204);
  await accessible(page, "map");
  await shot(page, "map");
});

test("filters say the same as the API", {}, async (page) => {
  await visit(page, "/");
  await page.click("[data-key=type-WasteContainer]");
  equal(await shown(page), await countOf({ type: "WasteContainer" }), "containers");
  await page.selectOption("[data-key=commune]", "Marseille");
  equal(await shown(page), await countOf({ type: "WasteContainer", q: 'address[addressLocality]=="Marseille"' }), "containers of Marseille");
  equal(await page.textContent(".leaflet-control-scale-line"), "1 km", "the map goes there: the scale");
  const csv = await (await fetch(base + (await page.getAttribute("[data-format=csv]", "href")))).text();
  equal(csv.trim().split("\n").length - 1, await shown(page), "rows of the file");
  const url = page.url();
  holds(url.includes("type=WasteContainer") && url.includes("commune=Marseille"), url);
  holds((await page.textContent(".legend")).includes("%"), "the legend has the unit");
  await page.click("[data-key=clear]");
  equal(await shown(page), 204, "without filters");
  await state(page, "silent");
  equal(await shown(page), 1, "the silent one");
  await state(page, "silent");
  await page.fill("[data-key=search]", "huveaune");
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 4);
  await page.fill("[data-key=search]", "nothing is called so");
  await page.waitForSelector(".empty button");
  await page.click(".empty button");
  equal(await shown(page), 204, "cleared");
});

test("a commune is told by scope, address or outline, and asked for so", {}, async (page) => {
  const sensor = (id, more) => ({ id: `urn:ngsi-ld:NoiseLevelObserved:${id}`, type: "NoiseLevelObserved", LAeq: { value: 51, unitCode: "2N", observedAt: new Date().toISOString() }, ...more });
  const point = (lon, lat) => ({ type: "Point", coordinates: [lon, lat] });
  const added = [
    sensor("scoped", { scope: "/Metropole/Cassis/Port", location: point(5.54, 43.215) }),
    sensor("coded", { scope: "/commune/insee_13114" }),
    sensor("outlined-1", { location: point(5.3, 43.54) }),
    sensor("outlined-2", { location: point(5.31, 43.55) }),
    sensor("outside", { location: point(5.4, 43.54) }),
  ];
  await send("entityOperations/upsert", "POST", added);
  const ids = async () => (await page.locator(".row").evaluateAll((rows) => rows.map((row) => row.dataset.id))).sort();
  const asked = async () => {
    await page.click(".request-button");
    await page.waitForSelector("dialog pre");
    const texts = (await page.locator("dialog pre").allTextContents()).filter((text) => text.includes("format=simplified&") || text.includes("format=simplified'"));
    const found = texts.filter((text) => text.startsWith("curl")).flatMap((text) => JSON.parse(run(text)).map(({ id }) => id));
    await page.keyboard.press("Escape");
    return [[...new Set(found)].sort(), texts.join("\n")];
  };
  await visit(page, "/?type=NoiseLevelObserved&commune=Ventabren");
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 3);
  equal(await ids(), ["coded", "outlined-1", "outlined-2"].map((id) => `urn:ngsi-ld:NoiseLevelObserved:${id}`), "those of Ventabren");
  const [outlined, text] = await asked();
  equal(outlined, await ids(), "those that are asked for");
  holds(text.includes("scopeQ=/commune/insee_13114") && text.includes("georel=within") && text.length < 12000, text);
  await visit(page, "/?type=NoiseLevelObserved&commune=Cassis");
  holds((await ids()).includes("urn:ngsi-ld:NoiseLevelObserved:scoped"), "the scope says Cassis");
  equal((await asked())[0], await ids(), "those of Cassis that are asked for");
  await shot(page, "commune");
  await send("entityOperations/delete", "POST", added.map(({ id }) => id));
});

test("states are told by more than colour", {}, async (page) => {
  await visit(page, "/?state=abnormal");
  const n = await shown(page);
  holds(n > 0 && n < 20, `abnormal ones: ${n}`);
  holds((await page.textContent(".row")).includes("anormal"), "the row says so");
  const [button, count] = [page.locator(".state.abnormal"), await page.textContent(".state.abnormal b")];
  equal([await button.getAttribute("aria-pressed"), Number(count)], ["true", n], "the button");
});

test("an address restores what was on screen", {}, async (page) => {
  await visit(page, "/?type=WeatherObserved&at=43.5276,5.4454,13");
  await page.click('[data-id="urn:ngsi-ld:WeatherObserved:demo-002"]');
  await page.waitForSelector(".sheet h1");
  const [url, title] = [page.url(), await page.textContent(".sheet h1")];
  await visit(page, "/pages/about");
  await page.goto(url);
  await page.waitForSelector(".sheet h1");
  equal(await page.textContent(".sheet h1"), title, "the sheet");
  holds(page.url().includes("at=43.5276,5.4454,13"), page.url());
  await page.click(".back");
  equal(await shown(page), 28, "stations");
  equal(await page.getAttribute("[data-key=type-WeatherObserved]", "aria-pressed"), "true", "the filter");
  await page.goBack();
  await page.waitForSelector(".sheet h1");
});

test("a point can be picked", {}, async (page) => {
  const entity = await (await fetch(`${base}/ngsi-ld/v1/entities/urn:ngsi-ld:WaterObserved:demo-016?options=simplified`)).json();
  const [lon, lat] = entity.location.coordinates;
  await visit(page, `/?type=WaterObserved&at=${lat},${lon},14`);
  const box = await page.locator(".map").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  holds((await page.textContent(".tip")).includes(entity.name), "the tip names it");
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForSelector(".sheet h1");
  equal(await page.textContent(".sheet h1"), entity.name, "the sheet");
});

test("everything works by keyboard", {}, async (page) => {
  await visit(page, "/");
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.id), "skip", "first stop");
  await page.keyboard.press("Enter");
  await page.locator(".row").nth(2).focus();
  const id = await page.evaluate(() => document.activeElement.dataset.id);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".sheet h1");
  equal(await page.evaluate(() => document.activeElement.tagName), "H1", "focus goes to the sheet");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".row");
  equal(await page.evaluate(() => document.activeElement.dataset.id), id, "focus comes back to its row");
  await page.locator(".request-button").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog pre");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  holds(await page.evaluate(() => document.activeElement.className === "request-button"), "focus comes back to the button");
});

test("English for who reads English", { locale: "en-GB" }, async (page) => {
  await visit(page, "/");
  holds((await headline(page)).startsWith("204 sensors"), await headline(page));
  equal(await page.getAttribute("html", "lang"), "en", "lang");
  await page.click(".language");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent.startsWith("204 capteurs"));
  holds(page.url().includes("lang=fr"), page.url());
});

test("dark for who likes it dark", { colorScheme: "dark" }, async (page) => {
  await visit(page, "/?type=NoiseLevelObserved");
  const luminance = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number));
  holds(luminance.every((x) => x < 60), `background ${luminance}`);
  await accessible(page, "dark map");
  await shot(page, "map-dark");
});

test("a telephone is enough", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }, async (page) => {
  await visit(page, "/");
  const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  equal(width, inner, "nothing sticks out: the width");
  await accessible(page, "telephone");
  await shot(page, "phone");
  await page.locator(".row").first().tap();
  await page.waitForSelector(".sheet h1");
  holds(await page.evaluate(() => document.querySelector(".sheet h1").getBoundingClientRect().top < innerHeight), "the sheet is in sight");
  await shot(page, "phone-sheet");
});

test("what changes is shown as it changes", {}, async (page) => {
  await visit(page, "/?type=WaterObserved&search=Fauge");
  await page.waitForSelector(".live.live");
  const id = await page.getAttribute(".row", "data-id");
  const height = { value: 1.87, unitCode: "MTR", observedAt: new Date().toISOString() };
  await fetch(`${base}/ngsi-ld/v1/entities/${id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ height }) });
  await page.locator(".row-value", { hasText: "1,87" }).waitFor();
  await page.locator(".row-value", { hasText: "instant" }).waitFor();
});

test("the first load is small", {}, async (page) => {
  const sizes = [];
  page.on("response", (response) => {
    if (response.url().includes("/assets/") || response.url() === `${base}/`) sizes.push(response.request().sizes());
  });
  await visit(page, "/");
  await page.waitForTimeout(300);
  const bytes = (await Promise.all(sizes)).reduce((sum, s) => sum + s.responseBodySize + s.responseHeadersSize, 0);
  const ms = await page.evaluate(() => Math.round(performance.getEntriesByName("shown")[0].startTime));
  console.log(`   first load: ${Math.round(bytes / 1000)} kB, sensors shown after ${ms} ms`);
  holds(bytes > 50000 && bytes < 500000, `first load: ${bytes} bytes`);
  holds(ms < 20000, `shown after ${ms} ms`); // on a busy machine, with sanitizers
});

test("an empty city says how to begin", {}, async (page) => {
  await send("entities", "POST", { id: "urn:x:gone", type: "Thing" }, { "NGSILD-Tenant": "empty" });
  await send("entities/urn:x:gone", "DELETE", undefined, { "NGSILD-Tenant": "empty" });
  await visit(page, "/?tenant=empty");
  const [first] = await page.locator(".empty pre").allTextContents();
  run(first);
  await page.reload();
  await page.waitForSelector(".row");
  equal(await shown(page), 1, "sensors");
  await send("entities/urn:ngsi-ld:WasteContainer:1", "DELETE", undefined, { "NGSILD-Tenant": "empty" });
});

test("what cannot be answered is explained", {}, async (page) => {
  page.expected = /404/;
  await visit(page, "/?tenant=nobody");
  holds((await page.textContent(".empty")).includes("nobody"), "the tenant is named");
  await visit(page, "/?sensor=urn:ngsi-ld:Nothing:1");
  await page.waitForSelector(".sheet h1");
  holds((await page.textContent(".sheet")).includes("urn:ngsi-ld:Nothing:1"), "the id is named");
});
