"""The bank's telephone log, three months of 1999, read as visits: its published and recomputed figures, to the digit.

The log is the Technion's "AnonymousBank"; Brown et al. 2005 (JASA 100:36-50) describe the whole year. Its
working week is Sunday to Thursday. Skipped where the log is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim import logs
from hallsim.calibrate.arrivals import poisson_tests, weekday_dispersion
from hallsim.calibrate.patience import exponential_mean, hazard, kaplan_meier
from hallsim.calibrate.services import distance, fit_exponential, fit_lognormal, service_times, share_below, summarise
from hallsim.calibrate.stays import stays, wait_figures

HOUR = 3600.0
MONTHS = {"february": 2, "may": 5, "july": 7}
WORKING_WEEK = (6, 0, 1, 2, 3)
"""Sunday to Thursday; 0 is Monday."""


@pytest.fixture(scope="module")
def readings(data_folder: Path) -> dict[str, tuple[pd.DataFrame, logs.CleaningReport]]:
    """Return table and cleaning report of each month."""
    return {month: logs.read("anonymousbank", data_folder / "anonymousbank" / f"{month}.txt.gz") for month in MONTHS}


@pytest.fixture(scope="module")
def calls(readings: dict[str, tuple[pd.DataFrame, logs.CleaningReport]]) -> pd.DataFrame:
    return pd.concat([table for table, _ in readings.values()], ignore_index=True)


@pytest.fixture(scope="module")
def weekday_calls(calls: pd.DataFrame) -> pd.DataFrame:
    return calls[calls["date"].dt.day_of_week.isin(WORKING_WEEK)]


@pytest.fixture(scope="module")
def joined(weekday_calls: pd.DataFrame) -> pd.DataFrame:
    """Return the calls that joined the queue in working hours, which begin at 7:00."""
    return weekday_calls[(weekday_calls["t_ticket"] >= 7 * 3600 * 1_000_000).fillna(False)]


@pytest.fixture(scope="module")
def times(calls: pd.DataFrame, weekday_calls: pd.DataFrame) -> Callable[..., np.ndarray]:
    """Return a function that gives the service times of a type of call."""

    def of(type_: str = "", working_week: bool = False) -> np.ndarray:
        table = weekday_calls if working_week else calls
        return service_times(table[table["transaction"] == type_] if type_ else table)

    return of


def in_month(table: pd.DataFrame, month: str) -> pd.DataFrame:
    return table[table["date"].dt.month == MONTHS[month]]


@pytest.mark.parametrize(
    ("month", "n_shifted", "n_whole", "n_phantom"),
    [("february", 0, 33_344, 278), ("may", 0, 39_553, 418), ("july", 6, 39_016, 378)],
)
def test_every_row_is_a_visit_but_shifted_ones_and_phantoms(
    readings: dict[str, tuple[pd.DataFrame, logs.CleaningReport]],
    month: str,
    n_shifted: int,
    n_whole: int,
    n_phantom: int,
) -> None:
    table, report = readings[month]
    assert report.count("field_count") + report.count("unknown_value") == n_shifted
    assert report.rows_read - n_shifted == n_whole
    assert report.count("not_wanted") == n_phantom
    assert len(table) == report.rows_kept == report.visits == n_whole - n_phantom


def test_there_are_as_many_services_as_were_counted(times: Callable[..., np.ndarray]) -> None:
    assert times().size == 86_376


@pytest.mark.parametrize(
    ("type_", "mean", "sd", "median"),
    [
        ("", 187.5, 263.4, 113),
        ("PS", 188.7, 232.3, 120),
        ("NW", 114.6, 157.0, 64),
        ("IN", 320.0, 965.1, 144),
        ("NE", 277.0, 334.4, 175),
    ],
)
def test_service_times_have_their_mean_deviation_and_median(
    times: Callable[..., np.ndarray], type_: str, mean: float, sd: float, median: float
) -> None:
    found = summarise(times(type_))
    assert (round(found.mean_s, 1), round(found.sd_s, 1), found.median_s) == (mean, sd, median)


def test_services_over_an_hour_inflate_type_in(times: Callable[..., np.ndarray]) -> None:
    found = times("IN")
    found = summarise(found[found <= HOUR])
    assert (round(found.mean_s, 1), round(found.sd_s, 1)) == (281.1, 420.6)


def test_one_service_in_fifteen_is_shorter_than_ten_seconds(times: Callable[..., np.ndarray]) -> None:
    assert round(100 * share_below(times(), 10.0), 2) == 6.84


@pytest.mark.parametrize(
    ("type_", "mu", "sigma", "gap"),
    [
        ("PS", 4.886, 0.898, 0.018),
        ("NE", 5.239, 0.993, 0.017),
        ("NW", 4.327, 0.934, 0.041),
        ("IN", 5.103, 1.080, 0.036),
    ],
)
def test_services_of_ten_seconds_and_more_are_near_a_lognormal_law(
    times: Callable[..., np.ndarray], type_: str, mu: float, sigma: float, gap: float
) -> None:
    sample = times(type_, working_week=True)
    sample = sample[sample >= 10.0]
    fit = fit_lognormal(sample)
    assert (round(fit.mu, 3), round(fit.sigma, 3), round(distance(sample, fit), 3)) == (mu, sigma, gap)


def test_an_exponential_law_is_six_times_as_far(times: Callable[..., np.ndarray]) -> None:
    sample = times("PS", working_week=True)
    sample = sample[sample >= 10.0]
    assert sample.size == 53_443
    assert round(distance(sample, fit_exponential(sample)), 3) == 0.104


@pytest.mark.parametrize(
    ("month", "n_days", "n", "mean", "over", "abandoned"),
    [
        ("february", 20, 28_642, 45.8, 0.576, 0.1312),
        ("may", 22, 34_902, 69.3, 0.693, 0.1955),
        ("july", 21, 33_208, 80.1, 0.729, 0.1947),
    ],
)
def test_waits_of_a_month_are_as_counted(
    joined: pd.DataFrame, month: str, n_days: int, n: int, mean: float, over: float, abandoned: float
) -> None:
    table = in_month(joined, month)
    found = wait_figures(stays(table), 5.0)
    assert (table["date"].nunique(), found.n_joined) == (n_days, n)
    assert round(found.mean_wait_s, 1) == mean
    assert round(found.share_over, 3) == over
    assert round(found.abandonment, 4) == abandoned


def test_patience_has_its_quantiles_and_its_exponential_mean(joined: pd.DataFrame) -> None:
    found = stays(joined)
    waited = found.wait_s > 0
    estimate = kaplan_meier(found.wait_s[waited], found.gave_up[waited])
    assert [estimate.quantile(share) for share in (0.10, 0.25, 0.50)] == [26, 92, 332]
    assert round(exponential_mean(found.wait_s[waited], found.gave_up[waited]), 1) == 375.0


def test_giving_up_is_likeliest_after_five_to_ten_seconds_and_then_less_and_less(joined: pd.DataFrame) -> None:
    found = stays(joined)
    waited = found.wait_s > 0
    rate = hazard(found.wait_s[waited], found.gave_up[waited], [0, 5, 10, 15, 20, 30]).rate_per_s
    assert rate.argmax() == 1
    assert (np.diff(rate[1:]) < 0).all()


@pytest.mark.parametrize(("minutes", "share"), [(6, 0.10), (30, 0.13), (60, 0.17)])
def test_arrivals_are_nearly_poisson_inside_short_pieces(
    weekday_calls: pd.DataFrame, minutes: int, share: float
) -> None:
    found = poisson_tests(weekday_calls, 7 * HOUR, 24 * HOUR, 60.0 * minutes, unit_s=1.0, seed=1)
    assert len(found) == 63
    assert sum(day.rejects() for day in found.values()) == pytest.approx(63 * share, abs=2.0)


def test_days_of_one_weekday_differ_by_much_more_than_poisson_counts(weekday_calls: pd.DataFrame) -> None:
    found = weekday_dispersion(weekday_calls, 7 * HOUR, 24 * HOUR)
    assert found.n_days.sum() == 63
    by_hour = found.index.mean(axis=0)
    assert (float(f"{by_hour.min():.0e}"), float(f"{by_hour.max():.0e}")) == (5.0, 50.0)
