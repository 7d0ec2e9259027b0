"""Draws whether one antidepressant trial was adequate, and by whose rule."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.definitions.adequacy import WEEKS_RULES, Adequacy
from trd.definitions.verdicts import TrialReport
from trd.panel.parts import CSS, backing, badge, verdict
from trd.panel.views import BLUE, INK, ORANGE, FigureView, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_TOP_PCT = 250.0
_ROWS = ("Dose", "Weeks", "Adherence")
_ZONES = (
    (-20, 0, "worse", "#F3D9CC"),
    (0, 25, "no\nresponse", "#F7E9DF"),
    (25, 50, "partial", "#E8EDF0"),
    (50, 100, "response", "#D5EAE3"),
)
_SHORT = {"dose-low": "dose", "weeks-short": "weeks", "adherence-low": "adherence"}


def _checks(chosen: Adequacy) -> tuple[tuple[float, float, bool, str], ...]:
    """Value, limit, whether reached, and unit of dose, weeks and adherence."""
    trial = chosen.trial
    return (
        (trial.dose_mg, chosen.minimum_dose_mg, chosen.dose_ok, "mg"),
        (trial.weeks, float(chosen.weeks_rule), chosen.weeks_ok, "weeks"),
        (trial.adherence_pct, chosen.adherence_threshold_pct, chosen.adherence_ok, "%"),
    )


def _tables(chosen: Adequacy) -> str:
    return f"{chosen.weeks_rule}-week rule, {'strict' if chosen.strict else 'default'} doses"


class AdequateTrialView(FigureView[TrialReport]):
    """Three bars against their limits, the outcome, and the six verdicts side by side."""

    size_in = (7.2, 4.0)

    def __init__(self) -> None:
        super().__init__()
        self.height_px += 330
        self._bars: list[Any] = []
        self._labels: list[Any] = []
        self._over: Any = None
        self._others: Any = None
        self._pointer: Any = None
        self._outcome: Any = None
        self._title: Any = None

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes with their limits."""
        top = figure.add_axes((0.155, 0.43, 0.535, 0.46))
        top.set_xlim(0, _TOP_PCT)
        top.set_ylim(2.6, -0.6)
        top.set_yticks(range(3), _ROWS)
        top.set_xticks(range(0, 251, 50), [f"{tick} %" for tick in range(0, 251, 50)])
        top.set_xlabel("Share of what the rule asks for", labelpad=1)
        top.grid(False, axis="y")
        top.tick_params(length=0)
        line = top.axvline(100, color=INK, linestyle=(0, (4, 2)), linewidth=2)
        top.text(103, -0.42, "limit    ◇ limit in other tables", va="center", color=INK)
        self._bars = [top.barh(row, 50, height=0.42, linewidth=1.4)[0] for row in range(3)]
        (self._others,) = top.plot(
            [], [], "D", color="white", markeredgecolor=INK, markeredgewidth=1.6, markersize=8
        )
        (self._over,) = top.plot([], [], ">", color=INK, markersize=9, clip_on=False)
        self._labels = [
            top.text(_TOP_PCT * 1.04, row, "", va="center", linespacing=1.25) for row in range(3)
        ]

        strip = figure.add_axes((0.155, 0.135, 0.535, 0.135))
        strip.set_xlim(-20, 100)
        strip.set_ylim(0, 1)
        strip.set_yticks([0.5], ["Outcome"])
        strip.set_xticks([-20, 0, 25, 50, 75, 100])
        strip.set_xlabel("Improvement from baseline (%)", labelpad=1)
        strip.grid(False)
        strip.tick_params(length=0)
        for low, high, words, colour in _ZONES:
            strip.axvspan(low, high, color=colour, linewidth=0)
            strip.text((low + high) / 2, 0.48, words, ha="center", va="center", linespacing=0.95)
        strip.axvline(50, color=INK, linestyle=(0, (4, 2)), linewidth=2)
        (self._pointer,) = strip.plot([0], [1.2], "v", color=BLUE, markersize=13, clip_on=False)
        self._outcome = strip.text(105, 0.5, "", va="center", linespacing=1.25)
        self._title = figure.text(0.012, 0.945, "", fontsize=13, fontweight="bold", va="center")
        return [
            *self._bars,
            line,  # after the bars, so that they do not hide it
            self._others,
            self._over,
            *self._labels,
            self._pointer,
            self._outcome,
            self._title,
        ]

    def update(self, result: TrialReport) -> None:
        """Move bars, markers and words."""
        chosen = result.chosen
        beyond = []
        for row, (value, limit, reached, unit) in enumerate(_checks(chosen)):
            share = 100 * value / limit
            if share > _TOP_PCT:
                beyond.append(row)
            bar, label = self._bars[row], self._labels[row]
            bar.set_width(min(share, _TOP_PCT))
            bar.set_facecolor(BLUE if reached else "#F6CDB4")
            bar.set_edgecolor(BLUE if reached else ORANGE)
            bar.set_hatch("" if reached else "///")
            mark = "✓" if reached else "✗"
            label.set_text(f"{mark} {value:g} {unit}\n    limit {limit:g} {unit}")
            label.set_color(INK if reached else "#A33F00")
        self._over.set_data([_TOP_PCT] * len(beyond), beyond)
        limit_mg = chosen.minimum_dose_mg
        shares = {100 * other.dose_mg / limit_mg for other in result.limits} - {100.0}
        shown = sorted(share for share in shares if share <= _TOP_PCT)
        self._others.set_data(shown, [0.0] * len(shown))
        improvement = result.trial.improvement_pct
        at = min(max(improvement, -20), 100)
        self._pointer.set_data([at], [1.2])
        better = f"{improvement:g} % better\n{chosen.outcome}"
        self._outcome.set_text(better if improvement >= 0 else f"{-improvement:g} % worse")
        self._title.set_text(self._message(chosen))

    def _message(self, chosen: Adequacy) -> str:
        if not chosen.reasons:
            return f"All three limits reached ({_tables(chosen)})"
        short = " and ".join(_SHORT[reason.code] for reason in chosen.reasons)
        if len(chosen.reasons) == 3:
            short = "dose, weeks, adherence"
        return f"Below the limit: {short} ({_tables(chosen)})"

    def html(self, result: TrialReport) -> str:
        """Return verdict, picture, the six verdicts, and every table's dose."""
        kind = "yes" if result.chosen.failed else "good" if result.chosen.adequate else "bad"
        return (
            CSS
            # Room for two lines, so that the picture does not move when the verdict grows.
            + f'<div style="min-height:66px">{verdict(kind, result.sentence)}</div>'
            + super().html(result)
            + self._in_words(result)
            + self._six(result)
            + self._doses(result)
        )

    def _in_words(self, result: TrialReport) -> str:
        """Return the bars as text for narrow screens, where the picture is small."""
        rows = zip(_ROWS, _checks(result.chosen), strict=True)
        items = "".join(
            f"<li>{badge('good' if reached else 'bad', name)} {value:g} {unit}, limit {limit:g}"
            f" {unit}</li>"
            for name, (value, limit, reached, unit) in rows
        )
        return f'<ul class="trd-only-narrow" aria-hidden="true">{items}</ul>'

    def _six(self, result: TrialReport) -> str:
        head = "".join(f'<th scope="col">{weeks} weeks</th>' for weeks in WEEKS_RULES)
        body = ""
        for start, name in ((0, "Default doses"), (3, "Strict doses")):
            cells = "".join(
                self._cell(v, v == result.chosen) for v in result.every_rule[start:][:3]
            )
            body += f'<tr><th scope="row">{name}</th>{cells}</tr>'
        says = (
            "all six rules agree" if result.rules_agree else "the same trial, and the rules differ"
        )
        return (
            f'<p class="trd-sub">Six rules: {says}</p>'
            '<div class="trd-table"><table class="trd-six" aria-label="Verdict of the six rules">'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _cell(self, found: Adequacy, chosen: bool) -> str:
        if found.failed:
            words = badge("yes", "counts")
        elif found.adequate:
            words = badge("good", "helped")
        else:
            words = badge("bad", ", ".join(_SHORT[reason.code] for reason in found.reasons))
        if not chosen:
            return f"<td>{words}</td>"
        return f'<td style="background:#fff4cf">{words}<br><small>chosen rule</small></td>'

    def _doses(self, result: TrialReport) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(limit.label)}</th><td>{escape(limit.entry.text)} mg</td>'
            f"<td>{badge('good', 'reached') if limit.reached else badge('bad', 'too low')}</td>"
            f'<td class="trd-small">{backing(limit.entry)}</td></tr>'
            for limit in result.limits
        )
        trial = result.trial
        says = (
            f"tables disagree about {trial.dose_mg:g} mg"
            if result.dose_disputed
            else f"all tables say the same about {trial.dose_mg:g} mg"
        )
        return (
            f'<p class="trd-sub">Minimum daily dose of {escape(trial.drug)}: {says}</p>'
            '<div class="trd-table"><table class="trd-stack" aria-label="Minimum dose by table">'
            "<thead><tr>"
            '<th scope="col">Table</th><th scope="col">Minimum</th><th scope="col">This dose</th>'
            f'<th scope="col">Basis</th></tr></thead><tbody>{rows}</tbody></table></div>'
        )

    def describe(self, result: TrialReport) -> str:
        """Return the trial, its verdict and how many rules agree."""
        trial, six = result.trial, len(result.every_rule)
        counts = (
            f"It counts as a failed adequate trial under {result.counting} of the {six} rules."
            if result.counting or not result.adequate_under
            else f"It is adequate under {result.adequate_under} of the {six} rules, and it helped."
        )
        return (
            f"{trial.drug.capitalize()} {trial.dose_mg:g} mg for {trial.weeks:g} weeks, adherence "
            f"{trial.adherence_pct:g} %, improvement {trial.improvement_pct:g} % "
            f"({_tables(result.chosen)}). {result.sentence} {counts}"
        )

    def table(self, result: TrialReport) -> Table:
        """Return value, limit and verdict of each check under the chosen rule."""
        rows = [
            [name, f"{value:g} {unit}", f"{limit:g} {unit}", "reached" if reached else "too low"]
            for name, (value, limit, reached, unit) in zip(
                _ROWS, _checks(result.chosen), strict=True
            )
        ]
        improvement = f"{result.trial.improvement_pct:g} %"
        rows.append(["Improvement", improvement, "failed below 50 %", result.chosen.outcome])
        return Table(
            f"This trial under the {_tables(result.chosen)}",
            ("What", "This trial", "Limit", "Verdict"),
            rows,
        )
