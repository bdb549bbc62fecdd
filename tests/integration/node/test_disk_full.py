"""The disk under a node's database runs full: one sentence to who acts, reading goes on, and nothing is half kept."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time

import pytest
from tests.integration.node.homes import Federation, Refused, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]

SIZE_MB = 24


class SmallDisk:
    """A file system of its own under the home: what runs full is a real one."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "tmpfs", str(folder)], check=True,
                       capture_output=True, timeout=10)

    def fill(self, home):
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(65_536))
        # To the last byte.
        with contextlib.suppress(OSError), (self.folder / "filler").open("ab", buffering=0) as file:
            while True:
                file.write(b"0")

    def free(self, home):
        (self.folder / "filler").unlink()

    def remove(self):
        subprocess.run(["umount", str(self.folder)], check=True, capture_output=True, timeout=10)


class SizeLimit:
    """Where nothing can be mounted: the process may not write beyond the first page of a file (setrlimit(2))."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self, home):
        resource.prlimit(home.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def free(self, home):
        resource.prlimit(home.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def remove(self):
        """Nothing is left behind: the limit ended with the process."""


def _disk(folder):
    if os.environ.get("LATTICEWORK_TEST_DISK") != "limit":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            return SmallDisk(folder)
    return SizeLimit(folder)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disk")
    (folder / "JPN").mkdir()
    disk = _disk(folder / "JPN")
    found = None
    try:
        found = Federation(folder, "JPN", "USA")
        found.start()
        found.arrange("bilateral", "JPN", "USA")
        yield found, disk
    finally:
        if found is not None:
            found.stop()
        disk.remove()


def test_a_full_disk_refuses_with_one_sentence_and_recovers(pair):
    federation, disk = pair
    jpn, usa = federation["JPN"], federation["USA"]
    made = {f"Before {n}": jpn.publish(f"Before {n}", "USA")["id"] for n in range(5)}
    until("they are proven", lambda: made.keys() <= {t for t, i in usa.notes("JPN").items() if i["proven"]})
    disk.fill(jpn)
    try:
        refused = until("the disk is full", lambda: _refused(jpn, made))
        assert (refused.status, refused.code) == (507, "LW-1601")
        assert refused.message.count(". ") <= 1
        assert "node.db is full" in refused.message
        assert "Traceback" not in refused.message
        listed = set(jpn.notes("JPN"))
        assert listed == set(made), "reading goes on, and what was refused is not there"
        assert jpn.get("/status")["records"] >= len(made)
        assert set(usa.notes("JPN")) <= set(made)

        # A partner goes on sending; nothing of it is taken by halves, and the link stays.
        for n in range(5):
            usa.publish(f"From USA {n}", "JPN")
        time.sleep(2)
        with pytest.raises(Refused) as again:
            jpn.publish("Refused too", "USA")
        assert again.value.code == "LW-1601"
        assert jpn.peer("USA")["link"] == "direct"
        told = [a for a in jpn.alarms() if a["code"] == "LW-1601"]
        assert len(told) == 1, "people hear of it, once"
        with pytest.raises(Refused) as act:
            jpn.both("POST", "/keys/rotate")
        assert act.value.code == "LW-1601"
    finally:
        disk.free(jpn)

    made["After"] = until("it goes on", lambda: _published(jpn, "After"))
    until("what was made arrives", lambda: made.keys() <= set(usa.notes("JPN")))
    assert set(jpn.notes("JPN")) == set(usa.notes("JPN")) == set(made), "nothing half kept, nothing twice"
    assert {t: i["id"] for t, i in usa.notes("JPN").items()} == made
    until("what the partner sent arrives", lambda: {f"From USA {n}" for n in range(5)} <= set(jpn.notes("USA")))
    until("proofs go on", lambda: all(i["proven"] for i in usa.notes("JPN").values()))
    until("receipts go on", lambda: usa.peer("JPN")["queued"] == 0)
    assert 1 <= len([a for a in jpn.alarms() if a["code"] == "LW-1601"]) <= 2, "the alarm is kept now"
    for home, other in ((jpn, usa), (usa, jpn)):
        assert home.verify()["partners"][0][:2] == [other.member, "consistent"]
    assert "Traceback" not in jpn.output()
    assert jpn.end() == 0
    jpn.start()
    assert set(jpn.notes("JPN")) == set(made)
    jpn.verify()


def _refused(home, made):
    """Publish once; return the refusal, or keep count of what the last free pages still took."""
    title = f"At the brink {len(made)}"
    try:
        made[title] = home.publish(title, "USA", text="x" * 15_000)["id"]
    except Refused as refused:
        return refused
    return None


def _published(home, title):
    try:
        return home.publish(title, "USA")["id"]
    except Refused as refused:
        if refused.code != "LW-1601":
            raise
        return None
