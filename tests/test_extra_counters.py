"""Literal traces of rule 13, on both engines: counters that open when the line is long. As in test_semantics."""

from typing import Any

from tests.test_semantics import duty, hall, trace

COMING = ["09:00", "09:01", "09:02", "09:03"]


def desk(time: str = "10 min", **extra: Any) -> dict[str, Any]:
    return {"servers": 1, "time": time, "extra": {"open_at": [2], "close_at": [0], **extra}}


def calls(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (customer, called, ended, server) in the order in which they ended."""
    return [(row[0], row[3], row[4], row[5]) for row in trace(scenario)]


def test_rule_13_the_customer_who_makes_the_line_long_opens_a_counter_that_calls_the_first() -> None:
    scenario = hall(COMING, {"desk": desk()})
    assert calls(scenario) == [
        (0, 0, 10, "desk 1"),
        (1, 2, 12, "desk extra 1"),
        (2, 10, 20, "desk 1"),
        (3, 12, 22, "desk extra 1"),
    ]
    # at 12 one waits, so it calls; at 22 nobody does, so it closes
    assert duty(scenario)[0] == ("desk extra 1", "duty", 2, 22)


def test_rule_13_it_closes_at_its_own_service_end_when_the_line_is_short() -> None:
    scenario = hall([*COMING, "09:04"], {"desk": desk(open_at=[3], close_at=[1])})
    assert calls(scenario)[:4] == [
        (0, 0, 10, "desk 1"),
        (1, 3, 13, "desk extra 1"),
        (2, 10, 20, "desk 1"),
        (3, 13, 23, "desk extra 1"),
    ]
    assert duty(scenario)[0] == ("desk extra 1", "duty", 3, 23)


def test_rule_13_several_open_one_by_one_and_close_by_their_own_numbers() -> None:
    scenario = hall([*COMING, "09:04"], {"desk": desk(open_at=[1, 2], close_at=[0, 1])})
    assert calls(scenario)[1:] == [
        (1, 1, 11, "desk extra 1"),
        (2, 3, 13, "desk extra 2"),
        (3, 10, 20, "desk 1"),
        (4, 13, 23, "desk extra 2"),
    ]
    # at 11 two are open and one waits: the first to finish closes; at 13 the only one left calls
    assert duty(scenario)[:2] == [("desk extra 1", "duty", 1, 11), ("desk extra 2", "duty", 3, 23)]


def test_rule_13_closing_by_any_service_finishes_the_customer_and_goes() -> None:
    # at 10 desk 1 calls customer 2 and nobody waits any more: the extra counter goes at 12, though 3 came at 11
    scenario = hall(["09:00", "09:01", "09:02", "09:11"], {"desk": desk(closing="any")})
    assert calls(scenario)[2:] == [(2, 10, 20, "desk 1"), (3, 20, 30, "desk 1")]
    assert duty(scenario)[0] == ("desk extra 1", "duty", 2, 12)


def test_rule_13_a_counter_about_to_close_stays_when_the_line_is_long_again() -> None:
    scenario = hall(["09:00", "09:01", "09:02", "09:11", "09:11"], {"desk": desk(closing="any")})
    assert calls(scenario)[2:] == [(2, 10, 20, "desk 1"), (3, 12, 22, "desk extra 1"), (4, 20, 30, "desk 1")]


def test_rule_13_a_set_up_delays_the_opening_and_is_part_of_duty() -> None:
    scenario = hall(COMING, {"desk": desk(set_up="3 min")})
    assert calls(scenario)[1] == (1, 5, 15, "desk extra 1")
    assert duty(scenario)[:2] == [("desk extra 1", "set_up", 2, 5), ("desk extra 1", "duty", 2, 25)]


def test_rule_13_an_opening_is_given_up_when_the_line_is_short_after_the_set_up() -> None:
    scenario = hall(COMING[:3], {"desk": desk("6 min", set_up="20 min")})
    assert [row[3] for row in calls(scenario)] == ["desk 1"] * 3
    assert duty(scenario)[:2] == [("desk extra 1", "set_up", 2, 22), ("desk extra 1", "duty", 2, 22)]


def test_rule_13_after_closing_time_an_extra_counter_works_on_and_is_paid_overtime() -> None:
    scenario = hall(COMING, {"desk": desk()}, until="09:10")
    assert calls(scenario)[3] == (3, 12, 22, "desk extra 1")
    assert duty(scenario)[2:] == [("desk extra 1", "duty", 2, 10), ("desk extra 1", "overtime", 10, 22)]


def test_rule_13_an_extra_counter_that_is_open_at_closing_does_not_leave_anybody_behind() -> None:
    # desk 1 is gone at 5; at 12 the line is short, but the doors are closed and nobody else is there
    station = desk(open_at=[2], close_at=[1]) | {"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}]}
    assert calls(hall(COMING, {"desk": station}, until="09:10")) == [
        (0, 0, 10, "Li"),
        (1, 2, 12, "desk extra 1"),
        (2, 12, 22, "desk extra 1"),
        (3, 22, 32, "desk extra 1"),
    ]
