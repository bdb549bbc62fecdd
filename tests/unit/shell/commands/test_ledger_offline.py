"""``latticework ledger verify|prove|accuse``: files only, no node."""

from __future__ import annotations

import json
import random
import time

import pytest

from latticework.kernel.exchange.entries import Published, Released, encode_entry
from latticework.kernel.identity.bundle import Bundle, log_origin_of, sign_bundle
from latticework.kernel.identity.certificates import (
    certificate_der,
    make_issuer,
    make_root,
    new_private_key,
    node_name_of,
)
from latticework.kernel.identity.directory import KeyDirectory
from latticework.kernel.identity.history import begin
from latticework.kernel.identity.identity import IdentitySigner
from latticework.kernel.identity.keys import RecordKey
from latticework.kernel.ids import MemberId, RecordId
from latticework.kernel.ledger import Ledger, LedgerPlan, accuse, key_chain, log_origin, sign_checkpoint
from latticework.kernel.store import SqliteStore
from latticework.shell.cli import run

JPN, USA = MemberId("JPN"), MemberId("USA")
NOW = time.time_ns() // 1_000_000
RECORD = RecordId("ab" * 32)



class Drawing:
    def __init__(self, seed):
        self._random = random.Random(seed)

    def token(self, size):
        return self._random.randbytes(size)


def _released(record):
    return encode_entry(Released(record=record, to=USA, arrangement=None, rule="R-01", relayed=False, at_ms=NOW))


@pytest.fixture
def home(tmp_path):
    """A node's home with a database: three entries in two sealed epochs; beside it the trust bundle and the notes."""
    draws = Drawing(1)
    root_key, issuer_key, key = new_private_key(draws), new_private_key(draws), RecordKey.generate(draws)
    root = make_root(JPN, root_key, NOW, draws)
    issuer = make_issuer(JPN, issuer_key.public_key(), root, root_key, NOW, draws)
    statements = (begin(JPN, key, root_key, NOW),)
    signer = IdentitySigner(JPN, key)
    folder = tmp_path / "jpn"
    folder.mkdir()
    store = SqliteStore(folder / "node.db")
    keys = KeyDirectory(store)
    with store.transaction() as tx:
        keys.add_member(tx, JPN, root, statements)
    ledger = Ledger(JPN, signer, LedgerPlan(), draws)
    with store.transaction() as tx:
        ledger.append(tx, USA, _released(RECORD), NOW)
        ledger.append(tx, None, encode_entry(Published(record=RECORD, at_ms=NOW)), NOW)
        first = ledger.seal(tx, NOW)
        ledger.append(tx, USA, _released(RecordId("cd" * 32)), NOW)
        second = ledger.seal(tx, NOW)
    store.close()
    bundle = Bundle(format=1, member=JPN, title="Japan (invented)", root=certificate_der(root), name=node_name_of(JPN),
                    log_origin=log_origin_of(JPN), history=statements, made_ms=NOW)
    (tmp_path / "jpn.bundle").write_bytes(sign_bundle(bundle, issuer, issuer_key))
    (tmp_path / "first.note").write_bytes(first)
    (tmp_path / "second.note").write_bytes(second)
    fork = sign_checkpoint(signer, epoch=1, size=32, root=bytes(32), time_ms=NOW)
    (tmp_path / "fork.note").write_bytes(fork)
    (tmp_path / "accusation").write_bytes(accuse(second, fork, key_chain(certificate_der(root), keys.history(JPN))))
    return folder


def _run(capsys, *words):
    code = run(argv=["ledger", *(str(w) for w in words)])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_the_two_names_of_a_log_are_one():
    assert log_origin(JPN) == log_origin_of(JPN)


def test_a_whole_ledger_is_verified_from_its_home_and_from_its_database(home, capsys):
    for path in (home, home / "node.db"):
        code, out, _ = _run(capsys, "verify", path, "--json")
        found = json.loads(out)
        assert code == 0
        assert found["ok"]
        assert found["files"][0]["entries_checked"] == 3
        assert found["files"][0]["epochs"] == 2


def test_a_changed_entry_is_found(home, capsys):
    store = SqliteStore(home / "node.db")
    with store.transaction() as tx:
        tx.put("ledger.entries", b"USA" + bytes(8), b"history rewritten")
    store.close()
    code, out, _ = _run(capsys, "verify", home)
    assert code == 7
    assert out.startswith("FAILS ")


@pytest.mark.parametrize("which", [("--sequence", "0"), ("--record", RECORD)])
def test_an_entry_is_proven_and_its_file_verified(home, capsys, which):
    file = home.parent / "proof"
    assert _run(capsys, "prove", "--home", home, "--to", "USA", *which, "--out", file)[0] == 0
    code, out, _ = _run(capsys, "verify", file)
    assert code == 0
    assert "compare it by another way" in out
    code, out, _ = _run(capsys, "verify", file, "--bundle", home.parent / "jpn.bundle")
    assert code == 0
    assert "JPN entered this for USA in epoch 0 of its ledger." in out
    assert _run(capsys, "prove", "--home", home, "--to", "USA", *which)[1].encode() == file.read_bytes()


def test_what_is_not_there_is_not_proven(home, capsys):
    for words in (("--to", "USA", "--sequence", "9"), ("--to", "AUS", "--sequence", "0"), ("--to", "USA", "--record",
                  "0" * 64)):
        code, _, err = _run(capsys, "prove", "--home", home, *words)
        assert (code, "LW-1003" in err) == (4, True)
    assert _run(capsys, "prove", "--home", home, "--to", "USA")[0] == 2
    assert _run(capsys, "prove", "--home", home.parent / "none", "--sequence", "0")[0] == 2


def test_an_accusation_is_exit_7_and_one_sentence(home, capsys):
    file = home.parent / "accusation"
    code, out, _ = _run(capsys, "accuse", file, "--bundle", home.parent / "jpn.bundle")
    assert code == 7
    assert out == "JPN signed two different checkpoints of epoch 1: it showed two histories of its ledger.\n"
    code, out, _ = _run(capsys, "accuse", file, "--json")
    found = json.loads(out)
    assert (code, found["proven"], found["trusted"]) == (7, True, False)
    assert len(found["fingerprint"]) == 79


def test_an_accusation_that_proves_nothing_is_exit_0_and_a_malformed_one_exit_2(home, capsys):
    file = home.parent / "accusation"
    thief = Drawing(5)
    key, root_key = RecordKey.generate(thief), new_private_key(thief)
    root = make_root(JPN, root_key, NOW, thief)
    keys = KeyDirectory(store := SqliteStore(home.parent / "other.db"))
    with store.transaction() as tx:
        keys.add_member(tx, JPN, root, [begin(JPN, key, root_key, NOW)])
    store.close()
    signer = IdentitySigner(JPN, key)
    notes = [sign_checkpoint(signer, epoch=1, size=size, root=bytes(32), time_ms=0) for size in (16, 32)]
    file.write_bytes(accuse(*notes, key_chain(certificate_der(root), keys.history(JPN))))
    code, out, _ = _run(capsys, "accuse", file, "--bundle", home.parent / "jpn.bundle")
    assert code == 0
    assert "proves nothing against JPN" in out
    file.write_bytes(b"nonsense")
    code, _, err = _run(capsys, "accuse", file)
    assert (code, "LW-1002" in err) == (2, True)
    assert _run(capsys, "accuse", home.parent / "missing")[0] == 2


def test_two_notes_that_contradict_each_other_become_an_accusation(home, capsys):
    folder, out = home.parent, home.parent / "made"
    trust = ("--bundle", folder / "jpn.bundle")
    assert _run(capsys, "verify", folder / "first.note", folder / "second.note", *trust)[0] == 0
    code, text, _ = _run(capsys, "verify", folder / "second.note", folder / "fork.note", *trust, "--accusation", out)
    assert code == 7
    assert "contradict each other" in text
    assert _run(capsys, "accuse", out, *trust)[0] == 7
    assert _run(capsys, "verify", folder / "first.note")[0] == 2  # whose signature? the bundle is needed
    (folder / "first.note").write_bytes((folder / "first.note").read_bytes().replace(b"epoch 0", b"epoch 1"))
    assert _run(capsys, "verify", folder / "first.note", *trust)[0] == 7
