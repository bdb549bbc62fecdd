"""``latticework records``: list, show, search and publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidFile, InvalidLabel
from latticework.shell.commands.client import (
    Client,
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    make_app,
    put_facts,
    put_json,
    put_table,
    when,
)

app = make_app("List, show, search and publish records of a running node.")

Kind = Annotated[str | None, typer.Option("--kind", help="Only this kind, such as note.")]
Member = Annotated[str | None, typer.Option("--member", help="Only records of this member.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Only this topic and those below it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="Rows to print.")]
After = Annotated[str | None, typer.Option("--after", help="Cursor that the page before printed.")]
LONGEST = 64 * 1024


@app.command("list")
def list_records(
    kind: Kind = None, member: Member = None, topic: Topic = None, limit: Limit = 50, after: After = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the records that you may see, newest first."""
    page = connect(node, home, token).get(
        "/records", kind=kind, member=member, topic=topic, limit=limit, after=after)
    _put_page(page, as_json=json_)


@app.command()
def search(
    words: Annotated[str, typer.Argument(help="What title, summary or topic contains.")],
    kind: Kind = None, member: Member = None, topic: Topic = None, limit: Limit = 50, after: After = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Search the records that you may search, newest first."""
    page = connect(node, home, token).get(
        "/records", text=words, kind=kind, member=member, topic=topic, limit=limit, after=after)
    _put_page(page, as_json=json_)


def _put_page(page: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        put_json(page)
        return
    put_table(
        ("id", "arrived", "from", "marking", "topic", "title", "status"),
        [(r["id"][:12], when(r["arrived_ms"]), r["member"], r["marking"], r["topic"], r["title"], _status(r))
         for r in page["items"]],
        empty="No record that you may see.",
    )
    if page["next"]:
        print(f"More: --after {page['next']}")


def _status(record: dict[str, Any]) -> str:
    return {"V": "verified", "P": "press"}.get(record["status"] or "", record["status"] or "")


@app.command()
def show(
    record: Annotated[str, typer.Argument(help="Id, whole or its first digits.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Show one record and to whom it went."""
    client = connect(node, home, token)
    found = client.get(f"/records/{client.record_id(record)}")
    releases = client.get(f"/records/{found['id']}/releases")
    if json_:
        put_json({**found, "releases": releases})
        return
    put_facts([
        ("id", found["id"]), ("kind", f"{found['kind']}/{found['version']}"), ("title", found["title"]),
        ("marking", found["marking"]), ("topic", found["topic"]), ("signed by", f"{found['member']} {found['post']}"),
        ("made", when(found["made_ms"])), ("arrived", when(found["arrived_ms"])), ("proven", found["proven"]),
        ("source", found["source"]), ("status", _status(found)),
    ])
    if found["recalled"]:
        print(f"Recalled by {found['recalled']['by']}: {found['recalled']['reason']}")
    for name, value in (found["body"] or {}).items():
        if name not in {"title", "source", "status"} and value not in (None, "", []):
            print(f"\n{name}:\n{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    print()
    put_table(("to", "released", "rule", "epoch", "proven", "state"),
              [(r["to"], when(r["at_ms"]), r["rule"], r["epoch"], r["proven"], r["state"]) for r in releases],
              empty="It was released to nobody.")


@app.command()
def export(
    record: Annotated[str, typer.Argument(help="Id, whole or its first digits.")],
    out: Annotated[Path, typer.Option("--out", help="File for the exact signed bytes.")],
    node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Write the exact signed bytes of a record to a file."""
    client = connect(node, home, token)
    raw = client.raw(f"/records/{client.record_id(record)}/envelope")
    try:
        out.write_bytes(raw)
    except OSError as error:
        raise InvalidFile(f"{out}: the record cannot be written ({error.strerror}).") from None
    print(f"{len(raw)} bytes in {out}")


@app.command()
def publish(
    topic: Annotated[str, typer.Option("--topic", help="What it is about, such as maritime.awareness.")],
    title: Annotated[str, typer.Option("--title", help="Title of a note.")] = "",
    text: Annotated[str, typer.Option("--text", help="Text of a note, or @FILE.")] = "",
    classification: Annotated[str, typer.Option("--classification", help="Name or number; default: lowest.")] = "",
    release: Annotated[str, typer.Option("--release", help="Members, such as 'USA AUS'; 'everyone'; empty: own.")] = "",
    caveat: Annotated[list[str] | None, typer.Option("--caveat", help="Tag set/value; may be repeated.")] = None,
    source: Annotated[str, typer.Option("--source", help="Where a public fact comes from.")] = "",
    status: Annotated[str, typer.Option("--status", help="V, P or invented for a public fact.")] = "",
    expires: Annotated[str, typer.Option("--expires", help="UTC, such as 2026-05-16T12:00.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Another kind; then --body holds its fields.")] = "note",
    body: Annotated[str, typer.Option("--body", help="Fields as JSON, or @FILE.")] = "",
    distribute: Annotated[bool, typer.Option("--distribute", help="Release to all whom the gate allows.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Sign a record and keep it; with --distribute, release it to every partner that the gate allows."""
    client = connect(node, home, token)
    fields: dict[str, Any] = {"title": title, "text": _text(text), "source": source, "status": status}
    if body:
        try:
            fields = json.loads(_text(body))
        except ValueError:
            raise InvalidFile("--body holds no JSON object.") from None
    made = client.post("/records", {
        "kind": kind, "body": fields, "topic": topic, "distribute": distribute,
        "label": _label(client, classification, release, caveat or [], expires),
    })
    if json_:
        put_json(made)
    else:
        print(f"{made['id']} {made['marking']}: {made['title']}")


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")[:LONGEST]
    except (OSError, UnicodeDecodeError):
        raise InvalidFile(f"{given[1:]}: the file cannot be read as text.") from None


def _label(client: Client, classification: str, release: str, caveats: list[str], expires: str) -> dict[str, Any]:
    from latticework.shell.times import read_utc

    policy = client.get("/policies")[0]
    levels: dict[str, int] = policy["levels"]
    level = min(levels.values())
    if classification:
        by_name = {name.casefold(): number for name, number in levels.items()}
        found = by_name.get(classification.casefold())
        if found is None and classification.isdecimal() and int(classification) in levels.values():
            found = int(classification)
        if found is None:
            raise InvalidLabel(f"{policy['name']} has no classification {classification!r}, only {', '.join(levels)}.")
        level = found
    label: dict[str, Any] = {
        "policy": policy["name"], "classification": level,
        "restrictive": [c for c in caveats if c in policy["restrictive"]],
        "informative": [c for c in caveats if c in policy["informative"]],
    }
    unknown = sorted(set(caveats) - set(label["restrictive"]) - set(label["informative"]))
    if unknown:
        raise InvalidLabel(f"{policy['name']} has no caveat {unknown[0]!r}.")
    if release.lower() == "everyone":
        label["release"] = {"everyone": True}
    elif release:
        own = client.get("/status")["member"]
        label["release"] = {"members": sorted({own, *release.replace(",", " ").upper().split()})}
    if expires:
        at = read_utc(expires)
        if at is None:
            raise InvalidLabel(f"{expires!r} is no time; write it, UTC, such as 2026-05-16T12:00.")
        label["expires_ms"] = at
    return label
