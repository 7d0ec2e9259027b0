"""Ready to go home? The sheet first; after a decision each criterion, whose rule, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from trd.monitoring.at_the_door import (
    ASSESS,
    FIRST_MIN,
    HOME,
    LAST_MIN,
    WAIT,
    Door,
    Line,
)
from trd.monitoring.discharge import (
    INFUSION_MIN,
    RULES,
    Readiness,
    Recovery,
    driving,
    readiness,
)
from trd.monitoring.evidence import evidence_rows
from trd.panel.backed import STATUS_WORDS, line
from trd.panel.parts import CSS, badge, cited, verdict
from trd.panel.views import Table, View

NOTE = (
    "<strong>Content note.</strong> One of these people has new suicidal thoughts. No method is "
    "described. Support lines stand at the bottom."
)

SHORT = {
    "intent": "Suicide risk",
    "time": "Time",
    "pressure": "Pressure",
    "saturation": "Saturation",
    "alert": "Alertness",
    "oriented": "Orientation",
    "dissociation": "Dissociation",
    "gait": "Gait",
    "drinks": "Drinking",
    "cannula": "Cannula",
    "escort": "Escort",
    "driving": "Driving",
    "advice": "Advice",
    "two_hours": "Two hours",
}
_RULE_NAMES = {
    "course": "This course’s order set",
    "rems": "US programme for esketamine",
    "clock": "The clock alone",
    "vitals": "The vital signs alone",
}
_READS = {
    "course": "every line above",
    "rems": "2 hours from the start; sedation, dissociation and breathing resolved",
    "clock": "60 minutes since the end",
    "vitals": "pressure and saturation",
}
_LOOK = """<style>
.trd-handed { list-style:none; margin:4px 0 8px; padding:0; columns:2 310px; column-gap:26px; }
.trd-panel .trd-handed > li { break-inside:avoid; margin:0; padding:4px 0; font-size:15px;
  border-bottom:1px solid #d6dade; line-height:1.4; display:grid; gap:0 8px;
  grid-template-columns:7.4em 1fr auto; align-items:start; }
.trd-handed b { font-weight:600; }
.trd-handed .trd-badge { font-size:14px; padding:0 6px; }
.trd-handed .why { grid-column:1/-1; font-size:14px; color:var(--jp-content-font-color2,#4a4f55); }
.trd-story { border-left:6px solid #5a6068; background:#f4f5f6; color:#1b1b1b; padding:8px 12px;
  border-radius:5px; margin:0 0 8px; }
.trd-exit { display:grid; grid-template-columns:17rem 1fr; gap:5px 12px; align-items:center;
  margin:4px 0; font-size:14px; }
.trd-exit .who { font-weight:600; }
.trd-exit .reads { display:block; font-weight:400; }
.trd-exit .track { position:relative; height:22px; background:#eef0f2; border:1px solid #5a6068;
  border-radius:3px; }
.trd-exit .go { position:absolute; top:0; bottom:0; background:#0072B2; }
.trd-exit .other .go { background:repeating-linear-gradient(45deg,#b5cfe0 0 6px,#dce9f2 6px 11px); }
.trd-exit .now { position:absolute; top:-4px; bottom:-4px; width:4px; margin-left:-2px;
  background:#1b1b1b; }
.trd-exit .ticks { position:relative; height:20px; }
.trd-exit .ticks span { position:absolute; transform:translateX(-50%); white-space:nowrap; }
.trd-exit .ticks span:last-child { transform:translateX(-100%); }
.trd-exit .ticks span:first-child { transform:none; }
@media (max-width:620px) {
  .trd-panel .trd-handed > li { grid-template-columns:1fr auto; }
  .trd-handed > li > span:not([class]) { grid-column:1/-1; grid-row:2; }
  .trd-exit { grid-template-columns:1fr; gap:2px; }
  .trd-exit > .track { margin-bottom:9px; }
}
</style>"""


def _pressure(one: Recovery, door: Door) -> str:
    return (
        f"{one.systolic:g}/{one.diastolic:g}, ten minutes before "
        f"{door.earlier[0]}/{door.earlier[1]}; baseline "
        f"{one.baseline_systolic:g}/{one.baseline_diastolic:g} mmHg"
    )


def _yes(name: str, yes: str, no: str, unknown: str) -> Callable[[Recovery, Door], str]:
    def words(one: Recovery, door: Door) -> str:
        del door
        found = getattr(one, name)
        return unknown if found is None else yes if found else no

    return words


def _cadss(one: Recovery, door: Door) -> str:
    del door
    if one.cadss is None:
        return "not asked"
    return f"CADSS {one.cadss:g}; before the infusion {one.baseline_cadss:g}"


_FOUND: dict[str, Callable[[Recovery, Door], str]] = {
    "intent": _yes("new_intent", "C-SSRS: a new plan", "no new intent or plan", "not asked again"),
    "time": lambda one, door: f"{one.minute - INFUSION_MIN:g} minutes since the end",
    "pressure": _pressure,
    "saturation": lambda one, door: (
        f"{one.spo2:g} % {'on air' if one.on_air else 'on oxygen'}; "
        f"before {one.baseline_spo2:g} % on air"
    ),
    "alert": lambda one, door: f"MOAA/S {one.moaas}",
    "oriented": _yes("oriented", "knows where, when and why", "muddles day and place", "not asked"),
    "dissociation": _cadss,
    "gait": _yes("steady_gait", "walks steadily", "holds on to the wall", "nobody has looked"),
    "drinks": _yes("drinks", "drank, no vomiting", "vomits", "not tried"),
    "cannula": _yes("cannula_out", "out", "still in the vein", "not known"),
    "escort": _yes("escort", "an adult is here", "nobody", "not known"),
    "driving": _yes("wants_to_drive", "means to drive home", "does not drive today", "not asked"),
    "advice": _yes("written_advice", "given and gone through", "not yet given", "not known"),
}


def found_words(code: str, door: Door) -> str:
    """Return what is known about one criterion, in words."""
    return _FOUND[code](door.now, door)


def _names(codes: tuple[str, ...]) -> str:
    return ", ".join(SHORT[code].lower() for code in codes)


def message(door: Door) -> tuple[str, str]:
    """Return kind and words of the answer to a decision."""
    name, order = door.who.name, door.decisions[0]
    if not door.decided:
        return "info", f"Minute {door.minute}. Does {name} go home? Decide above."
    stops = "; ".join(
        part
        for part in (
            f"not met: {_names(order.unmet)}" if order.unmet else "",
            f"not known: {_names(order.unknown)}" if order.unknown else "",
        )
        if part
    )
    words = {
        (HOME, HOME): ("good", f"{name} goes home; nothing on the list stands in the way."),
        (HOME, WAIT): ("bad", f"You let {name} go. The order set keeps {name} ({stops})."),
        (HOME, ASSESS): (
            "bad",
            f"You let {name} go with a new plan. The order set: somebody stays, and a "
            "psychiatrist assesses now. It does not wait for tomorrow.",
        ),
        (WAIT, WAIT): ("good", f"{name} stays, by the order set too ({stops})."),
        (WAIT, ASSESS): (
            "bad",
            f"Staying is right, waiting is not enough: {name} has a new plan. Somebody stays, and "
            "a psychiatrist assesses now.",
        ),
        (WAIT, HOME): (
            "info",
            f"Nothing on the list stands in the way. If {name} stays, say by whose rule, and what "
            "you wait for.",
        ),
        (ASSESS, ASSESS): (
            "good",
            "Somebody stays, and a psychiatrist assesses now; the order set says the same. The "
            "other criteria come after it.",
        ),
        (ASSESS, WAIT): ("info", f"No new intent is known. What keeps {name} here: {stops}."),
        (ASSESS, HOME): (
            "info",
            f"The question was asked, and {name} reports no new intent or plan. Nothing on the "
            "list stands in the way.",
        ),
    }
    return words[(door.choice, door.best)]


_NEEDS = {
    "look": "look or ask",
    "arrange": "arrange it",
    "person": "neither time nor an escort: psychiatric assessment",
}


def _needs(found: Line) -> str:
    if found.needs == "time":
        return f"time: met from minute {found.from_min}"
    return _NEEDS.get(found.needs, "")


_BADGES = {True: ("yes", "met"), False: ("bad", "not met"), None: ("discuss", "not known")}


def _sheet(door: Door) -> str:
    items = ""
    for found in door.lines:
        code = found.criterion.code
        mark = f" {badge(*_BADGES[found.met])}" if door.decided else ""
        needs = _needs(found) if door.decided else ""
        why = (
            f'<span class="why">{escape(needs[:1].upper() + needs[1:])}. '
            f"{escape(found.criterion.why)}</span>"
            if needs
            else ""
        )
        items += (
            f"<li><b>{escape(SHORT[code])}</b> <span>{escape(found_words(code, door))}</span>"
            f"{mark}{why}</li>"
        )
    return f'<ul class="trd-handed">{items}</ul>'


def _left(minute: float) -> float:
    return 100 * (minute - FIRST_MIN) / (LAST_MIN - FIRST_MIN)


def span_words(door: Door, rule: str) -> str:
    """Return from which minute one way of deciding lets the person go."""
    spans = door.spans[rule]
    if not spans:
        return "never in this stay"
    return " and ".join(
        f"from minute {first}" if last == LAST_MIN else f"in minutes {first} to {last}"
        for first, last in spans
    )


def _whose(door: Door) -> str:
    rows = ""
    for decision in door.decisions:
        rule = decision.rule
        now = "lets go now" if decision.home else "keeps now"
        bars = "".join(
            f'<span class="go" style="left:{_left(first):.1f}%;'
            f'width:{_left(last) - _left(first):.1f}%"></span>'
            for first, last in door.spans[rule]
        )
        kind = "" if rule == "course" else " other"
        rows += (
            f'<div><span class="who">{escape(_RULE_NAMES[rule])}</span>'
            f'<span class="reads"><strong>{now}</strong>; reads {escape(_READS[rule])}</span></div>'
            f'<div class="track{kind}" role="img" aria-label="{escape(_RULE_NAMES[rule])}: lets go '
            f'{escape(span_words(door, rule))}">{bars}'
            f'<span class="now" style="left:{_left(door.minute):.1f}%"></span></div>'
        )
    ticks = "".join(
        f'<span style="left:{_left(at):.1f}%">{at}{" min" if at == LAST_MIN else ""}</span>'
        for at in (40, 60, 80, 100, 120, 140, LAST_MIN)
    )
    return (
        '<p class="trd-sub">The clock and the criteria: when would each way let '
        f"{escape(door.who.name)} go?</p>"
        f'<div class="trd-exit">{rows}<span></span><div class="ticks" aria-hidden="true">{ticks}'
        "</div></div>"
        '<p class="trd-small">Minutes since the start; the pump stopped at '
        f"{INFUSION_MIN}. Bars: everything has been looked at, asked and arranged. Black mark: "
        "now; the words beside it go by what you know. No bar: never in this stay.</p>"
    )


class DischargeView(View[Door]):
    """The sheet without marks before the decision; marks, rules and clock after it."""

    height_px = 330

    def __init__(self) -> None:
        # The sources take a moment to read; better while the page opens than at the decision.
        cited(("spravato-hcp",))
        readiness()

    def html(self, result: Door) -> str:
        """Return story, verdict and sheet, and after a decision whose rule does what."""
        after = ""
        if result.decided:
            after = f'<p class="trd-small">{escape(result.who.point)}</p>{_whose(result)}'
        arranged = (
            f'<p class="trd-small">Arranged: {escape(result.who.arranging)}</p>'
            if result.step == "arranged"
            else ""
        )
        return (
            f"{CSS}{_LOOK}"
            f'<p class="trd-story"><strong>{escape(result.who.title)}.</strong> '
            f"{escape(result.who.story)}</p>{verdict(*message(result))}"
            f"{arranged}{_sheet(result)}{after}"
        )

    def more(self, result: Door) -> str:
        """Return driving, the crowd and where the lines come from, after a decision."""
        if not result.decided:
            return (
                '<p class="trd-small">Each criterion, whose rule it is and what driving studies '
                "say open with your decision.</p>"
            )
        return _driving() + _crowd() + _origins()

    def describe(self, result: Door) -> str:
        """Say the answer, and when each way of deciding would let the person go."""
        words = message(result)[1]
        if not result.decided:
            return f"{result.who.title}. {words}"
        return (
            f"{words} Once all is looked at and arranged, the order set lets {result.who.name} go "
            f"{span_words(result, 'course')}, the clock alone {span_words(result, 'clock')}, the "
            f"vital signs alone {span_words(result, 'vitals')}."
        )

    def table(self, result: Door) -> Table:
        """Return the criteria with what was found; after a decision what each comes to."""
        if not result.decided:
            return Table(
                f"What is known of {result.who.title}, at minute {result.minute}",
                ["Criterion", "Known"],
                [
                    [each.criterion.what, found_words(each.criterion.code, result)]
                    for each in result.lines
                ],
            )
        return Table(
            f"{result.who.title}, minute {result.minute}: criteria of the fictional clinic’s order "
            "set",
            ["Criterion", "Known", "Met", "What would change it", "Whose", "Read by"],
            [
                [
                    each.criterion.what,
                    found_words(each.criterion.code, result),
                    _BADGES[each.met][1],
                    _needs(each) or "–",
                    _whose_words(each),
                    _readers(each.criterion.code),
                ]
                for each in result.lines
            ],
        )


def _whose_words(found: Line) -> str:
    if found.criterion.code == "driving":
        return "the maker’s advice for esketamine, carried over by this course"
    return STATUS_WORDS[found.criterion.status]


def _readers(code: str) -> str:
    return ", ".join(
        _RULE_NAMES[rule].removeprefix("The ").removeprefix("This ")
        for rule, (_words, codes) in RULES.items()
        if code in codes
    )


def _driving() -> str:
    table = evidence_rows()
    small, simulator = driving(next_day=False, slept=False).tempting
    nasal, vein = table["mon-dis-driving-esk"].source, table["mon-dis-driving-iv"].source
    rule = table["mon-dis-no-driving"]
    return (
        '<p class="trd-sub">“It’s only ten minutes”</p>'
        '<div class="trd-group" style="border-left-color:#8c1d18"><p><strong>Not until the next '
        f"day, after restful sleep.</strong> The maker’s advice for esketamine nasal spray "
        f"({cited(rule.source)}); this course applies it to infusion.</p>"
        f"<p>What tempts: {escape(small)} ({cited(nasal)}) {escape(simulator)} ({cited(vein)}) "
        "Neither relaxes the advice.</p></div>"
    )


def _crowd() -> str:
    found: Readiness = readiness()
    at = [found.minutes.index(minute) for minute in (45, 60, 80, 100, 120)]
    cells = "".join(f"<td>{1000 * found.by_criterion['all'][index]:.0f}</td>" for index in at)
    gait = "".join(f"<td>{1000 * found.by_criterion['gait'][index]:.0f}</td>" for index in at)
    low = "".join(f"<td>{1000 * found.by_criterion['pressure'][index]:.0f}</td>" for index in at)
    head = "".join(f'<th scope="col">{found.minutes[index]}</th>' for index in at)
    half = found.median_ready_min
    return (
        '<p class="trd-sub">1,000 simulated bodies, by minute since the start</p>'
        '<div class="trd-table"><table><thead><tr><th scope="col">Of 1,000 simulated</th>'
        f'{head}</tr></thead><tbody><tr><th scope="row">pressure met</th>{low}</tr>'
        f'<tr><th scope="row">steady gait</th>{gait}</tr>'
        f'<tr><th scope="row"><strong>all five of the body</strong></th>{cells}</tr></tbody>'
        f'</table></div><p class="trd-small">Half of them at minute {half:.0f}. Pressure, '
        "alertness, orientation, dissociation and gait only. These counts come from this course’s "
        "assumptions and are no rates of any clinic: they show which line comes last, not how "
        "often.</p>"
    )


def _origins() -> str:
    table = evidence_rows()
    names = (
        "mon-order-discharge",
        "mon-dis-minutes",
        "mon-dis-rems",
        "mon-dis-bp-falling",
        "mon-dis-bp-rule",
        "mon-dis-cadss",
        "mon-dis-fall",
        "mon-dis-label-adult",
        "mon-dis-lift-tomorrow",
        "mon-worse-after-induction",
    )
    items = "".join(f"<li>{line(table[name])}</li>" for name in names)
    return (
        "<details><summary><strong>Whose rule, line by line</strong></summary>"
        f'<ul class="trd-back">{items}</ul></details>'
    )


__all__ = [
    "NOTE",
    "SHORT",
    "DischargeView",
    "found_words",
    "message",
    "span_words",
]
