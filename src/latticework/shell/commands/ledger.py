"""``latticework ledger``: verify, prove and accuse, offline, from files alone; no node needs to run.

Exit code 0: it holds. 7: it does not, or an accusation is proven. 2: a file is not what it should be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latticework.shell.commands import entries

if TYPE_CHECKING:
    from latticework.kernel.ids import MemberId
    from latticework.kernel.ledger import Checkpoint, TrustedRoot
    from latticework.kernel.store import SqliteStore
    from latticework.kernel.store.protocol import Reader

app = typer.Typer(
    name="ledger", help="Check ledgers, prove entries, and show who rewrote one; offline, and of a running node.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
)
app.command()(entries.entries)
app.command()(entries.check)
app.command()(entries.resume)

LEDGER_EXIT = 7
"""Exit code of the ledger family in the error tree."""
DATABASE = "node.db"
"""Name of the database in the home of a node."""
MAX_FILE = 1024 * 1024 + 1
"""Bytes that are read of a file; every decoder's limit is below it."""

Bundles = Annotated[list[Path] | None, typer.Option(
    "--bundle", help="Trust bundle of the member: its root is compared, instead of only shown.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(
        help="Entry proofs, accusations, checkpoints (signed notes), or the home or database of a node.")],
    bundle: Bundles = None, json_: Json = False,
    accusation: Annotated[Path | None, typer.Option(
        "--accusation", help="Where to write the proof when two checkpoints contradict each other.")] = None,
) -> None:
    """Check every file; exit 7 when one does not hold or two checkpoints contradict each other."""
    known = _trusted(bundle)
    notes: list[Checkpoint] = []
    rows = [_verify_one(path, known, notes) for path in files]
    rows += _contradictions(notes, known, accusation)
    ok = all(row["ok"] for row in rows)
    if json_:
        print(json.dumps({"ok": ok, "files": rows}))
    else:
        for row in rows:
            print(f"{'holds ' if row['ok'] else 'FAILS '} {row['file']}: {row['sentence']}")
    raise typer.Exit(0 if ok else LEDGER_EXIT)


@app.command()
def accuse(
    file: Annotated[Path, typer.Argument(help="The proof file.")], bundle: Bundles = None, json_: Json = False,
) -> None:
    """Verify an accusation: exit 7 and one sentence when a member is proven to have shown two histories."""
    from latticework.kernel.ledger import read_accusation, read_checkpoint, verify_accusation

    data = _read(file)
    member = read_checkpoint(read_accusation(data).first).member
    verdict = verify_accusation(data, _trusted(bundle).get(member))
    if json_:
        print(json.dumps({
            "proven": verdict.proven, "trusted": verdict.trusted, "member": verdict.member,
            "fingerprint": verdict.fingerprint, "sentence": verdict.sentence,
            "checkpoints": [{"epoch": c.epoch, "size": c.size, "root": c.root.hex(), "time_ms": c.time_ms}
                            for c in (verdict.first, verdict.second)],
        }))
    else:
        print(verdict.sentence)
    raise typer.Exit(LEDGER_EXIT if verdict.proven else 0)


@app.command()
def prove(
    home: Annotated[Path, typer.Option("--home", help="Home of the node, or its database file.")],
    to: Annotated[str, typer.Option("--to", help="The partner the entry is for; leave out for own entries.")] = "",
    sequence: Annotated[int | None, typer.Option(
        "--sequence", help="Number of the entry among those for that partner, from 0.")] = None,
    record: Annotated[str, typer.Option("--record", help="Or the id of the record that was released.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write the proof here; default: standard output.")] = None,
) -> None:
    """Write a file that proves one entry of the own ledger to anybody, and discloses no other."""
    from latticework.kernel.errors import InvalidConfig
    from latticework.kernel.ids import parse_member

    if (sequence is None) == (not record):
        raise InvalidConfig("name the entry by --sequence or by --record, not by both.")
    whom = parse_member(to) if to else None
    with _opened(home) as store, store.snapshot() as reader:
        data = _evidence(store, reader, whom, sequence, record)
    if out is None:
        sys.stdout.write(data.decode())
    else:
        _write(out, data)
        print(f"The proof stands in {out}; check it with: latticework ledger verify {out}", file=sys.stderr)


def _verify_one(path: Path, known: dict[str, TrustedRoot], notes: list[Checkpoint]) -> dict[str, object]:
    from latticework.kernel.errors import LedgerError
    from latticework.kernel.ledger import read_checkpoint, read_evidence, verify_accusation, verify_evidence
    from latticework.kernel.ledger.accuse import TITLE as ACCUSATION
    from latticework.kernel.ledger.accuse import read_accusation
    from latticework.kernel.ledger.armor import is_armor
    from latticework.kernel.ledger.evidence import TITLE as EVIDENCE

    if path.is_dir() or _is_database(path):
        return _verify_log(path)
    data = _read(path)
    try:
        if is_armor(EVIDENCE, data):
            shown = verify_evidence(data, known.get(read_checkpoint(read_evidence(data).note).member))
            return _row(path, ok=shown.proven, sentence=shown.sentence, fingerprint=shown.fingerprint)
        if is_armor(ACCUSATION, data):
            verdict = verify_accusation(data, known.get(read_checkpoint(read_accusation(data).first).member))
            return _row(path, ok=verdict.proven, sentence=verdict.sentence, fingerprint=verdict.fingerprint)
        return _verify_note(path, data, known, notes)
    except LedgerError as error:
        return _row(path, ok=False, sentence=error.message)


def _verify_note(
    path: Path, data: bytes, known: dict[str, TrustedRoot], notes: list[Checkpoint]
) -> dict[str, object]:
    from latticework.kernel.errors import InvalidFile
    from latticework.kernel.ledger import read_checkpoint
    from latticework.kernel.ledger.chain import open_chain, unsigned_because

    checkpoint = read_checkpoint(data)
    trusted = known.get(checkpoint.member)
    if trusted is None:
        raise InvalidFile(f"{path.name} is a checkpoint of {checkpoint.member}; give --bundle with its trust bundle.")
    reason = unsigned_because(checkpoint, open_chain(b"", checkpoint.member, trusted))
    if not reason:
        notes.append(checkpoint)
    what = f"{checkpoint.member} signed epoch {checkpoint.epoch} with {checkpoint.size} leaves."
    return _row(path, ok=not reason, sentence=f"This checkpoint does not hold: {reason}." if reason else what)


def _contradictions(
    notes: list[Checkpoint], known: dict[str, TrustedRoot], out: Path | None
) -> list[dict[str, object]]:
    from latticework.kernel.ledger import accuse as write_accusation
    from latticework.kernel.ledger import contradicts, key_chain

    rows: list[dict[str, object]] = []
    for a, b in pairwise(sorted(notes, key=lambda c: (c.origin, c.epoch, c.size))):
        if not contradicts(a, b):
            continue
        if out is not None:
            trusted = known[a.member]
            _write(out, write_accusation(a.note, b.note, key_chain(trusted.root, trusted.history)))
        sentence = f"{a.member} signed checkpoints of epochs {a.epoch} and {b.epoch} that contradict each other."
        rows.append({"file": "-" if out is None else str(out), "ok": False, "sentence": sentence})
    return rows


def _verify_log(path: Path) -> dict[str, object]:
    from latticework.kernel.identity.directory import KeyDirectory
    from latticework.kernel.ledger import check_log, read_checkpoint
    from latticework.kernel.ledger.rows import CHECKPOINTS

    with _opened(path) as store, store.snapshot() as reader:
        note = next((note for _, note in reader.scan(CHECKPOINTS, limit=1, reverse=True)), None)
        if note is None:
            return _row(path, ok=True, sentence="The ledger has no checkpoint yet.")
        check = check_log(reader, read_checkpoint(note).member, KeyDirectory(store))
    row = _row(path, ok=check.ok, sentence=check.sentence)
    return {**row, "epochs": check.epochs, "size": check.size, "root": check.root.hex(),
            "entries_checked": check.entries_checked, "entries_open": check.entries_open}


def _evidence(store: SqliteStore, reader: Reader, to: MemberId | None, sequence: int | None, record: str) -> bytes:
    from latticework.kernel.errors import NotFound
    from latticework.kernel.identity.directory import ROOT, KeyDirectory
    from latticework.kernel.ledger import LedgerPlan, key_chain, read_checkpoint, write_evidence
    from latticework.kernel.ledger.prover import Prover
    from latticework.kernel.ledger.rows import CHECKPOINTS, ENTRIES, head_row
    from latticework.kernel.ledger.slots import member_bytes
    from latticework.kernel.ledger.tree import number

    head = head_row(reader)
    if head is None:
        raise NotFound("this node's ledger has not begun; there is nothing to prove.")
    at = _sequence_of(reader, to, record) if sequence is None else sequence
    proof = Prover(reader, LedgerPlan(columns=head.columns, slots=head.slots)).entry(to, at, None)
    note = reader.get(CHECKPOINTS, number(proof.bundle.epoch)) or b""
    entry = reader.get(ENTRIES, member_bytes(to) + number(at)) or b""
    member = read_checkpoint(note).member
    root = reader.get(ROOT, member.encode())
    chain = key_chain(root, KeyDirectory(store).history(member)) if root is not None else b""
    return write_evidence(note, entry, proof, chain)


def _sequence_of(reader: Reader, to: MemberId | None, record: str) -> int:
    from latticework.kernel.errors import NotFound
    from latticework.kernel.exchange.entries import Published, Released, decode_entry
    from latticework.kernel.ids import parse_record_id
    from latticework.kernel.ledger.rows import ENTRIES, LAST
    from latticework.kernel.ledger.slots import member_bytes
    from latticework.kernel.ledger.tree import number

    wanted, who = parse_record_id(record), member_bytes(to)
    for key, data in reader.scan(ENTRIES, who + number(0), who + number(LAST), reverse=True):
        entry = decode_entry(data)
        if isinstance(entry, (Released, Published)) and entry.record == wanted:
            return int.from_bytes(key[3:], "big")
    raise NotFound("the ledger has no such entry for that partner; see latticework ledger entries.")


def _trusted(bundles: list[Path] | None) -> dict[str, TrustedRoot]:
    from latticework.kernel.clock import SystemClock
    from latticework.kernel.identity.bundle import read_bundle
    from latticework.kernel.identity.chains import read_certificate_der
    from latticework.kernel.identity.history import KeyHistory, extend
    from latticework.kernel.ledger import TrustedRoot

    known: dict[str, TrustedRoot] = {}
    for path in bundles or []:
        found = read_bundle(_read(path), SystemClock().now_ms())
        root = read_certificate_der(found.root, "root certificate")
        known[found.member] = TrustedRoot(found.root, extend(KeyHistory(found.member), root, found.history))
    return known


@contextmanager
def _opened(path: Path) -> Iterator[SqliteStore]:
    from latticework.kernel.errors import InvalidFile
    from latticework.kernel.store import SqliteStore

    database = path / DATABASE if path.is_dir() else path
    if not database.is_file():
        raise InvalidFile(f"{path} is neither the home nor the database of a node.")
    store = SqliteStore(database)
    try:
        yield store
    finally:
        store.close()


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def _read(path: Path) -> bytes:
    from latticework.kernel.errors import InvalidFile

    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE)
    except OSError as error:
        raise InvalidFile(f"{path} cannot be read: {error.strerror}.") from None


def _write(path: Path, data: bytes) -> None:
    from latticework.kernel.errors import InvalidFile

    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidFile(f"{path} cannot be written: {error.strerror}.") from None


def _row(path: Path, *, ok: bool, sentence: str, fingerprint: str = "") -> dict[str, object]:
    row: dict[str, object] = {"file": str(path), "ok": ok, "sentence": sentence}
    return {**row, "fingerprint": fingerprint} if fingerprint else row
