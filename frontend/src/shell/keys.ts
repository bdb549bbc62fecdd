// Keys: / go to, g and a letter to a room, j and k rows, Enter opens, Esc closes, n new record, ? the list of keys.

const CHORD_MS = 1_500;

/** Whether a key press belongs to a field or control and is none of ours. */
export function belongsToField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The index after a step through `count` rows from `at` (-1: none is chosen yet); it stops at both ends. */
export function stepTo(at: number, step: number, count: number): number {
  if (!count) return -1;
  if (at < 0) return step > 0 ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, at + step));
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-rows] tbody tr")].filter((row) => row.querySelector("[data-open]"));
}

function choose(step: number): void {
  const all = rows();
  const next = all[stepTo(all.findIndex((row) => row.getAttribute("aria-selected") === "true"), step, all.length)];
  if (!next) return;
  for (const row of all) row.removeAttribute("aria-selected");
  next.setAttribute("aria-selected", "true");
  next.querySelector<HTMLElement>("[data-open]")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function openChosen(): boolean {
  const chosen = rows().find((row) => row.getAttribute("aria-selected") === "true");
  const link = chosen?.querySelector<HTMLElement>("[data-open]");
  link?.click();
  return Boolean(link);
}

function go(letter: string): void {
  document.querySelector<HTMLAnchorElement>(`.rail a[data-key="${CSS.escape(letter)}"]`)?.click();
}

function close(): void {
  const open = [...document.querySelectorAll<HTMLDialogElement>("dialog[open]")].at(-1);
  if (open) open.close();
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  document.querySelector("#toasts")?.replaceChildren();
}

export function listenToKeys(): void {
  let chordUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || belongsToField(event.target)) return;
    const inChord = performance.now() < chordUntil;
    chordUntil = 0;
    if (inChord) {
      event.preventDefault();
      return go(event.key.toLowerCase());
    }
    switch (event.key) {
      case "/":
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#go")?.select();
        break;
      case "g":
        chordUntil = performance.now() + CHORD_MS;
        break;
      case "n":
        document.querySelector<HTMLAnchorElement>('a[href="/records/new"]')?.click();
        break;
      case "j":
      case "k":
        event.preventDefault();
        choose(event.key === "j" ? 1 : -1);
        break;
      case "Enter":
        if (event.target === document.body && openChosen()) event.preventDefault();
        break;
      case "?":
        document.querySelector<HTMLDialogElement>("#keys")?.showModal();
        break;
    }
  });
}
