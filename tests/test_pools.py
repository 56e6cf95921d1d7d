"""Literal traces of rule 30, on both engines: pools, and who tries which. Rows read as in test_semantics."""

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.model import Model
from hallsim.scenario import load
from tests.test_semantics import duty, hall, trace

SEGMENTS = {"vip": "50 %", "general": "rest"}
POOLS = {"room": {"servers": 1, "calls": ["vip"]}, "open": {"servers": 1, "calls": ["general", "vip"]}}


def pooled(vip: list[str], general: list[str], until: str = "10:00", **station: Any) -> dict[str, Any]:
    """Return a hall with one desk, whose services take ten minutes, and listed customers of two classes."""
    desk = {"pools": POOLS, "time": "10 min", **station}
    scenario = hall([], {"desk": desk}, segments=SEGMENTS, until=until)
    sources = {"vip": vip, "general": general}
    scenario["arrivals"] = {n: {"times": t, "segments": {n: "100 %"}} for n, t in sources.items() if t}
    return scenario


def served_by(scenario: dict[str, Any] | Model) -> list[tuple[Any, ...]]:
    """Return (customer, called, server) in the order of the customers."""
    return sorted((row[0], row[3], row[5]) for row in trace(scenario))


def test_rule_30_a_server_calls_only_what_the_pool_may_and_the_pools_own_line_first() -> None:
    # at 10 the room is free and only general customers wait: it stays idle; `open` calls general before the vip
    assert served_by(pooled(["09:00", "09:03", "09:04"], ["09:01", "09:02"])) == [
        (0, 0, "room 1"),
        (1, 1, "open 1"),
        (2, 11, "open 1"),
        (3, 10, "room 1"),
        (4, 20, "room 1"),
    ]


def test_rule_30_customers_wait_beside_an_idle_server_who_may_not_call_them() -> None:
    assert served_by(pooled(["09:30"], ["09:00", "09:01"])) == [
        (0, 0, "open 1"),
        (1, 10, "open 1"),
        (2, 30, "room 1"),
    ]


def test_rule_30_a_line_tries_its_pools_in_turn_before_longest_idle_decides() -> None:
    # the room has been idle for longer only at the third vip; the vips' first pool is the room all the same
    times = ["09:00", "09:20", "09:40"]
    assert [row[2] for row in served_by(pooled(times, []))] == ["room 1", "room 1", "room 1"]
    other = pooled(times, [], tries={"vip": ["open", "room"]})
    assert [row[2] for row in served_by(other)] == ["open 1", "open 1", "open 1"]
    anybody = pooled(times, [], tries={"vip": "any"})
    assert [row[2] for row in served_by(anybody)] == ["room 1", "open 1", "room 1"]


def test_rule_30_longest_waiting_is_equal_ranks_for_all_that_a_pool_calls() -> None:
    def second_call(by: str) -> int:
        pools = {"open": {"servers": 1, "calls": ["general", "vip"], "by": by}}
        return next(row[0] for row in served_by(pooled(["09:01"], ["09:00", "09:02"], pools=pools)) if row[1] == 10)

    assert (second_call("order"), second_call("longest_waiting")) == (2, 1)


def test_rule_30_service_depends_on_type_and_pool() -> None:
    pools = {"room": {**POOLS["room"], "time": {"vip": "4 min"}}, "open": POOLS["open"]}
    ends = [(row[0], row[4], row[5]) for row in trace(pooled(["09:00", "09:01"], [], pools=pools))]
    assert ends == [(0, 4, "room 1"), (1, 11, "open 1")]


def test_rule_30_a_waiting_room_is_full_for_who_cannot_be_taken_by_the_idle() -> None:
    scenario = pooled(["09:03"], ["09:00", "09:01", "09:02"], room={"waiting": 1})
    assert [(row[0], row[6]) for row in sorted(trace(scenario))] == [
        (0, "served"),
        (1, "served"),
        (2, "blocked"),
        (3, "served"),
    ]


def test_rule_30_at_closing_a_line_that_nobody_on_duty_may_call_is_closed_out() -> None:
    pools = {
        "room": {"servers": 1, "calls": ["vip"]},
        "open": {"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}], "calls": ["general"]},
    }
    scenario = pooled(["09:00", "09:01"], ["09:00", "09:01"], pools=pools, until="09:08")
    assert [(row[0], row[4], row[6]) for row in trace(scenario)] == [
        (3, 8, "closed_out"),
        (0, 10, "served"),
        (1, 10, "served"),
        (2, 20, "served"),
    ]
    assert duty(scenario)[-1] == ("room 1", "overtime", 8, 20)


@pytest.mark.parametrize("by", ["order", "longest_waiting"])
def test_one_pool_that_calls_everybody_is_a_station_without_pools(by: str) -> None:
    call = {"call": {"priority": ["vip"]}} if by == "order" else {"call": "fifo"}
    station = {"time": "exponential 3 min", "patience": "exponential 9 min", **call}
    pool = {"all_round": {"servers": 3, "calls": ["vip", "general"], "by": by}}
    arrivals = {"rate": "70/h"}

    def rows(servers: dict[str, Any]) -> list[list[int]]:
        scenario = hall([], {"desk": {**station, **servers}}, segments=SEGMENTS, until="12:00")
        model = load({**scenario, "arrivals": arrivals}).model
        return kernel.simulate(compile_model(model), 5, 0).rows.tolist()

    assert rows({"servers": 3}) == rows({"pools": pool})


def test_rule_30_pools_leave_every_draw_as_it_was() -> None:
    # with as many servers as customers nobody waits: services are the draws themselves, whoever serves
    station = {"time": "exponential 3 min"}

    def durations(servers: dict[str, Any]) -> dict[int, int]:
        scenario = hall([], {"desk": {**station, **servers}}, segments=SEGMENTS)
        log = kernel.simulate(compile_model(load({**scenario, "arrivals": {"rate": "60/h"}}).model), 5, 0)
        return dict(zip(log.rows[:, 0].tolist(), (log.rows[:, 6] - log.rows[:, 5]).tolist(), strict=True))

    plain = durations({"servers": 60})
    pools = {"a": {"servers": 60, "calls": ["vip"]}, "b": {"servers": 60, "time": "exponential 6 min"}}
    split = durations({"pools": pools})
    ratios = np.array([split[i] / plain[i] for i in plain])
    assert set(np.round(ratios, 3)) == {1.0, 2.0}
