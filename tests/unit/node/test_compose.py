"""A node is put together from its home, or refused with one sentence that says what is wrong with it."""

from __future__ import annotations

import os
import shutil

import msgspec
import pytest

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.errors import InvalidConfig, LatticeworkError, SequencerTaken
from latticework.kernel.identity import init_member, read_bundle
from latticework.kernel.ids import MemberId
from latticework.node.compose import compose, load_rooms
from latticework.node.settings import LinkSettings, NodeSettings, write_settings
from latticework.testing.kernels import two

PLAIN = NodeSettings(rooms=())


class Ago:
    def __init__(self, days):
        self._ms = int(days * 86_400_000)

    def now_ms(self):
        return SystemClock().now_ms() - self._ms


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home = tmp_path_factory.mktemp("template") / "JPN"
    init_member(MemberId("JPN"), home, SystemClock(), SystemEntropy(), title="Japan")
    write_settings(home, PLAIN)
    compose(home).kernel.close()
    return home


@pytest.fixture
def home(template, tmp_path):
    return shutil.copytree(template, tmp_path / "JPN")


def _write(name, data):
    return lambda home: (home / name).write_bytes(data)


def _scramble(home):
    path = home / "node.db"
    path.write_bytes(path.read_bytes()[:200] + b"\x5a" * 4000)


def _open_key(home):
    next((home / "identity").glob("record-*.key")).chmod(0o640)


def _foreign_root(home):
    init_member(MemberId("JPN"), home.with_name("other"), SystemClock(), SystemEntropy())
    shutil.copy(home.with_name("other") / "identity/root.crt", home / "identity/root.crt")


FAULTS = {
    "no home": (shutil.rmtree, "LW-1005", "make one with 'latticework init'"),
    "a file": (lambda home: [shutil.rmtree(home), home.write_text("x")], "LW-1004", "node.toml cannot be read"),
    "unknown room": (_write("node.toml", b'rooms = ["attic"]'), "LW-1004", "attic"),
    "unknown policy": (_write("node.toml", b'policy = "NOWHERE"\nrooms = []'), "LW-1004", "NOWHERE"),
    "odd columns": (_write("node.toml", b"rooms = []\n[ledger]\ncolumns = 3"), "LW-1004", "power of two"),
    "other columns": (_write("node.toml", b"rooms = []\n[ledger]\ncolumns = 32"), "LW-1004", "began with 16 columns"),
    "no database": (_write("node.db", b"\x5a" * 5000), "LW-1602", "node.db"),
    "damaged database": (_scramble, "LW-1602", "restore it from a backup"),
    "open key": (_open_key, "LW-1005", "chmod 600"),
    "no key": (lambda home: next((home / "identity").glob("record-*.key")).unlink(), "LW-1005", "is missing"),
    "no issuer": (lambda home: (home / "identity/issuer.pem").unlink(), "LW-1005", "issuer.pem is missing"),
    "damaged member": (_write("identity/member.json", b"{"), "LW-1005", "member.json is damaged"),
    "damaged root": (_write("identity/root.crt", b"?"), "LW-1005", "root.crt is damaged"),
    "damaged history": (_write("identity/history.bin", b"?"), "LW-1005", "history.bin is damaged"),
    "foreign root": (_foreign_root, "LW-1005", "do not fit together"),
    "damaged policy": (lambda home: [(home / "policies").mkdir(), (home / "policies/x.xml").write_text("<no")],
                       "LW-1102", "policies/x.xml"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_home_is_refused_in_one_sentence(fault, home):
    spoil, code, words = FAULTS[fault]
    whole = shutil.copytree(home, home.with_name("whole"))
    spoil(home)
    with pytest.raises(LatticeworkError) as caught:
        compose(home)
    assert caught.value.code == code
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    # Nothing is left locked behind: the same home works again once it is repaired.
    if home.is_dir():
        shutil.rmtree(home)
    else:
        home.unlink(missing_ok=True)
    compose(shutil.copytree(whole, home)).kernel.close()


def test_an_issuer_that_ran_out_needs_the_root_key(tmp_path):
    home = tmp_path / "JPN"
    init_member(MemberId("JPN"), home, Ago(100), SystemEntropy())
    write_settings(home, PLAIN)
    away = (home / "identity/root.key").rename(tmp_path / "root.key")
    with pytest.raises(LatticeworkError) as caught:
        compose(home)
    assert caught.value.code == "LW-1201"
    assert "renew it with the root key" in caught.value.message
    away.rename(home / "identity/root.key")
    composed = compose(home)
    assert composed.kernel.identity.issuer_expires_ms > SystemClock().now_ms() + 80 * 86_400_000
    composed.kernel.close()


def test_a_second_one_on_a_home_is_refused_and_changes_nothing(tmp_path):
    home = tmp_path / "JPN"
    identity = init_member(MemberId("JPN"), home, Ago(0.9), SystemEntropy())
    write_settings(home, PLAIN)
    assert identity.node_expires_ms < SystemClock().now_ms() + 12 * 3_600_000, "it is due for renewal"
    first = compose(home)
    before = {p.name: p.read_bytes() for p in (home / "identity").iterdir()}
    later = type("Later", (), {"now_ms": lambda self: SystemClock().now_ms() + 20 * 3_600_000})()
    with pytest.raises(SequencerTaken):
        compose(home, clock=later)
    assert {p.name: p.read_bytes() for p in (home / "identity").iterdir()} == before
    first.kernel.close()
    compose(home).kernel.close()


def test_each_partner_has_a_port_of_its_own_and_keeps_it(home):
    composed = compose(home, settings=msgspec.structs.replace(PLAIN, links=LinkSettings(first_port=9_100)))
    ports = [composed.port_for(MemberId(m)) for m in ("KOR", "AUS", "GBR", "AUS", "KOR")]
    assert ports == [9_100, 9_101, 9_102, 9_101, 9_100]
    composed.kernel.close()
    composed = compose(home, settings=msgspec.structs.replace(PLAIN, links=LinkSettings(first_port=9_500)))
    assert composed.port_for(MemberId("AUS")) == 9_101, "a firewall was opened for it"
    assert composed.listen_address(MemberId("AUS")) == "127.0.0.1:9101"
    composed.kernel.close()


def test_ports_run_out_with_a_sentence(home):
    composed = compose(home, settings=msgspec.structs.replace(PLAIN, links=LinkSettings(first_port=65_535)))
    assert composed.port_for(MemberId("AUS")) == 65_535
    with pytest.raises(InvalidConfig, match=r"lower links\.first_port"):
        composed.port_for(MemberId("BEL"))
    composed.kernel.close()


def test_a_bundle_names_where_its_partner_dials_and_nobody_else_may_use_it(home):
    links = LinkSettings(advertise_host="lattice.example", first_port=9_200)
    composed = compose(home, settings=msgspec.structs.replace(PLAIN, links=links))
    for partner, endpoint in (("AUS", "lattice.example:9200"), ("USA", None)):
        bundle = read_bundle(composed.bundle_for(MemberId(partner)), SystemClock().now_ms())
        # The lower trigraph dials: AUS reaches JPN, and JPN reaches USA.
        assert (bundle.member, bundle.for_member, bundle.endpoint) == ("JPN", partner, endpoint)
    usa = home.with_name("USA")
    init_member(MemberId("USA"), usa, SystemClock(), SystemEntropy())
    write_settings(usa, PLAIN)
    other = compose(usa)
    with pytest.raises(LatticeworkError) as caught:
        other.kernel.add_partner(*two("USA"), composed.bundle_for(MemberId("AUS")),
                                 composed.kernel.identity.fingerprint)
    assert caught.value.code == "LW-1204"
    assert not other.kernel.partners()
    composed.kernel.close()
    other.kernel.close()


def test_rooms_are_those_that_the_settings_name():
    everything = load_rooms(NodeSettings())
    assert [room.name for room in everything] == ["picture"]
    assert load_rooms(NodeSettings(rooms=())) == ()
    assert load_rooms(NodeSettings(rooms=("picture",))) == everything


def test_files_of_a_home_are_for_its_owner_alone(home):
    composed = compose(home)
    for name in ("node.db", "node.db-wal", "node.db-shm", "node.db.sequencer"):
        assert os.stat(home / name).st_mode & 0o077 == 0, name
    composed.kernel.close()
