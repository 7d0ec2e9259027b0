"""The course of treatment: one first course and six rules for stopping it; then staying well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from trd.monitoring.course_of_treatment import (
    INFUSIONS,
    PATTERNS,
    Anchor,
    Courses,
    Maintained,
    Person,
    Rule,
    Stopped,
    reached,
)
from trd.monitoring.evidence import evidence_rows
from trd.panel.backed import STATUS_WORDS, line, origin
from trd.panel.parts import CSS, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREEN, GREY, INK, ORANGE, Table, View

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

MARK_WORDS = {
    "improvement": "improvement",
    "partial": "partial response",
    "response": "response",
}
_LEVELS = {"improvement": 80, "partial": 70, "response": 50}


@dataclass(frozen=True)
class _Tables(Table):
    """A table with others under it."""

    others: tuple[Table, ...] = ()

    def html(self) -> str:
        """Return all of them as HTML."""
        return super().html() + "".join(each.html() for each in self.others)


@dataclass(frozen=True, eq=False)
class Shown:
    """Everything the panel draws.

    Attributes
    ----------
    courses : Courses
    setting : str
        In words.
    pattern : str
        One of `PATTERNS`.
    one : Person or None
        None when nobody of this group has that pattern.
    given : int or None
        Infusions the chosen rule gives to this person.
    chosen : Stopped
    rules : tuple of Stopped
        The reader's own last.
    kept : Maintained
    remark : str
        Why something is not simulated; else empty.
    anchors : tuple of Anchor
    """

    courses: Courses
    setting: str
    pattern: str
    one: Person | None
    given: int | None
    chosen: Stopped
    rules: tuple[Stopped, ...]
    kept: Maintained
    remark: str
    anchors: tuple[Anchor, ...]


def _ended(one: Person) -> str:
    last = one.marks[-1]
    return "no improvement" if last == "none" else MARK_WORDS[last]


def _first_title(result: Shown) -> str:
    if result.one is None or result.given is None:
        return "Nobody in this group has such a course"
    if result.given == INFUSIONS:
        return f"{result.chosen.rule.label}: all six are given; {_ended(result.one)} after the last"
    later = {
        "response": "response was still to come",
        "partial": "partial response was still to come",
        "improvement": "improvement was still to come",
        "none": "nothing more was to come",
    }[result.one.marks[-1]]
    return f"{result.chosen.rule.label}: stops at {result.given}; {later}"


class FirstCourseView(TitledView[Shown]):
    """The score of one simulated person 24 hours after each infusion."""

    size_in = (7.6, 3.5)

    def title(self, result: Shown) -> str:
        """Return what the chosen rule does to this person."""
        return _first_title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the limits and return what moves."""
        from matplotlib.patheffects import withStroke

        axes = figure.add_axes((0.095, 0.15, 0.615, 0.735))
        axes.set(
            xlim=(-0.3, INFUSIONS + 0.35),
            ylim=(0, 128),
            xticks=range(INFUSIONS + 1),
            yticks=range(0, 126, 25),
        )
        axes.set_xticklabels(["before", *(str(index) for index in range(1, INFUSIONS + 1))])
        axes.set_xlabel("24 hours after infusion", labelpad=3)
        axes.set_ylabel("MADRS (% of the first score)")
        for name, level in _LEVELS.items():
            axes.axhline(level, color=GREEN, linewidth=1.4, linestyle=(0, (5, 3)))
            figure_y = 0.15 + 0.735 * level / 128
            figure.text(
                0.718,
                figure_y,
                f"−{100 - level} %: {MARK_WORDS[name]}",
                va="center",
                color="#00664A",
            )
        self._rest = figure.text(0.718, 0.2, "○┄ had it gone on", va="center", color=GREY)
        self._title = figure.text(0.012, 0.935, "", fontsize=13, fontweight="bold")
        self._stop = axes.axvline(2.5, color=ORANGE, linewidth=2.2)
        self._word = axes.text(
            2.56, 121, "", color="#A84300", fontweight="bold", va="center", ha="left"
        )
        (self._line,) = axes.plot([], [], color=BLUE, marker="o", markersize=8)
        (self._after,) = axes.plot(
            [],
            [],
            color=GREY,
            linestyle=(0, (2, 2)),
            marker="o",
            markersize=8,
            markerfacecolor="white",
        )
        self._scores = [
            axes.text(x, 0, "", ha="center", va="bottom", color=INK) for x in range(INFUSIONS + 1)
        ]
        for text in self._scores:
            # A number stays legible where it lies on a line.
            text.set_path_effects([withStroke(linewidth=3, foreground="white")])
        return [
            self._title,
            self._stop,
            self._word,
            self._rest,
            self._after,
            self._line,
            *self._scores,
        ]

    def update(self, result: Shown) -> None:
        """Move the course, the stop and the scores."""
        self._title.set_text(_first_title(result))
        one, given = result.one, result.given
        there = one is not None and given is not None
        for artist in (
            self._stop,
            self._word,
            self._rest,
            self._line,
            self._after,
            *self._scores,
        ):
            artist.set_visible(there)
        if one is None or given is None:
            return
        scores = (one.baseline, *one.madrs)
        shares = [100 * score / one.baseline for score in scores]
        xs = range(INFUSIONS + 1)
        self._line.set_data(xs[: given + 1], shares[: given + 1])
        self._after.set_data(xs[given:], shares[given:])
        for text, x, share, score in zip(self._scores, xs, shares, scores, strict=True):
            text.set_position((x, min(share + 4, 119)))
            text.set_text(f"{score} points" if x == 0 else str(score))
            text.set_horizontalalignment("left" if x == 0 else "center")
            text.set_x(x - 0.22 if x == 0 else x)
        stopped = given < INFUSIONS
        self._stop.set_visible(stopped)
        self._rest.set_visible(stopped)
        self._stop.set_xdata([given + 0.5, given + 0.5])
        self._word.set_visible(stopped)
        self._word.set_x(given + 0.58)
        self._word.set_text("stops" if given == INFUSIONS - 1 else "stops here")

    def describe(self, result: Shown) -> str:
        """Say the scores and what the rule does."""
        one = result.one
        if one is None or result.given is None:
            return f"Nobody in this group of {result.courses.n:,} simulated people has this course."
        return (
            f"A simulated person: MADRS {one.baseline} before, then "
            f"{', '.join(str(score) for score in one.madrs)} after infusions 1 to {INFUSIONS}. "
            f"{_first_title(result)}."
        )

    def table(self, result: Shown) -> Table:
        """Return the scores."""
        one = result.one
        scores = () if one is None else (one.baseline, *one.madrs)
        return Table(
            f"The simulated person: {PATTERNS[result.pattern]}",
            ["24 hours after infusion", "MADRS (points)"],
            [[str(index) if index else "before", str(score)] for index, score in enumerate(scores)],
        )


def _hundred(share: float) -> str:
    return f"{100 * share:.0f}"


def _second_title(kept: Maintained) -> str:
    end = kept.days[-1] // 7
    if not kept.infusions:
        return (
            f"Without maintenance: {_hundred(kept.at_end)} of 100 simulated still well, week {end}"
        )
    return (
        f"Week {end}: {_hundred(kept.at_end)} of 100 simulated still well, "
        f"{_hundred(kept.without[-1])} without"
    )


class StayingWellView(TitledView[Shown]):
    """The share of simulated responders still well, with and without a plan."""

    size_in = (7.6, 3.7)

    def title(self, result: Shown) -> str:
        """Return how many are well at the end."""
        return _second_title(result.kept)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the frame and return what moves."""
        axes = figure.add_axes((0.095, 0.145, 0.88, 0.66))
        axes.set(xlim=(0, 26.2), ylim=(-9, 104), xticks=range(0, 27, 2), yticks=range(0, 101, 25))
        axes.set_xlabel("weeks after the last infusion of the first course", labelpad=3)
        axes.set_ylabel("simulated, still well (of 100)")
        self._title = figure.text(0.012, 0.94, "", fontsize=13, fontweight="bold")
        self._beyond = axes.axvspan(8, 26.2, color="#EEF0F2", zorder=0)
        self._beyond_word = axes.text(0, 97, "", color="#3A3F44", ha="right", va="center")
        (self._without,) = axes.plot([], [], color=GREY, linestyle=(0, (5, 2)))
        (self._with,) = axes.plot([], [], color=BLUE, linewidth=2.8)
        (self._points,) = axes.plot(
            [], [], linestyle="", marker="D", markersize=9, color=INK, markerfacecolor=ORANGE
        )
        (self._ticks,) = axes.plot(
            [], [], linestyle="", marker="|", markersize=11, markeredgewidth=2.4, color=BLUE
        )
        self._keys = [
            figure.text(0.095, 0.855, "━━ with this plan", color=BLUE, fontweight="bold"),
            figure.text(0.335, 0.855, "╍╍ without maintenance", color="#4A4F55"),
            figure.text(0.635, 0.855, "◆ published", color="#A84300"),
            figure.text(0.80, 0.855, "┃ infusion", color=BLUE),
        ]
        return [
            self._title,
            self._beyond,
            self._beyond_word,
            self._without,
            self._with,
            self._points,
            self._ticks,
            *self._keys,
        ]

    def update(self, result: Shown) -> None:
        """Move the curves, the published points and the infusions."""
        kept = result.kept
        self._title.set_text(_second_title(kept))
        weeks = [day / 7 for day in kept.days]
        self._without.set_data(weeks, [100 * share for share in kept.without])
        self._with.set_data(weeks, [100 * share for share in kept.well])
        planned = bool(kept.infusions)
        for artist in (self._with, self._ticks, self._keys[0], self._keys[3]):
            artist.set_visible(planned)
        last = kept.days[-1]
        points = [(day / 7, 100 * well) for day, well in kept.curve.points if day <= last]
        self._points.set_data([x for x, _ in points], [y for _, y in points])
        self._ticks.set_data([day / 7 for day in kept.plan.days], [-5] * len(kept.plan.days))
        until = kept.curve.published_until / 7
        beyond = until < weeks[-1]
        self._beyond.set_visible(beyond)
        self._beyond_word.set_visible(beyond)
        if beyond:
            self._beyond.set_x(until)
            self._beyond.set_width(26.2 - until)
            self._beyond_word.set_text("grey: drawn on beyond the last published point")
            self._beyond_word.set_x(26)

    def describe(self, result: Shown) -> str:
        """Say the shares with and without, and the infusions."""
        return staying_words(result.kept)

    def table(self, result: Shown) -> Table:
        """Return the shares by week."""
        kept = result.kept
        return Table(
            "Simulated people still well, of 100",
            ["Week", "With the plan", "Without"],
            [
                [str(week), _hundred(kept.well[7 * week]), _hundred(kept.without[7 * week])]
                for week in range(0, 27, 2)
            ],
        )


def staying_words(kept: Maintained) -> str:
    """Return what a plan comes to, in words."""
    eight, end = 56, kept.days[-1]
    who = "remitters" if kept.curve.name == "ketect" else "responders"
    without = (
        f"Of 100 simulated {who} {_hundred(kept.without[eight])} are still well at week 8 and "
        f"{_hundred(kept.without[end])} at week {end // 7} without maintenance"
    )
    if not kept.infusions:
        return f"{without}."
    back = {0.0: "does not set the clock back", 1.0: "sets the clock back wholly"}.get(
        kept.hold, f"sets the clock back by {100 * kept.hold:.0f} %"
    )
    return (
        f"{without}; with this plan, if an infusion {back}, {_hundred(kept.well[eight])} and "
        f"{_hundred(kept.well[end])}, "
        f"for {kept.expected_infusions:.1f} infusions each on average (of {kept.infusions} "
        "planned; who relapses leaves the plan)."
    )


_LOOK = """<style>
.trd-stops { border-collapse:collapse; width:100%; font-size:14px; margin:4px 0; }
.trd-panel .trd-stops :is(th,td) { text-align:left; font-weight:400; padding:5px 8px 5px 4px;
  vertical-align:top; border-bottom:1px solid #d6dade; }
.trd-panel .trd-stops thead th { font-weight:600; }
.trd-stops td { font-variant-numeric:tabular-nums; width:15%; }
.trd-stops td i { display:block; height:7px; margin-top:3px; box-sizing:border-box; }
.trd-stops .cost i { background:#D55E00; }
.trd-stops .late i { border:1.5px solid #D55E00;
  background:repeating-linear-gradient(45deg,#fff 0 3px,#f3c9b0 3px 6px); }
.trd-stops .vain i { background:#5A6068; }
.trd-stops tr.picked > * { background:#e8f2f8; color:#1b1b1b; }
.trd-stops tr.picked th { border-left:4px solid #0b5c8a; }
.trd-stops th strong { font-weight:700; }
.trd-stops .says { display:block; }
@media (max-width:620px) {
  .trd-stops thead { display:none; }
  .trd-stops tr { display:grid; grid-template-columns:1fr 1fr; border-bottom:2px solid #c9ced3; }
  .trd-panel .trd-stops :is(th,td) { width:auto; border-bottom:0; padding:3px 6px; }
  .trd-stops tbody th { grid-column:1/-1; }
  .trd-stops td::before { content:attr(data-words) ": "; }
}
</style>"""

_HEADS = (
    ("early", "Stopped before 6"),
    ("cost", "Of these: would have responded"),
    ("late", "Of these: would have improved, no response"),
    ("vain", "Infusions to people who do not respond"),
)


def _numbers(found: Stopped) -> dict[str, int]:
    return {
        "early": found.stopped_early,
        "cost": found.would_have_responded,
        "late": found.would_have_improved,
        "vain": found.without_response,
    }


def _standing(rule: Rule) -> str:
    if not rule.row:
        return "yours"
    if rule.name == "never":
        return "for comparison"
    row = evidence_rows()[rule.row]
    if row.status == "teaching-assumption":
        return "convention of this course"
    if rule.status == "teaching-assumption":
        # A source speaks about this rule without advising it.
        return f"for comparison; speaks against it: {origin(row)}"
    return f"{STATUS_WORDS[rule.status]}: {origin(row)}"


def _rules(result: Shown) -> str:
    top = {
        "cost": max(each.would_have_responded for each in result.rules),
        "late": max(each.would_have_improved for each in result.rules),
        "vain": max(each.without_response for each in result.rules),
    }
    # One scale for both kinds of people, so that their bars can be compared.
    top["cost"] = top["late"] = max(top["cost"], top["late"])
    body = ""
    for each in result.rules:
        cells = ""
        for name, words in _HEADS:
            number = _numbers(each)[name]
            bar = (
                f'<i style="width:{100 * number / (top[name] or 1):.0f}%"></i>'
                if name in top and number
                else ""
            )
            cells += f'<td class="{name}" data-words="{words}">{number:,}{bar}</td>'
        picked = each.rule.name == result.chosen.rule.name
        mark = ' class="picked" aria-current="true"' if picked else ""
        body += (
            f'<tr{mark}><th scope="row"><strong>{escape(each.rule.label)}</strong>'
            f'<span class="says">{_kept_together(each.rule.says)}</span>'
            f'<span class="trd-small">({_standing(each.rule)})</span></th>{cells}</tr>'
        )
    head = "".join(f'<th scope="col">{words}</th>' for _name, words in _HEADS)
    return (
        f'<p class="trd-sub">The same {result.courses.n:,} simulated people under each rule</p>'
        f'<table class="trd-stops"><thead><tr><th scope="col">Rule</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _kept_together(words: str) -> str:
    """Return a sentence in which no number parts from its per cent sign."""
    return escape(words).replace(" %", "&nbsp;%")


def _answer(result: Shown) -> tuple[str, str]:
    found = result.chosen
    n = f"{found.people:,}"
    if not found.stopped_early:
        return (
            "info",
            f"{found.rule.label}: nobody of {n} simulated people is stopped too soon, and "
            f"{found.without_response:,} infusions go to people who do not respond.",
        )
    return (
        "info",
        f"{found.rule.label}: {found.stopped_early} of {n} simulated people are stopped early. "
        f"{found.would_have_responded} of them would have responded and "
        f"{found.would_have_improved} more would have improved; {found.spared:,} infusions are "
        f"not given, {found.without_response:,} still go to people who do not respond.",
    )


def _anchors(result: Shown) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(each.label)}</th><td>{escape(each.published)} '
        f"{escape(each.unit)}{f' (n = {each.n})' if each.n else ''}</td>"
        f"<td>{each.simulated:.0f} {escape(each.unit)}</td><td>{cited(each.source)}</td></tr>"
        for each in result.anchors
    )
    return (
        "<details><summary><strong>How near the simulation comes to what was published</strong>"
        '</summary><div class="trd-table"><table><thead><tr><th scope="col">Figure</th>'
        '<th scope="col">Published</th><th scope="col">Simulated</th><th scope="col">Source</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
        '<p class="trd-small">The simulated people were set to come near these. All of the '
        "published figures are without a control group, so part of each is hope, time and the "
        "company of staff.</p></details>"
    )


_FIRST_ROWS = (
    "mon-fut-after-four",
    "mon-fut-three-consecutive",
    "mon-fut-late-58",
    "mon-fut-two-too-early",
    "mon-resp-phillips-median",
    "mon-fut-plan",
    "mon-freq-two-madrs",
    "mon-freq-three-madrs",
    "mon-resp-karma",
    "mon-resp-karma-midazolam",
)
_LATER_ROWS = (
    "mon-rel-no-iv-rct",
    "mon-rel-stopping-review",
    "mon-rel-sustain1-continue",
    "mon-rel-sustain1-stop",
    "mon-rel-lengthen",
    "mon-rel-widen",
    "mon-rel-exit-plan",
)


def _fold(title: str, names: Sequence[str]) -> str:
    table = evidence_rows()
    items = "".join(f"<li>{line(table[name])}</li>" for name in names)
    return (
        f"<details><summary><strong>{title}</strong></summary>"
        f'<ul class="trd-back">{items}</ul></details>'
    )


def _plan_origin(kept: Maintained) -> str:
    plan = kept.plan
    links = cited(plan.source)
    return f"{escape(plan.note)}{f' ({links})' if links else ' (this course’s own convention)'}"


class CourseView(View[Shown]):
    """One person and the rules above; relapse and maintenance below."""

    height_px = 900

    def __init__(self) -> None:
        self._first = FirstCourseView()
        self._second = StayingWellView()
        # The sources take a moment to read; better while the page opens.
        cited(("phillips2019",))

    def html(self, result: Shown) -> str:
        """Return the person, the message and the table of rules."""
        return (
            f"{CSS}{_LOOK}{verdict(*_answer(result))}{self._first.html(result)}"
            f"{_rules(result)}{_anchors(result)}"
            f"{_fold('What was found, and who says so', _FIRST_ROWS)}"
        )

    def more(self, result: Shown) -> str:
        """Return staying well, with and without maintenance."""
        kept = result.kept
        remark = f"<p><strong>{escape(result.remark)}</strong></p>" if result.remark else ""
        nothing = (
            "<p><strong>Set to 0, the same infusions change nothing.</strong> No trial says which "
            "it is.</p>"
            if kept.infusions and kept.hold == 0
            else ""
        )
        return (
            f"{remark}{nothing}{self._second.html(result)}"
            f'<p role="status">{escape(staying_words(kept))}</p>'
            f'<p class="trd-small">Curve: {escape(kept.curve.label)} '
            f"({cited(kept.curve.source)}; {escape(kept.curve.note)}) "
            f"Plan: {escape(kept.plan.label)}. {_plan_origin(kept)}</p>"
            f"{_fold('Maintenance: what is known, and what this course does', _LATER_ROWS)}"
        )

    def describe(self, result: Shown) -> str:
        """Say what the rule costs and saves, and what it does to the person in the picture."""
        return f"{_answer(result)[1]} {self._first.describe(result)}"

    def table(self, result: Shown) -> Table:
        """Return rules, marks by infusion, the person's scores and staying well by week."""
        rules = [
            [
                each.rule.label,
                str(each.stopped_early),
                str(each.would_have_responded),
                str(each.would_have_improved),
                f"{each.infusions:,}",
                f"{each.without_response:,}",
                str(each.goes_on),
            ]
            for each in result.rules
        ]
        marks = Table(
            "Simulated people at each mark, if all six are given",
            ["24 hours after infusion", *(str(index) for index in range(1, INFUSIONS + 1))],
            [
                [f"−{100 - _LEVELS[name]} %: {MARK_WORDS[name]}", *(str(count) for count in counts)]
                for name, counts in reached(result.courses).items()
            ],
        )
        return _Tables(
            f"{result.courses.n:,} simulated people, {result.setting}; six infusions planned",
            [
                "Rule",
                "Stopped before 6",
                "Would have responded",
                "Would have improved only",
                "Infusions in all",
                "To people who do not respond",
                "Offered maintenance",
            ],
            rules,
            (marks, self._first.table(result), self._second.table(result)),
        )
