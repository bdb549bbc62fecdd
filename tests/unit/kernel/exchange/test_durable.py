"""The durable flow: outgoing.py and incoming.py together, over two pure machines."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.unit.kernel.exchange.pair import (
    AUS,
    JPN,
    USA,
    agreed,
    answers,
    forge,
    inside,
    linked,
    note,
    publish,
    said,
    states,
    tell,
)

from latticework.kernel import archive
from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import NotFound, Withheld
from latticework.kernel.exchange import Delivered, Receipted, decode_entry, tables
from latticework.kernel.exchange.entries import Published, Released, Withdrawn
from latticework.kernel.exchange.messages import Hint, Item, Page, Pull, Receipt, open_receipt
from latticework.kernel.exchange.tables import at, past
from latticework.kernel.kinds import CONSENT, TOPIC_CONSENT, Consent
from latticework.kernel.ledger.merkle import leaf_hash
from latticework.kernel.ledger.promise import promise, read_promise
from latticework.kernel.policy.model import Decision, Onward
from latticework.kernel.records import Link, pae
from latticework.kernel.records.record import Envelope
from latticework.testing import factories
from latticework.testing.keys import signer_of
from latticework.testing.node import CONSENTS_TO

YES = Decision(True, "R-21", "Yes.")


def test_what_is_released_arrives_is_receipted_and_proven() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    world.run(200)
    assert world.nodes["USA"].has(record.id)
    assert states(world, "JPN", record.id) == {"USA": "received"}
    world.run(2_000)
    with world.nodes["USA"].store.snapshot() as reader:
        status = world.nodes["USA"].exchange.peer_status(reader, JPN)
        assert (status.records_from, status.unproven, status.ledger_state) == (1, 0, "consistent")
        assert world.nodes["USA"].exchange.proven_from(reader, JPN, 1)
    with world.nodes["JPN"].store.snapshot() as reader:
        assert world.nodes["JPN"].exchange.released(reader, record.id)[0].proven


def test_the_promise_comes_with_the_page_before_the_epoch_is_sealed() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    world.run(100)
    page = next(p for p in said(world, "JPN", "USA", Page) if p.items)
    entry = decode_entry(page.items[0].entry)
    assert isinstance(entry, Released)
    assert (entry.record, entry.to, entry.relayed) == (record.id, USA, False)
    promised = read_promise(page.promises[0], world.keys)
    with world.nodes["JPN"].store.snapshot() as reader:
        assert promised.epoch == page.items[0].epoch == world.nodes["JPN"].ledger.epoch(reader)


def test_pages_follow_the_cursor_with_limit_end_marker_and_high_water() -> None:
    world = linked(link=False)
    records = [publish(world, "JPN", "USA", text=f"{n}") for n in range(7)]
    world.connect()
    world.run(200)
    pages = list(said(world, "JPN", "USA", Page))[:3]
    assert [(p.after, p.up_to, len(p.items), p.end, p.high_water) for p in pages] == [
        (0, 3, 3, False, 7), (3, 6, 3, False, 7), (6, 7, 1, True, 7)]
    assert [p.after for p in said(world, "USA", "JPN", Pull)][:3] == [0, 3, 6]
    assert all(world.nodes["USA"].has(r.id) for r in records)


def test_a_page_is_bounded_in_bytes_and_never_empty_for_it() -> None:
    world = linked(link=False)
    world.nodes["JPN"].exchange._parts.settings = type(world.settings)(page_items=3, page_bytes=2_000, poll_ms=2_000)
    for n in range(4):
        publish(world, "JPN", "USA", text="x" * 1_500 + str(n))
    world.connect()
    world.run(200)
    assert [len(p.items) for p in said(world, "JPN", "USA", Page)][:4] == [1, 1, 1, 1]


def test_a_hint_is_only_a_hint() -> None:
    world = linked()
    world.network.cut("JPN", "USA")
    record = publish(world, "JPN", "USA")
    world.run(100)
    world.network.heal("JPN", "USA")
    assert not world.nodes["USA"].has(record.id)
    world.run(2_500)  # the poll finds it
    assert world.nodes["USA"].has(record.id)
    lie = forge("JPN", "USA", Hint(99, 0))
    assert Pull(1, 3) in answers(world, tell(world, "JPN", "USA", lie), "USA")
    later = publish(world, "JPN", "USA")
    world.run(3_000)
    assert world.nodes["USA"].has(later.id)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_cursor_and_records_commit_together(moment: str) -> None:
    world = linked()
    publish(world, "JPN", "USA", text="0")
    world.run(100)
    for n in range(1, 9):
        world.crash_later("USA", n % 3 + 1, moment)  # type: ignore[arg-type]
        publish(world, "JPN", "USA", text=str(n))
        world.run(2_300)
    world.calm()
    world.run(5_000)
    assert world.crashes > 4
    node = world.nodes["USA"]
    with node.store.snapshot() as reader:
        assert len(list(archive.heads(reader))) == 9
        assert node.exchange.peer_status(reader, JPN).records_from == 9


def test_nothing_is_said_before_it_is_committed() -> None:
    world = linked()
    before = world.sent
    world.crash_later("JPN", 1, "before")
    record = note(world.nodes["JPN"], "USA")
    assert not world.act("JPN", lambda: world.nodes["JPN"].publish(record))
    assert world.sent > before  # the links came up again, and nothing of the record was said
    assert not any(page.items for page in said(world, "JPN", "USA", Page))
    world.run(3_000)
    assert not world.nodes["USA"].has(record.id)


def test_a_lost_receipt_is_sent_again() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    while not world.nodes["USA"].has(record.id):
        world.run(1)
    world.network.cut("JPN", "USA")
    world.run(50)
    world.network.heal("JPN", "USA")
    assert states(world, "JPN", record.id) == {"USA": "sent"}
    world.run(2_500)
    assert states(world, "JPN", record.id) == {"USA": "received"}


def test_a_receipt_is_evidence_that_a_second_library_verifies() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    world.run(100)
    with world.nodes["JPN"].store.snapshot() as reader:
        (signed,) = world.nodes["JPN"].exchange.receipts(reader, USA)
    envelope = decode(signed, Envelope)
    key = Ed25519PublicKey.from_public_bytes(signer_of("USA").public_key)
    key.verify(envelope.signature, pae(envelope.payload_type, envelope.payload))
    (line,) = open_receipt(signed, world.keys, JPN, USA).items
    with world.nodes["JPN"].store.snapshot() as reader:
        item = tables.out_items.get(reader, at(USA, 1))
    assert item is not None
    assert (line.number, line.entry_hash, line.code) == (1, leaf_hash(item.entry), "")
    assert record.id.encode() not in signed


def test_a_receipt_for_something_else_is_refused() -> None:
    from latticework.kernel.exchange.messages import Acknowledged, ReceiptStatement, make_receipt

    world = linked()
    record = publish(world, "JPN", "USA")
    while not world.nodes["USA"].has(record.id):
        world.run(1)
    wrong = ReceiptStatement(giver=JPN, taker=USA, at_ms=0, items=(Acknowledged(1, b"x" * 32, ""),))
    tell(world, "USA", "JPN", forge("USA", "JPN", Receipt(make_receipt(signer_of("USA"), wrong))))
    assert world.nodes["JPN"].exchange.rejected(USA) == {"LW-1502": 1}
    assert states(world, "JPN", record.id) == {"USA": "sent"}


def test_a_receipt_for_what_was_never_sent_is_not_kept() -> None:
    """A peer could otherwise fill this node's disk with its own signatures."""
    from latticework.kernel.exchange.messages import Acknowledged, ReceiptStatement, make_receipt

    world = linked()
    for place in range(1, 4):
        made = ReceiptStatement(giver=JPN, taker=USA, at_ms=0, items=(Acknowledged(place * 1000, b"x" * 32, ""),))
        tell(world, "USA", "JPN", forge("USA", "JPN", Receipt(make_receipt(signer_of("USA"), made)), number=place))
    with world.nodes["JPN"].store.snapshot() as reader:
        assert list(world.nodes["JPN"].exchange.receipts(reader, USA)) == []


def test_releasing_twice_is_releasing_once() -> None:
    world = linked()
    record = publish(world, "JPN", "USA")
    node = world.nodes["JPN"]
    inside(node, lambda tx: node.exchange.release(tx, record.id, USA, YES, node.clock.now_ms()))
    world.run(100)
    assert sum(len(p.items) for p in said(world, "JPN", "USA", Page)) == 1
    with node.store.snapshot() as reader:
        assert node.ledger.count(reader, USA) == 1
        assert [isinstance(decode_entry(e), Published) for _, e in node.ledger.entries(reader, None)] == [True]


def test_a_release_needs_a_yes_and_a_record() -> None:
    world = linked()
    node = world.nodes["JPN"]
    record = publish(world, "JPN")
    with pytest.raises(Withheld):
        inside(node, lambda tx: node.exchange.release(tx, record.id, USA, Decision(False, "R-05", "No."), 0))
    with pytest.raises(NotFound):
        inside(node, lambda tx: node.exchange.release(tx, "ab" * 32, USA, YES, 0))  # type: ignore[arg-type]


# ---- policy --------------------------------------------------------------------------------------------------------


def test_a_policy_change_reaches_what_is_queued() -> None:
    world = linked(link=False)
    record = publish(world, "JPN", "USA")
    assert states(world, "JPN", record.id) == {"USA": "queued"}
    world.agree(())
    assert states(world, "JPN", record.id) == {"USA": "withdrawn"}
    world.connect()
    world.run(1_500)
    assert not world.nodes["USA"].has(record.id)
    assert all(record.id.encode() not in data for *_, data in world.network.carried)
    node = world.nodes["JPN"]
    with node.store.snapshot() as reader:
        own = [decode_entry(e) for _, e in node.ledger.entries(reader, None)]
        assert node.exchange.released(reader, record.id) == ()
    assert [(e.record, e.to, e.rule) for e in own if isinstance(e, Withdrawn)] == [(record.id, USA, "R-10")]


def test_a_policy_change_reaches_what_was_sent_and_not_received() -> None:
    world = linked()
    world.network.cut("JPN", "USA")
    record = publish(world, "JPN", "USA")
    world.run(10)
    world.network.heal("JPN", "USA")
    # JPN answers a pull, and the answer is lost.
    world.act("JPN", lambda: [c for c in tell(world, "USA", "JPN", forge("USA", "JPN", Pull(0, 3))) if False])
    assert states(world, "JPN", record.id) == {"USA": "sent"}
    world.agree((), ["JPN"])
    assert states(world, "JPN", record.id) == {"USA": "withdrawn"}
    world.run(3_000)
    assert not world.nodes["USA"].has(record.id)
    pages = said(world, "JPN", "USA", Page)
    assert pages[-1].up_to == 1  # the number is used up
    assert not any(p.items for p in pages)


def test_what_the_gate_allows_again_is_back_filled() -> None:
    world = linked(link=False)
    record = publish(world, "JPN", "USA")
    world.agree(())
    world.agree((agreed("JPN", "USA"),))
    world.connect()
    world.run(200)
    assert world.nodes["USA"].has(record.id)


def test_joining_an_arrangement_back_fills() -> None:
    world = linked("AUS", "JPN", "USA", standings=(agreed("JPN", "USA"),))
    records = [publish(world, "JPN", "AUS", "USA", text=str(n)) for n in range(5)]
    world.run(200)
    assert not any(world.nodes["AUS"].has(r.id) for r in records)
    world.agree((agreed("AUS", "JPN", "USA"),))
    world.run(200)
    assert all(world.nodes["AUS"].has(r.id) for r in records)


def test_a_label_that_expires_in_the_queue_is_not_sent() -> None:
    world = linked(link=False)
    record = publish(world, "JPN", "USA", expires_ms=world.now_ms + 500)
    world.run(1_000)
    world.connect()
    world.run(500)
    assert states(world, "JPN", record.id) == {"USA": "withdrawn"}
    assert not world.nodes["USA"].has(record.id)


# ---- the receiver's own checks -------------------------------------------------------------------------------------


def test_what_the_receivers_policy_refuses_is_quarantined_and_the_receipt_says_so() -> None:
    world = linked()
    world.agree((), ["USA"])
    record = publish(world, "JPN", "USA")
    world.run(200)
    node = world.nodes["USA"]
    assert not node.has(record.id)
    with node.store.snapshot() as reader:
        ((number, row),) = node.exchange.quarantined(reader, JPN)
    assert (number, row.code, row.envelope) == (1, "LW-1302", record.envelope)
    with world.nodes["JPN"].store.snapshot() as reader:
        release = world.nodes["JPN"].exchange.released(reader, record.id)[0]
    assert (release.state, release.code) == ("quarantined", "LW-1302")
    assert row.reason.encode() not in b"".join(d for *_, d in world.network.carried)


def test_quarantine_ends_when_the_policy_comes() -> None:
    world = linked()
    world.agree((), ["USA"])
    record = publish(world, "JPN", "USA")
    world.run(200)
    world.agree((agreed("JPN", "USA"),), ["USA"])
    world.run(200)
    node = world.nodes["USA"]
    assert node.has(record.id)
    assert states(world, "JPN", record.id) == {"USA": "received"}
    with node.store.snapshot() as reader:
        assert node.exchange.quarantined(reader, JPN) == ()
        status = node.exchange.peer_status(reader, JPN)
        assert (status.records_from, status.quarantined_from) == (1, 0)


def test_a_long_quarantine_ends_as_a_whole() -> None:
    world = linked()
    world.agree((), ["USA"])
    records = [publish(world, "JPN", "USA") for _ in range(40)]
    world.run(3_000)
    node = world.nodes["USA"]
    with node.store.snapshot() as reader:
        assert len(node.exchange.quarantined(reader, JPN)) == 40
    world.agree((agreed("JPN", "USA"),), ["USA"])
    world.run(200)
    assert all(node.has(record.id) for record in records)
    with node.store.snapshot() as reader:
        assert node.exchange.quarantined(reader, JPN) == ()
    world.run(1_000)
    assert {states(world, "JPN", record.id)["USA"] for record in records} == {"received"}


def page_of(envelope: bytes, entry: Released, *, signer: str = "JPN", first: int = 0) -> Page:
    data = encode(entry)
    promised = promise(signer_of(signer), to=entry.to, epoch=0, first=first, entry_hashes=[leaf_hash(data)], at_ms=0)
    return Page(0, 1, (Item(1, data, envelope, 0),), (promised,), True, 1, 0)


def released(record: str, *, to: str = "USA", relayed: bool = False) -> Released:
    return Released(record=record, to=to, arrangement=None, rule="R-21", relayed=relayed, at_ms=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(("case", "code"), [
    ("another record", "LW-1502"), ("another member", "LW-1502"), ("hides a relay", "LW-1701"),
    ("forged author", "LW-1401"), ("flipped body", "LW-1401"), ("no record", "LW-1002"),
])
def test_a_bad_item_is_quarantined_with_its_reason(case: str, code: str) -> None:
    world = linked("AUS", "JPN", "USA")
    jpn, aus = world.nodes["JPN"], world.nodes["AUS"]
    record = note(jpn, "USA")
    envelope, entry = record.envelope, released(record.id)
    if case == "another record":
        entry = released("ab" * 32)
    elif case == "another member":
        entry = released(record.id, to="AUS")
    elif case == "hides a relay":
        record = note(aus, "USA")
        envelope, entry = record.envelope, released(record.id)
    elif case == "forged author":
        parts = decode(envelope, Envelope)
        signature = signer_of("AUS").sign(pae(parts.payload_type, parts.payload))
        envelope = encode(Envelope(parts.payload_type, parts.payload, parts.key, signature))
    elif case == "flipped body":
        envelope = envelope.replace(b"invented note", b"inventet note")
    else:
        envelope = b""
    page = page_of(envelope, entry)
    if case == "another member":  # the promise is for the member of the link, or the whole page is refused
        data = encode(entry)
        signed = promise(signer_of("JPN"), to=USA, epoch=0, first=0, entry_hashes=[leaf_hash(data)], at_ms=0)
        page = Page(0, 1, page.items, (signed,), True, 1, 0)
    commands = tell(world, "JPN", "USA", forge("JPN", "USA", page))
    node = world.nodes["USA"]
    with node.store.snapshot() as reader:
        ((_, row),) = node.exchange.quarantined(reader, JPN)
        assert len(list(archive.heads(reader))) == 0
    assert row.code == code
    (receipt,) = [m for m in answers(world, commands, "USA") if isinstance(m, Receipt)]
    assert [line.code for line in open_receipt(receipt.signed, world.keys, JPN, USA).items] == [code]


def test_a_page_without_a_good_promise_is_refused_whole() -> None:
    world = linked("AUS", "JPN", "USA")
    record = note(world.nodes["JPN"], "USA")
    good = page_of(record.envelope, released(record.id))
    bad = [
        Page(0, 1, good.items, (), True, 1, 0),
        Page(0, 1, (), good.promises, True, 1, 0),
        page_of(record.envelope, released(record.id), signer="AUS"),
        Page(0, 1, (Item(1, good.items[0].entry, record.envelope, 3),), good.promises, True, 1, 0),
        Page(4, 5, good.items, good.promises, True, 1, 0),
        Page(0, 1, (Item(2, good.items[0].entry, record.envelope, 0),), good.promises, True, 1, 0),
        Page(0, 9, good.items * 2, good.promises * 2, True, 1, 0),
    ]
    for number, page in enumerate(bad, 1):
        commands = tell(world, "JPN", "USA", forge("JPN", "USA", page, number=number))
        assert not any(isinstance(c, Delivered) for c in commands)
    node = world.nodes["USA"]
    assert sum(node.exchange.rejected(JPN).values()) == len(bad)
    with node.store.snapshot() as reader:
        assert node.exchange.quarantined(reader, JPN) == ()
        assert reader.count(tables.INBOX, at(JPN), past(JPN)) == 0
    assert any(isinstance(c, Delivered) for c in tell(world, "JPN", "USA", forge("JPN", "USA", good, number=99)))


# ---- relays --------------------------------------------------------------------------------------------------------


def test_what_passes_through_a_third_needs_consent_and_counts_as_relayed() -> None:
    world = linked("AUS", "JPN", "USA", standings=(agreed("AUS", "JPN", "USA", onward=Onward.CONSENT),))
    record = note(world.nodes["AUS"], "JPN", "USA")
    world.act("AUS", lambda: world.nodes["AUS"].publish(record, distribute=False))
    aus, jpn = world.nodes["AUS"], world.nodes["JPN"]
    inside(aus, lambda tx: aus.exchange.release(tx, record.id, JPN, YES, aus.clock.now_ms()))
    world.run(2_500)
    assert jpn.has(record.id)
    assert not jpn.relay(record.id, "USA")[0].allowed
    consent = factories.record(
        aus.signer, aus.entropy, topic=TOPIC_CONSENT, kind=CONSENT,
        labeled=factories.label("JPN", "USA", originators=(AUS,)),
        body=encode(Consent(record=record.id, holder=JPN, to=USA)), links=(Link(CONSENTS_TO, record.id),),
        made_ms=aus.clock.now_ms(),
    )
    world.act("AUS", lambda: aus.publish(consent))
    world.run(500)
    decision, commands = jpn.relay(record.id, "USA")
    assert decision.allowed
    world.act("JPN", lambda: commands)
    world.run(2_500)
    assert world.nodes["USA"].has(record.id)
    with jpn.store.snapshot() as reader:
        (row,) = jpn.exchange.released(reader, record.id)
    assert (row.to, row.state, row.relayed) == (USA, "received", True)
    entries = [decode_entry(i.entry) for p in said(world, "JPN", "USA", Page) for i in p.items]
    assert [e.relayed for e in entries if isinstance(e, Released) and e.record == record.id] == [True]


def test_the_same_record_by_two_ways_is_delivered_once() -> None:
    world = linked("AUS", "JPN", "USA", standings=(agreed("AUS", "JPN", "USA", onward=Onward.FREE),))
    record = publish(world, "AUS", "JPN", "USA")
    world.run(200)
    decision, commands = world.nodes["JPN"].relay(record.id, "USA")
    assert decision.allowed
    world.act("JPN", lambda: commands)
    world.run(300)
    with world.nodes["JPN"].store.snapshot() as reader:
        assert [r.state for r in world.nodes["JPN"].exchange.released(reader, record.id)] == ["received"]
    with world.nodes["USA"].store.snapshot() as reader:
        assert world.nodes["USA"].exchange.peer_status(reader, AUS).records_from == 1
        assert world.nodes["USA"].exchange.peer_status(reader, JPN).records_from == 0


def test_the_author_hears_of_the_receipt() -> None:
    world = linked()
    heard: list[object] = []
    node = world.nodes["JPN"]
    take = node.take
    node.take = lambda act: [heard.append(c) or c for c in take(act)]  # type: ignore[func-returns-value,method-assign]
    record = publish(world, "JPN", "USA")
    world.run(100)
    assert Receipted(record.id, USA, "") in heard


def test_a_recall_knows_to_whom_a_record_went() -> None:
    world = linked("AUS", "JPN", "USA")
    record = publish(world, "JPN", "AUS", "USA")
    world.run(200)
    other = world.nodes["JPN"]
    with other.store.snapshot() as reader:
        assert other.exchange.holders(reader, record.id) == (AUS, USA)
    # Sent, its receipt lost, then withdrawn: it may have arrived. Withdrawn before it was sent: it cannot have.
    world.network.cut("AUS", "JPN")
    later = publish(world, "JPN", "AUS", "USA", text="later")
    world.run(200)
    tell(world, "AUS", "JPN", forge("AUS", "JPN", Pull(1, 3)))
    world.unlink("JPN", "USA")
    last = publish(world, "JPN", "USA", text="last")
    world.agree((), ["JPN"])
    with other.store.snapshot() as reader:
        assert other.exchange.holders(reader, later.id) == (AUS, USA)
        assert other.exchange.holders(reader, last.id) == ()
