"""One run at the chair: time goes on, you look, you act, and everything you do is logged.

Same scenario, same seed, same actions: same run, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from trd.monitoring import events as ev
from trd.monitoring import pump as pumps
from trd.monitoring import speech
from trd.monitoring.actions import CARE, DRUG, PEOPLE, PUMP, TEAM, WATCH, action, wording
from trd.monitoring.chair import YOU, Chair, Done, Happening, Shot
from trd.monitoring.instruments import CUFF_TAKES_S
from trd.monitoring.interventions import LESS, ORDERED, Ramp, ramp
from trd.monitoring.parameters import CHAIR, numbers

_I = numbers("interventions")
_LATER = 10**9
_LOGGED = ("t_s", "do")
_R = numbers("room", CHAIR)
_WHO = dict(PEOPLE)
_ANSWERS = frozenset({WATCH, PUMP, CARE, DRUG, TEAM})


def _sentence(words: str) -> str:
    """Return words with a full stop, unless they end in a mark of their own."""
    return words if words.rstrip("”")[-1:] in ".?!…" else f"{words}."


class Session(Chair):
    """One run: everything that can be done.

    Parameters
    ----------
    key : str
        A scenario, see `trd.monitoring.scenarios`.
    seed : int

    Attributes
    ----------
    log : list of dict
        What was done: ``{"t_s": 1680, "do": "pause"}`` and details.

    Raises
    ------
    ValueError
        If there is no such scenario or the seed is no whole number.
    """

    def why_not(self, key: str, /, **detail: Any) -> str:
        """Return why an action is impossible now; an empty string if it is possible.

        Raises
        ------
        ValueError
            If there is no such action or choice.
        """
        found = action(key)
        chosen = found.checked(detail)
        if self.over:
            return "The run is over."
        if self.gone is not None and key not in ("note", "report", "plan", "finish", "handover"):
            return "The patient has left."
        if not self.in_room and key not in ("return", "call", "finish"):
            return "You are out of the room; come back to the chair first."
        refuse: Callable[[dict[str, str]], str] | None = getattr(self, f"_refuse_{key}", None)
        return refuse(chosen) if refuse else ""

    def act(self, key: str, /, **detail: Any) -> str:
        """Do something; it takes the time it takes.

        Parameters
        ----------
        key : str
            See `trd.monitoring.actions`.
        **detail
            What has to be chosen.

        Returns
        -------
        str
            What it brought, in words.

        Raises
        ------
        ValueError
            If it is impossible; the message says why. Nothing is logged then.
        """
        reason = self.why_not(key, **detail)
        if reason:
            raise ValueError(reason)
        found = action(key)
        chosen = found.checked(detail)
        began, shot = self.now_s, self._shot()
        self.log.append({"t_s": began, "do": key, **chosen})
        self._tell(YOU, _sentence(wording(key, chosen)))
        place = len(self.happenings) - 1
        begin: Callable[[dict[str, str]], str] | None = getattr(self, f"_do_{key}", None)
        text = begin(chosen) if begin else ""
        self.advance(found.seconds(chosen))
        end: Callable[[dict[str, str]], str] | None = getattr(self, f"_end_{key}", None)
        text = end(chosen) if end else text
        if text:
            line = self.happenings[place]
            self.happenings[place] = Happening(line.t_s, YOU, f"{line.text} → {text}")
        self.done.append(Done(began, self.now_s, key, MappingProxyType(chosen), shot, text))
        return text

    def _shot(self) -> Shot:
        body = self.body
        return Shot(
            self.pump.state,
            self.pump.rate,
            body.moaas,
            body.respiration,
            body.rass,
            self.instruments.spo2,
            body.sbp,
            body.dbp,
            body.drive.effect,
        )

    # ---- before the start

    def _refuse_check(self, chosen: dict[str, str]) -> str:
        if chosen["item"] in ("consent", "suicidality", "touch") and not self._can_talk:
            return "The patient cannot answer this now."
        return ""

    @property
    def _can_talk(self) -> bool:
        body = self.body
        return (
            body.moaas >= 4
            and not body.crying_out
            and not body.grade(ev.LARYNGOSPASM)
            and not body.grade(ev.VASOVAGAL)
        )

    def _end_check(self, chosen: dict[str, str]) -> str:
        item = chosen["item"]
        self.checked[item] = self.now_s
        usual = {
            "identity": "Name and date of birth agree with the order.",
            "consent": "Informed, has asked questions, still wants it; may stop at any time.",
            "weight": f"{self.setup.patient.weight_kg} kg today, as on the order.",
            "escort": "Somebody comes and takes the person home.",
            "suicidality": "No ideation beyond what is known, no intent.",
            "pregnancy": (
                "Test negative today." if self.setup.patient.sex == "F" else "Does not apply."
            ),
            "intake": "Fasted as the clinic asks; water only.",
            "medicines": "Taken as usual, nothing new; no allergies; no QT drug.",
            "touch": (
                "A hand may be held." if self.setup.touch else "No touch, please: words only."
            ),
            "equipment": "All there, all works.",
        }
        return self.setup.checks.get(item, usual[item])

    def _end_cuff_size(self, _chosen: dict[str, str]) -> str:
        if self.instruments.cuff_small:
            self.instruments.cuff_small = False
            return "The cuff was too small; now it fits."
        return "The cuff fits."

    def _refuse_baseline(self, _chosen: dict[str, str]) -> str:
        if self.baseline_s is not None:
            return "The baseline has been confirmed."
        lacks = []
        if len(self.instruments.readings) < 2:
            lacks.append("two blood pressures")
        if self.moaas is None:
            lacks.append("MOAA/S")
        if self.cadss is None:
            lacks.append("CADSS")
        return f"The baseline still lacks {', '.join(lacks)}." if lacks else ""

    def _end_baseline(self, _chosen: dict[str, str]) -> str:
        self.baseline_s = self.now_s
        last = self.instruments.last
        pressure = last.text if last is not None else "not measured"
        return f"Baseline charted: {pressure}, SpO2 {self.instruments.spo2 or 'no signal'}."

    def _refuse_dose_check(self, _chosen: dict[str, str]) -> str:
        if self.pump.state != pumps.BEFORE:
            return "The infusion has begun; read the pump against the order instead."
        return ""

    def _end_dose_check(self, chosen: dict[str, str]) -> str:
        self.dose_check = chosen["second"]
        p = self.pump
        if chosen["second"] == "nobody":
            return "Both lines carry your name."
        return (
            f"Read aloud and agreed: {self.setup.patient.weight_kg} kg, {p.dose_mg:g} mg in all, "
            f"{p.ordered_mg_per_min:g} mg/min, 40 minutes."
        )

    # ---- watching

    def _refuse_bp(self, _chosen: dict[str, str]) -> str:
        return "The cuff is already measuring." if self.instruments.measuring else ""

    def _do_bp(self, chosen: dict[str, str]) -> str:
        self.instruments.press(self.now_s, chosen["arm"])
        return f"in {CUFF_TAKES_S} s."

    def _do_cuff_cycle(self, chosen: dict[str, str]) -> str:
        self.instruments.set_cycle(int(chosen["minutes"]), self.now_s)
        return ""

    def _end_moaas(self, _chosen: dict[str, str]) -> str:
        value = self.body.moaas
        self.moaas = (self.now_s, value)
        words = (
            "no response to a painful squeeze",
            "responds only to a painful squeeze",
            "responds only to prodding",
            "responds only when called loudly or again",
            "slow to answer to the name",
            "alert",
        )
        return f"{value}: {words[value]}."

    def _end_cadss(self, _chosen: dict[str, str]) -> str:
        if not self._can_talk:
            return "Cannot be asked now."
        self.cadss = (self.now_s, round(round(self.body.cadss, 6)))
        return f"{self.cadss[1]}."

    def _end_ask(self, chosen: dict[str, str]) -> str:
        return speech.reply(self.body, chosen["about"], self.setup.replies)

    def _end_count_breaths(self, _chosen: dict[str, str]) -> str:
        if self.body.grade(ev.LARYNGOSPASM) >= 2:
            return "The chest moves, no air does."
        return f"{self.body.respiration} a minute."

    def _do_capnograph(self, _chosen: dict[str, str]) -> str:
        self.instruments.capnograph_on = True
        return ""

    def _end_strip(self, _chosen: dict[str, str]) -> str:
        self.instruments.strip_on = True
        return f"{self.body.rhythm}, {self.instruments.hr}/min."

    def _end_ecg(self, _chosen: dict[str, str]) -> str:
        return f"{self.body.rhythm}; no sign of infarction; QT in range."

    def _end_glucose(self, _chosen: dict[str, str]) -> str:
        return "In the normal range."

    def _end_neuro(self, _chosen: dict[str, str]) -> str:
        if self.body.moaas <= 2:
            return "Cannot take part; pupils equal, eyes move slowly from side to side."
        if self.body.grade(ev.CRISIS) >= 3:
            return "One hand drifts, words are hard to find."
        return "Face, arms and speech even; pupils equal."

    def _end_chest_sounds(self, _chosen: dict[str, str]) -> str:
        if self.body.grade(ev.LARYNGOSPASM) >= 2:
            return "Hardly any air goes in."
        if self.body.aspirated:
            return "Wheeze and crackles on the right."
        return "Clear on both sides."

    def _end_look_arm(self, _chosen: dict[str, str]) -> str:
        if self.scenario.key == "faint":
            return "The cannula pulls at the skin, the tape is bloody; he had watched it."
        return "Cannula in place, arm soft."

    def _end_look_mouth(self, _chosen: dict[str, str]) -> str:
        vomiting = self.body.event(ev.VOMITING)
        if vomiting is not None and vomiting.grade and not self.body.mouth_cleared:
            return "Vomit in the mouth."
        if self.setup.secretion and not self.body.mouth_cleared:
            return "Saliva pools at the back, in sight."
        return "Empty."

    def _end_orientation(self, _chosen: dict[str, str]) -> str:
        good = self.body.moaas >= 4 and self.body.cadss < _R["oriented_cadss"]
        self.oriented = (self.now_s, good)
        return "Name, place and day are right." if good else "The day and the place are wrong."

    def _refuse_gait(self, _chosen: dict[str, str]) -> str:
        if self.body.moaas <= 3 or self.body.grade(ev.VASOVAGAL):
            return "The patient cannot stand now."
        return ""

    def _end_gait(self, _chosen: dict[str, str]) -> str:
        good = round(self.body.drive.effect, 6) < _R["gait_steady"] and self.body.moaas == 5
        self.gait = (self.now_s, good)
        return "Steady, turns without a hand." if good else "Sways, reaches for the wall."

    # ---- pump

    def _refuse_start(self, _chosen: dict[str, str]) -> str:
        if self.deferred:
            return "Today's infusion was deferred."
        if self.pump.state != pumps.BEFORE:
            return "The infusion was started before."
        missing = self.missing_for_start()
        if missing:
            return f"The pump does not start before: {', '.join(missing)}."
        return ""

    def _do_start(self, _chosen: dict[str, str]) -> str:
        self.pump.switch(pumps.RUNNING, self.now_s)
        for each in self.body.events:
            if each.onset_s >= _LATER:
                each.onset_s += self.now_s - _LATER
        if self.instruments.cycle_min == 0:
            self.instruments.set_cycle(10, self.now_s)
        return f"{self.pump.mg_per_min:g} mg/min; the cuff cycles every {self._cycle}."

    @property
    def _cycle(self) -> str:
        return f"{self.instruments.cycle_min} min"

    def _refuse_pause(self, _chosen: dict[str, str]) -> str:
        return "" if self.pump.state == pumps.RUNNING else "The pump is not running."

    def _do_pause(self, _chosen: dict[str, str]) -> str:
        self.pump.switch(pumps.PAUSED, self.now_s)
        return f"paused at {self.pump.given_mg:g} mg."

    def _refuse_stop(self, _chosen: dict[str, str]) -> str:
        if self.pump.state in (pumps.RUNNING, pumps.PAUSED):
            return ""
        return "The pump is not running."

    def _do_stop(self, _chosen: dict[str, str]) -> str:
        self.pump.switch(pumps.STOPPED, self.now_s)
        return f"stopped at {self.pump.given_mg:g} mg."

    def _refuse_resume(self, _chosen: dict[str, str]) -> str:
        if self.pump.state != pumps.PAUSED:
            return "There is no paused infusion."
        return self._no_line()

    def _do_resume(self, chosen: dict[str, str]) -> str:
        self.pump.switch(pumps.RUNNING, self.now_s, pumps.RATES[chosen["rate"]])
        return f"{self.pump.mg_per_min:g} mg/min{self._read_back()}."

    def _no_line(self) -> str:
        return "" if self.cannula_out_s is None else "The cannula is out."

    def _read_back(self) -> str:
        return ", read back to the prescriber" if "prescriber" in self.present else ""

    def _refuse_rate(self, _chosen: dict[str, str]) -> str:
        return "" if self.pump.state == pumps.RUNNING else "The pump is not running."

    def _do_rate(self, chosen: dict[str, str]) -> str:
        self.pump.switch(pumps.RUNNING, self.now_s, pumps.RATES[chosen["rate"]])
        return f"{self.pump.mg_per_min:g} mg/min."

    def _end_pump_check(self, _chosen: dict[str, str]) -> str:
        p = self.pump
        times = p.mg_per_min / p.ordered_mg_per_min
        words = f"Set to {p.mg_per_min:g} mg/min; the order is {p.ordered_mg_per_min:g} mg/min"
        if round(times, 2) == 1:
            return f"{words}. Bag, name and weight agree."
        return f"{words}: {times:.1f} times the order. {p.given_mg:g} mg given."

    # ---- hands and voice

    def _do_reassure(self, _chosen: dict[str, str]) -> str:
        self.body.give("reassure", ramp("reassure", self.now_s))
        return ""

    def _do_quiet(self, _chosen: dict[str, str]) -> str:
        self.body.dim = True
        self.body.restrained = self.body.mouth_disturbed = False
        return ""

    def _do_hand(self, _chosen: dict[str, str]) -> str:
        if self.setup.touch:
            return "The hand is taken."
        self.body.distress = min(10.0, self.body.distress + _R["unwanted_hand"])
        return "Pulls away; this was not agreed."

    def _do_say(self, chosen: dict[str, str]) -> str:
        terror = self.body.event(ev.TERROR)
        if chosen["what"] == "not-real" and terror is not None and terror.active:
            terror.worsen()
            return "More fear."
        return ""

    def _do_restrain(self, _chosen: dict[str, str]) -> str:
        self.body.restrained, self.body.dim = True, False
        self.tally.once("injury")
        return "Fights the hands."

    def _do_let_go(self, _chosen: dict[str, str]) -> str:
        body = self.body
        body.restrained = body.jaw = body.larson = False
        body.bag_s = None
        return ""

    def _refuse_position(self, chosen: dict[str, str]) -> str:
        upright = chosen["how"] in ("standing", "sit")
        if upright and self.body.moaas <= 2:
            return "The patient does not wake and cannot be sat up."
        return ""

    def _do_position(self, chosen: dict[str, str]) -> str:
        body = self.body
        body.position = chosen["how"]
        faint = body.event(ev.VASOVAGAL)
        if chosen["how"] != "standing":
            return ""
        if faint is not None and faint.active:
            faint.worsen()
        elif body.drive.effect < _R["falls_from"] and body.moaas == 5:
            return "On the feet."
        self.tally.once("injury")
        body.position = "supine"
        return "Falls."

    def _do_jaw_thrust(self, _chosen: dict[str, str]) -> str:
        self.body.jaw = True
        if self.body.moaas >= 4 and not self.body.grade(ev.LARYNGOSPASM):
            return "Pushes the hands away."
        return ""

    def _do_larson(self, _chosen: dict[str, str]) -> str:
        self.body.larson = True
        return ""

    def _stir(self) -> None:
        self.body.mouth_disturbed = True
        self._stir_until_s = self.now_s + int(_R["stir_s"])
        spasm = self.body.event(ev.LARYNGOSPASM)
        if spasm is not None and spasm.active:
            spasm.worsen()

    def _do_oral_airway(self, _chosen: dict[str, str]) -> str:
        body = self.body
        if body.moaas <= 1 and not body.grade(ev.LARYNGOSPASM):
            body.airway_device = True
            return "Tolerated."
        self._stir()
        return "Gags."

    def _do_suction(self, chosen: dict[str, str]) -> str:
        if chosen["how"] == "deep":
            self._stir()
            self.body.mouth_cleared = True
            return "Gags, bucks."
        self.body.mouth_cleared = True
        return "The mouth is clear."

    def _do_oxygen(self, chosen: dict[str, str]) -> str:
        self.body.oxygen = chosen["how"]
        return ""

    def _refuse_bag_mask(self, chosen: dict[str, str]) -> str:
        body = self.body
        shallow = body.respiration < _R["bag_breaths_per_min"]
        needed = body.moaas <= 3 or shallow or body.spo2 < _R["bag_spo2_pct"]
        if chosen["how"] == "on" and not needed and not body.grade(ev.LARYNGOSPASM):
            return "The patient is awake and breathes; there is nothing to bag."
        if chosen["how"] == "off" and body.bag_s is None:
            return "Nobody is bagging."
        return ""

    def _do_bag_mask(self, chosen: dict[str, str]) -> str:
        body = self.body
        if chosen["how"] == "off":
            body.bag_s = None
            return ""
        body.bag_s = self.now_s
        if body.oxygen in ("off", "low"):
            body.oxygen = "high"
        return ""

    def _refuse_fluids(self, _chosen: dict[str, str]) -> str:
        return self._no_line()

    def _refuse_cannula_out(self, _chosen: dict[str, str]) -> str:
        if self.pump.state in (pumps.RUNNING, pumps.PAUSED):
            return "The pump is still on the line; stop it first."
        if self.pump.state == pumps.BEFORE and not self.deferred:
            return "The cannula is needed; the infusion has not begun."
        return self._no_line()

    def _end_cannula_out(self, _chosen: dict[str, str]) -> str:
        self.cannula_out_s = self.now_s
        return "Out, pressed on, dry."

    def _do_fluids(self, _chosen: dict[str, str]) -> str:
        self.body.give("fluids", ramp("fluids", self.now_s))
        return ""

    def _refuse_drink(self, _chosen: dict[str, str]) -> str:
        return "The patient cannot swallow safely." if self.body.moaas <= 2 else ""

    def _do_drink(self, _chosen: dict[str, str]) -> str:
        if self.body.nausea >= _R["drink_nausea_from"]:
            self.body.nausea = min(10.0, self.body.nausea + _R["drink_nausea"])
            if self.body.moaas <= 3 and not self.body.aspirated:
                self.body.aspirated = True
                self.tally.once("aspiration")
                return "Chokes on it."
            return "It comes back up."
        return "Drinks a little."

    # ---- drug box

    def _refuse_give(self, chosen: dict[str, str]) -> str:
        if chosen["drug"] == "airway_drug" and "anaesthetist" not in self.present:
            return "Only an airway-trained person may give this, and none is at the chair."
        if chosen["drug"] == "oral":
            return "The patient cannot swallow safely." if self.body.moaas <= 2 else ""
        return self._no_line()

    def _do_give(self, chosen: dict[str, str]) -> str:
        drug, amount = chosen["drug"], chosen["amount"]
        if drug == "naloxone":
            return "Nothing changes: it does not act on ketamine."
        told = self._read_back().removeprefix(", ").capitalize()
        effect = ramp(drug, self.now_s, amount)
        if drug == "atropine" and amount == LESS:
            # Too little may slow the heart further.
            size = _R["atropine_too_little"]
            effect = Ramp(self.now_s, effect.onset_s, effect.full_s, effect.lasts_s, size)
        self.body.give(drug, effect)
        if amount == ORDERED:
            return told and f"{told}."
        return f"{amount} than the order says."

    # ---- people

    def _refuse_call(self, chosen: dict[str, str]) -> str:
        who = chosen["who"]
        if who in self.present:
            return f"{_WHO[who]}: already at the chair."
        if who in self._coming:
            return f"{_WHO[who]}: already on the way."
        return ""

    def _do_call(self, chosen: dict[str, str]) -> str:
        who = chosen["who"]
        self._coming[who] = self.now_s + int(_I[f"{who}_s"])
        minutes = _I[f"{who}_s"] / 60
        return f"on the way, about {minutes:g} min."

    def _refuse_handover(self, chosen: dict[str, str]) -> str:
        who = chosen["to"]
        return "" if who in self.present else f"{_WHO[who]}: not at the chair."

    # ---- chart and talk

    def _refuse_plan(self, chosen: dict[str, str]) -> str:
        if chosen["what"] == "home-drug" and "prescriber" not in self.present:
            return "The prescriber decides about drugs; call first."
        return ""

    def _refuse_silence(self, _chosen: dict[str, str]) -> str:
        return "" if self.alarms else "No alarm sounds."

    def _do_silence(self, _chosen: dict[str, str]) -> str:
        since = max(each.since_s for each in self.alarms.values())
        if not any(d.t_s >= since and action(d.do).group in _ANSWERS for d in self.done):
            self.unanswered_silences += 1
        for each in self.alarms.values():
            each.quiet_until_s = self.now_s + int(_R["alarm_silent_s"])
        return "Quiet for two minutes; the reason is still there."

    def _refuse_disclose(self, _chosen: dict[str, str]) -> str:
        return "" if self._can_talk else "The patient cannot take it in yet."

    def _refuse_debrief(self, _chosen: dict[str, str]) -> str:
        return "" if self._can_talk else "The patient cannot take part yet."

    # ---- room and end

    def _refuse_leave_room(self, _chosen: dict[str, str]) -> str:
        return ""

    def _do_leave_room(self, _chosen: dict[str, str]) -> str:
        self.in_room = False
        return "You hear only the alarms."

    def _refuse_return(self, _chosen: dict[str, str]) -> str:
        return "You are at the chair." if self.in_room else ""

    def _do_return(self, _chosen: dict[str, str]) -> str:
        self.in_room = True
        return ""

    def _refuse_defer(self, _chosen: dict[str, str]) -> str:
        if self.pump.state != pumps.BEFORE:
            return "The infusion has begun; it can be paused or stopped."
        return "Today's infusion was deferred." if self.deferred else ""

    def _do_defer(self, _chosen: dict[str, str]) -> str:
        self.deferred = True
        return ""

    def _refuse_send_home(self, _chosen: dict[str, str]) -> str:
        if self.pump.state in (pumps.RUNNING, pumps.PAUSED):
            return "The line is still in; stop the pump first."
        if self.body.moaas <= 2:
            return "The patient does not wake."
        return ""

    def _do_send_home(self, _chosen: dict[str, str]) -> str:
        unmet = self.unsafe_to_leave()
        self.exit_criteria = self.criteria()
        self.gone = "home"
        if unmet:
            self.tally.once("unsafe_exit")
        return ""

    def _refuse_sign_out(self, chosen: dict[str, str]) -> str:
        return self._refuse_send_home(chosen)

    def _do_sign_out(self, _chosen: dict[str, str]) -> str:
        self.gone = "signed out"
        # A signature is no harm by itself: what counts is what the person takes out of the door.
        if self.unsafe_to_leave():
            self.tally.once("unsafe_exit")
        return ""

    def unsafe_to_leave(self) -> tuple[str, ...]:
        """Return the dangers that are still there, known or not."""
        body, found = self.body, []
        if self.pump.started_s is not None and round(body.drive.effect, 6) >= _R["gait_steady"]:
            found.append("the drug still works")
        if body.moaas < 5:
            found.append("not fully awake")
        if body.aspirated:
            found.append("the chest is not clear")
        if self._at_risk and "here psychiatrist" not in self.edges:
            found.append("suicide risk not assessed")
        if self._at_risk and self.setup.intent:
            found.append("suicidal intent")
        if self.deferred and "suicidality" not in self.checked:
            found.append("suicide risk not asked about")
        return tuple(found)

    def _refuse_transfer(self, _chosen: dict[str, str]) -> str:
        return "" if "ems" in self.present else "The emergency team is not here."

    def _do_transfer(self, _chosen: dict[str, str]) -> str:
        self.gone = "hospital"
        return ""

    def _do_finish(self, _chosen: dict[str, str]) -> str:
        self.over = True
        return ""


def start(key: str, seed: int) -> Session:
    """Begin a run.

    Parameters
    ----------
    key : str
        One of `trd.monitoring.scenarios`.
    seed : int
        Same seed, same person and same course of events.

    Raises
    ------
    ValueError
        If there is no such scenario.
    """
    return Session(key, seed)


def resume(key: str, seed: int, log: Any) -> Session:
    """Run a log again and stop where it left off, to go on from there.

    Parameters
    ----------
    key : str
    seed : int
    log : sequence of dict
        As `Session.log`.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened; the message says which.
    """
    session = Session(key, seed)
    for entry in log:
        if not isinstance(entry, Mapping):
            raise ValueError("One of the actions is not an action.")
        _redo(session, entry)
    return session


def _redo(session: Session, entry: Mapping[Any, Any]) -> None:
    time, do = entry.get("t_s"), entry.get("do")
    if type(time) is not int or time < 0:
        raise ValueError(f"The time of an action is {time!r}; it must be whole seconds.")
    if time < session.now_s:
        raise ValueError(
            f"An action at {time} s is impossible: until {session.now_s} s you were busy."
        )
    if time > session.limit_s:
        raise ValueError(f"The run ends at {session.limit_s} s; nothing happens at {time} s.")
    if not isinstance(do, str):
        raise ValueError(f"{do!r} is nothing one can do at this chair.")
    session.advance(time - session.now_s)
    session.act(do, **{str(name): value for name, value in entry.items() if name not in _LOGGED})


def play(key: str, seed: int, log: Any) -> Session:
    """Run a log again, and let the rest of the run go on untouched if it was not ended.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened; the message says which.
    """
    session = resume(key, seed, log)
    session.advance(max(0, session.limit_s - session.now_s))
    return session
