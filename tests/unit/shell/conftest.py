from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.shell.nodes import Site

from latticework.shell import language


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A filled federation that the tests of one module share and only add to."""
    yield from _made(tmp_path_factory.mktemp("site"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    """A filled federation for one test that changes it."""
    yield from _made(tmp_path)


def _made(folder: Path) -> Iterator[Site]:
    made = Site(folder)
    yield made
    for kernel in made.federation.kernels.values():
        kernel.close()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Begin in English, whatever language the test before spoke."""
    before = language.speak("en")
    yield
    language._language.reset(before)
