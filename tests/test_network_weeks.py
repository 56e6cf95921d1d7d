"""Networks over several days: who comes again chooses his hall anew (semantics 52 and 54)."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim.compiled import Log
from hallsim.draws import name_hash
from hallsim.errors import ScenarioError
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.rows import unpack
from hallsim.scenario import load
from tests.random_weeks import random_network_weeks
from tests.test_horizon import both, came_again, drawn, persons
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


# --- a policy leaves persons as they are ----------------------------------------------------------------

BRANCH: dict[str, Any] = {
    "open": "09:00-11:00",
    "segments": {"vip": "20 %", "general": "rest"},
    "arrivals": {"rate": "24/h"},
    "channels": {"hotline": {"kind": "hotline", "takes": "exponential 2 min", "fails": "30 %", "on_failure": "leave"}},
    "entry": [
        {"when": "more than 2 in the hall", "to": {"divert hotline": "40 %", "desk": "rest"}},
        {"to": "desk"},
    ],
    "stations": {
        "desk": {
            "servers": 2,
            "time": "exponential 5 min",
            "patience": {"vip": "exponential 20 min", "rest": "exponential 8 min"},
            "fails": "10 %",
            "on_failure": "desk",
        }
    },
    "horizon": {"days": 3},
    "returns": {"gave_up": {"share": "60 %", "after": {1: "60 %", 2: "rest"}}, "served": "5 %", "diverted": "40 %"},
}
AGENTS = {"capacity": {"servers": 1, "time": "exponential 3 min", "patience": "exponential 1 min"}}
SENT_ON = {"desk": {"on_giving_up": {"divert another_hall": "50 %", "leave": "rest"}}}
POLICIES: dict[str, dict[str, Any]] = {
    "a third counter": {"stations": {"desk": {"servers": 3}}},
    "customers sent on": {"stations": SENT_ON},
    "agents at the hotline": {"channels": {"hotline": AGENTS}},
    "a waiting area that is soon full": {
        "zones": {"area": {"seats": 1, "waiting_for": ["desk"], "when_full": "turn_away"}}
    },
}


def branches(policy: dict[str, Any], **choice: Any) -> Model:
    """Return two halls over three days whose customers choose between them; the first one has the policy."""
    changed = BRANCH | policy
    for of, names in (("stations", policy.get("stations", {})), ("channels", policy.get("channels", {}))):
        changed = changed | {of: BRANCH[of] | {name: BRANCH[of][name] | more for name, more in names.items()}}
    areas = {
        "town": {"customers_of": {"main": "70 %", "north": "30 %"}, "travel": {"main": "5 min", "north": "8 min"}},
        "hills": {"customers_of": {"main": "30 %", "north": "70 %"}, "travel": {"main": "9 min", "north": "4 min"}},
    }
    halls = {"network": "two halls", "halls": {"main": changed, "north": BRANCH}, "areas": areas}
    return load(
        halls | {"between": {"main": {"north": "7 min"}}, "choice": {"wait": 1, "liking": "2 min"} | choice}
    ).model


@pytest.mark.parametrize("name", [*POLICIES, "waits published every quarter of an hour"])
def test_a_policy_in_a_network_leaves_every_person_as_he_was_on_all_days(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = {} if name in POLICIES else {"renewed": "15 min"}
    before, draws_before = drawn(branches({}), 1, monkeypatch)
    after, draws_after = drawn(branches(POLICIES.get(name, {}), **choice), 1, monkeypatch)
    assert persons(before) == persons(after)
    common = draws_before.keys() & draws_after.keys()
    assert [draw for draw in common if draws_before[draw] != draws_after[draw]] == []
    again_before, again_after = (came_again(found) for found in (before, after))
    both_times = again_before.keys() & again_after.keys()
    assert again_before.keys() != again_after.keys(), "the policy changes who comes again"
    assert len(both_times) > 10
    assert [key for key in both_times if again_before[key] != again_after[key]] == []
    asked = {name_hash(*words) for words in (("service", "desk"), ("patience", "desk"), ("route", "desk"))}
    assert asked <= {purpose for key, purpose, _ in common if key in both_times}


def test_there_are_zones_in_some_of_the_random_networks() -> None:
    assert sum(bool(random_network_weeks(seed).zones) for seed in range(N_RANDOM)) >= 3


@pytest.mark.parametrize("seed", range(N_RANDOM))
def test_random_networks_over_three_days(seed: int) -> None:
    both(random_network_weeks(seed), seed, seed % 3)


@pytest.mark.slow
def test_two_hundred_more_random_networks_over_three_days() -> None:
    for seed in range(N_RANDOM, N_RANDOM + 200):
        both(random_network_weeks(seed), seed, seed % 3)
