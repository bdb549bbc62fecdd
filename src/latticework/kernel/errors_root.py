"""The root of the error tree, which :mod:`latticework.kernel.errors` draws whole."""

from __future__ import annotations

from typing import ClassVar


class LatticeworkError(Exception):
    """Root of all errors that latticework raises on purpose.

    Parameters
    ----------
    message
        What happened, to what, and what to do; free of withheld content.
    """

    code: ClassVar[str] = "LW-1000"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"
