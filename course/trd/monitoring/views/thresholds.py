"""Draws a reading on the plane of both pressures, with every source's line around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from trd.monitoring.thresholds import LEAST_MIN, Board, Hour, Position, Says
from trd.panel.parts import CSS, badge, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

#: What a source does when its number is reached: as a short verb, and as a badge.
_DOES = {
    "withhold": ("withholds the dose", "bad"),
    "weigh": ("leaves it to judgement", "discuss"),
    "count": ("only counts it", "count"),
    "act": ("asks for an action", "partial"),
    "leave": ("warns against treating the number", "yes"),
    "require": ("a requirement", "na"),
}
#: In a picture.
_BRIEF = {
    "predose_phase3": "phase 3 trials withhold",
    "predose_us_label": "US label weighs",
    "predose_eu_text": "EU text weighs",
    "predose_swiss": "Swiss ketamine label: contraindicated",
    "predose_course": "this course defers",
    "during_crtce": "one clinic counts",
    "during_course_alert": "this course: alert",
    "during_course_pause": "this course: pause",
    "during_aha2025": "2025 guideline: no extra drug",
    "during_aha2024": "2024 statement: drugs the exception",
}
_LEFT, _RIGHT, _LOW, _TOP = 92.0, 222.0, 50.0, 142.0
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (6, 2, 1.5, 2)), (0, (1.5, 1.5)))
#: The same for a narrow screen, which has the lines in words.
_LINES = ("blue, solid", "orange, dashed", "green, dash and dot", "purple, dotted")
_MOMENT = {
    "before the dose": "before the dose",
    "during, no symptoms": "during the infusion, no symptoms",
    "with symptoms": "with symptoms",
}
_QUESTIONS = {
    "saturation": "Saturation",
    "dissociation": "Dissociation",
    "stay": "Time before leaving",
    "who is on site": "Who is on site",
}

_STYLE = """<style>
.trd-th { display:grid; gap:8px; margin:6px 0 10px;
  grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr)); }
.trd-th .trd-group { margin:0; font-size:15px; }
.trd-th .off { opacity:1; border-left-color:#c9ced3; }
.trd-th .off > p { color:var(--jp-content-font-color2,#4a4f55); }
.trd-th .trd-badge { white-space:normal; font-size:14px; }
.trd-ot { border-collapse:collapse; width:100%; font-size:14px; margin:4px 0; }
.trd-ot caption { text-align:left; font-weight:700; font-size:15px; padding:8px 0 2px; }
.trd-ot :is(th,td) { text-align:left; font-weight:400; padding:4px 8px 4px 4px;
  vertical-align:top; border-bottom:1px solid var(--jp-border-color2,#d6dade); }
.trd-ot th { width:10.5em; }
.trd-ot td:last-child { width:10.5em; }
.trd-ot .trd-badge { white-space:normal; font-size:14px; }
@media (max-width:620px) {
  .trd-ot tr { display:block; border-bottom:1px solid #c9ced3; padding:4px 0; }
  .trd-ot :is(th,td) { display:block; border:0; padding:1px 4px; }
  .trd-ot :is(th,td:last-child) { width:auto; }
  .trd-ot th { font-weight:600; }
}
@media (max-width:620px) {
  /* What is asked about is high: the picture opens at its right end. */
  .trd-th-plane .trd-scroll { direction:rtl; }
}
.trd-th .n { font-variant-numeric:tabular-nums; }
</style>"""


@dataclass(frozen=True)
class Shown:
    """What the panel shows: the pressure and the other numbers of the same hour.

    Attributes
    ----------
    board : Board
    hour : Hour
    elsewhere : tuple of Says
    """

    board: Board
    hour: Hour
    elsewhere: tuple[Says, ...]


def _pressure(board: Board) -> str:
    return f"{board.reading.systolic:.0f}/{board.reading.diastolic:.0f}"


def _number(each: Says) -> str:
    """Return a source's number for this age, e.g. ``"above 140/90 mmHg"``."""
    systolic, diastolic = each.limits
    if systolic is None:
        return "no number"
    both = f"{systolic:.0f}/{diastolic:.0f}" if diastolic is not None else f"{systolic:.0f}"
    return f"above {both} mmHg" if each.position.above else f"{both} mmHg or more"


def _title(board: Board) -> str:
    if board.domain == "with symptoms":
        return "With symptoms no number decides: help at once"
    numbered = [each for each in board.says if each.limits[0] is not None]
    reached = [each for each in numbered if each.reached]
    kinds = {each.position.kind for each in reached}
    if not reached:
        return f"{_pressure(board)}: no source’s number is reached"
    if {"act", "leave"} <= kinds:
        return f"{_pressure(board)}: some ask for an action, others for restraint"
    if {"withhold", "weigh"} <= kinds:
        return f"{_pressure(board)}: some withhold the dose, others leave it to judgement"
    return f"{_pressure(board)}: {len(reached)} of {len(numbered)} numbers reached"


class ThresholdsView(TitledView[Shown]):
    """A plane of both pressures: lines as corners, named above it; the reading as a cross."""

    size_in = (7.6, 4.9)
    # On a narrow screen title and meanings of the lines stand above the picture as words.
    title_in = 1.1

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 1070

    def title(self, result: Shown) -> str:
        """Return the message of the picture."""
        return _title(result.board)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the plane and return what moves."""
        from matplotlib.lines import Line2D

        wide, high = self.size_in
        axes = figure.add_axes((0.66 / wide, 0.56 / high, 6.8 / wide, 3.2 / high))
        axes.set(
            xlim=(_LEFT, _RIGHT),
            ylim=(_LOW, _TOP),
            xlabel="Systolic pressure (mmHg)",
            ylabel="Diastolic pressure (mmHg)",
        )
        axes.set_xticks(range(100, 221, 20))
        axes.set_yticks(range(60, 141, 20))
        self._title = figure.text(0.012, (high - 0.2) / high, "", fontsize=13, fontweight="bold")
        self._title.set(va="center")
        self._dots = axes.scatter([], [], s=9, color=SKY, alpha=0.55, linewidths=0)
        self._corners = [axes.plot([], [], color=GREY)[0] for _ in range(4)]
        clear: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        self._labels = [
            axes.text(_LEFT + 1.5, 0, "", va="bottom", bbox={**clear, "alpha": 0.85})
            for _ in range(4)
        ]
        # What the lines mean stands above the plane, where no reading can come over it.
        heights = [(high - 0.52 - 0.21 * row) / high for row in range(4)]
        self._samples = [
            Line2D([0.1 / wide, 0.56 / wide], [y, y], transform=figure.transFigure) for y in heights
        ]
        for sample in self._samples:
            figure.add_artist(sample)
        self._meanings = [figure.text(0.66 / wide, y, "", va="center") for y in heights]
        self._note = axes.text(_RIGHT - 1, _LOW + 1.5, "", ha="right", va="bottom", color=GREY)
        self._note.set_bbox({**clear, "alpha": 0.85})
        self._guides = [axes.plot([], [], color=INK, lw=0.8)[0] for _ in range(2)]
        self._cross = axes.plot([], [], ls="", marker="P", ms=14, mfc=INK, mec="white", mew=1.4)[0]
        return [
            self._title,
            self._dots,
            *self._guides,
            *self._corners,
            *self._labels,
            *self._samples,
            *self._meanings,
            self._note,
            self._cross,
        ]

    def update(self, result: Shown) -> None:
        """Move the reading, the lines and the simulated clinic."""
        import numpy as np

        board = result.board
        self._title.set_text(_title(board))
        self._dots.set_offsets(np.column_stack(board.cloud) if board.cloud[0] else np.empty((0, 2)))
        self._cross.set_data([board.reading.systolic], [board.reading.diastolic])
        x, y = board.reading.systolic, board.reading.diastolic
        self._guides[0].set_data([x, x], [_LOW, y])
        self._guides[1].set_data([_LEFT, x], [y, y])
        groups = _groups(board)
        for i, (line, label) in enumerate(zip(self._corners, self._labels, strict=True)):
            there = i < len(groups)
            sample, meaning = self._samples[i], self._meanings[i]
            for artist in (line, label, sample, meaning):
                artist.set_visible(there)
            if not there:
                continue
            (systolic, diastolic, above), members = groups[i]
            # Two corners of the same height: one label above the line, one below it.
            under = any(group[0][1] == diastolic for group in groups[:i])
            line.set_data([_LEFT, systolic, systolic], [diastolic, diastolic, _LOW])
            reached = members[0].reached
            for drawn in (line, sample):
                drawn.set(
                    color=_COLOURS[i], linestyle=_DASHES[i], linewidth=3.2 if reached else 1.8
                )
            weight = "bold" if reached else "normal"
            meaning.set(text=_corner_words(systolic, diastolic, above, members), fontweight=weight)
            # A reading on the left comes over a number: then it stands to the right of it.
            beside = x < _LEFT + 28 and abs(diastolic - y) < 12
            label.set(
                x=x + 4 if beside else _LEFT + 1.5,
                y=diastolic - 1.2 if under else diastolic + 0.8,
                va="top" if under else "bottom",
                text=f"{'>' if above else '≥'} {systolic:.0f}/{diastolic:.0f}",
                fontweight=weight,
            )
        self._note.set_text(_dots_words(board))

    def html(self, result: Shown) -> str:
        """Return the picture, what follows, and a card for each source."""
        board = result.board
        cards = "".join(_card(each, board) for each in board.says)
        hint = (
            '<p class="trd-only-narrow trd-small">Swipe the picture sideways: low readings and the '
            "scale stand on its left.</p>"
        )
        return (
            f"{CSS}{_STYLE}"
            f'<div class="trd-th-plane">{super().html(result)}</div>'
            f"{hint}{_lines(board)}{_message(board)}"
            f'<div class="trd-th">{cards}</div>{_why(board)}'
        )

    def more(self, result: Shown) -> str:
        """Return what the sources make of the other numbers."""
        hour, text = result.hour, ""
        now = {
            "saturation": f"{hour.spo2:.0f} % for {hour.lasting_s:.0f} s",
            "dissociation": f"CADSS {hour.cadss:.0f}, "
            + ("frightened" if hour.distressed else "not frightened"),
            "stay": f"minute {hour.minute:.0f}; the criteria decide as well",
            "who is on site": "",
        }
        for domain, words in _QUESTIONS.items():
            says = [each for each in result.elsewhere if each.position.domain == domain]
            rows = "".join(_other_row(each, hour) for each in says)
            head = f"{words}: {now[domain]}" if now[domain] else words
            text += (
                f'<table class="trd-ot"><caption>{escape(head)}</caption><tbody>{rows}</tbody>'
                "</table>"
            )
        return text

    def describe(self, result: Shown) -> str:
        """Return which sources the reading reaches, by what they make of it."""
        board = result.board
        reading = board.reading
        where = f"{_pressure(board)} mmHg at {reading.age:.0f} years, {_MOMENT[board.domain]}"
        if board.domain == "with symptoms":
            return f"{where}: no number decides; every source listed asks for help."
        reached = [each for each in board.says if each.reached and each.limits[0] is not None]
        if not reached:
            return f"{where}: no source’s number is reached."
        parts = "; ".join(f"{each.position.label}, {_number(each)}" for each in reached)
        return f"{where}. Reached: {parts}."

    def table(self, result: Shown) -> Table:
        """Return every source with its number, what it says, and whether it is reached."""
        board = result.board
        rows = [
            [
                each.position.label,
                _number(each),
                _DOES[each.position.kind][0],
                each.position.says,
                _reached_words(each),
                _count_words(each, board) or "not counted",
            ]
            for each in board.says
        ]
        return Table(
            f"{_pressure(board)} mmHg, {board.reading.age:.0f} years, {_MOMENT[board.domain]}",
            ["Source", "Number", "What it makes of it", "What it says", "Reached", "Simulated"],
            rows,
        )


def _groups(board: Board) -> list[tuple[tuple[float, float, bool], list[Says]]]:
    """Return the corners to draw: sources with the same numbers share one."""
    found: dict[tuple[float, float, bool], list[Says]] = {}
    for each in board.says:
        systolic, diastolic = each.limits
        if systolic is not None and diastolic is not None:
            found.setdefault((systolic, diastolic, each.position.above), []).append(each)
    return list(found.items())


def _corner_words(systolic: float, diastolic: float, above: bool, members: Sequence[Says]) -> str:
    sign = ">" if above else "≥"
    names = "; ".join(_BRIEF[each.position.name] for each in members)
    if len(members) > 2:
        names = f"{len(members)} sources"
        if any(each.position.name == "predose_course" for each in members):
            names += ", this course among them"
    return f"{sign} {systolic:.0f}/{diastolic:.0f}  {names}"


def _lines(board: Board) -> str:
    """Return the lines in words, for a narrow screen."""
    items = "".join(
        f"<li>{words}: <strong>{escape(_corner_words(*limits, members))}</strong></li>"
        for words, (limits, members) in zip(_LINES, _groups(board), strict=False)
    )
    return f'<ul class="trd-only-narrow">{items}</ul>'


def _dots_words(board: Board) -> str:
    if not board.cloud[0]:
        return "no line applies: symptoms decide"
    if board.domain == "before the dose":
        return "dots: simulated people before the dose"
    return "dots: highest values of simulated sessions"


def _reached_words(each: Says) -> str:
    if each.position.domain == "with symptoms":
        return "applies, whatever the number"
    if each.limits[0] is None:
        return "names no number"
    return "reached" if each.reached else "not reached"


def _count_words(each: Says, board: Board) -> str:
    count = board.counts.get(each.position.name)
    if count is None:
        return ""
    return f"{count.reached} of {count.sessions:,} simulated sessions reach it"


def _message(board: Board) -> str:
    words = [_first_words(board)]
    nearest = board.nearest()
    if board.domain != "with symptoms" and nearest is not None:
        each, limit = nearest
        more = limit - board.reading.systolic + (1 if each.position.above else 0)
        if more > 0:
            words.append(
                f"{more:.0f} mmHg more systolic would also reach {_of(each.position)} "
                f"({_number(each)})."
            )
    words += _age_words(board)
    items = "".join(f"<li>{escape(each)}</li>" for each in words[1:])
    kind = "bad" if board.domain == "with symptoms" else "info"
    return verdict(kind, words[0]) + (
        f'<ul style="margin:0 0 8px;padding-left:1.2em">{items}</ul>' if items else ""
    )


def _of(where: Position) -> str:
    name = where.label
    return f"“{name}”"


def _first_words(board: Board) -> str:
    if board.domain == "with symptoms":
        return (
            "Chest pain, breathlessness, a severe headache, a change of vision, a seizure or a "
            "focal deficit: no limit has to be reached. The guideline speaks of organ damage, and "
            "these are its signs until somebody has looked. That is why symptoms are asked for "
            "before anybody argues about a number."
        )
    numbered = [each for each in board.says if each.limits[0] is not None]
    reached = [each for each in numbered if each.reached]
    kinds = {each.position.kind for each in reached}
    if not reached:
        return (
            "No number is reached. The list is about high pressure only: a low or falling "
            "pressure, or somebody who looks unwell, is another matter."
        )
    if {"act", "leave"} <= kinds:
        return (
            "One number, two answers that seem to clash. Read what is asked for: the course pauses "
            "the pump, and the hypertension texts advise against extra drugs. A pause is not a "
            "drug, so both can be followed."
        )
    if {"withhold", "weigh"} <= kinds:
        return (
            "The same number is a stop in one text and a matter of judgement in another. A trial "
            "fixes its line in advance; a label may ask somebody to weigh."
        )
    if "act" in kinds:
        return (
            "165/100 began as a clinic’s definition for counting. This course made it an alert: "
            "repeat, ask, calm, halve the rate. The number is published, the action is ours."
        )
    if kinds == {"withhold"}:
        return "Only sources that withhold the dose are reached."
    return "Here the sources reached leave it to judgement; somebody must weigh and write down why."


def _age_words(board: Board) -> list[str]:
    ages = [each for each in board.says if each.position.systolic_older is not None]
    if not ages:
        return []
    at = board.reading.age
    if at == 65:
        return [
            "At exactly 65 the texts part: the EU text counts from 65 as older, the trials only "
            "above 65."
        ]
    if at > 65:
        return [
            "Above 65 the trials, the EU text and this course take 150 systolic; the US label has "
            "one number for all ages."
        ]
    return ["Move the age past 65: some of these lines move, and one does not."]


def _card(each: Says, board: Board) -> str:
    where = each.position
    on = each.reached and (each.limits[0] is not None or board.domain == "with symptoms")
    does, kind = _DOES[where.kind]
    if each.limits[0] is None and board.domain != "with symptoms":
        mark = badge("na", f"names no number: {does}")
    elif on:
        mark = badge(kind, does if board.domain == "with symptoms" else f"reached: {does}")
    else:
        mark = badge("na", "not reached")
    number = "whatever the number" if board.domain == "with symptoms" else _number(each)
    count = _count_words(each, board)
    return (
        f'<div class="trd-group{"" if on else " off"}"'
        f"{_edge(kind) if on else ''}><p><strong>{escape(where.label)}</strong>: "
        f'<span class="n">{escape(number)}</span></p><p>{mark}</p><p>{escape(where.says)}.</p>'
        f'<p class="trd-small">{_backing(where)}{f" {escape(count)}." if count else ""}</p></div>'
    )


def _edge(kind: str) -> str:
    colours = {"bad": "#b34700", "partial": "#9a6a00", "yes": "#0b5c8a", "discuss": "#8a4a78"}
    colour = colours.get(kind, "#5a6068")
    return f' style="border-left-color:{colour}"'


def _backing(where: Position) -> str:
    note = where.note.removesuffix(".")
    if where.status == "teaching-assumption":
        text = "Teaching assumption of this course"
        return f"{text}." if not note else f"{text}: {escape(note[:1].lower() + note[1:])}."
    links = cited(where.source)
    if where.status == "secondary":
        how = note if note.startswith("reported") else f"reported; {note}"
        return f"{links}, {escape(how)}."
    return f"{links}, read at the source." + (f" {escape(note)}." if note else "")


def _why(board: Board) -> str:
    """Return why these sources differ, for the question at hand."""
    if board.domain == "with symptoms":
        return ""
    if board.domain == "before the dose":
        reasons = (
            "<strong>What it is for.</strong> A trial excludes by a fixed line, a label asks for "
            "judgement or forbids.",
            "<strong>Which drug.</strong> Three of these were written for esketamine nasal spray. "
            "None of them binds an infusion of ketamine.",
            "<strong>Nobody simulated starts above this course’s limit</strong>, so the dots "
            "end there: a deferred dose is not in the clinic.",
        )
    else:
        reasons = (
            "<strong>What the number is for.</strong> Counting, alerting, pausing and giving a "
            "drug are four purposes; each has its own number.",
            "<strong>Who it was written for.</strong> The hypertension texts speak of hospital "
            "inpatients, the clinic’s number of its own infusions.",
            "<strong>What is missing.</strong> No source read here sets a pause limit for an "
            "infusion: the one of this course is a teaching assumption. Follow your own local "
            "order set.",
        )
    items = "".join(f"<li>{each}</li>" for each in reasons)
    text = (
        '<p class="trd-sub">Why they differ, as this course reads it</p>'
        f'<ul style="margin:0 0 8px;padding-left:1.2em">{items}</ul>'
    )
    if board.counts:
        text += (
            f'<p class="trd-small" style="margin:2px 0 6px">A simulated session counts when it '
            f"stays at a number for {LEAST_MIN} minutes. Simulated people, chosen for teaching: "
            "none of these counts says how often anything happens.</p>"
        )
    return text


def _other_row(each: Says, hour: Hour) -> str:
    where = each.position
    return (
        f'<tr><th scope="row">{escape(where.label)}</th><td>{escape(where.says)}.'
        f'{_limit_note(where)} <span class="trd-small">({_backing(where)})</span></td>'
        f"<td>{_other_mark(each, hour)}</td></tr>"
    )


def _other_mark(each: Says, hour: Hour) -> str:
    where = each.position
    does, kind = _DOES[where.kind]
    if where.domain == "who is on site":
        return badge("na", "not a number")
    if where.domain == "stay":
        return badge("yes", "time is up") if each.reached else badge("na", "not yet")
    if each.reached:
        return badge(kind, does)
    if where.has_number:
        return badge("na", "not reached")
    if where.domain == "dissociation":
        return badge("na", "go on watching")
    return badge("na", "no number")


def _limit_note(where: Position) -> str:
    if where.spo2_lasting is not None:
        return (
            f" Below {where.spo2:.0f} % at all, or below {where.spo2_lasting:.0f} % for "
            f"{where.lasting_s:.0f} seconds."
        )
    if where.spo2 is not None and where.lasting_s is None:
        return f" Below {where.spo2:.0f} %."
    return ""
