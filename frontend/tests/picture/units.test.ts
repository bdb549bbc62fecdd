import assert from "node:assert/strict";
import { test } from "node:test";
import { enlargement } from "../../src/picture/layer.ts";
import {
  ageText, countText, degrees3, distanceText, feetPerMinute, flightLevel, knots, sparkPath,
} from "../../src/picture/units.ts";
import { say, setWords } from "../../src/picture/words.ts";

test("air units by their definitions", () => {
  assert.equal(flightLevel(9448.8), 310); // 31,000 ft of 0.3048 m
  assert.equal(knots(224.8), 437); // 1852 m an hour
  assert.equal(feetPerMinute(5.08), 1000);
  assert.equal(feetPerMinute(-0.1), -0);
});

test("courses have three digits and never 360", () => {
  assert.deepEqual([0, 7.4, 57, 359.7].map(degrees3), ["000°", "007°", "057°", "000°"]);
});

test("ages", () => {
  assert.deepEqual([-5, 400, 12_900, 200_000].map(ageText), ["0.0 s", "0.4 s", "12 s", "3 min 20 s"]);
});

test("thousands have a thin space", () => {
  assert.deepEqual([7, 1204, 1_234_567].map(countText), ["7", "1\u2009204", "1\u2009234\u2009567"]);
  assert.equal(distanceText(500), "500 m");
  assert.equal(distanceText(200_000), "200 km");
});

test("an ellipse is enlarged by a round factor, and only when it is too small", () => {
  assert.equal(enlargement(12, 24), 1);
  assert.equal(enlargement(100, 24), 1);
  assert.equal(enlargement(0.05, 24), 200);
  for (let px = 0.001; px < 12; px *= 1.3) {
    const drawn = px * enlargement(px, 24);
    assert.ok(drawn > 9 && drawn <= 24.0001, `${px} drawn as ${drawn}`);
  }
});

test("a spark needs two points and ends at the right edge", () => {
  assert.equal(sparkPath([5], 150, 24, 120), "");
  const path = sparkPath([0, 10], 150, 24, 120);
  assert.match(path, /^M148\.7,23\.0L150\.0,3\.0$/);
});

test("words are filled in, and a missing one is English", () => {
  setWords({ "As {member} sees it": "{member}から見た表示" });
  assert.equal(say("As {member} sees it", { member: "KOR" }), "KORから見た表示");
  assert.equal(say("{n} of {of}", { n: 1, of: 2 }), "1 of 2");
});
