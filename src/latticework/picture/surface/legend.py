"""The legend of a live feed: what rarely changes and needs words. Built for one officer, through the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latticework.kernel import archive
from latticework.kernel.ids import MemberId
from latticework.kernel.labels.colors import rank
from latticework.kernel.labels.label import Label
from latticework.kernel.policy.model import Officer, Peer, Purpose
from latticework.picture.feed import FeedState
from latticework.picture.model import TOPIC, Radar, RadarList
from latticework.picture.service import NO_SOURCE, RADARS, running
from latticework.shell import marks
from latticework.shell.language import _
from latticework.shell.sentences import say

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.shell.viewer import Viewer


class Verdict(msgspec.Struct, frozen=True):
    """What the gate says about one partner."""

    member: MemberId
    allowed: bool
    rule: str
    reason: str


class LabelWords(msgspec.Struct, frozen=True):
    """One label that rows bear, in words, with what each partner may get of such rows."""

    marking: str
    portion: str
    release: str
    level: int
    css: str
    verdicts: tuple[Verdict, ...]


class SourceWords(msgspec.Struct, frozen=True):
    """Where own traffic comes from."""

    kind: str
    words: str
    why: str


class BannerWords(msgspec.Struct, frozen=True):
    """The join of all labels that were sent."""

    css: str
    marking: str


class Legend(msgspec.Struct, frozen=True, tag_field="type", tag="legend"):
    """Members and labels by index, radars by member, the source, and the page's banner."""

    own: MemberId
    members: tuple[MemberId, ...]
    labels: tuple[LabelWords, ...]
    radars: dict[MemberId, tuple[Radar, ...]]
    source: SourceWords
    banner: BannerWords


def make_legend(viewer: Viewer, state: FeedState) -> Legend:
    """Return the legend of what `state` has sent to `viewer`, in the viewer's language."""
    kernel = viewer.kernel
    picture = running(kernel)
    origin = picture.origin if picture is not None else NO_SOURCE
    banner = marks.banner(kernel, state.labels)
    return Legend(
        own=kernel.own, members=tuple(state.members),
        labels=tuple(_words(kernel, label) for label in state.labels),
        radars=known_radars(kernel, viewer.officer) if viewer.reads_content else {},
        source=SourceWords(origin.kind, _(origin.words), _(origin.why) if origin.why else ""),
        banner=BannerWords(banner.css, banner.marking),
    )


def _words(kernel: Kernel, label: Label) -> LabelWords:
    mark = marks.mark(kernel, label)
    policy = kernel.policies.get(label.policy)
    return LabelWords(
        marking=mark.marking, portion=mark.letters, release=mark.release,
        level=rank(policy, label.classification), css=mark.css, verdicts=verdicts(kernel, label),
    )


def verdicts(kernel: Kernel, label: Label) -> tuple[Verdict, ...]:
    """Return, for each partner, whether rows with `label` may go there: own ones streamed, foreign ones passed on."""
    purpose = Purpose.STREAM if label.originators == {kernel.own} else Purpose.RELAY
    found = []
    for peer in kernel.state().partners:
        if peer in label.originators:
            continue
        decision = kernel.gate(label, TOPIC, Peer(peer), purpose)
        found.append(Verdict(peer, decision.allowed, decision.rule, say(decision.reason)))
    return tuple(found)


def known_radars(kernel: Kernel, officer: Officer) -> dict[MemberId, tuple[Radar, ...]]:
    """Return each member's radars as the newest ``picture.radars`` record that the officer may see lists them.

    Where this member has published none, its settings stand in for its own, under the label of its default zone.
    """
    found: dict[MemberId, tuple[Radar, ...]] = {}
    for view in kernel.records(officer, kind=RADARS, limit=100).items:
        if isinstance(view.body, RadarList):
            found.setdefault(view.member, view.body.radars)
    picture = running(kernel)
    if picture is not None and picture.labels and kernel.own not in found and not _has_published(kernel) and (
            kernel.gate(picture.labels[0], TOPIC, officer, Purpose.VIEW).allowed):
        found[kernel.own] = picture.sites.radars
    return found


def _has_published(kernel: Kernel) -> bool:
    """Say whether this member has told its radars, whoever may see it: what is withheld must not come another way."""
    with kernel.store.snapshot() as reader:
        return any(head.member == kernel.own for head in archive.heads_of_kind(reader, RADARS))
