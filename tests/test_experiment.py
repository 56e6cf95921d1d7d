"""Running replications: the same bits whatever the number of threads, clean stops, verdicts and tables."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import hallsim
from hallsim.compiled import SEMANTICS
from hallsim.errors import UsageError
from hallsim.experiment import Results, replicate, run
from hallsim.experiment.measure import reduce_log
from hallsim.experiment.table import display_width, grid
from hallsim.experiment.verdicts import MET, MISSED, NOISE, judge, show
from hallsim.kpis.checks import violations
from hallsim.kpis.layout import make_histogram
from hallsim.model import Label, Model, RatePiece, Route, Source, Station, Target, TicketClass
from hallsim.parts.distributions import Exponential, Lognormal
from tests.hand_made_logs import HALL, MINUTE, NINE

HOUR = 60 * MINUTE


def _open(station: Station, close: int) -> Station:
    return replace(station, servers=tuple(replace(s, shifts=((NINE, close),)) for s in station.servers))


@cache
def busy_hall() -> Model:
    """Return three hours with a kiosk that fails and two counters with impatient customers."""
    close = NINE + 3 * HOUR
    kiosk, counter = (_open(s, close) for s in HALL.stations)
    return replace(
        HALL,
        close=close,
        sources=(Source("walk_in", "poisson", (0.2, 0.8), (RatePiece(NINE, close, 20 / HOUR),)),),
        stations=(
            replace(
                kiosk,
                service=(Exponential(2.0 * MINUTE),) * 2,
                routes=((Route(0.2, 1, "failed"), Route(0.8, 2)),) * 2,
            ),
            replace(counter, service=(Lognormal(6.0 * MINUTE, 0.8),) * 2, patience=(Exponential(20.0 * MINUTE),) * 2),
        ),
        entry=((Route(1.0, 1),), (Route(0.4, 0), Route(0.1, 3), Route(0.5, 1))),
        ticket_classes=(
            TicketClass("vip", Label("VIP", "贵宾号"), "V", 0),
            TicketClass("general", Label("General", "普通号"), "Z", 1),
        ),
        targets=(
            Target("service_level", 1, -1, within=20 * MINUTE, at_least=0.5),
            Target("mean_wait", 1, 1, at_most=0.001),
            Target("wait_p90", 1, 0, at_most=60.0),
            Target("abandonment", 0, -1, at_most=0.03),
        ),
    )


@cache
def hundred_days() -> Results:
    return run(busy_hall(), replications=100, seed=3, jobs=1)


def same_bits(a: Results, b: Results) -> bool:
    return (
        all(np.array_equal(x, y) for x, y in zip(a.moments, b.moments, strict=True))
        and np.array_equal(a.histogram, b.histogram)
        and np.array_equal(a.days, b.days, equal_nan=True)
        and a.to_json() == b.to_json()
    )


@pytest.mark.parametrize("jobs", [2, 4])
def test_the_number_of_threads_changes_no_bit(jobs: int) -> None:
    assert same_bits(hundred_days(), run(busy_hall(), replications=100, seed=3, jobs=jobs))


def test_the_reference_engine_gives_the_same_results() -> None:
    fast = run(busy_hall(), replications=7, seed=3)
    slow = run(busy_hall(), replications=7, seed=3, engine="reference")
    assert np.array_equal(fast.histogram, slow.histogram)
    assert all(np.array_equal(x, y) for x, y in zip(fast.moments, slow.moments, strict=True))


def test_another_seed_gives_other_days() -> None:
    assert not np.array_equal(run(busy_hall(), 3, seed=4).days, run(busy_hall(), 3, seed=5).days)


def test_kept_logs_are_those_the_results_are_made_of() -> None:
    r = run(busy_hall(), replications=5, seed=3, keep_log=True)
    assert r.logs is not None
    assert same_bits(r, run(busy_hall(), replications=5, seed=3))
    sums = np.zeros((5, r.plan.layout.spec.size), dtype=np.int64)
    for log, out in zip(r.logs, sums, strict=True):
        reduce_log(r.plan.layout.spec, log, make_histogram(r.plan.layout.spec), out)
        assert violations(log) == []
    joined = r.plan.aggregate(sums)[0].mean()
    assert r.estimate("joined").value == pytest.approx(joined)


def test_replications_are_the_same_wherever_one_begins() -> None:
    later = list(replicate(busy_hall(), 2, seed=3, first=3))
    logs = list(replicate(busy_hall(), 5, seed=3))
    for a, b in zip(logs[3:], later, strict=True):
        assert np.array_equal(a.rows, b.rows)
        assert np.array_equal(a.server_rows, b.server_rows)


def test_headlines_of_every_day_average_to_the_estimates() -> None:
    r = hundred_days()
    assert r.days.shape == (100, 6)
    assert r.days[:, 0].mean() == pytest.approx(r.estimate("visits").value)
    assert r.days[:, 5].mean() == pytest.approx(r.estimate("late_closing").value)


def test_progress_counts_up_to_the_end() -> None:
    seen: list[int] = []
    run(busy_hall(), replications=40, seed=1, jobs=2, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 40


@pytest.mark.parametrize("engine", ["batch", "reference"])
def test_ctrl_c_keeps_what_is_finished(engine: str) -> None:
    seen: list[int] = []

    def interrupt(done: int) -> None:
        seen.append(done)
        if len(seen) == 1:
            raise KeyboardInterrupt

    r = run(busy_hall(), replications=400, seed=3, engine=engine, jobs=2, progress=interrupt)
    assert not r.complete
    assert 1 <= r.replications < 400
    joined = sum(r.estimate("joined", "station", name).value for name in ("kiosk", "counter"))
    assert r.histogram.sum() == pytest.approx(joined * r.replications)
    assert "Stopped early" in r.table()
    assert json.loads(r.to_json())["provenance"]["complete"] is False


def test_a_second_ctrl_c_ends_at_once() -> None:
    stops = iter((KeyboardInterrupt, KeyboardInterrupt))

    def interrupt(done: int) -> None:
        raise next(stops)

    with pytest.raises(KeyboardInterrupt):
        run(busy_hall(), replications=2000, seed=3, jobs=2, progress=interrupt)


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    model = busy_hall()
    counter = replace(model.stations[1], service=(Lognormal(1e300, 0.8),) * 2)
    with pytest.raises(hallsim.EngineError, match="replication"):
        run(replace(model, stations=(model.stations[0], counter)), replications=8, jobs=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": 0}, "allowed are 1 to"),
        ({"seed": -1}, "seed is -1"),
        ({"engine": "bach"}, r"did you mean batch"),
        ({"jobs": 0}, "jobs is 0"),
    ],
)
def test_nonsense_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(busy_hall(), **arguments)  # type: ignore[arg-type]


def test_memory_does_not_grow_with_the_days() -> None:
    peaks = []
    for days in (500, 5000):
        tracemalloc.start()
        run(busy_hall(), replications=days, seed=1, jobs=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    headlines = 2 * 4500 * 6 * 8  # kept per day, once in pieces and once whole
    assert peaks[1] - peaks[0] < headlines + 4_000_000


# --- what comes out --------------------------------------------------------------------------------------


def test_extra_thresholds_are_reported() -> None:
    r = run(busy_hall(), replications=5, seed=1, thresholds_min=(2.5,))
    levels = [r.estimate("service_level", within_min=t).value for t in (2.5, 5, 10, 15, 20)]
    assert levels == sorted(levels)


def test_the_summary_is_tidy() -> None:
    frame = hundred_days().summary()
    assert list(frame.columns[:5]) == ["kpi", "name_en", "name_zh", "unit", "scope"]
    key = ["kpi", "scope", "item", "hour", "within_min"]
    assert not frame.duplicated(key).any()
    known = frame.dropna(subset=["value", "low"])
    assert (known["low"] <= known["value"] + 1e-9).all()
    assert (known["value"] <= known["high"] + 1e-9).all()
    assert frame.attrs["seed"] == 3
    assert frame.attrs["replications"] == 100
    assert set(frame["hour"].dropna().astype(int)) == {540, 600, 660}


def test_hours_add_up_to_the_day() -> None:
    r = hundred_days()
    by_hour = [r.estimate("visits", hour=h).value for h in (540, 600, 660)]
    assert sum(by_hour) == pytest.approx(r.estimate("visits").value)


def test_provenance_says_how_to_get_the_same_numbers() -> None:
    assert hundred_days().provenance == {
        "hallsim": hallsim.__version__,
        "semantics": SEMANTICS,
        "scenario": "Test hall",
        "scenario_hash": "abc123",
        "seed": 3,
        "replications": 100,
        "replications_wanted": 100,
        "complete": True,
        "engine": "batch",
        "confidence": 0.95,
        "code": [],
    }


def test_targets_are_judged_by_their_whole_interval() -> None:
    verdicts = hundred_days().targets()
    assert [v.status for v in verdicts[:3]] == [MET, MISSED, MET]
    assert [(v.estimate.scope, v.estimate.item) for v in verdicts] == [
        ("hall", "Test hall"),
        ("class", "general"),
        ("class", "vip"),
        ("station", "kiosk"),
    ]
    assert verdicts[0].sentence().startswith("Test hall: service level within 20 min is ")
    assert verdicts[0].sentence().endswith("target at least 50.0 %: met")
    assert verdicts[1].sentence("zh").endswith("目标不高于 0.00 分钟：未达标")


@pytest.mark.parametrize(
    ("low", "high", "bound", "at_least", "status"),
    [
        (0.90, 0.94, 0.90, True, MET),
        (0.88, 0.94, 0.90, True, NOISE),
        (0.85, 0.89, 0.90, True, MISSED),
        (4.0, 5.0, 5.0, False, MET),
        (4.0, 5.1, 5.0, False, NOISE),
        (5.1, 5.2, 5.0, False, MISSED),
        (math.nan, math.nan, 5.0, False, NOISE),
    ],
)
def test_a_verdict_needs_the_whole_interval(low: float, high: float, bound: float, at_least: bool, status: str) -> None:
    estimate = replace(hundred_days().estimate("mean_wait"), value=(low + high) / 2 if low == low else 1.0)
    assert judge(replace(estimate, low=low, high=high), bound, at_least) == status


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_fits_80_columns(lang: str) -> None:
    model = replace(busy_hall(), label=Label("A hall with a rather long name " * 3, "名字很长的营业厅" * 9))
    for replications in (1, 30):
        text = run(model, replications=replications, seed=1).table(lang=lang)
        assert max(display_width(line) for line in text.splitlines()) <= 80
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_table_of_a_single_day_shows_dashes_for_intervals() -> None:
    lines = run(busy_hall(), replications=1, seed=1).table().splitlines()
    assert next(line for line in lines if line.startswith("Visits")).endswith("–")


def test_there_is_no_table_in_other_languages() -> None:
    with pytest.raises(UsageError, match="known: en, zh"):
        hundred_days().table(lang="fr")


def test_json_has_no_number_that_is_none() -> None:
    document = json.loads(run(busy_hall(), replications=1, seed=1).to_json())
    assert document["provenance"]["replications"] == 1
    assert {k["kpi"] for k in document["kpis"]} >= {"mean_wait", "wait_p90", "utilisation"}
    assert all(k["low"] is None for k in document["kpis"])
    assert [t["status"] for t in document["targets"]] == [NOISE] * 4


def test_values_are_shown_with_their_unit() -> None:
    assert show(0.0123, "share") == "1.23 %"
    assert show(12.34, "min", "zh") == "12.34 分钟"
    assert show(123.456, "per day") == "123.5"
    assert show(math.nan, "min") == "–"


def test_the_table_does_not_import_pandas_or_scipy_stats() -> None:
    code = (
        "import sys; from tests.test_experiment import busy_hall, run;"
        "[sys.modules.pop(m) for m in list(sys.modules) if m.split('.')[0] == 'pandas'];"
        "run(busy_hall(), 3).table(); run(busy_hall(), 3).to_json();"
        "assert not {'pandas', 'scipy.stats', 'scipy.special'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_a_name_too_wide_for_its_column_goes_on_in_the_next_line() -> None:
    rows = [["Stations", "wait"], ["help at the kiosks", "0.03"], ["人工台席与自助终端", "1.20"]]
    assert grid(rows, [12, 8]) == [
        "Stations        wait",
        "-" * 20,
        "help at the",
        "  kiosks        0.03",
        "人工台席与自",
        "  助终端        1.20",
    ]


def test_a_name_is_cut_after_three_lines() -> None:
    lines = grid([["name", "n"], ["word " * 30, "1"]], [12, 4])
    assert len(lines) == 5
    assert "…" in lines[-1]
