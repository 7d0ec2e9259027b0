"""The rules of the evidence tables, which live with the tables in ``trd.evidence``."""

from __future__ import annotations

from collections.abc import Iterator

from trd.lint.document import Project
from trd.lint.registry import Fault, rule


@rule(
    "evidence",
    "evidence",
    reason="A broken table, parameter file or reference would mislead every lesson.",
    mend="Correct the row in the file named.",
    waivable=False,
)
def tables(project: Project) -> Iterator[Fault]:
    """Check that every file under ``assets/`` keeps the rules of ``trd.evidence``."""
    from trd.evidence import validate_all

    for each in sorted(validate_all(project.root / "assets"), key=lambda each: each.file):
        yield Fault(f"{each.message} ({each.rule})", each.row, each.fix, f"assets/{each.file}")
