"""Lesson 4: drug, effect and person of the chairside simulator, against the published anchors."""

from __future__ import annotations

import math
import statistics

import pytest

from trd.monitoring import Drive, Patient, course, sample_patient, signs
from trd.monitoring.body import LIMITS, Body
from trd.monitoring.physiology import moaas_shares, reaches, reference_rate

# Mean curve for a 45-year-old, baseline 124/76, peak CADSS 12 (evidence review, section 10):
# minute: ng/mL, effect, SBP, DBP, HR, CADSS, SpO2, mean MOAA/S.
TABLE = {
    0: (0, 0, 0, 0, 0, 0, 98, 5),
    10: (79, 0.31, 5, 3, 1, 1, 97.8, 4.9),
    20: (129, 0.63, 10, 7, 3, 6, 97.7, 4.4),
    30: (162, 0.85, 14, 9, 3, 10, 97.6, 4.3),
    40: (185, 1.0, 16, 11, 4, 12, 97.5, 4.3),
    50: (124, 0.80, 13, 9, 3, 9, 97.6, 4.3),
    60: (88, 0.58, 9, 6, 2, 5, 97.7, 4.4),
    80: (53, 0.33, 5, 4, 1, 1, 97.8, 4.9),
    100: (40, 0.24, 4, 3, 1, 0, 97.9, 5),
    120: (34, 0.19, 3, 2, 1, 0, 97.9, 5),
}


@pytest.fixture(scope="module")
def reference():
    return course(minutes=120)


@pytest.mark.parametrize("minute", TABLE)
def test_the_reference_infusion_follows_the_golden_table(reference, minute):
    """The table was stepped by 0.1 min and printed rounded: effect within 0.02, level within 1."""
    level, effect, sbp, dbp, hr, cadss, spo2, moaas = TABLE[minute]
    got = signs(Patient(), reference.effect[60 * minute])
    assert reference.ng_per_ml[60 * minute] == pytest.approx(level, abs=1.0)
    assert reference.effect[60 * minute] == pytest.approx(effect, abs=0.02)
    assert got.sbp - 124 == pytest.approx(sbp, abs=0.7)
    assert got.dbp - 76 == pytest.approx(dbp, abs=0.7)
    assert got.hr - 72 == pytest.approx(hr, abs=0.6)
    assert got.cadss == pytest.approx(cadss, abs=0.7)
    assert got.spo2 == pytest.approx(spo2, abs=0.06)
    mean = sum(
        share * signs(Patient(deepest=grade), reference.effect[60 * minute]).moaas
        for grade, share in moaas_shares()
    )
    assert mean == pytest.approx(moaas, abs=0.06)


def test_the_peak_is_at_the_end_of_the_infusion_and_gone_ninety_minutes_later():
    effects = course(minutes=131).effect
    top = effects.index(max(effects))
    assert 40 * 60 <= top <= 42 * 60
    assert max(effects) == pytest.approx(1.0, abs=0.01)
    # Back within 90 min of the end (Szarmach 2020): within the noise of one cuff reading.
    assert signs(Patient(), effects[130 * 60]).sbp - 124 < 4


def test_stepping_is_exact():
    """Closed form of two exponentials behind a lag, at a constant rate."""
    drive = Drive()
    for _ in range(40 * 60):
        drive.step(1.0)
    fast = 0.0467 * 18 * (1 - math.exp(-40 / 18))
    slow = 0.00685 * 216 * (1 - math.exp(-40 / 216))

    def lagged(gain, tau):
        level = gain * tau
        gone = tau / (tau - 4) * (math.exp(-40 / tau) - math.exp(-40 / 4))
        return level * (1 - math.exp(-40 / 4)) - level * gone

    effect = (lagged(0.0467, 18) + lagged(0.00685, 216)) / 0.958
    assert drive.level == pytest.approx(fast + slow, abs=1e-8)
    assert drive.effect == pytest.approx(effect, abs=1e-8)
    assert drive.given == pytest.approx(1.0)


def test_doses_superpose():
    """Linear: two half rates are one whole, and a pause is the sum of two infusions."""
    first = course(lambda s: 1.0 if s < 600 else 0.0, 60)
    second = course(lambda s: 1.0 if 1200 <= s < 1800 else 0.0, 60)
    both = course(lambda s: 1.0 if s < 600 or 1200 <= s < 1800 else 0.0, 60)
    for s in range(0, 3600, 97):
        assert both.ng_per_ml[s] == pytest.approx(first.ng_per_ml[s] + second.ng_per_ml[s])
        assert both.effect[s] == pytest.approx(first.effect[s] + second.effect[s])


def test_pause_and_pump_error_of_the_evidence_file():
    paused = course(lambda s: 1.0 if s < 25 * 60 else 0.0, 60).effect
    for minutes, effect in ((0, 0.74), (5, 0.73), (10, 0.63), (15, 0.52), (30, 0.31)):
        assert paused[60 * (25 + minutes)] == pytest.approx(effect, abs=0.01)
    error = course(lambda s: 8.0 if s < 300 else 0.0, 15)
    assert error.ng_per_ml[300] == pytest.approx(353, abs=2)
    assert error.effect[600] == pytest.approx(1.5, abs=0.03)


def test_the_reference_rate_gives_the_dose_in_forty_minutes():
    assert sum(reference_rate(s) for s in range(3600)) == 40 * 60


def test_sampled_people_spread_as_published():
    people = [sample_patient(seed) for seed in range(3000)]
    # Yale 2024: +16.0 (SD 11.2) / +11.0 (SD 8.45); the lowest rises are cut at -5.
    assert statistics.mean(p.rise_sbp for p in people) == pytest.approx(16.0, abs=0.8)
    assert statistics.stdev(p.rise_sbp for p in people) == pytest.approx(11.2, abs=0.7)
    assert statistics.mean(p.rise_dbp for p in people) == pytest.approx(11.0, abs=0.8)
    # CADSS of IV ketamine: mean 7.7 (SD 9.2), n = 110; median 5 of the lognormal.
    assert statistics.mean(p.cadss for p in people) == pytest.approx(7.7, abs=0.6)
    assert statistics.median(p.cadss for p in people) == pytest.approx(5.0, abs=0.3)
    assert sum(p.deepest == 5 for p in people) / 3000 == pytest.approx(0.45, abs=0.03)


@pytest.mark.parametrize(
    ("who", "share"),
    [({}, 0.07), ({"age": 68, "hypertension": True, "sbp": 138, "dbp": 84}, 0.47)],
)
def test_high_readings_are_read_off_the_drawn_curves(who, share):
    """Share with 165/100 or more at the peak, as in the evidence review's own draw."""
    hits = sum(reaches(sample_patient(seed, **who), 165, 100) for seed in range(3000))
    assert hits / 3000 == pytest.approx(share, abs=0.03)


def test_later_infusions_dissociate_less_and_stimulants_raise_more():
    first, later = sample_patient(4), sample_patient(4, infusion=3)
    assert later.cadss == pytest.approx(0.6 * first.cadss)
    assert sample_patient(4, stimulant=True).rise_sbp == pytest.approx(1.3 * first.rise_sbp)


def test_a_seed_is_a_person():
    # Drawn once and written down: the same on every machine and version of Python.
    p = sample_patient(11, age=None, hypertension=None)
    assert p == sample_patient(11, age=None, hypertension=None)
    assert (p.age, p.sex, p.hypertension, p.deepest) == (GOLDEN_PERSON[0:4])
    assert (round(p.sbp, 6), round(p.rise_sbp, 6), round(p.cadss, 6)) == GOLDEN_PERSON[4:]


GOLDEN_PERSON = (33, "M", False, 4, 117.5461, 38.132608, 17.061677)


def test_too_fast_is_deep_for_everybody():
    """Eight times the rate: MOAA/S 1 and a saturation near 90 in minute 6."""
    body = Body(Patient(sbp=118, dbp=72))
    for second in range(1, 6 * 60 + 1):
        body.step(8.0, second)
    assert body.moaas == 1
    for second in range(361, 386):
        body.step(8.0, second)
    assert 88 <= body.spo2 <= 92
    for second in range(386, 700):
        body.step(8.0, second)
    assert body.respiration == 0
    assert body.moaas == 0
    assert body.spo2 < 60
    assert LIMITS["spo2"][0] <= body.spo2


def test_the_reference_infusion_alone_makes_nobody_deep():
    for grade, _share in moaas_shares():
        body = Body(Patient(deepest=grade))
        for second in range(1, 60 * 60):
            body.step(reference_rate(second), second)
            assert body.moaas >= grade
        if grade >= 3:
            assert body.spo2 > 97
