"""Columns of text -> arrays of numbers, looking at every distinct value once.

In: pyarrow string arrays, trimmed, null where a cell is empty. Out: numpy arrays, `NONE` where nothing is known,
and which cells could not be read. A log repeats itself: ten million clock times are 86,400 texts, so that a
patient parser in Python costs nothing if it sees each text once. Values in which nearly every row differs (a
date with its time, times in microseconds) are taken apart first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.logs.mapping import Column, fold
from hallsim.logs.moments import parse_date, parse_length, parse_time

I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

NONE = np.iinfo(np.int64).min
"""Stands for what is not known, in every array of times and numbers."""

MOST_CACHED = 500_000
DISTINCT = 20_000
"""So many different texts in one chunk, and a column is worth taking apart."""


_PARTS = (
    r"^(?:(?P<day>[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2})[ T])?"
    r"(?P<clock>[0-9]{1,4}:[0-9]{2}(?::[0-9]{2})?)(?:\.(?P<fraction>[0-9]{1,6}))?$"
)


class Moments(NamedTuple):
    """Times of one column: `day` since 1970-01-01 or NONE, `us` since that midnight or NONE, and `bad` cells."""

    day: I64
    us: I64
    bad: Bool


class Cache:
    """Remembers what the texts of one column mean; forgets everything when it has grown too large.

    `apart` says that date, clock and fraction may be read one by one.
    """

    def __init__(self, parse: Callable[[str], tuple[int, int]], column: Column | None = None, apart: bool = False):
        self._parse, self._column = parse, column
        self.apart = apart and not (column is not None and column.missing)
        self._known: dict[str, tuple[int, int, bool]] = {}

    def __call__(self, text: str) -> tuple[int, int, bool]:
        """Return two numbers, NONE where nothing is known, and whether the text was bad."""
        found = self._known.get(text)
        if found is None:
            found = self._read(text)
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            self._known[text] = found
        return found

    def _read(self, text: str) -> tuple[int, int, bool]:
        if self._column is not None and self._column.is_missing(fold(text)):
            return NONE, NONE, False
        try:
            return (*self._parse(text), False)
        except ValueError:
            return NONE, NONE, True


def dates(column: Column, order: str, day_numbers: bool) -> Cache:
    """Return a reader of dates: (day, NONE), or (NONE, number) of a simulated day."""

    def parse(text: str) -> tuple[int, int]:
        number, simulated = parse_date(text, order, day_numbers)
        return (NONE, number) if simulated else (number, NONE)

    return Cache(parse, column)


def times(column: Column, order: str) -> Cache:
    """Return a reader of clock times: (day or NONE, microseconds since midnight)."""

    def parse(text: str) -> tuple[int, int]:
        day, us = parse_time(text, order)
        return NONE if day is None else day, us

    return Cache(parse, column, apart=True)


def lengths(column: Column) -> Cache:
    """Return a reader of durations: (microseconds, NONE)."""
    return Cache(lambda text: (parse_length(text, column.unit_us), NONE), column)


def whole_numbers(column: Column) -> Cache:
    """Return a reader of whole numbers: (number, NONE)."""

    def parse(text: str) -> tuple[int, int]:
        number = float(text)
        if not number.is_integer() or abs(number) > 1e9:
            raise ValueError(text)
        return int(number), NONE

    return Cache(parse, column)


def read(array: Any, cache: Cache) -> Moments:
    """Return the two numbers of every cell, and which cells are bad; NONE where the cell is empty."""
    encoded = array.dictionary_encode()
    if cache.apart and len(encoded.dictionary) > max(DISTINCT, len(array) // 4):
        apart = _apart(array, cache)
        if apart is not None:
            return apart
    return _by_value(encoded, cache)


def _by_value(array: Any, cache: Cache) -> Moments:
    """Read every distinct value once."""
    import pyarrow.compute as pc

    encoded = array.dictionary_encode()
    found = [cache(text) for text in encoded.dictionary.to_pylist()] + [(NONE, NONE, False)]
    index = pc.fill_null(encoded.indices, len(found) - 1).to_numpy()
    numbers = np.array([pair[:2] for pair in found], dtype=np.int64)
    return Moments(numbers[index, 0], numbers[index, 1], np.array([f[2] for f in found], dtype=bool)[index])


def _apart(array: Any, cache: Cache) -> Moments | None:
    """Read `DATE TIME.FRACTION` by its parts, None if the column does not look like that throughout."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.extract_regex(array, _PARTS)
    if parts.null_count != array.null_count:
        return None
    day_text, clock_text, fraction = (pc.fill_null(pc.struct_field(parts, i), "") for i in range(3))
    clock, day = (_by_value(pc.if_else(pc.equal(text, ""), None, text), cache) for text in (clock_text, day_text))
    digits = pc.utf8_rpad(fraction, 6, "0").cast(pa.int64()).to_numpy()
    return Moments(day.day, np.where(clock.us == NONE, NONE, clock.us + digits), clock.bad | day.bad)


class Texts(NamedTuple):
    """A column of text: `values` as a pyarrow array, and cells that are unknown, renamed or hidden."""

    values: Any
    unknown: Bool
    renamed: Bool
    hidden: Bool


LONG_NUMBER = re.compile(r"\d(?:[\s()+-]?\d){8}")
"""Nine digits and more: a telephone, a card or an identity, not the name of a counter."""

TELEPHONE = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)")
"""A mobile telephone or an identity card: not even the number of a ticket, which may be long, looks like that."""


def texts(
    array: Any,
    column: Column,
    translate: Callable[[str], str] | None = None,
    hidden_number: re.Pattern[str] | None = None,
) -> Texts:
    """Return a column as the mapping wants it: missing values null, known values translated, spellings mended.

    Cells that hold a `hidden_number` are null too: they slipped in from a private column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = array.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    ours: list[str | None] = []
    unknown, renamed, hidden = (np.zeros(len(values) + 1, dtype=bool) for _ in range(3))
    for i, text in enumerate(values):
        folded = fold(text)
        if column.is_missing(folded):
            ours.append(None)
            continue
        if hidden_number is not None and hidden_number.search(text):
            hidden[i] = True
            ours.append(None)
            continue
        if folded in column.rename:
            text, renamed[i] = column.rename[folded], True
            folded = fold(text)
        if column.values is not None:
            unknown[i] = folded not in column.values
            text = column.values.get(folded)
        ours.append(translate(text) if translate is not None and text is not None else text)
    index = pc.fill_null(encoded.indices, len(values)).to_numpy()
    ours_by_row = pa.array([*ours, None], pa.string()).take(pa.array(index))
    return Texts(ours_by_row, unknown[index], renamed[index], hidden[index])
