"""Rule 53, midnight: annexes that are open round the clock on the days of a horizon."""

from __future__ import annotations

import heapq
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import STATE_DUTY, STATE_OVERTIME, Log
from hallsim.errors import EngineError
from hallsim.experiment.attribution import CAUSES
from hallsim.experiment.profile import profile_of
from hallsim.model import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.rows import unpack
from hallsim.scenario import load
from hallsim.theory import erlang_c
from tests.random_annexes import random_night_room
from tests.test_horizon import both, lived

ROOT = Path(__file__).resolve().parent.parent
DAYS = 4


def room(arrivals: dict[str, Any], kiosk: dict[str, Any], days: int = DAYS, **more: Any) -> Model:
    """Return a room of machines that is open round the clock, and no hall beside it."""
    always = "00:00-24:00"
    return load(
        {
            "open": "09:00-18:00",
            "arrivals": {"hours": always, **arrivals},
            "stations": {"kiosk": {"hours": always, "time": "10 min", **kiosk}},
            "horizon": {"days": days},
            **more,
        }
    ).model


def clock(t: int) -> str:
    """Return a time as hours and minutes."""
    return f"{t // US_PER_HOUR:02d}:{t % US_PER_HOUR // US_PER_MINUTE:02d}"


def served(log: Log) -> list[tuple[str, str, str, int]]:
    """Return when each customer of a day came, was called and left, and by which server, in the order of the log."""
    s = unpack(log.rows)
    times = ([clock(t) for t in x.tolist()] for x in (s.t_join, s.t_call, s.t_end))
    return list(zip(*times, s.server.tolist(), strict=True))


def duties(log: Log) -> list[tuple[int, int, str, str]]:
    """Return server, state, from and to of every stretch on duty or in overtime."""
    return [(server, state, clock(a), clock(b)) for server, state, a, b, _ in log.server_rows.tolist()]


def test_rule_53_a_machine_is_the_days_whose_customer_it_serves_and_begins_the_next_day_after_him() -> None:
    model = room({"times": ["00:01", "23:50", "23:55"]}, {"servers": 1}, days=3)
    found = both(model)
    assert [served(log) for log in found.logs] == [
        [("00:01", "00:01", "00:11", 0), ("23:50", "23:50", "24:00", 0), ("23:55", "24:00", "24:10", 0)],
        [("00:01", "00:10", "00:20", 0), ("23:50", "23:50", "24:00", 0), ("23:55", "24:00", "24:10", 0)],
        [("00:01", "00:10", "00:20", 0), ("23:50", "23:50", "24:00", 0), ("23:55", "24:00", "24:10", 0)],
    ]
    duty, over = STATE_DUTY, STATE_OVERTIME
    assert [duties(log) for log in found.logs] == [
        [(0, duty, "00:00", "24:00"), (0, over, "24:00", "24:10")],
        [(0, duty, "00:10", "24:00"), (0, over, "24:00", "24:10")],
        [(0, duty, "00:10", "24:00"), (0, over, "24:00", "24:10")],
    ]


def test_rule_53_machines_that_are_idle_at_midnight_are_there_at_once() -> None:
    found = both(room({"times": ["00:02", "00:03", "23:55"]}, {"servers": 2}, days=2))
    assert served(found.logs[1]) == [
        ("00:02", "00:02", "00:12", 1),
        ("00:03", "00:05", "00:15", 0),
        ("23:55", "23:55", "24:05", 1),
    ]


def test_rule_53_a_closed_day_between_two_days_lets_everybody_go(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "days.csv").write_text("date,day_type\n2024-03-01,any\n2024-03-03,any\n2024-03-04,any\n")
    monkeypatch.chdir(tmp_path)
    times = {"times": ["00:01", "23:55"]}
    model = room(times, {"servers": 1}, horizon={}, calendar="days.csv", day_types={"any": {}})
    first = [served(log)[0][:2] for log in both(model).logs]
    assert first == [("00:01", "00:01"), ("00:01", "00:01"), ("00:01", "00:05")]


def test_rule_53_a_line_that_outlives_a_whole_day_is_an_error() -> None:
    model = room({"times": ["00:00"] * 300}, {"servers": 1})
    with pytest.raises(EngineError, match="keep server 1 of the hall for all his duty"):
        lived(model)


CROWDED = {"servers": 3, "time": "lognormal 20 min cv 1.2", "patience": "exponential 90 min"}


@pytest.mark.parametrize("seed", range(6))
def test_rule_53_waits_are_those_of_one_line_without_any_midnight(seed: int) -> None:
    # first come, first served by hand: each customer of all days in turn takes the machine that is free first
    model = room({"rate": "9/h"}, CROWDED, resolution=["1 us", "1 min"][seed % 2])
    free, late = [0, 0, 0], 0
    for day, log in enumerate(both(model, seed).logs):
        s = unpack(log.rows)
        order = np.argsort(s.customer)
        midnight = day * US_PER_DAY
        late += int((s.t_end > US_PER_DAY).sum())
        for join, call, end in zip(*(x[order].tolist() for x in (s.t_join, s.t_call, s.t_end)), strict=True):
            begins = max(join + midnight, free[0])
            if call < 0:  # gave up before his turn
                assert end + midnight <= begins
                continue
            assert call + midnight == begins
            heapq.heapreplace(free, end + midnight)
    assert late > DAYS, "people are inside at midnight"


def test_rule_53_each_minute_of_a_machine_is_of_one_day() -> None:
    model = room({"rate": "9/h"}, CROWDED)
    logs = both(model, 5).logs
    for server in range(3):
        spans = [
            (a + day * US_PER_DAY, b + day * US_PER_DAY)
            for day, log in enumerate(logs)
            for who, state, a, b, _ in log.server_rows.tolist()
            if who == server and state in (STATE_DUTY, STATE_OVERTIME)
        ]
        assert [b for _, b in spans[:-1]] == [a for a, _ in spans[1:]], "none is left out, none is twice"
        assert spans[0][0] == 0
        assert spans[-1][1] >= DAYS * US_PER_DAY
    busy = sum(int((s.t_end - s.t_call)[s.t_call >= 0].sum()) for s in (unpack(log.rows) for log in logs))
    assert busy <= sum(b - a for log in logs for _, _, a, b, _ in log.server_rows.tolist())


@pytest.mark.parametrize("seed", range(20))
def test_random_night_rooms_have_the_same_days_on_both_engines(seed: int) -> None:
    try:
        both(random_night_room(seed), seed)
    except EngineError as error:
        assert "for all his duty" in str(error)  # noqa: PT017


# --- M/M/c, day and night: the mean wait at every hour of the day is Erlang's -----------------------------------------

C, MEAN_MIN, PER_HOUR = 2, 10.0, 9.6
LOAD = PER_HOUR * MEAN_MIN / 60.0
ERLANG = erlang_c(LOAD, C) * MEAN_MIN / (C - LOAD)
"""Mean wait, minutes: the probability of waiting over the rate at which a line is served that exceeds its growth."""


def waits(model: Model, replications: int) -> list[tuple[float, float]]:
    """Return the mean wait and its standard error in the first hour after midnight, and at noon."""
    results = hs.run(model, replications=replications, seed=7)
    found = [results.estimate("mean_wait", "station", "kiosk", hour=hour) for hour in (0, 12 * 60)]
    return [(x.value, x.half_width / 1.96) for x in found]


def test_rule_53_the_wait_after_midnight_is_erlangs_as_it_is_at_noon() -> None:
    given = {"servers": C, "time": f"exponential {MEAN_MIN} min"}
    model = room({"rate": f"{PER_HOUR}/h"}, given, horizon={"days": 30, "warm_up": 2})
    for mean, error in waits(model, 60):
        assert error < 0.04 * ERLANG
        assert abs(mean - ERLANG) < 3.3 * error


def test_rule_53_days_cut_at_midnight_would_be_seen() -> None:
    given = {"servers": C, "time": f"exponential {MEAN_MIN} min"}
    cut = load({"open": "00:00-24:00", "arrivals": {"rate": f"{PER_HOUR}/h"}, "stations": {"kiosk": given}}).model
    (mean, error), (at_noon, error_at_noon) = waits(cut, 1500)
    assert mean < ERLANG - 10 * error
    assert abs(at_noon - ERLANG) < 3.3 * error_at_noon


# --- figures ----------------------------------------------------------------------------------------------------------


def test_by_the_clock_time_after_midnight_is_time_of_the_first_hour() -> None:
    # two days: on each somebody waits from 23:55 to 24:00 and is served till 24:10, and before him one till 24:00
    model = room({"times": ["23:50", "23:55"]}, {"servers": 1}, days=2)
    results = hs.run(model, replications=2, seed=1)
    hours = (0, 23 * 60)
    queue = [60.0 * results.estimate("queue_length", "station", "kiosk", hour=hour).value for hour in hours]
    assert queue == pytest.approx([0.0, 5.0])
    inside = [60.0 * results.estimate("people_inside", hour=hour).value for hour in hours]
    assert inside == pytest.approx([10.0, 15.0])
    paid = [results.estimate("paid_time", "station", "kiosk", hour=hour).value for hour in (0, 60)]
    assert paid[0] == pytest.approx(60.0 + 10.0 / 2)  # the tail of the last day counts, though nothing follows it


def test_queues_over_the_day_have_those_of_the_day_before_in_them() -> None:
    model = room({"times": ["23:50"] * 4}, {"servers": 1}, days=2)
    profile = profile_of(model, both(model).logs)
    waiting = profile.waiting[:, 0]
    assert len(profile.grid) == 24 * 6
    assert waiting[0, [0, 1, 2, 3, -1]].tolist() == [2, 1, 0, 0, 3]


def test_who_waits_for_a_machine_of_the_day_before_waits_because_of_load() -> None:
    model = room({"times": ["00:01", "23:50", "23:55"]}, {"servers": 1}, days=2)
    found = profile_of(model, both(model).logs).attribution
    names = [cause.name for cause in CAUSES]
    by_cause = dict(zip(names, (found.booked.sum(axis=(0, 1, 2)) / US_PER_MINUTE).tolist(), strict=True))
    assert {name: value for name, value in by_cause.items() if value} == {"load": 19.0}


def test_rule_53_who_comes_again_comes_when_those_of_his_type_do() -> None:
    always = "00:00-24:00"
    model = load(
        {
            "open": "09:00-10:00",
            "segments": {"hall": "50 %", "night": "rest"},
            "arrivals": {
                "walk_in": {"rate": "30/h", "segments": {"hall": "all"}},
                "room": {"hours": always, "rates": {"22:00": "20/h"}, "segments": {"night": "all"}},
            },
            "entry": {"hall": "counter", "night": "kiosk"},
            "stations": {
                "counter": {"servers": 1, "time": "3 min", "patience": "1 min"},
                "kiosk": {"hours": always, "servers": 1, "time": "8 min", "patience": "1 min"},
            },
            "horizon": {"days": 3},
            "returns": {"gave_up": "100 %"},
        }
    ).model
    came = np.concatenate([again(log) for log in both(model).logs[1:]])
    hours = {kind: came[came[:, 1] == kind, 0] / US_PER_HOUR for kind in (0, 1)}
    assert len(hours[0]) > 10
    assert len(hours[1]) > 10
    assert (hours[0].min() >= 9, hours[0].max() <= 10) == (True, True)
    assert hours[1].min() >= 22


def again(log: Log) -> list[tuple[int, int]]:
    """Return when those come who have been here before, and their types."""
    s = unpack(log.rows)
    here_before = s.source == 2
    return sorted(set(zip(s.t_arrive[here_before].tolist(), s.type[here_before].tolist(), strict=True)))


def test_the_machines_of_a_night_room_are_waited_for_around_midnight() -> None:
    # look at: the hour after midnight, and what a third machine makes of it
    path = ROOT / "scenarios" / "night_room.yaml"
    wait = {}
    for machines in (2, 3):
        found = hs.run(load(path, set_=[f"stations.kiosk.servers={machines}"]), replications=30, seed=1, jobs=1)
        wait[machines] = [found.estimate("mean_wait", "station", "kiosk", hour=hour) for hour in (0, 10 * 60)]
        assert found.estimate("comes_again").value > 5.0
    assert wait[2][0].low > 3.0 * wait[2][1].high
    assert wait[3][0].high < 0.5 * wait[2][0].low
