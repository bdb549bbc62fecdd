"""``latticework law``: list, show and ask the law on record; record, suspend, and say how an approval stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidFile, InvalidLaw
from latticework.shell.commands.client import (
    Client,
    Home,
    Json,
    NodeUrl,
    Second,
    Token,
    connect,
    level_of,
    make_app,
    put_act,
    put_facts,
    put_json,
    put_table,
    when,
)

app = make_app("Rules of law, approvals and security standings: what binds this member's gate, and what is missing.")

Which = Annotated[str, typer.Argument(help="Id of the record, whole or its first digits.")]
At = Annotated[str | None, typer.Option("--at", help="As of when, UTC, such as 2026-05-16T12:00; now if left out.")]
DATES = ("from", "until", "needed_by")
PATHS = {"rule": "rules", "standing": "standings", "approval": "approvals"}


def _time(text: str | None) -> int | None:
    from latticework.shell.times import read_utc

    if text is None:
        return None
    found = read_utc(text)
    if found is None:
        raise InvalidLaw(f"{text[:40]!r} is no time; write it, UTC, such as 2026-05-16T12:00.")
    return found


@app.command("list")
def list_law(
    party: Annotated[str | None, typer.Option("--party", help="Only about this member.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Only about this topic, or one above or below.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List rules, standings and approvals, own and partners', with all versions."""
    found = connect(node, home, token).get("/law", party=party, topic=topic)
    if json_:
        put_json(found)
        return
    put_table(
        ("id", "kind", "from", "binds here", "state", "holds", "title"),
        [(law["id"][:12], law["kind"], law["member"], law["binds"], law["state"],
          [f"{when(a)}..{when(b)}" for a, b in law["holds"]], law["title"]) for law in found],
        empty="No law is on record here; arrangements alone decide.",
    )


@app.command()
def show(record: Which, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Show one record of law: its fields, versions, states, and what it holds back now."""
    client = connect(node, home, token)
    found = client.get(f"/law/{client.record_id(record)}")
    if json_:
        put_json(found)
        return
    law = found["law"]
    put_facts([("record", law["id"]), ("kind", law["kind"]), ("title", law["title"]), ("from", law["member"]),
               ("binds here", law["binds"]), ("state", law["state"]),
               ("holds", [f"{when(a)}..{when(b)}" for a, b in law["holds"]]), ("marking", law["marking"]),
               *((name, _plain(value)) for name, value in law["body"].items() if value not in (None, "", [], {}))])
    for title, rows in (("version", found["versions"]), ("state", found["states"])):
        if rows:
            print()
            put_table((title, "known since", "state", "holds"),
                      [(r["id"][:12], when(r["known_ms"]), r["state"],
                        [f"{when(a)}..{when(b)}" for a, b in r["holds"]]) for r in rows], empty="")
    print()
    put_table(("holds back from", "records that wait"), [(b["to"], b["records"]) for b in found["blocks"]],
              empty="It holds nothing back now.")


def _plain(value: object) -> object:
    import json

    return value if isinstance(value, str | int | float | bool) else json.dumps(value, ensure_ascii=False)


@app.command()
def ask(
    giver: Annotated[str, typer.Argument(help="The member that gives.")],
    taker: Annotated[str, typer.Argument(help="The member that takes.")],
    topic: Annotated[str, typer.Argument(help="What it is about, such as air.tracks.")],
    level: Annotated[str, typer.Option("--level", help="Classification of the own policy, by name or number.")] = "0",
    act: Annotated[str, typer.Option("--act", help="The act; share is giving information.")] = "share",
    region: Annotated[str, typer.Option("--region", help="Where; not stated if left out.")] = "",
    condition: Annotated[str, typer.Option("--condition", help="In which condition; not stated if left out.")] = "",
    at: At = None,
    known: Annotated[str | None, typer.Option("--known", help="As this node knew it then, UTC.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Ask whether they may, what is missing, who can remove it, and from when on it could be lawful."""
    client = connect(node, home, token)
    policy = _policy(client)
    found = client.post("/law/ask", {
        "giver": giver, "taker": taker, "topic": topic, "classification": level_of(policy, level), "act": act,
        "region": region, "condition": condition, "at_ms": _time(at), "known_ms": _time(known)})
    if json_:
        put_json(found)
        return
    answer, gate = found["answer"], found["gate"]
    least, likely, most = answer["earliest_ms"]
    put_facts([
        ("verdict", answer["verdict"]), ("as of", when(answer["at_ms"])),
        ("earliest", f"{when(likely)} (between {when(least)} and {when(most)})" if likely is not None else "never"),
        ("gate", f"{'allows' if gate['allowed'] else 'withholds'}: {gate['rule']} {gate['reason']}" if gate else "-")])
    print()
    put_table(("missing", "who decides", "state", "possible from", "record"),
              [(m["kind"] or m["verdict"], m["body"], m["state"] or ("not asked" if m["kind"] else "-"),
                when(m["possible_ms"][1]) if m["possible_ms"] else "never", m["record"][:12])
               for m in answer["missing"]], empty="Nothing on record is missing.")
    print()
    put_table(("record", "does", "about", "match"),
              [(s["record"][:12], s["role"], (s["about"] or "")[:12], s["match"]) for s in answer["chain"]],
              empty="No record of law speaks of it.")


def _policy(client: Client) -> dict[str, Any]:
    policies = client.get("/policies")
    found: dict[str, Any] = next(p for p in policies if p["own"])
    return found


@app.command()
def record(
    kind: Annotated[str, typer.Argument(help="rule, standing or approval.")],
    file: Annotated[Path, typer.Argument(help="JSON file with the fields; times as from, until, needed_by, UTC.")],
    level: Annotated[str, typer.Option("--level", help="Classification of the record itself.")] = "0",
    to: Annotated[list[str] | None, typer.Option("--to", help="A member that may have it; again for more.")] = None,
    distribute: Annotated[bool, typer.Option("--distribute", help="Release it to whom the gate allows.")] = False,
    amends: Annotated[str | None, typer.Option("--amends", help="It replaces this record from its begin on.")] = None,
    corrects: Annotated[str | None, typer.Option("--corrects", help="It replaces this record altogether.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put a rule or a standing before a second officer, or record an approval that is needed."""
    if kind not in PATHS:
        raise InvalidLaw(f"{kind[:40]!r} is no kind of law; record a rule, a standing or an approval.")
    client = connect(node, home, token, second)
    policy = _policy(client)
    members = sorted({m.upper() for m in to} | {client.get("/status")["member"]}) if to else None
    label = {"policy": policy["name"], "classification": level_of(policy, level), "originators": [],
             "release": {"members": members} if members else None}
    made = client.post(f"/law/{PATHS[kind]}", {
        "body": _body(file), "label": label, "distribute": distribute,
        "amends": client.record_id(amends) if amends else None,
        "corrects": client.record_id(corrects) if corrects else None})
    if kind != "approval":
        put_act(client, made, as_json=json_)
    elif json_:
        put_json(made)
    else:
        print(f"Recorded: {made['title']} ({made['id']})")


def _body(file: Path) -> dict[str, Any]:
    import json

    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InvalidFile(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidFile(f"{file} holds no fields; write one JSON object.")
    for name in DATES:
        if name in found:
            found[f"{name}_ms"] = _time(str(found.pop(name)))
    return found


@app.command()
def suspend(
    standing: Which, why: Annotated[str, typer.Option("--why", help="Why; kept in the record.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Suspend a security standing at once; one releaser suffices, and giving it back needs two officers."""
    client = connect(node, home, token)
    made = client.post(f"/law/{client.record_id(standing)}/suspend", {"note": why})
    if json_:
        put_json(made)
    else:
        print(f"Suspended at once: {made['title']} ({made['id']})")


@app.command()
def approve(
    approval: Which,
    by: Annotated[str, typer.Option("--by", help="Who decided, in words.")],
    state: Annotated[str, typer.Option("--state", help="asked, granted, refused, revoked or expired.")] = "granted",
    from_: Annotated[str | None, typer.Option("--from", help="Since when, UTC; now if left out.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Until when a grant holds, UTC.")] = None,
    evidence: Annotated[str | None, typer.Option("--evidence", help="Id of the record that shows it.")] = None,
    note: Annotated[str, typer.Option("--note", help="A note.")] = "",
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Say how an approval stands: a grant needs a second officer, all else takes effect at once."""
    client = connect(node, home, token, second)
    made = client.post(f"/law/{client.record_id(approval)}/states", {
        "state": state, "by": by, "from_ms": _time(from_), "until_ms": _time(until), "note": note,
        "evidence": client.record_id(evidence) if evidence else None})
    if "proposed_by" in made:
        put_act(client, made, as_json=json_)
    elif json_:
        put_json(made)
    else:
        print(f"Recorded: {made['title']} ({made['id']})")
