// SPDX-License-Identifier: Apache-2.0
// A city a hundred times as large: twenty thousand sensors, and the map is moved about.
import { holds, send, shot, test, visit } from "./browser.mjs";

const TENANT = "crowd";
const N = 20000;
const BATCH = 1000;
const STEPS = 20;

function sensor(i) {
  const [x, y] = [((i * 7919) % N) / N, ((i * 104729) % N) / N];
  return {
    id: `urn:ngsi-ld:WasteContainer:crowd-${i}`, type: "WasteContainer", name: `PAV ${i}`,
    address: { addressLocality: `Commune ${i % 92}` },
    location: { type: "Point", coordinates: [5 + 0.7 * x, 43.2 + 0.5 * y] },
    fillingLevel: { value: Math.round(x * 100) / 100, observedAt: new Date(Date.now() - 60000 * (i % 50)).toISOString() },
  };
}

async function fill() {
  for (let from = 0; from < N; from += BATCH)
    await send("entityOperations/upsert", "POST", Array.from({ length: BATCH }, (_, i) => sensor(from + i)), { "NGSILD-Tenant": TENANT });
}

/** Milliseconds of CPU that the page's own thread spends while `work` is done. */
async function cpu(page, work) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => (await client.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  const before = await spent();
  await work();
  return (await spent()) - before;
}

const frame = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

test("twenty thousand sensors stay fluid", {}, async (page) => {
  await fill();
  page.setDefaultTimeout(60000);
  await visit(page, `/?tenant=${TENANT}`);
  await page.waitForFunction((n) => document.querySelector("h1").textContent.replace(/\D/g, "").startsWith(String(n)), N);
  await page.waitForTimeout(1000);
  const ms = await page.evaluate(() => Math.round(performance.getEntriesByName("shown")[0].startTime));
  const { x, y, width, height } = await page.locator(".map").boundingBox();
  const middle = [x + width / 2, y + height / 2];
  const pan = await cpu(page, async () => {
    await page.mouse.move(...middle);
    await page.mouse.down();
    for (let i = 1; i <= STEPS; i++) {
      await page.mouse.move(middle[0] + 8 * i, middle[1] + 4 * i);
      await frame(page);
    }
    await page.mouse.up();
    await frame(page);
  });
  const zoom = await cpu(page, async () => {
    for (let i = 0; i < 4; i++) {
      await page.mouse.wheel(0, i < 2 ? -240 : 240);
      await page.waitForTimeout(500);
    }
  });
  const filter = await cpu(page, async () => {
    await page.click(".state.fresh");
    await frame(page);
  });
  console.log(`   shown after ${ms} ms; CPU: ${Math.round(pan / STEPS)} ms a frame of a pan, ${Math.round(zoom / 4)} ms a zoom, ${Math.round(filter)} ms a filter`);
  await shot(page, "crowd");
  holds(pan / STEPS < 80, `a frame of a pan takes ${pan / STEPS} ms`);
  holds(zoom / 4 < 400, `a zoom takes ${zoom / 4} ms`);
  holds(filter < 1200, `a filter takes ${filter} ms`);
});
