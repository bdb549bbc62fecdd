"""``latticework arrangements``: list, show, propose, sign and withdraw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidFile, NotFound
from latticework.shell.commands.client import (
    Client,
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    make_app,
    put_act,
    put_facts,
    put_json,
    put_table,
    when,
)

app = make_app("Arrangements of a running node: what is shared with whom, up to which level, until when.")

Discreet = Annotated[bool, typer.Option("--discreet", help="Also discreet ones, this time.")]
Which = Annotated[str, typer.Argument(help="Short name, or record id, whole or its first digits.")]


@app.command("list")
def list_arrangements(
    discreet: Discreet = False, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the arrangements known here."""
    found = connect(node, home, token).get("/arrangements", discreet=discreet)["items"]
    if json_:
        put_json(found)
        return
    put_table(
        ("name", "parties", "topics", "state", "signed by", "waits for", "grant lapses", "ends"),
        [(a["arrangement"]["name"], a["arrangement"]["parties"], a["arrangement"]["topics"],
          "in force" if a["in_force"] else "not in force", a["signed_by"], a["waiting_for"], when(a["lapses_ms"]),
          when(a["arrangement"]["valid_until_ms"])) for a in found],
        empty="No arrangement; nothing is released without one.",
    )


def _find(client: Client, which: str) -> dict[str, Any]:
    """Return the one arrangement that is meant; naming a discreet one is asking for it."""
    found: list[dict[str, Any]] = [
        a for a in client.get("/arrangements", discreet=True)["items"]
        if a["arrangement"]["name"] == which or (len(which) >= 6 and a["record"].startswith(which.lower()))
    ]
    if len(found) != 1:
        raise NotFound(f"{'more than one arrangement is' if found else 'no arrangement is'} called {which!r}; "
                       "give its record id.")
    return found[0]


@app.command()
def show(which: Which, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Show one arrangement and who has signed it."""
    found = _find(connect(node, home, token), which)
    if json_:
        put_json(found)
        return
    a = found["arrangement"]
    put_facts([
        ("record", found["record"]), ("name", a["name"]), ("title", a["title"]), ("parties", a["parties"]),
        ("topics", a["topics"]), ("ceiling", f"{a['exchange_policy']} {a['ceiling']}"), ("onward", a["onward"]),
        ("directions", [f"{f['giver']}>{f['taker']}" for f in a.get("flows", [])] or "every party to every other"),
        ("valid from", when(a["valid_from_ms"])), ("valid until", when(a["valid_until_ms"])),
        ("renewed every", f"{a['renew_every_ms'] // 86_400_000} d"), ("discreet", a.get("discreet", False)),
        ("in force", found["in_force"]), ("signed by", found["signed_by"]), ("waits for", found["waiting_for"]),
        ("grant lapses", when(found["lapses_ms"])), ("source", a.get("source")), ("status", a.get("status")),
    ])


@app.command()
def propose(
    file: Annotated[Path, typer.Argument(help="The arrangement's fields as JSON; docs/reference/cli shows one.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Put a proposal before a second officer; when approved it is signed and sent to its parties."""
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidFile(f"{file}: the file cannot be read ({error.strerror}).") from None
    except ValueError:
        raise InvalidFile(f"{file}: the file holds no JSON.") from None
    put_act(connect(node, home, token).post("/arrangements", body), as_json=json_)


@app.command()
def sign(which: Which, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Put this member's signature before a second officer."""
    client = connect(node, home, token)
    put_act(client.post(f"/arrangements/{_find(client, which)['record']}/sign"), as_json=json_)


@app.command()
def withdraw(
    which: Which, reason: Annotated[str, typer.Option("--reason", help="The other parties read it.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Put the withdrawal of this member's grant before a second officer."""
    client = connect(node, home, token)
    body = {"reason": reason}
    put_act(client.post(f"/arrangements/{_find(client, which)['record']}/withdraw", body), as_json=json_)
