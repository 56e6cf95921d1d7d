"""KPIs at the edges of the rules: who is a miss, who had to wait, who came too late."""

from typing import Any

import pytest

import hallsim as hs
from tests.kpi_witness import results_of
from tests.test_semantics import both, hall, stated


def day(arrivals: list[str], desk: dict[str, Any], *, until: str = "10:00", **more: Any) -> hs.Results:
    """Simulate one day of listed arrivals at one desk."""
    scenario = {
        "hall": "edge",
        "open": f"09:00-{until}",
        "arrivals": {"times": arrivals},
        "stations": {"desk": {"time": "10 min"} | desk},
        **more,
    }
    return hs.run(hs.load(scenario), replications=1)


def test_rule_5_the_three_service_levels_of_a_day_of_four() -> None:
    # customer 1 waits 9 minutes, customer 2 gives up after 3, customer 3 waits 17
    coming = ["09:00", "09:01", "09:02", "09:03"]
    model = stated(hall(coming, {"desk": {"servers": 1, "time": "10 min"}}), patiences=[-1, -1, 3, -1])
    model, log = both(model)
    results = results_of(model, [log])
    names = ("service_level", "service_level_served", "service_level_patient")
    levels = [[round(results.estimate(name, within_min=t).value, 3) for name in names] for t in (5.0, 10.0)]
    assert levels == [[0.25, 0.333, 0.333], [0.5, 0.667, 0.667]]


def test_rule_15_a_mean_is_over_all_customers_and_not_over_days() -> None:
    # who waits 9 minutes on a quiet day is one of six; the mean of the days' means would be 2.25 minutes
    desk = {"desk": {"servers": 1, "time": "10 min"}}
    busy = ["09:00", "09:10", "09:20", "09:30"]
    (model, quiet_day), (_, busy_day) = (both(hall(coming, desk)) for coming in (["09:00", "09:01"], busy))
    results = results_of(model, [quiet_day, busy_day])
    assert results.estimate("mean_wait").value == 1.5


def test_rule_5_closed_out_tickets_are_misses_also_when_early_leavers_are_left_out() -> None:
    desk = {"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}]}
    results = day(["09:00", "09:55"], desk)
    levels = [
        results.estimate(name, within_min=10).value
        for name in ("service_level", "service_level_served", "service_level_patient")
    ]
    assert levels == [0.5, 1.0, 0.5]
    assert results.estimate("wait_over", within_min=5).value == 0.0


def test_whoever_gives_up_at_once_had_to_wait() -> None:
    results = day(["09:00", "09:01"], {"servers": 1, "patience": "0 min"})
    assert results.estimate("share_waiting").value == 0.5
    assert results.estimate("service_level_patient", within_min=5).value == 1.0


def test_rule_5_an_interrupted_stay_counts_once_by_the_sum_of_its_waits() -> None:
    staff = {"09:00": 1, "09:04": 0, "09:20": 1}
    results = day(["09:00"], {"servers": {"staff": staff, "shift_end": "preemptive"}})
    assert results.estimate("mean_wait").value == 16.0
    assert results.estimate("service_level", within_min=10).value == 0.0
    assert results.estimate("service_level", within_min=15).value == 0.0
    assert results.estimate("joined").value == 1.0


def test_whose_arrival_is_rounded_to_closing_is_a_visit_turned_away() -> None:
    results = day(["09:00", "09:59:40"], {"servers": 1}, resolution="1 min")
    assert results.estimate("visits").value == 2.0
    assert results.estimate("turned_away").value == 0.5


def test_too_many_replications_are_refused_before_anything_is_made() -> None:
    with pytest.raises(hs.UsageError, match="10000000"):
        hs.run(
            hs.load(
                {
                    "hall": "x",
                    "open": "09:00-10:00",
                    "arrivals": {"rate": "1/h"},
                    "stations": {"desk": {"servers": 1, "time": "1 min"}},
                }
            ),
            replications=10**20,
        )


def test_a_run_too_long_for_its_log_ends_in_one_clear_line() -> None:
    from hallsim.compiled import compile_model
    from hallsim.engines.workspace import make_workspace

    scenario = {
        "hall": "long",
        "run_for": "50000000 min",
        "arrivals": {"rate": "1/min"},
        "stations": {"desk": {"servers": 2, "time": "1 min"}},
    }
    with pytest.raises(hs.EngineError, match="shorter run"):
        make_workspace(compile_model(hs.load(scenario).model))
