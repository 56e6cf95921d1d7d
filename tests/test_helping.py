"""Literal traces of rule 45, on both engines: servers who help at other stations. As in test_semantics."""

from typing import Any

import pytest

from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.errors import ScenarioError
from hallsim.kpis.checks import violations
from hallsim.scenario import load
from tests.kpi_witness import results_of
from tests.test_semantics import both, duty, hall, trace


def two(**greeter: Any) -> dict[str, Any]:
    """Return a greeter who helps at a desk of one, and the desk."""
    return {
        "greeter": {"servers": 1, "time": "2 min", "helps": ["desk"], "then": "leave", **greeter},
        "desk": {"servers": 1, "time": "10 min"},
    }


def coming(stations: dict[str, Any], greeted: list[str], desk: list[str], **more: Any) -> dict[str, Any]:
    scenario = hall([], stations, segments={"a": "50 %", "b": "rest"}, entry={"a": "greeter", "b": "desk"}, **more)
    scenario["arrivals"] = {
        name: {"times": times, "segments": {kind: "100 %"}}
        for name, times, kind in (("first", greeted, "a"), ("second", desk, "b"))
        if times
    }
    return scenario


def test_rule_45_an_idle_server_helps_who_would_wait_elsewhere() -> None:
    scenario = coming(two(), ["09:30"], ["09:00", "09:01"])
    assert trace(scenario) == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (1, "desk", 1, 1, 11, "greeter 1", "served"),
        (2, "greeter", 30, 30, 32, "greeter 1", "served"),
    ]
    assert duty(scenario)[0] == ("greeter 1", "duty", 0, 60)


def test_rule_45_own_customers_come_first_and_help_is_not_interrupted() -> None:
    scenario = coming(two(), ["09:02", "09:03"], ["09:00", "09:01", "09:04"])
    assert [row[:6] for row in trace(scenario)] == [
        (0, "desk", 0, 0, 10, "desk 1"),
        (1, "desk", 1, 1, 11, "greeter 1"),
        (2, "greeter", 2, 11, 13, "greeter 1"),
        (3, "greeter", 3, 13, 15, "greeter 1"),
        (4, "desk", 4, 10, 20, "desk 1"),
    ]


def test_rule_45_help_goes_by_the_law_of_the_place_and_the_speed_of_the_person() -> None:
    stations = two(servers=[{"name": "Li", "speed": 2}])
    assert trace(coming(stations, ["09:30"], ["09:00", "09:01"]))[0] == (1, "desk", 1, 1, 6, "Li", "served")


def test_customers_drawn_while_somebody_helps_have_their_own_services() -> None:
    # customers are drawn in blocks; with little room the second is drawn when the greeter is at the desk
    scenario = coming(two(time="exponential 2 s"), [], [], until="19:00")
    scenario["arrivals"] = {"rate": "300/h"}
    scenario["stations"]["desk"] = {"servers": "none", "time": "exponential 20 s"}
    c = compile_model(load(scenario).model)
    few, many = (kernel.simulate(c, 1, 0, make_workspace(c, ring=ring)) for ring in (4096, 8192))
    assert few.rows.tolist() == many.rows.tolist()


def test_rule_45_places_are_tried_in_order() -> None:
    stations = two(helps=["room", "desk"]) | {"room": {"servers": "none", "time": "3 min", "then": "leave"}}
    stations["greeter"]["then"] = "room"
    scenario = coming(stations, ["09:00"], ["09:00", "09:01"])
    assert [row[:6] for row in trace(scenario)] == [
        (0, "greeter", 0, 0, 2, "greeter 1"),
        (0, "room", 2, 2, 5, "greeter 1"),
        (1, "desk", 0, 0, 10, "desk 1"),
        (2, "desk", 1, 5, 15, "greeter 1"),
    ]


def test_rule_45_a_kiosk_that_fails_is_helped_by_whoever_roams() -> None:
    stations = {
        "kiosk": {"servers": 1, "time": "3 min", "fails": "100 %", "on_failure": "assistance"},
        "assistance": {"servers": "none", "time": "1 min", "then": "counter"},
        "counter": {"servers": 1, "time": "10 min", "preparation": {"by": "pda", "time": "4 min", "saves": "50 %"}},
        "pda": {"role": "pda", "servers": 1, "helps": ["assistance"]},
    }
    scenario = hall(["09:00", "09:03", "09:06"], stations)
    assert [row[:6] for row in trace(scenario) if row[1] != "kiosk"] == [
        (0, "assistance", 3, 3, 4, "pda 1"),
        (1, "assistance", 6, 6, 7, "pda 1"),
        (2, "assistance", 9, 11, 12, "pda 1"),
        (0, "counter", 4, 4, 14, "counter 1"),
        (1, "counter", 7, 14, 19, "counter 1"),
        (2, "counter", 12, 19, 24, "counter 1"),
    ]
    # prepared from 7 to 11 and from 12 to 16: help waits for the end of it
    assert [row for row in duty(scenario) if row[1] == "preparing"] == [
        ("pda 1", "preparing", 7, 11),
        ("pda 1", "preparing", 12, 16),
    ]


def test_rule_45_helpers_finish_after_the_shift_and_stay_after_closing() -> None:
    stations = two(servers=[{"name": "Li", "shifts": ["09:00-09:05"]}])
    assert duty(coming(stations, [], ["09:00", "09:01"]))[:2] == [("Li", "duty", 0, 5), ("Li", "overtime", 5, 11)]
    late = coming(two(), [], ["09:00", "09:01", "09:02", "09:03"], until="09:05")
    assert [row[3:6] for row in trace(late)][2:] == [(10, 20, "desk 1"), (11, 21, "greeter 1")]
    assert ("greeter 1", "overtime", 5, 21) in duty(late)


def test_rule_45_a_break_that_is_due_while_somebody_helps_comes_after_the_help_and_before_the_next() -> None:
    stations = two(breaks=[{"at": "09:05", "length": "20 min"}])
    scenario = coming(stations, ["09:12"], ["09:00", "09:01", "09:02"])
    assert [row[:6] for row in trace(scenario)] == [
        (0, "desk", 0, 0, 10, "desk 1"),
        (1, "desk", 1, 1, 11, "greeter 1"),
        (2, "desk", 2, 10, 20, "desk 1"),
        (3, "greeter", 12, 31, 33, "greeter 1"),
    ]
    assert ("greeter 1", "paid_break", 11, 31) in duty(scenario)


def test_rule_45_who_comes_back_from_a_break_helps_whoever_waits_elsewhere() -> None:
    stations = two(breaks=[{"at": "09:00", "length": "5 min"}])
    assert [row[:6] for row in trace(coming(stations, [], ["09:01", "09:02"]))] == [
        (0, "desk", 1, 1, 11, "desk 1"),
        (1, "desk", 2, 5, 15, "greeter 1"),
    ]


def test_rule_45_a_place_where_only_others_serve_counts_as_served_at_closing() -> None:
    stations = two() | {"desk": {"servers": "none", "time": "10 min"}}
    assert [row[3:7] for row in trace(coming(stations, [], ["09:00", "09:01"], until="09:05"))] == [
        (0, 10, "greeter 1", "served"),
        (10, 20, "greeter 1", "served"),
    ]


def test_time_elsewhere_is_part_of_the_helpers_utilisation() -> None:
    model, log = both(coming(two(), ["09:30"], ["09:00", "09:01"]))
    assert violations(log) == []
    results = results_of(model, [log])
    assert results.estimate("elsewhere", "station", "greeter").value == pytest.approx(10 / 60)
    assert results.estimate("utilisation", "station", "greeter").value == pytest.approx(12 / 60)
    assert results.estimate("utilisation", "station", "desk").value == pytest.approx(10 / 60)


@pytest.mark.parametrize(
    ("station", "change", "message"),
    [
        ("greeter", {"helps": ["desks"]}, "'desks' is not a station"),
        ("greeter", {"helps": ["greeter"]}, "greeter helps itself"),
        ("greeter", {"helps": ["desk", "desk"]}, "desk is in the order twice"),
        ("greeter", {"servers": {"staff": {"09:00": 1}, "shift_end": "pooled"}}, "cannot help elsewhere"),
        ("desk", {"numbers": {"most": 5}}, "nobody can help at desk: it has numbers that stay"),
        ("desk", {"breakdowns": {"every": "1 h", "repair": "5 min"}}, "nobody can help at desk: it has breakdowns"),
        ("greeter", {"servers": "none"}, "it has no servers"),
    ],
)
def test_what_cannot_be_is_refused(station: str, change: dict[str, Any], message: str) -> None:
    stations = two()
    stations[station] |= change
    with pytest.raises(ScenarioError, match=message):
        load(coming(stations, ["09:00"], ["09:00"]))
