"""One fact in seven framings, from the same two rates, and what each of them hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trd.communication.effects import natural_frequency, risk_difference
from trd.communication.facts import Fact, could_be, fact, more_or_fewer, people

#: Framings in the order shown, with the name a reader learns.
NAMES: Mapping[str, str] = {
    "odds": "Odds ratio",
    "relative": "Relative change",
    "gain": "One arm, gain",
    "loss": "One arm, loss",
    "nnt": "Number needed to treat",
    "absolute": "Absolute difference",
    "best": "Best for a patient",
}

#: How large an effect can sound.
LEVELS: Mapping[int, str] = {1: "small", 2: "moderate", 3: "large", 4: "very large"}

#: The fact that is judged before anything is revealed.
JUDGED = "dean_midazolam"
#: Letters of the seven treatments that are one, in the order they are judged in.
LETTERS: Mapping[str, str] = {
    "A": "relative",
    "B": "loss",
    "C": "nnt",
    "D": "odds",
    "E": "absolute",
    "F": "gain",
    "G": "best",
}


@dataclass(frozen=True)
class Two:
    """Two rates to be framed.

    Attributes
    ----------
    treated, control : float
        Share of people with the event, 0 to 1.
    rd, low, high : float
        Risk difference and its 95 % limits, as fractions.
    good : bool
        Whether more of it is good.
    does, does_not : str
        Event and non-event of several people, in the past tense.
    treatment, comparator : str
        What the two arms were given.
    when, who, unsure : str
        As of a fact; empty for a reader's own numbers.
    """

    treated: float
    control: float
    rd: float
    low: float
    high: float
    good: bool
    does: str
    does_not: str
    treatment: str
    comparator: str
    when: str = ""
    who: str = "people"
    unsure: str = ""

    @property
    def crosses(self) -> bool:
        """Whether the interval takes in no difference."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class Framing:
    """One way to say it.

    Attributes
    ----------
    key, name : str
        Of `NAMES`.
    says : str
        The sentence.
    headline : int or None
        The number that catches the eye, in per cent or people of 100; None where there is none.
    eye : str
        The same with its unit; empty where there is none.
    hides : str
        What a listener is not told, or why it is fair.
    fair : bool
        Whether it can be said to a patient as it stands.
    """

    key: str
    name: str
    says: str
    headline: int | None
    eye: str
    hides: str
    fair: bool = False


def of_fact(found: Fact) -> Two:
    """Return the two rates of a fact."""
    return Two(
        treated=found.treatment.share,
        control=found.control.share,
        rd=found.rd,
        low=found.low,
        high=found.high,
        good=found.good,
        does=found.does,
        does_not=found.does_not,
        treatment=found.treatment.name,
        comparator=found.control.name,
        when=found.when,
        who=found.who,
        unsure=found.unsure,
    )


def of_counts(x1: int, n1: int, x0: int, n0: int, good: bool = True) -> Two:
    """Return the two rates of a reader's own counts.

    Parameters
    ----------
    x1, n1, x0, n0 : int
        People with the event, and people, in the treated and the control group.
    good : bool
        Whether the event is a benefit.

    Raises
    ------
    ValueError
        If there cannot be such counts.
    """
    effect = risk_difference(x1, n1, x0, n0)
    does, does_not = (
        ("got better", "did not get better") if good else ("had the harm", "had no harm")
    )
    return Two(
        treated=x1 / n1,
        control=x0 / n0,
        rd=effect.rd,
        low=effect.low,
        high=effect.high,
        good=good,
        does=does,
        does_not=does_not,
        treatment="the treatment",
        comparator="the control",
    )


def framings(two: Two) -> tuple[Framing, ...]:
    """Return the same fact in every framing of `NAMES`, in that order."""
    made = (
        _odds(two),
        _relative(two),
        _gain(two),
        _loss(two),
        _nnt(two),
        _absolute(two),
        _best(two),
    )
    return tuple(sorted(made, key=lambda each: list(NAMES).index(each.key)))


def ratio(two: Two) -> float | None:
    """Return the risk ratio, treated over control; None where the control rate is 0."""
    return two.treated / two.control if two.control else None


def odds_ratio(two: Two) -> float | None:
    """Return the odds ratio; None where an arm has everybody treated or nobody in the control."""
    if not two.control or two.treated in (0, 1) or two.control == 1:
        return None
    return two.treated / (1 - two.treated) / (two.control / (1 - two.control))


def _times(factor: float) -> str:
    return f"{factor:.1f}".removesuffix(".0")


def _of_100(share: float) -> int:
    return natural_frequency(share, 100)


def _words(count: int, share: float) -> str:
    """Return people of 100 in words: somebody is never printed as nobody, nor nearly all as all.

    Parameters
    ----------
    count : int
        Rounded, of 100.
    share : float
        The share itself, 0 to 1.
    """
    if not count and share > 0:
        return "fewer than 1"
    return "more than 99" if count == 100 and share < 1 else str(count)


def _say(share: float) -> str:
    """Return a share as people of 100, in words."""
    return _words(_of_100(share), share)


def _say_rest(share: float) -> str:
    """Return the others of 100, in words."""
    return _words(_rest(share), 1 - share)


def _say_gap(share: float) -> str:
    """Return a difference as people of 100, in words; a small one is never printed as none."""
    if share and not people(share, 100):
        return f"less than 1 {'more' if share > 0 else 'fewer'}"
    return more_or_fewer(share, 100)


def _rest(share: float) -> int:
    """Return the others of 100: the two always make 100, which rounding each would not."""
    return 100 - _of_100(share)


def _one_arm(two: Two, key: str, event: bool, what: str) -> Framing:
    """Return the treated group alone, with or without the event."""
    count = _of_100(two.treated) if event else _rest(two.treated)
    said, other = ((_say if event else _say_rest)(each) for each in (two.treated, two.control))
    return Framing(
        key,
        NAMES[key],
        f"{_capital(said)} in 100 {what} with {two.treatment}.",
        count,
        f"{said} of 100",
        f"No comparator: with {two.comparator} it was {other} in 100.",
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _relative(two: Two) -> Framing:
    found = ratio(two)
    if found is None:
        return Framing(
            "relative",
            NAMES["relative"],
            "Cannot be worked out: nobody in the control group had it.",
            None,
            "",
            "Any number divided by none is no number; an advertisement would find words for it.",
        )
    change = people(found - 1, 100)
    word = "more" if change >= 0 else "fewer"
    says = f"{abs(change)} % {word} people {two.does} with {two.treatment}."
    return Framing(
        "relative",
        NAMES["relative"],
        says,
        abs(change),
        f"{abs(change)} % {word}",
        f"{abs(change)} % of what? Of the {_say(two.control)} in 100 who {two.does} with "
        f"{two.comparator}. The rarer it is, the larger this sounds.",
    )


def _odds(two: Two) -> Framing:
    found = odds_ratio(two)
    if found is None:
        return Framing(
            "odds",
            NAMES["odds"],
            "Cannot be worked out: in one group everybody or nobody had it.",
            None,
            "",
            "Odds need some with and some without the event in each group.",
        )
    chance = ratio(two)
    assert chance is not None  # noqa: S101 - an odds ratio has a control rate above 0
    change = people(found - 1, 100)
    return Framing(
        "odds",
        NAMES["odds"],
        f"The odds are {_times(found)} times as high with {two.treatment}.",
        abs(change),
        f"{abs(change)} % {'higher' if change >= 0 else 'lower'}",
        _heard(found, chance),
    )


def _heard(odds: float, chance: float) -> str:
    """Return what an odds ratio is taken for, and what it is; they may look the same."""
    if _times(odds) == _times(chance):
        return (
            f"Heard as “{_times(odds)} times as likely”. Here that is nearly so, because few "
            "people had it or the groups are alike; with something common it would not be."
        )
    return (
        f"Heard as “{_times(odds)} times as likely”. It is {_times(chance)} times as likely: odds "
        "and chances part company once something is common."
    )


def _gain(two: Two) -> Framing:
    """Return the wanted side of the treated group alone."""
    return _one_arm(two, "gain", two.good, two.does if two.good else two.does_not)


def _loss(two: Two) -> Framing:
    """Return the unwanted side of the treated group alone."""
    return _one_arm(two, "loss", not two.good, two.does_not if two.good else two.does)


def _nnt(two: Two) -> Framing:
    helps = (two.rd > 0) == two.good
    name = NAMES["nnt"] if helps else "Number needed to harm"
    if not two.rd:
        return Framing(
            "nnt",
            name,
            "There is none: the groups do not differ.",
            None,
            "",
            "Nothing to divide by.",
        )
    number = 1 / abs(two.rd)
    limits = [1 / abs(each) for each in (two.low, two.high) if each]
    more = "more" if two.rd > 0 else "fewer"
    says = f"About {people(number, 1)} people treated for one {more} who {two.does}."
    if two.low < 0 < two.high:
        hides = (
            "May not be quoted alone: the interval takes in no effect, so the number could be "
            "anything up to infinity, for better or worse."
        )
    elif two.crosses:
        hides = f"May not be quoted alone: from {_times(min(limits))} to no effect at all."
    else:
        hides = (
            f"Could be {_times(min(limits))} to {_times(max(limits))}. For colleagues; in studies "
            "it made patients understand less."
        )
    return Framing("nnt", name, says, None, "", hides)


def _absolute(two: Two) -> Framing:
    return Framing(
        "absolute",
        NAMES["absolute"],
        f"{_capital(_say_gap(two.rd))} in 100 {two.does} with {two.treatment} "
        f"(could be {could_be(two.low, two.high, 100)}).",
        abs(people(two.rd, 100)),
        f"{abs(people(two.rd, 100))} of 100",
        f"Fair, but say both ends: {_say(two.control)} and {_say(two.treated)} in 100.",
        fair=True,
    )


def _best(two: Two) -> Framing:
    when = f"{two.when}, " if two.when else ""
    return Framing(
        "best",
        NAMES["best"],
        f"Of 100 {two.who}: {when}{_say(two.control)} {two.does} with {two.comparator} and "
        f"{_say(two.treated)} with {two.treatment}; {_say_rest(two.treated)} {two.does_not}. "
        f"The difference could be {could_be(two.low, two.high, 100)}. {two.unsure}".strip(),
        None,
        "",
        "Both groups, both outcomes, one denominator, time, comparator and doubt.",
        fair=True,
    )


@dataclass(frozen=True)
class Verdict:
    """What a reader's judgements of one and the same fact say.

    Attributes
    ----------
    judged : int
        How many of the seven were judged.
    largest, smallest : tuple of str
        Framings that sounded largest and smallest; empty when all sounded alike or fewer than
        two were judged.
    levels : Mapping[str, int]
        Level by framing.
    """

    judged: int
    largest: tuple[str, ...]
    smallest: tuple[str, ...]
    levels: Mapping[str, int]


def advertisements() -> Mapping[str, str]:
    """Return the seven sentences to judge, by letter; all are about one fact."""
    two = of_fact(fact(JUDGED))
    says = {each.key: each.says for each in framings(two)}
    # An advertisement gives no interval, and the seven would be known by it.
    says["absolute"] = f"{more_or_fewer(two.rd, 100).capitalize()} in 100 {two.does}."
    says = {key: text.replace(f" with {two.treatment}", "") for key, text in says.items()}
    best = (
        f"Of 100, {_of_100(two.control)} {two.does} with a sedative and {_of_100(two.treated)} "
        f"with this; {_rest(two.treated)} did not. We are very unsure of these numbers."
    )
    says["best"] = best
    return {letter: says[key] for letter, key in LETTERS.items()}


def judge(levels: Mapping[str, int]) -> Verdict:
    """Return what judgements of the seven show.

    Parameters
    ----------
    levels : Mapping[str, int]
        A level of `LEVELS` by letter; letters may be missing.

    Raises
    ------
    ValueError
        For a letter or level that does not exist.
    """
    for letter, level in levels.items():
        if letter not in LETTERS or level not in LEVELS:
            raise ValueError(f"There is no judgement {letter} = {level!r}.")
    found = {LETTERS[letter]: level for letter, level in sorted(levels.items())}
    spread = sorted(set(found.values()))
    alike = len(spread) <= 1
    return Verdict(
        judged=len(found),
        largest=() if alike else tuple(key for key in found if found[key] == spread[-1]),
        smallest=() if alike else tuple(key for key in found if found[key] == spread[0]),
        levels=found,
    )
