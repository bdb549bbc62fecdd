"""``latticework tables`` against a real server on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.shell.commands.test_online import Say, say, server  # noqa: F401 - fixtures
from tests.unit.shell.nodes import OFFICERS, Site

from latticework.shell.room import resolve
from latticework.testing.lighthouse.model import LAMP
from latticework.testing.lighthouse.surface.room import ROOM
from latticework.testing.lighthouse.tables import SCHEMA


@pytest.fixture(scope="module", autouse=True)
def room(server: tuple[Site, str, Path]) -> None:  # noqa: F811
    resolve(ROOM.kinds or "")(server[0].kernel.kinds)
    resolve(ROOM.join or "")(server[0].bench)


def test_schemas_template_check_and_take(
    say: Say, server: tuple[Site, str, Path], tmp_path: Path,  # noqa: F811
) -> None:
    assert SCHEMA.name in say("tables", "schemas")[1]
    out = tmp_path / "lamps.xlsx"
    code, said, err = say("tables", "template", SCHEMA.name, "--out", str(out), "--language", "ja", "--examples")
    assert (code, err) == (0, "")
    code, said, err = say("tables", "check", str(out), "--schema", SCHEMA.name)
    assert (code, err) == (0, "")
    assert "1 rows are right, 0 wrong." in said
    code, said, err = say("tables", "take", str(out), "--schema", SCHEMA.name, "--release", "everyone")
    assert (code, err) == (0, ""), said
    assert "1 rows are right, 0 wrong, 1 taken." in said
    assert server[0].kernel.records(OFFICERS["duty"], kind=LAMP, limit=5).items[0].label.release.everyone  # type: ignore[union-attr]


def test_what_is_wrong_is_listed_and_the_exit_code_says_so(say: Say, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "lamps.csv"
    file.write_text("Name,Lat,Lon,Height,Range\nA,95,1,1,1\n", encoding="utf-8")
    code, said, _err = say("tables", "check", str(file), "--schema", SCHEMA.name)
    assert code == 2
    assert "T-42" in said
    assert "B2" in said
    code, said, _err = say("tables", "check", str(file), "--schema", SCHEMA.name, "--json")
    assert json.loads(said)["counts"]["T-42"] == 1
    assert say("tables", "take", str(file), "--schema", SCHEMA.name)[0] == 2
    assert say("tables", "check", str(file), "--schema", "no.such")[0] == 4
    assert say("tables", "check", str(tmp_path / "none.csv"), "--schema", SCHEMA.name)[0] == 2
    assert say("tables", "template", SCHEMA.name, "--out", str(tmp_path / "a.pdf"))[0] == 2
