"""Run one case: a pilot, then as many replications as its least certain quantity needs, then the verdicts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

import hallsim as hs
from hallsim.compiled import Compiled, compile_model
from hallsim.engines import kernel
from tests.reference.answer import Calculation, judge_found
from tests.reference.cases import adapter_of
from tests.reference.estimate import Item, Sums, Verdict, items_of, judge
from tests.reference.plan import Case, NotCovered, Params, Plan

PILOT_STEADY = 64
PILOT_TERMINATING = 4_000
ROWS_PER_CASE = 1.2e9
"""Most event rows that one case may cost at effort 1."""
SAFETY = 1.25
"""Replications beyond what the pilot's standard errors ask for, because they are estimates themselves."""
NEW_SEED = 1_000_003


def run_case(case: Case, seed: int = 1, effort: float = 1.0, jobs: int | None = None) -> list[Verdict]:
    """Return one verdict per element of every quantity of a case.

    A quantity that fails is repeated once, with a new seed and twice the replications, before it is
    called failed: about one true quantity in a thousand misses 3.3 standard errors by chance.

    Whatever breaks on the way (a scenario that is refused, an engine that stops) makes every quantity of
    this case failed, with the error as its note, so that the cases after it still run.
    """
    try:
        plan = plan_of(case)
        if isinstance(plan, Calculation):
            return _calculated(case, plan, seed, effort)
        return _verdicts(case, plan, seed, effort, jobs or os.cpu_count() or 1)
    except NotCovered as why:
        return [_without_estimate(case, name, "not covered", str(why)) for name in case["quantities"]]
    except Exception as error:
        note = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return [_without_estimate(case, name, "failed", note) for name in case["quantities"]]


def _verdicts(case: Case, plan: Plan, seed: int, effort: float, jobs: int) -> list[Verdict]:
    compiled = compile_model(hs.load(plan.scenario).model)
    known = set(plan.measure(kernel.simulate(compiled, seed, 0)))
    names = [name for name in case["quantities"] if name in known]
    items = items_of(case, plan, names)
    scale = _mean_wait(case)
    first = _attempt(case, plan, compiled, names, items, seed, effort, jobs, 0, 1)
    verdicts = [judge(case["id"], item, first, scale, 1) for item in items]
    if any(v.status == "failed" for v in verdicts):
        again = _attempt(case, plan, compiled, names, items, seed + NEW_SEED, effort, jobs, 2 * first.n, 2)
        verdicts = [
            v if v.status == "passed" else judge(case["id"], item, again, scale, 2)
            for v, item in zip(verdicts, items, strict=True)
        ]
    missing = [n for n in case["quantities"] if n not in known]
    why = "the adapter does not measure this quantity"
    return verdicts + [_without_estimate(case, n, "not covered", why) for n in missing]


def _calculated(case: Case, plan: Calculation, seed: int, effort: float) -> list[Verdict]:
    verdicts = judge_found(case, plan, seed, effort, 1)
    if any(v.status == "failed" and v.se for v in verdicts):
        verdicts = judge_found(case, plan, seed + NEW_SEED, 2 * effort, 2)
    return verdicts


def plan_of(case: Case) -> Plan | Calculation:
    """Return what to run for a case.

    Raises
    ------
    NotCovered
        When no adapter knows the family with exactly these semantics, or the adapter does not know a
        parameter, or misses one.
    """
    adapter = adapter_of(case)
    if adapter is None:
        raise NotCovered("no adapter for this family and semantics")
    params = Params(case["params"])
    try:
        plan = adapter({**case, "params": params})
    except KeyError as missing:
        raise NotCovered(f"the adapter needs {missing}, which the case does not give") from missing
    if params.unread():
        raise NotCovered(f"the adapter does not know {', '.join(params.unread())}")
    return plan


def _attempt(
    case: Case,
    plan: Plan,
    compiled: Compiled,
    names: list[str],
    items: list[Item],
    seed: int,
    effort: float,
    jobs: int,
    at_least: int,
    attempt: int,
) -> Sums:
    most = max(PILOT_STEADY, int(ROWS_PER_CASE * effort * attempt / plan.rows))
    pilot = PILOT_TERMINATING if plan.terminating else PILOT_STEADY
    goal = min(most, max(pilot, at_least))
    total = Sums(plan, names)
    while True:
        for part in _in_parallel(plan, names, compiled, seed, total.n, goal, jobs):
            total.merge(part)
        worst = _worst(case, items, total)
        goal = min(most, int(np.ceil(total.n * worst * SAFETY)))
        if worst <= 1 or goal <= total.n:
            return total


def _worst(case: Case, items: list[Item], sums: Sums) -> float:
    """Return the largest (standard error / target)**2: how many times more replications are needed."""
    scale = _mean_wait(case)
    worst = 0.0
    for item in items:
        verdict = judge(case["id"], item, sums, scale, 1)
        if verdict.se and verdict.target:
            worst = max(worst, min(1e6, (verdict.se / verdict.target) ** 2))
    return worst


def _in_parallel(
    plan: Plan, names: list[str], compiled: Compiled, seed: int, first: int, goal: int, jobs: int
) -> Iterator[Sums]:
    edges = np.linspace(first, goal, min(4 * jobs, goal - first) + 1).astype(int)
    pieces = [(int(a), int(b)) for a, b in pairwise(edges) if b > a]

    def work(piece: tuple[int, int]) -> Sums:
        sums = Sums(plan, names)
        # one workspace for all: making it costs more than a short day
        workspace = kernel.make_workspace(compiled)
        for replication in range(*piece):
            sums.add(kernel.simulate(compiled, seed, replication, workspace))
        return sums

    with ThreadPoolExecutor(jobs) as pool:  # kernels release the interpreter's lock
        yield from pool.map(work, pieces)


def _mean_wait(case: Case) -> float:
    value = case["quantities"].get("Wq", {}).get("value", 0.0)
    return float(value)


def _without_estimate(case: Case, name: str, status: str, note: str) -> Verdict:
    return Verdict(case["id"], name, case["quantities"][name].get("value"), None, None, None, status, note=note)
