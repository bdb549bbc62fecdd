from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret

from latticework.kernel.errors import InvalidPassword
from latticework.kernel.identity.passwords import Passwords, check_new, wait_ms
from latticework.testing.clock import SeededEntropy

GOOD = "six geese a laying"


def test_the_default_cost_is_rfc_9106s_second_recommendation():
    hashed = Passwords(SeededEntropy("x")).hash(GOOD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_argon2id_gives_the_rfc_9106_tag():
    # RFC 9106 section 5.3 needs a secret and associated data, which stored passwords do not have; the library's own
    # low-level call is therefore compared with a vector of the reference implementation (phc-winner-argon2, test.c,
    # Argon2id, version 0x13, t=2, m=2^8 KiB, p=1, "password", "somesalt").
    got = hash_secret(b"password", b"somesalt", 2, 256, 1, 32, Type.ID)
    assert got == b"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"


def test_a_password_is_known_by_its_hash(quick_passwords):
    hashed = quick_passwords.hash(GOOD)
    assert quick_passwords.verify(hashed, GOOD)
    assert not quick_passwords.verify(hashed, GOOD + " ")
    assert not quick_passwords.verify(hashed, "")
    assert GOOD not in hashed
    assert quick_passwords.hash(GOOD) != hashed  # another salt


def test_forms_of_one_text_are_one_password(quick_passwords):
    hashed = quick_passwords.hash("Zürich – café ﬁve")
    assert quick_passwords.verify(hashed, unicodedata.normalize("NFD", "Zürich – café ﬁve"))


def test_no_stored_hash_costs_the_same_work_and_says_no(entropy):
    class Counting(PasswordHasher):
        verified = 0

        def verify(self, hash, password):
            type(self).verified += 1
            return super().verify(hash, password)

    passwords = Passwords(entropy, Counting(time_cost=1, memory_cost=8, parallelism=1))
    assert not passwords.verify(None, GOOD)
    assert not passwords.verify("", GOOD)
    assert not passwords.verify(passwords.hash(GOOD), "x" * 10_000)
    assert Counting.verified == 3


def test_a_damaged_hash_is_a_no(quick_passwords):
    assert not quick_passwords.verify("$argon2id$broken", GOOD)


def test_even_the_dummys_own_password_does_not_open(quick_passwords):
    # The dummy's password is random; should it be typed, the answer is still no.
    dummy = SeededEntropy("test").token(16).hex()
    assert quick_passwords.verify(quick_passwords._dummy, dummy)
    assert not quick_passwords.verify(None, dummy)


@pytest.mark.parametrize(("password", "match"), [
    ("", "fewer than 12"),
    ("eleven char", "fewer than 12"),
    ("x" * 257, "more than 256"),
    ("abababababab", "repeats"),
    ("my desk.jpn password", "sign-in name"),
    ("my DESK.JPN password", "sign-in name"),
])
def test_weak_passwords_are_refused(password, match):
    with pytest.raises(InvalidPassword, match=match) as refused:
        check_new(password, "desk.jpn")
    assert not password or password not in refused.value.message


def test_long_phrases_of_any_script_are_good():
    for password in (GOOD, "twelve chars", "長い合言葉はどんな文字でもよい", "x" * 200 + "abcde"):
        check_new(password, "desk.jpn")


def test_the_wait_doubles_and_stays_bounded():
    assert [wait_ms(n) // 1000 for n in range(12)] == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_ms(10**9) == 900_000
