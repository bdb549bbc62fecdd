"""Valid values for tests, with every field given a plain default."""

from __future__ import annotations

from collections.abc import Iterable

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import encode
from latticework.kernel.ids import Kind, MemberId, Post, RecordId, Topic
from latticework.kernel.kinds import NOTE, Note
from latticework.kernel.labels.label import Label, Release
from latticework.kernel.policy.model import Arrangement, Flow, Onward, PolicyState, Standing
from latticework.kernel.records import Link, Record, Signer, make_record
from latticework.testing.clock import START_MS

YEAR_MS = 365 * 24 * 3600 * 1000
POLICY = "EXERCISE"


def member(text: str) -> MemberId:
    """Return a member id."""
    return MemberId(text)


def label(
    *release: str, originators: Iterable[str] = ("JPN",), classification: int = 1, everyone: bool = False,
    policy: str = POLICY, restrictive: Iterable[str] = (), expires_ms: int | None = None,
) -> Label:
    """Return a label released to `release`; without names and without `everyone` it is for its originators alone."""
    members = Release(everyone=everyone, members=frozenset(release)) if release or everyone else None
    return Label(
        policy=policy, classification=classification, release=members, restrictive=frozenset(restrictive),
        originators=frozenset(MemberId(m) for m in originators), expires_ms=expires_ms,
    )


def arrangement(
    *parties: str, name: str = "arrangement", topics: Iterable[str] = ("air",), ceiling: int = 2,
    onward: Onward = Onward.NEVER, discreet: bool = False, flows: Iterable[tuple[str, str]] = (),
    valid_from_ms: int = START_MS - YEAR_MS, valid_until_ms: int = START_MS + YEAR_MS,
) -> Arrangement:
    """Return an arrangement of `parties`, valid for a year around the start of tests."""
    return Arrangement(
        name=name, title=name.title(), parties=tuple(sorted(MemberId(p) for p in parties)),
        topics=tuple(sorted(Topic(t) for t in topics)), ceiling=ceiling, exchange_policy=POLICY,
        valid_from_ms=valid_from_ms, valid_until_ms=valid_until_ms, renew_every_ms=2 * YEAR_MS, onward=onward,
        discreet=discreet, flows=tuple(sorted(Flow(MemberId(g), MemberId(t)) for g, t in flows)),
    )


def standing(agreed: Arrangement, *, record: str = "a", signed: Iterable[str] | None = None) -> Standing:
    """Return `agreed` with the grants of `signed` (all parties when left out)."""
    by = agreed.parties if signed is None else tuple(sorted(MemberId(m) for m in signed))
    return Standing(
        record=RecordId(record.encode().hex().ljust(64, "0")[:64]), arrangement=agreed,
        grants=tuple((party, agreed.valid_from_ms, agreed.valid_until_ms) for party in by),
    )


def state(own: str, *partners: str, standings: Iterable[Standing] = (), suspended: Iterable[str] = ()) -> PolicyState:
    """Return what `own` knows."""
    return PolicyState(
        own=MemberId(own), partners=tuple(sorted(MemberId(p) for p in partners)), standings=tuple(standings),
        suspended=tuple(sorted(MemberId(s) for s in suspended)),
    )


def record(
    signer: Signer, entropy: Entropy, text: str = "An invented note.", *, topic: str = "air",
    labeled: Label | None = None, kind: Kind = NOTE, made_ms: int = START_MS, links: tuple[Link, ...] = (),
    body: bytes | None = None,
) -> Record:
    """Return a signed record; a note unless told otherwise."""
    return make_record(
        signer, entropy, kind=kind, version=1, post=Post("test desk"), topic=Topic(topic), made_ms=made_ms,
        label=labeled if labeled is not None else label(originators=(signer.member,), everyone=True), links=links,
        body=body if body is not None else encode(Note(title="Note", text=text, status="invented")),
    )
