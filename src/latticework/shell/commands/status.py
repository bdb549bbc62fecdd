"""``latticework status``: the morning page in the terminal: what needs you, what changed, how the node stands."""

from __future__ import annotations

from latticework.shell.commands.client import (
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

app = make_app("The morning page of a running node.")


@app.command()
def status(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Print what needs you, what changed since you were last on Overview, one figure a room, and the links."""
    client = connect(node, home, token)
    said, day = client.get("/status"), client.get("/overview")
    if json_:
        put_json({**said, "overview": day})
        return
    print(f"{said['member']} {said['name']}, {when(said['now_ms'])}: {day['finding']}.")
    for alarm in day["alarms"]:
        print(f"! {when(alarm['at_ms'])} {alarm['sentence']} ({alarm['code']})")
    print("\nNeeds your answer")
    put_table(("due", "from", "what", "detail", "marking"),
              [(when(w["due_ms"]), w["sender"], w["what"], w["detail"], w["marking"]) for w in day["waiting"]],
              empty="Nothing.")
    since = f" since {when(day['since_ms'])}" if day["since_ms"] else ""
    print(f"\nWhat changed{since}: {day['arrived']} arrived, {day['made']} made here")
    put_table(("time", "from", "what", "marking"),
              [(when(c["at_ms"]), c["member"], f"{'! ' if c['state'] == 'bad' else ''}{c['words']}", c["marking"])
               for c in day["changes"]], empty="Nothing yet.")
    print("\nFigures")
    put_table(("figure", "value", "what", "tag"),
              [(f["title"], f["value"] if f["of"] is None else f"{f['value']} of {f['of']}", f["what"], f["tag"])
               for f in day["figures"]], empty="None.")
    print("\nLinks and ledgers")
    put_table(("peer", "link", "lag", "ledger"),
              [(p["member"], "suspended" if p["suspended"] else p["link"],
                "not known" if p["lag_ms"] is None else f"{p['lag_ms']:.1f} ms", p["ledger_state"])
               for p in day["peers"]], empty="No partner yet.")
    print()
    put_facts([("version", said["version"]), ("records", f"{said['records']} you may see"),
               ("since start", ", ".join(f"{name} {value}" for name, value in said["counters"].items()))])
