"""Simulate every point of a sweep into a folder, on threads here or on a cluster, and go on where it was stopped.

In: a `Sweep`, a folder. Out: `Swept`, the folder's table. Points are simulated in blocks whose size depends on their
number alone; each finished block is a part of the folder at once, and memory holds no more than the blocks under way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.engines.reference_policies import rules_of
from hallsim.errors import UsageError
from hallsim.experiment.chunks import WAIT_S
from hallsim.experiment.folder import RunFolder, open_folder
from hallsim.experiment.places import Place, outcome, place
from hallsim.experiment.sweeps.block import Block, Setting, simulate
from hallsim.experiment.sweeps.read import Sweep, changes_of, read_sweep
from hallsim.experiment.sweeps.rows import about, leader, rows_of
from hallsim.experiment.sweeps.swept import Swept, swept

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS_WANTED = 250
LARGEST_BLOCK = 512
AHEAD = 2
"""Blocks under way for each thread: one that runs, one that waits."""


def sweep(
    source: str | os.PathLike[str] | Sweep,
    folder: str | os.PathLike[str],
    resume: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    progress: Callable[[int, str], object] | None = None,
    allow_code: bool = False,
) -> Swept:
    """Simulate every design point of a sweep file; each finished block is kept at once.

    Parameters
    ----------
    source : path of a sweep file, or a Sweep
    folder : path
        Where results go; made if it does not exist.
    resume : bool
        Go on in a folder that holds part of this very sweep; nothing finished is computed again.
    jobs : int, optional
        Threads; all cores by default. The numbers do not depend on it.
    cluster : str, optional
        Address of a Dask scheduler whose workers simulate instead; the numbers are the same.
    progress : callable, optional
        Called with the number of finished points and the best mean wait so far, in words.
    allow_code : bool
        Whether Python code that the scenario leaves decisions to may run, here and never on a cluster.

    Raises
    ------
    UsageError, ScenarioError, EngineError, OSError

    Examples
    --------
    >>> import hallsim as hs
    >>> hs.sweep("scenarios/sweeps/s2_counters.yaml", "results").pareto()  # doctest: +SKIP
    """
    wanted = source if isinstance(source, Sweep) else read_sweep(source)
    if cluster is not None and wanted.base.model.policies:
        raise UsageError("Python code that decides runs on this machine only, not on a cluster")
    rules_of(wanted.base.model, "reference", allow_code)
    path = Path(folder)
    n = wanted.points.n
    with open_folder(path, "sweep", n, wanted.identity(), about(wanted), resume) as opened:
        if not opened.complete:
            _simulate(wanted, opened, jobs, cluster, progress, allow_code)
            opened.finish()
        return swept(opened)


def _simulate(
    wanted: Sweep,
    folder: RunFolder,
    jobs: int | None,
    cluster: str | None,
    progress: Callable[[int, str], object] | None,
    allow_code: bool,
) -> None:
    """Simulate the blocks that are missing."""
    n = wanted.points.n
    size = max(1, min(LARGEST_BLOCK, n // BLOCKS_WANTED))
    missing = folder.missing(size)
    done = n - sum(count for _, count in missing)
    best = (float("nan"), float("nan"), -1)
    setting = Setting(wanted.base.tree, wanted.base.name, wanted.figures, wanted.days, wanted.seed, allow_code)
    with place(jobs, cluster) as where:
        for block in _blocks(wanted, setting, missing, where):
            folder.add(block.first, len(block.values), rows_of(wanted, block))
            done += len(block.values)
            best = leader(wanted, block, best)
            if progress is not None:
                progress(done, f"shortest mean wait {best[0]:.3g} ± {best[1]:.2g} min" if best[2] >= 0 else "")


def _blocks(wanted: Sweep, setting: Setting, missing: list[tuple[int, int]], where: Place) -> Any:
    """Yield finished blocks as they come; on an error or Ctrl-C, those under way are stopped."""
    stop: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
    running: set[Future[Block | None]] = set()
    todo = iter(missing)
    try:
        while True:
            while len(running) < AHEAD * where.threads and (block := next(todo, None)) is not None:
                first, count = block
                points = [changes_of(wanted.factors, wanted.points.point(i)) for i in range(first, first + count)]
                running.add(where.executor.submit(simulate, setting, first, points, stop if where.shared else None))
            if not running:
                return
            finished, running = wait(running, WAIT_S, FIRST_COMPLETED)
            for future in finished:
                found = outcome(future)
                assert found is not None, "only a stopped block has no result"
                yield found
    except BaseException:
        stop[0] = 1
        for future in running:
            future.cancel()
        raise
