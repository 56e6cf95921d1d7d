"""Parts of a calibrated hall: opening hours, pieces, day factors, laws, patience, staffing, the calibration file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from hallsim.calibrate.hall.customers import read_customers
from hallsim.calibrate.hall.day_factors import day_cv, hour_cv
from hallsim.calibrate.hall.file import read_request
from hallsim.calibrate.hall.laws import choose, fit_laws
from hallsim.calibrate.hall.patience import GONE, GONE_BEFORE, STAYED, fit, survival
from hallsim.calibrate.hall.rates import best_pieces, fit_rates, opening
from hallsim.calibrate.hall.sample import read_sample
from hallsim.calibrate.hall.staffing import fit_posts
from hallsim.errors import ScenarioError
from hallsim.logs import read
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND
from hallsim.scenario import load
from hallsim.scenario.writing import text_of
from tests.truth_halls import CLASSES, log_of

NINE = 9 * US_PER_HOUR


def test_a_change_of_the_rate_is_found_and_a_flat_day_is_one_piece() -> None:
    rng = np.random.default_rng(1)
    flat, step = rng.poisson(20.0, (20, 8)), rng.poisson([20.0] * 4 + [30.0] * 4, (20, 8))
    assert best_pieces(flat.astype(float), np.ones(8)) == [0]
    assert best_pieces(step.astype(float), np.ones(8)) == [0, 4]


def test_opening_hours_leave_out_what_happens_on_few_days_and_bridge_a_noon_break() -> None:
    morning = np.arange(NINE, NINE + 3 * US_PER_HOUR, 5 * US_PER_MINUTE)
    day = np.concatenate([morning, morning + 5 * US_PER_HOUR])
    odd = np.append(day, NINE + 12 * US_PER_HOUR)
    assert opening([day, day, day, day, odd]) == (NINE, NINE + 8 * US_PER_HOUR)


def test_who_waits_before_the_doors_is_a_crowd_and_no_rate() -> None:
    rng = np.random.default_rng(2)
    days = [
        np.sort(np.concatenate([np.full(rng.poisson(10), NINE), rng.integers(NINE, NINE + 2 * US_PER_HOUR, 40)]))
        for _ in range(20)
    ]
    found = fit_rates([day // US_PER_SECOND * US_PER_SECOND for day in days], US_PER_SECOND)
    assert found.crowd.low < 10.0 < found.crowd.high
    assert [(rate.low < 20.0 < rate.high) for rate in found.rates] == [True]


def test_day_and_hour_factors_are_told_apart() -> None:
    rng = np.random.default_rng(3)
    days, hours = rng.gamma(25.0, 1 / 25.0, (60, 1)), rng.gamma(11.0, 1 / 11.0, (60, 8))
    counts = rng.poisson(40.0 * days * hours).astype(float)
    of_hours = hour_cv(counts)
    assert of_hours.low < 0.3015 < of_hours.high
    of_days = day_cv(counts.sum(axis=1), of_hours.value**2 / 8)
    assert of_days.low < 0.2 < of_days.high
    poisson = rng.poisson(40.0, (60, 8)).astype(float)
    assert hour_cv(poisson).low == day_cv(poisson.sum(axis=1)).low == 0.0


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("exponential", lambda rng: rng.exponential(300.0, 3000)),
        ("lognormal", lambda rng: rng.lognormal(5.0, 0.7, 3000)),
        ("gamma", lambda rng: rng.gamma(3.0, 100.0, 3000)),
        ("weibull", lambda rng: 300.0 * rng.weibull(2.0, 3000)),
        ("mixture", lambda rng: np.where(rng.random(3000) < 0.07, 10 * rng.random(3000), rng.lognormal(5, 0.8, 3000))),
    ],
)
def test_the_law_that_made_a_sample_is_chosen_with_the_samples_mean(name: str, draw) -> None:  # type: ignore[no-untyped-def]
    sample = draw(np.random.default_rng(4))
    taken = choose(fit_laws(sample))
    assert taken.name == name
    assert taken.matches
    assert taken.mean.low < sample.mean() < taken.mean.high


def test_a_sample_like_no_law_is_taken_as_it_is() -> None:
    rng = np.random.default_rng(5)
    two = np.where(rng.random(2000) < 0.9, rng.normal(60.0, 3.0, 2000), rng.normal(1800.0, 30.0, 2000))
    taken = choose(fit_laws(two))
    assert (taken.name, taken.matches) == ("empirical", True)


def test_few_odd_services_get_a_law_that_says_how_far_it_is_off() -> None:
    rng = np.random.default_rng(6)
    two = np.where(rng.random(300) < 0.97, rng.normal(20.0, 1.0, 300), rng.normal(3600.0, 30.0, 300))
    assert not choose(fit_laws(two)).matches


def test_turnbulls_estimate_is_kaplan_and_meiers_where_leavers_are_seen() -> None:
    from hallsim.calibrate.patience import kaplan_meier

    rng = np.random.default_rng(7)
    patience, called = rng.exponential(300.0, 500), rng.exponential(200.0, 500)
    wait, gone = np.minimum(patience, called), patience <= called
    time, alive = survival(wait, np.where(gone, GONE, STAYED))
    assert alive == pytest.approx(kaplan_meier(wait, gone).survival_at(time), abs=2e-3)


def test_turnbulls_estimate_with_silent_leavers_alone_is_isotonic_regression() -> None:
    from scipy.optimize import isotonic_regression

    rng = np.random.default_rng(8)
    patience, called = rng.weibull(1.5, 300) * 300.0, np.ceil(rng.exponential(30.0, 300)) * 10.0
    before = patience < called
    at, size = np.unique(called, return_counts=True)
    gone = np.array([before[called == t].mean() for t in at])
    time, alive = survival(called, np.where(before, GONE_BEFORE, STAYED))
    witness = 1.0 - isotonic_regression(gone, weights=size).x
    often = size[np.searchsorted(at, time)] >= 5
    assert alive[often] == pytest.approx(witness[np.searchsorted(at, time)][often], abs=0.01)


def test_patience_with_silent_leavers_has_the_weibull_law_of_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines", reason="lifelines is not installed")
    rng = np.random.default_rng(8)
    patience, called = rng.weibull(1.5, 600) * 300.0, rng.exponential(300.0, 600)
    before = patience < called
    found = fit(called, np.where(before, GONE_BEFORE, STAYED))
    oracle = lifelines.WeibullFitter().fit_interval_censoring(
        np.where(before, 0.0, called), np.where(before, called, np.inf)
    )
    assert found is not None
    assert found.absent.value == 0.0
    assert found.shape.value == pytest.approx(oracle.rho_, rel=0.01)
    assert found.mean.value == pytest.approx(oracle.lambda_ * math.gamma(1.0 + 1.0 / oracle.rho_), rel=0.01)


def test_patience_is_found_though_leavers_keep_their_numbers() -> None:
    rng = np.random.default_rng(9)
    patience, called = rng.weibull(1.5, 4000) * 600.0, rng.exponential(300.0, 4000)
    found = fit(called, np.where(patience < called, GONE_BEFORE, STAYED))
    assert found is not None
    assert found.silent
    assert found.mean.low < 600.0 * 0.9027 < found.mean.high
    assert found.shape.low < 1.5 < found.shape.high


def test_calls_that_nobody_answers_whatever_the_wait_are_told_from_patience() -> None:
    rng = np.random.default_rng(10)
    patience, called = rng.exponential(1200.0, 6000), rng.exponential(300.0, 6000)
    away = (rng.random(6000) < 0.08) | (patience < called)
    found = fit(called, np.where(away, GONE_BEFORE, STAYED))
    assert found is not None
    assert found.absent.low < 0.08 < found.absent.high


def test_speeds_ranks_and_regular_servers_are_read_off_a_log(tmp_path: Path) -> None:
    from hallsim.calibrate.hall.services import fit_services

    sample = read_sample(read("ticket_machine", log_of(CLASSES, 3, tmp_path / "log.csv", days=10))[0])
    assert sample.names.ticket_classes == ("A", "V")
    assert read_customers(sample).ranks == (1, 0)
    services = fit_services(sample, 0)
    assert services.by == ("ticket_class",)
    assert services.speeds_differ
    for i, speed in enumerate((1.2, 1.0, 0.8)):
        assert services.speeds[i][0].value == pytest.approx(speed, rel=0.12)
    posts = fit_posts(sample, 0, tuple(range(10)), NINE, NINE + 4 * US_PER_HOUR)
    assert posts.regular == (0, 1, 2)
    given = {day: [(NINE, NINE + 2 * US_PER_HOUR)] * 2 for day in range(10)}
    posts = fit_posts(sample, 0, tuple(range(10)), NINE, NINE + 4 * US_PER_HOUR, given)
    assert posts.total()[:4] == (2, 2, 2, 2)


def test_a_calibration_file_names_logs_beside_it_and_complains_of_everything_at_once(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("日期,日类型\n2024-03-04,peak\n", encoding="utf-8")
    (tmp_path / "roster.csv").write_text("date,start,end\n2024-03-04,09:00,12:30\n", encoding="utf-8")
    file = tmp_path / "my_hall.yaml"
    head = "format: 1\nlogs: [a.csv]\nmapping: ticket_machine\n"
    file.write_text(head + 'open: "09:00-17:00"\ncalendar: days.csv\nroster: roster.csv\n', encoding="utf-8")
    found = read_request(file)
    assert found.logs == (tmp_path / "a.csv",)
    assert found.choices.open == (NINE, 17 * US_PER_HOUR)
    assert found.choices.calendar == {"2024-03-04": "peak"}
    assert found.choices.roster.planned == (("2024-03-04", "", NINE, NINE + 210 * US_PER_MINUTE, ""),)
    file.write_text(head + "opens: 9\nroster: rooster.csv\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_request(file)
    assert [c.line for c in caught.value.complaints] == [4, 5]


def test_a_scenario_is_written_as_text_that_is_read_back() -> None:
    data = {
        "format": 1,
        "hall": "yes: a 'hall' #1\x85\x07",
        "open": "09:00-12:00",
        "arrivals": {"rates": {"09:00": "40/h", "10:00": "50.5/h"}},
        "stations": {"台席": {"servers": 2, "time": {"law": "empirical", "values": ["1 min"] * 40}}},
    }
    text = text_of(data, {("stations", "台席", "time"): ["from some\x85where"]})
    assert "\n    # from some?where\n    time:" in text
    from hallsim.scenario.text import compose
    from hallsim.scenario.tree import plain_data

    root, complaints = compose(text, "written.yaml")
    assert not complaints
    assert plain_data(root) == data
    assert load(data).model.stations[0].name == "台席"
