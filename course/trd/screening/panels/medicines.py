"""A control for a medication list: typed, ticked, or loaded as an example."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import traitlets

from trd.panel.controls import Control
from trd.screening.interactions import interactions
from trd.screening.medication import MOST, canonical, read_names, suggestion

_HERE = Path(__file__).parent
_SHARED = Path(__file__).parents[2] / "panel" / "controls.css"

#: So many characters a name may have.
LONGEST = 80


class Medicines(Control):
    """A list of names: known ones can be ticked, any can be typed.

    Attributes
    ----------
    hints : dict of str to str
        For a name on the list that looks misspelt, what it may mean. Offered, never put in.
    known_as : dict of str to str
        What each name on the list is called in the table of drugs, e.g. without its dose.
    """

    _esm = _HERE / "medicines.js"
    _css = "\n".join(  # type: ignore[assignment]
        path.read_text(encoding="utf-8") for path in (_SHARED, _HERE / "medicines.css")
    )

    hints = traitlets.Dict().tag(sync=True)
    known_as = traitlets.Dict().tag(sync=True)

    def __init__(self, label: str, value: Iterable[str] = (), help: str = "") -> None:
        spec: dict[str, Any] = {
            "kind": "medicines",
            "label": label,
            "placeholder": "type what is on the list, separated by commas",
            "groups": [[found.label, sorted(found.drugs)] for found in interactions()],
            "most": MOST,
            "longest": LONGEST,
            "help": help,
        }
        super().__init__(spec, list(value))
        self.observe(lambda _change: self._look_up(), "value")
        self._look_up()

    def _look_up(self) -> None:
        self.known_as = {name: canonical(name) for name in self.value or ()}
        self.hints = {name: found for name in self.value or () if (found := suggestion(name))}

    def check(self, value: Any) -> list[str]:
        """Return the names without repetition, or raise in the reader's words."""
        label = self.spec["label"]
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ValueError(f"{label}: the list could not be read.")
        if not all(isinstance(name, str) for name in value):
            raise ValueError(f"{label}: a list holds names.")
        names = [part for name in value for part in read_names(name)]
        once: dict[str, str] = {}
        for name in names:
            once.setdefault(canonical(name), name)
        kept = list(once.values())
        if len(kept) > MOST:
            raise ValueError(f"{label}: {len(kept)} names; a list holds at most {MOST}.")
        if any(len(name) > LONGEST for name in kept):
            raise ValueError(f"{label}: a name has at most {LONGEST} letters.")
        return kept
