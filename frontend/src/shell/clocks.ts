// The clocks of the top bar go on from the server's time of day: a member's node, not the device, says what time it is.

/** Seconds of the day of `hh:mm:ss`, or null when it is no time of day. */
export function secondsOf(text: string): number | null {
  const found = /^(\d\d):(\d\d):(\d\d)$/.exec(text.trim());
  if (!found) return null;
  return Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]);
}

/** `hh:mm:ss` of seconds since midnight; it goes round after a day. */
export function timeOf(seconds: number): string {
  const day = ((Math.floor(seconds) % 86_400) + 86_400) % 86_400;
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(day / 3600))}:${two(Math.floor(day / 60) % 60)}:${two(day % 60)}`;
}

export function runClocks(): void {
  const begun = performance.now();
  const clocks = [...document.querySelectorAll<HTMLElement>(".clock b")].flatMap((element) => {
    const seconds = secondsOf(element.textContent ?? "");
    return seconds === null ? [] : [{ element, seconds }];
  });
  if (!clocks.length) return;
  setInterval(() => {
    const passed = (performance.now() - begun) / 1000;
    for (const { element, seconds } of clocks) {
      const text = timeOf(seconds + passed);
      if (element.textContent !== text) element.textContent = text;
    }
  }, 250);
}
