"""A member's own rows: numbers, errors of the stated size, labels by zone, and slots that come back."""

from typing import ClassVar

import numpy as np
import pytest

from latticework.kernel.errors import InvalidConfig
from latticework.kernel.ids import MemberId
from latticework.picture.labels import Zone, Zoning
from latticework.picture.model import Radar, TrackFlag, valid_rows
from latticework.picture.own import FORGET_MS, OwnPicture
from latticework.picture.sites import load_sites
from latticework.picture.sphere import distance_m, unit_vectors
from latticework.picture.synthetic import Synthetic

NOW = 1_760_000_000_000
JPN = MemberId("JPN")
EVERYWHERE = tuple(
    Radar(name=f"r{i}", latitude_deg=lat, longitude_deg=lon, height_m=9000, range_m=900_000, sigma_range_m=500,
          sigma_azimuth_deg=0.001)
    for i, (lat, lon) in enumerate([(36.0, 139.0), (30.0, 128.0), (18.0, 123.0)])
)
PLAIN = Zoning(JPN, "EXERCISE", (Zone(name="default", classification=1, release=("USA",)),))


class Seeded:
    """Fixed entropy."""

    calls: ClassVar[int] = 0

    def token(self, size: int) -> bytes:
        return bytes(range(size))


def picture(objects: int = 400, zoning: Zoning = PLAIN, radars: tuple[Radar, ...] = EVERYWHERE) -> OwnPicture:
    return OwnPicture(JPN, radars, Synthetic(objects), zoning, Seeded())


def test_rows_are_possible_and_say_where_they_come_from() -> None:
    rows = picture().rows(NOW)
    assert len(rows) > 300
    assert valid_rows(rows).all()
    assert set(rows["flags"].tolist()) == {int(TrackFlag.SYNTHETIC)}
    assert (rows["pedigree"] > 0).all()
    assert (rows["time_ms"] == NOW).all()


def test_an_object_keeps_slot_and_number_and_no_two_share_one() -> None:
    own = picture()
    one, two = own.rows(NOW), own.rows(NOW + 1000)
    assert len(set(one["slot"].tolist())) == len(one)
    assert len(set(one["number"].tolist())) == len(one)
    shared = set(one["number"].tolist()) & set(two["number"].tolist())
    assert len(shared) > 0.95 * len(one)
    slots = {int(row["number"]): int(row["slot"]) for row in one}
    assert all(slots[int(row["number"])] == int(row["slot"]) for row in two if int(row["number"]) in slots)


def test_numbers_do_not_count() -> None:
    # A partner that sees one number learns nothing of how many there are: they spread over the whole pool.
    numbers = picture().rows(NOW)["number"]
    assert numbers.max() > 90_000
    assert numbers.min() < 10_000


def test_the_error_is_as_large_as_each_row_says() -> None:
    sky = Synthetic(3000)
    own = OwnPicture(JPN, EVERYWHERE, sky, PLAIN, Seeded())
    own.rows(NOW)
    rows = own.rows(NOW + 30_000)
    truth = sky.at(NOW + 30_000)
    # Match by course, speed and altitude, which carry no error: unique enough to find the true position.
    key = {
        (np.float32(s), np.float32(c), np.float32(a)): v
        for s, c, a, v in zip(truth.speed_mps, truth.course_deg, truth.altitude_m, truth.vectors, strict=True)
    }
    true = np.array([key[row["speed_mps"], row["course_deg"], row["altitude_m"]] for row in rows])
    error = distance_m(unit_vectors(rows["latitude_deg"], rows["longitude_deg"]), true) / rows["position_sigma_m"]
    # Two independent axes of unit variance: the mean square is 2 (chi-square with two degrees of freedom).
    assert float(np.mean(error**2)) == pytest.approx(2.0, rel=0.1)


def test_zones_label_rows_and_the_later_one_counts() -> None:
    zones = (
        Zone(name="default", classification=1, release=("USA",)),
        Zone(name="wide", classification=2, release=(), latitude_deg=30, longitude_deg=128, radius_m=400_000),
        Zone(name="inner", classification=2, release=("KOR",), latitude_deg=30, longitude_deg=128, radius_m=200_000),
    )
    zoning = Zoning(JPN, "EXERCISE", zones)
    rows = picture(1500, zoning).rows(NOW)
    distance = distance_m(unit_vectors(rows["latitude_deg"], rows["longitude_deg"]), unit_vectors(30.0, 128.0))
    expected = np.where(distance <= 200_000, 2, np.where(distance <= 400_000, 1, 0))
    assert (rows["label"] == expected).all()
    assert set(expected.tolist()) == {0, 1, 2}
    default, wide, inner = zoning.labels
    assert default.release is not None
    assert default.release.members == {"JPN", "USA"}
    assert wide.release is None
    assert inner.release is not None
    assert inner.release.members == {"JPN", "KOR"}
    assert all(label.originators == {"JPN"} for label in zoning.labels)


def test_zones_need_a_default() -> None:
    with pytest.raises(InvalidConfig):
        Zoning(JPN, "EXERCISE", ())


def test_what_is_gone_gives_back_its_slot() -> None:
    own = picture()
    own.rows(NOW)
    before = len(own)
    assert own.forget(NOW + FORGET_MS) == 0
    assert own.forget(NOW + FORGET_MS + 1) == before
    assert len(own) == 0
    assert len(own.rows(NOW + 120_000)) > 300


def test_no_radar_sees_nothing() -> None:
    assert len(picture(radars=()).rows(NOW)) == 0


@pytest.mark.parametrize("member", ["JPN", "USA", "AUS", "KOR", "PHL"])
def test_each_reference_member_sees_something_and_its_sites_are_invented(member: str) -> None:
    sites = load_sites(MemberId(member))
    assert all(radar.status == "invented" for radar in sites.radars)
    own = OwnPicture(
        MemberId(member), sites.radars, Synthetic(700), Zoning(MemberId(member), "EXERCISE", sites.zones), Seeded()
    )
    assert len(own.rows(NOW)) > 20


def test_a_stranger_has_no_sites() -> None:
    assert load_sites(MemberId("XXX")).radars == ()
