"""Approximate Bayes: a known posterior comes out, intervals cover, and counts alone tell a hall's parameters."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gamma

from hallsim.calibrate.hidden.posterior import Posterior, fit_posterior
from hallsim.calibrate.hidden.targets import Sums
from hallsim.cli import exit_code
from hallsim.errors import CalibrationError
from hallsim.experiment import replicate
from hallsim.rows import unpack
from hallsim.scenario import load
from tests.truth_halls import limits

LOW, HIGH, DAYS = 20.0, 60.0, 5
HALL = """\
format: 1
hall: No line
open: "09:00-12:00"
arrivals: {rate: 30/h}
stations:
  counter: {servers: 40, time: exponential 5 min}
"""
FIT = """\
format: 1
scenario: hall.yaml
counts: [counts.csv]
hidden:
  arrivals: {path: arrivals.rate, from: 15, to: 60, as: "{}/h"}
targets: [joined]
method: bayes
draws: 400
"""


def counted(rate: float, seed: list[int]) -> Sums:
    """Return days with a Poisson number of customers."""
    y = np.random.default_rng(seed).poisson(rate, (DAYS, 1)).astype(float)
    return Sums(y, np.ones((DAYS, 1)))


def posterior(seen: Sums, seed: int, draws: int = 1000) -> Posterior:
    return fit_posterior(seen, lambda x, k: counted(LOW + (HIGH - LOW) * x[0], [seed, k]), 1, draws, seed)


def test_the_posterior_of_poisson_counts_is_the_gamma_law() -> None:
    seen = counted(40.0, [1])
    exact = gamma(seen.numerator.sum() + 1, scale=1 / DAYS)
    runs = [posterior(seen, seed) for seed in range(10)]
    for share in (0.025, 0.5, 0.975):
        made = np.mean([LOW + (HIGH - LOW) * run.quantile(share)[0] for run in runs])
        assert made == pytest.approx(exact.ppf(share), abs=0.15 * exact.std())


@pytest.mark.slow
def test_intervals_of_posteriors_hold_the_truth() -> None:
    held = []
    for seed in range(100):
        truth = np.random.default_rng([7, seed]).uniform(LOW, HIGH)
        low, high = (
            LOW + (HIGH - LOW) * posterior(counted(truth, [8, seed]), seed, 400).quantile(q)[0] for q in (0.025, 0.975)
        )
        held.append(low <= truth <= high)
    assert np.mean(held) >= limits(100)


def test_a_parameter_that_changes_nothing_keeps_its_range() -> None:
    seen = counted(40.0, [1])
    found = fit_posterior(
        Sums(np.repeat(seen.numerator, 2, axis=1), np.ones((DAYS, 2))),
        lambda x, k: Sums(np.repeat(counted(LOW + 40.0 * x[0], [2, k]).numerator, 2, axis=1), np.ones((DAYS, 2))),
        2,
        1000,
    )
    assert found.identifiable.tolist() == [True, False]


def test_few_draws_and_few_figures_are_refused() -> None:
    with pytest.raises(CalibrationError, match="100 draws are too few; at least 200 are needed"):
        posterior(counted(40.0, [1]), 1, 100)
    with pytest.raises(CalibrationError, match="2 parameters need as many targets; there are 1"):
        fit_posterior(counted(40.0, [1]), lambda x, k: counted(40.0, [k]), 2, 400)


def test_counts_alone_tell_the_arrivals_of_a_hall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hall.yaml").write_text(HALL, encoding="utf-8")
    (tmp_path / "fit.yaml").write_text(FIT, encoding="utf-8")
    total = 0
    with (tmp_path / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["date", "slot", "tickets", "calls", "no-shows"])
        for i, log in enumerate(replicate(load(tmp_path / "hall.yaml"), DAYS, 3)):
            minute = unpack(log.rows).t_join // 60_000_000
            for at in range(540, 720, 30):
                n = int(np.count_nonzero((minute >= at) & (minute < at + 30)))
                total += n
                rows.writerow([f"2024-03-{4 + i:02d}", f"{at // 60}:{at % 60:02d}", n, n, 0])
    out = tmp_path / "out.yaml"
    assert exit_code(["fit", str(tmp_path / "fit.yaml"), "--out", str(out), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["parameters"]
    exact = gamma(total + 1, scale=1 / (3 * DAYS))
    for share in (0.025, 0.5, 0.975):
        assert told["quantiles"][f"{share:g}"] == pytest.approx(exact.ppf(share), abs=0.5 * exact.std())
    assert load(out).model.uncertain[0].path == "arrivals.rate"
