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

/** Colors by name: each from a token, or from a color of the system where colors are forced. */
export function readColors<Name extends string>(
  host: HTMLElement, wanted: Record<Name, readonly [token: string, system: string]>,
): Record<Name, string> {
  const probe = document.createElement("span");
  host.append(probe);
  const found = {} as Record<Name, string>;
  for (const name of Object.keys(wanted) as Name[]) {
    const [token, system] = wanted[name];
    probe.style.color = forced.matches ? system : `var(${token})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

export function readPalette(host: HTMLElement): Palette {
  const { unknown, neutral, friend, ...ground } = readColors(host, {
    water: ["--map-water", "Canvas"], land: ["--map-land", "Canvas"], coast: ["--map-coast", "CanvasText"],
    grid: ["--map-grid", "GrayText"], text: ["--map-text", "CanvasText"], ink: ["--ink", "CanvasText"],
    unknown: ["--unknown", "CanvasText"], neutral: ["--neutral", "CanvasText"], friend: ["--friend", "CanvasText"],
  });
  return { ...ground, tracks: [unknown, neutral, friend], font: getComputedStyle(host).fontFamily };
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
