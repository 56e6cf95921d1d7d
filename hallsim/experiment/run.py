"""Replications of a hall over all cores, and what they add up to.

In: a scenario (or a Model), number of replications, seed. Out: `Results`. The work is cut into chunks of
replications whose size depends on their number alone; each chunk is reduced to moments, and the moments
are merged in the order of the chunks, so that one, two or four threads give the same bits, and so do a cluster and a
run that goes on where it was stopped (`hallsim.experiment.bench`). Threads are enough: the kernel runs without the
interpreter's lock. Memory does not grow with the number of replications, apart from a few headline figures of each
(`Results.days`), unless the log is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log
from hallsim.engines.reference_policies import rules_of
from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.bench import Bench, Experiment, Underway, Where, bench
from hallsim.experiment.by_days import merged
from hallsim.experiment.chunks import Job, Order, Piece, chunks_of, raised_by_ctrl_c
from hallsim.experiment.days import kinds_of, replications_of, simulator, turn_of
from hallsim.experiment.horizons import Horizons
from hallsim.experiment.measure import measured
from hallsim.experiment.precision import MOST, Aim, Precision, aims_of, look, next_total
from hallsim.experiment.results import Key, Results
from hallsim.model import Model
from hallsim.stats import Moments, no_moments

if TYPE_CHECKING:
    from hallsim.replay import Replay
    from hallsim.scenario import Scenario

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

ENGINES = ("batch", "reference")
MOST_REPLICATIONS = 10_000_000


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
    watch: Sequence[Key] = (),
    inputs: bool = True,
    first: int = 0,
    where: Where | Bench | None = None,
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
        the present stage goes to; days with other values of uncertain inputs are counted after the others.
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
    watch : sequence of (KPI, scope, item or None, threshold in minutes or None), and the number of an hour if of one
        Figures whose numerators and denominators are kept of every replication (`Results.watched`).
    inputs : bool
        Whether a scenario with `uncertain` entries is also simulated with other values of them (`Results.inputs`).
    first : int
        Number of the first replication, from 0; replication i is the same in every run with this seed.
    where : Where, optional
        A folder that keeps what is finished, so that the run can go on in it, and a cluster to run on. Inside a larger
        experiment: its bench.

    Returns
    -------
    Results
        With `precision`, what became of it is in `Results.precision`. Marked incomplete (`Results.complete`) if Ctrl-C
        stopped it: it then holds every replication that was finished by then. Of a log that is re-enacted, the same
        days as logged stand beside it (`Results.observed`, `Results.comparison`), unless it is incomplete.

    Raises
    ------
    UsageError, EngineError
    HallsimError, OSError
        If a cluster fails or a folder cannot be written; what was finished before is kept.
    """
    model = _model_of(scenario)
    aims = None if precision is None else aims_of(precision)
    if aims is None:
        if most is not None:
            raise UsageError("`most` is for runs with a precision; without one, name the replications")
        replications = replications_of(model, replications, first)
    else:
        replications = _most_of(model, replications, most)
        thresholds_min = (*thresholds_min, *(aim.within_min for aim in aims if aim.within_min is not None))
    _check(replications, seed, engine, jobs)
    replay: Replay | None = getattr(scenario, "replay", None)
    rules = rules_of(model, engine, allow_code)
    log_needed = keep_log or replay is not None
    order = Order(model, seed, engine, tuple(thresholds_min), tuple(watch))
    asked = {"replications": replications, "precision": [aim.written for aim in aims or ()], "first": first}
    with bench(where, jobs, partial(_experiment, order, asked)) as at:
        if at.apart and log_needed:
            raise UsageError("the log of every day is kept in memory, which a folder or a cluster does not have")
        if not at.place.shared and rules is not None:
            raise UsageError("Python code that decides runs on this machine only, not on a cluster")
        job = Job(order, log_needed, rules, at.apart)
        at.load(job)
        run_ = _Run(at, job, first, keep_log)
        if aims is not None:
            results = _until_reached(run_.results, aims, replications, turn_of(model), progress)
        else:
            results = run_.results(replications, progress)
        if inputs and results.complete and model.uncertain and not isinstance(scenario, Model):
            results = _with_inputs(scenario, results, allow_code, progress, at)
        if results.complete:
            at.finish(results.summary)
    if replay is None or not results.complete:
        return results
    from hallsim.replay import summarise

    observed = measured(model, job.sums, replay.observed[first : first + replications])
    return replace(results, observed=observed, comparison=summarise(replay, run_.kept.logs))


def _experiment(order: Order, asked: dict[str, Any]) -> Experiment:
    """Return what a run's folder says of it."""
    identity = {"the hall": order.model.scenario_hash, "seed": order.seed, "engine": order.engine, **asked}
    identity |= {"thresholds": list(order.thresholds_min), "watched": [list(key) for key in order.watch]}
    return Experiment("run", identity, {"halls": [asdict(order.model.label)], "seed": order.seed})


def _with_inputs(
    scenario: Scenario | Replay,
    results: Results,
    allow_code: bool,
    progress: Callable[..., object] | None,
    where: Bench,
) -> Results:
    """Return results with what the scenario's uncertain entries do to them; without if Ctrl-C comes meanwhile."""
    from hallsim.experiment.figures import figures_of
    from hallsim.experiment.inputs import after, inputs_of
    from hallsim.scenario import Scenario

    assert isinstance(scenario, Scenario), "a log that is re-enacted has no uncertain entries"
    figures, seed = figures_of(scenario), results.seed or 0
    shown = None if progress is None else partial(after, progress, results.replications)
    try:
        found = inputs_of(scenario, figures, seed, None, None, None, results.engine, allow_code, shown, where)
    except KeyboardInterrupt:
        return results
    return replace(results, inputs=found)


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

    A horizon has a log for each of its days, warm-up included.

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
    kinds, rules = kinds_of(model), rules_of(model, engine, allow_code)
    if model.horizon is not None:
        horizons = Horizons(kinds)
        for number in range(first, first + replications):
            yield from horizons.logs(seed, number, engine, rules)
        return
    simulate = simulator(kinds, engine, rules)
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


class _Kept(NamedTuple):
    """What is kept of all replications, chunk by chunk; of groups of days, what the chunks add up to."""

    by_days: list[Moments]
    days: list[F64]
    watched: list[I64]
    logs: list[Log]


class _Run:
    """A run under way: a job on a bench, and what the replications so far add up to."""

    def __init__(self, at: Bench, job: Job, first: int, keep_log: bool) -> None:
        self.at, self.job, self.first, self.keep_log = at, job, first, keep_log
        self.moments = no_moments(job.sums.plan.terms.shape[0])
        self.kept = _Kept(job.sums.by_days.nothing(), [], [], [])

    def results(self, total: int, progress: Callable[[int], object] | None) -> Results:
        """Simulate until there are `total` replications, or Ctrl-C ends it; return all there are.

        Raises
        ------
        KeyboardInterrupt
            If there are none.
        """
        self._collect(chunks_of(self.first + self.moments.n, self.first + total, self.job.days), total, progress)
        if self.moments.n == 0:
            raise KeyboardInterrupt
        job, kept = self.job, self.kept
        return Results(
            model=job.order.model,
            plan=job.sums.plan,
            moments=self.moments,
            by_days=tuple(kept.by_days),
            histogram=job.histogram(),
            days_raw=np.concatenate(kept.days),
            logs=kept.logs if self.keep_log else None,
            seed=job.seed,
            engine=job.engine,
            wanted=total,
            watched=np.concatenate(kept.watched) if job.order.watch else None,
        )

    def _collect(
        self, chunks: Sequence[tuple[int, int]], wanted: int, progress: Callable[[int], object] | None
    ) -> None:
        """Run all chunks and merge them in order to what is there; on Ctrl-C, what is finished."""
        job, at = self.job, self.at
        ahead = 2 * min(at.place.threads, len(chunks)) + 2
        todo = deque(chunks)
        running: deque[Underway] = deque()
        with raised_by_ctrl_c(job.stop):
            try:
                while running or (todo and not job.stop[0]):
                    try:
                        if progress is not None and self.moments.n:
                            progress(self.moments.n)
                        while todo and len(running) < ahead and not (running and job.stop[0]):
                            running.append(at.start(job, *todo.popleft()))
                        piece = at.piece(running[0])
                    except KeyboardInterrupt:
                        if job.stop[0]:
                            raise
                        job.stop[0] = 1  # what runs ends after its present replication; what waits returns empty
                        continue
                    running.popleft()
                    self._merge(piece)
            except BaseException:
                job.stop[0] = 1
                for underway in running:
                    underway.future.cancel()
                raise
        if progress is not None and self.moments.n == wanted:
            progress(self.moments.n)

    def _merge(self, piece: Piece) -> None:
        kept = self.kept
        self.moments = self.moments.merge(piece.moments)
        self.job.add_waits(piece)
        kept.by_days[:] = merged(kept.by_days, piece.by_days)
        kept.days.append(piece.days)
        kept.watched.append(piece.watched)
        kept.logs.extend(piece.logs)
