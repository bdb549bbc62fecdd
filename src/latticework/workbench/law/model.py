"""Rules of law, approvals and security standings as dated records: their bodies, and the question that is put to them.

Times are ms since 1970 UTC and half-open: a record holds from its begin up to, not including, its end. A later version
links to the record that it replaces: ``amends`` from its own begin on, ``corrects`` altogether (what it replaces was
wrong from the start). Nothing is overwritten, so that one can ask what held at a time, and what was known of it when.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeVar

import msgspec

from latticework.kernel.errors import InvalidLaw
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic, parse_member, parse_topic, topic_covers
from latticework.kernel.kinds import STATUSES
from latticework.kernel.policy import Levels

RULE: Final = Kind("law.rule")
APPROVAL: Final = Kind("law.approval")
APPROVAL_STATE: Final = Kind("law.approval-state")
STANDING: Final = Kind("law.standing")
TOPIC: Final = Topic("law")
"""What these records themselves are about, at the gate."""
AMENDS: Final = "amends"
CORRECTS: Final = "corrects"
SHARE: Final = "share"
"""The act of giving information to another member: the one that the gate asks about."""

DAY_MS: Final = 86_400_000
LONGEST_DAYS: Final = 36_525
EARLIEST_MS: Final = -2_208_988_800_000
LATEST_MS: Final = 253_402_300_799_000

RuleEffect = Literal["forbids", "needs approval", "permits"]
ApprovalStatus = Literal["asked", "granted", "refused", "revoked", "expired"]
StandingState = Literal["assured", "suspended", "ended"]
Match = Literal["yes", "no", "unknown"]

_WORDS: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")
S = TypeVar("S")


def check_dates(from_ms: int, until_ms: int | None) -> None:
    """Raise :class:`InvalidLaw` unless the two are a validity."""
    if not EARLIEST_MS <= from_ms <= LATEST_MS or (until_ms is not None and until_ms > LATEST_MS):
        raise InvalidLaw("a validity lies between the years 1900 and 9999.")
    if until_ms is not None and until_ms <= from_ms:
        raise InvalidLaw("a validity must end after it begins.")


def check_words(what: str, text: str, most: int, *, least: int = 1) -> None:
    """Raise :class:`InvalidLaw` unless `text` has `least` to `most` characters."""
    if not least <= len(text.strip()) or len(text) > most:
        raise InvalidLaw(f"{what} takes {least} to {most} characters.")


def check_name(what: str, name: str) -> None:
    """Raise :class:`InvalidLaw` unless `name` is dotted lowercase words."""
    if len(name) > 80 or not _WORDS.fullmatch(name):
        raise InvalidLaw(f"{name[:40]!r} is no name of {what}; use dotted lowercase words such as transfer.retransfer.")


def check_provenance(source: str, status: str) -> None:
    """Raise :class:`InvalidLaw` unless `status` fits `source`: what is no invention has a source."""
    check_words("a source", source, 500, least=0)
    if status not in STATUSES or (status in {"V", "P"} and not source.strip()):
        raise InvalidLaw("the status is V, P or invented, and V and P come with their source.")


def check_set(what: str, values: tuple[S, ...]) -> None:
    """Raise :class:`InvalidLaw` unless `values` are sorted, each once, and not too many."""
    if list(values) != sorted(set(values)) or len(values) > 100:  # type: ignore[type-var]
        raise InvalidLaw(f"{what} stand in order, each once, at most 100 of them.")


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether `giver` may do `act` about `topic` at a classification with `taker`.

    Parameters
    ----------
    giver, taker
        Two members.
    topic
        What it is about.
    policy, classification
        Security policy and hierarchy number.
    act
        Dotted words; :data:`SHARE` is giving information.
    region, condition
        Where, and in which condition; empty: not stated.
    """

    giver: MemberId
    taker: MemberId
    topic: Topic
    policy: str
    classification: int
    act: str = SHARE
    region: str = ""
    condition: str = ""

    def __post_init__(self) -> None:
        check_name("an act", self.act)
        parse_member(self.giver)
        parse_member(self.taker)
        parse_topic(self.topic)
        if self.giver == self.taker:
            raise InvalidLaw("a question is about two different members.")
        if not 0 <= self.classification <= 255:
            raise InvalidLaw("a classification is a hierarchy number from 0 to 255.")


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom and what something is about; whatever is left empty is not limited.

    Parameters
    ----------
    acts
        Dotted words, with all below them (``transfer`` covers ``transfer.retransfer``).
    givers, takers
        From whom, to whom.
    topics
        With all below them.
    levels
        Classifications by security policy.
    regions
        Plain names, or ids of GeoJSON features.
    conditions
        Names of conditions (``peacetime``).
    """

    acts: tuple[str, ...] = (SHARE,)
    givers: tuple[MemberId, ...] = ()
    takers: tuple[MemberId, ...] = ()
    topics: tuple[Topic, ...] = ()
    levels: tuple[Levels, ...] = ()
    regions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for act in self.acts:
            check_name("an act", act)
        for member in (*self.givers, *self.takers):
            parse_member(member)
        for topic in self.topics:
            parse_topic(topic)
        for name in (*self.regions, *self.conditions):
            check_words("a region or condition", name, 120)
        check_levels(self.levels)
        for what, values in (("acts", self.acts), ("givers", self.givers), ("takers", self.takers),
                             ("topics", self.topics), ("regions", self.regions), ("conditions", self.conditions)):
            check_set(what, values)

    def covers_act(self, act: str) -> bool:
        """Say whether `act` is one of the acts or below one."""
        return not self.acts or any(topic_covers(Topic(a), Topic(act)) for a in self.acts)

    def match(self, asked: Question) -> Match:
        """Return whether `asked` lies within; unknown where the question does not say what the scope is limited by."""
        if (self.givers and asked.giver not in self.givers) or (self.takers and asked.taker not in self.takers):
            return "no"
        if not self.covers_act(asked.act):
            return "no"
        if self.topics and not any(topic_covers(t, asked.topic) for t in self.topics):
            return "no"
        found = [_among(self.regions, asked.region), _among(self.conditions, asked.condition)]
        rows = [row for row in self.levels if row.policy == asked.policy]
        if self.levels and not rows:
            found.append("unknown")
        elif rows and not any(row.lowest <= asked.classification <= row.highest for row in rows):
            return "no"
        return "no" if "no" in found else "unknown" if "unknown" in found else "yes"


def _among(names: tuple[str, ...], asked: str) -> Match:
    if not names:
        return "yes"
    if not asked:
        return "unknown"
    return "yes" if asked.casefold() in {name.casefold() for name in names} else "no"


def check_levels(levels: tuple[Levels, ...]) -> None:
    """Raise :class:`InvalidLaw` unless each row is a range of one policy's classifications."""
    check_set("classifications", levels)
    if any(not row.policy or not 0 <= row.lowest <= row.highest <= 255 for row in levels):
        raise InvalidLaw("classifications are a policy's hierarchy numbers from 0 to 255, the lowest first.")


class LeadDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a decision takes, as an estimate in days.

    Parameters
    ----------
    least, likely, most
        At least, most likely, at most; 0 to 36,525.
    """

    least: float
    likely: float
    most: float

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:  # 1 and 1.0 are one estimate and have one encoding
            msgspec.structs.force_setattr(self, name, float(getattr(self, name)))
        if not 0 <= self.least <= self.likely <= self.most <= LONGEST_DAYS:
            raise InvalidLaw("a lead time is an estimate in days: at least, most likely, at most, in this order.")


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval that a rule asks for.

    Parameters
    ----------
    kind
        Dotted words (``retransfer-consent``).
    body
        Who decides, in words.
    lead_days
        How long it takes.
    revocable
        Whether it can be taken back.
    after
        Kinds of approvals that must be granted before.
    """

    kind: str
    body: str
    lead_days: LeadDays
    revocable: bool = True
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name("an approval", self.kind)
        check_words("a deciding body", self.body, 200)
        for kind in self.after:
            check_name("an approval", kind)
        check_set("approvals that come before", self.after)


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of law. The body of a ``law.rule/1`` record.

    Parameters
    ----------
    title
        For people, up to 200 characters.
    effect
        What it does to what lies within its scope.
    scope
        Who, what, where, in which condition.
    from_ms, until_ms
        Validity; None: no end is known.
    needs
        For ``needs approval``: what must be granted, all of it.
    exception_to
        Rules of the same author that this one takes something out of. Without it, forbidding beats needing an approval,
        and that beats permitting, whatever is narrower or newer.
    text
        The wording or a summary, up to 4,000 characters.
    source, status
        Where it stands in public, and ``V`` (read in full), ``P`` (press) or ``invented``.
    """

    title: str
    effect: RuleEffect
    scope: Scope
    from_ms: int
    until_ms: int | None = None
    needs: tuple[Need, ...] = ()
    exception_to: tuple[RecordId, ...] = ()
    text: str = ""
    source: str = ""
    status: str = "invented"

    def __post_init__(self) -> None:
        check_words("a title", self.title, 200)
        check_words("the wording", self.text, 4_000, least=0)
        check_dates(self.from_ms, self.until_ms)
        check_provenance(self.source, self.status)
        check_set("exceptions", self.exception_to)
        if (self.effect == "needs approval") != bool(self.needs):
            raise InvalidLaw("a rule that needs an approval says which; other rules name none.")
        if len({need.kind for need in self.needs}) < len(self.needs):
            raise InvalidLaw("a rule names each kind of approval once.")


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval that somebody needs, asked for or planned. The body of a ``law.approval/1`` record.

    It is never changed: another scope or body is another approval.

    Parameters
    ----------
    title, kind
        For people, and as the rule names it.
    holder
        The member that needs it.
    body
        Who decides, in words.
    scope
        What it would cover.
    lead_days
        How long it takes.
    rule
        The rule that asks for it, if one does.
    needed_by_ms
        By when it must be there; None: no date.
    revocable
        Whether it can be taken back.
    source, status
        Where it stands in public, and ``V`` (read in full), ``P`` (press) or ``invented``.
    """

    title: str
    kind: str
    holder: MemberId
    body: str
    scope: Scope
    lead_days: LeadDays
    rule: RecordId | None = None
    needed_by_ms: int | None = None
    revocable: bool = True
    source: str = ""
    status: str = "invented"

    def __post_init__(self) -> None:
        check_words("a title", self.title, 200)
        check_name("an approval", self.kind)
        check_words("a deciding body", self.body, 200)
        parse_member(self.holder)
        check_provenance(self.source, self.status)
        if self.needed_by_ms is not None:
            check_dates(self.needed_by_ms, None)


class ApprovalState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an approval stands from a time on. The body of a ``law.approval-state/1`` record.

    Parameters
    ----------
    approval
        Id of the ``law.approval/1`` record.
    state
        What the body did, or that it was asked.
    from_ms, until_ms
        Since when; for a grant, until when it holds (None: until it is taken back).
    by
        Who decided, in words.
    evidence
        The record that shows it, if one does.
    note
        Up to 2,000 characters.
    source, status
        Where it stands in public, and ``V`` (read in full), ``P`` (press) or ``invented``.
    """

    approval: RecordId
    state: ApprovalStatus
    from_ms: int
    by: str
    until_ms: int | None = None
    evidence: RecordId | None = None
    note: str = ""
    source: str = ""
    status: str = "invented"

    def __post_init__(self) -> None:
        check_dates(self.from_ms, self.until_ms)
        check_words("who decided", self.by, 200)
        check_words("a note", self.note, 2_000, least=0)
        check_provenance(self.source, self.status)
        if self.until_ms is not None and self.state != "granted":
            raise InvalidLaw("only a granted approval has an end.")


class Standing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the author relies on a party's information security. The body of a ``law.standing/1`` record.

    Parameters
    ----------
    party
        The member that it is about.
    topic
        With all below it; the most specific one on record counts.
    state
        Only ``assured`` assures anything.
    levels
        What is assured, by security policy; empty unless assured.
    regime
        In words, for example the agreement that it stands on.
    from_ms, until_ms
        Validity; None: until another version says otherwise.
    note
        Up to 2,000 characters.
    source, status
        Where it stands in public, and ``V`` (read in full), ``P`` (press) or ``invented``.
    """

    party: MemberId
    topic: Topic
    state: StandingState
    regime: str
    from_ms: int
    until_ms: int | None = None
    levels: tuple[Levels, ...] = ()
    note: str = ""
    source: str = ""
    status: str = "invented"

    def __post_init__(self) -> None:
        parse_member(self.party)
        parse_topic(self.topic)
        check_words("a regime", self.regime, 300)
        check_words("a note", self.note, 2_000, least=0)
        check_dates(self.from_ms, self.until_ms)
        check_provenance(self.source, self.status)
        check_levels(self.levels)
        if (self.state == "assured") != bool(self.levels):
            raise InvalidLaw("an assured standing says up to which classification; another one assures none.")


Body = Rule | Approval | ApprovalState | Standing
"""What stands in a record of law."""
