"""Pictures of who with whom: a matrix, a diagram."""

from __future__ import annotations

from typing import Literal

import msgspec

from latticework.kernel.errors import InvalidChart
from latticework.workbench.pictures.model.base import EdgeKind, Picture, Tone, few


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a matrix: its words, its tone (shape and color), and more of it."""

    words: str = ""
    tone: Tone = "plain"
    detail: str = ""
    href: str = ""


class Matrix(Picture, frozen=True, kw_only=True):
    """Rows against columns.

    Parameters
    ----------
    rows, columns
        Short names; `across` and `down` say what a row and a column are ("gives", "gets").
    cells
        ``cells[row][column]``.
    legend
        What each tone means, in the order shown; tones that are not named have no entry.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    across: str = ""
    down: str = ""
    legend: tuple[tuple[Tone, str], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        few(len(self.rows) * len(self.columns))
        if len(self.cells) != len(self.rows) or any(len(row) != len(self.columns) for row in self.cells):
            raise InvalidChart("a matrix has one cell for each row and column.")


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a diagram: its words, and the code of its symbol (APP-6(D), 20 or 30 digits), if it has one."""

    id: str
    title: str
    note: str = ""
    sidc: str = ""
    lit: bool = False
    href: str = ""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A directed line between two nodes; `kind` gives its style."""

    source: str
    target: str
    kind: EdgeKind = "command"
    words: str = ""


class Diagram(Picture, frozen=True, kw_only=True):
    """Nodes in layers, lines from upper to lower ones. `legend` says what each kind of line means here."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    direction: Literal["down", "right"] = "down"
    legend: tuple[tuple[EdgeKind, str], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        few(len(self.nodes) + len(self.edges))
        names = {node.id for node in self.nodes}
        if len(names) != len(self.nodes):
            raise InvalidChart("the nodes of a diagram have different ids.")
        for edge in self.edges:
            if missing := {edge.source, edge.target} - names:
                raise InvalidChart(f"a line of the diagram leads to {min(missing)[:60]!r}, which is no node of it.")
