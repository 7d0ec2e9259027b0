"""What saving a notebook leaves out, and what it must keep."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from trd.lab.save_hook import WIDGET_VIEW, drop_widgets

WIDGET = {
    "output_type": "display_data",
    "data": {WIDGET_VIEW: {"model_id": "abc"}, "text/plain": "Box()"},
    "metadata": {},
}
TEXT = {"output_type": "stream", "name": "stdout", "text": "hello\n"}
RESULT = {
    "output_type": "execute_result",
    "execution_count": 3,
    "data": {"text/plain": "4"},
    "metadata": {},
}


def notebook(cells):
    return {
        "type": "notebook",
        "path": "course/x.ipynb",
        "content": {
            "cells": cells,
            "metadata": {"widgets": {"state": {}}, "trd": {"autorun": True}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
    }


def code(outputs, source="panel()"):
    return {
        "cell_type": "code",
        "id": "c",
        "metadata": {"jupyter": {"source_hidden": True}},
        "execution_count": 7,
        "source": source,
        "outputs": outputs,
    }


def test_widgets_go_and_other_outputs_stay():
    model = notebook([code([WIDGET, TEXT, RESULT])])
    drop_widgets(model=model, path="course/x.ipynb", contents_manager=None)
    cell = model["content"]["cells"][0]
    assert [o["output_type"] for o in cell["outputs"]] == ["stream", "execute_result"]
    assert cell["execution_count"] is None
    assert cell["outputs"][1]["execution_count"] is None
    assert cell["metadata"] == {"jupyter": {"source_hidden": True}}
    assert model["content"]["metadata"] == {"trd": {"autorun": True}}


@given(st.text())
def test_free_text_is_never_touched(written):
    answer = {"cell_type": "markdown", "id": "a", "metadata": {"n": 1}, "source": written}
    before = copy.deepcopy(answer)
    model = notebook([answer, code([WIDGET], source=written)])
    drop_widgets(model=model)
    assert model["content"]["cells"][0] == before
    assert model["content"]["cells"][1]["source"] == written


def test_saving_twice_changes_nothing_more():
    model = notebook([code([WIDGET, TEXT])])
    drop_widgets(model=model)
    once = copy.deepcopy(model)
    drop_widgets(model=model)
    assert model == once


def test_other_files_are_left_alone():
    model = {"type": "file", "format": "text", "content": "plain"}
    drop_widgets(model=model)
    assert model == {"type": "file", "format": "text", "content": "plain"}
    rename = {"type": "notebook", "content": None}
    drop_widgets(model=rename)
    assert rename == {"type": "notebook", "content": None}
