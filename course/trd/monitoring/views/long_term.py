"""The long-term watch: a reader's calendar beside the course's, and what a finding stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from trd.monitoring.evidence import evidence_rows
from trd.monitoring.long_term import Action, Area, Course, Due, Gap
from trd.panel.backed import STATUS_WORDS, line
from trd.panel.parts import CSS, badge, cited, verdict
from trd.panel.views import Table, View

#: Rows that speak about each area, beside its own.
VOICES: dict[str, tuple[str, ...]] = {
    "bladder": (
        "mon-lt-luts",
        "mon-lt-luts-case",
        "mon-lt-luts-recreational",
        "mon-lt-luts-stopping",
        "mon-lt-luts-label",
    ),
    "urine": ("mon-lt-luts-case",),
    "liver": (
        "mon-lt-liver-cases",
        "mon-lt-liver-faers",
        "mon-lt-liver-label",
        "mon-lt-liver-stop",
    ),
    "cognition": ("mon-lt-cognition-short", "mon-lt-cognition-esk"),
    "misuse": (
        "mon-lt-misuse-review",
        "mon-lt-misuse-rems",
        "mon-lt-misuse-reports",
        "mon-lt-other-suppliers",
    ),
    "prescriptions": ("mon-lt-other-suppliers",),
    "pressure": ("mon-bp-riva-no-tolerance",),
    "review": (
        "mon-lt-iv-none",
        "mon-lt-sustain3-months",
        "mon-lt-sustain3-stops",
        "mon-rel-no-iv-rct",
        "mon-rel-exit-plan",
    ),
    "mood": ("mon-worse-mood-after-induction",),
    "suicide": ("mon-worse-after-induction", "mon-rel-exit-plan"),
    "side_effects": ("mon-lt-kset-revised",),
    "pregnancy": (),
}

_FINDINGS = {
    "urinary_symptoms": "urinary symptoms",
    "urinary_persistent": "whether urinary symptoms persist",
    "liver_x_uln": "liver tests",
    "craving": "craving",
    "other_supplier": "ketamine from elsewhere",
    "early_requests": "early requests",
    "mania_or_psychosis": "mania or psychosis",
    "cognitive_decline": "thinking",
    "new_intent": "suicidal intent",
    "benefit": "benefit",
}


@dataclass(frozen=True)
class Shown:
    """Everything the panel draws.

    Attributes
    ----------
    course : Course
    rhythm : str
        In words.
    own : dict of str to tuple of int
        Days by area, as the reader set them.
    due : tuple of Due
        The course's calendar.
    gaps : tuple of Gap
        One for each area the reader sets.
    actions : tuple of Action
        What the findings of a visit call for.
    missing : tuple of str
        Findings not asked for or tested.
    found : bool
        Whether anything at all was asked or tested.
    between : tuple of str
        What is raised and below every limit of the course.
    detail : Area
    """

    course: Course
    rhythm: str
    own: dict[str, tuple[int, ...]]
    due: tuple[Due, ...]
    gaps: tuple[Gap, ...]
    actions: tuple[Action, ...]
    missing: tuple[str, ...]
    found: bool
    between: tuple[str, ...]
    detail: Area


_LOOK = """<style>
.trd-cal { margin:4px 0; display:grid; grid-template-columns:15.5rem 1fr; gap:7px 12px;
  font-size:14px; align-items:center; }
.trd-cal .what { line-height:1.35; }
.trd-cal .what strong { display:block; font-size:15px; }
.trd-cal .trd-badge { font-size:13px; padding:0 5px; }
.trd-watch .trd-select > label { flex:1 0 100%; }
.trd-watch .trd-select > select { flex:0 1 100%; max-width:20rem; }
.trd-cal svg { display:block; width:100%; height:34px; background:#f4f5f6;
  border:1px solid #c9ced3; border-radius:3px; box-sizing:border-box; }
.trd-cal svg.short { height:18px; }
.trd-cal path { fill:none; vector-effect:non-scaling-stroke; }
.trd-cal .mine { stroke:#0072B2; stroke-width:3px; }
.trd-cal .ours { stroke:#5A6068; stroke-width:2px; }
.trd-cal .infusion { stroke:#B34700; stroke-width:2px; }
.trd-cal .wait { fill:#ffd9c2; }
.trd-cal .ticks { position:relative; height:19px; }
.trd-cal .ticks span { position:absolute; transform:translateX(-50%); white-space:nowrap; }
.trd-cal .ticks span:first-child { transform:none; }
.trd-cal .ticks span:last-child { transform:translateX(-100%); }
.trd-acts { list-style:none; padding:0; margin:4px 0; }
.trd-panel .trd-acts > li { margin:0; padding:5px 0; border-bottom:1px solid #d6dade;
  font-size:15px; }
@media (max-width:620px) {
  .trd-cal { grid-template-columns:1fr; gap:3px; }
  .trd-cal > svg { margin-bottom:8px; }
}
</style>"""


def weeks(days: float) -> str:
    """Return a wait in words."""
    if days < 14:
        return f"{days:.0f} days"
    return f"{days / 7:.0f} weeks"


def state(gap: Gap, own: tuple[int, ...]) -> tuple[str, str]:
    """Return kind and words of what is wrong with one line of a reader's calendar."""
    if not own:
        return "bad", "never looked at"
    if gap.no_baseline:
        return "bad", "no baseline"
    if gap.area.at_visits:
        return ("bad", "visits missed") if gap.missed else ("yes", "in order")
    if gap.longest_days > gap.allowed_days:
        return "bad", "wait too long"
    if gap.first_days > gap.first_allowed_days:
        return "partial", "first control late"
    return "yes", "in order"


def _ticks(days: Iterable[int], end: int, top: int, bottom: int) -> str:
    return "".join(f"M{1000 * (day / end):.0f} {top}V{bottom}" for day in days if day <= end)


def _strip(gap: Gap, own: tuple[int, ...], ours: list[int], end: int) -> str:
    wait = ""
    if not gap.in_order and gap.longest_days > gap.allowed_days:
        points = [0, *sorted(day for day in own if day <= end), end]
        first, last = max(pairwise(points), key=lambda pair: pair[1] - pair[0])
        wait = (
            f'<rect class="wait" x="{1000 * first / end:.0f}" y="0" '
            f'width="{1000 * (last - first) / end:.0f}" height="17"/>'
        )
    words = f"{gap.area.label}: {_days_words(own)}; this course: {_days_words(tuple(ours))}"
    return (
        f'<svg viewBox="-8 0 1016 34" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(words)}">{wait}<path class="mine" d="{_ticks(own, end, 2, 16)}"/>'
        f'<path class="ours" d="{_ticks(ours, end, 20, 32)}"/></svg>'
    )


def _days_words(days: tuple[int, ...]) -> str:
    if not days:
        return "never"
    if len(days) == 1:
        return "before infusion 1 only"
    return f"{len(days)} times, the last in week {days[-1] // 7}"


def _ours(result: Shown) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for due in result.due:
        found.setdefault(due.area.name, []).append(due.day)
    return found


def _answer(result: Shown) -> tuple[str, str]:
    bad = [gap for gap in result.gaps if not gap.in_order]
    if not bad:
        return "good", "By this course’s calendar no line of yours waits too long."
    worst = max(bad, key=lambda gap: gap.longest_days)
    own = result.own.get(worst.area.name, ())
    what = worst.area.label[:1].lower() + worst.area.label[1:]
    rest = f"; {len(bad)} of {len(result.gaps)} lines have a gap" if len(bad) > 1 else ""
    if not own:
        return "bad", f"Nobody looks: {what}{rest}."
    if worst.area.at_visits:
        visits = len(result.course.visit_days)
        return "bad", f"{worst.missed} of {visits} visits without it: {what}{rest}."
    return "bad", f"The longest gap, {weeks(worst.longest_days)}: {what}{rest}."


def _calendar(result: Shown) -> str:
    end = result.course.end_day
    ours = _ours(result)
    body = (
        '<div class="what"><strong>Infusions</strong>'
        f"{len(result.course.visit_days)}, {escape(result.rhythm)}</div>"
        f'<svg class="short" viewBox="-8 0 1016 18" preserveAspectRatio="none" role="img" '
        f'aria-label="{len(result.course.visit_days)} infusions to week {end // 7}">'
        f'<path class="infusion" d="{_ticks(result.course.visit_days, end, 2, 16)}"/></svg>'
    )
    for gap in result.gaps:
        own = result.own.get(gap.area.name, ())
        visits = len(result.course.visit_days)
        waits = (
            (f"{gap.missed} of {visits} visits without it" if gap.missed else "at every visit")
            if gap.area.at_visits
            else f"longest wait {weeks(gap.longest_days) if own else 'whole course'}; "
            f"up to {weeks(gap.allowed_days)} by this course"
        )
        body += (
            f'<div class="what"><strong>{escape(gap.area.label)}</strong>'
            f"{badge(*state(gap, own))}<br>{waits}</div>"
            f"{_strip(gap, own, ours[gap.area.name], end)}"
        )
    last = end // 7
    step = next(step for step in (2, 4, 8, 12, 26, 52) if last / step <= 7)
    # The last mark carries a word and needs room.
    marks = [*(week for week in range(0, last, step) if last - week > 0.17 * last), last]
    ticks = "".join(
        f'<span style="left:{100 * (8 + 1000 * 7 * week / end) / 1016:.1f}%">'
        f"{f'week {week}' if week == last else week}</span>"
        for week in marks
    )
    return (
        f'<div class="trd-cal">{body}<span></span><div class="ticks" aria-hidden="true">{ticks}'
        "</div></div>"
        '<p class="trd-small">Weeks since infusion 1; week 0 is before it. Upper marks, blue: '
        "yours. Lower marks, grey: this course’s. Shaded: your longest wait, where it is more than "
        "a quarter longer than the course’s. Asked at every visit in any case: mood scale, C-SSRS, "
        "side-effect tool.</p>"
    )


def _act(action: Action) -> str:
    kind, words = (
        ("bad", "today")
        if action.urgent
        else ("bad", "maintenance stops or is held")
        if action.stops
        else ("partial", "decide with the result")
    )
    row = evidence_rows()[action.row]
    return (
        f"<li>{badge(kind, words)} {escape(action.what)} "
        f'<span class="trd-small">({STATUS_WORDS[row.status]})</span></li>'
    )


def finding_words(result: Shown) -> str:
    """Return what the findings of the visit come to, in words."""
    if not result.found:
        return "Nothing was asked or tested at this visit: that is no reason to go on."
    if any(each.urgent for each in result.actions):
        return "Today: assessment now, no infusion; maintenance is held."
    stops = sum(each.stops for each in result.actions)
    if stops > 1:
        return f"Maintenance stops or is held, for {stops} reasons."
    if stops:
        return "Maintenance stops or is held."
    as_far = ", as far as was asked" if result.missing else ""
    if result.actions:
        return f"Nothing stops maintenance yet{as_far}; one finding waits for its test."
    return f"Nothing found stops maintenance{as_far}."


def _findings(result: Shown) -> str:
    kind = "bad" if any(each.stops for each in result.actions) else "info"
    acts = "".join(_act(each) for each in result.actions)
    listed = f'<ul class="trd-acts">{acts}</ul>' if acts else ""
    missing = (
        f"<p><strong>Not asked or not tested:</strong> "
        f"{', '.join(_FINDINGS[name] for name in result.missing)}.</p>"
        if result.missing
        else ""
    )
    between = (
        "<p>Raised, and below the limit at which this course holds: "
        f"<strong>{' and '.join(result.between)}</strong>. No rule is set for it here; ask what "
        "else is behind it, and write down when you look again.</p>"
        if result.between
        else ""
    )
    return (
        f'<div role="status">{verdict(kind, finding_words(result))}</div>{listed}{between}{missing}'
    )


def _closely(found: Area) -> str:
    table = evidence_rows()
    names = dict.fromkeys((found.row, *VOICES[found.name]))
    items = "".join(f"<li>{line(table[name])}</li>" for name in names)
    return (
        f'<p class="trd-sub">{escape(found.label)}: whose advice?</p>'
        '<div class="trd-group" style="border-left-color:#0b5c8a">'
        f"<p><strong>How often:</strong> {escape(found.cadence)} "
        '<span class="trd-small">(this course’s own convention: no source sets a cadence for '
        "ketamine infusion)</span></p>"
        f"<p><strong>Why:</strong> {escape(found.why)} "
        f'<span class="trd-small">({_why(found)})</span></p>'
        f'<ul class="trd-back">{items}</ul></div>'
    )


def _why(found: Area) -> str:
    words = STATUS_WORDS[found.why_status]
    links = cited(found.why_source)
    return f"{words}: {links}" if links else words


class LongTermView(View[Shown]):
    """The two calendars on top; what a finding stops, and whose advice it is, below."""

    height_px = 620

    def __init__(self) -> None:
        # The sources take a moment to read; better while the page opens.
        cited(("urology2025",))

    def html(self, result: Shown) -> str:
        """Return the message and the two calendars."""
        return f"{CSS}{_LOOK}{verdict(*_answer(result))}{_calendar(result)}"

    def more(self, result: Shown) -> str:
        """Return what the findings call for, and one area closely."""
        return f"{_findings(result)}{_closely(result.detail)}"

    def describe(self, result: Shown) -> str:
        """Say which lines have a gap."""
        bad = [
            f"{gap.area.label} ({state(gap, result.own.get(gap.area.name, ()))[1]})"
            for gap in result.gaps
            if not gap.in_order
        ]
        words = _answer(result)[1]
        return (
            f"{len(result.course.visit_days)} infusions in {result.course.end_day // 7} weeks. "
            f"{words}{f' With a gap: {_list(bad)}.' if bad else ''}"
        )

    def table(self, result: Shown) -> Table:
        """Return the course's calendar by date, and the reason for each line of it."""
        return _Calendar(
            "This course’s calendar, as days and weeks after infusion 1. Every interval is its "
            "own convention.",
            ["When", "Day", "Infusion", "What is due beside the questions of every visit"],
            _dates(result),
            _reasons(result),
        )


def _list(parts: list[str]) -> str:
    return ", ".join(parts)


@dataclass(frozen=True)
class _Calendar(Table):
    """The dates, and under them the reasons."""

    reasons: Table

    def html(self) -> str:
        """Return both tables as HTML."""
        return super().html() + self.reasons.html()


def _dates(result: Shown) -> list[list[str]]:
    number = {day: index for index, day in enumerate(result.course.visit_days, start=1)}
    by_day: dict[int, list[str]] = {}
    for due in result.due:
        if not due.area.at_visits or due.baseline:
            by_day.setdefault(due.day, []).append(due.area.label)
    return [
        [
            "Before infusion 1" if day == 0 else f"Week {day // 7}",
            str(day),
            f"before {number[day]}" if day in number else "between infusions",
            "; ".join(labels),
        ]
        for day, labels in sorted(by_day.items())
    ]


def _reasons(result: Shown) -> Table:
    found = {due.area.name: due.area for due in result.due}
    return Table(
        "Why each of them, and who says so",
        ["Check", "How often (this course)", "Why", "The reason is"],
        [
            [each.label, each.cadence, each.why, STATUS_WORDS[each.why_status]]
            for each in found.values()
        ],
    )
