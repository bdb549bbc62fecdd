"""The officers of one member: who they are, and how they sign in.

Tables (nothing of them ever leaves the node):

=======================  ======================  =================================================================
``identity.officer``     sign-in name            :class:`OfficerRow`
``identity.failure``     bucket of the name      :class:`FailureRow`
``identity.session``     SHA-256 of the token    :class:`~latticework.kernel.identity.sessions.SessionRow`
``identity.token``       SHA-256 of the token    :class:`~latticework.kernel.identity.sessions.TokenRow`
=======================  ======================  =================================================================

Failures are counted in one of 65,536 buckets by the hash of the typed name, whether there is such an officer or not: so
both behave alike, and guessing names cannot fill the disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidConfig, InvalidPassword, NotFound, SignInRefused
from latticework.kernel.identity import sessions
from latticework.kernel.identity.passwords import FORGET_MS, Passwords, check_hash, check_new, wait_ms
from latticework.kernel.identity.sessions import Token
from latticework.kernel.ids import OfficerId, parse_member, parse_officer, parse_post
from latticework.kernel.policy.model import Officer
from latticework.kernel.store.protocol import Reader, Store, Transaction

OFFICER: Final = "identity.officer"
FAILURE: Final = "identity.failure"
_REFUSED: Final = "the sign-in name or the password is not accepted; after five failures each attempt must wait."


class OfficerRow(msgspec.Struct, frozen=True, kw_only=True):
    """An officer as kept: the policy value, the password's hash, and whether sign-in is allowed."""

    officer: Officer
    password: str
    added_ms: int
    disabled: bool = False


class FailureRow(msgspec.Struct, frozen=True, array_like=True):
    """Failed attempts in a row, and the time of the last one, ms."""

    count: int
    last_ms: int


class OfficerStore:
    """Officers, their passwords, sessions and API tokens. Each method is its own transaction, unless it is given one.

    Parameters
    ----------
    store
        Where everything is kept.
    entropy
        For salts, session tokens and API tokens.
    passwords
        Hashing and its cost; by default Argon2id as RFC 9106 recommends.
    """

    def __init__(self, store: Store, entropy: Entropy, passwords: Passwords | None = None) -> None:
        self._store = store
        self._entropy = entropy
        self._passwords = passwords or Passwords(entropy)

    # ---- officers --------------------------------------------------------------------------------------------------

    def add(self, officer: Officer, password: str, now_ms: int) -> None:
        """Add an officer.

        Raises
        ------
        InvalidPassword
            When the password breaks the rule.
        InvalidId
            When name, post or nationality are malformed.
        InvalidConfig
            When the name is taken or the officer has no role.
        """
        check_fields(officer)
        self.add_hashed(officer, self.hash_new(officer.name, password), now_ms)

    def hash_new(self, name: OfficerId, password: str) -> str:
        """Return the hash of a new password of `name`, or raise :class:`InvalidPassword` when it breaks the rule.

        An act that waits for a second officer carries this; nobody keeps the password itself.
        """
        check_new(password, name)
        return self._passwords.hash(password)

    def add_hashed(self, officer: Officer, hashed: str, now_ms: int, tx: Transaction | None = None) -> None:
        """Add an officer whose password was hashed before, by :meth:`hash_new`.

        Raises
        ------
        InvalidPassword
            When `hashed` is no Argon2id hash.
        InvalidId, InvalidConfig
            As for :meth:`add`.
        """
        check_fields(officer)
        check_hash(hashed)
        with self._writing(tx) as writer:
            self.check_free(officer.name, writer)
            _put(writer, OfficerRow(officer=officer, password=hashed, added_ms=now_ms))

    def check_free(self, name: OfficerId, reader: Reader | None = None) -> None:
        """Raise :class:`InvalidConfig` when an officer, disabled or not, has this sign-in name."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                self.check_free(name, snapshot)
        elif _row(reader, name) is not None:
            raise InvalidConfig(f"there is an officer {name!r} already; choose another sign-in name.")

    def change(self, officer: Officer, tx: Transaction | None = None) -> None:
        """Replace an officer's post, roles, clearance, nationality or compartments, in force at once.

        Raises
        ------
        NotFound
            When there is no such officer.
        """
        check_fields(officer)
        with self._writing(tx) as writer:
            _put(writer, msgspec.structs.replace(_need(writer, officer.name), officer=officer))

    def set_password(self, name: OfficerId, password: str) -> None:
        """Give an officer a new password; sessions and API tokens made under the old one end.

        Raises
        ------
        InvalidPassword
            When the password breaks the rule.
        NotFound
            When there is no such officer.
        """
        check_new(password, name)
        hashed = self._passwords.hash(password)
        with self._store.transaction() as tx:
            _put(tx, msgspec.structs.replace(_need(tx, name), password=hashed))
            sessions.end_all(tx, name)
            tx.delete(FAILURE, _bucket(name))

    def change_password(self, name: OfficerId, present: str, new: str, now_ms: int) -> None:
        """Give an officer who knows the present password a new one; every session and API token of the officer ends.

        Raises
        ------
        InvalidPassword
            When the new password breaks the rule, or is the present one.
        SignInRefused
            When the present password is not accepted, or too many attempts failed before.
        """
        check_new(new, name)
        self.confirm(name, present, now_ms)
        if new == present:
            raise InvalidPassword("the new password is the present one; choose another.")
        self.set_password(name, new)

    def confirm(self, name: OfficerId, password: str, now_ms: int) -> None:
        """Raise :class:`SignInRefused` unless `password` is the officer's; a failure counts like one at sign-in."""
        self.sign_out(self.sign_in(name, password, now_ms))

    def disable(self, name: OfficerId, tx: Transaction | None = None) -> None:
        """Refuse every sign-in of an officer from now on, and end what is open; or raise :class:`NotFound`."""
        with self._writing(tx) as writer:
            _put(writer, msgspec.structs.replace(_need(writer, name), disabled=True))
            sessions.end_all(writer, name)

    def enable(self, name: OfficerId, tx: Transaction | None = None) -> None:
        """Let a disabled officer sign in again, or raise :class:`NotFound`."""
        with self._writing(tx) as writer:
            _put(writer, msgspec.structs.replace(_need(writer, name), disabled=False))

    def list(self, reader: Reader | None = None) -> tuple[OfficerRow, ...]:
        """Return every officer by sign-in name; the password hashes are blanked."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                return self.list(snapshot)
        return tuple(
            msgspec.structs.replace(decode(raw, OfficerRow, what="kept officer"), password="")
            for _, raw in reader.scan(OFFICER)
        )

    def row(self, name: OfficerId, reader: Reader | None = None) -> OfficerRow:
        """Return one officer, disabled or not, without the password's hash; or raise :class:`NotFound`."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                return self.row(name, snapshot)
        return msgspec.structs.replace(_need(reader, name), password="")

    def find(self, name: OfficerId, reader: Reader | None = None) -> Officer | None:
        """Return an officer who may act now, or None: unknown and disabled are not told apart."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                return self.find(name, snapshot)
        return find_officer(reader, name)

    # ---- signing in ------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, now_ms: int) -> str:
        """Begin a session.

        Unknown names, disabled officers and wrong passwords are refused in the same words after the same work.

        Parameters
        ----------
        name, password
            As typed.
        now_ms
            Time of the attempt, ms since 1970, UTC.

        Returns
        -------
        str
            The session token for the cookie; only its hash is kept. Good for 12 hours, and for 1 hour of silence.

        Raises
        ------
        SignInRefused
            When it is not accepted, or too many attempts failed before; then the sentence says how long to wait.
        """
        with self._store.snapshot() as reader:
            row = _row(reader, OfficerId(name)) if len(name) < 64 else None
            at = _bucket(name)
            _refuse_early(_failures(reader, at), now_ms)
        accepted = self._passwords.verify(row.password if row else None, password)
        with self._store.transaction() as tx:
            before = _failures(tx, at)
            _refuse_early(before, now_ms)
            current = _row(tx, row.officer.name) if row else None
            if not accepted or row is None or current is None or current.disabled or current.password != row.password:
                count = before.count + 1 if now_ms - before.last_ms < FORGET_MS else 1
                tx.put(FAILURE, at, encode(FailureRow(count, now_ms)))
                token = None
            else:
                tx.delete(FAILURE, at)
                token = sessions.begin(tx, row.officer.name, self._entropy, now_ms)
        if token is None:
            raise SignInRefused(_REFUSED)
        return token

    def officer_for_session(self, token: str, now_ms: int) -> Officer:
        """Return the officer of a session and note that it is in use, or raise :class:`SignInRefused`."""
        with self._store.snapshot() as reader:
            session = sessions.find(reader, token, now_ms)
            officer = self.find(session.officer, reader) if session else None
        if session is None or officer is None:
            raise SignInRefused("the session has ended; sign in again.")
        if sessions.is_stale(session, now_ms):
            with self._store.transaction() as tx:
                sessions.touch(tx, token, now_ms)
        return officer

    def sign_out(self, token: str) -> None:
        """End one session; a token that is unknown is already ended."""
        with self._store.transaction() as tx:
            sessions.end(tx, token)

    def end_sessions(self, name: OfficerId) -> None:
        """End every session and API token of an officer."""
        with self._store.transaction() as tx:
            sessions.end_all(tx, name)

    # ---- API tokens ------------------------------------------------------------------------------------------------

    def issue_token(
        self, name: OfficerId, title: str, now_ms: int, lifetime_ms: int = sessions.TOKEN_LIFETIME_MS
    ) -> tuple[str, Token]:
        """Make an API token that acts as the officer; return it, once, with its description.

        Raises
        ------
        NotFound
            When there is no such officer who may act.
        InvalidConfig
            When the title or lifetime is out of bounds (1 to 80 characters; up to 365 days).
        """
        with self._store.transaction() as tx:
            if self.find(name, tx) is None:
                raise NotFound(f"there is no officer {name!r} who may act.")
            return sessions.issue(tx, name, title, self._entropy, now_ms, lifetime_ms)

    def officer_for_token(self, token: str, now_ms: int) -> Officer:
        """Return the officer an API token acts as, or raise :class:`SignInRefused`."""
        with self._store.snapshot() as reader:
            found = sessions.find_token(reader, token, now_ms)
            officer = self.find(found.officer, reader) if found else None
        if officer is None:
            raise SignInRefused("the API token is not accepted; make a new one.")
        return officer

    def tokens(self, name: OfficerId) -> tuple[Token, ...]:
        """Return the descriptions of an officer's API tokens, oldest first."""
        with self._store.snapshot() as reader:
            return sessions.tokens_of(reader, name)

    def revoke_token(self, name: OfficerId, token_id: str) -> None:
        """End one API token of an officer by its id, or raise :class:`NotFound`."""
        with self._store.transaction() as tx:
            if not sessions.revoke(tx, name, token_id):
                raise NotFound(f"{name!r} has no API token {token_id[:20]!r}.")

    @contextmanager
    def _writing(self, tx: Transaction | None) -> Iterator[Transaction]:
        if tx is not None:
            yield tx
            return
        with self._store.transaction() as own:
            yield own


def find_officer(reader: Reader, name: OfficerId) -> Officer | None:
    """Return an officer who may act now, or None: unknown and disabled are not told apart."""
    row = _row(reader, name)
    return row.officer if row is not None and not row.disabled else None


def check_fields(officer: Officer) -> None:
    """Raise :class:`InvalidId` or :class:`InvalidConfig` when name, post or nationality is malformed or no role given.

    Whether there are such classifications and caveats, the security policies say; see ``OfficerActs.check_officer``.
    """
    parse_officer(officer.name)
    parse_post(officer.post)
    parse_member(officer.nationality)
    if not officer.roles:
        raise InvalidConfig(f"{officer.name!r} has no role; give at least one.")


def _row(reader: Reader, name: OfficerId) -> OfficerRow | None:
    raw = reader.get(OFFICER, name.encode("utf-8", errors="replace"))
    return decode(raw, OfficerRow, what="kept officer") if raw is not None else None


def _need(reader: Reader, name: OfficerId) -> OfficerRow:
    row = _row(reader, name)
    if row is None:
        raise NotFound(f"there is no officer {name[:63]!r}.")
    return row


def _put(tx: Transaction, row: OfficerRow) -> None:
    tx.put(OFFICER, row.officer.name.encode(), encode(row))


def _bucket(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", errors="replace")).digest()[:2]


def _failures(reader: Reader, at: bytes) -> FailureRow:
    raw = reader.get(FAILURE, at)
    return decode(raw, FailureRow, what="kept failures") if raw is not None else FailureRow(0, 0)


def _refuse_early(row: FailureRow, now_ms: int) -> None:
    # A clock that was set back must not lock anybody out for longer than the wait itself.
    left = min(row.last_ms + wait_ms(row.count) - now_ms, wait_ms(row.count))
    if left > 0 and now_ms - row.last_ms < FORGET_MS:
        raise SignInRefused(f"too many attempts failed; wait {-(-left // 1000)} seconds and try again.")
