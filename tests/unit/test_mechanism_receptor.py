"""Lesson 2: magnesium, block and free drug at the NMDA receptor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.mechanism import (
    CLEMENTS_250,
    KAMP_2020,
    Infusion,
    blocked_at_equilibrium,
    concentration,
    current_fraction,
    ic50_at_voltage,
    ic50_with_magnesium,
    inhibition,
    magnesium_unblocked,
    micromolar,
    ng_per_ml,
    scenarios,
    time_constant_s,
    trapping,
    unbound_defaults,
    unbound_um,
)

conc = st.floats(0, 1e4)
half = st.floats(1e-3, 1e3)
steep = st.floats(0.1, 10)
volt = st.floats(-120, 60)
magnesium = st.floats(0, 20)

# --- checkpoints: evidence review, section 9 and section 4


def test_magnesium_block():
    # 17: Jahr and Stevens 1990, doi:10.1523/JNEUROSCI.10-09-03178.1990.
    open_ = magnesium_unblocked([-80, -70, -65, -60, -40, -20, 0], 1)
    expected = [0.0244, 0.0445, 0.0597, 0.0796, 0.2302, 0.5081, 0.7812]
    assert open_ == pytest.approx(expected, abs=5e-5)
    assert magnesium_unblocked(-65, [0.8, 1.2]) == pytest.approx([0.0735, 0.0502], abs=5e-5)
    assert float(magnesium_unblocked(-20.5, 1)) == pytest.approx(0.5, abs=0.001)


@given(volt)
def test_no_magnesium_no_block(voltage):
    # 18.
    assert float(magnesium_unblocked(voltage, 0)) == 1


@given(half, steep)
def test_half_at_the_ic50(ic50, hill):
    # 19.
    assert float(inhibition(ic50, ic50, hill)) == pytest.approx(0.5)


def test_free_drug():
    # 20: fraction unbound 0.53 from Dayton 1983, doi:10.1007/BF00607095.
    assert float(unbound_um(185, 0.53)) == pytest.approx(0.412, abs=0.0005)
    assert float(unbound_um(185)) == float(unbound_um(185, 0.53))
    # Section 0.
    assert float(micromolar(100)) == pytest.approx(0.421, abs=0.0005)
    assert float(ng_per_ml(1)) == pytest.approx(237.7, abs=0.05)
    assert float(micromolar(185)) == pytest.approx(0.78, abs=0.005)


def test_human_receptor_at_the_usual_peak():
    # 21: Gilling 2009, human GluN1/GluN2A, no magnesium.
    assert 100 * float(inhibition(unbound_um(185, 0.53), 0.71, 0.84)) == pytest.approx(
        38.8, abs=0.5
    )


def test_opening_sets_the_speed_not_the_plateau():
    # 22.
    often, seldom = (trapping(0.4, [0.0, 1e6], po).blocked[-1] for po in (1.0, 0.01))
    assert often == pytest.approx(seldom)
    assert often == pytest.approx(0.4 / (0.4 + 0.22 / 0.15))
    ratio = time_constant_s(0.4, 0.01) / time_constant_s(0.4, 1)
    assert float(ratio) == pytest.approx(100)
    # Section 4: onset 3.6 s; offset 4.5 s, 7.6 min, 76 min.
    assert float(time_constant_s(0.4)) == pytest.approx(3.6, abs=0.05)
    offset = [float(time_constant_s(0, po)) for po in (1, 0.01, 0.001)]
    assert offset == pytest.approx([4.5, 7.6 * 60, 76 * 60], rel=0.015)


def test_ic50_moves_with_voltage():
    # Section 4, Gilling 2009 carried to other voltages.
    found = ic50_at_voltage([-80, -70, -60, -40, 0])
    assert found == pytest.approx([0.52, 0.71, 0.97, 1.79, 6.1], abs=0.01)


def test_competition_with_magnesium():
    # Section 4: 0.33 at -66 mV and 1 mM becomes 5.9.
    assert float(ic50_with_magnesium(0.33, -66, 1)) == pytest.approx(5.9, abs=0.05)
    assert float(ic50_with_magnesium(0.33, -66, 0)) == pytest.approx(0.33)


@pytest.mark.parametrize(
    ("level", "percent"),
    # Section 4, table: human 2A without magnesium; 2A/2B, 2C and 2D with it.
    [
        (100, [27, 4, 16, 7]),
        (185, [39, 7, 26, 12]),
        (250, [45, 9, 32, 16]),
        (1200, [75, 33, 69, 48]),
        (2400, [85, 50, 82, 64]),
    ],
)
def test_one_level_four_answers(level, percent):
    found = scenarios(level, 0.53)
    assert [s.key for s in found] == ["human-2a", "2a-2b", "2c", "2d"]
    assert [round(100 * s.inhibition) for s in found] == percent


def test_unchecked_digits_say_so():
    human, *others = scenarios(185)
    assert human.ic50.status == "verified"
    assert {found.ic50.status for found in others} == {"from-knowledge"}
    assert unbound_defaults()["default"].status == "derived"


@pytest.mark.parametrize(("voltage", "left"), [(-65, 0.0567), (0, 0.7203)])
def test_magnesium_and_ketamine_as_rivals(voltage, left):
    # 185 ng/mL, 0.53 free: 0.4124 micromol/L. IC50 0.71 at -70 mV, carried by 0.79 of the field
    # and divided by the share that magnesium leaves (0.0597; 0.7812); Hill 0.84: at -65 mV
    # 0.71 exp(0.79 x 5 / 25.7) / 0.0597 = 13.86, so 0.0597 / (1 + (0.4124 / 13.86)^0.84) = 0.0567.
    assert float(current_fraction(voltage, 1, unbound_um(185))) == pytest.approx(left, abs=5e-5)


# --- what must hold for any input


@given(volt, volt, magnesium, magnesium)
def test_magnesium_leaves_when_depolarised(one, two, low, high):
    low, high = sorted((low, high))
    below, above = sorted((one, two))
    at_low, at_high = magnesium_unblocked(below, low), magnesium_unblocked(below, high)
    assert 0 <= at_high <= at_low <= 1
    assert magnesium_unblocked(above, low) >= at_low


@given(conc, conc, half, steep)
def test_inhibition_is_a_rising_share(one, two, ic50, hill):
    low, high = sorted((one, two))
    values = inhibition([0, low, high], ic50, hill)
    assert np.all((values >= 0) & (values <= 1))
    assert values[0] == 0
    assert values[2] >= values[1] - 1e-12


@given(volt, magnesium, conc)
def test_magnesium_and_ketamine_together_leave_less(voltage, mg, level):
    left = current_fraction(voltage, mg, level)
    assert 0 <= left <= magnesium_unblocked(voltage, mg) + 1e-12
    assert current_fraction(voltage, mg, 0) == pytest.approx(magnesium_unblocked(voltage, mg))
    # With an IC50 of one's own the two blocks simply multiply.
    own = current_fraction(voltage, mg, level, ic50_um=1.0)
    assert own == pytest.approx(magnesium_unblocked(voltage, mg) * (1 - inhibition(level, 1)))


@given(st.floats(0, 1e6))
def test_units_go_there_and_back(level):
    assert float(ng_per_ml(micromolar(level))) == pytest.approx(level)


@given(
    st.lists(st.floats(0, 50), min_size=2, max_size=40),
    st.floats(0.001, 1),
    st.floats(0, 1),
)
def test_block_stays_a_share(levels, po, start):
    course = trapping(levels, np.arange(len(levels)) * 30.0, po, start)
    assert np.all((course.blocked >= -1e-9) & (course.blocked <= 1 + 1e-9))
    assert course.blocked[0] == start


@given(st.floats(0, 50), st.floats(0.001, 1), st.floats(0, 1))
def test_constant_level_is_exact(level, po, start):
    times = np.array([0.0, 1, 7, 60, 1000])
    one = trapping(level, times, po, start).blocked
    many = trapping([level] * 5, times, po, start).blocked
    assert one == pytest.approx(many, abs=1e-12)
    tau, goal = float(time_constant_s(level, po)), float(blocked_at_equilibrium(level))
    assert one == pytest.approx(goal + (start - goal) * np.exp(-times / tau), abs=1e-12)


@pytest.mark.parametrize("po", [1, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("chosen", [CLEMENTS_250, KAMP_2020])
def test_stated_error_of_a_changing_level(chosen, po):
    def free(times):
        return unbound_um(concentration(chosen, Infusion(0, 40, 35), 70, times))

    coarse, fine = np.arange(0, 241.0), np.arange(0, 240 * 32 + 1) / 32
    rough = trapping(free(coarse), 60 * coarse, po).blocked
    exact = trapping(free(fine), 60 * fine, po).blocked[::32]
    assert np.abs(rough - exact).max() < 0.001


def test_the_fine_course_agrees_with_a_general_solver():
    from scipy.integrate import solve_ivp

    times = np.linspace(0, 600, 2401)
    level = 0.4 * (1 - np.exp(-times / 100))

    def slope(t, y):
        c = 0.4 * (1 - np.exp(-t / 100))
        return 0.2 * (0.15 * c * (1 - y) - 0.22 * y)

    run = solve_ivp(slope, (0, 600), [0.3], t_eval=times, rtol=1e-9, atol=1e-11)
    found = trapping(level, times, 0.2, 0.3, kon=0.15, koff=0.22)
    assert found.blocked == pytest.approx(run.y[0], abs=1e-6)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: magnesium_unblocked(-200, 1), "voltage holds -200; every value must be between"),
        (lambda: magnesium_unblocked(-65, -1), "magnesium holds -1"),
        (lambda: inhibition(-1, 1), "concentration holds -1"),
        (lambda: inhibition(1, 0), "IC50 is 0; it must be above 0 micromol/L"),
        (lambda: inhibition(1, 1, 0), "Hill coefficient is 0; it must be above 0 and up to 10."),
        (lambda: inhibition(1, 1, 11), "Hill coefficient is 11; it must be above 0 and up to 10."),
        (lambda: inhibition(1, 1, "1"), "Hill coefficient is '1'; it must be above 0"),
        (lambda: ic50_with_magnesium(0, -65, 1), "IC50 is 0"),
        (lambda: unbound_um(185, 1.2), "fraction unbound is 1.2; it must be above 0 and up to 1."),
        (lambda: unbound_um(-1), "concentration holds -1"),
        (lambda: micromolar(1, "esmethadone"), "'esmethadone' is not known here"),
        (lambda: scenarios(-5), "plasma level is -5"),
        (lambda: trapping(1, [0, 1], 0), "open probability is 0"),
        (lambda: trapping(1, [1, 1]), "each later than the one before"),
        (lambda: trapping([1, 2, 3], [0, 1]), "3 concentrations for 2 times"),
        (lambda: trapping(1, [0, 1], blocked_at_start=2), "blocked_at_start is 2"),
        (lambda: trapping(1, [0, 1], kon=0), "kon is 0"),
        (lambda: micromolar(100, ["lsd"]), "is not known here"),
        (lambda: magnesium_unblocked([-65, 0], [1, 2, 3]), "voltage has 2, magnesium has 3"),
        (lambda: inhibition([1, 2], [1, 2, 3]), "concentration has 2, IC50 has 3"),
        (lambda: current_fraction([-65, 0], 1, [1, 2, 3]), "concentration has 3, IC50 has 2"),
        (lambda: current_fraction([-65, 0], 1, [1, 2, 3], 1.0), "concentration has 3, voltage"),
        (lambda: ic50_with_magnesium([1, 2, 3], [-65, 0], 1), "IC50 has 3, voltage has 2"),
    ],
)
def test_refusals(action, words):
    with pytest.raises(ValueError, match=words):
        action()
