"""Import on the pages and over the API: a file of lamps is checked, its findings downloaded, its good rows taken."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from tests.unit.shell.nodes import OFFICERS, Browser, Site, label_of

from latticework.kernel.policy.model import Role
from latticework.shell import finding_words, language
from latticework.testing.lighthouse.model import LAMP, Lamp
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.testing.lighthouse.tables import SCHEMA
from latticework.workbench.tables.findings import PROBLEMS, Finding
from latticework.workbench.tables.sniff import Reading
from latticework.workbench.tables.template import template

LAMPS = """名称,緯度,経度,灯高(m),光達距離,初点灯日
岬の灯台,34.25,136.9,42.5,33000,平成7年3月1日
島の灯台,91,137.1,20,20000,
港の灯台,34.5,137.2,高い,12000,2030-01-01
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("tables"), rooms=(ROOM,), filled=False)


@pytest.fixture
def site(whole: Site) -> Iterator[Site]:
    yield whole
    for person in OFFICERS.values():
        whole.kernel.officers.change(person)
        for brought in whole.bench.tables.of(person):
            whole.bench.tables.discard(person, brought.id)


@pytest.fixture
def browser(site: Site) -> Iterator[Browser]:
    with site.client() as client:
        yield client


def bring(browser: Browser, data: bytes, name: str = "灯火.csv", **fields: str) -> Any:
    return browser.client.post("/import", data={"csrf": browser.csrf, "schema": SCHEMA.name, **fields},
                               files={"file": (name, data)}, follow_redirects=False)


def lamps(site: Site) -> list[Lamp]:
    views = site.kernel.records(OFFICERS["duty"], kind=LAMP, limit=100).items
    return [v.body for v in views if isinstance(v.body, Lamp)]


def test_a_file_is_checked_and_its_good_rows_are_taken(site: Site, browser: Browser) -> None:
    answer = bring(browser, LAMPS.encode("cp932"))
    assert answer.status_code == 303
    path = answer.headers["location"]
    page = browser.page(path)
    assert "1 of 3 rows are right" in page
    assert re.search(r"B3</b>.*緯度.*91.*This is outside the bounds\..*T-42.*-90 … 90 °", page, re.S)
    assert re.search(r"D4</b>.*高い.*This is not a number\.", page, re.S)
    assert "CP932" in page
    before = len(lamps(site))
    taken = browser.post(f"{path}/take", classification="1", release="members", members="USA")
    assert taken.status_code == 303
    assert len(lamps(site)) == before + 1
    assert lamps(site)[0].name == "岬の灯台"
    assert lamps(site)[0].lit_since == "1995-03-01"
    view = site.kernel.records(OFFICERS["duty"], kind=LAMP, limit=1).items[0]
    assert view.label == label_of(1, "USA")
    assert "1 of 1 good rows are taken" in browser.page(path)
    assert not any((site.bench.folder / "tables").iterdir())


def test_the_findings_are_a_file_with_the_rows_beside_them(browser: Browser) -> None:
    path = bring(browser, LAMPS.encode()).headers["location"]
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{path}/findings/xlsx").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    wrong = next(r for r in rows if r[1] == "T-42")
    assert wrong[3:7] == (3, "緯度", "B3", "91")
    assert wrong[9:14] == ("島の灯台", "91", "137.1", "20", "20000")
    assert "T-41" in browser.get(f"{path}/findings/csv").text
    assert browser.get(f"{path}/findings/pdf").status_code == 404


def test_templates_are_there_in_the_language_of_the_officer(site: Site, browser: Browser) -> None:
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"/import/templates/{SCHEMA.name}").content))
    assert book.sheetnames == ["Lamps", "Columns"]
    browser.post("/preferences", language="ja")
    answer = browser.get(f"/import/templates/{SCHEMA.name}", params={"format": "csv", "examples": "1"})
    assert answer.content.decode("utf-8-sig").startswith("名称,緯度 (°)")
    page = bring(browser, answer.content, "様式.csv").headers["location"]
    assert "全1行が適正です" in browser.page(page)
    assert "名目的光達距離。" in browser.page(f"/import/columns/{SCHEMA.name}")
    browser.post("/preferences", language="en")


@pytest.mark.parametrize(("data", "words"), [
    (b"%PDF-1.7", "The file is a PDF, not a table"), (b"", "The file has no row."),
    (b"PK\x03\x04", "The file is damaged"),
])
def test_a_file_that_is_no_table_gets_one_sentence(browser: Browser, data: bytes, words: str) -> None:
    page = browser.page(bring(browser, data).headers["location"])
    assert words in page
    assert "was not taken" in page


def test_what_was_named_wrong_is_said_in_the_form(browser: Browser) -> None:
    answer = bring(browser, b"a", schema="no.such")
    assert answer.status_code == 404
    assert "No table" in answer.text
    assert bring(browser, b"a", encoding="rot13").status_code == 400
    assert browser.post("/import", schema=SCHEMA.name).status_code == 400


def test_nobody_else_sees_or_takes_a_file(site: Site, browser: Browser) -> None:
    path = bring(browser, LAMPS.encode()).headers["location"]
    with site.client("second") as other:
        assert other.get(path).status_code == 404
        assert other.post(f"{path}/take", classification="0", release="own").status_code == 404
        assert other.get(f"{path}/findings/csv").status_code == 404
    with site.client("audit") as auditor:
        assert bring(auditor, LAMPS.encode()).status_code == 403
        assert "Your roles publish nothing" in auditor.page("/import")


def test_a_discarded_file_leaves_the_node(site: Site, browser: Browser) -> None:
    path = bring(browser, LAMPS.encode()).headers["location"]
    assert any((site.bench.folder / "tables").iterdir())
    browser.post(f"{path}/discard")
    assert not any((site.bench.folder / "tables").iterdir())
    assert browser.get(path).status_code == 404


def test_the_api_checks_and_takes(site: Site) -> None:
    with site.api() as api:
        assert [s["name"] for s in api.get("/api/v1/tables").json()] == [SCHEMA.name]
        out = io.BytesIO()
        template(out, SCHEMA, examples=True)
        assert api.get(f"/api/v1/tables/{SCHEMA.name}/template", params={"examples": True}).status_code == 200
        made = api.post("/api/v1/imports", params={"schema": SCHEMA.name, "name": "a.xlsx"}, content=out.getvalue())
        assert made.status_code == 201, made.text
        found = made.json()
        assert (found["state"], found["good"], found["errors"]) == ("checked", 1, 0)
        taken = api.post(f"/api/v1/imports/{found['id']}/take", json={"label": {
            "policy": "EXERCISE", "classification": 0, "release": {"everyone": True}}})
        assert taken.json()["taken"] == 1, taken.text
        again = api.post(f"/api/v1/imports/{found['id']}/take", json={"label": {
            "policy": "EXERCISE", "classification": 0}})
        assert again.json()["code"] == "LW-2201"
        assert api.delete(f"/api/v1/imports/{found['id']}").status_code == 200
        assert api.get("/api/v1/imports").json() == []
        bad = api.post("/api/v1/imports", params={"schema": SCHEMA.name}, content=LAMPS.encode()).json()
        assert {(f["code"], f["cell"]) for f in bad["findings"] if f["severity"] == "error"} == {
            ("T-42", "B3"), ("T-41", "D4")}
    assert lamps(site)[0].name == "Cape light"


def test_an_officer_who_lost_the_role_meanwhile_takes_nothing(site: Site, browser: Browser) -> None:
    import msgspec

    path = bring(browser, LAMPS.encode()).headers["location"]
    before = len(lamps(site))
    site.kernel.officers.change(msgspec.structs.replace(OFFICERS["duty"], roles=frozenset({Role.AUDITOR})))
    browser.sign_in()
    assert browser.post(f"{path}/take", classification="0", release="own").status_code == 403
    assert len(lamps(site)) == before


def test_every_finding_speaks_japanese_with_its_values() -> None:
    token = language.speak("ja")
    try:
        for code, problem in PROBLEMS.items():
            names = set(re.findall(r"%\((\w+)\)s", problem.what + problem.do)) - {"hint"}
            fixed = {"reason": "as in 0,5", "format": "a PDF", "where": "it has no workbook part"}
            values = {n: fixed.get(n, "X1") for n in names}
            _severity, what, do = finding_words.words(Finding(code=code, values={**values, "near": "NEAR"}))
            assert "%(" not in what + do
            if re.sub(r"%\(\w+\)s", "", problem.what):
                assert re.search(r"[ぁ-んァ-ヶ一-龠]", what), code
            for n in names - fixed.keys():
                assert "X1" in what + do, (code, n)
    finally:
        language._language.reset(token)


def test_phrases_are_those_that_the_workbench_says() -> None:
    from latticework.workbench.tables.values import EXPECTED

    assert set(EXPECTED.values()) <= set(finding_words.PHRASES)
    assert Reading() == Reading(encoding="", separator="")
