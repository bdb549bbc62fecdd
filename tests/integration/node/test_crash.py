"""A node is killed in the middle of an exchange, and one is put back from an old backup."""

from __future__ import annotations

import shutil
import time

import pytest
from tests.integration.node.homes import Federation, Refused, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

RECORDS = 300


@pytest.fixture(scope="module")
def federation(tmp_path_factory):
    found = Federation(tmp_path_factory.mktemp("pair"), "JPN", "USA")
    try:
        found.start()
        found.arrange("bilateral", "JPN", "USA")
        yield found
    finally:
        found.stop()


def _publish(home, names):
    """Publish until the node goes away; return the ids that it acknowledged, by title."""
    import httpx

    made = {}
    try:
        for name in names:
            made[name] = home.publish(name, "JPN", "USA")["id"]
    except httpx.TransportError:
        home._client = None
    return made


def _settled(one, other, made):
    """Assert that everything that `one` acknowledged is at both, once, received and proven."""
    until("everything has arrived", lambda: set(made) <= set(other.notes(one.member)))
    assert {title: item["id"] for title, item in other.notes(one.member).items() if title in made} == made
    assert {title: item["id"] for title, item in one.notes(one.member).items() if title in made} == made
    until("everything is proven", lambda: all(i["proven"] for t, i in other.notes(one.member).items() if t in made))
    until("every receipt is here", lambda: one.peer(other.member)["queued"] == 0)


@pytest.mark.parametrize("victim", ["giver", "taker"])
def test_a_node_killed_mid_exchange_loses_nothing_it_acknowledged(federation, victim):
    jpn, usa = federation["JPN"], federation["USA"]
    killed = jpn if victim == "giver" else usa
    names = [f"{victim} {n:03}" for n in range(RECORDS)]
    half = RECORDS // 2
    made = _publish(jpn, names[:half])
    assert len(made) == half
    if victim == "giver":
        # Nothing waits for the peer here: what was acknowledged last is still on its way when the process dies.
        jpn.kill()
        jpn.start()
        made |= _publish(jpn, names[half:])
    else:
        arrived = len(usa.notes("JPN"))
        usa.kill()
        made |= _publish(jpn, names[half:])
        assert jpn.peer("USA")["queued"] > 0 or arrived >= half
        usa.start()
    assert len(made) == RECORDS
    _settled(jpn, usa, made)
    for home, other in ((jpn, usa), (usa, jpn)):
        assert home.verify()["partners"][0][:2] == [other.member, "consistent"]
        assert not [a for a in home.alarms() if a["code"] not in {"LW-1801"}]
    assert killed.process.poll() is None


def test_records_that_were_under_way_at_every_moment_of_a_crash_are_whole(federation):
    """Kill while requests are being served: an answer means that it is kept, no answer may mean either."""
    import threading

    jpn, usa = federation["JPN"], federation["USA"]
    made, asked = {}, []
    for turn in range(3):
        names = [f"turn {turn} {n:03}" for n in range(100)]
        asked += names
        result = {}
        worker = threading.Thread(target=lambda r=result, n=names: r.update(_publish(jpn, n)))
        worker.start()
        time.sleep(0.15 + 0.1 * turn)
        process, jpn.process = jpn.process, None
        process.kill()
        process.wait(10)
        worker.join(30)
        assert not worker.is_alive()
        made |= result
        jpn.start()
    _settled(jpn, usa, made)
    kept = {t for t in jpn.notes("JPN") if t in asked}
    assert set(made) <= kept
    assert len(kept) <= len(made) + 3, "at most the one request of each turn whose answer was lost"
    until("what was kept without an answer arrives too", lambda: kept <= set(usa.notes("JPN")))
    for home in (jpn, usa):
        home.verify()


def test_an_old_backup_put_back_stalls_and_signs_nothing_until_two_officers_resume(federation):
    jpn, usa = federation["JPN"], federation["USA"]
    jpn.publish("In the backup", "USA")
    until("it is proven", lambda: usa.notes("JPN").get("In the backup", {}).get("proven"))
    assert jpn.end() == 0
    backup = jpn.path / "node.db.backup"
    shutil.copy(jpn.path / "node.db", backup)
    jpn.start()
    lost = jpn.publish("After the backup", "USA")["id"]
    until("it is proven", lambda: usa.notes("JPN").get("After the backup", {}).get("proven"))
    assert jpn.end() == 0
    shutil.move(backup, jpn.path / "node.db")

    held = usa.peer("JPN")["ledger_size"]
    jpn.start()
    alarm = until("the node says so", lambda: [a for a in jpn.alarms() if a["code"].startswith("LW-15")])[0]
    assert alarm["code"] == "LW-1500"
    assert "older store" in alarm["sentence"]
    assert "two officers" in alarm["sentence"]
    with pytest.raises(Refused) as refused:
        jpn.publish("While stalled", "USA")
    assert (refused.value.status, refused.value.code) == (409, "LW-1500")
    assert "two officers must resume" in refused.value.message
    epoch = jpn.verify()["epoch"]
    time.sleep(1.5)  # three epochs
    assert jpn.verify()["epoch"] == epoch, "a stalled ledger signs no checkpoint"
    assert usa.peer("JPN")["ledger_size"] == held
    assert usa.peer("JPN")["ledger_state"] == "consistent"
    assert "In the backup" in jpn.notes(), "reading goes on"
    with pytest.raises(Refused):
        jpn.get(f"/records/{lost}")

    # What partners send is still taken while the own ledger waits, and a restart changes nothing of it.
    usa.publish("From the other side", "JPN")
    until("it arrives", lambda: "From the other side" in jpn.notes("USA"))
    assert jpn.end() == 0
    jpn.start()
    with pytest.raises(Refused):
        jpn.publish("Still stalled", "USA")

    act = jpn.post("/ledger/resume")
    with pytest.raises(Refused) as refused:
        jpn.post(f"/approvals/{act['id']}/approve")
    assert refused.value.code == "LW-1212"
    assert jpn.post(f"/approvals/{act['id']}/approve", by="second")["state"] == "approved"
    jpn.publish("After the resume", "USA")
    until("records flow again", lambda: "After the resume" in usa.notes("JPN"))
    until("the ledger goes on", lambda: jpn.verify()["epoch"] > epoch + 1)
    alarms = until("the partner's people hear of it", lambda: [a for a in usa.alarms() if a["peer"] == "JPN"
                                                               and a["code"].startswith("LW-15")])
    assert all(a["code"] != "LW-1503" and not a["proof"] for a in alarms), "nobody is accused of forgery"
    assert usa.peer("JPN")["suspended"] is False
    assert "After the backup" in usa.notes("JPN"), "what the partner had, it keeps"
