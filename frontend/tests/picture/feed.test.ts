import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, emptyRow, FeedError, GONE, memberOfCode, parseLegend, ROWS, trackName } from "../../src/picture/feed.ts";

function frame(kind: number, size: number, count: number, body: number): ArrayBuffer {
  const buffer = new ArrayBuffer(24 + body);
  const view = new DataView(buffer);
  view.setUint32(0, 0x4c575431, false);
  view.setUint8(4, kind);
  view.setUint8(5, size);
  view.setUint32(8, count, true);
  view.setBigInt64(16, 1_760_000_000_000n, true);
  return buffer;
}

test("a row, field by field", () => {
  const buffer = frame(ROWS, 40, 1, 40);
  const view = new DataView(buffer, 24);
  view.setUint32(0, 4127, true);
  view.setInt32(4, 316_033_333, true);
  view.setInt32(8, -1_293_000_000, true);
  view.setInt32(12, 1200, true);
  view.setUint32(16, 5, true);
  view.setUint16(20, 6487, true);
  view.setUint16(22, 7, true);
  view.setInt16(24, 2362, true);
  view.setUint16(26, 2248, true);
  view.setUint16(28, 5700, true);
  view.setInt16(30, -123, true);
  view.setUint16(32, 77, true);
  view.setUint8(34, 3);
  view.setUint8(35, 2 + 16 * 9);
  view.setUint16(36, 1, true);
  const found = decodeFrame(buffer);
  assert.equal(found.kind, ROWS);
  if (found.kind !== ROWS) return;
  const row = emptyRow();
  found.read(0, row);
  assert.deepEqual(row, {
    number: 4127, latitudeDeg: 31.6033333, longitudeDeg: -129.3, timeMs: 1_759_999_998_800, pedigree: 5, origin: 6487,
    label: 7, altitudeM: 9448, speedMps: 224.8, courseDeg: 57, climbMps: -12.3, sigmaM: 77, giver: 3, affiliation: 2,
    quality: 9, flags: 1,
  });
  assert.equal(trackName(row.origin, row.number), "JPN-04127");
});

test("gone tracks", () => {
  const buffer = frame(GONE, 8, 1, 8);
  const view = new DataView(buffer, 24);
  view.setUint32(0, 4127, true);
  view.setUint16(4, 6487, true);
  view.setUint8(6, 3);
  const found = decodeFrame(buffer);
  assert.deepEqual(found, { kind: GONE, timeMs: 1_760_000_000_000, names: [{ number: 4127, origin: 6487, giver: 3 }] });
});

test("what is not a frame is refused", () => {
  const wrong = [
    new ArrayBuffer(0), new ArrayBuffer(23), new ArrayBuffer(64), frame(ROWS, 40, 2, 40), frame(ROWS, 44, 1, 44),
    frame(3, 40, 1, 40), frame(GONE, 8, 1, 9),
  ];
  for (const buffer of wrong) assert.throws(() => decodeFrame(buffer), FeedError);
});

test("members by code", () => {
  assert.deepEqual([0, 1, 17_575, 6487].map(memberOfCode), ["AAA", "AAB", "ZZZ", "JPN"]);
});

test("a legend says that it is one", () => {
  assert.equal(parseLegend('{"type":"legend","own":"JPN"}').own, "JPN");
  assert.throws(() => parseLegend('{"type":"other"}'), FeedError);
  assert.throws(() => parseLegend("null"), FeedError);
});
