"""The auditor's page, API and command: what officers did and saw, without any content, exported and noted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.unit.shell.nodes import Site, banner_of, title_of


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("audit"))
    with site.client() as browser:
        browser.page(f"/records/{site.records['radar']}")
    return site


def test_the_auditor_sees_who_saw_what_and_no_content(site: Site) -> None:
    with site.client("audit") as browser:
        page = browser.page("/audit")
        assert "record.view" in page
        assert "Radar outage" not in page
        assert banner_of(page) == banner_of(browser.page("/peers")), "nothing labeled is shown"
        assert title_of(browser.page("/audit?act=release")).endswith("permitted")
        assert "record.view" not in browser.page("/audit?act=release")
        assert title_of(browser.page("/audit?officer=nobody")) == "Nothing fits this selection"
        assert "This is no time" in browser.page("/audit?since=yesterday")
        browser.post("/preferences", language="ja")
        assert ">監査<" in browser.page("/audit")
        browser.post("/preferences", language="en")
    with site.client() as browser:
        assert browser.get("/audit").status_code == 403
        assert 'href="/audit"' not in browser.page("/")


def test_an_export_is_safe_and_noted(site: Site) -> None:
    with site.client("audit") as browser:
        answer = browser.get("/audit/export?act=record")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0]["officer"] == "duty"
        assert rows[0]["act"] == "record.view"
        assert "audit.export" in browser.page("/audit?act=audit")


def test_the_same_over_the_api(site: Site, tmp_path: Path) -> None:
    with site.api("audit") as api:
        page = api.get("/api/v1/audit?limit=2").json()
        following = api.get(f"/api/v1/audit?limit=500&after={page['next']}").json()["items"]
        assert page["items"][-1] not in following
        assert api.get("/api/v1/audit?act=record").json()["items"][0]["record"] == site.records["radar"]
        raw = api.get("/api/v1/audit/export?format=xlsx").content
    import openpyxl

    (tmp_path / "audit.xlsx").write_bytes(raw)
    sheet = openpyxl.load_workbook(tmp_path / "audit.xlsx").active
    assert [cell.value for cell in sheet[1]][:2] == ["time_utc", "source"]
    with site.api() as api:
        assert api.get("/api/v1/audit").status_code == 403
