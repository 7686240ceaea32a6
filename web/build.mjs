// SPDX-License-Identifier: Apache-2.0
// Bundles the pages:  node build.mjs NODE_MODULES OUT
// OUT gets index.html (the home page's document), page.html (that of the others) and, with
// their hashes in their names, what these load.
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
// The home page is a program of its own, in as few files as can be.
const programs = ["src/home.js", "src/main.js"];
const make = (notices, more = {}) => Promise.all(programs.map((entry) => esbuild.build({
  ...options,
  ...more,
  entryPoints: [entry],
  define: { LAND_URL: JSON.stringify(landUrl), NOTICES_URL: JSON.stringify(notices) },
})));
const drafts = await make("", { write: false });
const [home, others] = await make(keep("notices.txt", notices(sheet.metafile, ...drafts.map(({ metafile }) => metafile))));

const named = ({ metafile: { outputs } }, source) =>
  Object.keys(outputs).find((file) => outputs[file].entryPoint === source);

/** What a program is made of: a module and all that it imports, or they import, at once. */
function parts({ metafile: { outputs } }, file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of outputs[file].imports)
    if (kind === "import-statement") parts({ metafile: { outputs } }, path, found);
  return found;
}

// Modules are asked for with the document, not one after the other as they are found.
function document(file, program, source) {
  const entry = named(program, source);
  const preload = [...parts(program, entry)].map((part) => `<link rel="modulepreload" href="/assets/${basename(part)}">`);
  const html = readFileSync("src/index.html", "utf8")
    .replace("{{style}}", `/assets/${basename(named(sheet, "src/style.css"))}`)
    .replace("{{preload}}", preload.join("\n"))
    .replace("{{program}}", `/assets/${basename(entry)}`)
    .replace("{{icon}}", iconUrl);
  writeFileSync(join(out, file), html);
}

document("index.html", home, "src/home.js");
document("page.html", others, "src/main.js");
