"""Replications of a hall over all cores, and what they add up to.

In: a scenario (or a Model), number of replications, seed. Out: `Results`. The work is cut into chunks of
replications whose size depends on their number alone; each chunk is reduced to moments, and the moments
are merged in the order of the chunks, so that one, two or four threads give the same bits. Threads are
enough: the kernel runs without the interpreter's lock. Memory does not grow with the number of
replications, apart from a few headline figures of each (`Results.days`), unless the log is kept.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log
from hallsim.engines import far
from hallsim.engines.reference_policies import Rules, rules_of
from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.days import Workspaces, kinds_of, replications_of, simulator
from hallsim.experiment.measure import Sums, add_up, measured, raise_reduce
from hallsim.experiment.precision import MOST, Aim, Precision, aims_of, look, next_total
from hallsim.experiment.results import Results
from hallsim.kpis.reduce import CARRIED_TOO_SMALL
from hallsim.kpis.tally import Tally
from hallsim.model import Model
from hallsim.stats import Moments, moments_of, no_moments

if TYPE_CHECKING:
    from hallsim.engines.workspace import Workspace
    from hallsim.replay import Replay
    from hallsim.scenario import Scenario

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

ENGINES = ("batch", "reference")
LARGEST_CHUNK = 64
CHUNKS_WANTED = 32
MOST_REPLICATIONS = 10_000_000
WAIT_S = 0.1
"""How long the main thread sleeps before it looks for Ctrl-C; on Windows a plain wait would not see it."""


def run(
    scenario: Scenario | Model | Replay,
    replications: int | None = None,
    seed: int = 1,
    engine: str = "batch",
    jobs: int | None = None,
    keep_log: bool = False,
    progress: Callable[..., object] | None = None,
    thresholds_min: Sequence[float] = (),
    allow_code: bool = False,
    precision: str | Iterable[str] | None = None,
    most: int | None = None,
    watch: Sequence[tuple[str, str, str | None, float | None]] = (),
) -> Results:
    """Simulate independent replications of a hall and return its key figures.

    Parameters
    ----------
    scenario : Scenario, Model or Replay
    replications : int, optional
        Independent days (or runs, for a steady-state scenario); 200, or every day of a log that is re-enacted.
    seed : int
        From 0. The same seed gives the same bits, whatever `jobs`.
    engine : {"batch", "reference"}
        The compiled engine, or the readable one (same numbers, hundreds of times slower).
    jobs : int, optional
        Threads; all cores by default.
    keep_log : bool
        Keep every replication's log in `Results.logs`: memory grows with their number.
    progress : callable, optional
        Called with the number of finished replications, from any thread; with `precision` also with the number that
        the present stage goes to.
    thresholds_min : sequence of float
        Waiting times in minutes to report service levels for, beside the targets' and 5, 10, 15.
    allow_code : bool
        Whether Python code that the scenario leaves decisions to may run, on the readable engine only.
    precision : str or iterable of str, optional
        Half-widths of 95 % intervals to reach, such as "wait 2 %", "abandonment 0.2 points", "service level 10 min 0.5
        points": replications are added until every one is reached (`hallsim.experiment.precision`). Instead of
        `replications`.
    most : int, optional
        With `precision`: replications after which to stop whatever is reached; 100,000.
    watch : sequence of (KPI, scope, item or None, threshold in minutes or None)
        Figures of whole days whose numerators and denominators are kept of every replication (`Results.watched`).

    Returns
    -------
    Results
        With `precision`, what became of it is in `Results.precision`. Marked incomplete (`Results.complete`) if Ctrl-C
        stopped it: it then holds every replication that was finished by then. Of a log that is re-enacted, the same
        days as logged stand beside it (`Results.observed`, `Results.comparison`), unless it is incomplete.

    Raises
    ------
    UsageError, EngineError
    """
    model = _model_of(scenario)
    aims = None if precision is None else aims_of(precision)
    if aims is None:
        if most is not None:
            raise UsageError("`most` is for runs with a precision; without one, name the replications")
        replications = replications_of(model, replications)
    else:
        replications = _most_of(model, replications, most)
        thresholds_min = (*thresholds_min, *(aim.within_min for aim in aims if aim.within_min is not None))
    _check(replications, seed, engine, jobs)
    replay: Replay | None = getattr(scenario, "replay", None)
    rules = rules_of(model, engine, allow_code)
    job = _Job(model, seed, engine, keep_log or replay is not None, thresholds_min, rules, watch)
    job.load()
    moments, complete = no_moments(job.sums.plan.terms.shape[0]), True
    kept = _Kept([], [], [])

    def simulate(total: int, shown: Callable[[int], object] | None) -> Results:
        nonlocal moments, complete
        chunks = _chunks(moments.n, total)
        moments, complete = _collect(job, chunks, min(jobs or _cores(), len(chunks)), shown, moments, kept)
        if not complete and moments.n == 0:
            raise KeyboardInterrupt
        return Results(
            model=model,
            plan=job.sums.plan,
            moments=moments,
            histogram=job.histogram(),
            days_raw=np.concatenate(kept.days),
            logs=kept.logs if keep_log else None,
            seed=seed,
            engine=engine,
            wanted=total,
            watched=np.concatenate(kept.watched) if watch else None,
        )

    if aims is not None:
        return _until_reached(simulate, aims, replications, len(model.calendar) or 1, progress)
    results = simulate(replications, progress)
    if replay is None or not complete:
        return results
    from hallsim.replay import summarise

    observed = measured(model, job.sums, replay.observed[:replications])
    return replace(results, observed=observed, comparison=summarise(replay, kept.logs))


def _most_of(model: Model, replications: int | None, most: int | None) -> int:
    """Return the most replications of a run that has a precision to reach."""
    if replications is not None:
        raise UsageError("a run has a number of replications or a precision to reach, not both")
    if model.logged:
        days = len(model.days)
        raise UsageError(
            f"the hall's days come from a log that has {days}: there are no more to reach a precision with"
        )
    return MOST if most is None else most


def _until_reached(
    simulate: Callable[[int, Callable[[int], object] | None], Results],
    aims: Sequence[Aim],
    most: int,
    step: int,
    progress: Callable[..., object] | None,
) -> Results:
    """Simulate in growing stages until every aim is reached, or there are as many replications as allowed."""
    stages: list[int] = []
    wanted = 0
    while True:
        total = next_total(stages[-1] if stages else 0, wanted, most, step)
        results = simulate(total, None if progress is None else partial(_with_total, progress, total))
        stages.append(results.replications)
        found = look(results, aims)
        wanted = max((aim.needed for aim in found if not aim.reached), default=0)
        results = replace(results, precision=Precision(found, tuple(stages), most))
        if not results.complete or all(aim.reached for aim in found) or total == next_total(total, wanted, most, step):
            return results


def _with_total(progress: Callable[..., object], total: int, done: int) -> None:
    progress(done, total)


def replicate(
    scenario: Scenario | Model | Replay,
    replications: int | None = None,
    seed: int = 1,
    engine: str = "batch",
    first: int = 0,
    allow_code: bool = False,
) -> Iterator[Log]:
    """Yield the log of one replication after the other, for analyses of one's own; memory stays flat.

    Parameters
    ----------
    scenario : Scenario, Model or Replay
    replications : int, optional
        As in `run`.
    seed : int
    engine : {"batch", "reference"}
    first : int
        Number of the first replication; replication i is the same in every call with this seed.
    allow_code : bool
        As in `run`.
    """
    if first < 0:
        raise UsageError(f"first is {first}; replications are numbered from 0")
    model = _model_of(scenario)
    replications = replications_of(model, replications, first)
    _check(replications, seed, engine, None)
    simulate = simulator(kinds_of(model), engine, rules_of(model, engine, allow_code))
    for replication in range(first, first + replications):
        yield simulate(seed, replication)


def _model_of(scenario: Scenario | Model | Replay) -> Model:
    return scenario if isinstance(scenario, Model) else scenario.model


def _check(replications: int, seed: int, engine: str, jobs: int | None) -> None:
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise UsageError(f"replications is {replications}; allowed are 1 to {MOST_REPLICATIONS}")
    if not 0 <= seed < 1 << 63:
        raise UsageError(f"seed is {seed}; allowed are 0 to 2**63 - 1")
    if engine not in ENGINES:
        raise UsageError(not_one_of(engine, "an engine", ENGINES))
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs is {jobs}; at least 1 is needed")


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Piece(NamedTuple):
    """What a chunk of replications has become."""

    moments: Moments
    days: F64
    watched: I64
    logs: list[Log]


class _Kept(NamedTuple):
    """What is kept of all replications, chunk by chunk."""

    days: list[F64]
    watched: list[I64]
    logs: list[Log]


class _Thread(threading.local):
    """What each thread writes on; made on first use."""

    tally: Tally | None = None
    workspaces: Workspaces | None = None
    watched: Workspace | None = None
    simulate: Callable[[int, int], Log] | None = None
    sums: I64 | None = None
    aggregated: I64 | None = None


class _Job:
    """A run's immutable parts, and the chunk function that threads call."""

    def __init__(
        self,
        model: Model,
        seed: int,
        engine: str,
        keep_log: bool,
        thresholds_min: Sequence[float],
        rules: Rules | None = None,
        watch: Sequence[tuple[str, str, str | None, float | None]] = (),
    ) -> None:
        self.kinds = kinds_of(model)
        self.sums = Sums(model, self.kinds.compiled[0], thresholds_min, watch)
        self.seed, self.engine, self.keep_log, self.rules = seed, engine, keep_log, rules
        self.stop = np.zeros(1, dtype=np.int64)
        self._thread = _Thread()
        self._histograms: list[I64] = []
        self._lock = threading.Lock()

    def load(self) -> None:
        """Compile what is compiled, or fetch it from the cache, once and before there are threads."""
        if self.engine == "batch":
            import hallsim.engines.kernel  # noqa: F401  (declares "day")

            far.compile_both("day", {"load_block": "hallsim.engines.predraw", "reduce": "hallsim.kpis.reduce"})
        self.chunk(0, 0)
        moments_of(np.zeros((self.sums.plan.size, 1), dtype=np.int64), self.sums.plan.terms, self.sums.plan.signs)

    def chunk(self, first: int, count: int) -> _Piece:
        """Simulate and reduce replications first to first + count - 1, or fewer if asked to stop."""
        own = self._thread
        if own.tally is None:
            own.tally = Tally(self.sums.layout.spec)
            with self._lock:
                self._histograms.append(own.tally.histogram)
        if own.sums is None or len(own.sums) != count:
            own.sums = np.zeros((count, self.sums.layout.spec.size), dtype=np.int64)
            own.aggregated = None
        sums = own.sums
        logs: list[Log] = []
        if self.engine == "batch" and not self.keep_log:
            done = self._run_compiled(first, sums)
        else:
            done = self._run_logs(first, count, sums, logs)
        earlier = own.aggregated if own.aggregated is not None and own.aggregated.shape[1] == done else None
        own.aggregated = aggregated = self.sums.plan.aggregate(sums[:done], earlier)
        moments = moments_of(aggregated, self.sums.plan.terms, self.sums.plan.signs)
        return _Piece(moments, self.sums.headlines(aggregated), self.sums.watched(aggregated), logs)

    def _run_compiled(self, first: int, sums: I64) -> int:
        from hallsim.engines.kernel import raise_status
        from hallsim.engines.workspace import grow
        from hallsim.experiment.batch import run_many

        own, done = self._thread, 0
        assert own.tally is not None
        if own.workspaces is None:
            own.workspaces = Workspaces(self.kinds)
        while True:
            kind = self.kinds.of(self.seed, first + done)
            beyond = self.kinds.alike(self.seed, first + done, first + len(sums)) - first
            workspace = own.workspaces.of(kind)
            if workspace is not own.watched:
                self._watch(workspace)
            done, status = run_many(
                workspace.handle, own.tally.handle, self.seed, first, done, self.stop, sums[:beyond]
            )
            if status == 0:
                if done < beyond or beyond == len(sums):
                    return int(done)
            elif status > 0:
                self._watch(grow(self.kinds.compiled[kind], workspace, status))
            elif status > CARRIED_TOO_SMALL:
                raise_status(status, first + done)
            else:
                raise_reduce(status, first + done)

    def _watch(self, workspace: Workspace) -> None:
        """Let the thread's reducer read what this workspace writes."""
        own = self._thread
        assert own.tally is not None
        own.tally.watch(workspace.rows, workspace.server_rows)
        own.watched = workspace

    def _run_logs(self, first: int, count: int, sums: I64, logs: list[Log]) -> int:
        tally = self._thread.tally
        assert tally is not None
        if self._thread.simulate is None:
            self._thread.simulate = simulator(self.kinds, self.engine, self.rules)
        simulate = self._thread.simulate
        for i in range(count):
            if self.stop[0]:
                return i
            log = simulate(self.seed, first + i)
            add_up(tally, log)
            sums[i] = tally.out
            if self.keep_log:
                logs.append(log)
        return count

    def histogram(self) -> I64:
        """Return the waits of all threads; integer counts, so that the order does not matter.

        Adds to the first thread's own: a fresh array would touch every page of a mostly empty table.
        """
        total = self._histograms[0]
        while len(self._histograms) > 1:
            total += self._histograms.pop()
        return total


def _chunks(first: int, beyond: int) -> list[tuple[int, int]]:
    """Cut replications into chunks (first, count), whose size depends on their number alone."""
    size = min(LARGEST_CHUNK, -(-(beyond - first) // CHUNKS_WANTED))
    return [(i, min(size, beyond - i)) for i in range(first, beyond, size)]


def _collect(
    job: _Job,
    chunks: Sequence[tuple[int, int]],
    n_threads: int,
    progress: Callable[[int], object] | None,
    moments: Moments,
    kept: _Kept,
) -> tuple[Moments, bool]:
    """Run all chunks and merge them in order to what is there; on Ctrl-C, what is finished."""
    complete = True
    todo = deque(chunks)
    running: deque[Future[_Piece]] = deque()
    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        try:
            while todo or running:
                try:
                    if progress is not None and moments.n:
                        progress(moments.n)
                    while todo and len(running) < 2 * n_threads + 2:
                        running.append(pool.submit(job.chunk, *todo.popleft()))
                    piece = _result(running[0])
                except KeyboardInterrupt:
                    if not complete:
                        raise
                    # What runs ends after its present replication; what waits returns at once, empty.
                    complete = False
                    job.stop[0] = 1
                    todo.clear()
                    continue
                running.popleft()
                moments = moments.merge(piece.moments)
                kept.days.append(piece.days)
                kept.watched.append(piece.watched)
                kept.logs.extend(piece.logs)
        except BaseException:
            job.stop[0] = 1
            for future in running:
                future.cancel()
            raise
    if progress is not None and complete:
        progress(moments.n)
    return moments, complete


def _result(future: Future[_Piece]) -> _Piece:
    while True:
        try:
            return future.result(timeout=WAIT_S)
        except TimeoutError:
            if future.done():
                return future.result()
