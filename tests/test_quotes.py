"""Quotes (semantics 41): literal traces on both engines, and balking by the number ahead, log for log."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from hallsim import visits as table
from hallsim.compiled import ROW_ARRIVE, ROW_CALL, ROW_CUSTOMER, ROW_END, ROW_WHO, compile_model
from hallsim.engines import kernel
from hallsim.scenario import check, load
from tests.test_semantics import both, hall, stated, trace

FIVE = ["09:00", "09:01", "09:02", "09:03", "09:04"]


def desk(tells: str, servers: Any = 1, **quote: Any) -> dict[str, Any]:
    return {"desk": {"servers": servers, "time": "10 min", "quote": {"tells": tells, **quote}}}


def told(stations: dict[str, Any], arrivals: list[str]) -> list[float | None]:
    """Return the quoted wait of each customer in minutes, by arrival."""
    quoted = table.build(*both(hall(arrivals, stations)))["quoted_wait"]
    return [None if pd.isna(x) else x / 60e6 for x in quoted]


def ends(stations: dict[str, Any], arrivals: list[str]) -> list[tuple[int, Any]]:
    """Return (customer, outcome) in the order in which the steps ended."""
    return [(row[0], row[-1]) for row in trace(hall(arrivals, stations))]


def test_rule_41_an_estimate_is_the_number_ahead_by_the_servers_rounded_to_minutes() -> None:
    # three desks: the first three find one free; then nobody, one and two are ahead: 0, 10/3 and 20/3 minutes
    arrivals = [*FIVE, "09:05"]
    assert told(desk("estimate", 3), arrivals) == [0, 0, 0, 0, 3, 7]
    assert told(desk("estimate", 3, factor=1.5), arrivals) == [0, 0, 0, 0, 5, 10]
    assert told(desk("estimate", 3, rounded_to="30 s"), arrivals) == [0, 0, 0, 0, 3.5, 6.5]
    assert told(desk("estimate", 3, mean_service="6 min"), arrivals) == [0, 0, 0, 0, 2, 4]


def test_rule_41_a_number_ahead_is_no_wait() -> None:
    assert told(desk("ahead"), FIVE) == [None] * 5


def test_rule_41_servers_about_to_leave_do_not_count() -> None:
    # both serve until 9:10, but the shift of the second ends at 9:03
    servers = [{"name": "a"}, {"name": "b", "shifts": ["09:00-09:03"]}]
    assert told(desk("estimate", servers), [*FIVE, "09:04"]) == [0, 0, 0, 10, 20, 30]


def test_rule_41_the_mean_of_a_line_is_over_those_expected() -> None:
    scenario = hall([], desk("estimate"), segments={"vip": "25 %", "general": "75 %"}, tickets={"Z": {}})
    scenario["arrivals"] = {"rate": "10/h"}
    scenario["stations"]["desk"]["time"] = {"vip": "20 min", "general": "4 min"}
    quotes = load(scenario).model.stations[0].quotes
    assert quotes is not None
    assert quotes.means == (pytest.approx(8 * 60e6),)


def test_rule_41_who_is_told_too_much_does_not_join() -> None:
    # a second number ahead is too much for customers 3 and 4, but not for who comes when one has been called
    by_number = desk("ahead", joining={"2": 0})
    assert ends(by_number, [*FIVE, "09:11"]) == [
        *((3, "balked"), (4, "balked")),
        *((0, "served"), (1, "served"), (2, "served"), (5, "served")),
    ]
    by_time = desk("estimate", joining={"9 min": 1, "10 min": 0})
    assert ends(by_time, FIVE) == [*((i, "balked") for i in (2, 3, 4)), (0, "served"), (1, "served")]


def test_rule_41_patience_is_what_the_quote_makes_of_it() -> None:
    # told 0, 10 and 20 minutes: 4, 8 and 2 minutes of patience
    stations = desk("estimate", patience={"10 min": 2, "15 min": 0.5})
    stations["desk"]["patience"] = "4 min"
    assert trace(hall(FIVE[:4], stations)) == [
        (1, "desk", 1, None, 5, None, "reneged"),
        (3, "desk", 3, None, 5, None, "reneged"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (2, "desk", 2, 10, 20, "desk 1", "served"),
    ]


def test_rule_41_a_stated_patience_is_left_as_it_is() -> None:
    stations = desk("ahead", patience={"0": 3})
    stations["desk"]["patience"] = "2 min"
    model = stated(hall(FIVE[:3], stations), patiences=[-1, 4, -1])
    assert [row[:1] + row[4:] for row in trace(model)][:2] == [(1, 5, None, "reneged"), (2, 8, None, "reneged")]


def test_rule_41_reactions_differ_by_segment() -> None:
    scenario = hall(
        [], desk("ahead", joining={"vip": {"0": 0}, "rest": {"1": 0}}), segments={"vip": "50 %", "z": "rest"}
    )
    scenario["stations"]["desk"]["call"] = "fifo"
    scenario["tickets"] = {"A": {}}
    scenario["arrivals"] = {
        "vips": {"times": ["09:01", "09:03"], "segments": {"vip": "100 %"}},
        "others": {"times": ["09:00", "09:02", "09:04"], "segments": {"z": "100 %"}},
    }
    assert [(row[0], row[-1]) for row in trace(scenario)] == [
        *((1, "balked"), (3, "balked"), (4, "balked")),
        *((0, "served"), (2, "served")),
    ]


def test_rule_41_who_is_interrupted_has_patience_by_what_he_was_told() -> None:
    # one of two desks drops its customer at 9:05, who had found it free: his 3 minutes are not made longer
    station = {"servers": {"staff": {"09:00": 2, "09:05": 1}, "shift_end": "preemptive"}, "time": "10 min"}
    station |= {"patience": "3 min", "quote": {"tells": "ahead", "patience": {"0": 5}}}
    assert [row[:1] + row[2:5] + row[6:] for row in trace(hall(FIVE[:3], {"desk": station}))] == [
        (1, 1, 1, 5, "interrupted"),
        (1, 5, None, 8, "reneged"),
        (0, 0, 0, 10, "served"),
        (2, 2, 10, 20, "served"),
    ]


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize("numbers", [False, True])
def test_joining_by_the_number_ahead_is_balking_by_the_number_inside_log_for_log(servers: int, numbers: bool) -> None:
    joins = [0.9, 0.7, 0.5, 0.3, 0]
    common: dict[str, Any] = {"servers": servers, "time": "exponential 5 min", "patience": "exponential 9 min"}
    common |= {"numbers": {"call_time": "1 min"}} if numbers else {}
    inside = common | {"join_probability": joins if numbers else [1] * servers + joins}
    ahead = common | {"quote": {"tells": "ahead", "joining": {str(i): p for i, p in enumerate(joins)}}}
    logs = [
        both(hall([], {"desk": station}, until="15:00") | {"arrivals": {"rate": f"{20 * servers}/h"}}, seed=3)[1]
        for station in (inside, ahead)
    ]
    assert len(logs[0].rows) > 100
    assert logs[0].rows.tolist() == logs[1].rows.tolist()
    assert logs[0].server_rows.tolist() == logs[1].server_rows.tolist()


def test_a_quote_leaves_every_other_draw_as_it_was() -> None:
    def services(**more: Any) -> dict[int, tuple[int, int, int]]:
        station = {"servers": 2, "time": "exponential 5 min", "patience": "exponential 20 min", **more}
        scenario = hall([], {"desk": station}, until="17:00") | {"arrivals": {"rate": "20/h"}}
        log = kernel.simulate(compile_model(load(scenario).model), 1, 0)
        return {
            row[ROW_CUSTOMER]: (row[ROW_ARRIVE], row[ROW_WHO] >> 24, row[ROW_END] - row[ROW_CALL])
            for row in log.rows.tolist()
            if row[ROW_CALL] >= 0
        }

    plain, quoted = (
        services(),
        services(quote={"tells": "estimate", "joining": {"5 min": 0.5}, "patience": {"0 min": 2}}),
    )
    common = plain.keys() & quoted.keys()
    assert len(common) > 100
    assert len(common) < len(plain)
    assert all(plain[i] == quoted[i] for i in common)


def test_who_balks_was_told_and_who_found_no_room_was_not() -> None:
    stations = desk("estimate", joining={"10 min": 0})
    stations["desk"]["room"] = {"total": 3}
    found = table.build(*both(hall(["09:00", "09:01", "09:02", "09:03"], stations)))
    assert found["outcome"].tolist() == ["served", "served", "balked", "balked"]
    assert found["quoted_wait"].tolist() == [0, 0, 600_000_000, 600_000_000]
    stations["desk"]["room"] = {"total": 2}
    blocked = table.build(*both(hall(["09:00", "09:01", "09:02"], stations)))
    assert blocked["quoted_wait"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        ({"tells": "wait"}, "stations.desk.quote.tells: 'wait' is not a quote; known: ahead, estimate"),
        ({"joining": {"5": 1}}, "stations.desk.quote: tells is missing: `ahead`: how many wait"),
        ({"tells": "ahead", "joining": {"5 min": 1}}, "quote.joining.5 min: '5 min' is not a number ahead such as 5"),
        ({"tells": "estimate", "joining": {"5": 1}}, "stations.desk.quote.joining.5: "),
        ({"tells": "ahead", "joining": {"5": 2}}, "stations.desk.quote.joining.5: 2 is too large; at most 1"),
        ({"tells": "ahead", "joining": {"5": 1, "05": 1}}, "stations.desk.quote.joining.05: 05 is there twice"),
        ({"tells": "ahead", "joining": 0.5}, "stations.desk.quote.joining: needs values by quote, such as"),
        ({"tells": "ahead", "joining": {"vip": {"5": 1}}}, "stations.desk.quote.joining.vip: "),
        ({"tells": "ahead", "factor": 2}, "quote.factor: belongs to an estimate, not to a number ahead"),
    ],
)
def test_quotes_that_cannot_be_are_refused(quote: dict[str, Any], message: str) -> None:
    station = {"servers": 1, "time": "1 min", "quote": quote}
    found = [f"{c.path}: {c.message}" for c in check(hall(["09:00"], {"desk": station})) if not c.warning]
    assert len(found) == 1
    assert message in found[0]


def test_a_quote_and_join_probability_exclude_each_other() -> None:
    station = desk("ahead", joining={"1": 0.5})["desk"] | {"join_probability": [1, 0.5]}
    (found,) = check(hall(["09:00"], {"desk": station}))
    assert found.message == "joining and join_probability are both given; only one of them can hold"
