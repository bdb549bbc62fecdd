"""Identifiers: one NewType a kind of thing, one parser each, so that a wrong id is refused where it enters.

The parsers raise :class:`~latticework.kernel.errors.InvalidId` with one sentence that says what was wrong.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Final, NewType

from latticework.kernel.errors import InvalidId

MemberId = NewType("MemberId", str)
"""A sovereign participant: ISO 3166-1 alpha-3 trigraph, for example ``JPN``."""
RecordId = NewType("RecordId", str)
"""The SHA-256 of a record's signed payload, 64 lowercase hexadecimal digits."""
KeyId = NewType("KeyId", str)
"""The SHA-256 of a record-signing public key, first 16 bytes, 32 lowercase hexadecimal digits."""
OfficerId = NewType("OfficerId", str)
"""A sign-in name, local to one member. It never leaves the node."""
Post = NewType("Post", str)
"""The post an officer holds (``alliance desk``). Records carry it instead of a person's name."""
Topic = NewType("Topic", str)
"""A dotted, hierarchical subject (``air.tracks``). ``air`` covers ``air.tracks``; ``all`` is not a topic."""
Kind = NewType("Kind", str)
"""A registered record kind without its version (``strategy.suggestion``)."""

_MEMBER: Final = re.compile(r"[A-Z]{3}")
_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_TOPIC: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")
_OFFICER: Final = re.compile(r"[a-z][a-z0-9._-]{1,62}")
_POST_LENGTH: Final = 80


def parse_member(text: str) -> MemberId:
    """Return `text` as a member id, or raise :class:`InvalidId`."""
    if not _MEMBER.fullmatch(text):
        raise InvalidId(f"{text[:20]!r} is not a member id; use an ISO 3166 trigraph such as JPN.")
    return MemberId(text)


def parse_record_id(text: str) -> RecordId:
    """Return `text` as a record id, or raise :class:`InvalidId`."""
    if not _HEX64.fullmatch(text):
        raise InvalidId(f"{text[:20]!r} is not a record id; use its 64 hexadecimal digits.")
    return RecordId(text)


def parse_key_id(text: str) -> KeyId:
    """Return `text` as a key id, or raise :class:`InvalidId`."""
    if not _HEX32.fullmatch(text):
        raise InvalidId(f"{text[:20]!r} is not a key id; use its 32 hexadecimal digits.")
    return KeyId(text)


@lru_cache(maxsize=4096)  # the same few stand in every record; what is refused is not remembered
def parse_topic(text: str) -> Topic:
    """Return `text` as a topic, or raise :class:`InvalidId`; ``all`` is refused because it is never a grant."""
    if len(text) > 120 or not _TOPIC.fullmatch(text):
        raise InvalidId(f"{text[:40]!r} is not a topic; use dotted lowercase words such as air.tracks.")
    if text == "all":
        raise InvalidId("'all' is not a topic; name each topic that the parties agree on.")
    return Topic(text)


def parse_officer(text: str) -> OfficerId:
    """Return `text` as a sign-in name, or raise :class:`InvalidId`."""
    if not _OFFICER.fullmatch(text):
        raise InvalidId(f"{text[:40]!r} is not a sign-in name; use 2 to 63 lowercase letters, digits, '.', '_' or '-'.")
    return OfficerId(text)


@lru_cache(maxsize=4096)  # the same few stand in every record; what is refused is not remembered
def parse_post(text: str) -> Post:
    """Return `text` as a post, or raise :class:`InvalidId`."""
    if not text.strip() or len(text) > _POST_LENGTH or not text.isprintable():
        raise InvalidId(f"a post needs 1 to {_POST_LENGTH} printable characters.")
    return Post(text)


def topic_covers(granted: Topic, asked: Topic) -> bool:
    """Say whether a grant of `granted` includes `asked`: the same topic or one below it."""
    return asked == granted or asked.startswith(granted + ".")


def key_id_of(public_key: bytes) -> KeyId:
    """Return the id of a record-signing public key (32 raw Ed25519 bytes)."""
    return KeyId(hashlib.sha256(b"latticework.key\x00" + public_key).hexdigest()[:32])
