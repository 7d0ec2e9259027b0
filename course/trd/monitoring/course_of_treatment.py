"""The course of treatment: response over six infusions, when to stop, relapse, maintenance.

Each simulated person has a final fall of the depression score, a pace, and day-to-day scatter; the
numbers are teaching assumptions set to come near the published anchors, which `anchors` shows
beside the simulated ones. Relapse follows curves drawn through the published points. That an
infusion sets the clock of relapse back is an assumption: no controlled trial of maintenance
infusions was found.

Simulation for teaching: not for patient care. No share computed here is a chance for a patient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from trd.definitions.history import number
from trd.monitoring.infusions import whole
from trd.parameters import Entry, load

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FILE = "monitoring_course"
MOST = 20_000
SETTINGS: dict[str, str] = {
    "trial": "As in one open trial phase",
    "clinics": "As pooled from clinics",
}
#: Days of the infusions from the first, by rhythm; two a week did as well as three in one trial.
RHYTHMS: dict[str, tuple[int, ...]] = {
    "two a week": (0, 3, 7, 10, 14, 17),
    "three a week": (0, 2, 4, 7, 9, 11),
}


def _entry(table: str, name: str) -> Entry:
    return load(_FILE)[table][name]


def value(table: str, name: str) -> float:
    """Return one number of ``assets/parameters/monitoring_course.toml``.

    Raises
    ------
    KeyError
        If there is no such number.
    """
    return float(_entry(table, name).value)


INFUSIONS = int(value("person", "infusions"))


@dataclass(frozen=True, eq=False)
class Courses:
    """Simulated first courses, all of them given to the end.

    Attributes
    ----------
    baseline : array
        MADRS before the first infusion, in points.
    fall : array
        Fall of the score 24 hours after each infusion, as a share of the baseline; a row a person,
        a column an infusion. Negative is worse.
    """

    baseline: Array
    fall: Array

    @property
    def n(self) -> int:
        """How many people there are."""
        return len(self.baseline)

    @property
    def madrs(self) -> Array:
        """MADRS 24 hours after each infusion, whole points."""
        left = self.baseline[:, None] * (1 - self.fall)
        return np.asarray(np.round(np.clip(left, 0, 60)), dtype=np.float64)

    @property
    def responded(self) -> Flags:
        """Response after the last infusion."""
        return np.asarray(self.fall[:, -1] >= value("marks", "response"))


def simulate(
    n: int = 1000, setting: str = "trial", late_share: float | None = None, seed: int = 1
) -> Courses:
    """Draw first courses of six infusions.

    Parameters
    ----------
    n : int
        People, 1 to 20,000.
    setting : str
        One of `SETTINGS`.
    late_share : float, optional
        Share of people in whom the first two to four infusions do nothing, 0 to 0.5.
    seed : int
        0 or more; the same seed gives the same people.

    Raises
    ------
    ValueError
        For an unknown setting or a number outside its limits.
    """
    if setting not in SETTINGS:
        raise ValueError(f"There is no setting {setting!r}; there are {', '.join(SETTINGS)}.")
    n = whole(n, "n", 1, MOST)
    late = number(
        value("person", "late_share") if late_share is None else late_share, "late_share", 0, 0.5
    )
    rng = np.random.default_rng(whole(seed, "seed", 0, 2**32 - 1))
    much = rng.random(n) < value("settings", setting)
    drawn, paces = rng.normal(size=(2, n))
    gain = np.where(
        much,
        value("person", "gain_much") + value("person", "gain_much_sd") * drawn,
        value("person", "gain_little") + value("person", "gain_little_sd") * drawn,
    )
    gain = np.clip(gain, -0.3, 0.98)
    pace = value("person", "pace_infusions") * np.exp(value("person", "pace_spread") * paces)
    wait = np.where(rng.random(n) < late, rng.integers(2, 5, n), 0)
    counted = np.maximum(0, np.arange(1, INFUSIONS + 1) - wait[:, None])
    fall = gain[:, None] * (1 - np.exp(-counted / pace[:, None]))
    scatter = value("person", "day_to_day") * rng.normal(size=(n, INFUSIONS))
    baseline = np.clip(
        rng.normal(value("person", "baseline_madrs"), value("person", "baseline_sd"), n),
        value("person", "baseline_low"),
        value("person", "baseline_high"),
    )
    return Courses(np.round(baseline), fall + scatter)


@dataclass(frozen=True)
class Anchor:
    """One published figure beside what the simulation gives.

    Attributes
    ----------
    label, published, unit : str
        `published` as printed.
    simulated : float
    n : int or None
    source : tuple of str
    status, note : str
    """

    label: str
    published: str
    simulated: float
    unit: str
    n: int | None
    source: tuple[str, ...]
    status: str
    note: str


def _anchor(name: str, label: str, simulated: float) -> Anchor:
    cell = _entry("anchors", name)
    return Anchor(
        label, cell.text, simulated, cell.unit, cell.n, cell.source, cell.status, cell.note
    )


def _share(among: Flags, of: Flags) -> float:
    return 100 * float(among[of].mean()) if of.any() else math.nan


@lru_cache(maxsize=4)
def anchors(n: int = 10_000, seed: int = 1) -> tuple[Anchor, ...]:
    """Return the published anchors and the simulated figures, so that the fit can be judged.

    Parameters
    ----------
    n : int
        People in each setting, 1 to 20,000.
    seed : int
        0 or more.
    """
    trial, clinics = simulate(n, "trial", seed=seed), simulate(n, "clinics", seed=seed)
    improved = trial.fall >= value("marks", "improvement")
    late = ~improved[:, 0] & ~improved[:, 1]
    first = first_response(trial)
    remitted = clinics.madrs[:, -1] <= value("marks", "remission_madrs")
    return (
        _anchor(
            "response_trial",
            "Response after infusion 6, trial setting",
            100 * float(trial.responded.mean()),
        ),
        _anchor(
            "response_clinics",
            "Response after infusion 6, clinic setting",
            100 * float(clinics.responded.mean()),
        ),
        _anchor(
            "remission_clinics",
            "Remission after infusion 6, clinic setting",
            100 * float(remitted.mean()),
        ),
        _anchor(
            "median_infusions",
            "Median infusions to response, of those who responded",
            float(np.median(first[first > 0])),
        ),
        _anchor(
            "late_improvers",
            "Not improved after 1 and 2: improved after 4",
            _share(improved[:, 3], late),
        ),
        _anchor(
            "sensitivity_four",
            "Of responders, improved after infusion 4",
            _share(improved[:, 3], trial.responded),
        ),
    )


def first_response(courses: Courses) -> NDArray[np.int_]:
    """Return the infusion after which each person first responded, 0 if none."""
    reached = courses.fall >= value("marks", "response")
    return np.asarray(np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 0))


# ------------------------------------------------------------------ when to stop


def _never(improved: Flags) -> NDArray[np.int_]:
    return np.full(len(improved), INFUSIONS)


def _stop_at(infusion: int, stops: Flags) -> NDArray[np.int_]:
    return np.asarray(np.where(stops, infusion, INFUSIONS))


def _none(improved: Flags) -> Flags:
    return ~np.asarray(improved.any(axis=1))


@dataclass(frozen=True)
class Rule:
    """One rule for stopping the first course.

    Attributes
    ----------
    name, label, says : str
    status, row : str
        Of the evidence behind it.
    last : callable
        From "improved after each infusion" to the number of infusions given.
    below : float or None
        Fall of the score, as a share, that counts as improvement; None for the usual 20 %.
    """

    name: str
    label: str
    says: str
    status: str
    row: str
    last: Callable[[Flags], NDArray[np.int_]]
    below: float | None = None

    def given(self, courses: Courses) -> NDArray[np.int_]:
        """Return the number of infusions each person is given."""
        limit = value("marks", "improvement") if self.below is None else self.below
        return self.last(courses.fall >= limit)


RULES: tuple[Rule, ...] = (
    Rule(
        "never",
        "Always six",
        "Nobody stops before infusion 6.",
        "teaching-assumption",
        "mon-fut-rule",
        _never,
    ),
    Rule(
        "after_2",
        "Stop after 2",
        "Stop when neither of the first two infusions brought an improvement of 20 %.",
        "teaching-assumption",
        "mon-fut-late-58",
        lambda improved: _stop_at(2, _none(improved[:, :2])),
    ),
    Rule(
        "three_in_a_row",
        "Three in a row",
        "Stop when none of the first three infusions brought an improvement of 20 %.",
        "verified",
        "mon-fut-three-consecutive",
        lambda improved: _stop_at(3, _none(improved[:, :3])),
    ),
    Rule(
        "after_4",
        "Stop after 4",
        "Stop when there is no improvement of 20 % after infusion 4, as one study suggests.",
        "verified",
        "mon-fut-after-four",
        lambda improved: _stop_at(4, ~improved[:, 3]),
    ),
    Rule(
        "course",
        "This course's rule",
        "Never after 1 or 2; review at 3 or 4; stop at 4 below 20 %, and at 6 below 50 % without a "
        "gain in function.",
        "teaching-assumption",
        "mon-fut-rule",
        lambda improved: _stop_at(4, ~improved[:, 3]),
    ),
)
_RULES = {each.name: each for each in RULES}


@dataclass(frozen=True)
class Stopped:
    """What one rule does to the same people.

    Attributes
    ----------
    rule : Rule
    people : int
    stopped_early : int
        People stopped before infusion 6.
    would_have_responded : int
        Of those, people who would have responded by infusion 6: what the rule costs.
    would_have_improved : int
        Of those, people who would have improved by at least 20 % without responding.
    infusions : int
        Infusions given in all.
    spared : int
        Infusions not given, compared with six for everybody.
    without_response : int
        Infusions given to people who do not respond: what the rule saves of.
    goes_on : int
        People who would be offered maintenance after infusion 6.
    given : tuple of int
        Infusions given to each person.
    """

    rule: Rule
    people: int
    stopped_early: int
    would_have_responded: int
    would_have_improved: int
    infusions: int
    spared: int
    without_response: int
    goes_on: int
    given: tuple[int, ...]


def rule(name: str) -> Rule:
    """Return one rule for stopping.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in _RULES:
        raise ValueError(f"There is no rule {name!r}; there are {', '.join(_RULES)}.")
    return _RULES[name]


def own_rule(after: float, below: float) -> Rule:
    """Return a reader's own rule: one look, one limit.

    Parameters
    ----------
    after : float
        Infusion after which the score is looked at; a whole number, 1 to 5.
    below : float
        Stop when the fall of the score is below this share, 0.05 to 0.6.

    Raises
    ------
    ValueError
        For a number outside its limits.
    """
    at = whole(after, "after", 1, INFUSIONS - 1, "infusions")
    limit = number(below, "below", 0.05, 0.6)
    return Rule(
        "own",
        "Your own rule",
        f"Stop after infusion {at} when the score has fallen by less than {100 * limit:g} %.",
        "teaching-assumption",
        "",
        lambda improved: _stop_at(at, ~improved[:, at - 1]),
        limit,
    )


def stop_by(courses: Courses, name: str | Rule) -> Stopped:
    """Return what one rule does to the same people.

    Parameters
    ----------
    courses : Courses
    name : str or Rule
        One of `RULES`, by name, or a rule of `own_rule`.

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    chosen = rule(name) if isinstance(name, str) else name
    improved = courses.fall >= value("marks", "improvement")
    given = chosen.given(courses)
    early = given < INFUSIONS
    responds = courses.responded
    better = ~responds & improved[:, -1]
    goes_on = ~early & _offered(courses, chosen.name)
    total = int(given.sum())
    return Stopped(
        rule=chosen,
        people=courses.n,
        stopped_early=int(early.sum()),
        would_have_responded=int((early & responds).sum()),
        would_have_improved=int((early & better).sum()),
        infusions=total,
        spared=INFUSIONS * courses.n - total,
        without_response=int(given[~responds].sum()),
        goes_on=int(goes_on.sum()),
        given=tuple(int(each) for each in given),
    )


def _offered(courses: Courses, name: str) -> Flags:
    """Return who would be offered maintenance after six infusions."""
    if name == "never":
        return np.ones(courses.n, dtype=bool)
    if name == "course":
        # Below 50 % only with a gain in function, which the simulation ties to a partial response.
        return np.asarray(courses.fall[:, -1] >= value("person", "functional_from"))
    return courses.responded


def compare_rules(courses: Courses) -> tuple[Stopped, ...]:
    """Return what every rule does to the same people."""
    return tuple(stop_by(courses, each.name) for each in RULES)


def reached(courses: Courses) -> dict[str, tuple[int, ...]]:
    """Return how many people have reached each mark after each infusion.

    Parameters
    ----------
    courses : Courses

    Returns
    -------
    dict of str to tuple of int
        By mark (``"improvement"``, ``"partial"``, ``"response"``), one count an infusion; people
        who reached a mark and lost it again are not counted.
    """
    return {
        name: tuple(int(each) for each in (courses.fall >= value("marks", name)).sum(axis=0))
        for name in ("improvement", "partial", "response")
    }


#: Kinds of first course worth a closer look, with what a reader sees.
PATTERNS: dict[str, str] = {
    "early": "improves at once and responds",
    "late": "nothing after 1 and 2, responds by 6",
    "very-late": "no improvement after 4, responds by 6",
    "some": "nothing after 1 and 2, then improves without responding",
    "slips": "improved after 2, not any more after 4",
    "none": "never improves",
    "worse": "worse at the end than before",
}


def example(courses: Courses, pattern: str) -> int | None:
    """Return the first person of a group whose course has one pattern; None if there is none.

    Parameters
    ----------
    courses : Courses
    pattern : str
        One of `PATTERNS`.

    Raises
    ------
    ValueError
        For an unknown pattern.
    """
    if pattern not in PATTERNS:
        raise ValueError(f"There is no pattern {pattern!r}; there are {', '.join(PATTERNS)}.")
    improved = courses.fall >= value("marks", "improvement")
    slow = ~improved[:, 0] & ~improved[:, 1]
    found = {
        "early": improved.all(axis=1) & courses.responded,
        "late": slow & improved[:, 3] & courses.responded,
        "very-late": ~improved[:, :4].any(axis=1) & courses.responded,
        "some": slow & improved[:, 3] & improved[:, -1] & ~courses.responded,
        "slips": improved[:, 1] & ~improved[:, 3],
        "none": ~improved.any(axis=1) & (courses.fall[:, -1] > 0),
        "worse": courses.fall[:, -1] < 0,
    }[pattern]
    return int(found.argmax()) if found.any() else None


@dataclass(frozen=True)
class Person:
    """One simulated first course.

    Attributes
    ----------
    baseline : int
        MADRS before.
    days : tuple of int
        Day of each reading: 24 hours after each infusion.
    madrs : tuple of int
        MADRS at each reading.
    fall : tuple of float
        Fall as a share of the baseline.
    marks : tuple of str
        ``"none"``, ``"improvement"``, ``"partial"`` or ``"response"`` at each reading.
    stops : dict of str to int
        Infusions each rule would give.
    """

    baseline: int
    days: tuple[int, ...]
    madrs: tuple[int, ...]
    fall: tuple[float, ...]
    marks: tuple[str, ...]
    stops: dict[str, int]


def mark(fall: float) -> str:
    """Return what a fall of the score counts as.

    Parameters
    ----------
    fall : float
        As a share of the baseline, -5 to 1.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    found = number(fall, "fall", -5, 1)
    for name in ("response", "partial", "improvement"):
        if found >= value("marks", name):
            return name
    return "none"


def person(courses: Courses, index: int, rhythm: str = "two a week") -> Person:
    """Return one person of a simulated group, for a picture.

    Parameters
    ----------
    courses : Courses
    index : int
        From 0.
    rhythm : str
        One of `RHYTHMS`.

    Raises
    ------
    ValueError
        For an unknown rhythm or an index outside the group.
    """
    if rhythm not in RHYTHMS:
        raise ValueError(f"There is no rhythm {rhythm!r}; there are {', '.join(RHYTHMS)}.")
    index = whole(index, "index", 0, courses.n - 1)
    one = Courses(courses.baseline[[index]], courses.fall[[index]])
    improved = one.fall >= value("marks", "improvement")
    falls = tuple(float(each) for each in one.fall[0])
    return Person(
        baseline=int(one.baseline[0]),
        days=tuple(day + 1 for day in RHYTHMS[rhythm]),
        madrs=tuple(int(each) for each in one.madrs[0]),
        fall=falls,
        marks=tuple(mark(each) for each in falls),
        stops={each.name: int(each.last(improved)[0]) for each in RULES},
    )


# ------------------------------------------------------------------ relapse and maintenance


@dataclass(frozen=True)
class Curve:
    """A curve of staying well through the published points.

    Attributes
    ----------
    name, label : str
    points : tuple of (float, float)
        Day and share still well, as published or worked out from it.
    shape, scale : float
        Weibull; `scale` in days.
    keeps_clock : bool
        Whether an infusion can be said to set the clock back: not where the chance of relapse falls
        with time, as it does where a mixed group sorts itself.
    source : tuple of str
    note : str
    """

    name: str
    label: str
    points: tuple[tuple[float, float], ...]
    shape: float
    scale: float
    keeps_clock: bool
    source: tuple[str, ...]
    note: str

    @property
    def published_until(self) -> float:
        """Last published day; beyond it the curve is drawn on."""
        return self.points[-1][0]

    def well(self, days: Array | float) -> Array:
        """Return the share still well after some days without maintenance."""
        return np.exp(-((np.asarray(days, dtype=float) / self.scale) ** self.shape))


def _shape(points: tuple[tuple[float, float], ...]) -> float:
    (day, well), (later, left) = points
    return math.log(math.log(left) / math.log(well)) / math.log(later / day)


def _notes(table: Mapping[str, Entry]) -> str:
    """Return what has to be said about a curve, and about points that were worked out."""
    worked = [
        f"Day {table[f'day_{index}'].value}: {table[f'well_{index}'].note}"
        for index in (1, 2)
        if f"well_{index}" in table and table[f"well_{index}"].status == "derived"
    ]
    return " ".join([table["label"].note, *worked])


@cache
def curves() -> tuple[Curve, ...]:
    """Return the relapse curves: clinic records, a small open study, KetECT."""
    found: list[Curve] = []
    for name in ("clinics", "open", "ketect"):
        table = load(_FILE)[f"relapse_{name}"]
        points = tuple(
            (float(table[f"day_{index}"].value), float(table[f"well_{index}"].value))
            for index in (1, 2)
            if f"day_{index}" in table
        )
        # One published point gives no shape, so the first curve lends its own.
        shape = _shape(points) if len(points) == 2 else found[0].shape
        day, well = points[0]
        found.append(
            Curve(
                name=name,
                label=str(table["label"].value),
                points=points,
                shape=shape,
                scale=day / (-math.log(well)) ** (1 / shape),
                keeps_clock=shape >= 1,
                source=table["label"].source,
                note=_notes(table),
            )
        )
    return tuple(found)


def curve(name: str) -> Curve:
    """Return one relapse curve.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    for each in curves():
        if each.name == name:
            return each
    raise ValueError(f"There is no curve {name!r}; there are clinics, open and ketect.")


@dataclass(frozen=True)
class Plan:
    """When maintenance infusions are given.

    Attributes
    ----------
    name, label : str
    days : tuple of int
        After the last infusion of the first course.
    status : str
    source : tuple of str
    note : str
    """

    name: str
    label: str
    days: tuple[int, ...]
    status: str = "teaching-assumption"
    source: tuple[str, ...] = ()
    note: str = ""


def plans() -> tuple[Plan, ...]:
    """Return the maintenance plans, published ones marked as such."""
    return tuple(
        Plan(
            name,
            cell.printed,
            tuple(int(day) for day in cell.value),
            cell.status,
            cell.source,
            cell.note,
        )
        for name, cell in load(_FILE)["plans"].items()
    )


def plan(name: str) -> Plan:
    """Return one maintenance plan.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    for each in plans():
        if each.name == name:
            return each
    raise ValueError(f"There is no plan {name!r}.")


def own_plan(first_days: float, step_days: float, longest_days: float) -> Plan:
    """Return a plan that lengthens the interval step by step.

    Parameters
    ----------
    first_days : float
        First interval, 3 to 56 days.
    step_days : float
        Added to the interval each time, 0 to 28 days.
    longest_days : float
        Longest interval, 3 to 84 days and no shorter than the first.

    Raises
    ------
    ValueError
        For a number outside its limits.
    """
    gap = number(first_days, "first_days", 3, 56, "days")
    step = number(step_days, "step_days", 0, 28, "days")
    longest = number(longest_days, "longest_days", 3, 84, "days")
    if longest < gap:
        raise ValueError(
            f"longest_days is {longest:g}; it must be no shorter than the first interval."
        )
    end, day, found = value("maintenance", "horizon_days"), 0.0, []
    while (day := day + gap) <= end:
        found.append(round(day))
        gap = min(longest, gap + step)
    return Plan("own", "Your own plan", tuple(found), note="Chosen by you.")


@dataclass(frozen=True)
class Maintained:
    """Staying well under one plan.

    Attributes
    ----------
    plan : Plan
    curve : Curve
    hold : float
        How far an infusion sets the clock back.
    days : tuple of int
        0, 1, 2, ... to 26 weeks.
    well : tuple of float
        Share of responders still well.
    without : tuple of float
        The same without maintenance.
    infusions : int
        Planned in this time; people who relapse leave the plan.
    expected_infusions : float
        Mean infusions given to one responder.
    """

    plan: Plan
    curve: Curve
    hold: float
    days: tuple[int, ...]
    well: tuple[float, ...]
    without: tuple[float, ...]
    infusions: int
    expected_infusions: float

    @property
    def at_end(self) -> float:
        """Share still well at the end."""
        return self.well[-1]

    @property
    def infusions_per_relapse_avoided(self) -> float | None:
        """Infusions given for one relapse fewer at the end; None if there is none fewer."""
        fewer = self.well[-1] - self.without[-1]
        return self.expected_infusions / fewer if fewer > 1e-9 else None


def maintain(by: Plan, along: str = "clinics", hold: float | None = None) -> Maintained:
    """Return how many responders stay well under a plan.

    Parameters
    ----------
    by : Plan
    along : str
        Relapse curve: ``"clinics"`` or ``"open"``.
    hold : float, optional
        How far an infusion sets the clock of relapse back, 0 (not at all) to 1 (wholly); the
        course's assumption unless given.

    Raises
    ------
    ValueError
        For a curve on which the assumption makes no sense, or a number outside its limits.
    """
    relapse = curve(along)
    if by.days and not relapse.keeps_clock:
        raise ValueError(
            f"{relapse.label}: on this curve relapse gets rarer with time, so that setting the "
            "clock back would do harm; maintenance is not simulated on it."
        )
    hold = number(value("maintenance", "hold") if hold is None else hold, "hold", 0, 1)
    end = int(value("maintenance", "horizon_days"))
    days = np.arange(end + 1, dtype=float)
    hazard = np.zeros(end + 1)
    age, spent, since = 0.0, 0.0, 0
    given = 0.0
    for day in sorted({*[each for each in by.days if each <= end], end}):
        span = slice(since, day + 1)
        ages = age + (days[span] - since)
        hazard[span] = (
            spent + (ages / relapse.scale) ** relapse.shape - (age / relapse.scale) ** relapse.shape
        )
        spent, since = float(hazard[day]), day
        age = (1 - hold) * float(ages[-1])
        if day in by.days:
            given += math.exp(-spent)
    well = np.exp(-hazard)
    return Maintained(
        plan=by,
        curve=relapse,
        hold=hold,
        days=tuple(int(day) for day in days),
        well=tuple(well.tolist()),
        without=tuple(relapse.well(days).tolist()),
        infusions=sum(day <= end for day in by.days),
        expected_infusions=given,
    )
