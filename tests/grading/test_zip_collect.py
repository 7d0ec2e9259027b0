"""Hand-ins by zip: packed by a trainee or downloaded from a learning platform."""

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from examples import ARGUMENTS
from quizcourse import Class, master

from trd.grading import notes, pack
from trd.grading.handin import zips as ziphandin
from trd.grading.handin.collect import compared
from trd.quiz.answers import AnswerLog

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]
BEST = ARGUMENTS["single_best"][0][0]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    course = Class(tmp_path_factory.mktemp("zips"), ROOT)
    nbformat.write(master(["single_best"]), course.source / "case-a.ipynb")
    nbformat.write(master(["single_best"], name="case-b"), course.source / "case-b.ipynb")
    result = course.api().generate_assignment("demo")
    assert result["success"], result
    with course.gradebook() as book:
        book.add_student("ada", first_name="Ada", last_name="Lovelace", lms_user_id="12345")
        book.add_student("bob")
        book.add_student("twin1", first_name="Eva", last_name="Twin")
        book.add_student("twin2", first_name="Eva", last_name="Twin")
    return course


@pytest.fixture
def course(prepared):
    for folder in ("submitted", "notes", "downloaded"):
        shutil.rmtree(prepared.root / "home" / "class" / folder, ignore_errors=True)
    (downloads(prepared)).mkdir(parents=True)
    return prepared


def downloads(course):
    return course.root / "home" / "class" / "downloaded" / "demo" / "archive"


def work(course, folder, answer="b"):
    """Return a case folder as a trainee has it."""
    shutil.copytree(course.root / "assignments" / "demo", folder / "demo")
    AnswerLog(folder / "demo" / "answers.jsonl").record("case-a", BEST, answer)
    return folder / "demo"


def line(answer="b"):
    record = {"v": 1, "notebook": "case-a", "item": BEST, "answer": answer, "at": "2026-01-01"}
    return json.dumps(record) + "\n"


def archive(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def run(course, **options):
    """Run ``nbgrader zip_collect demo``."""
    from nbgrader.apps.zipcollectapp import ZipCollectApp
    from nbgrader.coursedir import CourseDirectory

    config = course.config()
    config.ZipCollectApp.force = options.pop("force", False)
    for name, value in options.items():
        section, _, trait = name.rpartition("__")
        config[section][trait] = value
    app = ZipCollectApp(config=config)
    app.coursedir = CourseDirectory(parent=app)
    app.coursedir.assignment_id = "demo"
    app.init_plugins()
    app.extract_archive_files()
    app.process_extracted_files()


def place(course, name):
    return course.root / "home" / "class" / "submitted" / name / "demo"


def handed_in(course):
    folder = course.root / "home" / "class" / "submitted"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def answer(course, name):
    last = AnswerLog(place(course, name) / "answers.jsonl").read().last("case-a", BEST)
    return last and last.answer


def noted(course, name):
    folder = course.root / "home" / "class"
    return "\n".join(n.reason for n in notes.read(folder, "demo") if n.student == name)


def test_packed_collected_graded_and_given_back(course, tmp_path):
    """From a trainee's button to feedback, with the commands of nbgrader's documentation."""
    folder = work(course, tmp_path)
    (folder / "case-b.ipynb").unlink()
    (folder / "private.txt").write_text("nobody's business")
    shutil.copy(pack(folder, "ada"), downloads(course))
    program = Path(sys.executable).parent / "nbgrader"
    done = subprocess.run(
        [program, "zip_collect", "demo"],
        cwd=course.root,
        env={**os.environ, "TRD_HOME": str(course.root / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = {path.name for path in place(course, "ada").iterdir()}
    assert names == {
        "answers.jsonl",
        "case-a.ipynb",
        "case-b.ipynb",
        "timestamp.txt",
        "submission_secret.txt",
    }
    assert noted(course, "ada").startswith("case-b.ipynb was not handed in; put back")
    for step in (course.api().autograde, course.api().generate_feedback):
        result = step("demo", "ada")
        assert result["success"], result
    with course.gradebook() as book:
        submission = book.find_submission("demo", "ada")
        assert submission.score == 2
        assert submission.timestamp is not None
    (course.exchange / "trd" / "feedback").mkdir(parents=True, exist_ok=True)
    result = course.api().release_feedback("demo", "ada")
    assert result["success"], result


def test_a_pack_holds_what_counts_and_nothing_else(course, tmp_path):
    folder = work(course, tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("{}")
    (folder / "link.ipynb").symlink_to(secret)
    (folder / ".hidden.ipynb").write_text("{}")
    (folder / "photo.jpg").write_text("x")
    packed = pack(folder)
    assert packed == tmp_path / "demo.zip"
    with zipfile.ZipFile(packed) as file:
        assert set(file.namelist()) == {
            "demo/answers.jsonl",
            "demo/case-a.ipynb",
            "demo/case-b.ipynb",
            "demo/timestamp.txt",
        }
    assert pack(folder) == packed


def test_there_is_nothing_to_pack(tmp_path):
    (tmp_path / "demo").mkdir()
    with pytest.raises(ValueError, match="nothing to hand in"):
        pack(tmp_path / "demo")
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


MOODLE, CANVAS = "Ada Lovelace_77_assignsubmission_file", "lovelaceada_12345_9"


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ada_demo.zip", "ada"),
        ("ada.zip", "ada"),
        ("ada/demo.zip", "ada"),
        ("ada/answers.jsonl", "ada"),
        ("ada_answers.jsonl", "ada"),
        # Moodle, as downloaded, unpacked, with an older ending, and without folders
        (f"TRD-Case 1-345.zip/{MOODLE}/demo.zip", "ada"),
        (f"TRD-Case 1-345.zip/{MOODLE}/answers.jsonl", "ada"),
        (f"{MOODLE}/demo.zip", "ada"),
        (f"{MOODLE}_/answers.jsonl", "ada"),
        (f"all.zip/{MOODLE}_demo.zip", "ada"),
        (f"all.zip/{MOODLE}_answers.jsonl", "ada"),
        ("all.zip/Grace Hopper_78_assignsubmission_file/demo.zip", "Grace-Hopper"),
        ("all.zip/Participant_79_assignsubmission_file/demo.zip", "participant-79"),
        ("all.zip/Eva Twin_80_assignsubmission_file/demo.zip", "Eva-Twin"),
        # Canvas
        (f"submissions.zip/{CANVAS}_demo.zip", "ada"),
        (f"submissions.zip/{CANVAS}_demo-1.zip", "ada"),
        ("submissions.zip/lovelaceada_LATE_12345_9_answers.jsonl", "ada"),
        (f"{CANVAS}_answers-1.jsonl", "ada"),
        ("submissions.zip/hoppergrace_555_9_demo.zip", "hoppergrace-555"),
        ("submissions.zip/anon_aB3dE_9_demo.zip", "anon-aB3dE"),
        ("submissions.zip/LATE_anon_aB3dE_9_demo.zip", "anon-aB3dE"),
    ],
)
def test_whose_it_is(course, path, student):
    """The data are put where the path says: in a folder, an archive, or an archive in one."""
    inner = {"demo/answers.jsonl": line()}
    *outer, leaf = path.split("/")
    target = downloads(course)
    if leaf.endswith(".zip"):
        data = archive(course.root / "made.zip", inner).read_bytes()
    else:
        data = line().encode()
    if outer and outer[0].endswith(".zip"):
        archive(target / outer[0], {"/".join([*outer[1:], leaf]): data})
    else:
        target.joinpath(*outer).mkdir(parents=True, exist_ok=True)
        target.joinpath(*outer, leaf).write_bytes(data)
    run(course)
    assert handed_in(course) == {student}
    assert answer(course, student) == "b"
    assert (place(course, student) / "case-a.ipynb").exists()


def test_a_platforms_names_can_be_mapped(course):
    archive(downloads(course) / "all.zip", {f"{MOODLE}/answers.jsonl": line()})
    run(course, HandInNames__students={"Ada Lovelace": "al42"})
    assert handed_in(course) == {"al42"}


def test_an_own_regular_expression_as_nbgrader_documents_it(course):
    (downloads(course) / "demo_bitdiddle_attempt_2026-01-30-15-00_answers.jsonl").write_text(line())
    expression = r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9-]{10})[0-9\-]+_(?P<file_id>.*)"
    run(course, FileNameCollectorPlugin__named_regexp=expression)
    assert handed_in(course) == {"bitdiddle"}
    assert answer(course, "bitdiddle") == "b"
    assert (place(course, "bitdiddle") / "timestamp.txt").read_text().startswith("2026-01-30")


def test_again_only_with_force_as_nbgrader_has_it(course):
    archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line("a")})
    run(course)
    archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line("b")})
    with pytest.raises(SystemExit):
        run(course)
    assert answer(course, "ada") == "a"
    run(course, force=True)
    assert answer(course, "ada") == "b"


def test_of_two_the_newest_counts_and_it_is_said(course):
    old = archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line("a")})
    new = archive(downloads(course) / "ada.zip", {"answers.jsonl": line("b")})
    os.utime(old, (1_700_000_000, 1_700_000_000))
    os.utime(new, (1_750_000_000, 1_750_000_000))
    run(course)
    assert answer(course, "ada") == "b"
    assert "more than once: “ada.zip”, “ada_demo.zip”" in noted(course, "ada")


def test_of_a_whole_desk_only_this_assignment_is_taken(course):
    members = {"cases/02-other/answers.jsonl": line("a"), "cases/demo/answers.jsonl": line("b")}
    archive(downloads(course) / "ada.zip", members)
    run(course)
    assert answer(course, "ada") == "b"


def _link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def _forged(course):
    """Return hostile archives by the name of the trainee."""
    target = downloads(course)
    honest = {"demo/answers.jsonl": line()}
    made = {}

    def make(name, members, words):
        path = archive(target / f"{name}_demo.zip", honest)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
            for member, data in members:
                file.writestr(member, data)
        made[name] = words
        return path

    make("traversal", [("../../../../canary.ipynb", "{}")], "leads out")
    make("absolute", [(str(course.root / "canary.ipynb"), "{}")], "leads out")
    make("windows", [("..\\..\\canary.ipynb", "{}"), ("C:\\canary.ipynb", "{}")], "leads out")
    make("linked", [(_link("demo/case-a.ipynb"), str(course.source / "case-a.ipynb"))], "link")
    make("program", [("demo/run.exe", "x"), ("demo/gradebook.db", "x")], "no such file")
    make("bomb", [("demo/case-b.ipynb", b"0" * 60_000_000)], "larger than 20 MB")
    make(
        "manybombs",
        [(f"demo/{n}.ipynb", b"0" * 25_000_000) for n in range(12)],
        "far more than it should",
    )
    inner = archive(course.root / "inner.zip", {"answers.jsonl": line("a")}).read_bytes()
    for depth in range(5):
        inner = archive(course.root / "inner.zip", {f"{depth}.zip": inner}).read_bytes()
    make("russiandoll", [("demo/doll.zip", inner)], "archive in an archive")
    make("names", [("demo/..ipynb", "x"), ("demo/a\nb.ipynb", "x"), ("demo//", "")], "")
    make("flood", [(f"demo/{n}.ipynb", "x") for n in range(300)], "no case")
    return made


def test_forged_archives(course):
    made = _forged(course)
    (downloads(course) / "junk_demo.zip").write_bytes(b"PK\x03\x04 no archive")
    (downloads(course) / "empty_demo.zip").write_bytes(b"")
    (downloads(course) / "pointer_demo.zip").symlink_to(course.source / "case-a.ipynb")
    os.mkfifo(downloads(course) / "pipe_demo.zip")
    # A hundred thousand entries behind each other, none of them real.
    (downloads(course) / "entries_demo.zip").write_bytes(b"PK\x01\x02" * 100_000)
    archive(downloads(course) / "<b>_demo.zip", {"answers.jsonl": line()})
    archive(downloads(course) / ".._demo.zip", {"answers.jsonl": line()})
    big = downloads(course) / "bigfile_demo.zip"
    junk = line().encode() + b"\0" * 50_000_000 + b"\n" + line().encode()
    archive(big, {"answers.jsonl": junk})
    archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line()})
    run(course)
    assert handed_in(course) == {"ada", "bigfile", *made}
    for name in ("ada", "bigfile", *made):
        assert answer(course, name) == "b", name
        assert (place(course, name) / "case-b.ipynb").is_file()
    for name, words in made.items():
        assert words in noted(course, name), name
    assert "50 MB" in noted(course, "bigfile")
    for name in ("junk", "empty", "pointer", "pipe", "entries"):
        assert "left out" in noted(course, name), name
    assert not [path for path in course.root.rglob("canary*")]
    assert not [path for path in course.root.parent.glob("canary*")]
    rubric = [p for p in place(course, "linked").iterdir() if b"SECRET-RUBRIC" in p.read_bytes()]
    assert rubric == []
    extracted = downloads(course).with_name("extracted")
    assert all(path.is_dir() and not path.name.startswith(".") for path in extracted.iterdir())


def test_the_number_of_entries_is_bounded_before_they_are_parsed(course, monkeypatch):
    monkeypatch.setattr(ziphandin, "MAX_MEMBERS", 10)
    many = {f"{number}.txt": "x" for number in range(10)}
    archive(downloads(course) / "many_demo.zip", {"answers.jsonl": line(), **many})
    inner = archive(course.root / "inner.zip", {"answers.jsonl": line(), **many}).read_bytes()
    archive(downloads(course) / "inner_demo.zip", {"demo.zip": inner})
    archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line()})
    run(course)
    assert handed_in(course) == {"ada"}
    assert "more than 10 files" in noted(course, "many")
    assert "more than 10 files" in noted(course, "inner")


@pytest.mark.parametrize("inner", [True, False])
def test_a_secret_that_came_with_a_copied_folder_is_never_kept(course, inner):
    """Feedback goes to whoever holds the secret: it must not be somebody else."""
    stolen = "0123456789abcdef" * 8
    for name in ("ada", "bob"):
        members = {"demo/answers.jsonl": line(), "demo/submission_secret.txt": stolen}
        path = archive(downloads(course) / f"{name}_demo.zip", members)
        if not inner:
            with zipfile.ZipFile(path) as file:
                file.extractall(downloads(course) / name)
            path.unlink()
    run(course)
    kept = {(place(course, name) / "submission_secret.txt").read_text() for name in ("ada", "bob")}
    assert len(kept | {stolen}) == 3


def test_the_same_answers_as_in_work_collected_before_are_told_of_both(course):
    log = "".join(
        json.dumps({**json.loads(line()), "item": f"q{n}", "at": f"2026-02-01T10:0{n}:00Z"}) + "\n"
        for n in range(4)
    )
    archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": log})
    run(course)
    assert noted(course, "ada").startswith("case-a.ipynb was not handed in")
    (downloads(course) / "ada_demo.zip").unlink()
    archive(downloads(course) / "bob_demo.zip", {"answers.jsonl": log})
    run(course, force=True)
    same = "same answers, to the second, as {} (4 questions)"
    assert noted(course, compared("ada")) == same.format("bob")
    assert noted(course, compared("bob")) == same.format("ada")
    assert "put back" in noted(course, "ada")


def test_one_failure_does_not_stop_the_others(course, monkeypatch):
    for name in ("ada", "bob"):
        archive(downloads(course) / f"{name}_demo.zip", {"answers.jsonl": line()})
    real = ziphandin.SafeExtractor._handed_in

    def fail(self, chosen, noted):
        if any("ada" in part for each in chosen.values() for part in each.parts):
            raise OSError("No space left on device")
        return real(self, chosen, noted)

    monkeypatch.setattr(ziphandin.SafeExtractor, "_handed_in", fail)
    run(course)
    assert handed_in(course) == {"bob"}
    assert "No space left" in noted(course, "ada")


def test_a_protected_archive_is_named(course):
    path = archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line()})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    run(course)
    assert "password" in noted(course, "ada")
    assert handed_in(course) == set()


def test_whoever_is_on_the_class_list_cannot_hand_in_for_somebody_else(course):
    members = {f"{MOODLE}/answers.jsonl": line("a"), "ada_demo/answers.jsonl": line("a")}
    archive(downloads(course) / "bob.zip", members)
    own = archive(downloads(course) / "ada_demo.zip", {"answers.jsonl": line("b")})
    os.utime(own, (1_700_000_000, 1_700_000_000))
    run(course)
    assert handed_in(course) == {"ada", "bob"}
    assert answer(course, "ada") == "b"


@pytest.fixture
def out_in_march(course):
    """A course whose files are of 1 March 2026."""
    folders = (course.source, course.root / "assignments" / "demo")
    paths = [course.root / "nbgrader_config.py", *(p for f in folders for p in f.iterdir())]
    before = {path: path.stat().st_mtime for path in paths}
    march = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    for path in paths:
        os.utime(path, (march, march))
    yield course
    for path, when in before.items():
        os.utime(path, (when, when))


def _packed(course, packed, file):
    path = archive(
        downloads(course) / "ada_demo.zip", {"answers.jsonl": line(), "timestamp.txt": packed}
    )
    os.utime(path, (file.timestamp(),) * 2)
    run(course, force=True)
    return (place(course, "ada") / "timestamp.txt").read_text()[:16]


APRIL = datetime(2026, 4, 10, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("packed", "counts", "why"),
    [
        ("2026-04-08 10:00:00 UTC", "2026-04-08 10:00", ""),
        ("2026-02-28 23:00:00 UTC", "2026-02-28 23:00", ""),  # clocks and zones differ
        ("2020-01-01 10:00:00 UTC", "2026-04-10 09:30", "before the assignment was out"),
        ("2026-04-11 10:00:00 UTC", "2026-04-10 09:30", "later than its own file"),
        ("2090-01-01 10:00:00 UTC", "2026-04-10 09:30", "in the future"),
        ("soon", "2026-04-10 09:30", ""),
    ],
)
def test_a_packed_time_counts_only_within_sense(out_in_march, packed, counts, why):
    assert _packed(out_in_march, packed, APRIL) == counts
    assert ("was not believed" in noted(out_in_march, "ada")) is bool(why)
    assert why in noted(out_in_march, "ada")


def test_the_time_of_a_file_counts_only_within_sense(out_in_march):
    old = datetime(2001, 1, 1, tzinfo=UTC)
    assert _packed(out_in_march, "2001-01-01 00:00:00 UTC", old) == "2026-03-01 12:00"
    assert noted(out_in_march, "ada").count("was not believed (before") == 2
    far = datetime.now(UTC) + timedelta(days=300)
    counts = datetime.fromisoformat(_packed(out_in_march, "soon", far)).replace(tzinfo=UTC)
    assert counts <= datetime.now(UTC)
    assert "was not believed (in the future)" in noted(out_in_march, "ada")
