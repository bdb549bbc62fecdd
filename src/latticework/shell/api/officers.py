"""Officers over the API: what administrators propose about them, and what each does about the own access alone."""

from __future__ import annotations

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from latticework.kernel.core.approvals import ChangeOfficer, DisableOfficer, EnableOfficer
from latticework.kernel.identity.sessions import Token
from latticework.kernel.ids import MemberId, OfficerId, Post
from latticework.kernel.policy.model import Officer
from latticework.shell.api.arrangements import act_out
from latticework.shell.api.responses import said
from latticework.shell.api.schema import (
    ActOut,
    NewOfficer,
    NewToken,
    OfficerChange,
    OfficerOut,
    PasswordChange,
    TokenMade,
    TokenOut,
)
from latticework.shell.viewer import SeenBy


@get("/officers", sync_to_thread=False, **said("listOfficers", "officers"))
def list_officers(viewer: SeenBy) -> list[OfficerOut]:
    """List this member's officers; for administrators."""
    return [officer_out(row.officer, disabled=row.disabled) for row in viewer.kernel.officer_rows(viewer.officer)]


@post("/officers", status_code=202, sync_to_thread=False, **said("addOfficer", "officers"))
def add_officer(viewer: SeenBy, data: JSONBody[NewOfficer]) -> ActOut:
    """Put a new officer before a second officer; of the first password only the hash is kept."""
    added = Officer(
        name=OfficerId(data.name), post=Post(data.post), roles=frozenset(data.roles),
        clearance=tuple(sorted(data.clearance.items())),
        nationality=MemberId(data.nationality.upper() or viewer.kernel.own), compartments=frozenset(data.compartments),
    )
    return act_out(viewer, viewer.kernel.propose_officer(viewer.officer, added, data.password))


@patch("/officers/{name:str}", status_code=202, sync_to_thread=False, **said("changeOfficer", "officers"))
def change_officer(viewer: SeenBy, name: FromPath[str], data: JSONBody[OfficerChange]) -> ActOut:
    """Put a change of an officer before a second officer; what is left out stays."""
    was = viewer.kernel.officer_row(viewer.officer, OfficerId(name)).officer
    wanted = msgspec.structs.replace(
        was,
        post=was.post if data.post is None else Post(data.post),
        roles=was.roles if data.roles is None else frozenset(data.roles),
        clearance=was.clearance if data.clearance is None else tuple(sorted(data.clearance.items())),
        nationality=was.nationality if data.nationality is None else MemberId(data.nationality.upper()),
        compartments=was.compartments if data.compartments is None else frozenset(data.compartments),
    )
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, ChangeOfficer(wanted, was)))


@post("/officers/{name:str}/disable", status_code=202, sync_to_thread=False, **said("disableOfficer", "officers"))
def disable_officer(viewer: SeenBy, name: FromPath[str]) -> ActOut:
    """Put before a second officer that an officer signs in no more; then what is open ends at once."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, DisableOfficer(OfficerId(name))))


@post("/officers/{name:str}/enable", status_code=202, sync_to_thread=False, **said("enableOfficer", "officers"))
def enable_officer(viewer: SeenBy, name: FromPath[str]) -> ActOut:
    """Put before a second officer that a disabled officer signs in again."""
    return act_out(viewer, viewer.kernel.propose_act(viewer.officer, EnableOfficer(OfficerId(name))))


@get("/me", sync_to_thread=False, **said("whoAmI", "officers"))
def who_am_i(viewer: SeenBy) -> OfficerOut:
    """Return the officer that the session or token stands for."""
    return officer_out(viewer.officer)


@post("/me/password", status_code=200, sync_to_thread=False, **said("changePassword", "officers"))
def change_password(viewer: SeenBy, data: JSONBody[PasswordChange]) -> OfficerOut:
    """Change the own password; every session and API token of the officer ends, this one too."""
    viewer.kernel.change_password(viewer.officer, data.present, data.new)
    return officer_out(viewer.officer)


@delete("/me/sessions", status_code=200, sync_to_thread=False, **said("endSessions", "officers"))
def end_sessions(viewer: SeenBy) -> OfficerOut:
    """End every session and API token of the officer, this one too."""
    viewer.kernel.end_sessions(viewer.officer)
    return officer_out(viewer.officer)


@get("/me/tokens", sync_to_thread=False, **said("listTokens", "officers"))
def list_tokens(viewer: SeenBy) -> list[TokenOut]:
    """List the officer's API tokens, oldest first; the secrets themselves are not kept."""
    return [_token_out(t) for t in viewer.kernel.officers.tokens(viewer.officer.name)]


@post("/me/tokens", status_code=201, sync_to_thread=False, **said("issueToken", "officers"))
def issue_token(viewer: SeenBy, data: JSONBody[NewToken]) -> TokenMade:
    """Make an API token against the password and return it, once: a stolen token can make no others."""
    secret, made = viewer.kernel.issue_token(viewer.officer, data.password, data.title, data.days)
    return TokenMade(secret, _token_out(made))


@delete("/me/tokens/{token:str}", status_code=200, sync_to_thread=False, **said("revokeToken", "officers"))
def revoke_token(viewer: SeenBy, token: FromPath[str]) -> list[TokenOut]:
    """End one of the officer's API tokens by its id and return those that are left."""
    viewer.kernel.officers.revoke_token(viewer.officer.name, token)
    return [_token_out(t) for t in viewer.kernel.officers.tokens(viewer.officer.name)]


def officer_out(officer: Officer, *, disabled: bool = False) -> OfficerOut:
    """Return an officer as the API gives it."""
    return OfficerOut(
        name=officer.name, post=officer.post, roles=tuple(sorted(r.value for r in officer.roles)),
        clearance=dict(officer.clearance), nationality=officer.nationality,
        compartments=tuple(sorted(officer.compartments)), disabled=disabled,
    )


def _token_out(token: Token) -> TokenOut:
    return TokenOut(token.id, token.title, token.issued_ms, token.expires_ms)


ROUTES = (
    list_officers, add_officer, change_officer, disable_officer, enable_officer, who_am_i, change_password,
    end_sessions, list_tokens, issue_token, revoke_token,
)
