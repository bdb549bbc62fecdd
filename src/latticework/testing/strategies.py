"""Hypothesis strategies: labels, arrangements and whole policy states around a few members.

This module needs `hypothesis`, which only the tests install.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from latticework.kernel.ids import MemberId, Topic
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement, Onward, PolicyState, Standing
from latticework.testing import factories
from latticework.testing.clock import START_MS

MEMBERS = tuple(MemberId(m) for m in ("AUS", "JPN", "KOR", "PHL", "USA"))
TOPICS = tuple(Topic(t) for t in ("air", "air.tracks", "industry", "sea", "strategy"))
CAVEATS = ("CAVEAT/INVENTED ONE", "CAVEAT/INVENTED TWO")

members: SearchStrategy[MemberId] = st.sampled_from(MEMBERS)
topics: SearchStrategy[Topic] = st.sampled_from(TOPICS)
times: SearchStrategy[int] = st.integers(START_MS - 2 * factories.YEAR_MS, START_MS + 2 * factories.YEAR_MS)
"""Around the year in which the arrangements of :func:`arrangements` are valid."""

releases: SearchStrategy[Release | None] = st.one_of(
    st.none(), st.just(Release(everyone=True)),
    st.frozensets(members, min_size=1).map(lambda chosen: Release(members=frozenset(chosen))),
)

labels: SearchStrategy[Label] = st.builds(
    Label, policy=st.just(factories.POLICY), classification=st.integers(0, 4), release=releases,
    restrictive=st.frozensets(st.sampled_from(CAVEATS), max_size=1), originators=st.frozensets(members, min_size=1),
    expires_ms=st.one_of(st.none(), times),
)


@st.composite
def arrangements(draw: st.DrawFn) -> Arrangement:
    """Draw an arrangement of two or more members, with or without agreed directions."""
    parties = sorted(draw(st.sets(members, min_size=2)))
    pairs = [(giver, taker) for giver in parties for taker in parties if giver != taker]
    start = draw(times)
    return factories.arrangement(
        *parties, name=draw(st.sampled_from(("one", "other", "third"))), topics=draw(st.sets(topics, min_size=1)),
        ceiling=draw(st.integers(0, 4)), onward=draw(st.sampled_from(Onward)), discreet=draw(st.booleans()),
        flows=draw(st.sets(st.sampled_from(pairs))), valid_from_ms=start,
        valid_until_ms=start + draw(st.integers(1, 2 * factories.YEAR_MS)),
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Draw an arrangement with the grants of some of its parties."""
    agreed = draw(arrangements())
    signed = draw(st.one_of(st.just(set(agreed.parties)), st.sets(st.sampled_from(agreed.parties))))
    return factories.standing(agreed, record=f"{draw(st.integers(0, 99)):02}", signed=signed)


@st.composite
def states(draw: st.DrawFn, own: str = "JPN") -> PolicyState:
    """Draw what `own` may know: partners, suspended ones, and up to four standings with different records."""
    others = [m for m in MEMBERS if m != own]
    known = draw(st.lists(standings(), max_size=4, unique_by=lambda s: s.record))
    return factories.state(
        own, *draw(st.sets(st.sampled_from(others))), standings=known,
        suspended=draw(st.sets(st.sampled_from(others), max_size=1)),
    )
