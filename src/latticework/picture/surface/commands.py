"""``latticework picture``: fetch the recorded traffic into the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="picture", help="The air picture: recorded traffic for demonstrations.", no_args_is_help=True,
    add_completion=False, pretty_exceptions_enable=False,
)

Cache = Annotated[Path | None, typer.Option("--cache", help="Folder; else LATTICEWORK_CACHE or ~/.cache/latticework.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def _group() -> None:
    """Keep ``fetch`` a word of its own while it is the only command."""


@app.command()
def fetch(cache: Cache = None, json_: Json = False) -> None:
    """Download the recorded traffic (28 MB) by hash, once; progress goes to standard error."""
    import msgspec

    from latticework.picture.recording import ARRAY, default_cache, load

    folder = cache or default_cache()
    fresh = not (folder / ARRAY).exists()
    rows = load(folder)
    if json_:
        typer.echo(msgspec.json.encode({"rows": len(rows), "fetched": fresh, "cache": str(folder)}))
    else:
        done = "is now" if fresh else "was already"
        typer.echo(f"The recording {done} in the cache: {len(rows)} rows.")
