"""The node itself over the API: overview, status, ledger, alarms, journal."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from latticework import __version__
from latticework.kernel.ids import parse_member
from latticework.kernel.labels.label import Label
from latticework.kernel.ledger import write_proof
from latticework.kernel.views import AlarmView, LedgerReport
from latticework.shell.api.responses import said
from latticework.shell.api.schema import (
    ChangeOut,
    FigureOut,
    JournalRow,
    LedgerPage,
    Overview,
    PolicyOut,
    Status,
    WaitingOut,
)
from latticework.shell.language import language
from latticework.shell.morning import finding, morning
from latticework.shell.viewer import SeenBy


@get("/overview", sync_to_thread=False, **said("getOverview", "node"))
def get_overview(viewer: SeenBy) -> Overview:
    """Return the morning page: what needs the officer, what changed since the last visit, how things stand."""
    found, since_ms = morning(viewer, viewer.preferences.before_ms), viewer.preferences.before_ms

    def marking(label: Label | None) -> str | None:
        return viewer.kernel.marking(label, language()) if label is not None else None

    return Overview(
        finding=finding(found.needs, found.peers), since_ms=since_ms or None,
        waiting=tuple(
            WaitingOut(due_ms=w.due_ms, sender=w.sender, what=w.what, detail=w.detail, path=w.path,
                       marking=marking(w.label)) for w in found.needs
        ),
        changes=tuple(
            ChangeOut(at_ms=c.at_ms, member=c.member, words=c.words, path=c.path, marking=marking(c.label), own=c.own,
                      state=c.state) for c in found.changes
        ),
        arrived=found.arrived, made=found.made,
        figures=tuple(
            FigureOut(title=f.title, value=f.value, of=f.of, what=f.what, source=f.source, tag=f.tag)
            for f in found.figures
        ),
        peers=found.peers, alarms=found.alarms,
    )


@get("/status", sync_to_thread=False, **said("getStatus", "node"))
def get_status(viewer: SeenBy) -> Status:
    """Return how the node stands, in numbers."""
    peers = viewer.kernel.peers(viewer.officer)
    return Status(
        member=viewer.kernel.own, name=viewer.kernel.identity.title, version=__version__, now_ms=viewer.now_ms,
        links_up=sum(p.link == "direct" for p in peers), links=len(peers), records=viewer.kernel.count(viewer.officer),
        arrangements_in_force=sum(a.in_force for a in viewer.kernel.arrangements(viewer.officer)),
        alarms=len(viewer.kernel.alarms(viewer.officer, limit=500)), counters=viewer.kernel.counters(),
    )


@get("/ledger/entries", sync_to_thread=False, **said("listEntries", "ledger"))
def list_entries(
    viewer: SeenBy, to: FromQuery[str | None] = None, after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
) -> LedgerPage:
    """List the own ledger's entries, newest first: what was released to whom and why."""
    member = parse_member(to.upper()) if to else None
    page = viewer.kernel.ledger_entries(viewer.officer, to=member, after=after, limit=limit)
    return LedgerPage(page.items, page.next)


@get("/ledger/entries/{entry:int}/proof", sync_to_thread=False, media_type="application/octet-stream",
     **said("proveEntry", "ledger"))
def prove_entry(viewer: SeenBy, entry: FromPath[int]) -> Response[bytes]:
    """Return the proof that an entry stands under its epoch's checkpoint."""
    _entry, proof, _note = viewer.kernel.prove_entry(viewer.officer, entry)
    return Response(write_proof(proof), media_type="application/octet-stream")


@post("/ledger/verify", status_code=200, sync_to_thread=False, **said("verifyLedger", "ledger"))
def verify_ledger(viewer: SeenBy) -> LedgerReport:
    """Verify the own ledger and those held of partners, from signatures down to single entries."""
    return viewer.kernel.verify_ledger(viewer.officer)


@get("/alarms", sync_to_thread=False, **said("listAlarms", "node"))
def list_alarms(viewer: SeenBy, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50) -> list[AlarmView]:
    """Return what a person should look at, newest first."""
    return list(viewer.kernel.alarms(viewer.officer, limit=limit))


@get("/alarms/{number:int}/proof", sync_to_thread=False, media_type="application/octet-stream",
     **said("getAlarmProof", "node"))
def alarm_proof(viewer: SeenBy, number: FromPath[int]) -> Response[bytes]:
    """Return the self-contained proof file of an alarm; ``latticework ledger accuse`` verifies it offline."""
    return Response(viewer.kernel.alarm_proof(viewer.officer, number), media_type="application/octet-stream")


@get("/acts", sync_to_thread=False, **said("listActs", "node"))
def list_acts(viewer: SeenBy, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 200) -> list[JournalRow]:
    """Return who did what, newest first; for auditors."""
    return [
        JournalRow(at_ms=a.at_ms, officer=a.officer, post=a.post, act=a.act, allowed=a.allowed, rule=a.rule,
                   record=a.record, to=a.to, second=a.second)
        for a in viewer.kernel.acts(viewer.officer, limit=limit)
    ]


@get("/policies", sync_to_thread=False, **said("listPolicies", "node"))
def list_policies(viewer: SeenBy) -> list[PolicyOut]:
    """Return the loaded security policies, the member's own first: levels, release names, caveats."""
    own = viewer.kernel.default_policy
    return [
        PolicyOut(
            name=p.name, own=p.name == own,
            levels={p.classification_name(n, language()): n for n in p.levels}, releases=p.release_names,
            restrictive=p.restrictive, informative=p.informative,
        )
        for p in sorted(viewer.kernel.policies.values(), key=lambda p: (p.name != own, p.name))
    ]


ROUTES = (
    list_policies, get_overview, get_status, list_entries, prove_entry, verify_ledger, list_alarms, alarm_proof,
    list_acts,
)
