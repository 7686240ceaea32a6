-- SPDX-License-Identifier: Apache-2.0
-- What wrk sends: wrk -s workload.lua URL -- NAME ENTITIES TAG
-- Entity i is the same function of i as in load.py.  One line of JSON at the end says how it
-- went, as bench.py reads it.

local ROOT = "/ngsi-ld/v1/entities"
local JSON = {["Content-Type"] = "application/json"}

local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("number", threads)
end

-- The generator of Park and Miller: exact in doubles, in Lua as in Python.
local function draws(i)
	local x = (i * 7919 + 1) % 2147483647
	return function()
		x = (x * 48271) % 2147483647
		return x / 2147483647
	end
end

local function id(i)
	return string.format("urn:ngsi-ld:WeatherObserved:bench-%07d", i)
end

local function entity(i, salt, at)
	local draw = draws(i)
	local lon, lat = 4.8 + 1.2 * draw(), 42.85 + 0.9 * draw()
	draw = draws(i + salt * 10007)
	draw()
	local temperature, humidity = -5 + 45 * draw(), draw()
	local pressure, wind = 980 + 60 * draw(), 25 * draw()
	return string.format('{"id":"%s","type":"WeatherObserved",' ..
		'"temperature":{"type":"Property","value":%.2f,"unitCode":"CEL",' ..
		'"observedAt":"%s"},' ..
		'"relativeHumidity":{"type":"Property","value":%.2f},' ..
		'"atmosphericPressure":{"type":"Property","value":%.1f,"unitCode":"A97"},' ..
		'"windSpeed":{"type":"Property","value":%.1f,"unitCode":"MTS"},' ..
		'"name":{"type":"Property","value":"Station %d"},' ..
		'"location":{"type":"GeoProperty","value":{"type":"Point",' ..
		'"coordinates":[%.5f,%.5f]}}}',
		id(i), temperature, at, humidity, pressure, wind, i, lon, lat)
end

local entities, tag, sent, began
local list = ROOT .. "?type=WeatherObserved&limit=20"
local workloads = {}

function workloads.get()
	return wrk.format("GET", ROOT .. "/" .. id(math.random(0, entities - 1)))
end

function workloads.page()
	return wrk.format("GET", list)
end

-- In the middle of the collection.
function workloads.deep()
	local offset = math.floor(entities / 2) + math.random(0, 1000)
	return wrk.format("GET", list .. "&offset=" .. offset)
end

-- Some 2 % of the entities are that warm.
function workloads.number()
	local least = 39 + math.random(0, 9) / 100
	return wrk.format("GET", string.format("%s&q=temperature%%3E%.2f", list, least))
end

function workloads.near()
	return wrk.format("GET", string.format(
		"%s&georel=near;maxDistance==2000&geometry=Point&coordinates=%%5B%.4f,%.4f%%5D",
		list, 4.9 + math.random(), 42.95 + 0.7 * math.random()))
end

-- Observed later than what was sent before, in this run and in those before it: what is
-- older than the current value only goes to the history.
local function observed()
	return os.date("!%Y-%m-%dT%H:%M:%S", began + math.floor(sent / 1e6)) ..
		string.format(".%06dZ", sent % 1000000)
end

function workloads.patch()
	sent = sent + 1
	return wrk.format("PATCH", ROOT .. "/" .. id(math.random(0, entities - 1)) .. "/attrs",
		JSON, string.format('{"temperature":{"type":"Property","value":%.3f,' ..
			'"unitCode":"CEL","observedAt":"%s"}}', -5 + 45 * math.random(),
			observed()))
end

function workloads.create()
	sent = sent + 1
	local new = string.gsub(entity(sent, 1, observed()), "WeatherObserved:bench%-%d+",
		string.format("BenchCreated:%s-%d-%d", tag, number, sent), 1)
	return wrk.format("POST", ROOT, JSON,
		(string.gsub(new, '"type":"WeatherObserved"', '"type":"BenchCreated"', 1)))
end

function workloads.upsert()
	local first = math.random(0, math.max(0, entities - 100))
	local batch = {}
	sent = sent + 1
	local at = observed()
	for i = 1, 100 do
		batch[i] = entity(first + i - 1, sent, at)
	end
	return wrk.format("POST", "/ngsi-ld/v1/entityOperations/upsert", JSON,
		"[" .. table.concat(batch, ",") .. "]")
end

function init(args)
	entities, tag, sent, began = tonumber(args[2]), args[3], 0, os.time()
	math.randomseed(os.time() + 7919 * number)
	request = workloads[args[1]] or error("no workload " .. tostring(args[1]))
end

function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format('\n{"requests":%d,"us":%d,"p50":%d,"p99":%d,"max":%d,' ..
		'"status":%d,"socket":%d}\n',
		summary.requests, summary.duration, latency:percentile(50),
		latency:percentile(99), latency.max, e.status,
		e.connect + e.read + e.write + e.timeout))
end
