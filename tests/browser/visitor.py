"""Somebody in front of a page: a browser page that keeps every request and every complaint of the browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from lxml import html
from lxml.html import HtmlElement
from playwright.sync_api import BrowserContext, Locator, Page, Request

PAGES = (
    "/", "/inbox", "/inbox/new",
    "/map", "/records", "/records/new", "/arrangements", "/arrangements/new", "/approvals", "/jobs", "/ledger",
    "/peers", "/peers/USA", "/preferences",
)
"""Every page of the frame and the rooms that needs no record's id."""


class Visitor:
    """One officer's page at one member's node.

    Parameters
    ----------
    context
        The browser context, signed in or not.
    url
        Address of the node.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url, self.context = url, context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", self._note_request)
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: message.type in {"error", "warning"} and self.complaints.append(
            f"{urlsplit(self.page.url).path}: {message.text}"))

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def go(self, path: str) -> Page:
        """Open a page of the node."""
        self.page.goto(self.url + path)
        return self.page

    def read(self, path: str) -> tuple[int, HtmlElement]:
        """Fetch a page with the officer's session, without drawing it; return its status and its document."""
        answer = self.context.request.get(self.url + path)
        return answer.status, html.fromstring(answer.text())

    def see(self, selector: str, text: str | re.Pattern[str] | None = None) -> Locator:
        """Return the parts that `selector` finds and that hold `text`."""
        found = self.page.locator(selector)
        return found if text is None else found.filter(has_text=text)

    def until(self, met: Callable[[], bool], words: str, seconds: float = 20.0) -> None:
        """Wait until `met`; the pages' policy forbids Playwright's own way of polling in the page."""
        end = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < end, words
            self.page.wait_for_timeout(100)

    def hosts(self) -> set[str]:
        """Return every host and port that a request went to."""
        return {urlsplit(url).netloc for url in self.requests if urlsplit(url).scheme not in {"data", "blob"}}

    def banners(self) -> tuple[str, str]:
        """Return the marking in the banner at the top and at the bottom."""
        both = [self.page.locator(f"#banner-{end} > span").nth(1).inner_text().strip() for end in ("top", "bottom")]
        return both[0], both[1]

    def overflow(self) -> list[str]:
        """Return what is wider than the room it has: the page, a button, a chip, words in their cell or panel."""
        return [*self.page.evaluate(OVERFLOW), *self.page.evaluate(CUT)]


OVERFLOW = """() => {
  const found = [];
  const wide = (e, name) => {
    if (e && e.scrollWidth > e.clientWidth + 1) found.push(`${name}: ${e.scrollWidth} in ${e.clientWidth}`);
  };
  wide(document.scrollingElement, "page");
  wide(document.querySelector(".main"), "main");
  wide(document.querySelector(".top"), "top bar");
  const parts = "button.btn, a.btn, .mark, .tri, .st:not(.wrap), .verdict, h1, h2, .seg > *";
  for (const e of document.querySelectorAll(parts)) {
    const r = e.getBoundingClientRect();
    if (!r.width || getComputedStyle(e).position === "absolute" || e.closest(".vh")) continue;
    if (e.matches(".btn, .seg > *")) wide(e, `“${e.textContent.trim()}”`);
    const scroller = e.closest(".main, .top, .map, dialog");
    const limit = Math.min(innerWidth, scroller ? scroller.getBoundingClientRect().right : innerWidth);
    if (r.right > limit + 1 && !e.closest(".track-scroll"))
      found.push(`“${e.textContent.trim().slice(0, 40)}” ends at ${Math.round(r.right)} of ${Math.round(limit)}`);
  }
  return found;
}"""

CUT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const places = "td, th, h1, h2, h3, p, li, dd, dt, .btn, .mark, .map-bar, .banner > span, .panel, .main";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.data.trim(), holder = node.parentElement;
    // A summary in a list may be cut (.clip); the whole text stands on the record's page.
    if (!words || holder.closest(".vh, .skip, option, textarea, script, .clip, dialog:not([open])")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    const room = (holder.closest(places) || document.body).getBoundingClientRect();
    if (box.right > room.right + 1.5 || box.left < room.left - 1.5)
      found.push(`“${words.slice(0, 40)}” ends at ${Math.round(box.right)}, its place at ${Math.round(room.right)}`);
    for (let e = holder; e && e !== document.body; e = e.parentElement) {
      const how = getComputedStyle(e).overflowX, edge = e.getBoundingClientRect();
      if (how === "auto" || how === "scroll") break;
      if (how !== "visible" && (box.right > edge.right + 1 || box.left < edge.left - 1)) {
        found.push(`“${words.slice(0, 40)}” is cut at ${Math.round(edge.right)}`);
        break;
      }
    }
  }
  return found;
}"""
