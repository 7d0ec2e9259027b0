"""Benefits and harms that can be put on one page: two arms, one denominator, in plain words.

Each fact takes its numbers from the tables of evidence and adds the words to say them in. Only
numbers that were read in a source, or worked out from such numbers, become facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from types import MappingProxyType

from trd.communication.comparisons import comparison
from trd.communication.effects import natural_frequency, risk_difference
from trd.rows import read

#: From so many people in each arm on, 1,000 may be the denominator: below, one person more or
#: less would be more than 10 of the 1,000.
ENOUGH_FOR_1000 = 100


@dataclass(frozen=True)
class Arm:
    """One group of people.

    Attributes
    ----------
    name : str
        What they were given, as a word or two.
    words : str
        The same for somebody who does not know the word.
    share : float
        Share of people with the event, 0 to 1.
    x, n : int or None
        People with the event, and people; None where the source prints only the share.
    """

    name: str
    words: str
    share: float
    x: int | None = None
    n: int | None = None

    def of(self, denominator: int) -> int:
        """Return how many of so many people that is."""
        return natural_frequency(self.share, denominator)


@dataclass(frozen=True)
class Fact:
    """One outcome in two arms.

    Attributes
    ----------
    key, menu, group : str
        Name in the code, in the menu, and the group there.
    harm, good : bool
        Whether it is a harm, and whether more of it is good.
    does, does_not : str
        Event and non-event, in the past tense, of several people.
    when, who : str
        Time and people, as they are said to somebody.
    trial : str
        Which study or studies; two facts of one trial are about the same people.
    drug : str
        Drug and route in short, e.g. ``"ketamine infusion"``.
    treatment, control : Arm
    rd, low, high : float
        Risk difference, treatment minus control, and its 95 % limits, as fractions.
    certainty, unsure : str
        What is known of the certainty, and how it is said to somebody.
    counted : str
        How the event was counted.
    rows : tuple of str
        Ids of the rows that the numbers come from.
    source : tuple of str
        Keys of the bibliography.
    suicide : bool
        Whether the page needs lines of support.
    """

    key: str
    menu: str
    group: str
    harm: bool
    good: bool
    does: str
    does_not: str
    when: str
    who: str
    trial: str
    drug: str
    treatment: Arm
    control: Arm
    rd: float
    low: float
    high: float
    certainty: str
    unsure: str
    counted: str
    rows: tuple[str, ...]
    source: tuple[str, ...]
    suicide: bool = False

    @property
    def crosses(self) -> bool:
        """Whether the interval takes in no difference."""
        return self.low <= 0 <= self.high

    @property
    def enough(self) -> bool:
        """Whether there are people enough for a denominator of 1,000."""
        sizes = (self.treatment.n, self.control.n)
        return all(n is not None and n >= ENOUGH_FOR_1000 for n in sizes)


def people(share: float, denominator: int) -> int:
    """Return a difference as a number of people, with its sign; a half is rounded away from 0.

    Parameters
    ----------
    share : float
        Difference as a fraction, -1 to 1.
    denominator : int
        Size of the group.
    """
    exact = Decimal(repr(round(share, 9))) * denominator
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def more_or_fewer(share: float, denominator: int) -> str:
    """Return a difference in words, e.g. ``"21 more"``, ``"18 fewer"`` or ``"no more"``."""
    found = people(share, denominator)
    if not found:
        return "no more and no fewer"
    return f"{abs(found):,} {'more' if found > 0 else 'fewer'}"


def could_be(low: float, high: float, denominator: int) -> str:
    """Return an interval in words, e.g. ``"4 to 40 more"`` or ``"10 fewer to 35 more"``.

    Parameters
    ----------
    low, high : float
        Limits of the difference as fractions, the lower first.
    denominator : int
        Size of the group.
    """
    one, other = people(low, denominator), people(high, denominator)
    if one >= 0:
        return f"{one or 'none'} to {other:,} more"
    if other <= 0:
        return f"{abs(other) or 'none'} to {abs(one):,} fewer"
    return f"{abs(one):,} fewer to {other:,} more"


# Words of the arms, and who was studied.

_KETAMINE = ("ketamine", "ketamine into a vein")
_SPRAY = ("esketamine spray", "esketamine nasal spray with an antidepressant tablet")
_SEDATIVE = ("midazolam", "midazolam, another drug that makes people drowsy")
_INFUSION, _NASAL = "ketamine infusion", "esketamine nasal spray"
_BETTER = ("felt at least half better", "did not feel at least half better")
_WELL = ("were well (remission)", "were not well")
_THOUGHTS = ("had no suicidal thoughts", "still had suicidal thoughts")
_RESPONSE, _REMISSION, _SUICIDAL, _RELAPSE = (
    "At least half better (response)",
    "Well (remission)",
    "Suicidal thoughts gone",
    "Keeping well",
)
_ANY, _SEVERE, _GOING_ON = (
    "Any severity",
    "Serious or severe only",
    "While treatment goes on",
)

_SU = "adults with treatment-resistant depression and marked suicidal thoughts"
_ASPIRE = "adults with depression and active suicidal thoughts, not chosen for treatment resistance"
_TRANSFORM = "adults under 65 with treatment-resistant depression"
_SUSTAIN = "adults with treatment-resistant depression who had got better on esketamine"
_REPORTED = "reported as an adverse event; any severity"
_SCORE = "a score on a depression scale"
_DURING = "listed as an adverse effect during the infusion; how people were asked is not noted here"

_GRADE_VERY_LOW = ("very low (GRADE, by the review)", "We are very unsure of these numbers.")


def _thoughts(n: int) -> tuple[str, str]:
    grade, unsure = _not_graded(n)
    return grade, f"{unsure} Thoughts were counted, not attempts."


def _not_graded(n: int, studies: str = "one trial") -> tuple[str, str]:
    said = studies.replace("trials", "studies").replace("trial", "study")
    return (
        f"{studies}, {n:,} people; not graded here",
        f"These numbers come from {said} of {n:,} people, so the true ones may differ.",
    )


@dataclass(frozen=True)
class _Numbers:
    """What the tables hold on one fact: shares, counts and the difference."""

    treated: float
    control: float
    counts: tuple[int | None, int | None, int | None, int | None]
    rd: float
    low: float
    high: float
    rows: tuple[str, ...]
    source: tuple[str, ...]


def _compared(key: str) -> _Numbers:
    found = comparison(key)
    if not found.checked:
        raise ValueError(f"{key} was not checked, and is no fact to print.")
    return _Numbers(
        found.treated,
        found.untreated,
        (found.x1, found.n1, found.x0, found.n0),
        found.effect.rd,
        found.effect.low,
        found.effect.high,
        (f"{key}-treatment", f"{key}-comparator"),
        found.source,
    )


def _ketect() -> _Numbers:
    """Return KetECT as its abstract prints it: two percentages and the limits.

    The sizes of its arms were not read, so that nothing is worked out from them.
    """
    ids = (
        "com-t-ketect-remission-ketamine",
        "com-t-ketect-remission-ect",
        "com-t-ketect-difference",
    )
    rows = read("communication_trials")
    treated, control = (float(rows[each].value) / 100 for each in ids[:2])
    limits = rows[ids[2]]
    # The abstract gives the limits in favour of ECT.
    low, high = -float(limits.high) / 100, -float(limits.low) / 100
    return _Numbers(treated, control, (None,) * 4, treated - control, low, high, ids, limits.source)


def _severe_dissociation() -> _Numbers:
    """Return TRANSFORM-1 and 2: 4.4 % of 343 can only be 15 people, and 0 % of 222 nobody."""
    ids = tuple(f"com-h-transform-severe-dissociation-{arm}" for arm in ("treatment", "comparator"))
    rows = read("communication_harms")
    counts = tuple(
        (round(float(rows[each].value) * int(rows[each].n) / 100), int(rows[each].n))
        for each in ids
    )
    (x1, n1), (x0, n0) = counts
    effect = risk_difference(x1, n1, x0, n0)
    return _Numbers(
        x1 / n1,
        x0 / n0,
        (x1, n1, x0, n0),
        effect.rd,
        effect.low,
        effect.high,
        ids,
        rows[ids[0]].source,
    )


def _fact(
    key: str,
    menu: str,
    group: str,
    words: tuple[str, str],
    when: str,
    who: str,
    trial: str,
    drug: str,
    arms: tuple[tuple[str, str], tuple[str, str]],
    certainty: tuple[str, str],
    counted: str,
    found: _Numbers,
    *,
    harm: bool = False,
    good: bool = True,
    suicide: bool = False,
) -> Fact:
    x1, n1, x0, n0 = found.counts
    treatment, control = Arm(*arms[0], found.treated, x1, n1), Arm(*arms[1], found.control, x0, n0)
    return Fact(
        key=key,
        menu=menu,
        group=group,
        harm=harm,
        good=good,
        does=words[0],
        does_not=words[1],
        when=when,
        who=who,
        trial=trial,
        drug=drug,
        treatment=treatment,
        control=control,
        rd=found.rd,
        low=found.low,
        high=found.high,
        certainty=certainty[0],
        unsure=certainty[1],
        counted=counted,
        rows=found.rows,
        source=found.source,
        suicide=suicide,
    )


@cache
def facts() -> Mapping[str, Fact]:
    """Return every fact by its key, in the order of the menus."""
    saline = ("saline", "salt water into a vein")
    placebo = ("placebo spray", "a dummy spray with an antidepressant tablet")
    dummy = ("placebo spray", "a dummy spray, with usual care")
    spray_care = (_SPRAY[0], "esketamine nasal spray, with usual care")
    found = (
        _fact(
            "dean_saline",
            "24 hours after one dose, against saline",
            _RESPONSE,
            _BETTER,
            "24 hours after one dose",
            "adults with depression",
            "7 pooled trials",
            _INFUSION,
            (_KETAMINE, saline),
            _GRADE_VERY_LOW,
            _SCORE,
            _compared("com-e-cochrane-saline-response"),
        ),
        _fact(
            "dean_midazolam",
            "24 hours after one dose, against a sedative",
            _RESPONSE,
            _BETTER,
            "24 hours after one dose",
            "adults with depression",
            "4 pooled trials",
            _INFUSION,
            (_KETAMINE, _SEDATIVE),
            _GRADE_VERY_LOW,
            _SCORE,
            _compared("com-e-cochrane-midazolam-response"),
        ),
        _fact(
            "su_response",
            "2 or 3 days after one dose, against a sedative",
            _RESPONSE,
            _BETTER,
            "2 or 3 days after one dose",
            _SU,
            "Su 2023",
            _INFUSION,
            (_KETAMINE, _SEDATIVE),
            _not_graded(84),
            _SCORE,
            _compared("com-e-su-response"),
        ),
        _fact(
            "lii_response",
            "after one dose under anaesthesia, against saline",
            _RESPONSE,
            _BETTER,
            "one day after a dose given during an operation, asleep",
            "adults with depression who had an operation",
            "Lii 2023",
            _INFUSION,
            (_KETAMINE, saline),
            _not_graded(40),
            _SCORE,
            _compared("com-e-lii-response"),
        ),
        _fact(
            "transform2_response",
            "esketamine spray, 4 weeks, against placebo spray",
            _RESPONSE,
            _BETTER,
            "after 4 weeks",
            _TRANSFORM,
            "TRANSFORM-2",
            _NASAL,
            (_SPRAY, placebo),
            _not_graded(223),
            _SCORE,
            _compared("com-e-transform2-response"),
        ),
        _fact(
            "transform2_remission",
            "esketamine spray, 4 weeks, against placebo spray",
            _REMISSION,
            _WELL,
            "after 4 weeks",
            _TRANSFORM,
            "TRANSFORM-2",
            _NASAL,
            (_SPRAY, placebo),
            _not_graded(223),
            _SCORE,
            _compared("com-e-transform2-remission"),
        ),
        _fact(
            "elektd_response",
            "3 weeks, against ECT (ELEKT-D)",
            _RESPONSE,
            _BETTER,
            "after 3 weeks of treatment",
            "adults without psychosis referred for ECT",
            "ELEKT-D",
            _INFUSION,
            (_KETAMINE, ("ECT", "electroconvulsive therapy (ECT)")),
            _not_graded(365),
            _SCORE,
            _compared("com-e-elektd-response"),
        ),
        _fact(
            "karma_remission",
            "up to 8 doses, against a sedative",
            _REMISSION,
            _WELL,
            "after up to 8 infusions",
            "adults in hospital with depression",
            "KARMA-Dep 2",
            _INFUSION,
            (_KETAMINE, _SEDATIVE),
            _not_graded(62),
            _SCORE,
            _compared("com-e-karma-remission"),
        ),
        _fact(
            "ketect_remission",
            "end of a course, against ECT (KetECT)",
            _REMISSION,
            _WELL,
            "at the end of a course of treatment",
            "adults in hospital with depression, some with psychosis",
            "KetECT",
            _INFUSION,
            (_KETAMINE, ("ECT", "electroconvulsive therapy (ECT)")),
            _not_graded(186),
            _SCORE,
            _ketect(),
        ),
        _fact(
            "escape_remission",
            "esketamine spray, 8 weeks, against quetiapine",
            _REMISSION,
            _WELL,
            "after 8 weeks",
            "adults with treatment-resistant depression",
            "ESCAPE-TRD",
            _NASAL,
            (_SPRAY, ("quetiapine", "quetiapine tablets with an antidepressant tablet")),
            _not_graded(676),
            _SCORE,
            _compared("com-e-escape-remission"),
        ),
        _fact(
            "su_thoughts_240",
            "4 hours after one dose, against a sedative",
            _SUICIDAL,
            _THOUGHTS,
            "4 hours after one dose",
            _SU,
            "Su 2023",
            _INFUSION,
            (_KETAMINE, _SEDATIVE),
            _thoughts(84),
            "an interview about suicidal thoughts",
            _compared("com-e-su-ideation-4h"),
            suicide=True,
        ),
        _fact(
            "su_thoughts_7",
            "day 7 after one dose, against a sedative",
            _SUICIDAL,
            _THOUGHTS,
            "7 days after one dose",
            _SU,
            "Su 2023",
            _INFUSION,
            (_KETAMINE, _SEDATIVE),
            _thoughts(84),
            "an interview about suicidal thoughts",
            _compared("com-e-su-ideation-d7"),
            suicide=True,
        ),
        _fact(
            "su_thoughts_14",
            "day 14 after one dose, against a sedative",
            _SUICIDAL,
            _THOUGHTS,
            "14 days after one dose",
            _SU,
            "Su 2023",
            _INFUSION,
            (_KETAMINE, _SEDATIVE),
            _thoughts(84),
            "an interview about suicidal thoughts",
            _compared("com-e-su-ideation-d14"),
            suicide=True,
        ),
        _fact(
            "sustain_relapse",
            "relapse: going on with esketamine spray, or stopping",
            _RELAPSE,
            ("relapsed", "did not relapse"),
            "while they were followed",
            "adults with treatment-resistant depression who were well on esketamine",
            "SUSTAIN-1",
            _NASAL,
            (_SPRAY, placebo),
            _not_graded(176),
            "relapse, as the trial defined it",
            _compared("com-e-sustain1-remitters"),
            good=False,
        ),
        *(
            _fact(
                f"su_{name}",
                f"{menu}, ketamine infusion, against a sedative",
                _ANY,
                (does, does_not),
                "during the infusion",
                _SU,
                "Su 2023",
                _INFUSION,
                (_KETAMINE, _SEDATIVE),
                _not_graded(84),
                _DURING,
                _compared(f"com-h-su-{name}"),
                harm=True,
                good=False,
            )
            for name, menu, does, does_not in (
                (
                    "derealisation",
                    "Derealisation",
                    "felt that the world was not real",
                    "did not feel that",
                ),
                ("dizziness", "Dizziness", "felt dizzy", "did not feel dizzy"),
            )
        ),
        *(
            _fact(
                f"aspire_{name.replace('-', '_')}",
                f"{menu}, esketamine spray, 4 weeks",
                _ANY,
                (does, does_not),
                "in 4 weeks",
                _ASPIRE,
                "ASPIRE I and II",
                _NASAL,
                (spray_care, dummy),
                _not_graded(452, "two pooled trials"),
                _REPORTED,
                _compared(f"com-h-aspire-{name}"),
                harm=True,
                good=False,
            )
            for name, menu, does, does_not in (
                (
                    "dissociation",
                    "Dissociation",
                    "felt detached (dissociation)",
                    "did not feel detached",
                ),
                ("dizziness", "Dizziness", "felt dizzy", "did not feel dizzy"),
                ("nausea", "Nausea", "felt sick", "did not feel sick"),
                ("headache", "Headache", "had a headache", "had no headache"),
                (
                    "bp-increased",
                    "Raised blood pressure",
                    "had raised blood pressure noted",
                    "had none noted",
                ),
                ("sedation", "Sedation", "were sedated", "were not sedated"),
                ("somnolence", "Sleepiness", "felt sleepy", "did not feel sleepy"),
                ("blurred-vision", "Blurred vision", "had blurred vision", "had none"),
                ("vomiting", "Vomiting", "vomited", "did not vomit"),
                ("anxiety", "Anxiety", "felt anxious", "did not feel anxious"),
            )
        ),
        *(
            _fact(
                f"transform_{name}",
                f"{menu}, esketamine spray, 4 weeks",
                _SEVERE,
                (does, does_not),
                "in 4 weeks",
                _TRANSFORM,
                "TRANSFORM-1 and TRANSFORM-2",
                _NASAL,
                (_SPRAY, placebo),
                _not_graded(565, "two pooled trials"),
                "serious or severe only, among common reactions",
                shown,
                harm=True,
                good=False,
            )
            for name, menu, does, does_not, shown in (
                (
                    "severe",
                    "Any common reaction that was serious or severe",
                    "had a serious or severe reaction",
                    "had none",
                    _compared("com-h-transform-serious"),
                ),
                (
                    "severe_dissociation",
                    "Severe dissociation",
                    "felt severely detached (dissociation)",
                    "did not feel severely detached",
                    _severe_dissociation(),
                ),
            )
        ),
        _fact(
            "sustain_dissociation",
            "Dissociation, going on with esketamine spray",
            _GOING_ON,
            ("felt detached (dissociation)", "did not feel detached"),
            "while they were followed",
            _SUSTAIN,
            "SUSTAIN-1",
            _NASAL,
            (_SPRAY, placebo),
            _not_graded(297),
            _REPORTED,
            _compared("com-h-sustain1-dissociation"),
            harm=True,
            good=False,
        ),
    )
    return MappingProxyType({each.key: each for each in found})


def fact(key: str) -> Fact:
    """Return one fact.

    Raises
    ------
    ValueError
        If there is none of this key.
    """
    try:
        return facts()[key]
    except KeyError:
        raise ValueError(f"There is no fact {key!r}.") from None


def benefits() -> tuple[Fact, ...]:
    """Return the facts about benefit."""
    return tuple(each for each in facts().values() if not each.harm)


def harms() -> tuple[Fact, ...]:
    """Return the facts about harm."""
    return tuple(each for each in facts().values() if each.harm)


#: Of each trial, the harm counted in the same or the most similar people.
_NEAREST = {
    "TRANSFORM-2": "transform_severe",
    "SUSTAIN-1": "sustain_dissociation",
    "ESCAPE-TRD": "aspire_dissociation",
}


def nearest_harm(benefit: str) -> str:
    """Return the harm whose people, drug and route are most like those of a benefit."""
    return _NEAREST.get(fact(benefit).trial, "su_derealisation")
