"""Settings of every nbgrader command run in this repository, and of the formgrader.

State that belongs to one class (gradebook, collected and graded work, exchange) is kept out of
the repository's own folders: under ``.local/``, or under ``TRD_HOME`` when that is set. On a hub
``TRD_EXCHANGE``, ``TRD_COURSE`` and ``TRD_GRADEBOOK`` name exchange, class and gradebook.
"""

import os
from pathlib import Path
from urllib.parse import quote

import nbgrader

import trd
from trd.lab import home

c = get_config()  # noqa: F821  # provided by nbgrader

ROOT = Path(__file__).resolve().parent
HOME = home.find()
# The first nbgrader command of a fresh clone may come before any launcher has run.
HOME.make()


def below_root(path: Path) -> str:
    """Return a path as nbgrader wants its folders named: relative to the course's root."""
    return os.path.relpath(path, ROOT)


# --- folders ----------------------------------------------------------------------------
c.CourseDirectory.course_id = os.environ.get("TRD_COURSE", "trd")
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = below_root(HOME.classroom / "submitted")
c.CourseDirectory.autograded_directory = below_root(HOME.classroom / "autograded")
c.CourseDirectory.feedback_directory = below_root(HOME.classroom / "feedback")
c.CourseDirectory.solution_directory = below_root(HOME.classroom / "solution")
c.CourseDirectory.source_with_tests_directory = below_root(HOME.classroom / "source_with_tests")
# Quoted, or a % or ? in a folder's name would point the gradebook elsewhere.
GRADEBOOK = "sqlite:///" + quote(str(HOME.classroom / "gradebook.db"))
c.CourseDirectory.db_url = os.environ.get("TRD_GRADEBOOK", GRADEBOOK)
# answers.jsonl must never be listed here: the same list decides what is handed in.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    ".virtual_documents",
    ".DS_Store",
    "*.pyc",
    "__pycache__",
    "feedback",
]

# --- handing out and in -----------------------------------------------------------------
c.Exchange.root = str(HOME.exchange)
c.Exchange.cache = str(HOME.cache)
c.Exchange.assignment_dir = str(HOME.cases)
c.Exchange.timezone = "UTC"
if HOME.shared_exchange:
    # On a hub (assets/hub/): classes side by side, and the hub knows who belongs to which.
    c.Exchange.path_includes_course = True
    if os.environ.get("JUPYTERHUB_API_TOKEN"):
        c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"
if os.environ.get("TRD_ONE_ACCOUNT"):
    # A trial hub: all hand-ins come from one account, so its name says nothing.
    c.ExchangeCollect.check_owner = False
# Releasing again replaces what was released; fetched copies are not touched.
c.ExchangeReleaseAssignment.force = True
# nbgrader's own follows links in what is handed in, and one odd name stops it for everybody.
c.ExchangeFactory.collect = "trd.grading.SafeCollect"
# nbgrader's own, interrupted, leaves half a hand-in, and everybody may read it.
c.ExchangeFactory.submit = "trd.grading.SafeSubmit"
# These two first finish a hand-in that was killed at its very end.
c.ExchangeFactory.list = "trd.grading.SafeList"
c.ExchangeFactory.fetch_feedback = "trd.grading.SafeFetchFeedback"
# Hand-ins by zip go to <this folder>/<assignment>/archive, then: nbgrader zip_collect <assignment>
c.ZipCollectApp.downloaded_directory = below_root(HOME.classroom / "downloaded")
c.ZipCollectApp.extractor_plugin = "trd.grading.SafeExtractor"
c.ZipCollectApp.collector_plugin = "trd.grading.HandInNames"

# --- generating -------------------------------------------------------------------------
# assignments/ is committed. Without this, a new gradebook finds the folder there already,
# generating is skipped without a word, and nothing can be graded.
c.GenerateAssignment.force = True
c.ClearSolutions.code_stub = {"python": "# Write your answer here"}
# nbgrader's own list, between two guards: no master that would be graded wrongly, no key let out.
c.GenerateAssignment.preprocessors = [
    "trd.grading.CheckMaster",
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
    "trd.grading.CheckRelease",
]

# --- grading ----------------------------------------------------------------------------
# A page of the course's own, drawn from items, answers and gradebook: no code, no scripts, nothing
# from another host. It needs no preprocessors. Where a case will be used again:
# c.FeedbackExporter.show_model_answers = False
c.GenerateFeedback.exporter_class = "trd.grading.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

# The formgrader: what trainees wrote is shown as words, whatever it holds; rubric beside answer.
c.HTMLExporter.filters = {"markdown2html": "trd.grading.markdown_filter"}
c.HTMLExporter.preprocessors = ["trd.grading.MarkingPage"]
# Ours comes first: it brings the page's look in place of MathJax, which is on another host.
c.HTMLExporter.extra_template_basedirs = [
    str(Path(trd.__file__).parent / "grading" / "feedback" / "templates"),
    str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"),
]

# A submission is data, never code: the page it is graded on is the instructor's own, and of what
# a trainee handed in only the recorded answers and the words in free-text cells are read.
c.Autograde.exporter_class = "trd.grading.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["trd.grading.PristineMaster"]
c.Autograde.autograde_preprocessors = [
    "trd.grading.ScoreAnswers",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
