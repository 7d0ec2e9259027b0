"""Cases of lesson 2: keys that a model decides equal what the models say, and so does the prose."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from casetext import Masters, case_text, free_text, rubric_points, tables

from trd import evidence
from trd.mechanism import (
    CLEMENTS_250,
    DOMINO,
    KAMP_2020,
    MODELS,
    MOLAR_MASS,
    Infusion,
    auc,
    blocked_at_equilibrium,
    concentration,
    exposure,
    ic50_at_voltage,
    inhibition,
    magnesium_unblocked,
    micromolar,
    minutes_to_fall,
    population,
    relative_curve,
    route,
    time_constant_s,
    unbound_um,
    with_clearance,
    with_pauses,
)
from trd.mechanism.hypotheses import Piece, hypotheses, links
from trd.mechanism.infusion_report import COMPARISONS
from trd.quiz.masters import items_in, source_of
from trd.quiz.scoring import fraction

ROOT = Path(__file__).resolve().parents[2]
MASTERS = ROOT / "solutions" / "02-mechanism"
LESSON = ROOT / "course" / "02_nmda_and_glutamate.ipynb"
CASES = ("case-a", "case-b")

RACEMATE = (CLEMENTS_250, KAMP_2020, DOMINO)

# --- the infusion of case A, as encoded; the tests below hold the story against it -----------

WEIGHT_KG, OLD_WEIGHT_KG = 84.0, 96.0
MG_PER_KG, MG_PER_ML, MINUTES, WATCH_MIN = 0.5, 2.0, 40.0, 60.0
PAUSE = (24.0, 34.0)
LEVEL = 210.0
#: Ms B. in the next room, dosed by the weight of an old letter.
HER_KG, HER_OLD_KG = 56.0, 64.0

DOSE_MG = MG_PER_KG * WEIGHT_KG
ORDERED = Infusion(0, MINUTES, DOSE_MG)
PAUSED = with_pauses(ORDERED, [PAUSE])
LEFT_MG = DOSE_MG * (1 - PAUSE[0] / MINUTES)


_masters = Masters(MASTERS, CASES)
_story, _items, _why = _masters.story, _masters.items, _masters.why


#: The names that the panel of the lesson gives the models.
LABELS = {label: model for label, model, _ in COMPARISONS["racemate"]}


def _number(printed: str) -> float:
    return float(printed.replace("−", "-"))


def _numbers(text: str) -> list[float]:
    return [_number(n) for n in re.findall(r"[−-]?\d+(?:\.\d+)?", text)]


# --- what the story prints -------------------------------------------------------------------


def test_order_set_and_chart_are_what_the_keys_rest_on():
    text = _story("case-a")
    orders = {row["Line"]: row["Order"] for row in tables(text)[0]}
    assert orders["Dose"] == f"{MG_PER_KG:g} mg/kg ketamine base, by the weight measured today"
    assert orders["Syringe"] == f"{MG_PER_ML:g} mg/mL ketamine base"
    assert orders["Time"].startswith(f"{MINUTES:g} min")
    assert orders["Watch"].startswith(f"{WATCH_MIN:g} min from the true end")
    assert "same rate, until the ordered dose is in" in orders["Resume"]
    assert f"six months ago says {OLD_WEIGHT_KG:g} kg" in text
    assert f"weighs him this morning: {WEIGHT_KG:g} kg" in text
    assert [float(n) for n in re.findall(r"At minute (\d+)", text)] == list(PAUSE)
    assert f"at minute {MINUTES:g}: total ketamine {LEVEL:g} ng/mL" in text
    assert "first infusion (the same order, no pause)" in text


def test_pressure_passes_the_limit_at_the_pause_and_is_within_it_afterwards():
    text = _story("case-a")
    limit, high, calm = [
        tuple(map(int, pair)) for pair in re.findall(r"(\d{2,3})/(\d{2,3}) mmHg", text)
    ]
    assert high[0] > limit[0]
    assert high[1] > limit[1]
    assert calm[0] < limit[0]
    assert calm[1] < limit[1]


def test_table_of_models_is_what_the_models_give():
    rows = tables(_story("case-a"))[1]
    for row in rows:
        model = LABELS[row["Model"].removesuffix(" (default)")]
        assert row["Blood it was built on"] == model.sampling.value
        level = float(concentration(model, ORDERED, WEIGHT_KG, MINUTES))
        assert float(row["ng/mL at minute 40"]) == pytest.approx(level, abs=0.5)
    assert len(rows) == len(RACEMATE)


def _band() -> tuple[float, float]:
    band = population(CLEMENTS_250, ORDERED, WEIGHT_KG, [MINUTES], people=2000)
    low, *_, high = band.ng_per_ml[:, 0]
    return float(low), float(high)


def test_band_around_the_default_model_is_what_the_model_gives():
    found = re.search(
        r"default model, nine in ten people end at about (\d+) to (\d+) ng/mL", _story("case-a")
    )
    assert found
    assert [float(n) for n in found.groups()] == [round(end, -1) for end in _band()]
    row = evidence.rows()["mech-sim-clements-band"]
    assert found.groups() == (row.low, row.high)
    assert f"about {row.high}" in _why("reading-the-level", "lower")


def test_the_next_room_is_booked_for_the_minute_the_infusion_would_have_left_it():
    found = re.search(r"booked for minute (\d+)", _story("case-a"))
    assert found
    assert float(found.group(1)) == MINUTES + WATCH_MIN < PAUSED[-1].end_min + WATCH_MIN


#: Printed figures of studies: cell of the story -> evidence row.
PRINTED_ROWS = {
    ("case-a", "Area under the ketamine curve", 0): "mech-ix-stjohn-auc",
    ("case-a", "Area under the ketamine curve", 1): "mech-ix-rifampicin-oral",
    ("case-a", "Area under the ketamine curve", 2): "mech-ix-rifampicin-iv",
}


def _table_with(name: str, heading: str) -> list[dict[str, str]]:
    return next(table for table in tables(_story(name)) if heading in table[0])


def test_table_of_other_drugs_prints_the_evidence():
    for (name, heading, place), row in PRINTED_ROWS.items():
        cell = _table_with(name, heading)[place][heading]
        assert cell == f"{evidence.rows()[row].value} %".replace("-", "−")


def test_table_of_ways_in_prints_the_routes():
    shares = {row["Way in"]: row for row in _table_with("case-a", "Share reaching the blood")}
    tongue, nose, skin = (route(key) for key in ("sublingual", "nasal", "sc"))
    assert float(shares["Under the tongue"]["Share reaching the blood"]) == (
        tongue.bioavailability.value
    )
    assert "{:g} to {:g}".format(*tongue.span) in shares["Under the tongue"]["From"]
    assert shares["Nose, racemic"]["Share reaching the blood"] == "{:g} to {:g}".format(*nose.span)
    assert f"one with {nose.bioavailability.n} people" in shares["Nose, racemic"]["From"]
    assert float(shares["Under the skin"]["Share reaching the blood"]) == (
        skin.bioavailability.value
    )


def test_table_of_voltages_is_what_the_equation_gives():
    rows = _table_with("case-b", "Voltage (mV)")
    for row in rows:
        share = row["Share of channels that magnesium leaves free"]
        assert share == f"{float(magnesium_unblocked(_number(row['Voltage (mV)']), 1)):.4f}"


def _sum() -> dict[str, float]:
    rows = {row["Step"]: row["Value"] for row in _table_with("case-b", "Step")}
    return {step: _numbers(value)[0] for step, value in rows.items()}


def test_the_forum_did_its_sum_without_a_slip():
    steps = _sum()
    total, share, free, ic50, hill, blocked = steps.values()
    default = Infusion(0, 40, 0.5 * 70)
    assert total == pytest.approx(float(concentration(CLEMENTS_250, default, 70, 40)), abs=0.5)
    assert free == pytest.approx(float(unbound_um(total, share)), abs=0.005)
    assert unbound_um(total) == unbound_um(total, share)
    assert ic50 == pytest.approx(float(ic50_at_voltage(-70)))
    assert hill == float(evidence.rows()["mech-hill-2a"].value)
    assert blocked == pytest.approx(100 * float(_blocked(total, share)), abs=0.5)


#: Study of the folder -> the numbers it prints, each with its row and field.
FOLDER = {
    "Abdallah 2018": [("mech-hyp-surge-13c", "n"), ("mech-hyp-surge-13c", "value")],
    "Abdallah 2020": [
        ("mech-hyp-mtor-response", "n"),
        ("mech-hyp-mtor-response", "value"),
        ("mech-hyp-mtor-response-placebo", "value"),
    ],
    "Cytokines after six infusions 2020; Park 2017": [
        ("mech-hyp-cytokines-six", "n"),
        ("mech-hyp-cytokines-one", "n"),
    ],
    "Williams 2018; Yoon 2025": [
        ("mech-hyp-opioid-naltrexone", "n"),
        ("mech-hyp-opioid-rct", "n"),
    ],
    "Preskorn 2008; Ibrahim 2012": [
        ("mech-hyp-cp101606", "n"),
        ("mech-hyp-mk0657", "n"),
        ("mech-hyp-cp101606", "value"),
    ],
}


def test_clippings_print_the_numbers_of_their_rows():
    rows = evidence.rows()
    printed = {row["Study"]: row for row in _table_with("case-b", "Study")}
    for study, wanted in FOLDER.items():
        cells = printed[study]["In whom"] + " " + printed[study]["Found"]
        for row, field in wanted:
            assert float(getattr(rows[row], field)) in _numbers(cells), (study, row)


# --- keys ------------------------------------------------------------------------------------

#: How the models decide a key, from the item's public half.
Decide = Callable[[Any], Any]


def _pump_setting(item: Any) -> float:
    assert item.unit == "mL/h"
    return ORDERED.rate_mg_per_min * 60 / MG_PER_ML


def _from_old_weight(item: Any) -> int:
    assert f"weighs {HER_KG:g} kg today" in item.stem
    assert f"worked out from {HER_OLD_KG:g} kg" in item.stem
    ordered = f"{MG_PER_KG:g} mg/kg over {MINUTES:g} minutes"
    assert f"{ordered} would bring her to {_at_40(HER_KG):.0f} ng/mL" in item.stem
    return round(_at_40(HER_KG, dosed_by_kg=HER_OLD_KG))


def _at_40(weight_kg: float, dosed_by_kg: float | None = None) -> float:
    plan = Infusion(0, MINUTES, MG_PER_KG * (dosed_by_kg or weight_kg))
    return float(concentration(CLEMENTS_250, plan, weight_kg, MINUTES))


def _after_the_pause(item: Any) -> str:
    end = PAUSED[-1].end_min
    assert PAUSED[-1].rate_mg_per_min == pytest.approx(ORDERED.rate_mg_per_min)
    assert sum(part.dose_mg for part in PAUSED) == pytest.approx(DOSE_MG)
    fitting = [
        option
        for option, words in item.options.items()
        if words.startswith("Same rate") and _numbers(words) == [end, end + WATCH_MIN]
    ]
    (key,) = fitting
    return key


def _what_moves_what(item: Any) -> dict[str, str]:
    halved = with_clearance(CLEMENTS_250, 0.5)
    cases = {
        "slower": (CLEMENTS_250, Infusion(0, 60, DOSE_MG), WEIGHT_KG),
        "paused": (CLEMENTS_250, PAUSED, WEIGHT_KG),
        "stopped": (CLEMENTS_250, with_pauses(ORDERED, [(PAUSE[0], None)]), WEIGHT_KG),
        "clearance": (halved, ORDERED, WEIGHT_KG),
        "heavier": (CLEMENTS_250, Infusion(0, MINUTES, MG_PER_KG * 110), 110),
    }
    assert "110 kg" in item.prompts["heavier"]
    assert "60 minutes" in item.prompts["slower"]
    assert f"ordered dose, run evenly over {MINUTES:g} minutes" in item.stem
    usual = exposure(CLEMENTS_250, ORDERED, WEIGHT_KG)
    found = {}
    for prompt, case in cases.items():
        now = exposure(*case)
        peak = now.cmax_ng_per_ml / usual.cmax_ng_per_ml
        area = now.auc_ng_h_per_ml / usual.auc_ng_h_per_ml
        verdicts = {
            "kept": peak == pytest.approx(1) and area == pytest.approx(1),
            "doubled": peak == pytest.approx(2) and area == pytest.approx(2),
            "area-up": 1.05 < peak < 1.15 and area == pytest.approx(2),
            "less": peak < 0.95 and area < 0.95,
            "peak-down": peak < 0.95 and area == pytest.approx(1),
        }
        assert set(verdicts) == set(item.options)
        (found[prompt],) = [option for option, holds in verdicts.items() if holds]
    return found


def _free_level(item: Any) -> float:
    assert f"{LEVEL:g} ng/mL" in item.stem
    assert f"{MOLAR_MASS['ketamine']} g/mol" in item.stem
    assert f"{MOLAR_MASS['ketamine_hydrochloride']} g/mol" in item.stem
    assert unbound_um(LEVEL) == unbound_um(LEVEL, 0.53)
    assert "53 %" in item.stem
    return round(float(unbound_um(LEVEL)), 2)


def _reading_the_level(_: Any) -> str:
    levels = [float(concentration(m, ORDERED, WEIGHT_KG, MINUTES)) for m in RACEMATE]
    low, high = _band()
    assert min(levels) < LEVEL < max(levels)
    return "spread" if low < LEVEL < high else "lower"


def _st_johns_wort(_: Any) -> str:
    rows = evidence.rows()
    oral, vein = rows["mech-ix-rifampicin-oral"], rows["mech-ix-rifampicin-iv"]
    assert abs(float(vein.value)) < abs(float(oral.value)) / 5
    herb = [row for row in rows.values() if "stjohn2012" in row.sources]
    assert herb
    return "unmeasured" if all("oral" in row.population for row in herb) else "doubled"


def _other_ways_in(_: Any) -> set[str]:
    tongue, nose, skin = (route(key) for key in ("sublingual", "nasal", "sc"))
    curve = relative_curve("sublingual", [0.0])
    low, high = nose.span
    true = {
        "tongue-area": curve.exposure_pct == pytest.approx(100 * tongue.bioavailability.value),
        "tongue-peak": curve.peak_pct == pytest.approx(100 * tongue.bioavailability.value, rel=0.1),
        "nose-range": 3.5 < high / low < 4.5,
        "skin": skin.bioavailability.status in ("verified", "derived"),
    }
    return {option for option, holds in true.items() if holds}


def _one_clock(item: Any) -> list[str]:
    rows = evidence.rows()
    trial = Infusion(0, 40, 35)
    tenths = [40 + minutes_to_fall(m, trial, 70, 0.9) for m in RACEMATE]
    spans = {
        "highest": [exposure(m, trial, 70).tmax_min for m in RACEMATE],
        "pressure": [40 + 60 * float(rows["mech-bp-back"].value)],
        "tenth": tenths,
        "largest": [60 * float(rows["mech-largest-effect-mdd"].value)],
        "apart": [24 * 60 * float(rows["mech-effect-day7"].low)],
    }
    assert set(spans) == set(item.options)
    order = sorted(spans, key=lambda step: min(spans[step]))
    for earlier, later in pairwise(order):
        assert max(spans[earlier]) < min(spans[later])  # whichever model one believes
    hours = [round(m / 60) for m in (min(tenths), max(tenths))]
    assert "between about {} and {} hours".format(*hours) in _why("one-clock", "tenth")
    assert "after about {} to {} hours".format(*hours) in _story("case-b")
    return order


def _voltage_factor(_: Any) -> float:
    low, high = (
        float(row["Share of channels that magnesium leaves free"])
        for row in _table_with("case-b", "Voltage (mV)")
    )
    rest, raised = magnesium_unblocked([-65, -20], 1)
    assert high / low == pytest.approx(float(raised / rest), abs=0.05)
    return round(float(raised / rest), 1)


def _blocked(total: float, share: float = 0.53, voltage_mv: float = -70) -> Any:
    hill = float(evidence.rows()["mech-hill-2a"].value)
    return inhibition(unbound_um(total, share), ic50_at_voltage(voltage_mv), hill)


def _what_moves_38(item: Any) -> set[str]:
    total = _sum()["Total in plasma, default model, minute 40"]
    usual = 100 * float(_blocked(total))
    hill = float(evidence.rows()["mech-hill-2a"].value)
    in_ng = inhibition(0.53 * total, 0.71 * MOLAR_MASS["ketamine"], hill)
    free = unbound_um(total)
    others = {
        "binding": _blocked(total, 0.35),
        "molar": in_ng,
        "membrane": _blocked(total, voltage_mv=-40),
        "rates": blocked_at_equilibrium(free),
    }
    for option, figure in (("binding", 30), ("membrane", 22), ("rates", 21)):
        assert 100 * float(others[option]) == pytest.approx(figure, abs=0.5)
        assert f"{figure} %" in _why("what-moves-38", option)
    moved = {name for name, value in others.items() if abs(100 * float(value) - usual) > 1}
    # The plateau has no open probability in it; only the time constant does.
    assert time_constant_s(float(free), 0.01) == pytest.approx(
        100 * float(time_constant_s(float(free), 1.0))
    )
    assert set(item.options) == {*others, "rarely-open"}
    return moved


#: Claim of the folder -> the rows of the clippings on the table.
CLIPPINGS = {
    "interneurons": ["mech-hyp-disinhibition-knockdown"],
    "habenula": ["mech-hyp-habenula-local", "mech-hyp-habenula-independent"],
    "release": ["mech-hyp-surge-13c"],
    "mtor": ["mech-hyp-mtor-24h", "mech-hyp-mtor-response"],
    "inflammation": ["mech-hyp-cytokines-six", "mech-hyp-cytokines-one"],
    "any-blocker": ["mech-hyp-cp101606", "mech-hyp-mk0657"],
}


def _pieces() -> dict[str, Piece]:
    # A row may speak for one hypothesis and against a later one; a claim here means the first.
    every = [piece for each in (*hypotheses(), *links()) for piece in each.pieces]
    return {piece.row: piece for piece in reversed(every)}


def _clippings(item: Any) -> dict[str, str]:
    pieces = _pieces()
    verdicts = {
        (True, frozenset({"for"})): "step",
        (True, frozenset({"against"})): "against",
        (True, frozenset({"for", "against"})): "people-split",
        (False, frozenset({"for"})): "animal",
        (False, frozenset({"for", "against"})): "animal-split",
    }
    found = {}
    for claim, ids in CLIPPINGS.items():
        (in_people,) = {pieces[row].species == "human" for row in ids}
        found[claim] = verdicts[in_people, frozenset(pieces[row].kind for row in ids)]
    assert set(verdicts.values()) == set(item.options)
    return found


RULES: dict[str, Decide] = {
    "pump-setting": _pump_setting,
    "old-weight": _from_old_weight,
    "after-the-pause": _after_the_pause,
    "what-moves-what": _what_moves_what,
    "free-level": _free_level,
    "reading-the-level": _reading_the_level,
    "st-johns-wort": _st_johns_wort,
    "other-ways-in": _other_ways_in,
    "one-clock": _one_clock,
    "voltage-factor": _voltage_factor,
    "what-moves-38": _what_moves_38,
    "what-a-clipping-allows": _clippings,
}
#: Decided by reading the evidence, which no model does; their rows are checked below.
JUDGED = {"the-headline", "tonight", "leaflet-lines"}


def test_every_item_is_decided_by_a_rule_or_listed_as_judged():
    assert set(_items()) == set(RULES) | JUDGED


@pytest.mark.parametrize("item_id", RULES)
def test_key_is_what_the_rule_says(item_id):
    _, item = _items()[item_id]
    key = item.secret.key
    if item.kind == "multiple_response":
        key = set(key)
    expected = RULES[item_id](item)
    if isinstance(key, float):
        expected = pytest.approx(expected)
    assert key == expected


# --- what a key rests on ---------------------------------------------------------------------

#: Evidence behind the keys, besides the arithmetic of the order set and the story.
RESTS_ON = {
    "old-weight": ["mech-sim-clements-40"],
    "after-the-pause": ["mech-sim-kamp-40"],
    "what-moves-what": ["mech-sim-clements-40", "mech-sim-cl-half"],
    "free-level": ["mech-molar-mass-ketamine", "mech-binding-max", "mech-unbound-default"],
    "reading-the-level": [
        "mech-sim-clements-40",
        "mech-sim-kamp-40",
        "mech-sim-domino-40",
        "mech-small-volume-overpredicts",
        "mech-dose-ranging",
    ],
    "st-johns-wort": [
        "mech-ix-stjohn-auc",
        "mech-ix-rifampicin-oral",
        "mech-ix-rifampicin-iv",
    ],
    "other-ways-in": ["mech-sublingual-f", "mech-nasal-f-yanagihara", "mech-nasal-f-spread"],
    "one-clock": ["mech-bp-back", "mech-largest-effect-mdd", "mech-effect-day7"],
    "voltage-factor": ["mech-mg-open-minus-65", "mech-mg-open-minus-20"],
    "what-moves-38": [
        "mech-ic50-2a",
        "mech-hill-2a",
        "mech-delta-2a",
        "mech-kd-2a",
        "mech-trapping-model",
        "mech-binding-albumin",
    ],
    "what-a-clipping-allows": [row for rows in CLIPPINGS.values() for row in rows],
    "the-headline": [
        "mech-hyp-hnk-phase1",
        "mech-hyp-hnk-rat",
        "mech-hyp-hnk-farmer",
        "mech-hyp-hnk-suicidal",
    ],
    "tonight": ["mech-hyp-opioid-naltrexone", "mech-hyp-opioid-reply", "mech-hyp-opioid-rct"],
    "leaflet-lines": [
        "mech-ic50-2a",
        "mech-spect-displaced",
        "mech-hyp-sert",
        "mech-claim-serotonin-theory",
        "mech-time-outlasts",
        "mech-hyp-sv2a",
        "mech-hyp-none-established",
    ],
}


@pytest.mark.parametrize("item_id", RESTS_ON)
def test_no_key_rests_on_hearsay_and_its_sources_are_cited(item_id):
    rows = evidence.rows()
    cited = set(_items()[item_id][1].secret.cite)
    for name in RESTS_ON[item_id]:
        assert rows[name].status in ("verified", "derived"), name
        assert cited & set(rows[name].sources), name


def test_only_the_pump_needs_nothing_but_the_order_set():
    assert set(_items()) - set(RESTS_ON) == {"pump-setting"}


def test_the_vignette_of_the_headline_prints_its_rows():
    vignette = _items()["the-headline"][1].vignette
    for row in RESTS_ON["the-headline"]:
        size = evidence.rows()[row].n
        assert not size or float(size) in _numbers(vignette)


def _peak(model: Any, plan: Any) -> float:
    return exposure(model, plan, WEIGHT_KG).cmax_ng_per_ml


CATCH_UP = (Infusion(0, PAUSE[0], DOSE_MG - LEFT_MG), Infusion(PAUSE[1], 6, LEFT_MG))
HALVED = with_clearance(CLEMENTS_250, 0.5)
STOPPED = with_pauses(ORDERED, [(PAUSE[0], None)])
_KEPT = auc(CLEMENTS_250, STOPPED, WEIGHT_KG) / auc(CLEMENTS_250, ORDERED, WEIGHT_KG)


def _percent(row: str) -> str:
    return f"{abs(float(evidence.rows()[row].value)):g} %"


_ROUTES_APART = (
    f"{_percent('mech-ix-rifampicin-oral')} by mouth against "
    f"{_percent('mech-ix-rifampicin-iv')} by vein"
)
#: Figures that a rationale quotes from a model or a row.
QUOTED = [
    ("after-the-pause", "steady-40", f"{DOSE_MG - LEFT_MG:.1f} mg"),
    ("after-the-pause", "steady-40", f"{LEFT_MG:.1f} mg"),
    ("after-the-pause", "raised", "nearly three times the ordered rate"),
    ("after-the-pause", "raised", f"near {_peak(CLEMENTS_250, CATCH_UP):.0f} (Clements)"),
    ("after-the-pause", "raised", f"or {_peak(KAMP_2020, CATCH_UP):.0f} ng/mL (Kamp)"),
    (
        "after-the-pause",
        "raised",
        f"of {_peak(CLEMENTS_250, PAUSED):.0f} or {_peak(KAMP_2020, PAUSED):.0f}.",
    ),
    ("after-the-pause", "afresh", f"{2 * DOSE_MG - LEFT_MG:.1f} mg"),
    ("what-moves-what", "slower", f"about {_peak(CLEMENTS_250, Infusion(0, 60, DOSE_MG)):.0f} "),
    ("what-moves-what", "paused", f"about {_peak(CLEMENTS_250, PAUSED):.0f} ng/mL"),
    ("what-moves-what", "clearance", f"{_peak(HALVED, ORDERED):.0f} instead of 177 ng/mL"),
    ("what-moves-what", "stopped", f"area is {100 * _KEPT:.0f} % of what was planned"),
    ("what-moves-what", "stopped", f"about {_peak(CLEMENTS_250, STOPPED):.0f} ng/mL"),
    ("old-weight", None, f"{_at_40(HER_KG, HER_OLD_KG):.0f} before rounding"),
    ("old-weight", None, f"dosing error of {100 * (HER_OLD_KG / HER_KG - 1):.0f} %"),
    ("old-weight", None, f"{MG_PER_KG * HER_OLD_KG:g} mg, not {MG_PER_KG * HER_KG:g}"),
    ("st-johns-wort", "doubled", _ROUTES_APART),
    ("free-level", None, f"{float(micromolar(LEVEL)):.2f} µmol/L in all"),
    ("leaflet-lines", "outlasts", "about 0.4 ng/mL after 24 hours"),
]


@pytest.mark.parametrize(("item_id", "option", "figure"), QUOTED)
def test_rationales_quote_what_the_models_give(item_id, option, figure):
    assert figure in _why(item_id, option)


def test_figures_quoted_in_words():
    assert CATCH_UP[1].rate_mg_per_min / ORDERED.rate_mg_per_min == pytest.approx(2.67, abs=0.01)
    day = float(concentration(CLEMENTS_250, Infusion(0, 40, 35), 70, 24 * 60))
    assert f"{day:.1f}" == "0.4"
    heavy = concentration(KAMP_2020, Infusion(0, 40, 55), 110, 40, allometric=True)
    assert heavy > concentration(KAMP_2020, ORDERED, WEIGHT_KG, 40, allometric=True)


def test_making_up_for_the_pause_gives_the_highest_peak_in_every_model_of_the_racemate():
    for model in RACEMATE:
        assert _peak(model, PAUSED) < _peak(model, ORDERED) < _peak(model, CATCH_UP)
    assert {model.key for model in RACEMATE} == {m.key for m in MODELS if m.drug.value[0] != "S"}


# --- numbers a person types ------------------------------------------------------------------

_RATE = ORDERED.rate_mg_per_min
_AT_40 = _at_40(HER_KG)
_TWO_WEIGHTS = HER_OLD_KG / HER_KG
_REST, _RAISED = (float(share) for share in magnesium_unblocked([-65, -20], 1))

#: The wrong ways that the common errors name, worked out.
WRONG_WAYS = {
    "pump-setting": {
        "old weight": MG_PER_KG * OLD_WEIGHT_KG / MINUTES * 60 / MG_PER_ML,
        "syringe forgotten": _RATE * 60,
        "multiplied by mg/mL": _RATE * 60 * MG_PER_ML,
        "volume taken for a rate": DOSE_MG / MG_PER_ML,
        "times 40/60": DOSE_MG / MG_PER_ML * MINUTES / 60,
        "a minute, not an hour": _RATE / MG_PER_ML,
    },
    "old-weight": {
        "nothing changes": _AT_40,
        "upside down": _AT_40 / _TWO_WEIGHTS,
        "mg added": _AT_40 + MG_PER_KG * (HER_OLD_KG - HER_KG),
        "kg added": _AT_40 + HER_OLD_KG - HER_KG,
        "weight twice": _AT_40 * _TWO_WEIGHTS**2,
    },
    "free-level": {
        "total": float(micromolar(LEVEL)),
        "hydrochloride": 0.53 * LEVEL / MOLAR_MASS["ketamine_hydrochloride"],
        "bound part": 0.47 * float(micromolar(LEVEL)),
        "divided by the share": float(micromolar(LEVEL)) / 0.53,
        "free, in ng/mL": 0.53 * LEVEL,
        "nmol/L": round(1000 * float(unbound_um(LEVEL))),
    },
    "voltage-factor": {
        "difference": 100 * (_RAISED - _REST),
        "upside down": _REST / _RAISED,
        "blocked, not free": (1 - _REST) / (1 - _RAISED),
        "voltages": 65 / 20,
    },
}
#: What honest rounding on the way gives.
HONEST = {
    "pump-setting": [31.5, 31.2, 31.8, 32],
    "old-weight": [202, 202.3, 202.6, 203, 177 * 1.14],
    "free-level": [0.47, 0.468, 0.4682, 0.88 * 0.53, 0.883 * 0.53],
    "voltage-factor": [8.5, 8.51, 8.52, 0.51 / 0.06, 0.508 / 0.0597],
}


@pytest.mark.parametrize(
    "item_id", [i for i, (_, item) in _items().items() if item.kind == "numeric"]
)
def test_honest_rounding_passes_and_each_named_wrong_way_fails(item_id):
    _, item = _items()[item_id]
    secret = item.secret
    for value in HONEST[item_id]:
        assert fraction(item, value) == 1, value
    named = [float(value) for value in secret.common_errors]
    for way, value in WRONG_WAYS[item_id].items():
        assert fraction(item, value) == 0, way
        assert any(abs(round(value, 2) - each) <= secret.tolerance + 1e-9 for each in named), way
    for value in named:
        assert abs(value - secret.key) > secret.tolerance
        assert item.minimum <= value <= item.maximum
    # The first error within the tolerance is shown, so two must not claim the same answer.
    assert all(abs(a - b) > secret.tolerance for a in named for b in named if a is not b)


# --- the assignment as a whole ---------------------------------------------------------------


def test_all_objectives_and_five_types_are_covered():
    items = [item for _, item in _items().values()]
    assert len(items) >= 12
    assert {item.objective for item in items} == {f"LO-2.{n}" for n in range(1, 8)}
    assert {item.kind for item in items} == {
        "single_best",
        "multiple_response",
        "numeric",
        "ordering",
        "matching",
    }


@pytest.mark.parametrize("name", CASES)
def test_each_case_has_one_question_where_a_slip_could_do_harm(name):
    critical = [i.id for i in items_in(MASTERS / f"{name}.ipynb") if i.safety_critical]
    assert len(critical) == 1


def test_no_pattern_of_ticks_can_be_passed_on():
    asked = [item for _, item in _items().values() if item.kind == "multiple_response"]
    assert asked
    assert all(item.shuffle for item in asked)


def test_another_question_does_not_give_the_pump_setting_away():
    said = [_story("case-a")]
    for name, item in _items().values():
        if name == "case-a":
            said += [item.stem, item.vignette, *item.prompts.values(), *item.options.values()]
    assert f"{DOSE_MG:g} mg" not in " ".join(said)


# --- the lesson ------------------------------------------------------------------------------


def _self_check_of_the_clock() -> Any:
    (item,) = [item for item in items_in(LESSON) if item.kind == "ordering"]
    return item


def test_the_self_check_of_the_clock_is_in_the_order_of_its_rows():
    rows, trial = evidence.rows(), Infusion(0, 40, 35)
    hour, day = 60.0, 24 * 60.0
    spans = {
        "pressure-highest": [float(rows["mech-bp-time"].low), float(rows["mech-bp-time"].high)],
        "half-level": [40 + minutes_to_fall(m, trial, 70, 0.5) for m in RACEMATE],
        "most-responders": [24 * hour],
        "week": [7 * day * float(rows["mech-effect-mean-week"].value)],
        "relapse-over": [day * float(rows["mech-relapse-window"].high)],
    }
    seen = [rows[f"mech-response-{at}"].value for at in ("24h", "72h", "7d")]
    assert max(seen, key=float) == seen[0]
    for earlier, later in pairwise(_self_check_of_the_clock().secret.key):
        assert max(spans[earlier]) < min(spans[later])


def test_the_self_check_of_the_clock_does_not_answer_the_graded_one():
    asked, graded = _self_check_of_the_clock(), _items()["one-clock"][1]
    assert not set(asked.options) & set(graded.options)
    assert not set(asked.options.values()) & set(graded.options.values())


def test_the_worked_example_gives_what_a_pocket_calculator_gives():
    text = case_text(LESSON)
    total = round(float(concentration(CLEMENTS_250, Infusion(0, 40, 32), 64, 40)))
    assert (
        f"{total} ng/mL = {float(micromolar(total)):.2f} µmol/L; × 0.53 free = "
        f"{float(unbound_um(total)):.2f} µmol/L"
    ) in text
    assert f"“{float(micromolar(total)):.2f} µmol/L in your brain”" in text


def _free_text() -> dict[str, Any]:
    return free_text(MASTERS / "case-b.ipynb")


def test_the_model_answer_keeps_to_the_length_asked_for():
    answer = source_of(_free_text())
    words = answer[answer.index("Ms V.,") : answer.index("**Rubric**")].split()
    assert 80 <= len(words) <= 130


def test_the_rubric_gives_the_points_of_its_cell():
    cell = _free_text()
    assert rubric_points(cell) == cell["metadata"]["nbgrader"]["points"]
