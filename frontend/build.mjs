// Builds the islands into package data: type check, bundle, and the basemap from world-atlas. Run after `npm ci`.
//
//   node build.mjs            check types, bundle, minify
//   node build.mjs --no-types  skip the type check (for a quick look while working)
//
// An island is one entry file. A row whose Python package is absent is left out, so that a room can be deleted whole.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build } from "esbuild";
import { landRings } from "./basemap.mjs";
import { symbolParts } from "./symbols.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.join(here, "..", "src", "latticework");

// entries, Python package, folder of package data
const islands = [
  { entries: ["src/shell.ts", "src/pictures/areas.ts"], owner: "shell", dist: "shell/static/dist" },
  { entries: ["src/picture/map.ts"], owner: "picture", dist: "picture/surface/static/dist" },
];

// What the node itself draws with and what maps in the browser fetch, once for all rooms.
const shared = {
  owner: "workbench/pictures", dist: "workbench/pictures/dist",
  files: { "land.json": landRings, "symbols.json": symbolParts },
};

function fail(words) {
  console.error(words);
  process.exit(1);
}

if (!process.argv.includes("--no-types")) {
  const tsc = spawnSync(process.execPath, [path.join(here, "node_modules", "typescript", "bin", "tsc"), "-p", here], {
    stdio: "inherit",
  });
  if (tsc.status !== 0) fail("The front end has type errors; nothing was built.");
}

for (const { entries, owner, dist } of islands) {
  const sources = entries.map((entry) => path.join(here, entry));
  if (!existsSync(path.join(packages, owner)) || !sources.every((source) => existsSync(source))) continue;
  const target = path.join(packages, dist);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const result = await build({
    entryPoints: sources,
    entryNames: "[name]",
    outdir: target,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: "linked",
    legalComments: "eof",
    logLevel: "warning",
    metafile: true,
  });
  const bytes = Object.entries(result.metafile.outputs)
    .filter(([name]) => name.endsWith(".js"))
    .reduce((sum, [, output]) => sum + output.bytes, 0);
  console.log(`${entries.join(", ")} -> ${dist} (${Math.round(bytes / 1024)} KiB)`);
}

if (existsSync(path.join(packages, shared.owner))) {
  const target = path.join(packages, shared.dist);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const [name, make] of Object.entries(shared.files)) await writeFile(path.join(target, name), await make());
}
