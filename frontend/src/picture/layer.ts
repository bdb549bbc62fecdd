// The tracks above the basemap: dots when zoomed out, APP-6 frames with leaders when zoomed in. All but the selected one
// go through the pixel buffer of raster.ts.

import { LOST_MS, STALE_MS, type TrackTable } from "./table.ts";
import type { Palette } from "../pictures/map/palette.ts";
import { latitudeOf, worldPerMeter, type View } from "../pictures/map/mercator.ts";
import { colorOf, Raster, stampOf, type Stamp } from "../pictures/map/raster.ts";
import { framePath } from "./symbols.ts";
import { flightLevel, knots } from "./units.ts";

export const FRAMES_FROM_ZOOM = 6;
const DOT_PX = 3;
const FRAME_PX = 8;
const LEADER_S = 60;
/** Scale factor of a 95 % ellipse in two dimensions: the square root of the chi-square quantile 5.991. */
const ELLIPSE_95 = 2.4477;
const LINE_PX = 1.5;
const STAMP_PX = 14;

export interface Drawn {
  /** Tracks inside the view. */
  inView: number;
  /** How many times larger than true the selected track's ellipse was drawn; 0 when none was. */
  ellipseTimes: number;
}

export class TrackLayer {
  private stamps: Stamp[] = [];
  private colors: number[] = [];
  private raster = new Raster(1, 1);
  private screenX = new Float32Array(0);
  private screenY = new Float32Array(0);
  private shown = new Uint8Array(0);

  /** Make the symbols and the buffer anew for a theme, a pixel ratio and a size in device pixels. */
  prepare(palette: Palette, ratio: number, width: number, height: number): void {
    this.raster = new Raster(width, height);
    this.colors = palette.tracks.map(colorOf);
    const size = Math.ceil(STAMP_PX * ratio);
    const scratch = document.createElement("canvas");
    scratch.width = scratch.height = size;
    const context = scratch.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    // The middle of a symbol is the corner of a pixel, so that its thin upright lines stay crisp.
    const middle = Math.floor(size / 2);
    this.stamps = [0, 1].flatMap((stale) =>
      palette.tracks.map((color, affiliation) => {
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, size, size);
        context.setTransform(ratio, 0, 0, ratio, middle, middle);
        context.strokeStyle = color;
        context.lineWidth = LINE_PX;
        context.setLineDash(stale ? [2, 1.5] : []);
        context.stroke(framePath(affiliation, FRAME_PX));
        return stampOf(context.getImageData(0, 0, size, size).data, size);
      }),
    );
  }

  /** Draw all tracks for which `wanted` says 1. */
  draw(
    context: CanvasRenderingContext2D, table: TrackTable, view: View, palette: Palette, ratio: number, nowMs: number,
    selected: number, wanted: Uint8Array | null,
  ): Drawn {
    const inView = this.place(table, view, nowMs, wanted);
    this.raster.clear();
    if (view.zoom < FRAMES_FROM_ZOOM) this.drawDots(table, ratio, selected);
    else this.drawFrames(table, view, ratio, nowMs, selected);
    context.putImageData(new ImageData(this.raster.bytes, this.raster.width, this.raster.height), 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const ellipseTimes = selected >= 0 ? this.drawSelected(context, table, view, palette, nowMs, selected) : 0;
    return { inView, ellipseTimes };
  }

  /** The nearest drawn track to a point, within `reach` pixels, or -1. */
  pick(table: TrackTable, x: number, y: number, reach = 12): number {
    let best = -1;
    let least = reach * reach;
    for (let i = 0; i < table.size && i < this.shown.length; i += 1) {
      if (!this.shown[i]) continue;
      const dx = (this.screenX[i] ?? 0) - x;
      const dy = (this.screenY[i] ?? 0) - y;
      const distance = dx * dx + dy * dy;
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  private place(table: TrackTable, view: View, nowMs: number, wanted: Uint8Array | null): number {
    if (this.shown.length < table.used.length) {
      this.screenX = new Float32Array(table.used.length);
      this.screenY = new Float32Array(table.used.length);
      this.shown = new Uint8Array(table.used.length);
    }
    const { scale, width, height, x: centerX, y: centerY } = view;
    const { used, timeMs, worldX, worldY, rateX, rateY } = table;
    const { screenX, screenY, shown } = this;
    let count = 0;
    for (let i = 0; i < table.size; i += 1) {
      shown[i] = 0;
      if (!used[i] || (wanted && !wanted[i])) continue;
      const age = nowMs - timeMs[i]!;
      if (age > LOST_MS) continue;
      // Between updates a track is drawn where its last speed and course carry it, for at most ten seconds.
      const seconds = Math.max(0, Math.min(age, STALE_MS)) / 1000;
      let x = worldX[i]! + rateX[i]! * seconds - centerX;
      x -= Math.round(x);
      const px = x * scale + width / 2;
      const py = (worldY[i]! + rateY[i]! * seconds - centerY) * scale + height / 2;
      if (px < -20 || py < -20 || px > width + 20 || py > height + 20) continue;
      screenX[i] = px;
      screenY[i] = py;
      shown[i] = 1;
      count += 1;
    }
    return count;
  }

  private drawDots(table: TrackTable, ratio: number, selected: number): void {
    const size = Math.round(DOT_PX * ratio);
    for (let i = 0; i < table.size; i += 1) {
      if (!this.shown[i] || i === selected) continue;
      const color = this.colors[Math.min(table.affiliation[i]!, 2)]!;
      this.raster.square(this.screenX[i]! * ratio, this.screenY[i]! * ratio, size, color);
    }
  }

  private drawFrames(table: TrackTable, view: View, ratio: number, nowMs: number, selected: number): void {
    const reach = LEADER_S * view.scale * ratio;
    for (let i = 0; i < table.size; i += 1) {
      if (!this.shown[i] || i === selected) continue;
      const affiliation = Math.min(table.affiliation[i]!, 2);
      const x = this.screenX[i]! * ratio;
      const y = this.screenY[i]! * ratio;
      this.raster.line(
        x, y, x + table.rateX[i]! * reach, y + table.rateY[i]! * reach, LINE_PX * ratio, this.colors[affiliation]!,
      );
      const stamp = this.stamps[affiliation + (nowMs - table.timeMs[i]! > STALE_MS ? 3 : 0)];
      if (stamp) this.raster.stamp(stamp, x, y);
    }
  }

  private drawSelected(
    context: CanvasRenderingContext2D, table: TrackTable, view: View, palette: Palette, nowMs: number, at: number,
  ): number {
    if (!this.shown[at]) return 0;
    const x = this.screenX[at]!;
    const y = this.screenY[at]!;
    const affiliation = Math.min(table.affiliation[at]!, 2);
    const color = palette.tracks[affiliation] ?? palette.ink;
    context.save();
    context.strokeStyle = color;
    context.fillStyle = color;
    const trail = table.trail(at, nowMs).map((p) => view.toScreen(p.x, p.y));
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.beginPath();
    for (const point of trail) context.lineTo(point.x, point.y);
    context.lineTo(x, y);
    context.stroke();
    for (const point of trail) context.fillRect(point.x - 1.5, point.y - 1.5, 3, 3);
    context.globalAlpha = 1;
    const times = this.drawEllipse(context, table, view, palette, at, x, y);
    context.strokeStyle = color;
    context.lineWidth = 2.25;
    context.setLineDash(nowMs - table.timeMs[at]! > STALE_MS ? [3, 2] : []);
    context.translate(x, y);
    context.stroke(framePath(affiliation, 10));
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(table.rateX[at]! * LEADER_S * view.scale, table.rateY[at]! * LEADER_S * view.scale);
    context.stroke();
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
      context.moveTo(sx * 15, sy * 9);
      context.lineTo(sx * 15, sy * 15);
      context.lineTo(sx * 9, sy * 15);
    }
    context.stroke();
    const lines = [table.names[at] ?? "", summary(table, at)];
    context.textBaseline = "alphabetic";
    context.lineJoin = "round";
    const fonts = ["600 ", ""].map((weight) => `${weight}11px ${palette.font}`);
    // At the right edge the words stand on the other side of the track.
    const wide = Math.max(...lines.map((line, row) => {
      context.font = fonts[row]!;
      return context.measureText(line).width;
    }));
    const left = x + 20 + wide > view.width;
    context.textAlign = left ? "right" : "left";
    lines.forEach((line, row) => {
      context.font = fonts[row]!;
      context.strokeStyle = palette.water;
      context.lineWidth = 3;
      context.strokeText(line, left ? -20 : 20, 28 + row * 14);
      context.fillStyle = palette.ink;
      context.fillText(line, left ? -20 : 20, 28 + row * 14);
    });
    context.restore();
    return times;
  }

  private drawEllipse(
    context: CanvasRenderingContext2D, table: TrackTable, view: View, palette: Palette, at: number, x: number,
    y: number,
  ): number {
    const latitude = latitudeOf(table.worldY[at]!);
    const truePx = table.sigmaM[at]! * ELLIPSE_95 * worldPerMeter(latitude) * view.scale;
    if (truePx <= 0) return 0;
    const times = enlargement(truePx, 24);
    const degraded = (table.flags[at]! & 4) !== 0;
    context.strokeStyle = palette.ink;
    context.fillStyle = palette.ink;
    context.lineWidth = 1.25;
    context.setLineDash(degraded ? [3, 3] : []);
    context.beginPath();
    context.arc(x, y, truePx * times, 0, Math.PI * 2);
    if (!degraded) {
      context.globalAlpha = 0.1;
      context.fill();
      context.globalAlpha = 1;
    }
    context.stroke();
    context.setLineDash([]);
    return times;
  }
}

/** 1, or the round factor (2, 5, 10, 20 …) that brings a radius of `px` to at least half of `wanted`. */
export function enlargement(px: number, wanted: number): number {
  if (px * 2 >= wanted) return 1;
  const factor = wanted / px;
  const power = 10 ** Math.floor(Math.log10(factor));
  return [5, 2, 1].map((n) => n * power).find((n) => n <= factor) ?? 1;
}

function summary(table: TrackTable, at: number): string {
  const course = String(Math.round(table.courseDeg[at]!) % 360).padStart(3, "0");
  return `FL ${flightLevel(table.altitudeM[at]!)} · ${knots(table.speedMps[at]!)} kn · ${course}°`;
}
