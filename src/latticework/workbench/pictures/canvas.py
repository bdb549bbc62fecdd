"""The sheet that a picture is drawn on: shapes and words with classes, written as SVG for a page or standing alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from latticework.workbench.pictures.style import TOKENS, Theme, resolve

FONT: Final = "'Source Sans 3', 'Noto Sans', 'Liberation Sans', 'Noto Sans JP', 'Noto Sans CJK JP', sans-serif"
TEXT_PX: Final = 11.0
ELLIPSIS: Final = "…"
_NARROW: Final = frozenset("iljI.,:;'’|!()[]/ ft-")
_WIDE: Final = frozenset("mwMW%@—")


@lru_cache(maxsize=8192)
def width_of(words: str, px: float = TEXT_PX) -> float:
    """Return about how wide words are; a full-width character is one em, a Latin one about half."""
    total = 0.0
    for char in words:
        if unicodedata.east_asian_width(char) in {"W", "F"}:
            total += 1.0
        elif char in _NARROW:
            total += 0.31
        elif char in _WIDE:
            total += 0.87
        else:
            total += 0.68 if char.isupper() else 0.56
    return total * px


def fitted(words: str, room: float, px: float = TEXT_PX) -> str:
    """Return words cut to a width, with an ellipsis; empty where not even two characters have room."""
    if width_of(words, px) <= room:
        return words
    kept = words
    while kept and width_of(kept + ELLIPSIS, px) > room:
        kept = kept[:-1]
    kept = kept.rstrip()
    return f"{kept}{ELLIPSIS}" if len(kept) >= 2 else ""


def wrapped(words: str, room: float, lines: int = 2, px: float = TEXT_PX) -> list[str]:
    """Return words on at most `lines` lines of a width; Japanese breaks anywhere, Latin between words."""
    found: list[str] = []
    rest = words.strip()
    while rest and len(found) < lines - 1 and width_of(rest, px) > room:
        cut, space = 0, 0
        for at, char in enumerate(rest, start=1):
            if width_of(rest[:at], px) > room:
                break
            cut = at
            if char == " " or unicodedata.east_asian_width(char) in {"W", "F"}:
                space = at
        at = space or cut
        if at == 0:
            break
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, fitted(rest, room, px)] if rest else found


def px(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value else "0"


class Canvas:
    """A drawing in progress; :meth:`svg` writes it.

    Parameters
    ----------
    width, height
        In px; `height` may be set until the end.
    theme
        None: for a page, with classes. Otherwise standing alone, with that theme's colors as attributes.
    language
        Of its words.
    """

    def __init__(self, width: float, height: float, theme: Theme | None, language: str) -> None:
        self.width, self.height, self.theme, self.language = width, height, theme, language
        self._parts: list[str] = []
        self._marks = 0

    # ---- shapes ----

    def _put(self, tag: str, classes: str, attributes: dict[str, str], inner: str = "") -> None:
        shown = {"class": classes} if self.theme is None and classes else {}
        if self.theme is not None:
            shown = resolve(classes, self.theme)
        written = "".join(f" {key}={quoteattr(value)}" for key, value in {**shown, **attributes}.items())
        self._parts.append(f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>")

    def path(self, d: str, classes: str, **attributes: str) -> None:
        """Draw a path."""
        self._put("path", classes, {"d": d, **_dashed(attributes)})

    def rect(self, x: float, y: float, width: float, height: float, classes: str) -> None:
        """Draw a rectangle."""
        self._put("rect", classes, {"x": px(x), "y": px(y), "width": px(max(width, 0.5)), "height": px(height)})

    def circle(self, x: float, y: float, radius: float, classes: str, **attributes: str) -> None:
        """Draw a circle."""
        self._put("circle", classes, {"cx": px(x), "cy": px(y), "r": px(radius), **_dashed(attributes)})

    def text(self, x: float, y: float, words: str, classes: str = "", *, turn: float = 0.0) -> None:
        """Write words on a baseline, turned by `turn` degrees around their start."""
        if not words:
            return
        attributes = {"x": px(x), "y": px(y)}
        if turn:
            attributes["transform"] = f"rotate({px(turn)} {px(x)} {px(y)})"
        if self.theme is not None and "fill" not in resolve(classes, self.theme):
            attributes["fill"] = TOKENS["ink-2"][1 if self.theme == "dark" else 0]
        self._put("text", classes, attributes, escape(words))

    def paint(self, classes: str, what: str) -> str:
        """Return the attributes of classes for shapes that are written as they are; `what` is stroke or fill."""
        if self.theme is None:
            return f'class="{classes}"'
        found = resolve(classes, self.theme)
        color = found.get("stroke") or found.get("fill") or ""
        return f'fill="none" stroke="{color}"' if what == "stroke" else f'fill="{color}" stroke="none"'

    def raw(self, shape: str) -> None:
        """Add a shape that is written already."""
        self._parts.append(shape)

    # ---- groups ----

    @contextmanager
    def group(self, transform: str = "", classes: str = "") -> Iterator[None]:
        """Open a group that ends with the block."""
        inner = f" transform={quoteattr(transform)}" if transform else ""
        if classes:
            if self.theme is None:
                inner += f" class={quoteattr(classes)}"
            else:
                inner += "".join(f" {k}={quoteattr(v)}" for k, v in resolve(classes, self.theme).items())
        self._parts.append(f"<g{inner}>")
        yield
        self._parts.append("</g>")

    @contextmanager
    def mark(self, says: str, href: str = "") -> Iterator[None]:
        """Open what the reader can step to with the keyboard: `says` is its sentence, `href` where it leads."""
        self._marks += 1
        title = f"<title>{escape(says)}</title>"
        if self.theme is not None:
            self._parts.append(f"<g>{title}")
        elif href:
            # The keyboard steps through marks by itself; links in a picture are no stops of Tab on top of that.
            self._parts.append(f'<a class="step" data-mark="" tabindex="-1" href={quoteattr(href)}>{title}')
        else:
            self._parts.append(f'<g class="step" data-mark="">{title}')
        yield
        self._parts.append("</a>" if self.theme is None and href else "</g>")

    @contextmanager
    def clip(self, name: str, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Cut what the block draws to a rectangle; `name` is unique in the page."""
        self._parts.append(
            f'<clipPath id={quoteattr(name)}><rect x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"/>'
            f'</clipPath><g clip-path="url(#{escape(name)})">')
        yield
        self._parts.append("</g>")

    # ---- the whole ----

    def svg(self, says: str) -> str:
        """Return the drawing as one ``svg`` element; `says` is its sentence for those who do not see it."""
        size = f'width="{px(self.width)}" height="{px(self.height)}" viewBox="0 0 {px(self.width)} {px(self.height)}"'
        body = "".join(self._parts)
        label = quoteattr(says)
        if self.theme is None:
            # A picture with marks is a group whose parts can be read one by one; without any it is one image.
            role = "group" if self._marks else "img"
            return f'<svg class="viz drawn" {size} role="{role}" aria-label={label}>{body}</svg>'
        colors = TOKENS["surface"][1 if self.theme == "dark" else 0]
        hatch = " ".join(f"{k}={quoteattr(v)}" for k, v in resolve("hatch", self.theme).items())
        ground = "" if self.theme == "print" else f'<rect width="100%" height="100%" fill="{colors}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={label} font-family="{FONT}" '
            f'font-size="{px(TEXT_PX)}"><title>{escape(says)}</title><defs><pattern id="hatch" width="5" height="5" '
            f'patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path d="M0 0V5" {hatch}/></pattern></defs>'
            f"{ground}{body}</svg>")


def _dashed(attributes: dict[str, str]) -> dict[str, str]:
    return {key.replace("_", "-"): value for key, value in attributes.items()}
