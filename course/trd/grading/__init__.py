"""Plug-ins for nbgrader, named in ``nbgrader_config.py``; nbgrader itself stays the tool."""

from trd.grading.collect import SafeCollect
from trd.grading.exports import CanvasExport, ItemExport, MoodleExport
from trd.grading.feedback import FeedbackExporter
from trd.grading.generate import CheckMaster, CheckRelease
from trd.grading.markdown import markdown_filter, safe_markdown
from trd.grading.marking_page import MarkingPage
from trd.grading.preprocessors import PristineMaster, ScoreAnswers, SubmissionExporter
from trd.grading.ziphandin import HandInNames, SafeExtractor, pack

__all__ = [
    "CanvasExport",
    "CheckMaster",
    "CheckRelease",
    "FeedbackExporter",
    "HandInNames",
    "ItemExport",
    "MarkingPage",
    "MoodleExport",
    "PristineMaster",
    "SafeCollect",
    "SafeExtractor",
    "ScoreAnswers",
    "SubmissionExporter",
    "markdown_filter",
    "pack",
    "safe_markdown",
]
