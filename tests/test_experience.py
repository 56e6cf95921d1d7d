"""Literal traces of rule 46, on both engines: customers who try terminals while they wait. As in test_preparation."""

from typing import Any

import numpy as np
import pytest

from hallsim.compiled import (
    PREPARED,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_WHO,
    TRIAL_BROKEN_OFF,
    TRIAL_SHIFT,
    TRIED,
    TRIED_AND_BOUGHT,
    compile_model,
)
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.errors import ScenarioError
from hallsim.model import US_PER_MINUTE
from hallsim.scenario import load
from tests.kpi_witness import results_of
from tests.test_preparation import ALL, COMING, calls, prepared
from tests.test_semantics import both, duty, hall

CALLED_AWAY, HAS_TRIED, HAS_BOUGHT = (x << TRIAL_SHIFT for x in (TRIAL_BROKEN_OFF, TRIED, TRIED_AND_BOUGHT))


def terminals(time: str = "10 min", counter: dict[str, Any] | None = None, number: int = 1, **more: Any) -> Any:
    """Return a counter whose customers all want to try a terminal, for 4 minutes."""
    given = {"at": "demo", "tries": ALL, "time": "4 min", **more}
    desk = {"servers": 1, "time": time, "experience": given, **(counter or {})}
    return {"counter": desk, "demo": {"role": "experience", "servers": number}}


def tried(scenario: Any) -> list[tuple[Any, ...]]:
    """Return when terminals were tried, and counters blocked, with the customer."""
    _, log = both(scenario)
    spans = [row for row in duty(scenario) if row[1] in ("tried_out", "blocked")]
    return [(*row, who) for row, who in zip(spans, (r[4] for r in log.server_rows.tolist() if r[4] >= 0), strict=True)]


def test_rule_46_who_waits_tries_a_terminal_and_is_served_as_ever() -> None:
    scenario = hall(COMING, terminals())
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 20, HAS_TRIED), (2, 20, 30, HAS_TRIED)]
    # 2 comes at 2, when the terminal is taken, and goes when it is free
    assert tried(scenario) == [("demo 1", "tried_out", 1, 5, 1), ("demo 1", "tried_out", 5, 9, 2)]


def test_rule_46_a_call_ends_the_trial_and_frees_the_terminal() -> None:
    scenario = hall(COMING, terminals("2 min", buys=ALL, sale="5 min"))
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 4, CALLED_AWAY), (2, 4, 6, CALLED_AWAY)]
    assert tried(scenario) == [("demo 1", "tried_out", 1, 2, 1), ("demo 1", "tried_out", 2, 4, 2)]


def test_rule_46_a_call_lets_the_trial_finish_and_the_server_waits() -> None:
    scenario = hall(COMING[:2], terminals("2 min", called="finish", buys=ALL, sale="5 min"))
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 12, HAS_BOUGHT)]
    assert tried(scenario) == [("demo 1", "tried_out", 1, 5, 1), ("counter 1", "blocked", 2, 5, 1)]


def test_rule_46_a_sale_makes_the_service_longer() -> None:
    scenario = hall(COMING[:2], terminals(buys=ALL, sale="5 min"))
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 25, HAS_BOUGHT)]


def test_rule_46_patience_runs_more_slowly_at_a_terminal() -> None:
    scenario = hall(COMING[:2], terminals(counter={"patience": "6 min"}, perceived_wait=0.5))
    # of six minutes from 1 on, the four at the terminal count for two: 1 would wait until 9
    assert calls(scenario) == [(1, None, 9, HAS_TRIED), (0, 0, 10, 0)]


def test_rule_46_patience_may_end_at_a_terminal() -> None:
    scenario = hall(COMING, terminals(counter={"patience": "6 min"}, perceived_wait=3))
    # 1 has patience for two minutes there; 2 comes at 2, goes at 3 with five minutes left, and lasts 100 s
    found = calls(scenario)
    assert found[0] == (1, None, 3, CALLED_AWAY)
    assert found[1][0] == 2
    assert found[1][2] == pytest.approx(3 + 5 / 3, abs=1e-6)
    assert tried(scenario)[0] == ("demo 1", "tried_out", 1, 3, 1)


def test_rule_46_patience_that_ends_with_the_trial_ends_after_it() -> None:
    scenario = hall(COMING[:2], terminals(counter={"patience": "4 min"}))
    assert calls(scenario)[0] == (1, None, 5, HAS_TRIED)


def test_rule_46_nobody_loses_patience_where_the_wait_is_not_felt() -> None:
    scenario = hall(COMING[:2], terminals(counter={"patience": "6 min"}, perceived_wait=0, called="finish"))
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 20, HAS_TRIED)]


def test_rule_46_the_head_of_the_line_may_be_left_out() -> None:
    scenario = hall([*COMING, "09:03"], terminals(at_least_ahead=1))
    assert [row[4] for row in tried(scenario)] == [2, 3]


def test_rule_46_nobody_tries_a_terminal_while_the_line_is_short() -> None:
    scenario = hall([*COMING, "09:03"], terminals(when="at least 3 waiting at counter"))
    assert tried(scenario)[0] == ("demo 1", "tried_out", 3, 7, 1)


def test_rule_46_who_comes_back_from_a_terminal_is_prepared() -> None:
    stations = prepared() | {"demo": {"role": "experience", "servers": 1}}
    stations["pda"]["servers"] = [{"name": "Li", "shifts": ["09:04-10:00"]}]
    stations["counter"]["experience"] = {"at": "demo", "tries": ALL, "time": "4 min", "buys": ALL, "sale": "2 min"}
    scenario = hall(COMING[:2], stations)
    # 1 is at the terminal from 1 to 5, with the clerk from 5 to 9, and at the counter for 5 minutes and the sale's 2
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 17, PREPARED | HAS_BOUGHT)]


def test_rule_46_clerks_look_before_terminals() -> None:
    stations = prepared() | {"demo": {"role": "experience", "servers": 1}}
    stations["counter"]["experience"] = {"at": "demo", "tries": ALL, "time": "4 min"}
    scenario = hall(COMING, stations)
    assert calls(scenario)[1:] == [(1, 10, 15, PREPARED), (2, 15, 20, PREPARED | HAS_TRIED)]


def test_rule_46_an_outage_while_the_server_waits_leaves_the_trial_to_go_on() -> None:
    outages = [{"from_to": "09:03-09:04", "stations": ["counter"]}]
    stations = terminals("2 min", called="finish", buys=ALL, sale="3 min")
    scenario = hall(COMING[:2], stations, outages=outages)
    assert calls(scenario) == [(0, 0, 2, 0), (1, 2, 3, HAS_BOUGHT), (1, 4, 10, HAS_BOUGHT)]


def test_rule_46_who_is_interrupted_after_a_trial_does_not_try_again() -> None:
    outages = [{"from_to": "09:12-09:14", "stations": ["counter"]}]
    scenario = hall(COMING[:2], terminals(buys=ALL, sale="3 min"), outages=outages)
    assert calls(scenario) == [(0, 0, 10, 0), (1, 10, 12, HAS_BOUGHT), (1, 14, 25, HAS_BOUGHT)]
    assert len(tried(scenario)) == 1


def test_kpis_count_trials_sales_and_terminals() -> None:
    model, log = both(hall(COMING, terminals(buys=ALL)))
    results = results_of(model, [log])
    assert results.estimate("tried").value == pytest.approx(2 / 3)
    assert results.estimate("cross_sold").value == 2
    assert results.estimate("cross_sell_rate").value == 1
    assert results.estimate("utilisation", "station", "demo").value == pytest.approx(8 / 60)


def test_terminals_leave_every_draw_untouched() -> None:
    def services(number: int) -> dict[int, int]:
        stations = terminals("exponential 10 min", {"patience": "exponential 30 min"}, number)
        scenario = hall([], stations, until="12:00") | {"arrivals": {"rate": "10/h"}}
        rows = kernel.simulate(compile_model(load(scenario).model), 5, 0).rows
        served = rows[rows[:, ROW_WHO] & 0xFFFFFF != 0]
        return dict(zip(served[:, ROW_CUSTOMER].tolist(), (served[:, 6] - served[:, 5]).tolist(), strict=True))

    one, three = services(1), services(3)
    same = set(one) & set(three)
    assert len(same) > 10
    assert all(one[who] == three[who] for who in same)


def test_the_share_that_wants_to_try_is_that_of_the_scenario() -> None:
    scenario = hall([], terminals("1 h", number=200, tries="30 %"), until="11:00") | {"arrivals": {"rate": "500/h"}}
    rows = kernel.simulate(compile_model(load(scenario).model), 3, 0).rows
    trials = int(np.count_nonzero(rows[:, ROW_WHO] >> 59))
    n = len(rows) - 1
    assert abs(trials - 0.3 * n) < 3.3 * np.sqrt(0.21 * n)


@pytest.mark.parametrize("perceived", [0.0, 0.4, 2.5])
def test_rule_46_who_loses_patience_before_a_call_is_as_many_as_theory_says(perceived: float) -> None:
    # All wait from 9:00 until nobody calls them before 9:20: D = 20 min. Of a patience with the rate a, a trial of an
    # exponential time T with the rate b takes p T, so that with m = min(T, D) somebody is still there at D with
    #   E exp(-a (p m + D - m)) = b exp(-a D) (1 - exp(-c D)) / c + exp(-(b + a p) D),   c = b + a (p - 1)
    n, days, until, a, b = 250, 120, 20.0, 1 / 15, 1 / 8
    c = b + a * (perceived - 1)
    stays = b * np.exp(-a * until) * (1 - np.exp(-c * until)) / c + np.exp(-(b + a * perceived) * until)
    counter = {"servers": [{"name": "late", "shifts": ["09:20-10:00"]}], "patience": "exponential 15 min"}
    stations = terminals("1 h", counter, n, perceived_wait=perceived)
    stations["counter"]["experience"]["time"] = "exponential 8 min"
    compiled = compile_model(load(hall(["09:00"] * n, stations)).model)
    workspace = make_workspace(compiled)
    gone = 0
    for day in range(days):
        rows = kernel.simulate(compiled, 17, day, workspace).rows
        gone += int(np.count_nonzero((rows[:, ROW_CALL] < 0) & (rows[:, ROW_END] < (9 * 60 + 20) * US_PER_MINUTE)))
    error = np.sqrt(stays * (1 - stays) / (n * days))
    assert error < 0.003
    assert abs(gone / (n * days) - (1 - stays)) < 3.3 * error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"at": "dema"}, "'dema' is not a station"),
        ({"at": "counter"}, "counter cannot be its own terminals"),
        ({"when": "after 09:30"}, "only numbers of people and servers can decide who is taken up"),
        ({"perceived_wait": 11}, "perceived_wait"),
        ({"time": {"vip": "4 min"}}, "'vip' is not"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        load(hall(COMING, terminals(**change)))


@pytest.mark.parametrize(
    ("station", "change", "message"),
    [
        ("counter", {"numbers": {"most": 5}}, "experience terminals cannot stand beside numbers that stay"),
        ("counter", {"walk": "20 s"}, "cannot stand beside experience terminals"),
        ("demo", {"breakdowns": {"every": "1 h", "repair": "5 min"}}, "demo cannot be tried: it has breakdowns"),
    ],
)
def test_what_does_not_go_together_is_refused(station: str, change: dict[str, Any], message: str) -> None:
    stations = terminals()
    stations[station] |= change
    with pytest.raises(ScenarioError, match=message):
        load(hall(COMING, stations))


def test_clerks_are_no_terminals() -> None:
    stations = prepared()
    stations["counter"]["experience"] = {"at": "pda", "tries": ALL, "time": "4 min"}
    with pytest.raises(ScenarioError, match="terminals are a station of their own"):
        load(hall(COMING, stations))
