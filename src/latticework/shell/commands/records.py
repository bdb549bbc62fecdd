"""``latticework records``: list, show, search, publish, recall and answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidFile, InvalidLabel, InvalidRecord
from latticework.shell.commands.client import (
    Client,
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    level_of,
    make_app,
    put_facts,
    put_json,
    put_table,
    when,
)

app = make_app("List, show, search, publish and recall records of a running node.")

Kind = Annotated[str | None, typer.Option("--kind", help="Only this kind, such as note.")]
Member = Annotated[str | None, typer.Option("--member", help="Only records of this member.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Only this topic and those below it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="Rows to print.")]
After = Annotated[str | None, typer.Option("--after", help="Cursor that the page before printed.")]
LONGEST = 64 * 1024
HOUR_MS = 3_600_000
RECALL = "lattice.recall"


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
    words: Annotated[str, typer.Argument(help='Words; "several words" together, -word left out, word* going on.')],
    kind: Kind = None, member: Member = None, topic: Topic = None,
    newest: Annotated[bool, typer.Option("--newest", help="Newest first instead of best first.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Rows to print.")] = 20, after: After = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Search the records that you may search and their attachments, in English and Japanese."""
    found = connect(node, home, token).get(
        "/search", words=words, kind=kind, member=member, topic=topic, order="newest" if newest else "best",
        limit=limit, after=after)
    if json_:
        put_json(found)
        return
    near = f" Did you mean {' or '.join(found['near'])}?" if found["near"] else ""
    put_table(
        ("id", "arrived", "from", "marking", "title", "where"),
        [(hit["record"]["id"][:12], when(hit["record"]["arrived_ms"]), hit["record"]["member"],
          hit["record"]["marking"], hit["title"], "".join(text for text, _hit in hit["snippet"])[:80])
         for hit in found["items"]],
        empty=f"No record that you may see has these words.{near}",
    )
    if not found["whole"]:
        print("The index is still being made; what arrived last is not found yet.")
    if found["next"]:
        print(f"{found['total']} found. More: --after {found['next']}")


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
        for member, done, note in found["recalled"]["answers"]:
            print(f"  {member} answered: {'withdrawn' if done else 'not withdrawn'}{f'; {note}' if note else ''}")
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
        "label": label_from(client, classification, release, caveat or [], expires),
    })
    if json_:
        put_json(made)
        return
    print(f"{made['id']} {made['marking']}: {made['title']}")
    if distribute:
        _put_verdicts(client.get(f"/records/{made['id']}/verdicts"))


def _put_verdicts(verdicts: list[dict[str, Any]]) -> None:
    """Say for every partner whether the record goes there, by which rule, and what would change a refusal."""
    for verdict in verdicts:
        decision = verdict["explanation"]["decision"]
        word = "Released to" if decision["allowed"] else "Withheld from"
        print(f"{word} {verdict['to']}: {decision['rule']} {decision['reason']}")
        if not decision["allowed"]:
            print(f"  What would change it: {verdict['explanation']['change']}")


@app.command()
def recall(
    record: Annotated[str, typer.Argument(help="Id of an own record, whole or its first digits.")],
    reason: Annotated[str, typer.Option("--reason", help="The holders read it.")],
    hours: Annotated[int, typer.Option("--hours", min=1, max=8760, help="By when they answer, from now.")] = 48,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Ask everyone who holds an own record to withdraw it and to answer."""
    client = connect(node, home, token)
    found, deadline_ms = client.record_id(record), client.get("/status")["now_ms"] + hours * HOUR_MS
    made = client.post(f"/records/{found}/recall", {"reason": reason, "deadline_ms": deadline_ms})
    if json_:
        put_json(made)
        return
    holders = [r["to"] for r in client.get(f"/records/{found}/releases")]
    print(f"Recall {made['id']} asks {' '.join(holders) or 'nobody'} to answer by {when(deadline_ms)}.")


@app.command()
def answer(
    record: Annotated[str, typer.Argument(help="Id of the recalled record, or of the recall.")],
    done: Annotated[bool, typer.Option("--done/--not-done", help="Whether the record was withdrawn here.")],
    note: Annotated[str, typer.Option("--note", help="For its author.")] = "",
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Answer another member's recall with a signed statement."""
    client = connect(node, home, token)
    found = client.get(f"/records/{client.record_id(record)}")
    if found["kind"] != RECALL and found["recalled"] is None:
        raise InvalidRecord("nobody recalled this record.")
    asked = found["id"] if found["kind"] == RECALL else found["recalled"]["recall"]
    made = client.post(f"/recalls/{asked}/answer", {"done": done, "note": note})
    if json_:
        put_json(made)
    else:
        print(f"Answered {found['member']}: {'withdrawn' if done else 'not withdrawn'}.")


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")[:LONGEST]
    except (OSError, UnicodeDecodeError):
        raise InvalidFile(f"{given[1:]}: the file cannot be read as text.") from None


def label_from(client: Client, classification: str, release: str, caveats: list[str], expires: str) -> dict[str, Any]:
    """Return the label that the options of a command name, as the API takes it."""
    from latticework.shell.times import read_utc

    policy = client.get("/policies")[0]
    level = level_of(policy, classification) if classification else min(policy["levels"].values())
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
