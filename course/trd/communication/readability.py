"""How hard a text is to read, by counting: two Flesch formulas and SMOG.

Syllables come from syllapy, a small word list with rules for the rest, which works without a
network; the formulas are those of the rows ``com-read-*``. Against a pronouncing dictionary the
grade of this course's own prose came out 0.2 to 0.3 low: read a grade as give or take one. A
formula does not know whether a text is true, kind or complete.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

SMOG_SENTENCES = 30
"""Fewest sentences for which SMOG was made (row ``com-read-smog-sentences``)."""

LONG = 3
"""Syllables from which a word counts as long."""

#: Words with what is inside them: half-hour, don't, 1,000, 0.5, 24.
_WORD = re.compile(r"[^\W_]+(?:['.,-][^\W_]+)*")
#: A full stop after these ends no sentence.
_SHORT = re.compile(r"\b(?:dr|mr|mrs|ms|prof|vs|approx|e\.g|i\.e|[A-Z])\.(?=\s)", re.IGNORECASE)
#: A line that goes on in small letters was only wrapped.
_WRAP = re.compile(r"\n(?=[^\S\n]*[a-z])")
#: Sentences end at .!? before a blank or a closing mark, and at every line that ends: a heading or
#: an item of a list is read as a sentence of its own.
_END = re.compile(r"[.!?…]+(?=[\s)\]\"'”’]|$)|\n")


@dataclass(frozen=True)
class Grades:
    """What was counted, and the grades that follow from it.

    Attributes
    ----------
    flesch_kincaid_grade : float
        US school grade; can fall below 0 for very short words and sentences.
    flesch_ease : float
        Flesch reading ease: 100 and more is very easy, 30 and less is hard.
    smog : float or None
        SMOG grade; None below `SMOG_SENTENCES` sentences.
    words, sentences, syllables, polysyllables : int
        Counts; `polysyllables` are words of `LONG` or more syllables. A number written in digits
        counts as a word of one syllable, so that giving numbers does not raise the grade.
    long_words : tuple of str
        Those words, each once, the most frequent first.
    """

    flesch_kincaid_grade: float
    flesch_ease: float
    smog: float | None
    words: int
    sentences: int
    syllables: int
    polysyllables: int
    long_words: tuple[str, ...]


def readability(text: str) -> Grades:
    """Count words, sentences and syllables of an English text, and work out its grades.

    Parameters
    ----------
    text : str
        Plain text. A line that ends, such as a heading or an item of a list, ends a sentence,
        unless the next one goes on in small letters.

    Raises
    ------
    ValueError
        If there is no word in it.
    """
    if not isinstance(text, str):
        raise ValueError(f"The text is {text!r}; it must be words.")
    plain = _WRAP.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = _SHORT.sub(lambda found: found[0].replace(".", ""), _straight(plain))
    found = [words for part in _END.split(plain) if (words := _WORD.findall(part))]
    words = [word.lower() for part in found for word in part]
    if not words:
        raise ValueError("The text holds no word, so it has no grade.")
    lengths = [syllables(word) for word in words]
    long = [word for word, length in zip(words, lengths, strict=True) if length >= LONG]
    per_sentence, per_word = len(words) / len(found), sum(lengths) / len(words)
    return Grades(
        flesch_kincaid_grade=0.39 * per_sentence + 11.8 * per_word - 15.59,
        flesch_ease=206.835 - 1.015 * per_sentence - 84.6 * per_word,
        smog=3.1291 + 1.0430 * math.sqrt(len(long) * 30 / len(found))
        if len(found) >= SMOG_SENTENCES
        else None,
        words=len(words),
        sentences=len(found),
        syllables=sum(lengths),
        polysyllables=len(long),
        long_words=tuple(sorted(dict.fromkeys(long), key=lambda word: -long.count(word))),
    )


def syllables(word: str) -> int:
    """Return the syllables of one word; 1 or more.

    Parameters
    ----------
    word : str
        Letters, with hyphens or apostrophes inside; a number in digits counts as one syllable.
    """
    # Imported here: only the leaflet needs the word list.
    from syllapy import count

    return max(1, sum(count(part) for part in _straight(word).split("-")))


def _straight(text: str) -> str:
    return text.replace("’", "'").replace("‐", "-").replace("‑", "-").replace("–", " ")
