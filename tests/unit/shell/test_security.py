"""Sign-in, sessions, forms, headers: what a stranger, another site or a wrong host gets."""

from __future__ import annotations

import re

import pytest
from tests.unit.shell.nodes import PASSWORD, Site

from latticework.shell.pages.sign_in import safe_next

GUARDED = ("/", "/records", "/records/new", "/arrangements", "/approvals", "/ledger", "/peers", "/preferences", "/go")


@pytest.mark.parametrize("path", GUARDED)
def test_pages_need_a_session(site: Site, path: str) -> None:
    with site.client(None) as browser:
        answer = browser.get(path, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/sign-in")


def test_the_page_that_was_asked_for_keeps_its_query(site: Site) -> None:
    with site.client(None) as browser:
        answer = browser.get("/records?q=radar&member=USA", follow_redirects=False)
        page = browser.page(answer.headers["location"])
    assert 'name="next" value="/records?q=radar&amp;member=USA"' in page


@pytest.mark.parametrize("path", [
    "/alarms/-1/proof", f"/alarms/{10 ** 30}/proof", f"/api/v1/alarms/{2 ** 64}/proof",
    f"/api/v1/ledger/entries/{10 ** 30}/proof", "/api/v1/ledger/entries/-7/proof",
])
def test_a_number_that_no_table_holds_is_not_found(site: Site, path: str) -> None:
    with site.api("second") as client:
        assert client.get(path).json()["code"] == "LW-1003" if "/api/" in path else client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/records", "/api/v1/peers", "/api/v1/status", "/api/v1/me"])
def test_the_api_needs_a_session_or_token(site: Site, path: str) -> None:
    with site.api(None) as client:
        assert client.get(path).json() == {"code": "LW-1210", "message": "sign in first."}
        client.headers["authorization"] = "Bearer lw_wrong"
        answer = client.get(path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "LW-1210"


def test_every_answer_carries_the_headers(site: Site) -> None:
    with site.client() as browser:
        answers = [browser.get(p) for p in ("/", "/sign-in", "/no-such-page", "/static/shell/tokens.css",
                                            "/api/v1/status", "/api/v1/records/zzz", "/api/schema/openapi.json")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "unsafe" not in policy
        assert "http" not in policy, "no other host may be asked"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        cached = answer.headers["cache-control"]
        assert cached == "no-store" or answer.request.url.path.startswith("/static/")


def test_no_page_holds_inline_script_style_or_another_host(site: Site) -> None:
    with site.client("second") as browser:
        for path in (*GUARDED, f"/records/{site.records['radar']}", f"/records/{site.records['radar']}/share?to=USA",
                     "/arrangements/new", f"/arrangements/{site.arrangements['alliance']}", "/peers/USA"):
            page = browser.get(path).text
            assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
            assert not re.search(r"\son\w+=", page), path
            assert not re.search(r"\sstyle=", page), path
            assert "<style" not in page, path
            addresses = re.findall(r'(?:src|href|action)="([^"]*)"', page)
            assert addresses
            assert not [a for a in addresses if "//" in a or a.startswith(("data:", "javascript:"))], path


def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    with site.client(None) as browser:
        answer = browser.client.post("/sign-in", data={"name": "duty", "password": PASSWORD}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("latticework-jpn=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


def test_a_wrong_password_and_a_wrong_name_read_alike(site: Site) -> None:
    with site.client(None) as browser:
        def words(name: str, password: str) -> str:
            answer = browser.client.post("/sign-in", data={"name": name, "password": password})
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
            found = re.search(r'role="alert">(.*?)</div>', answer.text)
            assert found is not None
            return found.group(1)

        assert words("audit", "not the password") == words("nobody-here", PASSWORD)


def test_signing_out_ends_the_session_on_the_node(fresh: Site) -> None:
    with fresh.client() as browser:
        cookies = dict(browser.client.cookies)
        browser.post("/sign-out")
        browser.client.cookies.update(cookies)  # a thief who kept the cookie
        assert browser.get("/", follow_redirects=False).headers["location"] == "/sign-in"


def test_a_form_without_the_sessions_token_does_nothing(fresh: Site) -> None:
    record = fresh.records["radar"]
    with fresh.client() as browser:
        for csrf in ("", "0" * 40):
            answer = browser.client.post(f"/records/{record}/recall", data={
                "csrf": csrf, "reason": "no", "deadline": "2027-01-01"}, follow_redirects=False)
            assert answer.status_code == 401
            assert "The form is not from this session" in answer.text
        other = browser.csrf
    with fresh.client("second") as stranger:
        answer = stranger.client.post("/preferences", data={"csrf": other, "theme": "dark"}, follow_redirects=False)
        assert answer.status_code == 401
    with fresh.client() as browser:
        assert "recalled this record" not in browser.page(f"/records/{record}")


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
def test_another_site_can_act_neither_by_form_nor_by_api(site: Site, headers: dict[str, str]) -> None:
    with site.client() as browser:
        for path in ("/preferences", "/api/v1/ledger/verify"):
            answer = browser.client.post(path, data={"csrf": browser.csrf},
                                         headers={**headers, "x-csrf-token": browser.csrf}, follow_redirects=False)
            assert answer.status_code == 401, path
        answer = browser.client.post("/sign-in", data={"name": "duty", "password": PASSWORD}, headers=headers)
        assert answer.status_code == 401


def test_acting_over_the_api_by_cookie_needs_the_token_and_by_bearer_does_not(site: Site) -> None:
    with site.client() as browser:
        assert browser.client.post("/api/v1/ledger/verify").status_code == 401
        assert browser.client.post("/api/v1/ledger/verify",
                                   headers={"x-csrf-token": browser.csrf}).status_code == 200
    with site.api() as client:
        assert client.post("/api/v1/ledger/verify").status_code == 200


def test_another_host_name_is_refused(site: Site) -> None:
    with site.client() as browser:
        answer = browser.get("/", headers={"host": "rebound.example"})
    assert answer.status_code == 421
    assert "Japan" not in answer.text


@pytest.mark.parametrize("path", [
    "//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "javascript:x", "/sign-out", "",
    "/a\nb", "/a\\b",
])
def test_sign_in_never_leads_elsewhere(path: str) -> None:
    assert safe_next(path) == "/"


def test_sign_in_leads_back_to_where_one_was_going() -> None:
    assert safe_next("/records/abc") == "/records/abc"


def test_failures_never_say_more_than_they_must(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with site.client("low") as browser:
        hidden = site.records["own"]
        for path in (f"/records/{hidden}", f"/records/{hidden}/share?to=USA", f"/records/{hidden}/why?to=USA",
                     f"/records/{hidden}/envelope", f"/records/{hidden}/recall", f"/api/v1/records/{hidden}",
                     f"/api/v1/records/{hidden}/releases", f"/api/v1/records/{hidden}/verdicts"):
            answer = browser.get(path)
            assert answer.status_code == 404, path
            assert "co-production" not in answer.text
            assert "LW-1003" in answer.text


def test_a_large_request_is_refused(site: Site) -> None:
    with site.client() as browser:
        answer = browser.client.post("/records", data={"csrf": browser.csrf, "text": "x" * 3_000_000})
    assert answer.status_code == 413
