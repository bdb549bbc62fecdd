// Which part of a picture a key leads to. Free of the browser, so that it can be tested without one.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const WAYS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/**
 * The index of the part that `key` leads to from `at` (-1: none is picked yet); -1 when there is none.
 *
 * j and k, Home and End go in the order of the picture; an arrow goes to the nearest part whose middle lies in its
 * direction, where a step aside counts three times as much as a step ahead.
 */
export function stepFrom(boxes: readonly Box[], at: number, key: string): number {
  const last = boxes.length - 1;
  if (last < 0) return -1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const way = WAYS[key];
  if (at < 0) return key === "k" ? last : 0;
  if (key === "j") return Math.min(last, at + 1);
  if (key === "k") return Math.max(0, at - 1);
  const from = boxes[at];
  if (!way || !from) return at;
  let best = at;
  let least = Infinity;
  boxes.forEach((box, index) => {
    const dx = box.x + box.width / 2 - (from.x + from.width / 2);
    const dy = box.y + box.height / 2 - (from.y + from.height / 2);
    const ahead = dx * way[0] + dy * way[1];
    if (index === at || ahead < 1) return;
    const cost = ahead + 3 * Math.abs(dx * way[1] + dy * way[0]);
    if (cost < least) [best, least] = [index, cost];
  });
  return best;
}

export const LEAST_ZOOM = 0.25;
export const MOST_ZOOM = 4;

/** The zoom after a key: plus and minus by the square root of two, 0 back to one. */
export function zoomAfter(zoom: number, key: string): number {
  if (key === "0") return 1;
  const factor = key === "-" ? 1 / Math.SQRT2 : Math.SQRT2;
  return Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * factor));
}
