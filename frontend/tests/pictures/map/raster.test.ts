import assert from "node:assert/strict";
import { test } from "node:test";
import { colorOf, packed, Raster, stampOf } from "../../../src/pictures/map/raster.ts";

function alphaAt(raster: Raster, x: number, y: number): number {
  return raster.bytes[4 * (y * raster.width + x) + 3]!;
}

function total(raster: Raster): number {
  let sum = 0;
  for (let i = 3; i < raster.bytes.length; i += 4) sum += raster.bytes[i]!;
  return sum / 255;
}

test("colors stand in memory as the canvas reads them", () => {
  const raster = new Raster(1, 1);
  raster.square(0.5, 0.5, 1, packed(1, 2, 3, 4));
  assert.deepEqual([...raster.bytes], [1, 2, 3, 4]);
  assert.equal(colorOf("rgb(31, 111, 69)"), packed(31, 111, 69, 255));
});

test("a square covers its pixels and nothing outside the buffer", () => {
  const raster = new Raster(10, 10);
  raster.square(5, 5, 3, packed(0, 0, 0, 255));
  assert.equal(total(raster), 9);
  raster.clear();
  raster.square(0, 0, 3, packed(0, 0, 0, 255));
  raster.square(100, -100, 3, packed(0, 0, 0, 255));
  assert.ok(total(raster) <= 4);
});

test("a line covers its length times its thickness, whatever its direction", () => {
  for (let degrees = 0; degrees < 360; degrees += 15) {
    const raster = new Raster(100, 100);
    const angle = (degrees * Math.PI) / 180;
    raster.line(50, 50, 50 + 40 * Math.cos(angle), 50 + 40 * Math.sin(angle), 1.5, packed(9, 9, 9, 255));
    const covered = total(raster);
    assert.ok(Math.abs(covered - 60) < 6, `${degrees}°: ${covered}`);
  }
});

test("a line to nowhere draws nothing", () => {
  const raster = new Raster(10, 10);
  raster.line(5, 5, 5, 5, 1.5, packed(0, 0, 0, 255));
  assert.equal(total(raster), 0);
});

test("a stamp is drawn around its place, and what is more opaque stays", () => {
  const image = new Uint8ClampedArray(4 * 9);
  image.set([10, 20, 30, 255], 4 * 4);
  image.set([10, 20, 30, 100], 4 * 5);
  const stamp = stampOf(image, 3);
  assert.equal(stamp.color.length, 2);
  const raster = new Raster(10, 10);
  raster.stamp(stamp, 5, 5);
  assert.equal(alphaAt(raster, 5, 5), 255);
  assert.equal(alphaAt(raster, 6, 5), 100);
  raster.stamp(stamp, 4, 5);
  assert.equal(alphaAt(raster, 5, 5), 255);
  raster.stamp(stamp, 0, 0);
});
