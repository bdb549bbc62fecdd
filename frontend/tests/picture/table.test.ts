import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyRow, type TrackRow } from "../../src/picture/feed.ts";
import { EARTH_RADIUS_M, latitudeOf, longitudeOf } from "../../src/pictures/map/mercator.ts";
import { TrackTable, TRAIL_MS, TRAIL_STEP_MS } from "../../src/picture/table.ts";

const NOW = 1_760_000_000_000;

function row(number: number, more: Partial<TrackRow> = {}): TrackRow {
  return { ...emptyRow(), number, origin: 6487, latitudeDeg: 35, longitudeDeg: 130, timeMs: NOW, ...more };
}

test("one track stays one, and an older row changes nothing", () => {
  const table = new TrackTable();
  const at = table.put(row(1, { altitudeM: 100 }));
  assert.equal(table.put(row(1, { altitudeM: 200, timeMs: NOW + 1000 })), at);
  table.put(row(1, { altitudeM: 300, timeMs: NOW - 1000 }));
  assert.equal(table.count, 1);
  assert.equal(table.altitudeM[at], 200);
  assert.equal(table.names[at], "JPN-00001");
});

test("the same number of another member is another track", () => {
  const table = new TrackTable();
  const places = [table.put(row(1)), table.put(row(1, { giver: 1 })), table.put(row(1, { origin: 5 }))];
  assert.equal(new Set(places).size, 3);
});

test("a removed track's place is used again, without its trail", () => {
  const table = new TrackTable();
  const at = table.put(row(1));
  assert.equal(table.remove(row(1)), at);
  assert.equal(table.find(row(1)), -1);
  assert.equal(table.remove(row(1)), -1);
  assert.equal(table.put(row(2, { timeMs: NOW + 60_000 })), at);
  assert.equal(table.trail(at, NOW + 60_000).length, 1);
});

test("ten thousand tracks", () => {
  const table = new TrackTable();
  for (let i = 1; i <= 10_000; i += 1) table.put(row(i, { latitudeDeg: i / 200 }));
  assert.equal(table.count, 10_000);
  assert.equal(table.latitudeDeg[table.find(row(7_777))], 7_777 / 200);
});

test("speed and course carry a track along", () => {
  const table = new TrackTable();
  const at = table.put(row(1, { speedMps: 250, courseDeg: 90 }));
  const x = table.worldX[at]! + table.rateX[at]! * 100;
  const y = table.worldY[at]! + table.rateY[at]! * 100;
  const east = ((longitudeOf(x) - 130) * Math.PI) / 180 * EARTH_RADIUS_M * Math.cos((35 * Math.PI) / 180);
  assert.ok(Math.abs(east - 25_000) < 1);
  assert.ok(Math.abs(latitudeOf(y) - 35) < 1e-9);
});

test("a trail keeps a point every ten seconds for five minutes", () => {
  const table = new TrackTable();
  let at = 0;
  for (let s = 0; s <= 600; s += 1) at = table.put(row(1, { timeMs: NOW + s * 1000, longitudeDeg: 130 + s / 1000 }));
  const trail = table.trail(at, NOW + 600_000);
  assert.equal(trail.length, TRAIL_MS / TRAIL_STEP_MS + 1);
  assert.ok(trail[0]!.x < trail[trail.length - 1]!.x);
  assert.equal(table.trail(at, NOW + 1_200_000).length, 0);
});
