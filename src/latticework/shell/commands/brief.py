"""``latticework brief``: list the briefs of a node, and make one as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from latticework.kernel.errors import InvalidFile
from latticework.shell.commands.client import Home, Json, NodeUrl, Token, connect, make_app, put_json, put_table

app = make_app("List the briefs of a running node, and make one as PDF, HTML or DOCX.")


class Form(StrEnum):
    """The format of a brief."""

    PDF = "pdf"
    HTML = "html"
    DOCX = "docx"


class Language(StrEnum):
    """The language of a brief."""

    ENGLISH = "en"
    JAPANESE = "ja"


@app.command("list")
def list_briefs(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the briefs that can be made for you."""
    found = connect(node, home, token).get("/briefs")
    if json_:
        put_json(found)
        return
    put_table(("name", "title"), [(b["name"], b["title"]) for b in found],
              empty="No room of this node has a brief for you.")


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="Of the brief, as list prints it.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write; default: NAME.FORMAT here.")] = None,
    form: Annotated[Form, typer.Option("--format", help="PDF to print, DOCX to go on writing, HTML.")] = Form.PDF,
    language: Annotated[Language | None, typer.Option("--language", help="Of the brief; default: yours.")] = None,
    node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Make a brief from what you may have, and write it to a file; the journal notes it."""
    data = connect(node, home, token).raw(f"/briefs/{name}", format=form.value,
                                          language=language.value if language else None)
    target = out or Path(f"{name}.{form.value}")
    try:
        target.write_bytes(data)
    except OSError as error:
        raise InvalidFile(f"{target}: the brief cannot be written ({error.strerror}).") from None
    print(f"{len(data):,} bytes in {target}")
