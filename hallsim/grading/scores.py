"""Halls and their figures from a CSV file -> scores, grades and a ranking.

In: a table with a column `hall` and one for each figure of the rules; others are left alone. Out: a `Graded` for each
hall, the best first. A score is the weighted mean of the figures' scores, of each side and of both together.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hallsim.errors import Complaint, ScenarioError, not_one_of
from hallsim.grading.rules import DEMAND, SIDES, Figure, Grade, Rules
from hallsim.scenario.text import read_text

NAME = "hall"


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall and its figures, by name."""

    name: str
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Graded:
    """A hall with its score, those of its sides (0 to 100; NaN where a side has no weight), rank and grade."""

    hall: Hall
    rank: int
    score: float
    sides: dict[str, float]
    grade: Grade


def read_halls(file: str | os.PathLike[str], rules: Rules) -> list[Hall]:
    """Read the halls of a CSV file.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """
    lines = csv.reader(read_text(str(file), kind="table of halls").splitlines())
    header = [cell.strip() for cell in next(lines, [])]
    complaints: list[Complaint] = []

    def complain(line: int, message: str, column: str = "") -> None:
        complaints.append(Complaint(str(file), line, column, message))

    needed = (NAME, *(figure.name for figure in rules.figures))
    if not set(needed) & set(header):
        complain(1, f"is no table of halls (CSV): it has none of the columns {', '.join(needed)}")
        raise ScenarioError(complaints)
    for name in needed:
        if name not in header:
            complain(1, not_one_of(name, "a column of this table", header))
    if complaints:
        raise ScenarioError(complaints)
    halls: list[Hall] = []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        name = row[NAME]
        if not name or any(hall.name == name for hall in halls):
            complain(lines.line_num, f"{name} is in the table twice" if name else "has no name", NAME)
        figures = {f.name: _number(row.get(f.name, "")) for f in rules.figures}
        for key, value in figures.items():
            if math.isnan(value) or value < 0 or (key == DEMAND and value == 0):
                complain(lines.line_num, f"{row.get(key, '')!r} is not a number of {key}", key)
        halls.append(Hall(name, figures))
    if not halls:
        complain(1, "has no hall")
    if complaints:
        raise ScenarioError(complaints)
    return halls


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def grade(halls: Sequence[Hall], rules: Rules) -> list[Graded]:
    """Return halls with their scores and grades, the best first; equal scores in the order of the table."""
    found = []
    for hall in halls:
        score = _score(hall, rules.figures)
        own = next(g for g in rules.grades if score >= g.least)
        sides = {side: _score(hall, [f for f in rules.figures if f.side == side]) for side in SIDES}
        found.append((score, sides, own, hall))
    found.sort(key=lambda entry: -entry[0])
    return [Graded(hall, i + 1, score, sides, own) for i, (score, sides, own, hall) in enumerate(found)]


def _score(hall: Hall, figures: Sequence[Figure]) -> float:
    weight = sum((f.weight for f in figures), Fraction(0))
    if not weight:
        return math.nan
    return math.fsum(float(f.weight / weight) * f.score(hall.figures[f.name]) for f in figures)
