"""Sources disagree: follow another source, and see whose answer changes."""

from __future__ import annotations

from trd.panel.base import Panel
from trd.panel.controls import Choice, Select
from trd.screening.disagreement import Disagreement, course_screenings, first_of_topic, sources
from trd.screening.people import DIFFICULTIES
from trd.screening.policies import TOPICS
from trd.screening.views.sources_disagree import SourcesView

_NONE = "none"
#: Titles of topics short enough to stand before a source in a closed list.
_SHORT = {
    "blood-pressure": "Blood pressure",
    "psychosis": "Psychosis",
    "substance-use": "Substance use",
    "bipolar": "Bipolar disorder",
    "heart-attack": "Heart attack",
    "stroke": "Stroke or TIA",
    "trials": "Adequate trials",
}


def _model(first: str, second: str, difficulty: str) -> Disagreement:
    return first_of_topic(first, "" if second == _NONE else second, difficulty)


def sources_disagree() -> Panel:
    """Return the panel: one or two other sources, and a clinic of 1,000 invented people."""
    # Invented and screened once, so that a choice costs a few milliseconds.
    for difficulty in DIFFICULTIES:
        course_screenings(difficulty)
    positions = [
        (f"{each.topic}:{each.key}", f"{_SHORT[each.topic]}: {each.label}", TOPICS[each.topic])
        for each in sources()
    ]
    return Panel(
        "Whose limit? Sources disagree",
        {
            "first": Select("Follow another source", positions, "psychosis:label"),
            "second": Select(
                "and, at the same time, a second one",
                [(_NONE, "no second one: the course’s rule for the rest"), *positions],
                _NONE,
            ),
            "difficulty": Choice(
                "People of this clinic have",
                [
                    ("straightforward", "one barrier at most"),
                    ("mixed", "up to two"),
                    ("hard", "up to three"),
                ],
                "mixed",
            ),
        },
        _model,
        SourcesView(),
        lead=(
            "A thousand invented people, screened by this course’s rule and by your choice. First "
            "guess how many answers change. Then give people more barriers, or follow two other "
            "sources at once: does the effect grow?"
        ),
        assumptions=(
            "The people are invented and the shares chosen for teaching: the numbers show how "
            "limits work together, and say nothing about how often anything occurs.",
            "A source that names no limit on a topic is read as no barrier there. That is silence, "
            "not clearance; and where a source leaves a finding to judgement, the answer is that "
            "somebody must judge.",
            "On every topic you do not choose, the course’s own rule goes on, so no source is "
            "shown as a whole.",
        ),
        wide=("first", "second", "difficulty"),
    )
