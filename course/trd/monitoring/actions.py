"""Everything that can be done at the chair: one table, from which a panel builds its buttons.

An action takes time, because hands and words do; while it runs, the clock runs. How long is a
teaching assumption.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trd.monitoring.interventions import AMOUNTS

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Detail:
    """What has to be chosen with an action.

    Attributes
    ----------
    name : str
        Key in the log, e.g. ``"about"``.
    choices : tuple of (str, str)
        Key and words; the first is taken when nothing is said and `default` is true.
    default : bool
    """

    name: str
    choices: Choices
    default: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that may be chosen."""
        return tuple(key for key, _label in self.choices)

    def label(self, key: str) -> str:
        """Return the words of a choice."""
        return dict(self.choices)[key]


@dataclass(frozen=True)
class Action:
    """One thing that can be done.

    Attributes
    ----------
    key, label, group : str
    takes_s : int
        Seconds it takes.
    details : tuple of Detail
    longer : mapping of str to int
        Seconds for single choices that take another time.
    """

    key: str
    label: str
    group: str
    takes_s: int
    details: tuple[Detail, ...] = ()
    longer: Mapping[str, int] = field(default_factory=dict)

    def seconds(self, chosen: Mapping[str, Any]) -> int:
        """Return how long it takes as chosen."""
        for value in chosen.values():
            if isinstance(value, str) and value in self.longer:
                return self.longer[value]
        return self.takes_s

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was chosen, complete.

        Raises
        ------
        ValueError
            If something is missing, unknown or not one of the choices.
        """
        names = [each.name for each in self.details]
        for name in given:
            if name not in names:
                raise ValueError(f"“{self.label}” knows no {name!r}.")
        chosen: dict[str, Any] = {}
        for each in self.details:
            if each.name not in given and not each.default:
                raise ValueError(f"“{self.label}”: choose one of {', '.join(each.keys)}.")
            value = given.get(each.name, each.keys[0])
            if not isinstance(value, str) or value not in each.keys:
                raise ValueError(f"“{self.label}”: {value!r} is not among {', '.join(each.keys)}.")
            chosen[each.name] = value
        return chosen


CHECKS: Choices = (
    ("identity", "Identity: name and date of birth against the order"),
    ("consent", "Consent: given, understood, still wanted"),
    ("weight", "Weight today, in kg"),
    ("escort", "Escort: who takes the person home"),
    ("suicidality", "C-SSRS"),
    ("pregnancy", "Pregnancy"),
    ("intake", "Food and drink: when and what"),
    ("medicines", "Medicines taken, allergies, QT"),
    ("touch", "Agree on touch: may a hand be held"),
    ("equipment", "Oxygen, suction, bag and mask, pump"),
)
TOPICS: Choices = (
    ("how", "How are you?"),
    ("chest", "Any pain or pressure in your chest?"),
    ("breathing", "Is your breathing all right?"),
    ("headache", "Any headache?"),
    ("vision", "Can you see as usual?"),
    ("limbs", "Any weakness or numbness of face, arm or leg?"),
    ("pain", "Does anything hurt: arm, cannula, bladder?"),
    ("nausea", "Do you feel sick?"),
    ("fear", "Are you frightened?"),
    ("stimulants", "Coffee, energy drinks or stimulants today?"),
    ("missed", "Did you take your tablets as usual?"),
    ("needles", "How are you with needles and blood?"),
    ("thoughts", "Have thoughts of ending your life come up?"),
    ("home", "How are you getting home?"),
)
ORGAN_TOPICS = ("chest", "breathing", "headache", "vision", "limbs")
IMPRESSIONS: Choices = (
    ("as-expected", "What is expected of the drug: nothing more"),
    ("dissociation", "Dissociation"),
    ("panic", "A panic attack"),
    ("terror", "Terror in dissociation, unsafe"),
    ("pressure-no-signs", "High pressure without organ signs"),
    ("pressure-emergency", "High pressure with organ signs: an emergency"),
    ("overdose", "Too much, too fast: pump or dose error with a failing airway"),
    ("laryngospasm", "Laryngospasm"),
    ("airway", "Airway partly blocked"),
    ("faint", "Faint: slow heart and low pressure"),
    ("vomiting", "Vomiting with reduced alertness"),
    ("suicide-risk", "New suicide risk"),
    ("predose-high", "Pressure above the limit before the dose"),
)
PEOPLE: Choices = (
    ("colleague", "Second nurse"),
    ("prescriber", "Prescriber"),
    ("anaesthetist", "Airway-trained doctor"),
    ("ems", "Emergency services"),
    ("psychiatrist", "Psychiatrist"),
)
DRUGS: Choices = (
    ("antihypertensive", "Antihypertensive into the vein"),
    ("oral", "Slow antihypertensive by mouth"),
    ("sedative", "Sedative (benzodiazepine)"),
    ("antiemetic", "Antiemetic"),
    ("atropine", "Drug for a slow heart (atropine)"),
    ("naloxone", "Opioid antagonist (naloxone)"),
    ("airway_drug", "Airway drug, by an airway-trained person"),
)
PLANS: Choices = (
    ("home-drug", "With the prescriber: restart the home blood pressure drug"),
    ("bp-plan", "Blood pressure plan with the outpatient team"),
    ("next-dose", "Plan for the next dose: talk about rate, dose, setting"),
    ("rebook", "Book a new date"),
    ("call", "Book the call after 24 to 72 hours"),
    ("family", "Make the way home and home itself safer, with family, if agreed"),
    ("no-driving", "No keys: no driving until the next day after sleep, in writing"),
    ("extend", "Extend the stay until the criteria are met"),
    ("advice", "Advice for home, in writing"),
)
_AMOUNT = Detail(
    "amount",
    tuple(zip(AMOUNTS, ("Less than ordered", "As ordered", "More than ordered"), strict=True)),
)

BEFORE, WATCH, PUMP, CARE, DRUG, TEAM, RECORD, END = (
    "Before the start",
    "Watch and ask",
    "Pump",
    "Hands and voice",
    "Drug box",
    "People",
    "Chart and talk",
    "Room and end",
)
GROUPS = (BEFORE, WATCH, PUMP, CARE, DRUG, TEAM, RECORD, END)

ACTIONS: tuple[Action, ...] = (
    Action("check", "Check", BEFORE, 20, (Detail("item", CHECKS),), {"suicidality": 90}),
    Action("cuff_size", "Fit the right cuff, arm at heart level", BEFORE, 30),
    Action("baseline", "Confirm the baseline", BEFORE, 10),
    Action(
        "dose_check",
        "Check order, weight, concentration and rate",
        BEFORE,
        60,
        (
            Detail(
                "second",
                (("colleague", "with a second person"), ("nobody", "alone, signing both lines")),
            ),
        ),
        {"nobody": 20},
    ),
    Action(
        "bp",
        "Blood pressure now",
        WATCH,
        2,
        (Detail("arm", (("same", "same arm"), ("other", "other arm")), True),),
    ),
    Action(
        "cuff_cycle",
        "Set the cuff's cycle",
        WATCH,
        3,
        (
            Detail(
                "minutes",
                tuple((str(m), f"every {m} min" if m else "by hand") for m in (0, 2, 3, 5, 10, 15)),
            ),
        ),
    ),
    Action("moaas", "MOAA/S: voice, then touch", WATCH, 10),
    Action("cadss", "CADSS", WATCH, 60),
    Action("ask", "Ask the patient", WATCH, 8, (Detail("about", TOPICS),)),
    Action("count_breaths", "Count breaths", WATCH, 15),
    Action("capnograph", "Capnograph on", WATCH, 10),
    Action("strip", "Monitor strip on", WATCH, 15),
    Action("ecg", "12-lead ECG", WATCH, 90),
    Action("glucose", "Blood glucose", WATCH, 30),
    Action("neuro", "Face, arms, speech, pupils", WATCH, 30),
    Action("chest_sounds", "Listen to the chest", WATCH, 20),
    Action("look_arm", "Look at cannula and arm", WATCH, 10),
    Action("look_mouth", "Look into the mouth", WATCH, 5),
    Action("orientation", "Name, place, day", WATCH, 15),
    Action("gait", "Stand and walk with support", WATCH, 30),
    Action("start", "Start the infusion as ordered", PUMP, 3),
    Action("pause", "Pause the pump", PUMP, 2),
    Action("stop", "Stop the pump for good", PUMP, 2),
    Action(
        "resume",
        "Resume",
        PUMP,
        3,
        (Detail("rate", (("half", "at half the rate"), ("ordered", "at the ordered rate"))),),
    ),
    Action(
        "rate",
        "Change the rate",
        PUMP,
        3,
        (
            Detail(
                "rate",
                (
                    ("half", "half"),
                    ("ordered", "as ordered"),
                    ("faster", "half as fast again"),
                    ("double", "double"),
                ),
            ),
        ),
    ),
    Action("pump_check", "Read pump, bag and weight against the order", PUMP, 20),
    Action("keep_evidence", "Set pump, bag and line aside, untouched", PUMP, 15),
    Action("reassure", "One voice: name, time, place, breathing", CARE, 15),
    Action("quiet", "Quiet: lights low, hands off, nothing in the mouth", CARE, 5),
    Action("hand", "Hold a hand", CARE, 3),
    Action(
        "say",
        "Say",
        CARE,
        5,
        (
            Detail(
                "what",
                (
                    ("explain", "what you see and what comes next"),
                    ("not-real", "“That is not real, stop it”"),
                    ("will-lift", "“It will lift tomorrow”"),
                ),
            ),
        ),
    ),
    Action("restrain", "Hold the person down", CARE, 10),
    Action("let_go", "Let go: take hands off the person", CARE, 2),
    Action(
        "position",
        "Position",
        CARE,
        6,
        (
            Detail(
                "how",
                (
                    ("reclined", "reclined"),
                    ("supine", "flat on the back"),
                    ("legs_up", "flat, legs up"),
                    ("lateral", "on the side"),
                    ("head_up", "head up 30 degrees"),
                    ("sit", "sitting upright"),
                    ("standing", "standing, walking"),
                ),
            ),
        ),
    ),
    Action("jaw_thrust", "Head position and jaw thrust", CARE, 3),
    Action("larson", "Firm pressure behind the ear lobes (Larson)", CARE, 3),
    Action("oral_airway", "Oral airway", CARE, 6),
    Action(
        "suction",
        "Suction",
        CARE,
        8,
        (Detail("how", (("gentle", "gentle, what is seen"), ("deep", "deep"))),),
    ),
    Action(
        "oxygen",
        "Oxygen",
        CARE,
        6,
        (
            Detail(
                "how",
                (
                    ("low", "low flow"),
                    ("high", "high flow by mask"),
                    ("cpap", "100 %, tight mask, CPAP"),
                    ("off", "off"),
                ),
            ),
        ),
    ),
    Action("bag_mask", "Bag and mask", CARE, 5, (Detail("how", (("on", "on"), ("off", "off"))),)),
    Action("fluids", "Fluid bolus as ordered", CARE, 15),
    Action("drink", "Give something to drink", CARE, 10),
    Action("cannula_out", "Take the cannula out", CARE, 30),
    Action("give", "Give", DRUG, 30, (Detail("drug", DRUGS), _AMOUNT), {"sedative": 60}),
    Action("call", "Call", TEAM, 8, (Detail("who", PEOPLE),)),
    Action(
        "handover",
        "Hand over with times",
        TEAM,
        30,
        (Detail("to", PEOPLE),),
    ),
    Action("impression", "Say what you think it is", RECORD, 3, (Detail("what", IMPRESSIONS),)),
    Action("plan", "Arrange", RECORD, 30, (Detail("what", PLANS),)),
    Action(
        "note",
        "Chart",
        RECORD,
        20,
        (
            Detail(
                "how",
                (
                    ("as-it-happened", "what happened, with times"),
                    ("rewrite", "go back and change an earlier entry"),
                ),
            ),
        ),
    ),
    Action("silence", "Silence the alarms", RECORD, 1),
    Action("disclose", "Tell the patient openly what went wrong", RECORD, 60),
    Action("report", "Adverse-event report", RECORD, 60),
    Action("debrief", "Talk it over with the patient", RECORD, 60),
    Action("leave_room", "Leave the room", END, 1),
    Action("return", "Come back to the chair", END, 1),
    Action("defer", "Defer: no infusion today", END, 10),
    Action("send_home", "Send home with the escort", END, 5),
    Action("sign_out", "Let the patient sign out and go", END, 5),
    Action("transfer", "Hand the patient to the emergency team", END, 5),
    Action("finish", "End the run", END, 0),
)
_BY_KEY = {each.key: each for each in ACTIONS}


def action(key: Any) -> Action:
    """Return an action by its key.

    Raises
    ------
    ValueError
        If there is no such action; the message offers the nearest.
    """
    if isinstance(key, str) and key in _BY_KEY:
        return _BY_KEY[key]
    close = difflib.get_close_matches(str(key), list(_BY_KEY), n=1)
    offer = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{key!r} is nothing one can do at this chair.{offer}")


def wording(key: str, chosen: Mapping[str, Any]) -> str:
    """Return an action in words, e.g. ``"Oxygen: high flow by mask"``."""
    found = action(key)
    parts = [each.label(chosen[each.name]) for each in found.details if each.name in chosen]
    return f"{found.label}: {', '.join(parts)}" if parts else found.label
