// The judgment on the right: one track, who contributed, and what others may see, with rule and reason.

import type { LabelWords, Legend } from "./feed.ts";
import { memberOfCode } from "./feed.ts";
import { trigraph } from "./list.ts";
import { positionText } from "../pictures/map/mercator.ts";
import { AFFILIATIONS, frameIcon } from "./symbols.ts";
import { LOST_MS, STALE_MS, type TrackTable } from "./table.ts";
import { ageText, countText, degrees3, feetPerMinute, flightLevel, knots } from "./units.ts";
import { say } from "./words.ts";

const ELLIPSE_95 = 2.4477;

export class Detail {
  private shown = "";
  private readonly host: HTMLElement;
  private readonly tracks: TrackTable;

  constructor(host: HTMLElement, tracks: TrackTable) {
    this.host = host;
    this.tracks = tracks;
  }

  show(at: number, legend: Legend, nowMs: number): void {
    const t = this.tracks;
    if (at < 0 || !t.used[at]) {
      if (this.shown !== "") this.host.replaceChildren(this.nothing());
      this.shown = "";
      return;
    }
    const label = legend.labels[t.label[at]!];
    const same = `${at} ${t.generation} ${t.label[at]} ${t.pedigree[at]} ${legendStamp(legend)}`;
    if (same !== this.shown) {
      this.shown = same;
      this.host.replaceChildren(
        this.head(at, label), this.facts(), this.contributors(at, legend), this.audience(at, legend, label),
      );
    }
    this.refresh(at, nowMs);
  }

  private nothing(): HTMLElement {
    const box = element("div", "empty");
    box.append(element("h3", "", say("No track is selected.")));
    box.append(element("p", "", say("Click a track, or press ] for the next one.")));
    return box;
  }

  private head(at: number, label: LabelWords | undefined): HTMLElement {
    const t = this.tracks;
    const box = element("div", "");
    const row = element("div", "row detail-head");
    row.append(element("h2", "", t.names[at] ?? ""));
    if (label) {
      const push = element("span", "push");
      const mark = element("span", `mark ${label.css}`);
      mark.title = label.marking;
      mark.append(element("b", "", label.portion), element("span", "", label.release));
      push.append(mark);
      row.append(push);
    }
    const affiliation = AFFILIATIONS[t.affiliation[at] as 0 | 1 | 2] ?? "unknown";
    const line = element("p", "row");
    line.append(frameIcon(t.affiliation[at]!, say(affiliation)), element("span", "", say(`${affiliation} air track`)));
    const flags = t.flags[at]!;
    if (flags & 1) line.append(element("span", "tag src", say("moved")));
    if (flags & 2) line.append(element("span", "tag src", say("synthetic")));
    if (flags & 4) line.append(element("span", "tag src", say("made coarser")));
    line.append(element("span", "tag src", say("identity invented")));
    box.append(row, line);
    return box;
  }

  private facts(): HTMLElement {
    const panel = element("section", "panel");
    const list = element("dl", "facts");
    for (const [key, title] of [
      ["position", say("Position")], ["ellipse", say("95 % ellipse")], ["motion", say("Level, speed, course")],
      ["climb", say("Climb")], ["age", say("Age")], ["quality", say("Quality")],
    ] as const) {
      const value = element("dd", "");
      value.dataset["fact"] = key;
      list.append(element("dt", "", title), value);
    }
    panel.append(list);
    return panel;
  }

  private refresh(at: number, nowMs: number): void {
    const t = this.tracks;
    const age = nowMs - t.timeMs[at]!;
    const radius = Math.round(t.sigmaM[at]! * ELLIPSE_95);
    const climb = feetPerMinute(t.climbMps[at]!);
    const state = age > LOST_MS ? ` · ${say("lost")}` : age > STALE_MS ? ` · ${say("stale")}` : "";
    const facts: Record<string, string> = {
      position: positionText(t.latitudeDeg[at]!, t.longitudeDeg[at]!),
      ellipse: say("{n} m radius", { n: countText(radius) }),
      motion: `FL ${flightLevel(t.altitudeM[at]!)} · ${knots(t.speedMps[at]!)} kn · ${degrees3(t.courseDeg[at]!)}`,
      climb: climb === 0 ? say("level") : `${climb > 0 ? "+" : "−"}${Math.abs(climb)} ft/min`,
      age: ageText(age) + state,
      quality: say("{n} of 15", { n: t.quality[at]! }),
    };
    for (const cell of this.host.querySelectorAll<HTMLElement>("[data-fact]")) {
      const text = facts[cell.dataset["fact"] ?? ""] ?? "";
      if (cell.textContent !== text) cell.textContent = text;
    }
  }

  private contributors(at: number, legend: Legend): HTMLElement {
    const t = this.tracks;
    const panel = element("section", "panel");
    const origin = memberOfCode(t.origin[at]!);
    const giver = legend.members[t.giver[at]!] ?? "";
    const head = element("header", "");
    head.append(element("h2", "", say("Who contributed")), element("span", "push", say("not fused")));
    const table = element("table", "table dense");
    const sensors = legend.radars[origin];
    const pedigree = t.pedigree[at]!;
    const body = element("tbody", "");
    let named = 0;
    for (let bit = 0; bit < 32; bit += 1) {
      if (!(pedigree & (2 ** bit))) continue;
      named += 1;
      const site = sensors?.[bit];
      const row = element("tr", "");
      const first = element("td", "");
      first.append(trigraph(origin));
      row.append(first, element("td", "", site?.name ?? say("sensor {n}", { n: bit + 1 })));
      const tag = element("td", "num");
      if (site?.status === "invented") tag.append(element("span", "tag src", say("invented")));
      row.append(tag);
      body.append(row);
    }
    table.append(body);
    panel.append(head, table);
    const words = giver === origin
      ? say("{origin} made this track from its own sensors.", { origin })
      : say("{giver} passed on what {origin} made.", { giver, origin });
    if (named === 0) panel.append(element("p", "small muted", say("The sensors are not told.")));
    panel.append(element("p", "small muted pad-top", words));
    return panel;
  }

  private audience(at: number, legend: Legend, label: LabelWords | undefined): HTMLElement {
    const own = memberOfCode(this.tracks.origin[at]!) === legend.own;
    const panel = element("section", "panel");
    const head = element("header", "");
    head.append(element("h2", "", own ? say("What others may see") : say("May it be passed on")));
    panel.append(head);
    const table = element("table", "table dense top-align");
    const body = element("tbody", "");
    for (const verdict of label?.verdicts ?? []) {
      const row = element("tr", "");
      const first = element("td", "");
      first.append(trigraph(verdict.member));
      const second = element("td", "");
      second.append(element("span", `verdict ${verdict.allowed ? "allowed" : "withheld"}`,
        verdict.allowed ? say("Allowed") : say("Withheld")));
      const third = element("td", "muted small", `${verdict.reason} `);
      third.append(element("code", "", verdict.rule));
      row.append(first, second, third);
      body.append(row);
    }
    table.append(body);
    panel.append(table);
    if (label) panel.append(element("p", "small faint pad-top", label.marking));
    return panel;
  }
}

function legendStamp(legend: Legend): number {
  let known = stamps.get(legend);
  if (known === undefined) {
    known = next;
    next += 1;
    stamps.set(legend, known);
  }
  return known;
}

const stamps = new WeakMap<Legend, number>();
let next = 1;

export function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
