"""The key directory says whose a key is, whether it may stand under a statement, and whether the signature holds.

Tables:

==========================  ===============================  ====================================================
``identity.root``           member (3 bytes)                 root certificate, DER
``identity.history``        member, sequence (8 bytes)       :class:`KeyStatement`
``identity.compromised``    member, key id                   :class:`Held`
==========================  ===============================  ====================================================

**Compromise.** Whoever has a stolen key can write statements of any date, so dates prove nothing. What a peer can rely
on is what it had already seen: the last checkpoint of that member's ledger that it held when it learned of the loss.
A statement proven under that checkpoint was there before and stays valid; everything else that the key signed does
not, and what depends on it is recomputed. Two peers may draw the line at different checkpoints; each draws it at what
it can prove.

Source: the reasoning is that of RFC 3161 section 4 (a time stamp from before a revocation keeps a signature valid),
with the peer's own checkpoint in the place of the time stamp.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from cryptography import x509

from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidKeyHistory, InvalidSignature, KeyCompromised, UnknownMember
from latticework.kernel.identity.certificates import certificate_der
from latticework.kernel.identity.chains import read_certificate_der
from latticework.kernel.identity.history import KeyHistory, KeyStatement, decode_statement, extend
from latticework.kernel.identity.keys import verify_signature
from latticework.kernel.ids import KeyId, MemberId
from latticework.kernel.store.protocol import Reader, Store, Transaction

ROOT: Final = "identity.root"
HISTORY: Final = "identity.history"
COMPROMISED: Final = "identity.compromised"


class Held(msgspec.Struct, frozen=True, array_like=True):
    """The last checkpoint of a member's ledger that this node held at some moment: its epoch and size (entries)."""

    epoch: int
    size: int


NOTHING_HELD: Final = Held(0, 0)


class _Known(msgspec.Struct, frozen=True):
    root: x509.Certificate
    history: KeyHistory
    compromised: dict[KeyId, Held]


class KeyDirectory:
    """Keys of this member and its partners, in memory, kept in the store.

    A change is written by the caller's transaction and is in force here at once, so that records later in the same
    page can be verified. When that transaction fails, the directory knows statements that are true but not kept; they
    are kept with whatever is next taken of that member, and the line of a compromise stays where it was drawn first.

    Parameters
    ----------
    store
        Read once, now.
    """

    def __init__(self, store: Store) -> None:
        self._known: dict[MemberId, _Known] = {}
        with store.snapshot() as reader:
            self.reload(reader)

    def reload(self, reader: Reader) -> None:
        """Forget what is in memory and read what is kept."""
        self._known = {}
        for key, der in reader.scan(ROOT):
            member = MemberId(key.decode("ascii"))
            root = read_certificate_der(der, "kept root certificate")
            rows = [decode_statement(raw) for _, raw in reader.scan(HISTORY, *_range(member))]
            self._known[member] = _Known(root, extend(KeyHistory(member), root, rows), _lost(reader, member))

    def add_member(
        self, tx: Transaction, member: MemberId, root: x509.Certificate, statements: Iterable[KeyStatement],
        *, held: Held = NOTHING_HELD,
    ) -> None:
        """Begin to know `member` under `root`, or bring a known one up to date.

        Raises
        ------
        InvalidKeyHistory
            When the statements do not make a history, contradict the one held, or `member` is known under another
            root.
        """
        known = self._known.get(member) or self._remembered(tx, member, root)
        if certificate_der(known.root) != certificate_der(root):
            raise InvalidKeyHistory(f"{member} is known here under another root; remove it first if that is intended.")
        after = extend(known.history, known.root, statements)
        if not after.keys:
            raise InvalidKeyHistory(f"the key history of {member} is empty; ask for a new bundle.")
        tx.put(ROOT, _at(member), certificate_der(root))
        self._keep(tx, known, after, held)

    def remove_member(self, tx: Transaction, member: MemberId) -> None:
        """End trust with `member`: nothing signed by it verifies from now on.

        Its history stays in the store, so that a member that comes back under the same root cannot leave out a
        compromise that was known here.
        """
        tx.delete(ROOT, _at(member))
        self._known.pop(member, None)

    def _remembered(self, tx: Transaction, member: MemberId, root: x509.Certificate) -> _Known:
        """Return what is kept of an earlier trust under the same root; under another root, forget it."""
        rows = [decode_statement(raw) for _, raw in tx.scan(HISTORY, *_range(member))]
        try:
            return _Known(root, extend(KeyHistory(member), root, rows), _lost(tx, member))
        except InvalidKeyHistory:
            for table in (HISTORY, COMPROMISED):
                for key in [k for k, _ in tx.scan(table, *_range(member))]:
                    tx.delete(table, key)
            return _Known(root, KeyHistory(member), {})

    def apply(
        self, tx: Transaction, statements: Iterable[KeyStatement], *, held: Held
    ) -> tuple[KeyStatement, ...]:
        """Take further statements of one member's key history; they prove themselves, whoever brought them.

        Parameters
        ----------
        statements
            All of one member, in order; those already held are passed over.
        held
            The last checkpoint of that member's ledger that is held now. A compromise among the statements takes
            effect from there.

        Returns
        -------
        tuple
            The statements that were new.

        Raises
        ------
        UnknownMember
            When there is no trust with the member.
        InvalidKeyHistory
            When one is forged, out of order, leaves a gap or contradicts the history held; nothing is taken then.
        """
        series = tuple(statements)
        if not series:
            return ()
        known = self._find(series[0].content.member)
        after = extend(known.history, known.root, series)
        return self._keep(tx, known, after, held)

    def _keep(self, tx: Transaction, known: _Known, after: KeyHistory, held: Held) -> tuple[KeyStatement, ...]:
        lost = dict(known.compromised)
        for statement in after.statements[tx.count(HISTORY, *_range(after.member)) :]:
            c = statement.content
            tx.put(HISTORY, _at(after.member) + c.sequence.to_bytes(8, "big"), encode(statement))
            if c.act == "compromise":
                line = lost.setdefault(c.key, held)
                tx.put(COMPROMISED, _at(after.member) + c.key.encode("ascii"), encode(line))
        self._known[after.member] = _Known(known.root, after, lost)
        return after.statements[len(known.history.statements) :]

    def members(self) -> tuple[MemberId, ...]:
        """Return every member that is known, sorted."""
        return tuple(sorted(self._known))

    def root_der(self, member: MemberId) -> bytes:
        """Return the root certificate of `member` (DER), or raise :class:`UnknownMember`."""
        return certificate_der(self._find(member).root)

    def history(self, member: MemberId) -> KeyHistory:
        """Return the key history of `member`, or raise :class:`UnknownMember`."""
        return self._find(member).history

    def compromised(self, member: MemberId) -> dict[KeyId, Held]:
        """Return the compromised keys of `member`, each with the checkpoint from which on it counts as lost."""
        return dict(self._find(member).compromised)

    def stands(self, member: MemberId, key: KeyId, proven_size: int | None) -> bool:
        """Say whether a statement that once verified still stands, for recomputing what depends on it.

        Parameters
        ----------
        proven_size
            Size of a checkpoint of `member`'s ledger under which the statement is proven; None: not proven.
        """
        known = self._known.get(member)
        if known is None or known.history.find(key) is None:
            return False
        line = known.compromised.get(key)
        return line is None or (proven_size is not None and 0 < proven_size <= line.size)

    def verify(
        self, member: MemberId, key: KeyId, message: bytes, signature: bytes, at_ms: int,
        *, proven_size: int | None = None,
    ) -> None:
        """Check that `member` signed `message`.

        Parameters
        ----------
        member
            Who is said to have signed.
        key
            The key that is said to have been used.
        message
            The exact bytes signed.
        signature
            64 bytes.
        at_ms
            When, by the signer's clock, ms since 1970, UTC.
        proven_size
            As for :meth:`stands`: lets a statement pass that was proven before its key was lost.

        Raises
        ------
        UnknownMember
            When there is no trust with `member`.
        InvalidSignature
            When the key is not the member's, was replaced before `at_ms`, or the signature does not hold.
        KeyCompromised
            When the key was declared lost and the statement is not proven from before.
        """
        known = self._find(member)
        period = known.history.find(key)
        if period is None:
            raise InvalidSignature(f"the key is not in the key history of {member}; ask it for its newest key history.")
        if not self.stands(member, key, proven_size):
            raise KeyCompromised(
                f"{member} declared the key that signed this compromised; only what was proven before stays valid."
            )
        if period.compromised_ms is None and period.until_ms is not None and at_ms >= period.until_ms:
            raise InvalidSignature(f"the key of {member} had been replaced when this was signed; it was refused.")
        verify_signature(period.public_key, message, signature)

    def _find(self, member: MemberId) -> _Known:
        known = self._known.get(member)
        if known is None:
            raise UnknownMember(f"there is no trust with {member}; add its trust bundle first.")
        return known


def _at(member: MemberId) -> bytes:
    return member.encode("ascii")


def _range(member: MemberId) -> tuple[bytes, bytes]:
    return _at(member), _at(member) + b"\xff"


def _lost(reader: Reader, member: MemberId) -> dict[KeyId, Held]:
    rows = reader.scan(COMPROMISED, *_range(member))
    return {KeyId(at[3:].decode("ascii")): decode(raw, Held, what="kept compromise") for at, raw in rows}
