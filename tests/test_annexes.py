"""Rule 53, annexes: literal traces on both engines, as in test_semantics; random halls with annexes."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim.charts.arrivals import CHART as ARRIVALS
from hallsim.charts.base import Material
from hallsim.experiment.profile import profile_of
from hallsim.model import US_PER_HOUR
from tests.kpi_witness import results_of
from tests.random_annexes import random_annexes
from tests.test_engines import assert_same
from tests.test_semantics import both, duty, trace, visits

N_RANDOM = 40


def beside(hall: list[str], room: list[str], *, kiosk: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a counter of ten minutes, open from 9 to 10, beside a kiosk of five that is open from 8:30 to 11.

    Who comes to the hall goes to the counter; who comes to the room goes to the kiosk, and then to the counter.
    """
    sources = {
        "hall": {"times": hall, "segments": {"walk_in": "all"}},
        "room": {"hours": "08:30-11:00", "times": room, "segments": {"night": "all"}},
    }
    return {
        "open": "09:00-10:00",
        "segments": {"walk_in": "50 %", "night": "rest"},
        "arrivals": {name: source for name, source in sources.items() if source["times"]},
        "entry": {"walk_in": "counter", "night": "kiosk"},
        "stations": {
            "counter": {"servers": 1, "time": "10 min", **more.pop("counter", {})},
            "kiosk": {"hours": "08:30-11:00", "servers": 1, "time": "5 min", "then": "counter", **(kiosk or {})},
        },
        **more,
    }


def test_rule_53_the_hall_closes_while_its_annex_goes_on() -> None:
    scenario = beside(["09:50", "09:55"], ["08:40", "09:57", "10:30"])
    assert trace(scenario) == [
        (0, "kiosk", -20, -20, -15, "kiosk 1", "served"),
        (0, "counter", -15, None, -15, None, "blocked"),  # the hall is not open yet
        (1, "counter", 50, 50, 60, "counter 1", "served"),
        (3, "kiosk", 57, 57, 62, "kiosk 1", "served"),
        (3, "counter", 62, None, 62, None, "blocked"),  # the doors are closed, though somebody is served behind them
        (2, "counter", 55, 60, 70, "counter 1", "served"),
        (4, "kiosk", 90, 90, 95, "kiosk 1", "served"),
        (4, "counter", 95, None, 95, None, "blocked"),
    ]
    assert visits(scenario) == ["turned_away", "served", "turned_away", "served", "turned_away"]
    assert duty(scenario) == [
        ("counter 1", "duty", 0, 60),
        ("counter 1", "overtime", 60, 70),
        ("kiosk 1", "duty", -30, 120),
    ]


def test_rule_53_who_finds_the_hall_closed_goes_where_a_full_one_sends_him() -> None:
    scenario = beside([], ["08:40", "10:30"], counter={"when_full": "divert app"})
    assert visits(scenario) == ["diverted", "diverted"]


def test_rule_53_a_walk_to_a_closed_hall_is_not_begun() -> None:
    scenario = beside([], ["09:40", "09:57"], walking={"minutes": {"kiosk": {"counter": "3 min"}}})
    assert trace(scenario) == [
        (0, "kiosk", 40, 40, 45, "kiosk 1", "served"),
        (0, "walk_to_counter", 45, 45, 48, None, "served"),
        (0, "counter", 48, 48, 58, "counter 1", "served"),
        (1, "kiosk", 57, 57, 62, "kiosk 1", "served"),
        (1, "walk_to_counter", 62, None, 62, None, "blocked"),
    ]


def test_rule_53_who_is_outside_when_the_hall_closes_is_turned_away_without_coming() -> None:
    orbit = {"role": "orbit", "time": "20 min", "then": "counter"}
    scenario = beside([], ["09:30", "09:40"], kiosk={"then": "orbit"})
    scenario["stations"]["orbit"] = orbit
    assert [row[:5] for row in trace(scenario)] == [
        (0, "kiosk", 30, 30, 35),
        (1, "kiosk", 40, 40, 45),
        (0, "orbit", 35, 35, 55),
        (0, "counter", 55, 55, 65),
        (1, "orbit", 45, 45, 65),
    ]
    assert visits(scenario) == ["served", "turned_away"]


def test_rule_53_those_inside_a_closed_annex_go_on_in_it_and_its_people_stay_for_them() -> None:
    desk = {"hours": "08:30-11:00", "servers": 1, "time": "4 min"}
    scenario = beside([], ["10:58", "10:59"], kiosk={"then": "desk"})
    scenario["stations"]["desk"] = desk
    assert [row[:5] for row in trace(scenario)] == [
        (0, "kiosk", 118, 118, 123),
        (0, "desk", 123, 123, 127),
        (1, "kiosk", 119, 123, 128),
        (1, "desk", 128, 128, 132),
    ]
    assert [row for row in duty(scenario) if row[1] == "overtime"] == [
        ("kiosk 1", "overtime", 120, 128),
        ("desk 1", "overtime", 120, 132),
    ]


def test_rule_53_patience_that_leads_back_into_a_closed_hall_ends_the_visit() -> None:
    # customer 1 gives up at 9:58 and lines up again, and from closing on no more
    counter = {"patience": "4 min", "on_giving_up": "counter"}
    scenario = beside(["09:50", "09:54"], [], counter=counter)
    assert trace(scenario) == [
        (1, "counter", 54, None, 58, None, "reneged"),
        (0, "counter", 50, 50, 60, "counter 1", "served"),
        (1, "counter", 58, 60, 70, "counter 1", "served"),
    ]
    late = beside(["09:50", "09:57"], [], counter=counter | {"time": "20 min"})
    assert trace(late) == [
        (1, "counter", 57, None, 61, None, "reneged"),
        (0, "counter", 50, 50, 70, "counter 1", "served"),
    ]


def test_rule_53_the_crowd_of_the_hall_comes_in_when_the_hall_opens() -> None:
    scenario = beside(["09:00"], [])
    scenario["arrivals"]["hall"] = {"rate": "1/h", "crowd": 3, "segments": {"walk_in": "all"}}
    _, log = both(scenario)
    arrivals = [t / US_PER_HOUR for t in log.rows[:, 3].tolist()]
    assert min(arrivals) == 9.0
    assert arrivals.count(9.0) == 4


def test_the_hour_of_least_room_is_one_in_which_the_counter_is_open() -> None:
    # who came at 8:57 and joins the counter at 9:02 counts with the hour of his arrival, when the hall was closed
    model, log = both(beside(["09:10"], ["08:57"]))
    made = Material(results_of(model, [log]), profile_of(model, [log]))
    assert "09:00" in ARRIVALS.finding(made, "en").split("and")[0]


@pytest.mark.parametrize("seed", range(N_RANDOM))
def test_random_halls_with_annexes_have_the_same_log_on_both_engines(seed: int) -> None:
    assert_same(random_annexes(seed), 3, 0)
