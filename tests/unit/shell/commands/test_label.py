"""``latticework label`` as it is typed: output, exit codes, sentences, and what it writes."""

from __future__ import annotations

import json

import pytest

from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Category, Label, Release, exercise_policy
from latticework.shell.cli import run

POLICY = exercise_policy()
FIRST = Label(policy="EXERCISE", classification=1, release=Release(members=frozenset({"JPN", "USA"})),
              originators=frozenset({MemberId("JPN")}), expires_ms=7)
SECOND = Label(policy="EXERCISE", classification=2, release=Release(members=frozenset({"USA", "AUS"})),
               originators=frozenset({MemberId("USA")}), informative=frozenset({"Handling/DRAFT"}))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "first.xml").write_bytes(POLICY.write(FIRST))
    (tmp_path / "second.xml").write_bytes(POLICY.write_plain(SECOND))
    return str(tmp_path / "first.xml"), str(tmp_path / "second.xml")


def typed(capsysbinary, *words):
    code = run((), ["label", *words])
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


def test_marking(files, capsysbinary):
    first, second = files
    assert typed(capsysbinary, "marking", first) == (0, "RESTRICTED REL TO JPN, USA\n", "")
    assert typed(capsysbinary, "marking", second, "--language", "ja")[1] == "秘　開示先 USA, AUS　- 草案\n"
    assert typed(capsysbinary, "marking", second, "--portion")[1] == "(C REL TO USA, AUS - DRAFT)\n"


def test_marking_as_json(files, capsysbinary):
    code, out, _ = typed(capsysbinary, "marking", files[0], "--json")
    assert code == 0
    assert json.loads(out) == {
        "marking": "RESTRICTED REL TO JPN, USA", "policy": "EXERCISE", "classification": 1,
        "classification_name": "RESTRICTED",
        "release": {"everyone": False, "members": ["JPN", "USA"], "groups": []}, "restrictive": [], "informative": [],
        "permissive": {}, "originators": ["JPN"], "expires_ms": 7, "problem": None,
    }


def test_join(files, capsysbinary):
    assert typed(capsysbinary, "join", *files) == (0, "CONFIDENTIAL REL TO USA - DRAFT\n", "")
    found = json.loads(typed(capsysbinary, "join", *files, "--json")[1])
    assert (found["originators"], found["expires_ms"]) == (["JPN", "USA"], 7)


@pytest.mark.parametrize("plain", [[], ["--plain"]])
def test_join_writes_a_label(files, tmp_path, capsysbinary, plain):
    target = tmp_path / "joined.xml"
    code, out, _ = typed(capsysbinary, "join", *files, "--write", str(target), *plain)
    assert (code, out) == (0, "CONFIDENTIAL REL TO USA - DRAFT\n")
    joined = POLICY.read(target.read_bytes())
    assert joined.release == Release(members=frozenset({"USA"}))
    assert joined.originators == {"JPN", "USA"}
    code, out, _ = typed(capsysbinary, "join", *files, "--write", "-", *plain)
    assert POLICY.read(out.encode()) == joined


def test_a_join_may_break_a_rule_that_its_portions_keep(tmp_path, capsysbinary):
    spif = tmp_path / "demo.xml"
    spif.write_text("""<SPIF xmlns="http://www.xmlspif.org/spif"><securityPolicyId name="DEMO" id="1.2.3"/>
      <securityClassifications><securityClassification name="AMBER" lacv="1" hierarchy="1"><requiredCategory
       operation="oneOrMore"><categoryGroup tagSetRef="To" tagType="permissive"/></requiredCategory>
      </securityClassification></securityClassifications><securityCategoryTagSets><securityCategoryTagSet name="To"
       id="1.2.3.1"><securityCategoryTag name="To" tagType="permissive"><tagCategory name="A" lacv="1"/><tagCategory
       name="B" lacv="2"/></securityCategoryTag></securityCategoryTagSet></securityCategoryTagSets></SPIF>""")
    from latticework.kernel.labels import SecurityPolicy

    demo, paths = SecurityPolicy.from_spif(spif), []
    for name in "AB":
        paths.append(str(tmp_path / f"{name}.xml"))
        label = Label(policy="DEMO", classification=1, permissive=(Category("To", (name,)),))
        (tmp_path / f"{name}.xml").write_bytes(demo.write(label))
    code, out, err = typed(capsysbinary, "join", *paths, "--spif", str(spif))
    assert (code, out) == (0, "DEMO AMBER\n")
    assert err == "The join breaks a rule of DEMO: AMBER needs one or more of: To/A, To/B.\n"
    assert "AMBER needs" in json.loads(typed(capsysbinary, "join", *paths, "--spif", str(spif), "--json")[1])["problem"]
    assert typed(capsysbinary, "join", *paths, "--spif", str(spif), "--write", "-")[0] == 2


def test_faults_are_one_sentence_and_a_code(files, tmp_path, capsysbinary):
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"<label")
    cases = {
        ("marking", str(tmp_path / "none.xml")): "LW-1005", ("marking", str(tmp_path)): "LW-1005",
        ("marking", str(bad)): "LW-1101", ("marking", files[0], "--spif", str(bad)): "LW-1102",
        ("marking", files[0], "--spif", str(tmp_path / "none.xml")): "LW-1102",
        ("join", *files, "--write", str(tmp_path / "no" / "such" / "folder.xml")): "LW-1005",
    }
    for words, code in cases.items():
        exit_code, out, err = typed(capsysbinary, *words)
        assert (exit_code, out) == (2, ""), words
        assert err.endswith(f"({code})\n"), words
        assert err.count("\n") == 1, words


def test_another_policy_asks_for_its_file(tmp_path, capsysbinary):
    foreign = tmp_path / "foreign.xml"
    foreign.write_bytes(POLICY.write_plain(FIRST).replace(POLICY.id.encode(), b"1.2.3"))
    code, _, err = typed(capsysbinary, "marking", str(foreign))
    assert code == 2
    assert "Name its policy file with --spif. (LW-1103)" in err


def test_an_invalid_label_has_no_marking_here(tmp_path, capsysbinary):
    broken = tmp_path / "broken.xml"
    label = Label(policy="EXERCISE", classification=2, restrictive=frozenset({"Special Handling/CEDAR"}))
    broken.write_bytes(POLICY.write(label).replace(b"CONFIDENTIAL", b"RESTRICTED"))
    code, out, err = typed(capsysbinary, "marking", str(broken))
    assert (code, out) == (2, "")
    assert "Special Handling/CEDAR cannot stand beside RESTRICTED" in err
