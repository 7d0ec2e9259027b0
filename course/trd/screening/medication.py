"""A medication list before an infusion: what each drug does, how well that is known, what to do.

The table of drugs is that of `interactions`; this module says which evidence belongs to which
single drug, so that a finding about one member of a class is not lent to the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.screening.candidate import Candidate
from trd.screening.evidence import EvidenceRow, evidence_rows
from trd.screening.interactions import Interaction, find_interaction, interactions
from trd.screening.rule import Screening, screen

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "seizure": "Seizure threshold",
        "pressure": "Pulse and blood pressure",
        "sedation": "Sedation and breathing",
        "level": "Level of ketamine",
        "benefit": "Antidepressant benefit",
        "dissociation": "Dissociation",
        "none": "Nothing found that changes the plan",
        "open": "Nothing found either way",
    }
)
"""What a drug may act on: four different questions that “an interaction” runs together."""

WAITS, ACTS, NOT_ASSESSED, NOTED, GOES_ON = "waits", "acts", "not-assessed", "noted", "goes-on"
RANKS: Mapping[str, str] = MappingProxyType(
    {
        WAITS: "The dose waits",
        ACTS: "Calls for action around the infusion",
        NOT_ASSESSED: "Not assessed here",
        NOTED: "Goes on, noted in the plan",
        GOES_ON: "Goes on as it is",
    }
)
"""From the worst to the mildest. A drug nobody has looked up stands above one known to be mild."""

MOST = 25
"""So many drugs a list may hold."""


@dataclass(frozen=True)
class Finding:
    """One thing that was seen, asked for, or is commonly said.

    Attributes
    ----------
    says : str
    rows : tuple of EvidenceRow
        Rows of ``assets/evidence/screening.csv`` behind it.
    """

    says: str
    rows: tuple[EvidenceRow, ...]

    @property
    def checked(self) -> bool:
        """False when it is commonly quoted and was not checked."""
        return all(row.status != "from-knowledge" for row in self.rows)


@dataclass(frozen=True)
class Profile:
    """What is known of one drug.

    Attributes
    ----------
    kinds : tuple of str
        Keys of `KINDS`.
    rank : str
        Key of `RANKS`, before anything about the person is known.
    speaks_for, speaks_against : tuple of Finding
        For and against an effect that matters.
    action : str
        What this course does: a convention.
    action_rows : tuple of EvidenceRow
    note : str
        What a reader should not conclude; empty when there is nothing to say.
    """

    kinds: tuple[str, ...]
    rank: str
    speaks_for: tuple[Finding, ...]
    speaks_against: tuple[Finding, ...]
    action: str
    action_rows: tuple[EvidenceRow, ...]
    note: str = ""


@dataclass(frozen=True)
class Exposure:
    """How one drug changed the exposure (area under the curve) to ketamine, by one route.

    Attributes
    ----------
    drug : str
    route : {"mouth", "vein"}
    ratio : float or None
        Exposure with the drug divided by exposure without; None when no figure was given.
    row : EvidenceRow
    """

    drug: str
    route: str
    ratio: float | None
    row: EvidenceRow


def _rows(names: str) -> tuple[EvidenceRow, ...]:
    table = evidence_rows()
    return tuple(table[f"screen-ix-{name}"] for name in names.split())


def _finding(says: str, names: str) -> Finding:
    return Finding(says, _rows(names))


SSRIS = ("citalopram", "escitalopram", "fluoxetine", "fluvoxamine", "paroxetine", "sertraline")
OPIOIDS = (
    "buprenorphine",
    "codeine",
    "hydrocodone",
    "methadone",
    "morphine",
    "opioid",
    "oxycodone",
    "tramadol",
)
_EXPOSURES: tuple[tuple[str, str, str], ...] = (
    ("grapefruit juice", "mouth", "grapefruit"),
    ("clarithromycin", "mouth", "clarithromycin"),
    ("ticlopidine", "mouth", "ticlopidine"),
    ("itraconazole", "mouth", "itraconazole"),
    ("st john's wort", "mouth", "stjohn"),
    ("rifampicin", "mouth", "rifampicin-oral"),
    ("rifampicin", "vein", "rifampicin-iv"),
)


def _ratio(row: EvidenceRow) -> float | None:
    if not row.value:
        return None
    return float(row.value) if row.unit == "fold" else round(1 + float(row.value) / 100, 4)


@cache
def exposures() -> tuple[Exposure, ...]:
    """Return every measured change of exposure, from the largest rise to the largest fall."""
    return tuple(
        Exposure(drug, route, _ratio(row), row)
        for drug, route, name in _EXPOSURES
        for row in _rows(name)
    )


_SAME = {"grapefruit": "grapefruit juice", "rifampin": "rifampicin"}
"""Two names of one thing."""


def exposures_of(drug: str) -> tuple[Exposure, ...]:
    """Return the measured changes of exposure of one drug, by its name in the table."""
    return tuple(found for found in exposures() if found.drug == _SAME.get(drug, drug))


def _benzodiazepine() -> Profile:
    return Profile(
        ("benefit", "sedation"),
        ACTS,
        (
            _finding("A review: a repeated sign of a shorter or smaller effect.", "benzo-review"),
            _finding(
                "More than 8 mg a day in diazepam equivalents told people without response apart "
                "(n = 47; sensitivity 80 %, specificity 85 %); observational, and anxiety "
                "confounds.",
                "benzo-dose benzo-sensitivity benzo-specificity",
            ),
            _finding(
                "A randomised trial (n = 99), looked at afterwards: less effect on day 1 with "
                "higher doses.",
                "benzo-trial",
            ),
            _finding(
                "On breathing: labels say that sedatives deepen sedation.", "depressant-label"
            ),
        ),
        (
            _finding("The same trial (n = 99): not on day 3.", "benzo-trial"),
            _finding(
                "Pooled esketamine trials of the sponsor: no difference (309 of 451 people took "
                "one; none from 8 hours before to 4 hours after the first dose).",
                "benzo-esketamine",
            ),
        ),
        "No contraindication. Leave out that morning’s dose if safe; only a slow taper; never stop "
        "abruptly.",
        _rows("benzo-action benzo-rule"),
    )


def _naltrexone() -> Profile:
    return Profile(
        ("benefit",),
        NOTED,
        (
            _finding(
                "An interim report of a crossover trial: 50 mg before the infusion weakened the "
                "effect (12 completers of 30 planned).",
                "naltrexone-block",
            ),
        ),
        (
            _finding(
                "A randomised trial in depression with alcohol use disorder: 380 mg into the "
                "muscle, no difference between groups (n = 65).",
                "naltrexone-trial",
            ),
        ),
        "Do not stop it for ketamine.",
        _rows("naltrexone-action"),
    )


def _lamotrigine() -> Profile:
    return Profile(
        ("benefit",),
        NOTED,
        (_finding("A review: 2 of 5 studies point to a smaller effect.", "lamotrigine"),),
        (
            _finding(
                "The same review: the other 3 of those 5 studies do not (5 − 2).", "lamotrigine"
            ),
        ),
        "Continue; note it.",
        _rows("lamotrigine-action"),
    )


def _maoi(drug: str) -> Profile:
    note = "A small series of nasal esketamine; not to be called safe."
    if drug not in ("tranylcypromine", "monoamine oxidase inhibitor"):
        note += f" Nothing was found on {drug} itself."
    return Profile(
        ("pressure",),
        WAITS,
        (
            _finding(
                "43 people had 509 doses of nasal esketamine, 14 of them on tranylcypromine: "
                "their mean rise was larger and rose with its dose.",
                "maoi-doses",
            ),
            _finding("The US esketamine label: watch the pressure closely.", "maoi-label"),
        ),
        (_finding("No hypertensive crisis in those 509 doses.", "maoi-doses"),),
        "A written blood pressure plan first, a reading every 5 min; never start one ad hoc.",
        _rows("maoi-action"),
        note,
    )


def _stimulant() -> Profile:
    return Profile(
        ("pressure",),
        ACTS,
        (
            _finding(
                "The US esketamine label: watch the pressure closely with psychostimulants, "
                "modafinil and armodafinil.",
                "stimulant-label",
            ),
        ),
        (),
        "Hold that morning.",
        _rows("stimulant-action"),
    )


def _sedative(drug: str) -> Profile:
    action = "Lowest dose."
    note = ""
    if drug == "alcohol":
        action = "No alcohol for 24 h before."
    elif drug in OPIOIDS:
        action = "Capnography; lowest dose."
        note = "Capnography measures the breath’s carbon dioxide and so shows slow breathing early."
    elif drug not in ("zolpidem", "zopiclone"):
        note = f"The labels name sedatives as a group; nothing was found on {drug} itself."
    return Profile(
        ("sedation",),
        ACTS,
        (
            _finding(
                "US labels: drugs that depress the central nervous system deepen sedation "
                "(opioids, alcohol, sedatives).",
                "depressant-label",
            ),
        ),
        (),
        action,
        _rows("depressant-action"),
        note,
    )


def _theophylline() -> Profile:
    return Profile(
        ("seizure",),
        WAITS,
        (
            _finding(
                "The US ketamine label: do not give together; the seizure threshold may fall.",
                "theophylline",
            ),
        ),
        (),
        "Switch it first; the dose waits until then.",
        _rows("theophylline-action"),
    )


def _cocaine() -> Profile:
    return Profile(
        ("pressure",),
        ACTS,
        (_finding("It adds to the rise of blood pressure.", "cocaine"),),
        (),
        "Avoid; urine drug screen.",
        (),
    )


def _sympathomimetic() -> Profile:
    return Profile(
        ("pressure",),
        ACTS,
        (
            _finding(
                "The US ketamine label on sympathomimetics and vasopressin: watch vital signs "
                "closely, adjust the dose.",
                "pressor",
            ),
        ),
        (),
        "Avoid.",
        (),
    )


def _inhibitor(drug: str) -> Profile:
    name, fold = {
        "clarithromycin": ("clarithromycin", "2.6"),
        "ticlopidine": ("ticlopidine", "2.4"),
    }.get(drug, ("grapefruit", "3.0"))
    return Profile(
        ("level",),
        ACTS,
        (_finding(f"Exposure to S-ketamine by mouth rose {fold}-fold.", name),),
        (),
        "Start lower or watch longer.",
        _rows("inhibitor-action"),
        "No trial of an inhibitor with ketamine by vein was seen: the size there is unknown.",
    )


def _itraconazole() -> Profile:
    return Profile(
        ("none",),
        NOTED,
        (),
        (_finding("Exposure to S-ketamine by mouth did not rise.", "itraconazole"),),
        "Note it.",
        (),
        "Other azoles are not assessed here.",
    )


def _inducer(drug: str) -> Profile:
    speaks_for: tuple[Finding, ...]
    speaks_against: tuple[Finding, ...] = ()
    note = ""
    if drug == "carbamazepine":
        speaks_for = (_finding("It lowers exposure.", "carbamazepine"),)
        note = "Expected from what it does to other drugs; no figure here."
    elif drug == "st john's wort":
        speaks_for = (_finding("Exposure to ketamine by mouth fell by 58 %.", "stjohn"),)
        note = "No figure by vein here."
    else:
        speaks_for = (_finding("Exposure to ketamine by mouth fell by 86 %.", "rifampicin-oral"),)
        speaks_against = (_finding("By vein it fell by 14 % only.", "rifampicin-iv"),)
    return Profile(
        ("level",),
        NOTED,
        speaks_for,
        speaks_against,
        "By vein little change is expected; do not chase the dose.",
        _rows("inducer-action"),
        note,
    )


def _antipsychotic(drug: str) -> Profile:
    blunts = _finding(
        "A review, evidence of low quality: clozapine, risperidone and haloperidol may blunt some "
        "effects.",
        "antipsychotics",
    )
    none = _finding("A review, evidence of low quality: olanzapine did not.", "antipsychotics")
    kinds: tuple[str, ...]
    speaks_for: tuple[Finding, ...]
    speaks_against: tuple[Finding, ...]
    if drug == "olanzapine":
        kinds, speaks_for, speaks_against = ("none",), (), (none,)
    elif drug == "antipsychotic":
        kinds, speaks_for, speaks_against = ("benefit",), (blunts,), (none,)
    else:
        kinds, speaks_for, speaks_against = ("benefit",), (blunts,), ()
    return Profile(
        kinds,
        GOES_ON,
        speaks_for,
        speaks_against,
        "Continue.",
        _rows("continue"),
        "It depends on the drug: name it." if drug == "antipsychotic" else "",
    )


def _antidepressant(drug: str) -> Profile:
    compatible = _finding("A review: generally compatible.", "antidepressants")
    ssri = drug in (*SSRIS, "ssri")
    peaks = _finding(
        "People on an SSRI had higher blood pressure peaks in one series (n = 49).",
        "ssri-pressure",
    )
    return Profile(
        ("pressure",) if ssri else ("none",),
        GOES_ON,
        (peaks,) if ssri else (),
        (compatible,),
        "Continue.",
        _rows("continue"),
    )


def _mood_stabiliser(drug: str) -> Profile:
    if drug == "lithium":
        return Profile(
            ("none",),
            GOES_ON,
            (),
            (_finding("A review: no significant interaction found.", "lithium"),),
            "Continue: cover in bipolar disorder.",
            _rows("valproate"),
        )
    return Profile(
        ("open",),
        GOES_ON,
        (),
        (),
        "Continue: cover in bipolar disorder.",
        _rows("valproate"),
        "Nothing was found on valproate itself; the review that cleared lithium does not speak "
        "for it.",
    )


def _recreational() -> Profile:
    return Profile(
        ("dissociation",),
        ACTS,
        (_finding("Dissociation adds up.", "cannabis-effect"),),
        (),
        "None for at least 24 to 72 h.",
        _rows("cannabis-action"),
    )


@cache
def profile(drug: str) -> Profile:
    """Return what is known of one drug of the table.

    Parameters
    ----------
    drug : str
        A name of `interactions`, in lower case.

    Raises
    ------
    ValueError
        If the table does not hold it.
    """
    found = find_interaction(drug)
    if found is None:
        raise ValueError(f"{drug!r} is not assessed here.")
    by_class = {
        "benzodiazepines": lambda: _benzodiazepine(),
        "lamotrigine": lambda: _lamotrigine(),
        "lithium-valproate": lambda: _mood_stabiliser(drug),
        "maoi": lambda: _maoi(drug),
        "stimulants": lambda: _stimulant(),
        "sedatives": lambda: _sedative(drug),
        "theophylline": lambda: _theophylline(),
        "sympathomimetics": lambda: _sympathomimetic(),
        "cocaine": lambda: _cocaine(),
        "cyp-inhibitors": lambda: _inhibitor(drug),
        "itraconazole": lambda: _itraconazole(),
        "cyp-inducers": lambda: _inducer(drug),
        "carbamazepine": lambda: _inducer(drug),
        "antipsychotics": lambda: _antipsychotic(drug),
        "antidepressants": lambda: _antidepressant(drug),
        "naltrexone": lambda: _naltrexone(),
        "cannabis-psychedelics": lambda: _recreational(),
    }
    return by_class[found.key]()


# Names


_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "st johns wort": "st john's wort",
        "st. john's wort": "st john's wort",
        "saint john's wort": "st john's wort",
        "hypericum": "st john's wort",
        "lisdexamphetamine": "lisdexamfetamine",
        "valproic acid": "valproate",
        "divalproex sodium": "divalproex",
        "lithium carbonate": "lithium",
        "marijuana": "cannabis",
        "magic mushrooms": "psilocybin",
        "wine": "alcohol",
        "beer": "alcohol",
        "ethanol": "alcohol",
        "maoi": "monoamine oxidase inhibitor",
        "mao inhibitor": "monoamine oxidase inhibitor",
    }
)
"""Other spellings of exactly the same thing; never a guess."""

LOOK_ALIKES: frozenset[str] = frozenset(
    {
        "bromazepam",
        "chlorpromazine",
        "clobazam",
        "clonidine",
        "clorazepate",
        "cyproheptadine",
        "dapoxetine",
        "desipramine",
        "dihydrocodeine",
        "ephedra",
        "flunitrazepam",
        "fluphenazine",
        "flurazepam",
        "hydralazine",
        "hydromorphone",
        "iloperidone",
        "ketoconazole",
        "levomilnacipran",
        "lofepramine",
        "loprazolam",
        "lormetazepam",
        "melperone",
        "mianserin",
        "midazolam",
        "milnacipran",
        "nalmefene",
        "naloxone",
        "nitrazepam",
        "nefazodone",
        "norepinephrine",
        "oxcarbazepine",
        "oxymorphone",
        "paliperidone",
        "perphenazine",
        "phenytoin",
        "prazepam",
        "promazine",
        "protriptyline",
        "quazepam",
        "reboxetine",
        "rifabutin",
        "rifapentine",
        "rifaximin",
        "tapentadol",
        "terlipressin",
        "trimipramine",
        "trimeprazine",
        "vilazodone",
        "vortioxetine",
        "zaleplon",
    }
)
"""Other drugs whose names look like one in the table: for these no spelling is offered."""

_FORMS = (
    "capsule capsules drops injection injections modified monthly night nightly od bd mr xl patch "
    "patches prn release spray tablet tablets tds weekly daily morning evening once twice a day at "
    "er sr xr mg"
)


def canonical(typed: str) -> str:
    """Return a typed name as the table writes names: without case, dose, form or plural.

    Parameters
    ----------
    typed : str
        E.g. ``"Clonazepam 0.5 mg bd"``.
    """
    text = " ".join(typed.lower().replace("’", "'").split())
    # The dose and all that follows it is not part of the name.
    text = re.sub(r"\s+[\d(].*$", "", text)
    words = text.split()
    while len(words) > 1 and words[-1].strip(".,") in _FORMS.split():
        words.pop()
    text = " ".join(words).strip(" .")
    if text in _ALIASES:
        return _ALIASES[text]
    singular = text.removesuffix("s")
    if singular in _ALIASES:
        return _ALIASES[singular]
    return singular if find_interaction(text) is None and find_interaction(singular) else text


@cache
def known_names() -> tuple[str, ...]:
    """Return every name of the table in alphabetical order."""
    return tuple(sorted(name for found in interactions() for name in found.drugs))


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, dropped, changed or swapped with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@cache
def suggestion(typed: str) -> str:
    """Return the one name of the table that a misspelt name may mean; empty when unsure.

    Nothing is put right silently: a reader must choose it. Names of other drugs that look alike
    (`LOOK_ALIKES`) get no suggestion.

    Parameters
    ----------
    typed : str
    """
    name = canonical(typed)
    if len(name) < 6 or find_interaction(name) is not None or name in LOOK_ALIKES:
        return ""
    near = sorted((_distance(name, known), known) for known in known_names() if len(known) > 5)
    allowed = 2 if len(name) >= 9 else 1
    (first, found), (second, other) = near[0], near[1]
    sure = first < second or _SAME.get(found, found) == _SAME.get(other, other)
    return found if first <= allowed and sure else ""


def read_names(text: str) -> tuple[str, ...]:
    """Return the names in a line of text, separated by commas, semicolons or line breaks."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n]", text))
    return tuple(part for part in parts if part)


# The report


@dataclass(frozen=True)
class Line:
    """One drug of a list.

    Attributes
    ----------
    typed, name : str
        As typed, and as the table writes it.
    found : Interaction or None
        None when the course has not assessed it.
    known : Profile or None
    rank : str
        Key of `RANKS`, for this person.
    code : str
        Code of the screening rule that applies; empty when none does.
    action : str
    suggestion : str
        What a misspelt name may mean; empty when unsure.
    """

    typed: str
    name: str
    found: Interaction | None
    known: Profile | None
    rank: str
    code: str
    action: str
    suggestion: str


@dataclass(frozen=True)
class MedicationReport:
    """A list, the worst drug first.

    Attributes
    ----------
    lines : tuple of Line
    not_assessed : tuple of str
        As typed.
    screening : Screening
        What the course's rule says of somebody without any other finding who takes the list.
    together : tuple of (str, tuple of str)
        Kinds on which two or more drugs of the list act, and their names.
    exposures : tuple of Exposure
        Measured changes of exposure of drugs of the list.
    """

    lines: tuple[Line, ...]
    not_assessed: tuple[str, ...]
    screening: Screening
    together: tuple[tuple[str, tuple[str, ...]], ...]
    exposures: tuple[Exposure, ...]


DOSES = ("unknown", "low", "high")
"""A benzodiazepine's daily dose: not known, up to the limit of F2, above it."""

_DOSE_MG = {"unknown": None, "low": 1.0, "high": 400.0}


def medication_report(
    drugs: Iterable[str], benzodiazepine: str = "unknown", maoi_plan: bool = False
) -> MedicationReport:
    """Look up a medication list and order it, the worst first.

    Parameters
    ----------
    drugs : iterable of str
        As typed; at most `MOST`.
    benzodiazepine : {"unknown", "low", "high"}
        Daily dose of a benzodiazepine on the list: up to 8 mg diazepam equivalents, or more.
    maoi_plan : bool
        A written blood pressure plan for a monoamine oxidase inhibitor is on file.

    Raises
    ------
    ValueError
        If an entry is not text, the list is too long, or there is no such dose.

    Notes
    -----
    A drug that is not in the table is *not assessed here*, which is not “no interaction”.
    Each drug is looked up by itself.
    """
    typed = list(drugs)
    if any(not isinstance(each, str) for each in typed):
        raise ValueError("A medication list holds names.")
    if benzodiazepine not in DOSES:
        raise ValueError(f"{benzodiazepine!r} is not one of {', '.join(DOSES)}.")
    names: dict[str, str] = {}
    for each in typed:
        if each.strip():
            names.setdefault(canonical(each), each.strip())
    if len(names) > MOST:
        raise ValueError(f"{len(names)} drugs; a list holds at most {MOST}.")
    lines = [_line(name, written, benzodiazepine, maoi_plan) for name, written in names.items()]
    order = list(RANKS)
    lines.sort(key=lambda line: order.index(line.rank))
    return MedicationReport(
        lines=tuple(lines),
        not_assessed=tuple(line.typed for line in lines if line.found is None),
        screening=screen(_candidate(lines, benzodiazepine, maoi_plan)),
        together=_together(lines),
        exposures=tuple(each for line in lines for each in exposures_of(line.name)),
    )


def _line(name: str, typed: str, benzodiazepine: str, maoi_plan: bool) -> Line:
    found = find_interaction(name)
    if found is None:
        return Line(typed, name, None, None, NOT_ASSESSED, "", "", suggestion(name))
    known = profile(name)
    rank, code, action = known.rank, found.code, known.action
    if found.key == "sedatives" and name not in OPIOIDS:
        code = ""
    if found.key == "maoi" and maoi_plan:
        rank, code = ACTS, "F14"
        action = "Follow the written plan: a reading every 5 min."
    if found.key == "benzodiazepines" and benzodiazepine != "high":
        code = "" if benzodiazepine == "low" else "F2 above 8 mg a day"
    return Line(typed, name, found, known, rank, code, action, "")


def _candidate(lines: Iterable[Line], benzodiazepine: str, maoi_plan: bool) -> Candidate:
    codes = {line.found.key for line in lines if line.found is not None}
    names = {line.name for line in lines}
    maoi = "maoi" in codes
    return Candidate(
        maoi=maoi,
        maoi_plan=maoi and maoi_plan,
        theophylline="theophylline" in codes,
        stimulant="stimulants" in codes,
        opioid=not names.isdisjoint(OPIOIDS),
        naltrexone="naltrexone" in codes,
        lamotrigine="lamotrigine" in codes,
        cyp_interaction=not codes.isdisjoint({"cyp-inhibitors", "cyp-inducers", "carbamazepine"}),
        benzodiazepine_mg_diazepam_eq=(
            _DOSE_MG[benzodiazepine] if "benzodiazepines" in codes else 0
        ),
    )


def _together(lines: Iterable[Line]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    acting: dict[str, list[str]] = {}
    for line in lines:
        for kind in line.known.kinds if line.known is not None else ():
            acting.setdefault(kind, []).append(line.name)
    wanted = ("seizure", "pressure", "sedation", "dissociation", "benefit")
    return tuple((kind, tuple(acting[kind])) for kind in wanted if len(acting.get(kind, ())) > 1)


@dataclass(frozen=True)
class ExampleList:
    """The medication list of an invented person.

    Attributes
    ----------
    key, label : str
    drugs : tuple of str
    """

    key: str
    label: str
    drugs: tuple[str, ...]


EXAMPLES: tuple[ExampleList, ...] = (
    ExampleList(
        "anxiety",
        "K. O., 47: depression and anxiety",
        ("sertraline", "clonazepam", "lamotrigine", "quetiapine", "St John’s wort"),
    ),
    ExampleList(
        "lungs", "N. P., 60: the lungs", ("tranylcypromine", "theophylline", "prednisolone")
    ),
    ExampleList(
        "pain",
        "D. F., 34: attention and pain",
        ("methylphenidate", "oxycodone", "pregabalin", "bupropion"),
    ),
    ExampleList(
        "alcohol",
        "Y. Z., 52: alcohol, in remission",
        ("naltrexone", "mirtazapine", "hydroxyzine", "valproate"),
    ),
    ExampleList(
        "infection",
        "B. T., 29: a chest infection",
        ("clarithromycin", "escitalopram", "pseudoephedrine", "cannabis"),
    ),
    ExampleList(
        "handwriting",
        "H. W., 66: a list by hand",
        ("lamotrigene 100 mg", "rifampcin", "metformin", "olanzapine 5 mg"),
    ),
)
"""Lists of invented people."""
