"""The registry of record kinds: body types by version, and how an older body is read today.

A record is never rewritten. A body of an older version is decoded with the type it was written in and then passed
through one function a version until it is current. A kind that is not registered here, or a version newer than the
one that is, stays opaque: kept, forwarded and proven, but not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar, cast

import msgspec

from latticework.kernel.codec import MAX_RECORD_BYTES, decode, encode
from latticework.kernel.errors import DecodeError, InvalidRecord, LatticeworkError, UnknownKind
from latticework.kernel.ids import Kind, MemberId, Topic
from latticework.kernel.records.envelope import check_kind
from latticework.kernel.records.record import Statement

_BROKEN: Final = (LatticeworkError, ValueError, TypeError, ArithmeticError, LookupError)
"""What a room's function may raise for a body that was well-formed and that its author did not think of."""

B = TypeVar("B", bound=msgspec.Struct)
Old = TypeVar("Old", bound=msgspec.Struct)


class Described(msgspec.Struct, frozen=True):
    """What a listing shows of a body: drawn once, when the record is kept."""

    title: str
    summary: str = ""
    source: str | None = None
    status: str | None = None


class Upcast(msgspec.Struct, frozen=True):
    """How a body of one older version becomes one of the next version; make it with :func:`upcast`."""

    body: type[msgspec.Struct]
    step: Callable[[msgspec.Struct], msgspec.Struct]


def upcast(body: type[Old], step: Callable[[Old], msgspec.Struct]) -> Upcast:
    """Pair an older body type with the function that turns it into the next version's."""
    return Upcast(body, cast("Callable[[msgspec.Struct], msgspec.Struct]", step))


class RegisteredKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind as this node knows it.

    Parameters
    ----------
    kind, version, body
        Name, current schema version, and the struct type of a current body.
    topic
        Default topic of new records, or None.
    older
        For each older version that can still be read, the step to the next one.
    describe
        Draws what listings show from a current body, or None.
    two_officers
        Its records change what may leave the node: one officer proposes them, another approves.
    addressee
        The one member that a body is for: it is distributed to nobody else. None: to every member that the gate allows.
    """

    kind: Kind
    version: int
    body: type[msgspec.Struct]
    topic: Topic | None
    older: dict[int, Upcast]
    describe: Callable[[msgspec.Struct], Described] | None
    two_officers: bool = False
    addressee: Callable[[msgspec.Struct], MemberId] | None = None


class KindRegistry:
    """The kinds that this node can write and read."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, RegisteredKind] = {}
        self._names: dict[type[msgspec.Struct], Kind] = {}

    def register(
        self, kind: str, version: int, body: type[B], *, topic: Topic | None = None,
        older: Mapping[int, Upcast] | None = None, describe: Callable[[B], Described] | None = None,
        two_officers: bool = False,
        addressee: Callable[[B], MemberId] | None = None,
    ) -> RegisteredKind:
        """Add a kind.

        Parameters
        ----------
        kind, version
            Name (dotted lowercase words) and current schema version, from 1.
        body
            A frozen ``msgspec.Struct`` with ``forbid_unknown_fields``.
        topic
            Default topic of new records.
        older
            One :func:`upcast` for each older version; without gaps up to the current one.
        describe
            Title, summary and provenance for listings.
        two_officers
            Its records change what may leave the node, so one officer alone cannot publish them.
        addressee
            The one member that a body is for, when it is distributed to nobody else.

        Raises
        ------
        InvalidRecord
            When the kind is registered already, or an older version has no way to the current one.
        """
        name = check_kind(kind)
        steps = dict(older or {})
        if name in self._kinds:
            raise InvalidRecord(f"the kind {name} is registered already; each kind belongs to one room.")
        if version < 1 or set(steps) != set(range(min(steps, default=version), version)):
            raise InvalidRecord(f"the kind {name} needs a step from each older version to the next.")
        if not body.__struct_config__.frozen or not body.__struct_config__.forbid_unknown_fields:
            raise InvalidRecord(f"the body of {name} must be a frozen struct that forbids unknown fields.")
        entry = RegisteredKind(
            kind=name, version=version, body=body, topic=topic, older=steps,
            describe=cast("Callable[[msgspec.Struct], Described] | None", describe), two_officers=two_officers,
            addressee=cast("Callable[[msgspec.Struct], MemberId] | None", addressee),
        )
        self._kinds[name] = entry
        self._names.setdefault(body, name)
        return entry

    def __iter__(self) -> Iterator[RegisteredKind]:
        """Iterate over the registered kinds by name."""
        return iter(sorted(self._kinds.values(), key=lambda entry: entry.kind))

    def __contains__(self, kind: object) -> bool:
        """Say whether `kind` is registered."""
        return kind in self._kinds

    def find(self, kind: Kind) -> RegisteredKind:
        """Return the registered kind, or raise :class:`UnknownKind`."""
        found = self._kinds.get(kind)
        if found is None:
            raise UnknownKind("no room of this node has that kind of record; see the list of kinds.")
        return found

    def write(self, kind: Kind, body: msgspec.Struct) -> tuple[int, bytes]:
        """Return the current version and canonical bytes for `body`.

        Raises
        ------
        UnknownKind
            When the kind is not registered.
        InvalidRecord
            When `body` is of another type, or does not survive its own decoder (a field out of bounds).
        """
        entry = self.find(kind)
        if type(body) is not entry.body:
            raise InvalidRecord(f"a record of {kind} needs a body of its own type.")
        data = encode(body)
        self._decode(entry.kind, entry.body, data)
        return entry.version, data

    def read(self, statement: Statement) -> msgspec.Struct | None:
        """Return the current body of a statement, or None when it is opaque here.

        Raises
        ------
        InvalidRecord
            When the kind is known and the body breaks its rules.
        """
        return self.read_body(statement.kind, statement.version, statement.body)

    def read_body(self, kind: Kind, version: int, data: bytes) -> msgspec.Struct | None:
        """Return the current body of what was written as `version` of `kind`; None when it is opaque here."""
        entry = self._kinds.get(kind)
        if entry is None or version > entry.version:
            return None
        if version == entry.version:
            return self._decode(entry.kind, entry.body, data)
        first = entry.older.get(version)
        if first is None:
            return None
        body = self._decode(entry.kind, first.body, data)
        for step in range(version, entry.version):
            body = self._step(entry, step, body)
        return body

    def describe(self, statement: Statement, body: msgspec.Struct | None = None) -> Described:
        """Return what listings show of a statement; the kind's name where there is nothing better.

        Parameters
        ----------
        body
            Its current body, where it is at hand; otherwise it is read from the statement.
        """
        entry = self._kinds.get(statement.kind)
        if entry is None or entry.describe is None:
            return Described(statement.kind)
        body = self.read(statement) if body is None else body
        try:
            return Described(statement.kind) if body is None else entry.describe(body)
        except _BROKEN:
            return Described(statement.kind)

    def is_addressed(self, kind: Kind) -> bool:
        """Say whether each record of `kind` is for one member alone."""
        entry = self._kinds.get(kind)
        return entry is not None and entry.addressee is not None

    def addressee(self, kind: Kind, body: msgspec.Struct | None) -> MemberId | None:
        """Return the one member that a body of an addressed kind is for; None when it cannot be read here."""
        entry = self._kinds.get(kind)
        return entry.addressee(body) if entry is not None and entry.addressee is not None and body is not None else None

    def _decode(self, kind: Kind, body: type[msgspec.Struct], data: bytes) -> msgspec.Struct:
        try:
            return decode(data, body, limit=MAX_RECORD_BYTES, what="body")
        except (DecodeError, LatticeworkError):
            # The cause may quote the content, which need not be released to whoever reads this sentence.
            raise InvalidRecord(f"the content of a {kind} record breaks its kind's rules; it was refused.") from None

    def _step(self, entry: RegisteredKind, version: int, body: msgspec.Struct) -> msgspec.Struct:
        try:
            following = entry.older[version].step(body)
        except _BROKEN:
            raise InvalidRecord(f"a {entry.kind} record of version {version} cannot be read as today's.") from None
        expected = entry.body if version + 1 == entry.version else entry.older[version + 1].body
        if type(following) is not expected:
            raise InvalidRecord(f"the step of {entry.kind} from version {version} gives another type than version "
                                f"{version + 1}.")
        return following
