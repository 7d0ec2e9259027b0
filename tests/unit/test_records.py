"""Records claim no more than the gradebook holds, and a changed one is found out."""

import copy
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from gradedclass import graded_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from trd.grading.course import CourseError
from trd.grading.records import drawing
from trd.grading.records import issuing as records
from trd.grading.records import log as recordlog
from trd.grading.records.drawing import FRAME, UNREVIEWED, grouped, page
from trd.grading.records.log import ALPHABET, CODE_LENGTH, code_for, normalised, verify

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]
CODES = st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return graded_class(tmp_path_factory.mktemp("a class with records"), ROOT)[1]


@pytest.fixture(scope="module")
def said(course):
    """What the records of all say."""
    return records.contents(course)


@pytest.fixture
def classroom(course):
    """The class's folder, without anything issued before."""
    folder = course.classroom
    for name in (recordlog.KEY, recordlog.LOG):
        (folder / name).unlink(missing_ok=True)
    return folder


@pytest.fixture
def issued(course, classroom, said, tmp_path):
    """Anna's and Bert's records, and the web pages of them."""
    made = recordlog.issue(classroom, {name: said[name] for name in ("anna", "bert")})
    return {name: (entry, records.save(entry, tmp_path, "html")[0]) for name, entry in made.items()}


class Words(HTMLParser):
    """All that a page shows, all its tags and attributes."""

    def __init__(self, text):
        super().__init__()
        self.words, self.tags, self.attributes = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


# --- what it says -----------------------------------------------------------------------


def test_only_finished_work_is_all_marked(said):
    assert [name for name, content in said.items() if drawing.is_all_marked(content)] == ["anna"]


def test_the_heading_counts_and_never_says_complete(said):
    counted = {name: drawing.status(content)[0] for name, content in said.items()}
    start = "Handed in and marked: {} of 1 assignment. Questions answered: {}."
    assert counted == {
        "anna": start.format(1, "5 of 5"),
        "bert": start.format(0, "3 of 5"),
        "carl": start.format(0, "–"),
        "dora": start.format(0, "1 of 5"),
        "=1+1": start.format(0, "–"),
    }
    for content in said.values():
        shown = " ".join(Words(page(content, "0" * CODE_LENGTH)).words)
        assert "complet" not in shown.lower()


def test_of_two_assignments_only_the_one_handed_in_is_counted(said):
    one = said["anna"]
    other = {**said["carl"]["modules"][0], "title": "The other", "assignment": "02-demo"}
    content = {**one, "modules": [*one["modules"], other]}
    assert drawing.status(content)[0] == (
        "Handed in and marked: 1 of 2 assignments. "
        "Questions answered: 5 of 5 in what was handed in."
    )
    assert dict(drawing.summary(content))["Points"] == "10.12 of 12 points, in 1 of 2 assignments"


def test_late_is_said_where_it_is_true(course, said):
    for name, late in (("anna", True), ("bert", False)):
        shown = "\n".join(Words(page(said[name], "0" * CODE_LENGTH)).words)
        assert ("Handed in late" in shown) is late
        assert ("3 May 2026, late" in shown) is late
    try:
        _due(course, datetime(2026, 5, 3, 10, 0))
        late = records.contents(course, ["anna", "bert", "carl"])
        _due(course, datetime(2026, 5, 3, 10, 0), bert=timedelta(days=1))
        extended = records.contents(course, ["bert"])
    finally:
        _due(course, None, bert=None)
    assert [late[name]["modules"][0]["late"] for name in late] == [True, True, False]
    assert extended["bert"]["modules"][0]["late"] is False


def _due(course, when, **extensions):
    from gradedclass import ASSIGNMENT

    with course.gradebook() as book:
        book.find_assignment(ASSIGNMENT).duedate = when
        for name, extension in extensions.items():
            book.find_submission(ASSIGNMENT, name).extension = extension
        book.db.commit()


def test_nothing_handed_in_has_earned_no_zero(said):
    for name in ("carl", "dora"):
        shown = "\n".join(Words(page(said[name], "0" * CODE_LENGTH)).words)
        assert "0 of 12" not in shown
        assert "0 of 2" not in shown
        assert set(dict(drawing.summary(said[name])).values()) == {"–"}


# --- the suggested standard -------------------------------------------------------------


def test_the_standard_is_told_as_a_convention(course, said):
    rule = "The course’s suggested standard (all safety-critical items right and 80 % of points): "
    told = {name: drawing.standard(content)[0] for name, content in said.items()}
    assert told["anna"] == f"{rule}met."
    assert told["bert"] == f"{rule}not met."  # one safety-critical item is wrong, whatever waits
    assert told["carl"] == told["dora"] == f"{rule}cannot be told yet."
    convention = "a teaching convention that the instructor sets"
    assert convention in " ".join(Words(page(said["anna"], "0" * CODE_LENGTH)).words)
    # 10.125 of 12 are 84.4 per cent.
    for percent, state in ((84, "met"), (85, "not met"), (100, "not met")):
        content = records.contents(course, ["anna"], standard=percent)["anna"]
        assert content["standard"] == {"percent": percent, "state": state}
    none = records.contents(course, ["anna"], standard=None)["anna"]
    assert drawing.standard(none) == []
    assert "suggested standard" not in " ".join(Words(page(none, "0" * CODE_LENGTH)).words)
    with pytest.raises(CourseError, match="1 to 100"):
        records.contents(course, ["anna"], standard=0)


def _module(**changes):
    module = {"state": "graded", "points": 8, "maximum": 10, "waiting": 0, "waiting_points": 0}
    return module | {"safety": {"right": 1, "of": 1}} | changes


@pytest.mark.parametrize(
    ("modules", "state"),
    [
        ([_module()], "met"),
        ([_module(points=7.99)], "not met"),
        ([_module(safety={"right": 0, "of": 1})], "not met"),
        ([_module(points=5, waiting=1, waiting_points=4)], "cannot be told yet"),
        ([_module(points=5, waiting=1, waiting_points=2)], "not met"),
        # Enough already, but somebody still has to look at it.
        ([_module(waiting=1, waiting_points=1)], "cannot be told yet"),
        ([_module(), _module(state="missing", points=0)], "cannot be told yet"),
        ([_module(points=1), _module(state="missing", points=0)], "not met"),
        ([], "cannot be told yet"),
    ],
)
def test_the_standard_is_decided_only_when_nothing_can_change_it(modules, state):
    assert records._standing(modules, 80) == state


def test_points_are_the_gradebooks_with_penalty_and_by_case(said):
    module = said["anna"]["modules"][0]
    assert module["points"] == pytest.approx(10.125, abs=0.006)
    assert said["anna"]["maximum"] == 12
    assert module["penalty"] == 1
    assert [case["maximum"] for case in module["cases"]] == [10, 2]
    assert [case["points"] for case in module["cases"]] == pytest.approx([9.125, 2], abs=0.006)


def test_safety_critical_items_are_counted_apart(said):
    assert said["anna"]["safety"] == {"right": 2, "of": 2}
    assert said["bert"]["safety"] == {"right": 1, "of": 2}
    assert said["carl"]["safety"] == {"right": 0, "of": 0}
    assert said["carl"]["modules"][0]["safety"]["of"] == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bert", ["Not yet marked: 1 answer", "3.33 of 12 points so far", "1 of 2 right"]),
        ("carl", ["Not handed in: “", "Not handed in\n"]),
        ("dora", ["Handed in but not graded: “", "Handed in, not graded"]),
        ("anna", ["Handed in and marked\n", "10.12 of 12 points", "1 point taken off"]),
    ],
)
def test_the_page_says_how_far_it_is(said, name, words):
    shown = "\n".join(Words(page(said[name], "0" * CODE_LENGTH)).words)
    for each in [*words, FRAME, UNREVIEWED, "Only the instructor of this class can check"]:
        assert each in shown


def test_the_lesson_is_named_with_its_minutes_and_its_reviewer(course, tmp_path):
    notebook = json.loads((ROOT / "course" / "01_what_is_trd.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["trd"] |= {"reviewed_by": "Dr A. <Reviewer>", "minutes": 45}
    own = course.root / "course"
    own.mkdir()
    try:
        (own / "01_what_is_trd.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        content = records.contents(course, ["anna"])["anna"]
    finally:
        shutil.rmtree(own)
    module = content["modules"][0]
    assert module["title"] == "What is treatment-resistant depression?"
    assert (module["minutes"], content["minutes"]) == (45, 45)
    assert module["review"] == "Clinically reviewed by Dr A. <Reviewer>"
    assert "Dr A. &lt;Reviewer&gt;" in page(content, "0" * CODE_LENGTH)


def test_length_is_small_print_and_only_where_work_was_graded(said):
    assert said["anna"]["minutes"] == said["anna"]["modules"][0]["minutes"] > 0
    assert {said[name]["minutes"] for name in ("carl", "dora")} == {0}
    length = (
        f"The lesson is written for about {said['anna']['minutes']} minutes; "
        "time was not measured and no hours are credited."
    )
    shown = page(said["anna"], "0" * CODE_LENGTH)
    assert f"<p class='small'>{length}</p>" in shown.partition("<footer>")[2]
    assert shown.count("minutes") == shown.count("minutes&quot;") + 1
    assert "minutes;" not in page(said["carl"], "0" * CODE_LENGTH)


def test_names_are_data(said):
    content = said["bert"]
    read = Words(page(content, "0" * CODE_LENGTH))
    assert not read.tags & {"script", "link", "img", "iframe", "a", "form", "object"}
    assert any("<script>alert(1)</script>" in words for words in read.words)
    assert not [name for name, value in read.attributes if name.startswith("on")]
    assert not [value for name, value in read.attributes if name in ("src", "href", "action")]


def test_a_name_cannot_turn_or_break_the_line():
    assert records._clean("Anna\u202e\n\x1b[2J  9 of 9") == "Anna [2J 9 of 9"
    assert len(records._clean("x" * 5000)) == records.MAX_NAME


def test_an_unknown_trainee_is_named(course):
    with pytest.raises(CourseError, match="no trainee “nobody”"):
        records.contents(course, ["anna", "nobody"])


def test_the_pdf_shows_name_state_and_code(course, said, tmp_path):
    entry = recordlog.signed(b"k" * 32, said["bert"])
    path = records.save(entry, tmp_path, "pdf")[0]
    text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    text = " ".join(text.split())
    for words in (
        "<script>alert(1)</script>",
        "Not yet marked: 1 answer",
        "not met",
        grouped(entry.code),
        FRAME,
    ):
        assert words in text


def test_a_pdf_says_which_letters_it_lacks(said):
    from trd.grading.records.drawing import _Document

    assert _Document(said["=1+1"], "0" * CODE_LENGTH).lacking
    assert not _Document(said["anna"], "0" * CODE_LENGTH).lacking


# --- the code ---------------------------------------------------------------------------


@given(CODES, st.data())
def test_a_code_survives_being_read_out(code, data):
    spoken = "".join(
        data.draw(st.sampled_from({"0": "0oO", "1": "1iIlL"}.get(c, c + c.lower()))) for c in code
    )
    for place in sorted(data.draw(st.sets(st.integers(0, CODE_LENGTH))), reverse=True):
        spoken = spoken[:place] + data.draw(st.sampled_from([" ", "-", "–"])) + spoken[place:]
    assert normalised(spoken) == code
    assert normalised(grouped(code)) == code


@given(st.text(ALPHABET, max_size=40).filter(lambda text: len(text) != CODE_LENGTH))
def test_other_lengths_are_no_codes(text):
    assert normalised(text) is None


@given(st.integers(0, CODE_LENGTH - 1), st.sampled_from(ALPHABET))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_single_changed_character_is_refused(issued, course, place, character):
    code = issued["anna"][0].code
    typed = code[:place] + character + code[place + 1 :]
    assert verify(course.classroom, grouped(typed)).confirmed is (typed == code)


@given(st.binary(min_size=32, max_size=32), st.floats(0, 100), st.floats(0, 100))
def test_the_code_depends_on_every_point_and_on_the_key(key, one, other):
    first = code_for(key, {"points": one, "who": "anna"})
    assert first == code_for(key, {"who": "anna", "points": one})
    assert (code_for(key, {"points": other, "who": "anna"}) == first) is (repr(one) == repr(other))
    assert code_for(bytes([key[0] ^ 1]) + key[1:], {"points": one, "who": "anna"}) != first


# --- checking ---------------------------------------------------------------------------


def test_a_code_tells_for_whom_when_and_what(issued, classroom):
    verdict = verify(classroom, grouped(issued["bert"][0].code).lower().replace("-", " "))
    text = "\n".join(verdict.lines)
    assert verdict.confirmed
    for words in ("CONFIRMED", "(bert)", "Not yet marked: 1 answer", "3.33 of 12", ": not met"):
        assert words in text


def test_an_untouched_page_is_confirmed(issued, classroom):
    verdict = verify(classroom, str(issued["anna"][1]))
    assert verdict.confirmed
    assert "exactly as it was issued" in "\n".join(verdict.lines)
    # Mail programs change line ends.
    path = issued["anna"][1]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert verify(classroom, str(path)).confirmed


def _machine_part(text):
    """A forger with a program changes also the part that programs read."""
    return text.replace("&quot;points&quot;: 3.33", "&quot;points&quot;: 12.0")


TAMPERED = {
    "shown": lambda text: text.replace("3.33 of 12 points", "12 of 12 points"),
    "machine": _machine_part,
    "both": lambda text: _machine_part(text).replace("3.33", "12"),
    "status": lambda text: text.replace("marked: 0 of 1", "marked: 1 of 1"),
    "standard": lambda text: text.replace(": not met.", ": met."),
    "style": lambda text: text.replace("</style>", ".status{display:none}</style>"),
    "no machine part": lambda text: text.replace("name='trd-record'", "name='other'"),
    "broken machine part": lambda text: text.replace("&quot;record&quot;", "[[[["),
    "name": lambda text: text.replace("=HYPERLINK(&quot;x&quot;)", "Somebody Else"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_changed_page_is_found_out(issued, classroom, how):
    path = issued["bert"][1]
    before = path.read_text(encoding="utf-8")
    after = TAMPERED[how](before)
    assert after != before
    path.write_text(after, encoding="utf-8")
    verdict = verify(classroom, str(path))
    text = "\n".join(verdict.lines)
    assert not verdict.confirmed
    assert text.startswith("CHANGED")
    assert "What the record issued says:" in text
    assert "Points: 3.33 of 12 points" in text
    assert "certified" not in text


def test_the_difference_is_shown(issued, classroom):
    path = issued["bert"][1]
    path.write_text(TAMPERED["shown"](path.read_text(encoding="utf-8")), encoding="utf-8")
    text = "\n".join(verify(classroom, str(path)).lines)
    assert "the record issued: 3.33 of 12 points so far" in text
    assert "the file:          12 of 12 points so far" in text


def test_a_page_of_ones_own_making_is_not_confirmed(issued, classroom, said, tmp_path):
    content = copy.deepcopy(dict(said["carl"])) | {"points": 12.0, "maximum": 12.0}
    path = tmp_path / "forged.html"
    path.write_text(page(content, code_for(b"guess" * 7, content)), encoding="utf-8")
    verdict = verify(classroom, str(path))
    assert not verdict.confirmed
    assert "No record of this class has the code" in verdict.lines[0]


def test_somebody_elses_code_on_a_page_is_found_out(issued, classroom):
    (anna, _), (bert, path) = issued["anna"], issued["bert"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(grouped(bert.code), grouped(anna.code)), encoding="utf-8")
    verdict = verify(classroom, str(path))
    assert not verdict.confirmed
    assert "CHANGED" in verdict.lines[0]


def test_another_class_cannot_confirm(issued, tmp_path):
    empty = tmp_path / "another class"
    empty.mkdir()
    verdict = verify(empty, issued["anna"][0].code)
    assert not verdict.confirmed
    assert "issued no record" in verdict.lines[-1]


def _issue(classroom, content, when):
    return recordlog.issue(classroom, {"x": dict(content) | {"issued": when}})["x"]


def test_a_superseded_record_says_so_first(course, classroom, said, tmp_path):
    early = _issue(classroom, said["anna"], "2026-01-02T00:00:00Z")
    path = records.save(early, tmp_path, "html")[0]
    assert not verify(classroom, early.code).superseded
    _issue(classroom, said["bert"], "2026-05-05T00:00:00Z")
    _issue(classroom, said["anna"], "2026-02-03T00:00:00Z")
    later = _issue(classroom, said["anna"], "2026-03-04T00:00:00Z")
    first = f"Superseded: a later record holds, issued on 4 March 2026, code {grouped(later.code)}."
    for what in (early.code, str(path)):
        verdict = verify(classroom, what)
        assert verdict.confirmed
        assert verdict.superseded
        assert verdict.lines[0] == first
        assert verdict.lines[1].startswith("CONFIRMED")
    assert not verify(classroom, later.code).superseded
    # A page that was changed is first of all a changed page.
    path.write_text(path.read_text(encoding="utf-8").replace("10.12 of", "12 of"), encoding="utf-8")
    changed = verify(classroom, str(path))
    assert not changed.confirmed
    assert changed.lines[0].startswith("CHANGED")
    assert grouped(later.code) in changed.lines[-1]
    # A line that somebody wrote into the log supersedes nothing.
    log = classroom / recordlog.LOG
    log.write_text(log.read_text().replace("2026-03-04", "2026-04-04"))
    assert "3 February 2026" in verify(classroom, early.code).lines[0]


def test_records_of_an_earlier_version_can_still_be_checked(classroom, said):
    old = {k: v for k, v in said["anna"].items() if k not in ("answered", "standard")}
    new = {"late", "questions", "answered"}
    old["modules"] = [{k: v for k, v in m.items() if k not in new} for m in old["modules"]]
    entry = recordlog.issue(classroom, {"anna": old | {"v": 1, "complete": True}})["anna"]
    verdict = verify(classroom, entry.code)
    assert verdict.confirmed
    assert any("10.12 of 12 points" in each for each in verdict.lines)


def test_a_pdf_is_not_checked_and_the_verdict_comes_first(issued, classroom, said, tmp_path):
    path = records.save(issued["anna"][0], tmp_path, "pdf")[0]
    verdict = verify(classroom, str(path))
    assert not verdict.confirmed
    assert verdict.lines[0].startswith("Not checked: ")
    assert "verify CODE" in "".join(verdict.lines)


# --- the key and the log ----------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_key_and_log_are_the_instructors_alone(issued, classroom):
    for name in (recordlog.KEY, recordlog.LOG):
        assert stat.S_IMODE((classroom / name).stat().st_mode) == 0o600


def test_the_key_is_made_once(course, classroom, said):
    recordlog.issue(classroom, {"anna": said["anna"]})
    key = (classroom / recordlog.KEY).read_bytes()
    recordlog.issue(classroom, {"bert": said["bert"]})
    assert (classroom / recordlog.KEY).read_bytes() == key


def test_a_lost_key_is_not_replaced_in_silence(issued, course, classroom, said):
    (classroom / recordlog.KEY).unlink()
    verdict = verify(classroom, issued["anna"][0].code)
    assert not verdict.confirmed
    assert "is gone" in verdict.lines[0]
    with pytest.raises(CourseError, match="--new-key"):
        recordlog.issue(classroom, {"anna": said["anna"]})
    fresh = recordlog.issue(classroom, {"anna": said["anna"]}, new_key=True)["anna"]
    assert verify(classroom, fresh.code).confirmed
    old = verify(classroom, issued["anna"][0].code)
    assert not old.confirmed
    assert "the key was replaced" in old.lines[0]


def test_a_spoilt_key_is_named(issued, classroom):
    (classroom / recordlog.KEY).write_text("not a key")
    with pytest.raises(CourseError, match="holds no key"):
        verify(classroom, issued["anna"][0].code)


def test_a_torn_line_hides_only_itself(issued, course, classroom, said):
    log = classroom / recordlog.LOG
    log.write_bytes(log.read_bytes()[:-40])
    after = recordlog.issue(classroom, {"carl": said["carl"]})["carl"]
    for code in (issued["anna"][0].code, after.code):
        assert verify(classroom, code).confirmed
    lost = verify(classroom, issued["bert"][0].code)
    assert not lost.confirmed
    assert any("cannot be read and was passed over" in line for line in lost.lines)
    # The key still vouches for the page itself.
    page_itself = verify(classroom, str(issued["bert"][1]))
    assert page_itself.confirmed
    assert any("does not list it any more" in line for line in page_itself.lines)


def test_a_line_changed_in_the_log_is_found_out(issued, classroom):
    log = classroom / recordlog.LOG
    log.write_text(log.read_text().replace('"points": 3.33', '"points": 12.0'))
    verdict = verify(classroom, issued["bert"][0].code)
    assert not verdict.confirmed
    assert "was changed after it was issued" in verdict.lines[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"<p>hello</p>", "holds no verification code"),
        (b"<meta name='trd-record' content='{\"code\": 5, \"record\": [1]}'>", "no verification"),
        (b"[" * 1_500_000, "too large"),
    ],
)
def test_a_file_that_is_no_record_gets_a_sentence(issued, classroom, tmp_path, content, words):
    path = tmp_path / "some.file"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=words):
        verify(classroom, str(path))


def test_a_file_made_to_be_compared_for_hours_is_refused_at_once(issued, classroom):
    path = issued["bert"][1]
    junk = "".join(f"<p>3.{n} of 12 points so far</p>" for n in range(20_000))
    path.write_text(path.read_text(encoding="utf-8") + junk, encoding="utf-8")
    verdict = verify(classroom, str(path))
    assert verdict.lines[0].startswith("CHANGED")
    assert len(verdict.lines) < 100


@pytest.mark.parametrize("what", ["no/such.html", "record.html"])
def test_a_missing_file_is_named(classroom, what):
    with pytest.raises(CourseError, match="There is no file"):
        verify(classroom, what)


@pytest.mark.parametrize("what", ["hello", "7K3M-7K3M-7K3M-7K3M-7K3U", ""])
def test_what_is_neither_is_told_how_a_code_looks(classroom, what):
    with pytest.raises(CourseError, match="neither a file nor a code"):
        verify(classroom, what)


# --- the commands -----------------------------------------------------------------------


def _run(course, *words):
    return subprocess.run(
        [sys.executable, "-m", "trd.grading", *words],
        cwd=course.root,
        env={**os.environ, "TRD_HOME": str(course.root / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands(course, classroom, tmp_path):
    made = _run(course, "record", "--all", "--to", str(tmp_path / "out"), "--format", "both")
    assert made.returncode == 0, made.stderr
    assert "5 records in" in made.stdout
    assert "In 4 of them something is not handed in or not yet marked" in made.stdout
    assert "anna: handed in and marked: 1 of 1 assignment" in made.stdout
    # In a file, no bar stands between the lines.
    assert "\r" not in made.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"record-anna.html", "record-anna.pdf", "record-%3d1+1.html"} <= names
    assert len(names) == 10
    assert (tmp_path / "out" / "record-anna.pdf").read_bytes().startswith(b"%PDF-")
    code = next(line for line in made.stdout.splitlines() if line.startswith("anna")).split()[-1]
    checked = _run(course, "verify", *code.split("-"))
    assert checked.returncode == 0
    assert "What is treatment-resistant depression?: handed in and marked" in checked.stdout
    pdf = _run(course, "verify", str(tmp_path / "out" / "record-anna.pdf"))
    assert (pdf.returncode, pdf.stdout.partition(":")[0]) == (1, "Not checked")
    plain = tmp_path / "plain"
    again = _run(course, "record", "anna", "--no-standard", "--to", str(plain), "--format", "html")
    assert again.returncode == 0, again.stderr
    assert "suggested standard" not in (plain / "record-anna.html").read_text(encoding="utf-8")
    superseded = _run(course, "verify", *code.split("-"))
    assert superseded.returncode == records.SUPERSEDED
    assert superseded.stdout.startswith("Superseded: a later record holds, issued on ")
    refused = _run(course, "verify", code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert refused.returncode == 1
    assert "NOT CONFIRMED" in refused.stdout


def test_the_command_wants_to_know_whose(course):
    run = _run(course, "record")
    assert run.returncode == 1
    assert "--all" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_command_line_starts_without_the_library_for_pdfs():
    code = "import sys, trd.grading.records; print({'fpdf', 'matplotlib'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
