"""Days to predict that differ from those fitted on: nobody waits, other kinds of customers come."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hallsim.calibrate.backtest import Backtest, backtest
from hallsim.calibrate.backtest_text import table, verdict
from hallsim.calibrate.forecast import fit_profile, forecast
from hallsim.calibrate.periods import fitted_and_predicted
from hallsim.calibrate.service_hours import ServiceHours, fit_service_hours, names_of
from hallsim.calibrate.team import fit_team
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_HOUR, US_PER_MINUTE
from hallsim.replay import dates_of
from hallsim.replay.replay import Replay
from hallsim.replay.team import build_by_team, read_staffed
from tests import logged_days
from tests.logged_days import leg

MONDAY, N_DAYS = pd.Timestamp("2024-03-04"), 6
QUIET = 2
"""The last days, on which somebody comes every quarter of an hour and nobody waits."""


def _day(rng: np.random.Generator, day: str, first_visit: int, quiet: bool, kind: str) -> list[dict[str, Any]]:
    free, rows = [0.0, 0.0], []
    for i in range(40):
        ticket = 15.0 * i if quiet else 4.0 * i + 3.0 * float(rng.random())
        server = min((0, 1), key=free.__getitem__)
        call = max(ticket, free[server])
        free[server] = call + (5.0 if quiet else 0.1 + float(rng.exponential(7.0)))
        rows.append(leg(ticket, call, free[server], str(server + 1), day=day, visit=first_visit + i, transaction=kind))
    return rows


def _log(kind_of_quiet_days: str = "usual") -> pd.DataFrame:
    rng, rows = np.random.default_rng(3), []
    for k in range(N_DAYS):
        quiet = k >= N_DAYS - QUIET
        rows += _day(rng, str(MONDAY + pd.Timedelta(weeks=k)), 100 * k, quiet, kind_of_quiet_days if quiet else "usual")
    return logged_days.table(rows)


@pytest.fixture(scope="module")
def quiet() -> Backtest:
    log = _log()
    return backtest(log, *fitted_and_predicted("", "", dates_of(log)))


def test_a_period_in_which_nobody_waits_has_no_difference(quiet: Backtest) -> None:
    (found,) = quiet.predictions
    assert found.observed.mean_s == 0.0
    assert math.isnan(found.difference)
    assert math.isnan(found.day_sd)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_that_do_not_exist_are_dashes(quiet: Backtest, lang: str) -> None:
    text = table(quiet, lang)
    assert "nan" not in text
    assert "–" in text


def test_what_cannot_be_compared_is_not_called_met(quiet: Backtest) -> None:
    said = verdict(quiet)
    assert said.en.startswith("Verdict: none.")
    assert said.zh.startswith("结论：无法评定")


def test_kinds_of_customers_that_never_came_before_cannot_be_forecast() -> None:
    log = _log("another")
    with pytest.raises(CalibrationError, match=r"none of the customers to forecast: .*another"):
        backtest(log, *fitted_and_predicted("", "", dates_of(log)), how="forecast")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_forecast_says_whom_it_leaves_out(lang: str) -> None:
    log = _log()
    last_day = log["visit"] >= 100 * (N_DAYS - 1)
    log.loc[last_day & (log["visit"] % 4 == 0), "transaction"] = "another"
    found = backtest(log, *fitted_and_predicted("", "", dates_of(log)), how="forecast")
    (period,) = found.predictions
    assert period.not_forecast == {"customer another": 10}
    assert ("10 customers" if lang == "en" else "10 位客户") in table(found, lang)


@pytest.fixture(scope="module")
def replay() -> Replay:
    rng = np.random.default_rng(4)
    rows = [row for k, kind in enumerate("ab") for row in _day(rng, "2024-03-04", 100 * k, bool(k), kind)]
    staffed = read_staffed(logged_days.table(rows))
    return build_by_team(staffed, fit_team(staffed))


def test_mean_services_are_kept_by_the_name_of_the_kind(replay: Replay) -> None:
    took = {name: np.mean([s for t, s in _served(replay) if t == i]) for i, name in enumerate(names_of(replay.model))}
    assert fit_service_hours(replay).means == pytest.approx(took)


def _served(replay: Replay) -> list[tuple[int, int]]:
    (day,) = replay.model.days
    source = day.sources[0]
    return [(t, s) for t, s in zip(source.table_types, source.table_services, strict=True) if s >= 0]


def test_a_kind_without_a_mean_keeps_its_services_and_others_get_their_own(replay: Replay) -> None:
    own = {name: replay.model.stations[0].service[i].mean for i, name in enumerate(names_of(replay.model))}
    known, other = sorted(own, reverse=True)
    hours = ServiceHours((0, 10 * US_PER_HOUR), (0, 1), (1.0, 2.0), {known: 11.0 * US_PER_MINUTE})
    model, _ = forecast(replay, replace(fit_profile(replay), services=hours))
    found = {source.name: model.stations[0].service[source.mix.index(1.0)].mean for source in model.sources}
    expected = {f"{' '.join(known)} {level + 1}": 11.0 * US_PER_MINUTE * (1 + level) for level in (0, 1)}
    expected |= {f"{' '.join(other)} {level + 1}": own[other] for level in (0, 1)}
    assert found == pytest.approx(expected)
