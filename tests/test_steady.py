"""Steady state: where it begins (MSER-5), and what one run knows (batch means)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.experiment.steady import Steady, batch_means, mser5, steady_of
from hallsim.experiment.table import display_width
from hallsim.scenario import Scenario, load
from hallsim.stats import Interval, t_quantile
from hallsim.theory import ErlangC

Capture = pytest.CaptureFixture[str]


def line(run_for: str = "30000 min", warm_up: str = "500 min", rate: str = "24/h") -> Scenario:
    """Return two counters of 4 min each, busy for 80 % of the time."""
    data: dict[str, Any] = {"run_for": run_for, "warm_up": warm_up, "arrivals": {"rate": rate}}
    return load(data | {"stations": {"counter": {"servers": 2, "time": "exponential 4 min"}}})


def test_mser_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(3)
    values = rng.exponential(1.0, 1003) + 8.0 * np.exp(-np.arange(1003) / 60.0)
    means = values[:1000].reshape(200, 5).mean(axis=1)
    errors = [((means[d:] - means[d:].mean()) ** 2).sum() / (200 - d) ** 2 for d in range(198)]
    assert mser5(values) == 5 * int(np.argmin(errors))
    assert 150 < mser5(values) < 450


def test_a_series_that_drifts_to_its_end_is_too_short() -> None:
    assert mser5(np.arange(1000.0)) == -1
    assert mser5(np.arange(10.0)) == -1


def test_a_series_far_from_zero_keeps_its_digits() -> None:
    values = np.random.default_rng(4).exponential(1.0, 2000)
    values[:100] += 5.0
    assert mser5(values + 1e9) == mser5(values) >= 100


def test_independent_values_have_the_interval_of_their_batches() -> None:
    values = np.random.default_rng(5).normal(3.0, 1.0, 3000)
    found, correlation = batch_means(values)
    means = values.reshape(30, 100).mean(axis=1)
    assert found.value == pytest.approx(values.mean())
    assert found.half_width == pytest.approx(t_quantile(0.975, 29) * means.std(ddof=1) / math.sqrt(30))
    assert abs(correlation) < 3.3 / math.sqrt(30)


def test_batch_means_of_correlated_values_cover_the_mean() -> None:
    """First-order autoregression, correlation 0.9, 30 batches of 200: 95 % of the intervals hold the mean of 0."""
    from scipy.signal import lfilter

    rng, repetitions = np.random.default_rng(6), 1000
    noise = rng.standard_normal((repetitions, 7000))
    series = lfilter([1.0], [1.0, -0.9], noise, axis=1)[:, 1000:]
    hits = sum(abs(found.value) <= found.half_width for found in (batch_means(row)[0] for row in series))
    assert abs(hits / repetitions - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / repetitions)


def test_one_run_of_a_line_knows_its_mean_wait() -> None:
    exact = ErlangC(0.4, 0.25, 2).mean_wait
    z = []
    for seed in range(20):
        found = steady_of(line(), seed)
        assert found is not None
        z.append((found.wait.value - exact) / (found.wait.half_width / t_quantile(0.975, 29)))
    assert abs(np.mean(z)) < 3.3 / math.sqrt(20)
    assert np.mean(np.square(z)) < 2.5  # chi-squared of t with 29 degrees: 1.07 on average


@pytest.mark.parametrize(
    ("start_up", "en", "zh"),
    [
        (900.0, "too few: set warm_up higher.", "不足，请加大 warm_up。"),
        (300.0, "which is enough.", "足够。"),
        (math.nan, "too short for MSER-5", "过短"),
    ],
)
def test_a_warm_up_that_is_too_short_is_said(start_up: float, en: str, zh: str) -> None:
    found = Steady(start_up, 500.0, 20_000.0, Interval(2.0, 1.9, 2.1), 0.1)
    said = found.sentences()[0]
    assert en in said.en
    assert zh in said.zh


def test_batches_that_are_correlated_are_said() -> None:
    found = Steady(0.0, 500.0, 20_500.0, Interval(2.0, 1.9, 2.1), 0.5)
    said = found.sentences()[1].en
    assert said.startswith(
        "Batch means: one run of 20,000 min knows the mean wait to 2 min ± 5 % (30 batches); ± 2 % takes"
    )
    assert "one of some 130,000 min" in said
    assert "Neighbouring batches are correlated (0.50)" in said


def test_what_cannot_be_said_is_not() -> None:
    assert steady_of(line("100 min", "10 min")) is None  # some 36 customers


def test_the_command_says_where_steady_state_begins(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "line.yaml"
    file.write_text(json.dumps({"format": 1, **line().to_mapping()}), encoding="utf-8")
    for lang, word in (("en", "Batch means: one run of 29,500 min"), ("zh", "批均值法：单次仿真 29,500 分钟")):
        assert exit_code(["run", str(file), "--reps", "1", "--lang", lang]) == 0
        out = capsys.readouterr().out
        assert word in out.replace("\n  ", " ")
        assert ("MSER-5") in out
        assert max(display_width(text) for text in out.splitlines()) <= 80
    assert exit_code(["run", str(file), "--reps", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["steady"]
    assert found["low"] < found["mean_wait_min"] < found["high"]
    assert found["batches"] == 30
