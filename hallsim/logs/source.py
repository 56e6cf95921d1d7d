"""What every kind of raw file gives: the rows at its top, then chunks of the columns that are wanted.

In: a path. Out: a `Source`, told apart by content and not by the file's ending, since exports often lie about it.
Only wanted columns leave a source; of all others, private ones among them, nothing is kept beyond the row.
"""

from __future__ import annotations

import abc
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import LogError

if TYPE_CHECKING:
    from hallsim.logs.mapping import Mapping

TOP_ROWS = 20
"""The header is looked for in so many rows."""

CHUNK_ROWS = 50_000

REPEATED_HEADER, BAD_QUOTES = -1, -2
"""What stands in the place of a number of fields."""


@dataclass(slots=True)
class Chunk:
    """Some rows of a file.

    Attributes
    ----------
    row : int64[n]
        Row in the file as an editor counts it, from 1.
    n_fields : int64[n]
        Fields of the row; or REPEATED_HEADER, or BAD_QUOTES where they cannot be told apart.
    columns : {position: pyarrow string array of n}
        Cells of the wanted columns, trimmed, null where empty. Where the number of fields is wrong all are null.
    """

    row: NDArray[np.int64]
    n_fields: NDArray[np.int64]
    columns: dict[int, Any]


class Source(abc.ABC):
    """One raw file."""

    name: str
    encoding = ""
    separators: tuple[str, ...] = ("",)
    n_rows = 0
    """About how many rows there are, for progress."""

    hint = ""
    """What a message adds where the columns are not found."""

    @abc.abstractmethod
    def top(self, separator: str) -> list[tuple[int, list[str]]]:
        """Return the first rows that are not empty, each with its number."""

    @abc.abstractmethod
    def chunks(self, header_row: int, separator: str, wanted: Sequence[int], n_fields: int) -> Iterator[Chunk]:
        """Yield the rows below the header; empty rows are no rows.

        Parameters
        ----------
        header_row : number of the header's row
        wanted : positions of the columns to give
        n_fields : fields that a row must have; 0: as many as the header, and more if they are empty
        """

    @abc.abstractmethod
    def digest(self) -> bytes:
        """Return a digest of the content."""


def open_source(path: str | os.PathLike[str], mapping: Mapping, found: Callable[[int], None] | None = None) -> Source:
    """Open a raw file; `found` is told how many more lines were found whenever some were.

    Raises
    ------
    LogError
        If it cannot be read as a table of any kind.
    """
    name = os.fspath(path)
    try:
        if Path(path).is_dir():
            raise LogError("is a folder, not a log", name)
        with open(path, "rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise LogError("no such file", name) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise LogError(f"cannot be read: {reason}", name) from problem
    if not head:
        raise LogError("is empty", name)
    from hallsim.logs import binary_sources, text_source

    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return binary_sources.ExcelSource(path, mapping)
    if head.startswith(b"PAR1"):
        return binary_sources.ParquetSource(path, mapping)
    return text_source.TextSource(path, mapping, head.startswith(b"\x1f\x8b"), found)


def trimmed(cells: Any) -> Any:
    """Return a pyarrow string array without blanks around the text, null where nothing is left."""
    import pyarrow.compute as pc

    cells = pc.utf8_trim_whitespace(cells)
    formula = pc.starts_with(cells, '="')
    if pc.any(formula).as_py():  # ="007" is how exports keep Excel from dropping the zeros
        cells = pc.if_else(formula, pc.replace_substring_regex(cells, '^="(.*)"$', r"\1"), cells)
    return pc.if_else(pc.equal(cells, ""), None, cells)
