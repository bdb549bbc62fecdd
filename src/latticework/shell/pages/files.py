"""Files: the attachments that are here, one record's, a new one, fetching and saving."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from latticework.kernel.core.authority import need
from latticework.kernel.errors import LatticeworkError
from latticework.kernel.ids import parse_record_id
from latticework.shell import language
from latticework.shell.api.files import content, publish
from latticework.shell.forms import Form, every_value
from latticework.shell.language import _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.attachments.content import SUFFIXES
from latticework.workbench.attachments.model import FILE, size_words
from latticework.workbench.attachments.service import FileView


@get("/files", sync_to_thread=False)
def listing(viewer: SeenBy) -> Response[str]:
    """Show the attachments that the officer may see."""
    found = viewer.bench.attachments.files(viewer.officer)
    return show(viewer, "files/list.html", title=_title(found), labels=[f.record.label for f in found], files=found,
                size_words=size_words, letters=viewer.zone.letters(viewer.now_ms))


def _title(files: tuple[FileView, ...]) -> str:
    refused = sum(f.blob.state == "refused" for f in files)
    coming = sum(f.blob.state == "fetching" for f in files)
    if refused:
        return ngettext("%(n)s file was refused", "%(n)s files were refused", refused)
    if coming:
        return ngettext("%(n)s file is on its way", "%(n)s files are on their way", coming)
    return ngettext("%(n)s file is here for you", "%(n)s files are here for you", len(files))


@get("/files/new", sync_to_thread=False)
def new_page(viewer: SeenBy, about: FromQuery[str] = "") -> Response[str]:
    """Show the form for a new attachment; under a record it takes that record's label and topic as a beginning."""
    need(viewer.officer, "publish")
    values: dict[str, object] = {"about": about}
    if about:
        record = viewer.kernel.record(viewer.officer, parse_record_id(about))
        release = record.label.release
        values |= {
            "topic": record.topic, "classification": str(record.label.classification),
            "release": "own" if release is None else "everyone" if release.everyone else "members",
            "members": sorted(release.members - {viewer.kernel.own}) if release is not None else [],
        }
    return _form(viewer, Form(values))


def _form(viewer: Viewer, form: Form, *, status: int = 200) -> Response[str]:
    kernel = viewer.kernel
    policy = kernel.policies[kernel.default_policy]
    cleared = dict(viewer.officer.clearance).get(policy.name, policy.lowest - 1)
    about = kernel.record(viewer.officer, parse_record_id(form["about"])) if form["about"] else None
    return show(
        viewer, "files/new.html", title=_("Attach a file"), form=form, status=status, about=about, policy=policy,
        levels=[(n, policy.classification_name(n, language.language())) for n in policy.levels if n <= cleared],
        partners=kernel.state().partners, suffixes=SUFFIXES, labels=[about.label] if about is not None else [],
    )


@post("/files", status_code=303)
async def attach(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Publish a file that the page has sent."""
    form = Form(every_value(await request.form()))
    topic, label = form.topic("topic"), form.label(viewer.kernel)
    if not form["upload"]:
        form.wrong("file", _("Choose a file; the page sends it, and needs its script for that."))
    if not form.ok or label is None:
        return _form(viewer, form, status=400)
    try:
        made = await publish(viewer, form["upload"], label=label, topic=topic, note=form["note"],
                             about=form["about"] or None, distribute=form["distribute"] == "1")
    except LatticeworkError as error:
        form.wrong("file", say(error.message))
        return _form(viewer, form, status=400)
    return told(viewer, Redirect(f"/records/{made.id}", status_code=303),
                _("Attached: looked through, encrypted, signed and entered in the ledger"))


@post("/files/{record:str}/fetch", status_code=303)
async def fetch(viewer: SeenBy, record: FromPath[str]) -> Response[Any]:
    """Ask the partner for a file."""
    found = viewer.bench.attachments.fetch(viewer.officer, parse_record_id(record))
    return told(viewer, Redirect(f"/records/{found.record.id}", status_code=303), _("The file is on its way"))


@get("/files/{record:str}/content", sync_to_thread=False, media_type="application/octet-stream")
def save(viewer: SeenBy, record: FromPath[str]) -> Stream:
    """Hand a file out, as a download."""
    return content(viewer, record)


def files_of(viewer: Viewer, record: Any) -> tuple[FileView, ...]:
    """Return the files of a record, for its page: itself when it names one, and those that are about it."""
    part = viewer.bench.attachments
    own = (part.file(viewer.officer, record.id),) if record.kind == FILE else ()
    return (*own, *part.files(viewer.officer, about=record.id))


ROUTES = (listing, new_page, attach, fetch, save)
