"""Lesson 5, communicating risk: pure models, no figures, no widgets."""

from trd.communication.effects import (
    Effect,
    Proportion,
    natural_frequency,
    proportion,
    risk_difference,
)
from trd.communication.readability import Grades, readability
from trd.communication.trials import (
    COLLECTIONS,
    CONTROLS,
    Arm,
    Comparison,
    Harm,
    Trial,
    effects,
    harms,
    may_share_a_picture,
    trials,
)
from trd.communication.wording import FrequencyTerm, terms, words_for

__all__ = [
    "COLLECTIONS",
    "CONTROLS",
    "Arm",
    "Comparison",
    "Effect",
    "FrequencyTerm",
    "Grades",
    "Harm",
    "Proportion",
    "Trial",
    "effects",
    "harms",
    "may_share_a_picture",
    "natural_frequency",
    "proportion",
    "readability",
    "risk_difference",
    "terms",
    "trials",
    "words_for",
]
