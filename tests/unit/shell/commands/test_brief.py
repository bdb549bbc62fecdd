"""``latticework brief`` against a real server on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.shell.commands.test_online import Say, say, server  # noqa: F401 - fixtures
from tests.unit.shell.nodes import Site
from tests.unit.testing.lighthouse.test_briefs import NAME, lit

from latticework.shell.room import resolve
from latticework.testing.lighthouse.surface.room import ROOM


@pytest.fixture(scope="module", autouse=True)
def lights(server: tuple[Site, str, Path]) -> None:  # noqa: F811
    site = server[0]
    resolve(ROOM.kinds or "")(site.kernel.kinds)
    resolve(ROOM.join or "")(site.bench)
    lit(site, count=3)


def test_the_list_prints_words_and_json(say: Say) -> None:  # noqa: F811
    code, out, err = say("brief", "list")
    assert (code, err) == (0, "")
    assert NAME in out
    assert "How the lights stand" in out
    code, out, _err = say("brief", "list", "--json")
    assert json.loads(out) == [{"name": NAME, "title": "How the lights stand"}]


@pytest.mark.parametrize(("form", "start"), [("html", b"<!doctype html>"), ("docx", b"PK")])
def test_make_writes_a_file(say: Say, tmp_path: Path, form: str, start: bytes) -> None:  # noqa: F811
    out = tmp_path / f"made.{form}"
    code, said, err = say("brief", "make", NAME, "--format", form, "--language", "ja", "--out", str(out))
    assert (code, err) == (0, "")
    assert out.read_bytes().lstrip().startswith(start)
    assert said == f"{out.stat().st_size:,} bytes in {out}\n"


def test_what_goes_wrong_is_one_sentence_and_an_exit_code(say: Say, tmp_path: Path) -> None:  # noqa: F811
    code, _out, err = say("brief", "make", "other")
    assert (code, err.strip()) == (4, "there is no brief 'other' here, or you may not see it. (LW-1003)")
    code, _out, err = say("brief", "make", NAME, "--format", "html", "--out", str(tmp_path / "no" / "x.html"))
    assert code == 2
    assert "the brief cannot be written (No such file or directory). (LW-1005)" in err
    assert say("brief", "make", NAME, "--format", "odt")[0] == 2
