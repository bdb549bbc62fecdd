"""The room's measures: how many lamps burn, how long one has been dark, and who is within reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from latticework.kernel.errors import InvalidMeasure
from latticework.kernel.labels.label import Label, Release
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.measures.model import (
    OBSERVATION,
    Input,
    Measure,
    NoParameters,
    Observation,
    Observed,
    Reading,
    share,
)

if TYPE_CHECKING:
    from latticework.workbench.bench import Workbench


class OneLamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of what is measured of one lamp.

    Parameters
    ----------
    lamp
        Its name.
    """

    lamp: str

    def __post_init__(self) -> None:
        if not self.lamp.strip():
            raise InvalidMeasure("name the lamp")


def lit_share(inputs: Sequence[Input], _parameters: NoParameters, _at_ms: int) -> Reading:
    """Return the share of lamps whose latest record says that they burn."""
    latest = {one.body.name: one.body for one in inputs if isinstance(one.body, Lamp)}
    return share(sum(lamp.burning for lamp in latest.values()), len(latest))


def hours_dark(inputs: Sequence[Input], parameters: OneLamp, at_ms: int) -> Reading:
    """Return for how many hours one lamp has been dark, up to `at_ms`; 0 while it burns."""
    since: int | None = None
    known = False
    for one in inputs:
        if isinstance(one.body, Lamp) and one.body.name == parameters.lamp:
            known = True
            since = None if one.body.burning else one.made_ms if since is None else since
    return Reading(value=None if not known else 0.0 if since is None else (at_ms - since) / 3_600_000)


def reach(inputs: Sequence[Input], _parameters: NoParameters, _at_ms: int) -> Reading:
    """Return the share of partners whose link was up when last observed."""
    seen = [one.body.numbers for one in inputs if isinstance(one.body, Observation) and one.body.measure == REACH.id]
    return share(seen[-1]["up"], seen[-1]["partners"]) if seen else Reading(value=None)


def observe_links(bench: Workbench, _parameters: NoParameters) -> Observed:
    """Count the partners and those that are linked now."""
    kernel = bench.kernel
    partners = kernel.state().partners
    with kernel.store.snapshot() as reader:
        up = sum(kernel.exchange.peer_status(reader, partner).linked for partner in partners)
    label = Label(policy=kernel.default_policy, classification=kernel.policies[kernel.default_policy].lowest,
                  release=Release(members=frozenset({kernel.own, *partners})), originators=frozenset({kernel.own}))
    return Observed({"up": up, "partners": len(partners)}, label)


LIT = Measure(id="lighthouse.lit-share", title="Lamps that burn", topic=TOPIC, kinds=frozenset({LAMP}),
              how="The lamps whose latest record says that they burn, of all lamps on record.",
              compute=lit_share, parameters=NoParameters, better="more")
DARK = Measure(id="lighthouse.hours-dark", title="Hours a lamp has been dark", topic=TOPIC, kinds=frozenset({LAMP}),
               how="The time since the first of the latest unbroken run of records that call the lamp dark.",
               compute=hours_dark, parameters=OneLamp, unit="h", better="less")
REACH = Measure(id="lighthouse.reach", title="Partners within reach", topic=TOPIC, kinds=frozenset({OBSERVATION}),
                how="The partners whose link was up when the node last looked, of all its partners.",
                compute=reach, parameters=NoParameters, better="more", observe=observe_links)


def register(bench: Workbench) -> None:
    """Register the room's measures."""
    bench.measures.register(LIT)
    bench.measures.register(DARK)
    bench.measures.register(REACH)
