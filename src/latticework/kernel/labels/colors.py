"""The color of a classification on screen and on paper: its policy's own, or one of the look's five by rank."""

from __future__ import annotations

from typing import Final

from latticework.kernel.labels.security_policy import SecurityPolicy

Rgb = tuple[int, int, int]

RANKS: Final = 5
"""Levels that the look can tell apart; a policy with more shows its highest ones alike."""
BY_RANK: Final[tuple[Rgb, ...]] = (
    (0x1D, 0x66, 0x45), (0x6D, 0x2F, 0x7C), (0x1A, 0x4D, 0x9A), (0xA3, 0x1D, 0x2B), (0xF0, 0xB4, 0x00),
)
"""The look's colors on paper, lowest first: ``--class-0`` to ``--class-4`` of the light theme."""
INK: Final[Rgb] = (0x14, 0x18, 0x1A)
PAPER: Final[Rgb] = (0xFF, 0xFF, 0xFF)

_NAMED: Final[dict[str, Rgb]] = {
    "black": (0, 0, 0), "blue": (0, 0, 255), "cyan": (0, 255, 255), "gray": (128, 128, 128), "green": (0, 128, 0),
    "magenta": (255, 0, 255), "orange": (255, 165, 0), "purple": (128, 0, 128), "red": (255, 0, 0),
    "white": (255, 255, 255), "yellow": (255, 255, 0),
}


def rank(policy: SecurityPolicy | None, level: int) -> int:
    """Return which of the look's five colors a classification has, lowest first."""
    if policy is None or level not in policy.levels:
        return max(0, min(level, RANKS - 1))
    return min(policy.levels.index(level), RANKS - 1)


def own_color(policy: SecurityPolicy | None, level: int) -> Rgb | None:
    """Return the color that the policy itself names for a level, or None."""
    return rgb(policy.color(level) or "") if policy is not None else None


def rgb(words: str) -> Rgb | None:
    """Read a W3C color name or ``#RRGGBB``; None when it is neither."""
    words = words.strip().lower()
    if words in _NAMED:
        return _NAMED[words]
    digits = words.removeprefix("#")
    if len(digits) != 6:
        return None
    try:
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    except ValueError:
        return None


def ink_on(color: Rgb) -> Rgb:
    """Return the ink that is read best on `color`: dark on light, white on dark."""
    return INK if luminance(color) > 0.2 else PAPER


def luminance(color: Rgb) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def hexed(color: Rgb) -> str:
    """Return ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*color)
