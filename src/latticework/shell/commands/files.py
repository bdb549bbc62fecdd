"""``latticework files``: list, put, fetch and get attachments, with progress, going on after a break."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidFile
from latticework.shell.commands.client import (
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    level_of,
    make_app,
    put_json,
    put_table,
)

app = make_app("Attachments: files of any size under a label, in pieces, for their recipients alone.")

SLICE = 1 << 20
Record = Annotated[str, typer.Argument(help="Id of the file's record, whole or its first digits.")]


@app.command("list")
def list_files(
    about: Annotated[str | None, typer.Option("--about", help="Only files of this record.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the attachments that you may see, newest first."""
    client = connect(node, home, token)
    found = client.get("/files", about=client.record_id(about) if about else None)
    if json_:
        put_json(found)
        return
    put_table(
        ("record", "from", "marking", "name", "size", "state"),
        [(f["record"]["id"][:12], f["record"]["member"], f["record"]["marking"], f["name"], f["size"], _state(f))
         for f in found],
        empty="No attachment that you may see.",
    )


def _state(file: dict[str, Any]) -> str:
    if file["state"] == "fetching":
        return f"fetching, {100 * file['have'] // file['size']} %"
    return f"refused: {file['reason']}" if file["state"] == "refused" else str(file["state"])


@app.command()
def put(
    path: Annotated[Path, typer.Argument(help="The file.")],
    topic: Annotated[str, typer.Option("--topic", help="What it is about, such as maritime.harbors.")],
    level: Annotated[str, typer.Option("--level", help="Classification.")],
    to: Annotated[list[str] | None, typer.Option("--to", help="Member that may have it; may be given again.")] = None,
    note: Annotated[str, typer.Option("--note", help="What it is, in a few words.")] = "",
    about: Annotated[str | None, typer.Option("--about", help="The record that it belongs to.")] = None,
    distribute: Annotated[bool, typer.Option("--distribute", help="Release it to whom the gate allows.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Attach a file: sent in slices, looked through, encrypted, published."""
    client = connect(node, home, token)
    try:
        size = path.stat().st_size
        upload = client.post("/uploads", {"name": path.name, "size": size})["id"]
        with path.open("rb") as file, _bar(f"Sending {path.name}", size) as told:
            while data := file.read(SLICE):
                client.put_bytes(f"/uploads/{upload}", data, offset=file.tell() - len(data))
                told(file.tell())
    except OSError as error:
        raise InvalidFile(f"{path} cannot be read: {error.strerror}.") from None
    policy, own = client.get("/policies")[0], client.get("/status")["member"]
    members = sorted({own, *(m.upper() for m in to or ())})
    made = client.post(f"/uploads/{upload}/publish", {
        "topic": topic, "note": note, "about": client.record_id(about) if about else None, "distribute": distribute,
        "label": {"policy": policy["name"], "classification": level_of(policy, level), "originators": [own],
                  "release": {"members": members} if to else None}})
    if json_:
        put_json(made)
    else:
        print(f"{made['id']}  {made['marking']}  {made['title']}")


@app.command()
def fetch(record: Record, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Ask the partner for a file whose record is here; it comes by itself and goes on after a break."""
    client = connect(node, home, token)
    found = client.post(f"/files/{client.record_id(record)}/fetch")
    if json_:
        put_json(found)
    else:
        print(f"{found['name']}: {_state(found)}")


@app.command()
def get(
    record: Record,
    out: Annotated[Path | None, typer.Option("--out", help="Where to; none: its own name, here.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Save a file's bytes; a file that is there in part goes on. Its hash is compared at the end."""
    client = connect(node, home, token)
    found = client.get(f"/files/{client.record_id(record)}")
    path = out or Path(found["name"])
    try:
        start = path.stat().st_size if path.exists() else 0
        with path.open("ab") as file, _bar(f"Saving {path.name}", found["size"]) as told:
            for data in client.stream(f"/files/{found['record']['id']}/content", start=min(start, found["size"])):
                file.write(data)
                told(file.tell())
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidFile(f"{path} cannot be written: {error.strerror}.") from None
    if digest != found["sha256"]:
        raise InvalidFile(f"{path} has another hash than its record says; remove it and save it again.")
    print(f"{path}  {found['size']} bytes  sha256 {digest}")


def _bar(words: str, total: int) -> Any:
    """Return a progress bar on a terminal that shows itself once it takes more than two seconds; else nothing."""
    import sys
    import time
    from contextlib import contextmanager

    @contextmanager
    def shown() -> Any:
        begun = time.monotonic()

        def told(done: int) -> None:
            passed = time.monotonic() - begun
            if passed > 2 and sys.stderr.isatty():
                sys.stderr.write(f"\r{words}: {100 * done // max(1, total)} %, {done / passed / 2**20:.1f} MiB/s ")
                sys.stderr.flush()

        yield told
        if time.monotonic() - begun > 2 and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")

    return shown()


