"""The order: BM25 with each term counted once, checked against the formula written out with fractions of logarithms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from latticework.workbench.search.ranking import K1, TITLE, B, scores


def test_it_is_the_published_formula() -> None:
    lengths = np.array([10, 20, 30, 40], dtype=np.int32)
    visible = np.array([True, True, True, False])
    has = np.array([True, True, False, True])
    title = np.array([False, True, False, False])
    found = scores(visible, lengths, [has], [title])
    weight = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # equation 3.3, over the visible three
    for doc, boost in ((0, 1.0), (1, 1 + TITLE)):
        held = 1 * (K1 + 1) / (1 + K1 * (1 - B + B * int(lengths[doc]) / 20))  # equation 3.15 with tf = 1
        assert found[doc] == pytest.approx(weight * held * boost, rel=1e-12)
    assert found[2] == 0


def test_hidden_documents_change_no_score() -> None:
    lengths = np.array([10, 20, 900], dtype=np.int32)
    visible = np.array([True, True, False])
    without = scores(visible[:2], lengths[:2], [np.array([True, True])], [np.array([False, False])])
    for hidden in (True, False):
        found = scores(visible, lengths, [np.array([True, True, hidden])], [np.array([False, False, hidden])])
        assert found[:2].tolist() == without.tolist()
