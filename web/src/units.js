// SPDX-License-Identifier: Apache-2.0
// UNECE Recommendation 20 codes as they are written.
export const UNITS = {
  A97: "hPa", BAR: "bar", CEL: "°C", CMT: "cm", D54: "W/m²", DD: "°", FAH: "°F",
  GQ: "µg/m³", HUR: "h", KEL: "K", KGM: "kg", KMH: "km/h", KMT: "km", KWH: "kWh",
  KWT: "kW", LTR: "l", LUX: "lx", MIN: "min", MMT: "mm", MQH: "m³/h", MQS: "m³/s",
  MTK: "m²", MTQ: "m³", MTR: "m", MTS: "m/s", P1: "%", PAL: "Pa", SEC: "s", VLT: "V",
  WTT: "W", "2N": "dB", "59": "ppm",
};
