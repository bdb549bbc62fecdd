"""The key history of a member: which keys signed its records, from when on, and which of them were declared lost.

A history is a chain of signed statements. Each names the hash of what the one before says, so that two members that
hold the same head hold the same history. Signatures stand outside the hash: an ECDSA signature can be turned into a
second valid one by anybody, and that must not look like a second history.

==============  =================================================================  ===================================
act             says                                                               signed by
==============  =================================================================  ===================================
``begin``       the first key                                                      the root, and the new key
``rotate``      a new key takes over; the old one stays valid for what it signed   the issuer, old key, and new key
``compromise``  a key is lost; a replacement takes over if it was the present one  the root, and the replacement
==============  =================================================================  ===================================

A rotation needs no root, so the root can stay offline; it needs the issuer *and* the outgoing key, so neither thief
alone can take a member's voice. The new key signs too: nobody can claim a key that somebody else holds.

Source: the statement chain follows RFC 5011's idea of introducing a key by the one before it, and the proof of
possession RFC 2986 section 3; the hash is SHA-256 (FIPS 180-4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature as BadEcdsaSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidCertificate, InvalidKeyHistory, InvalidSignature
from latticework.kernel.identity.certificates import DAY_MS, certificate_der, public_key_of
from latticework.kernel.identity.chains import check_issuer, read_certificate_der
from latticework.kernel.identity.keys import RecordKey, usable_public_key, verify_signature
from latticework.kernel.ids import KeyId, MemberId, key_id_of

Act = Literal["begin", "rotate", "compromise"]
SignedBy = Literal["issuer", "new-key", "old-key", "root"]

OVERLAP_MS: Final = DAY_MS
"""How long after its replacement a key may still stand under new statements: those that were on their way."""
MAX_STATEMENTS: Final = 10_000
MAX_STATEMENT_BYTES: Final = 16 * 1024
_DOMAIN: Final = b"latticework.key-statement/1\x00"
_NEEDED: Final[dict[Act, tuple[SignedBy, ...]]] = {
    "begin": ("new-key", "root"),
    "rotate": ("issuer", "new-key", "old-key"),
    "compromise": ("root",),
}


class KeyAct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a statement of a key history says.

    Parameters
    ----------
    member
        Whose history it is.
    sequence
        Position in the history, from 0 on without a gap.
    previous
        SHA-256 of the signed bytes of the statement before; 32 zero bytes at the beginning.
    act
        See the table at the top.
    public_key
        The key that takes over, 32 bytes; empty for the compromise of a key that is not the present one.
    key
        The key that is declared lost, or that is replaced; empty at the beginning.
    at_ms
        When, by the member's clock, ms since 1970, UTC; never before the statement before.
    reason
        For people; at most 200 characters, and no person's name.
    """

    member: MemberId
    sequence: int
    previous: bytes
    act: Act
    public_key: bytes
    key: KeyId
    at_ms: int
    reason: str = ""


class KeySignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature under a statement.

    Parameters
    ----------
    by
        Whose.
    signature
        Ed25519 for record keys, ECDSA with SHA-256 (DER) for issuer and root.
    certificate
        The issuer's certificate in DER, where the issuer signed; otherwise empty.
    """

    by: SignedBy
    signature: bytes
    certificate: bytes = b""


class KeyStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed step of a key history: a plain value that can be the body of a record, and proves itself.

    Parameters
    ----------
    content
        What it says.
    signatures
        Those that the act needs; see the table at the top.
    """

    content: KeyAct
    signatures: tuple[KeySignature, ...]


class KeyPeriod(msgspec.Struct, frozen=True):
    """One key of a history.

    Parameters
    ----------
    key, public_key
        Its id and its 32 bytes.
    from_ms
        When it took over.
    until_ms
        When statements by it stop being taken (its replacement plus the overlap); None: the present key.
    compromised_ms
        When it was declared lost, by the member's clock; None: never.
    """

    key: KeyId
    public_key: bytes
    from_ms: int
    until_ms: int | None = None
    compromised_ms: int | None = None


class KeyHistory(msgspec.Struct, frozen=True):
    """The state after a chain of statements; made by :func:`extend` alone.

    Parameters
    ----------
    member
        Whose it is.
    statements
        The chain itself, in order.
    head
        SHA-256 of the last statement's signed bytes; 32 zero bytes before the first.
    keys
        Every key, in order; the last one whose ``until_ms`` is None is the present one.
    """

    member: MemberId
    statements: tuple[KeyStatement, ...] = ()
    head: bytes = bytes(32)
    keys: tuple[KeyPeriod, ...] = ()

    @property
    def present(self) -> KeyPeriod:
        """The key that signs now."""
        return next(k for k in reversed(self.keys) if k.until_ms is None)

    def find(self, key: KeyId) -> KeyPeriod | None:
        """Return the key with this id, or None."""
        return next((k for k in self.keys if k.key == key), None)


def statement_hash(statement: KeyStatement) -> bytes:
    """Return the SHA-256 of the signed bytes, 32 bytes: what the next statement names as ``previous``."""
    return hashlib.sha256(signed_bytes(statement.content)).digest()


def signed_bytes(content: KeyAct) -> bytes:
    """Return the bytes that every signature of a statement covers."""
    return _DOMAIN + encode(content)


def decode_statement(data: bytes) -> KeyStatement:
    """Decode one statement, strictly; it is not verified yet.

    Raises
    ------
    DecodeError
        When the bytes are too many, malformed or not canonical.
    """
    return decode(data, KeyStatement, limit=MAX_STATEMENT_BYTES, what="key statement")


def begin(member: MemberId, key: RecordKey, root_key: ec.EllipticCurvePrivateKey, now_ms: int) -> KeyStatement:
    """Return the first statement of a history."""
    content = KeyAct(member=member, sequence=0, previous=bytes(32), act="begin", public_key=key.public_key,
                     key=KeyId(""), at_ms=now_ms)
    message = signed_bytes(content)
    return KeyStatement(content, (KeySignature("new-key", key.sign(message)), _by_root(root_key, message)))


def rotate(
    history: KeyHistory, old: RecordKey, new: RecordKey, issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey, now_ms: int,
) -> KeyStatement:
    """Return the statement by which `new` takes over from `old`."""
    content = _next(history, act="rotate", public_key=new.public_key, key=old.key_id, now_ms=now_ms, reason="")
    message = signed_bytes(content)
    return KeyStatement(content, (
        KeySignature("issuer", issuer_key.sign(message, ec.ECDSA(hashes.SHA256())), certificate_der(issuer)),
        KeySignature("new-key", new.sign(message)),
        KeySignature("old-key", old.sign(message)),
    ))


def compromise(
    history: KeyHistory, lost: KeyId, replacement: RecordKey | None, root_key: ec.EllipticCurvePrivateKey,
    now_ms: int, reason: str,
) -> KeyStatement:
    """Return the statement that `lost` is compromised; the present key needs a `replacement`, an older one has none."""
    public_key = replacement.public_key if replacement else b""
    content = _next(history, act="compromise", public_key=public_key, key=lost, now_ms=now_ms, reason=reason)
    message = signed_bytes(content)
    possession = (KeySignature("new-key", replacement.sign(message)),) if replacement else ()
    return KeyStatement(content, (*possession, _by_root(root_key, message)))


def extend(history: KeyHistory, root: x509.Certificate, statements: Iterable[KeyStatement]) -> KeyHistory:
    """Return `history` with `statements` verified and added; those that it already has are passed over.

    Raises
    ------
    InvalidKeyHistory
        When one is forged, out of order, leaves a gap, contradicts the one held, or goes back in time. Nothing of
        the series is taken then.
    """
    for statement in statements:
        if statement.content.member != history.member:
            raise InvalidKeyHistory(f"a key statement of another member stands in the key history of {history.member}.")
        at = statement.content.sequence
        if 0 <= at < len(history.statements):
            if history.statements[at].content != statement.content:
                raise InvalidKeyHistory(
                    f"{history.member} made two different statements at place {at} of its key history; "
                    "ask it by another way which one is true."
                )
            continue
        history = _add(history, root, statement)
    return history


def _next(
    history: KeyHistory, *, act: Act, public_key: bytes, key: KeyId, now_ms: int, reason: str
) -> KeyAct:
    # A clock that was set back must not make a history impossible to continue.
    at_ms = max(now_ms, history.statements[-1].content.at_ms)
    return KeyAct(member=history.member, sequence=len(history.statements), previous=history.head, act=act,
                  public_key=public_key, key=key, at_ms=at_ms, reason=reason)


def _by_root(root_key: ec.EllipticCurvePrivateKey, message: bytes) -> KeySignature:
    return KeySignature("root", root_key.sign(message, ec.ECDSA(hashes.SHA256())))


def _add(history: KeyHistory, root: x509.Certificate, statement: KeyStatement) -> KeyHistory:
    c = statement.content
    place = f"statement {c.sequence} of the key history of {history.member}"
    _check_place(history, statement, place)
    _check_signatures(history, root, statement, place)
    keys = history.keys
    if c.act == "rotate":
        keys = tuple(_replaced(k, c.at_ms) if k.key == c.key else k for k in keys)
    elif c.act == "compromise":
        keys = tuple(_lost(k, c.at_ms) if k.key == c.key else k for k in keys)
    if c.public_key:
        keys = (*keys, KeyPeriod(key_id_of(c.public_key), c.public_key, c.at_ms))
    return KeyHistory(history.member, (*history.statements, statement), statement_hash(statement), keys)


def _replaced(period: KeyPeriod, at_ms: int) -> KeyPeriod:
    return msgspec.structs.replace(period, until_ms=at_ms + OVERLAP_MS)


def _lost(period: KeyPeriod, at_ms: int) -> KeyPeriod:
    until = at_ms if period.until_ms is None else min(at_ms, period.until_ms)
    return msgspec.structs.replace(period, until_ms=until, compromised_ms=at_ms)


def _check_place(history: KeyHistory, statement: KeyStatement, place: str) -> None:
    c = statement.content
    if c.sequence != len(history.statements):
        raise InvalidKeyHistory(f"{place} came where {len(history.statements)} was next; ask for the ones between.")
    if c.sequence >= MAX_STATEMENTS:
        raise InvalidKeyHistory(f"{place} is over the limit of {MAX_STATEMENTS} statements.")
    if len(encode(statement)) > MAX_STATEMENT_BYTES:
        # What is kept is read with this limit, so a larger one would be the last thing that a node ever took.
        raise InvalidKeyHistory(f"{place} has more than {MAX_STATEMENT_BYTES} bytes; it was refused.")
    if c.previous != history.head:
        raise InvalidKeyHistory(f"{place} does not continue the one before it; it was refused.")
    if (c.act == "begin") != (c.sequence == 0):
        raise InvalidKeyHistory(f"{place} begins a history in the wrong place; it was refused.")
    if history.statements and c.at_ms < history.statements[-1].content.at_ms:
        raise InvalidKeyHistory(f"{place} goes back in time; it was refused.")
    if len(c.reason) > 200 or not (c.reason.isprintable() or c.reason == ""):
        raise InvalidKeyHistory(f"{place} has a reason that is too long or not printable; it was refused.")
    if c.public_key and (not usable_public_key(c.public_key) or history.find(key_id_of(c.public_key))):
        raise InvalidKeyHistory(f"{place} names a key that is unusable or was used before; it was refused.")
    present = history.present if history.keys else None
    named = history.find(c.key)
    right = {
        "begin": c.key == "" and bool(c.public_key),
        "rotate": named is not None and named is present and bool(c.public_key),
        "compromise": named is not None and named.compromised_ms is None and bool(c.public_key) == (named is present),
    }
    if not right[c.act]:
        raise InvalidKeyHistory(f"{place} does not fit the keys before it; it was refused.")


def _check_signatures(history: KeyHistory, root: x509.Certificate, statement: KeyStatement, place: str) -> None:
    c = statement.content
    needed = _NEEDED[c.act]
    if c.act == "compromise" and c.public_key:
        needed = ("new-key", "root")
    if tuple(s.by for s in statement.signatures) != needed:
        raise InvalidKeyHistory(f"{place} does not have the signatures that it needs; it was refused.")
    message = signed_bytes(c)
    old = history.find(c.key)
    for s in statement.signatures:
        try:
            if bool(s.certificate) != (s.by == "issuer"):
                raise InvalidSignature("a certificate stands where none belongs, or is missing.")
            if s.by == "new-key":
                verify_signature(c.public_key, message, s.signature)
            elif s.by == "old-key":
                verify_signature(old.public_key if old else b"", message, s.signature)
            elif s.by == "root":
                verify_ecdsa(root, message, s.signature)
            else:
                issuer = read_certificate_der(s.certificate, "issuer certificate")
                check_issuer(issuer, root, c.member, c.at_ms)
                verify_ecdsa(issuer, message, s.signature)
        except (InvalidSignature, InvalidCertificate) as error:
            raise InvalidKeyHistory(f"{place} is not rightly signed by its {s.by}: {error.message}") from None


def verify_ecdsa(certificate: x509.Certificate, message: bytes, signature: bytes) -> None:
    """Check an ECDSA signature (SHA-256, DER) by the key of `certificate`, or raise :class:`InvalidSignature`."""
    key = public_key_of(certificate)
    if key is None:
        raise InvalidSignature("the certificate is not for a P-256 key.")
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except BadEcdsaSignature:
        raise InvalidSignature("the signature does not fit the content and the certificate; it was refused.") from None
