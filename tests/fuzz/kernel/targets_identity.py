"""Fuzz targets: every decoder of identity. Each returns for any bytes, or raises one of our own errors."""

from __future__ import annotations

import base64
import contextlib
import tempfile
from pathlib import Path

from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from latticework.kernel.codec import encode
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.identity import (
    KeyHistory,
    OfficerStore,
    Passwords,
    RecordKey,
    check_certificate,
    decode_statement,
    init_member,
    read_bundle,
)
from latticework.kernel.identity import history as chain
from latticework.kernel.identity.bundle import SignedBundle
from latticework.kernel.identity.certificates import certificate_der
from latticework.kernel.identity.chains import read_certificate_der
from latticework.kernel.identity.home import IdentityFolder
from latticework.kernel.identity.keys import verify_signature
from latticework.kernel.store import MemoryStore
from latticework.testing.clock import START_MS, SeededClock, SeededEntropy

NOW = START_MS
HOME = Path(tempfile.mkdtemp(prefix="latticework-fuzz-"))
JPN = init_member("JPN", HOME / "JPN", SeededClock(NOW), SeededEntropy("JPN"))
SCRATCH = IdentityFolder(HOME / "scratch")
SCRATCH.path.mkdir()
SEED = bytes(range(32))
KEY = RecordKey(SEED)
OFFICERS: list[OfficerStore] = []


def statement(data: bytes) -> None:
    """Take bytes as a key statement, and try to continue a history with it."""
    with contextlib.suppress(LatticeworkError):
        found = decode_statement(data)
        assert encode(found) == data
        after = chain.extend(JPN.history, JPN.root, [found])
        assert after == JPN.history, "a statement was taken that nobody signed"
    with contextlib.suppress(LatticeworkError):
        found = decode_statement(data)
        begun = chain.extend(KeyHistory(JPN.member), JPN.root, [found])
        assert begun.head == JPN.history.head, "a beginning was taken that the root did not sign"


def bundle(data: bytes) -> None:
    """Take bytes as a bundle file."""
    with contextlib.suppress(LatticeworkError):
        found = read_bundle(data, NOW)
        assert found.history[0].content.at_ms == NOW


def bundle_inside(data: bytes) -> None:
    """Take bytes as the content of a bundle that the issuer really signed."""
    signature = JPN._issuer.key.sign(b"latticework.trust-bundle/1\x00" + data, ec.ECDSA(hashes.SHA256()))
    text = base64.b64encode(encode(SignedBundle(data, certificate_der(JPN._issuer.certificate), signature)))
    armored = b"-----BEGIN LATTICEWORK TRUST BUNDLE-----\n" + text + b"\n-----END LATTICEWORK TRUST BUNDLE-----\n"
    with contextlib.suppress(LatticeworkError):
        read_bundle(armored, NOW)


def certificates(data: bytes) -> None:
    """Take bytes as a chain, as a root, and as a DER certificate."""
    chain_pem, _ = JPN.tls()
    for a, b in ((data, JPN.root_pem), (chain_pem, data)):
        with contextlib.suppress(LatticeworkError):
            found = check_certificate(a, b, JPN.name, NOW)
            assert found.name == JPN.name
    with contextlib.suppress(LatticeworkError):
        read_certificate_der(data, "certificate")


def key_file(data: bytes) -> None:
    """Take bytes as a record key file."""
    with contextlib.suppress(LatticeworkError):
        assert len(RecordKey.from_pem(data).public_key) == 32


def home_files(data: bytes) -> None:
    """Take bytes as each file of a home in turn."""
    readers = {
        "member.json": SCRATCH.read_member, "root.crt": SCRATCH.read_root, "history.bin": SCRATCH.read_history,
        "issuer.pem": lambda: SCRATCH.read_credential("issuer.pem"),
        "node.pem": lambda: SCRATCH.read_credential("node.pem"),
    }
    for name, read in readers.items():
        path = SCRATCH.path / name
        path.write_bytes(data)
        path.chmod(0o600)
        with contextlib.suppress(LatticeworkError):
            read()


def signature(data: bytes) -> None:
    """Take bytes as key and signature, and as a signature under a real key."""
    for key, tail in ((data[:32], data[32:96]), (KEY.public_key, data[:64])):
        with contextlib.suppress(LatticeworkError):
            verify_signature(key, b"nobody signed this", tail)
            raise AssertionError("a signature was taken that nobody made")


def sign_in(data: bytes) -> None:
    """Take bytes as what somebody types, and as tokens."""
    if not OFFICERS:
        entropy = SeededEntropy("officers")
        OFFICERS.append(OfficerStore(MemoryStore(), entropy, Passwords(entropy, PasswordHasher(1, 8, 1))))
    text = data.decode("utf-8", errors="surrogateescape")
    name, _, password = text.partition("\n")
    for attempt in (lambda: OFFICERS[0].sign_in(name, password, NOW), lambda: OFFICERS[0].officer_for_token(text, NOW),
                    lambda: OFFICERS[0].officer_for_session(text, NOW)):
        with contextlib.suppress(LatticeworkError):
            attempt()
            raise AssertionError("somebody got in")
