"""The click-through: what officers of several members do with each other, each before their own node."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.conftest import Api, label, sign_in, unique
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]
ARRIVAL_MS = 20_000


def test_a_wrong_password_is_refused_in_one_sentence(stranger: Visitor) -> None:
    sign_in(stranger, "desk.jpn", "not the password")
    alert = stranger.page.get_by_role("alert")
    expect(alert).to_be_visible()
    words = alert.inner_text().strip()
    assert words.endswith(".")
    assert "not the password" not in words
    assert len(re.findall(r"[.!?](?:\s|$)", words)) <= 2
    expect(stranger.page.locator("#f-name")).to_have_value("desk.jpn")
    expect(stranger.page.locator("#f-password")).to_have_value("")
    sign_in(stranger, "desk.jpn")
    stranger.page.wait_for_url(stranger.url + "/")
    expect(stranger.page.locator(".me")).to_contain_text("alliance desk")
    refused = [c for c in stranger.complaints if "401" not in c]
    assert refused == []


def test_a_page_asked_for_before_sign_in_opens_after_it(stranger: Visitor) -> None:
    stranger.go("/ledger")
    assert "/sign-in" in stranger.page.url
    stranger.page.fill("#f-name", "auditor")
    stranger.page.fill("#f-password", "demonstration only")
    stranger.page.keyboard.press("Enter")
    stranger.page.wait_for_url(stranger.url + "/ledger")
    expect(stranger.page.get_by_role("heading", name="Entries")).to_be_visible()


def test_a_record_goes_to_one_peer_and_is_withheld_from_another(visit: Visit) -> None:
    title = unique("Test flights of the liaison group")
    usa, kor, jpn = visit("USA"), visit("KOR"), visit()
    for reader in (usa, kor):
        reader.go("/records")
        reader.page.evaluate("window.openedBefore = true")

    # Write: the gate's answer for each partner stands there before anything is published.
    page = jpn.go("/records")
    page.keyboard.press("n")
    page.wait_for_url("**/records/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text", exact=True).fill("Two flights on the first day.\nThree on the second.")
    page.get_by_label("Topic", exact=True).fill("technology.cooperation")
    page.locator("select[name=classification]").select_option("1")
    page.get_by_label("KOR").check()
    page.get_by_label("USA").check()
    preview = page.locator("#preview")
    expect(preview.locator("tr", has_text="USA")).to_contain_text("Allowed")
    expect(preview.locator("tr", has_text="KOR")).to_contain_text("Withheld")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert jpn.banners() == ("RESTRICTED REL TO JPN, USA, KOR",) * 2

    # Share: verdict, rule, reason and what would change it, before anything is sent.
    page.get_by_role("link", name="Share with a peer").click()
    page.locator("tr", has_text="KOR").locator("a").click()
    verdict = page.locator("#verdict")
    expect(verdict.locator(".ruling.withheld")).to_contain_text("R-12")
    expect(verdict.locator(".ruling.withheld")).to_contain_text("does not cover the topic technology.cooperation")
    expect(verdict).to_contain_text("What would change it")
    expect(verdict.get_by_role("link", name="Propose an arrangement")).to_be_visible()
    expect(verdict.get_by_role("button", name="Release to KOR")).to_be_disabled()
    expect(verdict).to_contain_text("Blocked by the verdict.")
    page.locator("tr", has_text="USA").locator("a").click()
    expect(verdict.locator(".ruling.allowed")).to_contain_text("R-21")
    verdict.get_by_role("button", name="Release to USA").click()
    expect(page.locator("#toasts")).to_contain_text("Released to USA")

    # It arrives in the second node's page, which is not loaded again.
    row = usa.see("#live tr", title)
    expect(row).to_be_visible(timeout=ARRIVAL_MS)
    assert usa.page.evaluate("window.openedBefore") is True
    assert usa.page.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"
    row.locator("a").first.click()
    expect(usa.page.locator(".prose")).to_contain_text("Three on the second.")
    expect(usa.page.locator(".page-head")).to_contain_text("signed by JPN, release desk")
    assert "releaser.jpn" not in usa.page.content(), "an officer's name left the node"
    assert usa.banners() == ("RESTRICTED REL TO JPN, USA, KOR",) * 2

    # The author's page follows by itself: receipt and proof.
    expect(page.locator("section", has_text="Release ledger").locator("tr", has_text="USA")).to_contain_text(
        "received, receipt signed", timeout=ARRIVAL_MS)

    # The other one has nothing, neither live nor when it looks.
    assert title not in kor.page.content()
    kor.go(f"/records?q={title.replace(' ', '+')}")
    expect(kor.page.locator("h1")).to_contain_text("0 records match")


def test_why_it_was_withheld(visit: Visit, api: Api) -> None:
    title = unique("Repair slots of next spring")
    record = api.note("JPN", title, "industry.repair", label(2, "KOR", "USA"))
    jpn = visit(officer="desk.jpn")
    page = jpn.go(f"/records/{record}")
    table = page.locator("section", has_text="Who may have it, and why").first
    expect(table.locator("tr", has_text="USA")).to_contain_text("Allowed")
    for absent in ("AUS", "PHL"):
        expect(table.locator("tr", has_text=absent)).to_contain_text("R-05")
    table.locator("tr", has_text="KOR").get_by_role("button", name="Why").click()
    why = page.locator("#why")
    expect(why.get_by_role("heading", name="Why KOR may not have it")).to_be_visible()
    expect(why.locator(".ruling.withheld")).to_contain_text("What would change it")
    decided = why.locator("tr[aria-selected=true]").first
    expect(decided).to_contain_text("fails")
    expect(decided).to_contain_text("R-12")
    # It names every rule that was asked, in order, and the API says the same.
    rules = why.locator("tbody tr td:first-child").all_inner_texts()
    told = api.call("JPN", f"/api/v1/records/{record}/explanation?to=KOR", by="desk.jpn")
    assert rules == [check["rule"] for check in told["checks"]]


def test_the_ledger_is_verified_by_a_button(visit: Visit, api: Api) -> None:
    title = unique("Weather stations")
    api.note("JPN", title, "maritime.awareness", label(0, "PHL", "USA"), distribute=True)
    jpn = visit(officer="auditor")
    page = jpn.go("/ledger")
    page.get_by_role("button", name="Verify").click()
    report = page.locator("#report")
    expect(report).to_contain_text("Everything verifies", timeout=30_000)
    expect(report).to_contain_text("the ledgers of 4 partners")
    for member in ("AUS", "KOR", "PHL", "USA"):
        expect(report).to_contain_text(member)
    # The auditor reads no content: entries are named without titles. The releaser sees them.
    assert title not in page.content()
    desk = visit()
    page = desk.go("/ledger?to=PHL")
    entry = page.locator("tr", has_text=title)
    expect(entry).to_contain_text("R-21")
    expect(entry).to_contain_text("sealed", timeout=ARRIVAL_MS)
    expect(page.locator("#live")).not_to_contain_text("Carried a stream")
    page.get_by_role("link", name="Show the periods of streams too").click()
    page.get_by_role("link", name="USA", exact=True).click()
    expect(page.locator("#live")).to_contain_text("Carried a stream to USA")


def test_an_arrangement_needs_two_officers_at_each_party(visit: Visit) -> None:
    title = unique("Search and rescue talks")
    name = title.lower().replace(" ", "-")
    page = visit().go("/arrangements/new?parties=JPN+PHL&topics=rescue.coordination")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Short name").fill(name)
    page.get_by_label("Ceiling").select_option("1")
    page.get_by_role("button", name="Propose to a second officer").click()
    page.wait_for_url("**/approvals")
    line = page.locator("tr", has_text=title)
    expect(line).to_contain_text("yours: another officer approves it")
    expect(line.get_by_role("button", name="Approve")).to_have_count(0)

    second = visit(officer="release2")
    page = second.go("/")
    item = page.locator("section", has_text="Needs my answer").locator("tr", has_text=title)
    item.get_by_role("link", name="Decide").click()
    page.locator("tr", has_text=title).get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("Approved and done")

    # The other party is told live, signs with two officers of its own, and it is in force on both sides.
    phl = visit("PHL")
    page = phl.go("/")
    item = page.locator("section", has_text="Needs my answer").locator("tr", has_text=title)
    expect(item).to_contain_text("Arrangement to sign", timeout=ARRIVAL_MS)
    item.get_by_role("link", name="Read").click()
    expect(page.locator("h1")).to_have_text(f"{title} waits for PHL")
    page.get_by_role("button", name="Sign for PHL").click()
    page.wait_for_url("**/approvals")
    page = visit("PHL", "release2").go("/approvals")
    page.locator("tr", has_text=title).get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("Approved and done")
    page = second.go("/arrangements")
    expect(page.locator("tr", has_text=title)).to_contain_text("in force", timeout=ARRIVAL_MS)
    expect(page.locator("tr", has_text=title)).to_contain_text("2 of 2")


def test_a_recall_is_asked_and_answered(visit: Visit, api: Api) -> None:
    title = unique("Old frequency plan")
    record = api.note("JPN", title, "strategy.drafts", label(1, "USA"), distribute=True)
    jpn, usa = visit(), visit("USA")
    usa.go("/")
    page = jpn.go(f"/records/{record}")
    expect(page.locator("section", has_text="Release ledger")).to_contain_text("received", timeout=ARRIVAL_MS)
    page.get_by_role("link", name="Recall").click()
    expect(page.locator("h1")).to_have_text("Recall it from USA?")
    page.get_by_label("Reason, shown to the holders").fill("A newer plan replaces it.")
    page.get_by_role("button", name="Recall from 1 peer").click()
    expect(page.locator("#recall")).to_contain_text("JPN recalled this record")

    item = usa.see("tr", title)
    expect(item).to_contain_text("Recall", timeout=ARRIVAL_MS)
    item.get_by_role("link", name="Reply").click()
    notice = usa.page.locator("#recall")
    expect(notice).to_contain_text("A newer plan replaces it.")
    usa.page.get_by_label("Withdrawn here").check()
    usa.page.get_by_label("Note, shown to JPN").fill("Taken out of both folders.")
    usa.page.get_by_role("button", name="Send the signed answer").click()
    expect(usa.page.locator("#toasts")).to_contain_text("The signed answer is on its way")

    answer = page.locator("#recall p", has_text="USA")
    expect(answer).to_contain_text("withdrawn", timeout=ARRIVAL_MS)
    expect(answer).to_contain_text("Taken out of both folders.")


def test_tracks_of_several_members_move(visit: Visit) -> None:
    jpn = visit()
    page = jpn.go("/map")
    expect(page.locator(".source-note")).to_have_text("Synthetic traffic")
    jpn.until(lambda: int("0" + re.sub(r"\D", "", page.locator(".track-count").inner_text())) > 50, "no tracks")
    jpn.until(lambda: re.sub(r"\D", "", page.locator("[data-figure=partners]").inner_text()) not in {"", "0"},
              "no track of a partner came")
    page.keyboard.press("]")
    detail = page.locator(".track-detail")
    expect(detail.locator("h2").first).to_contain_text("JPN-")
    where = detail.locator(".facts dd").first
    before, drawn = where.inner_text(), page.evaluate(SHAPE)
    time.sleep(2)
    jpn.until(lambda: where.inner_text() != before, "the selected track stands still")
    assert page.evaluate(SHAPE) != drawn, "the map shows what it showed two seconds ago"
    assert re.fullmatch(r"\d\d° \d\d\.\d′ N\s+\d{3}° \d\d\.\d′ E", where.inner_text()), where.inner_text()
    # The list is the map: it says the same about the selected one.
    expect(page.locator("tr[aria-selected=true]")).to_contain_text(detail.locator("h2").first.inner_text())
    page.click("button[data-show=partners]")
    jpn.until(lambda: "JPN" not in page.locator(".track-scroll tbody .tri").all_inner_texts(), "own tracks stay listed")
    assert set(page.locator(".track-scroll tbody .tri").all_inner_texts()) <= {"AUS", "KOR", "PHL", "USA"}
    assert jpn.banners()[0] == jpn.banners()[1]
    assert "REL TO" in jpn.banners()[0] or jpn.banners()[0] in {"RESTRICTED", "CONFIDENTIAL", "SECRET"}


SHAPE = """(() => { const c = document.querySelector('canvas.map-tracks');
  const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return pixels.reduce((a, b, i) => (a * 31 + b * i) % 1e9, 7); })()"""
