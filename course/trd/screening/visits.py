"""What a visit to the screening clinic came to, and the tally kept across patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from trd.screening.interview import ASK, INQUIRIES, Inquiry, inquiry, revealed_by
from trd.screening.knowledge import follows, safety_share, told_by
from trd.screening.people import DIFFICULTIES, VirtualPatient, virtual_patient
from trd.screening.rule import DEFER, REFER, RULE, row
from trd.screening.simulation import DECIDE, NOT_GRADED, Debrief, part_of, replay

ASK_S = 45
TEST_S = 60
DECIDE_S = 60

#: Numbers of the people one can meet.
FIRST_SEED = 1
LAST_SEED = 9999
#: Met in a graded run only: in free practice the account would tell what is to be found out.
GRADED = frozenset({("mixed", 66)})


def next_time_s(log: Sequence[Mapping[str, Any]], do: str) -> int:
    """Return the simulated second at which the next action is over.

    Parameters
    ----------
    log : sequence of dict
        What was done so far.
    do : {"ask", "test", "decide"}
        A question takes 45 s, a test 60 s of the clinician's time, the decision 60 s.
    """
    takes = {ASK: ASK_S, DECIDE: DECIDE_S}.get(do, TEST_S)
    return (log[-1]["t_s"] if log else 0) + takes


@dataclass(frozen=True)
class Reason:
    """One reason of the rule beside what the trainee said of it.

    Attributes
    ----------
    code : str
    applies : bool
        Whether the rule finds it in this person.
    named : bool
        Whether the decision names it.
    shown_by : str
        Label of what brought it to light; empty when it stayed hidden.
    ask : tuple of Inquiry
        What would have brought it to light; empty when something did.
    asked_for : bool
        Whether the marks ask for it: an emergency that was found is enough, and so is
        intoxication; fasting is not marked, and what belongs to another reason need not be named.
    within : str
        The reason that it belongs to; empty when it stands for itself.
    """

    code: str
    applies: bool
    named: bool
    shown_by: str
    ask: tuple[Inquiry, ...]
    asked_for: bool
    within: str = ""


@dataclass(frozen=True)
class Account:
    """A finished visit, ready to be talked through.

    Attributes
    ----------
    patient : VirtualPatient
    decision : mapping
        The last action.
    debrief : Debrief
    reasons, conditions : tuple of Reason
        In the order of the rule: what applies, and what was named without applying.
    bought : tuple of (str, str, str)
        Time, what was asked or ordered, and what it brought.
    known : frozenset of str
        Fields that had come to light.
    unasked : tuple of Inquiry
        Where a referral or a delay could still have hidden; the safety questions are in
        ``debrief.omitted``.
    """

    patient: VirtualPatient
    decision: Mapping[str, Any]
    debrief: Debrief
    reasons: tuple[Reason, ...]
    conditions: tuple[Reason, ...]
    bought: tuple[tuple[str, str, str], ...]
    known: frozenset[str]
    unasked: tuple[Inquiry, ...]

    @property
    def right(self) -> bool:
        """Whether the decision is the rule's and was borne out by what had come to light."""
        return self.debrief.right

    @property
    def safety_share(self) -> float:
        """Share of the safety questions that were answered, 0 to 1.

        All of them once an emergency was found and acted on, and the share of those that an
        emergency depends on when somebody intoxicated was sent home.
        """
        return self.debrief.safety if self.right else safety_share(self.known)


def _shown(
    patient: VirtualPatient, log: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, str], frozenset[str]]:
    """Say for each reason that came to light what showed it, and what was known at the end."""
    known = set(patient.known)
    shown = dict.fromkeys(told_by(patient.candidate, known), "the letter or the list")
    if patient.first_look and "D3" in shown:
        shown["D3"] = "what anybody could see at the door"
    for action in log:
        if action["do"] == DECIDE:
            continue
        found = inquiry(action["do"], action["what"])
        known = set(follows(known | set(revealed_by(found, patient.candidate)), patient.candidate))
        for code in told_by(patient.candidate, known):
            shown.setdefault(code, found.label)
    return shown, frozenset(known)


def _unasked(
    patient: VirtualPatient, known: frozenset[str], omitted: Sequence[str]
) -> tuple[Inquiry, ...]:
    # Neither an ECG without a reason nor a pregnancy test before the question is missing.
    needless = set() if patient.candidate.ecg_needed else {"ecg"}
    needless |= set() if "lactating" in known else {"pregnancy-test"}
    read = {name for each in RULE if each.disposition in (REFER, DEFER) for name in each.reads}
    return tuple(
        each
        for each in INQUIRIES
        if each.key not in (*omitted, *needless) and read & (set(each.reveals) - known)
    )


def _would_show(patient: VirtualPatient, code: str) -> tuple[Inquiry, ...]:
    for each in INQUIRIES:
        known = follows(patient.known | set(each.reveals), patient.candidate)
        if code in told_by(patient.candidate, known):
            return (each,)
    reads = set(row(code).reads)
    return tuple(each for each in INQUIRIES if reads & set(each.reveals))


def _reasons(
    applying: Sequence[str],
    named: Sequence[str],
    shown: Mapping[str, str],
    patient: VirtualPatient,
    enough: bool,
) -> tuple[Reason, ...]:
    found, within = [], part_of(patient.candidate)
    for code in (*applying, *(code for code in named if code not in applying)):
        applies = code in applying
        where = shown.get(code, "")
        skipped = enough and code[0] != "E" and not where
        found.append(
            Reason(
                code=code,
                applies=applies,
                named=code in named,
                shown_by=where,
                ask=_would_show(patient, code) if applies and not where else (),
                asked_for=applies and code not in (*NOT_GRADED, *within) and not skipped,
                within=within.get(code, ""),
            )
        )
    return tuple(found)


def account(scenario: str, seed: int, log: Sequence[Mapping[str, Any]]) -> Account:
    """Replay a finished visit and set what was found beside what there was.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened, or no decision.
    """
    debrief = replay(scenario, seed, log)
    truth = debrief.truth
    if truth is None:
        raise ValueError("No decision was taken, so there is nothing to talk through.")
    patient = virtual_patient(seed, scenario)
    decision = log[-1]
    shown, known = _shown(patient, log)
    conditions = {code: "what is known" for code in truth.conditions}
    bought = []
    for line in debrief.timeline[: len(log) - 1]:
        time, _space, rest = line.partition(" ")
        what, _arrow, brought = rest.partition(" → ")
        bought.append((time, what, brought))
    return Account(
        patient=patient,
        decision=decision,
        debrief=debrief,
        reasons=_reasons(truth.reasons, decision["reasons"], shown, patient, debrief.enough),
        conditions=_reasons(truth.conditions, decision["conditions"], conditions, patient, False),
        bought=tuple(bought),
        known=known,
        unasked=_unasked(patient, known, debrief.omitted),
    )


@dataclass(frozen=True)
class Visit:
    """One line of the tally.

    Attributes
    ----------
    scenario : str
    seed : int
    right, dangerous : bool
        The rule's decision, borne out; a critical error.
    wasteful : int
        Wasteful inquiries.
    safety : float
        Share of the safety questions answered, 0 to 1.
    points : float
    """

    scenario: str
    seed: int
    right: bool
    dangerous: bool
    wasteful: int
    safety: float
    points: float

    def record(self) -> dict[str, Any]:
        """Return it as what is written down."""
        return asdict(self)


def visit(found: Account) -> Visit:
    """Return the line of the tally for a finished visit."""
    return Visit(
        scenario=found.patient.scenario,
        seed=found.patient.seed,
        right=found.right,
        dangerous=bool(found.debrief.critical_errors),
        wasteful=len(found.debrief.wasteful),
        safety=round(found.safety_share, 4),
        points=found.debrief.points,
    )


def read_visit(record: object) -> Visit | None:
    """Return a line of the tally from what was written down, or None if it is none."""
    if not isinstance(record, Mapping):
        return None
    try:
        scenario, seed = record["scenario"], record["seed"]
        safety, points = record["safety"], record["points"]
        right, dangerous, wasteful = record["right"], record["dangerous"], record["wasteful"]
    except KeyError:
        return None
    # Exact types: a file may hold anything, and True is not a number of tests.
    fits = (
        scenario in DIFFICULTIES
        and type(seed) is int
        and type(right) is bool
        and type(dangerous) is bool
        and type(wasteful) is int
        and 0 <= wasteful <= 1000
        and type(safety) in (int, float)
        and 0 <= safety <= 1
        and type(points) in (int, float)
        and 0 <= points <= 1000
    )
    if not fits:
        return None
    return Visit(scenario, seed, right, dangerous, wasteful, float(safety), float(points))


@dataclass(frozen=True)
class Tally:
    """Results across patients.

    Attributes
    ----------
    seen, right, dangerous : int
        People decided about, right decisions, people about whom something dangerous was missed.
    wasteful : float
        Wasteful tests and questions, mean per person; 0 when nobody was seen.
    safety : float
        Mean share of the safety questions, 0 to 1; 0 when nobody was seen.
    in_a_row : int
        Right decisions since the last other one.
    """

    seen: int
    right: int
    dangerous: int
    wasteful: float
    safety: float
    in_a_row: int


def first_visits(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Leave out whoever is met again: the second time the answer is known."""
    met: dict[tuple[str, int], Visit] = {}
    for each in visits:
        met.setdefault((each.scenario, each.seed), each)
    return tuple(met.values())


def tally(visits: Iterable[Visit], scenario: str | None = None) -> Tally:
    """Sum up first visits, of one difficulty or of all."""
    counted = [v for v in first_visits(visits) if scenario in (None, v.scenario)]
    n = len(counted)
    in_a_row = 0
    for each in counted:
        in_a_row = in_a_row + 1 if each.right else 0
    return Tally(
        seen=n,
        right=sum(v.right for v in counted),
        dangerous=sum(v.dangerous for v in counted),
        wasteful=sum(v.wasteful for v in counted) / n if n else 0.0,
        safety=sum(v.safety for v in counted) / n if n else 0.0,
        in_a_row=in_a_row,
    )


def next_seed(visits: Iterable[Visit], scenario: str, after: int | None = None) -> int:
    """Return the number of somebody not met yet.

    Parameters
    ----------
    visits : iterable of Visit
        Who was met.
    scenario : str
        A difficulty.
    after : int, optional
        The number of the person who is leaving; the first one when not given.
    """
    met = {v.seed for v in visits if v.scenario == scenario}
    seed = FIRST_SEED if after is None else after + 1
    for _ in range(LAST_SEED):
        seed = FIRST_SEED if seed > LAST_SEED else seed
        if seed not in met and seed != after and (scenario, seed) not in GRADED:
            return seed
        seed += 1
    return FIRST_SEED
