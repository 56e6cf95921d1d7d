"""What `hallsim run` prints of machines, extra counters, channels and appointments, and only where there are any."""

from __future__ import annotations

import math

import pytest

from hallsim.experiment import Results, run
from hallsim.experiment.special import figures, half_hours, outcomes
from hallsim.kpis.base import kpi_label
from hallsim.scenario import load

HALL = {
    "open": "09:00-12:00",
    "arrivals": {
        "walk_in": {"per_hour": [30, 60, 30]},
        "booked": {"appointments": {"every": "30 min", "show": "80 %", "late": "exponential 3 min"}},
    },
    "segments": {"vip": "20 %", "general": "rest"},
    "entry": {"kiosk": "30 %", "app": "20 %", "counter": "rest"},
    "stations": {
        "kiosk": {
            "servers": 2,
            "time": "exponential 3 min",
            "fails": "10 %",
            "on_failure": "counter",
            "breakdowns": {"every": "exponential 1 h", "repair": "exponential 10 min", "when_down": "counter"},
        },
        "app": {
            "role": "online",
            "time": "exponential 10 min",
            "fails": "25 %",
            "on_failure": "counter",
            "then": "divert app",
        },
        "counter": {
            "pools": {"room": {"servers": 1, "calls": ["vip"]}, "open": {"servers": 3, "calls": ["general", "vip"]}},
            "time": "exponential 4 min",
            "patience": "exponential 15 min",
            "then": {"desk": "20 %", "leave": "rest"},
        },
        "desk": {"role": "other", "servers": 1, "extra": {"open_at": [3], "close_at": [1], "set_up": "2 min"},
                 "time": "exponential 3 min"},
    },
    "outages": [{"from_to": "10:00-10:15", "stations": ["counter"]}],
}  # fmt: skip


@pytest.fixture(scope="module")
def results() -> Results:
    return run(load(HALL), replications=20, seed=1)


def test_a_hall_with_interruptions_can_be_run(results: Results) -> None:
    # the reducer keeps what was interrupted apart wherever services can be, not only at pre-emptive shift ends
    assert results.estimate("interruptions", "station", "counter").value > 0


def test_ways_to_end_a_visit_stand_side_by_side_and_sum_to_one(results: Results) -> None:
    found = outcomes(results)
    assert sum(e.value for e in found) == pytest.approx(1.0)
    assert {"completed", "gave_up", "diverted"} <= {e.kpi.name for e in found}


def test_figures_of_features_are_printed_with_their_intervals(results: Results) -> None:
    text, chinese = results.table(width=100), results.table("zh", width=100)
    found = figures(results)
    needs = {"", "failures", "down", "extra", "set_up", "channels", "bookings", "outages", "overtaking"}
    assert {e.kpi.needs for e in found} == needs
    for e in found:
        label = kpi_label(e.kpi, e.within_min)
        assert label.zh in chinese
        assert f"{label.en[1:]} " in text
        assert not math.isnan(e.half_width)
    assert "Counters open, by half-hour" in text
    assert "开台数（每半小时）" in chinese


def test_an_outage_closes_every_counter(results: Results) -> None:
    found = {e.hour: e.value for e in half_hours(results)}
    assert found == {540: 4.0, 570: 4.0, 600: 2.0, 630: 4.0, 660: 4.0, 690: 4.0}


def test_gross_relief_is_net_relief_and_those_who_came_back(results: Results) -> None:
    gross, net, back = (results.estimate(f"diverted_{name}").value for name in ("gross", "net", "back"))
    assert gross == pytest.approx(0.2, abs=0.02)
    assert gross * (1 - back) == pytest.approx(net)
    assert net == pytest.approx(results.estimate("diverted").value)


def test_a_plain_hall_prints_none_of_it() -> None:
    plain = {
        "open": "09:00-12:00",
        "arrivals": {"rate": "20/h"},
        "stations": {"counter": {"servers": 2, "time": "5 min"}},
    }
    results = run(load(plain), replications=3, seed=1)
    assert outcomes(results) == figures(results) == half_hours(results) == []
    assert "pools" not in results.table()
