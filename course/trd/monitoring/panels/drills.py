"""Drill sheets and logbook: pick one, save it, print it."""

from __future__ import annotations

from trd.monitoring.drill_sheets import COPIES, TEAM, Sheet, drills, label, sheet, sheets
from trd.monitoring.views.drill_sheets import DrillSheetView
from trd.panel.base import Panel
from trd.panel.controls import Choice


def _model(which: str, copy: str) -> Sheet:
    return sheet(which, copy)


def drill_sheets() -> Panel:
    """Return the panel: which sheet, for whom, and a button that saves it as a page to print."""
    return Panel(
        "Sheets for your own room",
        {
            "which": Choice("Sheet", [(each, label(each)) for each in sheets()], drills()[0]),
            "copy": Choice(
                "Copy for",
                list(COPIES.items()),
                TEAM,
                help="The logbook is the same for everybody.",
            ),
        },
        _model,
        DrillSheetView(),
        lead=(
            "A chair on a screen has no cold hands and no telephone that rings out. Print a sheet, "
            "fill in what is yours, and drill the rare events with your own team in your own room. "
            "Whoever leads takes the second copy; it gives the event away."
        ),
        assumptions=(
            "Numbers and times on the cards come from this course’s simulator.",
            "Roles, ten minutes and every quarter are this course’s conventions, and so is the "
            "order set that the sheets print; your own comes first.",
            "No drug dose is printed but the course’s reference infusion.",
        ),
        shows_dose=True,
    )
