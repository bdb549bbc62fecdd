"""Checkpoints and proofs between giver and taker: what was promised is shown, and what is not shown is an alarm."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from latticework.kernel.errors import BrokenPromise, InvalidProof, LedgerError, NotFound
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.events import Alarm
from latticework.kernel.exchange.incoming import Incoming
from latticework.kernel.exchange.messages import MAX_WANTED, Ask, ItemProof, Proofs
from latticework.kernel.exchange.parts import Outcome, Parts, Say
from latticework.kernel.exchange.tables import InItem, LogState, StandingRow, at, in_items, last_number, out_items, past
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from latticework.kernel.ledger.merkle import leaf_hash, verify_consistency
from latticework.kernel.ledger.proof import (
    BundleProof,
    read_bundle_proof,
    read_entry_proof,
    verify_bundle,
    verify_entry,
    write_proof,
)
from latticework.kernel.ledger.watch import Finding, LogWatch
from latticework.kernel.ledger.watch import Outcome as Watched
from latticework.kernel.store.protocol import Reader, Transaction

PATIENCE = 3
"""Gaps in a row, each answered with a question, before a gap is an alarm."""


class Proving:
    """Both sides of checkpoints and proofs.

    Parameters
    ----------
    chains
        Returns the bytes that prove a member's keys to others; they go into accusations.
    """

    def __init__(self, parts: Parts, incoming: Incoming, chains: Callable[[MemberId], bytes]) -> None:
        self._parts = parts
        self._incoming = incoming
        self._chains = chains
        self._gaps: dict[MemberId, int] = {}
        self._audits: dict[MemberId, Checkpoint] = {}
        self._told: set[tuple[str, MemberId | None]] = set()

    def watch(self, member: MemberId) -> LogWatch:
        """Return the watch over a member's log."""
        return LogWatch(member, self._parts.keys, chain=lambda: self._chains(member))

    def standing(self, reader: Reader, member: MemberId) -> LogState:
        """Return how a member's log stands as seen here."""
        return (tables.standings.get(reader, at(member)) or StandingRow()).state

    def _stand(self, tx: Transaction, member: MemberId, state: LogState) -> None:
        # Nothing that comes later makes two histories one again.
        if self.standing(tx, member) not in {state, "equivocation"}:
            tables.standings.put(tx, at(member), StandingRow(state))

    def note_equivocation(self, tx: Transaction, member: MemberId) -> None:
        """Note that a member's two histories were proven."""
        self._stand(tx, member, "equivocation")

    # ---- the giver -------------------------------------------------------------------------------------------------

    def sealed(self, reader: Reader, peer: MemberId, epoch: int) -> list[Outcome]:
        """Show `peer` the checkpoint of an epoch that was just sealed, with the proof of what it was given in it."""
        session = self._parts.sessions.get(peer)
        note = self._parts.ledger.checkpoint(reader, epoch)
        if session is None or not session.up or not session.heard or note is None:
            return []
        bundles = [write_proof(b) for b in self._parts.ledger.bundle_proofs(reader, peer, epoch)]
        said = self._proofs(reader, peer, note, session.shown, bundles=tuple(bundles[:64]))
        session.shown = read_checkpoint(note).size
        return [said]

    def show(self, reader: Reader, peer: MemberId, numbers: tuple[int, ...]) -> list[Outcome]:
        """Prove items of epochs that were sealed before the items were sent, if it is known what the peer holds."""
        session = self._parts.sessions.get(peer)
        note = self._parts.ledger.checkpoint(reader)
        if session is None or not session.heard or note is None:
            return []
        proofs, _ = self._wanted(reader, peer, numbers, read_checkpoint(note).epoch)
        said = self._proofs(reader, peer, note, session.shown, proofs=proofs)
        session.shown = max(session.shown, read_checkpoint(note).size)
        return [said]

    def _proofs(
        self, reader: Reader, peer: MemberId, note: bytes, old_size: int, *, bundles: tuple[bytes, ...] = (),
        proofs: tuple[ItemProof, ...] = (), lacking: tuple[int, ...] = (),
    ) -> Say:
        size = read_checkpoint(note).size
        consistency: tuple[bytes, ...] = ()
        if 0 < old_size < size:
            try:
                consistency = self._parts.ledger.consistency(reader, old_size, size)
            except NotFound:
                consistency = ()  # the peer holds a size that this log never had: it will refuse, as it should
        return Say(peer, Proofs(note, old_size, consistency, bundles, proofs, lacking))

    def asked(self, tx: Transaction, peer: MemberId, ask: Ask, now_ms: int) -> list[Outcome]:
        """Answer with the latest checkpoint and the proofs that were asked for.

        Raises
        ------
        InvalidCheckpoint, InvalidSignature
            When the peer shows a checkpoint that this member never signed.
        """
        session = self._parts.sessions.of(peer, now_ms)
        outcomes: list[Outcome] = []
        session.shown = 0
        if ask.held:
            outcomes += self.heard(tx, ask.held, peer, now_ms)
            session.shown = read_checkpoint(ask.held).size
        session.heard = True
        note = self._parts.ledger.checkpoint(tx)
        if note is None:
            return outcomes
        size = read_checkpoint(note).size
        if ask.audit:
            outcomes += self.heard(tx, ask.audit, peer, now_ms)
            outcomes.append(self._proofs(tx, peer, note, read_checkpoint(ask.audit).size))
        if ask.wanted or session.shown != size:
            proofs, lacking = self._wanted(tx, peer, ask.wanted, read_checkpoint(note).epoch)
            outcomes.append(self._proofs(tx, peer, note, session.shown, proofs=proofs, lacking=lacking))
            session.shown = max(size, session.shown)
        return outcomes

    def _wanted(
        self, reader: Reader, peer: MemberId, wanted: tuple[int, ...], epoch: int
    ) -> tuple[tuple[ItemProof, ...], tuple[int, ...]]:
        proofs: list[ItemProof] = []
        lacking: list[int] = []
        for number in wanted:
            raw = reader.get(tables.NUMBERED, at(peer, number))
            item = out_items.get(reader, peer.encode() + raw) if raw is not None else None
            try:
                if item is None:
                    raise NotFound("no such item")
                found = self._parts.ledger.proof(reader, peer, item.sequence, at_epoch=epoch)
                proofs.append(ItemProof(number, write_proof(found)))
            except NotFound:
                lacking.append(number)
        return tuple(proofs), tuple(lacking)

    def heard(self, tx: Transaction, note: bytes, source: MemberId, now_ms: int) -> list[Outcome]:
        """Compare a checkpoint of the own log, shown by a peer, with the own store, which may be an old one."""
        if self._parts.ledger.checkpoint(tx, read_checkpoint(note).epoch) == note:
            return []  # the very bytes that this node signed
        shown = open_checkpoint(note, self._parts.keys, member=self._parts.own)
        before = self._parts.ledger.stalled(tx)
        answer = self._parts.ledger.heard(tx, shown, now_ms)
        if answer == "known" or (answer == "stalled" and before is not None) or self._told_before(answer, source):
            return []
        if answer == "stalled":
            sentence = (
                f"{source} holds a checkpoint of this member's own ledger that this node does not know (epoch "
                f"{shown.epoch}). An older store was put back; two officers must resume it before anything is released."
            )
        else:
            sentence = (
                f"{source} holds another checkpoint of this member's own ledger for epoch {shown.epoch} than this node "
                "signed. An older store was put back and ran on; tell the partners, and rotate the keys if you did not."
            )
        return [Alarm(LedgerError.code, None, sentence)]

    def _told_before(self, what: str, member: MemberId | None) -> bool:
        known = (what, member) in self._told
        self._told.add((what, member))
        return known

    # ---- the taker -------------------------------------------------------------------------------------------------

    def ask(self, reader: Reader, peer: MemberId, audit: Checkpoint | None = None) -> Say:
        """Ask `peer` for its latest checkpoint and for the proofs that are still to come."""
        head = self.watch(peer).head(reader)
        wanted = tuple(
            last_number(key)
            for key, _ in reader.scan(tables.UNPROVEN, at(peer), past(peer), limit=MAX_WANTED)
        )
        if audit is not None:
            self._audits[peer] = audit
        return Say(peer, Ask(head.note if head else b"", tuple(sorted(wanted)), audit.note if audit else b""))

    def arrived(self, tx: Transaction, peer: MemberId, proofs: Proofs, now_ms: int) -> tuple[list[Outcome], Watched]:
        """Take a checkpoint with proofs from the log's own member; return what to tell and what the watch found.

        Raises
        ------
        InvalidCheckpoint, InvalidSignature
            When the checkpoint is malformed or not the peer's.
        """
        watch = self.watch(peer)
        outcomes = self._check_audit(tx, peer, proofs)
        head = watch.head(tx)
        connects = head is None or proofs.old_size == head.size
        watched = watch.consider(tx, proofs.checkpoint, proofs.consistency if connects else None)
        outcomes += self.follow(tx, peer, watched, direct=True)
        if watched.finding in {Finding.ADVANCED, Finding.SAME, Finding.OLD}:
            for raw in proofs.bundles:
                self._take_bundle(tx, peer, watched.checkpoint, read_bundle_proof(raw))
            for proof in proofs.proofs:
                outcomes += self._take_proof(tx, peer, watched.checkpoint, proof)
            for number in proofs.lacking:
                outcomes += self._take_lack(tx, peer, watched.checkpoint, number)
        return outcomes, watched

    def follow(self, tx: Transaction, log: MemberId, watched: Watched, *, direct: bool) -> list[Outcome]:
        """Note what a checkpoint of `log` means for its standing; ask or raise the alarm where needed."""
        finding = watched.finding
        if self.standing(tx, log) == "equivocation":
            return []  # nothing that it shows now matters any more
        if finding is Finding.ADVANCED:
            self._gaps.pop(log, None)
            self._stand(tx, log, "consistent")
        elif finding is Finding.GAP and direct:
            self._gaps[log] = self._gaps.get(log, 0) + 1
            if self._gaps[log] == PATIENCE:
                self._stand(tx, log, "gap")
                return [self.ask(tx, log), Alarm(
                    InvalidProof.code, log,
                    f"{log} does not connect its newest checkpoint to the one held here. This proves nothing against "
                    "it; ask its people whether a backup was restored.")]
            return [self.ask(tx, log)] if self._gaps[log] < PATIENCE else []
        elif finding is Finding.REFUSED and direct and self.standing(tx, log) != "refused":
            self._stand(tx, log, "refused")
            return [Alarm(
                InvalidProof.code, log,
                f"the newest checkpoint of {log} does not extend the one held here. This proves nothing against it; "
                "ask its people whether a backup was restored.")]
        elif finding is Finding.EQUIVOCATION:
            self._stand(tx, log, "equivocation")
        return []

    def _check_audit(self, tx: Transaction, peer: MemberId, proofs: Proofs) -> list[Outcome]:
        audit = self._audits.get(peer)
        if audit is None or proofs.old_size != audit.size:
            return []
        del self._audits[peer]
        fresh = open_checkpoint(proofs.checkpoint, self._parts.keys, member=peer)
        if fresh.epoch < audit.epoch or verify_consistency(
            audit.root, audit.size, fresh.root, fresh.size, proofs.consistency
        ):
            return []
        if self.standing(tx, peer) in {"refused", "equivocation"}:
            return []
        self._stand(tx, peer, "refused")
        return [Alarm(
            InvalidProof.code, peer,
            f"{peer} cannot show that its ledger extends a checkpoint that others hold. This proves nothing against "
            "it; compare checkpoints with them.")]

    def _take_bundle(self, tx: Transaction, peer: MemberId, checkpoint: Checkpoint, proof: BundleProof) -> None:
        """Take the proof of a whole bundle when all of its entries are held; else single proofs are asked for."""
        if proof.to != self._parts.own or not 0 < proof.count <= 1_000_000 or not 0 <= proof.first < 2**62:
            return
        start, stop = at(peer, proof.first), at(peer, proof.first + proof.count)
        numbers = [int.from_bytes(raw, "big") for _, raw in tx.scan(tables.SEQUENCES, start, stop)]
        items = [in_items.get(tx, at(peer, number)) for number in numbers]
        held = [item for item in items if item is not None]
        if len(held) != proof.count or any(item.epoch < proof.epoch for item in held):
            return
        if verify_bundle(checkpoint, [leaf_hash(item.entry) for item in held], proof):
            for number, item in zip(numbers, held, strict=True):
                self._kept(tx, peer, number, item)

    def _take_proof(
        self, tx: Transaction, peer: MemberId, checkpoint: Checkpoint, item_proof: ItemProof
    ) -> list[Outcome]:
        item = in_items.get(tx, at(peer, item_proof.number))
        if item is None or item.proven:
            return []
        proof = read_entry_proof(item_proof.proof)
        # The position is compared too, or one entry could stand for several.
        right = (proof.bundle.to, proof.sequence) == (self._parts.own, item.sequence)
        if right and proof.bundle.epoch <= item.epoch and verify_entry(checkpoint, item.entry, proof):
            self._kept(tx, peer, item_proof.number, item)
            return []
        return self._broken(tx, peer, item, "sent a proof that does not hold")

    def _kept(self, tx: Transaction, peer: MemberId, number: int, item: InItem) -> None:
        if not item.proven:
            in_items.put(tx, at(peer, number), msgspec.structs.replace(item, proven=True))
            tx.delete(tables.UNPROVEN, at(peer, item.epoch, number))

    def _take_lack(self, tx: Transaction, peer: MemberId, checkpoint: Checkpoint, number: int) -> list[Outcome]:
        item = in_items.get(tx, at(peer, number))
        if item is None or item.proven or checkpoint.epoch < item.epoch:
            return []
        return self._broken(tx, peer, item, "says itself that it cannot prove it")

    def _broken(self, tx: Transaction, peer: MemberId, item: InItem, how: str) -> list[Outcome]:
        key = at(peer, item.epoch)
        if tx.get(tables.OVERDUE, key) is not None:
            return []
        tx.put(tables.OVERDUE, key, b"")
        return [Alarm(
            BrokenPromise.code, peer,
            f"{peer} promised that what it released would stand in its ledger by epoch {item.epoch}, and {how}.")]

    def overdue(self, tx: Transaction, peer: MemberId, now_ms: int) -> list[Outcome]:
        """Raise the alarm for promises whose proof should long be here, the link being up all that time."""
        session = self._parts.sessions.of(peer, now_ms)
        grace = self._parts.settings.promise_grace_ms
        if not session.up or now_ms - session.since_ms < grace:
            return []
        key = next((key for key, _ in tx.scan(tables.UNPROVEN, at(peer), past(peer), limit=1)), None)
        item = in_items.get(tx, at(peer, last_number(key))) if key is not None else None
        if item is None or now_ms - item.arrived_ms < grace:
            return []
        return self._broken(tx, peer, item, "has not shown it in time")
