"""Recovery after an outage: by hand to the microsecond, against a sweep by brute force, and where it is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hallsim import compiled as c
from hallsim.compiled import NO_LINE, Log
from hallsim.experiment import measure, replicate, run
from hallsim.experiment.figures import figures_of
from hallsim.kpis.outages import outages_of
from hallsim.model import US_PER_MINUTE, Model
from hallsim.scenario import load
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_V, COUNTER_Z, HALL, KIOSK_1, KIOSK_Z, MINUTE, NINE, log
from tests.hand_made_logs import row as of

DOWN = ((NINE + 10 * MINUTE, NINE + 20 * MINUTE),)
KIOSK, COUNTER = HALL.stations
BAD_DAY = replace(HALL, stations=(replace(KIOSK, outages=DOWN), replace(COUNTER, outages=DOWN)))
MICRO = 1 / MINUTE


def recovery(model: Model, day: Log, within: float = 5.0, scope: str = "hall", item: str | None = None) -> float:
    return measure(model, [day]).estimate("recovery", scope, item, within_min=within).value


def test_a_hall_has_recovered_when_the_last_who_waits_too_long_is_called() -> None:
    day = log(
        [
            of(0, COUNTER_Z, 8, 8, 20, 24, server=COUNTER_1, visit="served", exit_=0),
            of(1, COUNTER_Z, 12, 12, 24, 29, server=COUNTER_1, visit="served", exit_=0),
            of(2, COUNTER_V, 19, 19, 20, 33, server=COUNTER_2, visit="served", exit_=0, type_=0),
            of(3, COUNTER_Z, 23, 23, 29, 31, server=COUNTER_1, visit="served", exit_=0),
            of(4, COUNTER_Z, 26, 26, 31, 33, server=COUNTER_1, visit="served", exit_=0),  # 5 min, no longer
        ]
    )
    assert recovery(BAD_DAY, day) == 9.0
    assert recovery(BAD_DAY, day, 10.0) == 4.0
    assert recovery(BAD_DAY, day, 15.0) == 0.0


def test_a_microsecond_more_than_the_time_is_too_long() -> None:
    for wait, until in ((5.0, 0.0), (5.0 + MICRO, 2.0 + MICRO)):
        day = log([of(0, COUNTER_Z, 17, 17, 17 + wait, 30, server=COUNTER_1, visit="served", exit_=0)])
        assert recovery(BAD_DAY, day) == pytest.approx(until, abs=1e-12)


def test_who_comes_when_nobody_waits_too_long_any_more_belongs_to_no_outage() -> None:
    day = log(
        [
            of(0, COUNTER_Z, 12, 12, 22, 24, server=COUNTER_1, visit="served", exit_=0),
            of(1, COUNTER_Z, 22 + MICRO, 22 + MICRO, 40, 44, server=COUNTER_1, visit="served", exit_=0),
        ]
    )
    assert recovery(BAD_DAY, day) == 2.0


def test_stations_recover_each_for_itself_and_the_hall_with_the_last() -> None:
    day = log(
        [
            of(0, KIOSK_Z, 12, 12, 21, 23, server=KIOSK_1, visit="served", exit_=0),
            of(1, COUNTER_Z, 14, 14, None, 26, outcome="reneged", visit="gave_up"),
        ]
    )
    found = [recovery(BAD_DAY, day, 5.0, *who) for who in (("station", "kiosk"), ("station", "counter"), ("hall",))]
    assert found == [1.0, 6.0, 6.0]


def test_lines_that_no_outage_concerns_do_not_count() -> None:
    day = log([of(0, COUNTER_Z, 14, 14, None, 50, outcome="reneged", visit="gave_up")])
    assert recovery(replace(HALL, stations=(BAD_DAY.stations[0], COUNTER)), day) == 0.0


def test_who_is_in_line_at_closing_counts_until_he_leaves_it_and_the_day_has_not_made_up_for_it() -> None:
    day = log([of(0, COUNTER_Z, 14, 14, 64, 70, server=COUNTER_1, visit="served", exit_=0)])
    found = measure(BAD_DAY, [day, log([])])
    assert found.estimate("recovery", within_min=5.0).value == 22.0  # 44 min on one of two days
    assert found.estimate("unrecovered", within_min=5.0).value == 0.5


def test_outages_that_overlap_are_one_and_those_that_end_at_closing_are_none() -> None:
    spans = [(10, 20), (15, 30), (30, 32), (50, 60)]
    down = tuple((NINE + a * MINUTE, NINE + b * MINUTE) for a, b in spans)
    found = outages_of(replace(HALL, stations=(replace(KIOSK, outages=down), COUNTER)))
    assert [(outage.end, outage.stations) for outage in found] == [(NINE + 32 * MINUTE, (0,))]


def test_a_hall_without_outages_has_no_recovery() -> None:
    assert "recovery" not in {e.kpi.name for e in measure(HALL, [log([])]).estimates()}


def by_brute_force(model: Model, day: Log, end: int, stations: tuple[int, ...], threshold: int) -> int:
    """Return the recovery from an outage: the first moment after its end that no late stay covers."""
    station = c.compile_model(model).line_station
    stays = []
    for row in day.rows.tolist():
        left = row[c.ROW_CALL] if row[c.ROW_CALL] >= 0 else row[c.ROW_END]
        line = row[c.ROW_WHAT] & 0xFFFF
        if line != NO_LINE and station[line] in stations and left - row[c.ROW_JOIN] > threshold:
            stays.append((row[c.ROW_JOIN], left))
    moments = sorted([end, *(left for _, left in stays if left >= end)])
    recovered: int = next(t for t in moments if not any(join <= t < left for join, left in stays))
    return recovered - end


@pytest.mark.parametrize("name", ["bad_day", "three_halls_network"])
def test_both_engines_find_what_brute_force_finds(name: str) -> None:
    model = load(f"scenarios/{name}.yaml").model
    days = 6
    logs = list(replicate(model, days, 3, "reference"))
    found = run(model, replications=days, seed=3)
    simulated, measured = (
        [e.value for e in each.estimates() if e.kpi.name in ("recovery", "unrecovered")]
        for each in (found, measure(model, logs))
    )
    assert simulated == pytest.approx(measured, rel=1e-12)
    (outage,) = outages_of(model)
    for threshold in (5, 10, 15):
        sums = [by_brute_force(model, day, outage.end, outage.stations, threshold * US_PER_MINUTE) for day in logs]
        value = found.estimate("recovery", within_min=float(threshold)).value
        assert value == pytest.approx(np.mean(sums) / US_PER_MINUTE, rel=1e-12)


def test_a_hall_of_a_network_recovers_by_itself() -> None:
    found = run(load("scenarios/three_halls_network.yaml"), replications=3, seed=1)
    of_network = {
        (e.scope, e.item): e.value for e in found.estimates() if e.kpi.name == "recovery" and e.within_min == 10
    }
    names = {("hall", found.model.name), ("branch", "main"), ("station", "main/counter"), ("station", "main/kiosk")}
    assert set(of_network) == names
    assert of_network["hall", found.model.name] == of_network["branch", "main"]


def test_recovery_is_compared_where_all_halls_have_an_outage() -> None:
    stay, sound = (load(f"scenarios/three_halls_{name}.yaml") for name in ("stay", "sound"))
    base = load("scenarios/three_halls.yaml")
    assert ["recovery" in [f.kpi.name for f in figures_of(base, beside=[x])] for x in (stay, sound)] == [True, False]
    found = {f.kpi.name: f for f in figures_of(base, beside=[stay])}
    assert found["recovery"].sign() == -1


def test_the_table_tells_the_recovery_by_the_time_promised() -> None:
    table = run(load("scenarios/bad_day.yaml"), replications=4, seed=1).table()
    assert "Recovery (waits within 10 min)" in table
