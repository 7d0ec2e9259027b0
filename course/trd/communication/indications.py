"""Other uses of ketamine, graded by a rule of this course, and what would change a grade.

The grades are this course's own: A sure, B likely, C uncertain or conflicting, D hardly studied.
So is the rule that gives them; it counts people in randomised trials and looks at which way they
point, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

GRADES: Mapping[str, str] = MappingProxyType(
    {
        "A": "sure",
        "B": "an effect in the first days is likely; how large it is, is very uncertain",
        "C": "uncertain or conflicting",
        "D": "hardly studied",
    }
)

COMPARATORS: Mapping[str, str] = MappingProxyType(
    {"sedative": "a sedative", "saline": "saline or placebo", "other": "nothing, or not noted"}
)

#: The rule: trials and people that B needs, and how much may speak against it.
ENOUGH_TRIALS, ENOUGH_PEOPLE, AGAINST = 2, 100, 0.5


@dataclass(frozen=True)
class Standing:
    """What the rule counts.

    Attributes
    ----------
    trials, people : int
        Randomised trials that found a benefit, and people in them.
    null_people : int
        People in randomised trials that found none.
    lasting : int
        Of the trials, those with a benefit over six months.
    """

    trials: int
    people: int
    null_people: int = 0
    lasting: int = 0


@dataclass(frozen=True)
class Use:
    """One use of ketamine.

    Attributes
    ----------
    key, label : str
    standing : Standing
    found : str
        What the best trial found for it.
    against : str
        What speaks against it, or is missing.
    change : str
        What would change the grade.
    comparator : str
        What the best trial compared with: a key of `COMPARATORS`.
    found_rows, against_rows : tuple of str
        Evidence rows.
    grade_row : str
        The row that gives the course's grade.
    counting : str
        Where the numbers of the standing come from.
    """

    key: str
    label: str
    standing: Standing
    found: str
    against: str
    change: str
    comparator: str
    found_rows: tuple[str, ...]
    against_rows: tuple[str, ...]
    grade_row: str
    counting: str

    @property
    def grade(self) -> str:
        """The grade by the rule."""
        return grade(self.standing)


def grade(standing: Standing) -> str:
    """Return the grade that the course's rule gives.

    Parameters
    ----------
    standing : Standing
    """
    if not standing.trials:
        return "D"
    if standing.null_people and standing.null_people >= AGAINST * standing.people:
        return "C"
    if standing.trials < ENOUGH_TRIALS or standing.people < ENOUGH_PEOPLE:
        return "C"
    return "A" if standing.lasting >= ENOUGH_TRIALS else "B"


@dataclass(frozen=True)
class Next:
    """What might be done next.

    Attributes
    ----------
    key, label : str
    helped : bool or None
        Whether it finds a benefit; None for a series without a comparator, which cannot.
    people, trials : int
    lasting : bool
        Whether the benefit is still there at six months.
    """

    key: str
    label: str
    helped: bool | None
    people: int
    trials: int = 1
    lasting: bool = False


NONE = "none"
_SIZE = 200
NEXT: tuple[Next, ...] = (
    Next(NONE, "none", None, 0),
    Next("open", "200 people, all on ketamine: 140 feel better", None, _SIZE),
    Next("helps", "200 people against a sedative: it helps for 4 weeks", True, _SIZE),
    Next("nothing", "200 people against a sedative: no difference", False, _SIZE),
    Next("lasts", "two such trials: it helps, and still at 6 months", True, 2 * _SIZE, 2, True),
)


def next_trial(key: str) -> Next:
    """Return one of the trials that might be done.

    Raises
    ------
    ValueError
        If there is none of this key.
    """
    for each in NEXT:
        if each.key == key:
            return each
    raise ValueError(f"There is no next trial {key!r}.")


def after(standing: Standing, trial: Next) -> Standing:
    """Return the standing once a trial has been done.

    Parameters
    ----------
    standing : Standing
    trial : Next
    """
    if trial.helped is None:
        return standing
    if not trial.helped:
        return replace(standing, null_people=standing.null_people + trial.people)
    return replace(
        standing,
        trials=standing.trials + trial.trials,
        people=standing.people + trial.people,
        lasting=standing.lasting + trial.trials * trial.lasting,
    )


USES: tuple[Use, ...] = (
    Use(
        "trd",
        "Treatment-resistant depression, for days to weeks",
        Standing(trials=11, people=185 + 296, null_people=62 + 40 + 26),
        "Cochrane 2021: of 100 people 27 responded at 24 hours and 9 on saline; 47 and 26 on a "
        "sedative.",
        "How large it is: certainty very low. Three careful trials found no clear gain (62, 40 "
        "and 26 people). It fades within weeks, and many can tell what they got.",
        "A larger trial of repeated infusions against a sedative: for the better if it still "
        "helps at six months, for the worse if it does not.",
        "sedative",
        (
            "com-t-cochrane-response-saline-ketamine",
            "com-t-cochrane-response-saline",
            "com-t-cochrane-response-midazolam-ketamine",
            "com-t-cochrane-response-midazolam",
            "com-t-cochrane-saline-people",
            "com-t-cochrane-midazolam-people",
        ),
        (
            "com-t-cochrane-limit",
            "com-t-karma-madrs",
            "com-t-lii-madrs",
            "com-t-ionescu-result",
            "com-long-open",
        ),
        "com-use-trd-grade",
        "7 trials with saline (185 people) and 4 with a sedative (296), pooled; against it "
        "KARMA-Dep 2 (62), Lii 2023 (40) and Ionescu 2019 (26)",
    ),
    Use(
        "ideation",
        "Suicidal thoughts, for days",
        Standing(trials=10, people=167, null_people=26),
        "Ten trials, 167 people: fewer thoughts for up to a week. Abbar 2022: gone on day 3 in 63 "
        "of 100, and in 32 on saline.",
        "No clear difference at week 6, nor after day 5 in another trial; none at all in a small "
        "one of repeated infusions. It is thoughts that were measured, not attempts or deaths.",
        "A trial that counts attempts over months, with as much care and contact in both arms.",
        "saline",
        (
            "com-use-ideation-low",
            "com-e-abbar-ideation-treatment-per100",
            "com-e-abbar-ideation-comparator-per100",
        ),
        ("com-use-ideation-abbar", "com-long-su", "com-t-ionescu-ideation"),
        "com-use-ideation-grade",
        "10 trials (167 people), pooled person by person; against it Ionescu 2019 (26)",
    ),
    Use(
        "bipolar",
        "Bipolar depression",
        Standing(trials=1, people=18),
        "Diazgranados 2010: 71 of 100 responded at some point, and 6 on placebo; 18 people, each "
        "on lithium or valproate.",
        "Three small trials in all. A crossover, and always on a mood stabiliser.",
        "Two trials of a hundred people or so, on mood stabilisers, that also count switches into "
        "mania.",
        "saline",
        ("com-use-bipolar-ketamine", "com-use-bipolar-placebo"),
        ("com-use-bipolar-trials",),
        "com-use-bipolar-grade",
        "Diazgranados 2010 (18 people); the sizes of the other two are not noted here",
    ),
    Use(
        "ptsd",
        "Post-traumatic stress disorder (PTSD)",
        Standing(trials=2, people=41 + 30, null_people=158),
        "Feder 2021: of 100 people 67 responded at week 2, and 20 on a sedative; 30 people.",
        "Abdallah 2022, the largest: 158 people, no effect on PTSD. Where it had helped, half had "
        "lost the response by 27.5 days.",
        "A trial at least as large as the one that found nothing, and better than it.",
        "sedative",
        (
            "com-use-ptsd-2021-ketamine",
            "com-use-ptsd-2021-midazolam",
            "com-use-ptsd-2014",
        ),
        ("com-use-ptsd-2022", "com-use-ptsd-2021-days", "com-use-social-ptsd"),
        "com-use-ptsd-grade",
        "Feder 2014 (41 people) and 2021 (30); against it Abdallah 2022 (158)",
    ),
    Use(
        "social",
        "Social anxiety",
        Standing(trials=2, people=0),
        "Two small trials pooled: odds of response 28.9 times those of the control.",
        "The interval runs from 3.5 to 243 times: so wide that it says little beyond the "
        "direction.",
        "Any trial large enough for an interval that can be used.",
        "other",
        ("com-use-social",),
        ("com-use-social",),
        "com-use-social-grade",
        "two small trials; how many people is not noted here",
    ),
    Use(
        "gad",
        "Generalised anxiety",
        Standing(trials=0, people=0),
        "Dose-finding under the skin in about 25 people.",
        "No trial was found that asks whether it helps. Anxiety scores fell in trials of other "
        "conditions, most of them at high risk of bias.",
        "A first controlled trial in people with generalised anxiety.",
        "other",
        ("com-use-gad",),
        ("com-use-anxiety-scores",),
        "com-use-gad-grade",
        "no controlled trial of benefit in this condition in the table",
    ),
    Use(
        "ocd",
        "Obsessive-compulsive disorder",
        Standing(trials=1, people=15),
        "Rodriguez 2013: 4 of 8 responded at week 1, and 0 of 7 on saline.",
        "An open study in 10 people: none responded.",
        "A second trial, larger than fifteen people, against a sedative.",
        "saline",
        ("com-use-ocd-ketamine", "com-use-ocd-saline"),
        ("com-use-ocd-open",),
        "com-use-ocd-grade",
        "Rodriguez 2013 (15 people)",
    ),
)


#: What no trial has shown, and the rows that say so.
PREVENTION = (
    "Preventing suicide: not shown. Attempts by week 6 in one trial: 8 of 73 people on ketamine, 6 "
    "of 83 on saline. It does not take the place of hospital care.",
    (
        "screen-abbar-attempts-ketamine",
        "screen-abbar-attempts-saline",
        "screen-not-prevention",
    ),
)


def use(key: str) -> Use:
    """Return one use.

    Raises
    ------
    ValueError
        If there is none of this key.
    """
    for each in USES:
        if each.key == key:
            return each
    raise ValueError(f"There is no use {key!r}.")
