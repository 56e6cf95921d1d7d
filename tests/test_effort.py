"""What walking, wrap-up, learning and fatigue cost: shares of paid time, and time lost."""

from __future__ import annotations

from typing import Any

import pytest

import hallsim as hs

DESK = {"servers": [{"name": "Li"}], "time": "6 min"}


def day(**more: Any) -> hs.Results:
    """Simulate an hour with a customer every twenty minutes, at one desk."""
    scenario = {
        "open": "09:00-10:00",
        "arrivals": {"times": ["09:00", "09:20", "09:40"]},
        "stations": {"desk": DESK | more},
    }
    return hs.run(hs.load(scenario), replications=2)


def test_walks_and_wrap_ups_are_parts_of_paid_time() -> None:
    results = day(walk="1 min", wrap_up="2 min")
    shares = [results.estimate(name).value for name in ("walking_share", "wrap_up_share", "utilisation")]
    assert shares == [3 / 60, 6 / 60, 27 / 60]


def test_a_novice_s_services_take_longer_and_that_is_what_is_lost() -> None:
    # twice as long at first, then 1 + exp(-1/2) and 1 + exp(-1) times
    results = day(servers=[{"name": "Li", "novice": {"factor": 2, "services": 2}}])
    expected = 6 * (1 + 0.6065306597 + 0.3678794412)
    assert results.estimate("slowed").value == pytest.approx(expected, abs=1e-4)
    assert results.estimate("slowed_share").value == pytest.approx(expected / 60, abs=1e-6)
    assert results.estimate("busy_time").value - 18 == pytest.approx(expected, abs=1e-4)


def test_what_the_tired_lose_ends_with_a_break() -> None:
    people = [{"name": "Li", "tires": {"per_hour": "60 %", "at_most": "30 %"}}]
    results = day(servers=people, breaks=[{"at": "09:30", "length": "5 min"}])
    # +20 % at 09:20, and five minutes after the break +5 %
    assert results.estimate("slowed").value == pytest.approx(6 * (0.2 + 0.05), abs=1e-4)


def test_what_is_lost_is_what_the_same_customers_take_less_with_others() -> None:
    scenario: dict[str, Any] = {
        "open": "09:00-13:00",
        "arrivals": {"rate": "8/h"},
        "stations": {"desk": {"time": "lognormal 6 min cv 0.8"}},
    }
    people = [{"name": f"person {i}"} for i in range(6)]
    slow = [
        p | {"novice": {"factor": 1.5, "services": 9}, "tires": {"per_hour": "5 %", "at_most": "20 %"}} for p in people
    ]
    busy = []
    for servers in (people, slow):
        scenario["stations"]["desk"]["servers"] = servers
        results = hs.run(hs.load(scenario), replications=20)
        busy.append(results.estimate("busy_time").value)
    assert results.estimate("slowed").value == pytest.approx(busy[1] - busy[0], rel=1e-5)
    assert results.estimate("slowed").value > 10
