"""What changes in a clinic of invented people when another source's limits are followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from trd.dice import Dice
from trd.screening.candidate import Candidate
from trd.screening.people import (
    BARRIERS,
    CLASS_WEIGHTS,
    DIFFICULTIES,
    DISTRACTORS,
    PREGNANCY_AGES,
    clinic,
)
from trd.screening.policies import COURSE_KEY, TOPICS, WEIGH, Policy, Stance, options, policy
from trd.screening.rule import (
    BIPOLAR,
    CONTRAINDICATED,
    DEFER,
    ELIGIBLE,
    EMERGENCY,
    HEADLINES,
    REFER,
    Screening,
    row,
    screen,
)

PEOPLE = 1000
SEED = 1

OUTCOMES: tuple[str, ...] = (EMERGENCY, CONTRAINDICATED, REFER, DEFER, WEIGH, ELIGIBLE)
"""From the strictest to the mildest; a finding that a source leaves to judgement is neither a
barrier nor the absence of one, so it stands between *wait* and *no barrier found*."""

SHORT: Mapping[str, str] = MappingProxyType(
    {
        EMERGENCY: "Emergency",
        CONTRAINDICATED: "Outside the rule",
        REFER: "Refer first",
        DEFER: "Wait",
        WEIGH: "Left to judgement",
        ELIGIBLE: "No barrier found",
    }
)
"""How an outcome reads in a picture."""

LONG: Mapping[str, str] = MappingProxyType(
    {
        **HEADLINES,
        WEIGH: "Left to judgement: the source sets no stop and asks to weigh benefit against risk",
    }
)
"""How an outcome reads in full."""

TOPIC_CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "blood-pressure": ("D1",),
        "psychosis": ("C3", "R5"),
        "substance-use": ("R8", "D3", "D4"),
        "bipolar": ("C5", "R6"),
        "heart-attack": ("C6", "R9"),
        "stroke": ("C6", "R9"),
        "trials": ("R4",),
    }
)
"""Codes of the rule that a source's position on a topic can change."""

COURSE_WHY: Mapping[str, str] = MappingProxyType(
    {
        "blood-pressure": (
            "It takes the limits at which the esketamine trials withheld a dose, and makes them a "
            "stop, which the labels do not: in a clinic without an emergency team it is easier "
            "to wait and measure again than to weigh under pressure."
        ),
        "psychosis": (
            "It takes the cautious side for outpatients: the review that saw mild effects has 41 "
            "people, too few to call it safe."
        ),
        "substance-use": (
            "It stands between caution and exclusion, so that addiction care comes first and "
            "nobody is turned away for good. The three months are the figure of one clinic."
        ),
        "bipolar": (
            "It stands between exclusion and routine treatment: with an antimanic medicine and a "
            "plan a person goes on, without one the referral comes first."
        ),
        "heart-attack": (
            "It takes the six weeks of the EU text as a stop and asks for a cardiologist's letter "
            "up to the twelve months of the trials. No source gives this band."
        ),
        "stroke": (
            "One label names bleeding only, the trials left everybody out: the course asks for a "
            "neurologist's letter and lets it decide."
        ),
        "trials": "It follows the US approval of esketamine, counted in the present episode.",
    }
)
"""Why the course takes the limit it takes: conventions, each its own."""

COURSE_WHY_ROWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"psychosis": ("screen-psychosis-review",)}
)
"""Rows of evidence that a reason quotes and no position on the topic does."""


SILENT: frozenset[tuple[str, str]] = frozenset(
    {
        ("blood-pressure", "swiss-ketamine-label"),
        ("psychosis", "elekt-d"),
        ("psychosis", "asra"),
        ("psychosis", "crtce"),
        ("substance-use", "asra"),
        ("substance-use", "va"),
        ("bipolar", "crtce"),
        ("heart-attack", "eu-label"),
        ("heart-attack", "label"),
        ("stroke", "label"),
    }
)
"""Positions (topic, source) that remove a barrier only because the source, as far as it was read,
names none, or none for the day of a dose: silence, not clearance."""


@dataclass(frozen=True)
class Person:
    """One invented person of the clinic.

    Attributes
    ----------
    index : int
        Place in the clinic.
    initials : str
    age_years : int
    finding : str
        What the chosen topics read, in words.
    before, after : str
        Outcome by the course's rule and by the choice.
    why : str
        What makes the difference, or what keeps the answer as it is.
    silence : bool
        The answer is milder because a chosen source names no limit.
    """

    index: int
    initials: str
    age_years: int
    finding: str
    before: str
    after: str
    why: str
    silence: bool


@dataclass(frozen=True)
class SourceCount:
    """One source's position on one topic and what it alone does to the clinic.

    Attributes
    ----------
    stance : Stance
    touched : int
        People whose reasons it changes.
    moved, stricter, milder : int
        People whose answer changes, and in which direction.
    """

    stance: Stance
    touched: int
    moved: int
    stricter: int
    milder: int


@dataclass(frozen=True)
class Disagreement:
    """The clinic under the course's rule and under the chosen sources.

    Attributes
    ----------
    difficulty : str
    chosen : tuple of Stance
        One or two positions, on different topics.
    order : tuple of int
        People from the strictest to the mildest outcome of the course's rule.
    before, after : tuple of str
        Outcome of every person, in the order of the clinic.
    counts_before, counts_after : mapping of str to int
    flows : tuple of (str, str, int)
        From, to, and how many people; the largest first.
    reasons_only : tuple of int
        People whose reasons change and whose answer does not.
    touched, moved, stricter, milder : int
        People whose reasons change; whose answer changes, and in which direction.
    alone : tuple of int
        People whose answer each choice changes by itself.
    either, together_only, undone : int
        With two choices: people whose answer each of the two changes by itself; people whose
        answer changes only when both are made; people whose answer one of them changes and
        both together do not.
    people : tuple of Person
        Up to three whose answer changes.
    unmoved : Person or None
        One whose reasons change and whose answer does not.
    topics : tuple of tuple of SourceCount
        For every chosen topic all sources on it, the course first.
    left_out : Stance or None
        A second choice that is not followed, because the first is about the same topic.
    """

    difficulty: str
    chosen: tuple[Stance, ...]
    order: tuple[int, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    flows: tuple[tuple[str, str, int], ...]
    reasons_only: tuple[int, ...]
    touched: int
    moved: int
    stricter: int
    milder: int
    alone: tuple[int, ...]
    either: int
    together_only: int
    undone: int
    people: tuple[Person, ...]
    unmoved: Person | None
    topics: tuple[tuple[SourceCount, ...], ...]
    left_out: Stance | None = None

    @property
    def same_answer(self) -> int:
        """People whose reasons change and whose answer does not."""
        return len(self.reasons_only)


def outcome(screening: Screening) -> str:
    """Return the disposition, or ``"WEIGH"`` when all that is left is left to judgement."""
    if screening.disposition == ELIGIBLE and screening.weigh:
        return WEIGH
    return screening.disposition


def stricter(one: str, other: str) -> bool:
    """Return whether the first outcome is stricter than the second."""
    return OUTCOMES.index(one) < OUTCOMES.index(other)


@cache
def course_screenings(difficulty: str) -> tuple[tuple[Candidate, Screening], ...]:
    """Return the clinic and what the course's own rule says of everybody in it.

    Parameters
    ----------
    difficulty : {"straightforward", "mixed", "hard"}
    """
    return tuple((person, screen(person)) for person in clinic(PEOPLE, SEED, difficulty))


@cache
def _screened(difficulty: str, chosen: tuple[tuple[str, str], ...]) -> tuple[Screening, ...]:
    """Screen the clinic by other sources: only people whom the topics can concern, again."""
    by = policy(dict(chosen))
    course = policy()
    codes = {code for topic, _key in chosen for code in TOPIC_CODES[topic]}
    predicates = [row(code).applies for code in sorted(codes)]
    return tuple(
        screen(person, by)
        if any(
            applies(person, course.limits) or applies(person, by.limits) for applies in predicates
        )
        else known
        for person, known in course_screenings(difficulty)
    )


def _reads_differently(one: Screening, other: Screening) -> bool:
    return (one.reasons, one.weigh, one.disposition) != (
        other.reasons,
        other.weigh,
        other.disposition,
    )


@cache
def _count(difficulty: str, topic: str, key: str) -> SourceCount:
    known = course_screenings(difficulty)
    by_source = _screened(difficulty, ((topic, key),))
    pairs = [(a, b) for (_p, a), b in zip(known, by_source, strict=True)]
    changes = [(outcome(a), outcome(b)) for a, b in pairs]
    harder = sum(stricter(b, a) for a, b in changes)
    easier = sum(stricter(a, b) for a, b in changes)
    return SourceCount(
        stance=stance_of(f"{topic}:{key}"),
        touched=sum(_reads_differently(a, b) for a, b in pairs),
        moved=harder + easier,
        stricter=harder,
        milder=easier,
    )


def _choice(name: str) -> tuple[str, str]:
    topic, _colon, key = name.partition(":")
    policy({topic: key})  # Refuses what does not exist in its own words.
    return topic, key


def stance_of(name: str) -> Stance:
    """Return the position named ``"topic:source"``.

    Raises
    ------
    ValueError
        If there is no such topic or source.
    """
    topic, key = _choice(name)
    return next(each for each in options(topic) if each.key == key)


@cache
def disagreement(first: str, second: str = "", difficulty: str = "mixed") -> Disagreement:
    """Compare the course's rule with one or two other sources in an invented clinic.

    Parameters
    ----------
    first, second : str
        ``"topic:source"``, e.g. ``"blood-pressure:label"``; the second may be empty.
    difficulty : {"straightforward", "mixed", "hard"}
        How many barriers the people have.

    Raises
    ------
    ValueError
        If something does not exist, or if both choices are about one topic.

    Notes
    -----
    How many people change depends on how the clinic was invented, not on any population.
    """
    if difficulty not in DIFFICULTIES:
        raise ValueError(
            f"{difficulty!r} is not a difficulty; choose one of {', '.join(DIFFICULTIES)}."
        )
    names = tuple(_choice(name) for name in (first, second) if name)
    if len({topic for topic, _key in names}) < len(names):
        raise ValueError(
            f"Both choices are about “{_lower(TOPICS[names[0][0]])}”. A clinic follows one source "
            "on a topic: choose another topic for one of them."
        )
    chosen = tuple(stance_of(f"{topic}:{key}") for topic, key in names)
    known = course_screenings(difficulty)
    now = _screened(difficulty, tuple(sorted(names)))
    before = tuple(outcome(screening) for _person, screening in known)
    after = tuple(outcome(screening) for screening in now)
    moved = {i for i in range(len(known)) if before[i] != after[i]}
    touched = [i for i in range(len(known)) if _reads_differently(known[i][1], now[i])]
    flows = Counter((before[i], after[i]) for i in sorted(moved))
    ranked = sorted(flows.items(), key=lambda item: (-item[1], item[0]))
    each = [
        {i for i, screening in enumerate(_screened(difficulty, (name,)))
         if outcome(screening) != before[i]}
        for name in names
    ]  # fmt: skip
    both, any_alone = set.intersection(*each), set.union(*each)

    def person(index: int) -> Person:
        candidate, old = known[index]
        return _person(index, difficulty, candidate, chosen, old, now[index])

    unmoved = [i for i in touched if i not in moved]
    return Disagreement(
        difficulty=difficulty,
        chosen=chosen,
        order=tuple(sorted(range(len(known)), key=lambda i: (OUTCOMES.index(before[i]), i))),
        before=before,
        after=after,
        counts_before=_counts(before),
        counts_after=_counts(after),
        flows=tuple((old, new, n) for (old, new), n in ranked),
        reasons_only=tuple(unmoved),
        touched=len(touched),
        moved=len(moved),
        stricter=sum(stricter(after[i], before[i]) for i in moved),
        milder=sum(stricter(before[i], after[i]) for i in moved),
        alone=tuple(len(one) for one in each),
        either=len(both & moved) if len(names) > 1 else 0,
        together_only=len(moved - any_alone),
        undone=len(any_alone - moved),
        people=tuple(map(person, _examples(ranked, before, after, sorted(moved), any_alone))),
        unmoved=person(unmoved[0]) if unmoved else None,
        topics=tuple(
            tuple(_count(difficulty, topic, stance.key) for stance in options(topic))
            for topic, _key in names
        ),
    )


def first_of_topic(first: str, second: str, difficulty: str = "mixed") -> Disagreement:
    """Compare as `disagreement` does; leave a second choice on the same topic out, and say so.

    Parameters
    ----------
    first, second, difficulty : str
        As for `disagreement`.
    """
    if second and _choice(first)[0] == _choice(second)[0]:
        return replace(disagreement(first, "", difficulty), left_out=stance_of(second))
    return disagreement(first, second, difficulty)


def _counts(outcomes: Sequence[str]) -> Mapping[str, int]:
    found = Counter(outcomes)
    return MappingProxyType({name: found[name] for name in OUTCOMES})


def _examples(
    ranked: Sequence[tuple[tuple[str, str], int]],
    before: Sequence[str],
    after: Sequence[str],
    moved: Sequence[int],
    any_alone: set[int],
) -> list[int]:
    """Pick up to three people: one who needs both changes, then one of every large flow."""
    picked = [i for i in moved if i not in any_alone][:1]
    for flow, _n in ranked:
        picked += [i for i in moved if (before[i], after[i]) == flow and i not in picked][:1]
    picked += [i for i in moved if i not in picked]
    return picked[:3]


_LETTERS = "ABCDEFGHIJKLMNOPRSTVW"


def _person(
    index: int,
    difficulty: str,
    candidate: Candidate,
    chosen: Sequence[Stance],
    old: Screening,
    new: Screening,
) -> Person:
    dice = Dice(f"initials of {difficulty} {SEED} {index}")
    findings = [finding(stance.topic, candidate) for stance in chosen]
    return Person(
        index=index,
        initials=f"{dice.pick(_LETTERS)}. {dice.pick(_LETTERS)}.",
        age_years=int(candidate.age_years or 0),
        finding="; ".join(dict.fromkeys(text for text in findings if text)),
        before=outcome(old),
        after=outcome(new),
        why=_why(old, new, policy({stance.topic: stance.key for stance in chosen})),
        silence=_by_silence(chosen, old, new),
    )


def _by_silence(chosen: Sequence[Stance], old: Screening, new: Screening) -> bool:
    gone = set(old.reasons) - {*new.reasons, *new.weigh}
    return stricter(outcome(old), outcome(new)) and any(
        (stance.topic, stance.key) in SILENT and not gone.isdisjoint(TOPIC_CODES[stance.topic])
        for stance in chosen
    )


def finding(topic: str, p: Candidate) -> str:
    """Return in words what a topic reads of a person; empty when there is nothing.

    Parameters
    ----------
    topic : str
        One of `TOPICS`.
    p : Candidate
        Without unknown values.
    """
    letter = ", letter on file" if p.medical_clearance else ", no letter on file"
    if topic == "blood-pressure":
        return f"resting blood pressure {p.systolic_mmhg:g}/{p.diastolic_mmhg:g} mmHg"
    if topic == "psychosis":
        opinion = "with" if p.psychiatric_clearance else "without"
        return {
            "current": "psychosis now",
            "past": f"psychosis in the past, now over, {opinion} a second opinion on file",
        }.get(str(p.psychosis), "")
    if topic == "substance-use":
        state = {
            "active": "an active substance use disorder",
            "early": "a substance use disorder in remission for less than three months",
            "remission": "a substance use disorder in remission for three months or more",
        }.get(str(p.substance_use), "")
        screened = "a urine drug screen nobody has explained"
        parts = [state, screened * bool(p.urine_drug_screen_unexplained)]
        parts.append("intoxicated today" * bool(p.intoxicated))
        return ", ".join(filter(None, parts))
    if topic == "bipolar":
        if p.diagnosis not in BIPOLAR:
            return ""
        which = f"bipolar {'I' if p.diagnosis == 'BD1' else 'II'} disorder"
        cover = "with" if p.antimanic else "without"
        return (
            f"{which}, mania or a mixed state now"
            if p.mania
            else f"{which} {cover} an antimanic medicine"
        )
    if topic == "heart-attack":
        if p.weeks_since_mi is None:
            return ""
        weeks = "a week" if p.weeks_since_mi == 1 else f"{p.weeks_since_mi} weeks"
        return f"heart attack, stent or bypass {weeks} ago{letter}"
    if topic == "stroke":
        return f"an ischaemic stroke or TIA in the past{letter}" if p.stroke_or_tia else ""
    if topic == "trials":
        now, earlier = p.adequate_trials or 0, p.adequate_trials_earlier or 0
        return f"{now} adequate {_trials(now)} in this episode, {earlier} in earlier ones"
    raise ValueError(f"{topic!r} is not a topic; choose one of {', '.join(TOPICS)}.")


def _trials(n: int) -> str:
    return "trial" if n == 1 else "trials"


_AS = {
    CONTRAINDICATED: "as a reason to stay outside the rule",
    REFER: "as a reason to refer",
    DEFER: "as a reason to wait",
}
_KINDS = {"E": "emergency", "C": "contraindication", "R": "referral", "D": "delay"}


def _why(old: Screening, new: Screening, by: Policy) -> str:
    gone = [code for code in old.reasons if code not in (*new.reasons, *new.weigh)]
    come = [code for code in new.reasons if code not in old.reasons]
    # The same finding, with another consequence than in the course's rule.
    otherwise = [code for code in new.reasons if code in old.reasons and code in by.effects]
    parts = [f"{_named(code)} no longer applies" for code in gone]
    for code in come:
        effect = by.effects.get(code, "")
        parts.append(f"{_named(code)} now applies {_AS.get(effect, '')}".rstrip())
    parts += [f"{_named(code)} is left to judgement" for code in new.weigh]
    parts += [f"{_named(code)} counts {_AS[by.effects[code]]}" for code in otherwise]
    text = ", and ".join(parts)
    same = [code for code in new.reasons if code not in (*come, *otherwise)]
    if same and text:
        still = "; ".join(f"{code}, {_lower(row(code).what)}" for code in same[:2])
        text += f". Still there: {still}"
    return (text[:1].upper() + text[1:]) + "." if text else ""


def _named(code: str) -> str:
    return f"the {_KINDS[code[0]]} {code}"


def _lower(text: str) -> str:
    """Return a finding as part of a sentence; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def how_drawn(difficulty: str) -> str:
    """Return how the people of the clinic are invented, in words, from the tables that do it.

    Parameters
    ----------
    difficulty : {"straightforward", "mixed", "hard"}
    """
    barriers = ", ".join(
        f"{100 * share:.0f} % {('none', 'one', 'two', 'three')[n]}"
        for n, share in BARRIERS[difficulty]
    )
    classes = ", ".join(f"{_KINDS[kind]} {100 * share:.0f} %" for kind, share in CLASS_WEIGHTS)
    fine = [n for n, _share in DISTRACTORS[difficulty]]
    low, high = PREGNANCY_AGES
    return (
        f"Barriers drawn per person: {barriers}. Class of a barrier: {classes}; within a class "
        "every finding is as likely as any other that fits. Findings that only look bad: "
        f"{min(fine)} to {max(fine)} per person. Two to five adequate trials in this episode, each "
        "number as likely as the others, unless a finding says otherwise; none to three earlier. A "
        f"pregnancy is possible for two in five people of {low} to {high}."
    )


def sources() -> tuple[Stance, ...]:
    """Return every position that is not the course's own, topic by topic."""
    return tuple(
        stance for topic in TOPICS for stance in options(topic) if stance.key != COURSE_KEY
    )
