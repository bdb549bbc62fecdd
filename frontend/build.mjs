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

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.join(here, "..", "src", "latticework");

// entry, Python package, folder of package data, and what else belongs to it
const islands = [
  { entry: "src/shell.ts", owner: "shell", dist: "shell/static/dist" },
  { entry: "src/picture/map.ts", owner: "picture", dist: "picture/surface/static/dist", files: { "land.json": landRings } },
];

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

for (const { entry, owner, dist, files = {} } of islands) {
  const source = path.join(here, entry);
  if (!existsSync(path.join(packages, owner)) || !existsSync(source)) continue;
  const target = path.join(packages, dist);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const result = await build({
    entryPoints: [source],
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
  for (const [name, make] of Object.entries(files)) await writeFile(path.join(target, name), await make());
  const bytes = Object.entries(result.metafile.outputs)
    .filter(([name]) => name.endsWith(".js"))
    .reduce((sum, [, output]) => sum + output.bytes, 0);
  console.log(`${entry} -> ${dist} (${Math.round(bytes / 1024)} KiB)`);
}
