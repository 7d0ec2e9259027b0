"""The class report's pages, from made-up classes of every kind."""

import json
import re
import sys
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from examples import KEYS, example

from trd.grading.notes import Note
from trd.grading.report import as_file, as_part
from trd.grading.report.analysis import Analysis, Reliability, analyse
from trd.grading.report.classdata import (
    GRADED,
    WAITING,
    ClassData,
    FreeText,
    Question,
    Response,
    Trainee,
    Written,
)
from trd.grading.report.sections import alpha_words
from trd.quiz.scoring import points as earned

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "lint"))

HOSTILE = "<script>alert(1)</script>\"' onload=x"
WRONG = {
    "single_best": "a",
    "multiple_response": ["a"],
    "numeric": 4.0,
    "ordering": ["c", "a", "b", "d"],
    "matching": {"fda": "quarter", "delphi": "two"},
}
KINDS = tuple(WRONG)
QUESTIONS = tuple(
    Question(
        "case-a",
        f"q-{kind}".replace("_", "-"),
        example(kind, safety_critical=kind == "single_best"),
        2.0,
    )
    for kind in KINDS
)
TEXT = FreeText("case-a", "letter", 4.0)


def trainee(name, right, certain=False, text=None, **changes):
    """Somebody who knows the answer to some kinds of items and leaves out what is None."""
    responses = {}
    for question in QUESTIONS:
        knows = right.get(question.item.kind, False)
        answer = None
        if knows is not None:
            answer = KEYS[question.item.kind] if knows else WRONG[question.item.kind]
        responses[question.place] = Response(
            earned(question.item, answer), answer, "certain" if certain else "guess", 40.0
        )
    texts = {} if text is None else {TEXT.place: text}
    return Trainee(name, status=GRADED, responses=responses, texts=texts, **changes)


def all_right(name, **more):
    return trainee(name, dict.fromkeys(KINDS, True), **more)


def all_wrong(name, **more):
    return trainee(name, {}, **more)


def a_class(*trainees, **more):
    return ClassData("01-demo", {"case-a": "Case A"}, QUESTIONS, trainees=tuple(trainees), **more)


def mixed(n):
    """A class in which everybody knows a little more than the one before."""
    return [
        trainee(f"t{i:02d}", {kind: i * len(KINDS) > place * n for place, kind in enumerate(KINDS)})
        for i in range(n)
    ]


class Outline(HTMLParser):
    """What a reader's software finds on a page."""

    def __init__(self, page):
        super().__init__()
        self.levels, self.tags, self.attributes, self.words = [], set(), [], []
        self.titles, self._title = [], False
        self._hidden = 0
        self.rows = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self._title = tag == "h2"
        self._hidden += tag in ("style", "title")
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        self._hidden -= tag in ("style", "title")
        self._title = False

    def handle_data(self, data):
        if not self._hidden:
            self.words.append(data)
            if self.rows:
                self.rows[-1].append(data)
        if self._title and data.strip():
            self.titles.append(data)

    def of(self, tag, name):
        return [value for where, what, value in self.attributes if (where, what) == (tag, name)]


def drawn(data, **more):
    """Make the page, with every warning an error, and check what holds for all of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = as_file(analyse(data), **more)
    outline = Outline(page)
    assert not outline.tags & {"script", "link", "iframe", "object", "form"}
    assert not [value for _, name, value in outline.attributes if name.startswith("on")]
    for _, name, value in outline.attributes:
        if name in ("src", "href"):
            assert value.startswith(("data:image/svg+xml;base64,", "#")), value[:60]
    assert set(outline.of("a", "href")) <= {f"#{value}" for value in ids(outline)}
    assert outline.levels[0] == 1
    assert all(b - a <= 1 for a, b in zip(outline.levels, outline.levels[1:], strict=False))
    assert all(outline.of("img", "alt"))
    assert page.count("<th>") == page.count("<th ") - page.count('<th scope="') == 0
    assert not re.search(r"\b(nan|inf|None)\b", outline.text)
    words = " ".join(outline.words)
    assert not re.search(r"\d %", words), "a number and its per cent sign could be parted"
    assert not re.search(r"(?<![\w-])-\d", words), "a hyphen stands for a minus"
    assert not re.search(r"\b1 points\b", outline.text)
    return outline


def ids(outline):
    return [value for _, name, value in outline.attributes if name == "id"]


EXTREMES = {
    "empty class": [],
    "nobody handed in": [Trainee("a"), Trainee("b")],
    "nobody graded": [Trainee("a", status=WAITING)],
    "one trainee": [all_right("a")],
    "two trainees": [all_right("a"), all_wrong("b")],
    "all perfect": [all_right(f"t{i}") for i in range(12)],
    "all wrong": [all_wrong(f"t{i}", certain=True) for i in range(12)],
    "all blank": [trainee(f"t{i}", dict.fromkeys(KINDS)) for i in range(12)],
    "one constant item": [replace(one) for one in mixed(12)],
    "mixed": mixed(40),
}


@pytest.mark.parametrize("kind", EXTREMES)
def test_every_class_gets_a_page_that_holds_together(kind):
    found = drawn(a_class(*EXTREMES[kind]))
    assert "What to look at first" in found.text
    assert "Completion" in found.text


def test_an_assignment_without_items_or_points_gets_a_page():
    nothing = replace(QUESTIONS[0], points=0.0)
    data = a_class(*mixed(12))
    assert drawn(replace(data, questions=(nothing,)))
    assert drawn(replace(data, questions=()))


def test_the_parts_stand_in_the_order_an_instructor_needs_them():
    found = drawn(a_class(*mixed(12)))
    assert found.titles == [
        "What to look at first",
        "Whom to speak to",
        "Completion",
        "Scores",
        "Items",
        "Reliability",
        "Learning objectives",
        "Items to review",
        "Item by item",
        "How this was computed",
    ]


def test_below_ten_items_are_counted_and_nothing_is_computed():
    analysis = analyse(a_class(*mixed(9)))
    assert {(item.p, item.r) for item in analysis.items} == {(None, None)}
    assert [each.why_not for each in analysis.reliability] == ["fewer than 10 trainees"]
    assert [each.share for each in analysis.objectives] == [None]
    found = drawn(analysis.data).text
    assert "Too few for statistics: 9 trainees" in found
    assert "not computed" in found
    items = found[found.index("Item by item") :]
    assert "Chosen by" in items
    for words in ("Share", "Their mean total", "median of"):
        assert words not in items


def test_from_ten_to_thirty_numbers_are_called_rough_and_above_that_not():
    assert "Rough numbers: 10 trainees" in drawn(a_class(*mixed(10))).text
    assert "Rough numbers: 30 trainees" in drawn(a_class(*mixed(30))).text
    assert "Rough numbers" not in drawn(a_class(*mixed(31))).text


def test_difficulty_is_the_share_of_points_and_extremes_are_to_be_reviewed():
    know = {"multiple_response": True, "numeric": True}
    some = [trainee(f"s{i}", {**know, "single_best": True}) for i in range(2)]
    rest = [trainee(f"r{i}", {**know, "numeric": i % 2 == 0}) for i in range(8)]
    analysis = analyse(a_class(*some, *rest))
    p = {item.question.item.kind: item.p for item in analysis.items}
    assert p["single_best"] == pytest.approx(0.2)
    assert p["multiple_response"] == 1
    assert p["numeric"] == pytest.approx(0.6)
    reasons = {item.question.item.kind: " ".join(item.reasons) for item in analysis.to_review}
    assert "hard" in reasons["single_best"]
    assert "easy" in reasons["multiple_response"]
    assert "numeric" not in reasons or "hard" not in reasons["numeric"]


def test_safety_critical_items_and_confident_errors_come_first():
    wrong = [all_wrong(f"w{i}", certain=True) for i in range(4)]
    found = drawn(a_class(*wrong, *(all_right(f"r{i}", certain=True) for i in range(8)))).text
    first = found[: found.index("Completion")]
    assert "“Which trial counts?” (case-a · q-single-best): 4 wrong. Go over it" in first
    assert "Certain and wrong: 4 of 12 at “Which trial counts?”" in first
    assert "Most chosen mistake: “Trial A” (4)" in first


def test_being_certain_and_right_or_wrong_and_unsure_is_no_confident_error():
    analysis = analyse(a_class(all_right("a", certain=True), all_wrong("b")))
    assert analysis.items[0].certain_wrong == 0
    # The other items do not ask how sure one is.
    assert {item.certain_wrong for item in analysis.items[1:]} == {None}


def test_the_distractor_table_counts_everybody():
    data = a_class(*mixed(12), trainee("blank", dict.fromkeys(KINDS)))
    item = analyse(data).items[0]
    assert sum(option.chosen for option in item.options) == 13
    assert [(o.name, o.is_key) for o in item.options] == [
        ("a", False),
        ("b", True),
        ("c", False),
        ("", False),
    ]
    assert item.options[3].chosen == item.blank == 1


def test_mistakes_are_named_by_kind():
    found = analyse(a_class(*(all_wrong(f"t{i}") for i in range(3)))).items
    mistakes = {item.question.item.kind: item.mistakes for item in found}
    assert [(m.what, m.n, m.meaning) for m in mistakes["numeric"]] == [
        ("4\N{NO-BREAK SPACE}weeks", 3, "Four is another guideline's rule.")
    ]
    assert mistakes["ordering"][0].what == "“Third?” at place 1 instead of 4"
    assert {m.what for m in mistakes["matching"]} == {
        "“FDA” with “Below 25 %” instead of “Two drugs”",
        "“Delphi” with “Two drugs” instead of “Below 25 %”",
        "“NICE” left open instead of “No count”",
    }


def test_wrong_values_stand_as_they_are_read():
    place = next(q.place for q in QUESTIONS if q.item.kind == "numeric")
    people = []
    for i, value in enumerate((1.0, -1.0, -12.0, 0.5)):
        one = all_wrong(f"t{i}")
        people.append(
            replace(one, responses={**one.responses, place: Response(0.0, value, None, None)})
        )
    [item] = [item for item in analyse(a_class(*people)).items if item.question.place == place]
    shown = [mistake.what.replace("\N{NO-BREAK SPACE}", " ") for mistake in item.mistakes]
    assert shown == ["1 week", "−1 week", "−12 weeks", "0.5 weeks"]


def test_scores_wait_for_answers_in_words_and_the_standard_is_a_convention():
    def page(waiting):
        texts = [Written(3.0, waiting=waiting and i == 0) for i in range(12)]
        people = [all_right(f"t{i}", text=text) for i, text in enumerate(texts)]
        return analyse(a_class(*people, free_texts=(TEXT,)))

    early, late = page(waiting=True), page(waiting=False)
    assert (early.scores.maximum, late.scores.maximum) == (10, 14)
    assert early.scores.shares[0] == 1
    assert late.scores.shares[0] == pytest.approx(13 / 14)
    found = drawn(early.data).text
    assert "To be marked by you: 1 answer in words" in found
    assert "teaching convention" in found
    assert "Standard met: 12 of 12" in found


def test_the_standard_asks_for_safety_and_for_points():
    unsafe = trainee("unsafe", {**dict.fromkeys(KINDS, True), "single_best": False})
    low = trainee("low", {"single_best": True})
    analysis = analyse(a_class(all_right("good"), unsafe, low))
    assert (analysis.scores.safe, analysis.scores.meeting) == (2, 1)
    assert analyse(analysis.data, pass_mark=0.2).scores.meeting == 2


def test_full_marks_say_what_the_words_will_add():
    waiting = Written(waiting=True)
    people = [all_right(f"t{i}", text=waiting) for i in range(12)]
    one = drawn(a_class(*people, free_texts=(TEXT,))).text
    assert "Full marks: 10 points (14 with the answer in words)." in one
    nothing_written = [all_right(f"t{i}") for i in range(12)]
    assert "Full marks: 10 points." in drawn(a_class(*nothing_written)).text


# --- what may be said of a small class -----------------------------------------------------
def linked(n, agree):
    """A class in which the first item goes with (1), against (-1) or half with (0) the rest."""
    people = []
    for i in range(n):
        strong = i % 2 == 0
        turn = {1: False, -1: True, 0: i % 4 < 2}[agree]
        right = dict.fromkeys(KINDS, strong) | {"single_best": strong != turn}
        people.append(trainee(f"t{i:02d}", right))
    return a_class(*people)


def item_text(data, cell="q-single-best"):
    text = drawn(data).text
    mine = text[text.index("Item by item") :]
    return mine[mine.index(f"case-a · {cell}") :].split("Who chose what")[0]


def test_a_low_agreement_that_may_be_chance_is_no_reason_to_review():
    data = linked(24, agree=0)
    item = analyse(data).items[0]
    assert item.r == pytest.approx(0, abs=0.05)
    assert item.r_interval[1] > 0.2
    assert item.reasons == ()
    assert "r is low, but with 24 trainees this may be chance." in item_text(data)
    text = drawn(data).text
    assert "may be chance" not in text[: text.index("Item by item")]
    assert "Items to review:" not in text[: text.index("Completion")]


def test_a_low_agreement_of_a_large_class_is_a_reason_and_says_nothing_of_the_key():
    item = analyse(linked(240, agree=0)).items[0]
    assert item.r_interval[0] < 0 < item.r_interval[1] < 0.2
    assert item.reasons == (
        "says little about who knows the rest: read its wording and options again",
    )
    assert not item.perhaps_chance


def test_the_key_is_doubted_only_when_the_whole_interval_is_below_nothing():
    data = linked(24, agree=-1)
    item = analyse(data).items[0]
    assert item.r_interval[1] < 0
    assert item.reasons == ("those who do well otherwise do worse on it: check the key",)
    assert "may be chance" not in item_text(data)
    text = drawn(data).text
    assert "Items to review: case-a · q-single-best" in text[: text.index("Completion")]


@pytest.mark.parametrize(("slips", "doubted"), [(4, False), (5, True)])
def test_a_few_slips_of_the_best_do_not_make_a_bad_item(slips, doubted):
    slipped = {**dict.fromkeys(KINDS, True), "single_best": False}
    people = [trainee(f"s{i}", slipped) for i in range(slips)]
    people += [trainee(f"t{i}", {"single_best": True}) for i in range(12)]
    item = analyse(a_class(*people)).items[0]
    assert item.r_interval[1] < 0
    assert ("check the key" in " ".join(item.reasons)) is doubted
    assert item.perhaps_chance is not doubted


def test_an_agreement_that_is_there_is_left_alone():
    item = analyse(linked(24, agree=1)).items[0]
    assert (item.reasons, item.perhaps_chance) == ((), False)


def test_what_is_safety_critical_cannot_be_too_easy():
    found = analyse(a_class(*EXTREMES["all perfect"])).items
    easy = {item.question.item.kind for item in found if item.reasons}
    assert easy == set(KINDS) - {"single_best"}


def options_of(data, kind):
    """Return the rows of the table of who chose what at the item of a kind."""
    item = next(q.item for q in data.questions if q.item.kind == kind)
    found = {}
    for row in drawn(data).rows:
        if row and row[0] in item.options.values():
            found.setdefault(row[0], row)  # a later item may have options of the same words
    return found


@pytest.mark.parametrize("safety_critical", [True, False])
def test_an_option_nobody_chose_is_marked_quietly(safety_critical):
    question = replace(QUESTIONS[0], item=example("single_best", safety_critical=safety_critical))
    data = replace(a_class(*mixed(22)), questions=(question, *QUESTIONS[1:]))
    remarks = {row[-1].strip() for row in options_of(data, "single_best").values()}
    later = "chosen by 0 of 22; worth a look after several classes"
    assert ("chosen by 0 of 22" in remarks) is safety_critical
    assert (later in remarks) is not safety_critical


def test_an_option_of_the_strong_is_a_question():
    slipped = {**dict.fromkeys(KINDS, True), "single_best": False}
    people = [trainee(f"s{i}", slipped) for i in range(5)]
    people += [trainee(f"t{i}", {"single_best": True}) for i in range(12)]
    row = options_of(a_class(*people), "single_best")["Trial A"]
    assert row[-1] == (
        "those who chose it are 60 percentage points ahead of those who chose the key: "
        "is it defensible?"
    )


@pytest.mark.parametrize(
    ("alpha", "interval", "words"),
    [
        (0.66, (-0.2, 0.84), "cannot be told with 22 trainees"),
        (0.66, None, "cannot be told with 22 trainees"),
        (0.25, (-0.66, 0.58), "low: look at items, not at single scores"),
        (0.7, (0.61, 0.79), "fair for teaching, too low to compare people"),
        (0.9, (0.85, 0.95), "consistent"),
        (0.9, (0.75, 0.95), "not certain; read it as fair for teaching, too low to compare people"),
        (None, None, ""),
    ],
)
def test_the_word_for_alpha_follows_its_interval(alpha, interval, words):
    assert alpha_words(Reliability("case-a", 7, 22, alpha, interval)) == words


def test_how_it_was_computed_is_told_only_of_what_was_computed():
    def said(data):
        text = drawn(data).text
        return text[text.index("How this was computed") :]

    assert "bootstrap" in said(a_class(*mixed(12)))
    assert "Fisher" in said(a_class(*mixed(12)))
    assert "bootstrap" not in said(a_class(*EXTREMES["all perfect"]))
    assert "Fisher" not in said(a_class(*mixed(9)))
    assert "How this was computed" not in drawn(a_class(Trainee("a"))).titles
    before = drawn(a_class(*mixed(12))).text.split("How this was computed")[0]
    for word in ("bootstrap", "percentile", "draws", "Pearson", "correlation"):
        assert word not in before


# --- whom to speak to ---------------------------------------------------------------------
def safety_class():
    return a_class(
        trainee("wrong", {**dict.fromkeys(KINDS, True), "single_best": False}),
        trainee("skipped", {**dict.fromkeys(KINDS, True), "single_best": None}),
        replace(all_wrong("vanished"), folder_gone=True),
        *(all_right(f"fine{i}") for i in range(9)),
    )


def test_whoever_missed_a_safety_critical_item_is_named_first():
    found = drawn(safety_class())
    text = found.text
    people = text[text.index("Whom to speak to") : text.index("Completion")]
    assert people.index("Missed a safety-critical item") < people.index("Trainee")
    rows = [[cell.replace("\xa0", " ") for cell in row[:3]] for row in found.rows]
    for row in (
        ["wrong", "case-a · q-single-best", "wrong"],
        ["skipped", "case-a · q-single-best", "left open"],
        ["vanished", "case-a · q-single-best", "missed; the answer is not known"],
    ):
        assert row in rows, row
    assert "fine0" not in text
    # One of five items is no reason for a word by itself.
    assert "1 of 5 items left open" not in text


def test_without_names_the_missed_are_counted():
    people = [one for one in safety_class().trainees if one.id != "vanished"]
    found = drawn(a_class(*people), anonymous=True)
    rows = [[cell.replace("\xa0", " ") for cell in row] for row in found.rows]
    assert ["case-a · q-single-best", "1", "0", "1"] in [row[:4] for row in rows]
    assert not {row[0] for row in rows} & {"wrong", "skipped"}
    assert "1 wrong, 1 left open" in found.text


def test_a_class_that_missed_nothing_critical_hears_so():
    assert "Nobody graded missed a safety-critical item." in drawn(a_class(*mixed_safe())).text


def mixed_safe():
    return [trainee(f"t{i}", {"single_best": True, "numeric": i % 2 == 0}) for i in range(12)]


def people_of_all_sorts():
    return a_class(
        replace(all_right("late"), late_s=7200.0),
        trainee("gaps", {"numeric": None, "ordering": None}, text=Written(blank=True)),
        replace(all_right("redone"), stale=True),
        replace(all_right("gone"), folder_gone=True),
        Trainee("absent", name="Ab Sent"),
        Trainee("waiting", status=WAITING),
        *(all_right(f"fine{i}") for i in range(8)),
        notes=(Note("gaps", "grade", "1 code cell was added, and not run"),),
        free_texts=(TEXT,),
    )


def with_texts(data):
    graded = [
        replace(each, texts={TEXT.place: Written(2.0)} if not each.texts else each.texts)
        for each in data.trainees
    ]
    return replace(data, trainees=tuple(graded))


def test_whoever_needs_a_word_is_named_with_the_reason():
    found = drawn(with_texts(people_of_all_sorts())).text
    for words in (
        "late 2 h late",
        "gaps 2 of 5 items left open; 1 answer in words left blank",
        "redone handed in again since grading",
        "gone graded earlier, but the hand-in is no longer there",
        "Ab Sent (absent) not handed in",
        "waiting not graded yet",
        "gaps grading 1 code cell was added, and not run",
        "Not handed in: 1 of 14: absent",
    ):
        assert words in found, words
    assert "fine0" not in found


def test_the_anonymous_report_names_nobody():
    found = drawn(with_texts(people_of_all_sorts()), anonymous=True).text
    words = set(re.findall(r"[\w-]+", found))
    assert not words & {"gaps", "redone", "gone", "absent", "Ab", "Sent"}
    assert "code cell" not in found
    assert "Not handed in: 1 of 14." in found
    assert "3 of 5 1" in found


def test_nothing_a_trainee_can_choose_becomes_markup():
    people = [
        replace(all_right(HOSTILE), name=HOSTILE, late_s=60.0),
        Trainee(HOSTILE + "2"),
        *mixed(12),
    ]
    found = drawn(a_class(*people, notes=(Note(HOSTILE, "grade", HOSTILE),)))
    assert HOSTILE in found.text
    assert "script" not in found.tags


def test_pictures_say_in_words_what_they_show():
    alts = drawn(a_class(*mixed(12))).of("img", "alt")
    scores, items, objectives = alts[::2]
    # The narrow ones, for a phone, say the same.
    assert alts[1::2] == alts[::2]
    assert scores.startswith("Histogram of the scores of 12 trainees: ")
    assert sum(int(n) for n in re.findall(r"%: (\d+)", scores)) == 12
    for question in QUESTIONS:
        assert question.cell in items
    assert "LO-1.2" in objectives


def test_objectives_are_given_in_words_where_they_are_known():
    data = a_class(*(all_wrong(f"t{i}") for i in range(12)), wording={"LO-1.2": "Count trials."})
    found = drawn(data).text
    assert "Weak objective: LO-1.2 Count trials: the class earns 0 % of its points" in found


def test_a_phone_gets_pictures_of_its_own():
    page = as_file(analyse(a_class(*mixed(12))))
    widths = [int(n) for n in re.findall(r'<img class="narrow"[^>]* width="(\d+)"', page)]
    assert len(widths) == 3
    assert max(widths) <= 396, "wider than a phone of 420 pixels has room for"


def test_the_part_for_notebooks_fits_under_their_headings_and_moves_nothing():
    outline = Outline(as_part(analyse(a_class(*mixed(12)))))
    assert outline.levels[0] == 3
    assert not outline.of("a", "href")
    assert not ids(outline)


def test_the_same_class_gives_the_same_file():
    data = a_class(*mixed(12))
    assert as_file(analyse(data)) == as_file(analyse(data))


def test_few_items_or_equal_totals_have_no_reliability():
    def why(data):
        return [(each.alpha, each.why_not) for each in analyse(data).reliability]

    data = a_class(*mixed(12))
    assert why(replace(data, questions=QUESTIONS[:2])) == [(None, "fewer than 3 items")]
    assert why(a_class(*EXTREMES["all perfect"])) == [(None, "all totals are the same")]
    [(alpha, reason)] = why(data)
    assert alpha <= 1
    assert reason == ""


def test_time_needs_half_of_those_who_answered():
    def timed(n):
        people = [all_right(f"t{i}") for i in range(12)]
        untimed = [
            replace(
                one,
                responses={k: replace(r, seconds=None) for k, r in one.responses.items()},
            )
            for one in people[n:]
        ]
        return analyse(a_class(*people[:n], *untimed)).items[0].median_s

    assert timed(6) == 40
    assert timed(5) is None


# --- the panel --------------------------------------------------------------------------
class FakeCourse:
    classroom = Path("never-written")
    assignments = ("01-first", "02-second")

    def students_with(self, name):
        return ["a"] if name == "01-first" else []


@pytest.fixture
def panel(monkeypatch, tmp_path):
    from trd.grading import report
    from trd.grading.report.panel import ReportPanel

    def made(course, assignment, watch=None, pass_mark=0.8):
        people = mixed(12)
        for _ in watch([each.id for each in people], "reading answers", len(people)):
            seen.append(shown.state.value)
        return Analysis(**vars(analyse(a_class(*people), pass_mark)))

    seen = []
    monkeypatch.setattr(report, "report", made)
    course = FakeCourse()
    course.classroom = tmp_path
    shown = ReportPanel(course, list(course.assignments))
    shown.seen = seen
    return shown


def test_one_button_shows_progress_then_the_report_and_then_writes_it(panel, tmp_path):
    # The class that has handed something in is offered first.
    assert panel.assignment.value == "01-first"
    assert panel.write_button.disabled
    panel.make_button.click()
    assert [int(n) for n in re.findall(r'value="(\d+)"', "".join(panel.seen))] == list(range(12))
    assert "What to look at first" in panel.shown.value
    panel.write_button.click()
    written = tmp_path / "reports" / "01-demo.html"
    assert str(written) in panel.state.value
    assert written.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_another_choice_takes_the_old_report_away(panel, tmp_path):
    panel.make_button.click()
    panel.anonymous.value = True
    assert panel.shown.value == ""
    assert panel.write_button.disabled
    panel.pass_mark.value = 60
    panel.make_button.click()
    assert "at least 60\N{NO-BREAK SPACE}%" in panel.shown.value
    panel.write_button.click()
    page = (tmp_path / "reports" / "01-demo-anonymous.html").read_text(encoding="utf-8")
    assert "names and ids are left out" in page


def test_what_goes_wrong_is_said_in_words_and_the_button_works_again(panel, monkeypatch):
    from trd.grading import report
    from trd.grading.course import CourseError

    def refuse(*_, **__):
        raise CourseError("Nothing is graded <yet>.")

    monkeypatch.setattr(report, "report", refuse)
    panel.make_button.click()
    assert "Nothing is graded &lt;yet&gt;." in panel.state.value
    assert not panel.make_button.disabled
    assert panel.write_button.disabled


def test_a_file_that_cannot_be_written_is_said_so(panel, tmp_path):
    (tmp_path / "reports").write_text("in the way")
    panel.make_button.click()
    panel.write_button.click()
    assert "cannot be written" in panel.state.value


# --- the notebook's own rules -------------------------------------------------------------
def notebook(source="class_report()", kind="report"):
    from sample_course import code, text

    return {
        "cells": [
            text("title", "# A report\n\nPress **>> Start lesson** in the bar above."),
            code(
                "report",
                "# Report: press the button\n"
                f"from trd.grading.report import class_report\n\n{source}",
            ),
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "trd": {"kind": kind, "autorun": True},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"kind": "case"}, {"notebook-metadata"}),
        ({"source": "for _ in [1]:\n    class_report()"}, {"no-logic"}),
        ({"source": "class_report()\nclass_report()"}, {"one-call"}),
    ],
)
def test_a_notebook_for_instructors_is_as_thin_as_a_lesson(changes, rules, tmp_path):
    from sample_course import SampleCourse

    from trd.lint import check, default_paths
    from trd.lint.document import Project

    course = SampleCourse()
    course.notebooks["solutions/a_report.ipynb"] = json.loads(json.dumps(notebook(**changes)))
    course.write(tmp_path)
    found = check(default_paths(tmp_path), Project(tmp_path))
    assert {finding.rule for finding in found} == rules
