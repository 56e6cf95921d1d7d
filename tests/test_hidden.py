"""Hidden parameters: files are read or refused, figures are those of the days, what was simulated comes out again."""

from __future__ import annotations

import datetime
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim.calibrate.counts.day import CountedDay
from hallsim.calibrate.hidden import words
from hallsim.calibrate.hidden.file import read_request
from hallsim.calibrate.hidden.fit import HiddenFit, fit_hidden, seen_in_log
from hallsim.calibrate.hidden.moments import fit_moments
from hallsim.calibrate.hidden.scenario import text_of_fit
from hallsim.calibrate.hidden.stays import stays_of_logs, stays_of_visits
from hallsim.calibrate.hidden.targets import Sums, cells_of, sums_of_counts, sums_of_stays, target_of
from hallsim.cli import exit_code
from hallsim.errors import CalibrationError, ScenarioError, UsageError
from hallsim.experiment import replicate
from hallsim.experiment.table import display_width
from hallsim.scenario import Scenario, load
from hallsim.visits import build, save

HALL = """\
format: 1
hall: Kiosks and counters
open: "09:00-12:00"
arrivals: {rate: 40/h}
entry: {kiosk: 30 %, counter: rest}
stations:
  kiosk: {servers: 2, time: lognormal 3 min cv 0.6, fails: 20 %, on_failure: counter}
  counter: {servers: 3, time: lognormal 5 min cv 0.8, patience: exponential 15 min}
"""
FIT = """\
format: 1
scenario: hall.yaml
log: [log.parquet]
hidden:
  workload: {scale: stations.counter.time, from: 0.7, to: 1.5}
  share: {path: entry.kiosk, from: 10, to: 80, as: "{} %", label: {en: to the kiosks, zh: 自助占比}}
days: 50
"""
TRUTH = (1.2, 40.0)
MONDAY = datetime.date(2024, 3, 4)


def days_of(hall: Scenario, n: int, seed: int) -> pd.DataFrame:
    """Return simulated days as the log of a hall."""
    dates = [MONDAY + datetime.timedelta(days=i) for i in range(n)]
    tables = [build(hall, log, None, date) for log, date in zip(replicate(hall, n, seed), dates, strict=True)]
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a hall, a fit file, and the log of a hall with other parameters."""
    path = tmp_path_factory.mktemp("hidden")
    (path / "hall.yaml").write_text(HALL, encoding="utf-8")
    (path / "fit.yaml").write_text(FIT, encoding="utf-8")
    hall = (
        load(path / "hall.yaml").change("entry.kiosk", "40 %").change("stations.counter.time", "lognormal 6 min cv 0.8")
    )
    save(days_of(hall, 15, 5), path / "log.parquet")
    return path


@pytest.fixture(scope="module")
def found(folder: Path) -> HiddenFit:
    request = read_request(folder / "fit.yaml")
    visits = pd.read_parquet(folder / "log.parquet")
    return fit_hidden(request, seen_in_log(request, visits))


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "scale: stations.counter.time",
            "scale: stations.counter.tim",
            5,
            "stations.counter.tim is not in the scenario",
        ),
        ("path: entry.kiosk", "path: entry.kiosk.x", 6, "entry.kiosk is not a mapping"),
        ("from: 0.7, to: 1.5", "from: 1.7, to: 1.5", 5, "the range from 1.7 to 1.5 holds nothing"),
        ("from: 0.7", "from: 0", 5, "0 is no factor; the least is above 0"),
        ('as: "{} %"', 'as: "5 %"', 6, "'5 %' has no {}, the place of the number"),
        ("to: 80", "to: 180", 6, "at 180: "),
        ("scale: stations.counter.time", "scale: a, path: b", 5, "has a path and a scale; it is one of them"),
        ("scale: stations.counter.time,", "", 5, "path"),
        ("days: 50", "days: 5", 7, "days"),
        ("days: 50", "targets: [mean wiat]", 7, "'mean wiat' is not a target; known: .* .did you mean mean wait.."),
        (
            "days: 50",
            "targets: [mean wait by day]",
            7,
            "'day' is not what a target can be told apart by; known: station",
        ),
        ("days: 50", "targets: [line]", 7, "'line' is told by hour: write 'line by hour'"),
        ("days: 50", "counts: [a.csv]", 7, "is given beside a log; a fit meets one of them"),
        ("scenario: hall.yaml", "scenario: hal.yaml", 2, "hal.yaml: "),
    ],
)
def test_a_fit_file_that_cannot_be_is_refused_at_its_line(
    folder: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in FIT
    path = folder / "wrong.yaml"
    path.write_text(FIT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=said) as problem:
        read_request(path)
    assert problem.value.complaints[0].line == line


def test_figures_of_visits_are_those_of_the_simulated_days(folder: Path) -> None:
    hall = load(folder / "hall.yaml")
    targets = [target_of(text) for text in ("mean wait by station and hour", "abandonment", "joined", "line by hour")]
    logged = stays_of_visits(hall.model, days_of(hall, 3, 7))
    made = stays_of_logs(hall.model, replicate(hall, 3, 7))
    a, b = (sums_of_stays(stays, targets, hall.model) for stays in (logged, made))
    assert a.numerator == pytest.approx(b.numerator)
    assert a.denominator == pytest.approx(b.denominator)


def test_the_line_is_counted_at_the_ends_of_half_hours(folder: Path) -> None:
    model = load(folder / "hall.yaml").model
    one = stays_of_logs(model, replicate(model, 1, 1))
    column = np.zeros(3, dtype=np.int64)
    waits = one._replace(
        **dict.fromkeys(("day", "station", "ticket_class"), column),
        **dict.fromkeys(("gave_up", "served"), column > 0),
        join_min=np.array([545.0, 565.0, 571.0]),
        left_min=np.array([605.0, 575.0, 599.0]),
    )
    sums = sums_of_stays(waits, [target_of("line by hour")], model)
    assert (sums.means[9], sums.means[10]) == (1.5, 0.0)  # at 9:30 two wait, at 10:00 one


def test_counts_have_the_figures_of_their_slots(folder: Path) -> None:
    model = load(folder / "hall.yaml").model
    ten, two, six = np.array([10.0, 20.0]), np.array([2.0, 2.0]), np.array([6.0, 3.0])
    day = CountedDay("", "", "2024-03-04", 540, 30, ten, ten, two, two, two, six)
    texts = ("joined", "served", "abandonment", "mean wait", "line by hour")
    means = sums_of_counts([day], [target_of(text) for text in texts], model).means
    assert means[:4].tolist() == [30.0, 26.0, 4 / 30, 4.0]
    assert means[4 + 9] == 2.0


def test_counts_do_not_have_the_waits_of_single_customers(folder: Path) -> None:
    model = load(folder / "hall.yaml").model
    day = CountedDay("", "", "2024-03-04", 540, 30, *[np.ones(2)] * 6)
    with pytest.raises(UsageError, match="counts do not tell 'waits over'"):
        sums_of_counts([day], [target_of("waits over 5 min")], model)


def test_a_log_of_other_stations_is_refused(folder: Path) -> None:
    hall = load(folder / "hall.yaml")
    with pytest.raises(UsageError, match=r"'desk' is not a station of the scenario; known: .*counter"):
        stays_of_visits(hall.model, days_of(hall, 2, 7).assign(station="desk"))


def test_what_was_simulated_is_found(found: HiddenFit) -> None:
    for value, half, truth in zip(found.values, found.half_widths, TRUTH, strict=True):
        assert abs(value - truth) <= half
    assert found.found.identifiable.all()
    assert found.half_widths[0] < 0.15


def test_the_scenario_has_what_was_found_and_how_sure_it_is(found: HiddenFit, folder: Path) -> None:
    path = folder / "out.yaml"
    path.write_text(text_of_fit(found), encoding="utf-8")
    model = load(path).model
    assert [entry.path for entry in model.uncertain] == ["stations.counter.time", "entry.kiosk"]
    assert model.stations[1].service[0].mean / 60e6 == pytest.approx(5.0 * found.values[0], rel=1e-3)
    off = found.half_widths[0] / found.values[0]
    assert model.uncertain[0].high - 1.0 == pytest.approx(off, abs=1e-3)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_has_at_most_80_columns(found: HiddenFit, lang: str) -> None:
    assert max(display_width(line) for line in words.table(found, lang).splitlines()) <= 80


def test_the_command_prints_json_and_writes_the_scenario(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "found.yaml"
    assert exit_code(["fit", str(folder / "fit.yaml"), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["identifiable"] for one in told["parameters"]] == [True, True]
    assert load(out).model.uncertain


def linear(seed: int, slopes: np.ndarray, truth: np.ndarray, n: int) -> Sums:
    """Return days whose moments are a linear function of the parameters, and noise."""
    noise = np.random.default_rng(seed).normal(0.0, 0.2, (n, len(slopes)))
    return Sums(slopes @ truth + noise, np.ones((n, len(slopes))))


def test_intervals_of_a_linear_model_are_those_of_least_squares() -> None:
    slopes = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    seen = linear(1, slopes, np.array([0.4, 0.6]), 400)
    found = fit_moments(seen, lambda x: linear(2, slopes, x, 4000), 2)
    error = 0.2 * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)) * (1 / 400 + 1 / 4000))
    assert found.half_width == pytest.approx(1.966 * error, rel=0.1)
    assert found.value == pytest.approx([0.4, 0.6], abs=3.3 * error[0])
    assert found.rises == pytest.approx(np.full((2, 2), 4.0), abs=1.0)


def test_parameters_that_figures_see_as_one_are_named() -> None:
    slopes = np.array([[1.0, 1.0], [0.5, 0.5], [1.0, 1.001]])
    found = fit_moments(linear(1, slopes, np.array([0.5, 0.5]), 30), lambda x: linear(2, slopes, x, 200), 2)
    assert not found.identifiable.any()
    assert found.singular[1] < words.UNTOLD
    assert [(i, j) for i, j, r in found.pairs if r < -0.99] == [(0, 1)]


def test_a_parameter_without_effect_has_no_interval() -> None:
    slopes = np.array([[1.0, 0.0], [0.5, 0.0]])
    found = fit_moments(linear(1, slopes, np.array([0.5, 0.5]), 30), lambda x: linear(2, slopes, x, 200), 2)
    assert math.isinf(found.half_width[1])
    assert found.identifiable.tolist() == [True, False]


def test_few_days_and_few_figures_are_refused() -> None:
    slopes = np.ones((2, 3))
    with pytest.raises(CalibrationError, match="hidden parameters need 5 days; there are 4"):
        fit_moments(linear(1, slopes, np.ones(3), 4), lambda x: linear(2, slopes, x, 50), 3)
    with pytest.raises(CalibrationError, match="3 parameters need as many targets; there are 2"):
        fit_moments(linear(1, slopes, np.ones(3), 9), lambda x: linear(2, slopes, x, 50), 3)


def test_cells_are_told_apart_by_what_a_target_names(folder: Path) -> None:
    model = load(folder / "hall.yaml").model
    assert len(cells_of([target_of("joined by station"), target_of("abandonment")], model)) == 3
