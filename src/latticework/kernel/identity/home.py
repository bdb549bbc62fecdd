"""The identity files of a member's home: what stands in which file, read with care and written whole.

======================  =====  ===================================================================================
in ``HOME/identity/``   mode   what
======================  =====  ===================================================================================
``member.json``         0644   trigraph and name for people
``root.crt``            0644   root certificate
``root.key``            0600   root key; move it away and give its path when it is needed
``issuer.pem``          0600   issuer certificate and key
``node.pem``            0600   the node's present certificate and key; renewed by the node, never precious
``history.bin``         0644   key history, and which key of it signs now
``record-KEYID.key``    0600   record-signing keys: the present one, and the next while a rotation is under way
======================  =====  ===================================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import DecodeError, InvalidCertificate, InvalidFile, InvalidId
from latticework.kernel.identity.certificates import certificate_pem, private_key_pem, read_private_key, same_key
from latticework.kernel.identity.chains import read_certificates
from latticework.kernel.identity.files import PUBLIC, read_whole, write_whole
from latticework.kernel.identity.history import KeyStatement
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.ids import KeyId, MemberId, parse_key_id, parse_member

FOLDER: Final = "identity"
ROOT_KEY: Final = "root.key"


class MemberFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Content of ``member.json``."""

    format: int
    member: MemberId
    title: str


class HistoryFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Content of ``history.bin``: the statements, and the id of the key that signs now."""

    statements: tuple[KeyStatement, ...]
    active: KeyId


class Credential(msgspec.Struct, frozen=True):
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class IdentityFolder:
    """Reads and writes the files of one identity folder; every failure is an :class:`InvalidFile` with advice.

    Parameters
    ----------
    path
        ``HOME/identity``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_member(self) -> MemberFile:
        """Return who the home belongs to."""
        raw = read_whole(self.path / "member.json", secret=False)
        try:
            found = msgspec.json.decode(raw, type=MemberFile)
            parse_member(found.member)
        except (msgspec.MsgspecError, UnicodeDecodeError, InvalidId):
            raise InvalidFile("member.json is damaged; restore it from a backup.") from None
        if found.format != 1:
            raise InvalidFile(f"member.json has format {found.format}; this version reads format 1.")
        return found

    def write_member(self, member: MemberFile) -> None:
        """Keep who the home belongs to."""
        text = msgspec.json.format(msgspec.json.encode(member))
        write_whole(self.path / "member.json", text + b"\n", mode=PUBLIC)

    def read_root(self) -> x509.Certificate:
        """Return the root certificate."""
        raw = read_whole(self.path / "root.crt", secret=False)
        try:
            return read_certificates(raw, "root certificate")[0]
        except InvalidCertificate:
            raise InvalidFile("root.crt is damaged; restore it from a backup.") from None

    def write_root(self, root: x509.Certificate) -> None:
        """Keep the root certificate."""
        write_whole(self.path / "root.crt", certificate_pem(root), mode=PUBLIC)

    def read_credential(self, name: str) -> Credential | None:
        """Return the certificate and key in file `name`; None when there is no such file."""
        path = self.path / name
        if not path.exists():
            return None
        raw = read_whole(path, secret=True)
        try:
            certificate = read_certificates(raw, name)[0]
        except InvalidCertificate:
            raise InvalidFile(f"{name} is damaged; {_ADVICE[name]}") from None
        key = read_private_key(raw, name)
        if not same_key(certificate, key):
            raise InvalidFile(f"the key in {name} is not the one of its certificate; {_ADVICE[name]}")
        return Credential(certificate, key)

    def write_credential(self, name: str, credential: Credential) -> None:
        """Keep a certificate and its key in one file, so that they can never differ."""
        pem = certificate_pem(credential.certificate) + private_key_pem(credential.key)
        write_whole(self.path / name, pem)

    def read_history(self) -> HistoryFile:
        """Return the key history as it was kept; it is not verified here."""
        raw = read_whole(self.path / "history.bin", secret=False)
        try:
            return decode(raw, HistoryFile, what="key history")
        except DecodeError:
            raise InvalidFile("history.bin is damaged; restore it from a backup.") from None

    def write_history(self, history: HistoryFile) -> None:
        """Keep the key history."""
        write_whole(self.path / "history.bin", encode(history), mode=PUBLIC)

    def read_record_key(self, key: KeyId) -> RecordKey:
        """Return a record-signing key; its id must be the one in its file name."""
        name = _record_file(key)
        found = RecordKey.from_pem(read_whole(self.path / name, secret=True))
        if found.key_id != key:
            raise InvalidFile(f"{name} holds another key than its name says; restore it from a backup.")
        return found

    def write_record_key(self, key: RecordKey) -> None:
        """Keep a record-signing key."""
        write_whole(self.path / _record_file(key.key_id), key.to_pem())

    def drop_record_keys(self, keep: frozenset[KeyId]) -> None:
        """Remove every record-signing key but those in `keep`: what no longer signs cannot be stolen."""
        wanted = {_record_file(key) for key in keep}
        for path in self.path.glob("record-*.key"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)


_ADVICE: Final = {
    "issuer.pem": "restore it from a backup, or renew the issuer with the root key.",
    "node.pem": "delete it, the node makes a new one.",
}


def _record_file(key: KeyId) -> str:
    return f"record-{parse_key_id(key)}.key"


def read_root_key(path: Path, passphrase: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    """Read a root key from wherever it is kept.

    Raises
    ------
    InvalidFile
        When it is missing, open to other users, damaged, or locked with another passphrase.
    """
    return read_private_key(read_whole(path, secret=True), path.name, passphrase)


def write_root_key(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> None:
    """Write a root key, encrypted when there is a passphrase (PKCS #8, PBES2 of RFC 8018)."""
    write_whole(path, private_key_pem(key, passphrase))
