"""``latticework tables``: what may be brought, templates, checking a file, and taking its good rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from latticework.kernel.errors import InvalidFile, InvalidTable
from latticework.shell.commands.client import (
    Client,
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    make_app,
    put_json,
    put_table,
)
from latticework.shell.commands.records import label_from

app = make_app("Bring files of rows: schemas, templates, check, take.")

File = Annotated[Path, typer.Argument(help="XLSX or CSV file.")]
Schema = Annotated[str, typer.Option("--schema", help="What it should hold, such as lighthouse.lamps.")]
Encoding = Annotated[str, typer.Option("--encoding", help="Encoding of CSV, such as cp932; default: found out.")]
Separator = Annotated[str, typer.Option("--separator", help="Separator of CSV: , ; | or tab; default: found out.")]
Decimal = Annotated[str, typer.Option("--decimal", help="Decimal mark: point or comma; default: by each column.")]
DateOrder = Annotated[str, typer.Option("--date-order", help="Of 03/04/2024: day or month; default: by each column.")]
_WRONG: Final = 2
_ROWS: Final = 100


@app.command()
def schemas(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the tables that rooms of the node take."""
    found = connect(node, home, token).get("/tables")
    if json_:
        put_json(found)
        return
    put_table(("name", "title", "columns"), [(s["name"], s["title"], len(s["columns"])) for s in found],
              empty="No room of this node takes files.")


@app.command()
def template(
    schema: Annotated[str, typer.Argument(help="Name of the table.")],
    out: Annotated[Path, typer.Option("--out", help="File to write; ends with .xlsx or .csv.")],
    language: Annotated[str, typer.Option("--language", help="en or ja.")] = "en",
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a CSV template; default: the first.")] = "",
    examples: Annotated[bool, typer.Option("--examples", help="With a first row of examples.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Write the template of a table."""
    kind = out.suffix.lower().lstrip(".")
    if kind not in {"xlsx", "csv"}:
        raise InvalidFile(f"{out.name} must end with .xlsx or .csv; correct --out.")
    data = connect(node, home, token).raw(f"/tables/{quote(schema, safe='')}/template", kind=kind, sheet=sheet,
                                          language=language, examples=examples)
    try:
        out.write_bytes(data)
    except OSError as error:
        raise InvalidFile(f"{out} cannot be written: {error.strerror}.") from None
    print(f"Wrote {out}.")


@app.command()
def check(
    file: File, schema: Schema, encoding: Encoding = "", separator: Separator = "", decimal: Decimal = "",
    date_order: DateOrder = "", node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Check a file and print what was found; nothing is taken. Ends with 2 when a row is wrong."""
    client = connect(node, home, token)
    found = _bring(client, file, schema, encoding, separator, decimal, date_order)
    client.delete(f"/imports/{found['id']}")
    _put(found, as_json=json_)
    if found["errors"] or found["error"]:
        raise typer.Exit(_WRONG)


@app.command()
def take(
    file: File, schema: Schema,
    classification: Annotated[str, typer.Option("--classification", help="Name or number; default: lowest.")] = "",
    release: Annotated[str, typer.Option("--release", help="Members, such as 'USA AUS'; 'everyone'; empty: own.")] = "",
    caveat: Annotated[list[str] | None, typer.Option("--caveat", help="Tag set/value; may be repeated.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take nothing when a row is wrong.")] = False,
    encoding: Encoding = "", separator: Separator = "", decimal: Decimal = "", date_order: DateOrder = "",
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Check a file and let the room take its good rows as records under a label."""
    client = connect(node, home, token)
    label = label_from(client, classification, release, caveat or [], "")
    found = _bring(client, file, schema, encoding, separator, decimal, date_order)
    if found["error"] or not found["good"] or (strict and found["errors"]):
        client.delete(f"/imports/{found['id']}")
        _put(found, as_json=json_)
        raise InvalidTable(f"nothing of {file.name} was taken; correct what is listed and bring it again.")
    taken = _settle(client, client.post(f"/imports/{found['id']}/take", {"label": label}))
    _put(taken, as_json=json_)
    if taken["state"] != "taken":
        raise typer.Exit(_WRONG)


def _bring(
    client: Client, file: Path, schema: str, encoding: str, separator: str, decimal: str, date_order: str,
) -> dict[str, Any]:
    try:
        data = file.open("rb")
    except OSError as error:
        raise InvalidFile(f"{file} cannot be opened: {error.strerror}.") from None
    with data:
        return _settle(client, client.send("/imports", data, schema=schema, name=file.name, encoding=encoding,
                                           separator=separator, decimal=decimal, date_order=date_order))


def _settle(client: Client, found: dict[str, Any]) -> dict[str, Any]:
    while found["state"] in {"reading", "taking"}:
        found = client.get(f"/imports/{found['id']}", wait=20)
    return found


def _put(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        put_json(found)
        return
    rows = [(f["severity"], f["code"], f["sheet"], f["cell"] or f["row"] or "", f["column"], f["value"],
             f"{f['what']} {f['do']}") for f in found["findings"][:_ROWS]]
    put_table(("", "code", "sheet", "cell", "column", "value", "what is wrong, what to do"), rows,
              empty="Nothing was found.")
    if len(found["findings"]) > _ROWS:
        print(f"The first {_ROWS} of {sum(found['counts'].values())}; --json has all that were kept.")
    if found["error"]:
        print(found["error"])
    taken = f", {found['taken']} taken" if found["state"] == "taken" else ""
    print(f"{found['good']} rows are right, {found['bad']} wrong{taken}.")
