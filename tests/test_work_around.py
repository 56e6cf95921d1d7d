"""Literal traces of rules 38 and 39, on both engines: walk, wrap-up, and people who differ. As in test_semantics."""

import math
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.visits import build
from tests.test_semantics import both, duty, hall, minutes, trace


def desk(time: str = "10 min", servers: Any = 1, **more: Any) -> dict[str, Any]:
    return {"servers": servers, "time": time, **more}


def calls(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (customer, called, ended, server) in the order in which they ended."""
    return [(row[0], row[3], row[4], row[5]) for row in trace(scenario)]


def table(scenario: dict[str, Any]) -> Any:
    model, log = both(scenario)
    return build(model, log)


def test_rule_38_a_server_calls_after_the_work_that_the_customer_has_left() -> None:
    scenario = hall(["09:00", "09:01"], {"desk": desk(wrap_up="3 min")})
    assert calls(scenario) == [(0, 0, 10, "desk 1"), (1, 13, 23, "desk 1")]
    assert [row for row in duty(scenario) if row[1] == "wrap_up"] == [
        ("desk 1", "wrap_up", 10, 13),
        ("desk 1", "wrap_up", 23, 26),
    ]


def test_rule_38_waiting_ends_at_the_call_and_service_begins_after_the_walk() -> None:
    visits = table(hall(["09:00", "09:01"], {"desk": desk(walk="2 min", wrap_up="3 min")}))
    columns = ("t_ticket", "t_call_last", "t_start", "t_end", "t_wrap_end")
    assert [[minutes(row[c]) for c in columns] for _, row in visits.iterrows()] == [
        [0, 0, 2, 12, 15],
        [1, 15, 17, 27, 30],
    ]
    assert visits["ahead_at_ticket"].tolist() == [0, 0]


def test_rule_38_walk_and_wrap_up_are_busy_time_but_no_service() -> None:
    scenario = hall(["09:00"], {"desk": desk(walk="2 min", wrap_up="3 min")})
    results = hs.run(hs.load(scenario), replications=2, seed=1)
    assert results.estimate("mean_service").value == 10
    assert results.estimate("utilisation").value == 15 / 60


def test_rule_38_a_shift_that_ends_in_the_wrap_up_makes_overtime() -> None:
    station = desk(servers=[{"name": "Li", "shifts": ["09:00-09:11"]}, {"name": "Wang"}], wrap_up="3 min")
    assert duty(hall(["09:00"], {"desk": station}))[:3] == [
        ("Li", "wrap_up", 10, 13),
        ("Li", "duty", 0, 11),
        ("Li", "overtime", 11, 13),
    ]


def test_rule_38_after_closing_the_wrap_up_keeps_only_its_server() -> None:
    scenario = hall(["09:00", "09:01"], {"desk": desk(servers=2, wrap_up="30 min")}, until="09:20")
    assert [row for row in duty(scenario) if row[1] == "overtime"] == [
        ("desk 1", "overtime", 20, 40),
        ("desk 2", "overtime", 20, 41),
    ]


def test_rule_38_a_break_begins_after_the_wrap_up() -> None:
    station = desk(wrap_up="3 min", breaks=[{"at": "09:05", "length": "5 min"}])
    assert calls(hall(["09:00", "09:01"], {"desk": station}))[1] == (1, 18, 28, "desk 1")


def test_rule_39_speed_may_go_by_transaction() -> None:
    people = [{"name": "Li", "speed": {"card": 2, "rest": 1}}]
    scenario = hall([], {"desk": desk(servers=people)})
    scenario["transactions"] = {"card": "50 %", "payment": "rest"}
    scenario["arrivals"] = {
        "a": {"times": ["09:00"], "transactions": {"card": "all"}},
        "b": {"times": ["09:20"], "transactions": {"payment": "all"}},
    }
    assert calls(scenario) == [(0, 0, 5, "Li"), (1, 20, 30, "Li")]


def test_rule_39_a_novice_learns_by_services_done() -> None:
    people = [{"name": "Li", "novice": {"factor": 2, "services": 2}}]
    scenario = hall(["09:00"] * 4, {"desk": desk("1 min", servers=people)})
    ends = [row[2] * 60e6 for row in calls(scenario)]
    took = np.diff([0.0, *ends])
    assert np.allclose(took, [60e6 * (1 + math.exp(-n / 2)) for n in range(4)], atol=1)


def test_rule_39_fatigue_grows_with_the_time_since_the_last_break_and_is_bounded() -> None:
    people = [{"name": "Li", "tires": {"per_hour": "60 %", "at_most": "30 %"}}]
    station = desk("2 min", servers=people, breaks=[{"at": "09:50", "length": "5 min"}])
    scenario = hall(["09:00", "09:10", "09:20", "09:40", "09:57"], {"desk": station})
    # +1 % a minute: at 0, 10, 20; bounded at 40; two minutes after the break
    assert [round(row[2] - row[1], 6) for row in calls(scenario)] == [2, 2.2, 2.4, 2.6, 2.04]


def test_a_wrap_up_leaves_every_customer_s_draws_untouched() -> None:
    station = {"servers": 3, "time": "lognormal 6 min cv 0.8", "patience": "exponential 20 min"}
    found = []
    for more in ({}, {"wrap_up": "exponential 1 min", "walk": "exponential 20 s"}):
        scenario = hall([], {"desk": {**station, **more}}, until="12:00") | {"arrivals": {"rate": "25/h"}}
        model = hs.load(scenario).model
        found.append(build(model, kernel.simulate(compile_model(model), 3, 0)))
    before, after = found
    assert (before["t_arrive"] == after["t_arrive"]).all()
    times = [(v["t_end"] - v["t_start"]).where(v["outcome"] == "served") for v in found]
    served = times[0].notna() & times[1].notna()
    assert served.sum() > 40
    assert (times[0][served] == times[1][served]).all()


@pytest.mark.parametrize(("wrap_up", "mean", "square"), [("exponential 2 min", 2.0, 8.0), ("1 min", 1.0, 1.0)])
def test_a_server_with_wrap_up_is_m_g_1_of_both_times(wrap_up: str, mean: float, square: float) -> None:
    # services uniform on 0-4 min: mean 2, second moment 16/3 (Pollaczek and Khinchine)
    rate = 0.8 / (2 + mean)
    expected = rate * (16 / 3 + 2 * 2 * mean + square) / (2 * (1 - 0.8))
    scenario = {
        "format": 1,
        "hall": "M/G/1",
        "run_for": "60000 min",
        "warm_up": "2000 min",
        "arrivals": {"rate": f"{rate}/min"},
        "stations": {"desk": {"servers": 1, "time": "uniform 0 min to 4 min", "wrap_up": wrap_up}},
    }
    results = hs.run(hs.load(scenario), replications=300, seed=5)
    wait, busy = results.estimate("mean_wait"), results.estimate("utilisation")
    for estimate, value in ((wait, expected), (busy, 0.8)):
        error = (estimate.high - estimate.low) / 2 / 1.9679
        assert error < 0.005 * value
        assert abs(estimate.value - value) < 3.3 * error
