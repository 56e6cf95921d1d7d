"""Chunks of replications: what every experiment is made of, simulated and reduced by threads.

In: a model, its seed, which replications. Out: `Piece`s, the moments and the kept figures of a chunk. `run`, `compare`,
`select` and `sweep` all simulate through `Job.chunk`; they differ in which chunks they ask for and in what they make of
the pieces.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log
from hallsim.day_types import kinds_of_days
from hallsim.engines import far
from hallsim.engines.reference_policies import Rules
from hallsim.experiment.days import Workspaces, kinds_of, simulator
from hallsim.experiment.measure import Sums, add_up, raise_reduce
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


class Piece(NamedTuple):
    """What a chunk of replications has become."""

    moments: Moments
    by_days: list[Moments]  # of each group of days
    days: F64
    watched: I64
    logs: list[Log]


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

    With `only_watched` the pieces hold nothing but the watched figures: a hall of ordinary size has seven thousand
    others, and naming them takes ten times as long as simulating a hundred days.
    """

    def __init__(
        self,
        model: Model,
        seed: int,
        engine: str,
        keep_log: bool,
        thresholds_min: Sequence[float],
        rules: Rules | None = None,
        watch: Sequence[tuple[str, str, str | None, float | None]] = (),
        only_watched: bool = False,
    ) -> None:
        self.kinds = kinds_of(model)
        self.sums = Sums(model, self.kinds.compiled[0], thresholds_min, watch, only_watched)
        self.seed, self.engine, self.keep_log, self.rules = seed, engine, keep_log, rules
        self.stop = np.zeros(1, dtype=np.int64)
        self._thread = _Thread()
        self._histograms: list[I64] = []
        self._lock = threading.Lock()

    def load(self) -> None:
        """Compile what is compiled, or fetch it from the cache, once and before there are threads."""
        if self.engine == "batch":
            from hallsim.engines.workspace import far_functions

            called = dict.fromkeys(name for c in self.kinds.compiled for name in far_functions(c))
            far.prepare([*called, "reduce"], FAR_MODULES)
        self.chunk(0, 0)
        moments_of(np.zeros((self.sums.plan.size, 1), dtype=np.int64), self.sums.plan.terms, self.sums.plan.signs)

    def chunk(self, first: int, count: int) -> Piece:
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
        kinds = kinds_of_days(self.kinds.model, self.seed, first, first + done)
        by_days = self.sums.by_days.moments(aggregated, kinds)
        return Piece(moments, by_days, self.sums.headlines(aggregated), self.sums.watched(aggregated), logs)

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


def chunks_of(first: int, beyond: int) -> list[tuple[int, int]]:
    """Cut replications into chunks (first, count), whose size depends on their number alone."""
    size = min(LARGEST_CHUNK, -(-(beyond - first) // CHUNKS_WANTED))
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
