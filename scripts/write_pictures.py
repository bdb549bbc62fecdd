"""Draw the pictures of ``docs/workbench/pictures.md`` into ``docs/img/pictures``, of the dummy room's invented data."""

from __future__ import annotations

from pathlib import Path

from latticework.testing.lighthouse.pictures import samples
from latticework.workbench.pictures.render import svg

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "img" / "pictures"
WIDTH = 900


def main() -> None:
    """Write one file a picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in samples("en").items():
        (FOLDER / f"{name}.svg").write_text(svg(picture, "en", "light", WIDTH) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
