"""Intervals cover the truth as often as hallsim/docs/statistics.md says."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.coverage_study import FIXED, GAMMAS, KINDS, fixed, product_agrees, sequential, tolerance

DOCS = Path(__file__).resolve().parent.parent / "hallsim" / "docs" / "statistics.md"
STATED = 10_000
"""Repetitions behind the tables of the docs."""


def rows() -> dict[str, list[float]]:
    """Return the rows of the docs' tables by their head, in per cent or days."""
    found = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"\d+( %)?", cells[0]):
            found[cells[0]] = [float(cell) for cell in cells[1:]]
    return found


def near(stated: float, repetitions: int) -> float:
    """Return 3.3 standard errors of the difference between a stated coverage and one of so many repetitions."""
    p = stated / 100.0
    return 3.3 * math.sqrt(p * (1.0 - p) * (1.0 / repetitions + 1.0 / STATED)) + 0.0005  # and half a printed digit


@pytest.mark.parametrize("kind", KINDS)
def test_the_study_measures_the_intervals_of_the_product(kind: str) -> None:
    assert product_agrees(kind, 100)


def test_the_docs_have_every_cell() -> None:
    assert set(rows()) >= {*(str(n) for n in FIXED), *(f"{100 * g:g} %" for g in GAMMAS)}
    assert all(len(cells) == 2 * len(KINDS) for cells in rows().values())


def test_what_is_not_skewed_is_covered_as_often_as_promised() -> None:
    for n in FIXED:
        for covered in fixed("even", n, 4000):
            assert abs(covered - 0.95) <= tolerance(4000)


def test_every_shortfall_vanishes_with_more_days() -> None:
    wanted = 95.0 - 100.0 * tolerance(STATED)
    assert min(rows()["10000"]) >= wanted
    assert min(rows()["1000"][:6]) >= wanted  # all but crowded
    assert min(rows()["100"][:4]) >= wanted  # even and rare
    assert min(rows()["5 %"][::2]) >= wanted


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", FIXED)
def test_fixed_numbers_of_days_cover_as_the_docs_say(kind: str, n: int) -> None:
    stated = rows()[str(n)][2 * KINDS.index(kind) :][:2]
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
