"""Certificates as a partner sees them; OpenSSL (Python's ssl) is the second opinion on every verdict."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.unit.kernel.identity.members import DAY, NOW

from latticework.kernel.errors import InvalidCertificate
from latticework.kernel.identity import check_certificate, domain_of, node_name_of, root_fingerprint
from latticework.kernel.identity.certificates import (
    certificate_der,
    certificate_pem,
    expiry_ms,
    make_issuer,
    make_node,
    make_root,
    new_private_key,
    private_key_pem,
)
from latticework.kernel.identity.chains import check_issuer, check_root, read_certificate_der
from latticework.testing.clock import SeededEntropy

JPN, USA = "JPN", "USA"


def at(ms):
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


class Authority:
    """A member's root and issuer, and node certificates made by hand with any fault a test wants."""

    def __init__(self, member, *, constraint=...):
        e = self.entropy = SeededEntropy(member)
        self.member = member
        self.root_key, self.issuer_key = new_private_key(e), new_private_key(e)
        self.root = make_root(member, self.root_key, NOW, e)
        self.issuer = make_issuer(member, self.issuer_key.public_key(), self.root, self.root_key, NOW, e)
        if constraint is not ...:
            self.issuer = self._issuer(constraint)

    def _issuer(self, constraint):
        b = (x509.CertificateBuilder().subject_name(self.issuer.subject).issuer_name(self.root.subject)
             .public_key(self.issuer_key.public_key()).serial_number(77).not_valid_before(at(NOW - DAY))
             .not_valid_after(at(NOW + 90 * DAY))
             .add_extension(x509.BasicConstraints(True, 0), True)
             .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), True)
             .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), False)
             .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.issuer_key.public_key()), False))
        if constraint is not None:
            b = b.add_extension(constraint, True)
        return b.sign(self.root_key, hashes.SHA256())

    def node(self):
        key = new_private_key(self.entropy)
        leaf = make_node(self.member, key.public_key(), self.issuer, self.issuer_key, NOW, self.entropy)
        return certificate_pem(leaf, self.issuer), private_key_pem(key)

    def odd_node(self, *, names=None, cn=None, eku=(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
                 begin=NOW - DAY // 24, end=NOW + DAY, addresses=(), key=None):
        key = key or new_private_key(self.entropy)
        name = node_name_of(self.member)
        names = [name] if names is None else names
        b = (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn or name)]))
             .issuer_name(self.issuer.subject).public_key(key.public_key()).serial_number(78)
             .not_valid_before(at(begin)).not_valid_after(at(end))
             .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuer_key.public_key()), False))
        general = [x509.DNSName(n) for n in names] + [x509.IPAddress(ipaddress.ip_address(a)) for a in addresses]
        if general:
            b = b.add_extension(x509.SubjectAlternativeName(general), False)
        if eku:
            b = b.add_extension(x509.ExtendedKeyUsage(list(eku)), False)
        return certificate_pem(b.sign(self.issuer_key, hashes.SHA256()), self.issuer), private_key_pem(key)

    @property
    def root_pem(self):
        return certificate_pem(self.root)


@pytest.fixture
def jpn():
    return Authority(JPN)


@pytest.fixture
def usa():
    return Authority(USA)


def context(side, own, own_root_of_other, tmp_path, purpose_name):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if side == "server" else ssl.PROTOCOL_TLS_CLIENT)
    path = tmp_path / f"{purpose_name}.pem"
    path.write_bytes(own[0] + own[1])
    c.load_cert_chain(path)
    c.load_verify_locations(cadata=own_root_of_other.decode())
    c.verify_mode = ssl.CERT_REQUIRED
    # The tests' clock is a fixed one, so OpenSSL is told to leave the time out; everything else it judges itself.
    c.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return c


def handshake(client_own, client_trusts, server_own, server_trusts, name, tmp_path):
    """Mutual TLS in memory; return what OpenSSL says on failure, or None."""
    a, b, c, d = (ssl.MemoryBIO() for _ in range(4))
    client = context("client", client_own, client_trusts, tmp_path, "c").wrap_bio(a, b, server_hostname=name)
    server = context("server", server_own, server_trusts, tmp_path, "s").wrap_bio(c, d, server_side=True)
    done = set()
    for _ in range(20):
        for side, end in (("client", client), ("server", server)):
            try:
                end.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                return str(error)
        c.write(b.read())
        a.write(d.read())
    return None if done == {"client", "server"} else "not finished"


def test_a_members_chain_is_taken_by_us_and_by_openssl(jpn, usa, tmp_path):
    name = node_name_of(USA)
    assert name == "node.usa.latticework.internal"
    found = check_certificate(usa.node()[0], usa.root_pem, name, NOW)
    assert found.name == name
    assert found.expires_ms == NOW + DAY
    assert handshake(jpn.node(), usa.root_pem, usa.node(), jpn.root_pem, name, tmp_path) is None


def test_a_foreign_root_is_refused(jpn, usa, tmp_path):
    with pytest.raises(InvalidCertificate, match="not issued under the root") as refused:
        check_certificate(jpn.node()[0], usa.root_pem, node_name_of(JPN), NOW)
    assert refused.value.code == "LW-1201"
    verdict = handshake(usa.node(), usa.root_pem, jpn.node(), usa.root_pem, node_name_of(JPN), tmp_path)
    assert "CERTIFICATE_VERIFY_FAILED" in verdict


def test_another_roots_certificate_of_the_same_name_is_refused(jpn):
    false_root_key = new_private_key(SeededEntropy("liar"))
    false_root = make_root(JPN, false_root_key, NOW, SeededEntropy("liar2"))
    issuer = make_issuer(JPN, jpn.issuer_key.public_key(), false_root, false_root_key, NOW, SeededEntropy("liar3"))
    key = new_private_key(SeededEntropy("liar4"))
    leaf = make_node(JPN, key.public_key(), issuer, jpn.issuer_key, NOW, SeededEntropy("liar5"))
    with pytest.raises(InvalidCertificate, match="issuer certificate was not issued under the root"):
        check_certificate(certificate_pem(leaf, issuer), jpn.root_pem, node_name_of(JPN), NOW)


def test_another_members_name_is_refused(jpn, usa, tmp_path):
    with pytest.raises(InvalidCertificate, match=r"is for 'node\.jpn.*, not for 'node\.usa"):
        check_certificate(jpn.node()[0], jpn.root_pem, node_name_of(USA), NOW)
    verdict = handshake(usa.node(), jpn.root_pem, jpn.node(), usa.root_pem, node_name_of(USA), tmp_path)
    assert "Hostname mismatch" in verdict


def test_an_issuer_cannot_speak_for_another_member(jpn, usa, tmp_path):
    forged = jpn.odd_node(names=[node_name_of(USA)], cn=node_name_of(USA))
    with pytest.raises(InvalidCertificate, match="name constraint"):
        check_certificate(forged[0], jpn.root_pem, node_name_of(USA), NOW)
    verdict = handshake(usa.node(), jpn.root_pem, forged, usa.root_pem, node_name_of(USA), tmp_path)
    assert "permitted subtree violation" in verdict


def test_an_issuer_cannot_speak_for_an_address(jpn, usa, tmp_path):
    forged = jpn.odd_node(addresses=["127.0.0.1"])
    with pytest.raises(InvalidCertificate, match="IPAddress"):
        check_certificate(forged[0], jpn.root_pem, node_name_of(JPN), NOW)
    verdict = handshake(usa.node(), jpn.root_pem, forged, usa.root_pem, node_name_of(JPN), tmp_path)
    assert "excluded subtree violation" in verdict


def test_a_second_name_is_refused(jpn):
    forged = jpn.odd_node(names=[node_name_of(JPN), "www.jpn.latticework.internal"])
    with pytest.raises(InvalidCertificate, match="www"):
        check_certificate(forged[0], jpn.root_pem, node_name_of(JPN), NOW)


def test_a_common_name_that_says_something_else_is_refused(jpn):
    forged = jpn.odd_node(cn=node_name_of(USA))
    with pytest.raises(InvalidCertificate, match="by its common name"):
        check_certificate(forged[0], jpn.root_pem, node_name_of(JPN), NOW)


def test_no_name_at_all_is_refused(jpn):
    with pytest.raises(InvalidCertificate, match="no DNS name"):
        check_certificate(jpn.odd_node(names=[])[0], jpn.root_pem, node_name_of(JPN), NOW)


@pytest.mark.parametrize("constraint", [
    None,
    x509.NameConstraints([x509.DNSName("latticework.internal")], None),
    x509.NameConstraints([x509.DNSName(domain_of(JPN)), x509.DNSName(domain_of(USA))], None),
    x509.NameConstraints(None, [x509.DNSName("com")]),
])
def test_an_issuer_that_is_not_held_to_the_members_names_is_refused(constraint):
    loose = Authority(JPN, constraint=constraint)
    with pytest.raises(InvalidCertificate, match="not held to"):
        check_certificate(loose.node()[0], loose.root_pem, node_name_of(JPN), NOW)
    with pytest.raises(InvalidCertificate, match="not held to"):
        check_issuer(loose.issuer, loose.root, JPN, NOW)


def test_time_is_told_apart(jpn):
    chain = jpn.node()[0]
    name = node_name_of(JPN)
    with pytest.raises(InvalidCertificate, match="node certificate expired at"):
        check_certificate(chain, jpn.root_pem, name, NOW + DAY + 1000)
    with pytest.raises(InvalidCertificate, match=r"valid only from .* compare the two clocks"):
        check_certificate(chain, jpn.root_pem, name, NOW - DAY)
    late = jpn.odd_node(begin=NOW, end=NOW + 200 * DAY)[0]
    with pytest.raises(InvalidCertificate, match="issuer certificate expired"):
        check_certificate(late, jpn.root_pem, name, NOW + 100 * DAY)
    with pytest.raises(InvalidCertificate, match="root certificate expired"):
        check_certificate(chain, jpn.root_pem, name, NOW + 30 * 365 * DAY)


@pytest.mark.parametrize("eku", [
    (ExtendedKeyUsageOID.SERVER_AUTH,), (ExtendedKeyUsageOID.CLIENT_AUTH,), (ExtendedKeyUsageOID.CODE_SIGNING,),
])
def test_both_sides_of_tls_must_be_allowed(jpn, eku):
    with pytest.raises(InvalidCertificate, match="breaks the rules"):
        check_certificate(jpn.odd_node(eku=eku)[0], jpn.root_pem, node_name_of(JPN), NOW)


def test_a_node_certificate_cannot_issue(jpn):
    # A thief of a node key makes a certificate below it.
    chain, key_pem = jpn.node()
    node = x509.load_pem_x509_certificates(chain)[0]
    key = new_private_key(SeededEntropy("thief"))
    below = (x509.CertificateBuilder().subject_name(node.subject).issuer_name(node.subject)
             .public_key(key.public_key()).serial_number(5).not_valid_before(at(NOW - 1000))
             .not_valid_after(at(NOW + DAY))
             .add_extension(x509.SubjectAlternativeName([x509.DNSName(node_name_of(JPN))]), False)
             .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                            False))
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    leaf = below.sign(load_pem_private_key(key_pem, None), hashes.SHA256())
    with pytest.raises(InvalidCertificate):
        check_certificate(certificate_pem(leaf) + chain, jpn.root_pem, node_name_of(JPN), NOW)


def test_a_leaf_straight_under_the_root_is_refused(jpn):
    key = new_private_key(SeededEntropy("direct"))
    leaf = make_node(JPN, key.public_key(), jpn.root, jpn.root_key, NOW, SeededEntropy("direct2"))
    with pytest.raises(InvalidCertificate, match="not held to"):
        check_certificate(certificate_pem(leaf), jpn.root_pem, node_name_of(JPN), NOW)


@pytest.mark.parametrize("damage", [
    b"", b"x", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", b"\xff" * 70000,
])
def test_unreadable_certificates_are_refused_in_one_sentence(jpn, damage):
    for chain, root in ((damage, jpn.root_pem), (jpn.node()[0], damage)):
        with pytest.raises(InvalidCertificate) as refused:
            check_certificate(chain, root, node_name_of(JPN), NOW)
        assert len(str(refused.value)) < 200


def test_too_long_a_chain_is_refused(jpn):
    with pytest.raises(InvalidCertificate, match="at most 4"):
        check_certificate(jpn.node()[0] * 3, jpn.root_pem, node_name_of(JPN), NOW)


def test_der_must_be_exact(jpn):
    der = certificate_der(jpn.root)
    assert read_certificate_der(der, "root") == jpn.root
    with pytest.raises(InvalidCertificate):
        read_certificate_der(der + b"\0", "root")


def test_a_root_must_be_a_p256_authority_that_signed_itself(jpn, usa):
    check_root(jpn.root, NOW)
    with pytest.raises(InvalidCertificate):
        check_root(jpn.issuer, NOW)
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rsa")])
    rsa_root = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(1).not_valid_before(at(NOW - 1000)).not_valid_after(at(NOW + DAY))
                .add_extension(x509.BasicConstraints(True, None), True)
                .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), True)
                .sign(key, hashes.SHA256()))
    with pytest.raises(InvalidCertificate, match="P-256"):
        check_root(rsa_root, NOW)


def test_the_fingerprint_is_what_other_tools_print(jpn):
    import hashlib
    digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert(jpn.root_pem.decode())).hexdigest()
    assert root_fingerprint(jpn.root).replace("-", "") == digits
    assert len(root_fingerprint(jpn.root).split("-")) == 16


def test_lifetimes(jpn):
    node, issuer = x509.load_pem_x509_certificates(jpn.node()[0])
    assert expiry_ms(issuer) == NOW + 90 * DAY
    assert expiry_ms(node) == NOW + DAY
    late = make_node(JPN, ec.generate_private_key(ec.SECP256R1()).public_key(), jpn.issuer, jpn.issuer_key,
                     NOW + 90 * DAY - 3_600_000, jpn.entropy)
    assert expiry_ms(late) == expiry_ms(jpn.issuer)
    assert node.serial_number != issuer.serial_number
