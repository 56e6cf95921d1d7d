"""Charts of a sweep: what they show is what was found, in both languages, and names stay names."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from hallsim.charts import SWEEP_CHARTS, SweepChart, SweepMaterial
from hallsim.experiment.sweeps.pareto import front
from tests.charted import HOSTILE, data, read, texts
from tests.test_sweep_findings import made

BY_NAME = {chart.name: chart for chart in SWEEP_CHARTS}


@pytest.fixture(scope="module")
def material() -> SweepMaterial:
    """Return a sweep over five counters and three words."""
    points = list(product([2.0, 3.0, 4.0, 5.0, 6.0], ["slow", "usual", "quick"]))
    speed = {"slow": 1.1, "usual": 1.0, "quick": 0.9}
    values = [(12.0 * speed[w] / x, 0.2 * speed[w] / x, 540.0 * x) for x, w in points]
    return SweepMaterial(made({"counters": [p[0] for p in points], "pace": [p[1] for p in points]}, values), 0)


@pytest.mark.parametrize("chart", SWEEP_CHARTS, ids=lambda chart: chart.name)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_chart_is_drawn_with_texts_over_its_points(chart: SweepChart, lang: str, material: SweepMaterial) -> None:
    assert chart.applies(material)
    figure = chart.figure(material, lang)
    assert any(trace.get("hovertext") for trace in data(figure))
    assert chart.finding(material, lang)
    assert chart.about(material, lang)


def test_bars_run_between_the_means_of_the_levels(material: SweepMaterial) -> None:
    first = data(BY_NAME["sweep-effects"].figure(material, "en"))[0]
    waits, counters = material.found.values[:, 0], material.found.factors[0].values
    assert first["base"][0] == pytest.approx(waits[counters == 6.0].mean(), rel=1e-5)
    assert first["base"][0] + first["x"][0] == pytest.approx(waits[counters == 2.0].mean(), rel=1e-5)


def test_cells_are_the_means_of_their_points(material: SweepMaterial) -> None:
    heat = data(BY_NAME["sweep-surface"].figure(material, "en"))[0]
    assert np.array(heat["z"]).shape == (3, 5)
    assert sorted(x for row in heat["z"] for x in row) == pytest.approx(sorted(material.found.values[:, 0]), rel=1e-5)


def test_a_range_is_drawn_as_its_fitted_surface() -> None:
    x, y = np.random.default_rng(4).uniform(0.0, 1.0, (2, 60))
    values = [(5.0 + a - b + a * b, 0.1, 100.0) for a, b in zip(x, y, strict=True)]
    fitted = SweepMaterial(made({"x": x.tolist(), "y": y.tolist()}, values), 0)
    chart = BY_NAME["sweep-surface"]
    assert len(data(chart.figure(fitted, "en"))[0]["z"]) == 25
    assert "The surface explains 100.0 % of the variation" in chart.about(fitted, "en")


def test_the_front_is_drawn_whole(material: SweepMaterial) -> None:
    rows = front(material.found)
    drawn = next(t for t in data(BY_NAME["sweep-front"].figure(material, "en")) if t.get("hovertext"))
    assert len(drawn["x"]) == len(rows)
    assert f"Point {material.found.designs[rows[0]]}" in read(drawn["hovertext"][0])


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_names_stay_names(name: str) -> None:
    points = list(product([2.0, 3.0, 4.0], [name, "b"]))
    values = [(12.0 / x + (w == "b"), 0.1 / x, 540.0 * x) for x, w in points]
    hostile = SweepMaterial(made({name: [p[0] for p in points], "word": [p[1] for p in points]}, values), 0)
    for chart in SWEEP_CHARTS:
        shown = texts(chart.figure(hostile, "en").to_plotly_json())
        assert not any(mark in text for text in shown for mark in ("<script", "<b>", "<i>"))


@pytest.mark.parametrize("chart", SWEEP_CHARTS, ids=lambda chart: chart.name)
def test_one_point_is_not_drawn(chart: SweepChart) -> None:
    assert not chart.applies(SweepMaterial(made({"counters": [3.0]}, [(1.0, 0.1, 2.0)]), 0))
