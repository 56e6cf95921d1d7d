"""Costs of a network: each hall's own, summing without rest; and who is sent away and does not come back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.charts import Material, money
from hallsim.compiled import VISIT_OUTCOMES, Log, compile_model
from hallsim.experiment import Results, measure, replicate, run
from hallsim.experiment.measure import Sums, add_up
from hallsim.experiment.profile import profile_of
from hallsim.experiment.table import display_width
from hallsim.kpis import KPIS
from hallsim.kpis.base import MONEY_STATS, N_VISIT, TRANSACTIONS, VISIT_STATS
from hallsim.kpis.tally import Tally
from hallsim.model import Model
from hallsim.scenario import load
from tests.random_networks import random_network

WHOSE = (("hall",), ("branch", "main"), ("branch", "north"))
PAID = ("cost_wages", "cost_rent", "cost_equipment", "cost_channels")


def priced(seed: int) -> Model:
    """Return a random network whose halls cost something, each something else."""
    data = random_network(seed)
    for i, hall in enumerate(data["halls"].values(), start=1):
        transactions = list(hall.get("transactions", {})) or ["transaction"]
        hall["costs"] = {
            "wage": 7.77 * i,
            "wage_by_hour": {"10:00": 1.1},
            "overtime": 1.5,
            "rent": 100.01 * i,
            "waiting": 3.3 * i,
            "lost": 1.7 * i,
            "hall": {"unit_cost": 5.0 * i, "avoidable": 0.3},
            "churn": {"value": 40 * i, "lost": "2 %", "waited": "1 %", "over": f"{6 + i} min"},
            "area_m2": 100 * i,
            **({"sales": {transactions[0]: 2.5 * i}} if "transactions" in hall else {}),
        }
    return load(data).model


def money_of(model: Model, logs: list[Log]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the stats of money [item, stat, day], and of visits by halls and in all [2, day, type, stat]."""
    sums = Sums(model, compile_model(model))
    tally = Tally(sums.layout.spec)
    table = np.zeros((len(logs), sums.layout.spec.size), dtype=np.int64)
    for out, log in zip(table, logs, strict=True):
        add_up(tally, log)
        out[:] = tally.out
    plan, spec = sums.plan, sums.layout.spec
    base, items = plan._base["money"], len(plan.items["money"])
    money = plan.aggregate(table)[base : base + items * len(MONEY_STATS)].reshape(items, len(MONEY_STATS), -1)
    branches = table[:, spec.at_branches : spec.at_day].reshape(len(logs), spec.n_branches, spec.n_types, -1)
    visits = table[:, spec.at_visits : spec.at_exits].reshape(len(logs), spec.n_types, -1, N_VISIT).sum(axis=2)
    return money, np.stack([branches[..., :N_VISIT].sum(axis=1), visits])


@pytest.mark.parametrize("seed", range(12))
def test_money_is_conserved_over_kinds_and_halls(seed: int) -> None:
    model = priced(seed)
    money, (by_hall, visits) = money_of(model, list(replicate(model, 2, seed, "reference")))
    assert (money[1:].sum(axis=0) == money[0]).all()
    kinds = [MONEY_STATS.index(name) for name in PAID]
    assert (money[:, kinds].sum(axis=1) == money[:, MONEY_STATS.index("cost")]).all()
    # whoever comes to a hall at all ends in one of them, and all transactions are done in one of them
    outcomes = [VISIT_STATS.index(name) for name in VISIT_OUTCOMES[1:] if name not in ("turned_away", "elsewhere")]
    assert (by_hall[..., outcomes] == visits[..., outcomes]).all()
    assert (by_hall[..., VISIT_STATS.index("followed")] == visits[..., VISIT_STATS.index("followed")]).all()
    assert (by_hall[..., TRANSACTIONS] == visits[..., TRANSACTIONS]).all()


def hall(**more: Any) -> dict[str, Any]:
    counter = {"role": "counter", "servers": 2, "time": "exponential 5 min", "patience": "exponential 10 min"}
    costs = {"wage": 30, "rent": 500, "waiting": 20, "lost": 15, "hall": {"unit_cost": 20, "avoidable": 2}}
    return {"format": 1, "open": "09:00-12:00", "arrivals": {"rate": "20/h"}, "stations": {"counter": counter}} | {
        "costs": costs,
        **more,
    }


def test_halls_that_nobody_leaves_cost_in_a_network_what_they_cost_alone() -> None:
    pair = {"format": 1, "network": "Two", "halls": {"main": hall(), "north": hall(arrivals={"rate": "30/h"})}}
    model = load(pair).model
    logs = list(replicate(model, 3, 1, "reference"))
    found = measure(model, logs)
    network = {k: found.estimate(k, "branch", "main").value for k in ("cost_wages", "hall_output", "unit_cost")}
    joined = found.estimate("services", "branch", "main").value
    paid = found.estimate("paid_time", "branch", "main").value / 60
    assert network["cost_wages"] == pytest.approx(30 * paid, rel=1e-9)
    assert network["hall_output"] == pytest.approx(joined, rel=1e-12)
    assert network["unit_cost"] == pytest.approx((network["cost_wages"] + 500) / joined, rel=1e-9)
    assert found.estimate("cost_rent").value == 1000.0


@pytest.fixture(scope="module")
def sending() -> Results:
    """Return a network whose main hall sends everybody to the other, or to a channel from which half come back."""
    app = {"role": "online", "time": "5 min", "then": {"counter": "50 %", "divert app": "rest"}}
    counter = {**hall()["stations"]["counter"]}
    door = {
        "role": "offer",
        "accepts": "100 %",
        "then": {"app": "40 %", "divert north": "rest"},
        "on_declining": "counter",
    }
    main = hall(stations={"door": door, "app": app, "counter": counter}, entry="door")
    data = {
        "format": 1,
        "network": "Two",
        "halls": {"main": main, "north": hall()},
        "between": {"main": {"north": "5 min"}},
    }
    return run(load(data), replications=200, seed=2)


def test_gross_relief_counts_all_who_are_sent_away_and_net_those_who_do_not_come_back(sending: Results) -> None:
    gross, net = (sending.estimate(name, "branch", "main").value for name in ("sent_away", "relief"))
    came = sending.estimate("set_out", "branch", "main").value
    back = sending.estimate("joined", "station", "main/counter").value
    assert gross == pytest.approx(came, abs=0.2)  # all but those whom the closing doors stop
    assert net == pytest.approx(gross - back, abs=1e-9)
    assert sending.estimate("relief", "branch", "north").value == 0.0


def test_a_networks_cost_is_that_of_its_halls(sending: Results) -> None:
    assert sending.estimate("cost").value == pytest.approx(
        sum(sending.estimate("cost", "branch", name).value for name in ("main", "north")), rel=1e-12
    )


def test_the_chart_of_money_speaks_of_all_halls(sending: Results) -> None:
    made = Material(sending, profile_of(sending.model, []))
    assert money.CHART.finding(made, "en").startswith("The halls together cost ")
    assert money.CHART.finding(made, "zh").startswith("各营业厅每日运营成本合计")


def test_the_table_sets_the_halls_side_by_side(sending: Results) -> None:
    for lang, head in (("en", "Figure by hall"), ("zh", "各营业厅指标")):
        lines = sending.table(lang).splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith(head))
        assert max(map(display_width, lines)) <= 80
        rows = lines[start + 2 : lines.index("", start)]
        names = [KPIS[name] for name in ("sent_away", "relief", "cost", "cost_wages", "cost_rent")]
        for kpi, row in zip(names, rows, strict=False):
            assert row.startswith(getattr(kpi, lang)[:20])
        assert rows[2].split()[-3:] == [f"{sending.estimate('cost', *who).value:.1f}" for who in WHOSE]


def test_output_per_square_metre_takes_the_floors_of_all_halls() -> None:
    model = priced(1)
    found = measure(model, list(replicate(model, 2, 1, "reference")))
    names = [branch.name for branch in model.network.branches] if model.network else []
    outputs = [found.estimate("hall_output_all", "branch", name).value for name in names]
    for i, name in enumerate(names, start=1):
        assert found.estimate("area_output", "branch", name).value == pytest.approx(
            outputs[i - 1] / (100 * i), rel=1e-12
        )
    area = sum(100 * i for i in range(1, len(names) + 1))
    assert found.estimate("area_output").value == pytest.approx(sum(outputs) / area, rel=1e-12)
