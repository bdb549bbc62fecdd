"""Officers: who may do what at this node; administrators propose changes, and a second officer approves them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from latticework.kernel.core.approvals import ChangeOfficer, DisableOfficer, EnableOfficer
from latticework.kernel.errors import InvalidPassword, LatticeworkError
from latticework.kernel.identity.officers import OfficerRow
from latticework.kernel.ids import MemberId, OfficerId, Post
from latticework.kernel.policy.model import Officer, Role
from latticework.shell import language
from latticework.shell.forms import Form, every_value
from latticework.shell.language import _, ngettext
from latticework.shell.notices import told
from latticework.shell.render import show
from latticework.shell.sentences import say
from latticework.shell.viewer import SeenBy, Viewer

NOT_CLEARED = ""
"""The choice of a form that clears an officer for nothing under a policy."""


@get("/officers", sync_to_thread=False)
def listing(viewer: SeenBy) -> Response[str]:
    """List the officers, and show the form for another one."""
    policy = viewer.kernel.policies[viewer.kernel.default_policy]
    return _list_page(viewer, Form({
        "nationality": viewer.kernel.own, "roles": "author", _field(policy.name): str(policy.lowest)}))


def _list_page(viewer: Viewer, form: Form, *, status: int = 200) -> Response[str]:
    rows = viewer.kernel.officer_rows(viewer.officer)
    active = sum(not row.disabled for row in rows)
    title = ngettext("%(n)s officer may sign in", "%(n)s officers may sign in", active)
    return show(viewer, "officers/list.html", title=title, rows=rows, form=form, status=status,
                clearance_of=lambda officer: _clearance_words(viewer, officer), **_choices(viewer))


@get("/officers/{name:str}", sync_to_thread=False)
def detail(viewer: SeenBy, name: FromPath[str]) -> Response[str]:
    """Show one officer with the form for a change."""
    row = viewer.kernel.officer_row(viewer.officer, OfficerId(name))
    o = row.officer
    return _detail_page(viewer, row, Form({
        "post": o.post, "roles": sorted(o.roles), "nationality": o.nationality, "compartments": sorted(o.compartments),
        **{_field(policy): str(level) for policy, level in o.clearance},
    }))


def _detail_page(viewer: Viewer, row: OfficerRow, form: Form, *, status: int = 200) -> Response[str]:
    post_ = row.officer.post
    title = _("%(post)s is disabled", post=post_) if row.disabled else _("%(post)s may sign in", post=post_)
    return show(viewer, "officers/detail.html", title=title, row=row, form=form, status=status,
                letters=viewer.zone.letters(viewer.now_ms), **_choices(viewer))


def _choices(viewer: Viewer) -> dict[str, Any]:
    spoken, policies = language.language(), sorted(viewer.kernel.policies.values(), key=lambda p: p.name)
    return {
        "roles": [role.value for role in Role],
        "policies": [
            (_field(p.name), p.name,
             [(NOT_CLEARED, _("not cleared")), *((str(n), p.classification_name(n, spoken)) for n in p.levels)])
            for p in policies
        ],
        "caveats": sorted({caveat for p in policies for caveat in p.restrictive}),
    }


def _field(policy: str) -> str:
    return f"clearance-{policy}"


def _clearance_words(viewer: Viewer, officer: Officer) -> str:
    words = []
    for name, level in officer.clearance:
        policy = viewer.kernel.policies.get(name)
        words.append(f"{name} {policy.classification_name(level, language.language()) if policy else level}")
    return ", ".join(words) or "–"


def read_officer(viewer: Viewer, form: Form, name: str) -> Officer:
    """Return the officer that a form describes; what is wrong stands in `form`."""
    roles = frozenset(Role(r) for r in form.every("roles") if r in {role.value for role in Role})
    if not roles:
        form.wrong("roles", _("Give at least one role."))
    clearance = []
    for policy in sorted(viewer.kernel.policies.values(), key=lambda p: p.name):
        if form[_field(policy.name)] != NOT_CLEARED:
            level = form.number(_field(policy.name), policy.lowest, policy.lowest, policy.highest)
            clearance.append((policy.name, level))
    nationality = form["nationality"].upper() or viewer.kernel.own
    return Officer(
        name=OfficerId(name), post=Post(form["post"]), roles=roles, clearance=tuple(clearance),
        nationality=MemberId(nationality), compartments=frozenset(form.every("compartments")),
    )


@post("/officers", status_code=303)
async def add(request: Request[Any, Any, Any], viewer: SeenBy) -> Response[Any]:
    """Put a new officer before a second officer."""
    form = Form(every_value(await request.form()))
    officer = read_officer(viewer, form, form["name"].lower())
    # Spaces at the ends belong to a password, so it is read as it was typed.
    password, again = form.exactly("password"), form.exactly("again")
    if password != again:
        form.wrong("again", _("The two passwords differ; type them again."))
    if form.ok:
        try:
            viewer.kernel.propose_officer(viewer.officer, officer, password)
        except InvalidPassword as error:
            form.wrong("password", say(error.message))
        except LatticeworkError as error:
            form.wrong("name", say(error.message))
    if not form.ok:
        return _list_page(viewer, form, status=400)
    words = _("Proposed; the officer may sign in when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/officers/{name:str}", status_code=303)
async def change(request: Request[Any, Any, Any], viewer: SeenBy, name: FromPath[str]) -> Response[Any]:
    """Put a change before a second officer."""
    row = viewer.kernel.officer_row(viewer.officer, OfficerId(name))
    form = Form(every_value(await request.form()))
    officer = read_officer(viewer, form, row.officer.name)
    if form.ok:
        try:
            viewer.kernel.propose_act(viewer.officer, ChangeOfficer(officer, row.officer))
        except LatticeworkError as error:
            form.wrong("post", say(error.message))
    if not form.ok:
        return _detail_page(viewer, row, form, status=400)
    words = _("Proposed; it changes when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/officers/{name:str}/disable", status_code=303)
async def disable(viewer: SeenBy, name: FromPath[str]) -> Response[Any]:
    """Put before a second officer that an officer signs in no more."""
    viewer.kernel.propose_act(viewer.officer, DisableOfficer(OfficerId(name)))
    words = _("Proposed; sessions and tokens end when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


@post("/officers/{name:str}/enable", status_code=303)
async def enable(viewer: SeenBy, name: FromPath[str]) -> Response[Any]:
    """Put before a second officer that a disabled officer signs in again."""
    viewer.kernel.propose_act(viewer.officer, EnableOfficer(OfficerId(name)))
    words = _("Proposed; the officer may sign in when a second officer approves it")
    return told(viewer, Redirect("/approvals", status_code=303), words)


ROUTES = (listing, detail, add, change, disable, enable)
