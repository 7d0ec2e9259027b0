"""The part of the class report that is about single items."""

from __future__ import annotations

from html import escape

from trd.grading.report import figures, statistics
from trd.grading.report.analysis import EASY, HARD, WEAK_LINK, ItemResult
from trd.grading.report.page import count, duration, number, paragraph, percent, points, table
from trd.grading.report.part import Part, anchor, label

_KINDS = {
    "single_best": "one best answer",
    "multiple_response": "several answers",
    "numeric": "a number",
    "ordering": "an order",
    "matching": "pairs",
    "simulation": "a simulation",
}
_MISTAKES = {
    "numeric": "Commonest wrong values",
    "ordering": "Most often misplaced",
    "matching": "Most often mismatched",
    "simulation": "Runs",
}


_SHARE, _R = "Share of points", "Agreement with the rest (r)"
#: The dashed lines of the picture.
_MARKS = (
    (HARD, f"below {percent(HARD)}:\nhard"),
    (EASY, f"above {percent(EASY)}:\neasy"),
)


class Items(Part):
    """All items in one table, those to review, and each by itself."""

    def items(self) -> str:
        """Return all items in one picture and one table."""
        meaning = (
            "Hard items show what to teach again; items that good and weak trainees answer alike "
            "show what to rewrite."
        )
        if not self.enough:
            return self.layout.section("Items", "items", meaning, self._count_table())
        ranked = sorted(
            (item for item in self.analysis.items if item.p is not None), key=lambda i: i.p or 0.0
        )
        hardest = f"{ranked[0].question.cell}, {percent(ranked[0].p)}" if ranked else "none"
        title = f"The hardest item: {hardest} of its points"
        rows = [
            figures.Bar(
                label(item.question),
                item.p or 0.0,
                bool(item.reasons),
                "review" * bool(item.reasons),
            )
            for item in ranked
        ]
        alt = "Share of the points the class earned, hardest item first: " + "; ".join(
            f"{row.label} {percent(row.share)}{', to review' if row.flagged else ''}"
            for row in rows
        )
        picture = (
            figures.bars(rows, "Share of its points earned (%)", title, f"{alt}.", _MARKS)
            if rows
            else ""
        )
        return self.layout.section(
            "Items",
            "items",
            meaning,
            picture,
            self._item_table(),
            paragraph(
                "Agreement with the rest (r) says how far those who do well on all other items "
                "also do well on this one: near 1 they do, near 0 it makes no difference, below 0 "
                "the others do better. A dash: nothing to compare. Time is a rough guide only."
            ),
        )

    def _count_table(self) -> str:
        rows = [
            (
                label(item.question),
                str(item.right),
                str(item.partly),
                str(item.wrong),
                str(item.blank),
                _or_dash(item.certain_wrong),
            )
            for item in self.analysis.items
        ]
        return table(
            f"Items in the order of the cases; counts of {count(self.n, 'trainee')}",
            ("Item", "Right", "Partly", "Wrong", "Left open", "Certain and wrong"),
            rows,
            range(1, 6),
        )

    def _item_table(self) -> str:
        rows = [
            (
                label(item.question) + (" (safety-critical)" * item.question.item.safety_critical),
                percent(item.p),
                number(item.r),
                percent(item.blank / item.n),
                _or_dash(item.certain_wrong),
                duration(item.median_s),
                "review" if item.reasons else "",
            )
            for item in self.analysis.items
        ]
        return table(
            "Items in the order of the cases",
            ("Item", _SHARE, _R, "Left open", "Certain and wrong", "Median time", "Flag"),
            rows,
            range(1, 6),
        )

    def each_item(self) -> str:
        """Return each item by itself: who chose what, which mistakes."""
        pieces = [self._one_item(item) for item in self.analysis.items]
        return self.layout.section(
            "Item by item",
            "each-item",
            "A wrong option that many choose names the misconception to start the next session "
            "with.",
            *pieces,
        )

    def _one_item(self, item: ItemResult) -> str:
        question = item.question
        tag = "safety-critical" if question.item.safety_critical else ""
        said = [
            f"{item.right} right, {item.partly} partly, {item.wrong} wrong, {item.blank} left open"
        ]
        if self.enough:
            said.append(f"{percent(item.p)} of the points")
        if item.r is not None:
            said.append(f"agreement with the rest (r) {number(item.r)}{_interval(item)}")
        if item.certain_wrong is not None:
            said.append(f"{item.certain_wrong} certain and wrong")
        if self.enough and item.median_s is not None:
            said.append(f"about {duration(item.median_s)} (median of {item.timed})")
        kind, objective = _KINDS[question.item.kind], question.item.objective
        pieces = [
            '<div class="item">',
            self.layout.heading(3, label(question), anchor(question), tag),
            f"<p><strong>{escape(question.item.stem)}</strong></p>",
            paragraph(
                f"Asks for {kind}; {points(question.points)}"
                + (f"; {objective}" if objective else "")
                + ". "
                + "; ".join(said)
                + "."
            ),
        ]
        if item.reasons:
            pieces.append(paragraph("To review: " + "; ".join(item.reasons) + ".", "caution"))
        if item.perhaps_chance:
            pieces.append(
                paragraph(f"r is low, but with {count(self.n, 'trainee')} this may be chance.")
            )
        pieces += [self._options(item), self._mistakes(item), "</div>"]
        return "\n".join(filter(None, pieces))

    def _options(self, item: ItemResult) -> str:
        if not item.options:
            return ""
        words = {**item.question.item.options, "": "(left open)"}
        header = ["Option", "Key", "Chosen by"]
        rows = []
        for option in item.options:
            row = [
                words[option.name],
                "✓\N{NO-BREAK SPACE}key" if option.is_key else "",
                str(option.chosen),
            ]
            if self.enough:
                row += [percent(option.share), percent(option.mean_total), _flag(item, option)]
            rows.append(row)
        if self.enough:
            header += ["Share", "Their mean total", "Remark"]
        return table(f"Who chose what: {label(item.question)}", header, rows, (2, 3, 4), (5,))

    def _mistakes(self, item: ItemResult) -> str:
        if not item.mistakes:
            return ""
        header = [_MISTAKES[item.question.item.kind], "Trainees"]
        with_meaning = any(each.meaning for each in item.mistakes)
        rows = [
            [each.what, str(each.n), *([each.meaning] if with_meaning else [])]
            for each in item.mistakes
        ]
        if with_meaning:
            header.append("What it says about the reasoning")
        return table(f"Commonest mistakes: {label(item.question)}", header, rows, (1,))

    def review(self) -> str:
        """Return the items to look at again, with the reason."""
        meaning = (
            "Read these again before the next class meets them: first make sure that it is not the "
            "item, then teach it differently."
        )
        if not self.enough:
            said = paragraph(
                f"Not computed: fewer than {statistics.FEWEST} trainees. Look at the items that "
                "most got wrong, above."
            )
            return self.layout.section("Items to review", "review", meaning, said, new_page=True)
        rows = [
            (label(item.question), percent(item.p), number(item.r), "; ".join(item.reasons))
            for item in self.analysis.to_review
        ]
        listed = (
            table("Items to review", ("Item", _SHARE, _R, "Why, and what to do"), rows, (1, 2))
            if rows
            else paragraph("Nothing to review.")
        )
        return self.layout.section(
            "Items to review",
            "review",
            meaning,
            listed,
            paragraph(
                f"Listed when the class earns less than {percent(HARD)} or more than "
                f"{percent(EASY)} of the points, or r is below {WEAK_LINK} by more than chance. "
                "These cases test mastery: they are meant to be easy for those who studied, and an "
                "item that nearly everybody gets right cannot have a high r. Such an item need not "
                "go."
            ),
            new_page=True,
        )


def _or_dash(n: int | None) -> str:
    return "–" if n is None else str(n)


def _interval(item: ItemResult) -> str:
    if item.r_interval is None:
        return ""
    low, high = item.r_interval
    return f" (95 % interval {number(low)} to {number(high)})"


def _flag(item: ItemResult, option: statistics.Option) -> str:
    if option.rare:
        seen = f"chosen by {option.chosen} of {item.n}"
        # What a safety-critical item warns of stays in it, however few fall for it.
        safety = item.question.item.safety_critical
        return seen if safety else f"{seen}; worth a look after several classes"
    if not option.attracts_strong or option.ahead is None:
        return ""
    others = "the key" if item.question.item.kind == "single_best" else "the rest"
    ahead = count(round(100 * option.ahead), "percentage point")
    return f"those who chose it are {ahead} ahead of those who chose {others}: is it defensible?"
