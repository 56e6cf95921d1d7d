"""Figures by kind of day: of day types, and with and without campaigns; in tables, JSON, charts and on the page."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.charts import Material
from hallsim.charts.by_days import CHART, rows_of
from hallsim.day_types import kinds_of_days
from hallsim.errors import UsageError
from hallsim.experiment import Results, measure, replicate, run
from hallsim.experiment.by_days import groups_of
from hallsim.experiment.figures import figures_of
from hallsim.experiment.paired import paired
from hallsim.experiment.profile import gather
from hallsim.experiment.same_days import same_days
from hallsim.experiment.table import display_width
from hallsim.report import render
from hallsim.scenario import Scenario, load
from tests.report_pages import read

HALL: dict[str, Any] = {
    "open": "09:00-12:00",
    "transactions": {"payment": "50 %", "plan": "rest"},
    "arrivals": {"rate": "20/h"},
    "stations": {"counter": {"servers": 2, "time": "exponential 5 min", "patience": "exponential 20 min"}},
    "day_types": {
        "weekday": {"share": "70 %", "label": {"en": "weekday", "zh": "工作日"}},
        "payment_peak": {"share": "rest", "demand": 1.5, "label": {"en": "payment peak", "zh": "缴费高峰"}},
    },
    "campaigns": {
        "province": {"on": ["payment_peak"], "lift": "20 %", "label": {"en": "handsets", "zh": "购机优惠"}},
        "city": {"lift": "10 %"},
    },
}
DAYS = 40
NAMES = ["weekday", "payment_peak", "with city", "with province + city"]


@pytest.fixture(scope="module")
def hall() -> Scenario:
    return load(HALL)


@pytest.fixture
def week(tmp_path: Path) -> Scenario:
    """Return a hall with one day in seven on which five times as many come, by a calendar."""
    file = tmp_path / "week.csv"
    days = [f"2024-03-{4 + i:02d},{'busy' if i == 0 else 'plain'}" for i in range(7)]
    file.write_text("\n".join(["date,day_type", *days]) + "\n", encoding="utf-8")
    plain = {key: HALL[key] for key in ("open", "arrivals", "stations")}
    return load(plain | {"day_types": {"plain": {}, "busy": {"demand": 5}}, "calendar": str(file)})


@pytest.fixture(scope="module")
def results(hall: Scenario) -> Results:
    return run(hall, DAYS, seed=1)


@pytest.fixture(scope="module")
def material(hall: Scenario, results: Results) -> Material:
    return Material(results, gather(hall, results))


def test_days_are_grouped_by_their_type_and_by_the_campaigns_that_run(hall: Scenario) -> None:
    assert [group.name for group in groups_of(hall.model)] == NAMES
    types_only = load({key: value for key, value in HALL.items() if key != "campaigns"})
    assert [group.name for group in groups_of(types_only.model)] == NAMES[:2]


def test_a_campaign_that_does_not_always_run_leaves_days_without(hall: Scenario) -> None:
    campaigns = {"province": HALL["campaigns"]["province"]}
    groups = groups_of(load(HALL | {"campaigns": campaigns}).model)
    assert [(group.name, group.label.zh) for group in groups[2:]] == [
        ("without campaigns", "无营销活动"),
        ("with province", "购机优惠期间"),
    ]


def test_days_that_are_all_alike_are_not_grouped(small_hall: Path) -> None:
    assert run(load(small_hall), 2).day_groups == ()


@pytest.mark.parametrize("name", NAMES)
def test_figures_of_a_kind_of_day_are_those_of_its_days_alone(hall: Scenario, results: Results, name: str) -> None:
    kinds = next(group.kinds for group in results.day_groups if group.name == name)
    drawn = kinds_of_days(hall.model, 1, 0, DAYS)
    alone = measure(hall, [log for log, kind in zip(replicate(hall, DAYS), drawn, strict=True) if kind in kinds])
    expected = {(e.kpi.name, e.scope, e.item, e.within_min): e for e in alone.estimates() if e.hour is None}
    found = results.estimates(name)
    assert len(found) > 150
    for e in found:
        other = expected[e.kpi.name, e.scope, e.item, e.within_min]
        assert (e.value, e.low, e.high) == pytest.approx((other.value, other.low, other.high), rel=1e-9, nan_ok=True)
    assert set(results.summary(name)["n_replications"]) == {sum(kind in kinds for kind in drawn)}


def test_what_days_of_a_calendar_differ_by_is_not_taken_for_chance(week: Scenario) -> None:
    visits = run(week, 350, seed=2).estimate("visits")
    mean = 60.0 * (6 + 5) / 7
    assert visits.half_width == pytest.approx(1.97 * math.sqrt(mean / 350), rel=0.1)
    assert abs(visits.value - mean) < 3.3 * math.sqrt(mean / 350)


def test_days_that_are_no_whole_turns_of_a_calendar_are_taken_for_any(week: Scenario) -> None:
    found = run(week, 349, seed=2)
    visits = found.estimate("visits")
    assert visits.half_width == pytest.approx(1.967 * found.days[:, 0].std(ddof=1) / math.sqrt(349), rel=0.001)


def test_a_comparison_of_a_calendar_is_not_noisier_for_its_busy_days(week: Scenario) -> None:
    same = same_days([week, week.change("arrivals.rate", "22/h")], figures_of(week, ["visits"]), 70, seed=1)
    place = next(i for i, figure in enumerate(same.figures) if figure.kpi.name == "visits")
    a, b = (days[place] for days in same.days)
    assert same.kinds[1] == [0, 1, 1, 1, 1, 1, 1] * 10
    assert paired(a, b, same.kinds[1]).variance < paired(a, b).variance


def test_kept_logs_have_the_same_figures_by_kind_of_day(hall: Scenario, results: Results) -> None:
    again = measure(hall, replicate(hall, DAYS))
    for ours, theirs in zip(results.by_days, again.by_days, strict=True):
        np.testing.assert_allclose(ours.mean_n, theirs.mean_n, rtol=1e-12)
        assert ours.n == theirs.n


def test_the_number_of_threads_changes_no_bit_of_them(hall: Scenario, results: Results) -> None:
    again = run(hall, DAYS, seed=1, jobs=1)
    for ours, theirs in zip(results.by_days, again.by_days, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"days": "weekdy"}, r"'weekdy' is not a kind of day of this run.*did you mean weekday\?"),
        ({"days": "weekday", "hour": 540}, "is known of all days together only"),
        ({"kpi": "wait_p90", "days": "weekday"}, "wait_p90 by hall .* is known of all days together only"),
    ],
)
def test_what_is_not_kept_by_kind_of_day_is_refused(results: Results, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        results.estimate(**({"kpi": "mean_wait"} | asked))


@pytest.mark.parametrize(("lang", "head"), [("en", "By kind of day"), ("zh", "按日类型")])
def test_the_table_has_them_in_80_columns(results: Results, lang: str, head: str) -> None:
    lines = results.table(lang).splitlines()
    assert max(map(display_width, lines)) <= 80
    first = next(i for i, line in enumerate(lines) if line.startswith(head))
    assert [line.split()[0] for line in lines[first + 2 : first + 4]] == {
        "en": ["weekday", "payment"],
        "zh": ["工作日", "缴费高峰"],
    }[lang]
    assert lines[first + 6] == ""


def test_json_has_them_with_both_names(results: Results) -> None:
    found = json.loads(results.to_json())["days"]
    assert [(group["days"], group["name_zh"]) for group in found][1::2] == [
        ("payment_peak", "缴费高峰"),
        ("with province + city", "购机优惠＋city期间"),
    ]
    assert sum(group["replications"] for group in found) == 2 * DAYS
    (wait,) = (k for k in found[0]["kpis"] if (k["kpi"], k["scope"]) == ("mean_wait", "hall"))
    assert wait["value"] == results.estimate("mean_wait", days="weekday").value


def test_the_chart_has_a_point_for_each_and_tells_the_worst_and_the_best(material: Material) -> None:
    rows = rows_of(material.results)
    points = [trace["x"] for trace in CHART.figure(material, "en").to_plotly_json()["data"]]
    assert points == [[float(f"{100 * row.level.value:.6g}")] for row in rows]
    worst = min(rows, key=lambda row: row.level.value)
    assert f"on days “{worst.days.label.en}”" in CHART.finding(material, "en")
    assert f"“{worst.days.label.zh}”" in CHART.finding(material, "zh")


def test_the_page_has_every_figure_of_the_hall_by_kind_of_day(material: Material) -> None:
    found = read(render(material, "en")).by_days
    assert list(found) == NAMES
    for name, numbers in found.items():
        estimates = [e for e in material.results.estimates(name) if e.scope == "hall"]
        assert len(numbers) == len(estimates)
        for e in estimates:
            shown = numbers[e.kpi.name, "hall", "", None, e.within_min].exact
            assert shown == pytest.approx(e.value, rel=1e-8, nan_ok=True)
            assert not math.isnan(shown) or math.isnan(e.value)


def test_a_comparison_keeps_them_too(hall: Scenario) -> None:
    found = hs.compare(hall, variants={"one more": ("stations.counter.servers=3",)}, replications=20)
    assert [result.day_groups[0].name for result in found.results] == ["weekday", "weekday"]
