"""Simulates days of a hall under many rosters, on all cores, and counts how its targets fared.

In: models that differ in their staff. Out: counts by day, target and half-hour. Draws belong to customers (rule 3):
day i of a seed brings the same people under every roster, so that rosters differ by what they do and not by luck.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.chunks import cores, result_of
from hallsim.experiment.days import Kinds, Workspaces, kinds_of
from hallsim.experiment.staffing.counting import Counted, count_days
from hallsim.model import Model

I64 = NDArray[np.int64]

PIECE = 500
"""Days that a thread simulates in one go."""


class Sampler:
    """Simulates days. Use it as a context: it holds threads.

    Attributes
    ----------
    simulated : int
        Days simulated so far, of all rosters together.
    """

    def __init__(self, counted: Counted, jobs: int | None = None, progress: Callable[[int], Any] | None = None) -> None:
        self.counted = counted
        self.simulated = 0
        self._progress = progress
        self._pool = ThreadPoolExecutor(jobs or cores())
        self._stop = np.zeros(1, dtype=np.int64)

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop[0] = 1
        self._pool.shutdown(cancel_futures=True)

    def counts(self, models: Sequence[Model], seed: int, first: int, count: int) -> list[I64]:
        """Return the counts of replications `first` to `first + count - 1` of each model.

        Returns
        -------
        list of int64[count, n_targets, n_slots, 2]
            Counted, and joined, in that order (`hallsim.experiment.staffing.counting`).
        """
        found = []
        futures = []
        for model in models:
            kinds, out = kinds_of(model), self.counted.room(count)
            found.append(out)
            for begin in range(0, count, PIECE):
                rows = out[begin : begin + PIECE]
                futures.append(self._pool.submit(self._piece, kinds, seed, first + begin, rows))
        for future in futures:
            self.simulated += result_of(future)
            if self._progress is not None:
                self._progress(self.simulated)
        return found

    def _piece(self, kinds: Kinds, seed: int, first: int, out: I64) -> int:
        """Simulate replications from `first` on, one for each row of `out`; return how many."""
        from hallsim.engines.kernel import raise_status
        from hallsim.engines.workspace import grow

        workspaces, done = Workspaces(kinds), 0
        hall, lines, what, within = self.counted
        while done < len(out) and not self._stop[0]:
            kind = kinds.of(seed, first + done)
            beyond = kinds.alike(seed, first + done, first + len(out)) - first
            workspace = workspaces.of(kind)
            carried = np.zeros((len(workspace.rows), 2), dtype=np.int64)
            done, status = count_days(
                workspace.handle,
                workspace.rows,
                *(hall, lines, what, within, carried),
                *(seed, first, done, self._stop, out[:beyond]),
            )
            if status > 0:
                grow(kinds.compiled[kind], workspace, status)
            elif status < 0:
                raise_status(status, first + done)
        return int(done)
