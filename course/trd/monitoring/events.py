"""What goes wrong: each event has a grade that rises while it is left alone and falls when treated.

Left alone an event gets one grade worse in two minutes, in the airway in half a minute (teaching
assumptions). What counts as treatment is a state of the chair (how the person lies, what the pump
does, which manoeuvres are held), never a dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trd.monitoring.parameters import numbers

if TYPE_CHECKING:
    from trd.monitoring.body import Body

NAUSEA = "nausea"
VOMITING = "vomiting"
TERROR = "terror"
VASOVAGAL = "vasovagal"
OBSTRUCTION = "obstruction"
LARYNGOSPASM = "laryngospasm"
CRISIS = "crisis"
RISE = "rise"
WORST_GRADE = 4
_P = numbers("progress")
_I = numbers("interventions")


@dataclass
class Event:
    """One thing that goes wrong.

    Attributes
    ----------
    kind : str
        E.g. `TERROR`.
    onset_s : int
        Second of the run at which it begins.
    stubborn : bool
        Does not yield to the first measures alone; of a blocked airway: deep from the start.
    grade : int
        0 before it begins and after it is over, then 1 (mildest) to 4.
    worst : int
        Highest grade so far.
    over : bool
    left_alone, treated : int
        Towards the next grade up or down, in quarter seconds and seconds.
    """

    kind: str
    onset_s: int
    stubborn: bool = False
    grade: int = 0
    worst: int = 0
    over: bool = False
    left_alone: int = 0
    treated: int = 0

    @property
    def active(self) -> bool:
        """True from its beginning to its end."""
        return self.grade > 0 and not self.over

    def worsen(self) -> None:
        """Go one grade up."""
        self.grade = min(WORST_GRADE, self.grade + 1)
        self.worst = max(self.worst, self.grade)
        self.left_alone = 0

    def ease(self) -> None:
        """Go one grade down; from grade 1 the event is over."""
        self.grade -= 1
        self.treated = 0
        if self.grade <= 0:
            self.grade, self.over = 0, True

    def step(self, body: Body, now_s: int) -> None:
        """Go on for one second."""
        if self.over:
            return
        if self.grade == 0:
            if now_s >= self.onset_s:
                self.worsen()
                if self.kind == LARYNGOSPASM:
                    # It closes at once: crowing, see-saw chest and a flat capnograph together.
                    self.worsen()
                elif self.kind == OBSTRUCTION and self.stubborn:
                    self.grade = self.worst = WORST_GRADE - 1
            return
        held = _HOLDS[self.kind](self, body)
        if held >= _FULL:
            self.treated += 1
            self.left_alone = 0
            if self.treated >= _clears_s(self.kind):
                self.ease()
        else:
            self.treated = 0
            self.left_alone += _FULL - held
            if self.left_alone >= _FULL * _grade_s(self.kind):
                self.worsen()


_FULL = 4
"""Measures are counted in quarters: at four quarters an event yields, below it gets worse."""


def _grade_s(kind: str) -> float:
    airway = kind in (LARYNGOSPASM, OBSTRUCTION)
    return _P["airway_grade_s"] if airway else _P["grade_s"]


def _clears_s(kind: str) -> float:
    if kind == LARYNGOSPASM:
        return _P["spasm_clears_s"]
    if kind == OBSTRUCTION:
        return _I["jaw_clears_s"]
    return _P["clears_s"]


def _hold_nausea(event: Event, body: Body) -> int:
    # Nausea passes by itself or with an antiemetic; it does not climb grades.
    if body.factor("antiemetic") < 0.7 or body.now_s - event.onset_s > 900:
        return _FULL
    event.left_alone = 0
    return _FULL - 1


def _hold_vomiting(event: Event, body: Body) -> int:
    if body.position == "lateral" and body.mouth_cleared:
        return _FULL
    # The airway is protected on the side even before suction: no aspiration meanwhile.
    return _FULL - 1 if body.position == "lateral" else 0


def _hold_terror(event: Event, body: Body) -> int:
    if body.restrained:
        return 0
    if body.factor("sedative") < 0.6:
        return _FULL
    calm = (body.factor("reassure") < 1) + body.dim + (body.pump_rate < 1)
    if event.stubborn:
        return min(calm, _FULL - 1)
    return _FULL if calm == 3 else calm


def _hold_vasovagal(event: Event, body: Body) -> int:
    if body.position in ("sit", "standing"):
        event.left_alone += 3 * _FULL
        return 0
    flat = body.position in ("supine", "legs_up")
    measures = 2 * flat + (body.position == "legs_up") + (body.pump_rate == 0)
    if event.stubborn and measures == _FULL:
        return _FULL if body.strength("fluids") > 0 and body.strength("atropine") > 0 else 3
    return measures


def _hold_obstruction(event: Event, body: Body) -> int:
    # Jaw thrust clears most of them; turning the person clears the rest.
    if (body.jaw and body.jaw_works) or body.bag_s is not None or body.position == "lateral":
        return _FULL
    return 2 * (body.pump_rate == 0)


def _hold_laryngospasm(event: Event, body: Body) -> int:
    if body.strength("airway_drug") > 0:
        return _FULL
    if body.mouth_disturbed:
        return 0
    measures = (body.pump_rate == 0) + body.jaw + body.larson + (body.oxygen == "cpap")
    # A spasm that does not break is held by the manoeuvres, not cured.
    if event.stubborn and measures == _FULL:
        event.left_alone = 0
        return _FULL - 1
    return measures


def _hold_crisis(event: Event, body: Body) -> int:
    if body.pump_rate > 0:
        return 0
    # Without the drug the pressure keeps its grade; the drug brings it down.
    event.left_alone = 0
    return _FULL if body.strength("antihypertensive") > 0.99 else _FULL - 1


def _hold_rise(event: Event, body: Body) -> int:
    # A rise without organ signs climbs with the pump and lets go when the pump does.
    return 0 if body.pump_rate >= 1 else _FULL


_HOLDS = {
    RISE: _hold_rise,
    NAUSEA: _hold_nausea,
    VOMITING: _hold_vomiting,
    TERROR: _hold_terror,
    VASOVAGAL: _hold_vasovagal,
    OBSTRUCTION: _hold_obstruction,
    LARYNGOSPASM: _hold_laryngospasm,
    CRISIS: _hold_crisis,
}
