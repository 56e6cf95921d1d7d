"""The two engines give the same log, to the microsecond and in the same order; nothing is lost in either."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hallsim.compiled import ROW_CUSTOMER, Compiled, Log, compile_model
from hallsim.engines import ahead, kernel, reference, workspace
from hallsim.engines.reference_draws import coming_customers
from hallsim.engines.workspace import make_workspace
from hallsim.errors import EngineError
from hallsim.model import Model, Route
from hallsim.scenario import load
from tests import mechanisms
from tests.conservation import not_conserved
from tests.random_halls import random_model

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
N_HALLS = 300


def assert_same(model: Model, seed: int, replication: int) -> Log:
    """Run both engines and hold the logs against each other and against conservation."""
    c = compile_model(model)
    fast, readable = kernel.simulate(c, seed, replication), reference.simulate(c, seed, replication)
    if not same(fast, readable):
        from hallsim.trace import diff

        pytest.fail(diff(model, fast, readable) or "logs differ")
    assert not_conserved(model, c, fast) == []
    coming = len(coming_customers(c, np.uint64(seed), np.uint64(replication)))
    assert sorted(set(fast.rows[:, ROW_CUSTOMER].tolist())) == list(range(coming)), "somebody is lost"
    return fast


def same(a: Log, b: Log) -> bool:
    tables = ("rows", "server_rows", "notes")
    return a.end == b.end and all(np.array_equal(getattr(a, name), getattr(b, name)) for name in tables)


@pytest.mark.parametrize("resolution", ["1 us", "1 min"])
def test_s2_for_50_days(resolution: str) -> None:
    model = load(ROOT / "scenarios" / "s2_hall.yaml", set_=[f"resolution={resolution}"]).model
    for replication in range(50):
        assert_same(model, 7, replication)


@pytest.mark.parametrize("many", [0.0, 2.0], ids=["everything", "what_must_be"])
def test_how_much_is_drawn_ahead_changes_no_log(many: float, monkeypatch: pytest.MonkeyPatch) -> None:
    c = compile_model(load(ROOT / "scenarios" / "flagship_full.yaml").model)
    usual = kernel.simulate(c, 7, 0)
    monkeypatch.setattr(ahead, "MANY", many)
    assert same(kernel.simulate(c, 7, 0), usual)


def test_few_visits_are_not_drawn_ahead_and_many_are() -> None:
    model = load(ROOT / "scenarios" / "flagship_full.yaml").model
    drawn = dict(zip((s.name for s in model.stations), ahead.drawn_ahead(compile_model(model)).tolist(), strict=True))
    assert drawn["greeter"]
    assert drawn["counter"]
    assert not drawn["form"]


def test_a_last_case_that_costs_much_is_asked_only_where_it_matters() -> None:
    """At the door who is waiting is known at once, how many are in the hall is not; what the greeter asks is not."""
    c = compile_model(load(ROOT / "scenarios" / "flagship_full.yaml").model)
    assert ahead.costly_last(c).tolist() == [False, False, True, True]


def test_asking_a_last_case_for_everybody_changes_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    c = compile_model(load(ROOT / "scenarios" / "flagship_full.yaml").model)
    logs = [kernel.simulate(c, 7, replication) for replication in range(3)]
    monkeypatch.setattr(workspace, "costly_last", lambda c: np.zeros(c.case_chosen.size))
    assert all(same(kernel.simulate(c, 7, replication), log) for replication, log in enumerate(logs))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
@pytest.mark.parametrize("resolution", ["1 us", "1 min"])
def test_every_scenario(path: Path, resolution: str) -> None:
    changes = [f"resolution={resolution}"]
    if "s1" in path.stem:
        changes += ["run_for=2000 min", "warm_up=100 min"]
    model = load(path, set_=changes).model
    for kind in range(len(model.days)):
        assert_same(model.of_day(kind), 1, kind)
    for replication in range(0 if model.days else 3):
        assert_same(model, 1, replication)


@pytest.mark.parametrize("block", range(10))
def test_random_halls(block: int) -> None:
    for seed in range(block * N_HALLS // 10, (block + 1) * N_HALLS // 10):
        log = assert_same(random_model(seed), seed, 0)
        assert log.rows.size


@pytest.mark.slow
def test_a_thousand_more_random_halls() -> None:
    for seed in range(N_HALLS, N_HALLS + 1000):
        for replication in range(2):
            assert_same(random_model(seed), seed, replication)


def compiled_hall(**changes: str) -> Compiled:
    settings = [f"{key}={value}" for key, value in changes.items()]
    return compile_model(load(ROOT / "scenarios" / "s2_hall.yaml", set_=settings).model)


def test_buffers_too_small_change_nothing_but_the_time() -> None:
    c = compiled_hall()
    tiny = make_workspace(c, ring=16, rows=8, heap=4, server_rows=2)
    assert same(kernel.simulate(c, 3, 5, tiny), kernel.simulate(c, 3, 5))


def test_a_workspace_can_be_used_again() -> None:
    c = compiled_hall()
    ws = make_workspace(c)
    first = kernel.simulate(c, 3, 0, ws)
    kernel.simulate(c, 3, 1, ws)
    assert same(first, kernel.simulate(c, 3, 0, ws))


def test_stations_that_overflow_in_a_circle_stop_both_engines() -> None:
    full = {"servers": 1, "time": "30 min", "room": {"total": 1}}
    scenario = {
        "hall": "circle",
        "open": "09:00-10:00",
        "arrivals": {"times": ["09:00", "09:01", "09:02"]},
        "stations": {"a": {**full, "when_full": "b"}, "b": full},
    }
    model = load(scenario).model  # the scenario's checks refuse a circle, so close it behind them
    a, b = model.stations
    c = compile_model(dataclasses.replace(model, stations=(a, dataclasses.replace(b, on_blocked=((Route(1.0, 0),),)))))
    for engine in (kernel, reference):
        with pytest.raises(EngineError, match=r"circle.*rule 18"):
            engine.simulate(c, 1, 0)


def test_many_servers_use_the_other_event_list() -> None:
    scenario = {
        "hall": "many servers",
        "open": "09:00-09:30",
        "arrivals": {"rate": "100/min"},
        "stations": {
            "desk": {
                "servers": {"staff": {"09:00": 200, "09:10": 150, "09:20": 250}, "shift_end": "preemptive"},
                "time": "lognormal 2 min cv 0.8",
                "patience": "exponential 3 min",
            }
        },
    }
    for resolution in ("1 us", "1 min"):
        assert_same(load({**scenario, "resolution": resolution}).model, 1, 0)


CHECK = """
import numpy as np
np.seterr(over="ignore")  # uint64 arithmetic wraps on purpose
from tests.random_halls import random_model
from tests.test_engines import assert_same, load, ROOT
for seed in {seeds}:
    assert_same(random_model(seed), seed, 0)
assert_same(load(ROOT / "scenarios" / "s2_hall.yaml", set_=["resolution=1 min"]).model, 1, 0)
print("same")
"""


def test_everything_occurs_in_the_halls_that_run_without_jit() -> None:
    occurring = set().union(*(mechanisms.occurring_in(seed)[0] for seed in mechanisms.HALLS))
    assert sorted(mechanisms.EVERYTHING - occurring) == [], "choose other halls: python -m tests.mechanisms"


@pytest.mark.parametrize(
    ("switch", "seeds"),
    [
        ("NUMBA_DISABLE_JIT", [*mechanisms.HALLS, *range(18, 30)]),
        ("NUMBA_BOUNDSCHECK", [*mechanisms.HALLS, *range(60)]),
    ],
    ids=["jit-off", "bounds"],
)
def test_the_engines_agree_without_jit_and_with_bounds_checked(switch: str, seeds: list[int]) -> None:
    environment = {**os.environ, switch: "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", CHECK.format(seeds=seeds)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "same\n", done.stderr[-2000:]
