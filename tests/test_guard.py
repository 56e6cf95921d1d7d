"""Guard rails: loads and bounds beside results, exact answers, Little's law, and warnings where they disagree."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.experiment import Results, run
from hallsim.experiment.guard import exact, guard
from hallsim.experiment.guard.words import warnings_of
from hallsim.experiment.table import display_width
from hallsim.scenario import load
from hallsim.theory import ErlangA, ErlangC, pollaczek_khinchine

Capture = pytest.CaptureFixture[str]
SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


@cache
def results_of(name: str, days: int = 30) -> Results:
    """Return the results of some days of a shipped scenario."""
    return run(load(SCENARIOS / f"{name}.yaml"), days, seed=2)


def line(servers: int = 2, time: str = "exponential 5 min", rate: str = "20/h", **more: Any) -> Results:
    """Return the results of a line in steady state."""
    station = {"servers": servers, "time": time} | more
    hall = {"run_for": "6000 min", "warm_up": "500 min", "arrivals": {"rate": rate}, "stations": {"counter": station}}
    return run(load(hall), 40, seed=3)


def short(targets: dict[str, Any], **station: Any) -> Results:
    """Return the results of a hall with far too few counters, held against targets."""
    counter = {"servers": 2, "time": "exponential 6 min", "patience": "exponential 30 min"} | station
    hall = {"open": "09:00-13:00", "arrivals": {"rate": "40/h"}, "stations": {"counter": counter}}
    return run(load(hall | ({"targets": targets} if targets else {})), 30, seed=4)


# --- loads -----------------------------------------------------------------------------------------------------


def test_the_load_of_an_hour_is_who_joins_times_the_mean_service() -> None:
    r = results_of("standard_hall")
    (counter,) = guard(r).loads
    mean, joined = (r.estimate(kpi, "station", "counter").value for kpi in ("mean_service", "joined"))
    assert np.mean(counter.offered) == pytest.approx(joined * mean / 540.0)
    assert counter.on_duty == pytest.approx((4.5, 5.0, 5.0, 3.25, 4.0, 5.0, 5.0, 5.0, 4.0), abs=0.05)


def test_the_infinite_server_hall_lags_behind_the_load() -> None:
    (counter,) = guard(results_of("standard_hall")).loads
    assert counter.infinite[0] < counter.offered[0]  # the doors have just opened
    assert counter.infinite[8] > counter.offered[8]  # work of the busy hour before is still being done
    assert counter.busy <= counter.most_busy


def test_customers_who_all_come_early_in_an_hour_contradict_nothing() -> None:
    times = [f"09:{minute:02}" for minute in range(0, 60, 10)]
    stations = {"counter": {"servers": 1, "time": "5 min"}}
    hall = load({"open": "09:00-10:00", "arrivals": {"times": times}, "stations": stations})
    found = guard(run(hall, 2, engine="reference"))
    assert found.loads[0].busy == pytest.approx(0.5)
    assert not found.warnings


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_shipped_hall_contradicts_theory(path: Path) -> None:
    hall = load(path)
    if hall.model.steady:
        hall = hall.change("run_for", "11000 min")
    found = guard(run(hall, 10, seed=5))
    assert not [warning for warning in found.warnings if warning.en.startswith("Contradiction")]
    assert not [reach for reach in found.reach if reach.out_of_reach]


def test_hours_with_more_work_than_servers_are_named() -> None:
    (overload, *_) = guard(short({})).warnings
    assert overload.en.startswith("counter: more work comes than the servers on duty can do")
    assert "09:00 4." in overload.en
    assert "> 2.0" in overload.en
    assert "工作量超过在岗台席" in overload.zh


def test_an_overloaded_line_without_patience_depends_on_the_length_of_the_run() -> None:
    (warning,) = guard(line(servers=1)).warnings
    assert "the line grows without end" in warning.en


# --- exact answers ---------------------------------------------------------------------------------------------


def test_a_plain_line_in_steady_state_has_erlangs_answer() -> None:
    wait, waiting = guard(line()).exact
    c = ErlangC(1 / 3, 1 / 5, 2)
    assert wait.model == "Erlang C"
    assert (wait.value, waiting.value) == pytest.approx((c.mean_wait, c.p_wait))
    assert not wait.contradicts


def test_a_line_that_customers_leave_has_erlang_as_answer() -> None:
    wait, abandonment = guard(line(patience="exponential 10 min")).exact
    a = ErlangA(1 / 3, 1 / 5, 1 / 10, 2)
    assert (wait.value, abandonment.value) == pytest.approx((a.mean_wait, a.p_abandon))
    assert not wait.contradicts
    assert not abandonment.contradicts


def test_one_server_of_any_law_has_the_answer_of_pollaczek_and_khinchine() -> None:
    (wait,) = guard(line(1, "lognormal 2 min cv 1.5")).exact
    assert wait.value == pytest.approx(pollaczek_khinchine(1 / 3, 2.0, 1.5))
    assert not wait.contradicts


@pytest.mark.parametrize(
    "more",
    [
        {"room": {"waiting": 3}},
        {"breakdowns": {"every": "exponential 8 h", "repair": "exponential 20 min"}},
        {"time": "lognormal 5 min cv 0.5"},
    ],
)
def test_a_line_of_another_kind_has_no_exact_answer(more: dict[str, Any]) -> None:
    assert guard(line(**more)).exact == ()


@pytest.mark.parametrize(("resolution", "n"), [("100 ms", 2), ("1 min", 0)])
def test_times_rounded_coarsely_have_no_exact_answer(resolution: str, n: int) -> None:
    hall = {
        "run_for": "600 min",
        "resolution": resolution,
        "arrivals": {"rate": "20/h"},
        "stations": {"counter": {"servers": 2, "time": "exponential 5 min"}},
    }
    assert len(exact.exact_of(run(load(hall), 2))) == n


def test_an_estimate_far_from_the_exact_answer_is_a_contradiction() -> None:
    found = guard(line()).exact[0]
    off = dataclasses.replace(found, value=2.0 * found.value)
    assert off.contradicts
    (warning,) = warnings_of(line(), (), (off,), (), [])
    assert warning.en.startswith("Contradiction: mean wait is simulated as")
    assert "Erlang C gives" in warning.en


def test_two_runs_that_agree_by_luck_contradict_nothing() -> None:
    found = guard(line()).exact[1]
    e = dataclasses.replace(found.estimate, value=0.673, low=0.6725, high=0.6735)
    two = dataclasses.replace(found, estimate=e, value=0.669, replications=2)
    assert not two.contradicts  # Student's law with one degree of freedom
    assert dataclasses.replace(two, replications=200).contradicts


# --- Little's law ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["standard_hall", "flagship_hall", "bad_day"])
def test_littles_law_holds_by_hour(name: str) -> None:
    assert exact.little(results_of(name)) == []


def test_people_waiting_who_never_came_break_littles_law() -> None:
    r = results_of("standard_hall")
    row = r._index["queue_length", "station", "counter", 600, None][1]
    more = r.moments.mean_n.copy()
    more[row] *= 40.0
    broken = dataclasses.replace(r, moments=r.moments._replace(mean_n=more))
    assert exact.little(broken) == [("counter", 600)]
    assert any("Little's law" in warning.en and "11:00" in warning.en for warning in guard(broken).warnings)


# --- targets ---------------------------------------------------------------------------------------------------


def test_a_service_level_beyond_the_capacity_is_out_of_reach() -> None:
    r = short({"all": {"wait": "90 % within 10 min"}})
    (reach,) = guard(r).reach
    # 160 customers; two counters work 240 + 10 min each, 6 min a customer, and one more each may have begun
    assert reach.best == pytest.approx((2 * 250.0 / 6.0 + 2.0) / r.estimate("joined").value, rel=1e-6)
    assert reach.out_of_reach
    said = guard(r).warnings[-1]
    assert said.en.startswith("Out of reach for any rule of calling")
    assert "service level within 10 min can be at most 5" in said.en
    assert "等候达标率（10 分钟）以现有在岗台席至多" in said.zh


def test_the_bound_is_above_what_any_rule_brings() -> None:
    for call in ("fifo", {"priority": ["customer"]}):
        r = short({"all": {"wait": "40 % within 10 min"}}, call=call)
        (reach,) = guard(r).reach
        assert r.estimate("service_level", within_min=10.0).value < reach.best


def test_quick_transactions_first_raise_the_bound() -> None:
    hall = {
        "open": "09:00-13:00",
        "transactions": {"quick": "50 %", "slow": "rest"},
        "arrivals": {"rate": "40/h"},
        "stations": {"counter": {"servers": 2, "time": {"quick": "2 min", "slow": "10 min"}}},
        "targets": {"all": {"wait": "90 % within 10 min"}},
    }
    (reach,) = guard(run(load(hall), 30, seed=4)).reach
    assert reach.best > (2 * 250.0 / 6.0 + 2.0) / 160.0 + 0.1


def test_without_patience_a_mean_wait_and_a_percentile_have_bounds_too() -> None:
    found = guard(short({"all": {"mean_wait": "at most 5 min", "wait_p90": "at most 10 min"}}, patience="never"))
    assert all(reach.out_of_reach for reach in found.reach)
    with_patience = guard(short({"all": {"mean_wait": "at most 5 min"}}))
    assert with_patience.reach == ()


def test_customers_who_never_answer_bound_the_abandonment() -> None:
    calls = {"unanswered": "20 %", "time_out": "10 s"}
    (reach,) = guard(short({"all": {"abandonment": "at most 5 %"}}, servers=6, calls=calls)).reach
    assert (reach.best, reach.why, reach.out_of_reach) == (pytest.approx(0.2), "no-shows", True)


# --- where it is shown -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_has_the_loads_in_80_columns(lang: str) -> None:
    table = short({"all": {"wait": "90 % within 10 min"}}).table(lang)
    assert max(display_width(text) for text in table.splitlines()) <= 80
    assert ("Load and theory" if lang == "en" else "负荷与理论值") in table
    assert ("Out of reach for any rule" if lang == "en" else "任何叫号规则都无法达到") in table


def test_the_figures_of_a_log_have_no_loads(tmp_path: Path) -> None:
    from hallsim.experiment import measure
    from hallsim.experiment.run import replicate

    hall = load(SCENARIOS / "standard_hall.yaml")
    r = measure(hall, replicate(hall, 2))
    assert "Load and theory" not in r.table()
    assert "guard" not in json.loads(r.to_json())


def test_json_has_the_loads_and_the_warnings(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(small_hall), "--reps", "10", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["guard"]
    assert found["stations"][0]["station"] == "counter"
    assert found["warnings_en"] == []


def test_the_report_says_what_is_out_of_reach() -> None:
    from hallsim.charts.base import Material
    from hallsim.experiment.profile import gather
    from hallsim.report.build import render

    r = short({"all": {"wait": "90 % within 10 min"}})
    page = render(Material(r, gather(r.model, r)), charts=())
    assert "Out of reach for any rule of calling" in page
    assert "负荷与理论值" in page
