// APP-6 frames of air tracks, open below: unknown, neutral, friend. One drawing for the canvas and for the list.

const BOX = 12;
/** Width of a frame within its box. */
const FRAME = 8;

export const FRAMES = [
  "M3,10a2.6,2.6,0,0,1,0-5a3,3,0,0,1,6,0a2.6,2.6,0,0,1,0,5",
  "M2.5,10V3h7v7",
  "M2,10V7a4,4,0,0,1,8,0v3",
] as const;

export const AFFILIATIONS = ["unknown", "neutral", "friend"] as const;

/** The frame of an affiliation around 0,0, `size` pixels wide. */
export function framePath(affiliation: number, size: number): Path2D {
  const factor = size / FRAME;
  const path = new Path2D();
  const frame = new Path2D(FRAMES[affiliation as 0 | 1 | 2] ?? FRAMES[0]);
  path.addPath(frame, new DOMMatrix([factor, 0, 0, factor, (-BOX / 2) * factor, -6.5 * factor]));
  return path;
}

/** The frame as an element for tables and panels. */
export function frameIcon(affiliation: number, words: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of [["width", "12"], ["height", "12"], ["viewBox", "0 0 12 12"], ["role", "img"]] as const) {
    svg.setAttribute(name, value);
  }
  svg.setAttribute("aria-label", words);
  const path = document.createElementNS(space, "path");
  path.setAttribute("class", `trk ${AFFILIATIONS[affiliation as 0 | 1 | 2] ?? "unknown"}`);
  path.setAttribute("d", FRAMES[affiliation as 0 | 1 | 2] ?? FRAMES[0]);
  svg.append(path);
  return svg;
}
