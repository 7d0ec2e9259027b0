"""The panel: controls on top, the drawing under them, its words and data below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets

from trd.panel.cards import error_html, notice_html
from trd.panel.controls import Control
from trd.panel.views import View

_CSS = """<style>
.trd-panel { border:1px solid var(--jp-border-color2,#c9ced3); border-radius:8px; padding:12px 16px 10px;
  max-width:50rem; box-sizing:border-box; background:var(--jp-layout-color1,#fff); overflow:visible; }
.trd-panel .widget-html, .trd-panel .widget-html-content, .trd-panel .jupyter-widgets-view {
  font-family:var(--jp-content-font-family,system-ui,sans-serif); font-size:15px; line-height:1.5; }
.trd-panel .widget-html-content { flex:1 1 auto; min-width:0; }
.trd-panel a { color:#0b5c8a; text-decoration:underline; }
.trd-panel sup { line-height:0; }
.trd-panel .trd-title { font-size:19px; font-weight:700; margin:0 0 2px; color:var(--jp-content-font-color1,#1b1b1b); }
.trd-panel .trd-caution { font-weight:700; color:#7a4b00; margin:0 0 6px; }
.trd-panel .trd-lead { margin:0 0 10px; }
.trd-panel .trd-assume { font-size:14px; color:var(--jp-content-font-color2,#4a4f55); margin:8px 0 0; }
.trd-panel .trd-words { margin:6px 0 4px; min-height:calc(1.5em * var(--trd-lines)); }
.trd-panel .trd-table { overflow-x:auto; }
.trd-panel .trd-table table { border-collapse:collapse; font-size:14px; margin:4px 0; }
.trd-panel .trd-table caption { text-align:left; font-weight:600; padding:2px 0; }
.trd-panel .trd-table th, .trd-panel .trd-table td { text-align:left; vertical-align:top; padding:4px 10px 4px 6px;
  border-bottom:1px solid var(--jp-border-color2,#d6dade); font-weight:400; }
.trd-panel .trd-table thead th { font-weight:600; }
.trd-panel .jupyter-button { font-size:15px; height:auto; padding:5px 14px; line-height:1.4; border:1px solid #0b5c8a;
  border-radius:5px; background:var(--jp-layout-color1,#fff); color:#0b5c8a; }
.trd-panel .jupyter-button.mod-active { background:#0b5c8a; color:#fff; }
.trd-panel .jupyter-button:focus-visible { outline:3px solid #f2a900; outline-offset:2px; }
.trd-controls { display:grid; grid-template-columns:repeat(auto-fit,minmax(270px,1fr)); column-gap:26px; align-items:start; }
.trd-controls > .trd-wide { grid-column:1/-1; }
.trd-panel .widget-html-content a { color:#0b5c8a; text-decoration:underline; }
.trd-panel .trd-scroll { overflow-x:auto; max-width:100%; }
@media (max-width:620px) {
  .trd-panel .widget-html-content { min-width:0; max-width:100%; }
  .trd-panel .trd-figure { max-width:none !important; width:620px; }
  .trd-panel .trd-words { min-height:calc(1.5em * var(--trd-narrow-lines)); }
}
</style>"""

#: Up to so many teaching assumptions are printed in full.
FEW = 3

#: Stands on every panel that shows a dose.
CAUTION = "Simulation: not for patient care"


def _grid(controls: Sequence[Control]) -> ipywidgets.Box:
    box = ipywidgets.Box(list(controls), layout=ipywidgets.Layout(width="100%", display="grid"))
    box.add_class("trd-controls")
    return box


def _assumptions_html(assumptions: Sequence[str]) -> str:
    """Return the teaching assumptions: a few in full, many as a list to unfold."""
    if len(assumptions) <= FEW:
        return "".join(
            f'<p class="trd-assume"><strong>Teaching assumption:</strong> {escape(text)}</p>'
            for text in assumptions
        )
    items = "".join(f"<li>{escape(text)}</li>" for text in assumptions)
    return (
        f'<details class="trd-assume"><summary><strong>Teaching assumptions</strong> '
        f"({len(assumptions)})</summary><ul>{items}</ul></details>"
    )


class Panel(ipywidgets.VBox):
    """Controls, a pure model and a view, bound together.

    Parameters
    ----------
    title : str
        The question the panel answers.
    controls : Mapping[str, Control]
        In the order shown; the names are the model's arguments.
    model : callable
        ``model(**values)`` returns a frozen result. A ``ValueError`` is shown to the reader in
        its own words; anything else shows a card with an id.
    view : View
        Draws the result.
    lead : str, optional
        One or two sentences above the controls.
    assumptions : sequence of str, optional
        Teaching assumptions, labelled as such under the drawing.
    shows_dose : bool
        Whether to print the line that this is not for patient care.
    adjust : callable, optional
        ``adjust(name, values)`` returns the other controls to set when one was moved, e.g. a
        sensible dose when another drug is picked; a slider also takes a
        `trd.panel.controls.Span`, which changes its range. It must be pure.
    wide : sequence of str, optional
        Names of controls that take the whole width.
    below : sequence of str, optional
        Names of controls that stand under the drawing, so that it stays in sight of the
        others.
    """

    def __init__(
        self,
        title: str,
        controls: Mapping[str, Control],
        model: Callable[..., Any],
        view: View[Any],
        *,
        lead: str = "",
        assumptions: Sequence[str] = (),
        shows_dose: bool = False,
        adjust: Callable[[str, dict[str, Any]], Mapping[str, Any]] | None = None,
        wide: Sequence[str] = (),
        below: Sequence[str] = (),
    ) -> None:
        self.title = title
        self.controls = dict(controls)
        self.view = view
        self._model = model
        self._adjust = adjust
        self._quiet = False
        for name in wide:
            self.controls[name].add_class("trd-wide")

        head = f'{_CSS}<div role="heading" aria-level="4" class="trd-title">{escape(title)}</div>'
        if shows_dose:
            head += f'<p class="trd-caution">{CAUTION}</p>'
        if lead:
            head += f'<p class="trd-lead">{escape(lead)}</p>'
        self.figure = ipywidgets.HTML(
            layout=ipywidgets.Layout(min_height=f"{view.height_px}px", width="100%")
        )
        self.words = ipywidgets.HTML()
        self.more = ipywidgets.HTML()
        self.data = ipywidgets.HTML()
        self.show_data = ipywidgets.ToggleButton(
            value=False, description="Show data", layout=ipywidgets.Layout(width="auto")
        )
        self.reset_button = ipywidgets.Button(
            description="Reset",
            tooltip=f"Put “{title}” back to how it started",
            layout=ipywidgets.Layout(width="auto"),
        )
        above = [control for name, control in self.controls.items() if name not in below]
        under = [_grid([self.controls[name] for name in below])] if below else []
        buttons = ipywidgets.HBox([self.show_data, self.reset_button])
        notes = ipywidgets.HTML(_assumptions_html(assumptions))
        super().__init__(
            [
                ipywidgets.HTML(head),
                _grid(above),
                self.figure,
                self.words,
                *under,
                self.more,
                buttons,
                self.data,
                notes,
            ]
        )
        self.add_class("trd-panel")

        self.reset_button.on_click(lambda _button: self.reset())
        self.show_data.observe(self._on_show_data, "value")
        for name, control in self.controls.items():
            control.observe(lambda _change, name=name: self._on_control(name), "value")
        self.result: Any = None
        self.refresh()

    def values(self) -> dict[str, Any]:
        """Return what every control is set to, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def reset(self) -> None:
        """Put every control back to where it started."""
        self._quiet = True
        try:
            for control in self.controls.values():
                control.reset()
        finally:
            self._quiet = False
        self.show_data.value = False
        self.refresh()

    def refresh(self) -> None:
        """Compute and draw from the controls as they stand."""
        try:
            self.result = self._model(**self.values())
            drawing, words = self.view.html(self.result), self.view.describe(self.result)
            more = self.view.more(self.result)
            lines, narrow = self.view.room(self.result)
            data = self.view.table(self.result).html() if self.show_data.value else ""
        except ValueError as error:
            self._show(notice_html(str(error)))
        except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
            self._show(error_html(error, self.title))
        else:
            # Screen readers hear the words of the new drawing.
            spoken = (
                '<p class="trd-words" role="status" '
                f'style="--trd-lines:{lines};--trd-narrow-lines:{narrow}">{escape(words)}</p>'
            )
            self._show(drawing, spoken, data, more)

    def _show(self, drawing: str, words: str = "", data: str = "", more: str = "") -> None:
        self.figure.value, self.words.value, self.data.value = drawing, words, data
        self.more.value = more

    def _on_control(self, name: str) -> None:
        if self._quiet:
            return
        if self._adjust is not None:
            self._quiet = True
            try:
                for other, value in self._adjust(name, self.values()).items():
                    self.controls[other].put(value)
            except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
                self._show(error_html(error, self.title))
                return
            finally:
                self._quiet = False
        self.refresh()

    def _on_show_data(self, _change: Any) -> None:
        self.show_data.description = "Hide data" if self.show_data.value else "Show data"
        self.refresh()
