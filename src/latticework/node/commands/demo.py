"""``latticework demo``: five sovereign nodes on this machine; with ``--once`` headless, judged, and gone again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Run headless, judge, and stop.")] = False,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="With --once: how long tracks flow.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    home: Annotated[Path | None, typer.Option(help="Folder for the five homes; made anew each time.")] = None,
    first_port: Annotated[int, typer.Option(min=1024, max=60_000, help="First web port.")] = 8601,
    source: Annotated[str, typer.Option(help="Tracks: auto, recorded, synthetic or none.")] = "auto",
    cache: Annotated[Path | None, typer.Option(help="Folder of the recording; downloaded once.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the first node's page in a browser.")] = True,
) -> None:
    """Run five sovereign nodes: own process, own keys, own database each, every link direct.

    With --once --json it prints what was published, released, withheld, delivered and leaked, and ends with 0 only if
    nothing leaked, everything released was delivered, every ledger verified and nothing was relayed.
    """
    from latticework.node.demo.show import show

    raise typer.Exit(show(
        once=once, seconds=seconds, as_json=json, home=home, first_port=first_port, source=source, cache=cache,
        browser=browser))
