"""The chart of persons and their habit over the days of a horizon."""

from __future__ import annotations

import pytest

import hallsim as hs
from hallsim.charts import Material
from hallsim.charts.base import LANGUAGES
from hallsim.experiment.profile import gather
from hallsim.scenario import load
from tests.charted import BY_NAME, data
from tests.test_persons import HABIT, hall

CHART = BY_NAME["habit"]


def made(**persons: object) -> Material:
    scenario = load(hall(20, **persons))
    results = hs.run(scenario, replications=8, jobs=1)
    return Material(results, gather(scenario, results))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_day_shows_the_figures_of_its_persons(lang: str) -> None:
    material = made(habit=HABIT)
    results = material.results
    lines = [t["y"] for t in data(CHART.figure(material, lang)) if t.get("mode") == "lines+markers"]
    days = [f"day {i}" for i in range(1, 6)]
    for line, kpi in zip(lines, ("with_habit", "met_electronically"), strict=True):
        assert line == pytest.approx([100 * results.estimate(kpi, days=day).value for day in days], rel=1e-5)


def test_the_title_says_how_many_got_used_to_electronic_channels() -> None:
    material = made(habit=HABIT)
    said = CHART.finding(material, "en").replace("\u00a0", " ")
    last = 100 * material.results.estimate("with_habit", days="day 5").value
    assert said.startswith("From day 1 to day 5 persons with an electronic habit go from 0.00 %")
    assert f"to {last:.1f} %" in said


def test_who_is_made_no_offer_is_drawn_only_where_offers_are_capped() -> None:
    names = [t.get("name") for t in data(CHART.figure(made(cap={"offers": 1, "within": "30 days"}), "en"))]
    assert "Persons who are made no offer" not in names  # its panel is named, as it has one curve
    both = made(habit=HABIT, cap={"offers": 1, "within": "30 days"})
    assert "Persons who are made no offer" in [t.get("name") for t in data(CHART.figure(both, "en"))]


def test_a_hall_without_persons_has_no_such_chart() -> None:
    scenario = load({key: value for key, value in hall().items() if key != "persons"})
    results = hs.run(scenario, replications=2, jobs=1)
    assert CHART.applies(Material(results, gather(scenario, results))) == "no_persons"
