"""What the documentation site does beyond mkdocs.

The root's ``ARCHITECTURE.md``, ``SECURITY.md``, ``CONTRIBUTING.md`` and ``CHANGELOG.md`` become pages, and
``FOLDER/*`` in the nav stands for every page of a folder that the nav does not name itself, its index first.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write every page of a folder into the nav where it says ``FOLDER/*``."""
    docs, named = Path(config.docs_dir), set(_paths(config.nav))
    config.nav = _expanded(config.nav, docs, named)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the repository's root, their links turned to where they stand now."""
    for name in PAGES:
        text = (ROOT / name).read_text(encoding="utf-8")
        text = re.sub(r"\]\(docs/", "](", text)
        for other in PAGES:
            text = text.replace(f"]({other}", f"]({other.lower()}")
        files.append(File.generated(config, name.lower(), content=text))
    return files


def _paths(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    values = nav.values() if isinstance(nav, dict) else nav
    return [path for part in values for path in _paths(part)]


def _expanded(nav: Any, docs: Path, named: set[str]) -> Any:
    if isinstance(nav, list):
        parts: list[Any] = []
        for part in nav:
            found = _expanded(part, docs, named)
            parts += found if isinstance(found, list) else [found]
        return parts
    if isinstance(nav, dict):
        return {title: _expanded(part, docs, named) for title, part in nav.items()}
    if not nav.endswith("/*"):
        return nav
    pages = sorted(p.relative_to(docs).as_posix() for p in (docs / nav[:-2]).glob("*.md"))
    return sorted((p for p in pages if p not in named), key=lambda p: (not p.endswith("/index.md"), p))
