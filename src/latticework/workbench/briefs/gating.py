"""Leaving out of a brief what its officer may not have: the same gate for every part, row and source."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from latticework.workbench.briefs.model import (
    Block,
    Brief,
    Bullets,
    Callout,
    Cite,
    Comparison,
    Figure,
    Figures,
    PageBreak,
    Paragraph,
    Portion,
    Table,
    Words,
)

May = Callable[[Portion], bool]


def gated(brief: Brief, may: May) -> Brief | None:
    """Return `brief` without the parts, rows and sources that `may` refuses; None when it refuses the whole.

    What is left out leaves no trace: its sources go with it unless something that stays cites them too, and a citation
    of a refused source goes as if it had never been made.
    """
    if not may(brief.portion):
        return None
    known = {s.key for s in brief.sources if s.portion is None or may(s.portion)}
    kept: list[Block] = []
    for block in brief.blocks:
        portion = None if isinstance(block, PageBreak) else getattr(block, "portion", None)
        if portion is None or may(portion):
            kept.append(_within(block, may, known))
    sources = tuple(s for s in brief.sources if s.key in known)
    return msgspec.structs.replace(brief, blocks=tuple(kept), sources=sources)


def _within(block: Block, may: May, known: set[str]) -> Block:
    replace = msgspec.structs.replace
    if isinstance(block, Paragraph | Callout):
        return replace(block, words=_cited(block.words, known))
    if isinstance(block, Bullets):
        return replace(block, items=tuple(_cited(item, known) for item in block.items))
    if isinstance(block, Comparison):
        return replace(block, rows=tuple((a, _cited(x, known), _cited(y, known)) for a, x, y in block.rows))
    if isinstance(block, Figures):
        return replace(block, figures=tuple(replace(f, cite=f.cite if f.cite in known else None)
                                            for f in block.figures))
    if isinstance(block, Figure):
        return replace(block, cites=tuple(c for c in block.cites if c in known))
    if isinstance(block, Table):
        return replace(block, notes=tuple(_cited(note, known) for note in block.notes), rows=tuple(
            replace(row, cite=row.cite if row.cite in known else None)
            for row in block.rows if row.portion is None or may(row.portion)))
    return block


def _cited(words: Words, known: set[str]) -> Words:
    return tuple(part for part in words if not isinstance(part, Cite) or part.source in known)
