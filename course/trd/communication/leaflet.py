"""A patient text under a teaching eye: words looked for, words better left out, long sentences.

Nothing here understands a text. It looks for words and says which it found, so that the writer
can judge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Longest text that is looked at, in characters; a leaflet of one page has about 2000.
MOST_CHARACTERS = 6000
#: Fewer words say nothing about how hard a text is to read.
FEWEST_WORDS = 30
#: Words of one's own after which the model text is shown.
ENOUGH_WORDS = 40
#: A sentence with more words than this is long for a leaflet; a convention of this course.
LONG_SENTENCE = 20
#: How many long sentences are shown at most.
MOST_LONG = 5

_I = re.IGNORECASE
# "47 in 100", "53 of the 100", and the other way round, "of 100 people, 47".
_HUNDRED = r"(?:(?:every|the|these|those)\s+)?(?:10|20|100|1,?000)\b(?![.,]\d)"
_MANY = r"\b\d+(?:\.\d+)?"
_IN_HUNDRED = (
    rf"{_MANY}\s+(?:people\s+)?(?:in|of|out of)\s+{_HUNDRED}|"
    rf"\bof\s+{_HUNDRED}[^.!?;:\d]{{0,60}}?{_MANY}|"
    rf"\b(?:in|among)\s+{_HUNDRED}\s+(?:people|patients|adults|persons|men|women)\b"
    rf"[^.!?;:\d]{{0,60}}?{_MANY}"
)
_HARMED = (
    r"\bside[- ]effects?\b|\bdizz\w+\b|\bsick\w*\b|\bnause\w+\b|\bvomit\w*\b|\bdetach\w+\b|"
    r"\b(?:un|not )real\b|\bderealis\w+\b|\bdissociat\w+\b|\bblood pressure\b|\bbladder\b|"
    r"\brisks?\b|\bharm\w*\b"
)
# More that is a harm when a number is given for it.
_ILL = (
    rf"{_HARMED}|\bheadaches?\b|\bafraid\b|\bfear\w*\b|\bfrighten\w*\b|\bpanic\w*\b|"
    r"\banxi\w+\b|\bstrange\b|\bconfus\w+\b|\bhallucinat\w+\b|\bnumb\w*\b|\breactions?\b|"
    r"\bworse\w*\b|\brelaps\w+\b|\bdied\b|\bmisus\w+\b|\burin\w+\b|\bunwell\b"
)
_WELL = (
    r"\bbetter\b|\bhelp(?:s|ed|ing|ful)?\b|\brespon(?:d|se)\w*\b|\bimprov\w+\b|"
    r"\brecover\w*\b|\bremission\b|\bbenefit\w*\b|\brelief\b|\bwork(?:s|ed)\b|"
    r"\b(?:got|get|gets|feel|felt|were|was|are|became|become) (?:\w+ )?well\b"
)


@dataclass(frozen=True)
class Point:
    """Something a person needs before deciding.

    Attributes
    ----------
    id, asks : str
        Name, and the question as the reader of the leaflet would put it.
    looked_for : str
        The words looked for, for the writer.
    pattern : str
        The same as a pattern.
    hint : str
        What to write when it is missing.
    """

    id: str
    asks: str
    looked_for: str
    pattern: str
    hint: str


POINTS: tuple[Point, ...] = (
    Point(
        "off-label",
        "Is this an approved use?",
        "off-label; not licensed, approved or authorised",
        r"\boff[- ‑]label\b|(?:\b(?:not|without)|n[’']t)\b(?:\W+\w+){0,3}\W+"
        r"(?:licen[cs]ed?|approv\w+|authori[sz]ed)\b|\bun(?:approved|licen[cs]ed)\b",
        "Say that the drip is used off-label: the drug is licensed for other things.",
    ),
    Point(
        "alternatives",
        "What else could I do?",
        "ECT, magnetic or rTMS, talking therapy, another tablet, esketamine, waiting, other choice",
        r"\bECT\b|electroconvulsive|\br?TMS\b|\bmagnetic\b|\btalking (?:therapy|treatment)|"
        r"\bpsychotherapy\b|\bCBT\b|\besketamine\b|\b(?:another|other|different) "
        r"(?:tablets?|medicines?|antidepressants?|treatments?|choices|options)\b|"
        r"\bwait(?:ing)?\b|\bdo(?:ing)? nothing\b|\balternatives?\b",
        "Name the other choices, waiting among them.",
    ),
    Point(
        "chance",
        "How likely is it to help?",
        "a number such as “47 in 100” or “of 100 people, 47”, with better, well or helped",
        _IN_HUNDRED,
        "Give the number in 100 who get better.",
    ),
    Point(
        "comparison",
        "Compared with what?",
        "compared, placebo, dummy, a sleepy drug, the other drug, without ketamine",
        r"\bcompar(?:ed|ison)\b|\bplacebo\b|\bdummy\b|\b(?:an)?other (?:drug|medicine|group)\b|"
        r"\bwithout (?:it|ketamine|the (?:drug|drip|infusion))\b|\bmidazolam\b|\bsedative\b|"
        r"\bsalt water\b|\bsaline\b|"
        r"\b(?:sleepy|drowsy|sedating|sleeping|calming|inactive|fake|sham|empty) "
        r"(?:drug|medicine|drip|spray|tablet|pill|infusion)s?\b|"
        r"\b(?:drug|medicine) (?:that|which) (?:\w+ )?makes? (?:\w+ )?(?:drowsy|sleepy)\b",
        "Put the other group’s number beside it.",
    ),
    Point(
        "no-help",
        "How often does it not help?",
        "did not, does not, will not or no … help, better; “53 of the 100 did not”",
        r"(?:\b(?:not|no|without)|n[’']t)\b(?:\W+\w+){0,5}\W+(?:help\w*|better|respond\w*|effect|"
        r"benefit\w*)\b|(?:\bnot|n[’']t)\W+(?:\w+\W+)?works?\b|"
        r"\b\d+\b[^.!?;\d]{0,40}(?:100\b[^.!?;\d]{0,40})?\b(?:did|do|does|will)"
        r"(?: not|n[’']t)(?=\s*(?:[.,;:!?)]|$|\n))",
        "Say how many it does not help.",
    ),
    Point(
        "how-long",
        "How long does it last?",
        "wears off, fades, comes back, or a number of days or weeks",
        r"\bwears? off\b|\bfad(?:e|es|ing)\b|\b(?:come|comes|coming|came) back\b|\breturns?\b|"
        r"\brelaps\w+\b|\b(?:days|weeks|months)\b",
        "Say in days or weeks how long it lasts, and what comes then.",
    ),
    Point(
        "harm",
        "What can go wrong?",
        "side effects, dizzy, sick, detached or unreal, blood pressure, bladder",
        _HARMED,
        "Name what people feel, and give the number in 100 for at least one of them.",
    ),
    Point(
        "unknown",
        "What does nobody know yet?",
        "do not know, unknown, unsure, not sure, uncertain",
        r"(?:\b(?:not|nobody|no one)|n[’']t)\b(?:\W+\w+){0,2}\W+(?:know\w*|sure|certain|clear)\b|"
        r"\bun(?:known|sure|certain|clear)\b|\bcould be (?:none|nothing|chance)\b",
        "Say what is not known: the size of the gain, the years after.",
    ),
    Point(
        "stop",
        "When do we stop, and may I say no?",
        "stop, change your mind, say no, at any time",
        r"\bstop\w*\b|\bchange your mind\b|\bsay no\b|\bat any time\b|\bdecline\b",
        "Say when you would stop together, and that they may stop at any time.",
    ),
    Point(
        "same-day",
        "What about that day?",
        "drive, someone to take you home, alcohol",
        r"\bdriv(?:e|es|ing)\b|\b(?:take|takes|taken|bring|go|home) (?:you )?home\b|\balcohol\b|"
        r"\bhome with\b",
        "No driving until they have slept that night; somebody takes them home.",
    ),
    Point(
        "worse",
        "Whom do I call if I feel worse?",
        "call, phone, emergency, crisis",
        r"\bcall\b|\bphone\b|\bring us\b|\bemergency\b|\bcrisis\b",
        "Give a number to call, and say what to do in a crisis.",
    ),
    Point(
        "teach-back",
        "May I tell you what I understood?",
        "in your own words, tell us, questions",
        r"\bown words\b|\btell (?:us|me)\b|\bquestions?\b",
        "Ask them to tell you in their own words what they take home.",
    ),
)


@dataclass(frozen=True)
class Caution:
    """Wording better left out of a text for a person who decides.

    Attributes
    ----------
    id : str
    pattern : str
    why, better : str
        What is wrong with it, and what to write.
    unless_denied : bool
        Whether a "not" or "no" just before it makes it harmless.
    only_without_number : bool
        Whether a number in the same sentence makes it harmless.
    """

    id: str
    pattern: str
    why: str
    better: str
    unless_denied: bool = False
    only_without_number: bool = False


CAUTIONS: tuple[Caution, ...] = (
    Caution(
        "up-to",
        r"\bup to \d+(?:\.\d+)?\s*(?:%|per ?cent|in 10\b|in 100\b|out of)",
        "“Up to” is the top of a range, without a comparison.",
        "Give the number in 100 in both groups, and say when it was counted.",
    ),
    Caution(
        "hype",
        r"\bproven\b|\bbreak-?throughs?\b|\bgame[- ]chang\w+\b|\bmiracle\w*\b|\brevolution\w*\b|"
        r"\blife-?changing\b|\bon the horizon\b|\bcutting[- ]edge\b|\bguarantee\w*\b",
        "It promises instead of telling.",
        "Leave it out; give the chance and its limits.",
        unless_denied=True,
    ),
    Caution(
        "safe",
        r"\b(?:completely |totally |very |perfectly )?safe(?:ly)?\b(?! (?:place|from)\b)|"
        r"\b(?:minimal|no) risks?\b|\brisk-free\b|\bharmless\b|\bwell[- ]tolerated\b",
        "“Safe” names no harm and no rate.",
        "Say what can happen, how often, and how you watch for it.",
        unless_denied=True,
    ),
    Caution(
        "mild",
        r"\bmild\b|\btemporary\b|\btransient\b",
        "“Mild” and “temporary” hide how often.",
        "Give the number in 100, and say how long it lasts.",
        only_without_number=True,
    ),
    Caution(
        "at-once",
        r"\bwithin hours\b|\bimmediate(?:ly)?\b(?! (?:help|danger|care))|\binstant(?:ly)?\b|"
        r"\bright away\b|\brapid relief\b",
        "It is not at once, and not for everybody.",
        "Write: some people, within a day.",
        unless_denied=True,
    ),
    Caution(
        "cure",
        r"\bcur(?:e|es|ed|ing)\b",
        "No treatment for depression cures everybody, and this one fades.",
        "Say how many feel better, and for how long.",
        unless_denied=True,
    ),
    Caution(
        "mechanism",
        r"\brewir\w+\b|\bresets?\b|\bresetting\b|\bchemical imbalance\b|"
        r"\b(?:grow|grows|growing) new\b|\bnew (?:brain|nerve) cells\b|\bneurogenesis\b|"
        r"\brestor(?:e|es|ing) (?:the |your |normal )*brain\b|\bheals? (?:the |your )?brain\b",
        "No study in people shows this.",
        "Write: nobody knows exactly how it works.",
        unless_denied=True,
    ),
    Caution(
        "approved",
        r"\bFDA[- ‑]approved\b|\b(?:approved|licen[cs]ed) (?:\w+ )?(?:for|to treat) "
        r"(?:\w+[- ])?depression\b",
        "A ketamine infusion is not approved for depression.",
        "Write: this use is off-label. (Esketamine nose spray is another drug.)",
        unless_denied=True,
    ),
    Caution(
        "suicide",
        r"\b(?:prevents?|stops?|ends?) (?:\w+ )?suicid\w+\b",
        "It has not been shown to prevent suicide.",
        "Say what help there is today, by day and by night.",
        unless_denied=True,
    ),
    Caution(
        "committed",
        r"\bcommit(?:s|ted|ting)? suicide\b",
        "The word speaks of a crime.",
        "Write: died by suicide.",
    ),
    Caution(
        "addictive",
        r"(?:\b(?:not|non)|n[’']t)[- ‑]?(?:be )?(?:\w+ )?addictive\b|\bno (?:risk of )?addiction\b",
        "It can be misused, and few people with such a history were studied.",
        "Write: it can be misused; we ask about this at each visit.",
    ),
    Caution(
        "all-conditions",
        r"\b(?:works|helps|treats|effective)\b[^.!?\n]{0,60}\b(?:PTSD|bipolar|OCD)\b",
        "The evidence in other conditions is small or conflicting.",
        "Write only about the condition this person has.",
        unless_denied=True,
    ),
    Caution(
        "versus-ect",
        r"\b(?:as good as|better than|worse than|as effective as|more effective than) "
        r"(?:ECT|electroconvulsive)",
        "Two trials disagree.",
        "Name both results, or say that they disagree.",
    ),
    Caution(
        "placebo",
        r"\b(?:just|only|merely) (?:a )?placebo\b",
        "Nobody can say that either.",
        "Write: part of the gain may come from hope and close care.",
    ),
    Caution(
        "lasting",
        r"\blong[- ]lasting\b|\blasting (?:relief|results?|change|benefit)\b|\bpermanent\w*\b",
        "No lasting gain has been shown.",
        "Give a time, in days or weeks.",
        unless_denied=True,
    ),
    Caution(
        "nnt",
        r"\bNNT\b|\bnumber needed to treat\b",
        "A bare NNT is understood less well than plain counts.",
        "Write how many in 100, in both groups.",
    ),
    Caution(
        "words-only",
        r"\b(?:very )?(?:un)?common(?:ly)?\b|\brare(?:ly)?\b|\bmost (?:people|patients)\b|"
        r"\busually\b|\bfrequent(?:ly)?\b|\bseldom\b",
        "Words for how often are read in very different ways.",
        "Add the number in 100.",
        only_without_number=True,
    ),
    Caution(
        "calm",
        r"\bcalming\b|\beuphori\w+\b|\brelaxing\b|\bmild sedative\b",
        "Some people feel fear, and heart rate and blood pressure rise.",
        "Write: it can feel strange, pleasant or frightening.",
    ),
    Caution(
        "few-left",
        r"\b(?:last|only|few) (?:options?|hopes?|chances?|choices?)(?: left)?\b",
        "It hurries people, and it is not so.",
        "List the other choices.",
        unless_denied=True,
    ),
)

_DENIED = re.compile(
    r"(?:\b(?:not|no|never|nobody|cannot|neither)\b|n[’']t\b)(?:\W+\w+){0,3}\W*$", _I
)
_IS_ILL, _IS_WELL = re.compile(_ILL, _I), re.compile(_WELL, _I)
_ANY_NUMBER = re.compile(r"\d")
_CLAUSE = re.compile(r"[,;:(–—]|\b(?:but|while|whereas)\b", _I)
# "If it does not help" is a rule to stop, and no word on how often that is.
_SUPPOSED = re.compile(r"\b(?:if|unless|when|whether|until|should|in case)\b[^.!?;:]*$", _I)
_FINDERS: Mapping[str, re.Pattern[str]] = {
    **{point.id: re.compile(point.pattern, _I) for point in POINTS},
    **{caution.id: re.compile(caution.pattern, _I) for caution in CAUTIONS},
}
# A point, question or exclamation mark followed by a space and no small letter; or a new line.
_END = re.compile(r"(?<=[.!?])[”\"’)]*\s+(?=[^a-z\s])|\s*\n+\s*")
_WORD = re.compile(r"\w+(?:[’'\-‑]\w+)*")


@dataclass(frozen=True)
class Found:
    """A point of the checklist and the words that were found for it; none when it is missing."""

    point: Point
    words: tuple[str, ...]


@dataclass(frozen=True)
class Flag:
    """Wording to look at again: where it stands in the text, and why."""

    start: int
    end: int
    caution: Caution


@dataclass(frozen=True)
class Sentence:
    """A sentence, where it stands in the text, and how many words it has."""

    start: int
    end: int
    words: int


@dataclass(frozen=True)
class Review:
    """What was found in a text.

    Attributes
    ----------
    text : str
        As looked at: without characters that cannot be shown.
    words : int
    sentences : tuple of Sentence
    checklist : tuple of Found
        All points, in order.
    flags : tuple of Flag
        In the order of the text, not overlapping.
    long : tuple of Sentence
        The longest sentences above `LONG_SENTENCE` words, longest first.
    """

    text: str
    words: int
    sentences: tuple[Sentence, ...]
    checklist: tuple[Found, ...]
    flags: tuple[Flag, ...]
    long: tuple[Sentence, ...]

    @property
    def found(self) -> int:
        """How many points of the checklist have words in the text."""
        return sum(bool(each.words) for each in self.checklist)


def clean(text: str) -> str:
    """Return a text without characters that cannot be shown or stored.

    Raises
    ------
    ValueError
        If it is longer than `MOST_CHARACTERS`, in the writer's words.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"The text has {len(text):,} characters. A leaflet has one page: up to "
            f"{MOST_CHARACTERS:,} characters are looked at."
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(each for each in text if each in "\n\t" or (each >= " " and each != "\x7f"))


def sentences(text: str) -> tuple[Sentence, ...]:
    """Cut a text into sentences; a heading or a line of a list is one of its own."""
    found, start = [], 0
    cuts = [(each.start(), each.end()) for each in _END.finditer(text)]
    for stop, after in [*cuts, (len(text), len(text))]:
        many = len(_WORD.findall(text, start, stop))
        if many:
            found.append(Sentence(start, stop, many))
        start = after
    return tuple(found)


def _flags(text: str, cut: tuple[Sentence, ...]) -> tuple[Flag, ...]:
    found = []
    for caution in CAUTIONS:
        for hit in _FINDERS[caution.id].finditer(text):
            around = next((s for s in cut if s.start <= hit.start() < s.end), None)
            low, high = (around.start, around.end) if around else (0, len(text))
            if caution.unless_denied and _DENIED.search(text, low, hit.start()):
                continue
            if caution.only_without_number and re.search(r"\d", text[low:high]):
                continue
            found.append(Flag(hit.start(), hit.end(), caution))
    kept: list[Flag] = []
    for flag in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or flag.start >= kept[-1].end:
            kept.append(flag)
    return tuple(kept)


def _helped(text: str) -> bool:
    """Return whether a stretch of words tells of getting better, and of no harm."""
    well = _IS_WELL.search(text)
    return bool(well and not _IS_ILL.search(text) and not _DENIED.search(text[: well.start()]))


def _is_chance(text: str, low: int, high: int, hit: re.Match[str]) -> bool:
    """Return whether a number, in its sentence from `low` to `high`, is one of people helped."""
    before, after = text[low : hit.start()], text[hit.end() : high]
    # Words belong to a number up to the next one, and first of all in its own clause.
    earlier = list(_ANY_NUMBER.finditer(before))
    before = before[earlier[-1].end() :] if earlier else before
    later = _ANY_NUMBER.search(after)
    after = after[: later.start()] if later else after
    near, far = _CLAUSE.split(after)[0], _CLAUSE.split(before)[-1]
    if _IS_ILL.search(near):
        return False
    if _helped(near):
        return True
    if not _IS_WELL.search(near) and _helped(far):
        return True
    return not _IS_ILL.search(far) and _helped(after)


def _is_about_help(text: str, end: int) -> bool:
    """Return whether the last thing told before a place is getting better, and no harm."""
    well = [each.start() for each in _IS_WELL.finditer(text, 0, end)]
    ill = [each.start() for each in _IS_ILL.finditer(text, 0, end)]
    return bool(well) and (not ill or well[-1] > ill[-1])


def _found(point: Point, text: str, cut: tuple[Sentence, ...]) -> tuple[str, ...]:
    """Return the words found for a point, each once."""
    kept = []
    for hit in _FINDERS[point.id].finditer(text):
        around = next((s for s in cut if s.start <= hit.start() < s.end), None)
        low, high = (around.start, around.end) if around else (0, len(text))
        if point.id == "chance" and not _is_chance(text, low, high, hit):
            continue
        if point.id == "no-help":
            if _SUPPOSED.search(text, low, hit.start()):
                continue
            # "31 did not", after a harm, is no word about help.
            bare = hit[0][0].isdigit() and not _IS_WELL.search(hit[0])
            if bare and not _is_about_help(text, hit.start()):
                continue
        kept.append(re.sub(r"\s+", " ", hit[0]))
    return tuple(dict.fromkeys(kept))


def review(text: str) -> Review:
    """Look through a text.

    Parameters
    ----------
    text : str
        At most `MOST_CHARACTERS` characters.

    Raises
    ------
    ValueError
        If it is longer, in the writer's words.
    """
    text = clean(text)
    cut = sentences(text)
    checklist = tuple(Found(point, _found(point, text, cut)) for point in POINTS)
    long = sorted((s for s in cut if s.words > LONG_SENTENCE), key=lambda s: (-s.words, s.start))
    return Review(
        text=text,
        words=sum(each.words for each in cut),
        sentences=cut,
        checklist=checklist,
        flags=_flags(text, cut),
        long=tuple(long[:MOST_LONG]),
    )


#: Where the writer may begin: everything that such texts get wrong.
WEAK_DRAFT = (
    "Ketamine therapy is a breakthrough treatment that has been proven to bring rapid relief "
    "in up to 70% of individuals living with treatment-resistant depression. It is safe when "
    "administered under medical supervision, and side effects are typically mild and "
    "temporary. By resetting the chemical imbalance that underlies depression, a series of "
    "calming infusions can restore your brain and give you long-lasting relief, even if you "
    "have few options left. Contact our compassionate team today!"
)

MODEL_TEXT = (
    "Ketamine for depression: what we know\n"
    "You have tried two medicines and you still feel low. This page is to help you choose. "
    "You can take your time.\n"
    "\n"
    "What is it?\n"
    "Ketamine is a drug that puts people to sleep for surgery. For depression we give a small"
    " dose by a drip in the arm. It takes 40 minutes. The drug is not licensed for "
    "depression. This is called “off-label” use.\n"
    "\n"
    "Can it help?\n"
    "Studies gave people ketamine, or another drug that makes you sleepy. One day later:\n"
    "- 47 in 100 felt at least half better with ketamine\n"
    "- 26 in 100 felt at least half better with the other drug\n"
    "So 53 in 100 did not feel that much better with ketamine. We are not sure of these "
    "numbers. The true gap could be none.\n"
    "If it helps, it can wear off in days or weeks. We plan with you what comes then.\n"
    "\n"
    "What can go wrong?\n"
    "In a study of 84 people, 69 in 100 felt that things were not real while the drip ran. "
    "With the other drug it was 17 in 100. You may feel dizzy, sick or afraid. Your blood "
    "pressure may go up. We stay with you and check you. Most of this is gone in two hours.\n"
    "Do not drive until you have slept that night. Ask someone to take you home.\n"
    "Ketamine can be misused. We do not know what it does over years. So we ask about your "
    "bladder and your drug use at each visit.\n"
    "\n"
    "What else could you do?\n"
    "Other choices are a new tablet, talking therapy, magnetic pulses (rTMS), ECT, or to "
    "wait. We will go through them with you.\n"
    "\n"
    "When do we stop?\n"
    "You can say no now, or stop at any time. We will still look after you. If six drips have"
    " not helped, we stop.\n"
    "\n"
    "What if you feel worse?\n"
    "Call us on the number at the top. If you think of ending your life, do not wait for "
    "ketamine. Call your local emergency number or a crisis line, by day or by night.\n"
    "\n"
    "Now tell us in your own words: how could it help you, and what could go wrong?\n"
)

#: What the numbers and firm statements of the model text rest on: claims by id.
MODEL_CLAIMS = ("C53", "A6", "A7", "A5", "D19", "C47", "C24", "X5", "E3", "D8")
#: And rows of the evidence tables by table and id.
MODEL_ROWS = (
    ("monitoring", "mon-ae-derealisation"),
    ("monitoring", "mon-ae-derealisation-midazolam"),
)


def own_words(text: str) -> int:
    """Return how many words are the writer's own: in sentences that the weak draft lacks."""
    weak = {WEAK_DRAFT[each.start : each.end] for each in sentences(WEAK_DRAFT)}
    return sum(each.words for each in sentences(text) if text[each.start : each.end] not in weak)
