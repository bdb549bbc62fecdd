from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from tests.unit.kernel.identity.members import NOW

from latticework.kernel.identity import Passwords, init_member
from latticework.kernel.ids import MemberId
from latticework.kernel.store import MemoryStore
from latticework.testing.clock import SeededClock, SeededEntropy


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def entropy():
    return SeededEntropy("test")


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def member(tmp_path):
    """Return a function that makes the member with this trigraph (or returns it when it was made before)."""
    made = {}

    def make(name, **settings):
        if name not in made:
            made[name] = init_member(MemberId(name), tmp_path / name, SeededClock(NOW), SeededEntropy(name), **settings)
        return made[name]

    return make


@pytest.fixture
def quick_passwords(entropy):
    # The cost of Argon2id is its library's matter; these tests are about what is done with its answers.
    return Passwords(entropy, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
