"""The trials behind the numbers, as frozen rows: what was compared with what, when, how sure.

Numbers stand in ``assets/evidence/communication_{trials,effects,harms}.csv``; this module says
which of them belong together. Every effect names its comparator and its time, because without
them a rate means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.communication.effects import Effect, natural_frequency, risk_difference
from trd.rows import STATUS_ORDER, EvidenceRow, read

CONTROLS: Mapping[str, str] = MappingProxyType(
    {
        "none": "no comparator: everyone had ketamine and knew it",
        "saline": "saline: most people can tell what they got",
        "midazolam": "midazolam, a sedative that can be felt as well",
        "anaesthesia": "saline under general anaesthesia: nobody feels the infusion",
        "placebo": "placebo spray or tablet: many people can tell what they got",
        "ect": "ECT, in the open",
        "quetiapine": "quetiapine XR, in the open",
        "mixed": "saline in some trials, midazolam in others",
    }
)
"""Kinds of control, from none to another treatment, with what a reader must know of each."""

COLLECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "reported": "volunteered: reported as an adverse event",
        "asked": "asked for with a list of symptoms",
        "not-stated": "volunteered or asked for: not stated in what was read",
    }
)
"""How a harm was counted. Asking finds more: rates of two kinds never share a picture."""


@dataclass(frozen=True)
class Arm:
    """One arm of a comparison.

    Attributes
    ----------
    name : str
        What people had, e.g. ``"midazolam"``.
    x, n : int or None
        People with the event, and people; None where the source gives percentages only or does
        not give the size of the arm.
    rate : float
        Share of people with the event, 0 to 1.
    per_100 : int
        The same as people out of 100, rounded; 0 hides a rate below 1 in 200, which needs a
        larger denominator.
    row : str
        Evidence row of the count or percentage; ``row + "-per100"`` is that of
        `per_100`, unless it would hide such a rate.
    """

    name: str
    x: int | None
    n: int | None
    rate: float
    per_100: int
    row: str


@dataclass(frozen=True)
class Comparison:
    """One outcome of one trial in two arms.

    Attributes
    ----------
    code : str
        ``B1`` to ``B26`` from counts, ``P1`` to ``P12`` from published percentages.
    key : str
        Stem of the evidence rows, e.g. ``"com-e-karma-response"``.
    trial : str
        Code of the trial in `trials`; empty for a trial of another condition.
    label : str
        Trial and year.
    outcome : str
        ``response``, ``remission``, ``ideation`` or ``relapse``.
    measure : str
        The outcome in full, e.g. ``"response (MADRS) at 24 hours"``.
    time : str
        When, in words.
    days : float or None
        When, in days from the start, for sorting; None during maintenance.
    control : str
        Kind of control, a key of `CONTROLS`.
    treated, compared : Arm
        The first arm and its comparator.
    effect : Effect
        Worked out from counts, or as published where there are none.
    from_counts : bool
    fewer_is_better : bool
        True for relapse: a difference below 0 then favours the first arm.
    certainty : str
        GRADE certainty where a review gives it, otherwise empty.
    status : str
        Weakest status of the rows it rests on; ``from-knowledge`` carries no key and no claim.
    caveat, population : str
    sources : tuple of str
        Keys of the bibliography.
    """

    code: str
    key: str
    trial: str
    label: str
    outcome: str
    measure: str
    time: str
    days: float | None
    control: str
    treated: Arm
    compared: Arm
    effect: Effect
    from_counts: bool
    fewer_is_better: bool
    certainty: str
    status: str
    caveat: str
    population: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Harm:
    """One unwanted effect in two arms.

    Attributes
    ----------
    code : str
        ``H1`` to ``H17`` from counts, ``Q1`` to ``Q7`` from published percentages.
    key, label, time, days, control, treated, compared, status, caveat, population, sources
        As in `Comparison`.
    event : str
        What happened, e.g. ``"dissociation"``.
    effect : Effect or None
        None where only percentages were published, without an interval.
    collection : str
        A key of `COLLECTIONS`.
    group : str
        Harms of one group were counted in the same people, time and way, and may share a
        picture; others may not.
    """

    code: str
    key: str
    label: str
    event: str
    time: str
    days: float | None
    control: str
    treated: Arm
    compared: Arm
    effect: Effect | None
    collection: str
    group: str
    status: str
    caveat: str
    population: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """One trial, or one review, as the lesson speaks of it.

    Attributes
    ----------
    code : str
        ``T1`` to ``T28``.
    key : str
        Stem of the evidence rows, e.g. ``"com-t-karma"``.
    label, design, limit, population : str
        Name and year, what was done, what to hold against it, and who took part.
    year : int
    control : str
        A key of `CONTROLS`.
    results : tuple of trd.rows.EvidenceRow
        Every other row of the trial, each with its own status.
    n : int or None
        People, as the design row gives them.
    status : str
        Status of the design; the results may stand on less.
    sources : tuple of str
    """

    code: str
    key: str
    label: str
    design: str
    limit: str
    population: str
    year: int
    control: str
    results: tuple[EvidenceRow, ...]
    n: int | None
    status: str
    sources: tuple[str, ...]


#: Treatment, comparator, kind of control.
_ARMS: Mapping[str, tuple[str, str, str]] = {
    "iv-saline": ("ketamine infusion", "saline", "saline"),
    "iv-midazolam": ("ketamine infusion", "midazolam", "midazolam"),
    "iv-esketamine": ("esketamine infusion", "saline", "saline"),
    "sc-midazolam": ("ketamine under the skin", "midazolam", "midazolam"),
    "anaesthesia": ("ketamine under anaesthesia", "saline under anaesthesia", "anaesthesia"),
    "iv-ect": ("ketamine infusion", "ECT", "ect"),
    "ns-quetiapine": ("esketamine nasal spray", "quetiapine XR", "quetiapine"),
    "ns-placebo": ("esketamine nasal spray", "placebo spray", "placebo"),
    "ns84-placebo": ("esketamine nasal spray 84 mg", "placebo spray", "placebo"),
}

#: Code, stem, trial, outcome, time in words and in days, arms.
_EFFECTS: tuple[tuple[str, str, str, str, str, float | None, str], ...] = (
    ("B1", "zarate-response", "T2", "response", "at 24 hours", 1, "iv-saline"),
    ("B2", "murrough-response", "T4", "response", "at 24 hours", 1, "iv-midazolam"),
    ("B3", "singh-twice-response", "T6", "response", "on day 15", 15, "iv-saline"),
    ("B4", "singh-thrice-response", "T6", "response", "on day 15", 15, "iv-saline"),
    ("B5", "singhiv-response", "T7", "response", "on day 2", 2, "iv-esketamine"),
    ("B6", "grunebaum-ideation", "T10", "ideation", "on day 1", 1, "iv-midazolam"),
    ("B7", "su-response", "T12", "response", "on days 2 to 3", 2, "iv-midazolam"),
    ("B8", "su-ideation-4h", "T12", "ideation", "at 4 hours (240 minutes)", 0.17, "iv-midazolam"),
    ("B9", "su-ideation-d7", "T12", "ideation", "on day 7", 7, "iv-midazolam"),
    ("B10", "su-ideation-d14", "T12", "ideation", "on day 14", 14, "iv-midazolam"),
    ("B11", "abbar-ideation", "T11", "ideation", "on day 3", 3, "iv-saline"),
    ("B12", "kads1-remission", "T15", "remission", "at week 4", 28, "sc-midazolam"),
    ("B13", "kads2-remission", "T15", "remission", "at week 4", 28, "sc-midazolam"),
    ("B14", "kads2-response", "T15", "response", "at week 4", 28, "sc-midazolam"),
    ("B15", "lii-response", "T17", "response", "on day 1", 1, "anaesthesia"),
    (
        "B16",
        "karma-response",
        "T16",
        "response",
        "at the end of up to eight infusions",
        28,
        "iv-midazolam",
    ),
    (
        "B17",
        "karma-remission",
        "T16",
        "remission",
        "at the end of up to eight infusions",
        28,
        "iv-midazolam",
    ),
    ("B18", "ionescu-remission", "T18", "remission", "at 3 weeks", 21, "iv-saline"),
    ("B19", "elektd-response", "T14", "response", "at 3 weeks", 21, "iv-ect"),
    ("B20", "ketect-remission", "T13", "remission", "at the end of the course", 28, "iv-ect"),
    ("B21", "escape-remission", "T25", "remission", "at week 8", 56, "ns-quetiapine"),
    ("B22", "escape-kept", "T25", "remission", "to week 32", 224, "ns-quetiapine"),
    ("B23", "sustain1-remitters", "T24", "relapse", "during maintenance", None, "ns-placebo"),
    ("B24", "sustain1-responders", "T24", "relapse", "during maintenance", None, "ns-placebo"),
    ("B25", "feder-ptsd", "", "response", "at week 2", 14, "iv-midazolam"),
    ("B26", "rodriguez-ocd", "", "response", "at week 1", 7, "iv-saline"),
    ("P1", "cochrane-saline-response", "T28", "response", "at 24 hours", 1, "iv-saline"),
    ("P2", "cochrane-midazolam-response", "T28", "response", "at 24 hours", 1, "iv-midazolam"),
    ("P3", "cochrane-midazolam-remission", "T28", "remission", "at 24 hours", 1, "iv-midazolam"),
    ("P4", "transform1-56-response", "T21", "response", "on day 28", 28, "ns-placebo"),
    ("P5", "transform1-84-response", "T21", "response", "on day 28", 28, "ns-placebo"),
    ("P6", "transform1-56-remission", "T21", "remission", "on day 28", 28, "ns-placebo"),
    ("P7", "transform1-84-remission", "T21", "remission", "on day 28", 28, "ns-placebo"),
    ("P8", "transform2-response", "T22", "response", "on day 28", 28, "ns-placebo"),
    ("P9", "transform2-remission", "T22", "remission", "on day 28", 28, "ns-placebo"),
    ("P10", "transform3-response", "T23", "response", "on day 28", 28, "ns-placebo"),
    ("P11", "transform3-remission", "T23", "remission", "on day 28", 28, "ns-placebo"),
    ("P12", "ketect-published", "T13", "remission", "at the end of the course", 28, "iv-ect"),
)

#: GRADE certainty, where a review gives it.
_CERTAINTY: Mapping[str, str] = {"P1": "very low", "P2": "very low", "P3": "low"}

#: Code, stem, time in words and in days, arms, how counted.
_HARMS: tuple[tuple[str, str, str, float | None, str, str], ...] = (
    ("H1", "aspire-dissociation", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H2", "aspire-dizziness", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H3", "aspire-nausea", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H4", "aspire-somnolence", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H5", "aspire-headache", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H6", "aspire-blurred-vision", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H7", "aspire-bp-increased", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H8", "aspire-vomiting", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H9", "aspire-anxiety", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H10", "aspire-sedation", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H11", "aspire2-euphoric-mood", "in 4 weeks", 28, "ns84-placebo", "reported"),
    ("H12", "su-derealisation", "during the infusion", 0, "iv-midazolam", "not-stated"),
    ("H13", "su-dizziness", "during the infusion", 0, "iv-midazolam", "not-stated"),
    ("H14", "sustain1-dissociation", "during maintenance", None, "ns-placebo", "reported"),
    ("H15", "sustain1-blurred-vision", "during maintenance", None, "ns-placebo", "reported"),
    ("H16", "sustain1-nausea", "during maintenance", None, "ns-placebo", "reported"),
    ("H17", "sustain1-confusional-state", "during maintenance", None, "ns-placebo", "reported"),
    ("Q1", "transform-serious", "in 4 weeks", 28, "ns-placebo", "reported"),
    ("Q2", "transform-severe-dissociation", "in 4 weeks", 28, "ns-placebo", "reported"),
    ("Q3", "transform-stopped", "in 4 weeks", 28, "ns-placebo", "reported"),
    ("Q4", "transform-death", "in 4 weeks", 28, "ns-placebo", "reported"),
    ("Q5", "transform-new-ideation", "in 4 weeks", 28, "ns-placebo", "reported"),
    ("Q6", "transform2-stopped", "in 4 weeks", 28, "ns-placebo", "reported"),
    ("Q7", "transform3-stopped", "in 4 weeks", 28, "ns-placebo", "reported"),
)

#: Code, stem, year, kind of control.
_TRIALS: tuple[tuple[str, str, int, str], ...] = (
    ("T1", "berman", 2000, "saline"),
    ("T2", "zarate", 2006, "saline"),
    ("T3", "aanhetrot", 2010, "none"),
    ("T4", "murrough-rct", 2013, "midazolam"),
    ("T5", "murrough-open", 2013, "none"),
    ("T6", "singh", 2016, "saline"),
    ("T7", "singhiv", 2016, "saline"),
    ("T8", "fava", 2020, "midazolam"),
    ("T9", "phillips", 2019, "midazolam"),
    ("T10", "grunebaum", 2018, "midazolam"),
    ("T11", "abbar", 2022, "saline"),
    ("T12", "su", 2023, "midazolam"),
    ("T13", "ketect", 2022, "ect"),
    ("T14", "elektd", 2023, "ect"),
    ("T15", "kads", 2023, "midazolam"),
    ("T16", "karma", 2025, "midazolam"),
    ("T17", "lii", 2023, "anaesthesia"),
    ("T18", "ionescu", 2019, "saline"),
    ("T19", "shiroma", 2020, "midazolam"),
    ("T20", "glue", 2024, "placebo"),
    ("T21", "transform1", 2019, "placebo"),
    ("T22", "transform2", 2019, "placebo"),
    ("T23", "transform3", 2020, "placebo"),
    ("T24", "sustain1", 2019, "placebo"),
    ("T25", "escape", 2023, "quetiapine"),
    ("T26", "japan", 2021, "placebo"),
    ("T27", "monotherapy", 2025, "placebo"),
    ("T28", "cochrane", 2021, "mixed"),
)


@cache
def trials() -> tuple[Trial, ...]:
    """Return the trials of the lesson, in the order of their codes."""
    rows = read("communication_trials")
    found = []
    for code, stem, year, control in _TRIALS:
        key = f"com-t-{stem}"
        design, limit = rows[f"{key}-design"], rows[f"{key}-limit"]
        label, _, done = design.statement.partition(": ")
        found.append(
            Trial(
                code=code,
                key=key,
                label=label,
                design=done,
                limit=limit.statement.partition(": ")[2],
                population=design.population,
                year=year,
                control=control,
                results=tuple(
                    row
                    for name, row in rows.items()
                    if name.startswith(f"{key}-") and row not in (design, limit)
                ),
                n=int(design.n) if design.n else None,
                status=design.status,
                sources=design.source,
            )
        )
    return tuple(found)


@cache
def effects() -> tuple[Comparison, ...]:
    """Return what the trials found, those from counts first."""
    rows = read("communication_effects")
    found = []
    for code, stem, trial, outcome, time, days, arms in _EFFECTS:
        key = f"com-e-{stem}"
        treatment, comparator, control = _ARMS[arms]
        treated, compared = _arms(rows, key, treatment, comparator)
        label, measure = _label(rows[treated.row].statement)
        found.append(
            Comparison(
                code=code,
                key=key,
                trial=trial,
                label=label,
                outcome=outcome,
                measure=measure,
                time=time,
                days=days,
                control=control,
                treated=treated,
                compared=compared,
                effect=_from_counts(treated, compared) or _published(rows[f"{key}-difference"]),
                from_counts=treated.x is not None,
                fewer_is_better=outcome == "relapse",
                certainty=_CERTAINTY.get(code, ""),
                status=_weakest(rows[treated.row], rows[compared.row]),
                caveat=_caveat(rows[f"{key}-difference"]),
                population=rows[treated.row].population,
                sources=rows[treated.row].source,
            )
        )
    return tuple(found)


@cache
def harms() -> tuple[Harm, ...]:
    """Return the unwanted effects, those from counts first."""
    rows = read("communication_harms")
    found = []
    for code, stem, time, days, arms, collection in _HARMS:
        key = f"com-h-{stem}"
        treatment, comparator, control = _ARMS[arms]
        treated, compared = _arms(rows, key, treatment, comparator)
        label, measure = _label(rows[treated.row].statement)
        difference = rows.get(f"{key}-difference")
        effect = _from_counts(treated, compared)
        if effect is None and difference is not None:
            effect = _published(difference)
        found.append(
            Harm(
                code=code,
                key=key,
                label=label,
                event=measure.removesuffix(f" {time}"),
                time=time,
                days=days,
                control=control,
                treated=treated,
                compared=compared,
                effect=effect,
                collection=collection,
                group=f"{label}, {time}, {COLLECTIONS[collection]}",
                status=_weakest(rows[treated.row], rows[compared.row]),
                caveat=rows[treated.row].note,
                population=rows[treated.row].population,
                sources=rows[treated.row].source,
            )
        )
    return tuple(found)


def may_share_a_picture(first: Harm, second: Harm) -> bool:
    """Return whether two harms were counted in the same people, time and way.

    Parameters
    ----------
    first, second : Harm
    """
    return first.group == second.group


def _arms(
    rows: Mapping[str, EvidenceRow], key: str, treatment: str, comparator: str
) -> tuple[Arm, Arm]:
    return (
        _arm(rows[f"{key}-treatment"], treatment),
        _arm(rows[f"{key}-comparator"], comparator),
    )


def _arm(row: EvidenceRow, name: str) -> Arm:
    n = int(row.n) if row.n else None
    counted = row.unit == "people" and n is not None
    rate = int(row.value) / n if counted and n else float(row.value) / 100
    return Arm(
        name=name,
        x=int(row.value) if counted else None,
        n=n,
        rate=rate,
        per_100=natural_frequency(rate, 100),
        row=row.id,
    )


def _from_counts(treated: Arm, compared: Arm) -> Effect | None:
    if treated.x is None or treated.n is None or compared.x is None or compared.n is None:
        return None
    return risk_difference(treated.x, treated.n, compared.x, compared.n)


def _published(row: EvidenceRow) -> Effect:
    rd, low, high = (float(each) / 100 for each in (row.value, row.low, row.high))
    crosses = low <= 0 <= high
    limits = [] if crosses else sorted((1 / abs(low), 1 / abs(high)))
    return Effect(
        rd=rd,
        low=low,
        high=high,
        nnt=1 / abs(rd) if rd else None,
        nnt_low=limits[0] if limits else None,
        nnt_high=limits[1] if limits else None,
        crosses_no_effect=crosses,
    )


def _label(statement: str) -> tuple[str, str]:
    label, measure, _ = statement.split(": ")
    return label, measure


def _caveat(row: EvidenceRow) -> str:
    """Return the note without its arithmetic and without what the effect itself says."""
    parts = [part.strip() for part in row.note.split(";")]
    plain = (
        "interval by",
        "includes no effect",
        "difference and interval as",
        "the rounded rates",
        "limits as",
    )
    return "; ".join(part for part in parts if "=" not in part and not part.startswith(plain))


def _weakest(*rows: EvidenceRow) -> str:
    return max((row.status for row in rows), key=STATUS_ORDER.index)
