"""Room around a picture: words under it that may grow, and a picture wider than the screen."""

from __future__ import annotations

#: Under a picture that is scrolled sideways on a narrow screen; a `TitledView` hides it elsewhere.
SWIPE = (
    '<p class="trd-wrapped" style="font-weight:400;font-size:14px">'
    "Swipe the picture sideways to see all of it.</p>"
)


def room(lines: int, narrow: int) -> str:
    """Return a style that keeps room for the words of a panel, so that what is below stays put.

    Parameters
    ----------
    lines, narrow : int
        Lines to keep free, on a wide and on a narrow screen.
    """
    name = f"trd-room-{lines}-{narrow}"
    words = f".trd-panel:has(.{name}) .trd-words"
    return (
        f'<i class="{name}" hidden></i><style>{words}{{min-height:{1.5 * lines}em}}'
        f"@media(max-width:620px){{{words}{{min-height:{1.5 * narrow}em}}}}</style>"
    )
