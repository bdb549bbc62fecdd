"""Tables in and out: XLSX and CSV files against a described schema, templates to fill, safe exports.

Pure but for files that it is given: :mod:`schema` describes, :mod:`check` reads and finds, :mod:`template` and
:mod:`export` write. :mod:`service` is what a node adds: the schemas that rooms have registered.
"""
