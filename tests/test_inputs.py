"""Uncertain inputs: entries drawn for each group of replications, and intervals that say what they add."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.experiment import Results, compare, run
from hallsim.experiment.inputs import groups, widened
from hallsim.experiment.inputs.groups import factor_of, inputs_of
from hallsim.experiment.inputs.intervals import contrast
from hallsim.experiment.inputs.words import intervals_of, written
from hallsim.experiment.paired import paired
from hallsim.experiment.table import display_width
from hallsim.model import Uncertain
from hallsim.scenario import Scenario, load

Capture = pytest.CaptureFixture[str]
HALL = {
    "open": "09:00-13:00",
    "arrivals": {"rate": "30/h"},
    "stations": {"counter": {"servers": 3, "time": "lognormal 5 min cv 0.8", "patience": "exponential 30 min"}},
}
UNSURE = {"stations.counter.time": "± 10 %", "arrivals.rate": "-5 % to 5 %"}


@pytest.fixture(autouse=True)
def few_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "GROUPS", 12)
    monkeypatch.setattr(groups, "DAYS", 20)


def hall(**uncertain: str) -> Scenario:
    return load(HALL | {"uncertain": uncertain or UNSURE})


@cache
def results() -> Results:
    return run(hall(), 50, seed=3)


# --- entries ---------------------------------------------------------------------------------------------------


def test_a_factor_multiplies_the_times_of_a_law_and_not_its_cv() -> None:
    (entry, _) = hall().model.uncertain
    changed = hall().scaled([(entry, 1.5)])
    law, before = (h.model.stations[0].service[0] for h in (changed, hall()))
    assert (law.mean, law.cv) == (pytest.approx(1.5 * before.mean), before.cv)


@pytest.mark.parametrize(
    ("path", "value", "scaled"),
    [
        ("arrivals", {"rate": "30/h"}, {"rate": "45/h"}),
        ("arrivals", {"per_hour": [10, 20.5, 30, 4]}, {"per_hour": [15.0, 30.75, 45.0, 6.0]}),
        ("stations.counter.patience", "uniform 10 min to 20 min", "uniform 15 min to 30 min"),
        ("stations.counter.absent", "6 %", "9 %"),
        ("stations.counter.patience", "never", None),
    ],
)
def test_every_quantity_of_an_entry_is_multiplied(path: str, value: object, scaled: object) -> None:
    from hallsim.scenario.tree import from_data, nearest, plain_data, split_path
    from hallsim.scenario.uncertain import scaled as times

    tree = from_data({"stations": {"counter": {}}}, "x")
    steps = split_path(path)
    whole = {steps[0]: value} if len(steps) == 1 else {"stations": {"counter": {steps[-1]: value}}}
    tree = from_data(whole, "x")
    entry = Uncertain(path, 0.5, 1.5, "normal")
    if scaled is None:
        with pytest.raises(ValueError, match="has no quantity"):
            times(tree, entry, 1.5)
    else:
        assert plain_data(nearest(times(tree, entry, 1.5), steps)) == scaled


def test_19_of_20_factors_lie_within_the_half_width() -> None:
    entry = Uncertain("arrivals.rate", 0.9, 1.1, "normal")
    factors = np.array([factor_of(entry, 1, k) for k in range(2000)])
    inside = ((factors > 0.9) & (factors < 1.1)).mean()
    assert abs(inside - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / 2000)
    even = np.array([factor_of(Uncertain("a.b", 0.9, 1.3, "uniform"), 1, k) for k in range(500)])
    assert 0.9 <= even.min() < 0.92 < 1.28 < even.max() <= 1.3


def test_halls_that_share_an_entry_share_its_values() -> None:
    entry = hall().model.uncertain[0]
    assert factor_of(entry, 7, 3) == factor_of(dataclasses.replace(entry), 7, 3)
    assert factor_of(entry, 7, 3) != factor_of(entry, 7, 4) != factor_of(entry, 8, 4)


# --- intervals -------------------------------------------------------------------------------------------------


def test_a_contrast_of_two_halls_is_their_paired_difference() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.integers(50, 100, (40, 2)), rng.integers(50, 100, (40, 2))
    p = paired(a, b)
    assert contrast([(1.0, b), (-1.0, a)]) == pytest.approx((p.difference, p.variance))


def test_the_interval_covers_the_figure_at_the_true_inputs() -> None:
    """A figure linear in its input, whose true value is drawn from what is known of it; 19 times of 20."""
    rng = np.random.default_rng(11)
    repetitions, hits, tau, noise, n, k = 4000, 0, 0.5, 2.0, 100, 30
    for _ in range(repetitions):
        truth = 10.0 + tau * rng.standard_normal()
        days = 10.0 + noise * rng.standard_normal(n)
        shifts = tau * rng.standard_normal(k) + 0.1 * rng.standard_normal(k)
        found = widened(days.mean(), days.var(ddof=1) / n, n, shifts, np.full(k, 0.01))
        hits += found.low <= truth <= found.high
    assert abs(hits / repetitions - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / repetitions)


def test_the_shift_of_few_groups_is_not_taken_for_exact() -> None:
    """Without any noise of the simulation; the interval is then Student's of one more observation."""
    rng = np.random.default_rng(13)
    repetitions, hits, k = 4000, 0, 5
    for _ in range(repetitions):
        truth, *shifts = rng.standard_normal(1 + k)
        found = widened(0.0, 0.0, 100, np.array(shifts), np.zeros(k))
        hits += found.low <= truth <= found.high
    assert abs(hits / repetitions - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / repetitions)


def test_the_share_of_the_inputs_is_that_of_the_two_variances() -> None:
    rng = np.random.default_rng(12)
    shifts = 0.3 * rng.standard_normal(20_000) + 0.4 * rng.standard_normal(20_000)
    found = widened(1.0, 0.03, 200, shifts, np.full(20_000, 0.16))
    assert found.share == pytest.approx(0.09 / (0.09 + 0.03), rel=0.1)


def test_inputs_that_do_nothing_add_nothing() -> None:
    found = widened(1.0, 0.04, 101, np.zeros(10), np.zeros(10))
    assert found.share == 0.0
    assert found.high - found.low == pytest.approx(2 * 1.9840 * 0.2, rel=1e-3)


# --- runs and comparisons --------------------------------------------------------------------------------------


def test_a_run_has_the_figures_that_it_has_without_uncertainty() -> None:
    plain = run(load(HALL), 50, seed=3)
    assert results().estimate("mean_wait") == plain.estimate("mean_wait")
    assert plain.inputs is None


def test_intervals_with_the_inputs_are_wider_and_say_by_what() -> None:
    figure, value, found = intervals_of(results())[0]
    e = results().estimate("mean_wait")
    assert (figure.kpi.name, value) == ("mean_wait", e.value)
    assert found.high - found.low > 1.5 * (e.high - e.low)
    assert 0.6 < found.share < 1.0


def test_swings_are_what_one_entry_alone_does() -> None:
    inputs = results().inputs
    assert inputs is not None
    longest = inputs.swings(0)[0]
    assert longest.entry.path == "stations.counter.time"
    slow = run(load(HALL).change("stations.counter.time", "lognormal 5.5 min cv 0.8"), 20, seed=3)
    base = run(load(HALL), 20, seed=3)
    change = slow.estimate("mean_wait").value - base.estimate("mean_wait").value
    assert longest.high / 6e7 == pytest.approx(change)
    assert longest.low < 0.0


def test_groups_differ_in_their_inputs_alone() -> None:
    entry = hall().model.uncertain[0]
    found = inputs_of(hall(), [f for f, *_ in intervals_of(results())][:1], 3, groups=2, days=5)
    factors = [(e, factor_of(e, 3, 1)) for e in hall().model.uncertain]
    same = run(hall().change("uncertain", None).scaled(factors), 5, seed=3, watch=[("mean_wait", "hall", None, None)])
    assert np.array_equal(found.drawn[1], same.watched)
    assert found.factors[1, 0] == factor_of(entry, 3, 1)


def test_a_comparison_has_intervals_with_the_inputs_too() -> None:
    found = compare(hall(), variants={"one more": "stations.counter.servers=4"}, replications=40)
    row = found.get("mean_wait")
    assert row.widened is not None
    assert row.widened.low < row.low < row.high < 0.0
    assert row.widened.high - row.widened.low > row.high - row.low
    assert "with the uncertain inputs the mean wait changes by −" in " ".join(found.table().split())
    answer = json.loads(found.to_json())["differences"][0]
    assert 0.0 < answer["share_of_inputs"] <= 1.0


def test_a_hall_without_uncertainty_beside_one_with_it_is_compared() -> None:
    found = compare(hall(), load(HALL), replications=20)
    row = found.get("mean_wait")
    assert row.difference == 0.0
    assert row.widened is not None
    assert row.widened.high - row.widened.low > 0.0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_has_them_in_80_columns(lang: str) -> None:
    table = results().table(lang)
    assert max(display_width(line) for line in table.splitlines()) <= 80
    assert ("With uncertain inputs" if lang == "en" else "计入输入的不确定性") in table
    assert "stations.counter.time ± 10 %" in table


def test_the_command_prints_them_as_json(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "hall.yaml"
    file.write_text(json.dumps({"format": 1, **HALL, "uncertain": UNSURE}), encoding="utf-8")
    assert exit_code(["run", str(file), "--reps", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["inputs"]
    assert found["groups"] == 12
    assert [e["path"] for e in found["uncertain"]] == list(UNSURE)
    assert found["figures"][0]["kpi"] == "mean_wait"


def test_an_entry_is_written_as_planners_write_it() -> None:
    assert [written(e) for e in hall().model.uncertain] == ["stations.counter.time ± 10 %", "arrivals.rate −5 % – +5 %"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_tornado_shows_the_widest_swing_on_top(lang: str) -> None:
    from hallsim.charts.base import Material
    from hallsim.charts.tornado import CHART
    from hallsim.experiment.profile import gather

    material = Material(results(), gather(results().model, results()))
    assert CHART.why_not(material, lang) == ""
    assert "stations.counter.time" in CHART.finding(material, lang)
    figure = CHART.figure(material, lang)
    assert figure.layout.yaxis.ticktext[0].startswith("stations.counter.time")


def test_groups_of_a_calendar_have_whole_turns_of_it(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("date,day_type\n" + "".join(f"2024-03-{d + 1:02d},plain\n" for d in range(7)))
    week = load(HALL | {"day_types": {"plain": {}}, "calendar": str(tmp_path / "days.csv")})
    assert groups.days_in_group(week) % 7 == 0
    assert 0 <= groups.days_in_group(week) - groups.DAYS < 7


# --- progress --------------------------------------------------------------------------------------------------


def test_progress_counts_the_days_with_other_inputs_after_the_others() -> None:
    told: list[tuple[int, ...]] = []
    run(hall(), 50, seed=3, progress=lambda *counts: told.append(counts))
    study = (1 + 12 + 2 * 2) * 20  # as written, groups, both ends of two entries
    assert told[-1] == (50 + study, 50 + study)
    assert next(counts for counts in told if len(counts) == 2) == (50 + 20, 50 + study)


def test_progress_of_a_comparison_counts_the_days_of_every_hall() -> None:
    told: list[tuple[int, ...]] = []
    compare(hall(), load(HALL), replications=20, progress=lambda *counts: told.append(counts))
    study = (1 + 12 + 2 * 2 + 1) * 20  # a hall without uncertain inputs is simulated as written
    assert told[-1] == (2 * 20 + study, 2 * 20 + study)
    assert [counts[0] for counts in told] == sorted(counts[0] for counts in told)
