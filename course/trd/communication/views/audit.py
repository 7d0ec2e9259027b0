"""Words and HTML of the claims audit."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from trd.communication.audit import (
    FAR,
    HIT,
    KINDS,
    MIXED,
    NEAR,
    SILENCE,
    TENDER,
    Judged,
    Round,
    Statement,
    Tally,
    confusions,
    draws_in,
    drill_of,
    judge,
    latest,
    leaning,
    sets,
    statements,
    tally,
    topic_of,
    topics,
)
from trd.communication.taught import place
from trd.panel.backed import STATUS_WORDS
from trd.panel.parts import NOT_CHECKED, TALK_TO_SOMEONE

#: The cell of the audit itself, for sentences that no lesson takes up in its text.
_HERE = "#panel-audit"

_TOPICS = {
    "what TRD is": "What TRD is",
    "mechanism": "How it works",
    "screening": "Who it is for",
    "monitoring": "The infusion",
    "risk communication": "Does it work, is it safe",
    "background": "Background",
}
#: One sentence of a kind, and more than one.
_PLURAL = {
    "supported": ("sound sentence", "sound sentences"),
    "partly": ("partly right sentence", "partly right sentences"),
    "overstated": ("overstated sentence", "overstated sentences"),
    "unsupported": ("unsupported sentence", "unsupported sentences"),
    "misleading by omission": ("half-told sentence", "half-told sentences"),
    "marketing": ("piece of advertising", "pieces of advertising"),
}
_SAID = {
    "supported": "sound",
    "partly": "partly right",
    "overstated": "overstated",
    "unsupported": "without support",
    "misleading by omission": "misleading by omission",
    "marketing": "advertising",
}


def set_name(name: str) -> str:
    """Return what a set is called on screen."""
    if name == MIXED:
        return "Ten from all lessons"
    if name == SILENCE:
        return "What all five leave out"
    topic, drilled = topic_of(name), drill_of(name)
    if topic:
        return _TOPICS.get(topic, topic)
    against = "the rest" if drilled == "partly" else "what holds"
    return f"{KINDS[drilled].words}, or {against}?"


def menu() -> list[list[str]]:
    """Return the sets as (name, words, group), for a list to choose from."""

    def group(name: str) -> str:
        if topic_of(name):
            return "By subject"
        return "One flaw at a time" if drill_of(name) else ""

    return [[name, set_name(name), group(name), str(draws_in(name))] for name in sets()]


def choices() -> list[dict[str, str]]:
    """Return the six judgements as buttons."""
    return [
        {"name": kind.name, "words": kind.words, "means": kind.means} for kind in KINDS.values()
    ]


def sentence(statement: Statement) -> str:
    """Return the sentence to be judged."""
    if statement.silence:
        head = "What the five articles leave out"
    else:
        # Many sentences begin with "it".
        about = "depression" if statement.module == "what TRD is" else "ketamine"
        head = f"On {about}, from an article for the public, in our words"
    return f'<p class="tca-from">{head}</p><p class="tca-claim">{escape(statement.claim)}.</p>'


# -- what comes to light -------------------------------------------------------------------------

_SIGNS = {
    (HIT, 0): ("✓", "hit", "You and the audit agree."),
    (NEAR, 1): ("◐", "near", "Near, a step too trusting."),
    (NEAR, 0): ("◐", "near", "Near: you saw a flaw and gave it another name."),
    (NEAR, -1): ("◐", "near", "Near, a step too hard."),
    (FAR, 1): ("▲", "far", "Too trusting."),
    (FAR, -1): ("▼", "far", "Too hard."),
}


def sign(judged: Judged) -> tuple[str, str, str]:
    """Return symbol, class and words for how a judgement came out."""
    if judged.argued:
        return "◐", "near", "Near: the careful wording bears you out as well."
    return _SIGNS[judged.how, judged.lean]


def mark(statement: Statement) -> str:
    """Return how well the verdict is backed, in words."""
    words = STATUS_WORDS.get(statement.status, statement.status)
    return words[:1].upper() + words[1:]


def evidence(statement: Statement) -> str:
    """Return the sources of the verdict as HTML; what is no source stands as it is."""
    from trd.evidence import cite, references

    known = references()
    parts = [
        cite(part)
        if part in known
        else f"part {NOT_CHECKED}"
        if part == "part from knowledge"
        else escape(part)
        for part in statement.evidence
    ]
    return "; ".join(parts)


def where(statement: Statement) -> str:
    """Return where the course takes the sentence up, as HTML."""
    found = []
    for anchor in statement.taught_in:
        spot = None if anchor.endswith(_HERE) else place(anchor)
        if spot is not None:
            heading = f", under {_quoted(spot.heading)}" if spot.heading else ""
            found.append(f"Lesson {spot.lesson}{heading}")
    return "; ".join(found) or "Here, in this audit"


def _quoted(heading: str) -> str:
    if heading[:1] in '“"':
        return escape(heading.replace('"', ""), quote=False)
    return f"“{escape(heading.replace(chr(34), ''), quote=False)}”"


def told(statement: Statement, judged: Judged | None) -> str:
    """Return verdict, evidence, restatement and place, after the judgement.

    Parameters
    ----------
    statement : Statement
    judged : Judged or None
        None for what is only read.
    """
    kind = KINDS[statement.verdict]
    parts = []
    if judged is not None:
        symbol, look, words = sign(judged)
        if not statement.counts:
            symbol, look = "–", "open"
            words = f"Not counted: the verdict rests on what is {_basis(statement)}."
        parts.append(
            f'<p class="tca-mark tca-{look}"><span aria-hidden="true">{symbol} </span>{words}</p>'
        )
    parts.append(
        f'<p class="tca-verdict">Verdict: <strong>{kind.words}</strong>, {kind.means}. '
        f'<span class="tca-ask">{kind.ask}</span></p>'
    )
    if statement.worst:
        rank, why = statement.worst
        parts.append(
            f'<p class="tca-worst"><strong>Number {rank} of our ten most misleading.</strong> '
            f"{escape(why)}</p>"
        )
    parts.append(
        '<p class="tca-instead"><span class="tca-label">Careful wording</span>'
        f"{escape(statement.restatement)}</p>"
        f'<dl class="tca-facts"><dt>Evidence</dt><dd>{evidence(statement)} '
        f'<span class="tca-status">{mark(statement)}</span></dd>'
        f"<dt>In the course</dt><dd>{where(statement)}</dd></dl>"
    )
    if statement.id in TENDER:
        parts.append(f'<p class="tca-support">If this touches you: {TALK_TO_SOMEONE}</p>')
    return "".join(parts)


def _basis(statement: Statement) -> str:
    return {
        "secondary": "known only as reported by others",
        "from-knowledge": NOT_CHECKED,
    }.get(statement.status, escape(STATUS_WORDS.get(statement.status, statement.status)))


# -- what a round came to ------------------------------------------------------------------------


def _number(count: int, words: str = "sentence") -> str:
    return f"{count} {words}{'' if count == 1 else 's'}"


def summary(judged: Sequence[Judged]) -> list[str]:
    """Return what a round came to, in plain sentences."""
    all_of_it = tally(judged)
    left = len(judged) - all_of_it.seen
    if not all_of_it.seen:
        return [
            f"{_number(left)} judged, none counted: their verdicts rest on what this course has "
            "not read itself."
        ]
    lines = [
        f"You agreed with the audit on {all_of_it.hit} of {_number(all_of_it.seen)}"
        + (f"; {all_of_it.near} came near." if all_of_it.near else ".")
    ]
    for was, said, count in confusions(judged):
        noun = _PLURAL[was][count != 1]
        lines.append(f"You took {count} {noun} as {_SAID[said]}.")
    if not all_of_it.trusting and not all_of_it.hard:
        lines.append("No judgement was far off.")
    lines.append(_lean(judged))
    if left:
        lines.append(f"{_number(left)} more did not count, for lack of a source read here.")
    return lines


def _lean(judged: Sequence[Judged]) -> str:
    found = tally(judged)
    trusting, hard = found.trusting + found.near_trusting, found.hard + found.near_hard
    if not trusting and not hard:
        return "You leant neither to trust nor to mistrust."
    counted = f"{trusting} too trusting, {hard} too hard, near misses included"
    return {
        1: f"You leant to trust: {counted}.",
        -1: f"You leant to mistrust: {counted}. It has a price too: a treatment missed.",
        0: f"No clear leaning: {counted}.",
    }[leaning(judged)]


#: Heads of the tally on a narrow screen.
_SHORT = ("agreed", "near", "too trusting", "too hard")


def tally_table(judged: Sequence[Judged], caption: str) -> str:
    """Return how the judgements came out by kind of sentence."""

    def line(label: str, found: Tally, last: bool = False) -> str:
        cells = (found.hit, found.near, found.trusting, found.hard)
        look = " class=tca-sum" if last else "" if found.seen else " class=tca-none"
        return (
            f'<tr{look}><th scope="row">{label}</th>'
            f'<td data-of="judged">{found.seen or "–"}</td>'
            + "".join(
                f'<td data-of="{name}">{n or ("–" if not found.seen else 0)}</td>'
                for name, n in zip(_SHORT, cells, strict=True)
            )
            + "</tr>"
        )

    rows = "".join(line(kind.words, tally(judged, name)) for name, kind in KINDS.items())
    heads = (
        ("", "Judged", "Judged"),
        ("✓", "Agreed", "Agreed"),
        ("◐", "Near", "Near"),
        ("▲", "Too trust\u00ading", "Far off: too trusting"),
        ("▼", "Too hard", "Far off: too hard"),
    )
    head = "".join(
        f'<th scope="col" title="{title}"><span aria-hidden="true">{symbol} </span>{words}</th>'
        for symbol, words, title in heads
    )
    return (
        f'<table class="tca-tally"><caption>{escape(caption)}</caption><thead><tr>'
        f'<th scope="col">What it was</th>{head}</tr></thead>'
        f"<tbody>{rows}{line('All', tally(judged), last=True)}</tbody></table>"
    )


def outcome(this: Round, whole: bool) -> str:
    """Return the end of a round: the summary, the tally, the sentences one by one."""
    judged = this.judged
    lines = summary(judged)
    head = "Round finished" if whole else "Round stopped here"
    items = "".join(
        f'<li><span class="tca-dot tca-{_look(each)}" aria-hidden="true">{_symbol(each)}</span> '
        f"{escape(each.statement.claim)}: <strong>{KINDS[each.statement.verdict].words}</strong>"
        + (f" (you: {KINDS[each.said].words})" if each.how != HIT else "")
        + ("" if each.statement.counts else " <em>not counted</em>")
        + "</li>"
        for each in judged
    )
    return (
        f'<p class="tca-head" role="heading" aria-level="5">{head}: {set_name(this.name)}, draw '
        f'{this.number}</p><ul class="tca-summary">'
        + "".join(f"<li>{escape(each)}</li>" for each in lines)
        + f"</ul>{tally_table(judged, 'This round')}"
        f"<details><summary>The sentences of this round</summary><ul class='tca-list'>{items}</ul>"
        "</details>"
        '<p class="tca-small">Near means a neighbouring verdict or a flaw by another name: the '
        "verdicts are this course’s own reading, and a neighbour can often be argued. Ten "
        "sentences are few; a leaning shows over several rounds.</p>"
    )


def read_through() -> str:
    """Return the end of the set that is only read."""
    return (
        '<p class="tca-head" role="heading" aria-level="5">What all five leave out</p>'
        "<p>Nothing here was counted. Each silence is a line to look for in the next text you "
        "read, and a line to write in your own.</p>"
    )


def _look(judged: Judged) -> str:
    return sign(judged)[1] if judged.statement.counts else "open"


def _symbol(judged: Judged) -> str:
    return sign(judged)[0] if judged.statement.counts else "–"


def dots(cards: Sequence[Statement], said: dict[str, str], at: int) -> list[dict[str, str]]:
    """Return one mark for each sentence of the draw, with its words for a screen reader."""
    found = []
    for index, card in enumerate(cards):
        if card.id in said:
            each = judge(card, said[card.id])
            words = sign(each)[2] if card.counts else "Not counted."
            found.append({"look": _look(each), "symbol": _symbol(each), "words": words})
        elif index == at:
            found.append({"look": "now", "symbol": str(index + 1), "words": "Now."})
        else:
            read = card.silence and index < at
            found.append(
                {
                    "look": "open" if read else "todo",
                    "symbol": str(index + 1),
                    "words": "Read." if read else "To come.",
                }
            )
    return found


def results(rounds: Sequence[Round]) -> str:
    """Return what all rounds together came to."""
    if not rounds:
        return ""
    judged = latest(rounds)
    found = tally(judged)
    of = sum(each.counts for each in statements().values())
    lean = f"<p>{escape(_lean(judged))}</p>" if found.seen else ""
    return (
        tally_table(judged, f"All your rounds: {found.seen} of {of} sentences that count")
        + lean
        + '<p class="tca-small">Each sentence counts once, as you judged it last.</p>'
    )


# -- the reviewer's table ------------------------------------------------------------------------


def filters() -> dict[str, list[list[str]]]:
    """Return what the table can be narrowed by."""
    used = dict.fromkeys(each.status for each in statements().values())
    return {
        "module": [[name, _TOPICS.get(name, name)] for name in topics()],
        "verdict": [[name, kind.words] for name, kind in KINDS.items()],
        "status": [[name, STATUS_WORDS.get(name, name)] for name in used],
    }


def table() -> list[dict[str, Any]]:
    """Return every audited sentence as a row of the table, with what it is narrowed by."""
    return [
        {
            "module": each.module,
            "verdict": each.verdict,
            "status": each.status,
            "search": f"{each.id} {each.claim} {each.restatement}".lower(),
            "html": (
                f'<th scope="row">{each.id}</th><td>{escape(each.claim)}</td>'
                f"<td>{KINDS[each.verdict].words}</td><td>{escape(each.restatement)}</td>"
                f'<td>{evidence(each)} <span class="tca-status">{mark(each)}</span></td>'
                f"<td>{where(each)}</td>"
            ),
        }
        for each in statements().values()
    ]


def counts() -> str:
    """Return how many sentences there are of what sort, in words."""
    every = list(statements().values())
    counted = sum(each.counts for each in every)
    silent = sum(each.silence for each in every)
    kept_out = len(every) - counted - silent
    return (
        f"{len(every)} statements were audited. {counted} count here; {kept_out} are shown and "
        "explained but not counted, because their verdict is not checked at the source; "
        f"{silent} are things that all five articles leave out."
    )


def not_kept(why: str) -> str:
    """Return a line for results that could not be written down."""
    return (
        f'<p class="tca-note" role="status">Not kept: {escape(why)}. The results last until this '
        "page is closed; everything else works.</p>"
    )
