// The frame's script, without a browser: times of day, steps through rows, waits between connections.
import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsOf, timeOf } from "../src/shell/clocks.ts";
import { stepTo } from "../src/shell/keys.ts";
import { touched, waitBefore } from "../src/shell/parts.ts";

test("a clock goes on from the server's time of day and round at midnight", () => {
  assert.equal(secondsOf("23:42:07"), 85_327);
  assert.equal(secondsOf(" 00:00:00 "), 0);
  assert.equal(secondsOf("23:42"), null);
  assert.equal(timeOf(85_327), "23:42:07");
  assert.equal(timeOf(86_399 + 2), "00:00:01");
  assert.equal(timeOf(-1), "23:59:59");
});

test("j and k stop at both ends and begin where one would look", () => {
  assert.equal(stepTo(-1, 1, 3), 0);
  assert.equal(stepTo(-1, -1, 3), 2);
  assert.equal(stepTo(2, 1, 3), 2);
  assert.equal(stepTo(0, -1, 3), 0);
  assert.equal(stepTo(0, 1, 0), -1);
});

test("only what depends on a change is fetched again", () => {
  assert.deepEqual(touched("record release", ["alarm", "record"]), ["record"]);
  assert.deepEqual(touched("", ["record"]), []);
});

test("a node that is down is asked ever less often, but at least twice a minute", () => {
  const waits = Array.from({ length: 12 }, (_, attempt) => waitBefore(attempt));
  assert.equal(waits[0], 500);
  assert.ok(waits.every((wait, n) => n === 0 || wait >= (waits[n - 1] ?? 0)));
  assert.equal(waits.at(-1), 30_000);
});
