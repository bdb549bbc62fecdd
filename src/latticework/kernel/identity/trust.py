"""The partners of this member: added by bundle and fingerprint, removed at any time, each under its own root alone.

Table ``identity.partner``: member (3 bytes) to :class:`Partner`. Keys stand in the key directory, which the same
transaction writes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import FingerprintMismatch, InvalidBundle, UnknownMember
from latticework.kernel.identity.bundle import fingerprint as fingerprint_of
from latticework.kernel.identity.bundle import read_bundle, same_fingerprint
from latticework.kernel.identity.certificates import certificate_pem
from latticework.kernel.identity.chains import read_certificate_der
from latticework.kernel.identity.directory import NOTHING_HELD, Held, KeyDirectory
from latticework.kernel.ids import MemberId
from latticework.kernel.store.protocol import Reader, Store, Transaction

PARTNER: Final = "identity.partner"


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A member with which trust was established.

    Parameters
    ----------
    member, title
        Trigraph, and the name for people.
    root_pem
        Its root certificate: the only anchor for links to it.
    fingerprint
        Of that root, as it was compared.
    name
        DNS name in its node certificates.
    endpoint
        ``host:port`` where this member reaches it; None: it dials.
    log_origin
        Origin line of its ledger.
    added_ms
        When trust was established, ms since 1970, UTC.
    """

    member: MemberId
    title: str
    root_pem: bytes
    fingerprint: str
    name: str
    endpoint: str | None
    log_origin: str
    added_ms: int


class TrustStore:
    """Establishes and ends trust at run time; no partner is touched by what happens to another.

    Parameters
    ----------
    store
        Where partners are kept.
    keys
        The key directory that learns and forgets their keys.
    own
        This member.
    """

    def __init__(self, store: Store, keys: KeyDirectory, own: MemberId) -> None:
        self._store = store
        self._keys = keys
        self._own = own

    def add(
        self, tx: Transaction, bundle: bytes, fingerprint: str, now_ms: int, *, held: Held = NOTHING_HELD
    ) -> Partner:
        """Establish trust with the member of `bundle`, or bring a partner's endpoint and keys up to date.

        Parameters
        ----------
        bundle
            The file that the other member exported.
        fingerprint
            What the other member read out by another way, never what this program printed.
        now_ms
            Time of the act, ms since 1970, UTC.
        held
            The last checkpoint held of a member that is already a partner (see ``KeyDirectory.apply``).

        Raises
        ------
        FingerprintMismatch
            When the root in the bundle is another one. Nothing changed.
        InvalidBundle
            When the bundle is malformed, out of date, for somebody else, or of a partner under another root. Nothing
            changed.
        InvalidKeyHistory
            When it contradicts the partner's key history held here. Nothing changed.
        """
        said = read_bundle(bundle, now_ms)
        if not same_fingerprint(fingerprint_of(said), fingerprint):
            raise FingerprintMismatch(
                f"the bundle's root is not the one of the given fingerprint; ask {said.member} to read its "
                "fingerprint out again, and do not trust this file until they match."
            )
        if said.member == self._own:
            raise InvalidBundle(f"this is the bundle of {self._own} itself; a member needs no trust in itself.")
        if said.for_member not in {None, self._own}:
            raise InvalidBundle(f"this bundle is for another member than {self._own}; ask for your own.")
        root = read_certificate_der(said.root, "root certificate")
        before = self.find(said.member, tx)
        if before is not None and before.root_pem != certificate_pem(root):
            raise InvalidBundle(
                f"{said.member} is a partner under another root; remove it first if it really began anew."
            )
        self._keys.add_member(tx, said.member, root, said.history, held=held)
        partner = Partner(
            member=said.member, title=said.title, root_pem=certificate_pem(root), fingerprint=fingerprint_of(said),
            name=said.name, endpoint=said.endpoint, log_origin=said.log_origin,
            added_ms=before.added_ms if before else now_ms,
        )
        tx.put(PARTNER, said.member.encode("ascii"), encode(partner))
        return partner

    def remove(self, tx: Transaction, member: MemberId) -> Partner:
        """End trust with `member` and return what it was, or raise :class:`UnknownMember`."""
        partner = self.get(member, tx)
        tx.delete(PARTNER, member.encode("ascii"))
        self._keys.remove_member(tx, member)
        return partner

    def find(self, member: MemberId, reader: Reader | None = None) -> Partner | None:
        """Return the partner, or None."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                return self.find(member, snapshot)
        raw = reader.get(PARTNER, member.encode("ascii"))
        return decode(raw, Partner, what="kept partner") if raw is not None else None

    def get(self, member: MemberId, reader: Reader | None = None) -> Partner:
        """Return the partner, or raise :class:`UnknownMember`."""
        partner = self.find(member, reader)
        if partner is None:
            raise UnknownMember(f"there is no trust with {member}; add its trust bundle first.")
        return partner

    def list(self, reader: Reader | None = None) -> tuple[Partner, ...]:
        """Return every partner, sorted by trigraph."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                return self.list(snapshot)
        return tuple(decode(raw, Partner, what="kept partner") for _, raw in reader.scan(PARTNER))
