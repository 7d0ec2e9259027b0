"""Draws a benefit and a harm as people, side by side, and as a page to print."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trd.communication.icons import DENOMINATORS, Array, Half, Page
from trd.panel.backed import line
from trd.panel.paper import SAVE_CSS, page, save_button
from trd.panel.parts import CSS, SUPPORT, TALK_TO_SOMEONE, badge, cited, verdict
from trd.panel.views import Table, View
from trd.rows import read

#: One person in a box of 10 by 20.
_PERSON = (
    "M5 .6a2.9 2.9 0 1 1 0 5.8a2.9 2.9 0 1 1 0-5.8z"
    "M2.7 7.4h4.6a1.9 1.9 0 0 1 1.9 1.9v5.1H7.6v5H2.4v-5H.8V9.3a1.9 1.9 0 0 1 1.9-1.9z"
)
#: Columns and rows by denominator: both grids are equally wide and high.
_GRID = {100: (10, 10), 1000: (40, 25)}
_WIDE, _HIGH = 200.0, 264.0

_STYLE = """
.trd-pair { display:grid; grid-template-columns:minmax(0,1fr) minmax(0,1fr); gap:0;
  border-top:2px solid #5a6068; border-bottom:2px solid #5a6068; margin:4px 0 10px;
  padding:8px 0 4px; }
.trd-ia { display:grid; grid-template-columns:minmax(0,1fr) minmax(0,1fr); gap:4px 14px;
  grid-template-rows:subgrid; grid-row:span 4; align-items:start; min-width:0;
  padding-right:14px; }
.trd-ia + .trd-ia { border-left:1px solid #c9ced3; padding:0 0 0 14px; }
.trd-ia h5 { grid-column:1/-1; margin:0; font-size:16px; line-height:1.35; }
.trd-ia figure { margin:0; display:grid; grid-template-rows:subgrid; grid-row:span 2; row-gap:3px; }
.trd-ia figcaption { font-size:14px; line-height:1.3; align-self:end; }
.trd-ia svg { width:100%; max-width:220px; height:auto; display:block; }
.trd-ia .on { fill:#0b5c8a; stroke:#0b5c8a; stroke-width:1; }
.trd-ia .off { fill:#fff; stroke:#6b7680; stroke-width:1; }
.trd-ia .many :is(.on,.off) { stroke-width:1.6; }
.trd-ia .count { margin:3px 0 0; font-size:14px; line-height:1.35; }
.trd-ia .count b { font-size:17px; }
.trd-ia .says { grid-column:1/-1; }
.trd-ia .says p { margin:0 0 4px; font-size:14px; line-height:1.4; }
.trd-ia .says .gap { font-size:17px; font-weight:700; margin-bottom:2px; }
.trd-ia .says .range { font-size:15px; }
.trd-aloud { border-left:6px solid #0b5c8a; background:#f2f6f9; color:#1b1b1b; margin:14px 0 10px;
  padding:8px 14px; }
.trd-aloud p { margin:5px 0; font-size:16px; line-height:1.5; }
.trd-like { border-collapse:collapse; width:100%; font-size:14px; margin:4px 0 10px; }
.trd-like caption { text-align:left; font-weight:700; font-size:15px; padding:8px 0 2px; }
.trd-like :is(th,td) { text-align:left; vertical-align:top; font-weight:400;
  padding:4px 8px 4px 4px; border-bottom:1px solid #d6dade; }
.trd-like thead th { font-weight:600; }
.trd-like tbody th { font-weight:600; }
.trd-like .trd-badge { font-size:14px; padding:0 6px; }
@media (max-width:620px) {
  .trd-pair { grid-template-columns:minmax(0,1fr); }
  .trd-ia, .trd-ia + .trd-ia { border-left:0; padding:8px 0 0; }
  .trd-ia + .trd-ia { border-top:1px solid #c9ced3; }
  .trd-like thead { display:none; }
  .trd-like tr { display:block; border-bottom:1px solid #c9ced3; padding:5px 0; }
  .trd-like :is(th,td) { display:block; border:0; padding:1px 4px; }
  .trd-like td[data-of]::before { content:attr(data-of) ": "; color:#4a4f55; }
}
"""

_PRINT = """
h1 { font-size:1.5em; line-height:1.25; margin:0.6em 0 0.2em; }
.sub { color:#47525e; margin:0.2em 0; }
.note { border:1px solid #47525e; border-left-width:5px; padding:0.5em 0.8em; margin:0.8em 0; }
.trd-small { font-size:14px; color:#47525e; }
.trd-like .trd-badge { font-weight:600; border:1px solid; padding:0 6px; white-space:nowrap; }
ul { padding-left:1.3em; margin:0.4em 0; }
li { margin:0.2em 0; }
.trd-ia .on { print-color-adjust:exact; -webkit-print-color-adjust:exact; }
@page { size:A4; margin:8mm 11mm; }
@media print {
  body { font-size:12px; line-height:1.3; }
  h1 { font-size:20px; margin:0 0 2px; }
  .sub, .trd-small { font-size:11px; margin:1px 0; }
  .note, .trd-aloud { font-size:12px; padding:3px 9px; margin:5px 0; }
  .trd-aloud p { font-size:12px; line-height:1.3; margin:2px 0; }
  .trd-pair { margin:2px 0 4px; padding:4px 0 2px; }
  .trd-ia h5 { font-size:14px; }
  .trd-ia .says p, .trd-ia figcaption, .trd-ia .count { font-size:12px; line-height:1.3; }
  .trd-ia .says .gap, .trd-ia .count b { font-size:15px; }
  .trd-like { font-size:12px; margin:2px 0 4px; }
  .trd-like caption { font-size:13px; padding:2px 0 0; }
  .trd-like :is(th,td) { padding:2px 6px 2px 2px; }
  .trd-like .trd-badge { font-size:11px; color:#1b1b1b !important;
    background:none !important; }
  ul { margin:1px 0; }
  li { display:inline; }
  li:not(:last-child)::after { content:"; "; }
  p { margin:3px 0; }
  .trd-ia, .trd-aloud, .note, tr { break-inside:avoid; }
  .trd-ia svg { max-width:2.8cm; }
}
"""


def _uses(places: Iterable[int], denominator: int) -> str:
    columns, rows = _GRID[denominator]
    dx, dy = _WIDE / columns, _HIGH / rows
    return "".join(
        f'<use href="#trd-person" x="{place % columns * dx / _scale(denominator):.1f}" '
        f'y="{place // columns * dy / _scale(denominator):.1f}"/>'
        for place in places
    )


def _scale(denominator: int) -> float:
    """Return by how much the person is drawn larger than its box of 10 by 20."""
    columns, rows = _GRID[denominator]
    return min(_WIDE / columns / 13, _HIGH / rows / 22.5)


def _svg(array: Array, does: str) -> str:
    denominator = array.events + array.others
    rest = [place for place in range(denominator) if place not in array.places]
    label = (
        f"{array.events:,} of {denominator:,} people are filled in: {does} with "
        f"{array.arm.words}. {array.others:,} are outlines."
    )
    many = ' class="many"' if denominator > 100 else ""
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="-1 -1 {_WIDE + 2:g} '
        f'{_HIGH + 2:g}"{many}><defs><path id="trd-person" d="{_PERSON}"/></defs>'
        f'<g transform="scale({_scale(denominator):.4f})">'
        f'<g class="on">{_uses(sorted(array.places), denominator)}</g>'
        f'<g class="off">{_uses(rest, denominator)}</g></g></svg>'
    )


def _figure(array: Array, half: Half) -> str:
    fact = half.fact
    denominator = array.events + array.others
    return (
        f"<figure><figcaption>With <strong>{escape(array.arm.name)}</strong></figcaption>"
        f"<div>{_svg(array, fact.does)}"
        f'<p class="count"><b>{array.events:,}</b> of {denominator:,} {escape(fact.does)}<br>'
        f"<b>{array.others:,}</b> {escape(fact.does_not)}</p></div></figure>"
    )


def _gap(half: Half, denominator: int) -> str:
    fact = half.fact
    verb = "cannot tell: could be" if fact.low < 0 < fact.high else "could be"
    rounded = f'<p class="trd-small">{escape(half.rounded)}</p>' if half.rounded else ""
    return (
        f'<p class="gap">{escape(half.difference)} in {denominator:,} with '
        f"{escape(fact.treatment.name)}</p>"
        f'<p class="range">{verb} <strong>{escape(half.range)}</strong></p>{rounded}'
    )


def _half(half: Half, denominator: int) -> str:
    fact = half.fact
    kind = "Harm" if fact.harm else "Benefit"
    links = cited(fact.source)
    return (
        f'<section class="trd-ia"><h5>{kind}: {escape(fact.does)}, {escape(fact.when)}</h5>'
        f"{_figure(half.control, half)}{_figure(half.treatment, half)}"
        f'<div class="says">{_gap(half, denominator)}'
        f"<p><strong>Certainty:</strong> {escape(fact.certainty)}.</p>"
        f"<p><strong>Counted:</strong> {escape(fact.counted)}.</p>"
        f'<p class="trd-small">{links}</p></div></section>'
    )


def _pair(result: Page) -> str:
    halves = (_half(each, result.denominator) for each in (result.benefit, result.harm))
    return f'<div class="trd-pair">{"".join(halves)}</div>'


def _aloud(result: Page) -> str:
    return (
        '<div class="trd-aloud"><p><strong>Read it aloud:</strong></p>'
        f"<p>“{escape(result.benefit.aloud)}</p><p>{escape(result.harm.aloud)}”</p></div>"
    )


def _likeness(result: Page) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(each.what.capitalize())}</th>'
        f'<td data-of="Benefit">{escape(each.benefit)}</td>'
        f'<td data-of="Harm">{escape(each.harm)}</td>'
        f"<td>{badge('yes', 'same') if each.same else badge('no', 'not the same')}</td></tr>"
        for each in result.likeness
    )
    return (
        '<table class="trd-like"><caption>Who, against what, when</caption><thead><tr>'
        '<td></td><th scope="col">Benefit</th><th scope="col">Harm</th><td></td></tr></thead>'
        f'<tbody><tr><th scope="row">Denominator</th><td data-of="Benefit">'
        f'{result.denominator:,} people</td><td data-of="Harm">{result.denominator:,} people</td>'
        f"<td>{badge('yes', 'same')}</td></tr>{rows}</tbody></table>"
    )


def _warning(result: Page) -> tuple[str, str]:
    """Return how fair the page is: a kind of verdict and words."""
    if not result.unlike:
        return "good", "Same drug, comparator, time and people: this page may be weighed."
    if result.unlike == ("time",):
        return (
            "info",
            "Counted in the same people, with the same drug and comparator. Only the time "
            "differs: say both times.",
        )
    *some, last = result.unlike
    what = f"{', '.join(some)} and {last}" if some else last
    return (
        "bad",
        f"One denominator is not enough: benefit and harm differ in {what}. Say so, or they will "
        "be weighed as if they had been counted together.",
    )


def _notes(result: Page) -> str:
    notes = []
    known = read("communication")
    if result.layout == "scattered":
        notes.append(
            "Not one person more than when grouped. A block can be seen as a share of the whole; "
            "scattered people have to be counted, and nobody counts. "
            f"{line(known['com-icons-scatter'])}"
        )
    if result.denominator > DENOMINATORS[0]:
        notes.append(
            "The shares have not changed, only the number of icons. "
            f"{line(known['com-icons-grid'])}. Keep to one denominator."
        )
    if result.severity:
        notes.append(escape(result.severity))
    return "".join(f'<p class="trd-group">{note}</p>' for note in notes)


def _beside(result: Page) -> str:
    """Return what belongs beside the controls: a refused denominator, a harm that followed."""
    refused = f'<p class="trd-group">{escape(result.refused)}</p>' if result.refused else ""
    followed = (
        "The harm changes with the benefit: this is the one counted in the most similar people. "
        "Pick another to see what differs."
        if result.followed
        else "You picked this harm; a new benefit brings its own harm again."
    )
    return f'<div role="status">{refused}</div><p class="trd-small">{followed}</p>'


def _asked() -> str:
    known = read("communication_harms")
    rows = "; ".join(line(known[each]) for each in ("com-h-asked-effects", "com-h-never-mix"))
    return f"Not drawn here: {rows}."


def paper(result: Page) -> str:
    """Return the page to print, without buttons or scripts."""
    good, bad = result.benefit, result.harm
    _kind, warning = _warning(result)
    help_lines = ""
    if _suicide(result):
        help_lines = f'<p class="note"><strong>If this touches you:</strong> {TALK_TO_SOMEONE}</p>'
    body = (
        f"<h1>{result.denominator:,} people: what may get better, what may go wrong</h1>"
        f'<p class="sub">{escape(good.fact.drug.capitalize())}: benefit. '
        f"{escape(bad.fact.drug.capitalize())}: harm.</p>"
        '<p class="note">Training material for professionals, to practise a conversation with. '
        "The numbers are about groups of people who were studied; nobody can say which of the "
        "people you are. Ketamine for depression is an off-label use.</p>"
        f"{_pair(result)}{_aloud(result)}"
        f'<p class="note">{escape(warning)}</p>{_likeness(result)}'
        "<p><strong>Not on this page:</strong></p><ul><li>other treatments, and waiting</li>"
        "<li>what happens later than the times named here</li>"
        "<li>harms that nobody counted, or that are too rare for these studies</li></ul>"
        f"{help_lines}"
        '<p class="sub">From lesson 5 of the course on ketamine for treatment-resistant '
        "depression.</p>"
    )
    return page("Benefit and harm in people", body, _STYLE + _PRINT)


def _suicide(result: Page) -> bool:
    return result.benefit.fact.suicide or result.harm.fact.suicide


class IconArrayView(View[Page]):
    """Four grids of people, what they say, and a button that saves them as a page."""

    height_px = 980

    def html(self, result: Page) -> str:
        """Return the arrays, the words to read aloud and the comparison."""
        head = verdict(*_warning(result))
        file_name = f"people-{result.benefit.fact.key}-{result.harm.fact.key}.html".replace(
            "_", "-"
        )
        support = f'<p class="trd-support">{SUPPORT}</p>' if _suicide(result) else ""
        return (
            f"{CSS}{SAVE_CSS}<style>{_STYLE}</style>"
            f"{_beside(result)}{_pair(result)}{_notes(result)}{_aloud(result)}{head}{_likeness(result)}"
            f'<p class="trd-small">{_asked()}</p>'
            f"<p>{save_button('Save this page to print', file_name, paper(result))}</p>{support}"
        )

    def describe(self, result: Page) -> str:
        """Return both facts in one sentence each."""
        return " ".join(
            f"{'Harm' if half.fact.harm else 'Benefit'}: of {result.denominator:,} people, "
            f"{half.control.events:,} {half.fact.does} with {half.control.arm.name} and "
            f"{half.treatment.events:,} with {half.treatment.arm.name}, {half.difference}; could "
            f"be {half.range}."
            for half in (result.benefit, result.harm)
        )

    def table(self, result: Page) -> Table:
        """Return the counts behind the icons."""
        rows = []
        for half in (result.benefit, result.harm):
            for array in (half.control, half.treatment):
                arm = array.arm
                counts = f"{arm.x} of {arm.n}" if arm.n is not None else "not printed"
                rows.append(
                    (
                        f"{half.fact.does}: {arm.name}",
                        counts,
                        f"{100 * arm.share:.1f} %",
                        f"{array.events:,} of {result.denominator:,}",
                    )
                )
        return Table(
            caption="What the icons were drawn from",
            header=("Outcome and arm", "People in the study", "Share", "Drawn"),
            rows=rows,
        )
