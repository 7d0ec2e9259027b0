"""The hypothesis board: a table of what speaks for and against, then one hypothesis closely."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trd.mechanism.hypotheses import (
    NONE_OF_THEM,
    SPECIES,
    Board,
    Hypothesis,
    Piece,
    grade_rules,
    graded_in_people,
    hypotheses,
    hypothesis,
    studies,
    supported_in_people,
)
from trd.panel.parts import CSS, NOT_CHECKED, cited, verdict
from trd.panel.views import Table, View

_WHERE = {"human": "people", "animal": "animals", "in vitro": "cells"}
_SIGN = {"for": "▲", "against": "▼", "about": "◇", "gap": "○"}
_SPOKEN = {"for": "for", "against": "against", "about": "neither for nor against", "gap": "open"}

_STYLE = """<style>
.trd-hb { border-collapse:collapse; table-layout:fixed; width:100%; font-size:15px; margin:4px 0; }
.trd-hb .first { width:27%; } .trd-hb .last { width:31%; }
.trd-hb .part { font-weight:700; padding-top:12px; }
.trd-hb caption { text-align:left; font-weight:700; padding:8px 0 2px; }
.trd-hb :is(th,td) { text-align:left; font-weight:400; padding:4px 8px 4px 4px; vertical-align:top;
  border-bottom:1px solid var(--jp-border-color2,#d6dade); }
.trd-hb thead th { font-weight:600; font-size:14px; }
.trd-hb tr.picked > * { background:#e8f2f8; color:#1b1b1b; }
.trd-hb tr.picked th { border-left:4px solid #0b5c8a; font-weight:700; }
.trd-hb .n { white-space:nowrap; margin-right:7px; display:inline-block; }
.trd-hb .for { color:#005f96; } .trd-hb .against { color:#a33c00; }
.trd-hb .open, .trd-hb .none { color:var(--jp-content-font-color2,#4a4f55); }
.trd-hb tr.picked :is(.open,.none) { color:#33383d; }
.trd-sr { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); }
.trd-grade { display:inline-block; min-width:1.2em; text-align:center; border:1.5px solid #5a6068;
  border-radius:4px; padding:0 3px; font-weight:700; line-height:1.35; }
.trd-claims { columns:2 300px; column-gap:28px; padding:0; margin:6px 0; list-style:none; }
.trd-claims li { break-inside:avoid; padding:4px 0; }
.trd-ev { display:grid; gap:4px 24px;
  grid-template-columns:repeat(auto-fit,minmax(min(270px,100%),1fr)); }
.trd-ev ul { list-style:none; padding:0; margin:2px 0 6px; }
.trd-ev li { margin:6px 0; padding-left:1.3em; text-indent:-1.3em; }
.trd-who { font-weight:600; }
.trd-close { border:1px solid var(--jp-border-color2,#c9ced3); border-left:6px solid #0b5c8a;
  border-radius:6px; padding:8px 14px; margin:4px 0; }
.trd-close p { margin:4px 0; }
@media (max-width:620px) {
  .trd-hb .words, .trd-hb thead .first { display:none; }
  .trd-hb tr { display:grid; grid-template-columns:repeat(var(--cols),1fr);
    border-bottom:1px solid #c9ced3; }
  .trd-hb :is(th,td) { border-bottom:0; padding:3px 4px; }
  .trd-hb .last { width:auto; } .trd-hb tbody .part { padding-top:10px; }
  .trd-hb tbody th { grid-column:1/-1; padding-bottom:0; font-weight:600; }
}
</style>"""


class HypothesesView(View[Board]):
    """Claims alone before the prediction; after it the table, and one hypothesis in detail."""

    height_px = 430

    def __init__(self) -> None:
        # The tables take a moment to read; better while the page opens than at the first choice.
        from trd.evidence import rows

        rows()

    def html(self, result: Board) -> str:
        """Return the claims, or the table of evidence once a prediction was made."""
        if not result.opened:
            return f"{CSS}{_STYLE}{verdict('info', _QUESTION)}{_claims()}"
        empty = "" if result.shown else f"<p><strong>{_NOTHING}</strong></p>"
        board = _board(result) if result.shown or result.links else ""
        return (
            f"{CSS}{_STYLE}{verdict(*_answer(result))}{empty}{board}{_hidden(result)}"
            f"{_key()}{_rules()}"
        )

    def more(self, result: Board) -> str:
        """Return one hypothesis with its evidence, line by line."""
        if not result.opened:
            return (
                '<p class="trd-small">The evidence opens with your prediction; the filters work '
                "from then on.</p>"
            )
        return _close(result.detail, result.species)

    def describe(self, result: Board) -> str:
        """Say how much is shown and how much of it is from people."""
        if not result.opened:
            return "Twelve claims, without their evidence. Make a prediction to see it."
        human = [found for found in result.shown if found.read_in_people("for")]
        against = [found for found in result.shown if found.read_in_people("against")]
        both = [found for found in human if found in against]
        words = f"{len(result.shown)} of {len(hypotheses())} hypotheses shown."
        if result.shown and "human" in result.species:
            words += (
                f" Evidence from people speaks for {len(human)} of them and against "
                f"{len(against)}; {len(both)} have both. Only what was read is counted."
            )
        elif result.shown:
            where = " and ".join(_WHERE[name] for name in result.species)
            words += f" Only evidence from {where} is shown: nothing here was seen in people."
        return words

    def table(self, result: Board) -> Table:
        """Return every piece of evidence that passes, with status and source."""
        if not result.opened:
            return Table(
                "The claims; their evidence is shown after the prediction",
                ["Hypothesis", "Claim"],
                [[found.title, found.claim] for found in hypotheses()],
            )
        return Table(
            "Evidence that passes the filters, one line a piece. Grades are a convention of this "
            f"course; status “from knowledge” is {NOT_CHECKED}.",
            ["Hypothesis", "Grade", "Speaks", "Seen in", "What was found", "People", "Status"],
            [
                [
                    found.title,
                    ", ".join(found.grades),
                    _SPOKEN[piece.kind],
                    _WHERE[piece.species],
                    _in_full(piece),
                    _people(piece) or "–",
                    piece.status.replace("-", " "),
                ]
                for found in (*result.shown, *result.links)
                for piece in found.pieces
                if piece.species in result.species
            ],
        )


_QUESTION = (
    "Predict first: which of these twelve claims is best supported by evidence from people? "
    "Choose above; the evidence opens with your answer."
)


_LINKS = "Links of the chain that several of them rest on"

_NOTHING = "None of the twelve hypotheses passes these filters. That is a finding, not a fault."


def _count(number: int, noun: str = "study") -> str:
    return f"{number} {noun if number == 1 else noun[:-1] + 'ies'}"


def _general() -> str:
    """Return what holds for the whole board, counted from it."""
    some = supported_in_people()
    opposed = [found for found in some if found.read_in_people("against")]
    graded = graded_in_people()
    words = f"{len(graded) or 'None'} of the twelve has a grade for support in people."
    both = "all" if len(opposed) == len(some) else f"{len(opposed)}"
    return (
        f"{words} Counting only what was read: something from people speaks for {len(some)} of "
        f"them, and in {both} of these something from people speaks against them too."
    )


def _answer(result: Board) -> tuple[str, str]:
    """Return the kind and the words of the line above the table."""
    if result.guess == NONE_OF_THEM:
        return "good", f"The board agrees with you. {_general()}"
    pick = hypothesis(result.guess)
    pieces = pick.read_in_people("for")
    against = studies(pick.read_in_people("against"))
    words = f"You picked “{pick.title}”. "
    if pieces:
        words += f"From people: {_count(studies(pieces))} for it and {against} against. "
    else:
        words += "Nothing read from people speaks for it"
        words += f", and {_count(against)} against it. " if against else ". "
    return "info", words + _general()


def _claims() -> str:
    items = "".join(
        f"<li><strong>{escape(found.title)}.</strong> {escape(found.claim)}</li>"
        for found in hypotheses()
    )
    return f'<ul class="trd-claims">{items}</ul>'


def _cell(found: Hypothesis, species: str) -> str:
    marks = []
    for kind, sign in _SIGN.items():
        pieces = found.found(kind, species)
        if not pieces:
            continue
        look = kind if kind in ("for", "against") else "open"
        for read in (True, False):
            number = studies(piece for piece in pieces if piece.checked == read)
            if number:
                marks.append(
                    f'<span class="n {look}"><span aria-hidden="true">{sign}</span>'
                    f'{number}{"†" * (not read)}<span class="trd-sr"> {_SPOKEN[kind]}'
                    f"{', not checked' * (not read)}; </span></span>"
                )
    return "".join(marks) or '<span class="none">–<span class="trd-sr"> nothing</span></span>'


def _grades(found: Hypothesis) -> str:
    labels = {rule.letter: rule.label for rule in grade_rules()}
    return " ".join(
        f'<span class="n"><span class="trd-grade">{escape(letter)}</span>'
        f'<span class="words trd-small"> {escape(labels[letter])}</span></span>'
        for letter in found.grades
    )


def _board(result: Board) -> str:
    head = "".join(f'<th scope="col">{_WHERE[name]}</th>' for name in result.species)
    span = len(result.species) + 2
    parts = []
    for name, found in (("", result.shown), (_LINKS, result.links)):
        rows = "".join(_row(each, result) for each in found)
        title = f'<tr><th scope="colgroup" colspan="{span}" class="part">{name}</th></tr>'
        if rows:
            parts.append(f"<tbody>{title * bool(name)}{rows}</tbody>")
    return (
        f'<table class="trd-hb" style="--cols:{span - 1}">'
        "<caption>What speaks for and against, and where it was seen"
        '</caption><thead><tr><th scope="col" class="first">hypothesis</th>'
        f'{head}<th scope="col" class="last">grade</th></tr></thead>{"".join(parts)}</table>'
    )


def _row(found: Hypothesis, result: Board) -> str:
    picked = found.key == result.guess
    look = ' class="picked"' * picked
    sign = '<span aria-hidden="true">▸ </span><span class="trd-sr">Your pick: </span>' * picked
    cells = "".join(f"<td>{_cell(found, name)}</td>" for name in result.species)
    return (
        f'<tr{look}><th scope="row">{sign}{escape(found.title)}</th>{cells}'
        f"<td>{_grades(found)}</td></tr>"
    )


def _hidden(result: Board) -> str:
    if not result.hidden:
        return ""
    names = ", ".join(found.title for found in result.hidden)
    return f'<p class="trd-small">Hidden by the filters: {escape(names)}.</p>'


def _key() -> str:
    return (
        '<p class="trd-small" style="margin:6px 0 2px">▲ speaks for it · ▼ speaks against it · '
        "◇ about it, neither for nor against · ○ open: what nobody has shown "
        "· – nothing on the board; cells include slices. The number counts studies, not people; "
        "a trial with several results counts once, and a letter or a review counts as one. "
        f"† {NOT_CHECKED}.</p>"
    )


def _rules() -> str:
    items = "".join(
        f'<li><span class="trd-grade">{escape(rule.letter)}</span> '
        f"<strong>{escape(rule.label)}.</strong> {escape(rule.rule)}</li>"
        for rule in grade_rules()
    )
    return (
        '<details class="trd-small"><summary>What the grades mean: a convention of this course'
        f'</summary><ul style="list-style:none;padding:0;margin:4px 0">{items}</ul></details>'
    )


def _people(piece: Piece) -> str:
    """Return how many people were studied, and who; empty for animals and cells."""
    from trd.evidence import rows

    row = rows()[piece.row]
    if piece.species != "human" or not row.n:
        return ""
    return f"n {row.n}, {row.population}" if row.population else f"n {row.n}"


def _in_full(piece: Piece) -> str:
    """Return the words of the evidence row when a source was read for them."""
    from trd.evidence import rows

    row = rows()[piece.row]
    if not piece.checked:
        return piece.says
    figure = f" ({row.value} {row.unit})" if row.value and row.value not in row.statement else ""
    return f"{row.statement}{figure}".replace("-0", "−0")


def _backing(piece: Piece) -> str:
    if not piece.checked:
        links_to = cited(piece.source)
        return f"{NOT_CHECKED}{', see ' * bool(links_to)}{links_to}"
    reported = "reported by " if piece.status == "secondary" else ""
    return f"{reported}{cited(piece.source)}"


def _line(piece: Piece) -> str:
    who = escape(_people(piece))
    return (
        f'<li><span aria-hidden="true">{_SIGN[piece.kind]} </span>'
        f'<span class="trd-who">{_WHERE[piece.species].capitalize()}:</span> '
        f'{escape(piece.says)} <span class="trd-small">({who}{"; " * bool(who)}'
        f"{_backing(piece)})</span></li>"
    )


def _column(name: str, pieces: Iterable[Piece], empty: str) -> str:
    ordered = sorted(pieces, key=lambda piece: SPECIES.index(piece.species))
    lines = "".join(map(_line, ordered)) or f'<li class="trd-small">{empty}</li>'
    return f'<div><p class="trd-sub">{name}</p><ul>{lines}</ul></div>'


def _close(found: Hypothesis, species: tuple[str, ...]) -> str:
    labels = {rule.letter: rule for rule in grade_rules()}
    seen = [piece for piece in found.pieces if piece.species in species]
    left_out = studies(piece for piece in found.pieces if piece not in seen)
    columns = {kind: [piece for piece in seen if piece.kind == kind] for kind in _SIGN}
    gaps = "".join(
        _column(name, columns[kind], "")
        for kind, name in (
            ("about", "About it, neither for nor against"),
            ("gap", "Open"),
        )
        if columns[kind]
    )
    rules = "; ".join(f"{labels[x].letter} = {labels[x].label}" for x in found.grades)
    full = " ".join(f"{labels[x].letter}: {labels[x].rule}" for x in found.grades)
    hidden = ""
    if left_out:
        hidden = (
            f'<p class="trd-small">{_count(left_out)} from other species hidden by the filter.</p>'
        )
    kind = "" if found.on_board else " (a link of the chain)"
    return (
        f'<div class="trd-close"><p><strong>{escape(found.title)}</strong>{kind}: '
        f'{escape(found.claim)} <span class="trd-small">Place in the chain: '
        f"{escape(found.step)}.</span></p>"
        f"<p><strong>Grade {escape(', '.join(found.grades))}</strong> ({escape(rules)}): "
        f'{escape(found.grade_text)} <span class="trd-small">Rule, a convention of this course: '
        f"{escape(full)}</span></p>"
        f'<div class="trd-ev">{_column("For", columns["for"], "Nothing that passes the filter.")}'
        f"{_column('Against', columns['against'], 'Nothing that passes the filter.')}</div>"
        f'<div class="trd-ev">{gaps}</div>'
        f"{hidden}<p><strong>What would change our mind:</strong> {escape(found.change_mind)}</p>"
        "</div>"
    )
