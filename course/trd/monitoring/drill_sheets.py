"""Sheets to print: drills of the rare events for a team in its own room, and a practice logbook.

Everything on them comes from the simulator's own data: the scenario and its brief, a run that
nobody touched beside the model run, the order set, the marking as an observer's list, and how rare
the event is. No dose is printed: the team writes down those of its own order set.

A drill in a room is practice too, and no proof of competence; the sheets say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from trd.monitoring.actions import DRUGS, ORGAN_TOPICS, wording
from trd.monitoring.casebook import SCENARIOS, Scenario, scenario
from trd.monitoring.debrief import clock
from trd.monitoring.evidence import evidence_rows
from trd.monitoring.model_answers import perfect_log
from trd.monitoring.orders import HEADLINE, ORDERS, SECTIONS, order_set
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.session import Session
from trd.monitoring.speech import looks, says

TEAM, FACILITATOR = "team", "facilitator"
COPIES: Mapping[str, str] = {
    TEAM: "the team, before the drill",
    FACILITATOR: "facilitator and observer: everything",
}
LOGBOOK = "logbook"

NOTICE = (
    "Education, not a protocol, and not yet clinically reviewed. Simulation is practice, not proof "
    "of competence: this sheet certifies no skill. Whether somebody may work unsupervised is for "
    "the service and its supervisors to judge."
)
#: What is known of simulation in this field, by row of the evidence table.
_ABOUT_SIMULATION = ("mon-tr-sim-review", "mon-tr-not-competence")
#: The team's roles, by row of the evidence table; the rest of the table is for the drill itself.
_ROLES = (
    ("Nurse at the chair", "mon-role-nurse"),
    ("Prescriber", "mon-role-prescriber"),
    ("Anaesthetist on call", "mon-role-anaesthetist"),
)
_DRILL_ROLES = (
    ("Second nurse", "Comes when called; brings what is asked for; repeats back what was heard."),
    (
        "Patient",
        "A colleague in the chair, or a manikin: speaks and breathes as the facilitator says.",
    ),
    ("Facilitator", "Reads the cards, gives a number only when somebody measures, ends the drill."),
    ("Observer", "Has the watch and the list; writes times, helps nobody, is kind afterwards."),
)
_BEFORE = (
    "No real drug and no real patient in the room; bag and syringes say TRAINING and are counted "
    "out again at the end.",
    "Agree on the words that stop the drill because something real happens: “No drill”.",
    "Everybody may step out without a reason. Nobody is marked.",
    "Real room, real chair, real telephone list; the emergency service is called on paper.",
)
#: Blanks that every team fills in, whatever the drill.
_LOCAL_BLANKS = (
    "Second person, and how they are called",
    "Prescriber: number",
    "Airway-trained doctor: number",
    "Emergency service: number, and the address to give",
    "Who meets them at which door",
    "Oxygen, suction, bag and mask, airways: where",
    "Defibrillator: where",
    "Who writes the times",
)
#: Sections of the order set for the routine; all others are printed on every drill sheet, so that
#: the team's copy does not tell which event will come.
_ROUTINE = ("Before", "Infusion", "After")
#: What belongs to every event, before and after its own section.
_FIRST, _LAST = "Any emergency", "After an error"
#: Drugs that a section names by class, per local order.
DRUGS_OF: Mapping[str, tuple[str, ...]] = {
    "Pressure": ("antihypertensive",),
    "Airway": ("airway_drug",),
    "Distress": ("sedative",),
    "Faint": ("atropine",),
    "Vomiting": ("antiemetic",),
}
_QUESTIONS = (
    "How is everybody? A drill can touch a real event; nobody has to speak.",
    "What did each of us notice first, and when?",
    "What was said aloud, to whom, and was it heard?",
    "Which step came late, and what stood in its way: a person, a thing, a habit?",
    "What does our own order set leave open here?",
)
#: Seconds after the onset at which the facilitator's cards are read, untouched and answered.
_UNTOUCHED_S = (0, 30, 60, 120, 180, 240)
_ANSWERED_S = (60, 180, 420)


@dataclass(frozen=True)
class Block:
    """One piece of a sheet.

    Attributes
    ----------
    kind : str
        ``"text"``, ``"note"`` (framed), ``"facts"`` (rows of the evidence table), ``"ticks"`` (a
        box before each line), ``"table"`` or ``"lines"`` (to write on).
    text : str
        Of a text or note; the caption of a table or of ticks; what the lines are for.
    items : tuple of str
        The lines of ticks; ids of the rows of facts.
    header : tuple of str
        Of a table; empty for a plain form.
    rows : tuple of tuple of str
        Of a table; an empty cell is a blank to fill in.
    count : int
        Lines to write on, 0 or more.
    """

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Attributes
    ----------
    heading : str
    blocks : tuple of Block
    new_page : bool
        Begins a page of its own on paper.
    """

    heading: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True)
class Sheet:
    """Something to print.

    Attributes
    ----------
    key : str
        A drill of the casebook, or ``"logbook"``.
    copy : str
        One of `COPIES`.
    title, subtitle : str
    sections : tuple of Section
    notice : str
        What no sheet may leave out.
    """

    key: str
    copy: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    notice: str = NOTICE

    @property
    def file_name(self) -> str:
        """Name of the file to save; it does not give the event away."""
        if self.key == LOGBOOK:
            return "logbook.html"
        found = scenario(self.key)
        place = found.title.lower().replace(" ", "-")
        return f"drill-{found.number}-{place}-{self.copy}.html"


def drills() -> tuple[str, ...]:
    """Return the ids of the scenarios that are drills of rare events, in their order."""
    return tuple(each.key for each in SCENARIOS.values() if each.drill)


def sheets() -> tuple[str, ...]:
    """Return the ids of everything that can be printed: the drills, then the logbook."""
    return (*drills(), LOGBOOK)


def label(key: str) -> str:
    """Return how a sheet is called in a list; it does not give the event away.

    Raises
    ------
    ValueError
        If there is no such sheet.
    """
    _known(key)
    if key == LOGBOOK:
        return "Logbook of supervised practice"
    found = scenario(key)
    return f"Drill {found.number}: {found.title}"


def _known(key: str) -> None:
    if key not in sheets():
        raise ValueError(f"There is no sheet {key!r}; there are {', '.join(sheets())}.")


@cache
def sheet(key: str, copy: str = FACILITATOR) -> Sheet:
    """Return a sheet.

    Parameters
    ----------
    key : str
        One of `sheets`.
    copy : str
        One of `COPIES`; the logbook is the same for everybody.

    Raises
    ------
    ValueError
        For an unknown sheet or copy.
    """
    _known(key)
    if copy not in COPIES:
        raise ValueError(f"There is no copy for {copy!r}; there are {', '.join(COPIES)}.")
    return _logbook(copy) if key == LOGBOOK else _drill(scenario(key), copy)


# ---- a drill


def _statement(name: str) -> str:
    return evidence_rows()[name].statement


def _drill(found: Scenario, copy: str) -> Sheet:
    # The facilitator's part is played in the simulator, so it is made only when it is wanted.
    inside = copy == FACILITATOR
    return Sheet(
        key=found.key,
        copy=copy,
        title=f"Drill sheet {found.number}: {found.title}",
        subtitle=f"{found.purpose} {_statement('mon-tr-drills').split(':')[0]}.",
        sections=(
            _roles(),
            _start(found),
            _order_blanks(found, inside),
            *((_cards(found), _if_asked(found), _observer(found)) if inside else ()),
            _talk(),
            *((_errors(found), _rarity(found)) if inside else ()),
        ),
    )


def _roles() -> Section:
    staff = tuple((name, _statement(row).partition(": ")[2], "") for name, row in _ROLES)
    drill = tuple((name, what, "") for name, what in _DRILL_ROLES)
    return Section(
        "Roles",
        (
            Block("ticks", items=_BEFORE),
            Block("table", header=("Role", "Does", "Today"), rows=(*_capital(staff), *drill)),
            Block("text", "One person may hold two roles; facilitator and observer do not play."),
        ),
    )


def _capital(rows: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, f"{what[0].upper()}{what[1:]}.", blank) for name, what, blank in rows)


def _start(found: Scenario) -> Section:
    return Section(
        "How it begins",
        (
            Block("note", found.begin(_seed(found.key)).brief),
            Block(
                "text",
                "Read aloud. From here on numbers are given only to those who measure, and the "
                "patient says only what is on the cards.",
            ),
        ),
    )


def order_sections() -> tuple[str, ...]:
    """Return the sections of the order set that every drill sheet prints: all the emergencies."""
    return tuple(each for each in SECTIONS if each not in _ROUTINE)


def sections_of(key: str) -> tuple[str, ...]:
    """Return the sections of the order set that the event of a drill calls for.

    Parameters
    ----------
    key : str
        One of `drills`.
    """
    scheme = SCHEMES[key]
    named = {each.evidence for each in scheme.rules} | {each.evidence for each in scheme.critical}
    own = [each.section for each in ORDERS if each.evidence in named]
    middle = dict.fromkeys(each for each in own if each in DRUGS_OF)
    return (_FIRST, *middle, _LAST)


def _order_blanks(found: Scenario, inside: bool) -> Section:
    sections = order_sections()
    labels = dict(DRUGS)
    drugs = [labels[drug] for each in sections for drug in DRUGS_OF.get(each, ())]
    lines = [
        block
        for each in sections
        for block in (Block("ticks", each, tuple(order.text for order in order_set(each))),)
    ]
    which = (
        f"This drill uses: {', '.join(sections_of(found.key))}."
        if inside
        else "Every emergency of the sheet stands here: which of them comes is not told."
    )
    return Section(
        "Order set, with blanks",
        (
            Block("text", HEADLINE),
            Block("text", which),
            *lines,
            Block(
                "table",
                "From your own order set; medical director and pharmacist sign it, not this sheet",
                header=("Drug, by class", "Name, dose, route", "Who may give it", "Where it is"),
                rows=tuple((each, "", "", "") for each in drugs),
            ),
            Block(
                "table",
                "In our clinic",
                header=("What", "Ours"),
                rows=tuple((each, "") for each in _LOCAL_BLANKS),
            ),
        ),
        new_page=True,
    )


@dataclass(frozen=True)
class _Card:
    cells: tuple[str, ...]


def _met(session: Session) -> str:
    """Return what is heard and seen of the person."""
    seen, heard = looks(session.body), says(session.body)
    # Whoever complains is not called comfortable on the card.
    if heard and seen == "comfortable":
        return heard
    return f"{seen[0].upper()}{seen[1:]}. {heard}".strip()


def _card(session: Session, onset_s: int) -> _Card:
    body = session.body
    shown = session.instruments.spo2
    return _Card(
        (
            clock(session.now_s - onset_s),
            _met(session),
            f"{shown} %" if shown is not None else "no signal",
            f"{body.hr:.0f}",
            f"{body.sbp:.0f}/{body.dbp:.0f}",
            f"{body.respiration:.0f}",
            str(body.moaas),
        ),
    )


def _act(session: Session, entry: Mapping[str, Any]) -> None:
    session.advance(max(0, entry["t_s"] - session.now_s))
    if not session.over:
        session.act(entry["do"], **{k: v for k, v in entry.items() if k not in _TIMED})


def _untouched(key: str) -> list[_Card]:
    session, onset = _at_onset(key), _onset_s(key)
    cards = []
    for after in _UNTOUCHED_S:
        session.advance(onset + after - session.now_s)
        cards.append(_card(session, onset))
    return cards


def _answered(key: str) -> list[_Card]:
    """Look at the model run when hands are free after the seconds wanted, and at its end."""
    seed = _seed(key)
    session, onset = Session(key, seed), _onset_s(key)
    log = [each for each in perfect_log(key, seed) if each["do"] not in _LEAVING]
    cards = []
    for wanted in (onset + each for each in _ANSWERED_S):
        while log and log[0]["t_s"] <= wanted:
            _act(session, log.pop(0))
        if not log:
            break
        session.advance(max(0, wanted - session.now_s))
        cards.append(_card(session, onset))
    for entry in log:
        _act(session, entry)
    session.advance(_SETTLE_S)
    return [*cards, _card(session, onset)]


#: The last card shows the person still in the chair, this long after the last step.
_LEAVING, _SETTLE_S = ("transfer", "finish"), 60
_TIMED = ("t_s", "do")


@cache
def _seed(key: str) -> int:
    """Return the first variant in which the first steps are enough."""
    seed = 1
    while any(stubborn for _, _, stubborn in scenario(key).begin(seed).events):
        seed += 1
    return seed


@cache
def _begun(key: str) -> Session:
    session = Session(key, _seed(key))
    while SCHEMES[key].onset not in session.edges:
        session.advance(1)
    return session


def _at_onset(key: str) -> Session:
    """Return a run that nobody touched, in the second in which its event begins."""
    return deepcopy(_begun(key))


def _onset_s(key: str) -> int:
    return _begun(key).edges[SCHEMES[key].onset]


_CARD_HEADER = (
    "After onset",
    "What is seen and heard",
    "SpO2",
    "Pulse",
    "Pressure, if measured",
    "Breaths or efforts /min",
    "MOAA/S",
)


def _cards(found: Scenario) -> Section:
    session = Session(found.key, _seed(found.key))
    pressure = session.instruments.last
    return Section(
        "Cards for the facilitator",
        (
            Block(
                "text",
                f"When the team takes over, the pump shows {session.pump.mg_per_min:g} mg/min and "
                f"the cuff {pressure.text if pressure else 'nothing'}. The event begins "
                f"{_minutes(_onset_s(found.key))} later. Stay with the first table until the pump "
                "is off and the first steps of the order set are under way; then go on with the "
                "second. The numbers come from the course’s simulator, whose times are "
                "conventions: no patient is bound to them.",
            ),
            Block(
                "table",
                "As long as nothing is done",
                header=_CARD_HEADER,
                rows=tuple(each.cells for each in _untouched(found.key)),
            ),
            Block(
                "table",
                "When the team acts as the order set says",
                header=_CARD_HEADER,
                rows=tuple(each.cells for each in _answered(found.key)),
            ),
        ),
        new_page=True,
    )


#: What somebody may look at or ask for: an action and what is chosen with it.
_LOOKS: tuple[tuple[str, dict[str, str]], ...] = (
    ("pump_check", {}),
    ("look_arm", {}),
    ("look_mouth", {}),
    ("chest_sounds", {}),
    ("neuro", {}),
    ("glucose", {}),
    ("ecg", {}),
    *(("ask", {"about": about}) for about in ORGAN_TOPICS),
)


def _if_asked(found: Scenario) -> Section:
    rows: list[tuple[str, str]] = []
    replies: list[tuple[str, str]] = []
    for do, chosen in _LOOKS:
        session = _at_onset(found.key)
        if not session.why_not(do, **chosen):
            row = (wording(do, chosen), session.act(do, **chosen))
            (replies if do == "ask" else rows).append(row)
    if len({reply for _, reply in replies}) == 1:
        replies = [("Ask the patient anything", replies[0][1])]
    return Section(
        "If somebody looks or asks",
        (Block("table", header=("Looks or asks", "Finds or hears"), rows=(*rows, *replies)),),
    )


def _minutes(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} seconds"
    whole = round(seconds / 60)
    return f"about {whole} {'minute' if whole == 1 else 'minutes'}"


def _observer(found: Scenario) -> Section:
    rules = SCHEMES[found.key].rules
    return Section(
        "List for the observer",
        (
            Block(
                "text",
                "Times count from the onset. They are the limits of this course’s exercise, not a "
                "standard; no points are given in a room.",
            ),
            Block(
                "table",
                header=("What", "By when in the exercise", "Time seen", "By whom"),
                rows=tuple((each.label, by_when(each.rule), "", "") for each in rules),
            ),
        ),
    )


def by_when(marking: str) -> str:
    """Return a rule of the marking without its parts about points.

    Parameters
    ----------
    marking : str
        E.g. ``"Within 60 s of the complaint; half within 3 minutes."``.
    """
    clauses = [each for each in marking.rstrip(".").split("; ") if not _PARTIAL.match(each)]
    words = _SHARES.sub("", "; ".join(clauses)).strip()
    return f"{words[0].upper()}{words[1:]}." if words else ""


#: Clauses that say what half a success is worth, and how a rule's points are shared out.
_PARTIAL = re.compile(r"half |all if |none when ")
_SHARES = re.compile(r"^(?:half|an? \w+) each[,:]? ?|, half within \d+ minutes", re.IGNORECASE)


def _talk() -> Section:
    questions = [Block("lines", question, count=2) for question in _QUESTIONS]
    return Section(
        "Afterwards: talk it over",
        (
            Block("text", "Ten minutes, sitting down, without blame. Facts first, then why."),
            *questions,
            Block(
                "table",
                "One thing we change",
                header=("What", "Who", "By when", "Done on"),
                rows=(("", "", "", ""),),
            ),
        ),
        new_page=True,
    )


def _errors(found: Scenario) -> Section:
    return Section(
        "How near did we come?",
        (
            Block(
                "text",
                "Errors that take every point in the simulator. For each: how near were we, and "
                "what kept us from it?",
            ),
            Block(
                "table",
                header=("Error", "Why it is critical", "How near, what helped"),
                rows=tuple((each.error, each.reason, "") for each in SCHEMES[found.key].critical),
            ),
        ),
    )


def _rarity(found: Scenario) -> Section:
    return Section(
        "How rare is this?",
        (Block("note", found.rare), Block("facts", items=(*found.rarity, *_ABOUT_SIMULATION))),
    )


# ---- the logbook


#: What is practised at a real chair, under eyes: sections of the order set.
_AT_THE_CHAIR = ("Before", "Infusion", "After", "Distress", "Suicide risk", "Any emergency")
#: The same for drug and paper, by row of the evidence table.
_DRUG_AND_PAPER = ("mon-cd-one-vial", "mon-cd-witness", "mon-order-handover", "mon-order-chart")
_LEVELS = (
    "S: saw it done",
    "H: did it with help",
    "W: did it while the supervisor watched",
    "N: supervisor near, looked afterwards",
)


def _logbook(copy: str) -> Sheet:
    return Sheet(
        key=LOGBOOK,
        copy=copy,
        title="Logbook of supervised practice",
        subtitle="Monitoring ketamine infusions for depression",
        sections=(
            _whose_book(),
            _practised(),
            _chair(),
            _thought(),
            _closing(),
        ),
    )


def _whose_book() -> Section:
    return Section(
        "Whose book this is",
        (
            Block(
                "table",
                rows=tuple(
                    (each, "")
                    for each in ("Name", "Profession", "Clinic", "Supervisor", "From, to")
                ),
            ),
            Block(
                "note",
                "No names, dates of birth, numbers or other marks of patients in this book. It "
                "belongs to the trainee and stays with the trainee.",
            ),
            Block("facts", items=_ABOUT_SIMULATION),
            Block(
                "ticks",
                "Before the first day at a chair",
                items=(
                    "Read our clinic’s own order set; asked what I did not understand.",
                    "Know whom I call, how, and what I say first.",
                    "Shown where oxygen, suction, bag and mask, and the defibrillator are.",
                    "Shown how our pump is set, paused and stopped.",
                    "Shown how controlled drugs are drawn up, witnessed and balanced here.",
                ),
            ),
        ),
    )


def _practised() -> Section:
    rows = tuple(
        (f"{each.number}. {each.title}{' (drill)' if each.drill else ''}", *([""] * 4))
        for each in SCENARIOS.values()
        if each.number
    )
    return Section(
        "Exercises",
        (
            Block(
                "text",
                "The course’s ten scenarios. The simulator counts as practice, the room as more "
                "practice; neither counts as a patient.",
            ),
            Block(
                "table",
                header=(
                    "Scenario",
                    "Simulator: dates",
                    "In our room: dates",
                    "My role",
                    "Supervisor’s initials",
                ),
                rows=rows,
            ),
        ),
        new_page=True,
    )


def _chair() -> Section:
    tables = [
        Block(
            "table",
            name,
            header=("What", *_THREE_TIMES),
            rows=tuple((each.text, "", "", "") for each in order_set(name)),
        )
        for name in _AT_THE_CHAIR
    ]
    return Section(
        "At a real chair, under supervision",
        (
            Block("note", f"In each box date, level and initials. {'; '.join(_LEVELS)}."),
            Block(
                "text",
                "The lines are those of the course’s fictional order set: cross out what your own "
                "says differently, and write beside it what yours says.",
            ),
            *tables,
            Block(
                "table",
                "Drug and paper",
                header=("What", *_THREE_TIMES),
                rows=tuple((f"{_statement(each)}.", "", "", "") for each in _DRUG_AND_PAPER),
            ),
        ),
        new_page=True,
    )


_THREE_TIMES = ("First", "Second", "Third")


def _thought() -> Section:
    questions = (
        "What happened, without anything that points to a person",
        "What I noticed late, and what would have shown it earlier",
        "What the order set said, and what I did",
        "What I asked, and what my supervisor answered",
        "What I do next",
    )
    return Section(
        "Thinking it over",
        (
            Block("text", "Copy this page as often as needed."),
            *(Block("lines", each, count=4) for each in questions),
        ),
        new_page=True,
    )


def _closing() -> Section:
    return Section(
        "At the end of the supervised time",
        (
            Block(
                "note",
                "A full book shows what was practised, not what somebody can do. What may be done "
                "without supervision is written by the service, in its own form.",
            ),
            Block("lines", "Supervisor: what I saw, in my own words", count=5),
            Block("lines", "Agreed: to be practised further, with whom, until when", count=3),
            Block(
                "table",
                header=("Who", "Date", "Signature"),
                rows=(("Trainee", "", ""), ("Supervisor", "", "")),
            ),
        ),
        new_page=True,
    )
