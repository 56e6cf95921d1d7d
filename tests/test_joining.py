"""Literal traces of rule 18, on both engines: conditions on joining. As in test_semantics."""

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.errors import ScenarioError
from hallsim.scenario import load
from tests.test_semantics import hall, trace

COMING = ["09:00", "09:01", "09:02", "09:03"]


def counter(*cases: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a counter that takes ten minutes a customer, with conditions on joining."""
    return {"counter": {"servers": 1, "time": "10 min", "joining": list(cases), **more}}


def joined(scenario: Any) -> list[tuple[int, str]]:
    """Return how the steps of customers ended, by customer."""
    return sorted((row[0], row[6]) for row in trace(scenario))


def test_rule_18_who_finds_a_condition_fulfilled_joins_by_its_probability() -> None:
    stations = counter({"when": "at least 2 waiting at counter", "joins": "0 %"})
    # 3 sees 1 and 2 wait, and 2 has seen only 1
    assert joined(hall(COMING, stations)) == [(0, "served"), (1, "served"), (2, "served"), (3, "balked")]


def test_rule_18_the_first_condition_that_holds_and_speaks_for_a_customer_decides() -> None:
    cases = (
        {"when": "at least 1 waiting at counter", "joins": {"vip": "100 %"}},
        {"when": "at least 1 waiting at counter", "joins": "0 %"},
    )
    scenario = hall([], counter(*cases), segments={"vip": "50 %", "general": "rest"})
    scenario["arrivals"] = {
        "ordinary": {"times": ["09:00", "09:01", "09:02"], "segments": {"general": "all"}},
        "special": {"times": ["09:03", "09:04"], "segments": {"vip": "all"}},
    }
    assert joined(scenario) == [(0, "served"), (1, "served"), (2, "balked"), (3, "served"), (4, "served")]


def test_rule_18_where_no_condition_holds_the_number_inside_decides() -> None:
    stations = counter({"when": "after 09:03", "joins": "100 %"}, join_probability=[1, 0])
    assert joined(hall(COMING, stations)) == [(0, "served"), (1, "balked"), (2, "balked"), (3, "served")]


def test_rule_18_who_balks_by_a_condition_may_go_elsewhere() -> None:
    stations = counter({"when": "longest wait over 1 min at counter", "joins": "0 %"}, on_balking="desk")
    stations["desk"] = {"servers": 1, "time": "1 min"}
    assert trace(hall(COMING, stations))[:2] == [
        (3, "counter", 3, None, 3, None, "balked"),
        (3, "desk", 3, 3, 4, "desk 1", "served"),
    ]


def test_rule_18_where_numbers_stay_nobody_is_asked_whom_a_server_takes_at_once() -> None:
    stations = counter({"when": "after 09:00", "joins": "0 %"}, numbers={"call_time": "20 s"})
    assert joined(hall(COMING[:2], stations)) == [(0, "served"), (1, "balked")]


def test_rule_18_a_condition_may_ask_for_the_wait_that_would_be_quoted() -> None:
    case = {"when": "quoted wait over 10 min at counter", "joins": "0 %"}
    stations = counter(case, quote={"tells": "estimate"})
    # one ahead is ten minutes, two are twenty
    assert joined(hall(COMING, stations)) == [(0, "served"), (1, "served"), (2, "served"), (3, "balked")]


def test_a_condition_that_always_holds_is_a_probability_by_type() -> None:
    def rows(**more: Any) -> Any:
        stations = {"counter": {"servers": 1, "time": "exponential 5 min", **more}}
        scenario = hall([], stations, until="12:00") | {"arrivals": {"rate": "30/h"}}
        return kernel.simulate(compile_model(load(scenario).model), 4, 0).rows

    by_number = rows(join_probability=[0.7])
    assert len(np.unique((by_number[:, 1] >> 32) & 0xFF)) == 2
    assert np.array_equal(by_number, rows(joining=[{"when": "at least 0 in the hall", "joins": "70 %"}]))


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ({"when": "often", "joins": "70 %"}, "joining\\[0\\].when: 'often' is not a condition"),
        ({"when": "after 09:30"}, "joins is missing"),
        ({"joins": "70 %"}, "when is missing"),
        ({"when": "after 09:30", "joins": {"vup": "70 %"}}, "'vup' is not"),
        ({"when": "quoted wait over 1 min at counter", "joins": "70 %"}, "no estimate is told"),
    ],
)
def test_what_cannot_be_meant_is_refused(case: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        load(hall(COMING, counter(case)))


def test_a_delay_asks_nobody_whether_he_joins() -> None:
    walk = {"role": "delay", "time": "1 min", "joining": [{"when": "after 09:00", "joins": "70 %"}]}
    with pytest.raises(ScenarioError, match="a station of the role delay has no joining"):
        load(hall(COMING, {"walk": walk}))
