"""When the passing of time alone may change an answer of the gate."""

from __future__ import annotations

from collections.abc import Iterable

from latticework.kernel.labels import Label
from latticework.kernel.policy.model import PolicyState


def next_change_ms(state: PolicyState, time_ms: int, *, labels: Iterable[Label] = ()) -> int | None:
    """Return the first time after `time_ms` at which a decision may change with nothing arriving; None: never.

    Between two such times every decision over `state` and `labels` is constant, because time is only ever compared
    with these boundaries: begin and end of an arrangement, of a grant, and of a constraint, and expiry of a label.

    Parameters
    ----------
    state
        Only arrangements that `state.own` is a party of count.
    time_ms
        Ms since 1970 UTC.
    labels
        The labels that will be asked about.
    """
    first = min((at for c in state.constraints for at in c.times() if at > time_ms), default=None)
    for standing in state.standings:
        a = standing.arrangement
        if state.own not in a.parties:
            continue
        times = [a.valid_from_ms, a.valid_until_ms]
        for _, start, end in standing.grants:
            times += (start, end)
        for at in times:
            if at > time_ms and (first is None or at < first):
                first = at
    for label in labels:
        at_ms = label.expires_ms
        if at_ms is not None and at_ms > time_ms and (first is None or at_ms < first):
            first = at_ms
    return first
