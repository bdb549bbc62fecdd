"""What a ledger's beat costs, by formula: the numbers of ``docs/reference/ledger.md`` are made here.

The hiding is paid with time and not with space: an epoch stores one seed for all of its leaves, so the disk does not
grow with columns and slots; the hashes of a seal and the length of a proof do.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.ledger.slots import LedgerPlan

DAY_MS: Final = 86_400_000
YEAR_DAYS: Final = 365
_NOTE_FIXED: Final = 289  # everything in a note but the digits of size and epoch
_KEY: Final = 8
_EPOCH_ROW: Final = 36  # msgpack of a 32-byte seed and an empty list
_NODE: Final = 9 + 32


class EpochCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one plan costs when nothing is released, and what a proof then weighs.

    Parameters
    ----------
    epochs_a_day
        Checkpoints a day.
    note_bytes
        One checkpoint.
    disk_bytes_a_day, disk_bytes_a_year
        Payload of the store's rows; SQLite adds about a tenth.
    sent_bytes_a_day
        Checkpoint and consistency proof of every epoch to one partner.
    hashes_a_seal
        SHA-256 and HMAC computations of one seal.
    proof_bytes
        Hashes of one slot's inclusion proof after a year.
    """

    epochs_a_day: int
    note_bytes: int
    disk_bytes_a_day: int
    disk_bytes_a_year: int
    sent_bytes_a_day: int
    hashes_a_seal: int
    proof_bytes: int


def cost(plan: LedgerPlan, *, after_days: int = YEAR_DAYS) -> EpochCost:
    """Return what `plan` costs once the log has run for `after_days` days.

    Per epoch, the store keeps the note, a row of 36 bytes, and two tree hashes of 41 bytes with their keys on average
    (a binary tree has as many interior nodes as leaves, less one). A consistency proof from one epoch to the next has
    at most one hash for each level above an epoch.
    """
    epochs_a_day = DAY_MS // plan.epoch_ms
    epochs = max(1, epochs_a_day * after_days)
    above = (epochs - 1).bit_length()
    note = _NOTE_FIXED + len(str(epochs * plan.width)) + len(str(epochs - 1))
    disk = (_KEY + note) + (_KEY + _EPOCH_ROW) + 2 * _NODE
    return EpochCost(
        epochs_a_day=epochs_a_day, note_bytes=note, disk_bytes_a_day=disk * epochs_a_day,
        disk_bytes_a_year=disk * epochs_a_day * YEAR_DAYS, sent_bytes_a_day=(note + 32 * above) * epochs_a_day,
        hashes_a_seal=3 * plan.width - 1 + 2 + above, proof_bytes=32 * (plan.level + above),
    )


def table(plans: tuple[LedgerPlan, ...]) -> str:
    """Return the costs of `plans` as a Markdown table."""
    lines = [
        "| epoch | columns × slots | checkpoints a day | disk a day | disk a year | sent a day to each partner "
        "| hashes a seal | slot proof after a year |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for plan in plans:
        c = cost(plan)
        lines.append(
            f"| {plan.epoch_ms / 1000:g} s | {plan.columns} × {plan.slots} | {c.epochs_a_day:,} "
            f"| {c.disk_bytes_a_day / 1e6:.2f} MB | {c.disk_bytes_a_year / 1e9:.2f} GB "
            f"| {c.sent_bytes_a_day / 1e6:.2f} MB | {c.hashes_a_seal:,} | {c.proof_bytes:,} bytes |"
        )
    return "\n".join(lines)


SHOWN: Final = tuple(
    LedgerPlan(columns=columns, slots=slots, epoch_ms=epoch_ms)
    for epoch_ms in (1_000, 10_000, 60_000) for columns, slots in ((16, 1), (64, 1), (256, 4))
)
"""The plans in the documentation's table."""
