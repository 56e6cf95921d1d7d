"""Text files: separated values, gzipped or not, in UTF-8, GB18030, UTF-16 with its mark, or as the mapping says.

In: a path. Out: a `Source`. The whole file is looked through once before it is read, in blocks: that tells its
encoding for certain (the first megabyte does not), finds the row where a file breaks off or changes its encoding,
counts the lines for the progress, and gives the digest. Memory holds one block or one chunk, never the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from hallsim.errors import LogError
from hallsim.logs.source import BAD_QUOTES, CHUNK_ROWS, REPEATED_HEADER, TOP_ROWS, Chunk, Source, trimmed

if TYPE_CHECKING:
    from hallsim.logs.mapping import Mapping

BLOCK = 1 << 20
LONGEST_LINE = 1 << 20
"""Characters of a line, and of a cell over several lines, that is believed to be a row of a log."""

BROKEN = ["\0"] * 10_001
"""Stands for a row that the parser cannot take apart; no row of a log has so many fields."""

SURE = 4
"""A line of so many Chinese characters that reads as UTF-8 is UTF-8: by chance it happens once in ten million."""


class TextSource(Source):
    """A file of separated values."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        mapping: Mapping,
        gzipped: bool,
        found: Callable[[int], None] | None = None,
    ) -> None:
        self.name = os.fspath(path)
        self._path, self._gzipped, self._found = Path(path), gzipped, found
        self._quotes = mapping.quotes
        self.separators = (mapping.separator,) if mapping.separator else (",", "\t", ";", "|")
        self._hash = hashlib.blake2b(digest_size=16)
        self.encoding = self._survey(mapping.encoding)

    def digest(self) -> bytes:
        return self._hash.digest()

    # --- the first look ---------------------------------------------------------------------------------

    def _survey(self, given: str) -> str:
        """Look through the file, count its lines, check every byte and return the encoding."""
        encoding = given or "utf-8-sig"
        n_lines = 0
        with self._bytes() as file:
            decoder: codecs.IncrementalDecoder | None = None
            for block in self._blocks(file):
                self._hash.update(block)
                if decoder is None:
                    encoding = given or self._by_mark(block) or encoding
                    decoder = self._decoder(encoding)
                if b"\0" in block and not encoding.startswith("utf-16"):
                    row = n_lines + block.count(b"\n", 0, block.index(b"\0")) + 1
                    raise LogError("is binary (byte 0x00), not a table in text, Excel or Parquet", self.name, row)
                if encoding != "gb18030" or given:
                    try:
                        decoder.decode(block)
                    except UnicodeDecodeError as problem:
                        encoding = self._second_choice(encoding, given, problem, n_lines)
                lines = block.count(b"\n")
                n_lines += lines
                if self._found is not None:
                    self._found(lines)
            try:
                if decoder is not None and (encoding != "gb18030" or given):
                    decoder.decode(b"", final=True)
            except UnicodeDecodeError as problem:
                encoding = self._second_choice(encoding, given, problem, n_lines)
        if encoding == "gb18030" and not given:
            self._check_gb18030()
        self.n_rows = n_lines
        return encoding

    def _decoder(self, encoding: str) -> codecs.IncrementalDecoder:
        try:
            io.TextIOWrapper(io.BytesIO(), encoding=encoding).close()  # refuses codecs that are not of text
            return codecs.getincrementaldecoder(encoding)()
        except LookupError:
            message = f"the mapping's encoding {encoding!r} is not one of text; try utf-8 or gb18030"
            raise LogError(message, self.name) from None

    def _second_choice(self, encoding: str, given: str, problem: UnicodeDecodeError, n_lines: int) -> str:
        """Return what a text may be that is not in the encoding tried."""
        if not given and encoding == "utf-8-sig":
            return "gb18030"
        row = n_lines + problem.object.count(b"\n", 0, problem.start) + 1
        byte = problem.object[problem.start]
        message = f"byte 0x{byte:02x} is not {encoding}; the mapping can say read: encoding"
        raise LogError(message, self.name, row) from None

    def _by_mark(self, block: bytes) -> str:
        """Return the encoding that the first bytes tell, "" if they tell nothing."""
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if block.lstrip()[:1] == b"<":
            raise LogError("is a web page or XML, not a table; save it as .xlsx or .csv first", self.name)
        return ""

    def _check_gb18030(self) -> None:
        """Refuse a text that is neither UTF-8 nor GB18030, or now the one and now the other."""
        utf8_row = gb_row = 0
        with self._bytes() as file:
            for row, line in enumerate(self._byte_lines(file), start=1):
                if line.isascii():
                    continue
                chinese = _chinese_in_utf8(line)
                if chinese < 0:
                    gb_row = gb_row or row
                    if not _is_gb18030(line):
                        byte = next(b for b in line if b > 127)
                        message = f"byte 0x{byte:02x} is neither UTF-8 nor GB18030; the mapping can say read: encoding"
                        raise LogError(message, self.name, row)
                elif chinese >= SURE or not _is_gb18030(line):
                    utf8_row = utf8_row or row
                if utf8_row and gb_row:
                    raise LogError(
                        f"row {utf8_row} is UTF-8 and row {gb_row} is not; save the file in one encoding",
                        self.name,
                        max(utf8_row, gb_row),
                    )

    # --- reading ----------------------------------------------------------------------------------------

    def top(self, separator: str) -> list[tuple[int, list[str]]]:
        rows, numbers = next(self._blocks_of_rows(separator, 10 * TOP_ROWS), ([], []))
        stripped = ((row, [cell.strip() for cell in cells]) for row, cells in zip(numbers, rows, strict=True))
        return [(row, cells) for row, cells in stripped if any(cells)][:TOP_ROWS]

    def chunks(self, header_row: int, separator: str, wanted: Sequence[int], n_fields: int) -> Iterator[Chunk]:
        header: list[str] = []
        for rows, numbers in self._blocks_of_rows(separator):
            if not header:
                at = numbers.index(header_row)
                header, rows, numbers = rows[at], rows[at + 1 :], numbers[at + 1 :]
            some = [i for i, cells in enumerate(rows) if cells and (cells[0] or any(map(str.strip, cells)))]
            if len(some) < len(rows):
                rows, numbers = [rows[i] for i in some], [numbers[i] for i in some]
            if rows:
                yield _chunk(rows, numbers, header, wanted, n_fields)

    def _blocks_of_rows(self, separator: str, n: int = 0) -> Iterator[tuple[list[list[str]], list[int]]]:
        """Yield so many rows at a time, a chunk unless told, with the number of each, that of its first line."""
        rows: list[list[str]] = []
        numbers: list[int] = []
        row = 1
        with self._bytes() as file:
            text = io.TextIOWrapper(file, encoding=self.encoding, newline="")
            quoting: Any = csv.QUOTE_MINIMAL if self._quotes else csv.QUOTE_NONE
            reader = csv.reader(self._lines(text), delimiter=separator or ",", quoting=quoting, strict=True)
            csv.field_size_limit(LONGEST_LINE)
            more = True
            while more:
                more = False
                try:
                    for cells in reader:
                        rows.append(cells)
                        numbers.append(row)
                        row = reader.line_num + 1
                        if len(rows) == (n or CHUNK_ROWS):
                            yield rows, numbers
                            rows, numbers = [], []
                except csv.Error as problem:
                    if "expected after" not in str(problem):
                        raise LogError(_csv_problem(str(problem), reader.line_num - row), self.name, row) from None
                    rows.append(BROKEN)  # the reader goes on with the next line
                    numbers.append(row)
                    row = reader.line_num + 1
                    more = True
        if rows:
            yield rows, numbers

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        n = 0
        while line := text.readline(LONGEST_LINE + 1):
            n += 1
            if len(line) > LONGEST_LINE:
                raise LogError(f"a line of more than {LONGEST_LINE} characters is no row of a log", self.name, n)
            yield line

    def _bytes(self) -> IO[bytes]:
        return cast("IO[bytes]", gzip.open(self._path, "rb")) if self._gzipped else open(self._path, "rb")

    def _blocks(self, file: IO[bytes]) -> Iterator[bytes]:
        n_lines = 0
        while True:
            try:
                block = cast("io.BufferedReader", file).read1(BLOCK)  # what is there before a break
            except EOFError:
                raise LogError(
                    "the gzip file breaks off here; it was not copied whole", self.name, n_lines + 1
                ) from None
            except (gzip.BadGzipFile, zlib.error) as problem:
                raise LogError(f"the gzip file is damaged: {problem}", self.name, n_lines + 1) from None
            if not block:
                return
            n_lines += block.count(b"\n")
            yield block

    def _byte_lines(self, file: IO[bytes]) -> Iterator[bytes]:
        while line := file.readline(4 * LONGEST_LINE):
            yield line


def _chinese_in_utf8(line: bytes) -> int:
    """Return how many Chinese characters a line has as UTF-8, -1 if it is not UTF-8."""
    try:
        return sum("\u2e80" <= c <= "\uffef" for c in line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return -1


def _is_gb18030(line: bytes) -> bool:
    """Tell whether a line is GB18030; Latin-1 often decodes by chance, into private or control characters."""
    try:
        return not any("\ue000" <= c <= "\uf8ff" or "\x80" <= c <= "\x9f" for c in line.decode("gb18030"))
    except UnicodeDecodeError:
        return False


def _csv_problem(problem: str, lines_since: int) -> str:
    if "unexpected end of data" in problem or "field larger" in problem or lines_since > 0:
        return 'a quote (") opened here is never closed; without quotes the mapping says read: quotes: false'
    return f"not a table of separated values: {problem}"


def _chunk(rows: list[list[str]], numbers: list[int], header: list[str], wanted: Sequence[int], n_fields: int) -> Chunk:
    import pyarrow as pa

    n = n_fields or len(header)
    found = np.fromiter(map(len, rows), np.int64, len(rows))
    for i in np.flatnonzero(found != n).tolist():
        cells = rows[i]
        if cells is BROKEN:
            found[i], rows[i] = BAD_QUOTES, [""] * n
        elif not n_fields and len(cells) > n and not any(map(str.strip, cells[n:])):
            found[i] = n  # a separator too many at the end
        else:
            rows[i] = [""] * n
    first = header[wanted[0]]
    found[[i for i, cells in enumerate(rows) if cells[wanted[0]] == first and cells == header]] = REPEATED_HEADER
    columns: dict[int, Any] = {k: trimmed(pa.array([cells[k] for cells in rows], pa.string())) for k in wanted}
    return Chunk(np.array(numbers, np.int64), found, columns)
