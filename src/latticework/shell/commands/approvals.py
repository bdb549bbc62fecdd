"""``latticework approvals``: acts that one officer proposed and another decides."""

from __future__ import annotations

from typing import Annotated

import typer

from latticework.shell.commands.client import (
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    make_app,
    put_act,
    put_json,
    put_table,
    when,
)

app = make_app("Acts that wait for a second officer.")
Act = Annotated[str, typer.Argument(help="Id of the act, from the list.")]


@app.command("list")
def list_approvals(
    every: Annotated[bool, typer.Option("--all", help="Also those decided in the last 90 days.")] = False,
    discreet: Annotated[bool, typer.Option("--discreet", help="Also about discreet arrangements.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the acts that wait for a second officer, newest first."""
    found = connect(node, home, token).get("/approvals", discreet=discreet)
    shown = [a for a in found if every or a["state"] == "pending"]
    if json_:
        put_json(shown)
        return
    put_table(
        ("id", "act", "state", "proposed by", "proposed", "lapses", "you may approve", "what it does"),
        [(a["id"], a["act"], a["state"], a["proposed_by"], when(a["proposed_ms"]), when(a["expires_ms"]),
          a["mine_to_approve"], a["summary"]) for a in shown],
        empty="Nothing waits for a second officer.",
    )


@app.command()
def approve(act: Act, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Approve an act as its second officer; it is carried out before this returns."""
    client = connect(node, home, token)
    put_act(client, client.post(f"/approvals/{act}/approve"), as_json=json_)


@app.command()
def refuse(act: Act, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Refuse an act, or take your own back."""
    client = connect(node, home, token)
    put_act(client, client.post(f"/approvals/{act}/refuse"), as_json=json_)
