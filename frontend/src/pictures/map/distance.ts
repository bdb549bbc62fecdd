// Numbers beside a map as people write them.

/** 1 204 with a thin space between thousands. */
export function countText(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

export function distanceText(meters: number): string {
  return meters >= 1000 ? `${countText(meters / 1000)} km` : `${countText(meters)} m`;
}

/** A distance in nautical miles of 1852 m. */
export function nauticalText(meters: number): string {
  return `${(meters / 1852).toFixed(meters < 18_520 ? 1 : 0)} nmi`;
}
