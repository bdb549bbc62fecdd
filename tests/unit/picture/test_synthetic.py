"""The generator: exact speed on great circles, a steady number of objects, and the same sky for every caller."""

import numpy as np
import pytest

from latticework.picture.sphere import distance_m
from latticework.picture.synthetic import FASTEST_MPS, SLOWEST_MPS, Synthetic
from latticework.picture.traffic import scatter

NOW = 1_760_000_000_000


@pytest.mark.parametrize("objects", [100, 700, 10_000])
def test_about_as_many_objects_as_asked(objects: int) -> None:
    counts = [len(Synthetic(objects).at(NOW + hour * 3_600_000).keys) for hour in range(5)]
    assert all(0.85 * objects < count < 1.15 * objects for count in counts)


def test_each_flies_at_its_own_constant_speed() -> None:
    sky = Synthetic(500)
    one, two = sky.at(NOW), sky.at(NOW + 30_000)
    keys, i, j = np.intersect1d(one.keys, two.keys, return_indices=True)
    assert len(keys) > 400
    way = distance_m(one.vectors[i], two.vectors[j])
    assert np.allclose(way, 30 * one.speed_mps[i], rtol=1e-9)
    assert one.speed_mps.min() >= SLOWEST_MPS
    assert one.speed_mps.max() <= FASTEST_MPS


def test_two_generators_agree() -> None:
    one, two = Synthetic(300).at(NOW), Synthetic(300).at(NOW)
    assert (one.keys == two.keys).all()
    assert (one.vectors == two.vectors).all()


def test_parts_divide_the_sky() -> None:
    sky = Synthetic(300)
    parts = [key for part in range(10) for key in sky.at(NOW, part, 10).keys.tolist()]
    assert sorted(parts) == sorted(sky.at(NOW).keys.tolist())


def test_scatter_is_splitmix64() -> None:
    # Published reference output: SplitMix64 with seed 0 first returns 0xE220A8397B1DCDAF (S. Vigna, splitmix64.c);
    # with salt 0 and key 0 the state is the golden gamma, as there.
    assert scatter(np.array([0]), 0)[0] == pytest.approx((0xE220A8397B1DCDAF >> 11) / 2**53, abs=1e-16)
