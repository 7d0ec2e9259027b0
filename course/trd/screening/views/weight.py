"""Dose by definition of weight: bars for the person, curves for the height, and a unit error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.evidence import rows
from trd.panel.parts import CSS, NOT_CHECKED, cited, verdict
from trd.panel.views import BLUE, GREEN, INK, ORANGE, FigureView, Table
from trd.screening.dosing import BASES, DosingWeight, PoundsError
from trd.screening.weight_report import BMI_RANGE, REFERENCE_MIN, WeightReport

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

#: Largest dose drawn, in mg: 0.6 mg/kg at 200 cm and a BMI of 50.
TOP_MG = 125

_ORDER = ("actual", "adjusted", "ideal")
_NAMES = {"actual": "Actual", "adjusted": "Adjusted", "ideal": "Ideal"}
_COLOURS = {"actual": BLUE, "adjusted": ORANGE, "ideal": GREEN}
_INKS = {"actual": BLUE, "adjusted": "#A84300", "ideal": "#00664A"}
_DASHES: dict[str, Any] = {"actual": "-", "adjusted": (0, (6, 2)), "ideal": (0, (1.5, 1.5))}
_MARKS = {"actual": "o", "adjusted": "s", "ideal": "D"}
_HATCHES = {"actual": "", "adjusted": "//", "ideal": ".."}
#: Two labels closer than this many mg would touch.
_APART_MG = 9.0

_LOOK = """<style>
.trd-err { border-collapse:collapse; font-size:14px; margin:6px 0; }
.trd-panel .trd-err :is(th,td) { text-align:left; padding:4px 10px 4px 6px; vertical-align:top;
  border-bottom:1px solid #d6dade; }
@media (max-width:620px) { .trd-panel .trd-err :is(th,td) { padding:4px 6px 4px 0; } }
.trd-panel .trd-err tbody th { font-weight:400; }
.trd-panel .trd-err td:not(:first-child) { white-space:nowrap; }
.trd-beside { display:none; }
@media (max-width:620px) { .trd-beside { display:block; } }
</style>"""


def mg(dose: float) -> str:
    """Return a dose with one decimal, without a superfluous zero."""
    return f"{dose:.1f}".removesuffix(".0")


class WeightView(FigureView[WeightReport]):
    """Three bars on the left, the same three definitions along the BMI on the right."""

    size_in = (7.6, 3.5)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 560

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes and return what moves."""
        left = figure.add_axes((0.015, 0.16, 0.37, 0.72))
        left.set(xlim=(0, TOP_MG * 1.2), ylim=(2.75, -0.75), yticks=[], xticks=range(0, 151, 25))
        left.set_xlabel("dose (mg)", labelpad=3)
        left.grid(axis="y", visible=False)
        left.set_title("This person", fontsize=12)
        right = figure.add_axes((0.47, 0.16, 0.40, 0.72))
        right.set(xlim=BMI_RANGE, ylim=(0, TOP_MG), xticks=range(15, 51, 5))
        right.set(yticks=range(0, TOP_MG + 1, 25))
        right.set_xlabel("body mass index (kg/m²)", labelpad=3)
        right.set_ylabel("dose (mg)", labelpad=2)
        right.set_title("Same height, other weights", fontsize=12)

        self._bars, self._over, self._ends = {}, {}, {}
        self._curves, self._points, self._labels = {}, {}, {}
        for y, basis in enumerate(_ORDER):
            colour = _COLOURS[basis]
            (bar,) = left.barh(
                [y + 0.13],
                [0],
                height=0.42,
                color=colour,
                hatch=_HATCHES[basis],
                edgecolor="white",
                linewidth=0,
            )
            self._bars[basis] = bar
            self._over[basis] = left.text(0, y - 0.24, "", va="center", color=INK)
            self._ends[basis] = left.text(0, y + 0.13, "", va="center", fontweight="bold")
            (self._curves[basis],) = right.plot(
                [], [], color=colour, linestyle=_DASHES[basis], linewidth=2.4
            )
            (self._points[basis],) = right.plot(
                [],
                [],
                marker=_MARKS[basis],
                markersize=9,
                color=colour,
                markeredgecolor="white",
                linestyle="",
                clip_on=False,
                zorder=5,
            )
            self._labels[basis] = right.text(
                BMI_RANGE[1] + 0.8, 0, _NAMES[basis], va="center", color=_INKS[basis], clip_on=False
            )
        (self._rule,) = right.plot(
            [], [], color="#E69F00", linewidth=9, alpha=0.38, solid_capstyle="butt", zorder=1
        )
        (self._person,) = right.plot([], [], color=INK, linewidth=1.3, linestyle=(0, (3, 3)))
        self._you = right.text(0, TOP_MG - 3, "", va="top", color=INK)
        moving: list[Any] = [self._rule, self._person, self._you]
        for basis in _ORDER:
            moving += [self._bars[basis], self._over[basis], self._ends[basis]]
            moving += [self._curves[basis], self._points[basis], self._labels[basis]]
        return moving

    def update(self, result: WeightReport) -> None:
        """Move bars, curves and marks."""
        person = result.person
        doses = dict(person.doses_mg)
        kilograms = _kilograms(result)
        for basis in _ORDER:
            chosen = basis == person.basis
            self._bars[basis].set_width(doses[basis])
            self._over[basis].set_text(
                f"{_NAMES[basis]}, {kilograms[basis]:.1f} kg{' ◄ this course' if chosen else ''}"
            )
            self._over[basis].set_fontweight("bold" if chosen else "normal")
            self._ends[basis].set_text(f"{mg(doses[basis])} mg")
            self._ends[basis].set_x(doses[basis] + 3)
            self._curves[basis].set_data(result.bmis, result.doses_mg[basis])
            self._points[basis].set_data([person.bmi], [doses[basis]])
        self._place_labels({basis: float(result.doses_mg[basis][-1]) for basis in _ORDER})
        below = result.bmis < result.rule_bmi
        course = result.doses_mg["adjusted"].copy()
        course[below] = result.doses_mg["actual"][below]
        # A gap where the convention jumps.
        course[int(below.sum())] = math.nan
        self._rule.set_data(result.bmis, course)
        self._person.set_data([person.bmi, person.bmi], [0, TOP_MG])
        toward_right = person.bmi < 33
        self._you.set_text(f"BMI {person.bmi:.1f}")
        self._you.set_x(person.bmi + (0.6 if toward_right else -0.6))
        self._you.set_horizontalalignment("left" if toward_right else "right")

    def _place_labels(self, ends: dict[str, float]) -> None:
        """Put the names at the ends of their curves, from below, never on one another."""
        at = -_APART_MG
        for basis in sorted(_ORDER, key=lambda basis: ends[basis]):
            at = max(ends[basis], at + _APART_MG)
            self._labels[basis].set_y(at)

    def html(self, result: WeightReport) -> str:
        """Return the message, the picture, and what the order would say."""
        return (
            CSS
            + _LOOK
            + verdict("info", _message(result))
            + super().html(result)
            + '<p class="trd-small trd-beside">The picture goes on to the right: the dose at the '
            "same height along the body mass index, on each definition.</p>"
            + '<p class="trd-small">Broad yellow band: what this course would write, actual weight '
            f"below a BMI of {result.rule_bmi:g}, adjusted from there on. At this height it jumps "
            f"there from {mg(result.jump_mg[0])} to {mg(result.jump_mg[1])} mg: a line "
            "drawn by this course, not by nature.</p>" + _order(result)
        )

    def more(self, result: WeightReport) -> str:
        """Return what a unit error makes of the order, and what a check finds."""
        return _error(result) + _checks()

    def describe(self, result: WeightReport) -> str:
        """Say the doses, the course's choice, and the error if there is one."""
        person = result.person
        doses = dict(person.doses_mg)
        listed = ", ".join(f"{_NAMES[basis].lower()} {mg(doses[basis])} mg" for basis in _ORDER)
        words = (
            f"Body mass index {person.bmi:.1f}. At {person.dose_mg_per_kg:g} mg/kg by weight: "
            f"{listed}. This course would write {mg(person.dose_mg)} mg, by {person.basis} weight."
        )
        if result.recorded is None:
            return words
        found = result.recorded
        outcome = "caught" if result.caught else "not caught"
        if found.order is None:
            return f"{words} The form refuses {found.error.typed_lb:.0f} as a weight in kg."
        return (
            f"{words} With pounds read as kilograms the order says {mg(found.order.dose_mg)} mg: "
            f"{outcome}."
        )

    def table(self, result: WeightReport) -> Table:
        """Return the three definitions with weight and dose."""
        doses, kilograms = dict(result.person.doses_mg), _kilograms(result)
        return Table(
            f"Dose at {result.person.dose_mg_per_kg:g} mg/kg, height {result.height_cm:g} cm, "
            f"BMI {result.person.bmi:.1f} kg/m²",
            ["Definition", "Weight (kg)", "Dose (mg)", "Over 40 minutes (mg/min)", "This course"],
            [
                [
                    _NAMES[basis],
                    f"{kilograms[basis]:.1f}",
                    mg(doses[basis]),
                    f"{doses[basis] / REFERENCE_MIN:.3f}",
                    "first infusion" if basis == result.person.basis else "",
                ]
                for basis in _ORDER
            ],
        )


def _kilograms(result: WeightReport) -> dict[str, float]:
    person = result.person
    return dict(zip(BASES, (person.actual_kg, person.ideal_kg, person.adjusted_kg), strict=True))


def _message(result: WeightReport) -> str:
    doses = [dose for _basis, dose in result.person.doses_mg]
    low, high = min(doses), max(doses)
    per_kg = f"{result.person.dose_mg_per_kg:g} mg/kg"
    if high - low < 0.5:
        return f"{per_kg} is about {mg(high)} mg on every definition of weight: no difference here."
    return (
        f"“{per_kg}” is anything from {mg(low)} to {mg(high)} mg in this person: "
        f"{mg(high - low)} mg depend on the definition of weight alone, and no trial was found "
        "that settles it."
    )


def _order(result: WeightReport) -> str:
    person = result.person
    why = (
        f"adjusted, because the BMI is {result.rule_bmi:g} or more"
        if person.basis == "adjusted"
        else f"actual, because the BMI is below {result.rule_bmi:g}"
    )
    thin = (
        "<p>Below the ideal weight: actual and adjusted weight are the same.</p>"
        if person.actual_kg <= person.ideal_kg
        else ""
    )
    reference = rows()["screen-weight-reference"]
    return (
        '<div class="trd-group" style="border-left-color:#E69F00"><p><strong>The order names both:'
        f"</strong> dosing weight {person.weight_kg:.1f} kg ({why}), absolute dose "
        f"{mg(person.dose_mg)} mg. Evenly over {REFERENCE_MIN:g} minutes, as in the reference "
        f"infusion of {reference.value} mg/kg ({cited(reference.sources)}), that is "
        f"{result.rate_mg_per_min:.3f} mg/min.</p>{thin}"
        '<p class="trd-small">mL and mL/h depend on the concentration in the syringe and are left '
        f"out here. Trials mostly dosed by actual weight: {NOT_CHECKED}. Other options: actual "
        "weight with a cap, or ideal weight.</p></div>"
    )


def _error(result: WeightReport) -> str:
    found = result.recorded
    if found is None:
        return (
            '<div class="trd-group" style="border-left-color:#5a6068"><p>The weight was written '
            "down in kilograms: there is no unit error to find. Choose pounds above.</p></div>"
        )
    if found.order is None:
        return _refused(found.error)
    return _ordered(result, found.error, found.order)


def _refused(error: PoundsError) -> str:
    return verdict(
        "good",
        f"The form refuses {error.typed_lb:.0f} as a weight in kg: outside 25 to 350 kg. "
        "Such a limit catches only the largest errors: take a lighter person.",
    )


def _ordered(result: WeightReport, error: PoundsError, order: DosingWeight) -> str:
    person = result.person
    meant, given = dict(person.doses_mg), dict(order.doses_mg)
    lines = [
        ("Weight", f"{person.actual_kg:g} kg", f"“{error.typed_lb:.0f} kg”"),
        ("Body mass index", f"{person.bmi:.1f}", f"{order.bmi:.1f}"),
        ("Dose, by this course’s rule", f"{mg(person.dose_mg)} mg", f"{mg(order.dose_mg)} mg"),
        (
            "Per kg of the true weight",
            f"{person.dose_mg / person.actual_kg:.2f} mg/kg",
            f"{order.dose_mg / person.actual_kg:.2f} mg/kg",
        ),
        ("Dose, by actual weight", f"{mg(meant['actual'])} mg", f"{mg(given['actual'])} mg"),
        ("Dose, by ideal weight", f"{mg(meant['ideal'])} mg", f"{mg(given['ideal'])} mg"),
    ]
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{true}</td><td><strong>{wrong}</strong></td>'
        "</tr>"
        for name, true, wrong in lines
    )
    changed = (
        f" The wrong number also lifts the BMI over {result.rule_bmi:g} and so changes the "
        "definition."
        if order.basis != person.basis
        else ""
    )
    return (
        _outcome(result, error, order)
        + '<table class="trd-err"><thead><tr><th scope="col">What the sheet shows</th>'
        '<th scope="col">Right</th><th scope="col">Pounds as kg</th></tr></thead><tbody>'
        f"{body}</tbody></table>"
        f"<p>By actual weight the order is {error.ratio:.1f} times what was meant, always. By this "
        f"course’s rule it is {order.dose_mg / person.dose_mg:.1f} times: only part of the false "
        f"kilograms counts, which makes the error smaller and harder to see.{changed} By ideal "
        "weight nothing changes, "
        "since it comes from the height.</p>"
    )


def _outcome(result: WeightReport, error: PoundsError, order: DosingWeight) -> str:
    typed, dose = f"{error.typed_lb:.0f}", mg(order.dose_mg)
    if result.check == "alone":
        return verdict(
            "good",
            f"Caught. The second person weighs again, reads {result.person.actual_kg:g} kg, works "
            f"out {mg(result.person.dose_mg)} mg, and the two sheets differ.",
        )
    if result.check == "same-sheet":
        return verdict(
            "bad",
            f"Not caught. The second person does the sum again from “{typed} kg” and gets {dose} "
            "mg as well: the sum is right, the weight is wrong.",
        )
    return verdict("bad", f"Not caught. The pump is set for {dose} mg.")


def _checks() -> str:
    table = rows()
    trials, done = table["screen-weight-checks-trials"], table["screen-weight-checks-adherence"]
    return (
        f'<p class="trd-small">In this course two people check drawing-up and pump settings, each '
        f"calculating alone. The evidence is thin: of {trials.value} studies 3 were good, one of "
        f"them found fewer errors and none studied harm; a prescribed check was done in full in "
        f"{done.low} to {done.high} % ({cited(trials.sources)}).</p>"
    )
