"""The jobs in the store: table ``workbench.jobs``, id to msgpack row, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from latticework.kernel.codec import decode, encode
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.workbench.jobs.model import JobId, JobRow

TABLE: Final = "workbench.jobs"
ROW_LIMIT: Final = 4 * 1024 * 1024


def put(tx: Transaction, row: JobRow) -> None:
    """Keep `row` as it now is."""
    tx.put(TABLE, bytes.fromhex(row.id), encode(row))


def delete(tx: Transaction, job: JobId) -> None:
    """Forget a job."""
    tx.delete(TABLE, bytes.fromhex(job))


def get(reader: Reader, job: JobId) -> JobRow | None:
    """Return one job, or None."""
    raw = reader.get(TABLE, bytes.fromhex(job))
    return None if raw is None else decode(raw, JobRow, limit=ROW_LIMIT, what="job")


def newest(reader: Reader) -> Iterator[JobRow]:
    """Yield every job, newest first."""
    for _key, raw in reader.scan(TABLE, reverse=True):
        yield decode(raw, JobRow, limit=ROW_LIMIT, what="job")
