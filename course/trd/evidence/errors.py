"""What can be wrong in the evidence files, in words an author can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class EvidenceError(ValueError):
    """An evidence file, or a request for evidence, breaks a rule.

    The message names the file, the row (line number and id) and the rule.
    """


@dataclass(frozen=True)
class Problem:
    """One broken rule in one place.

    Attributes
    ----------
    file : str
        Path below ``assets/``, e.g. ``"evidence/definitions.csv"``.
    row : str
        Where in the file, e.g. ``"line 12, stard-step1-remission"``; empty for the whole file.
    rule : str
        Short name of the rule, e.g. ``"unknown-source"``.
    message : str
        What is wrong.
    fix : str
        What to do about it.
    """

    file: str
    row: str
    rule: str
    message: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}, {self.row}" if self.row else self.file
        return f"{where}: {self.message} {self.fix} [{self.rule}]"


def refuse(problems: Sequence[Problem]) -> None:
    """Raise when there is any problem.

    Raises
    ------
    EvidenceError
        Listing up to five problems and the number of the rest.
    """
    if not problems:
        return
    lines = [str(problem) for problem in problems[:5]]
    if len(problems) > 5:
        lines.append(f"... and {len(problems) - 5} more; python -m trd.lint lists them all.")
    raise EvidenceError("\n".join(lines))
