"""The syringe pump: what it is set to and what it has given."""

from __future__ import annotations

from trd.monitoring.physiology import Patient

BEFORE, RUNNING, PAUSED, STOPPED, COMPLETE = "before", "running", "paused", "stopped", "complete"
STATES = (BEFORE, RUNNING, PAUSED, STOPPED, COMPLETE)
RATES = {"half": 0.5, "ordered": 1.0, "faster": 1.5, "double": 2.0}
"""What a rate is called, as a multiple of the ordered one."""
_MINUTES = 40


class Pump:
    """A pump with one bag.

    Parameters
    ----------
    patient : Patient
    factor : float
        Rate it is set to; 1 as ordered.
    bag_doses : float
        Ordered doses after which it ends by itself.

    Attributes
    ----------
    state : str
        One of `STATES`.
    started_s, ended_s : int or None
        Second of the run; `ended_s` is when it was stopped or had finished.
    changes : list of (int, float)
        Second and new rate.
    """

    def __init__(self, patient: Patient, factor: float = 1.0, bag_doses: float = 1.0) -> None:
        self.dose_mg = patient.dose_mg
        self.factor = factor
        self.bag_doses = bag_doses
        self.state = BEFORE
        self.started_s: int | None = None
        self.ended_s: int | None = None
        self.given = 0.0
        self.changes: list[tuple[int, float]] = []

    @property
    def rate(self) -> float:
        """What flows now; 1 is the ordered rate."""
        return self.factor if self.state == RUNNING else 0.0

    @property
    def ordered_mg_per_min(self) -> float:
        """The order, to three decimals."""
        return round(self.dose_mg / _MINUTES, 3)

    @property
    def mg_per_min(self) -> float:
        """What the display says, to three decimals; the setting while paused."""
        return round(self.factor * self.dose_mg / _MINUTES, 3)

    @property
    def given_mg(self) -> float:
        """Given so far, to one decimal."""
        return round(self.given * self.dose_mg, 1)

    def switch(self, state: str, now_s: int, factor: float | None = None) -> None:
        """Go to another state."""
        if factor is not None:
            self.factor = factor
        if self.started_s is None and state == RUNNING:
            self.started_s = now_s
        if state in (STOPPED, COMPLETE):
            self.ended_s = now_s
        self.state = state
        self.changes.append((now_s, self.rate))

    def step(self, now_s: int) -> float:
        """Go on for one second; return the rate that flowed in it."""
        rate = self.rate
        if rate:
            self.given += rate / (_MINUTES * 60)
            if round(self.given, 9) >= self.bag_doses:
                self.switch(COMPLETE, now_s)
        return rate
