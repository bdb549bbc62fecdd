// The tracks that this page holds: columns of typed arrays, so that ten thousand are drawn without garbage.

import type { TrackName, TrackRow } from "./feed.ts";
import { trackName } from "./feed.ts";
import { worldPerMeter, worldX, worldY } from "../pictures/map/mercator.ts";

export const STALE_MS = 10_000;
export const LOST_MS = 60_000;
export const TRAIL_MS = 300_000;
export const TRAIL_STEP_MS = 10_000;
const TRAIL_POINTS = TRAIL_MS / TRAIL_STEP_MS + 1;

export class TrackTable {
  /** Indexes below this may be in use. */
  size = 0;
  /** Grows with every track that comes or goes, so that a list knows when to sort anew. */
  generation = 0;
  used = new Uint8Array(0);
  number = new Uint32Array(0);
  origin = new Uint16Array(0);
  giver = new Uint8Array(0);
  label = new Uint16Array(0);
  affiliation = new Uint8Array(0);
  quality = new Uint8Array(0);
  flags = new Uint16Array(0);
  pedigree = new Uint32Array(0);
  latitudeDeg = new Float64Array(0);
  longitudeDeg = new Float64Array(0);
  timeMs = new Float64Array(0);
  altitudeM = new Float32Array(0);
  speedMps = new Float32Array(0);
  courseDeg = new Float32Array(0);
  climbMps = new Float32Array(0);
  sigmaM = new Float32Array(0);
  /** World position at timeMs, and its rate per second. */
  worldX = new Float64Array(0);
  worldY = new Float64Array(0);
  rateX = new Float64Array(0);
  rateY = new Float64Array(0);
  names: string[] = [];
  private trailX = new Float32Array(0);
  private trailY = new Float32Array(0);
  private trailMs = new Float64Array(0);
  private trailNext = new Uint8Array(0);
  private readonly index = new Map<number, number>();
  private readonly free: number[] = [];

  get count(): number {
    return this.index.size;
  }

  private static key(row: TrackName): number {
    return (row.giver * 17_576 + row.origin) * 131_072 + row.number;
  }

  find(name: TrackName): number {
    return this.index.get(TrackTable.key(name)) ?? -1;
  }

  put(row: TrackRow): number {
    const key = TrackTable.key(row);
    let at = this.index.get(key);
    if (at === undefined) {
      at = this.free.pop() ?? this.size;
      if (at === this.size) {
        this.size += 1;
        if (this.size > this.used.length) this.grow(Math.max(1024, this.used.length * 2));
      }
      this.index.set(key, at);
      this.used[at] = 1;
      this.number[at] = row.number;
      this.origin[at] = row.origin;
      this.giver[at] = row.giver;
      this.names[at] = trackName(row.origin, row.number);
      this.trailMs.fill(0, at * TRAIL_POINTS, (at + 1) * TRAIL_POINTS);
      this.trailNext[at] = 0;
      this.generation += 1;
    } else if (row.timeMs < (this.timeMs[at] ?? 0)) {
      return at;
    }
    this.label[at] = row.label;
    this.affiliation[at] = row.affiliation;
    this.quality[at] = row.quality;
    this.flags[at] = row.flags;
    this.pedigree[at] = row.pedigree;
    this.latitudeDeg[at] = row.latitudeDeg;
    this.longitudeDeg[at] = row.longitudeDeg;
    this.timeMs[at] = row.timeMs;
    this.altitudeM[at] = row.altitudeM;
    this.speedMps[at] = row.speedMps;
    this.courseDeg[at] = row.courseDeg;
    this.climbMps[at] = row.climbMps;
    this.sigmaM[at] = row.sigmaM;
    const x = worldX(row.longitudeDeg);
    const y = worldY(row.latitudeDeg);
    this.worldX[at] = x;
    this.worldY[at] = y;
    const rate = row.speedMps * worldPerMeter(row.latitudeDeg);
    const course = (row.courseDeg * Math.PI) / 180;
    this.rateX[at] = rate * Math.sin(course);
    this.rateY[at] = -rate * Math.cos(course);
    this.remember(at, x, y, row.timeMs);
    return at;
  }

  remove(name: TrackName): number {
    const key = TrackTable.key(name);
    const at = this.index.get(key);
    if (at === undefined) return -1;
    this.index.delete(key);
    this.used[at] = 0;
    this.free.push(at);
    this.generation += 1;
    return at;
  }

  clear(): void {
    this.index.clear();
    this.used.fill(0);
    this.free.length = 0;
    this.size = 0;
    this.generation += 1;
  }

  /** The trail of one track, oldest first, as world coordinates. */
  trail(at: number, nowMs: number): { x: number; y: number }[] {
    const points: { x: number; y: number }[] = [];
    const base = at * TRAIL_POINTS;
    const next = this.trailNext[at] ?? 0;
    for (let i = 0; i < TRAIL_POINTS; i += 1) {
      const slot = base + ((next + i) % TRAIL_POINTS);
      const when = this.trailMs[slot] ?? 0;
      if (when > 0 && nowMs - when <= TRAIL_MS) points.push({ x: this.trailX[slot] ?? 0, y: this.trailY[slot] ?? 0 });
    }
    return points;
  }

  private remember(at: number, x: number, y: number, timeMs: number): void {
    const base = at * TRAIL_POINTS;
    const next = this.trailNext[at] ?? 0;
    const last = base + ((next + TRAIL_POINTS - 1) % TRAIL_POINTS);
    if (timeMs - (this.trailMs[last] ?? 0) < TRAIL_STEP_MS) return;
    this.trailX[base + next] = x;
    this.trailY[base + next] = y;
    this.trailMs[base + next] = timeMs;
    this.trailNext[at] = (next + 1) % TRAIL_POINTS;
  }

  private grow(capacity: number): void {
    const wider = <T extends { set(from: T): void }>(old: T, make: (n: number) => T): T => {
      const made = make(capacity);
      made.set(old);
      return made;
    };
    this.used = wider(this.used, (n) => new Uint8Array(n));
    this.number = wider(this.number, (n) => new Uint32Array(n));
    this.origin = wider(this.origin, (n) => new Uint16Array(n));
    this.giver = wider(this.giver, (n) => new Uint8Array(n));
    this.label = wider(this.label, (n) => new Uint16Array(n));
    this.affiliation = wider(this.affiliation, (n) => new Uint8Array(n));
    this.quality = wider(this.quality, (n) => new Uint8Array(n));
    this.flags = wider(this.flags, (n) => new Uint16Array(n));
    this.pedigree = wider(this.pedigree, (n) => new Uint32Array(n));
    this.latitudeDeg = wider(this.latitudeDeg, (n) => new Float64Array(n));
    this.longitudeDeg = wider(this.longitudeDeg, (n) => new Float64Array(n));
    this.timeMs = wider(this.timeMs, (n) => new Float64Array(n));
    this.altitudeM = wider(this.altitudeM, (n) => new Float32Array(n));
    this.speedMps = wider(this.speedMps, (n) => new Float32Array(n));
    this.courseDeg = wider(this.courseDeg, (n) => new Float32Array(n));
    this.climbMps = wider(this.climbMps, (n) => new Float32Array(n));
    this.sigmaM = wider(this.sigmaM, (n) => new Float32Array(n));
    this.worldX = wider(this.worldX, (n) => new Float64Array(n));
    this.worldY = wider(this.worldY, (n) => new Float64Array(n));
    this.rateX = wider(this.rateX, (n) => new Float64Array(n));
    this.rateY = wider(this.rateY, (n) => new Float64Array(n));
    this.trailX = wider(this.trailX, (n) => new Float32Array(n * TRAIL_POINTS));
    this.trailY = wider(this.trailY, (n) => new Float32Array(n * TRAIL_POINTS));
    this.trailMs = wider(this.trailMs, (n) => new Float64Array(n * TRAIL_POINTS));
    this.trailNext = wider(this.trailNext, (n) => new Uint8Array(n));
  }
}
