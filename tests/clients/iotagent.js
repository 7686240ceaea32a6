// SPDX-License-Identifier: Apache-2.0
// An IoT Agent as FIWARE's library makes it: it provisions a device over its own north port
// and reports measures.  Prints what its library said of each step.
"use strict";

const lib = require("iotagent-node-lib");

const tenant = process.env.TENANT;
const port = Number(process.env.AGENT_PORT);
const north = `http://127.0.0.1:${port}`;
const config = {
	logLevel: "FATAL",
	contextBroker: {
		url: process.env.BASE,
		ngsiVersion: "ld",
		jsonLdContext: JSON.parse(process.env.CONTEXT),
	},
	server: { port },
	types: {},
	service: tenant,
	subservice: "/gardens",
	providerUrl: north,
	deviceRegistry: { type: "memory" },
	defaultResource: "/iot/d",
};
const device = {
	device_id: "probe001",
	entity_name: "urn:ngsi-ld:WeatherObserved:probe001",
	entity_type: "WeatherObserved",
	attributes: [
		{ object_id: "t", name: "temperature", type: "Number" },
		{ object_id: "l", name: "location", type: "geo:json" },
		{ object_id: "s", name: "state", type: "Text" },
	],
	static_attributes: [{ name: "refDevice", type: "Relationship", value: "urn:ngsi-ld:Device:1" }],
	commands: JSON.parse(process.env.COMMANDS || "[]"),
};

function promise(call) {
	return new Promise((resolve, reject) =>
		call((error, result) => (error ? reject(error) : resolve(result))));
}

async function ask(method, path, body) {
	const answer = await fetch(north + path, {
		method,
		headers: {
			"Content-Type": "application/json",
			"fiware-service": tenant,
			"fiware-servicepath": "/gardens",
		},
		body: body && JSON.stringify(body),
	});
	return [answer.status, await answer.text()];
}

async function main() {
	const said = { commands: [] };
	await promise((done) => lib.activate(config, done));
	lib.setCommandHandler((id, type, service, subservice, attributes, done) => {
		said.commands.push({ id, type, attributes });
		done(null, { id, type, attributes });
	});
	said.provisioned = await ask("POST", "/iot/devices", { devices: [device] });
	const known = await promise((done) =>
		lib.getDevice("probe001", null, tenant, "/gardens", done));
	const measure = (values) => promise((done) =>
		lib.update(known.name, known.type, "", values, known, done));
	await measure([
		{ name: "t", type: "Number", value: 21.5 },
		{ name: "l", type: "geo:json", value: { type: "Point", coordinates: [5.37, 43.29] } },
		{ name: "s", type: "Text", value: "ok" },
	]);
	await measure([{ name: "t", type: "Number", value: 22 }]);
	if (device.commands.length > 0) {
		process.stderr.write("ready\n");
		await new Promise((resolve) => process.stdin.once("data", resolve));
	}
	said.removed = await ask("DELETE", "/iot/devices/probe001");
	console.log(JSON.stringify(said));
	process.exit(0);
}

main().catch((error) => {
	console.log(JSON.stringify({ failed: String(error.message || error), ...error }));
	process.exit(1);
});
