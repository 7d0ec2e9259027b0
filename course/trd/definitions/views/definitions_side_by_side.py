"""Draws one treatment history under every definition and staging model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from trd.definitions.comparison import RULES, Comparison, Group, Line
from trd.definitions.staging import Definition, TrialCount
from trd.panel.parts import CSS, NOT_CHECKED, badge, cited, symbol, verdict
from trd.panel.views import Table, View
from trd.parameters import Entry

_KIND = {
    "meets": "yes",
    "partial": "partial",
    "does not meet": "no",
    "count": "count",
    "not applicable": "na",
    "no count": "discuss",
}
_SAID = {
    "meets": "treatment-resistant",
    "partial": "partial response",
    "does not meet": "not met",
}
_KEY = f"† {NOT_CHECKED[0].upper()}{NOT_CHECKED[1:]}. ‡ Reported second-hand. "
_EDGE = {
    "yes": "#0b5c8a",
    "no": "#5a6068",
    "partial": "#d99a00",
    "na": "#b9bfc5",
    "count": "#b9bfc5",
    "discuss": "#8a4a78",
}
_EUROPEAN = {
    "none": "no adequate trial failed",
    "NR": "non-responder: one drug, or one class only",
    "CRD": "chronic resistant: 52 adequate weeks or more in sum",
}
_STAGES = ("0", "I", "II", "III", "IV", "V")


def _number(points: float) -> str:
    return f"{points:g}"


def _marked(entry: Entry) -> str:
    """One cell of a definition; a dagger when it was not checked, a double one when second-hand."""
    sign = {"from-knowledge": "†", "secondary": "‡"}.get(entry.status, "")
    return escape(entry.text) + (f"<sup>{sign}</sup>" if sign else "")


def _rule(definition: Definition) -> str:
    d = definition
    cells = [cell for cell in (d.trials, d.dose_duration, d.response) if cell.value]
    cells = [cell for cell in cells if cell.value != "not applicable"]
    if d.class_rule.value not in ("", "any", "not stated", "not applicable"):
        cells.append(d.class_rule)
    cells = cells or [d.notes]
    links = cited(dict.fromkeys(key for cell in cells for key in cell.source))
    return " · ".join(_marked(cell) for cell in cells) + (f" ({links})" if links else "")


def _table(lines: Iterable[Line], total: str) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(line.label)}</th><td>{escape(line.found)}</td>'
        f"<td>{_number(line.points)}"
        + (f" of {line.most:g}" if line.most is not None else "")
        + "</td></tr>"
        for line in lines
    )
    return f"<table>{rows}<tr><th scope='row'>Total</th><td></td><td>{total}</td></tr></table>"


@dataclass(frozen=True)
class Page:
    """A comparison, and whether each source's own wording is shown with it."""

    comparison: Comparison
    wording: bool = False


class DefinitionsView(View[Page]):
    """Trials, definitions grouped by the rule that decides, and four staging models."""

    height_px = 900

    def html(self, page: Page) -> str:
        """Return all of it."""
        result = page.comparison
        return "".join(
            (
                CSS,
                verdict("info", self._headline(result)),
                self._cautions(result),
                self._trials(result),
                '<p class="trd-sub">What each definition says, and why</p>',
                *(self._group(group, page.wording) for group in result.groups),
                f'<p class="trd-small">{_KEY if page.wording else ""}Most sources give no '
                "number of weeks: the rule in bold is how this course reads them.</p>",
                '<p class="trd-sub">What each staging model says</p>',
                self._stages(result),
                f"<p><strong>Why they differ:</strong> {escape(result.differ)}</p>",
            )
        )

    def _headline(self, result: Comparison) -> str:
        tally = result.tally()
        if "not applicable" in tally:
            return (
                "Bipolar depression: these definitions do not apply. Nothing is scored; take the "
                "bipolar pathway first."
            )
        # No counting of definitions as votes: several follow one rule, and some were not checked.
        said = [_SAID[name] for name in _SAID if name in tally]
        if len(said) == 1:
            return f"Every rule here that gives a yes or no says: {said[0]}."
        answers = ", ".join(f"“{answer}”" for answer in said)
        return f"The rules disagree about this history; their answers: {answers}."

    def _cautions(self, result: Comparison) -> str:
        if result.result.history.bipolar:
            return ""  # the headline says it
        return "".join(
            f'<p class="trd-verdict" style="border-color:#b34700;background:#fff1e8">'
            f"<strong>Check first:</strong> {escape(caution)}</p>"
            for caution in result.result.cautions
        )

    def _trials(self, result: Comparison) -> str:
        if not result.result.counted:
            return "<p>No medication trial has been entered yet. Add one above.</p>"
        items = "".join(self._trial(found) for found in result.result.counted)
        lifetime, six = result.result.lifetime6, result.result.n6
        error = (
            f"<p><strong>A common error:</strong> counted over all episodes there would be "
            f"{lifetime} drugs instead of {six}. Labels ask about the current episode.</p>"
            if lifetime != six
            else ""
        )
        return (
            f'<p class="trd-sub">Which trials count</p><ol class="trd-trials">{items}</ol>{error}'
        )

    def _trial(self, found: TrialCount) -> str:
        trial = found.trial
        better = trial.improvement_pct
        change = f"{better:g} % better" if better >= 0 else f"{-better:g} % worse"
        marks = " ".join(
            badge("yes" if counted else "no", f"{weeks}-week rule")
            for weeks, counted in ((6, found.counted6), (4, found.counted4))
        )
        again = " Another trial of the same drug counts too: the drug counts once." * found.repeat
        partial = (
            " The Delphi panel calls it partial response."
            if found.delphi and found.delphi.startswith("25")
            else ""
        )
        return (
            f"<li><strong>{escape(trial.drug.capitalize())} {trial.dose_mg:g} mg</strong>, "
            f"{trial.weeks:g} weeks, {change} {marks}"
            f'<br><span class="trd-small">{escape(found.sentence + again + partial)}</span></li>'
        )

    def _group(self, group: Group, wording: bool) -> str:
        kind = _KIND[group.verdict]
        rule = RULES[group.rule] if group.rule else "No count to compute: a clinical judgement"
        why = ""
        if group.why:
            missing = "; ".join(group.not_counted)
            left_out = f" Not counted: {missing}." if missing else ""
            words = group.why[0].upper() + group.why[1:]
            why = f"<p><strong>Why:</strong> {escape(words + left_out)}</p>"
        members = "".join(
            f"<li><strong>{symbol(kind)} {escape(d.label)}</strong>"
            f"{f', {d.year}' if d.year else ''}{f': {_rule(d)}' if wording else ''}</li>"
            for d in group.definitions
        )
        shape = "trd-worded" if wording else "trd-chips"
        return (
            f'<section class="trd-group" style="border-left-color:{_EDGE[kind]}">'
            f"<p>{badge(kind, group.words)} <strong>{escape(rule)}</strong></p>"
            f'{why}<ul class="{shape}">{members}</ul></section>'
        )

    def _stages(self, result: Comparison) -> str:
        found = result.result
        cards = (
            ("Thase-Rush", self._thase_rush(result), "thase_rush", ("tr",)),
            ("MGH-s", self._mgh(result), "mgh_s", ("plos20",)),
            ("Maudsley Staging Method", self._maudsley(result), "maudsley", ("msm18", "plos20")),
            ("European staging", self._european(result), "european", ("plos20",)),
        )
        shown = ""
        for name, body, field, sources in cards:
            why = "" if field in ("mgh_s", "maudsley") and body[1] else found.why(field).sentence
            shown += (
                f"<div><strong>{name}</strong><br>"
                f'<span class="trd-stage">{escape(body[0])}</span>{body[1]}'
                f'<p class="trd-small">{escape(why)} Rules: {cited(sources)}.</p></div>'
            )
        return f'<div class="trd-stages">{shown}</div>'

    def _thase_rush(self, result: Comparison) -> tuple[str, str]:
        stage = result.result.thase_rush
        if stage is None:
            return "Not applicable", ""
        rungs = "".join(
            f"<li>{'✓' if climbed else '○'} {name}: {escape(asks)}</li>"
            for name, asks, climbed in result.ladder
        )
        return f"Stage {_STAGES[stage]} of V", f"<ol>{rungs}</ol>"

    def _mgh(self, result: Comparison) -> tuple[str, str]:
        points = result.result.mgh_s
        if points is None:
            return "Not applicable", ""
        return f"{points:g} points, no ceiling", _table(result.mgh, f"{points:g}")

    def _maudsley(self, result: Comparison) -> tuple[str, str]:
        total = result.result.maudsley
        if total is None:
            return "Not applicable", ""
        band = result.result.maudsley_band
        return f"{total} of 15 points: {band}", _table(result.maudsley, f"{total} of 15")

    def _european(self, result: Comparison) -> tuple[str, str]:
        stage = result.result.european
        if stage is None:
            return "Not applicable", ""
        meaning = _EUROPEAN.get(stage, "two or more drugs of at least two classes")
        return stage, f"<p>{meaning}</p>"

    def describe(self, page: Page) -> str:
        """Return what the rules say and the four stages."""
        result = page.comparison
        found = result.result
        if found.history.bipolar:
            return self._headline(result)
        stage = _STAGES[found.thase_rush or 0]
        maudsley = (
            "not applicable"
            if found.maudsley is None
            else f"{found.maudsley} ({found.maudsley_band})"
        )
        return (
            f"{self._headline(result)} Thase-Rush stage {stage}, MGH-s {found.mgh_s:g} points, "
            f"Maudsley {maudsley}, European staging {found.european}."
        )

    def table(self, page: Page) -> Table:
        """Return every definition with its answer, then every staging model."""
        result = page.comparison
        rows = [
            [d.label, group.words, RULES.get(group.rule or "", "no count")]
            for group in result.groups
            for d in group.definitions
        ]
        for field in ("thase_rush", "mgh_s", "maudsley", "european"):
            why = result.result.why(field)
            rows.append([why.label, why.answer, why.sentence])
        return Table(
            "Every answer to this history", ("Definition or model", "Answer", "Rule"), rows
        )
