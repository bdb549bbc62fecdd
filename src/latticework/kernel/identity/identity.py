"""A member's own identity: its keys and certificates, how they are made, renewed, replaced and declared lost.

**Make before break.** A rotation has two steps. :meth:`Identity.rotate_record_key` makes the new key and the statement
that introduces it, and keeps both, while the old key goes on signing: the record that carries the statement must be
signed by a key that partners know. :meth:`Identity.activate_record_key` lets the new key sign, once that record is on
its way. A node that stops in between finds :attr:`Identity.pending` set when it starts again and goes on from there.

Source: NIST SP 800-57 part 1 rev. 5 section 5.3 (cryptoperiods) for short-lived node keys, longer-lived issuers and
an offline root.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from latticework.kernel.clock import Clock, Entropy, SystemEntropy
from latticework.kernel.errors import InvalidCertificate, InvalidFile, InvalidKeyHistory
from latticework.kernel.identity import history as chain
from latticework.kernel.identity.bundle import FORMAT, Bundle, check_endpoint, log_origin_of, sign_bundle
from latticework.kernel.identity.certificates import (
    ISSUER_LIFETIME_MS,
    NODE_LIFETIME_MS,
    certificate_der,
    certificate_pem,
    expiry_ms,
    make_issuer,
    make_node,
    make_root,
    new_private_key,
    node_name_of,
    private_key_pem,
    same_key,
)
from latticework.kernel.identity.chains import check_issuer, check_root, issued_by, root_fingerprint
from latticework.kernel.identity.files import sync_folder
from latticework.kernel.identity.history import KeyHistory, KeyStatement
from latticework.kernel.identity.home import (
    FOLDER,
    ROOT_KEY,
    Credential,
    HistoryFile,
    IdentityFolder,
    MemberFile,
    read_root_key,
    write_root_key,
)
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.ids import KeyId, MemberId, parse_member

ISSUER_DUE_MS: Final = ISSUER_LIFETIME_MS // 3
"""The issuer is due for renewal when it has less than this left."""


class IdentitySigner:
    """Signs with the key that is present at the time of the call; stays the same object across rotations."""

    __slots__ = ("_key", "member")

    def __init__(self, member: MemberId, key: RecordKey) -> None:
        self.member: MemberId = member
        self._key = key

    @property
    def key_id(self) -> KeyId:
        """Id of the present key."""
        return self._key.key_id

    @property
    def public_key(self) -> bytes:
        """The present public key, 32 bytes."""
        return self._key.public_key

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of `message`, 64 bytes."""
        return self._key.sign(message)

    def change(self, key: RecordKey) -> None:
        """Sign with `key` from now on."""
        self._key = key

    def __repr__(self) -> str:
        return f"IdentitySigner({self.member}, {self.key_id})"


class Identity:
    """What a member's node knows of itself; made by :func:`init_member` or :meth:`load`.

    Parameters
    ----------
    folder
        The identity folder, complete.
    entropy
        For the keys that renewals and rotations make.

    Raises
    ------
    InvalidFile
        When a file is missing, damaged, open to others, or does not fit the rest.
    """

    def __init__(self, folder: IdentityFolder, entropy: Entropy) -> None:
        self._folder = folder
        self._entropy = entropy
        said = folder.read_member()
        self.member: MemberId = said.member
        self.title: str = said.title
        self.root: x509.Certificate = folder.read_root()
        issuer = folder.read_credential("issuer.pem")
        if issuer is None:
            raise InvalidFile("issuer.pem is missing; restore it from a backup.")
        self._issuer: Credential = issuer
        node = folder.read_credential("node.pem")
        # A new issuer whose first node certificate was never made: the old one does not fit its chain any more.
        self._node: Credential | None = node if node and issued_by(node.certificate, issuer.certificate) else None
        kept = folder.read_history()
        try:
            # Both signatures matter here, not the time: an issuer that ran out is renewed, not a damaged home.
            check_issuer(issuer.certificate, self.root, self.member, expiry_ms(issuer.certificate))
            self.history: KeyHistory = chain.extend(KeyHistory(self.member), self.root, kept.statements)
        except (InvalidCertificate, InvalidKeyHistory) as error:
            raise InvalidFile(f"the identity's files do not fit together: {error.message}") from None
        if self.history.find(kept.active) is None:
            raise InvalidFile("history.bin names a key that is not in the key history; restore it from a backup.")
        self.signer = IdentitySigner(self.member, folder.read_record_key(kept.active))

    @classmethod
    def load(cls, home: Path, entropy: Entropy | None = None) -> Identity:
        """Read the identity of the member whose home this is, or raise :class:`InvalidFile`."""
        folder = home / FOLDER
        if not folder.is_dir():
            raise InvalidFile(f"there is no member in {home.name!r}; make one with 'latticework init'.")
        return cls(IdentityFolder(folder), entropy or SystemEntropy())

    # ---- names -----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """DNS name in the node certificates."""
        return node_name_of(self.member)

    @property
    def log_origin(self) -> str:
        """Origin line of the ledger's checkpoints."""
        return log_origin_of(self.member)

    @property
    def root_pem(self) -> bytes:
        """The root certificate, PEM."""
        return certificate_pem(self.root)

    @property
    def fingerprint(self) -> str:
        """What this member reads out to a new partner."""
        return root_fingerprint(self.root)

    # ---- certificates ----------------------------------------------------------------------------------------------

    def tls(self) -> tuple[bytes, bytes]:
        """Return (certificate chain PEM: node then issuer, private key PEM) for links.

        Raises
        ------
        InvalidFile
            When no node certificate was made yet; call :meth:`renew_if_due` first.
        """
        if self._node is None:
            raise InvalidFile("there is no node certificate yet; renew it before opening links.")
        return certificate_pem(self._node.certificate, self._issuer.certificate), private_key_pem(self._node.key)

    @property
    def node_expires_ms(self) -> int:
        """End of the present node certificate, ms since 1970, UTC; 0 when there is none."""
        return expiry_ms(self._node.certificate) if self._node else 0

    @property
    def issuer_expires_ms(self) -> int:
        """End of the present issuer, ms since 1970, UTC. Without the root key it cannot be renewed."""
        return expiry_ms(self._issuer.certificate)

    def issuer_due(self, now_ms: int) -> bool:
        """Say whether the issuer has less than 30 days left and the root key should be fetched."""
        return self.issuer_expires_ms - now_ms < ISSUER_DUE_MS

    def renew_if_due(self, now_ms: int) -> bool:
        """Make a new node certificate and key when the present one is past half its life; say whether it did.

        When the issuer is due, one that was renewed in the home meanwhile is taken up, or a new one is made if the
        root key lies in the home; otherwise :meth:`issuer_due` stays true for people to see.

        Raises
        ------
        InvalidCertificate
            When the issuer itself has run out: it needs the root key.
        """
        renewed = self.issuer_due(now_ms) and self._newer_issuer(now_ms)
        left_ms = self.node_expires_ms - now_ms
        # More left than a whole life means that the clock was set back since: that certificate is not valid yet.
        if not renewed and self._node is not None and NODE_LIFETIME_MS // 2 < left_ms <= NODE_LIFETIME_MS:
            return False
        if now_ms >= self.issuer_expires_ms:
            raise InvalidCertificate(
                f"the issuer of {self.member} has run out, so no node certificate can be made; "
                "renew it with the root key."
            )
        key = new_private_key(self._entropy)
        node = make_node(self.member, key.public_key(), self._issuer.certificate, self._issuer.key, now_ms,
                         self._entropy)
        fresh = Credential(node, key)
        self._folder.write_credential("node.pem", fresh)
        self._node = fresh
        return True

    def _newer_issuer(self, now_ms: int) -> bool:
        kept = self._folder.read_credential("issuer.pem")
        if kept is not None and expiry_ms(kept.certificate) > self.issuer_expires_ms:
            check_issuer(kept.certificate, self.root, self.member, now_ms)
            self._issuer = kept
            return True
        root_key = self._folder.path / ROOT_KEY
        if not root_key.exists():
            return False
        try:
            self.renew_issuer(now_ms, read_root_key(root_key))
        except InvalidFile:
            return False  # a root key that is locked with a passphrase is as good as offline
        return True

    def renew_issuer(self, now_ms: int, root_key: ec.EllipticCurvePrivateKey) -> None:
        """Make a new issuer, good for 90 days; node certificates under the old one stay valid.

        Raises
        ------
        InvalidFile
            When `root_key` is not this member's.
        """
        self._need_root(root_key)
        key = new_private_key(self._entropy)
        made = make_issuer(self.member, key.public_key(), self.root, root_key, now_ms, self._entropy)
        fresh = Credential(made, key)
        self._folder.write_credential("issuer.pem", fresh)
        self._issuer = fresh
        self._node = None  # its chain would name the issuer before; the caller renews at once

    # ---- record key ------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> KeyStatement | None:
        """The statement of a rotation whose new key does not sign yet; publish it, then activate."""
        last = self.history.statements[-1]
        return last if self.history.present.key != self.signer.key_id else None

    def rotate_record_key(self, now_ms: int) -> KeyStatement:
        """Make the next record key and the statement that introduces it; the old key goes on signing.

        Calling it again before :meth:`activate_record_key` returns the same statement.

        Raises
        ------
        InvalidCertificate
            When the issuer has run out.
        """
        waiting = self.pending
        if waiting is not None:
            return waiting
        check_issuer(self._issuer.certificate, self.root, self.member, now_ms)
        old = self._folder.read_record_key(self.signer.key_id)
        new = RecordKey.generate(self._entropy)
        statement = chain.rotate(self.history, old, new, self._issuer.certificate, self._issuer.key, now_ms)
        after = chain.extend(self.history, self.root, (statement,))
        self._folder.write_record_key(new)  # first the key, then the statement that promises it
        self._keep(after, old.key_id)
        return statement

    def activate_record_key(self) -> KeyId:
        """Let the newest key of the history sign, and remove the files of those that no longer do."""
        newest = self.history.present.key
        key = self._folder.read_record_key(newest)
        self._keep(self.history, newest)
        self.signer.change(key)
        self._folder.drop_record_keys(frozenset({newest}))
        return newest

    def declare_compromise(
        self, key: KeyId, now_ms: int, root_key: ec.EllipticCurvePrivateKey, reason: str = ""
    ) -> KeyStatement:
        """Declare one of this member's record keys lost; if it is the present one, a new key signs from now on.

        Parameters
        ----------
        key
            The lost key.
        root_key
            From :func:`~latticework.kernel.identity.home.read_root_key`.
        reason
            For the partners' people; at most 200 characters, no person's name.

        Raises
        ------
        InvalidFile
            When `root_key` is not this member's.
        InvalidKeyHistory
            When the key is not in the history or was declared lost before.
        """
        self._need_root(root_key)
        replacement = RecordKey.generate(self._entropy) if key == self.history.present.key else None
        statement = chain.compromise(self.history, key, replacement, root_key, now_ms, reason)
        after = chain.extend(self.history, self.root, (statement,))
        if replacement is not None:
            self._folder.write_record_key(replacement)
        active = self.signer.key_id
        if replacement is not None or active == key:
            active = after.present.key
        self._keep(after, active)
        if active != self.signer.key_id:
            self.activate_record_key()
        return statement

    def _keep(self, after: KeyHistory, active: KeyId) -> None:
        self._folder.write_history(HistoryFile(statements=after.statements, active=active))
        self.history = after

    def _need_root(self, root_key: ec.EllipticCurvePrivateKey) -> None:
        if not same_key(self.root, root_key):
            raise InvalidFile(f"this is not the root key of {self.member}; give the right file.")

    # ---- bundle ----------------------------------------------------------------------------------------------------

    def export_bundle(
        self, now_ms: int, *, for_member: MemberId | None = None, endpoint: str | None = None
    ) -> bytes:
        """Return the trust bundle that this member hands to another.

        Parameters
        ----------
        for_member
            The only member that may use it; needed when there is an `endpoint`, which is that partner's own.
        endpoint
            ``host:port`` where that partner reaches this node; None: this node dials.
        """
        if endpoint is not None:
            check_endpoint(endpoint)
        check_issuer(self._issuer.certificate, self.root, self.member, now_ms)
        bundle = Bundle(
            format=FORMAT, member=self.member, title=self.title, root=certificate_der(self.root), name=self.name,
            log_origin=self.log_origin, history=self.history.statements, made_ms=now_ms, for_member=for_member,
            endpoint=endpoint,
        )
        return sign_bundle(bundle, self._issuer.certificate, self._issuer.key)


def init_member(
    member: MemberId, home: Path, clock: Clock, entropy: Entropy, *, title: str | None = None,
    root_passphrase: bytes | None = None,
) -> Identity:
    """Make a member: root, issuer, first node certificate, record key and key history, in ``home/identity``.

    Parameters
    ----------
    member
        Trigraph.
    home
        Folder of the member; made with mode 0700 when missing.
    title
        Name for people; the trigraph when left out.
    root_passphrase
        Locks the root key file. A locked root key has to be given for each renewal of the issuer.

    Raises
    ------
    InvalidId
        When `member` is not a trigraph.
    InvalidFile
        When the home already holds a member, or cannot be written. Nothing was changed then.
    """
    parse_member(member)
    title = member if title is None else title
    if not 1 <= len(title) <= 80 or not title.isprintable():
        raise InvalidFile("a member's name for people needs 1 to 80 printable characters.")
    target, partial = home / FOLDER, home / f".{FOLDER}.partial"
    if target.exists():
        raise InvalidFile(f"{home.name!r} already holds a member; choose another folder.")
    now_ms = clock.now_ms()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)  # left over from an attempt that was cut off
        partial.mkdir(mode=0o700)
        folder = IdentityFolder(partial)
        root_key, issuer_key = new_private_key(entropy), new_private_key(entropy)
        root = make_root(member, root_key, now_ms, entropy)
        check_root(root, now_ms)
        issuer = make_issuer(member, issuer_key.public_key(), root, root_key, now_ms, entropy)
        key = RecordKey.generate(entropy)
        folder.write_member(MemberFile(format=1, member=member, title=title))
        folder.write_root(root)
        write_root_key(partial / ROOT_KEY, root_key, root_passphrase)
        folder.write_credential("issuer.pem", Credential(issuer, issuer_key))
        folder.write_record_key(key)
        first = chain.begin(member, key, root_key, now_ms)
        folder.write_history(HistoryFile(statements=(first,), active=key.key_id))
        Identity(folder, entropy).renew_if_due(now_ms)
        partial.rename(target)
        sync_folder(home)
    except OSError as error:
        raise InvalidFile(f"{home.name!r} cannot be written: {error.strerror}; check the folder and disk.") from None
    return Identity.load(home, entropy)
