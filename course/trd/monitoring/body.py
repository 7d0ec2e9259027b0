"""The body at the chair: one state a second, from drug, events and what was done.

Every quantity stays inside `LIMITS` whatever is done. Numbers:
``assets/parameters/monitoring.toml`` and, for the tuning, ``monitoring_chair.toml``; what is not
published is a teaching assumption there.
Simulation for teaching: not for patient care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from trd.monitoring import events as ev
from trd.monitoring.events import Event
from trd.monitoring.interventions import FACTORS, Ramp
from trd.monitoring.parameters import CHAIR, numbers, rows_of
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
_M = numbers("mind", CHAIR)
_A = numbers("airway", CHAIR)
_C = numbers("circulation", CHAIR)
_X = numbers("oxygen", CHAIR)
_GRADES = rows_of("grades", CHAIR)
_NAUSEA = {
    ev.NAUSEA: _M["nausea"],
    ev.VOMITING: _M["nausea_vomiting"],
    ev.VASOVAGAL: _M["nausea_vasovagal"],
}
_DEFICIT = {how: _X[f"deficit_{how}"] for how in OXYGEN}
_FALL_TAU = {how: _X[f"fall_tau_{how}"] for how in OXYGEN}
_BONUS = {
    "off": 0.0,
    "low": _I["oxygen_low_pct"],
    "high": _I["oxygen_high_pct"],
    "cpap": _I["oxygen_high_pct"],
}


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
        self.etco2 = _A["etco2_mmhg"]

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
            deeper = min(deeper, _M["depth_most_rousable"])
        depth += deeper + _I["sedative_depth"] * sedative
        if self.grade(ev.OBSTRUCTION):
            # Whose airway falls shut sleeps too deeply to keep it open.
            depth = max(depth, _M["obstruction_depth"])
        if self.strength("airway_drug") > 0:
            # Nobody answers who cannot breathe or move.
            depth = max(depth, _M["airway_drug_depth"])
        if self.spo2 < _M["deep_hypoxia_pct"]:
            depth += _M["deep_hypoxia_depth"]
        if self.sbp < _M["low_sbp_mmhg"]:
            depth += _M["low_sbp_depth"]
        self.depth = depth
        self.moaas = max(0, 5 - round(round(self.depth, 6)))
        threshold = _E["cadss_threshold"]
        share = (effect - threshold) / (1 - threshold)
        self.cadss = _inside("cadss", patient.cadss * share) if share > 0 else 0.0
        wanted = min(_M["distress_of_cadss_most"], _M["distress_per_cadss"] * self.cadss)
        grade = self.grade(ev.TERROR)
        calm = 1.0
        if grade:
            wanted = _GRADES["terror"][grade]
            found = self.event(ev.TERROR)
            reassured = self.factor("reassure")
            # Some terror does not listen: words alone take little off it.
            stubborn = found is not None and found.stubborn
            wanted = _M["distress_most"] if stubborn else wanted
            calm = 1 - (1 - reassured) * (_M["stubborn_share"] if stubborn else 1.0)
        self.dim_s = min(_M["dim_full_s"], self.dim_s + 1) if self.dim else 0.0
        calm *= 1 - (1 - _I["dim_factor"]) * self.dim_s / _M["dim_full_s"]
        wanted *= calm * self.factor("sedative")
        if self.restrained:
            wanted = _M["distress_most"]
        if self.moaas <= 1:
            wanted = 0.0
        going = (wanted - self.distress) / _M["distress_tau_s"]
        self.distress = _inside("distress", self.distress + going)
        self._stomach(effect)

    def _stomach(self, effect: float) -> None:
        wanted = min(_M["nausea_of_drug_most"], effect)
        for each in self.events:
            if each.grade and each.kind in _NAUSEA:
                wanted = max(wanted, _NAUSEA[each.kind])
        wanted *= self.factor("antiemetic")
        going = (wanted - self.nausea) / _M["nausea_tau_s"]
        self.nausea = _inside("nausea", self.nausea + going)

    def _open(self) -> float:
        """Return how open the airway wants to be, 0 to 1."""
        spasm = _GRADES["spasm"][self.grade(ev.LARYNGOSPASM)]
        if spasm < 1:
            return min(1.0, spasm + (_A["cpap_gain"] if self.oxygen == "cpap" else 0.0))
        held = (self.jaw and self.jaw_works) or self.airway_device
        blocked = 1.0 if held else _GRADES["blocked"][self.grade(ev.OBSTRUCTION)]
        if self.moaas <= 2 and not held:
            # Deep sedation: the tongue falls back; at MOAA/S 2 it snores but still passes air.
            snoring = _A["snoring"] if self.moaas == 2 else _A["snoring_deep"]
            blocked = min(blocked, _A["snoring_lateral"] if self.position == "lateral" else snoring)
        return blocked

    def _breathe(self, effect: float, overshoot: float) -> None:
        patient = self.patient
        drive = 1.0 - _E["overshoot_breathing"] * overshoot
        if "sedative" in self.ramps:
            given = self.strength("sedative")
            much = given > _A["sedative_much"]
            more = _I["sedative_breathing_more"] if much else _I["sedative_breathing"]
            risk = _A["sedative_risk_factor"] if patient.airway_risk else 1.0
            drive -= more * min(1.0, given) * risk
        if overshoot + _E["overshoot_from"] >= _E["apnoea_from"] or "airway_drug" in self.ramps:
            drive = 0.0 if self._apnoea() else drive
        drive = max(0.0, drive)
        afraid = _A["fear_breaths"] * max(0.0, self.distress - _A["fear_from"])
        rate = patient.respiration * drive + (afraid if drive else 0.0)
        self.respiration = int(_inside("respiration", round(round(rate, 6))))
        # Cords close within seconds; a tongue falls back, and is lifted, more slowly.
        pace = _A["patency_spasm_s"] if self.grade(ev.LARYNGOSPASM) else _A["patency_s"]
        self.patency += (self._open() - self.patency) / pace
        ventilation = drive * self.patency
        if self.bag_s is not None and self.now_s - self.bag_s >= _I["bag_delay_s"]:
            # Air cannot be pushed through closed cords; through anything else it can.
            pushed = _A["bag_closed"] if self.grade(ev.LARYNGOSPASM) >= 2 else _A["bag"]
            ventilation = max(ventilation, pushed)
        self.ventilation = ventilation
        breathes = ventilation > _A["etco2_none"]
        least = max(_A["etco2_least_ventilation"], ventilation)
        wanted = _A["etco2_mmhg"] / least if breathes else 0.0
        at_once = wanted == 0 or self.etco2 < _A["etco2_flat_mmhg"]
        lag = _A["etco2_fast_s"] if at_once else _A["etco2_slow_s"]
        self.etco2 = _inside("etco2", self.etco2 + (wanted - self.etco2) / lag)
        self._saturate(effect)

    def _apnoea(self) -> bool:
        return "airway_drug" not in self.ramps or self.strength("airway_drug") > 0

    def _saturate(self, effect: float) -> None:
        lost = _A["aspirated_pct"] if self.aspirated else 0.0
        top = _E["spo2_base_pct"] - _E["spo2_fall_pct"] * effect - lost
        top = min(100.0, top + _BONUS[self.oxygen])
        if self.ventilation < _A["open_enough"]:
            short = _A["open_enough"] - self.ventilation
            top -= _A["deficit_pct"] * short * _DEFICIT[self.oxygen]
        # The lungs hold a reserve: it empties first and the blood follows.
        self.reserve += (top - self.reserve) / (
            _FALL_TAU[self.oxygen]
            if top < self.reserve
            else _A["spo2_rise_tau_s"] / _A["spo2_rise_slower"]
        )
        gap = max(top, self.reserve) - self.spo2
        if gap <= 0:
            self.spo2 += gap / _FALL_TAU[self.oxygen]
        elif self.bag_s is not None and self.now_s - self.bag_s >= _I["bag_delay_s"]:
            self.spo2 += min(gap, _I["bag_pct_per_s"])
        else:
            # Oxygen alone fills lungs that hardly breathe only slowly.
            slower = 1.0 if self.ventilation >= _A["open_enough"] else _A["spo2_rise_slower"]
            tau = slower * _A["spo2_rise_tau_s"]
            self.spo2 += min(gap / tau, _A["spo2_rise_most_pct"])
        self.spo2 = _inside("spo2", self.spo2)

    def _circulate(self, effect: float) -> None:
        patient = self.patient
        afraid = max(0.0, self.distress - _C["fear_from"])
        sbp = patient.sbp + patient.rise_sbp * effect + _C["fear_sbp_mmhg"] * afraid
        dbp = patient.dbp + patient.rise_dbp * effect + _C["fear_dbp_mmhg"] * afraid
        hr = patient.hr + patient.rise_hr * effect + _C["fear_hr_bpm"] * afraid
        sbp += self._surge()
        dbp += _C["surge_dbp_share"] * self.surge
        sbp, dbp, hr = self._under_drugs(sbp, dbp, hr)
        wanted = _GRADES["vagal"][self.grade(ev.VASOVAGAL)]
        self.vagal += (wanted - self.vagal) / _C["vagal_tau_s"]
        if self.vagal > _C["vagal_none"]:
            floor = "upright" if self.position in ("sit", "standing") else "faint"
            sbp += self.vagal * (_C[f"{floor}_sbp_mmhg"] - sbp)
            dbp += self.vagal * (_C[f"{floor}_dbp_mmhg"] - dbp)
            hr += self.vagal * (_C[f"{floor}_hr_bpm"] - hr)
        if self.spo2 < _C["hypoxia_pct"]:
            # Low oxygen drives the heart first and fails it last.
            least = max(self.spo2, _C["failing_pct"])
            hr += _C["hypoxia_hr_bpm"] * (_C["hypoxia_pct"] - least)
            if self.spo2 < _C["failing_pct"]:
                failing = (_C["failing_pct"] - self.spo2) / _C["failing_span_pct"]
                hr += failing * (_C["failing_hr_bpm"] - hr)
                sbp += failing * (_C["failing_sbp_mmhg"] - sbp)
                dbp += failing * (_C["failing_dbp_mmhg"] - dbp)
        self.sbp = _inside("sbp", sbp)
        self.dbp = min(_inside("dbp", dbp), self.sbp - _C["pulse_pressure_mmhg"])
        self.hr = _inside("hr", hr)

    def _surge(self) -> float:
        grade, rise = self.grade(ev.CRISIS), self.grade(ev.RISE)
        wanted = _GRADES["crisis_sbp"][grade] or _GRADES["rise_sbp"][rise]
        # A surge comes within a minute and goes slowly.
        rises = self.event(ev.RISE) is not None
        slow = _C["rise_down_tau_s"] if rises else _C["surge_down_tau_s"]
        tau = _C["surge_up_tau_s"] if wanted > self.surge else slow
        self.surge += (wanted - self.surge) / tau
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
        dbp += _I["oral_sbp_mmhg"] * _C["surge_dbp_share"] * oral
        fluids = min(_C["fluids_most"], self.strength("fluids"))
        # More than ordered of a sedative lowers the pressure too.
        more = max(0.0, self.strength("sedative") - _A["sedative_much"])
        heavy = _C["sedative_sbp_mmhg"] * more
        return (
            sbp + _C["fluids_sbp_mmhg"] * fluids - heavy,
            dbp + _C["fluids_dbp_mmhg"] * fluids - heavy / 2,
            hr + _C["atropine_hr_bpm"] * min(1.0, self.strength("atropine")),
        )

    @property
    def rass(self) -> int:
        """Agitation and sedation, -5 to +4."""
        if self.moaas <= 3:
            return {3: -2, 2: -3, 1: -4, 0: -5}[self.moaas]
        for value in (3, 2, 1):
            if round(self.distress, 6) >= _M[f"rass_{value}_from"]:
                return value
        return -1 if self.moaas == 4 else 0

    @property
    def crying_out(self) -> bool:
        """True while the person is in terror and able to show it."""
        return self.rass >= 2

    @property
    def rhythm(self) -> str:
        """The note under the trace."""
        if self.hr < _C["rhythm_junctional_bpm"]:
            return "slow sinus or junctional rhythm"
        if self.hr < _C["rhythm_slow_bpm"]:
            return "sinus bradycardia"
        if self.hr > _C["rhythm_fast_bpm"]:
            return "sinus tachycardia"
        return "sinus rhythm"
