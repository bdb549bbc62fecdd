"""One way to draw every picture: as SVG that stands alone, or for a page that has the look's style sheets."""

from __future__ import annotations

from typing import Final

from latticework.workbench.pictures import areas, diagram, distribution, gantt, matrix, timeline
from latticework.workbench.pictures.canvas import Canvas
from latticework.workbench.pictures.model import (
    AnyPicture,
    AreaMap,
    Curves,
    Diagram,
    Distribution,
    GanttChart,
    Matrix,
    Timeline,
)
from latticework.workbench.pictures.scales import number
from latticework.workbench.pictures.style import Theme
from latticework.workbench.pictures.words import word

WIDTH: Final = 1168.0
"""Px of a picture over the whole of a page 1440 px wide."""

STATUS: Final = {"V": "verified", "P": "press", "invented": "invented", "synthetic": "synthetic"}


def svg(picture: AnyPicture, language: str = "en", theme: Theme = "light", width: float = WIDTH) -> str:
    """Return a picture as one SVG document that needs nothing else.

    Parameters
    ----------
    picture
        Any of the pictures of :mod:`~latticework.workbench.pictures.model`.
    language
        Of the fixed words and dates (``en``, ``ja``); the picture's own words are in the reader's language already.
    theme
        ``light``, ``dark``, or ``print``: the light one without a ground.
    width
        Px; a diagram and a matrix take what they need.
    """
    return _canvas(picture, width, theme, language, "picture").svg(picture.says)


def drawing(picture: AnyPicture, language: str, width: float, name: str) -> str:
    """Return a picture as an ``svg`` element for a page, with classes of the look; `name` is unique in the page."""
    return _canvas(picture, width, None, language, name).svg(picture.says)


def _canvas(picture: AnyPicture, width: float, theme: Theme | None, language: str, name: str) -> Canvas:
    if isinstance(picture, GanttChart):
        return gantt.draw(picture, width, theme, language)
    if isinstance(picture, Timeline):
        return timeline.draw(picture, width, theme, language)
    if isinstance(picture, Matrix):
        return matrix.draw(picture, width, theme, language)
    if isinstance(picture, Distribution):
        return distribution.draw_spreads(picture, width, theme, language)
    if isinstance(picture, Curves):
        return distribution.draw_curves(picture, width, theme, language)
    if isinstance(picture, Diagram):
        return diagram.draw(picture, width, theme, language)
    assert isinstance(picture, AreaMap)  # the union has no other
    return areas.draw(picture, width, theme, language, name)


def caption(picture: AnyPicture, language: str) -> tuple[tuple[str, ...], str]:
    """Return the caption as sentences (source, unit, what a band means, how it was simulated) and the status's word.

    Bands that overlap say so: nobody should read a difference into a picture that shows none.
    """
    c = picture.caption
    found = [word("Source: {source}", language, source=c.source)]
    if c.unit:
        found.append(word("Unit: {unit}", language, unit=c.unit))
    if c.interval is not None:
        found.append(word("band {interval} %", language, interval=number(c.interval)))
    if c.replications is not None:
        found.append(word("{n} replications, seed {seed}", language, n=number(c.replications), seed=c.seed))
    if isinstance(picture, Distribution) and (same := distribution.undecided(picture, language)):
        found.append(same)
    if c.note:
        found.append(c.note)
    return tuple(found), word(STATUS[c.status], language) if c.status else ""
