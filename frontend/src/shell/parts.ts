// Which parts of a page depend on a change, and how patiently the node is asked again. Free of the browser.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** How long to wait before the next attempt to connect, ms. */
export function waitBefore(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}

/** The kinds that a part of the page depends on and that changed. */
export function touched(refresh: string, changed: readonly string[]): string[] {
  const wanted = new Set(refresh.split(/\s+/).filter(Boolean));
  return changed.filter((kind) => wanted.has(kind));
}
