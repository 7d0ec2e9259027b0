"""Pictures whose title wraps on a narrow screen, where the picture itself is scrolled sideways."""

from __future__ import annotations

from html import escape
from typing import TypeVar

from trd.panel.views import FigureView

Result = TypeVar("Result")

#: Under a picture that is scrolled sideways on a narrow screen; hidden on a wide one.
SWIPE = (
    '<p class="trd-wrapped" style="font-weight:400;font-size:14px">'
    "Swipe the picture sideways to see all of it.</p>"
)


class TitledView(FigureView[Result]):
    """A figure with a title in its picture; on a narrow screen words above it take its place."""

    #: Height of the picture's own title in inches, which a narrow screen hides.
    title_in = 0.3

    def title(self, result: Result) -> str:
        """Return the message of the picture."""
        raise NotImplementedError

    def html(self, result: Result) -> str:
        """Return the picture, and its title in words for a narrow screen."""
        # The picture is 620 pixels wide there; a negative margin moves its title out of sight.
        hidden = round(620 * self.title_in / self.size_in[0])
        return (
            "<style>.trd-wrapped{display:none;font-weight:700;margin:6px 0 2px}"
            "@media (max-width:620px){.trd-wrapped{display:block}"
            f".trd-titled-{hidden} .trd-figure{{margin-top:-{hidden}px}}}}</style>"
            f'<p class="trd-wrapped">{escape(self.title(result))}</p>'
            f'<div class="trd-titled-{hidden}">{super().html(result)}</div>'
        )
