"""Chunks of replications: what every experiment is made of, simulated and reduced by threads.

In: an `Order`, that is a model, its seed and what is measured, and which replications. Out: `Piece`s, the moments and
the kept figures of a chunk. `run`, `compare`, `select` and `sweep` all simulate through `Job.chunk`; they differ in
which chunks they ask for and in what they make of the pieces. On a cluster `chunk_there` has the jobs.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

import hallsim
from hallsim.compiled import SEMANTICS, Log
from hallsim.day_types import kinds_of_days
from hallsim.engines import far
from hallsim.engines.reference_policies import Rules
from hallsim.errors import UsageError
from hallsim.experiment.by_days import counted_days, folded
from hallsim.experiment.days import Workspaces, kinds_of, simulator
from hallsim.experiment.horizons import Horizons
from hallsim.experiment.measure import Sums, add_up, raise_reduce
from hallsim.experiment.results import Key
from hallsim.kpis.layout import make_histogram
from hallsim.kpis.reduce import CARRIED_TOO_SMALL
from hallsim.kpis.tally import Tally
from hallsim.model import Model
from hallsim.stats import Moments, moments_of

if TYPE_CHECKING:
    from hallsim.engines.workspace import Workspace

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
_T = TypeVar("_T")

FAR_MODULES = ("hallsim.engines.kernel", "hallsim.engines.preparing", "hallsim.kpis.reduce")
"""Which declare the far functions of a run."""
LARGEST_CHUNK = 64
CHUNKS_WANTED = 32
WAIT_S = 0.1
"""How long the main thread sleeps before it looks for Ctrl-C; on Windows a plain wait would not see it."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


JOBS_THERE = 16
"""Jobs that a worker of a cluster keeps ready."""


@dataclass(frozen=True, eq=False)
class Order:
    """Everything that decides on the numbers of a job; it travels to the workers of a cluster.

    With `only_watched` the pieces hold nothing but the watched figures, and what intervals of `percentiles` (names of
    KPIs) are made of: a hall of ordinary size has seven thousand others, and naming them takes ten times as long as
    simulating a hundred days.
    """

    model: Model
    seed: int
    engine: str
    thresholds_min: tuple[float, ...] = ()
    watch: tuple[Key, ...] = ()
    only_watched: bool = False
    percentiles: tuple[str, ...] = ()
    version: str = hallsim.__version__
    semantics: int = SEMANTICS

    @property
    def only(self) -> frozenset[str] | None:
        """Names of the only KPIs that are measured; None: all."""
        return frozenset((*(key[0] for key in self.watch), *self.percentiles)) if self.only_watched else None

    @cached_property
    def key(self) -> str:
        """Name of these numbers, 16 hex digits; a model that comes from no scenario has none and raises UsageError."""
        if not self.model.scenario_hash:
            raise UsageError("a folder or a cluster takes a scenario: a Model made by hand has no hash to know it by")
        figures = [sorted(set(self.thresholds_min)), self.watch, sorted(self.only or ())]
        identity = [self.model.scenario_hash, self.seed, self.engine, figures, self.version, self.semantics]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]


class Piece(NamedTuple):
    """What a chunk of replications has become.

    `bins` and `waits` are the places of the pooled histogram that the chunk added to, and how much, if its job keeps
    them apart; else they are empty and the threads have them.
    """

    moments: Moments
    by_days: list[Moments]  # of each group of days
    days: F64
    watched: I64
    logs: list[Log]
    bins: I64
    waits: I64


class _Thread(threading.local):
    """What each thread writes on; made on first use."""

    tally: Tally | None = None
    workspaces: Workspaces | None = None
    watched: Workspace | None = None
    simulate: Callable[[int, int], Log] | None = None
    sums: I64 | None = None
    aggregated: I64 | None = None


class Job:
    """A run's immutable parts, and the chunk function that threads call.

    With `apart` each piece has its own waits, so that it can come from elsewhere or be kept.
    """

    def __init__(self, order: Order, keep_log: bool = False, rules: Rules | None = None, apart: bool = False) -> None:
        self.order, self.keep_log, self.rules, self.apart = order, keep_log, rules, apart
        self.seed, self.engine = order.seed, order.engine
        self.kinds = kinds_of(order.model)
        self.horizons = Horizons(self.kinds) if order.model.horizon is not None else None
        self.days = counted_days(order.model)
        self.sums = Sums(order.model, self.kinds.compiled[0], order.thresholds_min, order.watch, order.only)
        self.stop = np.zeros(1, dtype=np.int64)
        self._thread = _Thread()
        self._histograms: list[I64] = [make_histogram(self.sums.layout.spec)] if apart else []
        self._lock = threading.Lock()

    def load(self) -> None:
        """Compile what is compiled, or fetch it from the cache, once and before there are threads."""
        if self.engine == "batch":
            from hallsim.engines.workspace import far_functions

            called = dict.fromkeys(name for c in self.kinds.compiled for name in far_functions(c))
            far.prepare([*called, "reduce"], FAR_MODULES)
        self.chunk(0, 0)
        if not self.apart:  # the loading thread may never come back, and an empty histogram is long
            self._histograms.clear()
            self._thread = _Thread()
        moments_of(np.zeros((self.sums.plan.size, 1), dtype=np.int64), self.sums.plan.terms, self.sums.plan.signs)

    def chunk(self, first: int, count: int) -> Piece:
        """Simulate and reduce replications first to first + count - 1, or fewer if asked to stop."""
        own = self._thread
        if own.tally is None:
            own.tally = Tally(self.sums.layout.spec)
            if not self.apart:
                with self._lock:
                    self._histograms.append(own.tally.histogram)
        if own.sums is None or len(own.sums) != count * self.days:
            own.sums = np.zeros((count * self.days, self.sums.layout.spec.size), dtype=np.int64)
            own.aggregated = None
        sums = own.sums
        logs: list[Log] = []
        if self.engine == "batch" and not self.keep_log:
            done = self._run_compiled(first, sums)
        else:
            done = self._run_logs(first, count, sums, logs)
        n = done * self.days
        earlier = own.aggregated if own.aggregated is not None and own.aggregated.shape[1] == n else None
        own.aggregated = by_day = self.sums.plan.aggregate(sums[:n], earlier)
        by_days = self.sums.by_days.moments(by_day, self._kinds_of(first, done))
        aggregated = folded(by_day, self.days)
        moments = moments_of(aggregated, self.sums.plan.terms, self.sums.plan.signs)
        days, watched = self.sums.headlines(aggregated), self.sums.watched(aggregated)
        own_waits = self.apart and not self.order.only_watched
        bins, waits = _taken(own.tally.histogram) if own_waits else (_NOWHERE, _NOWHERE)
        return Piece(moments, by_days, days, watched, logs, bins, waits)

    def _kinds_of(self, first: int, count: int) -> list[int]:
        """Return the kinds of the counted days of some replications."""
        if self.horizons is None:
            return kinds_of_days(self.kinds.model, self.seed, first, first + count)
        return [kind for i in range(first, first + count) for kind in self.horizons.kinds_of(self.seed, i)]

    def _run_compiled(self, first: int, sums: I64) -> int:
        from hallsim.engines.kernel import raise_status
        from hallsim.engines.workspace import grow
        from hallsim.experiment.batch import run_many

        own, done = self._thread, 0
        assert own.tally is not None
        if own.workspaces is None:
            own.workspaces = Workspaces(self.kinds)
        if self.horizons is not None:
            return self.horizons.run_compiled(
                self.seed, first, sums, self.stop, own.workspaces, own.tally, self._watch_if_new
            )
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

    def _watch_if_new(self, workspace: Workspace) -> None:
        """Let the thread's reducer read what this workspace writes, if it does not yet."""
        if self._thread.tally is not None and not self._thread.tally.watches(workspace.rows):
            self._watch(workspace)

    def _watch(self, workspace: Workspace) -> None:
        """Let the thread's reducer read what this workspace writes."""
        own = self._thread
        assert own.tally is not None
        own.tally.watch(workspace.rows, workspace.server_rows, workspace.notes)
        own.watched = workspace

    def _run_logs(self, first: int, count: int, sums: I64, logs: list[Log]) -> int:
        tally = self._thread.tally
        assert tally is not None
        if self.horizons is not None:
            done, found = self.horizons.run_logs(self.seed, first, sums, self.stop, tally, self.engine, self.rules)
            logs += found if self.keep_log else ()
            return done
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

    def add_waits(self, piece: Piece) -> None:
        """Add the waits of a piece to those of the job, if pieces have their own."""
        if self.apart:
            self._histograms[0].reshape(-1)[piece.bins] += piece.waits

    def histogram(self) -> I64:
        """Return the waits of all threads, or of all pieces added; integer counts, so that the order does not matter.

        Adds to the first thread's own: a fresh array would touch every page of a mostly empty table.
        """
        total, *others = self._histograms
        for other in others:
            bins, waits = _taken(other)
            total.reshape(-1)[bins] += waits
        return total


_NOWHERE = np.zeros(0, dtype=np.int64)


def _taken(histogram: I64) -> tuple[I64, I64]:
    """Take all counts out of a histogram; return where they were, and how many."""
    counts = histogram.reshape(-1)
    bins = np.flatnonzero(counts)
    found = counts[bins]
    counts[bins] = 0
    return bins, found


_there: dict[str, Job] = {}
_loading = threading.Lock()


def chunk_there(order: Order, first: int, count: int) -> Piece:
    """Simulate replications on a worker of a cluster, as `Job.chunk` does here.

    Raises
    ------
    UsageError
        If the worker has another version of hallsim.
    """
    check_version(order.version, order.semantics)
    with _loading:
        job = _there.pop(order.key, None)
        if job is None:
            job = Job(order, apart=True)
            job.load()
        _there[order.key] = job
        while len(_there) > JOBS_THERE:
            del _there[next(iter(_there))]
    return job.chunk(first, count)


def check_version(version: str, semantics: int) -> None:
    """Refuse work that another version of hallsim has sent.

    Raises
    ------
    UsageError
    """
    if (version, semantics) != (hallsim.__version__, SEMANTICS):
        raise UsageError(
            f"a worker has hallsim {hallsim.__version__} (semantics {SEMANTICS}), the work was sent by "
            f"{version} (semantics {semantics}): install the same version on both"
        )


def chunks_of(first: int, beyond: int, days: int = 1) -> list[tuple[int, int]]:
    """Cut replications of so many days into chunks (first, count), whose size depends on these numbers alone."""
    size = min(max(LARGEST_CHUNK // days, 1), -(-(beyond - first) // CHUNKS_WANTED))
    return [(i, min(size, beyond - i)) for i in range(first, beyond, size)]


@contextmanager
def raised_by_ctrl_c(flag: I64) -> Iterator[None]:
    """While it lasts, the first Ctrl-C raises a flag instead of an exception; another one interrupts as ever.

    An exception would come between any two instructions, so also half-way through merging a chunk. Nothing is changed
    in other threads than the main one, which hear no signals, nor where Ctrl-C means something of the caller's own.
    """
    ordinary = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not ordinary:
        yield
        return

    def heard(*_: object) -> None:
        flag[0] = 1
        signal.signal(signal.SIGINT, ordinary)

    signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ordinary)


def result_of(future: Future[_T]) -> _T:
    """Wait for a chunk, so that Ctrl-C is heard meanwhile."""
    while True:
        try:
            return future.result(timeout=WAIT_S)
        except TimeoutError:
            if future.done():
                return future.result()
