"""Cases of lesson 5: every key is worked out from the counts again, and prose quotes its rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casetext import Masters, free_text, tables

from trd import evidence
from trd.communication import personas
from trd.communication.effects import natural_frequency, risk_difference
from trd.communication.readability import readability
from trd.quiz.masters import source_of
from trd.quiz.scoring import fraction

MASTERS = Path(__file__).resolve().parents[2] / "solutions" / "05-risk-communication"
CASES = ("case-a", "case-b")


_masters = Masters(MASTERS, CASES)
_story, _items, _item, _why = _masters.story, _masters.items, _masters.item, _masters.why


def _row(name: str) -> Any:
    row = evidence.rows()[name]
    assert row.status in ("verified", "derived"), name
    return row


def _value(name: str) -> float:
    return float(_row(name).value)


def _counts(name: str) -> tuple[int, int, int, int]:
    """Return people with the event and people, on treatment and on the comparator."""
    treated, control = (_row(f"{name}-{arm}") for arm in ("treatment", "comparator"))
    return int(treated.value), int(treated.n), int(control.value), int(control.n)


def _in_100(events: int, people: int) -> int:
    return natural_frequency(events / people, 100)


def _section(name: str, heading: str) -> str:
    text = _story(name)
    return text[text.index(heading) :].split("\n## ")[0]


def _sentences() -> dict[int, str]:
    """Return the sentences of the page by their number."""
    page = _section("case-a", "## The page")
    return {int(n): words for n, words in re.findall(r"^> (\d+)\. (.+)$", page, re.MULTILINE)}


MURROUGH = "com-e-murrough-response"
SU = "com-e-su-response"
UNREAL = "com-h-su-derealisation"
ABBAR = "com-e-abbar-ideation"
POOLED = "com-e-cochrane-midazolam-response"
SPRAY = "com-e-transform2-response"
KARMA = "com-e-karma-response"
KARMA_WELL = "com-e-karma-remission"


# --- the numbers a story prints --------------------------------------------------------------


def test_the_tables_of_case_a_print_the_counts_of_their_trials():
    (murrough,) = tables(_section("case-a", "## Sentence 3"))
    printed = [(int(line["responded"]), int(line["people"])) for line in murrough]
    x1, n1, x0, n0 = _counts(MURROUGH)
    assert printed == [(x1, n1), (x0, n0)]
    assert [line[""] for line in murrough] == ["ketamine", "midazolam"]
    assert "After 24 hours" in _section("case-a", "## Sentence 3")

    (su,) = tables(_section("case-a", "## What the page does not count"))
    for line, name in zip(su, (SU, UNREAL), strict=True):
        x1, n1, x0, n0 = _counts(name)
        assert (line["ketamine"], line["midazolam"]) == (f"{x1} of {n1}", f"{x0} of {n0}")
    assert f"{_row('com-t-su-design').n} people" in _story("case-a")
    assert "days 2 to 3" in su[0][""]
    assert "during the infusion" in su[1][""]


def test_the_interval_of_sentence_3_is_newcombes():
    effect, row = risk_difference(*_counts(MURROUGH)), _row(f"{MURROUGH}-difference")
    low, high = round(100 * effect.low, 1), round(100 * effect.high, 1)
    assert (low, high) == (float(row.low), float(row.high))
    assert f"runs from {low:g} to {high:g} more in 100" in _story("case-a")


def test_the_page_says_what_the_ratio_says():
    x1, n1, x0, n0 = _counts(MURROUGH)
    more = 100 * ((x1 / n1) / (x0 / n0) - 1)
    assert f"{more:.0f} % more likely" in _sentences()[3]
    assert "Seven in ten" in _sentences()[2]
    assert "63 % in a trial" in _sentences()[6]


def test_the_table_of_case_b_prints_its_rows():
    (desk,) = tables(_section("case-b", "## On your desk"))
    shown = [(line["Ketamine"], line["Midazolam"]) for line in desk]
    well = [str(_in_100(*_counts(KARMA_WELL)[i : i + 2])) for i in (0, 2)]
    cochrane = [f"{_value(f'com-framing-{name}'):g}" for name in ("gain", "gain-comparator")]
    murrough = [str(_in_100(*_counts(MURROUGH)[i : i + 2])) for i in (0, 2)]
    open_label = round(_value("com-t-murrough-open-response-share"))
    unreal = [str(_in_100(*_counts(UNREAL)[i : i + 2])) for i in (0, 2)]
    numbers = [well, cochrane, murrough, [str(open_label), "nobody"], unreal]
    assert shown == [tuple(each) for each in numbers]
    effect = risk_difference(*_counts(KARMA_WELL))
    assert effect.crosses_no_effect
    fewer, more = round(-100 * effect.low), round(100 * effect.high)
    assert f"could be chance: from {fewer} fewer to {more} more in 100" in _story("case-b")
    days = _row("com-t-murrough-open-relapse-days")
    assert f"median of {days.value} days" in _story("case-b")
    assert f"{days.n} people who all knew" in desk[3]["Who, when, what was counted"]
    assert f"{_row('com-t-karma-design').n} people" in desk[0]["Who, when, what was counted"]
    assert f"{_row('com-t-murrough-rct-design').n} people" in desk[2]["Who, when, what was counted"]
    assert f"{_row('com-t-su-design').n} people" in desk[4]["Who, when, what was counted"]
    counted = [line["Who, when, what was counted"].split(": ")[1] for line in desk]
    assert counted == ["in remission", *["at least half better"] * 3, "felt unreal"]


# --- keys ------------------------------------------------------------------------------------

Decide = Callable[[Any], Any]


def _of_those_who_began(item: Any) -> float:
    text = _section("case-a", "## Sentence 2")
    began, came, better = (
        int(re.search(pattern, text)[1])  # type: ignore[index]
        for pattern in (r"(\d+) people began", r"(\d+) came to all", r"and (\d+) of the 40")
    )
    assert better / came == 0.7  # the page's seven in ten
    assert f"The other {began - came} are" in text
    return natural_frequency(better / began, 100)


def _which_sum(item: Any) -> dict[str, str]:
    assert "From the first row of the table above" in item.stem
    x1, n1, x0, n0 = _counts(SU)
    p1, p0 = 100 * x1 / n1, 100 * x0 / n0
    odds = (x1 / (n1 - x1)) / (x0 / (n0 - x0))
    sums = {
        "rates-divided": f"“A response was {100 * (p1 / p0 - 1):.0f} % more likely”",
        "odds-divided": f"“The odds of a response were {odds:.1f} times as high”",
        "rates-subtracted": f"“{p1 - p0:.0f} more in 100 responded”",
        "other-side": f"“{_in_100(n0 - x0, n0)} in 100 did not respond with midazolam”",
    }
    by_words = {words: name for name, words in sums.items()}
    return {prompt: by_words[words] for prompt, words in item.prompts.items()}


def _four_and_a_half(item: Any) -> str:
    x1, n1, x0, n0 = _counts(MURROUGH)
    odds = (x1 / (n1 - x1)) / (x0 / (n0 - x0))
    assert f"{odds:.1f}" == "4.5"
    (key,) = [
        option
        for option, words in item.options.items()
        if words.endswith(f"it was {(x1 / n1) / (x0 / n0):.1f} times as likely")
    ]
    return key


def _spoken(effect: Any) -> tuple[str, str]:
    """Return a difference as a prompt prints it, with its interval in brackets."""
    rd, low, high = (round(100 * each, 1) for each in (effect.rd, effect.low, effect.high))
    if high < 0:
        return f"{-rd} fewer in 100", f"({-high} to {-low} fewer)"
    if low > 0:
        return f"{rd} more in 100", f"({low} to {high} more)"
    return f"{rd} more in 100", f"({-low} fewer to {high} more)"


def _may_it_be_quoted(item: Any) -> dict[str, str]:
    trials = {
        "eight-doses": (KARMA_WELL, "one-response"),
        "going-on": ("com-e-sustain1-remitters", "one-relapse"),
    }
    found = {}
    for prompt, (name, outcome) in trials.items():
        effect, row = risk_difference(*_counts(name)), _row(f"{name}-difference")
        assert round(100 * effect.rd, 1) == float(row.value)
        for words in _spoken(effect):
            assert words in item.prompts[prompt], prompt
        found[prompt] = "could-be-none" if effect.crosses_no_effect else outcome
        assert (f"{name}-nnt" in evidence.rows()) == (not effect.crosses_no_effect)
    for prompt, name in (("spray", SPRAY), ("review", POOLED)):
        row = _row(f"{name}-difference")  # published as percentages, so there are no counts
        rd, low, high = float(row.value), float(row.low), float(row.high)
        assert f"{rd} more in 100 respond ({low:.1f} to {high:.1f} more)" in item.prompts[prompt]
        found[prompt] = "one-response" if low > 0 else "could-be-none"
    assert "new antidepressant tablet" in _row(f"{SPRAY}-difference").population
    assert "4 trials" in _row(f"{POOLED}-difference").note
    assert "includes no effect" in _row(f"{POOLED}-difference").note
    assert "not to be quoted alone" in _row(f"{POOLED}-nnt").statement
    row = _row("com-t-alnefeesi-response")
    assert "79 studies" in row.statement
    assert "plus or minus 10" in row.statement
    assert "no control" in row.population
    value = int(row.value)
    printed = f"{int(row.n):,} people: {value} in 100 respond ({value - 10} to {value + 10})"
    assert printed in item.prompts["cohorts"]
    found["cohorts"] = "nobody-compared"
    assert "It needs a comparator and an interval on one side" in _story("case-a")
    return found


def _two_hundred_and_fifty(item: Any) -> float:
    people = 250
    assert f"treats {people} people a year" in item.stem
    return natural_frequency(risk_difference(*_counts(UNREAL)).rd, people)


def _divide_first(item: Any) -> float:
    events, counted = int(_value(f"{ABBAR}-treatment")), int(_row(f"{ABBAR}-treatment").n)
    text = _section("case-a", "## Sentence 6")
    assert "“46 (63.0 %) of 83”" in text
    assert "“25 (31.6 %) of 73”" in text
    assert f"{events} people are 63.0 per cent of how many" in item.stem
    assert round(events / 0.630) == counted
    assert round(100 * events / 83, 1) == 55.4  # as printed it does not add up
    x0, n0 = _counts(ABBAR)[2:]
    assert round(100 * x0 / n0, 1) == 31.6
    assert "swapped" in _row("com-t-abbar-design").note
    return counted


def _in_place_of_six(item: Any) -> str:
    day3 = [_in_100(*_counts(ABBAR)[i : i + 2]) for i in (0, 2)]
    assert "no clear difference" in _row("com-t-abbar-week6").statement
    vignette = " ".join(item.vignette.split())
    ketamine, saline = (_row(f"com-t-abbar-attempts-{arm}") for arm in ("ketamine", "saline"))
    assert f"{ketamine.value} of the {ketamine.n} people on ketamine had attempted" in vignette
    assert f"and {saline.value} of the {saline.n} on saline" in vignette
    assert {_row(f"com-t-abbar-{what}").locator for what in ("week6", "attempts-saline")} == {
        "abstract"
    }
    assert "inpatients" in _row("com-t-abbar-design").population
    assert "bipolar" in _row("com-t-abbar-limit").statement
    (key,) = [
        option
        for option, words in item.options.items()
        if f"Of 100 people in hospital {day3[0]} were free" in words
        and f"and {100 - day3[0]} were not; with saline {day3[1]} were" in words
        and "At week 6: no clear gap" in words
    ]
    return key


def _just_as_good(item: Any) -> str:
    vignette = " ".join(item.vignette.split())
    x1, n1, x0, n0 = _counts("com-e-feder-ptsd")
    assert f"{n1 + n0} people had repeated infusions" in vignette
    assert f"at week 2, {x1} of {n1} had responded with ketamine and {x0} of {n0}" in vignette
    assert "at least 30 % better" in vignette
    assert "at least 30 % better" in _row("com-e-feder-ptsd-treatment").statement
    largest = _row("com-use-ptsd-2022")
    assert f"{largest.n} people took part: it saw no effect on PTSD" in vignette
    assert "no effect on it; depression improved" in largest.statement
    assert f"{_in_100(x1, n1)} against {_in_100(x0, n0)} of 100" in item.options["works"]
    low = risk_difference(x1, n1, x0, n0).low
    assert low > 0  # one for it, one against it: unsettled
    (key,) = [option for option, words in item.options.items() if "unsettled" in words]
    return key


def _a_year_later(item: Any) -> float:
    text = _section("case-a", "## Sentence 7")
    well = {arm: _value(f"com-t-ketect-remission-{arm}") for arm in ("ketamine", "ect")}
    back = {arm: _value(f"com-long-ketect-{arm}") for arm in ("ketamine", "ect")}
    assert f"{well['ketamine']:g} % were in remission with ketamine and {well['ect']:g} %" in text
    assert f"{back['ketamine']:g} % relapsed within 12 months after ketamine" in text
    assert f"{back['ect']:g} % after ECT" in text
    stay = {arm: round(well[arm] * (100 - back[arm]) / 100) for arm in well}
    assert f"With ECT {well['ect']:g} and {100 - back['ect']:g} % make {stay['ect']}" in _why(
        "a-year-later"
    )
    return stay["ketamine"]


def _kinds_of_flaw(item: Any) -> dict[str, str]:
    for words in item.prompts.values():
        number, said = re.fullmatch(r"(\d+): “(.+)”", words).groups()  # type: ignore[union-attr]
        assert said.removeprefix("Our ").lower() in _sentences()[int(number)].lower()
    kinds = [line["Kind"] for line in tables(_section("case-a", "## The whole page"))[0]]
    assert sorted(kinds) == sorted(item.options.values())
    # What each sentence holds that the table's words stand for.
    signs = {
        "within hours": "Too big",
        "mild": "Left out",
        "for good": "Too big",
        "PTSD": "Too wide",
        "Half price": "Hope for sale",
        "first name": "Warm",
        "no cure-all": "Bears out",
    }
    ids = {words: name for name, words in item.options.items()}
    found = {}
    for prompt, words in item.prompts.items():
        (kind,) = [kind for sign, kind in signs.items() if sign in words]
        found[prompt] = ids[kind]
    return found


def _what_is_missing(item: Any) -> set[str]:
    page = " ".join(_sentences().values()).lower()
    said = {
        "how-soon": ("within hours",),
        "for-everyone": ("not for everyone",),
        "compared-with": ("placebo", "midazolam", "saline", "without ketamine", "control group"),
        "off-label": ("off-label", "approved", "licen"),
        "what-else": ("ect", "rtms", "magnet", "psychotherapy", "another"),
    }
    assert set(said) == set(item.options)
    return {
        option
        for option, signs in said.items()
        if not any(re.search(rf"\b{re.escape(sign)}", page) for sign in signs)
    }


def _in_place_of_two(item: Any) -> str:
    x1, n1, x0, n0 = _counts(KARMA)
    effect = risk_difference(x1, n1, x0, n0)
    assert effect.crosses_no_effect
    vignette = " ".join(item.vignette.split())
    assert f"{x1} of {n1} had responded with ketamine and {x0} of {n0} with midazolam" in vignette
    rd, low, high = (round(100 * each, 1) for each in (effect.rd, effect.low, effect.high))
    assert f"{rd} more in 100, with an interval from {-low} fewer to {high} more" in vignette
    assert "guessed right" in _row("com-t-karma-guess").statement
    ratio = 100 * ((x1 / n1) / (x0 / n0) - 1)
    assert f"{ratio:.0f} % more likely" in item.options["as-ratio"]
    one, other = _in_100(x1, n1), _in_100(x0, n0)
    (key,) = [
        option
        for option, words in item.options.items()
        if f"Of 100 people in hospital {one} responded" in words
        and f"and {100 - one} did not; with midazolam {other} did" in words
        and "could be chance" in words
    ]
    return key


def _who_may_say_it(item: Any) -> str:
    bound, gap = _row("com-promo-balance"), _row("com-promo-gap")
    told = _section("case-a", "## Who checks such a page?")
    for row, words in (
        (bound, "makers, packers and distributors"),
        (gap, "linics and telehealth firms"),
        (_row("com-promo-crane"), "alse or misleading claims"),
    ):
        assert words in row.statement
        assert words in told
    assert "were common" in _row("com-promo-crane").statement
    assert "were common" in told
    assert "Maryland" in told
    (key,) = [o for o, words in item.options.items() if "binds makers" in words]
    assert "clinics seem to fall in a gap" in item.options[key]
    return key


def _before_the_letter(item: Any) -> str:
    assert "safety, before any number" in _story("case-b")
    assert "easier not to wake up" in _story("case-b")
    (key,) = [o for o, words in item.options.items() if "ask about thoughts of suicide" in words]
    return key


def _which_row(item: Any) -> str:
    """She asks about being well, after eight drips, and a number wants a comparator."""
    assert "after eight drips" in _section("case-b", "## Monday, 8:10")
    assert "Would I be who I was?" in _section("case-b", "## Monday, 8:10")
    (desk,) = tables(_section("case-b", "## On your desk"))
    (row,) = [
        line
        for line in desk
        if line["Who, when, what was counted"].endswith(
            "end of up to eight infusions: in remission"
        )
    ]
    for option, line in zip(
        ("remission-course", "half-better-day", "half-better-one", "half-better-open"),
        desk[:4],  # the last row is a harm
        strict=True,
    ):
        assert f": {line['Ketamine']}," in item.options[option]
        assert line["Midazolam"].split()[0] in item.options[option]
    (key,) = [
        option
        for option, words in item.options.items()
        if f"{row['Ketamine']}, midazolam {row['Midazolam']}" in words
    ]
    return key


def _speaks_for_her(item: Any) -> str:
    assert "Mrs M. lives at home" in item.stem
    assert "inpatient" in _row("com-t-karma-design").population
    assert "mostly outpatients" in _row("com-t-elektd-design").population
    lesson = (MASTERS.parents[1] / "course" / "05_communicating_risk.ipynb").read_text("utf-8")
    assert "Not studied is neither dangerous nor useless" in lesson
    assert "promise less and watch more" in lesson
    advice = _section("case-b", "## What you go by")
    assert "say so, promise less and watch more" in advice
    assert "not studied is neither dangerous nor useless" in advice
    (key,) = [o for o, words in item.options.items() if "better or worse" in words]
    return key


def _nobody_knows(item: Any) -> set[str]:
    known = {
        # The story says it, and a row does.
        "approved": "not for depression" in _story("case-b"),
        "comes-back": _value("com-t-murrough-open-relapse-days") > 0,
        "she-herself": False,
        "years": False,
        "hope-and-care": False,
    }
    assert set(known) == set(item.options)
    lesson = (MASTERS.parents[1] / "course" / "05_communicating_risk.ipynb").read_text("utf-8")
    for words in ("**Who will respond.**", "what years of them do", "**How much is the drug,**"):
        assert words in lesson
    return {option for option, is_known in known.items() if not is_known}


def _hear_it_back(item: Any) -> str:
    assert "hear it back" in _story("case-b")
    assert "only 4 of high quality" in _row("screen-consent-teachback").statement
    assert "only 4 were of high quality" in item.secret.why["say-how-often"]
    (key,) = [o for o, words in item.options.items() if "in your words" in words]
    return key


def _for_a_tired_reader(item: Any) -> str:
    """Of the versions that hold every part of the number, the one with the lowest grade."""
    better, control = (int(_value(f"com-framing-{n}")) for n in ("gain", "gain-comparator"))
    assert "For the second row" in item.stem
    parts = (str(better), str(control), str(100 - better), "day")
    complete = {
        option: readability(words.strip("“”")).flesch_kincaid_grade
        for option, words in item.options.items()
        if all(part in words for part in parts)
    }
    assert len(complete) == 3
    easiest = min(complete, key=lambda option: complete[option])
    assert complete[easiest] <= 6
    assert all(grade > 8 for option, grade in complete.items() if option != easiest)
    return easiest


RULES: dict[str, Decide] = {
    "of-those-who-began": _of_those_who_began,
    "more-in-a-hundred": lambda _: round(100 * risk_difference(*_counts(MURROUGH)).rd, 1),
    "which-sum": _which_sum,
    "four-and-a-half": _four_and_a_half,
    "treat-how-many": lambda _: round(risk_difference(*_counts(MURROUGH)).nnt or 0, 1),
    "may-it-be-quoted": _may_it_be_quoted,
    "and-the-others": lambda _: 100 - _in_100(*_counts(SU)[:2]),
    "two-hundred-and-fifty": _two_hundred_and_fifty,
    "divide-first": _divide_first,
    "in-place-of-six": _in_place_of_six,
    "just-as-good": _just_as_good,
    "a-year-later": _a_year_later,
    "kinds-of-flaw": _kinds_of_flaw,
    "what-is-missing": _what_is_missing,
    "in-place-of-two": _in_place_of_two,
    "who-may-say-it": _who_may_say_it,
    "before-the-letter": _before_the_letter,
    "which-row": _which_row,
    "speaks-for-her": _speaks_for_her,
    "nobody-knows": _nobody_knows,
    "hear-it-back": _hear_it_back,
    "for-a-tired-reader": _for_a_tired_reader,
}


def test_every_item_is_decided_by_a_rule():
    assert set(_items()) == set(RULES)


@pytest.mark.parametrize("item_id", RULES)
def test_key_is_what_the_counts_and_the_sources_say(item_id):
    item = _item(item_id)
    key = set(item.secret.key) if item.kind == "multiple_response" else item.secret.key
    expected = RULES[item_id](item)
    if isinstance(key, int | float):
        expected = pytest.approx(expected)
    assert key == expected


def test_no_number_needed_is_printed_without_a_comparator_or_across_no_difference():
    for prompt in ("eight-doses", "review"):
        assert _item("may-it-be-quoted").secret.key[prompt] == "could-be-none"
    effect = risk_difference(*_counts(MURROUGH))
    ends = f"{effect.nnt_low:.1f} to {effect.nnt_high:.1f}"
    assert ends in _why("treat-how-many")
    row = _row(f"{SPRAY}-nnt")
    assert f"{row.value}, from {row.low} to {row.high}" in _why("may-it-be-quoted", "spray")
    relapse = risk_difference(*_counts("com-e-sustain1-remitters"))
    assert (
        f"about {relapse.nnt:.0f} people, from {relapse.nnt_low:.0f} to {relapse.nnt_high:.0f}"
        in _why("may-it-be-quoted", "going-on")
    )


# --- what a key rests on ---------------------------------------------------------------------

#: The rows whose source an item has to cite.
RESTS_ON = {
    "of-those-who-began": ["com-t-mcinnes-data"],
    "more-in-a-hundred": [f"{MURROUGH}-difference"],
    "which-sum": [f"{SU}-difference"],
    "four-and-a-half": [f"{MURROUGH}-difference"],
    "treat-how-many": [f"{MURROUGH}-nnt"],
    "and-the-others": [f"{SU}-treatment"],
    "two-hundred-and-fifty": [f"{UNREAL}-difference", "com-h-transform-serious-treatment"],
    "divide-first": ["com-t-abbar-design"],
    "in-place-of-six": [f"{ABBAR}-treatment", "com-t-abbar-attempts-ketamine"],
    "just-as-good": ["com-e-feder-ptsd-difference", "com-use-ptsd-2022"],
    "a-year-later": ["com-t-ketect-remission-ketamine", "com-long-ketect-ketamine"],
    "in-place-of-two": [f"{KARMA}-difference"],
    "who-may-say-it": ["com-promo-balance", "com-promo-gap", "com-promo-crane"],
    "what-is-missing": ["acc-offlabel-crane", "acc-oxford-unlicensed"],
    "before-the-letter": ["screen-asking-is-safe", "com-e-su-ideation-4h-treatment"],
    "which-row": [f"{KARMA_WELL}-difference"],
    "speaks-for-her": ["com-t-karma-design", "com-t-elektd-design"],
    "nobody-knows": ["com-bladder-bias", "com-t-karma-guess"],
    "hear-it-back": ["screen-consent-teachback"],
    "for-a-tired-reader": [f"{POOLED}-treatment", "com-framing-gain"],
}


@pytest.mark.parametrize("item_id", RESTS_ON)
def test_no_key_rests_on_hearsay_and_its_sources_are_cited(item_id):
    cited = set(_item(item_id).secret.cite)
    for name in RESTS_ON[item_id]:
        assert cited & set(_row(name).sources), name


def test_the_other_keys_name_the_rule_or_list_they_go_by():
    named = {
        "may-it-be-quoted": "By rule 3",
        "kinds-of-flaw": "By the table above",
        "before-the-letter": "By the order above",
        "speaks-for-her": "By lesson 5’s advice",
        "nobody-knows": "By lesson 5",
    }
    for item_id, words in named.items():
        assert words in _item(item_id).stem
    assert set(_items()) == set(RESTS_ON) | set(named)


#: Figures that a rationale quotes in passing: item, option, the words, and their row.
QUOTED: list[tuple[str, str | None, str, str]] = [
    ("of-those-who-began", None, "537 of 9,016 people", "com-t-mcinnes-data"),
    ("two-hundred-and-fifty", None, "{value} in 100", "com-h-transform-serious-treatment"),
    ("two-hundred-and-fifty", None, "spray {value}", "com-h-transform-serious-comparator"),
    ("kinds-of-flaw", "fog", "{value} of 100", "com-framing-gain"),
    ("kinds-of-flaw", "fog", "{value} with midazolam", "com-framing-gain-comparator"),
    ("kinds-of-flaw", "floating", "{value} of 100", f"{UNREAL}-treatment-per100"),
    ("kinds-of-flaw", "for-good", "{value} % were in", "com-t-ketect-remission-ketamine"),
    ("kinds-of-flaw", "for-good", "those {value} % relapsed", "com-long-ketect-ketamine"),
    ("kinds-of-flaw", "future", "in {value}", "acc-history-first-trial"),
    ("in-place-of-six", "sixty-three-alone", "{value} of 100", f"{ABBAR}-comparator-per100"),
    ("before-the-letter", "this-week", "in {value} and 7", "com-e-su-ideation-4h-treatment-per100"),
    ("before-the-letter", "this-week", "and {value} of", "com-e-su-ideation-4h-comparator-per100"),
    (
        "before-the-letter",
        "this-week",
        "in {value} and 17",
        "com-e-su-ideation-d14-treatment-per100",
    ),
    ("nobody-knows", "years", "{value} treatment studies", "com-bladder-review-studies"),
    ("nobody-knows", "years", "{value} % were at low risk", "com-bladder-bias"),
    ("nobody-knows", "years", "to {high} %", "com-bladder-review"),
    (
        "nobody-knows",
        "comes-back",
        "{value} days, in those of {n} people",
        "com-t-murrough-open-relapse-days",
    ),
    ("hear-it-back", "say-how-often", "{value} of {n} studies", "screen-consent-teachback"),
]


@pytest.mark.parametrize(("item_id", "option", "words", "name"), QUOTED)
def test_rationales_quote_their_rows(item_id, option, words, name):
    row = _row(name)
    assert words.format(value=row.value, n=row.n, low=row.low, high=row.high) in _why(
        item_id, option
    )
    if "537" in words:
        assert "537 / 9016" in row.note


# --- numbers a person types ------------------------------------------------------------------

M1, MN1, M0, MN0 = 30, 47, 7, 25

#: The wrong ways that the common errors name, worked out.
WRONG_WAYS: dict[str, dict[str, float]] = {
    "of-those-who-began": {
        "of those who stayed": 100 * 28 / 40,
        "who stayed": 100 * 40 / 60,
        "the count": 28,
        "the unknown": 100 * 20 / 60,
        "the other side": 100 * 32 / 60,
    },
    "more-in-a-hundred": {
        "everybody": 100 * M1 / MN1,
        "per cent more": 100 * ((M1 / MN1) / (M0 / MN0) - 1),
        "counts": M1 - M0,
        "ratio": (M1 / MN1) / (M0 / MN0),
        "turned over": 1 / (M1 / MN1 - M0 / MN0),
    },
    "treat-how-many": {
        "the difference": 100 * (M1 / MN1 - M0 / MN0),
        "a fraction": M1 / MN1 - M0 / MN0,
        "ratio": (M1 / MN1) / (M0 / MN0),
        "no control": MN1 / M1,
        "counts": M1 - M0,
    },
    "and-the-others": {
        "the responders": 100 * 15 / 42,
        "the count": 27,
        "midazolam": 100 * 37 / 42,
        "the difference": 100 * 10 / 42,
    },
    "two-hundred-and-fifty": {
        "everybody": 250 * 29 / 42,
        "midazolam": 250 * 7 / 42,
        "in 100": 100 * 22 / 42,
        "counts": 22,
        "ratio": 29 / 7,
    },
    "divide-first": {
        "as printed": 83,
        "the other arm": 25 / 0.316,
        "as a rate": 100 * 46 / 83,
        "times": 46 * 0.63,
        "both": 73 + 83,
    },
    "a-year-later": {
        "the end": 46,
        "those who stay well": 30,
        "relapsed": 46 * 0.7,
        "ect": 63 * 0.37,
        "subtracted": 70 - 46,
    },
}
#: What honest rounding on the way gives.
HONEST: dict[str, list[float]] = {
    "of-those-who-began": [47, 46.7, 46.67],
    "more-in-a-hundred": [35.8, 36, 35.83, 64 - 28, 63.8 - 28],
    "treat-how-many": [2.8, 2.79, 100 / 36, 3],
    "and-the-others": [64, 64.3, 100 - 36],
    "two-hundred-and-fifty": [131, 130.95, 2.5 * 52, 2.5 * 52.4],
    "divide-first": [73, 73.02],
    "a-year-later": [14, 13.8],
}


@pytest.mark.parametrize("item_id", WRONG_WAYS)
def test_honest_rounding_passes_and_each_named_wrong_way_fails(item_id):
    item = _item(item_id)
    secret = item.secret
    for value in HONEST[item_id]:
        assert fraction(item, value) == 1, value
    named = [float(value) for value in secret.common_errors]
    for way, value in WRONG_WAYS[item_id].items():
        assert fraction(item, value) == 0, way
        assert any(abs(value - each) <= max(secret.tolerance, 0.5) for each in named), way
    assert len(named) == len(WRONG_WAYS[item_id])
    for value in named:
        assert abs(value - secret.key) > secret.tolerance
        assert item.minimum <= value <= item.maximum
    # The first error within the tolerance is shown, so two must not claim the same answer.
    assert all(abs(a - b) > secret.tolerance for a in named for b in named if a is not b)


# --- the assignment as a whole ---------------------------------------------------------------


def test_every_objective_is_covered_and_each_case_has_its_measure():
    items = [item for _, item in _items().values()]
    assert {item.objective for item in items} == {f"LO-5.{n}" for n in range(1, 10)}
    by_case = {name: [i for case, i in _items().values() if case == name] for name in CASES}
    assert len(by_case["case-a"]) >= 12
    assert 3 <= len(by_case["case-b"]) <= 6
    assert {item.id for item in items if item.kind == "numeric"} == set(WRONG_WAYS)
    assert set(HONEST) == set(WRONG_WAYS)
    for name in CASES:
        assert any(item.safety_critical for item in by_case[name])


def test_no_dose_and_no_real_clinic_is_named():
    for name in CASES:
        text = (MASTERS / f"{name}.ipynb").read_text(encoding="utf-8")
        assert not re.search(r"\d\s*(?:mg|mcg|µg)\b", text)
        assert "fictional" in text


def test_mrs_m_is_none_of_the_people_of_the_lesson():
    assert "Mrs M., 58, teaches the piano" in _story("case-b")
    lesson = (MASTERS.parents[1] / "course" / "05_communicating_risk.ipynb").read_text("utf-8")
    assert not re.search(r"\bM(?:rs|s|r) M\.", lesson)
    assert "Mrs D." not in (MASTERS / "case-b.ipynb").read_text("utf-8")
    for person in personas.people():
        assert "58" not in person.title
        assert "piano" not in person.who


# --- the letter ------------------------------------------------------------------------------


def _free_text() -> dict[str, Any]:
    return free_text(MASTERS / "case-b.ipynb")


def _letter() -> str:
    text = source_of(_free_text())
    return text[text.index("Dear Mrs M.,") : text.index("**Rubric**")]


def _rubric() -> list[tuple[float, str, str]]:
    found = re.findall(r"^- (\d(?:\.\d)?): (P\d)\. (.+)$", source_of(_free_text()), re.MULTILINE)
    return [(float(points), part, words) for points, part, words in found]


def test_the_rubric_has_half_points_one_for_each_half_of_the_four_parts():
    lines = _rubric()
    assert {points for points, _, _ in lines} == {0.5}
    for part in personas.POINTS:
        assert sum(points for points, each, _ in lines if each == part) == 1, part
    total = sum(points for points, _, _ in lines)
    assert total == 4 == _free_text()["metadata"]["nbgrader"]["points"]


def test_what_earns_nothing_is_told_to_trainee_and_marker():
    hidden, told = source_of(_free_text()), _section("case-b", "## Your letter")
    assert "Critical fail: 0 for the whole letter" in hidden
    assert "earn 0 for the whole letter" in told
    for word in (
        "cure or safety",
        "a number from nowhere",
        "neither on the desk nor in the course",
        "approved",
        "nights",
        "stop her tablets",
        "at home",
    ):
        assert word in told, word
        assert word in hidden, word
    for part in personas.POINTS:
        assert f"**{part}**" in told


def test_the_model_letter_keeps_the_length_and_the_ease_that_are_asked_for():
    letter = _letter()
    asked = re.search(r"\*\*(\d+) to (\d+) words\*\*", _story("case-b"))
    assert asked is not None
    low, high = map(int, asked.groups())
    assert low <= len(letter.split()) <= high
    assert readability(letter).flesch_kincaid_grade <= 6
    assert "6 is good, above 8 is too hard" in _story("case-b")


def test_the_model_letter_says_the_number_with_all_its_parts_and_promises_nothing():
    letter = _letter()
    well, control = (_in_100(*_counts(KARMA_WELL)[i : i + 2]) for i in (0, 2))
    unreal = [_in_100(*_counts(UNREAL)[i : i + 2]) for i in (0, 2)]
    assert set(re.findall(r"\d+", letter)) == {
        str(n) for n in (well, control, 100 - well, 100, *unreal)
    }
    assert (
        f"{unreal[0]} of 100 felt unreal during the drip. With the other drug it was {unreal[1]}."
        in letter
    )
    for words in (
        "I cannot promise",
        "up to eight drips",
        "people in hospital",
        "Would you be who you were?",
        "The gap could be chance",
        "not approved for depression",
        "off-label",
        "nobody knows",
        "do not stop your tablets",
        "If the nights get darker",
        "ECT",
        "in your words",
    ):
        assert words in letter, words
    for words in ("safe", "will help", "proven", "breakthrough", "never"):
        assert words not in letter
