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
