"""Rules about questions and their feedback: fair to answer, useful to have answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from trd.lint.document import Cell, item_of
from trd.lint.numbers import value_of
from trd.lint.registry import Fault, rule
from trd.quiz.items import Item

WHY_WORDS = (15, 60)
VIGNETTE_WORDS = (40, 150)
CHOICES = (3, 5)
ROWS = (3, 7)
_CHOOSING = ("single_best", "multiple_response")
_ABSOLUTE = re.compile(r"\b(?:always|never|only|(?<!at )all|must)\b", re.IGNORECASE)
_VAGUE = re.compile(r"\b(?:[Oo]ften|[Uu]sually|[Rr]arely|may|[Ff]requently|May(?! \d))\b")
_ABOVE = re.compile(
    r"\b(?:all|none|both|neither|any) of (?:the|these|those)(?: (?:above|options|answers))?\W*$"
    r"|\bof the above\b|^(?:both )?[A-E] and [A-E]\b",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"\b(?:NOT|LEAST|EXCEPT|FALSE)\b")
_NEGATIVE = re.compile(
    r"\b(?:except|least (?:likely|appropriate|suitable|useful|correct))\b"
    r"|^which\b(?:(?!\b(?:that|who|whose)\b).)*\b(?:not|cannot|false|incorrect)\b",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"(?:.*-)?(?:correct|incorrect|distractor|decoy)(?:-.*)?|right|wrong|key|answer|best|good|bad"
)
_POSITION = re.compile(r"(?:option|opt|choice|answer|item|prompt|row)?-?(?:[a-h]|\d{1,2})")
_QUANTITY = re.compile(
    r"(?P<number>[-−]?\d[\d,\u202f\u2009]*(?:\.\d+)?)(?:\s*(?:-|–|to)\s*\d[\d.,]*)?\s*"
    r"(?P<unit>[^\d\s.,;()]\S*(?: \S+){0,2})?"
)


def _span(low_high: tuple[int, int]) -> str:
    return f"{low_high[0]} to {low_high[1]}"


def _key_ids(item: Item) -> set[str]:
    key = item.secret.key if item.secret else None
    if item.kind == "single_best":
        return {str(key)}
    return set(key) if item.kind == "multiple_response" and isinstance(key, list | tuple) else set()


def _whys(item: Item) -> dict[str, str]:
    if item.secret is None:
        return {}
    why = item.secret.why
    if isinstance(why, str):
        return {"the item": why} if why else {}
    return {f"“{name}”": str(text) for name, text in why.items()}


@rule(
    "lead-in-question",
    "item",
    reason="A question that can be answered with the options covered tests knowledge.",
    mend="End the stem with a question mark; “(Choose all that apply.)” may follow it.",
)
def lead_in_question(cell: Cell) -> Iterator[Fault]:
    """Find stems that do not end with a question."""
    item = item_of(cell)
    stem = re.sub(r"\s*\([^()]*\)\s*$", "", item.stem.strip())
    if item.kind != "simulation" and not stem.endswith("?"):
        yield Fault("The stem does not end with a question.")


@rule(
    "no-negative",
    "item",
    reason="Under time pressure readers miss a NOT or EXCEPT: it tests reading, not knowledge.",
    mend="Ask for what is right, or ask all that apply.",
)
def no_negative(cell: Cell) -> Iterator[Fault]:
    """Find lead-ins that ask for the exception."""
    # The lead-in is the last sentence of the stem.
    lead_in = re.split(r"(?<=[.!])\s+(?=[A-Z])", item_of(cell).stem.strip())[-1]
    if _SHOUTED.search(lead_in) or _NEGATIVE.search(lead_in):
        yield Fault(f"The lead-in asks for the exception: “{lead_in}”.")


@rule(
    "option-count",
    "item",
    reason="More than a handful of options adds weak ones; two can be guessed.",
    mend="Keep three to five options (three to seven rows to order or match).",
)
def option_count(cell: Cell) -> Iterator[Fault]:
    """Three to five options; three to seven rows to order or match."""
    item = item_of(cell)
    bounds = CHOICES if item.kind in _CHOOSING else ROWS
    counts = {
        "single_best": [item.options],
        "multiple_response": [item.options],
        "ordering": [item.options],
        "matching": [item.prompts],
    }.get(item.kind, [])
    for entries in counts:
        if not bounds[0] <= len(entries) <= bounds[1]:
            yield Fault(f"The item has {len(entries)} entries; {_span(bounds)} is the measure.")


def _matches(item: Item, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    # The steps of an ordering item are all part of the answer, so no word can give one away.
    if item.kind != "ordering":
        for text in item.options.values():
            if match := pattern.search(text):
                yield text, match.group()


@rule(
    "no-absolutes",
    "item",
    reason="Test-wise readers strike out options with always, never, only, all, must.",
    mend="State the condition instead, or choose a plausible wrong answer without the word.",
)
def no_absolutes(cell: Cell) -> Iterator[Fault]:
    """Options hold no absolutes."""
    for text, word in _matches(item_of(cell), _ABSOLUTE):
        if not _ABOVE.search(text):
            yield Fault(f"The option “{text}” holds “{word}”.")


@rule(
    "no-vague",
    "item",
    reason="“Often” and “may” mean a different share to every reader.",
    mend="Give the number, or say it without the word.",
)
def no_vague(cell: Cell) -> Iterator[Fault]:
    """Options hold no vague frequencies."""
    for text, word in _matches(item_of(cell), _VAGUE):
        yield Fault(f"The option “{text}” holds “{word}”.")


@rule(
    "no-above",
    "item",
    reason="“All of the above” can be chosen by knowing two of the options.",
    mend="Replace it by a real option, or ask all that apply.",
)
def no_above(cell: Cell) -> Iterator[Fault]:
    """No option refers to the other options."""
    for text, _ in _matches(item_of(cell), _ABOVE):
        yield Fault(f"The option “{text}” refers to the other options.")


@rule(
    "key-length",
    "item",
    reason="Test-wise readers pick the longest option.",
    mend="Shorten the best answer, or write the others as fully.",
)
def key_length(cell: Cell) -> Iterator[Fault]:
    """Find keys that stand out as the longest option."""
    item = item_of(cell)
    keys = _key_ids(item)
    right = [len(text) for name, text in item.options.items() if name in keys]
    wrong = [len(text) for name, text in item.options.items() if name not in keys]
    if not right or not wrong:
        return
    mean = sum(right + wrong) / len(right + wrong)
    # A few letters between short options (None, One, Three) tell nobody anything.
    longest = min(right) - max(wrong)
    if longest > 5 and (min(right) > 1.15 * max(wrong) or min(right) > 1.25 * mean):
        yield Fault(
            f"The best answer stands out by its length: {min(right)} characters, the longest "
            f"other option {max(wrong)}."
        )


def _sizes(item: Item) -> list[re.Match[str]]:
    """Return the options that are numbers with units, if they are what is compared."""
    found = [_QUANTITY.fullmatch(text.strip().rstrip(".")) for text in item.options.values()]
    quantities = [match for match in found if match]
    return quantities if len(quantities) >= 3 or len(quantities) == len(found) else []


@rule(
    "number-options",
    "item",
    reason="Numbers in one unit, one form and in order are compared, not puzzled over.",
    mend="Use one unit and as many decimals everywhere, sort by size, and leave shuffle off.",
)
def number_options(cell: Cell) -> Iterator[Fault]:
    """Numeric options share unit and decimals and are sorted."""
    item = item_of(cell)
    quantities = _sizes(item) if item.kind in _CHOOSING else []
    if not quantities:
        return
    units = {(match["unit"] or "").strip().rstrip("s") for match in quantities}
    written = [match["number"].replace("−", "-").rstrip(",") for match in quantities]
    sizes: list[Decimal] = [-value_of(n[1:]) if n[0] == "-" else value_of(n) for n in written]
    if len(units) > 1:
        yield Fault(f"The options use several units: {', '.join(sorted(units))}.")
    if len({len(number.partition(".")[2]) for number in written}) > 1:
        yield Fault("The options differ in their number of decimals.")
    if sizes not in (sorted(sizes), sorted(sizes, reverse=True)):
        yield Fault("The options are not sorted by size.")
    if item.shuffle:
        yield Fault("Numbers in order would be shuffled.")


@rule(
    "shuffled-ticks",
    "item",
    reason="“One, three and five” is passed on in a word, to people who never read the case.",
    mend="Add shuffle=True: each trainee then sees the options in an order of their own.",
)
def shuffled_ticks(cell: Cell) -> Iterator[Fault]:
    """Options of a graded all-that-apply item stand in no fixed order, unless they are sizes."""
    item = item_of(cell)
    if item.kind != "multiple_response" or _sizes(item):
        return
    if item.points and not item.shuffle:
        yield Fault("Everybody sees the options in the same order.")


@rule(
    "display-order",
    "item",
    reason="Rows already in the right order give the answer away, in the released file too.",
    mend="Write the options in another order than the key.",
    waivable=False,
)
def display_order(cell: Cell) -> Iterator[Fault]:
    """Ordering and matching options are not in key order."""
    item = item_of(cell)
    if item.secret is None:
        return
    shown = list(item.options)
    if item.kind == "ordering" and shown == list(item.secret.key):
        yield Fault("The options stand in the right order already.")
    if item.kind == "matching":
        partners = list(dict.fromkeys(item.secret.key[prompt] for prompt in item.prompts))
        if partners == [name for name in shown if name in partners]:
            yield Fault("The options stand in the order of the prompts they belong to.")


@rule(
    "option-ids",
    "item",
    reason="Ids are recorded as answers and are released: names stay right when options move.",
    mend="Name each option by what it says, e.g. “two-trials”.",
)
def option_ids(cell: Cell) -> Iterator[Fault]:
    """Option ids are names: no positions, nothing that gives the key away."""
    item = item_of(cell)
    for name in (*item.options, *item.prompts):
        if _TELLING.fullmatch(name):
            yield Fault(f"The option id “{name}” gives the answer away.")
        elif _POSITION.fullmatch(name):
            yield Fault(f"The option id “{name}” is a position, not a name.")


@rule(
    "vignette-length",
    "item",
    reason="A case in few words lacks what one decides by; a long one tests patience.",
    mend="Write 40 to 150 words, or put a longer history in a cell of kind case.",
)
def vignette_length(cell: Cell) -> Iterator[Fault]:
    """Vignettes have 40 to 150 words."""
    words = len(str(item_of(cell).vignette).split())
    if words and not VIGNETTE_WORDS[0] <= words <= VIGNETTE_WORDS[1]:
        yield Fault(f"The vignette has {words} words; {_span(VIGNETTE_WORDS)} is the measure.")


@rule(
    "why-complete",
    "item",
    reason="Whoever picked an option learns from the reason for that option.",
    mend="Give `why` one text for every option (for every prompt of a matching item).",
)
def why_complete(cell: Cell) -> Iterator[Fault]:
    """Every option or prompt has a rationale."""
    item = item_of(cell)
    if item.secret is None:
        return
    why = item.secret.why
    wanted = item.prompts if item.kind == "matching" else item.options
    if isinstance(why, str):
        if wanted or not why.strip():
            yield Fault("The item does not explain its options one by one.")
        return
    missing = [name for name in wanted if not str(why.get(name, "")).strip()]
    if missing:
        yield Fault(f"No reason is given for: {', '.join(missing)}.")
    if not wanted and not why:
        yield Fault("The item does not explain its answer.")


@rule(
    "why-length",
    "item",
    reason="Under 15 words no misconception is named; over 60 nobody reads on.",
    mend="Name the misconception (for the key, the reasoning) in 15 to 60 words.",
)
def why_length(cell: Cell) -> Iterator[Fault]:
    """Rationales have 15 to 60 words."""
    for name, text in _whys(item_of(cell)).items():
        words = len(text.split())
        if words and not WHY_WORDS[0] <= words <= WHY_WORDS[1]:
            yield Fault(f"The reason for {name} has {words} words; {_span(WHY_WORDS)} is asked.")


@rule(
    "why-says-why",
    "item",
    reason="“Wrong.” teaches nothing; the verdict is shown anyway.",
    mend="Begin with the misconception or the reasoning, and write each one for its own option.",
)
def why_says_why(cell: Cell) -> Iterator[Fault]:
    """Rationales do not begin with a verdict and are not copies of each other."""
    whys = _whys(item_of(cell))
    for name, text in whys.items():
        if match := re.match(
            r"\W*(correct|incorrect|right|wrong)\b\s*[.!:,;–—]",
            text,
            re.IGNORECASE,
        ):
            yield Fault(f"The reason for {name} begins with the verdict “{match[1]}”.")
    for text, count in Counter(whys.values()).items():
        if text and count > 1:
            yield Fault(f"{count} options share one reason: “{text[:50]} …”.")


@rule(
    "item-cites",
    "item",
    reason="A reader who doubts the key can look it up; a key never rests on hearsay alone.",
    mend="List keys of assets/references.bib in cite, at least one of a source that was read.",
)
def item_cites(cell: Cell) -> Iterator[Fault]:
    """Items cite known sources, at least one of them read first-hand."""
    item = item_of(cell)
    known = cell.notebook.project.sources.references
    if item.secret is None or known is None:
        return
    if not item.secret.cite:
        yield Fault("The item cites no source.")
        return
    cited = [str(key) for key in item.secret.cite]
    unknown = [key for key in cited if key not in known]
    if unknown:
        yield Fault(f"assets/references.bib has no entry {', '.join(unknown)}.")
    elif not any(known[key].primary for key in cited):
        yield Fault("No source cited was read first-hand.")
