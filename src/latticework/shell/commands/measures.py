"""``latticework measures``: list, compute, watch, bound, history, release and recompute."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidMeasure
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

app = make_app("Measures of a running node: numbers that whoever holds the same records computes the same.")

Which = Annotated[str, typer.Argument(help="Id of the measure, such as lighthouse.lit-share.")]
Number = Annotated[int, typer.Argument(help="Number of the watch, as the list gives it.")]
With = Annotated[list[str] | None, typer.Option("--with", help="A parameter, name=value; more than once for more.")]
Partner = Annotated[str | None, typer.Option("--partner", help="Only over what this member and the partner hold both.")]
AtLeast = Annotated[float | None, typer.Option("--at-least", help="Lower end of the bound.")]
AtMost = Annotated[float | None, typer.Option("--at-most", help="Upper end of the bound.")]


def _parameters(given: list[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in given or ():
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise InvalidMeasure(f"{word!r} is no parameter; write name=value.")
        found[name] = value
    return found


def _bound(at_least: float | None, at_most: float | None) -> dict[str, float | None] | None:
    return None if at_least is None and at_most is None else {"at_least": at_least, "at_most": at_most}


def _words(reading: dict[str, Any] | None, unit: str = "") -> str:
    if reading is None or reading["value"] is None:
        return "-"
    if reading.get("denominator") is not None:
        return f"{reading['numerator']:g} of {reading['denominator']:g}"
    return f"{reading['value']:g} {unit}".strip()


@app.command("list")
def list_measures(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the measures of the node, and what is watched."""
    client = connect(node, home, token)
    known, watches = client.get("/measures"), client.get("/watches")
    if json_:
        put_json({"measures": known, "watches": watches})
        return
    put_table(("measure", "unit", "parameters", "title"),
              [(m["id"], m["unit"] or "share", m["parameters"], m["title"]) for m in known],
              empty="No room of this node measures anything.")
    print()
    units = {m["id"]: m["unit"] for m in known}
    put_table(
        ("watch", "measure", "with", "over", "value", "state", "bound", "since"),
        [(w["number"], w["measure"], [f"{k}={v}" for k, v in w["parameters"].items()],
          f"shared with {w['partner']}" if w["partner"] else "all here",
          _words(w["latest"] and w["latest"]["reading"], units.get(w["measure"], "")),
          w["latest"]["state"] if w["latest"] else "-", _bound_words(w["bound"]),
          when(w["latest"]["at_ms"]) if w["latest"] else "-") for w in watches],
        empty="Nothing is watched.",
    )


def _bound_words(bound: dict[str, Any] | None) -> str:
    low, high = (bound or {}).get("at_least"), (bound or {}).get("at_most")
    return " ".join(words for words in (f"at least {low:g}" if low is not None else "",
                                        f"at most {high:g}" if high is not None else "") if words)


@app.command()
def compute(
    measure: Which, with_: With = None, partner: Partner = None, node: NodeUrl = None, home: Home = None,
    token: Token = None, json_: Json = False,
) -> None:
    """Compute a measure now, over the records that you may see."""
    found = connect(node, home, token).post(f"/measures/{measure}/compute",
                                            {"parameters": _parameters(with_), "partner": partner})
    if json_:
        put_json(found)
        return
    put_facts([("measure", found["measure"]), ("value", _words(found["reading"], found["unit"])),
               ("as of", when(found["at_ms"])), ("records", len(found["inputs"])), ("hash", found["digest"]),
               ("marking", found["marking"])])


@app.command()
def watch(
    measure: Which, with_: With = None, partner: Partner = None, at_least: AtLeast = None, at_most: AtMost = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Have a measure computed from now on, with its history and a bound."""
    made = connect(node, home, token).post(
        f"/measures/{measure}/watches",
        {"parameters": _parameters(with_), "partner": partner, "bound": _bound(at_least, at_most)})
    if json_:
        put_json(made)
    else:
        print(f"Watched as number {made['number']}.")


@app.command()
def bound(
    number: Number, at_least: AtLeast = None, at_most: AtMost = None, node: NodeUrl = None, home: Home = None,
    token: Token = None,
) -> None:
    """Say where a watched value should stay; without options it may be anything."""
    connect(node, home, token).post(f"/watches/{number}/bound", {"bound": _bound(at_least, at_most)})
    print("The bound is set.")


@app.command()
def end(number: Number, node: NodeUrl = None, home: Home = None, token: Token = None) -> None:
    """End a watch; its history goes with it."""
    connect(node, home, token).delete(f"/watches/{number}")
    print(f"Watch {number} has ended.")


@app.command()
def history(number: Number, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Print the history of a watched value, newest first."""
    points = connect(node, home, token).get(f"/watches/{number}/history")
    if json_:
        put_json(points)
        return
    put_table(("from", "value", "state", "records", "marking"),
              [(when(p["at_ms"]), _words(p["reading"]), p["state"], p["inputs"], p["marking"]) for p in points],
              empty="No value that you may see.")


@app.command()
def release(
    measure: Which, level: Annotated[str, typer.Option("--level", help="Classification, at least.")],
    to: Annotated[list[str] | None, typer.Option("--to", help="Member that may have it; may be given again.")] = None,
    with_: With = None, partner: Partner = None,
    distribute: Annotated[bool, typer.Option("--distribute", help="Release it to whom the gate allows.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Publish the value of now as a labeled record; it bears at least what its records bear."""
    client = connect(node, home, token)
    made = client.post(f"/measures/{measure}/values", {
        "label": _label(client, level, to or []), "parameters": _parameters(with_), "partner": partner,
        "distribute": distribute})
    if json_:
        put_json(made)
    else:
        print(f"{made['id']}  {made['marking']}  {made['summary']}")


def _label(client: Client, level: str, to: list[str]) -> dict[str, Any]:
    policy = client.get("/policies")[0]
    own = client.get("/status")["member"]
    members = sorted({own, *(m.upper() for m in to)})
    return {"policy": policy["name"], "classification": level_of(policy, level), "originators": [own],
            "release": {"members": members} if to else None}


@app.command()
def verify(
    record: Annotated[str, typer.Argument(help="Id of the record with the value, whole or its first digits.")],
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Recompute a released value from the records here; exit 7 when the same records give another."""
    client = connect(node, home, token)
    found = client.get(f"/measures/values/{client.record_id(record)}/verification")
    if json_:
        put_json(found)
    else:
        put_facts([("outcome", found["outcome"]), ("computed here", _words(found["own"])),
                   ("records here", found["inputs_here"])])
    if found["outcome"] == "differs":
        raise typer.Exit(7)
