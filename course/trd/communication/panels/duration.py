"""How long does it last? Cohorts, a day, and what is known on it."""

from __future__ import annotations

from trd.communication.duration import FIRST_DAY, LAST_DAY, cohorts, known
from trd.communication.trials import effects
from trd.communication.views.duration import DurationView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Select, Slider

_NONE = "none"
#: Day on which it opens: earlier than the days that the lesson asks a reader to predict.
_OPENS = 7
#: Remitters who went on with esketamine spray, against those who stopped.
_STOPPING = "com-e-sustain1-remitters"


def _model(first: str, second: str, day: float) -> Shown:
    return Shown(
        day=day,
        first=known(first, day),
        second=None if second == _NONE else known(second, day),
        stopping=next(each for each in effects() if each.key == _STOPPING),
    )


def how_long_does_it_last() -> Panel:
    """Return the panel: one or two cohorts, and a day."""
    menu = [(each.key, each.menu) for each in cohorts()]
    return Panel(
        "How long does it last?",
        {
            "first": Select("Cohort", menu, "murrough"),
            "second": Select("Beside it", [(_NONE, "none"), *menu], _NONE),
            "day": Slider("Day", _OPENS, FIRST_DAY, LAST_DAY, 1, "days"),
        },
        _model,
        DurationView(),
        lead=(
            "Of 100 people whom it helped, how many have relapsed by this day? Move the day: in "
            "most places the honest answer is a wide range, because only a point or two was "
            "published. Then put another cohort beside it: may the two be compared?"
        ),
        assumptions=(
            "No curve is drawn. Between two published points the share lies between their two "
            "values, because people who have relapsed stay counted; before the first and after the "
            "last it is open. For clinic records this holds only if those who left are like those "
            "who stayed.",
        ),
        wide=("day",),
    )
