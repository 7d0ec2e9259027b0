"""How long a benefit lasts: what each cohort published, and what follows from it.

Nothing is drawn between the published points but their consequence: the share of people who have
relapsed can only rise, so between two points it lies between their two values. No curve is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.definitions.history import number
from trd.rows import EvidenceRow, read

#: The axis of days.
FIRST_DAY, LAST_DAY = 3, 365

_TABLES = ("communication", "communication_trials", "communication_effects", "monitoring")


@cache
def evidence() -> Mapping[str, EvidenceRow]:
    """Return the rows that the cohorts rest on, by id."""
    return MappingProxyType({key: row for name in _TABLES for key, row in read(name).items()})


@dataclass(frozen=True)
class Point:
    """One published point of a cohort.

    Attributes
    ----------
    day : int
        Days since the clock of the cohort started.
    share : float
        Share of people who had relapsed, 0 to 1.
    says : str
        How the source puts it.
    rows : tuple of str
        Evidence rows.
    """

    day: int
    share: float
    says: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Cohort:
    """People whose benefit was followed.

    Attributes
    ----------
    key, label : str
    menu : str
        The label, with what was done.
    given : str
        Drug and route.
    design : str
        Open or compared, selected or all, who paid.
    who : str
        Whose relapse is counted.
    clock : str
        From when the days are counted.
    going_on : str
        What was given while they were followed.
    points : tuple of Point
        In order of days.
    cannot : str
        What the cohort cannot say.
    rows : tuple of str
        Further evidence rows.
    """

    key: str
    label: str
    menu: str
    given: str
    design: str
    who: str
    clock: str
    going_on: str
    points: tuple[Point, ...]
    cannot: str
    rows: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """``secondary`` when any point is known only from others, else ``verified``."""
        found = {evidence()[row].status for point in self.points for row in point.rows}
        return "secondary" if "secondary" in found else "verified"


@dataclass(frozen=True)
class Known:
    """What is known of one cohort on one day.

    Attributes
    ----------
    cohort : Cohort
    low, high : float
        Smallest and largest share that may have relapsed, 0 to 1.
    before, after : Point or None
        The published points on or before the day, and on or after it.
    """

    cohort: Cohort
    low: float
    high: float
    before: Point | None
    after: Point | None

    @property
    def published(self) -> bool:
        """Whether the day itself is a published point."""
        return self.before is not None and self.before is self.after

    @property
    def beyond(self) -> bool:
        """Whether nothing is published any more."""
        return self.after is None


def _value(row: str) -> float:
    return float(evidence()[row].value)


def _share(row: str) -> float:
    return _value(row) / 100


def _median(day_row: str, says: str) -> Point:
    return Point(int(_value(day_row)), 0.5, says, (day_row,))


@cache
def cohorts() -> tuple[Cohort, ...]:
    """Return every cohort, in the order of the menu."""
    rot = evidence()["com-t-aanhetrot-relapse-days"]
    relapsed = evidence()["com-t-aanhetrot-relapse"]
    part, of = int(relapsed.value), int(relapsed.n)
    rot_rows = ("com-t-aanhetrot-relapse", "com-t-aanhetrot-relapse-days")
    # Weeks of the clinic records, and the week at which the tablets were judged.
    week_4, week_8, week_13 = 28, 56, 91
    year = 365
    return (
        Cohort(
            "murrough",
            "Murrough 2013",
            "Murrough 2013: after six infusions",
            "ketamine infusion, up to six in 12 days",
            "open, no comparator; 24 people, of whom 17 had responded",
            "those who had responded",
            "the last infusion",
            "nothing more",
            (_median("com-t-murrough-open-relapse-days", "median time to relapse 18 days"),),
            "Small, open, one point. How those fare who never relapse, or later, is not in it.",
            ("com-t-murrough-open-limit",),
        ),
        Cohort(
            "aanhetrot",
            "aan het Rot 2010",
            "aan het Rot 2010: after six infusions",
            "ketamine infusion, six in 12 days",
            "open, no comparator; nine people, chosen because they had responded",
            "the nine who had responded",
            "the last infusion",
            "nothing more",
            (
                Point(int(rot.low) - 1, 0.0, "nobody had relapsed before day 6", rot_rows),
                Point(int(rot.low), 1 / of, "the first relapse on day 6", rot_rows),
                Point(int(rot.high), part / of, "the last relapse on day 45: 8 of 9", rot_rows),
            ),
            "Nine people. One person more or less is 11 of 100.",
            ("com-t-aanhetrot-limit",),
        ),
        Cohort(
            "clinics",
            "US clinics 2022",
            "US clinics 2022: after the first course",
            "ketamine infusion in community clinics",
            "clinic records, no comparator; 537 of 9,016 treated people had enough data",
            "those who had responded",
            "the first course",
            "no maintenance",
            (
                Point(
                    week_4,
                    1 - _share("mon-rel-4wk"),
                    "about 80 % still responding at 4 weeks",
                    ("mon-rel-4wk",),
                ),
                Point(
                    week_8,
                    1 - _share("mon-rel-8wk"),
                    "about 60 % still responding at 8 weeks",
                    ("mon-rel-8wk",),
                ),
            ),
            "94 of 100 people treated are not in it. Who came back and filled in the form is not "
            "chance.",
            ("com-t-mcinnes-data",),
        ),
        Cohort(
            "ketect-ketamine",
            "KetECT, ketamine",
            "KetECT: after ketamine infusions",
            "ketamine infusion, up to 12",
            "open-label trial against ECT, inpatients",
            "those who had got well",
            "the last session",
            "what they were given is not noted here",
            (
                Point(
                    year,
                    _share("mon-rel-ketect-12mo"),
                    "70 % had relapsed within 12 months",
                    ("mon-rel-ketect-12mo",),
                ),
            ),
            "Open, and only those who got well are followed; there was no arm without treatment. A "
            "median of 57 days in remission is printed as well, without saying whether for all of "
            "them or for those who relapsed: so it is not drawn.",
            ("mon-rel-ketect-median",),
        ),
        Cohort(
            "ketect-ect",
            "KetECT, ECT",
            "KetECT: after ECT",
            "electroconvulsive therapy",
            "open-label trial against ketamine infusion, inpatients",
            "those who had got well",
            "the last session",
            "what they were given is not noted here",
            (
                Point(
                    year,
                    _share("mon-rel-ketect-12mo-ect"),
                    "63 % had relapsed within 12 months",
                    ("mon-rel-ketect-12mo-ect",),
                ),
            ),
            "Open, and only those who got well are followed; more people got well with ECT here. A "
            "median of 61 days in remission is printed as well, without saying whether for all of "
            "them or for those who relapsed: so it is not drawn.",
            ("mon-rel-ketect-median-ect",),
        ),
        Cohort(
            "sustain-stop",
            "SUSTAIN-1, stopping",
            "SUSTAIN-1: esketamine spray stopped",
            "esketamine nasal spray for 16 weeks, then placebo spray",
            "randomised and blind by design, run by the maker; 86 people",
            "those stable in remission after 16 weeks of esketamine",
            "the change to placebo spray",
            "placebo spray and an antidepressant tablet",
            (_median("com-t-sustain1-median-placebo", "median time to relapse 273 days"),),
            "Only people who had done well for 16 weeks were randomised, and they could feel the "
            "change. It is a spray with a tablet, not an infusion.",
            ("com-t-sustain1-limit",),
        ),
        Cohort(
            "tablets-on",
            "Glue 2024, tablets",
            "Glue 2024: tablets, going on",
            "slow-release ketamine tablets, a product that is not approved",
            "randomised, only people who had responded",
            "those who had responded to open tablets",
            "randomisation",
            "180 mg twice a week",
            (
                Point(
                    week_13,
                    _share("com-t-glue-relapse-ketamine"),
                    "42.9 % had relapsed by week 13",
                    ("com-t-glue-relapse-ketamine",),
                ),
            ),
            "Only responders went on. A tablet under study says little of an infusion.",
            ("com-t-glue-limit",),
        ),
        Cohort(
            "tablets-off",
            "Glue 2024, placebo",
            "Glue 2024: tablets, then placebo",
            "slow-release ketamine tablets, then placebo",
            "randomised, only people who had responded",
            "those who had responded to open tablets",
            "randomisation",
            "placebo",
            (
                Point(
                    week_13,
                    _share("com-t-glue-relapse-placebo"),
                    "70.6 % had relapsed by week 13",
                    ("com-t-glue-relapse-placebo",),
                ),
            ),
            "Only responders went on, and stopping can be felt.",
            ("com-t-glue-limit",),
        ),
    )


def cohort(key: str) -> Cohort:
    """Return one cohort.

    Raises
    ------
    ValueError
        If there is none of this key.
    """
    for each in cohorts():
        if each.key == key:
            return each
    raise ValueError(f"There is no cohort {key!r}.")


def known(key: str, day: float) -> Known:
    """Return what is known of a cohort on a day.

    Parameters
    ----------
    key : str
        A cohort.
    day : float
        Days since its clock started, 0 or more.

    Raises
    ------
    ValueError
        For an unknown cohort or a day that cannot be.
    """
    found = cohort(key)
    when = number(day, "the day", 0, 100_000)
    before = [point for point in found.points if point.day <= when]
    after = [point for point in found.points if point.day >= when]
    return Known(
        cohort=found,
        low=before[-1].share if before else 0.0,
        high=after[0].share if after else 1.0,
        before=before[-1] if before else None,
        after=after[0] if after else None,
    )


def outline(key: str) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return the region in which the share of a cohort must lie, as steps.

    Parameters
    ----------
    key : str
        A cohort.

    Returns
    -------
    days, low, high : tuple of float
        To be drawn as straight lines from one entry to the next.
    """
    found = cohort(key)
    days: list[float] = [FIRST_DAY]
    low, high = [0.0], [found.points[0].share]
    for index, point in enumerate(found.points):
        after = found.points[index + 1].share if index + 1 < len(found.points) else 1.0
        days += [point.day, point.day]
        low += [low[-1], point.share]
        high += [point.share, after]
    if days[-1] < LAST_DAY:
        days.append(LAST_DAY)
        low.append(low[-1])
        high.append(high[-1])
    return tuple(days), tuple(low), tuple(high)


#: What nobody knows, each with the rows that say how far the knowledge goes.
UNKNOWN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Whether maintenance infusions keep people well, for how long, and when to stop: no large "
        "controlled trial was found.",
        ("com-long-gap", "com-long-phillips", "com-t-phillips-limit", "mon-rel-stopping-review"),
    ),
    (
        "How people fare over years on infusions. The longest study is of esketamine spray, open, "
        "and whoever did badly may have left it.",
        (
            "mon-lt-iv-none",
            "com-long-sustain3-months",
            "com-long-sustain3-remission",
            "com-long-sustain3-stopped",
        ),
    ),
    (
        "What repeated doses do to bladder, thinking, liver and dependence in the long run.",
        (
            "com-bladder-review",
            "com-bladder-bias",
            "com-bladder-case",
            "com-bladder-gap",
            "com-cognition-gap",
            "com-liver-gap",
            "com-dependence-gap",
        ),
    ),
    (
        "Who will lose the benefit soon: so agree a plan for that before the first dose.",
        ("com-stopping-say",),
    ),
)
