import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EARTH_RADIUS_M, geodesicCircle, latitudeOf, longitudeOf, positionText, scaleBar, View, worldPerMeter, worldX, worldY,
} from "../../../src/pictures/map/mercator.ts";

const near = (actual: number, expected: number, tolerance: number): void => {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
};

test("Snyder's worked example", () => {
  // USGS Professional Paper 1395, appendix A, Mercator on a sphere of radius 1: 35° N 75° W from 180° W is
  // x = 1.8325957, y = 0.6528366. World units are 2π radii wide, and y runs down from the middle.
  near(worldX(-75) * 2 * Math.PI, 1.8325957, 1e-7);
  near((0.5 - worldY(35)) * 2 * Math.PI, 0.6528366, 1e-7);
});

test("positions come back", () => {
  for (const [lat, lon] of [[0, 0], [35.5, 139.8], [-84, -179.9], [60, 179.9]] as const) {
    near(latitudeOf(worldY(lat)), lat, 1e-9);
    near(longitudeOf(worldX(lon)), lon, 1e-9);
  }
});

test("the poles stay on the map", () => {
  near(worldY(90), 0, 1e-9);
  near(worldY(-90), 1, 1e-9);
});

test("a meter is a meter", () => {
  // One degree of longitude on the equator is 1/360 of the circumference.
  near(worldPerMeter(0) * ((2 * Math.PI * EARTH_RADIUS_M) / 360), 1 / 360, 1e-12);
  near(worldPerMeter(60) / worldPerMeter(0), 2, 1e-9);
});

test("zooming keeps the place under the pointer", () => {
  const view = new View(32, 131, 6);
  view.width = 800;
  view.height = 600;
  const before = view.toWorld(123, 456);
  view.zoomAt(0.7, 123, 456);
  const after = view.toWorld(123, 456);
  near(after.x, before.x, 1e-12);
  near(after.y, before.y, 1e-12);
});

test("the date line is no edge", () => {
  const view = new View(0, 179.9, 6);
  view.width = 800;
  view.height = 600;
  const east = view.toScreen(worldX(-179.9), worldY(0));
  near(east.x - 400, (0.2 / 360) * view.scale, 1e-6);
  view.pan(100, 0);
  assert.ok(view.x >= 0 && view.x < 1);
});

test("zoom has bounds", () => {
  const view = new View(0, 0, 6);
  view.zoomAt(100, 0, 0);
  assert.equal(view.zoom, 11);
  view.zoomAt(-100, 0, 0);
  assert.equal(view.zoom, 2);
});

test("a scale bar is round and fits", () => {
  assert.deepEqual(scaleBar(2000, 110), { meters: 200_000, px: 100 });
  assert.deepEqual(scaleBar(1, 110), { meters: 100, px: 100 });
  for (let mpp = 10; mpp < 1e5; mpp *= 1.37) {
    const bar = scaleBar(mpp, 110);
    assert.ok(bar.px <= 110 + 1e-6 && bar.px > 40);
  }
});

test("a ring lies at its radius", () => {
  for (const point of geodesicCircle(35, 130, 300_000)) {
    const [a, b] = [(35 * Math.PI) / 180, (latitudeOf(point.y) * Math.PI) / 180];
    const lon = (longitudeOf(point.x) - 130) * (Math.PI / 180);
    const cosine = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(lon);
    near(Math.acos(cosine) * EARTH_RADIUS_M, 300_000, 1);
  }
});

test("positions are written in degrees and minutes", () => {
  assert.equal(positionText(31.6033333, 129.3), "31° 36.2′ N 129° 18.0′ E");
  assert.equal(positionText(-0.99999, -179.99999), "01° 00.0′ S 180° 00.0′ W");
});
