// The live feed: binary frames of track rows, and JSON for what rarely changes. The layout is that of picture/feed.py;
// docs/reference/picture.md tells it to writers of other clients.

export const ROWS = 1;
export const GONE = 2;
export const HEADER_BYTES = 24;
export const ROW_BYTES = 40;
export const GONE_BYTES = 8;

export interface TrackRow {
  number: number;
  latitudeDeg: number;
  longitudeDeg: number;
  timeMs: number;
  pedigree: number;
  origin: number;
  label: number;
  altitudeM: number;
  speedMps: number;
  courseDeg: number;
  climbMps: number;
  sigmaM: number;
  giver: number;
  affiliation: number;
  quality: number;
  flags: number;
}

export interface TrackName {
  number: number;
  origin: number;
  giver: number;
}

export interface RowsFrame {
  kind: typeof ROWS;
  timeMs: number;
  count: number;
  /** Fills `into` with row `index`, so that ten thousand rows make no garbage. */
  read(index: number, into: TrackRow): void;
}

export interface GoneFrame {
  kind: typeof GONE;
  timeMs: number;
  names: TrackName[];
}

export class FeedError extends Error {}

export function emptyRow(): TrackRow {
  return {
    number: 0, latitudeDeg: 0, longitudeDeg: 0, timeMs: 0, pedigree: 0, origin: 0, label: 0, altitudeM: 0, speedMps: 0,
    courseDeg: 0, climbMps: 0, sigmaM: 0, giver: 0, affiliation: 0, quality: 0, flags: 0,
  };
}

/** Decode one binary frame, or throw FeedError with one sentence. */
export function decodeFrame(buffer: ArrayBuffer): RowsFrame | GoneFrame {
  if (buffer.byteLength < HEADER_BYTES) throw new FeedError("a frame is shorter than its header");
  const view = new DataView(buffer);
  if (view.getUint32(0, false) !== 0x4c575431) throw new FeedError("a frame does not begin with LWT1");
  const kind = view.getUint8(4);
  const size = view.getUint8(5);
  const count = view.getUint32(8, true);
  const timeMs = Number(view.getBigInt64(16, true));
  const wanted = kind === ROWS ? ROW_BYTES : GONE_BYTES;
  if ((kind !== ROWS && kind !== GONE) || size !== wanted) throw new FeedError("a frame is of an unknown kind");
  if (buffer.byteLength !== HEADER_BYTES + count * size) throw new FeedError("a frame has another length than it says");
  if (kind === GONE) {
    const names: TrackName[] = [];
    for (let at = HEADER_BYTES; at < buffer.byteLength; at += GONE_BYTES) {
      names.push({
        number: view.getUint32(at, true),
        origin: view.getUint16(at + 4, true),
        giver: view.getUint8(at + 6),
      });
    }
    return { kind: GONE, timeMs, names };
  }
  return {
    kind: ROWS,
    timeMs,
    count,
    read(index, into) {
      const at = HEADER_BYTES + index * ROW_BYTES;
      into.number = view.getUint32(at, true);
      into.latitudeDeg = view.getInt32(at + 4, true) / 1e7;
      into.longitudeDeg = view.getInt32(at + 8, true) / 1e7;
      into.timeMs = timeMs - view.getInt32(at + 12, true);
      into.pedigree = view.getUint32(at + 16, true);
      into.origin = view.getUint16(at + 20, true);
      into.label = view.getUint16(at + 22, true);
      into.altitudeM = view.getInt16(at + 24, true) * 4;
      into.speedMps = view.getUint16(at + 26, true) / 10;
      into.courseDeg = view.getUint16(at + 28, true) / 100;
      into.climbMps = view.getInt16(at + 30, true) / 10;
      into.sigmaM = view.getUint16(at + 32, true);
      into.giver = view.getUint8(at + 34);
      const packed = view.getUint8(at + 35);
      into.affiliation = packed & 15;
      into.quality = packed >> 4;
      into.flags = view.getUint16(at + 36, true);
    },
  };
}

/** The trigraph of a member's code (three letters in base 26). */
export function memberOfCode(code: number): string {
  const letter = (digit: number) => String.fromCharCode(65 + digit);
  return letter(Math.floor(code / 676) % 26) + letter(Math.floor(code / 26) % 26) + letter(code % 26);
}

export function trackName(origin: number, number: number): string {
  return `${memberOfCode(origin)}-${String(number).padStart(5, "0")}`;
}

// ---- the legend -----------------------------------------------------------------------------------------------------

export interface Verdict {
  member: string;
  allowed: boolean;
  rule: string;
  reason: string;
}

export interface LabelWords {
  /** Full marking and its short form, in the reader's language. */
  marking: string;
  portion: string;
  release: string;
  level: number;
  /** Classes that give the chip its color and notches. */
  css: string;
  /** What each partner may get of rows with this label, if this member gives them. */
  verdicts: Verdict[];
}

export interface RadarSite {
  name: string;
  latitude_deg: number;
  longitude_deg: number;
  range_m: number;
  status: string;
}

export interface Legend {
  type: "legend";
  own: string;
  members: string[];
  labels: LabelWords[];
  /** Radars by member, in the order of a pedigree's bits. */
  radars: Record<string, RadarSite[]>;
  source: { kind: string; words: string; why: string };
  /** The join of all labels that were sent: the page's marking. */
  banner: { css: string; marking: string };
}

export function parseLegend(text: string): Legend {
  const found: unknown = JSON.parse(text);
  if (typeof found !== "object" || found === null || (found as Legend).type !== "legend") {
    throw new FeedError("a text frame is not a legend");
  }
  return found as Legend;
}
