"""Conditions on points, as planners type them: "counters >= 8", "mean_wait <= 5", "patience = never".

In: a `Swept` and texts. Out: which of its points meet all of them. Shares are written as such or with a per cent sign.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.sweeps.swept import name_of

if TYPE_CHECKING:
    from hallsim.experiment.sweeps.swept import Swept

_FORM = re.compile(r"\s*(?P<name>.+?)\s*(?P<sign>>=|<=|!=|=|>|<)\s*(?P<value>.*?)\s*")
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    **{">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt},
    **{"=": operator.eq, "!=": operator.ne},
}


def meeting(found: Swept, conditions: Sequence[str]) -> NDArray[np.int64]:
    """Return the rows of the points that meet every condition.

    Raises
    ------
    UsageError
        If one cannot be read, or names neither a factor nor a figure.
    """
    good = np.ones(len(found.designs), dtype=bool)
    for text in conditions:
        match = _FORM.fullmatch(text)
        if match is None:
            raise UsageError(f"condition {text!r} cannot be read; write it as 'counters >= 8' or 'mean_wait <= 5'")
        good &= _compare(*column(found, match["name"]), match["sign"], match["value"], text)
    return np.flatnonzero(good)


def column(found: Swept, name: str) -> tuple[NDArray[Any], bool]:
    """Return the values of a factor or a figure, and whether they are numbers.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    for factor in found.factors:
        if factor.name == name:
            return factor.values, factor.numeric
    names = [name_of(f) for f in found.figures]
    for known in (names, [f.kpi.name for f in found.figures]):
        if name in known:
            return found.values[:, known.index(name)], True
    raise UsageError(not_one_of(name, "a factor or figure of this sweep", [f.name for f in found.factors] + names))


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
