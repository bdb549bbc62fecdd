"""Write ``docs/reference/rules.md`` from the gate's rule table; ``--check`` only compares, exit 1 when out of step."""

from __future__ import annotations

import sys
from pathlib import Path

from latticework.kernel.policy.rules import rules_markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "rules.md"


def main(arguments: list[str]) -> int:
    text = rules_markdown()
    if "--check" in arguments:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
