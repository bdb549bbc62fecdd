"""The whole check of a log in its own store: every entry, bundle, leaf, tree hash and signature, made again.

It reads everything once and holds O(log n) of it, so it is slow on a long log and never large.
"""

from __future__ import annotations

import msgspec

from latticework.kernel.errors import KeyCompromised, LatticeworkError, StoreDamaged
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import open_checkpoint, read_checkpoint
from latticework.kernel.ledger.frontier import Frontier
from latticework.kernel.ledger.merkle import EMPTY_ROOT, merkle_root
from latticework.kernel.ledger.rows import CHECKPOINTS, PIECE, bundle_rows, column_rows, entry_hashes, head_row
from latticework.kernel.ledger.slots import LedgerPlan, commitment, epoch_leaves, member_of, slot_salt
from latticework.kernel.ledger.tree import epoch_row, number
from latticework.kernel.records.signing import Verifier
from latticework.kernel.store.protocol import Reader


class LogCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of checking a log.

    Parameters
    ----------
    ok
        Everything is as it must be.
    epochs, size, root
        Sealed epochs, leaves, and the root made again from everything (32 bytes).
    entries_checked
        Entries whose place under a checkpoint was made again.
    entries_open
        Entries that wait for the end of the open epoch.
    sentence
        The outcome for people; the first fault when there is one.
    """

    ok: bool
    epochs: int
    size: int
    root: bytes
    entries_checked: int
    entries_open: int
    sentence: str


class _Fault(Exception):
    """What the check found first."""


def check_log(reader: Reader, member: MemberId, keys: Verifier | None) -> LogCheck:
    """Make everything in the log again and compare it with what is kept and signed.

    Parameters
    ----------
    reader
        A view of the store that holds the log.
    member
        Whose log it must be.
    keys
        Verifies the checkpoints' signatures; None leaves them out.

    Raises
    ------
    StoreDamaged
        When a row cannot even be read.
    """
    try:
        return _check(reader, member, keys)
    except msgspec.MsgspecError:
        raise StoreDamaged("a row of the ledger cannot be read; restore the store from a backup.") from None


def _check(reader: Reader, member: MemberId, keys: Verifier | None) -> LogCheck:
    head = head_row(reader)
    if head is None:
        return LogCheck(ok=True, epochs=0, size=0, root=EMPTY_ROOT, entries_checked=0, entries_open=0,
                        sentence="The ledger has not begun.")
    plan = LedgerPlan(columns=head.columns, slots=head.slots)
    tree = Frontier()
    columns = column_rows(reader)
    waiting = sum(column.following - column.sealed for _, column in columns)
    bundles = {who: bundle_rows(reader, who) for who, _ in columns}
    coming = {who: next(rows, None) for who, rows in bundles.items()}
    checked = 0
    try:
        for epoch in range(head.epoch):
            row = epoch_row(reader, epoch)
            made: dict[int, bytes] = {}
            for who, rows in bundles.items():
                while (following := coming[who]) is not None and following[1].epoch == epoch:
                    first, bundle = following
                    pieces = _pieces(reader, who, first, bundle.count)
                    if pieces != bundle.piece_roots():
                        raise _Fault(f"entries {first} to {first + bundle.count - 1} for {member_of(who) or member} "
                                     f"are not those that epoch {epoch} sealed")
                    salt = slot_salt(row.seed, bundle.place)
                    made[bundle.place] = commitment(salt, epoch, member_of(who), bundle.count, merkle_root(pieces))
                    checked += bundle.count
                    coming[who] = next(rows, None)
            if tuple(sorted(made.items())) != row.used:
                raise _Fault(f"the slots of epoch {epoch} are not those that its entries make")
            tree.add_hash(merkle_root(epoch_leaves(row.seed, plan.width, made)))
            _check_note(reader, member, keys, epoch, (epoch + 1) * plan.width, tree.root())
        if any(coming.values()):
            raise _Fault("a bundle stands in an epoch that is not sealed")
    except (_Fault, LatticeworkError) as fault:
        reason = fault.message.rstrip(".") if isinstance(fault, LatticeworkError) else str(fault)
        return LogCheck(ok=False, epochs=head.epoch, size=head.epoch * plan.width, root=tree.root(),
                        entries_checked=checked, entries_open=waiting,
                        sentence=f"The ledger of {member} does not hold: {reason}.")
    return LogCheck(
        ok=True, epochs=head.epoch, size=head.epoch * plan.width, root=tree.root(), entries_checked=checked,
        entries_open=waiting,
        sentence=f"The ledger of {member} holds: {checked} entries in {head.epoch} epochs were made again.",
    )


def _pieces(reader: Reader, who: bytes, first: int, count: int) -> list[bytes]:
    roots: list[bytes] = []
    piece: list[bytes] = []
    found = 0
    for entry_hash in entry_hashes(reader, who, first, count):
        found += 1
        piece.append(entry_hash)
        if len(piece) == PIECE:
            roots.append(merkle_root(piece))
            piece.clear()
    if piece:
        roots.append(merkle_root(piece))
    if found != count:
        raise _Fault(f"{count - found} entries are missing in the store")
    return roots


def _check_note(reader: Reader, member: MemberId, keys: Verifier | None, epoch: int, size: int, root: bytes) -> None:
    note = reader.get(CHECKPOINTS, number(epoch))
    if note is None:
        return  # skipped when the log was resumed from a backup: it has leaves and no checkpoint
    try:
        found = read_checkpoint(note) if keys is None else open_checkpoint(note, keys, member=member)
    except KeyCompromised:
        # The signature proves nothing any more, but the tree made again stands under the next key's checkpoints.
        found = read_checkpoint(note)
    if (found.member, found.epoch, found.size, found.root) != (member, epoch, size, root):
        raise _Fault(f"the checkpoint of epoch {epoch} was signed over something else")
