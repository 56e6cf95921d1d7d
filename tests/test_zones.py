"""Rules 50 and 51, zones: literal traces on both engines, as in test_semantics; exact cases; random halls."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from hallsim import compiled as c
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.errors import ScenarioError
from hallsim.experiment.profile import profile_of
from hallsim.model import US_PER_MINUTE, Model
from hallsim.scenario import load
from tests.kpi_witness import results_of
from tests.random_halls import random_model
from tests.test_engines import assert_same
from tests.test_semantics import both, duty, hall, stated, trace, visits
from tests.zone_witness import counts, overfull

EVERY_TWO = [f"09:{minute:02d}" for minute in range(0, 10, 2)]


def tandem(zone: dict[str, Any], arrivals: list[str] = EVERY_TWO, **more: Any) -> dict[str, Any]:
    """Return a greeter of two minutes before a desk of ten, and a zone."""
    stations = {
        "greeter": {"servers": 1, "time": "2 min", "then": "desk", **more.pop("greeter", {})},
        "desk": {"servers": 1, "time": "10 min", **more.pop("desk", {})},
    }
    return {**hall(arrivals, stations, **more), "zones": {"area": zone}}


def outside(scenario: dict[str, Any] | Model) -> list[tuple[int, float]]:
    """Return (customer, minutes) of who waited outside."""
    notes = both(scenario)[1].notes.tolist()
    return [(who, value / US_PER_MINUTE) for who, _, what, value in notes if what == c.NOTE_OUTSIDE]


# --- blocking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone", [{"seats": 1, "waiting_for": ["desk"]}, {"seats": 1, "standing": 1, "stations": ["desk"]}]
)
def test_rule_50_who_finds_no_place_keeps_the_server_who_has_served_him(zone: dict[str, Any]) -> None:
    scenario = tandem({**zone, "when_full": "block"})
    assert trace(scenario) == [
        (0, "greeter", 0, 0, 2, "greeter 1", "served"),
        (1, "greeter", 2, 2, 4, "greeter 1", "served"),
        (0, "desk", 2, 2, 12, "desk 1", "served"),
        (2, "greeter", 4, 4, 12, "greeter 1", "served"),  # done at 6, blocked till 12
        (1, "desk", 4, 12, 22, "desk 1", "served"),
        (3, "greeter", 6, 12, 22, "greeter 1", "served"),
        (2, "desk", 12, 22, 32, "desk 1", "served"),
        (4, "greeter", 8, 22, 32, "greeter 1", "served"),
        (3, "desk", 22, 32, 42, "desk 1", "served"),
        (4, "desk", 32, 42, 52, "desk 1", "served"),
    ]
    assert [row for row in duty(scenario) if row[1] == "blocked"] == [
        ("greeter 1", "blocked", 6, 12),
        ("greeter 1", "blocked", 14, 22),
        ("greeter 1", "blocked", 24, 32),
    ]


def test_rule_51_a_blocked_server_goes_home_only_when_there_is_a_place() -> None:
    zone = {"seats": 1, "waiting_for": ["desk"], "when_full": "block"}
    scenario = tandem(zone, EVERY_TWO[:3], greeter={"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}]})
    assert [row for row in duty(scenario) if row[0] == "Li"] == [
        ("Li", "blocked", 6, 12),
        ("Li", "duty", 0, 5),
        ("Li", "overtime", 5, 12),
    ]


def test_rule_51_who_is_blocked_in_a_delay_stays_there() -> None:
    stations = {
        "walk": {"role": "delay", "time": "1 min", "then": "desk"},
        "desk": {"servers": 1, "time": "10 min"},
    }
    scenario = hall(["09:00", "09:01", "09:02"], stations)
    scenario["zones"] = {"area": {"seats": 1, "waiting_for": ["desk"], "when_full": "block"}}
    assert [row[:5] for row in trace(scenario)] == [
        (0, "walk", 0, 0, 1),
        (1, "walk", 1, 1, 2),
        (0, "desk", 1, 1, 11),
        (2, "walk", 2, 2, 11),
        (1, "desk", 2, 11, 21),
        (2, "desk", 11, 21, 31),
    ]


def test_rule_51_the_longest_blocked_comes_first_whoever_of_two_servers_he_keeps() -> None:
    zone = {"seats": 1, "waiting_for": ["desk"], "when_full": "block"}
    scenario = tandem(zone, ["09:00", "09:00", "09:01", "09:02", "09:03"], greeter={"servers": 2})
    assert [(row[0], row[2]) for row in trace(scenario) if row[1] == "desk"] == [
        (0, 2),
        (1, 2),
        (2, 12),
        (3, 22),
        (4, 32),
    ]


def test_rule_50_nobody_who_stays_in_the_zone_needs_another_place() -> None:
    zone = {"seats": 2, "stations": ["greeter", "desk"], "when_full": "block"}
    scenario = tandem(zone, EVERY_TWO[:3])
    assert [row for row in duty(scenario) if row[1] == "blocked"] == []
    assert outside(scenario) == [(2, 8)]  # he came at 4, the first left at 12
    assert [row[:5] for row in trace(scenario) if row[0] == 2] == [(2, "greeter", 4, 12, 14), (2, "desk", 14, 22, 32)]


# --- waiting outside --------------------------------------------------------------------------------------------------


def test_rule_51_who_waits_outside_leaves_his_server_and_comes_in_when_there_is_a_place() -> None:
    scenario = tandem({"seats": 1, "waiting_for": ["desk"]})
    assert [row[:5] for row in trace(scenario) if row[1] == "desk"] == [
        (0, "desk", 2, 2, 12),
        (1, "desk", 4, 12, 22),
        (2, "desk", 6, 22, 32),
        (3, "desk", 8, 32, 42),
        (4, "desk", 10, 42, 52),
    ]
    assert outside(scenario) == [(2, 6), (3, 14), (4, 22)]
    assert [row for row in duty(scenario) if row[1] == "blocked"] == []


def test_rule_51_patience_runs_outside_and_goes_on_in_line() -> None:
    scenario = tandem({"seats": 1, "waiting_for": ["desk"]}, desk={"patience": "13 min"})
    assert [row for row in trace(scenario) if row[1] == "desk"] == [
        (0, "desk", 2, 2, 12, "desk 1", "served"),
        (2, "desk", 6, None, 19, None, "reneged"),  # in line since 12
        (3, "desk", 8, None, 21, None, "reneged"),  # in line since 19
        (1, "desk", 4, 12, 22, "desk 1", "served"),
        (4, "desk", 10, 22, 32, "desk 1", "served"),  # in line since 21
    ]
    assert outside(scenario) == [(2, 6), (3, 11), (4, 11)]


def test_rule_51_who_gives_up_outside_goes_where_the_station_says() -> None:
    scenario = tandem({"seats": 1, "waiting_for": ["desk"]}, EVERY_TWO[:4], desk={"on_giving_up": "divert app"})
    model = stated(scenario, patiences=[-1, -1, 3, -1])
    assert [row for row in trace(model) if row[0] == 2 and row[1] == "desk"] == [
        (2, "desk", 6, None, 9, None, "reneged")
    ]
    assert outside(model) == [(2, 3), (3, 4)]


def test_rule_51_a_long_line_outside_changes_nothing_for_one_desk() -> None:
    # the same customers wait as long, inside or outside: one line, in the order of coming
    desk = {"servers": 2, "time": "exponential 6 min", "patience": "exponential 10 min"}
    plain = {"open": "09:00-17:00", "arrivals": {"rate": "30/h"}, "stations": {"desk": desk}}
    zoned = {**plain, "zones": {"area": {"seats": 3, "stations": ["desk"]}}}
    logs = [both(scenario)[1].rows for scenario in (plain, zoned)]
    for rows in logs:
        rows[:, c.ROW_AHEAD] = 0  # who waits outside is not in the line
    assert logs[0].tolist() == logs[1].tolist()


def test_rule_51_who_waits_outside_a_deserted_line_is_closed_out_and_who_can_be_served_is() -> None:
    early = {"servers": [{"name": "Li", "shifts": ["09:00-09:05"]}]}
    assert [row[6] for row in trace(tandem({"seats": 1, "waiting_for": ["desk"]}, desk=early, until="09:30"))][-2:] == [
        "closed_out",
        "closed_out",
    ]
    late = trace(tandem({"seats": 1, "waiting_for": ["desk"]}, until="09:11"))
    assert [row[6] for row in late] == ["served"] * 10


def test_rule_50_a_zone_that_is_waited_in_is_not_full_for_whom_an_idle_server_takes() -> None:
    stations = {
        "desk": {"servers": 1, "time": "10 min"},
        "till": {"servers": 1, "time": "1 min"},
    }
    scenario = hall([], stations, segments={"a": "50 %", "b": "rest"}, entry={"a": "desk", "b": "till"})
    scenario["arrivals"] = {
        "first": {"times": ["09:00", "09:01", "09:02"], "segments": {"a": "100 %"}},
        "second": {"times": ["09:03", "09:04"], "segments": {"b": "100 %"}},
    }
    scenario["zones"] = {"area": {"seats": 1, "waiting_for": ["desk", "till"]}}
    assert [row[:5] for row in trace(scenario)][:2] == [(3, "till", 3, 3, 4), (4, "till", 4, 4, 5)]
    assert outside(scenario) == [(2, 8)]


# --- turned away, and overflow ----------------------------------------------------------------------------------------


def test_rule_50_who_is_turned_away_goes_where_the_station_sends_who_finds_no_room() -> None:
    zone = {"seats": 1, "waiting_for": ["desk"], "when_full": "turn_away"}
    assert [row[6] for row in trace(tandem(zone)) if row[1] == "desk"] == ["blocked"] * 3 + ["served"] * 2
    assert visits(tandem(zone)) == ["turned_away"] * 3 + ["served"] * 2
    assert visits(tandem(zone, desk={"when_full": "divert app"}))[:3] == ["diverted"] * 3


def test_rule_50_a_zone_that_turns_away_is_a_room() -> None:
    desk = {"servers": 2, "time": "exponential 6 min"}
    plain = {"open": "09:00-17:00", "arrivals": {"rate": "40/h"}, "stations": {"desk": desk}}
    for room, holds in (
        ({"total": 5}, {"seats": 5, "stations": ["desk"]}),
        ({"waiting": 3}, {"seats": 3, "waiting_for": ["desk"]}),
    ):
        with_room = {**plain, "stations": {"desk": {**desk, "room": room}}}
        zoned = {**plain, "zones": {"area": {**holds, "when_full": "turn_away"}}}
        assert both(with_room)[1].rows.tolist() == both(zoned)[1].rows.tolist()


def test_rule_50_who_does_not_fit_in_stands_in_the_overflow_and_moves_over() -> None:
    scenario = tandem({"seats": 1, "waiting_for": ["desk"], "overflow": "lobby"}, [f"09:0{i}" for i in range(5)])
    scenario["stations"]["greeter"]["time"] = "0 min"
    scenario["zones"]["lobby"] = {"seats": 2}
    # one is served, one sits, two stand in the lobby; when the next is called one of them moves over
    assert outside(scenario) == [(4, 6)]
    model, log = both(scenario)
    assert overfull(model, log) == []


# --- exact cases ------------------------------------------------------------------------------------------------------


def z(found: list[float], exact: float) -> float:
    """Return how many standard errors the mean of independent replications is off."""
    return float((np.mean(found) - exact) / (np.std(found, ddof=1) / np.sqrt(len(found))))


def stationary(moves: dict[tuple[Any, Any], float]) -> dict[Any, float]:
    """Return the stationary distribution of a Markov chain from its rates."""
    states = sorted({state for move in moves for state in move})
    at = {state: i for i, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for (a, b), rate in moves.items():
        rates[at[a], at[b]] += rate
        rates[at[a], at[a]] -= rate
    equations = np.vstack([rates.T, np.ones(len(states))])
    solved = np.linalg.lstsq(equations, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    return dict(zip(states, solved.tolist(), strict=True))


def steady(stations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"run_for": "12000 min", "arrivals": {"rate": "1/min"}, "stations": stations, **more}


def days_of(scenario: dict[str, Any], replications: int) -> list[c.Log]:
    compiled = c.compile_model(load(scenario).model)
    workspace = make_workspace(compiled)
    return [kernel.simulate(compiled, 1, i, workspace) for i in range(replications)]


WARM, END = 1000 * 60_000_000, 12000 * 60_000_000


def test_a_tandem_with_finite_room_and_blocking_after_service() -> None:
    """A first server with room for 4, two places before the second; blocked customers keep the first server.

    States (n1, n2, blocked): n1 at the first station, the blocked one included, n2 at the second. Arrivals (rate 1)
    come while n1 < 4. The first serves at rate 1.25 unless it is blocked; a customer who finds n2 = 3 blocks it. The
    second serves at 1.1; when it ends and the first is blocked, the blocked customer takes the place that is left by
    whoever is called: n2 stays 3, and n1 falls by one. Loss, and blocked time, are the sums over the states.
    """
    arrive, first, second, room, places = 1.0, 1.25, 1.1, 4, 2
    moves: dict[tuple[Any, Any], float] = {}
    for n1, n2, blocked in itertools.product(range(room + 1), range(places + 2), (0, 1)):
        if blocked and (n1 == 0 or n2 <= places):
            continue
        here = (n1, n2, blocked)
        if n1 < room:
            moves[here, (n1 + 1, n2, blocked)] = arrive
        if n1 and not blocked:
            moves[here, (n1 - 1, n2 + 1, 0) if n2 <= places else (n1, n2, 1)] = first
        if n2:
            moves[here, (n1 - 1, n2, 0) if blocked else (n1, n2 - 1, 0)] = second
    exact = stationary(moves)
    loss = sum(p for (n1, _, _), p in exact.items() if n1 == room)
    held = sum(p for (_, _, blocked), p in exact.items() if blocked)
    stations = {
        "first": {"servers": 1, "time": "exponential 0.8 min", "room": {"total": room}, "then": "second"},
        "second": {"servers": 1, "time": f"exponential {1 / second * 60} s"},
    }
    zones = {"between": {"seats": places, "waiting_for": ["second"], "when_full": "block"}}
    lost, time = [], []
    for log in days_of(steady(stations, zones=zones), 40):
        came = log.rows[(log.rows[:, c.ROW_WHAT] & 0xFFFF == 0) & (log.rows[:, c.ROW_JOIN] > WARM)]
        lost.append(float(np.mean((came[:, c.ROW_WHAT] >> 32) & 0xFF == c.STEP_BLOCKED)))
        blocked_rows = log.server_rows[log.server_rows[:, c.SERVER_ROW_STATE] == c.STATE_BLOCKED]
        span = np.clip(blocked_rows[:, [c.SERVER_ROW_FROM, c.SERVER_ROW_TO]], WARM, END)
        time.append(float((span[:, 1] - span[:, 0]).sum()) / (END - WARM))
    assert abs(z(lost, loss)) < 3.3
    assert abs(z(time, held)) < 3.3
    # the power to see a hundredth of it
    assert np.std(time, ddof=1) / np.sqrt(len(time)) < 0.01 * held


def test_two_stations_that_share_places_and_overflow_lose_by_the_product_form() -> None:
    """Two M/M/1 whose people share room, the excess of the first standing in the second's zone; who finds none is lost.

    Two independent M/M/1 are reversible, and cutting a reversible chain down to the states that the places allow
    leaves the product form (Kelly 1979, section 1.6): p(n1, n2) ~ r1^n1 r2^n2 on max(0, n1 - 2) + n2 <= 3. By PASTA a
    customer of a station is lost where one more of his would not fit in.
    """
    r, places, lobby = (0.5 / 0.8, 0.5 / 0.7), 2, 3

    def fits(n1: int, n2: int) -> bool:
        return max(0, n1 - places) + n2 <= lobby

    weights = {n: r[0] ** n[0] * r[1] ** n[1] for n in itertools.product(range(6), range(4)) if fits(*n)}
    total = sum(weights.values())
    exact = [
        sum(p for (n1, n2), p in weights.items() if not fits(n1 + (i == 0), n2 + (i == 1))) / total for i in (0, 1)
    ]
    stations = {
        "first": {"servers": 1, "time": "exponential 1.25 min"},
        "second": {"servers": 1, "time": f"exponential {60 / 0.7} s"},
    }
    scenario = steady(stations, segments={"a": "50 %", "b": "rest"}, entry={"a": "first", "b": "second"})
    scenario["zones"] = {
        "small": {"seats": places, "stations": ["first"], "overflow": "lobby", "when_full": "turn_away"},
        "lobby": {"seats": lobby, "stations": ["second"], "when_full": "turn_away"},
    }
    logs, compiled = days_of(scenario, 40), c.compile_model(load(scenario).model)
    for i in (0, 1):
        found = []
        for log in logs:
            station = compiled.line_station[log.rows[:, c.ROW_WHAT] & 0xFFFF]
            rows = log.rows[(log.rows[:, c.ROW_JOIN] > WARM) & (station == i)]
            found.append(float(np.mean((rows[:, c.ROW_WHAT] >> 32) & 0xFF == c.STEP_BLOCKED)))
        assert abs(z(found, exact[i])) < 3.3
        assert np.std(found, ddof=1) / np.sqrt(len(found)) < 0.02 * exact[i]


# --- random halls -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_three_hundred_random_halls_with_zones() -> None:
    seen = seed = 0
    while seen < 300:
        seed += 1
        model = random_model(seed)
        if model.zones:
            assert_same(model, seed, 1)
            seen += 1


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 5, 13])
def test_the_figures_of_zones_are_those_of_a_plain_count(seed: int) -> None:
    seeds = itertools.count(40 * seed)
    model = next(m for m in map(random_model, seeds) if m.zones)
    log = both(model, seed)[1]
    results = results_of(model, [log])
    window = model.close - model.open
    for zone, stretches in zip(model.zones, counts(model, log), strict=True):
        time: dict[int, int] = dict.fromkeys(range(zone.places + 1), 0)
        for begin, end, inside in stretches:
            time[inside] += end - begin
        mostly = next(n for n in time if 100 * sum(time[k] for k in range(n + 1)) >= 95 * window)

        def figure(kpi: str, name: str = zone.name) -> float:
            return results.estimate(kpi, scope="zone", item=name).value

        assert figure("zone_people") == pytest.approx(sum(n * t for n, t in time.items()) / window)
        assert figure("zone_full") == pytest.approx(time[zone.places] / window)
        assert figure("zone_most") == max(n for n, t in time.items() if t)
        assert figure("zone_mostly") == mostly


def test_people_in_the_zones_over_the_day_are_those_of_a_plain_count() -> None:
    seeds = itertools.count(300)
    model = next(m for m in map(random_model, seeds) if any(z.overflow >= 0 for z in m.zones))
    log = both(model)[1]
    profile = profile_of(model, [log])
    for number, stretches in enumerate(counts(model, log)):
        for t, n in zip(profile.grid.tolist(), profile.zones[0, number].tolist(), strict=True):
            if model.open <= t < model.close:
                assert n == next(inside for begin, end, inside in stretches if begin <= t < end)


def test_blocks_are_refused_only_where_they_could_last_for_good() -> None:
    # each empties by its own servers, though people of both may stand in the lobby
    stations = {
        "adviser": {"servers": 1, "time": "2 min", "then": "desk"},
        "desk": {"servers": 1, "time": "10 min"},
    }
    zones = {
        "first": {"seats": 1, "stations": ["adviser"], "overflow": "lobby"},
        "second": {"seats": 1, "waiting_for": ["desk"], "overflow": "lobby", "when_full": "block"},
        "lobby": {"seats": 1},
    }
    scenario = {**hall(EVERY_TWO, stations), "zones": zones}
    assert [row[6] for row in trace(scenario)] == ["served"] * 10
    zones["lobby"]["when_full"] = "block"
    scenario["stations"]["till"] = {"servers": 1, "time": "1 min"}
    zones["lobby"]["waiting_for"] = ["till"]
    scenario["stations"]["adviser"]["then"] = {"desk": "50 %", "till": "rest"}
    with pytest.raises(ScenarioError, match="customers of adviser who are blocked by it can keep it full for good"):
        load(scenario)
