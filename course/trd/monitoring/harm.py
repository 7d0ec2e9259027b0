"""Harm adds up second by second; how much each kind counts is a convention of this course."""

from __future__ import annotations

from dataclasses import dataclass

from trd.monitoring import events as ev
from trd.monitoring.body import Body
from trd.monitoring.parameters import numbers

_H = numbers("harm")
_O = numbers("orders")
_MIN = 60


@dataclass(frozen=True)
class HarmItem:
    """One kind of harm.

    Attributes
    ----------
    key, label : str
    amount : float
        In `unit`.
    unit : str
    points : float
        Harm points by this course's convention.
    """

    key: str
    label: str
    amount: float
    unit: str
    points: float


@dataclass(frozen=True)
class Harm:
    """What the run did to the patient.

    Attributes
    ----------
    total : float
        Harm points; 0 is none.
    items : tuple of HarmItem
    status : str
        All weights are teaching assumptions.
    """

    total: float
    items: tuple[HarmItem, ...]
    status: str = "teaching-assumption"


_TIMED: tuple[tuple[str, str, str], ...] = (
    ("hypoxia", "True saturation below 90 %", "hypoxia_per_min"),
    ("deep_hypoxia", "True saturation below 80 %", "deep_hypoxia_per_min"),
    ("pressure", "Pressure 180/110 or more without organ signs", "pressure_per_min"),
    ("organ", "Organ signs with a pressure of 180 or more", "organ_per_min"),
    ("hypoperfusion", "Systolic pressure below 80", "hypoperfusion_per_min"),
    ("terror", "Terror", "terror_per_min"),
    ("alone", "Nobody in the room while the pump ran", "alone_per_min"),
)
_COUNTED: tuple[tuple[str, str, str], ...] = (
    ("aspiration", "Stomach contents in the lungs", "aspiration"),
    ("injury", "Fall, struggle or torn cannula", "injury"),
    ("overshoot", "Pressure lowered by more than a quarter in the first hour", "overshoot"),
    ("unsafe_exit", "Out of the door with an unmet danger", "unsafe_exit"),
)


class Tally:
    """Counts harm during a run."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys((key for key, _label, _weight in _TIMED), 0)
        self.times = dict.fromkeys((key for key, _label, _weight in _COUNTED), 0)
        self.excess_doses = 0.0

    def once(self, key: str) -> None:
        """Count something that happens, e.g. a fall."""
        self.times[key] += 1

    def step(self, body: Body, alone: bool) -> None:
        """Count one second."""
        seconds = self.seconds
        if body.spo2 < 90:
            seconds["hypoxia"] += 1
            if body.spo2 < 80:
                seconds["deep_hypoxia"] += 1
        if body.sbp >= _O["pause_sbp_mmhg"] or body.dbp >= _O["pause_dbp_mmhg"]:
            seconds["organ" if body.grade(ev.CRISIS) else "pressure"] += 1
        elif body.sbp < 80:
            seconds["hypoperfusion"] += 1
        if body.crying_out:
            seconds["terror"] += 1
        if alone and body.pump_rate > 0:
            seconds["alone"] += 1
        if body.pump_rate > 1:
            self.excess_doses += (body.pump_rate - 1) / (40 * _MIN)

    def report(self) -> Harm:
        """Return what has added up."""
        items = [
            HarmItem(key, label, round(count / _MIN, 1), "min", round(_H[weight] * count / _MIN, 2))
            for key, label, weight in _TIMED
            if (count := self.seconds[key])
        ]
        items += [
            HarmItem(key, label, count, "times", round(_H[weight] * count, 2))
            for key, label, weight in _COUNTED
            if (count := self.times[key])
        ]
        if round(self.excess_doses, 6) > 0:
            items.append(
                HarmItem(
                    "overdose",
                    "Given faster than ordered",
                    round(self.excess_doses, 2),
                    "doses",
                    round(_H["overdose_per_dose"] * self.excess_doses, 2),
                )
            )
        return Harm(round(sum(each.points for each in items), 1), tuple(items))
