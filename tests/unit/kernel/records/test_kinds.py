from __future__ import annotations

import msgspec
import pytest

from latticework.kernel.codec import encode
from latticework.kernel.errors import InvalidRecord, UnknownKind
from latticework.kernel.ids import Kind, MemberId, Post, Topic
from latticework.kernel.labels.label import Label
from latticework.kernel.records import Described, KindRegistry, Statement, upcast


class Berth1(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    length_ft: float


class Berth2(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    length_m: float


class Berth3(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    length_m: float
    port: str

    def __post_init__(self):
        if self.length_m < 0:
            raise InvalidRecord(f"{self.name} cannot be shorter than nothing.")


KIND = Kind("industry.berth")


def _registry():
    kinds = KindRegistry()
    kinds.register(
        KIND, 3, Berth3, topic=Topic("industry.repair"), describe=lambda b: Described(b.name, f"{b.length_m} m"),
        older={
            1: upcast(Berth1, lambda b: Berth2(b.name, round(b.length_ft * 0.3048, 3))),
            2: upcast(Berth2, lambda b: Berth3(b.name, b.length_m, port="unknown")),
        },
    )
    return kinds


def _statement(body, version, kind=KIND):
    data = body if isinstance(body, bytes) else encode(body)
    return Statement(kind=kind, version=version, member=MemberId("JPN"), post=Post("desk"), made_ms=0, nonce=bytes(16),
                     topic=Topic("industry"), label=Label(policy="EXERCISE", classification=0), body=data)


def test_writing_gives_the_current_version_and_canonical_bytes():
    kinds = _registry()
    version, data = kinds.write(KIND, Berth3("Dock 4", 240.0, "Yokosuka"))
    assert version == 3
    assert kinds.read(_statement(data, version)) == Berth3("Dock 4", 240.0, "Yokosuka")
    assert kinds.find(KIND).topic == "industry.repair"


def test_older_bodies_are_read_as_todays():
    kinds = _registry()
    assert kinds.read(_statement(Berth1("Dock 4", 1000.0), 1)) == Berth3("Dock 4", 304.8, "unknown")
    assert kinds.read(_statement(Berth2("Dock 4", 304.8), 2)) == Berth3("Dock 4", 304.8, "unknown")
    assert kinds.describe(_statement(Berth1("Dock 4", 1000.0), 1)) == Described("Dock 4", "304.8 m")


def test_unknown_kinds_and_newer_versions_stay_opaque():
    kinds = _registry()
    assert kinds.read(_statement(b"anything", 1, Kind("another.room"))) is None
    assert kinds.read(_statement(b"anything", 4)) is None
    assert kinds.describe(_statement(b"anything", 4)) == Described("industry.berth")
    with pytest.raises(UnknownKind):
        kinds.write(Kind("another.room"), Berth3("x", 1.0, "y"))


@pytest.mark.parametrize(("body", "version"), [
    (b"", 3), (b"\xc0", 3), (Berth1("WITHHELD", 1.0), 3), (Berth3("WITHHELD", 1.0, "y"), 2),
    ({"name": "WITHHELD", "length_m": -1.0, "port": ""}, 3), (encode(Berth3("WITHHELD", 1.0, "p")) + b"\0", 3),
    (Berth2("WITHHELD", -3.0), 2),
])
def test_a_body_that_breaks_its_kinds_rules_is_refused_without_being_quoted(body, version):
    with pytest.raises(InvalidRecord) as caught:
        _registry().read(_statement(body, version))
    assert "WITHHELD" not in str(caught.value)


def test_a_body_out_of_bounds_or_of_another_type_is_not_written():
    with pytest.raises(InvalidRecord):
        _registry().write(KIND, Berth1("x", 1.0))
    odd = Berth3("x", 1.0, "y")
    msgspec.structs.force_setattr(odd, "length_m", -1.0)
    with pytest.raises(InvalidRecord):
        _registry().write(KIND, odd)


def test_registering():
    kinds = _registry()
    assert KIND in kinds
    assert "other" not in kinds
    assert [entry.kind for entry in kinds] == [KIND]
    with pytest.raises(InvalidRecord, match="already"):
        kinds.register(KIND, 1, Berth3)
    with pytest.raises(InvalidRecord, match="step"):
        kinds.register("other.one", 3, Berth3, older={1: upcast(Berth1, lambda b: b)})
    with pytest.raises(InvalidRecord, match="step"):
        kinds.register("other.two", 0, Berth3)
    with pytest.raises(InvalidRecord, match="name"):
        kinds.register("Other", 1, Berth3)

    class Loose(msgspec.Struct):
        name: str

    with pytest.raises(InvalidRecord, match="frozen"):
        kinds.register("other.three", 1, Loose)


def test_a_step_that_gives_the_wrong_type_is_found():
    kinds = KindRegistry()
    kinds.register("a", 2, Berth2, older={1: upcast(Berth1, lambda b: b)})
    with pytest.raises(InvalidRecord, match="another type"):
        kinds.read(_statement(Berth1("x", 1.0), 1, Kind("a")))


def test_a_body_that_its_kind_cannot_describe_is_listed_by_the_kinds_name():
    """What a partner wrote must not be able to stop the node that lists it."""
    kinds = KindRegistry()
    kinds.register("note.ratio", 1, Berth2, describe=lambda b: Described(f"{1 / b.length_m}"))
    statement = _statement(Berth2("Dock", 0.0), 1, Kind("note.ratio"))
    assert kinds.describe(statement) == Described("note.ratio")
    assert kinds.describe(statement, Berth2("Dock", 0.5)) == Described("2.0")
