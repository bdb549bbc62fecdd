// Steps through the parts of a picture with the keyboard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LEAST_ZOOM, MOST_ZOOM, stepFrom, zoomAfter } from "../src/shell/steps.ts";

// Two rows of a Gantt chart: three bars above, two below.
const bars = [[0, 0], [100, 0], [200, 0], [50, 30], [210, 30]].map(([x, y]) => ({ x: x!, y: y!, width: 40, height: 16 }));

test("arrows go to the nearest part in their direction and stop at the edge", () => {
  assert.equal(stepFrom(bars, 0, "ArrowRight"), 1);
  assert.equal(stepFrom(bars, 1, "ArrowRight"), 2);
  assert.equal(stepFrom(bars, 4, "ArrowRight"), 4);
  assert.equal(stepFrom(bars, 2, "ArrowDown"), 4);
  assert.equal(stepFrom(bars, 4, "ArrowUp"), 2);
  assert.equal(stepFrom(bars, 0, "ArrowLeft"), 0);
  assert.equal(stepFrom(bars, 0, "ArrowUp"), 0);
});

test("j and k go in order, Home and End to the ends, from nowhere to the first or last", () => {
  assert.deepEqual(["j", "k", "Home", "End"].map((key) => stepFrom(bars, 2, key)), [3, 1, 0, 4]);
  assert.deepEqual(["j", "k", "ArrowDown"].map((key) => stepFrom(bars, -1, key)), [0, 4, 0]);
  assert.equal(stepFrom(bars, 4, "j"), 4);
  assert.equal(stepFrom([], -1, "j"), -1);
});

test("zoom has two ends and a way back", () => {
  let zoom = 1;
  for (let i = 0; i < 20; i += 1) zoom = zoomAfter(zoom, "+");
  assert.equal(zoom, MOST_ZOOM);
  for (let i = 0; i < 20; i += 1) zoom = zoomAfter(zoom, "-");
  assert.equal(zoom, LEAST_ZOOM);
  assert.equal(zoomAfter(zoom, "0"), 1);
});
