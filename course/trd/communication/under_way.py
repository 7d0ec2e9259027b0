"""What is not finished yet in lesson 5, as it is written down and read back.

A conversation and a round of the claims audit share their log with the results, so that the order
of the lines says what is still open: a result ends whatever stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trd.communication.audit import KINDS, SILENCE, draw
from trd.communication.personas import DONE, STOPPED, Talk, record, talk

# -- conversations -------------------------------------------------------------------------------


def read_open_talk(kept: Any) -> Talk | None:
    """Return an unfinished conversation from what `record` wrote down, or None if it is none.

    Nobody is led back into a talk about suicidal thoughts in which they have not said a word.
    """
    try:
        found = talk(kept["person"], kept["replies"], kept["judged"], kept["repair"])
    except (ValueError, TypeError, KeyError):
        return None
    if found.phase in (STOPPED, DONE) or (found.person.content_note and not found.said):
        return None
    # A file may hold anything; `talk` is content with whatever can be counted and compared.
    return found if record(found) == kept else None


# -- the claims audit ----------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenRound:
    """Where a round of the audit stands.

    Attributes
    ----------
    name, number : str, int
        The draw.
    said : mapping of str to str
        Judgement by id of the sentence, in the order of the draw.
    at : int
        Which sentence is on the screen, from 0: the last one judged, or the one after it.
    """

    name: str
    number: int
    said: Mapping[str, str] = field(default_factory=dict)
    at: int = 0

    def record(self) -> dict[str, Any]:
        """Return what is written down; no round can be read from it."""
        return {
            "set": self.name,
            "draw": self.number,
            "judged": dict(self.said),
            "at": self.at,
        }


def read_open_round(kept: Any) -> OpenRound | None:
    """Return an unfinished round from what was written down, or None if it is none.

    What is only read has no judgements that could be lost, and is never one.
    """
    if not isinstance(kept, Mapping):
        return None
    name, number = kept.get("set"), kept.get("draw")
    said, at = kept.get("judged"), kept.get("at")
    if not isinstance(name, str) or name == SILENCE or not isinstance(said, Mapping):
        return None
    if type(number) is not int or type(at) is not int:
        return None
    try:
        cards = draw(name, number)
    except ValueError:
        return None
    # One sentence after the other, the last of them still on the screen or just left.
    fits = (
        0 <= at < len(cards)
        and at in (len(said) - 1, len(said))
        and list(said) == [each.id for each in cards[: len(said)]]
        and all(isinstance(word, str) and word in KINDS for word in said.values())
    )
    return OpenRound(name, number, dict(said), at) if fits else None
