// What a fragment request shows while it runs: nothing for 0.3 s, then words, never silence beyond two seconds.

const QUIET_MS = 300;

export function watchRequests(): void {
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const button = (event.target as HTMLElement).querySelector<HTMLElement>("[data-wait]");
    const report = document.querySelector("#report");
    if (!button || !report) return;
    const words = button.dataset["wait"] ?? "";
    const begun = performance.now();
    const tick = window.setInterval(() => {
      const passed = performance.now() - begun;
      if (passed >= QUIET_MS) report.textContent = `${words}: ${(passed / 1000).toFixed(1)} s`;
    }, 100);
    event.target?.addEventListener("htmx:afterRequest", () => window.clearInterval(tick), { once: true });
  });
  // A row that was chosen by a click stays marked, as the keys would mark it.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-select]") : null;
    const row = link?.closest("tr");
    if (!row) return;
    for (const other of row.parentElement?.querySelectorAll("tr") ?? []) other.removeAttribute("aria-selected");
    row.setAttribute("aria-selected", "true");
  });
}
