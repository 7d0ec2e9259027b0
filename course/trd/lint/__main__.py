"""``python -m trd.lint``: check notebooks, quiz items, evidence and wording."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from trd.lint.document import Project
from trd.lint.engine import check, default_paths
from trd.lint.registry import RULES, Finding
from trd.paths import repository

_HEADINGS = {
    "notebook": "Whole notebooks",
    "markdown": "Text cells",
    "code": "Code cells",
    "item": "Quiz items",
    "words": "Wording, in text cells and items",
    "evidence": "Evidence tables",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what was named on the command line.

    Returns
    -------
    int
        0 when nothing is wrong, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m trd.lint",
        description="Check notebooks, quiz items, evidence and wording of the course.",
    )
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks or folders (default: all)")
    parser.add_argument("--rules", action="store_true", help="list every rule with its reason")
    parser.add_argument("--quiet", action="store_true", help="print findings only, in one line")
    options = parser.parse_args(arguments)
    if options.rules:
        print(rule_list())
        return 0
    root = repository() or Path.cwd()
    missing = [str(path) for path in options.paths if not path.exists()]
    if missing:
        parser.error(f"There is no file or folder called {', '.join(missing)}.")
    paths = list(expand(options.paths, root)) if options.paths else default_paths(root)
    found = check(paths, Project(root))
    if options.quiet:
        for each in found:
            print(f"{each.file}: {each.cell or '-'}: {each.rule}: {each.message}")
    else:
        print(report(found, sum(path.suffix == ".ipynb" for path in paths)))
    return 1 if found else 0


def expand(paths: Iterable[Path], root: Path) -> Iterable[Path]:
    """Yield the notebooks in the folders named; ``assets`` stands for the evidence."""
    assets = (root / "assets").resolve()
    for path in paths:
        if path.is_dir() and not path.resolve().is_relative_to(assets):
            found = sorted(path.rglob("*.ipynb"))
            yield from (each for each in found if ".ipynb_checkpoints" not in each.parts)
            if assets.is_dir() and path.resolve() == root.resolve():
                yield assets
        else:
            yield path.resolve()


def rule_list() -> str:
    """Return every rule with its one-line reason, by what it looks at."""
    lines = []
    for scope, heading in _HEADINGS.items():
        lines += ["", heading]
        for rule in RULES.values():
            if rule.scope == scope:
                fixed = "" if rule.waivable else " (cannot be waived)"
                lines.append(f"  {rule.id:<22} {rule.reason}{fixed}")
    return "\n".join([f"{len(RULES)} rules", *lines])


def report(found: Sequence[Finding], notebooks: int) -> str:
    """Return what was found, grouped by file."""
    if not found:
        return f"Nothing to mend: {notebooks} notebook{'s' * (notebooks != 1)}, {len(RULES)} rules."
    lines = []
    for file, group in groupby(found, key=lambda each: each.file):
        lines += ["", file]
        for each in group:
            place = f"{each.cell}  " if each.cell else ""
            lines.append(f"  {place}[{each.rule}]")
            lines.append(_wrap(each.message, "    "))
            lines.append(_wrap(f"To mend: {each.mend}", "    "))
    files = len({each.file for each in found})
    places = f"{len(found)} thing{'s' * (len(found) != 1)} to mend in {files} file"
    lines += ["", f"{places}{'s' * (files != 1)}."]
    return "\n".join(lines).lstrip("\n")


def _wrap(text: str, indent: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width=98,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    # A report in British English has typographic characters; some consoles need to be told.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    sys.exit(main())
