"""Key chains: what proves to anybody, offline, that a checkpoint was signed by a member's key.

A chain is the member's root certificate and its key history, every step of which leads back to that root. Whether the
root is really the member's is the one thing that no file can prove: either the reader trusts that root already (from a
trust bundle), or compares its fingerprint with the one that was read aloud when trust began.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidCertificate, InvalidKeyHistory, InvalidProof, InvalidSignature
from latticework.kernel.identity.chains import read_certificate_der, root_fingerprint
from latticework.kernel.identity.history import KeyHistory, KeyStatement, extend
from latticework.kernel.identity.keys import verify_signature
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import Checkpoint, note_key_hash, signed_parts

MAX_CHAIN_BYTES: Final = 192 * 1024


class KeyChain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A member's root certificate (DER) and its key history, which that root vouches for."""

    root: bytes
    history: tuple[KeyStatement, ...]


class TrustedRoot(msgspec.Struct, frozen=True):
    """What a reader already knows of a member: its root certificate (DER) and its key history."""

    root: bytes
    history: KeyHistory


class OpenedChain(msgspec.Struct, frozen=True):
    """The keys to check a member's checkpoints with.

    Parameters
    ----------
    fingerprint
        Of the root that vouches for them; empty when there are no keys.
    trusted
        That root is one that the reader trusts already.
    histories
        The key histories: from the file, and as the reader knows it.
    foreign
        The file's root is another one than the reader's.
    """

    fingerprint: str
    trusted: bool
    histories: tuple[KeyHistory, ...]
    foreign: bool = False


def key_chain(root: bytes, history: KeyHistory) -> bytes:
    """Return the bytes that prove a member's keys to others: its root certificate (DER) and key history."""
    return encode(KeyChain(root, history.statements))


def open_chain(chain: bytes, member: MemberId, known: TrustedRoot | None) -> OpenedChain:
    """Verify a key chain against its own root, and compare that with the root the reader knows.

    Parameters
    ----------
    chain
        What :func:`key_chain` wrote, or empty.
    member
        Whose keys they should be.
    known
        What the reader knows of that member, or None.

    Raises
    ------
    DecodeError
        When it is malformed.
    InvalidProof
        When a step of it does not hold.
    """
    own = root_fingerprint(read_certificate_der(known.root, "root certificate")) if known is not None else ""
    histories = (known.history,) if known is not None and known.history.member == member else ()
    if not chain:
        return OpenedChain(own, bool(histories), histories)
    found = decode(chain, KeyChain, limit=MAX_CHAIN_BYTES, what="key chain")
    try:
        root = read_certificate_der(found.root, "root certificate")
        history = extend(KeyHistory(member), root, found.history)
    except (InvalidCertificate, InvalidKeyHistory) as error:
        raise InvalidProof(f"the key chain does not hold: {error.message}") from None
    fingerprint = root_fingerprint(root)
    foreign = bool(own) and own != fingerprint
    return OpenedChain(fingerprint, bool(histories) and not foreign, (history, *histories), foreign)


def unsigned_because(checkpoint: Checkpoint, opened: OpenedChain) -> str:
    """Return an empty string when `checkpoint` is signed by a key that was never compromised, else the reason why not.

    A compromise counts in whichever history it stands: an accuser may have left it out.
    """
    if opened.foreign:
        return f"its keys stand under another root than {checkpoint.member}'s"
    if not opened.histories:
        return "it holds no keys; give the member's trust bundle"
    reasons = [_reason(checkpoint, history) for history in opened.histories]
    lost = next((r for r in reasons if "compromised" in r), "")
    return lost or (reasons[0] if all(reasons) else "")


def _reason(checkpoint: Checkpoint, history: KeyHistory) -> str:
    period = history.find(checkpoint.key)
    if period is None:
        return f"a checkpoint is not signed by a key of {checkpoint.member}"
    if period.compromised_ms is not None:
        return f"{checkpoint.member} declared the key compromised, so a thief may have signed"
    text, key_hash, signature = signed_parts(checkpoint.note)
    try:
        verify_signature(period.public_key, text, signature)
    except InvalidSignature:
        return "a signature does not hold"
    # C2SP's short key id is not signed, so it is compared: a file has one true form.
    return "" if key_hash == note_key_hash(checkpoint.origin, period.public_key) else "a signature does not hold"
