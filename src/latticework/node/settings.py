"""A node's settings: one TOML file in its home, every value with a default that works.

Environment variables never carry secrets; keys live in files of the home with mode 0600.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.identity.files import PUBLIC, write_whole
from latticework.workbench.attachments.model import AttachmentSettings
from latticework.workbench.jobs.model import JobSettings

FILE: Final = "node.toml"
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+\Z")


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where this member's own people reach the node.

    Parameters
    ----------
    host, port
        Address of the web pages and the API; loopback unless a reverse proxy stands before it.
    hosts
        Further names under which the pages are asked for (``node.mod.example``); any other name is refused, against
        DNS rebinding. Loopback names always work.
    secure_cookies
        Send cookies over TLS alone: set it when a TLS proxy stands before the node.
    zone
        IANA name of the time zone beside UTC on the pages; empty: that of the member's seat of government.
    language
        Language of the pages before an officer has chosen one: ``en`` or ``ja``.
    """

    host: str = "127.0.0.1"
    port: Port = 8600
    hosts: tuple[str, ...] = ()
    secure_cookies: bool = False
    zone: str = ""
    language: str = "en"


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where partners reach the node.

    Parameters
    ----------
    listen_host
        Address to listen on for partners with a lower trigraph; they dial.
    advertise_host
        The name or address that bundles for partners carry.
    first_port
        Each partner has a port of its own, counted from here in order of export, so that each can be firewalled to
        its partner.
    """

    listen_host: str = "127.0.0.1"
    advertise_host: str = "127.0.0.1"
    first_port: Port = 8700


class LedgerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The beat of the ledger; `docs/reference/ledger.md` states what each choice costs in bytes a day.

    Parameters
    ----------
    epoch_ms
        Time from one checkpoint to the next, ms.
    columns
        Places for partners; a peer cannot tell how many are taken.
    slots
        Leaves for each partner and epoch.
    """

    epoch_ms: int = 10_000
    columns: int = 16
    slots: int = 1


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one node.

    Parameters
    ----------
    web, links, ledger, attachments
        See there.
    jobs
        How much of the machine jobs may use; see there.
    policy
        Name of the member's own security policy: ``EXERCISE``, or one whose SPIF file lies in ``policies/``.
    notice
        Words at the right of each page's banner, such as ``Demonstration data, partly invented``.
    rooms
        Names of the rooms to load; None loads all rooms of the house. A room from elsewhere is named by where its
        descriptor is (``package.module:ROOM``).
    room
        Settings of single rooms, by room name: strings, numbers and booleans that the room checks itself.
    """

    web: WebSettings = WebSettings()
    links: LinkSettings = LinkSettings()
    ledger: LedgerSettings = LedgerSettings()
    jobs: JobSettings = JobSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    policy: str = "EXERCISE"
    notice: str = ""
    rooms: tuple[str, ...] | None = None
    room: dict[str, dict[str, str | int | float | bool]] = {}


def load_settings(home: Path) -> NodeSettings:
    """Read ``node.toml`` of `home`; a missing file means the defaults.

    Raises
    ------
    InvalidConfig
        When the file cannot be read, is not TOML, or has a setting that does not exist, with the place.
    """
    try:
        with (home / FILE).open("rb") as file:
            return msgspec.convert(tomllib.load(file), NodeSettings)
    except FileNotFoundError:
        return NodeSettings()
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfig(f"{FILE} is not valid TOML: {str(error).rstrip('.')}.") from None
    except (UnicodeDecodeError, RecursionError):
        raise InvalidConfig(f"{FILE} is not valid TOML: it is no text in UTF-8, or nested without end.") from None
    except msgspec.ValidationError as error:
        raise InvalidConfig(f"a setting in {FILE} is wrong: {error}.") from None
    except OSError as error:
        raise InvalidConfig(f"{FILE} cannot be read: {error.strerror}.") from None


def write_settings(home: Path, settings: NodeSettings) -> None:
    """Write `settings` as ``node.toml`` of `home`, whole or not at all; :class:`InvalidFile` when that fails."""
    write_whole(home / FILE, _toml(settings).encode(), mode=PUBLIC)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped (TOML 1.0, section "String").
    return msgspec.json.encode(str(value)).decode().replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.match(name) else _value(name)


def _toml(settings: NodeSettings) -> str:
    lines = [f"policy = {_value(settings.policy)}", f"notice = {_value(settings.notice)}"]
    if settings.rooms is not None:
        lines.append(f"rooms = {_value(settings.rooms)}")
    tables: list[tuple[str, dict[str, object]]] = [
        ("web", msgspec.to_builtins(settings.web)),
        ("links", msgspec.to_builtins(settings.links)),
        ("ledger", msgspec.to_builtins(settings.ledger)),
        ("jobs", msgspec.to_builtins(settings.jobs)),
        ("attachments", msgspec.to_builtins(settings.attachments)),
    ]
    tables += [(f"room.{_key(name)}", dict[str, object](values)) for name, values in sorted(settings.room.items())]
    for title, values in tables:
        lines += ["", f"[{title}]", *(f"{_key(key)} = {_value(value)}" for key, value in values.items())]
    return "\n".join(lines).lstrip("\n") + "\n"
