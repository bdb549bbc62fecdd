"""``latticework init JPN --home DIR``: make a member, its first officers, and the bundle for a first partner."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from latticework.kernel.identity import Identity
    from latticework.kernel.ids import MemberId
    from latticework.node.first_officers import AddedOfficer, NewOfficer

app = typer.Typer(add_completion=False)
WEB_PORT, LINK_PORT = 8600, 8700


@app.command()
def init(
    member: Annotated[str, typer.Argument(help="ISO 3166 trigraph, for example JPN.")],
    home: Annotated[Path, typer.Option(help="Folder of the member; made when missing.")],
    title: Annotated[str | None, typer.Option(help="Name for people, for example Japan.")] = None,
    invite: Annotated[list[str] | None, typer.Option(
        help="Trigraph of a first partner: writes the trust bundle for it here. May be repeated.")] = None,
    port: Annotated[int | None, typer.Option(
        envvar="LATTICEWORK_PORT", min=1, max=65_535, help="Web port; otherwise the first free one from 8600.")] = None,
    first_port: Annotated[int | None, typer.Option(
        envvar="LATTICEWORK_FIRST_PORT", min=1, max=65_535,
        help="First of the ports that partners dial; otherwise the first free one from 8700.")] = None,
    advertise: Annotated[str, typer.Option(help="Name or address at which partners reach this node.")] = "127.0.0.1",
    listen: Annotated[str, typer.Option(help="Address to listen on for partners.")] = "127.0.0.1",
    officers: Annotated[Path | None, typer.Option(
        help="TOML file of the first officers; otherwise two are asked for.")] = None,
    no_officers: Annotated[bool, typer.Option(
        "--no-officers", help="Add none now; nobody can sign in before somebody does.")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Run the node at once, in this terminal.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a member: root, 90-day issuer, node certificate, record key, and the first two officers.

    Each officer's API token is printed once. Move HOME/identity/root.key to a safe place afterwards; it is needed
    again only for a new issuer or a lost key.
    """
    from latticework.kernel.clock import SystemClock, SystemEntropy
    from latticework.kernel.identity import init_member
    from latticework.kernel.ids import parse_member
    from latticework.node.ports import free_ports
    from latticework.node.settings import LinkSettings, NodeSettings, WebSettings, write_settings

    own, partners = parse_member(member), [parse_member(name.upper()) for name in invite or []]
    people = () if no_officers else _people(officers)
    identity = init_member(own, home, SystemClock(), SystemEntropy(), title=title)
    write_settings(home, NodeSettings(
        web=WebSettings(port=port or free_ports(WEB_PORT, 1)[0]),
        links=LinkSettings(listen_host=listen, advertise_host=advertise,
                           first_port=first_port or free_ports(LINK_PORT, 1)[0])))
    added = _add(home, own, people)
    bundles = _bundles(home, own, partners)
    if json:
        _print_json(identity, home, added, bundles)
    else:
        _print_words(identity, home, added, bundles, serving=serve)
    if serve:
        from latticework.node.serve import run

        run(home)


def _people(file: Path | None) -> tuple[NewOfficer, ...]:
    """Return the first officers, checked, before anything is made."""
    from latticework.kernel.labels import exercise_policy
    from latticework.node import first_officers as first

    def tell(text: str) -> None:
        typer.echo(text, err=True)

    def ask(text: str) -> str:
        return str(typer.prompt(text, err=True))

    def secret(text: str) -> str:
        return str(typer.prompt(text, hide_input=True, confirmation_prompt="  the same again", err=True))

    found = (first.ask_officers(ask, secret, tell) if file is None
             else first.with_passwords(first.read_officers(file), secret, tell))
    first.check_officers(found, exercise_policy())
    return found


def _add(home: Path, member: MemberId, people: tuple[NewOfficer, ...]) -> tuple[AddedOfficer, ...]:
    from latticework.kernel.clock import SystemClock, SystemEntropy
    from latticework.kernel.labels import exercise_policy
    from latticework.kernel.store.sqlite import SqliteStore
    from latticework.node.compose import DATABASE
    from latticework.node.first_officers import add_officers

    store = SqliteStore(home / DATABASE)
    try:
        return add_officers(store, member, exercise_policy(), people, SystemClock(), SystemEntropy())
    finally:
        store.close()


def _bundles(home: Path, member: str, partners: list[MemberId]) -> dict[str, str]:
    """Write the trust bundle for each partner into the working folder; return the file for each."""
    from latticework.kernel.errors import InvalidFile
    from latticework.node.compose import compose

    if not partners:
        return {}
    made: dict[str, str] = {}
    composed = compose(home)
    try:
        for partner in partners:
            path = Path(f"{member}-for-{partner}.bundle".lower())
            path.write_bytes(composed.bundle_for(partner))
            made[partner] = str(path)
    except OSError as error:
        raise InvalidFile(f"the bundle cannot be written here ({error.strerror}); make it with trust export.") from None
    finally:
        composed.kernel.close()
    return made


def _print_json(identity: Identity, home: Path, added: tuple[AddedOfficer, ...], bundles: dict[str, str]) -> None:
    import msgspec

    typer.echo(msgspec.json.encode({
        "member": identity.member, "fingerprint": identity.fingerprint, "home": str(home),
        "officers": added, "bundles": bundles}))


def _print_words(
    identity: Identity, home: Path, added: tuple[AddedOfficer, ...], bundles: dict[str, str], *, serving: bool,
) -> None:
    typer.echo(f"{identity.member} stands in {home}. Read this fingerprint to partners by telephone, not by mail:")
    typer.echo(f"  {identity.fingerprint}")
    for partner, path in bundles.items():
        typer.echo(f"Bundle for {partner}: {path}")
    for one in added:
        typer.echo(f"API token of {one.name} ({one.post}), shown once, good for 30 days:\n  {one.token}")
    names = ("LATTICEWORK_TOKEN", "LATTICEWORK_SECOND_TOKEN")
    if len(added) >= len(names):
        words = [f"LATTICEWORK_HOME={shlex.quote(str(home))}",
                 *(f"{n}={one.token}" for n, one in zip(names, added, strict=False))]
        typer.echo("For a console at which both officers sit:\n  export " + " ".join(words))
    typer.echo(f"Move {home}/identity/root.key offline." + (
        "" if serving else f" Then: latticework serve --home {home}"))
