"""Harms with denominators: two arms of 100, the difference, and what the articles said instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape

from trd import rows
from trd.communication.harm_rates import (
    ASKED,
    GRAVE,
    SILENT,
    SPRAY,
    Group,
    Phrase,
)
from trd.communication.trials import COLLECTIONS, Harm
from trd.communication.views.ranged import listed
from trd.panel.parts import CSS, badge, cited, verdict
from trd.panel.views import Table, View
from trd.rows import EvidenceRow

_LOOK = """<style>
.trd-harms { border:1px solid var(--jp-border-color2,#c9ced3); border-left:6px solid #5a6068;
  border-radius:6px; padding:8px 12px; margin:8px 0; }
.trd-panel .trd-harms > p { margin:0 0 4px; }
.trd-harm { display:grid; grid-template-columns:10.5rem minmax(0,1fr) 9.5rem; gap:2px 12px;
  align-items:center; padding:4px 0; border-top:1px solid #d6dade; font-size:14px; }
.trd-harm .what { font-size:15px; line-height:1.25; }
.trd-harm .arm { display:grid; grid-template-columns:1fr 2.4rem; gap:6px; align-items:center;
  line-height:1.15; }
.trd-harm .arm b { text-align:right; font-variant-numeric:tabular-nums; }
.trd-harm .track { height:11px; }
.trd-harm .track i { display:block; height:100%; box-sizing:border-box; min-width:2px; }
.trd-harm .drug i { background:#0072B2; }
.trd-harm .other i { border:1.5px solid #5a6068;
  background:repeating-linear-gradient(45deg,#fff 0 4px,#c9ced3 4px 7px); }
.trd-key i { display:inline-block; width:22px; height:11px; box-sizing:border-box;
  margin-right:5px; }
.trd-key .drug { background:#0072B2; }
.trd-key .other { border:1.5px solid #5a6068;
  background:repeating-linear-gradient(45deg,#fff 0 4px,#c9ced3 4px 7px); }
.trd-key span { margin-right:16px; white-space:nowrap; }
@media (max-width:620px) {
  .trd-harm { grid-template-columns:minmax(0,1fr); gap:1px; padding:6px 0; }
}
</style>"""

_NAMES = {
    "blood pressure increased (reported as an adverse event)": "raised blood pressure, reported",
    "stopped for a common reaction": "stopped because of a common reaction",
    "stopped the study drug for adverse events": "stopped the drug because of harm",
    "any serious or severe common reaction": "any common reaction, serious or severe",
}


@cache
def _table() -> dict[str, EvidenceRow]:
    return {
        **rows.read("communication"),
        **rows.read("communication_trials"),
        **rows.read("communication_harms"),
    }


@dataclass(frozen=True)
class Shown:
    """Everything the panel draws.

    Attributes
    ----------
    groups : tuple of Group
    way, kind : str
        The filters.
    phrase : Phrase
    """

    groups: tuple[Group, ...]
    way: str
    kind: str
    phrase: Phrase

    @property
    def harms(self) -> tuple[Harm, ...]:
        """Every harm shown."""
        return tuple(each for group in self.groups for each in group.harms)

    @property
    def asked(self) -> bool:
        """Whether what was asked for one by one belongs here."""
        return self.way != SPRAY and self.kind != GRAVE


def name_of(harm: Harm) -> str:
    """Return what happened, as it is read."""
    return _NAMES.get(harm.event, harm.event)


def out_of_100(rate: float) -> str:
    """Return a rate as people of 100; a rate that is not none never reads as none."""
    if 0 < rate < 0.005:
        return "<1"
    return f"{100 * rate:.0f}"


def difference(harm: Harm) -> str:
    """Return the difference in words, with its interval where there is one."""
    if harm.event == "death":
        died = _table()["com-h-transform-death-people"].value
        return f"{died} of {harm.treated.n} people; none of {harm.compared.n}"
    if harm.effect is None:
        points = 100 * (harm.treated.rate - harm.compared.rate)
        way = "more" if points >= 0 else "fewer"
        return f"{abs(points):.0f} {way}; interval not given"
    rd, low, high = (100 * part for part in (harm.effect.rd, harm.effect.low, harm.effect.high))
    if harm.effect.crosses_no_effect:
        return f"no clear difference ({_signed(low)} to {_signed(high)})"
    return f"{rd:.0f} more ({low:.0f} to {high:.0f})"


def _signed(points: float) -> str:
    rounded = round(points)
    return f"{abs(rounded)} {'more' if rounded > 0 else 'fewer'}" if rounded else "none"


def _bar(kind: str, rate: float) -> str:
    return (
        f'<div class="arm {kind}"><div class="track"><i style="width:{100 * rate:.1f}%"></i></div>'
        f"<b>{out_of_100(rate).replace('<', '&lt;')}</b></div>"
    )


def _row(harm: Harm) -> str:
    words = (
        f"{name_of(harm)}: {out_of_100(harm.treated.rate)} of 100, against "
        f"{out_of_100(harm.compared.rate)}"
    )
    return (
        f'<div class="trd-harm"><span class="what">{escape(name_of(harm))}</span>'
        f'<div role="img" aria-label="{escape(words)}">{_bar("drug", harm.treated.rate)}'
        f"{_bar('other', harm.compared.rate)}</div>"
        f"<span>{escape(difference(harm))}</span></div>"
    )


def _counted(collection: str) -> str:
    kind, _, detail = COLLECTIONS[collection].partition(": ")
    return f"Counted: <strong>{escape(kind)}</strong>{f'; {escape(detail)}' if detail else ''}"


def _group(group: Group) -> str:
    first = group.first
    sizes = (
        f"{first.treated.n} and {first.compared.n} people"
        if len({(each.treated.n, each.compared.n) for each in group.harms}) == 1
        else "numbers of people in the data below"
    )
    return (
        f'<div class="trd-harms"><p><strong>{escape(first.label)}, {escape(first.time)}</strong>: '
        f"{escape(first.treated.name)} against {escape(first.compared.name)}, {sizes}</p>"
        f"<p>{_counted(first.collection)}</p>"
        f"{''.join(map(_row, group.harms))}"
        f'<p class="trd-small">{escape(_sentence(first.population))} ({cited(first.sources)})</p>'
        "</div>"
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _asked() -> str:
    table = _table()
    items = listed(table, ASKED)
    effects = table["com-h-asked-effects"]
    return (
        '<div class="trd-harms"><p><strong>Asked for one by one, after one infusion</strong>: '
        f"ketamine, {effects.n} people, nobody to compare</p>"
        f"<p>{_counted('asked')}</p>"
        f"{items}"
        f'<p class="trd-small">{escape(_sentence(effects.note))}</p></div>'
    )


def _spread(found: Iterable[Harm]) -> str:
    rates = [100 * each.treated.rate for each in found]
    return f"from {min(rates):.0f} to {max(rates):.0f} of 100"


def headline(result: Shown) -> str:
    """Return the message of the bars."""
    found = result.harms
    if not found:
        return (
            "For ketamine infusion not one rate of serious or severe harm with a comparator is in "
            "the table (KARMA-Dep 2 counted serious events, 7 and 6, not people). That is silence, "
            "not safety."
        )
    clear = [each for each in found if each.effect and not each.effect.crosses_no_effect]
    return (
        f"{len(found)} harms, {_spread(found)} on the drug; {len(clear)} of them clearly more "
        "than on the comparator."
    )


class HarmsView(View[Shown]):
    """The bars by group; phrases and silent denominators below."""

    height_px = 560

    def __init__(self) -> None:
        # The sources take a moment to read; better while the page opens.
        cited(("katz2021",))

    def html(self, result: Shown) -> str:
        """Return the message and the bars, one block for each group."""
        blocks = "".join(map(_group, result.groups))
        asked = _asked() if result.asked else ""
        several = len(result.groups) + bool(asked) > 1
        never = (
            verdict(
                "bad",
                "Blocks are not to be compared: other people, another time, another way of "
                "counting. Asking finds more than waiting to be told.",
            )
            if several
            else ""
        )
        return (
            f"{CSS}{_LOOK}{verdict('info', headline(result))}"
            '<p class="trd-key"><span><i class="drug"></i>on the drug</span>'
            '<span><i class="other"></i>on the comparator</span><span>of 100 people</span></p>'
            f"{blocks}{asked}{never}"
            '<p class="trd-small">Differences are worked out before rounding, with their 95 % '
            "interval; so 11 against 1 can be 11 more.</p>"
        )

    def describe(self, result: Shown) -> str:
        """Say how many harms are shown and the most frequent one."""
        if not result.harms:
            return headline(result)
        most = max(result.harms, key=lambda each: each.treated.rate)
        return (
            f"{headline(result)} Most often: {name_of(most)}, "
            f"{out_of_100(most.treated.rate)} of 100 on {most.treated.name} and "
            f"{out_of_100(most.compared.rate)} on {most.compared.name}, {most.time} "
            f"({most.label})."
        )

    def more(self, result: Shown) -> str:
        """Return what the articles said instead, and the silent denominators."""
        return _phrase(result.phrase) + _silent()

    def table(self, result: Shown) -> Table:
        """Return the harms with both arms, people, time, drug and way of counting."""
        return Table(
            "Harms of 100 people in each arm",
            ["Harm", "Drug", "Comparator", "Difference", "Time", "Counted", "Trial"],
            [
                [
                    name_of(each),
                    _arm(each.treated.name, each.treated.rate, each.treated.x, each.treated.n),
                    _arm(each.compared.name, each.compared.rate, each.compared.x, each.compared.n),
                    difference(each),
                    each.time,
                    COLLECTIONS[each.collection],
                    each.label,
                ]
                for each in result.harms
            ],
        )


def _arm(name: str, rate: float, x: int | None, n: int | None) -> str:
    people = f" ({x} of {n} people)" if x is not None else f" ({n} people)" if n else ""
    return f"{out_of_100(rate)} of 100 on {name}{people}"


def _phrase(found: Phrase) -> str:
    said = found.statement
    items = listed(_table(), found.rows)
    return (
        '<p class="trd-sub">What the articles said instead</p>'
        '<div class="trd-group" style="border-left-color:#9a6a00">'
        f"<p><strong>In our words:</strong> {escape(said.claim)}. "
        f"{badge('discuss', said.verdict)}</p>"
        f"<p><strong>What it leaves out:</strong> {escape(found.hides)}</p>"
        f"{items}"
        f"<p><strong>With care:</strong> {escape(said.restatement)}</p></div>"
    )


def _silent() -> str:
    items = ""
    for words, ids in SILENT:
        behind = listed(_table(), ids)
        items += (
            f"<li>{escape(words)}<details><summary>What is known</summary>{behind}</details></li>"
        )
    return (
        '<p class="trd-sub">Silent denominators</p><div class="trd-group" '
        f'style="border-left-color:#8a4a78"><ul>{items}</ul></div>'
    )
