"""The kernel's own record kinds: arrangements and grants, consent, recall, notes.

Their topics stand under ``lattice.``, which trust itself agrees on (rule table in ``kernel/policy/rules.py``), so that
two partners can reach their first arrangement. A note is the exception: it has whatever topic its author gives it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.errors import InvalidRecord
from latticework.kernel.identity.history import KeyStatement
from latticework.kernel.ids import Kind, MemberId, RecordId, Topic
from latticework.kernel.policy.model import Arrangement
from latticework.kernel.records import Described, KindRegistry

ARRANGEMENT: Final = Kind("lattice.arrangement")
GRANT: Final = Kind("lattice.grant")
WITHDRAWAL: Final = Kind("lattice.withdrawal")
CONSENT: Final = Kind("lattice.consent")
RECALL: Final = Kind("lattice.recall")
RECALL_ANSWER: Final = Kind("lattice.recall-answer")
KEY: Final = Kind("lattice.key")
NOTE: Final = Kind("note")

HOUSE_KINDS: Final = frozenset({ARRANGEMENT, GRANT, WITHDRAWAL, CONSENT, RECALL, RECALL_ANSWER, KEY})
"""Kinds that stand under ``lattice.`` topics, and nothing else does."""

TOPIC_ARRANGEMENTS: Final = Topic("lattice.arrangements")
TOPIC_CONSENT: Final = Topic("lattice.consent")
TOPIC_RECALL: Final = Topic("lattice.recall")
TOPIC_KEYS: Final = Topic("lattice.keys")

STATUSES: Final = ("V", "P", "invented", "")


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party's signature under an arrangement, good until it lapses; a later one renews it.

    Parameters
    ----------
    arrangement
        Id of the ``lattice.arrangement/1`` record.
    from_ms, until_ms
        Validity of this grant, ms since 1970 UTC; the end is exclusive.
    """

    arrangement: RecordId
    from_ms: int
    until_ms: int

    def __post_init__(self) -> None:
        if self.until_ms <= self.from_ms:
            raise InvalidRecord("a grant must end after it begins.")


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party takes back its grant at once.

    Parameters
    ----------
    arrangement
        Id of the ``lattice.arrangement/1`` record.
    reason
        The other parties read it; never empty.
    """

    arrangement: RecordId
    reason: str


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An originator's consent that a holder passes its record on.

    Parameters
    ----------
    record
        Id of the record.
    holder
        Who may pass it on.
    to
        To whom.
    """

    record: RecordId
    holder: MemberId
    to: MemberId


class Recall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The author asks everyone who has a record to withdraw it and to answer.

    Parameters
    ----------
    record
        Id of the author's own record.
    reason
        For the holders, so that they can judge what depends on it.
    deadline_ms
        By when they answer, ms since 1970, UTC.
    """

    record: RecordId
    reason: str
    deadline_ms: int


class RecallAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A holder's signed answer to a recall.

    Parameters
    ----------
    recall
        Id of the ``lattice.recall/1`` record.
    record
        Id of the record that is recalled.
    done
        Whether it was withdrawn.
    note
        For its author; may be empty.
    """

    recall: RecordId
    record: RecordId
    done: bool
    note: str


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plain statement for people.

    Parameters
    ----------
    title, text
        1 to 200 and at most 20,000 characters.
    source
        Where a public fact comes from, in words; empty when it is the author's own.
    status
        ``V`` read in the full text, ``P`` press, ``invented``, or empty when it is no public fact.
    """

    title: str
    text: str
    source: str = ""
    status: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > 200:
            raise InvalidRecord("a note needs a title of 1 to 200 characters.")
        if len(self.text) > 20_000:
            raise InvalidRecord("a note takes at most 20,000 characters; put longer text into an attachment.")
        if self.status not in STATUSES:
            raise InvalidRecord("a note's status is V, P, invented, or empty.")


SUMMARY_LENGTH: Final = 280


def shorten(text: str) -> str:
    """Return `text` cut to what a listing shows."""
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1].rstrip() + "…"


def register(kinds: KindRegistry) -> None:
    """Register the kernel's own kinds."""
    kinds.register(ARRANGEMENT, 1, Arrangement, topic=TOPIC_ARRANGEMENTS, describe=lambda a: Described(
        a.title, f"{', '.join(a.parties)}: {', '.join(a.topics)}", a.source or None, a.status or None))
    kinds.register(GRANT, 1, Grant, topic=TOPIC_ARRANGEMENTS,
                   describe=lambda _: Described("Signature under an arrangement"))
    kinds.register(WITHDRAWAL, 1, Withdrawal, topic=TOPIC_ARRANGEMENTS,
                   describe=lambda b: Described("Withdrawal from an arrangement", shorten(b.reason)))
    kinds.register(CONSENT, 1, Consent, topic=TOPIC_CONSENT,
                   describe=lambda b: Described(f"Consent that {b.holder} passes a record on to {b.to}"))
    kinds.register(RECALL, 1, Recall, topic=TOPIC_RECALL, describe=lambda b: Described("Recall", shorten(b.reason)))
    kinds.register(RECALL_ANSWER, 1, RecallAnswer, topic=TOPIC_RECALL, describe=lambda b: Described(
        "Answer to a recall: " + ("withdrawn" if b.done else "not withdrawn"), shorten(b.note)))
    kinds.register(KEY, 1, KeyStatement, topic=TOPIC_KEYS,
                   describe=lambda b: Described(f"Key history of {b.content.member}: {b.content.act}"))
    kinds.register(NOTE, 1, Note, describe=lambda b: Described(
        b.title, shorten(b.text), b.source or None, b.status or None))
