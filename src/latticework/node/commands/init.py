"""``latticework init JPN --home DIR``: make a member and its first two officers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def init(
    member: Annotated[str, typer.Argument(help="ISO 3166 trigraph, for example JPN")],
    home: Annotated[Path, typer.Option(help="folder of the member; made when missing")],
    title: Annotated[str | None, typer.Option(help="name for people, for example Japan")] = None,
    port: Annotated[int, typer.Option(help="web port on this machine")] = 8600,
    first_port: Annotated[int, typer.Option(help="first of the ports that partners dial")] = 8700,
    advertise: Annotated[str, typer.Option(help="name or address under which partners reach this node")] = "127.0.0.1",
    listen: Annotated[str, typer.Option(help="address to listen on for partners")] = "127.0.0.1",
    officers: Annotated[bool, typer.Option(help="ask for the first two officers")] = True,
    json: Annotated[bool, typer.Option("--json", help="one JSON object on standard output")] = False,
) -> None:
    """Make a member: root, 90-day issuer, node certificate, record key, and the first two officers.

    Move HOME/identity/root.key to a safe place afterwards; it is needed again only for a new issuer or a lost key.
    """
    import msgspec

    from latticework.kernel.clock import SystemClock, SystemEntropy
    from latticework.kernel.identity import init_member
    from latticework.kernel.ids import parse_member
    from latticework.node.settings import LinkSettings, NodeSettings, WebSettings, write_settings

    identity = init_member(parse_member(member), home, SystemClock(), SystemEntropy(), title=title)
    write_settings(home, NodeSettings(
        web=WebSettings(port=port),
        links=LinkSettings(listen_host=listen, advertise_host=advertise, first_port=first_port)))
    names = _first_officers(home, identity.member) if officers else []
    if json:
        typer.echo(msgspec.json.encode({
            "member": identity.member, "fingerprint": identity.fingerprint, "home": str(home), "officers": names}))
        return
    typer.echo(f"{identity.member} stands in {home}. Read this fingerprint to partners by telephone, not by mail:")
    typer.echo(f"  {identity.fingerprint}")
    typer.echo(f"Next: move {home}/identity/root.key offline, then latticework serve --home {home}")


def _first_officers(home: Path, member: str) -> list[str]:
    """Ask for two officers, since trust and arrangements need two; more are added in the running node."""
    from latticework.kernel.clock import SystemClock, SystemEntropy
    from latticework.kernel.identity import OfficerStore
    from latticework.kernel.ids import MemberId, parse_officer, parse_post
    from latticework.kernel.policy.model import Officer, Role
    from latticework.kernel.store.sqlite import SqliteStore
    from latticework.node.compose import DATABASE, load_policies
    from latticework.node.settings import load_settings

    policy = load_policies(home)[load_settings(home).policy]
    store = SqliteStore(home / DATABASE)
    try:
        known = OfficerStore(store, SystemEntropy())
        names: list[str] = []
        for number, roles in ((1, (Role.RELEASER, Role.AUTHOR)), (2, (Role.RELEASER, Role.ADMINISTRATOR))):
            words = ", ".join(role.value for role in roles)
            typer.echo(f"Officer {number} of 2 ({words}):", err=True)
            name = parse_officer(typer.prompt("  sign-in name", err=True))
            post = parse_post(typer.prompt("  post, as records will show it", err=True))
            password = typer.prompt("  password, 12 characters or more", hide_input=True, err=True)
            known.add(Officer(
                name=name, post=post, roles=frozenset(roles), clearance=((policy.name, policy.highest),),
                nationality=MemberId(member)), password, SystemClock().now_ms())
            names.append(name)
        return names
    finally:
        store.close()
