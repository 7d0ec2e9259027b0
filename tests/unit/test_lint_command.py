"""``python -m trd.lint`` as an author meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from trd.lint import RULES
from trd.lint.__main__ import main

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "lint"))

from sample_course import CASE, LESSON, START, SampleCourse


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setattr("trd.lint.__main__.repository", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return SampleCourse()


def test_a_course_in_order_ends_well(course, tmp_path, capsys):
    course.write(tmp_path)
    assert main([]) == 0
    assert capsys.readouterr().out == f"Nothing to mend: 6 notebooks, {len(RULES)} rules.\n"


def test_findings_are_grouped_by_file_and_say_where_what_and_how(course, tmp_path, capsys):
    course.replace(LESSON, "a-share", "46 %", "47 %")
    course.replace(LESSON, "check-number", "did the total fall?", "did it fall")
    course.cell(CASE, "the-letter")["source"] = "## The letter\n\nMr Olsen, an addict."
    course.write(tmp_path)
    assert main(["course", "solutions"]) == 1
    out = capsys.readouterr().out
    assert out.count(LESSON) == out.count(CASE) == 1
    assert out.index("[claim-numbers]") < out.index("[lead-in-question]")
    assert "a-share  [claim-numbers]\n    The number 47 is in no row the cell cites" in out
    assert "To mend: Add the row that holds the number" in out
    assert out.endswith("4 things to mend in 2 files.\n")


def test_the_row_that_holds_a_number_is_named(course, tmp_path, capsys):
    course.replace(LESSON, "a-share", "46 %", "12 %")
    course.cell(LESSON, "a-share")["metadata"]["trd"]["evidence"] += ["invented-shares"]
    course.write(tmp_path)
    assert main([LESSON]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "If it is the number of invented-hearsay, add that row" in out
    assert "There is no evidence row “invented-shares”. Did you mean invented-share" in out


def test_quiet_prints_one_line_a_finding(course, tmp_path, capsys):
    course.replace(LESSON, "a-share", "46 %", "47 %")
    course.write(tmp_path)
    assert main(["--quiet", LESSON]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{LESSON}: a-share: claim-numbers: The number 47 ")
    assert main(["--quiet", START]) == 0
    assert capsys.readouterr().out == ""


def test_rules_lists_every_rule_with_its_reason(capsys):
    assert main(["--rules"]) == 0
    out = capsys.readouterr().out
    for rule in RULES.values():
        assert f"  {rule.id} " in out
        assert rule.reason in out


def test_advice_is_for_authors():
    for rule in RULES.values():
        assert rule.reason.endswith("."), rule.id
        assert rule.mend.endswith("."), rule.id
        assert len(rule.reason) <= 100, rule.id


def test_a_wrong_path_is_named(course, tmp_path, capsys):
    course.write(tmp_path)
    with pytest.raises(SystemExit):
        main(["course/09_nowhere.ipynb"])
    assert "no file or folder called course/09_nowhere.ipynb" in capsys.readouterr().err


def test_one_rule_may_be_waived_for_a_whole_notebook(course, tmp_path, capsys):
    trd = course.notebooks[LESSON]["metadata"]["trd"]
    course.notebooks[LESSON]["cells"] = [
        cell for cell in course.notebooks[LESSON]["cells"] if cell["id"] != "panel-scales"
    ]
    course.write(tmp_path)
    assert main(["--quiet"]) == 1
    trd["waive"] = {"core-panels": "the second panel moves here next month"}
    course.write(tmp_path)
    capsys.readouterr()
    assert main(["--quiet"]) == 0, capsys.readouterr().out


def test_it_is_quick_and_light():
    """Under three seconds of work for the whole repository; no plotting, no widgets."""
    script = (
        "import sys, time; from trd.lint.__main__ import main; main(['--quiet']);"
        "heavy = {'matplotlib', 'ipywidgets'} & set(sys.modules);"
        "sys.exit(f'loads {heavy}' if heavy else time.process_time() > 3 and 'too slow')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
