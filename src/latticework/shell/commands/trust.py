"""``latticework trust``: export the own bundle, add and remove partners; each change needs two officers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latticework.kernel.errors import InvalidFile
from latticework.shell.commands.client import (
    Home,
    Json,
    NodeUrl,
    Second,
    Token,
    connect,
    make_app,
    put_act,
    put_json,
    put_table,
    when,
)

app = make_app("Trust with other members; adding and removing need two officers.")
LARGEST = 256 * 1024


@app.command()
def export(
    for_member: Annotated[str, typer.Option("--for", help="The member it is for; empty: for any.")] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", help="host:port it reaches this node at; empty: as set.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="File; otherwise standard output.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Write this member's trust bundle; read the fingerprint to the other member by telephone, not by mail."""
    raw = connect(node, home, token).raw("/trust/bundle", **{"for": for_member or None, "endpoint": endpoint or None})
    if out is None:
        print(raw.decode(), end="")
        return
    try:
        out.write_bytes(raw)
    except OSError as error:
        raise InvalidFile(f"{out}: the bundle cannot be written ({error.strerror}).") from None
    print(f"{out}: {len(raw)} bytes")


@app.command()
def add(
    bundle: Annotated[Path, typer.Argument(help="The other member's bundle.")],
    fingerprint: Annotated[str, typer.Option(
        "--fingerprint", help="What the other member read out; asked for when it is left out.")] = "",
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put a new partner before a second officer; refused without the matching fingerprint."""
    try:
        with bundle.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        raise InvalidFile(f"{bundle}: the bundle cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InvalidFile(f"{bundle}: this is not a trust bundle.") from None
    if len(raw) > LARGEST:
        raise InvalidFile(f"{bundle}: this is not a trust bundle.")
    client = connect(node, home, token, second)
    read_out = fingerprint or typer.prompt("fingerprint, as the other member reads it out", err=True)
    put_act(client, client.post("/trust", {"bundle": text, "fingerprint": read_out}), as_json=json_)


@app.command("list")
def list_partners(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the members with which trust was established."""
    found = connect(node, home, token).get("/trust")
    if json_:
        put_json(found)
        return
    put_table(("member", "name", "since", "address", "fingerprint"),
              [(p["member"], p["title"], when(p["added_ms"]), p["endpoint"] or "it dials", p["fingerprint"])
               for p in found], empty="No partner yet.")


@app.command()
def remove(
    member: Annotated[str, typer.Argument(help="Trigraph.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put the end of trust with a partner before a second officer; what it has it keeps."""
    client = connect(node, home, token, second)
    put_act(client, client.delete(f"/trust/{member.upper()}"), as_json=json_)


@app.command()
def resume(
    member: Annotated[str, typer.Argument(help="Trigraph of a suspended partner.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put the override of a suspension before a second officer."""
    client = connect(node, home, token, second)
    put_act(client, client.post(f"/trust/{member.upper()}/resume"), as_json=json_)
