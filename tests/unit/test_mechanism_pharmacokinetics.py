"""Lesson 2: plasma levels against the review's checkpoints, and what must hold for any dose."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trd.mechanism import (
    CLEMENTS_250,
    DOMINO,
    FANTA_2015,
    KAMP_2020,
    MODELS,
    SIMONS_2022,
    Infusion,
    amounts,
    anchors,
    auc,
    base_from_hydrochloride,
    cautions,
    concentration,
    disposition,
    exposure,
    metabolites,
    minutes_to_fall,
    model,
    nasal_esketamine,
    nasal_exposure,
    population,
    steady_state,
    variability_defaults,
    with_clearance,
    with_pauses,
)

USUAL = Infusion(0, 40, 35)
RACEMIC = (CLEMENTS_250, KAMP_2020, DOMINO)

any_model = st.sampled_from(MODELS)
with_bolus = st.sampled_from([m for m in MODELS if m.allows_bolus])
weights = st.floats(35, 200)
infusion = st.builds(Infusion, st.floats(0, 300), st.floats(0.5, 240), st.floats(0, 200))
plans = st.lists(infusion, max_size=5)
GRID = np.linspace(0, 1440, 289)


def at(chosen, minute, dose=35.0, weight=70.0, **more):
    return float(concentration(chosen, Infusion(0, 40, dose), weight, minute, **more))


# --- checkpoints: review, section 9


def test_clements_curve():
    # 1 and 2: Clements and Nimmo 1981, doi:10.1093/bja/53.1.27, as coded in opentiva.
    assert at(CLEMENTS_250, 40) == pytest.approx(177.3, abs=1)
    levels = concentration(CLEMENTS_250, USUAL, 70, [80, 120, 230])
    assert levels == pytest.approx([85, 59, 36], abs=1)


@pytest.mark.parametrize(
    ("chosen", "level"),
    [
        (KAMP_2020, 253.1),  # 3: Kamp 2020, doi:10.1097/ALN.0000000000003577, as coded
        (DOMINO, 240.3),  # 4: Domino 1982, as coded
        (FANTA_2015, 158.0),  # 5: doi:10.1007/s00228-015-1826-y, as coded
        (SIMONS_2022, 288.7),  # 5: doi:10.3389/fpain.2022.946486, as coded
    ],
)
def test_end_of_infusion(chosen, level):
    assert at(chosen, 40) == pytest.approx(level, abs=1)


@pytest.mark.parametrize(
    ("chosen", "levels"),
    # Section 1.3 at 5, 10, 20, 30, 50, 60, 80, 120, 180, 240, 480, 1440 min, rounded there.
    [
        (CLEMENTS_250, [33, 62, 109, 147, 141, 115, 85, 59, 44, 35, 14, 0.4]),
        (KAMP_2020, [109, 155, 198, 228, 120, 96, 74, 50, 34, 26, 10, 0.3]),
        (DOMINO, [155, 182, 210, 226, 71, 55, 46, 36, 25, 17, 4, 0]),
        (FANTA_2015, [30, 56, 98, 131, 125, 104, 79, 55, 37, 25, 8, 1]),
        (SIMONS_2022, [160, 195, 235, 265, 114, 91, 63, 38, 26, 20, 8, 0.3]),
    ],
)
def test_whole_curves(chosen, levels):
    times = [5, 10, 20, 30, 50, 60, 80, 120, 180, 240, 480, 1440]
    assert concentration(chosen, USUAL, 70, times) == pytest.approx(levels, abs=0.6)


def test_end_of_infusion_is_plausible():
    # 6: observed about 185 ng/mL (Zanos 2018, doi:10.1124/pr.117.015198, table 1).
    for chosen in RACEMIC:
        assert 120 <= at(chosen, 40) <= 260
    assert anchors()["trd_peak"].value == 185
    assert anchors()["trd_peak"].status == "secondary"


@pytest.mark.parametrize(
    ("chosen", "area", "half_life"),
    # 7: identity dose / clearance; 12: eigenvalues.
    [(CLEMENTS_250, 436.3, 182.9), (KAMP_2020, 416.7, 183.8), (DOMINO, 301.9, 114.6)],
)
def test_area_and_half_life(chosen, area, half_life):
    assert auc(chosen, USUAL, 70) == pytest.approx(area, rel=0.002)
    # 70 h later nothing is left.
    assert auc(chosen, USUAL, 70, until_min=4200) == pytest.approx(area, rel=0.002)
    found = disposition(chosen, 70)
    assert found.half_lives_min[-1] == pytest.approx(half_life, abs=0.05)
    assert auc(chosen, USUAL, 70) == pytest.approx(35_000 / found.clearance_l_per_h)


def test_fast_phases():
    # Section 1.3, t1/2 phases.
    assert disposition(CLEMENTS_250, 70).half_lives_min[0] == pytest.approx(17.6, abs=0.05)
    assert disposition(KAMP_2020, 70).half_lives_min[:2] == pytest.approx((2.8, 28), abs=0.5)
    assert disposition(DOMINO, 70).half_lives_min[:2] == pytest.approx((0.4, 4.6), abs=0.05)
    assert disposition(FANTA_2015, 70).half_lives_min == pytest.approx((12.9, 89, 444), abs=3)
    assert disposition(SIMONS_2022, 70).half_lives_min == pytest.approx((1.5, 21, 192), abs=2)


def test_clearance_and_volume():
    # Section 1.1, table.
    clements = disposition(CLEMENTS_250, 70)
    assert clements.clearance_l_per_h == pytest.approx(80.2, abs=0.05)
    assert clements.steady_state_volume_l == pytest.approx(289, abs=0.5)
    domino = disposition(DOMINO, 70)
    assert domino.clearance_l_per_h == pytest.approx(115.9, abs=0.05)
    assert domino.steady_state_volume_l == pytest.approx(193, abs=0.5)
    kamp = disposition(KAMP_2020, 70)
    assert kamp.clearance_l_per_h == pytest.approx(84)
    assert kamp.steady_state_volume_l == pytest.approx(238)
    # Kamp 2020, abstract: the code lies inside both confidence intervals.
    assert anchors()["clearance"].low < kamp.clearance_l_per_h < anchors()["clearance"].high
    assert anchors()["volume"].low < kamp.steady_state_volume_l < anchors()["volume"].high


def test_steady_state():
    # 11: rate / clearance; 0.1 mg/min, Kamp.
    assert steady_state(KAMP_2020, 0.1, 70) == pytest.approx(71.43, abs=0.005)
    long = Infusion(0, 20_000, 2000)
    assert float(concentration(KAMP_2020, long, 70, 20_000)) == pytest.approx(71.43, abs=0.005)


def test_salt_is_not_base():
    # 13: 35 mg of hydrochloride lower the curve by 13.3 %.
    assert base_from_hydrochloride(1) == pytest.approx(0.867, abs=0.0005)
    for chosen in RACEMIC:
        ratio = at(chosen, 40, dose=base_from_hydrochloride(35)) / at(chosen, 40)
        assert ratio == pytest.approx(0.867, abs=0.0005)


def test_scaling_with_weight():
    # 14 and 15.
    assert at(CLEMENTS_250, 40, 22.5, 45) == pytest.approx(at(CLEMENTS_250, 40, 70, 140))
    assert at(KAMP_2020, 40, 70, 140, allometric=True) == pytest.approx(282, abs=1)
    assert at(KAMP_2020, 40, 70, 140) == pytest.approx(at(KAMP_2020, 40))
    assert at(KAMP_2020, 40, allometric=True) == pytest.approx(at(KAMP_2020, 40))
    # Section 1.1: only central volume and clearance of Fanta grow with weight.
    volumes, flows = FANTA_2015.scaled(140)
    assert volumes == pytest.approx([266, 187, 98.8])
    assert 60 * flows == pytest.approx([95.2 * 2**0.75, 23.2, 157])


@pytest.mark.parametrize(
    ("devices", "age", "asian", "cmax", "area"),
    # 16: Perez-Ruixo 2021, doi:10.1007/s40262-020-00953-4, table 4.
    [
        (1, 45, False, 43.8, 147.3),
        (2, 45, False, 72.5, 254.7),
        (3, 45, False, 101.0, 362.2),
        (2, 70, False, 73.8, 275.8),
        (2, 45, True, 73.2, 275.9),
        (3, 70, True, 103.8, 421.5),
    ],
)
def test_nasal_esketamine(devices, age, asian, cmax, area):
    found = nasal_exposure(devices, age, asian)
    # The review allows 6 %; the model is within 2 %.
    assert found.cmax_ng_per_ml == pytest.approx(cmax, rel=0.02)
    assert found.auc24_ng_h_per_ml == pytest.approx(area, rel=0.01)
    assert found.dose_mg == 28 * devices
    assert devices == 1 or 35 <= found.tmax_min <= 42


def test_nasal_bioavailability_falls_with_devices():
    # Section 3: 0.62, 0.54 and 0.51.
    shares = [nasal_esketamine(n, 0).bioavailability for n in (1, 2, 3)]
    assert shares == pytest.approx([0.62, 0.54, 0.51], abs=0.005)


def test_metabolite_chain():
    # 25 and section 2: at 40, 80, 120, 230, 480, 1440 min.
    found = metabolites(USUAL, 70, [40, 80, 120, 230, 480, 1440])
    assert found.ketamine_ng_per_ml == pytest.approx([177, 85, 59, 36, 14, 0.4], abs=0.5)
    assert found.norketamine_ng_per_ml == pytest.approx([14, 46, 51, 40, 24, 3], abs=0.6)
    assert found.hydroxynorketamine_ng_per_ml == pytest.approx([1, 9, 19, 33, 29, 4], abs=0.5)
    fine = metabolites(USUAL, 70, np.arange(0, 721))
    peaks = [
        int(np.argmax(level))
        for level in (
            fine.ketamine_ng_per_ml,
            fine.norketamine_ng_per_ml,
            fine.hydroxynorketamine_ng_per_ml,
        )
    ]
    assert peaks[0] == 40
    assert peaks[1] == pytest.approx(111, abs=5)
    assert peaks[2] == pytest.approx(292, abs=5)
    assert fine.norketamine_ng_per_ml.max() == pytest.approx(51, abs=0.5)
    assert fine.hydroxynorketamine_ng_per_ml.max() == pytest.approx(34, abs=0.5)


def test_metabolites_of_a_heavy_person():
    # Section 2 at 140 kg: norketamine's central volume in proportion (197.2 L), its clearance to
    # the power 0.75 (97.0 L/h), the rest as at 70 kg; run by a general solver.
    from scipy.integrate import solve_ivp

    volumes, flows = CLEMENTS_250.scaled(140)
    ktr, nor_v, nor_vp = 2 / 20.1, 2 * 98.6, 160.0
    nor_cl, nor_q = 57.7 * 2**0.75 / 60, 42.8 / 60

    def slope(minute, y):
        centre, far, one, two, nor, nor_far = y
        out, back = flows[1] * centre / volumes[0], flows[1] * far / volumes[1]
        gone = flows[0] * centre / volumes[0]
        there, return_ = nor_q * nor / nor_v, nor_q * nor_far / nor_vp
        return [
            (70 / 40 if minute < 40 else 0) - gone - out + back,
            out - back,
            0.8 * gone - ktr * one,
            ktr * (one - two),
            ktr * two - nor_cl * nor / nor_v - there + return_,
            there - return_,
        ]

    first = solve_ivp(slope, (0, 40 - 1e-9), [0.0] * 6, "LSODA", rtol=1e-10, atol=1e-12)
    rest = solve_ivp(slope, (40, 120), first.y[:, -1], "LSODA", rtol=1e-10, atol=1e-12)
    # Milligrams of ketamine become those of norketamine by molar mass.
    expected = 1000 * rest.y[4, -1] / nor_v * 223.70 / 237.73
    found = metabolites(Infusion(0, 40, 70), 140, 120).norketamine_ng_per_ml
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_second_device_later_adds_later():
    # The model is linear: the second spray alone, five minutes on.
    times = np.array([0.0, 4, 6, 20, 60, 240])
    earlier = np.maximum(times - 5, 0)
    one, two = (nasal_esketamine(n, times).ng_per_ml for n in (1, 2))
    shifted = [nasal_esketamine(n, earlier).ng_per_ml for n in (1, 2)]
    apart = nasal_esketamine(2, times, minutes_apart=5).ng_per_ml
    assert apart == pytest.approx(one + shifted[1] - shifted[0], abs=1e-9)
    assert np.abs(apart - two).max() > 1


def test_without_variability_everybody_is_typical():
    # 26.
    band = population(CLEMENTS_250, USUAL, 70, [40.0], cv_v1=0, cv_cl=0)
    assert band.ng_per_ml[:, 0] == pytest.approx([band.typical_ng_per_ml[0]] * 5)
    assert band.typical_ng_per_ml[0] == pytest.approx(177.3, abs=1)


@pytest.mark.parametrize(
    ("chosen", "spread"),
    # Section 1.3, level at 40 min with the variability of Otto 2021 (sampled there as well).
    [(CLEMENTS_250, [127, 156, 176, 198, 233]), (KAMP_2020, [219, 238, 252, 265, 284])],
)
def test_spread_between_people(chosen, spread):
    cells = variability_defaults()
    v1, cl = cells["omega2_v1"].value, cells["omega2_cl"].value
    band = population(
        chosen,
        USUAL,
        70,
        [40.0],
        seed=1,
        people=20_000,
        cv_v1=math.sqrt(math.expm1(v1)),
        cv_cl=math.sqrt(math.expm1(cl)),
        correlation=cells["covariance"].value / math.sqrt(v1 * cl),
    )
    assert band.ng_per_ml[:, 0] == pytest.approx(spread, abs=3)


def test_variability_defaults_are_those_of_otto_rounded():
    cells = variability_defaults()
    v1, cl = cells["omega2_v1"].value, cells["omega2_cl"].value
    assert cells["cv_v1"].value == pytest.approx(math.sqrt(math.expm1(v1)), abs=0.01)
    assert cells["cv_cl"].value == pytest.approx(math.sqrt(math.expm1(cl)), abs=0.01)
    together = cells["covariance"].value / math.sqrt(v1 * cl)
    assert cells["correlation"].value == round(together, 1) == 0.5
    assert {cells[k].status for k in ("cv_v1", "cv_cl", "correlation")} == {"teaching-assumption"}


@pytest.mark.parametrize(
    ("chosen", "half", "fifth"),
    # Section 1.3: minutes after the stop to fall by 50 and by 80 %, on a grid there.
    [(CLEMENTS_250, 37, 194), (KAMP_2020, 9, 79), (DOMINO, 2, 34)],
)
def test_minutes_to_fall(chosen, half, fifth):
    assert minutes_to_fall(chosen, USUAL, 70) == pytest.approx(half, abs=1)
    assert minutes_to_fall(chosen, USUAL, 70, by=0.8) == pytest.approx(fifth, abs=1)


@pytest.mark.parametrize(
    ("factor", "level"),
    # Section 8: clearance halved, doubled, and up by 16 % (rifampicin's area by vein, -14 %).
    [(0.5, 194), (2, 150), (1.16, 172)],
)
def test_interactions_change_the_tail_more_than_the_peak(factor, level):
    changed = with_clearance(CLEMENTS_250, factor)
    assert at(changed, 40) == pytest.approx(level, abs=1)
    assert auc(changed, USUAL, 70) == pytest.approx(auc(CLEMENTS_250, USUAL, 70) / factor)
    if factor == 0.5:
        assert disposition(changed, 70).half_lives_min[-1] / 60 == pytest.approx(5.5, abs=0.05)


def test_two_minutes_show_the_front_end():
    # Section 1.3: 35 mg over 2 min.
    fast = Infusion(0, 2, 35)
    levels = [float(concentration(chosen, fast, 70, 2)) for chosen in RACEMIC]
    assert levels == pytest.approx([277, 1141, 2539], abs=1)
    for chosen in RACEMIC:
        assert cautions(chosen, fast)
        assert cautions(chosen, Infusion(0, 4.9, 35))
        assert not cautions(chosen, Infusion(0, 5, 35))
        assert not cautions(chosen, USUAL)


def test_venous_external_check():
    # Section 1.4: 5 mg racemate over 30 min, observed 32.1 ng/mL (secondary).
    levels = [(CLEMENTS_250, 28.0), (FANTA_2015, 24.9), (KAMP_2020, 43.4), (DOMINO, 43.1)]
    for chosen, level in [*levels, (SIMONS_2022, 50.4)]:
        found = exposure(chosen, Infusion(0, 30, 5), 70)
        assert found.cmax_ng_per_ml == pytest.approx(level, abs=0.06)
        assert found.tmax_min == pytest.approx(30, abs=0.001)


def test_arterial_external_check():
    # Section 1.4: 20 mg S-ketamine over 20 min, observed 260-273 ng/mL. The review's figures
    # are those of 73 kg, the mean weight of the volunteers of Simons 2022, Kamp allometric.
    levels = [(SIMONS_2022, 259), (DOMINO, 230), (CLEMENTS_250, 120), (FANTA_2015, 108)]
    for chosen, level in levels:
        found = exposure(chosen, Infusion(0, 20, 20), 73)
        assert found.cmax_ng_per_ml == pytest.approx(level, abs=0.5)
    kamp = exposure(KAMP_2020, Infusion(0, 20, 20), 73, allometric=True)
    assert kamp.cmax_ng_per_ml == pytest.approx(219, abs=0.5)


# --- what must hold for any input


@settings(deadline=None)
@given(any_model, plans, weights)
def test_levels_are_never_negative(chosen, plan, weight):
    levels = concentration(chosen, plan, weight, GRID)
    assert np.all(levels >= 0)
    assert np.all(np.isfinite(levels))


@settings(deadline=None)
@given(any_model, plans, weights)
def test_mass_balance(chosen, plan, weight):
    # 8: body + eliminated = infused, within 1e-9 mg.
    found = amounts(chosen, plan, weight, GRID)
    body = found.compartments_mg.sum(axis=0)
    assert body + found.eliminated_mg == pytest.approx(found.infused_mg, abs=1e-9)
    assert np.all(found.compartments_mg >= -1e-12)
    level = concentration(chosen, plan, weight, GRID)
    volume = chosen.scaled(weight)[0][0]
    assert found.compartments_mg[0] * 1000 / volume == pytest.approx(level)


@settings(deadline=None)
@given(st.lists(infusion, max_size=3), weights)
def test_chain_balances(plan, weight):
    found = metabolites(plan, weight, GRID)
    # Section 2: molar balance within 1e-6 micromol.
    assert found.body_umol + found.eliminated_umol == pytest.approx(found.infused_umol, abs=1e-6)
    for level in (found.norketamine_ng_per_ml, found.hydroxynorketamine_ng_per_ml):
        assert np.all(level >= -1e-9)
    assert found.ketamine_ng_per_ml == pytest.approx(
        concentration(CLEMENTS_250, plan, weight, GRID)
    )


@settings(deadline=None)
@given(any_model, plans, plans, weights)
def test_superposition(chosen, one, two, weight):
    both = concentration(chosen, [*one, *two], weight, GRID)
    apart = concentration(chosen, one, weight, GRID) + concentration(chosen, two, weight, GRID)
    assert both == pytest.approx(apart, abs=1e-9)


@settings(deadline=None)
@given(any_model, infusion, st.floats(0.01, 0.99), weights)
def test_an_infusion_is_the_sum_of_its_parts(chosen, whole, share, weight):
    # 9, for any split.
    assume(max(share, 1 - share) * whole.duration_min >= 0.5)
    first = Infusion(whole.start_min, whole.duration_min * share, whole.dose_mg * share)
    rest = Infusion(first.end_min, whole.end_min - first.end_min, whole.dose_mg * (1 - share))
    together = concentration(chosen, whole, weight, GRID)
    assert concentration(chosen, [first, rest], weight, GRID) == pytest.approx(together, abs=1e-7)


@pytest.mark.parametrize("chosen", MODELS, ids=lambda chosen: chosen.key)
def test_two_halves_of_the_usual_infusion(chosen):
    # 9: 0-20 and 20-40 are 0-40, within 1e-9.
    halves = [Infusion(0, 20, 17.5), Infusion(20, 20, 17.5)]
    whole = concentration(chosen, USUAL, 70, GRID)
    assert concentration(chosen, halves, 70, GRID) == pytest.approx(whole, rel=0, abs=1e-9)


@settings(deadline=None)
@given(any_model, infusion, st.floats(0.1, 10), weights)
def test_linear_in_dose(chosen, given_, factor, weight):
    # 10: doubling the dose doubles the level.
    more = Infusion(given_.start_min, given_.duration_min, given_.dose_mg * factor)
    assert concentration(chosen, more, weight, GRID) == pytest.approx(
        factor * concentration(chosen, given_, weight, GRID), rel=1e-9
    )


@settings(deadline=None)
@given(any_model, plans, weights)
def test_area_is_dose_over_clearance(chosen, plan, weight):
    dose = math.fsum(each.dose_mg for each in plan)
    expected = 1000 * dose / disposition(chosen, weight).clearance_l_per_h
    assert auc(chosen, plan, weight) == pytest.approx(expected)
    assert auc(chosen, plan, weight, until_min=60_000) == pytest.approx(expected, abs=1e-6)


def test_area_up_to_a_time_is_the_integral():
    fine = np.linspace(0, 300, 60_001)
    for chosen in MODELS:
        levels = concentration(chosen, USUAL, 70, fine)
        by_rule = np.trapezoid(levels, fine) / 60
        assert auc(chosen, USUAL, 70, until_min=300) == pytest.approx(by_rule, rel=1e-6)


@settings(deadline=None)
@given(any_model, infusion, st.integers(0, 500 * 1024), weights)
def test_shifting_the_clock_shifts_the_curve(chosen, given_, delay, weight):
    # Times that are multiples of 1/1024 minute add up exactly, so the clock alone is tested and not
    # the rounding of a time that lies on the steep edge of a short infusion.
    start, duration = (round(1024 * t) / 1024 for t in (given_.start_min, given_.duration_min))
    delay /= 1024
    assert concentration(
        chosen, Infusion(start + delay, duration, given_.dose_mg), weight, GRID + delay
    ) == pytest.approx(
        concentration(chosen, Infusion(start, duration, given_.dose_mg), weight, GRID),
        rel=1e-9,
        abs=1e-9,
    )


@settings(deadline=None)
@given(with_bolus, st.floats(1, 100), weights)
def test_a_bolus_is_the_limit_of_short_infusions(chosen, dose, weight):
    times = [0.0, 1.0, 10.0, 100.0]
    at_once = concentration(chosen, Infusion(0, 0, dose), weight, times)
    assert at_once[0] == pytest.approx(1000 * dose / chosen.scaled(weight)[0][0])
    short = concentration(chosen, Infusion(0, 1e-6, dose), weight, times)
    assert short[1:] == pytest.approx(at_once[1:], rel=1e-5)
    assert float(concentration(chosen, Infusion(5, 0, dose), weight, 4.999)) == 0


@settings(deadline=None)
@given(any_model, weights)
def test_the_terminal_half_life_halves(chosen, weight):
    half = disposition(chosen, weight).half_lives_min[-1]
    late = 40 + 12 * half
    first, second = concentration(chosen, USUAL, weight, [late, late + half])
    assert second / first == pytest.approx(0.5, rel=1e-3)


def test_agrees_with_a_general_solver():
    from scipy.integrate import solve_ivp

    volumes, flows = DOMINO.scaled(83)
    infusions = [Infusion(0, 40, 35), Infusion(20, 60, 50)]

    def slope(minute, y):
        rate = sum(i.rate_mg_per_min for i in infusions if i.start_min <= minute < i.end_min)
        out = flows * y[0] / volumes[0]
        back = flows[1:] * y[1:] / volumes[1:]
        return [rate - out.sum() + back.sum(), *(out[1:] - back)]

    times = np.linspace(0, 200, 41)
    run = solve_ivp(slope, (0, 200), [0, 0, 0], "LSODA", times, rtol=1e-9, atol=1e-11, max_step=1)
    expected = 1000 * run.y[0] / volumes[0]
    assert concentration(DOMINO, infusions, 83, times) == pytest.approx(expected, abs=1e-3)


def test_shapes_and_order_of_times():
    times = np.array([[40, 0, 80], [1440, -5, 20]])
    levels = concentration(CLEMENTS_250, USUAL, 70, times)
    assert levels.shape == times.shape
    assert levels[1, 1] == levels[0, 1] == 0
    assert levels[0, 0] == at(CLEMENTS_250, 40)
    assert concentration(CLEMENTS_250, USUAL, 70, 40).shape == ()
    assert np.all(concentration(CLEMENTS_250, [], 70, times) == 0)


def test_exposure_finds_a_peak_between_the_marks():
    # A slow infusion after a bolus: the level falls, so the peak is the bolus; the other way
    # round it is the end of the last input.
    plan = [Infusion(0, 0, 20), Infusion(30, 60, 60)]
    found = exposure(KAMP_2020, plan, 70)
    assert found.tmax_min == 0
    times = np.linspace(0, 200, 20_001)
    assert found.cmax_ng_per_ml == pytest.approx(concentration(KAMP_2020, plan, 70, times).max())
    later = exposure(KAMP_2020, [Infusion(0, 40, 35), Infusion(30, 60, 60)], 70)
    assert later.dose_mg == 95
    assert later.cmax_ng_per_ml == pytest.approx(
        concentration(KAMP_2020, [USUAL, Infusion(30, 60, 60)], 70, times).max(), rel=1e-5
    )


# --- pausing


def test_a_pause_delays_the_rest():
    parts = with_pauses(USUAL, [(10, 15), (30, 60)])
    assert [(p.start_min, p.end_min) for p in parts] == [(0, 10), (15, 30), (60, 75)]
    assert math.fsum(p.dose_mg for p in parts) == pytest.approx(35)
    assert {round(p.rate_mg_per_min, 9) for p in parts} == {0.875}


def test_stopping_for_good_leaves_the_rest_in_the_syringe():
    (only,) = with_pauses(USUAL, [(28, None)])
    assert (only.start_min, only.duration_min) == (0, 28)
    assert only.dose_mg == pytest.approx(24.5)
    before = concentration(CLEMENTS_250, USUAL, 70, [10, 28])
    assert concentration(CLEMENTS_250, only, 70, [10, 28]) == pytest.approx(before)
    assert with_pauses(USUAL, [(0, None)]) == ()
    assert with_pauses(USUAL, []) == (USUAL,)


@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 30)), max_size=3))
def test_pauses_never_lose_dose(steps):
    clock, pauses = 0.0, []
    for run, wait in steps:
        pauses.append((clock + run, clock + run + wait))
        clock = clock + run + wait
    parts = with_pauses(USUAL, pauses)
    assert math.fsum(p.dose_mg for p in parts) == pytest.approx(35)
    assert parts[-1].end_min == pytest.approx(40 + sum(wait for _, wait in steps))


@pytest.mark.parametrize(
    ("pauses", "words"),
    [
        ([(50, 60)], "pause is 50"),
        ([(20, 10)], "resumption is 10"),
        ([(20, 30), (25, 40)], "pause is 25"),
        ([(-1, 5)], "pause is -1"),
    ],
)
def test_impossible_pauses(pauses, words):
    with pytest.raises(ValueError, match=words):
        with_pauses(USUAL, pauses)
    with pytest.raises(ValueError, match="cannot be paused"):
        with_pauses(Infusion(0, 0, 35), [(0, 5)])


# --- population


def test_the_same_seed_gives_the_same_people():
    one = population(KAMP_2020, USUAL, 80, GRID, seed=7, people=50)
    two = population(KAMP_2020, USUAL, 80, GRID, seed=7, people=50)
    other = population(KAMP_2020, USUAL, 80, GRID, seed=8, people=50)
    assert np.array_equal(one.ng_per_ml, two.ng_per_ml)
    assert not np.array_equal(one.ng_per_ml, other.ng_per_ml)


@settings(deadline=None, max_examples=25)
@given(any_model, st.integers(0, 2**32 - 1), st.integers(1, 60), st.floats(-1, 1))
def test_percentiles_rise(chosen, seed, people, together):
    band = population(chosen, USUAL, 70, GRID[::8], seed, people, correlation=together)
    assert np.all(np.diff(band.ng_per_ml, axis=0) >= -1e-9)
    assert np.all(band.ng_per_ml >= 0)
    assert band.percentiles == (5, 25, 50, 75, 95)


def test_the_median_person_is_typical():
    band = population(CLEMENTS_250, USUAL, 70, [20.0, 40, 120], people=4000)
    assert band.ng_per_ml[2] == pytest.approx(band.typical_ng_per_ml, rel=0.02)


# --- refusals, in the reader's words


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: at(CLEMENTS_250, 40, weight=20), "weight is 20; it must be between 30 and 250 kg"),
        (lambda: at(CLEMENTS_250, 40, weight="70"), "weight is '70'"),
        (
            lambda: at(CLEMENTS_250, [10, float("nan")]),
            "holds nan; every value must be a finite number.$",
        ),
        (lambda: at(CLEMENTS_250, "now"), "times_min is 'now'"),
        (lambda: Infusion(-1, 40, 35), "start_min is -1; it must be 0 or more minutes"),
        (lambda: Infusion(0, -1, 35), "duration_min is -1"),
        (lambda: Infusion(0, 40, math.inf), "dose_mg is inf"),
        (lambda: concentration(CLEMENTS_250, [35], 70, 40), "must be an Infusion"),
        (lambda: concentration(CLEMENTS_250, 35, 70, 40), "must be a list of Infusion"),
        (lambda: concentration("clements-250", USUAL, 70, 40), "choose one of the models"),
        (lambda: at(CLEMENTS_250, 40, allometric=True), "no allometric scaling: .* Leave allom"),
        (lambda: at(SIMONS_2022, 40, allometric=False), "has no proportional scaling"),
        (lambda: with_clearance(DOMINO, 0), "clearance factor is 0; it must be above 0"),
        (lambda: with_clearance(DOMINO, 11), "factor is 11; it must be above 0 and up to 10."),
        (lambda: with_clearance("kamp", 1), "model is 'kamp'; choose one of the models"),
        (lambda: disposition("kamp", 70), "model is 'kamp'; choose one of the models"),
        (lambda: steady_state("kamp", 1, 70), "model is 'kamp'; choose one of the models"),
        (lambda: at(KAMP_2020, 40, allometric="False"), "allometric is 'False'; it must be True"),
        (lambda: with_pauses(USUAL, [10, 20]), "pauses holds 10; every element must be a pair"),
        (lambda: steady_state(DOMINO, -1, 70), "rate is -1"),
        (lambda: exposure(DOMINO, [], 70), "no infusion"),
        (lambda: minutes_to_fall(DOMINO, Infusion(0, 40, 0), 70), "Nothing was given"),
        (lambda: minutes_to_fall(DOMINO, USUAL, 70, by=1), "by is 1"),
        (lambda: population(DOMINO, USUAL, 70, [40], people=0), "people is 0"),
        (lambda: population(DOMINO, USUAL, 70, [40], people=2.5), "whole number"),
        (lambda: population(DOMINO, USUAL, 70, [40], seed=-1), "seed is -1; .* 0 and 4294967295."),
        (lambda: population(DOMINO, USUAL, 70, [40], seed="a"), "seed is 'a'; .* whole number"),
        (lambda: population(DOMINO, USUAL, 70, [40], correlation=2), "correlation is 2"),
        (lambda: population(DOMINO, USUAL, 70, [40], percentiles=[101]), "percentiles holds 101"),
        (lambda: nasal_esketamine(5, 0), "devices is 5; .* whole number between 1 and 4"),
        (lambda: nasal_esketamine(2, 0, age_years=17.9), "age is 17.9"),
        (lambda: nasal_esketamine(2, 0, asian=np.array([0, 1])), "asian is array.* True or False"),
        (lambda: nasal_esketamine(2, 0, minutes_apart=90), "minutes_apart is 90"),
        (lambda: model("minto"), "choose one of clements-250"),
        (lambda: base_from_hydrochloride(-1), "mass of hydrochloride is -1"),
    ],
)
def test_refusals(action, words):
    with pytest.raises(ValueError, match=words):
        action()


@pytest.mark.parametrize("minutes", [0, 1e-9, 0.49])
def test_clements_takes_no_bolus(minutes):
    words = "Clements-250 takes no bolus, and no infusion shorter than 0.5 minutes: its two comp"
    for plan in (Infusion(0, minutes, 35), [Infusion(0, 40, 30), Infusion(50, minutes, 10)]):
        for use in (concentration, population):
            with pytest.raises(ValueError, match=words) as caught:
                use(CLEMENTS_250, plan, 70, [40])
        with pytest.raises(ValueError, match=words):
            auc(CLEMENTS_250, plan, 70)
        with pytest.raises(ValueError, match=words):
            metabolites(plan, 70, 40)
    assert "over 5 minutes or more" in str(caught.value)
    assert "panel" not in str(caught.value)
    assert concentration(KAMP_2020, Infusion(0, minutes, 10), 70, 40) > 0


def test_what_clements_takes_just():
    assert concentration(CLEMENTS_250, Infusion(0, 0.5, 35), 70, 40) > 0
    # Pausing leaves a rest of seconds, at the ordered rate.
    parts = with_pauses(USUAL, [(0.2, 5), (44.7, 60)])
    assert min(part.duration_min for part in parts) < 0.5
    assert auc(CLEMENTS_250, parts, 70) == pytest.approx(auc(CLEMENTS_250, USUAL, 70))


def test_a_bolus_is_all_there_at_once():
    assert float(concentration(KAMP_2020, Infusion(0, 0, 10), 70, 0)) == pytest.approx(400)


def test_models_by_key():
    assert [model(m.key) for m in MODELS] == list(MODELS)
    assert {m.key for m in MODELS if m.offers_allometric} == {"kamp-2020"}
