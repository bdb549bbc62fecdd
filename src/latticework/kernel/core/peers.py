"""How this node stands with its partners, and its counters."""

from __future__ import annotations

from latticework.kernel.core.authority import need
from latticework.kernel.core.base import KernelBase
from latticework.kernel.policy.model import Officer
from latticework.kernel.views import Counters, PeerView


class PeerViews(KernelBase):
    """Partners as officers see them."""

    def peers(self, officer: Officer) -> tuple[PeerView, ...]:
        """Return every partner with its link, its lag, and how its ledger stands here, by trigraph."""
        need(officer, "peers")
        suspended = set(self.state().suspended)
        views = []
        with self.store.snapshot() as reader:
            for partner in self.trust.list(reader):
                s = self.exchange.peer_status(reader, partner.member)
                views.append(PeerView(
                    member=partner.member, name=partner.title, link="direct" if s.linked else "down",
                    since_ms=s.since_ms, lag_ms=s.lag_ms, queued=s.queued, last_checkpoint_ms=s.last_checkpoint_ms,
                    ledger_size=s.ledger_size, ledger_state=s.ledger_state, released=s.released, receipts=s.receipts,
                    records_from=s.records_from, suspended=partner.member in suspended,
                ))
        return tuple(views)

    def counters(self) -> Counters:
        """Return this node's totals since it started; numbers only, without content."""
        counted = self._counted
        return Counters(
            published=counted["published"], released=counted["released"], withheld=counted["withheld"],
            delivered=counted["delivered"], quarantined=counted["quarantined"], relayed=counted["relayed"],
        )
