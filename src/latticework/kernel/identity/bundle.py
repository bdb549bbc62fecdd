"""Trust bundles: what one member hands another so that both can meet, and the fingerprint that they read aloud.

A bundle is a text file (so that it passes through mail and a border guard's eyes)::

    -----BEGIN LATTICEWORK TRUST BUNDLE-----
    base64 of a canonical msgpack SignedBundle
    -----END LATTICEWORK TRUST BUNDLE-----

It is signed by the issuer, whose certificate chains to the root, so that a new partner can be invited while the root
is offline. What the issuer cannot do is invent a record key: the first statement of the key history is signed by the
root itself, and the fingerprint that the two sides compare by another way is that of the root. A bundle is good while
its issuer's certificate is (at most 90 days). The file does not contain the fingerprint in readable form, so that
nobody compares a file with itself.

Source: the armor follows RFC 7468 section 2 (lax in white space at the ends of lines); the decision and its reasons
stand in ``docs/decisions/0003-identity.md``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import (
    DecodeError,
    InvalidBundle,
    InvalidCertificate,
    InvalidId,
    InvalidKeyHistory,
    InvalidSignature,
)
from latticework.kernel.identity.certificates import certificate_der, domain_of
from latticework.kernel.identity.chains import check_issuer, check_root, read_certificate_der, root_fingerprint
from latticework.kernel.identity.history import KeyHistory, KeyStatement, extend, verify_ecdsa
from latticework.kernel.ids import MemberId, parse_member

MAX_BUNDLE_BYTES: Final = 1024 * 1024
FORMAT: Final = 1
_BEGIN: Final = b"-----BEGIN LATTICEWORK TRUST BUNDLE-----"
_END: Final = b"-----END LATTICEWORK TRUST BUNDLE-----"
_DOMAIN: Final = b"latticework.trust-bundle/1\x00"
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))+")
_ENDPOINT: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a trust bundle says.

    Parameters
    ----------
    format
        1.
    member, title
        Who it is about, and its name for people.
    root
        Root certificate, DER: the only anchor for this member.
    name
        DNS name in its node certificates.
    log_origin
        Origin line of its ledger's checkpoints (``latticework/JPN/ledger``).
    history
        Its key history from the beginning.
    made_ms
        When the bundle was made, ms since 1970, UTC.
    for_member
        The only member that may use it, since the endpoint is that partner's own; None: any.
    endpoint
        ``host:port`` where that partner reaches it; None: it dials itself.
    """

    format: int
    member: MemberId
    title: str
    root: bytes
    name: str
    log_origin: str
    history: tuple[KeyStatement, ...]
    made_ms: int
    for_member: MemberId | None = None
    endpoint: str | None = None


class SignedBundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle's exact bytes, the issuer that signed them (DER), and its signature (ECDSA with SHA-256, DER)."""

    content: bytes
    issuer: bytes
    signature: bytes


def log_origin_of(member: MemberId) -> str:
    """Return the origin line of a member's ledger."""
    return f"latticework/{member}/ledger"


def check_endpoint(endpoint: str) -> str:
    """Return `endpoint` when it is ``host:port``, or raise :class:`InvalidBundle`."""
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None or not 0 < int(found[1]) < 65536:
        raise InvalidBundle(f"{endpoint[:80]!r} is not an endpoint; use host:port, for example node.example:8700.")
    return endpoint


def sign_bundle(bundle: Bundle, issuer: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return `bundle` as a signed text file."""
    content = encode(bundle)
    signature = issuer_key.sign(_DOMAIN + content, ec.ECDSA(hashes.SHA256()))
    text = base64.b64encode(encode(SignedBundle(content, certificate_der(issuer), signature)))
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return b"\n".join([_BEGIN, *lines, _END]) + b"\n"


def read_bundle(data: bytes, now_ms: int) -> Bundle:
    """Read a trust bundle and verify everything in it against its own root.

    That proves that the bundle is whole, not whose it is: compare :func:`fingerprint` by another way.

    Parameters
    ----------
    data
        The file, at most 1 MiB.
    now_ms
        Time of reading; the issuer that signed it must be valid then.

    Raises
    ------
    InvalidBundle
        When it is malformed, not signed under its own root, out of date, or contradicts itself.
    """
    signed = _open_armor(data)
    try:
        bundle = decode(signed.content, Bundle, limit=MAX_BUNDLE_BYTES, what="trust bundle")
        parse_member(bundle.member)
        root = read_certificate_der(bundle.root, "root certificate")
        check_root(root, now_ms)
        issuer = read_certificate_der(signed.issuer, "issuer certificate")
        check_issuer(issuer, root, bundle.member, now_ms)
        verify_ecdsa(issuer, _DOMAIN + signed.content, signed.signature)
        history = extend(KeyHistory(bundle.member), root, bundle.history)
    except (DecodeError, InvalidId, InvalidCertificate, InvalidSignature, InvalidKeyHistory) as error:
        raise InvalidBundle(f"the trust bundle cannot be used: {error.message}") from None
    _check_sense(bundle, history)
    return bundle


def fingerprint(bundle: Bundle) -> str:
    """Return the SHA-256 of the root certificate in 16 groups of 4 digits, to be compared by another way."""
    return root_fingerprint(read_certificate_der(bundle.root, "root certificate"))


def same_fingerprint(a: str, b: str) -> bool:
    """Compare two fingerprints as people type them: case, spaces, colons and hyphens do not matter."""
    first, second = (re.sub(r"[\s:-]", "", text).lower() for text in (a, b))
    return re.fullmatch(r"[0-9a-f]{64}", first) is not None and first == second


def _open_armor(data: bytes) -> SignedBundle:
    if len(data) > MAX_BUNDLE_BYTES:
        raise InvalidBundle(f"the trust bundle has {len(data)} bytes; the limit is {MAX_BUNDLE_BYTES}.")
    lines = [line.strip() for line in data.strip().splitlines()]
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise InvalidBundle("this is not a trust bundle; export one with 'latticework trust export'.")
    try:
        raw = base64.b64decode(b"".join(lines[1:-1]), validate=True)
        return decode(raw, SignedBundle, limit=MAX_BUNDLE_BYTES, what="trust bundle")
    except binascii.Error:
        raise InvalidBundle("the trust bundle is damaged; ask for it again.") from None
    except DecodeError as error:
        raise InvalidBundle(f"the trust bundle is damaged: {error.message}") from None


def _check_sense(bundle: Bundle, history: KeyHistory) -> None:
    if bundle.format != FORMAT:
        raise InvalidBundle(f"the trust bundle has format {bundle.format}; this version reads format {FORMAT}.")
    if not history.keys:
        raise InvalidBundle("the trust bundle has no key history; ask for a new one.")
    if not 1 <= len(bundle.title) <= 80 or not bundle.title.isprintable():
        raise InvalidBundle("the trust bundle's member has no printable name of 1 to 80 characters.")
    # Plain, because it is compared by the TLS library and stands in the transport's access rules.
    plain = len(bundle.name) <= 253 and _NAME.fullmatch(bundle.name) is not None
    if not plain or not bundle.name.endswith("." + domain_of(bundle.member)):
        raise InvalidBundle(f"the trust bundle names a node outside the names of {bundle.member}; it was refused.")
    if bundle.log_origin != log_origin_of(bundle.member):
        raise InvalidBundle(f"the trust bundle names a ledger that is not that of {bundle.member}; it was refused.")
    if bundle.for_member == bundle.member:
        raise InvalidBundle("the trust bundle is addressed to its own member; it was refused.")
    if bundle.for_member is not None:
        try:
            parse_member(bundle.for_member)
        except InvalidId as error:
            raise InvalidBundle(f"the trust bundle cannot be used: {error.message}") from None
    if bundle.endpoint is not None:
        check_endpoint(bundle.endpoint)
