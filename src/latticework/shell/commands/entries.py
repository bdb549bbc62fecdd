"""``latticework ledger entries``, ``check``, ``resume``: the ledger of a running node; the others work offline."""

from __future__ import annotations

from typing import Annotated

import typer

from latticework.shell.commands.client import (
    Home,
    Json,
    NodeUrl,
    Second,
    Token,
    connect,
    put_act,
    put_json,
    put_table,
    when,
)

BROKEN_EXIT = 7
"""Exit code of the ledger family in the error tree."""


def entries(
    to: Annotated[str | None, typer.Option("--to", help="Only entries for this partner.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Rows to print.")] = 50,
    after: Annotated[str | None, typer.Option("--after", help="Cursor that the page before printed.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List what a running node released to whom and why, newest first."""
    page = connect(node, home, token).get("/ledger/entries", to=to, limit=limit, after=after)
    if json_:
        put_json(page)
        return
    put_table(
        ("entry", "epoch", "time", "to", "rule", "record", "proof", "what"),
        [(e["sequence"], e["epoch"], when(e["at_ms"]), e["to"], e["rule"], (e["record"] or "")[:12],
          "sealed" if e["proven"] else "promised", e["what"]) for e in page["items"]],
        empty="The ledger has no entry of this selection.",
    )
    if page["next"]:
        print(f"More: --after {page['next']}")


def check(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Let a running node verify its ledger and those it holds of partners; exit 7 when one does not hold."""
    report = connect(node, home, token).post("/ledger/verify")
    if json_:
        put_json(report)
    else:
        print(report["sentence"])
        put_table(("partner", "ledger", "size"), report["partners"], empty="No partner yet.")
    raise typer.Exit(0 if report["ok"] else BROKEN_EXIT)


def resume(
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put before a second officer that the own ledger goes on after an older store was put back."""
    client = connect(node, home, token, second)
    put_act(client, client.post("/ledger/resume"), as_json=json_)
