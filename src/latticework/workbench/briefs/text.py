"""Untrusted text made fit for print: nothing invisible, nothing that turns the reading direction, nothing endless."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_MARKS: Final = 3
"""Combining marks on one character; no script of the interface needs more."""

_SPACE: Final = re.compile(r"\s+")
_BAD: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero-width and direction
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"  # interlinear marks, noncharacters
    "\U000e0000-\U000e00ff\U0001d173-\U0001d17a]"  # tags, musical format characters
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MARKS: Final = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
                           f"{{{MAX_MARKS + 1},}}")


def clean(text: str) -> str:
    """Return `text` in NFC on one line, without control, invisible, direction-changing and tag characters.

    Runs of white space become one space (an ideographic space stays one); lone surrogates become U+FFFD; more than
    three combining marks in a row are cut to three.

    Source: Unicode Technical Report 36 (security considerations), sections 2.5 and 3; UAX 9 (explicit directional
    formatting characters).
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text
    kept = _SURROGATE.sub("\ufffd", text)
    kept = _BAD.sub("", kept)
    kept = unicodedata.normalize("NFC", kept)
    kept = _MARKS.sub(lambda found: found.group()[:MAX_MARKS], kept)
    kept = _SPACE.sub(lambda found: "\u3000" if found.group() == "\u3000" else _one(found.group()), kept)
    return "".join(c for c in kept if ord(c) < 0x10000 or ord(c) & 0xFFFF < 0xFFFE)


def _one(spaces: str) -> str:
    # A thin or no-break space inside a number or a unit is meant; everything else is a space.
    return spaces if spaces in {"\u00a0", "\u2009", "\u202f"} else " "


def cut(text: str, longest: int, said: str) -> str:
    """Return `text` cleaned; of a longer one, `longest` characters and then `said`, in which ``{n}`` is the rest.

    Cutting is visible: a brief must not look whole when it is not.
    """
    # Cleaning first a little more than is kept bounds the work on something endless.
    found = clean(text[: 2 * longest])
    if len(text) <= 2 * longest and len(found) <= longest:
        return found
    return f"{found[:longest].rstrip()} … {said.format(n=f'{len(text) - longest:,}')}"


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a record's text: parted by empty lines, each cleaned, empty ones left out."""
    return tuple(p for p in (clean(part) for part in re.split(r"\n\s*\n", text)) if p.strip())
