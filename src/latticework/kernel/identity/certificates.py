"""X.509 certificates of a member: a root, an issuer held to the member's names, and short-lived node certificates.

=============  ==========  ===================================================================================
certificate    lifetime    what it may
=============  ==========  ===================================================================================
root           20 years    sign issuers and, by its key, compromises; path length 1; can stay offline
issuer         90 days     sign node certificates; name constraints: only ``jpn.latticework.internal`` and below
node           24 hours    TLS server and client as ``node.jpn.latticework.internal`` (alternative name and CN)
=============  ==========  ===================================================================================

Names end in ``.internal``, which is reserved for private use, so no public authority can issue for them. Keys are on
P-256, the curve that every TLS library has.

Source: RFC 5280 sections 4.2.1.9 (basic constraints), 4.2.1.10 (name constraints), 4.2.1.12 (extended key usage) and
6.1 (path validation); RFC 9618 updates; ICANN Board resolution of 29 July 2024 on ``.internal``; FIPS 186-5 A.2.1
(private key by extra random bits).
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from latticework.kernel.clock import Entropy
from latticework.kernel.errors import InvalidFile
from latticework.kernel.ids import MemberId

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

ROOT_LIFETIME_MS: Final = 20 * 365 * DAY_MS
ISSUER_LIFETIME_MS: Final = 90 * DAY_MS
NODE_LIFETIME_MS: Final = DAY_MS
BACKDATE_MS: Final = 5 * MINUTE_MS
"""Certificates begin this long before they are made, so that a partner whose clock is behind takes them."""

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_NO_ADDRESS: Final = (
    x509.IPAddress(ipaddress.IPv4Network("0.0.0.0/0")),
    x509.IPAddress(ipaddress.IPv6Network("::/0")),
)


def domain_of(member: MemberId) -> str:
    """Return the domain of a member's nodes (``jpn.latticework.internal``)."""
    return f"{member.lower()}.latticework.internal"


def node_name_of(member: MemberId) -> str:
    """Return the DNS name in a member's node certificates (``node.jpn.latticework.internal``)."""
    return f"node.{domain_of(member)}"


def new_private_key(entropy: Entropy) -> ec.EllipticCurvePrivateKey:
    """Return a P-256 key drawn from `entropy` (FIPS 186-5 A.2.1: 64 extra bits, reduced modulo the order)."""
    secret = int.from_bytes(entropy.token(40), "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(secret, ec.SECP256R1())


def private_key_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> bytes:
    """Return `key` as PKCS #8 PEM, encrypted when there is a passphrase."""
    how = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


def read_private_key(pem: bytes, what: str, passphrase: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    """Read a P-256 private key from PEM, or raise :class:`InvalidFile` naming `what`."""
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except TypeError:
        word = "does not need a passphrase" if passphrase else "is locked with a passphrase"
        raise InvalidFile(f"the {what} {word}; try again accordingly.") from None
    except (ValueError, UnsupportedAlgorithm):
        why = "the passphrase is wrong or the file is damaged" if passphrase else "the file is damaged"
        raise InvalidFile(f"the {what} cannot be read: {why}; restore it from a backup.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidFile(f"the {what} is not a P-256 key; restore the right file.")
    return key


def certificate_pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates as PEM, one after the other."""
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def certificate_der(certificate: x509.Certificate) -> bytes:
    """Return the exact bytes of `certificate`."""
    return certificate.public_bytes(serialization.Encoding.DER)


def public_key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey | None:
    """Return the certificate's P-256 key; None when it is of another sort or no point of the curve."""
    try:
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        return None
    return public


def same_key(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bool:
    """Say whether `certificate` is for `key`."""
    return public_key_of(certificate) == key.public_key()


def expiry_ms(certificate: x509.Certificate) -> int:
    """Return the end of validity, ms since 1970, UTC."""
    return int(certificate.not_valid_after_utc.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates, encipher_only=False,
        decipher_only=False,
    )


def _begin(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, begin_ms: int, end_ms: int,
    entropy: Entropy,
) -> x509.CertificateBuilder:
    # RFC 5280 section 4.1.2.2: positive and at most 20 octets, so the top bit stays clear.
    serial = int.from_bytes(entropy.token(20), "big") >> 1 | 1
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
        .serial_number(serial).not_valid_before(_moment(begin_ms)).not_valid_after(_moment(end_ms))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def make_root(
    member: MemberId, key: ec.EllipticCurvePrivateKey, now_ms: int, entropy: Entropy
) -> x509.Certificate:
    """Return a self-signed root certificate of `member`."""
    name = _subject(f"{member} latticework root")
    builder = _begin(name, name, key.public_key(), now_ms - BACKDATE_MS, now_ms + ROOT_LIFETIME_MS, entropy)
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_authority(key), critical=False)
        .sign(key, hashes.SHA256())
    )


def make_issuer(
    member: MemberId, key: ec.EllipticCurvePublicKey, root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey, now_ms: int, entropy: Entropy,
) -> x509.Certificate:
    """Return an issuer certificate that can only speak for the names of `member`, and for no address."""
    end = min(now_ms + ISSUER_LIFETIME_MS, expiry_ms(root))
    builder = _begin(_subject(f"{member} latticework issuer"), root.subject, key, now_ms - BACKDATE_MS, end, entropy)
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(domain_of(member))], excluded_subtrees=list(_NO_ADDRESS)
    )
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(_authority(root_key), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def make_node(
    member: MemberId, key: ec.EllipticCurvePublicKey, issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey, now_ms: int, entropy: Entropy,
) -> x509.Certificate:
    """Return a 24-hour node certificate; it never outlives its issuer."""
    end = min(now_ms + NODE_LIFETIME_MS, expiry_ms(issuer))
    name = node_name_of(member)
    builder = _begin(_subject(name), issuer.subject, key, now_ms - BACKDATE_MS, end, entropy)
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(_authority(issuer_key), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
