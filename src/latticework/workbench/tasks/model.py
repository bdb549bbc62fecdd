"""What is asked and what is said about it: the bodies of the task records, which both members hold, signed.

A task is one ``task.request/1`` record and the records that name it. Each body names in `to` the one other member that
it goes to (the own member for a task within the house), and goes nowhere else.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from latticework.kernel.errors import InvalidTask
from latticework.kernel.ids import Kind, MemberId, Post, RecordId

REQUEST: Final = Kind("task.request")
ANSWER: Final = Kind("task.answer")
HANDOVER: Final = Kind("task.handover")
WITHDRAWAL: Final = Kind("task.withdrawal")
LAPSE: Final = Kind("task.lapse")
KINDS: Final = frozenset({REQUEST, ANSWER, HANDOVER, WITHDRAWAL, LAPSE})

ABOUT_TASK: Final = "task"
"""Relation by which every later record links to its request."""
ABOUT: Final = "about"
"""Relation by which a request, or an answer, links to the records that it is about."""

GRACE_MS: Final = 120_000
"""Silence counts only this long after the deadline, for clocks that disagree; an answer signed until then counts."""

Asks = Literal["answer", "consent", "decision", "information"]
Says = Literal["done", "consents", "refuses", "other"]
Rule = Literal["escalate", "consent", "refuse"]
Priority = Literal["routine", "priority", "immediate"]
"""Precedence of a message; the field's words (ACP 121), without the highest, which is for contact with an enemy."""

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_MATTER = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")
_DAY_MS: Final = 86_400_000
_LONGEST_TEXT: Final = 20_000


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """A post at a member. Tasks name posts, never persons.

    Parameters
    ----------
    member, post
        The trigraph, and 1 to 120 characters.
    """

    member: MemberId
    post: Post

    def __post_init__(self) -> None:
        _check_post(self.post)


class Deadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By when an answer is wanted.

    Parameters
    ----------
    at_ms
        The instant, ms since 1970 UTC. It is what was signed, and it alone counts, at every node.
    local, zone, fold
        How it was stated, when it was stated as a wall time (``2026-03-29T09:00``) in an IANA zone
        (``Europe/London``): kept so that people read what was meant, and so that a node whose time-zone rules have
        changed since can say so. `fold` 1 is the second of two equal wall times (PEP 495).
    """

    at_ms: int
    local: str = ""
    zone: str = ""
    fold: int = 0

    def __post_init__(self) -> None:
        if bool(self.local) != bool(self.zone) or self.fold not in {0, 1}:
            raise InvalidTask("a deadline in local time names its time zone, and only such a one does.")
        if self.local and not (_LOCAL.fullmatch(self.local) and _ZONE.fullmatch(self.zone)):
            raise InvalidTask("a deadline in local time looks like 2026-05-16T09:00 in Asia/Tokyo.")
        if not 0 < self.at_ms < 253_402_300_800_000:
            raise InvalidTask("a deadline is a time before the year 10000.")


class Silence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What no answer means: the sender chooses it, both see it from the beginning.

    Parameters
    ----------
    rule
        ``escalate``: the matter is put before `to`, and stays open. ``consent``, ``refuse``: silence counts as that.
    to
        Whom it escalates to: a post of the asked member or of the sender's own.
    """

    rule: Rule
    to: Party | None = None

    def __post_init__(self) -> None:
        if (self.rule == "escalate") != (self.to is not None):
            raise InvalidTask("a task that escalates names the post that it goes to, and only such a one does.")


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that needs a post's answer by a time. The body of a ``task.request/1`` record.

    Parameters
    ----------
    to
        The member that is asked: the assignee's.
    subject, text
        1 to 200 and at most 20,000 characters.
    asks
        What kind of answer is wanted.
    assignee
        The post that is asked.
    by
        The post that asks and hears the answer, at the member that signs.
    deadline, silence
        By when, and what no answer means.
    reminders
        How long before the deadline the assignee's node reminds, ms, longest first; at most 8.
    matter
        Dotted words of the room that asked (``lighthouse.outage``); empty when an officer did.
    priority
        How urgent it is.
    """

    to: MemberId
    subject: str
    asks: Asks
    assignee: Party
    by: Post
    deadline: Deadline
    silence: Silence
    text: str = ""
    reminders: tuple[int, ...] = ()
    matter: str = ""
    priority: Priority = "routine"

    def __post_init__(self) -> None:
        if not 1 <= len(self.subject.strip()) <= 200:
            raise InvalidTask("a request has a subject of 1 to 200 characters.")
        _check_text(self.text)
        _check_post(self.by)
        if self.to != self.assignee.member:
            raise InvalidTask("a request goes to the member whose post is asked.")
        if len(self.reminders) > 8 or list(self.reminders) != sorted(set(self.reminders), reverse=True) or not all(
            0 < offset <= 366 * _DAY_MS for offset in self.reminders
        ):
            raise InvalidTask("reminders are at most 8 different times before the deadline, the longest first.")
        if self.matter and (len(self.matter) > 80 or not _MATTER.fullmatch(self.matter)):
            raise InvalidTask("a room names its matter in dotted lowercase words such as room.outage.")

    @property
    def cut_ms(self) -> int:
        """When silence takes effect: the deadline and the grace for clocks that disagree."""
        return self.deadline.at_ms + GRACE_MS


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the asked member says. The body of a ``task.answer/1`` record.

    Parameters
    ----------
    task, to
        The request, and the member that asked.
    says
        ``done``, ``consents``, ``refuses``, or ``other``: then the text says it.
    text
        At most 20,000 characters.
    """

    task: RecordId
    to: MemberId
    says: Says
    text: str = ""

    def __post_init__(self) -> None:
        _check_text(self.text)
        if self.says == "other" and not self.text.strip():
            raise InvalidTask("an answer that is neither done, consent nor refusal says something in words.")


class Handover(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The asked member gives the task to another of its posts. The body of a ``task.handover/1`` record.

    Parameters
    ----------
    task, to
        The request, and the member that asked.
    from_post, to_post
        Who has it, and who shall.
    reason
        At most 20,000 characters.
    """

    task: RecordId
    to: MemberId
    from_post: Post
    to_post: Post
    reason: str = ""

    def __post_init__(self) -> None:
        _check_post(self.from_post)
        _check_post(self.to_post)
        _check_text(self.reason)
        if self.from_post == self.to_post:
            raise InvalidTask("a task is handed over from one post to another.")


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sender no longer asks. The body of a ``task.withdrawal/1`` record.

    Parameters
    ----------
    task, to
        The request, and the member that is asked.
    reason
        At most 20,000 characters; never empty.
    """

    task: RecordId
    to: MemberId
    reason: str

    def __post_init__(self) -> None:
        _check_text(self.reason)
        if not self.reason.strip():
            raise InvalidTask("a withdrawal says why; the other member reads it.")


class Lapse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sender's node states that the silence rule took effect. The body of a ``task.lapse/1`` record.

    Parameters
    ----------
    task, to
        The request, and the member that is asked.
    rule
        The request's own.
    heard_epoch, heard_ms
        The asked member's ledger as far as the sender's node had heard of it, and that ledger's own time: an answer
        that stands further down it was not given in time, whatever time it bears. -1 and 0 within one member and for a
        rule that settles nothing.
    """

    task: RecordId
    to: MemberId
    rule: Rule
    heard_epoch: int = -1
    heard_ms: int = 0


Later = Answer | Handover | Withdrawal | Lapse
"""What may follow a request."""


def _check_post(post: Post) -> None:
    if not post.strip() or len(post) > 120 or not post.isprintable():
        raise InvalidTask("a post has 1 to 120 printable characters.")


def _check_text(text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise InvalidTask("a text of a task has at most 20,000 characters; put longer text into an attachment.")
