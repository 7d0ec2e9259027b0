"""Simulation items: the log of actions is the answer, and scoring replays it.

A model is any module that offers the two functions of :class:`Model`. The item names it as a
dotted string, and it is imported only when such an item is shown or scored, so the quiz engine
knows no topic.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
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

    Notes
    -----
    A debrief may offer two more attributes, which the feedback then shows in place of the
    timeline. A model without them loses nothing but the order that they bring.

    ``breakdown`` : sequence of (str, float, float, str)
        How the points came about: what was marked, points earned, points at most (0 for what
        only takes away), and why; the last may be empty.
    ``sections`` : sequence of (str, sequence of str)
        A title and the lines under it, in the order of the page.
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
        self, scenario: str, seed: int, log: Sequence[Action], record: Callable[..., str | None]
    ) -> Any:
        """Return the widget, put back where ``log`` left off.

        It calls ``record(log, completed=False)`` after every action, and with
        ``completed=True`` when the run is over. It tells nothing about marks: what is to be told
        stands under it. A log that does not go on from the one before begins the run anew.

        A function that takes an argument ``finished`` is also told the actions of the last
        finished run when no other is under way (``log`` is empty then). It shows that run as it
        ended, to be read and not to be changed, and offers to start again.

        ``record`` returns why the run could not be saved, or an empty string; and
        ``record.elsewhere()`` says why this run must not be gone on with here, because another
        window has, or an empty string.

        A model in which waiting counts may call ``record(log, now_s=240)`` now and then: where
        the clock stands, in whole simulated seconds. A function that takes an argument ``now_s``
        is given it back, or 0. It is no part of the log and is never marked.
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


def open_panel(
    item: Item,
    log: Sequence[Action],
    finished: Sequence[Action],
    record: Callable[..., str | None],
    now_s: int = 0,
) -> Any:
    """Return the model's widget.

    Parameters
    ----------
    item : Item
        The question.
    log, finished : sequence of dict
        Actions of the run under way and of the last finished run; one of them is empty. The
        second is passed on only to a model that asks for it.
    record : callable
        See `Model.panel`.
    now_s : int
        Where the clock of the run under way stood, if that is known; else 0. Passed on only to a
        model that asks for it.
    """
    panel = load(item).panel
    known = inspect.signature(panel).parameters
    offered = {"finished": finished, "now_s": now_s}
    more = {name: value for name, value in offered.items() if name in known}
    return panel(item.scenario, item.seed, log, record, **more)


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


def runs(answers: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Return every recorded state of every run with its whole log, oldest first.

    A finished run stands whole in one line, so whoever marks needs no other. Of a run under way a
    line may hold only what is new: ``kept`` says how many actions of the run so far stand before
    it, and ``part`` which lines belong together. Lines that hold the whole log, as all of them
    once did, are read as they are; one whose beginning is lost is passed over.

    Parameters
    ----------
    answers : iterable of object
        As they were recorded, not yet checked.

    Yields
    ------
    dict
        A run. While it is under way its ``log`` grows with the next one of the same run.
    """
    begun: dict[tuple[Any, str], list[Any]] = {}
    for answer in answers:
        if not isinstance(answer, dict) or not isinstance(answer.get("log"), list):
            continue
        if "kept" not in answer:
            yield answer
            continue
        kept, part, run = answer["kept"], answer.get("part"), answer.get("run")
        if type(kept) is not int or not isinstance(part, str) or type(run) is not int:
            continue
        log = begun.get((run, part), [] if kept == 0 else None)
        if answer.get("completed") is not False or log is None or not 0 <= kept <= len(log):
            continue
        del log[kept:]
        log += answer["log"]
        begun[run, part] = log
        yield {key: answer[key] for key in answer if key not in ("kept", "part")} | {"log": log}


def news(run: dict[str, Any], written: Sequence[Action] | None, part: str) -> dict[str, Any]:
    """Return what has to be written of a run, so that a log grows no faster than what is done.

    Parameters
    ----------
    run : dict
        ``run``, ``completed`` and ``log``, and perhaps ``now_s``.
    written : sequence of dict or None
        The actions of this run that already stand in lines with the same `part`.
    part : str
        A name for the lines of one panel; two panels of one run never mix.

    Returns
    -------
    dict
        A line that :func:`runs` can read.
    """
    if run["completed"]:
        return run
    log = run["log"]
    kept = 0
    for old, new in zip(written or (), log, strict=False):
        if old != new:
            break
        kept += 1
    return {**run, "part": part, "kept": kept, "log": log[kept:]}


def last_completed(answers: Iterable[Any]) -> dict[str, Any] | None:
    """Return the last completed run among recorded answers, or the last run if none is."""
    done, latest = None, None
    for latest in runs(answers):
        if latest.get("completed") is True:
            done = latest
    return done or latest


#: A section with more lines than this is folded away.
LONG = 8


def describe(item: Item, answer: dict[str, Any], why: str = "") -> str:
    """Return the debrief of a run as HTML: total, critical errors, marks, what happened.

    Parameters
    ----------
    item : Item
        With its secret.
    answer : dict
        As :func:`trd.quiz.scoring.clean` returns it.
    why : str
        HTML of the author's explanation; it follows the total.
    """
    if not answer["completed"]:
        return "<p>The run was not finished, so there is nothing to mark yet.</p>"
    debrief = replay(item, answer["log"])
    sections = getattr(debrief, "sections", ())
    return (
        _total(item, answer, debrief)
        + _errors(debrief)
        + why
        + _breakdown(debrief)
        + "".join(_section(title, lines) for title, lines in sections if lines)
        + ("" if sections or not debrief.timeline else _listed("What happened", debrief.timeline))
    )


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _total(item: Item, answer: dict[str, Any], debrief: Debrief) -> str:
    # A self-check is worth nothing, so none of its runs counts.
    which = f"Run number {escape(str(answer.get('run', 1)))} counts" if item.points else "This run"
    return (
        f"<p>{which}: <strong>{_number(debrief.points)} of {_number(debrief.max_points)} points"
        "</strong> by the marking of this exercise.</p>"
    )


def _errors(debrief: Debrief) -> str:
    if not debrief.critical_errors:
        return ""
    listed = "".join(f"<li>{escape(text)}</li>" for text in debrief.critical_errors)
    many = "Critical error" if len(debrief.critical_errors) == 1 else "Critical errors"
    costs = "" if debrief.points else ", taking all points"
    return (
        f'<div class="trd-critical"><p><strong>{many}{costs}:</strong></p><ul>{listed}</ul></div>'
    )


def _breakdown(debrief: Debrief) -> str:
    rows = getattr(debrief, "breakdown", ())
    if not rows:
        return ""
    # A list, not a table: it reads well on a telephone and on the pages without this style.
    lines = "".join(
        f"<li><strong>{escape(label)}: {_number(earned)}{f' of {_number(most)}' if most else ''}."
        "</strong>"
        f"{' ' + escape(why) if why else ''}</li>"
        for label, earned, most, why in rows
    )
    taken = debrief.critical_errors and not debrief.points
    before = ", before the critical error took it all" if taken else ""
    return (
        f'<p class="trd-part"><strong>How it was marked{before}</strong></p>'
        f'<ul class="trd-steps">{lines}</ul>'
    )


def _section(title: str, lines: Sequence[str]) -> str:
    if len(lines) <= LONG:
        return _listed(title, lines)
    return (
        f'<details class="trd-rest"><summary>{escape(title)} ({len(lines)} lines)</summary>'
        f"{_list(lines)}</details>"
    )


def _listed(title: str, lines: Sequence[str]) -> str:
    return f'<p class="trd-part"><strong>{escape(title)}</strong></p>{_list(lines)}'


def _list(lines: Sequence[str]) -> str:
    return (
        '<ul class="trd-steps">' + "".join(f"<li>{escape(text)}</li>" for text in lines) + "</ul>"
    )
