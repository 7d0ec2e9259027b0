"""What the patient says and what can be seen, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trd.monitoring import events as ev
from trd.monitoring import pump as pumps
from trd.monitoring.body import Body
from trd.monitoring.instruments import Reading
from trd.monitoring.parameters import numbers

_O = numbers("orders")

_USUAL: Mapping[str, str] = MappingProxyType(
    {
        "how": "“All right, I think.”",
        "chest": "“No, nothing in my chest.”",
        "breathing": "“I breathe fine.”",
        "headache": "“No headache.”",
        "vision": "“I see as usual. A bit soft at the edges.”",
        "limbs": "“No. Everything moves.”",
        "pain": "“No, nothing hurts.”",
        "nausea": "“No, my stomach is fine.”",
        "fear": "“No, I am calm.”",
        "stimulants": "“No, only water.”",
        "missed": "“I took everything as usual.”",
        "needles": "“I don't mind them.”",
        "thoughts": "“No, not more than we spoke about.”",
        "home": "“My sister picks me up.”",
    }
)
SILENT = "No answer."
SNORES = 0.75
"""An airway less open than this is heard."""


def _crisis(about: str, grade: int) -> str | None:
    return {
        "how": "“My head. It is the worst headache of my life.”",
        "headache": "“The worst I ever had. It came all at once.”",
        "vision": "“Everything is blurred.”",
        "limbs": "“My hand is clumsy.”" if grade >= 3 else None,
        "breathing": "“Breathing is fine. My head!”",
    }.get(about)


def _terror(about: str, _grade: int) -> str | None:
    if about in ("how", "fear"):
        return "“I am dying. Get me out! Get this off me!”"
    return "No answer to that: pulls at the line and cries out."


def _faint(about: str, _grade: int) -> str | None:
    return {
        "how": "“I feel… far away. Sick.”",
        "nausea": "“Sick, yes.”",
        "vision": "“It goes black at the edges.”",
    }.get(about)


def _vomits(about: str, _grade: int) -> str | None:
    return {"how": "“Sick…”", "nausea": "“Yes… sick.”"}.get(about)


_TROUBLED = (
    (ev.CRISIS, _crisis),
    (ev.TERROR, _terror),
    (ev.VASOVAGAL, _faint),
    (ev.VOMITING, _vomits),
)


def reply(body: Body, about: str, special: Mapping[str, str]) -> str:
    """Return the answer to a question.

    Parameters
    ----------
    body : Body
    about : str
        A key of `trd.monitoring.actions.TOPICS`.
    special : mapping
        Answers that belong to this person.
    """
    if body.grade(ev.LARYNGOSPASM):
        return "No word, only the crowing; a hand goes to the throat."
    if body.moaas <= 2:
        return SILENT
    for kind, answers in _TROUBLED:
        grade = body.grade(kind)
        found = answers(about, grade) if grade else None
        if found:
            return found
    if about == "nausea" and body.nausea >= 4:
        return "“Yes, quite sick.”"
    if about in special:
        return special[about]
    if about == "how":
        return _how(body)
    if about == "fear" and body.distress >= 4:
        return "“Yes. Stay here, please.”"
    return _USUAL[about]


def _how(body: Body) -> str:
    if body.moaas == 3:
        return "“…mm. Tired.”"
    if body.cadss >= 20:
        return "“I am not quite here. My hands are someone else's.”"
    if body.cadss >= 6:
        return "“Strange. Far away. Time goes slowly.”"
    if body.drive.effect > 0.25:
        return "“A bit light in the head.”"
    return _USUAL["how"]


def says(body: Body) -> str:
    """Return what the person says unasked; empty when nothing."""
    if body.moaas <= 2 or body.grade(ev.LARYNGOSPASM):
        return ""
    if body.grade(ev.CRISIS):
        worse = body.grade(ev.CRISIS) >= 3
        return (
            "“My head… I can't… the words…”"
            if worse
            else "“My head! It is the worst headache of my life. I can't see properly.”"
        )
    if body.crying_out:
        return "“I am dying! Get me out!”"
    if body.grade(ev.VASOVAGAL):
        return "“I don't feel well. I feel sick. It's going dark.”"
    if body.nausea >= 5:
        return "“I feel sick.”"
    if body.distress >= 5:
        return "“I don't like this.”"
    if body.cadss >= 20:
        return "“Is this my hand? Everything is very far away.”"
    return ""


def looks(body: Body) -> str:
    """Return what can be seen and heard from the chair."""
    return signs(body) or _state(body)


def signs(body: Body) -> str:
    """Return what can be seen and heard of trouble; empty where there is none."""
    vomiting = body.event(ev.VOMITING)
    seen = [
        breathing(body),
        "lips blue" if body.spo2 < 85 else "",
        _in_pain(body),
        "pale, sweating" if body.grade(ev.VASOVAGAL) else "",
        "vomit in the mouth"
        if vomiting is not None and vomiting.active and not body.mouth_cleared
        else "",
        "coughing" if body.aspirated else "",
        "sits up, pulls at the line" if body.crying_out else "",
        "fights the hands that hold" if body.restrained else "",
    ]
    return "; ".join(each for each in seen if each)


def breathing(body: Body) -> str:
    """Return what is heard, or missed, of the breathing; empty where it is quiet."""
    spasm = body.grade(ev.LARYNGOSPASM)
    if spasm:
        return (
            "crowing with each breath",
            "crowing, chest and belly see-saw",
            "chest and belly see-saw, no sound",
        )[min(spasm, 3) - 1]
    if body.respiration == 0:
        return "no breathing movement"
    if body.patency < SNORES and (body.moaas <= 2 or body.grade(ev.OBSTRUCTION)):
        return "snoring, long gaps" if body.respiration < 10 else "snoring"
    return ""


def _in_pain(body: Body) -> str:
    """Return what the worst headache looks like to somebody who watches."""
    grade = body.grade(ev.CRISIS)
    if not grade or body.moaas <= 2:
        return ""
    return f"holds the head, eyes screwed up{'; one hand drifts' if grade >= 3 else ''}"


def _state(body: Body) -> str:
    if body.moaas <= 1:
        return "does not wake"
    if body.moaas <= 3:
        return "drowsy, breathing quietly"
    if body.distress >= 4:
        return "tense, grips the armrests"
    if body.cadss >= 12:
        return "eyes open, far away, calm"
    return "comfortable"


#: What the prescriber orders for what is plain to see: the lines of the order set, no doses.
_ORDERS: tuple[tuple[str, str], ...] = (
    (ev.LARYNGOSPASM, "No drug from me: the airway first. The airway drug is not ours to give."),
    (
        ev.CRISIS,
        "Signs from an organ: the pump stays off. Antihypertensive into the vein, per local "
        "order; the pressure again after it. Read it back to me.",
    ),
    (
        ev.TERROR,
        "Rule out low oxygen, pressure and pain. One voice, low light. If it is still unsafe "
        "after 3 to 5 minutes: sedative, smallest amount, per local order, SpO2 watched. Read it "
        "back to me.",
    ),
    (
        ev.VASOVAGAL,
        "Flat, legs up. If it persists with poor perfusion: atropine, per local order. Read it "
        "back to me.",
    ),
    (
        ev.VOMITING,
        "On the side, suction. Look at QT and drugs first, then the antiemetic, per local order. "
        "Resume only when alert. Read it back to me.",
    ),
)


def order(body: Body, last: Reading | None, pump: str, high_for_s: int, at_risk: bool) -> str:
    """Return what a prescriber at the chair orders, by the order set and without a dose.

    Parameters
    ----------
    body : Body
        Only what anybody at the chair can see is asked of it.
    last : Reading or None
        The last pressure on the screen.
    pump : str
        State of the pump.
    high_for_s : int
        For how long every reading has been at the limit for a pause, in seconds.
    at_risk : bool
        New suicide risk is what this session is about.
    """
    for kind, words in _ORDERS:
        if body.grade(kind):
            return words
    if signs(body) or body.moaas <= 2:
        return "Pump off, airway first. No antidote stands on the sheet."
    if last is not None and last.high and pump != pumps.BEFORE:
        if pump == pumps.RUNNING:
            return "Pause the pump. No drug for the number alone. Ask for signs, measure again."
        if high_for_s >= 60 * _O["persistent_min"]:
            return (
                "It has lasted, so I agree: antihypertensive into the vein, per local order; the "
                "pressure again after it. No resume. Read it back to me."
            )
        return "No drug for the number alone, and no resume. Every 2 to 3 minutes; ask for signs."
    if last is not None and last.alert and pump != pumps.BEFORE:
        return "No resume above 165/100. No drug. Measure again."
    if pump == pumps.PAUSED:
        return "If all is well: resume at half the rate, or end it here. Read it back to me."
    return "Stay. The psychiatrist comes into this." if at_risk else "No new order. By the sheet."
