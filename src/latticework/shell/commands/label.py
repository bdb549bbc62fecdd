"""``latticework label``: markings and joins of label files, offline, without a node."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from latticework.kernel.labels import Label, SecurityPolicy

app = typer.Typer(
    name="label", help="Markings and joins of labels, offline.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)

Spif = Annotated[Path | None, typer.Option("--spif", help="Security policy file (XML SPIF); default: EXERCISE.")]
Language = Annotated[str, typer.Option("--language", "-l", help="Language of the marking, such as fr or ja.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Portion = Annotated[bool, typer.Option("--portion", help="Print the short marking of a portion.")]


@app.command()
def marking(
    label: Annotated[Path, typer.Argument(help="Label file: ADatP-4774 XML or plain label XML.")],
    spif: Spif = None, language: Language = "en", portion: Portion = False, json_: Json = False,
) -> None:
    """Print the marking of a label as its security policy writes it."""
    policy = _policy(spif)
    found = _read(policy, label, spif)
    _print(policy, found, language, portion=portion, as_json=json_)


@app.command()
def join(
    labels: Annotated[list[Path], typer.Argument(help="Label files of one policy.")],
    spif: Spif = None, language: Language = "en", portion: Portion = False, json_: Json = False,
    write: Annotated[Path | None, typer.Option(
        "--write", help="Write the joined label to this file; - is standard output, without the marking.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Write plain label XML, not ADatP-4774 XML.")] = False,
) -> None:
    """Print the banner of a whole: the join of its portions' labels."""
    from latticework.kernel.labels import join as join_labels

    policy = _policy(spif)
    joined = join_labels([_read(policy, path, spif) for path in labels])
    if write is not None:
        data = policy.write_plain(joined) if plain else policy.write(joined)
        if str(write) == "-":
            sys.stdout.buffer.write(data)
            return
        _write(write, data)
    _print(policy, joined, language, portion=portion, as_json=json_)


def _policy(spif: Path | None) -> SecurityPolicy:
    from latticework.kernel.labels import SecurityPolicy, exercise_policy

    return exercise_policy() if spif is None else SecurityPolicy.from_spif(spif)


def _read(policy: SecurityPolicy, path: Path, spif: Path | None) -> Label:
    """Return the valid label in a file; the sentence of a fault begins with the file's name."""
    from latticework.kernel.errors import InvalidFile, LabelError, PolicyMismatch
    from latticework.kernel.labels.extension import MAX_LABEL_BYTES

    try:
        with path.open("rb") as file:
            data = file.read(MAX_LABEL_BYTES + 1)
    except OSError as error:
        raise InvalidFile(f"{path}: the label file cannot be read ({error.strerror or 'no such file'}).") from None
    try:
        label = policy.read(data)
        policy.validate(label)
    except PolicyMismatch as error:
        hint = " Name its policy file with --spif." if spif is None else ""
        raise PolicyMismatch(f"{path}: {error.message}{hint}") from None
    except LabelError as error:
        raise type(error)(f"{path}: {error.message}") from None
    return label


def _write(path: Path, data: bytes) -> None:
    from latticework.kernel.errors import InvalidFile

    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidFile(f"{path}: the label cannot be written ({error.strerror}).") from None


def _print(policy: SecurityPolicy, label: Label, language: str, *, portion: bool, as_json: bool) -> None:
    words = policy.portion_marking(label, language) if portion else policy.marking(label, language)
    if as_json:
        print(json.dumps(_as_object(policy, label, words, language), ensure_ascii=False))
        return
    print(words)
    problem = _problem(policy, label)
    if problem is not None:
        print(f"The join breaks a rule of {policy.name}: {problem}", file=sys.stderr)


def _problem(policy: SecurityPolicy, label: Label) -> str | None:
    """Return which rule of its policy a label breaks: portions may be valid and their join not."""
    from latticework.kernel.errors import InvalidLabel

    try:
        policy.validate(label)
    except InvalidLabel as error:
        return error.message
    return None


def _as_object(policy: SecurityPolicy, label: Label, words: str, language: str) -> dict[str, object]:
    release = label.release
    return {
        "marking": words,
        "policy": label.policy,
        "classification": label.classification,
        "classification_name": policy.classification_name(label.classification, language),
        "release": None if release is None else {
            "everyone": release.everyone, "members": sorted(release.members), "groups": sorted(release.groups)},
        "restrictive": sorted(label.restrictive),
        "informative": sorted(label.informative),
        "permissive": {category.tag_set: list(category.values) for category in label.permissive},
        "originators": sorted(label.originators),
        "expires_ms": label.expires_ms,
        "problem": _problem(policy, label),
    }


__all__ = ["app"]
