"""Channels with people in them: a hotline with agents, its line, and who is not answered (semantics 48)."""

from __future__ import annotations

from typing import Any

import pytest

import hallsim as hs
from hallsim.scenario import load
from hallsim.theory import ErlangA
from tests.test_channels import ALL_TO_APP, APP, DESK, around
from tests.test_semantics import hall, trace, visits

HOTLINE = {"kind": "hotline", "takes": "1 min", "capacity": {"servers": 1, "time": "5 min"}}


def with_capacity(times: list[str], more: dict[str, Any] | None = None, **channels: Any) -> dict[str, Any]:
    """Return a desk whose whole catchment calls a hotline with one agent."""
    return hall(times, {"desk": DESK}, channels={"hotline": HOTLINE, **channels}, **(more or {}))


ALL_CALL = {"catchment": {"first_choice": {"hotline": "all"}}}


def test_rule_48_who_tries_a_channel_with_people_waits_for_them() -> None:
    given = with_capacity(["09:00", "09:02"], ALL_CALL)
    assert trace(given) == [
        (0, "hotline_asked_first", 0, 0, 1, None, "served"),
        (1, "hotline_asked_first", 2, 2, 3, None, "served"),
        (0, "hotline_agents", 1, 1, 6, "hotline_agents 1", "served"),
        (1, "hotline_agents", 3, 6, 11, "hotline_agents 1", "served"),
    ]
    assert visits(given) == ["elsewhere", "elsewhere"]


def test_rule_48_a_machine_handles_its_part_and_nobody_waits_for_it() -> None:
    given = with_capacity(["09:00"], ALL_CALL)
    given["channels"]["hotline"] = {**HOTLINE, "capacity": {**HOTLINE["capacity"], "automatic": "100 %"}}
    assert trace(given) == [(0, "hotline_asked_first", 0, 0, 1, None, "served")]


def test_rule_48_who_gives_up_or_finds_no_line_comes_to_the_hall_after_all() -> None:
    for limit in ({"patience": "2 min"}, {"waiting": 0}):
        capacity = {**HOTLINE["capacity"], **limit, "unanswered": "hall"}
        given = with_capacity(["09:00", "09:01"], ALL_CALL)
        given["channels"]["hotline"] = {**HOTLINE, "capacity": capacity}
        path = [row[1:4:2] for row in trace(given) if row[0] == 1]
        left = 4 if "patience" in limit else 2
        assert [name for name, _ in path] == ["hotline_asked_first", "hotline_agents", "the_door", "desk"]
        assert next(row[4] for row in trace(given) if row[:2] == (1, "the_door")) == left
        assert sorted(visits(given)) == ["elsewhere", "served"]


def test_rule_48_callers_are_answered_before_those_whom_the_hall_sends() -> None:
    greeter = {"servers": 2, "time": "1 min", "then": "divert hotline"}
    entry = {"first_choice": {"hotline": "50 %", "hall": "rest"}}
    given = with_capacity(["09:00"] * 8, {"entry": "greeter", "catchment": entry})
    given["stations"] = {"greeter": greeter, "desk": DESK}
    given["channels"]["hotline"] = {**HOTLINE, "takes": "2 min"}
    calls = [(row[3], row[1]) for row in trace(given) if row[1].startswith("hotline_agents")]
    first = [name for _, name in sorted(calls)]
    assert {"hotline_agents", "hotline_agents_instead"} == set(first)
    assert first == sorted(first)
    assert set(visits(given)) == {"elsewhere", "diverted"}


def test_rule_48_who_fails_elsewhere_waits_for_the_people_of_the_next_channel() -> None:
    app = {**APP, "on_failure": "hotline"}
    given = with_capacity(["09:00", "09:00"], {"catchment": ALL_TO_APP}, app=app)
    assert [row[1:5] for row in trace(given) if row[1] == "hotline_agents"] == [
        ("hotline_agents", 5, 5, 10),
        ("hotline_agents", 5, 10, 15),
    ]
    assert visits(given) == ["elsewhere", "elsewhere"]


def test_rule_48_people_who_are_partly_at_work_are_fewer() -> None:
    given = with_capacity(["09:00"], ALL_CALL)
    given["channels"]["hotline"] = {**HOTLINE, "capacity": {"servers": 3, "at_work": "60 %", "per_hour": 12}}
    model = load(given).model
    station = next(s for s in model.stations if s.name == "hotline_agents")
    paid = sum(end - start for server in station.servers for start, end in server.shifts)
    assert len(station.servers) == 2
    assert paid == pytest.approx(1.8 * (model.close - model.open))


def test_a_hotline_takes_no_time_in_the_hall_and_nobody_is_inside() -> None:
    given = around(
        {"hotline": "all"}, {"hotline": {**HOTLINE, "capacity": {"servers": 3, "time": "exponential 5 min"}}}
    )
    given["channels"]["hotline"].pop("takes")
    r = hs.run(load(given), 20, seed=1)
    assert r.estimate("visits").value == 0
    assert r.estimate("people_inside").value == 0
    assert r.estimate("utilisation", "station", "hotline_agents").value > 0.5


def test_a_hotline_is_an_erlang_a_queue() -> None:
    people = {"servers": 2, "time": "exponential 3 min", "patience": "exponential 6 min", "unanswered": "leave"}
    given = around({"hotline": "all"}, {"hotline": {**HOTLINE, "takes": "1 min", "capacity": people}})
    given |= {"run_for": "40000 min", "warm_up": "500 min", "arrivals": {"rate": "40/h"}}
    del given["open"]
    r = hs.run(load(given), 8, seed=5)
    gave_up = r.estimate("abandonment", "station", "hotline_agents")
    exact = ErlangA(40 / 60, 1 / 3, 1 / 6, 2).p_abandon
    assert abs(gave_up.value - exact) < 3.3 * gave_up.half_width / 1.96
    assert gave_up.half_width < 0.01
