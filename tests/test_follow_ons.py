"""Several transactions of different kinds in a visit (semantics 47)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim import visits as table
from hallsim.compiled import ROW_ARRIVE, ROW_CUSTOMER, ROW_WHAT, ROW_WHO
from hallsim.draws import PURPOSE_FOLLOW_ON
from hallsim.model import US_PER_HOUR
from hallsim.scenario import check, load
from hallsim.scenario.cross_checks import arrivals_in
from hallsim.scenario.flows import Flows
from tests.reference.textbook import erlang_c
from tests.test_common_random_numbers import HALL, day_of
from tests.test_semantics import both, duty, hall, stated, trace, visits

TIMES = {"payment": "4 min", "plan": "10 min", "card": "1 min"}
MIX = {"payment": "100 %", "plan": "0 %", "card": "0 %"}
ALWAYS = {"payment": {"plan": "100 %"}}


def desk(same_counter: bool = False, share: Any = None, then: Any = "desk", **more: Any) -> dict[str, Any]:
    """Return one counter to which two customers come to pay, and go on with a plan."""
    given = {"share": share or ALWAYS, "then": then, **({"same_counter": ["desk"]} if same_counter else {})}
    stations = {"desk": {"servers": 1, "time": TIMES}, **more.pop("stations", {})}
    return hall(["09:00", "09:01"], stations, transactions=MIX, follow_ons=given, **more)


def test_rule_47_a_new_ticket_stands_behind_who_waits() -> None:
    assert trace(desk()) == [
        (0, "desk", 0, 0, 4, "desk 1", "served"),
        (1, "desk", 1, 4, 8, "desk 1", "served"),
        (0, "desk", 4, 8, 18, "desk 1", "served"),
        (1, "desk", 8, 18, 28, "desk 1", "served"),
    ]


def test_rule_47_the_same_server_goes_on_at_once() -> None:
    assert trace(desk(same_counter=True)) == [
        (0, "desk", 0, 0, 4, "desk 1", "served"),
        (0, "desk", 4, 4, 14, "desk 1", "served"),
        (1, "desk", 1, 14, 18, "desk 1", "served"),
        (1, "desk", 18, 18, 28, "desk 1", "served"),
    ]


def test_rule_47_the_new_ticket_is_taken_where_the_new_transaction_is_done() -> None:
    given = desk(then={"plan": "sales"}, stations={"sales": {"servers": 1, "time": TIMES}})
    assert trace(given) == [
        (0, "desk", 0, 0, 4, "desk 1", "served"),
        (1, "desk", 1, 4, 8, "desk 1", "served"),
        (0, "sales", 4, 4, 14, "sales 1", "served"),
        (1, "sales", 8, 14, 24, "sales 1", "served"),
    ]
    found = table.build(*both(given))
    assert set(zip(found["station"], found["transaction"], strict=True)) == {("desk", "payment"), ("sales", "plan")}


def test_rule_47_a_server_who_may_not_call_the_transaction_sends_the_customer_for_a_ticket() -> None:
    pools = {"tellers": {"servers": 1, "calls": ["P"]}, "sellers": {"servers": 1, "calls": ["S"]}}
    stations = {"desk": {"time": TIMES, "pools": pools}}
    tickets = {"P": {"transactions": ["payment", "card"]}, "S": {"transactions": ["plan"]}}
    assert trace(desk(same_counter=True, stations=stations, tickets=tickets)) == [
        (0, "desk", 0, 0, 4, "tellers 1", "served"),
        (1, "desk", 1, 4, 8, "tellers 1", "served"),
        (0, "desk", 4, 4, 14, "sellers 1", "served"),
        (1, "desk", 8, 14, 24, "sellers 1", "served"),
    ]
    chain = {"payment": {"card": "100 %"}, "card": {"plan": "100 %"}}
    assert [row[1:6] for row in trace(desk(True, chain, stations=stations, tickets=tickets))] == [
        ("desk", 0, 0, 4, "tellers 1"),
        ("desk", 4, 4, 5, "tellers 1"),
        ("desk", 1, 5, 9, "tellers 1"),
        ("desk", 9, 9, 10, "tellers 1"),
        ("desk", 5, 5, 15, "sellers 1"),
        ("desk", 10, 15, 25, "sellers 1"),
    ]


def test_who_goes_on_at_the_counter_keeps_his_ticket() -> None:
    tickets = {"P": {"transactions": ["payment", "card"]}, "S": {"transactions": ["plan"]}}
    for same_counter, numbers in ((True, ["P001", "P001", "P002", "P002"]), (False, ["P001", "S001", "P002", "S002"])):
        found = table.build(*both(desk(same_counter, tickets=tickets)))
        assert found.sort_values(["visit", "step"])["ticket_no"].tolist() == numbers


def test_rule_47_who_is_interrupted_after_going_on_stands_first() -> None:
    # customer 1 waits in another line of the same rank since 9:01, before customer 0 began the second stay
    tickets = {"P": {"transactions": ["payment", "card"]}, "S": {"transactions": ["plan"]}}
    staff = {"staff": {"09:00": 1, "09:05": 0, "09:06": 1}, "shift_end": "preemptive"}
    given = desk(same_counter=True, tickets=tickets, stations={"desk": {"servers": staff, "time": TIMES}})
    assert [(row[0], *row[2:5], row[6]) for row in trace(given)] == [
        (0, 0, 0, 4, "served"),
        (0, 4, 4, 5, "interrupted"),
        (0, 5, 6, 15, "served"),
        (1, 1, 15, 19, "served"),
        (1, 19, 19, 29, "served"),
    ]


def test_rule_47_a_server_goes_on_past_the_end_of_his_shift_before_he_goes() -> None:
    stations = {"desk": {"servers": [{"name": "Li", "shifts": ["09:00-09:02"]}], "time": TIMES}}
    given = desk(same_counter=True, stations=stations)
    given["arrivals"]["times"] = ["09:00"]
    assert [row[2:5] for row in trace(given)] == [(0, 0, 4), (4, 4, 14)]
    assert duty(given) == [("Li", "duty", 0, 2), ("Li", "overtime", 2, 14)]


def test_rule_47_a_break_that_is_due_waits_for_the_last_transaction() -> None:
    given = desk(same_counter=True)
    given["stations"]["desk"]["breaks"] = [{"at": "09:02", "length": "5 min"}]
    assert [row[2:5] for row in trace(given)] == [(0, 0, 4), (4, 4, 14), (1, 19, 23), (23, 23, 33)]


def test_rule_47_who_is_inside_at_closing_does_everything() -> None:
    given = desk(until="09:03")
    assert [row[2:5] for row in trace(given)] == [(0, 0, 4), (1, 4, 8), (4, 8, 18), (8, 18, 28)]
    assert visits(given) == ["served", "served"]


def test_rule_47_who_gives_up_waiting_for_the_second_has_done_the_first() -> None:
    given = desk()
    given["stations"]["desk"]["patience"] = {"plan": "3 min", "rest": "1 h"}
    assert [row[2:] for row in trace(given)] == [
        (0, 0, 4, "desk 1", "served"),
        (4, None, 7, None, "reneged"),
        (1, 4, 8, "desk 1", "served"),
        (8, 8, 18, "desk 1", "served"),
    ]
    results = hs.run(load(given), 1)
    assert results.estimate("transactions").value == 3
    assert results.estimate("follow_ons").value == 2
    assert results.estimate("follow_ons", "transaction", "payment").value == 2
    assert results.estimate("transactions", "transaction", "plan").value == 1
    assert results.estimate("completed").value == 0.5


def test_rule_47_the_table_may_lead_out_of_the_hall() -> None:
    assert visits(desk(then={"plan": "divert app"})) == ["diverted", "diverted"]


def test_rule_47_what_a_table_states_is_of_the_first_stay() -> None:
    spans = [row[2:5] for row in trace(stated(desk(), services=[2, -1]))]
    assert spans == [(0, 0, 2), (1, 2, 6), (2, 6, 16), (6, 16, 26)]


def test_rule_47_who_was_on_line_has_left_and_who_fails_goes_on_as_ever() -> None:
    stations = {"desk": {"servers": 1, "time": TIMES, "then": "app"}, "app": {"role": "online", "time": "2 min"}}
    assert len(trace(desk(stations=stations))) == 4
    failing = {"desk": {"servers": 1, "time": TIMES, "fails": "100 %"}}
    assert [row[-1] for row in trace(desk(stations=failing))] == ["failed", "failed"]


def test_rule_47_a_walk_to_the_door_does_not_keep_the_place() -> None:
    stations = {
        "desk": {"servers": 1, "time": TIMES, "then": {"payment": "transfer walk", "rest": "leave"}},
        "walk": {"role": "delay", "time": "30 s", "then": "leave"},
    }
    assert [row[:4] for row in trace(desk(stations=stations)) if row[1] == "desk"] == [
        (0, "desk", 0, 0),
        (1, "desk", 1, 4),
        (0, "desk", 4.5, 8),
        (1, "desk", 8.5, 18),
    ]


def two_stations(same_counter: bool) -> dict[str, Any]:
    """Return two M/M/c stations whose customers go on with the other transaction, now and then for ever."""
    follow: dict[str, Any] = {"share": {"payment": {"plan": "30 %"}, "plan": {"payment": "20 %", "plan": "10 %"}}}
    follow |= {"then": {"payment": "teller", "plan": "sales"}}
    if same_counter:
        follow["same_counter"] = ["sales"]
    return {
        "run_for": "20000 min",
        "warm_up": "500 min",
        "arrivals": {"rate": "60/h"},
        "transactions": {"payment": "80 %", "plan": "rest"},
        "entry": {"payment": "teller", "plan": "sales"},
        "stations": {
            "teller": {"servers": 3, "time": "exponential 2 min"},
            "sales": {"servers": 4, "time": "exponential 4 min"},
        },
        "follow_ons": follow,
    }


def test_rule_47_two_kinds_of_transactions_are_a_network_in_product_form() -> None:
    # Poisson arrivals, exponential services by station, Markov routing of types: a Jackson network (Jackson 1957). With
    # lambda = (0.8, 0.2) a minute, the rates of visits solve r = lambda + r P, P = ((0, 0.3), (0.2, 0.1)):
    #   r_payment = 0.8 + 0.2 r_plan,  r_plan = 0.2 + 0.3 r_payment + 0.1 r_plan
    # and each station waits as M/M/c on its own.
    onward = np.array([[0.0, 0.3], [0.2, 0.1]])
    rates = np.linalg.solve(np.eye(2) - onward.T, np.array([0.8, 0.2]))
    r = hs.run(load(two_stations(False)), 60, seed=4)
    for station, rate, servers, mean in (("teller", rates[0], 3, 2.0), ("sales", rates[1], 4, 4.0)):
        joined = r.estimate("joined", "station", station)
        assert joined.half_width < 0.01 * joined.value
        assert abs(joined.value - rate * 19_500) < 3.3 / 1.96 * joined.half_width
        wait = r.estimate("mean_wait", "station", station)
        exact = erlang_c(rate, 1 / mean, servers)[1]
        assert wait.half_width < 0.05 * exact
        assert abs(wait.value - exact) < 3.3 / 1.96 * wait.half_width
    done = r.estimate("transactions")
    assert abs(done.value - rates.sum() * 19_500) < 3.3 / 1.96 * done.half_width


def test_expected_visits_count_all_transactions() -> None:
    rates = np.linalg.solve(np.eye(2) - np.array([[0.0, 0.3], [0.2, 0.1]]).T, np.array([48.0, 12.0]))
    for same_counter in (False, True):
        model = load(two_stations(same_counter)).model
        coming = arrivals_in(model.sources[0], model, 0, US_PER_HOUR)
        expected = Flows(model).expected(coming)
        assert expected.sum(axis=1) == pytest.approx(rates)
    # who goes on at the same counter pays at the sales counter, where the first of the next transactions is drawn
    assert expected[0, 0] == pytest.approx(48.0)
    assert expected[0, 1] == pytest.approx(rates[0] - 48.0)


def test_the_work_of_follow_on_transactions_is_held_against_the_staff() -> None:
    given = desk() | {"arrivals": {"rate": "6/h"}}
    warning = check(given)[-1]
    assert "09:00-10:00 needs 1.4, has 1 (140 %)" in warning.message


def test_follow_on_transactions_leave_every_other_draw_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    follow = {"share": {"payment": {"plan": "30 %"}}, "then": "counter"}
    compared = 0
    for seed in (1, 2, 3):
        before = day_of(HALL, seed, monkeypatch)
        ticket = day_of({**HALL, "follow_ons": follow}, seed, monkeypatch)
        same = day_of({**HALL, "follow_ons": follow | {"same_counter": ["counter"]}}, seed, monkeypatch)
        for after in (ticket, same):
            assert before.rows != after.rows
            came = [{row[ROW_CUSTOMER]: row[ROW_ARRIVE] for row in day.rows} for day in (before, after)]
            assert came[0] == came[1]
        changed = {row[ROW_CUSTOMER] for row in ticket.rows if row[ROW_WHAT] >> 56}
        assert {n: who for n, who in before.customers.items() if n not in changed} == {
            n: who for n, who in ticket.customers.items() if n not in changed
        }
        # what else is drawn is the same, but for the laws of who has become another type
        first = {row[ROW_CUSTOMER]: row[ROW_WHO] >> 24 & 0xFFFF for row in reversed(ticket.rows)}
        assert {n: who[2] for n, who in before.customers.items()} == first
        common = before.draws.keys() & ticket.draws.keys()
        purpose = int(PURPOSE_FOLLOW_ON)
        others = {key for (key, what, _), u in ticket.draws.items() if what == purpose and u < 0.3}
        assert {draw[0] for draw in common if before.draws[draw] != ticket.draws[draw]} <= others
        # one counter or a new ticket: the same customers have the same transactions
        needs = [{k: u for k, u in day.draws.items() if k[1] == purpose} for day in (ticket, same)]
        both_ways = needs[0].keys() & needs[1].keys()
        assert len(both_ways) > 50
        assert all(needs[0][k] == needs[1][k] for k in both_ways)
        compared += len(common)
    assert compared > 1000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"share": {"payment": {"plam": "5 %"}}}, "follow_ons.share.payment.plam: 'plam' is not a transaction; known:"),
        ({"share": {"pament": {"plan": "5 %"}}}, "follow_ons.share.pament: 'pament' is not a customer; known:"),
        (
            {"share": {"payment": {"plan": "70 %", "card": "40 %"}}},
            "follow_ons.share.payment: the shares sum to 110 %, more than 100 %",
        ),
        (
            {"share": {"payment": {"plan": "100 %"}, "plan": {"payment": "100 %"}}},
            "follow_ons.share.payment: payment: transactions follow one another for ever; let some visits end",
        ),
        ({"then": "dsk"}, "follow_ons.then: 'dsk' is not a destination; known: desk, triage, divert CHANNEL"),
        ({"then": "leave"}, "follow_ons.then: who has another transaction does not leave; lower its share instead"),
        ({"then": {"card": "desk"}}, "follow_ons.then: does not say where plan goes; add plan or rest"),
        ({"then": "transfer desk"}, "follow_ons.then: transfer desk: a ticket is transferred after a service"),
        ({"same_counter": ["dsk"]}, "follow_ons.same_counter[0]: 'dsk' is not a station; known: desk"),
    ],
)
def test_follow_ons_that_cannot_be_are_refused(change: dict[str, Any], message: str) -> None:
    given = desk()
    given["follow_ons"] |= change
    found = [f"{c.path}: {c.message}" for c in check(given) if not c.warning]
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("breakdowns", {"every": "1 h", "repair": "5 min"}, "breakdowns"),
        ("walk", "10 s", "a walk before services"),
        ("wrap_up", "10 s", "work after services"),
    ],
)
def test_servers_who_cannot_go_on_are_refused(key: str, value: Any, what: str) -> None:
    given = desk(same_counter=True)
    given["stations"]["desk"][key] = value
    (found,) = (c for c in check(given) if not c.warning)
    assert found.path == "follow_ons.same_counter"
    assert found.message == f"the servers of desk cannot go on with the same customer: it has {what}"


def test_a_transaction_without_a_time_of_its_own_is_missed_where_it_is_done() -> None:
    given = desk()
    given["stations"]["desk"]["time"] = {"payment": "4 min"}
    (found,) = (c for c in check(given) if not c.warning)
    assert found.path == "stations.desk.time"
    assert "plan" in found.message
