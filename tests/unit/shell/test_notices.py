"""One sentence after an act, shown once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from latticework.shell import notices
from latticework.shell.settings import ShellSettings


def test_a_notice_goes_over_the_redirect_once() -> None:
    from litestar import Response

    viewer: Any = SimpleNamespace(frame=SimpleNamespace(cookie="c", settings=ShellSettings()))
    response = notices.told(viewer, Response(""), "Released to USA", path="/ledger", link="Proof")
    cookie = response.cookies[0]
    assert cookie.httponly
    assert notices.waiting_notice({str(cookie.key): str(cookie.value)}, "c") == notices.Notice(
        "Released to USA", "good", "/ledger", "Proof")


@pytest.mark.parametrize("value", ["", "!!!", "e30", "A" * 5000, "WyJ4IiwgImdvb2QiLCAiLy9ldmlsIiwgIiJd"])
def test_a_forged_notice_is_not_shown(value: str) -> None:
    assert notices.waiting_notice({"c-told": value}, "c") is None
