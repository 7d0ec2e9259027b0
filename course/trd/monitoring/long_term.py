"""The long-term watch: a calendar of checks, a look at the reader's own, and when to stop.

No source sets a cadence for ketamine infusion. Every interval here is a course convention; beside
it stands the finding that makes the check worth its while.

Simulation for teaching: not for patient care.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, pairwise

from trd.definitions.history import number, yes_no
from trd.monitoring.course_of_treatment import RHYTHMS as FIRST_COURSE
from trd.parameters import Entry, load

_FILE = "monitoring_long_term"
_AREAS = (
    "mood",
    "suicide",
    "side_effects",
    "pressure",
    "bladder",
    "urine",
    "liver",
    "cognition",
    "misuse",
    "prescriptions",
    "pregnancy",
    "review",
)
LONGEST_DAYS = 2 * 364
#: A check is moved to a visit this near, in days.
_NEAR_DAYS = 7


def _cell(table: str, name: str) -> Entry:
    return load(_FILE)[table][name]


def value(table: str, name: str) -> float:
    """Return one number of ``assets/parameters/monitoring_long_term.toml``.

    Raises
    ------
    KeyError
        If there is no such number.
    """
    return float(_cell(table, name).value)


@dataclass(frozen=True)
class Area:
    """One thing that is watched.

    Attributes
    ----------
    name, label : str
    at_visits : bool
        Checked at every visit; otherwise by the calendar.
    first_days, every_days : float or None
        First control after the baseline, and the interval afterwards; None at visits.
    cadence, why : str
        In words.
    why_status : str
    why_source : tuple of str
        Of the reason; the cadence itself is always a teaching assumption.
    row : str
    """

    name: str
    label: str
    at_visits: bool
    first_days: float | None
    every_days: float | None
    cadence: str
    why: str
    why_status: str
    why_source: tuple[str, ...]
    row: str


@dataclass(frozen=True)
class Course:
    """What the calendar has to follow.

    Attributes
    ----------
    visit_days : tuple of int
        Days of the infusions after the first one, rising, 0 to 728; the first is day 0.
    pregnancy_possible : bool
    """

    visit_days: tuple[int, ...] = (0, 3, 7, 10, 14, 17, 24, 31, 45, 59, 87, 115, 143, 171)
    pregnancy_possible: bool = False

    def __post_init__(self) -> None:
        if not self.visit_days:
            raise ValueError("visit_days is empty; a course has at least one infusion.")
        for day in self.visit_days:
            number(day, "visit_days", 0, LONGEST_DAYS, "days")
        if list(self.visit_days) != sorted(set(self.visit_days)):
            raise ValueError("visit_days must rise from one visit to the next.")
        yes_no(self.pregnancy_possible, "pregnancy_possible")

    @property
    def end_day(self) -> int:
        """Day of the last infusion."""
        return self.visit_days[-1]

    def more_than_weekly(self, day: float) -> bool:
        """Whether infusions come more than once a week on average in the month up to a day."""
        month = value("limits", "month_days")
        recent = [each for each in self.visit_days if day - month < each <= day]
        return len(recent) > month / 7


@dataclass(frozen=True)
class Due:
    """One check on one day.

    Attributes
    ----------
    day : int
        After the first infusion; 0 is the baseline, before it.
    area : Area
    baseline : bool
    """

    day: int
    area: Area
    baseline: bool


def _area(name: str) -> Area:
    table: Mapping[str, Entry] = load(_FILE)[name]
    at_visits = table["every"].value == "visit"
    month = value("limits", "month_days")
    if at_visits:
        first = every = None
        cadence = table["every"].note or "At every visit."
    else:
        every = month * float(table["months"].value)
        first = month * float(table["first_months"].value) if "first_months" in table else every
        months = table["months"].value
        cadence = f"Every {months} months" if months != 1 else "Every month"
        if first != every:
            cadence = f"At {table['first_months'].value} months, then every {months} months"
    return Area(
        name=name,
        label=str(table["label"].value),
        at_visits=at_visits,
        first_days=first,
        every_days=every,
        cadence=cadence,
        why=str(table["why"].value),
        why_status=table["why"].status,
        why_source=table["why"].source,
        row=str(table["row"].value),
    )


def areas() -> tuple[Area, ...]:
    """Return everything that is watched."""
    return tuple(_area(name) for name in _AREAS)


def area(name: str) -> Area:
    """Return one area.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in _AREAS:
        raise ValueError(f"There is no area {name!r}; there are {', '.join(_AREAS)}.")
    return _area(name)


def _on_visits(course: Course, wanted: list[float]) -> list[int]:
    """Return for each wanted day the nearest visit within a week, or the day itself."""
    found = []
    for day in wanted:
        nearest = min(course.visit_days, key=lambda visit: (abs(visit - day), visit))
        found.append(nearest if abs(nearest - day) <= _NEAR_DAYS else round(day))
    return found


def _calendar_days(course: Course, each: Area) -> list[int]:
    if each.every_days is None or each.first_days is None:
        return []
    wanted, day = [], each.first_days
    while day <= course.end_day:
        wanted.append(day)
        step = each.every_days
        if each.name == "liver" and course.more_than_weekly(day):
            step = each.first_days
        day += step
    return sorted(set(_on_visits(course, wanted)) - {0})


def calendar(course: Course) -> tuple[Due, ...]:
    """Return the course's calendar of checks.

    Parameters
    ----------
    course : Course

    Returns
    -------
    tuple of Due
        By day, then in the order of `areas`; checks by the calendar are moved to a visit
        within a week.
    """
    found = []
    for each in areas():
        if each.name == "pregnancy" and not course.pregnancy_possible:
            continue
        days = [day for day in course.visit_days if day > 0] if each.at_visits else None
        later = days if days is not None else _calendar_days(course, each)
        if each.name != "review":
            found.append(Due(0, each, True))
        found += [Due(day, each, False) for day in later]
    order = {name: index for index, name in enumerate(_AREAS)}
    return tuple(sorted(found, key=lambda due: (due.day, order[due.area.name])))


@dataclass(frozen=True)
class Gap:
    """What is missing in a reader's own calendar for one area.

    Attributes
    ----------
    area : Area
    no_baseline : bool
    longest_days : float
        Longest wait between two checks, or from the last one to the end of the course.
    allowed_days : float
        Longest wait of the course's calendar, with some slack.
    first_days, first_allowed_days : float
        The same for the first control after the baseline.
    missed : int
        Visits without the check, where the course asks at every visit; else 0.
    """

    area: Area
    no_baseline: bool
    longest_days: float
    allowed_days: float
    first_days: float
    first_allowed_days: float
    missed: int

    @property
    def in_order(self) -> bool:
        """Whether the baseline is there, no visit is missed and no wait is too long."""
        if self.area.at_visits:
            return not self.no_baseline and not self.missed
        return (
            not self.no_baseline
            and self.longest_days <= self.allowed_days
            and self.first_days <= self.first_allowed_days
        )


def _waits(days: list[int], end: int) -> float:
    points = [0, *sorted(day for day in days if day <= end), end]
    return max(b - a for a, b in pairwise(points))


def _first(days: list[int], end: int) -> float:
    return min((day for day in days if 0 < day <= end), default=end)


def check(course: Course, own: Mapping[str, tuple[int, ...]]) -> tuple[Gap, ...]:
    """Compare a reader's own calendar with the course's.

    Parameters
    ----------
    course : Course
    own : mapping of str to tuple of int
        Days on which each area is checked; 0 is the baseline. An area that is left out is never
        checked.

    Returns
    -------
    tuple of Gap
        One for each area that this course asks for.

    Raises
    ------
    ValueError
        For an unknown area or a day outside 0 to 728.
    """
    for name, wished in own.items():
        area(name)
        for day in wished:
            number(day, name, 0, LONGEST_DAYS, "days")
    ours: dict[str, list[int]] = {}
    for due in calendar(course):
        ours.setdefault(due.area.name, []).append(due.day)
    slack = 1 + value("limits", "slack_share")
    found = []
    for name, days in ours.items():
        mine = list(own.get(name, ()))
        found.append(
            Gap(
                area=area(name),
                no_baseline=0 in days and 0 not in mine,
                longest_days=_waits(mine, course.end_day),
                allowed_days=slack * _waits(days, course.end_day),
                first_days=_first(mine, course.end_day),
                first_allowed_days=slack * _first(days, course.end_day),
                missed=len(set(course.visit_days) - set(mine)) if area(name).at_visits else 0,
            )
        )
    return tuple(found)


def spread(course: Course, months: Mapping[str, float]) -> dict[str, tuple[int, ...]]:
    """Return the days of a reader's own intervals, for `check`.

    Parameters
    ----------
    course : Course
    months : mapping of str to float
        Interval of each area in months, above 0 and up to 24; 0 means never.

    Raises
    ------
    ValueError
        For an unknown area or a number outside its limits.
    """
    found = {}
    for name, interval in months.items():
        area(name)
        step = number(interval, name, 0, 24, "months") * value("limits", "month_days")
        days = [0]
        while step > 0 and days[-1] + step <= course.end_day:
            days.append(round(days[-1] + step))
        found[name] = tuple(days) if step > 0 else ()
    return found


#: Rhythms of infusion after the first course, with what a reader sees.
RHYTHMS: dict[str, str] = {
    "lengthening": "lengthened to every 4 weeks",
    "monthly": "every 4 weeks from the start",
    "weekly": "weekly for good",
    "twice": "twice a week for good",
}
_GAPS: dict[str, tuple[int, ...]] = {
    "lengthening": (7, 7, 14, 14, 21, 21, 28),
    "monthly": (28,),
    "weekly": (7,),
    "twice": (4, 3),
}


def visits(rhythm: str, months: float, pregnancy_possible: bool = False) -> Course:
    """Return a course: six infusions in three weeks, then a rhythm to the end.

    Parameters
    ----------
    rhythm : str
        One of `RHYTHMS`; a month is 4 weeks.
    months : float
        From the first infusion to the end, 2 to 26.
    pregnancy_possible : bool

    Raises
    ------
    ValueError
        For an unknown rhythm or a number outside its limits.
    """
    if rhythm not in _GAPS:
        raise ValueError(f"There is no rhythm {rhythm!r}; there are {', '.join(_GAPS)}.")
    end = number(months, "months", 2, 26, "months") * value("limits", "month_days")
    days = list(FIRST_COURSE["two a week"])
    gaps = _GAPS[rhythm]
    # The last gaps go on: one that is repeated, or a pair that alternates.
    for index in count():
        gap = gaps[index % len(gaps)] if rhythm == "twice" else gaps[min(index, len(gaps) - 1)]
        if days[-1] + gap > end:
            break
        days.append(days[-1] + gap)
    return Course(tuple(days), pregnancy_possible)


#: How often a reader may check something, with what a reader sees.
HOW_OFTEN: dict[str, str] = {
    "visit": "at every visit",
    "1": "every month",
    "3": "every 3 months",
    "6": "every 6 months",
    "12": "every 12 months",
    "once": "before infusion 1 only",
    "never": "never",
}


def own_days(course: Course, how_often: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Return the days of a reader's own calendar, for `check`.

    Parameters
    ----------
    course : Course
    how_often : mapping of str to str
        By area, one of `HOW_OFTEN`; all but ``"never"`` begin with a baseline, and a check is
        moved to a visit within a week.

    Raises
    ------
    ValueError
        For an unknown area or answer.
    """
    found: dict[str, tuple[int, ...]] = {}
    for name, how in how_often.items():
        if how not in HOW_OFTEN:
            raise ValueError(f"There is no answer {how!r}; there are {', '.join(HOW_OFTEN)}.")
        if how == "visit":
            area(name)
            found[name] = course.visit_days
        elif how == "once":
            area(name)
            found[name] = (0,)
        else:
            days = spread(course, {name: 0 if how == "never" else float(how)})[name]
            found[name] = tuple(sorted(set(_on_visits(course, list(days)))))
    return found


# ------------------------------------------------------------------ findings


@dataclass(frozen=True)
class Findings:
    """What a visit brings up; None means not asked or not tested.

    Attributes
    ----------
    urinary_symptoms, urinary_persistent : bool or None
        Now; still there after infection has been treated or ruled out.
    liver_x_uln : float or None
        Highest liver test as a multiple of the upper limit, 0 to 100.
    craving : float or None
        0 to 10.
    other_supplier, early_requests : bool or None
    mania_or_psychosis : bool or None
    cognitive_decline : bool or None
        Found on testing.
    new_intent : bool or None
        C-SSRS.
    benefit : bool or None
        Still a benefit worth having, by the person's own account and the scale.
    """

    urinary_symptoms: bool | None = None
    urinary_persistent: bool | None = None
    liver_x_uln: float | None = None
    craving: float | None = None
    other_supplier: bool | None = None
    early_requests: bool | None = None
    mania_or_psychosis: bool | None = None
    cognitive_decline: bool | None = None
    new_intent: bool | None = None
    benefit: bool | None = None

    def __post_init__(self) -> None:
        for name, found in vars(self).items():
            if found is None:
                continue
            if name == "liver_x_uln":
                number(found, name, 0, 100, "x ULN")
            elif name == "craving":
                number(found, name, 0, 10, "points")
            else:
                yes_no(found, name)


@dataclass(frozen=True)
class Action:
    """What a finding calls for.

    Attributes
    ----------
    what : str
    stops : bool
        Maintenance stops or is held.
    urgent : bool
        Today.
    row : str
    """

    what: str
    stops: bool
    urgent: bool
    row: str


def _at_least(found: float | None, limit: float) -> bool:
    return found is not None and found >= limit


def _over(found: float | None, limit: float) -> bool:
    return found is not None and found > limit


def review(findings: Findings) -> tuple[Action, ...]:
    """Return what the findings of a visit call for, urgent ones first.

    Parameters
    ----------
    findings : Findings
    """
    liver = value("limits", "liver_x_uln")
    table = (
        (
            findings.new_intent is True,
            Action(
                "New intent or plan: stay with the person, psychiatric assessment today",
                True,
                True,
                "mon-order-suicide-risk",
            ),
        ),
        (
            findings.mania_or_psychosis is True,
            Action(
                "Mania or psychosis: hold the series, psychiatric assessment",
                True,
                True,
                "mon-em-psychosis-order",
            ),
        ),
        (
            findings.urinary_persistent is True,
            Action(
                "Urinary symptoms that persist: stop ketamine, refer to urology",
                True,
                False,
                "mon-lt-luts-schedule",
            ),
        ),
        (
            findings.urinary_symptoms is True and findings.urinary_persistent is not True,
            Action(
                "Urinary symptoms: urine test now, think of ketamine as well as infection, decide "
                "on the next infusion with the result",
                False,
                False,
                "mon-lt-luts-schedule",
            ),
        ),
        (
            _over(findings.liver_x_uln, liver),
            Action(
                f"Liver test above {liver:g} times the limit: hold maintenance, look for the cause",
                True,
                False,
                "mon-lt-liver-stop",
            ),
        ),
        (
            findings.other_supplier is True
            or findings.early_requests is True
            or _at_least(findings.craving, value("limits", "craving")),
            Action(
                "Signs of misuse: no infusion before a review, addiction advice, no blame",
                True,
                False,
                "mon-lt-other-suppliers",
            ),
        ),
        (
            findings.cognitive_decline is True,
            Action(
                "Thinking has declined: stop maintenance, assess",
                True,
                False,
                "mon-rel-lengthen",
            ),
        ),
        (
            findings.benefit is False,
            Action(
                "No benefit worth having: stop, with the exit plan",
                True,
                False,
                "mon-rel-exit-plan",
            ),
        ),
    )
    return tuple(action for applies, action in table if applies)


def below_limits(findings: Findings) -> tuple[str, ...]:
    """Return what is raised and below the limit at which the course holds maintenance.

    Parameters
    ----------
    findings : Findings
    """
    liver, craving = findings.liver_x_uln, findings.craving
    found = []
    if liver is not None and 1 < liver <= value("limits", "liver_x_uln"):
        found.append("liver test")
    if craving is not None and 0 < craving < value("limits", "craving"):
        found.append("craving")
    return tuple(found)


def not_asked(findings: Findings) -> tuple[str, ...]:
    """Return the names of the findings that were not asked for or tested."""
    return tuple(name for name, found in vars(findings).items() if found is None)
