"""Horizons through runs, comparisons, logs, traces and charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hallsim as hs
from hallsim.charts import Material
from hallsim.charts.horizon import CHART, days_of
from hallsim.cli.options import Language
from hallsim.cli.run import write_log
from hallsim.errors import UsageError
from hallsim.experiment import Results, measure
from hallsim.experiment.days import replications_of
from hallsim.experiment.profile import gather
from hallsim.scenario import check, load
from hallsim.trace import trace
from hallsim.visits import load as load_visits
from tests.charted import BY_NAME, data

ROOT = Path(__file__).parents[1]
WEEKS: dict[str, Any] = {
    "open": "09:00-11:00",
    "arrivals": {"rate": "20/h"},
    "stations": {"counter": {"servers": 1, "time": "exponential 4 min", "patience": "exponential 5 min"}},
    "horizon": {"days": 5, "warm_up": 1},
    "returns": {"gave_up": {"share": "80 %", "after": {1: "50 %", 2: "rest"}}, "served": "5 %"},
}


@pytest.fixture(scope="module")
def results() -> Results:
    return hs.run(load(WEEKS), replications=30, seed=4, jobs=1, keep_log=True)


def test_as_many_horizons_are_run_as_make_the_usual_days_and_never_fewer_than_thirty() -> None:
    assert replications_of(load(WEEKS).model, None) == 40
    assert replications_of(load({**WEEKS, "horizon": {"weeks": 4}}).model, None) == 30


def test_the_table_counts_horizons_and_names_why_people_come_again(results: Results) -> None:
    text = results.table()
    assert "30 horizons" in text
    assert "gave up waiting: will come again" in text
    assert "By kind of day" not in text
    assert "30 个周期" in results.table(lang="zh")


def test_a_log_names_days_and_persons(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "weeks.parquet"
    assert write_log(load(WEEKS), results, path, Language.en)
    visits = load_visits(path)
    assert sorted(visits["replication"].unique()) == list(range(30))
    assert sorted(visits["day"].unique()) == [1, 2, 3, 4, 5]
    again = visits[visits["source"] == "returns"]
    assert set(again["person"]) <= set(visits.loc[visits["source"] != "returns", "person"])
    first = visits.groupby("person")["day"].min()
    assert (again["day"].to_numpy() > first[again["person"]].to_numpy()).all()


def test_the_log_of_the_compiled_engine_is_simulated_once_more_day_by_day(results: Results, tmp_path: Path) -> None:
    hall = load(WEEKS)
    write_log(hall, results, tmp_path / "kept.parquet", Language.en)
    write_log(hall, hs.run(hall, replications=30, seed=4, jobs=1), tmp_path / "again.parquet", Language.en)
    assert load_visits(tmp_path / "kept.parquet").equals(load_visits(tmp_path / "again.parquet"))


def test_a_trace_counts_days_through_one_horizon_after_the_other() -> None:
    found = trace(load(WEEKS), seed=4, replication=7)
    assert found.equal
    logs = list(hs.replicate(load(WEEKS), replications=2, seed=4))
    assert f"{len(logs[7].rows)} steps" in found.text


def test_charts_of_single_days_take_whole_horizons_and_count_days(results: Results) -> None:
    profile = gather(load(WEEKS), results, days=1)
    assert profile.n_days == 2 * 4  # the first of five days is warm-up
    made = Material(results, profile)
    said = BY_NAME["crowd"].about(made, "en")
    assert "the mean of the days" in said
    assert f"From the first 2 of {results.replications} horizons." in said


def test_halls_are_compared_horizon_by_horizon(results: Results) -> None:
    found = hs.compare(load(WEEKS), variants={"nobody": "returns.gave_up=0 %"}, replications=30, seed=4, jobs=1)
    assert found.results[0].estimate("visits").value == results.estimate("visits").value
    assert "30 horizons" in found.table()
    with pytest.raises(UsageError, match="cannot be compared: their horizons are not of one length"):
        hs.compare(load(WEEKS), variants={"longer": "horizon.days=6"}, replications=3, seed=4, jobs=1)


def test_shifts_are_not_planned_for_days_that_hang_together() -> None:
    given = {**WEEKS, "targets": {"all": {"wait": "90 % within 10 min"}}}
    with pytest.raises(UsageError, match="shifts are planned for days that stand alone"):
        hs.staff(load(given))


def test_an_end_that_no_visit_has_is_warned_of() -> None:
    found = [str(c.message) for c in check({**WEEKS, "returns": {"diverted": "20 %", "gave_up": "10 %"}}) if c.warning]
    assert "has no effect: no visit to this hall ends so" in found


def test_the_chart_shows_every_day_after_the_warm_up(results: Results) -> None:
    made = Material(results, gather(load(WEEKS), results))
    assert CHART.applies(made) == ""
    assert [day.number for day in days_of(results)] == [1, 2, 3, 4]
    lines = [t for t in data(CHART.figure(made, "en")) if t.get("mode") == "lines+markers"]
    assert [t["x"] for t in lines] == [[2, 3, 4, 5]] * 3
    visits = [results.estimate("visits", days=day.name).value for day in days_of(results)]
    assert lines[0]["y"] == pytest.approx(visits, rel=1e-5)
    for lang in ("en", "zh"):
        assert CHART.finding(made, lang)
        assert CHART.about(made, lang)


def test_the_chart_does_not_speak_of_returns_where_nobody_comes_again(results: Results) -> None:
    hall = load({key: value for key, value in WEEKS.items() if key != "returns"})
    alone = hs.run(hall, replications=3, seed=4, jobs=1)
    for lang, word in (("en", "return visits"), ("zh", "复访")):
        assert word in CHART.finding(Material(results, gather(load(WEEKS), results)), lang)
        assert word not in CHART.finding(Material(alone, gather(hall, alone)), lang)
    names = [t.get("name") for t in data(CHART.figure(Material(alone, gather(hall, alone)), "en"))]
    assert "of them return visits" not in names


def test_a_day_of_a_horizon_is_not_measured_alone(results: Results) -> None:
    with pytest.raises(UsageError, match="the days of a horizon cannot be measured one by one"):
        measure(load(WEEKS), (results.logs or [])[:1])


def test_what_customers_who_give_up_cost_the_others_next_week() -> None:
    # look at: the promise of 90 % within 10 min is kept while nobody comes again, and broken when six in ten do
    path = ROOT / "scenarios" / "standard_hall_weeks.yaml"
    level = {}
    for share in ("60 %", "0 %"):
        found = hs.run(load(path, set_=[f"returns.gave_up.share={share}"]), replications=40, seed=1, jobs=1)
        level[share] = found.estimate("service_level", within_min=10.0)
    assert level["60 %"].high < 0.9 < level["0 %"].value
