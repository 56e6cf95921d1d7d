"""Arrivals: un-rounding, Brown's test, dispersion across days."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from hallsim.calibrate.arrivals import (
    arrival_times,
    dispersion_index,
    poisson_test,
    poisson_tests,
    to_exponentials,
    unround,
    weekday_dispersion,
)
from hallsim.errors import CalibrationError
from hallsim.visits import frame

HOUR = 3600.0
PER_HOUR = (20, 60, 90, 40, 70, 30)
"""Rates of six hours from 8:00; they change at full hours only."""


def poisson_day(rng: np.random.Generator, per_hour: tuple[float, ...] = PER_HOUR) -> np.ndarray:
    """Return arrival times in seconds since midnight."""
    counts = rng.poisson(per_hour)
    return np.concatenate([8 * HOUR + HOUR * (i + rng.random(n)) for i, n in enumerate(counts)])


def table(days: dict[str, list[float]]) -> pd.DataFrame:
    """Return a table of visits of one step, arriving at the given seconds of the dates."""
    rows = [(date, i, round(t * 1e6)) for date, times in days.items() for i, t in enumerate(times)]
    columns = {
        "date": np.array([date for date, _, _ in rows], dtype="datetime64[us]"),
        "visit": [i for _, i, _ in rows],
        "step": [0] * len(rows),
        "t_arrive": [t for _, _, t in rows],
    }
    return frame(columns)


def test_one_piece_comes_out_as_by_hand() -> None:
    # what is left of the hour after each customer: 3/4, then 1/2
    found = to_exponentials([1800.0, 900.0], 0.0, HOUR, HOUR)
    assert found == pytest.approx([2 * math.log(4 / 3), math.log((3 / 4) / (1 / 2))])


def test_every_piece_begins_anew() -> None:
    found = to_exponentials([900.0, HOUR + 1800.0, 3 * HOUR + 900.0], 0.0, 4 * HOUR, HOUR)
    assert found == pytest.approx([math.log(4 / 3), math.log(2), math.log(4 / 3)])


def test_a_customer_at_the_beginning_of_a_piece_belongs_to_it() -> None:
    assert to_exponentials([HOUR], 0.0, 2 * HOUR, HOUR) == pytest.approx([0.0])


def test_times_outside_the_stretch_are_left_out() -> None:
    inside = to_exponentials([1.5 * HOUR], HOUR, 2 * HOUR, HOUR)
    assert to_exponentials([0.5 * HOUR, 1.5 * HOUR, 2 * HOUR], HOUR, 2 * HOUR, HOUR).tolist() == inside.tolist()


def test_poisson_days_are_rejected_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(21)
    n = 600
    rejected = sum(poisson_test(poisson_day(rng), 8 * HOUR, 14 * HOUR, HOUR).rejects() for _ in range(n))
    assert rejected / n == pytest.approx(0.05, abs=3.3 * math.sqrt(0.05 * 0.95 / n))  # 0.029


def test_un_rounded_minutes_of_poisson_days_are_rejected_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(22)
    n, rejected = 300, 0
    for i in range(n):
        cut = np.floor(poisson_day(rng) / 60) * 60
        rejected += poisson_test(unround(cut, 60, i), 8 * HOUR, 14 * HOUR, HOUR).rejects()
    assert rejected / n == pytest.approx(0.05, abs=3.3 * math.sqrt(0.05 * 0.95 / n))  # 0.042


def test_times_cut_to_minutes_and_left_so_are_rejected() -> None:
    cut = np.floor(poisson_day(np.random.default_rng(23), (90,) * 6) / 60) * 60
    assert poisson_test(cut, 8 * HOUR, 14 * HOUR, HOUR).rejects()


def test_regular_arrivals_are_rejected() -> None:
    every_minute = 8 * HOUR + 60.0 * np.arange(360) + 30.0
    assert poisson_test(every_minute, 8 * HOUR, 14 * HOUR, HOUR).p_value < 1e-6


def test_arrivals_in_pairs_are_rejected() -> None:
    day = poisson_day(np.random.default_rng(24))
    assert poisson_test(np.concatenate([day, day + 1.0]), 8 * HOUR, 14 * HOUR, HOUR).p_value < 1e-6


def test_a_piece_that_is_longer_than_the_rate_is_constant_is_rejected() -> None:
    day = poisson_day(np.random.default_rng(25), (10, 20, 200, 20, 10, 10))
    assert not poisson_test(day, 8 * HOUR, 14 * HOUR, HOUR).rejects()
    assert poisson_test(day, 8 * HOUR, 14 * HOUR, 6 * HOUR).p_value < 1e-6


def test_the_distance_is_that_to_the_exponential_law() -> None:
    found = poisson_test([900.0], 0.0, HOUR, HOUR)  # the value log(4/3), where the law has reached 1/4
    assert (found.n, found.distance) == (1, pytest.approx(0.75))


def test_un_rounding_stays_inside_the_unit_and_rises() -> None:
    cut = np.array([600.0, 540.0, 600.0, 600.0])
    fine = unround(cut, 60, 1)
    assert (np.floor(fine / 60) * 60).tolist() == sorted(cut)
    assert (np.diff(fine) > 0).all()


def test_un_rounding_is_the_same_for_the_same_seed_only() -> None:
    assert unround([0.0, 1.0], 1, 7).tolist() == unround([0.0, 1.0], 1, 7).tolist()
    assert unround([0.0, 1.0], 1, 7).tolist() != unround([0.0, 1.0], 1, 8).tolist()


def test_a_day_is_tested_the_same_whatever_other_days_there_are() -> None:
    rng = np.random.default_rng(26)
    days = {f"2024-03-0{i}": np.floor(poisson_day(rng)).tolist() for i in (4, 5)}
    both = poisson_tests(table(days), 8 * HOUR, 14 * HOUR, HOUR)
    alone = poisson_tests(table({"2024-03-05": days["2024-03-05"]}), 8 * HOUR, 14 * HOUR, HOUR)
    assert both[datetime.date(2024, 3, 5)] == alone[datetime.date(2024, 3, 5)]
    assert list(both) == [datetime.date(2024, 3, 4), datetime.date(2024, 3, 5)]


def test_arrival_times_are_by_date_and_count_a_visit_once() -> None:
    visits = table({"2024-03-05": [30.0, 10.0], "2024-03-04": [20.0]})
    second_step = visits.iloc[:1].assign(step=1)
    found = arrival_times(pd.concat([visits, second_step]))
    assert {day.isoformat(): times.tolist() for day, times in found.items()} == {
        "2024-03-04": [20.0],
        "2024-03-05": [10.0, 30.0],
    }


def test_dispersion_is_variance_over_mean() -> None:
    assert dispersion_index([[1, 5], [3, 5], [5, 5]]).tolist() == [4 / 3, 0.0]


def test_dispersion_of_poisson_counts_is_about_1_and_of_days_with_a_factor_more() -> None:
    rng = np.random.default_rng(27)
    n_days, n_bins = 60, 40
    error = math.sqrt(2 / (n_days - 1) / n_bins)  # of the mean index
    plain = dispersion_index(rng.poisson(50, (n_days, n_bins)))
    assert plain.mean() == pytest.approx(1.0, abs=3.3 * error)  # 0.1
    factor = rng.gamma(25.0, 1 / 25.0, (n_days, n_bins))
    assert dispersion_index(rng.poisson(50 * factor)).mean() == pytest.approx(1 + 50 / 25, abs=0.5)


def test_dispersion_of_one_day_or_of_nobody_is_not_a_number() -> None:
    assert np.isnan(dispersion_index([[3, 4]])).all()
    assert np.isnan(dispersion_index([[0, 1], [0, 3]])).tolist() == [True, False]


def test_dispersion_by_weekday_puts_equal_weekdays_together() -> None:
    visits = table(
        {
            "2024-03-04": [8 * HOUR, 8.5 * HOUR, 9 * HOUR],  # a Monday
            "2024-03-05": [8.2 * HOUR],
            "2024-03-11": [9.9 * HOUR, 10 * HOUR],  # a Monday; 10:00 is outside
        }
    )
    found = weekday_dispersion(visits, 8 * HOUR, 10 * HOUR)
    assert (found.weekday.tolist(), found.n_days.tolist()) == ([0, 1], [2, 1])
    assert found.start_s.tolist() == [8 * HOUR, 9 * HOUR]
    assert found.mean.tolist() == [[1.0, 1.0], [1.0, 0.0]]
    assert found.index[0].tolist() == [2.0, 0.0]
    assert np.isnan(found.index[1]).all()


def test_a_stretch_that_is_no_multiple_of_the_piece_is_refused() -> None:
    with pytest.raises(CalibrationError, match=r"^the stretch of 3600 s is not a multiple of pieces of 1000 s$"):
        to_exponentials([1.0], 0.0, HOUR, 1000.0)
    with pytest.raises(CalibrationError, match=r"not a multiple of pieces of 0 s$"):
        to_exponentials([1.0], 0.0, HOUR, 0.0)
    with pytest.raises(CalibrationError, match=r"^a stretch of the day must end after it begins, not 10 s to 10 s$"):
        to_exponentials([1.0], 10.0, 10.0, 1.0)


def test_a_day_without_customers_is_refused_by_date() -> None:
    message = r"^2024-03-04: nobody came from 28800 s to 50400 s: there is nothing to test$"
    with pytest.raises(CalibrationError, match=message):
        poisson_tests(table({"2024-03-04": [60.0]}), 8 * HOUR, 14 * HOUR, HOUR)


def test_a_clock_finer_than_its_stated_unit_is_refused() -> None:
    message = r"^2 of 3 times are no multiples of the clock's unit of 60 s, first 61 s$"
    with pytest.raises(CalibrationError, match=message):
        unround([60.0, 61.0, 60.000001], 60, 1)
    with pytest.raises(CalibrationError, match=r"^the clock's unit must be above 0 s, not 0 s$"):
        unround([60.0], 0, 1)


def test_visits_without_date_or_arrival_are_refused() -> None:
    visits = table({"2024-03-04": [60.0, 61.0]})
    with pytest.raises(CalibrationError, match=r"^2 of 2 visits have no date$"):
        arrival_times(visits.assign(date=pd.NaT))
    visits.loc[0, "t_arrive"] = pd.NA
    with pytest.raises(CalibrationError, match=r"^1 of 2 visits have no time of arrival$"):
        arrival_times(visits)


def test_counts_without_days_are_refused() -> None:
    with pytest.raises(CalibrationError, match=r"^counts must have days and bins, two dimensions, not 1$"):
        dispersion_index([1, 2])
    with pytest.raises(CalibrationError, match=r"^there is no visit to count$"):
        weekday_dispersion(table({"2024-03-04": [60.0]}).iloc[:0], 0.0, HOUR)
