"""Conditions on rows of a table, as planners type them: "counters >= 8", "mean_wait <= 5", "patience = never".

In: columns by their names, and texts. Out: which rows meet all of them. Shares are written as such or with a per cent
sign.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError

_FORM = re.compile(r"\s*(?P<name>.+?)\s*(?P<sign>>=|<=|!=|=|>|<)\s*(?P<value>.*?)\s*")
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    **{">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt},
    **{"=": operator.eq, "!=": operator.ne},
}


Column = tuple[NDArray[Any], bool]
"""Values, and whether they are numbers (else they are words)."""


def meeting(n: int, column: Callable[[str], Column], conditions: Sequence[str]) -> NDArray[np.int64]:
    """Return which of n rows meet every condition; `column` finds what a condition names.

    Raises
    ------
    UsageError
        If one cannot be read, or names no column.
    """
    good = np.ones(n, dtype=bool)
    for text in conditions:
        match = _FORM.fullmatch(text)
        if match is None:
            raise UsageError(f"condition {text!r} cannot be read; write it as 'counters >= 8' or 'mean_wait <= 5'")
        good &= _compare(*column(match["name"]), match["sign"], match["value"], text)
    return np.flatnonzero(good)


def _compare(values: NDArray[Any], numeric: bool, sign: str, written: str, text: str) -> Any:
    if not numeric:
        if sign not in ("=", "!="):
            raise UsageError(f"condition {text!r}: words are compared with = and != only")
        return _SIGNS[sign](values, written)
    try:
        share = written.endswith("%")
        number = float(written.rstrip("% ")) / (100.0 if share else 1.0)
    except ValueError:
        raise UsageError(f"condition {text!r}: {written!r} is not a number") from None
    return _SIGNS[sign](values, number)
