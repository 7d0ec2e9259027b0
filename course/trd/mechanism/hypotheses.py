"""The hypothesis board: ways in which NMDA block might become an antidepressant effect.

Every piece of evidence is one row of the evidence tables, told in a short line, with the species
it comes from. Grades follow rules that are a convention of this course. None of the hypotheses
is established.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from trd.parameters import split
from trd.paths import asset

SPECIES: tuple[str, ...] = ("human", "animal", "in vitro")
"""Where a piece of evidence comes from, the nearest to a patient first."""

KINDS: tuple[str, ...] = ("for", "against", "about", "gap")
"""What a piece of evidence does to a hypothesis.

``about`` speaks neither for nor against it, e.g. of what follows from it; a gap is something
nobody has shown.
"""

ANY = "any"
UNDECIDED = "undecided"
NONE_OF_THEM = "none"


@dataclass(frozen=True)
class Piece:
    """One piece of evidence.

    Attributes
    ----------
    kind : str
        Member of `KINDS`.
    row : str
        Id of the row in the evidence tables.
    species : str
        Member of `SPECIES`.
    says : str
        What it says, in one line.
    status : str
    source : tuple of str
        Keys of the bibliography; empty when nothing was read.
    """

    kind: str
    row: str
    species: str
    says: str
    status: str
    source: tuple[str, ...]

    @property
    def checked(self) -> bool:
        """Whether a source was read for it."""
        return self.status in ("verified", "derived", "secondary")


def studies(pieces: Iterable[Piece]) -> int:
    """Return how many studies stand behind some pieces; several rows of one study count once.

    A piece without a source counts by its row.
    """
    return len({piece.source or (piece.row,) for piece in pieces})


@dataclass(frozen=True)
class GradeRule:
    """What a grade means; a convention of this course.

    Attributes
    ----------
    letter, label, rule : str
    """

    letter: str
    label: str
    rule: str


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis, or one link of the chain that several of them rest on.

    Attributes
    ----------
    key, title, claim : str
    step : str
        Its place between drug and mood.
    grades : tuple of str
        Letters of the rules; several when parts of the claim stand differently.
    grade_text : str
        Why it has them.
    change_mind : str
        What would settle it.
    on_board : bool
        False for a link of the chain.
    pieces : tuple of Piece
    """

    key: str
    title: str
    claim: str
    step: str
    grades: tuple[str, ...]
    grade_text: str
    change_mind: str
    on_board: bool
    pieces: tuple[Piece, ...]

    def found(self, kind: str, species: str = ANY) -> tuple[Piece, ...]:
        """Return the pieces of one kind, from one species or any."""
        return tuple(
            piece for piece in self.pieces if piece.kind == kind and species in (ANY, piece.species)
        )

    def read_in_people(self, kind: str) -> tuple[Piece, ...]:
        """Return the pieces of one kind from people for which a source was read."""
        return tuple(piece for piece in self.found(kind, "human") if piece.checked)

    @property
    def tested_in_people(self) -> bool:
        """Whether a study in people was read, with whatever result; a gap is not a test."""
        return bool(self.read_in_people("for") or self.read_in_people("against"))


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    # Cells of this file carry keys of their own (species, says), which plain entries do not have.
    with asset("parameters/hypotheses.toml").open("rb") as handle:
        return tomllib.load(handle)


def _pieces(cells: Mapping[str, Any]) -> tuple[Piece, ...]:
    found = []
    for name, cell in cells.items():
        kind, _, number = name.rpartition("_")
        if kind in KINDS and number.isdigit():
            found.append(
                Piece(
                    kind=kind,
                    row=cell["value"],
                    species=cell["species"],
                    says=cell["says"],
                    status=cell["status"],
                    source=split(cell["source"]),
                )
            )
    return tuple(found)


def _hypothesis(key: str, cells: Mapping[str, Any]) -> Hypothesis:
    return Hypothesis(
        key=key,
        title=cells["title"]["value"],
        claim=cells["claim"]["value"],
        step=cells["step"]["value"],
        grades=tuple(cells["grade"]["value"]),
        grade_text=cells["grade_text"]["value"],
        change_mind=cells["change_mind"]["value"],
        on_board=cells["board"]["value"],
        pieces=_pieces(cells),
    )


@cache
def _all() -> tuple[Hypothesis, ...]:
    found = [(k, cells) for k, cells in _tables().items() if "claim" in cells]
    found.sort(key=lambda pair: pair[1]["order"]["value"])
    return tuple(_hypothesis(key, cells) for key, cells in found)


@cache
def hypotheses() -> tuple[Hypothesis, ...]:
    """Return the twelve hypotheses in teaching order."""
    return tuple(found for found in _all() if found.on_board)


@cache
def links() -> tuple[Hypothesis, ...]:
    """Return the links of the chain that several hypotheses rest on, e.g. channel block."""
    return tuple(found for found in _all() if not found.on_board)


@cache
def grade_rules() -> tuple[GradeRule, ...]:
    """Return the grades with their rules, the best support in people first."""
    return tuple(
        GradeRule(*(cells[name]["value"] for name in ("letter", "label", "rule")))
        for cells in _tables().values()
        if "letter" in cells
    )


def hypothesis(key: str) -> Hypothesis:
    """Return one hypothesis or link by its key.

    Raises
    ------
    ValueError
        If there is none such.
    """
    for found in _all():
        if found.key == key:
            return found
    known = ", ".join(found.key for found in _all())
    raise ValueError(f"{key!r} is not a hypothesis; choose one of {known}.")


@dataclass(frozen=True)
class Board:
    """The board as the reader set it.

    Attributes
    ----------
    guess : str
        Key of the predicted hypothesis, `NONE_OF_THEM`, or `UNDECIDED`: then nothing but the
        claims is to be shown.
    species : tuple of str
        Species whose evidence is shown.
    shown, hidden : tuple of Hypothesis
        Of the twelve, what passes the filters and what does not.
    links : tuple of Hypothesis
        Links of the chain that pass the same filters.
    detail : Hypothesis
        The one to read closely.
    """

    guess: str
    species: tuple[str, ...]
    shown: tuple[Hypothesis, ...]
    hidden: tuple[Hypothesis, ...]
    links: tuple[Hypothesis, ...]
    detail: Hypothesis

    @property
    def opened(self) -> bool:
        """Whether a prediction was made."""
        return self.guess != UNDECIDED


def board(
    guess: str = UNDECIDED,
    species: str = ANY,
    grade: str = ANY,
    people_only: bool = False,
    detail: str = "disinhibition",
) -> Board:
    """Filter the board.

    Parameters
    ----------
    guess : str
        The reader's prediction of the hypothesis best supported in people; see `Board`.
    species : str
        Member of `SPECIES`, or `ANY`.
    grade : str
        Letter of a rule, or `ANY`.
    people_only : bool
        Only what was tested in people, with whatever result.
    detail : str
        Key of the hypothesis to read closely.

    Raises
    ------
    ValueError
        Naming the value and what is allowed.
    """
    letters = [rule.letter for rule in grade_rules()]
    keys = [found.key for found in hypotheses()]
    for name, value, allowed in (
        ("species", species, [ANY, *SPECIES]),
        ("grade", grade, [ANY, *letters]),
        ("prediction", guess, [UNDECIDED, NONE_OF_THEM, *keys]),
    ):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")

    def passes(found: Hypothesis) -> bool:
        return grade in (ANY, *found.grades) and (found.tested_in_people or not people_only)

    return Board(
        guess=guess,
        species=SPECIES if species == ANY else (species,),
        shown=tuple(found for found in hypotheses() if passes(found)),
        hidden=tuple(found for found in hypotheses() if not passes(found)),
        links=tuple(found for found in links() if passes(found)),
        detail=hypothesis(detail),
    )


def supported_in_people() -> tuple[Hypothesis, ...]:
    """Return the hypotheses for which something read from people speaks."""
    return tuple(found for found in hypotheses() if found.read_in_people("for"))


def graded_in_people() -> tuple[Hypothesis, ...]:
    """Return the hypotheses with a grade that stands for support in people."""
    human = {rule.letter for rule in grade_rules() if rule.letter.startswith("H")}
    return tuple(found for found in hypotheses() if human & set(found.grades))
