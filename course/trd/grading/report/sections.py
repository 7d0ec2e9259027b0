"""The words of the class report: what is shown in which order, and what it means for teaching."""

from __future__ import annotations

from html import escape

from trd.grading.report import figures, statistics
from trd.grading.report.analysis import WEAK, Analysis
from trd.grading.report.items import Items
from trd.grading.report.overview import Overview
from trd.grading.report.page import Layout, count, listing, number, paragraph, percent, table
from trd.grading.report.part import Part, label


def body(analysis: Analysis, layout: Layout, anonymous: bool = False) -> str:
    """Return the report as HTML, without the frame around it.

    Parameters
    ----------
    analysis : Analysis
        The numbers.
    layout : Layout
        Where it is shown.
    anonymous : bool
        Whether everything that names a trainee is left out.
    """
    overview = Overview(analysis, layout, anonymous)
    pieces = [overview.head(), overview.first(), overview.completion()]
    results = _Results(analysis, layout, anonymous)
    if analysis.n:
        items = Items(analysis, layout, anonymous)
        pieces += [results.scores(), items.items(), results.reliability(), results.objectives()]
        pieces += [items.review(), items.each_item()]
    return "\n".join([*pieces, results.method()])


class _Results(Part):
    """Scores, reliability, objectives."""

    def scores(self) -> str:
        scores, mark = self.analysis.scores, self.analysis.pass_mark
        spread = scores.spread
        if spread is None or not scores.maximum:
            return ""
        counts = statistics.histogram(scores.shares)
        bands = [f"{10 * i} to {'100' if i == 9 else f'below {10 * i + 10}'} %" for i in range(10)]
        alt = (
            f"Histogram of the scores of {count(self.n, 'trainee')}: "
            + "; ".join(f"{band}: {n}" for band, n in zip(bands, counts, strict=True) if n)
            + f". The line stands at {percent(mark)}."
        )
        title = f"Half of the class scored {percent(spread.median)} or more"
        what = (
            "Scores count every item and the answers in words."
            if scores.complete and self.data.free_texts
            else "Scores count the items that are marked without a person; answers in words join "
            "them when all are marked."
            if not scores.complete
            else "Scores count every item."
        )
        late = " Penalties for late work are not taken off." if self._any_late() else ""
        return self.layout.section(
            "Scores",
            "scores",
            "A wide or two-humped picture means that some need other help than the rest; a low "
            "one that the class needs it.",
            paragraph(f"{what} Full marks: {scores.maximum:g} points.{late}"),
            figures.histogram(counts, mark, title, alt),
            table(
                "Trainees by score",
                ("Score", "Trainees", "Share of the class"),
                [
                    (band, str(n), percent(n / self.n))
                    for band, n in zip(bands, counts, strict=True)
                ],
                (1, 2),
            ),
            self._case_table(),
            self._standard(),
        )

    def _any_late(self) -> bool:
        return any(each.late_s > 0 for each in self.data.graded)

    def _case_table(self) -> str:
        scores = self.analysis.scores
        named = [(self.data.pages[page], shares) for page, shares in scores.pages.items()]
        if len(named) > 1:
            named.append(("All cases together", scores.shares))
        rows = []
        for title, shares in named:
            found = statistics.spread(shares)
            if found:
                reach = f"{percent(found.low)} to {percent(found.high)}"
                rows.append((title, percent(found.mean), percent(found.median), reach))
        return table("Scores by case", ("Case", "Mean", "Median", "Range"), rows, (1, 2, 3))

    def _standard(self) -> str:
        scores, mark = self.analysis.scores, percent(self.analysis.pass_mark)
        if scores.safe is None:
            safe = "This assignment marks no item as safety-critical."
        else:
            safe = f"All safety-critical items right: {scores.safe} of {self.n}."
        return paragraph(
            f"Suggested standard (a teaching convention that you, the instructor, set): all "
            f"safety-critical items right and at least {mark} of the points. {safe} "
            f"Standard met: {scores.meeting} of {self.n}."
        )

    def reliability(self) -> str:
        rows = []
        for each in self.analysis.reliability:
            interval = (
                f"{number(each.interval[0])} to {number(each.interval[1])}"
                if each.interval
                else "–"
            )
            value = number(each.alpha) if each.alpha is not None else "not computed"
            rows.append(
                (
                    self.data.pages[each.page],
                    str(each.items),
                    str(each.n),
                    value,
                    interval,
                    each.why_not or _alpha_words(each.alpha),
                )
            )
        return self.layout.section(
            "Reliability",
            "reliability",
            "The lower alpha is, the less a trainee’s score on one case says about that trainee, "
            "so the less should hang on it.",
            table(
                "Cronbach’s alpha of each case",
                ("Case", "Items", "Trainees", "Alpha", "95 % interval", "What it means"),
                rows,
                (1, 2, 3, 4),
            ),
            paragraph(
                "The interval is a bootstrap over trainees (percentile, 2,000 draws). With few "
                "trainees it is wide and still too narrow, and a case of few items on different "
                "skills, or one that nearly everybody masters, has a low alpha without being bad. "
                "The borders between the words, 0.6 and 0.8, are conventions. Answers in "
                "words are not part of it."
            ),
        )

    def objectives(self) -> str:
        results = self.analysis.objectives
        if not results:
            return ""
        pieces = []
        if self.enough:
            rows = [
                figures.Bar(each.id, each.share or 0.0, each.weak, "weak" * each.weak)
                for each in results
            ]
            title = f"The weakest: {results[0].id}, {percent(results[0].share)} of its points"
            alt = "Share of the points earned, weakest objective first: " + "; ".join(
                f"{row.label} {percent(row.share)}" for row in rows
            )
            pieces.append(
                figures.bars(rows, "Share of its points earned (%)", title, f"{alt}.", (WEAK,))
            )
        cells = [
            (
                self.objective(each.id),
                str(len(each.questions)),
                percent(each.share) if self.enough else "too few trainees",
                f"{each.all_right} of {self.n}",
                ", ".join(label(question) for question in each.questions),
            )
            for each in results
        ]
        pieces.append(
            table(
                "Objectives, weakest first",
                ("Objective", "Items", "Share of points", "All of it right", "Tested by"),
                cells,
                (1, 2, 3),
            )
        )
        return self.layout.section(
            "Learning objectives",
            "objectives",
            f"What the class earns less than {percent(WEAK)} on (a teaching convention) deserves "
            "time in the next session.",
            *pieces,
            paragraph(
                "An objective tested by one or two items says as much about those items as about "
                "the class."
            ),
        )

    def method(self) -> str:
        return self.layout.section(
            "How this was computed",
            "method",
            "For whoever has to defend a number.",
            listing(
                escape(each)
                for each in (
                    "Points are those of the gradebook, marks by hand included. Answers, "
                    "confidence and times come from the answer logs handed in. An item left open "
                    "earns nothing and counts.",
                    "r is Pearson’s correlation (scipy; for right-or-wrong items that is the "
                    "point-biserial) between an item and the total of all other items of the "
                    "assignment that are marked without a person.",
                    "Mean total of those who chose an option: their mean share of the points of "
                    "all these items.",
                    f"An option is flagged when less than {percent(statistics.RARE)} choose it, "
                    f"or when {statistics.FEWEST_CHOOSERS} or more do and their mean total is "
                    "higher than that of those who chose the key (with several keys: than that of "
                    "those who left the option out).",
                    "Certain and wrong: said “certain”, and earned nothing. A dash: the item does "
                    "not ask.",
                    f"Below {statistics.FEWEST} trainees nothing is computed about items; up to "
                    f"{statistics.ROUGH} the numbers are called rough.",
                )
            ),
        )


def _alpha_words(alpha: float | None) -> str:
    """Say what an alpha is good for; the borders are conventions."""
    if alpha is None:
        return ""
    if alpha >= 0.8:
        return "consistent"
    if alpha >= 0.6:
        return "fair for teaching, too low to compare people"
    return "low: look at items, not at single scores"
