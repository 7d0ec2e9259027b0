"""Lesson 2: routes, and the parameter files behind all models."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from trd import evidence
from trd.mechanism import (
    CLEMENTS_250,
    Infusion,
    concentration,
    relative_curve,
    route,
    routes,
)
from trd.parameters import load

FILES = ("pharmacokinetics", "receptor", "circuit", "routes")


@pytest.mark.parametrize(
    ("key", "peak", "minute"),
    # Review section 3, peaks for 35 mg (27 there for the oral route; its ka of 0.044, peak at
    # about 30 min, gives 26.4) and the times its rates were chosen for.
    [
        ("im", 147, 22),
        ("nasal", 66, 25),
        ("sublingual", 29, 45),
        ("oral", 26.4, 30),
        ("rectal", 30, 45),
    ],
)
def test_simple_curves(key, peak, minute):
    by_vein = float(concentration(CLEMENTS_250, Infusion(0, 40, 35), 70, 40))
    found = relative_curve(key, [0])
    assert found.peak_pct * by_vein / 100 == pytest.approx(peak, abs=0.5)
    assert found.peak_min == pytest.approx(minute, abs=0.75)


def test_measured_peaks_are_higher():
    # Review section 3, bias; the panel says so under its curves.
    observed = load("routes")["observed"]
    by_vein = float(concentration(CLEMENTS_250, Infusion(0, 40, 35), 70, 40))
    assert relative_curve("oral", 0).peak_pct * by_vein / 100 < (
        observed["oral_half_mg_per_kg"].low
    )
    assert relative_curve("sublingual", 0).peak_pct * by_vein / 100 * 25 / 35 == pytest.approx(
        21, abs=0.5
    )
    assert observed["sublingual_25_mg"].value == 28.6


def test_exposure_is_the_share_absorbed():
    times = np.linspace(0, 6000, 60_001)
    by_vein = np.trapezoid(relative_curve("iv", times).relative_pct, times)
    for found in routes():
        curve = relative_curve(found.key, times)
        assert curve.exposure_low_pct <= curve.exposure_pct <= curve.exposure_high_pct
        assert np.all(curve.relative_pct >= -1e-9)
        assert np.all(curve.low_pct <= curve.high_pct + 1e-9)
        if found.ka_per_min is not None:
            area = np.trapezoid(curve.relative_pct, times)
            assert 100 * area / by_vein == pytest.approx(curve.exposure_pct, rel=1e-4)
        assert (curve.caution == "") == (found.key == "iv")


def test_esketamine_spray_has_its_own_model():
    found = relative_curve("nasal-esketamine", [0, 30, 60])
    assert 35 <= found.peak_min <= 42
    assert found.relative_pct[0] == 0


def test_uncertainty_is_stated():
    assert [r.key for r in routes()] == [
        "iv",
        "im",
        "sc",
        "nasal",
        "nasal-esketamine",
        "sublingual",
        "oral",
        "rectal",
    ]
    assert {r.key for r in routes() if r.uncertain} == {"im", "sc"}
    assert route("nasal").span == (0.11, 0.45)
    assert route("sc").bioavailability.status == "teaching-assumption"
    assert route("im").bioavailability.status == "secondary"
    # Rolan 2014, doi:10.1111/bcp.12264: 0.29 (90 % interval 0.27 to 0.31).
    assert (route("sublingual").bioavailability.value, route("sublingual").span) == (
        0.29,
        (0.27, 0.31),
    )
    assert dict(route("oral").alternatives)["s_ketamine"].value == 0.08
    # Fanta 2015: 0.08 (S-ketamine); Chong 2006: 0.23 and 0.32, plus or minus 0.09 and 0.17.
    assert route("oral").reach == pytest.approx((0.08, 0.32))
    assert route("sublingual").reach == pytest.approx((0.15, 0.49))
    # Malinovsky 1996: 0.50 in children.
    assert route("nasal").reach == (0.11, 0.50)
    assert route("im").reach == route("im").span


def test_refusals():
    with pytest.raises(ValueError, match="'tea' is not a route; choose one of iv, im"):
        relative_curve("tea", 0)
    with pytest.raises(ValueError, match="times_min holds nan"):
        relative_curve("im", [float("nan")])


@pytest.mark.parametrize("name", FILES)
def test_every_parameter_has_unit_status_source(name):
    for where, cell in evidence.parameters(name).items():
        if cell.status in {"verified", "derived", "secondary"}:
            assert cell.source, where
            assert cell.locator or cell.note, where
        if cell.status == "secondary":
            assert cell.note.startswith("reported by"), where
        numeric = isinstance(cell.value, float | int) and not isinstance(cell.value, bool)
        if numeric and not where.startswith("weights.j"):
            assert cell.unit or where.endswith((".hill", ".delta")), where


def test_conventions_of_the_circuit_are_labelled():
    found = evidence.parameters("circuit")
    for where, cell in found.items():
        expected = "teaching-assumption"
        if where.startswith("potency.") and where != "potency.slider":
            expected = "from-knowledge"
        assert cell.status == expected, where


def test_importing_the_models_stays_light():
    code = (
        "import sys, trd.mechanism\n"
        "print([n for n in ('scipy', 'matplotlib', 'ipywidgets', 'anywidget', 'pydantic') "
        "if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
