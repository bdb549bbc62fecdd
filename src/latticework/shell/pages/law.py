"""Law: rules, approvals and standings; one with its history and what it blocks; and a question put to all of them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.archive import Head
from latticework.kernel.errors import LatticeworkError, NotFound
from latticework.kernel.identity import PendingAct
from latticework.kernel.ids import MemberId, RecordId, Topic, parse_record_id, topic_covers
from latticework.kernel.policy import Levels
from latticework.shell import language, times
from latticework.shell.forms import Form, every_value
from latticework.shell.language import N_, _, grouped, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.law.book import Book, Entry
from latticework.workbench.law.model import (
    DAY_MS,
    SHARE,
    Approval,
    ApprovalState,
    Question,
    Rule,
    Scope,
    Standing,
)
from latticework.workbench.law.service import Asked
from latticework.workbench.law.spans import FIRST, LAST, Spans

AHEAD_MS: Final = 3 * 365 * DAY_MS
"""How far a strip of time looks ahead, and a third of it back."""

VERDICTS: Final[dict[str, tuple[str, str, str]]] = {
    "lawful": ("allowed", "good", N_("Lawful")),
    "needs approval": ("reduced", "caution", N_("Needs approval")),
    "not assured": ("withheld", "bad", N_("Not assured")),
    "forbidden": ("withheld", "bad", N_("Forbidden")),
}
"""An answer's verdict, the shape of its status, and its word."""
ROLES: Final[dict[str, str]] = {
    "forbids": N_("forbids it"), "needs approval": N_("needs an approval"), "not assured": N_("does not assure it"),
    "permits": N_("permits it"), "gives way": N_("gives way: forbidding and approval come before permitting"),
    "lifts": N_("takes it out of"),
}
KINDS: Final[dict[type, str]] = {
    Rule: N_("rule of law"), Approval: N_("approval"), Standing: N_("security standing"),
    ApprovalState: N_("state of an approval"),
}
EFFECTS: Final[dict[str, str]] = {
    "forbids": N_("forbids"), "needs approval": N_("needs approval"), "permits": N_("permits"),
}
STATES: Final[dict[str, tuple[str, str]]] = {
    "assured": ("good", N_("assured")), "suspended": ("bad", N_("suspended")), "ended": ("idle", N_("ended")),
    "asked": ("caution", N_("asked")), "granted": ("good", N_("granted")), "refused": ("bad", N_("refused")),
    "revoked": ("bad", N_("revoked")), "expired": ("bad", N_("expired")), "planned": ("idle", N_("not asked yet")),
    "in force": ("good", N_("in force")), "later": ("idle", N_("begins later")),
    "over": ("idle", N_("no longer in force")), "replaced": ("idle", N_("replaced by a later version")),
}


class Row(NamedTuple):
    """One record of law in the list."""

    entry: Entry
    head: Head
    kind: str
    title: str
    about: str
    state: str
    from_ms: int | None
    until_ms: int | None


class Piece(NamedTuple):
    """One part of a strip of time, as shares of its width in percent."""

    x: float
    width: float
    css: str


# ---- words -----------------------------------------------------------------------------------------------------------


def levels_words(viewer: Viewer, levels: tuple[Levels, ...]) -> str:
    """Write classifications in words."""
    def name(policy: str, level: int) -> str:
        found = viewer.kernel.policies.get(policy)
        return found.classification_name(level, language.language()) if found and level in found.levels else str(level)

    return ", ".join(
        _("%(policy)s up to %(level)s", policy=row.policy, level=name(row.policy, row.highest)) if row.lowest == 0
        else _("%(policy)s from %(low)s to %(high)s", policy=row.policy, low=name(row.policy, row.lowest),
               high=name(row.policy, row.highest))
        for row in levels)


def scope_words(scope: Scope) -> str:
    """Write in one line whom and what something is about."""
    sides = f"{' '.join(scope.givers) or _('every member')} → {' '.join(scope.takers) or _('every member')}"
    return _("; ").join([sides, ", ".join(scope.topics) or _("every topic")])


def title_of(entry: Entry) -> str:
    """Return what to call a record of law."""
    body = entry.body
    if isinstance(body, Standing):
        return _("Security standing of %(party)s on %(topic)s", party=body.party, topic=body.topic)
    return _("Approval %(state)s", state=_(STATES[body.state][1])) if isinstance(body, ApprovalState) else body.title


def state_of(book: Book, entry: Entry, at_ms: int) -> str:
    """Return the key in :data:`STATES` that says how a record of law stands at a time."""
    body = entry.body
    if isinstance(body, Approval):
        found = book.state_at(entry.id, at_ms)
        if found is None:
            return "planned"
        lapsed = found[1].state == "granted" and at_ms not in book.granted(entry.id)
        return "expired" if lapsed else found[1].state
    held = book.validity(entry.id)
    if at_ms in held:
        return "in force" if not isinstance(body, Standing | ApprovalState) else body.state
    if held.first_at_or_after(at_ms) is not None:
        return "later"
    ended = body.until_ms is not None and body.until_ms <= at_ms
    return "over" if ended and held else "replaced"


def about_of(viewer: Viewer, entry: Entry) -> str:
    """Write what a record of law is about."""
    body = entry.body
    if isinstance(body, Standing):
        return levels_words(viewer, body.levels) or body.regime
    if isinstance(body, ApprovalState):
        return body.by
    return scope_words(body.scope)


# ---- list ------------------------------------------------------------------------------------------------------------


@get("/law", sync_to_thread=False)
def listing(
    viewer: SeenBy, party: FromQuery[str] = "", topic: FromQuery[str] = "", at: FromQuery[str] = "",
    every: FromQuery[bool] = False,
) -> Response[str]:
    """List rules, standings and approvals by party, topic and date."""
    when = times.read_utc(at) if at else viewer.now_ms
    book, heads = viewer.bench.law.book(viewer.officer), viewer.bench.law.heads(viewer.officer)
    known = [_row(viewer, book, e, heads[e.id], when or viewer.now_ms) for e in book.entries.values()
             if not isinstance(e.body, ApprovalState)]
    rows = [row for row in known if (every or row.state not in {"over", "replaced"}) and _wanted(row, party, topic)]
    rows.sort(key=lambda row: (row.head.member != viewer.kernel.own, row.kind, row.title))
    in_force = sum(row.state in {"in force", "assured", "granted"} for row in rows)
    title = (
        ngettext("%(n)s of %(all)s record of law is in force", "%(n)s of %(all)s records of law are in force", in_force,
                 all=grouped(len(rows))) if rows
        else _("No record of law is here that fits") if known else _("No record of law is here yet"))
    return show(
        viewer, "law/list.html", title=title, labels=[row.head.label for row in rows], rows=rows, states=STATES,
        party=party, topic=topic, at=at, every=every, wrong=bool(at) and when is None, known=bool(known),
        letters=viewer.zone.letters(viewer.now_ms))


def _row(viewer: Viewer, book: Book, entry: Entry, head: Head, at_ms: int) -> Row:
    body = entry.body
    spans = book.granted(entry.id) if isinstance(body, Approval) else book.validity(entry.id)
    begin, end = (spans.rows[0][0], spans.rows[-1][1]) if spans else (None, None)
    return Row(entry, head, _(KINDS[type(body)]), title_of(entry), about_of(viewer, entry),
               state_of(book, entry, at_ms), None if begin == FIRST else begin, None if end == LAST else end)


def _wanted(row: Row, party: str, topic: str) -> bool:
    body = row.entry.body
    if isinstance(body, Standing):
        members = {body.party, row.head.member}
        topics: tuple[Topic, ...] = (body.topic,)
    elif isinstance(body, Rule | Approval):
        members = {*body.scope.givers, *body.scope.takers, row.head.member}
        topics = body.scope.topics
    else:
        return False
    wanted = party.strip().upper()
    if wanted and wanted not in members:
        return False
    asked = Topic(topic.strip().lower())
    return not asked or not topics or any(topic_covers(t, asked) or topic_covers(asked, t) for t in topics)


# ---- one -------------------------------------------------------------------------------------------------------------


@get("/law/{record:str}", sync_to_thread=False)
def detail(viewer: SeenBy, record: FromPath[str]) -> Response[str]:
    """Show one record of law: what it says, when it holds, its versions, and what it holds back."""
    return _detail(viewer, parse_record_id(record), Form({}))


def _detail(viewer: Viewer, record: RecordId, form: Form, *, status: int = 200) -> Response[str]:
    law = viewer.bench.law
    book, heads = law.book(viewer.officer), law.heads(viewer.officer)
    if record not in book.entries:
        raise NotFound(f"there is no record {record[:12]} here, or you may not see it.")
    entry = book.entries[record]
    body = entry.body
    versions = [_row(viewer, book, e, heads[e.id], viewer.now_ms) for e in book.versions(record)]
    states = [(e, s, heads[e.id]) for e, s in book.states(record)] if isinstance(body, Approval) else []
    spans = book.granted(record) if isinstance(body, Approval) else book.validity(record)
    begin, end = viewer.now_ms - AHEAD_MS // 3, viewer.now_ms + AHEAD_MS
    state = state_of(book, entry, viewer.now_ms)
    own = entry.author == viewer.kernel.own
    return show(
        viewer, "law/detail.html", title=f"{title_of(entry)}: {_(STATES[state][1])}", status=status,
        labels=[heads[e.id].label for e in (entry, *(v.entry for v in versions), *(s[0] for s in states))],
        entry=entry, body=body, head=heads[record], kind=_(KINDS[type(body)]), state=state, states=STATES,
        versions=versions, approval_states=states, blocks=law.blocks(viewer.officer, record) if own else (),
        strip=strip(spans, begin, end), begin_ms=begin, end_ms=end, mine=own, form=form, book=book,
        is_rule=isinstance(body, Rule), is_standing=isinstance(body, Standing), is_approval=isinstance(body, Approval),
        scope=getattr(body, "scope", None), levels=lambda rows: levels_words(viewer, rows), effects=EFFECTS,
        named=lambda i: title_of(book.entries[i]) if i in book.entries else i[:12], now=times.utc_field(viewer.now_ms),
        date=lambda ms: times.day(viewer.zone.at(ms), year=True), letters=viewer.zone.letters(viewer.now_ms),
        may=viewer.may("record.publish") and own, may_alone=viewer.may("tighten") and own)


def strip(spans: Spans, begin_ms: int, end_ms: int, css: str = "done") -> list[Piece]:
    """Return a set of time as parts of a strip from `begin_ms` to `end_ms`."""
    def share(at: int) -> float:
        return round(100 * (min(max(at, begin_ms), end_ms) - begin_ms) / (end_ms - begin_ms), 3)

    return [Piece(share(a), round(share(b) - share(a), 3), css) for a, b in spans.rows if a < end_ms and b > begin_ms]


@post("/law/{record:str}/suspend", status_code=303)
async def suspend(request: Request[Any, Any, Any], viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Suspend an own standing at once."""
    form = Form(dict(await request.form()))
    made = viewer.bench.law.suspend(viewer.officer, parse_record_id(record), form["note"])
    words = _("Suspended at once: nothing more goes out under it")
    return told(viewer, Redirect(f"/law/{made.id}", status_code=303), words)


@post("/law/{record:str}/state", status_code=303)
async def set_state(request: Request[Any, Any, Any], viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Say how an own approval stands."""
    form, approval = Form(dict(await request.form())), parse_record_id(record)
    begin, end = form.time("from") or viewer.now_ms, form.time("until")
    if form.ok:
        try:
            body = ApprovalState(approval=approval, state=form["state"], from_ms=begin, until_ms=end,  # type: ignore[arg-type]
                                 by=form["by"], note=form["note"], source=form["source"],
                                 status=form["status"] or "invented")
            made = viewer.bench.law.set_state(viewer.officer, body)
        except LatticeworkError as error:
            form.wrong("by", say(error.message))
        else:
            return recorded(viewer, made, f"/law/{approval}")
    return _detail(viewer, approval, form, status=400)


def recorded(viewer: Viewer, made: object, path: str) -> Response[Any]:
    """Say what became of a record of law, and go on at `path`."""
    if isinstance(made, PendingAct):
        return told(viewer, Redirect("/approvals", status_code=303),
                    _("Proposed; a second officer approves it on the page Approvals"), shape="caution")
    return told(viewer, Redirect(path, status_code=303), _("Recorded: signed and entered in the ledger"))


# ---- ask -------------------------------------------------------------------------------------------------------------


@get("/law/ask", sync_to_thread=False)
def ask(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[str]:
    """Put a question to the law on record, and to the own gate."""
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    form = Form({"giver": viewer.kernel.own, "act": SHARE, "classification": str(policy.lowest),
                 **every_value(request.query_params)})
    found = _asked(viewer, form) if form["taker"] and form["topic"] else None
    book, heads = viewer.bench.law.book(viewer.officer), viewer.bench.law.heads(viewer.officer)
    named = _named(found) if found else set()
    begin = (found.answer.at_ms if found else viewer.now_ms) - AHEAD_MS // 3
    periods = (viewer.bench.law.timeline(viewer.officer, found.answer.question, begin, begin + 4 * AHEAD_MS // 3)
               if found else [])
    return show(
        viewer, "law/ask.html", title=_ask_title(found), status=200 if form.ok else 400, form=form, found=found,
        labels=[heads[i].label for i in named if i in heads], verdicts=VERDICTS, roles=ROLES, periods=periods,
        pieces=[p for period in periods for p in strip(
            Spans(((period.from_ms, period.until_ms),)), begin, begin + 4 * AHEAD_MS // 3,
            VERDICTS[period.verdict][0])],
        levels=[(n, policy.classification_name(n, language.language())) for n in policy.levels], states=STATES,
        named=lambda i: title_of(book.entries[i]) if i in book.entries else i[:12],
        date=lambda ms: times.day(viewer.zone.at(ms), year=True), policy=policy, begin_ms=begin,
        members=(viewer.kernel.own, *viewer.kernel.state().partners))


def _asked(viewer: Viewer, form: Form) -> Asked | None:
    givers, takers = form.members("giver", ()), form.members("taker", ())
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    topic, at, known = form.topic("topic"), form.time("at"), form.time("known")
    level = form.number("classification", policy.lowest, policy.lowest, policy.highest)
    if len(givers) != 1 or len(takers) != 1:
        form.wrong("taker", _("A question is about one member and another one."))
    if not form.ok:
        return None
    try:
        question = Question(giver=MemberId(givers[0]), taker=MemberId(takers[0]), topic=topic, policy=policy.name,
                            classification=level, act=form["act"] or SHARE, region=form["region"],
                            condition=form["condition"])
        return viewer.bench.law.ask(viewer.officer, question, at_ms=at, known_ms=known)
    except LatticeworkError as error:
        form.wrong("topic", say(error.message))
        return None


def _named(found: Asked) -> set[RecordId]:
    """Return every record that an answer speaks of."""
    steps, missing = found.answer.chain, found.answer.missing
    ids = [*(s.record for s in steps), *(s.about for s in steps), *(m.record for m in missing),
           *(m.approval for m in missing)]
    return {i for i in ids if i is not None}


def _ask_title(found: Asked | None) -> str:
    if found is None:
        return _("Ask what the law on record lets whom do")
    asked = found.answer.question
    word = _(VERDICTS[found.answer.verdict][2])
    return _("%(verdict)s: %(topic)s from %(giver)s to %(taker)s", verdict=word, topic=asked.topic, giver=asked.giver,
             taker=asked.taker)


ROUTES = (listing, ask, detail, suspend, set_state)
