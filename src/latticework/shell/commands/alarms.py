"""``latticework alarms``: what a person should look at, and the proof files that belong to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latticework.kernel.errors import InvalidFile
from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json, put_table, when

app = make_app("What a person should look at.")


@app.command()
def alarms(
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Rows to print.")] = 50,
    proof: Annotated[int | None, typer.Option("--proof", help="Number of the alarm: write its proof file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the proof file.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the alarms, newest first; or write the proof file of one, for latticework ledger accuse."""
    client = connect(node, home, token)
    if proof is not None:
        target = out or Path(f"alarm-{proof}.proof")
        raw = client.raw(f"/alarms/{proof}/proof")
        try:
            target.write_bytes(raw)
        except OSError as error:
            raise InvalidFile(f"{target}: the proof cannot be written ({error.strerror}).") from None
        print(f"{len(raw)} bytes in {target}; check them with latticework ledger accuse {target}")
        return
    found = client.get("/alarms", limit=limit)
    if json_:
        put_json(found)
        return
    put_table(("number", "time", "code", "peer", "proof", "what happened"),
              [(a["id"], when(a["at_ms"]), a["code"], a["peer"], a["proof"], a["sentence"]) for a in found],
              empty="No alarm.")
