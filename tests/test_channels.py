"""Channels around the hall: first choice, failures that come back, a shift of demand (semantics 49)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.charts.paths import label_of
from hallsim.compiled import ROW_CUSTOMER, ROW_WHAT, VISIT_ELSEWHERE
from hallsim.experiment.profile import DOOR
from hallsim.scenario import check, load
from tests.test_semantics import both, hall, trace, visits

DESK = {"servers": 1, "time": "4 min"}
APP = {"kind": "electronic", "fails": "100 %", "takes": "5 min"}
ALL_TO_APP = {"first_choice": {"app": "all"}}


def around(first_choice: Any, channels: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a hall of two desks in a catchment, with kiosks at the door."""
    return {
        "open": "09:00-13:00",
        "transactions": {"payment": "40 %", "plan": "rest"},
        "arrivals": {"rate": "60/h"},
        "channels": channels,
        "catchment": {"first_choice": first_choice},
        "entry": {"kiosk": "30 %", "counter": "rest"},
        "stations": {
            "kiosk": {"servers": 9, "time": "exponential 3 min"},
            "counter": {"servers": 9, "time": "exponential 5 min"},
        },
        **more,
    }


def by_customer(data: dict[str, Any]) -> dict[int, list[list[int]]]:
    """Return the rows of each customer who comes to the hall, without numbers of servers."""
    _, log = both(data)
    found: dict[int, list[list[int]]] = {}
    for row in log.rows.tolist():
        found.setdefault(row[ROW_CUSTOMER], []).append(row)
    return {n: rows for n, rows in found.items() if rows[-1][ROW_WHAT] >> 40 & 0xFF != VISIT_ELSEWHERE}


def test_rule_49_who_is_served_by_a_channel_has_one_row_without_a_line() -> None:
    given = hall(["09:00"], {"desk": DESK}, channels={"app": {"kind": "electronic"}}, catchment=ALL_TO_APP)
    assert trace(given) == [(0, "door", 0, None, 0, None, "served")]
    assert visits(given) == ["elsewhere"]


def test_rule_49_who_has_no_success_comes_to_the_door_and_then_in() -> None:
    given = hall(["09:00"], {"desk": DESK}, channels={"app": APP}, catchment=ALL_TO_APP)
    assert trace(given) == [
        (0, "app_asked_first", 0, 0, 5, None, "failed"),
        (0, "the_door", 5, 5, 5, None, "served"),
        (0, "desk", 5, 5, 9, "desk 1", "served"),
    ]
    assert visits(given) == ["served"]


def test_rule_49_failures_may_go_to_another_channel_or_nowhere() -> None:
    for onward, way_out in (("agent", "elsewhere agent"), ("leave", "unserved app")):
        channels = {"app": {**APP, "on_failure": onward}, "agent": {"kind": "partner"}}
        given = hall(["09:00"], {"desk": DESK}, channels=channels, catchment=ALL_TO_APP)
        assert trace(given) == [(0, "app_asked_first", 0, 0, 5, None, "failed")]
        assert visits(given) == ["elsewhere"]
        model, log = both(given)
        assert model.exits[(int(log.rows[0, ROW_WHAT]) >> 48 & 0xFF) - 1].name == way_out


def test_rule_49_who_is_diverted_to_a_channel_that_fails_comes_back_to_the_door() -> None:
    given = hall(
        ["09:00"],
        {"greeter": {"servers": 1, "time": "1 min", "then": "divert app"}, "desk": DESK},
        channels={"app": APP},
        entry=[{"when": "before 09:03", "to": "greeter"}, {"to": "desk"}],
    )
    assert trace(given) == [
        (0, "greeter", 0, 0, 1, "greeter 1", "served"),
        (0, "app_instead", 1, 1, 6, None, "failed"),
        (0, "the_door", 6, 6, 6, None, "served"),
        (0, "desk", 6, 6, 10, "desk 1", "served"),
    ]


@pytest.mark.parametrize("order", [("app", "web"), ("web", "app")])
def test_rule_49_who_fails_elsewhere_does_not_try_the_next_channel(order: tuple[str, str]) -> None:
    kinds = {"app": {**APP, "on_failure": "web"}, "web": {**APP, "fails": "50 %"}}
    greeters = {name: {"servers": 1, "time": "1 min", "then": f"divert {name}"} for name in order}
    stations = {f"to_{name}": keys for name, keys in greeters.items()} | {"desk": DESK}
    given = hall(["09:00"], stations, channels={n: kinds[n] for n in order}, entry="to_app")
    assert [row[1] for row in trace(given)] == ["to_app", "app_instead"]
    assert visits(given) == ["diverted"]


def test_rule_49_who_comes_to_the_door_after_closing_is_turned_away() -> None:
    given = hall(["09:58"], {"desk": DESK}, channels={"app": APP}, catchment=ALL_TO_APP)
    assert visits(given) == ["turned_away"]


def test_rule_49_a_shift_changes_the_choice_of_some_and_nothing_else_about_anybody() -> None:
    channels = {"app": {"kind": "electronic"}, "agent": {"kind": "partner"}}
    choice = {"hall": "50 %", "app": "20 %", "agent": "rest"}
    before = around(choice, channels)
    after = around(choice, channels)
    after["catchment"]["shift"] = {"to": "app", "points": "20 %", "taken_from": {"hall": "60 %", "agent": "rest"}}
    come, still = by_customer(before), by_customer(after)
    assert 60 < len(still) < len(come)
    assert still.keys() < come.keys()
    for number, rows in still.items():  # nobody waits here, so not even times differ
        assert [row[:2] + row[3:7] for row in rows] == [row[:2] + row[3:7] for row in come[number]]


def test_transactions_count_for_the_channel_that_does_them() -> None:
    channels = {"app": {"kind": "electronic", "can": ["payment"]}, "agent": {"kind": "partner"}}
    given = around({"app": "50 %", "agent": "10 %", "hall": "rest"}, channels)
    given["transactions_per_visit"] = {"1": "50 %", "2": "rest"}
    r = hs.run(load(given), 300, seed=4)
    a_day = 240 * 1.5
    expected = {"app": 0.2 * a_day, "agent": 0.1 * a_day, "hall": 0.7 * a_day}
    for name, mean in expected.items():
        e = r.estimate("channel_transactions", "channel", name)
        assert abs(e.value - mean) < 4 * e.half_width / 1.96, name
    assert abs(r.estimate("electronic_share").value - 0.2) < 0.01
    assert r.estimate("electronic_share_unpaid").value == 0.0
    assert r.estimate("demand_unmet").value == pytest.approx(0.0, abs=1e-12)
    assert r.estimate("catchment_transactions").value == pytest.approx(
        sum(r.estimate("channel_transactions", "channel", name).value for name in expected)
    )
    assert r.estimate("visits").value < 0.72 * 240


def test_a_shift_of_23_points_that_fails_in_15_of_100_leaves_the_hall_5654_of_8000_transactions() -> None:
    scenario = load("scenarios/electronic_share.yaml")
    now = hs.run(scenario, 400, seed=2).estimate("channel_transactions", "channel", "hall")
    then = hs.run(scenario.change("catchment.shift.points", "23 %"), 400, seed=2)
    hall_then = then.estimate("channel_transactions", "channel", "hall")
    # by hand: 8,000 less 60 % of 4,600, and 15 % of those come back; who gives up in the line is not done
    for e, by_hand in ((now, 8000 / 30), (hall_then, (8000 - 0.6 * 4600 * 0.85) / 30)):
        lost = 0.025 * by_hand
        assert by_hand - lost - 2 * e.half_width < e.value < by_hand + 2 * e.half_width


def test_a_months_transactions_are_spread_over_days_hours_and_visits() -> None:
    given = {
        "open": "09:00-11:00",
        "arrivals": {"per_month": 3000, "days_per_month": 20, "profile": [1, 3], "group_size": 2},
        "transactions_per_visit": {"1": "50 %", "2": "rest"},
        "stations": {"desk": {"servers": 5, "time": "1 min"}},
    }
    (source,) = load(given).model.sources
    a_day = 3000 / 20 / 1.5 / 2
    assert [p.rate * (p.end - p.start) for p in source.pieces] == pytest.approx([a_day / 4, a_day * 3 / 4])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": {"app": {"kind": "elektronic"}}}, "'elektronic' is not a kind of channel"),
        ({"channels": {"app": {"kind": "electronic", "can": ["payments"]}}}, "did you mean payment"),
        ({"channels": {"hall": {"kind": "own"}}}, "hall is the hall itself"),
        ({"catchment": {"first_choice": {"web": "20 %", "hall": "rest"}}}, "'web' is not a channel, or hall"),
        ({"catchment": {"first_choice": {"app": "20 %", "hall": "70 %"}}}, "sum to 90 %"),
        ({"catchment": {"first_choice": {"payment": {"app": "all"}}}}, "does not say whom plan asks"),
        ({"catchment": {"first_choice": {"app": "20 %", "hall": "rest"}, "payments": ["pay"]}}, "is not a transaction"),
        (
            {"catchment": {"first_choice": {"app": "20 %", "hall": "rest"},
                           "shift": {"to": "app", "points": "85 %", "taken_from": {"hall": "all"}}}},
            "takes 85 % of payment from hall, which only 80 % of them ask first",
        ),
        (
            {"catchment": {"first_choice": {"app": "20 %", "hall": "rest"},
                           "shift": {"to": "app", "points": "5 %", "taken_from": {"app": "all"}}}},
            "app cannot gain from itself",
        ),
        ({"entry": {"divert sms": "5 %", "counter": "rest"}}, "customers are sent to sms: 'sms' is not a channel"),
        (
            {"channels": {"app": {"kind": "electronic", "can": ["payment"]}},
             "entry": {"divert app": "5 %", "counter": "rest"}},
            "app cannot serve plan, who are sent there all the same",
        ),
        (
            {"channels": {"app": {"kind": "electronic", "fails": "5 %", "on_failure": "web"},
                          "web": {"kind": "electronic", "can": ["payment"]}}},
            "web cannot serve plan, who are sent there all the same",
        ),
        ({"arrivals": {"rate": "9/h", "profile": [1, 2, 3, 4]}}, "belongs to per_month, not to rate"),
        ({"arrivals": {"per_month": 900, "profile": [1, 2]}}, "has 2 numbers, but 09:00-13:00 has 4 hours"),
    ],
)  # fmt: skip
def test_bad_channels_are_told(change: dict[str, Any], message: str) -> None:
    given = around({"app": "20 %", "hall": "rest"}, {"app": {"kind": "electronic"}}) | change
    complaints = check(given)
    assert any(message in str(c) for c in complaints), [str(c) for c in complaints]


def test_channels_without_a_catchment_change_nobody_who_is_not_sent_to_them() -> None:
    plain = around({"hall": "all"}, {})
    del plain["catchment"], plain["channels"]
    with_app = {**plain, "channels": {"app": {"kind": "electronic"}}}
    a, b = both(plain)[1], both(with_app)[1]
    assert np.array_equal(a.rows, b.rows)


def test_the_paths_of_a_catchment_begin_there_and_not_at_the_door() -> None:
    given = around({"app": "20 %", "hall": "rest"}, {"app": {"kind": "electronic"}})
    assert label_of(load(given).model, DOOR).en == "catchment"
    del given["catchment"]
    assert label_of(load(given).model, DOOR).en == "door"
