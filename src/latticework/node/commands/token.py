"""``latticework token NAME --home DIR``: an API token for an officer, against the officer's password."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="sign-in name")],
    home: Annotated[Path, typer.Option(help="folder of the member")],
    title: Annotated[str, typer.Option(help="what the token is for")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=365, help="how long it is good")] = 30,
) -> None:
    """Print a new API token; keep it in LATTICEWORK_TOKEN. It is shown once and kept as a hash."""
    from latticework.kernel.clock import SystemClock, SystemEntropy
    from latticework.kernel.identity import OfficerStore
    from latticework.kernel.ids import parse_officer
    from latticework.kernel.store.sqlite import SqliteStore
    from latticework.node.compose import DATABASE

    store = SqliteStore(home / DATABASE)
    try:
        officers = OfficerStore(store, SystemEntropy())
        now = SystemClock().now_ms()
        session = officers.sign_in(name, typer.prompt("password", hide_input=True, err=True), now)
        officers.sign_out(session)
        typer.echo(officers.issue_token(parse_officer(name), title, now, days * 86_400_000)[0])
    finally:
        store.close()
