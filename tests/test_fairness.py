"""Who is overtaken: by hand, against a formula, against brute force over what the engines write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hallsim import compiled as codes
from hallsim.compiled import Log, compile_model
from hallsim.experiment import measure, replicate, run
from hallsim.kpis.features import may_overtake
from hallsim.model import FollowOn, Model
from hallsim.scenario import load
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_V, COUNTER_Z, HALL, KIOSK_1, KIOSK_Z, log, row
from tests.kpi_witness import INTERRUPTED_HALL, stays_of
from tests.random_halls import random_model


def counter(who: int, join: float, call: float | None, end: float, vip: bool = False, **more: Any) -> list[int]:
    """Return the row of a stay at the counter; who is never called gives up."""
    given: dict[str, Any] = {"arrive": join, "outcome": "reneged", "visit": "served", "exit_": 0, "type_": 1 - vip}
    given |= {"outcome": "served", "server": COUNTER_1} if call is not None else {}
    return row(who, COUNTER_V if vip else COUNTER_Z, join=join, call=call, end=end, **given | more)


def to_be_continued(who: int, join: float, call: float, end: float, outcome: str) -> list[int]:
    """Return the row of a part of a visit."""
    return counter(who, join, call, end, visit="", exit_=-1, outcome=outcome)


def overtaken(model: Model, day: Log) -> tuple[float, ...]:
    """Return the share of all who are overtaken, and by ticket class."""
    found = measure(model, [day])
    classes = [found.estimate("overtaken", "class", name).value for name in ("vip", "general")]
    return found.estimate("overtaken").value, *classes


def test_who_waits_while_somebody_later_is_called_is_overtaken() -> None:
    day = log(
        [
            counter(0, 0, 0, 6),
            counter(2, 3, 6, 8, vip=True),
            counter(1, 2, 8, 10),  # overtaken by 2
            counter(3, 5, None, 11),  # came after 2: nobody overtakes him
            counter(4, 7, 12, 14),
        ]
    )
    assert overtaken(HALL, day) == (1 / 5, 0.0, 1 / 4)


def test_who_gives_up_after_a_later_one_was_called_is_overtaken_and_before_that_is_not() -> None:
    for left, share in ((5.9, 0.0), (6.0, 0.0), (6.1, 1 / 3)):
        day = log([counter(0, 0, 0, 6), counter(1, 2, None, left), counter(2, 3, 6, 9, vip=True)])
        assert overtaken(HALL, day)[0] == pytest.approx(share)


def test_nobody_is_overtaken_by_who_joins_or_is_called_at_the_same_instant() -> None:
    joins = log([counter(0, 2, 8, 10), counter(1, 2, 6, 8, vip=True)])
    called = log([counter(0, 2, 8, 10), counter(1, 3, 8, 11, vip=True, server=COUNTER_2)])
    assert [overtaken(HALL, day)[0] for day in (joins, called)] == [0.0, 0.0]


def test_a_later_one_of_those_who_joined_together_overtakes_them_all() -> None:
    day = log([counter(0, 2, 8, 10), counter(1, 2, 9, 11, server=COUNTER_2), counter(2, 3, 7, 8, vip=True)])
    assert overtaken(HALL, day)[0] == 2 / 3


def test_stations_are_apart() -> None:
    kiosk = row(1, KIOSK_Z, 3, 3, 4, 5, server=KIOSK_1, visit="served", exit_=0)
    assert overtaken(HALL, log([kiosk, counter(0, 2, 8, 10)]))[0] == 0.0


def test_an_interrupted_service_is_no_overtaking_and_its_stay_counts_once() -> None:
    model = replace(INTERRUPTED_HALL, warm_up=0)
    begun = to_be_continued(0, 0, 0, 3, "interrupted")
    day = log([begun, counter(1, 3, 3, 6, vip=True), counter(0, 3, 6, 9, arrive=0)])
    waited = to_be_continued(0, 0, 2, 3, "interrupted")
    slipped = log([counter(1, 1, 1, 2, vip=True), waited, counter(0, 3, 6, 9)])
    assert [overtaken(model, d)[0] for d in (day, slipped)] == [0.0, 1 / 2]


def test_who_goes_on_with_another_transaction_at_the_same_server_overtakes_nobody() -> None:
    first = to_be_continued(0, 0, 0, 4, "served")
    first[codes.ROW_WHAT] |= (codes.FOLLOWED | codes.WENT_ON) << 48
    day = log([first, counter(0, 4, 4, 8, step=1), counter(1, 1, 8, 9)])
    assert overtaken(replace(HALL, follow_ons=((), (FollowOn(0.5, 1),))), day)[0] == 0.0


def test_where_all_are_called_by_age_nobody_is_overtaken_and_nothing_is_said_of_it() -> None:
    plain = {"open": "09:00-10:00", "arrivals": {"rate": "30/h"}, "segments": {"vip": "30 %", "rest_of": "rest"}}
    scenario = plain | {"stations": {"counter": {"servers": 1, "time": "exponential 2 min"}}}
    assert "overtaking" not in run(load(scenario), replications=2, seed=1).plan.layout.features
    first = {"stations": {"counter": {"servers": 1, "time": "exponential 2 min", "call": {"priority": ["vip"]}}}}
    found = run(load(plain | first), replications=20, seed=1)
    assert found.estimate("overtaken", "class", "vip").value == 0.0
    assert found.estimate("overtaken", "class", "rest_of").value > 0.1


def test_of_two_classes_at_one_server_the_second_is_overtaken_as_the_formula_says() -> None:
    """Of the second class, who finds work V is overtaken unless nobody of the first comes within V.

    In M/M/1 the work found does not depend on who goes first: it is 0 with the probability 1 - rho, else exponential
    with the rate mu - lambda. So overtaken is rho * a / (mu - lambda + a), a the rate of the first class.
    """
    scenario = {
        "run_for": "3000 h",
        "warm_up": "50 h",
        "arrivals": {"rate": "48/h"},
        "segments": {"vip": "40 %", "other": "rest"},
        "stations": {"desk": {"servers": 1, "time": "exponential 1 min", "call": {"priority": ["vip"]}}},
    }
    found = run(load(scenario), replications=20, seed=7).estimate("overtaken", "class", "other")
    exact = 0.8 * 0.32 / (1.0 - 0.8 + 0.32)
    assert abs(found.value - exact) < 3.3 * found.half_width / 1.96
    assert found.half_width < 0.004


def test_whoever_brute_force_finds_in_random_halls_is_overtaken() -> None:
    n_overtaken = 0
    for seed in range(12):
        model = random_model(seed)
        station_of = compile_model(model).line_station.tolist()
        logs = list(replicate(model, 2, seed, "reference"))
        estimates = [e for e in measure(model, logs).estimates() if e.kpi.name == "overtaken"]
        found = {e.item: e.value for e in estimates if e.scope == "station"}
        stays = [s for day in logs for s in stays_of(day, station_of) if s.outcome not in ("balked", "blocked")]
        for i, station in enumerate(model.stations if found else ()):
            here = [
                s for s in stays if station_of[s.line] == i and model.open + model.warm_up <= s.arrive <= model.close
            ]
            expected = sum(s.overtaken for s in here) * may_overtake(model, i)
            n_overtaken += expected
            assert (found[station.name] if here else 0.0) == pytest.approx(expected / max(len(here), 1), rel=1e-12)
    assert n_overtaken > 50
