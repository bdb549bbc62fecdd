from __future__ import annotations

from latticework.kernel.transport.interface import Lane
from latticework.testing.network import LossyNetwork, Weather


def carry(network: LossyNetwork, count: int = 400, sender: str = "a", receiver: str = "b") -> list[bytes]:
    for n in range(count):
        network.send(n, sender, receiver, Lane.DURABLE, n.to_bytes(2, "big"))
    return [parcel.data for parcel in network.arrive(10**9)]


def test_a_calm_network_carries_everything_once() -> None:
    got = carry(LossyNetwork(1, Weather(delay_ms=(1, 1))))
    assert got == [n.to_bytes(2, "big") for n in range(400)]


def test_loss_duplication_and_reordering_happen_about_as_often_as_told() -> None:
    got = carry(LossyNetwork(1, Weather(loss=0.25, duplication=0.0, delay_ms=(1, 50))))
    assert 250 < len(got) < 350
    assert len(set(got)) == len(got)
    assert got != sorted(got)
    doubled = carry(LossyNetwork(1, Weather(duplication=0.5)))
    assert 550 < len(doubled) < 650


def test_one_seed_is_one_network_and_links_do_not_disturb_each_other() -> None:
    weather = Weather(loss=0.3, duplication=0.2, delay_ms=(1, 90))
    alone = carry(LossyNetwork(5, weather))
    assert alone == carry(LossyNetwork(5, weather))
    assert alone != carry(LossyNetwork(6, weather))
    busy = LossyNetwork(5, weather)
    for n in range(100):
        busy.send(n, "a", "c", Lane.LIVE, b"other traffic")
    list(busy.arrive(10**9))
    assert carry(busy) == alone


def test_what_is_between_divided_addresses_is_lost() -> None:
    network = LossyNetwork(1)
    network.send(0, "a", "b", Lane.DURABLE, b"on its way")
    network.cut("b", "a")
    network.send(0, "a", "b", Lane.DURABLE, b"cut off")
    assert network.is_cut("a", "b")
    assert list(network.arrive(100)) == []
    network.heal("a", "b")
    network.send(100, "a", "b", Lane.DURABLE, b"healed")
    assert [p.data for p in network.arrive(200)] == [b"healed"]
    assert len(network.carried) == 3


def test_a_process_that_ends_loses_what_is_on_its_way() -> None:
    network = LossyNetwork(1)
    network.send(0, "a", "b", Lane.DURABLE, b"x")
    network.send(0, "c", "d", Lane.DURABLE, b"y")
    network.drop("b")
    assert network.next_due_ms() is not None
    assert [p.data for p in network.arrive(100)] == [b"y"]
    assert network.next_due_ms() is None


def test_a_storm_may_be_local() -> None:
    network = LossyNetwork(1)
    network.local[frozenset(("a", "b"))] = Weather(loss=1.0)
    assert carry(network) == []
    assert len(carry(network, sender="a", receiver="c")) == 400
