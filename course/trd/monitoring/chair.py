"""The chair: time goes on, things happen, and somebody can look. Looking changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trd.monitoring import events as ev
from trd.monitoring import pump as pumps
from trd.monitoring import speech
from trd.monitoring.actions import CHECKS, PEOPLE
from trd.monitoring.body import Body
from trd.monitoring.casebook import Scenario, Setup, scenario
from trd.monitoring.harm import Tally
from trd.monitoring.instruments import Alarm, Instruments, Reading
from trd.monitoring.parameters import CHAIR, numbers
from trd.monitoring.pump import Pump

_O = numbers("orders")
_LATER = 10**9
_R = numbers("room", CHAIR)
_E = numbers("effect")
_D = numbers("course", "monitoring_discharge")
_SAYS_AGAIN_S = int(_R["says_again_s"])
_TELLS_AGAIN_S = int(_R["alarm_silent_s"] + _R["alarm_lingers_s"])
_WHO = dict(PEOPLE)
YOU, PATIENT, MONITOR, PUMP, TEAM = "You", "Patient", "Monitor", "Pump", "Team"


@dataclass(frozen=True)
class Happening:
    """One line of what went on.

    Attributes
    ----------
    t_s : int
        Second of the run.
    who : str
        ``"You"``, ``"Patient"``, ``"Monitor"``, ``"Pump"`` or ``"Team"``.
    text : str
    urgent : bool
        Should stop fast-forward.
    """

    t_s: int
    who: str
    text: str
    urgent: bool = False


@dataclass(frozen=True)
class Shot:
    """What was true and what was shown when something was done."""

    pump: str
    rate: float
    moaas: int
    respiration: int
    rass: int
    spo2: int | None
    sbp: float
    dbp: float
    effect: float


@dataclass(frozen=True)
class Done:
    """One action as it was done.

    Attributes
    ----------
    t_s, until_s : int
        When it began and ended.
    do : str
    chosen : mapping of str to str
    shot : Shot
    found : str
        What it brought.
    """

    t_s: int
    until_s: int
    do: str
    chosen: Mapping[str, str]
    shot: Shot
    found: str


@dataclass(frozen=True)
class Observation:
    """Everything that can be seen and heard at the chair now.

    Attributes
    ----------
    t_s : int
        Second of the run.
    infusion_s : int or None
        Seconds since the infusion began; None before.
    in_room : bool
        Out of the room only alarms are heard and everything else is empty.
    spo2, hr, etco2, respiration : int or None
        As displayed; `etco2` and `respiration` only with the capnograph on.
    rhythm : str
        The note under the trace; empty without the strip.
    reading : Reading or None
        The last cuff reading.
    readings : tuple of Reading
        All of them, oldest first.
    measuring : bool
        The cuff is inflating.
    cycle_min : int
        Minutes between readings; 0 by hand.
    looks, says : str
        What is seen of the person, and what the person says.
    moaas, cadss : (int, int) or None
        Second and value of the last time somebody assessed it.
    pump : str
        State of the pump.
    mg_per_min, given_mg : float
        As displayed.
    alarms : tuple of Alarm
        Those whose reason still holds, silenced or not.
    people : tuple of str
        Who is at the chair besides you.
    coming : tuple of (str, int)
        Who was called, and in how many seconds they will be there.
    position, oxygen : str
    holding : tuple of str
        What your hands hold: ``"jaw_thrust"``, ``"larson"``, ``"bag_mask"``, ``"restrain"``.
    quiet : bool
        Lights low, hands off.
    over : bool
    """

    t_s: int
    infusion_s: int | None
    in_room: bool
    spo2: int | None
    hr: int | None
    etco2: int | None
    respiration: int | None
    rhythm: str
    reading: Reading | None
    readings: tuple[Reading, ...]
    measuring: bool
    cycle_min: int
    looks: str
    says: str
    moaas: tuple[int, int] | None
    cadss: tuple[int, int] | None
    pump: str
    mg_per_min: float
    given_mg: float
    alarms: tuple[Alarm, ...]
    people: tuple[str, ...]
    coming: tuple[tuple[str, int], ...]
    position: str
    oxygen: str
    holding: tuple[str, ...]
    quiet: bool
    over: bool


class Chair:
    """One person, one pump, one monitor.

    Parameters
    ----------
    key : str
        A scenario, see `trd.monitoring.scenarios`.
    seed : int

    Attributes
    ----------
    log : list of dict
        What was done: ``{"t_s": 1680, "do": "pause"}`` and details.
    now_s : int
        Second of the run.
    over : bool
        Nothing can be done any more.
    happenings : list of Happening
    done : list of Done
    unanswered_silences : int
        How often alarms were silenced before anything was done about them.

    Raises
    ------
    ValueError
        If there is no such scenario or the seed is no whole number.
    """

    def __init__(self, key: str, seed: int) -> None:
        if type(seed) is not int:
            raise ValueError(f"The seed is {seed!r}; it must be a whole number.")
        self.scenario: Scenario = scenario(key)
        self.seed = seed
        self.setup: Setup = self.scenario.begin(seed)
        self.body = Body(self.setup.patient, self.setup.make_events(), self.setup.jaw_works)
        self.body.surge = self.setup.surge
        self.instruments = Instruments(f"{key} {seed}", self.setup.cuff_small, self.setup.artefacts)
        self.pump = Pump(self.setup.patient, self.setup.pump_factor, self.setup.bag_doses)
        self.tally = Tally()
        self.now_s = 0
        self.over = False
        self.log: list[dict[str, Any]] = []
        self.happenings: list[Happening] = []
        self.done: list[Done] = []
        self.alarms: dict[str, Alarm] = {}
        self.present: list[str] = []
        self._coming: dict[str, int] = {}
        self.checked: dict[str, int] = {}
        self.baseline_s: int | None = None
        self.dose_check: str | None = None
        self.moaas: tuple[int, int] | None = None
        self.cadss: tuple[int, int] | None = None
        self.oriented: tuple[int, bool] | None = None
        self.gait: tuple[int, bool] | None = None
        self.in_room = True
        self.deferred = False
        self.gone: str | None = None
        self.edges: dict[str, int] = {}
        self._last_says: tuple[str, int] = ("", -_SAYS_AGAIN_S)
        self.crisis_peak = 0.0
        self.exit_criteria: dict[str, bool] = {}
        self._stir_until_s = 0
        self.unanswered_silences = 0
        self._heard = ""
        self._heard_s: dict[str, int] = {}
        self._order = ""
        self.cannula_out_s: int | None = None
        self._begin()

    # ---- beginning

    def _begin(self) -> None:
        if self.setup.started_s is None:
            for each in self.body.events:
                each.onset_s += _LATER
            self.instruments.settle(self.body)
            self.instruments.set_cycle(0, 0)
            return
        self._preroll(self.setup.started_s)
        self.checked = {item: -1 for item, _label in CHECKS}
        self.baseline_s, self.dose_check = -1, "colleague"
        self.instruments.settle(self.body)

    def _preroll(self, seconds: int) -> None:
        first = -seconds
        self.instruments.readings.append(self.instruments.measure(self.body, first, by="cycle"))
        self.pump.switch(pumps.RUNNING, first)
        # What the colleague charted: who takes over sees the last of each.
        self.moaas, self.cadss = (first, self.body.moaas), (first, round(self.body.cadss))
        for second in range(first, 0):
            now = second + 1
            self.body.step(self.pump.step(now), now)
            since = now - first
            if since % 600 or self.setup.pump_factor != 1:
                continue
            # The last reading before the run is there when it begins.
            self.instruments.readings.append(
                self.instruments.measure(self.body, min(now, -1), by="cycle")
            )
            self.moaas = (min(now, -1), self.body.moaas)
            # The order set asks for a CADSS at 20 and 40 minutes.
            if since // 600 in (2, 4):
                self.cadss = (min(now, -1), round(round(self.body.cadss, 6)))
        self.instruments.set_cycle(10, -(seconds % 600))

    # ---- time

    @property
    def infusion_s(self) -> int | None:
        """Seconds since the infusion began, pauses included."""
        started = self.pump.started_s
        return None if started is None else self.now_s - started

    @property
    def limit_s(self) -> int:
        """Second at which the run ends by itself."""
        return 60 * self.scenario.minutes

    def advance(self, seconds: int, until_alarm: bool = False) -> tuple[Happening, ...]:
        """Let time go on.

        Parameters
        ----------
        seconds : int
            0 or more. The run ends by itself at `limit_s`.
        until_alarm : bool
            Stop in the second in which something urgent happens.

        Returns
        -------
        tuple of Happening
            What happened meanwhile.

        Raises
        ------
        ValueError
            If `seconds` is not a whole number, 0 or more.
        """
        if type(seconds) is not int or seconds < 0:
            raise ValueError(f"{seconds!r} is not a number of seconds; give 0 or more.")
        first = len(self.happenings)
        for _ in range(seconds):
            if self.over:
                break
            before = len(self.happenings)
            self._step()
            if until_alarm and any(each.urgent for each in self.happenings[before:]):
                break
        return tuple(self.happenings[first:])

    def _step(self) -> None:
        self.now_s += 1
        now, body = self.now_s, self.body
        was_running = self.pump.state == pumps.RUNNING
        body.step(self.pump.step(now), now)
        if was_running and self.pump.state == pumps.COMPLETE:
            self._tell(PUMP, "Infusion complete.", urgent=True)
        if self.gone is None:
            self._consequences()
            self.tally.step(body, alone=not self.in_room and not self.present)
            reading = self.instruments.step(body, now)
            if reading is not None:
                self._tell(MONITOR, f"Blood pressure {reading.text}.")
            self._watch(reading is not None)
            self._listen()
        else:
            self.alarms.clear()
        if self._coming:
            self._arrive()
        if "prescriber" in self.present and self.gone is None:
            self._prescribe()
        if now >= self.limit_s:
            self.over = True

    def _tell(self, who: str, text: str, urgent: bool = False) -> None:
        self.happenings.append(Happening(self.now_s, who, text, urgent))

    def _edge(self, key: str) -> None:
        self.edges.setdefault(key, self.now_s)

    def _consequences(self) -> None:
        body = self.body
        if body.moaas >= 4 and not body.grade(ev.LARYNGOSPASM):
            body.jaw = body.larson = body.airway_device = False
            body.bag_s = None
        if body.mouth_disturbed and self.now_s >= self._stir_until_s:
            body.mouth_disturbed = False
        if body.moaas <= 2 and body.patency < speech.SNORES:
            self._edge("snores")
        if body.respiration < _O["respiration_low_per_min"]:
            self._edge("slow_breathing")
        for each in body.events:
            if each.active:
                self._edge(each.kind)
                self._event_consequence(each)
            elif each.over:
                self._edge(f"{each.kind} over")
                if each.kind == ev.CRISIS:
                    self._overshoots()
        if self._at_risk and self.now_s >= _R["walks_out_s"]:
            self._walk_out()

    def _walk_out(self) -> None:
        called = {*self.present, *self._coming}
        if self.gone is None and not called & {"psychiatrist", "ems"}:
            self.gone = "walked out"
            self.tally.once("unsafe_exit")
            self._tell(PATIENT, "He takes his keys and walks out.", urgent=True)

    def _event_consequence(self, event: ev.Event) -> None:
        since = self.now_s - self.edges[event.kind]
        if event.kind == ev.VOMITING:
            self._soil(since)
        elif event.kind == ev.CRISIS:
            self.crisis_peak = max(self.crisis_peak, self.body.sbp)
            self._overshoots()
        elif event.kind == ev.TERROR and event.grade >= 3 and "torn" not in self.edges:
            self._edge("torn")
            self.tally.once("injury")
            if self.pump.state in (pumps.RUNNING, pumps.PAUSED):
                self.pump.switch(pumps.STOPPED, self.now_s)
            self._tell(PATIENT, "Has torn the cannula out; the arm bleeds.", urgent=True)

    def _overshoots(self) -> None:
        least = (1 - _O["fall_limit"]) * self.crisis_peak
        if round(self.body.sbp, 6) < round(least, 6) and "overshoot" not in self.edges:
            self._edge("overshoot")
            self.tally.once("overshoot")

    def _soil(self, since: int) -> None:
        body = self.body
        flat = body.position in ("supine", "legs_up")
        late = (
            since >= _R["vomits_late_s"] and body.position != "lateral" and not body.mouth_cleared
        )
        if (late or (flat and since >= _R["vomits_flat_s"])) and "soiled" not in self.edges:
            self._edge("soiled")
            self.tally.once("aspiration")
            body.aspirated = True
            self._tell(PATIENT, "Coughs, chokes, breathes fast and wet.", urgent=True)
        if self.setup.aspirates and since >= _R["coughs_s"] and not body.aspirated:
            body.aspirated = True
            self._tell(PATIENT, "Coughs a few times.")

    def _watch(self, measured: bool) -> None:
        found = self.instruments.complaints()
        if self.alarms:
            gone = self.now_s - _R["alarm_lingers_s"]
            for key in [k for k, a in self.alarms.items() if a.last_s < gone]:
                del self.alarms[key]
        for key, (text, level) in found.items():
            self._alarm(key, text, level, measured and key == "bp")
        spo2 = self.instruments.spo2
        if spo2 is not None and spo2 < _O["spo2_low_pct"]:
            self._edge("spo2 low")

    def _alarm(self, key: str, text: str, level: int, measured: bool) -> None:
        now, alarm = self.now_s, self.alarms.get(key)
        if alarm is None:
            alarm = self.alarms[key] = Alarm(key, text, level, now)
            self._edge(f"alarm {key}")
            self._sound(alarm)
        elif level > alarm.level:
            # What gets worse is said anew, and nothing said before keeps it quiet.
            alarm.text, alarm.level = text, level
            self._edge(f"alarm {key} urgent")
            self._sound(alarm)
        elif measured and now - alarm.told_s > _TELLS_AGAIN_S:
            # Another bad reading is news, unless the last has only just been told.
            alarm.text, alarm.level = text, level
            self._sound(alarm)
        elif measured or level == alarm.level or alarm.level_s < now - _R["alarm_lingers_s"]:
            # As bad as before, or better but not well: no new entry.
            alarm.text, alarm.level = text, level
        if level >= alarm.level:
            alarm.level_s = now
        alarm.last_s = now

    def _sound(self, alarm: Alarm) -> None:
        alarm.told_s, alarm.quiet_until_s = self.now_s, 0
        self._tell(MONITOR, f"Alarm: {alarm.text}.", alarm.urgent)

    def _hear(self) -> None:
        heard = speech.breathing(self.body)
        if heard and heard != self._heard:
            at = self._heard_s.get(heard, -_SAYS_AGAIN_S)
            if self.now_s - at >= _SAYS_AGAIN_S:
                self._tell(PATIENT, f"{heard[0].upper()}{heard[1:]}.", urgent=True)
            self._heard_s[heard] = self.now_s
        self._heard = heard

    def _prescribe(self) -> None:
        """Let the prescriber say the order, once each time it changes."""
        order = self.order()
        if order != self._order:
            self._order = order
            self._tell(TEAM, f"{_WHO['prescriber']}: “{order}”")

    def order(self) -> str:
        """Return what the prescriber orders now, by the order set; empty where nobody is there."""
        if "prescriber" not in self.present or self.gone is not None:
            return ""
        return speech.order(
            self.body, self.instruments.last, self.pump.state, self._high_for_s(), self._at_risk
        )

    def _high_for_s(self) -> int:
        """Return for how long every reading has been at the limit for a pause, in seconds."""
        since = self.now_s
        for each in reversed(self.instruments.readings):
            if not each.high or each.t_s < 0:
                break
            since = each.t_s
        return self.now_s - since

    def _listen(self) -> None:
        if not self.in_room:
            return
        self._hear()
        words = speech.says(self.body)
        last, at = self._last_says
        troubled = any(each.active for each in self.body.events)
        again = troubled and self.now_s - at >= _SAYS_AGAIN_S
        if words and (words != last or again):
            self._last_says = (words, self.now_s)
            self._tell(PATIENT, words, urgent=troubled and words != last)

    def _arrive(self) -> None:
        for who, at in list(self._coming.items()):
            if self.now_s >= at:
                del self._coming[who]
                self.present.append(who)
                self._edge(f"here {who}")
                self._tell(TEAM, f"{_WHO[who]}: at the chair.")

    # ---- looking

    def observe(self) -> Observation:
        """Return what can be seen and heard now; this changes nothing."""
        body, inst, here = self.body, self.instruments, self.in_room and self.gone is None
        holding = (
            ("jaw_thrust", body.jaw),
            ("larson", body.larson),
            ("bag_mask", body.bag_s is not None),
            ("restrain", body.restrained),
        )
        return Observation(
            t_s=self.now_s,
            infusion_s=self.infusion_s,
            in_room=self.in_room,
            spo2=inst.spo2 if here else None,
            hr=inst.hr if here else None,
            etco2=inst.etco2 if here else None,
            respiration=inst.respiration if here else None,
            rhythm=body.rhythm if here and inst.strip_on else "",
            reading=inst.last,
            readings=tuple(inst.readings),
            measuring=inst.measuring and here,
            cycle_min=inst.cycle_min,
            looks=speech.looks(body) if here else "",
            says=speech.says(body) if here else "",
            moaas=self.moaas,
            cadss=self.cadss,
            pump=self.pump.state,
            mg_per_min=self.pump.mg_per_min,
            given_mg=self.pump.given_mg,
            alarms=tuple(replace(a) for a in self.alarms.values()),
            people=tuple(self.present),
            coming=tuple((who, at - self.now_s) for who, at in self._coming.items()),
            position=body.position,
            oxygen=body.oxygen,
            holding=tuple(name for name, on in holding if on),
            quiet=body.dim,
            over=self.over,
        )

    def criteria(self) -> dict[str, bool]:
        """Return nine of the clinic's discharge criteria, and whether each was shown to hold.

        A criterion that nobody looked at since the end of the infusion does not hold. That the
        person drinks, that the cannula is out and that the advice is in writing cannot be shown
        at this chair; the sheet asks for them all the same.
        """
        ended = self.pump.ended_s if self.pump.ended_s is not None else self.now_s
        last = self.instruments.last
        base = self.setup.patient
        share = 1 + _O["discharge_bp_share"]
        pressure = (
            last is not None
            and last.t_s > ended
            and self._falling(last)
            and (
                (last.sbp < _O["predose_sbp_mmhg"] and last.dbp < _O["predose_dbp_mmhg"])
                or (last.sbp <= share * base.sbp and last.dbp <= share * base.dbp)
            )
        )
        spo2 = self.instruments.spo2
        moaas, cadss, c_ssrs = self.moaas, self.cadss, self.checked.get("suicidality", -1)
        return {
            "60 minutes since the end": self.now_s - ended >= 60 * _O["discharge_after_end_min"],
            "pressure": pressure,
            "SpO2 on air": self.body.oxygen == "off"
            and spo2 is not None
            and spo2 >= _E["spo2_base_pct"] - _D["spo2_slack_pct"],
            "MOAA/S 5": moaas is not None and moaas[0] > ended and moaas[1] == 5,
            # Before the infusion nobody here dissociates, so “or as before” asks for no more.
            "CADSS": cadss is not None and cadss[0] > ended and cadss[1] <= _O["discharge_cadss"],
            "oriented": self.oriented is not None and self.oriented[0] > ended and self.oriented[1],
            "steady gait": self.gait is not None and self.gait[0] > ended and self.gait[1],
            "C-SSRS repeated, no new intent": c_ssrs > max(ended, -1)
            and not (self._at_risk and self.setup.intent),
            "escort": "escort" in self.checked,
        }

    def _falling(self, last: Reading) -> bool:
        """Return True if the pressure has been higher since the infusion began.

        Two readings that follow each other differ by chance alone; a peak that is past does not.
        """
        began = self.pump.started_s
        return any(
            each.sbp > last.sbp
            for each in self.instruments.readings
            if began is not None and began < each.t_s < last.t_s
        )

    @property
    def _at_risk(self) -> bool:
        return self.scenario.key == "going-home"

    def missing_for_start(self) -> tuple[str, ...]:
        """Return what the interlock still waits for."""
        waits = (
            ("consent", "consent" in self.checked),
            ("escort", "escort" in self.checked),
            ("baseline", self.baseline_s is not None),
            ("two-person dose check", self.dose_check is not None),
        )
        return tuple(name for name, met in waits if not met)
