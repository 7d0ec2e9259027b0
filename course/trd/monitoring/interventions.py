"""What an action does to the body and how long it takes: effects that rise, hold and fade."""

from __future__ import annotations

from dataclasses import dataclass

from trd.monitoring.parameters import numbers

_I = numbers("interventions")
FOR_GOOD = 24 * 3600


@dataclass(frozen=True)
class Ramp:
    """An effect that begins, becomes full, holds and ends.

    Attributes
    ----------
    start_s : int
        Second at which it was given.
    onset_s, full_s : float
        Seconds from then to its beginning and to its full strength.
    lasts_s : float
        Seconds from then to its end.
    size : float
        Full strength; 1 for effects that are described elsewhere.
    """

    start_s: int
    onset_s: float
    full_s: float
    lasts_s: float = FOR_GOOD
    size: float = 1.0

    def at(self, now_s: int) -> float:
        """Return the strength at one second, from 0 to `size`."""
        since = now_s - self.start_s
        if since <= self.onset_s or since >= self.lasts_s:
            return 0.0
        if since >= self.full_s:
            return self.size
        return self.size * (since - self.onset_s) / (self.full_s - self.onset_s)


ORDERED = "as-ordered"
LESS = "less"
MORE = "more"
AMOUNTS = (LESS, ORDERED, MORE)
"""How an amount compares with the order; nobody is asked to recall a dose."""


def ramp(what: str, now_s: int, amount: str = ORDERED) -> Ramp:
    """Return the effect of one measure or drug.

    Parameters
    ----------
    what : str
        ``"reassure"``, ``"antiemetic"``, ``"sedative"``, ``"antihypertensive"``, ``"oral"``,
        ``"fluids"``, ``"atropine"`` or ``"airway_drug"``.
    now_s : int
        Second at which it is given.
    amount : str
        One of `AMOUNTS`.

    Raises
    ------
    KeyError
        If there is no such measure.
    """
    size = {LESS: 0.3, ORDERED: 1.0, MORE: 1.0}[amount]
    if what == "antihypertensive" and amount == MORE:
        size = _I["antihypertensive_more_factor"]
    if what == "sedative" and amount == MORE:
        size = 3.0
    times = {
        "reassure": (0, _I["reassure_s"], 900),
        "antiemetic": (0, _I["antiemetic_s"], FOR_GOOD),
        "sedative": (0, _I["sedative_s"], _I["sedative_lasts_s"]),
        "antihypertensive": (_I["antihypertensive_onset_s"], _I["antihypertensive_peak_s"], 7200),
        "oral": (_I["oral_onset_s"], _I["oral_peak_s"], FOR_GOOD),
        "fluids": (0, _I["fluids_s"], FOR_GOOD),
        "atropine": (0, _I["atropine_s"], 1800),
        "airway_drug": (0, 20, 300),
    }[what]
    return Ramp(now_s, *times, size=size)


FACTORS: dict[str, float] = {
    "reassure": _I["reassure_factor"],
    "antiemetic": _I["antiemetic_factor"],
    "sedative": _I["sedative_factor"],
}
"""What a measure at full strength leaves of what it treats."""
