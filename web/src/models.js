// SPDX-License-Identifier: Apache-2.0
// What the pages know of the city's models: which value stands for a sensor, how often one
// reports, what is plausible, and how it is coloured.  Any other type is shown all the same.

// main: the value on the map.  also: shown in lists.  every: seconds between two reports.
// range: beyond it a value is abnormal.  good: the words of `status` that mean all is well.
const MODELS = {
  WasteContainer: {
    hue: "waste", main: "fillingLevel", also: ["temperature", "status"], every: 3600,
    range: [0, 1], good: ["ok"], scale: "fill",
  },
  TrafficFlowObserved: {
    hue: "traffic", main: "intensity", also: ["averageVehicleSpeed", "occupancy"], every: 900,
    range: [0, 20000], scale: "count",
  },
  CrowdFlowObserved: {
    hue: "crowd", main: "peopleCount", also: ["peopleCountTowards", "averageCrowdSpeed"], every: 900,
    range: [0, 100000], scale: "count",
  },
  NoiseLevelObserved: {
    hue: "noise", main: "LAeq", also: ["LAmax", "LAS"], every: 900, range: [20, 130], scale: "noise",
  },
  WaterObserved: {
    hue: "water", main: "height", also: ["flow", "waterLevel"], every: 600, range: [-2, 20], scale: "water",
  },
  Streetlight: {
    hue: "light", main: "powerState", also: ["illuminanceLevel", "powerConsumption", "status"],
    every: 1800, good: ["ok"], scale: "light", curve: "powerConsumption",
  },
  WeatherObserved: {
    hue: "weather", main: "temperature", also: ["relativeHumidity", "windSpeed"], every: 900,
    range: [-30, 50], scale: "temperature",
  },
  AirQualityObserved: {
    hue: "air", main: "airQualityIndex", also: ["NO2", "PM10", "PM2_5"], every: 3600, scale: "count",
  },
  Device: {
    hue: "device", main: "batteryLevel", also: ["deviceState", "firmwareVersion"], every: 86400,
    range: [0, 1], scale: "battery", apart: true,
  },
  Alert: { hue: "alert", main: "severity", also: ["category"], apart: true },
  KeyPerformanceIndicator: { hue: "other", main: "kpiValue", apart: true },
};

const UNKNOWN = { hue: "other", main: undefined, also: [], every: 3600 };

export const model = (type) => MODELS[type] ?? UNKNOWN;
export const isKnown = (type) => type in MODELS;

const RATIOS = new Set(["fillingLevel", "relativeHumidity", "occupancy", "batteryLevel",
  "illuminanceLevel", "rssi"]);
export const isRatio = (name) => RATIOS.has(name) && name !== "rssi";

/** The types on the map of which one knows what to ask for, and that: what list, map and
 * filters need of an entity. */
export const MAPPED = Object.keys(MODELS).filter((type) => !MODELS[type].apart);
export const SHOWN = [...new Set(["id", "type", "scope", "name", "address", "areaServed", "location", "status",
  ...MAPPED.flatMap((type) => [MODELS[type].main, ...MODELS[type].also])])];

/** What never is a measure: the rest of an entity describes it. */
export const DESCRIPTIVE = new Set(["id", "type", "scope", "name", "address", "areaServed", "location",
  "dataProvider", "description", "source", "owner", "alternateName", "@context", "createdAt", "modifiedAt"]);
