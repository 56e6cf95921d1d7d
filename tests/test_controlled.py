"""Comparisons with controls: what is known exactly of a day, and the same difference with less noise."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.pairing import HALLS, ratios
from hallsim.experiment import compare, run
from hallsim.experiment.compare import Differences
from hallsim.experiment.controlled import LEAST_DAYS, controlled, controls_of, keys_of
from hallsim.experiment.paired import paired
from hallsim.scenario import load

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ROOT / "scenarios"
HALL = {
    "open": "09:00-12:00",
    "arrivals": {"per_hour": [20, 34, 26]},
    "segments": {"vip": "20 %", "general": "rest"},
    "stations": {"counter": {"servers": 3, "time": "exponential 6 min", "patience": "exponential 15 min"}},
}


@cache
def one_more() -> Differences:
    """Return the small hall with a counter more, 400 days."""
    return compare(load(HALL), variants={"one more": "stations.counter.servers=4"}, replications=400)


# --- what is known of a day ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [30, 1500])
@pytest.mark.parametrize("name", ["standard_hall", "flagship_hall", "bad_day", "pda_hall"])
def test_every_control_has_a_mean_of_zero(name: str, days: int) -> None:
    model = load(SCENARIOS / f"{name}.yaml").model
    watched = run(model, days, seed=5, watch=keys_of(model)).watched
    assert watched is not None
    controls = controls_of(model, watched)
    errors = controls.std(axis=0, ddof=1) / math.sqrt(days)
    assert (np.abs(controls.mean(axis=0)) < 3.9 * errors).all()  # ten of them: 3.3 errors of one


def test_who_comes_is_one_control_an_hour_where_days_suffice() -> None:
    model = load(HALL).model
    watched = run(model, 4 * LEAST_DAYS, watch=keys_of(model)).watched
    assert watched is not None
    assert controls_of(model, watched).shape == (4 * LEAST_DAYS, 1 + 3)
    assert controls_of(model, watched[:-1]).shape == (4 * LEAST_DAYS - 1, 1 + 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"time": {"vip": "9 min", "rest": "6 min"}},
        {"walk": "10 s"},
        {"servers": [{"name": "A", "speed": 1.5}, {"name": "B"}]},
        {"servers": {"staff": {"09:00": 3}, "shift_end": "preemptive"}},
        {"time": "6 min"},
    ],
)
def test_services_are_no_control_where_their_mean_depends_on_who_is_served(changes: dict[str, object]) -> None:
    hall = {**HALL, "stations": {"counter": {**HALL["stations"]["counter"], **changes}}}  # type: ignore[index]
    assert [key[0] for key in keys_of(load(hall).model)] == ["visits"] * 3


@pytest.mark.parametrize(
    "changes",
    [
        {"open": None, "run_for": "3000 min", "arrivals": {"rate": "20/h"}},
        {"arrivals": {"booked": {"appointments": {"every": "10 min", "show": "80 %"}}}},
    ],
)
def test_who_comes_is_no_control_where_its_mean_is_not_exact(changes: dict[str, object]) -> None:
    hall = {key: value for key, value in {**HALL, **changes}.items() if value is not None}
    assert "visits" not in [key[0] for key in keys_of(load(hall).model)]


def test_there_are_no_controls_where_times_are_rounded() -> None:
    assert keys_of(load({**HALL, "resolution": "1 min"}).model) == []


def test_a_service_that_always_takes_the_same_leaves_the_difference_where_it_is() -> None:
    always = {"servers": 2, "time": "deterministic 4.3333333333 min"}  # no whole number of microseconds
    hall = load({**HALL, "stations": {"counter": always}})
    found = compare(hall, variants={"one more": "stations.counter.servers=3"}, replications=300).get("mean_wait")
    assert found.controlled is not None
    error = math.sqrt(found.paired.variance) / 60e6
    assert math.sqrt(found.controlled.variance) < error
    assert abs(found.controlled.difference - found.difference) < 3.3 * error


# --- differences --------------------------------------------------------------------------------------------------


def test_a_difference_that_the_controls_explain_has_no_noise_left() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0.0, 1.0, 60)
    a = np.stack([5.0 + x, np.ones(60)], axis=1)
    b = np.stack([7.0 + 3.0 * x, np.ones(60)], axis=1)
    found = controlled(a, b, x[:, None], paired(a, b))
    assert found is not None
    assert found.difference == pytest.approx(2.0)
    assert found.variance == pytest.approx(0.0, abs=1e-24)


def test_too_few_days_for_the_controls_leave_the_difference_as_it_is() -> None:
    a = np.stack([np.arange(59.0), np.ones(59)], axis=1)
    b = np.stack([np.arange(59.0) ** 2, np.ones(59)], axis=1)
    controls = np.random.default_rng(1).normal(size=(59, 2))
    assert controlled(a, b, controls, paired(a, b)) is None
    assert controlled(a[:, :], b, controls[:, :0], paired(a, b)) is None


def test_controls_make_the_interval_of_the_mean_wait_narrower_around_the_same_value() -> None:
    row = one_more().get("mean_wait")
    assert row.controlled is not None
    assert row.controlled_high - row.controlled_low < 0.9 * (row.high - row.low)
    assert row.controlled_low < row.controlled.difference < row.controlled_high
    assert row.low < row.controlled.difference < row.high


def test_the_comparison_says_what_it_is_on_days_as_busy_as_the_scenario_says() -> None:
    said = " ".join(one_more().table("en").split())
    assert re.search(r"one more: with these days as busy as the scenario says, the mean wait changes by −", said)
    assert "偏离场景均值的部分，平均等候变化 −" in "".join(one_more().table("zh").split("\n  "))


def test_json_has_the_difference_with_controls() -> None:
    (row,) = [r for r in json.loads(one_more().to_json())["differences"] if r["kpi"] == "mean_wait"]
    assert row["low_controlled"] < row["difference_controlled"] < row["high_controlled"]
    assert row["variance_ratio_controlled"] > row["variance_ratio"]


# --- what it is worth ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_docs_say_what_pairing_and_controls_are_worth() -> None:
    page = (ROOT / "hallsim" / "docs" / "statistics.md").read_text(encoding="utf-8")
    stated = dict[tuple[str, str], list[float]]()
    for line in page.splitlines():
        if match := re.fullmatch(r"\| (\w+ [+-]1) \| ([^|]+) \| (.*) \|", line):
            stated[match[1], match[2]] = [float(cell) for cell in match[3].split("|")]
    measured = {
        (f"{name} {more:+d}", figure): numbers
        for name in HALLS
        for more in (1, -1)
        for figure, *numbers in ratios(load(SCENARIOS / f"{name}.yaml"), more, 1000)
    }
    assert stated.keys() == measured.keys()
    for key, numbers in measured.items():
        assert numbers == pytest.approx(stated[key], abs=0.051), key
    assert all(both >= 5.0 for (_, figure), (_, _, both, *_) in measured.items() if figure == "mean wait")


@pytest.mark.parametrize(("name", "kpi"), [("electronic_share", "visits"), ("one_visit", "mean_service")])
def test_a_catchment_and_transactions_that_follow_others_have_no_exact_means(name: str, kpi: str) -> None:
    assert kpi not in [key[0] for key in keys_of(load(SCENARIOS / f"{name}.yaml").model)]
