// Areas, places and routes on the canvas basemap: pan, zoom, step from part to part. It stands in for the node's drawing
// on screen; in print, and without this script, the drawing is shown.

import { Basemap } from "./map/basemap.ts";
import { distanceText, nauticalText } from "./map/distance.ts";
import { MAX_ZOOM, scaleBar, TILE_PX, View, type Point } from "./map/mercator.ts";
import { readColors, readPalette, watchPalette, type Palette } from "./map/palette.ts";
import { fit, isWithin, labelPoint, shiftsInView, unroll, type LonLat } from "./map/rings.ts";

type Tone = "plain" | "full" | "part" | "none" | "self" | "good" | "caution" | "bad" | "withheld";

type Identity = "unknown" | "friend" | "neutral" | "hostile";
/** A path in a box around 100, 100; the width of its line, and whether it is filled. */
type Shape = readonly [d: string, width: number, filled: boolean];

interface Shown {
  areas: { title: string; note: string; tone: Tone; polygons: LonLat[][][] }[];
  places: { title: string; note: string; at: LonLat; identity?: Identity; shapes?: Shape[] }[];
  routes: { title: string; note: string; kind: string; points: LonLat[] }[];
  words: { label: string; coast: string; failed: string; in: string; out: string };
}

interface Part {
  title: string;
  note: string;
  kind: "area" | "place" | "route";
  style: string;
  rings: Point[][];
  shapes: { path: Path2D; width: number; filled: boolean }[];
}

const PAN_PX = 80;
const SYMBOL_PX = 22;
/** As in workbench/pictures/symbols.py: lines of a small symbol are drawn wider. */
const SYMBOL_BOLD = 1.8;
const DASHES: Record<string, number[]> = {
  part: [6, 3], none: [2, 3], caution: [6, 3], withheld: [2, 2], support: [6, 3], coordination: [1.5, 3], "what-if": [4, 3],
};
const FILL: Partial<Record<string, number>> = { plain: 0.08, self: 0.08, full: 0.25, part: 0.04, good: 0.15, caution: 0.15, bad: 0.15, withheld: 0.15 };

class AreasMap {
  private readonly stage = document.createElement("div");
  private readonly canvas = document.createElement("canvas");
  private readonly said: HTMLElement | null;
  private readonly basemap = new Basemap([]);
  private readonly view = new View(0, 0, 3);
  private readonly parts: Part[];
  private palette: Palette;
  private colors: Record<string, string> = {};
  private picked = -1;
  private fitted = false;
  private dirty = false;

  constructor(host: HTMLElement, before: Element, shown: Shown) {
    this.parts = [
      ...shown.areas.map((a): Part => ({ ...a, kind: "area", style: a.tone, shapes: [], rings: a.polygons.flatMap((p) => alignedRings(p)) })),
      ...shown.routes.map((r): Part => ({ ...r, kind: "route", style: r.kind, shapes: [], rings: [unroll(r.points)] })),
      ...shown.places.map((p): Part => ({
        title: p.title, note: p.note, kind: "place", style: p.identity ?? "place", rings: [unroll([p.at])],
        shapes: (p.shapes ?? []).map(([d, width, filled]) => ({ path: new Path2D(d), width, filled })),
      })),
    ];
    this.said = host.querySelector(".picked");
    this.stage.className = "map picture-map";
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", shown.words.label);
    this.canvas.setAttribute("aria-hidden", "true");
    const bar = document.createElement("div");
    bar.className = "map-bar br row no-wrap";
    const zoom = document.createElement("span");
    zoom.className = "seg";
    for (const [sign, words, step] of [["+", shown.words.in, 0.5], ["−", shown.words.out, -0.5]] as const) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.setAttribute("aria-label", words);
      button.addEventListener("click", () => this.zoomBy(step));
      zoom.append(button);
    }
    const source = document.createElement("span");
    source.className = "small faint";
    source.textContent = shown.words.coast;
    bar.append(zoom, source);
    this.stage.append(this.canvas, bar);
    before.before(this.stage);
    host.classList.add("has-map");
    this.palette = readPalette(this.stage);
    this.recolor();
    new ResizeObserver(() => this.resize()).observe(this.stage);
    watchPalette(() => this.recolor());
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.listenPointer();
    this.basemap.load(host.dataset["land"] ?? "").then(() => this.moved(), () => {
      source.textContent = shown.words.failed;
    });
  }

  private recolor(): void {
    this.palette = readPalette(this.stage);
    this.colors = readColors(this.stage, {
      ink: ["--ink", "CanvasText"], plain: ["--ink-2", "CanvasText"], good: ["--good", "CanvasText"],
      caution: ["--caution", "CanvasText"], bad: ["--bad", "CanvasText"], withheld: ["--withheld", "CanvasText"],
      focus: ["--focus", "Highlight"], "what-if": ["--focus", "Highlight"],
      friend: ["--friend", "CanvasText"], hostile: ["--hostile", "CanvasText"], neutral: ["--neutral", "CanvasText"],
      unknown: ["--unknown", "CanvasText"],
    });
    this.moved();
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.stage;
    if (clientWidth < 2 || clientHeight < 2) return;
    this.view.width = clientWidth;
    this.view.height = clientHeight;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    const points = this.nearEachOther();
    if (!this.fitted && points.length) {
      Object.assign(this.view, fit(points, clientWidth, clientHeight, TILE_PX, MAX_ZOOM));
      this.fitted = true;
    }
    this.moved();
  }

  /** All corners, each part brought to the copy of the world in which the first one lies. */
  private nearEachOther(): Point[] {
    const first = this.parts[0]?.rings[0]?.[0]?.x ?? 0.5;
    return this.parts.flatMap((part) => part.rings.flatMap((ring) => {
      const shift = Math.round(first - (ring[0]?.x ?? first));
      return ring.map((p) => ({ x: p.x + shift, y: p.y }));
    }));
  }

  private moved(): void {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.dirty = false;
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context || this.view.width < 2) return;
    const ratio = this.canvas.width / this.view.width;
    this.basemap.draw(context, this.view, this.palette, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.lineJoin = "round";
    this.parts.forEach((part, index) => this.drawPart(context, part, index === this.picked));
    const bar = scaleBar(this.view.metersPerPixel(), 110);
    this.drawScale(context, bar.px, `${distanceText(bar.meters)} · ${nauticalText(bar.meters)}`);
  }

  private drawScale(context: CanvasRenderingContext2D, px: number, words: string): void {
    const y = this.view.height - 24.5;
    context.setLineDash([]);
    context.strokeStyle = this.palette.ink;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(12.5, y);
    context.lineTo(12.5, y + 6);
    context.lineTo(12.5 + px, y + 6);
    context.lineTo(12.5 + px, y);
    context.stroke();
    context.fillStyle = this.palette.text;
    context.font = `10.5px ${this.palette.font}`;
    context.textAlign = "left";
    context.fillText(words, 12, y + 19);
  }

  private drawPart(context: CanvasRenderingContext2D, part: Part, picked: boolean): void {
    const { view } = this;
    const color = this.colors[part.style] ?? this.colors[part.style === "full" || part.kind !== "area" ? "ink" : "plain"] ?? "";
    const shifts = [...new Set(part.rings.flatMap((ring) => shiftsInView(ring, view)))];
    for (const shift of shifts) {
      const at = (p: Point): Point => ({
        x: (p.x + shift - view.x) * view.scale + view.width / 2, y: (p.y - view.y) * view.scale + view.height / 2,
      });
      const first = at(part.rings[0]![0]!);
      let middle: Point = { x: first.x + 8, y: first.y + 4 };
      context.strokeStyle = picked ? (this.colors["focus"] ?? color) : color;
      context.fillStyle = color;
      context.lineWidth = picked ? 3 : 1.5;
      context.setLineDash(picked ? [] : DASHES[part.style] ?? []);
      context.beginPath();
      if (part.kind === "place") context.arc(first.x, first.y, part.shapes.length ? 14 : picked ? 6 : 4, 0, 2 * Math.PI);
      for (const ring of part.kind === "place" ? [] : part.rings) {
        ring.map(at).forEach((p, i) => (i ? context.lineTo(p.x, p.y) : context.moveTo(p.x, p.y)));
        if (part.kind === "area") context.closePath();
      }
      if (part.kind === "place" && part.shapes.length) {
        this.drawSymbol(context, part, first, color);
        middle = { x: first.x + 18, y: first.y + 4 };
      } else if (part.kind === "place") context.fill();
      else if (part.kind === "area") {
        context.globalAlpha = FILL[part.style] ?? 0;
        context.fill("evenodd");
        context.globalAlpha = 1;
        middle = at(labelPoint(part.rings));
      } else middle = at(part.rings[0]![Math.floor(part.rings[0]!.length / 2)]!);
      if (part.kind !== "place" || picked) context.stroke();
      if (part.kind !== "route" || picked) this.drawName(context, part, middle);
    }
  }

  private drawSymbol(context: CanvasRenderingContext2D, part: Part, at: Point, color: string): void {
    context.save();
    context.setLineDash([]);
    context.translate(at.x, at.y);
    context.scale(SYMBOL_PX / 150, SYMBOL_PX / 150);
    context.translate(-100, -100);
    context.strokeStyle = context.fillStyle = color;
    for (const { path, width, filled } of part.shapes) {
      context.lineWidth = width * SYMBOL_BOLD;
      if (width) context.stroke(path);
      else if (filled) context.fill(path);
    }
    context.restore();
  }

  private drawName(context: CanvasRenderingContext2D, part: Part, at: Point): void {
    context.setLineDash([]);
    context.font = `11px ${this.palette.font}`;
    context.textAlign = part.kind === "place" ? "left" : "center";
    context.strokeStyle = this.palette.water;
    context.lineWidth = 3;
    context.strokeText(part.title, at.x, at.y);
    context.fillStyle = this.palette.ink;
    context.fillText(part.title, at.x, at.y);
  }

  private pick(index: number, bring: boolean): void {
    this.picked = index;
    const part = this.parts[index];
    if (this.said) this.said.textContent = part ? [part.title, part.note].filter(Boolean).join(" · ") : "";
    if (part && bring && !part.rings.some((ring) => ring.some((p) => this.inView(p)))) {
      Object.assign(this.view, { x: ((part.rings[0]![0]!.x % 1) + 1) % 1, y: part.rings[0]![0]!.y });
    }
    this.moved();
  }

  private inView(point: Point): boolean {
    const { x, y } = this.view.toScreen(point.x, point.y);
    return x > 0 && y > 0 && x < this.view.width && y < this.view.height;
  }

  private zoomBy(steps: number): void {
    this.view.zoomAt(steps, this.view.width / 2, this.view.height / 2);
    this.moved();
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan: readonly [number, number] | undefined = ({
      ArrowLeft: [-PAN_PX, 0], ArrowRight: [PAN_PX, 0], ArrowUp: [0, -PAN_PX], ArrowDown: [0, PAN_PX],
    } as const)[event.key as "ArrowLeft"];
    const count = this.parts.length;
    if (pan) this.view.pan(...pan);
    else if (event.key === "+" || event.key === "=") this.zoomBy(0.5);
    else if (event.key === "-") this.zoomBy(-0.5);
    else if ((event.key === "]" || event.key === "j") && count) this.pick((this.picked + 1) % count, true);
    else if ((event.key === "[" || event.key === "k") && count) this.pick((this.picked + count - (this.picked < 0 ? 0 : 1)) % count, true);
    else if (event.key === "Escape" && this.picked >= 0) this.pick(-1, false);
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.moved();
  }

  private listenPointer(): void {
    let from: { x: number; y: number; far: boolean } | null = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, far: false };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      const [dx, dy] = [from.x - event.clientX, from.y - event.clientY];
      if (!from.far && Math.hypot(dx, dy) < 4) return;
      from = { x: event.clientX, y: event.clientY, far: true };
      this.view.pan(dx, dy);
      this.moved();
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (from && !from.far) this.pick(this.hit(event), false);
      from = null;
    });
    this.canvas.addEventListener("wheel", (event) => {
      // The page scrolls past a map; with Ctrl, or while the map has the focus, the wheel zooms.
      if (!event.ctrlKey && document.activeElement !== this.stage) return;
      event.preventDefault();
      const box = this.canvas.getBoundingClientRect();
      this.view.zoomAt(Math.max(-1, Math.min(1, -event.deltaY * 0.002)), event.clientX - box.left, event.clientY - box.top);
      this.moved();
    }, { passive: false });
  }

  /** The last drawn part under a pointer: places within 12 px, then areas. */
  private hit(event: PointerEvent): number {
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const near = this.parts.findLastIndex((part) => {
      if (part.kind !== "place") return false;
      const { x, y } = this.view.toScreen(part.rings[0]![0]!.x, part.rings[0]![0]!.y);
      return Math.hypot(x - px, y - py) < 12;
    });
    if (near >= 0) return near;
    const world = this.view.toWorld(px, py);
    return this.parts.findLastIndex((part) => part.kind === "area" &&
      [-2, -1, 0, 1, 2].some((shift) => isWithin(part.rings, { x: world.x + shift, y: world.y })));
  }
}

/** The rings of a polygon, its holes in the same copy of the world as its outside. */
function alignedRings(polygon: readonly LonLat[][]): Point[][] {
  const rings = polygon.map((ring) => unroll(ring));
  const middle = (ring: readonly Point[]): number => ring.reduce((sum, p) => sum + p.x, 0) / ring.length;
  const outside = rings[0] ? middle(rings[0]) : 0;
  return rings.map((ring) => {
    const shift = Math.round(outside - middle(ring));
    return ring.map((p) => ({ x: p.x + shift, y: p.y }));
  });
}

for (const host of document.querySelectorAll<HTMLElement>("[data-map]")) {
  const before = host.querySelector(".picture-view");
  if (before && !host.classList.contains("has-map")) {
    new AreasMap(host, before, JSON.parse(host.dataset["map"] ?? "{}") as Shown);
  }
}
