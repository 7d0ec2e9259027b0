"""Draws one fact in seven framings, and a reader's judgement of each."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from trd.communication.facts import people
from trd.communication.framing import LETTERS, LEVELS, Framing, Two, Verdict
from trd.panel.backed import lines
from trd.panel.parts import CSS, badge, verdict
from trd.panel.views import Table, View
from trd.rows import read

#: The longest bar: headlines above it end in an arrow.
_MOST = 200.0

_STYLE = """<style>
.trd-fr { list-style:none; margin:6px 0 10px; padding:0 !important; }
.trd-fr > li { border-top:1px solid #c9ced3; padding:9px 0 8px; display:grid; gap:2px 18px;
  grid-template-columns:minmax(0,11em) minmax(0,1fr); }
.trd-fr .name { font-weight:700; font-size:15px; }
.trd-fr .name .trd-badge { display:table; margin-top:3px; font-size:14px; }
.trd-fr .says { font-size:17px; line-height:1.4; }
.trd-fr .hides { font-size:14px; line-height:1.4; margin-top:3px; }
.trd-fr .track { position:relative; height:14px; margin:5px 0 2px; background:#eef0f2;
  border:1px solid #5a6068; border-radius:2px; max-width:430px; }
.trd-fr .bar { position:absolute; left:0; top:0; bottom:0; background:#0b5c8a; }
.trd-fr .fair .bar { background:repeating-linear-gradient(135deg,#0b5c8a 0 5px,#8fb8cf 5px 9px); }
.trd-fr .num { position:absolute; top:-4px; font-size:14px; padding-left:5px; white-space:nowrap; }
.trd-fj { border-collapse:collapse; width:100%; font-size:15px; margin:6px 0 10px; }
.trd-fj caption { text-align:left; font-weight:700; padding:4px 0; }
.trd-fj :is(th,td) { text-align:left; font-weight:400; padding:4px 8px 4px 2px;
  border-bottom:1px solid #d6dade; vertical-align:middle; }
.trd-fj .dots { font-size:17px; letter-spacing:3px; white-space:nowrap; }
@media (max-width:620px) {
  .trd-fr > li { grid-template-columns:minmax(0,1fr); }
  .trd-fr .name .trd-badge { display:inline-block; margin:0 0 0 6px; }
}
</style>"""


@dataclass(frozen=True)
class Shown:
    """What the panel shows.

    Attributes
    ----------
    revealed : bool
    verdict : Verdict
        Of the seven judged at the start.
    after : int
        The judgement after the reveal; 0 before it is made.
    two : Two
        The rates framed below.
    framings : tuple of Framing
    own : bool
        Whether they are the reader's own numbers.
    sources : str
        HTML of who says so.
    """

    revealed: bool
    verdict: Verdict
    after: int
    two: Two
    framings: tuple[Framing, ...]
    own: bool
    sources: str


def _names(keys: tuple[str, ...]) -> str:
    letters = {key: letter for letter, key in LETTERS.items()}
    words = [f"{letters[key]} ({_SHORT[key]})" for key in keys]
    *some, last = words
    return f"{', '.join(some)} and {last}" if some else last


_SHORT = {
    "relative": "relative change",
    "loss": "loss, one arm",
    "nnt": "number needed to treat",
    "odds": "odds",
    "absolute": "absolute difference",
    "gain": "gain, one arm",
    "best": "both groups, in people",
}


def _dots(level: int) -> str:
    return (
        f'<span class="dots" aria-hidden="true">{"●" * level}{"○" * (len(LEVELS) - level)}</span> '
        f"{LEVELS[level]}"
    )


def _before(result: Shown) -> str:
    left = len(LETTERS) - result.verdict.judged
    words = (
        "All seven judged. Tick the box to see what they have in common."
        if not left
        else f"{result.verdict.judged} of {len(LETTERS)} judged. Do not reckon: go by how large "
        "each sounds."
    )
    return CSS + verdict("info", words)


def _message(found: Verdict) -> str:
    same = "All seven treatments are one: ketamine against midazolam, 24 hours after one dose."
    if found.judged < 2:
        return f"{same} You revealed it before judging; untick, judge, and see which one moved you."
    if not found.largest:
        level = LEVELS[next(iter(found.levels.values()))]
        return (
            f"{same} You called all you judged {level}: the wording did not move you. Try it on "
            "a colleague."
        )
    high = LEVELS[max(found.levels.values())]
    low = LEVELS[min(found.levels.values())]
    return (
        f"{same} You called it {high} as {_names(found.largest)}, and {low} as "
        f"{_names(found.smallest)}. Nothing but the wording differed."
    )


def _after(result: Shown) -> str:
    found = result.verdict
    if not result.after or not found.levels:
        return ""
    above = tuple(key for key, level in found.levels.items() if level > result.after)
    below = tuple(key for key, level in found.levels.items() if level < result.after)
    words = f"Knowing both groups, you call it {LEVELS[result.after]}."
    if above:
        words += f" Made it sound larger than that: {_names(above)}."
    if below:
        words += f" Made it sound smaller: {_names(below)}."
    return verdict("info", words)


def _judgements(found: Verdict) -> str:
    if not found.levels:
        return ""
    order = sorted(found.levels, key=lambda key: -found.levels[key])
    letters = {key: letter for letter, key in LETTERS.items()}
    rows = "".join(
        f'<tr><th scope="row">{letters[key]}: {_SHORT[key]}</th><td>{_dots(found.levels[key])}'
        "</td></tr>"
        for key in order
    )
    return (
        f'<table class="trd-fj"><caption>How large the same fact sounded to you</caption>'
        f"<tbody>{rows}</tbody></table>"
    )


def _bar(framing: Framing) -> str:
    if framing.headline is None:
        return ""
    share = min(framing.headline, _MOST) / _MOST
    number = f"{framing.eye}{' ▸' if framing.headline > _MOST else ''}"
    # A long bar has its number inside, in white.
    where = (
        f'style="right:{100 - 100 * share:.0f}%;color:#fff;padding-right:5px"'
        if share > 0.55
        else f'style="left:{100 * share:.1f}%"'
    )
    return (
        f'<div class="track" aria-hidden="true"><span class="bar" style="width:{100 * share:.1f}%">'
        f'</span><span class="num" {where}>{number}</span></div>'
    )


def _framing(framing: Framing) -> str:
    mark = badge("yes", "can be said") if framing.fair else badge("no", "may not be quoted alone")
    return (
        f'<li class="{"fair" if framing.fair else "alone"}"><div class="name">'
        f"{escape(framing.name)} {mark}</div>"
        f'<div><div class="says">{escape(framing.says)}</div>{_bar(framing)}'
        f'<div class="hides">{escape(framing.hides)}</div></div></li>'
    )


def loudest(result: Shown) -> Framing | None:
    """Return the ratio whose headline number is largest; None where there is no ratio."""
    found = [
        each
        for each in result.framings
        if each.key in ("relative", "odds") and each.headline is not None
    ]
    return max(found, key=lambda each: each.headline or 0, default=None)


def _loud(result: Shown) -> str:
    top = loudest(result)
    gap = next(each for each in result.framings if each.key == "absolute").headline or 0
    if top is None:
        return (
            "No ratio can be worked out here, only the difference. Ratios are no safer for being "
            "printed."
        )
    if not gap:
        return "The groups do not differ by one person in 100. Any larger number is wording."
    times = (top.headline or 0) / gap
    how = f"{times:.0f}" if times >= 10 else f"{times:.1f}"
    if times <= 1:
        return "Here no ratio sounds larger than the difference itself."
    return (
        f"Loudest: {top.name.lower()}, {top.eye}. As a number, that is {how} times the "
        f"difference of {gap} in 100."
    )


#: Rows on what framings do to listeners.
_KNOWN = ("com-abs-relative", "com-abs-carling", "com-abs-nnt", "com-framing-akl-behaviour")


def _known() -> str:
    rows = read("communication")
    return f'<p class="trd-sub">What others found</p>{lines(rows[each] for each in _KNOWN)}'


class FramingsView(View[Shown]):
    """First the judgements, then the same fact in seven framings."""

    height_px = 60

    def html(self, result: Shown) -> str:
        """Return how far the judging is, or what it showed."""
        if not result.revealed:
            return _STYLE + _before(result)
        return (
            f"{_STYLE}{CSS}{verdict('info', _message(result.verdict))}"
            f"{_judgements(result.verdict)}{_after(result)}{_known()}"
        )

    def more(self, result: Shown) -> str:
        """Return the framings of what is chosen, once revealed."""
        if not result.revealed:
            return ""
        two = result.two
        what = "Your own numbers" if result.own else f"{two.who}; {two.when}"
        items = "".join(map(_framing, result.framings))
        return (
            f"{verdict('info', _loud(result))}"
            f'<p class="trd-small">{escape(what[:1].upper() + what[1:])}. {result.sources}'
            "Bars: the number that catches the eye, in per cent or people of 100.</p>"
            f'<ul class="trd-fr">{items}</ul>'
        )

    def describe(self, result: Shown) -> str:
        """Return what was found so far."""
        if not result.revealed:
            return f"{result.verdict.judged} of {len(LETTERS)} advertisements judged."
        two = result.two
        return (
            f"{people(two.control, 100)} in 100 {two.does} with {two.comparator}, "
            f"{people(two.treated, 100)} with {two.treatment}."
        )

    def table(self, result: Shown) -> Table:
        """Return the sentences."""
        if not result.revealed:
            return Table("Nothing to show before the box is ticked", ("Framing",), [])
        return Table(
            caption="The same fact in seven framings",
            header=("Framing", "Sentence", "What it hides"),
            rows=[(each.name, each.says, each.hides) for each in result.framings],
        )
