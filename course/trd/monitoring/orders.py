"""The fictional clinic's order set, shown before every run and beside it.

No drug dose is printed but that of the ketamine order itself, because no other dose was verified
for this use on a primary page: the order set names the class and says “per local order”. Marks are
for recognising, for the order of steps, for calling and for following this sheet, never for
recalling a dose.
"""

from __future__ import annotations

from dataclasses import dataclass

from trd.monitoring.evidence import status_of

LOCAL = "per local order"
HEADLINE = (
    "Order set of a fictional clinic, for this exercise only. Your own medical director and "
    "pharmacist own yours. Doses are not printed: drugs stand by class, per local order."
)


@dataclass(frozen=True)
class Order:
    """One line of the sheet.

    Attributes
    ----------
    section, text : str
    evidence : str
        Row of ``assets/evidence/monitoring.csv``.
    """

    section: str
    text: str
    evidence: str

    @property
    def status(self) -> str:
        """Status of the row, e.g. ``"teaching-assumption"``."""
        return status_of(self.evidence)


ORDERS: tuple[Order, ...] = (
    Order(
        "Before",
        "Identity, consent, weight, escort, C-SSRS, pregnancy, food and drink, medicines.",
        "mon-order-checks",
    ),
    Order(
        "Before",
        "Rest at least 5 minutes. Two blood pressures 2 minutes apart, SpO2, heart rate, MOAA/S, "
        "CADSS: confirm the baseline.",
        "mon-order-baseline",
    ),
    Order(
        "Before",
        "Above 140 (above 150 if older than 65) or above 90: right cuff, rest 10 minutes, two more "
        "readings, look for a cause. Still above: defer.",
        "mon-order-predose",
    ),
    Order(
        "Before",
        "Deferred: home drug with the prescriber, new date, C-SSRS before the way home.",
        "mon-order-defer",
    ),
    Order(
        "Before",
        "Two people check mg/kg, weight, concentration and rate against the order.",
        "mon-order-two-person",
    ),
    Order(
        "Before",
        "The pump starts only after consent, escort, baseline and two-person check.",
        "mon-order-start",
    ),
    Order("Infusion", "Ketamine 0.5 mg/kg over 40 minutes.", "mon-regimen-reference"),
    Order(
        "Infusion",
        "Blood pressure and MOAA/S about every 10 minutes, closer at a first infusion or with "
        "risk; SpO2 and heart rate all the time.",
        "mon-order-bp-infusion",
    ),
    Order("Infusion", "CADSS at 20, 40 and 80 minutes.", "mon-order-cadss"),
    Order(
        "Infusion",
        "Somebody is in line of sight until the peak has passed.",
        "mon-order-line-of-sight",
    ),
    Order(
        "After",
        "Blood pressure every 10 to 15 minutes until minute 70.",
        "mon-order-bp-after",
    ),
    Order(
        "After",
        "Home: 60 minutes or more after the end, pressure falling and within 10 % of baseline or "
        "below 140/90, SpO2 as before on air, MOAA/S 5, oriented, CADSS 4 or less or as before, "
        "steady gait, drinks without vomiting, C-SSRS repeated with no new intent, cannula out, "
        "escort there, advice in writing.",
        "mon-order-discharge",
    ),
    Order("After", "No driving until the next day after sleep.", "mon-order-driving"),
    Order("After", "Call after 24 to 72 hours.", "mon-order-follow-call"),
    Order(
        "Any emergency",
        "Stop or pause the pump, call help, airway, breathing, circulation, note the time. In a "
        "faint the legs go up first.",
        "mon-order-stop-first",
    ),
    Order("Any emergency", "Answer an alarm before it is silenced.", "mon-order-alarm"),
    Order("Any emergency", "Say aloud what you think it is.", "mon-order-impression"),
    Order("Any emergency", "Hand over with times.", "mon-order-handover"),
    Order("Any emergency", "Chart what happened, as it happened.", "mon-order-chart"),
    Order(
        "Pressure",
        "165 or more, or 100 or more: repeat within 2 to 3 minutes, ask, calm, halve the rate.",
        "mon-order-bp-alert",
    ),
    Order(
        "Pressure",
        "180 or more, or 110 or more: repeat within 2 to 3 minutes. Twice: pause, prescriber, then "
        "every 2 to 3 minutes.",
        "mon-order-bp-pause",
    ),
    Order(
        "Pressure",
        "At once: ask for chest pain, breathlessness, headache, vision, weakness.",
        "mon-sc-symptoms-first",
    ),
    Order(
        "Pressure",
        "No signs: wait 10 to 15 minutes. A drug only with signs, or if 180/110 persists at 15 "
        f"minutes and the prescriber agrees (antihypertensive, {LOCAL}).",
        "mon-order-bp-wait",
    ),
    Order(
        "Pressure",
        "Below 165/100: resume at half the rate or end; plan with the outpatient team.",
        "mon-order-bp-resume",
    ),
    Order(
        "Pressure",
        "With signs: stop, emergency services and prescriber, head up 30 degrees, oxygen below 94, "
        f"neurology, glucose, ECG, antihypertensive into the vein {LOCAL} once the prescriber is "
        "there, pressure again after it, hand over with times.",
        "mon-order-hypertensive-emergency",
    ),
    Order("Pressure", "With signs: no more than a quarter lower in hour 1.", "mon-bp-aha-25"),
    Order(
        "Airway",
        "SpO2 below 94: rouse, reposition, oxygen. Below 92 for 30 s or below 90: stop, airway.",
        "mon-spo2-order",
    ),
    Order(
        "Airway",
        "MOAA/S 3: slow or pause. 2 or less: stop, airway, prescriber. 1 or less: emergency.",
        "mon-moaas-order",
    ),
    Order(
        "Airway",
        "Hypoventilation: stop, call, jaw thrust, oxygen; bag and mask below 8 a minute; read "
        "pump, bag and weight; keep them; emergency services.",
        "mon-order-hypoventilation",
    ),
    Order(
        "Airway",
        "No antidote stands on this sheet: stop, airway and time are the treatment.",
        "mon-order-hypoventilation",
    ),
    Order(
        "Airway",
        "Crowing or see-saw chest: stop pump and every stimulus, call emergency services and "
        "airway-trained doctor, jaw thrust, Larson pressure, 100 % oxygen with CPAP; gentle "
        f"suction only of what is seen; airway drug by the airway-trained only, {LOCAL}.",
        "mon-order-laryngospasm",
    ),
    Order(
        "Distress",
        "Rule out low oxygen, pressure, pain. Low light, one voice, name, time, place, breathing. "
        f"Halve or pause. Unsafe after 3 to 5 minutes: sedative, smallest amount, {LOCAL}, "
        "prescriber there, SpO2 watched. Talk it over; plan the next dose. Who asks to stop is "
        "paused at once.",
        "mon-order-distress",
    ),
    Order("Distress", "Touch only if it was agreed before.", "mon-order-touch"),
    Order(
        "Faint",
        "Flat, legs up; pause; oxygen if low; strip; fluids. If it persists with poor perfusion: "
        f"atropine, {LOCAL}. ECG; find the trigger.",
        "mon-order-vasovagal",
    ),
    Order(
        "Vomiting",
        "Pause, on the side, suction, oxygen, listen; antiemetic after a look at QT and drugs, "
        f"{LOCAL}. End, or resume only when alert. Stay 60 minutes longer. Cough, wheeze, fever or "
        "SpO2 below 94: emergency department.",
        "mon-order-vomiting",
    ),
    Order(
        "Suicide risk",
        "Stay. C-SSRS. Psychiatrist. Means and family. Intent: emergency route. Escort, no keys, "
        "longer stay, chart.",
        "mon-order-suicide-risk",
    ),
    Order(
        "After an error",
        "Watch to baseline, tell the patient openly, report, change nothing in the chart.",
        "mon-order-open-disclosure",
    ),
)

SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(each.section for each in ORDERS))


def order_set(*sections: str) -> tuple[Order, ...]:
    """Return the sheet, or some of its sections, in its order.

    Raises
    ------
    ValueError
        If there is no such section.
    """
    for name in sections:
        if name not in SECTIONS:
            raise ValueError(f"The order set has no section {name!r}.")
    return tuple(each for each in ORDERS if not sections or each.section in sections)
