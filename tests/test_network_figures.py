"""Figures of networks: who goes where, who is sent on, how far; each hall's waits; the table and the chart."""

from __future__ import annotations

from typing import Any

import pytest

import hallsim as hs
from hallsim import visits as table
from hallsim.charts import network as chart
from hallsim.charts import utilisation
from hallsim.charts.base import Material
from hallsim.experiment.profile import gather
from hallsim.experiment.results import Results
from hallsim.scenario import load
from tests.test_networks import lively
from tests.test_semantics import both


def overflowing() -> dict[str, Any]:
    """Return a lively network whose main hall sends customers on."""
    given = lively(wait=0, liking="4 min")
    main = given["halls"]["main"]
    counter = {**main["stations"]["counter"], "room": {"waiting": 2}, "when_full": "divert north"}
    main = {**main, "stations": {**main["stations"], "counter": counter}}
    return {**given, "halls": {**given["halls"], "main": main}, "between": {"main": {"north": "6 min"}}}


@pytest.fixture(scope="module")
def results() -> Results:
    return hs.run(load(overflowing()), 1, seed=1)


@pytest.fixture(scope="module")
def steps() -> Any:
    return table.build(*both(overflowing()))


def test_who_sets_out_is_counted_by_way_and_by_hall(results: Results, steps: Any) -> None:
    ways = steps[steps["station"].str.contains("/from_")]["station"].value_counts()
    assert len(ways) == 5
    for name, number in ways.items():
        assert results.estimate("set_out", "way", str(name)).value == number
    to_main = ways[ways.index.str.startswith("main/")].sum()
    assert results.estimate("set_out", "branch", "main").value == to_main


def test_who_is_sent_on_by_one_hall_is_received_by_another(results: Results, steps: Any) -> None:
    sent = (steps["station"] == "north/from_main").sum()
    assert sent > 3
    assert results.estimate("sent_on", "branch", "main").value == sent
    assert results.estimate("received", "branch", "north").value == sent
    assert results.estimate("sent_on", "branch", "north").value == 0
    assert results.estimate("received", "branch", "main").value == 0


def test_everybody_sets_out_once_and_again_when_he_is_sent_on(results: Results) -> None:
    halls = ("main", "north")
    set_out = sum(results.estimate("set_out", "branch", hall).value for hall in halls)
    sent = sum(results.estimate("sent_on", "branch", hall).value for hall in halls)
    assert set_out - sent == results.estimate("visits").value


def test_travel_is_the_mean_over_all_who_set_out(results: Results, steps: Any) -> None:
    travel = {
        "main/from_town": 5,
        "main/from_hills": 9,
        "north/from_town": 8,
        "north/from_hills": 4,
        "north/from_main": 6,
    }
    on_the_way = steps["station"].map(travel).dropna()
    assert results.estimate("travel").value == pytest.approx(on_the_way.mean())


def test_a_hall_has_the_figures_of_its_counters(results: Results) -> None:
    for hall in ("main", "north"):
        for kpi in ("mean_wait", "abandonment", "joined"):
            own, there = results.estimate(kpi, "branch", hall), results.estimate(kpi, "station", f"{hall}/counter")
            assert own.value == there.value
    assert results.estimate("joined").value == sum(
        results.estimate("joined", "branch", hall).value for hall in ("main", "north")
    )


def test_the_table_has_the_halls_and_where_customers_come_from_in_both_languages(results: Results) -> None:
    for lang, words in (("en", ("By hall", "Set out/day from", "town")), ("zh", ("各营业厅", "每日出发地", "town"))):
        text = results.table(lang)
        assert all(word in text for word in words)
        assert max(map(len, text.splitlines())) <= 80


def test_the_chart_stacks_the_origins_of_each_halls_customers(results: Results) -> None:
    origins = {label.en: numbers for label, numbers in chart.origins_of(results)}
    assert list(origins) == ["town", "hills", "main"]
    assert origins["main"][0] is None
    total = sum(e.value for numbers in origins.values() for e in numbers if e is not None)
    assert total == pytest.approx(sum(results.estimate("set_out", "branch", hall).value for hall in ("main", "north")))


def test_a_single_hall_has_no_chart_of_a_network() -> None:
    hall = load({"format": 1, **lively()["halls"]["main"]})
    alone = hs.run(hall, 1, seed=1)
    assert chart.CHART.applies(Material(alone, gather(hall, alone))) == "no_network"


def test_servers_of_two_halls_are_told_apart_in_the_chart(results: Results) -> None:
    titles = [row.title for row in utilisation.rows_of(results, "en")]
    assert len(set(titles)) == len(titles)
    assert {title.partition(":")[0] for title in titles} == {"main", "north"}
