"""Costs and benefits: a day by hand, sums without rest, and nothing of it changes a day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hallsim.charts import CHARTS
from hallsim.charts.base import Material
from hallsim.compiled import STATE_DUTY, STATE_OVERTIME, Log
from hallsim.errors import UsageError
from hallsim.experiment import Results, measure, replicate, run
from hallsim.experiment.figures import figures_of
from hallsim.experiment.profile import profile_of
from hallsim.experiment.table import display_width, render
from hallsim.model import Churn, Costs, UnitCost
from hallsim.scenario import load
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_Z, HALL, KIOSK_1, KIOSK_Z, MINUTE, NINE, row

COSTS = Costs(
    wage=(0.0, 30.0),
    equipment=(25.0, 0.0),
    channels=(UnitCost(), UnitCost(0.5, 0.25)),
    sale=(12.0,),
    hall=UnitCost(28.0, 2.0),
    overtime=1.5,
    rent=1000.0,
    waiting=60.0,
    lost=15.0,
    churn=Churn(400.0, lost=0.5, waited=0.25, over=10 * MINUTE),
)


def day(rows: list[list[int]], *spans: tuple[int, int, float, float]) -> Log:
    states = [[who, state, NINE + round(a * MINUTE), NINE + round(b * MINUTE), -1] for who, state, a, b in spans]
    return Log(np.array(rows, dtype=np.int64), np.array(states, dtype=np.int64).reshape(-1, 5), NINE + 80 * MINUTE)


DAY = day(
    [
        row(0, COUNTER_Z, 0, 0, 0, 12, server=COUNTER_1, visit="served", exit_=0),
        row(1, COUNTER_Z, 0, 0, 12, 20, server=COUNTER_1, visit="served", exit_=0),
        row(2, COUNTER_Z, 1, 1, None, 7, outcome="reneged", visit="gave_up"),
        row(3, KIOSK_Z, 2, 2, 2, 5, server=KIOSK_1, visit="served", exit_=0),
        row(4, KIOSK_Z, 3, 3, 5, 6, server=KIOSK_1, outcome="failed", visit="diverted", exit_=1),
    ],
    (KIOSK_1, STATE_DUTY, 0, 60),
    (COUNTER_1, STATE_DUTY, 0, 60),
    (COUNTER_1, STATE_OVERTIME, 60, 80),
    (COUNTER_2, STATE_DUTY, 0, 60),
)
"""At the counters two are served (after 0 and 12 min) and one leaves (6); one the kiosk serves, one goes to the app."""


@pytest.fixture(scope="module")
def results() -> Results:
    return measure(replace(HALL, costs=COSTS), [DAY])


@pytest.mark.parametrize(
    ("kpi", "value"),
    [
        ("cost_wages", 30.0 * (120 + 20 * 1.5) / 60),
        ("cost_rent", 1000.0),
        ("cost_equipment", 25.0),
        ("cost_channels", 0.25),
        ("cost", 75.0 + 1000.0 + 25.0 + 0.25),
        ("cost_waiting", 12 + 6 + 2),
        ("cost_lost", 15.0),
        ("cost_churn", 400 * (0.5 + 0.25)),
        ("sales_value", 3 * 12.0),
        ("paper_cost", 3 * 28.0 + 0.5),
        ("avoidable_cost", 3 * 2.0 + 0.25),
        ("unit_cost", 1100.25 / 3),
        ("hall_output", 2.0),
        ("hall_output_all", 2.0 + 1.0 + 1.0),
        ("counter_output", 2 / (140 / 60)),
        ("staff_output", 2 / (140 / 60)),
        ("staff_output_all", 4 / (140 / 60)),
        ("first_contact", 1.0),
    ],
)
def test_a_day_by_hand(results: Results, kpi: str, value: float) -> None:
    assert results.estimate(kpi).value == pytest.approx(value, rel=1e-9)


def test_a_failed_service_is_not_done_at_the_first_contact(results: Results) -> None:
    assert results.estimate("first_contact", "station", "kiosk").value == 0.5


def test_kinds_of_cost_sum_to_the_cost_without_rest() -> None:
    model = load("scenarios/electronic_share_costs.yaml").model
    found = measure(model, list(replicate(model, 4, 1, "reference")))
    kinds = ("cost_wages", "cost_rent", "cost_equipment", "cost_channels")
    total = sum(found.sides(kind)[0] for kind in kinds)
    assert total == pytest.approx(found.sides("cost")[0], rel=1e-15)


def test_the_formula_of_the_unit_cost_is_a_month_over_its_transactions() -> None:
    costs = load("scenarios/electronic_share_costs.yaml").model.costs
    assert costs is not None
    assert costs.hall == UnitCost(28.0, 1.2)
    assert sorted({c.paper for c in costs.channels}) == [0.0, 0.13, 1.65]


def test_wages_go_by_station_then_by_role_then_to_the_rest_who_are_no_machines() -> None:
    scenario = {
        "format": 1,
        "open": "09:00-12:00",
        "arrivals": {"rate": "20/h"},
        "stations": {
            name: {"servers": 1, "time": "1 min", "role": role, "then": then}
            for name, role, then in (
                ("desk", "greeter", "kiosk"),
                ("kiosk", "kiosk", "till"),
                ("till", "counter", "room"),
                ("room", "counter", "leave"),
            )
        },
        "costs": {"wage": {"counter": 38, "room": 50, "rest": 26}},
    }
    costs = load(scenario).model.costs
    assert costs is not None
    assert costs.wage == (26.0, 0.0, 38.0, 50.0)


def test_costs_change_no_simulated_day() -> None:
    model = load("scenarios/electronic_share_costs.yaml").model
    with_costs, without = (next(iter(replicate(m, 1, 5, "reference"))) for m in (model, replace(model, costs=None)))
    assert with_costs.rows.tolist() == without.rows.tolist()


def test_a_hall_without_costs_has_no_figures_of_money() -> None:
    found = measure(HALL, [DAY])
    assert not [e for e in found.estimates() if e.kpi.needs == "costs"]
    with pytest.raises(UsageError, match="this run has no cost by hall"):
        found.estimate("cost")


def test_halls_with_costs_are_compared_by_cost() -> None:
    figures = {f.kpi.name: f for f in figures_of(load("scenarios/electronic_share_costs.yaml"), ["avoidable_cost"])}
    assert {name: figures[name].sign() for name in ("cost", "avoidable_cost")} == {"cost": -1, "avoidable_cost": -1}


def test_a_wait_of_churn_is_watched_like_one_of_a_target() -> None:
    costs = replace(COSTS, churn=Churn(100.0, waited=1.0, over=7 * MINUTE))
    found = measure(replace(HALL, costs=costs), [DAY])
    assert found.estimate("cost_churn").value == pytest.approx(100.0)
    assert found.estimate("wait_over", within_min=7.0).value == pytest.approx(1 / 3)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_has_the_money_within_eighty_columns(results: Results, lang: str) -> None:
    text = render(results, lang)
    assert ("单笔业务成本" if lang == "zh" else "Cost per transaction") in text
    assert max(display_width(line) for line in text.splitlines()) <= 80


def test_the_chart_of_money_is_the_table(results: Results) -> None:
    chart = next(c for c in CHARTS if c.name == "money")
    made = Material(results, profile_of(results.model, [DAY]))
    bars = [t for t in chart.figure(made, "en").to_plotly_json()["data"] if t["type"] == "bar"]
    kinds = ("cost_wages", "cost_rent", "cost_equipment", "cost_channels", "cost_waiting", "cost_lost", "cost_churn")
    assert [x for bar in bars for x in bar["x"]] == [results.estimate(kind).value for kind in kinds]
    assert "1,100" in chart.finding(made, "en")
    assert "84.5" in chart.about(made, "en")


@pytest.mark.parametrize(("times", "wages"), [(["09:00"], 120.0), (["09:00", "11:58"], 157.5)])
def test_an_hour_may_cost_more_from_a_time_of_the_day_on(times: list[str], wages: float) -> None:
    given = {
        "open": "09:00-12:00",
        "arrivals": {"times": times},
        "stations": {"counter": {"servers": 1, "time": "32 min"}},
        "costs": {"wage": 30, "overtime": 1.5, "wage_by_hour": {"11:00": 2}},
    }
    # two hours at 30 and one at 60; half an hour after closing at 60, and half of 30 for overtime
    assert run(load(given), 2, seed=1).estimate("cost_wages").value == pytest.approx(wages)
