"""``latticework serve --home DIR``: run a member's node until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    home: Annotated[Path, typer.Option(readable=False, help="Folder of the member.")],
    port: Annotated[int | None, typer.Option(help="Web port; otherwise the one in node.toml.")] = None,
    verbose: Annotated[bool, typer.Option(help="Log every link event.")] = False,
) -> None:
    """Run the node: links to every partner, web pages and API for this member's own people."""
    from latticework.node.serve import run

    run(home, port=port, verbose=verbose)
