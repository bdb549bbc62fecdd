"""Attachments on real kernels: given only under a release, resumed, checked piece by piece, refused, recalled."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.unit.workbench.attachments import files

from latticework.kernel.errors import ActiveContent, InvalidAttachment, NotFound, NotHere, OverQuota
from latticework.kernel.exchange.messages import BlobNone, BlobPiece, BlobWant
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Role
from latticework.testing.kernels import KernelFederation, officer, two
from latticework.workbench.attachments.model import FILE, PIECE_BYTES, AttachmentSettings, File
from latticework.workbench.attachments.service import Attachments
from latticework.workbench.bench import Workbench

TOPIC = "maritime.harbors"


@pytest.fixture
def three(tmp_path: Path) -> Iterator[KernelFederation]:
    federation = KernelFederation(tmp_path / "members")
    federation.arrange("JPN", "USA", topics=("maritime",), name="harbors")
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def label(*members: str, level: int = 1) -> Label:
    release = Release(members=frozenset({"JPN", *members})) if members else None
    return Label(policy="EXERCISE", classification=level, release=release, originators=frozenset({MemberId("JPN")}))


def noise(size: int) -> bytes:
    """Return text that does not repeat, the same each time: pieces that were swapped would show."""
    return random.Random(size).randbytes(size // 2 + 1).hex().encode()[:size]


def attach(
    federation: KernelFederation, folder: Path, name: str, data: bytes, *members: str, about: RecordId | None = None
) -> RecordId:
    part = federation.benches["JPN"].attachments
    with files.stored(folder, name, data) as source:
        staged = part.stage(source, name)
    return part.publish(officer("JPN"), staged, topic=TOPIC, label=label(*members), distribute=True, about=about).id


def settle(federation: KernelFederation) -> None:
    federation.settle()
    for bench in federation.benches.values():
        bench.attachments.wait()
    federation.settle()


def content(bench: Workbench, record: RecordId, **more: object) -> bytes:
    return b"".join(bench.attachments.open(officer(bench.kernel.own), record, **more))  # type: ignore[arg-type]


def test_a_file_reaches_its_recipient_and_nobody_else(three: KernelFederation, tmp_path: Path) -> None:
    data = noise(3 * PIECE_BYTES + 17)
    record = attach(three, tmp_path, "depths.csv", data, "USA")
    settle(three)
    usa = three.benches["USA"]
    found = usa.attachments.file(officer("USA"), record)
    assert (found.blob.state, found.share, found.blob.media_type) == ("whole", 1.0, "text/plain")
    assert content(usa, record) == data
    assert content(usa, record, start=PIECE_BYTES + 5) == data[PIECE_BYTES + 5:]
    assert found.file.sha256 == hashlib.sha256(data).hexdigest()
    with pytest.raises(NotFound):
        three.benches["AUS"].attachments.file(officer("AUS"), record)
    [stored] = (three.home("USA") / "workbench/attachments").glob("*.blob")
    assert data[:64] not in stored.read_bytes(), "on the disk it is encrypted"


def test_without_a_release_not_a_byte_is_given(three: KernelFederation, tmp_path: Path) -> None:
    record = attach(three, tmp_path, "secret.txt", b"own text", )
    settle(three)
    desk = three.benches["JPN"].attachments._desk
    for part in ("key", "hashes", "content"):
        want = BlobWant(bytes.fromhex(record), part, 0, 1, bytes(32))  # type: ignore[arg-type]
        with three["JPN"].store.transaction() as tx:
            assert desk.wanted(tx, MemberId("USA"), want, 0) == [BlobNone(want.record)]
    released = attach(three, tmp_path, "open.txt", b"for USA", "USA")
    settle(three)
    want = BlobWant(bytes.fromhex(released), "content", 0, 1)
    with three["JPN"].store.transaction() as tx:
        assert isinstance(desk.wanted(tx, MemberId("USA"), want, 0)[0], BlobPiece)
        assert desk.wanted(tx, MemberId("AUS"), want, 0) == [BlobNone(want.record)]
    three["JPN"].remove_partner(*two("JPN"), MemberId("USA"))  # what was released once is given no more
    with three["JPN"].store.transaction() as tx:
        assert desk.wanted(tx, MemberId("USA"), want, 0) == [BlobNone(want.record)]


def test_an_interrupted_transfer_goes_on_where_it_was(three: KernelFederation, tmp_path: Path) -> None:
    data = noise(40 * PIECE_BYTES)
    usa = three.benches["USA"]
    lost: list[int] = []
    arrived = usa.attachments._desk.arrived

    def lossy(tx: object, peer: MemberId, piece: BlobPiece | BlobNone, now_ms: int) -> list[BlobWant]:
        dropped = isinstance(piece, BlobPiece) and piece.part == "content" and piece.number % 7 == 3
        if dropped and isinstance(piece, BlobPiece) and piece.number not in lost:
            lost.append(piece.number)
            return []
        return arrived(tx, peer, piece, now_ms)  # type: ignore[arg-type]

    usa.attachments._desk.arrived = lossy  # type: ignore[method-assign,assignment]
    record = attach(three, tmp_path, "large.csv", data, "USA")
    three.settle()
    part = usa.attachments.file(officer("USA"), record)
    assert part.blob.state == "fetching"
    assert 0 < part.blob.have < part.file.pieces
    again = Workbench(three["USA"], usa.folder)  # a new process on the same home
    three.benches["USA"] = again
    three.advance(30_000)
    settle(three)
    assert lost
    assert content(again, record) == data


def test_a_piece_that_is_not_what_the_record_says_is_not_kept(three: KernelFederation, tmp_path: Path) -> None:
    desk = three.benches["JPN"].attachments._desk
    honest = desk.wanted

    def lying(tx: object, peer: MemberId, want: BlobWant, now_ms: int) -> list[BlobPiece | BlobNone]:
        return [msgspec.structs.replace(p, data=bytes(len(p.data))) if isinstance(p, BlobPiece) and p.part == "content"
                else p for p in honest(tx, peer, want, now_ms)]  # type: ignore[arg-type]

    desk.wanted = lying  # type: ignore[method-assign,assignment]
    record = attach(three, tmp_path, "depths.csv", noise(2 * PIECE_BYTES), "USA")
    three.advance(20_000)
    found = three.benches["USA"].attachments.file(officer("USA"), record)
    assert (found.blob.state, found.blob.have) == ("fetching", 0)
    with pytest.raises(NotHere, match="on its way"):
        content(three.benches["USA"], record)
    desk.wanted = honest  # type: ignore[method-assign]
    three.advance(20_000)
    settle(three)
    assert three.benches["USA"].attachments.file(officer("USA"), record).blob.state == "whole"


def test_a_false_list_of_hashes_is_refused(three: KernelFederation, tmp_path: Path) -> None:
    desk = three.benches["JPN"].attachments._desk
    honest = desk.wanted
    desk.wanted = lambda tx, peer, want, now: [  # type: ignore[method-assign]
        msgspec.structs.replace(p, data=bytes(len(p.data))) if isinstance(p, BlobPiece) and p.part == "hashes" else p
        for p in honest(tx, peer, want, now)]
    record = attach(three, tmp_path, "depths.csv", noise(2 * PIECE_BYTES), "USA")
    three.advance(10_000)
    found = three.benches["USA"].attachments.file(officer("USA"), record)
    assert found.blob.state == "refused"
    assert "list of hashes" in found.blob.reason


def test_a_taker_looks_through_what_a_dishonest_giver_calls_text(three: KernelFederation, tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    from latticework.workbench.attachments import service
    from latticework.workbench.attachments.content import Look

    with monkeypatch.context() as giver:  # the giver's node does not look
        giver.setattr(service, "inspect", lambda source, name: Look("text/plain", ""))
        record = attach(three, tmp_path, "note.txt", b"MZ\x90\0" + bytes(500), "USA")
    settle(three)
    found = three.benches["USA"].attachments.file(officer("USA"), record)
    assert found.blob.state == "refused"
    assert "not taken" in found.blob.reason
    assert not list((three.home("USA") / "workbench/attachments").glob("*.blob"))
    assert [a.code for a in three["USA"].alarms(officer("USA"))] == [ActiveContent.code]


def test_a_large_file_waits_for_an_officer_and_a_quota_holds(three: KernelFederation, tmp_path: Path) -> None:
    usa = three.benches["USA"]
    usa.attachments.settings = AttachmentSettings(partner_bytes=600_000, fetch_bytes=100_000)
    first = attach(three, tmp_path, "a.csv", noise(400_000), "USA")
    second = attach(three, tmp_path, "b.csv", noise(400_000), "USA")
    settle(three)
    assert usa.attachments.file(officer("USA"), first).blob.state == "wanted"
    with pytest.raises(NotHere, match="fetch it first"):
        content(usa, first)
    usa.attachments.fetch(officer("USA"), first)
    three.advance(2_000)
    settle(three)
    assert content(usa, first) == noise(400_000)
    with pytest.raises(OverQuota, match="600"[:1]):
        usa.attachments.fetch(officer("USA"), second)
    three.benches["JPN"].attachments.settings = AttachmentSettings(own_bytes=900_000)
    with pytest.raises(OverQuota):
        attach(three, tmp_path, "c.csv", noise(400_000), "USA")


def test_a_recalled_file_is_removed_where_it_is_answered(three: KernelFederation, tmp_path: Path) -> None:
    record = attach(three, tmp_path, "a.csv", noise(400_000), "USA")
    settle(three)
    recall = three["JPN"].recall(officer("JPN"), record, "Wrong harbor.", three.clock.now_ms() + 86_400_000)
    three.settle()
    three["USA"].answer_recall(officer("USA"), recall.id, True, "Removed.")
    three.settle()
    found = three.benches["USA"].attachments.file(officer("USA"), record)
    assert found.blob.state == "gone"
    assert not list((three.home("USA") / "workbench/attachments").glob("*.blob"))
    with pytest.raises(NotHere, match="recalled"):
        content(three.benches["USA"], record)
    assert content(three.benches["JPN"], record) == noise(400_000), "the author keeps its own"


def test_the_text_of_a_file_is_found_at_both(three: KernelFederation, tmp_path: Path) -> None:
    record = attach(three, tmp_path, "pier.docx", files.docx("The gyrocompass is on pier four."), "USA")
    settle(three)
    for member in ("JPN", "USA"):
        [hit] = three.benches[member].search.search(officer(member), "gyrocompass").hits
        assert (hit.record.id, hit.part) == (record, record)
    assert three.benches["AUS"].search.search(officer("AUS"), "gyrocompass").total == 0


def test_a_file_belongs_to_a_record_and_opening_it_is_noted(three: KernelFederation, tmp_path: Path) -> None:
    first = attach(three, tmp_path, "a.txt", b"first", "USA")
    second = attach(three, tmp_path, "b.txt", b"second", "USA", about=first)
    part = three.benches["JPN"].attachments
    assert [f.record.id for f in part.files(officer("JPN"), about=first)] == [second]
    content(three.benches["JPN"], second)
    acts = three["JPN"].acts(officer("JPN", "audit", Role.AUDITOR), limit=5)
    assert (acts[0].act, acts[0].record) == ("attachment.open", second)
    with pytest.raises(NotFound):
        part.open(officer("JPN", "admin", Role.ADMINISTRATOR), second)


@pytest.mark.parametrize("name", ["", "a/b.txt", "..\\x.txt", "\u202etxt.exe.txt", "x" * 201, "a\0.txt"])
def test_a_name_is_a_name(name: str) -> None:
    with pytest.raises(InvalidAttachment):
        File(name=name, media_type="text/plain", size=1, sha256="0" * 64, root="0" * 64)


def test_an_empty_file_and_a_file_twice(three: KernelFederation, tmp_path: Path) -> None:
    part: Attachments = three.benches["JPN"].attachments
    with files.stored(tmp_path, "empty.txt", b"") as source, pytest.raises(InvalidAttachment, match="empty"):
        part.stage(source, "empty.txt")
    with files.stored(tmp_path, "a.txt", b"text") as source:
        staged = part.stage(source, "a.txt")
    part.publish(officer("JPN"), staged, topic=TOPIC, label=label("USA"))
    with pytest.raises(InvalidAttachment, match="already"):
        part.publish(officer("JPN"), staged, topic=TOPIC, label=label("USA"))
    assert FILE in three["JPN"].kinds
