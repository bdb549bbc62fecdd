"""``latticework token NAME --home DIR``: an API token for an officer, against the officer's password."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)
DAY_MS = 86_400_000


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    home: Annotated[Path, typer.Option(envvar="LATTICEWORK_HOME", readable=False, help="Folder of the member.")],
    title: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is good.")] = 30,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a new API token; keep it in LATTICEWORK_TOKEN. It is shown once and kept as a hash.

    The officer's password is asked for. The node may run meanwhile.
    """
    import msgspec

    from latticework.kernel.clock import SystemClock, SystemEntropy
    from latticework.kernel.errors import InvalidFile
    from latticework.kernel.identity import OfficerStore
    from latticework.kernel.ids import parse_officer
    from latticework.kernel.store.sqlite import SqliteStore
    from latticework.node.compose import DATABASE

    officer = parse_officer(name)
    if not (home / DATABASE).is_file():
        raise InvalidFile(f"{home} holds no member; make one with latticework init.")
    password = typer.prompt("password", hide_input=True, err=True)
    store = SqliteStore(home / DATABASE)
    try:
        officers = OfficerStore(store, SystemEntropy())
        now = SystemClock().now_ms()
        session = officers.sign_in(officer, password, now)
        officers.sign_out(session)
        made, _row = officers.issue_token(officer, title, now, days * DAY_MS)
    finally:
        store.close()
    if json:
        typer.echo(msgspec.json.encode({"officer": officer, "token": made, "until_ms": now + days * DAY_MS}))
    else:
        typer.echo(made)
