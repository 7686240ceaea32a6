// SPDX-License-Identifier: Apache-2.0
// Colours that mean something: a hue for each type, a scale for each main value.

const dark = matchMedia("(prefers-color-scheme: dark)");
export const isDark = () => dark.matches;
export const onTheme = (listener) => dark.addEventListener("change", listener);

/** Of type: [light, dark]. */
const HUES = {
  waste: ["#3d7a4a", "#7cc48a"],
  traffic: ["#8a5a12", "#e0ad5e"],
  crowd: ["#a14a7b", "#e08fbe"],
  noise: ["#6a4fa3", "#b29df0"],
  water: ["#0f6c9c", "#62b8ea"],
  light: ["#b08a00", "#f0cf57"],
  weather: ["#b5512a", "#f2946a"],
  air: ["#2f7f80", "#6fcfcd"],
  device: ["#57656e", "#a3b2bc"],
  alert: ["#a8323a", "#f0878c"],
  other: ["#4a5a78", "#9db0d6"],
};

export const hue = (name) => HUES[name][isDark() ? 1 : 0];
export const neutral = () => (isDark() ? "#5d6b75" : "#9aa4a8");
export const alarm = () => (isDark() ? "#ff7b6e" : "#c2281d");

const BLUES = ["#cfe3ef", "#8fc0dd", "#4b97c4", "#1f6ea3", "#0c4674"];
const SCALES = {
  // steps: [from, colour]; what is under the first step has its colour
  fill: { steps: [[0, "#7fb58a"], [0.5, "#e3b341"], [0.8, "#d96b34"], [0.95, "#a8231c"]], end: 1 },
  battery: { steps: [[0, "#a8231c"], [0.2, "#e3b341"], [0.4, "#7fb58a"]], end: 1 },
  noise: { steps: [[30, "#9cc5b5"], [50, "#d8cf7a"], [60, "#eaa650"], [65, "#d96b34"], [70, "#a02342"]], end: 80 },
  temperature: { spread: ["#2f6db3", "#7fb4d8", "#e9dcb0", "#e89a5a", "#c23b2a"] },
  water: { spread: BLUES },
  count: { spread: ["#dfd3ea", "#b99ad1", "#9266b8", "#6b3c97", "#47206f"] },
  light: { words: { on: "#e8b923", low: "#b58f3a", off: "#6d7a84" } },
};

/** A scale for these values: {colour(value), steps: [[from, colour]] or words, end}. */
export function scaleFor(name, values) {
  const scale = SCALES[name];
  if (scale === undefined) return undefined;
  if (scale.words) return { words: scale.words, colour: (value) => scale.words[value] };
  const steps = scale.steps ?? spread(scale.spread, values.filter((v) => typeof v === "number"));
  if (steps === undefined) return undefined;
  return {
    steps,
    end: scale.end ?? steps.end,
    colour: (value) => {
      if (typeof value !== "number") return undefined;
      let found = steps[0][1];
      for (const [from, colour] of steps) if (value >= from) found = colour;
      return found;
    },
  };
}

// Equal steps, at round numbers, over all but the outermost of the values.
function spread(colours, values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * 0.03)];
  const high = sorted[Math.ceil(sorted.length * 0.97) - 1];
  const raw = Math.max((high - low) / colours.length, 1e-6);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= raw * 0.999);
  const from = Math.floor(low / step) * step;
  const steps = colours.map((colour, i) => [Number((from + i * step).toPrecision(6)), colour]);
  steps.end = Number((from + colours.length * step).toPrecision(6));
  return steps;
}
