// The live map of the Picture room: list, map and judgment of one officer's tracks, fed by the own node.

import { Basemap, drawCoverage, type Place } from "../pictures/map/basemap.ts";
import { Detail } from "./detail.ts";
import { emptyRow, memberOfCode, type Legend } from "./feed.ts";
import { TrackLayer } from "./layer.ts";
import { need, TrackList } from "./list.ts";
import { follow } from "./live.ts";
import { scaleBar, View } from "../pictures/map/mercator.ts";
import { readPalette, watchPalette, type Palette } from "../pictures/map/palette.ts";
import { LOST_MS, STALE_MS, TrackTable } from "./table.ts";
import { ageText, countText, distanceText, nauticalText, sparkPath } from "./units.ts";
import { say, setWords, type Words } from "./words.ts";

interface PageSettings {
  words: Words;
  places: Place[];
  view: { latitude_deg: number; longitude_deg: number; zoom: number };
  feed: string;
  language: string;
}

type Show = { kind: "all" } | { kind: "own" } | { kind: "partners" } | { kind: "as"; member: string };

const ANNOUNCE_MS = 10_000;
const FORGET_MS = 600_000;
const PAN_PX = 80;
/** A chosen track nearer to the edge than this brings the map along. */
const EDGE_PX = 70;
const SPARK_STEP_S = 5;
/** Ten minutes of figures. */
const SPARK_POINTS = 120;

class MapPage {
  private readonly tracks = new TrackTable();
  private readonly layer = new TrackLayer();
  private readonly basemap: Basemap;
  private readonly view: View;
  private readonly list: TrackList;
  private readonly detail: Detail;
  private readonly stage: HTMLElement;
  private readonly base: HTMLCanvasElement;
  private readonly top: HTMLCanvasElement;
  private readonly filter: HTMLInputElement;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
  private palette: Palette;
  private legend: Legend = {
    type: "legend", own: "", members: [], labels: [], radars: {}, source: { kind: "", words: "", why: "" },
    banner: { css: "bare", marking: "" },
  };
  private show: Show = { kind: "all" };
  private selected = -1;
  private selectedName = "";
  private baseDirty = true;
  private topDirty = true;
  private lastTop = 0;
  private ratio = 1;
  private clockAheadMs = Number.NEGATIVE_INFINITY;
  private announced = 0;
  private seconds = 0;
  private readonly history = new Map<string, number[]>();
  private firstRows = true;

  private readonly host: HTMLElement;

  constructor(host: HTMLElement, settings: PageSettings) {
    this.host = host;
    setWords(settings.words);
    this.stage = need(host, ".map");
    this.base = need(host, "canvas.map-base");
    this.top = need(host, "canvas.map-tracks");
    this.filter = need(host, "input.track-filter");
    this.view = new View(settings.view.latitude_deg, settings.view.longitude_deg, settings.view.zoom);
    this.basemap = new Basemap(settings.places);
    this.palette = readPalette(this.stage);
    this.list = new TrackList(
      need(host, ".tracks"), this.tracks, () => this.legend.members, () => this.legend.own,
      (label) => this.legend.labels[label]?.marking ?? "",
      { select: (at) => this.choose(at), open: (at) => this.center(at) },
    );
    this.detail = new Detail(need(host, ".track-detail"), this.tracks);
    const upright = settings.language === "ja";
    this.listen();
    this.resize();
    void this.basemap.load(this.base.dataset["land"] ?? "").then(() => {
      this.baseDirty = true;
    }, () => this.notice(say("The coastlines could not be loaded. The tracks are complete.")));
    follow(settings.feed, {
      legend: (legend) => this.takeLegend(legend),
      rows: (frame) => {
        this.clockAheadMs = Math.max(this.clockAheadMs, frame.timeMs - performance.now());
        const row = emptyRow();
        for (let i = 0; i < frame.count; i += 1) {
          frame.read(i, row);
          this.tracks.put(row);
        }
        if (this.firstRows && frame.count > 0) {
          this.firstRows = false;
          this.everySecond();
        }
        this.topDirty = true;
      },
      gone: (frame) => {
        for (const name of frame.names) if (this.tracks.remove(name) === this.selected) this.select(-1);
        this.topDirty = true;
      },
      state: (connected, _since, refused) => {
        this.firstRows ||= connected;
        if (connected) {
          this.tracks.clear();
          this.reselect();
          this.notice("");
        } else if (refused) this.notice(say("Your session has ended. Sign in again to see tracks."));
        else this.notice(say("The node does not answer. Trying again; the tracks shown are getting old."));
      },
    });
    setInterval(() => {
      this.seconds += 1;
      this.everySecond();
    }, 1000);
    const frame = (): void => {
      requestAnimationFrame(frame);
      this.draw(upright);
    };
    requestAnimationFrame(frame);
  }

  /** Time of the node's clock, ms since 1970. */
  private now(): number {
    return Number.isFinite(this.clockAheadMs) ? performance.now() + this.clockAheadMs : Date.now();
  }

  // ---- what is shown -----------------------------------------------------------------------------------------------

  private wanted(at: number): boolean {
    const t = this.tracks;
    if (!t.used[at]) return false;
    const giver = this.legend.members[t.giver[at]!];
    if (this.show.kind === "own") return giver === this.legend.own;
    if (this.show.kind === "partners") return giver !== this.legend.own;
    if (this.show.kind === "as") {
      const { member } = this.show;
      // Of what others made, this node cannot know what a partner sees; it answers for its own alone.
      if (memberOfCode(t.origin[at]!) !== this.legend.own) return false;
      return this.legend.labels[t.label[at]!]?.verdicts.some((v) => v.member === member && v.allowed) ?? false;
    }
    return true;
  }

  private matches(at: number, needle: string): boolean {
    if (needle === "") return true;
    const t = this.tracks;
    return (t.names[at] ?? "").toLowerCase().includes(needle) ||
      (this.legend.members[t.giver[at]!] ?? "").toLowerCase() === needle;
  }

  private mask(): Uint8Array | null {
    const needle = this.needle();
    if (this.show.kind === "all" && needle === "") return null;
    const mask = new Uint8Array(this.tracks.used.length);
    for (let i = 0; i < this.tracks.size; i += 1) mask[i] = this.wanted(i) && this.matches(i, needle) ? 1 : 0;
    return mask;
  }

  private needle(): string {
    return this.filter.value.trim().toLowerCase();
  }

  private takeLegend(legend: Legend): void {
    this.legend = legend;
    this.mark(legend.banner);
    const note = need(this.host, ".source-note");
    note.textContent = legend.source.words;
    note.title = legend.source.why;
    const peers = legend.labels[0]?.verdicts.map((v) => v.member) ?? [];
    const choice = need<HTMLSelectElement>(this.host, "select.as-member");
    const chosen = choice.value;
    choice.replaceChildren(
      new Option(say("As a partner sees it"), ""),
      ...peers.map((member) => new Option(say("As {member} sees it", { member }), member)),
    );
    choice.value = peers.includes(chosen) ? chosen : "";
    this.baseDirty = this.topDirty = true;
    this.list.forget();
    this.everySecond();
  }

  /** The banner is the join of all that the page shows; a track with a higher label raises it at once. */
  private mark(banner: Legend["banner"]): void {
    for (const line of document.querySelectorAll<HTMLElement>("#banner-top, #banner-bottom")) {
      line.className = `banner ${banner.css}`;
      const middle = line.children[1];
      const notch = document.createElement("i");
      notch.className = "notch";
      notch.setAttribute("aria-hidden", "true");
      middle?.replaceChildren(...(banner.css === "bare" ? [] : [notch]), banner.marking);
    }
  }

  private setShow(show: Show): void {
    this.show = show;
    for (const button of this.host.querySelectorAll<HTMLButtonElement>("button[data-show]")) {
      button.setAttribute("aria-pressed", String(button.dataset["show"] === show.kind));
    }
    if (show.kind !== "as") need<HTMLSelectElement>(this.host, "select.as-member").value = "";
    this.list.forget();
    this.everySecond();
    this.topDirty = true;
  }

  private select(at: number): void {
    this.selected = at;
    this.selectedName = at < 0 ? "" : `${this.tracks.giver[at]} ${this.tracks.names[at]}`;
    this.list.select(at);
    this.detail.show(at, this.legend, this.now());
    this.topDirty = true;
  }

  /** Select by list or key: then the map follows to where the track is. */
  private choose(at: number): void {
    this.select(at);
    if (at < 0) return;
    const { x, y } = this.view.toScreen(this.tracks.worldX[at]!, this.tracks.worldY[at]!);
    if (x > EDGE_PX && y > EDGE_PX && x < this.view.width - EDGE_PX && y < this.view.height - EDGE_PX) return;
    this.view.x = this.tracks.worldX[at]!;
    this.view.y = this.tracks.worldY[at]!;
    this.moved();
  }

  private reselect(): void {
    if (this.selectedName !== "") this.selected = -1;
  }

  private center(at: number): void {
    this.view.x = this.tracks.worldX[at]!;
    this.view.y = this.tracks.worldY[at]!;
    if (this.view.zoom < 6.5) this.view.zoom = 7;
    this.moved();
  }

  private everySecond(): void {
    const now = this.now();
    const t = this.tracks;
    if (this.selected < 0 && this.selectedName !== "") this.findAgain();
    const needle = this.needle();
    let own = 0;
    let stale = 0;
    let lost = 0;
    let fresh = 0;
    const oldest = new Map<number, number>();
    for (let i = 0; i < t.size; i += 1) {
      if (!t.used[i]) continue;
      const age = now - t.timeMs[i]!;
      if (age > FORGET_MS) {
        const gone = t.remove({ number: t.number[i]!, origin: t.origin[i]!, giver: t.giver[i]! });
        if (gone === this.selected) this.select(-1); // its place in the table will be another track's
        continue;
      }
      if (age > LOST_MS) lost += 1;
      else if (age > STALE_MS) stale += 1;
      else fresh += 1;
      if (age <= LOST_MS) {
        if (this.legend.members[t.giver[i]!] === this.legend.own) own += 1;
        else oldest.set(t.giver[i]!, Math.min(oldest.get(t.giver[i]!) ?? Infinity, age));
      }
    }
    this.list.update((at) => this.wanted(at) && this.matches(at, needle), needle, now, this.selected);
    this.detail.show(this.selected, this.legend, now);
    const present = fresh + stale;
    this.figure("present", countText(present), present);
    this.figure("own", countText(own), own);
    this.figure("partners", countText(present - own), present - own);
    const share = say("{n} of {of}", { n: countText(fresh), of: countText(present) });
    this.figure("fresh", present === 0 ? "–" : share, fresh);
    this.figure("stale", countText(stale), stale);
    this.figure("lost", countText(lost), lost);
    const worst = [...oldest].sort((a, b) => b[1] - a[1])[0];
    const words = worst ? `${this.legend.members[worst[0]] ?? ""} ${ageText(worst[1])}` : "–";
    this.figure("oldest", words, worst?.[1] ?? 0);
    if (now - this.announced >= ANNOUNCE_MS) {
      this.announced = now;
      need(this.host, ".track-live").textContent = say("{n} tracks, {old} stale", { n: present, old: stale });
    }
  }

  private findAgain(): void {
    for (let i = 0; i < this.tracks.size; i += 1) {
      if (this.tracks.used[i] && `${this.tracks.giver[i]} ${this.tracks.names[i]}` === this.selectedName) {
        this.select(i);
        return;
      }
    }
  }

  private figure(name: string, text: string, value: number): void {
    const cell = this.host.querySelector(`[data-figure="${name}"]`);
    if (cell && cell.textContent !== text) cell.textContent = text;
    const history = this.history.get(name) ?? [];
    this.history.set(name, history);
    if (this.firstRows || this.seconds % SPARK_STEP_S !== 1) return;
    history.push(value);
    if (history.length > SPARK_POINTS) history.shift();
    this.host.querySelector(`[data-spark="${name}"]`)?.setAttribute("d", sparkPath(history, 150, 24, SPARK_POINTS));
  }

  private notice(text: string): void {
    const box = need(this.host, ".map-notice");
    box.textContent = text;
    box.hidden = text === "";
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

  private draw(upright: boolean): void {
    if (document.hidden || this.view.width < 2) return;
    const moment = performance.now();
    const motionMs = this.still.matches ? 1000 : this.motionMs();
    if (!this.baseDirty && !this.topDirty && moment - this.lastTop < motionMs) return;
    if (this.baseDirty) {
      const context = this.base.getContext("2d", { alpha: false });
      if (context) {
        this.basemap.draw(context, this.view, this.palette, this.ratio);
        drawCoverage(context, this.view, this.palette, this.legend.radars[this.legend.own] ?? []);
        this.basemap.drawPlaces(context, this.view, this.palette, upright);
      }
      this.drawScale();
    }
    const context = this.top.getContext("2d", { willReadFrequently: true });
    if (context) {
      const drawn = this.layer.draw(
        context, this.tracks, this.view, this.palette, this.ratio, this.now(), this.selected, this.mask(),
      );
      this.note(drawn.ellipseTimes);
    }
    this.baseDirty = this.topDirty = false;
    this.lastTop = moment;
  }

  /** Redraw as often as the fastest track crosses a quarter of a pixel, between once a second and every frame. */
  private motionMs(): number {
    const fastestPxPerS = 260 / this.view.metersPerPixel();
    return Math.max(16, Math.min(1000, 250 / fastestPxPerS));
  }

  private note(times: number): void {
    const text = times === 0 ? "" : times === 1 ? say("ellipse 95 %") : say("ellipse 95 % drawn ×{n}", { n: times });
    const cell = need(this.host, ".ellipse-note");
    if (cell.textContent !== text) cell.textContent = text;
  }

  private drawScale(): void {
    const bar = scaleBar(this.view.metersPerPixel(), 110);
    const line = need<SVGPathElement>(this.host, ".scale-bar path");
    line.setAttribute("d", `M1 2v6h${bar.px.toFixed(1)}v-6`);
    need(this.host, ".scale-bar text").textContent = `${distanceText(bar.meters)} · ${nauticalText(bar.meters)}`;
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.stage;
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.view.width = clientWidth;
    this.view.height = clientHeight;
    for (const canvas of [this.base, this.top]) {
      canvas.width = Math.max(1, Math.round(clientWidth * this.ratio));
      canvas.height = Math.max(1, Math.round(clientHeight * this.ratio));
    }
    this.recolor();
  }

  private recolor(): void {
    this.palette = readPalette(this.stage);
    this.layer.prepare(this.palette, this.ratio, this.top.width, this.top.height);
    this.moved();
  }

  private moved(): void {
    this.baseDirty = this.topDirty = true;
  }

  // ---- hands -------------------------------------------------------------------------------------------------------

  private listen(): void {
    new ResizeObserver(() => this.resize()).observe(this.stage);
    watchPalette(() => this.recolor());
    this.filter.addEventListener("input", () => {
      this.list.forget();
      this.everySecond();
      this.topDirty = true;
    });
    for (const button of this.host.querySelectorAll<HTMLButtonElement>("button[data-show]")) {
      button.addEventListener("click", () => this.setShow({ kind: button.dataset["show"] as "all" | "own" | "partners" }));
    }
    need<HTMLSelectElement>(this.host, "select.as-member").addEventListener("change", (event) => {
      const member = (event.target as HTMLSelectElement).value;
      this.setShow(member === "" ? { kind: "all" } : { kind: "as", member });
    });
    need<HTMLButtonElement>(this.host, "button.as-table").addEventListener("click", (event) => {
      const button = event.currentTarget as HTMLButtonElement;
      const on = this.host.classList.toggle("table-only");
      button.setAttribute("aria-pressed", String(on));
      this.everySecond();
    });
    for (const button of this.host.querySelectorAll<HTMLButtonElement>("button[data-zoom]")) {
      button.addEventListener("click", () => {
        this.view.zoomAt(Number(button.dataset["zoom"]), this.view.width / 2, this.view.height / 2);
        this.moved();
      });
    }
    this.listenPointer();
    this.stage.addEventListener("keydown", (event) => this.mapKey(event));
    document.addEventListener("keydown", (event) => this.pageKey(event));
  }

  private listenPointer(): void {
    let from: { x: number; y: number; id: number; far: boolean } | null = null;
    this.top.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, id: event.pointerId, far: false };
      this.top.setPointerCapture(event.pointerId);
    });
    this.top.addEventListener("pointermove", (event) => {
      if (!from || event.pointerId !== from.id) return;
      const dx = from.x - event.clientX;
      const dy = from.y - event.clientY;
      if (!from.far && Math.hypot(dx, dy) < 4) return;
      from = { x: event.clientX, y: event.clientY, id: from.id, far: true };
      this.view.pan(dx, dy);
      this.moved();
    });
    const end = (event: PointerEvent): void => {
      if (from && !from.far && event.type === "pointerup") {
        const box = this.top.getBoundingClientRect();
        this.select(this.layer.pick(this.tracks, event.clientX - box.left, event.clientY - box.top));
        this.stage.focus({ preventScroll: true });
      }
      from = null;
    };
    this.top.addEventListener("pointerup", end);
    this.top.addEventListener("pointercancel", end);
    this.top.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = this.top.getBoundingClientRect();
      const steps = -event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002);
      this.view.zoomAt(Math.max(-1, Math.min(1, steps)), event.clientX - box.left, event.clientY - box.top);
      this.moved();
    }, { passive: false });
  }

  private mapKey(event: KeyboardEvent): void {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const pans: Record<string, [number, number]> = {
      ArrowLeft: [-PAN_PX, 0], ArrowRight: [PAN_PX, 0], ArrowUp: [0, -PAN_PX], ArrowDown: [0, PAN_PX],
    };
    const pan = pans[event.key];
    if (pan) this.view.pan(...pan);
    else if (event.key === "+" || event.key === "=") this.view.zoomAt(0.5, this.view.width / 2, this.view.height / 2);
    else if (event.key === "-") this.view.zoomAt(-0.5, this.view.width / 2, this.view.height / 2);
    else if (event.key === "Enter" && this.selected >= 0) this.center(this.selected);
    else return;
    event.preventDefault();
    this.moved();
  }

  private pageKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog")) return;
    if (event.key === "]") this.choose(this.list.step(1));
    else if (event.key === "[") this.choose(this.list.step(-1));
    else if (event.key === "Escape" && this.selected >= 0) this.select(-1);
    else return;
    event.preventDefault();
  }
}

const host = document.getElementById("picture");
if (host) new MapPage(host, JSON.parse(host.dataset["settings"] ?? "{}") as PageSettings);
