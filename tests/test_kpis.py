"""KPIs against a brute-force witness in plain Python, and their definitions against hand-made days."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from hallsim import compiled as codes
from hallsim.errors import EngineError, UsageError
from hallsim.kpis import FAMILIES, KPIS, kpi_of
from hallsim.kpis.base import SCOPES, UNITS
from hallsim.kpis.features import FEATURES, features_of
from hallsim.kpis.layout import thresholds_of
from hallsim.model import Model
from tests import hand_made_logs as hand
from tests.hand_made_logs import (
    COUNTER_1,
    COUNTER_2,
    COUNTER_Z,
    HALL,
    KIOSK_1,
    KIOSK_Z,
    MINUTE,
    NINE,
)
from tests.kpi_feature_witness import FEATURE_HALL, FeatureWitness, random_feature_day
from tests.kpi_witness import INTERRUPTED_HALL, LONG_HALL, Witness, random_day, results_of

# --- against the witness -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [LONG_HALL, INTERRUPTED_HALL], ids=["plain", "interrupted"])
@pytest.mark.parametrize("seed", range(4))
def test_every_ratio_is_what_the_witness_counts(model: Model, seed: int) -> None:
    rng = random.Random(seed)
    logs = [random_day(rng, model is INTERRUPTED_HALL) for _ in range(3)]
    results = results_of(model, logs)
    thresholds = thresholds_of(model)
    assert len(results.plan.ratios) > 500
    for row, quantity in enumerate(results.plan.ratios):
        threshold = thresholds[quantity.threshold] if quantity.threshold >= 0 else -1
        numerator, denominator = FeatureWitness(model, logs, quantity, threshold).ratio()
        found = (results.moments.mean_n[row] * len(logs), results.moments.mean_d[row] * len(logs))
        name = f"{quantity.kpi.name} {quantity.item.scope} {quantity.item.name} {quantity.hour}"
        assert found == pytest.approx((numerator, denominator), rel=1e-12), name


@pytest.mark.parametrize("seed", range(4))
def test_kpis_of_features_are_what_the_witness_counts(seed: int) -> None:
    rng = random.Random(seed)
    logs = [random_feature_day(rng) for _ in range(3)]
    results = results_of(FEATURE_HALL, logs)
    thresholds = thresholds_of(FEATURE_HALL)
    # those of money, zones, networks, horizons and outages are counted by hand in tests of their own
    apart = {"costs", "area", "zones", "network", "horizon", "outages", "persons"}
    assert {q.kpi.needs for q in results.plan.ratios} == {"", *FEATURES} - apart
    for row, quantity in enumerate(results.plan.ratios):
        threshold = thresholds[quantity.threshold] if quantity.threshold >= 0 else -1
        numerator, denominator = FeatureWitness(FEATURE_HALL, logs, quantity, threshold).ratio()
        found = (results.moments.mean_n[row] * len(logs), results.moments.mean_d[row] * len(logs))
        name = f"{quantity.kpi.name} {quantity.item.scope} {quantity.item.name} {quantity.hour}"
        assert found == pytest.approx((numerator, denominator), rel=1e-12), name


def test_a_hall_without_a_feature_does_not_report_its_kpis() -> None:
    by_age = [
        replace(s, lines=tuple(replace(line, rank=0) for line in reversed(s.lines)), line_of_type=(0, 1))
        for s in HALL.stations
    ]
    model = replace(HALL, sources=(replace(HALL.sources[0], kind="poisson"),), stations=tuple(by_age))
    results = results_of(model, [hand.short_day()])
    assert features_of(model) == {""}
    assert {quantity.kpi.needs for quantity in results.plan.ratios} == {""}
    assert results.plan.layout.spec.n_slots == 0
    with pytest.raises(UsageError, match="this run has no counters_open by hall"):
        results.estimate("counters_open")


def test_open_counters_are_reported_by_half_hours() -> None:
    model = replace(FEATURE_HALL, open=NINE, close=NINE + 60 * MINUTE, warm_up=0)
    log = hand.log([], [(COUNTER_1, codes.STATE_DUTY, 0, 60), (COUNTER_2, codes.STATE_DUTY, 20, 45)])
    r = results_of(model, [log])
    assert [r.estimate("counters_open", hour=m).value for m in (540, 570)] == [1 + 10 / 30, 1.5]
    assert r.estimate("counters_open").value == pytest.approx(85 / 60)
    assert r.estimate("openings").value == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_percentiles_are_the_smallest_wait_that_enough_do_not_exceed(seed: int) -> None:
    rng = random.Random(100 + seed)
    logs = [random_day(rng, False) for _ in range(3)]
    results = results_of(LONG_HALL, logs)
    checked = 0
    for quantity, _ in results.plan.percentiles:
        witness = Witness(LONG_HALL, logs, quantity, -1)
        waits = sorted(s.wait for s in witness._joined_stays())
        hour = results._hour(quantity)
        found = results.estimate(quantity.kpi.name, quantity.item.scope, quantity.item.name, hour).value
        if not waits:
            assert math.isnan(found)
            continue
        exact = waits[math.ceil(quantity.kpi.percentile * len(waits) - 1e-9) - 1] / MINUTE
        assert found == pytest.approx(exact, rel=1e-3, abs=0)
        checked += 1
    assert checked > 100


# --- definitions by hand -------------------------------------------------------------------------------------


def test_who_gave_up_counts_in_the_mean_wait_but_not_in_the_mean_wait_of_the_served() -> None:
    log = hand.log(
        [
            hand.row(0, COUNTER_Z, 0, 0, 4, 9, server=COUNTER_1, visit="served", exit_=0),
            hand.row(1, COUNTER_Z, 1, 1, None, 11, outcome="reneged", visit="gave_up"),
            hand.row(2, COUNTER_Z, 2, 2, None, 2, outcome="balked", visit="balked"),
        ]
    )
    r = results_of(HALL, [log])
    assert r.estimate("mean_wait").value == 7.0
    assert r.estimate("mean_wait_served").value == 4.0
    assert r.estimate("mean_wait_given_up").value == 10.0
    assert r.estimate("abandonment").value == 0.5
    assert r.estimate("balking").value == pytest.approx(1 / 3)
    assert r.estimate("gave_up").value == pytest.approx(1 / 3)
    assert r.estimate("joined").value == 2.0


def test_rule_5_the_three_service_levels_differ_in_who_is_asked() -> None:
    waits = [("served", 5), ("served", 5.01), ("reneged", 3), ("reneged", 8), ("served", 0)]
    rows = [
        hand.row(
            i,
            COUNTER_Z,
            0,
            0,
            wait if outcome == "served" else None,
            wait,
            outcome=outcome,
            visit="served",
            server=COUNTER_1 if outcome == "served" else -1,
        )
        for i, (outcome, wait) in enumerate(waits)
    ]
    r = results_of(HALL, [hand.log(rows)])
    assert r.estimate("service_level", within_min=5).value == 2 / 5
    assert r.estimate("service_level_served", within_min=5).value == pytest.approx(2 / 3)
    assert r.estimate("service_level_patient", within_min=5).value == 2 / 4
    assert r.estimate("wait_over", within_min=5).value == 2 / 5


def test_rule_5_who_was_called_and_did_not_come_gave_up_at_the_call() -> None:
    log = hand.log(
        [
            hand.row(0, COUNTER_Z, 0, 0, 4, 6, outcome="no_show", visit="gave_up", server=COUNTER_1),
            hand.row(1, COUNTER_Z, 1, 1, 1, 9, visit="served", exit_=0, server=COUNTER_2),
            hand.row(2, COUNTER_Z, 2, 2, None, 12, outcome="reneged", visit="gave_up"),
            hand.row(3, COUNTER_Z, 7, 7, 9, 14, visit="served", exit_=0, server=COUNTER_1),
        ]
    )
    r = results_of(HALL, [log])
    assert r.estimate("abandonment").value == 0.5
    assert r.estimate("mean_wait").value == (4 + 0 + 10 + 2) / 4
    assert r.estimate("mean_wait_given_up").value == (4 + 10) / 2
    assert r.estimate("mean_wait_served").value == 1.0
    assert r.estimate("mean_service").value == (8 + 5) / 2, "waiting for somebody is no service"
    assert r.estimate("service_level", within_min=5).value == 2 / 4
    assert r.estimate("service_level_served", within_min=5).value == 1.0
    assert r.estimate("service_level_patient", within_min=5).value == 2 / 3
    assert r.estimate("wait_over", within_min=5).value == 1 / 4
    assert r.estimate("services").value == 2.0
    assert r.estimate("gave_up").value == 0.5
    assert r.estimate("busy_time", "station", "counter").value == 2 + 8 + 5


def test_a_transferred_ticket_was_served_in_each_of_its_lines() -> None:
    log = hand.log(
        [
            hand.row(0, COUNTER_Z, 0, 0, 4, 7, outcome="transferred", server=COUNTER_1),
            hand.row(0, KIOSK_Z, 0, 7, 8, 10, step=1, visit="served", exit_=0, server=KIOSK_1),
        ]
    )
    r = results_of(HALL, [log])
    assert r.estimate("services").value == 1.0
    assert r.estimate("mean_wait_served").value == 4.0
    assert r.estimate("mean_service").value == 3.0
    assert r.estimate("service_level_served", within_min=5).value == 1.0
    assert r.estimate("failure", "station", "counter").value == 0.0
    assert r.estimate("abandonment").value == 0.0
    assert r.estimate("transactions").value == 1.0


def test_an_interrupted_service_is_one_stay_whose_waits_add_up() -> None:
    log = hand.log(
        [
            hand.row(0, COUNTER_Z, 0, 0, 0, 4, outcome="interrupted", server=COUNTER_1),
            hand.row(0, COUNTER_Z, 0, 4, 10, 13, server=COUNTER_2, visit="served", exit_=0),
        ]
    )
    r = results_of(INTERRUPTED_HALL, [log._replace(rows=log.rows + np.array([0, 0, 0, *[20 * MINUTE] * 4, 0]))])
    assert r.estimate("joined").value == 1.0
    assert r.estimate("services").value == 1.0
    assert r.estimate("interruptions", "station", "counter").value == 1.0
    assert r.estimate("mean_wait").value == 6.0
    assert r.estimate("share_waiting").value == 0.0, "the first wait decides"
    assert r.estimate("mean_service").value == 7.0


def test_customers_of_the_warm_up_wait_in_the_queue_but_are_not_counted() -> None:
    model = replace(HALL, warm_up=30 * MINUTE)
    log = hand.log(
        [
            hand.row(0, COUNTER_Z, 20, 20, 40, 45, server=COUNTER_1, visit="served", exit_=0),
            hand.row(1, COUNTER_Z, 30, 30, 33, 50, server=COUNTER_2, visit="served", exit_=0),
        ]
    )
    r = results_of(model, [log])
    assert r.estimate("visits").value == 1.0
    assert r.estimate("mean_wait").value == 3.0
    assert r.estimate("queue_length").value == pytest.approx((10 + 3) / 30)
    assert r.estimate("utilisation", "station", "counter").value == pytest.approx((5 + 17) / 60)


def test_overtime_is_in_busy_and_paid_time() -> None:
    log = hand.log(
        [hand.row(0, COUNTER_Z, 50, 50, 50, 80, server=COUNTER_1, visit="served", exit_=0)],
        [(COUNTER_1, codes.STATE_DUTY, 0, 60), (COUNTER_1, codes.STATE_OVERTIME, 60, 80)],
    )._replace(end=NINE + 80 * MINUTE)
    r = results_of(HALL, [log])
    assert r.estimate("utilisation", "server", "counter/counter 1").value == 30 / 80
    assert r.estimate("idle", "server", "counter/counter 1").value == 50 / 80
    assert r.estimate("overtime", "station", "counter").value == 20.0
    assert r.estimate("late_closing").value == 20.0
    assert r.estimate("in_service").value == pytest.approx(10 / 60), "time means end at closing"


def test_a_steady_run_has_one_hour_and_stops_watching_servers_at_its_end() -> None:
    model = replace(HALL, steady=True)
    log = hand.log([hand.row(0, COUNTER_Z, 50, 50, 50, 80, server=COUNTER_1, visit="served", exit_=0)])
    r = results_of(model, [log._replace(end=NINE + 80 * MINUTE)])
    assert r.plan.layout.hours == ()
    assert r.estimate("busy_time").value == 10.0
    assert r.unit_of(KPIS["busy_time"]) == "min per run"


def test_a_hall_without_counters_takes_all_its_stations_together() -> None:
    model = replace(HALL, stations=tuple(replace(s, role="other") for s in HALL.stations))
    log = hand.log([hand.row(0, KIOSK_Z, 0, 0, 4, 9, server=KIOSK_1, visit="served", exit_=0)])
    assert results_of(model, [log]).estimate("mean_wait").value == 4.0
    assert math.isnan(results_of(HALL, [log]).estimate("mean_wait").value)


def test_one_day_has_no_interval() -> None:
    e = results_of(HALL, [hand.short_day()]).estimate("mean_wait", "station", "kiosk")
    assert e.value == 2.5
    assert math.isnan(e.low)
    assert math.isnan(e.high)


def test_a_row_that_cannot_be_is_refused() -> None:
    log = hand.short_day()
    rows = log.rows.copy()
    rows[1, codes.ROW_WHAT] |= 77
    with pytest.raises(EngineError, match="a row that cannot be"):
        results_of(HALL, [log._replace(rows=rows)])


def test_an_unknown_kpi_or_item_names_its_neighbours() -> None:
    r = results_of(HALL, [hand.short_day()])
    with pytest.raises(UsageError, match=r"'meen_wait' is not a KPI.*did you mean mean_wait"):
        r.estimate("meen_wait")
    with pytest.raises(UsageError, match="no mean_wait by station till; items: counter, kiosk"):
        r.estimate("mean_wait", "station", "till")
    with pytest.raises(UsageError, match="thresholds"):
        r.estimate("service_level", within_min=7)


# --- the declarations ----------------------------------------------------------------------------------------


def test_every_kpi_is_declared_once_with_both_names() -> None:
    declared = [kpi.name for family in FAMILIES for kpi in family.KPIS]
    assert len(declared) == len(set(declared)) == len(KPIS)
    for kpi in KPIS.values():
        assert kpi.en
        assert any("\u4e00" <= c <= "\u9fff" for c in kpi.zh), kpi.name
        assert kpi.doc.endswith(".")
        assert kpi.doc_zh.endswith("。")
        assert kpi.unit in UNITS
        assert kpi.needs in ("", *FEATURES)
        assert set(kpi.scopes) <= set(SCOPES[kpi.block])
    assert len({kpi.en for kpi in KPIS.values()}) == len({kpi.zh for kpi in KPIS.values()}) == len(KPIS)
    assert kpi_of("mean_wait") is KPIS["mean_wait"]
