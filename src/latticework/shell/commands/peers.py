"""``latticework peers``: links, lag and ledgers of partners."""

from __future__ import annotations

from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json, put_table, when

app = make_app("Partners of a running node: links, lag, ledgers.")


@app.command()
def peers(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List every partner with its link, lag, last checkpoint and receipts."""
    found = connect(node, home, token).get("/peers")
    if json_:
        put_json(found)
        return
    put_table(
        ("peer", "name", "link", "lag", "queued", "last checkpoint", "ledger", "receipts"),
        [(p["member"], p["name"], "suspended" if p["suspended"] else p["link"],
          "not known" if p["lag_ms"] is None else f"{p['lag_ms']:.1f} ms", p["queued"], when(p["last_checkpoint_ms"]),
          f"{p['ledger_state']}, size {p['ledger_size']}", f"{p['receipts']} of {p['released']}") for p in found],
        empty="No partner yet; add one with latticework trust add.",
    )
