"""What a picture shows, without any drawing: frozen values that check themselves.

Words of a picture (titles, labels) come from the room, in the reader's language. Times are UTC ms since 1970.
"""

from latticework.workbench.pictures.model.base import Caption, EdgeKind, Figure, Picture, Tone
from latticework.workbench.pictures.model.numbers import Curve, Curves, Distribution, Limit, Point, Spread
from latticework.workbench.pictures.model.place import Area, AreaMap, Place, Ring, Route
from latticework.workbench.pictures.model.structure import Cell, Diagram, Edge, Matrix, Node
from latticework.workbench.pictures.model.time import (
    Bar,
    BarKind,
    GanttChart,
    GanttRow,
    Happening,
    Mark,
    Step,
    Timeline,
)

AnyPicture = GanttChart | Timeline | Matrix | Distribution | Curves | Diagram | AreaMap

__all__ = [
    "AnyPicture", "Area", "AreaMap", "Bar", "BarKind", "Caption", "Cell", "Curve", "Curves", "Diagram",
    "Distribution", "Edge", "EdgeKind", "Figure", "GanttChart", "GanttRow", "Happening", "Limit", "Mark", "Matrix",
    "Node", "Picture", "Place", "Point", "Ring", "Route", "Spread", "Step", "Timeline", "Tone",
]
