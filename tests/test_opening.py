"""Literal traces of rule 40, on both engines: what extra counters go by, and who is called to them."""

from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

import hallsim as hs
from tests.test_extra_counters import COMING, calls
from tests.test_semantics import duty, hall


def desk(time: str = "10 min", **extra: Any) -> dict[str, Any]:
    return {"servers": 1, "time": time, "extra": extra}


def waits(open_at: str, close_at: str, by: str, **more: Any) -> dict[str, Any]:
    return desk(open_at=[open_at], close_at=[close_at], by=by, **more)


def of_extra(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (server, state, from, to) of everybody but desk 1."""
    return [row for row in duty(scenario) if row[0] != "desk 1"]


def test_rule_40_a_review_sees_what_is_there_after_everything_else_at_its_time() -> None:
    # at 5, after the arrival at 5, three wait; at 20, after the service end, nobody does
    scenario = hall(
        ["09:00", "09:01", "09:02", "09:05"], {"desk": desk("8 min", open_at=[3], close_at=[0], every="5 min")}
    )
    assert calls(scenario) == [
        (0, 0, 8, "desk 1"),
        (1, 5, 13, "desk extra 1"),
        (2, 8, 16, "desk 1"),
        (3, 13, 21, "desk extra 1"),
    ]
    # at 15 nobody waits any more: it closes after its customer
    assert of_extra(scenario) == [("desk extra 1", "duty", 5, 21)]


def test_rule_40_between_two_reviews_an_extra_counter_stays_open_and_idle() -> None:
    scenario = hall(COMING[:3], {"desk": desk("6 min", open_at=[2], close_at=[0], every="5 min")})
    assert calls(scenario)[1] == (1, 5, 11, "desk extra 1")
    # at 10 nobody waits: it closes after its customer, and not at the service end at 11 by itself
    assert of_extra(scenario) == [("desk extra 1", "duty", 5, 11)]


def test_rule_40_a_review_closes_an_idle_counter_at_once() -> None:
    scenario = hall(COMING[:3], {"desk": desk("3 min", open_at=[1], close_at=[0], every="5 min")})
    # opened at 5 for customer 2, who has just been called at 6: idle from 8 on, closed at 10
    assert calls(scenario) == [(0, 0, 3, "desk 1"), (1, 3, 6, "desk 1"), (2, 5, 8, "desk extra 1")]
    assert of_extra(scenario) == [("desk extra 1", "duty", 5, 10)]


def test_rule_40_a_review_opens_as_many_as_are_needed_at_once() -> None:
    scenario = hall(COMING, {"desk": desk(open_at=[1, 2, 3], close_at=[0, 0, 0], every="5 min")})
    assert [row[1:] for row in calls(scenario)[1:]] == [
        (5, 15, "desk extra 1"),
        (5, 15, "desk extra 2"),
        (5, 15, "desk extra 3"),
    ]


def test_rule_40_nothing_is_looked_at_at_closing() -> None:
    scenario = hall(COMING, {"desk": desk(open_at=[1], close_at=[0], every="10 min")}, until="09:10")
    assert of_extra(scenario) == []


def test_rule_40_by_the_longest_wait_of_those_who_wait_now() -> None:
    # at the join of customer 3 at 3 customer 1 has waited 2 minutes
    scenario = hall(COMING, {"desk": waits("2 min", "1 min", "longest_wait")})
    assert calls(scenario)[1] == (1, 3, 13, "desk extra 1")


def test_rule_40_by_the_estimated_wait_which_more_servers_shorten() -> None:
    # one waiting times 10 min by one server is 10 min; with two open, three are 15 min
    scenario = hall([*COMING, "09:04"], {"desk": desk(open_at=["20 min", "20 min"], close_at=["5 min"] * 2)})
    scenario["stations"]["desk"]["extra"]["by"] = "estimated_wait"
    # at 2 two wait: 20 min, the first opens and calls 1; at 4 three wait, by two servers: 15 min
    assert [row[1:] for row in calls(scenario)] == [
        (0, 10, "desk 1"),
        (2, 12, "desk extra 1"),
        (10, 20, "desk 1"),
        (12, 22, "desk extra 1"),
        (20, 30, "desk 1"),
    ]


def test_rule_40_somebody_from_the_back_office_comes_in_his_hours_and_after_the_way() -> None:
    people = [{"name": "Zhao", "shifts": ["09:30-10:00"]}, {"name": "Qian", "shifts": ["09:00-09:30"]}]
    scenario = hall(COMING, {"desk": desk(open_at=[2, 9], close_at=[0, 0], set_up="1 min", staff=people)})
    assert calls(scenario)[1] == (1, 3, 13, "Qian")
    assert of_extra(scenario)[:2] == [("Qian", "set_up", 2, 3), ("Qian", "duty", 2, 23)]


def test_rule_40_who_is_on_the_way_back_cannot_be_called() -> None:
    coming = [*COMING[:2], "09:14", "09:15", "09:16", "09:24"]
    for back, called in (("1 min", 15), ("4 min", 15), ("5 min", 16), ("12 min", 24)):
        scenario = hall(coming, {"desk": desk(open_at=[1], close_at=[0], back=back)})
        # opened at 1 for customer 1, closed at 11; who comes at 15 and later waits for desk 1 until 24
        extra = [row for row in calls(scenario) if row[3] == "desk extra 1"]
        assert extra[1][1] == called, back


def reviewed_chain(
    lam: float, mu: float, period: float, open_at: int, close_at: int, most: int = 60
) -> tuple[float, ...]:
    """Return the mean queue and the share of time the extra counter is on duty, by transient equations.

    One server, lowest number first, and one extra counter looked at every `period`; states (people, what the extra
    counter is: closed, open and idle, open and busy, about to close).
    """
    states = [(n, x) for n in range(most + 1) for x in ("closed", "idle", "busy", "last")]
    states = [(n, x) for n, x in states if not (n == 0 and x in ("busy", "last")) and not (n >= 2 and x == "idle")]
    at = {state: i for i, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))

    def add(state: tuple[int, str], to: tuple[int, str], rate: float) -> None:
        rates[at[state], at[to]] += rate
        rates[at[state], at[state]] -= rate

    for n, x in states:
        others = n - (x in ("busy", "last"))  # with the server and in line
        if n < most:
            add((n, x), (n + 1, "busy" if x == "idle" and others == 1 else x), lam)
        if others >= 1:  # the server finishes
            add((n, x), (n - 1, x), mu)
        if x == "busy":  # the extra counter calls the next, if anybody waits
            add((n, x), (n - 1, "busy" if others >= 2 else "idle"), mu)
        elif x == "last":
            add((n, x), (n - 1, "closed"), mu)
    look = np.zeros_like(rates)
    for n, x in states:
        waiting = max(n - (x in ("busy", "last")) - 1, 0)
        to = (n, x)
        if waiting >= open_at and x in ("closed", "last"):
            to = (n, "busy")
        elif waiting < open_at and waiting <= close_at and x in ("idle", "busy"):
            to = (n, "closed" if x == "idle" else "last")
        look[at[n, x], at[to]] = 1.0
    size = len(states)
    both = np.zeros((2 * size, 2 * size))
    both[:size, :size], both[:size, size:] = rates, np.eye(size)
    grown = expm(both * period)  # after one period, and the time spent in each state meanwhile
    after, spent = grown[:size, :size], grown[:size, size:]
    p = np.full(size, 1.0 / size)
    for _ in range(2000):
        p = p @ after @ look
    share = p @ spent / period
    queue = [max(n - (x in ("busy", "last")) - 1, 0) for n, x in states]
    return float(share @ queue), float(share @ [x != "closed" for _, x in states])


def test_periodic_reviews_are_the_chain_that_they_make() -> None:
    expected = reviewed_chain(0.3, 0.25, 5.0, 3, 0)
    station = {
        "servers": 1,
        "time": "exponential 4 min",
        "idle_choice": "lowest_number",
        "extra": {"open_at": [3], "close_at": [0], "every": "5 min"},
    }
    scenario = {
        "format": 1,
        "hall": "reviews",
        "run_for": "40000 min",
        "warm_up": "500 min",
        "arrivals": {"rate": "0.3/min"},
        "stations": {"desk": station},
    }
    results = hs.run(hs.load(scenario), replications=400, seed=11)
    queue, paid = results.estimate("queue_length"), results.estimate("paid_time")
    found = ((queue.value, queue.high - queue.low), (paid.value / 39500 - 1, (paid.high - paid.low) / 39500))
    for (value, width), wanted in zip(found, expected, strict=True):
        error = width / 2 / 1.966
        assert error < 0.01 * wanted
        assert abs(value - wanted) < 3.3 * error


def test_rule_40_counters_open_only_while_a_condition_holds() -> None:
    # two wait at 2, but it is too early; the next who joins comes at 12, when two wait again
    scenario = hall(["09:00", "09:01", "09:02", "09:12"], {"desk": desk(open_at=[2], close_at=[0], when="after 09:10")})
    assert calls(scenario)[:2] == [(0, 0, 10, "desk 1"), (1, 10, 20, "desk 1")]
    assert of_extra(scenario)[0][:3] == ("desk extra 1", "duty", 12)


def test_a_condition_on_opening_is_no_quote() -> None:
    with pytest.raises(hs.ScenarioError, match="a quote is told to a customer"):
        hs.load(hall(COMING, {"desk": desk(open_at=[2], close_at=[0], when="quoted wait over 1 min at desk")}))
