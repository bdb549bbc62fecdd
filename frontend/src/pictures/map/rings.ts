// Rings over the 180th meridian: longitudes go on instead of jumping, and a ring is drawn in each copy of the world that
// is in view, so that no edge runs around the Earth. The node's own drawings cut them there (RFC 7946, section 3.1.9).

import { worldX, worldY, type Point, type View } from "./mercator.ts";

export type LonLat = readonly [number, number];

/** World coordinates of points of which each takes the shorter way from the one before. */
export function unroll(points: readonly LonLat[]): Point[] {
  let last = points[0]?.[0] ?? 0;
  return points.map(([lon, lat]) => {
    const step = lon - last;
    last += Math.abs(step) > 180 ? ((((step + 180) % 360) + 360) % 360) - 180 : step;
    return { x: worldX(last), y: worldY(lat) };
  });
}

/** By how many worlds points are shifted to be in view. */
export function shiftsInView(points: readonly Point[], view: View): number[] {
  const half = view.width / view.scale / 2;
  let low = Infinity;
  let high = -Infinity;
  for (const { x } of points) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return [-2, -1, 0, 1, 2].filter((shift) => low + shift <= view.x + half && high + shift >= view.x - half);
}

/** Whether a point lies within rings by the even-odd rule. */
export function isWithin(rings: readonly (readonly Point[])[], { x, y }: Point): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const a = ring[i]!;
      const b = ring[j]!;
      if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
    }
  }
  return inside;
}

/** A point within an area for its name: its middle, or where that is a hole or outside, a point on the way to a corner. */
export function labelPoint(rings: readonly (readonly Point[])[]): Point {
  const ring = rings[0] ?? [];
  const middle = {
    x: ring.reduce((sum, p) => sum + p.x, 0) / ring.length, y: ring.reduce((sum, p) => sum + p.y, 0) / ring.length,
  };
  const others = ring.map((p) => ({ x: (p.x * 2 + middle.x) / 3, y: (p.y * 2 + middle.y) / 3 }));
  return [middle, ...others].find((p) => isWithin(rings, p)) ?? middle;
}

/** Center and zoom that show all points in a window of pixels, with some air. */
export function fit(points: readonly Point[], width: number, height: number, tilePx: number, most: number): { x: number; y: number; zoom: number } {
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(width / Math.max(right - left, 1e-4), height / Math.max(bottom - top, 1e-4)) * 0.86;
  return { x: ((((left + right) / 2) % 1) + 1) % 1, y: (top + bottom) / 2, zoom: Math.min(most, Math.log2(scale / tilePx)) };
}
