"""Transfers (semantics 43), and what halls make of them: triage errors, a greeter who is passed by."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim import visits as table
from hallsim.scenario import check
from tests.test_semantics import both, hall, trace

SEGMENTS = {"vip": "50 %", "z": "rest"}


def two_desks(then: Any, **more: Any) -> dict[str, Any]:
    """Return a hall in which the vip is served at the first desk and sent on to the second, where others wait."""
    stations = {
        "first": {"servers": 1, "time": "4 min", "then": then},
        "second": {"servers": 1, "time": "5 min"},
        **more,
    }
    scenario = hall([], stations, segments=SEGMENTS, tickets={"A": {}}, entry={"vip": "first", "z": "second"})
    scenario["arrivals"] = {
        "vips": {"times": ["09:02"], "segments": {"vip": "100 %"}},
        "others": {"times": ["09:00", "09:01", "09:03", "09:04"], "segments": {"z": "100 %"}},
    }
    return scenario


def called_at_second(scenario: dict[str, Any]) -> list[int]:
    """Return who is called at the second desk, in order."""
    found = [row for row in trace(scenario) if row[1] == "second"]
    return [row[0] for row in sorted(found, key=lambda row: row[3])]


def test_rule_43_a_ticket_keeps_its_place_or_loses_it() -> None:
    # customer 2 joined the first line before 3 and 4 joined the second, and comes there at 9:06, when they wait
    assert called_at_second(two_desks("transfer second")) == [0, 1, 2, 3, 4]
    assert called_at_second(two_desks("transfer second to the end")) == [0, 1, 3, 4, 2]
    assert called_at_second(two_desks("second")) == [0, 1, 3, 4, 2]


def test_rule_43_a_transfer_is_an_outcome_of_the_step() -> None:
    def first(then: Any) -> tuple[Any, ...]:
        return next(row for row in trace(two_desks(then)) if row[1] == "first")

    assert first("transfer second") == (2, "first", 2, 2, 6, "first 1", "transferred")
    assert first("transfer second to the end")[-1] == "transferred"
    assert first("second")[-1] == "served"


def test_rule_43_a_walk_keeps_the_place_and_a_second_transfer_the_first_order() -> None:
    walk = {"role": "delay", "time": "30 s", "then": "second"}
    assert called_at_second(two_desks("transfer walk", walk=walk)) == [0, 1, 2, 3, 4]
    between = {"servers": 1, "time": "30 s", "then": "transfer second"}
    assert called_at_second(two_desks("transfer between", between=between)) == [0, 1, 2, 3, 4]
    lost = {"servers": 1, "time": "30 s", "then": "second"}
    assert called_at_second(two_desks("transfer between", between=lost)) == [0, 1, 3, 4, 2]


def test_rule_43_who_gives_up_on_the_way_has_lost_the_place() -> None:
    # between is busy with somebody else, so that the vip gives up there after a minute and goes on by himself
    scenario = two_desks(
        "transfer between",
        between={"servers": 1, "time": "30 min", "patience": "1 min", "on_giving_up": "second", "then": "leave"},
    )
    scenario["arrivals"]["others"]["times"].insert(0, "09:00")
    scenario["entry"] = [{"when": "at most 0 in the hall", "to": "between"}, {"to": scenario["entry"]}]
    assert called_at_second(scenario) == [1, 2, 4, 5, 3]


def test_rule_43_kept_places_go_by_the_same_order_among_lines_of_equal_rank() -> None:
    scenario = two_desks("transfer second")
    scenario["tickets"] = {"V": {"segments": ["vip"]}, "Z": {}}
    assert called_at_second(scenario) == [0, 1, 2, 3, 4]


def test_a_transferred_ticket_keeps_its_number() -> None:
    found = table.build(*both(two_desks("transfer second")))
    numbers = found.set_index(["visit", "station"])["ticket_no"]
    assert numbers[2, "first"] == numbers[2, "second"] == "A001"
    assert [numbers[i, "second"] for i in (0, 1, 3, 4)] == ["A001", "A002", "A003", "A004"]


def test_triage_errors_are_a_share_of_the_triage_and_a_short_service_at_the_wrong_desk() -> None:
    # card customers belong at the desk; the greeter sends every second one to the counter, which sees it in a minute
    stations = {
        "greeter": {
            "servers": 1,
            "time": "30 s",
            "then": {"card": {"desk": "50 %", "counter": "rest"}, "pay": "counter"},
        },
        "counter": {
            "servers": 2,
            "time": {"pay": "5 min", "card": "1 min"},
            "then": {"card": "transfer desk", "pay": "leave"},
        },
        "desk": {"servers": 1, "time": "6 min"},
    }
    scenario = hall([], stations, until="15:00", transactions={"card": "50 %", "pay": "rest"})
    scenario["arrivals"] = {"rate": "15/h"}
    found = table.build(*both(scenario))
    counts = found.groupby(["transaction", "station", "outcome"], observed=True).size()
    wrong, right = counts["card", "counter", "transferred"], counts["card", "desk", "served"]
    assert ("card", "counter", "served") not in counts.index
    assert wrong == pytest.approx(0.5 * right, rel=0.4)
    assert right == counts["card", "greeter", "served"]


def test_a_greeter_with_a_long_line_is_passed_by() -> None:
    stations = {
        "greeter": {"servers": 1, "time": "2 min", "then": "triage"},
        "counter": {"servers": 4, "time": "3 min"},
    }
    entry = [{"when": "at least 2 waiting at greeter", "to": "triage"}, {"to": "greeter"}]
    scenario = hall(["09:00"] * 5, stations, entry=entry, triage="counter")
    assert [(row[0], row[1], row[2]) for row in trace(scenario)] == [
        *((0, "greeter", 0), (3, "counter", 0), (4, "counter", 0)),
        *((1, "greeter", 0), (0, "counter", 2), (2, "greeter", 0), (1, "counter", 4), (2, "counter", 6)),
    ]


@pytest.mark.parametrize(
    ("stations", "entry", "message"),
    [
        (
            {"desk": {"servers": 1, "time": "1 min", "then": "transfer dsk"}},
            "desk",
            "stations.desk.then: 'dsk' is not a destination; known: desk (did you mean desk?)",
        ),
        (
            {"desk": {"servers": 1, "time": "1 min"}},
            "transfer desk",
            "entry: transfer desk: a ticket is transferred after a service, not from here; name the station alone",
        ),
        (
            {
                "desk": {"servers": 1, "time": "1 min", "patience": "1 min", "on_giving_up": "transfer spare"},
                "spare": {"servers": 1, "time": "1 min"},
            },
            "desk",
            "stations.desk.on_giving_up: transfer spare: a ticket is transferred after a service, not from here",
        ),
        (
            {
                "walk": {"role": "delay", "time": "1 min", "then": "transfer desk"},
                "desk": {"servers": 1, "time": "1 min"},
            },
            "walk",
            "stations.walk.then: nobody is served at a station of the role delay, so no ticket is transferred",
        ),
    ],
)
def test_transfers_that_cannot_be_are_refused(stations: dict[str, Any], entry: Any, message: str) -> None:
    found = [f"{c.path}: {c.message}" for c in check(hall(["09:00"], stations, entry=entry)) if not c.warning]
    assert len(found) == 1
    assert message in found[0]
