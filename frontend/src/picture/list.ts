// The list of tracks: the same content as the map, for keyboard, screen reader and print. Only visible rows are in the
// document, so ten thousand tracks scroll as easily as ten; for paper all of them are.

import { AFFILIATIONS, frameIcon } from "./symbols.ts";
import { LOST_MS, STALE_MS, type TrackTable } from "./table.ts";
import { ageText, countText, degrees3, flightLevel, knots } from "./units.ts";
import { positionText } from "../pictures/map/mercator.ts";
import { say } from "./words.ts";

export type SortKey = "number" | "level" | "speed" | "from" | "age";

export interface ListEvents {
  select(at: number): void;
  open(at: number): void;
}

const SPARE_ROWS = 6;

export class TrackList {
  /** Indexes into the table, filtered and in order. */
  order: number[] = [];
  private readonly scroller: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly body: HTMLTableSectionElement;
  private readonly count: HTMLElement;
  private readonly foot: HTMLElement;
  private sortKey: SortKey = "number";
  private descending = false;
  private sortedGeneration = -1;
  private rowHeight = 28;
  private selected = -1;
  private nowMs = 0;
  private printing = false;
  /** Bumped when filter or sort changed. */
  private stamp = "";

  private readonly tracks: TrackTable;
  private readonly members: () => string[];
  private readonly own: () => string;
  private readonly markings: (label: number) => string;
  private readonly events: ListEvents;

  constructor(
    host: HTMLElement, tracks: TrackTable, members: () => string[], own: () => string,
    markings: (label: number) => string, events: ListEvents,
  ) {
    this.tracks = tracks;
    this.members = members;
    this.own = own;
    this.markings = markings;
    this.events = events;
    this.scroller = need(host, ".track-scroll");
    this.table = need(host, "table");
    this.body = need(host, "tbody");
    this.count = need(host, ".track-count");
    this.foot = need(host, ".track-foot");
    this.scroller.addEventListener("scroll", () => this.paint(), { passive: true });
    new ResizeObserver(() => this.paint()).observe(this.scroller);
    this.body.addEventListener("click", (event) => {
      const row = (event.target as HTMLElement).closest("tr[data-at]");
      if (row instanceof HTMLElement) this.events.select(Number(row.dataset["at"]));
    });
    this.body.addEventListener("dblclick", () => {
      if (this.selected >= 0) this.events.open(this.selected);
    });
    for (const [name, printing] of [["beforeprint", true], ["afterprint", false]] as const) {
      addEventListener(name, () => {
        this.printing = printing;
        this.paint();
      });
    }
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    for (const button of this.table.querySelectorAll<HTMLButtonElement>("thead button[data-sort]")) {
      button.addEventListener("click", () => this.sortBy(button.dataset["sort"] as SortKey));
    }
  }

  /** Show the tracks in `wanted` as of `nowMs`. */
  update(wanted: (at: number) => boolean, filter: string, nowMs: number, selected: number): void {
    this.nowMs = nowMs;
    this.selected = selected;
    const live = this.sortKey !== "number" && this.sortKey !== "from";
    const stamp = `${filter}\u0000${this.sortKey}${this.descending}`;
    if (live || stamp !== this.stamp || this.sortedGeneration !== this.tracks.generation || filter !== "") {
      this.stamp = stamp;
      this.sortedGeneration = this.tracks.generation;
      this.order = [];
      for (let i = 0; i < this.tracks.size; i += 1) if (this.tracks.used[i] && wanted(i)) this.order.push(i);
      this.sort();
    }
    this.count.textContent = countText(this.order.length);
    this.foot.textContent = this.order.length === 0 ? say("No track here now.") : "";
    this.foot.hidden = this.order.length > 0;
    this.paint();
  }

  /** Begin anew: what is wanted changed. */
  forget(): void {
    this.sortedGeneration = -1;
  }

  select(at: number): void {
    this.selected = at;
    this.reveal();
    this.paint();
  }

  /** The track `by` places after the selected one in the list's order, or -1 when there is none. */
  step(by: number): number {
    if (this.order.length === 0) return -1;
    const place = this.order.indexOf(this.selected);
    if (place < 0) return (by > 0 ? this.order[0] : this.order[this.order.length - 1]) ?? -1;
    return this.order[Math.max(0, Math.min(this.order.length - 1, place + by))] ?? -1;
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 15, PageUp: -15 };
    const by = steps[event.key];
    if (by !== undefined) this.events.select(this.step(by));
    else if (event.key === "Home") this.events.select(this.order[0] ?? -1);
    else if (event.key === "End") this.events.select(this.order[this.order.length - 1] ?? -1);
    else if (event.key === "Enter" && this.selected >= 0) this.events.open(this.selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private sortBy(key: SortKey): void {
    this.descending = this.sortKey === key ? !this.descending : key === "level" || key === "speed";
    this.sortKey = key;
    for (const button of this.table.querySelectorAll<HTMLButtonElement>("thead button[data-sort]")) {
      const head = button.closest("th");
      if (button.dataset["sort"] === key) head?.setAttribute("aria-sort", this.descending ? "descending" : "ascending");
      else head?.removeAttribute("aria-sort");
    }
    this.forget();
    this.sort();
    this.paint();
  }

  private sort(): void {
    const t = this.tracks;
    const ownCode = this.members().indexOf(this.own());
    const foreign = (at: number): number => (t.giver[at] === ownCode ? 0 : 1);
    const byName = (a: number, b: number): number =>
      foreign(a) - foreign(b) || ((t.names[a] ?? "") < (t.names[b] ?? "") ? -1 : 1);
    const keys: Record<SortKey, (a: number, b: number) => number> = {
      number: byName,
      level: (a, b) => t.altitudeM[a]! - t.altitudeM[b]! || byName(a, b),
      speed: (a, b) => t.speedMps[a]! - t.speedMps[b]! || byName(a, b),
      from: (a, b) => t.giver[a]! - t.giver[b]! || byName(a, b),
      age: (a, b) => t.timeMs[b]! - t.timeMs[a]! || byName(a, b),
    };
    this.order.sort(keys[this.sortKey]);
    if (this.descending) this.order.reverse();
  }

  private reveal(): void {
    const place = this.order.indexOf(this.selected);
    if (place < 0) return;
    const head = this.table.tHead?.offsetHeight ?? 0;
    const top = place * this.rowHeight;
    const seen = this.scroller.clientHeight - head;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + this.rowHeight > this.scroller.scrollTop + seen) this.scroller.scrollTop = top + this.rowHeight - seen;
  }

  private paint(): void {
    const head = this.table.tHead?.offsetHeight ?? 0;
    const measured = this.body.querySelector<HTMLElement>("tr[data-at]")?.offsetHeight;
    if (measured) this.rowHeight = measured;
    const above = Math.max(0, Math.floor(this.scroller.scrollTop / this.rowHeight) - SPARE_ROWS);
    const inView = Math.ceil((this.scroller.clientHeight - head) / this.rowHeight) + 2 * SPARE_ROWS;
    const [first, seen] = this.printing ? [0, this.order.length] : [above, inView];
    const slice = this.order.slice(first, first + seen);
    this.table.setAttribute("aria-rowcount", String(this.order.length + 1));
    const rows: HTMLTableRowElement[] = [this.spacer(first)];
    slice.forEach((at, i) => rows.push(this.row(at, first + i)));
    rows.push(this.spacer(this.order.length - first - slice.length));
    this.body.replaceChildren(...rows);
    const place = this.order.indexOf(this.selected);
    if (place >= 0) this.scroller.setAttribute("aria-activedescendant", `track-row-${this.selected}`);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  private spacer(count: number): HTMLTableRowElement {
    const row = document.createElement("tr");
    row.className = "spacer";
    row.setAttribute("aria-hidden", "true");
    row.style.height = `${count * this.rowHeight}px`;
    return row;
  }

  private row(at: number, place: number): HTMLTableRowElement {
    const t = this.tracks;
    const row = document.createElement("tr");
    row.id = `track-row-${at}`;
    row.dataset["at"] = String(at);
    row.setAttribute("aria-rowindex", String(place + 2));
    row.setAttribute("aria-selected", String(at === this.selected));
    const age = this.nowMs - t.timeMs[at]!;
    if (age > LOST_MS) row.className = "lost";
    else if (age > STALE_MS) row.className = "stale";
    const affiliation = t.affiliation[at]!;
    row.append(
      cell("", frameIcon(affiliation, say(AFFILIATIONS[affiliation as 0 | 1 | 2] ?? "unknown"))),
      cell("nowrap", t.names[at] ?? ""),
      cell("num", String(flightLevel(t.altitudeM[at]!))),
      cell("num", String(knots(t.speedMps[at]!))),
      cell("nowrap", trigraph(this.members()[t.giver[at]!] ?? "")),
      cell("num", ageText(age)),
      cell("num wide", degrees3(t.courseDeg[at]!)),
      cell("nowrap wide", positionText(t.latitudeDeg[at]!, t.longitudeDeg[at]!)),
      cell("num wide", `${Math.round(t.sigmaM[at]!)} m`),
      cell("nowrap clip wide", this.markings(t.label[at]!)),
    );
    return row;
  }
}

function cell(className: string, content: string | Node): HTMLTableCellElement {
  const made = document.createElement("td");
  if (className) made.className = className;
  made.append(content);
  return made;
}

export function trigraph(member: string): HTMLElement {
  const made = document.createElement("span");
  made.className = "tri";
  made.textContent = member;
  return made;
}

export function need<T extends Element = HTMLElement>(host: ParentNode, selector: string): T {
  const found = host.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}
