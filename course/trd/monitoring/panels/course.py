"""The course of treatment: when to stop the first course, and what keeps people well after it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trd.monitoring.course_of_treatment import (
    INFUSIONS,
    PATTERNS,
    RULES,
    SETTINGS,
    Courses,
    anchors,
    curve,
    curves,
    example,
    maintain,
    own_plan,
    own_rule,
    person,
    plan,
    plans,
    rule,
    simulate,
    stop_by,
    value,
)
from trd.monitoring.views.course import CourseView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select, Slider

_PEOPLE = 1000
_OWN = "own"
_NO_CLOCK = (
    "On this curve relapse gets rarer with time, so an infusion that set the clock back would do "
    "harm. Maintenance is not simulated on it."
)


@lru_cache(maxsize=32)
def _people(setting: str, late_pct: float, draw: int) -> Courses:
    return simulate(_PEOPLE, setting, late_pct / 100, draw)


def _model(
    setting: str,
    late: float,
    draw: float,
    who: str,
    rule: str,
    after: float,
    below: float,
    along: str,
    plan: str,
    hold: float,
    first: float,
    step: float,
    longest: float,
) -> Shown:
    courses = _people(setting, late, round(draw))
    mine = own_rule(round(after), below / 100)
    chosen = mine if rule == _OWN else _rule(rule)
    index = example(courses, who)
    wanted = own_plan(first, step, longest) if plan == _OWN else _plan(plan)
    relapse = curve(along)
    refused = bool(wanted.days) and not relapse.keeps_clock
    return Shown(
        courses=courses,
        setting=SETTINGS[setting].lower(),
        pattern=who,
        one=None if index is None else person(courses, index),
        given=None if index is None else int(chosen.given(courses)[index]),
        chosen=stop_by(courses, chosen),
        rules=tuple(stop_by(courses, each) for each in (*RULES, mine)),
        kept=maintain(_plan("none") if refused else wanted, along, hold),
        remark=_NO_CLOCK if refused else "",
        anchors=anchors(),
    )


# The names of the controls are those of the model's arguments, and two hide functions.
_rule, _plan = rule, plan


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Bring a reader's own rule or plan into play when it is changed."""
    if name in ("after", "below"):
        return {"rule": _OWN}
    if name in ("first", "step", "longest"):
        found: dict[str, Any] = {"plan": _OWN}
        if values["longest"] < values["first"]:
            other = "first" if name == "longest" else "longest"
            found[other] = values[name]
        return found
    return {}


def course_of_treatment() -> Panel:
    """Return the panel: a group, a person and a stop rule; relapse and a plan below."""
    marks = [f"{100 * value('marks', name):g}" for name in ("improvement", "partial", "response")]
    return Panel(
        "The course of treatment: go on, stop, keep well",
        {
            "rule": Select(
                "Rule for stopping",
                [*((each.name, each.label) for each in RULES), (_OWN, "Your own rule")],
                "after_2",
            ),
            "who": Select("Simulated person who", list(PATTERNS.items()), "late"),
            "after": Slider("Your own rule: look after infusion", 3, 1, INFUSIONS - 1, 1),
            "below": Slider("and stop when the fall is below", 30, 10, 50, 5, "%"),
            "setting": Choice("How many respond", list(SETTINGS.items()), "trial"),
            "late": Slider("People in whom the first 2 to 4 do nothing", 5, 0, 40, 5, "%"),
            "draw": Slider("Another 1,000 simulated people: draw", 1, 1, 9, 1),
            "along": Select(
                "Relapse, without maintenance, as in",
                [(each.name, each.label) for each in curves()],
                "clinics",
            ),
            "plan": Select(
                "Plan after the first course",
                [*((each.name, each.label) for each in plans()), (_OWN, "Your own plan")],
                "lengthening",
            ),
            "hold": Slider(
                "An infusion sets the clock of relapse back (0 not at all, 1 wholly)",
                value("maintenance", "hold"),
                0,
                1,
                0.1,
            ),
            "first": Slider("Your own plan: first interval", 7, 3, 28, 1, "days"),
            "step": Slider("longer each time by", 7, 0, 14, 1, "days"),
            "longest": Slider("up to", 28, 3, 84, 1, "days"),
        },
        _model,
        CourseView(),
        lead=(
            "First: six infusions and a rule for stopping. Choose “Stop after 2”, then 4: whom "
            "does each rule stop who would have got better, and how many infusions are given in "
            "vain? Further down: relapse, and what a plan with growing intervals would change, if "
            "an assumption nobody has tested holds."
        ),
        assumptions=(
            "Every simulated person: first score, final fall, pace and day-to-day scatter are "
            "drawn from assumed spreads, set so that the group comes near the published figures in "
            "the fold.",
            f"Marks: a fall of {marks[0]}, {marks[1]} and {marks[2]} % is read as improvement, "
            "partial response and response, as in one study; another study used another scale.",
            "People who start late (two to four infusions without effect) are an assumption; move "
            "the slider.",
            "A gain in function is taken to come with a fall of 30 % or more.",
            "Relapse curves are drawn through the published points; the small open study has one "
            "point and borrows the shape of the clinic records. Beyond the last point nothing is "
            "published.",
            "That an infusion sets the clock of relapse back is an assumption. No large controlled "
            "trial of maintenance infusions was found.",
            "Numbers of simulated people are no chances for a patient.",
        ),
        shows_dose=True,
        adjust=_adjust,
        below=("along", "plan", "hold", "first", "step", "longest"),
        wide=("hold",),
    )
