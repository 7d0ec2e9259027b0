"""Draws how one drug curve becomes a printed mean rise, ingredient by ingredient."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.monitoring.changes import (
    NEAR_MMHG,
    SUMMARIES,
    TIMES,
    Attempt,
    Ingredients,
    Series,
    published,
    ways,
)
from trd.monitoring.evidence import evidence_rows
from trd.panel.backed import line
from trd.panel.parts import CSS, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, PURPLE, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

#: How the ingredients read, in the order they are added.
STEP_WORDS = {
    "start": "As the simulator is set",
    "age": "Age",
    "hypertension": "Hypertension",
    "blunted": "Blunted rises",
    "arrival": "Baseline on arrival",
    "times": "When the cuff is pressed",
    "summary": "What is averaged",
}
TIME_WORDS = {
    "every_10": "every 10, after the end every 15 minutes",
    "every_15": "at 15, 30, 45, 60 and 90 minutes",
    "peak": "once, at 40 minutes",
    "late": "only afterwards, at 60 and 90 minutes",
}
#: Rows of the evidence table on each series.
_KNOWN = {
    "series_684": (
        "mon-bp-riva-age",
        "mon-bp-riva-hypertension",
        "mon-sched-riva-during",
        "mon-bp-riva-minute",
        "mon-bp-riva-no-tolerance",
    ),
    "series_741": ("mon-bp-741-minute", "mon-bp-741-who"),
    "pooled_15": ("mon-bp-pooled-sys", "mon-bp-pooled-hr"),
    "series_2342": (
        "mon-bp-yale-sys-sd",
        "mon-sched-yale",
        "mon-bp-yale-minute",
        "mon-bp-yale-age",
        "mon-bp-severe-yale",
    ),
}
#: Neither hides nor decides: what has to be left open.
_OPEN = {
    "series_684": "its treatment for hypertension, premedication and how the baseline was taken",
    "series_741": "its age, premedication and how the baseline was taken",
    "pooled_15": "how its articles chose baseline and summary, and which routes weigh how much",
    "series_2342": "its age, premedication and how the baseline was taken",
}
_LOW, _HIGH = -15.0, 33.0
_MINUTES = 104.0
#: Largest means this far apart are taken as the same minute.
_SAME_MINUTE = 6

#: Height in inches of the lower picture: a narrow screen shows its words instead.
_LOWER_IN = 2.6
_STYLE = """<style>
.trd-ch { margin:4px 0 8px; padding-left:1.2em; }
.trd-ch li { margin:3px 0; }
@media (max-width:620px) {
  .trd-ch-cut .trd-scroll { overflow-y:hidden; }
  .trd-ch-cut .trd-figure { margin-bottom:-CUTpx; }
  .trd-ch-wide { display:none; }
}
</style>""".replace("CUT", str(round(620 * _LOWER_IN / 7.6)))


def signed(number: float, digits: int = 1) -> str:
    """Return a number with its sign, as it is printed."""
    text = f"{number:+.{digits}f}"
    return ("0" if float(text) == 0 else text).replace("-", "−")


def _name(series: Series) -> str:
    return series.label.split(",")[0]


def _title(result: Attempt) -> str:
    aim = result.target
    if result.hit:
        return f"Printed {signed(result.printed)} mmHg: as in the {_name(aim)}"
    gap = abs(result.off_by)
    way = "above" if result.off_by > 0 else "below"
    return f"Printed {signed(result.printed)} mmHg: {gap:.1f} {way} the {_name(aim)}"


class ChangesView(TitledView[Attempt]):
    """The means over time above; below, how each ingredient moves what is printed."""

    size_in = (7.6, 5.3)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 1040

    def title(self, result: Attempt) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes and the published rises, and return what moves."""
        wide, high = self.size_in
        curve = figure.add_axes((0.72 / wide, 3.1 / high, 6.7 / wide, 1.66 / high))
        curve.set(xlim=(0, _MINUTES), ylim=(-32, 47), ylabel="Change (mmHg)")
        curve.set_xlabel("Minutes after the start", labelpad=1)
        curve.set_xticks(range(0, 101, 10))
        curve.set_yticks([-20, 0, 20, 40])
        curve.axhline(0, color=GREY, lw=1)
        steps = figure.add_axes((2.2 / wide, 0.5 / high, 5.22 / wide, 1.78 / high))
        rows = len(STEP_WORDS)
        steps.set(
            xlim=(_LOW, _HIGH), ylim=(rows - 0.4, -0.6), xlabel="Printed systolic rise (mmHg)"
        )
        steps.set_xticks(range(-10, 31, 10))
        steps.set_yticks(range(rows), list(STEP_WORDS.values()))
        steps.tick_params(axis="y", length=0)
        steps.grid(visible=False, axis="y")
        self._title = figure.text(0.012, (high - 0.2) / high, "", fontsize=13, fontweight="bold")
        self._title.set(va="center")
        self._fixed = {}
        for series in published():
            steps.axvline(series.systolic, color=GREY, lw=1.2, ls=(0, (2, 2)), zorder=1)
            self._fixed[series.name] = steps.text(
                series.systolic,
                -0.75,
                signed(series.systolic, 0),
                ha="center",
                va="bottom",
                color=INK,
            )
        self._aim = steps.axvline(0, color=ORANGE, lw=3, zorder=1.5)
        figure.text(0.012, 2.37 / high, "published rises:")
        self._bars = steps.barh(range(rows), [0.0] * rows, height=0.58, color=BLUE, zorder=3)
        self._ends = [steps.text(0, i, "", va="center", zorder=4) for i in range(rows)]
        clear: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        for text in self._ends:
            text.set_bbox({**clear, "alpha": 0.85})
        self._whiskers = curve.vlines([], 0, 1, color=BLUE, lw=5, alpha=0.28)
        self._base = curve.plot([], [], color=GREY, lw=1.8, ls=(0, (5, 2)), marker="o", ms=4)[0]
        self._line = curve.plot([], [], color=BLUE, marker="o", ms=7)[0]
        self._star = curve.plot(
            [], [], ls="", marker="*", ms=17, mfc=ORANGE, mec="white", mew=0.8, zorder=5
        )[0]
        self._level = curve.axhline(0, color=ORANGE, lw=2, ls=(0, (1.5, 1.5)))
        return [
            self._title,
            self._aim,
            *self._bars,
            *self._ends,
            self._whiskers,
            self._base,
            self._level,
            self._line,
            self._star,
        ]

    def update(self, result: Attempt) -> None:
        """Move the means, the bars and the aim."""
        found, base, aim = result.change, result.base, result.target
        self._title.set_text(_title(result))
        self._whiskers.set_segments(
            [
                [(t, low), (t, high)]
                for t, low, high in zip(found.times_min, found.p10, found.p90, strict=True)
            ]
        )
        self._base.set_data(base.times_min, base.means)
        self._line.set_data(found.times_min, found.means)
        minutes = [] if aim.minute is None else [aim.minute]
        self._star.set_data(minutes, [aim.systolic] * len(minutes))
        self._level.set(ydata=[aim.systolic] * 2, visible=not minutes)
        self._aim.set_xdata([aim.systolic] * 2)
        last = len(result.steps) - 1
        for i, (bar, text, step) in enumerate(
            zip(self._bars, self._ends, result.steps, strict=True)
        ):
            low, high = sorted((step.before, step.after))
            bar.set(x=low, width=max(high - low, 0.25))
            bar.set_facecolor(BLUE if step.name == "start" or step.by >= 0 else PURPLE)
            bar.set_hatch("" if step.name == "start" or step.by >= 0 else "///")
            bar.set_edgecolor("white")
            words = signed(step.after if step.name == "start" else step.by)
            if i == last:
                words = f"{words}  →  printed {signed(step.after)}"
            room = high + 0.5
            right = room > _HIGH - (15 if i == last else 6)
            text.set(x=low - 0.5 if right else room, ha="right" if right else "left", text=words)
            text.set_fontweight("bold" if i == last else "normal")

    def html(self, result: Attempt) -> str:
        """Return the picture, what follows, and what is known of the series aimed at."""
        key = (
            '<p style="margin:2px 0 6px;font-size:14px"><strong>Above:</strong> blue, your mean at '
            "each reading, and the bar from the 10th to the 90th person of 100; grey and dashed, "
            f"the simulator as it is set; {_star_words(result.target)}. "
            '<span class="trd-ch-wide"><strong>Below:</strong> each ingredient added to those '
            "above it; another order would share the effect out differently.</span></p>"
        )
        return (
            f'<div class="trd-ch-cut">{super().html(result)}</div>'
            f"{CSS}{_STYLE}{_narrow(result)}{key}{_message(result)}"
            f"{_known(result.target)}"
        )

    def more(self, result: Attempt) -> str:
        """Return every published rise with its source."""
        items = "".join(
            f"<li><strong>{escape(each.label)}:</strong> {signed(each.systolic, 2)} systolic, "
            f"{signed(each.diastolic, 2)} diastolic{_when(each)} "
            f'<span class="trd-small">({cited(each.source)})</span></li>'
            for each in published()
        )
        del result
        return (
            f'<p class="trd-sub">The published mean rises</p><ul class="trd-ch">{items}</ul>'
            '<p class="trd-small" style="margin:2px 0 6px">Read in the abstracts. No source takes '
            "the difference between them apart: the ingredients are this course’s reading.</p>"
        )

    def describe(self, result: Attempt) -> str:
        """Return what is printed, what is aimed at, and what moved it most."""
        moved = max(result.steps[1:], key=lambda step: abs(step.by))
        text = (
            f"With these ingredients a report prints {signed(result.printed)} mmHg; the "
            f"{_name(result.target)} printed {signed(result.target.systolic, 2)}. "
        )
        if abs(moved.by) < 0.05:
            return text + "Nothing has been changed from the simulator’s own setting."
        return (
            text + f"What moves it most: {STEP_WORDS[moved.name].lower()}, {signed(moved.by)} mmHg."
        )

    def table(self, result: Attempt) -> Table:
        """Return the ingredients one after another."""
        rows = [
            [
                STEP_WORDS[step.name],
                _setting(step.name, result),
                "" if step.name == "start" else signed(step.by),
                signed(step.after),
            ]
            for step in result.steps
        ]
        return Table(
            "Simulated people: how a printed rise comes about, not what happens to anybody",
            ["Ingredient", "Set to", "Moves it by (mmHg)", "Printed so far (mmHg)"],
            rows,
        )


def _narrow(result: Attempt) -> str:
    """Return the lower picture in words, for a screen on which it has to be scrolled."""
    items = "".join(
        f"<li>{STEP_WORDS[step.name]}: <strong>"
        f"{signed(step.after if step.name == 'start' else step.by)}</strong></li>"
        for step in result.steps
    )
    return (
        '<p class="trd-only-narrow">Swipe the picture sideways for the later minutes. What is '
        "printed, each ingredient added to those above it, in mmHg:</p>"
        f'<ul class="trd-only-narrow">{items}'
        f"<li>Printed: <strong>{signed(result.printed)} mmHg</strong></li></ul>"
    )


def _star_words(aim: Series) -> str:
    if aim.minute is None:
        return "orange and dotted, the published rise, which names no minute"
    return "orange star, the published rise at its minute"


def _when(series: Series) -> str:
    if series.interval is not None:
        return f" (systolic {series.interval[0]:.2f} to {series.interval[1]:.2f}, pooled)"
    return f", largest at minute {series.minute_text}" if series.minute is not None else ""


def _setting(name: str, result: Attempt) -> str:
    chosen = result.change.ingredients
    return {
        "start": "45 years, nobody treated, rested baseline, every 10 minutes, largest mean",
        "age": f"{chosen.age_years:g} years",
        "hypertension": f"{100 * chosen.hypertension_share:g} %",
        "blunted": f"{100 * chosen.blunted_share:g} % of people",
        "arrival": f"{chosen.arrival_mmhg:g} mmHg too high",
        "times": _times(chosen),
        "summary": SUMMARIES[result.summary].lower(),
    }[name]


def _times(chosen: Ingredients) -> str:
    for name, times in TIMES.items():
        if times == chosen.times_min:
            return TIME_WORDS[name]
    return ", ".join(map(str, chosen.times_min))


def _message(result: Attempt) -> str:
    aim, found = result.target, result.change
    if result.hit:
        first = (
            f"Done: {signed(result.printed)} and {signed(aim.systolic, 2)} would look the same in "
            "print. This is one way to get there, not the reason."
        )
    else:
        way = "too high" if result.off_by > 0 else "too low"
        first = (
            f"You print {signed(result.printed)} mmHg; the {_name(aim)} printed "
            f"{signed(aim.systolic, 2)}. Still {abs(result.off_by):.1f} mmHg {way}."
        )
    words = []
    if aim.name == "series_684" and result.people_alone > result.base.largest_mean + 0.5:
        words.append(
            "This series was older, and a third had hypertension. In the simulator both push the "
            f"rise up, to {signed(result.people_alone)}: who they were does not explain "
            f"{signed(aim.systolic, 2)} by itself."
        )
    other = found.mean_highest if result.summary == "mean" else found.largest_mean
    words.append(
        f"Same people, same cuff, the other summary: {signed(other)}. The mean of everybody’s own "
        "highest reading lies above the highest mean, whatever the truth, for people peak at "
        "different readings and a cuff errs upwards too."
        if len(found.times_min) > 1
        else "With a single reading the two summaries are the same number."
    )
    words.append(
        f"Behind the printed {signed(result.printed)}, {round(100 * found.over_30)} of 100 "
        "simulated people show a rise of 30 mmHg or more at some reading, and the mean true rise "
        f"at the peak is {signed(found.true_mean_peak)}. A mean says little about the person in "
        "the chair."
    )
    if result.hit:
        words += [each for each in (_wrong_minute(result), _other_ways(aim)) if each]
    items = "".join(f"<li>{escape(each)}</li>" for each in words)
    return verdict("info", first) + f'<ul class="trd-ch">{items}</ul>'


def _other_ways(aim: Series) -> str:
    found = ways(aim.name)
    if found.least is None or found.most is None:
        return f"On a grid of {found.tried} sets of ingredients none prints this number."
    one, other = _recipe(*found.least), _recipe(*found.most)
    differ = [i for i, part in enumerate(one) if part != other[i]]
    parts = [", ".join(recipe[i] for i in differ) for recipe in (one, other)]
    return (
        f"Other ways: of {found.tried} sets that agree with what the abstract says, {found.found} "
        f"print it to within {NEAR_MMHG:g} mmHg. For example {parts[0]}; or {parts[1]}. The number "
        "alone cannot tell them apart."
    )


def _recipe(chosen: Ingredients, summary: str) -> tuple[str, ...]:
    return (
        f"{chosen.age_years:g} years",
        f"{100 * chosen.hypertension_share:g} % with hypertension",
        f"{100 * chosen.blunted_share:g} % blunted",
        f"a baseline {chosen.arrival_mmhg:g} mmHg too high"
        if chosen.arrival_mmhg
        else "a rested baseline",
        f"read {_times(chosen)}",
        SUMMARIES[summary].lower(),
    )


def _wrong_minute(result: Attempt) -> str:
    aim, minute = result.target, result.change.largest_minute
    if aim.minute is None or abs(minute - aim.minute) <= _SAME_MINUTE:
        return ""
    return (
        f"The series found its largest mean at minute {aim.minute_text}, yours stands at {minute}: "
        "the number can fit while something else does not."
    )


def _without_name(text: str) -> str:
    """Leave out the name of the series, which stands above the list."""
    for name in ("Series of 684 infusions: ", "Third cohort: "):
        text = text.removeprefix(name)
    return text[:1].upper() + text[1:]


def _known(aim: Series) -> str:
    rows = evidence_rows()
    items = "".join(f"<li>{_without_name(line(rows[name]))}</li>" for name in _KNOWN[aim.name])
    return (
        f'<p class="trd-sub">What is known of the {escape(aim.label)}</p>'
        f'<ul class="trd-ch">{items}<li>Not noted here: {escape(_OPEN[aim.name])}.</li></ul>'
    )
