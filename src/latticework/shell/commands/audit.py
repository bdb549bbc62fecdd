"""``latticework audit``: who decided, released, saw, exported and printed what, for auditors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latticework.kernel.errors import InvalidConfig, InvalidFile
from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json, put_table, when
from latticework.shell.times import read_utc

app = make_app("The auditor's view of a running node: who did what, when, by which rule.")

Officer = Annotated[str | None, typer.Option("--officer", help="Sign-in name; also as second officer.")]
Act = Annotated[str | None, typer.Option("--act", help="An act and those below it, such as record or ledger.released.")]
About = Annotated[str | None, typer.Option("--record", help="Only what is about this record; its whole id.")]
To = Annotated[str | None, typer.Option("--to", help="Only what went to this member.")]
Since = Annotated[str | None, typer.Option("--since", help="From this time on, UTC, such as 2026-05-16 12:00.")]
Until = Annotated[str | None, typer.Option("--until", help="Before this time, UTC.")]
Refused = Annotated[bool, typer.Option("--refused", help="Only what was not permitted.")]


def _time(text: str | None) -> int | None:
    ms = read_utc(text) if text else None
    if text and ms is None:
        raise InvalidConfig(f"{text!r} is no time; write it, UTC, such as 2026-05-16 12:00.")
    return ms


@app.command("list")
def list_audit(
    officer: Officer = None, act: Act = None, record: About = None, to: To = None, since: Since = None,
    until: Until = None, refused: Refused = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Rows to print.")] = 100,
    after: Annotated[str | None, typer.Option("--after", help="Cursor that the page before printed.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List who did what, newest first."""
    page = connect(node, home, token).get(
        "/audit", officer=officer, act=act, record=record, to=to, from_ms=_time(since), until_ms=_time(until),
        refused=refused, limit=limit, after=after)
    if json_:
        put_json(page)
        return
    put_table(
        ("time", "officer", "post", "act", "record", "what", "to", "permitted", "rule", "second"),
        [(when(a["at_ms"]), a["officer"] or "the node", a["post"], a["act"], (a["record"] or "")[:12], a["what"],
          a["to"], a["allowed"], a["rule"], a["second"]) for a in page["items"]],
        empty="Nothing of this kind.",
    )
    if page["next"]:
        print(f"More: --after {page['next']}")


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="Where to; a name that ends with .xlsx makes a workbook.")],
    officer: Officer = None, act: Act = None, record: About = None, to: To = None, since: Since = None,
    until: Until = None, refused: Refused = False, node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Save the audit as CSV or XLSX; the export is noted itself."""
    raw = connect(node, home, token).raw(
        "/audit/export", officer=officer, act=act, record=record, to=to, from_ms=_time(since), until_ms=_time(until),
        refused=refused, format="xlsx" if out.suffix == ".xlsx" else "csv")
    try:
        out.write_bytes(raw)
    except OSError as error:
        raise InvalidFile(f"{out} cannot be written: {error.strerror}.") from None
    print(f"{out}  {len(raw)} bytes")
