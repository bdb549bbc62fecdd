"""Arrangements: the list, one with its parties and terms, and proposing, signing and withdrawing by two officers.

A discreet arrangement shows only when it is asked for, each time: ``?discreet=1`` is never remembered.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from latticework.kernel.core.approvals import ProposeArrangement, SignArrangement, WithdrawGrant
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import parse_record_id
from latticework.kernel.policy.model import Arrangement, CaveatMap, Flow, LevelMap, Onward
from latticework.kernel.views import ArrangementView
from latticework.shell import language, times
from latticework.shell.forms import Form
from latticework.shell.language import _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer

DAY_MS: Final = 86_400_000
LEVEL_DIGITS: Final = 6
"""Digits of a hierarchy number; no policy has longer ones."""
SOON_MS: Final = 7 * DAY_MS
"""A grant that lapses within this time is shown as at risk."""


@get("/arrangements", sync_to_thread=False)
def listing(viewer: SeenBy, discreet: FromQuery[bool] = False) -> Response[str]:
    """List the arrangements known here."""
    # A projector stands in a room full of people: it never shows discreet arrangements, even when asked.
    shown = discreet and viewer.preferences.density != "projector"
    found = viewer.kernel.arrangements(viewer.officer, discreet=shown)
    in_force = sum(a.in_force for a in found)
    return show(
        viewer, "arrangements/list.html", title=_list_title(in_force, len(found)), arrangements=_sorted(viewer, found),
        labels=_labels(viewer, found), discreet=shown, refused=discreet and not shown,
        letters=viewer.zone.letters(viewer.now_ms), soon_ms=SOON_MS,
    )


def _list_title(in_force: int, known: int) -> str:
    if not known:
        return _("No arrangement is known here")
    return ngettext("%(n)s of %(all)s arrangements is in force", "%(n)s of %(all)s arrangements are in force", in_force,
                    all=language.grouped(known))


def _sorted(viewer: Viewer, found: tuple[ArrangementView, ...]) -> list[ArrangementView]:
    own = viewer.kernel.own
    return sorted(found, key=lambda a: (own not in a.waiting_for, not a.in_force, a.arrangement.title))


def _labels(viewer: Viewer, found: tuple[ArrangementView, ...]) -> list[Any]:
    """Return the labels of the records behind the rows, as far as the officer may see them."""
    labels = []
    for view in found:
        try:
            labels.append(viewer.kernel.record(viewer.officer, view.record).label)
        except LatticeworkError:
            continue
    return labels


@get("/arrangements/{record:str}", sync_to_thread=False)
def detail(viewer: SeenBy, record: FromPath[str]) -> Response[str]:
    """Show one arrangement: who has signed, what it covers, until when."""
    found = parse_record_id(record)
    viewer.keep_off_the_wall(found)
    view = viewer.kernel.arrangement(viewer.officer, found)
    a = view.arrangement
    policy = viewer.kernel.policies.get(a.exchange_policy)
    spoken = language.language()
    return show(
        viewer, "arrangements/detail.html", title=_detail_title(view), labels=_labels(viewer, (view,)), view=view,
        a=a, ceiling=policy.classification_name(a.ceiling, spoken) if policy else str(a.ceiling),
        levels=[_level_words(viewer, row) for row in a.levels], letters=viewer.zone.letters(viewer.now_ms),
        grants=_grants(viewer, view), may=viewer.may("arrangement") and viewer.kernel.own in a.parties,
        signed=viewer.kernel.own in view.signed_by, flows=_flows(a), soon_ms=SOON_MS,
    )


def _detail_title(view: ArrangementView) -> str:
    if view.in_force:
        return _("%(title)s is in force", title=view.arrangement.title)
    if view.waiting_for:
        return _("%(title)s waits for %(members)s", title=view.arrangement.title, members=", ".join(view.waiting_for))
    return _("%(title)s is not in force", title=view.arrangement.title)


def _grants(viewer: Viewer, view: ArrangementView) -> list[tuple[str, int | None, int | None, bool]]:
    """Return (party, start, end, current) for every party; None where it never signed."""
    standing = next(s for s in viewer.kernel.standings() if s.record == view.record)
    held = {party: (start, end) for party, start, end in standing.grants}
    return [
        (party, *held.get(party, (None, None)), party in view.signed_by) for party in view.arrangement.parties
    ]


def _flows(a: Arrangement) -> list[str]:
    return [f"{f.giver} → {f.taker}" for f in a.flows]


def _level_words(viewer: Viewer, row: LevelMap) -> str:
    def name(policy: str, level: int) -> str:
        found = viewer.kernel.policies.get(policy)
        return f"{policy} {found.classification_name(level, language.language()) if found else level}"

    return f"{name(row.from_policy, row.from_classification)} = {name(row.to_policy, row.to_classification)}"


@get("/arrangements/new", sync_to_thread=False)
def propose_page(viewer: SeenBy, parties: FromQuery[str] = "", topics: FromQuery[str] = "") -> Response[str]:
    """Show the form for a proposal, filled in with what led here."""
    now = viewer.now_ms
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    return _propose(viewer, Form({
        "parties": parties or viewer.kernel.own, "topics": topics, "valid_from": times.utc_field(now),
        "valid_until": times.utc_field(now + 365 * DAY_MS), "renew_days": "7", "onward": "never",
        "ceiling": str(policy.lowest), "exchange_policy": policy.name,
    }))


def _propose(viewer: Viewer, form: Form, *, status: int = 200) -> Response[str]:
    policies = viewer.kernel.policies
    policy = policies.get(form["exchange_policy"], policies[viewer.kernel.default_policy])
    levels = [(n, policy.classification_name(n, language.language())) for n in policy.levels]
    return show(viewer, "arrangements/new.html", title=_("Propose an arrangement"), form=form, status=status,
                levels=levels, policies=sorted(policies), partners=viewer.kernel.state().partners)


@post("/arrangements", status_code=303)
async def propose(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Put a proposal before a second officer."""
    form = Form(dict(await request.form()))
    arrangement = read_arrangement(viewer, form)
    if arrangement is None:
        return _propose(viewer, form, status=400)
    try:
        viewer.kernel.propose_act(viewer.officer, ProposeArrangement(arrangement))
    except LatticeworkError as error:
        form.wrong("parties", say(error.message))
        return _propose(viewer, form, status=400)
    words = _("Proposed; it goes out when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


def read_arrangement(viewer: Viewer, form: Form) -> Arrangement | None:
    """Read the proposal's form; None when something is wrong, with the sentences in `form`."""
    own = viewer.kernel.own
    parties = form.members("parties", (own, *viewer.kernel.state().partners))
    if own not in parties and "parties" not in form.errors:
        form.wrong("parties", _("%(member)s is a party of what it proposes; add it.", member=own))
    if len(parties) < 2:
        form.wrong("parties", _("Name two or more parties."))
    name, title = form["name"].lower().replace(" ", "-"), form["title"]
    if not name or not name.replace("-", "").isalnum() or len(name) > 60:
        form.wrong("name", _("Use a short name of letters, digits and hyphens."))
    if not title:
        form.wrong("title", _("An arrangement needs a title."))
    topics = form.topics("topics")
    begin, end = form.time("valid_from", required=True), form.time("valid_until", required=True)
    if begin is not None and end is not None and end <= begin:
        form.wrong("valid_until", _("It must end after it begins."))
    renew = form.number("renew_days", 7, 1, 3650)
    policy_name = form["exchange_policy"] or viewer.kernel.default_policy
    policy = viewer.kernel.policies.get(policy_name)
    if policy is None:
        form.wrong("exchange_policy", _("This policy is not loaded here."))
        return None
    ceiling = form.number("ceiling", policy.lowest, policy.lowest, policy.highest)
    levels, flows = _read_levels(form), _read_flows(form, parties)
    if not form.ok or begin is None or end is None:
        return None
    try:
        return Arrangement(
            name=name, title=title, parties=parties, topics=topics, ceiling=ceiling, exchange_policy=policy_name,
            valid_from_ms=begin, valid_until_ms=end, renew_every_ms=renew * DAY_MS, onward=Onward(form["onward"]),
            flows=flows, levels=levels, caveats=_read_caveats(form), discreet=form["discreet"] == "1",
        )
    except (LatticeworkError, ValueError) as error:
        form.wrong("parties", say(error.message) if isinstance(error, LatticeworkError) else str(error))
        return None


def _pair(form: Form, field: str, line: str) -> tuple[list[str], list[str]] | None:
    left, sign, right = line.partition("=")
    sides = left.split(), right.split()
    if not sign or len(sides[0]) != 2 or len(sides[1]) != 2:
        form.wrong(field, _("Write each line as POLICY LEVEL = POLICY LEVEL: %(line)s", line=line[:60]))
        return None
    return sides


def _read_levels(form: Form) -> tuple[LevelMap, ...]:
    found: set[LevelMap] = set()
    for line in form["levels"].splitlines():
        pair = _pair(form, "levels", line) if line.strip() else None
        if pair is None:
            continue
        (left, a), (right, b) = pair
        if not (a.isdecimal() and b.isdecimal() and max(len(a), len(b)) <= LEVEL_DIGITS):
            form.wrong("levels", _("Levels are the policy’s hierarchy numbers: %(line)s", line=line[:60]))
            continue
        found.add(LevelMap(left, int(a), right, int(b)))
    return tuple(sorted(found))


def _read_caveats(form: Form) -> tuple[CaveatMap, ...]:
    found: set[CaveatMap] = set()
    for line in form["caveats"].splitlines():
        pair = _pair(form, "caveats", line) if line.strip() else None
        if pair is not None:
            (left, a), (right, b) = pair
            found.add(CaveatMap(left, a, right, b))
    return tuple(sorted(found))


def _read_flows(form: Form, parties: tuple[Any, ...]) -> tuple[Flow, ...]:
    found: set[Flow] = set()
    for line in form["flows"].upper().replace("→", ">").replace(",", "\n").splitlines():
        giver, sign, taker = (part.strip() for part in line.partition(">"))
        if not line.strip():
            continue
        if not sign or giver not in parties or taker not in parties or giver == taker:
            form.wrong("flows", _("Write each direction as JPN > USA, between parties: %(line)s", line=line[:40]))
            continue
        found.add(Flow(giver, taker))  # type: ignore[arg-type]
    return tuple(sorted(found))


@post("/arrangements/{record:str}/sign", status_code=303)
async def sign(viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Put the own signature before a second officer."""
    viewer.kernel.propose_act(viewer.officer, SignArrangement(parse_record_id(record)))
    words = _("Proposed; it is signed when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/arrangements/{record:str}/withdraw", status_code=303)
async def withdraw(request: Request[Any, Any, Any], viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Put the withdrawal of the own grant before a second officer."""
    form = Form(dict(await request.form()))
    viewer.kernel.propose_act(viewer.officer, WithdrawGrant(parse_record_id(record), form["reason"]))
    words = _("Proposed; the grant ends when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


ROUTES = (listing, detail, propose_page, propose, sign, withdraw)
