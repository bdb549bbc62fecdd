"""The seam between the frame and a room: one descriptor of strings, and the surface that it leads to.

A :class:`Room` names its parts by import strings, so that listing the rooms of an installation imports none of them.
The frame resolves ``surface`` when the web application starts and ``cli`` when its command is run.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from latticework.kernel.errors import InvalidConfig
from latticework.workbench.pictures.model import Figure as Figure  # what rooms give to Overview; named here for them

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.policy.model import Officer


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """One room of the house, described without importing it.

    Parameters
    ----------
    name
        Package name and setting (``picture``).
    title
        For people, in English; translated by the room's own catalog (``Picture``).
    icon
        Symbol id in ``icons.svg`` without ``i-`` (``picture``).
    kinds
        ``module:function`` that takes the kind registry and registers the room's record kinds; None: it has none.
    stream_kinds
        ``module:function`` that returns the room's stream kinds; None: it has none.
    surface
        ``module:object`` of the :class:`Surface`; None: the room has no pages.
    cli
        ``module:app`` of a typer application; None: it has no commands.
    join
        ``module:function`` that takes the node's :class:`~latticework.workbench.bench.Workbench` when the node is put
        together, and registers what the room uses of it: measures, jobs, tables, briefs, sources of the morning page.
        None: it uses nothing of it.
    start
        ``module:coroutine`` that the node runs as long as it lives, with the workbench and the room's settings; None:
        nothing runs.
    """

    name: str
    title: str
    icon: str
    kinds: str | None = None
    stream_kinds: str | None = None
    surface: str | None = None
    cli: str | None = None
    join: str | None = None
    start: str | None = None


class NavItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the rail.

    Parameters
    ----------
    title
        English words; translated when shown.
    path
        Where it leads (``/map``).
    icon
        Symbol id in ``icons.svg`` without ``i-``.
    key
        Letter after ``g`` that goes there; empty for none. The frame has o, r, i, a, p, u, l, e, f, t and n.
    count
        Number beside the entry for one officer, or None; 0 shows nothing.
    """

    title: str
    path: str
    icon: str
    key: str = ""
    count: Callable[[Kernel, Officer], int | None] | None = None


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """What a room adds to the web application.

    Parameters
    ----------
    routes
        Litestar route handlers. Handlers take ``viewer: Viewer`` and return ``show(viewer, template, ...)``.
    templates
        Folder of Jinja templates; they stand in a folder named after the room and extend ``base.html``.
    static
        Folder served at ``/static/<room>/``, or None.
    translations
        Folder of gettext catalogs (``<language>/LC_MESSAGES/messages.mo``), or None.
    nav
        Entries of the rail.
    overview
        The room's key figure for one officer, or None.
    icons
        An SVG file with more symbols for the icon sheet, or None.
    """

    routes: tuple[Any, ...]
    templates: Path | None = None
    static: Path | None = None
    translations: Path | None = None
    nav: tuple[NavItem, ...] = ()
    overview: Callable[[Kernel, Officer], Figure | None] | None = None
    icons: Path | None = None


def resolve(target: str) -> Any:
    """Import what ``module:name`` stands for.

    Raises
    ------
    InvalidConfig
        When the module or the name does not exist.
    """
    module, _, name = target.partition(":")
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        if error.name is not None and not module.startswith(error.name):
            raise  # the module is there; something that it needs is not, and that must be seen
        raise InvalidConfig(f"{target!r} names no module that is installed; correct the room's descriptor.") from None
    except AttributeError:
        raise InvalidConfig(f"{target!r} names nothing in its module; correct the room's descriptor.") from None
    return found
