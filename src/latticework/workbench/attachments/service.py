"""Attachments at one node: put in, published, fetched, looked through, opened, and removed after a recall."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import msgspec

from latticework.kernel import archive
from latticework.kernel.archive import Head
from latticework.kernel.core.authority import need
from latticework.kernel.errors import (
    ActiveContent,
    InvalidAttachment,
    LatticeworkError,
    NotHere,
    OverQuota,
    StoreFull,
)
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.kinds import RECALL_ANSWER, RecallAnswer
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger.merkle import leaf_hash, merkle_root
from latticework.kernel.policy.model import Officer, Purpose
from latticework.kernel.records.record import Link, Record
from latticework.kernel.store.protocol import Reader, Transaction
from latticework.kernel.views import RecordView
from latticework.workbench.attachments import rows, sealing
from latticework.workbench.attachments.content import Look
from latticework.workbench.attachments.desk import Desk
from latticework.workbench.attachments.inspector import inspect
from latticework.workbench.attachments.model import FILE, PIECE_BYTES, AttachmentSettings, Blob, File, size_words
from latticework.workbench.attachments.uploads import Uploads
from latticework.workbench.attachments.vault import Vault
from latticework.workbench.follow import Follower

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench

ABOUT: Final = "about"
"""Relation of a file's link to the record that it belongs to."""


class Staged(NamedTuple):
    """A file that was looked through and encrypted, and waits to be published.

    Parameters
    ----------
    file
        The body of its record.
    key
        Its content key.
    text
        For search.
    """

    file: File
    key: bytes
    text: str


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment as one officer may see it: its record, and where its blob stands here."""

    record: RecordView
    file: File
    blob: Blob

    @property
    def share(self) -> float:
        """How much of it is here, 0 to 1."""
        return self.blob.have / self.file.pieces


class Attachments:
    """The attachments of one node.

    Parameters
    ----------
    bench
        The node's workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench, self._kernel = bench, bench.kernel
        self.settings = AttachmentSettings()
        self._vault = Vault(bench.folder / "attachments")
        self._desk = Desk(bench.kernel, self._vault)
        self.uploads = Uploads(bench.kernel, self._vault)
        bench.kernel.exchange.attach_blobs(self._desk)
        bench.follow(Follower(bench.kernel, "attachments", self._take, kinds=frozenset({FILE, RECALL_ANSWER})))
        bench.search.add_source(self._texts)
        self._inspecting: dict[str, tuple[RecordId, Future[Look]]] = {}
        self._threads: ThreadPoolExecutor | None = None
        self._fetching: set[RecordId] | None = None
        self._texts_of: dict[RecordId, str] = {}
        self._told: list[Callable[[RecordId, Blob], None]] = []

    # ---- putting in ------------------------------------------------------------------------------------------------

    def stage(self, source: IO[bytes], name: str, *, note: str = "", progress: Callable[[int], None] = lambda _n: None,
              ) -> Staged:
        """Look through a file and encrypt it; nothing of it is published. It may take long: call it in a thread.

        Parameters
        ----------
        source
            A real file, open for reading.
        name, note
            What it is called, and what it is.
        progress
            Told how many bytes are done.

        Raises
        ------
        InvalidAttachment, ActiveContent
            When it may not come in.
        OverQuota
            When this member's own files take too much room.
        StoreFull
            When the disk does not take it.
        """
        size = os.fstat(source.fileno()).st_size
        if size == 0:
            raise InvalidAttachment("the file is empty; there is nothing to attach.")
        self._check_quota(self._kernel.own, size)
        found = inspect(source, name)
        key = self._kernel.entropy.token(sealing.KEY_BYTES)
        mark = self._kernel.entropy.token(8).hex()
        made, hashes = self._vault.scratch(mark), self._vault.scratch(f"{mark}-hashes")
        whole, leaves, last = hashlib.sha256(), [], -(-size // PIECE_BYTES) - 1
        source.seek(0)
        try:
            with made.open("wb") as out:
                os.fchmod(out.fileno(), 0o600)
                for number in range(last + 1):
                    data = source.read(PIECE_BYTES)
                    whole.update(data)
                    sealed = sealing.encrypt_piece(key, number, number == last, data)
                    leaves.append(leaf_hash(sealed))
                    out.write(sealed)
                    progress(min(size, (number + 1) * PIECE_BYTES))
            hashes.write_bytes(b"".join(leaves))
            root = merkle_root(leaves).hex()
            file = File(name=name, media_type=found.media_type, size=size, sha256=whole.hexdigest(), root=root,
                        note=note)
            self._vault.adopt(made, hashes, root)
        except OSError as error:
            for path in (made, hashes):
                path.unlink(missing_ok=True)
            raise StoreFull(
                f"the disk does not take the file ({error.strerror}); make room and send it again.") from None
        return Staged(file, key, found.text)

    def publish(
        self, officer: Officer, staged: Staged, *, topic: str, label: Label, about: RecordId | None = None,
        distribute: bool = False,
    ) -> Record:
        """Publish the record of a staged file; its partners fetch the file under it.

        Parameters
        ----------
        about
            The record that it belongs to, if one.
        """
        with self._kernel.store.snapshot() as reader:
            if about is not None:
                self._kernel.record(officer, about)
            known = rows.blob_of(reader, staged.file.root)
        if known is not None:
            raise InvalidAttachment("this staged file was published already; attach the file anew.")
        now, root = self._kernel.clock.now_ms(), staged.file.root
        blob = Blob(size=staged.file.size, state="whole", have=staged.file.pieces, key=staged.key,
                    media_type=staged.file.media_type, at_ms=now)
        made: list[Record] = []

        def act(tx: Transaction) -> None:
            record = self._kernel.publish(officer, FILE, staged.file, topic=topic, label=label, distribute=distribute,
                                          links=(Link(ABOUT, about),) if about is not None else ())
            rows.put_blob(tx, root, blob)
            rows.name_blob(tx, record.id, root)
            made.append(record)

        # The blob's row commits with the record: a partner that hears of the one finds the other.
        self._kernel.in_transaction(act)
        self._index(made[0].id, staged.text)
        return made[0]

    def discard(self, staged: Staged) -> None:
        """Forget a staged file that is not to be published after all."""
        self._vault.remove(staged.file.root)

    # ---- looking and opening ---------------------------------------------------------------------------------------

    def files(self, officer: Officer, *, about: RecordId | None = None, limit: int = 200) -> tuple[FileView, ...]:
        """Return the attachments that the officer may see, newest first; with `about`, those of one record."""
        found: list[FileView] = []
        after: str | None = None
        while len(found) < limit:
            page = self._kernel.records(officer, kind=FILE, after=after, limit=min(500, limit))
            found += [self._view(view) for view in page.items
                      if about is None or Link(ABOUT, about) in view.links]
            after = page.next
            if after is None:
                break
        return tuple(found[:limit])

    def file(self, officer: Officer, record: RecordId) -> FileView:
        """Return one attachment, or raise :class:`NotFound` when it is absent or withheld."""
        view = self._kernel.record(officer, record)
        if not isinstance(view.body, File):
            raise InvalidAttachment("this record names no file.")
        return self._view(view)

    def open(self, officer: Officer, record: RecordId, *, start: int = 0) -> Iterator[bytes]:
        """Return the bytes of a file from `start` on, piece by piece; the officer exports it.

        Raises
        ------
        NotFound
            When it is absent or withheld.
        NotHere
            When its record is here and its bytes are not, with what to do.
        """
        view = self._kernel.record(officer, record, purpose=Purpose.EXPORT)
        found = self.file(officer, record)
        if found.blob.state != "whole":
            raise NotHere(_WHY_NOT[found.blob.state].format(name=found.file.name, reason=found.blob.reason))
        allowed = self._kernel.gate(view.label, view.topic, officer, Purpose.EXPORT)
        self._kernel.note_use(officer, "attachment.open", found.file.name, (view.id,), allowed)
        return self._plain(found.file, found.blob.key, start)

    def fetch(self, officer: Officer, record: RecordId) -> FileView:
        """Ask for a file whose record is here: it comes in pieces, and goes on after a break.

        Raises
        ------
        OverQuota
            When the partner's files take too much room here.
        """
        need(officer, "explain")
        found = self.file(officer, record)
        if found.blob.state in {"wanted", "gone"}:
            self._check_quota(found.record.relayed_by or found.record.member, found.file.size)
            self._begin(record, found.file)
        return self.file(officer, record)

    def on_change(self, callback: Callable[[RecordId, Blob], None]) -> None:
        """Call `callback` when a file is whole, refused or removed."""
        self._told.append(callback)

    # ---- the beat --------------------------------------------------------------------------------------------------

    def step(self, now_ms: int) -> None:
        """Ask for what is missing, look through what is whole, and take what was found out."""
        kernel = self._kernel
        if self._fetching is None:
            with kernel.store.snapshot() as reader:
                self._fetching = {record for root, blob in rows.blobs(reader) if blob.state == "fetching"
                                  for record in rows.records_of(reader, root)}
        for record in list(self._fetching):
            with kernel.store.snapshot() as reader:
                head = archive.head_of(reader, record)
                wants = self._desk.next_wants(reader, record, now_ms) if head is not None else []
            if head is not None and wants:
                kernel.carry(kernel.exchange.want_blob(head.sender or head.member, wants, now_ms))
            self._check_whole(record)
        self.uploads.step(now_ms)
        while self._desk.complete:
            record, root = self._desk.complete.pop()
            self._look_through(record, root)
        for root, (record, future) in list(self._inspecting.items()):
            if future.done():
                del self._inspecting[root]
                self._looked(record, root, future)

    def wait(self) -> None:
        """Wait until what is whole was looked through: for tests, and for an orderly stop."""
        for _record, future in list(self._inspecting.values()):
            with contextlib.suppress(LatticeworkError):
                future.result()
        self.step(self._kernel.clock.now_ms())

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _take(self, tx: Transaction, head: Head) -> None:
        body = self._kernel.body_of(tx, head)
        if isinstance(body, RecallAnswer) and head.member == self._kernel.own and body.done:
            self._withdrawn(tx, body.record)
        if not isinstance(body, File) or rows.root_of(tx, head.id) is not None:
            return
        rows.name_blob(tx, head.id, body.root)
        if rows.blob_of(tx, body.root) is None:
            rows.put_blob(tx, body.root, Blob(size=body.size, state="wanted", at_ms=self._kernel.clock.now_ms()))
            if body.size <= self.settings.fetch_bytes and head.sender is not None and self._room(
                    tx, head.sender, body.size):
                self._start(tx, head.id, body.root)

    def _begin(self, record: RecordId, file: File) -> None:
        self._kernel.in_transaction(lambda tx: self._start(tx, record, file.root))
        self._kernel.announce("record")

    def _start(self, tx: Transaction, record: RecordId, root: str) -> None:
        blob = rows.blob_of(tx, root)
        if blob is not None:
            rows.put_blob(tx, root, msgspec.structs.replace(
                blob, state="fetching", private=self._kernel.entropy.token(sealing.KEY_BYTES), key=b"", have=0,
                reason=""))
            rows.put_pieces(tx, root, None)
            if self._fetching is not None:
                self._fetching.add(record)

    def _check_whole(self, record: RecordId) -> None:
        """Look through what became whole before a restart, and stop asking for what is done."""
        with self._kernel.store.snapshot() as reader:
            root = rows.root_of(reader, record)
            blob = rows.blob_of(reader, root) if root is not None else None
            head = archive.head_of(reader, record)
            file = self._kernel.body_of(reader, head) if head is not None else None
        if root is None or blob is None or blob.state != "fetching":
            (self._fetching or set()).discard(record)
        elif isinstance(file, File) and blob.have == file.pieces and root not in self._inspecting and not any(
                root == other for _, other in self._desk.complete):
            self._desk.complete.append((record, root))

    def _look_through(self, record: RecordId, root: str) -> None:
        with self._kernel.store.snapshot() as reader:
            blob, head = rows.blob_of(reader, root), archive.head_of(reader, record)
            file = self._kernel.body_of(reader, head) if head is not None else None
        if blob is None or not isinstance(file, File) or root in self._inspecting:
            return
        self._threads = self._threads or ThreadPoolExecutor(1, thread_name_prefix="attachments")
        self._inspecting[root] = (record, self._threads.submit(self._inspect, file, blob.key))

    def _inspect(self, file: File, key: bytes) -> Look:
        """Decrypt into a file without a name, compare its hash, and look through it; in a thread of its own."""
        with tempfile.TemporaryFile(dir=self._vault.scratch("x").parent) as plain:
            whole = hashlib.sha256()
            for data in self._plain(file, key, 0):
                whole.update(data)
                plain.write(data)
            if whole.hexdigest() != file.sha256:
                raise InvalidAttachment("the file has another hash than its record says; it was refused.")
            return inspect(plain, file.name)

    def _looked(self, record: RecordId, root: str, future: Future[Look]) -> None:
        now = self._kernel.clock.now_ms()
        text, reason, media_type = "", "", ""
        try:
            found = future.result()
            text, media_type = found.text, found.media_type
        except LatticeworkError as error:
            reason = error.message
        except OSError as error:
            self._kernel.trouble(StoreFull(f"an attachment could not be looked through: {error.strerror}; make room."))
            return  # it is whole and stays so; the next step tries again

        def act(tx: Transaction) -> None:
            blob = rows.blob_of(tx, root)
            if blob is not None:
                rows.put_blob(tx, root, msgspec.structs.replace(
                    blob, state="refused" if reason else "whole", reason=reason, media_type=media_type, private=b"",
                    key=b"" if reason else blob.key, at_ms=now))
                rows.put_pieces(tx, root, None)

        self._kernel.in_transaction(act)
        (self._fetching or set()).discard(record)
        if reason:
            self._vault.remove(root)
            self._kernel.alarm(ActiveContent.code, None, f"A file was refused: {reason}")
        else:
            self._index(record, text)
        self._changed(record, root)

    def _withdrawn(self, tx: Transaction, record: RecordId) -> None:
        """Remove what a recalled record named, unless another record names it too."""
        root = rows.root_of(tx, record)
        blob = rows.blob_of(tx, root) if root is not None else None
        if root is None or blob is None:
            return
        rows.forget_record(tx, record, root)
        if not any(rows.records_of(tx, root)):
            rows.put_blob(tx, root, Blob(size=blob.size, state="gone", at_ms=self._kernel.clock.now_ms()))
            rows.put_pieces(tx, root, None)
            self._vault.remove(root)

    def _changed(self, record: RecordId, root: str) -> None:
        with self._kernel.store.snapshot() as reader:
            blob = rows.blob_of(reader, root)
        self._kernel.announce("record")
        if blob is not None:
            for callback in self._told:
                callback(record, blob)

    def _view(self, view: RecordView) -> FileView:
        file = view.body
        if not isinstance(file, File):  # pragma: no cover - records of this kind have this body
            raise InvalidAttachment("this record names no file.")
        with self._kernel.store.snapshot() as reader:
            blob = rows.blob_of(reader, file.root)
        # A withdrawn record's file is gone for this record, whatever another one names.
        with self._kernel.store.snapshot() as reader:
            named = rows.root_of(reader, view.id)
        if named is None and blob is not None and blob.state != "wanted":
            blob = Blob(size=file.size, state="gone")
        return FileView(record=view, file=file, blob=blob or Blob(size=file.size, state="wanted"))

    def _plain(self, file: File, key: bytes, start: int) -> Iterator[bytes]:
        last, skip = file.pieces - 1, start % PIECE_BYTES
        for number in range(start // PIECE_BYTES, file.pieces):
            sealed = self._vault.read(file.root, number)
            if sealed is None:
                raise NotHere(f"a piece of {file.name} is missing on the disk; fetch the file again.")
            data = sealing.decrypt_piece(key, number, number == last, sealed)
            yield data[skip:]
            skip = 0

    def _room(self, reader: Reader, owner: MemberId, size: int) -> bool:
        used = sum(
            blob.size for root, blob in rows.blobs(reader) if blob.state in {"fetching", "whole"}
            and any(self._owner(reader, record) == owner for record in rows.records_of(reader, root)))
        most = self.settings.own_bytes if owner == self._kernel.own else self.settings.partner_bytes
        return used + size <= most

    def _owner(self, reader: Reader, record: RecordId) -> MemberId | None:
        head = archive.head_of(reader, record)
        return (head.sender or head.member) if head is not None else None

    def _check_quota(self, owner: MemberId, size: int) -> None:
        with self._kernel.store.snapshot() as reader:
            fits = self._room(reader, owner, size)
        if not fits:
            most = self.settings.own_bytes if owner == self._kernel.own else self.settings.partner_bytes
            raise OverQuota(f"with this file of {size_words(size)} the files of {owner} would take more than "
                            f"{size_words(most)} here; raise attachments.own_bytes or partner_bytes in node.toml.")

    def _index(self, record: RecordId, text: str) -> None:
        self._texts_of[record] = text
        with self._kernel.store.snapshot() as reader:
            head = archive.head_of(reader, record)
        if head is not None and text:
            self._bench.search.add_text(head, record, head.described.title, text)
        if len(self._texts_of) > 64:
            self._texts_of.pop(next(iter(self._texts_of)))

    def _texts(self, head: Head) -> Iterator[tuple[str, str, str]]:
        """Give search the text of a file whose record is being indexed: just extracted, or taken out anew."""
        if head.kind != FILE:
            return
        text = self._texts_of.get(head.id)
        if text is None:
            with self._kernel.store.snapshot() as reader:
                root, file = rows.root_of(reader, head.id), self._kernel.body_of(reader, head)
                blob = rows.blob_of(reader, root) if root is not None else None
            if blob is None or blob.state != "whole" or not isinstance(file, File):
                return
            with contextlib.suppress(LatticeworkError, OSError):
                text = self._inspect(file, blob.key).text
        if text:
            yield head.id, head.described.title, text


_WHY_NOT: Final = {
    "wanted": "{name} was not fetched yet; fetch it first.",
    "fetching": "{name} is on its way and not whole yet; it goes on by itself.",
    "refused": "{name} was refused: {reason}",
    "gone": "{name} was removed here, because its record was recalled.",
}
