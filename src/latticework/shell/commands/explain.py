"""``latticework explain RECORD --to AUS``: every rule that was asked, and what would change the answer."""

from __future__ import annotations

from typing import Annotated

import typer

from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_explanation, put_json

app = make_app("Say which rule allows or withholds a record.")


@app.command()
def explain(
    record: Annotated[str, typer.Argument(help="Id, whole or its first digits.")],
    to: Annotated[str, typer.Option("--to", help="The member it is about; it is not told.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Say which rule allows or withholds a record to a peer, without telling anybody."""
    client = connect(node, home, token)
    explanation = client.get(f"/records/{client.record_id(record)}/explanation", to=to.upper())
    if json_:
        put_json(explanation)
    else:
        put_explanation(to.upper(), explanation)
