"""The work-up list: what this person adds, what is left out, what everybody gets, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from trd.panel.backed import STATUS_WORDS, origin
from trd.panel.parts import CSS, verdict
from trd.panel.views import Table, View
from trd.screening.evidence import evidence_rows
from trd.screening.rule import HEADLINES, explain
from trd.screening.views.backed import LEGEND, STYLE, code, lines
from trd.screening.workup import (
    BECAUSE,
    DISPUTED,
    EVERYBODY,
    ITEMS,
    NOT_HERE,
    Item,
    Order,
    Position,
    Workup,
)

_TITLES = {
    BECAUSE: "Because of this person",
    NOT_HERE: "Not ordered here",
    EVERYBODY: "For everybody in this course",
}
_MARKS = {BECAUSE: "+", NOT_HERE: "–", EVERYBODY: "●"}
_EDGES = {BECAUSE: "#0b5c8a", NOT_HERE: "#5a6068", EVERYBODY: "#00664a"}
_SHORT = {
    "ecg": "ECG",
    "pregnancy-test": "Pregnancy test",
    "drug-screen": "Urine drug screen",
    "liver-tests": "Liver tests",
    "urine": "Urinalysis",
    "echocardiogram": "Echocardiogram",
    "vessel-scan": "Scan for aneurysm",
}
_HERE = {
    BECAUSE: "ordered: this person",
    EVERYBODY: "ordered: everybody",
    NOT_HERE: "not ordered",
}

_LOOK = """<style>
.trd-panel .trd-wu { list-style:none; margin:4px 0; padding:0; }
.trd-panel .trd-wu li { margin:0; padding:4px 0; font-size:15px; border-top:1px solid #d6dade; }
.trd-panel .trd-wu.trd-wu-two li { border:0; padding:2px 0; font-size:14px; }
.trd-panel .trd-wu li:first-child { border-top:0; }
.trd-say { display:block; font-size:14px; }
.trd-wu-two { columns:2 20rem; column-gap:26px; }
.trd-wu-two li { break-inside:avoid; }
@media (min-width:621px) {
  .trd-wu-part { table-layout:fixed; width:100%; }
  .trd-wu-part th:first-child { width:16%; } .trd-wu-part th:last-child { width:19%; }
}
</style>"""


@dataclass(frozen=True)
class Shown:
    """What the panel draws.

    Attributes
    ----------
    workup : Workup
    detail : str
        Key of the item looked at closely.
    """

    workup: Workup
    detail: str


class WorkupView(View[Shown]):
    """Three lists, one item closely, and the tests about which sources part."""

    height_px = 640

    def html(self, result: Shown) -> str:
        """Return the three lists."""
        found = result.workup
        reasons = "".join(code(name) for name in found.start.reasons)
        return (
            CSS
            + STYLE
            + _LOOK
            + verdict("info", _message(found))
            + f'<p class="trd-small">{LEGEND}. A code beside an item means: some result of it '
            "could bring this code or take it away in this person; worked out from the rule.</p>"
            + _because(found)
            + _left_out(found)
            + _everybody(found)
            + '<p class="trd-small">With the referral alone, nothing asked and nothing ordered, '
            f"the rule says “{escape(HEADLINES[found.start.disposition])}” {reasons}</p>"
        )

    def more(self, result: Shown) -> str:
        """Return one item closely, and where sources part."""
        return _detail(result) + _disputes(result.workup)

    def describe(self, result: Shown) -> str:
        """Say what this person adds and what is left out."""
        found = result.workup
        left, everybody = (len(found.group(name)) for name in (NOT_HERE, EVERYBODY))
        return f"{_message(found)} Not ordered: {left}. For everybody: {everybody}."

    def table(self, result: Shown) -> Table:
        """Return every item with its group, reason, codes and the status of who asks for it."""
        return Table(
            "The list for this person",
            ["Item", "Group", "Why, or why not", "Codes it could change", "Asked for by"],
            [
                [
                    order.item.label,
                    _TITLES[order.group],
                    _why(order),
                    " ".join(order.codes) or "none",
                    _asked_by(order.item),
                ]
                for order in result.workup.orders
            ],
        )


def _message(found: Workup) -> str:
    added = [order.item.label for order in found.group(BECAUSE)]
    if not added:
        return "This person adds nothing to what everybody gets."
    names = "; ".join(label.split(":")[0].split(",")[0] for label in added)
    return f"Because of this person ({len(added)}): {names}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _why(order: Order) -> str:
    if order.group == NOT_HERE:
        return _capital(order.by_source or order.item.left_out) + "."
    if order.because:
        return _capital("; ".join(order.because)) + "."
    if order.by_source:
        return _capital(order.by_source) + "."
    return order.item.why


def _asked_by(item: Item) -> str:
    if not item.evidence:
        return STATUS_WORDS["teaching-assumption"]
    return STATUS_WORDS[evidence_rows()[item.evidence[0]].status]


def _group(name: str, body: str, count: int) -> str:
    return (
        f'<div class="trd-group" style="border-left-color:{_EDGES[name]}"><p><strong>'
        f'<span aria-hidden="true">{_MARKS[name]} </span>{_TITLES[name]} ({count})</strong></p>'
        f"{body}</div>"
    )


def _because(found: Workup) -> str:
    orders = found.group(BECAUSE)
    if not orders:
        return ""
    rows = "".join(
        f"<li><strong>{escape(order.item.label)}</strong> · because: "
        f"{escape('; '.join(order.because))}"
        f'<span class="trd-say">{escape(order.item.why)}</span>{_in_words(order)}</li>'
        for order in orders
    )
    return _group(BECAUSE, f'<ul class="trd-wu">{rows}</ul>', len(orders))


def _in_words(order: Order) -> str:
    if not order.codes:
        return '<span class="trd-say">No line of the rule reads it in this person.</span>'
    return "".join(
        f'<span class="trd-say">{code(name)} {escape(explain(name).what)}: '
        f"{escape(explain(name).until)}</span>"
        for name in order.codes
    )


def _left_out(found: Workup) -> str:
    orders = found.group(NOT_HERE)
    rows = "".join(
        f"<li><strong>{escape(order.item.label)}</strong>: "
        f"{escape(order.by_source or order.item.left_out)}</li>"
        for order in orders
    )
    return _group(NOT_HERE, f'<ul class="trd-wu">{rows}</ul>', len(orders))


def _everybody(found: Workup) -> str:
    orders = found.group(EVERYBODY)
    rows = "".join(
        f"<li>{escape(order.item.label)}"
        + (f" <em>({escape(order.by_source)})</em>" if order.by_source else "")
        + f' <span class="trd-small">[{" ".join(order.codes) or "no line of the rule reads it"}]'
        "</span></li>"
        for order in orders
    )
    return _group(EVERYBODY, f'<ul class="trd-wu trd-wu-two">{rows}</ul>', len(orders))


def _detail(result: Shown) -> str:
    item = next(item for item in ITEMS if item.key == result.detail)
    order = result.workup.order(item.key)
    if order is None:
        here = "It does not come up in this person."
    else:
        here = f"{_TITLES[order.group]}. {_why(order)}"
    changes = _in_words(order) if order is not None else ""
    return (
        '<div class="trd-group" style="border-left-color:#8a4a78">'
        f"<p><strong>{escape(item.label)}</strong></p><p>{escape(here)}</p>"
        f"<p>{escape(item.why)}</p>"
        + (f"<p>What a result could change:</p>{changes}" if changes else "")
        + f"<p>Who asks for it:</p>{lines(item.evidence) or _convention()}</div>"
    )


def _convention() -> str:
    return f'<p class="trd-small">{_capital(STATUS_WORDS["teaching-assumption"])}.</p>'


def _disputes(found: Workup) -> str:
    rows = ""
    for item in ITEMS:
        if item.key not in DISPUTED:
            continue
        says = " · ".join(map(_position, item.positions))
        order = found.order(item.key)
        here = _HERE[order.group] if order is not None else "does not come up"
        rows += f'<tr><th scope="row">{_SHORT[item.key]}</th><td>{says}</td><td>{here}</td></tr>'
    return (
        '<p class="trd-sub">Where sources part on routine tests</p>'
        '<div class="trd-table"><table class="trd-stack trd-wu-part"><thead><tr>'
        '<th scope="col">Test</th><th scope="col">Who says what</th><th scope="col">Here</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
        '<p class="trd-small">What is not in this table was not compared. Costs and burdens of '
        "tests are not given: no source of this course has them.</p>"
    )


def _position(position: Position) -> str:
    who = f"<strong>{escape(_capital(position.who))}</strong>: {escape(position.says)}"
    if not position.evidence:
        return who
    row = evidence_rows()[position.evidence]
    if row.status == "teaching-assumption":
        return who
    return f'{who} <span class="trd-small">({origin(row)})</span>'
