"""Simulation items: the log of actions is the answer, and scoring replays it.

A model is any module that offers the two functions of :class:`Model`. The item names it as a
dotted string, and it is imported only when such an item is shown or scored, so the quiz engine
knows no topic.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol, cast

from trd.quiz.answers import Entry
from trd.quiz.items import Item, ItemError

#: One thing the trainee did: ``{"t_s": 1680, "do": "pause", …}``, in whole simulated seconds.
Action = dict[str, Any]


class Debrief(Protocol):
    """What a replay says.

    Attributes
    ----------
    points, max_points : float
        Marks by the model's own rules, ``0 <= points <= max_points``.
    critical_errors : sequence of str
        Each in one sentence.
    timeline : sequence of str
        What happened, in order.
    """

    points: float
    max_points: float
    critical_errors: Sequence[str]
    timeline: Sequence[str]


class Model(Protocol):
    """What a module must offer to be the model of a simulation item."""

    def replay(self, scenario: str, seed: int, log: Sequence[Action]) -> Debrief:
        """Run the actions again. Same arguments, same debrief, on any machine.

        Raises
        ------
        ValueError
            If the log holds an action that cannot have happened.
        """

    def panel(
        self, scenario: str, seed: int, log: Sequence[Action], record: Callable[..., None]
    ) -> Any:
        """Return the widget, put back where ``log`` left off.

        It calls ``record(log, completed=False)`` after every action, and with
        ``completed=True`` when the run is over.
        """


def load(item: Item) -> Model:
    """Import the model of a simulation item.

    Raises
    ------
    ItemError
        If there is no such module, or it lacks ``replay``.
    """
    try:
        module = importlib.import_module(item.model)
    except ImportError as error:
        raise ItemError(
            f"Item “{item.id}”: the model “{item.model}” cannot be imported."
        ) from error
    if not callable(getattr(module, "replay", None)):
        raise ItemError(f"Item “{item.id}”: “{item.model}” has no function replay().")
    return cast(Model, module)


def replay(item: Item, log: Sequence[Action]) -> Debrief:
    """Run a log through the item's model.

    A log that the model refuses, because no screen could have produced it, earns nothing.
    """
    reason = _impossible(log)
    if reason:
        return Refused(reason)
    model = load(item)
    try:
        return model.replay(item.scenario, item.seed, log)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        return Refused(str(error))
    except RecursionError:
        return Refused("its actions are nested too deeply")


#: More than anybody could do in a run, and little enough to replay at once.
MOST_ACTIONS = 5000
#: A day of simulated time.
LAST_SECOND = 86_400


def _impossible(log: Sequence[Any]) -> str:
    """Say why no screen can have written this log; an empty string if one can."""
    if len(log) > MOST_ACTIONS:
        return f"it holds {len(log)} actions"
    for action in log:
        if not isinstance(action, dict) or not isinstance(action.get("do"), str):
            return "one of its actions does not say what was done"
        if type(action.get("t_s")) is not int or not 0 <= action["t_s"] <= LAST_SECOND:
            return "one of its times is not a whole second of the run"
    return ""


class Refused:
    """The debrief of a log that could not have happened."""

    points = 0.0
    max_points = 1.0
    timeline: Sequence[str] = ()

    def __init__(self, reason: str) -> None:
        self.critical_errors: Sequence[str] = (f"This record could not be replayed: {reason}",)


def recorded(item: Item, history: Sequence[Entry]) -> Any:
    """Return the recorded answer that counts: the last, of a simulation the last completed run.

    Parameters
    ----------
    item : Item
        The question.
    history : sequence of Entry
        Every answer recorded to it, oldest first.

    Returns
    -------
    object
        As it was recorded, not yet checked; None when there is none.
    """
    answers = [entry.answer for entry in history]
    if item.kind == "simulation":
        return last_completed(answers)
    return answers[-1] if answers else None


def last_completed(answers: Sequence[Any]) -> dict[str, Any] | None:
    """Return the last completed run among recorded answers, or the last run if none is."""
    runs = [a for a in answers if isinstance(a, dict) and isinstance(a.get("log"), list)]
    done = [run for run in runs if run.get("completed") is True]
    latest = done or runs
    return latest[-1] if latest else None


def describe(item: Item, answer: dict[str, Any]) -> str:
    """Return the debrief of a run as HTML."""
    if not answer["completed"]:
        return "<p>The run was not finished, so there is nothing to mark yet.</p>"
    debrief = replay(item, answer["log"])
    errors = "".join(f"<li>{escape(text)}</li>" for text in debrief.critical_errors)
    steps = "".join(f"<li>{escape(text)}</li>" for text in debrief.timeline)
    return (
        f"<p>Run number {escape(str(answer.get('run', 1)))} counts.</p>"
        + (f"<p>Critical errors:</p><ul>{errors}</ul>" if errors else "")
        + (f"<p>What happened:</p><ol>{steps}</ol>" if steps else "")
    )
