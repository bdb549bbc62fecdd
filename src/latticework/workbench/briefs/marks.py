"""The markings of a brief, in its language: the banner of every sheet, and the marks of its portions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from latticework.kernel.labels.colors import BY_RANK, hexed, ink_on, own_color, rank
from latticework.kernel.labels.label import Label
from latticework.kernel.labels.security_policy import SecurityPolicy
from latticework.workbench.briefs.model import Brief, Contents, PageBreak, Table


class Markings(msgspec.Struct, frozen=True, kw_only=True):
    """The words and colors of all labels of one brief.

    Parameters
    ----------
    banner
        The full marking of their join, by its policy.
    fill, ink
        Its colors, ``#rrggbb``.
    rank
        Filled notches, 1 to 5, so that the level is read in gray.
    portions
        Each label with its short marking, in parentheses.
    """

    banner: str
    fill: str
    ink: str
    rank: int
    portions: tuple[tuple[Label, str], ...]


def labels_of(brief: Brief) -> tuple[Label, ...]:
    """Return the labels of everything in `brief`, each once: their join is its banner."""
    found = [brief.portion.label]
    for block in brief.blocks:
        portion = None if isinstance(block, PageBreak | Contents) else block.portion
        found += [portion.label] if portion is not None else []
        if isinstance(block, Table):
            found += [row.portion.label for row in block.rows if row.portion is not None]
    found += [source.portion.label for source in brief.sources if source.portion is not None]
    return tuple(dict.fromkeys(found))


def mark(
    labels: Iterable[Label], policies: Mapping[str, SecurityPolicy],
    join: Callable[[tuple[Label, ...]], Label | None], language: str,
) -> Markings:
    """Return the markings of a brief.

    Parameters
    ----------
    labels
        Of everything in it; at least one.
    policies
        Security policies by name; a label whose policy is not loaded is marked with its bare facts.
    join
        The kernel's banner of several labels (``Kernel.banner``).
    language
        Of the brief.
    """
    found = tuple(labels)
    joined = join(found)
    assert joined is not None, "a brief has a label of its own"
    policy = policies.get(joined.policy)
    fill = own_color(policy, joined.classification) or BY_RANK[rank(policy, joined.classification)]
    return Markings(
        banner=policy.marking(joined, language) if policy else _bare(joined), fill=hexed(fill), ink=hexed(ink_on(fill)),
        rank=rank(policy, joined.classification) + 1,
        portions=tuple((label, _portion(label, policies, language)) for label in found),
    )


def _portion(label: Label, policies: Mapping[str, SecurityPolicy], language: str) -> str:
    policy = policies.get(label.policy)
    return policy.portion_marking(label, language) if policy else f"({_bare(label)})"


def _bare(label: Label) -> str:
    return f"{label.policy} {label.classification}"
