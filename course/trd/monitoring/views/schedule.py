"""Draws what a schedule of readings saw: one session minute by minute, forty under each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from trd.monitoring.infusions import HORIZON_MIN
from trd.monitoring.schedule import LANES, Caught, Report, Schedule, chance_missed
from trd.panel.parts import CSS, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

#: Short enough for a title and a closed list.
SHORT = {
    "before_after": "Before and at minute 60",
    "esketamine": "Before, at 40, until it falls",
    "every_15": "Six readings in 90 minutes",
    "during_only": "Every 10 minutes, during only",
    "every_10": "Every 10, then every 15 minutes",
    "course": "This course",
    "course_close": "This course, closer",
    "own": "Your own",
}
#: The reader's guess: of 100 rises, how many does a reading every 10, then every 15 minutes miss?
OPEN = "open"
GUESSES = {
    "few": ("fewer than 10", 0.0, 10.0),
    "some": ("10 to 24", 10.0, 25.0),
    "many": ("25 to 49", 25.0, 50.0),
    "most": ("50 or more", 50.0, 100.1),
}
_LOW, _HIGH = 45.0, 225.0
_PUMP_MIN = 40

_STYLE = """<style>
.trd-vs { border-collapse:collapse; width:100%; font-size:14px; margin:4px 0; }
.trd-vs caption { text-align:left; font-weight:700; font-size:15px; padding:8px 0 2px; }
.trd-vs :is(th,td) { text-align:left; font-weight:400; padding:4px 8px 4px 4px; vertical-align:top;
  border-bottom:1px solid var(--jp-border-color2,#d6dade); }
.trd-vs thead th { font-weight:600; }
.trd-vs tr.picked > * { background:#e8f2f8; color:#1b1b1b; }
.trd-vs tr.picked th { border-left:4px solid #0b5c8a; font-weight:700; }
.trd-vs tr.picked .trd-small { color:#33383d; }
.trd-vs .bar { display:block; height:13px; min-width:110px; border:1px solid #5a6068;
  margin-top:4px;
  background:repeating-linear-gradient(45deg,#D55E00 0 3px,#ffd9c2 3px 7px); }
.trd-vs .bar i { display:block; height:100%; background:#0072B2; border-right:1px solid #1b1b1b;
  box-sizing:border-box; }
.trd-vs-key { margin:2px 0 4px; font-size:14px; }
@media (max-width:620px) {
  .trd-vs thead { display:none; }
  .trd-vs tr { display:block; border-bottom:1px solid #c9ced3; padding:4px 0; }
  .trd-vs :is(th,td) { display:block; border:0; padding:1px 4px; }
  .trd-vs th { font-weight:600; }
  .trd-vs td[data-words]::before { content:attr(data-words) ": "; }
}
</style>"""


@dataclass(frozen=True)
class Guessed(Report):
    """What the schedules saw, and what the reader expects.

    Attributes
    ----------
    guess : str
        One of `GUESSES`, or `OPEN`: then nothing is told of schedules that are not drawn.
    """

    guess: str = OPEN

    @property
    def open(self) -> bool:
        """Whether the reader has not guessed yet."""
        return self.guess == OPEN


def _limit(result: Report) -> str:
    return f"{result.limit[0]:g}/{result.limit[1]:g}"


def _title(result: Report) -> str:
    seen = result.chosen
    if not seen.episodes:
        return f"Nobody reaches {_limit(result)} mmHg for long enough"
    name = SHORT[seen.schedule.name]
    if not seen.missed:
        return f"{name}: all {seen.episodes} simulated rises seen"
    return f"{name}: {seen.missed} of {seen.episodes} simulated rises missed"


class ScheduleView(TitledView[Guessed]):
    """One session above, what the cuff showed on it; the sessions with a rise below."""

    size_in = (7.6, 5.3)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 790

    def title(self, result: Guessed) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes of time, and return what moves."""
        from matplotlib.collections import LineCollection

        wide, high = self.size_in
        left, width = 0.62 / wide, 6.72 / wide
        one = figure.add_axes((left, 2.62 / high, width, 2.02 / high))
        many = figure.add_axes((left, 0.52 / high, width, 1.62 / high), sharex=one)
        one.set(xlim=(-2, HORIZON_MIN + 1), ylim=(_LOW, _HIGH), ylabel="mmHg")
        one.set_yticks([60, 100, 140, 180, 220])
        one.tick_params(labelbottom=False)
        many.set(ylim=(LANES + 0.2, -1.2), xlabel="Minutes after the start")
        many.set_xticks(range(0, HORIZON_MIN + 1, 10))
        many.set_yticks([])
        many.grid(visible=False)
        many.spines["left"].set_visible(False)
        for axes in (one, many):
            axes.axvspan(0, _PUMP_MIN, color="#EEF1F3", zorder=0)
        one.text(1, _HIGH - 3, "pump running", va="top", color=GREY)
        self._title = figure.text(0.012, (high - 0.2) / high, "", fontsize=13, fontweight="bold")
        self._title.set(va="center")
        self._head = figure.text(left, 4.7 / high, "", va="bottom")
        self._below = figure.text(left, 2.2 / high, "", va="bottom")
        self._gaps = [axes.vlines([], 0, 1, color=GREY, lw=0.9) for axes in (one, many)]
        clear: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        self._limits = [one.axhline(0, color=INK, lw=1.2, ls=(0, (4, 2))) for _ in range(2)]
        self._names = [
            one.text(HORIZON_MIN + 0.5, 0, "", ha="right", va=side, bbox=clear)
            for side in ("bottom", "top")
        ]
        self._curves = [one.plot([], [], color=GREY, lw=1.6)[0] for _ in range(2)]
        self._above = LineCollection([], colors=ORANGE, linewidths=3.2, zorder=3)
        one.add_collection(self._above)
        self._calm = one.plot(
            [], [], ls="", marker="o", ms=6, mfc="white", mec=BLUE, mew=1.6, zorder=4
        )[0]
        self._flags = one.plot(
            [], [], ls="", marker="D", ms=7.5, mfc=BLUE, mec="white", mew=0.8, zorder=5
        )[0]
        self._caught = LineCollection([], colors=BLUE, linewidths=1.9)
        self._missed = LineCollection([], colors=ORANGE, linewidths=3.0)
        for lines in (self._caught, self._missed):
            many.add_collection(lines)
        self._crosses = many.plot([], [], ls="", marker="x", ms=5, mec=ORANGE, mew=1.8)[0]
        self._here = many.plot([], [], ls="", marker=">", ms=9, color=INK)[0]
        for mark in (self._crosses, self._here):
            mark.set_clip_on(False)
        return [
            self._title,
            self._head,
            self._below,
            *self._gaps,
            *self._limits,
            *self._curves,
            self._above,
            *self._names,
            self._calm,
            self._flags,
            self._caught,
            self._missed,
            self._crosses,
            self._here,
        ]

    def update(self, result: Guessed) -> None:
        """Move the readings, the session and the lanes."""
        import numpy as np

        shown = result.trace
        self._title.set_text(_title(result))
        self._head.set_text(_session(result))
        self._below.set_text(_lanes_title(result))
        # Readings that hang on the last one differ from session to session.
        above, below = self._gaps
        above.set_segments([[(t, _LOW), (t, _HIGH)] for t in shown.times_min])
        below.set_segments(
            [[(t, -1.2), (t, LANES + 0.2)] for t in result.chosen.schedule.times_min]
        )
        pairs = (shown.systolic, shown.diastolic)
        words = ("systolic", "diastolic")
        for i, (line, name, curve) in enumerate(
            zip(self._limits, self._names, self._curves, strict=True)
        ):
            limit = result.limit[i]
            line.set_ydata([limit, limit])
            name.set(y=limit + (2.5, -4)[i], text=f"{words[i]} limit {limit:g}")
            curve.set_data(shown.minutes, pairs[i])
        runs = result.lanes[result.shown].runs if result.lanes else ()
        pieces = []
        for start, end in runs:
            for i, values in enumerate(pairs):
                part = np.asarray(values[start : end + 1])
                if (part >= result.limit[i]).any():
                    pieces.append(np.column_stack([np.arange(start, end + 1), part]))
        self._above.set_segments(pieces)
        points: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        both = (shown.shown_systolic, shown.shown_diastolic)
        for i, values in enumerate(both):
            for minute, value in zip(shown.times_min, values, strict=True):
                high = minute > 0 and value >= result.limit[i]
                points[high].append((minute, float(np.clip(value, _LOW + 2, _HIGH - 2))))
        for dots, high in ((self._calm, False), (self._flags, True)):
            dots.set_data(*(zip(*points[high], strict=True) if points[high] else ((), ())))
        self._draw_lanes(result)

    def _draw_lanes(self, result: Report) -> None:
        count = len(result.lanes)
        step = LANES / max(1, count) if count > 8 else 3.0
        for lines, caught in ((self._caught, True), (self._missed, False)):
            lines.set_segments(
                [
                    [(start - 0.4, row * step), (end + 0.4, row * step)]
                    for row, lane in enumerate(result.lanes)
                    if lane.caught is caught
                    for start, end in lane.runs
                ]
            )
        rows = [row * step for row, lane in enumerate(result.lanes) if not lane.caught]
        self._crosses.set_data([-4.6] * len(rows), rows)
        self._here.set_data(([-7.6], [result.shown * step]) if count else ([], []))

    def html(self, result: Guessed) -> str:
        """Return the picture, how to read it, and what it shows."""
        key = (
            '<p class="trd-vs-key">Upright lines: readings. <strong>Above:</strong> grey, the true '
            "pressure; orange and thick, at or above the limit; ○ a reading below it, ◆ a reading "
            "at it. <strong>Below:</strong> each row is one simulated session with a rise, drawn "
            "while it is above the limit: blue, a reading showed it; orange with ×, none did; "
            "▶ the session drawn above. A missed rise can lie under a reading: the cuff errs "
            "too.</p>"
        )
        hint = (
            '<p class="trd-only-narrow trd-small">Swipe the picture sideways to see all of it.</p>'
        )
        return f"{super().html(result)}{CSS}{_STYLE}{hint}{key}{_message(result)}"

    def more(self, result: Guessed) -> str:
        """Return every schedule beside the others, the arithmetic of the gap, and the sources.

        The comparison waits for the reader's guess.
        """
        if result.open:
            return (
                '<p class="trd-vs-key"><strong>All schedules side by side:</strong> the table '
                "opens here with your guess above.</p>"
                f"{_sources(result)}{_arithmetic(result.chosen.schedule)}"
            )
        return f"{_compared(result)}{_sources(result)}{_arithmetic(result.chosen.schedule)}"

    def describe(self, result: Guessed) -> str:
        """Return how many rises were seen and missed, and what the missed ones were like."""
        seen = result.chosen
        name = SHORT[seen.schedule.name]
        if not seen.episodes:
            return (
                f"In {result.sessions:,} simulated sessions nobody stays at or above "
                f"{_limit(result)} mmHg for three minutes, so no schedule can miss anything."
            )
        return (
            f"{name}, {seen.readings:.1f} readings a session on average: of {seen.episodes} "
            f"simulated sessions with a rise to {_limit(result)} mmHg for at least three minutes, "
            f"{seen.caught} were seen and {seen.missed} missed. {_session(result)}."
        )

    def table(self, result: Guessed) -> Table:
        """Return every schedule with what it saw; before the guess only the one drawn."""
        rows = [
            [
                SHORT[each.schedule.name],
                f"{each.readings:.1f}",
                str(each.caught),
                str(each.missed),
                "none caught" if each.delay_min is None else f"{each.delay_min:.0f}",
                f"{each.unseen_min:.1f}",
                str(each.false_alarms),
                str(each.unwatched),
            ]
            for each in ((result.chosen,) if result.open else result.seen)
        ]
        return Table(
            f"{result.sessions:,} simulated sessions, {result.chosen.episodes} with a rise to "
            f"{_limit(result)} mmHg: not an incidence of anything",
            [
                "Schedule",
                "Readings a session",
                "Rises seen",
                "Missed",
                "Median wait until seen (min)",
                "Mean time at the limit before anybody knew (min)",
                "Flags without a rise",
                "Still, or again, at the limit after the last reading",
            ],
            rows,
        )


def _session(result: Report) -> str:
    if not result.lanes:
        return "A session without such a rise"
    lane = result.lanes[result.shown]
    what = (
        f"first shown at minute {lane.first_seen_min}"
        if lane.first_seen_min is not None
        else "no reading showed it"
    )
    return (
        f"Session {result.shown + 1}: {lane.minutes} min at the limit, highest "
        f"{lane.highest[0]:.0f}/{lane.highest[1]:.0f}; {what}"
    )


def _lanes_title(result: Report) -> str:
    count = len(result.lanes)
    if not count:
        return "No session reaches the limit for three minutes"
    if count == result.chosen.episodes:
        return f"All {count} sessions with a rise, the longest on top"
    return f"{count} of the {result.chosen.episodes} sessions with a rise, the longest on top"


def _message(result: Guessed) -> str:
    seen = result.chosen
    if not seen.episodes:
        return verdict("info", "No simulated session reaches this limit for three minutes.")
    words = [_what_is_missed(result)]
    if seen.unwatched:
        words.append(
            f"In {seen.unwatched} sessions the pressure was at the limit after the last reading: "
            "nobody saw it come down."
        )
    if seen.false_alarms:
        words.append(
            f"{seen.false_alarms} sessions without such a rise were flagged too, by the cuff's own "
            "spread or a shorter rise: that is why one reading is repeated before anybody acts."
        )
    words.append(_challenge(result))
    items = "".join(f"<li>{escape(each)}</li>" for each in words[1:] if each)
    return (
        verdict("bad" if seen.missed else "info", words[0])
        + f'<ul style="margin:0 0 8px;padding-left:1.2em">{items}</ul>'
    )


def _what_is_missed(result: Report) -> str:
    seen, worst = result.chosen, result.worst
    if worst is None:
        return f"All {seen.episodes} rises were seen. More readings can now only see them sooner."
    text = f"{seen.missed} of {seen.episodes} rises missed: "
    missed, caught = result.lasted
    if caught is not None:
        text += (
            f"half of them lasted {missed:.0f} minutes or less, against {caught:.0f} minutes for "
            "the rises that were seen. "
        )
    return text + (
        f"The longest that nobody saw lasted {worst.minutes} minutes, highest "
        f"{worst.highest[0]:.0f}/{worst.highest[1]:.0f} mmHg."
    )


def _challenge(result: Guessed) -> str:
    """Return how the guess and the reader's own schedule did; before the guess a question."""
    if result.open:
        return (
            "Every 10 and then every 15 minutes: how many of 100 rises does that miss? Guess above."
        )
    own, other = result.of("own"), result.of("every_10")
    count, other_count = len(own.schedule.times_min), len(other.schedule.times_min)
    words, low, high = GUESSES[result.guess]
    missed = 100 * other.missed / other.episodes
    right = low <= missed < high
    text = (
        f"Every 10 and then every 15 minutes: {other_count} readings, {other.missed} of "
        f"{other.episodes} missed, {missed:.0f} of 100. You guessed {words}"
        f"{', and so it is' if right else ''}. Your own schedule: {count} readings, {own.missed} "
        "missed."
    )
    if count <= other_count and own.missed < other.missed:
        return f"{text} Yours misses fewer with no more readings: where they stand matters."
    return f"{text} Can yours miss fewer with no more readings?"


def _compared(result: Report) -> str:
    body = "".join(_row(each, result) for each in result.seen)
    return (
        f'<table class="trd-vs"><caption>The same {result.sessions:,} simulated sessions, '
        "each schedule</caption><thead><tr>"
        '<th scope="col">Schedule</th><th scope="col">Rises seen and missed</th>'
        '<th scope="col">Readings a session</th><th scope="col">Unknown for, mean</th>'
        f'<th scope="col">Unwatched after</th></tr></thead><tbody>{body}</tbody></table>'
        '<p class="trd-small" style="margin:2px 0 6px"><em>Unknown for:</em> minutes at the limit '
        "before anybody knew. <em>Unwatched after:</em> sessions at the limit after the last "
        "reading. Simulated people, chosen for teaching: none of these numbers says how often "
        "anything happens.</p>"
    )


def _row(each: Caught, result: Report) -> str:
    picked = each.schedule.name == result.chosen.schedule.name
    share = 100 * (each.share or 0)
    bar = (
        f'<span class="bar" aria-hidden="true"><i style="width:{share:.0f}%"></i></span>'
        if each.episodes
        else ""
    )
    mark = ' class="picked"' if picked else ""
    drawn = ' <span class="trd-small">(drawn)</span>' * picked
    return (
        f'<tr{mark}><th scope="row">{escape(SHORT[each.schedule.name])}{drawn}</th>'
        f"<td>{each.caught} seen, {each.missed} missed{bar}</td>"
        f'<td data-words="Readings a session">{each.readings:.1f}</td>'
        f'<td data-words="At the limit before anybody knew, mean">{each.unseen_min:.0f} min</td>'
        f'<td data-words="At the limit after the last reading">{each.unwatched}</td></tr>'
    )


def _arithmetic(plan: Schedule) -> str:
    """Return what a gap lets through, worked out for the widest one until the peak is past."""
    gap = plan.longest_gap_min
    rows = "; ".join(
        f"{lasting} minutes, {10 * chance_missed(lasting, gap):.0f} in 10"
        for lasting in (3, 5, 10, 20)
    )
    return (
        f'<p style="margin:8px 0"><strong>The gap, by arithmetic.</strong> Up to minute 70 the '
        f"longest wait of “{escape(SHORT[plan.name])}” is {gap} minutes. With a cuff that never "
        "errs, a rise that begins at any moment of such a gap goes unseen in 1 − lasting ÷ gap of "
        f"cases. Of rises that last {rows} are missed. It is a sum, not an observation: nobody "
        "knows how long unseen rises last.</p>"
    )


def _sources(result: Report) -> str:
    items = "".join(
        f"<li><strong>{escape(SHORT[each.schedule.name])}:</strong> minutes "
        f"{_times(each.schedule)}. {escape(each.schedule.note)} "
        f'<span class="trd-small">({_backing(each.schedule)})</span></li>'
        for each in result.seen
    )
    return (
        '<details class="trd-small"><summary>When each schedule reads, and who says so</summary>'
        f"<ul>{items}</ul></details>"
    )


def _times(plan: Schedule) -> str:
    text = ", ".join(str(minute) for minute in plan.times_min)
    again = plan.again_min
    return f"{text}, then every {again} while the last one is at the limit" if again else text


def _backing(plan: Schedule) -> str:
    if plan.name == "own":
        return "your choice"
    links = cited(plan.source)
    if plan.status == "secondary":
        return f"known only as reported by others: {links}"
    if plan.status == "verified":
        return f"{links}, read in the abstract"
    return "teaching assumption of this course"
