"""Pictures of the look: values that say what is shown, drawn as accessible SVG, each with a table of the same content.

``render.svg(picture, language, theme)`` draws one that stands alone (for briefs), ``table.table(picture, language)`` is
its table; the shell draws the same one with the page's own colors. Nothing here knows the web. See
``docs/workbench/pictures.md``.
"""
