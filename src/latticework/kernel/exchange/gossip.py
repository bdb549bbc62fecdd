"""Checkpoints passed on among the parties of non-discreet arrangements, so that two histories of one log meet."""

from __future__ import annotations

from latticework.kernel.errors import Equivocation, InvalidProof, UnknownMember
from latticework.kernel.exchange import tables
from latticework.kernel.exchange.events import Alarm
from latticework.kernel.exchange.messages import MAX_ACCUSATION, Accusation, Checkpoints
from latticework.kernel.exchange.parts import Outcome, Parts, Say
from latticework.kernel.exchange.proving import Proving
from latticework.kernel.exchange.tables import at
from latticework.kernel.ids import MemberId
from latticework.kernel.ledger.accuse import contradicts, read_accusation, without_chain
from latticework.kernel.ledger.checkpoint import open_checkpoint, read_checkpoint
from latticework.kernel.ledger.watch import Finding
from latticework.kernel.ledger.watch import Outcome as Watched
from latticework.kernel.store.protocol import Reader, Transaction


class Gossip:
    """What this node tells others about third members' logs, and what it hears about them."""

    def __init__(self, parts: Parts, proving: Proving) -> None:
        self._parts = parts
        self._proving = proving

    def together(self, *members: MemberId, now_ms: int) -> bool:
        """Say whether these members and this one are parties of one non-discreet arrangement in force."""
        wanted = {self._parts.own, *members}
        return any(
            not s.arrangement.discreet and wanted.issubset(s.arrangement.parties) and s.in_force(now_ms)
            for s in self._parts.state().standings
        )

    # ---- telling ---------------------------------------------------------------------------------------------------

    def relay(self, reader: Reader, peer: MemberId, now_ms: int) -> list[Outcome]:
        """Return the latest checkpoints of the logs that `peer` and this member have in common.

        Nothing more is passed on of a log that was proven to have two histories; whoever still does is told so.
        """
        notes: list[tuple[MemberId, bytes]] = []
        for log in self._parts.state().partners:
            proven = reader.get(tables.ACCUSED, at(log)) is not None
            if log == peer or proven or not self.together(peer, log, now_ms=now_ms):
                continue
            watch = self._proving.watch(log)
            head = watch.head(reader)
            if head is None:
                continue
            first = max(0, head.epoch - self._parts.settings.relay_checkpoints + 1)
            held = (watch.held(reader, epoch) for epoch in range(first, head.epoch + 1))
            notes += [(log, checkpoint.note) for checkpoint in held if checkpoint is not None]
        return [Say(peer, Checkpoints(tuple(notes)))] if notes else []

    def accusations(self, reader: Reader, peer: MemberId, now_ms: int) -> list[Outcome]:
        """Return the accusations that `peer` should know of."""
        return [
            Say(peer, _spoken(proof))
            for key, proof in reader.scan(tables.ACCUSED)
            if key.decode() != peer and self.together(peer, MemberId(key.decode()), now_ms=now_ms)
        ]

    # ---- hearing ---------------------------------------------------------------------------------------------------

    def relayed(self, tx: Transaction, peer: MemberId, message: Checkpoints, now_ms: int) -> list[Outcome]:
        """Compare relayed checkpoints with those held. What cannot be compared is asked about at its source.

        Raises
        ------
        InvalidCheckpoint, InvalidSignature
            When one is malformed or not signed by the member it names; then none of the message counts.
        """
        outcomes: list[Outcome] = []
        audited: set[MemberId] = set()
        for log, note in message.notes:
            if log == self._parts.own:
                outcomes += self._proving.heard(tx, note, peer, now_ms)
                continue
            if log not in self._parts.state().partners:
                continue
            proof = tx.get(tables.ACCUSED, at(log))
            if proof is not None:
                if log not in audited and log != peer and self.together(peer, log, now_ms=now_ms):
                    outcomes.append(Say(peer, _spoken(proof)))
                audited.add(log)
                continue
            watch = self._proving.watch(log)
            held = watch.held(tx, read_checkpoint(note).epoch)
            if held is not None and held.note == note:
                continue  # verified when it first came
            watched = watch.consider(tx, note, None)
            outcomes += self.follow(tx, log, watched, now_ms)
            loose = watched.finding in {Finding.GAP, Finding.OLD}
            session = self._parts.sessions.get(log)
            if loose and session is not None and session.up and log not in audited:
                audited.add(log)
                outcomes.append(self._proving.ask(tx, log, watched.checkpoint))
        return outcomes

    def follow(self, tx: Transaction, log: MemberId, watched: Watched, now_ms: int) -> list[Outcome]:
        """Act on what a relayed checkpoint showed."""
        outcomes = self._proving.follow(tx, log, watched, direct=False)
        if watched.finding is Finding.EQUIVOCATION:
            outcomes += self.accuse(tx, log, watched.accusation, now_ms)
        return outcomes

    def accuse(self, tx: Transaction, log: MemberId, proof: bytes, now_ms: int) -> list[Outcome]:
        """Keep a proof of equivocation, raise the alarm, and tell the other parties; the second time does nothing."""
        if tx.get(tables.ACCUSED, at(log)) is not None:
            return []
        tx.put(tables.ACCUSED, at(log), proof)
        outcomes: list[Outcome] = [Alarm(
            Equivocation.code, log,
            f"{log} signed two different histories of its ledger. The proof is kept; anyone can verify it offline.",
            proof)]
        others = [p for p in self._parts.sessions.linked() if p != log and self.together(p, log, now_ms=now_ms)]
        return [*outcomes, *(Say(peer, _spoken(proof)) for peer in others)]

    def accused(self, tx: Transaction, peer: MemberId, message: Accusation, now_ms: int) -> list[Outcome]:
        """Verify an accusation with the keys known here, and believe nothing else.

        Raises
        ------
        DecodeError, InvalidCheckpoint
            When it is malformed.
        InvalidSignature, UnknownMember, KeyCompromised
            When one of its checkpoints is not signed by a good key of the accused.
        InvalidProof
            When the two do not contradict each other.
        """
        found = read_accusation(message.proof)
        member = read_checkpoint(found.first).member
        if member != self._parts.own and member not in self._parts.state().partners:
            raise UnknownMember(f"{peer} accuses a member without trust here; there is nothing to compare it with.")
        first = open_checkpoint(found.first, self._parts.keys, member=member)
        second = open_checkpoint(found.second, self._parts.keys, member=member)
        if not contradicts(first, second):
            raise InvalidProof(f"an accusation from {peer} proves nothing; it was refused.")
        if member == self._parts.own:
            return [*self._proving.heard(tx, found.first, peer, now_ms),
                    *self._proving.heard(tx, found.second, peer, now_ms)]
        self._proving.note_equivocation(tx, member)
        # What is kept here proves itself to anybody, so the keys come back in where the message had no room for them.
        proof = message.proof if found.chain else self._proving.watch(member).accuse(found.first, found.second)
        return self.accuse(tx, member, proof, now_ms)


def _spoken(proof: bytes) -> Accusation:
    return Accusation(proof if len(proof) <= MAX_ACCUSATION else without_chain(proof))
