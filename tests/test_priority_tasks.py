"""The day's priority tasks: quotas of transactions, and on how many days they are met."""

from __future__ import annotations

import math
from typing import Any

import pytest

import hallsim as hs
from hallsim.errors import ScenarioError, UsageError

MINUTES = [f"09:{m:02d}" for m in range(0, 60, 10)]


def day(quotas: dict[str, int], **more: Any) -> hs.Results:
    """Simulate a day on which six customers come, three for a handset and three for a number."""
    transactions = {
        name: {"share": "50 %", **({"quota": quotas[name]} if name in quotas else {})} for name in ("handset", "number")
    }
    times = {"handset": MINUTES[0::2], "number": MINUTES[1::2]}
    scenario = {
        "open": "09:00-10:00",
        "transactions": transactions,
        "arrivals": {name: {"times": times[name], "transactions": {name: "all"}} for name in transactions},
        "stations": {"counter": {"servers": 1, "time": "5 min"}},
        **more,
    }
    return hs.run(hs.load(scenario), replications=2, engine="reference")


@pytest.mark.parametrize(
    ("quota", "rate", "met"), [(3, 1.0, 1.0), (2, 1.0, 1.0), (4, 0.75, 0.0)], ids=["exactly", "more", "less"]
)
def test_what_is_done_is_held_against_the_quota(quota: int, rate: float, met: float) -> None:
    results = day({"handset": quota})
    found = [results.estimate(name, "transaction", "handset").value for name in ("tasks_done", "tasks_of_quota")]
    assert found == [3.0, rate]
    assert results.estimate("quota_met", "transaction", "handset").value == met


def test_the_hall_meets_its_quotas_if_all_are_met_and_nothing_makes_up_for_another() -> None:
    results = day({"handset": 2, "number": 4})
    found = [results.estimate(name).value for name in ("tasks_done", "tasks_of_quota", "quota_met")]
    assert found == [6.0, 5 / 6, 0.0]


def test_each_transaction_of_a_visit_counts() -> None:
    results = day({"handset": 5}, transactions_per_visit=2)
    assert results.estimate("tasks_done", "transaction", "handset").value == 6.0
    assert results.estimate("quota_met", "transaction", "handset").value == 1.0


def test_a_quota_is_met_with_the_probability_that_enough_come() -> None:
    scenario = {
        "open": "09:00-13:00",
        "transactions": {"handset": {"share": "10 %", "quota": 5}, "rest_of_it": "rest"},
        "arrivals": {"rate": "15/h"},
        "stations": {"counter": {"servers": 20, "time": "1 min"}},
    }
    found = hs.run(hs.load(scenario), replications=2000).estimate("quota_met", "transaction", "handset").value
    expected = 1.0 - sum(math.exp(-6.0) * 6.0**k / math.factorial(k) for k in range(5))  # Poisson, 6 a day
    assert abs(found - expected) < 3.3 * math.sqrt(expected * (1 - expected) / 2000)


def test_tables_show_them_in_both_languages() -> None:
    results = day({"handset": 4})
    assert "handset: priority quota done " in results.table()
    assert "购机：今日重点任务完成率" in results.table("zh")


def test_a_hall_without_quotas_reports_none() -> None:
    with pytest.raises(UsageError, match="this run has no quota_met"):
        day({}).estimate("quota_met")


def test_a_quota_of_nothing_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"transactions.handset.quota: 0 is too small; at least 1"):
        day({"handset": 0})
