"""Officers and keys on pages and over the API: an administrator proposes, another officer approves."""

from __future__ import annotations

import pytest
from tests.unit.shell.nodes import OFFICERS, PASSWORD, Site, banner_of, title_of

from latticework.kernel.core.approvals import DisableOfficer
from latticework.kernel.errors import SignInRefused
from latticework.kernel.ids import OfficerId

NEW_PASSWORD = "seven swans a swimming"
FORM = {"name": "night", "post": "night watch", "roles": ["author", "releaser"], "clearance-EXERCISE": "2",
        "nationality": "aus", "password": NEW_PASSWORD, "again": NEW_PASSWORD}


def waiting_id(site: Site, act: str) -> str:
    with site.api() as client:
        found = [a["id"] for a in client.get("/api/v1/approvals").json()
                 if a["act"] == act and a["state"] == "pending"]
    assert len(found) == 1
    return str(found[0])


def test_the_page_is_for_administrators_and_in_their_rail_alone(site: Site) -> None:
    for name in OFFICERS:
        with site.client(name) as browser:
            may = name in {"admin", "second"}
            assert ('href="/officers"' in browser.page("/")) is may, name
            for path in ("/officers", "/officers/low"):
                assert browser.get(path).status_code == (200 if may else 403), (name, path)
    with site.client("admin") as browser:
        page = browser.page("/officers")
        assert title_of(page) == f"{len(OFFICERS)} officers may sign in"
        assert banner_of(page) == "Nothing on this page is labeled"
        for officer in OFFICERS.values():
            assert f'href="/officers/{officer.name}"' in page
            assert officer.post in page
        assert "EXERCISE UNCLASSIFIED" in page
        assert "argon2" not in page
        assert browser.get("/officers/nobody").status_code == 404


def test_an_officer_is_proposed_and_approved_on_pages(fresh: Site) -> None:
    with fresh.client("admin") as browser:
        answer = browser.post("/officers", **FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/approvals")
        line = ("Add the officer night: post night watch; roles author, releaser; clearance EXERCISE CONFIDENTIAL; "
                "nationality AUS; compartments –")
        assert line in browser.page("/approvals")
        act = waiting_id(fresh, "officer.add")
        assert browser.post(f"/approvals/{act}/approve").status_code == 403
    with fresh.client("low") as browser:
        assert browser.post(f"/approvals/{act}/approve").status_code == 403
    with fresh.client("audit") as browser:
        assert line in browser.page("/approvals")
        assert browser.post(f"/approvals/{act}/approve").status_code == 303
    with fresh.client(None) as browser:
        browser.sign_in("night", NEW_PASSWORD)
        assert "night watch" in browser.page("/preferences")


@pytest.mark.parametrize(("changed", "words"), [
    ({"again": "something else entirely"}, "The two passwords differ"),
    ({"password": "short", "again": "short"}, "fewer than 12 characters"),
    ({"roles": []}, "Give at least one role"), ({"name": "low"}, "already"),
    ({"name": "no name"}, "not a sign-in name"),
    ({"nationality": "Atlantis"}, "not a member id"), ({"clearance-EXERCISE": "9"}, "Give a whole number from 0 to 4"),
])
def test_a_wrong_form_is_kept_and_says_why_but_no_password(
    site: Site, changed: dict[str, object], words: str,
) -> None:
    before = len(site.kernel.pending_acts(OFFICERS["admin"]))
    with site.client("admin") as browser:
        answer = browser.post("/officers", **{**FORM, **changed})
    assert answer.status_code == 400
    assert words in answer.text
    assert 'value="night watch"' in answer.text
    assert NEW_PASSWORD not in answer.text
    assert len(site.kernel.pending_acts(OFFICERS["admin"])) == before


def test_a_change_and_disabling_reach_a_signed_in_officer_at_once(fresh: Site) -> None:
    with fresh.client("low") as low, fresh.client("admin") as admin, fresh.client("second") as second:
        assert admin.post("/officers/low", **{"post": "watch", "roles": ["author"], "clearance-EXERCISE": "",
                                              "nationality": "JPN"}).status_code == 303
        act = waiting_id(fresh, "officer.change")
        page = second.page("/approvals")
        assert "Change the officer low: clearance –, before EXERCISE UNCLASSIFIED" in page
        assert 'href="/officers/low"' in page
        second.post(f"/approvals/{act}/approve")
        assert "not cleared" in low.page("/preferences")
        assert admin.post("/officers/low/disable").status_code == 303
        second.post(f"/approvals/{waiting_id(fresh, 'officer.disable')}/approve")
        assert low.get("/", follow_redirects=False).headers["location"].startswith("/sign-in")
        assert title_of(admin.page("/officers/low")) == "watch is disabled"
        admin.post("/officers/low/enable")
        second.post(f"/approvals/{waiting_id(fresh, 'officer.enable')}/approve")
        low.sign_in("low")


def test_who_is_no_administrator_changes_nobody(site: Site) -> None:
    before = site.kernel.officers.list()
    for name in ("duty", "low", "audit"):
        with site.client(name) as browser:
            for path in ("/officers", "/officers/low", "/officers/low/disable", "/officers/low/enable"):
                assert browser.post(path, **FORM).status_code == 403, (name, path)
    assert site.kernel.officers.list() == before


def test_the_pages_speak_japanese(site: Site) -> None:
    site.kernel.propose_act(OFFICERS["admin"], DisableOfficer(OfficerId("liaison")))
    with site.client("second") as browser:
        browser.post("/preferences", language="ja")
        page = browser.page("/officers")
        assert "担当官" in title_of(page)
        assert "担当官liaison（liaison of AUS）を停止" in browser.page("/approvals")
        browser.post("/preferences", language="en")


def test_the_own_password_on_the_page(fresh: Site) -> None:
    with fresh.client("low") as browser:
        wrong = browser.post("/password", present="not the password", new=NEW_PASSWORD, again=NEW_PASSWORD)
        assert (wrong.status_code, "is not accepted" in wrong.text) == (400, True)
        differ = browser.post("/password", present=PASSWORD, new=NEW_PASSWORD, again="other")
        assert (differ.status_code, "passwords differ" in differ.text) == (400, True)
        short = browser.post("/password", present=PASSWORD, new="short", again="short")
        assert (short.status_code, "fewer than 12" in short.text) == (400, True)
        done = browser.post("/password", present=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
        assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
        assert browser.get("/", follow_redirects=False).headers["location"].startswith("/sign-in")
        browser.sign_in("low", NEW_PASSWORD)
    with pytest.raises(SignInRefused):
        fresh.kernel.officers.sign_in("low", PASSWORD, fresh.kernel.clock.now_ms())


def test_all_own_sessions_end_and_nobody_elses(fresh: Site) -> None:
    with fresh.client("low") as one, fresh.client("low") as two, fresh.client("duty") as other:
        assert one.post("/sessions/end").headers["location"] == "/sign-in"
        assert two.get("/", follow_redirects=False).headers["location"].startswith("/sign-in")
        other.page("/")


def test_officers_over_the_api(fresh: Site) -> None:
    new = {"name": "night", "post": "night watch", "roles": ["author"], "password": NEW_PASSWORD,
           "clearance": {"EXERCISE": 2}}
    with fresh.api("admin") as admin, fresh.api("audit") as audit, fresh.api("low") as low:
        assert low.post("/api/v1/officers", json=new).status_code == 403
        wrong = admin.post("/api/v1/officers", json={**new, "roles": ["king"]})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "LW-1009")
        assert admin.post("/api/v1/officers", json={**new, "password": "short"}).status_code == 400

        def decided(answer: object) -> None:
            assert answer.status_code == 202, answer.text  # type: ignore[attr-defined]
            act = answer.json()  # type: ignore[attr-defined]
            assert "argon2" not in str(act)
            assert audit.post(f"/api/v1/approvals/{act['id']}/approve").json()["state"] == "approved"

        decided(admin.post("/api/v1/officers", json=new))
        decided(admin.patch("/api/v1/officers/night", json={"roles": ["author", "auditor"], "clearance": {}}))
        found = {o["name"]: o for o in admin.get("/api/v1/officers").json()}["night"]
        assert found == {"name": "night", "post": "night watch", "roles": ["auditor", "author"], "clearance": {},
                         "nationality": "JPN", "compartments": [], "disabled": False}
        decided(admin.post("/api/v1/officers/night/disable"))
        assert {o["name"]: o["disabled"] for o in admin.get("/api/v1/officers").json()}["night"] is True
        decided(admin.post("/api/v1/officers/night/enable"))
        assert admin.post("/api/v1/officers/nobody/disable").status_code == 404
        assert admin.patch("/api/v1/officers/night", json={"name": "other"}).status_code == 400
        kept = admin.post("/api/v1/officers/admin/disable")
        decided(kept)  # "second" is an administrator too, and "duty" the other who can decide
        assert admin.get("/api/v1/me").status_code == 401


def test_the_own_access_over_the_api(fresh: Site) -> None:
    with fresh.api("low") as low:
        refused = low.post("/api/v1/me/tokens", json={"title": "report", "password": "not the password"})
        assert (refused.status_code, refused.json()["code"]) == (401, "LW-1210")
        made = low.post("/api/v1/me/tokens", json={"title": "report", "password": PASSWORD, "days": 1})
        assert made.status_code == 201
        secret, token = made.json()["token"], made.json()["made"]["id"]
        assert fresh.kernel.officers.officer_for_token(secret, fresh.kernel.clock.now_ms()).name == "low"
        listed = low.get("/api/v1/me/tokens")
        assert {t["title"] for t in listed.json()} == {"tests", "report"}
        assert secret not in listed.text
        assert [t["title"] for t in low.delete(f"/api/v1/me/tokens/{token}").json()] == ["tests"]
        assert low.delete(f"/api/v1/me/tokens/{token}").status_code == 404
        assert low.post("/api/v1/me/password", json={"present": "x", "new": NEW_PASSWORD}).status_code == 401
        assert low.post("/api/v1/me/password", json={"present": PASSWORD, "new": NEW_PASSWORD}).json()["name"] == "low"
        assert low.get("/api/v1/me").status_code == 401, "the token was made under the old password"
    with fresh.api("duty") as duty:
        assert duty.delete("/api/v1/me/sessions").json()["name"] == "duty"
        assert duty.get("/api/v1/me").status_code == 401


def test_a_record_key_is_rotated_by_two_and_listed(fresh: Site) -> None:
    with fresh.api("duty") as duty:
        (before,) = duty.get("/api/v1/keys").json()
        assert set(before) == {"id", "from_ms", "until_ms", "compromised_ms", "signs"}
        assert (before["id"], before["signs"]) == (fresh.kernel.identity.signer.key_id, True)
    with fresh.client("low") as browser:
        assert before["id"] in browser.page("/peers")
        assert browser.post("/keys/rotate").status_code == 403
    with fresh.client("duty") as browser:
        assert browser.post("/keys/rotate").headers["location"] == "/approvals"
    with fresh.client("second") as browser:
        browser.post(f"/approvals/{waiting_id(fresh, 'trust.rotate')}/approve")
        assert "next: signs once partners know it" in browser.page("/peers")
        fresh.federation.advance(3_000)
        page = browser.page("/peers")
        assert "replaced; what it signed stays good" in page
        assert "next: signs" not in page
    with fresh.api("audit") as audit:
        old, new = audit.get("/api/v1/keys").json()
    assert (old["signs"], new["signs"], new["until_ms"]) == (False, True, None)
    assert old["until_ms"] is not None
