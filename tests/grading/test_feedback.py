"""The page a trainee gets back, through real nbgrader and by the direct way."""

import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from examples import ARGUMENTS, KEYS
from quizcourse import Class, master

from trd.grading import notes
from trd.grading.course import Course, CourseError
from trd.grading.feedback import FeedbackWriter, page, write_feedback
from trd.quiz.answers import AnswerLog
from trd.quiz.masters import is_free_text

ROOT = Path(__file__).resolve().parents[2]
KINDS = ["single_best", "multiple_response", "numeric", "ordering", "matching"]
IDS = {kind: ARGUMENTS[kind][0][0] for kind in KINDS}
SOME = {"single_best": "a", "multiple_response": ["b"], "numeric": 4.0, "matching": {}}
LETTER = 'They were <b>underdosed</b>.\n<script>alert("words")</script>\n\n# Really'
CASE = """## The letter

A person writes: **two drugs** and <script>alert("case")</script> [a link](javascript:alert(1)).

| Drug | mg |
|---|--:|
| A | 20 |
"""
#: What a trainee may do to a page that a kernel is going to run.
FORGERY = """from IPython.display import HTML, display
display(HTML("<script>alert('forged')</script>"))
"SECRET-SOURCE"
"""

pytestmark = pytest.mark.timeout(600)


class Html(HTMLParser):
    """A page as a reader of its structure sees it."""

    VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})

    def __init__(self, path):
        super().__init__()
        self.text = path.read_text(encoding="utf-8") if isinstance(path, Path) else path
        self.tags, self.attributes, self.ids, self.headings = [], [], [], []
        self.open, self.words = [], []
        self.feed(self.text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def said(self):
        return " ".join(" ".join(self.words).split())


def _fine(result):
    assert result["success"], result.get("error") or result.get("log")


def _master(name):
    notebook = master(KINDS if name == "case-a" else ["single_best"], name, name == "case-a")
    notebook.cells[0].source += "\n\n> **Not yet clinically reviewed.**"
    case = nbformat.v4.new_markdown_cell(CASE, id="the-letter")
    notebook.cells.insert(2, case)
    for cell in notebook.cells:
        if cell.source.startswith("single_best"):
            cell.source = cell.source.replace(
                "    objective='LO-1.2',", "    objective='LO-1.2',\n    safety_critical=True,"
            )
    return notebook


@pytest.fixture(scope="module")
def klass(tmp_path_factory):
    """A class of four, graded; one of them by a kernel, as stock nbgrader would."""
    klass = Class(tmp_path_factory.mktemp("feedback"), ROOT)
    for name in ("case-a", "case-b"):
        nbformat.write(_master(name), klass.source / f"{name}.ipynb")
    _fine(klass.api().generate_assignment("demo"))
    _hand_in(klass, "perfect", KEYS, "They were underdosed.")
    _hand_in(klass, "some", SOME, LETTER)
    _hand_in(klass, "empty", {}, "")
    _hand_in(klass, "forger", SOME, LETTER, FORGERY)
    with klass.gradebook() as book:
        book.update_or_create_assignment("demo", duedate=datetime(2026, 3, 1, 12))
    for student in ("perfect", "some", "empty"):
        _fine(klass.api().autograde("demo", student))
    _fine(klass.api(config=klass.stock()).autograde("demo", "forger"))
    return klass


@pytest.fixture(scope="module")
def course(klass):
    return Course(klass.config())


def _hand_in(klass, student, answers, words, code=""):
    folder = klass.root / "home" / "class" / "submitted" / student / "demo"
    shutil.copytree(klass.root / "assignments" / "demo", folder)
    log = AnswerLog(folder / "answers.jsonl")
    for kind, answer in answers.items():
        if kind in KINDS:
            log.record("case-a", IDS[kind], answer, "certain" if kind == "single_best" else None)
    path = folder / "case-a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if is_free_text(cell) and words:
            cell.source = words
    if code:
        notebook.cells.insert(3, nbformat.v4.new_code_cell(code))
        notebook.cells.insert(4, nbformat.v4.new_raw_cell("<script>alert('raw')</script>"))
        notebook.cells[2].metadata["tags"] = ['"><script>alert("tag")</script>']
    nbformat.write(notebook, path)
    day = "02" if student == "some" else "01"
    (folder / "timestamp.txt").write_text(f"2026-03-{day} 11:00:00.000000 UTC")


@contextmanager
def _marked(klass, student, points, words="", cell="letter"):
    """A person's mark, for as long as it is looked at."""
    names = (cell, "case-a", "demo", student)
    with klass.gradebook() as book:
        grade = book.find_grade(*names)
        before = grade.manual_score, grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = points, False
        if words:
            book.find_comment(*names).manual_comment = words
        book.db.commit()
    yield
    with klass.gradebook() as book:
        grade = book.find_grade(*names)
        grade.manual_score, grade.needs_manual_grade = before
        if words:
            book.find_comment(*names).manual_comment = None
        book.db.commit()


def _shown(course, student, name="case-a", **options):
    paths = write_feedback(course, "demo", student, **options)
    return Html(next(path for path in paths if path.stem == name))


def test_the_direct_way_writes_what_nbgrader_writes(klass, course):
    for student in ("perfect", "some", "empty", "forger"):
        target = course.place("feedback", "demo", student)
        write_feedback(course, "demo", student)
        ours = {path.relative_to(target): path.read_bytes() for path in target.rglob("*.*")}
        modes = {path.name: path.stat().st_mode for path in target.rglob("*.*")}
        shutil.rmtree(target)
        _fine(klass.api().generate_feedback("demo", student))
        theirs = {path.relative_to(target): path.read_bytes() for path in target.rglob("*.*")}
        assert ours == theirs
        assert modes == {path.name: path.stat().st_mode for path in target.rglob("*.*")}
        assert {"case-a.html", "case-b.html", "timestamp.txt"} <= set(modes)


def test_a_gradebook_that_is_open_can_be_shared(course):
    alone = [path.read_bytes() for path in write_feedback(course, "demo", "some")]
    writer = FeedbackWriter(course, "demo")
    with course.gradebook() as book:
        shared = [path.read_bytes() for path in writer.write("some", book)]
        assert [p.read_bytes() for p in write_feedback(course, "demo", "some", book)] == shared
    assert shared == alone


@pytest.mark.parametrize("student", ["perfect", "some", "empty", "forger"])
def test_nothing_runs_nothing_is_fetched_and_no_code_is_shown(klass, course, student):
    comment = "Good. <script>alert('marker')</script>\n[x](javascript:alert(1))"
    with _marked(klass, student, 2.5, comment):
        html = _shown(course, student)
    assert not {"script", "img", "iframe", "link", "object", "form", "svg"} & set(html.tags)
    assert not [name for _, name, _ in html.attributes if name.startswith("on") or name == "src"]
    links = [value for tag, name, value in html.attributes if name == "href"]
    assert links
    assert all(link.startswith(("#", "https://", "http://")) for link in links)
    assert "url(" not in html.text
    assert "@import" not in html.text
    for word in ("HIDDEN TESTS", "key=", "why=", "start(", "before_you_hand_in", "SECRET-SOURCE"):
        assert word not in html.text
    for word in ("forged", "raw", "tag"):
        assert f"alert('{word}')" not in html.said
        assert f'alert("{word}")' not in html.said


def test_the_structure_suits_readers_who_cannot_see_it(course):
    html = _shown(course, "some")
    assert ("html", "lang", "en") in html.attributes
    assert {"header", "main", "footer", "title"} <= set(html.tags)
    assert html.headings[0] == 1
    assert html.headings.count(1) == 1
    assert all(later <= level + 1 for level, later in pairwise(html.headings))
    assert len(set(html.ids)) == len(html.ids)
    inside = [value[1:] for _, name, value in html.attributes if name == "href" and value[0] == "#"]
    assert inside
    assert set(inside) <= set(html.ids)


def test_the_top_says_whose_it_is_and_what_it_is_worth(klass, course):
    with _marked(klass, "perfect", 3), klass.gradebook() as book:
        said = _shown(course, "perfect").said
        found = book.find_submission_notebook("case-a", "demo", "perfect")
        assert (found.score, found.max_score) == (13, 14)
    assert "A case" in said
    assert "For perfect , handed in on 1 March 2026 at 11:00 UTC" in said
    assert "13 of 14 points (93 %)" in said
    assert "so far" not in said
    assert "Late." not in said
    assert "Safety-critical questions: right" in said
    assert "Worth another look" not in said


def test_lateness_and_what_it_cost_are_said(klass, course):
    with klass.gradebook() as book:
        book.find_submission_notebook("case-a", "demo", "some").late_submission_penalty = 1.5
        book.db.commit()
    said = _shown(course, "some").said
    assert "Late. Handed in 23 hours after it was due. 1.5 points taken off" in said
    with klass.gradebook() as book:
        found = book.find_submission_notebook("case-a", "demo", "some")
        assert f"{round(found.score - 1.5, 2):g} of 10 points" in said
        found.late_submission_penalty = None
        book.db.commit()
    assert "taken off" not in _shown(course, "some").said


def test_questions_to_look_at_again_come_with_the_objective_and_its_lesson(course):
    said = _shown(course, "some").said
    assert "Safety-critical questions: 0 of 1 right. Look again at Question 1" in said
    assert "In the lesson What is treatment-resistant depression? :" in said
    assert "LO-1.2 Decide whether a medication trial was adequate" in said


def test_each_question_tells_own_and_best_answer_and_why(course):
    said = _shown(course, "some").said
    assert "Question 1 safety-critical 0 of 2 points Which trial counts?" in said
    assert "Not the best answer. You said: certain." in said
    assert "Trial A ✗ your choice Too short." in said
    assert "Trial B best answer Long enough." in said
    # Partly right: chosen and left out are told apart.
    assert "Partly right." in said
    assert "Trial B belongs in the answer ✓ your choice Yes." in said
    assert "Trial D belongs in the answer you left this out Yes." in said
    assert "Your answer: 4 weeks" in said
    assert "Four is another guideline's rule." in said
    assert "Not answered." in said


def test_options_that_nobody_needs_are_folded_and_not_lost(course):
    html = _shown(course, "some")
    folded = re.findall(r"<details.*?</details>", html.text, re.DOTALL)
    assert any("Trial C" in part and "Too low." in part for part in folded)
    assert not any("your choice" in part or "best answer" in part for part in folded)


def test_the_case_is_retold_between_the_questions(course):
    html = _shown(course, "some")
    assert "<strong>two drugs</strong>" in html.text
    assert "table" in html.tags
    assert html.text.index("two drugs") < html.text.index("Which trial counts?")
    assert "Press &gt;&gt;" not in html.text


def test_own_words_wait_for_a_person_and_the_model_answer_for_the_mark(klass, course):
    html = _shown(course, "some")
    assert "Not marked yet." in html.said
    assert "of 10 points" in html.said
    assert "4 points more can be earned with your own words" in html.said
    assert '<script>alert("words")</script>' in html.said
    assert "SECRET-RUBRIC" not in html.text

    with _marked(klass, "some", 1.5, "A *good* start."):
        html = _shown(course, "some")
        kept = course.config.copy()
        kept.FeedbackExporter.show_model_answers = False
        withheld = _shown(Course(kept), "some")
        shutil.rmtree(course.place("feedback", "demo", "some"))
        _fine(klass.api(config=kept).generate_feedback("demo", "some"))
    assert "1.5 of 4 points" in html.said
    assert "Part of the points." in html.said
    assert "<em>good</em> start" in html.text
    assert "SECRET-RUBRIC" in html.text
    assert "Not marked yet" not in html.said
    assert "SECRET-RUBRIC" not in withheld.text
    written = course.place("feedback", "demo", "some") / "case-a.html"
    assert written.read_text(encoding="utf-8") == withheld.text


def test_who_learns_alone_rates_themselves(course):
    said = _shown(course, "some", self_rating=True).said
    assert "Rate yourself" in said
    assert "SECRET-RUBRIC" in said
    assert "Not marked yet" not in said


def test_nothing_written_is_called_that(course):
    said = _shown(course, "empty").said
    assert "Your words 0 of 4 points – Not answered." in said
    assert "0 of 14 points (0 %)" in said
    assert "YOUR ANSWER HERE" not in said


def test_points_that_a_person_changed_are_explained(klass, course):
    with _marked(klass, "some", 1, cell="best"):
        said = _shown(course, "some").said
    assert "Your instructor set the points of this question: 1 point." in said
    assert "1 of 2 points" in said


def test_what_was_odd_is_told_to_whom_it_concerns(course):
    reasons = ["case-a: “best” stands there 2 times; <b>each</b> counts once", "case-b: other"]
    notes.write(course.classroom, "demo", "some", "grade", reasons)
    try:
        first, second = (_shown(course, "some", name) for name in ("case-a", "case-b"))
        assert "About the files you handed in" in first.said
        assert "“best” stands there 2 times; <b>each</b> counts once" in first.said
        assert "other" not in re.findall(r"<ul class=\"notes\">.*?</ul>", first.text, re.S)[0]
        assert re.findall(r"<ul class=\"notes\">.*?</ul>", second.text, re.S)[0].count("<li>") == 1
        assert "About the files" not in _shown(course, "perfect").said
    finally:
        notes.write(course.classroom, "demo", "some", "grade", [])


def test_a_kernel_s_grading_gives_the_same_page(course):
    """What a trainee's code printed, and the cells they added, do not get in."""
    forger, some = (_shown(course, student) for student in ("forger", "some"))
    cards = [re.findall(r"<article.*?</article>", html.text, re.DOTALL) for html in (forger, some)]
    assert len(cards[0]) == len(KINDS) + 1
    assert cards[0] == cards[1]


def test_the_footer_promises_nothing(course):
    html = _shown(course, "perfect")
    footer = html.text[html.text.index("<footer>") :]
    assert "Education, not a protocol." in footer
    assert "certifies no skill" in footer
    assert "Not yet clinically reviewed." in footer
    with course.gradebook() as book:
        context = FeedbackWriter(course, "demo").contexts("perfect", book)["case-a"]
    path = course.place("autograded", "demo", "perfect") / "case-a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "# Signed"
    assert "Not yet clinically reviewed" not in page(notebook, context)


def test_names_and_rubrics_are_escaped(course):
    with course.gradebook() as book:
        context = FeedbackWriter(course, "demo").contexts("some", book)["case-a"]
    path = course.place("autograded", "demo", "some") / "case-a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "# <script>title</script>"
    evil = replace(context, student="<script>me</script>", notes=("<script>note</script>",))
    html = Html(page(notebook, evil))
    assert "script" not in html.tags
    for word in ("title", "me", "note"):
        assert f"<script>{word}</script>" in html.said


def test_who_has_not_been_graded_is_named(course):
    with pytest.raises(CourseError, match=r"Nothing of “nobody” has been graded.*autograde"):
        write_feedback(course, "demo", "nobody")


@pytest.mark.parametrize("student", ["some", "forger"])
def test_the_formgrader_shows_a_kernel_s_work_inert(klass, student):
    """The exporter is made as nbgrader's server extension makes it."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

    config = FormgradeExtension().build_extra_config()
    config.merge(klass.config())
    path = klass.root / "home" / "class" / "autograded" / student / "demo" / "case-a.ipynb"
    before = path.read_bytes()
    resources = {"base_url": "", "index": 0, "total": 1, "student": student}
    html, _ = HTMLExporter(config=config).from_filename(str(path), resources=resources)
    assert "cdnjs" not in html
    assert "<script>alert" not in html
    assert "HIDDEN TESTS" not in html
    assert html.count('class="trd-mark') == len(KINDS)
    for name in [*IDS.values(), "letter"]:
        assert f'id="{name}"' in html
    assert path.read_bytes() == before
