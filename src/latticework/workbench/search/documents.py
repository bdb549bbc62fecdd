"""What of a record can be found: its title and summary, and every text in its body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from latticework.kernel.archive import Head

MAX_DEPTH = 32


def texts_of(value: object, depth: int = 0) -> Iterator[str]:
    """Yield every text in a decoded body, in order; ids, numbers and enumerations are none that anyone types."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts_of(getattr(value, name), depth + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_of(key, depth + 1)
            yield from texts_of(item, depth + 1)
    elif isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from texts_of(item, depth + 1)


def text_of(head: Head, body: msgspec.Struct | None) -> str:
    """Return the text of a record: what listings show of it, what it is about, and what its body says."""
    described = head.described
    parts = [described.summary, *(texts_of(body) if body is not None else ()), described.source or "", head.topic,
             head.kind, head.member, head.post]
    # Fields repeat each other (a title in the body); each text counts once.
    return "\n".join(dict.fromkeys(part for part in parts if part and part != described.title))
