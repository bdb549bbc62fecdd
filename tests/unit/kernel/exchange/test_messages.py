from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from latticework.kernel.codec import MAX_MESSAGE_BYTES, decode, encode
from latticework.kernel.errors import DecodeError, InvalidSignature, LatticeworkError, ProtocolError, RecordTooLarge
from latticework.kernel.exchange.messages import (
    FRAME_TYPE,
    Acknowledged,
    Hint,
    Message,
    Page,
    Pull,
    ReceiptStatement,
    Said,
    Stale,
    make_receipt,
    open_frame,
    open_receipt,
    seal_frame,
)
from latticework.kernel.ids import MemberId
from latticework.kernel.records.record import Envelope
from latticework.testing.keys import KeyRing, signer_of

AUS, JPN, USA = MemberId("AUS"), MemberId("JPN"), MemberId("USA")
RING = KeyRing(*(signer_of(m) for m in (AUS, JPN, USA)))
PAGE = Page(0, 3, (), (), True, 3, 0)


def frame(message: Message = PAGE, *, sender: str = "JPN", to: str = "USA", signer: str | None = None) -> bytes:
    return seal_frame(signer_of(signer or sender), Said(MemberId(sender), MemberId(to), 7, 1, message))


def test_a_frame_says_what_was_said() -> None:
    assert open_frame(frame(), RING, USA, JPN, 0) == Said(JPN, USA, 7, 1, PAGE)


def test_a_frame_is_a_signature_that_a_second_library_verifies() -> None:
    envelope = decode(frame(), Envelope)
    kind = FRAME_TYPE.encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(envelope.payload), envelope.payload)
    Ed25519PublicKey.from_public_bytes(signer_of("JPN").public_key).verify(envelope.signature, signed)


@pytest.mark.parametrize(("sender", "to", "signer", "error"), [
    ("AUS", "USA", "AUS", ProtocolError),
    ("JPN", "AUS", "JPN", ProtocolError),
    ("JPN", "USA", "AUS", InvalidSignature),
])
def test_a_frame_of_another_for_another_or_signed_by_another_is_refused(
    sender: str, to: str, signer: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        open_frame(frame(sender=sender, to=to, signer=signer), RING, USA, JPN, 0)


def test_every_flipped_bit_is_refused() -> None:
    good = frame(Hint(5, 2))
    for place in range(len(good) * 8):
        bad = bytearray(good)
        bad[place // 8] ^= 1 << place % 8
        with pytest.raises(LatticeworkError):
            open_frame(bytes(bad), RING, USA, JPN, 0)


def test_every_truncated_and_every_extended_frame_is_refused() -> None:
    good = frame(Hint(5, 2))
    for length in range(len(good)):
        with pytest.raises(DecodeError):
            open_frame(good[:length], RING, USA, JPN, 0)
    with pytest.raises(DecodeError):
        open_frame(good + b"\0", RING, USA, JPN, 0)


def test_what_is_too_large_is_refused_unread() -> None:
    with pytest.raises((RecordTooLarge, DecodeError), match="refused unread"):
        open_frame(bytes(MAX_MESSAGE_BYTES + 1), RING, USA, JPN, 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(LatticeworkError):
        open_frame(data, RING, USA, JPN, 0)
    with pytest.raises(LatticeworkError):
        open_receipt(data, RING, JPN, USA)


@pytest.mark.parametrize("number", [-1, 2**62, 2**64 - 1])
def test_numbers_stay_within_what_a_key_holds(number: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "pull", "after": number, "limit": 1}, Pull | Stale)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "stale", "seen": number}, Pull | Stale)


def receipt(signer: str = "USA", giver: str = "JPN", taker: str = "USA") -> bytes:
    lines = (Acknowledged(1, b"h" * 32, ""), Acknowledged(2, b"g" * 32, "LW-1302"))
    statement = ReceiptStatement(giver=MemberId(giver), taker=MemberId(taker), at_ms=9, items=lines)
    return make_receipt(signer_of(signer), statement)


def test_a_receipt_stands_on_its_own_and_holds_no_content() -> None:
    statement = open_receipt(receipt(), RING, JPN, USA)
    assert [line.code for line in statement.items] == ["", "LW-1302"]
    assert set(msgspec.to_builtins(statement)) == {"giver", "taker", "at_ms", "items"}


@pytest.mark.parametrize(("signer", "giver", "taker", "error"), [
    ("AUS", "JPN", "USA", InvalidSignature), ("USA", "AUS", "USA", ProtocolError), ("AUS", "JPN", "AUS", ProtocolError),
])
def test_a_receipt_of_others_is_refused(signer: str, giver: str, taker: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_receipt(receipt(signer, giver, taker), RING, JPN, USA)


def test_a_frame_is_no_receipt_and_a_receipt_no_frame() -> None:
    with pytest.raises(DecodeError, match="another type"):
        open_receipt(frame(), RING, JPN, USA)
    with pytest.raises(DecodeError, match="another type"):
        open_frame(receipt(), RING, JPN, USA, 0)


def test_canonical_form_is_insisted_on() -> None:
    envelope = decode(frame(Hint(1, 0)), Envelope)
    loose = msgspec.msgpack.encode(
        [envelope.payload_type, envelope.payload.replace(b"\x01", b"\xcc\x01"), envelope.key, envelope.signature]
    )
    with pytest.raises(LatticeworkError):
        open_frame(loose, RING, USA, JPN, 0)
    assert encode(envelope) == frame(Hint(1, 0))
