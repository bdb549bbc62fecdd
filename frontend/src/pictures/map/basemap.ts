// The basemap on a 2-D canvas: land, coast, graticule, a few names, coverage rings. No tiles, no other host, no GPU.

import { geodesicCircle, longitudeOf, latitudeOf, worldX, worldY, type View } from "./mercator.ts";
import type { Palette } from "./palette.ts";

// Path coordinates are world units times this, so that single precision keeps a fraction of a pixel at every zoom.
const UNITS = 4096;

interface Land {
  scale: number;
  rings: number[][];
}

interface Shape {
  left: number;
  right: number;
  top: number;
  bottom: number;
  fill: Path2D;
  coast: Path2D;
}

export interface Place {
  name: string;
  latitude_deg: number;
  longitude_deg: number;
  sea: boolean;
}

export class Basemap {
  private shapes: Shape[] = [];
  private readonly places: Place[];

  constructor(places: Place[]) {
    this.places = places;
  }

  /** Load the coastlines from their address on the own node (`static("land.json", "pictures")`). */
  async load(address: string): Promise<void> {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`the basemap could not be loaded (${answer.status})`);
    this.shapes = shapesOf((await answer.json()) as Land);
  }

  draw(context: CanvasRenderingContext2D, view: View, palette: Palette, ratio: number): void {
    const { width, height } = view;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = palette.water;
    context.fillRect(0, 0, width, height);
    const half = { x: width / view.scale / 2, y: height / view.scale / 2 };
    const unit = (view.scale / UNITS) * ratio;
    context.lineWidth = 0.75 / (view.scale / UNITS);
    context.lineJoin = "round";
    context.fillStyle = palette.land;
    context.strokeStyle = palette.coast;
    for (const shift of [-1, 0, 1]) {
      const left = view.x - half.x - shift;
      const right = view.x + half.x - shift;
      if (left > 1 || right < 0) continue;
      context.setTransform(
        unit, 0, 0, unit,
        ((shift - view.x) * view.scale + width / 2) * ratio,
        (-view.y * view.scale + height / 2) * ratio,
      );
      const seen = this.shapes.filter(
        (s) => s.left <= right && s.right >= left && s.top <= view.y + half.y && s.bottom >= view.y - half.y,
      );
      for (const shape of seen) context.fill(shape.fill);
      for (const shape of seen) context.stroke(shape.coast);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawGraticule(context, view, palette);
  }

  private drawGraticule(context: CanvasRenderingContext2D, view: View, palette: Palette): void {
    const step = view.zoom < 3.5 ? 30 : view.zoom < 5 ? 10 : view.zoom < 8 ? 5 : 1;
    const { width, height } = view;
    const topLeft = view.toWorld(0, 0);
    const bottomRight = view.toWorld(width, height);
    context.strokeStyle = palette.grid;
    context.fillStyle = palette.text;
    context.lineWidth = 0.75;
    context.font = `10.5px ${palette.font}`;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.beginPath();
    const labels: [string, number, number][] = [];
    const firstLon = Math.ceil(((topLeft.x - 0.5) * 360) / step) * step;
    for (let lon = firstLon; worldX(lon) <= bottomRight.x; lon += step) {
      const x = Math.round((worldX(lon) - view.x) * view.scale + width / 2) + 0.5;
      context.moveTo(x, 0);
      context.lineTo(x, height);
      const shown = Math.round(longitudeOf(worldX(lon)));
      labels.push([`${Math.abs(shown)}° ${shown < 0 ? "W" : "E"}`, x + 4, height - 8]);
    }
    const lowest = Math.max(-80, latitudeOf(bottomRight.y));
    for (let lat = Math.ceil(lowest / step) * step; lat <= 80 && worldY(lat) >= topLeft.y; lat += step) {
      const y = Math.round((worldY(lat) - view.y) * view.scale + height / 2) + 0.5;
      context.moveTo(0, y);
      context.lineTo(width, y);
      labels.push([`${Math.abs(lat)}° ${lat < 0 ? "S" : "N"}`, 6, y - 4]);
    }
    context.stroke();
    for (const [text, x, y] of labels) if (y > 64 && y < height - 60) context.fillText(text, x, y);
    for (const [text, x, y] of labels) if (y === height - 8) context.fillText(text, x, 66);
  }

  drawPlaces(context: CanvasRenderingContext2D, view: View, palette: Palette, upright: boolean): void {
    if (view.zoom < 4) return;
    context.fillStyle = palette.text;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    for (const place of this.places) {
      const at = view.toScreen(worldX(place.longitude_deg), worldY(place.latitude_deg));
      context.font = `${place.sea && !upright ? "italic " : ""}10.5px ${palette.font}`;
      // A name that the edge would cut says something else ("t China Sea"), so it waits until it fits.
      if (at.x < 4 || at.x + context.measureText(place.name).width > view.width - 4) continue;
      context.fillText(place.name, at.x, at.y);
    }
  }
}

/** A site with a reach. */
export interface Reach {
  latitude_deg: number;
  longitude_deg: number;
  range_m: number;
}

/** Dotted rings at the reach of sites. */
export function drawCoverage(
  context: CanvasRenderingContext2D, view: View, palette: Palette, sites: readonly Reach[],
): void {
  context.strokeStyle = palette.coast;
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  for (const site of sites) {
    context.beginPath();
    const middle = view.toScreen(worldX(site.longitude_deg), 0).x;
    for (const point of geodesicCircle(site.latitude_deg, site.longitude_deg, site.range_m)) {
      const x = middle + (point.x - worldX(site.longitude_deg)) * view.scale;
      context.lineTo(x, (point.y - view.y) * view.scale + view.height / 2);
    }
    context.closePath();
    context.stroke();
  }
  context.setLineDash([]);
}

function shapesOf(land: Land): Shape[] {
  return land.rings.map((packed) => {
    const fill = new Path2D();
    const coast = new Path2D();
    const shape: Shape = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, fill, coast };
    let lon = 0;
    let lat = 0;
    let edge = false;
    for (let i = 0; i < packed.length; i += 2) {
      lon += packed[i] ?? 0;
      lat += packed[i + 1] ?? 0;
      const x = worldX(lon / land.scale);
      const y = worldY(lat / land.scale);
      shape.left = Math.min(shape.left, x);
      shape.right = Math.max(shape.right, x);
      shape.top = Math.min(shape.top, y);
      shape.bottom = Math.max(shape.bottom, y);
      // Where the data cut land at the date line or at the pole there is no coast.
      const onEdge = Math.abs(lon) >= 180 * land.scale - 1 || lat <= -89.9 * land.scale;
      if (i === 0) {
        fill.moveTo(x * UNITS, y * UNITS);
        coast.moveTo(x * UNITS, y * UNITS);
      } else {
        fill.lineTo(x * UNITS, y * UNITS);
        if (edge && onEdge) coast.moveTo(x * UNITS, y * UNITS);
        else coast.lineTo(x * UNITS, y * UNITS);
      }
      edge = onEdge;
    }
    fill.closePath();
    return shape;
  });
}
