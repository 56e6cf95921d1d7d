"""Literal traces of rule 31, on both engines: breakdowns, repairs, outages. Rows read as in test_semantics."""

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.kpis.checks import violations
from hallsim.scenario import load
from tests.test_semantics import both, duty, hall, trace

UP = {"every": "15 min", "repair": "4 min"}
COUNTER = {"servers": 1, "time": "3 min"}


def desk(servers: Any = 1, time: str = "10 min", **more: Any) -> dict[str, Any]:
    return {"servers": servers, "time": time, "breakdowns": UP, **more}


def down(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (server, from, to) of every stretch of a server that is down."""
    return [(name, a, b) for name, state, a, b in duty(scenario) if state == "down"]


def test_rule_31_a_broken_servers_customer_goes_to_the_head_of_the_line() -> None:
    # up until 15, repaired at 19, broken again at 34: the second service is begun anew each time
    assert trace(hall(["09:00", "09:01", "09:02"], {"desk": desk()}, until="09:40")) == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 1, 10, 15, "desk 1", "interrupted"),
        (1, "desk", 15, 19, 29, "desk 1", "served"),
        (2, "desk", 2, 29, 34, "desk 1", "interrupted"),
        (2, "desk", 34, 38, 48, "desk 1", "served"),
    ]


@pytest.mark.parametrize(("work", "end"), [("resume", 24), ("repeat", 29), ("resample", 29)])
def test_rule_31_interrupted_work_goes_on_in_three_ways(work: str, end: int) -> None:
    steps = trace(hall(["09:00", "09:01"], {"desk": desk(interrupted=work)}))
    assert steps[2] == (1, "desk", 15, 19, end, "desk 1", "served")


def test_rule_7_work_interrupted_after_closing_is_resumed_so_that_it_ends() -> None:
    # ten minutes of work, up for four: begun anew until the doors close, then carried on
    breakdowns = {"every": "4 min", "repair": "1 min"}
    steps = trace(hall(["09:00"], {"desk": desk(interrupted="repeat", breakdowns=breakdowns)}, until="09:12"))
    assert steps == [
        (0, "desk", 0, 0, 4, "desk 1", "interrupted"),
        (0, "desk", 4, 5, 9, "desk 1", "interrupted"),
        (0, "desk", 9, 10, 14, "desk 1", "interrupted"),
        (0, "desk", 14, 15, 19, "desk 1", "interrupted"),
        (0, "desk", 19, 20, 22, "desk 1", "served"),
    ]


def test_rule_12_who_gives_up_leaves_interrupted_work_behind() -> None:
    # ten minutes of work at the desk, of which five are left; it takes three at the other
    broken = desk(interrupted="resume", patience="2 min", on_giving_up="other")
    assert trace(hall(["09:10"], {"desk": broken, "other": COUNTER})) == [
        (0, "desk", 10, 10, 15, "desk 1", "interrupted"),
        (0, "desk", 15, None, 17, None, "reneged"),
        (0, "other", 17, 17, 20, "other 1", "served"),
    ]


def test_rule_31_a_broken_servers_customer_is_taken_at_once_by_an_idle_one() -> None:
    breakdowns = {**UP, "every": {"law": "empirical", "values": ["4 min", "40 min"]}}
    steps = trace(hall(["09:00"], {"desk": desk(2, breakdowns=breakdowns)}, until="09:30"), seed=9)
    assert steps == [
        (0, "desk", 0, 0, 4, "desk 1", "interrupted"),
        (0, "desk", 4, 4, 14, "desk 2", "served"),
    ]


def test_rule_31_down_time_lies_inside_duty_and_a_clock_does_not_run_meanwhile() -> None:
    scenario = hall([], {"desk": desk()}, until="09:40")
    scenario["arrivals"] = {"rate": "0/h"}
    assert duty(scenario) == [("desk 1", "down", 15, 19), ("desk 1", "down", 34, 38), ("desk 1", "duty", 0, 40)]


def test_rule_31_a_clock_stands_still_off_duty() -> None:
    shifts = [{"name": "Li", "shifts": ["09:00-09:10", "09:20-10:00"]}]
    assert down(hall(["09:01"], {"desk": desk(shifts, "1 min")})) == [
        ("Li", 25, 29),
        ("Li", 44, 48),
    ]


def test_rule_31_busy_time_alone_may_be_counted() -> None:
    scenario = hall(["09:00", "09:20"], {"desk": desk(breakdowns={**UP, "counting": "busy"})})
    assert down(scenario) == [("desk 1", 25, 29)]
    assert trace(scenario)[1:] == [
        (1, "desk", 20, 20, 25, "desk 1", "interrupted"),
        (1, "desk", 25, 29, 39, "desk 1", "served"),
    ]


def test_rule_31_a_breakdown_at_the_instant_of_a_service_end_comes_first() -> None:
    steps = trace(hall(["09:05"], {"desk": desk(interrupted="resume")}))
    assert steps == [
        (0, "desk", 5, 5, 15, "desk 1", "interrupted"),
        (0, "desk", 15, 19, 19, "desk 1", "served"),
    ]


def test_rule_31_a_server_may_break_down_after_so_many_services() -> None:
    breakdowns = {"after_uses": 2, "repair": "4 min"}
    scenario = hall(["09:00", "09:01", "09:02"], {"desk": desk(time="2 min", breakdowns=breakdowns)})
    assert [row[3:5] for row in trace(scenario)] == [(0, 2), (2, 4), (8, 10)]
    assert down(scenario) == [("desk 1", 4, 8)]


def test_rule_31_a_finite_crew_repairs_one_after_the_other() -> None:
    scenario = hall(["09:30"], {"desk": desk(2, "1 min", breakdowns={**UP, "crew": 1})}, until="09:36")
    assert down(scenario) == [("desk 1", 15, 19), ("desk 2", 15, 23), ("desk 1", 34, 36)]


def test_rule_31_the_customer_may_go_to_another_station() -> None:
    stations = {"desk": desk(breakdowns={**UP, "send_to": "counter"}), "counter": COUNTER}
    assert trace(hall(["09:10"], stations)) == [
        (0, "desk", 10, 10, 15, "desk 1", "failed"),
        (0, "counter", 15, 15, 18, "counter 1", "served"),
    ]


def test_rule_31_while_none_is_up_the_line_and_later_customers_go_elsewhere() -> None:
    stations = {"desk": desk(breakdowns={**UP, "when_down": "counter"}), "counter": COUNTER}
    assert trace(hall(["09:06", "09:07", "09:16"], stations)) == [
        (0, "desk", 6, 6, 15, "desk 1", "interrupted"),
        (0, "desk", 15, None, 15, None, "moved"),
        (1, "desk", 7, None, 15, None, "moved"),
        (2, "desk", 16, None, 16, None, "blocked"),
        (0, "counter", 15, 15, 18, "counter 1", "served"),
        (1, "counter", 15, 18, 21, "counter 1", "served"),
        (2, "counter", 16, 21, 24, "counter 1", "served"),
    ]


def test_rule_31_an_outage_takes_all_servers_of_its_stations_down() -> None:
    plain = {"servers": 2, "time": "10 min"}
    outages = [{"from_to": "09:05-09:20", "stations": ["desk"]}]
    scenario = hall(["09:00", "09:06"], {"desk": plain}, outages=outages)
    assert trace(scenario) == [
        (0, "desk", 0, 0, 5, "desk 1", "interrupted"),
        (0, "desk", 5, 20, 25, "desk 1", "served"),
        (1, "desk", 6, 20, 30, "desk 2", "served"),
    ]
    assert down(scenario) == [("desk 1", 5, 20), ("desk 2", 5, 20)]


def test_rule_31_a_clock_stops_and_a_repair_goes_on_during_an_outage() -> None:
    outages = [{"from_to": "09:10-09:12"}, {"from_to": "09:18-09:25"}]
    # up 0-10 and 12-17: broken at 17, repaired at 21 but up only at 25; fifteen minutes later broken again
    assert down(hall(["09:50"], {"desk": desk(time="1 min")}, outages=outages, until="09:51")) == [
        ("desk 1", 10, 12),
        ("desk 1", 17, 25),
        ("desk 1", 40, 44),
    ]


def test_rule_31_who_waits_for_a_broken_server_at_closing_is_still_served() -> None:
    scenario = hall(
        ["09:00", "09:10"], {"desk": desk(time="6 min", breakdowns={**UP, "repair": "30 min"})}, until="09:20"
    )
    assert trace(scenario)[1:] == [
        (1, "desk", 10, 10, 15, "desk 1", "interrupted"),
        (1, "desk", 15, 45, 51, "desk 1", "served"),
    ]
    assert duty(scenario) == [("desk 1", "down", 15, 45), ("desk 1", "duty", 0, 20), ("desk 1", "overtime", 20, 51)]


def test_rule_31_who_breaks_down_past_the_end_of_the_shift_leaves() -> None:
    shifts = [{"name": "Li", "shifts": ["09:00-09:12"]}, {"name": "Wu", "shifts": ["09:30-10:00"]}]
    scenario = hall(["09:10"], {"desk": desk(shifts)})
    assert trace(scenario) == [
        (0, "desk", 10, 10, 15, "Li", "interrupted"),
        (0, "desk", 15, 30, 40, "Wu", "served"),
    ]
    assert duty(scenario)[:2] == [("Li", "duty", 0, 12), ("Li", "overtime", 12, 15)]


def test_breakdowns_leave_the_draws_of_customers_and_other_servers_alone() -> None:
    station = {"servers": 3, "time": "exponential 3 min"}
    breakdowns = {"every": "exponential 20 min", "repair": "exponential 5 min"}

    def log(**more: Any) -> Any:
        scenario = hall([], {"desk": {**station, **more}})
        return kernel.simulate(compile_model(load({**scenario, "arrivals": {"rate": "50/h"}}).model), 5, 0)

    def downs(**more: Any) -> list[list[int]]:
        rows = log(breakdowns=breakdowns, **more).server_rows
        return rows[(rows[:, 1] == 3) & (rows[:, 0] < 3)][:, [0, 2]].tolist()

    calm, broken = log(), log(breakdowns=breakdowns)
    first = {row[0]: row for row in calm.rows.tolist()}
    whole = [
        row
        for row in broken.rows.tolist()
        if row[5] >= 0 and (row[1] >> 32) & 0xFF == 1 and (row[1] >> 16) & 0xFFFF == 0
    ]
    assert len(whole) > 20
    assert all(row[6] - row[5] == first[row[0]][6] - first[row[0]][5] for row in whole)
    assert downs()[0] in downs(servers=4)


def test_every_minute_of_a_server_is_in_one_state() -> None:
    breakdowns = {"every": "exponential 10 min", "repair": "exponential 5 min", "crew": 1}
    scenario = hall([], {"desk": {"servers": 3, "time": "exponential 3 min", "breakdowns": breakdowns}}, until="17:00")
    _, log = both({**scenario, "arrivals": {"rate": "30/h"}})
    assert violations(log) == []
    assert np.count_nonzero(log.server_rows[:, 1] == 3) > 50
