"""Where chunks of work run: threads of this process, or the workers of a Dask cluster.

In: how many threads, or the address of a scheduler. Out: an executor of the standard library's kind, and how many
pieces of work to keep under way. A lost worker's work is given to another one by Dask; the numbers do not depend on who
computed them.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from hallsim.errors import HallsimError, UsageError
from hallsim.experiment.chunks import cores, result_of

_T = TypeVar("_T")

CONNECT_S = 10
"""How long a scheduler may take to answer, and then its first worker to come."""


@dataclass(frozen=True)
class Place:
    """Where work runs; `shared` tells whether it sees this process's memory."""

    executor: Executor
    threads: int
    shared: bool


@contextmanager
def place(jobs: int | None = None, cluster: str | None = None) -> Iterator[Place]:
    """Open threads here, or a connection to a cluster.

    Parameters
    ----------
    jobs : int, optional
        Threads; all cores by default.
    cluster : str, optional
        Address of a Dask scheduler, such as "tcp://192.168.1.5:8786".

    Raises
    ------
    UsageError
        If the cluster cannot be reached or has no workers.
    """
    if cluster is None:
        n = jobs or cores()
        with ThreadPoolExecutor(n) as pool:
            yield Place(pool, n, True)
        return
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("a cluster needs Dask: pip install 'hallsim[cluster]'") from None
    try:
        client = Client(cluster, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise UsageError(
            f"no Dask scheduler answers at {cluster}: {reason}. Start one with `dask scheduler`, and workers with "
            "`dask worker ADDRESS`"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError:
            raise UsageError(
                f"the cluster at {cluster} has no workers: start some with `dask worker {cluster}`"
            ) from None
        threads = sum(client.nthreads().values())
        with client.get_executor(pure=False) as pool:
            yield Place(pool, threads, False)


def outcome(future: Future[_T]) -> _T:
    """Wait for work, so that Ctrl-C is heard meanwhile; a failure of the cluster's own is said in plain words.

    Raises
    ------
    HallsimError
        Such as for workers that die over it.
    """
    try:
        return result_of(future)
    except (HallsimError, OSError, MemoryError):
        raise
    except Exception as problem:
        if type(problem).__module__.partition(".")[0] != "distributed":
            raise
        raise HallsimError(f"the cluster failed: {problem}") from problem
