"""Groups, appointments: who comes when (semantics 20, 22), as literal traces on both engines."""

from __future__ import annotations

from typing import Any

from tests.test_semantics import both, hall, trace


def test_rule_20_members_of_a_group_come_together_one_after_the_other() -> None:
    scenario = hall([], {"desk": {"servers": 1, "time": "3 min"}}, until="09:25")
    scenario["arrivals"] = {
        "couples": {"gaps": "10 min", "group_size": 2},
        "walk_in": {"times": ["09:05", "09:10", "09:10"]},
    }
    assert trace(scenario) == [
        (0, "desk", 5, 5, 8, "desk 1", "served"),
        (1, "desk", 10, 10, 13, "desk 1", "served"),
        (2, "desk", 10, 13, 16, "desk 1", "served"),
        (3, "desk", 10, 16, 19, "desk 1", "served"),
        (4, "desk", 10, 19, 22, "desk 1", "served"),
        (5, "desk", 20, 22, 25, "desk 1", "served"),
        (6, "desk", 20, 25, 28, "desk 1", "served"),
    ]


def test_rule_20_the_times_of_groups_do_not_depend_on_their_sizes() -> None:
    def times(**more: Any) -> list[int]:
        scenario = hall([], {"desk": {"servers": 1, "time": "3 min"}})
        _, log = both({**scenario, "arrivals": {"rate": "30/h", **more}})
        return sorted(set(log.rows[:, 3].tolist()))

    assert times() == times(group_size=3) == times(group_size={"1": "50 %", "4": "rest"})


def booked(appointments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a desk of 4 min for appointments."""
    scenario = hall([], {"desk": {"servers": 1, "time": "4 min"}}, **more)
    return {**scenario, "arrivals": {"booked": {"appointments": appointments}, **more.get("arrivals", {})}}


def test_rule_22_bookings_of_a_slot_come_together_in_order_before_a_later_source() -> None:
    scenario = booked({"every": "20 min", "per_slot": [2, 1], "first": "09:10"})
    scenario["arrivals"]["walk_in"] = {"times": ["09:10"]}
    assert [(row[0], *row[2:5]) for row in trace(scenario)] == [
        (0, 10, 10, 14),
        (1, 10, 14, 18),
        (2, 10, 18, 22),
        (3, 30, 30, 34),
    ]


def test_rule_22_slots_end_before_their_bound() -> None:
    scenario = booked({"every": "20 min", "until": "09:40"})
    assert [row[2] for row in trace(scenario)] == [0, 20]


def test_rule_22_early_customers_come_at_the_opening_at_the_earliest_and_late_ones_may_be_turned_away() -> None:
    early = booked({"every": "20 min", "per_slot": [1, 1, 1], "early": "25 min"})
    assert [(row[0], row[2]) for row in trace(early)] == [(0, 0), (1, 0), (2, 15)]
    late = booked({"every": "20 min", "per_slot": [1, 1, 1], "late": "25 min"})
    assert [(row[0], row[1], row[2]) for row in trace(late)] == [(0, "desk", 25), (1, "desk", 45), (2, "door", 65)]


def test_rule_22_who_comes_does_not_depend_on_who_else_does() -> None:
    def times(**more: Any) -> set[int]:
        _, log = both(booked({"every": "1 min", "late": "exponential 1 min", **more}, until="18:00"))
        return set(log.rows[:, 3].tolist())

    all_of_them, some = times(), times(show="70 %")
    assert some < all_of_them
    assert 0.6 < len(some) / len(all_of_them) < 0.8
