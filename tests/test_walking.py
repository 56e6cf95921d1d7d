"""Walks between the door and the stations: literal traces on both engines, one by one, coordinates, random halls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.scenario import check, load
from tests.random_walking import walking_model
from tests.test_engines import assert_same
from tests.test_semantics import both, hall, trace, visits

TWO = {"kiosk": {"servers": 1, "time": "2 min", "then": "desk"}, "desk": {"servers": 1, "time": "5 min"}}
WALKS = {"minutes": {"door": {"kiosk": "1 min", "desk": "3 min"}, "kiosk": {"desk": "4 min"}}}


def walks(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (station, begin, end) of every walk."""
    return [(row[1], row[2], row[4]) for row in trace(scenario) if row[1].startswith("walk_to_")]


def test_customers_walk_to_the_first_station_and_on_to_the_next() -> None:
    assert trace(hall(["09:00", "09:01"], TWO, walking=WALKS)) == [
        (0, "walk_to_kiosk", 0, 0, 1, None, "served"),
        (1, "walk_to_kiosk", 1, 1, 2, None, "served"),
        (0, "kiosk", 1, 1, 3, "kiosk 1", "served"),
        (1, "kiosk", 2, 3, 5, "kiosk 1", "served"),
        (0, "walk_to_desk", 3, 3, 7, None, "served"),
        (1, "walk_to_desk", 5, 5, 9, None, "served"),
        (0, "desk", 7, 7, 12, "desk 1", "served"),
        (1, "desk", 9, 12, 17, "desk 1", "served"),
    ]


def test_walks_of_two_lengths_to_one_station_are_two_delays_and_others_one() -> None:
    stations = {
        "a": {"servers": 1, "time": "1 min", "then": "desk"},
        "b": {"servers": 1, "time": "1 min", "then": "desk"},
    }
    table = {"a": {"desk": "2 min"}, "b": {"desk": "2 min"}, "door": {"desk": "5 min"}}
    entry = {"a": "30 %", "b": "30 %", "desk": "rest"}
    scenario = hall(["09:00"], {**stations, "desk": TWO["desk"]}, walking={"minutes": table}, entry=entry)
    model = load(scenario).model
    assert [(s.name, s.label.en, s.label.zh) for s in model.stations[3:]] == [
        ("walk_to_desk_1", "walk to desk (2 min)", "步行至desk（2 min）"),
        ("walk_to_desk_2", "walk to desk (5 min)", "步行至desk（5 min）"),
    ]


def test_a_zone_stands_for_its_stations_and_a_station_comes_before_its_zone() -> None:
    zones = {"area": {"seats": 9, "waiting_for": ["kiosk", "desk"]}}
    table = {"door": {"area": "2 min"}, "kiosk": {"desk": "1 min"}}
    scenario = hall(["09:00"], TWO, walking={"minutes": table}, zones=zones)
    assert walks(scenario) == [("walk_to_kiosk", 0, 2), ("walk_to_desk", 4, 5)]


def test_the_way_back_takes_as_long_unless_it_is_given() -> None:
    stations = {
        "desk": {"servers": 1, "time": "1 min", "then": "form"},
        "form": {"servers": 1, "time": "1 min", "then": "till"},
        "till": {"servers": 1, "time": "1 min"},
    }
    table = {"form": {"desk": "2 min"}, "till": {"form": "7 min"}}
    assert walks(hall(["09:00"], stations, walking={"minutes": {**table, "desk": {"form": "3 min"}}})) == [
        ("walk_to_form", 1, 4),
        ("walk_to_till", 5, 12),
    ]


def test_who_finds_no_room_or_gives_up_walks_to_where_he_goes_then() -> None:
    full = {"servers": 1, "time": "9 min", "room": {"total": 1}, "when_full": "desk"}
    assert walks(hall(["09:00", "09:01"], {"kiosk": full, "desk": TWO["desk"]}, walking=WALKS)) == [
        ("walk_to_kiosk", 0, 1),
        ("walk_to_kiosk", 1, 2),
        ("walk_to_desk", 2, 6),
    ]
    gives_up = {"servers": 1, "time": "9 min", "patience": "2 min", "on_giving_up": "desk"}
    assert walks(hall(["09:00", "09:01"], {"kiosk": gives_up, "desk": TWO["desk"]}, walking=WALKS))[-1] == (
        "walk_to_desk",
        4,
        8,
    )


def test_who_finds_all_down_or_is_interrupted_walks_to_the_other_station() -> None:
    breakdowns = {"every": "8 h", "repair": "20 min", "when_down": "desk", "send_to": "desk"}
    model = load(hall(["09:00"], {**TWO, "kiosk": {**TWO["kiosk"], "breakdowns": breakdowns}}, walking=WALKS)).model
    found = model.stations[0].breakdowns
    assert found is not None
    assert [model.stations[i].name for i in (found.when_down, found.send_to)] == ["walk_to_desk"] * 2


def test_who_comes_back_from_outside_walks_from_the_door() -> None:
    stations = {
        "kiosk": {"servers": 1, "time": "2 min", "fails": "100 %", "on_failure": "home"},
        "home": {"role": "orbit", "time": "10 min", "then": "desk"},
        "desk": TWO["desk"],
    }
    assert walks(hall(["09:00"], stations, walking=WALKS)) == [("walk_to_kiosk", 0, 1), ("walk_to_desk", 13, 16)]


def test_a_ticket_keeps_its_place_over_a_walk() -> None:
    stations = {
        "kiosk": {"servers": 1, "time": "2 min", "then": "transfer desk"},
        "desk": {"servers": 1, "time": "9 min"},
    }
    scenario = hall(
        ["09:00", "09:02"], stations, entry={"vip": "kiosk", "rest": "desk"}, segments={"vip": "50 %", "b": "rest"}
    )
    scenario["arrivals"] = {
        "vips": {"times": ["09:00"], "segments": {"vip": "100 %"}},
        "others": {"times": ["09:01", "09:02"], "segments": {"b": "100 %"}},
    }
    scenario["walking"] = {"minutes": {"kiosk": {"desk": "4 min"}}}
    # at 6 min the VIP stands before who came to the desk at 2, since he drew his ticket at 0
    served = [(row[0], row[3]) for row in trace(scenario) if row[1] == "desk"]
    assert served == [(1, 1), (0, 10), (2, 19)]


def test_who_is_on_his_way_at_closing_is_served() -> None:
    assert visits(hall(["09:58"], TWO, walking=WALKS)) == ["served"]


def test_coordinates_and_a_table_of_the_same_lengths_give_the_same_log() -> None:
    at = {"door": [0, 0], "kiosk": [45, 60], "desk": [45, 180]}  # 75 m and 120 m, by one and a half; 75 m/min
    table = {"door": {"kiosk": "90 s"}, "kiosk": {"desk": "144 s"}}
    scenario = hall([], TWO, until="11:00") | {"arrivals": {"rate": "20/h"}}
    by_metres = both(scenario | {"walking": {"at": at, "speed": "4.5 km/h", "detour": 1.5}})[1]
    by_table = both(scenario | {"walking": {"minutes": table}})[1]
    assert len(by_metres.rows) > 80
    assert by_metres.rows.tolist() == by_table.rows.tolist()
    assert by_metres.server_rows.tolist() == by_table.server_rows.tolist()


def test_walks_of_no_time_leave_the_log_as_it_was() -> None:
    scenario = hall([], TWO, until="11:00") | {"arrivals": {"rate": "20/h"}}
    nowhere = {"at": {"door": [3, 4], "kiosk": [3, 4], "desk": [3, 4]}}
    assert both(scenario | {"walking": nowhere})[1].rows.tolist() == both(scenario)[1].rows.tolist()
    said = [c.message for c in check(scenario | {"walking": nowhere}) if c.path == "walking"]
    assert said == ["nobody ever walks: no way that customers go has a length"]


def test_a_day_of_walks_differs_only_where_cv_says_so() -> None:
    scenario = hall([], TWO, until="13:00") | {"arrivals": {"rate": "60/h"}}
    constant, spread = (
        [
            end - begin
            for station, begin, end in walks(scenario | {"walking": {**WALKS, "cv": cv}})
            if "kiosk" in station
        ]
        for cv in (0, 0.5)
    )
    assert max(abs(length - 1.0) for length in constant) < 1e-6
    error = np.std(spread) / np.sqrt(len(spread))
    assert abs(np.mean(spread) - 1.0) < 4 * error < 0.2


def test_a_zone_with_a_walk_before_it_lets_people_wait_at_its_door_or_turns_them_away() -> None:
    for mode, third in (("wait_outside", "served"), ("turn_away", "blocked")):
        zones = {"area": {"seats": 1, "stations": ["desk"], "when_full": mode}}
        walking = {"minutes": {"door": {"area": "3 min"}}}
        scenario = hall(["09:00", "09:01"], {"desk": TWO["desk"]}, walking=walking, zones=zones)
        assert [row[-1] for row in trace(scenario) if row[0] == 1] == ["served", third]


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_halls_with_walks_are_the_same_on_both_engines(first: int) -> None:
    walked = 0
    for seed in range(first, first + 20):
        model = walking_model(seed)
        walked += any(station.name.startswith("walk_to_") for station in model.stations)
        assert_same(model, seed, 1)
    assert walked >= 17
