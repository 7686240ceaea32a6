// SPDX-License-Identifier: Apache-2.0
// Bundles the pages:  node build.mjs NODE_MODULES OUT
// OUT gets index.html and, with their hashes in their names, what it loads.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { land } from "./land.mjs";

const [modules, out] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(modules, "x.js")));
const esbuild = require("esbuild");

function keep(name, text) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  const [stem, extension] = name.split(".");
  const file = `${stem}-${hash}.${extension}`;
  writeFileSync(join(out, file), text);
  return `/assets/${file}`;
}

// The licences of what was bundled, by package.
function notices(...metafiles) {
  const used = new Set(["world-atlas"]);
  for (const input of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    const name = input.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1];
    if (name) used.add(name);
  }
  const texts = [...used].sort().map((name) => {
    const about = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    const licence = readFileSync(join(modules, name, "LICENSE"), "utf8").trim();
    return `${name} ${about.version} (${about.license})\n\n${licence}\n`;
  });
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}

const landUrl = keep("land.json", JSON.stringify(land(require)));
const iconUrl = keep("icon.svg", readFileSync("src/icon.svg"));
const options = {
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  splitting: true,
  target: ["es2022"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  nodePaths: [modules],
  loader: { ".png": "dataurl", ".woff2": "file" },
  assetNames: "[name]-[hash]",
  legalComments: "none",
  logLevel: "warning",
};
const sheet = await esbuild.build({ ...options, entryPoints: ["src/style.css"] });
const first = await esbuild.build({
  ...options,
  entryPoints: ["src/main.js"],
  write: false,
  define: { LAND_URL: JSON.stringify(landUrl), NOTICES_URL: '""' },
});
const noticesUrl = keep("notices.txt", notices(first.metafile, sheet.metafile));
const program = await esbuild.build({
  ...options,
  entryPoints: ["src/main.js"],
  define: { LAND_URL: JSON.stringify(landUrl), NOTICES_URL: JSON.stringify(noticesUrl) },
});

const entry = ({ metafile: { outputs } }, source) =>
  "/assets/" + basename(Object.keys(outputs).find((file) => outputs[file].entryPoint === source));
const html = readFileSync("src/index.html", "utf8")
  .replace("{{style}}", entry(sheet, "src/style.css"))
  .replaceAll("{{program}}", entry(program, "src/main.js"))
  .replace("{{land}}", landUrl)
  .replace("{{icon}}", iconUrl);
writeFileSync(join(out, "index.html"), html);
