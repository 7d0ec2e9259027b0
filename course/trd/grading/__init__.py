"""Plug-ins for nbgrader, named in ``nbgrader_config.py``; nbgrader itself stays the tool."""

from trd.grading.feedback import HideItemSource
from trd.grading.generate import CheckMaster, CheckRelease
from trd.grading.preprocessors import PristineMaster, ScoreAnswers, SubmissionExporter

__all__ = [
    "CheckMaster",
    "CheckRelease",
    "HideItemSource",
    "PristineMaster",
    "ScoreAnswers",
    "SubmissionExporter",
]
