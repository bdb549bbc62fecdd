"""The branch of the error tree for rules of law, approvals and standings."""

from __future__ import annotations

from latticework.kernel.errors_root import LatticeworkError

__all__ = ["ApprovalCycle", "InvalidLaw", "LawError", "NotTightening"]


class LawError(LatticeworkError):
    """A rule of law, an approval or a standing cannot be recorded or asked about."""

    code, http_status, exit_code = "LW-2700", 400, 2


class InvalidLaw(LawError):
    """A record of law, or a question about it, breaks its rules."""

    code = "LW-2701"


class ApprovalCycle(LawError):
    """Approvals wait for each other, so none could ever be granted."""

    code, http_status = "LW-2702", 409


class NotTightening(LawError):
    """What one officer alone would record gives something, so it needs a second one."""

    code, http_status, exit_code = "LW-2703", 403, 5
