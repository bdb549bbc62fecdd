"""The room's button that starts its job."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, post
from litestar.response import Redirect

from latticework.shell.language import N_, _
from latticework.shell.notices import told
from latticework.shell.viewer import SeenBy
from latticework.testing.lighthouse.jobs import KIND, Estimate

SAMPLES: Final = 200_000_000
TITLES: Final = (N_("Area that the lamps light"),)
"""Words that stand outside the surface and have translations."""


@post("/lighthouse/area", status_code=303)
async def area(viewer: SeenBy) -> Response[Any]:
    """Start the estimate of the lit area and lead to its page."""
    row = viewer.bench.jobs.start(viewer.officer, KIND.name, Estimate(samples=SAMPLES))
    return told(viewer, Redirect(f"/jobs/{row.id}", status_code=303), _("The estimate waits for its turn"))
