// The map's colors are the page's tokens, resolved for the canvas; they follow the theme and forced colors.

export interface Palette {
  water: string;
  land: string;
  coast: string;
  grid: string;
  text: string;
  ink: string;
  /** By affiliation: unknown, neutral, friend. */
  tracks: [string, string, string];
  font: string;
}

const forced = matchMedia("(forced-colors: active)");

export function readPalette(host: HTMLElement): Palette {
  const probe = document.createElement("span");
  host.append(probe);
  const color = (token: string, system: string): string => {
    probe.style.color = forced.matches ? system : `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    water: color("--map-water", "Canvas"),
    land: color("--map-land", "Canvas"),
    coast: color("--map-coast", "CanvasText"),
    grid: color("--map-grid", "GrayText"),
    text: color("--map-text", "CanvasText"),
    ink: color("--ink", "CanvasText"),
    tracks: [color("--unknown", "CanvasText"), color("--neutral", "CanvasText"), color("--friend", "CanvasText")],
    font: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return palette;
}

/** Call `changed` whenever a color may have changed: theme, system scheme, contrast, forced colors. */
export function watchPalette(changed: () => void): void {
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", changed);
  }
  new MutationObserver(changed).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-theme", "data-density", "class"],
  });
}
