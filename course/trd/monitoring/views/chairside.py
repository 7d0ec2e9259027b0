"""How the chairside looks: the door, the order set, the moment in words, the debrief."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from trd.monitoring import pump as pumps
from trd.monitoring.account import (
    Account,
    Result,
    Stretch,
    Told,
    Watched,
    Worth,
    side_by_side,
)
from trd.monitoring.actions import (
    ACTIONS,
    BEFORE,
    CARE,
    DRUG,
    END,
    IMPRESSIONS,
    PEOPLE,
    PUMP,
    RECORD,
    TEAM,
    WATCH,
    Action,
    wording,
)
from trd.monitoring.casebook import SCENARIOS, Scenario
from trd.monitoring.chair import PATIENT, YOU, Happening, Observation
from trd.monitoring.chair import TEAM as TEAM_LINE
from trd.monitoring.debrief import ORIGIN, Debrief, Mark, clock
from trd.monitoring.evidence import evidence_rows
from trd.monitoring.orders import HEADLINE, ORDERS, SECTIONS, order_set
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.speech import signs
from trd.panel.backed import line, origin
from trd.panel.parts import badge

_WHO = dict(PEOPLE)
_PUMP = {
    pumps.BEFORE: "not started",
    pumps.RUNNING: "running",
    pumps.PAUSED: "paused",
    pumps.STOPPED: "stopped",
    pumps.COMPLETE: "complete",
}
_POSITION = {
    "reclined": "reclined",
    "supine": "flat on the back",
    "legs_up": "flat, legs up",
    "lateral": "on the side",
    "head_up": "head up 30 degrees",
    "sit": "sitting upright",
    "standing": "standing",
}
_OXYGEN = {
    "off": "on air",
    "low": "low flow",
    "high": "high flow by mask",
    "cpap": "100 %, tight mask, CPAP",
}
_HOLDING = {
    "jaw_thrust": "jaw thrust",
    "larson": "pressure behind the ear lobes",
    "bag_mask": "bag and mask",
    "restrain": "holding the person down",
}
_GONE = {
    "home": "has gone home with the escort",
    "signed out": "has signed out and gone",
    "hospital": "is with the emergency team",
    "walked out": "has walked out",
}
#: From this MOAA/S down somebody is not left alone.
UNROUSED = 3
_INTERLOCK = ("consent", "escort", "baseline", "two-person dose check")
_ROLE = {"nurse": "nurse", "prescriber": "prescriber", "anaesthetist": "anaesthetist on call"}


# -- the buttons -------------------------------------------------------------------------------

#: Name of a tab, the group of actions in it, and those that stand first, the urgent ones on top.
_TABS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("before", "Before", BEFORE, ()),
    ("watch", "Watch", WATCH, ("bp", "moaas", "cadss", "capnograph", "strip")),
    ("ask", "Ask", "", ("ask",)),
    ("pump", "Pump", PUMP, ()),
    (
        "care",
        "Hands",
        CARE,
        (
            *("quiet", "reassure", "hand", "let_go", "position", "oxygen", "jaw_thrust", "larson"),
            *("bag_mask", "suction", "oral_airway", "fluids", "drink", "cannula_out", "restrain"),
            "say",
        ),
    ),
    ("drug", "Drugs", DRUG, ()),
    ("team", "People", TEAM, ()),
    ("record", "Chart", RECORD, ("impression", "note", "silence", "debrief", "disclose", "report")),
    ("end", "End", END, ()),
)

#: Choices that are long enough to stand on a line of their own.
_LONG = ("check", "ask", "plan", "say", "dose_check", "bp", "note")

_TITLES = {"cuff_cycle": "Cuff every"}

#: What opens a dialog, in which the clock halts.
_DIALOGS = ("give", "impression")

#: What cannot be taken back, and what is asked before it is done.
_SURE = {
    "defer": "Defer: no infusion today?",
    "send_home": "Send the person home with the escort?",
    "sign_out": "Let the person sign out and go?",
    "transfer": "Hand the person over to the emergency team and let them go?",
    "finish": "End the run? Nothing can be done after it.",
}

#: Letters that work while the focus is inside the panel.
KEYS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("b", "bp", {"arm": "same"}),
    ("m", "moaas", {}),
    ("c", "cadss", {}),
    ("a", "ask", {"about": "how"}),
    ("p", "pause", {}),
    ("x", "stop", {}),
    ("r", "pump_check", {}),
    ("j", "jaw_thrust", {}),
    ("h", "call", {"who": "colleague"}),
    ("d", "call", {"who": "prescriber"}),
    ("e", "call", {"who": "ems"}),
    ("l", "silence", {}),
    ("n", "note", {"how": "as-it-happened"}),
)


def _cost(found: Action, chosen: Mapping[str, str]) -> int:
    return found.seconds(chosen)


def _button(found: Action, chosen: Mapping[str, str], text: str) -> dict[str, Any]:
    key = next((k for k, do, detail in KEYS if do == found.key and detail == chosen), "")
    return {
        "do": found.key,
        "detail": dict(chosen),
        "text": text,
        "name": wording(found.key, chosen),
        "takes": _cost(found, chosen),
        "key": key,
        "sure": _SURE.get(found.key, ""),
        "mark": chosen.get("item", "") if found.key == "check" else found.key,
    }


def _row(found: Action) -> dict[str, Any]:
    if found.key in _DIALOGS:
        return {
            "kind": "opens",
            "title": found.label if found.key == "give" else "",
            "buttons": [
                {"text": label, "dialog": found.key, "choice": key}
                for key, label in found.details[0].choices
            ]
            if found.key == "give"
            else [{"text": f"{found.label} …", "dialog": found.key, "choice": ""}],
        }
    if not found.details:
        return {"kind": "list", "title": "", "buttons": [_button(found, {}, found.label)]}
    detail = found.details[0]
    long = found.key in _LONG
    buttons = []
    for key, label in detail.choices:
        chosen = {detail.name: key}
        text = f"{found.label}: {label}" if found.key in ("bp", "dose_check", "note") else label
        # Said once before the row.
        text = text.removeprefix("every ") if found.key == "cuff_cycle" else text
        buttons.append(_button(found, chosen, text))
    titled = found.key not in ("bp", "dose_check", "note", "check", "ask")
    return {
        "kind": "list" if long else "chips",
        "title": _TITLES.get(found.key, found.label) if titled else "",
        "buttons": buttons,
    }


def tabs() -> list[dict[str, Any]]:
    """Return every action, as the panel draws its buttons from it."""
    known = {each.key: each for each in ACTIONS}
    placed = {key for _name, _title, _group, first in _TABS for key in first}
    found = []
    for name, title, group, first in _TABS:
        rest = [each for each in ACTIONS if each.group == group and each.key not in placed]
        rows = [_row(each) for each in (*(known[key] for key in first), *rest)]
        found.append({"id": name, "title": title, "rows": rows})
    return found


def drug_dialog() -> dict[str, Any]:
    """Return what the drug dialog offers: drugs, amounts, and the lines of the sheet on drugs."""
    give = next(each for each in ACTIONS if each.key == "give")
    drugs, amounts = give.details
    return {
        "drugs": [list(pair) for pair in drugs.choices],
        "amounts": [list(pair) for pair in amounts.choices],
        "takes": {key: give.seconds({"drug": key}) for key in drugs.keys},
    }


def impressions() -> list[list[str]]:
    """Return what one may think it is."""
    return [list(pair) for pair in IMPRESSIONS]


def key_list() -> list[list[str]]:
    """Return the letters with what they do, as they stand in the list of keys."""
    return [[key, wording(do, detail)] for key, do, detail in KEYS]


# -- the door ----------------------------------------------------------------------------------


def catalogue() -> list[dict[str, Any]]:
    """Return the scenarios to choose from."""
    return [
        {
            "key": each.key,
            "title": f"{each.number}. {each.title}" if each.number else each.title,
            "purpose": each.purpose,
            "tags": _tags(each),
        }
        for each in SCENARIOS.values()
    ]


def _tags(found: Scenario) -> str:
    parts = [f"up to {found.minutes} min of simulated time"]
    if found.drill:
        parts.append("drill of a rare event")
    parts.append("for " + ", ".join(_ROLE.get(role, role) for role in found.roles))
    return " · ".join(parts)


def order_sheet() -> str:
    """Return the order set of the fictional clinic as a sheet of paper."""
    parts = "".join(
        f'<div class="tch-section"><p class="tch-sub">{escape(name)}</p><ul>'
        + "".join(f"<li>{escape(each.text)}</li>" for each in order_set(name))
        + "</ul></div>"
        for name in SECTIONS
    )
    rows = evidence_rows()
    sources = "".join(
        f"<li>{escape(each.text)} <span class='trd-small'>({origin(rows[each.evidence])})</span>"
        "</li>"
        for each in ORDERS
        if each.status != "teaching-assumption"
    )
    return (
        '<div class="tch-sheet"><p class="tch-sheet-head">Order set</p>'
        f'<p class="tch-fiction">{escape(HEADLINE)}</p><div class="tch-sections">{parts}</div>'
        '<details><summary>Where the lines come from</summary><p class="trd-small">'
        "Every line is this course’s own convention but:</p>"
        f'<ul class="tch-back">{sources}</ul></details></div>'
    )


def brief(found: Scenario, words: str) -> str:
    """Return what the trainee is told at the door."""
    note = (
        f'<p class="tch-content-note"><strong>Content note.</strong> {escape(found.content_note)}'
        "</p>"
        if found.content_note
        else ""
    )
    return (
        f'{note}<div class="tch-brief"><p class="tch-brief-head">At the door</p>'
        f"<p>{escape(words)}</p></div>"
    )


def rules(found: Scenario) -> str:
    """Return the marking of a scenario; it gives away what happens."""
    scheme = SCHEMES[found.key]
    items = "".join(
        f"<li><strong>{escape(rule.label)}</strong>, {rule.points:g}: {escape(rule.rule)}</li>"
        for rule in scheme.rules
    )
    errors = "".join(
        f"<li>{escape(rule.error)} {escape(rule.reason)}</li>" for rule in scheme.critical
    )
    return (
        "<details><summary>How it is marked (gives away what happens)</summary>"
        f"<p>Points:</p><ul>{items}</ul><p>Critical errors; any takes all points:</p>"
        f"<ul>{errors}</ul></details>"
    )


# -- the moment --------------------------------------------------------------------------------


def seconds_words(seconds: int) -> str:
    """Return how long something lasts, e.g. ``"40 s"`` or ``"3 min"``."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"


def _phase(session: Watched) -> str:
    started, ended = session.pump.started_s, session.pump.ended_s
    if session.gone is not None:
        return f"The person {_GONE.get(session.gone, 'has left')}"
    if started is None:
        return "Deferred: no infusion today" if session.deferred else "Before the infusion"
    if ended is not None and ended <= session.now_s:
        return f"{seconds_words(session.now_s - ended)} since the end"
    return "since the start"


def _pressure(seen: Observation) -> dict[str, Any] | None:
    last = seen.reading
    if last is None:
        return None
    level = "high" if last.high else "alert" if last.alert else "low" if last.sbp < 90 else ""
    return {"text": last.text, "ago": seconds_words(seen.t_s - last.t_s), "level": level}


def _clock_of(session: Watched, t_s: int) -> str:
    started = session.pump.started_s
    return clock(t_s if started is None else t_s - started).replace("-", "−")


def where_it_stands(session: Watched) -> tuple[str, str]:
    """Return the clock of a run, and since when it counts."""
    started = session.pump.started_s is not None
    since = "since the start of the infusion" if started else "since you came"
    return _clock_of(session, session.now_s), since


def moment(session: Watched) -> dict[str, Any]:
    """Return everything that can be seen and heard now, ready to be drawn or read out."""
    seen = session.observe()
    started = session.pump.started_s
    found: dict[str, Any] = {
        "t": seen.t_s,
        "clock": _clock_of(session, seen.t_s),
        "counts": "since the start" if started is not None else "since you came",
        "phase": _phase(session),
        "left": seconds_words(max(0, session.limit_s - seen.t_s)),
        "spo2": seen.spo2,
        "hr": seen.hr,
        "etco2": seen.etco2,
        "rr": seen.respiration,
        "rhythm": seen.rhythm,
        "capno": session.instruments.capnograph_on,
        "strip": session.instruments.strip_on,
        "bp": _pressure(seen),
        "measuring": seen.measuring,
        "cycle": f"cuff every {seen.cycle_min} min" if seen.cycle_min else "cuff by hand",
        "looks": seen.looks,
        "says": seen.says,
        "pump": {
            "state": seen.pump,
            "words": _PUMP[seen.pump],
            "rate": f"{round(seen.mg_per_min, 3):g}",
            "given": f"{round(seen.given_mg, 1):g}",
        },
        "alarms": [
            {
                "key": each.key,
                "text": each.text,
                "urgent": each.urgent,
                "quiet": each.quiet_until_s > seen.t_s,
            }
            for each in seen.alarms
        ],
        "people": [_WHO[who] for who in seen.people],
        "coming": [[_WHO[who], seconds_words(left)] for who, left in seen.coming],
        "position": seen.position,
        "oxygen": seen.oxygen,
        "holding": [_HOLDING[each] for each in seen.holding],
        "quiet": seen.quiet,
        "here": seen.in_room,
        "gone": session.gone or "",
        "over": seen.over,
        "checked": _checked(session),
        "interlock": _interlock(session) if started is None else [],
        "set": _set(session, seen),
        "sure": sure(session),
        "order": session.order(),
        "scored": {
            name: [value[1], _clock_of(session, value[0])]
            for name, value in (("MOAA/S", seen.moaas), ("CADSS", seen.cadss))
            if value is not None
        },
    }
    found["facts"] = facts(found)
    return found


def _set(session: Watched, seen: Observation) -> dict[str, str]:
    """Return what is set or held now: an action, and its choice or ``"on"``."""
    if session.gone is not None or not seen.in_room:
        return {}
    rates = [key for key, rate in pumps.RATES.items() if rate == session.pump.rate]
    found = {
        "cuff_cycle": str(seen.cycle_min),
        "position": seen.position,
        "oxygen": seen.oxygen,
        "bag_mask": "on" if "bag_mask" in seen.holding else "off",
        "rate": rates[0] if rates and seen.pump == pumps.RUNNING else "",
        "quiet": "on" if seen.quiet else "",
        "capnograph": "on" if session.instruments.capnograph_on else "",
        "strip": "on" if session.instruments.strip_on else "",
        "cannula_out": "on" if session.cannula_out_s is not None else "",
    }
    found |= {key: "on" for key in ("jaw_thrust", "larson", "restrain") if key in seen.holding}
    return {key: value for key, value in found.items() if value}


def sure(session: Watched) -> dict[str, list[str]]:
    """Return what speaks against leaving now, by the action that leaves; all of it can be seen."""
    if session.gone is not None:
        late = _still_coming(session)
        return {"finish": late} if late else {}
    unwell, pump = _unwell(session), session.pump.state
    running = {
        pumps.RUNNING: ["The pump is still running."],
        pumps.PAUSED: ["The infusion is paused: neither resumed nor ended."],
    }.get(pump, [])
    team = _still_coming(session)
    home = [] if session.cannula_out_s is not None else ["The cannula is still in."]
    if not any(each.do == "plan" and each.chosen["what"] == "advice" for each in session.done):
        home.append("No advice was given in writing.")
    ended = session.pump.ended_s
    if ended is not None and not any(e.do == "drink" and e.t_s >= ended for e in session.done):
        home.append("Nothing was drunk since the end of the infusion.")
    found = {
        "finish": [*running, *team, *unwell],
        "send_home": [*team, *unwell, *home],
        "sign_out": [*team, *unwell],
        "leave_room": [] if session.present else [*running, *unwell],
    }
    return {key: lines for key, lines in found.items() if lines}


def _still_coming(session: Watched) -> list[str]:
    seen = session.observe()
    lines = []
    for who, left in seen.coming:
        more = " The person has not been handed over." if who == "ems" and not session.gone else ""
        lines.append(f"{_WHO[who]}: still on the way, here in {seconds_words(left)}.{more}")
    if "ems" in seen.people and not session.gone:
        lines.append("The emergency team is here, and the person has not been handed over to it.")
    return lines


def _unwell(session: Watched) -> list[str]:
    """Return what anybody at the chair can see to be wrong."""
    seen = session.observe()
    lines = [f"Alarm: {each.text}." for each in seen.alarms if each.key != "signal"]
    if seen.reading is not None and seen.reading.high:
        lines.append(f"The last pressure is {seen.reading.text}.")
    trouble = signs(session.body) if seen.in_room else ""
    if trouble:
        lines.append(f"You see and hear: {trouble}.")
    if seen.says:
        lines.append(f"The person says: {seen.says}")
    if seen.moaas is not None and seen.moaas[1] <= UNROUSED and seen.moaas[0] >= 0:
        lines.append(f"The last MOAA/S is {seen.moaas[1]}.")
    return lines


def _checked(session: Watched) -> dict[str, str]:
    """Return what was checked, and when it was last; empty words for before the run."""
    times = dict(session.checked)
    if session.baseline_s is not None:
        times["baseline"] = session.baseline_s
    return {key: _clock_of(session, at) if at >= 0 else "" for key, at in times.items()}


def _interlock(session: Watched) -> list[list[Any]]:
    missing = session.missing_for_start()
    return [[name, name not in missing] for name in _INTERLOCK]


def facts(now: Mapping[str, Any]) -> list[list[str]]:
    """Return the moment in words: what is seen, and what is to be said of it."""
    if not now["here"]:
        return [["You", "out of the room; only alarms are heard"], ["Alarms", _alarms(now)]]
    pressure = now["bp"]
    measured = f"{pressure['text']} mmHg, {pressure['ago']} ago" if pressure else "not measured yet"
    scored = now["scored"]

    def score(name: str) -> str:
        return f"{scored[name][0]}, at {scored[name][1]}" if name in scored else "not assessed yet"

    pump = now["pump"]
    found = [
        ["Time", _time(now)],
        ["Alarms", _alarms(now)],
        ["SpO2", f"{now['spo2']} %" if now["spo2"] is not None else "no signal"],
        ["Heart rate", f"{now['hr']} a minute" if now["hr"] is not None else "no signal"],
        [
            "Blood pressure",
            f"{measured}; {now['cycle']}" + ("; measuring now" if now["measuring"] else ""),
        ],
        ["MOAA/S", score("MOAA/S")],
        ["CADSS", score("CADSS")],
        ["Capnograph", f"{now['etco2']} mmHg, {now['rr']} breaths a minute"]
        if now["capno"] and now["etco2"] is not None
        else ["Capnograph", "off"],
        ["Monitor strip", now["rhythm"] or "off"],
        ["Looks", now["looks"] or "nobody in the chair"],
        ["Says", now["says"] or "nothing"],
        [
            "Lies",
            f"{_POSITION.get(now['position'], now['position'])}; "
            f"oxygen: {_OXYGEN[now['oxygen']]}"
            + ("; quiet, lights low" if now["quiet"] else "")
            + (f"; your hands: {', '.join(now['holding'])}" if now["holding"] else ""),
        ],
        ["Pump", f"{pump['words']}; set to {pump['rate']} mg/min; {pump['given']} mg given"],
        ["People", _people(now)],
    ]
    if now["order"]:
        found.append(["The prescriber orders", now["order"]])
    if now["gone"]:
        # Nobody is in the chair any more: nothing to measure, to hold or to set.
        kept = {"Time", "Blood pressure", "MOAA/S", "CADSS", "Looks", "Pump", "People"}
        found = [each for each in found if each[0] in kept]
    if now["interlock"]:
        missing = [name for name, met in now["interlock"] if not met]
        found.append(
            ["Pump interlock", f"waits for {', '.join(missing)}" if missing else "all met"]
        )
    return found


def _time(now: Mapping[str, Any]) -> str:
    words = f"{now['clock']} {now['counts']}"
    return words if now["phase"] == now["counts"] else f"{words}; {now['phase']}"


def _alarms(now: Mapping[str, Any]) -> str:
    if not now["alarms"]:
        return "none"
    return "; ".join(
        each["text"] + (" (silenced)" if each["quiet"] else "") for each in now["alarms"]
    )


def _people(now: Mapping[str, Any]) -> str:
    here = ", ".join(now["people"]) or "nobody but you"
    coming = ", ".join(f"{who} (here in {left})" for who, left in now["coming"])
    return f"{here}; on the way: {coming}" if coming else here


def entry(happening: Happening, started_s: int | None) -> list[Any]:
    """Return one line of the log for the panel: time, who, text, urgent."""
    at = happening.t_s if started_s is None else happening.t_s - started_s
    text = re.sub(r"([?”!…])\.", r"\1", happening.text)
    return [clock(at).replace("-", "−"), happening.who, text, happening.urgent]


def as_it_ended(session: Watched) -> str:
    """Return a finished run as it was seen from the chair, to be read and not to be changed."""
    started = session.pump.started_s
    items = "".join(
        f'<li class="tch-{_KINDS.get(each.who, "device")}"><span class="tch-at">{at}</span> '
        f"<strong>{who}:</strong> {escape(text)}</li>"
        for each in session.happenings
        for at, who, text, _urgent in (entry(each, started),)
    )
    since = "since the start of the infusion" if started is not None else "since you came"
    return (
        f"<p>The run ended at {_clock_of(session, session.now_s)}, counted {since}; pump: "
        f"{_PUMP[session.pump.state]}; {number(session.pump.given_mg)} mg given. "
        "What happened and what you did:</p>"
        '<div class="tch-asrun" tabindex="0" role="group" aria-label="What happened in this run">'
        f"<ul>{items}</ul></div>"
    )


# -- the debrief -------------------------------------------------------------------------------


def number(value: float) -> str:
    """Return a number with one decimal at most."""
    return f"{round(value, 1):g}"


def debrief(found: Account) -> str:
    """Return what the run came to."""
    return "".join(
        (
            _headline(found),
            _critical(found.yours.debrief),
            _next_time(found.yours.debrief),
            _harm(found),
            _curves(found),
            _marks(found.yours.debrief),
            _criteria(found.yours),
            _rare(found),
            _timelines(found),
        )
    )


def _headline(found: Account) -> str:
    debrief = found.yours.debrief
    share = debrief.points / debrief.max_points
    if debrief.critical:
        kind, words = "bad", "A critical error"
    elif share >= 0.8:
        kind, words = "good", "A good run by these rules"
    elif share >= 0.5:
        kind, words = "partial", "Part of the way"
    else:
        kind, words = "no", "Much was left undone"
    title = found.scenario.title
    return (
        f'<p class="tch-headline">{badge(kind, words)} <strong>{number(debrief.points)} of '
        f"{debrief.max_points:g} points</strong></p>"
        f'<p class="trd-small">{escape(title)}, variant {found.seed}. {escape(ORIGIN)}</p>'
    )


def _critical(debrief: Debrief) -> str:
    return "".join(
        f'<p class="tch-error-line"><strong>{escape(each.error)}</strong> {escape(each.reason)}'
        f"{_backed(each.evidence)} This takes all points.</p>"
        for each in debrief.critical
    )


def _next_time(debrief: Debrief) -> str:
    items = [each for each in debrief.marks if each.earned < each.points]
    if not items:
        return "<h5>Next time</h5><p>Nothing was left out. Try another variant or scenario.</p>"
    items = sorted(items, key=lambda each: each.earned - each.points)
    shown = "".join(
        f"<li><strong>{escape(each.label)}.</strong> {escape(each.rule)}</li>" for each in items[:3]
    )
    rest = "".join(
        f"<li><strong>{escape(each.label)}.</strong> {escape(each.rule)}</li>" for each in items[3:]
    )
    more = (
        f"<details><summary>{len(items) - 3} more</summary><ul>{rest}</ul></details>"
        if rest
        else ""
    )
    return f"<h5>Next time</h5><ul>{shown}</ul>{more}"


def _harm(found: Account) -> str:
    runs = (("You", found.yours_on), ("Model run", found.model_on), ("Nobody acts", found.nobody))
    most = max(1.0, *(told.debrief.harm.total for _name, told in runs))
    rows = ""
    for name, told in runs:
        harm = told.debrief.harm
        what = (
            "; ".join(f"{each.label}: {each.amount:g} {each.unit}" for each in harm.items) or "none"
        )
        rows += (
            f'<tr><th scope="row">{name}</th><td class="tch-points">{number(harm.total)}</td>'
            '<td><span class="tch-meter" aria-hidden="true"><span style="width:'
            f'{100 * harm.total / most:.0f}%"></span></span></td><td>{escape(what)}</td></tr>'
        )
    return (
        "<h5>Harm to the person in the chair</h5>"
        '<table class="tch-stack"><thead><tr>'
        '<th scope="col">Run</th><th scope="col">Harm points</th><td></td>'
        f'<th scope="col">What counted</th></tr></thead><tbody>{rows}</tbody></table>'
        '<p class="trd-small">Every run carried on to the end of the scenario. How much each kind '
        "counts is this course’s own convention."
        + (
            ""
            if found.nobody.debrief.harm.total
            else " Left alone, this session does no harm: nothing begins without you. The marks "
            "are for what was looked at, arranged and charted."
        )
        + "</p>"
    )


#: What can be drawn: title, short name, unit, lowest, highest, ticks.
_CHARTS: Mapping[str, tuple[str, str, str, float, float, tuple[int, ...]]] = {
    "sbp": ("Systolic pressure, mmHg", "systolic", " mmHg", 40, 220, (60, 100, 140, 180)),
    "hr": ("Heart rate, beats a minute", "heart rate", "", 20, 140, (40, 60, 80, 100, 120)),
    "spo2": ("Oxygen saturation, %", "saturation", " %", 50, 102, (60, 70, 80, 90, 100)),
    "respiration": ("Breaths a minute", "breaths a minute", "", 0, 24, (0, 8, 16)),
    "distress": ("Distress, 0 to 10", "distress", "", 0, 10, (0, 5, 10)),
    "effect": ("Drug effect, % of the usual peak", "drug effect", " %", 0, 150, (0, 50, 100)),
}
_SHOWN: Mapping[str, tuple[str, str]] = {
    "pump-error": ("spo2", "respiration"),
    "laryngospasm": ("spo2", "respiration"),
    "terror": ("distress", "effect"),
    "faint": ("sbp", "hr"),
    "vomiting": ("spo2", "effect"),
    "practice": ("sbp", "spo2"),
}
_RUNS = (
    ("Nobody acts", "nobody", "#6b7075", "2 5", 2.2),
    ("Model run", "model_on", "#00795a", "9 4", 2.4),
    ("You", "yours_on", "#0b5c8a", "", 3.0),
)
_WIDE, _LEFT, _RIGHT, _TOP, _HIGH = 860, 52, 14, 30, 150


def _curves(found: Account) -> str:
    runs = [(label, getattr(found, name), ink, dash, w) for label, name, ink, dash, w in _RUNS]
    # Two minutes beyond the end of the longer run, to show what it left behind.
    last = min(found.nobody.last_s, max(found.yours.last_s, found.model.last_s) + 120)
    parts = []
    names = _SHOWN.get(found.scenario.key, ("sbp", "effect"))
    for index, name in enumerate(names):
        parts.append(_chart(name, runs, last, index, found))
    height = 2 * (_TOP + _HIGH + 34)
    legend = "".join(
        f'<span class="tch-key"><svg width="46" height="14" aria-hidden="true"><line x1="2" y1="7" '
        f'x2="44" y2="7" stroke="{ink}" stroke-width="{w}" stroke-dasharray="{dash}"/></svg>'
        f"{label}</span>"
        for label, _told, ink, dash, w in reversed(runs)
    )
    words = " ".join(
        _curve_words(label, told, last, names) for label, told, *_rest in reversed(runs)
    )
    return (
        "<h5>What was true in the body, by minutes since the start</h5>"
        f'<p class="tch-legend">{legend}</p>'
        '<div class="tch-scroll" tabindex="0" role="group" aria-label="Curves">'
        f'<svg class="tch-curves" viewBox="0 0 {_WIDE} {height}" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg></div>'
        f'<p class="trd-small">{escape(words)}</p>'
    )


def _curve_words(label: str, told: Told, last: int, names: Iterable[str]) -> str:
    seen = [each for each in told.truth if each.t_s <= last]
    parts = []
    for name in names:
        _title, short, unit, *_scale = _CHARTS[name]
        values = [getattr(each, name) for each in seen]
        parts.append(f"{short} {min(values):.0f} to {max(values):.0f}{unit}")
    return f"{label}: {', '.join(parts)}."


def _chart(
    name: str,
    runs: Sequence[tuple[str, Told, str, str, float]],
    last: int,
    index: int,
    found: Account,
) -> str:
    title, _short, _unit, low, high, ticks = _CHARTS[name]
    top = index * (_TOP + _HIGH + 34) + _TOP

    def x(second: float) -> float:
        return _LEFT + (_WIDE - _LEFT - _RIGHT) * second / last

    def y(value: float) -> float:
        return top + _HIGH * (high - min(high, max(low, value))) / (high - low)

    started = found.yours.started_s
    zero = started if started is not None else 0
    drawn = [f'<text x="{_LEFT}" y="{top - 10}" class="tch-ct">{escape(title)}</text>']
    for tick in ticks:
        drawn.append(
            f'<line x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
            f'class="tch-cg"/><text x="{_LEFT - 7}" y="{y(tick) + 5:.1f}" text-anchor="end">{tick}'
            "</text>"
        )
    step = next(s for s in (60, 120, 300, 600, 1200, 1800) if last / s <= 12 or s == 1800)
    first = -(zero // step) * step
    for at in range(first, last - zero + 1, step):
        if 0 <= at + zero <= last:
            drawn.append(
                f'<text x="{x(at + zero):.1f}" y="{top + _HIGH + 19}" text-anchor="middle">'
                f"{at // 60}</text>"
            )
    every = max(1, last // 300)
    for _label, told, ink, dash, width in runs:
        points = " ".join(
            f"{x(each.t_s):.1f},{y(getattr(each, name)):.1f}"
            for each in told.truth[::every]
            if each.t_s <= last
        )
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="{width}" '
            f'stroke-dasharray="{dash}" stroke-linejoin="round"/>'
        )
    return "".join(drawn)


_KINDS = {YOU: "you", PATIENT: "patient", TEAM_LINE: "team"}


def _cell(happenings: Sequence[Happening], started_s: int | None) -> str:
    if not happenings:
        return "<td></td>"
    items = ""
    for each in happenings:
        at, who, text, _urgent = entry(each, started_s)
        told = f"<strong>{escape(text)}</strong>" if who == YOU else escape(text)
        if who not in (YOU, PATIENT):
            told = f"{who}: {told}"
        items += (
            f'<li class="tch-{_KINDS.get(who, "device")}"><span class="tch-at">{at}</span> '
            f"{told}</li>"
        )
    return f"<td><ul>{items}</ul></td>"


def _timelines(found: Account) -> str:
    rows = "".join(_stretch(each, found) for each in side_by_side(found))
    return (
        "<h5>Your timeline and the model’s</h5>"
        '<p class="trd-small">Bold: what was done. Times run from the start of the infusion.</p>'
        '<div class="tch-both" tabindex="0" role="group" aria-label="Timelines, side by side">'
        '<table class="tch-timeline"><thead><tr><th scope="col">You</th>'
        f'<th scope="col">Model run</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _stretch(each: Stretch, found: Account) -> str:
    yours = _cell(each.yours, found.yours.started_s)
    return f"<tr>{yours}{_cell(each.model, found.model.started_s)}</tr>"


def _backed(name: str) -> str:
    """Return who says so; nothing for this course's own conventions."""
    row = evidence_rows()[name]
    if row.status == "teaching-assumption":
        return ""
    return f' <span class="trd-small">({origin(row)})</span>'


def _earned(each: Mark) -> str:
    # A rule without points of its own can still take some away.
    return f"{number(each.earned)} of {each.points:g}" if each.points else number(each.earned)


def _meter(each: Mark) -> str:
    if not each.points:
        return ""
    share = 100 * max(0.0, each.earned) / each.points
    return (
        '<span class="tch-meter" aria-hidden="true">'
        f'<span style="width:{share:.0f}%"></span></span>'
    )


def _marks(debrief: Debrief) -> str:
    lost = " before the critical error" if debrief.critical else ""
    rows = "".join(
        f'<tr><th scope="row">{escape(each.label)}</th>'
        f'<td class="tch-points">{_earned(each)}</td><td>{_meter(each)}</td>'
        f"<td>{escape(each.said)} {escape(each.rule)}{_backed(each.evidence)}</td></tr>"
        for each in debrief.marks
    )
    return (
        f"<h5>Marks{lost}</h5>"
        f'<table class="tch-stack"><tbody>{rows}</tbody></table>'
        '<p class="trd-small">Rules without a source are this course’s own conventions.</p>'
    )


def _criteria(told: Told) -> str:
    if not told.criteria:
        return ""
    items = "".join(
        f"<li>{badge('good' if met else 'bad', 'shown' if met else 'not shown')} {escape(name)}"
        "</li>"
        for name, met in told.criteria.items()
    )
    return f'<h5>Criteria when the person went home</h5><ul class="tch-found">{items}</ul>'


def _rare(found: Account) -> str:
    rows = evidence_rows()
    items = "".join(f"<li>{line(rows[name])}</li>" for name in found.scenario.rarity)
    listed = f'<ul class="tch-back">{items}</ul>' if items else ""
    if not (found.scenario.rare or listed):
        return ""
    return f"<h5>How often it happens</h5><p>{escape(found.scenario.rare)}</p>{listed}"


def bought(found: Account, worths: Sequence[Worth]) -> str:
    """Return what each action bought: the run again without it."""
    moved = sorted(
        (each for each in worths if each.harm_avoided), key=lambda one: -abs(one.harm_avoided)
    )
    still = len(worths) - len(moved)
    rows = ""
    for each in moved:
        good = each.harm_avoided > 0
        mark = badge("good" if good else "bad", "avoided" if good else "did harm")
        chosen = {k: v for k, v in each.entry.items() if k not in ("t_s", "do")}
        happening = Happening(each.entry["t_s"], YOU, wording(each.entry["do"], chosen))
        at, _who, text, _urgent = entry(happening, found.yours.started_s)
        rows += (
            f'<tr><td class="tch-points">{at}</td><td>{escape(text)}</td>'
            f'<td>{mark} <span class="tch-points">{number(abs(each.harm_avoided))}</span></td></tr>'
        )
    table = (
        '<table><thead><tr><th scope="col">Time</th><th scope="col">Action</th>'
        f'<th scope="col">Harm points</th></tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else "<p>No single action changed the harm in this run.</p>"
    )
    note = (
        '<p class="trd-small">Taken alone, '
        + (f"{still} more" if rows else f"all {still} of them")
        + " changed no harm here. They may have bought time, knowledge or marks; and where two do "
        "the same, each alone looks idle.</p>"
        if still
        else ""
    )
    return (
        "<h5>What each action bought</h5>"
        '<p class="trd-small">Your run once more without the one action; questions, readings and '
        f"notes left aside.</p>{table}{note}"
    )


# -- results -----------------------------------------------------------------------------------


def results(kept: Iterable[Result]) -> str:
    """Return the runs kept so far, a line for each scenario."""
    by: dict[str, list[Result]] = {}
    for each in kept:
        by.setdefault(each.scenario, []).append(each)
    if not by:
        return ""
    rows = ""
    for key, found in SCENARIOS.items():
        runs = by.get(key)
        if not runs:
            continue
        last = runs[-1]
        errors = f", {last.critical} critical" if last.critical else ""
        rows += (
            f'<tr><th scope="row">{escape(found.title)}</th><td>{len(runs)}</td>'
            f"<td>{number(last.points)} of 20{errors}</td>"
            f"<td>{number(max(each.points for each in runs))}</td></tr>"
        )
    return (
        '<table class="tch-tally"><caption>Your runs</caption><thead><tr><td></td>'
        '<th scope="col">Runs</th><th scope="col">Last</th><th scope="col">Best</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def not_kept(why: str) -> str:
    """Return a line for results that could not be written down."""
    return (
        f'<p class="trd-small" role="status">Not kept: {escape(why)}. The results above last until '
        "this page is closed; everything else works.</p>"
    )
