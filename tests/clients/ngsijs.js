// SPDX-License-Identifier: Apache-2.0
// ngsijs, the library under Wirecloud's widgets: the life of an entity, and its errors.
// Prints what each call said.
"use strict";

const NGSI = require("ngsijs");

const tenant = process.env.TENANT;
const ld = new NGSI.Connection(process.env.BASE).ld;
const id = "urn:ngsi-ld:Streetlight:prado-1";
const said = {};

// What a call gave, or the name and the words of its error.
async function step(name, call) {
	try {
		said[name] = await call();
	} catch (error) {
		said[name] = { error: error.name, message: error.message };
	}
}

async function main() {
	const entity = {
		id, type: "Streetlight",
		powerState: { type: "Property", value: "on" },
		location: { type: "GeoProperty", value: { type: "Point", coordinates: [5.38, 43.27] } },
		refDevice: { type: "Relationship", object: "urn:ngsi-ld:Device:1" },
	};
	const of = { id, tenant };
	await step("create", () => ld.createEntity(structuredClone(entity), { tenant }));
	await step("again", () => ld.createEntity(structuredClone(entity), { tenant }));
	await step("bad", () => ld.createEntity({ id, type: "a b" }, { tenant }));
	await step("get", () => ld.getEntity({ ...of, keyValues: true }));
	await step("query", () => ld.queryEntities({ tenant, type: "Streetlight", count: true,
		limit: 5, keyValues: true, sysAttrs: true }));
	await step("near", () => ld.queryEntities({ tenant, type: "Streetlight", count: true,
		georel: "near;maxDistance==1000", geometry: "Point", coordinates: "[5.381,43.27]" }));
	await step("many", () => ld.queryEntities({ tenant, type: "Streetlight", count: true,
		id: [id, "urn:ngsi-ld:Streetlight:none"], q: 'powerState=="on"', attrs: ["powerState"] }));
	await step("append", () => ld.appendEntityAttributes(
		{ id, status: { type: "Property", value: "ok" } }, { tenant }));
	await step("noOverwrite", () => ld.appendEntityAttributes(
		{ id, status: { type: "Property", value: "no" }, lanes: { type: "Property", value: 2 } },
		{ tenant, noOverwrite: true }));
	await step("update", () => ld.updateEntityAttributes(
		{ id, powerState: { type: "Property", value: "off" } }, { tenant }));
	await step("updateOne", () => ld.updateEntityAttribute(
		{ type: "Property", value: "broken" }, { ...of, attribute: "status" }));
	await step("deleteOne", () => ld.deleteEntityAttribute({ ...of, attribute: "lanes" }));
	await step("after", () => ld.getEntity({ ...of, keyValues: true }));
	await step("types", () => ld.listTypes({ tenant }));
	await step("details", () => ld.listTypes({ tenant, details: true }));
	await step("type", () => ld.getType({ type: "Streetlight", tenant }));
	await step("subscribe", () => ld.createSubscription({ type: "Subscription",
		entities: [{ type: "Streetlight" }], notification: { attributes: ["status"],
			endpoint: { uri: "http://127.0.0.1:9/none", accept: "application/json" } } },
		{ tenant }));
	const subscription = said.subscribe.subscription || {};
	await step("resubscribe", () => ld.updateSubscription(
		{ id: subscription.id, watchedAttributes: ["status"] }, { tenant }));
	await step("subscription", () => ld.getSubscription({ id: subscription.id, tenant }));
	await step("subscriptions", () => ld.listSubscriptions({ tenant, count: true }));
	await step("unsubscribe", () => ld.deleteSubscription({ id: subscription.id, tenant }));
	const past = [{ type: "Property", value: 1, observedAt: "2026-06-01T08:00:00Z" },
		{ type: "Property", value: 2, observedAt: "2026-06-01T09:00:00Z" }];
	await step("history", () => ld.createTemporalEntity(
		{ id: id + "h", type: "Streetlight", illuminanceLevel: past }, { tenant }));
	await step("lookBack", () => ld.queryTemporalEntities({ tenant, type: "Streetlight",
		id: id + "h", temporalValues: true, timerel: "before",
		timeAt: "2026-06-01T08:30:00Z" }));
	await step("forget", () => ld.deleteTemporalEntity({ id: id + "h", tenant }));
	await step("delete", () => ld.deleteEntity(of));
	await step("gone", () => ld.getEntity(of));
	console.log(JSON.stringify(said));
}

main();
