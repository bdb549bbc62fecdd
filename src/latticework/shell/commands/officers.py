"""``latticework officers``: who may do what at this node."""

from __future__ import annotations

from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json, put_table

app = make_app("Who may do what at this node.")


@app.command()
def officers(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the officers with role, clearance and nationality; for administrators."""
    found = connect(node, home, token).get("/officers")
    if json_:
        put_json(found)
        return
    put_table(
        ("name", "post", "roles", "clearance", "nationality", "compartments", "signs in"),
        [(o["name"], o["post"], o["roles"], [f"{p} {n}" for p, n in o["clearance"].items()], o["nationality"],
          o["compartments"], not o["disabled"]) for o in found],
        empty="No officer; the first two are made by latticework init.",
    )
