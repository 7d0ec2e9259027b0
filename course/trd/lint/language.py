"""Rules about wording: how people are spoken of, and sentences the evidence does not bear out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trd.lint.document import Cell, Notebook
from trd.lint.registry import Fault, rule

# Words in quotation marks are somebody else's: a myth, a patient, a term being discussed.
_QUOTED = re.compile(r"“[^”]*”|\"[^\"\n]*\"|‘[^’\n]{3,}’(?!\w)|«[^»]*»")

_PERSON_FIRST = (
    (r"\b(?:commit(?:s|ted|ting)?|commission of) suicide", "died by suicide"),
    (
        r"\b(?:completed|successful|failed|unsuccessful) suicides?\b(?! prevention)",
        "died by suicide, or: survived a suicide attempt",
    ),
    (r"\b(?:failed|unsuccessful|successful) suicide attempts?", "a suicide attempt"),
    (r"\baddicts?\b", "person with addiction"),
    (r"\b(?:drug|substance|alcohol) abusers?\b", "person who uses drugs or alcohol"),
    (r"\balcoholics\b|\b(?:an|the) alcoholic\b(?! \w)", "person with alcohol dependence"),
    (
        r"\b(?:treatment|medication|drug|therapy)[- ‑](?:resistant|refractory) "
        r"(?:patients?|people|persons?|individuals?|wom[ae]n|m[ae]n|cases?|clients?)\b",
        "person with treatment-resistant depression",
    ),
    (
        r"(?<![-‑])\b(?:resistant|refractory) patients?\b",
        "person whose depression has not responded",
    ),
    (
        r"\bfailed (?:patients?|people|persons?)\b|\b(?:patients?|people|persons?|wom[ae]n|m[ae]n|"
        r"participants?|he|she|they|who) (?:has |have |had )?failed(?! attempts?)\b",
        "the treatment did not help",
    ),
    (r"\b(?:treatment|medication) failures\b", "people whom the treatment did not help"),
    (r"\bschizophrenics?\b(?! (?:psychos|symptom|disorder|spectrum))", "person with schizophrenia"),
    (r"\b(?:a|the|many|most) bipolars?\b(?! \w)|\bbipolars\b", "person with bipolar disorder"),
    (
        r"\b(?:bipolar|borderline|psychotic|suicidal|manic|depressive) (?:patients?|people)\b",
        "person with …",
    ),
    (
        r"\bthe (?:severely |clinically )?depressed\b"
        r"(?! (?:mood|phase|state|episode|period|brain|pole|rat|mouse|group|arm))",
        "people with depression",
    ),
    (r"\bdepressed (?:patients?|people|persons?|individuals?)\b", "people with depression"),
    (r"\b(?:depressives|psychotics|manics|diabetics|epileptics|hypertensives)\b", "people with …"),
    (r"\bthe mentally ill\b|\bmental patients?\b", "people with a mental illness"),
    (r"\bsuffer(?:s|ed|ing)? from\b|\bsufferers?\b|\bvictims? of\b", "has, lives with"),
    (r"\bnon-?complian(?:t|ce)\b", "did not take as prescribed; adherence"),
    (r"\bthe elderly\b", "older people"),
)

_DO_NOT_SAY = (
    (
        r"\b(?:TRD|treatment[- ‑]resistant depression) is (?:usually |commonly )?defined as",
        "Say whose definition it is: “The FDA label calls it …”.",
    ),
    (
        r"\btwo[- ]thirds\b[^.]{0,60}\brecover",
        "Say which denominator and what was assumed of people who left.",
    ),
    (
        r"\bSTAR\*D\b[^.]{0,30}\b(?:fraud\w*|debunked|discredited|a hoax|fake)",
        "Say what was asked differently: the disputed figures answer different questions.",
    ),
    (
        r"\b(?:one|a)[- ]third of (?:(?!medicat|treated|on an? )[^.]){0,80}"
        r"\b(?:TRD|treatment[- ‑]resistant)(?:(?!medicat)[^.])*",
        "Add “of those on medication, in one US model”.",
    ),
    (
        r"\bFDA\b[^.]{0,40}\brequires?\b[^.]{0,60}(?:different class|(?:6|six) weeks)",
        "The label asks for neither; name the document that does.",
    ),
    (r"\bATHF(?:-SF)?\b[^.]{0,60}\d\s?mg\b", "The form's doses were not checked; leave them out."),
    (r"\b57\s?(?:%|per cent) of\b[^.]{0,40}\bbipolar", "Leave it out; it is not what was found."),
    (
        r"\b(?:TRD|treatment[- ‑]resistant depression)\b[^.]{0,40}\b(?:raises|increases)\b"
        r"[^.]{0,25}\bmortality",
        "It is not settled; give the study, its comparison and its limits.",
    ),
    (
        r"\b(?:ketamine|ECT)\b(?: \w+){0,2} (?:beats|(?:is|was) (?:better than|superior to)|"
        r"outperforms?)(?: \w+){0,2} (?:ketamine|ECT)\b",
        "Name the trials; they differ in population and point in different directions.",
    ),
    (
        r"\b(?:genotyping|(?:pharmaco)?genetic test\w*|pharmacogen\w+) (?:can |will )?predicts?\b",
        "Say what was tested, against what, and how small the difference was.",
    ),
    (
        r"\b(?:NICE|EMA) (?:says?|said|recommends)\b",
        "Name the document and its date and link to it: “NICE NG222 (2022) recommends …”.",
    ),
    (
        r"\b(?:failed|failure of) (?:to take|an? (?:underdosed|untaken))",
        "A drug not taken, underdosed or stopped early has not been tried.",
    ),
)

# Titles of the ten MADRS items: the wording of the scale is not free.
_SCALE_ITEMS = re.compile(
    r"\b(?:apparent sadness|reported sadness|inner tension|lassitude|inability to feel|"
    r"pessimistic thoughts)\b",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Nurse|Sister)\.? [A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+")


def _own_words(cell: Cell) -> Iterator[str]:
    for text in cell.wording():
        yield _QUOTED.sub(" … ", text.replace("\n", " "))


def _found(pattern: str, text: str) -> list[str]:
    return [match.group().strip() for match in re.finditer(pattern, text, re.IGNORECASE)]


@rule(
    "person-first",
    "words",
    reason="People have an illness; they are not the illness, and treatments fail, not people.",
    mend="Put the person first, e.g. “person with depression”.",
)
def person_first(cell: Cell) -> Iterator[Fault]:
    """People are not called by their illness or blamed for a treatment."""
    for text in _own_words(cell):
        for pattern, better in _PERSON_FIRST:
            for words in _found(pattern, text):
                yield Fault(
                    f"“{words}” is not how the course speaks of people.", None, f"Write: {better}."
                )


@rule(
    "do-not-say",
    "words",
    reason="Some popular sentences go further than the evidence does.",
    mend="Say it as the evidence does, or put it in quotation marks if you discuss the sentence.",
)
def do_not_say(cell: Cell) -> Iterator[Fault]:
    """Sentences the evidence does not bear out; options may hold them as wrong answers."""
    options = set(cell.item.options.values()) if cell.item else set()
    for raw, text in zip(cell.wording(), _own_words(cell), strict=True):
        for pattern, better in _DO_NOT_SAY if raw not in options else ():
            for words in _found(pattern, text):
                yield Fault(f"“{words}” goes further than the evidence.", None, better)


@rule(
    "scale-wording",
    "words",
    reason="The wording of MADRS and QIDS is not free; totals and levels are enough.",
    mend="Give the total or the level; only PHQ-9 items may be shown.",
)
def scale_wording(cell: Cell) -> Iterator[Fault]:
    """No item of a rating scale that is not free to print."""
    for text in cell.wording():
        for words in _SCALE_ITEMS.findall(text):
            yield Fault(f"“{words}” is the wording of a MADRS item.")


@rule(
    "fictional-people",
    "words",
    reason="Cases are made up; a full name might be somebody's.",
    mend="Use a title and an initial: Ms K., Mr O.",
)
def fictional_people(cell: Cell) -> Iterator[Fault]:
    """People in cases have initials only."""
    for text in cell.wording():
        for words in _FULL_NAME.findall(text):
            yield Fault(f"“{words}” could be a real person's name.")


@rule(
    "content-note",
    "notebook",
    reason="A reader should know that suicide is mentioned before meeting it, and where help is.",
    mend="Add a text cell near the top with the words “Content note” and where to find support.",
)
def content_note(notebook: Notebook) -> Iterator[Fault]:
    """Find notebooks that mention suicide with no content note before it."""
    for cell in notebook.cells:
        if cell.is_markdown and "content note" in cell.page.text.lower():
            return
        if any("suicid" in text.lower() for text in cell.wording()):
            yield Fault("Suicide is mentioned here, with no content note before it.", cell.name)
            return
