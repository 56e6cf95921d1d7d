"""Excel workbooks and Parquet files as raw logs.

In: a path. Out: a `Source`. An Excel sheet is held whole (a sheet ends at 1,048,576 rows); Parquet is read batch
by batch. Cells that are no text become the text that a CSV export would show, so that one parser reads all.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.errors import LogError, not_one_of
from hallsim.logs.source import CHUNK_ROWS, REPEATED_HEADER, TOP_ROWS, Chunk, Source, trimmed

if TYPE_CHECKING:
    from hallsim.logs.mapping import Mapping

LARGEST_WORKBOOK = 2_000_000_000
"""Bytes of a workbook unpacked: beyond, it was made to fill the memory."""


class ExcelSource(Source):
    """One sheet of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods)."""

    def __init__(self, path: str | os.PathLike[str], mapping: Mapping) -> None:
        self.name = os.fspath(path)
        self._path = Path(path)
        self._rows = self._sheet(mapping.sheet)
        self.n_rows = len(self._rows)

    def digest(self) -> bytes:
        return _digest(self._path)

    def top(self, separator: str) -> list[tuple[int, list[str]]]:
        rows = ((i, [as_text(cell).strip() for cell in cells]) for i, cells in enumerate(self._rows[:200], start=1))
        return [(i, cells) for i, cells in rows if any(cells)][:TOP_ROWS]

    def chunks(self, header_row: int, separator: str, wanted: Sequence[int], n_fields: int) -> Iterator[Chunk]:
        import pyarrow as pa

        header = [as_text(self._rows[header_row - 1][k]) for k in wanted]
        n = len(self._rows[header_row - 1])
        some = np.array([any(cell not in ("", None) for cell in row) for row in self._rows], dtype=bool)
        self._rows = [[row[k] for k in wanted] for row in self._rows]  # what is not wanted is let go of
        for start in range(header_row, len(self._rows), CHUNK_ROWS):
            rows = [[as_text(cell) for cell in row] for row in self._rows[start : start + CHUNK_ROWS]]
            kept = some[start : start + CHUNK_ROWS]
            fields = np.where([row == header for row in rows], REPEATED_HEADER, n)
            columns = {
                k: trimmed(pa.array([row[i] for row in rows], pa.string())).filter(pa.array(kept))
                for i, k in enumerate(wanted)
            }
            yield Chunk(np.arange(start + 1, start + 1 + len(rows))[kept], fields[kept], columns)

    def _sheet(self, wanted: str) -> list[list[Any]]:
        import python_calamine

        if zipfile.is_zipfile(self._path):
            self._check_size()
        try:
            book = python_calamine.CalamineWorkbook.from_path(self._path)
            names = list(book.sheet_names)
            if wanted and wanted not in names:
                raise LogError(not_one_of(wanted, "a sheet of this workbook", names), self.name)
            if not names:
                raise LogError("a workbook without a sheet", self.name)
            others = [name for name in names if name != (wanted or names[0])]
            if others:
                self.hint = f"; sheet {wanted or names[0]!r} was read, the others are {', '.join(others[:10])}"
            rows: list[list[Any]] = book.get_sheet_by_name(wanted or names[0]).to_python(skip_empty_area=False)
        except LogError:
            raise
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as problem:  # a damaged file may end in a panic of the reader, which is no Exception
            reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            raise LogError(f"cannot be read as an Excel workbook: {reason[:200]}", self.name) from None
        if not any(any(cell not in ("", None) for cell in row) for row in rows):
            raise LogError(f"sheet {wanted or names[0]!r} is empty", self.name)
        return rows

    def _check_size(self) -> None:
        try:
            with zipfile.ZipFile(self._path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
            raise LogError(f"cannot be read as an Excel workbook: {problem}", self.name) from None
        if size > LARGEST_WORKBOOK:
            raise LogError(f"unpacks to {size / 1e9:.1f} GB; save it as .csv", self.name)
        if "mimetype" not in names and not any(n.startswith("xl/") for n in names):
            raise LogError("is a zip archive without a workbook; unpack it first", self.name)


class ParquetSource(Source):
    """A Parquet file; its column names are the header, its rows are counted from 1."""

    def __init__(self, path: str | os.PathLike[str], mapping: Mapping) -> None:
        import pyarrow as pa
        import pyarrow.parquet

        self.name = os.fspath(path)
        self._path = Path(path)
        try:
            with pa.parquet.ParquetFile(path) as file:
                self._names = list(file.schema_arrow.names)
                self.n_rows = file.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise _no_parquet(problem, self.name) from None

    def digest(self) -> bytes:
        return _digest(self._path)

    def top(self, separator: str) -> list[tuple[int, list[str]]]:
        return [(0, [name.strip() for name in self._names])]

    def chunks(self, header_row: int, separator: str, wanted: Sequence[int], n_fields: int) -> Iterator[Chunk]:
        import pyarrow as pa
        import pyarrow.parquet

        names = [self._names[k] for k in wanted]
        row = 1
        try:
            with pa.parquet.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=CHUNK_ROWS, columns=names, use_threads=False):
                    columns = {k: trimmed(_arrow_text(batch.column(n))) for k, n in zip(wanted, names, strict=True)}
                    fields = np.full(batch.num_rows, n_fields or len(self._names), dtype=np.int64)
                    yield Chunk(np.arange(row, row + batch.num_rows), fields, columns)
                    row += batch.num_rows
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise _no_parquet(problem, self.name) from None


def as_text(cell: Any) -> str:
    """Return a cell of a workbook as text.

    >>> as_text(1001.0), as_text(datetime.datetime(2024, 3, 5, 9, 3)), as_text(datetime.time(9, 3, 7))
    ('1001', '2024-03-05 09:03:00.000000', '09:03:07.000000')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.datetime):
        # Excel's numbers hold a moment to some microseconds only; machines write whole milliseconds at best
        whole = cell + datetime.timedelta(microseconds=500)
        return whole.replace(microsecond=whole.microsecond // 1000 * 1000).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(cell, datetime.time):
        return cell.strftime("%H:%M:%S.%f")
    if isinstance(cell, datetime.timedelta):
        seconds, us = divmod(cell // datetime.timedelta(microseconds=1), 1_000_000)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{us:06d}"
    return "" if cell is None else str(cell)


def _arrow_text(column: Any) -> Any:
    """Return a column of a Parquet file as strings."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            column = pc.local_timestamp(column)
        return column.cast(pa.timestamp("us"), safe=False).cast(pa.string())
    if pa.types.is_floating(kind):
        whole = pc.and_(pc.is_finite(column), pc.equal(pc.floor(column), column))
        number = pc.if_else(whole, column, None).cast(pa.int64(), safe=False).cast(pa.string())
        return pc.coalesce(number, column.cast(pa.string()))
    if pa.types.is_time(kind) and kind != pa.time64("ns"):
        return column.cast(pa.time64("us")).cast(pa.string())
    if pa.types.is_duration(kind):
        return pa.array(
            [None if t is None else as_text(t.as_py()) for t in column.cast(pa.duration("us"))], pa.string()
        )
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as problem:
        raise ValueError(f"a column of type {kind} has no place in a log") from problem


def _no_parquet(problem: Exception, name: str) -> LogError:
    return LogError(f"cannot be read as Parquet: {str(problem).splitlines()[0][:200]}", name)


def _digest(path: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()
