"""Audit: who decided, released, saw, exported and printed what, when, by which rule; narrowed and exported."""

from __future__ import annotations

import io
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery

from latticework.kernel.core.audit import AuditFilter, AuditLine
from latticework.kernel.core.authority import need
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import parse_member, parse_record_id
from latticework.shell.forms import Form
from latticework.shell.language import N_, _, ngettext
from latticework.shell.render import show
from latticework.shell.sentences import rule_words, say
from latticework.shell.viewer import SeenBy, Viewer

PAGE: Final = 100
EXPORTED: Final = 100_000
"""Lines that one export holds at most; narrower times give the rest."""
ACTS: Final[dict[str, str]] = {
    "record": N_("saw or exported a record"), "publish": N_("made a record"), "release": N_("released a record"),
    "recall": N_("recalled, or answered a recall"), "brief": N_("made or printed a brief"),
    "attachment": N_("opened a file"), "trust": N_("trust and keys"), "arrangement": N_("arrangements"),
    "officer": N_("officers"), "ledger": N_("what the node itself let out"),
}
"""Groups of acts, for the filter."""
COLUMNS: Final = ("time_utc", "source", "number", "officer", "post", "second_officer", "act", "what", "permitted",
                  "rule", "why", "record", "to")


class Asked(NamedTuple):
    """The filter as its form sends it."""

    officer: str = ""
    act: str = ""
    record: str = ""
    to: str = ""
    since: str = ""
    until: str = ""
    refused: str = ""

    def read(self, form: Form) -> AuditFilter:
        """Return what is looked for; what is wrong with a field is noted in `form`."""
        try:
            record = parse_record_id(self.record) if self.record else None
            member = parse_member(self.to.upper()) if self.to else None
        except LatticeworkError as error:
            form.wrong("record" if self.record else "to", say(error.message))
            record = member = None
        return AuditFilter(officer=self.officer or None, act=self.act or None, record=record, to=member,
                           from_ms=form.time("since"), until_ms=form.time("until"), refused=self.refused == "1")

    def href(self, after: str | None, path: str = "/audit") -> str:
        """Return the address of the page after a cursor."""
        values = {k: v for k, v in (*self._asdict().items(), ("after", after)) if v}
        return f"{path}?{urlencode(values)}" if values else path


@get("/audit", sync_to_thread=False)
def listing(
    viewer: SeenBy, officer: FromQuery[str] = "", act: FromQuery[str] = "", record: FromQuery[str] = "",
    to: FromQuery[str] = "", since: FromQuery[str] = "", until: FromQuery[str] = "", refused: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """Show who did what, newest first."""
    need(viewer.officer, "audit")
    asked = Asked(officer.strip()[:60], act.strip()[:60], record.strip()[:70], to.strip()[:3], since.strip()[:30],
                  until.strip()[:30], refused)
    form = Form(asked._asdict())
    page = viewer.kernel.audit(viewer.officer, asked.read(form), after=after, limit=PAGE)
    return show(
        viewer, "audit/list.html", title=_title(page.items, asked, more=page.next is not None), lines=page.items,
        next=page.next, first=after is None, asked=asked, form=form,
        acts_words=[(key, _(words)) for key, words in ACTS.items()],
        members=viewer.kernel.state().partners, letters=viewer.zone.letters(viewer.now_ms),
    )


def _title(lines: tuple[AuditLine, ...], asked: Asked, *, more: bool) -> str:
    refused = sum(not line.allowed for line in lines)
    if not lines:
        return _("Nothing fits this selection") if any(asked) else _("No officer has acted yet")
    if refused:
        return ngettext("%(n)s act here was not permitted", "%(n)s acts here were not permitted", refused)
    if more:
        return ngettext("The last act was permitted", "The last %(n)s acts were all permitted", len(lines))
    return ngettext("%(n)s act, permitted", "%(n)s acts, all permitted", len(lines))


@get("/audit/export", media_type="application/octet-stream", sync_to_thread=False)
def export_page(
    viewer: SeenBy, officer: FromQuery[str] = "", act: FromQuery[str] = "", record: FromQuery[str] = "",
    to: FromQuery[str] = "", since: FromQuery[str] = "", until: FromQuery[str] = "", refused: FromQuery[str] = "",
    form: FromQuery[str] = "csv",
) -> Response[bytes]:
    """Hand out what the filter gives as CSV or XLSX; the export is noted itself."""
    asked = Asked(officer, act, record, to, since, until, refused)
    return exported(viewer, asked.read(Form(asked._asdict())), "xlsx" if form == "xlsx" else "csv")


def exported(viewer: Viewer, wanted: AuditFilter, kind: str) -> Response[bytes]:
    """Return the answer that carries an export of the audit."""
    from latticework.kernel.clock import iso_utc
    from latticework.workbench.tables.export import export

    lines: list[AuditLine] = []
    after: str | None = None
    while len(lines) < EXPORTED:
        page = viewer.kernel.audit(viewer.officer, wanted, after=after, limit=500)
        lines += page.items
        after = page.next
        if after is None:
            break
    viewer.kernel.note_export(viewer.officer, f"{len(lines)} lines")
    rows = ((iso_utc(n.at_ms), n.source, n.number, n.officer or "node", n.post or "", n.second or "", n.act, n.what,
             "yes" if n.allowed else "no", n.rule, rule_words(n.rule) if n.rule else "", n.record or "", n.to or "")
            for n in lines)
    out = io.BytesIO()
    export(out, COLUMNS, rows, "xlsx" if kind == "xlsx" else "csv", title="Audit")
    name = f"audit-{viewer.kernel.own}-{iso_utc(viewer.now_ms)[:10]}.{kind}"
    return Response(out.getvalue(), media_type="application/octet-stream",
                    headers={"content-disposition": f'attachment; filename="{name}"'})


ROUTES: tuple[Any, ...] = (listing, export_page)
