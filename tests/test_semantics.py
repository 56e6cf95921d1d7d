"""One literal trace per rule of docs/semantics.md, on both engines.

Times are whole minutes after 09:00. A row reads (customer, place, joined, called, ended, server, outcome)
in the order in which the steps ended; None means never called, or nobody.
"""

import dataclasses
from typing import Any

import numpy as np
import pytest

from hallsim.compiled import (
    NO_LINE,
    SERVER_STATES,
    STEP_OUTCOMES,
    VISIT_OUTCOMES,
    Log,
    compile_model,
)
from hallsim.engines import kernel, reference
from hallsim.errors import EngineError
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.parts.distributions import Deterministic
from hallsim.scenario import load


def hall(arrivals: list[str], stations: dict[str, Any], *, until: str = "10:00", **more: Any) -> dict[str, Any]:
    """Return a small scenario with listed arrivals."""
    return {
        "format": 1,
        "hall": "trace",
        "open": f"09:00-{until}",
        "arrivals": {"times": arrivals},
        "stations": stations,
        **more,
    }


def minutes(t: int) -> float:
    """Return minutes after 09:00."""
    x = (t - 9 * US_PER_HOUR) / US_PER_MINUTE
    return int(x) if x == int(x) else x


def stated(scenario: dict[str, Any], **columns: list[float]) -> Model:
    """Return the scenario's model, whose table states `services`, `patiences` (in minutes) or `places` too.

    The columns run over all sources in the order of the scenario; -1 says nothing.
    """
    model = load(scenario).model
    sources, i = [], 0
    for source in model.sources:
        n = len(source.table_times)
        said = {
            f"table_{name}": tuple(
                int(x) if name == "places" or x < 0 else round(x * US_PER_MINUTE) for x in column[i:][:n]
            )
            for name, column in columns.items()
        }
        sources.append(dataclasses.replace(source, **said))  # type: ignore[arg-type]
        i += n
    return dataclasses.replace(model, sources=tuple(sources))


def both(scenario: dict[str, Any] | Model, seed: int = 1) -> tuple[Any, Log]:
    """Return the model and the log that both engines agree on."""
    model = scenario if isinstance(scenario, Model) else load(scenario).model
    compiled = compile_model(model)
    fast, readable = kernel.simulate(compiled, seed, 0), reference.simulate(compiled, seed, 0)
    assert fast.rows.tolist() == readable.rows.tolist()
    assert fast.server_rows.tolist() == readable.server_rows.tolist()
    assert fast.end == readable.end
    assert fast.notes.tolist() == readable.notes.tolist()
    return model, fast


def trace(scenario: dict[str, Any] | Model, seed: int = 1) -> list[tuple[Any, ...]]:
    """Return the steps in the order in which they ended."""
    model, log = both(scenario, seed)
    lines = [station.name for station in model.stations for _ in station.lines]
    servers = [server.name for station in model.stations for server in station.servers]
    steps = []
    for customer, what, who, _, join, call, end, _ in log.rows.tolist():
        place = "door" if what & 0xFFFF == NO_LINE else lines[what & 0xFFFF]
        server = servers[(who & 0xFFFFFF) - 1] if who & 0xFFFFFF else None
        called = None if call < 0 else minutes(call)
        outcome = STEP_OUTCOMES[(what >> 32) & 0xFF]
        steps.append((customer, place, minutes(join), called, minutes(end), server, outcome))
    return steps


def visits(scenario: dict[str, Any]) -> list[str]:
    """Return the visit outcome of each customer, in the order in which they left."""
    _, log = both(scenario)
    return [VISIT_OUTCOMES[(w >> 40) & 0xFF] for w in log.rows[:, 1].tolist() if (w >> 40) & 0xFF]


def duty(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (server, state, from, to) in the order of the buffer."""
    model, log = both(scenario)
    names = [server.name for station in model.stations for server in station.servers]
    return [(names[s], SERVER_STATES[state], minutes(a), minutes(b)) for s, state, a, b, _ in log.server_rows.tolist()]


def test_rule_1_times_are_rounded_to_the_resolution_halves_up() -> None:
    desk = {"servers": 1, "time": "90 s"}
    assert trace(hall(["09:00:30"], {"desk": desk}, resolution="1 min")) == [
        (0, "desk", 1, 1, 3, "desk 1", "served"),
    ]


def test_rule_1_an_impossible_duration_stops_the_replication() -> None:
    model = load(hall(["09:00"], {"desk": {"servers": 1, "time": "1 min"}})).model
    (desk,) = model.stations
    for value in (float("nan"), -1.0, 2.0**61):
        broken = dataclasses.replace(desk, service=(Deterministic(value),))
        compiled = compile_model(dataclasses.replace(model, stations=(broken,)))
        for engine in (kernel, reference):
            with pytest.raises(EngineError, match="duration"):
                engine.simulate(compiled, 1, 0)


def test_rule_1_a_service_is_rounded_after_the_servers_factor() -> None:
    # 170 s at double speed are 85 s, rounded to a minute; rounded before, they would become 1.5 and then 2
    desk = {"servers": [{"name": "Li", "speed": 2}], "time": "170 s"}
    assert trace(hall(["09:00"], {"desk": desk}, resolution="1 min"))[0][4] == 1


def test_rule_2_who_comes_back_at_once_stands_behind_those_who_wait() -> None:
    # with seed 13 customer 0 comes back to the desk once, while 1 waits there
    desk = {"servers": 1, "time": "10 min", "then": {"desk": "50 %", "leave": "rest"}}
    assert trace(hall(["09:00", "09:05"], {"desk": desk}), seed=13) == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 5, 10, 20, "desk 1", "served"),
        (0, "desk", 10, 20, 30, "desk 1", "served"),
    ]


def test_rule_2_a_service_end_comes_before_an_arrival_at_the_same_instant() -> None:
    # the freed server has become idle when customer 1 arrives, so he does not wait
    assert trace(hall(["09:00", "09:10"], {"desk": {"servers": 1, "time": "10 min"}})) == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 10, 10, 20, "desk 1", "served"),
    ]


def test_rule_2_a_shift_that_ends_with_the_service_keeps_the_server_from_the_next_call() -> None:
    desk = {
        "servers": [{"name": "Li", "shifts": ["09:00-09:10"]}, {"name": "Wang", "shifts": ["09:20-10:00"]}],
        "time": "10 min",
    }
    assert trace(hall(["09:00", "09:05"], {"desk": desk})) == [
        (0, "desk", 0, 0, 10, "Li", "served"),
        (1, "desk", 5, 20, 30, "Wang", "served"),
    ]


def test_rule_2_ends_at_one_instant_happen_in_the_order_of_the_servers() -> None:
    # both desks end at 10; desk 1 calls first and takes the ticket that joined first
    assert trace(hall(["09:00", "09:00", "09:01", "09:02"], {"desk": {"servers": 2, "time": "10 min"}}))[2:] == [
        (2, "desk", 1, 10, 20, "desk 1", "served"),
        (3, "desk", 2, 10, 20, "desk 2", "served"),
    ]


def test_rule_4_a_customer_taken_at_once_waits_zero() -> None:
    assert trace(hall(["09:03"], {"desk": {"servers": 2, "time": "4 min"}})) == [
        (0, "desk", 3, 3, 7, "desk 1", "served"),
    ]


def test_rule_6_a_named_server_finishes_the_customer_and_then_leaves() -> None:
    desk = {
        "servers": [{"name": "Li", "shifts": ["09:00-09:05"]}, {"name": "Wang", "shifts": ["09:00-10:00"]}],
        "time": "10 min",
    }
    scenario = hall(["09:00", "09:01", "09:06"], {"desk": desk})
    assert trace(scenario) == [
        (0, "desk", 0, 0, 10, "Li", "served"),
        (1, "desk", 1, 1, 11, "Wang", "served"),
        (2, "desk", 6, 11, 21, "Wang", "served"),
    ]
    assert duty(scenario) == [("Li", "duty", 0, 5), ("Li", "overtime", 5, 10), ("Wang", "duty", 0, 60)]


def test_rule_6_a_named_server_still_busy_when_the_next_shift_begins_stays() -> None:
    desk = {"servers": [{"name": "Li", "shifts": ["09:00-09:05", "09:08-10:00"]}], "time": "10 min"}
    scenario = hall(["09:00", "09:01"], {"desk": desk})
    assert trace(scenario)[1] == (1, "desk", 1, 10, 20, "Li", "served")
    assert duty(scenario) == [("Li", "duty", 0, 5), ("Li", "overtime", 5, 8), ("Li", "duty", 8, 60)]


def test_rule_6_pooled_servers_idle_ones_leave_first() -> None:
    desk = {"servers": {"staff": {"09:00": 2, "09:05": 1}, "shift_end": "pooled"}, "time": "10 min"}
    scenario = hall(["09:00"], {"desk": desk})
    assert trace(scenario) == [(0, "desk", 0, 0, 10, "desk 1", "served")]
    assert duty(scenario) == [("desk 2", "duty", 0, 5), ("desk 1", "duty", 0, 60)]


def test_rule_6_pooled_servers_all_busy_whoever_finishes_first_leaves() -> None:
    desk = {"servers": {"staff": {"09:00": 2, "09:05": 1}, "shift_end": "pooled"}, "time": "10 min"}
    scenario = hall(["09:00", "09:01", "09:02"], {"desk": desk})
    assert trace(scenario)[2] == (2, "desk", 2, 11, 21, "desk 2", "served")
    assert duty(scenario)[:2] == [("desk 1", "duty", 0, 5), ("desk 1", "overtime", 5, 10)]


def test_rule_6_pooled_overtime_counts_from_the_last_fall_of_the_number() -> None:
    staff = {"09:00": 3, "09:05": 2, "09:07": 1}
    desk = {"servers": {"staff": staff, "shift_end": "pooled"}, "time": "10 min"}
    assert duty(hall(["09:00", "09:01", "09:02"], {"desk": desk})) == [
        ("desk 1", "duty", 0, 7),
        ("desk 1", "overtime", 7, 10),
        ("desk 2", "duty", 0, 7),
        ("desk 2", "overtime", 7, 11),
        ("desk 3", "duty", 0, 60),
    ]


def test_rule_6_a_risen_level_brings_the_lowest_numbered_who_call_at_once() -> None:
    desk = {"servers": {"staff": {"09:00": 1, "09:05": 3}, "shift_end": "pooled"}, "time": "10 min"}
    assert trace(hall(["09:00", "09:01", "09:02"], {"desk": desk})) == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 1, 5, 15, "desk 2", "served"),
        (2, "desk", 2, 5, 15, "desk 3", "served"),
    ]


def test_rule_7_staff_stay_after_closing_until_the_last_customer_has_left() -> None:
    scenario = hall(["09:00", "09:01"], {"desk": {"servers": 1, "time": "10 min"}}, until="09:05")
    assert trace(scenario)[1] == (1, "desk", 1, 10, 20, "desk 1", "served")
    assert duty(scenario) == [("desk 1", "duty", 0, 5), ("desk 1", "overtime", 5, 20)]


def test_rule_7_whoever_waits_where_nobody_is_on_duty_is_closed_out() -> None:
    desk = {"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}], "time": "10 min"}
    scenario = hall(["09:00", "09:01"], {"desk": desk}, until="09:20")
    assert trace(scenario)[1] == (1, "desk", 1, None, 20, None, "closed_out")
    assert visits(scenario) == ["served", "closed_out"]


def test_rule_7_whoever_comes_later_to_a_place_without_staff_is_closed_out_on_the_spot() -> None:
    stations = {
        "greeter": {"servers": 1, "time": "10 min", "then": "desk"},
        "desk": {"servers": [{"name": "Li", "shifts": ["09:00-09:02"]}], "time": "1 min"},
    }
    assert trace(hall(["09:01"], stations, until="09:05"))[1] == (0, "desk", 11, None, 11, None, "closed_out")


def test_rule_7_an_arrival_rounded_to_closing_is_turned_away() -> None:
    scenario = hall(["09:00", "09:04:40"], {"desk": {"servers": 1, "time": "1 min"}}, until="09:05", resolution="1 min")
    assert trace(scenario)[1] == (1, "door", 5, None, 5, None, "blocked")
    assert visits(scenario) == ["served", "turned_away"]


def test_rule_7_patience_goes_on_after_closing() -> None:
    desk = {"servers": 1, "time": "10 min", "patience": "6 min"}
    assert trace(hall(["09:00", "09:01"], {"desk": desk}, until="09:05"))[0] == (1, "desk", 1, None, 7, None, "reneged")


def test_rule_7_nothing_in_the_calendar_happens_after_closing() -> None:
    desk = {"servers": {"staff": {"09:00": 1, "09:06": 0, "09:08": 2}, "shift_end": "preemptive"}, "time": "10 min"}
    scenario = hall(["09:00", "09:01"], {"desk": desk}, until="09:05")
    assert [row[3:] for row in trace(scenario)] == [(0, 10, "desk 1", "served"), (10, 20, "desk 1", "served")]
    assert duty(scenario) == [("desk 1", "duty", 0, 5), ("desk 1", "overtime", 5, 20)]


def test_rule_7_a_server_still_busy_past_the_shift_counts_as_gone_at_closing() -> None:
    desk = {"servers": [{"name": "Li", "shifts": ["09:00-09:02"]}], "time": "10 min"}
    scenario = hall(["09:00", "09:01"], {"desk": desk}, until="09:05")
    assert trace(scenario) == [
        (1, "desk", 1, None, 5, None, "closed_out"),
        (0, "desk", 0, 0, 10, "Li", "served"),
    ]
    assert duty(scenario) == [("Li", "duty", 0, 2), ("Li", "overtime", 2, 10)]


def test_rule_7_a_greeter_goes_when_nobody_can_come_any_more() -> None:
    stations = {
        "greeter": {"servers": 1, "time": "2 min", "then": "desk"},
        "desk": {"servers": 1, "time": "10 min"},
    }
    assert duty(hall(["09:04"], stations, until="09:05")) == [
        ("greeter 1", "duty", 0, 5),
        ("greeter 1", "overtime", 5, 6),
        ("desk 1", "duty", 0, 5),
        ("desk 1", "overtime", 5, 16),
    ]


@pytest.mark.parametrize(
    ("choice", "server"), [("longest_idle", "desk 3"), ("lowest_number", "desk 1")], ids=["longest", "lowest"]
)
def test_rule_8_which_idle_server(choice: str, server: str) -> None:
    # desks 1 and 2 are idle since 2 and 3, desk 3 since opening
    desk = {"servers": 3, "time": "2 min", "idle_choice": choice}
    assert trace(hall(["09:00", "09:01", "09:10"], {"desk": desk}))[2][5] == server


def test_rule_8_idle_since_the_same_instant_in_the_order_of_the_events() -> None:
    # both become idle at 10: ends at one instant go by server, whoever was called first
    desk = {"servers": 2, "time": {"a": "10 min", "b": "8 min", "c": "1 min"}}
    scenario = hall([], {"desk": desk}, segments={"a": "30 %", "b": "30 %", "c": "rest"})
    scenario["arrivals"] = {
        name: {"times": times, "segments": {name: "100 %"}}
        for name, times in {"a": ["09:00"], "b": ["09:02"], "c": ["09:20", "09:20"]}.items()
    }
    assert [(row[0], row[5]) for row in trace(scenario)][2:] == [(2, "desk 1"), (3, "desk 2")]


def test_rule_8_random_choice_uses_every_idle_server() -> None:
    desk = {"servers": 3, "time": "1 s", "idle_choice": "random"}
    arrivals = [f"09:{m:02d}" for m in range(59)]
    used = [row[5] for row in trace(hall(arrivals, {"desk": desk}))]
    # 59 fair choices among three: each is used between 8 and 32 times but for one case in ten thousand
    assert all(8 <= used.count(name) <= 32 for name in ("desk 1", "desk 2", "desk 3"))


def test_rule_9_lower_rank_first_then_first_come() -> None:
    scenario = hall(
        [],
        {"desk": {"servers": 1, "time": "10 min", "call": {"priority": ["vip"]}}},
        segments={"vip": "50 %", "general": "rest"},
    )
    scenario["arrivals"] = {
        "first": {"times": ["09:00", "09:01", "09:03"], "segments": {"general": "100 %"}},
        "important": {"times": ["09:04", "09:05"], "segments": {"vip": "100 %"}},
    }
    assert [row[0] for row in trace(scenario)] == [0, 3, 4, 1, 2]


def test_rule_9_lines_of_equal_rank_are_one_line() -> None:
    scenario = hall([], {"desk": {"servers": 1, "time": "10 min", "call": "fifo"}}, segments={"a": "50 %", "b": "rest"})
    scenario["arrivals"] = {
        "one": {"times": ["09:00", "09:01", "09:03"], "segments": {"a": "100 %"}},
        "two": {"times": ["09:02", "09:03"], "segments": {"b": "100 %"}},
    }
    assert [row[0] for row in trace(scenario)] == [0, 1, 2, 3, 4]


def test_rule_10_a_call_at_the_instant_of_giving_up_comes_first() -> None:
    desk = {"servers": 1, "time": "10 min", "patience": "9 min"}
    assert trace(hall(["09:00", "09:01", "09:02"], {"desk": desk})) == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (2, "desk", 2, None, 11, None, "reneged"),
        (1, "desk", 1, 10, 20, "desk 1", "served"),
    ]


def test_rule_10_no_patience_at_all_gives_up_at_once_unless_served_at_once() -> None:
    desk = {"servers": 1, "time": "10 min", "patience": "0 min"}
    assert trace(hall(["09:00", "09:01"], {"desk": desk})) == [
        (1, "desk", 1, None, 1, None, "reneged"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
    ]


@pytest.mark.parametrize(("rule", "end"), [("resume", 26), ("repeat", 30), ("resample", 30)])
def test_rule_12_interrupted_work(rule: str, end: int) -> None:
    staff = {"09:00": 1, "09:04": 0, "09:20": 1}
    desk = {"servers": {"staff": staff, "shift_end": "preemptive"}, "time": "10 min", "interrupted": rule}
    assert trace(hall(["09:00"], {"desk": desk})) == [
        (0, "desk", 0, 0, 4, "desk 1", "interrupted"),
        (0, "desk", 4, 20, end, "desk 1", "served"),
    ]


def test_rule_12_resampled_work_is_a_new_draw() -> None:
    staff = {"09:00": 1, "09:01": 0, "09:20": 1}
    desk = {
        "servers": {"staff": staff, "shift_end": "preemptive"},
        "time": "uniform 5 min to 30 min",
        "interrupted": "resample",
    }
    _, log = both(hall(["09:00"], {"desk": desk}))
    (again,) = [row for row in log.rows if row[4] > row[3]]
    resumed = both(hall(["09:00"], {"desk": desk | {"interrupted": "repeat"}}))[1].rows[-1]
    assert again[6] - again[5] != resumed[6] - resumed[5]


def test_rule_12_several_dropped_at_once_the_last_one_dropped_stands_first() -> None:
    staff = {"09:00": 3, "09:04": 1}
    desk = {"servers": {"staff": staff, "shift_end": "preemptive"}, "time": "10 min"}
    assert trace(hall(["09:00", "09:01", "09:02", "09:03"], {"desk": desk})) == [
        (2, "desk", 2, 2, 4, "desk 3", "interrupted"),
        (1, "desk", 1, 1, 4, "desk 2", "interrupted"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 4, 10, 17, "desk 1", "served"),
        (2, "desk", 4, 17, 25, "desk 1", "served"),
        (3, "desk", 3, 25, 35, "desk 1", "served"),
    ]


def test_rule_16_renewal_arrivals_come_one_gap_after_the_start_and_none_at_the_end() -> None:
    scenario = hall([], {"desk": {"servers": 1, "time": "1 min"}}, until="09:30")
    scenario["arrivals"] = {"gaps": "10 min"}
    assert [row[2] for row in trace(scenario)] == [10, 20]


def test_rule_1_gaps_between_arrivals_add_up_unrounded() -> None:
    # gaps of 40 s: arrivals at 40, 80 and 120 s; rounding each gap to the minute would make it 60 s
    scenario = hall([], {"desk": {"servers": 9, "time": "1 min"}}, until="09:02:30", resolution="1 min")
    scenario["arrivals"] = {"gaps": "40 s"}
    assert [row[2] for row in trace(scenario)] == [1, 1, 2]


def test_rule_1_gaps_shorter_than_half_the_resolution_end_too() -> None:
    scenario = hall([], {"desk": {"servers": 9, "time": "1 min"}}, until="09:01", resolution="1 min")
    scenario["arrivals"] = {"gaps": "20 s"}
    assert [row[2] for row in trace(scenario)] == [0, 1]


def test_rule_17_a_kiosk_can_fail_and_the_visit_still_succeed() -> None:
    stations = {
        "kiosk": {"servers": 1, "time": "3 min", "fails": "100 %", "on_failure": "counter"},
        "counter": {"servers": 1, "time": "5 min"},
    }
    scenario = hall(["09:00"], stations)
    assert [(row[1], row[6]) for row in trace(scenario)] == [("kiosk", "failed"), ("counter", "served")]
    assert visits(scenario) == ["served"]


def test_rule_17_a_customer_who_never_stops_coming_back_stops_the_replication() -> None:
    # more steps than a row of the log can number
    desk = {"servers": 1, "time": "0 min", "then": {"desk": "99.999999 %", "leave": "rest"}}
    compiled = compile_model(load(hall(["09:00"], {"desk": desk})).model)
    for engine in (kernel, reference):
        with pytest.raises(EngineError, match=r"steps.*rule 17"):
            engine.simulate(compiled, 1, 0)


def test_rule_17_who_is_sent_elsewhere_at_the_door_has_one_row_without_a_line() -> None:
    scenario = hall(["09:00"], {"desk": {"servers": 1, "time": "1 min"}}, entry={"divert app": "100 %"})
    assert [row[:3] for row in trace(scenario)] == [(0, "door", 0)]
    assert visits(scenario) == ["diverted"]


def test_rule_18_a_full_station_turns_away() -> None:
    desk = {"servers": 1, "time": "10 min", "room": {"total": 2}}
    scenario = hall(["09:00", "09:01", "09:02"], {"desk": desk})
    assert trace(scenario)[0] == (2, "desk", 2, None, 2, None, "blocked")
    assert visits(scenario)[0] == "turned_away"


def test_rule_18_a_waiting_room_is_not_full_for_whom_an_idle_server_takes() -> None:
    desk = {"servers": 1, "time": "10 min", "room": {"waiting": 0}}
    assert [row[6] for row in trace(hall(["09:00", "09:01", "09:10"], {"desk": desk}))] == [
        "blocked",
        "served",
        "served",
    ]


def test_rule_18_a_full_station_can_send_on() -> None:
    stations = {
        "kiosk": {"servers": 1, "time": "10 min", "room": {"total": 1}, "when_full": "counter"},
        "counter": {"servers": 1, "time": "10 min"},
    }
    assert trace(hall(["09:00", "09:01"], stations))[:2] == [
        (1, "kiosk", 1, None, 1, None, "blocked"),
        (0, "kiosk", 0, 0, 10, "kiosk 1", "served"),
    ]


def test_rule_18_nobody_joins_where_the_probability_is_zero() -> None:
    desk = {"servers": 1, "time": "10 min", "join_probability": [1, 0]}
    scenario = hall(["09:00", "09:01"], {"desk": desk})
    assert trace(scenario)[0] == (1, "desk", 1, None, 1, None, "balked")
    assert visits(scenario) == ["balked", "served"]


def test_rule_18_room_comes_before_balking() -> None:
    desk = {"servers": 1, "time": "10 min", "room": {"total": 1}, "join_probability": [1, 0]}
    assert trace(hall(["09:00", "09:01"], {"desk": desk}))[0][6] == "blocked"


@pytest.mark.parametrize(
    ("rule", "outcome"), [({"room": {"total": 1}}, "blocked"), ({"join_probability": [1, 0]}, "balked")]
)
def test_rule_18_room_and_balking_come_before_the_closing_rule(rule: dict[str, Any], outcome: str) -> None:
    # at 8 the desk's only server is past his shift and busy until 13, and the doors are closed
    stations = {
        "greeter": {"servers": 2, "time": {"a": "3 min", "b": "7 min"}, "then": "desk"},
        "desk": {"servers": [{"name": "Li", "shifts": ["09:00-09:04"]}], "time": "10 min", **rule},
    }
    scenario = hall([], stations, until="09:05", segments={"a": "50 %", "b": "rest"})
    scenario["arrivals"] = {
        "one": {"times": ["09:00"], "segments": {"a": "100 %"}},
        "two": {"times": ["09:01"], "segments": {"b": "100 %"}},
    }
    assert trace(scenario)[2] == (1, "desk", 8, None, 8, None, outcome)


def test_rule_3_adding_a_station_leaves_everybodys_draws_as_they_were() -> None:
    counter = {"servers": 2, "time": "lognormal 5 min cv 0.8", "patience": "exponential 8 min"}
    plain = hall([], {"counter": counter}, segments={"vip": "20 %", "general": "rest"}, until="12:00")
    plain["arrivals"] = {"rate": "30/h"}
    longer = plain | {"stations": {"counter": counter | {"then": "survey"}, "survey": {"servers": 1, "time": "1 min"}}}
    a, b = both(plain)[1].rows, both(longer)[1].rows
    at_counter = b[(b[:, 1] & 0xFFFF) < 2]  # the two lines of the counter
    for field in (0, 3, 4, 5, 6):
        assert np.array_equal(a[:, field], at_counter[:, field])


def test_rule_19_a_stated_service_is_rounded_after_the_servers_factor() -> None:
    # 170 s at double speed are 85 s, one minute; customer 1 draws 4 minutes, two at this desk
    desk = {"servers": [{"name": "Li", "speed": 2}], "time": "4 min"}
    model = stated(hall(["09:00", "09:10"], {"desk": desk}, resolution="1 min"), services=[170 / 60, -1])
    assert [row[2:5] for row in trace(model)] == [(0, 0, 1), (10, 10, 12)]


def test_rule_19_a_stated_service_holds_for_the_first_stay_at_each_station() -> None:
    # with seed 13 customer 0 comes back to the desk once; that service is drawn
    desk = {"servers": 1, "time": "10 min", "then": {"desk": "50 %", "leave": "rest"}}
    stations = {"greeter": {"servers": 1, "time": "1 min", "then": "desk"}, "desk": desk}
    assert trace(stated(hall(["09:00"], stations), services=[3]), seed=13) == [
        (0, "greeter", 0, 0, 3, "greeter 1", "served"),
        (0, "desk", 3, 3, 6, "desk 1", "served"),
        (0, "desk", 6, 6, 16, "desk 1", "served"),
    ]


def test_rule_19_a_stated_patience_is_rounded_and_holds_where_nobody_else_gives_up() -> None:
    scenario = hall(["09:00", "09:01", "09:02"], {"desk": {"servers": 1, "time": "10 min"}}, resolution="1 min")
    assert trace(stated(scenario, patiences=[-1, 1.5, -1])) == [
        (1, "desk", 1, None, 3, None, "reneged"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (2, "desk", 2, 10, 20, "desk 1", "served"),
    ]


def test_rule_19_a_stated_patience_does_not_hold_for_later_stays() -> None:
    # with seed 13 customer 0 comes back once and then waits 10 minutes for customer 1
    desk = {"servers": 1, "time": "10 min", "then": {"desk": "50 %", "leave": "rest"}}
    model = stated(hall(["09:00", "09:05"], {"desk": desk}), patiences=[4, -1])
    assert trace(model, seed=13)[2] == (0, "desk", 10, 20, 30, "desk 1", "served")


def test_rule_19_a_line_is_kept_by_place_then_by_age_and_who_has_none_comes_last() -> None:
    arrivals = ["09:00", "09:01", "09:02", "09:03", "09:04", "09:05"]
    scenario = hall(arrivals, {"desk": {"servers": 1, "time": "10 min"}})
    assert [row[0] for row in trace(stated(scenario, places=[9, 7, -1, 3, -1, 3]))] == [0, 3, 5, 1, 2, 4]


@pytest.mark.parametrize(("call", "order"), [("fifo", [0, 3, 1, 4, 2]), ({"priority": ["a"]}, [0, 1, 2, 3, 4])])
def test_rule_19_rank_goes_before_place_and_place_before_age(call: Any, order: list[int]) -> None:
    scenario = hall([], {"desk": {"servers": 1, "time": "10 min", "call": call}}, segments={"a": "50 %", "b": "rest"})
    scenario["arrivals"] = {
        "one": {"times": ["09:00", "09:01", "09:02"], "segments": {"a": "100 %"}},
        "two": {"times": ["09:03", "09:04"], "segments": {"b": "100 %"}},
    }
    assert [row[0] for row in trace(stated(scenario, places=[5, 5, -1, 2, 5]))] == order


@pytest.mark.parametrize("segments", [{"a": "100 %"}, {"a": "50 %", "b": "rest"}], ids=["one line", "two lines"])
def test_rule_19_who_was_interrupted_stays_at_the_head_whatever_the_places(segments: dict[str, str]) -> None:
    staff = {"09:00": 1, "09:04": 0, "09:20": 1}
    desk = {"servers": {"staff": staff, "shift_end": "preemptive"}, "time": "10 min"}
    scenario = hall([], {"desk": desk}, segments=segments)
    scenario["arrivals"] = {
        "one": {"times": ["09:00"], "segments": {"a": "100 %"}},
        "two": {"times": ["09:05"], "segments": {list(segments)[-1]: "100 %"}},
    }
    assert trace(stated(scenario, services=[8, 3], places=[9, 0])) == [
        (0, "desk", 0, 0, 4, "desk 1", "interrupted"),
        (0, "desk", 4, 20, 24, "desk 1", "served"),
        (1, "desk", 5, 24, 27, "desk 1", "served"),
    ]


def test_rule_19_after_an_interruption_the_own_place_holds_again() -> None:
    # customer 2 is dropped at the greeter at 2; at the desk he stands by his place again, behind 3 who comes later
    greeter = {"servers": {"staff": {"09:00": 3, "09:02": 2}, "shift_end": "preemptive"}, "time": "5 min"}
    stations = {"greeter": greeter | {"then": "desk"}, "desk": {"servers": 1, "time": "10 min"}}
    scenario = hall(["09:00", "09:00", "09:00", "09:06"], stations)
    steps = trace(stated(scenario, places=[-1, 1, 9, 5]))
    assert steps[0] == (2, "greeter", 0, 0, 2, "greeter 3", "interrupted")
    assert [row[0] for row in steps if row[1] == "desk"] == [0, 1, 3, 2]
