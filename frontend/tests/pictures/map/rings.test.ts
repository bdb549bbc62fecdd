// Rings over the 180th meridian: the rectangle of RFC 7946, section 3.1.9, and what is drawn of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { View, worldX, worldY } from "../../../src/pictures/map/mercator.ts";
import { fit, isWithin, labelPoint, shiftsInView, unroll, type LonLat } from "../../../src/pictures/map/rings.ts";

const RECTANGLE: LonLat[] = [[170, 40], [-170, 40], [-170, 50], [170, 50], [170, 40]];

test("the rectangle across the 180th meridian is 20 degrees wide, not 340", () => {
  const xs = unroll(RECTANGLE).map((p) => p.x * 360);
  assert.ok(Math.abs(Math.max(...xs) - Math.min(...xs) - 20) < 1e-9);
});

test("longitudes past 180 mean the same", () => {
  const one = unroll(RECTANGLE);
  const other = unroll([[170, 40], [190, 40], [190, 50], [170, 50], [170, 40]]);
  one.forEach((p, i) => assert.ok(Math.abs(p.x - other[i]!.x) < 1e-12));
});

test("it is drawn from both sides of the meridian", () => {
  const ring = unroll(RECTANGLE);
  const seen = (lon: number): boolean => {
    const view = new View(45, lon, 5);
    view.width = 400;
    view.height = 300;
    return shiftsInView(ring, view).length > 0;
  };
  assert.deepEqual([175, -175, 179.9, -179.9, 140, 0].map(seen), [true, true, true, true, false, false]);
});

test("a point lies within by the even-odd rule, so a hole is outside", () => {
  const outside = unroll(RECTANGLE);
  const hole = unroll([[175, 44], [-175, 44], [-175, 46], [175, 46]]);
  const at = (lon: number, lat: number): boolean => isWithin([outside, hole], { x: worldX(lon), y: worldY(lat) });
  assert.equal(at(172, 45), true);
  assert.equal(at(188, 45), true);
  assert.equal(at(180, 45), false);
  assert.equal(at(168, 45), false);
});

test("a fitted view holds all corners", () => {
  const ring = unroll(RECTANGLE);
  const view = new View(0, 0, 2);
  view.width = 800;
  view.height = 400;
  Object.assign(view, fit(ring, 800, 400, 256, 11));
  for (const p of ring) {
    const { x, y } = view.toScreen(p.x, p.y);
    assert.ok(x > 0 && x < 800 && y > 0 && y < 400);
  }
});

test("the name of an area stands within it, not in its hole", () => {
  const outside = unroll(RECTANGLE);
  const hole = unroll([[175, 43], [-175, 43], [-175, 47], [175, 47]]);
  assert.equal(isWithin([outside], labelPoint([outside])), true);
  assert.equal(isWithin([outside, hole], labelPoint([outside, hole])), true);
});
