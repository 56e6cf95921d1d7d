"""Intervals cover the truth as often as hallsim/docs/statistics.md says."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from tests.coverage_quantiles import (
    QUANTILE,
    QUANTILE_FIXED,
    QUANTILE_GAMMA,
    QUANTILE_KINDS,
    draw_waits,
    fixed_quantile,
    sequential_quantile,
    true_quantile,
)
from tests.coverage_study import (
    FIXED,
    GAMMAS,
    KINDS,
    controlled_fixed,
    fixed,
    product_agrees,
    product_agrees_with_controls,
    sequential,
    tolerance,
)

DOCS = Path(__file__).resolve().parent.parent / "hallsim" / "docs" / "statistics.md"
STATED = 10_000
"""Repetitions behind the tables of the docs."""


def rows() -> dict[str, list[float]]:
    """Return the rows of the docs' tables by their head, in per cent or days."""
    found = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"\d+( %| days)?|± \d+ %", cells[0]):
            found[cells[0]] = [float(cell.partition(" ")[0]) for cell in cells[1:]]
    return found


def near(stated: float, repetitions: int) -> float:
    """Return 3.3 standard errors of the difference between a stated coverage and one of so many repetitions."""
    p = stated / 100.0
    return 3.3 * math.sqrt(p * (1.0 - p) * (1.0 / repetitions + 1.0 / STATED)) + 0.0005  # and half a printed digit


@pytest.mark.parametrize("kind", KINDS)
def test_the_study_measures_the_intervals_of_the_product(kind: str) -> None:
    assert product_agrees(kind, 100)


@pytest.mark.parametrize("kind", KINDS)
def test_the_study_measures_the_intervals_with_controls_of_the_product(kind: str) -> None:
    assert product_agrees_with_controls(kind, 100)


def with_controls() -> dict[int, list[float]]:
    """Return the coverage with controls that the docs state, in per cent, by days."""
    found = re.findall(r"\| controls, (\d+) days \| (.*) \|", DOCS.read_text(encoding="utf-8"))
    return {int(days): [float(cell) for cell in cells.split("|")][::2] for days, cells in found}


def test_intervals_with_controls_cover_as_often_as_promised_where_nothing_is_skewed() -> None:
    for n in FIXED:
        covered, worth = controlled_fixed("even", n, 4000)
        assert abs(covered - 0.95) <= tolerance(4000)
        assert worth > 1.5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", FIXED)
def test_intervals_with_controls_cover_as_the_docs_say(kind: str, n: int) -> None:
    stated = with_controls()[n][KINDS.index(kind)]
    covered, _ = controlled_fixed(kind, n, 4000, seed=2)
    assert abs(covered - stated / 100.0) <= near(stated, 4000)


def test_the_docs_have_every_cell() -> None:
    assert set(rows()) >= {*(str(n) for n in FIXED), *(f"{100 * g:g} %" for g in GAMMAS), "± 10 %"}
    assert {f"{n} days" for n in QUANTILE_FIXED} <= set(rows())
    for head, cells in rows().items():
        a_kind = 3 if head.isdigit() else 2 if head[0].isdigit() and head.endswith("%") else 1
        assert len(cells) == a_kind * len(KINDS)


def test_what_is_not_skewed_is_covered_as_often_as_promised() -> None:
    for n in FIXED:
        for covered in fixed("even", n, 4000):
            assert abs(covered - 0.95) <= tolerance(4000)


def test_every_shortfall_vanishes_with_more_days() -> None:
    wanted = 95.0 - 100.0 * tolerance(STATED)
    assert min(rows()["10000"]) >= wanted
    assert min(rows()["1000"][:9]) >= wanted  # all but crowded
    assert min(rows()["100"][:6]) >= wanted  # even and rare
    assert min(rows()["5 %"][::2]) >= wanted
    assert min(rows()["1000 days"]) >= wanted


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", FIXED)
def test_fixed_numbers_of_days_cover_as_the_docs_say(kind: str, n: int) -> None:
    stated = rows()[str(n)][3 * KINDS.index(kind) :][:3]
    for covered, share in zip(fixed(kind, n, 4000, seed=2), stated, strict=True):
        assert abs(covered - share / 100.0) <= near(share, 4000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gamma", GAMMAS)
def test_runs_with_a_precision_cover_as_the_docs_say(kind: str, gamma: float) -> None:
    share, days = rows()[f"{100 * gamma:g} %"][2 * KINDS.index(kind) :][:2]
    covered, used = sequential(kind, gamma, 1000, seed=2)
    assert abs(covered - share / 100.0) <= near(share, 1000)
    assert used == pytest.approx(days, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", QUANTILE_KINDS)
@pytest.mark.parametrize("n", QUANTILE_FIXED)
def test_percentiles_cover_as_the_docs_say(kind: str, n: int) -> None:
    stated = rows()[f"{n} days"][list(QUANTILE_KINDS).index(kind)]
    assert abs(fixed_quantile(kind, n, 4000, seed=2) - stated / 100.0) <= near(stated, 4000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", QUANTILE_KINDS)
def test_percentiles_with_a_precision_cover_as_the_docs_say(kind: str) -> None:
    stated = rows()["± 10 %"][list(QUANTILE_KINDS).index(kind)]
    covered, _ = sequential_quantile(kind, QUANTILE_GAMMA, 1000, seed=2)
    assert abs(covered - stated / 100.0) <= near(stated, 1000)


def test_the_quantile_that_intervals_are_held_against_is_that_of_many_days() -> None:
    waits, _ = draw_waits("crowded", np.random.default_rng(3), 200_000)
    assert (waits <= true_quantile("crowded")).mean() == pytest.approx(QUANTILE, abs=0.001)
