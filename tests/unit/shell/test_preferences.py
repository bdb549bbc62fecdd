"""What belongs to an officer: choices kept on the node, visits, API tokens; and settings that cannot work."""

from __future__ import annotations

import re

import pytest
from tests.unit.shell.nodes import PASSWORD, Site

from latticework.kernel.errors import DecodeError, InvalidConfig
from latticework.kernel.ids import OfficerId
from latticework.kernel.store.memory import MemoryStore
from latticework.shell import preferences
from latticework.shell.preferences import Preferences
from latticework.shell.settings import ShellSettings


def test_choices_are_kept_on_the_node() -> None:
    store, name = MemoryStore(), OfficerId("duty")
    assert preferences.load(store, name, language="ja") == Preferences(language="ja")
    chosen = Preferences(theme="dark", density="compact")
    preferences.save(store, name, chosen)
    assert preferences.load(store, name, language="ja") == chosen
    with store.transaction() as tx:
        tx.put(preferences.TABLE, b"duty", b"\xff")
    with pytest.raises(DecodeError):
        preferences.load(store, name)


def test_a_pause_begins_a_new_visit() -> None:
    first = preferences.visited(Preferences(), 10_000_000)
    assert (first.before_ms, first.seen_ms) == (0, 10_000_000)
    soon = preferences.visited(first, 10_060_000)
    assert (soon.before_ms, soon.seen_ms) == (0, 10_060_000)
    later = preferences.visited(soon, 10_060_000 + preferences.VISIT_MS + 1)
    assert later.before_ms == 10_060_000


def test_choices_from_pages_are_checked(site: Site) -> None:
    with site.client("second") as browser:
        browser.post("/preferences", theme="dark", density="compact")
        page = browser.page("/")
        assert 'data-theme="dark"' in page
        assert 'data-density="compact"' in page
        browser.post("/preferences", theme="purple", density="huge")
        assert 'data-theme="dark"' in browser.page("/"), "what does not exist changes nothing"
        answer = browser.post("/preferences", theme="system", density="default", next="//elsewhere.example")
        assert answer.headers["location"] == "/"


def test_settings_refuse_what_cannot_work() -> None:
    with pytest.raises(InvalidConfig):
        ShellSettings(language="tlh")
    with pytest.raises(InvalidConfig):
        ShellSettings(hosts=())


def test_an_api_token_is_made_shown_once_and_ended(fresh: Site) -> None:
    with fresh.client() as browser:
        page = browser.post("/tokens", title="report script", days="7", password=PASSWORD).text
        secret = re.search(r'id="secret">(lw_[\w-]+)<', page)
        assert secret is not None
        assert secret.group(1) not in browser.page("/preferences")
        browser.client.cookies.clear()
        headers = {"authorization": f"Bearer {secret.group(1)}"}
        assert browser.get("/api/v1/me", headers=headers).json()["name"] == "duty"
        browser.sign_in()
        end = re.findall(r"/tokens/([0-9a-f]+)/revoke", browser.page("/preferences"))[0]
        browser.post(f"/tokens/{end}/revoke")
        browser.client.cookies.clear()
        assert browser.get("/api/v1/me", headers=headers).status_code == 401


def test_a_stolen_token_or_session_makes_no_other_token(fresh: Site) -> None:
    with fresh.api() as client:
        before = len(client.get("/api/v1/me/tokens").json())
        for password in ("", "not the password"):
            answer = client.post("/tokens", data={"title": "more", "days": "7", "password": password})
            assert answer.status_code == 400
            assert "lw_" not in answer.text
            assert "The sign-in name or the password is not accepted" in answer.text
        assert len(client.get("/api/v1/me/tokens").json()) == before
