"""Bars are for people at a terminal; a file gets one line, and what is short gets nothing."""

import io

import pytest

from trd.grading import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """Go through three things as if it took long, and return what was shown."""

    def run(stream, things=(1, 2, 3), delay=0.0, **options):
        monkeypatch.setattr(progress, "DELAY", delay)
        monkeypatch.setattr("sys.stderr", stream)
        assert list(progress.bar(things, "grading 01-definitions", **options)) == [1, 2, 3]
        return stream.getvalue()

    return run


@pytest.mark.parametrize("things", [[1, 2, 3], iter([1, 2, 3])])
def test_a_file_gets_one_line_when_all_is_done(shown, things):
    assert shown(io.StringIO(), things) == "grading 01-definitions: 3 done\n"


def test_a_terminal_gets_a_bar(shown):
    text = shown(Terminal())
    assert "grading 01-definitions:" in text
    assert "/3" in text
    assert "done" not in text


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_what_is_short_or_shown_elsewhere_gets_nothing(shown, stream):
    assert shown(stream(), delay=3600.0) == ""
    assert shown(stream(), show=False) == ""


def test_what_was_broken_off_is_not_said_to_be_done(monkeypatch, capsys):
    monkeypatch.setattr(progress, "DELAY", 0.0)
    for thing in progress.bar([1, 2, 3], "grading"):
        if thing == 2:
            break
    assert capsys.readouterr().err == ""
