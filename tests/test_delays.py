"""Delays and who comes back (semantics 7, 14, 18): literal traces on both engines, draws, time out of the hall."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import ROW_CALL, ROW_CUSTOMER, ROW_END, ROW_WHAT, STEP_BALKED, STEP_SERVED, VISIT_OUTCOMES
from tests.test_semantics import both, duty, hall, trace, visits

ORBIT = {"role": "orbit", "time": "10 min", "then": "desk"}


def test_rule_14_who_fails_on_line_comes_to_the_hall() -> None:
    stations = {
        "online": {"role": "online", "time": "10 min", "fails": "50 %", "on_failure": "desk", "then": "divert app"},
        "desk": {"servers": 1, "time": "5 min"},
    }
    scenario = hall(["09:00", "09:01", "09:02"], stations, entry="online")
    assert trace(scenario, seed=14) == [
        (0, "online", 0, 0, 10, None, "served"),
        (1, "online", 1, 1, 11, None, "failed"),
        (2, "online", 2, 2, 12, None, "failed"),
        (1, "desk", 11, 11, 16, "desk 1", "served"),
        (2, "desk", 12, 16, 21, "desk 1", "served"),
    ]
    _, log = both(scenario, seed=14)
    assert [VISIT_OUTCOMES[w >> 40 & 0xFF] for w in log.rows[:, ROW_WHAT].tolist() if w >> 40 & 0xFF] == [
        "diverted",
        "served",
        "served",
    ]


def test_rule_2_a_delay_ends_before_a_patience_and_before_an_arrival() -> None:
    # at 5 min customer 0 reaches the desk, then 2 gives up there, then 3 comes
    stations = {
        "walk": {"role": "delay", "time": "5 min", "then": "desk"},
        "desk": {"servers": 1, "time": "9 min", "patience": {"general": "3 min", "vip": "never"}},
    }
    scenario = hall([], stations, segments={"vip": "50 %", "general": "50 %"}, entry={"vip": "walk", "general": "desk"})
    scenario["arrivals"] = {
        "vips": {"times": ["09:00"], "segments": {"vip": "100 %"}},
        "others": {"times": ["09:01", "09:02", "09:05"], "segments": {"general": "100 %"}},
    }
    assert trace(scenario) == [
        (0, "walk", 0, 0, 5, None, "served"),
        (2, "desk", 2, None, 5, None, "reneged"),
        (3, "desk", 5, None, 8, None, "reneged"),
        (1, "desk", 1, 1, 10, "desk 1", "served"),
        (0, "desk", 5, 10, 19, "desk 1", "served"),
    ]


def test_rule_14_who_gave_up_comes_back_with_a_fresh_patience() -> None:
    stations = {
        "desk": {"servers": 1, "time": "13 min", "patience": "3 min", "on_giving_up": "orbit"},
        "orbit": ORBIT,
    }
    scenario = hall(["09:00", "09:01"], stations)
    assert trace(scenario) == [
        (1, "desk", 1, None, 4, None, "reneged"),
        (0, "desk", 0, 0, 13, "desk 1", "served"),
        (1, "orbit", 4, 4, 14, None, "served"),
        (1, "desk", 14, 14, 27, "desk 1", "served"),
    ]
    assert visits(scenario) == ["served", "served"]


def test_rule_14_the_blocked_try_again() -> None:
    stations = {
        "desk": {"servers": 1, "time": "15 min", "room": {"total": 1}, "when_full": "orbit"},
        "orbit": ORBIT,
    }
    assert trace(hall(["09:00", "09:01"], stations)) == [
        (1, "desk", 1, None, 1, None, "blocked"),
        (1, "orbit", 1, 1, 11, None, "served"),
        (1, "desk", 11, None, 11, None, "blocked"),
        (0, "desk", 0, 0, 15, "desk 1", "served"),
        (1, "orbit", 11, 11, 21, None, "served"),
        (1, "desk", 21, 21, 36, "desk 1", "served"),
    ]


def test_rule_14_an_unserved_customer_may_leave_by_an_exit() -> None:
    stations = {"desk": {"servers": 1, "time": "9 min", "patience": "3 min", "on_giving_up": "divert hotline"}}
    scenario = hall(["09:00", "09:01"], stations)
    assert visits(scenario) == ["diverted", "served"]
    assert trace(scenario)[0] == (1, "desk", 1, None, 4, None, "reneged")


def test_rule_7_who_gives_up_after_closing_lines_up_nowhere_again() -> None:
    stations = {"desk": {"servers": 1, "time": "60 min", "patience": "8 min", "on_giving_up": "desk"}}
    assert trace(hall(["09:00", "09:01"], stations, until="09:20")) == [
        (1, "desk", 1, None, 9, None, "reneged"),
        (1, "desk", 9, None, 17, None, "reneged"),
        (1, "desk", 17, None, 25, None, "reneged"),
        (0, "desk", 0, 0, 60, "desk 1", "served"),
    ]


def test_rule_7_who_would_come_back_after_closing_is_turned_away_and_nobody_waits_for_him() -> None:
    stations = {
        "desk": {"servers": 1, "time": "12 min", "patience": "3 min", "on_giving_up": "orbit"},
        "orbit": {**ORBIT, "time": "16 min"},
    }
    scenario = hall(["09:00", "09:01"], stations, until="09:20")
    assert trace(scenario) == [
        (1, "desk", 1, None, 4, None, "reneged"),
        (0, "desk", 0, 0, 12, "desk 1", "served"),
        (1, "orbit", 4, 4, 20, None, "served"),
    ]
    assert visits(scenario) == ["served", "turned_away"]
    assert duty(scenario) == [("desk 1", "duty", 0, 20)]


def test_rule_7_the_day_does_not_end_later_for_who_is_out_of_the_hall() -> None:
    stations = {
        "desk": {"servers": 1, "time": "12 min", "then": "online"},
        "online": {"role": "online", "time": "40 min"},
    }
    _, log = both(hall(["09:00"], stations, until="09:20"))
    assert log.end == 9 * 3_600_000_000 + 20 * 60_000_000
    assert log.rows[-1, ROW_END] == 9 * 3_600_000_000 + 52 * 60_000_000


def test_rule_7_the_staff_wait_for_who_is_on_the_way_inside() -> None:
    stations = {"walk": {"role": "delay", "time": "10 min", "then": "desk"}, "desk": {"servers": 1, "time": "4 min"}}
    scenario = hall(["09:15"], stations, until="09:20", entry="walk")
    assert trace(scenario) == [
        (0, "walk", 15, 15, 25, None, "served"),
        (0, "desk", 25, 25, 29, "desk 1", "served"),
    ]
    assert duty(scenario) == [("desk 1", "duty", 0, 20), ("desk 1", "overtime", 20, 29)]


def test_rule_3_who_balked_decides_anew_when_he_comes_back() -> None:
    stations = {
        "desk": {"servers": 1, "time": "1 min", "join_probability": [0.3], "on_balking": "orbit"},
        "orbit": ORBIT,
    }
    _, log = both(hall(["09:00", "09:01", "09:02", "09:03"], stations, until="18:00"))
    outcomes = (log.rows[:, ROW_WHAT] >> 32) & 0xFF
    balked = log.rows[outcomes == STEP_BALKED, ROW_CUSTOMER].tolist()
    assert max(balked.count(who) for who in set(balked)) > 1
    assert sorted(set(log.rows[(outcomes == STEP_SERVED) & (log.rows[:, ROW_CALL] >= 0), ROW_CUSTOMER])) == [0, 1, 2, 3]


def test_rule_3_delays_leave_everybodys_first_services_and_patience_as_they_were() -> None:
    def first_services(**more: Any) -> dict[tuple[int, int], int]:
        desk = {"servers": 2, "time": "exponential 4 min", "patience": "exponential 6 min"}
        _, log = both(hall([f"09:{m:02d}" for m in range(60)], {"desk": {**desk, **more.pop("desk", {})}, **more}))
        found: dict[tuple[int, int], int] = {}
        for row in log.rows.tolist():
            if row[ROW_WHAT] & 0xFFFF == 0 and row[ROW_CALL] >= 0:
                found.setdefault((row[ROW_CUSTOMER], (row[ROW_WHAT] >> 16) & 0xFFFF), row[ROW_END] - row[ROW_CALL])
        return {key: time for key, time in found.items() if key[1] == 0}

    plain = first_services()
    again = first_services(desk={"on_giving_up": {"orbit": "50 %", "leave": "rest"}}, orbit=ORBIT)
    common = plain.keys() & again.keys()
    assert len(common) > 30
    assert all(plain[key] == again[key] for key in common)


def test_time_out_of_the_hall_counts_neither_as_time_in_it_nor_as_people_inside() -> None:
    stations = {
        "desk": {"servers": 1, "time": "6 min", "then": "online"},
        "online": {"role": "online", "time": "100 min", "then": "desk2"},
        "desk2": {"servers": 1, "time": "14 min"},
    }
    results = hs.run(hs.load(hall(["09:00", "09:30"], stations, until="12:00")), replications=3)
    assert results.estimate("time_in_hall").value == pytest.approx(20.0)
    assert results.estimate("time_in_hall_served").value == pytest.approx(20.0)
    assert results.estimate("people_inside").value == pytest.approx(40.0 / 180.0)
    inside = [results.estimate("people_inside", hour=60 * h).value for h in (9, 10, 11)]
    assert np.allclose(inside, [12 / 60, 14 / 60, 14 / 60])
    assert results.estimate("late_closing").value == 0.0


def test_a_delay_has_customers_but_no_line_and_no_servers() -> None:
    stations = {"walk": {"role": "delay", "time": "10 min", "then": "desk"}, "desk": {"servers": 1, "time": "4 min"}}
    results = hs.run(hs.load(hall(["09:15"], stations, entry="walk")), replications=3)
    assert results.estimate("joined", "station", "walk").value == 1.0
    assert results.estimate("joined").value == 1.0  # of the desk alone: nobody waits at the other
    assert "walk" in results.table()
