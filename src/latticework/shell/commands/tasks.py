"""``latticework tasks``: what needs whose answer by when."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidTask
from latticework.shell.commands.client import (
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

app = make_app("Tasks of a running node: what needs whose answer by when, and what silence means.")

Which = Annotated[str, typer.Argument(help="Id of the task, whole or its first digits.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="Rows to print.")]
Reason = Annotated[str, typer.Option("--reason", help="The other side reads it.")]
_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


@app.command("list")
def list_tasks(
    which: Annotated[str, typer.Option("--list", help="mine, member, sent or done.")] = "mine", limit: Limit = 50,
    after: Annotated[str | None, typer.Option("--after", help="Cursor that the page before printed.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List tasks that you may see: open ones by deadline, done ones latest first."""
    page = connect(node, home, token).get("/tasks", list=which, limit=limit, after=after)
    if json_:
        put_json(page)
        return
    put_table(
        ("id", "due", "from", "to", "state", "if nobody answers", "marking", "subject"),
        [(t["id"][:12], when(t["request"]["deadline"]["at_ms"]), f"{t['sender']} {t['request']['by']}",
          f"{t['request']['to']} {t['state']['holder']}", _state(t), _silence(t), t["marking"], t["request"]["subject"])
         for t in page["items"]],
        empty="No task in this list that you may see.",
    )
    if page["next"]:
        print(f"More: --after {page['next']}")


@app.command()
def show(task: Which, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Show one task with its signed records."""
    client = connect(node, home, token)
    _put(client.get(f"/tasks/{client.record_id(task)}"), as_json=json_)


@app.command()
def request(
    subject: Annotated[str, typer.Argument(help="What you want, in one line.")],
    to: Annotated[str, typer.Option("--to", help="Member that is asked; your own for a task within the house.")],
    post: Annotated[str, typer.Option("--post", help="Post that is asked, never a person.")],
    by: Annotated[str, typer.Option("--by", help="Deadline: 2026-05-16T09:00Z, or without Z a wall time in --zone.")],
    topic: Annotated[str, typer.Option("--topic", help="Topic that the gate decides about.")],
    silence: Annotated[str, typer.Option("--silence", help="What no answer means: consent, refuse or escalate.")],
    zone: Annotated[str, typer.Option("--zone", help="IANA time zone of --by, such as Asia/Tokyo.")] = "",
    second: Annotated[bool, typer.Option("--second-time", help="Of a wall time that comes twice, the second.")] = False,
    escalate_to: Annotated[str, typer.Option("--escalate-to", help="Where silence puts it: MEMBER:post.")] = "",
    text: Annotated[str, typer.Option("--text", help="More words.")] = "",
    asks: Annotated[str, typer.Option("--asks", help="answer, consent, decision or information.")] = "answer",
    remind: Annotated[list[str] | None, typer.Option("--remind", help="Before the deadline: 30m, 1h, 2d.")] = None,
    level: Annotated[str, typer.Option("--level", help="Classification, by name or number.")] = "",
    priority: Annotated[str, typer.Option("--priority", help="routine, priority or immediate.")] = "routine",
    about: Annotated[list[str] | None, typer.Option("--about", help="Id of a record that it is about.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Ask a post for an answer, after the gate's verdict; nothing is made when it says no."""
    client = connect(node, home, token)
    own: str = client.get("/status")["member"]
    policy = next(p for p in client.get("/policies") if p["own"])
    label = {"policy": policy["name"], "originators": [own],
             "classification": level_of(policy, level) if level else min(policy["levels"].values())}
    if to.upper() != own:
        label["release"] = {"members": sorted({own, to.upper()})}
    member, _sign, chosen = escalate_to.partition(":")
    body = {
        "subject": subject, "to": to.upper(), "post": post, "silence": silence, "topic": topic, "label": label,
        "text": text, "asks": asks, "priority": priority, "about": [client.record_id(r) for r in about or ()],
        "reminders_ms": sorted({_before(word) for word in remind or ()}, reverse=True),
        **_deadline(by, zone, second=second),
        **({"escalate_to": {"member": member.upper(), "post": chosen}} if escalate_to else {}),
    }
    _put(client.post("/tasks", body), as_json=json_)


@app.command()
def answer(
    task: Which, says: Annotated[str, typer.Argument(help="done, consents, refuses, or other with --text.")],
    text: Annotated[str, typer.Option("--text", help="Your words.")] = "",
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Answer a task that is with your post."""
    client = connect(node, home, token)
    _put(client.post(f"/tasks/{client.record_id(task)}/answer", {"says": says, "text": text}), as_json=json_)


@app.command()
def handover(
    task: Which, to_post: Annotated[str | None, typer.Argument(help="Post of your member; none: your own.")] = None,
    reason: Reason = "", node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Give a task of your member to another post, or take it over."""
    client = connect(node, home, token)
    _put(client.post(f"/tasks/{client.record_id(task)}/handover", {"to_post": to_post, "reason": reason}),
         as_json=json_)


@app.command()
def withdraw(
    task: Which, reason: Reason, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Take back what your member asked."""
    client = connect(node, home, token)
    _put(client.post(f"/tasks/{client.record_id(task)}/withdraw", {"reason": reason}), as_json=json_)


@app.command("stand-in")
def stand_in(
    posts: Annotated[list[str] | None, typer.Argument(help="Posts whose tasks are yours too; none: only your own.")]
    = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Choose the posts whose tasks stand in your inbox too."""
    found = connect(node, home, token).post("/tasks/stand-in", {"posts": posts or []})
    if json_:
        put_json(found)
        return
    print("Your inbox holds the tasks of: " + ", ".join(found["posts"]) + ".")


# ---- printing -------------------------------------------------------------------------------------------------------

def _put(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        put_json(found)
        return
    task = found["task"]
    asked, deadline = task["request"], task["request"]["deadline"]
    put_facts([
        ("id", task["id"]), ("subject", asked["subject"]), ("text", asked["text"]), ("marking", task["marking"]),
        ("from", f"{task['sender']} {asked['by']}"), ("to", f"{asked['to']} {asked['assignee']['post']}"),
        ("with", task["state"]["holder"]), ("asks", asked["asks"]), ("due", when(deadline["at_ms"])),
        ("stated as", f"{deadline['local']} {deadline['zone']}".strip()), ("if nobody answers", _silence(task)),
        ("state", _state(task)),
    ])
    print()
    put_table(("made", "by", "record", "kind", "what", "does not count"),
              [(when(s["record"]["made_ms"]), f"{s['record']['member']} {s['record']['post']}", s["record"]["id"][:12],
                s["record"]["kind"], s["record"]["title"], s["why"]) for s in found["trail"]], empty="")


def _state(task: dict[str, Any]) -> str:
    state = task["state"]
    words: str = state["said"] or state["status"]
    if state["status"] in {"consented", "refused"}:
        words = f"{state['status']} by silence" + ("" if state["final"] else ", not yet stated")
    elif state["escalated_to"] is not None and state["status"] == "open":
        words = f"escalated to {state['escalated_to']['post']}"
    elif state["overdue"] and state["status"] == "open":
        words = "overdue"
    return words


def _silence(task: dict[str, Any]) -> str:
    silence = task["request"]["silence"]
    if silence["rule"] == "escalate":
        return f"escalates to {silence['to']['member']} {silence['to']['post']}"
    return "consent" if silence["rule"] == "consent" else "refusal"


def _before(word: str) -> int:
    found = re.fullmatch(r"(\d{1,5})([mhd])", word.strip())
    if found is None:
        raise InvalidTask(f"{word!r} is no time before the deadline; write 30m, 1h or 2d.")
    return int(found[1]) * _UNITS[found[2]]


def _deadline(by: str, zone: str, *, second: bool) -> dict[str, Any]:
    from latticework.shell.times import read_utc

    if zone:
        return {"local": by, "zone": zone, "fold": int(second)}
    at_ms = read_utc(by)
    if at_ms is None:
        raise InvalidTask(f"{by!r} is no time; write 2026-05-16T09:00Z, or give --zone.")
    return {"deadline_ms": at_ms}


