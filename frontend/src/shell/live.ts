// Live notices: the node says what kind of thing changed; what is on the page and depends on it is fetched again.
// A screen reader hears of arrivals at most once in ten seconds, of an alarm at once.
import htmx from "htmx.org";
import { touched, waitBefore } from "./parts.ts";

const SAY_MS = 10_000;
const SIGNED_OUT = 4401;

let saidAt = -Infinity;
let waiting: number | undefined;

function announce(kinds: readonly string[]): void {
  const alarm = document.querySelector<HTMLElement>("#alarm");
  if (alarm && kinds.includes("alarm")) alarm.textContent = alarm.dataset["alarm"] ?? "";
  const polite = document.querySelector<HTMLElement>("#arrivals");
  const kind = kinds.find((k) => polite?.dataset[k]);
  if (!polite || !kind || waiting !== undefined) return;
  const delay = Math.max(0, saidAt + SAY_MS - performance.now());
  waiting = window.setTimeout(() => {
    waiting = undefined;
    saidAt = performance.now();
    polite.textContent = polite.dataset[kind] ?? "";
  }, delay);
}

function busy(part: HTMLElement): boolean {
  // Somebody who is typing, or has opened something, must not lose it to a refresh.
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && part.contains(focused) && focused.matches("input, textarea, select")) return true;
  return part.querySelector("details[open], dialog[open], #why > *") !== null;
}

function refresh(kinds: readonly string[]): void {
  const parts = [...document.querySelectorAll<HTMLElement>("[data-refresh]")];
  for (const part of parts) {
    if (!touched(part.dataset["refresh"] ?? "", kinds).length || busy(part)) continue;
    void htmx.ajax("get", location.pathname + location.search, {
      source: part,
      target: `#${part.id}`,
      select: `#${part.id}`,
      swap: "outerHTML show:none",
      selectOOB: "#banner-top,#banner-bottom,#finding,#links,#rail",
    });
  }
  if (!parts.length) document.body.dispatchEvent(new CustomEvent("latticework:changed", { detail: kinds }));
}

export function listenLive(): void {
  const path = document.body.dataset["live"];
  if (!path) return;
  let attempt = 0;
  const connect = (): void => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
    socket.addEventListener("open", () => {
      attempt = 0;
    });
    socket.addEventListener("message", (event) => {
      const { changed } = JSON.parse(String(event.data)) as { changed: string[] };
      announce(changed);
      refresh(changed);
    });
    socket.addEventListener("close", (event) => {
      if (event.code === SIGNED_OUT) return location.assign("/sign-in");
      window.setTimeout(connect, waitBefore(attempt++));
    });
  };
  connect();
}
