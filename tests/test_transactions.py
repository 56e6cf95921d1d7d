"""Several transactions in a visit (semantics 26)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import ROW_CALL, ROW_CUSTOMER, ROW_END, ROW_WHAT, ROW_WHO, compile_model
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.model import Model
from hallsim.scenario import check, load
from tests.test_semantics import both, hall, stated, trace


def desk(per_visit: Any, time: Any = "4 min", **more: Any) -> dict[str, Any]:
    """Return a hall with a greeter and counters where nobody waits."""
    stations = {
        "greeter": {"servers": 50, "time": "1 min", "then": "counter"},
        "counter": {"servers": 80, "time": time},
    }
    return {**hall(["09:00", "09:10"], stations), "transactions_per_visit": per_visit, **more}


def test_rule_26_a_service_at_a_counter_takes_the_time_of_all_transactions() -> None:
    assert trace(desk(3)) == [
        (0, "greeter", 0, 0, 1, "greeter 1", "served"),
        (1, "greeter", 10, 10, 11, "greeter 2", "served"),
        (0, "counter", 1, 1, 13, "counter 1", "served"),
        (1, "counter", 11, 11, 23, "counter 2", "served"),
    ]


def test_rule_26_a_stated_service_is_that_of_the_whole_visit() -> None:
    assert [row[3:5] for row in trace(stated(desk(3), services=[5, -1])) if row[1] == "counter"] == [(5, 10), (11, 23)]


def test_rule_26_the_server_factor_is_for_the_sum() -> None:
    given = desk(2)
    given["stations"]["counter"]["servers"] = [{"name": "quick", "speed": 2.0}]
    assert [row[3:5] for row in trace(given) if row[1] == "counter"] == [(1, 5), (11, 15)]


def test_rule_26_repeated_work_is_drawn_again_as_a_whole() -> None:
    desk_of_two = {
        "servers": {"staff": {"09:00": 1, "09:05": 0, "09:06": 1}, "shift_end": "preemptive"},
        "time": "4 min",
    }
    given = {**hall(["09:00"], {"counter": desk_of_two | {"interrupted": "resample"}}), "transactions_per_visit": 2}
    assert [row[3:] for row in trace(given)] == [
        (0, 5, "counter 1", "interrupted"),
        (6, 14, "counter 1", "served"),
    ]


def first_services(model: Model) -> dict[int, tuple[int, int]]:
    """Return the type's pair and the service of every customer, by number."""
    _, log = both(model)
    at_counter = log.rows[log.rows[:, ROW_WHAT] & 0xFFFF == 1]
    kinds = [model.types[int(row[ROW_WHO]) >> 24 & 0xFFFF] for row in at_counter]
    return {
        int(row[ROW_CUSTOMER]): (kind.transaction, kind.count, int(row[ROW_END] - row[ROW_CALL]))
        for row, kind in zip(at_counter, kinds, strict=True)
    }


def test_rule_26_numbers_of_transactions_leave_everybodys_type_and_first_time_as_they_were() -> None:
    arrivals = {"arrivals": {"rate": "60/h"}, "transactions": {"payment": "50 %", "plan": "30 %", "card": "rest"}}
    law = "lognormal 5 min cv 0.8"
    one = first_services(load(desk(1, law, **arrivals)).model)
    several = first_services(load(desk({"1": "60 %", "2": "rest"}, law, **arrivals)).model)
    assert len(one) == len(several) > 40
    for number, (transaction, _, service) in one.items():
        same_transaction, count, longer = several[number]
        assert transaction == same_transaction
        assert service == longer if count == 1 else service < longer
    assert {count for _, count, _ in several.values()} == {1, 2}


def test_rule_26_mean_and_variance_of_a_visits_service_are_those_of_a_random_sum() -> None:
    model = load(desk({"1": "60 %", "2": "30 %", "5": "rest"}, "gamma 3 min cv 0.5", arrivals={"rate": "200/h"})).model
    compiled = compile_model(model)
    workspace = make_workspace(compiled)
    found = []
    for day in range(300):
        rows = kernel.simulate(compiled, 9, day, workspace).rows
        rows = rows[(rows[:, ROW_WHAT] & 0xFFFF == 1) & (rows[:, ROW_CALL] >= 0)]
        found.append((rows[:, ROW_END] - rows[:, ROW_CALL]) / 60e6)
    x = np.concatenate(found)
    n = len(x)
    mean_number, square = 0.6 + 0.6 + 0.5, 0.6 + 1.2 + 2.5
    mean, variance = 3 * mean_number, mean_number * 1.5**2 + (square - mean_number**2) * 9
    assert n > 50_000
    assert abs(x.mean() - mean) < 3.3 * x.std() / np.sqrt(n)
    squares = (x - mean) ** 2
    assert abs(squares.mean() - variance) < 3.3 * squares.std() / np.sqrt(n)


def test_transactions_done_count_all_those_of_visits_that_were_served() -> None:
    r = hs.run(load(desk({"2": "50 %", "3": "rest"}, arrivals={"rate": "60/h"})), 300, seed=2)
    per_visit = r.estimate("transactions").value / r.estimate("completed").value / r.estimate("visits").value
    n = r.estimate("visits").value * 300
    assert abs(per_visit - 2.5) < 3.3 * 0.5 / np.sqrt(n)
    assert hs.run(load(desk(2)), 1).estimate("transactions").value == 4


def test_a_source_may_have_numbers_of_its_own() -> None:
    arrivals = {
        "walk_in": {"rate": "9/h"},
        "group": {"rate": "1/h", "transactions_per_visit": {"20": "50 %", "30": "rest"}},
    }
    model = load(desk({"1": "80 %", "2": "rest"}, arrivals=arrivals)).model
    assert [kind.count for kind in model.types] == [1, 2, 20, 30]
    assert [kind.name for kind in model.types] == ["customer", "customer x2", "customer x20", "customer x30"]
    assert [source.mix for source in model.sources] == [(0.8, 0.2, 0.0, 0.0), (0.0, 0.0, 0.5, 0.5)]


def test_the_work_of_several_transactions_is_held_against_the_staff() -> None:
    given = desk(3, arrivals={"rate": "60/h"})
    given["stations"]["counter"]["servers"] = 10
    (warning,) = check(given)
    assert "09:00-10:00 needs 12.0, has 10" in warning.message


def test_a_table_of_customers_has_one_transaction_where_it_names_it() -> None:
    given = desk({"2": "100 %"}, transactions={"payment": "50 %", "plan": "rest"})
    model = load(given).model
    assert [(kind.name, kind.count) for kind in model.types] == [("payment x2", 2), ("plan x2", 2)]
    assert sum(model.sources[0].mix) == pytest.approx(1)
