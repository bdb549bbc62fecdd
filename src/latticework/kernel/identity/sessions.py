"""Sessions and API tokens: random, kept only as hashes, and always with an end.

A stolen copy of the database opens no session: a token has 256 random bits, so its plain SHA-256 cannot be undone.

Source: OWASP ASVS 4.0 sections 3.3 (session time-outs) and 3.5 (tokens).
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import OfficerId
from latticework.kernel.store.protocol import Reader, Transaction

SESSION: Final = "identity.session"
TOKEN: Final = "identity.token"  # noqa: S105 - a table's name

SESSION_MS: Final = 12 * 3_600_000
IDLE_MS: Final = 3_600_000
NOTE_MS: Final = 60_000
"""Use of a session is written down at most this often."""
TOKEN_LIFETIME_MS: Final = 90 * 86_400_000
MAX_TOKEN_LIFETIME_MS: Final = 365 * 86_400_000
TOKEN_PREFIX: Final = "lw_"  # noqa: S105 - lets scanners of leaked secrets recognize one


class SessionRow(msgspec.Struct, frozen=True, array_like=True):
    """One session: whose, since when, and when it was last seen in use (ms since 1970, UTC)."""

    officer: OfficerId
    begun_ms: int
    seen_ms: int


class Token(msgspec.Struct, frozen=True, array_like=True):
    """Description of an API token: its id (not the secret), whose, what for, since when and until when (ms)."""

    id: str
    officer: OfficerId
    title: str
    issued_ms: int
    expires_ms: int


def begin(tx: Transaction, officer: OfficerId, entropy: Entropy, now_ms: int) -> str:
    """Begin a session and return its token; sessions that ran out are swept on the way."""
    for key, raw in list(tx.scan(SESSION)):
        if not _open(decode(raw, SessionRow, what="kept session"), now_ms):
            tx.delete(SESSION, key)
    token = _secret(entropy)
    tx.put(SESSION, _hash(token), encode(SessionRow(officer, now_ms, now_ms)))
    return token


def find(reader: Reader, token: str, now_ms: int) -> SessionRow | None:
    """Return the open session of `token`, or None."""
    raw = reader.get(SESSION, _hash(token))
    row = decode(raw, SessionRow, what="kept session") if raw is not None else None
    return row if row is not None and _open(row, now_ms) else None


def is_stale(row: SessionRow, now_ms: int) -> bool:
    """Say whether the note of last use is old enough to be written again."""
    return now_ms - row.seen_ms >= NOTE_MS


def touch(tx: Transaction, token: str, now_ms: int) -> None:
    """Note that a session is in use, unless it was ended meanwhile."""
    row = find(tx, token, now_ms)
    if row is not None:
        tx.put(SESSION, _hash(token), encode(SessionRow(row.officer, row.begun_ms, max(row.seen_ms, now_ms))))


def end(tx: Transaction, token: str) -> None:
    """End one session."""
    tx.delete(SESSION, _hash(token))


def end_all(tx: Transaction, officer: OfficerId) -> None:
    """End every session and API token of `officer`."""
    for key, raw in list(tx.scan(SESSION)):
        if decode(raw, SessionRow, what="kept session").officer == officer:
            tx.delete(SESSION, key)
    for key, raw in list(tx.scan(TOKEN)):
        if decode(raw, Token, what="kept token").officer == officer:
            tx.delete(TOKEN, key)


def issue(
    tx: Transaction, officer: OfficerId, title: str, entropy: Entropy, now_ms: int, lifetime_ms: int
) -> tuple[str, Token]:
    """Make an API token; return the secret, which is not kept, and its description."""
    if not title.strip() or len(title) > 80 or not title.isprintable():
        raise InvalidConfig("an API token needs a title of 1 to 80 printable characters.")
    if not 0 < lifetime_ms <= MAX_TOKEN_LIFETIME_MS:
        raise InvalidConfig("an API token lives for at most 365 days.")
    secret = TOKEN_PREFIX + _secret(entropy)
    token = Token(entropy.token(8).hex(), officer, title, now_ms, now_ms + lifetime_ms)
    tx.put(TOKEN, _hash(secret), encode(token))
    return secret, token


def find_token(reader: Reader, secret: str, now_ms: int) -> Token | None:
    """Return the description of the API token `secret`, or None when it is unknown or ran out."""
    raw = reader.get(TOKEN, _hash(secret))
    token = decode(raw, Token, what="kept token") if raw is not None else None
    return token if token is not None and now_ms < token.expires_ms else None


def tokens_of(reader: Reader, officer: OfficerId) -> tuple[Token, ...]:
    """Return the API tokens of `officer`, oldest first."""
    found = (decode(raw, Token, what="kept token") for _, raw in reader.scan(TOKEN))
    return tuple(sorted((t for t in found if t.officer == officer), key=lambda t: (t.issued_ms, t.id)))


def revoke(tx: Transaction, officer: OfficerId, token_id: str) -> bool:
    """End the API token of `officer` with this id; say whether there was one."""
    for key, raw in list(tx.scan(TOKEN)):
        token = decode(raw, Token, what="kept token")
        if token.officer == officer and token.id == token_id:
            tx.delete(TOKEN, key)
            return True
    return False


def _open(row: SessionRow, now_ms: int) -> bool:
    return now_ms < row.begun_ms + SESSION_MS and now_ms < row.seen_ms + IDLE_MS


def _secret(entropy: Entropy) -> str:
    return base64.urlsafe_b64encode(entropy.token(32)).rstrip(b"=").decode()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", errors="replace")).digest()
