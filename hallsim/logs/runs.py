"""Legs put aside day by day, in bounded memory.

In: tables of legs (`clean.INT_COLUMNS`, `clean.TEXT_COLUMNS`), chunk by chunk, in any order of days. Out: some whole
days at a time. Every chunk is sorted by day and put aside as one run, in memory or in a temporary file; then the
days are collected from all runs. Memory holds one chunk and the days of one batch; what grows with the log is the
index, a few numbers for each day of each chunk. A single day of ten million rows would be held whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]

BATCH_ROWS = 100_000
"""Days are collected until they have so many rows."""


class Day(NamedTuple):
    """A day of a hall; `date` since 1970-01-01, `replication` its number where it was simulated, else NONE."""

    date: int
    replication: int
    hall: str


class Slice(NamedTuple):
    """The rows of one day in one run."""

    run: int
    start: int
    stop: int


@dataclass(slots=True)
class Runs:
    """Legs put aside chunk by chunk, each chunk sorted by day.

    `folder` is where runs are written; None keeps them in memory.
    """

    folder: Path | None
    runs: list[Any] = field(default_factory=list)
    index: dict[Day, list[Slice]] = field(default_factory=dict)
    n_rows: int = 0

    def add(self, legs: Any) -> None:
        """Put the legs of one chunk aside."""
        if not legs.num_rows:
            return
        import pyarrow as pa

        date, number = (legs[name].to_numpy() for name in ("date", "replication"))
        halls = legs["hall"].combine_chunks().dictionary_encode()
        names, hall = halls.dictionary.to_pylist(), halls.indices.to_numpy()
        order = np.lexsort((hall, number, date))
        key = np.column_stack((date, number, hall))[order]
        starts = np.flatnonzero(np.append(True, (key[1:] != key[:-1]).any(axis=1)))
        for start, stop in zip(starts, np.append(starts[1:], len(key)), strict=True):
            day = Day(int(key[start, 0]), int(key[start, 1]), names[key[start, 2]])
            self.index.setdefault(day, []).append(Slice(len(self.runs), int(start), int(stop)))
        self.n_rows += legs.num_rows
        self.runs.append(self._put_aside(legs.take(pa.array(order))))

    def _put_aside(self, legs: Any) -> Any:
        if self.folder is None:
            return legs
        import pyarrow as pa

        path = self.folder / f"{len(self.runs)}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, legs.schema) as writer:
            writer.write_table(legs)
        return path

    def batches(self) -> Iterator[tuple[list[Day], Any, I64]]:
        """Yield days in order: some days, their legs, and the position of the day of each leg."""
        days: list[Day] = []
        n = 0
        for day in sorted(self.index):
            days.append(day)
            n += sum(s.stop - s.start for s in self.index[day])
            if n >= BATCH_ROWS:
                yield self._collected(days)
                days, n = [], 0
        if days:
            yield self._collected(days)

    def _collected(self, days: list[Day]) -> tuple[list[Day], Any, I64]:
        import pyarrow as pa

        wanted: dict[int, list[tuple[int, Slice]]] = {}
        for i, day in enumerate(days):
            for piece in self.index[day]:
                wanted.setdefault(piece.run, []).append((i, piece))
        pieces, of_day = [], []
        for run in sorted(wanted):
            legs = self.runs[run]
            if isinstance(legs, Path):
                with pa.memory_map(str(legs)) as source:  # only what is wanted is read
                    pieces.append(_sliced(pa.ipc.open_file(source).read_all(), wanted[run]))
            else:
                pieces.append(_sliced(legs, wanted[run]))
            of_day += [np.full(piece.stop - piece.start, i, dtype=np.int64) for i, piece in wanted[run]]
        return days, pa.concat_tables(pieces).combine_chunks(), np.concatenate(of_day)


def _sliced(legs: Any, wanted: list[tuple[int, Slice]]) -> Any:
    """Return a copy of some pieces of a run."""
    import pyarrow as pa

    rows = np.concatenate([np.arange(piece.start, piece.stop) for _, piece in wanted])
    return legs.take(pa.array(rows)).combine_chunks()
