"""A layout as HTML: one file that needs nothing else, or a part of a page that has a frame of its own."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from latticework.workbench.briefs.layout import Json

TEMPLATES: Final = Path(__file__).parent / "templates"


def write_html(layout: Json, *, whole: bool = True) -> bytes:
    """Return `layout` as HTML, UTF-8.

    Parameters
    ----------
    layout
        Of a brief.
    whole
        A document with its style and its banners; otherwise an ``article`` whose style is :func:`style`.
    """
    template = _environment().get_template("brief.html")
    return template.render(brief=layout, w=layout["words"], whole=whole, style=style() if whole else "").encode()


def style() -> str:
    """Return the style sheet of briefs."""
    return (TEMPLATES / "brief.css").read_text(encoding="utf-8")


def _address(svg: str) -> str:
    """Return a drawing as the address of a picture: in an ``img``, no script of it would ever run."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters["address"] = _address
    return environment
