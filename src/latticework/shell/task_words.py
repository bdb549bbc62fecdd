"""Tasks in words: what is asked, how it stands, what silence means, how long there is."""

from __future__ import annotations

from typing import Final, NamedTuple

from latticework.kernel.ids import MemberId
from latticework.shell import times
from latticework.shell.language import N_, _
from latticework.shell.times import Zone
from latticework.workbench.tasks.deadlines import drift_ms, happens_twice
from latticework.workbench.tasks.index import Row
from latticework.workbench.tasks.model import Deadline, Request

ASKS: Final[dict[str, str]] = {
    "answer": N_("Answer wanted"),
    "consent": N_("Consent wanted"),
    "decision": N_("Decision wanted"),
    "information": N_("Information wanted"),
}
SAYS: Final[dict[str, str]] = {
    "done": N_("done"),
    "consents": N_("consents"),
    "refuses": N_("refuses"),
    "other": N_("answers in words"),
}
PRIORITIES: Final[dict[str, str]] = {
    "routine": N_("routine"),
    "priority": N_("priority"),
    "immediate": N_("immediate"),
}
WHYS: Final[dict[str, str]] = {
    "stranger": N_("does not count: this member has no say in it"),
    "late": N_("does not count: it came after silence had taken effect"),
    "second": N_("does not count: there was an answer before it"),
    "settled": N_("does not count: the task had ended before"),
    "elsewhere": N_("does not count: the task was no longer with that post"),
    "disproved": N_("does not count: its author’s ledger shows that it was not given at that time"),
    "unfounded": N_("does not count: silence could not be counted, or not yet, or by another rule"),
}
LISTS: Final[tuple[tuple[str, str], ...]] = (
    ("mine", N_("Mine")), ("member", N_("All of the member")), ("sent", N_("Asked by me")), ("done", N_("Settled")),
)
RULES: Final[dict[str, str]] = {
    "consent": N_("silence means consent"),
    "refuse": N_("silence means refusal"),
    "escalate": N_("silence puts it before another post"),
}


class Standing(NamedTuple):
    """How a task stands: the shape of the status, and its words."""

    shape: str
    words: str


def asks(row: Row) -> str:
    """Return what kind of answer is wanted."""
    return _(ASKS[row.request.asks])


def standing(row: Row) -> Standing:
    """Return how a task stands, in a few words."""
    state = row.state
    if state.status == "answered":
        words = _("answered: %(says)s", says=_(SAYS[state.said or "other"]))
        return Standing("bad" if state.said == "refuses" else "good", words)
    if state.status == "withdrawn":
        return Standing("dropped", _("withdrawn"))
    if state.status in {"consented", "refused"}:
        words = _("consent by silence") if state.status == "consented" else _("refused by silence")
        if not state.final:
            return Standing("claimed", _("%(outcome)s, not yet stated", outcome=words))
        return Standing("good" if state.status == "consented" else "bad", words)
    if state.escalated_to is not None:
        return Standing("caution", _("escalated to %(post)s", post=state.escalated_to.post))
    if state.overdue:
        return Standing("bad", _("overdue"))
    return Standing("idle", _("open"))


def silence(request: Request, zone: Zone, now_ms: int) -> str:
    """Return what no answer means and from when: "silence means consent after 12 May 18:00 JST"."""
    at_ms = request.deadline.at_ms
    time = f"{times.moment(at_ms, zone, now_ms)} {zone.letters(at_ms)}"
    rule, to = request.silence.rule, request.silence.to
    if to is not None:
        return _("silence puts it before %(post)s of %(member)s after %(time)s", post=to.post, member=to.member,
                 time=time)
    if rule == "consent":
        return _("silence means consent after %(time)s", time=time)
    return _("silence means refusal after %(time)s", time=time)


def countdown(at_ms: int, now_ms: int) -> str:
    """Return how long there is, or how long it is over."""
    left = abs(at_ms - now_ms) // 1000 * 1000
    if left < 1000:
        return _("due now")
    if at_ms > now_ms:
        return _("in %(time)s", time=times.lasting(left))
    return _("%(time)s over", time=times.lasting(left))


def stated(deadline: Deadline) -> str:
    """Return a deadline as it was stated, when that was a wall time: with which of two, and what changed since."""
    if not deadline.local:
        return ""
    words = _("stated as %(time)s in %(zone)s", time=deadline.local.replace("T", " "), zone=deadline.zone)
    if happens_twice(deadline):
        words += "; " + (_("the second of two such times that day") if deadline.fold
                         else _("the first of two such times that day"))
    drift = drift_ms(deadline)
    if drift:
        words += "; " + _("by this node’s time-zone rules it would be another time, by %(time)s; the signed one counts",
                          time=times.lasting(abs(drift)))
    return words


def title(row: Row, own: MemberId) -> str:
    """Return a task's finding in one sentence."""
    state, request = row.state, row.request
    who = f"{request.assignee.member} {request.assignee.post}" if request.to != own else state.holder
    if state.status == "open" and row.request.to == own:
        return _("%(member)s asks: %(subject)s", member=row.sender, subject=request.subject)
    if state.status == "open":
        return _("Waiting for %(who)s: %(subject)s", who=who, subject=request.subject)
    return f"{request.subject}: {standing(row).words}"
