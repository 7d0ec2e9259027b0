"""A model run of each scenario: it looks, waits and acts like a person, and earns every point.

The answers are policies, not lists of times: they react to what the chair shows, so that they hold
for every seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trd.monitoring import events as ev
from trd.monitoring.actions import ORGAN_TOPICS
from trd.monitoring.physiology import predose_limit
from trd.monitoring.session import Session

Log = list[dict[str, Any]]
_LOOK_EVERY_S = 3


class _Hands:
    """Somebody at the chair."""

    def __init__(self, scenario: str, seed: int) -> None:
        self.s = Session(scenario, seed)

    def do(self, key: str, **detail: str) -> None:
        """Act if it is possible."""
        if not self.s.why_not(key, **detail):
            self.s.act(key, **detail)

    def until(self, met: Callable[[], bool], most_s: int) -> bool:
        """Wait until something holds, at most so long; return True if it holds."""
        last = self.s.now_s + most_s
        while not met() and self.s.now_s < last and not self.s.over:
            self.s.advance(_LOOK_EVERY_S)
        return met()

    def minute(self, minute: float, dwell_s: int = 0) -> None:
        """Wait until a minute of the infusion."""
        started = self.s.pump.started_s or 0
        self.s.advance(max(0, started + round(60 * minute) - dwell_s - self.s.now_s))

    def pressure(self) -> None:
        """Measure, and wait for the number."""
        count = len(self.s.instruments.readings)
        if not self.s.instruments.measuring:
            self.do("bp")
        self.until(lambda: len(self.s.instruments.readings) > count, 60)

    def wait(self, seconds: int) -> None:
        """Wait."""
        self.s.advance(seconds)

    def troubled(self, kind: str) -> Callable[[], bool]:
        """Return a look for something that shows."""
        return lambda: self.s.body.grade(kind) > 0


_BEFORE = (
    "identity",
    "consent",
    "weight",
    "escort",
    "suicidality",
    "pregnancy",
    "intake",
    "medicines",
    "touch",
    "equipment",
)


def _above_limit(h: _Hands) -> bool:
    last, limit = h.s.instruments.last, predose_limit(h.s.setup.patient.age)
    return last is not None and (last.sbp > limit[0] or last.dbp > limit[1])


def _prepare(h: _Hands) -> None:
    for item in _BEFORE:
        h.do("check", item=item)
    h.do("cuff_size")
    h.wait(max(0, 320 - h.s.now_s))
    h.pressure()
    h.wait(90)
    h.pressure()
    for _ in range(4):
        if not _above_limit(h):
            break
        h.wait(120)
        h.pressure()
    h.do("moaas")
    h.do("cadss")
    h.do("baseline")
    h.do("dose_check", second="colleague")
    h.do("start")


def _at_ten(h: _Hands, minute: int, cadss: bool) -> None:
    h.minute(minute)
    h.pressure()
    h.do("moaas")
    if cadss:
        h.do("cadss")


def _recover(h: _Hands, wait_for: int = 101) -> None:
    for minute in (50, 60, 68):
        h.minute(minute)
        h.pressure()
    h.minute(79)
    h.do("cadss")
    h.do("plan", what="call")
    h.do("plan", what="no-driving")
    h.minute(wait_for)
    _go_home(h)


def _go_home(h: _Hands) -> None:
    for _ in range(12):
        h.do("oxygen", how="off")
        h.pressure()
        h.do("moaas")
        h.do("cadss")
        h.do("orientation")
        h.do("gait")
        h.do("check", item="suicidality")
        h.do("check", item="escort")
        if all(h.s.criteria().values()):
            break
        h.wait(300)
    h.do("send_home")
    h.do("finish")


def _routine(h: _Hands) -> None:
    _prepare(h)
    for minute in (10, 20, 30):
        _at_ten(h, minute, cadss=minute == 20)
    _at_ten(h, 39, cadss=True)
    _recover(h)


def _predose(h: _Hands) -> None:
    h.do("cuff_size")
    for about in ("stimulants", "missed", "pain", "fear"):
        h.do("ask", about=about)
    h.wait(max(0, 610 - h.s.now_s))
    h.pressure()
    h.do("impression", what="predose-high")
    h.wait(100)
    h.pressure()
    h.do("defer")
    h.do("call", who="prescriber")
    h.do("check", item="suicidality")
    h.do("plan", what="home-drug")
    h.do("plan", what="rebook")
    h.do("send_home")
    h.do("finish")


def _no_signs(h: _Hands) -> None:
    h.until(lambda: bool(h.s.edges.get(ev.RISE)), 600)
    h.wait(90)
    last = h.s.instruments.last
    while last is None or not last.high:
        h.pressure()
        last = h.s.instruments.last
        h.wait(20)
    for about in ORGAN_TOPICS:
        h.do("ask", about=about)
    h.wait(60)
    h.pressure()
    h.do("pause")
    h.do("call", who="prescriber")
    h.do("impression", what="pressure-no-signs")
    for _ in range(4):
        h.wait(110)
        h.pressure()
    for _ in range(30):
        last = h.s.instruments.last
        if last is not None and not last.alert:
            break
        h.wait(120)
        h.pressure()
    h.do("stop")
    h.do("plan", what="bp-plan")
    h.do("note", how="as-it-happened")
    h.do("finish")


def _with_signs(h: _Hands) -> None:
    h.until(h.troubled(ev.CRISIS), 600)
    h.do("stop")
    h.do("call", who="ems")
    h.do("call", who="prescriber")
    h.do("impression", what="pressure-emergency")
    h.do("position", how="head_up")
    h.pressure()
    h.do("neuro")
    h.do("glucose")
    h.until(lambda: "prescriber" in h.s.present, 120)
    h.do("give", drug="antihypertensive", amount="as-ordered")
    h.do("ecg")
    h.wait(120)
    h.pressure()
    h.until(lambda: "ems" in h.s.present, 600)
    h.do("handover", to="ems")
    h.do("transfer")
    h.do("note", how="as-it-happened")
    h.do("finish")


def _pump_error(h: _Hands) -> None:
    # The display is read when one sits down; the model still waits for the sign.
    h.until(lambda: "snores" in h.s.edges, 200)
    h.do("stop")
    h.do("call", who="colleague")
    h.do("jaw_thrust")
    h.do("oxygen", how="high")
    h.do("call", who="ems")
    h.do("impression", what="overdose")
    if h.s.body.respiration < 8:
        h.do("bag_mask", how="on")
    h.do("pump_check")
    if h.s.body.respiration < 8:
        h.do("bag_mask", how="on")
    h.do("keep_evidence")
    h.until(lambda: h.s.body.respiration < 8, 120)
    h.do("bag_mask", how="on")
    h.until(lambda: "ems" in h.s.present, 600)
    h.do("handover", to="ems")
    h.until(lambda: h.s.body.moaas == 5, 1500)
    h.do("moaas")
    h.do("disclose")
    h.do("report")
    h.do("note", how="as-it-happened")
    h.do("finish")


def _spasm(h: _Hands) -> None:
    h.do("capnograph")
    h.until(h.troubled(ev.LARYNGOSPASM), 600)
    h.do("stop")
    h.do("quiet")
    h.do("jaw_thrust")
    h.do("larson")
    h.do("oxygen", how="cpap")
    h.do("impression", what="laryngospasm")
    h.do("call", who="ems")
    h.do("call", who="anaesthetist")
    h.do("look_mouth")
    if h.s.setup.secretion:
        h.do("suction", how="gentle")
    h.until(lambda: "anaesthetist" in h.s.present, 240)
    if h.s.body.grade(ev.LARYNGOSPASM):
        h.do("give", drug="airway_drug", amount="as-ordered")
        h.do("bag_mask", how="on")
    h.do("handover", to="anaesthetist")
    h.do("note", how="as-it-happened")
    h.do("finish")


def _terror(h: _Hands) -> None:
    h.until(lambda: h.s.body.crying_out, 600)
    h.do("quiet")
    h.do("reassure")
    h.do("pause")
    h.do("bp")
    h.do("ask", about="pain")
    h.do("ask", about="breathing")
    h.do("impression", what="terror")
    h.do("call", who="prescriber")
    h.wait(90)
    h.do("reassure")
    h.wait(60)
    if h.s.body.crying_out:
        h.do("give", drug="sedative", amount="as-ordered")
    h.until(lambda: h.s.body.distress < 3 and h.s.body.moaas >= 4, 900)
    h.do("moaas")
    h.do("debrief")
    h.do("plan", what="next-dose")
    h.do("note", how="as-it-happened")
    h.do("finish")


def _faint(h: _Hands) -> None:
    h.until(h.troubled(ev.VASOVAGAL), 600)
    h.do("position", how="legs_up")
    h.do("pause")
    h.do("impression", what="faint")
    h.do("call", who="prescriber")
    h.do("strip")
    h.do("bp")
    h.do("fluids")
    h.wait(45)
    if h.s.body.grade(ev.VASOVAGAL) and h.s.body.hr < 50:
        h.wait(15)
        h.do("give", drug="atropine", amount="as-ordered")
    h.do("look_arm")
    h.do("ecg")
    h.until(lambda: not h.s.body.grade(ev.VASOVAGAL), 400)
    h.pressure()
    h.do("note", how="as-it-happened")
    h.do("finish")


def _vomits(h: _Hands) -> None:
    h.until(h.troubled(ev.VOMITING), 600)
    h.do("pause")
    h.do("position", how="lateral")
    h.do("suction", how="gentle")
    h.do("oxygen", how="low")
    h.do("impression", what="vomiting")
    h.wait(60)
    h.do("chest_sounds")
    h.do("check", item="medicines")
    h.do("give", drug="antiemetic", amount="as-ordered")
    h.do("stop")
    if h.s.body.aspirated:
        h.do("call", who="ems")
        h.until(lambda: "ems" in h.s.present, 600)
        h.do("handover", to="ems")
        h.do("transfer")
        h.do("note", how="as-it-happened")
        h.do("finish")
        return
    h.do("plan", what="extend")
    ended = h.s.pump.ended_s or 0
    h.wait(max(0, ended + 7200 - h.s.now_s))
    _go_home(h)


def _going_home(h: _Hands) -> None:
    h.do("ask", about="thoughts")
    h.do("check", item="suicidality")
    h.do("call", who="psychiatrist")
    h.do("impression", what="suicide-risk")
    if h.s.setup.intent:
        h.do("call", who="ems")
    h.do("plan", what="no-driving")
    h.do("plan", what="family")
    h.do("check", item="escort")
    h.do("plan", what="extend")
    h.until(lambda: "psychiatrist" in h.s.present, 600)
    h.do("handover", to="psychiatrist")
    if h.s.setup.intent:
        h.until(lambda: "ems" in h.s.present, 900)
        h.do("handover", to="ems")
        h.do("transfer")
    h.do("note", how="as-it-happened")
    h.do("finish")


_ANSWERS: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    ev.NAUSEA: (
        ("check", {"item": "medicines"}),
        ("give", {"drug": "antiemetic", "amount": "as-ordered"}),
    ),
    ev.VOMITING: (
        ("pause", {}),
        ("position", {"how": "lateral"}),
        ("suction", {"how": "gentle"}),
        ("stop", {}),
    ),
    ev.TERROR: (("quiet", {}), ("reassure", {}), ("pause", {})),
    ev.VASOVAGAL: (("position", {"how": "legs_up"}), ("pause", {}), ("fluids", {})),
    ev.OBSTRUCTION: (
        ("jaw_thrust", {}),
        ("oxygen", {"how": "low"}),
        ("position", {"how": "lateral"}),
    ),
}


def _answer_events(h: _Hands, answered: set[str]) -> None:
    for each in h.s.body.events:
        if each.active and each.kind not in answered:
            answered.add(each.kind)
            for key, detail in _ANSWERS[each.kind]:
                h.do(key, **detail)


def _answer_pressure(h: _Hands, answered: set[str]) -> None:
    """Repeat a reading from 165/100; if it is true halve the rate, from 180/110 stop."""
    last = h.s.instruments.last
    if last is None or last.t_s < (h.s.pump.started_s or 0):
        return
    if not last.alert or (last.high and "high" in answered):
        return
    if not last.high and "alert" in answered:
        return
    answered |= {"high", "alert"} if last.high else {"alert"}
    for about in ORGAN_TOPICS:
        h.do("ask", about=about)
    h.wait(60)
    h.pressure()
    again = h.s.instruments.last
    if last.high and again is not None and again.high:
        h.do("stop")
        h.do("call", who="prescriber")
    elif again is not None and again.alert:
        h.do("rate", rate="half")
        if again.high:
            _answer_pressure(h, answered)


def _level(h: _Hands) -> None:
    """Assess MOAA/S; stop when it is 2 or less."""
    h.do("moaas")
    if h.s.moaas is not None and h.s.moaas[1] <= 2:
        h.do("stop")
        h.do("position", how="lateral")
        h.do("call", who="prescriber")


def _watch_to(h: _Hands, minute: float, answered: set[str]) -> None:
    """Watch, in small steps, so that whatever happens is answered at once."""
    started = h.s.pump.started_s or 0
    while h.s.now_s < started + round(60 * minute) and not h.s.over:
        h.s.advance(min(10, started + round(60 * minute) - h.s.now_s))
        _answer_events(h, answered)
        _answer_pressure(h, answered)
        if not any(each.active for each in h.s.body.events):
            h.do("resume", rate="half" if "alert" in answered else "ordered")


def _practice(h: _Hands) -> None:
    answered: set[str] = set()
    _prepare(h)
    for minute in (10, 20, 30, 40):
        _watch_to(h, minute, answered)
        h.pressure()
        _answer_events(h, answered)
        _level(h)
        _answer_events(h, answered)
        _answer_pressure(h, answered)
        if minute in (20, 40):
            h.do("cadss")
            _answer_events(h, answered)
    for minute in (46, 52, 60, 68):
        _watch_to(h, minute, answered)
        h.pressure()
        _answer_pressure(h, answered)
    h.do("stop")
    h.do("plan", what="call")
    h.do("plan", what="no-driving")
    ended = h.s.pump.ended_s or 0
    h.wait(max(0, ended + 3610 - h.s.now_s))
    _go_home(h)


_MODEL: dict[str, Callable[[_Hands], None]] = {
    "routine": _routine,
    "predose-pressure": _predose,
    "pressure-no-signs": _no_signs,
    "pressure-with-signs": _with_signs,
    "pump-error": _pump_error,
    "laryngospasm": _spasm,
    "terror": _terror,
    "faint": _faint,
    "vomiting": _vomits,
    "going-home": _going_home,
    "practice": _practice,
}


def perfect_log(scenario: str, seed: int) -> Log:
    """Return a run that earns every point.

    Raises
    ------
    ValueError
        If there is no such scenario.
    """
    hands = _Hands(scenario, seed)
    _MODEL[scenario](hands)
    return hands.s.log


def _keep(log: Log, share: float) -> Log:
    """Return the beginning of a run, then its end."""
    return log[: max(1, round(share * len(log)))]


def example_logs(scenario: str, seed: int) -> list[Log]:
    """Return plausible runs from good to bad.

    The model run; the same a minute late; its first half; its first quarter; nothing at all.

    Raises
    ------
    ValueError
        If there is no such scenario.
    """
    best = perfect_log(scenario, seed)
    late = [{**each, "t_s": each["t_s"] + 60} for each in best]
    return [best, _playable(scenario, seed, late), _keep(best, 0.5), _keep(best, 0.25), []]


def _playable(scenario: str, seed: int, log: Log) -> Log:
    """Return the actions of a log that are possible when they come."""
    session = Session(scenario, seed)
    for entry in log:
        wait = entry["t_s"] - session.now_s
        if wait > 0:
            session.advance(min(wait, session.limit_s - session.now_s))
        detail = {k: v for k, v in entry.items() if k not in ("t_s", "do")}
        if not session.over and not session.why_not(entry["do"], **detail):
            session.act(entry["do"], **detail)
    return session.log
