// SPDX-License-Identifier: Apache-2.0
// Chromium, pages in it, and tests that fail where a page asks elsewhere or complains.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.MODULES, "x.js"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

export const base = process.env.BASE;
export const out = process.env.OUT;
const tests = [];

/** test("what holds", {locale, …}, async (page) => …): a page of its own each. */
export const test = (name, options, body) => tests.push({ name, options, body });

export function equal(have, want, about = "") {
  const [a, b] = [JSON.stringify(have), JSON.stringify(want)];
  if (a !== b) throw new Error(`${about} is ${a}, expected ${b}`);
}

export function holds(condition, about) {
  if (!condition) throw new Error(about);
}

/** What a command line that a page shows answers. */
export const run = (text) => execFileSync("bash", ["-c", text.replace("curl", "curl -sf --noproxy '*'")], { encoding: "utf8" });

/** A request beside the page: send("entities", "POST", {…}). */
export async function send(path, method, body, headers = {}) {
  const answer = await fetch(`${base}/ngsi-ld/v1/${path}`, { method, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  if (!answer.ok || answer.status === 207) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

export const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`) });

/** The rules of WCAG that axe can check, A and AA. */
export async function accessible(page, about) {
  await page.evaluate(require("node:fs").readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const words = violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).slice(0, 4).join("; ")})`);
  equal(words, [], `axe, ${about}`);
}

/** Goes there and waits until the page has something to show. */
export async function visit(page, path) {
  await page.goto(base + path);
  await page.waitForSelector(".row, .sheet h1, .page h1, .empty");
}

function watch(page, wrong) {
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith("data:") && !url.startsWith("blob:")) wrong.push(`asked elsewhere: ${url}`);
  });
  page.on("pageerror", (error) => wrong.push(error.stack));
  page.on("console", (message) => {
    const expected = page.expected?.test(message.text());
    if (["error", "warning"].includes(message.type()) && !expected) wrong.push(`console: ${message.text()}`);
  });
}

async function drive(browser, { name, options, body }) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, locale: "fr-FR", timezoneId: "Europe/Paris", ...options });
  const page = await context.newPage();
  const wrong = [];
  page.setDefaultTimeout(10000);
  watch(page, wrong);
  const since = performance.now();
  let failure;
  try {
    await body(page);
    equal(wrong, [], "what the page complained about");
  } catch (error) {
    failure = error;
    await shot(page, `failed-${name.replace(/\W+/g, "-")}`).catch(() => {});
  }
  await context.close();
  const ms = Math.round(performance.now() - since);
  console.log(failure ? `FAILED ${name}\n${failure.stack}\n${wrong.join("\n")}` : `ok ${name} (${ms} ms)`);
  return !failure;
}

export async function runAll(names) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
  });
  let [passed, failed] = [0, 0];
  for (const one of tests.filter(({ name }) => names.length === 0 || names.some((n) => name.includes(n)))) {
    if (await drive(browser, one)) passed++;
    else failed++;
  }
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  return passed > 0 && failed === 0;
}
