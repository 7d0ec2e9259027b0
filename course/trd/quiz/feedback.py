"""What a learner reads after answering: verdict, every rationale, sources. Pure HTML text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from trd.quiz import scoring
from trd.quiz.items import Item, Secret

CONFIDENCE = {"guess": "a guess", "fairly-sure": "fairly sure", "certain": "certain"}


def verdict(item: Item, answer: Any) -> tuple[str, str]:
    """Return the verdict as a kind and as words.

    Parameters
    ----------
    item : Item
        With its secret.
    answer : object
        As :func:`trd.quiz.scoring.clean` returns it.

    Returns
    -------
    tuple of str
        ``"right"``, ``"partly"``, ``"wrong"`` or ``"unanswered"``, and a short sentence.
    """
    if answer is None:
        return "unanswered", "Not answered"
    share = scoring.fraction(item, answer)
    if item.kind == "simulation":
        return _run_verdict(answer, share)
    if share >= 1:
        return "right", "Yes, that is right"
    if share > 0:
        return "partly", "Partly right"
    return "wrong", "Not the best answer"


def _run_verdict(answer: Any, share: float) -> tuple[str, str]:
    """Say how far a run went: being many decisions, it is neither right nor wrong."""
    if not answer["completed"]:
        return "unanswered", "Not finished"
    if share >= 1:
        return "right", "All points"
    return ("partly", "Some of the points") if share > 0 else ("wrong", "No points")


def question(item: Item) -> str:
    """Return the question itself as HTML, for pages that show no form."""
    vignette = f"<p>{escape(item.vignette)}</p>" if item.vignette else ""
    return f'<div class="trd-question">{vignette}<p><strong>{escape(item.stem)}</strong></p></div>'


def render(item: Item, answer: Any, confidence: str | None = None, note: str = "") -> str:
    """Return the feedback on one answer as HTML.

    Parameters
    ----------
    item : Item
        With its secret.
    answer : object
        As :func:`trd.quiz.scoring.clean` returns it; None when there is none.
    confidence : str, optional
        One of the keys of :data:`CONFIDENCE`.
    note : str, optional
        One more sentence, e.g. that a stored answer could not be read.

    Returns
    -------
    str
        HTML without scripts; everything that anybody typed is escaped.
    """
    secret = item.secret
    assert secret is not None  # noqa: S101 - verdict() below raises the readable error
    kind, words = verdict(item, answer)
    if item.points:
        earned = scoring.points(item, answer)
        words += f": {earned:g} of {item.points:g} {'point' if item.points == 1 else 'points'}"
    mark = {"right": "✓", "partly": "◐", "wrong": "✗", "unanswered": "–"}[kind]
    parts = [
        f'<p class="trd-verdict"><span aria-hidden="true">{mark}</span> '
        f"<strong>{escape(words)}.</strong>{sureness(kind, confidence)}</p>"
    ]
    if note:
        parts.append(f'<p class="trd-note">{escape(note)}</p>')
    parts.append(explain(item, answer))
    return f'<div class="trd-feedback trd-{kind}">{"".join(parts)}</div>'


def explain(item: Item, answer: Any, *, fold: bool = False) -> str:
    """Return what follows the verdict: own and best answer, rationales, sources.

    Parameters
    ----------
    item : Item
        With its secret.
    answer : object
        As :func:`trd.quiz.scoring.clean` returns it; None when there is none.
    fold : bool
        Whether options that are neither chosen nor best are folded away.
    """
    secret = item.secret
    assert secret is not None  # noqa: S101 - as in render()
    if item.kind in ("single_best", "multiple_response"):
        body = _choice_body(item, secret, answer, fold=fold)
    else:
        body = _BODY[item.kind](item, secret, answer)
    return body + _sources(secret.cite)


def sureness(kind: str, confidence: str | None) -> str:
    """Return a sentence on how sure the learner was, as HTML; empty when nothing was said."""
    if confidence not in CONFIDENCE:
        return ""
    said = f" You said: {CONFIDENCE[confidence]}."
    if kind == "wrong" and confidence == "certain":
        said += " Being certain and mistaken is worth a second look: read why, below."
    return escape(said)


def _rationale(secret: Secret, name: str) -> str:
    if isinstance(secret.why, str):
        return ""
    return escape(secret.why.get(name, ""))


def _tags(*labels: str) -> str:
    return "".join(f' <span class="trd-tag">{escape(label)}</span>' for label in labels if label)


def _choice(item: Item, belongs: bool, chosen: bool) -> str:
    if chosen:
        return "✓ your choice" if belongs else "✗ your choice"
    return "you left this out" if belongs and item.kind == "multiple_response" else ""


def _choice_body(item: Item, secret: Secret, answer: Any, *, fold: bool = False) -> str:
    key = {secret.key} if item.kind == "single_best" else set(secret.key)
    chosen = set() if answer is None else {answer} if isinstance(answer, str) else set(answer)
    best = "best answer" if item.kind == "single_best" else "belongs in the answer"
    shown: list[str] = []
    folded: list[str] = []
    for name, text in item.options.items():
        state = "key" if name in key else "other"
        tags = _tags(best if name in key else "", _choice(item, name in key, name in chosen))
        row = (
            f'<li class="trd-{state}"><strong>{escape(text)}</strong>{tags}<br>'
            f"{_rationale(secret, name)}</li>"
        )
        (folded if fold and name not in key | chosen else shown).append(row)
    body = _whole(secret) + _missed(item, answer) + f'<ul class="trd-why">{"".join(shown)}</ul>'
    if folded:
        what = "The other option" if len(folded) == 1 else f"The other {len(folded)} options"
        body += (
            f'<details class="trd-rest"><summary>{what}</summary>'
            f'<ul class="trd-why">{"".join(folded)}</ul></details>'
        )
    return body


def _missed(item: Item, answer: Any) -> str:
    """Say why an answer that left out a critical option earned nothing."""
    names = () if answer is None else scoring.left_out(item, answer)
    if not names:
        return ""
    listed = "; ".join(f"“{escape(item.options[name])}”" for name in names)
    return (
        f'<p class="trd-note">Left out: {listed}. An answer that misses this earns nothing, '
        "whatever else it holds.</p>"
    )


def _ordering_body(item: Item, secret: Secret, answer: Any) -> str:
    yours = list(answer or [])
    rows = []
    for place, name in enumerate(secret.key, start=1):
        where = ""
        if yours:
            mine = yours.index(name) + 1
            where = "same place as yours" if mine == place else f"you put it at {mine}"
        rows.append(
            f"<li><strong>{escape(item.options[name])}</strong>{_tags(where)}<br>"
            f"{_rationale(secret, name)}</li>"
        )
    return _whole(secret) + f'<p>Best order:</p><ol class="trd-why">{"".join(rows)}</ol>'


def _matching_body(item: Item, secret: Secret, answer: Any) -> str:
    pairs = answer or {}
    rows = []
    for prompt, text in item.prompts.items():
        best = secret.key[prompt]
        mine = pairs.get(prompt)
        if mine == best:
            tag = _tags("✓ your choice")
        elif mine is None:
            tag = _tags("you left this open")
        else:
            tag = _tags(f"✗ you chose: {item.options[mine]}")
        rows.append(
            f"<li>{escape(text)} → <strong>{escape(item.options[best])}</strong>{tag}<br>"
            f"{_rationale(secret, prompt)}</li>"
        )
    return _whole(secret) + f'<ul class="trd-why">{"".join(rows)}</ul>'


def _numeric_body(item: Item, secret: Secret, answer: Any) -> str:
    unit = f" {item.unit}" if item.unit else ""
    rows = []
    if answer is not None:
        rows.append(f"<p>Your answer: <strong>{answer:g}{escape(unit)}</strong></p>")
    within = f" (accepted within {secret.tolerance:g})" if secret.tolerance else ""
    rows.append(f"<p>Best answer: <strong>{secret.key:g}{escape(unit)}</strong>{within}</p>")
    if answer is not None and not scoring.fraction(item, answer):
        for value, text in secret.common_errors.items():
            if abs(float(value) - answer) <= secret.tolerance + 1e-9:
                rows.append(f"<p>{escape(text)}</p>")
    return "".join(rows) + _whole(secret)


def _simulation_body(item: Item, secret: Secret, answer: Any) -> str:
    from trd.quiz.simulation import describe

    return _whole(secret) if answer is None else describe(item, answer, _whole(secret))


def _whole(secret: Secret) -> str:
    return f"<p>{escape(secret.why)}</p>" if isinstance(secret.why, str) and secret.why else ""


_BODY = {
    "single_best": _choice_body,
    "multiple_response": _choice_body,
    "ordering": _ordering_body,
    "matching": _matching_body,
    "numeric": _numeric_body,
    "simulation": _simulation_body,
}


def _sources(keys: Sequence[str]) -> str:
    if not keys:
        return ""
    from trd.evidence import cite

    return f'<p class="trd-sources">Sources: {"; ".join(cite(key) for key in keys)}</p>'
