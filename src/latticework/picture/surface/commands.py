"""``latticework picture``: tracks of a running node, one of them with its verdicts, counters, and the recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json, put_table

app = make_app("The air picture of a running node, and the recording for demonstrations.")

Cache = Annotated[Path | None, typer.Option("--cache", help="Folder; else LATTICEWORK_CACHE or ~/.cache/latticework.")]


@app.command()
def tracks(
    giver: Annotated[str | None, typer.Option("--giver", help="Only tracks that this member gave.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=20_000, help="At most so many rows.")] = 40,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the tracks that the officer may have, own ones first."""
    found = connect(node, home, token).get("/tracks", giver=giver, limit=limit)
    if json_:
        put_json(found)
        return
    put_table(
        ("track", "from", "latitude", "longitude", "FL", "kn", "course", "sigma", "marking"),
        [
            (t["name"], t["giver"], f"{t['latitude_deg']:.4f}", f"{t['longitude_deg']:.4f}",
             round(t["altitude_m"] / 30.48), round(t["speed_mps"] * 3600 / 1852), f"{t['course_deg'] % 360:03.0f}",
             f"{t['position_sigma_m']:.0f} m", t["marking"])
            for t in found["tracks"]
        ],
        empty="No track here now.",
    )
    typer.echo(f"{len(found['tracks'])} of {found['total']} tracks. {found['source']}.")


@app.command()
def track(
    name: Annotated[str, typer.Argument(help="Name of a track, such as JPN-04127.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Show one track, who contributed, and what each partner may see of it, with the rule."""
    found = connect(node, home, token).get(f"/tracks/{name}")
    if json_:
        put_json(found)
        return
    one = found["track"]
    typer.echo(f"{one['name']}  {one['marking']}  {one['latitude_deg']:.4f} {one['longitude_deg']:.4f}  {one['time']}")
    typer.echo("contributed: " + (", ".join(found["contributed"]) or "not told"))
    put_table(
        ("peer", "verdict", "rule", "reason"),
        [(v["member"], "allowed" if v["allowed"] else "withheld", v["rule"], v["reason"]) for v in found["verdicts"]],
        empty="This node has no partner.",
    )


@app.command()
def counters(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Print how many track rows went out and came in since the node's start."""
    found = connect(node, home, token).get("/tracks/counters")
    if json_:
        put_json(found)
        return
    columns = ("offered", "released", "delivered")
    put_table(columns, [tuple(found[name] for name in columns)], empty="")


@app.command()
def fetch(cache: Cache = None, json_: Json = False) -> None:
    """Download the recorded traffic (28 MB) by hash, once; progress goes to standard error."""
    from latticework.picture.recording import ARRAY, default_cache, load

    folder = cache or default_cache()
    fresh = not (folder / ARRAY).exists()
    rows = load(folder)
    if json_:
        put_json({"rows": len(rows), "fetched": fresh, "cache": str(folder)})
    else:
        typer.echo(f"The recording {'is now' if fresh else 'was already'} in the cache: {len(rows)} rows.")
