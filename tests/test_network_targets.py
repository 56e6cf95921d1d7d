"""Targets of a network's halls: held against each hall alone, in the table, and who breaks one next door."""

from __future__ import annotations

from typing import Any

import pytest

from hallsim.experiment import Results, compare, measure, replicate
from hallsim.experiment.broken import turns_of
from hallsim.experiment.figures import figures_of
from hallsim.experiment.verdicts import MET, MISSED
from hallsim.scenario import load


def hall(servers: int, rate: str, **more: Any) -> dict[str, Any]:
    counter = {"role": "counter", "servers": servers, "time": "exponential 5 min", "patience": "exponential 30 min"}
    return {"format": 1, "open": "09:00-12:00", "arrivals": {"rate": rate}, "stations": {"counter": counter}, **more}


def network(**more: Any) -> dict[str, Any]:
    """Return two halls, one quiet and one crowded, each with a target."""
    target = {"all": {"wait": "90 % within 10 min"}}
    halls = {"main": hall(3, "6/h", targets=target), "north": hall(1, "18/h", targets=target)}
    return {"format": 1, "network": "Two halls", "halls": halls, **more}


def measured(given: dict[str, Any], days: int = 30) -> Results:
    model = load(given).model
    return measure(model, list(replicate(model, days, 1, "reference")))


def verdicts(results: Results) -> list[tuple[str, str, str]]:
    return [(v.estimate.scope, v.estimate.item, v.status) for v in results.targets()]


def test_a_target_of_a_halls_own_file_holds_for_that_hall() -> None:
    assert verdicts(measured(network())) == [("branch", "main", MET), ("branch", "north", MISSED)]


def test_what_the_network_promises_of_a_hall_replaces_the_halls_own_promise() -> None:
    found = measured(network(targets={"north": {"mean_wait": "at most 60 min"}, "all": {"abandonment": "at most 1 %"}}))
    assert verdicts(found) == [
        ("branch", "main", MET),
        ("branch", "north", MET),
        ("hall", "scenario", MISSED),
    ]
    assert [v.estimate.kpi.name for v in found.targets()] == ["service_level", "mean_wait", "abandonment"]


def test_a_target_by_ticket_class_stays_with_the_line_of_its_hall() -> None:
    given = network()
    given["halls"]["north"]["segments"] = {"vip": "20 %", "general": "rest"}
    given["halls"]["north"]["targets"] = {"vip": {"mean_wait": "at most 9 min"}}
    assert [v.estimate.item for v in measured(given, 2).targets()] == ["main", "north/counter/vip"]


def test_the_figures_of_targets_are_compared_by_hall() -> None:
    found = [f for f in figures_of(load(network())) if f.scope == "branch"]
    assert [f.label.en for f in found] == [f"{name}: service level within 10 min" for name in ("main", "north")]


@pytest.fixture(scope="module")
def relieved() -> tuple[Results, Results]:
    """Return the network, and the same with the second clerk of the crowded hall taken from the quiet one."""
    moved = network()
    moved["halls"]["main"] = hall(1, "6/h", targets={"all": {"wait": "95 % within 5 min"}})
    moved["halls"]["north"]["stations"]["counter"]["servers"] = 3
    base = network()
    base["halls"]["main"]["targets"] = {"all": {"wait": "95 % within 5 min"}}
    return measured(base), measured(moved)


def test_who_breaks_a_target_next_door_is_said_first(relieved: tuple[Results, Results]) -> None:
    turns = turns_of(*relieved)
    assert [(turn.here.estimate.item, turn.here.status) for turn in turns] == [("main", MISSED), ("north", MET)]
    said = turns[0].sentence("as it is", "the move", "en")
    assert said.startswith("the move breaks a target that as it is keeps: main, service level within 5 min is ")
    assert said.endswith(", target at least 95.0 %.")
    zh = turns[1].sentence("现状", "调人", "zh")
    assert zh.startswith("调人使原未达标的目标达标：north等候达标率（10 分钟）为 ")


def test_a_comparison_says_who_breaks_a_target(tmp_path: Any) -> None:
    found = compare(load(network()), variants={"one clerk": "halls.main.stations.counter.servers=1"}, replications=60)
    broken = [line for line in found.table().splitlines() if "breaks a target" in line]
    assert bool(broken) == (found.results[1].targets()[0].status == MISSED)
    assert '"targets_turned_en"' in found.to_json()
