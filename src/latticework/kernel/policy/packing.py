"""Labels as machine words: one bit a member, one bit a restriction, so that a million of them are decided at once.

The bits belong to one compiled policy. A member or restriction that the policy state does not know shares the bit
"somebody else" or "something else", which no arrangement ever permits; so packing loses nothing that could allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Label
from latticework.kernel.policy.model import Standing

Words = npt.NDArray[np.uint64]
ALL: Final = (1 << 64) - 1
OTHER: Final = 1 << 63
"""The bit of every member, or restriction, that the state does not know."""
NEVER: Final = np.iinfo(np.int64).max
"""Packed expiry of a label that does not expire."""
UNKNOWN_POLICY: Final = 255


class LabelColumns(msgspec.Struct, frozen=True):
    """Packed labels, column by column; all arrays have the same shape (n,).

    Parameters
    ----------
    level
        uint16: number of the security policy in the high byte, classification in the low byte.
    release
        uint64: bit i for member i in the release set; all ones for everyone; zero for no release.
    caveats
        uint64: bits of the restrictive caveats, and one more for permissive categories.
    originators
        uint64: bits of the originating members.
    expires_ms
        int64: expiry, ms since 1970 UTC; the largest value for never.
    """

    level: npt.NDArray[np.uint16]
    release: Words
    caveats: Words
    originators: Words
    expires_ms: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.level)


class Packing:
    """Which bit stands for which member and restriction, and which byte for which security policy.

    Parameters
    ----------
    first
        Members that get the lowest bits, in this order (the peers, then the own member).
    others
        Further members that count: parties and consenting members.
    standings
        Arrangements whose tables and exchange policies count.

    Raises
    ------
    InvalidConfig
        When there are more than 63 members, 254 policies, or 63 restrictions and exchange policies.
    """

    def __init__(
        self, first: Sequence[MemberId], others: Iterable[MemberId], standings: Iterable[Standing]
    ) -> None:
        members = [*first, *sorted(set(others).difference(first))]
        exchange: set[str] = set()
        policies: set[str] = set()
        pairs: set[tuple[str, str]] = set()
        for standing in standings:
            a = standing.arrangement
            exchange.add(a.exchange_policy)
            policies.update(row.from_policy for row in a.levels)
            pairs.update((row.from_policy, row.from_caveat) for row in a.caveats)
        if len(members) > 63 or len(pairs) + len(exchange) > 63 or len(policies | exchange) > UNKNOWN_POLICY - 1:
            raise InvalidConfig(
                "a compiled policy takes at most 63 members and 63 mapped restrictions; decide one by one instead."
            )
        self.member_bits: dict[str, int] = {m: 1 << i for i, m in enumerate(members)}
        self.policy_numbers = {name: i for i, name in enumerate(sorted(policies | exchange))}
        self.caveat_bits = {pair: 1 << i for i, pair in enumerate(sorted(pairs))}
        # Restrictions outside the tables pass only where no mapping is needed: one bit for each exchange policy.
        self.other_bits = {name: 1 << (len(pairs) + i) for i, name in enumerate(sorted(exchange))}

    def members(self, members: Iterable[str]) -> int:
        """Return the bits of `members`; unknown ones share :data:`OTHER`."""
        bits = 0
        for member in members:
            bits |= self.member_bits.get(member, OTHER)
        return bits

    def caveats(self, label: Label) -> int:
        """Return the bits of what restricts `label`."""
        other = self.other_bits.get(label.policy, OTHER)
        # Permissive categories belong to one policy alone: like an unknown restriction, they map nowhere.
        bits = other if label.permissive else 0
        for caveat in label.restrictive:
            bits |= self.caveat_bits.get((label.policy, caveat), other)
        return bits

    def level(self, policy: str, classification: int) -> int:
        """Return policy and classification as one 16-bit number; what does not fit is of no known policy."""
        if not 0 <= classification <= 255:
            return UNKNOWN_POLICY << 8
        return self.policy_numbers.get(policy, UNKNOWN_POLICY) << 8 | classification

    def release(self, label: Label) -> int:
        """Return the bits of the label's release set."""
        release = label.release
        if release is None:
            return 0
        # A name that is no known member's can never be the one asked about, so it needs no bit at all.
        return ALL if release.everyone else self.members(release.members) & ~OTHER

    def pack(self, labels: Sequence[Label]) -> LabelColumns:
        """Return `labels` as columns, in their order."""
        return LabelColumns(
            level=np.array([self.level(x.policy, x.classification) for x in labels], np.uint16),
            release=np.array([self.release(x) for x in labels], np.uint64),
            caveats=np.array([self.caveats(x) for x in labels], np.uint64),
            originators=np.array([self.members(x.originators) for x in labels], np.uint64),
            expires_ms=np.array(
                [NEVER if x.expires_ms is None else max(-NEVER, min(x.expires_ms, NEVER)) for x in labels], np.int64
            ),
        )
