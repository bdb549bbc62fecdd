"""Pictures of the look: values that say what is shown, drawn as accessible SVG, each with a table of the same content.

``svg(picture, language, theme)`` draws one that stands alone (for briefs); the shell draws the same one with the
page's own colors. Nothing here knows the web. See ``docs/workbench/pictures.md``.
"""

from latticework.workbench.pictures.render import drawing, svg
from latticework.workbench.pictures.table import Table, table

__all__ = ["Table", "drawing", "svg", "table"]
