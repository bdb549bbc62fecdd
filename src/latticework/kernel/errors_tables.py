"""The branch of the error tree for files of rows, coming in and going out."""

from __future__ import annotations

from latticework.kernel.errors_root import LatticeworkError

__all__ = ["InvalidSchema", "InvalidTable", "ReadingStopped", "TableError", "TableTooLarge", "UnknownSchema"]


class TableError(LatticeworkError):
    """A file of rows cannot be read or written as asked; what is wrong within one is a finding, not an error."""

    code, http_status, exit_code = "LW-2200", 400, 2


class InvalidTable(TableError):
    """A file is no table that can be read here: another format, damaged, encrypted, or hostile."""

    code = "LW-2201"


class TableTooLarge(TableError):
    """A file is over a bound of size, or would be once unpacked."""

    code, http_status = "LW-2202", 413


class UnknownSchema(TableError):
    """No room of this node has described such tables."""

    code, http_status, exit_code = "LW-2203", 404, 4


class InvalidSchema(TableError):
    """The description of a table breaks its own rules."""

    code = "LW-2204"


class ReadingStopped(TableError):
    """Reading was cancelled before the end of the file."""

    code, http_status = "LW-2205", 409
