"""The order of results, from visible documents alone: the same whether or not hidden ones exist.

Each term's weight comes from how many *visible* documents have it, and lengths are compared with the visible average,
so neither the order nor a score says anything about the rest.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), equations 3.3 (weight of
a term) and 3.15, each term counted once in a document; a term in the title counts :data:`TITLE` times more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

K1: Final = 1.2
B: Final = 0.75
"""BM25's usual values for how soon a repeated word stops counting, and how much a long document is held back."""
TITLE: Final = 1.5

Mask = npt.NDArray[np.bool_]
"""Shape (documents,)."""


def scores(visible: Mask, lengths: npt.NDArray[np.int32], text: Sequence[Mask], title: Sequence[Mask],
           ) -> npt.NDArray[np.float64]:
    """Return a score for every document; only those of `visible` documents mean something.

    Parameters
    ----------
    visible
        The documents that the officer may see.
    lengths
        In tokens.
    text, title
        For each term, which documents have it, and which have it in their title.
    """
    count = int(visible.sum())
    average = float(lengths[visible].mean()) if count else 1.0
    # tf = 1 in equation 3.15: what is left of it is how much the document's length holds it back.
    held = (K1 + 1) / (1 + K1 * (1 - B + B * lengths / max(average, 1.0)))
    total = np.zeros(len(lengths))
    for body, head in zip(text, title, strict=True):
        having = int((body & visible).sum())
        weight = float(np.log(1 + (count - having + 0.5) / (having + 0.5)))
        total += weight * held * body * np.where(head, 1 + TITLE, 1.0)
    return total
