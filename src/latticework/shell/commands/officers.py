"""``latticework officers``: who may do what at this node; each change needs two officers, the own password none."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from latticework.kernel.errors import InvalidConfig
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
    put_json,
    put_table,
)

app = make_app("Who may do what at this node; changes need an administrator and a second officer.")
Name = Annotated[str, typer.Argument(help="Sign-in name.")]
Roles = Annotated[list[str] | None, typer.Option(
    "--role", help="author, releaser, administrator or auditor; may be repeated.")]
Clearance = Annotated[list[str] | None, typer.Option(
    "--clearance", help="Classification by name or number, or POLICY=CLASSIFICATION; may be repeated; none: for none.")]
Nationality = Annotated[str | None, typer.Option("--nationality", help="Trigraph; left out: the member's own.")]
Compartments = Annotated[list[str] | None, typer.Option(
    "--compartment", help="Restrictive caveat that the officer is read into; may be repeated; none: not any.")]


@app.command("list")
def list_officers(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the officers with role, clearance and nationality; for administrators."""
    found = connect(node, home, token).get("/officers")
    if json_:
        put_json(found)
        return
    put_table(
        ("name", "post", "roles", "clearance", "nationality", "compartments", "signs in"),
        [(o["name"], o["post"], o["roles"], [f"{p} {n}" for p, n in o["clearance"].items()], o["nationality"],
          o["compartments"], not o["disabled"]) for o in found],
        empty="No officer; the first two are made by latticework init.",
    )


@app.command()
def add(
    name: Name,
    post: Annotated[str, typer.Option("--post", help="What records carry instead of the name.")],
    role: Roles = None, clearance: Clearance = None, nationality: Nationality = None, compartment: Compartments = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put a new officer before a second officer. The new one types the first password; only its hash is kept."""
    client = connect(node, home, token, second)
    body = {
        "name": name, "post": post, "roles": role or [], "clearance": _clearance(client, clearance or []),
        "nationality": nationality or "", "compartments": _named(compartment or []),
    }
    password = typer.prompt("first password, typed by the new officer", hide_input=True, confirmation_prompt=True,
                            err=True)
    put_act(client, client.post("/officers", {**body, "password": password}), as_json=json_)


@app.command()
def change(
    name: Name,
    post: Annotated[str | None, typer.Option("--post", help="What records carry instead of the name.")] = None,
    role: Roles = None, clearance: Clearance = None,
    nationality: Annotated[str | None, typer.Option("--nationality", help="Trigraph.")] = None,
    compartment: Compartments = None,
    node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None, json_: Json = False,
) -> None:
    """Put a change before a second officer; each option replaces the whole, and what is left out stays."""
    client = connect(node, home, token, second)
    wanted: dict[str, Any] = {"post": post, "roles": role or None, "nationality": nationality}
    if clearance:
        wanted["clearance"] = _clearance(client, clearance)
    if compartment:
        wanted["compartments"] = _named(compartment)
    put_act(client, client.patch(f"/officers/{name}", {k: v for k, v in wanted.items() if v is not None}),
            as_json=json_)


@app.command()
def disable(
    name: Name, node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None,
    json_: Json = False,
) -> None:
    """Put before a second officer that an officer signs in no more; sessions and tokens end when it is approved."""
    client = connect(node, home, token, second)
    put_act(client, client.post(f"/officers/{name}/disable"), as_json=json_)


@app.command()
def enable(
    name: Name, node: NodeUrl = None, home: Home = None, token: Token = None, second: Second = None,
    json_: Json = False,
) -> None:
    """Put before a second officer that a disabled officer signs in again."""
    client = connect(node, home, token, second)
    put_act(client, client.post(f"/officers/{name}/enable"), as_json=json_)


@app.command()
def password(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Change your own password; all of your sessions and API tokens end, this one too."""
    client = connect(node, home, token)
    present = typer.prompt("present password", hide_input=True, err=True)
    new = typer.prompt("new password", hide_input=True, confirmation_prompt=True, err=True)
    _ended(client.post("/me/password", {"present": present, "new": new}), "The password is changed", as_json=json_)


@app.command("sign-out")
def sign_out(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """End all of your sessions and API tokens, this one too."""
    _ended(connect(node, home, token).delete("/me/sessions"), "Done", as_json=json_)


def _ended(officer: dict[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        put_json(officer)
    else:
        print(f"{what}; every session and API token of {officer['name']} has ended. "
              f"latticework token {officer['name']} makes a new one.")


def _clearance(client: Client, given: list[str]) -> dict[str, int]:
    policies = {p["name"]: p for p in client.get("/policies")}
    own = next(name for name, p in policies.items() if p["own"])
    found: dict[str, int] = {}
    for words in _named(given):
        name, sign, level = words.rpartition("=")
        if sign and name not in policies:
            raise InvalidConfig(f"the security policy {name!r} is not loaded there, only {', '.join(policies)}.")
        found[name or own] = level_of(policies[name or own], level)
    return found


def _named(given: list[str]) -> list[str]:
    return [words for words in given if words and words != "none"]
