"""The table of rules: what each one is called, why it is there and which function holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

#: What a rule looks at: a whole notebook, one cell of it, one quiz item, or the evidence tables.
SCOPES = ("notebook", "markdown", "code", "item", "words", "evidence")
#: Where a notebook stands: a lesson or the start page, a master in a folder of ``solutions/``, the
#: copy that trainees get in ``assignments/``, or a report for instructors beside the folders.
ROLES = ("lesson", "start", "master", "release", "report")
WRITTEN = ("lesson", "start", "master", "report")


@dataclass(frozen=True)
class Fault:
    """One thing a rule found.

    Attributes
    ----------
    message : str
        What is wrong, in a content author's words.
    cell : str or None
        The id of the cell; None stands for the cell in hand, or for the whole notebook.
    mend : str or None
        How to mend it, if the rule's own advice does not fit.
    file : str or None
        The file, if it is not the notebook in hand.
    """

    message: str
    cell: str | None = None
    mend: str | None = None
    file: str | None = None


@dataclass(frozen=True)
class Finding:
    """A fault with the place it was found at: one entry of the report."""

    file: str
    cell: str
    rule: str
    message: str
    mend: str


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    id : str
        Lower-case words joined by hyphens; waivers name it.
    scope : str
        One of :data:`SCOPES`.
    reason : str
        Why the course wants it, in one line.
    mend : str
        What an author does about it.
    check : Callable
        Takes what the scope says and yields :class:`Fault` for everything wrong.
    on : tuple of str
        The roles of the notebooks it looks at.
    waivable : bool
        Whether ``metadata.trd.waive`` may set it aside.
    """

    id: str
    scope: str
    reason: str
    mend: str
    check: Callable[[Any], Iterable[Fault]]
    on: tuple[str, ...] = WRITTEN
    waivable: bool = True


RULES: dict[str, Rule] = {}

Check = Callable[[Any], Iterable[Fault]]


def rule(
    name: str,
    scope: str,
    *,
    reason: str,
    mend: str,
    on: tuple[str, ...] = WRITTEN,
    waivable: bool = True,
) -> Callable[[Check], Check]:
    """Enter a check function in the table of rules.

    Raises
    ------
    ValueError
        If the id is taken or the scope is unknown.
    """
    if name in RULES or scope not in SCOPES:
        raise ValueError(f"Rule “{name}” is there twice, or its scope “{scope}” is unknown.")

    def enter(check: Check) -> Check:
        RULES[name] = Rule(name, scope, reason, mend, check, on, waivable)
        return check

    return enter
