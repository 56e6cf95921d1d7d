"""Halls compared on the same customers: differences, their intervals, sentences, tables."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import hallsim
from hallsim.cli import exit_code
from hallsim.errors import UsageError
from hallsim.experiment.compare import BETTER, LESS, MORE, NOISE, SAME, WORSE, Differences, compare, variant_of
from hallsim.experiment.compare_table import decimals
from hallsim.experiment.paired import holm, paired
from hallsim.experiment.table import display_width
from hallsim.kpis import KPIS
from hallsim.stats import t_quantile
from tests.conftest import SMALL_HALL

Capture = pytest.CaptureFixture[str]
STANDARD = Path(__file__).resolve().parent.parent / "scenarios" / "standard_hall.yaml"


@cache
def three_halls() -> Differences:
    """Return the standard hall against itself, with one more counter, and with less patient customers."""
    variants = {
        "nothing new": "stations.counter.patience=exponential 40 min",
        "one more counter": "stations.counter.servers=5",
        "hurry": ["stations.counter.patience=exponential 20 min"],
    }
    return compare(STANDARD, variants=variants, replications=100)


# --- statistics ------------------------------------------------------------------------------------------------


def test_the_variance_of_a_paired_difference_is_that_of_its_residuals() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.integers(50, 100, (40, 2)), rng.integers(50, 100, (40, 2))
    p = paired(a, b)
    r_a, r_b = a[:, 0].sum() / a[:, 1].sum(), b[:, 0].sum() / b[:, 1].sum()
    e = (b[:, 0] - r_b * b[:, 1]) / b[:, 1].mean() - (a[:, 0] - r_a * a[:, 1]) / a[:, 1].mean()
    assert p.difference == pytest.approx(r_b - r_a)
    assert p.variance == pytest.approx(e.var(ddof=1) / 40)  # residuals sum to 0


def test_the_delta_method_agrees_with_the_jackknife() -> None:
    rng = np.random.default_rng(5)
    d = rng.poisson(200, 300)
    a = np.stack([d * rng.gamma(4.0, 1.0, 300), d], axis=1)
    b = np.stack([a[:, 0] * rng.uniform(0.5, 0.9, 300), d], axis=1)
    p = paired(a, b)
    ratio = lambda x: x[:, 0].sum() / x[:, 1].sum()  # noqa: E731
    left_out = np.array([ratio(np.delete(b, i, 0)) - ratio(np.delete(a, i, 0)) for i in range(300)])
    assert p.variance == pytest.approx(299 / 300 * ((left_out - left_out.mean()) ** 2).sum(), rel=0.02)


def test_the_interval_of_a_relative_change_agrees_with_the_jackknife() -> None:
    rng = np.random.default_rng(5)
    d = rng.poisson(200, 300)
    a = np.stack([d * rng.gamma(4.0, 1.0, 300), d], axis=1)
    b = np.stack([a[:, 0] * rng.uniform(0.5, 0.9, 300), d], axis=1)
    logs = np.array([math.log(np.delete(b[:, 0], i).sum() / np.delete(a[:, 0], i).sum()) for i in range(300)])
    p = paired(a, b)
    assert p.log_variance == pytest.approx(299 / 300 * ((logs - logs.mean()) ** 2).sum(), rel=0.02)
    change, low, high = p.relative(1.96)
    assert (1.0 + low) * (1.0 + high) == pytest.approx((1.0 + change) ** 2)


def test_differences_of_days_in_turn_are_covered_as_often_as_the_intervals_say() -> None:
    rng, repetitions, hits = np.random.default_rng(22), 4000, 0
    kinds = [0, 0, 1] * 10
    levels, one = np.where(kinds, 30.0, 10.0), np.ones(30)
    for _ in range(repetitions):
        a = levels * rng.normal(1.0, 0.1, 30)
        p = paired(np.stack([a, one], axis=1), np.stack([0.5 * a + rng.normal(0.0, 1.0, 30), one], axis=1), kinds)
        half = t_quantile(0.975, p.degrees) * math.sqrt(p.variance)
        hits += abs(p.difference + 0.5 * levels.mean()) <= half
    assert abs(hits / repetitions - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / repetitions)


def test_days_of_a_kind_that_comes_once_vary_about_the_mean_of_all() -> None:
    a, b = np.random.default_rng(4).integers(50, 100, (2, 9, 2))
    assert paired(a, b, [0] * 8 + [1]) == paired(a, b)


def test_halls_with_customers_of_their_own_gain_nothing_from_pairing() -> None:
    rng = np.random.default_rng(6)
    a, b = (np.stack([rng.gamma(2.0, 1.0, 4000), np.ones(4000)], axis=1) for _ in range(2))
    assert paired(a, b).variance_ratio == pytest.approx(1.0, abs=0.1)


def test_equal_days_leave_no_noise() -> None:
    a = np.random.default_rng(7).integers(1, 9, (20, 2))
    p = paired(a, a)
    assert (p.difference, p.variance, p.lower, p.higher) == (0.0, 0.0, 0, 0)
    assert math.isnan(p.p_value())


def test_a_figure_over_nobody_has_no_difference() -> None:
    p = paired(np.array([[0, 0], [0, 0]]), np.array([[1, 1], [2, 1]]))
    assert math.isnan(p.difference)
    assert math.isnan(p.variance)


def test_p_values_are_those_of_the_paired_t_test() -> None:
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(8)
    a = rng.normal(5.0, 1.0, 30)
    b = a + rng.normal(0.2, 0.4, 30)
    one = np.ones(30)
    p = paired(np.stack([a, one], axis=1), np.stack([b, one], axis=1))
    assert p.p_value() == pytest.approx(ttest_rel(b, a).pvalue, rel=1e-9)


def test_holm_corrects_step_by_step() -> None:
    assert holm([0.001, 0.5, 0.02, 0.02]) == pytest.approx([0.004, 0.5, 0.06, 0.06])
    assert holm([0.7, 0.9]) == [1.0, 1.0]


# --- halls -----------------------------------------------------------------------------------------------------


def test_a_hall_that_is_the_same_has_no_difference() -> None:
    assert {row.status for row in three_halls().of(1)} == {SAME}
    assert three_halls().sentences()[0] == "Nothing new changed nothing."
    assert three_halls().sentences("zh")[0] == "nothing new：毫无变化。"


def test_a_difference_is_that_of_two_runs() -> None:
    base, _, more, _ = three_halls().results
    for kpi in ("mean_wait", "abandonment", "utilisation"):
        row = three_halls().get(kpi, hall=2)
        assert row.base == pytest.approx(base.estimate(kpi).value)
        assert row.value == pytest.approx(more.estimate(kpi).value)
        assert row.difference == pytest.approx(row.value - row.base)


def test_one_more_counter_is_better_for_customers_and_costs_hours() -> None:
    f = three_halls()
    assert f.get("mean_wait", 2).status == BETTER
    assert f.get("service_level", 2, within_min=10.0).status == BETTER
    assert f.get("paid_time", 2).status == MORE
    assert f.get("utilisation", 2).status == LESS
    assert f.get("late_closing", 2).status == NOISE
    assert f.get("abandonment", 3).status == WORSE


def test_targets_of_a_class_are_compared_too() -> None:
    row = three_halls().get("service_level", 3, item="V", within_min=10.0)
    assert row.figure.label.en == "V: service level within 10 min"


STEPS = {"09:00": 7, "10:00": 9, "11:00": 10, "12:30": 8, "14:00": 9, "15:00": 10, "17:00": 8}
"""The flagship hall's counters."""


def flagship_with(more: int) -> str:
    """Return the change that gives the flagship hall so many more counters all day."""
    return "stations.counter.servers={staff: {" + ", ".join(f'"{t}": {n + more}' for t, n in STEPS.items()) + "}}"


def standard_with(more: int) -> str:
    """Return the change that gives the standard hall a sixth counter, open all day, or takes the fifth away."""
    shifts = [["09:00-12:00", "12:45-18:00"]] * 2 + [["09:00-12:45", "13:30-18:00"]] * 2
    shifts += [["09:30-17:00"], ["09:00-18:00"]] if more > 0 else []
    return "stations.counter.servers=" + json.dumps([{"name": f"c{i}", "shifts": s} for i, s in enumerate(shifts)])


@cache
def one_server(hall: str, more: int) -> Differences:
    """Return a hall with one counter more or less, and nothing else changed, against itself."""
    change = {"standard_hall": standard_with, "flagship_hall": flagship_with}[hall](more)
    return compare(STANDARD.with_stem(hall), variants={f"{more:+d} counter": change}, replications=1000)


@pytest.mark.parametrize("more", [1, -1])
@pytest.mark.parametrize("hall", ["standard_hall", "flagship_hall"])
def test_the_same_customers_are_worth_five_times_the_days_for_one_counter(hall: str, more: int) -> None:
    f = one_server(hall, more)
    assert f.get("mean_wait").paired.relative_variance_ratio > 5.0
    assert f.get("time_in_hall").variance_ratio > 4.5
    if hall == "flagship_hall":
        assert f.get("mean_wait").variance_ratio > 5.0


def test_relative_changes_stand_beside_the_absolute_ones() -> None:
    row = one_server("standard_hall", 1).get("mean_wait")
    assert row.relative == pytest.approx(row.difference / row.base)
    assert row.relative_low < row.relative < row.relative_high < 0.0
    assert any("relative to the base, the mean wait changes by −" in note for note in one_note())


def one_note() -> list[str]:
    from hallsim.experiment.compare_table import notes

    return notes(one_server("standard_hall", 1), "en")


def test_intervals_are_corrected_for_their_number() -> None:
    f = three_halls()
    assert f.family == 16  # eight figures of two halls; the third hall has no noise
    row = f.get("mean_wait", 2)
    wider = t_quantile(1 - 0.05 / 32, 99) / t_quantile(0.975, 99)
    assert (row.high - row.low) / (row.high_alone - row.low_alone) == pytest.approx(wider)
    assert row.paired.p_value() <= row.p_holm < 0.001


def test_days_of_ten_count_the_days_on_which_it_was_better() -> None:
    f = three_halls()
    base, _, more, _ = (r.days[:, 1] for r in f.results)
    assert f.get("mean_wait", 2).better_days == pytest.approx(10 * (more < base).mean())


def test_a_sentence_tells_what_is_better_and_what_is_noise() -> None:
    english, chinese = three_halls().sentences()[1], three_halls().sentences("zh")[1]
    assert english.startswith("One more counter cut the mean wait by 0.13 min (0.09 to 0.17), raised the service level")
    assert english.endswith("; the difference in late closing is inside the noise.")
    assert chinese.startswith("one more counter使平均等候时长缩短 0.13 分钟（0.09 至 0.17），")
    assert chinese.endswith("；延时关厅时长的差异在误差范围内。")


@pytest.mark.parametrize(("half", "digits"), [(0.7, 1), (0.07, 2), (0.15, 2), (7.0, 0), (300.0, 0), (1.2, 1)])
def test_differences_are_rounded_where_their_interval_begins(half: float, digits: int) -> None:
    from dataclasses import replace

    row = replace(three_halls().get("mean_wait", 2), low=-half, high=half)
    assert decimals(row) == digits


def test_every_figure_that_is_good_or_bad_is_a_kpi() -> None:
    from hallsim.experiment.figures import LESS_IS_BETTER, MORE_IS_BETTER

    assert set(KPIS) >= MORE_IS_BETTER | LESS_IS_BETTER
    assert not MORE_IS_BETTER & LESS_IS_BETTER


def test_the_summary_has_a_row_for_every_difference() -> None:
    frame = three_halls().summary()
    assert len(frame) == 24
    assert not frame.duplicated(["hall", "kpi", "item", "within_min"]).any()


def test_one_day_proves_nothing() -> None:
    f = compare(STANDARD, variants={"more": "stations.counter.servers=5"}, replications=1)
    assert {row.status for row in f.rows} <= {NOISE}
    assert f.sentences() == ["More: one day proves nothing."]
    assert "there are no intervals" in f.table()


# --- percentiles -----------------------------------------------------------------------------------------------


def test_percentiles_are_compared_on_the_same_days(small_hall: Path) -> None:
    f = compare(
        small_hall, variants={"x": "stations.counter.servers=4"}, replications=60, kpis=["wait_p90", "wait_p95"]
    )
    row = f.get("wait_p90")
    for hall, value in zip(f.results, (row.base, row.value), strict=True):
        assert value == pytest.approx(hall.estimate("wait_p90").value)
    assert row.low < row.difference < row.high < 0.0
    assert row.status == BETTER
    assert row.variance_ratio > 1.0
    assert math.isnan(row.better_days)
    line = next(text for text in f.table().splitlines() if text.startswith("Wait, 90th percentile"))
    assert line.split()[-2:] == ["–", "better"]


def test_a_percentile_alone_has_the_standard_error_of_its_own_interval(small_hall: Path) -> None:
    from hallsim.experiment.figures import figures_of
    from hallsim.experiment.same_days import same_days

    hall = hallsim.load(small_hall)
    figures = [f for f in figures_of(hall, ["wait_p90"], percentiles=True) if f.kpi.percentile]
    found = same_days([hall], figures, 60, 1)
    days = found.days[0][0]
    q = days[:, 0].sum() / days[:, 1].sum()
    error = math.sqrt((((days[:, 0] - q * days[:, 1]) / days[:, 1].mean()) ** 2).sum() / (60 * 59))
    e = found.results[0].estimate("wait_p90")
    assert q / 6e7 == pytest.approx(e.value)
    assert t_quantile(0.975, 59) * error / 6e7 == pytest.approx(e.half_width)


def test_halls_that_are_alike_have_percentiles_that_are_alike(small_hall: Path) -> None:
    f = compare(small_hall, small_hall, replications=20, kpis=["wait_p90"])
    assert f.get("wait_p90").status == SAME


def test_a_percentile_of_nothing_is_compared_with_one_of_something(small_hall: Path) -> None:
    f = compare(small_hall, variants={"x": "stations.counter.servers=60"}, replications=20, kpis=["wait_p90"])
    assert f.get("wait_p90").value == 0.0
    assert f.get("wait_p90").high < 0.0


@pytest.mark.slow
def test_standard_errors_of_differences_of_percentiles_are_right(small_hall: Path) -> None:
    """Over 150 seeds the standard deviation of the differences is the mean standard error, within 3.3 of its own."""
    rows = [
        compare(
            small_hall, variants={"x": "stations.counter.servers=4"}, replications=100, seed=seed, kpis=["wait_p90"]
        ).get("wait_p90")
        for seed in range(150)
    ]
    spread = np.std([row.difference for row in rows], ddof=1)
    stated = math.sqrt(np.mean([row.paired.variance for row in rows])) / 6e7
    assert abs(stated / spread - 1.0) < 3.3 / math.sqrt(2 * 149)


# --- Ctrl-C ----------------------------------------------------------------------------------------------------


def stop_in_round(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C come in the second hall of a round of ten days."""
    from hallsim.experiment import same_days

    run, calls = same_days.run, []

    def stopping(hall: object, n: int, **options: object) -> object:
        calls.append(n)
        if len(calls) == 2 * number:
            raise KeyboardInterrupt
        return run(hall, n, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(same_days, "ROUND", 10)
    monkeypatch.setattr(same_days, "run", stopping)


def test_ctrl_c_keeps_whole_rounds_of_both_halls(small_hall: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = {"x": "stations.counter.servers=4"}
    whole = compare(small_hall, variants=variant, replications=20)
    stop_in_round(3, monkeypatch)
    f = compare(small_hall, variants=variant, replications=50)
    assert (f.complete, f.replications, f.wanted) == (False, 20, 50)
    assert [r.replications for r in f.results] == [20, 20]
    row, expected = f.get("mean_wait"), whole.get("mean_wait")
    assert (row.difference, row.low) == (expected.difference, expected.low)
    assert f.results[0].estimate("wait_p90").value == whole.results[0].estimate("wait_p90").value
    assert "Stopped early: 20 of 50 days of each hall." in f.table()


def test_the_command_prints_what_ctrl_c_left(
    small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    stop_in_round(2, monkeypatch)
    options = ["--variant", "stations.counter.servers=4", "--reps", "30", "--lang", "zh"]
    assert exit_code(["compare", str(small_hall), *options]) == 130
    printed = capsys.readouterr()
    assert "提前停止：各方案完成 10/30 天。" in printed.out
    assert "the comparison is of 10 finished days of 30" in printed.err


def test_ctrl_c_while_percentiles_are_counted_keeps_all_other_figures(
    small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    whole = compare(small_hall, variants={"x": "stations.counter.servers=4"}, replications=10)
    stop_in_round(2, monkeypatch)  # the first hall's percentiles are counted, those of the second are not
    options = ["--variant", "x: stations.counter.servers=4", "--reps", "10", "--kpi", "wait_p90"]
    assert exit_code(["compare", str(small_hall), *options]) == 130
    printed = capsys.readouterr()
    assert "they are missing: wait, 90th percentile." in " ".join(printed.out.split())
    assert "stopped by Ctrl-C: missing are wait, 90th percentile" in printed.err
    stop_in_round(2, monkeypatch)
    found = compare(small_hall, variants={"x": "stations.counter.servers=4"}, replications=10, kpis=["wait_p90"])
    assert (found.complete, found.replications, len(found.missing)) == (False, 10, 1)
    assert [row.difference for row in found.rows] == [row.difference for row in whole.rows]
    assert [row.low for row in found.rows] == [row.low for row in whole.rows]


def test_ctrl_c_in_the_first_round_leaves_nothing(small_hall: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_in_round(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        compare(small_hall, variants={"x": "stations.counter.servers=4"}, replications=30)


# --- what is compared ------------------------------------------------------------------------------------------


def test_scenarios_are_compared_by_their_names(small_hall: Path, tmp_path: Path) -> None:
    other = tmp_path / "evening_hall.yaml"
    other.write_text(SMALL_HALL, encoding="utf-8")
    f = hallsim.compare(small_hall, other, replications=5)
    assert [name.en for name in f.names] == ["small_hall", "evening_hall"]  # the halls themselves are called alike


@pytest.mark.parametrize(
    ("text", "name", "changes"),
    [
        ("two more: stations.counter.servers=10", "two more", ("stations.counter.servers=10",)),
        ("多两台：a.b=1；c=2", "多两台", ("a.b=1", "c=2")),
        ("open=09:00-18:00", "open=09:00-18:00", ("open=09:00-18:00",)),
    ],
)
def test_a_variant_is_read_as_planners_type_it(text: str, name: str, changes: tuple[str, ...]) -> None:
    assert variant_of(text) == (name, changes)


@pytest.mark.parametrize("text", ["two more", "two more:", "", "a: b"])
def test_a_variant_without_a_change_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write it as 'two more counters"):
        variant_of(text)


@pytest.mark.parametrize(
    ("kpis", "message"),
    [
        (["wiat"], "did you mean wait"),
        (["service_level"], "within how many minutes"),
        (["overtime 5 min"], "has no such threshold"),
        (["mean_stop"], "has no mean_stop by hall"),
    ],
)
def test_a_figure_that_cannot_be_compared_is_refused(kpis: list[str], message: str, small_hall: Path) -> None:
    with pytest.raises(UsageError, match=message):
        compare(small_hall, variants={"x": "stations.counter.servers=4"}, replications=2, kpis=kpis)


def test_more_figures_can_be_asked_for(small_hall: Path) -> None:
    f = compare(
        small_hall,
        variants={"x": "stations.counter.servers=4"},
        replications=4,
        kpis=["overtime", "service level 3 min"],
    )
    assert f.get("overtime").figure.scope == "hall"
    assert f.get("service_level", within_min=3.0).figure.within_min == 3.0
    with pytest.raises(UsageError, match="visits of hall 1 was not compared"):
        f.get("visits")


def test_days_and_runs_cannot_be_compared(small_hall: Path) -> None:
    steady = STANDARD.parent / "s1_mmc.yaml"
    with pytest.raises(UsageError, match="one has days, the other has none"):
        compare(small_hall, steady, replications=2)


# --- the command -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_prints_80_columns(lang: str, small_hall: Path, capsys: Capture) -> None:
    options = ["--variant", "a fourth counter: stations.counter.servers=4", "--reps", "30", "--lang", lang]
    assert exit_code(["compare", str(small_hall), *options]) == 0
    out = capsys.readouterr().out
    assert max(display_width(line) for line in out.splitlines()) <= 80
    assert ("A fourth counter" if lang == "en" else "a fourth counter使") in out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_long_numbers_take_from_the_room_for_names(lang: str) -> None:
    f = compare(
        {"run_for": "90000 h", "arrivals": {"rate": "1/h"}, "stations": {"counter": {"servers": 2, "time": "20 min"}}},
        variants={"a third": "stations.counter.servers=3"},
        replications=2,
    )
    table = f.table(lang)
    assert "10800000" in table
    assert max(display_width(line) for line in table.splitlines()) <= 80


def test_the_command_prints_json(small_hall: Path, capsys: Capture) -> None:
    options = ["--variant", "stations.counter.servers=4", "--reps", "10", "--json"]
    assert exit_code(["compare", str(small_hall), *options]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [h["changes"] for h in answer["halls"]] == [[], ["stations.counter.servers=4"]]
    assert answer["differences"][0]["kpi"] == "mean_wait"
    assert len(answer["sentences_en"]) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "a comparison takes two halls"),
        (["--variant", "nonsense"], "cannot be read"),
        (["--variant", "a: open=09:00-10:00", "--variant", "a: open=09:00-11:00"], "two variants are called 'a'"),
        (["--variant", "stations.counter.server=4"], "did you mean servers"),
        (["--variant", "stations.counter.servers=4", "--kpi", "mean_wiat"], "did you mean mean_wait"),
        (["--variant", "stations.counter.servers=4", "--date", "2024-03-05"], "--date is for reports"),
    ],
)
def test_wrong_options_are_refused(options: list[str], message: str, small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["compare", str(small_hall), *options, "--reps", "3"]) == 2
    assert message in capsys.readouterr().err


# --- rules written in Python -----------------------------------------------------------------------------------


def test_a_rule_in_python_is_compared_only_where_it_may_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.py").write_text(
        "def last(hall, station, server, tickets):\n    return tickets[-1]\n", encoding="utf-8"
    )
    base = {
        "open": "09:00-11:00",
        "arrivals": {"rate": "30/h"},
        "stations": {"counter": {"servers": 2, "time": "5 min"}},
    }
    other = base | {"policies": {"counter.call": "rules.py:last"}}
    with pytest.raises(UsageError, match="allow"):
        compare(base, other, replications=3)
    found = compare(base, other, replications=3, allow_code=True)
    assert [r.engine for r in found.results] == ["batch", "reference"]
    assert found.same_customers() == [1.0]
