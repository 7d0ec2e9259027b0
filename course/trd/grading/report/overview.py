"""The first page of the class report: what to look at first, and how far the class is."""

from __future__ import annotations

from collections import Counter
from html import escape

from trd.grading.report import statistics
from trd.grading.report.classdata import MISSING, WAITING, Trainee
from trd.grading.report.page import count, duration, listing, paragraph, percent, table
from trd.grading.report.part import Part, anchor, favourite, label, missed

_STAGES = {"collect": "collecting", "grade": "grading"}
#: So many of each kind of finding are named at the top; the rest is further down.
_FEW = 3
_LAPSES = "Missed a safety-critical item"


class Overview(Part):
    """Title, what to look at first, completion."""

    def head(self) -> str:
        """Return the title and how far the numbers can be trusted."""
        data = self.data
        made = f"{data.at.day} {data.at:%B %Y, %H:%M} UTC"
        known = len(data.trainees)
        said = [
            self.layout.heading(1, f"Class report: {data.assignment}"),
            paragraph(
                f"{count(self.n, 'trainee')} graded of {known} known to the gradebook. "
                f"Made {made} from the gradebook and the answers handed in."
            ),
        ]
        if self.anonymous:
            said.append(
                paragraph(
                    "Trainees’ names and ids are left out. In a small class answers may "
                    "still be recognised."
                )
            )
        return "\n".join([*said, self._trust()])

    def _trust(self) -> str:
        if not self.n:
            return paragraph(
                "Nobody is graded yet, so there is nothing to compute. Collect and grade first: "
                f"nbgrader collect {self.data.assignment}, then "
                f"python -m trd.grading regrade {self.data.assignment}",
                "caution",
            )
        if not self.enough:
            return paragraph(
                f"Too few for statistics: {count(self.n, 'trainee')}. Below "
                f"{statistics.FEWEST} a share or a correlation says more about single people than "
                "about the items, so items are counted here and nothing is computed about them.",
                "caution",
            )
        if self.analysis.trust == "rough":
            off = 2 / self.n**0.5
            return paragraph(
                f"Rough numbers: {self.n} trainees. One trainee more or less moves a share by "
                f"{count(round(100 / self.n), 'percentage point')}, and an agreement (r) is easily "
                f"off by {off:.1f}. Use them to choose what to read again, not to decide.",
                "caution",
            )
        return ""

    def first(self) -> str:
        """Return what to look at first."""
        found = [*self._urgent(), *self._taught(), *self._people()]
        if not found:
            found = [escape("Nothing stands out: all handed in, and no item or objective is weak.")]
        return self.layout.section(
            "What to look at first",
            "first",
            "If you have five minutes before the next session, these are for you.",
            listing(found, ordered=True),
        )

    def _finding(self, what: str, text: str, anchor: str) -> str:
        return f"<strong>{self.layout.link(what, anchor)}</strong> {escape(text)}"

    def _urgent(self) -> list[str]:
        """Return what makes the other numbers incomplete."""
        analysis, name = self.analysis, self.data.assignment
        stale = [each for each in self.data.graded if each.stale]
        found = []
        if analysis.waiting:
            found.append(
                self._finding(
                    "Not graded yet:",
                    f"{count(len(analysis.waiting), 'hand-in')}{self._names(analysis.waiting)}. "
                    f"Run: python -m trd.grading regrade {name}",
                    "completion",
                )
            )
        if stale:
            found.append(
                self._finding(
                    "Handed in again since grading:",
                    f"{count(len(stale), 'trainee')}{self._names(stale)}. "
                    f"Run: python -m trd.grading regrade {name}",
                    "completion",
                )
            )
        if analysis.texts_waiting:
            found.append(
                self._finding(
                    "To be marked by you:",
                    f"{count(analysis.texts_waiting, 'answer')} in words, in the formgrader’s "
                    "manual grading. Until then scores count the other items only.",
                    "completion",
                )
            )
        return found

    def _taught(self) -> list[str]:
        """Return what the class did not understand."""
        critical = sorted(
            (i for i in self.analysis.items if i.question.item.safety_critical and i.missed),
            key=lambda item: -item.missed,
        )
        found = [
            self._finding(
                "Safety-critical, missed:",
                f"“{item.question.item.stem}” ({label(item.question)}): {missed(item)}. "
                f"Go over it before anyone moves on.{favourite(item)}",
                anchor(item.question),
            )
            for item in critical
        ]
        # One person who was certain and wrong is no pattern.
        certain = sorted(
            (item for item in self.analysis.items if (item.certain_wrong or 0) >= 2),
            key=lambda item: -(item.certain_wrong or 0),
        )
        found += [
            self._finding(
                "Certain and wrong:",
                f"{item.certain_wrong} of {item.n} at “{item.question.item.stem}” "
                f"({label(item.question)}).{favourite(item)}",
                anchor(item.question),
            )
            for item in certain[:_FEW]
        ]
        weak = [each for each in self.analysis.objectives if each.weak]
        found += [
            self._finding(
                "Weak objective:",
                f"{self.objective(each.id)}: the class earns {percent(each.share)} of its points.",
                "objectives",
            )
            for each in weak[:_FEW]
        ]
        review = self.analysis.to_review
        if review:
            names = ", ".join(label(item.question) for item in review[: 2 * _FEW])
            more = f" and {len(review) - 2 * _FEW} more" if len(review) > 2 * _FEW else ""
            found.append(self._finding("Items to review:", f"{names}{more}.", "review"))
        return found

    def _people(self) -> list[str]:
        missing = self.analysis.missing
        found = []
        if missing:
            found.append(
                self._finding(
                    "Not handed in:",
                    f"{len(missing)} of {len(self.data.trainees)}{self._names(missing)}.",
                    "people",
                )
            )
        people = len({note.student for note in self.data.notes})
        if people:
            found.append(
                self._finding(
                    "Something odd in the hand-in:",
                    f"{count(people, 'trainee')}; see what was noted.",
                    "completion",
                )
            )
        return found

    def _names(self, trainees: list[Trainee]) -> str:
        if self.anonymous or not trainees:
            return ""
        names = ", ".join(each.id for each in trainees[:10])
        more = f" and {len(trainees) - 10} more" if len(trainees) > 10 else ""
        return f": {names}{more}"

    # --- people ----------------------------------------------------------------
    def people(self) -> str:
        """Return whom to speak to, and about what; without names, how many there are."""
        if self.anonymous:
            return self.layout.section(
                "Whom to speak to",
                "people",
                "Names are left out; the file with names says who it is.",
                self._lapses_counted(),
                self._gaps_table(),
            )
        return self.layout.section(
            "Whom to speak to",
            "people",
            "A word or more time, not a mark.",
            self._lapses_table(),
            self._people_table(),
        )

    def _lapses_table(self) -> str:
        rows = [
            (each.shown, label(question), how)
            for each in self.data.graded
            for question, how in self.analysis.lapses(each)
        ]
        if not rows:
            return self._no_lapses()
        return table(_LAPSES, ("Trainee", "Item", "How"), rows)

    def _lapses_counted(self) -> str:
        rows = [
            (label(item.question), str(item.wrong), str(item.partly), str(item.blank))
            for item in self.analysis.items
            if item.question.item.safety_critical and item.missed
        ]
        if not rows:
            return self._no_lapses()
        return table(_LAPSES, ("Item", "Wrong", "Partly right", "Left open"), rows, (1, 2, 3))

    def _no_lapses(self) -> str:
        if not any(item.question.item.safety_critical for item in self.analysis.items):
            return ""
        return paragraph("Nobody graded missed a safety-critical item.") if self.n else ""

    # --- completion ------------------------------------------------------------
    def completion(self) -> str:
        """Return who handed in what, and what was odd about it."""
        pieces = [self._state_table()]
        if self.data.free_texts and self.n:
            pieces.append(self._texts_table())
        pieces.append(self._notes())
        return self.layout.section(
            "Completion",
            "completion",
            "Where many leave questions open, the class needs more time for them.",
            *pieces,
        )

    def _state_table(self) -> str:
        graded = self.data.graded
        total = len(self.data.questions)
        everything = sum(self.analysis.answered(each) == total for each in graded)
        late = sum(each.late_s > 0 for each in graded)
        rows = [
            ("Known to the gradebook", len(self.data.trainees)),
            ("Handed in", len(self.data.trainees) - len(self.analysis.missing)),
            ("Not handed in", len(self.analysis.missing)),
            ("Handed in, not graded yet", len(self.analysis.waiting)),
            ("Graded", self.n),
            (f"Graded, with all {total} items answered", everything),
            ("Graded, with items left open", self.n - everything),
            ("Handed in after the due date", late),
        ]
        cells = [(what, str(n)) for what, n in rows]
        return table("How far the class is", ("State", "Trainees"), cells, (1,))

    def _texts_table(self) -> str:
        rows = []
        for text in self.data.free_texts:
            written = [each.texts[text.place] for each in self.data.graded]
            waiting = sum(each.waiting for each in written)
            blank = sum(each.blank for each in written)
            marked = [each.points for each in written if not each.waiting and not each.blank]
            mean = f"{sum(marked) / len(marked):.1f} of {text.points:g}" if marked else "–"
            rows.append(
                (
                    label(text),
                    str(len(marked)),
                    str(waiting),
                    str(blank),
                    mean,
                )
            )
        return table(
            "Answers in words",
            ("Answer", "Marked", "To be marked", "Left blank", "Mean points given"),
            rows,
            (1, 2, 3, 4),
        )

    def _gaps_table(self) -> str:
        total = len(self.data.questions)
        counts = Counter(self.analysis.answered(each) for each in self.data.graded)
        rows = [(f"{n} of {total}", str(counts[n])) for n in sorted(counts) if n < total]
        if not rows:
            return ""
        return table("Items left open", ("Items answered", "Trainees"), rows, (1,))

    def _people_table(self) -> str:
        rows = [
            (each.shown, "; ".join(states))
            for each in self.data.trainees
            for states in [self._states(each)]
            if states
        ]
        if not rows:
            return paragraph("Everybody handed in in time and answered nearly everything.")
        return table(
            "Not handed in, late, or more than a quarter left open",
            ("Trainee", "What is open"),
            rows,
        )

    def _states(self, trainee: Trainee) -> list[str]:
        if trainee.status in (MISSING, WAITING):
            return [trainee.status]
        total, answered = len(self.data.questions), self.analysis.answered(trainee)
        blank = sum(each.blank for each in trainee.texts.values())
        states = []
        if trainee.folder_gone:
            states.append("graded earlier, but the hand-in is no longer there; answers not known")
        elif self.analysis.left_much_open(trainee):
            states.append(f"{total - answered} of {count(total, 'item')} left open")
            if blank:
                states.append(f"{count(blank, 'answer')} in words left blank")
        if trainee.late_s > 0:
            states.append(f"{duration(trainee.late_s)} late")
        if trainee.stale:
            states.append("handed in again since grading")
        return states

    def _notes(self) -> str:
        notes = self.data.notes
        if not notes:
            return paragraph("Nothing odd was noted while collecting and grading.")
        if self.anonymous:
            return paragraph(
                f"{count(len(notes), 'note')} on odd hand-ins of "
                f"{count(len({note.student for note in notes}), 'trainee')}; they name people and "
                "are left out. See: python -m trd.grading problems"
            )
        rows = [(n.student, _STAGES.get(n.stage, n.stage), n.reason) for n in notes]
        return table(
            "Noted while collecting and grading",
            ("Trainee", "Step", "What was odd, and what was done"),
            rows,
        )
