"""``latticework keys``: rotation by a running node, and the acts that need the root key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latticework.shell.commands import client as online

app = typer.Typer(add_completion=False, no_args_is_help=True,
                  help="Record keys and issuer: rotation, and the acts that need the root key.")
RootKey = Annotated[Path, typer.Option("--root-key", help="The root key file, wherever it is kept.")]
Home = Annotated[Path, typer.Option(help="Folder of the member.")]


def _passphrase() -> bytes | None:
    import os

    found = os.environ.get("LATTICEWORK_ROOT_PASSPHRASE")
    return found.encode() if found else None


@app.command("renew-issuer")
def renew_issuer(home: Home, root_key: RootKey) -> None:
    """Make a new 90-day issuer; partners need nothing, since they trust the root."""
    from latticework.kernel.clock import SystemClock, iso_utc
    from latticework.kernel.identity import Identity, read_root_key

    identity, now = Identity.load(home), SystemClock().now_ms()
    identity.renew_issuer(now, read_root_key(root_key, _passphrase()))
    identity.renew_if_due(now)
    typer.echo(f"The issuer of {identity.member} is good until {iso_utc(identity.issuer_expires_ms)}.")


@app.command("compromise")
def compromise(
    home: Home, root_key: RootKey,
    key: Annotated[str, typer.Argument(help="Id of the lost record key; 'latticework keys list' shows them.")],
    reason: Annotated[str, typer.Option(help="For the partners' people; no person's name.")] = "",
) -> None:
    """Declare a record key lost. Partners void what it signed after the last checkpoint they hold.

    Run it while the node is stopped; when it starts again it tells every partner.
    """
    from latticework.kernel.clock import SystemClock
    from latticework.kernel.identity import Identity, read_root_key
    from latticework.kernel.ids import parse_key_id

    identity = Identity.load(home)
    identity.declare_compromise(parse_key_id(key), SystemClock().now_ms(), read_root_key(root_key, _passphrase()),
                                reason)
    typer.echo(f"Key {key} is declared lost. Start the node, so that partners learn it.")


@app.command("list")
def list_keys(home: Home, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the record keys of this member's history."""
    import msgspec

    from latticework.kernel.clock import iso_utc
    from latticework.kernel.identity import Identity

    identity = Identity.load(home)
    if json:
        typer.echo(msgspec.json.encode([
            {"key": k.key, "from_ms": k.from_ms, "until_ms": k.until_ms, "compromised_ms": k.compromised_ms}
            for k in identity.history.keys]))
        return
    for k in identity.history.keys:
        end = "signs now" if k.key == identity.signer.key_id else "replaced" if k.until_ms else "next"
        typer.echo(f"{k.key}  from {iso_utc(k.from_ms)}  {'lost' if k.compromised_ms else end}")


@app.command()
def rotate(
    node: online.NodeUrl = None, home: online.Home = None, token: online.Token = None, second: online.Second = None,
    json: online.Json = False,
) -> None:
    """Put a new record key before a second officer. It signs once partners know it; old signatures stay good."""
    client = online.connect(node, home, token, second)
    online.put_act(client, client.post("/keys/rotate"), as_json=json)
