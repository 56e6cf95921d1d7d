"""The reference suite itself, our own cases with closed forms, and (slow) the shared file of cases."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallsim import compiled
from hallsim.compiled import Log
from tests import reference_suite
from tests.reference import formula, laws, measure
from tests.reference.answer import Calculation, Found, judge_found
from tests.reference.cases import read
from tests.reference.own_cases import FILE, own_cases
from tests.reference.plan import NotCovered
from tests.reference.run import plan_of, run_case

OWN = {c["id"]: c for c in read(FILE)}
SHARED = Path(os.environ.get("HALLSIM_REFERENCE", Path(__file__).resolve().parents[2] / "shared" / "reference"))


# --- a brute-force witness: M/M/c+U customer by customer, from the times at which servers come free ---------


def _brute_force(n: int, n_servers: int, seed: int) -> tuple[Log, np.ndarray]:
    """Return the log of a FIFO line with patience, and every customer's offered wait, microseconds."""
    random = np.random.default_rng(seed)
    joins = np.cumsum(random.integers(1, 900, n))
    free = [0] * n_servers
    rows = np.zeros((n, compiled.ROW_FIELDS), dtype=np.int64)
    waits = np.zeros(n, dtype=np.int64)
    for i, join in enumerate(joins.tolist()):
        patience, service = int(random.integers(1, 2500)), int(random.integers(1, 2400))
        first = min(range(n_servers), key=free.__getitem__)
        waits[i] = max(0, free[first] - join)
        served = waits[i] <= patience
        call = join + int(waits[i]) if served else -1
        end = call + service if served else join + patience
        if served:
            free[first] = end
        outcome = compiled.STEP_SERVED if served else compiled.STEP_RENEGED
        rows[i] = (i, outcome << 32 | 1 << 40, 0, join, join, call, end, 0)
    rows = rows[np.argsort(rows[:, compiled.ROW_END], kind="stable")]
    return Log(rows, np.zeros((0, 4), dtype=np.int64), int(rows[-1, compiled.ROW_END])), waits


@pytest.mark.parametrize("n_servers", [1, 2, 5])
def test_offered_waits_are_rebuilt_exactly_from_a_log(n_servers: int) -> None:
    log, expected = _brute_force(3000, n_servers, seed=n_servers)
    _, found = measure.offered_waits(log.rows, n_servers)
    # the servers that end the last waits may still be busy when the log stops
    assert np.array_equal(found[:-50], expected[:-50])


def _inside(rows: np.ndarray, t: int) -> tuple[int, int]:
    """Count who waits and who is in service at t, row by row."""
    waiting = busy = 0
    for row in rows:
        join, call, end = (int(row[f]) for f in (compiled.ROW_JOIN, compiled.ROW_CALL, compiled.ROW_END))
        if call >= 0:
            waiting += join <= t < call
            busy += call <= t < end
        else:
            waiting += join <= t < end
    return waiting, busy


def test_numbers_at_given_times_agree_with_counting_row_by_row() -> None:
    log, _ = _brute_force(400, 2, seed=7)
    times = np.array([0, 500, 12_345, 60_000, 100_000], dtype=np.int64)
    found = measure.at_times(log.rows, 0, 1, times)
    assert found.tolist() == [list(map(float, _inside(log.rows, int(t)))) for t in times]


def test_areas_and_times_at_a_number_agree_with_counting_every_microsecond() -> None:
    log, _ = _brute_force(60, 2, seed=3)
    start, middle, end = 1000, 7003, 15_000
    found = measure.areas(log.rows, 0, 1, -1, np.array([start, middle, end], dtype=np.int64))
    inside = [_inside(log.rows, t) for t in range(start, end)]
    by_hand = [
        [sum(x[k] for x in part) for k in (0, 1)] for part in (inside[: middle - start], inside[middle - start :])
    ]
    assert found[:, :2].tolist() == by_hand
    at_number = measure.time_at_number(log.rows, 0, 1, start, end, 4)
    assert at_number.tolist() == [sum(w + b == n for w, b in inside) for n in range(4)]


def test_an_interrupted_customer_counts_once_but_waits_twice() -> None:
    rows = np.zeros((2, compiled.ROW_FIELDS), dtype=np.int64)
    rows[0] = (0, compiled.STEP_INTERRUPTED << 32, 1, 10, 10, 15, 20, 0)
    rows[1] = (0, compiled.STEP_SERVED << 32 | 1 << 40, 1, 10, 20, 50, 60, 0)
    total, over = measure.count(rows, 0, 1, -1, 0, 100, 0.0, np.array([8], dtype=np.int64), False)
    assert total[measure.N_ALL] == 1
    assert total[measure.SUM_WAIT] == 5 + 30
    assert over[0].tolist() == [1, 1, 0]


# --- reading parameters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["__import__('os')", "t.real", "(lambda: 1)()", "[1][0]", "'a'", "open(t)", "u+1", "1 if t else 2", "2*("]
)
def test_formulas_are_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(NotCovered):
        formula.evaluate(text, t=1.0)


def test_the_period_of_a_rate_is_that_of_its_fastest_wave() -> None:
    assert formula.period("3+sin(2*pi*t/10)+cos(t)") == pytest.approx(2 * np.pi)


@pytest.mark.parametrize(
    ("alpha", "matrix", "expected"),
    [
        ([1, 0], [[-2, 2], [0, -2]], "erlang 1.0 min shape 2"),
        ([0.25, 0.75], [[-1, 0], [0, -4]], ("hyperexponential", ["25 %", "75 %"])),
        ([1, 0], [[-2, 0.5], [0, -0.5]], ("coxian", ["25.00 %"])),
    ],
)
def test_phase_types_are_recognised_by_their_structure(alpha: Any, matrix: Any, expected: Any) -> None:
    found = laws.phase_type(alpha, matrix)
    if isinstance(found, dict):
        found = (found["law"], found.get("shares") or found.get("continue"))
    assert found == expected


def test_a_phase_type_with_a_way_back_is_not_covered() -> None:
    with pytest.raises(NotCovered):
        laws.phase_type([1, 0], [[-2, 1], [1, -2]])


# --- verdicts -----------------------------------------------------------------------------------------------


def test_our_cases_on_file_are_those_that_the_formulas_give() -> None:
    assert list(OWN.values()) == json.loads(json.dumps(own_cases()))


@pytest.mark.parametrize("name", list(OWN))
def test_own_case(name: str) -> None:
    failures = [v for v in run_case(OWN[name], seed=1) if v.status != "passed"]
    assert not failures, "\n".join(reference_suite.as_line(v) for v in failures)


def test_a_mean_that_is_five_percent_off_fails_twice() -> None:
    case = copy.deepcopy(OWN["F3-own-mg1"])
    del case["quantities"]["sd_Wq"]
    case["quantities"]["Wq"]["value"] *= 1.05
    found = {v.quantity: v for v in run_case(case)}
    assert (found["Wq"].status, found["Wq"].attempt, found["Wq"].power) == ("failed", 2, True)
    assert (found["P_wait"].status, found["P_wait"].attempt) == ("passed", 1)


def test_other_semantics_and_unknown_quantities_are_not_covered() -> None:
    case = copy.deepcopy(OWN["F1-own-first2"])
    case["quantities"]["mood"] = {"value": 1.0, "definition": "of the customers"}
    found = {v.quantity: v for v in run_case(case)}
    assert found["mood"].status == "not covered"
    assert found["mean_of_first_n"].status == "passed"
    case["semantics"] += " LIFO."
    assert {v.status for v in run_case(case)} == {"not covered"}


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"set_up_time": 0.5}, "the adapter does not know set_up_time"),
        ({"servers": None}, "the adapter needs 'servers', which the case does not give"),
    ],
)
def test_parameters_too_many_or_too_few_are_not_covered(change: dict[str, Any], note: str) -> None:
    case = copy.deepcopy(OWN["F1-own-first2"])
    case["params"] = {k: v for k, v in (case["params"] | change).items() if v is not None}
    assert {(v.status, v.note) for v in run_case(case)} == {("not covered", note)}


def test_a_standard_error_without_power_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.reference.run.ROWS_PER_CASE", 1.0)
    monkeypatch.setattr("tests.reference.estimate.target_of", lambda item, scale: 1e-9)
    case = copy.deepcopy(OWN["F3-own-mg1"])
    case["quantities"] = {"P_wait": case["quantities"]["P_wait"]}
    (verdict,) = run_case(case)
    assert (verdict.status, verdict.power) == ("failed", False)
    assert abs(verdict.z or 0.0) < 3.3
    assert verdict.note == "standard error too large for a verdict"


def test_the_suite_writes_one_object_per_element(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert reference_suite.main([str(FILE), "--ids", "F1-own-first2", "--jsonl", str(out)]) == 0
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [f["quantity"] for f in found] == [
        "mean_wait_by_customer[0]",
        "mean_wait_by_customer[1]",
        "mean_of_first_n",
    ]
    assert all(f["id"] == "F1-own-first2" and f["status"] == "passed" for f in found)
    assert {"exact", "estimate", "standard_error", "z", "power"} <= set(found[0])


def test_a_case_that_breaks_is_failed_and_the_next_one_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = copy.deepcopy(OWN["F1-own-first2"])
    broken["id"] = "broken"
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in (broken, OWN["F1-own-first2"])), encoding="utf-8")

    def plan(case: dict[str, Any]) -> Any:
        found = plan_of(case)
        if case["id"] == "broken":
            found.scenario["stations"]["counter"]["servers"] = -1
        return found

    monkeypatch.setattr("tests.reference.run.plan_of", plan)
    out = tmp_path / "out.jsonl"
    assert reference_suite.main([str(file), "--jsonl", str(out)]) == 1
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    note = "ScenarioError: <mapping> stations.counter.servers: -1 is too small; at least 1"
    assert {(f["status"], f["note"], f["estimate"]) for f in found if f["id"] == "broken"} == {("failed", note, None)}
    assert {f["status"] for f in found if f["id"] != "broken"} == {"passed"}


def test_a_missing_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference_suite.main([str(tmp_path / "none.jsonl")]) == 2
    assert reference_suite.main([str(FILE), "--jsonl", str(tmp_path / "none" / "out.jsonl")]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path / 'none.jsonl'}: No such file or directory",
        f"{tmp_path / 'none' / 'out.jsonl'}: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "line 2 is not JSON"), ("[1]", "line 2 is not a case"), ('{"id": "x"}', "lacks family, params")],
)
def test_a_line_that_is_no_case_is_bad_input(
    line: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n" + line + "\n", encoding="utf-8")
    assert reference_suite.main([str(file)]) == 2
    assert message in capsys.readouterr().err


# --- cases that a formula answers ------------------------------------------------------------------------


FEWEST: dict[str, Any] = {
    "id": "F14-own",
    "family": "F14 staffing",
    "params": {"arrival_rate": 1.0, "service_rate": 0.5, "T": 0.0, "target": 0.6},
    "semantics": "Smallest s with P(wait<=T)>=target in M/M/s FIFO, steady state.",
    "quantities": {"s_min": {"value": 3}, "SL_at_s_min": {"value": 5 / 9}, "mood": {"value": 1}},
}
"""With two erlangs and three servers 4/9 have to wait, so that three are one too few."""


def test_a_formula_is_held_against_the_case_digit_by_digit() -> None:
    found = {v.quantity: (v.status, v.estimate) for v in run_case(FEWEST)}
    assert found["s_min"] == ("failed", 4.0)
    assert found["SL_at_s_min"][0] == "failed"
    assert found["mood"] == ("not covered", None)
    case = copy.deepcopy(FEWEST)
    case["params"]["target"] = 0.55
    assert [v.status for v in run_case(case)] == ["passed", "passed", "not covered"]


def test_an_estimate_without_power_passes_nothing() -> None:
    case = {"id": "x", "quantities": {"a": {"value": [10.0, 10.0, 10.0]}}}
    found = Calculation(lambda seed, effort: {"a": Found([10.05, 10.5, 10.2], [0.05, 0.05, 0.2])})
    assert [v.status for v in judge_found(case, found, 1, 1.0, 1)] == ["passed", "failed", "failed"]


# --- the shared file ------------------------------------------------------------------------------------------


def _shared() -> Iterator[Any]:
    path = SHARED / "open_cases.jsonl"
    if not path.is_file():
        reason = f"no {path.name} in the folder of HALLSIM_REFERENCE or ../shared/reference"
        yield pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))
        return
    for case in read(path):
        yield pytest.param(case, id=case["id"])


@pytest.mark.slow
@pytest.mark.parametrize("case", list(_shared()))
def test_shared_case(case: dict[str, Any]) -> None:
    verdicts = run_case(case, seed=1)
    if all(v.status == "not covered" for v in verdicts):
        pytest.skip(verdicts[0].note)
    failures = [v for v in verdicts if v.status == "failed"]
    assert not failures, "\n".join(reference_suite.as_line(v) for v in failures)
