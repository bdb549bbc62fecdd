// The page's words, translated by the server and handed over in an attribute; a missing word shows its English.

export type Words = Record<string, string>;

let words: Words = {};

export function setWords(found: Words): void {
  words = found;
}

/** The translation of `english`, with `{name}` replaced. */
export function say(english: string, values: Record<string, string | number> = {}): string {
  return (words[english] ?? english).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
