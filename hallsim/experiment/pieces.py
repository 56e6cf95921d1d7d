"""The pieces that the folder of an experiment keeps, so that none is simulated twice.

In: pieces as they are finished, each known by the key of its job (`chunks.Order.key`: scenario, seed, engine, figures,
version) and by its replications. Out: the same pieces, bit for bit, to whoever asks for them again. An experiment that
goes on is the experiment run again: it asks for the same pieces in the same order, gets those that are there, and
simulates the others; that holds for procedures whose next question depends on the last answer too. A part of the folder
holds the pieces of some seconds, a row each:

    job, first, count       key of the job, first replication, number of replications
    moments                 mean_n, mean_d, m2_n, m2_d, c_nd of all figures, one after the other
    by_days_n, by_days      number of replications of each group of days, and its moments likewise
    days, watched           headline and watched figures, replication by replication
    bins, waits             places of the pooled histogram, and how many waits fell there
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.chunks import Order, Piece
from hallsim.experiment.folder import RunFolder
from hallsim.experiment.results import HEADLINES
from hallsim.stats import Moments

if TYPE_CHECKING:
    import pyarrow as pa

KEEP_S = 0.5
"""Seconds after which finished pieces are written,"""
KEEP_SHARE = 0.01
"""or this share of the time since the start, so that long work leaves hundreds of files and not hundred thousands."""
MOST_UNWRITTEN = 256
"""Pieces that wait to be written, whatever the time."""
OPEN_PARTS = 4
"""Parts that are held in memory; pieces are asked for nearly in the order they were written."""

F64 = NDArray[np.float64]

_KEY = ("job", "first", "count")
_Key = tuple[str, int, int]


class Pieces:
    """Reads and writes the pieces of a folder whose lock is held. Use it as a context: what is left is written."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._done = folder.done
        self._written: dict[_Key, tuple[tuple[int, int], int]] = {}
        self._new: dict[_Key, Piece] = {}
        self._open: dict[tuple[int, int], pa.Table] = {}
        self._start = self._last = time.monotonic()
        for block in folder.finished():
            keys = folder.read(block, _KEY).to_pydict()
            self._index(block, list(zip(*(keys[name] for name in _KEY), strict=True)))

    def __enter__(self) -> Pieces:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.flush()

    def get(self, order: Order, first: int, count: int) -> Piece | None:
        """Return a piece if it is there."""
        key = order.key, first, count
        if key in self._new:
            return self._new[key]
        if key not in self._written:
            return None
        block, row = self._written[key]
        return _piece_of(self._part(block), row, order, count)

    def put(self, order: Order, first: int, count: int, piece: Piece) -> None:
        """Keep a piece; it is on disk within a second, of long work within a hundredth of the time so far.

        Raises
        ------
        OSError
            If it cannot be written, such as on a full disk; what was written before stays.
        """
        self._new[order.key, first, count] = piece
        now = time.monotonic()
        if now - self._last >= max(KEEP_S, KEEP_SHARE * (now - self._start)) or len(self._new) >= MOST_UNWRITTEN:
            self._last = now
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet."""
        if not self._new:
            return
        days = sum(count for _, _, count in self._new)
        self._folder.add(self._done, days, _rows_of(self._new))
        self._index((self._done, self._done + days - 1), list(self._new))
        self._done += days
        self._new = {}

    def _index(self, block: tuple[int, int], keys: Sequence[_Key]) -> None:
        self._written |= {key: (block, row) for row, key in enumerate(keys)}

    def _part(self, block: tuple[int, int]) -> pa.Table:
        table = self._open.pop(block, None)
        if table is None:
            table = self._folder.read(block)
        self._open[block] = table
        while len(self._open) > OPEN_PARTS:
            del self._open[next(iter(self._open))]
        return table


def _rows_of(pieces: dict[_Key, Piece]) -> pa.Table:
    """Return pieces as rows."""
    import pyarrow as pa

    whole, real = pa.list_(pa.int64()), pa.list_(pa.float64())
    found = pieces.values()
    job, first, count = zip(*pieces, strict=True)
    return pa.table(
        {
            "job": pa.array(job, pa.string()),
            "first": pa.array(first, pa.int64()),
            "count": pa.array(count, pa.int64()),
            "moments": pa.array([np.concatenate(p.moments[1:]) for p in found], real),
            "by_days_n": pa.array([[m.n for m in p.by_days] for p in found], whole),
            "by_days": pa.array([np.concatenate([[], *(x for m in p.by_days for x in m[1:])]) for p in found], real),
            "days": pa.array([p.days.ravel() for p in found], real),
            "watched": pa.array([p.watched.ravel() for p in found], whole),
            "bins": pa.array([p.bins for p in found], whole),
            "waits": pa.array([p.waits for p in found], whole),
        }
    )


def _piece_of(part: pa.Table, row: int, order: Order, count: int) -> Piece:
    """Return the piece of a row."""

    def values(name: str) -> Any:
        return part.column(name).combine_chunks()[row].values.to_numpy().copy()  # the file's memory is not kept for it

    moments = _moments(values("moments"), [count])[0]
    by_days = _moments(values("by_days"), values("by_days_n").tolist())
    days, watched = values("days").reshape(count, len(HEADLINES)), values("watched").reshape(count, len(order.watch), 2)
    return Piece(moments, by_days, days, watched, [], values("bins"), values("waits"))


def _moments(values: F64, numbers: Sequence[int]) -> list[Moments]:
    """Return the moments of some groups of replications, `numbers` of them each."""
    if not numbers:
        return []
    groups = values.reshape(len(numbers), len(Moments._fields) - 1, -1)
    return [Moments(n, *group) for n, group in zip(numbers, groups, strict=True)]
