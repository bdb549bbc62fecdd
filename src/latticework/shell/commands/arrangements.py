"""``latticework arrangements``: list, show, propose, sign and withdraw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidConfig, InvalidFile, NotFound
from latticework.kernel.policy.model import Onward
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

app = make_app("Arrangements of a running node: what is shared with whom, up to which level, until when.")

DAY_MS = 86_400_000
Discreet = Annotated[bool, typer.Option("--discreet", help="Also discreet ones, this time.")]
Which = Annotated[str, typer.Argument(help="Short name, or record id, whole or its first digits.")]


@app.command("list")
def list_arrangements(
    discreet: Discreet = False, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the arrangements known here."""
    found = connect(node, home, token).get("/arrangements", discreet=discreet)["items"]
    if json_:
        put_json(found)
        return
    put_table(
        ("name", "parties", "topics", "state", "signed by", "waits for", "grant lapses", "ends"),
        [(a["arrangement"]["name"], a["arrangement"]["parties"], a["arrangement"]["topics"],
          "in force" if a["in_force"] else "not in force", a["signed_by"], a["waiting_for"], when(a["lapses_ms"]),
          when(a["arrangement"]["valid_until_ms"])) for a in found],
        empty="No arrangement; nothing is released without one.",
    )


def _find(client: Client, which: str) -> dict[str, Any]:
    """Return the one arrangement that is meant; naming a discreet one is asking for it."""
    found: list[dict[str, Any]] = [
        a for a in client.get("/arrangements", discreet=True)["items"]
        if a["arrangement"]["name"] == which or (len(which) >= 6 and a["record"].startswith(which.lower()))
    ]
    if len(found) != 1:
        raise NotFound(f"{'more than one arrangement is' if found else 'no arrangement is'} called {which!r}; "
                       "give its record id.")
    return found[0]


@app.command()
def show(which: Which, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Show one arrangement and who has signed it."""
    found = _find(connect(node, home, token), which)
    if json_:
        put_json(found)
        return
    a = found["arrangement"]
    put_facts([
        ("record", found["record"]), ("name", a["name"]), ("title", a["title"]), ("parties", a["parties"]),
        ("topics", a["topics"]), ("ceiling", f"{a['exchange_policy']} {a['ceiling']}"), ("onward", a["onward"]),
        ("directions", [f"{f['giver']}>{f['taker']}" for f in a.get("flows", [])] or "every party to every other"),
        ("valid from", when(a["valid_from_ms"])), ("valid until", when(a["valid_until_ms"])),
        ("renewed every", f"{a['renew_every_ms'] // 86_400_000} d"), ("discreet", a.get("discreet", False)),
        ("in force", found["in_force"]), ("signed by", found["signed_by"]), ("waits for", found["waiting_for"]),
        ("grant lapses", when(found["lapses_ms"])), ("source", a.get("source")), ("status", a.get("status")),
    ])


@app.command()
def propose(
    file: Annotated[Path | None, typer.Argument(
        help="The arrangement's fields as JSON, see docs/reference/kinds; otherwise the options say them.")] = None,
    name: Annotated[str, typer.Option("--name", help="Short name, unique among the parties.")] = "",
    title: Annotated[str, typer.Option("--title", help="Name for people; default: the short name.")] = "",
    with_: Annotated[list[str] | None, typer.Option("--with", help="Another party; may be repeated.")] = None,
    topic: Annotated[list[str] | None, typer.Option(
        "--topic", help="What it covers, with all below; may be repeated.")] = None,
    ceiling: Annotated[str, typer.Option("--ceiling", help="Highest classification, by name or number.")] = "",
    flow: Annotated[list[str] | None, typer.Option(
        "--flow", help="A direction such as JPN>USA; may be repeated; default: every party to every other.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is valid, from now.")] = 365,
    renew_days: Annotated[int, typer.Option(
        "--renew-days", min=1, max=3650, help="A grant lapses this long after its last renewal.")] = 30,
    onward: Annotated[Onward, typer.Option("--onward", help="What a party may pass on.")] = Onward.NEVER,
    policy: Annotated[str, typer.Option("--policy", help="Exchange policy; default: the member's own.")] = "",
    discreet: Annotated[bool, typer.Option("--discreet", help="Shown to nobody but its parties.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put a proposal before a second officer; when approved it is signed and sent to its parties."""
    client = connect(node, home, token, second)
    if file is not None:
        body = _fields(file)
    elif name and with_ and topic and ceiling:
        body = _terms(client, with_, topic, policy, ceiling, flow or []) | {
            "name": name, "title": title or name, "onward": onward.value, "discreet": discreet, "status": "",
            "renew_every_ms": renew_days * DAY_MS}
        now_ms = client.get("/status")["now_ms"]
        body |= {"valid_from_ms": now_ms, "valid_until_ms": now_ms + days * DAY_MS}
    else:
        raise InvalidConfig("say the terms with --name, --with, --topic and --ceiling, or name a file that holds them.")
    put_act(client, client.post("/arrangements", body), as_json=json_)


def _fields(file: Path) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidFile(f"{file}: the file cannot be read ({error.strerror}).") from None
    except ValueError:
        raise InvalidFile(f"{file}: the file holds no JSON.") from None
    return body


def _terms(
    client: Client, parties: list[str], topics: list[str], policy: str, ceiling: str, flows: list[str],
) -> dict[str, Any]:
    known = client.get("/policies")
    chosen = next((p for p in known if (p["name"] == policy if policy else p["own"])), None)
    if chosen is None:
        raise InvalidConfig(f"the policy {policy!r} is not loaded; there are {', '.join(p['name'] for p in known)}.")
    pairs = [[member.strip().upper() for member in flow.split(">")] for flow in flows]
    if any(len(pair) != 2 for pair in pairs):
        raise InvalidConfig("a direction is written giver>taker, such as 'JPN>USA' (in quotes, for the shell).")
    own = client.get("/status")["member"]
    return {
        "parties": sorted({own, *(member.upper() for member in parties)}), "topics": sorted(set(topics)),
        "ceiling": level_of(chosen, ceiling), "exchange_policy": chosen["name"],
        "flows": [{"giver": giver, "taker": taker} for giver, taker in sorted(pairs)],
    }


@app.command()
def sign(
    which: Which, node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None,
    json_: Json = False,
) -> None:
    """Put this member's signature before a second officer."""
    client = connect(node, home, token, second)
    put_act(client, client.post(f"/arrangements/{_find(client, which)['record']}/sign"), as_json=json_)


@app.command()
def withdraw(
    which: Which, reason: Annotated[str, typer.Option("--reason", help="The other parties read it.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put the withdrawal of this member's grant before a second officer."""
    client = connect(node, home, token, second)
    body = {"reason": reason}
    put_act(client, client.post(f"/arrangements/{_find(client, which)['record']}/withdraw", body), as_json=json_)
