"""Words and HTML of the leaflet workshop."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from trd.communication.audit import statements
from trd.communication.leaflet import (
    ENOUGH_WORDS,
    FEWEST_WORDS,
    LONG_SENTENCE,
    MODEL_CLAIMS,
    MODEL_ROWS,
    MODEL_TEXT,
    POINTS,
    Review,
)
from trd.panel.backed import line
from trd.panel.parts import cited
from trd.rows import read

if TYPE_CHECKING:
    from trd.communication.readability import Grades

#: School grades to aim for, and the last that passes in this course.
AIM = (5.0, 6.0)
STILL = 8.0
#: Above this no school goes on, and the number says nothing more.
TOP = 20.0
#: How many long words are listed.
MOST_LONG_WORDS = 12

_HONEST = (
    "A program cannot understand a text. It looked for words: a point may be made without them, "
    "and “this is not off-label” would count as well. You are the judge."
)


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def grade_words(grade: float) -> str:
    """Return what a school grade means for a leaflet."""
    if grade <= AIM[1]:
        return "as plain as advised"
    return (
        "still fair; shorten a sentence or two" if grade <= STILL else "too hard for many readers"
    )


def status(review: Review, grades: Grades | None) -> str:
    """Return the state of the text in one line, as a screen reader hears it."""
    if not review.words:
        return "Nothing written yet."
    parts = [_plural(review.words, "word")]
    if grades is not None and review.words >= FEWEST_WORDS:
        parts.append(f"grade {_grade(grades)}")
    parts.append(f"{review.found} of {len(POINTS)} points found")
    parts.append(f"{_plural(len(review.flags), 'phrase')} to look at again")
    return ", ".join(parts) + "."


def _bounded(grades: Grades) -> float:
    return min(TOP, max(0.0, grades.flesch_kincaid_grade))


def _grade(grades: Grades) -> str:
    if grades.flesch_kincaid_grade > TOP:
        return f"above {TOP:.0f}"
    return f"{_bounded(grades):.1f}"


def report(review: Review, grades: Grades | None) -> str:
    """Return everything that was found, as HTML."""
    if not review.words:
        return (
            '<p class="tlw-empty">Write above, or begin with the weak draft and mend it. What is '
            "found appears here as you write.</p>"
        )
    return (
        readability_html(review, grades)
        + flags_html(review)
        + checklist_html(review)
        + marked_html(review)
    )


def readability_html(review: Review, grades: Grades | None) -> str:
    """Return how hard the text is to read."""
    head = '<p class="tlw-sub" role="heading" aria-level="5">How hard to read</p>'
    size = f"{_plural(review.words, 'word')} in {_plural(len(review.sentences), 'sentence')}"
    if grades is None:
        return f"{head}<p>{size}. The grade could not be worked out.</p>"
    if review.words < FEWEST_WORDS:
        return f"{head}<p>{size}. A grade needs at least {FEWEST_WORDS} words.</p>"
    grade = _bounded(grades)
    look = "good" if grade <= AIM[1] else "fair" if grade <= STILL else "hard"
    at = min(100.0, 100 * grade / 16)
    low, high = (100 * each / 16 for each in AIM)
    smog = "" if grades.smog is None else f"; SMOG {grades.smog:.1f}"
    longest = grades.long_words[:MOST_LONG_WORDS]
    listed = ", ".join(escape(each) for each in longest)
    more = ", …" if len(grades.long_words) > len(longest) else ""
    long_words = f"<p>Long words: {listed}{more}.</p>" if listed else ""
    return (
        f'{head}<p><strong class="tlw-{look}">School grade {_grade(grades)}</strong> '
        f"(Flesch-Kincaid{smog}): {grade_words(grade)}. Advised for patients: grade 5 to 6, what "
        f"somebody of 10 to 12 reads. {size}.</p>"
        '<div class="tlw-bar" aria-hidden="true">'
        f'<span class="tlw-aim" style="left:0;width:{high:.1f}%"></span>'
        f'<span class="tlw-at" style="left:{at:.1f}%"></span></div>'
        '<div class="tlw-scale" aria-hidden="true"><span>0</span>'
        f'<span style="left:{(low + high) / 2:.1f}%">advised</span><span style="left:100%">16+'
        f"</span></div>{long_words}"
        '<p class="tlw-small">The grade counts syllables and words, no more; read it as give or '
        "take one. “Depression” and “ketamine” raise it, and a text may be plain and wrong. Try it "
        "on people.</p>"
    )


def flags_html(review: Review) -> str:
    """Return the phrases to look at again, with a better wording."""
    head = '<p class="tlw-sub" role="heading" aria-level="5">Wording to look at again</p>'
    if not review.flags:
        return f"{head}<p>None of the phrases looked for.</p>"
    items: dict[str, list[str]] = {}
    by_id = {}
    for flag in review.flags:
        by_id[flag.caution.id] = flag.caution
        words = review.text[flag.start : flag.end]
        items.setdefault(flag.caution.id, [])
        if words.lower() not in (each.lower() for each in items[flag.caution.id]):
            items[flag.caution.id].append(words)
    lines = "".join(
        f"<li><strong>{', '.join(f'“{escape(each)}”' for each in words)}</strong> "
        f"{escape(by_id[name].why)} "
        f'<span class="tlw-better">{escape(by_id[name].better)}</span></li>'
        for name, words in items.items()
    )
    return f'{head}<ul class="tlw-flags">{lines}</ul>'


def checklist_html(review: Review) -> str:
    """Return the questions a reader has, and which words were found for each."""
    rows = ""
    for each in review.checklist:
        if each.words:
            shown = ", ".join(f"“{escape(word)}”" for word in each.words[:3])
            mark, words, note = "✓", "words found", f"found {shown}"
        else:
            mark, words, note = "", "nothing found", escape(each.point.hint)
        rows += (
            f'<li class="tlw-{"has" if each.words else "lacks"}">'
            f'<span class="tlw-mark" aria-hidden="true">{mark}</span>'
            f"<span><strong>{escape(each.point.asks)}</strong> "
            f'<span class="tlw-away">{words}: </span>'
            f'<span class="tlw-note">{note}</span></span></li>'
        )
    looked = "".join(
        f"<li><strong>{escape(point.asks)}</strong> {escape(point.looked_for)}</li>"
        for point in POINTS
    )
    return (
        '<p class="tlw-sub" role="heading" aria-level="5">What a person needs to decide: '
        f"{review.found} of {len(POINTS)} found</p>"
        f'<ul class="tlw-points">{rows}</ul><p class="tlw-small">{_HONEST}</p>'
        f'<details><summary>What was looked for</summary><ul class="tlw-small">{looked}</ul>'
        "</details>"
    )


def marked_html(review: Review) -> str:
    """Return the text with its longest sentences and the phrases to look at again marked."""
    head = '<p class="tlw-sub" role="heading" aria-level="5">Your text, marked</p>'
    if not review.long and not review.flags:
        return f"{head}<p>No sentence has more than {LONG_SENTENCE} words. Nothing to mark.</p>"
    key = []
    if review.long:
        shown = _plural(len(review.long), "sentence")
        key.append(f'<span class="tlw-long">{shown} above {LONG_SENTENCE} words</span>: cut in two')
    if review.flags:
        key.append("<mark>phrases</mark> to look at again")
    return f'{head}<p>{"; ".join(key)}.</p><div class="tlw-text">{_marked(review)}</div>'


def _marked(review: Review) -> str:
    out, at = [], 0
    for each in sorted(review.long, key=lambda sentence: sentence.start):
        out.append(_flagged(review, at, each.start))
        out.append(f'<span class="tlw-long">{_flagged(review, each.start, each.end)}</span>')
        out.append(f' <span class="tlw-count">({each.words} words)</span>')
        at = each.end
    out.append(_flagged(review, at, len(review.text)))
    return "".join(out)


def _flagged(review: Review, start: int, end: int) -> str:
    """Return a stretch of the text with its phrases marked; tags never cross its borders."""
    out, at = [], start
    for flag in review.flags:
        low, high = max(flag.start, start), min(flag.end, end)
        if low < high:
            out.append(f"{escape(review.text[at:low])}<mark>{escape(review.text[low:high])}</mark>")
            at = high
    out.append(escape(review.text[at:end]))
    return "".join(out)


def locked(words: int) -> str:
    """Return why the model text is not shown yet; empty when it can be."""
    if words >= ENOUGH_WORDS:
        return ""
    return (
        f"The model text opens when you have written {ENOUGH_WORDS} words of your own "
        f"({words} so far)."
    )


def model_text(review: Review, grades: Grades | None) -> str:
    """Return the model text, how it reads, and what it rests on."""
    paragraphs = []
    for block in MODEL_TEXT.strip().split("\n\n"):
        first, *rest = block.split("\n")
        paragraphs.append(f"<p><strong>{escape(first)}</strong></p>")
        run: list[str] = []
        for each in [*rest, ""]:
            if each.startswith("- "):
                run.append(f"<li>{escape(each[2:])}</li>")
                continue
            if run:
                paragraphs.append(f"<ul>{''.join(run)}</ul>")
                run = []
            if each:
                paragraphs.append(f"<p>{escape(each)}</p>")
    longest = max(each.words for each in review.sentences)
    how = f"{_plural(review.words, 'word')}, {longest} in the longest sentence"
    if grades is not None:
        how = f"School grade {_grade(grades)}, {how}"
    claims = "".join(
        f"<li>{escape(statements()[name].restatement)} "
        f'<span class="tlw-small">({cited(statements()[name].evidence)})</span></li>'
        for name in MODEL_CLAIMS
    )
    rows = "".join(f"<li>{line(read(table)[name])}</li>" for table, name in MODEL_ROWS)
    return (
        f'<p class="tlw-sub" role="heading" aria-level="5">One way to write it</p>'
        f"<p>{how}. Yours may be better: what does yours say that this one does not, and the other "
        f'way round?</p><div class="tlw-model">{"".join(paragraphs)}</div>'
        f'<details><summary>What it rests on</summary><ul class="tlw-small">{claims}{rows}</ul>'
        "</details>"
    )
