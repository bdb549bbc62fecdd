"""Write docs/reference/{cli,settings,api,errors,kinds}.md from the code.

``--check`` only compares; exit 1 when a page is out of step. What the pages say of a command, setting, endpoint, error
or kind is what its own docstring or help text says.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
import tempfile
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import typer
from litestar import Litestar
from litestar.routes import HTTPRoute, WebSocketRoute

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.errors import LatticeworkError, all_errors
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId
from latticework.kernel.records.kinds import RegisteredKind
from latticework.node.compose import compose
from latticework.node.main import COMMANDS as NODE_COMMANDS
from latticework.node.rooms import ROOMS
from latticework.node.settings import NodeSettings
from latticework.shell.app import create_app
from latticework.shell.cli import COMMANDS as SHELL_COMMANDS
from latticework.shell.cli import Command
from latticework.shell.room import resolve

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
WRITTEN = "<!-- Written by scripts/write_reference.py from the code; do not edit. -->\n\n"
COMMON = ("--node", "--home", "--token", "--second", "--json")
"""Options that most commands share and that mean the same everywhere; described once."""


# ---- docstrings ---------------------------------------------------------------------------------------------------

def sentences(doc: str | None) -> str:
    """Return a docstring up to its first section, as one paragraph each."""
    text = re.split(r"\n\s*\w+\n\s*-{4,}", _clean(doc))[0]
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def parameters(doc: str | None) -> dict[str, str]:
    """Return the parameters of a NumPy docstring with what is said of each; several may share a description."""
    text = _clean(doc)
    found = re.search(r"Parameters\n-{4,}\n(.*?)(?:\n\n\w+\n-{4,}|\Z)", text, re.DOTALL)
    said: dict[str, str] = {}
    names: list[str] = []
    for line in found[1].splitlines() if found else ():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
            said.update(dict.fromkeys(names, ""))
        else:
            said.update({name: f"{said[name]} {line.strip()}".strip() for name in names})
    return said


def _clean(doc: str | None) -> str:
    text = inspect.cleandoc(doc or "")
    text = re.sub(r":(?:class|func|data|meth):`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text)
    return text.replace("``", "`")


def cell(text: object) -> str:
    """Return `text` for a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *(f"| {' | '.join(cell(v) for v in row)} |" for row in rows)]) + "\n"


# ---- types --------------------------------------------------------------------------------------------------------

def words_of(annotation: Any) -> str:
    """Return a type as the pages write it."""
    if annotation is type(None):
        return "null"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return words_of(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(words_of(a) for a in arguments)
    if origin is typing.Literal:
        return " or ".join(f"`{a!r}`".replace("'", '"') for a in arguments)
    if origin in {tuple, list, frozenset, set}:
        inner = [a for a in arguments if a is not Ellipsis]
        return ("list of " if len(inner) == 1 else "") + ", ".join(words_of(a) for a in inner)
    if origin is dict:
        return f"table of {words_of(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " or ".join(f'`"{member.value}"`' for member in annotation)
    if isinstance(annotation, typing.NewType):
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", annotation.__name__).lower().replace("member id", "trigraph")
    plain = {str: "text", int: "integer", float: "number", bool: "boolean", bytes: "bytes"}
    return plain.get(annotation, getattr(annotation, "__name__", str(annotation)))


def structs_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """Iterate over the struct types that `annotation` mentions."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from structs_in(argument)


def default_of(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()  # type: ignore[operator]
    if isinstance(value, tuple | dict | list | frozenset) and not value:
        return "none"
    return "`" + msgspec.json.encode(value).decode() + "`"


def fields_table(body: type[msgspec.Struct]) -> str:
    said = parameters(body.__doc__)
    return table(("field", "type", "default", "meaning"), [
        (f"`{f.encode_name}`", words_of(f.type), default_of(f), said.get(f.name, ""))
        for f in msgspec.structs.fields(body)])


# ---- pages --------------------------------------------------------------------------------------------------------

def cli_page() -> str:
    commands = {c.name: c for c in (*SHELL_COMMANDS, *(Command(*c) for c in NODE_COMMANDS))}
    out = ["# Command line\n", WRITTEN, CLI_HEAD]
    out.append(table(("option", "environment", "meaning"), sorted(_common(commands.values()), key=_order)))
    for name in sorted(commands):
        app = typer.main.get_command(resolve(commands[name].target))
        out.append(f"\n## latticework {name}\n\n{_capital(commands[name].help)}.\n")
        below = getattr(app, "commands", None)
        for word, command in sorted(below.items()) if below else [("", app)]:
            out.append(_command_text(f"latticework {name} {word}".strip(), command, heading=bool(below)))
    return "\n".join(out)


def _command_text(called: str, command: Any, *, heading: bool) -> str:
    arguments = [p for p in command.params if not p.opts[0].startswith("-")]
    options = [p for p in command.params if p.opts[0].startswith("-") and p.name != "help"]
    shown = " ".join(
        [called, *(_argument(p) for p in arguments), *(f"{p.opts[0]} …" for p in options if p.required)])
    own = [p for p in options if p.opts[0] not in COMMON or not (p.envvar or p.opts[0] == "--json")]
    common = [f"`{p.opts[0]}`" for p in options if p not in own]
    rows: list[tuple[object, ...]] = [(f"`{_argument(p)}`", "", p.help or "") for p in arguments]
    rows += [("`" + "`, `".join([*p.opts, *p.secondary_opts]) + "`" + (f" (`{p.envvar}`)" if p.envvar else ""),
              _default(p), p.help or "") for p in own]
    text = f"\n### {called}\n\n" if heading else "\n"
    text += f"{sentences(command.help)}\n\n```sh\n{shown}\n```\n"
    if rows:
        text += "\n" + table(("argument, option", "default", "meaning"), rows)
    if common:
        text += f"\nAlso {', '.join(common)}: see [options](#options-that-mean-the-same-everywhere).\n"
    return text


def _argument(p: Any) -> str:
    word = p.name.rstrip("_").upper() + ("..." if p.nargs == -1 else "")
    return word if p.required else f"[{word}]"


def _default(p: Any) -> str:
    if p.required:
        return "needed"
    if p.default in (None, "", False) or callable(p.default):
        return ""
    return f"`{getattr(p.default, 'value', p.default)}`"


def _common(commands: Any) -> set[tuple[str, str, str]]:
    # One row an option: the text of the commands to a running node, which most have.
    app = typer.main.get_command(resolve("latticework.shell.commands.trust:app"))
    params = app.commands["add"].params  # type: ignore[attr-defined]
    return {(f"`{p.opts[0]}`", f"`{p.envvar}`" if p.envvar else "", p.help) for p in params if p.opts[0] in COMMON}


def _order(row: tuple[str, str, str]) -> int:
    return COMMON.index(row[0].strip("`"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def settings_page() -> str:
    out = ["# Settings\n", WRITTEN, SETTINGS_HEAD, "\n## Top of the file\n", sentences(NodeSettings.__doc__), ""]
    tables = {f.name: f for f in msgspec.structs.fields(NodeSettings)}
    said = parameters(NodeSettings.__doc__)
    sections = {n: f for n, f in tables.items() if isinstance(f.type, type) and issubclass(f.type, msgspec.Struct)}
    out.append(table(("setting", "type", "default", "meaning"), [
        (f"`{n}`", words_of(f.type), default_of(f), said[n]) for n, f in tables.items()
        if n not in sections and n != "room"]))
    for name, field in sections.items():
        about = parameters(field.type.__doc__)
        out.append(f"\n## [{name}]\n\n{sentences(field.type.__doc__)}\n")
        out.append(table(("setting", "type", "default", "meaning"), [
            (f"`{f.name}`", words_of(f.type), default_of(f), about[f.name])
            for f in msgspec.structs.fields(field.type)]))
    out.append(f"\n## [room.NAME]\n\n{_capital(said['room'])} Each room's page lists its own:\n")
    out += [f"- [{room}]({room}.md#settings)" for room in sorted(resolve(t).name for t in ROOMS)]
    return "\n".join(out) + "\n"


def errors_page() -> str:
    errors = [e for e in all_errors() if e.__module__.startswith("latticework.")]
    families = [e for e in errors if LatticeworkError in e.__bases__]
    out = ["# Errors\n", WRITTEN, ERRORS_HEAD,
           table(("code", "error", "HTTP", "exit", "what happened"), [_error_row(LatticeworkError)])]
    for family in sorted(families, key=lambda e: e.code):
        out.append(f"\n## {family.__name__}\n\n{sentences(family.__doc__)}\n")
        below = sorted((e for e in errors if issubclass(e, family)), key=lambda e: (e is not family, e.code))
        out.append(table(("code", "error", "HTTP", "exit", "what happened"), [_error_row(e) for e in below]))
    return "\n".join(out)


def _error_row(error: type[LatticeworkError]) -> tuple[object, ...]:
    return (f"`{error.code}`", error.__name__, error.http_status, error.exit_code, sentences(error.__doc__))


def kinds_page(kinds: list[RegisteredKind]) -> str:
    out = ["# Kinds of records\n", WRITTEN, KINDS_HEAD,
           table(("kind", "topic", "what it says"), [
               (f"[`{k.kind}/{k.version}`](#{_anchor(k)})", f"`{k.topic}`" if k.topic else "the author's choice",
                sentences(k.body.__doc__).split("\n\n")[0]) for k in kinds])]
    within: dict[str, type[msgspec.Struct]] = {}
    for kind in kinds:
        out.append(f"\n## {kind.kind}/{kind.version} {{ #{_anchor(kind)} }}\n\n{sentences(kind.body.__doc__)}\n")
        if kind.older:
            out.append(f"Still read: {', '.join(f'version {v}' for v in sorted(kind.older))}.\n")
        out.append(fields_table(kind.body))
        _gather(kind.body, within)
    out.append("\n## Parts of bodies\n")
    for name in sorted(within):
        out.append(f"\n### {name} {{ #{name.lower()} }}\n\n{sentences(within[name].__doc__)}\n")
        out.append(fields_table(within[name]))
    out.append("\n## Streams\n\nValues that replace one another, under a logged grant; "
               "[exchange](exchange.md) says how.\n")
    streams = [s for r in map(resolve, ROOMS) if r.stream_kinds for s in resolve(r.stream_kinds)()]
    out.append(table(("stream", "topic", "bytes a row", "slots", "fields"), [
        (f"`{s.name}/{s.version}`", f"`{s.topic}`", s.dtype.itemsize, s.slots,
         ", ".join(f"`{n}`" for n in s.dtype.names or ())) for s in streams]))
    return "\n".join(out)


def _anchor(kind: RegisteredKind) -> str:
    return f"{kind.kind}-{kind.version}".replace(".", "-")


def _gather(body: type[msgspec.Struct], into: dict[str, type[msgspec.Struct]]) -> None:
    for field in msgspec.structs.fields(body):
        for struct in structs_in(field.type):
            if struct.__name__ not in into:
                into[struct.__name__] = struct
                _gather(struct, into)


class Endpoint(NamedTuple):
    """One handler of the API."""

    method: str
    path: str
    tag: str
    operation: dict[str, Any]
    doc: str


def api_page(app: Litestar) -> str:
    schema = app.openapi_schema.to_schema()
    out = ["# API\n", WRITTEN, API_HEAD]
    endpoints = sorted(_endpoints(app, schema), key=lambda e: (e.tag, e.path, e.method))
    for tag in dict.fromkeys(e.tag for e in endpoints):
        out.append(f"\n## {_capital(tag)}\n")
        out += [_endpoint_text(e) for e in endpoints if e.tag == tag]
    out.append("\n## WebSockets\n")
    out.append(table(("path", "what it does"), [
        (f"`{r.path}`", sentences(r.route_handler.fn.__doc__)) for r in sorted(
            (r for r in app.routes if isinstance(r, WebSocketRoute)), key=lambda r: r.path)]))
    out.append("\n## Schemas\n\nTimes end in `_ms`: milliseconds since 1970, UTC.\n")
    structs = {s.__name__: s for s in _all_structs(msgspec.Struct)}
    for name, part in sorted(schema["components"]["schemas"].items()):
        out.append(_schema_text(name, part, structs.get(name.rsplit("_", 1)[-1] if "_" in name else name)))
    return "\n".join(out)


def _endpoints(app: Litestar, schema: dict[str, Any]) -> Iterator[Endpoint]:
    docs = {(r.path_format, method.lower()): h.fn.__doc__ for r in app.routes if isinstance(r, HTTPRoute)
            for h in r.route_handlers for method in h.http_methods}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            doc = sentences(docs.get((path, method)))
            if not doc:
                raise SystemExit(f"{method.upper()} {path} says nothing of itself.")
            yield Endpoint(method.upper(), path, operation.get("tags", [path.split("/")[3]])[0], operation, doc)


def _endpoint_text(e: Endpoint) -> str:
    text = f"\n### {e.method} {e.path}\n\n{e.doc}\n"
    rows = [(f"`{p['name']}`", p["in"], _schema_words(p["schema"]), "needed" if p["required"] else _said_default(p))
            for p in e.operation.get("parameters", ())]
    if rows:
        text += "\n" + table(("parameter", "in", "type", "default"), rows)
    if "requestBody" in e.operation:
        text += f"\nTakes {_content(e.operation['requestBody']['content'])}.\n"
    good = {code: r for code, r in e.operation["responses"].items() if code < "300"}
    return text + "".join(f"\nAnswers {code} with {_content(r.get('content', {}))}.\n" for code, r in good.items())


def _said_default(parameter: dict[str, Any]) -> str:
    value = parameter["schema"].get("default")
    return f"`{msgspec.json.encode(value).decode()}`" if value not in (None, "") else ""


def _content(content: dict[str, Any]) -> str:
    return " or ".join(
        _schema_words(c["schema"]) if kind == "application/json" else f"bytes (`{kind}`)"
        for kind, c in content.items()) or "nothing"


def _schema_words(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(_schema_words(s) for s in schema[key]))
    if "enum" in schema:
        return " or ".join(f"`{msgspec.json.encode(v).decode()}`" for v in schema["enum"])
    if "const" in schema:
        return f"`{msgspec.json.encode(schema['const']).decode()}`"
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_schema_words(schema['items'])}" if schema.get("items") else "list"
    if kind == "object":
        below = schema.get("additionalProperties")
        return f"table of {_schema_words(below)}" if below else "table"
    bounds = [f"{sign} {schema[k]:g}" for sign, k in (("≥", "minimum"), ("≤", "maximum")) if k in schema]
    return " ".join([{"string": "text", None: "any value"}.get(kind, str(kind)), *bounds])


def _schema_text(name: str, part: dict[str, Any], struct: type[msgspec.Struct] | None) -> str:
    doc = struct.__doc__ if struct is not None else None
    text = f"\n### {name} {{ #{name.lower()} }}\n\n{sentences(doc)}\n"
    if "properties" not in part:
        return text + f"\n{_schema_words(part)}\n"
    said, needed = parameters(doc), set(part.get("required", ()))
    return text + "\n" + table(("field", "type", "always there", "meaning"), [
        (f"`{field}`", _schema_words(schema), "yes" if field in needed else "", said.get(field, ""))
        for field, schema in part["properties"].items()])


def _all_structs(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for struct in base.__subclasses__():
        yield struct
        yield from _all_structs(struct)


# ---- what is said by hand -----------------------------------------------------------------------------------------

CLI_HEAD = """\
`latticework COMMAND`; `latticework --help` lists the commands, `latticework COMMAND --help` says more,
`latticework --version` prints the version. `--debug` anywhere shows the place of an error instead of its sentence.

Exit codes: 0 done; 1 something unforeseen; 2 what was given is wrong; 3 somebody's identity is in doubt; 4 not here, or
not to be seen; 5 not signed in, or not permitted; 6 withheld by the gate; 7 a ledger does not hold, or an accusation is
proven; 8 the store; 9 a node or link cannot be reached; 130 stopped with Ctrl+C. [Errors](errors.md) has them by code.

## Options that mean the same everywhere

A command to a running node finds it by `--node` or `--home`, and acts as the officer of `--token`. Where an act needs
two officers, `--second` lets the second one approve at the same console; without it the act waits for
`latticework approvals approve`. Every reading command prints JSON with `--json`.
"""

SETTINGS_HEAD = """\
A node reads `node.toml` in its home when it starts. `latticework init` writes one; every setting has a default that
works, so the file may be missing. A setting that does not exist is refused, with its place.

No setting is a secret: keys are files of the home, readable by their owner alone.

## Environment

None of these changes what a running node does.

| variable | serves |
|---|---|
| `LATTICEWORK_NODE`, `LATTICEWORK_HOME` | commands to a running node: its address, or the member's folder |
| `LATTICEWORK_TOKEN`, `LATTICEWORK_SECOND_TOKEN` | the same: API tokens of an officer and of a second one |
| `LATTICEWORK_PORT`, `LATTICEWORK_FIRST_PORT` | `latticework init`: the ports that it writes into `node.toml` |
| `LATTICEWORK_ROOT_PASSPHRASE` | `latticework keys`: opens an encrypted root key |
| `LATTICEWORK_CACHE` | where the recorded traffic is kept |
"""

ERRORS_HEAD = """\
Each failure has one sentence (what happened, to what, what to do) and one stable code. The command line prints both and
ends with the exit code; the API answers with the HTTP status and `{"code": …, "message": …}`. No message contains
withheld content or betrays that it exists: what is absent and what is withheld give the same LW-1003.

A code keeps its meaning for good. Rooms count from LW-3000.
"""

KINDS_HEAD = """\
A record is an immutable, signed, labeled statement of one of these kinds, named by the hash of its bytes. Older
versions are upcast when they are read and never rewritten. A kind that a node does not know stays opaque:
kept and proven, not read. A room registers its kinds in its `service.py`.
"""

API_HEAD = """\
The API of one member's own node, for that member's own people; partners use none of it. It listens where the pages do
(`[web]` in [settings](settings.md)). OpenAPI: `/api/schema/openapi.json`.

Send `Authorization: Bearer TOKEN` (from `latticework token`), or the session cookie of the pages. Every answer has
passed the gate for the officer who asks: what may not be seen is left out of lists and counts, and is not found.
Failures are a [Problem](#problem) with a code of [errors](errors.md), mostly 400, 401, 403 or 404.

An act that needs two officers answers 202 with an [ActOut](#actout) that waits; another officer approves it.
"""


def pages() -> dict[str, str]:
    """Return every page by file name."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        init_member(MemberId("JPN"), home, SystemClock(), SystemEntropy())
        composed = compose(home)
        try:
            app = create_app(composed.bench, composed.rooms)
            made: dict[str, Callable[[], str]] = {
                "cli.md": cli_page, "settings.md": settings_page, "errors.md": errors_page,
                "kinds.md": lambda: kinds_page(list(composed.kernel.kinds)), "api.md": lambda: api_page(app),
            }
            return {name: re.sub(r"\n{3,}", "\n\n", make()).rstrip() + "\n" for name, make in made.items()}
        finally:
            composed.kernel.close()


def main(arguments: list[str]) -> int:
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if "--check" in arguments and stale:
        print(f"out of step: {', '.join(stale)}; run python scripts/write_reference.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
