"""The long-term watch: build a calendar, and see what a finding stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from trd.monitoring.long_term import (
    HOW_OFTEN,
    RHYTHMS,
    Findings,
    area,
    areas,
    below_limits,
    calendar,
    check,
    not_asked,
    own_days,
    review,
    value,
    visits,
)
from trd.monitoring.views.long_term import LongTermView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Check, Select
from trd.panel.parts import SUPPORT

#: The lines a reader sets, and where they start: a calendar with the usual holes.
_START = {
    "bladder": "once",
    "urine": "never",
    "liver": "once",
    "cognition": "6",
    "misuse": "3",
    "prescriptions": "never",
    "pressure": "visit",
    "review": "12",
}
_OPEN = "open"
_YES_NO: dict[str, bool | None] = {_OPEN: None, "no": False, "yes": True}


def _number(answer: str) -> float | None:
    return None if answer == _OPEN else float(answer)


def _findings(
    urinary: str,
    liver_test: str,
    craving: str,
    supply: str,
    thinking: str,
    state: str,
    intent: str,
    benefit: str,
) -> Findings:
    return Findings(
        urinary_symptoms=None if urinary == _OPEN else urinary != "no",
        # Whether new symptoms persist is known only after the urine test.
        urinary_persistent={"no": False, "persist": True}.get(urinary),
        liver_x_uln=_number(liver_test),
        craving=_number(craving),
        other_supplier=None if supply == _OPEN else supply == "elsewhere",
        early_requests=None if supply == _OPEN else supply == "early",
        mania_or_psychosis=_YES_NO[state],
        cognitive_decline=_YES_NO[thinking],
        new_intent=_YES_NO[intent],
        benefit=_YES_NO[benefit],
    )


def _model(rhythm: str, months: str, pregnancy: bool, closely: str, **rest: str) -> Shown:
    course = visits(rhythm, int(months), pregnancy)
    own = own_days(course, {name: rest.pop(name) for name in _START})
    findings = _findings(**rest)
    missing = not_asked(findings)
    return Shown(
        course=course,
        rhythm=RHYTHMS[rhythm],
        own=own,
        due=calendar(course),
        gaps=tuple(gap for gap in check(course, own) if gap.area.name in _START),
        actions=review(findings),
        missing=missing,
        found=len(missing) < len(vars(findings)),
        between=below_limits(findings),
        detail=area(closely),
    )


#: The area that a control is about, so that its sources come into sight.
_ABOUT = {
    **{name: name for name in _START},
    "pregnancy": "pregnancy",
    "urinary": "bladder",
    "liver_test": "liver",
    "craving": "misuse",
    "supply": "misuse",
    "thinking": "cognition",
    "intent": "suicide",
    "benefit": "review",
}


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Bring the sources of what was just set into sight."""
    del values
    return {"closely": _ABOUT[name]} if name in _ABOUT else {}


def long_term_watch() -> Panel:
    """Return the panel: rhythm and a calendar above, the findings of a visit below."""
    often = list(HOW_OFTEN.items())
    limit = value("limits", "liver_x_uln")
    panel = Panel(
        "The long watch: build the calendar",
        {
            "rhythm": Select("After the first six", list(RHYTHMS.items()), "lengthening"),
            "months": Select(
                "Followed for",
                [("6", "6 months"), ("12", "12 months"), ("24", "24 months")],
                "12",
            ),
            **{name: Select(area(name).label, often, how) for name, how in _START.items()},
            "pregnancy": Check("Pregnancy is possible: a test every month is in the calendar"),
            "urinary": Select(
                "This visit: urinary symptoms",
                [
                    (_OPEN, "not asked"),
                    ("no", "none"),
                    ("new", "new"),
                    ("persist", "still there, infection treated or ruled out"),
                ],
                "new",
            ),
            "liver_test": Select(
                "Highest liver test",
                [
                    (_OPEN, "not tested"),
                    ("1", "within the limit"),
                    ("2", "2 times the upper limit"),
                    (f"{limit:g}", f"{limit:g} times the upper limit"),
                    ("4", "4 times the upper limit"),
                ],
                _OPEN,
            ),
            "craving": Select(
                "Craving, 0 to 10",
                [(_OPEN, "not asked"), *((str(n), str(n)) for n in range(11))],
                "2",
            ),
            "supply": Select(
                "Requests and supply",
                [
                    (_OPEN, "not asked"),
                    ("no", "nothing unusual"),
                    ("early", "asks for the next one early, again"),
                    ("elsewhere", "ketamine from elsewhere"),
                ],
                "no",
            ),
            "thinking": Select(
                "Short test of thinking",
                [(_OPEN, "not tested"), ("no", "as before"), ("yes", "has declined")],
                _OPEN,
            ),
            "state": Select(
                "Mania or psychosis",
                [(_OPEN, "not asked"), ("no", "no"), ("yes", "yes")],
                "no",
            ),
            "intent": Select(
                "C-SSRS: new intent or plan",
                [(_OPEN, "not asked"), ("no", "no"), ("yes", "yes")],
                "no",
            ),
            "benefit": Select(
                "Benefit worth having",
                [(_OPEN, "not asked"), ("yes", "yes"), ("no", "no, not any more")],
                "yes",
            ),
            "closely": Select(
                "Whose advice: look closely at",
                [(each.name, each.label) for each in areas()],
                "bladder",
            ),
        },
        _model,
        LongTermView(),
        lead=(
            "Eight checks, and how often you would make them. The calendar at the start is full of "
            "holes: fill them, then dose more often and see what has to come sooner. Below, one "
            "visit: which finding stops maintenance, and which only asks for a test?"
        ),
        assumptions=(
            "Every interval, the slack of a quarter and the month of four weeks are conventions of "
            "this course. No source sets a cadence for ketamine infusion.",
            f"Liver tests above {limit:g} times the upper limit and craving of "
            f"{value('limits', 'craving'):g} or more as reasons to hold are conventions too.",
            "Checks by the calendar are moved to a visit within a week. The rhythms after the "
            "first six infusions are examples, not advice.",
        ),
        shows_dose=True,
        adjust=_adjust,
        below=(
            "urinary",
            "liver_test",
            "craving",
            "supply",
            "thinking",
            "state",
            "intent",
            "benefit",
            "closely",
        ),
        wide=("pregnancy", "closely"),
    )
    panel.add_class("trd-watch")
    support = ipywidgets.HTML(f'<p class="trd-support">{SUPPORT}</p>')
    panel.children = (*panel.children, support)
    return panel
