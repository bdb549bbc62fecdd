"""The records behind a measure, read once each and kept by kind while somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from latticework.kernel import archive
from latticework.kernel.archive import Head
from latticework.kernel.core import Kernel
from latticework.kernel.ids import Kind, MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.store.protocol import Reader
from latticework.workbench.measures.model import Input, digest_of, in_order

READ_AT_ONCE = 2_000
"""Archive rows that one look at what is new reads in one go."""


class Selected(NamedTuple):
    """What a value is computed from.

    Parameters
    ----------
    inputs
        In the one order.
    digest
        The hash over their ids.
    label
        The join of their labels; None without any.
    """

    inputs: tuple[Input, ...]
    digest: str
    label: Label | None


class Inputs:
    """A node's records as inputs of measures.

    Parameters
    ----------
    kernel
        The node.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._by_kind: dict[Kind, list[tuple[Head, Input]]] = {}
        self._at = 0

    def refresh(self) -> set[Kind]:
        """Read what has arrived; return the kinds of it, whether or not they are kept here."""
        news: set[Kind] = set()
        while True:
            with self._kernel.store.snapshot() as reader:
                heads = list(self._kernel.arrivals(reader, self._at, limit=READ_AT_ONCE))
                for head in heads:
                    news.add(head.kind)
                    kept = self._by_kind.get(head.kind)
                    if kept is not None:
                        self._keep(reader, head, kept)
            if not heads:
                return news
            self._at = heads[-1].number

    def select(self, kinds: Iterable[Kind], until_ms: int, chosen: Callable[[Head], bool]) -> Selected:
        """Return the trusted records of `kinds` made until `until_ms` that are `chosen`."""
        self.refresh()
        rows = [
            (head, one) for kind in kinds for head, one in self._of_kind(kind)
            if head.made_ms <= until_ms and self._kernel.trusts(head) and chosen(head)
        ]
        inputs = in_order(one for _, one in rows)
        labels = list({head.label: None for head, _ in rows})
        return Selected(tuple(inputs), digest_of(inputs), self._kernel.banner(labels))

    def shared_with(self, partner: MemberId) -> Callable[[Head], bool]:
        """Return what says of a record that both hold it: its own author's, received here or there with a receipt."""
        kernel = self._kernel

        def both(head: Head) -> bool:
            if head.member == partner:
                return head.sender == partner
            if head.member != kernel.own:
                return False
            with kernel.store.snapshot() as reader:
                rows = kernel.exchange.released(reader, head.id)
            return any(row.to == partner and row.state == "received" for row in rows)

        return both

    def _of_kind(self, kind: Kind) -> list[tuple[Head, Input]]:
        kept = self._by_kind.get(kind)
        if kept is None:
            kept = self._by_kind[kind] = []
            with self._kernel.store.snapshot() as reader:
                for head in archive.heads_of_kind(reader, kind):
                    if head.number <= self._at:
                        self._keep(reader, head, kept)
        return kept

    def _keep(self, reader: Reader, head: Head, kept: list[tuple[Head, Input]]) -> None:
        body, links = self._kernel.content_of(reader, head)
        if body is not None:  # a version that this node does not know yet counts nowhere
            kept.append((head, Input(head.id, head.kind, head.member, head.post, head.made_ms, head.topic, body,
                                     links)))
