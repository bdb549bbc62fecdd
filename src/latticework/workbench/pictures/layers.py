"""Layered layout of a directed graph: layers by the longest way, few crossings, short straight lines.

Steps and source: K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System
Structures", IEEE Trans. SMC 11 (1981), 109-125: break cycles, assign layers, put a dummy on each layer that a long
line passes, order layers by barycenters, then place. Placing solves, layer by layer, the least squares of distances to
neighbors with a least distance between nodes, exactly, by pooling adjacent violators (T. Robertson et al., "Order
Restricted Statistical Inference", Wiley 1988, section 1.4).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final, NamedTuple

SWEEPS: Final = 12


class Layout(NamedTuple):
    """Where everything stands.

    Parameters
    ----------
    layer, place
        Of each node: the number of its layer, and its place along it in px (the middle of the node).
    bends
        Of each line: ``(layer, place)`` of its ends and of every layer between, from source to target; a loop has none.
    crossings
        How many pairs of lines cross.
    """

    layer: list[int]
    place: list[float]
    bends: list[list[tuple[int, float]]]
    crossings: int


def layered(
    sizes: Sequence[float], edges: Sequence[tuple[int, int]], gap: float, loose: frozenset[int] = frozenset()
) -> Layout:
    """Lay out nodes in layers.

    Parameters
    ----------
    sizes
        Of each node along its layer, px.
    edges
        Source and target of each line, as indices of nodes.
    gap
        Between two nodes of a layer, px.
    loose
        Indices of lines that say nothing of who stands above whom; they put a node into a layer only where nothing
        else does, and may lie within one layer or point upwards.
    """
    count = len(sizes)
    bound = {n for at, edge in enumerate(edges) if at not in loose for n in edge}
    ranking = [at for at, edge in enumerate(edges) if at not in loose or not bound.issuperset(edge)]
    turned = dict(zip(ranking, _acyclic(count, [edges[at] for at in ranking]), strict=True))
    layer = _layers(count, list(turned.values()))
    forward = [(a, b) if layer[a] <= layer[b] else (b, a) for a, b in edges]
    widths, chains, links = list(sizes), [], []
    for a, b in forward:
        if a == b or layer[a] == layer[b]:
            chains.append([a, b])
            continue
        chain = [a]
        for between in range(layer[a] + 1, layer[b]):
            chain.append(len(widths))
            widths.append(0.0)
            layer.append(between)
        chain.append(b)
        chains.append(chain)
        links += list(itertools.pairwise(chain))
    below: list[list[int]] = [[] for _ in widths]
    above: list[list[int]] = [[] for _ in widths]
    for a, b in links:
        below[a].append(b)
        above[b].append(a)
    rows, crossings = _ordered(_first_order(layer, below, count), above, below)
    place = _placed(rows, above, below, widths, gap, count)
    bends = []
    for (a, b), chain in zip(edges, chains, strict=True):
        points = [(layer[n], place[n]) for n in chain] if a != b else []
        bends.append(points if not points or chain[0] == a else points[::-1])
    return Layout(layer[:count], place[:count], bends, crossings)


def _acyclic(count: int, edges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Turn around the lines that close a circle, as a depth-first walk meets them."""
    out: list[list[int]] = [[] for _ in range(count)]
    for at, (a, _b) in enumerate(edges):
        out[a].append(at)
    found = list(edges)
    state = [0] * count
    has_source = [False] * count
    for _a, b in edges:
        has_source[b] = True
    for root in sorted(range(count), key=lambda n: has_source[n]):
        if state[root]:
            continue
        stack = [(root, iter(out[root]))]
        state[root] = 1
        while stack:
            node, rest = stack[-1]
            for at in rest:
                target = edges[at][1]
                if state[target] == 1 and target != node:
                    found[at] = (target, node)
                elif state[target] == 0:
                    state[target] = 1
                    stack.append((target, iter(out[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return found


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Give each node the layer of the longest way to it; nodes without a source move down to their targets."""
    out: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for a, b in edges:
        if a != b:
            out[a].append(b)
            waiting[b] += 1
    sources = [n for n in range(count) if not waiting[n]]
    layer, ready = [0] * count, list(sources)
    while ready:
        node = ready.pop()
        for target in out[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for node in sources:
        if out[node]:
            layer[node] = min(layer[t] for t in out[node]) - 1
    return layer


def _first_order(layer: list[int], below: list[list[int]], count: int) -> list[list[int]]:
    """Order layers as a walk from the sources meets their nodes, so that a tree has no crossings from the start."""
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    seen = [False] * len(layer)
    for root in sorted(range(count), key=lambda n: layer[n]):
        stack = [root]
        while stack:
            node = stack.pop()
            if not seen[node]:
                seen[node] = True
                rows[layer[node]].append(node)
                stack += [n for n in reversed(below[node]) if not seen[n]]
    return rows


def _ordered(
    rows: list[list[int]], above: list[list[int]], below: list[list[int]]
) -> tuple[list[list[int]], int]:
    """Sweep down and up by barycenters; keep the order with the fewest crossings."""
    best, least = [list(row) for row in rows], _all_crossings(rows, below)
    for sweep in range(SWEEPS):
        if not least:
            break
        down = sweep % 2 == 0
        near = above if down else below
        for row in rows if down else rows[::-1]:
            at = {n: i for r in rows for i, n in enumerate(r)}
            now = {n: i for i, n in enumerate(row)}
            center = {n: sum(at[m] for m in near[n]) / len(near[n]) if near[n] else now[n] for n in row}
            # Equal centers turn around in every other pair of sweeps, so that a tie is not kept forever.
            turn = -1 if sweep % 4 >= 2 else 1
            row.sort(key=lambda n: (center[n], turn * now[n]))
        if (crossings := _all_crossings(rows, below)) < least:
            best, least = [list(row) for row in rows], crossings
    return best, least


def _all_crossings(rows: list[list[int]], below: list[list[int]]) -> int:
    """Count crossings layer by layer, as inversions with a binary indexed tree.

    Source: W. Barth, P. Mutzel, M. Jünger, "Simple and Efficient Bilayer Cross Counting", JGAA 8 (2004), 179-194.
    """
    total = 0
    for row, following in itertools.pairwise(rows):
        at = {n: i for i, n in enumerate(following)}
        tree = [0] * (len(following) + 1)
        placed = 0
        for node in row:
            ends = sorted(at[n] for n in below[node])
            for end in ends:
                i, seen = end + 1, 0
                while i:
                    seen += tree[i]
                    i &= i - 1
                total += placed - seen
            for end in ends:
                i = end + 1
                while i <= len(following):
                    tree[i] += 1
                    i += i & -i
            placed += len(ends)
    return total


def _placed(
    rows: list[list[int]], above: list[list[int]], below: list[list[int]], widths: list[float], gap: float, count: int
) -> list[float]:
    place = [0.0] * len(widths)
    offsets: list[list[float]] = []
    for row in rows:
        x, last = 0.0, 0.0
        steps: list[float] = []
        for i, node in enumerate(row):
            # Dummies may stand closer: lines need less air than boxes.
            air = gap if node < count or (i and row[i - 1] < count) else gap / 2
            x += (last / 2 + air + widths[node] / 2) if i else widths[node] / 2
            last = widths[node]
            steps.append(x)
            place[node] = x
        offsets.append(steps)
    for sweep in range(SWEEPS * 2):
        down = sweep % 2 == 0
        order = range(len(rows)) if down else range(len(rows) - 1, -1, -1)
        for at in order:
            row = rows[at]
            wished, weights = [], []
            for node, offset in zip(row, offsets[at], strict=True):
                near = (above if down else below)[node] or (below if down else above)[node]
                wish = sum(place[m] for m in near) / len(near) if near else place[node]
                wished.append(wish - offset)
                # Long lines stay straight: their dummies weigh more.
                weights.append(8.0 if node >= count else 1.0 + 0.1 * len(near))
            for node, offset, shift in zip(row, offsets[at], _isotonic(wished, weights), strict=True):
                place[node] = offset + shift
    least = min((place[n] - widths[n] / 2 for n in range(len(widths))), default=0.0)
    return [x - least for x in place]


def _isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the non-decreasing numbers that are nearest to `values` in weighted least squares."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, size = value, weight, 1
        while pools and pools[-1][0] >= mean:
            other, more, count = pools.pop()
            mean, total, size = (mean * total + other * more) / (total + more), total + more, size + count
        pools.append((mean, total, size))
    return [mean for mean, _total, size in pools for _ in range(size)]
