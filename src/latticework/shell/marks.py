"""Labels on screen: the chip beside a thing and the banner over a page, drawn by the label's own security policy.

A level shows by its color, its letters and its filled notches, so that it can be read printed in gray.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from latticework.kernel.labels.label import Label
from latticework.shell.language import _, language

if TYPE_CHECKING:
    from latticework.kernel.core import Kernel
    from latticework.kernel.labels import SecurityPolicy

RANKS: Final = 5
"""Levels that the look can tell apart; a policy with more shows its highest ones alike."""


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


def rank(policy: SecurityPolicy | None, level: int) -> int:
    """Return which of the look's five colors a classification has, lowest first."""
    if policy is None or level not in policy.levels:
        return max(0, min(level, RANKS - 1))
    return min(policy.levels.index(level), RANKS - 1)


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
        caveats=tuple(sorted(c.partition("/")[2] or c for c in label.restrictive | label.informative)),
        marking=kernel.marking(label, spoken),
    )


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
            color = policy.color(level)
            rgb = _rgb(color) if color else None
            if rgb is not None:
                ink = "#14181a" if _luminance(rgb) > 0.2 else "#ffffff"
                shade = "#{:02x}{:02x}{:02x}".format(*rgb)
                rows.append(f".{own_class(policy.name, level)} {{ --cb: {shade}; --ci: {ink}; }}")
    return "\n".join(rows) + "\n"


_NAMED: Final = {
    "black": (0, 0, 0), "blue": (0, 0, 255), "cyan": (0, 255, 255), "gray": (128, 128, 128), "green": (0, 128, 0),
    "magenta": (255, 0, 255), "orange": (255, 165, 0), "purple": (128, 0, 128), "red": (255, 0, 0),
    "white": (255, 255, 255), "yellow": (255, 255, 0),
}


def _rgb(color: str) -> tuple[int, int, int] | None:
    words = color.strip().lower()
    if words in _NAMED:
        return _NAMED[words]
    digits = words.removeprefix("#")
    if len(digits) != 6:
        return None
    try:
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    except ValueError:
        return None


def _luminance(rgb: tuple[int, int, int]) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
