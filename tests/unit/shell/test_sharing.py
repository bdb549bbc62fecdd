"""Sharing on pages: the verdict before anything is sent, one peer and not another, why, recall, two officers."""

from __future__ import annotations

import re

from tests.unit.shell.nodes import OFFICERS, Site, title_of

from latticework.kernel.ids import MemberId
from latticework.testing.kernels import officer

VERDICT = re.compile(r'<div class="ruling (allowed|withheld)"><span class="verdict \1">(Allowed|Withheld)</span>\s*'
                     r"<p><code>(R-\d\d)</code> ([^:]+): ([^<]+)</p>")


def test_a_record_goes_to_one_peer_and_not_to_another(fresh: Site) -> None:
    with fresh.client() as browser:
        answer = browser.post(
            "/records", title="Convoy schedule", text="Leaves at noon.", status="invented", topic="maritime.convoys",
            classification="1", release="members", members=["USA", "PHL", "KOR"])
        path = answer.headers["location"]
        record = path.removeprefix("/records/")

        page = browser.page(f"{path}/share?to=KOR")
        found = VERDICT.search(page)
        assert found is not None
        assert found.groups()[:3] == ("withheld", "Withheld", "R-12")
        assert "does not cover the topic" in found.group(5)
        assert "What would change it" in page
        assert re.search(r'<button class="btn primary" disabled>Release to KOR</button><span[^>]*>Blocked by', page)

        page = browser.page(f"{path}/share?to=PHL")
        found = VERDICT.search(page)
        assert found is not None
        assert found.groups()[:3] == ("allowed", "Allowed", "R-21")
        answer = browser.post(f"{path}/release", to="PHL")
        assert answer.headers["location"] == path
        assert "Released to PHL" in browser.page(path)
        assert "Released to PHL" not in browser.page(path), "the notice shows once"

        answer = browser.post(f"{path}/release", to="KOR")
        assert answer.headers["location"] == f"{path}/share?to=KOR", "back to the verdict, nothing sent"
    fresh.federation.settle()
    assert fresh.federation["PHL"].record(officer("PHL"), record).title == "Convoy schedule"  # type: ignore[arg-type]
    held = [r.id for r in fresh.federation["KOR"].records(officer("KOR")).items]
    assert record not in held
    with fresh.client() as browser:
        fresh.federation.advance(3_000)
        page = browser.page(path)
    assert "received, receipt signed" in page
    assert "inclusion proven" in page


def test_only_a_releaser_releases(site: Site) -> None:
    with site.client("low") as browser:
        page = browser.page(f"/records/{site.records['open']}/share?to=USA")
        assert "Only a releaser may release." in page or "It was released at" in page
        answer = browser.post(f"/records/{site.records['open']}/release", to="PHL")
        assert answer.status_code == 403
        assert "LW-1211" in answer.text


def test_why_a_peer_is_withheld_is_told_rule_by_rule_and_to_nobody_else(site: Site) -> None:
    sent = len(site.federation.sent)
    with site.client() as browser:
        part = browser.page(f"/records/{site.records['radar']}/why?to=KOR")
    assert "<html" not in part
    assert "Why KOR may not have it" in part
    assert re.search(r'<tr aria-selected="true"><td class="nowrap"><code>R-05</code></td>.*?fails', part, re.S)
    assert len(set(re.findall(r"<code>(R-\d\d)</code>", part))) >= 14
    assert len(site.federation.sent) == sent


def test_who_would_get_a_new_record_is_shown_before_it_is_published(site: Site) -> None:
    before = site.kernel.count(OFFICERS["duty"])
    with site.client() as browser:
        part = browser.post("/records/new/verdicts", topic="air.coverage", classification="2", release="members",
                            members=["USA", "AUS"]).text
        rows = dict(re.findall(r'title="[^"]*">([A-Z]{3})</span></td><td><span class="verdict (\w+)">', part))
        assert rows == {"AUS": "withheld", "KOR": "withheld", "PHL": "withheld", "USA": "allowed"}
        assert "Give a topic" in browser.post("/records/new/verdicts", topic="", classification="2").text
    assert site.kernel.count(OFFICERS["duty"]) == before


def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong(site: Site) -> None:
    with site.client() as browser:
        answer = browser.post("/records", title="", text="kept text", topic="all", classification="2", status="V",
                              release="members", members=["AUX"], expires="soon")
    assert answer.status_code == 400
    for words in ("A record needs a title.", "“all” is not a topic",
                  "AUX is not a member that is known here. Did you mean AUS?", "This is no time",
                  "A verified or press fact names its source."):
        assert words in answer.text, words
    assert ">kept text</textarea>" in answer.text


def test_a_restriction_that_the_policy_forbids_is_refused_in_its_words(site: Site) -> None:
    with site.client() as browser:
        answer = browser.post("/records", title="x", topic="air", classification="0", release="everyone",
                              restrictive="Special Handling/LANTERN")
    assert answer.status_code == 400
    assert "Special Handling/LANTERN cannot stand beside UNCLASSIFIED." in answer.text


def test_recall_asks_first_and_is_answered(fresh: Site) -> None:
    path = f"/records/{fresh.records['radar']}"
    with fresh.client() as browser:
        page = browser.page(f"{path}/recall")
        assert title_of(page) == "Recall it from USA?"
        assert "What was read cannot be unread." in page
        answer = browser.post(f"{path}/recall", reason="", deadline="2020-01-01")
        assert answer.status_code == 400
        assert "Say why" in answer.text
        assert "The deadline lies in the past." in answer.text
        browser.post(f"{path}/recall", reason="Dates changed", deadline="2027-01-01 00:00")
        assert "JPN recalled this record" in browser.page(path)
    fresh.federation.settle()
    usa = fresh.federation["USA"]
    asked = usa.records(officer("USA"), kind="lattice.recall").items[0]
    usa.answer_recall(officer("USA"), asked.id, True, "removed from two desks")
    fresh.federation.settle()
    with fresh.client() as browser:
        page = browser.page(path)
    assert "removed from two desks" in page
    assert '<span class="st good">withdrawn</span>' in page


def test_another_members_recall_is_answered_on_the_records_page(fresh: Site) -> None:
    path = f"/records/{fresh.records['sea']}"
    with fresh.client() as browser:
        page = browser.page(path)
        assert "PHL recalled this record" in page
        found = re.search(r'action="(/recalls/[0-9a-f]{64}/answer)"', page)
        assert found is not None
        browser.post(found.group(1), done="yes", note="gone")
        page = browser.page(path)
        assert 'action="/recalls/' not in page, "it is answered once"
        assert "2 things need you" in browser.page("/")
    fresh.federation.settle()
    state = fresh.federation["PHL"].record(officer("PHL"), fresh.records["sea"]).recalled
    assert state is not None
    assert ("JPN", True, "gone") in state.answers


def test_consent_to_onward_release_is_a_signed_record(fresh: Site) -> None:
    with fresh.client() as browser:
        answer = browser.post(f"/records/{fresh.records['radar']}/consent", holder="USA", to="AUS")
        assert answer.status_code == 303
        assert "USA may pass it on to AUS" in browser.page(answer.headers["location"])
    consents = fresh.kernel.records(OFFICERS["duty"], kind="lattice.consent").items
    assert [(c.body.holder, c.body.to) for c in consents] == [("USA", "AUS")]  # type: ignore[union-attr]


def test_two_officers_sign_an_arrangement(fresh: Site) -> None:
    record = fresh.arrangements["amendment"]
    path = f"/arrangements/{record}"
    with fresh.client() as browser:
        page = browser.page(path)
        assert title_of(page) == "Missile-warning data, amendment 2 waits for JPN"
        assert ">Sign for JPN</button>" in page
        assert browser.post(f"{path}/sign").headers["location"] == "/approvals"
        page = browser.page("/approvals")
        act = re.findall(r"/approvals/([0-9a-f]{32})/refuse", page[page.index("Sign an arrangement"):])[0]
        assert "yours: another officer approves it" in page
        refused = browser.post(f"/approvals/{act}/approve")
        assert refused.status_code == 403
        assert "LW-1212" in refused.text
    with fresh.client("audit") as browser:
        assert browser.post(f"/approvals/{act}/approve").status_code == 403
    with fresh.client("second") as browser:
        assert "waits for your approval" in title_of(browser.page("/approvals"))
        assert browser.post(f"/approvals/{act}/approve").status_code == 303
        assert "Approved and done: Sign an arrangement" in browser.page("/approvals")
        assert "approved by second" in browser.page("/approvals")
        assert title_of(browser.page(path)) == "Missile-warning data, amendment 2 is in force"
    fresh.federation.settle()
    assert fresh.federation["KOR"].arrangement(officer("KOR"), record).in_force


def test_refusing_does_nothing(fresh: Site) -> None:
    with fresh.client() as browser:
        page = browser.page("/approvals")
        act = re.findall(r"/approvals/([0-9a-f]{32})/approve", page)[0]
        browser.post(f"/approvals/{act}/refuse")
        assert "refused by duty" in browser.page("/approvals")
    assert MemberId("AUS") in fresh.kernel.state().partners


def test_an_arrangement_is_proposed_by_form_and_goes_out_when_approved(fresh: Site) -> None:
    fields = {"title": "Cyber notices", "name": "Cyber notices", "parties": "JPN, KOR", "topics": "cyber.notices air",
              "exchange_policy": "EXERCISE", "ceiling": "1", "onward": "never", "valid_from": "2026-01-01",
              "valid_until": "2027-01-01", "renew_days": "14", "flows": "JPN > KOR", "levels": "NATO 2 = EXERCISE 1"}
    with fresh.client() as browser:
        wrong = browser.post("/arrangements", **{**fields, "parties": "JPX KOR", "topics": "all", "flows": "JPN USA",
                                                 "levels": "NATO = EXERCISE", "valid_until": "2025-01-01"})
        assert wrong.status_code == 400
        for words in ("Did you mean JPN?", "all is not a topic", "Write each direction", "Write each line as POLICY",
                      "It must end after it begins."):
            assert words in wrong.text, words
        assert browser.post("/arrangements", **fields).headers["location"] == "/approvals"
        act = re.findall(r"/approvals/([0-9a-f]{32})/refuse", browser.page("/approvals"))[0]
    with fresh.client("second") as browser:
        browser.post(f"/approvals/{act}/approve")
        page = browser.page("/arrangements")
    assert "Cyber notices" in page
    fresh.federation.settle()
    found = [a for a in fresh.federation["KOR"].arrangements(officer("KOR")) if a.arrangement.name == "cyber-notices"]
    assert [str(f) for a in found for f in a.arrangement.topics] == ["air", "cyber.notices"]
    assert found[0].arrangement.levels[0].from_policy == "NATO"


def test_trust_is_added_by_two_officers_and_refused_without_the_fingerprint(fresh: Site) -> None:
    from latticework.kernel.identity import init_member

    clock, entropy = fresh.kernel.clock, fresh.kernel.entropy
    other = init_member(MemberId("IND"), fresh.federation.home("IND"), clock, entropy, title="India")
    bundle = other.export_bundle(clock.now_ms(), for_member=MemberId("JPN"), endpoint="127.0.0.1:9").decode()
    with fresh.client() as browser:
        wrong = browser.post("/trust", bundle=bundle, fingerprint="0000-" * 15 + "0000")
        assert wrong.status_code == 400
        assert "fingerprint" in wrong.text
        assert browser.post("/trust", bundle=bundle, fingerprint=other.fingerprint).status_code == 303
        page = browser.page("/approvals")
        assert "Establish trust with IND (India)" in page
        act = re.findall(r"/approvals/([0-9a-f]{32})/refuse", page)[0]
    assert MemberId("IND") not in fresh.kernel.state().partners
    with fresh.client("second") as browser:
        browser.post(f"/approvals/{act}/approve")
        assert "India" in browser.page("/peers/IND")


def test_the_bundle_is_exported_to_those_who_may(site: Site) -> None:
    with site.client("second") as browser:
        answer = browser.post("/trust/bundle", member="usa", endpoint="node.example:8700")
        assert answer.text.startswith("-----BEGIN LATTICEWORK TRUST BUNDLE-----")
        assert 'filename="JPN-for-USA.bundle"' in answer.headers["content-disposition"]
    with site.client("low") as browser:
        assert browser.post("/trust/bundle", member="USA").status_code == 403


def test_the_verify_button_checks_the_ledger(site: Site) -> None:
    site.federation.advance(2_000)
    with site.client("audit") as browser:
        part = browser.post("/ledger/verify").text
    assert "Everything verifies" in part
    found = re.search(r"(\d+) entries under (\d+) leaves up to epoch (\d+), and the ledgers of 4 partners", part)
    assert found is not None
    assert int(found.group(1)) > 10


def test_an_auditor_reads_who_did_what(site: Site) -> None:
    with site.client("audit") as browser:
        assert 'href="/audit"' in browser.page("/ledger")
        page = browser.page("/audit")
        assert "Who did what" in page
        assert "alliance desk" in page
    with site.client() as browser:
        assert 'href="/audit"' not in browser.page("/ledger")


def test_the_signed_bytes_are_exported(site: Site) -> None:
    with site.client() as browser:
        answer = browser.get(f"/records/{site.records['radar']}/envelope")
    assert answer.content == site.kernel.envelope(OFFICERS["duty"], site.records["radar"])
    assert answer.headers["content-type"] == "application/octet-stream"
