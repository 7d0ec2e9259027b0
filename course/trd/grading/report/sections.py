"""The words of the class report: what is shown in which order, and what it means for teaching."""

from __future__ import annotations

from html import escape

from trd.grading.report import figures, statistics
from trd.grading.report.analysis import WEAK, WEAK_LINK, Analysis, Reliability
from trd.grading.report.items import Items
from trd.grading.report.overview import Overview
from trd.grading.report.page import (
    Layout,
    count,
    listing,
    number,
    paragraph,
    percent,
    points,
    table,
    tidy,
)
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
    pieces = [overview.head(), overview.first(), overview.people(), overview.completion()]
    results = _Results(analysis, layout, anonymous)
    if analysis.n:
        items = Items(analysis, layout, anonymous)
        pieces += [results.scores(), items.items(), results.reliability(), results.objectives()]
        pieces += [items.review(), items.each_item(), results.method()]
    return tidy("\n".join(filter(None, pieces)))


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
            paragraph(f"{what} Full marks: {points(scores.maximum)}{self._with_words()}.{late}"),
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

    def _with_words(self) -> str:
        """Say what full marks will be once the answers in words are marked."""
        if self.analysis.scores.complete:
            return ""
        texts = self.data.free_texts
        most = self.analysis.scores.maximum + sum(text.points for text in texts)
        what = "the answer in words" if len(texts) == 1 else "the answers in words"
        return f" ({most:g} with {what})"

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
                    each.why_not or alpha_words(each),
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
                "A case of few items on different skills, or one that nearly everybody masters, "
                "has a low alpha without being bad."
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
            marks = [(WEAK, f"below {percent(WEAK)}:\nweak")]
            title = f"The weakest: {results[0].id}, {percent(results[0].share)} of its points"
            alt = "Share of the points earned, weakest objective first: " + "; ".join(
                f"{row.label} {percent(row.share)}" for row in rows
            )
            pieces.append(
                figures.bars(rows, "Share of its points earned (%)", title, f"{alt}.", marks)
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
        """Return how everything on the page was computed, and nothing that is not on it."""
        said = [
            "Points are those of the gradebook, marks by hand included. Answers, confidence and "
            "times come from the answer logs handed in. An item left open earns nothing and "
            "counts.",
            "Certain and wrong: said “certain”, and earned nothing. A dash: the item does not ask.",
        ]
        if self.enough:
            said += _ITEM_METHOD
        if any(each.alpha is not None for each in self.analysis.reliability):
            said.append(
                "Alpha is Cronbach’s, without answers in words. Its interval is a percentile "
                "bootstrap over trainees (2,000 draws); with few trainees it is wide and still too "
                "narrow. The borders between the words, 0.6 and 0.8, are conventions."
            )
        said.append(
            f"Below {statistics.FEWEST} trainees nothing is computed about items; up to "
            f"{statistics.ROUGH} the numbers are called rough."
        )
        return self.layout.section(
            "How this was computed",
            "method",
            "For whoever has to defend a number.",
            listing(escape(each) for each in said),
        )


_ITEM_METHOD = (
    "Share of points: the mean share of an item’s points, from 0 % (nobody earned any) to 100 % "
    "(everybody earned all).",
    "Agreement with the rest (r) is Pearson’s correlation (scipy; for right-or-wrong items that is "
    "the point-biserial) between an item and the total of all other items of the assignment that "
    "are marked without a person; its 95 % interval is by Fisher’s z. No r where all have the same "
    "points.",
    f"A low r is a reason for review only if even the upper end of its interval lies below "
    f"{WEAK_LINK}, and “check the key” is said only if it lies below 0; in both cases at least "
    f"{statistics.FEWEST_CHOOSERS} trainees must differ from the commonest result of the item.",
    "Mean total of those who chose an option: their mean share of the points of all items that are "
    "marked without a person.",
    f"An option has a remark when less than {percent(statistics.RARE)} choose it, or when "
    f"{statistics.FEWEST_CHOOSERS} or more do and their mean total is at least "
    f"{100 * statistics.MARGIN:.0f} percentage points above that of those who chose the key (with "
    "several keys: of those who left the option out).",
    "Time is the median between two recorded answers; pauses of more than 30 minutes are left out, "
    "and it is not given when fewer than half have one.",
)


def alpha_words(found: Reliability) -> str:
    """Say what an alpha is good for, as far as its interval lets one tell."""
    if found.alpha is None:
        return ""
    bands = [_band(end) for end in found.interval] if found.interval else [0, len(_BANDS) - 1]
    if bands[1] - bands[0] > 1:
        return f"cannot be told with {count(found.n, 'trainee')}"
    # Where the interval reaches over one border, the more careful word holds.
    words = _BANDS[bands[0]]
    return words if bands[0] == bands[1] else f"not certain; read it as {words}"


#: From what alpha on which words hold is a convention: below 0.6, from 0.6, from 0.8.
_BANDS = (
    "low: look at items, not at single scores",
    "fair for teaching, too low to compare people",
    "consistent",
)


def _band(alpha: float) -> int:
    return (alpha >= 0.6) + (alpha >= 0.8)
