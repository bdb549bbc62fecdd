"""The gate for a million tracks at once: one topic, purpose and time, all peers, compiled to bitmask rows.

An arrangement that may carry the topic becomes a row: the levels and restrictions that it refuses, and for each peer
the originators whose information it may not pass on. A label, packed by :mod:`.packing`, passes when it touches
nothing that is refused and no constraint of the own law holds its level back. The five functions at the top are the
whole predicate. They are written with bitwise operators, so that the same code runs on arrays here and on z3's symbolic
words in ``tests/unit/kernel/policy/test_proof.py``, where it is proven equal to the declared rules.

A compiled policy holds from `time_ms` until `valid_until_ms`; then, and whenever the state changes, compile anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.labels import Label, map_label
from latticework.kernel.policy.boundaries import next_change_ms
from latticework.kernel.policy.constraints import Bounds, Constraint
from latticework.kernel.policy.model import Arrangement, Onward, PolicyState, Purpose, Standing
from latticework.kernel.policy.packing import ALL, LabelColumns, Packing, Words
from latticework.kernel.policy.transfer import TRANSFERS, is_house_keeping

CHUNK: Final = 8_192
"""Labels decided at a time, so that the working arrays stay in the processor's cache."""
MAX_LABELS: Final = 1 << 16
"""Indexes of interned labels, 0 (no label) among them."""


def permitted_originators(
    own: int, peer: int, parties: int, givers: int, consents: int, never: int, free: int, discreet: int
) -> int:
    """Return the members whose information one arrangement lets pass between `own` and `peer`.

    Parameters
    ----------
    own, peer
        One bit each: what the two originated needs nobody else's word.
    parties, givers, consents
        The arrangement's parties; those of them that may release to the taker; members that consented.
    never, free, discreet
        All ones where the arrangement forbids onward release, makes it free, or is discreet; else zero.
    """
    onward = (consents | (givers & free)) & ~never & (parties | ~discreet)
    return (own | peer | onward) & ALL


def unfit(refused: Words, bit: np.uint64, caveats: Words, bad_caveats: np.uint64) -> Words:
    """Return words that are zero exactly where an arrangement takes a label's level and restrictions.

    Parameters
    ----------
    refused
        For each label, one bit for each arrangement that does not take its level.
    bit
        The arrangement's bit.
    caveats, bad_caveats
        The label's restrictions, and those that the arrangement does not take.
    """
    stopped: Words = (refused & bit) | (caveats & bad_caveats)
    return stopped


def blocked(stopped: Words, originators: Words, bad_originators: np.uint64) -> Words:
    """Return words that are zero exactly where nothing is `stopped` and no originator is a bad one."""
    touched: Words = stopped | (originators & bad_originators)
    return touched


def audience(release: Words, originators: Words, pick: Callable[[npt.NDArray[np.bool_], Words, int], Words]) -> Words:
    """Return the bits of the members in each label's audience: the release set, and a sole originator.

    Parameters
    ----------
    pick
        ``numpy.where``, or its like for other words.
    """
    # x & (x - 1) drops the lowest bit, so it is zero for one originator (and for none, which adds nobody).
    return release | pick(originators & (originators - 1) == 0, originators, 0)


def unheld(readers: Words, held: Words) -> Words:
    """Return `readers` without those from whom a constraint holds the label's level back."""
    left: Words = readers & ~held
    return left


class Row(msgspec.Struct, frozen=True):
    """One arrangement.

    Parameters
    ----------
    table, bit
        Where the levels that it refuses stand: bit `bit` of level table `table`.
    bad_caveats
        Bits that a label's restrictions must not have.
    peers
        For each peer that it serves: position among the compiled policy's peers, and the bits that a label's
        originators must not have.
    """

    table: int
    bit: np.uint64
    bad_caveats: np.uint64
    peers: tuple[tuple[int, np.uint64], ...]


class CompiledPolicy:
    """The gate's answers for one topic, purpose and time to all peers, as bitmasks.

    Parameters
    ----------
    state
        As for ``decide``.
    topic, purpose
        One of each; a purpose of people allows nothing.
    time_ms
        When it begins to hold, ms since 1970 UTC.
    labels
        Labels to intern at once: the one at position i gets index i + 1, also where labels are repeated.
    peers
        Whose bit stands where; by default the state's partners. At most 63.

    Raises
    ------
    InvalidConfig
        When members or restrictions are more than fit into a word.

    Attributes
    ----------
    peers
        Bit i of every answer is about ``peers[i]``.
    packing
        How labels become columns for :meth:`decide_columns`.
    valid_until_ms
        From this time on the answers may be out of date though nothing arrived; None: they stay.
    """

    def __init__(
        self, state: PolicyState, topic: Topic, purpose: Purpose, time_ms: int, *, labels: Sequence[Label] = (),
        peers: Sequence[MemberId] | None = None,
    ) -> None:
        self.state, self.topic, self.purpose, self.time_ms = state, topic, purpose, time_ms
        self.peers: tuple[MemberId, ...] = tuple(dict.fromkeys(state.partners if peers is None else peers))
        self._house = is_house_keeping(topic)
        live = [] if self._house or purpose not in TRANSFERS else _live(state, topic, time_ms)
        first = list(dict.fromkeys((*self.peers, state.own)))
        others = {m for s in live for m in s.arrangement.parties}.union(state.consents)
        self.packing = Packing(first, others, live)
        trusted = set(state.partners).difference(state.suspended, (state.own,))
        self._trusted = [i for i, p in enumerate(self.peers) if p in trusted and purpose in TRANSFERS]
        self._peer_bits = np.uint64(sum(1 << i for i in self._trusted))
        self._own_bit = np.uint64(self.packing.member_bits[state.own])
        self._level_tables = _level_tables(live, self.packing)
        self._held = self._held_levels() if live else None
        rows = (self._row(at, s.arrangement) for at, s in enumerate(live))
        self.rows = tuple(row for row in rows if row.peers)
        self._table: Words = np.zeros(MAX_LABELS, np.uint64)
        self._index: dict[Label, int] = {}
        self._known = 0
        self.valid_until_ms = next_change_ms(state, time_ms)
        self._learn(labels)

    def intern(self, label: Label) -> int:
        """Return the index of `label`, from 1 on, deciding about it when it is new.

        Raises
        ------
        InvalidConfig
            When 65,535 labels are interned already.
        """
        if label not in self._index:
            self._learn([label])
        return self._index[label]

    def _learn(self, new: Sequence[Label]) -> None:
        start = self._known + 1
        if start + len(new) > MAX_LABELS:
            raise InvalidConfig("a compiled policy takes at most 65,535 different labels; compile it anew.")
        if new:
            self._table[start : start + len(new)] = self.decide_columns(self.packing.pack(new))
            self._known += len(new)
            for i, label in enumerate(new):
                self._index.setdefault(label, start + i)
        for label in new:
            ends = label.expires_ms
            if ends is not None and ends > self.time_ms:
                self.valid_until_ms = ends if self.valid_until_ms is None else min(self.valid_until_ms, ends)

    def is_current(self, time_ms: int) -> bool:
        """Say whether the answers hold at `time_ms`; the caller watches for changes of the state."""
        return self.time_ms <= time_ms and (self.valid_until_ms is None or time_ms < self.valid_until_ms)

    def mask_of(self, peer: MemberId) -> np.uint64:
        """Return the bit of `peer` in the answers; zero if it has none."""
        return np.uint64(1 << self.peers.index(peer)) if peer in self.peers else np.uint64(0)

    def decide_rows(self, label_index: npt.NDArray[np.uint16]) -> Words:
        """Return for each interned label which peers may have it.

        Parameters
        ----------
        label_index
            Shape (n,), uint16: indexes from :meth:`intern`. Unknown indexes, and 0 (no label), are withheld.

        Returns
        -------
        numpy.ndarray
            Shape (n,), uint64: bit i for ``peers[i]``.
        """
        return self._table[label_index]

    def decide_columns(self, columns: LabelColumns) -> Words:
        """Return for each packed label which peers may have it, with no interning.

        Parameters
        ----------
        columns
            n labels packed by :attr:`packing`. Expiry is compared with `time_ms`.

        Returns
        -------
        numpy.ndarray
            Shape (n,), uint64: bit i for ``peers[i]``.
        """
        out: Words = np.zeros(len(columns), np.uint64)
        for at in range(0, len(columns), CHUNK):
            part = slice(at, at + CHUNK)
            out[part] = self._decide_chunk(
                columns.level[part], columns.release[part], columns.caveats[part], columns.originators[part],
                columns.expires_ms[part],
            )
        return out

    def _decide_chunk(
        self, level: npt.NDArray[np.uint16], release: Words, caveats: Words, originators: Words,
        expires_ms: npt.NDArray[np.int64],
    ) -> Words:
        readers = audience(release, originators, np.where)
        if self.purpose is Purpose.RECEIVE:
            readers = np.where(readers & self._own_bit != 0, self._peer_bits, np.uint64(0))
        readers = np.where(expires_ms > self.time_ms, readers & self._peer_bits, np.uint64(0))
        if not self._house and self._held is not None:
            readers = unheld(readers, self._held.take(level, mode="clip"))
        if self._house or not readers.any():
            return readers
        arranged = self._arranged(level, caveats, originators)
        if self.purpose is Purpose.RELAY:
            arranged = np.where(originators != 0, arranged, np.uint64(0))
        allowed: Words = readers & arranged
        return allowed

    def _arranged(self, level: npt.NDArray[np.uint16], caveats: Words, originators: Words) -> Words:
        # Every level is a valid index; "clip" only spares the check.
        refused = [table.take(level, mode="clip") for table in self._level_tables]
        passes: dict[int, npt.NDArray[np.bool_]] = {}
        for row in self.rows:
            stopped = unfit(refused[row.table], row.bit, caveats, row.bad_caveats)
            for peer, bad_originators in row.peers:
                ok = blocked(stopped, originators, bad_originators) == 0
                passes[peer] = ok | passes[peer] if peer in passes else ok
        arranged: Words = np.zeros(len(level), np.uint64)
        for peer, ok in passes.items():
            arranged |= ok.astype(np.uint64) << np.uint64(peer)
        return arranged

    def _held_levels(self) -> Words | None:
        """Return a table of shape (65536,): bit i is set where a constraint holds a level back from peer i.

        Levels of policies that no arrangement knows are left out: those pass nowhere.
        """
        if self.purpose is Purpose.RECEIVE or not self.state.constraints:
            return None
        held: Words = np.zeros(1 << 16, np.uint64)
        for i in self._trusted:
            peer, bit = self.peers[i], np.uint64(1 << i)
            concerned = [c for c in self.state.constraints if c.bounds.concern(peer, self.topic, self.time_ms)]
            for policy in self.packing.policy_numbers if concerned else ():
                levels = np.zeros(256, np.bool_)
                for constraint in concerned:
                    levels |= self._withheld_levels(constraint, peer, policy)
                first = self.packing.level(policy, 0)
                held[first : first + 256][levels] |= bit
        return held if held.any() else None

    def _withheld_levels(self, constraint: Constraint, peer: MemberId, policy: str) -> npt.NDArray[np.bool_]:
        levels = _levels_within(constraint.bounds, policy, unnamed=True)
        for lift in constraint.unless:
            if lift.concern(peer, self.topic, self.time_ms):
                levels &= ~_levels_within(lift, policy, unnamed=False)
        return levels

    def _row(self, at: int, a: Arrangement) -> Row:
        own, bits = self.state.own, self.packing.members
        peers: list[tuple[int, np.uint64]] = []
        for i in self._trusted:
            peer = self.peers[i]
            giver, taker = (peer, own) if self.purpose is Purpose.RECEIVE else (own, peer)
            if not a.flows_between(giver, taker):
                continue
            good = permitted_originators(
                own=bits((own,)), peer=bits((peer,)), parties=bits(a.parties),
                givers=bits(m for m in a.parties if a.flows_between(m, taker)), consents=bits(self.state.consents),
                never=ALL if a.onward is Onward.NEVER else 0, free=ALL if a.onward is Onward.FREE else 0,
                discreet=ALL if a.discreet else 0,
            )
            peers.append((i, np.uint64(ALL & ~good)))
        return Row(at // 64, np.uint64(1 << at % 64), np.uint64(ALL & ~_good_caveats(a, self.packing)), tuple(peers))


def _live(state: PolicyState, topic: Topic, time_ms: int) -> list[Standing]:
    """Return the arrangements of the own member that are in force and cover `topic`."""
    return [
        s for s in state.standings
        if state.own in s.arrangement.parties and s.arrangement.covers(topic) and s.in_force(time_ms)
    ]


def _levels_within(bounds: Bounds, policy: str, *, unnamed: bool) -> npt.NDArray[np.bool_]:
    """Return for each classification of a byte, shape (256,), whether `bounds` include it."""
    rows = bounds.levels_of(policy)
    if not rows:
        return np.full(256, unnamed if rows is None else True)
    found = np.zeros(256, np.bool_)
    for row in rows:
        found[max(row.lowest, 0) : max(row.highest + 1, 0)] = True
    return found


def _level_tables(live: Sequence[Standing], packing: Packing) -> list[Words]:
    """Return tables of shape (65536,): bit i is set where arrangement i (of 64 a table) refuses that level."""
    tables: list[Words] = [np.full(1 << 16, ALL, np.uint64) for _ in range((len(live) + 63) // 64)]
    for at, standing in enumerate(live):
        a, table, keep = standing.arrangement, tables[at // 64], np.uint64(ALL & ~(1 << at % 64))
        if a.ceiling >= 0:
            first = packing.level(a.exchange_policy, 0)
            table[first : first + min(a.ceiling, 255) + 1] &= keep
        for policy, level in sorted({(r.from_policy, r.from_classification) for r in a.levels}):
            if not 0 <= level <= 255:
                continue
            mapped = map_label(Label(policy=policy, classification=level), a.exchange_policy, a.levels, a.caveats)
            if policy != a.exchange_policy and mapped is not None and mapped.classification <= a.ceiling:
                table[packing.level(policy, level)] &= keep
    return tables


def _good_caveats(a: Arrangement, packing: Packing) -> int:
    """Return the bits of restrictions that pass under `a`: all of its exchange policy, and those that map to it."""
    good = packing.other_bits[a.exchange_policy]
    for (policy, _), bit in packing.caveat_bits.items():
        if policy == a.exchange_policy:
            good |= bit
    for row in a.caveats:
        if row.to_policy == a.exchange_policy:
            good |= packing.caveat_bits[row.from_policy, row.from_caveat]
    return good
