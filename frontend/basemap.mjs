// The basemap: coastlines of Natural Earth 1:50m (public domain), from the npm package world-atlas, as compact rings.
//
// Output: {"scale": 1000, "source": "...", "rings": [[lon, lat, dlon, dlat, …], …]} in integer thousandths of a degree,
// each point after the first as the difference to the one before. A thousandth of a degree is at most 111 m.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { feature } from "topojson-client";

const SCALE = 1000;

function pack(ring) {
  const packed = [];
  let lastLon = 0;
  let lastLat = 0;
  ring.forEach(([lon, lat], index) => {
    const x = Math.round(lon * SCALE);
    const y = Math.round(lat * SCALE);
    if (index > 0 && x === lastLon && y === lastLat) return;
    packed.push(x - lastLon, y - lastLat);
    lastLon = x;
    lastLat = y;
  });
  return packed;
}

export async function landRings() {
  const file = createRequire(import.meta.url).resolve("world-atlas/land-50m.json");
  const topology = JSON.parse(await readFile(file, "utf8"));
  const land = feature(topology, topology.objects.land);
  const shapes = land.type === "FeatureCollection" ? land.features.map((f) => f.geometry) : [land.geometry];
  const polygons = shapes.flatMap((g) => (g.type === "MultiPolygon" ? g.coordinates : [g.coordinates]));
  const rings = polygons.flat().map(pack).filter((ring) => ring.length >= 8);
  rings.sort((a, b) => b.length - a.length);
  return JSON.stringify({ scale: SCALE, source: "Natural Earth 1:50m", rings });
}
