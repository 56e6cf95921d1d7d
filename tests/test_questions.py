"""The questions of docs/questions.md still have the answers that the page gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hallsim.experiment import Results, measure, replicate, run
from hallsim.scenario import load

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "hallsim" / "docs" / "questions.md").read_text(encoding="utf-8")
TABLES = re.findall(r"^\| scenario .*\n\|[-|]*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
ROWS = [tuple(cell.strip() for cell in line.strip("|").split("|")) for table in TABLES for line in table.splitlines()]
DAYS = 100


def week_of(row: tuple[str, ...]) -> int | None:
    """Return which week of the calendar a row is of, None if of all days."""
    return int(row[2].split()[1]) if row[2].startswith("week") else None


HALLS = list(dict.fromkeys((row[0], week_of(row)) for row in ROWS))


def value_of(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+) (%|min|a day)", text).groups()  # type: ignore[union-attr]
    return float(number) / (100 if unit == "%" else 1)


def results_of(hall: str, week: int | None) -> Results:
    """Run a scenario, with its changes; of one that has a calendar of four weeks, only the days of a week."""
    name, _, changes = hall.partition(" ")
    loaded = load(ROOT / "scenarios" / f"{name}.yaml", set_=changes.split("; ") if changes else [])
    if week is None:
        return run(loaded, DAYS, seed=7)
    days = enumerate(replicate(loaded, 4 * 28, seed=7))
    return measure(loaded, [log for i, log in days if i % 28 // 7 == week - 1])


@pytest.mark.parametrize(("hall", "week"), HALLS, ids=lambda x: str(x)[:40])
def test_the_answers_of_the_page_are_those_of_a_run(hall: str, week: int | None) -> None:
    results = results_of(hall, week)
    for _, figure, of, hour, measured in (row for row in ROWS if (row[0], week_of(row)) == (hall, week)):
        kpi, _, within = figure.partition(" ")
        scope, _, item = ("hall", "", "") if week else of.partition(" ")
        days = item if scope == "days" else None
        scope, item = ("hall", "") if days else (scope, item)
        when = None if not hour else int(hour[:2]) * 60 + int(hour[3:])
        e = results.estimate(kpi, scope or "hall", item or None, when, float(within) if within else None, days)
        rounding = {"%": 0.0006, "min": 0.006}.get(measured.rsplit(" ", 1)[1], 0.6 if e.value > 20.0 else 0.06)
        # four standard errors: half an interval is two
        assert abs(e.value - value_of(measured)) <= 2 * e.half_width + rounding, (figure, of, hour)


def test_every_scenario_with_a_question_is_on_the_page() -> None:
    asked = [path.stem for path in (ROOT / "scenarios").glob("*.yaml") if load(path).model.question is not None]
    assert asked
    assert [name for name in asked if f"`{name}.yaml`" not in PAGE] == []
