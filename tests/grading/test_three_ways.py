"""Stock nbgrader, our two lists and the bulk path give every trainee the same grades."""

import shutil
from pathlib import Path

import nbformat
import portalocker
import pytest
from examples import ARGUMENTS, KEYS
from quizcourse import Class, item_source, master

from trd.grading import notes
from trd.grading.course import Course, CourseError
from trd.grading.regrade import describe, regrade
from trd.grading.submissions import EDITED
from trd.quiz.answers import AnswerLog

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).resolve().parents[2]
IDS = {kind: ARGUMENTS[kind][0][0] for kind in KEYS}
KINDS = {"case-a": ["single_best", "multiple_response", "numeric"], "case-b": ["matching"]}
KINDS["case-b"] += ["ordering", "simulation"]
WRONG = {
    "single_best": "a",
    "multiple_response": ["b", "c", "d"],
    "numeric": 4,
    "ordering": ["d", "b", "c", "a"],
    "matching": {"fda": "two"},
    "simulation": {"run": 1, "completed": True, "log": [{"t_s": 2, "do": "off"}]},
}
DAMAGED = b'\xff\xfe{"v": 1, \n[[[[\n'
#: Who answers what; a text goes into the free-text cell of the first page.
PEOPLE = {
    "all-right": (KEYS, "They were underdosed."),
    "half-right": (WRONG, "No idea, but at some length.\n\n- a list"),
    "text-only": ({}, "Only words."),
    "one-page": ({kind: KEYS[kind] for kind in KINDS["case-a"]}, None),
    "never-began": ({}, None),
    "damaged": (KEYS, None),
}
LATE = {"half-right"}


def released(root, kinds=KINDS):
    course = Class(root, ROOT)
    write_masters(course, kinds)
    fine(course.api().generate_assignment("demo"))
    fine(course.api().release_assignment("demo"))
    return course


def write_masters(course, kinds=KINDS, edit=lambda source: source):
    for name, chosen in kinds.items():
        notebook = master(chosen, name, free_text=name == "case-a")
        for cell in notebook.cells:
            cell.source = edit(cell.source)
        nbformat.write(notebook, course.source / f"{name}.ipynb")


def fine(result):
    assert result["success"], result.get("error") or result.get("log")


def hand_in(course, trainee, answers, text):
    desk = course.fetch(trainee)
    log = AnswerLog(desk / "answers.jsonl")
    for page, kinds in KINDS.items():
        for kind in kinds:
            if kind in answers:
                log.record(page, IDS[kind], answers[kind], "certain")
    if trainee == "damaged":
        with log.path.open("ab") as file:
            file.write(DAMAGED)
    if text is not None:
        path = desk / "case-a.ipynb"
        notebook = nbformat.read(path, as_version=4)
        next(cell for cell in notebook.cells if cell.id == "letter").source = text
        nbformat.write(notebook, path)
    course.submit(trainee)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """One collected class three times over: for stock nbgrader, our lists and the bulk path."""
    patch = pytest.MonkeyPatch()
    # Kernels that grade are processes of their own; they too must find the fixture model.
    patch.setenv("PYTHONPATH", str(ROOT / "tests" / "fixtures"))
    base = tmp_path_factory.mktemp("three ways")
    course = released(base / "collected")
    with course.gradebook() as book:
        book.update_or_create_assignment("demo", duedate="2100-01-01 00:00:00 UTC")
    for trainee, (answers, text) in PEOPLE.items():
        hand_in(course, trainee, answers, text)
    fine(course.api().collect("demo"))
    for trainee in LATE:
        late = course.root / "home" / "class" / "submitted" / trainee / "demo" / "timestamp.txt"
        late.chmod(0o644)
        late.write_text("2100-01-02 00:00:00.000000 UTC")
    found = {"stock": course}
    for way in ("lists", "bulk"):
        shutil.copytree(course.root, base / way, symlinks=True)
        found[way] = course.moved(base / way)
    yield found
    patch.undo()


def grade(classes, way, students=PEOPLE):
    course = classes[way]
    if way == "bulk":
        return regrade(course.course(), "demo", list(students), show=False)
    config = course.stock() if way == "stock" else course.config()
    for trainee in students:
        fine(course.api(config=config).autograde("demo", trainee, force=True))
    return None


def book_of(course):
    """Everything that grading leaves in a gradebook."""
    with course.gradebook() as book:
        return {
            (sub.student_id, notebook.notebook.name): {
                "grades": {
                    g.name: (g.auto_score, g.manual_score, g.needs_manual_grade, g.score)
                    for g in notebook.grades
                },
                "comments": {
                    c.cell.name: (c.auto_comment, c.manual_comment) for c in notebook.comments
                },
                "penalty": notebook.late_submission_penalty,
                "when": sub.timestamp,
            }
            for sub in book.find_assignment("demo").submissions
            for notebook in sub.notebooks
        }


@pytest.fixture(scope="module")
def graded(classes):
    for way in classes:
        assert grade(classes, way) is None or way == "bulk"
    return classes


def test_every_grade_comment_and_penalty_is_the_same(graded):
    books = {way: book_of(course) for way, course in graded.items()}
    assert len(books["stock"]) == len(PEOPLE) * len(KINDS)
    assert books["lists"] == books["stock"]
    assert books["bulk"] == books["stock"]


def test_the_class_is_worth_comparing(graded):
    book = book_of(graded["bulk"])
    scores = {sum(grade[3] for grade in page["grades"].values()) for page in book.values()}
    assert len(scores) > 2
    waiting = {who for (who, _), page in book.items() for g in page["grades"].values() if g[2]}
    assert waiting == {"all-right", "half-right", "text-only"}


def test_the_bulk_path_leaves_the_same_files(graded):
    lists, bulk = (graded[way].root / "home" / "class" / "autograded" for way in ("lists", "bulk"))
    names = sorted(path.relative_to(lists) for path in lists.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(bulk) for path in bulk.rglob("*") if path.is_file())
    assert any(name.suffix == ".ipynb" for name in names)
    for name in names:
        assert (lists / name).read_bytes() == (bulk / name).read_bytes(), name
        assert (lists / name).stat().st_mode == (bulk / name).stat().st_mode, name


def test_a_corrected_key_changes_the_same_marks_and_says_whose(graded):
    # Stock grading takes seconds a page; two people show what it does.
    some = ["all-right", "half-right"]
    for way, course in graded.items():
        write_masters(course, edit=lambda source: source.replace("key='b'", "key='a'"))
        fine(course.api().generate_assignment("demo"))
        if way == "bulk":
            before = book_of(course)
            rehearsal = regrade(course.course(), "demo", dry_run=True, show=False)
            assert book_of(course) == before
            outcome = grade(graded, way)
            assert outcome.changes == rehearsal.changes
        else:
            grade(graded, way, some)
    books = {way: _only(book_of(course), some) for way, course in graded.items()}
    assert books["lists"] == books["stock"]
    assert books["bulk"] == books["stock"]
    assert {(c.student, c.cell, c.before, c.after) for c in outcome.changes} == {
        ("all-right", "best", 2, 0),
        ("one-page", "best", 2, 0),
        ("damaged", "best", 2, 0),
        ("half-right", "best", 0, 2),
    }
    assert "half-right: case-a, best: 0 -> 2" in describe(outcome)


def _only(book, people):
    return {key: page for key, page in book.items() if key[0] in people}


def test_marks_given_by_hand_survive_all_three(graded):
    for course in graded.values():
        with course.gradebook() as book:
            mark = book.find_grade("letter", "case-a", "demo", "half-right")
            mark.manual_score, mark.needs_manual_grade = 3.5, False
            comment = book.find_comment("letter", "case-a", "demo", "half-right")
            comment.manual_comment = "Clear."
            book.db.commit()
    for way in graded:
        grade(graded, way, ["half-right"])
    books = {way: _only(book_of(course), ["half-right"]) for way, course in graded.items()}
    kept = books["bulk"]["half-right", "case-a"]
    assert kept["grades"]["letter"][1:] == (3.5, True, 3.5)  # nbgrader asks for another look
    assert kept["comments"]["letter"][1] == "Clear."
    assert books["lists"] == books["bulk"] == books["stock"]


def test_a_page_that_is_no_item_is_refused_when_it_is_generated(tmp_path):
    course = Class(tmp_path, ROOT)
    notebook = master(["single_best"])
    for cell in notebook.cells:
        if cell.source == item_source("single_best"):
            cell.source = "assert True"
    nbformat.write(notebook, course.source / "case-a.ipynb")
    assert not course.api().generate_assignment("demo")["success"]


def test_the_configuration_is_the_one_nbgrader_loads(graded, monkeypatch):
    course = graded["bulk"]
    monkeypatch.setenv("TRD_HOME", str(course.root / "home"))
    monkeypatch.chdir(course.root)
    found = Course.load()
    assert found.course_id == "trd"
    assert found.students_with("demo") == sorted(PEOPLE)
    assert found.classroom == course.root / "home" / "class"


def test_a_second_grading_of_the_class_waits_outside(graded):
    course = graded["bulk"].course()
    lock = portalocker.Lock(course.classroom / "grading.lock")
    with lock, pytest.raises(CourseError, match="Another grading"):
        regrade(course, "demo", show=False)
    assert regrade(course, "demo", show=False).failed == {}


def test_new_wording_accuses_nobody(graded):
    course = graded["bulk"]
    write_masters(course, edit=lambda source: source.replace("Which trial counts?", "Which does?"))
    outdated = regrade(course.course(), "demo", show=False).outdated
    assert outdated == ("case-a",)
    fine(course.api().generate_assignment("demo"))
    outcome = regrade(course.course(), "demo", show=False)
    assert outcome.outdated == ()
    assert not [note for note in outcome.notes if EDITED in note.reason]


def test_a_gradebook_that_is_none_is_said_to_be(graded, tmp_path):
    course = graded["bulk"].course()
    broken = tmp_path / "gradebook.db"
    broken.write_bytes(b"this is no database" * 100)
    course.coursedir.db_url = f"sqlite:///{broken}"
    with pytest.raises(CourseError, match="cannot be used"):
        regrade(course, "demo", show=False)


def test_a_database_that_does_not_run_is_no_reason_to_restore_it(graded, tmp_path):
    course = graded["bulk"].course()
    course.coursedir.db_url = f"postgresql+psycopg:///gradebook?host={tmp_path}"
    with pytest.raises(CourseError, match="start the database, then run") as refused:
        regrade(course, "demo", show=False)
    assert "estore" not in str(refused.value)


def test_notes_hold_nothing_that_moves_a_cursor(tmp_path):
    notes.write(tmp_path, "demo", "eve\x1b[2J", "grade", ["all \x1b]0;fine\x07 \u202ehere"])
    (note,) = notes.read(tmp_path, "demo")
    assert str(note).isprintable()
    assert "fine" in note.reason


@pytest.mark.parametrize("name", ["answers.jsonl", "case-a.ipynb", "timestamp.txt"])
def test_a_folder_in_the_place_of_a_file_stops_nothing(graded, name):
    course = graded["bulk"]
    path = course.root / "home" / "class" / "submitted" / "never-began" / "demo" / name
    path.unlink(missing_ok=True)
    path.mkdir()
    assert regrade(course.course(), "demo", ["never-began"], show=False).failed == {}
    path.rmdir()
