// Web Mercator and the view of it. World coordinates run from 0 to 1 east from 180° W and south from 85.05° N.
// Source: J. P. Snyder, "Map Projections: A Working Manual", USGS Professional Paper 1395 (1987), chapter 7 (spherical).

export const TILE_PX = 256;
export const MIN_ZOOM = 2;
export const MAX_ZOOM = 11;
export const EARTH_RADIUS_M = 6_371_008.8;
const MAX_LATITUDE_DEG = 85.0511287798066;

export interface Point {
  x: number;
  y: number;
}

export function worldX(longitudeDeg: number): number {
  return longitudeDeg / 360 + 0.5;
}

export function worldY(latitudeDeg: number): number {
  const bounded = Math.max(-MAX_LATITUDE_DEG, Math.min(MAX_LATITUDE_DEG, latitudeDeg));
  const sine = Math.sin((bounded * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

export function longitudeOf(x: number): number {
  const degrees = (x - 0.5) * 360;
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

export function latitudeOf(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

/** World units per meter at a latitude. */
export function worldPerMeter(latitudeDeg: number): number {
  return 1 / (2 * Math.PI * EARTH_RADIUS_M * Math.cos((latitudeDeg * Math.PI) / 180));
}

/** Where the map looks: a center in world coordinates, a zoom, and the size of the canvas in CSS pixels. */
export class View {
  x: number;
  y: number;
  zoom: number;
  width = 1;
  height = 1;

  constructor(latitudeDeg: number, longitudeDeg: number, zoom: number) {
    this.x = worldX(longitudeDeg);
    this.y = worldY(latitudeDeg);
    this.zoom = zoom;
  }

  /** CSS pixels per world unit. */
  get scale(): number {
    return TILE_PX * 2 ** this.zoom;
  }

  /** The copy of a world x that is nearest to the center, so that the date line is no edge. */
  nearest(x: number): number {
    return x - Math.round(x - this.x);
  }

  toScreen(x: number, y: number): Point {
    const scale = this.scale;
    return { x: (this.nearest(x) - this.x) * scale + this.width / 2, y: (y - this.y) * scale + this.height / 2 };
  }

  toWorld(screenX: number, screenY: number): Point {
    const scale = this.scale;
    return { x: this.x + (screenX - this.width / 2) / scale, y: this.y + (screenY - this.height / 2) / scale };
  }

  pan(dxPx: number, dyPx: number): void {
    const scale = this.scale;
    this.x = (((this.x + dxPx / scale) % 1) + 1) % 1;
    this.y = Math.max(0, Math.min(1, this.y + dyPx / scale));
  }

  /** Zoom by `steps`, keeping the place under (screenX, screenY) where it is. */
  zoomAt(steps: number, screenX: number, screenY: number): void {
    const held = this.toWorld(screenX, screenY);
    this.zoom = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, this.zoom + steps));
    const scale = this.scale;
    this.x = (((held.x - (screenX - this.width / 2) / scale) % 1) + 1) % 1;
    this.y = Math.max(0, Math.min(1, held.y - (screenY - this.height / 2) / scale));
  }

  metersPerPixel(): number {
    return 1 / (worldPerMeter(latitudeOf(this.y)) * this.scale);
  }
}

/** The longest round distance that fits into `maxPx`: 1, 2 or 5 times a power of ten, in meters. */
export function scaleBar(metersPerPixel: number, maxPx: number): { meters: number; px: number } {
  const longest = metersPerPixel * maxPx;
  const power = 10 ** Math.floor(Math.log10(longest));
  const meters = [5, 2, 1].map((n) => n * power).find((m) => m <= longest * (1 + 1e-9)) ?? power;
  return { meters, px: meters / metersPerPixel };
}

/** A circle on the sphere as world coordinates, `count` points, closed by the caller. */
export function geodesicCircle(latitudeDeg: number, longitudeDeg: number, radiusM: number, count = 72): Point[] {
  const latitude = (latitudeDeg * Math.PI) / 180;
  const angle = radiusM / EARTH_RADIUS_M;
  const points: Point[] = [];
  for (let i = 0; i < count; i += 1) {
    const bearing = (2 * Math.PI * i) / count;
    const sine =
      Math.sin(latitude) * Math.cos(angle) + Math.cos(latitude) * Math.sin(angle) * Math.cos(bearing);
    const there = Math.asin(sine);
    const across = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(latitude),
      Math.cos(angle) - Math.sin(latitude) * sine,
    );
    points.push({ x: worldX(longitudeDeg + (across * 180) / Math.PI), y: worldY((there * 180) / Math.PI) });
  }
  return points;
}

/** A position as sailors and pilots write it: 31° 36.2′ N 129° 18.0′ E. */
export function positionText(latitudeDeg: number, longitudeDeg: number): string {
  return `${minutes(latitudeDeg, "N", "S", 2)} ${minutes(longitudeDeg, "E", "W", 3)}`;
}

function minutes(degrees: number, positive: string, negative: string, digits: number): string {
  const tenths = Math.round(Math.abs(degrees) * 600);
  const whole = Math.floor(tenths / 600);
  const rest = (tenths - whole * 600) / 10;
  const side = degrees < 0 ? negative : positive;
  return `${String(whole).padStart(digits, "0")}° ${rest.toFixed(1).padStart(4, "0")}′ ${side}`;
}
