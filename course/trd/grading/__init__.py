"""Plug-ins for nbgrader, named in ``nbgrader_config.py``; nbgrader itself stays the tool."""

from trd.grading.exports import CanvasExport, ItemExport, MoodleExport
from trd.grading.feedback.markdown import markdown_filter, safe_markdown
from trd.grading.feedback.marking_page import MarkingPage
from trd.grading.feedback.pages import FeedbackExporter
from trd.grading.generate import CheckMaster, CheckRelease
from trd.grading.handin.collect import SafeCollect
from trd.grading.handin.submit import SafeFetchFeedback, SafeList, SafeSubmit
from trd.grading.handin.zips import HandInNames, SafeExtractor, pack
from trd.grading.preprocessors import PristineMaster, ScoreAnswers, SubmissionExporter

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
    "SafeFetchFeedback",
    "SafeList",
    "SafeSubmit",
    "ScoreAnswers",
    "SubmissionExporter",
    "markdown_filter",
    "pack",
    "safe_markdown",
]
