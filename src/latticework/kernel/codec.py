"""Strict, size-capped msgpack: the only encoding of what is signed, stored or sent.

Encoding is canonical: struct fields stand in declared order, sets are sorted, and a decoded value must encode to the
very bytes it came from. So one value has one byte string, and a hash names a value.

Source: MessagePack specification (https://github.com/msgpack/msgpack/blob/master/spec.md); msgspec 0.20+.
"""

from __future__ import annotations

from typing import Final, TypeVar, cast

import msgspec

from latticework.kernel.errors import DecodeError

T = TypeVar("T")

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""Largest message a node takes from a link; what is larger is refused before it is read."""
MAX_RECORD_BYTES: Final = 1024 * 1024
"""Largest record payload; larger content goes into attachments."""

_ENCODER: Final = msgspec.msgpack.Encoder(order="deterministic")


def encode(value: object) -> bytes:
    """Return the canonical msgpack bytes of `value` (a ``msgspec.Struct`` or builtin)."""
    return _ENCODER.encode(value)


_DECODERS: Final[dict[object, msgspec.msgpack.Decoder[object]]] = {}


def _decoder(type_: type[T]) -> msgspec.msgpack.Decoder[T]:
    found = _DECODERS.get(type_)
    if found is None:
        found = _DECODERS[type_] = msgspec.msgpack.Decoder(type_, strict=True)
    return cast("msgspec.msgpack.Decoder[T]", found)


def decode(data: bytes, type_: type[T], *, limit: int = MAX_MESSAGE_BYTES, what: str = "message") -> T:
    """Decode `data` as `type_` and insist that it is canonical.

    Parameters
    ----------
    data
        Exact bytes, at most `limit` of them.
    type_
        A ``msgspec.Struct`` type (or union of tagged ones).
    limit
        Size cap in bytes, checked first.
    what
        The word for the thing in the error's sentence; never its content.

    Raises
    ------
    DecodeError
        When the bytes are too many, malformed, of another shape, or not canonical.
    """
    if len(data) > limit:
        raise DecodeError(f"the {what} has {len(data)} bytes and the limit is {limit}; it was refused unread.")
    try:
        value: T = _decoder(type_).decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError, UnicodeDecodeError, OverflowError):
        # The library's text may quote the input, so it is not passed on.
        raise DecodeError(f"the {what} is not well-formed; it was refused.") from None
    if _ENCODER.encode(value) != data:
        raise DecodeError(f"the {what} is not in canonical form; it was refused.")
    return value
