"""Arrangements: proposed, signed, renewed and withdrawn by two officers, and in force when every party has signed."""

from __future__ import annotations

from latticework.kernel.core.authority import need, need_two
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidArrangement, NotFound
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.kinds import ARRANGEMENT, GRANT, TOPIC_ARRANGEMENTS, WITHDRAWAL, Grant, Withdrawal
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement, Officer, Standing
from latticework.kernel.records.record import Link, Record
from latticework.kernel.views import ArrangementView

RENEW_AT: float = 0.5
"""A grant is renewed when this part of its time has passed, so that an outage of half the period loses nothing."""


class ArrangementActs(KernelBase):
    """What officers do with arrangements."""

    def arrangements(self, officer: Officer, *, discreet: bool = False) -> tuple[ArrangementView, ...]:
        """Return the arrangements known here; discreet ones only when asked for, by their parties' officers."""
        need(officer, "arrangements")
        now = self.clock.now_ms()
        return tuple(
            _view(s, now) for s in self.standings()
            if not s.arrangement.discreet or (discreet and self.own in s.arrangement.parties)
        )

    def arrangement(self, officer: Officer, record: RecordId) -> ArrangementView:
        """Return one arrangement, or raise :class:`NotFound`."""
        for view in self.arrangements(officer, discreet=True):
            if view.record == record:
                return view
        raise NotFound(f"there is no arrangement {record[:12]} here.")

    def propose_arrangement(self, first: Officer, second: Officer, arrangement: Arrangement) -> Record:
        """Propose `arrangement` to its parties and sign it for this member; needs two officers."""
        need_two(first, second, "arrangement")
        self.check_proposal(arrangement)
        record = self._author(
            first, ARRANGEMENT, arrangement, topic=TOPIC_ARRANGEMENTS, label=self._parties_label(arrangement.parties),
            distribute=True, act="arrangement.propose", second=second,
        )
        self._grant(first, second, record.id, arrangement)
        return record

    def check_proposal(self, arrangement: Arrangement) -> None:
        """Raise :class:`InvalidArrangement` when this member cannot propose `arrangement` as it stands."""
        if self.own not in arrangement.parties:
            raise InvalidArrangement(f"{self.own} can only propose an arrangement that it is a party of.")
        strangers = sorted(set(arrangement.parties) - {self.own} - set(self.state().partners))
        if strangers:
            raise InvalidArrangement(f"establish trust with {', '.join(strangers)} first; then propose again.")
        if arrangement.exchange_policy not in self.policies:
            raise InvalidArrangement(f"the exchange policy {arrangement.exchange_policy!r} is not loaded here.")

    def sign_arrangement(self, first: Officer, second: Officer, record: RecordId) -> Record:
        """Sign (or renew) this member's grant under an arrangement; needs two officers."""
        need_two(first, second, "arrangement")
        return self._grant(first, second, record, self._own_standing(record).arrangement)

    def withdraw_grant(self, first: Officer, second: Officer, record: RecordId, reason: str) -> Record:
        """Take back this member's grant at once; what flows under the arrangement stops everywhere."""
        need_two(first, second, "arrangement")
        a = self._own_standing(record).arrangement
        return self._author(
            first, WITHDRAWAL, Withdrawal(arrangement=record, reason=reason), topic=TOPIC_ARRANGEMENTS,
            label=self._parties_label(a.parties), links=(Link("withdraws", record),), distribute=True,
            act="arrangement.withdraw", second=second,
        )

    def renew_grants(self) -> int:
        """Renew this member's own current grants that are past half their time; return how many.

        Officers signed for the arrangement's whole validity; renewing is the node's continuing word that they have
        not changed their mind. A grant that was withdrawn or has lapsed is never renewed by the node.
        """
        if self._stalled():
            return 0
        now = self.clock.now_ms()
        done = 0
        for standing in self.standings():
            a = standing.arrangement
            mine = next(((start, end) for party, start, end in standing.grants if party == self.own), None)
            if mine is None or not mine[0] <= now < mine[1] or now >= a.valid_until_ms:
                continue
            if now >= mine[0] + (mine[1] - mine[0]) * RENEW_AT and mine[1] < a.valid_until_ms:
                self._grant(None, None, standing.record, a)
                done += 1
        return done

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _own_standing(self, record: RecordId) -> Standing:
        for standing in self.standings():
            if standing.record == record and self.own in standing.arrangement.parties:
                return standing
        raise NotFound(f"there is no arrangement {record[:12]} of {self.own} here.")

    def _grant(self, first: Officer | None, second: Officer | None, record: RecordId, a: Arrangement) -> Record:
        now = self.clock.now_ms()
        if now >= a.valid_until_ms:
            raise InvalidArrangement("the arrangement's validity has ended; propose a new one.")
        start = max(now, a.valid_from_ms)
        body = Grant(arrangement=record, from_ms=start, until_ms=min(start + a.renew_every_ms, a.valid_until_ms))
        return self._author(
            first, GRANT, body, topic=TOPIC_ARRANGEMENTS, label=self._parties_label(a.parties),
            links=(Link("grants", record),), distribute=True, act="arrangement.sign", second=second,
        )

    def _parties_label(self, parties: tuple[MemberId, ...]) -> Label:
        return Label(
            policy=self.default_policy, classification=self.policies[self.default_policy].lowest,
            release=Release(members=frozenset(parties)), originators=frozenset({self.own}),
        )


def _view(standing: Standing, now_ms: int) -> ArrangementView:
    current = {party: end for party, start, end in standing.grants if start <= now_ms < end}
    parties = standing.arrangement.parties
    in_force = standing.in_force(now_ms)
    return ArrangementView(
        record=standing.record, arrangement=standing.arrangement, in_force=in_force,
        signed_by=tuple(p for p in parties if p in current),
        waiting_for=tuple(p for p in parties if p not in current),
        lapses_ms=min(current.values()) if in_force else None,
    )
