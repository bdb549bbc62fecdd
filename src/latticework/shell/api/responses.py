"""What every handler of the API says about itself in OpenAPI: its id, its group, and its failures."""

from __future__ import annotations

from typing import Any, Final

from litestar.openapi.datastructures import ResponseSpec

from latticework.shell.problems import Problem

FAILURES: Final[dict[int, ResponseSpec]] = {
    400: ResponseSpec(Problem, description="What was sent is wrong.", generate_examples=False),
    401: ResponseSpec(Problem, description="The session or token is not accepted.", generate_examples=False),
    403: ResponseSpec(Problem, description="Role, second officer or gate say no.", generate_examples=False),
    404: ResponseSpec(Problem, description="It is not here, or may not be seen: the two look the same.",
                      generate_examples=False),
}


def said(operation: str, tag: str) -> dict[str, Any]:
    """Return the OpenAPI arguments of a handler."""
    return {"operation_id": operation, "tags": [tag], "responses": FAILURES}
