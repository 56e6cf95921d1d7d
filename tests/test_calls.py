"""Calls that nobody answers (semantics 42): literal traces on both engines, tables of visits, an exact queue."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from hallsim import visits as table
from hallsim.compiled import ROW_ARRIVE, ROW_CUSTOMER, ROW_WHO
from hallsim.kpis.checks import violations
from hallsim.scenario import check
from tests.test_semantics import both, duty, hall, trace, visits

NEVER = {"unanswered": "100 %", "time_out": "1 min"}


def desk(calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"desk": {"servers": 1, "time": "10 min", "calls": calls, **more}}


def short(scenario: dict[str, Any], seed: int = 1) -> list[tuple[Any, ...]]:
    """Return (customer, place, joined, called, ended, outcome)."""
    return [(*row[:5], row[6]) for row in trace(scenario, seed)]


def calls_of(scenario: dict[str, Any], seed: int = 1) -> list[tuple[Any, ...]]:
    """Return (first call, last call, calls, start) by customer and step, minutes after 09:00."""
    found = table.build(*both(scenario, seed))
    columns = [found[name] for name in ("t_call_first", "t_call_last", "n_calls", "t_start")]
    times = [[None if pd.isna(x) else x / 60e6 - 540 for x in column] for column in columns]
    return list(zip(times[0], times[1], columns[2].tolist(), times[3], strict=True))


TWO = ["09:00", "09:01", "09:02"]


def test_rule_42_who_does_not_answer_is_called_again_and_then_skipped() -> None:
    # customer 0 found the desk idle, so he is there; 1 and 2 are called three times each
    scenario = hall(TWO, desk(NEVER | {"recalls": 2}))
    assert short(scenario) == [
        (0, "desk", 0, 0, 10, "served"),
        (1, "desk", 1, 12, 13, "no_show"),
        (2, "desk", 2, 15, 16, "no_show"),
    ]
    assert visits(scenario) == ["served", "gave_up", "gave_up"]
    assert [row for row in duty(scenario) if row[1] == "calling"] == [
        ("desk 1", "calling", 10, 12),
        ("desk 1", "calling", 13, 15),
    ]
    assert calls_of(scenario) == [(0, 0, 1, 0), (10, 12, 3, None), (13, 15, 3, None)]
    assert violations(both(scenario)[1]) == []


def test_rule_42_who_answers_a_recall_is_served_from_that_call_on() -> None:
    # nobody answers the first call, everybody the second
    scenario = hall(TWO[:2], desk(NEVER | {"recalls": 2, "unanswered_again": "0 %"}))
    assert short(scenario) == [(0, "desk", 0, 0, 10, "served"), (1, "desk", 1, 11, 21, "served")]
    assert [row for row in duty(scenario) if row[1] == "calling"] == [("desk 1", "calling", 10, 11)]
    assert calls_of(scenario) == [(0, 0, 1, 0), (10, 11, 2, 11)]


def test_rule_42_one_draw_decides_how_many_calls_fail() -> None:
    # with seed 3 customer 1 answers the third call, whatever comes after it
    for recalls, end in ((1, "no_show"), (2, "served"), (9, "served")):
        calls = {"unanswered": "90 %", "unanswered_again": "80 %", "time_out": "1 min", "recalls": recalls}
        (_, one) = short(hall(TWO[:2], desk(calls)), seed=3)
        assert (one[3], one[5]) == (10 + min(recalls, 2), end)


def test_rule_42_patience_ends_with_the_first_call() -> None:
    # 9.5 minutes from 9:01 on: he would give up at 9:10:30, while he is being called
    scenario = hall(TWO[:2], desk(NEVER | {"recalls": 1, "unanswered_again": "0 %"}, patience="9.5 min"))
    assert short(scenario)[1] == (1, "desk", 1, 11, 21, "served")


def test_rule_42_calls_go_on_past_the_shift_and_the_server_still_serves_who_answers() -> None:
    servers = [{"name": "a", "shifts": ["09:00-09:11"]}]
    calls = NEVER | {"time_out": "2 min", "recalls": 1, "unanswered_again": "0 %"}
    scenario = hall(TWO, desk(calls) | {"desk": {"servers": servers, "time": "10 min", "calls": calls}})
    assert short(scenario) == [
        (0, "desk", 0, 0, 10, "served"),
        (1, "desk", 1, 12, 22, "served"),
        (2, "desk", 2, None, 60, "closed_out"),
    ]
    assert duty(scenario) == [("a", "calling", 10, 12), ("a", "duty", 0, 11), ("a", "overtime", 11, 22)]


@pytest.mark.parametrize(
    ("comes_back", "order"),
    [("end", [2, 3, 4, 1]), ("head", [2, 1, 3, 4]), (1, [2, 3, 1, 4]), (2, [2, 3, 4, 1]), (9, [2, 3, 4, 1])],
)
def test_rule_42_who_comes_back_stands_where_the_rule_says(comes_back: Any, order: list[int]) -> None:
    # only the vip is not at hand: skipped at 9:11, he is back at 9:13, when 2 is served and 3 and 4 wait
    stations = desk({"unanswered": {"vip": "100 %"}, "time_out": "1 min", "comes_back": comes_back})
    stations["desk"] |= {"on_no_show": "stroll", "call": "fifo"}
    stations["stroll"] = {"role": "delay", "time": "2 min", "then": "desk"}
    scenario = hall([], stations, segments={"vip": "50 %", "z": "rest"}, tickets={"A": {}})
    scenario["arrivals"] = {
        "vips": {"times": ["09:01"], "segments": {"vip": "100 %"}},
        "others": {"times": ["09:00", "09:02", "09:03", "09:04"], "segments": {"z": "100 %"}},
    }
    found = trace(scenario)
    assert [row for row in found if row[0] == 1][:2] == [
        (1, "desk", 1, 10, 11, "desk 1", "skipped"),
        (1, "stroll", 11, 11, 13, None, "served"),
    ]
    called = {row[0]: row[3] for row in reversed(found) if row[1] == "desk" and row[2] != 1 and row[0] > 0}
    assert sorted(called, key=lambda who: called[who]) == order


def test_who_comes_back_keeps_the_ticket() -> None:
    stations = desk(NEVER | {"unanswered_again": "0 %"}, on_no_show="stroll")
    stations["stroll"] = {"role": "delay", "time": "5 min", "then": "desk"}
    # 1 is skipped at 9:11 and comes back at 9:16; 2 at 9:12 and 9:17, when 1 is served
    found = table.build(*both(hall(TWO, stations)))
    tickets = found[found["station"] == "desk"].groupby("visit")["ticket_no"].agg(set)
    assert [sorted(x) for x in tickets] == [["C001"], ["C002"], ["C003"]]


def test_rule_42_nobody_who_does_not_wait_is_called_in_vain() -> None:
    assert short(hall(["09:00", "09:10", "09:20"], desk(NEVER))) == [
        (0, "desk", 0, 0, 10, "served"),
        (1, "desk", 10, 10, 20, "served"),
        (2, "desk", 20, 20, 30, "served"),
    ]


def test_calls_leave_every_other_draw_as_it_was() -> None:
    def seen(**more: Any) -> dict[int, tuple[int, int]]:
        station = {"servers": 2, "time": "exponential 5 min", "patience": "exponential 20 min", **more}
        scenario = hall([], {"desk": station}, until="17:00") | {"arrivals": {"rate": "20/h"}}
        _, log = both(scenario)
        return {row[ROW_CUSTOMER]: (row[ROW_ARRIVE], row[ROW_WHO] >> 24) for row in log.rows.tolist()}

    assert seen() == seen(calls={"unanswered": "30 %", "time_out": "1 min", "recalls": 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"calls": {"time_out": "1 min"}}, "stations.desk.calls: unanswered is missing"),
        ({"calls": {"unanswered": "5 %"}}, "stations.desk.calls: time_out is missing"),
        (
            {"calls": NEVER | {"comes_back": "front"}},
            "comes_back: 'front' is not a place in the line; known: end, head",
        ),
        ({"calls": NEVER | {"comes_back": 0}}, "comes_back: 0 is too small; at least 1"),
        (
            {"calls": NEVER, "breakdowns": {"every": "1 h", "repair": "1 min"}},
            "stations.desk.calls: calls that nobody answers cannot stand beside breakdowns or outages",
        ),
        (
            {"calls": NEVER, "servers": {"staff": {"09:00": 1}, "shift_end": "preemptive"}},
            "stations.desk.calls: calls that nobody answers cannot stand beside shifts that end preemptive",
        ),
    ],
)
def test_calls_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    station = {"servers": 1, "time": "1 min", **changes}
    found = [f"{c.path}: {c.message}" for c in check(hall(["09:00"], {"desk": station})) if not c.warning]
    assert len(found) == 1
    assert message in found[0]
