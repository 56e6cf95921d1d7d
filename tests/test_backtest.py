"""Back-tests: what was put into a simulated log comes out again, other days are met; periods are read as written."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from hallsim import logs
from hallsim.calibrate.backtest import BAND, SEEDS_OF_A_FORECAST, Backtest, backtest, share_inside
from hallsim.calibrate.backtest_text import table, verdict
from hallsim.calibrate.call_order import call_order
from hallsim.calibrate.day_waits import DayWaits, hourly_half_widths, together
from hallsim.calibrate.forecast import PIECE, fit_profile, forecast, weekday_of
from hallsim.calibrate.periods import fitted_and_predicted, read_periods
from hallsim.calibrate.service_hours import SURE, fit_service_hours, hours_differ
from hallsim.calibrate.team import fit_team, sample_law
from hallsim.charts import BACKTEST_CHARTS
from hallsim.cli import exit_code
from hallsim.errors import UsageError
from hallsim.experiment.table import display_width
from hallsim.model import US_PER_HOUR, Model, Source
from hallsim.parts.distributions import Empirical
from hallsim.replay import dates_of
from hallsim.replay.team import beyond, build_by_team, read_staffed
from hallsim.report import report_backtest
from hallsim.scenario import load
from tests.logged_days import log_of

DAYS = 24
HALL = """\
format: 1
hall: Line
open: "09:00-17:00"
arrivals: {per_hour: [24, 30, 34, 32, 28, 30, 32, 26]}
segments: {gold: 30 %, plain: rest}
transactions: {cash: 60 %, loan: rest}
tickets: {G: {segments: [gold]}, P: {segments: [plain]}}
stations:
  desk:
    pools:
      juniors: {servers: [{name: An, shifts: ["09:00-13:00", "13:40-17:00"]}, {name: Bo}], calls: [P]}
      seniors: {servers: [{name: Cy}, {name: Di, shifts: ["10:00-17:00"]}], calls: [G, P], by: longest_waiting}
    time: lognormal 6 min cv 0.8
    wrap_up: exponential 30 s
    patience: exponential 20 min
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("hall") / "hall.yaml"
    path.write_text(HALL, encoding="utf-8")
    return load(path).model


@pytest.fixture(scope="module")
def log(hall: Model) -> pd.DataFrame:
    """Return three weeks and a half as a machine writes them: it names who served, and knows no wrap-up."""
    found = log_of(hall, DAYS, seed=5)
    day = pd.to_datetime("2024-03-01") + pd.to_timedelta(found["replication"].astype("int64"), unit="D")
    return found.assign(date=day, replication=pd.array([pd.NA] * len(found), dtype="Int64"), t_wrap_end=found["t_end"])


@pytest.fixture(scope="module")
def found(log: pd.DataFrame) -> Backtest:
    return backtest(log, *fitted_and_predicted("", "", dates_of(log)))


def test_a_hall_whose_services_are_all_logged_has_a_workload_of_one(found: Backtest) -> None:
    assert abs(found.workload.value - 1.0) <= 1.5 * found.workload.half_width
    assert found.workload.identifiable


def test_skills_are_found(found: Backtest) -> None:
    assert found.team.skills == {
        "An": {"P"},
        "Bo": {"P"},
        "Cy": {"G", "P"},
        "Di": {"G", "P"},
    }


def test_the_time_between_services_is_found(found: Backtest) -> None:
    n = np.count_nonzero(found.staffing.turned)
    assert abs(found.turn_around_s - 30.0) <= 3.3 * 30.0 / math.sqrt(n)


def test_days_not_seen_are_met(found: Backtest) -> None:
    (one,) = found.predictions
    assert len(one.period.dates) == DAYS // 3
    assert abs(one.difference) < 0.10
    assert abs(one.abandonment) < 0.015
    assert one.correlation > 0.94


def test_other_days_can_be_forecast_from_their_staff_alone(log: pd.DataFrame) -> None:
    found = backtest(log, *fitted_and_predicted("", "", dates_of(log)), how="forecast")
    (one,) = found.predictions
    assert abs(one.difference) < 0.25  # eight days of forty minutes' luck: the log's own mean moves by 10 %
    assert abs(one.abandonment) < 0.025
    assert one.coverage >= 0.5
    assert 0.65 <= one.arrivals_inside <= 0.95
    assert "Single days are not foreseen" in verdict(found).en


def test_the_band_of_a_forecast_holds_as_many_days_as_it_says() -> None:
    rng = np.random.default_rng(8)
    n, runs = 20_000, rng.lognormal(size=(SEEDS_OF_A_FORECAST + 1, 20_000))
    error = math.sqrt(BAND * (1.0 - BAND) / n)
    assert abs(share_inside(runs[0], runs[1:]) - BAND) < 3.3 * error


def test_an_unknown_way_to_predict_is_refused(log: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match=r"'forcast' is not a way to predict.*did you mean forecast\?"):
        backtest(log, *fitted_and_predicted("", "", dates_of(log)), how="forcast")


def test_customers_come_only_while_somebody_is_on_duty(log: pd.DataFrame) -> None:
    staffed = read_staffed(log)
    replay = build_by_team(staffed, fit_team(staffed), grain=PIECE)
    model, kept = forecast(replay, fit_profile(replay))
    assert len(kept) == DAYS
    for day in model.days:
        on = min(a for station in day.shifts for server in station for a, _ in server)
        off = max(b for station in day.shifts for server in station for _, b in server)
        pieces = [piece for source in day.sources for piece in source.pieces]
        assert on <= min(piece.start for piece in pieces) < max(piece.end for piece in pieces) <= off


def test_a_forecast_has_the_customers_of_the_days_fitted_on(log: pd.DataFrame) -> None:
    staffed = read_staffed(log)
    replay = build_by_team(staffed, fit_team(staffed))
    rates = fit_profile(replay).rates
    weekdays = [weekday_of(date) for date in dates_of(log)]
    expected = sum(rate.sum() * weekdays.count(key[0]) for key, rate in rates.items())
    assert expected == pytest.approx(sum(len(rows) for rows in replay.rows))


def test_services_that_do_not_differ_by_the_hour_are_of_one_level(log: pd.DataFrame) -> None:
    staffed = read_staffed(log)
    assert len(fit_service_hours(build_by_team(staffed, fit_team(staffed))).factors) == 1


@pytest.mark.parametrize("n_days", [3, 5, 20])
def test_hours_that_do_not_differ_are_told_apart_as_seldom_as_the_test_says(n_days: int) -> None:
    rng, repetitions, per_hour = np.random.default_rng(5), 1000, 30
    day, hour = (x.ravel() for x in np.indices((n_days, 9, per_hour))[:2])
    found = 0
    for _ in range(repetitions):
        took = rng.exponential(300.0, day.size)
        found += hours_differ(day, hour, took, np.full(day.size, took.mean()))
    assert binom.sf(found - 1, repetitions, SURE) > 0.001


def test_services_that_are_longer_in_the_afternoon_are_forecast_so(log: pd.DataFrame) -> None:
    staffed = read_staffed(log)
    replay = build_by_team(staffed, fit_team(staffed))
    noon = 13 * US_PER_HOUR

    def longer(source: Source) -> Source:
        pairs = zip(source.table_times, source.table_services, strict=True)
        return replace(source, table_services=tuple(2 * s if t >= noon and s > 0 else s for t, s in pairs))

    days = tuple(replace(day, sources=tuple(map(longer, day.sources))) for day in replay.model.days)
    changed = replace(replay, model=replace(replay.model, days=days))
    hours = fit_service_hours(changed)
    found = [hours.factors[hours.level_at(h * US_PER_HOUR)] for h in range(9, 17)]
    morning, afternoon = found[:4], found[4:]
    assert max(morning) < min(afternoon)
    assert np.mean(afternoon) / np.mean(morning) == pytest.approx(2.0, rel=0.15)
    model, _ = forecast(changed, fit_profile(changed))
    means = [model.stations[0].service[source.mix.index(1.0)].mean for source in model.sources]
    assert max(means) / min(means) > 1.8


def test_the_chance_of_an_hour_is_that_of_a_mean_of_days() -> None:
    rng = np.random.default_rng(3)
    means = []
    for _ in range(300):
        days = [DayWaits(np.full(5, 3600.0), rng.normal(60.0, 20.0) * np.ones(5), np.zeros(5, bool)) for _ in range(20)]
        means.append((together(days).wait_s.mean(), hourly_half_widths(days, range(1, 2))[0]))
    covered = np.mean([abs(mean - 60.0) <= half for mean, half in means])
    assert abs(covered - 0.95) <= 3.3 * math.sqrt(0.95 * 0.05 / 300)


def test_an_hour_of_absence_makes_the_naive_reading_wait_less(found: Backtest) -> None:
    assert found.naive.difference < 0.0
    assert found.naive.idle_share > 0.0


def test_the_head_start_of_favoured_customers_is_found(log: pd.DataFrame) -> None:
    staffed = read_staffed(log.assign(priority=pd.array([1] * len(log), dtype="Int64")))
    rng = np.random.default_rng(1)
    legs = staffed.legs
    # favour at random, and let every favoured customer have come 3 minutes later than the calls have him
    favoured = (rng.random(len(legs.row)) < 0.4).astype(np.int64)
    later = np.where(
        favoured == 1,
        np.minimum(legs.ticket + 180_000_000, np.where(legs.begin >= 0, legs.begin, legs.end)),
        legs.ticket,
    )
    order = call_order(replace(staffed, legs=legs._replace(ticket=later), favoured=favoured))
    assert 165 <= order.head_start / 1e6 <= 195
    assert order.explained > order.first_come


def test_a_log_without_favoured_customers_has_no_head_start(found: Backtest) -> None:
    assert found.team.head_start == 0


def test_draws_beyond_a_wait_follow_the_law_that_is_left() -> None:
    law = Empirical((10.0, 20.0, 30.0, 40.0))
    drawn = beyond(law, np.full(4000, 20), np.random.default_rng(1).random(4000))
    assert set(drawn.tolist()) == {30, 40}
    assert abs((drawn == 30).mean() - 0.5) < 3.3 * 0.5 / math.sqrt(4000)


def test_who_has_borne_more_than_any_patience_bears_a_moment_more() -> None:
    assert beyond(Empirical((10.0, 20.0)), np.array([50]), np.array([0.5])).tolist() == [51]


def test_a_law_of_many_services_keeps_their_mean() -> None:
    sample = np.random.default_rng(1).integers(1, 10**9, 12_345)
    assert sample_law(sample).mean == pytest.approx(sample.mean(), rel=1e-12)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_fits_into_80_columns(found: Backtest, lang: str) -> None:
    assert max(display_width(line) for line in table(found, lang).splitlines()) <= 80


def test_the_verdict_names_the_accuracy_to_expect(found: Backtest) -> None:
    assert f"within about {100 * found.accuracy:.0f} %" in verdict(found).en


def test_the_page_of_a_back_test_has_the_hours_of_the_log_beside_the_simulation(
    found: Backtest, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    report_backtest(found, page)
    html = page.read_text(encoding="utf-8")
    assert 'id="chart-backtest-hours"' in html
    assert verdict(found).zh in html
    log, simulation = (t for t in BACKTEST_CHARTS[0].figure(found, "en").data if t.mode == "lines+markers")
    assert log.y[0] == pytest.approx(found.predictions[0].hours[0].observed_s / 60.0, rel=1e-5)
    assert simulation.y[0] == pytest.approx(found.predictions[0].hours[0].simulated_s / 60.0, rel=1e-5)


def test_figures_are_plain_json(found: Backtest) -> None:
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["predictions"][0]["observed"]["n"] > 0


def test_a_period_is_a_month_a_day_or_a_stretch_of_days() -> None:
    dates = ["2024-03-30", "2024-03-31", "2024-04-01", "2024-04-02"]
    found = read_periods("2024-03, 2024-04-02, 2024-03-31..2024-04-01", dates)
    assert [len(period.dates) for period in found] == [2, 1, 2]


def test_a_period_that_the_log_does_not_have_is_named_with_the_nearest_month() -> None:
    with pytest.raises(UsageError, match=r"'2024-30' names no day of the log.*did you mean 2024-03\?"):
        read_periods("2024-30", ["2024-03-30"])


def test_no_day_is_both_fitted_on_and_predicted() -> None:
    with pytest.raises(UsageError, match="2024-03-30 is both fitted on and predicted"):
        fitted_and_predicted("2024-03", "2024-03-30", ["2024-03-30", "2024-03-31"])


def test_a_raw_log_without_a_mapping_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = tmp_path / "log.csv"
    raw.write_text("a,b\n", encoding="utf-8")
    assert exit_code(["backtest", str(raw)]) == 2
    assert "is a raw log; --mapping says how to read it" in capsys.readouterr().err


@pytest.mark.slow
def test_the_bank_s_july_is_forecast_from_february_and_may(data_folder: Path) -> None:
    months = [data_folder / "anonymousbank" / f"{month}.txt.gz" for month in ("february", "may", "july")]
    visits, _ = logs.read("anonymousbank", months)
    found = backtest(visits, *fitted_and_predicted("1999-02,1999-05", "1999-07", dates_of(visits)), how="forecast")
    (july,) = found.predictions
    assert abs(july.difference) <= 0.15
    assert abs(july.abandonment) <= 0.025
    assert july.profile <= 0.25
    assert july.met >= 0.75
    assert 0.7 <= july.arrivals_inside <= 0.9


@pytest.mark.slow
def test_the_bank_calibrated_on_february_meets_may_and_july(data_folder: Path) -> None:
    months = [data_folder / "anonymousbank" / f"{month}.txt.gz" for month in ("february", "may", "july")]
    visits, _ = logs.read("anonymousbank", months)
    found = backtest(visits, *fitted_and_predicted("1999-02", "1999-05,1999-07", dates_of(visits)))
    assert found.team.head_start == 90_000_000  # as the bank's documentation has it
    assert not found.naive.adequate
    for one in found.predictions:
        assert abs(one.difference) <= 0.10
        assert abs(one.abandonment) <= 0.015
        assert one.correlation >= 0.94
