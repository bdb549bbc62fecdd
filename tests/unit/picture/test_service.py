"""The room on real kernels: who gets which tracks, what happens when an arrangement ends, counters, settings."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from latticework.kernel.errors import InvalidConfig, LinkDown
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Purpose, Role
from latticework.picture import service
from latticework.picture.labels import Zone, Zoning
from latticework.picture.model import STREAM, TOPIC, Radar, code_of_member
from latticework.picture.recording import ARRAY
from latticework.picture.service import (
    PARTS,
    Picture,
    PictureSettings,
    choose_traffic,
    percentile,
    read_settings,
    register_kinds,
    stream_kinds,
)
from latticework.picture.sites import Sites, load_sites
from latticework.picture.surface.legend import known_radars
from latticework.picture.synthetic import Synthetic
from latticework.testing import factories
from latticework.testing.kernels import KernelFederation, officer, two

WIDE = Radar(name="wide", latitude_deg=30, longitude_deg=130, height_m=9000, range_m=900_000)
SITES = Sites(
    radars=(WIDE,),
    zones=(
        Zone(name="default", classification=1, release=("AUS", "USA")),
        Zone(name="national", classification=2, release=(), latitude_deg=31, longitude_deg=130, radius_m=300_000),
    ),
)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[KernelFederation]:
    federation = KernelFederation(tmp_path, stream_kinds=stream_kinds())
    for kernel in federation.kernels.values():
        register_kinds(kernel.kinds)
    yield federation
    for kernel in federation.kernels.values():
        kernel.close()


def second(federation: KernelFederation, *pictures: Picture) -> None:
    """Let one second pass: every part of every picture steps."""
    for _ in range(PARTS):
        for picture in pictures:
            picture.step()
        federation.advance(1000 // PARTS, 50)


def seen(federation: KernelFederation, member: str, giver: str, **who: object) -> np.ndarray:
    kernel = federation[member]
    for view in kernel.stream(STREAM).latest(officer(member, **who), purpose=Purpose.FEED):
        if view.giver == giver:
            return view.rows
    return np.zeros(0, dtype=stream_kinds()[0].dtype)


def make(federation: KernelFederation, member: str, sites: Sites = SITES) -> Picture:
    return Picture(federation[member], PictureSettings(source="synthetic"), sites, Synthetic(400))


def test_tracks_flow_under_an_arrangement_and_the_withheld_zone_does_not(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    picture = make(three, "JPN")
    second(three, picture)
    own, given = seen(three, "JPN", "JPN"), seen(three, "USA", "JPN")
    released = own[own["label"] == 0]
    assert 0 < len(released) < len(own), "some rows lie in the national zone"
    assert sorted(given["number"].tolist()) == sorted(released["number"].tolist())
    assert set(given["origin"].tolist()) == {code_of_member(MemberId("JPN"))}
    assert len(seen(three, "AUS", "JPN")) == 0, "in the audience, but without an arrangement"


def test_the_end_of_an_arrangement_ends_the_stream_and_what_was_held(three: KernelFederation) -> None:
    agreed = three.arrange("JPN", "USA")
    picture = make(three, "JPN")
    second(three, picture)
    assert len(seen(three, "USA", "JPN"))
    three["JPN"].withdraw_grant(*two("JPN"), agreed, "review")
    three.settle()
    assert len(seen(three, "USA", "JPN")) == 0
    before = picture.counters().released
    second(three, picture)
    assert picture.counters().released == before


def test_an_officer_who_reads_no_content_or_is_not_cleared_sees_no_track(three: KernelFederation) -> None:
    picture = make(three, "JPN")
    second(three, picture)
    kernel = three["JPN"]
    administrator = officer("JPN", "admin", Role.ADMINISTRATOR)
    assert not any(len(v.rows) for v in kernel.stream(STREAM).latest(administrator, purpose=Purpose.FEED))
    low = seen(three, "JPN", "JPN", clearance=1)
    assert len(low)
    assert set(low["label"].tolist()) == {0}


def test_counters_balance(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, usa = make(three, "JPN"), make(three, "USA", Sites())
    for _ in range(3):
        second(three, jpn, usa)
    out, come = jpn.counters(), usa.counters()
    assert out.released == come.delivered > 0
    assert sum(count for _, count in come.latency_ms) > 0
    assert all(0 <= late <= 200 for late, _ in come.latency_ms), "the federation's clock moves 50 ms between ticks"


def test_a_member_without_radars_offers_nothing(three: KernelFederation) -> None:
    picture = make(three, "USA", Sites())
    second(three, picture)
    assert picture.counters().offered == 0


def test_radar_lists_are_records(three: KernelFederation) -> None:
    three.arrange("JPN", "USA")
    jpn, desk = three["JPN"], officer("JPN")
    label = make(three, "JPN").sites
    body = load_sites(MemberId("JPN")).radar_list()
    record = jpn.publish(desk, service.RADARS, body, topic="air.tracks", label=_label(), distribute=True)
    three.settle()
    view = three["USA"].record(officer("USA"), record.id)
    assert view.body == body
    assert view.status == "invented"
    assert label.radars == (WIDE,)


def _label() -> Label:
    return Zoning(MemberId("JPN"), "EXERCISE", SITES.zones).labels[0]


def test_start_runs_until_cancelled_and_can_be_found(three: KernelFederation) -> None:
    async def scenario() -> None:
        kernel = three["JPN"]
        assert service.running(kernel) is None
        task = asyncio.create_task(service.start(three.benches["JPN"], {"source": "synthetic", "objects": 50}))
        for _ in range(200):
            await asyncio.sleep(0.01)
            picture = service.running(kernel)
            if picture is not None and picture.counters().offered:
                break
        assert picture is not None
        assert picture.origin.kind == "synthetic"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())


@pytest.mark.parametrize("values", [{"source": "magic"}, {"objects": 0}, {"period_ms": 5}, {"colour": "red"}])
def test_wrong_settings_name_themselves(values: dict[str, object]) -> None:
    with pytest.raises(InvalidConfig, match=r"room\.picture"):
        read_settings(values)


def test_without_the_recording_the_generator_stands_in_and_says_why(tmp_path: Path) -> None:
    traffic = choose_traffic(PictureSettings(source="auto", cache=str(tmp_path)))
    assert traffic is not None
    assert traffic.origin.kind == "synthetic"
    assert "not in the cache" in traffic.origin.why
    (tmp_path / ARRAY).write_bytes(b"damaged")
    traffic = choose_traffic(PictureSettings(source="auto", cache=str(tmp_path)))
    assert traffic is not None
    assert ARRAY in traffic.origin.why


def test_the_recording_can_be_insisted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Path) -> np.ndarray:
        raise LinkDown("no network.")

    monkeypatch.setattr(service, "load", nothing)
    with pytest.raises(LinkDown):
        choose_traffic(PictureSettings(source="recorded", cache=str(tmp_path)))
    assert choose_traffic(PictureSettings()) is None


def test_percentile_is_nearest_rank() -> None:
    # Nearest rank by its definition: of 1..100 the 50th percentile is 50 and the 99th is 99.
    counted = Counter(range(1, 101))
    assert percentile(counted, 0.5) == 50
    assert percentile(counted, 0.99) == 99
    assert percentile(Counter({3: 7}), 0.99) == 3
    assert percentile(Counter(), 0.5) is None


def test_radars_that_an_officer_may_not_see_do_not_come_from_the_settings_instead(three: KernelFederation) -> None:
    kernel, picture = three["JPN"], make(three, "JPN")
    service.mark_running(kernel, picture)
    low, high = officer("JPN", "low", clearance=1), officer("JPN", "high", clearance=4)
    assert known_radars(kernel, low) == {"JPN": SITES.radars}, "the default zone is of level 1"
    assert known_radars(kernel, officer("JPN", "none", clearance=0)) == {}
    told = load_sites(MemberId("JPN")).radar_list()
    kernel.publish(high, service.RADARS, told, topic=TOPIC, label=factories.label(classification=3))
    assert known_radars(kernel, high) == {"JPN": told.radars}
    assert known_radars(kernel, low) == {}


@pytest.mark.parametrize("wrong", [
    {"radius_m": -1.0}, {"radius_m": float("nan")}, {"latitude_deg": 91.0, "radius_m": 1.0},
    {"longitude_deg": float("nan"), "radius_m": 1.0},
])
def test_a_zone_that_lies_nowhere_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidConfig, match="zone 'national'"):
        Zone(name="national", classification=2, **wrong)  # type: ignore[arg-type]


def test_a_zone_without_radius_after_the_default_is_refused() -> None:
    zones = (Zone(name="default", classification=1), Zone(name="national", classification=2))
    with pytest.raises(InvalidConfig, match="'national' has no radius"):
        Zoning(MemberId("JPN"), "EXERCISE", zones)
