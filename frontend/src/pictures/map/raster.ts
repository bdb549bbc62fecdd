// Draws thousands of small symbols into a pixel buffer. Without a GPU each call of the canvas costs more than the few
// dozen pixels of a symbol, so symbols are written straight into memory and shown with one putImageData.

/** A symbol as the pixels that it covers, relative to its middle, in device pixels. */
export interface Stamp {
  dx: Int16Array;
  dy: Int16Array;
  /** Straight alpha in the top byte, color below, as ImageData keeps it on little-endian machines. */
  color: Uint32Array;
}

/** The pixels of an RGBA image (`size` pixels square) that are not empty, relative to its middle. */
export function stampOf(rgba: Uint8ClampedArray, size: number): Stamp {
  const dx: number[] = [];
  const dy: number[] = [];
  const color: number[] = [];
  const half = Math.floor(size / 2);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const at = 4 * (y * size + x);
      const alpha = rgba[at + 3] ?? 0;
      if (alpha < 8) continue;
      dx.push(x - half);
      dy.push(y - half);
      color.push(packed(rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0, alpha));
    }
  }
  return { dx: Int16Array.from(dx), dy: Int16Array.from(dy), color: Uint32Array.from(color) };
}

export function packed(red: number, green: number, blue: number, alpha: number): number {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The three numbers of a computed color (`rgb(31, 111, 69)`), alpha 255. */
export function colorOf(css: string): number {
  const numbers = css.match(/[\d.]+/g)?.map(Number) ?? [];
  return packed(numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0, 255);
}

export class Raster {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8ClampedArray<ArrayBuffer>;
  private readonly pixels: Uint32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.bytes = new Uint8ClampedArray(width * height * 4);
    this.pixels = new Uint32Array(this.bytes.buffer);
  }

  clear(): void {
    this.pixels.fill(0);
  }

  /** Where two symbols share a pixel the more opaque one stays. */
  private put(x: number, y: number, color: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = y * this.width + x;
    if (color >>> 24 >= this.pixels[at]! >>> 24) this.pixels[at] = color;
  }

  stamp(stamp: Stamp, x: number, y: number): void {
    const { dx, dy, color } = stamp;
    const left = Math.round(x);
    const top = Math.round(y);
    for (let i = 0; i < color.length; i += 1) this.put(left + dx[i]!, top + dy[i]!, color[i]!);
  }

  square(x: number, y: number, size: number, color: number): void {
    const left = Math.round(x - size / 2);
    const top = Math.round(y - size / 2);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) this.put(left + column, top + row, color);
    }
  }

  /** A smooth line: along its longer axis, each pixel across it gets the share of it that the line covers. */
  line(x0: number, y0: number, x1: number, y1: number, thickness: number, color: number): void {
    const steep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
    const [a0, b0, a1, b1] = steep ? [y0, x0, y1, x1] : [x0, y0, x1, y1];
    const span = a1 - a0;
    if (Math.abs(span) < 1e-6) return;
    const slope = (b1 - b0) / span;
    // Across the minor axis a slanted line is wider by this factor.
    const half = (thickness / 2) * Math.sqrt(1 + slope * slope);
    const first = Math.round(Math.min(a0, a1));
    const last = Math.round(Math.max(a0, a1));
    const alpha = color >>> 24;
    for (let a = first; a < last; a += 1) {
      const middle = b0 + (a + 0.5 - a0) * slope;
      for (let b = Math.floor(middle - half); b <= middle + half; b += 1) {
        const share = Math.min(b + 1, middle + half) - Math.max(b, middle - half);
        if (share <= 0.03) continue;
        const shade = ((color & 0xffffff) | (Math.round(alpha * Math.min(1, share)) << 24)) >>> 0;
        if (steep) this.put(b, a, shade);
        else this.put(a, b, shade);
      }
    }
  }
}
