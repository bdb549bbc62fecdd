"""Checking a partner's certificates before they are used: one member's root, one name, one moment, one clear sentence.

A TLS library says "handshake failed"; people need to know whether a clock is wrong, a certificate has run out, or
somebody speaks in another's name. So the usual faults are looked for one by one, and then an independent path
validation has the last word.

Source: RFC 5280 section 6.1; RFC 9525 section 6 (names); the validation is that of ``cryptography.x509.verification``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature as BadCertificateSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from latticework.kernel.clock import iso_utc
from latticework.kernel.errors import InvalidCertificate
from latticework.kernel.identity.certificates import certificate_der, domain_of, expiry_ms, public_key_of
from latticework.kernel.ids import MemberId

MAX_PEM_BYTES: Final = 64 * 1024
MAX_CHAIN: Final = 4
_UNREADABLE: Final = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class CheckedChain(msgspec.Struct, frozen=True):
    """What a checked certificate chain says.

    Parameters
    ----------
    name
        The DNS name that was asked for and found.
    expires_ms
        When the first certificate of the chain runs out, ms since 1970, UTC.
    """

    name: str
    expires_ms: int


def read_certificates(pem: bytes, what: str) -> list[x509.Certificate]:
    """Read 1 to 4 PEM certificates, or raise :class:`InvalidCertificate` naming `what`."""
    if len(pem) > MAX_PEM_BYTES:
        raise InvalidCertificate(f"the {what} has {len(pem)} bytes; the limit is {MAX_PEM_BYTES}.")
    try:
        found = x509.load_pem_x509_certificates(pem)
        for certificate in found:
            _read_through(certificate)
    except _UNREADABLE:
        raise InvalidCertificate(f"the {what} is not a readable PEM certificate; ask for a new one.") from None
    if not 1 <= len(found) <= MAX_CHAIN:
        raise InvalidCertificate(f"the {what} has {len(found)} certificates; at most {MAX_CHAIN} are expected.")
    return found


def read_certificate_der(der: bytes, what: str) -> x509.Certificate:
    """Read one DER certificate, or raise :class:`InvalidCertificate` naming `what`."""
    if len(der) > MAX_PEM_BYTES:
        raise InvalidCertificate(f"the {what} has {len(der)} bytes; the limit is {MAX_PEM_BYTES}.")
    try:
        found = x509.load_der_x509_certificate(der)
        _read_through(found)
    except _UNREADABLE:
        raise InvalidCertificate(f"the {what} is not a readable certificate; ask for a new one.") from None
    if certificate_der(found) != der:
        raise InvalidCertificate(f"the {what} is not in exact DER form; ask for a new one.")
    return found


def _read_through(certificate: x509.Certificate) -> None:
    # The library reads most fields only when they are asked for; what cannot be read shall fail here and not later.
    _ = (certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key(),
         certificate.not_valid_before_utc, certificate.not_valid_after_utc, certificate.signature_hash_algorithm)


def root_fingerprint(root: x509.Certificate) -> str:
    """Return the SHA-256 of the certificate's DER bytes as 16 groups of 4 hexadecimal digits, to be read aloud."""
    digits = root.fingerprint(hashes.SHA256()).hex()
    return "-".join(digits[i : i + 4] for i in range(0, 64, 4))


def check_root(root: x509.Certificate, now_ms: int) -> None:
    """Insist that `root` is a valid self-signed P-256 authority, or raise :class:`InvalidCertificate`."""
    _check_period(root, "root certificate", now_ms)
    _check_issued(root, root, "root certificate")
    if not _is_authority(root) or public_key_of(root) is None:
        raise InvalidCertificate("the root certificate is not a P-256 certificate authority; ask for a new one.")


def check_issuer(issuer: x509.Certificate, root: x509.Certificate, member: MemberId, now_ms: int) -> None:
    """Insist that `issuer` was made by `root`, is valid, and is held to the names of `member`.

    Raises
    ------
    InvalidCertificate
        With one sentence saying which of these does not hold.
    """
    _check_period(issuer, "issuer certificate", now_ms)
    _check_issued(issuer, root, "issuer certificate")
    if not _is_authority(issuer) or public_key_of(issuer) is None:
        raise InvalidCertificate("the issuer certificate is not a P-256 certificate authority; ask for a new one.")
    if _permitted_names(issuer) != (domain_of(member),):
        raise InvalidCertificate(
            f"the issuer certificate is not held to the names of {member} by a name constraint; it was refused."
        )


def check_certificate(chain_pem: bytes, root_pem: bytes, expected_name: str, now_ms: int) -> CheckedChain:
    """Check a partner's certificate chain before it is used.

    Parameters
    ----------
    chain_pem
        Node certificate first, then its issuer; PEM, at most 4 certificates.
    root_pem
        That partner's root certificate, the only anchor.
    expected_name
        DNS name that the partner's bundle gave (``node.usa.latticework.internal``).
    now_ms
        Time of the check, ms since 1970, UTC.

    Returns
    -------
    CheckedChain
        The name and the earliest expiry.

    Raises
    ------
    InvalidCertificate
        With one sentence: unreadable, expired, not yet valid, of a foreign root, for another member's name, outside
        the issuer's name constraint, or not fit for both sides of TLS.
    """
    node, *rest = read_certificates(chain_pem, "certificate chain")
    (root,) = read_certificates(root_pem, "root certificate")[:1]
    domain = expected_name.partition(".")[2]
    above = rest[0] if rest else root
    _check_issued_by_chain([node, *rest], root)
    _check_period(root, "root certificate", now_ms)
    for issuer in rest:
        _check_period(issuer, "issuer certificate", now_ms)
    _check_period(node, "node certificate", now_ms)
    names = _dns_names(node)
    # The transport's access rules know the other side by its CN, so a CN that says something else is refused here.
    if names != (expected_name,) or _common_name(node) != expected_name:
        said = ", ".join(repr(n[:80]) for n in names[:3]) or "no DNS name"
        if names == (expected_name,):
            said = f"{_common_name(node)[:80]!r} by its common name"
        raise InvalidCertificate(f"the certificate is for {said}, not for {expected_name!r}; the link was refused.")
    if not rest or _permitted_names(above) != (domain,):
        raise InvalidCertificate(
            f"the certificate's issuer is not held to {domain!r} by a name constraint; the link was refused."
        )
    _validate_path(node, rest, root, expected_name, now_ms)
    return CheckedChain(expected_name, min(expiry_ms(c) for c in (node, *rest, root)))


def _check_issued_by_chain(chain: list[x509.Certificate], root: x509.Certificate) -> None:
    for lower, upper in zip(chain, [*chain[1:], root], strict=True):
        what = "node certificate" if lower is chain[0] else "issuer certificate"
        _check_issued(lower, upper, what)


def issued_by(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    """Say whether `upper` is named as the issuer of `lower` and its key signed it."""
    try:
        lower.verify_directly_issued_by(upper)
    except (BadCertificateSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _check_issued(lower: x509.Certificate, upper: x509.Certificate, what: str) -> None:
    if not issued_by(lower, upper):
        raise InvalidCertificate(f"the {what} was not issued under the root that this member gave; it was refused.")


def _check_period(certificate: x509.Certificate, what: str, now_ms: int) -> None:
    begin_ms = int(certificate.not_valid_before_utc.timestamp() * 1000)
    if now_ms < begin_ms:
        raise InvalidCertificate(f"the {what} is valid only from {iso_utc(begin_ms)} on; compare the two clocks.")
    if now_ms > expiry_ms(certificate):
        raise InvalidCertificate(f"the {what} expired at {iso_utc(expiry_ms(certificate))}; it must be renewed.")


def _validate_path(
    node: x509.Certificate, rest: list[x509.Certificate], root: x509.Certificate, name: str, now_ms: int
) -> None:
    builder = PolicyBuilder().store(Store([root])).time(datetime.fromtimestamp(now_ms // 1000, UTC))
    try:
        builder.build_server_verifier(x509.DNSName(name)).verify(node, rest)
        builder.build_client_verifier().verify(node, rest)
    except (VerificationError, ValueError):
        raise InvalidCertificate(
            f"the certificate chain for {name!r} breaks the rules for TLS certificates; ask the member for a new one."
        ) from None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return False
    return constraints.critical and constraints.value.ca and usage.value.key_cert_sign


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    # A name of another type (an address) counts too: a node certificate is for one DNS name and nothing else.
    return tuple(n.value if isinstance(n, x509.DNSName) else type(n).__name__ for n in names)


def _permitted_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return ()
    if not found.critical:
        return ()
    return tuple(n.value if isinstance(n, x509.DNSName) else "" for n in found.value.permitted_subtrees or ())


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if len(found) == 1 else ""
