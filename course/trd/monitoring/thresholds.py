"""Who says what: one reading, every source's position on it, and how many people each would touch.

The sources differ in what they make of a number: some withhold a dose, some weigh, some only count,
some say to leave it alone. A position that names no number is shown as such and never reached.

Simulation for teaching: not for patient care. No share computed here is an incidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from trd.definitions.history import number, yes_no
from trd.monitoring.infusions import HORIZON_MIN, Flags, Infusions, value, whole
from trd.monitoring.schedule import clinic_sessions
from trd.parameters import Entry, load

_FILE = "monitoring_thresholds"

#: What can be compared with what, in the order of a session.
DOMAINS = (
    "before the dose",
    "during, no symptoms",
    "with symptoms",
    "saturation",
    "dissociation",
    "stay",
    "who is on site",
)
#: What a source makes of a value that reaches its number.
KINDS: dict[str, str] = {
    "withhold": "withholds the dose",
    "weigh": "leaves it to judgement",
    "count": "only counts it",
    "act": "asks for an action",
    "leave": "says to leave it alone",
    "require": "makes it a requirement",
}
#: Phase of the session in which a domain about pressure is read.
_PRESSURE = DOMAINS[:3]
_NUMBERS = ("systolic", "systolic_older", "diastolic", "spo2", "cadss", "minutes")
_OLDER_YEARS = 65
#: Keys of a table that are not part of what the source says.
_OURS = ("row", "above", "older_inclusive")


@dataclass(frozen=True)
class Position:
    """One source on one question.

    Attributes
    ----------
    name, label : str
        Short name; the source as a reader sees it.
    domain, kind : str
        One of `DOMAINS` and `KINDS`.
    says : str
        What it says to do or to count.
    systolic, systolic_older, diastolic : float or None
        mmHg; `systolic_older` replaces `systolic` above 65 years (from 65 if `older_inclusive`).
    spo2, cadss, minutes : float or None
        %, points, minutes from the start.
    spo2_lasting, lasting_s : float or None
        A saturation that counts only if it lasts, in %, and how long, in seconds; without
        `spo2_lasting` the time goes with `spo2`.
    above : bool
        The number is reached by more than it, not by it.
    older_inclusive : bool
        Whether 65 years is already older.
    status : str
        Of the weakest part of the position.
    source : tuple of str
        Keys of the bibliography.
    note : str
        What a reader should know of it.
    row : str
        Row of the evidence table.
    """

    name: str
    label: str
    domain: str
    kind: str
    says: str
    systolic: float | None
    systolic_older: float | None
    diastolic: float | None
    spo2: float | None
    cadss: float | None
    minutes: float | None
    spo2_lasting: float | None
    lasting_s: float | None
    above: bool
    older_inclusive: bool
    status: str
    source: tuple[str, ...]
    note: str
    row: str

    @property
    def has_number(self) -> bool:
        """Whether the source names any number."""
        return any(getattr(self, each) is not None for each in _NUMBERS)


@dataclass(frozen=True)
class Reading:
    """One moment at the chair.

    Attributes
    ----------
    systolic, diastolic : float
        60 to 260 and 30 to 160 mmHg.
    age : float
        18 to 100 years.
    before : bool
        Before the dose.
    symptoms : bool
        Chest pain, breathlessness, severe headache, visual change, seizure or focal deficit.
    """

    systolic: float
    diastolic: float
    age: float = 45
    before: bool = False
    symptoms: bool = False

    def __post_init__(self) -> None:
        number(self.systolic, "systolic", 60, 260, "mmHg")
        number(self.diastolic, "diastolic", 30, 160, "mmHg")
        number(self.age, "age", 18, 100, "years")
        yes_no(self.before, "before")
        yes_no(self.symptoms, "symptoms")
        if self.diastolic >= self.systolic:
            raise ValueError(
                f"diastolic is {self.diastolic:g}; it must be below the systolic pressure."
            )


@dataclass(frozen=True)
class Says:
    """What one source would make of one reading.

    Attributes
    ----------
    position : Position
    reached : bool
        Its number is reached; for a source without a number: its question is the one at hand.
    limits : tuple of float or None
        Systolic and diastolic limit for this age, None where it has none.
    """

    position: Position
    reached: bool
    limits: tuple[float | None, float | None]


def _limit(table: Mapping[str, Entry], name: str) -> float | None:
    cell = table.get(f"limit_{name}")
    return None if cell is None else float(cell.value)


_ORDER = ("from-knowledge", "teaching-assumption", "secondary", "derived", "verified")


def _position(name: str, table: Mapping[str, Entry]) -> Position:
    said = table["says"]
    cells = [table[key] for key in table if key not in _OURS]
    return Position(
        name=name,
        label=str(table["source_label"].value),
        domain=str(table["domain"].value),
        kind=str(table["kind"].value),
        says=str(said.value),
        systolic=_limit(table, "systolic"),
        systolic_older=_limit(table, "systolic_older"),
        diastolic=_limit(table, "diastolic"),
        spo2=_limit(table, "spo2"),
        cadss=_limit(table, "cadss"),
        minutes=_limit(table, "minutes"),
        spo2_lasting=_limit(table, "spo2_lasting"),
        lasting_s=_limit(table, "lasting_s"),
        above="above" in table and bool(table["above"].value),
        older_inclusive="older_inclusive" in table and bool(table["older_inclusive"].value),
        status=min((cell.status for cell in cells), key=_ORDER.index),
        source=said.source,
        note=said.note,
        row=str(table["row"].value),
    )


@cache
def _all() -> tuple[Position, ...]:
    return tuple(_position(name, table) for name, table in load(_FILE).items())


def positions(domain: str | None = None) -> tuple[Position, ...]:
    """Return every position, or those of one domain.

    Raises
    ------
    ValueError
        If there is no such domain.
    """
    if domain is not None and domain not in DOMAINS:
        raise ValueError(f"There is no domain {domain!r}; there are {', '.join(DOMAINS)}.")
    found = _all()
    return found if domain is None else tuple(each for each in found if each.domain == domain)


def position(name: str) -> Position:
    """Return one position.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    for each in positions():
        if each.name == name:
            return each
    raise ValueError(f"There is no position {name!r}.")


def limits(where: Position, age: float) -> tuple[float | None, float | None]:
    """Return the systolic and diastolic limit of a position at an age, in mmHg."""
    older = age >= _OLDER_YEARS if where.older_inclusive else age > _OLDER_YEARS
    older = older and where.systolic_older is not None
    return (where.systolic_older if older else where.systolic), where.diastolic


def _beyond(found: float, limit: float | None, above: bool) -> bool:
    if limit is None:
        return False
    return found > limit if above else found >= limit


def domain_of(reading: Reading) -> str:
    """Return the question a reading raises: before the dose, during, or with symptoms."""
    if reading.symptoms:
        return "with symptoms"
    return "before the dose" if reading.before else "during, no symptoms"


def compare(reading: Reading) -> tuple[Says, ...]:
    """Return what every source on blood pressure would make of a reading.

    Symptoms come first: with them the numbered positions on silent rises no longer apply, and only
    the sources on pressure with symptoms are answered with ``reached``.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    tuple of Says
        In the order of the file, the sources on other questions left out.
    """
    at_hand = domain_of(reading)
    found = []
    for each in positions():
        if each.domain not in _PRESSURE:
            continue
        systolic, diastolic = limits(each, reading.age)
        reached = each.domain == at_hand
        if reached and (systolic is not None or diastolic is not None):
            reached = _beyond(reading.systolic, systolic, each.above) or _beyond(
                reading.diastolic, diastolic, each.above
            )
        found.append(Says(each, reached, (systolic, diastolic)))
    return tuple(found)


@dataclass(frozen=True)
class Touched:
    """How many simulated sessions reach one source's number.

    Attributes
    ----------
    position : Position
    sessions, reached : int
    """

    position: Position
    sessions: int
    reached: int

    @property
    def per_100(self) -> float:
        """Sessions of 100 that reach it."""
        return 100 * self.reached / self.sessions


def touched(infusions: Infusions, where: Position, least_min: int = 1) -> Touched:
    """Count the sessions whose true pressure reaches a source's number during or after the dose.

    Parameters
    ----------
    infusions : Infusions
    where : Position
    least_min : int
        Minutes in a row that it must last, 1 to 120.

    Raises
    ------
    ValueError
        If the source names no blood pressure, or speaks of the time before the dose.
    """
    least = whole(least_min, "least_min", 1, HORIZON_MIN, "min")
    if where.domain != "during, no symptoms" or where.systolic is None:
        raise ValueError(f"{where.label} names no blood pressure during the dose.")
    systolic, diastolic = infusions.sbp[:, 1:], infusions.dbp[:, 1:]
    reached: Flags
    if where.above:
        reached = (systolic > where.systolic) | (diastolic > (where.diastolic or float("inf")))
    else:
        reached = (systolic >= where.systolic) | (diastolic >= (where.diastolic or float("inf")))
    windows = np.lib.stride_tricks.sliding_window_view(reached, least, axis=1)
    in_a_row: Flags = np.asarray(windows.all(axis=2))
    return Touched(where, infusions.n, int(in_a_row.any(axis=1).sum()))


def touched_by_all(infusions: Infusions, least_min: int = 1) -> tuple[Touched, ...]:
    """Return `touched` for every source with a number during the dose."""
    return tuple(
        touched(infusions, each, least_min)
        for each in positions("during, no symptoms")
        if each.systolic is not None
    )


#: A rise in a simulated session counts when it lasts so many minutes, as in the schedules.
LEAST_MIN = int(value("body", "least_min"))


@dataclass(frozen=True)
class Board:
    """One reading, what every source on the question at hand makes of it, and a simulated clinic.

    Attributes
    ----------
    reading : Reading
    domain : str
        The question at hand, one of the first three of `DOMAINS`.
    says : tuple of Says
        The sources on that question, lowest number first, those without a number last.
    counts : dict of str to Touched
        By name of the source: simulated sessions that stay at its number for `LEAST_MIN` minutes;
        only during the dose.
    sessions : int
        Simulated sessions.
    cloud : tuple of tuples of float
        Systolic and diastolic pressure of each session: before the dose, or the highest true
        values after the start, which need not fall in the same minute. Empty with symptoms.
    """

    reading: Reading
    domain: str
    says: tuple[Says, ...]
    counts: Mapping[str, Touched]
    sessions: int
    cloud: tuple[tuple[float, ...], tuple[float, ...]]

    @property
    def reached(self) -> tuple[Says, ...]:
        """The sources whose number is reached, and those that name none."""
        return tuple(each for each in self.says if each.reached)

    def kinds(self) -> frozenset[str]:
        """Return what the reached sources with a number make of the reading."""
        return frozenset(each.position.kind for each in self.reached)

    def nearest(self) -> tuple[Says, float] | None:
        """Return the source next to be reached by a higher systolic pressure, and its number."""
        above = [
            (each.limits[0], each)
            for each in self.says
            if not each.reached and each.limits[0] is not None
        ]
        if not above:
            return None
        limit, each = min(above, key=lambda pair: (pair[0], pair[1].position.above))
        return each, float(limit or 0)


@cache
def _cloud(clinic: str, before: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    found = clinic_sessions(clinic)
    if before:
        return tuple(found.resting_sbp.tolist()), tuple(found.resting_dbp.tolist())
    highest = found.sbp[:, 1:].max(axis=1), found.dbp[:, 1:].max(axis=1)
    return tuple(highest[0].tolist()), tuple(highest[1].tolist())


@cache
def _counts(clinic: str) -> Mapping[str, Touched]:
    found = touched_by_all(clinic_sessions(clinic), LEAST_MIN)
    return {each.position.name: each for each in found}


def board(reading: Reading, clinic: str = "mixed") -> Board:
    """Return what every source makes of a reading, beside a simulated clinic.

    Parameters
    ----------
    reading : Reading
    clinic : str
        One of `trd.monitoring.infusions.CLINICS`.

    Raises
    ------
    ValueError
        For an unknown clinic.
    """
    domain = domain_of(reading)
    says = [each for each in compare(reading) if each.position.domain == domain]
    says.sort(
        key=lambda each: (
            each.limits[0] or float("inf"),
            each.limits[1] or float("inf"),
            each.position.above,
        )
    )
    sessions = clinic_sessions(clinic).n
    symptoms = domain == "with symptoms"
    return Board(
        reading=reading,
        domain=domain,
        says=tuple(says),
        counts=_counts(clinic) if domain == "during, no symptoms" else {},
        sessions=sessions,
        cloud=((), ()) if symptoms else _cloud(clinic, reading.before),
    )


@dataclass(frozen=True)
class Hour:
    """The other numbers of the same hour.

    Attributes
    ----------
    spo2 : float
        Saturation, 70 to 100 %.
    lasting_s : float
        For how long it has been so, 0 to 600 seconds.
    cadss : float
        Score, 0 to 92 points.
    distressed : bool
        The person is frightened or agitated.
    minute : float
        Minutes since the start, 0 to 240.
    """

    spo2: float = 98
    lasting_s: float = 0
    cadss: float = 0
    distressed: bool = False
    minute: float = 60

    def __post_init__(self) -> None:
        number(self.spo2, "spo2", 70, 100, "%")
        number(self.lasting_s, "lasting_s", 0, 600, "s")
        number(self.cadss, "cadss", 0, 92, "points")
        yes_no(self.distressed, "distressed")
        number(self.minute, "minute", 0, 240, "min")


def _low(hour: Hour, where: Position) -> bool:
    lasted = where.lasting_s is None or hour.lasting_s >= where.lasting_s
    if where.spo2_lasting is not None:
        return hour.spo2 < (where.spo2 or 0) or (hour.spo2 < where.spo2_lasting and lasted)
    return where.spo2 is not None and hour.spo2 < where.spo2 and lasted


def elsewhere(hour: Hour) -> tuple[Says, ...]:
    """Return what the sources make of saturation, score and time, and who they want on site.

    A source that names no number is never reached, with one exception: the course acts on
    distress, whatever the score.

    Parameters
    ----------
    hour : Hour
    """
    found = []
    for each in _all():
        if each.domain == "saturation":
            reached = _low(hour, each)
        elif each.domain == "dissociation":
            reached = (
                hour.distressed if each.cadss is None else _beyond(hour.cadss, each.cadss, True)
            )
        elif each.domain == "stay":
            reached = each.minutes is not None and hour.minute >= each.minutes
        elif each.domain == "who is on site":
            reached = False
        else:
            continue
        found.append(Says(each, reached, (None, None)))
    return tuple(found)
