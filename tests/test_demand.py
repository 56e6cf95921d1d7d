"""Demand that varies, and the crowd before the doors (semantics 24)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.scenario import check, load
from tests.test_semantics import both, hall, trace


def scenario(arrivals: dict[str, Any], until: str = "12:00") -> dict[str, Any]:
    """Return a desk that nobody waits long for."""
    return {**hall([], {"desk": {"servers": 3, "time": "1 min"}}, until=until), "arrivals": arrivals}


def counts(arrivals: dict[str, Any], days: int) -> Any:
    """Return the number of customers in each hour of each day, int64[days, 3]."""
    model = load(scenario(arrivals)).model
    compiled = compile_model(model)
    workspace = make_workspace(compiled)
    found = np.zeros((days, 3), dtype=np.int64)
    for day in range(days):
        log = kernel.simulate(compiled, 11, day, workspace)
        first = (log.rows[:, 1] >> 16) & 0xFFFF == 0
        hour = (log.rows[first, 3] - model.open) // 3_600_000_000
        found[day] = np.bincount(hour, minlength=3)
    return found


def z_of_variance(x: Any, mean: float, variance: float) -> float:
    """Return how many standard errors the mean square deviation from a known mean is off."""
    squares = (x - mean) ** 2
    return float((squares.mean() - variance) / (squares.std() / np.sqrt(len(x))))


def test_rule_24_the_crowd_comes_in_at_the_opening_and_the_gaps_stay_the_customers() -> None:
    alone = [row[2] for row in trace(scenario({"rate": "20/h"}, until="09:30"))]
    with_crowd = [row[2] for row in trace(scenario({"rate": "20/h", "crowd": 6.7}, until="09:30"))]
    # the crowd is 20.1 minutes' worth of customers: two wait before the doors, everybody else comes so much sooner
    assert alone == pytest.approx([13.81215, 19.95255, 20.46374, 25.02432, 28.04096, 28.81516], abs=1e-5)
    assert with_crowd[:2] == [0, 0]
    assert with_crowd[2:6] == pytest.approx([t - 20.1 for t in alone[2:]], abs=1e-5)


def test_rule_24_a_part_of_the_customers_is_taken_out_of_the_hours() -> None:
    model = load(scenario({"rate": "20/h", "crowd": "25 %"})).model
    crowd, day = model.sources[0].pieces
    assert (crowd.start, crowd.end) == (model.open - 1, model.open)
    assert crowd.rate == pytest.approx(15)
    assert day.rate * (day.end - day.start) == pytest.approx(45)


def test_rule_24_a_factor_changes_the_times_of_its_source_and_nothing_else() -> None:
    def customers(**more: Any) -> dict[str, list[tuple[int, ...]]]:
        _, log = both(
            {
                **scenario({"a": {"rate": "20/h", **more}, "b": {"rate": "20/h"}}),
                "stations": {"desk": {"servers": 40, "time": "exponential 5 min"}},
            }
        )
        found: dict[str, list[tuple[int, ...]]] = {"a": [], "b": []}
        for row in log.rows[np.argsort(log.rows[:, 0])].tolist():
            found["ab"[row[2] >> 40]].append((row[3], row[6] - row[5]))
        return found

    plain, varied = customers(), customers(day_cv=0.5)
    assert plain["b"] == varied["b"]
    n = min(len(plain["a"]), len(varied["a"]))
    assert [x[1] for x in plain["a"][:n]] == [x[1] for x in varied["a"][:n]]  # the same services
    since_opening = np.array([[x[0], y[0]] for x, y in zip(plain["a"], varied["a"], strict=False)]) - 9 * 3_600_000_000
    ratio = since_opening[:, 0] / since_opening[:, 1]
    assert ratio.std() < 1e-6
    assert ratio[0] != 1


def test_rule_24_counts_vary_as_gamma_mixtures_of_poisson_counts_do() -> None:
    x = counts({"rates": {"09:00": "20/h", "10:00": "40/h", "11:00": "10/h"}, "day_cv": 0.3, "hour_cv": 0.2}, 20_000)
    day, hours = 70, np.array([20, 40, 10])
    of_day = day + (1 + 0.09) * (day**2 + 0.04 * (hours**2).sum()) - day**2
    assert abs(x.sum(axis=1).mean() - day) < 3.3 * np.sqrt(of_day / 20_000)
    assert abs(z_of_variance(x.sum(axis=1), day, of_day)) < 3.3
    for i, mean in enumerate(hours):
        assert abs(z_of_variance(x[:, i], mean, mean + mean**2 * (1.09 * 1.04 - 1))) < 3.3


def test_rule_24_the_crowd_varies_with_the_hour_it_belongs_to() -> None:
    x = counts({"rate": "10/h", "crowd": 15, "hour_cv": 0.4}, 20_000)
    for i, mean in enumerate((25, 10, 10)):
        assert abs(z_of_variance(x[:, i], mean, mean + 0.16 * mean**2)) < 3.3


def test_the_crowd_counts_as_work_of_the_first_hour() -> None:
    busy = {**scenario({"rate": "1/h", "crowd": 100}), "stations": {"desk": {"servers": 1, "time": "1 min"}}}
    (warning,) = check(busy)
    assert "09:00-10:00 needs 1.7" in warning.message
    assert "10:00-11:00" not in warning.message
