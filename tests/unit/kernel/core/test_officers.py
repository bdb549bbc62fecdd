"""Officers at run time: what needs two of them, what is refused, and what each does alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher

from latticework.kernel import journal
from latticework.kernel.core import Kernel
from latticework.kernel.core.approvals import (
    Act,
    AddOfficer,
    ChangeOfficer,
    DisableOfficer,
    EnableOfficer,
    RotateKey,
)
from latticework.kernel.core.officers import _short
from latticework.kernel.errors import (
    InvalidConfig,
    InvalidId,
    InvalidPassword,
    LatticeworkError,
    NotFound,
    NotPermitted,
    SecondOfficerNeeded,
    SignInRefused,
)
from latticework.kernel.identity import OfficerStore, Passwords
from latticework.kernel.identity.approvals import EXPIRE_MS, ActState
from latticework.kernel.ids import MemberId, OfficerId, Post
from latticework.kernel.policy.model import Officer, Role
from latticework.testing.kernels import KernelFederation, officer

PASSWORD = "six geese a laying"
OTHER = "seven swans a swimming"
replace = msgspec.structs.replace

ADMIN = officer("JPN", "admin", Role.ADMINISTRATOR)
DESK = officer("JPN", "desk", Role.RELEASER, Role.AUTHOR)
AUDIT = officer("JPN", "audit", Role.AUDITOR)
WRITER = officer("JPN", "writer", Role.AUTHOR, clearance=1)
NEW = Officer(name=OfficerId("new"), post=Post("night watch"), roles=frozenset({Role.AUTHOR}),
              clearance=(("EXERCISE", 2),), nationality=MemberId("AUS"))


@pytest.fixture
def jpn(tmp_path: Path) -> Iterator[Kernel]:
    kernel = KernelFederation(tmp_path, ("JPN",))["JPN"]
    # The real hashing at its lowest cost.
    cheap = Passwords(kernel.entropy, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    kernel.officers = OfficerStore(kernel.store, kernel.entropy, cheap)
    for person in (ADMIN, DESK, AUDIT, WRITER):
        kernel.officers.add(person, PASSWORD, kernel.clock.now_ms())
    yield kernel
    kernel.close()


def done(kernel: Kernel, act: Act, second: Officer = DESK) -> None:
    assert kernel.approve_act(second, kernel.propose_act(ADMIN, act).id).state is ActState.APPROVED


def journal_of(kernel: Kernel) -> list[tuple[str, str, str | None]]:
    with kernel.store.snapshot() as reader:
        return [(row.act, row.officer, row.second) for _, row in journal.acts(reader, limit=50)]


@pytest.mark.parametrize("second", [DESK, AUDIT], ids=lambda o: o.name)
def test_a_new_officer_signs_in_only_after_a_second_officer_approved(jpn: Kernel, second: Officer) -> None:
    pending = jpn.propose_officer(ADMIN, NEW, OTHER)
    assert pending.summary == ("Add the officer new: post night watch; roles author; clearance EXERCISE CONFIDENTIAL; "
                               "nationality AUS; compartments –")
    with pytest.raises(SignInRefused):
        jpn.officers.sign_in("new", OTHER, jpn.clock.now_ms())
    with pytest.raises(SecondOfficerNeeded):
        jpn.approve_act(ADMIN, pending.id)
    jpn.approve_act(second, pending.id)
    token = jpn.officers.sign_in("new", OTHER, jpn.clock.now_ms())
    assert jpn.officers.officer_for_session(token, jpn.clock.now_ms()) == NEW
    assert ("officer.add new", "admin", second.name) in journal_of(jpn)


def test_the_store_keeps_the_password_never_and_its_hash_in_one_place_only(jpn: Kernel) -> None:
    def everything() -> bytes:
        return b"".join(k + v for table in jpn.store.snapshot_state().values()  # type: ignore[attr-defined]
                        for k, v in table.items())

    def hashes() -> int:
        return everything().count(b"$argon2id$")

    before = hashes()
    pending = jpn.propose_officer(ADMIN, NEW, OTHER)
    assert OTHER.encode() not in everything()
    assert hashes() == before + 1
    jpn.approve_act(DESK, pending.id)
    assert hashes() == before + 1, "the officer's row has it, the decided act no more"
    refused = jpn.propose_officer(ADMIN, replace(NEW, name=OfficerId("other")), OTHER)
    jpn.refuse_act(DESK, refused.id)
    assert hashes() == before + 1
    jpn.propose_officer(ADMIN, replace(NEW, name=OfficerId("third")), OTHER)
    jpn.clock.advance(EXPIRE_MS)  # type: ignore[attr-defined]
    jpn.propose_act(ADMIN, DisableOfficer(WRITER.name))
    assert hashes() == before + 1, "one that ran out is blanked with the next proposal"
    assert OTHER.encode() not in everything()


@pytest.mark.parametrize("proposer", [DESK, AUDIT, WRITER], ids=lambda o: o.name)
def test_only_an_administrator_proposes(jpn: Kernel, proposer: Officer) -> None:
    with pytest.raises(NotPermitted):
        jpn.propose_officer(proposer, NEW, OTHER)
    # Enabled, absent or unchanged: who may not propose learns nothing about it.
    for act in (DisableOfficer(WRITER.name), DisableOfficer(OfficerId("nobody")), EnableOfficer(WRITER.name),
                ChangeOfficer(replace(WRITER, post=Post("x")), WRITER), ChangeOfficer(NEW, NEW)):
        with pytest.raises(NotPermitted):
            jpn.propose_act(proposer, act)
    with pytest.raises(NotPermitted):
        jpn.officer_rows(proposer)
    with pytest.raises(NotPermitted):
        jpn.officer_row(proposer, WRITER.name)


def test_an_author_is_no_second_officer(jpn: Kernel) -> None:
    pending = jpn.propose_officer(ADMIN, NEW, OTHER)
    with pytest.raises(SecondOfficerNeeded):
        jpn.approve_act(WRITER, pending.id)
    with pytest.raises(NotPermitted):
        jpn.add_officer(ADMIN, WRITER, NEW, jpn.officers.hash_new(NEW.name, OTHER))
    with pytest.raises(SecondOfficerNeeded):
        jpn.add_officer(ADMIN, ADMIN, NEW, jpn.officers.hash_new(NEW.name, OTHER))


@pytest.mark.parametrize(("changed", "error"), [
    ({"name": OfficerId("desk")}, InvalidConfig), ({"name": OfficerId("No Name")}, InvalidId),
    ({"post": Post("")}, InvalidId), ({"nationality": MemberId("Japan")}, InvalidId),
    ({"roles": frozenset()}, InvalidConfig),
    ({"clearance": (("NOWHERE", 1),)}, InvalidConfig), ({"clearance": (("EXERCISE", 9),)}, InvalidConfig),
    ({"clearance": (("EXERCISE", 1), ("EXERCISE", 2))}, InvalidConfig),
    ({"compartments": frozenset({"Nothing/SUCH"})}, InvalidConfig),
])
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    jpn: Kernel, changed: dict[str, object], error: type[LatticeworkError],
) -> None:
    with pytest.raises(error):
        jpn.propose_officer(ADMIN, replace(NEW, **changed), OTHER)
    assert jpn.pending_acts(ADMIN) == ()


def test_a_weak_password_or_something_else_than_a_hash_is_refused(jpn: Kernel) -> None:
    with pytest.raises(InvalidPassword):
        jpn.propose_officer(ADMIN, NEW, "short")
    for given in (OTHER, "", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A"):
        with pytest.raises(InvalidPassword):
            jpn.propose_act(ADMIN, AddOfficer(NEW, given))
        with pytest.raises(InvalidPassword):
            jpn.add_officer(ADMIN, DESK, NEW, given)
    with pytest.raises(NotFound):
        jpn.officers.row(NEW.name)


def test_a_name_that_was_taken_meanwhile_is_refused_at_approval_and_nothing_is_kept(jpn: Kernel) -> None:
    first, second = (jpn.propose_officer(ADMIN, NEW, p) for p in (OTHER, PASSWORD))
    jpn.approve_act(DESK, first.id)
    with pytest.raises(InvalidConfig, match="already"):
        jpn.approve_act(DESK, second.id)
    states = {a.id: a.state for a in jpn.pending_acts(ADMIN)}
    assert states == {first.id: ActState.APPROVED, second.id: ActState.PENDING}
    jpn.officers.sign_in("new", OTHER, jpn.clock.now_ms())


def test_a_change_says_what_changes_and_reaches_open_sessions_at_once(jpn: Kernel) -> None:
    now = jpn.clock.now_ms()
    session = jpn.officers.sign_in("writer", PASSWORD, now)
    caveat = jpn.policies["EXERCISE"].restrictive[0]
    changed = replace(WRITER, roles=frozenset({Role.AUTHOR, Role.RELEASER}), clearance=(("EXERCISE", 3),),
                      compartments=frozenset({caveat}))
    pending = jpn.propose_act(ADMIN, ChangeOfficer(changed, WRITER))
    assert pending.summary == (
        "Change the officer writer: roles author, releaser, before author; clearance EXERCISE SECRET, before EXERCISE "
        f"RESTRICTED; compartments {caveat}, before –")
    assert jpn.officers.officer_for_session(session, now) == WRITER
    jpn.approve_act(DESK, pending.id)
    assert jpn.officers.officer_for_session(session, now) == changed


def test_a_stale_change_undoes_nothing(jpn: Kernel) -> None:
    promoted = jpn.propose_act(ADMIN, ChangeOfficer(replace(WRITER, clearance=(("EXERCISE", 4),)), WRITER))
    done(jpn, ChangeOfficer(replace(WRITER, clearance=()), WRITER))
    with pytest.raises(InvalidConfig, match="meanwhile"):
        jpn.approve_act(DESK, promoted.id)
    assert jpn.officers.row(WRITER.name).officer.clearance == ()
    now = replace(WRITER, clearance=())
    for act in (ChangeOfficer(WRITER, WRITER), ChangeOfficer(now, now)):
        with pytest.raises(InvalidConfig):
            jpn.propose_act(ADMIN, act)
    with pytest.raises(NotFound):
        jpn.propose_act(ADMIN, ChangeOfficer(NEW, NEW))


def test_disabling_ends_everything_open_and_enabling_lets_in_again(jpn: Kernel) -> None:
    now = jpn.clock.now_ms()
    session = jpn.officers.sign_in("writer", PASSWORD, now)
    secret, _ = jpn.officers.issue_token(WRITER.name, "report", now)
    done(jpn, DisableOfficer(WRITER.name))
    for refused in (lambda: jpn.officers.officer_for_session(session, now),
                    lambda: jpn.officers.officer_for_token(secret, now),
                    lambda: jpn.officers.sign_in("writer", PASSWORD, now)):
        with pytest.raises(SignInRefused):
            refused()
    with pytest.raises(InvalidConfig, match="already"):
        jpn.propose_act(ADMIN, DisableOfficer(WRITER.name))
    done(jpn, EnableOfficer(WRITER.name), AUDIT)
    jpn.officers.sign_in("writer", PASSWORD, now)
    with pytest.raises(InvalidConfig, match="not disabled"):
        jpn.propose_act(ADMIN, EnableOfficer(WRITER.name))
    with pytest.raises(NotFound):
        jpn.propose_act(ADMIN, EnableOfficer(OfficerId("nobody")))
    assert {("officer.disable writer", "admin", "desk"), ("officer.enable writer", "admin", "audit")} <= set(
        journal_of(jpn))


def test_a_disabled_proposers_act_is_carried_out_no_more(jpn: Kernel) -> None:
    second = officer("JPN", "deputy", Role.ADMINISTRATOR)
    jpn.officers.add(second, PASSWORD, jpn.clock.now_ms())
    pending = jpn.propose_officer(second, NEW, OTHER)
    done(jpn, DisableOfficer(second.name))
    with pytest.raises(LatticeworkError):
        jpn.approve_act(DESK, pending.id)
    with pytest.raises(NotFound):
        jpn.officers.row(NEW.name)


@pytest.mark.parametrize("act", [
    DisableOfficer(ADMIN.name), DisableOfficer(DESK.name),
    ChangeOfficer(replace(ADMIN, roles=frozenset({Role.AUDITOR})), ADMIN),
    ChangeOfficer(replace(DESK, roles=frozenset({Role.AUTHOR})), DESK),
], ids=["disable admin", "disable second", "demote admin", "demote second"])
def test_two_who_can_decide_always_remain(jpn: Kernel, act: Act) -> None:
    with pytest.raises(InvalidConfig, match="must remain"):
        jpn.propose_act(ADMIN, act)


def test_two_proposals_that_are_each_fine_cannot_leave_too_few(jpn: Kernel) -> None:
    done(jpn, ChangeOfficer(replace(WRITER, roles=frozenset({Role.RELEASER})), WRITER))
    one, two = (jpn.propose_act(ADMIN, DisableOfficer(name)) for name in (DESK.name, WRITER.name))
    jpn.approve_act(AUDIT, one.id)
    with pytest.raises(InvalidConfig, match="must remain"):
        jpn.approve_act(AUDIT, two.id)


def test_a_line_that_would_be_cut_before_its_end_is_refused() -> None:
    assert _short("x" * 500) == "x" * 500, "what an approval keeps of a summary"
    with pytest.raises(InvalidConfig, match="in parts"):
        _short("x" * 501)


def test_the_own_password_needs_the_present_one_and_nobody_else(jpn: Kernel) -> None:
    now = jpn.clock.now_ms()
    session = jpn.officers.sign_in("writer", PASSWORD, now)
    with pytest.raises(SignInRefused):
        jpn.change_password(WRITER, "not the password", OTHER)
    for weak in ("short", PASSWORD, "writer and more letters"):
        with pytest.raises(InvalidPassword):
            jpn.change_password(WRITER, PASSWORD, weak)
    assert jpn.officers.officer_for_session(session, now) == WRITER
    jpn.change_password(WRITER, PASSWORD, OTHER)
    with pytest.raises(SignInRefused):
        jpn.officers.officer_for_session(session, now)
    with pytest.raises(SignInRefused):
        jpn.officers.sign_in("writer", PASSWORD, now)
    jpn.officers.sign_in("writer", OTHER, now)
    assert ("officer.password", "writer", None) in journal_of(jpn)


def test_guessing_the_present_password_costs_as_much_as_at_sign_in(jpn: Kernel) -> None:
    guesses: list[Callable[[], object]] = [
        lambda: jpn.change_password(WRITER, "not the password", OTHER),
        lambda: jpn.issue_token(WRITER, "not the password", "report", 1)]
    for n in range(5):
        with pytest.raises(SignInRefused):
            guesses[n % 2]()
    with pytest.raises(SignInRefused, match="wait 30 seconds"):
        jpn.change_password(WRITER, PASSWORD, OTHER)


def test_tokens_need_the_password_and_sessions_end_alone(jpn: Kernel) -> None:
    now = jpn.clock.now_ms()
    secret, token = jpn.issue_token(WRITER, PASSWORD, "report", 2)
    assert token.expires_ms == now + 2 * 86_400_000
    other = jpn.officers.sign_in("desk", PASSWORD, now)
    with pytest.raises(InvalidConfig):
        jpn.issue_token(WRITER, PASSWORD, "report", 366)
    jpn.end_sessions(WRITER)
    with pytest.raises(SignInRefused):
        jpn.officers.officer_for_token(secret, now)
    assert jpn.officers.officer_for_session(other, now) == DESK


def test_a_record_key_is_rotated_by_two_and_the_history_says_when(jpn: Kernel) -> None:
    (begun,) = jpn.own_keys(WRITER)
    pending = jpn.propose_act(ADMIN, RotateKey())
    with pytest.raises(SecondOfficerNeeded):
        jpn.approve_act(AUDIT, pending.id)
    jpn.approve_act(DESK, pending.id)
    old, new = jpn.own_keys(WRITER)
    assert (old.key, new.until_ms, old.compromised_ms) == (begun.key, None, None)
    assert old.until_ms is not None
    assert jpn.identity.history.find(old.key) is not None
