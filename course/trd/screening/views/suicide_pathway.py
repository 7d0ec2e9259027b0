"""The pathway: what happens now and by whom, the same level elsewhere, and what is not promised."""

from __future__ import annotations

from html import escape

from trd.evidence import rows
from trd.panel.backed import STATUS_WORDS, origin
from trd.panel.parts import CSS, cited, verdict
from trd.panel.views import Table, View
from trd.screening.evidence import EvidenceRow, evidence_rows
from trd.screening.rule import (
    CONTRAINDICATED,
    DEFER,
    ELIGIBLE,
    EMERGENCY,
    REFER,
    WARD_HEADLINE,
    headline,
)
from trd.screening.suicide_pathway import (
    BEHAVIOUR,
    INPATIENT,
    NO_BEHAVIOUR,
    OUTPATIENT,
    WHENS,
    Pathway,
    Place,
    Step,
    fading,
    ward_first,
)
from trd.screening.views.backed import STYLE, code

NOTE = (
    "<strong>Content note.</strong> This part is about thoughts of suicide and recent suicidal "
    "behaviour. No method is described. Support lines stand at the bottom."
)

_SHORT = {
    EMERGENCY: "Emergency, same day",
    CONTRAINDICATED: "Outside the rule",
    REFER: "Psychiatrist first",
    DEFER: "Not yet: ask",
    ELIGIBLE: "No barrier by this rule",
}
_EDGE = {
    EMERGENCY: ("#8c1d18", "#fbe9e7"),
    REFER: ("#9a6a00", "#fff4dc"),
    DEFER: ("#5a6068", "#eef0f2"),
    ELIGIBLE: ("#0b5c8a", "#ffffff"),
}
_SETTINGS = {OUTPATIENT: "Clinic", INPATIENT: "Ward"}
_BANDS = {
    True: "High band of the Columbia triage",
    False: "Not in the high band of the Columbia triage",
    None: "Band not known: not everything has been asked",
}

_OWN_RULE = "teaching: rule of this course"

_LOOK = """<style>
.trd-path { list-style:none; margin:0; padding:0; }
.trd-panel .trd-path > li { margin:0; padding:5px 0; font-size:15px; border-top:1px solid #d6dade; }
.trd-panel .trd-path > li:first-child { border-top:0; }
.trd-when { font-weight:700; margin:8px 0 0 !important; }
.trd-places { border-collapse:collapse; width:100%; table-layout:fixed; font-size:14px;
  margin:4px 0 8px; }
.trd-panel .trd-places th { text-align:left; font-weight:600; padding:4px 6px; vertical-align:top; }
.trd-panel .trd-places td { border:1px solid #c9ced3; padding:5px 7px; vertical-align:top;
  color:#1b1b1b; }
.trd-panel .trd-places td.here { outline:3px solid #1b1b1b; outline-offset:-3px; }
.trd-places th:first-child { width:31%; }
.trd-fade { display:grid; grid-template-columns:4.2rem 1fr; gap:2px 8px; align-items:center;
  font-size:14px; margin:4px 0; max-width:34rem; }
.trd-fade .bars > div { display:flex; align-items:center; gap:6px; line-height:1.25; }
.trd-fade .bars > div { white-space:nowrap; }
.trd-fade i { display:block; flex:none; height:12px; box-sizing:border-box; }
@media (max-width:620px) {
  .trd-panel .trd-places :is(th,td) { font-size:13px; padding:4px; overflow-wrap:normal; }
}
.trd-fade .k i { background:#0072B2; }
.trd-fade .m i { border:2px solid #5a6068;
  background:repeating-linear-gradient(45deg,#fff 0 4px,#c9ced3 4px 7px); }
</style>"""


class SuicidePathwayView(View[Pathway]):
    """Verdict and steps on top, then the same level elsewhere, then the limits of ketamine."""

    height_px = 330

    def html(self, result: Pathway) -> str:
        """Return verdict, band, steps."""
        found = result.screening
        waits = found.disposition != ELIGIBLE or ward_first(result.setting, result.high)
        kind = "bad" if waits else "info"
        codes = "".join(map(code, (*found.reasons, *found.conditions)))
        remarks = "".join(f"<p>{escape(remark)}</p>" for remark in result.remarks)
        return (
            CSS
            + STYLE
            + _LOOK
            + verdict(kind, f"{_headline(result)}.")
            + f"<p>{codes} {_band(result)}</p>{remarks}"
            + _steps(result)
        )

    def more(self, result: Pathway) -> str:
        """Return the same level elsewhere, and what ketamine can promise."""
        return _places(result) + _promise()

    def describe(self, result: Pathway) -> str:
        """Say the disposition, the band and the first thing to do."""
        first = result.steps[0]
        return (
            f"{_headline(result)}. {_BANDS[result.high]}. "
            f"{WHENS[first.when]}, {first.who}: {first.what}"
        )

    def table(self, result: Pathway) -> Table:
        """Return the steps with who does them, when, and what stands behind them."""
        return Table(
            "What has to happen",
            ["When", "Who", "What", "Behind it"],
            [[WHENS[step.when], step.who, step.what, _behind(step)] for step in result.steps],
        )


def _headline(result: Pathway) -> str:
    if ward_first(result.setting, result.high):
        if result.screening.disposition == ELIGIBLE:
            # Recent behaviour is high risk too, and a clearance is written for outpatient care.
            return WARD_HEADLINE
        if result.screening.disposition == DEFER:
            return "The ward’s care first; what has not been asked is asked there today"
    return headline(result.screening)


def _colours(disposition: str, ward: bool) -> tuple[str, str]:
    """Return edge and ground; no answer about somebody at high risk looks like a yes."""
    return _EDGE[REFER if ward and disposition == ELIGIBLE else disposition]


def _band(result: Pathway) -> str:
    return f'{_BANDS[result.high]} <span class="trd-small">({cited(("columbia",))})</span>.'


def _statuses(step: Step) -> tuple[EvidenceRow, ...]:
    table = evidence_rows()
    return tuple(table[name] for name in step.evidence)


def _behind(step: Step) -> str:
    found = _statuses(step)
    if not found:
        return STATUS_WORDS["teaching-assumption"]
    return "; ".join(dict.fromkeys(STATUS_WORDS[row.status] for row in found))


def _sources(step: Step) -> str:
    """Return who stands behind a step, as HTML: the course, or sources that were read."""
    found = _statuses(step)
    parts = dict.fromkeys(
        _OWN_RULE if row.status == "teaching-assumption" else origin(row) for row in found
    )
    return "; ".join(parts) or "teaching: convention of this course"


def _steps(result: Pathway) -> str:
    body = ""
    for when, words in WHENS.items():
        steps = [step for step in result.steps if step.when == when]
        if not steps:
            continue
        items = "".join(
            f"<li><strong>{escape(step.who[:1].upper() + step.who[1:])}:</strong> "
            f'{escape(step.what)} <span class="trd-small">({_sources(step)})</span></li>'
            for step in steps
        )
        body += f'<p class="trd-when">{escape(words)}</p><ul class="trd-path">{items}</ul>'
    edge = _colours(result.screening.disposition, ward_first(result.setting, result.high))[0]
    return f'<div class="trd-group" style="border-left-color:{edge}">{body}</div>'


def _cell(place: Place) -> str:
    found = place.screening
    edge, ground = _colours(found.disposition, ward_first(place.setting, place.high))
    codes = " ".join((*found.reasons, *found.conditions))
    short = _SHORT[found.disposition]
    if found.disposition == ELIGIBLE and ward_first(place.setting, place.high):
        short = "The ward’s care first: no go-ahead"
    mark = "<strong>▶ you are here</strong><br>" if place.here else ""
    here = ' class="here" aria-current="true"' if place.here else ""
    return (
        f'<td{here} style="background:{ground};border-left:5px solid {edge}">{mark}'
        f"{short}{f' ({codes})' if codes else ''}</td>"
    )


def _places(result: Pathway) -> str:
    names = {
        (NO_BEHAVIOUR, False): "No recent behaviour",
        (BEHAVIOUR, False): "Recent behaviour, no written clearance",
        (BEHAVIOUR, True): "Recent behaviour, written clearance",
    }
    lines = ""
    for key, words in names.items():
        cells = "".join(
            _cell(place) for place in result.places if (place.behaviour, place.cleared) == key
        )
        lines += f'<tr><th scope="row">{words}</th>{cells}</tr>'
    level = "not asked" if result.level is None else str(result.level)
    head = "".join(f'<th scope="col">{words}</th>' for words in _SETTINGS.values())
    return (
        f'<p class="trd-sub">The same level ({level}), elsewhere</p>'
        f'<table class="trd-places"><thead><tr><th scope="col">Past three months</th>{head}</tr>'
        f"</thead><tbody>{lines}</tbody></table>"
    )


def _percent(number: float) -> str:
    return f"{number:g}"


def _promise() -> str:
    table = rows()
    effect, worse, mood = (
        table[name]
        for name in (
            "screen-ipd-low",
            "screen-clinic-worse-ideation",
            "screen-clinic-worse-depression",
        )
    )
    bars = "".join(
        f"<span>{point.when}</span><div class='bars'>"
        f'<div class="k"><i style="width:{1.4 * point.ketamine_pct:.0f}%"></i>'
        f"{_percent(point.ketamine_pct)} ketamine</div>"
        f'<div class="m"><i style="width:{1.4 * point.midazolam_pct:.0f}%"></i>'
        f"{_percent(point.midazolam_pct)} midazolam</div></div>"
        for point in fading()
    )
    words = "; ".join(
        f"{point.when}: {_percent(point.ketamine_pct)} against {_percent(point.midazolam_pct)}"
        for point in fading()
    )
    attempts = [table[f"screen-abbar-attempts-{arm}"] for arm in ("ketamine", "saline")]
    return (
        '<p class="trd-sub">What ketamine can and cannot promise here</p>'
        '<div class="trd-group" style="border-left-color:#0072B2"><p><strong>Can, for days:'
        "</strong> on average fewer suicidal thoughts than with a control, from 1 day to 1 week "
        f"after one dose. {effect.n} people in 10 trials; the averages lay {effect.low} to "
        f"{effect.high} standard deviations apart ({cited(effect.sources)}).</p>"
        "<p>Free of suicidal thoughts, of 100 people after one infusion (resistant depression with "
        "prominent suicidal thoughts, 42 people a group):"
        f'</p><div class="trd-fade" role="img" aria-label="{escape(words)}">{bars}</div>'
        f'<p class="trd-small">The gap narrows within a week and is gone by day 14 '
        f"({cited(table['screen-su-4h-ketamine'].sources)}). That is why somebody calls.</p></div>"
        '<div class="trd-group" style="border-left-color:#8c1d18"><p><strong>Cannot:</strong> '
        "prevention of suicide is not shown, for esketamine either, and neither takes the place of "
        f"hospital care when that is needed ({cited(table['screen-not-prevention'].sources)}, on "
        "esketamine). In one trial with inpatients who had suicidal thoughts, suicide attempts "
        f"by week 6: {attempts[0].value} of {attempts[0].n} with ketamine, {attempts[1].value} of "
        f"{attempts[1].n} with saline ({cited(attempts[0].sources)}).</p></div>"
        '<div class="trd-group" style="border-left-color:#9a6a00"><p><strong>Some get worse:'
        f"</strong> after a first series in US clinics {worse.value} % of {worse.n} people had "
        f"more suicidal thoughts and {mood.value} % more depression ({cited(worse.sources)}; "
        "figures on 537 of 9,016 people treated).</p></div>"
    )
