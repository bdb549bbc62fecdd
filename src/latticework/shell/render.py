"""Jinja for the frame and the rooms: one environment, the words and marks that templates use, and ``show``.

A page is ``show(viewer, template, title=..., labels=...)``. The banner is the join of `labels`: pass the label of
everything labeled that the page shows. ``title`` is the finding in one sentence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import MediaType, Request, Response
from markupsafe import Markup

from latticework import __version__
from latticework.kernel.labels.label import Label
from latticework.shell import language, marks, pictures, preferences, times
from latticework.shell.language import _, ngettext
from latticework.shell.notices import forget
from latticework.shell.sentences import rule_words, say
from latticework.shell.settings import LANGUAGES
from latticework.shell.viewer import Frame, OpenRoom, Viewer, frame_of
from latticework.shell.words import WORDS
from latticework.workbench.pictures.coast import LAND

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel

HERE: Final = Path(__file__).parent
PICTURES: Final = LAND.parent
"""What drawings share with maps in the browser, served as ``/static/pictures/``."""


def make_environment(rooms: Iterable[OpenRoom]) -> Environment:
    """Return the Jinja environment of the frame and the rooms; undefined names and missing escapes are errors."""
    rooms = tuple(rooms)
    folders = [HERE / "templates", *(r.surface.templates for r in rooms if r.surface.templates is not None)]
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(f) for f in folders]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    statics = {"shell": HERE / "static", "pictures": PICTURES, **{
        r.room.name: r.surface.static for r in rooms if r.surface.static is not None
    }}
    environment.globals.update(
        _=_, ngettext=ngettext, static=_Static(statics), languages=LANGUAGES, version=__version__,
        mark_of=_mark, moment=_moment, full_time=_full_time, utc_field=times.utc_field, lasting=times.lasting,
        grouped=language.grouped, member_name=_member_name, word=_word, say=_say, rule_name=rule_words,
        hex4=_hex4, percent=_percent, caveat=_caveat, picture_parts=pictures.parts,
    )
    environment.filters.update(kind_option=lambda kind: (kind, f"{kind} · {_word(kind)}"), twice=lambda v: (v, v))
    return environment


def show(
    viewer: Viewer, template: str, *, title: str, labels: Iterable[Label] = (), status: int = 200, **values: Any
) -> Response[str]:
    """Return a page.

    Parameters
    ----------
    viewer
        Who looks.
    template
        Name of a template that extends ``base.html``.
    title
        The finding, in one sentence; heading and window title.
    labels
        Labels of everything labeled on the page; their join is the banner.
    status
        HTTP status.
    values
        Whatever else the template uses.
    """
    from latticework.shell.frame import surroundings

    html = viewer.frame.environment.get_template(template).render(
        **surroundings(viewer), title=title, banner=marks.banner(viewer.kernel, labels), **values
    )
    response = Response(html, status_code=status, media_type=MediaType.HTML)
    return forget(viewer, response) if viewer.notice is not None else response


def part(viewer: Viewer, template: str, **values: Any) -> Response[str]:
    """Return a fragment for htmx: a template that does not extend ``base.html``."""
    html = viewer.frame.environment.get_template(template).render(**_ground(viewer.frame, viewer), **values)
    return Response(html, media_type=MediaType.HTML)


def fragment(request: Request[Any, Any, Any], viewer: Viewer | None, template: str, **values: Any) -> str:
    """Return a fragment for somebody who may not be signed in."""
    frame = frame_of(request)
    return frame.environment.get_template(template).render(**_ground(frame, viewer), **values)


def bare(request: Request[Any, Any, Any], viewer: Viewer | None, template: str, *, title: str, **values: Any) -> str:
    """Return a page that stands without rail and top bar: sign-in and failures. It shows nothing labeled."""
    frame = frame_of(request)
    return frame.environment.get_template(template).render(
        **_ground(frame, viewer), title=title, banner=marks.banner(frame.kernel, ()), **values
    )


def _ground(frame: Frame, viewer: Viewer | None) -> dict[str, Any]:
    """Return what every template has."""
    chosen = viewer.preferences if viewer else preferences.Preferences(language=_spoken())
    return {
        "viewer": viewer, "kernel": frame.kernel, "settings": frame.settings, "own": frame.kernel.own,
        "own_name": frame.own_name,
        "preferences": chosen, "language": language.language(), "zone": frame.zone, "rooms": frame.rooms,
        "now_ms": viewer.now_ms if viewer else frame.kernel.clock.now_ms(),
        "csrf": csrf_field(viewer.csrf) if viewer else "",
    }


def _spoken() -> Any:
    return language.language()


def csrf_field(token: str) -> Markup:
    """Return the hidden field that proves a form to be our own."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)


# ---- what templates call --------------------------------------------------------------------------------------------

class _Static:
    """Addresses of static files, with a digest so that a new version is fetched and an old one is not."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def __call__(self, name: str, room: str = "shell") -> str:
        return f"/static/{room}/{name}?v={_digest(self._folders[room] / name)}"


@lru_cache(maxsize=256)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"


@pass_context
def _mark(context: Context, label: Label) -> marks.Mark:
    kernel: Kernel = context["kernel"]
    return marks.mark(kernel, label)


@pass_context
def _caveat(context: Context, key: str) -> str:
    kernel: Kernel = context["kernel"]
    listing = (p for p in kernel.policies.values() if key in (*p.restrictive, *p.informative))
    return marks.caveat_name(next(listing, None), key, language.language())


@pass_context
def _moment(context: Context, ms: int | None, *, seconds: bool = False) -> str:
    return times.moment(ms, context["zone"], context["now_ms"], seconds=seconds)


@pass_context
def _full_time(context: Context, ms: int) -> str:
    return times.full(ms, context["zone"])


def _member_name(member: str, fallback: str = "") -> str:
    return language.member_name(member, language.language(), fallback)


def _word(name: object) -> str:
    """Return the words for a fixed value of the kernel (a state, a role, a status) in the language in use."""
    key = str(name)
    return _(WORDS[key]) if key in WORDS else key


def _say(sentence: str) -> str | Markup:
    """Return a kernel's sentence in the language in use; one that has no translation is marked as English."""
    words = say(sentence)
    if words == sentence and language.language() != "en" and any(c.isalpha() for c in sentence):
        return Markup('<span lang="en">{}</span>').format(sentence)
    return words


def _hex4(digits: str, groups: int = 2) -> str:
    """Write the head and tail of a hash: ``6b1e 40d2 … a97f``."""
    head = " ".join(digits[i * 4: i * 4 + 4] for i in range(groups))
    return f"{head} … {digits[-4:]}"


def _percent(part_of: float, whole: float) -> float:
    """Return a share for the width of a bar, 0 to 100."""
    return round(100 * part_of / whole, 1) if whole else 0.0
