"""Fictional people for the pseudo-resistance checklist: what is known, and what is found later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trd.definitions.pseudoresistance import Check, NextStep, checklist, next_step


@dataclass(frozen=True)
class Vignette:
    """One fictional person.

    Attributes
    ----------
    key, name : str
    story : str
        What the referral says.
    known : mapping of str to str
        Findings at the first visit, by step; every other step is unknown.
    found : mapping of str to str
        Findings after the clinic has looked, for every step.
    outcome : str
        What the clinic found, in words.
    """

    key: str
    name: str
    story: str
    known: Mapping[str, str]
    found: Mapping[str, str]
    outcome: str


#: The reader's own fictional person.
CUSTOM = "custom"


def _findings(problem: str = "", unknown: str = "") -> Mapping[str, str]:
    """Return all steps as clear but for those named in two space-separated lists."""
    odd = {key: "problem" for key in problem.split()} | {key: "unknown" for key in unknown.split()}
    return MappingProxyType({step.key: odd.get(step.key, "clear") for step in checklist()})


VIGNETTES: tuple[Vignette, ...] = (
    Vignette(
        key="ms-b",
        name="Ms B., 47: two drugs “did nothing”",
        story=(
            "Ms B., 47, manages a small office. Sertraline 100 mg and then duloxetine 60 mg were "
            "each prescribed for ten weeks; she says neither did anything. She has never had a "
            "high or irritable spell, and her husband agrees. Thyroid tests and blood count are "
            "normal, she does not drink. The letter asks for “third-line treatment”."
        ),
        known=_findings(unknown="taken level stressors"),
        found=_findings(problem="taken", unknown="level"),
        outcome=(
            "Asked without blame, Ms B. says that nausea made her stop both drugs after some days; "
            "she was ashamed to tell. The pharmacy dispensed two of ten packs. Neither drug "
            "has been tested, so neither counts as a trial."
        ),
    ),
    Vignette(
        key="mr-t",
        name="Mr T., 63: three drugs on the list",
        story=(
            "Mr T., 63, a retired bus driver, is referred after “three antidepressants”: trazodone "
            "50 mg at night for a year, venlafaxine 37.5 mg for five months, and escitalopram "
            "10 mg, begun three weeks ago. His wife fills a weekly pill box and it is empty every "
            "Sunday. No mania in him or the family. He is tired by day, and she says he snores."
        ),
        known=_findings(problem="dose weeks", unknown="level comorbidity stressors"),
        found=_findings(problem="dose weeks comorbidity"),
        outcome=(
            "Trazodone and venlafaxine stayed below the minimum dose, and escitalopram has had "
            "three weeks: no trial counts yet. A home sleep study shows sleep apnoea, to be "
            "treated alongside. The tablets were taken, no interaction was found, life is steady."
        ),
    ),
    Vignette(
        key="ms-r",
        name="Ms R., 34: three full trials",
        story=(
            "Ms R., 34, a set designer, has had three antidepressants at full dose for eight weeks "
            "or more, all taken, with a level in range. Each “worked brilliantly for ten days, "
            "then everything crashed”. Thyroid and alcohol are clear, work and family are "
            "steady. Nobody has asked about highs, and no relative has been spoken to."
        ),
        known=_findings(unknown="diagnosis"),
        found=_findings(problem="diagnosis"),
        outcome=(
            "Her sister describes two springs with a week of little sleep, fast talk and large "
            "purchases, before any drug. This points to bipolar II disorder: the count of three "
            "does not make treatment-resistant unipolar depression, and the plan changes."
        ),
    ),
    Vignette(
        key="mr-l",
        name="Mr L., 55: everything was done?",
        story=(
            "Mr L., 55, a surveyor, has been depressed for fourteen months. Sertraline 150 mg for "
            "ten weeks and venlafaxine 150 mg for nine weeks changed little; refills match. His "
            "partner confirms that there was never a high. Nobody has yet looked for interacting "
            "drugs, checked the thyroid, asked about alcohol, or asked about the last year."
        ),
        known=_findings(unknown="level comorbidity stressors"),
        found=_findings(),
        outcome=(
            "No other drug interferes and nothing about his response is odd; blood tests are "
            "normal, he drinks a glass of wine a month, and no stressor keeps the depression "
            "going. Every cause on the list is clear: now the label may be considered."
        ),
    ),
    Vignette(
        key=CUSTOM,
        name="Someone of your own invention",
        story=(
            "Invent a person, and mark below what is known about each step. Please do not enter "
            "anything about a real patient."
        ),
        known=_findings(unknown=" ".join(step.key for step in checklist())),
        found=_findings(unknown=" ".join(step.key for step in checklist())),
        outcome="",
    ),
)
"""In the order shown; the last is the reader's own."""


def vignette(key: str) -> Vignette:
    """Return one person.

    Raises
    ------
    ValueError
        If there is none such.
    """
    for person in VIGNETTES:
        if person.key == key:
            return person
    raise ValueError(f"{key!r} is not a person; choose {', '.join(v.key for v in VIGNETTES)}.")


@dataclass(frozen=True)
class Rung:
    """One step of the checklist as it stands for one person.

    Attributes
    ----------
    step : Check
    finding : {"clear", "problem", "unknown"}
    place : {"done", "now", "waits"}
        Whether it is settled, is the thing to do now, or comes after it.
    """

    step: Check
    finding: str
    place: str


@dataclass(frozen=True)
class Decision:
    """The whole ladder for one person, with the first thing to do.

    Attributes
    ----------
    person : Vignette
    revealed : bool
        Whether what the clinic found is to be told.
    rungs : tuple of Rung
    next : NextStep
    """

    person: Vignette
    revealed: bool
    rungs: tuple[Rung, ...]
    next: NextStep


def decide(patient: str, findings: Mapping[str, str], reveal: bool = False) -> Decision:
    """Work out where one person stands on the checklist.

    Parameters
    ----------
    patient : str
        Key of a vignette.
    findings : mapping of str to {"clear", "problem", "unknown"}
        Keyed by step; a step that is missing is unknown.
    reveal : bool
        Whether to tell what the clinic found.

    Returns
    -------
    Decision

    Raises
    ------
    ValueError
        For a person, a step or a finding that does not exist.
    """
    person = vignette(patient)
    now = next_step(findings)
    first = now.step.key if now.step else None
    rungs = []
    for step in checklist():
        finding = findings.get(step.key, "unknown")
        place = "now" if step.key == first else "done" if finding == "clear" else "waits"
        rungs.append(Rung(step, finding, place))
    return Decision(person, bool(reveal and person.outcome), tuple(rungs), now)
