"""What the instruments show, which is not the same as what is true.

The cuff takes half a minute, reads high when it is too small and may be fooled by movement; the
oximeter runs behind the blood and loses its signal when the hand moves; the capnograph shows
nothing until it is switched on; a CADSS exists only when somebody asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from trd.monitoring.body import Body
from trd.monitoring.dice import Chance
from trd.monitoring.parameters import numbers

_N = numbers("instruments")
_O = numbers("orders")
_DRAWS = 251
_HOLD_S = 4
_CYCLES = (0, 2, 3, 5, 10, 15)
CYCLES: tuple[int, ...] = _CYCLES
"""Minutes between readings that the cuff can be set to; 0 is by hand only."""
CUFF_TAKES_S = int(_N["cuff_takes_s"])
YELLOW, RED, WORST = 1, 2, 3


@dataclass(frozen=True)
class Reading:
    """One cuff reading.

    Attributes
    ----------
    t_s : int
        Second of the run at which it appeared; negative before the run.
    sbp, dbp : int
        As shown, in mmHg.
    arm : str
        ``"same"`` or ``"other"``.
    by : str
        ``"hand"`` or ``"cycle"``.
    """

    t_s: int
    sbp: int
    dbp: int
    arm: str = "same"
    by: str = "hand"

    @property
    def high(self) -> bool:
        """True from the limit at which the clinic pauses."""
        return self.sbp >= _O["pause_sbp_mmhg"] or self.dbp >= _O["pause_dbp_mmhg"]

    @property
    def alert(self) -> bool:
        """True from the limit at which the clinic looks again."""
        return self.sbp >= _O["alert_sbp_mmhg"] or self.dbp >= _O["alert_dbp_mmhg"]

    @property
    def text(self) -> str:
        """E.g. ``"124/76"``."""
        return f"{self.sbp}/{self.dbp}"


@dataclass
class Alarm:
    """An alarm that sounds and stands on the screen.

    Attributes
    ----------
    key, text : str
    level : int
        1 is yellow, 2 red, 3 the worst of its kind.
    since_s : int
        Second at which it began.
    quiet_until_s : int
        Silenced before this second.
    last_s : int
        Last second in which its reason held; it stays a little longer, so that it does not flutter.
    level_s : int
        Last second in which its reason was as bad as this or worse.
    told_s : int
        Second at which it was last written down.
    """

    key: str
    text: str
    level: int
    since_s: int
    quiet_until_s: int = 0
    last_s: int = 0
    level_s: int = 0
    told_s: int = 0

    @property
    def urgent(self) -> bool:
        """Red rather than yellow."""
        return self.level >= RED


class Instruments:
    """Cuff, oximeter, strip and capnograph at one chair.

    Parameters
    ----------
    seed : str
    cuff_small : bool
        The cuff is too small until somebody looks.
    artefacts : bool
        Movement may spoil a reading (free practice only).
    """

    def __init__(self, seed: str, cuff_small: bool = False, artefacts: bool = False) -> None:
        self._seed = seed
        dice = Chance(f"noise {seed}")
        self._noise = tuple(dice.normal() for _ in range(_DRAWS))
        self._gaps = tuple(dice.chance(0.45) for _ in range(_DRAWS))
        self.cuff_small = cuff_small
        self.artefacts = artefacts
        self.readings: list[Reading] = []
        self.cycle_min = 10
        self.capnograph_on = False
        self.strip_on = False
        self._spo2 = 98.0
        self._hr = 72.0
        self._due: tuple[int, str, str] | None = None
        self._next_cycle_s: int | None = None
        self._signal = True
        self._now_s = 0
        self._body: Body | None = None

    def settle(self, body: Body) -> None:
        """Show at once what is true, as after minutes of wearing the probes."""
        self._spo2, self._hr, self._body = body.spo2, body.hr, body

    def press(self, now_s: int, arm: str = "same", by: str = "hand") -> int:
        """Start a reading and return the second at which it will be there."""
        self._due = (now_s + CUFF_TAKES_S, arm, by)
        return self._due[0]

    @property
    def measuring(self) -> bool:
        """True while the cuff is inflated."""
        return self._due is not None

    def set_cycle(self, minutes: int, now_s: int) -> None:
        """Set the minutes between readings; 0 stops the cycle."""
        self.cycle_min = minutes
        self._next_cycle_s = now_s + 60 * minutes if minutes else None

    def step(self, body: Body, now_s: int) -> Reading | None:
        """Go on for one second; return a reading that has just appeared."""
        self._now_s, self._body = now_s, body
        self._spo2 += (body.spo2 - self._spo2) / _N["oximeter_lag_s"]
        self._hr += (body.hr - self._hr) / _N["strip_lag_s"]
        shaking = round(body.distress, 6) >= _N["motion_distress"]
        self._signal = not (shaking and self._gaps[(now_s // _HOLD_S) % _DRAWS])
        if self._next_cycle_s is not None and now_s >= self._next_cycle_s:
            self._next_cycle_s = now_s + 60 * self.cycle_min
            if not self.measuring:
                self.press(now_s, by="cycle")
        if self._due is not None and now_s >= self._due[0]:
            _at, arm, by = self._due
            self._due = None
            reading = self.measure(body, now_s, arm, by)
            self.readings.append(reading)
            return reading
        return None

    def measure(self, body: Body, now_s: int, arm: str = "same", by: str = "hand") -> Reading:
        """Return what the cuff makes of the true pressure at this second."""
        dice = Chance(f"cuff {self._seed} {now_s}")
        sbp = body.sbp + dice.normal(0, _N["noise_sbp_mmhg"])
        dbp = body.dbp + dice.normal(0, _N["noise_dbp_mmhg"])
        if self.artefacts and dice.chance(_N["cuff_artefact_share"]):
            sbp += _N["cuff_artefact_mmhg"]
            dbp += _N["cuff_artefact_mmhg"] / 2
        if self.cuff_small:
            sbp += _N["cuff_small_sbp_mmhg"]
            dbp += _N["cuff_small_dbp_mmhg"]
        shown = round(round(sbp, 6))
        return Reading(now_s, shown, min(round(round(dbp, 6)), shown - 8), arm, by)

    def _wobble(self, stride: int) -> float:
        return self._noise[(self._now_s // _HOLD_S * stride + stride) % _DRAWS]

    @property
    def spo2(self) -> int | None:
        """The oximeter's number; None without a signal."""
        if not self._signal:
            return None
        shown = self._spo2 + _N["noise_spo2_pct"] * max(-1.5, min(1.5, self._wobble(1)))
        return min(100, round(round(shown, 6)))

    @property
    def hr(self) -> int | None:
        """The displayed heart rate; None without a signal or electrodes."""
        if not self._signal and not self.strip_on:
            return None
        shown = self._hr + _N["noise_hr_bpm"] / 2 * max(-2.0, min(2.0, self._wobble(3)))
        return round(round(shown, 6))

    @property
    def etco2(self) -> int | None:
        """The capnograph's number in mmHg, 0 when flat; None while it is off."""
        if not self.capnograph_on or self._body is None:
            return None
        return round(round(self._body.etco2, 6))

    @property
    def respiration(self) -> int | None:
        """Breaths a minute on the capnograph; None while it is off."""
        if not self.capnograph_on or self._body is None:
            return None
        return 0 if self.etco2 is not None and self.etco2 < 5 else self._body.respiration

    @property
    def last(self) -> Reading | None:
        """The newest cuff reading."""
        return self.readings[-1] if self.readings else None

    def complaints(self) -> dict[str, tuple[str, int]]:
        """Return what the monitor would alarm for now: key to (text, level)."""
        found: dict[str, tuple[str, int]] = {}
        spo2, hr = self.spo2, self.hr
        if spo2 is None:
            found["signal"] = ("Oximeter: no signal (movement)", YELLOW)
        elif spo2 < _O["spo2_emergency_pct"]:
            found["spo2"] = ("SpO2 very low", WORST)
        elif spo2 < _O["spo2_low_pct"]:
            found["spo2"] = ("SpO2 low", YELLOW)
        if hr is not None and hr > _O["hr_high_bpm"]:
            found["hr"] = ("Heart rate high", YELLOW)
        if hr is not None and hr < _O["hr_low_bpm"]:
            found["hr"] = ("Heart rate low", RED)
        breathing = self._breathing_complaint()
        if breathing is not None:
            found["breathing"] = breathing
        pressure = self._pressure_complaint()
        if pressure is not None:
            found["bp"] = pressure
        return found

    def _breathing_complaint(self) -> tuple[str, int] | None:
        rate = self.respiration
        if rate is None:
            return None
        if rate == 0:
            return ("Capnograph flat", WORST)
        slow = rate < _O["respiration_low_per_min"]
        return ("Breathing slow", RED) if slow else None

    def _pressure_complaint(self) -> tuple[str, int] | None:
        # It stands until another reading says otherwise: time alone lowers no pressure.
        last = self.last
        if last is None or last.t_s < 0:
            return None
        if last.high:
            return ("Blood pressure very high", RED)
        if last.alert:
            return ("Blood pressure high", YELLOW)
        return ("Blood pressure low", RED) if last.sbp < 90 else None
