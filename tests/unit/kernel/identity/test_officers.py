from __future__ import annotations

import msgspec
import pytest
from tests.unit.kernel.identity.members import DAY, NOW

from latticework.kernel.errors import InvalidConfig, InvalidId, InvalidPassword, NotFound, SignInRefused
from latticework.kernel.identity import OfficerStore
from latticework.kernel.identity.sessions import IDLE_MS, NOTE_MS, SESSION_MS
from latticework.kernel.policy.model import Officer, Role

PASSWORD = "six geese a laying"
replace = msgspec.structs.replace


def officer(name="desk.jpn", roles=(Role.AUTHOR,), **changes):
    made = Officer(name=name, post="alliance desk", roles=frozenset(roles), clearance=(("EXERCISE", 3),),
                   nationality="JPN", compartments=frozenset({"caveat/one"}))
    return replace(made, **changes)


@pytest.fixture
def officers(store, entropy, quick_passwords):
    return OfficerStore(store, entropy, quick_passwords)


@pytest.fixture
def desk(officers):
    officers.add(officer(), PASSWORD, NOW)
    return officers


def fail(officers, name="desk.jpn", times=1, now=NOW, password="wrong password"):
    for _ in range(times):
        with pytest.raises(SignInRefused):
            officers.sign_in(name, password, now)


def test_an_officer_signs_in(desk):
    token = desk.sign_in("desk.jpn", PASSWORD, NOW)
    assert desk.officer_for_session(token, NOW + 1) == officer()
    assert len(token) >= 43  # 256 bits in base64url


def test_refusals_are_alike(desk):
    desk.add(officer("left.jpn"), PASSWORD, NOW)
    desk.disable("left.jpn")
    messages = set()
    for name, password in (("desk.jpn", "wrong password"), ("nobody", PASSWORD), ("left.jpn", PASSWORD), ("", ""),
                           ("x" * 10_000, "y"), ("desk.jpn", "x" * 10_000), ("\udc80", "\udc80"),
                           ("DESK.JPN", PASSWORD)):
        with pytest.raises(SignInRefused) as refused:
            desk.sign_in(name, password, NOW)
        messages.add(refused.value.message)
        assert refused.value.http_status == 401
    assert len(messages) == 1


@pytest.mark.parametrize("name", ["desk.jpn", "nobody"])
def test_failures_cost_more_and_more_time_known_or_not(desk, name):
    fail(desk, name, times=5)
    for password in (PASSWORD, "wrong password"):
        with pytest.raises(SignInRefused, match="wait 30 seconds"):
            desk.sign_in(name, password, NOW)
    with pytest.raises(SignInRefused, match="wait 1 seconds"):
        desk.sign_in(name, PASSWORD, NOW + 29_001)
    fail(desk, name, now=NOW + 30_000)
    with pytest.raises(SignInRefused, match="wait 60 seconds"):
        desk.sign_in(name, PASSWORD, NOW + 30_000)


def test_the_right_password_after_the_wait_begins_anew(desk):
    fail(desk, times=5)
    desk.sign_in("desk.jpn", PASSWORD, NOW + 30_000)
    fail(desk, times=4, now=NOW + 30_001)
    desk.sign_in("desk.jpn", PASSWORD, NOW + 30_002)


def test_one_officers_failures_do_not_hold_up_another(desk):
    desk.add(officer("releaser.jpn"), PASSWORD, NOW)
    fail(desk, times=6)
    desk.sign_in("releaser.jpn", PASSWORD, NOW)


def test_failures_are_forgotten_after_a_day(desk):
    fail(desk, times=5)
    fail(desk, times=4, now=NOW + DAY)
    desk.sign_in("desk.jpn", PASSWORD, NOW + DAY)


def test_a_clock_that_was_set_back_locks_nobody_out_for_long(desk):
    fail(desk, times=5, now=NOW + 300 * DAY)
    with pytest.raises(SignInRefused, match="wait 30 seconds"):
        desk.sign_in("desk.jpn", PASSWORD, NOW)


def test_guessing_names_does_not_fill_the_disk(desk, store):
    for n in range(300):
        fail(desk, f"guess{n}", now=NOW)
    with store.snapshot() as reader:
        keys = [k for k, _ in reader.scan("identity.failure")]
    assert {len(k) for k in keys} == {2}  # at most 65,536 rows, ever


def test_sessions_end(desk):
    token = desk.sign_in("desk.jpn", PASSWORD, NOW)
    now = NOW
    while now + IDLE_MS - 1 < NOW + SESSION_MS:
        now += IDLE_MS - 1
        desk.officer_for_session(token, now)
    desk.officer_for_session(token, NOW + SESSION_MS - 1)
    with pytest.raises(SignInRefused, match="session has ended"):
        desk.officer_for_session(token, NOW + SESSION_MS)


def test_silence_ends_a_session(desk):
    token = desk.sign_in("desk.jpn", PASSWORD, NOW)
    with pytest.raises(SignInRefused):
        desk.officer_for_session(token, NOW + IDLE_MS)


def test_use_is_noted_at_most_once_a_minute(desk, store):
    token = desk.sign_in("desk.jpn", PASSWORD, NOW)
    before = store.snapshot_state()
    desk.officer_for_session(token, NOW + NOTE_MS - 1)
    assert store.snapshot_state() == before
    desk.officer_for_session(token, NOW + NOTE_MS)
    assert store.snapshot_state() != before


def test_signing_out_ends_one_session(desk):
    one, two = (desk.sign_in("desk.jpn", PASSWORD, NOW) for _ in range(2))
    desk.sign_out(one)
    desk.sign_out("unknown")
    with pytest.raises(SignInRefused):
        desk.officer_for_session(one, NOW)
    desk.officer_for_session(two, NOW)


@pytest.mark.parametrize("token", ["", "x", "\udc80", "a" * 100_000, "lw_guess"])
def test_unknown_tokens_are_refused(desk, token):
    for ask in (desk.officer_for_session, desk.officer_for_token):
        with pytest.raises(SignInRefused):
            ask(token, NOW)


def test_the_store_holds_no_token_and_no_password(desk, store):
    session = desk.sign_in("desk.jpn", PASSWORD, NOW)
    secret, _ = desk.issue_token("desk.jpn", "report", NOW)
    everything = b"".join(k + v for table in store.snapshot_state().values() for k, v in table.items())
    for value in (session, secret, secret.removeprefix("lw_"), PASSWORD):
        assert value.encode() not in everything


def test_a_session_token_is_no_api_token_nor_the_other_way_round(desk):
    session = desk.sign_in("desk.jpn", PASSWORD, NOW)
    secret, _ = desk.issue_token("desk.jpn", "report", NOW)
    with pytest.raises(SignInRefused):
        desk.officer_for_token(session, NOW)
    with pytest.raises(SignInRefused):
        desk.officer_for_session(secret, NOW)


def test_changes_of_an_officer_reach_open_sessions_at_once(desk):
    session = desk.sign_in("desk.jpn", PASSWORD, NOW)
    secret, _ = desk.issue_token("desk.jpn", "report", NOW)
    desk.change(officer(clearance=(("EXERCISE", 0),), roles=frozenset({Role.AUDITOR})))
    assert desk.officer_for_session(session, NOW).clearance == (("EXERCISE", 0),)
    assert desk.officer_for_token(secret, NOW).roles == {Role.AUDITOR}


@pytest.mark.parametrize("end", ["disable", "set_password", "end_sessions"])
def test_what_ends_sessions_ends_tokens_too_and_only_of_that_officer(desk, end):
    desk.add(officer("other.jpn"), PASSWORD, NOW)
    other = desk.sign_in("other.jpn", PASSWORD, NOW)
    session = desk.sign_in("desk.jpn", PASSWORD, NOW)
    secret, _ = desk.issue_token("desk.jpn", "report", NOW)
    if end == "set_password":
        desk.set_password("desk.jpn", "seven swans a swimming")
    else:
        getattr(desk, end)("desk.jpn")
    with pytest.raises(SignInRefused):
        desk.officer_for_session(session, NOW)
    with pytest.raises(SignInRefused):
        desk.officer_for_token(secret, NOW)
    desk.officer_for_session(other, NOW)
    if end == "set_password":
        fail(desk, password=PASSWORD)
        desk.sign_in("desk.jpn", "seven swans a swimming", NOW)


def test_disabled_and_enabled_again(desk):
    desk.disable("desk.jpn")
    fail(desk, password=PASSWORD)
    assert desk.find("desk.jpn") is None
    with pytest.raises(NotFound):
        desk.issue_token("desk.jpn", "report", NOW)
    desk.enable("desk.jpn")
    desk.sign_in("desk.jpn", PASSWORD, NOW)


def test_api_tokens(desk):
    secret, token = desk.issue_token("desk.jpn", "nightly report", NOW, lifetime_ms=DAY)
    assert secret.startswith("lw_")
    assert desk.tokens("desk.jpn") == (token,)
    assert secret not in repr(token)
    assert desk.officer_for_token(secret, NOW + DAY - 1).name == "desk.jpn"
    with pytest.raises(SignInRefused):
        desk.officer_for_token(secret, NOW + DAY)
    secret, token = desk.issue_token("desk.jpn", "second", NOW)
    with pytest.raises(NotFound):
        desk.revoke_token("releaser.jpn", token.id)
    desk.revoke_token("desk.jpn", token.id)
    with pytest.raises(SignInRefused):
        desk.officer_for_token(secret, NOW)
    with pytest.raises(NotFound):
        desk.revoke_token("desk.jpn", token.id)


@pytest.mark.parametrize(("title", "lifetime"), [("", DAY), ("  ", DAY), ("x" * 81, DAY), ("a\nb", DAY), ("ok", 0),
                                                  ("ok", -1), ("ok", 366 * DAY)])
def test_tokens_out_of_bounds(desk, title, lifetime):
    with pytest.raises(InvalidConfig):
        desk.issue_token("desk.jpn", title, NOW, lifetime)


def test_adding(desk):
    with pytest.raises(InvalidConfig, match="already"):
        desk.add(officer(), PASSWORD, NOW)
    with pytest.raises(InvalidPassword):
        desk.add(officer("new.jpn"), "short", NOW)
    with pytest.raises(InvalidConfig, match="no role"):
        desk.add(officer("new.jpn", roles=()), PASSWORD, NOW)
    for change in ({"name": "Ünknown"}, {"post": ""}, {"nationality": "Japan"}):
        with pytest.raises(InvalidId):
            desk.add(replace(officer("new.jpn"), **change), PASSWORD, NOW)
    assert [row.officer.name for row in desk.list()] == ["desk.jpn"]


def test_the_list_shows_no_hash(desk):
    (row,) = desk.list()
    assert row.password == ""
    assert row.officer == officer()
    assert not row.disabled


def test_unknown_officers(desk):
    for act in (lambda: desk.disable("nobody"), lambda: desk.enable("nobody"), lambda: desk.change(officer("nobody")),
                lambda: desk.set_password("nobody", PASSWORD), lambda: desk.issue_token("nobody", "t", NOW)):
        with pytest.raises(NotFound):
            act()
    assert desk.find("nobody") is None


def test_a_password_changed_while_it_is_being_checked_is_not_accepted(desk, monkeypatch):
    real = desk._passwords.verify

    def meanwhile(stored, password):
        answer = real(stored, password)
        monkeypatch.setattr(desk._passwords, "verify", real)
        desk.set_password("desk.jpn", "seven swans a swimming")
        return answer

    monkeypatch.setattr(desk._passwords, "verify", meanwhile)
    with pytest.raises(SignInRefused):
        desk.sign_in("desk.jpn", PASSWORD, NOW)


def test_sessions_that_ran_out_are_swept(desk, store):
    for day in range(3):
        desk.sign_in("desk.jpn", PASSWORD, NOW + day * DAY)
    with store.snapshot() as reader:
        assert reader.count("identity.session") == 1


def test_an_officer_is_added_by_the_hash_of_a_password(officers, store):
    hashed = officers.hash_new("desk.jpn", PASSWORD)
    with store.transaction() as tx:
        officers.add_hashed(officer(), hashed, NOW, tx)
        with pytest.raises(InvalidConfig, match="already"):
            officers.add_hashed(officer(), hashed, NOW, tx)
        assert [row.officer.name for row in officers.list(tx)] == ["desk.jpn"], "it joins the transaction it is given"
    officers.sign_in("desk.jpn", PASSWORD, NOW)
    for wrong in ("", PASSWORD, hashed.replace("argon2id", "argon2i"), hashed + "x" * 2000):
        with pytest.raises(InvalidPassword):
            officers.add_hashed(officer("new.jpn"), wrong, NOW)
    with pytest.raises(InvalidPassword):
        officers.hash_new("desk.jpn", "desk.jpn forever")


def test_changes_in_a_transaction_that_fails_are_not_kept(desk, store):
    def half_done():
        with store.transaction() as tx:
            desk.change(officer(clearance=()), tx)
            desk.disable("desk.jpn", tx)
            assert desk.row("desk.jpn", tx).disabled
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert desk.row("desk.jpn") == desk.list()[0]
    assert desk.find("desk.jpn") == officer()


def test_the_own_password_is_changed_against_the_present_one(desk):
    session = desk.sign_in("desk.jpn", PASSWORD, NOW)
    with pytest.raises(SignInRefused):
        desk.change_password("desk.jpn", "wrong password", "seven swans a swimming", NOW)
    with pytest.raises(InvalidPassword):
        desk.change_password("desk.jpn", PASSWORD, PASSWORD, NOW)
    desk.officer_for_session(session, NOW)
    desk.change_password("desk.jpn", PASSWORD, "seven swans a swimming", NOW)
    fail(desk, password=PASSWORD)
    desk.sign_in("desk.jpn", "seven swans a swimming", NOW)
    with pytest.raises(SignInRefused):
        desk.officer_for_session(session, NOW)


def test_confirming_a_password_opens_no_session(desk, store):
    desk.confirm("desk.jpn", PASSWORD, NOW)
    with store.snapshot() as reader:
        assert reader.count("identity.session") == 0
    with pytest.raises(SignInRefused):
        desk.confirm("desk.jpn", "wrong password", NOW)
