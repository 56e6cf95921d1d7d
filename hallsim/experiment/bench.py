"""Where an experiment is simulated and where its pieces are kept: one way for `run`, `compare` and `select`.

In: `Where`, as a planner asks for it: threads here or a cluster, a folder or none. Out: a `Bench` that takes chunks of
jobs and gives their pieces: from the folder if they are there, else simulated, and then kept. Experiments hand their
bench to those that they are made of, so that a comparison and its runs share threads, connection and folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hallsim.experiment.chunks import Job, Piece, chunk_there
from hallsim.experiment.folder import RunFolder, open_folder
from hallsim.experiment.pieces import Pieces
from hallsim.experiment.places import Place, outcome, place

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Where:
    """Where an experiment is simulated and kept.

    Attributes
    ----------
    folder : path, optional
        Keeps every finished piece of work, and in the end the table; made if it does not exist.
    resume : bool
        Go on in a folder that holds part of this very experiment; nothing finished is computed again.
    cluster : str, optional
        Address of a Dask scheduler whose workers simulate instead; the numbers are the same.
    """

    folder: str | os.PathLike[str] | None = None
    resume: bool = False
    cluster: str | None = None


class Experiment(NamedTuple):
    """What the manifest of a folder says: its kind, everything that decides on the numbers, what readers need."""

    kind: str
    identity: dict[str, Any]
    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Underway:
    """A chunk that somebody simulates, or that the folder had."""

    job: Job
    first: int
    count: int
    future: Future[Piece]
    kept: bool


@dataclass(frozen=True)
class Bench:
    """Takes chunks and gives pieces; `pieces` and `folder` are None where nothing is kept."""

    place: Place
    pieces: Pieces | None = None
    folder: RunFolder | None = None

    @property
    def apart(self) -> bool:
        """Whether pieces have to hold everything themselves, to be kept or to come from elsewhere."""
        return self.pieces is not None or not self.place.shared

    def load(self, job: Job) -> None:
        """Compile what a job needs, where this process simulates."""
        if self.place.shared:
            job.load()

    def start(self, job: Job, first: int, count: int) -> Underway:
        """Begin with a chunk.

        Raises
        ------
        UsageError
            If its hall is a Model made by hand, and pieces need a name.
        """
        future: Future[Piece] = Future()
        kept = None if self.pieces is None else self.pieces.get(job.order, first, count)
        if kept is not None:
            future.set_result(kept)
        elif self.place.shared:
            future = self.place.executor.submit(job.chunk, first, count)
        else:
            future = self.place.executor.submit(chunk_there, job.order, first, count)
        return Underway(job, first, count, future, kept is not None)

    def piece(self, underway: Underway) -> Piece:
        """Wait for a chunk, and keep it unless Ctrl-C has cut it short.

        Raises
        ------
        HallsimError, OSError
            If the cluster fails, or the folder cannot be written.
        """
        found = outcome(underway.future)
        if self.pieces is not None and not underway.kept and found.moments.n == underway.count:
            self.pieces.put(underway.job.order, underway.first, underway.count, found)
        return found

    def finish(self, table: Callable[[], pd.DataFrame]) -> None:
        """Write what was found into the folder, if there is one and it is not there yet."""
        if self.folder is None or self.folder.complete:
            return
        import pyarrow as pa

        rows = pa.Table.from_pandas(table(), preserve_index=False)
        # whether texts are large ones depends on the version of pandas, on which the table must not
        plain = [f.with_type(pa.string()) if pa.types.is_large_string(f.type) else f for f in rows.schema]
        self.folder.write_table(rows.cast(pa.schema(plain)))


@contextmanager
def bench(where: Where | Bench | None, jobs: int | None, experiment: Callable[[], Experiment]) -> Iterator[Bench]:
    """Open threads or a cluster, and a folder if one is asked for.

    Parameters
    ----------
    where : Where or Bench, optional
        Threads here without a folder by default. The bench of a larger experiment is used as it is, but the table of
        its folder is not for this one to write.
    jobs : int, optional
        Threads; all cores by default. The numbers do not depend on it.
    experiment : callable
        Returns what the folder's manifest is to say.

    Raises
    ------
    UsageError, HallsimError, OSError
        As `hallsim.experiment.places.place` and `hallsim.experiment.folder.open_folder`.
    """
    if isinstance(where, Bench):
        yield Bench(where.place, where.pieces)
        return
    asked = where or Where()
    with place(jobs, asked.cluster) as at:
        if asked.folder is None:
            yield Bench(at)
            return
        kind, identity, about = experiment()
        with (
            open_folder(Path(asked.folder), kind, None, identity, about, asked.resume) as folder,
            Pieces(folder) as pieces,
        ):
            yield Bench(at, pieces, folder)
