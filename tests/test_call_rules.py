"""Literal traces of rules 34 and 35, on both engines: scores, cases, appointments first. Rows as in test_semantics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.model import US_PER_MINUTE
from hallsim.parts.calls import SCORES, weighted_wait
from hallsim.scenario import check, load
from tests.test_semantics import hall, trace


def desk(call: Any, until: str = "10:00", times: Any = "10 min", **coming: Any) -> dict[str, Any]:
    """Return a hall of one desk with the segments that come, each by listed times or by appointments."""
    segments = dict.fromkeys(coming, f"{100 // len(coming)} %") | {list(coming)[-1]: "rest"}
    scenario = hall([], {"desk": {"servers": 1, "time": times, "call": call}}, segments=segments, until=until)
    scenario["arrivals"] = {
        name: {"segments": {name: "100 %"}, "times" if isinstance(given, list) else "appointments": given}
        for name, given in coming.items()
    }
    return scenario


def called(scenario: dict[str, Any]) -> list[tuple[int, float]]:
    """Return (customer, called) in the order of the calls."""
    return sorted(((row[0], row[3]) for row in trace(scenario) if row[3] is not None), key=lambda row: (row[1], row[0]))


def order(scenario: dict[str, Any]) -> list[int]:
    return [customer for customer, _ in called(scenario)]


VIP, GENERAL = ["09:05", "09:09"], ["09:00", "09:01", "09:02", "09:03"]
"""Customers 0 to 3 are general, 4 and 5 are vips."""


def test_rule_34_the_line_in_which_most_wait_is_called() -> None:
    # at 10 three wait and two, then two and two: the older ticket; then one and two, one and one
    assert order(desk("longest_queue", vip=VIP, general=GENERAL)) == [0, 1, 2, 4, 3, 5]
    assert order(desk("fifo", vip=VIP, general=GENERAL)) == [0, 1, 2, 3, 4, 5]


def test_rule_34_the_wait_counts_so_many_times() -> None:
    # at 10 three times 5 are more than 9; at 20 three times 11 more than 19; at 30 nobody but the general wait
    assert order(desk({"weights": {"vip": 3}}, vip=VIP, general=GENERAL)) == [0, 4, 5, 1, 2, 3]
    # at 10 five and a quarter are less than 9; at 20 15 more than 18; at 30 21 less than 28; at 40 31 more than 37
    assert order(desk({"weights": {"vip": 1.25}}, vip=VIP, general=GENERAL)) == [0, 1, 4, 2, 5, 3]
    # who does not count at all is called when nobody else waits
    assert order(desk({"weights": {"general": 0}}, vip=VIP, general=GENERAL)) == [0, 4, 5, 1, 2, 3]


def test_rule_34_a_place_in_the_order_is_worth_so_long_a_wait() -> None:
    # vip 4 came at 5: general customers who came by 1 are before him, at 4 minutes a place; at 3, those by 2
    ageing = [order(desk({"priority": ["vip"], "ageing": f"{m} min"}, vip=VIP, general=GENERAL)) for m in (4, 3, 90)]
    assert ageing == [[0, 1, 4, 2, 3, 5], [0, 1, 2, 4, 3, 5], [0, 4, 5, 1, 2, 3]]
    # at 3 minutes customer 2 and vip 4 have equal claims: the older ticket; a head start says the same
    starts = order(desk({"head_start": {"vip": "3 min"}}, vip=VIP, general=GENERAL))
    assert starts == ageing[1]


def test_rule_34_weights_and_head_starts_add_up() -> None:
    # at 10: 2 * 5 against 9 + 2; at 20: 2 * 15 against 18 + 2
    both = {"weights": {"vip": 2}, "head_start": {"general": "2 min"}}
    assert order(desk(both, vip=VIP, general=GENERAL)) == [0, 1, 4, 5, 2, 3]


def test_rule_34_the_shortest_service_goes_by_the_mean_of_the_law_of_the_first_in_line() -> None:
    quick = {"vip": "exponential 4 min", "general": "10 min"}
    assert order(desk("shortest_service", times=quick, vip=VIP, general=GENERAL))[:2] == [0, 4]
    slow = {"vip": "exponential 11 min", "general": "10 min"}
    assert order(desk("shortest_service", times=slow, vip=VIP, general=GENERAL)) == [0, 1, 2, 3, 4, 5]


def test_rule_34_the_shortest_service_is_that_of_the_pool_that_calls() -> None:
    scenario = desk("shortest_service", vip=["09:01"], general=["09:00", "09:01"])
    times = {"slow": {"vip": "20 min", "general": "10 min"}, "other": {"vip": "5 min", "general": "10 min"}}
    found = []
    for time in times.values():
        pools = {"all_round": {"servers": 1, "time": time}}
        scenario["stations"]["desk"] = {"pools": pools, "time": "8 min", "call": "shortest_service"}
        found.append(order(scenario))
    assert found == [[0, 2, 1], [0, 1, 2]]


def test_rule_34_ranks_go_before_scores() -> None:
    coming = {"vip": ["09:05"], "old": ["09:01"], "quick": ["09:02", "09:03"], "general": ["09:00"]}
    rule = {"priority": ["vip"], "among_equals": "longest_queue"}
    # the vip first; then the two quick ones make the longer line, and the older ticket decides where one is left
    assert order(desk(rule, **coming)) == [0, 4, 2, 1, 3]


def test_rule_34_the_first_case_that_holds_is_the_rule_of_this_call() -> None:
    cases = [{"when": "more than 3 waiting at desk", "call": {"priority": ["vip"]}}, {"call": "fifo"}]
    # at 10 five wait: a vip; at 20 four wait: the other; then the general ones in their order
    assert order(desk(cases, vip=VIP, general=GENERAL)) == [0, 4, 5, 1, 2, 3]
    cases[0] = {"when": "more than 4 waiting at desk", "call": {"priority": ["vip"]}}
    assert order(desk(cases, vip=VIP, general=GENERAL)) == [0, 4, 1, 2, 3, 5]
    cases[0] = {"when": "after 09:20", "call": {"priority": ["vip"]}}
    assert order(desk(cases, vip=VIP, general=GENERAL)) == [0, 1, 4, 5, 2, 3]


def test_rule_34_a_pool_follows_the_rule_where_it_says_so() -> None:
    def first_calls(by: str) -> list[int]:
        scenario = desk("longest_queue", vip=VIP, general=["09:00", "09:08"])
        pools = {"desks": {"servers": 1, "calls": ["general", "vip"], "by": by}}
        scenario["stations"]["desk"] = {"pools": pools, "time": "10 min", "call": "longest_queue"}
        return order(scenario)

    # customers 1 and 3 are vips, 2 is general
    assert [first_calls(by) for by in ("order", "longest_waiting", "call")] == [
        [0, 2, 1, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
    ]


def test_rule_34_an_interrupted_customers_wait_begins_anew() -> None:
    scenario = desk({"weights": {"vip": 3}}, vip=["09:04"], general=["09:00", "09:03"])
    scenario["stations"]["desk"]["servers"] = {"staff": {"09:00": 1, "09:06": 0, "09:10": 1}, "shift_end": "preemptive"}
    # at 10 the vip has waited 6, customer 1 has waited 7, but 0 stands before him and has waited 4
    assert order(scenario) == [0, 2, 0, 1]


def test_rule_34_an_absent_number_claims_as_its_holder_would() -> None:
    scenario = desk({"weights": {"vip": 3}}, vip=["09:05"], general=["09:00", "09:01"])
    station = scenario["stations"]["desk"]
    station |= {"patience": {"vip": "2 min", "rest": "never"}, "numbers": {"call_time": "1 min"}}
    # the vip has left at 7; his number is called at 10, for a minute
    assert called(scenario)[0:2] == [(0, 0), (1, 11)]


BOOKED = {"every": "10 min", "first": "09:08", "until": "09:09"}
"""One appointment, at 9:08."""


@pytest.mark.parametrize(
    ("late", "call"),
    [("0 min", 10), ("3 min", 20), ("4 min", 40)],
    ids=["on time", "at the end of the grace", "after it"],
)
def test_rule_35_who_has_an_appointment_and_is_not_too_late_goes_first(late: str, call: int) -> None:
    # services end at 10, 20 and 30; without the appointment the booked customer comes last
    rule = {"appointments": {"late": "3 min"}}
    scenario = desk(rule, booked=BOOKED | {"late": late}, general=["09:00", "09:01", "09:02", "09:03"])
    assert dict(called(scenario))[4] == call


def test_rule_35_who_comes_early_waits_like_everybody_else_until_his_time() -> None:
    booked = BOOKED | {"first": "09:25", "until": "09:26", "early": "24 min"}  # comes at 9:01
    general = ["09:00", "09:00", "09:00", "09:00", "09:00"]

    def when(early: str) -> float:
        return dict(called(desk({"appointments": {"early": early, "late": "0 min"}}, booked=booked, general=general)))[
            5
        ]

    assert [when(early) for early in ("0 min", "5 min", "15 min")] == [30, 20, 10]


def test_rule_35_a_grace_may_end_for_who_still_waits() -> None:
    general = ["09:00", "09:01", "09:02"]

    def when(by: str) -> float:
        rule = {"appointments": {"late": "5 min", "by": by}}
        scenario = desk(rule, booked=BOOKED | {"first": "09:02", "until": "09:03"}, general=general)
        return max(row[1] for row in called(scenario) if row[0] == 2)  # he comes at 2, before the last of the general

    assert [when("coming"), when("calling")] == [10, 20]


def test_rule_35_an_appointment_passes_those_before_it_in_its_own_line() -> None:
    # all draw the same ticket: customer 3 is booked for 9:05
    scenario = hall([], {"desk": {"servers": 1, "time": "10 min", "call": {"appointments": "within 5 min"}}})
    scenario["arrivals"] = {
        "walk_in": {"times": ["09:00", "09:01", "09:02"]},
        "booked": {"appointments": {"every": "5 min", "first": "09:05", "until": "09:06"}},
    }
    assert order(scenario) == [0, 3, 1, 2]


def test_rule_35_among_appointments_ranks_and_scores_decide_as_ever() -> None:
    scenario = desk({"priority": ["vip"], "appointments": "within 20 min"}, vip=["09:03"], general=["09:00", "09:01"])
    scenario["arrivals"] |= {
        "a": {"appointments": {"every": "1 min", "first": "09:04", "until": "09:05"}, "segments": {"general": "100 %"}},
        "b": {"appointments": {"every": "1 min", "first": "09:05", "until": "09:06"}, "segments": {"vip": "100 %"}},
    }
    # 0 general, 1 general, 2 vip, 3 general with an appointment, 4 vip with an appointment
    assert order(scenario) == [0, 4, 3, 2, 1]


def test_a_rule_that_says_what_ranks_say_changes_nothing() -> None:
    station = {"servers": 3, "time": "exponential 4 min", "patience": "exponential 9 min"}
    scenario = hall([], {"desk": station}, segments={"vip": "30 %", "general": "rest"}, until="12:00")
    scenario["arrivals"] = {"rate": "70/h"}

    def rows(call: Any) -> list[list[int]]:
        scenario["stations"]["desk"]["call"] = call
        return kernel.simulate(compile_model(load(scenario).model), 5, 0).rows.tolist()

    assert rows({"weights": {"vip": 1}}) == rows("fifo")
    assert rows({"priority": ["vip"], "weights": {"vip": 1}}) == rows({"priority": ["vip"]})
    assert rows({"priority": ["vip"], "ageing": "30 d"}) == rows({"priority": ["vip"]})
    assert rows([{"when": "after 08:00", "call": {"priority": ["vip"]}}, {"call": "fifo"}]) == rows(
        {"priority": ["vip"]}
    )


def test_call_rules_leave_every_draw_as_it_was() -> None:
    station = {"servers": 60, "time": "exponential 4 min", "patience": "exponential 9 min"}
    scenario = hall([], {"desk": station}, segments={"vip": "30 %", "general": "rest"}, until="12:00")
    scenario["arrivals"] = {"rate": "70/h"}

    def drawn(call: Any) -> np.ndarray:
        scenario["stations"]["desk"]["call"] = call
        rows = kernel.simulate(compile_model(load(scenario).model), 5, 0).rows
        return rows[np.argsort(rows[:, 0])][:, [0, 3, 6]]

    assert np.array_equal(drawn("fifo"), drawn({"weights": {"vip": 9}, "appointments": "within 9 min"}))


def test_the_largest_score_fits_into_a_word() -> None:
    most = weighted_wait.score(1 << 62, 0, 0, 1000 * 1000, 30 * 24 * 60 * US_PER_MINUTE)
    least = weighted_wait.score(0, 0, 0, 0, -1000 * 30 * 24 * 60 * US_PER_MINUTE)
    assert -(2**63) <= least < most < 2**63
    assert len({code for code, _ in SCORES.values()}) == len(SCORES)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({}, "call: says nothing; write fifo, longest_queue, shortest_service or {priority: [vip]}"),
        (
            "longest_line",
            "'longest_line' is not a call rule such as fifo or {priority: [vip]}; known: fifo, longest_queue",
        ),
        ({"ageing": "5 min"}, "call.ageing: ageing needs an order: priority: [vip, general]"),
        ({"preemptive": "yes"}, "call.preemptive: preemptive needs an order: priority: [vip, general]"),
        (
            {"priority": ["vip"], "ageing": "5 min", "weights": {"vip": 2}},
            "call.weights: ageing and weights are both given; only one of them can decide",
        ),
        (
            {"weights": {"vip": 2}, "among_equals": "longest_queue"},
            "call.weights: among_equals and weights are both given; only one of them can decide",
        ),
        ({"priority": ["vip"], "ageing": "31 d"}, "call.ageing: '31 d' is too long; at most 720 h"),
        ({"weights": {"vip": 0.0005}}, "call.weights.vip: 0.0005 has more than three decimals"),
        ({"weights": {"vip": 1001}}, "call.weights.vip: 1001 is too large; at most 1000"),
        ({"weights": {"vips": 2}}, "'vips' is not a ticket class or segment; known: vip, general (did you mean vip?)"),
        ({"appointments": "soon"}, "call.appointments: 'soon' is not a grace such as within 10 min"),
        ({"appointments": {"early": "5 min"}}, "call.appointments: late is missing"),
        (
            [{"when": "more than 3 waiting", "call": {"priority": ["vip"], "preemptive": "yes"}}, {"call": "fifo"}],
            "call[0].call.preemptive: an interruption cannot depend on a case",
        ),
        ([{"when": "often", "call": "fifo"}, {"call": "fifo"}], "call[0].when: 'often' is not a condition such as"),
        ([{"call": "fifo"}], "call: has 1 cases; needs 2 to 50, the last without `when`"),
    ],
)
def test_call_rules_that_cannot_be_are_refused(call: Any, message: str) -> None:
    scenario = desk(call, vip=["09:00"], general=["09:01"])
    found = [f"{c.path}: {c.message}" for c in check(scenario) if not c.warning]
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("call", "coming", "message"),
    [
        ("longest_queue", {"general": ["09:00"]}, "only one line comes to desk, so there is nothing to choose"),
        ({"appointments": "within 5 min"}, {"general": ["09:00"]}, "appointments go first, but nobody has one"),
    ],
)
def test_call_rules_without_effect_are_warned_of(call: Any, coming: dict[str, Any], message: str) -> None:
    assert message in [c.message for c in check(desk(call, **coming)) if c.warning]
