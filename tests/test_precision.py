"""Runs that go on until they are exact enough: aims as planners write them, stages, caps, advice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.errors import UsageError
from hallsim.experiment import run
from hallsim.experiment.precision import FIRST, advice, aims_of, kpi_named, needed, next_total, rounded, verdict
from hallsim.experiment.table import display_width
from tests.test_experiment import busy_hall, same_bits

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("text", "kpi", "within", "amount", "relative"),
    [
        ("wait 2 %", "mean_wait", None, 0.02, True),
        ("Mean wait ± 0.1 min", "mean_wait", None, 0.1, False),
        ("Wait, 90th percentile 5%", "wait_p90", None, 0.05, True),
        ("abandonment 0.2 points", "abandonment", None, 0.002, False),
        ("弃号率 0.2 个百分点", "abandonment", None, 0.002, False),
        ("平均等候时长 2%", "mean_wait", None, 0.02, True),
        ("service level within 10 min 0.5 points", "service_level", 10.0, 0.005, False),
        ("等候达标率（10 分钟） 0.5 个百分点", "service_level", 10.0, 0.005, False),
        ("wait_over 7.5 min 10 %", "wait_over", 7.5, 0.1, True),
        ("late_closing 1 min", "late_closing", None, 1.0, False),
        ("visits 3", "visits", None, 3.0, False),
    ],
)
def test_an_aim_is_read(text: str, kpi: str, within: float | None, amount: float, relative: bool) -> None:
    (aim,) = aims_of(text)
    assert (aim.kpi.name, aim.within_min, aim.relative) == (kpi, within, relative)
    assert aim.amount == pytest.approx(amount)
    assert aims_of(aim.written) == (aim,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wiat 2 %", "'wiat' is not a key figure; .*did you mean wait"),
        ("mean_wiat 2 %", "did you mean mean_wait"),
        ("wait 2", "number without a unit does not fit mean_wait; allowed are % or min"),
        ("wait 2 points", "the unit 'points' does not fit mean_wait"),
        ("abandonment 1 min", "does not fit abandonment; allowed are % or points|no threshold"),
        ("wait 0 %", "must be above 0"),
        ("wait 100 %", "below 100 %"),
        ("service level 2 %", "within how many minutes"),
        ("abandonment 10 min 2 %", "abandonment has no threshold"),
        ("wait", "cannot be read"),
        ("", "no precision is named"),
        ("wait 2 %; mean_wait 0.1 min", "mean wait is asked for twice"),
    ],
)
def test_a_wrong_aim_is_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        aims_of(text)


def test_every_kpi_is_found_by_the_names_that_tables_show() -> None:
    from hallsim.kpis import KPIS

    for kpi in KPIS.values():
        assert kpi_named(kpi.name) is kpi
        assert kpi_named(kpi.en) is kpi
        assert kpi_named(kpi.zh) is kpi


def test_a_relative_aim_is_held_to_the_true_value() -> None:
    """Law's gamma' = gamma / (1 + gamma): an estimate 10 % too high with 1/11 of it as half-width is off by 10 %."""
    (aim,) = aims_of("wait 10 %")
    assert aim.allowed(1.1) == pytest.approx(0.1)
    assert not verdict(aim, 1.1, 0.1001, 200).reached
    assert verdict(aim, 1.1, 0.0999, 200).reached


def test_stages_go_to_what_the_spread_asks_for_within_bounds() -> None:
    assert next_total(0, 0, 10_000) == FIRST
    assert next_total(100, 640, 10_000) == 640
    assert next_total(100, 103, 10_000) == 125
    assert next_total(100, 10**6, 10_000) == 800
    assert next_total(5000, 10**6, 10_000) == 10_000
    assert next_total(10_000, 10**6, 10_000) == 10_000
    assert next_total(0, 0, 30) == 30


def test_stages_hold_whole_calendars() -> None:
    assert next_total(0, 0, 10_000, step=7) == 105
    assert next_total(105, 400, 10_000, step=7) == 406
    assert next_total(406, 10**6, 1000, step=7) == 994
    assert next_total(994, 10**6, 1000, step=7) == 994
    assert next_total(0, 0, 5, step=7) == 5


def test_four_times_the_replications_halve_the_interval() -> None:
    assert needed(100, 2.0, 1.0) == 400
    assert needed(100, 0.0, 1.0) == 0


def test_a_run_goes_on_until_every_aim_is_reached() -> None:
    r = run(busy_hall(), seed=3, precision=["wait 8 %", "wait_p90 10 %", "service_level 7 min 3 points"])
    assert r.complete
    assert r.precision is not None
    assert r.precision.reached
    assert r.precision.stages[0] == FIRST
    assert r.precision.stages[-1] == r.replications > FIRST
    e = r.estimate("mean_wait")
    assert e.half_width <= 0.08 / 1.08 * e.value
    assert r.days.shape[0] == r.replications


def test_a_run_with_a_precision_has_the_days_of_one_with_that_number() -> None:
    stages = run(busy_hall(), seed=3, precision="wait 8 %", jobs=2)
    fixed = run(busy_hall(), stages.replications, seed=3)
    assert np.array_equal(stages.days, fixed.days, equal_nan=True)
    assert np.array_equal(stages.histogram, fixed.histogram)
    np.testing.assert_allclose(stages.moments.m2_n, fixed.moments.m2_n, rtol=1e-9)
    assert same_bits(stages, run(busy_hall(), seed=3, precision="wait 8 %", jobs=1))


def test_a_cap_ends_a_run_and_says_what_it_would_have_taken() -> None:
    r = run(busy_hall(), seed=3, precision="wait 1 %", most=120)
    assert r.precision is not None
    assert (r.replications, r.complete, r.precision.reached) == (120, True, False)
    (sentence,) = r.precision.sentences("en", "days")
    assert sentence.startswith("Precision of mean wait, ± 1 %: not reached with the most allowed, 120 days (± ")
    assert rounded(r.precision.aims[0].needed) in sentence
    assert "未达到，已到上限 120 天" in r.precision.sentences("zh", "天")[0]


@pytest.mark.parametrize(("aim", "always"), [("abandonment 10 %", "0"), ("service level 600 min 1 point", "100 %")])
def test_what_never_or_always_happens_has_no_error_to_estimate(aim: str, always: str) -> None:
    patient = replace(busy_hall(), stations=tuple(replace(s, patience=(None, None)) for s in busy_hall().stations))
    patient = replace(patient, targets=())
    r = run(patient, seed=3, precision=aim, most=150)
    assert r.precision is not None
    assert r.precision.aims[0].constant
    assert not r.precision.reached
    assert f"it was {always} in all 150 days" in r.precision.sentences("en", "days")[0]


def test_ctrl_c_in_a_later_stage_keeps_what_is_finished() -> None:
    pressed = []

    def interrupt(done: int, total: int) -> None:
        if done > FIRST and not pressed:
            pressed.append(total)
            raise KeyboardInterrupt

    r = run(busy_hall(), seed=3, precision="wait 3 %", progress=interrupt)
    assert r.precision is not None
    assert not r.complete
    assert r.days.shape[0] == r.replications > FIRST
    assert not r.precision.reached
    assert "with" in r.precision.sentences("en", "days")[0]


def test_replications_and_precision_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="not both"):
        run(busy_hall(), 10, precision="wait 2 %")
    with pytest.raises(UsageError, match="`most` is for runs with a precision"):
        run(busy_hall(), 10, most=20)


def test_advice_is_given_for_narrower_intervals_only() -> None:
    r = run(busy_hall(), 100, seed=3)
    assert advice(r, "en", "days").startswith("Mean wait is known to ± ")
    assert " for ± 5 % some " in advice(r, "en", "days")
    assert "约需" in advice(r, "zh", "天")
    assert advice(run(busy_hall(), 1, seed=3), "en", "days") == ""


def test_the_table_says_what_became_of_the_precision(small_hall: Path, capsys: Capture) -> None:
    for lang in ("en", "zh"):
        aims = ["--precision", "wait 20 %; abandonment 2 points", "--most", "150"]
        assert exit_code(["run", str(small_hall), *aims, "--lang", lang]) == 0
        out = capsys.readouterr().out
        assert ("Precision of abandonment" if lang == "en" else "精度：弃号率") in out
        assert max(display_width(line) for line in out.splitlines()) <= 80


def test_json_says_what_became_of_the_precision(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(small_hall), "--precision", "wait 0.01 min", "--most", "130", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["precision"]
    assert found["stages"] == [100, 130]
    assert not found["reached"]
    assert found["aims"][0]["needed"] > 130


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reps", "5", "--precision", "wait 2 %"], "exclude each other"),
        (["--most", "5"], "--most is for runs with --precision"),
        (["--precision", "wiat 2 %"], "did you mean wait"),
    ],
)
def test_wrong_options_are_refused(options: list[str], message: str, small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(small_hall), *options]) == 2
    assert message in capsys.readouterr().err
