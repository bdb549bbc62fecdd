"""Law in front of the real federation: asked, recorded by two officers, obeyed by the gate, suspended by one."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.conftest import Api, label, unique
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


def test_two_officers_record_a_standing_one_suspends_it_and_the_question_says_so(visit: Visit, api: Api) -> None:
    topic = "technology.cooperation.law"
    first, second = visit(), visit(officer="release2")

    # Ask before: nothing on record.
    page = first.go("/law")
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_label("To", exact=True).fill("USA")
    page.get_by_label("Topic", exact=True).fill(topic)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lawful: {topic} from JPN to USA")

    # Record: proposed by one, approved by another.
    regime = unique("Agreement (invented)")
    page = first.go("/law/new/standing")
    page.get_by_label("Party").fill("USA")
    page.get_by_label("Topic", exact=True).fill(topic)
    page.get_by_label("Regime, in words").fill(regime)
    page.get_by_label("JPN alone").check()
    page.get_by_role("button", name="Propose to a second officer").click()
    page.wait_for_url("**/approvals")
    words = f"Security standing of USA on {topic}: assured"
    row = second.go("/approvals").locator("tr, li, article", has_text=words).first
    row.get_by_role("button", name="Approve").click()
    second.page.wait_for_load_state()
    [made] = [law for law in api.call("JPN", "/api/v1/law") if law["body"].get("regime") == regime]
    expect(second.go(f"/law/{made['id']}").get_by_role("heading", level=1)).to_have_text(words)

    # Suspend: one suffices, and the gate obeys at once.
    second.page.get_by_label("Reason").fill("An incident (invented).")
    second.page.get_by_role("button", name="Suspend").click()
    expect(second.page.get_by_role("heading", level=1)).to_have_text(f"Security standing of USA on {topic}: suspended")
    page = first.go(f"/law/ask?giver=JPN&taker=USA&topic={topic}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Not assured: {topic} from JPN to USA")
    note = api.note("JPN", unique("Held by law"), topic, label(0, "USA"))
    page = first.go(f"/records/{note}/share?to=USA")
    expect(page.locator("body")).to_contain_text("R-07")
    expect(page.locator("body")).to_contain_text("is not current")
    assert first.overflow() == []
