"""Bring every ``messages.po`` in step with the words in code and templates; ``--check`` only says what is missing.

Each package with a ``LC_MESSAGES`` folder has its own catalog: the frame's in ``shell/locale``, a room's in its
surface. The rule table of the gate is spoken through the frame's catalog, so its sentences are extracted with it.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "latticework"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}


def catalogs() -> dict[Path, Path]:
    """Return each package folder that has words of its own, with the folder of its catalogs."""
    found = {SOURCE / "shell": SOURCE / "shell" / "locale"}
    for surface in sorted(SOURCE.rglob("surface")):
        if (surface / "translations").is_dir():
            found[surface] = surface / "translations"
    return found


def wanted(package: Path) -> Catalog:
    """Return the messages that a package's code and templates hold."""
    catalog = Catalog(fuzzy=False)
    rows = extract_from_dir(package, METHODS, OPTIONS, KEYWORDS)
    for name, line, message, comments, context in rows:
        catalog.add(message, locations=[(f"{package.relative_to(SOURCE).as_posix()}/{name}", line)],
                    auto_comments=comments, context=context)
    if package.name == "shell":
        from latticework.kernel.policy.rules import RULES

        for rule in RULES:
            for words in (rule.sentence, rule.change):
                catalog.add(words, locations=[("kernel/policy/rules.py", 0)])
        from latticework.workbench.tables.findings import PROBLEMS

        for problem in PROBLEMS.values():
            for words in (problem.what, problem.do):
                if re.sub(r"%\(\w+\)s", "", words):  # some are nothing but what a room says
                    catalog.add(words, locations=[("workbench/tables/findings.py", 0)])
    return catalog


def main() -> int:
    """Update or check; return 1 when something is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a message is untranslated")
    check = parser.parse_args().check
    missing = 0
    for package, folder in catalogs().items():
        template = wanted(package)
        for po in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
            with po.open("rb") as file:
                catalog = read_po(file, locale=po.parent.parent.name)
            catalog.update(template, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            empty = [m for m in catalog if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)]
            for message in empty:
                print(f"{po.relative_to(ROOT)}: {message.id!r} is not translated")
            missing += len(empty)
            if not check:
                with po.open("wb") as file:
                    write_po(file, catalog, width=120, omit_header=False, include_lineno=False, sort_output=True,
                             ignore_obsolete=True)
    return 1 if missing and check else 0


if __name__ == "__main__":
    raise SystemExit(main())
