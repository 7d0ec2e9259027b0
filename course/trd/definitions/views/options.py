"""What else could help: effects side by side, grouped by what they were compared with."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trd.definitions.options import Option, Selection, per_hundred
from trd.panel.parts import CSS, cited
from trd.panel.views import BLUE, GREY, ORANGE, Table, View
from trd.parameters import Entry

_GROUPS = {
    "placebo": "Against placebo, sham or an active placebo",
    "active": "Against another active treatment",
    "usual care": "Added to usual care, against usual care alone",
    "none": "No comparison treatment: the same treatment in two groups of people",
}

_STYLE = """<style>
.trd-opt { margin:0; padding:0; list-style:none; }
.trd-opt li, .trd-axis { display:grid; grid-template-columns:minmax(9rem,15rem) 1fr;
  column-gap:18px; align-items:center; }
.trd-opt li { padding:6px 4px; border-top:1px solid var(--jp-border-color2,#d6dade); }
.trd-opt li.picked { background:#e8f2f8; color:#1b1b1b; border-left:4px solid #0b5c8a; }
.trd-opt li.picked .trd-small { color:#33383d; }
.trd-opt svg, .trd-axis svg { display:block; width:100%; overflow:visible; }
.trd-opt .who, .trd-detail p { margin:0 0 3px; }
.trd-opt .key { white-space:nowrap; margin-right:12px; }
.trd-pair { display:grid; grid-template-columns:repeat(auto-fit,minmax(270px,1fr));
  gap:12px; margin:8px 0; }
.trd-detail { border:1px solid var(--jp-border-color2,#c9ced3); border-radius:6px;
  padding:8px 12px; }
.trd-people { display:grid; grid-template-columns:repeat(auto-fit,minmax(110px,1fr)); gap:10px;
  margin:6px 0; max-width:380px; }
.trd-people svg { display:block; width:100%; }
@media (max-width:620px) {
  .trd-opt li { grid-template-columns:1fr; row-gap:4px; }
  .trd-axis { grid-template-columns:1fr; }
  .trd-axis span:first-child { display:none; } }
</style>"""

_TICKS = (0, 25, 50, 75, 100)
_ANCHORS = {0: "start", 100: "end"}

#: One sign an arm, in shape as well as colour; the last stands for the comparison.
_ROUND, _DIAMOND, _SQUARE = "round", "diamond", "square"
_SIGNS = {_ROUND: ("●", BLUE), _DIAMOND: ("◆", ORANGE), _SQUARE: ("□", GREY)}


class OptionsView(View[Selection]):
    """All comparisons that pass the filters, then the picked one in people of a hundred."""

    height_px = 420

    def html(self, result: Selection) -> str:
        """Return dot plots grouped by comparator, and the table of ratios."""
        groups = "".join(_group(name, found, result) for name, found in result.groups)
        if not result.shown:
            groups = (
                "<p><strong>Nothing passes these filters.</strong> That is a gap in what was read "
                "for this course, not a sign that an option does not help.</p>"
            )
        return f"{CSS}{_STYLE}{groups}{_ratios(result.ratios)}"

    def more(self, result: Selection) -> str:
        """Return the picked comparison, and its partner, in detail."""
        return _details(result)

    def describe(self, result: Selection) -> str:
        """Say what was picked in natural frequencies, and how many comparisons are shown."""
        pair = (result.picked, *result.partners)
        words = " ".join(f"{found.name}: {_frequency(found)}" for found in pair)
        shown = len(result.shown)
        if not shown:
            return f"Nothing passes these filters. {words}"
        kinds = len({found.against for found in result.shown})
        listed = f"{shown} comparison{'s' * (shown != 1)} shown"
        if kinds > 1:
            listed += (
                f" against {kinds} kinds of comparator: read each against its own, do not rank them"
            )
        return f"{words} {listed}."

    def table(self, result: Selection) -> Table:
        """Return every comparison that passes, with comparator, population and certainty."""
        return Table(
            "Comparisons shown, in teaching order and not by size of effect",
            ["Comparison", "Against", "Outcome", "Figures", "People", "Population", "Certainty"],
            [
                [
                    found.name,
                    found.comparator,
                    found.outcome,
                    _figures(found),
                    f"{found.n:,}" if found.n else _arms_n(found) or "not read",
                    found.population,
                    str(found.certainty.value),
                ]
                for found in result.shown
            ],
        )


def _sign(index: int, count: int) -> str:
    return _SQUARE if index == count - 1 else (_ROUND, _DIAMOND)[index]


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _interval(entry: Entry) -> str:
    if entry.low is None or entry.high is None:
        return ""
    return f" ({_number(entry.low)} to {_number(entry.high)})"


def _contrast(entry: Entry) -> str:
    unit = {"g": "g =", "odds ratio": "odds ratio", "risk ratio": "risk ratio"}.get(entry.unit)
    value = f"{_number(entry.value)}{_interval(entry)}"
    sized = f"{unit} {value}" if unit else f"{value} {entry.unit}"
    return f"{entry.note}: {sized}"


def _figures(option: Option) -> str:
    arms = [f"{arm.note} {_number(arm.value)} {arm.unit}" for arm in option.arms]
    return "; ".join([*arms, *map(_contrast, option.contrasts)]) or option.certainty.note


def _arms_n(option: Option) -> str:
    return " + ".join(f"{arm.n:,}" for arm in option.arms if arm.n)


def _did(option: Option) -> str:
    return {"response": "responded", "remission": "were in remission"}[option.outcome_kind]


def _frequency(option: Option) -> str:
    """Return the comparison in people of a hundred, or why that cannot be said."""
    arms = per_hundred(option)
    if not arms:
        return (
            "no percentages were read, so it cannot be said how many of 100 people would benefit."
        )
    parts = [f"{arm.people} ({arm.arm})" for arm in arms]
    joined = f"{', '.join(parts[:-1])} and {parts[-1]}"
    words = f"of 100 people like them in each group, {joined} {_did(option)}"
    difference = next((c for c in option.contrasts if c.unit == "percentage points"), None)
    if difference is None or len(arms) != 2:
        return f"{words}."
    better = max(arms, key=lambda arm: arm.people).arm
    return f"{words}: {abs(arms[0].people - arms[1].people)} more for {better}{_span(difference)}."


def _span(entry: Entry) -> str:
    if entry.low is None or entry.high is None:
        return ""
    low, high = (_number(round(bound)) for bound in (entry.low, entry.high))
    crosses = ", so no difference is possible too" if entry.low <= 0 <= entry.high else ""
    return f" (interval {low} to {high} of 100{crosses})"


def _details(result: Selection) -> str:
    cards = "".join(_card(found) for found in _in_order(result))
    why = ""
    if result.partners:
        why = (
            "<p><strong>These two trials disagree, so they are always shown together.</strong> "
            f"{escape(result.picked.why_together)} Which of these differences explains it is not "
            "known.</p>"
        )
    says = "".join(
        f"<p><strong>{words.family.capitalize()}.</strong> {escape(words.text)} "
        f'<span class="trd-small">({"reported by " * (words.status == "secondary")}'
        f"{cited(words.source)})</span></p>"
        for words in result.standing
    )
    return f'{why}<div class="trd-pair">{cards}</div>{says}'


def _in_order(result: Selection) -> Iterable[Option]:
    return (result.picked, *result.partners)


def _card(option: Option) -> str:
    sentence = _frequency(option)
    certainty = f"<strong>{escape(str(option.certainty.value))}</strong>. "
    certainty += escape(option.certainty.note)
    if option.certainty.status == "teaching-assumption":
        certainty += ' <span class="trd-small">(this course’s own judgement)</span>'
    people = f"{option.n:,} people" if option.n else ""
    if arms_n := _arms_n(option):
        people += f"{', ' * bool(people)}{arms_n} in the arms"
    ratios = "; ".join(map(_contrast, option.contrasts))
    items = [
        ("Compared with", escape(option.comparator)),
        ("Outcome", escape(option.outcome)),
        ("As printed", escape(ratios)),
        ("Who took part", escape(option.population)),
        ("Who was excluded", escape(option.excluded or "Not read for this course.")),
        ("Design", escape(", ".join(filter(None, [option.design, people])))),
        ("Certainty", certainty),
        ("Also", escape(option.note)),
        ("Source", f"{'reported by ' * (option.status == 'secondary')}{cited(option.source)}"),
    ]
    body = "".join(f"<p><strong>{name}:</strong> {text}</p>" for name, text in items if text)
    return (
        f'<div class="trd-detail"><p><strong>{escape(option.name)}</strong>: '
        f"{escape(option.option)}</p><p>{escape(sentence[0].upper() + sentence[1:])}</p>"
        f"{_people(option)}{body}</div>"
    )


def _people(option: Option) -> str:
    """Return one square of a hundred people an arm."""
    arms = per_hundred(option)
    if not arms:
        return ""
    figures = []
    for index, arm in enumerate(arms):
        mark, colour = _SIGNS[_sign(index, len(arms))]
        dots = "".join(
            f'<circle cx="{6 + 10 * (i % 10)}" cy="{6 + 10 * (i // 10)}" r="3.9" '
            + (f'fill="{colour}"/>' if i < arm.people else 'fill="none" stroke="#9aa2aa"/>')
            for i in range(100)
        )
        figures.append(
            f'<div><svg viewBox="0 0 102 102" role="img" aria-label="{arm.people} of 100: '
            f'{escape(arm.arm)}">{dots}</svg><span class="trd-small">{mark} {escape(arm.arm)}: '
            f"<strong>{arm.people} of 100</strong></span></div>"
        )
    return f'<div class="trd-people">{"".join(figures)}</div>'


def _group(name: str, found: tuple[Option, ...], result: Selection) -> str:
    picked = {option.key for option in _in_order(result)}
    rows = "".join(_row(option, option.key in picked) for option in found)
    ticks = "".join(
        f'<text x="{x}%" y="12" text-anchor="{_ANCHORS.get(x, "middle")}" font-size="13" '
        f'fill="currentColor">{x}</text>'
        for x in _TICKS
    )
    return (
        f'<p class="trd-sub">{_GROUPS[name]}</p>'
        '<div class="trd-axis" aria-hidden="true"><span class="trd-small">people of 100</span>'
        f'<svg height="16">{ticks}</svg></div><ul class="trd-opt">{rows}</ul>'
    )


def _row(option: Option, picked: bool) -> str:
    grid = "".join(
        f'<line x1="{x}%" x2="{x}%" y1="0" y2="24" stroke="#c9ced3" stroke-width="1"/>'
        for x in _TICKS
    )
    values = [arm.value for arm in option.arms]
    bar = (
        f'<line x1="{min(values)}%" x2="{max(values)}%" y1="12" y2="12" stroke="{GREY}" '
        'stroke-width="3"/>'
    )
    count = len(values)
    marks = "".join(_mark(value, _sign(i, count)) for i, value in enumerate(values))
    keys = "".join(
        f'<span class="key"><span aria-hidden="true" style="color:{_SIGNS[_sign(i, count)][1]}">'
        f"{_SIGNS[_sign(i, count)][0]}</span> {escape(arm.note)} {_number(arm.value)} %</span> "
        for i, arm in enumerate(option.arms)
    )
    spoken = ", ".join(f"{arm.note} {_number(arm.value)} %" for arm in option.arms)
    size = f"n {option.n:,}" if option.n else f"n {_arms_n(option)}" if _arms_n(option) else ""
    small = " · ".join(filter(None, [option.outcome, size, f"certainty {option.certainty.value}"]))
    row = '<li class="picked">' if picked else "<li>"
    return (
        f'{row}<div><p class="who"><strong>{escape(option.name)}</strong></p>'
        f'<p class="who trd-small">{escape(option.population)}<br>'
        f'{escape(small)}</p></div><div><svg height="24" role="img" '
        f'aria-label="{escape(option.name)}: {escape(spoken)}">{grid}{bar}{marks}</svg>'
        f"<div>{keys}</div></div></li>"
    )


def _mark(value: float, sign: str) -> str:
    colour = _SIGNS[sign][1]
    if sign == _ROUND:
        return f'<circle cx="{value}%" cy="12" r="6.5" fill="{colour}"/>'
    # A nested svg places a shape at a percentage and keeps its size in pixels.
    look = (
        f'x="-5.5" y="-5.5" width="11" height="11" fill="#fff" stroke="{colour}" stroke-width="3"'
        if sign == _SQUARE
        else f'x="-5" y="-5" width="10" height="10" fill="{colour}" transform="rotate(45)"'
    )
    return (
        f'<svg x="{value}%" y="12" width="1" height="1" style="width:1px;overflow:visible">'
        f"<rect {look}/></svg>"
    )


def _ratios(found: tuple[Option, ...]) -> str:
    if not found:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(option.name)}</th><td>{escape(option.comparator)}</td>'
        f"<td>{escape(_figures(option))}</td><td>{escape(option.population)}</td>"
        f"<td>{escape(str(option.certainty.value))}</td><td>{cited(option.source)}</td></tr>"
        for option in found
    )
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Comparison", "Against", "Figures", "Population", "Certainty", "Source")
    )
    return (
        '<p class="trd-sub">No percentages read: a ratio or points on a scale only</p>'
        f'<div class="trd-table"><table class="trd-stack"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<p class="trd-small">An odds ratio says nothing about people until the share in the '
        "comparison group is known, so these are not drawn.</p>"
    )
