"""Labels on screen: the chip beside a thing and the banner over a page, drawn by the label's own security policy.

A level shows by its color, its letters and its filled notches, so that it can be read printed in gray.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from latticework.kernel.labels.colors import hexed, ink_on, own_color, rank
from latticework.kernel.labels.label import Label
from latticework.shell.language import _, language

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.labels import SecurityPolicy


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A label as a chip.

    Parameters
    ----------
    css
        Class that gives color and notches (``lv-2``).
    letters
        Initials of the classification (``C``), or its whole name where that is short.
    name
        The classification in words.
    release
        Who may have it, in trigraphs or words.
    caveats
        Values of the restrictive and informative caveats.
    marking
        The full marking by the policy.
    """

    css: str
    letters: str
    name: str
    release: str
    caveats: tuple[str, ...]
    marking: str


class Banner(msgspec.Struct, frozen=True, kw_only=True):
    """The line at the top and the bottom of a page; `css` is ``bare`` when nothing on the page is labeled."""

    css: str
    marking: str


def css_class(policies: Mapping[str, SecurityPolicy], label: Label) -> str:
    """Return the classes of a label's colors: rank for the default, policy and level for the policy's own color."""
    policy = policies.get(label.policy)
    classes = f"lv-{rank(policy, label.classification)}"
    if policy is not None and policy.color(label.classification):
        classes += f" {own_class(policy.name, label.classification)}"
    return classes


def own_class(policy: str, level: int) -> str:
    """Return the class under which ``policies.css`` keeps a policy's own color for a level."""
    return f"p-{''.join(c if c.isalnum() else '-' for c in policy.lower())}-{level}"


def mark(kernel: Kernel, label: Label) -> Mark:
    """Return the chip of a label in the language in use."""
    policy = kernel.policies.get(label.policy)
    spoken = language()
    name = policy.classification_name(label.classification, spoken) if policy else str(label.classification)
    return Mark(
        css=css_class(kernel.policies, label), name=name, letters=_letters(name), release=release_words(label),
        caveats=tuple(sorted(caveat_name(policy, key, spoken) for key in label.restrictive | label.informative)),
        marking=kernel.marking(label, spoken),
    )


def caveat_name(policy: SecurityPolicy | None, key: str, spoken: str) -> str:
    """Return what the policy calls a caveat in a language; the label's own word where the policy is not loaded."""
    return policy.caveat_name(key, spoken) if policy is not None else key.partition("/")[2] or key


def banner(kernel: Kernel, labels: Iterable[Label]) -> Banner:
    """Return the banner of a page: the join of all labels that the page shows."""
    joined = kernel.banner(tuple(labels))
    if joined is None:
        return Banner(css="bare", marking=_("Nothing on this page is labeled"))
    return Banner(css=css_class(kernel.policies, joined), marking=kernel.marking(joined, language()))


def release_words(label: Label) -> str:
    """Return who besides the originators may have a thing: trigraphs, «all members», or «originator only»."""
    if label.release is None:
        return _("originator only")
    if label.release.everyone:
        return _("all members")
    own_first = sorted(label.release.members, key=lambda m: (m not in label.originators, m))
    return " ".join(own_first)


def _letters(name: str) -> str:
    if not name.isascii():
        return name  # 秘, 極秘: already as short as letters
    return "".join(word[0] for word in name.split() if word)


def policies_css(policies: Mapping[str, SecurityPolicy]) -> str:
    """Return the style sheet of the colors that policy files name; the look's own colors stand where they name none."""
    rows: list[str] = []
    for policy in policies.values():
        for level in policy.levels:
            shade = own_color(policy, level)
            if shade is not None:
                ink = hexed(ink_on(shade))
                rows.append(f".{own_class(policy.name, level)} {{ --cb: {hexed(shade)}; --ci: {ink}; }}")
    return "\n".join(rows) + "\n"
