// SPDX-License-Identifier: Apache-2.0
// A municipal file becomes sensors: named, tried, written, undone.
import { accessible, base, equal, holds, shot, test, visit } from "./browser.mjs";

const FILE = {
  name: "pav_2026.csv", mimeType: "text/csv",
  buffer: Buffer.from(`code_pav;adresse;x;y;taux_remplissage;date_releve
PAV-001;"1 place aux Huiles; quai";892390,7;6247036,1;57,5;15/07/2026 14:00
PAV-002;2 rue Sainte;892400,7;6247046,1;;15/07/2026 14:05
PAV-003;Cours Julien;6247036,1;892390,7;12;15/07/2026 14:05
`),
};
const figure = (page, label) => page.locator(".verdict .tally", { hasText: label }).locator("dd").textContent();
const status = async (id) => (await fetch(`${base}/ngsi-ld/v1/entities/urn:ngsi-ld:WasteContainer:${id}`)).status;

test("a municipal file is tried, imported and taken back", {}, async (page) => {
  await visit(page, "/pages/import");
  await accessible(page, "import");
  await page.setInputFiles("#file", FILE);
  await page.waitForSelector(".mapping-table");
  equal(await page.locator(".preview-table tbody tr").first().locator("td").allTextContents(),
    ["PAV-001", "1 place aux Huiles; quai", "892390,7", "6247036,1", "57,5", "15/07/2026 14:00"], "the first row");
  equal(await page.inputValue("[name=id]"), "urn:ngsi-ld:WasteContainer:{code_pav}", "the id that is proposed");
  const filling = page.locator(".mapping-table tr", { hasText: "taux_remplissage" });
  equal(await filling.locator("input").first().inputValue(), "fillingLevel", "what the column is recognized as");
  equal(await filling.locator("[type=checkbox]").isChecked(), true, "per cent");
  await page.selectOption("[name=crs]", "EPSG:2154");
  await page.locator(".step .main").first().click();
  await page.waitForSelector(".verdict");
  equal([await figure(page, "nouvelle"), await figure(page, "refusée")], ["2", "1"], "new, rejected");
  holds((await page.textContent(".verdict tbody")).includes("outside of the area"), "why one is rejected");
  equal(await status("PAV-001"), 404, "nothing is written: the status");
  await accessible(page, "tried");
  await shot(page, "import");
  await page.locator("button", { hasText: "Importer 2 lignes" }).click();
  await page.locator(".verdict h3", { hasText: "traitées" }).waitFor();
  const bin = await (await fetch(`${base}/ngsi-ld/v1/entities/urn:ngsi-ld:WasteContainer:PAV-001?options=simplified`)).json();
  equal(bin.fillingLevel, 0.575, "the filling level");
  holds(Math.abs(bin.location.coordinates[0] - 5.37) < 0.1, `the place ${bin.location.coordinates}`);
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator(".actions button", { hasText: "Annuler" }).click();
  await page.locator(".said", { hasText: "2 lignes" }).waitFor();
  equal(await status("PAV-001"), 404, "after the undo: the status");
  await page.locator("tr", { hasText: "annulé" }).first().waitFor();
  await shot(page, "import-undone");
  await page.reload();
  await page.setInputFiles("#file", FILE);
  await page.waitForSelector(".mapping-table");
  equal(await page.inputValue("[name=source]"), "stored:pav_2026", "the mapping is remembered");
  equal(await page.inputValue("[name=crs]"), "EPSG:2154", "with what was corrected");
});

test("what was exported comes back without a mapping", {}, async (page) => {
  const csv = await (await fetch(`${base}/calanque/v1/exports/entities?type=WaterObserved&format=csv-fr`)).arrayBuffer();
  await visit(page, "/pages/import");
  await page.setInputFiles("#file", { name: "cours-d-eau.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.waitForSelector(".preview-table");
  equal(await page.inputValue("[name=source]"), "none", "the mapping");
  await page.locator(".step .main").first().click();
  await page.waitForSelector(".verdict");
  equal([await figure(page, "nouvelle"), await figure(page, "refusée")], ["0", "0"], "new, rejected");
});

test("what is wrong with a mapping is told", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }, async (page) => {
  page.expected = /400/;
  await visit(page, "/pages/import");
  await page.setInputFiles("#file", FILE);
  await page.waitForSelector(".mapping-table");
  const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  equal(width, inner, "the width");
  await page.fill("[name=id]", "{nothing}");
  await page.press("[name=id]", "Tab");
  await page.locator(".step .main").first().click();
  await page.locator("p[role=alert]", { hasText: "nothing" }).or(page.locator(".verdict", { hasText: "nothing" })).first().waitFor();
  await accessible(page, "wrong");
  await shot(page, "phone-import");
});
