"""``latticework share RECORD --to AUS``: the verdict first, then the release."""

from __future__ import annotations

from typing import Annotated

import typer

from latticework.kernel.errors import Withheld
from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json

app = make_app("Release a record to one peer, verdict first.")


@app.command()
def share(
    record: Annotated[str, typer.Argument(help="Id, whole or its first digits.")],
    to: Annotated[str, typer.Option("--to", help="The one member that gets it.")],
    check: Annotated[bool, typer.Option("--check", help="Print the verdict and release nothing.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Release a record to one peer; exit 6 with rule and reason when the gate withholds it."""
    client = connect(node, home, token)
    found, member = client.record_id(record), to.upper()
    explanation = client.get(f"/records/{found}/explanation", to=member)
    decision = explanation["decision"]
    if not decision["allowed"]:
        raise Withheld(f"Withheld from {member}: {decision['rule']} {decision['reason']} "
                       f"What would change it: {explanation['change']}")
    if check:
        if json_:
            put_json({"verdict": decision, "release": None})
        else:
            print(f"Allowed for {member}: {decision['rule']} {decision['reason']} Nothing was released.")
        return
    release = client.post(f"/records/{found}/releases", {"to": member})
    if json_:
        put_json({"verdict": decision, "release": release})
        return
    print(f"Allowed for {member}: {decision['rule']} {decision['reason']}")
    print(f"Released in epoch {release['epoch']}: {release['state']}.")
