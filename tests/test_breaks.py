"""Literal traces of rule 37, on both engines: breaks and meals. As in test_semantics."""

from typing import Any

import hallsim as hs
from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.visits import build
from tests.test_semantics import duty, hall, trace


def desk(*breaks: dict[str, Any], servers: Any = 1, time: str = "10 min", **more: Any) -> dict[str, Any]:
    return {"servers": servers, "time": time, "breaks": list(breaks), **more}


def calls(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (customer, called, ended, server) in the order in which they ended."""
    return [(row[0], row[3], row[4], row[5]) for row in trace(scenario)]


def states(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (server, state, from, to) of every stretch that is not plain duty."""
    return [row for row in duty(scenario) if row[1] != "duty"]


def test_rule_37_a_break_waits_for_the_customer_in_service_and_those_in_line_for_the_break() -> None:
    scenario = hall(["09:00", "09:01"], {"desk": desk({"at": "09:05", "length": "7 min"})})
    assert calls(scenario) == [(0, 0, 10, "desk 1"), (1, 17, 27, "desk 1")]
    assert states(scenario) == [("desk 1", "paid_break", 10, 17)]


def test_rule_37_an_idle_server_goes_at_once_before_whoever_comes_at_that_instant() -> None:
    scenario = hall(["09:05"], {"desk": desk({"at": "09:05", "length": "7 min", "paid": "no"})})
    assert calls(scenario) == [(0, 12, 22, "desk 1")]
    assert states(scenario) == [("desk 1", "break", 5, 12)]


def test_rule_37_a_break_that_is_due_when_a_service_ends_comes_before_the_next_call() -> None:
    scenario = hall(["09:00", "09:01"], {"desk": desk({"at": "09:10", "length": "7 min"})})
    assert calls(scenario)[1] == (1, 17, 27, "desk 1")


def test_rule_37_breaks_are_taken_by_turns_where_only_some_may_be_away_at_once() -> None:
    # the first idle server goes; the other is busy when the turn is free, and goes after that customer
    scenario = hall(
        ["09:00", "09:01", "09:12", "09:13", "09:14"],
        {"desk": desk({"from_to": "09:05-09:40", "length": "7 min", "at_once": 1}, servers=2)},
    )
    assert calls(scenario) == [
        (0, 0, 10, "desk 1"),
        (1, 1, 11, "desk 2"),
        (2, 12, 22, "desk 2"),
        (3, 17, 27, "desk 1"),
        (4, 27, 37, "desk 1"),
    ]
    assert states(scenario) == [("desk 1", "paid_break", 10, 17), ("desk 2", "paid_break", 22, 29)]


def test_rule_37_who_comes_back_sends_the_next_idle_server_off_and_then_picks() -> None:
    scenario = hall(["09:12"], {"desk": desk({"at": "09:05", "length": "7 min", "at_once": 1}, servers=3)})
    assert states(scenario) == [
        ("desk 1", "paid_break", 5, 12),
        ("desk 2", "paid_break", 12, 19),
        ("desk 3", "paid_break", 22, 29),
    ]
    assert calls(scenario) == [(0, 12, 22, "desk 3")]


def test_rule_37_whoever_has_not_begun_by_the_end_of_the_window_goes_without() -> None:
    station = desk({"from_to": "09:05-09:15", "length": "7 min", "at_once": 1}, servers=3)
    assert [row[0] for row in states(hall(["09:12"], {"desk": station}))] == ["desk 1", "desk 2"]


def test_rule_37_the_shift_s_end_ends_a_break_and_what_is_still_due() -> None:
    shifts = [
        {"name": "Li", "shifts": ["09:00-09:20", "09:40-10:00"]},
        {"name": "Wang", "shifts": ["09:00-10:00"]},
    ]
    breaks = [{"at": "09:15", "length": "30 min", "at_once": 1}, {"at": "09:10", "length": "1 min", "who": ["Wang"]}]
    scenario = hall(["09:30"], {"desk": desk(*breaks, servers=shifts)})
    assert states(scenario) == [
        ("Wang", "paid_break", 10, 11),
        ("Li", "paid_break", 15, 20),
        ("Wang", "paid_break", 20, 50),
    ]
    assert calls(scenario) == [(0, 40, 50, "Li")]


def test_rule_37_two_breaks_due_are_taken_one_after_the_other() -> None:
    both = desk({"at": "09:05", "length": "7 min"}, {"at": "09:05", "length": "3 min", "paid": "no"})
    scenario = hall(["09:06"], {"desk": both})
    assert states(scenario) == [("desk 1", "paid_break", 5, 12), ("desk 1", "break", 12, 15)]
    assert calls(scenario) == [(0, 15, 25, "desk 1")]


def test_rule_37_a_break_that_outlasts_the_day_ends_with_it() -> None:
    late = desk({"at": "09:15", "length": "30 min"}, servers=2)
    assert states(hall(["09:01"], {"desk": late}, until="09:20"))[:1] == [("desk 1", "paid_break", 15, 20)]


def test_rule_37_who_waits_at_closing_is_served_after_the_break() -> None:
    scenario = hall(["09:16"], {"desk": desk({"at": "09:15", "length": "30 min"})}, until="09:20")
    assert calls(scenario) == [(0, 45, 55, "desk 1")]


def test_unpaid_breaks_are_no_part_of_paid_time() -> None:
    def paid(word: str) -> float:
        scenario = hall(["09:00"], {"desk": desk({"at": "09:30", "length": "20 min", "paid": word})})
        return hs.run(hs.load(scenario), replications=2, seed=1).estimate("utilisation").value

    assert (paid("yes"), paid("no")) == (10 / 60, 10 / 40)


def test_a_break_leaves_every_customer_s_draws_untouched() -> None:
    station = {"servers": 3, "time": "lognormal 6 min cv 0.8", "patience": "exponential 20 min"}
    scenario = hall([], {"desk": station}, until="12:00") | {"arrivals": {"rate": "25/h"}}
    visits = []
    for breaks in ([], [{"from_to": "10:00-11:30", "length": "20 min", "at_once": 1}]):
        changed = scenario | {"stations": {"desk": station | ({"breaks": breaks} if breaks else {})}}
        model = hs.load(changed).model
        visits.append(build(model, kernel.simulate(compile_model(model), 3, 0)))
    before, after = visits
    assert (before["t_arrive"] == after["t_arrive"]).all()
    service = [(v["t_end"] - v["t_start"]).where(v["outcome"] == "served") for v in visits]
    both = service[0].notna() & service[1].notna()
    assert both.sum() > 40
    assert (service[0][both] == service[1][both]).all()
    assert not (before["t_call_first"].equals(after["t_call_first"]))


def test_rule_37_a_break_may_be_that_of_a_pool_only() -> None:
    pools = {"desks": {"servers": 2}, "room": {"servers": 1, "calls": ["vip"]}}
    station = {"pools": pools, "time": "10 min", "breaks": [{"at": "09:05", "length": "7 min", "who": ["desks"]}]}
    scenario = hall(["09:30"], {"desk": station}, segments={"vip": "50 %", "general": "rest"})
    assert {row[0] for row in states(scenario)} == {"desks 1", "desks 2"}
