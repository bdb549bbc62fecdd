from __future__ import annotations

import pytest
from tests.unit.kernel.identity.members import NOW

from latticework.kernel import journal
from latticework.kernel.errors import InvalidConfig, NotFound, NotPermitted, SecondOfficerNeeded
from latticework.kernel.identity import ActState, ApprovalStore, OfficerStore
from latticework.kernel.identity.approvals import EXPIRE_MS, KEEP_MS, ROLES
from latticework.kernel.policy.model import Officer, Role


def officer(name, *roles):
    return Officer(name=name, post=f"post of {name}", roles=frozenset(roles), clearance=(), nationality="JPN")


RELEASER = officer("releaser", Role.RELEASER)
SECOND = officer("release2", Role.RELEASER)
ADMIN = officer("admin", Role.ADMINISTRATOR)
AUTHOR = officer("desk", Role.AUTHOR)
AUDITOR = officer("auditor", Role.AUDITOR)


@pytest.fixture
def officers(store, entropy, quick_passwords):
    made = OfficerStore(store, entropy, quick_passwords)
    for one in (RELEASER, SECOND, ADMIN, AUTHOR, AUDITOR):
        made.add(one, "six geese a laying", NOW)
    return made


@pytest.fixture
def approvals(store, entropy, officers):
    return ApprovalStore(store, entropy)


def propose(approvals, store, who=RELEASER, act="trust.add", now=NOW, arguments=b"args"):
    with store.transaction() as tx:
        return approvals.propose(tx, act, arguments, who, now, summary="add AUS")


def approve(approvals, store, act, who, now=NOW + 1):
    with store.transaction() as tx:
        return approvals.approve(tx, act.id, who, now)


def journal_of(store):
    with store.snapshot() as reader:
        return [(a.officer, a.second, a.act, a.allowed) for _, a in journal.acts(reader, limit=50)][::-1]


def test_one_proposes_and_another_approves(approvals, store):
    act = propose(approvals, store)
    assert (act.state, act.arguments, act.expires_ms) == (ActState.PENDING, b"args", NOW + EXPIRE_MS)
    assert approvals.list(NOW) == (act,)
    done = approve(approvals, store, act, ADMIN)
    assert (done.state, done.decided_by, done.decided_ms) == (ActState.APPROVED, "admin", NOW + 1)
    assert approvals.list(NOW + 1) == (done,)
    assert journal_of(store) == [("releaser", None, "trust.add.proposed", True),
                                 ("releaser", "admin", "trust.add.approved", True)]


def test_an_act_is_approved_once(approvals, store):
    act = propose(approvals, store)
    approve(approvals, store, act, ADMIN)
    with pytest.raises(NotFound):
        approve(approvals, store, act, SECOND)


@pytest.mark.parametrize("act_name", sorted(ROLES))
def test_nobody_approves_alone(approvals, store, act_name):
    who = officer("admin", *Role)  # every role at once does not make two people
    act = propose(approvals, store, who, act_name)
    with pytest.raises(SecondOfficerNeeded, match="proposed an act cannot approve"):
        approve(approvals, store, act, who)
    assert approvals.list(NOW)[0].state is ActState.PENDING


@pytest.mark.parametrize("act_name", sorted(ROLES))
@pytest.mark.parametrize("role", list(Role))
def test_roles(approvals, store, act_name, role):
    first_roles, second_roles = ROLES[act_name]
    somebody = officer("somebody", role)
    if role not in first_roles:
        with pytest.raises(NotPermitted):
            propose(approvals, store, somebody, act_name)
    act = propose(approvals, store, ADMIN if Role.ADMINISTRATOR in first_roles else AUTHOR, act_name)
    if role in second_roles:
        assert approve(approvals, store, act, somebody).state is ActState.APPROVED
    else:
        with pytest.raises(SecondOfficerNeeded, match="cannot be the second officer"):
            approve(approvals, store, act, somebody)


def test_authors_and_auditors_never_decide_about_trust_or_arrangements():
    assert ROLES["record.publish"] == ({Role.AUTHOR, Role.RELEASER}, {Role.RELEASER}), "a draft needs no releaser"
    for name, (first, second) in ROLES.items():
        if name == "record.publish":
            continue
        assert Role.AUTHOR not in first | second
        if not name.startswith("officer."):
            assert first == second == {Role.RELEASER, Role.ADMINISTRATOR}


def test_the_proposer_must_still_be_allowed(approvals, store, officers):
    act = propose(approvals, store)
    officers.disable("releaser")
    with pytest.raises(SecondOfficerNeeded, match="may no longer"):
        approve(approvals, store, act, ADMIN)
    officers.enable("releaser")
    officers.change(officer("releaser", Role.AUTHOR))
    with pytest.raises(SecondOfficerNeeded, match="may no longer"):
        approve(approvals, store, act, ADMIN)
    officers.change(RELEASER)
    approve(approvals, store, act, ADMIN)


def test_acts_run_out_after_seven_days(approvals, store):
    act = propose(approvals, store)
    assert approvals.list(NOW + EXPIRE_MS - 1)[0].state is ActState.PENDING
    assert approvals.list(NOW + EXPIRE_MS)[0].state is ActState.EXPIRED
    with pytest.raises(NotFound):
        approve(approvals, store, act, ADMIN, NOW + EXPIRE_MS)
    late = propose(approvals, store)
    assert approve(approvals, store, late, ADMIN, NOW + EXPIRE_MS - 1).state is ActState.APPROVED


def test_refusing(approvals, store):
    act = propose(approvals, store)
    with pytest.raises(NotPermitted), store.transaction() as tx:
        approvals.refuse(tx, act.id, AUTHOR, NOW + 1)
    with store.transaction() as tx:
        assert approvals.refuse(tx, act.id, ADMIN, NOW + 1).state is ActState.REFUSED
    with pytest.raises(NotFound):
        approve(approvals, store, act, SECOND)
    own = propose(approvals, store)
    with store.transaction() as tx:
        assert approvals.refuse(tx, own.id, RELEASER, NOW + 2).decided_by == "releaser"
    assert journal_of(store)[-1] == ("releaser", None, "trust.add.refused", True)


def test_a_failed_attempt_can_be_noted(approvals, store):
    act = propose(approvals, store)
    with pytest.raises(SecondOfficerNeeded):
        approve(approvals, store, act, RELEASER)
    with store.transaction() as tx:
        approvals.note_attempt(tx, act.id, RELEASER, NOW + 1)
        approvals.note_attempt(tx, "unknown", RELEASER, NOW + 1)
    assert journal_of(store)[-1] == ("releaser", None, "trust.add.attempted", False)


def test_an_approval_that_fails_to_be_carried_out_stays_pending(approvals, store):
    act = propose(approvals, store)

    def approve_and_fail():
        with store.transaction() as tx:
            approvals.approve(tx, act.id, ADMIN, NOW + 1)
            raise RuntimeError("the act itself failed")

    with pytest.raises(RuntimeError):
        approve_and_fail()
    assert approvals.list(NOW)[0].state is ActState.PENDING


def test_bounds(approvals, store):
    with pytest.raises(InvalidConfig, match="not an act"):
        propose(approvals, store, act="trust.everybody")
    with pytest.raises(InvalidConfig, match="limit"):
        propose(approvals, store, arguments=bytes(1024 * 1024 + 1))
    for unknown in ("", "x" * 1000, "\udc80", "0" * 32):
        with pytest.raises(NotFound), store.transaction() as tx:
            approvals.approve(tx, unknown, ADMIN, NOW)


def test_old_acts_leave_the_list_and_the_journal_keeps_them(approvals, store):
    propose(approvals, store)
    assert approvals.list(NOW + KEEP_MS) == ()
    propose(approvals, store, now=NOW + KEEP_MS)
    with store.snapshot() as reader:
        assert reader.count("identity.approval") == 1
    assert len(journal_of(store)) == 2


def test_too_many_waiting_acts_are_refused(approvals, store, monkeypatch):
    monkeypatch.setattr("latticework.kernel.identity.approvals.MAX_PENDING", 3)
    for _ in range(3):
        propose(approvals, store)
    with pytest.raises(InvalidConfig, match="wait for a second officer"):
        propose(approvals, store)
