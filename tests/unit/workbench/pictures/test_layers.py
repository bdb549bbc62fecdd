"""Layers, crossings and places, against closed forms and networkx."""

from __future__ import annotations

import itertools
import random
from math import comb

import networkx as nx
import pytest

from latticework.workbench.pictures.layers import _all_crossings, _isotonic, layered


def test_a_tree_has_no_crossings_and_layers_by_depth() -> None:
    edges = [((at - 1) // 3, at) for at in range(1, 121)]
    found = layered([100.0] * 121, edges, 16.0)
    depth = nx.single_source_shortest_path_length(nx.DiGraph(edges), 0)
    assert found.layer == [depth[n] for n in range(121)]
    assert found.crossings == 0


@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 4), (5, 5)])
def test_two_full_layers_cross_as_often_as_they_must(n: int, m: int) -> None:
    # Every drawing of K(n, m) in two layers has exactly C(n, 2) C(m, 2) crossings.
    found = layered([10.0] * (n + m), [(a, n + b) for a in range(n) for b in range(m)], 5.0)
    assert found.crossings == comb(n, 2) * comb(m, 2)


def test_crossings_are_counted_as_by_looking_at_every_pair() -> None:
    rng = random.Random(5)
    for _ in range(20):
        rows = [list(range(8)), list(range(8, 17))]
        links = {(rng.randrange(8), rng.randrange(8, 17)) for _ in range(25)}
        below: list[list[int]] = [[] for _ in range(17)]
        for a, b in links:
            below[a].append(b)
        pairs = sum((a - c) * (b - d) < 0 for a, b in links for c, d in links) // 2
        assert _all_crossings(rows, below) == pairs


def test_lines_point_down_also_where_they_close_a_circle() -> None:
    rng = random.Random(9)
    for _ in range(20):
        edges = [(rng.randrange(30), rng.randrange(30)) for _ in range(60)]
        found = layered([50.0] * 30, edges, 10.0)
        for (a, b), bends in zip(edges, found.bends, strict=True):
            if a == b:
                assert bends == []
                continue
            assert bends[0] == (found.layer[a], found.place[a])
            assert bends[-1] == (found.layer[b], found.place[b])
            assert [abs(x[0] - y[0]) for x, y in itertools.pairwise(bends)] == [1] * (len(bends) - 1)
        order = nx.DiGraph([(a, b) if found.layer[a] < found.layer[b] else (b, a) for a, b in edges if a != b])
        assert nx.is_directed_acyclic_graph(order)


def test_nodes_of_a_layer_keep_their_distance() -> None:
    rng = random.Random(4)
    sizes = [rng.uniform(20, 120) for _ in range(80)]
    found = layered(sizes, [(rng.randrange(40), rng.randrange(40, 80)) for _ in range(120)], 12.0)
    for layer in set(found.layer):
        row = sorted((n for n in range(80) if found.layer[n] == layer), key=lambda n: found.place[n])
        for a, b in itertools.pairwise(row):
            assert found.place[b] - found.place[a] >= (sizes[a] + sizes[b]) / 2 + 12.0 - 1e-6
    assert min(found.place[n] - sizes[n] / 2 for n in range(80)) == pytest.approx(0.0, abs=1e-6)


def test_a_loose_line_moves_nobody_to_another_layer() -> None:
    tree = [(0, 1), (0, 2), (3, 4)]
    found = layered([10.0] * 5, [*tree, (4, 1), (2, 3)], 5.0, loose=frozenset({3, 4}))
    assert found.layer == [0, 1, 1, 0, 1]
    assert len(found.bends[3]) == 2


def test_the_nearest_non_decreasing_numbers() -> None:
    # Robertson, Wright and Dykstra, "Order Restricted Statistical Inference" (1988), section 1.2: pooled means.
    assert _isotonic([1, 3, 2, 4], [1, 1, 1, 1]) == [1, 2.5, 2.5, 4]
    assert _isotonic([4, 1], [3, 1]) == [3.25, 3.25]
    assert _isotonic([], []) == []


def test_nothing_and_one_node() -> None:
    assert layered([], [], 5.0).crossings == 0
    assert layered([30.0], [(0, 0)], 5.0).place == [15.0]
