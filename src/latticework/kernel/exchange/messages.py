"""What two nodes say to each other: tagged structs, one encoding, each signed and numbered for one receiver.

====================  ==================================================================================================
message               meaning
====================  ==================================================================================================
:class:`Hint`         there may be something to pull; nothing depends on it
:class:`Pull`         «after N, limit M» of what was released to me
:class:`Page`         the answer: items, signed inclusion promises, explicit end marker and high water
:class:`Receipt`      signed statement of what arrived, and what was put into quarantine
:class:`Ask`          the checkpoint I hold of your log, and items whose proofs I lack
:class:`Proofs`       your latest checkpoint, its consistency with what the asker holds, proofs of items
:class:`Checkpoints`  checkpoints of a third member's log, relayed among parties
:class:`Accusation`   a self-contained proof of equivocation
:class:`EditBatch`    edits of one channel, in order
:class:`EditAck`      edits up to here were committed
:class:`BlobWant`     pieces of a blob that a released record names
:class:`BlobPiece`    one of them
:class:`BlobNone`     there is nothing to be had under that record
:class:`Stale`        your session number is older than one I have seen; take a larger one
====================  ==================================================================================================

A message travels inside a signed envelope over :class:`Said`, which names sender, receiver, session and number. So
whoever carries it can neither change it, nor redirect it, nor play it twice.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from latticework.kernel.codec import MAX_MESSAGE_BYTES, decode, encode
from latticework.kernel.errors import ProtocolError
from latticework.kernel.ids import MemberId
from latticework.kernel.records.signing import (
    ENVELOPE_OVERHEAD,
    Signer,
    Verifier,
    check_envelope,
    read_envelope,
    seal_payload,
)

Number = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
"""A count or a position; bounded so that it always fits a table key."""
Note = Annotated[bytes, msgspec.Meta(max_length=4096)]
Hash = Annotated[bytes, msgspec.Meta(max_length=32)]

FRAME_TYPE: Final = "application/vnd.latticework.frame+msgpack"
RECEIPT_TYPE: Final = "application/vnd.latticework.items-receipt+msgpack"
MAX_WANTED: Final = 256
MAX_ACCUSATION: Final = 64 * 1024
MAX_PIECES: Final = 8
"""Pieces of a blob that are asked for at once."""
MAX_PIECE_BYTES: Final = 320 * 1024


class Hint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="hint"):
    """A push; only a hint. `receipted`: receipts are held for all items up to here."""

    high_water: Number
    receipted: Number


class Pull(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pull"):
    """Ask for at most `limit` items after item number `after`."""

    after: Number
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of a page.

    Parameters
    ----------
    number
        Position in the flow from giver to taker, from 1 on.
    entry
        Exact bytes of the ledger entry.
    envelope
        Exact bytes of the record when the entry releases one; empty otherwise.
    epoch
        The ledger epoch under which the entry is promised.
    """

    number: Number
    entry: bytes
    envelope: bytes
    epoch: Number


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="page"):
    """The answer to a pull.

    Parameters
    ----------
    after, up_to
        The page covers the numbers after the one and up to the other. A number between them without an item was
        withdrawn after it was given, and tells no more than that.
    items
        In order of number.
    promises
        Signed inclusion promises; together they cover every entry of the page.
    end
        True: there was nothing after the last item when the page was made.
    high_water
        Number of the last item there is.
    receipted
        Receipts are held for all items up to here.
    """

    after: Number
    up_to: Number
    items: Annotated[tuple[Item, ...], msgspec.Meta(max_length=1000)]
    promises: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=1000)]
    end: bool
    high_water: Number
    receipted: Number


class Acknowledged(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One line of a receipt: item number, SHA-256 of its entry, and the code of the refusal or an empty string."""

    number: Number
    entry_hash: Hash
    code: Annotated[str, msgspec.Meta(max_length=16)]


class ReceiptStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a receipt signs: `taker` has committed these items of `giver`. It holds no content."""

    giver: MemberId
    taker: MemberId
    at_ms: int
    items: Annotated[tuple[Acknowledged, ...], msgspec.Meta(max_length=1000)]


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="receipt"):
    """A receipt: the bytes of a signed envelope over a :class:`ReceiptStatement`."""

    signed: bytes


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ask"):
    """Ask the giver for its latest checkpoint and for proofs.

    Parameters
    ----------
    held
        The latest checkpoint of the giver that the asker holds, or empty. A giver that finds its own signature under
        a checkpoint it does not know has lost a part of its ledger and stops.
    wanted
        Numbers of items that still lack a proof.
    audit
        A checkpoint of the giver that a third member showed, or empty: prove that the latest extends it.
    """

    held: Note
    wanted: Annotated[tuple[Number, ...], msgspec.Meta(max_length=MAX_WANTED)]
    audit: Note = b""


class ItemProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The proof of one item's entry: canonical bytes of the ledger's ``EntryProof``."""

    number: Number
    proof: bytes


class Proofs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="proofs"):
    """The giver's latest checkpoint and what stands under it.

    Parameters
    ----------
    checkpoint
        Signed note.
    old_size
        Size of the log that `consistency` starts from; 0: none.
    consistency
        Proof that the checkpoint extends the one of `old_size` (RFC 9162, section 2.1.4).
    bundles
        Proofs of whole bundles (canonical bytes of the ledger's ``BundleProof``), for an asker that holds all of one.
    proofs
        Proofs of single items.
    lacking
        Numbers that were asked for and cannot be proven under this checkpoint.
    """

    checkpoint: Note
    old_size: Number
    consistency: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=128)]
    bundles: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=64)]
    proofs: Annotated[tuple[ItemProof, ...], msgspec.Meta(max_length=1000)]
    lacking: Annotated[tuple[Number, ...], msgspec.Meta(max_length=1000)]


class Checkpoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="checkpoints"):
    """Checkpoints of logs of other members, as (member, signed note)."""

    notes: Annotated[tuple[tuple[MemberId, Note], ...], msgspec.Meta(max_length=1000)]


class Accusation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="accusation"):
    """A proof that a member showed two histories; it may leave out the member's keys, which the receiver knows."""

    proof: Annotated[bytes, msgspec.Meta(max_length=MAX_ACCUSATION)]


class EditBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="edits"):
    """Edits `first`, `first` + 1, … under edit grant `grant`; opaque bytes."""

    grant: Number
    first: Number
    edits: Annotated[tuple[bytes, ...], msgspec.Meta(min_length=1, max_length=1000)]


class EditAck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="edit-ack"):
    """Edits up to `up_to` of grant `grant` were committed."""

    grant: Number
    up_to: Number


class BlobWant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="blob-want"):
    """Ask for pieces of the blob that a record names, which the giver released to the asker.

    Parameters
    ----------
    record
        Id of the record, 32 bytes.
    part
        Which of its parts, as whoever serves blobs divides them.
    first, count
        Pieces `first` to `first + count - 1`.
    key
        The asker's public key for what is sealed to it alone; empty where nothing is.
    """

    record: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    part: Literal["key", "hashes", "content"]
    first: Number
    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_PIECES)]
    key: Annotated[bytes, msgspec.Meta(max_length=2048)] = b""


class BlobPiece(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="blob-piece"):
    """One piece of a blob. It proves nothing by itself: the record holds a hash over all pieces."""

    record: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    part: Literal["key", "hashes", "content"]
    number: Number
    data: Annotated[bytes, msgspec.Meta(max_length=MAX_PIECE_BYTES)]


class BlobNone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="blob-none"):
    """Nothing is to be had under that record now: it was not released to the asker, or is not whole, or is gone."""

    record: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Stale(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="stale"):
    """The receiver has seen session `seen` of the sender; older sessions are refused as replays."""

    seen: Number


Message = (
    Hint | Pull | Page | Receipt | Ask | Proofs | Checkpoints | Accusation | EditBatch | EditAck | BlobWant | BlobPiece
    | BlobNone | Stale
)


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What a frame signs: one message, for one receiver, once.

    Parameters
    ----------
    sender, to
        Who says it to whom.
    session
        Larger with every new link of the sender, even across restarts.
    number
        Each message of a session has its own, counted from 1.
    """

    sender: MemberId
    to: MemberId
    session: Number
    number: Number
    message: Message


def seal_frame(signer: Signer, said: Said) -> bytes:
    """Return the bytes of a signed frame: an envelope over `said`."""
    return seal_payload(signer, FRAME_TYPE, encode(said))


def open_frame(data: bytes, keys: Verifier, own: MemberId, peer: MemberId, now_ms: int) -> Said:
    """Return what `peer` said to `own`.

    Raises
    ------
    DecodeError, RecordTooLarge
        When the bytes are too many, malformed or not canonical.
    ProtocolError
        When the frame names another sender or receiver than its link.
    InvalidSignature, UnknownMember, KeyCompromised
        When the signature is not one of `peer`.
    """
    envelope = read_envelope(data, FRAME_TYPE, limit=MAX_MESSAGE_BYTES - ENVELOPE_OVERHEAD, what="message")
    said = decode(envelope.payload, Said, what="message")
    if said.sender != peer or said.to != own:
        raise ProtocolError("a message names another sender or receiver than its link; it was refused.")
    check_envelope(envelope, peer, now_ms, keys)
    return said


def make_receipt(signer: Signer, statement: ReceiptStatement) -> bytes:
    """Return the signed receipt of `statement`: an envelope that stands on its own."""
    return seal_payload(signer, RECEIPT_TYPE, encode(statement))


def open_receipt(data: bytes, keys: Verifier, giver: MemberId, taker: MemberId) -> ReceiptStatement:
    """Return the statement of a receipt that `taker` signed for `giver`.

    Raises
    ------
    DecodeError, RecordTooLarge
        When it is malformed.
    ProtocolError
        When it speaks of other members.
    InvalidSignature, UnknownMember, KeyCompromised
        When it is not signed by `taker`.
    """
    envelope = read_envelope(data, RECEIPT_TYPE, what="receipt")
    statement = decode(envelope.payload, ReceiptStatement, what="receipt")
    if statement.giver != giver or statement.taker != taker:
        raise ProtocolError("a receipt speaks of other members than those of its link; it was refused.")
    check_envelope(envelope, taker, statement.at_ms, keys)
    return statement
