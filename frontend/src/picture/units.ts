// What air people read: flight levels, knots, ages. Data are SI.

export { countText, distanceText, nauticalText } from "../pictures/map/distance.ts";

/** Flight level: hundreds of feet of barometric altitude; 1 ft is 0.3048 m. */
export function flightLevel(altitudeM: number): number {
  return Math.round(altitudeM / 30.48);
}

/** Knots; 1 kn is 1852 m an hour. */
export function knots(speedMps: number): number {
  return Math.round((speedMps * 3600) / 1852);
}

export function feetPerMinute(climbMps: number): number {
  return Math.round((climbMps / 0.3048) * 60 / 50) * 50;
}

export function degrees3(courseDeg: number): string {
  return `${String(Math.round(courseDeg) % 360).padStart(3, "0")}°`;
}

/** 0.4 s, 12 s, 3 min 20 s. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** A line through the last values, newest at the right edge, zero at the bottom. */
export function sparkPath(values: readonly number[], width: number, height: number, points: number): string {
  if (values.length < 2) return "";
  const highest = Math.max(1, ...values);
  const step = width / (points - 1);
  return values
    .map((value, i) => {
      const x = width - (values.length - 1 - i) * step;
      const y = height - 1 - (value / highest) * (height - 4);
      return `${i === 0 ? "M" : "L"}${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join("");
}
