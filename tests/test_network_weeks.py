"""Networks over several days: who comes again chooses his hall anew (semantics 52 and 54)."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim.compiled import Log
from hallsim.errors import ScenarioError
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.rows import unpack
from hallsim.scenario import load
from tests.random_weeks import random_network_weeks
from tests.test_horizon import both
from tests.test_networks import network
from tests.test_semantics import hall

DESK = {"servers": 1, "time": "10 min", "patience": "45 min"}
N_RANDOM = 10


def weeks() -> dict[str, Any]:
    """Return a slow hall one minute from town and a quick one three minutes from it, over three days."""
    given = network(["09:00", "09:01", "09:02"], {"main": "1 min", "north": "3 min"}, {"wait": 1})
    for name, time in (("main", "50 min"), ("north", "10 min")):
        given["halls"][name] |= {
            "resolution": "1 min",
            "stations": {"desk": DESK | {"time": time}},
            "horizon": {"days": 3},
            "returns": {"gave_up": "100 %"},
        }
    return given


def steps(model: Model, log: Log) -> list[tuple[Any, ...]]:
    """Return (customer, source, station, begin and end in minutes) in the order of the log."""
    s, names = unpack(log.rows), [station.name for station in model.stations for _ in station.lines]
    times = [((t - 9 * US_PER_HOUR) // US_PER_MINUTE).tolist() for t in (s.t_join, s.t_end)]
    stations = [names[line] for line in s.line.tolist()]
    return list(zip(s.customer.tolist(), s.source.tolist(), stations, *times, strict=True))


def test_rule_54_who_comes_again_in_a_network_sets_out_from_his_area_and_chooses_a_hall_anew() -> None:
    model = load(weeks()).model
    found = both(model)
    begin = [(0, 0, "main/from_town", 0, 1), (1, 0, "main/from_town", 1, 2), (2, 0, "north/from_town", 2, 5)]
    alone = [*begin, (2, 0, "north/desk", 5, 15), (1, 0, "main/desk", 2, 47), (0, 0, "main/desk", 1, 51)]
    # one is waiting at main at either time, so that he is told of 50 minutes there
    late = [(3, 2, "north/from_town", 43, 46), alone[4], alone[5], (3, 2, "north/desk", 46, 56)]
    early = [(3, 2, "north/from_town", 10, 13), alone[3], (3, 2, "north/desk", 13, 25), *alone[4:]]
    assert [steps(model, log) for log in found.logs] == [alone, [*alone[:4], *late], [*begin, *early]]


def test_rule_54_customers_of_a_hall_that_no_area_names_come_again_to_it() -> None:
    given = weeks()
    del given["areas"], given["choice"], given["between"]
    model = load(given).model
    found = both(model)
    assert sum(account["return_visits"] for account in found.accounts) == 5
    assert {step[2].split("/")[0] for log in found.logs for step in steps(model, log)} == {"main"}


def test_rule_54_a_type_comes_again_as_in_the_hall_that_knows_it() -> None:
    halls = {}
    for name, returns in (("main", {"vip": "100 %", "rest": "50 %"}), ("north", {"rest": "50 %", "young": "10 %"})):
        own = hall(["09:00"], {"desk": DESK}) | {"horizon": {"days": 3}, "returns": {"gave_up": {"share": returns}}}
        halls[name] = own | {"segments": dict.fromkeys(("general", *(set(returns) - {"rest"})), "50 %")}
    model = load({"network": "two halls", "halls": halls}).model
    assert model.horizon is not None
    ((_, found),) = model.horizon.returns
    shares = {model.segments[kind.segment].name: share for kind, share in zip(model.types, found.share, strict=True)}
    assert shares == {"vip": 1.0, "general": 0.5, "young": 0.1}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"horizon": {"days": 4}}, "its horizon, or who comes again, is not as in main; all halls need the same"),
        (
            {"returns": {"gave_up": "50 %"}},
            "of customer business 50 % come again (returns.gave_up), but in main 100 %; customers are the same",
        ),
    ],
)
def test_halls_of_a_network_have_one_horizon(changes: dict[str, Any], text: str) -> None:
    given = weeks()
    given["halls"]["north"] |= changes
    with pytest.raises(ScenarioError) as failed:
        load(given)
    assert text in str(failed.value)


def test_there_are_zones_in_some_of_the_random_networks() -> None:
    assert sum(bool(random_network_weeks(seed).zones) for seed in range(N_RANDOM)) >= 3


@pytest.mark.parametrize("seed", range(N_RANDOM))
def test_random_networks_over_three_days(seed: int) -> None:
    both(random_network_weeks(seed), seed, seed % 3)


@pytest.mark.slow
def test_two_hundred_more_random_networks_over_three_days() -> None:
    for seed in range(N_RANDOM, N_RANDOM + 200):
        both(random_network_weeks(seed), seed, seed % 3)
