"""Members' keys for tests: made from the member's name, so that one name always has one key."""

from __future__ import annotations

import hashlib

from latticework.kernel.errors import InvalidSignature, KeyCompromised, UnknownMember
from latticework.kernel.identity.keys import verify_signature
from latticework.kernel.ids import KeyId, MemberId
from latticework.kernel.records.signing import SeedSigner


def signer_of(member: str, number: int = 0) -> SeedSigner:
    """Return key number `number` of `member`; the same at every call."""
    return SeedSigner(MemberId(member), hashlib.sha256(f"latticework.testing.key {member} {number}".encode()).digest())


class KeyRing:
    """A :class:`~latticework.kernel.records.signing.Verifier` over a few keys, without history or expiry.

    Parameters
    ----------
    signers
        The keys it knows.
    """

    def __init__(self, *signers: SeedSigner) -> None:
        self._keys = {(s.member, s.key_id): s.public_key for s in signers}
        self._members = {s.member for s in signers}
        self.compromised: set[KeyId] = set()

    def verify(self, member: MemberId, key: KeyId, message: bytes, signature: bytes, at_ms: int) -> None:
        """Verify as a key directory does; `at_ms` does not matter here."""
        if member not in self._members:
            raise UnknownMember(f"no key of {member} is known; add its trust bundle.")
        public_key = self._keys.get((member, key))
        if public_key is None:
            raise InvalidSignature(f"the key is not one of {member}'s; the signature was refused.")
        if key in self.compromised:
            raise KeyCompromised(f"the key of {member} was declared compromised; the signature was refused.")
        verify_signature(public_key, message, signature)
