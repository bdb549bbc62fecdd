"""Two officers before their own nodes: one asks, the other hands over and answers, and the first sees it come."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.conftest import Api, unique
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]
ARRIVAL_MS = 20_000


def test_a_request_goes_over_is_handed_over_and_answered(visit: Visit, api: Api) -> None:
    subject = unique("Confirm the invented outage")
    jpn, usa = visit(), visit("USA")
    post = api.call("USA", "/api/v1/me")["post"]
    usa.go("/inbox")
    jpn.go("/inbox/new")
    page = jpn.page
    page.fill("#f-subject", subject)
    page.select_option("#f-to", "USA")
    page.fill("#f-post", "lights desk")
    page.get_by_label("silence means consent", exact=True).check()
    page.fill("#f-topic", "maritime.awareness")
    expect(page.locator("#preview .verdict")).to_have_text("Allowed")
    page.get_by_role("button", name="Sign and send").click()
    expect(page.locator("h1")).to_contain_text("Waiting for USA lights desk")
    task = page.url.rpartition("/")[2]

    # It reaches the open page of the other node by itself: not in "mine", for another post is asked.
    usa.go("/inbox?list=member")
    expect(usa.page.get_by_role("link", name=subject)).to_be_visible(timeout=ARRIVAL_MS)
    usa.page.keyboard.press("j")
    expect(usa.page.locator("tr[aria-selected=true]")).to_have_count(1)
    usa.page.get_by_role("link", name=subject).click()
    expect(usa.page.locator("h1")).to_contain_text(f"JPN asks: {subject}")
    usa.page.get_by_role("button", name="Take it over").click()
    expect(usa.page.get_by_text("handed over from lights desk to " + post)).to_be_visible()
    usa.page.get_by_label("consents", exact=True).check()
    usa.page.fill("#f-text", "Seen dark from the ferry.")
    usa.page.get_by_role("button", name="Send the signed answer").click()
    expect(usa.page.locator("h1")).to_contain_text("answered: consents")

    # And the answer reaches the page that stood open at the sender's node.
    expect(jpn.page.locator("h1")).to_contain_text("answered: consents", timeout=ARRIVAL_MS)
    expect(jpn.page.get_by_text("Seen dark from the ferry.")).to_be_visible()
    trail = api.call("JPN", f"/api/v1/tasks/{task}")["trail"]
    assert [step["record"]["kind"] for step in trail] == ["task.request", "task.handover", "task.answer"]
