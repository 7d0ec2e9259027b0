"""STAR*D: remission step by step, and the five figures quoted from the same study."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.definitions.stard import Answer, Step, steps, totals
from trd.panel.parts import NOT_CHECKED, cited
from trd.panel.views import BLUE, GREY, INK, ORANGE, FigureView, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

#: Short names of the five questions, for the right half of the figure.
_SHORT = {
    "theoretical": "if nobody had left",
    "of_treated": "of 3,671 in step 1",
    "of_enrolled": "of 4,041 enrolled",
    "reanalysis": "HAM-D, protocol rules",
    "sustained": "still well and in the study",
}

#: Closest two labels at a line's end may come, in % of the axis.
_GAP = 9.0


def _people(count: float) -> str:
    return f"{count:,.0f}"


def _apart(low: float, high: float) -> tuple[float, float]:
    """Return two label heights at least `_GAP` apart and inside the axis."""
    middle, half = (low + high) / 2, max(high - low, _GAP) / 2
    middle = min(max(middle, half + 3), 97 - half)
    return middle - half, middle + half


class StardView(FigureView[Answer]):
    """Bars for each step, two lines that add up, and the five published figures."""

    size_in = (7.6, 4.0)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 520

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes and return what moves."""
        from matplotlib.transforms import blended_transform_factory

        left = figure.add_axes((0.085, 0.235, 0.485, 0.615))
        left.set(xlim=(0.45, 5.55), ylim=(0, 104), yticks=range(0, 101, 20), xticks=[])
        left.set_ylabel("people in remission (%)")
        left.grid(axis="x", visible=False)
        across = blended_transform_factory(left.transData, figure.transFigure)
        for step in steps():
            figure.text(step.number, 0.178, f"Step {step.number}", transform=across, ha="center")
        self._foot = figure.text(0.085, 0.012, "", color=GREY)

        right = figure.add_axes((0.625, 0.15, 0.34, 0.7))
        right.set(xlim=(0, 100), ylim=(-0.35, 4.95), yticks=[], xticks=range(0, 101, 25))
        right.set_xlabel("remission (%)", labelpad=2)
        right.grid(visible=False)
        right.spines["left"].set_visible(False)
        right.set_title("One study, five questions", fontsize=11, pad=4)

        self._title = figure.text(0.012, 0.945, "", fontsize=13, fontweight="bold")
        self._bars = left.bar([1, 2, 3, 4], [0.0] * 4, 0.5, color="#A9D5F2", edgecolor=BLUE)
        self._rates = [
            figure.text(i, 0.128, "", transform=across, ha="center") for i in range(1, 5)
        ]
        self._counts = [
            figure.text(i, 0.078, "", transform=across, ha="center", color=GREY)
            for i in range(1, 5)
        ]
        (self._seen,) = left.plot([], [], color=BLUE, marker="o", markersize=6)
        (self._both,) = left.plot(
            [], [], color=ORANGE, linestyle="--", marker="s", markersize=5, markerfacecolor="white"
        )
        (self._level,) = left.plot([], [], color=INK, linestyle=":", linewidth=1.8)
        self._seen_label = left.text(4.2, 0, "", color=BLUE, va="center", fontweight="bold")
        self._both_label = left.text(4.2, 0, "", color="#A84300", va="center", fontweight="bold")
        self._level_label = left.text(5.5, 0, "", color=INK, va="bottom", ha="right")

        rows = list(enumerate(reversed(totals())))
        self._rows = {
            total.key: (
                right.barh(y, total.value_pct, 0.34, color=GREY)[0],
                right.text(0, y + 0.27, "", va="bottom"),
            )
            for y, total in rows
        }
        (self._own,) = right.plot(
            [],
            [],
            color=ORANGE,
            marker="D",
            markersize=10,
            markeredgecolor="white",
            linestyle="",
            clip_on=False,
        )
        moving: list[Any] = [*self._bars, *self._rates, *self._counts, self._level, self._seen]
        moving += [
            self._foot,
            self._both,
            self._seen_label,
            self._both_label,
            self._level_label,
            self._title,
        ]
        for pair in self._rows.values():
            moving += pair
        return [*moving, self._own]

    def update(self, result: Answer) -> None:
        """Move bars, lines, labels and the highlighted question."""
        self._title.set_text(_title(result))
        taken = {removed.step: removed.records for removed in result.removed}
        for i, (bar, rate) in enumerate(zip(self._bars, result.pathway.rates, strict=True)):
            bar.set_height(100 * rate)
            self._rates[i].set_text(f"{100 * rate:.1f} %")
            minus = f"−{taken[i + 1]}" if taken else f"n {_people(result.entered[i])}"
            self._counts[i].set_text(minus)
            self._counts[i].set_color("#A84300" if taken else GREY)
        self._foot.set_text(
            "below each step: records the re-analysis left out"
            if taken
            else "bars: % of that step; lines: % of all who began"
        )
        context = result.own_pct is None
        self._lines(result, faint=context)
        self._level.set_data(
            [0.45, 5.55] if context else [], [result.total.value_pct] * 2 * context
        )
        self._level_label.set_text(f"{result.total.value_pct:g} %" if context else "")
        self._level_label.set_y(result.total.value_pct + 1)
        self._highlight(result)

    def _lines(self, result: Answer, faint: bool) -> None:
        x = [1, 2, 3, 4]
        self._seen.set_data(x, result.seen_pct)
        self._both.set_data(x, result.assumed_pct)
        low, high = result.seen_pct[-1], result.assumed_pct[-1]
        apart = high - low >= 0.5 and not faint
        below, above = _apart(low, high)
        clear = not faint or abs(low - result.total.value_pct - 3) > _GAP
        self._seen_label.set_text(f"{low:.0f} % seen" if clear else "")
        self._seen_label.set_y(below if apart else min(max(low, 4), 96))
        self._both_label.set_text(f"{high:.0f} % in all" if apart else "")
        self._both_label.set_y(above)
        self._both.set_visible(apart)
        for artist in (self._seen, self._seen_label, *self._bars):
            artist.set_alpha(0.4 if faint else 1.0)

    def _highlight(self, result: Answer) -> None:
        own = result.own_pct
        moved = own is not None and abs(own - result.total.value_pct) >= 1
        mine = f"  ◆ {own:.0f} %" if moved else ""
        for key, (bar, text) in self._rows.items():
            chosen = key == result.total.key
            value = next(total.value_pct for total in totals() if total.key == key)
            bar.set(color=BLUE if chosen else "#C3CAD1", edgecolor=INK, linewidth=1.6 * chosen)
            text.set(
                text=f"{value:g} % {_SHORT[key]}{mine if chosen else ''}",
                fontweight="bold" if chosen else "normal",
                color=INK if chosen else GREY,
            )
        y = self._rows[result.total.key][0].get_y() + 0.17
        self._own.set_data([own or 0.0] if moved else [], [y] if moved else [])

    def html(self, result: Answer) -> str:
        """Return the figure with the chosen figure spelt out under it."""
        return super().html(result) + _card(result)

    def describe(self, result: Answer) -> str:
        """Say what the chosen figure is a share of, and what the reader's settings give."""
        total = result.total
        basis = "by arithmetic on published numbers" if total.status == "derived" else "as printed"
        words = f"{total.question} {total.value_pct:g} %, {basis}."
        if result.own_pct is None:
            return (
                f"{words} The four steps cannot give this figure: it counts other people, "
                "another scale or a later time."
            )
        seen, both = result.seen_pct[-1], result.assumed_pct[-1]
        whose = "The study’s own steps" if result.as_counted else "Your steps"
        words += f" {whose} give {seen:.0f} % seen in treatment"
        if both - seen < 0.5:
            return f"{words}, and nobody is assumed to remit after leaving."
        return (
            f"{words} and {round(both) - round(seen)} more, {both:.0f} % in all, if people who "
            f"left remit at {100 * result.pathway.leavers_remit_at:.0f} % of the rate of those "
            "who stayed."
        )

    def table(self, result: Answer) -> Table:
        """Return the steps with everything that is quoted about them."""
        return Table(
            f"STAR*D step by step, per cent. Figures marked * are {NOT_CHECKED}; the others are in "
            "Rush 2006, the letter of Rush 2023, or follow from them by arithmetic.",
            [
                "Step",
                "People",
                "Remission",
                "Seen so far",
                "In all, assumed",
                "Response*",
                "Left after*",
                "Relapse, 12 months*",
            ],
            [_row(step, result) for step in steps()],
        )


def _row(step: Step, result: Answer) -> list[str]:
    i = step.number - 1
    left = step.left_after_step
    return [
        f"{step.number}: {step.treatment}",
        _here(_people(result.entered[i]), _people(step.n.value)),
        _here(f"{100 * result.pathway.rates[i]:.1f}", f"{step.remission.value:.1f}"),
        f"{result.seen_pct[i]:.1f}",
        f"{result.assumed_pct[i]:.1f}",
        f"{step.response.value:.1f}",
        f"{left.value:.1f}" if left else "none printed",
        f"{step.relapse_all.value:.1f}",
    ]


def _here(here: str, study: str) -> str:
    return here if here == study else f"{here} (study: {study})"


def _title(result: Answer) -> str:
    key, own = result.total.key, result.own_pct
    if key == "reanalysis":
        return "35 %: another scale, and 941 records left out"
    if key == "sustained":
        return "2.7 %: remitted, stayed well and stayed in the study"
    own = own or 0.0
    if key == "theoretical":
        seen = result.seen_pct[-1]
        if own - seen < 0.5:
            return f"{own:.0f} % if people who left did not remit: only what was seen"
        more = round(own) - round(seen)
        return f"{own:.0f} % rests on an assumption: {seen:.0f} seen, {more} assumed"
    whom = "those who began" if key == "of_treated" else "everyone enrolled"
    if not result.as_counted:
        return f"With your numbers, {own:.0f} % of {whom} would be seen to remit"
    return f"{own:.0f} % of {whom} were seen to remit at some step"


def _card(result: Answer) -> str:
    total = result.total
    cells = [
        ("Counted", escape(total.numerator)),
        ("Out of", escape(total.denominator)),
        ("Scale", escape(total.scale)),
        ("Source", f"{cited(total.source)}{_how(total.status)}"),
    ]
    body = "".join(
        f'<li style="display:inline-block;margin-right:18px"><strong>{name}:</strong> {text}</li>'
        for name, text in cells
    )
    return (
        f'<ul style="list-style:none;margin:4px 0 0;padding:0">{body}</ul>'
        f'<p style="margin:6px 0 0">{_dispute(total.key)} <strong>None of the five figures is a '
        "drug effect:</strong> treatment was open, without a placebo group.</p>"
    )


def _how(status: str) -> str:
    return " (arithmetic on published numbers)" if status == "derived" else ""


def _dispute(key: str) -> str:
    if key == "reanalysis":
        return (
            f"<strong>Two readings.</strong> {cited(['pig23'])} applied the protocol’s entry rules "
            "and the HAM-D, and point to 234 people who left citalopram early. "
            f"{cited(['rushlet'])} reply that the exclusions were chosen afterwards, removed "
            "hundreds of people with low scores at exit and misread the aim. The dispute is "
            "unresolved, and both sides have a stake in it."
        )
    if key == "sustained":
        return (
            f"{cited(['pig11'])} count as well only people known to be: anyone who left the "
            "follow-up counts as not well, whatever became of them. It is a lower limit."
        )
    if key == "theoretical":
        return (
            "The 67 % multiplies four step rates as if everyone had stayed. What became of the "
            "people who left was not seen; no setting of the slider is known to be the right one."
        )
    return (
        "People who left count here as not in remission. Some of them will have remitted "
        "unseen, so this is what was observed, not what would have happened to everyone."
    )
