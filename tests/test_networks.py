"""Networks of halls (semantics 52): literal traces, each hall alone, common random numbers, random networks."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hallsim.compiled import ROW_ARRIVE, ROW_WHAT, ROW_WHO, Log, compile_model
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.model import Model
from hallsim.scenario import load
from tests.random_networks import random_network_model
from tests.test_engines import assert_same
from tests.test_semantics import both, hall, trace, visits

DESK = {"servers": 1, "time": "10 min"}


def network(
    arrivals: list[str], travel: dict[str, str], choice: dict[str, Any], *, until: str = "10:00", **changes: Any
) -> dict[str, Any]:
    """Return a network of main and north, one desk each, whose customers live in one town; `changes` are stations."""
    main = hall(arrivals, {"desk": {**DESK, **changes}}, until=until)
    north = hall([], {"desk": DESK}, until=until)
    north["arrivals"] = {"rate": "0/h"}
    return {
        "network": "two halls",
        "halls": {"main": main, "north": north},
        "areas": {"town": {"customers_of": "main", "travel": travel}},
        "between": {"main": {"north": "7 min"}},
        "choice": choice,
    }


def test_rule_52_customers_go_to_the_nearest_hall_and_need_the_travel_for_it() -> None:
    assert trace(network(["09:00"], {"main": "5 min", "north": "4 min"}, {"wait": 0})) == [
        (0, "north/from_town", 0, 0, 4, None, "served"),
        (0, "north/desk", 4, 4, 14, "desk 1", "served"),
    ]


def test_rule_52_of_equal_halls_the_first_written_is_taken() -> None:
    steps = trace(network(["09:00"], {"main": "4 min", "north": "4 min"}, {"wait": 0}))
    assert [step[1] for step in steps] == ["main/from_town", "main/desk"]


EVERY_TWO = ["09:00", "09:02", "09:04", "09:06", "09:08"]


def chosen(choice: dict[str, Any], arrivals: list[str] = EVERY_TWO) -> list[str]:
    """Return the hall that each customer goes to, one minute from main and nine from north."""
    steps = trace(network(arrivals, {"main": "1 min", "north": "9 min"}, choice))
    ways = {step[0]: step[1].split("/")[0] for step in steps if "from" in step[1]}
    return [ways[customer] for customer in sorted(ways)]


def test_rule_52_who_knows_the_wait_of_the_moment_goes_by_it() -> None:
    # the first is served and the second waits, so for who comes at 09:04 main is 1 + 10 minutes away, and north 9
    assert chosen({"wait": 1}) == ["main", "main", "north", "north", "north"]


def test_rule_52_the_wait_counts_by_its_weight() -> None:
    assert chosen({"wait": 0.75}) == ["main", "main", "main", "north", "north"]
    assert chosen({"wait": 0}) == ["main"] * 5


def test_rule_52_published_waits_are_as_old_as_the_last_renewal() -> None:
    # at 09:05 one waits, and nobody is told so before
    assert chosen({"wait": 1, "renewed": "5 min"}) == ["main", "main", "main", "north", "north"]
    # at 09:07 two wait; until then the sign says nothing
    assert chosen({"wait": 1, "renewed": "7 min"}) == ["main", "main", "main", "main", "north"]


def test_rule_52_a_renewal_comes_before_the_arrival_at_its_instant() -> None:
    assert chosen({"wait": 1, "renewed": "6 min"}) == ["main", "main", "main", "north", "north"]


def test_rule_52_who_is_on_the_way_at_closing_is_turned_away() -> None:
    assert visits(network(["09:50"], {"main": "10 min"}, {})) == ["turned_away"]
    assert visits(network(["09:50"], {"main": "9 min"}, {})) == ["served"]


def test_rule_52_a_full_hall_sends_its_customers_on() -> None:
    given = network(["09:00", "09:01"], {"main": "0 min"}, {}, room={"total": 1}, when_full="divert north")
    assert trace(given) == [
        (0, "main/from_town", 0, 0, 0, None, "served"),
        (1, "main/from_town", 1, 1, 1, None, "served"),
        (1, "main/desk", 1, None, 1, None, "blocked"),
        (1, "north/from_main", 1, 1, 8, None, "served"),
        (0, "main/desk", 0, 0, 10, "desk 1", "served"),
        (1, "north/desk", 8, 8, 18, "desk 1", "served"),
    ]
    assert visits(given) == ["served", "served"]


@pytest.mark.parametrize("onward", ["divert north", "divert another_hall"])
def test_rule_52_a_hall_with_channels_of_its_own_sends_customers_on_to_halls_too(onward: str) -> None:
    given = network(["09:00", "09:01"], {"main": "0 min"}, {}, room={"total": 1}, when_full=onward)
    given["halls"]["main"]["channels"] = {"app": {"kind": "electronic"}}
    assert visits(given) == ["served", "served"]
    assert trace(given)[-1] == (1, "north/desk", 8, 8, 18, "desk 1", "served")


def test_rule_52_who_comes_with_another_transaction_than_at_the_first_door_is_served_as_what_he_is() -> None:
    time = {"payment": "4 min", "plan": "10 min"}
    given = network(["09:00"], {"main": "0 min"}, {}, time=time)
    for name, then in (("main", "divert north"), ("north", "desk")):
        given["halls"][name] |= {"transactions": {"payment": "100 %", "plan": "0 %"}}
        given["halls"][name]["follow_ons"] = {"share": {"payment": {"plan": "100 %"}}, "then": then}
    given["halls"]["north"] |= {"walking": {"minutes": {"door": {"desk": "2 min"}}}}
    given["halls"]["north"]["stations"] = {"desk": DESK | {"time": time}}
    assert trace(given)[1:] == [
        (0, "main/desk", 0, 0, 4, "desk 1", "served"),
        (0, "north/from_main", 4, 4, 11, None, "served"),
        (0, "north/walk_to_desk", 11, 11, 13, None, "served"),
        (0, "north/desk", 13, 13, 23, "desk 1", "served"),
    ]


def test_rule_52_who_is_sent_to_another_hall_chooses_which() -> None:
    given = network(["09:00", "09:01"], {"main": "0 min"}, {}, room={"total": 1}, when_full="divert another_hall")
    given["halls"]["west"] = hall([], {"desk": DESK}) | {"arrivals": {"rate": "0/h"}}
    given["between"]["main"]["west"] = "6 min"
    assert [step[1] for step in trace(given) if step[0] == 1] == [
        *("main/from_town", "main/desk", "main/another_hall", "west/from_main", "west/desk"),
    ]


def test_rule_52_in_the_hall_is_in_the_hall_whose_condition_it_is() -> None:
    given = network(["09:00", "09:01", "09:02"], {"main": "0 min"}, {})
    given["halls"]["main"]["entry"] = [{"when": "at least 2 in the hall", "to": "leave"}, {"to": "desk"}]
    given["halls"]["north"] |= {"arrivals": {"times": ["09:00"] * 5}}
    assert [step[1:3] for step in trace(given) if step[1] == "main/desk"] == [("main/desk", 0), ("main/desk", 1)]


# --- customers are the same wherever they go --------------------------------------------------------------------------


def lively(**choice: Any) -> dict[str, Any]:
    """Return a network of two different halls with kiosks, patience, breaks and failures."""
    stations = {
        "kiosk": {"servers": 2, "time": "exponential 3 min", "fails": "20 %", "on_failure": "counter"},
        "counter": {"servers": 2, "time": "lognormal 6 min cv 0.8", "patience": "exponential 15 min"},
    }
    half = {"kiosk": "50 %", "counter": "rest"}
    main = {
        "open": "09:00-13:00",
        "segments": {"vip": "20 %", "general": "rest"},
        "arrivals": {"rate": "30/h"},
        "entry": [{"when": "at least 3 waiting at counter", "to": "kiosk"}, {"to": half}],
        "stations": stations,
    }
    north = {**main, "stations": {**stations, "counter": {**stations["counter"], "servers": 3}}}
    areas = {
        "town": {"customers_of": {"main": "70 %", "north": "30 %"}, "travel": {"main": "5 min", "north": "8 min"}},
        "hills": {"customers_of": {"main": "30 %", "north": "70 %"}, "travel": {"main": "9 min", "north": "4 min"}},
    }
    both_halls = {"main": main, "north": north}
    return {"network": "two halls", "halls": both_halls, **({"areas": areas, "choice": choice} if choice else {})}


def times_of(model: Model, log: Log, prefix: str) -> dict[tuple[int, int], list[tuple[Any, ...]]]:
    """Return the steps at stations whose names begin so, by source and arrival of the customer."""
    lines = [station.name for station in model.stations for _ in station.lines]
    found: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for _, what, who, arrive, join, call, end, _ in log.rows.tolist():
        name = lines[what & 0xFFFF]
        if name.startswith(prefix) and "from" not in name:
            key = (who >> 40 & 0xFFFF, arrive)
            found.setdefault(key, []).append((name.removeprefix(prefix), join, call, end, what >> 32 & 0xFFFF))
    return found


@pytest.mark.parametrize("name", ["main", "north"])
def test_where_everybody_goes_to_his_own_hall_each_hall_is_as_alone(name: str) -> None:
    model, log = both(lively())
    b = [branch.name for branch in model.network.branches].index(name)
    alone = load(lively()["halls"][name]).model
    sources = tuple(dataclasses.replace(source, name=f"{name}/{source.name}") for source in alone.sources)
    alone, own = both(dataclasses.replace(alone, sources=sources))
    expected = {(b, arrive): steps for (_, arrive), steps in times_of(alone, own, "").items()}
    found = times_of(model, log, f"{name}/")
    assert found == expected
    assert len(found) > 80


def test_a_customer_needs_the_same_time_whichever_hall_he_goes_to() -> None:
    def services(choice: dict[str, Any]) -> dict[tuple[int, int], tuple[str, int]]:
        model, log = both(lively(**choice))
        steps = {key: own for hall in ("main/", "north/") for key, own in times_of(model, log, hall).items()}
        served = {key: [(n, end - call) for n, _, call, end, _ in own if call >= 0] for key, own in steps.items()}
        return {key: own[0] for key, own in served.items() if own}

    near, quick = services({"wait": 0}), services({"wait": 3, "liking": "10 min"})
    same_place = [key for key in near if key in quick and near[key][0] == quick[key][0]]
    assert len(same_place) > 60
    assert all(near[key] == quick[key] for key in same_place)


def test_another_hall_changes_nobodys_liking_of_the_others() -> None:
    def halls_of(names: list[str]) -> dict[int, str]:
        given = lively(wait=0, liking="4 min")
        given["halls"] = dict.fromkeys(names, given["halls"]["main"])
        travel = {"main": "5 min", "north": "6 min", "west": "6 min"}
        own = {name: travel[name] for name in names}
        given["areas"] = {"town": {"customers_of": dict.fromkeys(names, "100 %"), "travel": own}}
        model, log = both(given)
        lines = [station.name for station in model.stations for _ in station.lines]
        first = log.rows[log.rows[:, ROW_WHAT] >> 16 & 0xFFFF == 0].tolist()
        halls = {(row[ROW_WHO] >> 40 & 0xFFFF, row[ROW_ARRIVE]): lines[row[ROW_WHAT] & 0xFFFF] for row in first}
        return {key: line.split("/")[0] for key, line in halls.items() if key[0] < 2}

    two, three = halls_of(["main", "north"]), halls_of(["main", "north", "west"])
    assert set(two) == set(three)
    assert all(three[key] in (hall, "west") for key, hall in two.items())
    assert 0.15 < sum(hall == "west" for hall in three.values()) / len(three) < 0.45


# --- both engines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", range(4))
def test_random_networks(block: int) -> None:
    for seed in range(15 * block, 15 * (block + 1)):
        assert assert_same(random_network_model(seed), seed, 0).rows.size


@pytest.mark.slow
def test_a_thousand_more_random_networks() -> None:
    for seed in range(60, 1060):
        assert_same(random_network_model(seed), seed, 0)


def test_a_day_knows_nothing_of_what_was_published_the_day_before() -> None:
    c = compile_model(load(lively(wait=1, renewed="10 min")).model)
    ws = make_workspace(c)
    days = [kernel.simulate(c, 1, replication, ws).rows.tolist() for replication in (0, 1, 0)]
    assert days[0] == days[2] != days[1]
