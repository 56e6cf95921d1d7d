"""Literal traces of rule 11, on both engines: customers who are prepared while they wait. As in test_semantics."""

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import (
    PREPARED,
    PREPARED_DONE,
    PREPARED_DROPPED,
    PREPARED_IN_VAIN,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_WHO,
    compile_model,
)
from hallsim.engines import kernel
from hallsim.errors import ScenarioError
from hallsim.kpis.checks import violations
from hallsim.scenario import load
from hallsim.visits import build
from tests.kpi_witness import results_of
from tests.test_semantics import both, duty, hall, minutes, trace

COMING = ["09:00", "09:01", "09:02"]
ALL = "100 %"


def prepared(time: str = "10 min", servers: int = 1, counter: dict[str, Any] | None = None, **more: Any) -> Any:
    """Return a counter whose customers one clerk prepares in 4 minutes, which saves half of the service."""
    given = {"by": "pda", "time": "4 min", "saves": "50 %", **more}
    desk = {"servers": servers, "time": time, "preparation": given, **(counter or {})}
    return {"counter": desk, "pda": {"role": "pda", "servers": 1}}


def calls(scenario: Any) -> list[tuple[Any, ...]]:
    """Return (customer, called, ended, what the preparation came to) in the order in which the steps ended."""
    _, log = both(scenario)
    assert violations(log) == []
    found = []
    for row in log.rows.tolist():
        called, ended = (minutes(row[i]) if row[i] >= 0 else None for i in (ROW_CALL, ROW_END))
        found.append((row[ROW_CUSTOMER], called, ended, row[ROW_WHO] >> 56))
    return found


def preparing(scenario: Any) -> list[tuple[Any, ...]]:
    """Return what servers did with customers in line, with the customer."""
    _, log = both(scenario)
    spans = [row for row in duty(scenario) if row[1] in ("preparing", "blocked")]
    return [(*row, who) for row, who in zip(spans, (r[4] for r in log.server_rows.tolist() if r[4] >= 0), strict=True)]


def test_rule_11_the_longest_waiting_is_prepared_and_served_in_less_time() -> None:
    scenario = hall(COMING, prepared())
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 15, PREPARED), (2, 15, 20, PREPARED)]
    assert preparing(scenario) == [("pda 1", "preparing", 1, 5, 1), ("pda 1", "preparing", 5, 9, 2)]


def test_rule_11_who_is_called_at_once_is_not_prepared() -> None:
    assert calls(hall(["09:00", "09:30"], prepared())) == [(0, 0, 10, 0), (1, 30, 40, 0)]


def test_rule_11_a_call_aborts_the_preparation_and_frees_the_clerk() -> None:
    scenario = hall(COMING, prepared("2 min"))
    # 1 is called at 2 in the middle of it; 2, who came at 2, is taken up then
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 4, PREPARED_DROPPED), (2, 4, 6, PREPARED_DROPPED)]
    assert preparing(scenario) == [("pda 1", "preparing", 1, 2, 1), ("pda 1", "preparing", 2, 4, 2)]


def test_rule_11_a_call_lets_it_finish_and_the_server_waits() -> None:
    scenario = hall(COMING, prepared("2 min", called="finish"))
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 6, PREPARED), (2, 6, 10, PREPARED)]
    assert preparing(scenario) == [
        ("pda 1", "preparing", 1, 5, 1),
        ("counter 1", "blocked", 2, 5, 1),
        ("pda 1", "preparing", 5, 9, 2),
        ("counter 1", "blocked", 6, 9, 2),
    ]


def test_rule_11_a_service_that_ends_when_the_preparation_does_comes_first() -> None:
    assert calls(hall(COMING[:2], prepared("5 min")))[1] == (1, 5, 10, PREPARED_DROPPED)


def test_rule_11_who_gives_up_frees_the_clerk() -> None:
    scenario = hall(COMING, prepared(time="10 min", counter={"patience": "3 min"}))
    assert calls(scenario)[:2] == [(1, None, 4, PREPARED_DROPPED), (2, None, 5, PREPARED_DROPPED)]
    assert preparing(scenario) == [("pda 1", "preparing", 1, 4, 1), ("pda 1", "preparing", 4, 5, 2)]


def test_rule_11_who_was_prepared_in_vain_is_served_longer() -> None:
    assert calls(hall(COMING[:2], prepared(fails=ALL, rework=1.2)))[1] == (1, 10, 22, PREPARED_IN_VAIN)


def test_rule_11_who_is_done_leaves_the_line_as_served_by_the_clerk() -> None:
    scenario = hall(COMING, prepared(done=ALL))
    assert trace(scenario) == [
        (1, "counter", 1, 5, 5, "pda 1", "served"),
        (2, "counter", 2, 9, 9, "pda 1", "served"),
        (0, "counter", 0, 0, 10, "counter 1", "served"),
    ]
    assert [row[3] for row in calls(scenario)] == [PREPARED_DONE, PREPARED_DONE, 0]


def test_rule_11_who_is_done_while_the_server_waits_needs_no_service() -> None:
    scenario = hall(COMING[:2], prepared("2 min", done=ALL, called="finish"))
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 5, PREPARED_DONE)]


def test_rule_11_a_law_for_the_prepared_takes_the_place_of_a_factor() -> None:
    stations = prepared(time_at_counter="1 min")
    del stations["counter"]["preparation"]["saves"]
    assert calls(hall(COMING, stations))[1:] == [(1, 10, 11, PREPARED), (2, 11, 12, PREPARED)]


def test_rule_11_the_service_is_the_same_draw_prepared_or_not() -> None:
    def services(saves: str) -> dict[int, int]:
        stations = prepared("exponential 10 min", saves=saves)
        rows = kernel.simulate(
            compile_model(load(hall(sorted([*COMING, *COMING]), stations)).model), 2, 0
        ).rows.tolist()
        return {row[ROW_CUSTOMER]: row[ROW_END] - row[ROW_CALL] for row in rows if row[ROW_WHO] >> 56 == PREPARED}

    usual, half = services("0 %"), services("50 %")
    compared = set(usual) & set(half)
    assert len(compared) > 1
    assert all(abs(usual[who] - 2 * half[who]) <= 1 for who in compared)


def test_rule_11_only_types_with_a_time_are_prepared() -> None:
    stations = prepared()
    stations["counter"]["preparation"]["time"] = {"payment": "4 min", "rest": "never"}
    scenario = hall([], stations, transactions={"payment": "50 %", "query": "rest"})
    scenario["arrivals"] = {
        "queries": {"times": ["09:00", "09:01"], "transactions": {"query": "100 %"}},
        "payments": {"times": ["09:02"], "transactions": {"payment": "100 %"}},
    }
    assert [row[3] for row in calls(scenario)] == [0, 0, PREPARED]


def test_rule_11_tickets_at_the_head_of_the_line_can_be_left_out() -> None:
    scenario = hall([*COMING, "09:03"], prepared(at_least_ahead=1))
    assert [row[4] for row in preparing(scenario)] == [2, 3]


def test_rule_11_a_clerk_looks_when_others_have_moved_up() -> None:
    scenario = hall(COMING, prepared(at_most_ahead=0))
    # 2 stands behind 1 until that one is called at 10
    assert preparing(scenario) == [("pda 1", "preparing", 1, 5, 1), ("pda 1", "preparing", 10, 14, 2)]


def test_rule_11_nobody_is_prepared_while_the_line_is_short() -> None:
    scenario = hall([*COMING, "09:03"], prepared(when="at least 3 waiting at counter"))
    # at 10 one is called: two wait then, so nobody takes up 3 when 2 is ready
    assert preparing(scenario) == [("pda 1", "preparing", 3, 7, 1), ("pda 1", "preparing", 7, 11, 2)]


def test_rule_11_a_clerk_at_the_end_of_the_shift_finishes() -> None:
    stations = prepared()
    stations["pda"]["servers"] = [{"name": "Li", "shifts": ["09:00-09:03"]}]
    scenario = hall(COMING, stations)
    assert preparing(scenario) == [("Li", "preparing", 1, 5, 1)]
    assert ("Li", "overtime", 3, 5) in duty(scenario)


def test_rule_11_after_closing_clerks_stay_while_anybody_can_be_prepared() -> None:
    scenario = hall(COMING, prepared(), until="09:05")
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 15, PREPARED), (2, 15, 20, PREPARED)]
    assert ("pda 1", "overtime", 5, 20) in duty(scenario)


def test_rule_11_who_is_closed_out_frees_the_clerk() -> None:
    stations = prepared(counter={"servers": [{"name": "Li", "shifts": ["09:00-09:01"]}]})
    scenario = hall(COMING, stations, until="09:03")
    assert calls(scenario)[:2] == [(1, None, 3, PREPARED_DROPPED), (2, None, 3, 0)]


def test_rule_11_an_outage_leaves_what_is_prepared() -> None:
    outages = [{"from_to": "09:11-09:14", "stations": ["counter"]}]
    scenario = hall(COMING[:2], prepared(), outages=outages)
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 11, PREPARED), (1, 14, 18, PREPARED)]


def test_rule_11_an_outage_while_the_server_waits_leaves_the_clerk_to_it() -> None:
    outages = [{"from_to": "09:03-09:04", "stations": ["counter"]}]
    scenario = hall(COMING[:2], prepared("2 min", called="finish"), outages=outages)
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 3, PREPARED), (1, 4, 6, PREPARED)]
    assert preparing(scenario) == [
        ("counter 1", "blocked", 2, 3, 1),
        ("pda 1", "preparing", 1, 5, 1),
        ("counter 1", "blocked", 4, 5, 1),
    ]


def test_rule_11_servers_of_another_station_prepare_when_nobody_waits_for_them() -> None:
    stations = prepared(by="greeter")
    del stations["pda"]
    stations["greeter"] = {"servers": 1, "time": "1 min", "then": "counter"}
    scenario = hall(COMING, stations, entry="greeter")
    # 2 comes at 2, when the greeter has just taken 1 up: he is greeted at 6
    assert preparing(scenario) == [("greeter 1", "preparing", 2, 6, 1), ("greeter 1", "preparing", 7, 11, 2)]
    assert trace(scenario)[2][:6] == (2, "greeter", 2, 6, 7, "greeter 1")


def test_the_table_says_when_customers_were_prepared() -> None:
    model, log = both(hall(COMING, prepared("2 min", called="finish")))
    table = build(model, log)
    assert [minutes(t) for t in table["prepared_start"].dropna()] == [1, 5]
    assert [minutes(t) for t in table["prepared_end"].dropna()] == [5, 9]
    assert table["prepared_start"].isna().tolist() == [True, False, False]


def test_every_minute_of_a_server_is_in_one_state() -> None:
    model, log = both(hall(COMING, prepared("2 min", called="finish")))
    results = results_of(model, [log])
    found = {
        (name, station): results.estimate(name, "station", station).value
        for name in ("utilisation", "idle", "preparing", "blocked")
        for station in ("counter", "pda")
    }
    assert found["utilisation", "pda"] == found["preparing", "pda"] == pytest.approx(8 / 60)
    assert found["blocked", "counter"] == pytest.approx(6 / 60)
    assert found["utilisation", "counter"] == pytest.approx(10 / 60)
    assert found["idle", "counter"] == pytest.approx(50 / 60)


def test_rule_11_a_ticket_that_keeps_its_place_is_prepared_anew_for_the_next_station() -> None:
    stations = prepared("10 min") | {"cashier": {"servers": 1, "time": "10 min"}}
    stations["counter"]["then"] = "transfer cashier"
    stations["cashier"]["preparation"] = {"by": "pda", "time": "1 min", "saves": "80 %"}
    scenario = hall(COMING[:2], stations)
    assert calls(scenario)[2:] == [(0, 10, 20, 0), (1, 20, 22, PREPARED)]
    assert [row[2:] for row in preparing(scenario)] == [(1, 5, 1), (15, 16, 1)]


def test_rule_11_more_clerks_leave_every_draw_untouched() -> None:
    def log(clerks: int) -> Any:
        stations = prepared("exponential 10 min", counter={"patience": "exponential 15 min"})
        stations["pda"]["servers"] = clerks
        scenario = hall([], stations, until="12:00")
        scenario["arrivals"] = {"rate": "10/h"}
        return kernel.simulate(compile_model(load(scenario).model), 5, 0)

    one, two = log(1), log(2)
    assert not np.array_equal(one.rows, two.rows)
    for rows in (one.rows, two.rows):
        assert len(rows) == len(one.rows)
    arrivals = [dict(zip(x.rows[:, ROW_CUSTOMER].tolist(), x.rows[:, 3].tolist(), strict=True)) for x in (one, two)]
    assert arrivals[0] == arrivals[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"by": "pdb"}, "'pdb' is not a station"),
        ({"by": "counter"}, "counter prepares its own customers"),
        ({"saves": "10 %", "time_at_counter": "1 min"}, "saves and time_at_counter are both given"),
        ({"at_least_ahead": 3, "at_most_ahead": 2}, "2 is less than at_least_ahead, 3"),
        ({"when": "after 09:30"}, "only numbers of people and servers can decide who is taken up"),
        ({"when": "often"}, "'often' is not a condition"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        load(hall(COMING, prepared(**change)))


@pytest.mark.parametrize(
    ("station", "change", "message"),
    [
        ("counter", {"numbers": {"most": 5}}, "cannot stand beside numbers that stay"),
        ("pda", {"servers": {"staff": {"09:00": 1}, "shift_end": "pooled"}}, "pda cannot prepare customers"),
        ("pda", {"breakdowns": {"every": "1 h", "repair": "5 min"}}, "pda cannot prepare customers: it has breakdowns"),
    ],
)
def test_what_does_not_go_together_is_refused(station: str, change: dict[str, Any], message: str) -> None:
    stations = prepared()
    stations[station] |= change
    with pytest.raises(ScenarioError, match=message):
        load(hall(COMING, stations))


def test_rule_11_what_was_prepared_is_for_the_line_that_a_ticket_leaves() -> None:
    # with their places customers 1 and 2 go on to a desk where nothing is prepared, and wait there
    stations = prepared(counter={"then": "transfer desk"}) | {"desk": {"servers": 1, "time": "30 min"}}
    steps = [row for row in calls(hall(COMING, stations)) if row[2] - row[1] == 30]
    assert steps == [(0, 10, 40, 0), (1, 40, 70, 0), (2, 70, 100, 0)]
