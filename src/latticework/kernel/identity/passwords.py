"""Passwords: the rule for new ones, their hashes, and what a failed attempt costs.

Source: RFC 9106 section 4 (Argon2id, second recommended option: 64 MiB, 3 passes, 4 lanes); NIST SP 800-63B section
5.1.1 (length counts, composition rules do not; compare after Unicode normalization) and 5.2.2 (limit failed attempts).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from latticework.kernel.clock import Entropy
from latticework.kernel.errors import InvalidPassword
from latticework.kernel.ids import OfficerId

MIN_CHARACTERS: Final = 12
MAX_CHARACTERS: Final = 256
MIN_DIFFERENT: Final = 5

FREE_FAILURES: Final = 5
"""So many failures in a row cost nothing; each further one doubles the wait."""
FIRST_WAIT_MS: Final = 30_000
LONGEST_WAIT_MS: Final = 15 * 60_000
FORGET_MS: Final = 24 * 3_600_000
"""Failures are forgotten this long after the last one."""


class Passwords:
    """Hashes and verifies passwords with Argon2id.

    Parameters
    ----------
    entropy
        For salts.
    hasher
        Its cost; the default is RFC 9106's for 64 MiB.
    """

    def __init__(self, entropy: Entropy, hasher: PasswordHasher | None = None) -> None:
        self._entropy = entropy
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)
        # Verified for names that do not exist, so that they take as long to refuse as those that do.
        self._dummy = self.hash(entropy.token(16).hex())

    def hash(self, password: str) -> str:
        """Return the Argon2id hash of `password` with its parameters and salt."""
        return self._hasher.hash(_normal(password), salt=self._entropy.token(16))

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether `password` has the hash `stored`; with None, spend the same time and say no."""
        if len(password) > MAX_CHARACTERS:
            password, stored = "", None
        try:
            matches = self._hasher.verify(stored or self._dummy, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None


def check_new(password: str, name: OfficerId) -> None:
    """Insist on the rule for new passwords.

    Raises
    ------
    InvalidPassword
        When it has fewer than 12 or more than 256 characters, fewer than 5 different ones, or contains the sign-in
        name.
    """
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) < MIN_CHARACTERS:
        raise InvalidPassword(f"the password has fewer than {MIN_CHARACTERS} characters; choose a longer one.")
    if len(normal) > MAX_CHARACTERS:
        raise InvalidPassword(f"the password has more than {MAX_CHARACTERS} characters; choose a shorter one.")
    if len(set(normal)) < MIN_DIFFERENT:
        raise InvalidPassword(f"the password repeats itself; use at least {MIN_DIFFERENT} different characters.")
    if name in normal.lower():
        raise InvalidPassword("the password contains the sign-in name; choose another.")


def check_hash(hashed: str) -> None:
    """Raise :class:`InvalidPassword` unless `hashed` is an Argon2id hash with its parameters and salt."""
    try:
        accepted = len(hashed) < 1024 and extract_parameters(hashed).type is Type.ID
    except InvalidHashError:
        accepted = False
    if not accepted:
        raise InvalidPassword("the password's hash is not one of Argon2id; give the password anew.")


def wait_ms(failures: int) -> int:
    """Return how long after the last of `failures` failures in a row the next attempt must wait, ms."""
    if failures < FREE_FAILURES:
        return 0
    return min(FIRST_WAIT_MS << min(failures - FREE_FAILURES, 16), LONGEST_WAIT_MS)


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", errors="surrogatepass")
