"""The body at the chair: one state a second, from drug, events and what was done.

Every quantity stays inside `LIMITS` whatever is done. Numbers:
``assets/parameters/monitoring.toml``; what is not published is a teaching assumption there.
Simulation for teaching: not for patient care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from trd.monitoring import events as ev
from trd.monitoring.events import Event
from trd.monitoring.interventions import FACTORS, Ramp
from trd.monitoring.parameters import numbers
from trd.monitoring.physiology import Drive, Patient

LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "sbp": (40.0, 250.0),
        "dbp": (20.0, 160.0),
        "hr": (20.0, 190.0),
        "spo2": (40.0, 100.0),
        "respiration": (0, 40),
        "moaas": (0, 5),
        "cadss": (0.0, 92.0),
        "distress": (0.0, 10.0),
        "nausea": (0.0, 10.0),
        "etco2": (0.0, 90.0),
    }
)
"""Lowest and highest value of everything the body shows."""

POSITIONS = ("reclined", "supine", "legs_up", "lateral", "head_up", "sit", "standing")
OXYGEN = ("off", "low", "high", "cpap")

_E = numbers("effect")
_I = numbers("interventions")
_OPEN_ENOUGH = 0.6
_SNORING, _SNORING_DEEP = 0.60, 0.38
_SPASM = (1.0, 0.45, 0.06, 0.03, 0.02)
_BLOCKED = (1.0, 0.55, 0.50, 0.35, 0.12)
_VAGAL = (0.0, 0.80, 0.90, 1.0, 1.0)
_TERROR = (0.0, 8.5, 9.5, 10.0, 10.0)
_NAUSEA = {ev.NAUSEA: 6.0, ev.VOMITING: 8.0, ev.VASOVAGAL: 5.0}
_CRISIS_SBP = (0.0, 36.0, 42.0, 48.0, 54.0)
_RISE_SBP = (0.0, 16.0, 18.0, 20.0, 22.0)
_SURGE_DBP = 0.6
_DEFICIT = {"off": 1.0, "low": 0.5, "high": 0.35, "cpap": 0.35}
_FALL_TAU = {"off": 50.0, "low": 80.0, "high": 120.0, "cpap": 120.0}
_BONUS = {
    "off": 0.0,
    "low": _I["oxygen_low_pct"],
    "high": _I["oxygen_high_pct"],
    "cpap": _I["oxygen_high_pct"],
}
_RISE_TAU = 20.0
_RISE_MOST = 0.25


def _inside(name: str, value: float) -> float:
    low, high = LIMITS[name]
    return low if value < low else high if value > high else value


class Body:
    """A simulated person in the chair.

    Parameters
    ----------
    patient : Patient
    events : sequence of Event
        What will happen, if anything.
    jaw_works : bool
        Whether jaw thrust opens a blocked airway.

    Attributes
    ----------
    sbp, dbp, hr, spo2, respiration, moaas, cadss, distress, nausea, etco2 : float or int
        The state, inside `LIMITS`. `spo2` is the true saturation.
    position, oxygen : str
        One of `POSITIONS` and `OXYGEN`.
    jaw, larson, dim, restrained, mouth_cleared, mouth_disturbed, aspirated : bool
    bag_s : int or None
        Second at which bag-mask breathing began.
    pump_rate : float
        As in the last second.
    """

    def __init__(
        self, patient: Patient, events: Sequence[Event] = (), jaw_works: bool = True
    ) -> None:
        self.patient = patient
        self.events = list(events)
        self._by_kind = {each.kind: each for each in self.events}
        self.jaw_works = jaw_works
        self.drive = Drive()
        self.ramps: dict[str, list[Ramp]] = {}
        self.position = "reclined"
        self.oxygen = "off"
        self.jaw = self.larson = self.dim = self.restrained = False
        self.mouth_cleared = self.mouth_disturbed = self.aspirated = False
        self.airway_device = False
        self.bag_s: int | None = None
        self.pump_rate = 0.0
        self.now_s = 0
        self.dim_s = 0.0
        self.surge = 0.0
        self.patency = 1.0
        self.vagal = 0.0
        self.ventilation = 1.0
        self.depth = 0.0
        self.sbp, self.dbp, self.hr = patient.sbp, patient.dbp, patient.hr
        self.spo2 = self.reserve = _E["spo2_base_pct"]
        self.respiration = round(patient.respiration)
        self.moaas = 5
        self.cadss = self.distress = self.nausea = 0.0
        self.etco2 = 38.0

    def event(self, kind: str) -> Event | None:
        """Return the event of a kind, if this person has one."""
        return self._by_kind.get(kind)

    def grade(self, kind: str) -> int:
        """Return the grade of an event now; 0 if there is none."""
        found = self._by_kind.get(kind)
        return found.grade if found is not None else 0

    def give(self, what: str, ramp: Ramp) -> None:
        """Let a measure or drug begin to work."""
        kept = [each for each in self.ramps.get(what, ()) if what != "reassure"]
        self.ramps[what] = [*kept, ramp]

    def strength(self, what: str) -> float:
        """Return how strongly a measure works now; 1 is one ordered amount."""
        given = self.ramps.get(what)
        if not given:
            return 0.0
        # A loop, because how `sum` adds floats differs between versions of Python.
        total = 0.0
        for each in given:
            total += each.at(self.now_s)
        return total

    def factor(self, what: str) -> float:
        """Return what a measure leaves of what it treats; 1 when it does nothing."""
        working = min(1.0, self.strength(what)) if what in self.ramps else 0.0
        return 1.0 - working * (1.0 - FACTORS[what])

    def step(self, pump_rate: float, now_s: int) -> None:
        """Go on for one second.

        Parameters
        ----------
        pump_rate : float
            1 = the reference dose in 40 minutes.
        now_s : int
            The second that is now reached.
        """
        self.now_s = now_s
        self.pump_rate = pump_rate
        self.drive.step(pump_rate)
        for each in self.events:
            each.step(self, now_s)
        level, effect = self.drive.level, self.drive.effect
        overshoot = max(0.0, (level + effect) / 2 - _E["overshoot_from"])
        self._mind(effect, overshoot)
        self._breathe(effect, overshoot)
        self._circulate(effect)

    def _mind(self, effect: float, overshoot: float) -> None:
        patient = self.patient
        sedative = self.strength("sedative") if "sedative" in self.ramps else 0.0
        depth = (5 - patient.deepest) * min(1.0, effect)
        deeper = _E["overshoot_depth"] * overshoot
        if overshoot < _E["overshoot_none"]:
            deeper = min(deeper, 4.4)
        depth += deeper + _I["sedative_depth"] * sedative
        if self.grade(ev.OBSTRUCTION):
            # Whose airway falls shut sleeps too deeply to keep it open.
            depth = max(depth, 2.0)
        self.depth = depth + (3.0 if self.spo2 < 70 else 0.0) + (2.0 if self.sbp < 60 else 0.0)
        self.moaas = max(0, 5 - round(round(self.depth, 6)))
        threshold = _E["cadss_threshold"]
        share = (effect - threshold) / (1 - threshold)
        self.cadss = _inside("cadss", patient.cadss * share) if share > 0 else 0.0
        wanted = min(3.0, 0.12 * self.cadss)
        grade = self.grade(ev.TERROR)
        calm = 1.0
        if grade:
            wanted = _TERROR[grade]
            found = self.event(ev.TERROR)
            reassured = self.factor("reassure")
            # Some terror does not listen: words alone take little off it.
            stubborn = found is not None and found.stubborn
            wanted = 10.0 if stubborn else wanted
            calm = 1 - (1 - reassured) * (0.25 if stubborn else 1.0)
        self.dim_s = min(120.0, self.dim_s + 1) if self.dim else 0.0
        calm *= 1 - (1 - _I["dim_factor"]) * self.dim_s / 120
        wanted *= calm * self.factor("sedative")
        if self.restrained:
            wanted = 10.0
        if self.moaas <= 1:
            wanted = 0.0
        self.distress = _inside("distress", self.distress + (wanted - self.distress) / 20)
        self._stomach(effect)

    def _stomach(self, effect: float) -> None:
        wanted = min(2.0, effect)
        for each in self.events:
            if each.grade and each.kind in _NAUSEA:
                wanted = max(wanted, _NAUSEA[each.kind])
        wanted *= self.factor("antiemetic")
        self.nausea = _inside("nausea", self.nausea + (wanted - self.nausea) / 30)

    def _open(self) -> float:
        """Return how open the airway wants to be, 0 to 1."""
        spasm = _SPASM[self.grade(ev.LARYNGOSPASM)]
        if spasm < 1:
            return min(1.0, spasm + (0.12 if self.oxygen == "cpap" else 0.0))
        held = (self.jaw and self.jaw_works) or self.airway_device
        blocked = 1.0 if held else _BLOCKED[self.grade(ev.OBSTRUCTION)]
        if self.moaas <= 2 and not held:
            # Deep sedation: the tongue falls back; at MOAA/S 2 it snores but still passes air.
            snoring = _SNORING if self.moaas == 2 else _SNORING_DEEP
            blocked = min(blocked, 0.8 if self.position == "lateral" else snoring)
        return blocked

    def _breathe(self, effect: float, overshoot: float) -> None:
        patient = self.patient
        drive = 1.0 - _E["overshoot_breathing"] * overshoot
        if "sedative" in self.ramps:
            given = self.strength("sedative")
            more = _I["sedative_breathing_more"] if given > 1.5 else _I["sedative_breathing"]
            drive -= more * min(1.0, given) * (1.5 if patient.airway_risk else 1.0)
        if overshoot + _E["overshoot_from"] >= _E["apnoea_from"] or "airway_drug" in self.ramps:
            drive = 0.0 if self._apnoea() else drive
        drive = max(0.0, drive)
        rate = patient.respiration * drive + (0.8 * max(0.0, self.distress - 3) if drive else 0.0)
        self.respiration = int(_inside("respiration", round(round(rate, 6))))
        # Cords close within seconds; a tongue falls back, and is lifted, more slowly.
        pace = 3 if self.grade(ev.LARYNGOSPASM) else 10
        self.patency += (self._open() - self.patency) / pace
        ventilation = drive * self.patency
        if self.bag_s is not None and self.now_s - self.bag_s >= _I["bag_delay_s"]:
            # Air cannot be pushed through closed cords; through anything else it can.
            pushed = 0.2 if self.grade(ev.LARYNGOSPASM) >= 2 else 0.95
            ventilation = max(ventilation, pushed)
        self.ventilation = ventilation
        wanted = 38.0 / max(0.42, ventilation) if ventilation > 0.1 else 0.0
        lag = 5.0 if wanted == 0 or self.etco2 < 10 else 90.0
        self.etco2 = _inside("etco2", self.etco2 + (wanted - self.etco2) / lag)
        self._saturate(effect)

    def _apnoea(self) -> bool:
        return "airway_drug" not in self.ramps or self.strength("airway_drug") > 0

    def _saturate(self, effect: float) -> None:
        top = _E["spo2_base_pct"] - _E["spo2_fall_pct"] * effect - (6.0 if self.aspirated else 0.0)
        top = min(100.0, top + _BONUS[self.oxygen])
        if self.ventilation < _OPEN_ENOUGH:
            top -= 80.0 * (_OPEN_ENOUGH - self.ventilation) * _DEFICIT[self.oxygen]
        # The lungs hold a reserve: it empties first and the blood follows.
        self.reserve += (top - self.reserve) / (
            _FALL_TAU[self.oxygen] if top < self.reserve else _RISE_TAU / 4
        )
        gap = max(top, self.reserve) - self.spo2
        if gap <= 0:
            self.spo2 += gap / _FALL_TAU[self.oxygen]
        elif self.bag_s is not None and self.now_s - self.bag_s >= _I["bag_delay_s"]:
            self.spo2 += min(gap, _I["bag_pct_per_s"])
        else:
            # Oxygen alone fills lungs that hardly breathe only slowly.
            tau = _RISE_TAU if self.ventilation >= _OPEN_ENOUGH else 4 * _RISE_TAU
            self.spo2 += min(gap / tau, _RISE_MOST)
        self.spo2 = _inside("spo2", self.spo2)

    def _circulate(self, effect: float) -> None:
        patient = self.patient
        afraid = max(0.0, self.distress - 4)
        sbp = patient.sbp + patient.rise_sbp * effect + 2.0 * afraid
        dbp = patient.dbp + patient.rise_dbp * effect + 1.2 * afraid
        hr = patient.hr + patient.rise_hr * effect + 4.0 * afraid
        sbp, dbp, hr = self._under_drugs(sbp + self._surge(), dbp + _SURGE_DBP * self.surge, hr)
        self.vagal += (_VAGAL[self.grade(ev.VASOVAGAL)] - self.vagal) / 15
        if self.vagal > 0.001:
            upright = self.position in ("sit", "standing")
            floor = (50.0, 25.0, 25.0) if upright else (66.0, 30.0, 29.0)
            sbp += self.vagal * (floor[0] - sbp)
            dbp += self.vagal * (floor[1] - dbp)
            hr += self.vagal * (floor[2] - hr)
        if self.spo2 < 85:
            # Low oxygen drives the heart first and fails it last.
            hr += 2.0 * (85 - max(self.spo2, 65))
            if self.spo2 < 65:
                failing = (65 - self.spo2) / 25
                hr += failing * (25 - hr)
                sbp += failing * (45 - sbp)
                dbp += failing * (22 - dbp)
        self.sbp = _inside("sbp", sbp)
        self.dbp = min(_inside("dbp", dbp), self.sbp - 10)
        self.hr = _inside("hr", hr)

    def _surge(self) -> float:
        grade, rise = self.grade(ev.CRISIS), self.grade(ev.RISE)
        wanted = _CRISIS_SBP[grade] or _RISE_SBP[rise]
        # A surge comes within a minute and goes slowly.
        slow = 2100 if self.event(ev.RISE) is not None else 600
        self.surge += (wanted - self.surge) / (20 if wanted > self.surge else slow)
        return self.surge

    def _under_drugs(self, sbp: float, dbp: float, hr: float) -> tuple[float, float, float]:
        if not self.ramps:
            return sbp, dbp, hr
        lowering = self.strength("antihypertensive")
        sbp += _I["antihypertensive_sbp_mmhg"] * lowering
        dbp += _I["antihypertensive_dbp_mmhg"] * lowering
        hr += _I["antihypertensive_hr_bpm"] * lowering
        oral = self.strength("oral")
        sbp += _I["oral_sbp_mmhg"] * oral
        dbp += _I["oral_sbp_mmhg"] * 0.6 * oral
        fluids = min(2.0, self.strength("fluids"))
        # More than ordered of a sedative lowers the pressure too.
        heavy = 8.0 * max(0.0, self.strength("sedative") - 1.5)
        return (
            sbp + 4.0 * fluids - heavy,
            dbp + 2.0 * fluids - heavy / 2,
            hr + 25.0 * min(1.0, self.strength("atropine")),
        )

    @property
    def rass(self) -> int:
        """Agitation and sedation, -5 to +4."""
        if self.moaas <= 3:
            return {3: -2, 2: -3, 1: -4, 0: -5}[self.moaas]
        for edge, value in ((9.3, 3), (7.0, 2), (5.0, 1)):
            if round(self.distress, 6) >= edge:
                return value
        return -1 if self.moaas == 4 else 0

    @property
    def crying_out(self) -> bool:
        """True while the person is in terror and able to show it."""
        return self.rass >= 2

    @property
    def rhythm(self) -> str:
        """The note under the trace."""
        if self.hr < 40:
            return "slow sinus or junctional rhythm"
        if self.hr < 50:
            return "sinus bradycardia"
        if self.hr > 120:
            return "sinus tachycardia"
        return "sinus rhythm"
