"""Numbers in prose: which ones say something about the world, and which are names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

# "95 % CI" is the kind of interval, not a finding.
_INTERVAL = re.compile(
    r"\b9[059](?:\.0)?\s*(?:%|per cent)\s*(?:CI|CrI|confidence|credible|prediction)"
)
# PHQ-9, HAM-D17, T3, NG222, LO-1.2, QIDS-SR16, CYP2D6
_NAMES = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z][A-Za-z*]*(?:[-‐‑–./][A-Za-z*]+)*[-‐‑–]|[A-Za-z]+(?:[-‐‑–./][A-Za-z]+)*)"
    r"\d+(?:[-‐‑.]?\w+)*"
)
# 5-HT, 5-HT2A; the 17-item version of a scale
_NUMBERED_NAMES = re.compile(r"\b\d+[-‐‑](?:[A-Z]{2,}\w*|items?\b)")
# step 1, stages 2 to 4, item 9: places in a list
_PLACES = re.compile(
    r"\b(?:steps?|stages?|levels?|lessons?|cases?|figures?|tables?|parts?|phases?|sections?"
    r"|questions?|items?|grades?|types?|rows?|myths?)\s+\d+(?!\.?\d)"
    r"(?:\s*(?:-|–|to|and|or)\s*\d+(?!\.?\d|\s*%))*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?")
_SEPARATORS = str.maketrans("", "", ",\u2009\u202f\u00a0")

_UNIT = (
    r"(?:%|per\s?cent\b|percentage points?\b|mg\b|mcg\b|µg\b|μg\b|g\b|kg\b|ml\b|mL\b|mmHg\b|bpm\b"
    r"|ng\b|days?\b|weeks?\b|months?\b|years?\b|hours?\b|minutes?\b|points?\b|patients?\b"
    r"|people\b|participants?\b|adults?\b|trials?\b|studies\b)"
)
_CLINICAL = re.compile(
    r"(?<![\w.])\d[\d,.\u2009\u202f\u00a0]*(?:\s*(?:to|or|and|-|–)\s*\d[\d,.]*)?[\s\u00a0-]*"
    + _UNIT
)
_STATISTIC = re.compile(r"\b(?:n|N|NNT|NNH|OR|RR|HR|SMD|I2|I²|p|P|d|g)\s*[=<>≤≥]?\s*\d[\d.,]*")


def strip_names(text: str) -> str:
    """Blank out digits that belong to names, labels of intervals and places in a list."""
    for pattern in (_INTERVAL, _NUMBERED_NAMES, _PLACES, _NAMES):
        text = pattern.sub(" ", text)
    return text


def numbers(text: str) -> list[tuple[str, Decimal]]:
    """Return the numbers of a text as written and as values, without sign.

    Examples
    --------
    >>> [value for _, value in numbers("PHQ-9 fell in 4,041 people; 46.0 % remitted")]
    [Decimal('4041'), Decimal('46')]
    """
    return [(found, value_of(found)) for found in _NUMBER.findall(strip_names(text))]


def value_of(written: str) -> Decimal:
    """Return the value of a written number, so that 46, 46.0 and 4,041 compare as numbers."""
    value = Decimal(written.translate(_SEPARATORS))
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def values(texts: Iterable[str]) -> set[Decimal]:
    """Return the values of all numbers in some texts."""
    return {value for text in texts for _, value in numbers(text)}


def clinical(text: str) -> list[str]:
    """Return the percentages, numbers with a unit and statistics in a text, as written."""
    text = strip_names(text)
    found = [match.group().strip() for match in _CLINICAL.finditer(text)]
    return found + [match.group().strip() for match in _STATISTIC.finditer(text)]
