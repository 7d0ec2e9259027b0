"""One clinic, two readings: a dot for every person by the course's rule, a bar for the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.panel.parts import CSS, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, YELLOW, Table
from trd.screening.disagreement import (
    COURSE_WHY,
    COURSE_WHY_ROWS,
    LONG,
    OUTCOMES,
    PEOPLE,
    SHORT,
    Disagreement,
    Person,
    SourceCount,
    how_drawn,
    stricter,
)
from trd.screening.evidence import EvidenceRow, evidence_rows
from trd.screening.policies import COURSE_KEY, TOPICS, Stance

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_COLOURS: Mapping[str, str] = dict(
    zip(OUTCOMES, (ORANGE, PURPLE, BLUE, YELLOW, SKY, GREEN), strict=True)
)
#: The same, faint enough that a changed dot stands out.
_FAINT: Mapping[str, str] = dict(
    zip(OUTCOMES, ("#F2C4A6", "#DFC3D1", "#B3D0E4", "#F3DDAE", "#CDE7F6", "#B5DED1"), strict=True)
)
_HATCHES = dict(zip(OUTCOMES, ("xx", "//", "..", "\\\\", "++", ""), strict=True))
_ACROSS = 36
_ROWS = -(-PEOPLE // _ACROSS)
#: Least distance of two labels, in rows of dots.
_APART = 1.55

_STYLE = """<style>
.trd-sd { border-collapse:collapse; width:100%; font-size:14px; margin:4px 0; }
.trd-sd caption { text-align:left; font-weight:700; font-size:15px; padding:8px 0 2px; }
.trd-sd :is(th,td) { text-align:left; font-weight:400; padding:4px 8px 4px 4px; vertical-align:top;
  border-bottom:1px solid var(--jp-border-color2,#d6dade); }
.trd-sd thead th { font-weight:600; }
.trd-sd tr.picked > * { background:#e8f2f8; color:#1b1b1b; }
.trd-sd tr.picked th { border-left:4px solid #0b5c8a; font-weight:700; }
.trd-sd tr.picked .trd-small { color:#33383d; }
.trd-sd-more { margin:0 0 8px; padding-left:1.2em; }
.trd-sd-more li { margin:2px 0; }
.trd-sd .n { white-space:nowrap; }
.trd-people { display:grid; gap:10px; margin:4px 0;
  grid-template-columns:repeat(auto-fit,minmax(min(280px,100%),1fr)); }
.trd-people .trd-group { margin:0; font-size:15px; }
.trd-people .step { display:block; }
@media (max-width:620px) {
  .trd-sd thead { display:none; }
  .trd-sd tr { display:block; border-bottom:1px solid #c9ced3; padding:4px 0; }
  .trd-sd :is(th,td) { display:block; border:0; padding:1px 4px; }
  .trd-sd th { font-weight:600; }
  .trd-sd td.n::before { content:"Answers changed, alone: "; }
}
</style>"""


class SourcesView(TitledView[Disagreement]):
    """Dots on the left, a dot a person; the same thousand as a bar under the choice."""

    size_in = (7.6, 4.45)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 860

    def title(self, result: Disagreement) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the frame of dots and bar, and return what moves."""
        wide, high = self.size_in
        bottom, height = 0.5, 3.28
        dots = figure.add_axes((1.76 / wide, bottom / high, 2.85 / wide, height / high))
        dots.set(xlim=(-0.8, _ACROSS - 0.2), ylim=(_ROWS - 0.4, -0.6))
        bar = figure.add_axes((4.78 / wide, bottom / high, 0.4 / wide, height / high))
        bar.set(xlim=(0, 1), ylim=(_ROWS - 0.4, -0.6))
        for axes in (dots, bar):
            axes.axis("off")
        y = (bottom + height + 0.1) / high
        figure.text(1.76 / wide, y, "This course, a dot a person", fontweight="bold")
        figure.text(4.78 / wide, y, "With your choice", fontweight="bold")
        figure.text(
            0.012,
            0.15 / high,
            "▲ stricter   ▼ milder   (colour: the new answer)     ○ other reasons, same answer",
        )
        self._title = figure.text(0.012, (high - 0.2) / high, "", fontsize=13, fontweight="bold")
        self._title.set(va="center")
        self._dots = dots.scatter([], [], s=11, marker="s", linewidths=0)
        self._marks = [
            dots.scatter([], [], s=46, marker=mark, linewidths=0.9, edgecolors=INK, zorder=3)
            for mark in ("^", "v")
        ]
        self._rings = dots.scatter(
            [], [], s=22, marker="o", facecolors="none", edgecolors=INK, linewidths=0.8, zorder=2
        )
        self._parts = {}
        self._before = {}
        self._after = {}
        for name in OUTCOMES:
            self._parts[name] = bar.bar(
                0.5, 0, 1, color=_COLOURS[name], edgecolor="white", hatch=_HATCHES[name], lw=0.8
            )[0]
            self._before[name] = dots.text(-1.5, 0, "", ha="right", va="center")
            self._after[name] = bar.text(1.25, 0, "", ha="left", va="center")
        moving: list[Any] = [
            self._title,
            self._dots,
            self._rings,
            *self._marks,
            *self._parts.values(),
        ]
        return [*moving, *self._before.values(), *self._after.values()]

    def update(self, result: Disagreement) -> None:
        """Colour the dots, mark who changes, and size the bar."""
        import numpy as np

        self._title.set_text(_title(result))
        places = np.arange(len(result.order))
        spots = np.column_stack([places % _ACROSS, places // _ACROSS])
        self._dots.set_offsets(spots)
        self._dots.set(facecolors=[_FAINT[result.before[i]] for i in result.order])
        for marks, up in zip(self._marks, (True, False), strict=True):
            there = [
                place
                for place, i in enumerate(result.order)
                if result.before[i] != result.after[i]
                and stricter(result.after[i], result.before[i]) is up
            ]
            marks.set_offsets(spots[there] if there else np.empty((0, 2)))
            marks.set(facecolors=[_COLOURS[result.after[result.order[p]]] for p in there])
            marks.set_sizes([44 if result.moved < 120 else 28])
        place_of = {i: place for place, i in enumerate(result.order)}
        rings = [place_of[i] for i in result.reasons_only]
        self._rings.set_offsets(spots[rings] if rings else np.empty((0, 2)))
        self._label(self._before, result.counts_before)
        self._label(self._after, result.counts_after, result.counts_before)
        top = -0.5
        for name in OUTCOMES:
            size = result.counts_after[name] / _ACROSS
            self._parts[name].set(y=top, height=size)
            top += size

    def _label(
        self,
        texts: Mapping[str, Any],
        counts: Mapping[str, int],
        before: Mapping[str, int] | None = None,
    ) -> None:
        """Write names and numbers beside their people, none over another."""
        top, middles = -0.5, {}
        for name in OUTCOMES:
            size = counts[name] / _ACROSS
            if counts[name] or (before and before[name]):
                middles[name] = top + size / 2
            top += size
        spots = _spread(list(middles.values()), -0.1, _ROWS - 1.0)
        for name, text in texts.items():
            text.set_visible(name in middles)
            text.set_text(_count_text(name, counts[name], before[name] if before else None))
        for name, spot in zip(middles, spots, strict=True):
            texts[name].set_y(spot)

    def html(self, result: Disagreement) -> str:
        """Return the picture, what follows from the choice, and the people it concerns."""
        return (
            f"{_left_out(result)}{super().html(result)}{CSS}{_STYLE}{_beside(result)}"
            f"{_message(result)}{_people(result)}"
        )

    def more(self, result: Disagreement) -> str:
        """Return what every source says on the chosen topics, and how the clinic was invented."""
        tables = "".join(_topic(counts, result) for counts in result.topics)
        answers = "".join(
            f"<li><strong>{escape(SHORT[name])}:</strong> {escape(LONG[name])}.</li>"
            for name in OUTCOMES
        )
        return (
            f'{tables}<details class="trd-small"><summary>What the answers mean</summary>'
            f"<ul>{answers}</ul></details>"
            '<p class="trd-small" style="margin:6px 0"><strong>How these people were invented:'
            f"</strong> {escape(how_drawn(result.difficulty))}</p>"
        )

    def describe(self, result: Disagreement) -> str:
        """Return how many change, from what to what, and how many only seem to."""
        what = " and ".join(f"“{each.label}” on {_topic_name(each)}" for each in result.chosen)
        if not result.moved:
            return (
                f"With {what} nobody of {PEOPLE:,} invented people gets another answer; the "
                f"reasons of {result.touched} change."
            )
        flows = "; ".join(
            f"{n} from “{SHORT[old].lower()}” to “{SHORT[new].lower()}”"
            for old, new, n in result.flows
        )
        return (
            f"With {what} {result.moved} of {PEOPLE:,} invented people get another answer: "
            f"{flows}. The reasons of {result.same_answer} more change, their answer does not."
        )

    def table(self, result: Disagreement) -> Table:
        """Return the clinic by the course's rule and by the choice."""
        rows = [
            [
                SHORT[name],
                str(result.counts_before[name]),
                str(result.counts_after[name]),
                _signed(result.counts_after[name] - result.counts_before[name]),
            ]
            for name in OUTCOMES
        ]
        return Table(
            f"{PEOPLE:,} invented people: not an incidence of anything",
            ["Answer", "This course", "With your choice", "Difference"],
            rows,
        )


def _count_text(name: str, count: int, before: int | None) -> str:
    text = f"{SHORT[name]} {count}"
    if before is None or before == count:
        return text
    return f"{text} ({_signed(count - before)})"


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"{number}".replace("-", "−")


def _spread(middles: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels apart as little as it takes, within the picture."""
    spots: list[float] = []
    for middle in middles:
        spots.append(max(middle, low, spots[-1] + _APART if spots else low))
    ceiling = high
    for i in reversed(range(len(spots))):
        spots[i] = min(spots[i], ceiling)
        ceiling = spots[i] - _APART
    return spots


def _topic_name(stance: Stance) -> str:
    name = TOPICS[stance.topic]
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _title(result: Disagreement) -> str:
    if not result.touched:
        return "Same line, same people: nobody gets another answer"
    if not result.moved:
        return f"{result.touched} have other reasons, nobody another answer"
    more = f"; {result.same_answer} more only other reasons" if result.same_answer else ""
    verb = "gets" if result.moved == 1 else "get"
    return f"{result.moved} of {PEOPLE:,} {verb} another answer{more}"


def _left_out(result: Disagreement) -> str:
    """Say why a second choice is not in the picture."""
    if result.left_out is None:
        return ""
    return CSS + verdict(
        "bad",
        f"The second choice is not followed: it is about {_topic_name(result.left_out)} too. A "
        "clinic follows one source on a topic. Choose another topic for one of the two.",
    )


def _beside(result: Disagreement) -> str:
    """Say in words, on a narrow screen, what the picture holds to the right."""
    words = ", ".join(
        _count_text(name, result.counts_after[name], result.counts_before[name])
        for name in OUTCOMES
        if result.counts_before[name] or result.counts_after[name]
    )
    return (
        '<p class="trd-wrapped" style="font-weight:400"><strong>With your choice</strong> (the '
        f"bar to the right): {escape(words)}.</p>"
    )


def _message(result: Disagreement) -> str:
    first, *others = _sentences(result)
    items = "".join(f"<li>{escape(words)}</li>" for words in others)
    return verdict("info", first) + (f'<ul class="trd-sd-more">{items}</ul>' if items else "")


def _sentences(result: Disagreement) -> list[str]:
    words = []
    if not result.touched:
        words.append(
            "For this rule the source draws the line where the course does: nobody changes. A "
            "source can differ in its words and agree in its answers."
        )
    elif result.moved:
        words.append(
            f"{_ways(result)} "
            + (
                f"For {result.same_answer} others (○) the reasons change and the answer stays: "
                "something else decides already."
                if result.same_answer
                else "Nobody else has this finding in a way that the choice would change."
            )
        )
    else:
        words.append(
            f"{_people_count(result.touched)} other reasons and the same answer: something else "
            "decides already."
        )
    weighed = result.counts_after["WEIGH"]
    if weighed:
        words.append(
            f"“Left to judgement” ({weighed}) is no yes: the source sets no stop, somebody must "
            "weigh and write down why."
        )
    if len(result.chosen) > 1:
        words.append(_together(result))
    return words


def _ways(result: Disagreement) -> str:
    if result.stricter and result.milder:
        return f"Stricter for {result.stricter}, milder for {result.milder}."
    way = "stricter" if result.stricter else "milder"
    return f"The new answer is {way} for {_all(result.moved)}."


def _all(n: int) -> str:
    return {1: "the one person", 2: "both"}.get(n, f"all {n}")


def _people_count(n: int) -> str:
    return "One person has" if n == 1 else f"{n} people have"


def _together(result: Disagreement) -> str:
    one, other = result.alone
    text = (
        f"Alone, the first choice changes {one} answers and the second {other}; together they "
        f"change {result.moved}, and {one} + {other} = {one + other}."
    )
    if result.either:
        text += f" {result.either} would change by either choice and cannot change twice."
    if result.together_only:
        text += (
            f" {result.together_only} change only when both are made: each had one barrier "
            "behind the other."
        )
    if result.undone:
        text += f" For {result.undone} the two cancel out: one lifts a barrier, the other sets one."
    if not (result.either or result.together_only or result.undone):
        text += " Here the two concern different people, so they simply add up."
    return text


def _people(result: Disagreement) -> str:
    cards = "".join(_card(person) for person in result.people)
    if result.unmoved is not None:
        cards += _card(result.unmoved)
    if not cards:
        return ""
    title = "Who changes, and why" if result.people else "Whose reasons change, and no more"
    return f'<p class="trd-sub">{title} (invented people)</p><div class="trd-people">{cards}</div>'


def _card(person: Person) -> str:
    if person.before == person.after:
        mark, how = "=", f"same answer: {SHORT[person.after].lower()}"
        colour = GREY
    else:
        up = stricter(person.after, person.before)
        mark = "▲" if up else "▼"
        how = f"{SHORT[person.before]} → {SHORT[person.after]}"
        colour = _COLOURS[person.after]
    silence = (
        " <em>The source, as far as it was read, names no such limit: silence, not clearance.</em>"
        if person.silence
        else ""
    )
    return (
        f'<div class="trd-group" style="border-left-color:{colour}"><p>'
        f"<strong>{escape(person.initials)}, {person.age_years}:</strong> "
        f"{escape(person.finding)}.</p>"
        f'<p><strong><span aria-hidden="true">{mark} </span>{escape(how)}</strong></p>'
        f'<p class="trd-small">{escape(person.why)}{silence}</p></div>'
    )


def _topic(counts: Sequence[SourceCount], result: Disagreement) -> str:
    course = counts[0].stance
    body = "".join(_row(count, result) for count in counts)
    return (
        f'<table class="trd-sd"><caption>{escape(TOPICS[course.topic])}: what each source says'
        '</caption><thead><tr><th scope="col">Source</th><th scope="col">Says</th>'
        '<th scope="col">Answers changed, alone</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
        '<p style="margin:2px 0 8px"><strong>What this course takes, and why:</strong> '
        f"{escape(course.says)} {escape(COURSE_WHY[course.topic])}{_why_backing(course.topic)} "
        '<span class="trd-small">(teaching assumption of this course)</span></p>'
    )


def _why_backing(topic: str) -> str:
    """Return links to what the reason quotes beyond the sources of the table."""
    names = [name for name in COURSE_WHY_ROWS.get(topic, ()) if name in evidence_rows()]
    links = cited(key for name in names for key in evidence_rows()[name].source)
    return f" ({links})" if links else ""


def _row(count: SourceCount, result: Disagreement) -> str:
    stance = count.stance
    picked = any((stance.topic, stance.key) == (one.topic, one.key) for one in result.chosen)
    mark = ' class="picked"' if picked else ""
    name = escape(stance.label) + (' <span class="trd-small">(your choice)</span>' * picked)
    return (
        f'<tr{mark}><th scope="row">{name}</th>'
        f'<td>{escape(stance.says)} <span class="trd-small">({_backing(stance)})</span></td>'
        f'<td class="n">{_effect(count)}</td></tr>'
    )


def _effect(count: SourceCount) -> str:
    if count.stance.key == COURSE_KEY:
        return "the comparison"
    if not count.moved:
        return "none" + f" ({count.touched} other reasons)" * bool(count.touched)
    ways = [f"{count.stricter} stricter"] * bool(count.stricter)
    ways += [f"{count.milder} milder"] * bool(count.milder)
    return ", ".join(ways)


def _backing(stance: Stance) -> str:
    rows = evidence_rows()
    if stance.key == COURSE_KEY:
        return "teaching assumption of this course"
    found: dict[str, None] = {}
    for name in stance.evidence:
        found[_one_backing(rows[name])] = None
    return "; ".join(found)


def _one_backing(row: EvidenceRow) -> str:
    links = cited(row.source)
    if row.status == "secondary":
        # The note says by whom: a copy of a label, a clinic's page.
        how = row.note.split(";")[0] if row.note.startswith("reported by") else "reported"
        return f"{links}, {escape(how)}"
    return f"{links}, read at the source"
