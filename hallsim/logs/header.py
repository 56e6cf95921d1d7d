"""Finding the columns: the header of a file against the names that a mapping knows.

In: the rows at the top of a `Source`. Out: a `Header`, where every field's column stands. What is missing is
complained about all at once, with the nearest name. Messages name columns of the file only where the row is
certainly a header, because a file without one begins with a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.errors import LogError, did_you_mean
from hallsim.logs.mapping import Mapping, fold_header
from hallsim.logs.report import shown
from hallsim.logs.source import Source

SEPARATOR_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Header:
    """Where everything stands: positions of the columns, from 0.

    `fields` holds the columns of the mapping that the file has, `filters` those of its filters in their order,
    `private` the names of private columns that the file has.
    """

    row: int
    separator: str
    names: tuple[str, ...]
    fields: dict[str, int]
    filters: tuple[int, ...]
    private: tuple[str, ...]

    def wanted(self) -> tuple[int, ...]:
        """Return the positions to read."""
        return tuple(sorted({*self.fields.values(), *self.filters}))


def find_header(source: Source, mapping: Mapping) -> Header:
    """Find the columns of a mapping in a file.

    Raises
    ------
    LogError
        If a required column is missing, or stands there twice.
    """
    best: tuple[int, int, str, list[str]] | None = None
    for separator in source.separators:
        for row, cells in source.top(separator):
            n = _n_found(cells, mapping)
            if best is None or n > best[0]:
                best = (n, row, separator, cells)
            if not _missing(cells, mapping):
                return _header(source, mapping, row, separator, cells)
    if best is None:
        raise LogError("holds nothing but empty lines", source.name)
    raise LogError(_complaint(source, mapping, *best) + source.hint, source.name, best[1])


def _header(source: Source, mapping: Mapping, row: int, separator: str, cells: list[str]) -> Header:
    folded = [fold_header(c) for c in cells]
    wanted = {fold_header(n) for column in mapping.columns.values() for n in column.names}
    wanted |= {fold_header(n) for f in mapping.filters for n in f.names}
    for name in folded:
        if name in wanted and folded.count(name) > 1:
            raise LogError(f"two columns are called {cells[folded.index(name)]!r}", source.name, row)
    fields = {}
    for field, column in mapping.columns.items():
        found = [folded.index(fold_header(n)) for n in column.names if fold_header(n) in folded]
        if found:
            fields[field] = found[0]
    filters = tuple(
        next(folded.index(fold_header(n)) for n in f.names if fold_header(n) in folded) for f in mapping.filters
    )
    private = {fold_header(p) for p in mapping.private}
    return Header(
        row=row,
        separator=separator,
        names=tuple(cells),
        fields=fields,
        filters=filters,
        private=tuple(c for c, f in zip(cells, folded, strict=True) if f in private),
    )


def _n_found(cells: list[str], mapping: Mapping) -> int:
    folded = {fold_header(c) for c in cells}
    return sum(any(fold_header(n) in folded for n in column.names) for column in mapping.columns.values())


def _missing(cells: list[str], mapping: Mapping) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is not there of what is required: fields with the names they may have."""
    folded = {fold_header(c) for c in cells}
    required = [(field, mapping.columns[field].names) for field in mapping.required]
    required += [("", f.names) for f in mapping.filters]
    return [(field, names) for field, names in required if not any(fold_header(n) in folded for n in names)]


def _complaint(source: Source, mapping: Mapping, n_found: int, row: int, separator: str, cells: list[str]) -> str:
    """Say which columns are missing, and what the row looks like instead."""
    missing = _missing(cells, mapping)
    other = _other_separator(source, mapping, separator, n_found)
    if other:
        name, n = other
        return (
            f"{n_found} of the mapping's columns with {SEPARATOR_NAMES[separator]} between the fields, but {n} with "
            f"{name}; the mapping can say read: separator: {name}"
        )
    if n_found < 2:
        first = next(iter(mapping.columns.values())).names[0]
        return (
            f"no header with the columns of mapping {mapping.name} (such as {first!r}) in the first rows; "
            f"this one has {len(cells)} fields"
        )
    parts = []
    for field, names in missing:
        near = next((hint for n in names if (hint := did_you_mean(n, [shown(c) for c in cells if c]))), "")
        what = f" for {field}" if field else ""
        parts.append(f"no column{what}: {' or '.join(repr(n) for n in names[:6])}{near}")
    found = ", ".join(shown(c) for c in cells[:MOST_NAMES] if c)
    return "; ".join(parts) + f"; the header has {found}"


def _other_separator(source: Source, mapping: Mapping, separator: str, n_found: int) -> tuple[str, int] | None:
    """Return the separator with which more columns are found than with the mapping's own, and how many."""
    if not separator:
        return None
    best: tuple[str, int] | None = None
    for other, name in SEPARATOR_NAMES.items():
        if other == separator:
            continue
        try:
            n = max((_n_found(cells, mapping) for _, cells in source.top(other)), default=0)
        except LogError:
            continue
        if n > max(n_found, best[1] if best else 0):
            best = (name, n)
    return best
