// Parts of APP-6(D) symbols from the npm package milsymbol (MIT), so that the node draws a symbol with no JavaScript:
// frames, icons, modifiers, echelons, and the marks of headquarters, task force and dummy.
//
// A part is what a symbol with it has more than the same symbol without it. What is equal for all identities is kept
// once, under "*". Output: {"source": …, "frames": {"SET:IDENTITY": shapes}, "icons": {"SET:ENTITY": {IDENTITY: shapes}},
// "mod1", "mod2", "echelons", "marks"}; a shape is [tag, geometry, stroke width, filled, dashes].

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const IDENTITIES = { unknown: "1", friend: "3", neutral: "4", hostile: "6" };
const SETS = { 10: "landunit", 20: "landinstallation", 30: "sea", 35: "subsurface", 1: "air", 40: "activites" };

/** Shapes of a symbol, flat, each as a JSON string. */
function shapes(ms, code) {
  const found = [];
  const walk = (one, transform, paint) => {
    if (Array.isArray(one)) return one.forEach((inner) => walk(inner, transform, paint));
    const own = { ...paint, ...Object.fromEntries(Object.entries(one).filter(([key]) => ["fill", "stroke", "strokewidth", "strokedasharray"].includes(key))) };
    if (one.draw) {
      const moved = one.type === "translate" ? `translate(${one.x},${one.y})`
        : one.type === "scale" ? `scale(${one.factor})`
        : `rotate(${one.degree},${one.x},${one.y})`;
      return one.draw.forEach((inner) => walk(inner, moved === "translate(0,0)" ? transform : `${transform} ${moved}`.trim(), own));
    }
    const geometry = one.type === "path" ? { d: one.d }
      : one.type === "circle" ? { cx: one.cx, cy: one.cy, r: one.r }
      : one.type === "text" ? { x: one.x, y: one.y, size: one.fontsize, text: String(one.text), anchor: one.textanchor ?? "start" }
      : null;
    if (!geometry) throw new Error(`milsymbol drew a ${one.type}, which is not known here`);
    const shape = [one.type, transform ? { ...geometry, transform } : geometry, own.stroke === false ? 0 : Number(own.strokewidth ?? 0), Boolean(own.fill), own.strokedasharray ?? ""];
    found.push(JSON.stringify(shape));
  };
  walk(new ms.Symbol(code, { size: 100, fill: false }).drawInstructions, "", {});
  return found;
}

/** What `whole` has more than `base`, as shapes. */
function more(whole, base) {
  const left = [...base];
  return whole.filter((shape) => {
    const at = left.indexOf(shape);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  }).map((shape) => JSON.parse(shape));
}

const code = ({ identity = "3", set = "10", status = "0", mark = "0", echelon = "00", entity = "000000", mod1 = "00", mod2 = "00" }) =>
  `100${identity}${set}${status}${mark}${echelon}${entity}${mod1}${mod2}`;

/** The part of each identity; one when all are equal. */
function byIdentity(ms, wanted, without) {
  const found = Object.fromEntries(Object.values(IDENTITIES).map((identity) =>
    [identity, more(shapes(ms, code({ ...wanted, identity })), shapes(ms, code({ ...without, identity })))]));
  const written = Object.values(found).map((one) => JSON.stringify(one));
  return written.every((one) => one === written[0]) ? { "*": found["3"] } : found;
}

export async function symbolParts() {
  const ms = require("milsymbol");
  const folder = path.dirname(require.resolve("milsymbol/package.json"));
  const { version } = require("milsymbol/package.json");
  const parts = { source: `milsymbol ${version}, APP-6(D)`, frames: {}, icons: {}, mod1: {}, mod2: {}, echelons: {}, marks: {} };
  for (const [number, file] of Object.entries(SETS)) {
    const set = number.padStart(2, "0");
    for (const identity of Object.values(IDENTITIES)) {
      parts.frames[`${set}:${identity}`] = more(shapes(ms, code({ identity, set })), []);
      parts.frames[`${set}:${identity}:planned`] = more(shapes(ms, code({ identity, set, status: "1" })), []);
    }
    const source = await readFile(path.join(folder, "src/numbersidc/sidc", `${file}.js`), "utf8");
    const codes = (name) => [...new Set([...source.matchAll(new RegExp(`${name}\\["(\\d+)"\\]`, "g"))].map((m) => m[1]))];
    for (const entity of codes("sId").filter((c) => c.length === 6 && c !== "000000")) {
      parts.icons[`${set}:${entity}`] = byIdentity(ms, { set, entity }, { set });
    }
    for (const kind of ["mod1", "mod2"]) {
      for (const one of codes(kind === "mod1" ? "sIdm1" : "sIdm2").filter((c) => c.length === 2 && c !== "00")) {
        parts[kind][`${set}:${one}`] = byIdentity(ms, { set, [kind]: one }, { set });
      }
    }
  }
  for (const echelon of ["11", "12", "13", "14", "15", "16", "17", "18", "21", "22", "23", "24"]) {
    parts.echelons[echelon] = byIdentity(ms, { echelon }, {});
  }
  // A mark stands above or below the echelon, so it may be another one with each.
  for (const mark of ["1", "2", "4"]) {
    parts.marks[`${mark}:00`] = byIdentity(ms, { mark }, {});
    for (const echelon of Object.keys(parts.echelons)) {
      const found = byIdentity(ms, { mark, echelon }, { echelon });
      if (JSON.stringify(found) !== JSON.stringify(parts.marks[`${mark}:00`])) parts.marks[`${mark}:${echelon}`] = found;
    }
  }
  return JSON.stringify(parts);
}
