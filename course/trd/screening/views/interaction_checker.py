"""A medication list, worst first, and a picture of what changes the level of ketamine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.panel.parts import CSS, NOT_CHECKED, badge, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, Table, View
from trd.screening.evidence import EvidenceRow
from trd.screening.medication import (
    ACTS,
    GOES_ON,
    KINDS,
    NOT_ASSESSED,
    NOTED,
    RANKS,
    WAITS,
    Exposure,
    Finding,
    Line,
    MedicationReport,
    exposures,
)
from trd.screening.rule import ELIGIBLE, HEADLINES, row

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_BADGES = {WAITS: "bad", ACTS: "partial", NOT_ASSESSED: "discuss", NOTED: "na", GOES_ON: "yes"}
_EDGES = {
    WAITS: "#b34700",
    ACTS: "#9a6a00",
    NOT_ASSESSED: "#8a4a78",
    NOTED: "#5a6068",
    GOES_ON: "#0b5c8a",
}
_ROUTES = {"mouth": "by mouth", "vein": "by vein"}
_ORDER = tuple(dict.fromkeys(found.drug for found in exposures()))

_LEGEND = (
    "Evidence: a citation alone was read at its source, often as an abstract; “reported by” is "
    f"second hand; “{NOT_CHECKED}” is neither. Sizes are given where a source gave one."
)

_STYLE = """<style>
.trd-ix { margin:8px 0; }
.trd-ix .trd-group { padding:6px 12px 8px; }
.trd-ix .trd-group p { margin:3px 0; }
.trd-ix .head { display:flex; flex-wrap:wrap; gap:3px 10px; align-items:baseline; }
.trd-ix .name { font-weight:700; font-size:16px; }
.trd-ix .trd-badge { white-space:normal; }
.trd-ix .sides { display:grid; gap:2px 22px; margin:3px 0;
  grid-template-columns:repeat(auto-fit,minmax(min(260px,100%),1fr)); }
.trd-ix .sides p { font-weight:600; font-size:14px; }
.trd-ix-plan { margin:0 0 8px; padding-left:1.2em; }
.trd-ix-plan li { margin:2px 0; }
.trd-ix .sides ul { margin:0; padding-left:1.1em; }
</style>"""


class LevelsView(TitledView[MedicationReport]):
    """Exposure to ketamine with a drug against without, on a doubling scale."""

    size_in = (7.6, 3.35)

    def title(self, result: MedicationReport) -> str:
        """Return the message of the picture."""
        return _levels_title(result.exposures)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the measured changes; only names, bands and the title will move."""
        axes = figure.add_axes((0.215, 0.19, 0.565, 0.64))
        axes.set(xscale="log", xlim=(0.1, 5.2), ylim=(len(_ORDER) - 0.45, -0.55), yticks=[])
        ticks = (0.125, 0.25, 0.5, 1, 2, 4)
        axes.set_xticks(ticks, ["÷8", "÷4", "÷2", "same", "×2", "×4"])
        axes.minorticks_off()
        axes.set_xlabel("exposure to ketamine (area under the curve), with ÷ without", labelpad=3)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
        same = axes.axvline(1, color=INK, linewidth=1.2)
        self._title = figure.text(0.012, 0.945, "", fontsize=13, fontweight="bold", va="center")
        figure.text(0.215, 0.865, "● by mouth", color=BLUE, fontweight="bold", va="center")
        figure.text(0.365, 0.865, "◆ by vein", color="#A84300", fontweight="bold", va="center")
        figure.text(0.803, 0.865, "By vein", fontweight="bold", va="center")
        self._bands = {}
        self._names = {}
        marks: list[Artist] = [same]
        for y, drug in enumerate(_ORDER):
            self._bands[drug] = axes.axhspan(
                y - 0.47, y + 0.47, facecolor="#DCEBF5", edgecolor="#0B5C8A", linewidth=1.2
            )
            self._names[drug] = axes.text(
                -0.02,
                y,
                _title_case(drug),
                ha="right",
                va="center",
                transform=axes.get_yaxis_transform(),
            )
            vein = "no figure here"
            for found in exposures():
                if found.drug != drug:
                    continue
                marks += _mark(axes, y, found)
                if found.route == "vein":
                    vein = _change(found)
            axes.text(
                1.04,
                y,
                vein,
                va="center",
                color=GREY if vein.startswith("no") else INK,
                transform=axes.get_yaxis_transform(),
            )
        # The marks never move, but must lie over the bands that come and go.
        return [self._title, *self._bands.values(), *self._names.values(), *marks]

    def update(self, result: MedicationReport) -> None:
        """Point out the drugs of the list."""
        self._title.set_text(_levels_title(result.exposures))
        chosen = {found.drug for found in result.exposures}
        for drug, band in self._bands.items():
            band.set_visible(drug in chosen)
            self._names[drug].set_fontweight("bold" if drug in chosen else "normal")

    def describe(self, result: MedicationReport) -> str:
        """Say every measured change, and which drugs of the list are among them."""
        words = ", ".join(
            f"{_title_case(found.drug)} {_ROUTES[found.route]}: {_change(found)}"
            for found in exposures()
        )
        chosen = dict.fromkeys(_title_case(found.drug) for found in result.exposures)
        listed = f" On the list: {', '.join(chosen)}." if chosen else ""
        return f"Exposure to ketamine with another drug. {words}.{listed}"

    def table(self, result: MedicationReport) -> Table:
        """Return the measured changes."""
        del result
        return Table(
            "Exposure to ketamine with another drug",
            ["Drug", "Route", "Change", "Ratio"],
            [
                [
                    _title_case(found.drug),
                    _ROUTES[found.route],
                    _change(found),
                    "–" if found.ratio is None else f"{found.ratio:.2f}",
                ]
                for found in exposures()
            ],
        )


def _mark(axes: Any, y: int, found: Exposure) -> list[Any]:
    """Draw one measured change; hollow where only its absence was reported."""
    mouth = found.route == "mouth"
    colour = BLUE if mouth else ORANGE
    x = 1 if found.ratio is None else found.ratio
    (mark,) = axes.plot(
        [x],
        [y],
        "o" if mouth else "D",
        color=colour,
        markersize=10 if mouth else 9,
        markerfacecolor="white" if found.ratio is None else colour,
        markeredgewidth=2,
    )
    # Away from the middle, where the other route's mark may be.
    after = mouth
    label = axes.annotate(
        _change(found),
        (x, y),
        (9 if after else -11, 0),
        textcoords="offset points",
        ha="left" if after else "right",
        va="center",
    )
    return [mark, label]


class InteractionView(View[MedicationReport]):
    """The list as cards, the worst first, and the picture of levels."""

    height_px = 520

    def __init__(self) -> None:
        self.levels = LevelsView()

    def html(self, result: MedicationReport) -> str:
        """Return what the list means for the plan, and every drug."""
        cards = "".join(map(_card, result.lines))
        legend = f'<p class="trd-small">{_LEGEND}</p>' if result.lines else ""
        return f'{CSS}{_STYLE}{_verdict(result)}<div class="trd-ix">{cards}</div>{legend}'

    def more(self, result: MedicationReport) -> str:
        """Return the picture of what changes the level."""
        return (
            '<p class="trd-sub">A drug that changes the level: by mouth and by vein are two '
            "questions</p>"
            f"{self.levels.html(result)}{_beside(result)}"
            f'<p class="trd-small">{_levels_sources()} S-ketamine; no intervals in '
            "what was read. Hollow: no rise was found, without a figure. Only one drug has a "
            "figure by vein.</p>"
        )

    def describe(self, result: MedicationReport) -> str:
        """Say the drugs by what they ask for, and what is not assessed."""
        if not result.lines:
            return "Nothing on the list yet."
        parts = []
        for rank, title in RANKS.items():
            names = [line.typed for line in result.lines if line.rank == rank]
            if names:
                parts.append(f"{title}: {', '.join(names)}.")
        return f"{len(result.lines)} on the list. {' '.join(parts)}"

    def table(self, result: MedicationReport) -> Table:
        """Return the list with effect, evidence and action."""
        return Table(
            "The list, worst first; against ketamine only",
            ["On the list", "What it asks for", "Acts on", "For / against", "Do", "Code"],
            [
                [
                    line.typed,
                    RANKS[line.rank],
                    _kinds(line),
                    _sides(line),
                    line.action or "Look it up; ask a pharmacist.",
                    line.code or "–",
                ]
                for line in result.lines
            ],
        )


def _title_case(drug: str) -> str:
    return drug[:1].upper() + drug[1:].replace("john", "John")


def _change(found: Exposure) -> str:
    if found.ratio is None:
        return "no rise"
    if found.row.unit == "fold":
        return f"×{found.row.value}"
    return f"{found.row.value} %".replace("-", "−")


def _levels_title(chosen: Sequence[Exposure]) -> str:
    drugs = dict.fromkeys(found.drug for found in chosen)
    if not drugs:
        return "Rifampicin: −86 % by mouth, −14 % by vein. The route decides"
    by_vein = [found for found in chosen if found.route == "vein"]
    if by_vein:
        by_mouth = next(f for f in chosen if f.drug == by_vein[0].drug and f.route == "mouth")
        name = _title_case(by_vein[0].drug)
        return f"{name}: {_change(by_mouth)} by mouth, {_change(by_vein[0])} by vein"
    first = chosen[0]
    if len(drugs) > 1:
        return f"{len(drugs)} of the list were measured by mouth, none by vein"
    return f"{_title_case(first.drug)}: {_change(first)} by mouth; by vein no figure here"


def _verdict(result: MedicationReport) -> str:
    if not result.lines:
        return verdict("info", "Load an example list, tick names, or type what is on a list.")
    screening = result.screening
    missing = len(result.not_assessed)
    if missing and screening.disposition == ELIGIBLE:
        # A go-ahead must not rest on drugs that nobody has looked at.
        looked = "has not been looked at" if missing == 1 else "have not been looked at"
        headline = (
            f"Cannot be said yet: {missing} of {len(result.lines)} on the list {looked} in this "
            "course."
        )
        known = len(result.lines) - missing
        if known == 1:
            headline += " The one drug it knows does not make the dose wait."
        elif known:
            headline += f" Of the {known} drugs it knows, none makes the dose wait."
    else:
        headline = (
            "If nothing else stood in the way, this course’s rule would say: "
            f"“{HEADLINES[screening.disposition]}”."
        )
    items = [
        f"<strong>The dose waits:</strong> {code}, {escape(_lower(row(code).what))}: "
        f"{escape(row(code).until)}."
        for code in screening.reasons
    ]
    items += [
        f"<strong>Into the plan:</strong> {code}, {escape(_lower(row(code).what))}: "
        f"{escape(row(code).until)}."
        for code in screening.conditions
    ]
    if result.not_assessed:
        count = len(result.not_assessed)
        items.append(
            f"<strong>{count} of {len(result.lines)} not assessed here.</strong> That is not “no "
            "interaction”: look it up or ask a pharmacist before anybody says yes."
        )
    items += [
        f"<strong>{escape(_listed(names))}</strong> act on the same thing "
        f"({KINDS[kind].lower()}). Each is looked at by itself; what they do together is not "
        "assessed here: ask a pharmacist."
        for kind, names in result.together
    ]
    listed = "".join(f"<li>{item}</li>" for item in items)
    kind = "bad" if screening.reasons else "info"
    return verdict(kind, headline) + (f'<ul class="trd-ix-plan">{listed}</ul>' if items else "")


def _lower(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _listed(names: Sequence[str]) -> str:
    shown = [name.replace("john", "John") for name in names]
    text = f"{', '.join(shown[:-1])} and {shown[-1]}"
    return text[:1].upper() + text[1:]


def _kinds(line: Line) -> str:
    if line.known is None:
        return "not assessed here"
    return "; ".join(KINDS[kind] for kind in line.known.kinds)


def _sides(line: Line) -> str:
    if line.known is None:
        return "–"
    parts = [f"+ {found.says}" for found in line.known.speaks_for]
    parts += [f"− {found.says}" for found in line.known.speaks_against]
    return " ".join(parts) or "nothing found"


def _card(line: Line) -> str:
    style = f' style="border-left-color:{_EDGES[line.rank]}"'
    same = f" ({escape(line.name)})" if line.name != line.typed.lower().replace("’", "'") else ""
    head = (
        f'<div class="head"><span class="name">{escape(line.typed)}</span>'
        f'<span class="trd-small">{same if line.found else ""}</span>'
        f"{badge(_BADGES[line.rank], RANKS[line.rank])}"
    )
    if line.known is None or line.found is None:
        hint = (
            f" <strong>Did you mean {escape(line.suggestion)}?</strong> If so, change it in the "
            "list; check it against the packet first."
            if line.suggestion
            else " Is that a brand name, or misspelt? Type the generic name from the packet."
        )
        return (
            f'<div class="trd-group"{style}>{head}</div><p>This course has not looked at it. That '
            "is not “no interaction”, and no reason to stop it either: look it up or ask a "
            f"pharmacist.{hint}</p></div>"
        )
    kinds = " · ".join(KINDS[kind] for kind in line.known.kinds)
    code = f" · rule {escape(line.code)}" if line.code else ""
    note = f'<p class="trd-small">{escape(line.known.note)}</p>' if line.known.note else ""
    return (
        f'<div class="trd-group"{style}>{head}<span class="trd-small">{escape(kinds)}{code}</span>'
        f"</div>{_evidence(line)}"
        f"<p><strong>Do:</strong> {escape(line.action)} "
        '<span class="trd-small">(teaching assumption of this course)</span></p>'
        f"{note}</div>"
    )


def _evidence(line: Line) -> str:
    known = line.known
    if known is None or not (known.speaks_for or known.speaks_against):
        return ""
    both = known.speaks_for and known.speaks_against
    columns = _side("For an effect" if both else "Seen or asked for", known.speaks_for)
    columns += _side(
        "Against, or less" if both else "Speaks against an effect", known.speaks_against
    )
    return f'<div class="sides">{columns}</div>'


def _side(title: str, found: Iterable[Finding]) -> str:
    items = "".join(f"<li>{_says(each)}</li>" for each in found)
    return f"<div><p>{title}</p><ul>{items}</ul></div>" if items else ""


def _says(found: Finding) -> str:
    backing = "; ".join(dict.fromkeys(_backing(each) for each in found.rows))
    return f'{escape(found.says)} <span class="trd-small">({backing})</span>'


def _backing(held: EvidenceRow) -> str:
    if held.status == "from-knowledge":
        return NOT_CHECKED
    if held.status == "teaching-assumption":
        return "teaching assumption of this course"
    links = cited(held.source)
    interval = _interval(held)
    if held.status == "secondary":
        how = held.note.split(";")[0] if held.note.startswith("reported by") else "reported"
        return f"{links}, {escape(how)}{interval}"
    return f"{links}{interval}"


def _interval(held: EvidenceRow) -> str:
    """Return the published interval of a row, when it has one."""
    from trd.evidence import rows

    full = rows()[held.id]
    if not (full.low and full.high):
        return ""
    return escape(f"; {full.low} to {full.high} {full.unit}".rstrip())


def _beside(result: MedicationReport) -> str:
    """Say in words, on a narrow screen, what the picture holds to the right."""
    words = "; ".join(
        f"{_title_case(found.drug)} {_ROUTES[found.route]}: {_change(found)}"
        for found in result.exposures or exposures()
    )
    return (
        '<p class="trd-wrapped" style="font-weight:400">The picture goes on to the right. In '
        f"words: {escape(words)}. By vein nothing else was measured here.</p>"
    )


def _levels_sources() -> str:
    keys = dict.fromkeys(key for found in exposures() for key in found.row.source)
    return f"{cited(keys)}."
