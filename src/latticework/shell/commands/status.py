"""``latticework status``: how a running node stands."""

from __future__ import annotations

from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_facts, put_json, when

app = make_app("How a running node stands.")


@app.command()
def status(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Print links, records, arrangements, alarms and counters of a running node."""
    said = connect(node, home, token).get("/status")
    if json_:
        put_json(said)
        return
    counters = said["counters"]
    put_facts([
        ("member", f"{said['member']} {said['name']}"), ("version", said["version"]), ("time", when(said["now_ms"])),
        ("links", f"{said['links_up']} of {said['links']} direct"), ("records", f"{said['records']} you may see"),
        ("arrangements", f"{said['arrangements_in_force']} in force"), ("alarms", said["alarms"]),
        ("since start", ", ".join(f"{name} {value}" for name, value in counters.items())),
    ])
