"""Making a member from the command line: everything is checked before anything is made, and a token is shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.errors import InvalidConfig, InvalidFile, InvalidPassword, LatticeworkError, SignInRefused
from latticework.kernel.identity import OfficerStore, read_bundle
from latticework.kernel.identity.bundle import fingerprint
from latticework.kernel.policy.model import Role
from latticework.kernel.store.sqlite import SqliteStore
from latticework.node.commands import init, token
from latticework.node.compose import DATABASE
from latticework.node.settings import load_settings

PASSWORD = "seven lanterns by the quay"
TWO = f"""
[[officer]]
name = "desk1"
post = "release desk"
roles = ["releaser", "author"]
password = "{PASSWORD}"
clearance = 2
compartments = ["Special Handling/LANTERN"]

[[officer]]
name = "desk2"
post = "policy desk"
roles = ["administrator"]
password = "{PASSWORD}"
"""


def run(app, *words, typed=""):
    done = CliRunner().invoke(app, [str(w) for w in words], input=typed)
    if isinstance(done.exception, LatticeworkError):
        raise done.exception
    return done


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(TWO)
    return tmp_path


def officers_of(home: Path) -> tuple[OfficerStore, SqliteStore]:
    store = SqliteStore(home / DATABASE)
    return OfficerStore(store, SystemEntropy()), store


def test_a_member_with_two_officers_their_tokens_and_a_bundle(folder: Path) -> None:
    done = run(init.app, "JPN", "--home", "jpn", "--officers", "two.toml", "--invite", "usa", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["bundles"] == {"USA": "jpn-for-usa.bundle"}
    bundle = read_bundle((folder / "jpn-for-usa.bundle").read_bytes(), SystemClock().now_ms())
    assert fingerprint(bundle).replace("-", "") == said["fingerprint"].replace("-", "")
    known, store = officers_of(folder / "jpn")
    first, second = (known.officer_for_token(o["token"], SystemClock().now_ms()) for o in said["officers"])
    store.close()
    assert (first.name, first.clearance, first.nationality) == ("desk1", (("EXERCISE", 2),), "JPN")
    assert first.compartments == {"Special Handling/LANTERN"}
    assert second.roles == {Role.ADMINISTRATOR}
    assert second.clearance == (("EXERCISE", 4),)


def test_what_is_typed_is_asked_again_until_it_can_be(folder: Path) -> None:
    typed = ["desk1", "release desk", "short", "short", PASSWORD, PASSWORD,
             "desk1", "desk2", "policy desk", PASSWORD, "something else", PASSWORD, PASSWORD]
    done = run(init.app, "JPN", "--home", "jpn", "--title", "Japan", typed="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert "fewer than 12 characters" in done.stderr
    assert "another person" in done.stderr
    assert "do not match" in done.stderr
    assert PASSWORD not in done.output
    assert done.stdout.count("lw_") == 4  # each token for itself, and both for the console
    known, store = officers_of(folder / "jpn")
    assert known.sign_in("desk2", PASSWORD, SystemClock().now_ms())
    store.close()


@pytest.mark.parametrize(("change", "error", "words"), [
    (("desk2", "desk1"), InvalidConfig, "two people"),
    (('"administrator"', '"auditor"'), InvalidConfig, "two officers"),
    ((f'password = "{PASSWORD}"\nclearance', 'password = "short"\nclearance'), InvalidPassword, "12"),
    (("clearance = 2", "clearance = 9"), InvalidConfig, "no classification 9"),
    (("LANTERN", "NOWHERE"), InvalidConfig, "no restrictive caveat"),
    (("clearance = 2", "clearence = 2"), InvalidFile, "clearence"),
    (('"administrator"', '"general"'), InvalidFile, "officer is wrong"),
    (("[[officer]]", "[[officer"), InvalidFile, "TOML"),
])
def test_a_wrong_officers_file_is_one_sentence_and_makes_nothing(folder: Path, change, error, words) -> None:
    (folder / "two.toml").write_text(TWO.replace(*change))
    with pytest.raises(error, match=words) as raised:
        run(init.app, "JPN", "--home", "jpn", "--officers", "two.toml")
    assert PASSWORD not in str(raised.value)
    assert not (folder / "jpn").exists()


def test_a_password_that_the_file_leaves_out_is_asked_for(folder: Path) -> None:
    (folder / "two.toml").write_text(TWO.replace(f'password = "{PASSWORD}"\nclearance', "clearance"))
    done = run(init.app, "JPN", "--home", "jpn", "--officers", "two.toml", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert "password of desk1" in done.stderr


def test_ports_come_from_options_or_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATTICEWORK_PORT", "18600")
    run(init.app, "JPN", "--home", "jpn", "--no-officers", "--first-port", 18700)
    settings = load_settings(folder / "jpn")
    assert (settings.web.port, settings.links.first_port) == (18600, 18700)


def test_a_token_needs_the_password_and_is_the_officers(folder: Path) -> None:
    run(init.app, "JPN", "--home", "jpn", "--officers", "two.toml")
    with pytest.raises(SignInRefused):
        run(token.app, "desk1", "--home", "jpn", typed="wrong and long enough\n")
    done = run(token.app, "desk1", "--home", "jpn", "--days", 2, "--json", typed=f"{PASSWORD}\n")
    said = json.loads(done.stdout)
    now = SystemClock().now_ms()
    known, store = officers_of(folder / "jpn")
    assert known.officer_for_token(said["token"], now).name == "desk1"
    with pytest.raises(SignInRefused):
        known.officer_for_token(said["token"], said["until_ms"])
    store.close()
    with pytest.raises(InvalidFile, match="holds no member"):
        run(token.app, "desk1", "--home", "elsewhere")
