// Pictures on a page: step through their parts, zoom and drag them, and show their table with t. Without this script a
// picture stands still and its table opens by itself.

import { belongsToField } from "./keys.ts";
import { stepFrom, zoomAfter, type Box } from "./steps.ts";

const SPACE = "http://www.w3.org/2000/svg";

class Picture {
  private readonly view: HTMLElement;
  private readonly said: HTMLElement | null;
  private readonly details: HTMLDetailsElement | null;
  private readonly ring = document.createElementNS(SPACE, "rect");
  private picked = -1;
  private zoom = 1;
  readonly host: HTMLElement;

  constructor(host: HTMLElement, view: HTMLElement) {
    this.host = host;
    this.view = view;
    this.said = host.querySelector(".picked");
    this.details = host.querySelector("details.picture-table");
    this.ring.setAttribute("class", "ring");
    const views = host.querySelector<HTMLElement>("[data-views]");
    if (views) {
      views.hidden = false;
      host.classList.add("has-views");
      for (const button of views.querySelectorAll<HTMLButtonElement>("button")) {
        button.addEventListener("click", () => this.show(button.dataset["view"] === "table"));
      }
    }
    view.addEventListener("keydown", (event) => this.key(event));
    this.listenPointer();
  }

  /** The drawing that fits the window; there may be one for wide and one for narrow ones. */
  private get svg(): SVGSVGElement | undefined {
    return [...this.view.querySelectorAll<SVGSVGElement>("svg.drawn")].find((svg) => svg.clientWidth > 0);
  }

  get showsTable(): boolean {
    return this.host.classList.contains("shows-table");
  }

  show(table: boolean): void {
    const within = this.host.contains(document.activeElement);
    this.host.classList.toggle("shows-table", table);
    if (this.details) this.details.open = table;
    for (const button of this.host.querySelectorAll<HTMLButtonElement>("[data-view]")) {
      button.setAttribute("aria-pressed", String((button.dataset["view"] === "table") === table));
    }
    const place = table ? this.host.querySelector<HTMLElement>(".picture-scroll")
      : this.host.querySelector<HTMLElement>(".picture-map") ?? this.view;
    if (within && !(document.activeElement instanceof HTMLButtonElement)) place?.focus({ preventScroll: true });
  }

  private marks(): SVGGraphicsElement[] {
    return [...(this.svg?.querySelectorAll<SVGGraphicsElement>("[data-mark]") ?? [])];
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (["j", "k", "Home", "End", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) {
      const marks = this.marks();
      if (!marks.length) return;
      this.pick(stepFrom(marks.map((mark): Box => mark.getBBox()), this.picked, event.key));
    } else if (["+", "=", "-", "0"].includes(event.key)) this.zoomTo(zoomAfter(this.zoom, event.key));
    else if (event.key === "Enter" && this.picked >= 0) {
      const mark = this.marks()[this.picked];
      if (!(mark instanceof SVGAElement)) return;
      location.assign(mark.href.baseVal);
    } else if (event.key === "Escape" && this.picked >= 0) this.pick(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private pick(index: number): void {
    this.picked = index;
    const mark = this.marks()[index];
    this.ring.remove();
    if (this.said) this.said.textContent = mark?.querySelector("title")?.textContent ?? "";
    if (!mark) return;
    const box = mark.getBBox();
    for (const [name, value] of Object.entries({ x: box.x - 3, y: box.y - 3, width: box.width + 6, height: box.height + 6 })) {
      this.ring.setAttribute(name, String(value));
    }
    this.svg?.append(this.ring);
    mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private zoomTo(zoom: number): void {
    const { svg } = this;
    if (!svg) return;
    const box = svg.viewBox.baseVal;
    const middle = (this.view.scrollLeft + this.view.clientWidth / 2) / this.zoom;
    this.zoom = zoom;
    svg.setAttribute("width", String(box.width * zoom));
    svg.setAttribute("height", String(box.height * zoom));
    this.view.scrollLeft = middle * zoom - this.view.clientWidth / 2;
  }

  private listenPointer(): void {
    let from: { x: number; y: number; left: number; top: number } | null = null;
    this.view.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      from = { x: event.clientX, y: event.clientY, left: this.view.scrollLeft, top: this.view.scrollTop };
    });
    this.view.addEventListener("pointermove", (event) => {
      if (!from || !(event.buttons & 1)) return;
      this.view.scrollLeft = from.left + from.x - event.clientX;
      this.view.scrollTop = from.top + from.y - event.clientY;
    });
    this.view.addEventListener("click", (event) => {
      const far = from !== null && Math.hypot(event.clientX - from.x, event.clientY - from.y) > 4;
      from = null;
      const mark = event.target instanceof Element ? event.target.closest<SVGGraphicsElement>("[data-mark]") : null;
      if (far) event.preventDefault();
      else if (mark) this.pick(this.marks().indexOf(mark));
    });
  }
}

export function showPictures(): void {
  const pictures: Picture[] = [];
  for (const host of document.querySelectorAll<HTMLElement>("[data-picture]")) {
    const view = host.querySelector<HTMLElement>(".picture-view");
    if (view) pictures.push(new Picture(host, view));
  }
  if (!pictures.length) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "t" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (belongsToField(event.target) || document.querySelector("dialog[open]")) return;
    // The picture in which the reader is, or the first one that can be seen.
    const chosen = pictures.find((p) => p.host.contains(document.activeElement)) ??
      pictures.find((p) => p.host.getBoundingClientRect().bottom > 80);
    if (!chosen) return;
    event.preventDefault();
    chosen.show(!chosen.showsTable);
  });
}
