// SPDX-License-Identifier: Apache-2.0
// Subscriptions: how they fare, why they were not notified, and a first one of one's own.
import { createServer } from "node:http";
import { accessible, base, equal, holds, run, send, shot, test, visit } from "./browser.mjs";

const BIN = "urn:ngsi-ld:WasteContainer:demo-007";
const OTHER = "urn:ngsi-ld:WasteContainer:demo-008";
const subscription = (id, uri, more) => ({
  id: `urn:ngsi-ld:Subscription:${id}`, type: "Subscription", subscriptionName: id, entities: [{ type: "WasteContainer" }],
  watchedAttributes: ["fillingLevel"], notification: { endpoint: { uri } }, ...more,
});
const fills = (value) => send(`entities/${BIN}`, "PATCH", { fillingLevel: { value, observedAt: new Date().toISOString() } });
const figure = (page, label) => page.locator(".tally", { hasText: label }).first().locator("dd").textContent();
const open = async (page, id) => {
  await page.goto(`${base}/pages/subscription?id=urn:ngsi-ld:Subscription:${id}`);
  await page.waitForSelector(".figures");
};
const remove = (id) => fetch(`${base}/ngsi-ld/v1/subscriptions/urn:ngsi-ld:Subscription:${id}`, { method: "DELETE" });

/** A receiver that takes all but what names an id. */
async function receiver() {
  const told = { got: [], refuses: "" };
  const server = createServer((request, answer) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      told.got.push(JSON.parse(body));
      answer.writeHead(told.refuses && body.includes(told.refuses) ? 400 : 200).end();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  told.uri = `http://127.0.0.1:${server.address().port}/`;
  told.close = () => server.close();
  return told;
}

test("a newcomer is told within a minute, without a server", {}, async (page) => {
  await visit(page, "/pages/subscriptions");
  await page.click(".actions .main");
  await page.waitForSelector("form.subscribe");
  await page.waitForFunction(() => document.querySelector("[name=value]").value === "0.8");
  equal([await page.inputValue("[name=type]"), await page.inputValue("[name=attribute]")], ["WasteContainer", "fillingLevel"], "what is proposed");
  await page.locator(".hint", { hasText: "100 %" }).or(page.locator(".hint", { hasText: "%" })).first().waitFor();
  holds((await page.textContent(".preview code")).includes("fillingLevel>0.8"), "the condition is shown");
  await accessible(page, "subscribe");
  await shot(page, "subscribe");
  await page.fill("[name=name]", "Bacs pleins");
  await page.click("form .main");
  await page.waitForSelector(".waiting-line");
  await page.click(".actions .main");
  await page.waitForSelector(".message");
  holds((await page.textContent(".message")).match(/85\s%/), "the value that was sent");
  holds((await page.textContent(".message .pretty")).includes("urn:ngsi-ld:Notification:"), "the notification, as it came");
  await accessible(page, "arrived");
  await shot(page, "arrived");
  await page.reload();
  await page.waitForSelector(".message");
  await page.click(".message a");
  await page.waitForSelector(".figures");
  equal(await figure(page, "livrée"), "1", "delivered");
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator("button", { hasText: "Supprimer" }).click();
  await page.waitForURL(/subscriptions/);
});

test("the request that a form makes can be run", {}, async (page) => {
  await visit(page, "/pages/subscribe?inbox=tried");
  await page.waitForFunction(() => document.querySelector(".preview code")?.textContent.includes("fillingLevel"));
  await page.click(".preview summary");
  await page.locator(".preview pre", { hasText: "/inbox/tried" }).waitFor();
  const text = await page.textContent(".preview pre");
  const answer = run(text.replace("curl", "curl -i"));
  const id = answer.match(/Location: \/ngsi-ld\/v1\/subscriptions\/(\S+)/)[1];
  equal((await fetch(`${base}/ngsi-ld/v1/subscriptions/${id}`)).status, 200, "it is there");
  await fetch(`${base}/ngsi-ld/v1/subscriptions/${id}`, { method: "DELETE" });
});

test("what was delivered is told, and sent again", {}, async (page) => {
  const told = await receiver();
  await send("subscriptions", "POST", subscription("taken", told.uri, { q: "fillingLevel>0.8" }));
  await fills(0.91);
  await open(page, "taken");
  await page.locator(".log .badge.ok").waitFor();
  holds((await page.textContent(".log tbody tr")).includes("200"), "with its status");
  await page.click(".log tbody button");
  await page.locator(".said", { hasText: "1 notification" }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".log tbody tr").length === 2);
  equal(told.got.length, 2, "notifications that came");
  equal(told.got[0].id, told.got[1].id, "the id of the second one");
  await page.click("summary:has-text('période')");
  await page.click(".inline-form button");
  await page.waitForFunction(() => document.querySelectorAll(".log tbody tr").length >= 3);
  await remove("taken");
  told.close();
});

test("a receiver that is away is watched for", {}, async (page) => {
  await send("subscriptions", "POST", subscription("away", "http://127.0.0.1:9/"));
  await fills(0.5);
  await page.waitForTimeout(1500);
  await open(page, "away");
  await page.locator(".note", { hasText: "attend" }).waitFor();
  await page.locator(".note", { hasText: "prochain essai" }).waitFor();
  equal([await figure(page, "livrée"), await figure(page, "en attente")], ["0", "1"], "delivered, waiting");
  await page.locator(".log .badge.failed").first().waitFor();
  await accessible(page, "failing");
  await shot(page, "subscription-failing");
  await visit(page, "/pages/subscriptions");
  const card = page.locator(".card", { hasText: "away" });
  await card.locator(".badge.failed").waitFor();
  await accessible(page, "subscriptions");
  await shot(page, "subscriptions");
  await page.goBack();
  await page.locator("button", { hasText: "pause" }).click();
  await page.locator(".badge.paused").waitFor();
  await remove("away");
});

test("what was given up is told, and sent again", {}, async (page) => {
  const told = await receiver();
  told.refuses = BIN;
  await send("subscriptions", "POST", subscription("refused", told.uri, { watchedAttributes: ["temperature"] }));
  const heats = (id, value) => send(`entities/${id}`, "PATCH", { temperature: { value, unitCode: "CEL" } });
  await heats(BIN, 21);
  await open(page, "refused");
  await page.waitForFunction(() => document.querySelectorAll(".log tbody tr").length >= 5, undefined, { timeout: 30000 });
  await heats(OTHER, 22); // is taken: then the other one is to blame
  await page.locator(".note", { hasText: "abandonnée" }).waitFor({ timeout: 30000 });
  equal([await figure(page, "livrée"), await figure(page, "abandonnée")], ["1", "1"], "delivered, given up");
  await page.locator(".failed-note summary").click();
  holds((await page.textContent(".failed-note")).includes("answered 400"), "why it was given up");
  await accessible(page, "given up");
  await shot(page, "subscription-dead");
  told.refuses = "";
  await page.locator("button", { hasText: "Renvoyer les abandonnées" }).click();
  await page.locator(".said", { hasText: "1 notification" }).waitFor();
  await page.locator(".failed-note").waitFor({ state: "detached" });
  equal(await figure(page, "livrée"), "2", "delivered");
  await remove("refused");
  told.close();
});

test("one asks why, and is told each gate", {}, async (page) => {
  await send("subscriptions", "POST", subscription("asked", "http://127.0.0.1:9/", { q: "fillingLevel>0.95" }));
  await fills(0.42);
  await open(page, "asked");
  const miss = page.locator("tr", { hasText: "fillingLevel is 0.42, not > 0.95" });
  await miss.first().locator("button").click();
  await page.waitForSelector(".verdict");
  holds((await page.textContent(".verdict h3")).includes("condition sur les valeurs"), "the gate that stopped it");
  holds((await page.textContent(".gate.stopped")).includes("fillingLevel is 0.42, not > 0.95"), "with the value it saw");
  await page.selectOption("#explain select", "value");
  await page.fill("[name=entity]", BIN);
  await page.fill("[name=value]", "0.97");
  await page.click("#explain form .main");
  await page.locator(".verdict h3", { hasText: "toutes les conditions" }).waitFor();
  equal(await page.locator(".gate.stopped").count(), 0, "gates that stop it");
  await accessible(page, "explained");
  await shot(page, "explained");
  await page.selectOption("#explain select", "pasted");
  await page.fill("[name=json]", '{"id": "urn:x:1", "type": "Streetlight"}');
  await page.click("#explain form .main");
  await page.locator(".verdict h3", { hasText: "type" }).waitFor();
  await page.fill("[name=json]", "{");
  await page.click("#explain form .main");
  await page.waitForSelector("#explain [role=alert]");
  await remove("asked");
});

test("subscriptions on a telephone", { viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "en-GB" }, async (page) => {
  await send("subscriptions", "POST", subscription("small", "http://localhost:1/calanque/v1/inbox/small"));
  for (const [path, name] of [["/pages/subscriptions", "list"], ["/pages/subscription?id=urn:ngsi-ld:Subscription:small", "one"], ["/pages/subscribe", "subscribe"], ["/pages/inbox?name=small", "inbox"]]) {
    await visit(page, path);
    await page.waitForTimeout(500);
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    equal(width, inner, `${name}: the width`);
    await accessible(page, name);
    await shot(page, `phone-${name}`);
  }
  await remove("small");
});
