"""What is left out when a notebook is saved."""

from __future__ import annotations

from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def drop_widgets(model: dict[str, Any], **_: Any) -> None:
    """Drop what cannot be shown again from a notebook about to be saved.

    A saved widget has no kernel behind it and greets whoever opens the notebook next with
    "Error displaying widget". Everything typed, free text above all, is kept.

    Parameters
    ----------
    model : dict
        The contents model Jupyter is about to write; changed in place.
    """
    if model.get("type") != "notebook" or not isinstance(model.get("content"), dict):
        return
    notebook = model["content"]
    notebook.get("metadata", {}).pop("widgets", None)
    for cell in notebook.get("cells", []):
        if cell.get("cell_type") != "code":
            continue
        cell["execution_count"] = None
        cell["outputs"] = [o for o in cell.get("outputs", []) if WIDGET_VIEW not in _data(o)]
        for output in cell["outputs"]:
            if output.get("output_type") == "execute_result":
                output["execution_count"] = None


def _data(output: dict[str, Any]) -> dict[str, Any]:
    data = output.get("data")
    return data if isinstance(data, dict) else {}
